package enterprise

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Handover gives every enterprise that one organisation looks after to another
// from a day on, as when the one is merged or dissolved, and returns how many.
// It is an org.Mover.
func Handover(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, from, to core.OrgID, on core.Date) (int, error) {
	ids, err := db.All(ctx, tx, scanID, `SELECT e.id FROM enterprises e WHERE e.realm_id = $1 AND e.org_id = $2 AND e.path <> '' ORDER BY e.id`, who.Realm, from)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	since, err := registered(ctx, tx, who.Realm, ids)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if _, err := Apply(ctx, tx, who, now, id, Change{Org: &to, On: latest(on, since[id])}); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
