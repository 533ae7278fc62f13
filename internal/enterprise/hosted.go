package enterprise

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Hosted is an enterprise that hosts an organisation, as the page of that
// organisation shows it.
type Hosted struct {
	ID        core.EnterpriseID
	Name      string
	Type      string
	Industry  string
	Employees *int
	State     string // its operating state now
	Period    core.Period
	Seen      bool // the actor may open its page
}

// hostedMax is how many hosts one organisation's page shows.
const hostedMax = 50

// HostsOf returns the enterprises that host an organisation at a moment, by
// name; today for the zero day. It shows at most fifty.
func (s *Service) HostsOf(ctx context.Context, who access.Actor, at core.OrgID, m core.Moment) (all []Hosted, err error) {
	if m.On.IsZero() {
		m.On = core.DateOf(s.Now())
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.Require(ctx, tx, who, access.SeeEnterprises, at); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (h Hosted, err error) {
			return h, r.Scan(&h.ID, &h.Name, &h.Type, &h.Industry, &h.Employees, &h.State, (*db.Date)(&h.Period.From), (*db.Date)(&h.Period.To))
		}, `
			SELECT e.id, e.name, e.type, e.industry, e.employees, e.state, h.valid_from, h.valid_to
			FROM hostings h JOIN enterprises e ON e.realm_id = h.realm_id AND e.id = h.enterprise_id
			WHERE h.realm_id = $1 AND h.org_id = $2 AND h.valid_from <= $3 AND h.valid_to > $3
				AND h.recorded_at <= $4 AND (h.superseded_at IS NULL OR h.superseded_at > $4)
			ORDER BY e.name_key, e.id LIMIT $5`, who.Realm, at, db.Date(m.On), knownAt(m), hostedMax)
		for i := range all {
			all[i].Seen = access.RequireEnterprise(ctx, tx, who, access.SeeEnterprises, all[i].ID) == nil
		}
		return err
	})
	return all, err
}
