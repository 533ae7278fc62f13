package member

import (
	"context"
	"errors"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/secret"
)

const columns = `
	p.realm_id, p.id, p.name, p.sex, p.ethnicity, p.born_on, p.education, p.joined_on, p.confirmed_on, p.kind, p.position, p.note,
	p.at_org, p.at_path, p.removed_at, p.version, p.created_at, p.id_number, p.id_number_hash, p.phone, p.phone_hash, p.erased_at`

func scan(r db.Row) (Person, error) { return scanWith(r) }

// scanWith is scan for a query with more columns behind those of the person.
func scanWith(r db.Row, more ...any) (p Person, err error) {
	return p, r.Scan(append([]any{
		&p.Realm, &p.ID, &p.Name, &p.Sex, &p.Ethnicity, (*db.Date)(&p.BornOn), &p.Education,
		(*db.Date)(&p.JoinedOn), (*db.Date)(&p.ConfirmedOn), &p.Kind, &p.Position, &p.Note,
		db.Null(&p.Org), &p.Path, (*db.Instant)(&p.RemovedAt), &p.Version, (*db.Instant)(&p.CreatedAt),
		&p.idNumber, &p.idHash, &p.phone, &p.phoneHash, (*db.Instant)(&p.ErasedAt),
	}, more...)...)
}

// Find returns a person, removed or not; core.NotFound if the realm has none
// of that id.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id core.PersonID) (Person, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM persons p WHERE p.realm_id = $1 AND p.id = $2`, realm, id)
}

// present is Find for somebody about to be changed: a removed record is
// core.Invalid, and another version than the one that was read is
// core.Conflict with a Stale, unless version is 0.
func present(ctx context.Context, q db.Querier, realm core.RealmID, id core.PersonID, version int) (Person, error) {
	p, err := Find(ctx, q, realm, id)
	switch {
	case err != nil:
		return p, err
	case !p.RemovedAt.IsZero():
		return p, core.Fail(core.Invalid, "person.removed")
	case version != 0 && version != p.Version:
		return p, &core.Error{Kind: core.Conflict, Msg: core.M("person.stale", p.Name), Err: &Stale{p}}
	}
	return p, nil
}

// ByIDNumber returns the person of that id number, wherever in the realm;
// core.NotFound if there is none.
func ByIDNumber(ctx context.Context, q db.Querier, keys *secret.Keyring, realm core.RealmID, number string) (Person, error) {
	hash := keys.Hash(idField, tidyIDNumber(number))
	if hash == nil {
		return Person{}, core.NotFound
	}
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM persons p WHERE p.realm_id = $1 AND p.id_number_hash = $2`, realm, hash)
}

// Named returns the people kept by one organisation whose folded name is this
// one, the earliest record first.
func Named(ctx context.Context, q db.Querier, realm core.RealmID, at core.OrgID, name string) ([]Person, error) {
	path, err := db.One(ctx, q, db.Text, `SELECT path FROM orgs WHERE realm_id = $1 AND id = $2`, realm, at)
	if err != nil {
		return nil, err
	}
	return db.All(ctx, q, scan, `SELECT `+columns+` FROM persons p
		WHERE p.realm_id = $1 AND p.at_path = $2 AND p.name_key = $3 ORDER BY p.id`, realm, path, names.PersonKey(tidy(name)))
}

// History returns the affiliations of a person as they are known now.
func History(ctx context.Context, q db.Querier, realm core.RealmID, id core.PersonID) (Timeline, error) {
	return HistoryKnown(ctx, q, realm, id, time.Time{})
}

const affiliationColumns = `m.id, m.org_id, m.kind, m.valid_from, m.valid_to`

func scanAffiliation(r db.Row) (a Affiliation, err error) {
	return a, r.Scan(&a.ID, &a.Org, &a.Kind, (*db.Date)(&a.From), (*db.Date)(&a.To))
}

// HistoryKnown is History as it was known at an instant; the zero time means
// now.
func HistoryKnown(ctx context.Context, q db.Querier, realm core.RealmID, id core.PersonID, at time.Time) (Timeline, error) {
	if at.IsZero() {
		return db.All(ctx, q, scanAffiliation, `SELECT `+affiliationColumns+` FROM memberships m
			WHERE m.realm_id = $1 AND m.person_id = $2 AND m.superseded_at IS NULL ORDER BY m.valid_from`, realm, id)
	}
	return db.All(ctx, q, scanAffiliation, `SELECT `+affiliationColumns+` FROM memberships m
		WHERE m.realm_id = $1 AND m.person_id = $2 AND m.recorded_at <= $3 AND (m.superseded_at IS NULL OR m.superseded_at > $3)
		ORDER BY m.valid_from`, realm, id, db.Instant(at))
}

// CountsAt returns how many members each organisation had itself on a day, as
// it was known then. Organisations without members are absent.
func CountsAt(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment) (map[core.OrgID]org.Counts, error) {
	known := `m.superseded_at IS NULL`
	args := []any{realm, db.Date(m.On)}
	if !m.KnownAt.IsZero() {
		known = `m.recorded_at <= $3 AND (m.superseded_at IS NULL OR m.superseded_at > $3)`
		args = append(args, db.Instant(m.KnownAt))
	}
	counts := map[core.OrgID]org.Counts{}
	err := db.Each(ctx, q, func(r db.Row) error {
		var id core.OrgID
		var kind string
		var n int
		if err := r.Scan(&id, &kind, &n); err != nil {
			return err
		}
		c := counts[id]
		if kind == Full {
			c.Full += n
		} else {
			c.Probationary += n
		}
		counts[id] = c
		return nil
	}, `SELECT m.org_id, m.kind, count(*) FROM memberships m
		WHERE m.realm_id = $1 AND m.valid_from <= $2 AND m.valid_to > $2 AND `+known+` GROUP BY m.org_id, m.kind`, args...)
	return counts, err
}

// supersede ends the knowledge of affiliations.
func supersede(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, gone []Affiliation) error {
	for _, a := range gone {
		n, err := tx.Exec(ctx, `UPDATE memberships SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`,
			realm, a.ID, db.Instant(now))
		if err != nil {
			return err
		}
		if n != 1 {
			return core.Fail(core.Conflict, "error.conflict")
		}
	}
	return nil
}

const membershipColumns = `realm_id, id, person_id, org_id, kind, valid_from, valid_to, recorded_at, reason, batch_id`

func membershipRow(realm core.RealmID, now time.Time, id core.PersonID, a Affiliation, reason string, batch core.ID) []any {
	return []any{int64(realm), int64(core.NewID(now)), int64(id), int64(a.Org), a.Kind, a.From.String(), a.To.String(), now.UnixMicro(), reason, given(int64(batch))}
}

// taken turns a unique violation into what a person can act on, without
// saying whose number it is.
func taken(err error) error {
	if errors.Is(err, core.Conflict) {
		return &core.Error{Kind: core.Conflict, Msg: core.M("person.id_number.taken"), Fields: core.Fields{"id_number": core.M("person.id_number.taken")}, Err: err}
	}
	return err
}
