package enterprise

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// GroupingSizes returns how many enterprises on the books below an organisation
// stand in each grouping today, itself alone. Those in which none stands are
// left out.
func (s *Service) GroupingSizes(ctx context.Context, who access.Actor, under core.OrgID) (map[core.ID]int, error) {
	sizes := map[core.ID]int{}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeEnterprises, under); err != nil {
			return err
		}
		below, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		return db.Each(ctx, tx, func(r db.Row) error {
			var id core.ID
			var n int
			err := r.Scan(&id, &n)
			sizes[id] = n
			return err
		}, `
			SELECT j.grouping_id, count(DISTINCT e.id)
			FROM enterprises e JOIN grouping_members j ON j.realm_id = e.realm_id AND j.enterprise_id = e.id
			WHERE e.realm_id = $1 AND e.path >= $2 AND e.path < $3 AND e.state NOT IN ('moved', 'closed')
				AND j.superseded_at IS NULL AND j.valid_to = '9999-12-31'
			GROUP BY j.grouping_id`, who.Realm, below.Lo, below.Hi)
	})
	return sizes, err
}
