package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/front"
	"tongpin/internal/rule"
)

// A WorkDo is one thing that can be done on a page of work: a small form behind
// its name, open if it came back.
type WorkDo struct {
	Name, Action, Go, Lead string
	Version                string
	Hidden                 []Option // name and value of what the form showed
	Fields                 []Field
	Open                   bool
}

// fields returns the form's fields under names of their own on the page.
func (d WorkDo) ids(bad core.Fields) core.Fields {
	ours := core.Fields{}
	for name, m := range bad {
		if name != "" {
			name = d.Name + "_" + name
		}
		ours[name] = m
	}
	return ours
}

// A workDeed does one of them. Its page is read again if the person can cure what is wrong.
type workDeed struct {
	name string
	do   func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error
}

// workAnswers are the answers of one form.
type workAnswers struct {
	r    *http.Request
	name string
}

func (a workAnswers) text(field string) string { return a.r.PostFormValue(a.name + "_" + field) }

func (a workAnswers) id(field string) core.ID {
	id, err := core.ParseID(a.text(field))
	if err != nil {
		return 0
	}
	return id
}

func (a workAnswers) day(field string) (core.Date, error) {
	if a.text(field) == "" {
		return core.Date{}, nil
	}
	d, err := core.ParseDate(a.text(field))
	var bad core.Fields
	bad.If(err != nil, field, "front.day")
	return d, bad.Err()
}

func (a workAnswers) version() int {
	n, err := strconv.Atoi(a.r.PostFormValue("version"))
	if err != nil {
		return 0
	}
	return n
}

// again returns the code of a page that is written again, and what is wrong;
// 0 for what the person cannot cure.
func again(err error) (int, core.Fields) {
	if bad := wrong(err); bad != nil {
		return http.StatusUnprocessableEntity, bad
	}
	if errors.Is(err, core.Conflict) {
		return http.StatusConflict, core.Fields{"": core.MsgOf(err)}
	}
	return 0, nil
}

var frontDeeds = []workDeed{
	{"approve", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Decide(ctx, v.Actor, id, a.version(), true, "")
	}},
	{"refuse", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Decide(ctx, v.Actor, id, a.version(), false, a.text("reason"))
	}},
	{"start", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Start(ctx, v.Actor, id, a.version())
	}},
	{"extend", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		to, err := a.day("to")
		if err != nil {
			return err
		}
		return s.Front.Extend(ctx, v.Actor, id, a.version(), to, a.text("reason"))
	}},
	{"close", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Close(ctx, v.Actor, id, a.version(), front.Report{Reached: a.text("reached"), Missed: a.text("not_reached"), Reuse: a.text("reuse")})
	}},
	{"join", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Join(ctx, v.Actor, id, core.PersonID(a.id("person")))
	}},
	{"leave", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Leave(ctx, v.Actor, id, core.PersonID(a.id("person")))
	}},
	{"deed", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		_, err := s.Front.Deed(ctx, v.Actor, id, rule.Action(a.text("action")))
		return err
	}},
}

func (s *Server) mountFronts(m *http.ServeMux) {
	s.route(m, "GET /fronts", signedIn, s.fronts)
	s.route(m, "GET /fronts/new", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		return s.writeNewFront(w, r, v, http.StatusOK, nil)
	})
	s.route(m, "POST /fronts/new", signedIn, s.proposeFront)
	s.route(m, "GET /fronts/{front}", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		return s.writeFront(w, r, v, http.StatusOK, "", nil)
	})
	for _, d := range frontDeeds {
		s.route(m, "POST /fronts/{front}/"+d.name, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
			id, err := core.ParseID(r.PathValue("front"))
			if err != nil {
				return err
			}
			if err := d.do(s, r.Context(), v, id, workAnswers{r, d.name}); err != nil {
				if code, bad := again(err); code != 0 {
					return s.writeFront(w, r, v, code, d.name, bad)
				}
				return err
			}
			return s.redirect(w, r, "/fronts/"+id.String(), "front.done."+d.name)
		})
	}
	s.mountProblems(m)
}

// A WorkLine is one row of a list of work.
type WorkLine struct {
	Name Link
	Note string
	Tag  Tag
}

// FrontsView is the list of action branches.
type FrontsView struct {
	Shell
	Lines []WorkLine
	New   string
}

// FrontView is one action branch.
type FrontView struct {
	Shell
	Wrongs  ErrorSummary
	Tag     Tag
	Facts   Facts
	Charter string
	Strip   Counts
	Open    []WorkLine
	Raise   string
	People  []string
	Taking  string
	Report  Facts
	Do      []WorkDo
}

// FrontFormView proposes an action branch.
type FrontFormView struct {
	Shell
	Wrongs ErrorSummary
	Action string
	Fields []Field
}

var (
	frontsPage    = newPage[FrontsView]("fronts.html")
	frontPage     = newPage[FrontView]("front.html")
	frontFormPage = newPage[FrontFormView]("front_form.html")
)

func (s Shell) frontTag(f front.Front) Tag {
	kind := map[front.State]TagKind{
		front.Proposed: Wait, front.Approved: Wait, front.Refused: Off, front.Active: OK, front.Extended: Wait, front.Closing: Late, front.Closed: Done,
	}[f.State]
	return Tag{kind, s.say(f.State.Title())}
}

func (s *Server) fronts(w http.ResponseWriter, r *http.Request, v Viewer) error {
	rows, err := s.Front.List(r.Context(), v.Actor, v.Under, 0, 200)
	if err != nil {
		return err
	}
	p := FrontsView{Shell: s.shell(r, v, "work", "fronts.title"), New: "/fronts/new"}
	p.Lead = p.T("fronts.lead")
	for _, f := range rows {
		p.Lines = append(p.Lines, WorkLine{Link{f.Title, "/fronts/" + f.ID.String()}, p.T("front.dates.of", p.Day(f.StartsOn), p.Day(f.EndsOn)) + " · " + p.T("fronts.taking", f.Taking, f.Open), p.frontTag(f.Front)})
	}
	return frontsPage.write(w, http.StatusOK, p)
}

func (s *Server) writeNewFront(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	people, orgs, err := s.Front.Choices(r.Context(), v.Actor, v.Under)
	if err != nil {
		return err
	}
	p := FrontFormView{Shell: s.shell(r, v, "work", "fronts.new"), Action: "/fronts/new"}
	p.Path, p.Narrow, p.Lead = []Link{{p.T("fronts.title"), "/fronts"}, {Text: p.Title}}, true, p.T("fronts.new.lead")
	var themes, who, from []Option
	for _, t := range front.Themes {
		themes = append(themes, Option{Value: string(t), Text: p.say(t.Title())})
	}
	for _, one := range people {
		who = append(who, Option{Value: one.ID.String(), Text: one.Name + " · " + one.HomeName})
	}
	from = append(from, Option{})
	for _, o := range orgs {
		from = append(from, Option{Value: o.ID.String(), Text: o.Name})
	}
	p.Fields = []Field{
		p.field(r, bad, "title", "front.form.title", "text"), p.choice(r, bad, "theme", "front.form.theme", "radio", themes),
		p.field(r, bad, "charter", "front.form.charter", "textarea"), p.choice(r, bad, "convener", "front.form.convener", "select", who),
		p.choice(r, bad, "orgs", "front.form.orgs", "select", from), p.field(r, bad, "place", "front.form.place", "text"),
		p.field(r, bad, "starts_on", "front.form.starts", "date"), p.field(r, bad, "ends_on", "front.form.ends", "date"),
	}
	p.Wrongs = p.problems(bad, p.Fields...)
	p.Wrong = !p.Wrongs.IsZero()
	return frontFormPage.write(w, code, p)
}

func (s *Server) proposeFront(w http.ResponseWriter, r *http.Request, v Viewer) error {
	day := func(name string) core.Date {
		d, err := core.ParseDate(r.PostFormValue(name))
		if err != nil {
			return core.Date{} // the service says that it is missing, and the text stays in the field
		}
		return d
	}
	n := front.New{Org: v.Under, Title: r.PostFormValue("title"), Theme: front.Theme(r.PostFormValue("theme")), Charter: r.PostFormValue("charter"),
		Place: r.PostFormValue("place"), StartsOn: day("starts_on"), EndsOn: day("ends_on")}
	if id, err := core.ParseID(r.PostFormValue("convener")); err == nil {
		n.Convener = core.PersonID(id)
	}
	if id, err := core.ParseID(r.PostFormValue("orgs")); err == nil {
		n.Orgs = []core.OrgID{core.OrgID(id)}
	}
	f, err := s.Front.Propose(r.Context(), v.Actor, n)
	if bad := core.FieldsOf(err); bad != nil {
		return s.writeNewFront(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/fronts/"+f.ID.String(), "fronts.new.done")
}

func (s *Server) writeFront(w http.ResponseWriter, r *http.Request, v Viewer, code int, tried string, bad core.Fields) error {
	id, err := core.ParseID(r.PathValue("front"))
	if err != nil {
		return err
	}
	f, err := s.Front.Find(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	open, err := s.Front.Problems(r.Context(), v.Actor, front.Query{Front: id, Filter: front.Live, Limit: 20})
	if err != nil {
		return err
	}
	p := FrontView{Shell: s.shell(r, v, "work", ""), Charter: f.Charter}
	p.Title, p.Tag = f.Title, p.frontTag(f.Front)
	p.Path = []Link{{p.T("fronts.title"), "/fronts"}, {Text: p.Title}}
	p.Facts = p.frontFacts(f)
	p.Strip, p.Open = p.strip(f.Strip), p.problemLines(open)
	if f.May.Part && !f.State.Over() {
		p.Raise = "/problems/new?front=" + id.String()
	}
	p.Taking = p.T("front.people.count", f.Taking)
	for _, one := range f.People {
		line := one.Name + " · " + one.HomeName
		if !one.LeftOn.IsZero() {
			line += " · " + p.T("front.people.left", p.Day(one.LeftOn))
		}
		p.People = append(p.People, line)
	}
	if f.State == front.Closed {
		p.Report.Rows = []Fact{{Label: p.T("front.report.reached"), Value: f.Reached}, {Label: p.T("front.report.not_reached"), Value: f.Missed}, {Label: p.T("front.report.reuse"), Value: f.Reuse}}
	}
	p.Do = p.frontDo(r, f, tried, bad)
	var all []Field
	for _, d := range p.Do {
		all = append(all, d.Fields...)
	}
	p.Wrongs = p.problems(WorkDo{Name: tried}.ids(bad), all...)
	p.Wrong = !p.Wrongs.IsZero()
	return frontPage.write(w, code, p)
}

func (s Shell) frontFacts(f front.View) Facts {
	rows := []Fact{
		{Label: s.T("front.form.theme"), Value: s.say(f.Theme.Title())}, {Label: s.T("front.org"), Value: f.OrgName, Href: "/orgs/" + f.Org.String()},
		{Label: s.T("front.dates"), Value: s.T("front.dates.of", s.Day(f.StartsOn), s.Day(f.EndsOn))},
	}
	if !f.ExtendedFrom.IsZero() {
		rows = append(rows, Fact{Label: s.T("front.extended_from"), Value: s.Day(f.ExtendedFrom)})
	}
	for _, one := range []Fact{{Label: s.T("front.reason"), Value: f.Reason}, {Label: s.T("front.form.convener"), Value: f.ConvenerName}, {Label: s.T("front.form.place"), Value: f.Place}} {
		if one.Value != "" {
			rows = append(rows, one)
		}
	}
	if f.Project != 0 {
		rows = append(rows, Fact{Label: s.T("front.project"), Value: s.T("front.project.open"), Href: "/projects/" + f.Project.String()})
	}
	for _, o := range f.Orgs {
		rows = append(rows, Fact{Label: s.T("front.form.orgs"), Value: o.Name})
	}
	return Facts{rows}
}

// do returns a form of the page; what came back is open.
func (s Shell) do(r *http.Request, at, words, name, tried string, version int, fields func(add func(name, label, typ string, options ...Option))) WorkDo {
	d := WorkDo{Name: name, Action: at + "/" + name, Go: s.T(words + name), Version: strconv.Itoa(version), Open: name == tried}
	_ = r
	fields(func(field, label, typ string, options ...Option) {
		f := Field{Name: name + "_" + field, Label: s.T(label), Type: typ, Options: options}
		d.Fields = append(d.Fields, f)
	})
	return d
}

// refill puts back what was typed into the form that came back, and what is wrong.
func (s Shell) refill(r *http.Request, d *WorkDo, bad core.Fields) {
	for i := range d.Fields {
		f := &d.Fields[i]
		f.Value = r.PostFormValue(f.Name)
		f.Error = s.say(d.ids(bad)[f.Name])
		for j := range f.Options {
			f.Options[j].Chosen = f.Options[j].Value == f.Value
		}
	}
}

func (s Shell) deedOptions() []Option {
	var all []Option
	for _, a := range rule.Actions {
		all = append(all, Option{Value: string(a), Text: s.say(a.Title())})
	}
	return all
}

func (s Shell) frontDo(r *http.Request, f front.View, tried string, bad core.Fields) []WorkDo {
	at := "/fronts/" + f.ID.String()
	var all []WorkDo
	add := func(name string, fields func(add func(name, label, typ string, options ...Option))) {
		d := s.do(r, at, "front.do.", name, tried, f.Version, fields)
		if d.Open {
			s.refill(r, &d, bad)
		}
		all = append(all, d)
	}
	none := func(func(name, label, typ string, options ...Option)) {}
	if f.MayApprove {
		add("approve", none)
		add("refuse", func(add func(name, label, typ string, options ...Option)) { add("reason", "front.reason", "text") })
	}
	if f.May.Change {
		switch f.State {
		case front.Approved:
			add("start", none)
		case front.Active, front.Extended, front.Closing:
			if f.State != front.Closing {
				add("extend", func(add func(name, label, typ string, options ...Option)) {
					add("to", "front.do.extend.to", "date")
					add("reason", "front.reason", "text")
				})
			}
			add("close", func(add func(name, label, typ string, options ...Option)) {
				add("reached", "front.report.reached", "textarea")
				add("not_reached", "front.report.not_reached", "textarea")
				add("reuse", "front.report.reuse", "textarea")
			})
		}
		if !f.State.Over() && f.May.Names {
			var in, out []Option
			for _, one := range f.Candidates {
				in = append(in, Option{Value: one.ID.String(), Text: one.Name + " · " + one.HomeName})
			}
			for _, one := range f.People {
				if one.LeftOn.IsZero() && one.ID != f.Convener {
					out = append(out, Option{Value: one.ID.String(), Text: one.Name})
				}
			}
			add("join", func(add func(name, label, typ string, options ...Option)) {
				add("person", "front.people.join", "select", in...)
			})
			if out != nil {
				add("leave", func(add func(name, label, typ string, options ...Option)) {
					add("person", "front.people", "select", out...)
				})
			}
		}
	}
	add("deed", func(add func(name, label, typ string, options ...Option)) {
		add("action", "front.do.deed.what", "select", s.deedOptions()...)
	})
	all[len(all)-1].Lead = s.T("front.do.deed.lead")
	return all
}
