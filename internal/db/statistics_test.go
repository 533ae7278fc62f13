package db_test

import (
	"strings"
	"testing"

	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func TestPlansAreRightBeforeAnythingWasCounted(t *testing.T) {
	d := dbtest.SQLite(t)
	for _, tt := range []struct{ query, want string }{
		{`SELECT id, path FROM orgs WHERE realm_id = $1 AND id IN ($2, $3, $4, $5)`, "INTEGER PRIMARY KEY"},
		{`SELECT id FROM clocks WHERE realm_id = $1 AND id IN ($2, $3, $4, $5) AND ended_at IS NULL`, "INTEGER PRIMARY KEY"},
		{`SELECT id FROM persons WHERE realm_id = $1 AND at_1 = $2 AND id > $3 AND id <> $4 AND id <> $5 ORDER BY name_key LIMIT 50`, "persons_at_1"},
	} {
		for _, analyzed := range []bool{false, true} {
			if analyzed {
				if err := d.Analyze(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			var plan string
			if err := d.View(t.Context(), func(tx *db.Tx) error {
				return db.Each(t.Context(), tx, func(r db.Row) error {
					var id, parent, unused int
					var step string
					err := r.Scan(&id, &parent, &unused, &step)
					plan += step + "; "
					return err
				}, "EXPLAIN QUERY PLAN "+tt.query, 1, 2, 3, 4, 5)
			}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(plan, tt.want) {
				t.Errorf("%s (analyzed: %v): %s", tt.query, analyzed, plan)
			}
		}
	}
}
