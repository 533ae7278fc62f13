// Package fact keeps where a fact counts. A finished topic, a solved problem, a
// kept commitment is one row of its own table, entered once; studios, skills,
// posts and commitments read that row through a link, and no value is copied.
// The branch project reads its topics, and the management window what was done
// in its enterprise, without any link.
package fact

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Kind says what happened.
type Kind string

// A Reader says what a fact counts for.
type Reader string

// The kinds and the readers; tables.go says where each lives.
const (
	Project    Kind = "project" // a branch's project or a team's topic
	Problem    Kind = "problem"
	Commitment Kind = "commitment" // a kept one

	Studio Reader = "studio"     // an achievement of the studio
	Skill  Reader = "skill"      // evidence for a skill of an agreement
	Goal   Reader = "goal"       // what came of a post's goal
	Kept   Reader = "commitment" // what a commitment was kept by
)

// A Fact is one thing that happened, read from the row where it lives.
type Fact struct {
	Kind       Kind
	ID         core.ID
	Number     string // as people say it: "K-26-041", "#17"
	Title      string
	Org        core.OrgID
	OrgName    string
	Enterprise core.EnterpriseID
	State      string // of its own kind
	Over       bool   // nothing more will come of it; until then it counts as nothing
	From, On   core.Date
	Unit       string
	Before     *core.Quantity
	Target     *core.Quantity
	After      *core.Quantity
	Changed    string // the standard, drawing or setting that changed
	Evidence   string
}

// Page is the address of the page where the fact lives.
func (f Fact) Page() string { return kinds[f.Kind].page + f.ID.String() }

// A Ref names something that reads facts.
type Ref struct {
	Reader Reader
	ID     core.ID
}

// A Target is a Ref as people see it.
type Target struct {
	Ref
	Title string // of the studio, the skill, the goal, the commitment
	Of    string // whose: the post of a goal, the enterprise of a commitment; may be empty
	Owner core.ID
}

// Page is the address of the page that shows it: of the post for a goal.
func (t Target) Page() string { return readers[t.Reader].page + t.Owner.String() }

// A Use is one link, seen from either side.
type Use struct {
	ID       core.ID
	Kind     Kind
	FactID   core.ID
	Ref      Ref
	LinkedAt time.Time
}

func scanUse(r db.Row) (u Use, err error) {
	return u, r.Scan(&u.ID, &u.Kind, &u.FactID, &u.Ref.Reader, &u.Ref.ID, (*db.Instant)(&u.LinkedAt))
}

const useColumns = `u.id, u.fact, u.fact_id, u.reader, u.reader_id, u.linked_at`

// Uses returns where a fact counts, the oldest link first.
func Uses(ctx context.Context, q db.Querier, realm core.RealmID, k Kind, id core.ID) ([]Use, error) {
	return db.All(ctx, q, scanUse, `
		SELECT `+useColumns+` FROM uses u WHERE u.realm_id = $1 AND u.fact = $2 AND u.fact_id = $3 ORDER BY u.id`, realm, k, id)
}

// UsesBy returns what counts for a reader, the oldest link first.
func UsesBy(ctx context.Context, q db.Querier, realm core.RealmID, ref Ref) ([]Use, error) {
	return db.All(ctx, q, scanUse, `
		SELECT `+useColumns+` FROM uses u WHERE u.realm_id = $1 AND u.reader = $2 AND u.reader_id = $3 ORDER BY u.id`, realm, ref.Reader, ref.ID)
}

// Link makes a fact count for a reader; twice is as once. Both must belong to
// the same enterprise, or else to the same line of organisations: core.NotFound
// otherwise. A result that is already another studio's achievement is
// core.Conflict. Whoever calls it has asked for the right on the fact or on the
// reader.
func Link(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, k Kind, id core.ID, to Ref) (Use, error) {
	u := Use{ID: core.NewID(now), Kind: k, FactID: id, Ref: to, LinkedAt: now.Truncate(time.Microsecond)}
	f, err := Find(ctx, tx, who.Realm, k, id)
	if err != nil {
		return u, err
	}
	if _, ok := readers[to.Reader]; !ok {
		return u, core.NotFound
	}
	near, err := Targets(ctx, tx, who.Realm, f, to.Reader, to.ID)
	if err != nil {
		return u, err
	}
	if len(near) == 0 || string(k) == string(to.Reader) && id == to.ID {
		return u, core.NotFound
	}
	all, err := Uses(ctx, tx, who.Realm, k, id)
	if err != nil {
		return u, err
	}
	for _, old := range all {
		if old.Ref == to {
			return old, nil
		}
		if old.Ref.Reader == Studio && to.Reader == Studio {
			return u, core.Fail(core.Conflict, "fact.counted_twice")
		}
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO uses (realm_id, id, fact, fact_id, reader, reader_id, linked_by, linked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		who.Realm, u.ID, k, id, to.Reader, to.ID, db.Null(&who.User), db.Instant(now))
	if err != nil {
		return u, err
	}
	return u, tell(ctx, tx, who, now, f, "fact.link", to)
}

// Unlink ends that a fact counts for a reader; without a link it does nothing.
func Unlink(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, k Kind, id core.ID, to Ref) error {
	f, err := Find(ctx, tx, who.Realm, k, id)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `DELETE FROM uses WHERE realm_id = $1 AND fact = $2 AND fact_id = $3 AND reader = $4 AND reader_id = $5`, who.Realm, k, id, to.Reader, to.ID)
	if err != nil || n == 0 {
		return err
	}
	return tell(ctx, tx, who, now, f, "fact.unlink", to)
}

func tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, f Fact, action string, to Ref) error {
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: action, Org: f.Org, Subject: string(f.Kind), SubjectID: f.ID, After: map[string]any{"reader": to.Reader, "reader_id": to.ID},
	})
}
