package intake

import (
	"context"
	"errors"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// resume opens a run over a stored batch: the rows of its file, and what became
// of those that have a verdict.
func (s *Service) resume(ctx context.Context, who access.Actor, b Batch) (*run, error) {
	data, err := s.data(ctx, b)
	if err != nil {
		return nil, err
	}
	book, table, err := s.open(ctx, b.Entity, b.Name, b.Sheet, data)
	if err != nil {
		return nil, err
	}
	table.Mapping = b.Mapping
	var r *run
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		under, err := org.Find(ctx, tx, who.Realm, b.Under)
		if err != nil {
			return err
		}
		r = newRun(who, s.Keys, s.Now(), under, b.Entity, table, book.Date1904)
		r.batch = b.ID
		if err := r.read(); err != nil {
			return err
		}
		stored, err := keptRows(ctx, tx, who.Realm, b.ID)
		if err != nil {
			return err
		}
		return s.recall(r, b, stored)
	})
	return r, err
}

// recall gives the lines what is stored of them. A line that was refused when
// it was checked stays refused; another one is compared with what it was.
func (s *Service) recall(r *run, b Batch, stored []kept) error {
	if b.State != Writing && b.State != Stopped {
		return nil
	}
	byNumber := map[int]*line{}
	for _, l := range r.lines {
		byNumber[l.Number] = l
	}
	for _, k := range stored {
		l := byNumber[k.Number]
		if l == nil {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		m, err := s.openMemo(b.ID, k.memo)
		if err != nil {
			return err
		}
		l.Row = k.Row
		l.checked, l.asked = k.Verdict, m.Seen
		if !k.Verdict.taken() {
			l.stop()
		}
	}
	return nil
}

// rewind brings what rows above mean for rows below to where it was before the
// line at from.
func (r *run) rewind(ctx context.Context, q db.Querier, from int) error {
	if r.at == from {
		r.at = -1 // until the part is written
		return nil
	}
	r.at = -1
	r.kind = r.entity.fresh()
	for _, l := range r.lines[:from] {
		if !l.Verdict.taken() {
			continue
		}
		was, steps := l.Row, l.steps
		if err := r.kind.accept(ctx, q, r, l); err != nil {
			return err
		}
		l.Row, l.steps = was, steps
	}
	return nil
}

// errAgain says that lines were barred and the part must be written anew.
var errAgain = errors.New("again")

// put judges and writes the lines from one to another in a transaction.
func (r *run) put(ctx context.Context, tx *db.Tx, from, to int) error {
	part := r.lines[from:to]
	if r.hold != nil {
		if err := r.hold(ctx, tx); err != nil {
			return err
		}
	}
	if err := r.rewind(ctx, tx, from); err != nil {
		return err
	}
	if err := r.kind.judge(ctx, tx, r, part); err != nil {
		return err
	}
	if r.overtaken(part) {
		return errAgain
	}
	if err := r.kind.write(ctx, tx, r, part); err != nil {
		return err
	}
	if err := r.putRows(ctx, tx, part); err != nil {
		return err
	}
	r.next = to
	return nil
}

// overtaken bars the lines whose verdict is not what it was when they were
// checked, because somebody changed the record since.
func (r *run) overtaken(part []*line) bool {
	any := false
	for _, l := range part {
		same := l.Verdict == l.checked && (l.Verdict != Changed || l.seen == l.asked)
		if l.checked == "" || l.bar != nil || same || l.Verdict == Unchanged || !l.Verdict.taken() {
			continue
		}
		l.clash(Problem{Code: map[Entity]string{Orgs: "org.conflict", Members: "person.conflict", Enterprises: "enterprise.conflict"}[r.entity]})
		l.stop()
		any = true
	}
	return any
}

// barOne bars the line that a failed writing names, and reports whether trying
// again makes sense.
func (r *run) barOne(err error) bool {
	le, ok := errors.AsType[*lineError](err)
	if !ok {
		return errors.Is(err, errAgain)
	}
	switch core.KindOf(le.err) {
	case core.Invalid, core.Conflict, core.NotFound:
		le.l.start()
		le.l.explain(r, le.err, le.columns)
		le.l.stop()
		return true
	}
	return false
}

// writeParts writes the lines from the first that is not written, part by
// part; after a kill it goes on where the last part ended.
func (s *Service) writeParts(ctx context.Context, who access.Actor, b *Batch, r *run, tell func(done, total int)) error {
	for b.Done < len(r.lines) {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, to := b.Done, min(b.Done+s.part(), len(r.lines))
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			r.now = s.Now()
			if err := require(ctx, tx, who, b.Entity, b.Under); err != nil {
				return err
			}
			if err := advance(ctx, tx, b, from, to); err != nil {
				return err
			}
			return r.put(ctx, tx, from, to)
		})
		switch {
		case errors.Is(err, errStopped):
			b.State = Stopped
			return nil
		case err != nil && r.barOne(err):
			continue
		case err != nil:
			return err
		}
		r.at, r.single, b.Done = r.next, false, to
		tell(b.Done, len(r.lines))
	}
	return s.finish(ctx, who, b, r)
}

// part returns how many rows one transaction writes.
func (s *Service) part() int {
	if s.PartSize > 0 {
		return s.PartSize
	}
	return partSize
}

// errStopped says that somebody stopped the writing.
var errStopped = errors.New("stopped")

// advance moves the count of written rows, unless somebody else has, or has
// stopped the writing.
func advance(ctx context.Context, tx *db.Tx, b *Batch, from, to int) error {
	n, err := tx.Exec(ctx, `UPDATE batches SET rows_done = $4 WHERE realm_id = $1 AND id = $2 AND state = 'writing' AND rows_done = $3`,
		b.Realm, b.ID, from, to)
	if err != nil || n == 1 {
		return err
	}
	state, err := db.One(ctx, tx, db.Text, `SELECT state FROM batches WHERE realm_id = $1 AND id = $2`, b.Realm, b.ID)
	switch {
	case err != nil:
		return err
	case State(state) == Stopped:
		return errStopped
	}
	return core.Fail(core.Conflict, "intake.moved_on")
}

// finish closes a batch of which every row is written or refused.
func (s *Service) finish(ctx context.Context, who access.Actor, b *Batch, r *run) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		now := s.Now()
		b.State, b.WrittenAt = Written, now
		if b.CheckedAt.IsZero() {
			b.CheckedAt = now
		}
		if err := b.save(ctx, tx, Writing); err != nil {
			return err
		}
		if err := rememberMapping(ctx, tx, *b, now); err != nil {
			return err
		}
		return noteWritten(ctx, tx, who, b, r)
	})
}

func noteWritten(ctx context.Context, tx *db.Tx, who access.Actor, b *Batch, r *run) error {
	rep := report(b.Sheet, r.rows())
	b.Counts = r.counts()
	return audit.Write(ctx, tx, b.WrittenAt, audit.Entry{
		By: who.By(), Action: "import.write", Org: b.Under, Subject: "batch", SubjectID: b.ID,
		After: map[string]any{
			"entity": b.Entity, "file": b.Name, "rows": rep.Rows, "created": rep.Created, "updated": rep.Updated,
			"unchanged": rep.Unchanged, "rejected": rep.Rejected,
		},
	})
}

// errRefused says that a row of an all-or-nothing batch is refused.
var errRefused = errors.New("a row is refused")

// writeWhole writes every line in one transaction, or none. Nothing is written
// when a line is refused; then the batch is checked, with its verdicts.
func (s *Service) writeWhole(ctx context.Context, who access.Actor, b *Batch, r *run, tell func(done, total int)) error {
	for {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			r.now, r.at = s.Now(), -2
			if err := require(ctx, tx, who, b.Entity, b.Under); err != nil {
				return err
			}
			if err := advance(ctx, tx, b, 0, len(r.lines)); err != nil {
				return err
			}
			for from := 0; from < len(r.lines); from += s.part() {
				to := min(from+s.part(), len(r.lines))
				if err := r.put(ctx, tx, from, to); err != nil {
					return err
				}
				r.at = to
				tell(to, len(r.lines))
			}
			if slices.ContainsFunc(r.lines, func(l *line) bool { return !l.Verdict.taken() }) {
				return errRefused
			}
			return nil
		})
		switch {
		case err == nil:
			b.Done = len(r.lines)
			return s.finish(ctx, who, b, r)
		case errors.Is(err, errRefused):
			for _, l := range r.lines {
				l.Subject, l.steps = 0, nil
			}
			return s.keepVerdicts(ctx, who, b, r)
		case !r.barOne(err):
			return err
		}
	}
}

// keepVerdicts stores the verdict of every line and makes the batch checked.
func (s *Service) keepVerdicts(ctx context.Context, who access.Actor, b *Batch, r *run) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who, b.Entity, b.Under); err != nil {
			return err
		}
		was := b.State
		if _, err := tx.Exec(ctx, `DELETE FROM batch_rows WHERE realm_id = $1 AND batch_id = $2`, b.Realm, b.ID); err != nil {
			return err
		}
		if err := r.putRows(ctx, tx, r.lines); err != nil {
			return err
		}
		b.State, b.CheckedAt, b.Done, b.Counts = Checked, s.Now(), 0, r.counts()
		if err := b.save(ctx, tx, was); err != nil {
			b.State = was
			return err
		}
		return nil
	})
}

// rows returns the rows of the lines.
func (r *run) rows() []Row {
	rows := make([]Row, len(r.lines))
	for i, l := range r.lines {
		rows[i] = l.Row
	}
	return rows
}

func (r *run) counts() map[Verdict]int {
	counts := map[Verdict]int{}
	for _, l := range r.lines {
		counts[l.Verdict]++
	}
	return counts
}
