package privacy

import (
	"context"
	"errors"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// Ask asks whoever keeps the own record to correct one item of it (个人信息保护法
// 第四十六条). Where the person keeps it, the organisation above is asked: nobody
// decides on what he or she asks. A second request about an item that is still
// open is core.Conflict.
func (s *Service) Ask(ctx context.Context, who access.Actor, q Request) (Correction, error) {
	now := s.Now()
	q.Wanted, q.Why = strings.TrimSpace(q.Wanted), strings.TrimSpace(q.Why)
	var c Correction
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := requireOwn(ctx, tx, who, 0)
		if err != nil {
			return err
		}
		if p.Org == 0 || !Correctable(q.Item) {
			return core.NotFound
		}
		if err := q.check(p, s.Keys, core.DateOf(now)); err != nil {
			return err
		}
		c = Correction{
			Realm: who.Realm, ID: core.NewID(now), Person: p.ID, User: who.User, Org: p.Org, Item: q.Item, State: Open,
			DueOn: core.DateOf(now).AddDays(clock.CorrectionDays), CreatedAt: now.Truncate(time.Microsecond), Version: 1,
		}
		if c.Org, err = asked(ctx, tx, who, p.Org); err != nil {
			return err
		}
		c.wanted, c.why = s.Keys.Seal(wantedField, c.ID, []byte(mark+q.Wanted)), s.Keys.Seal(whyField, c.ID, []byte(q.Why))
		_, err = tx.Exec(ctx, `
			INSERT INTO corrections (realm_id, id, person_id, user_id, org_id, item, wanted, why, state, due_on, answer, created_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, 1)`,
			c.Realm, c.ID, c.Person, c.User, c.Org, c.Item, c.wanted, c.why, c.State, db.Date(c.DueOn), db.Instant(c.CreatedAt))
		if errors.Is(err, core.Conflict) {
			return &core.Error{Kind: core.Conflict, Msg: core.M("correction.open_already"), Err: err}
		}
		if err != nil {
			return err
		}
		if err := clock.Start(ctx, tx, now, who.Realm, clock.CorrectionOf(c.ID, c.Org, core.DateOf(now))); err != nil {
			return err
		}
		return c.tell(ctx, tx, now, who, "correction.ask")
	})
	return c, err
}

func (c Correction) tell(ctx context.Context, tx *db.Tx, now time.Time, who access.Actor, action string) error {
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: action, Org: c.Org, Subject: "person", SubjectID: core.ID(c.Person), After: map[string]any{"field": c.Item}, Note: c.Answer,
	})
}

// asked is the organisation that is asked: the one that keeps the record, or the
// one above it where the person may change it.
func asked(ctx context.Context, q db.Querier, who access.Actor, at core.OrgID) (core.OrgID, error) {
	switch err := access.Require(ctx, q, who, access.ChangePeople, at); {
	case errors.Is(err, core.Forbidden), errors.Is(err, core.NotFound):
		return at, nil
	case err != nil:
		return 0, err
	}
	return db.One(ctx, q, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
		`SELECT coalesce(parent_id, id) FROM orgs WHERE realm_id = $1 AND id = $2`, who.Realm, at)
}

// Mine returns the own record and what was asked about it, newest first.
func (s *Service) Mine(ctx context.Context, who access.Actor) (p member.Person, all []Correction, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if p, err = requireOwn(ctx, tx, who, 0); err != nil {
			return err
		}
		all, err = s.read(ctx, tx, `SELECT `+correctionColumns+correctionFrom+`
			WHERE c.realm_id = $1 AND c.person_id = $2 ORDER BY c.id DESC LIMIT 200`, who.Realm, p.ID)
		return err
	})
	return p, all, err
}

// Asked returns the open requests about records that an organisation and those
// below it keep, by the day that they are due.
func (s *Service) Asked(ctx context.Context, who access.Actor, under core.OrgID) (all []Correction, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.ChangePeople, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		all, err = s.read(ctx, tx, `SELECT `+correctionColumns+correctionFrom+`
			JOIN persons p ON p.realm_id = c.realm_id AND p.id = c.person_id
			WHERE c.realm_id = $1 AND c.ended_at IS NULL AND p.at_path >= $2 AND p.at_path < $3 AND c.user_id <> $4
			ORDER BY c.due_on, c.id LIMIT 200`, who.Realm, in.Lo, in.Hi, who.User)
		return err
	})
	return all, err
}

func (s *Service) read(ctx context.Context, tx *db.Tx, query string, args ...any) ([]Correction, error) {
	all, err := db.All(ctx, tx, scanCorrection, query, args...)
	for i := range all {
		var p member.Person
		if err == nil {
			p, err = member.Find(ctx, tx, all[i].Realm, all[i].Person)
		}
		if err == nil {
			err = all[i].shown(p, s.Keys)
		}
	}
	return all, err
}

// Correction returns a request to whoever made it and to whoever may decide on
// it; may says whether the actor is the latter.
func (s *Service) Correction(ctx context.Context, who access.Actor, id core.ID) (c Correction, may bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, may, err = s.requireSeen(ctx, tx, who, id)
		return err
	})
	if err != nil {
		return Correction{}, false, err
	}
	return c, may, nil
}

func (s *Service) requireSeen(ctx context.Context, tx *db.Tx, who access.Actor, id core.ID) (Correction, bool, error) {
	all, err := s.read(ctx, tx, `SELECT `+correctionColumns+correctionFrom+` WHERE c.realm_id = $1 AND c.id = $2`, who.Realm, id)
	if err != nil {
		return Correction{}, false, err
	}
	if len(all) == 0 {
		return Correction{}, false, core.NotFound
	}
	c := all[0]
	if _, err := requireOwn(ctx, tx, who, c.Person); err == nil && !who.Machine {
		return c, false, nil
	}
	p, err := member.Find(ctx, tx, who.Realm, c.Person)
	if err != nil {
		return Correction{}, false, err
	}
	switch err := access.Require(ctx, tx, who, access.ChangePeople, p.Org); {
	case err == nil:
		return c, true, nil
	case errors.Is(err, core.Forbidden): // the place is known to the actor, the request is not
		return Correction{}, false, core.NotFound
	default:
		return Correction{}, false, err
	}
}

// Decide answers a request: accepted, the record changes in the same
// transaction; declined, with a reason. One that has ended meanwhile is
// core.Conflict; so is a number that is another person's.
func (s *Service) Decide(ctx context.Context, who access.Actor, id core.ID, state State, answer string) error {
	answer = strings.TrimSpace(answer)
	return s.requireThen(ctx, who, id, state, answer, func(tx *db.Tx, now time.Time, c Correction, may bool) error {
		if !may {
			return core.Fail(core.Forbidden, "correction.not_yours")
		}
		var bad core.Fields
		bad.If(state != Accepted && state != Declined, "state", "correction.state.missing")
		bad.If(state == Declined && answer == "", "answer", "correction.answer.missing")
		if err := bad.Err(); err != nil {
			return err
		}
		if err := member.CheckReason("answer", answer); err != nil || state == Declined {
			return err
		}
		wanted, err := s.Keys.Open(wantedField, c.ID, c.wanted)
		if err != nil {
			return err
		}
		to, err := change(c.Item, strings.TrimPrefix(string(wanted), mark))
		if err != nil {
			return err
		}
		to.Reason = answer
		_, err = member.Update(ctx, tx, s.Keys, who, now, c.Person, to)
		return err
	})
}

// Withdraw takes back an open request of one's own.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, id core.ID) error {
	return s.requireThen(ctx, who, id, Withdrawn, "", func(*db.Tx, time.Time, Correction, bool) error { return nil })
}

func (s *Service) requireThen(ctx context.Context, who access.Actor, id core.ID, state State, answer string, do func(*db.Tx, time.Time, Correction, bool) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		c, may, err := s.requireSeen(ctx, tx, who, id)
		if err != nil {
			return err
		}
		switch {
		case state == Withdrawn && may: // for whoever asked alone
			return core.NotFound
		case c.State != Open:
			return core.Fail(core.Conflict, "correction.ended")
		}
		if err := do(tx, now, c, may); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE corrections SET state = $4, answer = $5, answered_by = $6, ended_at = $7, version = version + 1
			WHERE realm_id = $1 AND id = $2 AND version = $3`, who.Realm, id, c.Version, state, answer, db.Null(&who.User), db.Instant(now))
		if err != nil {
			return err
		}
		if n != 1 {
			return core.Fail(core.Conflict, "correction.ended")
		}
		c.Answer = answer
		if err := clock.Stop(ctx, tx, now, who.Realm, clock.Correction, id, clock.Done, who.User); err != nil {
			return err
		}
		return c.tell(ctx, tx, now, who, "correction."+string(state))
	})
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		e := audit.Entry{By: who.By(), Action: "correction." + string(state), Subject: "correction", SubjectID: id}
		return errors.Join(err, audit.Refused(ctx, s.DB, now, e, err))
	}
	return err
}
