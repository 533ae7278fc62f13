package org

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// Duties are what an officer does, the secretary first. The word of each is
// the catalog key org.duty.CODE.
var Duties = []string{"secretary", "deputy", "organisation", "publicity", "discipline", "committee"}

// committeeSeats is the least that makes a branch committee.
const committeeSeats = 3

// An Officer holds a duty in an organisation. Name is empty for who may not
// see names there.
type Officer struct {
	ID       core.ID
	Org      core.OrgID
	Person   core.PersonID
	Name     string
	Position string
	Duty     string
	Period   core.Period
}

// A Duty is what is needed to give one to a person.
type Duty struct {
	Org    core.OrgID
	Person core.PersonID
	Code   string // one of Duties
	From   core.Date
}

// A candidate is what counts about a person who is given a duty.
type candidate struct {
	kind              string
	joined, confirmed core.Date
	org               core.OrgID
}

func (d Duty) check(o Org, today core.Date) error {
	var bad core.Fields
	bad.If(!slices.Contains(Duties, d.Code), "duty", "org.duty.unknown", d.Code)
	bad.If(d.From.IsZero(), "from", "org.on.missing")
	bad.If(d.From.After(today), "from", "org.on.future", today)
	bad.If(d.From.Before(o.FoundedOn), "from", "org.on.before_founding", o.FoundedOn)
	return bad.Err()
}

// eligible judges who becomes secretary. A ledger that gives no dates
// leaves the party age open.
func (d Duty) eligible(c candidate) rule.Verdict {
	since := c.confirmed
	if since.IsZero() {
		since = c.joined
	}
	switch {
	case c.kind != "full":
		since = core.Date{}
	case since.IsZero():
		since = d.From.AddMonths(-12)
	}
	return rule.Candidacy{FullSince: since, AppointedOn: d.From}.Eligibility().AsOf(d.From)
}

// Appoint gives a person a duty from a day on. It is core.Invalid when a field
// must be corrected, when there is a secretary already, or when R-022 forbids
// it. The same duty again changes nothing.
func Appoint(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, d Duty) (Officer, error) {
	o, err := Find(ctx, tx, who.Realm, d.Org)
	if err != nil {
		return Officer{}, err
	}
	if err := o.fresh(0); err != nil {
		return Officer{}, err
	}
	if err := d.check(o, core.DateOf(now)); err != nil {
		return Officer{}, err
	}
	c, err := candidateOf(ctx, tx, who.Realm, d.Person)
	if err != nil {
		return Officer{}, err
	}
	if v := d.eligible(c); d.Code == "secretary" && v.Verdict == rule.Fail {
		return Officer{}, &core.Error{Kind: core.Invalid, Msg: core.M("error.fields"), Fields: core.Fields{"person": v.Reason}}
	}
	held, err := officers(ctx, tx, who.Realm, d.Org, core.Moment{On: core.DateOf(now)})
	if err != nil {
		return Officer{}, err
	}
	for _, h := range held {
		if h.Person == d.Person && h.Duty == d.Code {
			return h, nil
		}
	}
	var bad core.Fields
	bad.If(d.Code == "secretary" && slices.ContainsFunc(held, func(h Officer) bool { return h.Duty == d.Code }), "duty", "org.duty.taken", o.Name)
	if err := bad.Err(); err != nil {
		return Officer{}, err
	}
	is := Officer{ID: core.NewID(now), Org: d.Org, Person: d.Person, Duty: d.Code, Period: core.Since(d.From)}
	if err := insertOfficers(ctx, tx, who.Realm, now, []Officer{is}); err != nil {
		return Officer{}, err
	}
	if len(held)+1 >= committeeSeats {
		if err := clock.Stop(ctx, tx, now, who.Realm, clock.Committee, core.ID(o.ID), clock.Done, who.User); err != nil {
			return Officer{}, err
		}
	}
	return is, tellDuty(ctx, tx, who, now, "officer.appoint", is)
}

func tellDuty(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, action string, f Officer) error {
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: action, Org: f.Org, Subject: "person", SubjectID: core.ID(f.Person),
		After: map[string]any{"org": f.Org, "duty": f.Duty, "from": f.Period.From, "to": f.Period.To},
	})
}

// relieve ends a duty on a day.
func relieve(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, f Officer, on core.Date) error {
	today := core.DateOf(now)
	var bad core.Fields
	bad.If(on.IsZero(), "on", "org.on.missing")
	bad.If(on.After(today), "on", "org.on.future", today)
	bad.If(!on.After(f.Period.From), "on", "org.duty.ends_before", f.Period.From)
	if err := bad.Err(); err != nil {
		return err
	}
	if err := endOfficer(ctx, tx, who.Realm, now, f, on); err != nil {
		return err
	}
	f.Period.To = on
	return tellDuty(ctx, tx, who, now, "officer.relieve", f)
}

func candidateOf(ctx context.Context, q db.Querier, realm core.RealmID, id core.PersonID) (candidate, error) {
	all, err := db.All(ctx, q, func(r db.Row) (c candidate, err error) {
		return c, r.Scan(&c.kind, (*db.Date)(&c.joined), (*db.Date)(&c.confirmed), db.Null(&c.org))
	}, `SELECT kind, joined_on, confirmed_on, at_org FROM persons WHERE realm_id = $1 AND id = $2 AND removed_at IS NULL`, realm, id)
	if err != nil {
		return candidate{}, err
	}
	var bad core.Fields
	bad.If(len(all) == 0, "person", "org.duty.nobody")
	if err := bad.Err(); err != nil {
		return candidate{}, err
	}
	return all[0], nil
}

// officers returns who held which duty, the secretary first.
func officers(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID, m core.Moment) ([]Officer, error) {
	all, err := db.All(ctx, q, scanOfficer, `
		SELECT `+officerColumns+` FROM officers f JOIN persons p ON p.realm_id = f.realm_id AND p.id = f.person_id
		WHERE f.realm_id = $1 AND f.org_id = $2 AND f.valid_from <= $3 AND f.valid_to > $3
			AND f.recorded_at <= $4 AND (f.superseded_at IS NULL OR f.superseded_at > $4)
		ORDER BY f.valid_from, p.name_key`, realm, id, db.Date(m.On), knownAt(m))
	slices.SortStableFunc(all, func(a, b Officer) int { return slices.Index(Duties, a.Duty) - slices.Index(Duties, b.Duty) })
	return all, err
}

const officerColumns = `f.id, f.org_id, f.person_id, p.name, p.position, f.duty, f.valid_from, f.valid_to`

func scanOfficer(r db.Row) (f Officer, err error) {
	return f, r.Scan(&f.ID, &f.Org, &f.Person, &f.Name, &f.Position, &f.Duty, (*db.Date)(&f.Period.From), (*db.Date)(&f.Period.To))
}

// A Held duty is one of a person's, with the name of the organisation.
type Held struct {
	Officer
	OrgName string
}

// DutiesOf returns the duties that a person holds or held, as they are known
// now, the newest first. The caller has asked whether the person may be seen.
func DutiesOf(ctx context.Context, q db.Querier, realm core.RealmID, person core.PersonID) ([]Held, error) {
	return db.All(ctx, q, func(r db.Row) (h Held, err error) {
		return h, r.Scan(&h.ID, &h.Org, &h.Person, &h.Name, &h.Position, &h.Duty, (*db.Date)(&h.Period.From), (*db.Date)(&h.Period.To), &h.OrgName)
	}, `
		SELECT `+officerColumns+`, o.name FROM officers f
		JOIN persons p ON p.realm_id = f.realm_id AND p.id = f.person_id
		JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id
		WHERE f.realm_id = $1 AND f.person_id = $2 AND f.superseded_at IS NULL
		ORDER BY f.valid_from DESC, f.id DESC`, realm, person)
}

// findOfficer returns a duty that is still held, or core.NotFound.
func findOfficer(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Officer, error) {
	return db.One(ctx, q, scanOfficer, `
		SELECT `+officerColumns+` FROM officers f JOIN persons p ON p.realm_id = f.realm_id AND p.id = f.person_id
		WHERE f.realm_id = $1 AND f.id = $2 AND f.superseded_at IS NULL AND f.valid_to = '9999-12-31'`, realm, id)
}

func insertOfficers(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, all []Officer) error {
	rows := make([][]any, len(all))
	for i, f := range all {
		rows[i] = []any{realm, f.ID, f.Org, f.Person, f.Duty, db.Date(f.Period.From), db.Date(f.Period.To), db.Instant(now)}
	}
	return db.Insert(ctx, tx, "officers", "realm_id, id, org_id, person_id, duty, valid_from, valid_to, recorded_at", rows)
}

// endOfficer supersedes a duty by the same one with an end.
func endOfficer(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, f Officer, on core.Date) error {
	_, err := tx.Exec(ctx, `UPDATE officers SET superseded_at = $3 WHERE realm_id = $1 AND id = $2`, realm, f.ID, db.Instant(now))
	if err != nil || !f.Period.From.Before(on) {
		return err
	}
	f.ID, f.Period.To = core.NewID(now), on
	return insertOfficers(ctx, tx, realm, now, []Officer{f})
}

// endOfficers ends every duty in an organisation that ends on a day.
func endOfficers(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, id core.OrgID, on core.Date) error {
	held, err := db.All(ctx, tx, scanOfficer, `
		SELECT `+officerColumns+` FROM officers f JOIN persons p ON p.realm_id = f.realm_id AND p.id = f.person_id
		WHERE f.realm_id = $1 AND f.org_id = $2 AND f.superseded_at IS NULL AND f.valid_to > $3`, realm, id, db.Date(on))
	if err != nil {
		return err
	}
	for _, f := range held {
		if err := endOfficer(ctx, tx, realm, now, f, on); err != nil {
			return err
		}
	}
	return nil
}
