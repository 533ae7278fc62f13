package enterprise

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// LoadWith judges with how many enterprises a person would be in touch, those
// of to included, each once.
func (s *Service) LoadWith(ctx context.Context, who access.Actor, person core.PersonID, to []core.EnterpriseID) (rule.Verdict, error) {
	var v rule.Verdict
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.ChangeEnterprises); err != nil {
			return err
		}
		ids, err := db.All(ctx, tx, scanID, `
			SELECT DISTINCT a.enterprise_id FROM appointments a
			WHERE a.realm_id = $1 AND a.person_id = $2 AND a.superseded_at IS NULL AND a.valid_from <= $3 AND a.valid_to > $3`,
			who.Realm, person, db.Date(core.DateOf(s.Now())))
		if err != nil {
			return err
		}
		set, err := setting.Rules(ctx, tx, who.Realm)
		v = rule.InstructorLoad(len(distinct(append(ids, to...))), set)
		return err
	})
	return v, err
}

// UnitsPerInstructor returns how many enterprises one instructor may have
// before a warning, as the realm has it.
func (s *Service) UnitsPerInstructor(ctx context.Context, who access.Actor) (n int, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.ChangeEnterprises); err != nil {
			return err
		}
		set, err := setting.Rules(ctx, tx, who.Realm)
		n = set.UnitsPerInstructor
		return err
	})
	return n, err
}
