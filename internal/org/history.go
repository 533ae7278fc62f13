package org

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

const eventColumns = `e.id, e.org_id, e.kind, e.happened_on, e.other_id, e.was, e.became, e.document, e.reason, e.batch_id, e.recorded_at, e.recorded_by`

func scanEvent(r db.Row) (e Event, err error) {
	return e, r.Scan(&e.ID, &e.Org, &e.Kind, (*db.Date)(&e.On), db.Null(&e.Other), &e.Was, &e.Became, &e.Document, &e.Reason,
		db.Null(&e.Batch), (*db.Instant)(&e.RecordedAt), db.Null(&e.RecordedBy))
}

// History returns what was done to an organisation, newest first.
func History(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) ([]Event, error) {
	return db.All(ctx, q, scanEvent, `
		SELECT `+eventColumns+` FROM org_events e WHERE e.realm_id = $1 AND e.org_id = $2
		ORDER BY e.happened_on DESC, e.id DESC`, realm, id)
}

// Facts returns every fact of an organisation, replaced ones too, in the order
// in which they came to be known.
func Facts(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) ([]Fact, error) {
	return db.All(ctx, q, scanFact, `
		SELECT `+factColumns+` FROM org_facts f WHERE f.realm_id = $1 AND f.org_id = $2
		ORDER BY f.recorded_at, f.valid_from, f.id`, realm, id)
}

// factsKnown returns the facts of an organisation known at an instant, oldest
// first.
func factsKnown(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID, at time.Time) ([]Fact, error) {
	return db.All(ctx, q, scanFact, `
		SELECT `+factColumns+` FROM org_facts f
		WHERE f.realm_id = $1 AND f.org_id = $2 AND f.recorded_at <= $3 AND (f.superseded_at IS NULL OR f.superseded_at > $3)
		ORDER BY f.valid_from`, realm, id, db.Instant(at))
}

// FactAt returns what held of an organisation at a moment, or core.NotFound
// when it did not exist then.
func FactAt(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID, m core.Moment) (Fact, error) {
	known, err := factsKnown(ctx, q, realm, id, time.Time(knownAt(m)))
	if err != nil {
		return Fact{}, err
	}
	i := slices.IndexFunc(known, func(f Fact) bool { return f.Period.Holds(m.On) })
	if i < 0 {
		return Fact{}, core.NotFound
	}
	return known[i], nil
}
