package account_test

import (
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func TestARefusedPageIsJournalledWithoutItsAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		who := access.Actor{Realm: 1, User: w.boss.ID, Via: "page"}
		if err := w.Denied(t.Context(), who, "GET /people/{person}", core.Forbidden); err != nil {
			t.Fatal(err)
		}
		n := w.count(t, `SELECT count(*) FROM journal WHERE realm_id = 1 AND action = 'page.open' AND outcome = 'denied' AND note = 'GET /people/{person}' AND subject_id IS NULL`)
		if n != 1 {
			t.Errorf("%d entries, want 1", n)
		}
	})
}
