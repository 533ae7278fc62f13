package web

import (
	"context"
	"net/http"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
)

// appointment returns the appointment that a form is about.
func appointment(e enterprise.Profile, text string) (enterprise.Contact, error) {
	return held(e.Contacts, func(c enterprise.Contact) bool { return c.ID.String() == text })
}

// contactFacts says about whom a form is.
func (f *EnterpriseForm) contactFacts(c enterprise.Contact) {
	f.keep("appointment", c.ID.String())
	who := f.say(enterprise.ContactTitle(c.Kind))
	if c.Name != "" {
		who = f.T("enterprise_page.contact.named", who, c.Name)
	}
	f.Know.Rows = []Fact{{Label: f.T("enterprise_form.contact"), Value: who, Note: f.since(c.Period)}}
}

func (s *Server) buildVisit(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	c, err := appointment(e, r.FormValue("appointment"))
	if err != nil {
		return err
	}
	today := core.DateOf(s.Now())
	f.contactFacts(c)
	f.askDay(r, "visited_on", "enterprise_form.visited_on", today, today)
	f.ask(r, "met", "enterprise_form.met", "text", "")
	f.ask(r, "need", "enterprise_form.need", "textarea", "")
	f.ask(r, "next", "enterprise_form.next", "textarea", "")
	return nil
}

func (s *Server) doVisit(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	c, err := appointment(e, a.text("appointment"))
	if err != nil {
		return err
	}
	visit := enterprise.Visit{Appointment: c.ID, On: a.day("visited_on"), Met: a.text("met"), Need: a.text("need"), Next: a.text("next")}
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.RecordVisit(ctx, v.Actor, visit)
}

func (s *Server) buildRelease(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	c, err := appointment(e, r.FormValue("appointment"))
	if err != nil {
		return err
	}
	f.contactFacts(c)
	s.askEnd(r, f)
	return nil
}

// askEnd asks for the day on which something ends, and why.
func (s *Server) askEnd(r *http.Request, f *EnterpriseForm) {
	today := core.DateOf(s.Now())
	f.askDay(r, "on", "enterprise_form.ends_on", today, today)
	f.ask(r, "reason", "enterprise_form.reason", "textarea", "")
}

func (s *Server) doRelease(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	c, err := appointment(e, a.text("appointment"))
	if err != nil {
		return err
	}
	on := a.day("on")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.EndAppointment(ctx, v.Actor, c.ID, on, a.text("reason"))
}

func (s *Server) buildPlan(r *http.Request, v Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	f.askDay(r, "planned_on", "enterprise_form.planned_on", e.Plan.PlannedOn, core.Date{})
	owners := []Option{{Text: e.OrgName}}
	if v.Under != 0 && v.Under != e.Org {
		owners = append(owners, Option{Value: v.Under.String(), Text: v.Org})
	}
	owner := ""
	if id := e.Plan.Owner; id != 0 && id != e.Org {
		owner = id.String()
		if name := s.orgName(r.Context(), v, id); id != v.Under && name != "" {
			owners = append(owners, Option{Value: owner, Text: name})
		}
	}
	f.choose(r, "owner", "enterprise_form.owner", "select", owner, owners)
	f.choose(r, "obstacle", "enterprise_form.obstacle", "select", e.Plan.Obstacle, append([]Option{{Text: f.T("enterprise_form.obstacle.none")}}, kinds(f.Shell, enterprise.Obstacles, enterprise.ReasonTitle)...))
	f.ask(r, "note", "enterprise_form.note", "textarea", e.Plan.Note)
	f.Note = f.T("enterprise_form.plan.note")
	return nil
}

func (s *Server) doPlan(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	p := enterprise.Plan{Enterprise: e.ID, PlannedOn: a.day("planned_on"), Obstacle: a.text("obstacle"), Note: a.text("note")}
	if a.text("owner") != "" {
		p.Owner = core.OrgID(a.id("owner", "enterprise.org.gone"))
	}
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.SetPlan(ctx, v.Actor, p)
}

func (s *Server) buildHost(r *http.Request, v Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	today := core.DateOf(s.Now())
	if err := s.findOrgs(r, v, f, "enterprise_form.host.org"); err != nil {
		return err
	}
	f.askDay(r, "from", "enterprise_form.from", today, today)
	return nil
}

func (s *Server) doHost(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	to, from := core.OrgID(a.id("org", "enterprise_form.org.missing")), a.day("from")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.Host(ctx, v.Actor, to, e.ID, from)
}

// hosting returns the organisation that a form is about.
func hosting(e enterprise.Profile, text string) (enterprise.Hosting, error) {
	return held(e.Hostings, func(h enterprise.Hosting) bool { return h.Org.String() == text && h.Period.Open() })
}

func (s *Server) buildUnhost(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	h, err := hosting(e, r.FormValue("org"))
	if err != nil {
		return err
	}
	f.keep("org", h.Org.String())
	f.Know.Rows = []Fact{{Label: f.say(h.Kind.Title()), Value: h.OrgName, Note: f.since(h.Period)}}
	s.askEnd(r, f)
	return nil
}

func (s *Server) doUnhost(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	h, err := hosting(e, a.text("org"))
	if err != nil {
		return err
	}
	on := a.day("on")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.Unhost(ctx, v.Actor, h.Org, e.ID, on, a.text("reason"))
}

func (s *Server) buildMass(r *http.Request, _ Viewer, _ enterprise.Profile, f *EnterpriseForm) error {
	today := core.DateOf(s.Now())
	f.choose(r, "kind", "enterprise_form.mass.kind", "radio", enterprise.MassKinds[0], kinds(f.Shell, enterprise.MassKinds, enterprise.MassTitle))
	f.askDay(r, "from", "enterprise_form.from", today, today)
	return nil
}

func (s *Server) doMass(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	from := a.day("from")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.BeginMass(ctx, v.Actor, e.ID, a.text("kind"), from)
}

// massBody returns the union or league that a form is about.
func massBody(e enterprise.Profile, kind string) (enterprise.MassBody, error) {
	return held(e.Masses, func(b enterprise.MassBody) bool { return b.Kind == kind && b.Period.Open() })
}

func (s *Server) buildMassEnd(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	b, err := massBody(e, r.FormValue("kind"))
	if err != nil {
		return err
	}
	today := core.DateOf(s.Now())
	f.keep("kind", b.Kind)
	f.Know.Rows = []Fact{{Label: f.T("enterprise_form.mass.kind"), Value: f.say(enterprise.MassTitle(b.Kind)), Note: f.since(b.Period)}}
	f.askDay(r, "on", "enterprise_form.ends_on", today, today)
	return nil
}

func (s *Server) doMassEnd(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	b, err := massBody(e, a.text("kind"))
	if err != nil {
		return err
	}
	on := a.day("on")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.EndMass(ctx, v.Actor, e.ID, b.Kind, on)
}

// findGroupings searches for groupings by their names, in Chinese or pinyin.
func (s *Server) findGroupings(r *http.Request, v Viewer, f *EnterpriseForm, label string, fits func(enterprise.Grouping) bool) error {
	all, err := s.Enterprise.Groupings(r.Context(), v.Actor, "")
	if err != nil {
		return err
	}
	q := names.Fold(r.FormValue("q"))
	chosen := r.FormValue("grouping")
	var found []Option
	n := 0
	for _, g := range all {
		name := f.groupingName(all, g.ID)
		hit := q != "" && (strings.Contains(names.Fold(name), q) || strings.HasPrefix(names.Key(g.Name), q) || strings.HasPrefix(names.Initials(g.Name), q))
		if !fits(g) || !hit && (q != "" || g.ID.String() != chosen) {
			continue
		}
		if n++; n <= foundMost {
			found = append(found, Option{Value: g.ID.String(), Text: f.T("enterprises.grouping.of", enterprise.GroupingTitle(g.Kind), name)})
		}
	}
	f.search(r, "grouping", label, found, n > len(found))
	return nil
}

func (s *Server) buildJoin(r *http.Request, v Viewer, _ enterprise.Profile, f *EnterpriseForm) error {
	today := core.DateOf(s.Now())
	if err := s.findGroupings(r, v, f, "enterprise_form.join.grouping", func(enterprise.Grouping) bool { return true }); err != nil {
		return err
	}
	f.choose(r, "role", "enterprise_form.role", "select", enterprise.GroupingRoles[0], kinds(f.Shell, enterprise.GroupingRoles, enterprise.RoleTitle))
	f.askDay(r, "from", "enterprise_form.from", today, today)
	return nil
}

func (s *Server) doJoin(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	grouping, from := a.id("grouping", "enterprise_form.grouping.missing"), a.day("from")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.Join(ctx, v.Actor, e.ID, grouping, a.text("role"), from)
}

// joining returns the grouping that a form is about.
func joining(e enterprise.Profile, text string) (enterprise.Joining, error) {
	return held(e.Groupings, func(j enterprise.Joining) bool { return j.Grouping.String() == text && j.Period.Open() })
}

func (s *Server) buildLeave(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	j, err := joining(e, r.FormValue("grouping"))
	if err != nil {
		return err
	}
	today := core.DateOf(s.Now())
	f.keep("grouping", j.Grouping.String())
	f.Know.Rows = []Fact{{Label: f.say(enterprise.GroupingTitle(j.Kind)), Value: j.Name, Note: f.since(j.Period)}}
	f.askDay(r, "on", "enterprise_form.ends_on", today, today)
	return nil
}

func (s *Server) doLeave(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	j, err := joining(e, a.text("grouping"))
	if err != nil {
		return err
	}
	on := a.day("on")
	if err := a.bad.Err(); err != nil {
		return err
	}
	return s.Enterprise.Leave(ctx, v.Actor, e.ID, j.Grouping, on)
}

func (s *Server) buildTeam(r *http.Request, _ Viewer, _ enterprise.Profile, f *EnterpriseForm) error {
	f.ask(r, "name", "enterprise_page.name", "text", "")
	f.askDay(r, "formed_on", "enterprise_form.formed_on", core.Date{}, core.DateOf(s.Now()))
	return nil
}

func (s *Server) doTeam(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	t := enterprise.Team{Enterprise: e.ID, Name: a.text("name"), FormedOn: a.day("formed_on")}
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err := s.Enterprise.FormTeam(ctx, v.Actor, t)
	return err
}

// team returns the team that a form is about.
func team(e enterprise.Profile, text string) (enterprise.Team, error) {
	return held(e.Teams, func(t enterprise.Team) bool { return t.ID.String() == text && t.EndedOn.IsZero() })
}

func (s *Server) buildTeamChange(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	t, err := team(e, r.FormValue("team"))
	if err != nil {
		return err
	}
	f.keep("team", t.ID.String())
	f.keepVersion(r, t.Version)
	f.ask(r, "name", "enterprise_page.name", "text", t.Name)
	f.askDay(r, "ended_on", "enterprise_form.ended_on", core.Date{}, core.DateOf(s.Now()))
	return nil
}

func (s *Server) doTeamChange(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	t, err := team(e, a.text("team"))
	if err != nil {
		return err
	}
	c := enterprise.TeamChange{Name: changed(a.text("name"), t.Name), Version: a.version()}
	if ended := a.day("ended_on"); !ended.IsZero() {
		c.EndedOn = &ended
	}
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err = s.Enterprise.ChangeTeam(ctx, v.Actor, t.ID, c)
	return err
}
