package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// enterpriseHistory fills in what was recorded, the latest first; of a past
// day, what held until then, as it was known.
func (s *Server) enterpriseHistory(r *http.Request, v Viewer, e enterprise.Profile, m core.Moment, bad core.Fields, p *EnterpriseView) error {
	base := "/enterprises/" + e.ID.String()
	p.History.Action = base + "#history"
	p.History.On = p.field(r, bad, "on", "enterprise_page.on", "date")
	p.History.On.Max = core.DateOf(s.Now()).String()
	if !m.On.IsZero() {
		at := base + "?on=" + m.On.String()
		p.History.Seen = Chips{Label: p.T("enterprise_page.seen"), Joined: true, Items: []Chip{
			{Text: p.T("enterprise_page.seen.then"), Href: at + "&known=then#history", Current: !m.KnownAt.IsZero()},
			{Text: p.T("enterprise_page.seen.now"), Href: at + "#history", Current: m.KnownAt.IsZero()},
		}}
		if !m.KnownAt.IsZero() {
			p.History.Known = r.FormValue("known")
		}
	}
	names := s.orgNames(r.Context(), v, e)
	stood, corrected := standing(e.History, m)
	for i, f := range stood {
		if !m.On.IsZero() && f.Period.From.After(m.On) {
			continue
		}
		ev := Event{Day: p.Day(f.Period.From), When: f.Period.From.String(), Note: p.recorded(f)}
		if i == 0 {
			ev.Kind, ev.Text = "turn", p.T("enterprise_page.event.registered")
		} else {
			p.differ(&ev, stood[i-1].Values, f.Values, names)
		}
		p.History.Trail.Events = append(p.History.Trail.Events, ev)
	}
	for _, f := range corrected {
		at := slices.IndexFunc(stood, func(o enterprise.Fact) bool { return o.Period.Holds(f.Period.From) })
		if at < 0 {
			continue
		}
		day := core.DateOf(f.SupersededAt)
		ev := Event{Kind: "system", Day: p.Day(day), When: day.String(), Note: p.T("enterprise_page.event.corrected", f.Period.From)}
		if p.differ(&ev, f.Values, stood[at].Values, names); ev.Text == "" {
			continue
		}
		if ev.To != "" {
			ev.Text = p.T("enterprise_page.event.fix", ev.Text)
		}
		p.History.Trail.Events = append(p.History.Trail.Events, ev)
	}
	slices.SortStableFunc(p.History.Trail.Events, func(a, b Event) int { return strings.Compare(b.When, a.When) })
	return nil
}

// standing returns the facts that stand as known at a moment, in order of their
// days, and those that had been corrected by then.
func standing(all []enterprise.Fact, m core.Moment) (stood, gone []enterprise.Fact) {
	for _, f := range all {
		switch {
		case !m.KnownAt.IsZero() && f.RecordedAt.After(m.KnownAt):
		case f.SupersededAt.IsZero() || !m.KnownAt.IsZero() && f.SupersededAt.After(m.KnownAt):
			stood = append(stood, f)
		default:
			gone = append(gone, f)
		}
	}
	slices.SortFunc(stood, func(a, b enterprise.Fact) int { return a.Period.From.Compare(b.Period.From) })
	return stood, gone
}

// orgNames returns the names of the organisations that the history speaks of,
// as far as the viewer may open them.
func (s *Server) orgNames(ctx context.Context, v Viewer, e enterprise.Profile) map[core.OrgID]string {
	names := map[core.OrgID]string{e.Org: e.OrgName}
	for _, f := range e.History {
		if _, asked := names[f.Org]; !asked {
			names[f.Org] = s.orgName(ctx, v, f.Org)
		}
	}
	return names
}

// recorded says why a fact was recorded, and when where that was another day.
func (s Shell) recorded(f enterprise.Fact) string {
	var words []string
	if f.Reason != "" {
		words = append(words, f.Reason)
	}
	if day := core.DateOf(f.RecordedAt); day != f.Period.From {
		words = append(words, s.T("enterprise_page.event.recorded", day))
	}
	return strings.Join(words, s.T("enterprise_page.diff.sep"))
}

// differ says what is different between two days.
func (s Shell) differ(ev *Event, a, b enterprise.Values, names map[core.OrgID]string) {
	type change struct{ label, from, to string }
	var all []change
	add := func(label, from, to string) {
		if from != to {
			all = append(all, change{s.T(label), from, to})
		}
	}
	text := func(v string) string {
		if v == "" {
			return s.T("enterprises.unknown")
		}
		return v
	}
	org := func(id core.OrgID) string {
		if names[id] == "" {
			return s.T("enterprise_page.org.other")
		}
		return names[id]
	}
	kind := func(code string) string {
		if code == "" {
			return s.T("enterprises.unknown")
		}
		return s.T("enterprise_type." + code)
	}
	day := func(d core.Date) string {
		if d.IsZero() {
			return s.T("enterprises.never")
		}
		return d.String()
	}
	add("enterprise_page.state", s.say(enterprise.StateTitle(a.State)), s.say(enterprise.StateTitle(b.State)))
	add("enterprise_page.name", a.Name, b.Name)
	if a.Org != b.Org {
		all = append(all, change{s.T("enterprises.col.org"), org(a.Org), org(b.Org)})
	}
	add("enterprises.type", kind(a.Type), kind(b.Type))
	add("enterprise_page.industry", text(a.Industry), text(b.Industry))
	add("enterprises.col.employees", s.countOf(a.Employees), s.countOf(b.Employees))
	add("enterprises.col.foreign", text(s.percentOf(a.ForeignShare)), text(s.percentOf(b.ForeignShare)))
	add("enterprises.col.members", s.countOf(a.MembersFound), s.countOf(b.MembersFound))
	add("enterprises.col.verified", day(a.VerifiedOn), day(b.VerifiedOn))
	if len(all) == 1 {
		ev.Text, ev.From, ev.To = all[0].label, all[0].from, all[0].to
		return
	}
	var words []string
	for _, c := range all {
		words = append(words, s.T("enterprise_page.diff", c.label, c.from, c.to))
	}
	ev.Text = strings.Join(words, s.T("enterprise_page.diff.sep"))
}
