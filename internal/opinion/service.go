package opinion

import (
	"context"
	"errors"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Service is what pages and programs call.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// Give records an opinion. The organisation above the one that it is given from
// is asked to answer it, or that one itself at the top, so that nobody judges
// what is said about himself; what a manager says goes to the organisation that
// looks after the enterprise.
func (s *Service) Give(ctx context.Context, who access.Actor, at access.Place, n New) (Opinion, error) {
	now := s.Now()
	n.Words = tidy(n.Words)
	o := Opinion{
		Realm: who.Realm, ID: core.NewID(now), User: who.User, Named: n.Named, Kind: n.Kind, Page: n.Page, Words: n.Words,
		State: Open, DueOn: core.DateOf(now).AddDays(answerIn), CreatedAt: now.Truncate(time.Microsecond), Version: 1,
	}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if o.Org, err = requireAsked(ctx, tx, who, at); err != nil {
			return err
		}
		if err := n.check(); err != nil {
			return err
		}
		if err := insert(ctx, tx, o); err != nil {
			return err
		}
		if err := clock.Start(ctx, tx, now, who.Realm, clock.OpinionOf(o.ID, o.Org, core.DateOf(now))); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "opinion.give", Org: o.Org, Subject: "opinion", SubjectID: o.ID, After: map[string]any{"kind": o.Kind, "due_on": o.DueOn},
		})
	})
	return o, err
}

// Mine returns the opinions that the actor gave, newest first.
func (s *Service) Mine(ctx context.Context, who access.Actor) ([]Opinion, error) {
	var all []Opinion
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireRealm(ctx, tx, who, access.GiveOpinions); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+from+` WHERE o.realm_id = $1 AND o.user_id = $2 ORDER BY o.id DESC LIMIT 200`, who.Realm, who.User)
		return err
	})
	return all, err
}

// Asked returns the opinions that an organisation and all below it are asked to
// answer or have answered: open ones first, by the day that they are due.
func (s *Service) Asked(ctx context.Context, who access.Actor, under core.OrgID) ([]Opinion, error) {
	var all []Opinion
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.AnswerOpinions, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+from+`
			WHERE o.realm_id = $1 AND g.path >= $2 AND g.path < $3 AND o.state <> 'withdrawn'
			ORDER BY CASE WHEN o.state = 'open' THEN 0 ELSE 1 END, o.due_on, o.id LIMIT 200`, who.Realm, in.Lo, in.Hi)
		return err
	})
	return all, err
}

// Sums returns the numbers of the whole realm, which everybody in it may know.
func (s *Service) Sums(ctx context.Context, who access.Actor) (Totals, error) {
	today := core.DateOf(s.Now())
	var t Totals
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.GiveOpinions); err != nil {
			return err
		}
		all, err := db.All(ctx, tx, scan, `SELECT `+columns+from+` WHERE o.realm_id = $1 AND o.state <> 'withdrawn'`, who.Realm)
		for _, o := range all {
			t.Given++
			switch {
			case o.State == Open && o.DueOn.Before(today):
				t.Overdue++
			case o.State == Open:
				t.Open++
			case o.DueOn.Before(core.DateOf(o.EndedAt.In(s.Now().Location()))):
				t.Late++
			default:
				t.InTime++
			}
		}
		return err
	})
	return t, err
}

// Find returns an opinion to whoever gave it and to whoever may answer it; may
// says whether the actor is the latter.
func (s *Service) Find(ctx context.Context, who access.Actor, id core.ID) (o Opinion, may bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		o, may, err = requireSeen(ctx, tx, who, id)
		return err
	})
	if err != nil {
		return Opinion{}, false, err
	}
	return o, may, nil
}

// requireSeen returns an opinion that the actor may see.
func requireSeen(ctx context.Context, q db.Querier, who access.Actor, id core.ID) (Opinion, bool, error) {
	o, err := db.One(ctx, q, scan, `SELECT `+columns+from+` WHERE o.realm_id = $1 AND o.id = $2`, who.Realm, id)
	if err != nil {
		return Opinion{}, false, err
	}
	at, err := responsible(ctx, q, o)
	if err != nil {
		return Opinion{}, false, err
	}
	switch err := access.Require(ctx, q, who, access.AnswerOpinions, at); {
	case err == nil && o.User != who.User:
		return o, true, nil
	case o.User == who.User && !who.Machine:
		return o, false, nil
	case errors.Is(err, core.Forbidden): // the place is known to the actor, the opinion is not
		return Opinion{}, false, core.NotFound
	default:
		return Opinion{}, false, err
	}
}

// responsible is the organisation that has to answer now: the one of the
// clock, which may have been handed over.
func responsible(ctx context.Context, q db.Querier, o Opinion) (core.OrgID, error) {
	running, err := clock.Of(ctx, q, o.Realm, o.ID)
	if err != nil || len(running) == 0 {
		return o.Org, err
	}
	return running[0].Org, nil
}

// Answer answers an open opinion. One that has been answered or withdrawn
// meanwhile is core.Conflict.
func (s *Service) Answer(ctx context.Context, who access.Actor, id core.ID, answer string) error {
	answer = tidy(answer)
	return s.requireThen(ctx, who, id, Answered, answer, func(may bool, _ Opinion) error {
		if !may {
			return core.Fail(core.Forbidden, "access.answer.opinions")
		}
		return checkAnswer(answer)
	})
}

// Withdraw takes back an open opinion of one's own.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, id core.ID) error {
	return s.requireThen(ctx, who, id, Withdrawn, "", func(_ bool, o Opinion) error {
		if o.User != who.User {
			return core.NotFound
		}
		return nil
	})
}

func (s *Service) requireThen(ctx context.Context, who access.Actor, id core.ID, state State, answer string, ask func(may bool, o Opinion) error) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		o, may, err := requireSeen(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := ask(may, o); err != nil {
			return err
		}
		if o.State != Open {
			return core.Fail(core.Conflict, "opinion.ended")
		}
		n, err := tx.Exec(ctx, `
			UPDATE opinions SET state = $4, answer = $5, answered_by = $6, ended_at = $7, version = version + 1
			WHERE realm_id = $1 AND id = $2 AND version = $3`,
			who.Realm, id, o.Version, state, answer, db.Null(&who.User), db.Instant(now))
		if err != nil {
			return err
		}
		if n != 1 {
			return core.Fail(core.Conflict, "opinion.ended")
		}
		if err := clock.Stop(ctx, tx, now, who.Realm, clock.Opinion, id, clock.Done, who.User); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "opinion." + string(state), Org: o.Org, Subject: "opinion", SubjectID: id,
			Before: map[string]any{"state": o.State}, After: map[string]any{"state": state},
		})
	})
}

// requireAsked returns the organisation that is asked to answer what is said at a
// place, after asking for the right to speak there.
func requireAsked(ctx context.Context, q db.Querier, who access.Actor, at access.Place) (core.OrgID, error) {
	scan := func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) }
	if at.Enterprise != 0 {
		if err := access.RequireEnterprise(ctx, q, who, access.GiveOpinions, at.Enterprise); err != nil {
			return 0, err
		}
		return db.One(ctx, q, scan, `SELECT org_id FROM enterprises WHERE realm_id = $1 AND id = $2`, who.Realm, at.Enterprise)
	}
	if err := access.Require(ctx, q, who, access.GiveOpinions, at.Org); err != nil {
		return 0, err
	}
	return db.One(ctx, q, scan, `SELECT coalesce(parent_id, id) FROM orgs WHERE realm_id = $1 AND id = $2`, who.Realm, at.Org)
}

func insert(ctx context.Context, tx *db.Tx, o Opinion) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO opinions (realm_id, id, org_id, user_id, named, kind, page, words, state, due_on, answer, created_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12)`,
		o.Realm, o.ID, o.Org, o.User, o.Named, o.Kind, o.Page, o.Words, o.State, db.Date(o.DueOn), db.Instant(o.CreatedAt), o.Version)
	return err
}
