package enterprise_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

var (
	noon  = dbtest.Day(2026, 11, 20)
	today = core.DateOf(noon)
	long  = core.NewDate(2001, 1, 1)
)

// A world is a realm with a small tree, people and users, and a second realm
// that must not see it:
//
//	city ─┬─ park ─┬─ dow (branch), plaza (joint branch)
//	      └─ zone
type world struct {
	*testing.T
	*enterprise.Service
	db                            *db.DB
	who                           access.Actor
	city, park, zone, dow, plaza  org.Org
	otherCity                     org.Org
	now                           time.Time
	dept, sec, member, mgr, other access.Actor // department of the park, registrar of the zone, member of dow, manager, realm 2
	chen, lin, stranger           core.PersonID
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	w := &world{T: t, db: d, who: access.Machine(1), now: noon}
	w.Service = &enterprise.Service{DB: d, Now: func() time.Time { return w.now }}
	w.city = w.found(1, org.Founding{Name: "苏州市委", Kind: rule.Committee, FoundedOn: long})
	w.park = w.found(1, org.Founding{Parent: w.city.ID, Name: "工业园区党工委", Kind: rule.Committee, FoundedOn: long})
	w.zone = w.found(1, org.Founding{Parent: w.city.ID, Name: "保税区党工委", Kind: rule.Committee, FoundedOn: long})
	w.dow = w.found(1, org.Founding{Parent: w.park.ID, Name: "陶氏党支部", Kind: rule.Branch, FoundedOn: core.NewDate(2010, 5, 1)})
	w.plaza = w.found(1, org.Founding{Parent: w.park.ID, Name: "星湖大厦联合党支部", Kind: rule.JointBranch, FoundedOn: core.NewDate(2015, 3, 1)})
	w.otherCity = w.found(2, org.Founding{Name: "无锡市委", Kind: rule.Committee, FoundedOn: long})
	w.dept = w.user(1, 101, access.Place{Role: access.Department, Org: w.park.ID})
	w.sec = w.user(1, 102, access.Place{Role: access.Registrar, Org: w.zone.ID})
	w.member = w.user(1, 103, access.Place{Role: access.Member, Org: w.dow.ID})
	w.mgr = access.Actor{Realm: 1, User: 104}
	w.other = w.user(2, 201, access.Place{Role: access.Registrar, Org: w.otherCity.ID})
	w.chen, w.lin, w.stranger = w.person(1, 301, "陈思远"), w.person(1, 302, "林若溪"), w.person(2, 303, "赵一鸣")
	return w
}

// tx runs f in a transaction that must succeed.
func (w *world) tx(f func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	if err := w.try(f); err != nil {
		w.Fatalf("%v: %+v", core.MsgOf(err), err)
	}
}

// try runs f in a transaction, a minute later than the one before.
func (w *world) try(f func(ctx context.Context, tx *db.Tx) error) error {
	w.now = w.now.Add(time.Minute)
	return w.db.Tx(w.Context(), func(tx *db.Tx) error { return f(w.Context(), tx) })
}

func (w *world) found(realm core.RealmID, f org.Founding) (o org.Org) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		o, err = org.Found(ctx, tx, access.Machine(realm), w.now, f)
		return err
	})
	return o
}

// user adds an account; without a place it holds no role.
func (w *world) user(realm core.RealmID, id core.UserID, p access.Place) access.Actor {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO users (id, realm_id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, $3, '', 'zh-Hans', '', $4, 0, $5)`, id, realm, fmt.Sprint("u", int64(id)), false, db.Instant(w.now))
		if err != nil {
			return err
		}
		return access.Grant(ctx, tx, access.Machine(realm), id, p, today, w.now)
	})
	return access.Actor{Realm: realm, User: id, Via: "page"}
}

// manage makes the manager's account, for one enterprise.
func (w *world) manage(id core.EnterpriseID) {
	w.user(1, 104, access.Place{Role: access.Manager, Enterprise: id})
}

func (w *world) person(realm core.RealmID, id core.PersonID, name string) core.PersonID {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO persons (id, realm_id, name, name_key, initials, sex, ethnicity, education, position, note, kind, at_path, version, created_at)
			VALUES ($1, $2, $3, $3, $3, '', '', '', '', '', 'full', '', 1, $4)`, id, realm, name, db.Instant(w.now))
		return err
	})
	return id
}

// register puts an enterprise of the park on the list since 2024, unless edit
// says otherwise.
func (w *world) register(name string, edit func(*enterprise.Registration)) (e enterprise.Enterprise) {
	w.Helper()
	r := enterprise.Registration{Name: name, Org: w.park.ID, Type: "private", State: enterprise.Operating, From: core.NewDate(2024, 1, 10)}
	if edit != nil {
		edit(&r)
	}
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		e, err = enterprise.Register(ctx, tx, w.who, w.now, r)
		return err
	})
	return e
}

func (w *world) host(o org.Org, e enterprise.Enterprise, from core.Date) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		return enterprise.Host(ctx, tx, w.who, w.now, o.ID, e.ID, from, 0)
	})
}

// members gives an organisation so many full members since a day.
func (w *world) members(o org.Org, n int, from core.Date) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		for range n {
			p := core.NewID(w.now)
			_, err := tx.Exec(ctx, `
				INSERT INTO persons (id, realm_id, name, name_key, initials, sex, ethnicity, education, position, note, kind, at_path, version, created_at)
				VALUES ($1, $2, 'x', 'x', 'x', '', '', '', '', '', 'full', '', 1, $3)`, p, o.Realm, db.Instant(w.now))
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `
				INSERT INTO memberships (id, realm_id, person_id, org_id, kind, valid_from, valid_to, recorded_at, reason)
				VALUES ($1, $2, $3, $4, 'full', $5, '9999-12-31', $6, '')`, core.NewID(w.now), o.Realm, p, o.ID, db.Date(from), db.Instant(w.now))
			if err != nil {
				return err
			}
		}
		return org.Count(ctx, tx, o.Realm, map[core.OrgID]map[string]int{o.ID: {org.CountFull: n}})
	})
}

// states returns how every enterprise of realm 1 stood, by name.
func (w *world) states(m core.Moment) map[string]enterprise.State {
	w.Helper()
	all := map[string]enterprise.State{}
	for _, s := range w.list(1, m) {
		all[s.Name] = s
	}
	return all
}

func (w *world) list(realm core.RealmID, m core.Moment) (all []enterprise.State) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) error {
		tree, err := org.At(w.Context(), tx, realm, m)
		if err != nil {
			return err
		}
		members := map[core.OrgID]org.Counts{}
		type row struct {
			id core.OrgID
			n  int
		}
		got, err := db.All(w.Context(), tx, func(r db.Row) (x row, err error) { return x, r.Scan(&x.id, &x.n) }, `
			SELECT org_id, count(*) FROM memberships WHERE realm_id = $1 AND superseded_at IS NULL AND valid_from <= $2 AND valid_to > $2 GROUP BY org_id`, realm, db.Date(m.On))
		for _, x := range got {
			members[x.id] = org.Counts{Full: x.n}
		}
		if err != nil {
			return err
		}
		all, err = enterprise.StatesAt(w.Context(), tx, realm, m, tree, members)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// tally returns how many enterprises the counter of an organisation shows.
func (w *world) tally(id core.OrgID) (n int) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) error {
		t, err := org.Tallies(w.Context(), tx, 1, []core.OrgID{id})
		n = t[id][org.CountEnterprises].Below
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// clocks returns the kinds that run for an enterprise or an appointment, with
// the day on which each is due.
func (w *world) clocks(subject core.ID) map[string]string {
	w.Helper()
	all := map[string]string{}
	err := w.db.View(w.Context(), func(tx *db.Tx) error {
		return db.Each(w.Context(), tx, func(r db.Row) error {
			var kind string
			var due core.Date
			err := r.Scan(&kind, (*db.Date)(&due))
			all[kind] = due.String()
			return err
		}, `SELECT kind, due_on FROM clocks WHERE realm_id = 1 AND subject_id = $1 AND ended_at IS NULL`, subject)
	})
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// journal returns how many entries of an action and outcome there are.
func (w *world) journal(action, outcome string) (n int) {
	w.Helper()
	err := w.db.View(w.Context(), func(tx *db.Tx) (err error) {
		n, err = db.One(w.Context(), tx, db.Int, `SELECT count(*) FROM journal WHERE action = $1 AND outcome = $2`, action, outcome)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// wants fails unless err is of the kind and says the sentence of that key, in
// its message or against a field.
func wants(t *testing.T, err error, kind core.Kind, key string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v with %s", err, kind, key)
		return
	}
	if key == "" || core.MsgOf(err).Key == key {
		return
	}
	for _, m := range core.FieldsOf(err) {
		if m.Key == key {
			return
		}
	}
	t.Errorf("got %v, want the sentence %s", err, key)
}

func ptr[T any](v T) *T { return &v }
