package figure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

var (
	start = dbtest.Day(2026, 9, 1)   // when everything was recorded
	noon  = dbtest.Day(2026, 11, 20) // when figures are asked
	on    = core.NewDate(2026, 10, 31)
	from  = core.NewDate(2026, 9, 30)
	long  = core.NewDate(2015, 1, 1)
	keys  = secret.Fixed(secret.AES)
)

// A world is a park in a city, and a second realm that must not see it:
//
//	city ─ park ─┬─ east ─┬─ sig    (党支部 of SIG)
//	             │        └─ joint  (联合党支部 of Huaxin and Ruize)
//	             └─ west ── school  (党支部 of a school)
type world struct {
	*testing.T
	*figure.Service
	who access.Actor
	now time.Time // of what is recorded next
	in  *db.Tx    // the transaction in which the world is made

	city, park, east, west, sigBranch, joint, school core.OrgID
	sig, huaxin, ruize, named, qilan, muchuan, fresh core.EnterpriseID
	shell, college, direct                           core.EnterpriseID
	bio, nano, street, house, floor                  core.ID
	instructor                                       core.PersonID
	visitor                                          core.ID // the instructor's appointment
	elsewhere                                        core.OrgID
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	dbtest.Realm(t, d, 1, "苏州")
	dbtest.Realm(t, d, 2, "无锡")
	w := &world{T: t, Service: &figure.Service{DB: d, Now: func() time.Time { return noon }}, who: access.Machine(1), now: start}
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		w.in = tx
		w.make()
		return nil
	})
	if w.in = nil; err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) make() {
	w.city = w.found(1, 0, "苏州市委", rule.Committee, "own")
	w.park = w.found(1, w.city, "园区党工委", rule.Committee, "own")
	w.east = w.found(1, w.park, "东区党委", rule.Committee, "own")
	w.west = w.found(1, w.park, "西区党委", rule.Committee, "own")
	w.sigBranch = w.found(1, w.east, "康美包党支部", rule.Branch, "own")
	w.joint = w.found(1, w.east, "现代大道联合党支部", rule.JointBranch, "joint")
	w.school = w.found(1, w.west, "实验学校党支部", rule.Branch, "own")
	w.elsewhere = w.found(2, 0, "无锡市委", rule.Committee, "own")
	w.enrol(w.sigBranch, 5, 2)
	w.enrol(w.joint, 4, 0)
	w.enrol(w.school, 3, 0)

	seen := core.NewDate(2026, 8, 1)
	w.sig = w.register(w.east, "康美包", "foreign_owned", "operating", seen, -1, 800)
	w.huaxin = w.register(w.east, "华鑫", "private", "operating", seen, 2, 90)
	w.ruize = w.register(w.east, "瑞泽", "private", "operating", seen, 1, 40)
	w.named = w.register(w.east, "名义公司", "private", "operating", seen, 0, 30)
	w.qilan = w.register(w.east, "启岚", "private", "operating", core.NewDate(2025, 6, 1), 4, 186)
	w.muchuan = w.register(w.west, "沐川", "private", "operating", seen, 2, 58)
	w.fresh = w.register(w.west, "新登记公司", "private", "listed", core.Date{}, -1, -1)
	w.shell = w.register(w.west, "空壳公司", "private", "shell", seen, 9, 0)
	w.college = w.register(w.west, "实验学校", "institution", "operating", seen, -1, 200)
	w.direct = w.register(w.park, "直属公司", "mixed", "operating", seen, 0, 25)
	w.host(w.sigBranch, w.sig)
	w.host(w.joint, w.huaxin, w.ruize)
	w.host(w.school, w.college)
	w.groupings()

	w.instructor = w.outsider(w.park)
	w.visitor = w.appoint(enterprise.Instructor, w.named, core.NewDate(2026, 8, 1))
	w.now = dbtest.Day(2026, 10, 11)
	w.appoint(enterprise.Liaison, w.direct, core.NewDate(2026, 10, 10))
}

// tx runs f in a transaction that must succeed, a minute later than the one
// before.
func (w *world) tx(f func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	w.now = w.now.Add(time.Minute)
	var err error
	if w.in != nil {
		err = f(w.Context(), w.in)
	} else {
		err = w.DB.Tx(w.Context(), func(tx *db.Tx) error { return f(w.Context(), tx) })
	}
	if err != nil {
		w.Fatalf("%v %v", err, core.FieldsOf(err))
	}
}

func (w *world) found(realm core.RealmID, parent core.OrgID, name string, kind rule.OrgKind, setup string) (id core.OrgID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		o, err := org.Found(ctx, tx, access.Machine(realm), w.now, org.Founding{Parent: parent, Name: name, Kind: kind, SetupMode: setup, FoundedOn: long})
		id = o.ID
		return err
	})
	return id
}

// enrol adds members who belong since 2020.
func (w *world) enrol(at core.OrgID, full, probationary int) (ids []core.PersonID) {
	w.Helper()
	rows := make([]member.Enrolment, full+probationary)
	for i := range rows {
		rows[i] = member.Enrolment{Name: "许知行", Kind: member.Full, Org: at, From: core.NewDate(2020, 1, 1)}
		if i >= full {
			rows[i].Kind = member.Probationary
		}
	}
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = member.EnrolMany(ctx, tx, keys, w.who, w.now, rows)
		return err
	})
	return ids
}

// outsider adds somebody who is no member here.
func (w *world) outsider(at core.OrgID) (id core.PersonID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		p, err := member.Enrol(ctx, tx, keys, w.who, w.now, member.Enrolment{Name: "陆文", Kind: member.None, Org: at})
		id = p.ID
		return err
	})
	return id
}

// register adds an enterprise; a number below 0 is not known.
func (w *world) register(at core.OrgID, name, kind, state string, verified core.Date, members, staff int) (id core.EnterpriseID) {
	w.Helper()
	known := func(n int) *int {
		if n < 0 {
			return nil
		}
		return &n
	}
	since := core.NewDate(2024, 1, 1)
	if verified.IsZero() {
		since = core.NewDate(2026, 8, 20)
	}
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		e, err := enterprise.Register(ctx, tx, w.who, w.now, enterprise.Registration{
			Name: name, Org: at, Type: kind, State: state, VerifiedOn: verified, From: since, MembersFound: known(members), Employees: known(staff),
		})
		id = e.ID
		return err
	})
	return id
}

func (w *world) host(o core.OrgID, all ...core.EnterpriseID) {
	w.Helper()
	for _, e := range all {
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			return enterprise.Host(ctx, tx, w.who, w.now, o, e, core.NewDate(2024, 1, 1), 0)
		})
	}
}

// groupings puts SIG and Huaxin into one chain and Huaxin into another too,
// four enterprises on a street, one of them also on a floor of a building.
func (w *world) groupings() {
	w.Helper()
	since := core.NewDate(2024, 1, 1)
	make := func(kind, name string, parent core.ID, in ...core.EnterpriseID) (id core.ID) {
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			g, err := enterprise.MakeGrouping(ctx, tx, w.who, w.now, enterprise.Grouping{Kind: kind, Name: name, Parent: parent}, since)
			if err != nil {
				return err
			}
			id = g.ID
			var js []enterprise.Joining
			for _, e := range in {
				js = append(js, enterprise.Joining{Grouping: g.ID, Enterprise: e, Period: core.Since(since)})
			}
			return enterprise.JoinMany(ctx, tx, w.who, w.now, js)
		})
		return id
	}
	w.bio = make(enterprise.Chain, "生物医药产业链", 0, w.sig, w.huaxin)
	w.nano = make(enterprise.Chain, "纳米产业链", 0, w.huaxin)
	w.street = make(enterprise.Street, "现代大道", 0, w.sig, w.huaxin, w.ruize, w.qilan)
	w.house = make(enterprise.Building, "星海大厦", 0, w.named)
	w.floor = make(enterprise.Floor, "3层", w.house, w.qilan)
}

func (w *world) appoint(kind string, e core.EnterpriseID, since core.Date) (id core.ID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		a, _, err := enterprise.Appoint(ctx, tx, w.who, w.now, enterprise.Appointment{Kind: kind, Person: w.instructor, Enterprise: e, Period: core.Since(since)})
		id = a.ID
		return err
	})
	return id
}

// user makes an account with one role and returns it as an actor.
func (w *world) user(realm core.RealmID, id core.UserID, role access.Role, at core.OrgID) access.Actor {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, 'n', '', '', '', $4, 0, 0)`, realm, id, fmt.Sprint("u", id), false)
		if err != nil {
			return err
		}
		return access.Grant(ctx, tx, access.Machine(realm), id, access.Place{Role: role, Org: at}, core.NewDate(2026, 1, 1), w.now)
	})
	return access.Actor{Realm: realm, User: id, Via: "page"}
}

// coverage asks for the park on the day, with changes.
func (w *world) coverage(change func(*figure.Query)) figure.Coverage {
	w.Helper()
	q := figure.Query{Under: w.park, On: on}
	if change != nil {
		change(&q)
	}
	c, err := w.Coverage(w.Context(), w.who, q)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) rows(key figure.Key, show figure.Show, change func(*figure.Query)) figure.Rows {
	w.Helper()
	q := figure.Query{Under: w.park, On: on}
	if change != nil {
		change(&q)
	}
	r, err := w.Rows(w.Context(), w.who, q, figure.Selector{Key: key, Show: show, Page: core.Page{Size: 200}})
	if err != nil {
		w.Fatalf("%s of %s: %v", show, key, err)
	}
	return r
}
