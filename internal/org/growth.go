package org

import (
	"context"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// growthMax is how many members an organisation may have for its growth to be
// counted person by person; above it only the present is shown.
const growthMax = 3000

// A Milestone is a day on the way of an organisation, with its members on that
// day.
type Milestone struct {
	On     core.Date
	Event  EventKind    // empty for a day that only the members mark
	Kind   rule.OrgKind // its form from that day on
	Name   string
	Counts Counts
}

// A Growth is the way of an organisation from its first members to what it is
// (row S3), counted over everybody of what stands below it now.
type Growth struct {
	Counted    bool        // false when it is too large: Milestones have no members and Years is empty
	Milestones []Milestone // oldest first, today last
	Years      []Milestone // the last day of each year
	Path       rule.GrowthPath
}

// A span is a membership: on which days somebody was what.
type span struct {
	full   bool
	period core.Period
}

// growth computes the Growth of an organisation.
func growth(ctx context.Context, q db.Querier, o Org, c Counts, events []Event, today core.Date) (Growth, error) {
	set, err := setting.Rules(ctx, q, o.Realm)
	if err != nil {
		return Growth{}, err
	}
	g := Growth{Counted: c.Members() <= growthMax, Path: rule.Growth(c.Full, c.Members(), set)}
	var spans []span
	if g.Counted {
		if spans, err = spansOf(ctx, q, o); err != nil {
			return Growth{}, err
		}
	}
	known, err := facts(ctx, q, o.Realm, o.ID)
	if err != nil || len(known) == 0 {
		return g, err
	}
	g.Milestones = milestones(known, events, spans, today)
	if g.Counted {
		g.Years = years(known, spans, today)
	}
	if o.Live() {
		g.Milestones[len(g.Milestones)-1].Counts = c
	}
	return g, nil
}

// spansOf returns the memberships of everybody of what stands below o.
func spansOf(ctx context.Context, q db.Querier, o Org) ([]span, error) {
	below := access.Below(o.Path)
	return db.All(ctx, q, func(r db.Row) (s span, err error) {
		var kind string
		err = r.Scan(&kind, (*db.Date)(&s.period.From), (*db.Date)(&s.period.To))
		s.full = kind == "full"
		return s, err
	}, `
		SELECT m.kind, m.valid_from, m.valid_to FROM orgs o
		JOIN memberships m ON m.realm_id = o.realm_id AND m.org_id = o.id AND m.superseded_at IS NULL
		WHERE o.realm_id = $1 AND o.path >= $2 AND o.path < $3 ORDER BY m.valid_from`, o.Realm, below.Lo, below.Hi)
}

// on counts the members of a day.
func on(spans []span, day core.Date) (c Counts) {
	for _, s := range spans {
		switch {
		case !s.period.Holds(day):
		case s.full:
			c.Full++
		default:
			c.Probationary++
		}
	}
	return c
}

// milestones returns the founding, every change of form or name, the day on
// which there were first three full members, and today.
func milestones(known []Fact, events []Event, spans []span, today core.Date) []Milestone {
	var all []Milestone
	for i, f := range known {
		if i > 0 && f.Kind == known[i-1].Kind && f.Name == known[i-1].Name {
			continue
		}
		e := Founded
		if i > 0 {
			e = Renamed
			if f.Kind != known[i-1].Kind {
				e = Changed
			}
		} else if slices.ContainsFunc(events, func(e Event) bool { return e.Kind == Split }) {
			e = Split
		}
		all = append(all, Milestone{f.Period.From, e, f.Kind, f.Name, on(spans, f.Period.From)})
	}
	if day, ok := firstThree(spans); ok && !slices.ContainsFunc(all, func(m Milestone) bool { return m.On == day }) {
		f := holding(known, day)
		all = append(all, Milestone{day, "", f.Kind, f.Name, on(spans, day)})
		slices.SortStableFunc(all, func(a, b Milestone) int { return a.On.Compare(b.On) })
	}
	last := known[len(known)-1]
	if last.Period.Open() {
		return append(all, Milestone{today, "", last.Kind, last.Name, on(spans, today)})
	}
	return append(all, Milestone{last.Period.To, Dissolved, last.Kind, last.Name, on(spans, last.Period.To.AddDays(-1))})
}

// firstThree returns the first day on which there were three full members.
func firstThree(spans []span) (core.Date, bool) {
	for _, s := range spans { // a first day is one on which somebody begins
		if s.full && on(spans, s.period.From).Full >= 3 {
			return s.period.From, true
		}
	}
	return core.Date{}, false
}

// holding returns the fact of a day, or the oldest one for a day before it.
func holding(known []Fact, day core.Date) Fact {
	for _, f := range slices.Backward(known) {
		if !day.Before(f.Period.From) {
			return f
		}
	}
	return known[0]
}

// years returns the last day of each full year since the founding.
func years(known []Fact, spans []span, today core.Date) []Milestone {
	var all []Milestone
	for y := known[0].Period.From.Year; y < today.Year; y++ {
		day := core.Date{Year: y, Month: 12, Day: 31}
		f := holding(known, day)
		if !f.Period.Holds(day) {
			break
		}
		all = append(all, Milestone{day, "", f.Kind, f.Name, on(spans, day)})
	}
	return all
}

// judge says what the rules see in an organisation of that form and size.
// approved is taken for granted of one that exists.
func judge(s rule.Settings, k rule.OrgKind, c Counts, approved, branches bool, day core.Date) []rule.Verdict {
	var all []rule.Verdict
	switch k {
	case rule.Committee, rule.GeneralBranch:
		all = append(all, rule.GeneralBranchOrCommittee(rule.Raise{
			Members: rule.Members{Full: c.Full, Probationary: c.Probationary}, To: k, Approved: approved, NoBranches: !branches,
		}, s))
	case rule.Branch:
		all = append(all, rule.Established(c.Full, true), rule.BranchSize(c.Members()), rule.BranchCommittee(c.Full), rule.PartyGroups(c.Members(), false, s))
	case rule.JointBranch, rule.FloatingBranch:
		all = append(all, rule.BranchSize(c.Members()), rule.BranchCommittee(c.Full))
	case rule.TemporaryBranch:
		all = append(all, rule.TemporaryBranchMay(rule.TermElection, day))
	}
	for i, v := range all {
		all[i] = v.AsOf(day)
	}
	return all
}

// Advise says what the rules see in an organisation taking another form, before
// it does: warnings to weigh, never a refusal. approved says whether a document
// of approval is at hand.
func (s *Service) Advise(ctx context.Context, who access.Actor, id core.OrgID, to rule.OrgKind, approved bool) (all []rule.Verdict, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
			return err
		}
		if !to.Known() {
			return wrong("kind", "org.kind.unknown", string(to))
		}
		set, err := setting.Rules(ctx, tx, who.Realm)
		if err != nil {
			return err
		}
		tallies, err := Tallies(ctx, tx, who.Realm, []core.OrgID{id})
		all = judge(set, to, countsOf(tallies[id]), approved, tallies[id][CountOrgs].Below > 1, core.DateOf(s.Now()))
		return err
	})
	return all, err
}

// An Outlook is what would be with more or fewer members.
type Outlook struct {
	From           core.Date
	Delta          int
	Before, After  Counts
	Now, Then      rule.GrowthPath
	TermYears      int            // of its form now
	TermYearsAfter int            // of the form that the new size calls for
	Verdicts       []rule.Verdict // on its form as it is, at the new size
	Was            []rule.Verdict // the same at the present size
}

// WhatIf says what the rules would see with delta more full members, or fewer,
// from a day on (today when zero). It changes nothing.
func (s *Service) WhatIf(ctx context.Context, who access.Actor, id core.OrgID, delta int, from core.Date) (w Outlook, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
			return err
		}
		o, err := Find(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		tallies, err := Tallies(ctx, tx, who.Realm, []core.OrgID{id})
		if err != nil {
			return err
		}
		if from.IsZero() {
			from = core.DateOf(s.Now())
		}
		set, err := setting.Rules(ctx, tx, who.Realm)
		if err != nil {
			return err
		}
		w, err = outlook(set, o, countsOf(tallies[id]), tallies[id][CountOrgs].Below > 1, delta, from)
		return err
	})
	return w, err
}

func outlook(set rule.Settings, o Org, c Counts, branches bool, delta int, from core.Date) (Outlook, error) {
	var bad core.Fields
	bad.If(c.Full+delta < 0, "delta", "org.what_if.too_few", c.Full)
	bad.If(delta > 1_000_000, "delta", "org.what_if.too_many")
	if err := bad.Err(); err != nil {
		return Outlook{}, err
	}
	then := Counts{c.Full + delta, c.Probationary}
	w := Outlook{
		From: from, Delta: delta, Before: c, After: then,
		Now:  rule.Growth(c.Full, c.Members(), set),
		Then: rule.Growth(then.Full, then.Members(), set),
		Was:  judge(set, o.Kind, c, true, branches, from), Verdicts: judge(set, o.Kind, then, true, branches, from),
		TermYears: rule.TermYears(o.Kind, o.Host()),
	}
	w.TermYearsAfter = w.TermYears
	if w.Then.Form != "" && o.Kind != rule.TemporaryBranch {
		w.TermYearsAfter = rule.TermYears(w.Then.Form, o.Host())
	}
	return w, nil
}
