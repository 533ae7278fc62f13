package front

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Raise puts a problem into the log of a front or of a project and gives it the
// next number there.
func (s *Service) Raise(ctx context.Context, who access.Actor, front, project, topic core.ID, f Fields) (Problem, error) {
	now := s.Now()
	today := core.DateOf(now)
	p := Problem{Realm: who.Realm, ID: core.NewID(now), Front: front, Project: project, Topic: topic, RaisedOn: today, RaisedBy: who.User, Step: Open, Version: 1}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		sc, err := scopeOf(ctx, tx, who.Realm, front, project, today)
		if err != nil {
			return err
		}
		may, err := requireScope(ctx, tx, who, sc)
		switch {
		case err != nil:
			return err
		case !may.Part:
			return core.Fail(core.Forbidden, "access.change.work")
		case sc.over:
			return core.Fail(core.Conflict, "problem.front_closed")
		}
		if err := s.checkFields(ctx, tx, sc, &f, true); err != nil {
			return err
		}
		if topic != 0 {
			n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM projects WHERE realm_id = $1 AND id = $2 AND kind = 'topic' AND org_id = $3`, who.Realm, topic, sc.org)
			if err != nil {
				return err
			}
			if n == 0 {
				return core.NotFound
			}
		}
		p.Fields, p.Org, p.Enterprise, p.Raiser, p.ScopeTitle = f, sc.org, sc.enterprise, may.Me, sc.title
		if p.Number, err = number(ctx, tx, sc); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO problems (realm_id, id, number, front_id, project_id, topic_id, org_id, enterprise_id, title, phenomenon, raised_on, raised_by, raiser_id,
				owner_id, due_on, state, waiting, way, evidence, reason, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, '', '', '', 1)`,
			p.Realm, p.ID, p.Number, db.Null(&p.Front), db.Null(&p.Project), db.Null(&p.Topic), p.Org, db.Null(&p.Enterprise), p.Title, p.Phenomenon,
			db.Date(p.RaisedOn), db.Null(&p.RaisedBy), db.Null(&p.Raiser), db.Null(&p.Owner), db.Date(p.DueOn), p.Step)
		if err != nil {
			return err
		}
		if err := p.clocks(ctx, tx, now, who.User); err != nil {
			return err
		}
		return p.tell(ctx, tx, who, now, "raise", nil)
	})
	return p, err
}

func (s *Service) checkFields(ctx context.Context, q db.Querier, sc scope, f *Fields, fresh bool) error {
	if err := f.check(s.today(), fresh); err != nil {
		return err
	}
	if f.Owner == 0 {
		return nil
	}
	return fits(ctx, q, sc, f.Owner, "owner")
}

// clocks lets the deadline of a problem run while it is open.
func (p Problem) clocks(ctx context.Context, tx *db.Tx, now time.Time, by core.UserID) error {
	switch {
	case !p.Step.Live():
		return clock.Stop(ctx, tx, now, p.Realm, clock.ProblemDue, p.ID, clock.Done, by)
	case p.DueOn.IsZero():
		return clock.Stop(ctx, tx, now, p.Realm, clock.ProblemDue, p.ID, clock.Dropped, by)
	}
	return clock.Start(ctx, tx, now, p.Realm, clock.ProblemDueOf(p.ID, p.Org, p.RaisedOn, p.DueOn))
}

func (p Problem) state() map[string]any {
	return map[string]any{"title": p.Title, "owner": p.Owner, "due_on": p.DueOn, "state": p.Step, "waiting": p.Waiting}
}

func (p Problem) tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, verb string, was *Problem) error {
	e := audit.Entry{By: who.By(), Action: "problem." + verb, Org: p.Org, Subject: "problem", SubjectID: p.ID, After: p.state(), Note: p.Reason}
	if was != nil {
		e.Before = was.state()
	}
	return audit.Write(ctx, tx, now, e)
}

func saveProblem(ctx context.Context, tx *db.Tx, p Problem) error {
	waiting := 0
	if p.Waiting {
		waiting = 1
	}
	n, err := tx.Exec(ctx, `
		UPDATE problems SET title = $4, phenomenon = $5, owner_id = $6, due_on = $7, state = $8, waiting = $9, way = $10, evidence = $11, verified_by = $12,
			verified_on = $13, closed_by = $14, closed_on = $15, reason = $16, version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $3`,
		p.Realm, p.ID, p.Version, p.Title, p.Phenomenon, db.Null(&p.Owner), db.Date(p.DueOn), p.Step, waiting, p.Way, p.Evidence, db.Null(&p.VerifiedBy),
		db.Date(p.VerifiedOn), db.Null(&p.ClosedBy), db.Date(p.ClosedOn), p.Reason)
	if err == nil && n != 1 {
		return core.Fail(core.Conflict, "front.stale")
	}
	return err
}

// requireWork runs a change of a problem in one transaction: right, change,
// move, clocks, journal. ask says who may, beside the right to see it.
func (s *Service) requireWork(ctx context.Context, who access.Actor, id core.ID, verb string, ask func(ProblemView) bool, change func(tx *db.Tx, v *ProblemView, sc scope) error) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		v, sc, err := requireProblem(ctx, tx, who, id, core.DateOf(now))
		if err != nil {
			return err
		}
		if !ask(v) {
			return core.Fail(core.Forbidden, "problem.forbidden."+verb)
		}
		was := v.Problem
		if err := change(tx, &v, sc); err != nil {
			return err
		}
		if v.Step != was.Step && !slices.Contains(ProblemMoves[was.Step], v.Step) {
			return core.Fail(core.Conflict, "problem.move", was.Step.Title())
		}
		if err := saveProblem(ctx, tx, v.Problem); err != nil {
			return err
		}
		if err := v.clocks(ctx, tx, now, who.User); err != nil {
			return err
		}
		return v.tell(ctx, tx, who, now, verb, &was)
	})
}

func takesPart(v ProblemView) bool { return v.May.Part }

// Edit changes the fields that differ from base, which is what the form showed.
// What somebody else changed meanwhile in other fields stays; the same field
// changed differently is core.Conflict with a Clash, and nothing is written.
func (s *Service) Edit(ctx context.Context, who access.Actor, id core.ID, base, mine Fields) error {
	return s.requireWork(ctx, who, id, "edit", takesPart, func(tx *db.Tx, v *ProblemView, sc scope) error {
		if err := mine.check(s.today(), mine.DueOn != base.DueOn); err != nil {
			return err
		}
		merged, clash := Merge(base, mine, v.Fields)
		if clash != nil {
			return &core.Error{Kind: core.Conflict, Msg: core.M("problem.clash"), Err: &Clash{Theirs: v.Fields, Merged: merged, Names: clash}}
		}
		if merged.Owner != v.Owner && merged.Owner != 0 {
			if err := fits(ctx, tx, sc, merged.Owner, "owner"); err != nil {
				return err
			}
		}
		v.Fields = merged
		return nil
	})
}

// Quick records a try from one line and returns what was read in it. A name that
// belongs to nobody, or to two people, there stays in the text.
func (s *Service) Quick(ctx context.Context, who access.Actor, id core.ID, line string) (Try, error) {
	l := Read(line, s.today())
	t := Try{On: l.On, Text: l.Text, Result: l.Result}
	err := s.requireWork(ctx, who, id, "try", takesPart, func(tx *db.Tx, v *ProblemView, sc scope) error {
		t.Text = l.Text
		if l.Name != "" && v.May.Names {
			found, err := candidates(ctx, tx, sc, 0, l.Name)
			if err != nil {
				return err
			}
			if len(found) == 1 {
				t.Person, t.Name, t.Text = found[0].ID, found[0].Name, l.named().Text
			}
		}
		return s.try(ctx, tx, who, v, sc, &t)
	})
	return t, err
}

// Try records a try field by field. One with an id corrects what was recorded
// before.
func (s *Service) Try(ctx context.Context, who access.Actor, id core.ID, t Try) (Try, error) {
	err := s.requireWork(ctx, who, id, "try", takesPart, func(tx *db.Tx, v *ProblemView, sc scope) error {
		if t.Person != 0 {
			if err := fits(ctx, tx, sc, t.Person, "person"); err != nil {
				return err
			}
		}
		return s.try(ctx, tx, who, v, sc, &t)
	})
	return t, err
}

func (s *Service) try(ctx context.Context, tx *db.Tx, who access.Actor, v *ProblemView, _ scope, t *Try) error {
	t.Text = strings.TrimSpace(t.Text)
	var bad core.Fields
	bad.If(t.Text == "", "text", "problem.try.missing")
	bad.If(long(t.Text, maxText), "text", "front.text.long", maxText)
	bad.If(t.On.IsZero() || t.On.After(s.today()), "on", "problem.try.day")
	bad.If(!slices.Contains(Results, t.Result), "result", "problem.result.missing")
	if err := bad.Err(); err != nil {
		return err
	}
	if !v.Step.Live() {
		return core.Fail(core.Conflict, "problem.move", v.Step.Title())
	}
	if t.ID == 0 {
		t.ID = core.NewID(s.Now())
		return insertTry(ctx, tx, who, s.Now(), v.ID, *t)
	}
	n, err := tx.Exec(ctx, `UPDATE problem_tries SET tried_on = $4, text = $5, result = $6, person_id = $7 WHERE realm_id = $1 AND problem_id = $2 AND id = $3`,
		who.Realm, v.ID, t.ID, db.Date(t.On), t.Text, t.Result, db.Null(&t.Person))
	if err == nil && n == 0 {
		return core.NotFound
	}
	return err
}

// Found records the way and its evidence; it waits to be verified then.
func (s *Service) Found(ctx context.Context, who access.Actor, id core.ID, way, evidence string) error {
	way, evidence = strings.TrimSpace(way), strings.TrimSpace(evidence)
	return s.requireWork(ctx, who, id, "found", takesPart, func(_ *db.Tx, v *ProblemView, _ scope) error {
		var bad core.Fields
		bad.If(way == "", "way", "problem.way.missing")
		bad.If(evidence == "", "evidence", "problem.evidence.missing")
		bad.If(long(way, maxText), "way", "front.text.long", maxText)
		bad.If(long(evidence, maxText), "evidence", "front.text.long", maxText)
		v.Step, v.Way, v.Evidence = Found, way, evidence
		return bad.Err()
	})
}

// Verify says that the way holds, or that it does not. It is never for the
// owner.
func (s *Service) Verify(ctx context.Context, who access.Actor, id core.ID, holds bool) error {
	return s.requireWork(ctx, who, id, "verify", func(v ProblemView) bool { return v.MayVerify }, func(_ *db.Tx, v *ProblemView, _ scope) error {
		if v.Step != Found {
			return core.Fail(core.Conflict, "problem.move", v.Step.Title())
		}
		v.Step = Open
		if holds {
			v.Step, v.VerifiedBy, v.VerifiedOn = Verified, v.May.Me, s.today()
		}
		return nil
	})
}

// Settle closes a verified problem, or says that it is not solved. It is for
// whoever raised it.
func (s *Service) Settle(ctx context.Context, who access.Actor, id core.ID, solved bool) error {
	return s.requireWork(ctx, who, id, "close", func(v ProblemView) bool { return v.MayClose }, func(_ *db.Tx, v *ProblemView, _ scope) error {
		if v.Step != Verified {
			return core.Fail(core.Conflict, "problem.move", v.Step.Title())
		}
		if solved {
			if v.Waiting {
				return core.Fail(core.Conflict, "problem.waiting")
			}
			v.Step, v.ClosedBy, v.ClosedOn = Solved, who.User, s.today()
			return nil
		}
		v.Step, v.VerifiedBy, v.VerifiedOn = Open, 0, core.Date{}
		return nil
	})
}

// Drop ends what is no problem any more, with a reason.
func (s *Service) Drop(ctx context.Context, who access.Actor, id core.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	return s.requireWork(ctx, who, id, "drop", takesPart, func(_ *db.Tx, v *ProblemView, _ scope) error {
		var bad core.Fields
		bad.If(reason == "", "reason", "front.reason.missing")
		bad.If(long(reason, maxText), "reason", "front.text.long", maxText)
		v.Step, v.Reason, v.ClosedOn = Dropped, reason, s.today()
		if v.Waiting {
			return core.Fail(core.Conflict, "problem.waiting")
		}
		return bad.Err()
	})
}

// Reopen opens a closed problem again, within 30 days, with a reason.
func (s *Service) Reopen(ctx context.Context, who access.Actor, id core.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	return s.requireWork(ctx, who, id, "reopen", takesPart, func(_ *db.Tx, v *ProblemView, _ scope) error {
		if v.Step.Live() {
			return core.Fail(core.Conflict, "problem.move", v.Step.Title())
		}
		if v.ClosedOn.DaysUntil(s.today()) > ReopenDays {
			return core.Fail(core.Invalid, "problem.reopen.late", ReopenDays)
		}
		var bad core.Fields
		bad.If(reason == "", "reason", "front.reason.missing")
		bad.If(long(reason, maxText), "reason", "front.text.long", maxText)
		v.Step, v.Reason, v.ClosedBy, v.ClosedOn, v.VerifiedBy, v.VerifiedOn = Open, reason, 0, core.Date{}, 0, core.Date{}
		return bad.Err()
	})
}
