package org_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A scopes is the meaning of scopes in thirty lines: a role holds
// where it was granted and below, wherever the tree has put that since.
type scopes struct {
	parent map[core.OrgID]core.OrgID
	held   map[core.UserID]map[access.Place]bool
}

func (m scopes) within(o, top core.OrgID) bool {
	for ; o != 0; o = m.parent[o] {
		if o == top {
			return true
		}
	}
	return false
}

// ask returns what access.Require must return.
func (m scopes) ask(u core.UserID, do access.Action, o core.OrgID) error {
	answer := error(core.NotFound)
	if _, there := m.parent[o]; !there {
		return answer
	}
	for p := range m.held[u] {
		if m.within(o, p.Org) {
			if access.Allows(p.Role, do) {
				return nil
			}
			answer = core.Forbidden
		}
	}
	return answer
}

// steps is how many random moves, grants and questions the model is compared
// in, on each engine.
const steps = 100_000

// TestScopesMeanWhatTheModelSays compares the rights in SQL with the model over
// random trees that are moved about while roles are given and taken.
func TestScopesMeanWhatTheModelSays(t *testing.T) {
	actions := []access.Action{access.SeeOrgs, access.SeePeople, access.ChangeOrgs, access.PlaceOrgs, access.ExportPeople, access.ManageUsers}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dbtest.Realm(t, d, 1, "Suzhou")
		dbtest.Realm(t, d, 2, "Elsewhere")
		r := rand.New(rand.NewPCG(7, 11))
		at := dbtest.Day(2026, 11, 24)
		var roots [2]core.OrgID
		if err := d.Tx(t.Context(), func(tx *db.Tx) error {
			for i := range roots {
				o, err := org.Found(t.Context(), tx, access.Machine(core.RealmID(i+1)), at, org.Founding{Name: "根", Kind: rule.Committee, FoundedOn: core.NewDate(2020, 1, 1)})
				if err != nil {
					return err
				}
				roots[i] = o.ID
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for done := 0; done < steps; {
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				w := &forest{ctx: t.Context(), tx: tx, r: r, now: at, m: scopes{map[core.OrgID]core.OrgID{}, map[core.UserID]map[access.Place]bool{}}}
				if err := w.plant(roots, 14, 5, done); err != nil {
					return err
				}
				for range 40 {
					if err := w.change(); err != nil {
						return err
					}
					for range 50 {
						u, do, o := w.users[r.IntN(len(w.users))], actions[r.IntN(len(actions))], w.any()
						got := access.Require(w.ctx, tx, access.Actor{Realm: 1, User: u, Via: "page"}, do, o)
						if want := w.m.ask(u, do, o); !errors.Is(got, want) || want == nil && got != nil {
							return fmt.Errorf("%s asks to %s at %s: SQL says %v, the model %v", u, do, o, got, want)
						}
					}
					if err := w.compareList(); err != nil {
						return err
					}
					done += 52
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A forest is one random world inside a transaction.
type forest struct {
	ctx   context.Context
	tx    *db.Tx
	r     *rand.Rand
	now   time.Time
	m     scopes
	orgs  []core.OrgID
	users []core.UserID
	far   core.OrgID // of another realm
}

func (w *forest) plant(roots [2]core.OrgID, orgs, users, seed int) error {
	fs := make([]org.Founding, orgs)
	for i := range fs {
		fs[i] = org.Founding{Name: fmt.Sprintf("组织%d-%d", seed, i), Kind: rule.Committee, FoundedOn: core.NewDate(2020, 1, 1)}
		if i > 0 {
			fs[i].Within = 1 + w.r.IntN(i)
		}
	}
	fs[0].Parent = roots[0]
	made, err := org.FoundMany(w.ctx, w.tx, access.Machine(1), w.now, fs)
	if err != nil {
		return err
	}
	for i, o := range made {
		w.orgs = append(w.orgs, o.ID)
		w.m.parent[o.ID] = 0
		if within := fs[i].Within; within > 0 {
			w.m.parent[o.ID] = w.orgs[within-1]
		}
	}
	far, err := org.FoundMany(w.ctx, w.tx, access.Machine(2), w.now, []org.Founding{{Name: fs[0].Name, Kind: rule.Committee, Parent: roots[1], FoundedOn: core.NewDate(2020, 1, 1)}})
	if err != nil {
		return err
	}
	w.far = far[0].ID
	for i := range users {
		u, err := account.Add(w.ctx, w.tx, access.Machine(1), w.now, account.NewUser{Login: fmt.Sprintf("u%d-%d", seed, i), Name: "某"})
		if err != nil {
			return err
		}
		w.users = append(w.users, u.ID)
		w.m.held[u.ID] = map[access.Place]bool{}
	}
	return nil
}

// any returns an organisation, now and then one of another realm or none at all.
func (w *forest) any() core.OrgID {
	switch w.r.IntN(12) {
	case 0:
		return w.far
	case 1:
		return core.OrgID(core.NewID(w.now))
	}
	return w.orgs[w.r.IntN(len(w.orgs))]
}

// change moves an organisation, gives a role or takes one, in both worlds.
func (w *forest) change() error {
	w.now = w.now.Add(time.Second)
	u := w.users[w.r.IntN(len(w.users))]
	switch w.r.IntN(3) {
	case 0:
		o, to := w.orgs[1+w.r.IntN(len(w.orgs)-1)], w.orgs[w.r.IntN(len(w.orgs))]
		if w.m.within(to, o) || w.m.parent[o] == to {
			return nil
		}
		w.m.parent[o] = to
		_, err := org.Place(w.ctx, w.tx, access.Machine(1), w.now, o, to, core.DateOf(w.now), "试", 0, 0)
		return err
	case 1:
		p := access.Place{Role: access.Roles[w.r.IntN(len(access.Roles)-1)], Org: w.orgs[w.r.IntN(len(w.orgs))]}
		if w.m.held[u][p] {
			return nil
		}
		err := access.Grant(w.ctx, w.tx, access.Machine(1), u, p, core.DateOf(w.now), w.now)
		if core.MsgOf(err).Key == "access.roles_apart" { // one person, two administrators
			return nil
		}
		w.m.held[u][p] = true
		return err
	}
	for p := range w.m.held[u] {
		delete(w.m.held[u], p)
		return access.Take(w.ctx, w.tx, access.Machine(1), u, p, w.now)
	}
	return nil
}

// compareList checks the range that lists are taken from against the model.
func (w *forest) compareList() error {
	top := w.orgs[w.r.IntN(len(w.orgs))]
	in, err := access.RangeOf(w.ctx, w.tx, 1, top)
	if err != nil {
		return err
	}
	got, err := db.All(w.ctx, w.tx, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM orgs WHERE realm_id = 1 AND path >= $1 AND path < $2`, in.Lo, in.Hi)
	if err != nil {
		return err
	}
	want := 0
	for o := range w.m.parent {
		if w.m.within(o, top) {
			want++
		}
	}
	for _, o := range got {
		if !w.m.within(o, top) {
			return fmt.Errorf("the list below %s holds %s", top, o)
		}
	}
	if len(got) != want {
		return fmt.Errorf("the list below %s has %d, the model %d", top, len(got), want)
	}
	return nil
}
