package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// Undo takes a written batch back as one unit: what it made is in no list any
// more, what it changed is as before, and both are new facts, so that the
// answers of the time between stay. It is core.Conflict after seven days, and
// when somebody has changed a record since; then nothing is taken back and the
// error is an *Edited that lists the rows. A large batch is undone by a job.
func (s *Service) Undo(ctx context.Context, who access.Actor, id core.ID) (Batch, error) {
	var small bool
	var was State
	b, err := s.requireThen(ctx, who, id, func(tx *db.Tx, b *Batch, now time.Time) error {
		if b.State != Written && b.State != Stopped {
			return core.Fail(core.Conflict, "intake.moved_on")
		}
		if !b.CanUndo(now) {
			return core.Fail(core.Conflict, "intake.undo_late", undoDays)
		}
		was, b.State = b.State, Undoing
		if small = s.small(b.Entity, b.Done); small {
			return nil
		}
		return s.enqueue(ctx, tx, who, jobUndo, b)
	})
	if err != nil || !small {
		return b, s.denied(ctx, who, "import.undo", b.Under, id, err)
	}
	if err := s.undo(ctx, who, &b); err != nil {
		return b, s.giveBack(ctx, b, was, err)
	}
	return b, nil
}

// An Edited is the cause of a core.Conflict: rows whose records were changed
// after the import, so that it cannot be taken back.
type Edited struct{ Rows []Row }

func (e *Edited) Error() string { return "changed after the import" }

// edited returns the error for those rows.
func edited(rows []Row) error {
	names := make([]string, 0, maxNear)
	for _, w := range rows[:min(len(rows), maxNear)] {
		names = append(names, w.Title)
	}
	return &core.Error{Kind: core.Conflict, Msg: core.M("intake.undo_edited", len(rows), strings.Join(names, "、")), Err: &Edited{rows}}
}

// undo takes back every row of a batch that is Undoing, in one transaction.
func (s *Service) undo(ctx context.Context, who access.Actor, b *Batch) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := require(ctx, tx, who, b.Entity, b.Under); err != nil {
			return err
		}
		rows, err := keptRows(ctx, tx, b.Realm, b.ID)
		if err != nil {
			return err
		}
		u := undoing{s: s, who: who, now: s.Now(), b: b}
		erased, err := member.Erased(ctx, tx, b.Realm)
		if err != nil {
			return err
		}
		for _, k := range rows {
			if k.Subject == 0 || k.Verdict != New && k.Verdict != Changed {
				continue
			}
			if b.Entity == Members && erased[core.PersonID(k.Subject)] { // by rule: nothing brings it back
				b.Erased++
				continue
			}
			m, err := s.openMemo(b.ID, k.memo)
			if err != nil {
				return err
			}
			u.rows = append(u.rows, undoRow{k.Row, m.Steps})
		}
		if err := u.untouched(ctx, tx); err != nil {
			return err
		}
		if err := u.all(ctx, tx); err != nil {
			return err
		}
		was := b.State
		b.State, b.UndoneAt = Undone, u.now
		if err := b.save(ctx, tx, was); err != nil {
			b.State = was
			return err
		}
		return audit.Write(ctx, tx, u.now, audit.Entry{
			By: who.By(), Action: "import.undo", Org: b.Under, Subject: "batch", SubjectID: b.ID,
			After: map[string]any{"entity": b.Entity, "file": b.Name, "rows": len(u.rows), "skipped": b.Erased},
		})
	})
}

// undoing is the work of taking one batch back.
type undoing struct {
	s    *Service
	who  access.Actor
	now  time.Time
	b    *Batch
	rows []undoRow
}

type undoRow struct {
	Row
	steps []step
}

// untouched returns an *Edited when a record is not as the batch left it.
func (u *undoing) untouched(ctx context.Context, q db.Querier) error {
	people, orgs, firms := map[core.PersonID]int{}, map[core.OrgID]int{}, map[core.EnterpriseID]int{}
	for _, w := range u.rows {
		if u.b.Entity == Members {
			people[core.PersonID(w.Subject)] = 1 // as enrolled
		}
		for _, st := range w.steps {
			switch st.Do {
			case stepPerson:
				people[core.PersonID(st.Person)] = st.Version
			case stepOrg, stepTerm:
				orgs[core.OrgID(st.Org)] = st.Version
			case stepEnterprise:
				firms[core.EnterpriseID(st.Enterprise)] = st.Version
			}
		}
	}
	touched, err := u.touched(ctx, q, people, orgs, firms)
	if err != nil {
		return err
	}
	later, err := u.later(ctx, q)
	if err != nil {
		return err
	}
	var rows []Row
	for _, w := range u.rows {
		ids := []core.ID{w.Subject}
		for _, st := range w.steps {
			ids = append(ids, core.ID(st.Enterprise))
		}
		if slices.ContainsFunc(ids, func(id core.ID) bool { return id != 0 && (touched[id] || later[id]) }) {
			rows = append(rows, w.Row)
		}
	}
	if len(rows) > 0 {
		return edited(rows)
	}
	return nil
}

// touched returns the records that have another version than the batch left.
func (u *undoing) touched(ctx context.Context, q db.Querier, people map[core.PersonID]int, orgs map[core.OrgID]int, firms map[core.EnterpriseID]int) (map[core.ID]bool, error) {
	all := map[core.ID]bool{}
	versions, err := member.Versions(ctx, q, u.b.Realm, ids(people))
	if err != nil {
		return nil, err
	}
	for id, v := range people {
		all[core.ID(id)] = versions[id] != v
	}
	stand, err := org.Some(ctx, q, u.b.Realm, ids(orgs))
	if err != nil {
		return nil, err
	}
	for id, v := range orgs {
		all[core.ID(id)] = stand[id].Version != v
	}
	there, err := enterprise.Some(ctx, q, u.b.Realm, ids(firms))
	if err != nil {
		return nil, err
	}
	for _, e := range there {
		all[core.ID(e.ID)] = e.Version != firms[e.ID]
	}
	return all, nil
}

func ids[K ~int64, V any](m map[K]V) []K {
	all := make([]K, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// later returns the subjects of what the journal tells since the batch was
// written; that somebody has looked at a field changes nothing.
func (u *undoing) later(ctx context.Context, q db.Querier) (map[core.ID]bool, error) {
	all := map[core.ID]bool{}
	return all, db.Each(ctx, q, func(r db.Row) error {
		var id core.ID
		err := r.Scan(&id)
		all[id] = true
		return err
	}, `
		SELECT DISTINCT j.subject_id FROM journal j
		WHERE j.realm_id = $1 AND j.id > $2 AND j.at > $3 AND j.outcome = 'done' AND j.subject_id IS NOT NULL
			AND j.subject IN ('person', 'org', 'enterprise') AND j.action <> 'person.open_field' AND j.action NOT LIKE 'export.%'`,
		u.b.Realm, u.b.ID, db.Instant(u.b.WrittenAt))
}

// all takes the rows back, the last first, so that what stands below goes
// before what it stands under.
func (u *undoing) all(ctx context.Context, tx *db.Tx) error {
	var fresh []core.PersonID
	for _, w := range slices.Backward(u.rows) {
		if u.b.Entity == Members && w.Verdict == New {
			fresh = append(fresh, core.PersonID(w.Subject))
			continue
		}
		for _, st := range slices.Backward(w.steps) {
			if err := u.take(ctx, tx, st); err != nil {
				if k := core.KindOf(err); k == core.Conflict || k == core.Invalid || k == core.NotFound {
					return errors.Join(edited([]Row{w.Row}), err)
				}
				return err
			}
		}
	}
	return member.Remove(ctx, tx, u.who, u.now, fresh, "", u.b.ID)
}

// take takes one step back.
func (u *undoing) take(ctx context.Context, tx *db.Tx, st step) error {
	o, e := core.OrgID(st.Org), core.EnterpriseID(st.Enterprise)
	switch st.Do {
	case stepOrg:
		return org.Undo(ctx, tx, u.who, u.now, o, u.b.ID)
	case stepTerm:
		if st.On.IsZero() {
			return org.Undo(ctx, tx, u.who, u.now, o, u.b.ID)
		}
		return org.SetTerm(ctx, tx, u.who, u.now, o, org.Term{EndsOn: st.On})
	case stepEnterprise:
		err := enterprise.Undo(ctx, tx, u.who, u.now, e, u.b.ID)
		if err == nil && st.Code != nil {
			_, err = enterprise.Apply(ctx, tx, u.who, u.now, e, enterprise.Change{CreditCode: st.Code})
		}
		return err
	case stepHost:
		return enterprise.Unhost(ctx, tx, u.who, u.now, o, e, st.On, "", u.b.ID)
	case stepUnhost:
		return enterprise.Host(ctx, tx, u.who, u.now, o, e, st.On, u.b.ID)
	case stepJoin:
		return u.leave(ctx, tx, st)
	case stepLeave:
		return enterprise.Join(ctx, tx, u.who, u.now, e, st.Kind, st.Name, st.On, u.b.ID)
	case stepPerson:
		_, err := member.Restore(ctx, tx, u.who, u.now, core.PersonID(st.Person), st.Record, "", st.Version, u.b.ID)
		return err
	}
	return nil
}

// leave takes an enterprise out of the grouping that the batch put it in.
func (u *undoing) leave(ctx context.Context, tx *db.Tx, st step) error {
	e := core.EnterpriseID(st.Enterprise)
	all, err := enterprise.JoiningsNow(ctx, tx, u.b.Realm, []core.EnterpriseID{e})
	if err != nil {
		return err
	}
	for _, j := range all {
		if j.Kind == st.Kind && j.Name == st.Name {
			return enterprise.Leave(ctx, tx, u.who, u.now, e, j.Grouping, st.On, u.b.ID)
		}
	}
	return nil
}
