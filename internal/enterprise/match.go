package enterprise

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// HostingsNow returns the hostings of those organisations that still hold.
func HostingsNow(ctx context.Context, q db.Querier, realm core.RealmID, orgs []core.OrgID) ([]Hosting, error) {
	return some(ctx, q, scanHosting, realm, orgs, `
		SELECT `+hostingColumns+` FROM hostings h
		WHERE h.realm_id = $1 AND h.superseded_at IS NULL AND h.valid_to = '9999-12-31' AND h.org_id IN (`, `) ORDER BY h.id`)
}

// JoiningsNow returns the groupings in which those enterprises stand now, with
// kind and name of each.
func JoiningsNow(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID) ([]Joining, error) {
	return some(ctx, q, func(r db.Row) (j Joining, err error) {
		return j, r.Scan(&j.ID, &j.Grouping, &j.Enterprise, &j.Role, (*db.Date)(&j.Period.From), (*db.Date)(&j.Period.To), db.Null(&j.Batch), &j.Kind, &j.Name)
	}, realm, ids, `
		SELECT `+joiningColumns+`, g.kind, g.name
		FROM grouping_members j JOIN groupings g ON g.realm_id = j.realm_id AND g.id = j.grouping_id
		WHERE j.realm_id = $1 AND j.superseded_at IS NULL AND j.valid_to = '9999-12-31' AND j.enterprise_id IN (`, `) ORDER BY g.name_key, j.id`)
}

// Some returns the enterprises of those ids that the realm has, in order of
// their ids.
func Some(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID) ([]Enterprise, error) {
	return of(ctx, q, realm, ids)
}

// Below returns the enterprises that an organisation of the range looks after,
// organisation by organisation, in order of the reading of their names.
func Below(ctx context.Context, q db.Querier, realm core.RealmID, under access.Range) ([]Enterprise, error) {
	return db.All(ctx, q, scan, `
		SELECT `+columns+` FROM enterprises e
		WHERE e.realm_id = $1 AND e.path >= $2 AND e.path < $3 ORDER BY e.path, e.name_key, e.id`, realm, under.Lo, under.Hi)
}
