package figure

import (
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

var noon = dbtest.Day(2026, 11, 20)

// TestSnapshotsAreSharedUntilSomethingChanges looks at which snapshot comes
// back, since the answers alone would be right without a store too.
func TestSnapshotsAreSharedUntilSomethingChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dbtest.Realm(t, d, 1, "苏州")
		dbtest.Realm(t, d, 2, "无锡")
		changed := func(realm core.RealmID, now time.Time, times int) {
			t.Helper()
			err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
				for range times {
					if err == nil {
						err = audit.Write(t.Context(), tx, now, audit.Entry{By: access.Machine(realm).By(), Action: "test"})
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := org.Found(t.Context(), tx, access.Machine(1), noon, org.Founding{Name: "根", Kind: rule.Committee, FoundedOn: core.NewDate(2020, 1, 1)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var s store
		at := func(m core.Moment) (p *snapshot) {
			t.Helper()
			err := d.View(t.Context(), func(tx *db.Tx) (err error) {
				p, err = s.at(t.Context(), tx, 1, m)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		now, then := core.Moment{On: core.DateOf(noon)}, core.Moment{On: core.DateOf(noon), KnownAt: noon}
		first, old := at(now), at(then)
		if at(now) != first || at(then) != old || first == old {
			t.Error("the same question is answered from the same snapshot, another one is not")
		}
		changed(2, noon.Add(time.Minute), 1)
		if at(now) != first {
			t.Error("a change in another realm made it read again")
		}
		changed(1, noon.Add(2*time.Minute), 1)
		second := at(now)
		if second == first {
			t.Error("a change did not make it read again")
		}
		if len(s.all) != 1 {
			t.Errorf("%d snapshots are kept of a journal that has grown", len(s.all))
		}
		changed(1, noon.Add(time.Hour), 2*manyMarks)
		if at(now) == second {
			t.Error("many changes did not make it read again")
		}
		changed(1, noon.Add(61*time.Minute), 1)
		risen := at(now) // the floor rose once, after the question before
		if at(now) != risen {
			t.Error("the floor of the journal rises with every question")
		}
		for i := range 3 * kept {
			at(core.Moment{On: core.DateOf(noon).AddDays(-i)})
		}
		if len(s.all) != kept {
			t.Errorf("%d snapshots are kept, want %d", len(s.all), kept)
		}
	})
}
