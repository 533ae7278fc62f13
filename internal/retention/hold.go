package retention

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// A Hold keeps a record from being erased by rule, up to and with a day.
type Hold struct {
	ID       core.ID
	Person   core.PersonID
	Reason   string
	Until    core.Date
	By       string // a name; "" for the machine's administrator
	PlacedAt time.Time
}

// Bounds of a hold.
const (
	holdYears  = 10
	reasonMost = 300
)

// person asks for the right to change a record, and returns it. A record that
// was removed by mistake, or erased, has nothing to hold.
func (s *Service) person(ctx context.Context, q db.Querier, who access.Actor, id core.PersonID) (member.Person, error) {
	p, err := member.Find(ctx, q, who.Realm, id)
	if err == nil && p.Org == 0 {
		err = core.NotFound
	}
	if err != nil {
		return p, err
	}
	if err := access.Require(ctx, q, who, access.ChangePeople, p.Org); err != nil {
		return p, err
	}
	if !p.ErasedAt.IsZero() {
		return p, core.Fail(core.Invalid, "person.erased")
	}
	return p, nil
}

// HoldOf returns the hold on a person that stands today; core.NotFound if there
// is none.
func (s *Service) HoldOf(ctx context.Context, who access.Actor, id core.PersonID) (h Hold, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := s.person(ctx, tx, who, id); err != nil {
			return err
		}
		h, err = db.One(ctx, tx, func(r db.Row) (h Hold, err error) {
			err = r.Scan(&h.ID, &h.Person, &h.Reason, (*db.Date)(&h.Until), (*db.Instant)(&h.PlacedAt), &h.By)
			h.PlacedAt = h.PlacedAt.In(s.Now().Location())
			return h, err
		}, `
			SELECT h.id, h.person_id, h.reason, h.until, h.created_at, coalesce(u.name, '') FROM holds h
			LEFT JOIN users u ON u.realm_id = h.realm_id AND u.id = h.placed_by
			WHERE h.realm_id = $1 AND h.person_id = $2 AND h.lifted_at IS NULL AND h.until >= $3`, who.Realm, id, db.Date(core.DateOf(s.Now())))
		return err
	})
	return h, err
}

// Hold puts a hold on a person, for a reason, up to and with a day. One that is
// there is core.Conflict: lift it first, so that both reasons are told.
func (s *Service) Hold(ctx context.Context, who access.Actor, id core.PersonID, until core.Date, reason string) error {
	now := s.Now()
	today := core.DateOf(now)
	reason = strings.TrimSpace(reason)
	return s.held(ctx, who, now, "retention.hold", id, func(tx *db.Tx, p member.Person) (audit.Entry, error) {
		var bad core.Fields
		bad.If(reason == "", "reason", "retention.hold.reason_missing")
		bad.If(utf8.RuneCountInString(reason) > reasonMost, "reason", "retention.hold.reason_long", reasonMost)
		bad.If(!until.After(today), "until", "retention.hold.past")
		bad.If(until.After(today.AddMonths(12*holdYears)), "until", "retention.hold.far", holdYears)
		if err := bad.Err(); err != nil {
			return audit.Entry{}, err
		}
		// One that has run out makes room.
		if _, err := tx.Exec(ctx, `UPDATE holds SET lifted_at = $3 WHERE realm_id = $1 AND person_id = $2 AND lifted_at IS NULL AND until < $4`,
			who.Realm, id, db.Instant(now), db.Date(today)); err != nil {
			return audit.Entry{}, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO holds (realm_id, id, person_id, reason, until, placed_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Realm, core.NewID(now), id, reason, db.Date(until), db.Null(&who.User), db.Instant(now))
		if errors.Is(err, core.Conflict) {
			err = core.Fail(core.Conflict, "retention.hold.there")
		}
		return audit.Entry{Org: p.Org, After: map[string]any{"on": until}, Note: reason}, err
	})
}

// Lift ends a hold; core.NotFound if there is none.
func (s *Service) Lift(ctx context.Context, who access.Actor, id core.PersonID) error {
	now := s.Now()
	return s.held(ctx, who, now, "retention.lift", id, func(tx *db.Tx, p member.Person) (audit.Entry, error) {
		n, err := tx.Exec(ctx, `UPDATE holds SET lifted_at = $3, lifted_by = $4 WHERE realm_id = $1 AND person_id = $2 AND lifted_at IS NULL`,
			who.Realm, id, db.Instant(now), db.Null(&who.User))
		if err == nil && n == 0 {
			err = core.Fail(core.Invalid, "retention.hold.none")
		}
		return audit.Entry{Org: p.Org}, err
	})
}

// held changes a hold and journals it; what was denied is journalled too.
func (s *Service) held(ctx context.Context, who access.Actor, now time.Time, action string, id core.PersonID, f func(*db.Tx, member.Person) (audit.Entry, error)) error {
	about := audit.Entry{By: who.By(), Action: action, Subject: "person", SubjectID: core.ID(id)}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := s.person(ctx, tx, who, id)
		if err != nil {
			return err
		}
		e, err := f(tx, p)
		if err != nil {
			return err
		}
		e.By, e.Action, e.Subject, e.SubjectID = about.By, about.Action, about.Subject, about.SubjectID
		return audit.Write(ctx, tx, now, e)
	})
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		return errors.Join(err, audit.Refused(ctx, s.DB, now, about, err))
	}
	return err
}
