package enterprise

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

const columns = `e.realm_id, e.id, e.name, e.credit_code, e.org_id, e.path, e.type, e.industry, e.employees, e.foreign_share, e.members_found,
	e.state, e.verified_on, e.version, e.created_at`

func scan(r db.Row) (e Enterprise, err error) {
	return e, r.Scan(&e.Realm, &e.ID, &e.Name, db.Null(&e.CreditCode), &e.Org, &e.Path, &e.Type, &e.Industry, &e.Employees, &e.ForeignShare,
		&e.MembersFound, &e.State, (*db.Date)(&e.VerifiedOn), &e.Version, (*db.Instant)(&e.CreatedAt))
}

// Find returns the enterprise of that id as it is now, or core.NotFound.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id core.EnterpriseID) (Enterprise, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM enterprises e WHERE e.realm_id = $1 AND e.id = $2 AND e.path <> ''`, realm, id)
}

// ByCode returns the enterprise with that unified social credit code, or
// core.NotFound.
func ByCode(ctx context.Context, q db.Querier, realm core.RealmID, code string) (Enterprise, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM enterprises e WHERE e.realm_id = $1 AND e.credit_code = $2`, realm, cleanCode(code))
}

// Named returns the enterprises below whose folded name is that of name.
func Named(ctx context.Context, q db.Querier, realm core.RealmID, under access.Range, name string) ([]Enterprise, error) {
	return db.All(ctx, q, scan, `
		SELECT `+columns+` FROM enterprises e
		WHERE e.realm_id = $1 AND e.name_key = $2 AND e.path >= $3 AND e.path < $4 ORDER BY e.id`,
		realm, names.Key(name), under.Lo, under.Hi)
}

// of returns the enterprises of those ids that exist, in order of their ids.
func of(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID) ([]Enterprise, error) {
	return some(ctx, q, scan, realm, ids, `SELECT `+columns+` FROM enterprises e WHERE e.realm_id = $1 AND e.id IN (`, `) ORDER BY e.id`)
}

// part is how many ids one statement names.
const part = 500

// some runs a query that names ids for as many of them as one statement takes,
// until all are through. The ids stand from parameter 2 on, between before and
// after, which are constants of the caller; more are the parameters after them.
func some[T any, I ~int64](ctx context.Context, q db.Querier, scan func(db.Row) (T, error), realm core.RealmID, ids []I, before, after string, more ...any) ([]T, error) {
	var all []T
	for len(ids) > 0 {
		n := min(part, len(ids))
		args := append(make([]any, 0, n+1+len(more)), realm)
		args = append(args, more...)
		for _, id := range ids[:n] {
			args = append(args, int64(id))
		}
		got, err := db.All(ctx, q, scan, before+db.Marks(2+len(more), n)+after, args...)
		if err != nil {
			return nil, err
		}
		all, ids = append(all, got...), ids[n:]
	}
	return all, nil
}

// knownAt is the instant of a moment, for the predicate of dated facts. "As
// known now" is a time that no record has reached.
func knownAt(m core.Moment) db.Instant {
	if m.KnownAt.IsZero() {
		return db.Instant(time.UnixMicro(1 << 61))
	}
	return db.Instant(m.KnownAt)
}

const factColumns = `f.id, f.org_id, f.name, f.type, f.industry, f.employees, f.foreign_share, f.members_found, f.state, f.verified_on, f.reason,
	f.valid_from, f.valid_to, f.recorded_at, f.superseded_at, f.batch_id`

func scanFact(r db.Row) (f Fact, err error) {
	return f, r.Scan(&f.ID, &f.Org, &f.Name, &f.Type, &f.Industry, &f.Employees, &f.ForeignShare, &f.MembersFound, &f.State,
		(*db.Date)(&f.VerifiedOn), &f.Reason, (*db.Date)(&f.Period.From), (*db.Date)(&f.Period.To), (*db.Instant)(&f.RecordedAt),
		(*db.Instant)(&f.SupersededAt), db.Null(&f.Batch))
}

// line returns the facts of an enterprise as known at an instant, in order of
// their days.
func line(ctx context.Context, q db.Querier, realm core.RealmID, id core.EnterpriseID, known db.Instant) ([]Fact, error) {
	return db.All(ctx, q, scanFact, `
		SELECT `+factColumns+` FROM enterprise_facts f
		WHERE f.realm_id = $1 AND f.enterprise_id = $2 AND f.recorded_at <= $3 AND (f.superseded_at IS NULL OR f.superseded_at > $3)
		ORDER BY f.valid_from`, realm, id, known)
}

// History returns everything ever recorded of an enterprise, what was
// corrected included, the latest days first.
func History(ctx context.Context, q db.Querier, realm core.RealmID, id core.EnterpriseID) ([]Fact, error) {
	return db.All(ctx, q, scanFact, `
		SELECT `+factColumns+` FROM enterprise_facts f
		WHERE f.realm_id = $1 AND f.enterprise_id = $2 ORDER BY f.valid_from DESC, f.recorded_at DESC, f.id DESC`, realm, id)
}

const (
	insertColumns = `realm_id, id, name, name_key, initials, credit_code, org_id, path, type, industry, employees, foreign_share, members_found,
	state, verified_on, version, created_at`
	factInsertColumns = `realm_id, id, enterprise_id, org_id, name, type, industry, employees, foreign_share, members_found, state, verified_on, reason,
	valid_from, valid_to, recorded_at, superseded_at, batch_id`
)

func row(e *Enterprise) []any {
	return []any{
		e.Realm, e.ID, e.Name, names.Key(e.Name), names.Initials(e.Name), db.Null(&e.CreditCode), e.Org, e.Path, e.Type, e.Industry,
		e.Employees, e.ForeignShare, e.MembersFound, e.State, db.Date(e.VerifiedOn), e.Version, db.Instant(e.CreatedAt),
	}
}

func factRow(realm core.RealmID, e core.EnterpriseID, f *Fact) []any {
	return []any{
		realm, f.ID, e, f.Org, f.Name, f.Type, f.Industry, f.Employees, f.ForeignShare, f.MembersFound, f.State, db.Date(f.VerifiedOn), f.Reason,
		db.Date(f.Period.From), db.Date(f.Period.To), db.Instant(f.RecordedAt), db.Instant(f.SupersededAt), db.Null(&f.Batch),
	}
}

// write stores what a change does to the timeline and repeats the fact that
// holds now in the list row, whose version rises.
func write(ctx context.Context, tx *db.Tx, now time.Time, e Enterprise, gone, added []Fact) error {
	for _, f := range gone {
		if err := supersede(ctx, tx, `UPDATE enterprise_facts SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, e.Realm, f.ID); err != nil {
			return err
		}
	}
	rows := make([][]any, len(added))
	for i := range added {
		added[i].ID, added[i].RecordedAt, added[i].SupersededAt = core.NewID(now), now, time.Time{}
		rows[i] = factRow(e.Realm, e.ID, &added[i])
	}
	if err := db.Insert(ctx, tx, "enterprise_facts", factInsertColumns, rows); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE enterprises SET name = $3, name_key = $4, initials = $5, credit_code = $6, org_id = $7, path = $8, type = $9, industry = $10,
			employees = $11, foreign_share = $12, members_found = $13, state = $14, verified_on = $15, version = $16
		WHERE realm_id = $1 AND id = $2 AND version = $16 - 1`,
		e.Realm, e.ID, e.Name, names.Key(e.Name), names.Initials(e.Name), db.Null(&e.CreditCode), e.Org, e.Path, e.Type, e.Industry,
		e.Employees, e.ForeignShare, e.MembersFound, e.State, db.Date(e.VerifiedOn), e.Version)
	if err == nil && n == 0 {
		err = core.Fail(core.Conflict, "error.conflict")
	}
	return err
}

// supersede ends what we knew: the statement marks one row.
func supersede(ctx context.Context, tx *db.Tx, statement string, now time.Time, realm core.RealmID, id core.ID) error {
	n, err := tx.Exec(ctx, statement, realm, id, db.Instant(now))
	if err == nil && n == 0 {
		err = core.Fail(core.Conflict, "error.conflict")
	}
	return err
}

// A place is what this package asks about an organisation.
type place struct {
	ID          core.OrgID
	Name        string
	Path        string
	Kind        string
	FoundedOn   core.Date
	DissolvedOn core.Date // zero while it lives
}

const placeQuery = `SELECT id, name, path, kind, founded_on, dissolved_on FROM orgs WHERE realm_id = $1 AND id IN (`

func scanPlace(r db.Row) (p place, err error) {
	return p, r.Scan(&p.ID, &p.Name, &p.Path, &p.Kind, (*db.Date)(&p.FoundedOn), (*db.Date)(&p.DissolvedOn))
}

// places returns the organisations of those ids; one that the realm does not
// have is core.NotFound.
func places(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.OrgID) (map[core.OrgID]place, error) {
	got, err := some(ctx, q, scanPlace, realm, ids, placeQuery, `)`)
	if err != nil {
		return nil, err
	}
	all := make(map[core.OrgID]place, len(got))
	for _, p := range got {
		all[p.ID] = p
	}
	for _, id := range ids {
		if _, ok := all[id]; !ok {
			return nil, core.Fail(core.NotFound, "enterprise.org.gone")
		}
	}
	return all, nil
}

func placeOf(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID) (place, error) {
	all, err := places(ctx, q, realm, []core.OrgID{id})
	return all[id], err
}

// distinct returns the values, each once, in the order of their first use.
func distinct[T comparable](all []T) []T {
	seen := make(map[T]bool, len(all))
	var once []T
	for _, v := range all {
		if !seen[v] {
			seen[v] = true
			once = append(once, v)
		}
	}
	return once
}
