package member

import (
	"context"
	"errors"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/secret"
)

// A Service is what pages and commands call. Each of its methods is one thing a
// person can do, in one transaction.
type Service struct {
	DB   *db.DB
	Now  core.Now // in the realm's zone
	Keys *secret.Keyring
}

// do runs f in a transaction. What was denied or failed is journalled on its
// own; a form to correct is neither.
func (s *Service) do(ctx context.Context, who access.Actor, action string, id core.PersonID, f func(tx *db.Tx, now time.Time) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error { return f(tx, now) })
	if err == nil || core.FieldsOf(err) != nil || core.KindOf(err) == core.Internal || core.KindOf(err) == core.Unavailable {
		return err
	}
	return errors.Join(err, audit.Refused(ctx, s.DB, now, audit.Entry{
		By: who.By(), Action: action, Subject: "person", SubjectID: core.ID(id),
	}, err))
}

// require asks for a right on the organisation that keeps a person's record,
// and returns the record also when the answer is no. One that was removed, or is
// in another realm, is core.NotFound and comes back empty.
func require(ctx context.Context, q db.Querier, who access.Actor, do access.Action, id core.PersonID) (Person, error) {
	p, err := Find(ctx, q, who.Realm, id)
	if err != nil {
		return Person{}, err
	}
	if p.Org == 0 {
		return Person{}, core.NotFound
	}
	return p, access.Require(ctx, q, who, do, p.Org)
}

// Enrol adds a person to an organisation, as the function Enrol does.
func (s *Service) Enrol(ctx context.Context, who access.Actor, e Enrolment) (p Person, err error) {
	err = s.do(ctx, who, "person.enrol", 0, func(tx *db.Tx, now time.Time) (err error) {
		var bad core.Fields
		bad.If(e.Org == 0, "org", "membership.org_missing")
		if err := bad.Err(); err != nil {
			return err
		}
		for at := range orgsOf([]Enrolment{e}) {
			if err := access.Require(ctx, tx, who, access.ChangePeople, at); err != nil {
				return err
			}
		}
		p, err = Enrol(ctx, tx, s.Keys, who, now, e)
		return err
	})
	return p, err
}

// Change changes items of a person's record, as Update does.
func (s *Service) Change(ctx context.Context, who access.Actor, id core.PersonID, c Change) (p Person, err error) {
	err = s.do(ctx, who, "person.change", id, func(tx *db.Tx, now time.Time) (err error) {
		if _, err := require(ctx, tx, who, access.ChangePeople, id); err != nil {
			return err
		}
		p, err = Update(ctx, tx, s.Keys, who, now, id, c)
		return err
	})
	return p, err
}

// A Move takes a person to another organisation.
type Move struct {
	To      core.OrgID
	On      core.Date // today when zero
	Reason  string
	Version int // the one that the person saw; 0 asks for no check
}

// Transfer moves a person, as the function Transfer does. It needs the right on
// the old and on the new organisation.
func (s *Service) Transfer(ctx context.Context, who access.Actor, id core.PersonID, m Move) (p Person, err error) {
	err = s.do(ctx, who, "membership.transfer", id, func(tx *db.Tx, now time.Time) (err error) {
		if _, err := require(ctx, tx, who, access.ChangePeople, id); err != nil {
			return err
		}
		if err := access.Require(ctx, tx, who, access.ChangePeople, m.To); err != nil {
			return err
		}
		p, err = Transfer(ctx, tx, who, now, id, m.To, m.On, m.Reason, m.Version, 0)
		return err
	})
	return p, err
}

// An End ends a membership or makes it a full one, on a day.
type End struct {
	On      core.Date // today when zero
	Reason  string
	Version int // the one that the person saw; 0 asks for no check
}

// EndMembership ends a membership, as the function EndMembership does.
func (s *Service) EndMembership(ctx context.Context, who access.Actor, id core.PersonID, e End) (p Person, err error) {
	err = s.do(ctx, who, "membership.end", id, func(tx *db.Tx, now time.Time) (err error) {
		if _, err := require(ctx, tx, who, access.ChangePeople, id); err != nil {
			return err
		}
		p, err = EndMembership(ctx, tx, who, now, id, e.On, e.Reason, e.Version, 0)
		return err
	})
	return p, err
}

// Confirm makes a probationary member a full one, as the function Confirm does.
func (s *Service) Confirm(ctx context.Context, who access.Actor, id core.PersonID, e End) (p Person, err error) {
	err = s.do(ctx, who, "membership.confirm", id, func(tx *db.Tx, now time.Time) (err error) {
		if _, err := require(ctx, tx, who, access.ChangePeople, id); err != nil {
			return err
		}
		p, err = Confirm(ctx, tx, who, now, id, e.On, e.Version, 0)
		return err
	})
	return p, err
}

// Correct sets an affiliation right, as the function Correct does. It needs the
// right on the organisation that keeps the record, on that of the row and on
// the one that it becomes.
func (s *Service) Correct(ctx context.Context, who access.Actor, id core.PersonID, c Correction) (p Person, err error) {
	err = s.do(ctx, who, "membership.correct", id, func(tx *db.Tx, now time.Time) (err error) {
		if _, err := require(ctx, tx, who, access.ChangePeople, id); err != nil {
			return err
		}
		t, err := History(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		var touched []core.OrgID
		if n := slices.IndexFunc(t, func(a Affiliation) bool { return a.ID == c.Row }); n >= 0 {
			touched = append(touched, t[n].Org)
		}
		if c.Became != nil {
			touched = append(touched, c.Became.Org)
		}
		for _, at := range touched {
			if err := access.Require(ctx, tx, who, access.ChangePeople, at); err != nil {
				return err
			}
		}
		p, err = Correct(ctx, tx, who, now, id, c)
		return err
	})
	return p, err
}

// List returns a page of the people below an organisation, for a role that
// sees names there.
func (s *Service) List(ctx context.Context, who access.Actor, ask Query) (l List, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeePeople, ask.Under); err != nil {
			return err
		}
		l, err = list(ctx, tx, who.Realm, ask, numbers{s.Keys})
		return err
	})
	return l, err
}

// A Count is how many people of a kind an organisation keeps itself, and how
// many it keeps with all below it.
type Count struct {
	Kind       string
	Own, Below int
}

// Counts returns how many people of each kind an organisation has, in the order
// of Kinds: for every role, also for those that see no names.
func (s *Service) Counts(ctx context.Context, who access.Actor, under core.OrgID) (all []Count, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, under); err != nil {
			return err
		}
		tallies, err := org.Tallies(ctx, tx, who.Realm, []core.OrgID{under})
		for _, kind := range Kinds {
			t := tallies[under][kind]
			all = append(all, Count{kind, t.Own, t.Below})
		}
		return err
	})
	return all, err
}
