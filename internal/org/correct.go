package org

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// A Correction sets right the fact that held of an organisation on the day On.
// What is nil stays. From moves the day on which that fact began, and with it
// the end of the one before; for the oldest fact it is the founding.
type Correction struct {
	On            core.Date
	From          *core.Date
	Name          *string
	Kind          *rule.OrgKind
	SetupMode     *string
	HostSituation *string
	Parent        *core.OrgID
	Reason        string
	Batch         core.ID
	Version       int // the one that the person saw; 0 asks for no check
}

// Correct replaces a dated fact by what should have been recorded. What was
// known before stays answerable. It is core.Invalid when a field must be
// corrected and core.Conflict with a Stale when somebody changed the
// organisation meanwhile.
func Correct(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.OrgID, c Correction) (Org, error) {
	o, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return Org{}, err
	}
	if err := o.unchanged(c.Version); err != nil {
		return Org{}, err
	}
	known, err := facts(ctx, tx, who.Realm, id)
	if err != nil {
		return Org{}, err
	}
	i := slices.IndexFunc(known, func(f Fact) bool { return f.Period.Holds(c.On) })
	if i < 0 {
		return Org{}, wrong("on", "org.correct.nothing", o.Name, c.On)
	}
	is, err := c.fix(known, i, core.DateOf(now))
	if err != nil {
		return Org{}, err
	}
	if err := mayStand(ctx, tx, o, known[i], is[i]); err != nil {
		return Org{}, err
	}
	events, err := corrections(ctx, tx, o, known[i], is[i])
	if err != nil || len(events) == 0 {
		return o, err
	}
	for j := range events {
		e := &events[j]
		e.Kind, e.On, e.Reason, e.Batch = Corrected, is[i].Period.From, c.Reason, c.Batch
	}
	after, err := replaceFacts(ctx, tx, who, now, o, known, is, events)
	if err != nil {
		return Org{}, err
	}
	return after, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "org.correct", Org: id, Subject: "org", SubjectID: core.ID(id),
		Before: known[i].state(), After: is[i].state(), Note: c.Reason,
	})
}

// wrong returns core.Invalid with a sentence about one field.
func wrong(field, key string, args ...any) error {
	var bad core.Fields
	bad.If(true, field, key, args...)
	return bad.Err()
}

func (f Fact) state() map[string]any {
	return map[string]any{
		"parent": f.Parent, "name": f.Name, "kind": f.Kind, "setup_mode": f.SetupMode, "host_situation": f.HostSituation,
		"from": f.Period.From, "to": f.Period.To,
	}
}

// fix returns the facts with the one at i, and the end of the one before, set
// right.
func (c Correction) fix(known []Fact, i int, today core.Date) ([]Fact, error) {
	all := slices.Clone(known)
	f := &all[i]
	f.Name, f.Kind = strings.TrimSpace(or(c.Name, f.Name)), or(c.Kind, f.Kind)
	f.SetupMode, f.HostSituation = or(c.SetupMode, f.SetupMode), or(c.HostSituation, f.HostSituation)
	f.Parent = or(c.Parent, f.Parent)
	f.Period.From = or(c.From, f.Period.From)
	var bad core.Fields
	checkName(&bad, f.Name)
	checkCodes(&bad, f.Kind, f.SetupMode, f.HostSituation)
	checkTexts(&bad, "", c.Reason)
	bad.If(f.Period.From.IsZero(), "from", "org.on.missing")
	bad.If(f.Period.From.After(today), "from", "org.on.future", today)
	bad.If(!f.Period.From.Before(f.Period.To), "from", "org.correct.after_end", f.Period.To)
	bad.If(f.Parent == 0 && known[i].Parent != 0, "parent", "org.parent.missing")
	bad.If(f.Parent != 0 && known[i].Parent == 0, "parent", "org.root.stays")
	if i > 0 {
		before := &all[i-1]
		bad.If(!before.Period.From.Before(f.Period.From), "from", "org.correct.before_start", before.Period.From)
		before.Period.To = f.Period.From
	}
	return all, bad.Err()
}

// mayStand says what is wrong with a fact of o beside those of others.
func mayStand(ctx context.Context, q db.Querier, o Org, was, is Fact) error {
	if is.Parent != was.Parent {
		p, err := Find(ctx, q, o.Realm, is.Parent)
		if err != nil {
			return err
		}
		if !p.Live() && p.DissolvedOn.Before(is.Period.To) {
			return wrong("parent", "org.parent.dissolved", p.Name, p.DissolvedOn)
		}
	}
	if is.Parent != 0 && (is.Parent != was.Parent || is.Period.From.Before(was.Period.From)) {
		p, err := Find(ctx, q, o.Realm, is.Parent)
		if err != nil {
			return err
		}
		if err := acyclic(ctx, q, o, p, is.Period); err != nil {
			return err
		}
	}
	if now := is.with(o); is.Period.Open() && (now.nameKey() != o.nameKey() || now.Parent != o.Parent) {
		return unique(ctx, q, now)
	}
	return nil
}

// corrections returns an event for each thing that a correction changes.
func corrections(ctx context.Context, q db.Querier, o Org, was, is Fact) ([]Event, error) {
	all := differences(was.with(o), is.with(o))
	if was.Period.From != is.Period.From {
		all = append(all, Event{Was: was.Period.From.String(), Became: is.Period.From.String()})
	}
	if was.Parent != is.Parent {
		both, err := findMany(ctx, q, o.Realm, []core.OrgID{was.Parent, is.Parent})
		if err != nil {
			return nil, err
		}
		all = append(all, Event{Other: is.Parent, Was: both[was.Parent].Name, Became: both[is.Parent].Name})
	}
	return all, nil
}

// replaceFacts supersedes the facts that differ and brings the row of lists in
// line with the last one. An organisation without facts never was.
func replaceFacts(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, o Org, known, is []Fact, events []Event) (Org, error) {
	stamp(now, o.ID, events)
	for _, f := range known {
		if !slices.Contains(is, f) {
			if err := supersede(ctx, tx, o.Realm, now, f.ID); err != nil {
				return Org{}, err
			}
		}
	}
	var add []Fact
	for _, f := range is {
		if !slices.Contains(known, f) {
			f.Event = events[0].ID
			add = append(add, f)
		}
	}
	if err := insertFacts(ctx, tx, o.Realm, now, add); err != nil {
		return Org{}, err
	}
	after := o
	after.DissolvedOn = o.FoundedOn
	if len(is) > 0 {
		last := is[len(is)-1]
		after = last.with(o)
		after.FoundedOn, after.DissolvedOn = is[0].Period.From, core.Date{}
		if !last.Period.Open() {
			after.DissolvedOn = last.Period.To
		}
	}
	if err := update(ctx, tx, after, after.Name != o.Name || after.Live() != o.Live()); err != nil {
		return Org{}, err
	}
	after.Version++
	if after.Parent != o.Parent {
		p, err := Find(ctx, tx, o.Realm, after.Parent)
		if err != nil {
			return Org{}, err
		}
		after.Depth, after.Path = p.Depth+1, p.Path+strconv.Itoa(o.Number)+"."
		if err := relocate(ctx, tx, o, after); err != nil {
			return Org{}, err
		}
	}
	return after, insertEvents(ctx, tx, who, now, events)
}
