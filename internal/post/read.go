package post

import (
	"context"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
	"tongpin/internal/purpose"
)

// A Profile is a post with everything that its page shows.
type Profile struct {
	Post
	Goals     []GoalFacts
	Reviews   []Review
	OnPage    bool // the holder agreed to be named on the public page
	OnPlate   bool // and on plate and badge
	MayChange bool
	MayEdit   bool // the goals: whoever changes work, and the holder
	Names     bool // the viewer may read names
}

// A GoalFacts is a goal with the facts that count for it.
type GoalFacts struct {
	Goal
	Facts []fact.Fact
}

// Page returns a post with its goals, reviews and consents. Reasons and reviews
// are for those who may change the post and for its holder.
func (s *Service) Page(ctx context.Context, who access.Actor, id core.ID) (Profile, error) {
	var v Profile
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		p, change, names, err := s.requirePost(ctx, tx, who, id)
		if err != nil {
			return err
		}
		me, err := access.Person(ctx, tx, who)
		if err != nil {
			return err
		}
		own := me != 0 && me == p.Holder
		v = Profile{Post: p, MayChange: change, MayEdit: change || own, Names: names}
		if !names {
			v.HolderName = ""
		}
		all, err := goals(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		for _, g := range all {
			facts, err := fact.Of(ctx, tx, who.Realm, fact.Ref{Reader: fact.Goal, ID: g.ID}, false)
			if err != nil {
				return err
			}
			v.Goals = append(v.Goals, GoalFacts{g, facts})
		}
		if !change && !own {
			v.Reason, v.TalkOn = "", core.Date{}
			return nil
		}
		if v.Reviews, err = reviews(ctx, tx, who.Realm, id); err != nil || p.Holder == 0 {
			return err
		}
		v.OnPage, v.OnPlate, err = agreed(ctx, tx, p)
		return err
	})
	if err != nil {
		return Profile{}, err
	}
	return v, nil
}

// agreed reports what the holder agreed to, now.
func agreed(ctx context.Context, q db.Querier, p Post) (page, plate bool, err error) {
	if p.Holder == 0 {
		return false, false, nil
	}
	if page, err = consent.Given(ctx, q, p.Realm, p.Holder, purpose.PostPage); err != nil {
		return false, false, err
	}
	plate, err = consent.Given(ctx, q, p.Realm, p.Holder, purpose.PostPlate)
	return page, plate, err
}

// A Query says which posts are meant. What is zero is no condition, but for
// Under.
type Query struct {
	Under core.OrgID
	State State
	After core.ID // those with a smaller id
	Size  int     // at most 200
}

// List returns the posts of an organisation and all below it, newest first;
// more says that there are others after them. Names are left out for who may
// not see them.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (all []Post, more bool, err error) {
	if q.Size <= 0 || q.Size > 200 {
		q.Size = 200
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, q.Under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, q.Under)
		if err != nil {
			return err
		}
		query, args := `SELECT `+columns+from+` WHERE p.realm_id = $1 AND o.path >= $2 AND o.path < $3`, []any{who.Realm, in.Lo, in.Hi}
		if q.State != "" {
			args = append(args, q.State)
			query += ` AND p.state = $` + strconv.Itoa(len(args))
		}
		if q.After != 0 {
			args = append(args, q.After)
			query += ` AND p.id < $` + strconv.Itoa(len(args))
		}
		args = append(args, q.Size+1)
		all, err = db.All(ctx, tx, scan, query+` ORDER BY p.id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
		if err != nil {
			return err
		}
		if more = len(all) > q.Size; more {
			all = all[:q.Size]
		}
		return hide(ctx, tx, who, q.Under, all)
	})
	return all, more, err
}

// OfEnterprise returns the posts of an enterprise, for those who see its work;
// names are never among them.
func (s *Service) OfEnterprise(ctx context.Context, who access.Actor, e core.EnterpriseID) (all []Post, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireEnterprise(ctx, tx, who, access.SeeWork, e); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND p.enterprise_id = $2 ORDER BY p.id DESC LIMIT 200`, who.Realm, e)
		for i := range all {
			all[i].HolderName, all[i].Reason, all[i].TalkOn = "", "", core.Date{}
		}
		return err
	})
	return all, err
}

// hide takes out what the actor may not read of posts below an organisation.
func hide(ctx context.Context, q db.Querier, who access.Actor, under core.OrgID, all []Post) error {
	names := access.Require(ctx, q, who, access.SeePeople, under) == nil
	me, err := access.Person(ctx, q, who)
	for i := range all {
		if !names && (me == 0 || all[i].Holder != me) {
			all[i].HolderName = ""
		}
		all[i].Reason, all[i].TalkOn = "", core.Date{}
	}
	return err
}

// A Choice is an enterprise or a team that a post may belong to.
type Choice struct {
	ID         core.ID
	Enterprise core.EnterpriseID
	Name       string
}

// Choices returns the enterprises and the teams below an organisation, for whoever
// asks for a post there.
func (s *Service) Choices(ctx context.Context, who access.Actor, under core.OrgID) (enterprises, teams []Choice, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		scan := func(r db.Row) (c Choice, err error) { return c, r.Scan(&c.ID, &c.Enterprise, &c.Name) }
		enterprises, err = db.All(ctx, tx, scan, `
			SELECT e.id, e.id, e.name FROM enterprises e WHERE e.realm_id = $1 AND e.path >= $2 AND e.path < $3 ORDER BY e.name_key, e.id LIMIT 100`, who.Realm, in.Lo, in.Hi)
		if err != nil {
			return err
		}
		teams, err = db.All(ctx, tx, scan, `
			SELECT t.id, t.enterprise_id, e.name || ' / ' || t.name FROM teams t JOIN enterprises e ON e.realm_id = t.realm_id AND e.id = t.enterprise_id
			WHERE t.realm_id = $1 AND e.path >= $2 AND e.path < $3 AND t.ended_on IS NULL ORDER BY e.name_key, t.name, t.id LIMIT 200`, who.Realm, in.Lo, in.Hi)
		return err
	})
	return enterprises, teams, err
}
