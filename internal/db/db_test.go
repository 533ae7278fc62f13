package db_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func TestParametersBindByNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.View(t.Context(), func(tx *db.Tx) error {
			got, err := db.One(t.Context(), tx, db.Text, `SELECT CAST($2 AS text) || CAST($1 AS text) || CAST($2 AS text)`, "a", "b")
			if got != "bab" {
				t.Errorf("got %q, want bab", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	lite, err := dbtest.SQLite(t).Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	post, err := dbtest.Postgres(t).Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(lite) < 100 {
		t.Errorf("only %d columns found", len(lite))
	}
	if diff := cmp.Diff(lite, post); diff != "" {
		t.Errorf("SQLite (-) and PostgreSQL (+) differ:\n%s", diff)
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Migrate(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestALaterDatabaseIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		exec(t, d, `INSERT INTO migrations (name, hash) VALUES ('migrations/9999_future.sql', 'x')`)
		if err := d.Migrate(t.Context()); !errors.Is(err, core.Unavailable) {
			t.Errorf("got %v", err)
		}
	})
}

func exec(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	if err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDriverErrorsHaveKinds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dbtest.Realm(t, d, 1, "Suzhou")
		again := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES (1, 'x', 'UTC', $1, 0)`, false)
			return err
		})
		if !errors.Is(again, core.Conflict) {
			t.Errorf("the same key twice: got %v", again)
		}
		orphan := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO sessions (hash, realm_id, user_id, epoch, created_at, seen_at, expires_at) VALUES ('h', 1, 77, 0, 0, 0, 0)`)
			return err
		})
		if !errors.Is(orphan, core.NotFound) {
			t.Errorf("a session of nobody: got %v", orphan)
		}
	})
}

func TestAFailedTransactionLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES (1, 'x', 'UTC', $1, 0)`, false)
			return errors.Join(err, boom)
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if n := count(t, d); n != 0 {
			t.Errorf("%d rows were left", n)
		}
	})
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, db.Int, `SELECT count(*) FROM realms`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAViewCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.View(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM realms`)
			return err
		})
		if err == nil {
			t.Error("a view deleted rows")
		}
	})
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dbtest.Realm(t, d, 1, "Suzhou")
		exec(t, d, `INSERT INTO tallies (realm_id, org_id, what, own, below) VALUES (1, 1, 'x', 0, 0)`)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				err := d.Tx(context.WithoutCancel(t.Context()), func(tx *db.Tx) error {
					n, err := db.One(t.Context(), tx, db.Int, `SELECT own FROM tallies WHERE realm_id = 1 AND org_id = 1`)
					if err != nil {
						return err
					}
					_, err = tx.Exec(t.Context(), `UPDATE tallies SET own = $1 WHERE realm_id = 1 AND org_id = 1`, n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			n, err := db.One(t.Context(), tx, db.Int, `SELECT own FROM tallies WHERE realm_id = 1`)
			if n != 8 {
				t.Errorf("8 writers counted to %d", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDatesAndInstantsComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at, day, note := time.Date(2026, 11, 20, 1, 2, 3, 4000, time.UTC), core.NewDate(2026, 2, 28), ""
		exec(t, d, `CREATE TABLE kinds_test (id bigint, d `+map[string]string{"sqlite": "text", "postgres": "date"}[d.Engine()]+`, none bigint, note text)`)
		exec(t, d, `INSERT INTO kinds_test (id, d, none, note) VALUES ($1, $2, $3, $4)`, db.Instant(at), db.Date(day), db.Instant(time.Time{}), db.Null(&note))
		var i, none db.Instant
		var got db.Date
		err := d.View(t.Context(), func(tx *db.Tx) error {
			return db.Each(t.Context(), tx, func(r db.Row) error { return r.Scan(&i, &got, &none, db.Null(&note)) },
				`SELECT id, d, none, note FROM kinds_test WHERE d <= '9999-12-31' AND note IS NULL`)
		})
		if err != nil || !time.Time(i).Equal(at) || core.Date(got) != day || !time.Time(none).IsZero() {
			t.Errorf("got %v %v %v, %v", time.Time(i), got, time.Time(none), err)
		}
	})
}

func TestWordsAreFoundAsPhrases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), db.PersonSearch
		exec := func(f func(tx *db.Tx) error) {
			if err := d.Tx(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		exec(func(tx *db.Tx) error {
			return s.IndexMany(ctx, tx, []int64{1, 2, 3, 4}, [][]string{{"张", "敏"}, {"敏", "张"}, {"张", "小", "敏"}, {"o'hara", `a\b`}})
		})
		find := func(words ...string) (ids []int) {
			exec(func(tx *db.Tx) (err error) {
				ids, err = db.All(ctx, tx, db.Int, `SELECT m.id FROM `+s.Join(tx, "$1")+` ORDER BY m.id`, s.Phrase(tx, words))
				return err
			})
			return ids
		}
		for _, tt := range []struct {
			words []string
			want  []int
		}{{[]string{"张"}, []int{1, 2, 3}}, {[]string{"张", "敏"}, []int{1}}, {[]string{"小", "敏"}, []int{3}}, {[]string{"王"}, nil}, {[]string{"o'hara"}, []int{4}}, {[]string{`"`}, nil}} {
			if got := find(tt.words...); !slices.Equal(got, tt.want) {
				t.Errorf("%v: got %v, want %v", tt.words, got, tt.want)
			}
		}
		exec(func(tx *db.Tx) error { return s.Unindex(ctx, tx, 1) })
		if got := find("张", "敏"); got != nil {
			t.Errorf("a forgotten row was found: %v", got)
		}
	})
}

func TestManyRowsAreWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rows := make([][]any, 150)
		for i := range rows {
			rows[i] = []any{i + 1, "r", "UTC", false, 0}
		}
		if err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return db.Insert(t.Context(), tx, "realms", "id, name, zone, synthetic, created_at", rows)
		}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d); n != 150 {
			t.Errorf("got %d rows", n)
		}
	})
}

func TestRowsThatAreThereAlreadyAreAddedTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		add := func() {
			if err := d.Tx(t.Context(), func(tx *db.Tx) error {
				return db.Upsert(t.Context(), tx, "tallies", "realm_id, org_id, what, own, below",
					"(realm_id, org_id, what) DO UPDATE SET own = tallies.own + excluded.own", [][]any{{1, 1, "x", 2, 0}, {1, 2, "x", 3, 0}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		add()
		add()
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			got, err := db.All(t.Context(), tx, db.Int, `SELECT own FROM tallies ORDER BY org_id`)
			if !slices.Equal(got, []int{4, 6}) {
				t.Errorf("got %v", got)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
