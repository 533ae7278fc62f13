package intake

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Check gives every row its verdict without writing any: what is new, what
// would change from which value to which, what is refused and why. A large
// file is checked by a job; the batch then comes back as Checking.
func (s *Service) Check(ctx context.Context, who access.Actor, id core.ID) (Batch, error) {
	var small bool
	b, err := s.requireThen(ctx, who, id, func(tx *db.Tx, b *Batch, now time.Time) (err error) {
		if b.State != Mapped && b.State != Checked {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		if b.Mapping.Index("name") < 0 {
			return core.Fail(core.Invalid, "intake.no_name_column")
		}
		b.State, b.Done = Checking, 0
		if small = s.small(b.Entity, b.Rows); small {
			return nil
		}
		return s.enqueue(ctx, tx, who, jobCheck, b)
	})
	if err != nil || !small {
		return b, s.denied(ctx, who, "import.check", b.Under, id, err)
	}
	if err := s.check(ctx, who, &b, func(int, int) {}); err != nil {
		return b, s.giveBack(ctx, b, Mapped, err)
	}
	return b, nil
}

// check judges every row of a batch that is Checking.
func (s *Service) check(ctx context.Context, who access.Actor, b *Batch, tell func(done, total int)) error {
	r, err := s.resume(ctx, who, *b)
	if err != nil {
		return err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who, b.Entity, b.Under); err != nil {
			return err
		}
		return r.judge(ctx, tx, tell)
	})
	if err != nil {
		return err
	}
	return s.keepVerdicts(ctx, who, b, r)
}

// giveBack returns a batch whose work failed to the state before it, so that
// the person can try again. It returns why it failed.
func (s *Service) giveBack(ctx context.Context, b Batch, to State, cause error) error {
	if core.MsgOf(cause).Key == "intake.moved_on" {
		return cause // somebody else works on it
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if to != Stopped {
			_, err := tx.Exec(ctx, `UPDATE batches SET state = $4 WHERE realm_id = $1 AND id = $2 AND state = $3`, b.Realm, b.ID, b.State, to)
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE batches SET state = $4, written_at = $5 WHERE realm_id = $1 AND id = $2 AND state = $3`,
			b.Realm, b.ID, b.State, to, db.Instant(s.Now()))
		return err
	})
	if err != nil {
		return err
	}
	return cause
}

// Write writes the rows that are new or changed; with Whole all rows must be
// taken, or none is written (core.Invalid). A row whose record somebody changed
// since the check becomes a conflict and is left alone. A large batch is
// written by a job; a stopped one goes on where it stopped.
func (s *Service) Write(ctx context.Context, who access.Actor, id core.ID, o Options) (Batch, error) {
	var small bool
	b, err := s.requireThen(ctx, who, id, func(tx *db.Tx, b *Batch, now time.Time) (err error) {
		if b.State != Checked && b.State != Stopped {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		if b.State == Checked {
			b.Done, b.Whole = 0, o.Whole
		}
		if rejected := b.Counts[Refused] + b.Counts[Conflicting]; b.Whole && rejected > 0 {
			return core.Fail(core.Invalid, "intake.whole_refused", rejected)
		}
		b.State = Writing
		if small = s.small(b.Entity, b.Rows); small {
			return nil
		}
		return s.enqueue(ctx, tx, who, jobWrite, b)
	})
	if err != nil || !small {
		return b, s.denied(ctx, who, "import.write", b.Under, id, err)
	}
	if err := s.write(ctx, who, &b, o.tell); err != nil {
		return b, s.giveBack(ctx, b, Stopped, err)
	}
	return b, nil
}

// write writes a batch that is Writing, from where it stands.
func (s *Service) write(ctx context.Context, who access.Actor, b *Batch, tell func(done, total int)) error {
	r, err := s.resume(ctx, who, *b)
	if err != nil {
		return err
	}
	return s.writeRun(ctx, who, b, r, tell)
}

func (s *Service) writeRun(ctx context.Context, who access.Actor, b *Batch, r *run, tell func(done, total int)) error {
	if !b.Whole {
		return s.writeParts(ctx, who, b, r, tell)
	}
	if err := s.writeWhole(ctx, who, b, r, tell); err != nil {
		return err
	}
	return nil
}

// Stop ends writing after the part at hand. What is written stays; the rest is
// as it was.
func (s *Service) Stop(ctx context.Context, who access.Actor, id core.ID) (Batch, error) {
	return s.requireThen(ctx, who, id, func(tx *db.Tx, b *Batch, now time.Time) error {
		if b.State != Writing {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		b.State, b.WrittenAt = Stopped, now
		return nil
	})
}
