package member

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// MoveMembers moves everybody whom an organisation keeps to another from a day
// on, for a merger, and returns how many: affiliations and records, also those
// of people who have left it since the day. The caller has asked for the right
// and journals why.
func MoveMembers(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, from, to core.OrgID, on core.Date) (int, error) {
	people, err := db.All(ctx, tx, scanID, `
		SELECT p.id FROM persons p JOIN orgs o ON o.realm_id = p.realm_id AND o.path = p.at_path
		WHERE o.realm_id = $1 AND o.id = $2
		UNION
		SELECT person_id FROM memberships WHERE realm_id = $1 AND org_id = $2 AND superseded_at IS NULL AND valid_to > $3
		ORDER BY 1`, who.Realm, from, db.Date(on))
	if err != nil {
		return 0, err
	}
	return MovePeople(ctx, tx, who, now, people, from, to, on)
}

func scanID(r db.Row) (id core.PersonID, err error) { return id, r.Scan(&id) }

// MovePeople is MoveMembers for these people alone, for a split.
func MovePeople(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, people []core.PersonID, from, to core.OrgID, on core.Date) (int, error) {
	if on.After(core.DateOf(now)) {
		return 0, core.Fail(core.Invalid, "membership.future")
	}
	at, err := placeOf(ctx, tx, who.Realm, to)
	if err != nil {
		return 0, err
	}
	if err := at.receives(on); err != nil {
		return 0, err
	}
	moved, deltas := 0, map[core.OrgID]map[string]int{}
	for _, id := range people {
		ok, err := handOver(ctx, tx, now, who.Realm, id, from, at, on, deltas)
		if err != nil {
			return 0, err
		}
		if ok {
			moved++
		}
	}
	if err := org.Count(ctx, tx, who.Realm, deltas); err != nil || moved == 0 {
		return moved, err
	}
	return moved, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "membership.move", Org: to, Subject: "org", SubjectID: core.ID(to),
		After: map[string]any{"from": from, "to": to, "on": on, "count": moved},
	})
}

// handOver moves one person, and reports whether there was anything to move.
func handOver(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, id core.PersonID, from core.OrgID, to place, on core.Date, deltas map[core.OrgID]map[string]int) (bool, error) {
	p, err := present(ctx, tx, realm, id, 0)
	if err != nil {
		return false, err
	}
	was, err := History(ctx, tx, realm, id)
	if err != nil {
		return false, err
	}
	is := was.handed(from, to.org, on)
	if p.Org != from && slices.Equal(is, was) {
		return false, nil
	}
	at := to
	if p.Org != from {
		if at, err = placeOf(ctx, tx, realm, p.Org); err != nil {
			return false, err
		}
	}
	if err := rewrite(ctx, tx, now, p, was, is, "", 0); err != nil {
		return false, err
	}
	tally(deltas, p.Org, p.Kind, -1)
	tally(deltas, at.org, p.Kind, 1)
	return true, p.keep(ctx, tx, at, is)
}
