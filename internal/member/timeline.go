package member

import (
	"slices"

	"tongpin/internal/core"
)

// An Affiliation is the formal tie of a person to one organisation, from From
// up to, but not including, To. The one that holds now ends with core.Forever.
type Affiliation struct {
	ID       core.ID // 0 until it is written
	Org      core.OrgID
	Kind     string // Full or Probationary
	From, To core.Date
}

func (a Affiliation) period() core.Period { return core.Period{From: a.From, To: a.To} }

// A Timeline is the affiliations of one person, the earliest first. No two of
// them share a day.
type Timeline []Affiliation

// timeline sorts affiliations; the error is Invalid (membership.overlaps) when
// two of them share a day, or when one has no day at all.
func timeline(all []Affiliation) (Timeline, error) {
	t := slices.SortedFunc(slices.Values(all), func(a, b Affiliation) int { return a.From.Compare(b.From) })
	for i, a := range t {
		if !Formal(a.Kind) {
			return nil, core.Fail(core.Invalid, "person.kind.unknown", a.Kind)
		}
		if a.From.IsZero() || a.To.IsZero() || !a.From.Before(a.To) {
			return nil, core.Fail(core.Invalid, "membership.backwards", a.From, a.To)
		}
		if i > 0 && t[i-1].period().Overlaps(a.period()) {
			return nil, core.Fail(core.Invalid, "membership.overlaps", a.From)
		}
	}
	return t, nil
}

// On returns the affiliation of a day, or false.
func (t Timeline) On(day core.Date) (Affiliation, bool) {
	i := slices.IndexFunc(t, func(a Affiliation) bool { return a.period().Holds(day) })
	if i < 0 {
		return Affiliation{}, false
	}
	return t[i], true
}

// Now returns the affiliation that still holds, or false.
func (t Timeline) Now() (Affiliation, bool) {
	if n := len(t); n > 0 && t[n-1].To == core.Forever {
		return t[n-1], true
	}
	return Affiliation{}, false
}

// until returns what the timeline says of the days before day. Parts keep
// their id only when nothing was cut off.
func (t Timeline) until(day core.Date) Timeline {
	var head Timeline
	for _, a := range t {
		if !a.From.Before(day) {
			break
		}
		if day.Before(a.To) {
			a.ID, a.To = 0, day
		}
		head = append(head, a)
	}
	return head
}

// began adds an affiliation that holds from a day on.
func (t Timeline) began(to core.OrgID, kind string, on core.Date) (Timeline, error) {
	return timeline(append(slices.Clone(t), Affiliation{Org: to, Kind: kind, From: on, To: core.Forever}))
}

// moved closes the affiliation that holds and opens one elsewhere on the same
// day. A day before the present affiliation began is refused.
func (t Timeline) moved(to core.OrgID, on core.Date) (Timeline, error) {
	now, ok := t.Now()
	if !ok {
		return nil, core.Fail(core.Invalid, "membership.none")
	}
	if on.Before(now.From) {
		return nil, core.Fail(core.Invalid, "membership.overlaps", now.From)
	}
	return t.until(on).began(to, now.Kind, on)
}

// ended closes the affiliation that holds: on is the first day without.
func (t Timeline) ended(on core.Date) (Timeline, error) {
	now, ok := t.Now()
	if !ok {
		return nil, core.Fail(core.Invalid, "membership.none")
	}
	if on.Before(now.From) {
		return nil, core.Fail(core.Invalid, "membership.ends_before", now.From)
	}
	return t.until(on), nil
}

// became gives another kind to every day from on.
func (t Timeline) became(kind string, on core.Date) (Timeline, error) {
	if _, ok := t.Now(); !ok {
		return nil, core.Fail(core.Invalid, "membership.none")
	}
	return t.each(on, func(a *Affiliation) {
		if !a.From.Before(on) {
			a.Kind = kind
		}
	}), nil
}

// confirmed makes every day before on probationary and every day from on full.
func (t Timeline) confirmed(on core.Date) Timeline {
	return t.each(on, func(a *Affiliation) {
		a.Kind = Full
		if a.From.Before(on) {
			a.Kind = Probationary
		}
	})
}

// handed gives to one organisation what another had on the days from on.
func (t Timeline) handed(from, to core.OrgID, on core.Date) Timeline {
	return t.each(on, func(a *Affiliation) {
		if a.Org == from && !a.From.Before(on) {
			a.Org = to
		}
	})
}

// each applies a change to every affiliation, the one that spans day on cut in
// two there. Neighbours that come to say the same become one, and what is as
// it was keeps its id.
func (t Timeline) each(on core.Date, change func(*Affiliation)) Timeline {
	var next Timeline
	add := func(a Affiliation) {
		a.ID = 0
		change(&a)
		if n := len(next); n > 0 && next[n-1].Org == a.Org && next[n-1].Kind == a.Kind && next[n-1].To == a.From {
			next[n-1].To = a.To
			return
		}
		next = append(next, a)
	}
	for _, a := range t {
		if a.From.Before(on) && on.Before(a.To) {
			head, tail := a, a
			head.To, tail.From = on, on
			add(head)
			add(tail)
			continue
		}
		add(a)
	}
	return next.rowsOf(t)
}

// rowsOf gives each affiliation the id of the row of live that says the same.
func (t Timeline) rowsOf(live Timeline) Timeline {
	rows := map[Affiliation]core.ID{}
	for _, a := range live {
		id := a.ID
		a.ID = 0
		rows[a] = id
	}
	for i, a := range t {
		a.ID = 0
		t[i].ID = rows[a]
	}
	return t
}

// facts returns the timeline that an enrolment tells of.
func (e Enrolment) facts(today core.Date) (Timeline, error) {
	all := slices.Clone(e.Past)
	for i := range all {
		all[i].ID = 0
		if all[i].To.After(today) {
			return nil, core.Fail(core.Invalid, "membership.future")
		}
		if all[i].From.Before(e.JoinedOn) {
			return nil, core.Fail(core.Invalid, "membership.before_joined", e.JoinedOn)
		}
	}
	if Formal(e.Kind) {
		from := e.From
		if from.IsZero() {
			from = today
		}
		if e.Kind == Full && e.ConfirmedOn.After(from) {
			all = append(all, Affiliation{Org: e.Org, Kind: Probationary, From: from, To: e.ConfirmedOn})
			from = e.ConfirmedOn
		}
		all = append(all, Affiliation{Org: e.Org, Kind: e.Kind, From: from, To: core.Forever})
	}
	if len(e.Past) == 0 { // nearly everybody: nothing can overlap
		return all, nil
	}
	return timeline(all)
}
