package project

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
)

// An Edit is a charter as somebody wants it. Base is how it stood when the form
// was opened: what only the other side changed meanwhile is kept, what only this
// side changed is written, and what both changed is core.Conflict with a Stale.
// Without a Base the version must be the present one.
type Edit struct {
	Charter
	Base    *Charter
	Version int
	Reason  string // once the charter is locked: why what was locked changes
}

// entries are the entries of a charter by the names of their fields. Locked ones
// change with a reason only.
var entries = []struct {
	field  string
	locked bool
	at     func(*Charter) any
}{
	{"title", false, func(c *Charter) any { return &c.Title }},
	{"why", false, func(c *Charter) any { return &c.Why }},
	{"leader", false, func(c *Charter) any { return &c.Leader }},
	{"owner", false, func(c *Charter) any { return &c.Owner }},
	{"method", false, func(c *Charter) any { return &c.Method }},
	{"strand", false, func(c *Charter) any { return &c.Strand }},
	{"measure", true, func(c *Charter) any { return &c.Measure }},
	{"unit", true, func(c *Charter) any { return &c.Unit }},
	{"baseline", true, func(c *Charter) any { return &c.Baseline }},
	{"target", true, func(c *Charter) any { return &c.Target }},
	{"acceptance", true, func(c *Charter) any { return &c.Acceptance }},
	{"starts_on", true, func(c *Charter) any { return &c.StartsOn }},
	{"ends_on", true, func(c *Charter) any { return &c.EndsOn }},
}

// said is an entry as text, for comparing and for the list of amendments.
func said(entry any) string {
	switch v := entry.(type) {
	case *string:
		return *v
	case *core.PersonID:
		return v.String()
	case *core.ID:
		return v.String()
	case *core.Date:
		return v.String()
	case **core.Quantity:
		if *v != nil {
			return (*v).String()
		}
	}
	return ""
}

// take copies an entry of the same kind.
func take(to, from any) {
	switch v := to.(type) {
	case *string:
		*v = *from.(*string)
	case *core.PersonID:
		*v = *from.(*core.PersonID)
	case *core.ID:
		*v = *from.(*core.ID)
	case *core.Date:
		*v = *from.(*core.Date)
	case **core.Quantity:
		*v = *from.(**core.Quantity)
	}
}

// merge returns the charter that keeps what both sides changed, and the fields
// that both changed differently.
func merge(base, mine, theirs Charter) (Charter, []string) {
	out := theirs
	var clash []string
	for _, e := range entries {
		b, m, t := said(e.at(&base)), said(e.at(&mine)), said(e.at(&theirs))
		switch {
		case m == b || m == t:
		case t == b:
			take(e.at(&out), e.at(&mine))
		default:
			clash = append(clash, e.field)
		}
	}
	return out, clash
}

// Edit changes a charter. Once it is locked, another measure, unit, baseline,
// target, acceptance test or day needs a reason and is kept as an amendment.
func (s *Service) Edit(ctx context.Context, who access.Actor, id core.ID, e Edit) (p Project, err error) {
	err = s.do(ctx, who, "project.edit", id, func(tx *db.Tx, now time.Time) error {
		if p, err = requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		p, err = edit(ctx, tx, who, now, p, e)
		return err
	})
	return p, err
}

func edit(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, p Project, e Edit) (Project, error) {
	e.tidy()
	e.Reason = strings.TrimSpace(e.Reason)
	if p.State.Over() {
		return p, core.Fail(core.Conflict, "project.over")
	}
	next := e.Charter
	if e.Base == nil {
		if err := p.fresh(e.Version); err != nil {
			return p, err
		}
	} else {
		e.Base.tidy()
		var clash []string
		if next, clash = merge(*e.Base, e.Charter, p.Charter); len(clash) > 0 {
			return p, &core.Error{Kind: core.Conflict, Msg: core.M("project.both"), Err: &Stale{Theirs: p, Fields: clash}}
		}
	}
	if err := next.check(p.State.Locked()); err != nil {
		return p, err
	}
	if err := people(ctx, tx, who, map[string]core.PersonID{"leader": next.Leader, "owner": next.Owner}, p.Leader, p.Owner); err != nil {
		return p, err
	}
	before, after, locked := map[string]any{}, map[string]any{}, []string{}
	for _, f := range entries {
		was, becomes := said(f.at(&p.Charter)), said(f.at(&next))
		if was == becomes {
			continue
		}
		before[f.field], after[f.field] = was, becomes
		if f.locked && p.State.Locked() {
			locked = append(locked, f.field)
		}
	}
	if len(after) == 0 {
		return p, nil
	}
	var bad core.Fields
	bad.If(len(locked) > 0 && e.Reason == "", "reason", "project.amend.reason")
	if err := bad.Err(); err != nil {
		return p, err
	}
	for _, f := range locked {
		if err := amend(ctx, tx, who, now, p, f, before[f].(string), after[f].(string), e.Reason); err != nil {
			return p, err
		}
	}
	p.Charter, p.Version = next, p.Version+1
	if err := p.write(ctx, tx, who.Realm); err != nil {
		return p, err
	}
	if err := p.clocks(ctx, tx, now, who); err != nil {
		return p, err
	}
	if err := p.tell(ctx, tx, who, now, "project.edit", before, after); err != nil {
		return p, err
	}
	return Find(ctx, tx, who.Realm, p.ID)
}

func amend(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, p Project, field, was, became, reason string) error {
	_, err := tx.Exec(ctx, `INSERT INTO amendments (realm_id, id, project_id, field, was, became, reason, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Realm, core.NewID(now), p.ID, field, was, became, reason, db.Null(&who.User), db.Instant(now))
	return err
}

// write stores the charter under the next version.
func (p Project) write(ctx context.Context, tx *db.Tx, realm core.RealmID) error {
	n, err := tx.Exec(ctx, `
		UPDATE projects SET title = $3, why = $4, leader_id = $5, owner_id = $6, method_id = $7, strand = $8, measure = $9, unit = $10, baseline = $11, target = $12,
			acceptance = $13, starts_on = $14, ends_on = $15, version = $16
		WHERE realm_id = $1 AND id = $2 AND version = $16 - 1`,
		realm, p.ID, p.Title, p.Why, db.Null(&p.Leader), db.Null(&p.Owner), db.Null(&p.Method), p.Strand, p.Measure, p.Unit, p.Baseline, p.Target,
		p.Acceptance, db.Date(p.StartsOn), db.Date(p.EndsOn), p.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return core.Fail(core.Conflict, "project.stale")
	}
	return index(ctx, tx, p)
}

// A Finish is an outcome with what it counts for. People are those who took
// part; nil leaves them as they are.
type Finish struct {
	Outcome
	Version int
	Uses    []fact.Ref // nil leaves the links as they are
	Reason  string     // when an outcome that was written is corrected
}

// Finish writes what came of a project or topic, once, and what it counts for:
// from that commit on everything that reads it shows it. An outcome that was
// written before is corrected with a reason, and what it was is kept.
func (s *Service) Finish(ctx context.Context, who access.Actor, id core.ID, f Finish) (p Project, err error) {
	err = s.do(ctx, who, "project.finish", id, func(tx *db.Tx, now time.Time) error {
		if p, err = requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		if p, err = finish(ctx, tx, who, now, p, f); err != nil {
			return err
		}
		return s.settled(ctx, tx, now, who.Realm, id)
	})
	return p, err
}

func (s *Service) settled(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, id core.ID) error {
	if s.Settled == nil {
		return nil
	}
	return s.Settled(ctx, tx, now, realm, id)
}

func finish(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, p Project, f Finish) (Project, error) {
	o := f.Outcome
	o.Changed, o.Evidence, f.Reason = strings.TrimSpace(o.Changed), strings.TrimSpace(o.Evidence), strings.TrimSpace(f.Reason)
	again := p.State.Over() && p.State != Stopped
	if !again && !slices.Contains(Moves[p.State], o.State) {
		return p, core.Fail(core.Conflict, "project.move.from", core.M("project.state."+string(p.State)), core.M("project.state."+string(o.State)))
	}
	if err := p.fresh(f.Version); err != nil {
		return p, err
	}
	if err := o.check(p.Charter, core.DateOf(now)); err != nil {
		return p, err
	}
	var bad core.Fields
	bad.If(again && f.Reason == "", "reason", "project.amend.reason")
	bad.If(o.CheckedBy != 0 && o.CheckedBy == p.Leader, "checked_by", "project.checked.leader")
	if err := bad.Err(); err != nil {
		return p, err
	}
	team, err := db.All(ctx, tx, func(r db.Row) (id core.PersonID, err error) { return id, r.Scan(&id) },
		`SELECT person_id FROM project_people WHERE realm_id = $1 AND project_id = $2`, who.Realm, p.ID)
	if err != nil {
		return p, err
	}
	if err := people(ctx, tx, who, map[string]core.PersonID{"checked_by": o.CheckedBy}, append(team, p.Outcome.CheckedBy)...); err != nil {
		return p, err
	}
	state := o.State
	if p.State == Learned {
		state = Learned
	}
	if again {
		if err := amend(ctx, tx, who, now, p, "outcome", p.Outcome.said(p.Charter), o.said(p.Charter), f.Reason); err != nil {
			return p, err
		}
	}
	n, err := tx.Exec(ctx, `
		UPDATE projects SET state = $3, result = $4, changed = $5, work_hours = $6, own_hours = $7, cost = $8, evidence = $9, checked_by = $10, finished_on = $11, finished_by = $12,
			lane = $13, lane_since = $14, ended_as = $16, reason = '', version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $15`,
		who.Realm, p.ID, state, o.Result, o.Changed, o.WorkHours, o.OwnHours, o.Cost, o.Evidence, db.Null(&o.CheckedBy), db.Date(o.On), db.Null(&who.User),
		Settled, db.Date(core.DateOf(now)), p.Version, o.State)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, core.Fail(core.Conflict, "project.stale")
	}
	if err := link(ctx, tx, who, now, p.ID, f.Uses); err != nil {
		return p, err
	}
	was := p
	if p, err = Find(ctx, tx, who.Realm, p.ID); err != nil {
		return p, err
	}
	if err := p.clocks(ctx, tx, now, who); err != nil {
		return p, err
	}
	return p, p.tell(ctx, tx, who, now, "project.finish", map[string]any{"state": was.State, "outcome": was.Outcome.said(p.Charter)}, map[string]any{"state": p.State, "outcome": o.said(p.Charter)})
}

// said is an outcome in one line, for the journal and the amendments.
func (o Outcome) said(c Charter) string {
	var parts []string
	if o.Result != nil {
		parts = append(parts, o.Result.String()+" "+c.Unit)
	}
	for _, s := range []string{o.Changed, o.Evidence} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// link makes what a record counts for exactly these.
func link(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.ID, uses []fact.Ref) error {
	if uses == nil {
		return nil
	}
	have, err := fact.Uses(ctx, tx, who.Realm, fact.Project, id)
	if err != nil {
		return err
	}
	for _, u := range have {
		if !slices.Contains(uses, u.Ref) {
			if err := fact.Unlink(ctx, tx, who, now, fact.Project, id, u.Ref); err != nil {
				return err
			}
		}
	}
	for _, ref := range uses {
		if _, err := fact.Link(ctx, tx, who, now, fact.Project, id, ref); err != nil {
			return err
		}
	}
	return nil
}

// Count says what a record counts for: exactly these. It may be said at any
// time; readers show it once there is an outcome.
func (s *Service) Count(ctx context.Context, who access.Actor, id core.ID, uses []fact.Ref) error {
	return s.do(ctx, who, "project.count", id, func(tx *db.Tx, now time.Time) error {
		if _, err := requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		if err := link(ctx, tx, who, now, id, append([]fact.Ref{}, uses...)); err != nil {
			return err
		}
		return s.settled(ctx, tx, now, who.Realm, id)
	})
}

// Learn files the three lines: reached, not reached, who can reuse it. All are
// needed; "none" is an answer.
func (s *Service) Learn(ctx context.Context, who access.Actor, id core.ID, version int, l Lessons) (p Project, err error) {
	err = s.do(ctx, who, "project.learn", id, func(tx *db.Tx, now time.Time) error {
		if p, err = requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		if err := l.check(); err != nil {
			return err
		}
		if !slices.Contains(Moves[p.State], Learned) {
			return core.Fail(core.Conflict, "project.move.from", core.M("project.state."+string(p.State)), core.M("project.state."+string(Learned)))
		}
		if err := p.fresh(version); err != nil {
			return err
		}
		before := map[string]any{"state": p.State}
		n, err := tx.Exec(ctx, `UPDATE projects SET state = $3, reached = $4, not_reached = $5, reuse = $6, version = version + 1 WHERE realm_id = $1 AND id = $2 AND version = $7`,
			who.Realm, id, Learned, strings.TrimSpace(l.Reached), strings.TrimSpace(l.NotReached), strings.TrimSpace(l.Reuse), p.Version)
		if err != nil {
			return err
		}
		if n == 0 {
			return core.Fail(core.Conflict, "project.stale")
		}
		if p, err = Find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		if err := index(ctx, tx, p); err != nil {
			return err
		}
		return p.tell(ctx, tx, who, now, "project.learn", before, map[string]any{"state": Learned})
	})
	return p, err
}
