package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/text"
)

var anna = access.Actor{Realm: 1, User: 7, Via: audit.Page}

// A world is a database and a clock that can be moved; queues share both, as
// processes would.
type world struct {
	d   *db.DB
	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	return &world{d: d, now: dbtest.Day(2026, 11, 20)}
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) queue(h Handler) *Queue {
	q := &Queue{DB: w.d, Now: w.time}
	q.Handle("count", h)
	return q
}

func (w *world) enqueue(t *testing.T, q *Queue, who access.Actor) (id ID) {
	t.Helper()
	if err := w.d.Tx(t.Context(), func(tx *db.Tx) (err error) {
		id, err = q.Enqueue(t.Context(), tx, who, "count", 5, 0, 10)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) find(t *testing.T, id ID) (j Job) {
	t.Helper()
	if err := w.d.View(context.WithoutCancel(t.Context()), func(tx *db.Tx) (err error) {
		j, err = Find(context.WithoutCancel(t.Context()), tx, 1, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return j
}

// until runs the queues until every job is as ok wants it, for a minute at most.
func (w *world) until(t *testing.T, ok func() bool, queues ...*Queue) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	var wg sync.WaitGroup
	for _, q := range queues {
		wg.Go(func() { q.Run(ctx) })
	}
	for !ok() && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Error("a minute was not enough")
	}
	stop()
	wg.Wait()
}

func (w *world) ended(t *testing.T, id ID) func() bool {
	return func() bool { return w.find(t, id).State.Ended() }
}

func TestAJobIsDoneOnBehalfOfWhoAskedForIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var got []Job
		q := w.queue(func(_ context.Context, j Job, report func(int)) error {
			got = append(got, j)
			report(10)
			return nil
		})
		id, byMachine := w.enqueue(t, q, anna), w.enqueue(t, q, access.Machine(1))
		w.until(t, w.ended(t, byMachine), q)
		j := w.find(t, id)
		if j.State != Done || j.Done != 10 || j.Share().Percent() != "100.0%" || j.EndedAt.IsZero() || j.Tries != 1 {
			t.Errorf("got %+v", j)
		}
		if len(got) != 2 || got[0].ID != id || got[0].Subject != 5 {
			t.Fatalf("ran %+v", got)
		}
		if who := got[0].Actor(); who != (access.Actor{Realm: 1, User: 7, Via: audit.Server}) {
			t.Errorf("acts for %+v", who)
		}
		if who := got[1].Actor(); who != (access.Actor{Realm: 1, Via: audit.Server, Machine: true}) {
			t.Errorf("acts for %+v", who)
		}
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := q.Enqueue(t.Context(), tx, access.Actor{Realm: 1}, "count", 0, 0, 0)
			return err
		})
		if !errors.Is(err, core.Forbidden) {
			t.Errorf("a job for nobody: got %v", err)
		}
	})
}

func TestAJobOfARolledBackTransactionIsNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, boom := newWorld(t, d), errors.New("boom")
		q := w.queue(func(context.Context, Job, func(int)) error { return nil })
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := q.Enqueue(t.Context(), tx, anna, "count", 0, 0, 0)
			return errors.Join(err, boom)
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if _, ok, err := q.take(t.Context()); ok || err != nil {
			t.Errorf("took a job, %v", err)
		}
	})
}

// TestAWorkerThatDiesIsReplacedOnce takes a job and leaves it, as a process does
// that is killed in the middle; then others look for work.
func TestAWorkerThatDiesIsReplacedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var mu sync.Mutex
		var runs []Job
		h := func(_ context.Context, j Job, report func(int)) error {
			mu.Lock()
			defer mu.Unlock()
			runs = append(runs, j)
			report(10)
			return nil
		}
		dead, a, b := w.queue(h), w.queue(h), w.queue(h)
		id := w.enqueue(t, dead, anna)
		first, ok, err := dead.take(t.Context())
		if !ok || err != nil {
			t.Fatal(err)
		}
		if err := dead.renew(t.Context(), first, 4); err != nil {
			t.Fatal(err)
		}
		w.pass(lease)
		if _, ok, err := a.take(t.Context()); ok || err != nil {
			t.Errorf("taken while the lease held, %v", err)
		}
		w.pass(time.Microsecond)
		w.until(t, w.ended(t, id), a, b)
		if len(runs) != 1 || runs[0].Tries != 2 || runs[0].Done != 4 {
			t.Errorf("resumed %d times: %+v", len(runs), runs)
		}
		if err := dead.renew(t.Context(), first, 5); !errors.Is(err, core.Conflict) {
			t.Errorf("the dead one renewed its lease: %v", err)
		}
		if err := dead.settle(t.Context(), first, nil, nil); !errors.Is(err, core.Conflict) {
			t.Errorf("the dead one settled the job: %v", err)
		}
		if j := w.find(t, id); j.State != Done || j.Done != 10 {
			t.Errorf("got %+v", j)
		}
	})
}

func TestOnlyTheRunThatHoldsTheJobWrites(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		q := w.queue(func(context.Context, Job, func(int)) error { return nil })
		w.enqueue(t, q, anna)
		hold := func(j Job) error { return d.Tx(t.Context(), func(tx *db.Tx) error { return Hold(t.Context(), tx, j) }) }
		first, ok, err := q.take(t.Context())
		if !ok || err != nil || hold(first) != nil {
			t.Fatal(err, hold(first))
		}
		w.pass(time.Hour)
		second, ok, err := q.take(t.Context())
		if !ok || err != nil {
			t.Fatal(err)
		}
		if err := hold(first); core.MsgOf(err).Key != "job.lost" {
			t.Errorf("the first run: got %v", err)
		}
		if err := hold(second); err != nil {
			t.Errorf("the second run: got %v", err)
		}
		other := second
		other.Realm = 2
		if err := hold(other); !errors.Is(err, core.Conflict) {
			t.Errorf("another realm: got %v", err)
		}
	})
}

func TestAProcessAloneTakesUpWhatACrashLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		q := w.queue(func(context.Context, Job, func(int)) error { return nil })
		id := w.enqueue(t, q, anna)
		if _, ok, err := q.take(t.Context()); !ok || err != nil {
			t.Fatal(err)
		}
		q.Alone = true
		w.until(t, w.ended(t, id), q)
		if j := w.find(t, id); j.State != Done || j.Tries != 2 {
			t.Errorf("got %+v", j)
		}
	})
}

func TestTwoWorkersNeverRunOneJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var mu sync.Mutex
		runs := map[ID]int{}
		h := func(_ context.Context, j Job, _ func(int)) error {
			mu.Lock()
			defer mu.Unlock()
			runs[j.ID]++
			return nil
		}
		queues := []*Queue{w.queue(h), w.queue(h), w.queue(h)}
		for _, q := range queues {
			q.Workers = 3
		}
		const jobs = 30
		for range jobs {
			w.enqueue(t, queues[0], anna)
		}
		w.until(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(runs) == jobs
		}, queues...)
		for id, n := range runs {
			if n != 1 {
				t.Errorf("%s ran %d times", id, n)
			}
		}
	})
}

func TestFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, tt := range []struct {
			name  string
			f     func() error
			runs  int
			state State
			key   string
		}{
			{"what a person must correct", func() error { return core.Fail(core.Invalid, "error.fields") }, 1, Failed, "error.fields"},
			{"a right that was taken away", func() error { return core.Forbidden }, 1, Failed, "error.forbidden"},
			{"an error of ours", func() error { return errors.New("boom") }, 5, Failed, "error.internal"},
			{"a panic", func() error { panic("boom") }, 5, Failed, "error.internal"},
			{"a full disk", func() error { return core.Fail(core.Unavailable, "error.disk_full") }, 5, Failed, "error.disk_full"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				runs := 0
				q := w.queue(func(context.Context, Job, func(int)) error {
					runs++
					return tt.f()
				})
				id := w.enqueue(t, q, anna)
				w.until(t, func() bool {
					w.pass(10 * time.Second) // beyond any pause between runs
					return w.ended(t, id)()
				}, q)
				if j := w.find(t, id); runs != tt.runs || j.State != tt.state || j.Message.Key != tt.key {
					t.Errorf("%d runs, %s: %v; want %d, %s: %s", runs, j.State, j.Message, tt.runs, tt.state, tt.key)
				}
			})
		}
	})
}

func TestAJobThatKillsItsWorkersIsGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		q := w.queue(func(context.Context, Job, func(int)) error { return nil })
		id := w.enqueue(t, q, anna)
		for i := range maxTries {
			if _, ok, err := q.take(t.Context()); !ok || err != nil {
				t.Fatalf("run %d: %v", i+1, err)
			}
			w.pass(2 * lease)
		}
		if _, ok, err := q.take(t.Context()); ok || err != nil {
			t.Errorf("taken a sixth time, %v", err)
		}
		j := w.find(t, id)
		if j.State != Failed || text.Say(core.Hans, j.Message) != "试了5次都没有做完，已经停下。已写入的内容都在。" {
			t.Errorf("got %s: %s", j.State, text.Say(core.Hans, j.Message))
		}
	})
}

func TestStoppingTheProgramPutsTheJobBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		started := make(chan bool, 1)
		q := w.queue(func(ctx context.Context, _ Job, report func(int)) error {
			report(3)
			started <- true
			<-ctx.Done()
			return ctx.Err()
		})
		id := w.enqueue(t, q, anna)
		w.until(t, func() bool { return len(started) == 1 }, q)
		if j := w.find(t, id); j.State != Waiting || j.Tries != 0 || j.Done != 3 {
			t.Errorf("got %+v", j)
		}
	})
}

func TestSentencesComeBackWhole(t *testing.T) {
	m := core.M("a.b", "text", 3, core.NewDate(2026, 2, 28), core.M("c.d", core.OrgID(5)))
	want := core.M("a.b", "text", 3, core.NewDate(2026, 2, 28), core.M("c.d", core.OrgID(5).String()))
	if got := decode(encode(m)); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Errorf("got %#v, want %#v", got, want)
	}
	if got := decode(encode(core.Msg{})); !got.IsZero() {
		t.Errorf("got %v for nothing", got)
	}
}
