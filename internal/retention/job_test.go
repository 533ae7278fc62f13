package retention_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/job"
	"tongpin/internal/retention"
)

// TestTheJobOfADay: a server queues it once a day in each realm, its queue runs
// it, and what is not due is left for a later day.
func TestTheJobOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		a, b := w.left(1, "金丝雀", "", "", core.NewDate(2016, 11, 24)), w.left(1, "百灵鸟", "", "", core.NewDate(2016, 11, 25))
		other := w.left(2, "云雀", "", "", core.NewDate(2016, 11, 24))
		w.Queue = &job.Queue{DB: d, Now: w.Now, Log: slog.New(slog.DiscardHandler), Alone: true}
		w.Handle(w.Queue)
		work := func() {
			t.Helper()
			ctx, stop := context.WithCancel(ctx)
			defer stop()
			ended := make(chan struct{})
			go func() { defer close(ended); w.Queue.Run(ctx) }()
			for w.count(`SELECT count(*) FROM jobs WHERE ended_at IS NULL`) > 0 {
				if err := t.Context().Err(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			stop()
			<-ended
		}
		for range 2 {
			if err := w.Daily(ctx, access.Machine(1)); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM jobs WHERE realm_id = 1 AND kind = 'retention'`); n != 1 {
			t.Fatalf("%d jobs of one day", n)
		}
		work()
		if n := w.count(`SELECT count(*) FROM jobs WHERE state = 'done' AND done = $1`, len(retention.All)); n != 1 {
			t.Errorf("%d jobs are done", n)
		}
		if w.find(1, a).ErasedAt.IsZero() || !w.find(1, b).ErasedAt.IsZero() || !w.find(2, other).ErasedAt.IsZero() {
			t.Error("the job of one realm erases what is due there, and nothing else")
		}
		w.clock = w.clock.AddDate(0, 0, 1)
		for _, realm := range []core.RealmID{1, 2} {
			if err := w.Daily(ctx, access.Machine(realm)); err != nil {
				t.Fatal(err)
			}
		}
		work()
		if w.find(1, b).ErasedAt.IsZero() || w.find(2, other).ErasedAt.IsZero() {
			t.Error("the next day brings the next job")
		}
		if n := w.count(`SELECT count(*) FROM journal WHERE action = 'retention.erase' AND outcome = 'done'`); n != 3 {
			t.Errorf("%d entries", n)
		}
		if err := w.Daily(ctx, access.Actor{Realm: 1, User: 7, Via: audit.Page}); err == nil {
			t.Error("somebody who is not the machine queues it")
		}
	})
}
