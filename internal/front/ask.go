package front

import (
	"context"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// AnswerDays is how many working days an organisation has to answer, unless told
// otherwise.
const AnswerDays = 3

// Ask asks another organisation for help, to be answered within some working
// days by the calendars. One ask is open at a time.
func (s *Service) Ask(ctx context.Context, who access.Actor, id core.ID, org core.OrgID, text string, workdays int) error {
	text = strings.TrimSpace(text)
	return s.requireWork(ctx, who, id, "ask", takesPart, func(tx *db.Tx, v *ProblemView, sc scope) error {
		var bad core.Fields
		bad.If(text == "", "text", "problem.ask.missing")
		bad.If(long(text, maxText), "text", "front.text.long", maxText)
		bad.If(workdays < 1 || workdays > 30, "workdays", "problem.ask.days")
		bad.If(org == 0, "org", "problem.ask.org")
		if err := bad.Err(); err != nil {
			return err
		}
		switch {
		case !v.Step.Live():
			return core.Fail(core.Conflict, "problem.move", v.Step.Title())
		case v.Waiting:
			return core.Fail(core.Conflict, "problem.waiting")
		}
		if err := requireNear(ctx, tx, who, sc, org); err != nil {
			return err
		}
		c := clock.ProblemAskOf(v.ID, org, s.today(), workdays, s.Calendars)
		if err := clock.Start(ctx, tx, s.Now(), who.Realm, c); err != nil {
			return err
		}
		v.Waiting = true
		_, err := tx.Exec(ctx, `
			INSERT INTO problem_asks (realm_id, id, problem_id, org_id, text, asked_by, asked_on, answer_by, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')`,
			who.Realm, core.NewID(s.Now()), v.ID, org, text, db.Null(&who.User), db.Date(s.today()), db.Date(c.DueOn))
		return err
	})
}

// Answer answers the open ask, with the day on which it is promised, if any. It
// is for the organisation that was asked.
func (s *Service) Answer(ctx context.Context, who access.Actor, id core.ID, answer string, promise core.Date) error {
	answer = strings.TrimSpace(answer)
	return s.requireWork(ctx, who, id, "answer", func(v ProblemView) bool { return v.MayAnswer || !v.Waiting }, func(tx *db.Tx, v *ProblemView, _ scope) error {
		if !v.Waiting {
			return core.Fail(core.Conflict, "problem.answered")
		}
		var bad core.Fields
		bad.If(answer == "", "answer", "problem.answer.missing")
		bad.If(long(answer, maxText), "answer", "front.text.long", maxText)
		bad.If(!promise.IsZero() && promise.Before(s.today()), "promise_on", "problem.due.past")
		if err := bad.Err(); err != nil {
			return err
		}
		v.Waiting = false
		if _, err := tx.Exec(ctx, `
			UPDATE problem_asks SET answer = $3, promise_on = $4, answered_by = $5, answered_on = $6 WHERE realm_id = $1 AND problem_id = $2 AND answered_on IS NULL`,
			who.Realm, v.ID, answer, db.Date(promise), db.Null(&who.User), db.Date(s.today())); err != nil {
			return err
		}
		return clock.Stop(ctx, tx, s.Now(), who.Realm, clock.ProblemAsk, v.ID, clock.Done, who.User)
	})
}

// requireNear returns nil for an organisation that may be asked: one that the
// actor sees, one that people of the front come from, or one above.
func requireNear(ctx context.Context, q db.Querier, who access.Actor, s scope, org core.OrgID) error {
	near, err := near(ctx, q, s)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(near, func(o Origin) bool { return o.ID == org }) {
		if err := access.Require(ctx, q, who, access.SeeOrgs, org); err != nil {
			return err
		}
	}
	_, err = db.One(ctx, q, db.Int, `SELECT depth FROM orgs WHERE realm_id = $1 AND id = $2 AND dissolved_on IS NULL`, who.Realm, org)
	return err
}

// near are the organisations that are offered to be asked: those above, the
// nearest first, and those that people of the front come from.
func near(ctx context.Context, q db.Querier, s scope) ([]Origin, error) {
	all, err := db.All(ctx, q, scanOrigin, `
		SELECT a.id, a.name FROM orgs o JOIN orgs a ON a.realm_id = o.realm_id AND substr(o.path, 1, length(a.path)) = a.path AND a.id <> o.id AND a.dissolved_on IS NULL
		WHERE o.realm_id = $1 AND o.id = $2 ORDER BY a.depth DESC`, s.realm, s.org)
	if err != nil || s.front == 0 {
		return all, err
	}
	from, err := origins(ctx, q, s.realm, s.front)
	return append(all, from...), err
}
