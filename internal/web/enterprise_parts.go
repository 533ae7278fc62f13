package web

import (
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// since says from when to when something holds.
func (s Shell) since(p core.Period) string {
	switch {
	case p.Open():
		return s.T("enterprise_page.since", p.From)
	default:
		return s.T("enterprise_page.until", p.From, p.To.AddDays(-1))
	}
}

// ended marks what no longer held on the day.
func (s Shell) ended(p core.Period, on core.Date) Tag {
	if p.Holds(on) {
		return Tag{}
	}
	if on.Before(p.From) {
		return Tag{Done, s.T("enterprise_page.later")}
	}
	return Tag{Done, s.T("enterprise_page.ended")}
}

// leadTo leads to an organisation or a grouping, except for an enterprise's
// manager, who sees neither.
func (s Shell) leadTo(name, href string) Link {
	if s.Viewer.Under == 0 {
		return Link{Text: name}
	}
	return Link{name, href}
}

// organisations fills in what the enterprise hosts and has hosted.
func (p *EnterpriseView) organisations(e enterprise.Profile) {
	base := "/enterprises/" + e.ID.String()
	part := Part{ID: "orgs", Title: p.T("enterprise_page.orgs"), Empty: p.T("enterprise_page.orgs.none")}
	if e.MayChange && enterprise.OnTheBooks(e.State.State) {
		part.Action = Link{p.T("enterprise_page.host"), base + "/host"}
	}
	for _, h := range e.Hostings {
		row := PartRow{Head: p.leadTo(h.OrgName, "/orgs/"+h.Org.String()), Tag: p.ended(h.Period, e.On)}
		words := []string{p.say(h.Kind.Title()), p.since(h.Period), h.Reason}
		if !h.DissolvedOn.IsZero() {
			words = append(words, p.T("enterprise_page.dissolved", h.DissolvedOn))
		}
		row.Small = strings.Join(distinct(words), p.T("enterprise_page.lead.sep"))
		if e.MayChange && h.Period.Open() {
			row.Actions = []Link{{p.T("enterprise_page.unhost"), base + "/unhost?org=" + h.Org.String()}}
		}
		part.Rows = append(part.Rows, row)
	}
	p.Left = append(p.Left, part)
}

// contacts fills in who is in touch, with what each visit brought.
func (p *EnterpriseView) contacts(e enterprise.Profile) {
	base := "/enterprises/" + e.ID.String()
	part := Part{ID: "contact", Title: p.T("enterprise_page.contacts"), Empty: p.T("enterprise_page.contacts.none")}
	if hosted(e.State) {
		part.Empty = p.T("enterprise_page.contacts.needless")
	}
	switch {
	case hosted(e.State):
	case e.MayChange && e.SeesPeople && enterprise.OnTheBooks(e.State.State):
		part.Action = Link{p.T("enterprise_page.appoint"), "/appoint?id=" + e.ID.String()}
	case e.MayChange && !e.SeesPeople:
		part.Note = p.T("enterprise_page.contacts.names")
	}
	for _, c := range e.Contacts {
		row := PartRow{Head: Link{Text: p.say(enterprise.ContactTitle(c.Kind))}, Tag: p.ended(c.Period, e.On)}
		if c.Name != "" {
			row.Head.Text = p.T("enterprise_page.contact.named", row.Head.Text, c.Name)
		}
		if c.Person != 0 {
			row.Head.Href = "/people/" + c.Person.String()
		}
		words := []string{p.since(c.Period), c.Purpose, c.EndReason}
		if c.Holds && c.Load > 1 {
			words = append(words, p.T("enterprise_page.contact.load", c.Load))
		}
		row.Small = strings.Join(distinct(words), p.T("enterprise_page.lead.sep"))
		for _, v := range c.Visits {
			row.Lines = append(row.Lines, p.visit(v))
		}
		if c.Holds && len(c.Visits) == 0 {
			row.Lines = []PartLine{{Text: p.T("enterprise_page.visits.none")}}
		}
		if c.Holds && e.MayChange {
			at := "?appointment=" + c.ID.String()
			row.Actions = []Link{{p.T("enterprise_page.visit"), base + "/visit" + at}, {p.T("enterprise_page.contact.end"), base + "/release" + at}}
		}
		part.Rows = append(part.Rows, row)
	}
	p.Left = append(p.Left, part)
}

// visit tells of a visit in a line.
func (s Shell) visit(v enterprise.Visit) PartLine {
	var words []string
	if v.Met != "" {
		words = append(words, s.T("enterprise_page.visit.met", v.Met))
	}
	if v.Need != "" {
		words = append(words, s.T("enterprise_page.visit.need", v.Need))
	}
	if v.Next != "" {
		words = append(words, s.T("enterprise_page.visit.next", v.Next))
	}
	if words == nil {
		words = []string{s.T("enterprise_page.visit.plain")}
	}
	return PartLine{s.Day(v.On), v.On.String(), strings.Join(words, s.T("enterprise_page.diff.sep"))}
}

// plan fills in when and by whom the enterprise is to be covered.
func (p *EnterpriseView) plan(e enterprise.Profile, owner string, today core.Date) {
	covered := hosted(e.State)
	part := Part{ID: "plan", Title: p.T("enterprise_page.plan"), Empty: p.T("enterprise_page.plan.none")}
	if e.MayChange && e.State.Operating {
		part.Action = Link{p.T("enterprise_page.plan.set"), "/enterprises/" + e.ID.String() + "/plan"}
	}
	pl := e.Plan
	if pl.IsZero() {
		if !covered && e.State.Operating {
			p.Left = append(p.Left, part)
		}
		return
	}
	row := PartRow{Head: Link{Text: p.T("enterprise_page.plan.undated")}}
	if !pl.PlannedOn.IsZero() {
		row.Head.Text = p.T("enterprise_page.plan.by", pl.PlannedOn)
		if pl.PlannedOn.Before(today) && !covered {
			row.Tag = Tag{Late, p.T("enterprise_page.plan.late", pl.PlannedOn.DaysUntil(today))}
		}
	}
	if owner == "" {
		owner = e.OrgName
	}
	words := []string{p.T("enterprise_page.plan.owner", owner)}
	if pl.Obstacle != "" {
		words = append(words, p.T("enterprise_page.plan.obstacle", enterprise.ReasonTitle(pl.Obstacle)))
	}
	row.Small = strings.Join(distinct(append(words, pl.Note)), p.T("enterprise_page.lead.sep"))
	part.Rows = []PartRow{row}
	p.Left = append(p.Left, part)
}

// groupings fills in the chain, the building with its floor, the platform and
// the others in which it stands.
func (p *EnterpriseView) groupings(e enterprise.Profile, all []enterprise.Grouping) {
	base := "/enterprises/" + e.ID.String()
	part := Part{ID: "groupings", Title: p.T("enterprise_page.groupings"), Empty: p.T("enterprise_page.groupings.none")}
	if e.MayChange {
		part.Action = Link{p.T("enterprise_page.join"), base + "/join"}
	}
	for _, j := range e.Groupings {
		name := j.Name
		if slices.ContainsFunc(all, func(g enterprise.Grouping) bool { return g.ID == j.Grouping }) {
			name = p.groupingName(all, j.Grouping)
		}
		row := PartRow{Head: p.leadTo(name, "/groupings/"+j.Grouping.String()), Tag: p.ended(j.Period, e.On)}
		words := []string{p.say(enterprise.GroupingTitle(j.Kind))}
		if j.Role != "" && j.Role != "member" {
			words = append(words, p.say(enterprise.RoleTitle(j.Role)))
		}
		row.Small = strings.Join(append(words, p.since(j.Period)), p.T("enterprise_page.lead.sep"))
		if e.MayChange && j.Period.Open() {
			row.Actions = []Link{{p.T("enterprise_page.leave"), base + "/leave?grouping=" + j.Grouping.String()}}
		}
		part.Rows = append(part.Rows, row)
	}
	p.Right = append(p.Right, part)
}

// masses fills in the union and the league.
func (p *EnterpriseView) masses(e enterprise.Profile) {
	base := "/enterprises/" + e.ID.String()
	part := Part{ID: "mass", Title: p.T("enterprise_page.mass"), Empty: p.T("enterprise_page.mass.none")}
	if e.MayChange {
		part.Action = Link{p.T("enterprise_page.mass.begin"), base + "/mass"}
	}
	for _, b := range e.Masses {
		row := PartRow{Head: Link{Text: p.say(enterprise.MassTitle(b.Kind))}, Tag: p.ended(b.Period, e.On), Small: p.since(b.Period)}
		if e.MayChange && b.Period.Open() {
			row.Actions = []Link{{p.T("enterprise_page.mass.end"), base + "/mass/end?kind=" + b.Kind}}
		}
		part.Rows = append(part.Rows, row)
	}
	p.Right = append(p.Right, part)
}

// teams fills in the shifts, workshops and groups.
func (p *EnterpriseView) teams(e enterprise.Profile) {
	base := "/enterprises/" + e.ID.String()
	part := Part{ID: "teams", Title: p.T("enterprise_page.teams"), Empty: p.T("enterprise_page.teams.none")}
	if e.MayChange {
		part.Action = Link{p.T("enterprise_page.team.form"), base + "/team"}
	}
	for _, t := range e.Teams {
		row := PartRow{Head: Link{Text: t.Name}}
		var words []string
		if !t.FormedOn.IsZero() {
			words = append(words, p.T("enterprise_page.since", t.FormedOn))
		}
		if !t.EndedOn.IsZero() {
			words, row.Tag = append(words, p.T("enterprise_page.team.ended", t.EndedOn)), Tag{Done, p.T("enterprise_page.ended")}
		} else if e.MayChange {
			row.Actions = []Link{{p.T("enterprise_page.team.change"), base + "/team/change?team=" + t.ID.String()}}
		}
		row.Small = strings.Join(words, p.T("enterprise_page.lead.sep"))
		part.Rows = append(part.Rows, row)
	}
	p.Right = append(p.Right, part)
}

// hosted reports whether an organisation covers the enterprise.
func hosted(st enterprise.State) bool {
	return st.Coverage == enterprise.Own || st.Coverage == enterprise.Joint
}
