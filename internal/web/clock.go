package web

import (
	"net/http"
	"strconv"

	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/text"
)

func (s *Server) mountClocks(m *http.ServeMux) {
	s.route(m, "GET /clocks", signedIn, s.clocks)
	s.route(m, "GET /clocks/{clock}", signedIn, s.clock)
	s.route(m, "POST /clocks/{clock}/snooze", signedIn, s.snooze)
	s.route(m, "POST /clocks/{clock}/hand-over", signedIn, s.handOver)
	s.route(m, "POST /clocks/{clock}/not-mine", signedIn, s.notMine)
	s.route(m, "POST /clocks/{clock}/end", signedIn, s.endClock)
}

// A Clocks page lists every running deadline of a place and of all below it.
type Clocks struct {
	Shell
	Tasks Tasks
	Empty Empty
	Pager Pager
}

var clocksPage = newPage[Clocks]("clocks.html")

func (s *Server) clocks(w http.ResponseWriter, r *http.Request, v Viewer) error {
	under, err := v.under(r)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(r.FormValue("page")) // what is no number is page 1
	l, err := s.Clock.All(r.Context(), v.Actor, under, core.Page{Number: number})
	if err != nil {
		return err
	}
	top, err := s.Org.Page(r.Context(), v.Actor, under, core.Moment{})
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "today", "clocks.title")
	sh.Lead = sh.T("clocks.lead", top.Org.Name, l.Total)
	sh.Path = sh.pathTo(top, "/clocks?under=")
	p := Clocks{Shell: sh, Tasks: sh.clocks(l.Rows, core.DateOf(s.Now()))}
	p.Pager = sh.pager(l.Page, l.Total, func(n int) string {
		return "/clocks?under=" + under.String() + "&page=" + strconv.Itoa(n)
	})
	if l.Total == 0 {
		p.Empty = Empty{Title: sh.T("clocks.empty"), Text: sh.T("clocks.empty.text"), Action: Link{sh.T("web.fail.home"), "/"}}
	}
	return clocksPage.write(w, http.StatusOK, p)
}

// pathTo returns the way from the top of the tree to an organisation; base and
// an id make the address of each that the viewer may open.
func (s Shell) pathTo(o org.View, base string) []Link {
	var path []Link
	for _, c := range o.Above {
		if c.Seen {
			path = append(path, Link{c.Name, base + c.ID.String()})
		}
	}
	return append(path, Link{Text: o.Org.Name})
}

// A Clock page is one deadline: what it rests on, what was done, and what the
// viewer may do now.
type Clock struct {
	Shell
	Problems         ErrorSummary
	Tag              Tag
	Go               Link // where the thing itself is done
	Facts            Facts
	Provisional      Notice
	Trail            Trail
	ID, Org, DueOn   string // what the page showed, sent back with each form
	Running          bool
	Snooze, Snoozing Field // the day, the reason
	MaySnooze        bool
	To, Handing      Field
	Search           Field  // for other organisations
	Nobody           string // there is nobody to hand it to
	NotMine          Field
	MayGiveUp        bool
	How, Ending      Field
}

var clockPage = newPage[Clock]("clock.html")

func (s *Server) clock(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeClock(w, r, v, http.StatusOK, nil)
}

// clockID reads the id in the address.
func clockID(r *http.Request) (core.ID, error) { return core.ParseID(r.PathValue("clock")) }

// writeClock writes the page, with what was wrong with one of its forms.
func (s *Server) writeClock(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	id, err := clockID(r)
	if err != nil {
		return err
	}
	c, err := s.Clock.Find(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	events, err := s.Clock.History(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	today := core.DateOf(s.Now())
	sh := s.shell(r, v, "today", "")
	sh.Title, sh.Lead = sh.say(c.Title()), sh.say(c.Why())
	sh.Path = []Link{{sh.T("web.nav.today"), "/"}, {sh.T("clocks.title"), v.At("/clocks")}, {Text: sh.Title}}
	p := Clock{Shell: sh, Tag: sh.clockTag(c, today), Go: sh.place(c), Facts: sh.clockFacts(c), Trail: sh.clockTrail(c, events, today)}
	p.ID, p.Org, p.DueOn = c.ID.String(), c.Org.String(), c.DueOn.String()
	p.Running = c.State == clock.Running
	if c.Provisional {
		p.Provisional = Notice{Kind: "warn", Text: sh.T("clock.provisional")}
	}
	if p.Running {
		if err := s.clockForms(r, v, c, bad, &p); err != nil {
			return err
		}
	}
	return clockPage.write(w, code, p)
}

// clockForms fills in what the viewer may do.
func (s *Server) clockForms(r *http.Request, v Viewer, c clock.Clock, bad core.Fields, p *Clock) error {
	tomorrow, last := core.DateOf(s.Now()).AddDays(1), s.Clock.LastSnooze(c)
	p.MaySnooze = !last.Before(tomorrow)
	p.Snooze = p.field(r, bad, "snooze_to", "clocks.snooze.to", "date")
	p.Snooze.Short, p.Snooze.Min, p.Snooze.Max = true, tomorrow.String(), last.String()
	if p.Snooze.Value == "" {
		p.Snooze.Value = tomorrow.String()
	}
	p.Snoozing = p.field(r, bad, "snooze_reason", "clocks.reason", "text")

	sides, above, err := s.sides(r, v, c)
	if err != nil {
		return err
	}
	p.MayGiveUp = above
	p.To = p.choice(r, bad, "hand_to", "clocks.hand_over.to", "select", sides)
	p.Handing = p.field(r, bad, "hand_reason", "clocks.reason", "text")
	p.Search = p.field(r, nil, "q", "clocks.hand_over.search", "search")
	switch {
	case len(sides) == 0 && p.Search.Value == "":
		p.Nobody = p.T("clocks.hand_over.alone")
	case len(sides) == 0:
		p.Nobody = p.T("clocks.hand_over.nobody")
	}
	p.NotMine = p.field(r, bad, "not_mine_reason", "clocks.not_mine.reason", "text")
	p.How = p.choice(r, bad, "end_state", "clocks.end.state", "radio", []Option{
		{Value: string(clock.Done), Text: p.T("clocks.state.done"), Chosen: true}, {Value: string(clock.Dropped), Text: p.T("clocks.state.dropped")},
	})
	p.Ending = p.field(r, bad, "end_reason", "clocks.end.reason", "text")
	p.Problems = p.problems(bad, p.Snooze, p.Snoozing, p.To, p.Handing, p.NotMine, p.How, p.Ending)
	p.Wrong = !p.Problems.IsZero()
	return nil
}

// sidesShown is how many organisations are offered to take a deadline over.
const sidesShown = 60

// sides returns who may take a deadline over: those above, beside and below
// the one responsible, or those whose name was searched for. above says whether
// there is one above at all.
func (s *Server) sides(r *http.Request, v Viewer, c clock.Clock) (all []Option, above bool, err error) {
	add := func(id core.OrgID, name string) {
		if id != c.Org && len(all) < sidesShown {
			all = append(all, Option{Value: id.String(), Text: name})
		}
	}
	here, err := s.Org.Page(r.Context(), v.Actor, c.Org, core.Moment{})
	if err != nil {
		return nil, false, err
	}
	above = len(here.Above) > 0
	if q := r.FormValue("q"); q != "" {
		l, err := s.Org.List(r.Context(), v.Actor, org.Query{Under: v.Under, Search: q})
		for _, o := range l.Rows {
			add(o.ID, o.Name)
		}
		return all, above, err
	}
	for i := len(here.Above) - 1; i >= 0; i-- {
		if a := here.Above[i]; a.Seen {
			add(a.ID, a.Name)
		}
	}
	for _, o := range here.Children {
		add(o.ID, o.Name)
	}
	if n := len(here.Above); n > 0 && here.Above[n-1].Seen {
		beside, err := s.Org.Page(r.Context(), v.Actor, here.Above[n-1].ID, core.Moment{})
		if err != nil {
			return nil, above, err
		}
		for _, o := range beside.Children {
			add(o.ID, o.Name)
		}
	}
	return all, above, nil
}

// place leads to what a deadline is about.
func (s Shell) place(c clock.Clock) Link {
	if c.Kind == clock.Correction {
		return Link{s.T("clocks.go.correction"), "/corrections/" + c.SubjectID.String()}
	}
	if c.Kind == clock.Opinion {
		return Link{s.T("clocks.go.opinion"), "/opinions/" + c.SubjectID.String()}
	}
	if c.Target == 0 {
		return Link{}
	}
	return Link{s.T("clocks.go." + c.About()), clockPages[c.About()] + c.Target.String()}
}

// clockPages are the addresses of what a deadline may be about.
var clockPages = map[string]string{
	clock.OfOrg: "/orgs/", clock.OfEnterprise: "/enterprises/", clock.OfProject: "/projects/", clock.OfFront: "/fronts/", clock.OfProblem: "/problems/", clock.OfPost: "/posts/", clock.OfMentoring: "/mentoring/",
}

func (s Shell) clockFacts(c clock.Clock) Facts {
	f := []Fact{
		{Label: s.T("clocks.due"), Value: s.Day(c.DueOn)},
		{Label: s.T("clocks.org"), Value: c.OrgName, Href: "/orgs/" + c.Org.String()},
		{Label: s.T("clocks.about"), Value: c.Name, Href: s.place(c).Href},
		{Label: s.T("clocks.started"), Value: s.Day(c.StartedOn)},
		{Label: s.T("clocks.remind"), Value: s.Day(c.RemindOn)},
	}
	if !c.SnoozedTo.IsZero() {
		f = append(f, Fact{Label: s.T("clocks.snoozed"), Value: s.Day(c.SnoozedTo), Note: c.Reason})
	}
	return Facts{append(f,
		Fact{Label: s.T("clocks.basis"), Value: s.say(c.Basis())},
		Fact{Label: s.T("clocks.rule"), Value: c.Rule, Note: s.T("clocks.rule.version", c.Version)},
	)}
}

// clockTrail is the history: the last day still to come, what was done, and
// the day from which it counts.
func (s Shell) clockTrail(c clock.Clock, events []clock.Event, today core.Date) Trail {
	var t Trail
	if c.State == clock.Running && !c.DueOn.Before(today) {
		t.Events = append(t.Events, Event{Kind: "next", Day: s.Day(c.DueOn), When: c.DueOn.String(), Text: s.T("clocks.due")})
	}
	for _, e := range events {
		day := core.DateOf(e.At)
		ev := Event{Day: s.Day(day), When: day.String(), Note: e.Reason}
		by := e.By
		if by == "" {
			by = s.T("clocks.by.system")
			ev.Kind = "system"
		}
		switch e.Verb {
		case "snooze":
			ev.Text = s.T("clocks.event.snooze", by, e.Day)
		case "hand_over", "not_mine":
			ev.Text = s.T("clocks.event."+e.Verb, by)
			ev.From, ev.To = e.From, e.To
		case "recompute":
			ev.Text = s.T("clocks.event.recompute", e.Day)
		default:
			ev.Kind = "turn"
			ev.Text = s.T("clocks.event.end", by, core.M("clocks.state."+string(e.State)))
		}
		t.Events = append(t.Events, ev)
	}
	t.Events = append(t.Events, Event{Kind: "system", Day: s.Day(c.StartedOn), When: c.StartedOn.String(), Text: s.T("clocks.started")})
	return t
}

// seen is what the page showed of the deadline, so that nobody acts on one that
// changed meanwhile.
func seen(r *http.Request) (clock.Seen, error) {
	id, err := clockID(r)
	if err != nil {
		return clock.Seen{}, err
	}
	at, err := core.ParseID(r.PostFormValue("org"))
	if err != nil {
		return clock.Seen{}, core.Fail(core.Invalid, "web.form.unreadable")
	}
	due, err := core.ParseDate(r.PostFormValue("due"))
	if err != nil {
		return clock.Seen{}, core.Fail(core.Invalid, "web.form.unreadable")
	}
	return clock.Seen{ID: id, Org: core.OrgID(at), DueOn: due}, nil
}

// acted answers one of the forms: the page again with what is wrong, or Today
// with what was done. as maps the service's fields to those of the form.
func (s *Server) acted(w http.ResponseWriter, r *http.Request, v Viewer, err error, as map[string]string, key string, args ...string) error {
	bad := wrong(err)
	if bad == nil {
		if err != nil {
			return err
		}
		return s.redirect(w, r, "/", key, args...)
	}
	ours := core.Fields{}
	for name, m := range bad {
		if to, ok := as[name]; ok {
			name = to
		}
		ours[name] = m
	}
	return s.writeClock(w, r, v, http.StatusUnprocessableEntity, ours)
}

func (s *Server) snooze(w http.ResponseWriter, r *http.Request, v Viewer) error {
	was, err := seen(r)
	if err != nil {
		return err
	}
	var to core.Date
	if to, err = core.ParseDate(r.PostFormValue("snooze_to")); err == nil {
		err = s.Clock.Snooze(r.Context(), v.Actor, was, to, r.PostFormValue("snooze_reason"))
	} else {
		var bad core.Fields
		bad.If(true, "to", "clocks.snooze.unreadable")
		err = bad.Err()
	}
	return s.acted(w, r, v, err, map[string]string{"to": "snooze_to", "reason": "snooze_reason"}, "clocks.done.snooze", text.Day(v.Lang, to))
}

func (s *Server) handOver(w http.ResponseWriter, r *http.Request, v Viewer) error {
	was, err := seen(r)
	if err != nil {
		return err
	}
	to, err := core.ParseID(r.PostFormValue("hand_to"))
	if err == nil {
		err = s.Clock.HandOver(r.Context(), v.Actor, was, core.OrgID(to), 0, r.PostFormValue("hand_reason"))
	} else {
		var bad core.Fields
		bad.If(true, "hand_to", "clocks.hand_over.missing")
		err = bad.Err()
	}
	return s.acted(w, r, v, err, map[string]string{"": "hand_to", "reason": "hand_reason"}, "clocks.done.hand_over")
}

func (s *Server) notMine(w http.ResponseWriter, r *http.Request, v Viewer) error {
	was, err := seen(r)
	if err != nil {
		return err
	}
	err = s.Clock.NotMine(r.Context(), v.Actor, was, r.PostFormValue("not_mine_reason"))
	return s.acted(w, r, v, err, map[string]string{"": "not_mine_reason", "reason": "not_mine_reason"}, "clocks.done.not_mine")
}

func (s *Server) endClock(w http.ResponseWriter, r *http.Request, v Viewer) error {
	was, err := seen(r)
	if err != nil {
		return err
	}
	err = s.Clock.Done(r.Context(), v.Actor, was, clock.State(r.PostFormValue("end_state")), r.PostFormValue("end_reason"))
	return s.acted(w, r, v, err, map[string]string{"": "end_state", "reason": "end_reason"}, "clocks.done.end")
}
