package enterprise

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// Undo takes back what one batch did to an enterprise: the facts are again those
// known before it, and what it registered is in no list any more and frees its
// credit code. The answers of the time between stay. It is core.Conflict when
// the enterprise was changed since, and core.Invalid while it hosts an
// organisation that the batch did not take back. An enterprise that the batch
// did not touch is left alone; a credit code that it set right is for the caller
// to set back.
func Undo(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.EnterpriseID, batch core.ID) error {
	e, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	history, err := History(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	var first time.Time
	for _, f := range history {
		if f.Batch == batch && (first.IsZero() || f.RecordedAt.Before(first)) {
			first = f.RecordedAt
		}
	}
	if first.IsZero() {
		return nil
	}
	var stand, before []Fact
	for _, f := range history {
		if f.RecordedAt.After(first) && f.Batch != batch {
			return core.Fail(core.Conflict, "enterprise.undo.changed_since", e.Name)
		}
		if f.SupersededAt.IsZero() {
			stand = append(stand, f)
		}
		if f.RecordedAt.Before(first) && (f.SupersededAt.IsZero() || !f.SupersededAt.Before(first)) {
			before = append(before, f)
		}
	}
	if len(before) == 0 {
		return vanish(ctx, tx, who, now, e, stand)
	}
	slices.SortFunc(before, func(a, b Fact) int { return a.Period.From.Compare(b.Period.From) })
	same := func(f Fact) func(Fact) bool { return func(o Fact) bool { return o.ID == f.ID } }
	var gone, added []Fact
	for _, f := range stand {
		if !slices.ContainsFunc(before, same(f)) {
			gone = append(gone, f)
		}
	}
	for _, f := range before {
		if !slices.ContainsFunc(stand, same(f)) {
			added = append(added, f)
		}
	}
	was := e
	e.take(before[len(before)-1].Values)
	return restored(ctx, tx, who, now, was, e, gone, added)
}

// restored writes an enterprise that is what it was.
func restored(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, was, e Enterprise, gone, added []Fact) error {
	p, err := placeOf(ctx, tx, who.Realm, e.Org)
	if err != nil {
		return err
	}
	if !p.DissolvedOn.IsZero() {
		return core.Fail(core.Invalid, "enterprise.org.dissolved", p.Name)
	}
	e.Path = p.Path
	e.Version++
	if err := write(ctx, tx, now, e, gone, added); err != nil {
		return err
	}
	if e.Name != was.Name {
		if err := reindex(ctx, tx, e); err != nil {
			return err
		}
	}
	deltas := map[core.OrgID]map[string]int{}
	count(deltas, was.Org, was.State, -1)
	count(deltas, e.Org, e.State, 1)
	if err := org.Count(ctx, tx, who.Realm, deltas); err != nil {
		return err
	}
	if err := journalUndo(ctx, tx, who, now, was, e.record()); err != nil {
		return err
	}
	return settle(ctx, tx, who, now, e.ID)
}

// vanish takes an enterprise out of every list, as if it had not been
// registered.
func vanish(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, e Enterprise, stand []Fact) error {
	n, err := db.One(ctx, tx, db.Int, `
		SELECT count(*) FROM hostings h WHERE h.realm_id = $1 AND h.enterprise_id = $2 AND h.superseded_at IS NULL`, who.Realm, e.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return core.Fail(core.Invalid, "enterprise.undo.hosts", e.Name)
	}
	for _, f := range stand {
		if err := supersede(ctx, tx, `UPDATE enterprise_facts SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, e.Realm, f.ID); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
		UPDATE enterprises SET path = '', name_key = '', initials = '', credit_code = NULL, state = $3, version = version + 1
		WHERE realm_id = $1 AND id = $2`, e.Realm, e.ID, Closed)
	if err != nil {
		return err
	}
	if err := db.EnterpriseSearch.Unindex(ctx, tx, int64(e.ID)); err != nil {
		return err
	}
	if err := clock.StopAll(ctx, tx, now, e.Realm, core.ID(e.ID), who.User); err != nil {
		return err
	}
	deltas := map[core.OrgID]map[string]int{}
	count(deltas, e.Org, e.State, -1)
	if err := org.Count(ctx, tx, who.Realm, deltas); err != nil {
		return err
	}
	return journalUndo(ctx, tx, who, now, e, nil)
}

func journalUndo(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, was Enterprise, is map[string]any) error {
	entry := audit.Entry{By: who.By(), Action: "enterprise.undo", Org: was.Org, Subject: "enterprise", SubjectID: core.ID(was.ID), Before: was.record()}
	if is != nil {
		entry.After = is
	}
	return audit.Write(ctx, tx, now, entry)
}
