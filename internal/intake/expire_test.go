package intake_test

import (
	"bytes"
	"os"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
)

func TestAfterNinetyDaysTheFileIsGone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.put(t, intake.Orgs, "units.xlsx", roster(t, "units.xlsx"))
		files := func() int {
			all, err := os.ReadDir(w.Files.Dir)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		for _, tt := range []struct{ days, emptied, files int }{{90, 0, 1}, {2, 1, 0}, {1, 0, 0}} {
			w.pass(tt.days)
			n := 0
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				ids, err := w.Over(t.Context(), tx, 1, w.Now().AddDate(0, 0, -91))
				if n = len(ids); err != nil {
					return err
				}
				return w.Empty(t.Context(), tx, 1, ids)
			})
			if err != nil || n != tt.emptied || files() != tt.files {
				t.Errorf("%d days later: %d emptied, %d files, %v", tt.days, n, files(), err)
			}
		}
		b, err := w.Find(t.Context(), w.who, id)
		if err != nil || b.Counts[intake.New] != 25 || b.Counts[intake.Refused] != 5 {
			t.Errorf("what the batch did is forgotten: %v, %v", b.Counts, err)
		}
		for _, r := range w.rows(t, id, intake.Filter{}) {
			if r.Title != "" || r.Place != "" || len(r.Problems)+len(r.Changes) > 0 {
				t.Errorf("row %d still says %+v", r.Number, r)
			}
		}
		if err := w.Refused(t.Context(), w.who, id, core.Hans, &bytes.Buffer{}); core.KindOf(err) != core.NotFound {
			t.Errorf("refused rows of a file that is gone: %v", err)
		}
	})
}

func TestTheRefusedRowsOfACommandGoWhereItSays(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for _, dry := range []bool{true, false} {
		var b bytes.Buffer
		w.take(t, intake.Orgs, w.root, "units.xlsx", roster(t, "units.xlsx"), intake.Options{DryRun: dry, Refused: &b, Lang: core.En})
		if r := w.take(t, intake.Orgs, w.root, "refused.xlsx", b.Bytes(), intake.Options{DryRun: true}); r.Rows != 5 {
			t.Errorf("dry=%v: %d rows came back", dry, r.Rows)
		}
	}
	var b bytes.Buffer
	w.take(t, intake.Orgs, w.root, "1.csv", []byte(ledgerBefore), intake.Options{DryRun: true, Refused: &b})
	if b.Len() > 0 {
		t.Error("nothing was refused, and yet there is a file")
	}
}
