package figure_test

import (
	"context"
	"errors"
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
)

// answer is what the park's figures say on the day.
type answer struct{ orgs, twoNew, members, operating, covered, organised, should int }

// ask returns the answer as known at a time; the zero time is now.
func (w *world) ask(knownAt time.Time) answer {
	w.Helper()
	t := w.coverage(func(q *figure.Query) { q.KnownAt = knownAt }).Table
	return answer{t.Orgs, t.TwoNew, t.Members, t.Operating, t.Covered(), t.Organised(), t.Should}
}

// moveEnterprises hands over what an organisation looks after, as a merger does.
func moveEnterprises(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, from, to core.OrgID, on core.Date) (int, error) {
	ids, err := db.All(ctx, tx, db.Int, `SELECT id FROM enterprises WHERE realm_id = $1 AND org_id = $2 ORDER BY id`, who.Realm, from)
	for _, id := range ids {
		if _, err := enterprise.Apply(ctx, tx, who, now, core.EnterpriseID(id), enterprise.Change{Org: &to, On: on}); err != nil {
			return 0, err
		}
	}
	return len(ids), err
}

// TestWhatWasSaidThenIsStillSaid makes, one after the other, the changes that
// touch a day gone by, and asks after each for the answer of before.
func TestWhatWasSaidThenIsStillSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first := answer{orgs: 6, twoNew: 2, members: 14, operating: 9, covered: 6, organised: 4, should: 3}
		orgs := &org.Service{
			DB: d, Now: func() time.Time { w.now = w.now.Add(time.Minute); return w.now },
			MoveMembers: member.MoveMembers, MoveEnterprises: moveEnterprises,
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%v %v", err, core.FieldsOf(err))
			}
		}
		batch := core.NewID(noon)
		var imported core.OrgID
		w.now = dbtest.Day(2026, 11, 2)
		said := []struct {
			at   time.Time
			what answer
		}{{w.now, first}}
		for _, step := range []struct {
			name string
			do   func()
			then answer
		}{
			{"a day in September, on which an enterprise was closed, becomes known", func() {
				w.tx(func(ctx context.Context, tx *db.Tx) error {
					closed := enterprise.Closed
					_, err := enterprise.Apply(ctx, tx, w.who, w.now, w.huaxin, enterprise.Change{State: &closed, On: core.NewDate(2026, 9, 10)})
					return err
				})
			}, answer{6, 2, 14, 8, 5, 3, 3}},
			{"an instructor turns out to have left in October", func() {
				w.tx(func(ctx context.Context, tx *db.Tx) error {
					return enterprise.EndAppointment(ctx, tx, w.who, w.now, w.visitor, core.NewDate(2026, 10, 20), "left")
				})
			}, answer{6, 2, 14, 8, 4, 3, 3}},
			{"the school merges into the west on the last day of October", func() {
				_, err := orgs.Merge(t.Context(), w.who, w.school, w.west, org.Ending{On: on})
				must(err)
			}, answer{5, 2, 14, 8, 4, 3, 3}},
			{"the east moves out of the park on that day", func() {
				_, err := orgs.Move(t.Context(), w.who, w.east, org.Move{To: w.city, On: on})
				must(err)
			}, answer{2, 0, 3, 4, 2, 1, 1}},
			{"an import brings a branch, founded in March", func() {
				w.tx(func(ctx context.Context, tx *db.Tx) error {
					o, err := org.Found(ctx, tx, w.who, w.now, org.Founding{Parent: w.west, Name: "误导入党支部", Kind: rule.Branch, FoundedOn: core.NewDate(2026, 3, 1), Batch: batch})
					imported = o.ID
					return err
				})
			}, answer{3, 0, 3, 4, 2, 1, 1}},
			{"and is undone", func() {
				w.tx(func(ctx context.Context, tx *db.Tx) error { return org.Undo(ctx, tx, w.who, w.now, imported, batch) })
			}, answer{2, 0, 3, 4, 2, 1, 1}},
		} {
			step.do()
			if got := w.ask(time.Time{}); got != step.then {
				t.Errorf("%s: got %+v, want %+v", step.name, got, step.then)
			}
			for _, s := range said {
				if got := w.ask(s.at); got != s.what {
					t.Errorf("%s: as known %s: got %+v, want %+v", step.name, s.at, got, s.what)
				}
			}
			w.now = w.now.Add(time.Hour)
			said = append(said, struct {
				at   time.Time
				what answer
			}{w.now, step.then})
		}
	})
}

func TestTheEndOfTheDayIsWhatWasKnownThen(t *testing.T) {
	end := figure.EndOf(on, noon)
	if got := end.Add(time.Microsecond); got != time.Date(2026, 11, 1, 0, 0, 0, 0, noon.Location()) {
		t.Errorf("got %s", got)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		close := func(at time.Time, e core.EnterpriseID) {
			w.now = at.Add(-time.Minute) // tx adds it again
			w.tx(func(ctx context.Context, tx *db.Tx) error {
				shell := enterprise.Shell
				_, err := enterprise.Apply(ctx, tx, w.who, w.now, e, enterprise.Change{State: &shell, On: core.NewDate(2026, 10, 1)})
				return err
			})
		}
		close(end, w.qilan)
		close(end.Add(time.Microsecond), w.muchuan)
		if then, now := w.ask(end).operating, w.ask(time.Time{}).operating; then != 8 || now != 7 {
			t.Errorf("got %d then and %d now", then, now)
		}
	})
}

func TestBeforeAnythingWasRecordedThereIsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.coverage(func(q *figure.Query) { q.KnownAt = start })
		if c.There || c.Under.Name != "园区党工委" || c.Table.Listed != 0 || c.Table.Orgs != 0 || len(c.Table.Groups) != 0 {
			t.Errorf("got %v %+v", c.There, c.Table)
		}
		c = w.coverage(func(q *figure.Query) { q.On, q.From = core.NewDate(2014, 12, 31), core.NewDate(2014, 11, 30) })
		if c.There || c.Table.Orgs != 0 {
			t.Errorf("before it was founded: got %d organisations", c.Table.Orgs)
		}
		if c = w.coverage(func(q *figure.Query) { q.On, q.From = long, core.NewDate(2014, 11, 30) }); !c.There || c.Table.Orgs != 6 {
			t.Errorf("on the day of its founding: got %d organisations", c.Table.Orgs)
		}
	})
}

func TestAChangeIsSeenAtOnceAndOtherRealmsAreNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if n := w.ask(time.Time{}).orgs; n != 6 {
			t.Fatalf("got %d", n)
		}
		w.found(1, w.west, "新支部", rule.Branch, "own")
		if n := w.ask(time.Time{}).orgs; n != 7 {
			t.Errorf("after one more: got %d", n)
		}
		w.found(2, w.elsewhere, "别处支部", rule.Branch, "own")
		if n := w.ask(time.Time{}).orgs; n != 7 {
			t.Errorf("after one in another realm: got %d", n)
		}
		far, err := w.Coverage(t.Context(), access.Machine(2), figure.Query{Under: w.elsewhere, On: on})
		if err != nil || far.Table.Orgs != 2 || far.Table.Listed != 0 {
			t.Errorf("the other realm: got %+v, %v", far.Table.Line, err)
		}
		// A failed change leaves the answer as it is.
		_ = d.Tx(t.Context(), func(tx *db.Tx) error {
			if _, err := org.Found(t.Context(), tx, w.who, noon, org.Founding{Parent: w.west, Name: "又一支部", Kind: rule.Branch, FoundedOn: long}); err != nil {
				t.Error(err)
			}
			return errors.New("no")
		})
		if n := w.ask(time.Time{}).orgs; n != 7 {
			t.Errorf("after a change that failed: got %d", n)
		}
	})
}
