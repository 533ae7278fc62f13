package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// What is searched for may be a name, an id number or a phone, so a search is
// sent as a form and answered at once: it never stands in an address.
func (s *Server) mountPeople(m *http.ServeMux) {
	s.route(m, "GET /people", signedIn, s.people)
	s.route(m, "POST /people", signedIn, s.searchPeople)
	s.route(m, "GET /people/new", signedIn, s.enrolForm)
	s.route(m, "POST /people/new", signedIn, s.enrol)
	s.route(m, "GET /people/{person}", signedIn, s.person)
	s.route(m, "POST /people/{person}/open", signedIn, s.openField)
	s.route(m, "GET /people/{person}/change", signedIn, s.personChangeForm)
	s.route(m, "POST /people/{person}/change", signedIn, s.changePerson)
	for _, t := range turns {
		s.route(m, "GET /people/{person}/"+t.name, signedIn, s.turnForm(t))
		s.route(m, "POST /people/{person}/"+t.name, signedIn, s.turnPerson(t))
	}
	s.mountHolds(m)
	s.route(m, "GET /export/{entity}", signedIn, s.export)
	s.route(m, "POST /export/{entity}", signedIn, s.export)
}

// People is the roster of an organisation and of everything below it; for who
// sees no names, how many there are.
type People struct {
	Shell
	Under     string // kept by forms, or ""
	Kind      string
	Query     []Field
	Used      Link // the whole list, while a search is shown
	Kinds     Chips
	Enrol     Link
	Import    Link
	Heading   string
	Rows      []PersonLine
	Pager     Pager
	Pages     SearchPages // of a search
	Empty     Empty
	Exports   []Link
	Sensitive Link
	Why       Notice // why there are no names
	Counts    []KindCount
	Note      Note
}

// A PersonLine is one person of the list.
type PersonLine struct {
	Name      Link
	Small     string
	Org       Link
	Kind      Tag
	Joined    string
	Confirmed string
}

// A KindCount is how many people of a kind there are.
type KindCount struct{ Kind, Own, Below string }

// SearchPages leads through what was found, with buttons: the words are sent
// again.
type SearchPages struct {
	Text, Words string
	Prev, Next  int // numbers of pages, 0 for none
}

var peoplePage = newPage[People]("people.html")

// people answers GET: the list without a search.
func (s *Server) people(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writePeople(w, r, v, "")
}

// searchPeople answers the search with the page itself. Without words it leads
// to the list, which has an address.
func (s *Server) searchPeople(w http.ResponseWriter, r *http.Request, v Viewer) error {
	words := strings.TrimSpace(r.PostFormValue("q"))
	if words == "" {
		http.Redirect(w, r, withQuery("/people", "under", r.PostFormValue("under"), "kind", r.PostFormValue("kind")), http.StatusSeeOther)
		return nil
	}
	return s.writePeople(w, r, v, words)
}

func (s *Server) writePeople(w http.ResponseWriter, r *http.Request, v Viewer, words string) error {
	under, err := v.under(r)
	if err != nil {
		return err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, under)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "people", "people.title")
	p := People{Shell: sh}
	if under != v.Under {
		p.Under = under.String()
	}
	p.here = withQuery("/people", "under", p.Under)
	p.Path = sh.orgPath(h.Above, "/people?under=", h.Org.Name)
	if kind := r.FormValue("kind"); slices.Contains(member.Kinds, kind) {
		p.Kind = kind
	}
	if h.May[access.SeePeople] {
		err = s.listPeople(r, v, h, words, &p)
	} else {
		err = s.countPeople(r.Context(), v, h, &p)
	}
	if err != nil {
		return err
	}
	return peoplePage.write(w, http.StatusOK, p)
}

// listPeople fills in a page of the roster.
func (s *Server) listPeople(r *http.Request, v Viewer, h org.Head, words string, p *People) error {
	page := core.Page{}
	page.Number, _ = strconv.Atoi(r.FormValue("page"))
	l, err := s.Member.List(r.Context(), v.Actor, member.Query{Under: h.Org.ID, Kind: p.Kind, Search: words, Page: page, Total: true})
	if err != nil {
		return err
	}
	p.form(words)
	for _, row := range l.Rows {
		p.Rows = append(p.Rows, p.personLine(row))
	}
	p.actions(h)
	p.Note = p.definition(p.T("people.note"), Link{})
	if words != "" {
		p.found(l, words)
		return nil
	}
	p.Heading = p.T("people.heading", l.Total)
	p.Lead = p.T("people.lead", h.Org.Name, l.Total)
	if p.Kind != "" {
		p.Lead = p.T("people.lead.kind", h.Org.Name, member.KindTitle(p.Kind), l.Total)
	}
	p.Pager = p.pager(l.Page, l.Total, func(n int) string {
		return withQuery("/people", "under", p.Under, "kind", p.Kind, "page", strconv.Itoa(n))
	})
	if l.Total == 0 {
		p.Empty = Empty{Title: p.T("people.empty"), Text: p.T("people.empty.text"), Action: p.Import, Other: p.Enrol}
		p.Import, p.Enrol = Link{}, Link{}
		if p.Empty.Action.IsZero() {
			p.Empty.Action, p.Empty.Other = p.Empty.Other, Link{}
		}
	}
	return nil
}

// form fills in the search and the filter by kind.
func (p *People) form(words string) {
	q := Field{Name: "q", Label: p.T("people.search"), Type: "search", Value: words, Grow: true, Autocomplete: "off", Placeholder: p.T("people.search.like")}
	kind := Field{Name: "kind", Label: p.T("people.kind"), Type: "select", Options: []Option{{Text: p.T("people.kind.all")}}}
	for _, k := range member.Kinds {
		kind.Options = append(kind.Options, Option{k, p.say(member.KindTitle(k)), k == p.Kind})
	}
	p.Query = []Field{q, kind}
	if words != "" {
		p.Used = Link{p.T("people.search.clear"), withQuery("/people", "under", p.Under, "kind", p.Kind)}
	}
}

// found says how many people a search has found, and leads through them.
func (p *People) found(l member.List, words string) {
	first, last := l.Page.Offset()+1, l.Page.Offset()+len(l.Rows)
	p.Heading = p.T("people.found")
	switch {
	case len(l.Rows) == 0:
		p.Empty = Empty{Title: p.T("people.nothing"), Text: p.T("people.nothing.text")}
		return
	case l.Total >= 0:
		p.Lead = p.T("people.found.total", l.Total)
	default:
		p.Lead = p.T("people.found.some", first, last)
	}
	p.Pages = SearchPages{Text: p.T("people.found.at", first, last), Words: words}
	if l.Page.Number > 1 {
		p.Pages.Prev = l.Page.Number - 1
	}
	if l.More {
		p.Pages.Next = l.Page.Number + 1
	}
}

// personLine shows one person.
func (s Shell) personLine(row member.Row) PersonLine {
	l := PersonLine{
		Name: Link{row.Name, "/people/" + row.ID.String()}, Small: row.Position, Org: Link{row.OrgName, "/orgs/" + row.Org.String()},
		Kind: s.kindTag(row.Kind), Joined: row.JoinedOn.String(), Confirmed: row.ConfirmedOn.String(),
	}
	return l
}

// kindTag is the word for a kind of person.
func (s Shell) kindTag(kind string) Tag {
	look := map[string]TagKind{member.Full: OK, member.Probationary: Wait, member.Activist: New, member.Applicant: New, member.None: Off}
	return Tag{look[kind], s.say(member.KindTitle(kind))}
}

// actions offers what the viewer may do with the list.
func (p *People) actions(h org.Head) {
	under := h.Org.ID.String()
	if h.May[access.ChangePeople] && h.Org.Live() {
		p.Enrol = Link{p.T("people.enrol"), withQuery("/people/new", "under", p.Under)}
	}
	if h.May[access.ImportPeople] {
		p.Import = Link{p.T("people.import"), withQuery("/import/new", "entity", "members", "under", p.Under)}
	}
	if h.May[access.ExportPeople] {
		p.Exports = []Link{{p.T("people.export.xlsx"), "/export/members?under=" + under}, {p.T("people.export.csv"), "/export/members?as=csv&under=" + under}}
		if h.May[access.OpenFields] {
			p.Sensitive = Link{p.T("people.export.sensitive"), "/export/members?sensitive=yes&under=" + under}
		}
	}
}

// countPeople fills in how many people there are, and says why there are no
// names.
func (s *Server) countPeople(ctx context.Context, v Viewer, h org.Head, p *People) error {
	all, err := s.Member.Counts(ctx, v.Actor, h.Org.ID)
	if err != nil {
		return err
	}
	total := 0
	for _, c := range all {
		p.Counts = append(p.Counts, KindCount{p.say(member.KindTitle(c.Kind)), p.N(c.Own), p.N(c.Below)})
		total += c.Below
	}
	p.Lead = p.T("people.lead", h.Org.Name, total)
	p.Why = Notice{Kind: "info", Text: p.T("people.counts.why"), Link: Link{p.T("people.counts.more"), "/privacy"}}
	return nil
}
