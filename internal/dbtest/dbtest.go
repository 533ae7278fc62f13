// Package dbtest gives tests a migrated, empty database of each kind.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Each runs f once on SQLite and once on PostgreSQL, in parallel. Without
// TEST_POSTGRES the second run is skipped, except in CI, where that is a
// failure.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t))
	})
}

// SQLite returns a migrated, empty SQLite database.
func SQLite(t *testing.T) *db.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "test.db"))
}

// Postgres returns a migrated, empty schema of PostgreSQL.
func Postgres(t *testing.T) *db.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// PostgresURL creates a PostgreSQL schema for one test and returns its URL.
func PostgresURL(t *testing.T) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" && os.Getenv("CI") != "" {
		t.Fatal("TEST_POSTGRES is not set, and CI must test both engines")
	}
	if base == "" {
		t.Skip("TEST_POSTGRES is not set")
	}
	name := "t" + strings.ToLower(core.NewID(time.Now()).String())
	statement(t, base, "CREATE SCHEMA "+name)
	t.Cleanup(func() { statement(t, base, "DROP SCHEMA "+name+" CASCADE") })
	return base + "?search_path=" + name
}

func statement(t *testing.T, base, text string) {
	t.Helper()
	ctx := context.Background() // also after the test's own context has ended
	admin, err := db.Open(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	err = admin.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, source string) *db.DB {
	t.Helper()
	d, err := db.OpenWith(t.Context(), source, db.Scratch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// Realm adds a realm, so that a test has a place for its rows.
func Realm(t *testing.T, d *db.DB, id core.RealmID, name string) {
	t.Helper()
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES ($1, $2, 'Asia/Shanghai', $3, $4)`,
			id, name, true, db.Instant(Day(2026, 11, 20)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Day returns noon in Shanghai on that day: a fixed clock for tests.
func Day(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))
}
