package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/fact"
	"tongpin/internal/post"
)

type (
	postBuild func(s *Server, r *http.Request, v Viewer, o post.Profile, f *EnterpriseForm) error
	postDo    func(ctx context.Context, s *Server, v Viewer, o post.Profile, a *answers) error
)

// A postDeed is one thing done to a post, on a page of its own at
// /posts/{post}/NAME. Its words are post_form.NAME and that with .lead, .go and
// .done. offered says whether the page of the post leads there; without it the
// page has a place of its own for it, and the holder may do it too.
type postDeed struct {
	name    string
	ends    bool
	offered func(o post.Profile, state post.State) bool
	build   postBuild
	do      postDo
}

func (d postDeed) key() string { return "post_form." + d.name }

// step is the deed of a step that the table of states knows.
func step(name string, to post.State, ends bool, build postBuild) postDeed {
	return postDeed{
		name: name, ends: ends, build: build,
		offered: func(_ post.Profile, state post.State) bool { return slices.Contains(post.Moves[state], to) },
		do: func(ctx context.Context, s *Server, v Viewer, o post.Profile, a *answers) error {
			st := post.Step{To: to, On: a.day("on"), Until: a.day("until"), Number: a.text("number"), Reason: a.text("reason"), Version: a.version()}
			if err := a.bad.Err(); err != nil {
				return err
			}
			_, err := s.Post.Move(ctx, v.Actor, o.ID, st)
			return err
		},
	}
}

// postDeeds are the forms about a post, in order of use.
var postDeeds = []postDeed{
	step("branch_ok", post.BranchOK, false, buildStepDay),
	step("public_notice", post.PublicNotice, false, buildStepDay),
	step("named", post.Named, false, buildNamed),
	step("active", post.Active, false, buildStepDay),
	step("review_due", post.ReviewDue, false, buildStepReason),
	{
		name: "review", build: buildReview, do: doReview,
		offered: func(_ post.Profile, state post.State) bool { return state == post.ReviewDue },
	},
	step("ended", post.Ended, true, buildStepReason),
	step("refused", post.Refused, true, buildStepReason),
	{name: "goal", build: buildGoal, do: doGoal},
	{name: "link", build: buildLink, do: doLink},
}

func (s *Server) mountPostForms(m *http.ServeMux) {
	s.route(m, "GET /posts/new", signedIn, s.newPost)
	s.route(m, "POST /posts/new", signedIn, s.newPost)
	s.route(m, "GET /posts/areas/new", signedIn, s.newArea)
	s.route(m, "POST /posts/areas/new", signedIn, s.newArea)
	for _, d := range postDeeds {
		for _, method := range []string{"GET ", "POST "} {
			s.route(m, method+"/posts/{post}/"+d.name, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error { return s.postDeed(w, r, v, d) })
		}
	}
}

func (s *Server) postDeed(w http.ResponseWriter, r *http.Request, v Viewer, d postDeed) error {
	o, err := s.findPost(r, v)
	if err != nil {
		return err
	}
	if !o.MayEdit || d.offered != nil && !o.MayChange {
		return core.Fail(core.Forbidden, "access.change.work")
	}
	code, bad := http.StatusOK, core.Fields(nil)
	if r.Method == http.MethodPost {
		a := answers{r: r}
		err := d.do(r.Context(), s, v, o, &a)
		if err == nil {
			return s.redirect(w, r, "/posts/"+o.ID.String(), d.key()+".done", o.Title)
		}
		if bad = curable(err, nil); bad == nil {
			return err
		}
		code = http.StatusUnprocessableEntity
		if errors.Is(err, core.Conflict) {
			code = http.StatusConflict
		}
	}
	f := s.postForm(r, v, d.key(), bad, "/posts/"+o.ID.String()+"/"+d.name)
	f.Path = []Link{{f.T("posts.title"), "/posts"}, {o.Title, "/posts/" + o.ID.String()}, {Text: f.Title}}
	f.Lead, f.Danger, f.Back = f.T(d.key()+".lead", o.Title), d.ends, Link{f.T("post_form.back"), "/posts/" + o.ID.String()}
	if code == http.StatusConflict { // what was typed stays; sent again it counts over the newer version
		r.PostForm.Set("version", "")
	}
	f.keepVersion(r, o.Version)
	if err := d.build(s, r, v, o, f); err != nil {
		return err
	}
	return f.write(w, code)
}

// postForm is the empty page of a form about posts.
func (s *Server) postForm(r *http.Request, v Viewer, key string, bad core.Fields, action string) *EnterpriseForm {
	f := &EnterpriseForm{Shell: s.shell(r, v, "work", key), Action: action, bad: bad}
	f.Narrow, f.here = true, action
	f.Go = f.T(key + ".go")
	return f
}

func buildStepDay(_ *Server, r *http.Request, _ Viewer, _ post.Profile, f *EnterpriseForm) error {
	f.askDay(r, "on", "post_form.on", f.today, f.today)
	return nil
}

func buildStepReason(_ *Server, r *http.Request, _ Viewer, _ post.Profile, f *EnterpriseForm) error {
	f.askDay(r, "on", "post_form.on", f.today, f.today)
	f.ask(r, "reason", "post_form.reason", "textarea", "")
	return nil
}

func buildNamed(_ *Server, r *http.Request, _ Viewer, o post.Profile, f *EnterpriseForm) error {
	if !o.NoticeTo.IsZero() {
		f.Know.Rows = []Fact{{Label: f.T("post.notice"), Value: f.T("post.from_to", o.NoticeFrom.String(), o.NoticeTo.String())}}
	}
	f.askDay(r, "on", "post_form.on", f.today, f.today)
	f.askDay(r, "until", "post_form.until", f.today.AddMonths(12).AddDays(-1), core.Date{})
	f.ask(r, "number", "post.number", "text", "").Short = true
	return nil
}

func buildReview(_ *Server, r *http.Request, _ Viewer, o post.Profile, f *EnterpriseForm) error {
	for _, g := range o.Goals {
		p := f.goalPanel(g)
		f.Know.Rows = append(f.Know.Rows, Fact{Label: p.Title, Value: p.Target, Note: f.T("post.goal.facts", len(p.Facts))})
	}
	f.askDay(r, "on", "post_form.on", f.today, f.today)
	f.ask(r, "panel", "post_form.panel", "text", "")
	f.ask(r, "opinion", "post_form.opinion", "textarea", "")
	f.ask(r, "text", "post_form.findings", "textarea", "")
	f.choose(r, "decision", "post_form.decision", "radio", "", options(f.Shell, "post.state.", []string{"renewed", "rested", "withdrawn"}, ""))
	f.askDay(r, "to", "post_form.to", core.Date{}, core.Date{})
	f.askDay(r, "talk_on", "post_form.talk_on", core.Date{}, f.today)
	return nil
}

func doReview(ctx context.Context, s *Server, v Viewer, o post.Profile, a *answers) error {
	rv := post.Review{
		On: a.day("on"), Panel: a.text("panel"), Opinion: a.text("opinion"), Text: a.text("text"), Decision: post.State(a.text("decision")), To: a.day("to"),
		TalkOn: a.day("talk_on"), Version: a.version(),
	}
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err := s.Post.Review(ctx, v.Actor, o.ID, rv)
	return err
}

func buildGoal(_ *Server, r *http.Request, _ Viewer, _ post.Profile, f *EnterpriseForm) error {
	f.ask(r, "metric", "post_form.metric", "text", "")
	f.ask(r, "unit", "post_form.unit", "text", "").Short = true
	f.ask(r, "baseline", "post_form.baseline", "text", "").Short = true
	f.ask(r, "target", "post_form.target", "text", "").Short = true
	f.askDay(r, "due", "post_form.due", core.Date{}, core.Date{})
	return nil
}

func doGoal(ctx context.Context, s *Server, v Viewer, o post.Profile, a *answers) error {
	g := post.Goal{Metric: a.text("metric"), Unit: a.text("unit"), Due: a.day("due")}
	target, err := core.ParseQuantity(a.text("target"))
	a.bad.If(err != nil, "target", "post.target.unreadable")
	g.Target = target
	if text := a.text("baseline"); text != "" {
		from, err := core.ParseQuantity(text)
		a.bad.If(err != nil, "baseline", "post.target.unreadable")
		g.Baseline = &from
	}
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err = s.Post.AddGoal(ctx, v.Actor, o.ID, g)
	return err
}

func buildLink(s *Server, r *http.Request, v Viewer, o post.Profile, f *EnterpriseForm) error {
	all, err := s.Post.Candidates(r.Context(), v.Actor, o.ID)
	if err != nil {
		return err
	}
	var goals, facts []Option
	for _, g := range o.Goals {
		goals = append(goals, Option{Value: g.ID.String(), Text: g.Metric})
	}
	for _, c := range all {
		facts = append(facts, Option{Value: c.ID.String(), Text: c.Number + " " + c.Title})
	}
	if len(goals) == 0 || len(facts) == 0 {
		f.Note, f.Go = f.T("post_form.link.none"), ""
		return nil
	}
	f.choose(r, "goal", "post_form.goal.which", "radio", goals[0].Value, goals)
	f.choose(r, "fact", "post_form.fact", "select", "", facts)
	return nil
}

func doLink(ctx context.Context, s *Server, v Viewer, o post.Profile, a *answers) error {
	goal, what := a.id("goal", "post.goal.missing"), a.id("fact", "post.fact.missing")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Post.Link(ctx, v.Actor, o.ID, goal, fact.Project, what)
}

// newPost asks for a post. Who may not see names applies for himself or herself.
func (s *Server) newPost(w http.ResponseWriter, r *http.Request, v Viewer) error {
	code, bad := http.StatusOK, core.Fields(nil)
	if r.Method == http.MethodPost && !searching(r) {
		o, err := s.applyPost(r, v)
		if err == nil {
			return s.redirect(w, r, "/posts/"+o.ID.String(), "post_form.apply.done", o.Title)
		}
		if bad = curable(err, map[string]string{"holder": "person"}); bad == nil {
			return err
		}
		code = http.StatusUnprocessableEntity
	}
	f := s.postForm(r, v, "post_form.apply", bad, "/posts/new")
	f.Path, f.Lead, f.Back = []Link{{f.T("posts.title"), "/posts"}, {Text: f.Title}}, f.T("post_form.apply.lead", v.Org), Link{f.T("post_form.back"), "/posts"}
	enterprises, teams, err := s.Post.Choices(r.Context(), v.Actor, v.Under)
	if err != nil {
		return err
	}
	send := f.Go
	switch err := s.findPeople(r, v, f); {
	case errors.Is(err, core.Forbidden):
		f.Note = f.T("post_form.apply.self")
	case err != nil:
		return err
	default:
		f.Find.Query.Hint = f.T("post_form.apply.who")
	}
	f.Go = send
	f.choose(r, "kind", "post_form.kind", "radio", "person", choices(f.Shell, "post.kind.", post.Kinds))
	f.choose(r, "theme", "post_form.theme", "select", "", choices(f.Shell, "post.theme.", post.Themes))
	none := []Option{{Text: f.T("post_form.none")}}
	list := func(all []post.Choice) []Option {
		out := slices.Clone(none)
		for _, c := range all {
			out = append(out, Option{Value: c.ID.String(), Text: c.Name})
		}
		return out
	}
	f.choose(r, "enterprise", "post.enterprise", "select", "", list(enterprises))
	if len(teams) > 0 {
		f.choose(r, "team", "post_form.team", "select", "", list(teams))
	}
	f.ask(r, "title", "post_form.title", "text", "")
	f.ask(r, "place", "post.place", "text", "")
	f.ask(r, "duty", "post_form.duty", "textarea", "")
	f.ask(r, "promise", "post_form.promise", "text", "")
	f.choose(r, "months", "post.months", "radio", "6", []Option{{Value: "3", Text: f.T("post.every", 3)}, {Value: "6", Text: f.T("post.every", 6)}, {Value: "12", Text: f.T("post.every", 12)}})
	return f.write(w, code)
}

func choices[T ~string](s Shell, prefix string, all []T) []Option {
	out := make([]Option, len(all))
	for i, c := range all {
		out[i] = Option{Value: string(c), Text: s.T(prefix + string(c))}
	}
	return out
}

func (s *Server) applyPost(r *http.Request, v Viewer) (post.Post, error) {
	a := answers{r: r}
	p := post.Application{
		Org: v.Under, Kind: post.Kind(a.text("kind")), Theme: post.Theme(a.text("theme")), Title: a.text("title"), Place: a.text("place"), Duty: a.text("duty"), Promise: a.text("promise"),
	}
	if n := a.number("months"); n != nil {
		p.Months = *n
	}
	if a.text("person") != "" {
		p.Holder = core.PersonID(a.id("person", "post.holder.unknown"))
	}
	if a.text("enterprise") != "" {
		p.Enterprise = core.EnterpriseID(a.id("enterprise", "post.enterprise.unknown"))
	}
	if a.text("team") != "" {
		p.Team = a.id("team", "post.team.unknown")
		_, teams, err := s.Post.Choices(r.Context(), v.Actor, v.Under)
		if err != nil {
			return post.Post{}, err
		}
		for _, t := range teams {
			if t.ID == p.Team && p.Enterprise == 0 {
				p.Enterprise = t.Enterprise
			}
		}
	}
	if err := a.bad.Err(); err != nil {
		return post.Post{}, err
	}
	return s.Post.Apply(r.Context(), v.Actor, p)
}

// newArea sets up a duty area.
func (s *Server) newArea(w http.ResponseWriter, r *http.Request, v Viewer) error {
	code, bad := http.StatusOK, core.Fields(nil)
	if r.Method == http.MethodPost && !searching(r) {
		a := answers{r: r}
		area := post.Area{Org: v.Under, Title: a.text("title"), Covers: a.text("covers"), From: a.day("from")}
		if strings.TrimSpace(a.text("person")) != "" {
			area.Holders = []post.Holder{{ID: core.PersonID(a.id("person", "post.holder.unknown"))}}
		}
		err := a.bad.Err()
		if err == nil {
			_, err = s.Post.AddArea(r.Context(), v.Actor, area)
		}
		if err == nil {
			return s.redirect(w, r, "/posts/areas", "area_form.new.done", area.Title)
		}
		if bad = curable(err, map[string]string{"holder": "person"}); bad == nil {
			return err
		}
		code = http.StatusUnprocessableEntity
	}
	f := s.postForm(r, v, "area_form.new", bad, "/posts/areas/new")
	f.Path = []Link{{f.T("posts.title"), "/posts"}, {f.T("areas.title"), "/posts/areas"}, {Text: f.Title}}
	f.Lead, f.Back = f.T("area_form.new.lead"), Link{f.T("post_form.back"), "/posts/areas"}
	send := f.Go
	if err := s.findPeople(r, v, f); err != nil {
		return err
	}
	f.Go = send
	f.ask(r, "title", "area_form.title", "text", "")
	f.ask(r, "covers", "area_form.covers", "text", "")
	f.askDay(r, "from", "area_form.from", f.today, f.today)
	return f.write(w, code)
}
