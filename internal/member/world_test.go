package member_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

var (
	now   = dbtest.Day(2026, 11, 20)
	today = core.DateOf(now)
	keys  = secret.Fixed(secret.AES)
)

// A world is a tree root ← park ← committee ← a, b and park ← other in realm 1,
// and a root with one branch in realm 2.
type world struct {
	t *testing.T
	*db.DB
	root, park, committee, a, b, other core.OrgID
	far, farRoot                       core.OrgID // of realm 2
	machine, stranger                  access.Actor
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, DB: d, machine: access.Machine(1), stranger: access.Machine(2)}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	w.root = w.found(w.machine, 0, "苏州市", rule.Committee)
	w.park = w.found(w.machine, w.root, "工业园区", rule.Committee)
	w.committee = w.found(w.machine, w.park, "启岚党委", rule.Committee)
	w.a = w.found(w.machine, w.committee, "一支部", rule.Branch)
	w.b = w.found(w.machine, w.committee, "二支部", rule.Branch)
	w.other = w.found(w.machine, w.park, "三支部", rule.Branch)
	w.farRoot = w.found(w.stranger, 0, "别处", rule.Committee)
	w.far = w.found(w.stranger, w.farRoot, "别处支部", rule.Branch)
	return w
}

// tx runs f in a transaction and returns its error.
func (w *world) tx(f func(tx *db.Tx) error) error { return w.Tx(w.t.Context(), f) }

// do is tx for what must work.
func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.tx(f); err != nil {
		w.t.Fatalf("%v %v", err, core.FieldsOf(err))
	}
}

func (w *world) view(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.View(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) found(who access.Actor, parent core.OrgID, name string, kind rule.OrgKind) (id core.OrgID) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		o, err := org.Found(w.t.Context(), tx, who, now, org.Founding{Parent: parent, Name: name, Kind: kind, FoundedOn: core.NewDate(2015, 1, 1)})
		id = o.ID
		return err
	})
	return id
}

// user makes an account with one role and returns it as an actor.
func (w *world) user(realm core.RealmID, id core.UserID, role access.Role, at core.OrgID, person core.PersonID) access.Actor {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), `INSERT INTO users (realm_id, id, login, login_key, name, person_id, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, 'n', $4, '', '', '', $5, 0, 0)`, realm, id, fmt.Sprint("u", id), db.Null(&person), false)
		if err != nil {
			return err
		}
		return access.Grant(w.t.Context(), tx, access.Machine(realm), id, access.Place{Role: role, Org: at}, core.NewDate(2026, 1, 1), now)
	})
	return access.Actor{Realm: realm, User: id, Via: "page"}
}

// zhang is an enrolment that fits; tests change parts of it.
func zhang(at core.OrgID) member.Enrolment {
	return member.Enrolment{
		Name: "张敏", Sex: "female", Ethnicity: "汉族", BornOn: core.NewDate(1990, 5, 20), Education: "本科", IDNumber: number(1990, 5, 20, 123),
		JoinedOn: core.NewDate(2018, 6, 1), ConfirmedOn: core.NewDate(2019, 6, 1), Kind: member.Full, Org: at, Position: "工程师",
		Phone: "19900000417", From: core.NewDate(2020, 1, 1),
	}
}

// number returns an id number of area 320599, which is nobody's.
func number(y, m, d, seq int) string {
	s := fmt.Sprintf("320599%04d%02d%02d%03d", y, m, d, seq)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(s[i]-'0')
	}
	return s + "10X98765432"[sum%11:sum%11+1]
}

// enrol adds somebody who must fit.
func (w *world) enrol(e member.Enrolment) (p member.Person) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		p, err = member.Enrol(w.t.Context(), tx, keys, w.machine, now, e)
		return err
	})
	return p
}

func (w *world) find(id core.PersonID) (p member.Person) {
	w.t.Helper()
	w.view(func(tx *db.Tx) (err error) {
		p, err = member.Find(w.t.Context(), tx, 1, id)
		return err
	})
	return p
}

func (w *world) history(id core.PersonID) (t member.Timeline) {
	w.t.Helper()
	w.view(func(tx *db.Tx) (err error) {
		t, err = member.History(w.t.Context(), tx, 1, id)
		return err
	})
	return t
}

// tally returns the counter below an organisation.
func (w *world) tally(at core.OrgID, what string) (n int) {
	w.t.Helper()
	w.view(func(tx *db.Tx) error {
		all, err := org.Tallies(w.t.Context(), tx, 1, []core.OrgID{at})
		n = all[at][what].Below
		return err
	})
	return n
}

// int returns one number of the database.
func (w *world) int(query string, args ...any) (n int) {
	w.t.Helper()
	w.view(func(tx *db.Tx) (err error) {
		n, err = db.One(w.t.Context(), tx, db.Int, query, args...)
		return err
	})
	return n
}

// complains reports the key that err gives a field, or that it carries itself.
func complains(err error, field string) string {
	if m, ok := core.FieldsOf(err)[field]; ok {
		return m.Key
	}
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e.Msg.Key
	}
	return fmt.Sprint(err)
}

func day(y int, m time.Month, d int) core.Date { return core.NewDate(y, m, d) }
