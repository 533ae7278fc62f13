package post

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
)

// AddGoal records what a post sets out to reach. There is no result to type:
// it is read from the facts that count for the goal.
func (s *Service) AddGoal(ctx context.Context, who access.Actor, id core.ID, g Goal) (Goal, error) {
	now := s.Now()
	g.ID, g.Post = core.NewID(now), id
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.requireHolder(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if p.State.Over() {
			return core.Fail(core.Conflict, "post.over", p.State.Title())
		}
		if err := g.check(); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO post_goals (realm_id, id, post_id, metric, unit, baseline, target, due_on, recorded_by, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Realm, g.ID, id, g.Metric, g.Unit, g.Baseline, g.Target, db.Date(g.Due), db.Null(&who.User), db.Instant(now))
		if err != nil {
			return err
		}
		return tell(ctx, tx, who, now, p, "post.goal", "", map[string]any{"goal": g.ID, "due_on": g.Due})
	})
	return g, err
}

// requireGoal returns the post of a goal that the actor may change.
func (s *Service) requireGoal(ctx context.Context, q db.Querier, who access.Actor, id, goal core.ID) error {
	p, err := s.requireHolder(ctx, q, who, id)
	if err != nil {
		return err
	}
	if p.State.Over() {
		return core.Fail(core.Conflict, "post.over", p.State.Title())
	}
	_, err = db.One(ctx, q, db.Text, `SELECT metric FROM post_goals WHERE realm_id = $1 AND post_id = $2 AND id = $3`, who.Realm, id, goal)
	return err
}

// Link lets a fact count for a goal, and Unlink ends that.
func (s *Service) Link(ctx context.Context, who access.Actor, id, goal core.ID, k fact.Kind, what core.ID) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.requireGoal(ctx, tx, who, id, goal); err != nil {
			return err
		}
		_, err := fact.Link(ctx, tx, who, s.Now(), k, what, fact.Ref{Reader: fact.Goal, ID: goal})
		return err
	})
}

// Unlink ends that a fact counts for a goal.
func (s *Service) Unlink(ctx context.Context, who access.Actor, id, goal core.ID, k fact.Kind, what core.ID) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.requireGoal(ctx, tx, who, id, goal); err != nil {
			return err
		}
		return fact.Unlink(ctx, tx, who, s.Now(), k, what, fact.Ref{Reader: fact.Goal, ID: goal})
	})
}

// Candidates returns the projects and topics that may count for the goals of a
// post, the newest first: those of its enterprise, or of its organisation and
// those below.
func (s *Service) Candidates(ctx context.Context, who access.Actor, id core.ID) (all []fact.Fact, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err := s.requireHolder(ctx, tx, who, id)
		if err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (f fact.Fact, err error) {
			f.Kind = fact.Project
			return f, r.Scan(&f.ID, &f.Number, &f.Title)
		}, `
			SELECT f.id, f.number, f.title FROM projects f JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id JOIN orgs u ON u.realm_id = f.realm_id AND u.id = $2
			WHERE f.realm_id = $1 AND f.state NOT IN ('idea', 'reviewed')
				AND (f.enterprise_id = $3 OR (f.enterprise_id IS NULL OR $3 = 0) AND substr(o.path, 1, length(u.path)) = u.path)
			ORDER BY f.id DESC LIMIT 100`, who.Realm, p.Org, p.Enterprise)
		return err
	})
	return all, err
}
