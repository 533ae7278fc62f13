package web

import (
	"net/http"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/fact"
	"tongpin/internal/plate"
	"tongpin/internal/post"
	"tongpin/internal/print"
)

func (s *Server) mountPosts(m *http.ServeMux) {
	s.route(m, "GET /posts", signedIn, s.posts)
	s.route(m, "GET /posts/plates", signedIn, s.allPlates)
	s.route(m, "GET /posts/areas", signedIn, s.areas)
	s.route(m, "POST /posts/areas/{area}/end", signedIn, s.endArea)
	s.route(m, "GET /posts/{post}", signedIn, s.post)
	s.route(m, "GET /posts/{post}/plate", signedIn, s.onePlate)
	s.route(m, "POST /posts/{post}/unlink", signedIn, s.unlinkGoal)
	s.route(m, "GET /p/{slug}", public, s.publicPost)
	s.mountPostForms(m)
}

// A PostsView is the posts of an organisation and below.
type PostsView struct {
	Shell
	Lists, States Chips
	Rows          []PostLine
	New, Plates   Link
	Areas         Link
	More          Link
	Empty         string
}

// A PostLine is one post in a list.
type PostLine struct {
	Name          Link
	At, Who, When string
	Theme         string
	Tag           Tag
}

// A PostView is one post.
type PostView struct {
	Shell
	Tag             Tag
	Facts           Facts
	Duty, Promise   string
	Goals           []GoalPanel
	Reviews         Trail
	Deeds           []Link
	AddGoal, Public Link
	Consent         string
	Plates          []Link
	Unlink          string // address of the form, if the viewer may
}

// A GoalPanel is a goal with what came of it.
type GoalPanel struct {
	ID, Title, Target, Due string
	Facts                  []GoalFact
	Link                   Link
}

// A GoalFact is a fact that counts for a goal.
type GoalFact struct {
	Name         Link
	Text, When   string
	Kind, FactID string
}

// An AreasView is the duty areas of an organisation and below.
type AreasView struct {
	Shell
	Lists  Chips
	Rows   []AreaLine
	New    Link
	Change bool
	Empty  string
}

// An AreaLine is one duty area.
type AreaLine struct {
	ID, Title, Covers, Org, Who, From string
	Version                           int
}

var (
	postsPage = newPage[PostsView]("posts.html")
	postPage  = newPage[PostView]("post.html")
	areasPage = newPage[AreasView]("duty_areas.html")
)

func (s Shell) postTag(state post.State) Tag {
	kind := map[post.State]TagKind{
		post.Applied: New, post.BranchOK: Wait, post.PublicNotice: Wait, post.Named: OK, post.Active: OK, post.Renewed: OK, post.ReviewDue: Late,
		post.Rested: Off, post.Withdrawn: Done, post.Ended: Done, post.Refused: Done,
	}[state]
	return Tag{kind, s.say(state.Title())}
}

func (s *Server) posts(w http.ResponseWriter, r *http.Request, v Viewer) error {
	p := PostsView{Shell: s.shell(r, v, "work", "posts.title"), Empty: ""}
	p.Lead, p.Lists = p.T("posts.lead"), p.WorkLists("posts")
	var all []post.Post
	var more bool
	var err error
	if v.Enterprise != 0 {
		all, err = s.Post.OfEnterprise(r.Context(), v.Actor, v.Enterprise)
	} else {
		q := post.Query{Under: v.Under, State: post.State(r.FormValue("state")), Size: 50}
		q.After, _ = core.ParseID(r.FormValue("after"))
		all, more, err = s.Post.List(r.Context(), v.Actor, q)
		p.States = p.postStates(q.State)
		if more {
			p.More = Link{p.T("posts.more"), "/posts?state=" + string(q.State) + "&after=" + all[len(all)-1].ID.String()}
		}
		p.New, p.Areas = Link{p.T("post_form.apply"), "/posts/new"}, Link{p.T("areas.title"), "/posts/areas"}
		if v.may(access.ChangeWork) && len(all) > 0 {
			p.Plates = Link{p.T("posts.plates"), "/posts/plates?size=a4"}
		}
	}
	if err != nil {
		return err
	}
	for _, o := range all {
		line := PostLine{
			Name: Link{o.Title, "/posts/" + o.ID.String()}, At: o.OrgName, Who: o.HolderName, When: o.Number,
			Theme: p.T("posts.kind_theme", o.Kind.Title(), o.Theme.Title()), Tag: p.postTag(o.On(p.today)),
		}
		if o.EnterpriseName != "" {
			line.At = o.EnterpriseName
		}
		if o.TeamName != "" {
			line.Who = o.TeamName
		}
		p.Rows = append(p.Rows, line)
	}
	return postsPage.write(w, http.StatusOK, p)
}

func (s Shell) postStates(now post.State) Chips {
	c := Chips{Label: s.T("posts.states"), Items: []Chip{{Text: s.T("posts.all"), Href: "/posts", Current: now == ""}}}
	for _, st := range post.States {
		c.Items = append(c.Items, Chip{Text: s.say(st.Title()), Href: "/posts?state=" + string(st), Current: st == now})
	}
	return c
}

func (s *Server) findPost(r *http.Request, v Viewer) (post.Profile, error) {
	id, err := core.ParseID(r.PathValue("post"))
	if err != nil {
		return post.Profile{}, err
	}
	return s.Post.Page(r.Context(), v.Actor, id)
}

func (s *Server) post(w http.ResponseWriter, r *http.Request, v Viewer) error {
	o, err := s.findPost(r, v)
	if err != nil {
		return err
	}
	at := "/posts/" + o.ID.String()
	p := PostView{Shell: s.shell(r, v, "work", "posts.title"), Duty: o.Duty, Promise: o.Promise}
	p.Title = o.Title
	p.Path = []Link{{p.T("posts.title"), "/posts"}, {Text: o.Title}}
	state := o.On(p.today)
	p.Tag = p.postTag(state)
	p.Facts = p.postFacts(o)
	for _, g := range o.Goals {
		panel := p.goalPanel(g)
		if o.MayEdit && !o.State.Over() {
			panel.Link = Link{p.T("post_form.link"), at + "/link?goal=" + g.ID.String()}
		}
		p.Goals = append(p.Goals, panel)
	}
	if o.MayEdit && !o.State.Over() {
		p.AddGoal, p.Unlink = Link{p.T("post_form.goal"), at + "/goal"}, at+"/unlink"
	}
	for _, rv := range o.Reviews {
		p.Reviews.Events = append(p.Reviews.Events, Event{When: rv.On.String(), Day: p.Day(rv.On), Text: p.say(rv.Decision.Title()), Note: p.T("post.review.line", rv.Panel, rv.Text)})
	}
	if o.MayChange {
		for _, d := range postDeeds {
			if d.offered != nil && d.offered(o, state) {
				p.Deeds = append(p.Deeds, Link{p.T(d.key()), at + "/" + d.name})
			}
		}
	}
	if o.MayEdit && o.State.Holds() && !o.Expired(p.today) {
		for _, size := range print.Sizes {
			p.Plates = append(p.Plates, Link{p.T("post.plate." + string(size)), at + "/plate?size=" + string(size)})
		}
	}
	if o.Slug != "" {
		p.Public = Link{p.T("post.public"), "/p/" + o.Slug}
	}
	if o.MayEdit && o.Holder != 0 {
		p.Consent = p.T("post.consent", p.agreed(o.OnPage), p.agreed(o.OnPlate))
	}
	return postPage.write(w, http.StatusOK, p)
}

func (s Shell) agreed(yes bool) core.Msg {
	if yes {
		return core.M("post.agreed.yes")
	}
	return core.M("post.agreed.no")
}

func (s Shell) postFacts(o post.Profile) (f Facts) {
	add := func(key, value string) {
		if value != "" {
			f.Rows = append(f.Rows, Fact{Label: s.T(key), Value: value})
		}
	}
	day := func(d core.Date) string {
		if d.IsZero() {
			return ""
		}
		return s.Day(d)
	}
	add("post.kind", s.T("posts.kind_theme", o.Kind.Title(), o.Theme.Title()))
	add("post.org", o.OrgName)
	add("post.enterprise", o.EnterpriseName)
	add("post.holder", o.HolderName)
	add("post.team", o.TeamName)
	add("post.place", o.Place)
	add("post.number", o.Number)
	add("post.check", o.Check)
	if !o.NoticeFrom.IsZero() {
		add("post.notice", s.T("post.from_to", o.NoticeFrom.String(), o.NoticeTo.String()))
	}
	if !o.From.IsZero() {
		add("post.term", s.T("post.from_to", o.From.String(), o.To.String()))
	}
	add("post.months", s.T("post.every", o.Months))
	if o.State.Holds() {
		add("post.review_on", day(o.ReviewOn))
	}
	add("post.ended_on", day(o.EndedOn))
	add("post.reason", o.Reason)
	return f
}

func (s Shell) goalPanel(g post.GoalFacts) GoalPanel {
	p := GoalPanel{ID: g.ID.String(), Title: g.Metric, Target: s.T("post.goal.to", g.Target.String(), g.Unit), Due: s.Day(g.Due)}
	if g.Baseline != nil {
		p.Target = s.T("post.goal.from_to", g.Baseline.String(), g.Target.String(), g.Unit)
	}
	for _, f := range g.Facts {
		line := GoalFact{Name: Link{f.Number + " " + f.Title, f.Page()}, Kind: string(f.Kind), FactID: f.ID.String(), Text: s.T("post.goal.going")}
		if f.Over {
			line.When, line.Text = s.Day(f.On), s.came(f.Before, f.After, f.Unit)
		}
		p.Facts = append(p.Facts, line)
	}
	return p
}

// came says what a fact changed, in numbers; "" where it has none.
func (s Shell) came(before, after *core.Quantity, unit string) string {
	switch {
	case after == nil:
		return ""
	case before == nil:
		return s.T("post.goal.to", after.String(), unit)
	}
	return s.T("post.goal.from_to", before.String(), after.String(), unit)
}

func (s *Server) unlinkGoal(w http.ResponseWriter, r *http.Request, v Viewer) error {
	o, err := s.findPost(r, v)
	if err != nil {
		return err
	}
	goal, err := core.ParseID(r.PostFormValue("goal"))
	if err != nil {
		return err
	}
	what, err := core.ParseID(r.PostFormValue("fact"))
	if err != nil {
		return err
	}
	if err := s.Post.Unlink(r.Context(), v.Actor, o.ID, goal, fact.Kind(r.PostFormValue("kind")), what); err != nil {
		return err
	}
	return s.redirect(w, r, "/posts/"+o.ID.String(), "post.unlinked")
}

func (s *Server) onePlate(w http.ResponseWriter, r *http.Request, v Viewer) error {
	o, err := s.findPost(r, v)
	if err != nil {
		return err
	}
	return s.writePlates(w, r, v, o.ID)
}

func (s *Server) allPlates(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writePlates(w, r, v)
}

func (s *Server) writePlates(w http.ResponseWriter, r *http.Request, v Viewer, ids ...core.ID) error {
	b, err := plate.Make(r.Context(), s.Post, v.Actor, plate.Order{Under: v.Under, Posts: ids, Size: print.Size(r.FormValue("size")), Lang: v.Lang, Site: s.Account.Site})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="plates.pdf"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	_, err = w.Write(b)
	return err
}

func (s *Server) areas(w http.ResponseWriter, r *http.Request, v Viewer) error {
	p := AreasView{Shell: s.shell(r, v, "work", "areas.title"), Change: v.may(access.ChangeWork)}
	p.Lead, p.Lists, p.Path = p.T("areas.lead"), p.WorkLists("posts"), []Link{{p.T("posts.title"), "/posts"}, {Text: p.Title}}
	all, err := s.Post.Areas(r.Context(), v.Actor, v.Under)
	if err != nil {
		return err
	}
	if p.Change {
		p.New = Link{p.T("area_form.new"), "/posts/areas/new"}
	}
	for _, a := range all {
		line := AreaLine{ID: a.ID.String(), Title: a.Title, Covers: a.Covers, Org: a.OrgName, From: p.Day(a.From), Version: a.Version}
		for _, h := range a.Holders {
			if h.Name != "" && line.Who != "" {
				line.Who += p.T("enterprise_form.and")
			}
			line.Who += h.Name
		}
		if line.Who == "" {
			line.Who = p.T("areas.count", len(a.Holders))
		}
		p.Rows = append(p.Rows, line)
	}
	return areasPage.write(w, http.StatusOK, p)
}

func (s *Server) endArea(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := core.ParseID(r.PathValue("area"))
	if err != nil {
		return err
	}
	a := answers{r: r}
	if err := s.Post.EndArea(r.Context(), v.Actor, id, core.DateOf(s.Now()), a.version()); err != nil {
		return err
	}
	return s.redirect(w, r, "/posts/areas", "areas.ended")
}
