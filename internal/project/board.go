package project

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Shift moves a card to another column of the board. from is the column in which
// the person saw it: a card that somebody else has moved meanwhile is
// core.Conflict, and anything else that changed is not. The last column asks
// what changed for good.
func (s *Service) Shift(ctx context.Context, who access.Actor, id core.ID, from, to Lane, changed string) (p Project, err error) {
	err = s.do(ctx, who, "project.shift", id, func(tx *db.Tx, now time.Time) error {
		if p, err = requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		changed = strings.TrimSpace(changed)
		var bad core.Fields
		bad.If(!slices.Contains(Lanes, to), "lane", "project.lane.missing")
		bad.If(to == Settled && changed == "" && p.Outcome.Changed == "", "changed", "project.changed.missing")
		if err := bad.Err(); err != nil {
			return err
		}
		if p.Lane == to {
			return nil
		}
		if p.State.Over() {
			return core.Fail(core.Conflict, "project.over")
		}
		if changed == "" {
			changed = p.Outcome.Changed
		}
		n, err := tx.Exec(ctx, `UPDATE projects SET lane = $3, lane_since = $4, changed = $5, version = version + 1 WHERE realm_id = $1 AND id = $2 AND lane = $6`,
			who.Realm, id, to, db.Date(core.DateOf(now)), changed, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return &core.Error{Kind: core.Conflict, Msg: core.M("project.lane.moved", core.M("project.lane."+string(p.Lane))), Err: &Stale{Theirs: p, Fields: []string{"lane"}}}
		}
		before := map[string]any{"lane": p.Lane}
		if p, err = Find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		return p.tell(ctx, tx, who, now, "project.shift", before, map[string]any{"lane": to})
	})
	return p, err
}

// Measure records what was measured on a day; the same day again corrects it.
func (s *Service) Measure(ctx context.Context, who access.Actor, id core.ID, on core.Date, value *core.Quantity) error {
	return s.do(ctx, who, "project.measure", id, func(tx *db.Tx, now time.Time) error {
		p, err := requireChanged(ctx, tx, who, id)
		if err != nil {
			return err
		}
		var bad core.Fields
		bad.If(on.IsZero(), "read_on", "project.day.missing")
		bad.If(on.After(core.DateOf(now)), "read_on", "project.day.future")
		bad.If(value == nil, "value", "project.value.missing")
		if err := bad.Err(); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO readings (realm_id, project_id, read_on, value, recorded_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (realm_id, project_id, read_on) DO UPDATE SET value = excluded.value, recorded_by = excluded.recorded_by`,
			who.Realm, id, db.Date(on), *value, db.Null(&who.User))
		if err != nil {
			return err
		}
		return p.tell(ctx, tx, who, now, "project.measure", nil, map[string]any{"on": on, "value": value})
	})
}

// A Milestone is a step with its day.
type Milestone struct {
	ID            core.ID
	Title         string
	DueOn, DoneOn core.Date
}

// SetMilestone adds a step (without ID) or changes one: its day, or that it is
// done.
func (s *Service) SetMilestone(ctx context.Context, who access.Actor, id core.ID, m Milestone) error {
	return s.do(ctx, who, "project.milestone", id, func(tx *db.Tx, now time.Time) error {
		p, err := requireChanged(ctx, tx, who, id)
		if err != nil {
			return err
		}
		m.Title = strings.TrimSpace(m.Title)
		var bad core.Fields
		bad.If(m.Title == "", "step", "project.step.missing")
		bad.If(len([]rune(m.Title)) > maxTitle, "step", "project.long", maxTitle)
		bad.If(m.DueOn.IsZero(), "due_on", "project.day.missing")
		bad.If(m.DoneOn.After(core.DateOf(now)), "done_on", "project.day.future")
		if err := bad.Err(); err != nil {
			return err
		}
		if m.ID == 0 {
			_, err = tx.Exec(ctx, `INSERT INTO milestones (realm_id, id, project_id, title, due_on, done_on) VALUES ($1, $2, $3, $4, $5, $6)`,
				who.Realm, core.NewID(now), id, m.Title, db.Date(m.DueOn), db.Date(m.DoneOn))
		} else {
			var n int64
			n, err = tx.Exec(ctx, `UPDATE milestones SET title = $4, due_on = $5, done_on = $6 WHERE realm_id = $1 AND project_id = $2 AND id = $3`,
				who.Realm, id, m.ID, m.Title, db.Date(m.DueOn), db.Date(m.DoneOn))
			if err == nil && n == 0 {
				return core.NotFound
			}
		}
		if err != nil {
			return err
		}
		return p.tell(ctx, tx, who, now, "project.milestone", nil, map[string]any{"title": m.Title, "due_on": m.DueOn, "done_on": m.DoneOn})
	})
}

// Join adds a person to those who take part, or takes one out.
func (s *Service) Join(ctx context.Context, who access.Actor, id core.ID, person core.PersonID, in bool) error {
	return s.do(ctx, who, "project.join", id, func(tx *db.Tx, now time.Time) error {
		p, err := requireChanged(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if in {
			err = people(ctx, tx, who, map[string]core.PersonID{"person": person})
		}
		if err != nil {
			return err
		}
		if in {
			_, err = tx.Exec(ctx, `INSERT INTO project_people (realm_id, project_id, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, who.Realm, id, person)
		} else {
			_, err = tx.Exec(ctx, `DELETE FROM project_people WHERE realm_id = $1 AND project_id = $2 AND person_id = $3`, who.Realm, id, person)
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "project.join", Org: p.Org, Subject: "project", SubjectID: id, After: map[string]any{"person": person, "in": in}})
	})
}
