package member

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// ErasedName stands where the name of somebody stood whom a rule has erased. A
// name is not translated, and neither is this.
const ErasedName = "已按规定删除"

// Erase takes from the records of some people everything that tells who they
// were. The organisation, the kinds and the dates of membership stay, so that
// figures of past days stay true. The caller has found them due, and journals.
// Nothing brings an erased person back: who is enrolled again is somebody new.
func Erase(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, people []core.PersonID) error {
	deltas := map[core.OrgID]map[string]int{}
	for _, id := range people {
		p, err := Find(ctx, tx, realm, id)
		if err != nil {
			return err
		}
		removed := p.RemovedAt
		if removed.IsZero() {
			removed = now
		}
		if _, err := tx.Exec(ctx, `
			UPDATE persons SET name = $3, name_key = '', initials = '', sex = '', ethnicity = '', born_on = NULL, education = '', joined_on = NULL,
				confirmed_on = NULL, position = '', note = '', id_number = NULL, id_number_hash = NULL, phone = NULL, phone_hash = NULL,
				at_path = '', at_1 = NULL, at_2 = NULL, removed_at = $4, erased_at = $5, version = version + 1
			WHERE realm_id = $1 AND id = $2`, realm, id, ErasedName, db.Instant(removed), db.Instant(now)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE memberships SET reason = '' WHERE realm_id = $1 AND person_id = $2`, realm, id); err != nil {
			return err
		}
		if p.RemovedAt.IsZero() {
			if err := db.PersonSearch.Unindex(ctx, tx, int64(id)); err != nil {
				return err
			}
			tally(deltas, p.Org, p.Kind, -1)
		}
	}
	return org.Count(ctx, tx, realm, deltas)
}

// Erased returns the people whom a rule has erased.
func Erased(ctx context.Context, q db.Querier, realm core.RealmID) (map[core.PersonID]bool, error) {
	all := map[core.PersonID]bool{}
	return all, db.Each(ctx, q, func(r db.Row) error {
		var id core.PersonID
		err := r.Scan(&id)
		all[id] = true
		return err
	}, `SELECT id FROM persons WHERE realm_id = $1 AND erased_at IS NOT NULL`, realm)
}
