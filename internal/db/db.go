// Package db runs the same SQL on SQLite and PostgreSQL. It opens the
// database, migrates it, runs transactions and turns driver errors into kinds.
// It is the only package that knows which engine it is talking to.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"tongpin/internal/core"
)

// A DB is a database: on SQLite one connection that writes and a few that
// read, on PostgreSQL one pool.
type DB struct {
	write, read *sql.DB
	writer      *writer // SQLite alone
	engine      engine
	source      string
}

type engine string

const (
	sqliteEngine   engine = "sqlite"
	postgresEngine engine = "postgres"
)

// A Querier runs statements inside a transaction.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// cacheSize is SQLite's page cache of one connection, in KiB below zero. Readers
// map up to mapSize bytes of the file into memory instead of copying pages: a
// third quicker where a list's rows lie far apart, and the system takes the
// memory back when it needs it.
const (
	cacheSize = "-65536"
	mapSize   = "1073741824"
)

// Durable and Scratch say what a commit promises.
const (
	Durable = "FULL" // a commit survives a power cut
	Scratch = "OFF"  // for data that can be made again, such as a test's
	Raw     = "RAW"  // Scratch for one writer alone, who keeps the foreign keys without being watched
)

// pragmas are what a promise means to SQLite. The log goes back into the file
// every 4,000 pages (16 MB): four times SQLite's own number writes a page that
// changes often once instead of four times.
var pragmas = map[string]string{
	Durable: "&_pragma=synchronous(FULL)&_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(4000)&_pragma=foreign_keys(1)",
	Scratch: "&_pragma=synchronous(OFF)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)",
	Raw:     "&_pragma=synchronous(OFF)&_pragma=journal_mode(MEMORY)",
}

// Open connects to a database named by a URL (postgres://…) or a file path,
// with the promise Durable.
func Open(ctx context.Context, source string) (*DB, error) { return OpenWith(ctx, source, Durable) }

// OpenWith is Open with a promise. On PostgreSQL the server's own settings
// decide.
func OpenWith(ctx context.Context, source, promise string) (*DB, error) {
	d := &DB{engine: sqliteEngine, source: source}
	if strings.HasPrefix(source, "postgres://") || strings.HasPrefix(source, "postgresql://") {
		d.engine = postgresEngine
		pool, err := sql.Open("pgx", source)
		if err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		pool.SetMaxOpenConns(16)
		pool.SetMaxIdleConns(8)
		d.write, d.read = pool, pool
	} else {
		base := "file:" + source + "?_pragma=busy_timeout(5000)" + pragmas[promise] +
			"&_pragma=cache_size(" + cacheSize + ")&_pragma=temp_store(MEMORY)"
		var err error
		if d.write, err = openSQLite(base + "&_txlock=immediate"); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		d.write.SetMaxOpenConns(1)
		d.writer = newWriter(d.write)
		if d.read, err = openSQLite(base + "&_pragma=query_only(1)&_pragma=mmap_size(" + mapSize + ")"); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		readers := max(2, runtime.NumCPU())
		d.read.SetMaxOpenConns(readers)
		d.read.SetMaxIdleConns(readers)
	}
	if err := d.write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("reach database: %w", errors.Join(classify(err), d.Close()))
	}
	return d, nil
}

// Close closes the database.
func (d *DB) Close() error {
	if d.read == nil || d.read == d.write {
		return d.write.Close()
	}
	return errors.Join(d.read.Close(), d.write.Close())
}

// Source returns the file or the URL, for messages to an administrator.
func (d *DB) Source() string { return d.source }

// Engine returns "sqlite" or "postgres", for messages to an administrator.
func (d *DB) Engine() string { return string(d.engine) }

// A Tx is a transaction. It is valid only inside the function given to DB.Tx
// or DB.View.
type Tx struct {
	sql    *sql.Tx
	engine engine
	shared bool // with other transactions of the same commit
}

// of returns the context of one statement. An interrupted statement would take
// back the whole of what a commit carries, so in a shared one it is asked
// before each statement whether the caller still waits.
func (t *Tx) of(ctx context.Context) (context.Context, error) {
	if !t.shared {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// Exec runs a statement and returns the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, err := t.of(ctx)
	if err != nil {
		return 0, err
	}
	res, err := t.sql.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, classify(err)
	}
	return res.RowsAffected()
}

func (t *Tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := t.of(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := t.sql.QueryContext(ctx, query, args...)
	return rows, classify(err)
}

const maxTries = 8

// Tx runs f in a serializable transaction: it commits if f returns nil and
// rolls back otherwise. On PostgreSQL f may run more than once, so it must
// not do anything that a rollback cannot undo, such as sending mail.
func (d *DB) Tx(ctx context.Context, f func(*Tx) error) error {
	if d.writer != nil {
		return d.writer.run(ctx, f)
	}
	opts := &sql.TxOptions{Isolation: sql.LevelSerializable} // what SQLite's single writer gives us anyway
	for try := 1; ; try++ {
		err := d.try(ctx, d.write, opts, f)
		if err == nil || !retryable(err) || try == maxTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try*try) * 5 * time.Millisecond):
		}
	}
}

// View runs f in a transaction that only reads and sees one moment of the
// database throughout. It never waits for a writer.
func (d *DB) View(ctx context.Context, f func(*Tx) error) error {
	opts := &sql.TxOptions{}
	if d.engine == postgresEngine {
		opts.Isolation, opts.ReadOnly = sql.LevelRepeatableRead, true
	}
	return d.try(ctx, d.read, opts, f)
}

func (d *DB) try(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, f func(*Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", classify(err))
	}
	defer tx.Rollback() // does nothing after a commit
	if err := f(&Tx{sql: tx, engine: d.engine}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", classify(err))
	}
	return nil
}

// A Row is what a scan function reads one record from.
type Row interface{ Scan(dest ...any) error }

// Each calls f with every record of a query, in order, without holding them
// all. f may stop it with an error.
func Each(ctx context.Context, q Querier, f func(Row) error, query string, args ...any) error {
	rows, err := q.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

// All returns every record of a query, in order.
func All[T any](ctx context.Context, q Querier, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := Each(ctx, q, func(r Row) error {
		t, err := scan(r)
		if err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		all = append(all, t)
		return nil
	}, query, args...)
	return all, err
}

// One returns the only record of a query, or core.NotFound.
func One[T any](ctx context.Context, q Querier, scan func(Row) (T, error), query string, args ...any) (T, error) {
	all, err := All(ctx, q, scan, query, args...)
	if err == nil && len(all) == 0 {
		err = core.NotFound
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return all[0], nil
}

// Int scans one whole number, such as a count.
func Int(r Row) (n int, err error) { return n, r.Scan(&n) }

// Text scans one string.
func Text(r Row) (s string, err error) { return s, r.Scan(&s) }

// Analyze refreshes the statistics that the planner needs after a large
// import.
func (d *DB) Analyze(ctx context.Context) error {
	if _, err := d.write.ExecContext(ctx, "ANALYZE"); err != nil {
		return classify(err)
	}
	return d.presume(ctx)
}

// Scrub makes SQLite write the database anew and empty its log, so that no byte
// of what was deleted stays in either file. PostgreSQL is asked to free the rows;
// what stays of them in its files until they are written over is its business.
func (d *DB) Scrub(ctx context.Context) error {
	all := []string{`INSERT INTO person_search (person_search) VALUES ('optimize')`, `VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`}
	if d.engine == postgresEngine {
		all = []string{`VACUUM persons, person_search, memberships, journal_bodies, batch_rows, users`}
	}
	for _, statement := range all {
		if _, err := d.write.ExecContext(ctx, statement); err != nil {
			return classify(err)
		}
	}
	return nil
}

// Check asks SQLite to read the whole database and say what is damaged.
// PostgreSQL checks its pages itself.
func (d *DB) Check(ctx context.Context) error {
	if d.engine == postgresEngine {
		return d.read.PingContext(ctx)
	}
	var s string
	if err := d.read.QueryRowContext(ctx, "PRAGMA quick_check").Scan(&s); err != nil {
		return classify(err)
	}
	if s != "ok" {
		return fmt.Errorf("quick_check: %s", s)
	}
	return nil
}

// CheckTable asks SQLite whether a table agrees with its pages and its indexes.
// The name is a constant of the caller.
func (d *DB) CheckTable(ctx context.Context, table string) error {
	if d.engine == postgresEngine {
		return nil
	}
	var s string
	if err := d.read.QueryRowContext(ctx, "PRAGMA integrity_check('"+table+"')").Scan(&s); err != nil {
		return classify(err)
	}
	if s != "ok" {
		return fmt.Errorf("integrity_check: %s", s)
	}
	return nil
}
