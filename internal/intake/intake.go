// Package intake takes in the ledgers and rosters that people keep, and gives
// lists back: every row is checked against what is known, written with the
// good rows alone or all or nothing, and taken back as one unit within seven
// days. The page's wizard and the command line go the same way.
package intake

import (
	"fmt"
	"io"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
)

// An Entity is what a file lists.
type Entity string

// The entities. The ledger of organisations names their enterprises too; a list
// of enterprises tells of those that have none.
const (
	Orgs        Entity = "orgs"
	Members     Entity = "members"
	Enterprises Entity = "enterprises"
)

// Title returns the word for the entity.
func (e Entity) Title() core.Msg { return core.M("intake.entity." + string(e)) }

// A Verdict says what importing a row does.
type Verdict string

// The verdicts, in the order in which they are counted on a page.
const (
	New         Verdict = "new"
	Changed     Verdict = "changed"
	Unchanged   Verdict = "unchanged"
	Conflicting Verdict = "conflict" // the row is right, but what is known contradicts it
	Refused     Verdict = "refused"  // something in the row must be corrected
)

// Verdicts lists them.
var Verdicts = []Verdict{New, Changed, Unchanged, Conflicting, Refused}

// Title returns the word for the verdict.
func (v Verdict) Title() core.Msg { return core.M("intake.verdict." + string(v)) }

// taken reports whether a row with that verdict is in accord with what is
// stored once the batch is written.
func (v Verdict) taken() bool { return v == New || v == Changed || v == Unchanged }

// A State is how far a batch has come.
type State string

// The states of a batch.
const (
	Uploaded State = "uploaded" // the sheet must be chosen
	Mapped   State = "mapped"   // the columns have a meaning; nothing is checked
	Checking State = "checking" // a job reads the rows
	Checked  State = "checked"  // every row has its verdict; nothing is written
	Writing  State = "writing"
	Stopped  State = "stopped" // some rows are written; writing can go on
	Written  State = "written"
	Undoing  State = "undoing"
	Undone   State = "undone"
)

// Title returns the word for the state.
func (s State) Title() core.Msg { return core.M("intake.state." + string(s)) }

// A Problem is something wrong with a row. A warning lets the row pass. It
// never holds an id number or a phone.
type Problem struct {
	Column  string   `json:"c,omitempty"` // the item, such as id_number; empty for the row as a whole
	Letter  string   `json:"l,omitempty"` // the column in the file, such as K
	Code    string   `json:"p"`           // such as id_number.checksum
	Written string   `json:"w,omitempty"` // what stands in the cell
	Key     string   `json:"k,omitempty"` // the sentence, where it is not problem.CODE
	Args    []string `json:"a,omitempty"` // of Key; days as 2026-11-20
	Near    []string `json:"n,omitempty"` // names that may have been meant
	Warning bool     `json:"x,omitempty"`
}

// Msg returns the sentence about the problem.
func (p Problem) Msg() core.Msg {
	if p.Key == "" {
		return sheet.Problem(p.Code).Msg(p.Written)
	}
	m := core.M(p.Key)
	for _, a := range p.Args {
		if d, err := core.ParseDate(a); err == nil {
			m.Args = append(m.Args, d)
			continue
		}
		m.Args = append(m.Args, a)
	}
	return m
}

// because is the problem that a sentence of another package tells of.
func because(m core.Msg) Problem {
	p := Problem{Code: m.Key, Key: m.Key}
	for _, a := range m.Args {
		if d, ok := a.(core.Date); ok {
			p.Args = append(p.Args, d.String())
			continue
		}
		p.Args = append(p.Args, fmt.Sprint(a))
	}
	return p
}

// A Value is what a field held or will hold: words as they are written, a word
// of ours by its catalog key, or the end of a number that is sealed.
type Value struct {
	Text string `json:"t,omitempty"`
	Key  string `json:"k,omitempty"`
	Tail string `json:"e,omitempty"`
}

// Msg returns the value as a sentence; the zero Value has none.
func (v Value) Msg() core.Msg {
	switch {
	case v.Key != "":
		return core.M(v.Key)
	case v.Tail != "":
		return core.M("intake.tail", v.Tail)
	case v.Text != "":
		return core.M("intake.text", v.Text)
	}
	return core.Msg{}
}

// A Change is one field that the row changes. In a new row Was is zero, and
// only what a list shows of it is given.
type Change struct {
	Column string `json:"c"`
	Was    Value  `json:"w"`
	Is     Value  `json:"i"`
}

// A Row is one data row of a batch: its verdict before writing, what became of
// it afterwards.
type Row struct {
	Number   int    // as the spreadsheet numbers it
	Title    string // the name in it
	Place    string // the unit or parent in it
	Verdict  Verdict
	Problems []Problem // warnings among them
	Changes  []Change
	Subject  core.ID // the person or organisation; zero until it is written
}

// Warnings returns the problems that let the row pass.
func (r Row) Warnings() []Problem { return r.only(true) }

// Faults returns the problems that do not.
func (r Row) Faults() []Problem { return r.only(false) }

func (r Row) only(warning bool) []Problem {
	var all []Problem
	for _, p := range r.Problems {
		if p.Warning == warning {
			all = append(all, p)
		}
	}
	return all
}

// A Batch is one import of one file.
type Batch struct {
	ID          core.ID
	Realm       core.RealmID
	Entity      Entity
	Under       core.OrgID
	UnderName   string
	File        core.ID
	Name        string   // of the file
	Sheet       string   // "" while it must be chosen
	Sheets      []string // to choose from; filled when Sheet is ""
	Header      int      // the header's row
	Skipped     []sheet.Skipped
	Mapping     sheet.Mapping
	Remembered  bool // the mapping was used before for such a header here
	Fingerprint string
	State       State
	Whole       bool // all or nothing
	Rows        int
	Done        int // rows checked or written
	Job         core.ID
	Erased      int // rows that this undo left alone, because a rule has erased the person
	Counts      map[Verdict]int
	CreatedBy   core.UserID
	CreatedAt   time.Time
	CheckedAt   time.Time
	WrittenAt   time.Time
	UndoneAt    time.Time
}

// How long a written batch can be taken back, and how long the refused rows of
// a batch can be had.
const (
	undoDays   = 7
	refuseDays = 90
)

// UndoUntil returns the last instant at which the batch can be taken back.
func (b Batch) UndoUntil() time.Time { return b.WrittenAt.AddDate(0, 0, undoDays) }

// CanUndo reports whether the batch can still be taken back, edits aside.
func (b Batch) CanUndo(now time.Time) bool {
	return (b.State == Written || b.State == Stopped) && !now.After(b.UndoUntil())
}

// An Upload is a file that somebody sends. Under is where its rows belong;
// Sheet may be "" when the list stands in one sheet.
type Upload struct {
	Entity Entity
	Under  core.OrgID
	Name   string
	Sheet  string
	Data   []byte
}

// Options say how to write.
type Options struct {
	DryRun   bool                  // check alone; stores nothing
	Whole    bool                  // all rows or none
	Progress func(done, total int) // may be nil
	Refused  io.Writer             // Import alone: where the refused rows go, if there are any; may be nil
	Lang     core.Lang             // of what Refused is told
}

func (o Options) tell(done, total int) {
	if o.Progress != nil {
		o.Progress(done, total)
	}
}

// A Fault is one problem of a row as a program wants it.
type Fault struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Code   string `json:"code"`

	Problem Problem `json:"-"` // with its sentence
}

// A Report is what an import did, or would do.
type Report struct {
	Sheet     string  `json:"sheet"`
	Rows      int     `json:"rows"`
	Accepted  int     `json:"accepted"`
	Rejected  int     `json:"rejected"`
	Problems  []Fault `json:"problems"`
	Warnings  []Fault `json:"warnings"`
	Created   int     `json:"created"`
	Updated   int     `json:"updated"`
	Unchanged int     `json:"unchanged"`
}

// report sums up rows in their order.
func report(sheetName string, rows []Row) Report {
	r := Report{Sheet: sheetName, Rows: len(rows)}
	for _, row := range rows {
		switch row.Verdict {
		case New:
			r.Created++
		case Changed:
			r.Updated++
		case Unchanged:
			r.Unchanged++
		}
		for _, p := range row.Problems {
			f := Fault{row.Number, p.Column, p.Code, p}
			switch {
			case !p.Warning:
				r.Problems = append(r.Problems, f)
			case row.Verdict.taken():
				r.Warnings = append(r.Warnings, f)
			}
		}
	}
	r.Accepted = r.Created + r.Updated + r.Unchanged
	r.Rejected = r.Rows - r.Accepted
	return r
}
