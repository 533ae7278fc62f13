package org

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Found founds an organisation under a live parent. It is core.Invalid when a
// field must be corrected, and core.NotFound when the realm has no such parent.
func Found(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, f Founding) (Org, error) {
	f.ID, f.Within, f.DissolvedOn = 0, 0, core.Date{}
	if err := unique(ctx, tx, Org{Realm: who.Realm, Parent: f.Parent, Name: f.Name}); err != nil {
		return Org{}, err
	}
	all, err := found(ctx, tx, who, now, []Founding{f})
	if err != nil {
		return Org{}, err
	}
	o := all[0]
	return o, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "org.found", Org: o.ID, Subject: "org", SubjectID: core.ID(o.ID), After: o.state(), Note: f.Reason,
	})
}

// FoundMany founds many organisations at once, in the order given: an example,
// a data set, a history. Days may lie in the past, parents may be earlier
// items, and items may have been dissolved since. Names are not compared with
// those of siblings. The journal gets one entry.
func FoundMany(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, fs []Founding) ([]Org, error) {
	if len(fs) == 0 {
		return nil, nil
	}
	all, err := found(ctx, tx, who, now, fs)
	if err != nil {
		return nil, err
	}
	return all, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "org.found", Org: all[0].Parent, Subject: "org", SubjectID: core.ID(all[0].ID),
		After: map[string]any{"organisations": len(all)},
	})
}

// found checks and writes; the callers compare names and keep the journal.
func found(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, fs []Founding) ([]Org, error) {
	fs = slices.Clone(fs)
	all, err := placed(ctx, tx, who.Realm, now, fs)
	if err != nil {
		return nil, err
	}
	facts, events := make([]Fact, len(all)), make([]Event, 0, len(all))
	for i, o := range all {
		e := Event{
			ID: core.NewID(now), Org: o.ID, Kind: Founded, On: o.FoundedOn, Became: o.Name,
			Document: o.ApprovalDocument, Reason: fs[i].Reason, Batch: fs[i].Batch, Other: fs[i].from,
		}
		if e.Other != 0 {
			e.Kind = Split
		}
		facts[i] = factOf(o, core.Period{From: o.FoundedOn, To: orForever(o.DissolvedOn)})
		facts[i].Event = e.ID
		events = append(events, e)
		if !o.Live() {
			events = append(events, Event{ID: core.NewID(now), Org: o.ID, Kind: Dissolved, On: o.DissolvedOn, Was: o.Name, Batch: fs[i].Batch})
		}
	}
	if err := insertOrgs(ctx, tx, all); err != nil {
		return nil, err
	}
	if err := insertFacts(ctx, tx, who.Realm, now, facts); err != nil {
		return nil, err
	}
	if err := insertEvents(ctx, tx, who, now, events); err != nil {
		return nil, err
	}
	if err := firstTerms(ctx, tx, who.Realm, now, all, fs); err != nil {
		return nil, err
	}
	deltas := map[core.OrgID]map[string]int{}
	for _, o := range all {
		if o.Live() {
			deltas[o.ID] = map[string]int{CountOrgs: 1}
		}
	}
	return all, Count(ctx, tx, who.Realm, deltas)
}

// placed checks each founding, completes its term and gives it its id, number
// and path.
func placed(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, fs []Founding) ([]Org, error) {
	parents := map[core.OrgID]bool{}
	for _, f := range fs {
		parents[f.Parent] = true
	}
	last, err := lastNumber(ctx, tx, realm)
	if err != nil {
		return nil, err
	}
	above, err := findMany(ctx, tx, realm, slices.Sorted(maps.Keys(parents)))
	if err != nil {
		return nil, err
	}
	all := make([]Org, len(fs))
	for i := range fs {
		if err := fs[i].check(core.DateOf(now)); err != nil {
			return nil, err
		}
		f := fs[i]
		o := Org{
			Realm: realm, ID: f.ID, Number: last + 1 + i, Name: f.Name, Kind: f.Kind, SetupMode: f.SetupMode,
			HostSituation: f.HostSituation, ApprovalDocument: f.Document, FoundedOn: f.FoundedOn, DissolvedOn: f.DissolvedOn,
			Version: 1, CreatedAt: now,
		}
		if o.ID == 0 {
			o.ID = core.OrgID(core.NewID(now))
		}
		switch {
		case f.Within > 0 && f.Within <= i:
			err = o.put(all[f.Within-1])
		case f.Within == 0 && f.Parent != 0:
			p, ok := above[f.Parent]
			if !ok {
				return nil, core.NotFound
			}
			err = o.put(p)
		case f.Within == 0:
			o.Path = strconv.Itoa(o.Number) + "."
			err = noRoot(ctx, tx, realm, i)
		default:
			err = core.Fail(core.Invalid, "org.parent.missing")
		}
		if err != nil {
			return nil, err
		}
		all[i] = o
	}
	return all, nil
}

// lastNumber returns the highest number of the realm. Two foundings at once
// must not read the same one: the second waits for the realm's row, and where
// the engine does not simply let it wait, the transaction runs again.
func lastNumber(ctx context.Context, tx *db.Tx, realm core.RealmID) (int, error) {
	if _, err := tx.Exec(ctx, `UPDATE realms SET name = name WHERE id = $1`, realm); err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Int, `SELECT coalesce(max(number), 0) FROM orgs WHERE realm_id = $1`, realm)
}

// put places o under p, which must still exist, or have existed as long as o.
func (o *Org) put(p Org) error {
	if !p.Live() && (o.Live() || p.DissolvedOn.Before(o.DissolvedOn)) {
		return core.Fail(core.Invalid, "org.parent.dissolved", p.Name, p.DissolvedOn)
	}
	o.Parent, o.Depth = p.ID, p.Depth+1
	o.Path = p.Path + strconv.Itoa(o.Number) + "."
	return nil
}

// noRoot returns core.Invalid when the realm has a root already.
func noRoot(ctx context.Context, tx *db.Tx, realm core.RealmID, index int) error {
	n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM orgs WHERE realm_id = $1 AND parent_id IS NULL`, realm)
	if err == nil && n+index > 0 {
		err = core.Fail(core.Invalid, "org.parent.missing")
	}
	return err
}

// firstTerms writes the terms that came with the foundings and starts their
// clocks.
func firstTerms(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, all []Org, fs []Founding) error {
	var terms []Term
	var clocks []clock.New
	for i, o := range all {
		t := fs[i].Term
		if t.IsZero() {
			continue
		}
		t.Org, t.Batch = o.ID, fs[i].Batch
		if o.Live() {
			clocks = append(clocks, clock.TermOf(o.ID, t.ElectedOn, t.EndsOn))
		} else {
			t.EndedOn = o.DissolvedOn
		}
		terms = append(terms, t)
	}
	if err := insertTerms(ctx, tx, realm, now, terms); err != nil {
		return err
	}
	return clock.StartMany(ctx, tx, now, realm, clocks)
}
