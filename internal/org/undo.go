package org

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Undo takes back what one batch did to an organisation: the facts are again
// those known before it, and what it founded never was. The answers of the time
// between stay. It is core.Conflict when the organisation was changed since, and
// core.Invalid while something belongs to an organisation that would vanish; an
// organisation that the batch did not touch is left alone. Take back children
// before their parents. A term that the batch set right rather than added is
// for the caller to set back.
func Undo(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.OrgID, batch core.ID) error {
	o, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	events, err := History(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	var first time.Time
	for _, e := range events {
		if e.Batch == batch && (first.IsZero() || e.RecordedAt.Before(first)) {
			first = e.RecordedAt
		}
	}
	if first.IsZero() {
		return undoTerms(ctx, tx, who, now, id, batch)
	}
	for _, e := range events {
		if e.Batch != batch && e.RecordedAt.After(first) {
			return core.Fail(core.Conflict, "org.undo.changed_since", o.Name)
		}
	}
	if err := undoTerms(ctx, tx, who, now, id, batch); err != nil {
		return err
	}
	return restore(ctx, tx, who, now, o, first, batch)
}

// restore brings back the facts known just before an instant.
func restore(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, o Org, before time.Time, batch core.ID) error {
	known, err := facts(ctx, tx, o.Realm, o.ID)
	if err != nil {
		return err
	}
	is, err := factsKnown(ctx, tx, o.Realm, o.ID, before.Add(-time.Microsecond))
	if err != nil {
		return err
	}
	for i := range is {
		is[i].SupersededAt = time.Time{} // a fact that still stands is not written again
	}
	if len(is) == 0 {
		if err := vacant(ctx, tx, o, o.FoundedOn); err != nil {
			return err
		}
		if err := clock.StopAll(ctx, tx, now, o.Realm, core.ID(o.ID), who.User); err != nil {
			return err
		}
	}
	told := Event{Kind: Undone, On: core.DateOf(now), Was: o.Name, Batch: batch}
	after, err := replaceFacts(ctx, tx, who, now, o, known, is, []Event{told})
	if err != nil {
		return err
	}
	if o.Live() != after.Live() {
		n := 1
		if o.Live() {
			n = -1
		}
		if err := Count(ctx, tx, o.Realm, map[core.OrgID]map[string]int{o.ID: {CountOrgs: n}}); err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "org.undo", Org: o.ID, Subject: "org", SubjectID: core.ID(o.ID), Before: o.state(), After: after.state(),
	})
}

// undoTerms takes away the term that a batch added, brings back the one before
// it and lets the clock follow.
func undoTerms(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.OrgID, batch core.ID) error {
	n, err := tx.Exec(ctx, `DELETE FROM terms WHERE realm_id = $1 AND org_id = $2 AND batch_id = $3`, who.Realm, id, batch)
	if err != nil || n == 0 {
		return err
	}
	all, err := termsOf(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return clock.Stop(ctx, tx, now, who.Realm, clock.Term, core.ID(id), clock.Dropped, who.User)
	}
	t := all[0]
	_, err = tx.Exec(ctx, `UPDATE terms SET ended_on = NULL, version = version + 1 WHERE realm_id = $1 AND id = $2`, who.Realm, t.ID)
	if err != nil {
		return err
	}
	return clock.Start(ctx, tx, now, who.Realm, clock.TermOf(id, t.ElectedOn, t.EndsOn))
}
