package api

import (
	"context"
	"time"

	"tongpin/internal/clock"
	"tongpin/internal/core"
)

// A Clock is one deadline.
type Clock struct {
	ID          ID     `json:"id"`
	Kind        string `json:"kind"`
	Title       string `json:"title" doc:"What is to be done."`
	Why         string `json:"why"`
	Basis       string `json:"basis" doc:"What the deadline rests on."`
	Org         ID     `json:"org" doc:"Responsible."`
	OrgName     string `json:"org_name"`
	About       string `json:"about" enum:"org,enterprise,project"`
	Target      ID     `json:"target" doc:"What it is about: an organisation, an enterprise, a project."`
	TargetName  string `json:"target_name"`
	RemindOn    Day    `json:"remind_on"`
	DueOn       Day    `json:"due_on"`
	SnoozedTo   Day    `json:"snoozed_to,omitzero"`
	Provisional bool   `json:"provisional"`
	State       string `json:"state" enum:"running,done,dropped"`
	Stands      string `json:"stands" enum:"overdue,today,left"`
}

func (a *API) clockOf(c *Call) func(clock.Clock) Clock {
	today := core.DateOf(a.Now())
	return func(k clock.Clock) Clock {
		tag, _ := k.Tag(today)
		return Clock{
			ID(k.ID), string(k.Kind), c.say(k.Title()), c.say(k.Why()), c.say(k.Basis()), ID(k.Org), k.OrgName, k.About(), ID(k.Target), k.Name,
			Day(k.RemindOn), Day(k.DueOn), Day(k.SnoozedTo), k.Provisional, string(k.State), string(tag),
		}
	}
}

// A Today is what is to be done today, from one place.
type Today struct {
	Day     Day          `json:"day"`
	Rows    []Clock      `json:"rows" doc:"At most seven."`
	More    int          `json:"more"`
	NextOn  Day          `json:"next_on,omitzero"`
	Below   []BelowPlace `json:"below" doc:"Places one level below with deadlines that have passed."`
	Overdue int          `json:"overdue_below"`
}

// A BelowPlace counts the deadlines that have passed in an organisation.
type BelowPlace struct {
	Ref
	Overdue int `json:"overdue"`
}

// A ClockEvent is something that was done to a clock.
type ClockEvent struct {
	At     time.Time `json:"at"`
	Verb   string    `json:"verb"`
	By     string    `json:"by,omitzero"`
	Reason string    `json:"reason,omitzero"`
	From   string    `json:"from,omitzero"`
	To     string    `json:"to,omitzero"`
	Day    Day       `json:"day,omitzero"`
	State  string    `json:"state"`
}

// A ClockStep is what to do with a clock. Org and due_on are as it was read; when
// it was handed over or computed anew since, the answer is 409.
type ClockStep struct {
	Org    ID     `json:"org,omitzero"`
	DueOn  Day    `json:"due_on,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// A Snooze puts a clock off.
type Snooze struct {
	ClockStep
	To Day `json:"to"`
}

// A HandOver makes another organisation responsible, or one user of it.
type HandOver struct {
	ClockStep
	To   ID `json:"to"`
	User ID `json:"user,omitzero"`
}

// A ClockEnd ends a clock by hand.
type ClockEnd struct {
	ClockStep
	State string `json:"state" enum:"done,dropped"`
}

// clockWith is a clock and a body about it.
type clockWith[B any] struct {
	Clock ID `path:"clock"`
	Body  B
}

func (s ClockStep) seen(id ID) clock.Seen {
	return clock.Seen{ID: core.ID(id), Org: core.OrgID(s.Org), DueOn: core.Date(s.DueOn)}
}

func (a *API) mountClocks() {
	read, write := scope("clocks:read"), scope("clocks:write")
	type ask struct {
		Under ID `query:"under"`
	}
	type list struct {
		Under ID `query:"under"`
		Listed
	}
	type one struct {
		Clock ID `path:"clock"`
	}
	handle(a, "GET /today", "today", read, func(ctx context.Context, c *Call, in *ask) (Today, error) {
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Today{}, err
		}
		return a.today(ctx, c, under)
	})
	handle(a, "GET /clocks", "clocks_list", read, func(ctx context.Context, c *Call, in *list) (Page[Clock], error) {
		p, err := a.page(c, in.Listed)
		if err != nil {
			return Page[Clock]{}, err
		}
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Page[Clock]{}, err
		}
		l, err := a.Clock.All(ctx, c.Actor, under, p)
		if err != nil {
			return Page[Clock]{}, err
		}
		return listOf(a, c, p, l.Total, l.Rows, a.clockOf(c)), nil
	})
	handle(a, "GET /clocks/{clock}", "clocks_get", read, func(ctx context.Context, c *Call, in *one) (Clock, error) {
		k, err := a.Clock.Find(ctx, c.Actor, core.ID(in.Clock))
		if err != nil {
			return Clock{}, err
		}
		return a.clockOf(c)(k), nil
	})
	handle(a, "GET /clocks/{clock}/history", "clocks_history", read, func(ctx context.Context, c *Call, in *one) (Page[ClockEvent], error) {
		all, err := a.Clock.History(ctx, c.Actor, core.ID(in.Clock))
		return whole(all, func(e clock.Event) ClockEvent {
			return ClockEvent{e.At, e.Verb, e.By, e.Reason, e.From, e.To, Day(e.Day), string(e.State)}
		}), err
	})
	handle(a, "POST /clocks/{clock}/snooze", "clocks_snooze", write, func(ctx context.Context, c *Call, in *clockWith[Snooze]) (None, error) {
		return None{}, a.Clock.Snooze(ctx, c.Actor, in.Body.seen(in.Clock), core.Date(in.Body.To), in.Body.Reason)
	})
	handle(a, "POST /clocks/{clock}/hand-over", "clocks_hand_over", write, func(ctx context.Context, c *Call, in *clockWith[HandOver]) (None, error) {
		return None{}, a.Clock.HandOver(ctx, c.Actor, in.Body.seen(in.Clock), core.OrgID(in.Body.To), core.UserID(in.Body.User), in.Body.Reason)
	})
	handle(a, "POST /clocks/{clock}/not-mine", "clocks_not_mine", write, func(ctx context.Context, c *Call, in *clockWith[ClockStep]) (None, error) {
		return None{}, a.Clock.NotMine(ctx, c.Actor, in.Body.seen(in.Clock), in.Body.Reason)
	})
	handle(a, "POST /clocks/{clock}/end", "clocks_end", write, func(ctx context.Context, c *Call, in *clockWith[ClockEnd]) (None, error) {
		return None{}, a.Clock.Done(ctx, c.Actor, in.Body.seen(in.Clock), clock.State(in.Body.State), in.Body.Reason)
	})
}

func (a *API) today(ctx context.Context, c *Call, under core.OrgID) (Today, error) {
	t, err := a.Clock.Today(ctx, c.Actor, under)
	if err != nil {
		return Today{}, err
	}
	out := Today{Day: Day(t.Day), More: t.More, NextOn: Day(t.NextOn), Overdue: t.BelowAll}
	for _, k := range t.Rows {
		out.Rows = append(out.Rows, a.clockOf(c)(k))
	}
	for _, b := range t.Below {
		out.Below = append(out.Below, BelowPlace{Ref{ID(b.Org), b.Name}, b.Overdue})
	}
	return out, nil
}
