package retention_test

import (
	"errors"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// TestAHoldKeepsAPerson: up to and with its day, and until it is lifted; for
// who keeps the record alone.
func TestAHoldKeepsAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w, boss := t.Context(), newWorld(t, d), access.Machine(1)
		a, b := w.left(1, "金丝雀", "", "", core.NewDate(2010, 1, 1)), w.left(1, "百灵鸟", "", "", core.NewDate(2010, 1, 1))
		until := core.DateOf(w.clock).AddDays(5)
		for field, err := range map[string]error{
			"reason": w.Hold(ctx, boss, a, until, " "), "until": w.Hold(ctx, boss, a, core.DateOf(w.clock), "诉讼"),
		} {
			if core.FieldsOf(err)[field].Key == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		if err := w.Hold(ctx, boss, a, until.AddMonths(200), "诉讼"); core.FieldsOf(err)["until"].Key != "retention.hold.far" {
			t.Errorf("for ever: %v", err)
		}
		if err := w.Hold(ctx, access.Machine(2), a, until, "诉讼"); !errors.Is(err, core.NotFound) {
			t.Errorf("the other realm: %v", err)
		}
		for _, id := range []core.PersonID{a, b} {
			if err := w.Hold(ctx, boss, id, until, "诉讼"); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Hold(ctx, boss, a, until, "再次"); core.MsgOf(err).Key != "retention.hold.there" {
			t.Errorf("twice: %v", err)
		}
		if h, err := w.HoldOf(ctx, boss, a); err != nil || h.Reason != "诉讼" || h.Until != until {
			t.Errorf("%+v, %v", h, err)
		}
		w.clock = w.clock.AddDate(0, 0, 5)
		if done := w.run(1); len(done) != 0 {
			t.Errorf("on its last day: %v", done)
		}
		if err := w.Lift(ctx, boss, b); err != nil {
			t.Fatal(err)
		}
		if err := w.Lift(ctx, boss, b); core.MsgOf(err).Key != "retention.hold.none" {
			t.Errorf("lifted twice: %v", err)
		}
		if done := w.run(1); done["member_ended"] != 1 || w.find(1, b).ErasedAt.IsZero() {
			t.Errorf("lifted: %v", done)
		}
		w.clock = w.clock.AddDate(0, 0, 1)
		if done := w.run(1); done["member_ended"] != 1 || w.find(1, a).ErasedAt.IsZero() {
			t.Errorf("the day after: %v", done)
		}
		if n := w.count(`SELECT count(*) FROM holds`); n != 0 {
			t.Errorf("%d holds say why", n)
		}
		if err := w.Hold(ctx, boss, a, until.AddDays(30), "诉讼"); core.MsgOf(err).Key != "person.erased" {
			t.Errorf("somebody erased: %v", err)
		}
	})
}
