package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/sheet"
)

// A CoverageRows page lists the enterprises or organisations behind a number.
type CoverageRows struct {
	Shell
	Columns []Column
	Units   []UnitRow
	Orgs    []BranchRow
	Batch   bool // enterprises can be chosen, to put somebody in touch with them
	Pager   Pager
	Note    Note
	Empty   Empty
	Back    Link
}

// A UnitRow is an enterprise behind a number.
type UnitRow struct {
	ID      string // to be chosen by; empty for one that is covered
	Name    Link
	Type    string
	Place   string
	Staff   string
	Foreign string
	Members string
	Contact string
	Tag     Tag
	Why     string
}

// A BranchRow is an organisation behind a number.
type BranchRow struct {
	Name    Link
	Kind    string
	Above   string
	Members string
	Units   string
}

var coverageRowsPage = newPage[CoverageRows]("coverage_rows.html")

// selector reads which rows are asked for.
func selector(r *http.Request) (figure.Selector, error) {
	key, err := figure.ParseKey(r.FormValue("key"))
	if err != nil {
		return figure.Selector{}, err
	}
	number, _ := strconv.Atoi(r.FormValue("page"))
	return figure.Selector{Key: key, Show: figure.Show(r.FormValue("show")), Page: core.Page{Number: number}}, nil
}

func (s *Server) coverageRows(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	sel, err := selector(r)
	if err != nil {
		return err
	}
	rows, err := s.Figure.Rows(r.Context(), v.Actor, a.Query, sel)
	if err != nil {
		return err
	}
	here := s.shell(r, v, "coverage", "web.nav.coverage")
	sh := s.shell(r, v, "coverage", rowsTitle(rows.Show), here.rowName(rows), rows.Show.Title(), rows.Total)
	sh.Path = append(crumbs(rows.Head, a), Link{Text: sh.say(rows.Show.Title())})
	sh.Path[len(sh.Path)-2].Href = a.to("/coverage")
	at := func(page int) string {
		return a.to("/coverage/rows", "show", string(rows.Show), "key", sel.Key.String(), "page", strconv.Itoa(page))
	}
	p := CoverageRows{Shell: sh, Pager: sh.pager(rows.Page, rows.Total, at), Back: Link{sh.T("coverage.back"), a.to("/coverage")}}
	export := Link{sh.T("coverage.export.list"), a.to("/coverage/rows.xlsx", "show", string(rows.Show), "key", sel.Key.String())}
	p.Note = Note{Text: sh.T("coverage.rows.as_of", rows.On, rows.ComputedAt), Link: export}
	if rows.Show.OfOrgs() {
		p.branches(rows)
	} else {
		p.units(rows)
		p.Batch = v.may(access.ChangeEnterprises) && !a.then && slices.ContainsFunc(p.Units, func(u UnitRow) bool { return u.ID != "" })
	}
	if rows.Total == 0 {
		p.Note.Link = Link{}
		p.Empty = Empty{Title: sh.T("coverage.rows.none"), Text: sh.T("coverage.rows.none.text"), Action: p.Back}
	}
	return coverageRowsPage.write(w, http.StatusOK, p)
}

// rowsTitle is the key of the heading: so many enterprises, or organisations.
func rowsTitle(show figure.Show) string {
	if show.OfOrgs() {
		return "coverage.rows.title.orgs"
	}
	return "coverage.rows.title"
}

// rowName is what the rows are of.
func (s Shell) rowName(r figure.Rows) string {
	if r.Name != "" {
		return r.Name
	}
	return s.say(r.Title)
}

func (p *CoverageRows) units(rows figure.Rows) {
	for i, key := range []string{"name", "staff", "foreign", "members", "contact", "state"} {
		p.Columns = append(p.Columns, Column{Text: p.T("coverage.rows." + key), Number: i > 0 && i < 4})
	}
	for _, u := range rows.Units {
		row := UnitRow{
			Name: Link{u.Name, "/enterprises/" + u.ID.String()}, Place: u.Place, Type: p.typeName(u.Type), Staff: p.ifKnown(u.Employees, ""),
			Foreign: p.ifKnown(u.ForeignShare, "%"), Contact: p.T("coverage.contact.never"), Tag: p.stateTag(u), Why: p.reason(u, rows.Show),
		}
		if !u.LastContact.IsZero() {
			row.Contact = p.Day(u.LastContact)
		}
		if u.Operating && !u.Coverage.Covers() {
			row.ID = u.ID.String()
		}
		if u.MembersKnown {
			row.Members = p.N(u.FullMembers)
		}
		p.Units = append(p.Units, row)
	}
}

// typeName returns the word for a type of enterprise.
func (s Shell) typeName(code string) string {
	if code == "" {
		return s.T("figure.row.type_unknown")
	}
	return s.T("enterprise_type." + code)
}

// ifKnown writes a number that may not be known.
func (s Shell) ifKnown(n *int, unit string) string {
	if n == nil {
		return ""
	}
	return s.N(*n) + unit
}

// stateTag says how an enterprise is covered, or that it does not count.
func (s Shell) stateTag(u figure.Unit) Tag {
	switch {
	case !u.Operating:
		return Tag{Off, s.say(enterprise.StateTitle(u.State.State))}
	case u.Coverage.Covers():
		return Tag{Done, s.say(u.Coverage.Title())}
	}
	return s.unitTag(u)
}

// reason says why an enterprise is in the list: why it was gained or lost, what
// does not count, what is to be verified.
func (s Shell) reason(u figure.Unit, show figure.Show) string {
	var all []string
	if u.Step.Reason != "" {
		all = append(all, s.say(enterprise.FlowTitle(u.Step.Reason)))
	}
	if u.Broken != "" && u.Step.Reason != u.Broken {
		all = append(all, s.say(enterprise.FlowTitle(u.Broken)))
	}
	if u.Nominal {
		all = append(all, s.T("coverage.unit.nominal"))
	}
	if u.Recheck || show == figure.ShowRecheck || show == figure.ShowVisited {
		all = append(all, s.T("coverage.verified", u.VerifiedOn))
	}
	if u.Operating && u.VerifiedOn.IsZero() {
		all = append(all, s.T("coverage.unverified"))
	}
	if len(u.Hosts) > 0 {
		all = append(all, hostNames(u))
	}
	return strings.Join(all, s.T("coverage.fact.sep"))
}

func (p *CoverageRows) branches(rows figure.Rows) {
	for i, key := range []string{"org", "above", "members_all", "units"} {
		p.Columns = append(p.Columns, Column{Text: p.T("coverage.rows." + key), Number: i == 2})
	}
	for _, b := range rows.Branches {
		row := BranchRow{
			Name: Link{b.Name, "/orgs/" + b.ID.String()}, Kind: p.T("org_kind." + string(b.Kind)), Above: b.Above, Members: p.N(b.Members),
		}
		var names []string
		for _, u := range b.Units {
			names = append(names, u.Name)
		}
		row.Units = strings.Join(names, p.T("coverage.fact.sep"))
		p.Orgs = append(p.Orgs, row)
	}
}

// coverageRowsTable sends the whole list as a workbook.
func (s *Server) coverageRowsTable(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	sel, err := selector(r)
	if err != nil {
		return err
	}
	sel.Page = core.Page{Number: 1, Size: 200}
	first, err := s.Figure.Rows(r.Context(), v.Actor, a.Query, sel)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "coverage", "web.nav.coverage")
	l := sh.workbook(first.Head, sh.T(rowsTitle(first.Show), sh.rowName(first), first.Show.Title(), first.Total))
	p := CoverageRows{Shell: sh}
	keys := []string{"name", "type", "place", "staff", "foreign", "members", "contact", "state", "why"}
	if first.Show.OfOrgs() {
		keys = []string{"org", "kind", "above", "members_all", "units"}
	}
	for _, key := range keys {
		l.Columns = append(l.Columns, sheet.OutColumn{Key: key, Header: sh.T("coverage.rows." + key)})
	}
	l.Rows = func(yield func([]string, error) bool) {
		for part := first; ; {
			p.Units, p.Orgs = nil, nil
			if part.Show.OfOrgs() {
				p.branches(part)
			} else {
				p.units(part)
			}
			for _, values := range p.lines() {
				if !yield(values, nil) {
					return
				}
			}
			if sel.Page.Number++; sel.Page.Offset() >= part.Total {
				return
			}
			if part, err = s.Figure.Rows(r.Context(), v.Actor, a.Query, sel); err != nil {
				yield(nil, err)
				return
			}
		}
	}
	return sendWorkbook(w, "rows-"+first.On.String(), l)
}

// lines are the rows as a workbook has them.
func (p *CoverageRows) lines() [][]string {
	var all [][]string
	for _, u := range p.Units {
		all = append(all, []string{u.Name.Text, u.Type, u.Place, u.Staff, u.Foreign, u.Members, u.Contact, u.Tag.Text, u.Why})
	}
	for _, o := range p.Orgs {
		all = append(all, []string{o.Name.Text, o.Kind, o.Above, o.Members, o.Units})
	}
	return all
}
