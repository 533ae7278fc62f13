package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// Orgs is the tree of organisations below one of them; with a search, a filter
// or a past day it is a flat list.
type Orgs struct {
	Shell
	Problems ErrorSummary
	Query    []Field
	Under    string // kept by the form, or ""
	Used     Chips
	Import   Link
	Found    Link
	Heading  string
	Levels   Chips
	Export   Link
	Lines    []OrgLine
	Tree     bool // false: a flat list
	Past     bool // a flat list of a past day, which has no counters
	Pager    Pager
	Note     Note
	Empty    Empty
}

// An OrgLine is one row of the tree or the list. A line that only leads to more
// rows has More and nothing else.
type OrgLine struct {
	ID          string
	Depth       int // 1 for the top
	Name        Link
	Small       string
	Fold        Fold
	HasFold     bool
	Kind        string
	Members     string
	Ends        string // of the term
	Tag         Tag    // instead, where that is near or over
	Orgs        string
	Enterprises string
	Founded     string
	Host        string
	More        Link
}

var orgsPage = newPage[Orgs]("orgs.html")

func (s *Server) mountOrgs(m *http.ServeMux) {
	s.route(m, "GET /orgs", signedIn, s.orgs)
	s.route(m, "GET /orgs/{org}", signedIn, s.org)
	s.mountOrgForms(m)
}

// An orgsAsk is what an address of the list asks for.
type orgsAsk struct {
	values url.Values // known and not empty
	query  org.Query
	bad    core.Fields
}

// readOrgs reads the address of the list. What it does not know it leaves out.
func (s *Server) readOrgs(r *http.Request, under core.OrgID) orgsAsk {
	a := orgsAsk{values: url.Values{}, query: org.Query{Under: under, Page: pageOf(r)}}
	take := func(name string, fits func(string) bool) string {
		v := strings.TrimSpace(r.FormValue(name))
		if v == "" || !fits(v) {
			return ""
		}
		a.values.Set(name, v)
		return v
	}
	anything := func(string) bool { return true }
	take("under", anything)
	a.query.Search = take("q", anything)
	a.query.Kind = rule.OrgKind(take("kind", func(v string) bool { return rule.OrgKind(v).Known() }))
	a.query.Host = take("host", func(v string) bool { return slices.Contains(org.HostSituations, v) })
	a.query.Term = take("term", func(v string) bool { return v == org.TermSoon || v == org.TermOverdue })
	a.query.Open = orgIDs(take("open", anything))
	a.query.Shut = orgIDs(take("shut", anything))
	a.query.More = orgIDs(take("more", anything))
	a.query.Depth, _ = strconv.Atoi(take("depth", func(v string) bool { return v == "2" || v == "3" }))
	on, err := core.ParseDate(take("on", anything))
	today := core.DateOf(s.Now())
	if a.values.Get("on") != "" {
		a.bad.If(err != nil, "on", "date.unreadable", a.values.Get("on"))
		a.bad.If(on.After(today), "on", "orgs.on.future", today)
	}
	if a.bad == nil && on != today {
		a.query.On = on
	}
	if !a.query.On.IsZero() {
		a.query.Term = "" // terms are known as of now alone
		a.values.Del("term")
	}
	return a
}

// pageOf reads the number of a page of a list.
func pageOf(r *http.Request) core.Page {
	n, _ := strconv.Atoi(r.FormValue("page"))
	return core.Page{Number: n}.Clean()
}

// orgIDs reads ids with dots between them; what is no id is left out.
func orgIDs(s string) (all []core.OrgID) {
	for _, text := range strings.Split(s, ".") {
		if id, err := core.ParseID(text); err == nil {
			all = append(all, core.OrgID(id))
		}
	}
	return all
}

// flat reports whether the answer is a list rather than the tree.
func (a orgsAsk) flat() bool {
	q := a.query
	return q.Search != "" || q.Kind != "" || q.Host != "" || q.Term != "" || !q.On.IsZero()
}

// with returns the address with other values; an empty one leaves its name out.
func (a orgsAsk) with(pairs ...string) string {
	v := url.Values{}
	for name := range a.values {
		v.Set(name, a.values.Get(name))
	}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		}
	}
	if len(v) == 0 {
		return "/orgs"
	}
	return "/orgs?" + v.Encode()
}

// list returns ids as an address has them, with one added or taken out.
func list(ids []core.OrgID, id core.OrgID, in bool) string {
	var out []string
	for _, other := range ids {
		if other != id {
			out = append(out, other.String())
		}
	}
	if in {
		out = append(out, id.String())
	}
	return strings.Join(out, ".")
}

func (s *Server) orgs(w http.ResponseWriter, r *http.Request, v Viewer) error {
	under, err := v.under(r)
	if err != nil {
		return err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, under)
	if err != nil {
		return err
	}
	a := s.readOrgs(r, under)
	sh := s.shell(r, v, "orgs", "orgs.title")
	sh.Path = sh.orgPath(h.Above, "/orgs?under=", h.Org.Name)
	p := Orgs{Shell: sh, Under: a.values.Get("under"), Heading: sh.T("orgs.tree")}
	p.form(r, a, core.DateOf(s.Now()))
	p.Export = Link{sh.T("orgs.export"), "/export/orgs?under=" + under.String()}
	if h.May[access.ImportOrgs] {
		p.Import = Link{sh.T("orgs.import"), "/import?entity=orgs"}
	}
	if h.May[access.ChangeOrgs] {
		p.Found = Link{sh.T("orgs.found"), "/orgs/new?parent=" + under.String()}
	}
	code := http.StatusOK
	switch {
	case a.bad != nil:
		code = http.StatusUnprocessableEntity
	case a.flat():
		err = s.flatOrgs(r, v, a, &p)
	default:
		err = s.treeOfOrgs(r, v, a, &p)
	}
	if err != nil {
		return err
	}
	return orgsPage.write(w, code, p)
}

// orgPath is the way from the top: what the viewer may open of the line above,
// then the page itself. Links lead to the same page of the one above.
func (s Shell) orgPath(above []org.Crumb, to string, rest ...string) []Link {
	var path []Link
	for _, c := range above {
		if c.Seen {
			path = append(path, Link{c.Name, to + c.ID.String()})
		}
	}
	for _, name := range rest {
		path = append(path, Link{Text: name})
	}
	return path
}

// form fills in the fields of the query and the chips of what is used of it.
func (p *Orgs) form(r *http.Request, a orgsAsk, today core.Date) {
	q := p.field(r, a.bad, "q", "orgs.q", "search")
	q.Grow, q.Placeholder = true, p.T("orgs.q.example")
	kind := p.choice(r, a.bad, "kind", "orgs.kind", "select", options(p.Shell, "org_kind.", rule.OrgKinds, "orgs.all"))
	host := p.choice(r, a.bad, "host", "orgs.host", "select", options(p.Shell, "org.host_situation.", org.HostSituations, "orgs.all"))
	term := p.choice(r, a.bad, "term", "orgs.term", "select", options(p.Shell, "orgs.term.", []string{org.TermSoon, org.TermOverdue}, "orgs.all"))
	on := p.field(r, a.bad, "on", "orgs.on", "date")
	on.Max = today.String()
	p.Query = []Field{q, kind, host, term, on}
	p.Problems = p.problems(a.bad, p.Query...)
	p.Wrong = !p.Problems.IsZero()
	if !a.flat() {
		return
	}
	p.Used.Label = p.T("orgs.used")
	add := func(name, text string) {
		if a.values.Get(name) != "" {
			p.Used.Items = append(p.Used.Items, Chip{Text: text, Href: a.with(name, ""), Remove: p.T("orgs.used.remove")})
		}
	}
	add("q", p.T("orgs.used.q", a.query.Search))
	add("kind", p.T("org_kind."+string(a.query.Kind)))
	add("host", p.T("org.host_situation."+a.query.Host))
	add("term", p.T("orgs.term."+a.query.Term))
	add("on", p.T("orgs.used.on", a.query.On))
	if len(p.Used.Items) > 1 {
		p.Used.Items = append(p.Used.Items, Chip{Text: p.T("orgs.used.clear"), Href: p.whole(a)})
	}
}

// whole returns the address of the tree without any filter.
func (p *Orgs) whole(a orgsAsk) string {
	return a.with("q", "", "kind", "", "host", "", "term", "", "on", "")
}

// options are the choices of a select: prefix and code make the key of a word.
func options[T ~string](s Shell, prefix string, codes []T, none string) []Option {
	var all []Option
	if none != "" {
		all = append(all, Option{Text: s.T(none)})
	}
	for _, c := range codes {
		all = append(all, Option{Value: string(c), Text: s.T(prefix + string(c))})
	}
	return all
}

// treeOfOrgs fills in the tree grid.
func (s *Server) treeOfOrgs(r *http.Request, v Viewer, a orgsAsk, p *Orgs) error {
	rows, err := s.Org.Tree(r.Context(), v.Actor, a.query)
	if err != nil {
		return err
	}
	overdue, soon, err := s.Org.TermsDue(r.Context(), v.Actor, a.query.Under)
	if err != nil {
		return err
	}
	today, top := core.DateOf(s.Now()), rows[0]
	p.Tree = true
	p.Lead = p.T("orgs.lead", top.Orgs, top.Counts.Members(), top.Enterprises, overdue, soon)
	p.Note = p.definition(p.T("orgs.note"), Link{})
	for i, row := range rows {
		line := p.line(row, today)
		line.Depth = row.Level + 1
		if row.Children > 0 && row.Level > 0 {
			line.Small = p.T("orgs.children", row.Children)
			line.Fold, line.HasFold = p.fold(a, row), true
		}
		p.Lines = append(p.Lines, line)
		p.rest(a, rows, i)
	}
	p.Levels.Label = p.T("orgs.levels")
	for _, n := range []string{"1", "2", "3"} {
		to := a.with("depth", n, "open", "", "shut", "", "more", "")
		if n == "1" {
			to = a.with("depth", "", "open", "", "shut", "", "more", "")
		}
		p.Levels.Items = append(p.Levels.Items, Chip{Text: p.T("orgs.levels." + n), Href: to, Current: n == strconv.Itoa(max(1, a.query.Depth))})
	}
	if top.Orgs <= 1 {
		p.nothing()
	}
	return nil
}

// nothing says what to do where there is only the top.
func (p *Orgs) nothing() {
	p.Empty = Empty{Title: p.T("orgs.empty"), Text: p.T("orgs.empty.wait"), Action: p.Import, Other: p.Found}
	if !p.Import.IsZero() {
		p.Empty.Text = p.T("orgs.empty.text")
	}
}

// fold returns what opens a row, or closes it.
func (s Shell) fold(a orgsAsk, row org.Row) Fold {
	f := Fold{Open: row.Open, Label: s.T("orgs.open", row.Name)}
	at := "#o" + row.ID.String()
	if row.Open {
		f.Label = s.T("orgs.shut", row.Name)
		f.Href = a.with("open", list(a.query.Open, row.ID, false), "shut", list(a.query.Shut, row.ID, row.Level < max(1, a.query.Depth))) + at
		return f
	}
	f.Href = a.with("open", list(a.query.Open, row.ID, row.Level >= max(1, a.query.Depth)), "shut", list(a.query.Shut, row.ID, false)) + at
	return f
}

// rest adds a line after the last shown child of an organisation, and after
// what is below that child, when there are more children.
func (p *Orgs) rest(a orgsAsk, rows []org.Row, i int) {
	level := -1 // of the row that follows
	if i+1 < len(rows) {
		level = rows[i+1].Level
	}
	for at := i; at >= 0 && rows[at].Level > level; {
		if last := rows[at]; last.More > 0 {
			more := a.values.Get("more")
			if more != "" {
				more += "."
			}
			p.Lines = append(p.Lines, OrgLine{Depth: last.Level + 1, More: Link{
				p.T("orgs.more", last.More), a.with("more", more+last.Parent.String()) + "#o" + last.ID.String(),
			}})
		}
		up := rows[at].Level - 1
		for at >= 0 && rows[at].Level > up {
			at--
		}
	}
}

// flatOrgs fills in the list of what fits the filters.
func (s *Server) flatOrgs(r *http.Request, v Viewer, a orgsAsk, p *Orgs) error {
	l, err := s.Org.List(r.Context(), v.Actor, a.query)
	if err != nil {
		return err
	}
	today := core.DateOf(s.Now())
	p.Past = !a.query.On.IsZero()
	p.Heading = p.T("orgs.list")
	p.Lead = p.T("orgs.lead.list", l.Total)
	p.Note = p.definition(p.T("orgs.note"), Link{})
	if p.Past {
		p.Lead = p.T("orgs.lead.past", a.query.On, l.Total)
		p.Note = p.definition(p.T("orgs.note.past"), Link{})
	}
	for _, row := range l.Rows {
		line := p.line(row, today)
		line.Depth, line.Small = 1, row.Where
		if p.Past {
			line.Name.Href += "?on=" + a.query.On.String()
		}
		p.Lines = append(p.Lines, line)
	}
	p.Pager = p.pager(l.Page, l.Total, func(n int) string { return a.with("page", strconv.Itoa(n)) })
	if l.Total == 0 {
		p.Empty = Empty{Title: p.T("orgs.nothing"), Text: p.T("orgs.nothing.text"), Action: Link{p.T("orgs.used.clear"), p.whole(a)}}
	}
	return nil
}

// line returns a row of either.
func (s Shell) line(row org.Row, today core.Date) OrgLine {
	l := OrgLine{
		ID: "o" + row.ID.String(), Name: Link{row.Name, "/orgs/" + row.ID.String()},
		Kind: s.T("org_kind." + string(row.Kind)), Members: s.N(row.Counts.Members()), Founded: row.FoundedOn.String(),
	}
	l.Ends, l.Tag = s.termEnds(row.TermEndsOn, today)
	if row.Orgs > 1 {
		l.Orgs = s.N(row.Orgs - 1)
	}
	if row.Enterprises > 0 {
		l.Enterprises = s.N(row.Enterprises)
	}
	if row.HostSituation != "" {
		l.Host = s.T("org.host_situation." + row.HostSituation)
	}
	return l
}

// termEnds says when a term ends; where that is within six months or over, a
// tag says so instead.
func (s Shell) termEnds(ends, today core.Date) (string, Tag) {
	switch {
	case ends.IsZero():
		return "", Tag{}
	case ends.Before(today):
		return "", Tag{Late, s.T("orgs.ends.over", span(ends, today))}
	case !ends.After(today.AddMonths(6)):
		return "", Tag{Wait, s.T("orgs.ends.left", span(today, ends))}
	}
	return ends.String(), Tag{}
}

// span says how long it is from one day to a later one: years and months, months, or
// days where there is no whole month.
func span(from, to core.Date) core.Msg {
	months := (to.Year-from.Year)*12 + int(to.Month) - int(from.Month)
	if from.AddMonths(months).After(to) {
		months--
	}
	switch {
	case months >= 24 && months%12 == 0:
		return core.M("orgs.years", months/12)
	case months >= 12:
		return core.M("orgs.years_months", months/12, months%12)
	case months > 0:
		return core.M("orgs.months", months)
	}
	return core.M("orgs.days", from.DaysUntil(to))
}
