package org

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

const columns = `o.realm_id, o.id, o.number, o.parent_id, o.path, o.depth, o.name, o.kind, o.setup_mode, o.host_situation,
	o.approval_document, o.founded_on, o.dissolved_on, o.version, o.created_at`

func (o *Org) fields() []any {
	return []any{
		&o.Realm, &o.ID, &o.Number, db.Null(&o.Parent), &o.Path, &o.Depth, &o.Name, &o.Kind, &o.SetupMode, &o.HostSituation,
		&o.ApprovalDocument, (*db.Date)(&o.FoundedOn), (*db.Date)(&o.DissolvedOn), &o.Version, (*db.Instant)(&o.CreatedAt),
	}
}

func scan(r db.Row) (o Org, err error) { return o, r.Scan(o.fields()...) }

// Find returns an organisation, dissolved ones too, or core.NotFound.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) (Org, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM orgs o WHERE o.realm_id = $1 AND o.id = $2`, realm, id)
}

// Root returns the organisation that has no parent, or core.NotFound in a
// realm that has none yet.
func Root(ctx context.Context, q db.Querier, realm core.RealmID) (Org, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM orgs o WHERE o.realm_id = $1 AND o.parent_id IS NULL AND o.dissolved_on IS NULL`, realm)
}

// Named returns the live organisations of that name, however it is spelled,
// in a subtree.
func Named(ctx context.Context, q db.Querier, realm core.RealmID, under access.Range, name string) ([]Org, error) {
	return db.All(ctx, q, scan, `
		SELECT `+columns+` FROM orgs o
		WHERE o.realm_id = $1 AND o.name_key = $2 AND o.path >= $3 AND o.path < $4 AND o.dissolved_on IS NULL
		ORDER BY o.depth, o.number`, realm, names.Key(name), under.Lo, under.Hi)
}

// children returns the live organisations directly under one, by name.
func children(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) ([]Org, error) {
	return db.All(ctx, q, scan, `
		SELECT `+columns+` FROM orgs o
		WHERE o.realm_id = $1 AND o.parent_id = $2 AND o.dissolved_on IS NULL ORDER BY o.name_key, o.id`, realm, id)
}

// unique returns a core.Invalid error when a live sibling has that name.
func unique(ctx context.Context, q db.Querier, o Org) error {
	twins, err := db.All(ctx, q, db.Text, `
		SELECT name FROM orgs
		WHERE realm_id = $1 AND parent_id = $2 AND name_key = $3 AND dissolved_on IS NULL AND id <> $4`,
		o.Realm, o.Parent, o.nameKey(), o.ID)
	if err != nil {
		return err
	}
	var bad core.Fields
	bad.If(len(twins) > 0, "name", "org.name.duplicate", strings.Join(twins, ""))
	return bad.Err()
}

// many is how many ids one list of parameters carries.
const many = 50

// inMany is "$2, $3, …": the parameters of a list of ids beside the realm.
var inMany = func() string {
	all := make([]string, many)
	for i := range all {
		all[i] = "$" + strconv.Itoa(i+2)
	}
	return strings.Join(all, ", ")
}()

// eachOf runs a query that ends in a list of ids for as many ids as there are.
func eachOf[T ~int64 | ~int](ctx context.Context, q db.Querier, realm core.RealmID, ids []T, f func(db.Row) error, query string) error {
	for len(ids) > 0 {
		n := min(many, len(ids))
		args := make([]any, many+1)
		args[0] = realm
		for i := range many {
			args[i+1] = 0 // names nothing
			if i < n {
				args[i+1] = ids[i]
			}
		}
		if err := db.Each(ctx, q, f, query, args...); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// findMany returns the organisations of those ids that the realm has.
func findMany(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.OrgID) (map[core.OrgID]Org, error) {
	all := make(map[core.OrgID]Org, len(ids))
	err := eachOf(ctx, q, realm, ids, func(r db.Row) error {
		o, err := scan(r)
		all[o.ID] = o
		return err
	}, `SELECT `+columns+` FROM orgs o WHERE o.realm_id = $1 AND o.id IN (`+inMany+`)`)
	return all, err
}

func insertOrgs(ctx context.Context, tx *db.Tx, all []Org) error {
	rows := make([][]any, len(all))
	ids, words := make([]int64, 0, len(all)), make([][]string, 0, len(all))
	for i, o := range all {
		rows[i] = []any{
			o.Realm, o.ID, o.Number, db.Null(&o.Parent), o.Path, o.Depth, o.Name, o.nameKey(), names.Initials(o.Name), o.Kind,
			o.SetupMode, o.HostSituation, o.ApprovalDocument, db.Date(o.FoundedOn), db.Date(o.DissolvedOn), o.Version, db.Instant(o.CreatedAt),
		}
		if o.Live() {
			ids, words = append(ids, int64(o.ID)), append(words, names.Words(o.Name))
		}
	}
	err := db.Insert(ctx, tx, "orgs", `realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind,
		setup_mode, host_situation, approval_document, founded_on, dissolved_on, version, created_at`, rows)
	if err != nil {
		return err
	}
	return db.OrgSearch.IndexMany(ctx, tx, ids, words)
}

const factColumns = `f.id, f.org_id, f.parent_id, f.name, f.kind, f.setup_mode, f.host_situation, f.valid_from, f.valid_to,
	f.recorded_at, f.superseded_at, f.event_id`

func scanFact(r db.Row) (f Fact, err error) {
	return f, r.Scan(&f.ID, &f.Org, db.Null(&f.Parent), &f.Name, &f.Kind, &f.SetupMode, &f.HostSituation,
		(*db.Date)(&f.Period.From), (*db.Date)(&f.Period.To), (*db.Instant)(&f.RecordedAt), (*db.Instant)(&f.SupersededAt), &f.Event)
}

// facts returns what we know now of an organisation, oldest first.
func facts(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) ([]Fact, error) {
	return db.All(ctx, q, scanFact, `
		SELECT `+factColumns+` FROM org_facts f
		WHERE f.realm_id = $1 AND f.org_id = $2 AND f.superseded_at IS NULL ORDER BY f.valid_from`, realm, id)
}

func insertFacts(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, all []Fact) error {
	rows := make([][]any, len(all))
	for i, f := range all {
		rows[i] = []any{
			realm, core.NewID(now), f.Org, db.Null(&f.Parent), f.Name, f.Kind, f.SetupMode, f.HostSituation,
			db.Date(f.Period.From), db.Date(f.Period.To), db.Instant(now), f.Event,
		}
	}
	return db.Insert(ctx, tx, "org_facts",
		"realm_id, id, org_id, parent_id, name, kind, setup_mode, host_situation, valid_from, valid_to, recorded_at, event_id", rows)
}

// supersede ends our knowledge of a fact.
func supersede(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, id core.ID) error {
	_, err := tx.Exec(ctx, `UPDATE org_facts SET superseded_at = $3 WHERE realm_id = $1 AND id = $2`, realm, id, db.Instant(now))
	return err
}

func insertEvents(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, all []Event) error {
	rows := make([][]any, len(all))
	for i, e := range all {
		rows[i] = []any{
			who.Realm, e.ID, e.Org, e.Kind, db.Date(e.On), db.Null(&e.Other), e.Was, e.Became, e.Document, e.Reason,
			db.Null(&e.Batch), db.Instant(now), db.Null(&who.User),
		}
	}
	return db.Insert(ctx, tx, "org_events",
		"realm_id, id, org_id, kind, happened_on, other_id, was, became, document, reason, batch_id, recorded_at, recorded_by", rows)
}

// update writes the row of lists, except for its place in the tree, as o says
// and gives it the next version. A row of another version is a core.Conflict.
func update(ctx context.Context, tx *db.Tx, o Org, renamed bool) error {
	n, err := tx.Exec(ctx, `
		UPDATE orgs SET name = $4, name_key = $5, initials = $6, kind = $7, setup_mode = $8, host_situation = $9,
			approval_document = $10, founded_on = $11, dissolved_on = $12, version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $3`,
		o.Realm, o.ID, o.Version, o.Name, o.nameKey(), names.Initials(o.Name), o.Kind, o.SetupMode, o.HostSituation,
		o.ApprovalDocument, db.Date(o.FoundedOn), db.Date(o.DissolvedOn))
	if err != nil {
		return err
	}
	if n == 0 {
		return core.Fail(core.Conflict, "org.stale", o.Name)
	}
	if !renamed && o.Live() {
		return nil
	}
	if err := db.OrgSearch.Unindex(ctx, tx, int64(o.ID)); err != nil || !o.Live() {
		return err
	}
	return db.OrgSearch.Index(ctx, tx, int64(o.ID), names.Words(o.Name))
}
