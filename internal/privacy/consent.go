package privacy

import (
	"context"
	"errors"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/purpose"
)

// A Consenting is one purpose that rests on consent, whether the person
// agrees to its present text, and what was given and withdrawn, newest first.
type Consenting struct {
	purpose.Purpose
	Given   bool
	Old     bool // an older text was agreed to, and not this one
	History []consent.Consent
}

// requireKept returns a person's record for the person and for whoever keeps it;
// the zero id means one's own.
func requireKept(ctx context.Context, q db.Querier, who access.Actor, id core.PersonID) (p member.Person, own bool, err error) {
	p, err = requireOwn(ctx, q, who, id)
	if err == nil || core.KindOf(err) != core.NotFound || id == 0 {
		return p, err == nil && !who.Machine, err
	}
	if p, err = member.Find(ctx, q, who.Realm, id); err != nil {
		return member.Person{}, false, err
	}
	err = access.Require(ctx, q, who, access.ChangePeople, p.Org)
	if errors.Is(err, core.Forbidden) { // the place is known to the actor, the record is not
		err = core.NotFound
	}
	return p, false, err
}

// Consents returns what a person may agree to and did, for the person and for
// whoever keeps the record.
func (s *Service) Consents(ctx context.Context, who access.Actor, id core.PersonID) (p member.Person, all []Consenting, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all = nil
		if p, _, err = requireKept(ctx, tx, who, id); err != nil {
			return err
		}
		given, err := consent.Of(ctx, tx, who.Realm, p.ID)
		if err != nil {
			return err
		}
		for _, asked := range purpose.Asked() {
			all = append(all, consenting(asked, given, s.Now().Location()))
		}
		return nil
	})
	return p, all, err
}

func consenting(p purpose.Purpose, given []consent.Consent, zone *time.Location) Consenting {
	st := Consenting{Purpose: p}
	for _, c := range given {
		if c.Purpose != p.Key {
			continue
		}
		c.GivenAt = c.GivenAt.In(zone)
		if !c.Stands() {
			c.WithdrawnAt = c.WithdrawnAt.In(zone)
		}
		st.Given = st.Given || c.Stands() && c.Version == p.Version
		st.Old = st.Old || c.Stands()
		st.History = append(st.History, c)
	}
	st.Old = st.Old && !st.Given
	return st
}

// Consent records that a person agrees: the person, or whoever keeps the record
// with the place of the paper that the person signed.
func (s *Service) Consent(ctx context.Context, who access.Actor, id core.PersonID, g consent.Giving) error {
	return s.requireTurn(ctx, who, "consent.give", id, func(tx *db.Tx, now time.Time, p member.Person, own bool) error {
		var bad core.Fields
		bad.If(!own && g.Purpose == "", "purpose", "consent.purpose.missing")
		bad.If(!own && strings.TrimSpace(g.Paper) == "", "paper", "consent.paper.missing")
		if err := bad.Err(); err != nil {
			return err
		}
		if err := member.CheckReason("paper", g.Paper); err != nil {
			return err
		}
		if own {
			g.Paper = ""
		}
		return consent.Give(ctx, tx, who, now, p.ID, p.Org, g)
	})
}

// WithdrawConsent ends what a person agreed to, at once; the person may, and
// whoever keeps the record for a person who says so.
func (s *Service) WithdrawConsent(ctx context.Context, who access.Actor, id core.PersonID, key string) error {
	return s.requireTurn(ctx, who, "consent.withdraw", id, func(tx *db.Tx, now time.Time, p member.Person, _ bool) error {
		if q, err := purpose.Find(key); err != nil || q.Basis != purpose.Consent {
			return core.NotFound
		}
		return consent.Withdraw(ctx, tx, who, now, p.ID, p.Org, key)
	})
}

func (s *Service) requireTurn(ctx context.Context, who access.Actor, action string, id core.PersonID, do func(*db.Tx, time.Time, member.Person, bool) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, own, err := requireKept(ctx, tx, who, id)
		if err != nil {
			return err
		}
		return do(tx, now, p, own)
	})
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		e := audit.Entry{By: who.By(), Action: action, Subject: "person", SubjectID: core.ID(id)}
		return errors.Join(err, audit.Refused(ctx, s.DB, now, e, err))
	}
	return err
}
