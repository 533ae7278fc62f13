package intake_test

import (
	"errors"
	"fmt"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
)

// TestAFullDiskLeavesNothingHalfWritten lets the database grow no further in
// the middle of an import. PostgreSQL has its own disk, and its own limits.
func TestAFullDiskLeavesNothingHalfWritten(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.PartSize = 7
	w.take(t, intake.Orgs, w.root, "units.xlsx", roster(t, "units.xlsx"), intake.Options{})
	limit := func(pages int) {
		t.Helper()
		w.tx(t, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
			return err
		})
	}
	limit(w.count(t, `PRAGMA page_count`) + 12)
	u := intake.Upload{Entity: intake.Members, Under: w.root.ID, Name: "members.xlsx", Data: roster(t, "members.xlsx")}
	_, _, err := w.Import(t.Context(), w.who, u, intake.Options{})
	if !errors.Is(err, core.Unavailable) || core.MsgOf(err).Key != "error.disk_full" {
		t.Fatalf("got %v", err)
	}
	persons, memberships := w.count(t, `SELECT count(*) FROM persons`), w.count(t, `SELECT count(*) FROM memberships`)
	if persons != memberships || persons >= 329 {
		t.Errorf("half written: %d people, %d memberships", persons, memberships)
	}
	limit(1 << 20)
	w.take(t, intake.Members, w.root, "members.xlsx", u.Data, intake.Options{})
	if got := w.count(t, `SELECT count(*) FROM persons`); got != 329 {
		t.Errorf("with room again: %d people", got)
	}
}
