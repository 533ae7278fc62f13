package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/rule"
)

// Enterprises is the list of what an organisation and those below it look after.
type Enterprises struct {
	Shell
	Query    []Field
	Under    string // kept by the form, or ""
	Used     Chips
	Import   Link
	Register Link
	Links    []Link
	Lines    []EnterpriseLine
	Batch    bool // rows can be chosen, to put somebody in touch with them
	Pager    Pager
	Note     Note
	Empty    Empty
}

// An EnterpriseLine is one row of the list.
type EnterpriseLine struct {
	ID        string
	Name      Link
	Small     string // industry
	State     string // where it is not in operation
	Type      string
	Employees string
	Foreign   string
	Tag       Tag
	Why       string
	Members   string
	Verified  string
	Old       bool // last seen more than a year ago, or never
	Org       Link
}

var enterprisesPage = newPage[Enterprises]("enterprises.html")

func (s *Server) mountEnterprises(m *http.ServeMux) {
	s.route(m, "GET /enterprises", signedIn, s.enterprises)
	s.route(m, "GET /enterprises/new", signedIn, s.registerForm)
	s.route(m, "POST /enterprises/new", signedIn, s.register)
	s.route(m, "GET /enterprises/{enterprise}", signedIn, s.enterprise)
	for _, d := range deeds {
		s.mountDeed(m, d)
	}
	s.route(m, "GET /appoint", signedIn, s.contactForm)
	s.route(m, "POST /appoint", signedIn, s.appointContact)
	s.route(m, "GET /groupings", signedIn, s.groupings)
	s.route(m, "GET /groupings/new", signedIn, s.makeForm)
	s.route(m, "POST /groupings/new", signedIn, s.makeGrouping)
	s.route(m, "GET /groupings/{grouping}", signedIn, s.grouping)
	s.route(m, "GET /groupings/{grouping}/change", signedIn, s.regroupForm)
	s.route(m, "POST /groupings/{grouping}/change", signedIn, s.regroup)
}

// coverageWords are what the list can be narrowed to, in the order in which
// they are offered.
var coverageWords = []string{
	enterprise.Covered, enterprise.WithOrg, string(enterprise.Own), string(enterprise.Joint),
	enterprise.WithWork, string(enterprise.ByInstructor), string(enterprise.ByLiaison), string(enterprise.ByMass),
	string(enterprise.Uncovered), enterprise.ShouldNone, enterprise.InName, enterprise.OldNews,
}

// An enterprisesAsk is what an address of the list asks for.
type enterprisesAsk struct {
	values url.Values // known and not empty
	query  enterprise.Query
}

// readEnterprises reads the address of the list. What it does not know it
// leaves out.
func readEnterprises(r *http.Request, under core.OrgID) enterprisesAsk {
	a := enterprisesAsk{values: url.Values{}, query: enterprise.Query{Under: under, Page: pageOf(r)}}
	take := func(name string, fits func(string) bool) string {
		v := strings.TrimSpace(r.FormValue(name))
		if v == "" || !fits(v) {
			return ""
		}
		a.values.Set(name, v)
		return v
	}
	anything := func(string) bool { return true }
	in := func(all []string) func(string) bool { return func(v string) bool { return slices.Contains(all, v) } }
	take("under", anything)
	a.query.Search = take("q", anything)
	a.query.State = take("state", func(v string) bool { return v == enterprise.AnyState || slices.Contains(enterprise.OperatingStates, v) })
	a.query.Type = take("type", func(v string) bool { _, ok := rule.FindEnterpriseType(v); return ok })
	a.query.Coverage = take("coverage", in(coverageWords))
	a.query.Reason = take("reason", in(enterprise.Reasons))
	take("grouping", func(v string) bool {
		id, err := core.ParseID(v)
		a.query.Grouping = id
		return err == nil
	})
	return a
}

// narrowed reports whether anything but the organisation is asked for.
func (a enterprisesAsk) narrowed() bool {
	return len(a.values) > 1 || len(a.values) == 1 && !a.values.Has("under")
}

// with returns the address with other values; an empty one leaves its name out.
func (a enterprisesAsk) with(pairs ...string) string {
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
		return "/enterprises"
	}
	return "/enterprises?" + v.Encode()
}

func (a enterprisesAsk) whole() string {
	return a.with("q", "", "state", "", "type", "", "coverage", "", "reason", "", "grouping", "")
}

func (s *Server) enterprises(w http.ResponseWriter, r *http.Request, v Viewer) error {
	under, err := v.under(r)
	if err != nil {
		return err
	}
	if under == 0 && v.Enterprise != 0 {
		return s.redirect(w, r, "/enterprises/"+v.Enterprise.String(), "")
	}
	a := readEnterprises(r, under)
	l, err := s.Enterprise.List(r.Context(), v.Actor, a.query)
	if err != nil {
		return err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, under)
	if err != nil {
		return err
	}
	all, err := s.Enterprise.Groupings(r.Context(), v.Actor, "")
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "enterprises", "enterprises.title")
	sh.Path = sh.orgPath(h.Above, "/enterprises?under=", h.Org.Name)
	sh.Lead = sh.T("enterprises.lead", h.Org.Name, l.Total)
	p := Enterprises{Shell: sh, Under: a.values.Get("under")}
	p.form(r, a, all)
	p.actions(h.May, under)
	today := core.DateOf(s.Now())
	for _, row := range l.Rows {
		p.Lines = append(p.Lines, p.enterpriseLine(row, today))
	}
	p.Batch = p.Batch && len(p.Lines) > 0
	p.Pager = p.pager(l.Page, l.Total, func(n int) string { return a.with("page", strconv.Itoa(n)) })
	switch {
	case l.Total == 0 && a.narrowed():
		p.Empty = Empty{Title: p.T("enterprises.nothing"), Text: p.T("enterprises.nothing.text"), Action: Link{p.T("enterprises.clear"), a.whole()}}
	case l.Total == 0:
		p.Empty = Empty{Title: p.T("enterprises.empty"), Text: p.T("enterprises.empty.wait"), Action: p.Import, Other: p.Register}
		if !p.Import.IsZero() {
			p.Empty.Text = p.T("enterprises.empty.text")
		}
		p.Import, p.Register = Link{}, Link{}
	default:
		p.Note = p.definition(p.T("enterprises.note"), Link{p.T("enterprises.note.more"), "/coverage?under=" + under.String()})
	}
	return enterprisesPage.write(w, http.StatusOK, p)
}

// actions fills in what the viewer may do from the list.
func (p *Enterprises) actions(may access.Rights, under core.OrgID) {
	if may[access.ImportOrgs] {
		p.Import = Link{p.T("enterprises.import"), "/import?entity=enterprises"}
	}
	if may[access.ChangeEnterprises] {
		p.Register = Link{p.T("enterprises.register"), "/enterprises/new?org=" + under.String()}
		p.Batch = may[access.SeePeople]
	}
	p.Links = []Link{
		{p.T("enterprises.groupings"), "/groupings"},
		{p.T("enterprises.export"), "/export/enterprises?under=" + under.String()},
	}
}

// form fills in the fields of the query and the chips of what is used of it.
func (p *Enterprises) form(r *http.Request, a enterprisesAsk, groupings []enterprise.Grouping) {
	q := p.field(r, nil, "q", "enterprises.q", "search")
	q.Grow, q.Placeholder = true, p.T("enterprises.q.example")
	states := options(p.Shell, "enterprise.state.", enterprise.OperatingStates, "enterprises.books")
	states = slices.Insert(states, 1, Option{Value: enterprise.AnyState, Text: p.T("enterprises.any")})
	var types []Option
	for _, t := range rule.EnterpriseTypes {
		types = append(types, Option{Value: t.Code, Text: p.T("enterprise_type." + t.Code)})
	}
	var kinds []Option
	for _, c := range coverageWords {
		kinds = append(kinds, Option{Value: c, Text: p.coverageWord(c)})
	}
	none := []Option{{Text: p.T("enterprises.all")}}
	p.Query = []Field{
		q,
		p.choice(r, nil, "state", "enterprises.state", "select", states),
		p.choice(r, nil, "type", "enterprises.type", "select", append(none, types...)),
		p.choice(r, nil, "coverage", "enterprises.coverage", "select", append(none, kinds...)),
		p.choice(r, nil, "reason", "enterprises.reason", "select", options(p.Shell, "enterprise.reason.", enterprise.Reasons, "enterprises.all")),
		p.choice(r, nil, "grouping", "enterprises.grouping", "select", append(none, p.groupingOptions(groupings, a.query.Grouping)...)),
	}
	p.used(a, groupings)
}

// used fills in the chips of the filters in use.
func (p *Enterprises) used(a enterprisesAsk, groupings []enterprise.Grouping) {
	p.Used.Label = p.T("enterprises.used")
	add := func(name, text string) {
		if a.values.Has(name) {
			p.Used.Items = append(p.Used.Items, Chip{Text: text, Href: a.with(name, ""), Remove: p.T("enterprises.used.remove")})
		}
	}
	state := p.T("enterprises.any")
	if a.query.State != enterprise.AnyState {
		state = p.T("enterprise.state." + a.query.State)
	}
	add("q", p.T("enterprises.used.q", a.query.Search))
	add("state", state)
	add("type", p.T("enterprise_type."+a.query.Type))
	add("coverage", p.coverageWord(a.query.Coverage))
	add("reason", p.T("enterprise.reason."+a.query.Reason))
	add("grouping", p.groupingName(groupings, a.query.Grouping))
	if len(p.Used.Items) > 1 {
		p.Used.Items = append(p.Used.Items, Chip{Text: p.T("enterprises.clear"), Href: a.whole()})
	}
}

// coverageWord says what the list can be narrowed to.
func (s Shell) coverageWord(code string) string {
	if slices.Contains(enterprise.Coverages, enterprise.Coverage(code)) || code == string(enterprise.Uncovered) {
		return s.T("enterprise.coverage." + code)
	}
	return s.T("enterprises.coverage." + code)
}

// groupingMost is how many groupings a select offers; more are chosen on their
// own page.
const groupingMost = 60

// groupingOptions offers the groupings that are nested in no other, and the
// chosen one.
func (s Shell) groupingOptions(all []enterprise.Grouping, chosen core.ID) []Option {
	var out []Option
	for _, g := range all {
		if g.ID == chosen || g.Parent == 0 && len(out) < groupingMost {
			out = append(out, Option{Value: g.ID.String(), Text: s.T("enterprises.grouping.of", enterprise.GroupingTitle(g.Kind), s.groupingName(all, g.ID))})
		}
	}
	return out
}

// groupingName names a grouping with what it is nested in: "星湖大厦 12 层".
func (s Shell) groupingName(all []enterprise.Grouping, id core.ID) string {
	at := slices.IndexFunc(all, func(g enterprise.Grouping) bool { return g.ID == id })
	if at < 0 {
		return s.T("enterprises.grouping.gone")
	}
	if up := slices.IndexFunc(all, func(g enterprise.Grouping) bool { return g.ID == all[at].Parent }); up >= 0 {
		return s.T("enterprises.grouping.in", all[up].Name, all[at].Name)
	}
	return all[at].Name
}

// enterpriseLine returns one row of the list.
func (s Shell) enterpriseLine(row enterprise.Row, today core.Date) EnterpriseLine {
	l := EnterpriseLine{
		ID: row.ID.String(), Name: Link{row.Name, "/enterprises/" + row.ID.String()}, Small: row.Industry,
		Type: s.T("enterprises.unknown"), Employees: s.countOf(row.Employees), Foreign: s.percentOf(row.ForeignShare),
		Org: Link{row.OrgName, "/orgs/" + row.Org.String()},
	}
	if row.Type != "" {
		l.Type = s.T("enterprise_type." + row.Type)
	}
	st := row.Stood
	l.Tag, l.Why = s.reached(st)
	l.Members = s.fullMembers(st)
	l.Verified = s.ago(row.VerifiedOn, today)
	l.Old = st.Operating && (row.VerifiedOn.IsZero() || st.Recheck)
	return l
}

// reached says in a word whether an enterprise is covered, and why or how.
func (s Shell) reached(st enterprise.State) (Tag, string) {
	c := st.Coverage
	switch {
	case !st.Operating:
		return Tag{Done, s.say(enterprise.StateTitle(st.State))}, s.T("enterprises.out")
	case c == enterprise.Own || c == enterprise.Joint:
		return Tag{OK, s.say(c.Title())}, ""
	case c.Covers() && st.Nominal:
		return Tag{Wait, s.say(c.Title())}, s.T("enterprises.nominal")
	case c.Covers():
		return Tag{New, s.say(c.Title())}, ""
	case st.Class == enterprise.ShouldBuild:
		return Tag{Wait, s.say(c.Title())}, s.say(enterprise.ReasonTitle(enterprise.ShouldBuild))
	case st.Broken != "":
		return Tag{Off, s.say(c.Title())}, s.say(enterprise.FlowTitle(st.Broken))
	case st.Reason != "":
		return Tag{Off, s.say(c.Title())}, s.say(enterprise.ReasonTitle(st.Reason))
	}
	return Tag{Off, s.say(c.Title())}, ""
}

// fullMembers writes how many full members are known of.
func (s Shell) fullMembers(st enterprise.State) string {
	if !st.MembersKnown {
		return s.T("enterprises.unknown")
	}
	return s.N(st.FullMembers)
}

// countOf writes a number that may not be known.
func (s Shell) countOf(n *int) string {
	if n == nil {
		return s.T("enterprises.unknown")
	}
	return s.N(*n)
}

// percentOf writes a share of a hundred, or nothing where none is known.
func (s Shell) percentOf(n *int) string {
	if n == nil {
		return ""
	}
	return s.N(*n) + "%"
}

// ago says how long ago a day was.
func (s Shell) ago(d, today core.Date) string {
	if d.IsZero() {
		return s.T("enterprises.never")
	}
	months := (today.Year-d.Year)*12 + int(today.Month) - int(d.Month)
	if d.AddMonths(months).After(today) {
		months--
	}
	switch n := d.DaysUntil(today); {
	case n <= 0:
		return s.T("enterprises.ago.today")
	case n == 1:
		return s.T("enterprises.ago.yesterday")
	case months < 2:
		return s.T("enterprises.ago.days", n)
	case months < 24:
		return s.T("enterprises.ago.months", months)
	}
	return s.T("enterprises.ago.years", months/12)
}
