package opinion_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

var now = dbtest.Day(2026, 11, 24)

// A world is a committee with a branch, another branch beside, and people.
type world struct {
	*opinion.Service
	t                                 *testing.T
	top, branch, beside               org.Org
	member, secretary, head, neighbor access.Actor
	stranger                          access.Actor // of another realm
	at                                time.Time
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, at: now}
	w.Service = &opinion.Service{DB: d, Now: func() time.Time { return w.at }}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	w.do(func(tx *db.Tx) error {
		found := func(realm core.RealmID, name string, kind rule.OrgKind, parent core.OrgID) org.Org {
			o, err := org.Found(t.Context(), tx, access.Machine(realm), now, org.Founding{Name: name, Kind: kind, Parent: parent, FoundedOn: core.NewDate(2020, 1, 1)})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		w.top = found(1, "园区党委", rule.Committee, 0)
		w.branch = found(1, "甲支部", rule.Branch, w.top.ID)
		w.beside = found(1, "乙支部", rule.Branch, w.top.ID)
		far := found(2, "外地党委", rule.Committee, 0)
		user := func(realm core.RealmID, login string, role access.Role, at core.OrgID) access.Actor {
			u, err := account.Add(t.Context(), tx, access.Machine(realm), now, account.NewUser{Login: login, Name: "名" + login})
			if err == nil {
				err = access.Grant(t.Context(), tx, access.Machine(realm), u.ID, access.Place{Role: role, Org: at}, core.DateOf(now), now)
			}
			if err != nil {
				t.Fatal(err)
			}
			return access.Actor{Realm: realm, User: u.ID, Via: "page"}
		}
		w.member = user(1, "member", access.Member, w.branch.ID)
		w.secretary = user(1, "secretary", access.Secretary, w.branch.ID)
		w.head = user(1, "head", access.Department, w.top.ID)
		w.neighbor = user(1, "neighbor", access.Secretary, w.beside.ID)
		w.stranger = user(2, "stranger", access.Department, far.ID)
		return nil
	})
	return w
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) give(who access.Actor, at core.OrgID, named bool) opinion.Opinion {
	w.t.Helper()
	o, err := w.Give(w.t.Context(), who, access.Place{Org: at}, opinion.New{Kind: opinion.Complaint, Words: " 表格太多 ", Page: "GET /orgs/{org}", Named: named})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func TestAnOpinionIsAnsweredByTheOrganisationAbove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.give(w.member, w.branch.ID, false)
		if o.Org != w.top.ID || o.Words != "表格太多" || o.DueOn != core.DateOf(now).AddDays(14) {
			t.Errorf("got %+v", o)
		}
		for _, tt := range []struct {
			name string
			who  access.Actor
			may  bool
			want error
		}{
			{"who gave it", w.member, false, nil},
			{"who answers", w.head, true, nil},
			{"the secretary it may be about", w.secretary, false, core.NotFound},
			{"a neighbour", w.neighbor, false, core.NotFound},
			{"another realm", w.stranger, false, core.NotFound},
		} {
			got, may, err := w.Find(t.Context(), tt.who, o.ID)
			if !errors.Is(err, tt.want) || may != tt.may || err == nil && got.Author != "" {
				t.Errorf("%s: %v, %v, named %q", tt.name, may, err, got.Author)
			}
		}
		for name, err := range map[string]error{
			"the secretary": w.Answer(t.Context(), w.secretary, o.ID, "不多"), "the author": w.Answer(t.Context(), w.member, o.ID, "不多"),
			"another realm": w.Answer(t.Context(), w.stranger, o.ID, "不多"), "somebody else's": w.Withdraw(t.Context(), w.head, o.ID),
		} {
			if !errors.Is(err, core.NotFound) && !errors.Is(err, core.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.Answer(t.Context(), w.head, o.ID, " "); core.FieldsOf(err)["answer"].Key != "opinion.answer.missing" {
			t.Errorf("an empty answer: %v", err)
		}
		if err := w.Answer(t.Context(), w.head, o.ID, "已经停用一张"); err != nil {
			t.Fatal(err)
		}
		if got, _, err := w.Find(t.Context(), w.member, o.ID); err != nil || got.Answer != "已经停用一张" || got.State != opinion.Answered {
			t.Errorf("answered: %+v, %v", got, err)
		}
		if err := w.Answer(t.Context(), w.head, o.ID, "再答"); !errors.Is(err, core.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		if err := w.Withdraw(t.Context(), w.member, o.ID); !errors.Is(err, core.Conflict) {
			t.Errorf("withdrawn afterwards: %v", err)
		}
		w.do(func(tx *db.Tx) error {
			running, err := clock.Of(t.Context(), tx, 1, o.ID)
			if len(running) != 0 {
				t.Error("the clock still runs")
			}
			return err
		})
	})
}

func TestAClockThatIsHandedOverTakesTheAnswerWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.give(w.member, w.branch.ID, true)
		var c clock.Clock
		w.do(func(tx *db.Tx) error {
			all, err := clock.Of(t.Context(), tx, 1, o.ID)
			c = all[0]
			return err
		})
		clocks := &clock.Service{DB: d, Now: w.Now}
		if err := clocks.HandOver(t.Context(), w.head, clock.Seen{ID: c.ID}, w.beside.ID, 0, "由乙支部答复"); err != nil {
			t.Fatal(err)
		}
		got, may, err := w.Find(t.Context(), w.neighbor, o.ID)
		if err != nil || !may || got.Author != "名member" {
			t.Errorf("the neighbour who took it over: %v, %v, %q", may, err, got.Author)
		}
	})
}

func TestTotalsCountWithoutWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		inTime, late, gone := w.give(w.member, w.branch.ID, false), w.give(w.member, w.branch.ID, false), w.give(w.member, w.branch.ID, false)
		w.give(w.head, w.top.ID, false)
		if err := errors.Join(w.Answer(t.Context(), w.head, inTime.ID, "好"), w.Withdraw(t.Context(), w.member, gone.ID)); err != nil {
			t.Fatal(err)
		}
		w.at = now.AddDate(0, 0, 15)
		if err := w.Answer(t.Context(), w.head, late.ID, "迟了"); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Sums(t.Context(), w.member); err != nil || got != (opinion.Totals{Given: 3, InTime: 1, Late: 1, Overdue: 1}) {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, err := w.Sums(t.Context(), w.stranger); err != nil || got != (opinion.Totals{}) {
			t.Errorf("another realm: %+v, %v", got, err)
		}
		if got, err := w.Asked(t.Context(), w.head, w.top.ID); err != nil || len(got) != 3 || got[0].State != opinion.Open {
			t.Errorf("asked: %d, %v", len(got), err)
		}
		if got, err := w.Mine(t.Context(), w.member); err != nil || len(got) != 3 {
			t.Errorf("mine: %d, %v", len(got), err)
		}
		if _, err := w.Asked(t.Context(), w.member, w.top.ID); !errors.Is(err, core.NotFound) {
			t.Errorf("a member looks at all: %v", err)
		}
	})
}

func TestAnOpinionSaysWhatIsMissing(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for field, n := range map[string]opinion.New{
		"kind": {Words: "好"}, "words": {Kind: opinion.Fault, Words: "  "},
	} {
		_, err := w.Give(t.Context(), w.member, access.Place{Org: w.branch.ID}, n)
		if core.FieldsOf(err)[field].IsZero() {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := w.Give(t.Context(), w.member, access.Place{Org: w.branch.ID}, opinion.New{Kind: opinion.Fault, Words: strings.Repeat("字", 2001)}); core.FieldsOf(err)["words"].Key != "opinion.words.long" {
		t.Errorf("too long: %v", err)
	}
	if _, err := w.Give(t.Context(), w.member, access.Place{Org: w.beside.ID}, opinion.New{Kind: opinion.Fault, Words: "好"}); !errors.Is(err, core.NotFound) {
		t.Errorf("from a place that is not the member's: %v", err)
	}
}

func TestOneOfTwoAnswersCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.give(w.member, w.branch.ID, false)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() { errs[i] = w.Answer(t.Context(), w.head, o.ID, "答") })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !errors.Is(err, core.Conflict) {
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("%d answers counted", done)
		}
	})
}
