package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/sheet"
)

// A CoverageTable is the pivot: its rows are the whole, what it is divided
// into, and under an open row what is below it.
type CoverageTable struct {
	Title   string
	Columns []Column
	Rows    []CoverageRow
}

// A CoverageRow is a row of numbers, an enterprise under an open row, or the
// link to the rest of these.
type CoverageRow struct {
	Depth     int
	Name      Link
	Fold      Fold
	HasFold   bool
	On        bool // the one that the map shows
	Operating Link
	Organised Link
	Work      Link
	Missed    Link
	Rate      Rate
	Change    string

	Unit   bool
	Says   string
	Tag    Tag
	Action Link
	Rest   Link
}

// Missed are the most urgent of the enterprises that are not covered.
type Missed struct {
	Title  string
	Tasks  Tasks
	All    Link
	Assign Link
}

// table fills in the pivot and what stands under it.
func (p *Coverage) table(a ask, c figure.Coverage, v Viewer) {
	t := CoverageTable{Title: p.say(c.By.Title())}
	compared := p.T("coverage.col.month")
	if !a.From.IsZero() {
		compared = p.T("coverage.col.since", c.From)
	}
	for i, text := range []string{
		p.say(c.By.Column()), p.T("coverage.col.operating"), p.T("coverage.col.org"), p.T("coverage.col.work"), p.T("coverage.col.missed"),
		p.T("coverage.col.rate"), compared,
	} {
		t.Columns = append(t.Columns, Column{Text: text, Number: i > 0 && i != 5})
	}
	for _, g := range c.Table.Flat() {
		if g.Listed == 0 && g.Was == 0 && g.Depth > 0 {
			continue // organisations alone: not of this table
		}
		t.Rows = append(t.Rows, p.row(a, c, g))
		for _, u := range g.Units {
			t.Rows = append(t.Rows, p.unitRow(a, u, g.Depth+1, v))
		}
		if rest := g.Listed - len(g.Units); len(g.Units) > 0 && rest > 0 {
			t.Rows = append(t.Rows, CoverageRow{Depth: g.Depth + 1, Rest: Link{p.T("coverage.rest", rest), a.rows(g.Key, figure.ShowListed)}})
		}
	}
	p.Table = t
	note := p.definition(p.T("coverage.definition"), Link{p.T("coverage.export"), a.to("/coverage/table.xlsx")})
	if c.Table.EvidenceAge >= 0 {
		note.Text = p.T("coverage.definition.age", c.Table.EvidenceAge)
	}
	note.Text += p.T("coverage.as_of", c.On, c.ComputedAt)
	p.Notes = []Note{note}
	if c.Twice > 0 {
		p.Notes = append(p.Notes, Note{Text: p.T("coverage.twice", c.Twice)})
	}
}

// row shows the numbers of a row.
func (p *Coverage) row(a ask, c figure.Coverage, g figure.Group) CoverageRow {
	key := g.Key
	if g.Depth == 0 {
		key = figure.Key{}
	}
	name := g.Name
	if name == "" {
		name = p.say(g.Title)
	}
	row := CoverageRow{
		Depth: g.Depth + 1, On: key == c.At && g.Depth > 0, HasFold: g.Opens && g.Depth > 0,
		Name:      Link{name, a.with(func(a *ask) { a.At = key })},
		Operating: p.numbered(g.Operating, a.rows(key, figure.ShowOperating)), Organised: p.numbered(g.Organised(), a.rows(key, figure.ShowOrganised)),
		Work: p.numbered(g.ByWork(), a.rows(key, figure.ShowWork)), Missed: p.numbered(g.Missed(), a.rows(key, figure.ShowMissed)),
		Rate: p.rate(g.All(), a.rows(key, figure.ShowCovered)), Change: p.signed(g.Change()),
	}
	if row.HasFold {
		row.Fold = Fold{Open: g.Open, Label: p.T("coverage.fold.open", name), Href: a.with(func(a *ask) { a.Open, a.At = append(slices.Clone(a.Open), key), key })}
		if g.Open {
			row.Fold.Label = p.T("coverage.fold.close", name)
			row.Fold.Href = a.with(func(a *ask) {
				a.Open = slices.DeleteFunc(slices.Clone(a.Open), func(k figure.Key) bool { return k == key })
			})
		}
	}
	return row
}

// signed writes a difference: +11, 0, −1.
func (s Shell) signed(n int) string {
	if n > 0 {
		return "+" + s.N(n)
	}
	return s.N(n)
}

// unitRow shows an enterprise under an open row.
func (p *Coverage) unitRow(a ask, u figure.Unit, depth int, v Viewer) CoverageRow {
	row := CoverageRow{Unit: true, Depth: depth, Name: Link{u.Name, "/enterprises/" + u.ID.String()}, Says: p.how(u)}
	switch {
	case !u.Operating:
		row.Tag = Tag{Off, p.say(enterprise.StateTitle(u.State.State))}
	case u.Coverage.Covers():
		row.Tag = Tag{Done, p.say(u.Coverage.Title())}
	case v.may(access.ChangeEnterprises) && !a.then:
		row.Action = Link{p.T("coverage.assign"), appointing(u)}
	default:
		row.Tag = Tag{Wait, p.say(enterprise.ReasonTitle(u.Reason))}
	}
	return row
}

// appointing is the address of the form that puts somebody in touch with
// enterprises.
func appointing(all ...figure.Unit) string {
	q := url.Values{}
	for _, u := range all {
		q.Add("id", u.ID.String())
	}
	return "/appoint?" + q.Encode()
}

// how says in a few words how an enterprise stands.
func (s Shell) how(u figure.Unit) string {
	switch {
	case !u.Operating:
		return s.T("coverage.unit.out")
	case u.Coverage == enterprise.Joint:
		return s.T("coverage.unit.joint", hostNames(u))
	case u.Coverage == enterprise.Own:
		return s.T("coverage.unit.own", hostNames(u))
	case u.Nominal:
		return s.T("coverage.unit.nominal")
	case u.Coverage.Covers():
		return s.contact(u)
	case u.FullMembers > 0:
		return s.T("coverage.unit.members", u.FullMembers, enterprise.ReasonTitle(u.Reason))
	}
	return s.say(enterprise.ReasonTitle(u.Reason))
}

func hostNames(u figure.Unit) string {
	var all []string
	for _, h := range u.Hosts {
		all = append(all, h.Name)
	}
	return strings.Join(all, " · ")
}

// contact says when somebody was last there.
func (s Shell) contact(u figure.Unit) string {
	if u.LastContact.IsZero() {
		return s.T("coverage.contact.never")
	}
	return s.T("coverage.contact", u.LastContact)
}

// missed offers the most urgent enterprises of the row that is looked at.
func (p *Coverage) missed(a ask, c figure.Coverage, v Viewer) {
	n := c.AtLine.Missed()
	m := Missed{Title: p.T("coverage.missed", n, len(c.First))}
	if n == len(c.First) {
		m.Title = p.T("coverage.missed.all", n)
	}
	if n == 0 {
		m.Title = p.T("coverage.missed.none")
	}
	for _, u := range c.First {
		row := TaskRow{Title: u.Name, Reason: p.facts(u, c.On), Href: "/enterprises/" + u.ID.String(), Tag: p.unitTag(u)}
		m.Tasks.Rows = append(m.Tasks.Rows, row)
	}
	if n > len(c.First) {
		m.All = Link{p.T("coverage.missed.see", n), a.rows(a.At, figure.ShowMissed)}
	}
	if len(c.First) > 0 && v.may(access.ChangeEnterprises) && !a.then {
		m.Assign = Link{p.T("coverage.assign.these", len(c.First)), appointing(c.First...)}
	}
	p.Missed = m
}

// facts says of an enterprise its staff, foreign share, members and last
// contact, as far as they are known.
func (s Shell) facts(u figure.Unit, on core.Date) string {
	var all []string
	if u.Employees != nil {
		all = append(all, s.T("coverage.fact.staff", *u.Employees))
	}
	if u.ForeignShare != nil && *u.ForeignShare > 0 {
		all = append(all, s.T("coverage.fact.foreign", *u.ForeignShare))
	}
	if u.MembersKnown {
		all = append(all, s.T("coverage.fact.members", u.FullMembers))
	}
	switch days := u.LastContact.DaysUntil(on); {
	case u.LastContact.IsZero():
		all = append(all, s.T("coverage.contact.never"))
	case days == 0:
		all = append(all, s.T("coverage.fact.today"))
	default:
		all = append(all, s.T("coverage.fact.ago", days))
	}
	return strings.Join(all, s.T("coverage.fact.sep"))
}

// unitTag says what an enterprise that is not covered calls for.
func (s Shell) unitTag(u figure.Unit) Tag {
	switch u.Reason {
	case enterprise.ShouldBuild:
		return Tag{Wait, s.say(enterprise.ReasonTitle(u.Reason))}
	case enterprise.NotEligible:
		return Tag{New, s.T("coverage.tag.joint")}
	}
	return Tag{Off, s.say(enterprise.ReasonTitle(u.Reason))}
}

// coverageTable sends the table as a workbook, as the screen shows it.
func (s *Server) coverageTable(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	c, err := s.Figure.Coverage(r.Context(), v.Actor, a.Query)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "coverage", "coverage.title", c.Under.Name)
	l := sh.workbook(c.Head, sh.T("coverage.title", c.Under.Name)+sh.T("coverage.dash")+sh.say(c.By.Title()))
	l.Columns = []sheet.OutColumn{
		{Key: "name", Header: sh.say(c.By.Column()), Width: 36}, {Key: "operating", Header: sh.T("coverage.col.operating"), Number: true},
		{Key: "own", Header: sh.say(figure.ShowOwn.Title()), Number: true}, {Key: "joint", Header: sh.say(figure.ShowJoint.Title()), Number: true},
		{Key: "work", Header: sh.T("coverage.col.work"), Number: true}, {Key: "missed", Header: sh.T("coverage.col.missed"), Number: true},
		{Key: "rate", Header: sh.T("coverage.col.rate")}, {Key: "change", Header: sh.T("coverage.col.since", c.From), Number: true},
	}
	l.Rows = func(yield func([]string, error) bool) {
		for _, g := range c.Table.Flat() {
			name := g.Name
			if name == "" {
				name = sh.say(g.Title)
			}
			row := []string{strings.Repeat("　", g.Depth) + name}
			for _, n := range []int{g.Operating, g.Own, g.Joint, g.Work, g.Missed()} {
				row = append(row, fmt.Sprint(n))
			}
			if g.Listed == 0 && g.Was == 0 {
				continue
			}
			if !yield(append(row, g.All().Percent(), fmt.Sprint(g.Change())), nil) {
				return
			}
		}
	}
	return sendWorkbook(w, "coverage-"+c.On.String(), l)
}

// workbook begins a list with what it is of and how it is counted.
func (s Shell) workbook(h figure.Head, title string) sheet.List {
	l := sheet.List{Name: s.T("coverage.sheet"), Title: title, Source: s.T("coverage.definition") + s.T("coverage.as_of", h.On, h.ComputedAt), Footer: "&P/&N"}
	if s.Viewer.Synthetic {
		l.Source += s.T("coverage.fact.sep") + s.T("web.synthetic")
	}
	return l
}

// sendWorkbook answers with a workbook under a name without blanks.
func sendWorkbook(w http.ResponseWriter, name string, l sheet.List) error {
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.xlsx"`)
	return sheet.Write(w, l)
}
