package member

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A move says why and from which version a membership is changed.
type move struct {
	on      core.Date
	reason  string
	version int
	batch   core.ID
}

// open reads a person whose membership is about to change and checks the day:
// today when it is zero, never later.
func (m *move) open(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, id core.PersonID) (Person, Timeline, error) {
	today := core.DateOf(now)
	if m.on.IsZero() {
		m.on = today
	}
	p, err := present(ctx, tx, realm, id, m.version)
	if err != nil {
		return p, nil, err
	}
	if err := checkReason("reason", m.reason); err != nil {
		return p, nil, err
	}
	var bad core.Fields
	bad.If(m.on.After(today), "on", "membership.future")
	if err := bad.Err(); err != nil {
		return p, nil, err
	}
	t, err := History(ctx, tx, realm, id)
	return p, t, err
}

// Transfer moves a person to another organisation: the affiliation that holds
// is closed and a new one opened on the same day, today when on is zero. For
// somebody who is no member the record alone moves. It returns core.Invalid
// for a day in the future, before the present affiliation or before the other
// organisation was founded, and for a dissolved organisation; core.NotFound
// for one of another realm; core.Conflict when version is not 0 and not the
// present one.
func Transfer(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, to core.OrgID, on core.Date, reason string, version int, batch core.ID) (Person, error) {
	m := move{on, reason, version, batch}
	p, was, err := m.open(ctx, tx, who.Realm, now, id)
	if err != nil {
		return Person{}, err
	}
	at, err := placeOf(ctx, tx, who.Realm, to)
	if err != nil {
		return Person{}, err
	}
	var bad core.Fields
	bad.If(to == p.Org, "to", "membership.same_org")
	if err := bad.Err(); err != nil {
		return Person{}, err
	}
	if err := at.receives(m.on); err != nil {
		return Person{}, err
	}
	is := was
	if Formal(p.Kind) {
		if is, err = was.moved(to, m.on); err != nil {
			return Person{}, err
		}
	}
	return m.settle(ctx, tx, who, now, "membership.transfer", p, p.Kind, at, was, is)
}

// EndMembership ends a person's membership: on is the first day without, today
// when zero. The record stays where it was, as kind None.
func EndMembership(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, on core.Date, reason string, version int, batch core.ID) (Person, error) {
	m := move{on, reason, version, batch}
	p, was, err := m.open(ctx, tx, who.Realm, now, id)
	if err != nil {
		return Person{}, err
	}
	is, err := was.ended(m.on)
	if err != nil {
		return Person{}, err
	}
	at, err := placeOf(ctx, tx, who.Realm, p.Org)
	if err != nil {
		return Person{}, err
	}
	return m.settle(ctx, tx, who, now, "membership.end", p, None, at, was, is)
}

// Confirm makes a probationary member a full one from a day on, today when on
// is zero, and keeps the day as ConfirmedOn. A temporary branch may not
// confirm.
func Confirm(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, on core.Date, version int, batch core.ID) (Person, error) {
	m := move{on: on, version: version, batch: batch}
	p, was, err := m.open(ctx, tx, who.Realm, now, id)
	if err != nil {
		return Person{}, err
	}
	var bad core.Fields
	bad.If(p.Kind != Probationary, "kind", "membership.not_probationary")
	bad.If(m.on.Before(p.JoinedOn), "on", "person.confirmed_on.before_joined", p.JoinedOn)
	if err := bad.Err(); err != nil {
		return Person{}, err
	}
	o, err := org.Find(ctx, tx, who.Realm, p.Org)
	if err != nil {
		return Person{}, err
	}
	if err := o.Guard(rule.RegulariseMember, m.on); err != nil {
		return Person{}, err
	}
	is, err := was.became(Full, m.on)
	if err != nil {
		return Person{}, err
	}
	at, err := placeOf(ctx, tx, who.Realm, p.Org)
	if err != nil {
		return Person{}, err
	}
	after := p
	after.ConfirmedOn = m.on
	return m.settleAs(ctx, tx, who, now, "membership.confirm", p, after, Full, at, was, is)
}

// A Correction sets right what was recorded of a person's affiliations. The
// row that was wrong is superseded and the right one added, so that what was
// known before can still be asked for.
type Correction struct {
	Row     core.ID      // the affiliation that was wrong; 0 adds a forgotten one
	Became  *Affiliation // what is right; nil strikes the row out
	Reason  string
	Version int
	Batch   core.ID
}

// Correct applies a correction. It returns core.Invalid (membership.overlaps)
// if two affiliations would share a day, and core.NotFound for a row that is
// not the person's.
func Correct(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, c Correction) (Person, error) {
	m := move{reason: c.Reason, version: c.Version, batch: c.Batch}
	p, was, err := m.open(ctx, tx, who.Realm, now, id)
	if err != nil {
		return Person{}, err
	}
	all := []Affiliation(slices.Clone(was))
	if c.Row != 0 {
		n := slices.IndexFunc(all, func(a Affiliation) bool { return a.ID == c.Row })
		if n < 0 {
			return Person{}, core.NotFound
		}
		all = slices.Delete(all, n, n+1)
	}
	if c.Became != nil {
		a, err := c.Became.admit(ctx, tx, who.Realm, p, m.on)
		if err != nil {
			return Person{}, err
		}
		all = append(all, a)
	}
	is, err := timeline(all)
	if err != nil {
		return Person{}, err
	}
	kind, keeper := p.Kind, p.Org
	if open, ok := is.Now(); ok {
		kind, keeper = open.Kind, open.Org
	} else if Formal(kind) {
		kind = None
	}
	at, err := placeOf(ctx, tx, who.Realm, keeper)
	if err != nil {
		return Person{}, err
	}
	return m.settle(ctx, tx, who, now, "membership.correct", p, kind, at, was, is)
}

// admit checks one affiliation by itself: days that have come, an organisation
// that was there, a member who had joined.
func (a Affiliation) admit(ctx context.Context, q db.Querier, realm core.RealmID, p Person, today core.Date) (Affiliation, error) {
	a.ID = 0
	if a.To.IsZero() {
		a.To = core.Forever
	}
	var bad core.Fields
	bad.If(a.From.IsZero(), "from", "membership.from_missing")
	bad.If(a.From.After(today), "from", "membership.future")
	bad.If(a.To != core.Forever && a.To.After(today), "to", "membership.future")
	bad.If(a.From.Before(p.JoinedOn), "from", "membership.before_joined", p.JoinedOn)
	if err := bad.Err(); err != nil {
		return a, err
	}
	at, err := placeOf(ctx, q, realm, a.Org)
	if err != nil {
		return a, err
	}
	return a, at.held(a.From, a.To)
}

func (m move) settle(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, action string, p Person, kind string, at place, was, is Timeline) (Person, error) {
	return m.settleAs(ctx, tx, who, now, action, p, p, kind, at, was, is)
}

// settleAs writes a changed membership, the row of the list, the counts and
// the journal, as one.
func (m move) settleAs(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, action string, p, after Person, kind string, at place, was, is Timeline) (Person, error) {
	after.Kind, after.Org, after.Path = kind, at.org, at.path
	if err := rewrite(ctx, tx, now, p, was, is, m.reason, m.batch); err != nil {
		return Person{}, err
	}
	if err := after.keep(ctx, tx, at, is); err != nil {
		return Person{}, err
	}
	after.Version++
	if err := recount(ctx, tx, p, after); err != nil {
		return Person{}, err
	}
	return after, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: action, Org: p.Org, Subject: "person", SubjectID: core.ID(p.ID), Note: m.reason,
		Before: p.standing(), After: after.standing(),
	})
}

// rewrite makes is what is known of a person's affiliations: rows of was that
// are not in it are superseded, rows without an id are added.
func rewrite(ctx context.Context, tx *db.Tx, now time.Time, p Person, was, is Timeline, reason string, batch core.ID) error {
	var gone []Affiliation
	for _, a := range was {
		if !slices.Contains(is, a) {
			gone = append(gone, a)
		}
	}
	var rows [][]any
	for _, a := range is {
		if !slices.Contains(was, a) {
			rows = append(rows, membershipRow(p.Realm, now, p.ID, a, reason, batch))
		}
	}
	if err := supersede(ctx, tx, now, p.Realm, gone); err != nil {
		return err
	}
	return db.Insert(ctx, tx, "memberships", membershipColumns, rows)
}

// keep writes what the list repeats of the affiliation that holds: kind and
// place. It is the only statement that does so for a person already there, and
// refuses to let the two differ. Every change of a person ends here, and the
// version makes a change that somebody else overtook a core.Conflict.
func (p Person) keep(ctx context.Context, tx *db.Tx, at place, is Timeline) error {
	open, ok := is.Now()
	if ok != Formal(p.Kind) || ok && (open.Kind != p.Kind || open.Org != at.org) {
		return fmt.Errorf("member %s: the list would not say what the memberships say", p.ID)
	}
	n, err := tx.Exec(ctx, `
		UPDATE persons SET kind = $4, at_org = $5, at_path = $6, at_1 = $7, at_2 = $8, confirmed_on = $9, version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $3`,
		p.Realm, p.ID, p.Version, p.Kind, at.org, at.path, db.Null(&at.one), db.Null(&at.two), db.Date(p.ConfirmedOn))
	if err != nil {
		return err
	}
	if n != 1 {
		return core.Fail(core.Conflict, "person.stale", p.Name)
	}
	return nil
}

// recount moves a person from one counter to another.
func recount(ctx context.Context, tx *db.Tx, was, is Person) error {
	if was.Org == is.Org && was.Kind == is.Kind {
		return nil
	}
	deltas := map[core.OrgID]map[string]int{}
	tally(deltas, was.Org, was.Kind, -1)
	tally(deltas, is.Org, is.Kind, 1)
	return org.Count(ctx, tx, is.Realm, deltas)
}
