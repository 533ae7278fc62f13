package org

import (
	"context"
	"errors"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Service is what pages and commands call. Each of its methods is one thing a
// person can do, in one transaction. The three movers hand over what other
// slices keep; without one, a merger, split or dissolution that needs it is
// refused.
type Service struct {
	DB  *db.DB
	Now core.Now // in the realm's zone

	MoveMembers     Mover // everybody of an organisation
	MovePeople      PeopleMover
	MoveEnterprises Mover // what an organisation looks after
}

// do runs f in a transaction. What was denied or failed is journalled on its
// own; a form to correct is neither.
func (s *Service) do(ctx context.Context, who access.Actor, action string, id core.OrgID, f func(tx *db.Tx, now time.Time) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error { return f(tx, now) })
	if err == nil || core.FieldsOf(err) != nil || core.KindOf(err) == core.Internal || core.KindOf(err) == core.Unavailable {
		return err
	}
	return errors.Join(err, audit.Refused(ctx, s.DB, now, audit.Entry{
		By: who.By(), Action: action, Org: id, Subject: "org", SubjectID: core.ID(id),
	}, err))
}

// Found founds an organisation. Only the machine's administrator founds the
// root.
func (s *Service) Found(ctx context.Context, who access.Actor, f Founding) (o Org, err error) {
	err = s.do(ctx, who, "org.found", f.Parent, func(tx *db.Tx, now time.Time) (err error) {
		if f.Parent != 0 || !who.Machine {
			if err := access.Require(ctx, tx, who, access.ChangeOrgs, f.Parent); err != nil {
				return err
			}
		}
		o, err = Found(ctx, tx, who, now, f)
		return err
	})
	return o, err
}

// Change renames an organisation or changes its kind, set-up mode, host
// situation or document, as Apply does.
func (s *Service) Change(ctx context.Context, who access.Actor, id core.OrgID, c Change) (o Org, err error) {
	err = s.do(ctx, who, "org.change", id, func(tx *db.Tx, now time.Time) (err error) {
		if err := access.Require(ctx, tx, who, access.ChangeOrgs, id); err != nil {
			return err
		}
		o, err = Apply(ctx, tx, who, now, id, c)
		return err
	})
	return o, err
}

// A Move takes an organisation, with everything below it, to another parent.
type Move struct {
	To      core.OrgID
	On      core.Date
	Reason  string
	Version int // the one that the person saw; 0 asks for no check
}

// Move moves an organisation, as Place does. It needs the right on the
// organisation, on its old and on its new parent.
func (s *Service) Move(ctx context.Context, who access.Actor, id core.OrgID, m Move) (o Org, err error) {
	err = s.do(ctx, who, "org.move", id, func(tx *db.Tx, now time.Time) (err error) {
		if _, err := requirePlaces(ctx, tx, who, id, m.To); err != nil {
			return err
		}
		o, err = Place(ctx, tx, who, now, id, m.To, m.On, m.Reason, m.Version, 0)
		return err
	})
	return o, err
}

// requirePlaces asks for the right to place an organisation: on itself, on its
// parent and on the other one. Whoever sees the organisation knows that it has
// a parent, so that there the answer is core.Forbidden.
func requirePlaces(ctx context.Context, tx *db.Tx, who access.Actor, id, other core.OrgID) (Org, error) {
	if err := access.Require(ctx, tx, who, access.PlaceOrgs, id); err != nil {
		return Org{}, err
	}
	if err := access.Require(ctx, tx, who, access.PlaceOrgs, other); err != nil {
		return Org{}, err
	}
	o, err := Find(ctx, tx, who.Realm, id)
	if err != nil || o.Parent == 0 {
		return o, err
	}
	err = access.Require(ctx, tx, who, access.PlaceOrgs, o.Parent)
	if errors.Is(err, core.NotFound) {
		err = core.Fail(core.Forbidden, "access.place.orgs")
	}
	return o, err
}

// Merge lets an organisation go up in another: its children, people,
// enterprises and hostings are handed over. It needs the right on both and on
// the parent of the one that ends.
func (s *Service) Merge(ctx context.Context, who access.Actor, from, into core.OrgID, e Ending) (o Org, err error) {
	err = s.do(ctx, who, "org.merge", from, func(tx *db.Tx, now time.Time) error {
		f, err := requirePlaces(ctx, tx, who, from, into)
		if err != nil {
			return err
		}
		i, err := Find(ctx, tx, who.Realm, into)
		if err != nil {
			return err
		}
		o, err = s.merge(ctx, tx, who, now, f, i, e)
		return err
	})
	return o, err
}

// Split founds an organisation out of another, with some of its children and
// people. It needs the right on the other one, on its parent and on the parent
// of the new one.
func (s *Service) Split(ctx context.Context, who access.Actor, id core.OrgID, d Division) (made Org, err error) {
	err = s.do(ctx, who, "org.split", id, func(tx *db.Tx, now time.Time) error {
		other := d.New.Parent
		if other == 0 {
			other = id
		}
		of, err := requirePlaces(ctx, tx, who, id, other)
		if err != nil {
			return err
		}
		made, err = s.split(ctx, tx, who, now, of, d)
		return err
	})
	return made, err
}

// Dissolve ends an organisation that nobody and nothing belongs to any more.
func (s *Service) Dissolve(ctx context.Context, who access.Actor, id core.OrgID, e Ending) (o Org, err error) {
	err = s.do(ctx, who, "org.dissolve", id, func(tx *db.Tx, now time.Time) error {
		if err := access.Require(ctx, tx, who, access.ChangeOrgs, id); err != nil {
			return err
		}
		was, err := Find(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		o, err = s.dissolve(ctx, tx, who, now, was, e)
		return err
	})
	return o, err
}

// Correct sets a dated fact right, as the function does. Another parent needs
// the right to place it there.
func (s *Service) Correct(ctx context.Context, who access.Actor, id core.OrgID, c Correction) (o Org, err error) {
	err = s.do(ctx, who, "org.correct", id, func(tx *db.Tx, now time.Time) (err error) {
		if err := access.Require(ctx, tx, who, access.ChangeOrgs, id); err != nil {
			return err
		}
		if c.Parent != nil {
			if _, err := requirePlaces(ctx, tx, who, id, *c.Parent); err != nil {
				return err
			}
		}
		o, err = Correct(ctx, tx, who, now, id, c)
		return err
	})
	return o, err
}

// SetTerm records a term of office, as the function does.
func (s *Service) SetTerm(ctx context.Context, who access.Actor, id core.OrgID, t Term) error {
	return s.do(ctx, who, "term.set", id, func(tx *db.Tx, now time.Time) error {
		if err := access.Require(ctx, tx, who, access.ChangeOrgs, id); err != nil {
			return err
		}
		return SetTerm(ctx, tx, who, now, id, t)
	})
}

// Appoint gives a person a duty, as the function does. Names are needed for
// that: a person whom the actor may not see is nobody.
func (s *Service) Appoint(ctx context.Context, who access.Actor, d Duty) (f Officer, err error) {
	err = s.do(ctx, who, "officer.appoint", d.Org, func(tx *db.Tx, now time.Time) error {
		if err := access.Require(ctx, tx, who, access.ChangeOrgs, d.Org); err != nil {
			return err
		}
		c, err := candidateOf(ctx, tx, who.Realm, d.Person)
		if err != nil {
			return err
		}
		if err := access.Require(ctx, tx, who, access.SeePeople, c.org); err != nil {
			return wrong("person", "org.duty.nobody")
		}
		f, err = Appoint(ctx, tx, who, now, d)
		return err
	})
	return f, err
}

// Relieve ends a duty on a day.
func (s *Service) Relieve(ctx context.Context, who access.Actor, id core.ID, on core.Date) error {
	return s.do(ctx, who, "officer.relieve", 0, func(tx *db.Tx, now time.Time) error {
		f, err := findOfficer(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		if err := access.Require(ctx, tx, who, access.ChangeOrgs, f.Org); err != nil {
			return err
		}
		return relieve(ctx, tx, who, now, f, on)
	})
}

// History returns what was done to an organisation, newest first.
func (s *Service) History(ctx context.Context, who access.Actor, id core.OrgID) (all []Event, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
			return err
		}
		all, err = History(ctx, tx, who.Realm, id)
		return err
	})
	return all, err
}
