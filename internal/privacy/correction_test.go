package privacy_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/privacy"
)

const newPhone = "19900000499"

func (w *world) ask(who access.Actor, item, wanted string) privacy.Correction {
	w.t.Helper()
	c, err := w.Ask(w.t.Context(), who, privacy.Request{Item: item, Wanted: wanted, Why: "旧号 " + phone})
	if err != nil {
		w.t.Fatalf("%v %v", err, core.FieldsOf(err))
	}
	return c
}

func (w *world) person(id core.PersonID) (p member.Person) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		p, err = member.Find(w.t.Context(), tx, 1, id)
		return err
	})
	return p
}

func TestACorrectionIsAskedAndAccepted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		c := w.ask(w.own, "phone", newPhone)
		if c.Org != w.a.ID || c.DueOn != core.DateOf(w.at).AddDays(15) {
			t.Errorf("asked %v until %v", c.Org, c.DueOn)
		}
		w.do(func(tx *db.Tx) error {
			running, err := clock.Of(ctx, tx, 1, c.ID)
			if len(running) != 1 || running[0].Org != w.a.ID || running[0].DueOn != c.DueOn {
				t.Errorf("the clock: %+v", running)
			}
			stored, err2 := db.One(ctx, tx, func(r db.Row) (b []byte, err error) { return b, r.Scan(&b) }, `SELECT wanted FROM corrections WHERE id = $1`, c.ID)
			if bytes.Contains(stored, []byte(newPhone)) {
				t.Error("the number stands in the open")
			}
			return errors.Join(err, err2)
		})
		for _, tt := range []struct {
			name string
			who  access.Actor
			may  bool
			want error
		}{
			{"who asked", w.own, false, nil},
			{"who keeps the record", w.secretary, true, nil},
			{"who keeps it above", w.head, true, nil},
			{"a colleague", w.colleague, false, core.NotFound},
			{"beside", w.beside, false, core.NotFound},
			{"another realm", w.stranger, false, core.NotFound},
		} {
			got, may, err := w.Correction(ctx, tt.who, c.ID)
			if !errors.Is(err, tt.want) || may != tt.may || err == nil && (got.Wanted != "199****0499" || got.Now != "199****0417" || got.Why != "旧号 "+phone) {
				t.Errorf("%s: %v %v %+v", tt.name, may, err, got)
			}
			_, _, absent := w.Correction(ctx, tt.who, 12345)
			if err != nil && err.Error() != absent.Error() {
				t.Errorf("%s can tell it from one that is missing: %v, %v", tt.name, err, absent)
			}
		}
		for name, err := range map[string]error{
			"oneself": w.Decide(ctx, w.own, c.ID, privacy.Accepted, ""), "beside": w.Decide(ctx, w.beside, c.ID, privacy.Accepted, ""),
			"a withdrawal by the keeper": w.Withdraw(ctx, w.secretary, c.ID),
		} {
			if !errors.Is(err, core.Forbidden) && !errors.Is(err, core.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if all, err := w.Asked(ctx, w.secretary, w.a.ID); err != nil || len(all) != 1 {
			t.Errorf("the branch is asked %d, %v", len(all), err)
		}
		if all, err := w.Asked(ctx, w.beside, w.b.ID); err != nil || len(all) != 0 {
			t.Errorf("the branch beside is asked %d, %v", len(all), err)
		}
		if err := w.Decide(ctx, w.secretary, c.ID, privacy.Accepted, "见过本人"); err != nil {
			t.Fatal(err)
		}
		if !w.person(w.zhang.ID).PhoneIs(w.Keys, newPhone) {
			t.Error("the record did not change")
		}
		if err := w.Decide(ctx, w.head, c.ID, privacy.Declined, "再答"); !errors.Is(err, core.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		_, mine, err := w.Mine(ctx, w.own)
		if err != nil || len(mine) != 1 || mine[0].State != privacy.Accepted || mine[0].Answer != "见过本人" {
			t.Errorf("mine: %+v, %v", mine, err)
		}
		if n := w.count(`SELECT count(*) FROM journal j LEFT JOIN journal_bodies b ON b.id = j.id WHERE j.note LIKE '%' || $1 || '%' OR j.after_state LIKE '%' || $1 || '%' OR b.body LIKE '%' || $1 || '%'`, newPhone); n != 0 {
			t.Error("the journal holds the number")
		}
		w.do(func(tx *db.Tx) error {
			running, err := clock.Of(ctx, tx, 1, c.ID)
			if len(running) != 0 {
				t.Error("the clock still runs")
			}
			return err
		})
	})
}

func TestWhatIsNotAccepted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		for _, tt := range []struct {
			q     privacy.Request
			field string
		}{
			{privacy.Request{Item: "name", Wanted: " "}, "wanted"},
			{privacy.Request{Item: "name", Wanted: "张敏"}, "wanted"},
			{privacy.Request{Item: "phone", Wanted: phone}, "wanted"},
			{privacy.Request{Item: "id_number", Wanted: "320599199005201230"}, "wanted"},
			{privacy.Request{Item: "born_on", Wanted: "20.5.1990"}, "wanted"},
			{privacy.Request{Item: "born_on", Wanted: core.DateOf(w.at).AddDays(1).String()}, "wanted"},
			{privacy.Request{Item: "joined_on", Wanted: "1990-05-19"}, "wanted"},
		} {
			if _, err := w.Ask(ctx, w.own, tt.q); core.FieldsOf(err)[tt.field].IsZero() {
				t.Errorf("%+v: %v %v", tt.q, err, core.FieldsOf(err))
			}
		}
		if _, err := w.Ask(ctx, w.own, privacy.Request{Item: "kind", Wanted: "none"}); !errors.Is(err, core.NotFound) {
			t.Errorf("an item that is none: %v", err)
		}
		if _, err := w.Ask(ctx, w.secretary, privacy.Request{Item: "name", Wanted: "林"}); !errors.Is(err, core.NotFound) {
			t.Errorf("without a record: %v", err)
		}
		c := w.ask(w.own, "name", "张敏敏")
		if _, err := w.Ask(ctx, w.own, privacy.Request{Item: "name", Wanted: "张民"}); !errors.Is(err, core.Conflict) {
			t.Errorf("a second one about the same item: %v", err)
		}
		for answer, want := range map[string]string{"": "correction.answer.missing", "打 " + phone: "person.reason.number"} {
			if err := w.Decide(ctx, w.secretary, c.ID, privacy.Declined, answer); core.FieldsOf(err)["answer"].Key != want {
				t.Errorf("declined with %q: %v", answer, core.FieldsOf(err))
			}
		}
		if err := w.Decide(ctx, w.secretary, c.ID, privacy.Declined, "证件上是张敏"); err != nil {
			t.Fatal(err)
		}
		if got := w.person(w.zhang.ID).Name; got != "张敏" {
			t.Errorf("declined, and the name is %s", got)
		}
		taken := w.ask(w.colleague, "id_number", idNumber)
		if err := w.Decide(ctx, w.secretary, taken.ID, privacy.Accepted, ""); !errors.Is(err, core.Conflict) {
			t.Errorf("a number that is another person's: %v", err)
		}
		if got, _, err := w.Correction(ctx, w.colleague, taken.ID); err != nil || got.State != privacy.Open {
			t.Errorf("and then the request is %v, %v", got.State, err)
		}
		if err := w.Withdraw(ctx, w.colleague, taken.ID); err != nil {
			t.Fatal(err)
		}
		w.ask(w.colleague, "id_number", idNumber) // may be asked again
	})
}

func TestWhoKeepsTheRecordAsksAbove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.do(func(tx *db.Tx) error {
			return access.Grant(t.Context(), tx, access.Machine(1), w.own.User, access.Place{Role: access.Secretary, Org: w.a.ID}, core.DateOf(w.at), w.Now())
		})
		c := w.ask(w.own, "education", "硕士")
		if c.Org != w.top.ID {
			t.Errorf("asked %v", c.Org)
		}
		if err := w.Decide(t.Context(), w.own, c.ID, privacy.Accepted, ""); !errors.Is(err, core.Forbidden) {
			t.Errorf("decided by who asked: %v", err)
		}
		if all, err := w.Asked(t.Context(), w.own, w.a.ID); err != nil || len(all) != 0 {
			t.Errorf("asked of oneself: %d, %v", len(all), err)
		}
	})
}

func TestOfManyAnswersOneCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ask(w.own, "position", "工段长")
		at := w.at
		w.Now = func() time.Time { return at }
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() { errs[i] = w.Decide(t.Context(), w.head, c.ID, privacy.Declined, fmt.Sprint("答", i)) })
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
