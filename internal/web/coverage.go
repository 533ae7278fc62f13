package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/rule"
)

// A Coverage page says how many enterprises are covered, how, which are not and
// why, and what has changed. Every number leads to its rows.
type Coverage struct {
	Shell
	Advice  Advice
	Empty   Empty // nothing was known, or there is nothing yet
	Figures Figures
	Pivot   Chips
	Known   Chips
	Day     DayForm
	Table   CoverageTable
	Notes   []Note // under the table
	Map     CoverageMap
	Missed  Missed
	Why     []WhyRow
	WhyAll  string
	Flow    Flow
	Terms   Facts
	Printed Printed
}

// Advice is a sentence with one link in it, and what it rests on.
type Advice struct {
	Before, After string
	Link, Why     Link
}

// A DayForm asks for another day with a form that keeps the rest of the address.
type DayForm struct {
	Label  string
	Action string
	Kept   []Option // hidden fields
	On     Field
	Go     string
}

// A WhyRow is one reason for which enterprises are not covered.
type WhyRow struct {
	Title, Note string
	Number      Link
	Rate        Rate
}

// A Flow tells what was gained and lost between two days.
type Flow struct {
	Title string
	Rows  []FlowRow
	Sum   FlowRow
	Days  string
	Lost  Listed
	Notes []Note
}

// A FlowRow is Opening + Gained − Lost = Closing.
type FlowRow struct {
	Title            string
	Opening, Closing string
	Gained, Lost     Link
}

// Listed is a few links in a sentence.
type Listed struct {
	Head  string
	Items []Link
}

// Printed is the table of numbers as they were printed, with its headings.
type Printed struct {
	Figure, Reported, Computed, Of string
	Rows                           []PrintedRow
}

// A PrintedRow puts a number as it was printed beside the computed one.
type PrintedRow struct {
	Title, Source     string
	Printed, Computed string
	Of                Link
	Gap               string
	Agrees            bool
}

var coveragePage = newPage[Coverage]("coverage.html")

func (s *Server) mountCoverage(m *http.ServeMux) {
	s.route(m, "GET /coverage", signedIn, s.coverage)
	s.route(m, "GET /coverage/table.xlsx", signedIn, s.coverageTable)
	s.route(m, "GET /coverage/rows", signedIn, s.coverageRows)
	s.route(m, "GET /coverage/rows.xlsx", signedIn, s.coverageRowsTable)
	s.route(m, "GET /figures", signedIn, s.figures)
	s.route(m, "GET /figures/{id}", signedIn, s.figureOf)
	s.route(m, "POST /figures/{id}", signedIn, s.reportFigure)
}

// An ask is the address of a page of figures: it reads itself from a request
// and writes itself with changes.
type ask struct {
	figure.Query
	dated bool // the address names the day; without it a page is of today
	then  bool // as known at the end of the day
}

func (s *Server) ask(r *http.Request, v Viewer) (ask, error) {
	var a ask
	var err error
	if a.Under, err = v.under(r); err != nil {
		return ask{}, err
	}
	if a.Under == 0 {
		return ask{}, core.Fail(core.Forbidden, "access."+string(access.SeeFigures))
	}
	a.By = figure.By(r.FormValue("by"))
	for name, d := range map[string]*core.Date{"on": &a.On, "from": &a.From} {
		if text := r.FormValue(name); text != "" {
			if *d, err = core.ParseDate(text); err != nil {
				return ask{}, err
			}
		}
	}
	a.dated = !a.On.IsZero()
	if a.At, err = figure.ParseKey(r.FormValue("at")); err != nil {
		return ask{}, err
	}
	for key := range strings.SplitSeq(r.FormValue("open"), ",") {
		k, err := figure.ParseKey(key)
		if err != nil {
			return ask{}, err
		}
		if k.Kind != "" && len(a.Open) < maxOpen {
			a.Open = append(a.Open, k)
		}
	}
	if a.then = r.FormValue("known") == "then"; a.then {
		on := a.On
		if on.IsZero() {
			on = core.DateOf(s.Now())
		}
		a.KnownAt = figure.EndOf(on, s.Now())
	}
	return a, nil
}

// maxOpen is how many rows of a table may be open at once.
const maxOpen = 60

// values are the parameters of the address, without those that say nothing.
func (a ask) values() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	if a.Under != 0 {
		set("under", a.Under.String())
	}
	if a.dated {
		set("on", a.On.String())
	}
	set("from", a.From.String())
	if a.then {
		set("known", "then")
	}
	if a.By != figure.ByTree {
		set("by", string(a.By))
	}
	var open []string
	for _, k := range a.Open {
		open = append(open, k.String())
	}
	set("open", strings.Join(open, ","))
	set("at", a.At.String())
	return q
}

// to returns the address of a page with more parameters.
func (a ask) to(path string, more ...string) string {
	q := a.values()
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// with returns the address of this page after a change.
func (a ask) with(change func(*ask)) string {
	change(&a)
	return a.to("/coverage")
}

// rows returns the address of the rows behind a number.
func (a ask) rows(k figure.Key, show figure.Show) string {
	a.At, a.Open = figure.Key{}, nil
	return a.to("/coverage/rows", "show", string(show), "key", k.String())
}

// numbered returns a number that leads to its rows; nothing leads nowhere.
func (s Shell) numbered(n int, href string) Link {
	if n == 0 {
		href = ""
	}
	return Link{s.N(n), href}
}

func (s *Server) coverage(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	c, err := s.Figure.Coverage(r.Context(), v.Actor, a.Query)
	if err != nil {
		return err
	}
	a.By = c.By
	sh := s.shell(r, v, "coverage", "coverage.title", c.Under.Name)
	sh.Path = crumbs(c.Head, a)
	p := Coverage{Shell: sh, Day: sh.otherDay(a, c.On)}
	p.switches(a, c)
	if p.Empty = sh.nothingCovered(a, c, v); !p.Empty.IsZero() {
		return coveragePage.write(w, http.StatusOK, p)
	}
	p.Description = sh.T("coverage.headline", c.Table.Operating, c.Table.Covered(), c.Table.All())
	p.Advice = sh.advice(a, c.Table)
	p.headFigures(a, c)
	p.table(a, c, v)
	p.Map = sh.coverageMap(a, c)
	p.missed(a, c, v)
	p.why(a, c.Table)
	p.flow(a, c)
	p.terms()
	p.Printed = sh.printed(a, c.Reported)
	return coveragePage.write(w, http.StatusOK, p)
}

// Headline is the sentence at the top.
func (c Coverage) Headline() string {
	if !c.Empty.IsZero() {
		return c.Title
	}
	return c.Description
}

// crumbs is the path of a page of figures, each step the same page higher up.
func crumbs(h figure.Head, a ask) []Link {
	var path []Link
	a.At, a.Open = figure.Key{}, nil
	for _, n := range h.Path {
		a.Under = n.ID
		path = append(path, Link{n.Name, a.to("/coverage")})
	}
	return append(path, Link{Text: h.Under.Name})
}

// nothingCovered says why there are no numbers and what to do, or nothing.
func (s Shell) nothingCovered(a ask, c figure.Coverage, v Viewer) Empty {
	now := Link{s.T("coverage.known.now.see"), a.with(func(a *ask) { a.then = false })}
	today := Link{s.T("coverage.day.today"), a.with(func(a *ask) { a.then, a.dated = false, false })}
	switch {
	case !c.There && a.then:
		return Empty{s.T("coverage.unknown", c.On), s.T("coverage.unknown.text"), now, today}
	case !c.There:
		return Empty{s.T("coverage.not_there", c.Under.Name, c.On), s.T("coverage.not_there.text"), today, Link{}}
	case c.Table.Listed > 0:
		return Empty{}
	}
	e := Empty{Title: s.T("coverage.empty"), Text: s.T("coverage.empty.text"), Action: Link{s.T("coverage.orgs"), "/orgs"}}
	if v.may(access.ImportOrgs) {
		e.Action, e.Other = Link{s.T("coverage.import"), "/import"}, e.Action
	}
	return e
}

// advice names the enterprises to begin with.
func (s Shell) advice(a ask, t figure.Group) Advice {
	switch {
	case t.Missed() == 0:
		return Advice{Before: s.T("coverage.advice.all")}
	case t.ShouldNone == 0:
		return Advice{Before: s.T("coverage.advice.none", t.Missed())}
	}
	return Advice{
		Before: s.T("coverage.advice.before", t.Missed()), After: s.T("coverage.advice.after"),
		Link: Link{s.T("coverage.advice.link", t.ShouldNone), a.rows(figure.Key{}, figure.ShowShouldNone)},
		Why:  Link{s.T("coverage.advice.why"), a.to("/figures/should_none")},
	}
}

// otherDay asks for another day.
func (s Shell) otherDay(a ask, on core.Date) DayForm {
	d := DayForm{Label: s.T("coverage.day", on), Action: "/coverage", Go: s.T("coverage.day.go")}
	d.On = Field{Name: "on", Label: s.T("coverage.day.on"), Type: "date", Value: on.String(), Short: true}
	q := a.values()
	for _, name := range []string{"under", "by", "known"} {
		if value := q.Get(name); value != "" {
			d.Kept = append(d.Kept, Option{Value: value, Text: name})
		}
	}
	return d
}

// switches are the ways to divide the table, and what was known when.
func (p *Coverage) switches(a ask, c figure.Coverage) {
	p.Pivot = Chips{Label: p.T("coverage.pivot"), Joined: true}
	for _, by := range figure.Pivots {
		href := a.with(func(a *ask) { a.By, a.Open, a.At = by, nil, figure.Key{} })
		p.Pivot.Items = append(p.Pivot.Items, Chip{Text: p.say(by.Title()), Href: href, Current: by == c.By})
	}
	p.Known = Chips{Label: p.T("coverage.known")}
	for _, then := range []bool{true, false} {
		key := map[bool]string{true: "coverage.known.then", false: "coverage.known.now"}[then]
		href := a.with(func(a *ask) { a.then = then })
		p.Known.Items = append(p.Known.Items, Chip{Text: p.T(key), Href: href, Current: then == a.then})
	}
}

// headFigures are the four numbers under the headline.
func (p *Coverage) headFigures(a ask, c figure.Coverage) {
	p.Figures.Label = p.T("coverage.figures")
	for _, id := range []string{"work_coverage", "org_coverage", "should_rate", "two_new_share"} {
		d, err := figure.Find(id)
		if err != nil {
			continue
		}
		is := d.Of(c.Table.Line)
		f := Figure{Label: p.say(d.Title()), Value: is.Percent(), Of: p.N(is.Num) + "/" + p.N(is.Den), Href: a.rows(figure.Key{}, d.Rows)}
		f.Note = p.definition(p.say(d.Formula()), Link{p.T("coverage.more"), a.to("/figures/" + id)})
		for _, r := range c.Reported {
			if r.Figure == id && r.On == c.On {
				f.Was = p.was(r)
			}
		}
		p.Figures.Items = append(p.Figures.Items, f)
	}
}

// was says what was printed instead of a computed number.
func (s Shell) was(r figure.Compared) string {
	if r.Agrees {
		return s.T("coverage.was.agrees", r.Printed, s.value(r.Computed), r.Source)
	}
	return s.T("coverage.was", r.Printed, s.value(r.Computed), s.gap(r), r.Source)
}

// value writes a share or a count.
func (s Shell) value(n core.Share) string {
	if n.Den == 0 {
		return s.N(n.Num)
	}
	return n.Percent()
}

// gap writes by how much the printed number differs: 0.8 个百分点.
func (s Shell) gap(r figure.Compared) string {
	n := max(r.Gap, -r.Gap)
	if r.Computed.Den == 0 {
		return s.N(n)
	}
	return s.T("coverage.points", s.N(n/10)+"."+s.N(n%10))
}

// printed is the table of reported and computed numbers, each opening to the
// rows of its own day.
func (s Shell) printed(a ask, all []figure.Compared) Printed {
	t := Printed{
		Figure: s.T("coverage.printed.figure"), Reported: s.T("coverage.printed.reported"), Computed: s.T("coverage.printed.computed"), Of: s.T("coverage.printed.of"),
	}
	for _, r := range all {
		d, err := figure.Find(r.Figure)
		if err != nil {
			continue
		}
		at := a
		at.On, at.dated, at.then, at.From, at.By = r.On, true, false, core.Date{}, figure.ByTree
		row := PrintedRow{
			Title: s.say(d.Title()), Source: s.T("coverage.printed.source", r.On, r.Source, r.ReportedOn), Printed: r.Printed,
			Computed: s.value(r.Computed), Gap: s.T("coverage.gap", s.gap(r)), Agrees: r.Agrees,
			Of: Link{s.N(r.Computed.Num), at.rows(figure.Key{}, d.Rows)},
		}
		if d.Share {
			row.Of.Text += "/" + s.N(r.Computed.Den)
		}
		if r.Agrees {
			row.Gap = s.T("coverage.agrees")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// why tells the reasons of those not covered.
func (p *Coverage) why(a ask, t figure.Group) {
	for _, reason := range enterprise.Reasons {
		n := t.Reasons[reason]
		if n == 0 {
			continue
		}
		href := a.rows(figure.Key{}, figure.Show("reason."+reason))
		p.Why = append(p.Why, WhyRow{
			Title: p.say(enterprise.ReasonTitle(reason)), Note: p.T("coverage.why." + reason), Number: p.numbered(n, href),
			Rate: p.rate(core.Share{Num: n, Den: t.Missed()}, ""),
		})
	}
	p.WhyAll = p.N(t.Missed())
}

// flow tells what was gained and lost.
func (p *Coverage) flow(a ask, c figure.Coverage) {
	f := Flow{Title: p.T("coverage.flow"), Days: p.T("coverage.flow.days", c.From, c.On)}
	if !a.From.IsZero() || a.dated {
		f.Title = p.T("coverage.flow.between", c.From, c.On)
	}
	for _, r := range c.Flow.Rows {
		kind := string(r.Kind)
		f.Rows = append(f.Rows, FlowRow{
			Title: p.say(r.Kind.Title()), Opening: p.N(r.Opening), Closing: p.N(r.Closing),
			Gained: p.numbered(len(r.Gained), a.rows(figure.Key{}, figure.Show("gained."+kind))),
			Lost:   p.numbered(len(r.Lost), a.rows(figure.Key{}, figure.Show("lost."+kind))),
		})
	}
	opening, gained, lost, closing := c.Flow.Total()
	f.Sum = FlowRow{
		Title: p.T("coverage.sum"), Opening: p.N(opening), Closing: p.N(closing),
		Gained: p.numbered(gained, a.rows(figure.Key{}, figure.ShowGained)), Lost: p.numbered(lost, a.rows(figure.Key{}, figure.ShowLost)),
	}
	if lost > 0 {
		f.Lost.Head = p.T("coverage.lost", lost)
		why := c.Flow.Lost()
		reasons := slices.SortedFunc(maps.Keys(why), func(a, b string) int { return cmp.Or(why[b]-why[a], cmp.Compare(a, b)) })
		for _, reason := range reasons {
			text := p.T("coverage.lost.for", enterprise.FlowTitle(reason), why[reason])
			f.Lost.Items = append(f.Lost.Items, Link{text, a.rows(figure.Key{}, figure.Show("lost_for."+reason))})
		}
	}
	f.Notes = p.quiet(a, c.Table)
	p.Flow = f
}

// quiet are the numbers that no table shows: covered in name only, to check, to
// verify again.
func (s Shell) quiet(a ask, t figure.Group) []Note {
	var all []Note
	for _, n := range []struct {
		key   string
		count int
		show  figure.Show
	}{{"nominal", t.Nominal, figure.ShowNominal}, {"check", t.Check, figure.ShowCheck}, {"recheck", t.Recheck, figure.ShowRecheck}} {
		if n.count > 0 {
			all = append(all, Note{
				Head: s.T("coverage.note."+n.key, n.count), Text: s.T("coverage.note." + n.key + ".text"),
				Link: Link{s.T("coverage.list"), a.rows(figure.Key{}, n.show)},
			})
		}
	}
	return all
}

// terms says what the words of the page mean, with the rule behind the last.
func (p *Coverage) terms() {
	for _, word := range []string{"enterprise", "org", "work", "should"} {
		f := Fact{Label: p.T("coverage.term." + word), Value: p.T("coverage.term." + word + ".text")}
		if r, ok := rule.Find("org.must_establish"); ok && word == "should" {
			f.Note = p.T("coverage.by_rule", r.Latest().Citation)
		}
		p.Terms.Rows = append(p.Terms.Rows, f)
	}
}
