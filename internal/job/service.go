package job

import (
	"context"
	"errors"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Service shows jobs to people: their own, and those of organisations where
// they may act.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// mayWatch is the right to see and stop the jobs of an organisation.
const mayWatch = access.HandleClocks

// requireWatch returns nil if the job is the actor's own, or one of an
// organisation where the actor may act.
func requireWatch(ctx context.Context, q db.Querier, who access.Actor, j Job) error {
	switch {
	case j.CreatedBy != 0 && j.CreatedBy == who.User, who.Machine:
		return nil
	case j.Org == 0:
		return core.NotFound
	}
	return access.Require(ctx, q, who, mayWatch, j.Org)
}

// Find returns one job.
func (s *Service) Find(ctx context.Context, who access.Actor, id ID) (Job, error) {
	var j Job
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if j, err = find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		return requireWatch(ctx, tx, who, j)
	})
	if err != nil {
		return Job{}, err
	}
	return j, nil
}

// A List is a page of jobs.
type List struct {
	Rows  []Job
	Total int
	Page  core.Page
}

// List returns the actor's own jobs, newest first; with an organisation, where
// the actor must be allowed to act, also the jobs there and below.
func (s *Service) List(ctx context.Context, who access.Actor, under core.OrgID, p core.Page) (List, error) {
	l := List{Page: p.Clean()}
	if who.User == 0 && !who.Machine {
		return l, core.NotFound
	}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		var in access.Range
		if under != 0 {
			err := access.Require(ctx, tx, who, mayWatch, under)
			if err != nil && !errors.Is(err, core.Forbidden) { // who may only look sees the own ones
				return err
			}
			if err == nil {
				if in, err = access.RangeOf(ctx, tx, who.Realm, under); err != nil {
					return err
				}
			}
		}
		var err error
		if l.Total, err = db.One(ctx, tx, db.Int, `SELECT count(*)`+listed, who.Realm, who.User, in.Lo, in.Hi); err != nil {
			return err
		}
		l.Rows, err = db.All(ctx, tx, scan, `SELECT `+columns+listed+` ORDER BY j.id DESC LIMIT $5 OFFSET $6`,
			who.Realm, who.User, in.Lo, in.Hi, l.Page.Size, l.Page.Offset())
		return err
	})
	return l, err
}

const listed = ` FROM jobs j LEFT JOIN orgs o ON o.realm_id = j.realm_id AND o.id = j.org_id
	WHERE j.realm_id = $1 AND (coalesce(j.created_by, 0) = $2 OR (o.path >= $3 AND o.path < $4))`

// Cancel asks a job to stop. Its handler is told and settles what it left, so
// that the job ends a little later; core.Conflict if it has ended.
func (s *Service) Cancel(ctx context.Context, who access.Actor, id ID) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		j, err := find(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		if err := requireWatch(ctx, tx, who, j); err != nil {
			return err
		}
		if j.State.Ended() {
			return core.Fail(core.Conflict, "job.ended")
		}
		if j.Cancel {
			return nil
		}
		if _, err := tx.Exec(ctx, `
			UPDATE jobs SET cancel = $3, leased_to = CASE WHEN state = $4 THEN NULL ELSE leased_to END WHERE realm_id = $1 AND id = $2`,
			who.Realm, id, true, Waiting); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "job.cancel", Org: j.Org, Subject: "job", SubjectID: id})
	})
}
