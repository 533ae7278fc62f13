package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/fact"
	"tongpin/internal/project"
)

// A projectDeed is one thing done to a project or topic, on a page of its own at
// /projects/{project}/NAME. Its words are work_form.NAME and that with .lead
// and .go.
type projectDeed struct {
	name  string
	build func(s *Server, r *http.Request, v Viewer, sh project.Sheet, f *EnterpriseForm) error
	do    func(s *Server, ctx context.Context, v Viewer, sh project.Sheet, a *answers) error
}

// projectDeeds are the forms about a project or topic, in order of use.
var projectDeeds = []projectDeed{
	{"edit", (*Server).buildWorkEdit, (*Server).doWorkEdit},
	{"move", (*Server).buildWorkMove, (*Server).doWorkMove},
	{"lane", (*Server).buildWorkLane, (*Server).doWorkLane},
	{"measure", (*Server).buildWorkMeasure, (*Server).doWorkMeasure},
	{"step", (*Server).buildWorkStep, (*Server).doWorkStep},
	{"join", (*Server).buildWorkJoin, (*Server).doWorkJoin},
	{"count", (*Server).buildWorkCount, (*Server).doWorkCount},
	{"finish", (*Server).buildWorkFinish, (*Server).doWorkFinish},
	{"learn", (*Server).buildWorkLearn, (*Server).doWorkLearn},
}

func (s *Server) mountProjectDeed(m *http.ServeMux, d projectDeed) {
	path := "/projects/{project}/" + d.name
	s.route(m, "GET "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		sh, err := s.changedWork(r, v)
		if err != nil {
			return err
		}
		f, err := s.workForm(r, v, d, sh, nil)
		if err != nil {
			return err
		}
		return f.write(w, http.StatusOK)
	})
	s.route(m, "POST "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		sh, err := s.changedWork(r, v)
		if err != nil {
			return err
		}
		a := answers{r: r}
		if err := d.do(s, r.Context(), v, sh, &a); err != nil {
			return s.workAgain(w, r, v, d, sh, err)
		}
		to := "/projects/" + sh.ID.String()
		if d.name == "lane" && sh.Parent != 0 {
			to = "/projects/" + sh.Parent.String()
		}
		return s.redirect(w, r, to, "work_form.done", sh.Title)
	})
}

// changedWork returns the record of the path for who may change it.
func (s *Server) changedWork(r *http.Request, v Viewer) (project.Sheet, error) {
	sh, err := s.work(r, v)
	if err == nil && !sh.MayChange {
		err = core.Fail(core.Forbidden, "access.change.work")
	}
	return sh, err
}

func (s *Server) workForm(r *http.Request, v Viewer, d projectDeed, sh project.Sheet, bad core.Fields) (*EnterpriseForm, error) {
	key := "work_form." + d.name
	if to := r.FormValue("to"); d.name == "move" && slices.Contains(project.States, project.State(to)) {
		key += "_" + to
	}
	frame := s.shell(r, v, "work", key)
	frame.Path = append(frame.workPath(sh), Link{Text: frame.Title})
	frame.Path[len(frame.Path)-2].Href = "/projects/" + sh.ID.String()
	frame.Lead, frame.Narrow = sh.Title, true
	f := &EnterpriseForm{
		Shell: frame, Action: "/projects/" + sh.ID.String() + "/" + d.name, Go: frame.T("work_form." + d.name + ".go"), bad: bad,
		Back: Link{frame.T("work_form.back"), "/projects/" + sh.ID.String()},
	}
	return f, d.build(s, r, v, sh, f)
}

// workAgain writes a form again after an error that the person can cure, with
// what was typed; what somebody else changed meanwhile stands beside it.
func (s *Server) workAgain(w http.ResponseWriter, r *http.Request, v Viewer, d projectDeed, sh project.Sheet, err error) error {
	bad := curable(err, nil)
	if bad == nil {
		return err
	}
	f, failed := s.workForm(r, v, d, sh, bad)
	if failed != nil {
		return failed
	}
	if stale, ok := errors.AsType[*project.Stale](err); ok && d.name == "edit" {
		f.Both.Text = f.say(core.MsgOf(err))
		theirs := charterValues(stale.Theirs.Charter)
		for i := range f.Fields {
			in := &f.Fields[i]
			if slices.Contains(stale.Fields, in.Name) {
				f.Both.Rows = append(f.Both.Rows, ClashRow{in.Label, in.Value, theirs.Get(in.Name), true})
			}
		}
		for i, h := range f.Hidden { // the next answer is compared with what stands now
			if h.Text == "base" {
				f.Hidden[i].Value = theirs.Encode()
			}
		}
	}
	code := http.StatusUnprocessableEntity
	if errors.Is(err, core.Conflict) {
		code = http.StatusConflict
	}
	return f.write(w, code)
}

// askPerson offers the people of the branch, and whoever stands there already.
func (f *EnterpriseForm) askPerson(r *http.Request, name string, at core.PersonID, atName string, people []project.Person) {
	all := []Option{{Text: f.T("work_form.nobody")}}
	if at != 0 && !slices.ContainsFunc(people, func(p project.Person) bool { return p.ID == at }) {
		all = append(all, Option{Value: at.String(), Text: atName})
	}
	for _, p := range people {
		all = append(all, Option{Value: p.ID.String(), Text: p.Name})
	}
	value := ""
	if at != 0 {
		value = at.String()
	}
	f.choose(r, name, "project.f."+name, "select", value, all)
}

// askCharter asks for what is agreed before the start.
func (s *Server) askCharter(r *http.Request, v Viewer, org core.OrgID, p project.Project, f *EnterpriseForm) error {
	people, err := s.Project.Candidates(r.Context(), v.Actor, org)
	if err != nil {
		return err
	}
	values := charterValues(p.Charter)
	ask := func(name, typ string) *Field { return f.ask(r, name, "project.f."+name, typ, values.Get(name)) }
	ask("title", "text")
	ask("why", "textarea")
	f.askPerson(r, "leader", p.Leader, p.LeaderName, people)
	f.askPerson(r, "owner", p.Owner, p.OwnerName, people)
	ask("measure", "text")
	for _, name := range []string{"unit", "baseline", "target"} {
		in := ask(name, "text")
		in.Short = true
		if name != "unit" {
			in.Inputmode = "decimal"
		}
	}
	ask("acceptance", "textarea")
	ask("starts_on", "date").Short = true
	ask("ends_on", "date").Short = true
	return nil
}

func (s *Server) buildWorkEdit(r *http.Request, v Viewer, sh project.Sheet, f *EnterpriseForm) error {
	base := r.PostFormValue("base")
	if base == "" {
		base = charterValues(sh.Charter).Encode()
	}
	f.keep("base", base)
	if err := s.askCharter(r, v, sh.Org, sh.Project, f); err != nil {
		return err
	}
	if sh.State.Locked() {
		f.ask(r, "reason", "work_form.reason", "textarea", "").Hint = f.T("work_form.reason.locked")
	}
	return nil
}

func (s *Server) doWorkEdit(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	e := project.Edit{Charter: a.readCharter(sh.Charter), Reason: a.text("reason")}
	if err := a.bad.Err(); err != nil {
		return err
	}
	values, err := url.ParseQuery(a.r.PostFormValue("base"))
	if err != nil {
		return core.Fail(core.Invalid, "project.stale")
	}
	was := answers{r: &http.Request{PostForm: values, Form: values}}
	base := was.readCharter(sh.Charter)
	if err := was.bad.Err(); err != nil || len(values) == 0 {
		return core.Fail(core.Conflict, "project.stale")
	}
	e.Base = &base
	_, err = s.Project.Edit(ctx, v.Actor, sh.ID, e)
	return err
}

func (s *Server) buildWorkMove(r *http.Request, _ Viewer, sh project.Sheet, f *EnterpriseForm) error {
	to := project.State(r.FormValue("to"))
	if !slices.Contains(project.States, to) {
		return core.NotFound
	}
	f.keep("to", string(to))
	f.keepVersion(r, sh.Version)
	if to == project.Paused || to == project.Stopped {
		f.ask(r, "reason", "work_form.reason", "textarea", "")
	}
	if to == project.Chartered {
		f.Note = f.T("work_form.move.locks")
	}
	return nil
}

func (s *Server) doWorkMove(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	_, err := s.Project.Move(ctx, v.Actor, sh.ID, a.version(), project.State(a.text("to")), a.text("reason"))
	return err
}

func (s *Server) buildWorkLane(r *http.Request, _ Viewer, sh project.Sheet, f *EnterpriseForm) error {
	from := r.PostFormValue("from")
	if from == "" {
		from = string(sh.Lane)
	}
	f.keep("from", from)
	var lanes []Option
	for _, l := range project.Lanes {
		if string(l) != from {
			lanes = append(lanes, Option{Value: string(l), Text: f.T("project.lane." + string(l))})
		}
	}
	f.choose(r, "lane", "project.f.lane", "radio", "", lanes)
	f.ask(r, "changed", "project.f.changed", "text", sh.Outcome.Changed).Hint = f.T("work_form.lane.changed")
	return nil
}

func (s *Server) doWorkLane(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	_, err := s.Project.Shift(ctx, v.Actor, sh.ID, project.Lane(a.text("from")), project.Lane(a.text("lane")), a.text("changed"))
	return err
}

func (s *Server) buildWorkMeasure(r *http.Request, _ Viewer, sh project.Sheet, f *EnterpriseForm) error {
	in := f.ask(r, "value", "project.f.value", "text", "")
	in.Short, in.Inputmode, in.Hint = true, "decimal", joined(sh.Measure, sh.Unit)
	today := core.DateOf(s.Now())
	f.askDay(r, "read_on", "project.f.read_on", today, today)
	return nil
}

func (s *Server) doWorkMeasure(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	on, value := a.day("read_on"), a.quantity("value")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Project.Measure(ctx, v.Actor, sh.ID, on, value)
}

func (s *Server) buildWorkStep(r *http.Request, _ Viewer, sh project.Sheet, f *EnterpriseForm) error {
	var at project.Milestone
	for _, m := range sh.Milestones {
		if m.ID.String() == r.FormValue("milestone") {
			at = m
			f.keep("milestone", m.ID.String())
		}
	}
	f.ask(r, "step", "project.f.step", "text", at.Title)
	f.ask(r, "due_on", "project.f.due_on", "date", dayValue(at.DueOn)).Short = true
	if at.ID != 0 {
		f.askDay(r, "done_on", "project.f.done_on", at.DoneOn, core.DateOf(s.Now()))
	}
	return nil
}

func (s *Server) doWorkStep(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	m := project.Milestone{Title: a.text("step"), DueOn: a.day("due_on"), DoneOn: a.day("done_on")}
	if a.text("milestone") != "" {
		m.ID = a.id("milestone", "project.step.missing")
	}
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Project.SetMilestone(ctx, v.Actor, sh.ID, m)
}

func (s *Server) buildWorkJoin(r *http.Request, v Viewer, sh project.Sheet, f *EnterpriseForm) error {
	people, err := s.Project.Candidates(r.Context(), v.Actor, sh.Org)
	if err != nil {
		return err
	}
	for _, p := range sh.Team {
		if !slices.ContainsFunc(people, func(o project.Person) bool { return o.ID == p.ID }) {
			people = append(people, p)
		}
	}
	f.askPerson(r, "person", 0, "", people)
	f.choose(r, "in", "project.f.in", "radio", "1", []Option{{Value: "1", Text: f.T("work_form.join.in")}, {Value: "0", Text: f.T("work_form.join.out")}})
	return nil
}

func (s *Server) doWorkJoin(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	person := a.person("person")
	a.bad.If(person == 0, "person", "project.person.missing")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Project.Join(ctx, v.Actor, sh.ID, person, a.text("in") != "0")
}

// askUses offers what the result may count for, each with a tick.
func (s *Server) askUses(r *http.Request, v Viewer, sh project.Sheet, f *EnterpriseForm) error {
	offers, err := s.Project.Offers(r.Context(), v.Actor, sh.ID)
	if err != nil {
		return err
	}
	if len(offers) == 0 {
		return nil
	}
	in := f.ask(r, "use", "project.f.use", "checks", "")
	for _, t := range offers {
		o := Option{Value: string(t.Reader) + "-" + t.ID.String(), Text: joined(f.T("project.counts."+string(t.Reader)), t.Of, t.Title)}
		if r.Method == http.MethodPost {
			o.Chosen = slices.Contains(r.PostForm["use"], o.Value)
		} else {
			o.Chosen = slices.ContainsFunc(sh.Uses, func(u fact.Target) bool { return u.Ref == t.Ref })
		}
		in.Options = append(in.Options, o)
	}
	f.keep("uses", "1")
	return nil
}

func (s *Server) buildWorkCount(r *http.Request, v Viewer, sh project.Sheet, f *EnterpriseForm) error {
	if err := s.askUses(r, v, sh, f); err != nil {
		return err
	}
	if len(f.Fields) == 0 {
		f.Go, f.Note = "", f.T("work_form.count.none")
	}
	return nil
}

func (s *Server) doWorkCount(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	return s.Project.Count(ctx, v.Actor, sh.ID, a.uses())
}

func (s *Server) buildWorkFinish(r *http.Request, v Viewer, sh project.Sheet, f *EnterpriseForm) error {
	f.keepVersion(r, sh.Version)
	o := sh.Outcome
	var states []Option
	for _, st := range []project.State{project.Achieved, project.Partly, project.NotAchieved} {
		states = append(states, Option{Value: string(st), Text: f.say(st.Title())})
	}
	f.choose(r, "state", "project.f.state", "radio", string(o.State), states)
	if sh.Target != nil {
		f.Fields[0].Hint = f.T("work_form.finish.target", sh.Target, sh.Unit)
	}
	in := f.ask(r, "result", "project.f.result", "text", quantityValue(o.Result))
	in.Short, in.Inputmode = true, "decimal"
	if sh.Baseline != nil {
		in.Hint = f.T("work_form.finish.baseline", sh.Baseline, sh.Unit)
	}
	f.ask(r, "changed", "project.f.changed", "text", o.Changed).Hint = f.T("work_form.finish.changed")
	f.ask(r, "evidence", "project.f.evidence", "text", o.Evidence).Hint = f.T("work_form.finish.evidence")
	for _, one := range []struct {
		name string
		n    int64
	}{{"work_hours", int64(o.WorkHours)}, {"own_hours", int64(o.OwnHours)}, {"cost", o.Cost}} {
		in := f.ask(r, one.name, "project.f."+one.name, "text", core.Quantity(one.n*10).String())
		in.Short, in.Inputmode = true, "decimal"
	}
	today := core.DateOf(s.Now())
	on := o.On
	if on.IsZero() {
		on = today
	}
	f.askDay(r, "finished_on", "project.f.finished_on", on, today)
	var others []project.Person
	for _, p := range sh.Team {
		if p.ID != sh.Leader {
			others = append(others, p)
		}
	}
	f.askPerson(r, "checked_by", o.CheckedBy, sh.CheckedName, others)
	if err := s.askUses(r, v, sh, f); err != nil {
		return err
	}
	if sh.State.Over() {
		f.ask(r, "reason", "work_form.reason", "textarea", "").Hint = f.T("work_form.finish.again")
	}
	f.Note = f.T("work_form.finish.note")
	return nil
}

func (s *Server) doWorkFinish(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	o := project.Outcome{
		State: project.State(a.text("state")), Result: a.quantity("result"), Changed: a.text("changed"), Evidence: a.text("evidence"),
		WorkHours: int(a.hundredths("work_hours")), OwnHours: int(a.hundredths("own_hours")), Cost: a.hundredths("cost"), On: a.day("finished_on"), CheckedBy: a.person("checked_by"),
	}
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err := s.Project.Finish(ctx, v.Actor, sh.ID, project.Finish{Outcome: o, Version: a.version(), Uses: a.uses(), Reason: a.text("reason")})
	return err
}

func (s *Server) buildWorkLearn(r *http.Request, _ Viewer, sh project.Sheet, f *EnterpriseForm) error {
	f.keepVersion(r, sh.Version)
	for _, name := range []string{"reached", "not_reached", "reuse"} {
		f.ask(r, name, "project.f."+name, "textarea", "")
	}
	return nil
}

func (s *Server) doWorkLearn(ctx context.Context, v Viewer, sh project.Sheet, a *answers) error {
	_, err := s.Project.Learn(ctx, v.Actor, sh.ID, a.version(), project.Lessons{Reached: a.text("reached"), NotReached: a.text("not_reached"), Reuse: a.text("reuse")})
	return err
}
