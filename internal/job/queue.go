package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Handler does the work of one run. It may be called again after a crash, so
// it continues from what is written. It asks access for j.Actor() in every step,
// and Hold in every transaction that must not happen twice. report says how much
// is done and never waits. ctx ends when somebody cancels the job (context.Cause
// is ErrCancelled; the handler settles what it left and returns), when another
// worker has taken it (ErrLost) or when the program stops (ErrStopped). For a
// job that is cancelled before it starts, it is called once with a ctx that has
// ended already, so that it can settle.
//
// An error of ours or core.Unavailable is tried again, up to five runs; any
// other kind fails the job with its sentence.
type Handler func(ctx context.Context, j Job, report func(done int)) error

// Why a handler's context ended.
var (
	ErrCancelled = errors.New("job: cancelled")
	ErrLost      = errors.New("job: another worker has it")
	ErrStopped   = errors.New("job: the program stops")
)

// Bounds of the queue.
const (
	maxTries = 5
	lease    = 30 * time.Second // renewed at a third of it
	beat     = 500 * time.Millisecond
)

// A Queue works on the jobs of the database. Handlers are set before Run.
type Queue struct {
	DB      *db.DB
	Now     core.Now
	Log     *slog.Logger
	Workers int // at the same time, one unless told
	// Alone says that no other process works on this database: what a crashed
	// process had leased is taken up at once.
	Alone bool

	handlers map[Kind]Handler
}

// Handle sets who does the work of a kind.
func (q *Queue) Handle(k Kind, h Handler) {
	if q.handlers == nil {
		q.handlers = map[Kind]Handler{}
	}
	q.handlers[k] = h
}

// Enqueue adds a job in the caller's transaction, which has asked for the right.
// total is the steps it will report, or 0 if that is not known.
func (q *Queue) Enqueue(ctx context.Context, tx *db.Tx, who access.Actor, k Kind, subject core.ID, org core.OrgID, total int) (ID, error) {
	if who.User == 0 && !who.Machine {
		return 0, core.Forbidden // nobody to act for
	}
	now := q.Now()
	id := core.NewID(now)
	_, err := tx.Exec(ctx, `
		INSERT INTO jobs (realm_id, id, kind, subject_id, org_id, state, done, total, message, cancel, tries, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, '', $8, 0, $9, $10)`,
		who.Realm, id, k, db.Null(&subject), db.Null(&org), Waiting, total, false, db.Null(&who.User), db.Instant(now))
	return id, err
}

// Hold returns nil if this run of the job still owns it, in the transaction of a
// step; core.Conflict if another worker has taken it since.
func Hold(ctx context.Context, tx *db.Tx, j Job) error {
	n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM jobs WHERE realm_id = $1 AND id = $2 AND tries = $3 AND state = $4`,
		j.Realm, j.ID, j.Tries, Running)
	if err == nil && n != 1 {
		err = core.Fail(core.Conflict, "job.lost")
	}
	return err
}

// Run works until ctx ends, then gives back what it has not finished.
func (q *Queue) Run(ctx context.Context) {
	if q.Log == nil {
		q.Log = slog.New(slog.DiscardHandler)
	}
	if q.Alone {
		if err := q.release(ctx); err != nil {
			q.Log.ErrorContext(ctx, "jobs left by a crash", "error", err)
		}
	}
	var wg sync.WaitGroup
	for range max(q.Workers, 1) {
		wg.Go(func() { q.work(ctx) })
	}
	wg.Wait()
}

// release ends every lease, so that what ran is taken up.
func (q *Queue) release(ctx context.Context) error {
	return q.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE jobs SET leased_to = $2 WHERE state = $1 AND ended_at IS NULL`, Running, db.Instant(time.UnixMicro(1)))
		return err
	})
}

func (q *Queue) work(ctx context.Context) {
	pause := time.NewTicker(beat)
	defer pause.Stop()
	for ctx.Err() == nil {
		j, ok, err := q.take(ctx)
		if err != nil && ctx.Err() == nil && core.KindOf(err) != core.Unavailable {
			q.Log.ErrorContext(ctx, "take a job", "error", err)
		}
		if ok {
			q.run(ctx, j)
			continue
		}
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

// take leases the oldest job that this process can handle and that waits, or
// whose worker is dead. It is false when there is none.
func (q *Queue) take(ctx context.Context) (j Job, ok bool, err error) {
	ready, err := q.ready(ctx)
	if err != nil || len(ready) == 0 {
		return Job{}, false, err
	}
	now := q.Now()
	for _, j := range ready {
		if j.Tries >= maxTries {
			if err := q.end(ctx, j, Failed, core.M("job.gave_up", maxTries)); err != nil && core.KindOf(err) != core.Conflict {
				return Job{}, false, err
			}
			continue
		}
		err := q.DB.Tx(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(ctx, `
				UPDATE jobs SET state = $4, tries = tries + 1, leased_to = $5, started_at = coalesce(started_at, $6)
				WHERE realm_id = $1 AND id = $2 AND tries = $3 AND ended_at IS NULL AND (leased_to IS NULL OR leased_to < $6)`,
				j.Realm, j.ID, j.Tries, Running, db.Instant(now.Add(lease)), db.Instant(now))
			ok = n == 1
			return err
		})
		if err != nil || ok {
			j.State, j.Tries = Running, j.Tries+1
			return j, ok, err
		}
	}
	return Job{}, false, nil
}

func (q *Queue) ready(ctx context.Context) (ready []Job, err error) {
	err = q.DB.View(ctx, func(tx *db.Tx) error {
		all, err := db.All(ctx, tx, scan, `SELECT `+columns+` FROM jobs j
			WHERE j.ended_at IS NULL AND (j.leased_to IS NULL OR j.leased_to < $1) ORDER BY j.id LIMIT 100`, db.Instant(q.Now()))
		ready = slices.DeleteFunc(all, func(j Job) bool { return q.handlers[j.Kind] == nil })
		return err
	})
	return ready, err
}

// run calls the handler while a second goroutine keeps the lease.
func (q *Queue) run(ctx context.Context, j Job) {
	inner, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	unhook := context.AfterFunc(ctx, func() { end(ErrStopped) })
	defer unhook()
	if j.Cancel {
		end(ErrCancelled)
	}
	var done atomic.Int64
	done.Store(int64(j.Done))
	kept := make(chan struct{})
	finished := make(chan struct{})
	go func() {
		defer close(kept)
		q.keep(context.WithoutCancel(ctx), j, &done, finished, end)
	}()
	err := q.call(inner, j, func(n int) { done.Store(int64(n)) })
	close(finished)
	<-kept
	j.Done = int(done.Load())
	if serr := q.settle(context.WithoutCancel(ctx), j, err, context.Cause(inner)); serr != nil {
		q.Log.ErrorContext(ctx, "settle a job", "job", j.ID.String(), "error", serr)
	}
}

// call turns a panic of the handler into an error of ours.
func (q *Queue) call(ctx context.Context, j Job, report func(int)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return q.handlers[j.Kind](ctx, j, report)
}

// keep writes down how much is done, renews the lease and notices that the job
// was cancelled or lost.
func (q *Queue) keep(ctx context.Context, j Job, done *atomic.Int64, finished <-chan struct{}, end context.CancelCauseFunc) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	wrote, renewed := int64(j.Done), q.Now()
	for {
		select {
		case <-finished:
			return
		case <-tick.C:
		}
		n := done.Load()
		cancel, err := q.cancelled(ctx, j)
		if err == nil && (n != wrote || q.Now().Sub(renewed) > lease/3) {
			if err = q.renew(ctx, j, int(n)); err == nil {
				wrote, renewed = n, q.Now()
			}
		}
		switch {
		case errors.Is(err, core.Conflict):
			end(ErrLost)
			return
		case err != nil:
			continue // the database is busy or away: the lease has time
		case cancel:
			end(ErrCancelled)
		}
	}
}

func (q *Queue) cancelled(ctx context.Context, j Job) (cancel bool, err error) {
	err = q.DB.View(ctx, func(tx *db.Tx) error {
		now, err := find(ctx, tx, j.Realm, j.ID)
		if err == nil && (now.Tries != j.Tries || now.State != Running) {
			err = core.Fail(core.Conflict, "job.lost")
		}
		cancel = now.Cancel
		return err
	})
	return cancel, err
}

// renew lengthens the lease of a run; core.Conflict if it is no longer its own.
func (q *Queue) renew(ctx context.Context, j Job, done int) error {
	return q.update(ctx, `
		UPDATE jobs SET done = $5, leased_to = $6 WHERE realm_id = $1 AND id = $2 AND tries = $3 AND state = $4`,
		j.Realm, j.ID, j.Tries, Running, done, db.Instant(q.Now().Add(lease)))
}

func (q *Queue) update(ctx context.Context, query string, args ...any) error {
	return q.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, query, args...)
		if err == nil && n != 1 {
			err = core.Fail(core.Conflict, "job.lost")
		}
		return err
	})
}

// settle writes what came of a run.
func (q *Queue) settle(ctx context.Context, j Job, err, cause error) error {
	kind := core.KindOf(err)
	switch {
	case errors.Is(cause, ErrLost):
		return nil // it belongs to somebody else now
	case errors.Is(cause, ErrCancelled) && (err != nil || j.Cancel):
		return q.end(ctx, j, Cancelled, core.Msg{})
	case err == nil:
		return q.end(ctx, j, Done, core.Msg{})
	case errors.Is(cause, ErrStopped):
		return q.putBack(ctx, j, j.Tries-1, time.Time{}) // not its fault: the run does not count
	case kind != core.Internal && kind != core.Unavailable:
		return q.end(ctx, j, Failed, core.MsgOf(err))
	}
	q.Log.ErrorContext(ctx, "job", "job", j.ID.String(), "kind", string(j.Kind), "try", j.Tries, "error", err)
	if j.Tries >= maxTries {
		return q.end(ctx, j, Failed, core.MsgOf(err))
	}
	return q.putBack(ctx, j, j.Tries, q.Now().Add(time.Duration(j.Tries*j.Tries)*2*time.Second))
}

func (q *Queue) putBack(ctx context.Context, j Job, tries int, notBefore time.Time) error {
	return q.update(ctx, `
		UPDATE jobs SET state = $4, tries = $5, done = $6, leased_to = $7 WHERE realm_id = $1 AND id = $2 AND tries = $3 AND ended_at IS NULL`,
		j.Realm, j.ID, j.Tries, Waiting, tries, j.Done, db.Instant(notBefore))
}

func (q *Queue) end(ctx context.Context, j Job, s State, why core.Msg) error {
	return q.update(ctx, `
		UPDATE jobs SET state = $4, done = $5, message = $6, ended_at = $7, leased_to = NULL
		WHERE realm_id = $1 AND id = $2 AND tries = $3 AND ended_at IS NULL`,
		j.Realm, j.ID, j.Tries, s, j.Done, encode(why), db.Instant(q.Now()))
}

func find(ctx context.Context, q db.Querier, realm core.RealmID, id ID) (Job, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+` FROM jobs j WHERE j.realm_id = $1 AND j.id = $2`, realm, id)
}

// Find returns a job; core.NotFound if the realm has none of that id.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id ID) (Job, error) {
	return find(ctx, q, realm, id)
}
