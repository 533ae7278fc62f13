package intake

import (
	"context"
	"errors"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/job"
)

// The kinds of job.
const (
	jobCheck job.Kind = "intake.check"
	jobWrite job.Kind = "intake.write"
	jobUndo  job.Kind = "intake.undo"
)

// Handle sets this service to do the jobs of batches.
func (s *Service) Handle(q *job.Queue) {
	q.Handle(jobCheck, s.handle(Checking, Mapped, s.checkJob))
	q.Handle(jobWrite, s.handle(Writing, Stopped, s.writeJob))
	q.Handle(jobUndo, s.handle(Undoing, Written, s.undoJob))
}

// enqueue queues the work on a batch in the transaction that asks for it.
func (s *Service) enqueue(ctx context.Context, tx *db.Tx, who access.Actor, k job.Kind, b *Batch) error {
	id, err := s.Queue.Enqueue(ctx, tx, who, k, b.ID, b.Under, b.Rows)
	b.Job = id
	return err
}

// work is what a job does with its batch.
type work func(ctx context.Context, j job.Job, b *Batch, tell func(done, total int)) error

// handle returns a handler of jobs on batches in one state. A job that ends
// without having done its work leaves the batch in the state instead, from
// which the person can go on.
func (s *Service) handle(in, instead State, do work) job.Handler {
	return func(ctx context.Context, j job.Job, report func(int)) error {
		var b Batch
		always := context.WithoutCancel(ctx)
		err := s.DB.View(always, func(tx *db.Tx) (err error) {
			b, err = findBatch(always, tx, j.Realm, j.Subject)
			return err
		})
		if err != nil {
			return err
		}
		if b.State != in {
			return nil // done before a crash, or stopped
		}
		if err = ctx.Err(); err == nil {
			err = do(ctx, j, &b, func(done, _ int) { report(done) })
		}
		if err == nil {
			return nil
		}
		cause := context.Cause(ctx)
		kind := core.KindOf(err)
		again := kind == core.Internal || kind == core.Unavailable
		switch {
		case errors.Is(cause, job.ErrStopped), errors.Is(cause, job.ErrLost):
			return err // it will be taken up where it stands
		case !errors.Is(cause, job.ErrCancelled) && again && j.Tries < jobTries:
			return err
		}
		b.State = in
		return s.giveBack(ctx, b, instead, err)
	}
}

// jobTries is how often the queue tries a job that fails by our fault.
const jobTries = 5

func (s *Service) checkJob(ctx context.Context, j job.Job, b *Batch, tell func(done, total int)) error {
	return s.check(ctx, j.Actor(), b, tell)
}

func (s *Service) writeJob(ctx context.Context, j job.Job, b *Batch, tell func(done, total int)) error {
	r, err := s.resume(ctx, j.Actor(), *b)
	if err != nil {
		return err
	}
	r.hold = func(ctx context.Context, tx *db.Tx) error { return job.Hold(ctx, tx, j) }
	return s.writeRun(ctx, j.Actor(), b, r, tell)
}

func (s *Service) undoJob(ctx context.Context, j job.Job, b *Batch, _ func(done, total int)) error {
	return s.undo(ctx, j.Actor(), b)
}
