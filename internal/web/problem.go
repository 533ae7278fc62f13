package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/front"
)

var problemDeeds = []workDeed{
	{"quick", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		_, err := s.Front.Quick(ctx, v.Actor, id, a.text("text"))
		return err
	}},
	{"try", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		on, err := a.day("on")
		if err != nil {
			return err
		}
		_, err = s.Front.Try(ctx, v.Actor, id, front.Try{ID: a.id("id"), On: on, Text: a.text("text"), Result: front.Result(a.text("result")), Person: core.PersonID(a.id("person"))})
		return err
	}},
	{"edit", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		due, err := a.day("due_on")
		if err != nil {
			return err
		}
		was, err := a.day("was_due_on")
		if err != nil {
			return err
		}
		return s.Front.Edit(ctx, v.Actor, id,
			front.Fields{Title: a.text("was_title"), Phenomenon: a.text("was_phenomenon"), Owner: core.PersonID(a.id("was_owner")), DueOn: was},
			front.Fields{Title: a.text("title"), Phenomenon: a.text("phenomenon"), Owner: core.PersonID(a.id("owner")), DueOn: due})
	}},
	{"found", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Found(ctx, v.Actor, id, a.text("way"), a.text("evidence"))
	}},
	{"verify", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Verify(ctx, v.Actor, id, a.text("holds") == "yes")
	}},
	{"settle", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Settle(ctx, v.Actor, id, a.text("solved") == "yes")
	}},
	{"ask", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		n, err := strconv.Atoi(a.text("workdays"))
		if err != nil {
			n = 0 // the service says what it may be
		}
		org, err := s.askedOrg(ctx, v, id, a.text("org"))
		if err != nil {
			return err
		}
		return s.Front.Ask(ctx, v.Actor, id, org, a.text("text"), n)
	}},
	{"answer", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		on, err := a.day("promise_on")
		if err != nil {
			return err
		}
		return s.Front.Answer(ctx, v.Actor, id, a.text("answer"), on)
	}},
	{"drop", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Drop(ctx, v.Actor, id, a.text("reason"))
	}},
	{"reopen", func(s *Server, ctx context.Context, v Viewer, id core.ID, a workAnswers) error {
		return s.Front.Reopen(ctx, v.Actor, id, a.text("reason"))
	}},
}

func (s *Server) mountProblems(m *http.ServeMux) {
	s.route(m, "GET /problems", signedIn, s.problemLog)
	s.route(m, "GET /problems/new", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		return s.writeNewProblem(w, r, v, http.StatusOK, nil)
	})
	s.route(m, "POST /problems/new", signedIn, s.raiseProblem)
	s.route(m, "GET /problems/{problem}", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		return s.writeProblem(w, r, v, http.StatusOK, "", nil, nil)
	})
	for _, d := range problemDeeds {
		s.route(m, "POST /problems/{problem}/"+d.name, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
			id, err := core.ParseID(r.PathValue("problem"))
			if err != nil {
				return err
			}
			if err := d.do(s, r.Context(), v, id, workAnswers{r, d.name}); err != nil {
				if code, bad := again(err); code != 0 {
					clash, _ := errors.AsType[*front.Clash](err)
					return s.writeProblem(w, r, v, code, d.name, bad, clash)
				}
				return err
			}
			return s.redirect(w, r, "/problems/"+id.String(), "problem.done."+d.name)
		})
	}
}

// ProblemsView is the log of an organisation, an action branch or a project.
type ProblemsView struct {
	Shell
	Filter Chips
	Strip  Counts
	Raise  string
	Lines  []WorkLine
}

// ProblemView is one problem.
type ProblemView struct {
	Shell
	Wrongs                  ErrorSummary
	Tag                     Tag
	When, Phenomenon, Way   string
	Scope                   Link
	Evidence, Verified, Who string
	Tries                   []ProblemTry
	Asks                    []ProblemAsk
	Quick                   WorkDo
	Do                      []WorkDo
}

// A ProblemTry is one line of what was tried.
type ProblemTry struct {
	When, Day, Text, Name string
	Tag                   Tag
}

// A ProblemAsk is what another organisation was asked, and its answer.
type ProblemAsk struct{ Text, Note, Answer, AnswerNote string }

var (
	problemsPage = newPage[ProblemsView]("problems.html")
	problemPage  = newPage[ProblemView]("problem.html")
)

// strip is the week of a log.
func (s Shell) strip(w front.Strip) Counts {
	return Counts{Label: s.T("problem.strip"), Items: []Count{
		{Number: strconv.Itoa(w.New), Text: s.T("problem.strip.new")}, {Number: strconv.Itoa(w.Closed), Text: s.T("problem.strip.closed")},
		{Number: strconv.Itoa(w.Open), Text: s.T("problem.strip.open")}, {Number: strconv.Itoa(w.Oldest), Text: s.T("problem.strip.oldest")},
	}}
}

func (s Shell) problemTag(p front.Problem) Tag {
	kind := map[front.Step]TagKind{front.Open: Wait, front.Found: Wait, front.Verified: New, front.Solved: Done, front.Dropped: Off}[p.Step]
	return Tag{kind, s.say(p.Step.Title())}
}

func (s Shell) problemLines(all []front.Problem) []WorkLine {
	var lines []WorkLine
	for _, p := range all {
		lines = append(lines, WorkLine{Link{"#" + strconv.Itoa(p.Number) + " " + p.Title, "/problems/" + p.ID.String()}, s.T("problem.since", s.Day(p.RaisedOn), p.Days(s.today), p.ScopeTitle), s.problemTag(p)})
	}
	return lines
}

// logAsked reads which log is meant.
func logAsked(r *http.Request) (fr, project core.ID, err error) {
	if text := r.FormValue("front"); text != "" {
		fr, err = core.ParseID(text)
	} else if text := r.FormValue("project"); text != "" {
		project, err = core.ParseID(text)
	}
	return fr, project, err
}

func (s *Server) problemLog(w http.ResponseWriter, r *http.Request, v Viewer) error {
	q := front.Query{Under: v.Under, Filter: front.Filter(r.FormValue("show")), Limit: 200}
	var err error
	if q.Front, q.Project, err = logAsked(r); err != nil {
		return err
	}
	p := ProblemsView{Shell: s.shell(r, v, "work", "problems.title")}
	if q.Filter == "" {
		q.Filter = front.Live
	}
	at := "/problems?"
	if q.Front != 0 || q.Project != 0 {
		l, err := s.Front.LogOf(r.Context(), v.Actor, q.Front, q.Project)
		if err != nil {
			return err
		}
		p.Lead, p.Strip = l.Title, p.strip(l.Strip)
		in := "project=" + q.Project.String()
		if q.Front != 0 {
			in = "front=" + q.Front.String()
		}
		at += in + "&"
		if l.May.Part && !l.Over {
			p.Raise = "/problems/new?" + in
		}
	}
	p.Filter = Chips{Label: p.T("problems.filter")}
	for _, f := range front.Filters {
		p.Filter.Items = append(p.Filter.Items, Chip{Text: p.say(f.Title()), Href: at + "show=" + string(f), Current: f == q.Filter})
	}
	all, err := s.Front.Problems(r.Context(), v.Actor, q)
	if err != nil {
		return err
	}
	p.Lines = p.problemLines(all)
	return problemsPage.write(w, http.StatusOK, p)
}

func (s *Server) writeNewProblem(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	fr, project, err := logAsked(r)
	if err != nil {
		return err
	}
	l, err := s.Front.LogOf(r.Context(), v.Actor, fr, project)
	if err != nil {
		return err
	}
	if !l.May.Part {
		return core.Fail(core.Forbidden, "access.change.work")
	}
	p := FrontFormView{Shell: s.shell(r, v, "work", "problems.new"), Action: "/problems/new?project=" + project.String()}
	if fr != 0 {
		p.Action = "/problems/new?front=" + fr.String()
	}
	p.Narrow, p.Lead = true, l.Title
	p.Path = []Link{{p.T("problems.title"), "/problems"}, {Text: p.Title}}
	p.Fields = []Field{p.field(r, bad, "title", "problem.form.title", "text"), p.field(r, bad, "phenomenon", "problem.form.phenomenon", "textarea")}
	p.Wrongs = p.problems(bad, p.Fields...)
	p.Wrong = !p.Wrongs.IsZero()
	return frontFormPage.write(w, code, p)
}

func (s *Server) raiseProblem(w http.ResponseWriter, r *http.Request, v Viewer) error {
	fr, project, err := logAsked(r)
	if err != nil {
		return err
	}
	one, err := s.Front.Raise(r.Context(), v.Actor, fr, project, 0, front.Fields{Title: r.PostFormValue("title"), Phenomenon: r.PostFormValue("phenomenon")})
	if code, bad := again(err); code != 0 {
		return s.writeNewProblem(w, r, v, code, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/problems/"+one.ID.String(), "problems.new.done", strconv.Itoa(one.Number))
}

func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, v Viewer, code int, tried string, bad core.Fields, clash *front.Clash) error {
	id, err := core.ParseID(r.PathValue("problem"))
	if err != nil {
		return err
	}
	one, err := s.Front.Problem(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	p := ProblemView{Shell: s.shell(r, v, "work", ""), Phenomenon: one.Phenomenon, Way: one.Way, Evidence: one.Evidence}
	p.Title, p.Tag = "#"+strconv.Itoa(one.Number)+" "+one.Title, p.problemTag(one.Problem)
	p.Path = []Link{{p.T("problems.title"), "/problems"}, {Text: "#" + strconv.Itoa(one.Number)}}
	p.Scope = Link{one.ScopeTitle, "/projects/" + one.Project.String()}
	if one.Front != 0 {
		p.Scope.Href = "/fronts/" + one.Front.String()
	}
	p.When, p.Who = p.T("problem.since", p.Day(one.RaisedOn), one.Days(p.today), one.ScopeTitle), one.OwnerName
	if !one.VerifiedOn.IsZero() {
		p.Verified = p.Day(one.VerifiedOn) + " " + one.VerifierName
	}
	for _, t := range one.Tries {
		kind := map[front.Result]TagKind{front.Works: OK, front.Not: Off, front.Unclear: Wait}[t.Result]
		p.Tries = append(p.Tries, ProblemTry{When: t.On.String(), Day: p.Day(t.On), Text: t.Text, Name: t.Name, Tag: Tag{kind, p.say(t.Result.Title())}})
	}
	for _, k := range one.Asks {
		a := ProblemAsk{Text: k.Text, Note: p.T("problem.asked", p.Day(k.On), k.OrgName, p.Day(k.By)), Answer: k.Answer}
		if !k.AnsweredOn.IsZero() {
			a.AnswerNote = p.Day(k.AnsweredOn)
		}
		if !k.PromiseOn.IsZero() {
			a.AnswerNote = p.T("problem.promised", p.Day(k.AnsweredOn), p.Day(k.PromiseOn))
		}
		p.Asks = append(p.Asks, a)
	}
	p.Do = p.problemDo(r, one, tried, bad, clash)
	var all []Field
	for i, d := range p.Do {
		all = append(all, d.Fields...)
		if d.Name == "quick" {
			p.Quick = p.Do[i]
		}
	}
	if p.Quick.Name != "" {
		p.Do = p.Do[1:]
	}
	p.Wrongs = p.problems(WorkDo{Name: tried}.ids(bad), all...)
	p.Wrong = !p.Wrongs.IsZero()
	return problemPage.write(w, code, p)
}

func (s Shell) problemDo(r *http.Request, one front.ProblemView, tried string, bad core.Fields, clash *front.Clash) []WorkDo {
	var all []WorkDo
	add := func(name string, fields ...Field) *WorkDo {
		d := WorkDo{Name: name, Action: "/problems/" + one.ID.String() + "/" + name, Go: s.T("problem.do." + name), Fields: fields, Open: name == tried}
		for i := range d.Fields {
			d.Fields[i].Name, d.Fields[i].Label = name+"_"+d.Fields[i].Name, s.T(d.Fields[i].Label)
		}
		if d.Open {
			s.refill(r, &d, bad)
		}
		all = append(all, d)
		return &all[len(all)-1]
	}
	yesNo := func(words string) []Option {
		return []Option{{Value: "yes", Text: s.T(words + ".yes")}, {Value: "no", Text: s.T(words + ".no")}}
	}
	part := one.May.Part
	if part && one.Step.Live() {
		add("quick", Field{Name: "text", Label: "problem.do.quick", Type: "text", Hint: s.T("problem.quick.hint")})
		add("try", s.tryFields(one)...)
		s.clashed(add("edit", s.editFields(one)...), one, clash)
	}
	if part && one.Step == front.Open {
		add("found", Field{Name: "way", Label: "problem.way", Type: "textarea", Value: one.Way}, Field{Name: "evidence", Label: "problem.evidence", Type: "textarea", Value: one.Evidence})
	}
	if one.MayVerify && one.Step == front.Found {
		add("verify", Field{Name: "holds", Label: "problem.do.verify", Type: "radio", Options: yesNo("problem.holds")})
	}
	if one.MayClose && one.Step == front.Verified {
		add("settle", Field{Name: "solved", Label: "problem.do.settle", Type: "radio", Options: yesNo("problem.solved")})
	}
	if part && one.Step.Live() && !one.Waiting {
		var orgs []Option
		for i, o := range one.Near {
			orgs = append(orgs, Option{Value: strconv.Itoa(i + 1), Text: o.Name})
		}
		add("ask", Field{Name: "org", Label: "problem.ask.who", Type: "select", Options: orgs}, Field{Name: "text", Label: "problem.ask.what", Type: "textarea"},
			Field{Name: "workdays", Label: "problem.ask.workdays", Type: "number", Value: strconv.Itoa(front.AnswerDays), Min: "1", Max: "30", Short: true})
		if one.Step == front.Open {
			add("drop", Field{Name: "reason", Label: "front.reason", Type: "text"})
		}
	}
	if one.MayAnswer {
		add("answer", Field{Name: "answer", Label: "problem.answer", Type: "textarea"}, Field{Name: "promise_on", Label: "problem.promise", Type: "date"})
	}
	if part && !one.Step.Live() && one.ClosedOn.DaysUntil(s.today) <= front.ReopenDays {
		add("reopen", Field{Name: "reason", Label: "front.reason", Type: "text"})
	}
	return all
}

// askedOrg returns the organisation that stands at that place among those that are
// offered to be asked, or 0: one does not learn another's id from the page.
func (s *Server) askedOrg(ctx context.Context, v Viewer, id core.ID, place string) (core.OrgID, error) {
	one, err := s.Front.Problem(ctx, v.Actor, id)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(place)
	if err != nil || n < 1 || n > len(one.Near) {
		return 0, nil //nolint:nilerr // the service says that nobody was chosen
	}
	return one.Near[n-1].ID, nil
}

func (s Shell) peopleOptions(one front.ProblemView, chosen core.PersonID) []Option {
	all := []Option{{Value: "", Text: ""}}
	for _, p := range one.People {
		all = append(all, Option{Value: p.ID.String(), Text: p.Name, Chosen: p.ID == chosen})
	}
	return all
}

func (s Shell) tryFields(one front.ProblemView) []Field {
	var results []Option
	for _, r := range front.Results {
		results = append(results, Option{Value: string(r), Text: s.say(r.Title())})
	}
	return []Field{
		{Name: "on", Label: "problem.try.on", Type: "date", Value: s.today.String()}, {Name: "text", Label: "problem.try.text", Type: "text"},
		{Name: "result", Label: "problem.try.result", Type: "radio", Options: results}, {Name: "person", Label: "problem.try.person", Type: "select", Options: s.peopleOptions(one, 0)},
	}
}

func (s Shell) editFields(one front.ProblemView) []Field {
	due := ""
	if !one.DueOn.IsZero() {
		due = one.DueOn.String()
	}
	return []Field{
		{Name: "title", Label: "problem.form.title", Type: "text", Value: one.Title}, {Name: "phenomenon", Label: "problem.form.phenomenon", Type: "textarea", Value: one.Phenomenon},
		{Name: "owner", Label: "problem.owner", Type: "select", Options: s.peopleOptions(one, one.Owner)}, {Name: "due_on", Label: "problem.due", Type: "date", Value: due},
	}
}

// clashed keeps beside each field what the form showed, so that two edits can be
// merged; where they clash it shows the other's value under one's own.
func (s Shell) clashed(d *WorkDo, one front.ProblemView, clash *front.Clash) {
	due := ""
	if !one.DueOn.IsZero() {
		due = one.DueOn.String()
	}
	owner := ""
	if one.Owner != 0 {
		owner = one.Owner.String()
	}
	d.Hidden = []Option{{Value: "edit_was_title", Text: one.Title}, {Value: "edit_was_phenomenon", Text: one.Phenomenon}, {Value: "edit_was_owner", Text: owner}, {Value: "edit_was_due_on", Text: due}}
	if clash == nil {
		return
	}
	theirs := map[string]string{"edit_title": one.Title, "edit_phenomenon": one.Phenomenon, "edit_owner": one.OwnerName, "edit_due_on": due}
	for i := range d.Fields {
		for _, name := range clash.Names {
			if d.Fields[i].Name == "edit_"+name {
				d.Fields[i].Hint = s.T("problem.theirs", theirs[d.Fields[i].Name])
			}
		}
	}
	merged := map[string]string{"edit_title": clash.Merged.Title, "edit_phenomenon": clash.Merged.Phenomenon}
	for i := range d.Fields {
		if text, ok := merged[d.Fields[i].Name]; ok {
			d.Fields[i].Value = text
		}
	}
}
