// Package consent keeps what people agreed to, and answers whether they did.
// Which purposes there are stands in package purpose.
package consent

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/purpose"
)

// The ways in which a consent is given.
const (
	Self  = "self"  // by the person
	Paper = "paper" // in writing, recorded by whoever keeps the record
)

// A Consent is what a person agreed to once.
type Consent struct {
	Purpose     string
	Version     int // of the text
	How         string
	Paper       string // where it lies
	GivenAt     time.Time
	GivenBy     string // name of the account; "" for the machine's administrator
	WithdrawnAt time.Time
	WithdrawnBy string
}

// Stands reports whether it has not been withdrawn.
func (c Consent) Stands() bool { return c.WithdrawnAt.IsZero() }

// Given reports whether a person consents, now, to the text of a purpose as it
// is now. A purpose that the register does not know has nobody's consent.
func Given(ctx context.Context, q db.Querier, realm core.RealmID, person core.PersonID, key string) (bool, error) {
	all, err := GivenBy(ctx, q, realm, []core.PersonID{person}, key)
	return all[person], err
}

// GivenBy is Given for many people.
func GivenBy(ctx context.Context, q db.Querier, realm core.RealmID, people []core.PersonID, key string) (map[core.PersonID]bool, error) {
	all := map[core.PersonID]bool{}
	p, err := purpose.Find(key)
	if err != nil || p.Basis != purpose.Consent {
		return all, nil //nolint:nilerr // nobody agreed to what is not asked
	}
	for chunk := range slices.Chunk(people, 500) {
		args := []any{realm, key, p.Version}
		for _, id := range chunk {
			args = append(args, id)
		}
		err := db.Each(ctx, q, func(r db.Row) error {
			var id core.PersonID
			err := r.Scan(&id)
			all[id] = true
			return err
		}, `SELECT person_id FROM consents WHERE realm_id = $1 AND purpose = $2 AND text_version = $3 AND withdrawn_at IS NULL AND person_id IN (`+db.Marks(4, len(chunk))+`)`, args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Of returns everything that a person agreed to, the newest first.
func Of(ctx context.Context, q db.Querier, realm core.RealmID, person core.PersonID) ([]Consent, error) {
	return db.All(ctx, q, func(r db.Row) (c Consent, err error) {
		return c, r.Scan(&c.Purpose, &c.Version, &c.How, &c.Paper, (*db.Instant)(&c.GivenAt), &c.GivenBy, (*db.Instant)(&c.WithdrawnAt), &c.WithdrawnBy)
	}, `
		SELECT c.purpose, c.text_version, c.how, c.paper, c.given_at, coalesce(g.name, ''), c.withdrawn_at, coalesce(w.name, '') FROM consents c
		LEFT JOIN users g ON g.realm_id = c.realm_id AND g.id = c.given_by
		LEFT JOIN users w ON w.realm_id = c.realm_id AND w.id = c.withdrawn_by
		WHERE c.realm_id = $1 AND c.person_id = $2 ORDER BY c.given_at DESC, c.id DESC`, realm, person)
}

// A Giving says what is agreed to. Version is the text that was read, 0 for the
// present one; Paper says where the paper lies, "" for the person.
type Giving struct {
	Purpose string
	Version int
	Paper   string
}

func (g Giving) check() (purpose.Purpose, error) {
	p, err := purpose.Find(g.Purpose)
	if err == nil && p.Basis != purpose.Consent {
		err = core.NotFound
	}
	if err != nil {
		return p, err
	}
	if g.Version != 0 && g.Version != p.Version {
		return p, core.Fail(core.Conflict, "consent.stale")
	}
	return p, nil
}

// Give records that a person consents; twice is as once. Whoever calls it has
// asked for the right. at is the organisation that keeps the record.
func Give(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, person core.PersonID, at core.OrgID, g Giving) error {
	p, err := g.check()
	if err != nil {
		return err
	}
	how := Self
	g.Paper = strings.TrimSpace(g.Paper)
	if g.Paper != "" {
		how = Paper
	}
	n, err := tx.Exec(ctx, `
		INSERT INTO consents (realm_id, id, person_id, purpose, text_version, how, paper, given_at, given_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		who.Realm, core.NewID(now), person, p.Key, p.Version, how, g.Paper, db.Instant(now), db.Null(&who.User))
	if err != nil || n == 0 {
		return err
	}
	return tell(ctx, tx, who, now, person, at, "consent.give", map[string]any{"purpose": p.Key, "text_version": p.Version, "how": how})
}

// Withdraw ends what a person agreed to of a purpose, at once; twice is as once.
// Whoever calls it has asked for the right.
func Withdraw(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, person core.PersonID, at core.OrgID, key string) error {
	n, err := tx.Exec(ctx, `
		UPDATE consents SET withdrawn_at = $4, withdrawn_by = $5 WHERE realm_id = $1 AND person_id = $2 AND purpose = $3 AND withdrawn_at IS NULL`,
		who.Realm, person, key, db.Instant(now), db.Null(&who.User))
	if err != nil || n == 0 {
		return err
	}
	return tell(ctx, tx, who, now, person, at, "consent.withdraw", map[string]any{"purpose": key})
}

func tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, person core.PersonID, at core.OrgID, action string, after map[string]any) error {
	return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: action, Org: at, Subject: "person", SubjectID: core.ID(person), After: after})
}
