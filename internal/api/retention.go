package api

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/retention"
)

// A Retained is one class of records: how long it is kept, and how many are due.
type Retained struct {
	Class    string    `json:"class"`
	Title    string    `json:"title"`
	After    string    `json:"after" doc:"From when the period counts and what happens then, in the caller's language."`
	Deed     string    `json:"deed" enum:"delete,erase,keep"`
	Years    int       `json:"years,omitzero" doc:"The period, in years or in days; both are missing of what is kept."`
	Days     int       `json:"days,omitzero"`
	Setting  string    `json:"setting,omitzero" doc:"Of the realm, which holds the period."`
	Basis    string    `json:"basis,omitzero" doc:"In Chinese. Missing where the period is a choice of ours."`
	Due      int       `json:"due" doc:"Records that are due today."`
	Coming   int       `json:"coming" doc:"Within the next 30 days."`
	LastAt   time.Time `json:"last_at,omitzero" doc:"The newest run that did something."`
	LastDone int       `json:"last_done,omitzero" doc:"Records of that run."`
}

// A Hold keeps a record from being erased by rule.
type Hold struct {
	Person   ID        `json:"person"`
	Until    Day       `json:"until" doc:"The last day of the hold."`
	Reason   string    `json:"reason"`
	By       string    `json:"by,omitzero" doc:"A name; missing for the machine's administrator."`
	PlacedAt time.Time `json:"placed_at"`
}

// A HoldAsk places a hold.
type HoldAsk struct {
	Until  Day    `json:"until" doc:"The last day, after today and within ten years."`
	Reason string `json:"reason" doc:"It goes into the journal."`
}

func (c *Call) retained(d retention.Due) Retained {
	return Retained{
		Class: d.Key, Title: c.say(d.Title()), After: c.say(d.After()), Deed: d.Deed, Years: d.PeriodYears, Days: d.PeriodDays, Setting: d.Setting, Basis: d.Basis,
		Due: d.Today, Coming: d.Coming, LastAt: d.Last, LastDone: d.LastDone,
	}
}

func holdOf(h retention.Hold, err error) (Hold, error) {
	return Hold{ID(h.Person), Day(h.Until), h.Reason, h.By, h.PlacedAt}, err
}

func (a *API) mountRetention() {
	type one struct {
		Person ID `path:"person"`
	}
	handle(a, "GET /retention", "retention_list", scope("settings:read"), func(ctx context.Context, c *Call, _ *struct{}) (Page[Retained], error) {
		all, err := a.Retention.List(ctx, c.Actor)
		return whole(all, c.retained), err
	})
	handle(a, "GET /people/{person}/hold", "people_hold", scope("people:read"), func(ctx context.Context, c *Call, in *one) (Hold, error) {
		return holdOf(a.Retention.HoldOf(ctx, c.Actor, core.PersonID(in.Person)))
	})
	handle(a, "POST /people/{person}/hold", "people_hold_place", scope("people:write"), func(ctx context.Context, c *Call, in *struct {
		Person ID `path:"person"`
		Body   HoldAsk
	},
	) (Hold, error) {
		id := core.PersonID(in.Person)
		if err := a.Retention.Hold(ctx, c.Actor, id, core.Date(in.Body.Until), in.Body.Reason); err != nil {
			return Hold{}, err
		}
		c.at("people", id.String(), "hold")
		return holdOf(a.Retention.HoldOf(ctx, c.Actor, id))
	}, made)
	handle(a, "POST /people/{person}/hold/lift", "people_hold_lift", scope("people:write"), func(ctx context.Context, c *Call, in *one) (None, error) {
		return None{}, a.Retention.Lift(ctx, c.Actor, core.PersonID(in.Person))
	})
}
