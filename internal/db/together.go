package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Bounds of what one commit carries.
const (
	together = 128                   // transactions
	patience = 20 * time.Millisecond // from the first one's begin
)

// A writer is SQLite's one connection that writes. A commit waits for the disk,
// and nothing else may be written meanwhile; so whoever is waiting when a
// transaction is ready runs in the same commit, each within a savepoint of its
// own, and all of them are told when it is on the disk. One that fails leaves
// nothing behind and the others in place.
type writer struct {
	pool    *sql.DB
	turn    chan struct{} // full while somebody runs
	waiting atomic.Int64  // for the turn

	// Of whose turn it is.
	tx    *sql.Tx // open, with what has been run and not committed
	began time.Time
	ready []chan error // who waits for the commit
}

func newWriter(pool *sql.DB) *writer { return &writer{pool: pool, turn: make(chan struct{}, 1)} }

// run waits for its turn even when ctx has ended: the commit of others may have
// been left to it.
func (w *writer) run(ctx context.Context, f func(*Tx) error) error {
	w.waiting.Add(1)
	w.turn <- struct{}{}
	w.waiting.Add(-1)
	done, err := w.join(ctx, f)
	if err != nil {
		return err
	}
	return <-done
}

// join runs f and leaves the commit to whoever is next, or does it. The turn is
// given back in any case, also when f panics.
func (w *writer) join(ctx context.Context, f func(*Tx) error) (done chan error, err error) {
	open := false
	defer func() {
		if open {
			w.leave()
		}
		w.settle()
		<-w.turn
	}()
	if err := w.enter(ctx); err != nil {
		return nil, err
	}
	open = true
	if err := f(&Tx{sql: w.tx, engine: sqliteEngine, shared: true}); err != nil {
		return nil, err
	}
	if err := w.keep(); err != nil {
		return nil, err
	}
	open = false
	done = make(chan error, 1)
	w.ready = append(w.ready, done)
	return done, nil
}

// enter begins a transaction, or a savepoint in the one that is open.
func (w *writer) enter(ctx context.Context) error {
	err := ctx.Err()
	if err != nil {
		return err
	}
	if w.tx != nil {
		_, err = w.tx.ExecContext(context.WithoutCancel(ctx), "SAVEPOINT member")
		return classify(err)
	}
	w.began = time.Now() //nolint:forbidigo // how long others wait, by the machine's time
	if w.tx, err = w.pool.BeginTx(context.WithoutCancel(ctx), nil); err != nil {
		w.tx = nil
		return fmt.Errorf("begin: %w", classify(err))
	}
	return nil
}

// keep ends the savepoint of a transaction that others share.
func (w *writer) keep() error {
	if len(w.ready) == 0 {
		return nil
	}
	_, err := w.tx.ExecContext(context.Background(), "RELEASE member")
	return classify(err)
}

// leave takes back what one has done. SQLite itself takes everything back on
// some errors, a full disk among them: then the others learn it too.
func (w *writer) leave() {
	if len(w.ready) == 0 {
		_ = w.tx.Rollback() // of what nobody will see
		w.tx = nil
		return
	}
	_, err := w.tx.ExecContext(context.Background(), "ROLLBACK TO member")
	if err == nil {
		_, err = w.tx.ExecContext(context.Background(), "RELEASE member")
	}
	if err != nil {
		w.tell(errors.Join(fmt.Errorf("the transaction is lost: %w", classify(err)), w.tx.Rollback()))
	}
}

// settle commits, unless somebody is waiting who will.
func (w *writer) settle() {
	if w.tx == nil || w.waiting.Load() > 0 && len(w.ready) < together && time.Since(w.began) < patience {
		return
	}
	if err := w.tx.Commit(); err != nil {
		w.tell(fmt.Errorf("commit: %w", classify(err)))
		return
	}
	w.tell(nil)
}

func (w *writer) tell(err error) {
	for _, done := range w.ready {
		done <- err
	}
	w.tx, w.ready = nil, nil
}
