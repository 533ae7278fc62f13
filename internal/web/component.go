package web

import (
	"strconv"

	"tongpin/internal/core"
)

// A component is a struct here and a template of the same name in
// view/component.html or view/form.html. It holds text that has been said
// already: components do not know the language.

// A Link is words that lead somewhere. The zero Link is none.
type Link struct{ Text, Href string }

// IsZero reports whether there is no link.
func (l Link) IsZero() bool { return l == Link{} }

// A TagKind is how a tag looks. It never carries the meaning alone: a tag
// always has words.
type TagKind string

// The kinds of tag.
const (
	Late TagKind = "late" // overdue or refused
	Wait TagKind = "wait" // time runs, or somebody waits
	New  TagKind = "new"  // it is for you to act
	OK   TagKind = "ok"   // reached
	Off  TagKind = "off"  // not reached, not so, provisional
	Done TagKind = "done" // over; quiet
)

// A Tag is a state in a word. The zero Tag is none.
type Tag struct {
	Kind TagKind
	Text string
}

// IsZero reports whether there is no tag.
func (t Tag) IsZero() bool { return t == Tag{} }

// A TaskRow is one thing to do. The whole row leads to the exact field that is
// missing; Actions stand behind a small menu beside it.
type TaskRow struct {
	ID      string // of the row, for addresses with #; or ""
	Title   string // verb first
	Reason  string // why me, why now, what exists already
	Href    string
	Tag     Tag
	Done    bool
	Menu    string // name of the menu, read aloud: "更多：补记党员大会"
	Actions []Link
}

// Tasks is a list of rows.
type Tasks struct{ Rows []TaskRow }

// A Seal is a recognition; Title says who gave it and until when.
type Seal struct {
	Text, Title string
	Ended, Tall bool
}

// A Fact is one line of a summary list. Href makes the value a link; Note is
// small print after it; Action changes it, and What says what is changed to
// those who hear the page.
type Fact struct {
	Label, Value, Note, Href string
	Tag                      Tag
	Action                   Link
	What                     string
}

// Facts is a summary list.
type Facts struct{ Rows []Fact }

// A Chip is one choice among a few, or a filter in use. Remove says, for those
// who hear the page, that following it lifts the filter.
type Chip struct {
	Text, Href, Remove string
	Current            bool
}

// Chips is a row of them. Joined makes one control of it, as for a pivot.
type Chips struct {
	Label  string
	Items  []Chip
	Joined bool
}

// A Column is the head of a column. Href sorts by it, Sorted says how it is
// sorted now: "ascending", "descending" or "".
type Column struct {
	Text, Href, Sorted string
	Number             bool
}

// A Fold opens or closes a row of a tree. Label says which: "展开苏州市".
type Fold struct {
	Href, Label string
	Open        bool
}

// A Pager leads through a list. Text says where we are: "第 1～20 家，共 187 家".
type Pager struct {
	Label, Text string
	Prev, Next  Link
}

// IsZero reports whether there is nothing to lead through.
func (p Pager) IsZero() bool { return p == Pager{} }

// A Rate is a share in a cell: percentage, numerator over denominator, ink
// bar. Href opens the rows behind it.
type Rate struct {
	Percent, Of, Href string
	Width             string // of the bar, "84.0%"
}

// A Figure is a number that can be asked: where it comes from (Of opens the
// rows), what it means (Note), and what was reported instead (Was).
type Figure struct {
	Label, Value, Of, Href string
	Was                    string
	Note                   Note
}

// Figures stands beside each other, parted by hairlines.
type Figures struct {
	Label string // read aloud
	Items []Figure
}

// A Note is small print beside a number or a table. Head is set bold before
// it: "口径：".
type Note struct {
	Head, Text string
	Link       Link
}

// IsZero reports whether there is no note.
func (n Note) IsZero() bool { return n == Note{} }

// A Notice is a bar across the page. Kind is "" (quiet), "info" or "warn".
// A page has two at most. Say makes it read aloud when the page opens.
type Notice struct {
	Kind, Text string
	Link       Link
	Say        bool
}

// IsZero reports whether there is no notice.
func (n Notice) IsZero() bool { return n == Notice{} }

// An Empty stands where a list has no rows. It says what to do first.
type Empty struct {
	Title, Text string
	Action      Link // the first thing to do
	Other       Link // another way, or none
}

// IsZero reports whether there is no such thing: the list has rows.
func (e Empty) IsZero() bool { return e == Empty{} }

// A Step is one of a few pages of one job.
type Step struct {
	Text          string
	Past, Current bool
}

// Steps shows how far a job of several pages is.
type Steps struct {
	Label string
	Items []Step
}

// A Count is a number with a word that filters the list below.
type Count struct {
	Number, Text, Href string
	Current            bool
}

// Counts is up to four of them.
type Counts struct {
	Label string
	Items []Count
}

// A Progress is work that takes its time. While Poll is set, the script reads
// that page every two seconds and replaces the element ID with what it finds;
// without scripts Shell.Refresh reloads the page.
type Progress struct {
	ID, Name    string // ID of the element: "job-06F2…"
	Done, Total int    // Total 0: not known yet
	Percent     string
	Text        string // "61%，每秒 310 行，约剩 10 秒"
	Counted     string // "4,597/7,532"
	Poll        string
	Action      Link // stop it, or see the result
}

// Crumbs is the path to this page. The last item is the page itself.
type Crumbs struct {
	Label string
	Items []Link
}

// An Event is one entry of a history. Kind is "" (somebody did it), "system",
// "turn" (a turning point), "next" (still to come) or "inside" (not for
// outsiders). From and To show what a correction changed.
type Event struct {
	Kind, Day, When string // Day in words, When as 2026-11-20 for machines
	Text, From, To  string
	Note            string
	Link            Link
}

// Trail is a history, newest first.
type Trail struct{ Events []Event }

// A Stage is one step of an organisation's growth. Now marks the present one.
type Stage struct {
	Day, When, Head, Text, Source string
	Now                           bool
}

// Growth is the stages from three members to a committee.
type Growth struct{ Stages []Stage }

// rate returns a share for a cell; href opens its rows, or "".
func (s Shell) rate(n core.Share, href string) Rate {
	if n.Den == 0 {
		href = "" // no rows
	}
	r := Rate{Percent: n.Percent(), Of: s.N(n.Num) + "/" + s.N(n.Den), Href: href, Width: "0%"}
	if t := n.Tenths(); t > 0 {
		r.Width = strconv.FormatFloat(float64(min(t, 1000))/10, 'f', 1, 64) + "%"
	}
	return r
}

// definition returns small print that says what a number means; link opens
// the whole definition, or is zero.
func (s Shell) definition(txt string, link Link) Note {
	return Note{Head: s.T("web.definition"), Text: txt, Link: link}
}

// pager returns the way through a list of total rows; at makes the address of
// a page. It is zero when everything fits on one.
func (s Shell) pager(p core.Page, total int, at func(number int) string) Pager {
	p = p.Clean()
	if total <= p.Size && p.Number == 1 {
		return Pager{}
	}
	first, last := p.Offset()+1, min(p.Offset()+p.Size, total)
	out := Pager{Label: s.T("web.pager"), Text: s.T("web.pager.at", first, last, total)}
	if first > last {
		out.Text = s.T("web.pager.past", total)
	}
	if p.Number > 1 {
		out.Prev = Link{s.T("web.pager.prev"), at(p.Number - 1)}
	}
	if last < total {
		out.Next = Link{s.T("web.pager.next"), at(p.Number + 1)}
	}
	return out
}

// Crumbs returns the path of the page, named for those who hear it.
func (s Shell) Crumbs() Crumbs { return Crumbs{s.T("web.path"), s.Path} }
