package demo_test

import (
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/demo"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/secret"
)

var now = dbtest.Day(2026, 11, 24)

func TestTheParkCountsWhatTheReportSays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		dbtest.Realm(t, d, 1, demo.Realm)
		start := time.Now()
		people, err := demo.Build(ctx, d, secret.Fixed(secret.AES), 1, now)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("built in %v", time.Since(start))
		if len(people) != 9 {
			t.Errorf("got %d people who can sign in", len(people))
		}
		for _, tt := range []struct {
			on            core.Date
			orgs, members int
		}{{demo.FirstDay, demo.FirstOrgs, 0}, {demo.SecondDay, demo.SecondOrgs, demo.SecondMembers}} {
			orgs, members := countPark(t, d, tt.on)
			if orgs != tt.orgs || tt.members > 0 && members != tt.members {
				t.Errorf("on %s: got %d organisations and %d members, want %d and %d", tt.on, orgs, members, tt.orgs, tt.members)
			}
		}
	})
}

func countPark(t *testing.T, d *db.DB, on core.Date) (orgs, members int) {
	t.Helper()
	ctx := t.Context()
	err := d.View(ctx, func(tx *db.Tx) error {
		tree, err := org.At(ctx, tx, 1, core.Moment{On: on})
		if err != nil {
			return err
		}
		counts, err := member.CountsAt(ctx, tx, 1, core.Moment{On: on})
		if err != nil {
			return err
		}
		for _, id := range tree.All() {
			if o, _ := tree.Find(id); o.Name != "苏州工业园区党工委" {
				continue
			}
			for _, below := range tree.Under(id) {
				orgs++
				members += counts[below].Members()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return orgs, members
}
