package privacy_test

import (
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/file"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/privacy"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

const (
	idNumber = "320599199005201237"
	phone    = "19900000417"
)

// A world is a committee with two branches, people of one of them with
// accounts, who keeps the roster, and a second realm.
type world struct {
	*privacy.Service
	t               *testing.T
	at              time.Time
	top, a, b, far  org.Org
	zhang, wang     member.Person
	own, colleague  access.Actor // Zhang's account and Wang's
	secretary, head access.Actor // of the branch; registrar of the committee
	beside          access.Actor // secretary of the other branch
	stranger        access.Actor // of the other realm, with a record there
	people          *member.Service
	lists           *intake.Service
	accounts        *account.Service
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, at: dbtest.Day(2026, time.November, 24)}
	keys := secret.Fixed(secret.AES)
	now := func() time.Time { w.at = w.at.Add(time.Millisecond); return w.at }
	w.Service = &privacy.Service{DB: d, Keys: keys, Now: now}
	w.people = &member.Service{DB: d, Keys: keys, Now: now}
	w.accounts = &account.Service{DB: d, Keys: keys, Now: now, Realm: 1}
	w.lists = &intake.Service{DB: d, Keys: keys, Now: now, Files: &file.Store{Dir: t.TempDir(), Keys: keys, DB: d, Now: now}}
	dbtest.Realm(t, d, 1, "苏州市")
	dbtest.Realm(t, d, 2, "无锡市")
	w.top = w.found(1, org.Founding{Name: "园区党委", Kind: rule.Committee})
	w.a = w.found(1, org.Founding{Name: "甲支部", Kind: rule.Branch, Parent: w.top.ID})
	w.b = w.found(1, org.Founding{Name: "乙支部", Kind: rule.Branch, Parent: w.top.ID})
	w.far = w.found(2, org.Founding{Name: "外地支部", Kind: rule.Branch})
	full := member.Enrolment{Kind: member.Full, JoinedOn: core.NewDate(2018, 6, 1), ConfirmedOn: core.NewDate(2019, 6, 1), From: core.NewDate(2020, 1, 1)}
	zhang := full
	zhang.Name, zhang.Sex, zhang.BornOn, zhang.IDNumber, zhang.Phone, zhang.Org, zhang.Note = "张敏", "female", core.NewDate(1990, 5, 20), idNumber, phone, w.a.ID, "档案备注"
	w.zhang = w.enrol(1, zhang)
	wang := full
	wang.Name, wang.Org, wang.Phone = "王芳", w.a.ID, "19900000418"
	w.wang = w.enrol(1, wang)
	far := full
	far.Name, far.Org, far.IDNumber = "张敏", w.far.ID, idNumber
	afar := w.enrol(2, far)
	w.own = w.user(w.a, access.Member, "zhang", w.zhang.ID)
	w.colleague = w.user(w.a, access.Member, "wang", w.wang.ID)
	w.secretary = w.user(w.a, access.Secretary, "lin", 0)
	w.head = w.user(w.top, access.Registrar, "chen", 0)
	w.beside = w.user(w.b, access.Secretary, "gu", 0)
	w.stranger = w.user(w.far, access.Secretary, "far", afar.ID)
	return w
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatalf("%v %v", err, core.FieldsOf(err))
	}
}

func (w *world) found(realm core.RealmID, f org.Founding) (o org.Org) {
	w.t.Helper()
	f.FoundedOn = core.NewDate(2010, 1, 1)
	w.do(func(tx *db.Tx) (err error) {
		o, err = org.Found(w.t.Context(), tx, access.Machine(realm), w.Now(), f)
		return err
	})
	return o
}

func (w *world) enrol(realm core.RealmID, e member.Enrolment) (p member.Person) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		p, err = member.Enrol(w.t.Context(), tx, w.Keys, access.Machine(realm), w.Now(), e)
		return err
	})
	return p
}

// user makes an account with a role, tied to a record or to none.
func (w *world) user(at org.Org, role access.Role, login string, person core.PersonID) access.Actor {
	w.t.Helper()
	var u account.User
	w.do(func(tx *db.Tx) (err error) {
		machine := access.Machine(at.Realm)
		if u, err = account.Add(w.t.Context(), tx, machine, w.Now(), account.NewUser{Login: login, Name: "名" + login, Person: person}); err != nil {
			return err
		}
		return access.Grant(w.t.Context(), tx, machine, u.ID, access.Place{Role: role, Org: at.ID}, core.DateOf(w.at), w.Now())
	})
	return access.Actor{Realm: at.Realm, User: u.ID, Via: "page"}
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		n, err = db.One(w.t.Context(), tx, db.Int, query, args...)
		return err
	})
	return n
}
