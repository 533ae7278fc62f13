package access_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

var now = dbtest.Day(2026, 11, 20)

// A world is a tree 1 ← 11, 12; 11 ← 111 in realm 1, and one org in realm 2.
type world struct {
	t *testing.T
	*db.DB
}

func newWorld(t *testing.T, d *db.DB) world {
	w := world{t, d}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	w.org(1, 1, 0, "1.")
	w.org(1, 11, 1, "1.11.")
	w.org(1, 12, 1, "1.12.")
	w.org(1, 111, 11, "1.11.111.")
	w.org(2, 21, 0, "1.")
	w.exec(`INSERT INTO enterprises (realm_id, id, name, name_key, initials, org_id, path, type, industry, state, version, created_at)
		VALUES (1, 500, 'E', 'e', 'e', 111, '1.11.111.', 'private', '', 'operating', 1, 0)`)
	return w
}

func (w world) exec(query string, args ...any) {
	w.t.Helper()
	if err := w.Tx(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) org(realm core.RealmID, id, parent core.OrgID, path string) {
	w.t.Helper()
	number := strings.Split(strings.TrimSuffix(path, "."), ".")
	w.exec(`INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'n', 'n', 'committee', '', '', '', '2020-01-01', 1, 0)`,
		realm, id, number[len(number)-1], db.Null(&parent), path, len(number)-1, fmt.Sprint("Org ", id))
}

func (w world) user(realm core.RealmID, id core.UserID, places ...access.Place) access.Actor {
	w.t.Helper()
	w.exec(`INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
		VALUES ($1, $2, $3, $3, 'n', '', '', '', $4, 0, 0)`, realm, id, fmt.Sprint("u", id), false)
	for _, p := range places {
		if err := w.Tx(w.t.Context(), func(tx *db.Tx) error {
			return access.Grant(w.t.Context(), tx, access.Machine(realm), id, p, core.NewDate(2026, 1, 1), now)
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	return access.Actor{Realm: realm, User: id, Via: "page"}
}

func (w world) require(who access.Actor, do access.Action, org core.OrgID) (err error) {
	_ = w.View(w.t.Context(), func(tx *db.Tx) error {
		err = access.Require(w.t.Context(), tx, who, do, org)
		return nil
	})
	return err
}

func TestARoleHoldsBelowWhereItWasGranted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		secretary := w.user(1, 7, access.Place{Role: access.Secretary, Org: 11})
		department := w.user(1, 8, access.Place{Role: access.Department, Org: 1})
		foreign := w.user(2, 9, access.Place{Role: access.Registrar, Org: 21})
		nobody := w.user(1, 10)
		for _, tt := range []struct {
			name string
			who  access.Actor
			do   access.Action
			org  core.OrgID
			want error
		}{
			{"a secretary sees people of the own organisation", secretary, access.SeePeople, 11, nil},
			{"and below it", secretary, access.SeePeople, 111, nil},
			{"but cannot tell that a neighbour exists", secretary, access.SeePeople, 12, core.NotFound},
			{"nor what stands above", secretary, access.SeeOrgs, 1, core.NotFound},
			{"a secretary may not found organisations", secretary, access.ChangeOrgs, 11, core.Forbidden},
			{"a department sees organisations", department, access.SeeOrgs, 111, nil},
			{"but no names", department, access.SeePeople, 111, core.Forbidden},
			{"another realm's registrar sees nothing here", foreign, access.SeeOrgs, 1, core.NotFound},
			{"nor does somebody without a role", nobody, access.SeeOrgs, 1, core.NotFound},
			{"an id of another realm names nothing", department, access.SeeOrgs, 21, core.NotFound},
			{"the machine's administrator may do everything", access.Machine(1), access.ChangePeople, 111, nil},
			{"in the own realm alone", access.Machine(1), access.SeeOrgs, 21, core.NotFound},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if err := w.require(tt.who, tt.do, tt.org); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
			})
		}
	})
}

func TestAPathIsNoPrefixOfALongerNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		who := w.user(1, 7, access.Place{Role: access.Secretary, Org: 1}, access.Place{Role: access.Member, Org: 11})
		w.org(1, 4, 0, "4.")
		w.org(1, 41, 0, "41.")
		only := w.user(1, 8, access.Place{Role: access.Secretary, Org: 4})
		if err := w.require(only, access.SeeOrgs, 41); !errors.Is(err, core.NotFound) {
			t.Errorf("4. reaches 41.: %v", err)
		}
		if err := w.require(who, access.SeePeople, 11); err != nil {
			t.Errorf("the higher role must count below: %v", err)
		}
		r := access.Below("1.11.")
		for path, in := range map[string]bool{"1.11.": true, "1.11.111.": true, "1.12.": false, "1.111.": false, "1.1.": false, "1.": false} {
			if (path >= r.Lo && path < r.Hi) != in {
				t.Errorf("%s within the range of 1.11.: got %v", path, !in)
			}
		}
	})
}

func TestAManagerSeesOneEnterprise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		manager := w.user(1, 7, access.Place{Role: access.Manager, Enterprise: 500})
		above := w.user(1, 8, access.Place{Role: access.Department, Org: 11})
		beside := w.user(1, 9, access.Place{Role: access.Department, Org: 12})
		ask := func(who access.Actor, do access.Action, e core.EnterpriseID) (err error) {
			_ = w.View(t.Context(), func(tx *db.Tx) error {
				err = access.RequireEnterprise(t.Context(), tx, who, do, e)
				return nil
			})
			return err
		}
		if err := ask(manager, access.SeeEnterprises, 500); err != nil {
			t.Error(err)
		}
		if err := ask(manager, access.ChangeEnterprises, 500); !errors.Is(err, core.Forbidden) {
			t.Errorf("a manager changes the record: %v", err)
		}
		if err := w.require(manager, access.SeeOrgs, 111); !errors.Is(err, core.NotFound) {
			t.Errorf("a manager reaches the organisation: %v", err)
		}
		if err := ask(above, access.ChangeEnterprises, 500); err != nil {
			t.Error(err)
		}
		if err := ask(beside, access.SeeEnterprises, 500); !errors.Is(err, core.NotFound) {
			t.Errorf("a neighbour sees it: %v", err)
		}
	})
}

func TestWhatWasTakenAwayIsGoneAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		who := w.user(1, 7, access.Place{Role: access.Secretary, Org: 11})
		w.exec(`UPDATE users SET disabled = $1 WHERE id = 7`, true)
		if err := w.require(who, access.SeeOrgs, 11); !errors.Is(err, core.NotFound) {
			t.Errorf("a disabled account: %v", err)
		}
		w.exec(`UPDATE users SET disabled = $1 WHERE id = 7`, false)
		w.exec(`UPDATE grants SET superseded_at = 1 WHERE user_id = 7`)
		if err := w.require(who, access.SeeOrgs, 11); !errors.Is(err, core.NotFound) {
			t.Errorf("a superseded role: %v", err)
		}
	})
}

// TestScopeAgreesWithAWalkUpTheTree compares SQL with the plainest way to say
// it: walk from the organisation to the root and look for a role on the way.
func TestScopeAgreesWithAWalkUpTheTree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := world{t, d}
		dbtest.Realm(t, d, 1, "Suzhou")
		r := rand.New(rand.NewPCG(3, 4))
		parent, paths := map[core.OrgID]core.OrgID{}, map[core.OrgID]string{}
		for id := core.OrgID(1); id <= 60; id++ {
			if id > 1 {
				parent[id] = core.OrgID(1 + r.IntN(int(id)-1))
			}
			paths[id] = fmt.Sprintf("%s%d.", paths[parent[id]], id)
			w.org(1, id, parent[id], paths[id])
		}
		for u := core.UserID(1); u <= 10; u++ {
			held := map[core.OrgID]bool{}
			var places []access.Place
			for range r.IntN(3) {
				o := core.OrgID(1 + r.IntN(60))
				held[o] = true
				places = append(places, access.Place{Role: access.Secretary, Org: o})
			}
			who := w.user(1, u, places...)
			for id := core.OrgID(1); id <= 60; id++ {
				want := false
				for o := id; o != 0; o = parent[o] {
					want = want || held[o]
				}
				if got := w.require(who, access.SeePeople, id) == nil; got != want {
					t.Fatalf("user %d with %v in %s: got %v", u, held, paths[id], got)
				}
			}
		}
	})
}
