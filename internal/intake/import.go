package intake

import (
	"context"
	"errors"
	"io"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// Import takes a file in from beginning to end in this process: what the
// command line does. It returns what became of the rows and the batch, which is
// 0 in a dry run. Rows that are refused do not make it fail; with Whole they
// make it write nothing. A file whose import was killed goes on where it ended.
func (s *Service) Import(ctx context.Context, who access.Actor, u Upload, o Options) (Report, core.ID, error) {
	r, b, err := s.requireOpen(ctx, who, u, o)
	if err != nil {
		return Report{}, 0, s.denied(ctx, who, "import.write", u.Under, 0, err)
	}
	if o.DryRun {
		err := s.DB.View(ctx, func(tx *db.Tx) error { return r.judge(ctx, tx, o.tell) })
		if err != nil {
			return Report{}, 0, err
		}
		return report(r.table.Sheet.Name, r.rows()), 0, s.refuseTo(o, r)
	}
	if err := s.writeRun(ctx, who, &b, r, o.tell); err != nil {
		return report(b.Sheet, r.rows()), b.ID, s.giveBack(ctx, b, Stopped, err)
	}
	rep := report(b.Sheet, r.rows())
	if b.State == Checked { // all or nothing: nothing
		rep.Created, rep.Updated = 0, 0
	}
	return rep, b.ID, s.refuseTo(o, r)
}

// refuseTo writes the refused rows where the options say.
func (s *Service) refuseTo(o Options, r *run) error {
	if o.Refused == nil || len(r.rejects()) == 0 {
		return nil
	}
	return writeRefused(o.Refused, o.Lang, r.table, r.rejects())
}

func (r *run) rejects() []Row {
	var all []Row
	for _, l := range r.lines {
		if !l.Verdict.taken() {
			all = append(all, l.Row)
		}
	}
	return all
}

// requireOpen opens the run of an import: a new one, or one that was killed. Only a
// new one that is no dry run stores anything.
func (s *Service) requireOpen(ctx context.Context, who access.Actor, u Upload, o Options) (*run, Batch, error) {
	if err := u.Entity.check(); err != nil {
		return nil, Batch{}, err
	}
	var under org.Org
	var b Batch
	var keys map[int]string
	killed := false
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := require(ctx, tx, who, u.Entity, u.Under); err != nil {
			return err
		}
		if under, err = org.Find(ctx, tx, who.Realm, u.Under); err != nil {
			return err
		}
		if !o.DryRun {
			b, err = unfinished(ctx, tx, who.Realm, u, digest(u.Data))
			killed = err == nil
		}
		if errors.Is(err, core.NotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, b, err
	}
	if killed {
		return s.again(ctx, who, b)
	}
	book, table, err := s.open(ctx, u.Entity, u.Name, u.Sheet, u.Data)
	if err != nil {
		return nil, b, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		keys, err = remembered(ctx, tx, who.Realm, u.Under, u.Entity, table.Header.Fingerprint())
		return err
	})
	if err != nil {
		return nil, b, err
	}
	if keys != nil {
		table.Mapping = table.Mapping.With(keys)
	}
	r := newRun(who, s.Keys, s.Now(), under, u.Entity, table, book.Date1904)
	if err := r.read(); err != nil || o.DryRun {
		return r, b, err
	}
	now := s.Now()
	b = Batch{ID: core.NewID(now), Realm: who.Realm, Entity: u.Entity, Under: u.Under, Name: u.Name, Whole: o.Whole, CreatedBy: who.User, CreatedAt: now}
	r.batch = b.ID
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who, u.Entity, u.Under); err != nil {
			return err
		}
		return s.insert(ctx, tx, who, &b, Writing, table, u.Data)
	})
	return r, b, err
}

// again opens a batch that was begun and not finished.
func (s *Service) again(ctx context.Context, who access.Actor, b Batch) (*run, Batch, error) {
	r, err := s.resume(ctx, who, b)
	if err != nil {
		return nil, b, err
	}
	if b.State == Stopped {
		b, err = s.requireThen(ctx, who, b.ID, func(_ *db.Tx, b *Batch, _ time.Time) error {
			b.State = Writing
			return nil
		})
	}
	return r, b, err
}

// Refused writes the file of a batch with only the rows that were not taken,
// and a column that says why, in that language. It can be had for 90 days.
func (s *Service) Refused(ctx context.Context, who access.Actor, id core.ID, lang core.Lang, w io.Writer) error {
	var b Batch
	var rows []Row
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if b, err = s.requireBatch(ctx, tx, who, id); err != nil {
			return err
		}
		for _, v := range []Verdict{Conflicting, Refused} {
			some, err := rowsOf(ctx, tx, who.Realm, id, v, 0, 0)
			if err != nil {
				return err
			}
			rows = append(rows, some...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if now := s.Now(); core.DateOf(b.CreatedAt.In(now.Location())).AddDays(refuseDays).Before(core.DateOf(now)) {
		return core.Fail(core.NotFound, "intake.refused_expired", refuseDays)
	}
	if len(rows) == 0 {
		return core.Fail(core.NotFound, "intake.none_refused")
	}
	data, err := s.data(ctx, b)
	if err != nil {
		return err
	}
	_, table, err := s.open(ctx, b.Entity, b.Name, b.Sheet, data)
	if err != nil {
		return err
	}
	table.Mapping = b.Mapping
	return writeRefused(w, lang, table, rows)
}
