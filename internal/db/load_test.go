package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func TestLoadingPutsIndexesAsideAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dbtest.Realm(t, d, 1, "Suzhou")
		ctx := t.Context()
		before := indexes(t, d)
		tallies := func(tx *db.Tx) error {
			rows := make([][]any, 300)
			for i := range rows {
				rows[i] = []any{1, i + 1, "x", i, i}
			}
			return db.Insert(ctx, tx, "tallies", "realm_id, org_id, what, own, below", rows)
		}
		boom := errors.New("boom")
		err := d.Tx(ctx, func(tx *db.Tx) error {
			return db.Loading(ctx, tx, []string{"persons", "tallies"}, func() error { return errors.Join(tallies(tx), boom) })
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, indexes(t, d)); diff != "" {
			t.Errorf("a failure changed the indexes: %s", diff)
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error {
			return db.Loading(ctx, tx, []string{"persons", "tallies"}, func() error {
				within, err := indexNames(ctx, tx, d)
				if d.Engine() == "sqlite" && len(within) >= len(before) {
					t.Error("no index was put aside")
				}
				return errors.Join(err, db.Loading(ctx, tx, []string{"persons"}, func() error { return tallies(tx) }))
			})
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, indexes(t, d)); diff != "" {
			t.Errorf("the indexes are not back: %s", diff)
		}
	})
}

func indexNames(ctx context.Context, tx *db.Tx, d *db.DB) ([]string, error) {
	query := `SELECT name || sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`
	if d.Engine() == "postgres" {
		query = `SELECT CAST(indexname AS text) FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname`
	}
	return db.All(ctx, tx, db.Text, query)
}

func indexes(t *testing.T, d *db.DB) (all []string) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		all, err = indexNames(t.Context(), tx, d)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
