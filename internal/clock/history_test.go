package clock_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func TestTheHistoryTellsWhatWasDoneNewestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1, clock.TermOf(alpha, core.Date{}, core.NewDate(2026, 12, 1)))
		id := w.only(t, core.ID(alpha)).ID
		seen := clock.Seen{ID: id}
		for _, err := range []error{
			w.Snooze(t.Context(), as(secretary), seen, core.NewDate(2026, 11, 25), "等批复"),
			w.NotMine(t.Context(), as(secretary), seen, "归园区"),
			w.HandOver(t.Context(), as(dept), seen, beta, 0, ""),
			w.Done(t.Context(), as(dept), seen, clock.Dropped, "已撤销"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Snooze(t.Context(), as(secretary), seen, core.NewDate(2026, 11, 26), ""); !errors.Is(err, core.NotFound) {
			t.Fatalf("somebody else's clock: got %v", err)
		}
		got, err := w.History(t.Context(), as(dept), id)
		if err != nil {
			t.Fatal(err)
		}
		boss, hand := w.name(t, dept), w.name(t, secretary)
		want := []clock.Event{
			{Verb: "end", By: boss, Reason: "已撤销", State: clock.Dropped},
			{Verb: "hand_over", By: boss, From: "园区", To: "乙支部", State: clock.Running},
			{Verb: "not_mine", By: hand, Reason: "归园区", From: "甲支部", To: "园区", State: clock.Running},
			{Verb: "snooze", By: hand, Reason: "等批复", Day: core.NewDate(2026, 11, 25), State: clock.Running},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(clock.Event{}, "At")); diff != "" {
			t.Error(diff)
		}
		if at := got[0].At; core.DateOf(at) != today || at.Format("15:04") != "12:00" {
			t.Errorf("told as %s, not in the realm's zone", at)
		}
		for who, want := range map[core.UserID]error{secretary: core.NotFound, member: core.NotFound, stranger: core.NotFound} {
			if _, err := w.History(t.Context(), as(who), id); !errors.Is(err, want) {
				t.Errorf("user %d: got %v, want %v", who, err, want)
			}
		}
		if _, err := w.History(t.Context(), as(foreigner), id); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm: got %v", err)
		}
	})
}

func (w world) name(t *testing.T, id core.UserID) (name string) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		name, err = db.One(t.Context(), tx, db.Text, `SELECT name FROM users WHERE realm_id = 1 AND id = $1`, id)
		return err
	})
	return name
}
