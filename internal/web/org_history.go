package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/org"
)

// history fills in what was done, newest first; of a past day, what had been
// done until then, as it was known.
func (p *OrgView) history(r *http.Request, h org.Head, view org.View, bad core.Fields) {
	m := view.Moment
	known := map[core.OrgID]bool{} // those that the viewer may open
	for _, c := range view.Above {
		known[c.ID] = c.Seen
	}
	for _, c := range view.Children {
		known[c.ID] = true
	}
	for _, e := range view.Events {
		if !m.On.IsZero() && e.On.After(m.On) || !m.KnownAt.IsZero() && e.RecordedAt.After(m.KnownAt) {
			continue
		}
		ev := p.event(e)
		if known[e.Other] {
			ev.Link = Link{p.T("org_page.event.other"), "/orgs/" + e.Other.String()}
		}
		p.History.Trail.Events = append(p.History.Trail.Events, ev)
	}
	if m.KnownAt.IsZero() {
		p.elections(view)
	}
	base := "/orgs/" + view.Org.ID.String()
	p.History.Action = base + "#history"
	p.History.On = p.field(r, bad, "on", "org_page.on", "date")
	if h.May[access.ChangeOrgs] {
		p.History.Fix = Link{p.T("org_page.fix"), base + "/correct"}
	}
	if m.On.IsZero() {
		return
	}
	at := base + "?on=" + m.On.String()
	p.History.Seen = Chips{Label: p.T("org_page.seen"), Joined: true, Items: []Chip{
		{Text: p.T("org_page.seen.then"), Href: at + "&known=then#history", Current: !m.KnownAt.IsZero()},
		{Text: p.T("org_page.seen.now"), Href: at + "#history", Current: m.KnownAt.IsZero()},
	}}
	if !m.KnownAt.IsZero() {
		p.History.Known = r.FormValue("known")
	}
}

// event shows one thing that was done.
func (s Shell) event(e org.Event) Event {
	ev := Event{Day: s.Day(e.On), When: e.On.String(), Text: s.say(e.Kind.Title())}
	was, became := s.say(e.Before()), s.say(e.After())
	switch e.Kind {
	case org.Founded, org.Split, org.Merged, org.Dissolved:
		ev.Kind = "turn"
	case org.Corrected, org.Undone:
		ev.Kind = "system"
	}
	switch e.Kind {
	case org.Renamed, org.Moved, org.Changed, org.Documented, org.Corrected, org.Undone:
		ev.From, ev.To = was, became
		if ev.From == "" {
			ev.From = s.T("org_page.unknown")
		}
	case org.TookIn, org.SplitOff, org.Merged:
		ev.Text = s.T("org_page.event.with", e.Kind.Title(), became)
	}
	var notes []string
	for _, text := range []string{e.Document, e.Reason} {
		if text != "" {
			notes = append(notes, text)
		}
	}
	if day := core.DateOf(e.RecordedAt); ev.Kind == "system" && day != e.On {
		notes = append(notes, s.T("org_page.event.recorded", day))
	}
	ev.Note = strings.Join(notes, s.T("org_page.event.between"))
	return ev
}

// elections adds the beginnings of terms, and the end of the current one.
func (p *OrgView) elections(view org.View) {
	on := view.Moment.On
	all := &p.History.Trail.Events
	for _, t := range view.Terms {
		if t.ElectedOn.IsZero() || !on.IsZero() && t.ElectedOn.After(on) {
			continue
		}
		e := Event{Kind: "turn", Day: p.Day(t.ElectedOn), When: t.ElectedOn.String(), Text: p.T("org_page.event.election"), Note: t.Document}
		if t.Number > 0 {
			e.Text = p.T("org_page.event.election.number", t.Number)
		}
		*all = append(*all, e)
	}
	if ends := view.Dates.EndsOn; !ends.IsZero() && on.IsZero() && view.Org.Live() {
		*all = append(*all, Event{Kind: "next", Day: p.Day(ends), When: ends.String(), Text: p.T("org_page.event.term_ends")})
	}
	slices.SortStableFunc(*all, func(a, b Event) int { return strings.Compare(b.When, a.When) })
}

// A WhatIf is the question what would be with more or fewer members, and its
// answer.
type WhatIf struct {
	Show        bool
	Action      string
	Delta, From Field
	Facts       Facts
	Verdicts    Verdicts
	wrong       bool
}

// whatIf fills in the form, and the answer to the question in the address.
func (s *Server) whatIf(r *http.Request, v Viewer, view org.View, p *OrgView) error {
	w := &p.WhatIf
	w.Show, w.Action = true, "/orgs/"+view.Org.ID.String()+"#whatif"
	var bad core.Fields
	text, from := r.FormValue("delta"), core.DateOf(s.Now())
	delta, err := readDelta(text)
	bad.If(text != "" && err != nil, "delta", "org_page.what_if.delta.unreadable", text)
	if day := r.FormValue("from"); day != "" {
		from, err = core.ParseDate(day)
		bad.If(err != nil, "from", "date.unreadable", day)
	}
	var o org.Outlook
	if asked := text != "" && bad == nil; asked {
		o, err = s.Org.WhatIf(r.Context(), v.Actor, view.Org.ID, delta, from)
		if bad = wrong(err); bad == nil && err != nil {
			return err
		}
		if bad == nil {
			p.answer(view, o)
		}
	}
	w.wrong = bad != nil
	w.Delta = p.field(r, bad, "delta", "org_page.what_if.delta", "text")
	w.Delta.Short = true
	w.From = p.field(r, bad, "from", "org_page.what_if.from", "date")
	if w.From.Value == "" {
		w.From.Value = from.String()
	}
	return nil
}

// readDelta reads how many more or fewer, with the signs that people type.
func readDelta(text string) (int, error) {
	return strconv.Atoi(strings.NewReplacer("−", "-", "－", "-", "–", "-", "＋", "+", " ", "").Replace(text))
}

// answer shows what would be.
func (p *OrgView) answer(view org.View, o org.Outlook) {
	w := &p.WhatIf
	add := func(f Fact) { w.Facts.Rows = append(w.Facts.Rows, f) }
	add(Fact{Label: p.T("orgs.col.members"), Value: p.T("org_page.what_if.members", o.Before.Members(), o.After.Members())})
	form := Fact{Label: p.T("org_page.what_if.form"), Value: p.T("org_page.what_if.form.none")}
	if o.Then.Form != "" {
		form.Value = p.say(o.Then.Form.Title())
	}
	switch {
	case o.Then.Form == view.Org.Kind:
		form.Note = p.T("org_page.what_if.form.same")
	case o.Then.Form != "":
		form.Note = p.T("org_page.what_if.form.other", view.Org.Kind.Title())
	}
	add(form)
	term := Fact{Label: p.T("org_page.term"), Value: p.T("orgs.years", o.TermYearsAfter)}
	if o.TermYears != o.TermYearsAfter {
		term.Note = p.T("org_page.what_if.term", o.TermYears)
	}
	if o.TermYearsAfter > 0 {
		add(term)
	}
	w.Verdicts = p.verdicts(o.Verdicts)
	for i, step := range o.Then.Steps {
		if i < len(o.Now.Steps) && step.State != o.Now.Steps[i].State {
			l := p.verdict(step.Verdict)
			l.Head, l.Tag = p.say(step.Kind.Title()), Tag{New, p.say(step.State.Title())}
			w.Verdicts.Lines = append(w.Verdicts.Lines, l)
		}
	}
}
