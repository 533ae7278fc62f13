package db_test

import (
	"errors"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func TestAStatementMayRunInsideItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for id := range core.RealmID(3) {
			dbtest.Realm(t, d, id+1, "Suzhou")
		}
		const query = `SELECT id FROM realms WHERE id > $1 ORDER BY id`
		for range 3 {
			var seen []int
			err := d.Tx(t.Context(), func(tx *db.Tx) error {
				outer, err := db.All(t.Context(), tx, db.Int, query, 0)
				if err != nil {
					return err
				}
				for _, id := range outer {
					if d.Engine() == "postgres" { // one result at a time
						inner, err := db.All(t.Context(), tx, db.Int, query, id)
						seen = append(seen, inner...)
						if err != nil {
							return err
						}
						continue
					}
					err := db.Each(t.Context(), tx, func(r db.Row) error {
						n, err := db.Int(r)
						if err != nil {
							return err
						}
						inner, err := db.All(t.Context(), tx, db.Int, query, n)
						if len(inner) != 3-n {
							t.Errorf("inside %d: got %v", n, inner)
						}
						seen = append(seen, n)
						return err
					}, query, id)
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil || len(seen) != 3 {
				t.Errorf("got %v, %v", seen, err)
			}
		}
	})
}

func TestAStatementThatFailedOrStoppedRunsAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := t.Context(), errors.New("enough")
		dbtest.Realm(t, d, 1, "Suzhou")
		dbtest.Realm(t, d, 2, "Elsewhere")
		insert := func(id int) error {
			return d.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES ($1, 'x', 'UTC', $2, 0)`, id, false)
				return err
			})
		}
		for range 2 {
			if err := insert(1); !errors.Is(err, core.Conflict) {
				t.Errorf("the same key: got %v", err)
			}
			for range 2 {
				rows := 0
				err := d.View(ctx, func(tx *db.Tx) error {
					return db.Each(ctx, tx, func(db.Row) error { rows++; return stop }, `SELECT id FROM realms ORDER BY id`)
				})
				if !errors.Is(err, stop) || rows != 1 {
					t.Errorf("stopped after %d rows: %v", rows, err)
				}
			}
		}
		if err := insert(3); err != nil {
			t.Error(err)
		}
		exec(t, d, `ALTER TABLE realms ADD COLUMN more text`)
		if n := count(t, d); n != 3 {
			t.Errorf("%d realms after the table changed", n)
		}
		exec(t, d, `ALTER TABLE realms DROP COLUMN more`)
		if err := insert(4); err != nil {
			t.Error(err)
		}
	})
}
