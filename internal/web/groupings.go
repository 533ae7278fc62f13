package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// Groupings is the list of the groupings of a kind with what is nested in each.
type Groupings struct {
	Shell
	Kinds Chips
	Make  Link
	Rows  []GroupingRow
	Empty Empty
	Note  Note
}

// A GroupingRow is a grouping with those nested in it.
type GroupingRow struct {
	Name        Link
	Small       string
	Nested      []Link
	Enterprises string
}

// A GroupingView is the page of one grouping: its enterprises, floor by floor.
type GroupingView struct {
	Shell
	Change Link
	List   Link // the same enterprises as a list with filters
	Floors []GroupingFloor
	Pager  Pager
	Empty  Empty
}

// A GroupingFloor is one grouping of the page with what stands in it directly.
type GroupingFloor struct {
	Name  Link
	Count string
	Lines []EnterpriseLine
}

var (
	groupingsPage = newPage[Groupings]("groupings.html")
	groupingPage  = newPage[GroupingView]("grouping.html")
)

// nestedKinds stand inside another grouping and are shown with it.
var nestedKinds = []string{enterprise.Floor, enterprise.SubSector}

func (s *Server) groupings(w http.ResponseWriter, r *http.Request, v Viewer) error {
	all, err := s.Enterprise.Groupings(r.Context(), v.Actor, "")
	if err != nil {
		return err
	}
	sizes, err := s.Enterprise.GroupingSizes(r.Context(), v.Actor, v.Under)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "enterprises", "groupings.title")
	sh.Path = []Link{{sh.T("enterprises.title"), "/enterprises"}, {Text: sh.Title}}
	sh.Lead = sh.T("groupings.lead", v.Org)
	p := Groupings{Shell: sh}
	if v.may(access.ChangeEnterprises) {
		p.Make = Link{p.T("groupings.make"), "/groupings/new"}
	}
	kind := r.FormValue("kind")
	p.kinds(all, &kind)
	tops := slices.DeleteFunc(slices.Clone(all), func(g enterprise.Grouping) bool {
		inside := slices.Contains(nestedKinds, g.Kind) && g.Parent != 0
		return g.Kind != kind || inside
	})
	for _, g := range tops {
		p.Rows = append(p.Rows, p.groupingRow(g, all, sizes))
	}
	if len(p.Rows) == 0 {
		p.Empty = Empty{Title: p.T("groupings.empty"), Text: p.T("groupings.empty.text"), Action: p.Make}
	} else {
		p.Note = p.definition(p.T("groupings.note"), Link{p.T("groupings.coverage"), "/coverage?by=" + kind})
		if !slices.Contains([]string{"chain", "building", "platform"}, kind) {
			p.Note.Link = Link{}
		}
	}
	return groupingsPage.write(w, http.StatusOK, p)
}

// kinds fills in the switch between kinds of which there are any; kind becomes
// the first of them unless it is one.
func (p *Groupings) kinds(all []enterprise.Grouping, kind *string) {
	counts := map[string]int{}
	for _, g := range all {
		if !slices.Contains(nestedKinds, g.Kind) || g.Parent == 0 {
			counts[g.Kind]++
		}
	}
	var there []string
	for _, k := range enterprise.GroupingKinds {
		if counts[k] > 0 {
			there = append(there, k)
		}
	}
	if !slices.Contains(there, *kind) && len(there) > 0 {
		*kind = there[0]
	}
	p.Kinds = Chips{Label: p.T("groupings.kinds"), Joined: true}
	for _, k := range there {
		p.Kinds.Items = append(p.Kinds.Items, Chip{
			Text: p.T("groupings.kind", enterprise.GroupingTitle(k), counts[k]), Href: "/groupings?kind=" + k, Current: k == *kind,
		})
	}
}

// groupingRow is one line of the list, with what is nested in it.
func (p *Groupings) groupingRow(g enterprise.Grouping, all []enterprise.Grouping, sizes map[core.ID]int) GroupingRow {
	row := GroupingRow{Name: Link{g.Name, "/groupings/" + g.ID.String()}}
	n, kind := sizes[g.ID], ""
	for _, in := range nestedIn(all, g.ID) {
		n += sizes[in.ID]
		if in.Parent == g.ID {
			kind = in.Kind
			row.Nested = append(row.Nested, Link{in.Name, "/groupings/" + in.ID.String()})
		}
	}
	if len(row.Nested) > 0 {
		row.Small = p.T("groupings.nested", enterprise.GroupingTitle(kind), len(row.Nested))
	}
	row.Enterprises = p.N(n)
	return row
}

// nestedIn returns what is nested in a grouping at any depth, floors by their
// number.
func nestedIn(all []enterprise.Grouping, top core.ID) []enterprise.Grouping {
	var direct []enterprise.Grouping
	for _, g := range all {
		if g.Parent == top {
			direct = append(direct, g)
		}
	}
	slices.SortStableFunc(direct, func(a, b enterprise.Grouping) int { return cmp.Compare(firstNumber(a.Name), firstNumber(b.Name)) })
	var out []enterprise.Grouping
	for _, g := range direct {
		out = append(append(out, g), nestedIn(all, g.ID)...)
	}
	return out
}

// firstNumber returns the first number in a name, so that the second floor
// stands before the tenth. A floor below ground has a B or a minus before it.
func firstNumber(name string) int {
	at := strings.IndexFunc(name, unicode.IsDigit)
	if at < 0 {
		return 0
	}
	end := at
	for end < len(name) && name[end] >= '0' && name[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(name[at:end])
	if at > 0 && (name[at-1] == 'B' || name[at-1] == '-') {
		return -n
	}
	return n
}

// grouped returns the grouping that the path names, and all of them.
func (s *Server) grouped(r *http.Request, v Viewer) (enterprise.Grouping, []enterprise.Grouping, error) {
	id, err := core.ParseID(r.PathValue("grouping"))
	if err != nil {
		return enterprise.Grouping{}, nil, err
	}
	all, err := s.Enterprise.Groupings(r.Context(), v.Actor, "")
	if err != nil {
		return enterprise.Grouping{}, nil, err
	}
	g, err := held(all, func(g enterprise.Grouping) bool { return g.ID == id })
	return g, all, err
}

func (s *Server) grouping(w http.ResponseWriter, r *http.Request, v Viewer) error {
	g, all, err := s.grouped(r, v)
	if err != nil {
		return err
	}
	q := enterprise.Query{Under: v.Under, Grouping: g.ID, Page: pageOf(r)}
	q.Page.Size = 200
	l, err := s.Enterprise.List(r.Context(), v.Actor, q)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "enterprises", "enterprise_page.as_written", g.Name)
	sh.Path = sh.groupingPath(all, g)
	p := GroupingView{Shell: sh}
	base := "/groupings/" + g.ID.String()
	inside := nestedIn(all, g.ID)
	p.Lead = p.T("groupings.lead.one", enterprise.GroupingTitle(g.Kind), l.Total)
	if len(inside) > 0 {
		p.Lead = p.T("groupings.lead.nested", enterprise.GroupingTitle(g.Kind), len(inside), l.Total)
	}
	if v.may(access.ChangeEnterprises) {
		p.Change = Link{p.T("groupings.change"), base + "/change"}
	}
	p.List = Link{p.T("groupings.list"), "/enterprises?grouping=" + g.ID.String()}
	p.floors(append(inside, g), g, l.Rows, core.DateOf(s.Now()))
	p.Pager = p.pager(l.Page, l.Total, func(n int) string { return base + "?page=" + strconv.Itoa(n) })
	if l.Total == 0 {
		p.Empty = Empty{Title: p.T("groupings.nobody"), Text: p.T("groupings.nobody.text"), Action: Link{p.T("groupings.nobody.go"), "/enterprises"}}
	}
	return groupingPage.write(w, http.StatusOK, p)
}

// groupingPath is the way to a grouping through those in which it is nested.
func (s Shell) groupingPath(all []enterprise.Grouping, g enterprise.Grouping) []Link {
	path := []Link{{Text: g.Name}}
	for range all {
		up := slices.IndexFunc(all, func(o enterprise.Grouping) bool { return o.ID == g.Parent })
		if up < 0 {
			break
		}
		g = all[up]
		path = append([]Link{{g.Name, "/groupings/" + g.ID.String()}}, path...)
	}
	return append([]Link{{s.T("enterprises.title"), "/enterprises"}, {s.T("groupings.title"), "/groupings?kind=" + g.Kind}}, path...)
}

// floors fills in who stands where: nested groupings in their order, then what
// stands in the grouping itself. A grouping without any is left out.
func (p *GroupingView) floors(order []enterprise.Grouping, top enterprise.Grouping, rows []enterprise.Row, today core.Date) {
	for _, g := range order {
		f := GroupingFloor{Name: Link{g.Name, "/groupings/" + g.ID.String()}}
		if g.ID == top.ID {
			f.Name = Link{}
			if len(order) > 1 {
				f.Name.Text = p.T("groupings.direct")
			}
		}
		for _, row := range rows {
			if slices.Contains(row.Stood.Groupings, g.ID) {
				f.Lines = append(f.Lines, p.enterpriseLine(row, today))
			}
		}
		if f.Count = p.T("groupings.count", len(f.Lines)); len(f.Lines) > 0 {
			p.Floors = append(p.Floors, f)
		}
	}
}

// groupingForm returns the form that makes a grouping or, with one, changes it.
func (s *Server) groupingForm(r *http.Request, v Viewer, name string, g enterprise.Grouping, all []enterprise.Grouping, bad core.Fields) *EnterpriseForm {
	sh := s.shell(r, v, "enterprises", "enterprise_form."+name)
	sh.Narrow, sh.here = true, r.URL.Path
	sh.Path = []Link{{sh.T("enterprises.title"), "/enterprises"}, {sh.T("groupings.title"), "/groupings"}, {Text: sh.Title}}
	sh.Lead = sh.T("enterprise_form." + name + ".lead")
	f := &EnterpriseForm{Shell: sh, Action: r.URL.Path, Go: sh.T("enterprise_form." + name + ".go"), bad: bad, Back: Link{sh.T("enterprise_form.back"), "/groupings"}}
	today := core.DateOf(s.Now())
	if g.ID == 0 {
		f.choose(r, "kind", "enterprise_form.grouping.kind", "select", enterprise.GroupingKinds[0], kinds(sh, enterprise.GroupingKinds, enterprise.GroupingTitle))
	} else {
		f.Back.Href += "/" + g.ID.String()
		f.keepVersion(r, g.Version)
	}
	f.ask(r, "name", "enterprise_page.name", "text", g.Name)
	parent := ""
	if g.Parent != 0 {
		parent = g.Parent.String()
	}
	others := slices.DeleteFunc(slices.Clone(all), func(o enterprise.Grouping) bool { return o.ID == g.ID })
	f.choose(r, "parent", "enterprise_form.parent", "select", parent, append([]Option{{Text: sh.T("enterprise_form.parent.none")}}, sh.groupingOptions(others, g.Parent)...))
	f.askDay(r, "on", "enterprise_form.on", today, today)
	return f
}

func (s *Server) makeForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	all, err := s.mayGroup(r, v)
	if err != nil {
		return err
	}
	return s.groupingForm(r, v, "make", enterprise.Grouping{}, all, nil).write(w, http.StatusOK)
}

// mayGroup returns all groupings for who may change them where they act.
func (s *Server) mayGroup(r *http.Request, v Viewer) ([]enterprise.Grouping, error) {
	all, err := s.Enterprise.Groupings(r.Context(), v.Actor, "")
	if err == nil && !v.may(access.ChangeEnterprises) {
		err = core.Fail(core.Forbidden, "access.change.enterprises")
	}
	return all, err
}

func (s *Server) makeGrouping(w http.ResponseWriter, r *http.Request, v Viewer) error {
	all, err := s.mayGroup(r, v)
	if err != nil {
		return err
	}
	a := answers{r: r}
	g := enterprise.Grouping{Kind: a.text("kind"), Name: a.text("name"), Parent: a.parent(), Org: v.Under}
	from := a.day("on")
	a.bad.If(a.text("on") == "", "on", "enterprise.date.missing")
	if err = a.bad.Err(); err == nil {
		g, err = s.Enterprise.MakeGrouping(r.Context(), v.Actor, g, from)
	}
	if bad := curable(err, nil); bad != nil {
		return s.groupingForm(r, v, "make", enterprise.Grouping{}, all, bad).write(w, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/groupings/"+g.ID.String(), "enterprise_form.make.done", g.Name)
}

// parent reads the grouping in which another is nested; nothing is none.
func (a *answers) parent() core.ID {
	if a.text("parent") == "" {
		return 0
	}
	return a.id("parent", "enterprises.grouping.gone")
}

func (s *Server) regroupForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	g, all, err := s.grouped(r, v)
	if err == nil && !v.may(access.ChangeEnterprises) {
		err = core.Fail(core.Forbidden, "access.change.enterprises")
	}
	if err != nil {
		return err
	}
	return s.groupingForm(r, v, "regroup", g, all, nil).write(w, http.StatusOK)
}

func (s *Server) regroup(w http.ResponseWriter, r *http.Request, v Viewer) error {
	g, all, err := s.grouped(r, v)
	if err != nil {
		return err
	}
	a := answers{r: r}
	parent := a.parent()
	c := enterprise.GroupingChange{Name: changed(a.text("name"), g.Name), On: a.day("on"), Version: a.version()}
	if parent != g.Parent {
		c.Parent = &parent
	}
	a.bad.If(a.text("on") == "", "on", "enterprise.date.missing")
	if err = a.bad.Err(); err == nil {
		_, err = s.Enterprise.ChangeGrouping(r.Context(), v.Actor, g.ID, c)
	}
	bad := curable(err, nil)
	switch {
	case core.MsgOf(err).Key == "enterprise.grouping.stale":
		f := s.groupingForm(r, v, "regroup", g, all, nil)
		f.bothNamed(g.Name, g.Version)
		return f.write(w, http.StatusConflict)
	case bad != nil:
		return s.groupingForm(r, v, "regroup", g, all, bad).write(w, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	return s.redirect(w, r, "/groupings/"+g.ID.String(), "enterprise_form.regroup.done", g.Name)
}
