package org

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Mover moves what another slice keeps from one organisation to another on a
// day, and returns how many it moved.
type Mover func(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, from, to core.OrgID, on core.Date) (int, error)

// An Ending merges an organisation into another or dissolves it, from the day
// On, its first day of not being.
type Ending struct {
	On       core.Date
	Document string
	Reason   string
	Version  int // the one that the person saw; 0 asks for no check
	Batch    core.ID
}

func (e Ending) check(o Org, today core.Date) error {
	var bad core.Fields
	checkTexts(&bad, e.Document, e.Reason)
	checkDay(&bad, o, e.On, today)
	bad.If(e.On == o.FoundedOn, "on", "org.end.same_day", o.FoundedOn)
	bad.If(o.Parent == 0, "org", "org.root.stays")
	return bad.Err()
}

// merge lets from go up in into: children, people, enterprises and hostings
// are handed over, officers and term end, clocks change hands.
func (s *Service) merge(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, from, into Org, e Ending) (Org, error) {
	if err := from.fresh(e.Version); err != nil {
		return Org{}, err
	}
	if err := e.check(from, core.DateOf(now)); err != nil {
		return Org{}, err
	}
	if err := from.mayMerge(into, e.On); err != nil {
		return Org{}, err
	}
	kids, err := children(ctx, tx, from.Realm, from.ID)
	if err != nil {
		return Org{}, err
	}
	for _, c := range kids {
		if _, err := Place(ctx, tx, who, now, c.ID, into.ID, e.On, e.Reason, 0, e.Batch); err != nil {
			return Org{}, err
		}
	}
	if err := rehost(ctx, tx, who.Realm, now, from.ID, into.ID, e); err != nil {
		return Org{}, err
	}
	for _, move := range []Mover{s.MoveMembers, s.MoveEnterprises} {
		if move == nil {
			continue
		}
		if _, err := move(ctx, tx, who, now, from.ID, into.ID, e.On); err != nil {
			return Org{}, err
		}
	}
	if into, err = Find(ctx, tx, who.Realm, into.ID); err != nil {
		return Org{}, err
	}
	after, err := end(ctx, tx, who, now, from, into.ID, e, Event{Kind: Merged, Other: into.ID, Was: from.Name, Became: into.Name})
	if err != nil {
		return Org{}, err
	}
	took := Event{Kind: TookIn, On: e.On, Other: from.ID, Became: from.Name, Document: e.Document, Reason: e.Reason, Batch: e.Batch}
	if err := revise(ctx, tx, who, now, into, into, e.On, []Event{took}); err != nil {
		return Org{}, err
	}
	return after, note(ctx, tx, who, now, "org.merge", from, after, e.Reason)
}

// mayMerge says what is wrong with merging o into p.
func (o Org) mayMerge(p Org, on core.Date) error {
	var bad core.Fields
	bad.If(o.ID == p.ID, "into", "org.merge.self")
	bad.If(o.ID != p.ID && o.above(p), "into", "org.merge.below", p.Name, o.Name)
	bad.If(!p.Live(), "into", "org.parent.dissolved", p.Name, p.DissolvedOn)
	bad.If(on.Before(p.FoundedOn), "into", "org.move.parent_later", p.Name, p.FoundedOn)
	return bad.Err()
}

// dissolve ends an organisation that has no member, no person and nothing
// below it any more. Its enterprises go to its parent.
func (s *Service) dissolve(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, o Org, e Ending) (Org, error) {
	if err := o.fresh(e.Version); err != nil {
		return Org{}, err
	}
	if err := e.check(o, core.DateOf(now)); err != nil {
		return Org{}, err
	}
	if s.MoveEnterprises != nil {
		if _, err := s.MoveEnterprises(ctx, tx, who, now, o.ID, o.Parent, e.On); err != nil {
			return Org{}, err
		}
	}
	if err := rehost(ctx, tx, who.Realm, now, o.ID, 0, e); err != nil {
		return Org{}, err
	}
	after, err := end(ctx, tx, who, now, o, o.Parent, e, Event{Kind: Dissolved, Was: o.Name})
	if err != nil {
		return Org{}, err
	}
	return after, note(ctx, tx, who, now, "org.dissolve", o, after, e.Reason)
}

// end closes an organisation that nothing depends on any more. Its clocks go to
// heir.
func end(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, o Org, heir core.OrgID, e Ending, told Event) (Org, error) {
	if err := vacant(ctx, tx, o, e.On); err != nil {
		return Org{}, err
	}
	if err := endOfficers(ctx, tx, who.Realm, now, o.ID, e.On); err != nil {
		return Org{}, err
	}
	if err := endTerm(ctx, tx, who.Realm, o.ID, e.On); err != nil {
		return Org{}, err
	}
	if err := clock.StopAll(ctx, tx, now, who.Realm, core.ID(o.ID), who.User); err != nil {
		return Org{}, err
	}
	if err := clock.Reassign(ctx, tx, who.Realm, o.ID, heir); err != nil {
		return Org{}, err
	}
	after := o
	after.DissolvedOn = e.On
	told.On, told.Document, told.Reason, told.Batch = e.On, e.Document, e.Reason, e.Batch
	if err := revise(ctx, tx, who, now, o, after, e.On, []Event{told}); err != nil {
		return Org{}, err
	}
	after.Version++
	return after, Count(ctx, tx, who.Realm, map[core.OrgID]map[string]int{o.ID: {CountOrgs: -1}})
}

// vacant returns core.Invalid, with how many, while people, organisations or
// enterprises belong to o on the day or after it.
func vacant(ctx context.Context, q db.Querier, o Org, on core.Date) error {
	members, err := db.One(ctx, q, db.Int, `
		SELECT count(DISTINCT person_id) FROM memberships
		WHERE realm_id = $1 AND org_id = $2 AND superseded_at IS NULL AND valid_to > $3`, o.Realm, o.ID, db.Date(on))
	if err != nil {
		return err
	}
	people, err := db.One(ctx, q, db.Int, `
		SELECT count(*) FROM persons WHERE realm_id = $1 AND at_path = $2 AND removed_at IS NULL`, o.Realm, o.Path)
	if err != nil {
		return err
	}
	below, err := db.One(ctx, q, db.Int, `
		SELECT count(DISTINCT org_id) FROM org_facts
		WHERE realm_id = $1 AND parent_id = $2 AND superseded_at IS NULL AND valid_to > $3`, o.Realm, o.ID, db.Date(on))
	if err != nil {
		return err
	}
	enterprises, err := db.One(ctx, q, db.Int, `
		SELECT count(*) FROM enterprises WHERE realm_id = $1 AND path = $2`, o.Realm, o.Path)
	switch {
	case err != nil:
		return err
	case members > 0:
		return core.Fail(core.Invalid, "org.end.members", o.Name, members)
	case people > 0:
		return core.Fail(core.Invalid, "org.end.people", o.Name, people)
	case below > 0:
		return core.Fail(core.Invalid, "org.end.below", o.Name, below)
	case enterprises > 0:
		return core.Fail(core.Invalid, "org.end.enterprises", o.Name, enterprises)
	}
	return nil
}

// A hosting is a row of hostings that still holds on some day.
type hosting struct {
	id         core.ID
	enterprise core.EnterpriseID
	period     core.Period
}

func hostings(ctx context.Context, q db.Querier, realm core.RealmID, id core.OrgID, on core.Date) ([]hosting, error) {
	return db.All(ctx, q, func(r db.Row) (h hosting, err error) {
		return h, r.Scan(&h.id, &h.enterprise, (*db.Date)(&h.period.From), (*db.Date)(&h.period.To))
	}, `
		SELECT id, enterprise_id, valid_from, valid_to FROM hostings
		WHERE realm_id = $1 AND org_id = $2 AND superseded_at IS NULL AND valid_to > $3 ORDER BY id`, realm, id, db.Date(on))
}

// rehost ends the hostings of an organisation on a day; another one, unless
// zero, takes up those that it does not have itself.
func rehost(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, from, into core.OrgID, e Ending) error {
	held, err := hostings(ctx, tx, realm, from, e.On)
	if err != nil {
		return err
	}
	own, err := hostings(ctx, tx, realm, into, e.On)
	if err != nil {
		return err
	}
	has := map[core.EnterpriseID]bool{}
	for _, h := range own {
		has[h.enterprise] = true
	}
	var rows [][]any
	add := func(org core.OrgID, h hosting, p core.Period) {
		if p.From.Before(p.To) {
			rows = append(rows, []any{
				realm, core.NewID(now), org, h.enterprise, db.Date(p.From), db.Date(p.To), db.Instant(now), e.Reason, db.Null(&e.Batch),
			})
		}
	}
	for _, h := range held {
		_, err := tx.Exec(ctx, `UPDATE hostings SET superseded_at = $3 WHERE realm_id = $1 AND id = $2`, realm, h.id, db.Instant(now))
		if err != nil {
			return err
		}
		add(from, h, core.Period{From: h.period.From, To: e.On})
		if into != 0 && !has[h.enterprise] {
			add(into, h, core.Period{From: later(h.period.From, e.On), To: h.period.To})
		}
	}
	return db.Insert(ctx, tx, "hostings", "realm_id, id, org_id, enterprise_id, valid_from, valid_to, recorded_at, reason, batch_id", rows)
}
