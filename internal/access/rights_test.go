package access_test

import (
	"errors"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// TestRightsAreWhatRequireGrants: a page offers what the service would do.
func TestRightsAreWhatRequireGrants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		actions := []access.Action{
			access.SeeOrgs, access.SeeEnterprises, access.SeePeople, access.OpenFields, access.ChangeOrgs, access.PlaceOrgs, access.ChangeEnterprises,
			access.ChangePeople, access.ImportOrgs, access.ImportPeople, access.ExportPeople, access.SeeFigures, access.HandleClocks, access.ManageUsers,
			access.ManageSettings, access.SeeJournal,
		}
		actors := []access.Actor{access.Machine(1), w.user(1, 99)}
		for i, r := range access.Roles {
			p := access.Place{Role: r, Org: 11}
			if r == access.Manager {
				p = access.Place{Role: r, Enterprise: 500}
			}
			actors = append(actors, w.user(1, core.UserID(10+i), p))
		}
		for _, who := range actors {
			for _, at := range []core.OrgID{1, 11, 12, 111, 21, 999} {
				var may access.Rights
				var err error
				_ = w.View(t.Context(), func(tx *db.Tx) error {
					may, err = access.RightsAt(t.Context(), tx, who, at)
					return nil
				})
				for _, do := range actions {
					want := w.require(who, do, at)
					if may[do] != (want == nil) || errors.Is(want, core.NotFound) != errors.Is(err, core.NotFound) {
						t.Errorf("user %d at %d: %s is %v (%v), Require says %v", who.User, at, do, may[do], err, want)
					}
				}
			}
		}
	})
}
