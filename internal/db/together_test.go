package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"tongpin/internal/db"
)

// queue holds the writer until n transactions wait behind it, so that they go
// into one commit. The last error is that of the one that held it.
func queue(t *testing.T, d *db.DB, n int, each func(i int) error) []error {
	t.Helper()
	all := make([]error, n)
	var done sync.WaitGroup
	err := d.Tx(t.Context(), func(*db.Tx) error {
		for i := range n {
			done.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						all[i] = fmt.Errorf("panic: %v", p)
					}
				}()
				all[i] = each(i)
			})
		}
		for d.Waiting() < n {
			runtime.Gosched()
		}
		return nil
	})
	done.Wait()
	return append(all, err)
}

func openNumbers(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "numbers.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TABLE numbers (n integer PRIMARY KEY)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func numbers(t *testing.T, d *db.DB) (all []int) {
	t.Helper()
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		all, err = db.All(t.Context(), tx, db.Int, `SELECT n FROM numbers ORDER BY n`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWhoFailsInACommitOfManyLeavesNothing: of the transactions in one commit a
// third fails, one panics and one's caller has left, each after it has written.
func TestWhoFailsInACommitOfManyLeavesNothing(t *testing.T) {
	d := openNumbers(t)
	broken := errors.New("broken")
	gone, leave := context.WithCancel(t.Context())
	got := queue(t, d, 30, func(i int) error {
		ctx := t.Context()
		if i == 7 {
			ctx = gone
		}
		return d.Tx(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO numbers VALUES ($1)`, i); err != nil {
				return err
			}
			switch {
			case i == 7:
				leave()
				_, err := tx.Exec(ctx, `INSERT INTO numbers VALUES ($1)`, 1000+i)
				return err
			case i == 8:
				panic("of one alone")
			case i%3 == 0:
				return broken
			}
			_, err := tx.Exec(ctx, `INSERT INTO numbers VALUES ($1)`, 100+i)
			return err
		})
	})
	var want []int
	for i, err := range got[:30] {
		switch {
		case i == 7 && !errors.Is(err, context.Canceled), i == 8 && (err == nil || err.Error() != "panic: of one alone"), i != 7 && i%3 == 0 && err != broken:
			t.Errorf("the %dth was told %v", i, err)
		case i != 7 && i != 8 && i%3 != 0:
			want = append(want, i, 100+i)
			if err != nil {
				t.Errorf("the %dth was told %v", i, err)
			}
		}
	}
	slices.Sort(want)
	if now := numbers(t, d); !slices.Equal(now, want) {
		t.Errorf("written %v, want %v", now, want)
	}
}

// TestOneSeesWhatTheOthersOfItsCommitDid: the last seat is given once.
func TestOneSeesWhatTheOthersOfItsCommitDid(t *testing.T) {
	d := openNumbers(t)
	full := errors.New("full")
	got := queue(t, d, 20, func(i int) error {
		return d.Tx(t.Context(), func(tx *db.Tx) error {
			taken, err := db.One(t.Context(), tx, db.Int, `SELECT count(*) FROM numbers`)
			if err == nil && taken >= 3 {
				return full
			}
			if err == nil {
				_, err = tx.Exec(t.Context(), `INSERT INTO numbers VALUES ($1)`, i)
			}
			return err
		})
	})
	seated := 0
	for _, err := range got[:20] {
		if err == nil {
			seated++
		} else if err != full {
			t.Error(err)
		}
	}
	if now := numbers(t, d); seated != 3 || len(now) != 3 {
		t.Errorf("%d were told that they sit, %d do, want 3", seated, len(now))
	}
}

// TestACommitThatIsLostIsLostToAll: SQLite takes back the whole transaction on
// some errors; whoever was ready in it must not be told that it is kept.
func TestACommitThatIsLostIsLostToAll(t *testing.T) {
	d := openNumbers(t)
	got := queue(t, d, 20, func(i int) error {
		return d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO numbers VALUES ($1)`, i)
			if err == nil && i == 10 {
				_, err = tx.Exec(t.Context(), `ROLLBACK`)
				err = errors.Join(err, errors.New("the disk is full"))
			}
			return err
		})
	})
	kept := numbers(t, d)
	for i, err := range got[:20] {
		if (err == nil) != slices.Contains(kept, i) {
			t.Errorf("the %dth was told %v, kept are %v", i, err, kept)
		}
	}
}
