package org

import (
	"context"
	"strconv"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Apply changes the dated facts of an organisation from a day on and records
// what was done. A change that changes nothing writes nothing. It is
// core.Invalid when a field must be corrected, and core.Conflict with a Stale
// when somebody changed the organisation meanwhile.
func Apply(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.OrgID, c Change) (Org, error) {
	o, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return Org{}, err
	}
	if err := o.fresh(c.Version); err != nil {
		return Org{}, err
	}
	if err := c.check(o, core.DateOf(now)); err != nil {
		return Org{}, err
	}
	after, events := c.apply(o)
	if len(events) == 0 {
		return o, nil
	}
	if after.nameKey() != o.nameKey() {
		if err := unique(ctx, tx, after); err != nil {
			return Org{}, err
		}
	}
	for i := range events {
		e := &events[i]
		e.On, e.Document, e.Reason, e.Batch = c.On, or(c.Document, ""), c.Reason, c.Batch
	}
	if err := revise(ctx, tx, who, now, o, after, c.On, events); err != nil {
		return Org{}, err
	}
	after.Version++
	action := "org.change"
	if events[0].Kind == Renamed {
		action = "org.rename"
	}
	return after, note(ctx, tx, who, now, action, o, after, c.Reason)
}

// note writes the journal entry of a change.
func note(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, action string, was, is Org, reason string) error {
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: action, Org: is.ID, Subject: "org", SubjectID: core.ID(is.ID),
		Before: was.state(), After: is.state(), Note: reason,
	})
}

// revise is the one place where the row of lists and the dated facts of an
// organisation change together, from a day on: the fact that held is
// superseded by the same one with an earlier end, and the new one begins. A
// dissolved organisation has no new one. A day before the last change of them
// is core.Invalid: what was wrong before it is for Correct.
func revise(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, was, is Org, on core.Date, events []Event) error {
	known, err := facts(ctx, tx, was.Realm, was.ID)
	if err != nil {
		return err
	}
	open := known[len(known)-1] // a live organisation has one
	stamp(now, was.ID, events)
	if factOf(was, core.Period{}) != factOf(is, core.Period{}) || !is.Live() {
		if on.Before(open.Period.From) {
			var bad core.Fields
			bad.If(true, "on", "org.on.before_last_change", open.Period.From)
			return bad.Err()
		}
		if err := cut(ctx, tx, was.Realm, now, open, is, on, events[0].ID); err != nil {
			return err
		}
	}
	if err := update(ctx, tx, is, was.Name != is.Name); err != nil {
		return err
	}
	return insertEvents(ctx, tx, who, now, events)
}

// cut ends the fact that held on a day and begins the one that is says, if it
// still lives.
func cut(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, open Fact, is Org, on core.Date, event core.ID) error {
	if err := supersede(ctx, tx, realm, now, open.ID); err != nil {
		return err
	}
	var add []Fact
	if open.Period.From.Before(on) {
		closed := open
		closed.Period.To = on
		add = append(add, closed)
	}
	if is.Live() {
		f := factOf(is, core.Since(on))
		f.Event = event
		add = append(add, f)
	}
	return insertFacts(ctx, tx, realm, now, add)
}

// stamp gives the events their ids and their organisation, unless it is
// another one's event.
func stamp(now time.Time, id core.OrgID, events []Event) {
	for i := range events {
		events[i].ID = core.NewID(now)
		if events[i].Org == 0 {
			events[i].Org = id
		}
	}
}

// Place moves an organisation, with everything below it, under another parent
// from a day on: its paths and those of its enterprises and people, and the
// counters above. It is core.Invalid for a move into itself, to where it
// already is, or to a parent that did not exist on that day, and core.Conflict
// with a Stale when somebody changed the organisation meanwhile.
func Place(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id, newParent core.OrgID, on core.Date, reason string, version int, batch core.ID) (Org, error) {
	o, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return Org{}, err
	}
	if err := o.fresh(version); err != nil {
		return Org{}, err
	}
	p, err := Find(ctx, tx, who.Realm, newParent)
	if err != nil {
		return Org{}, err
	}
	is, err := o.under(p, on, core.DateOf(now), reason)
	if err != nil {
		return Org{}, err
	}
	if err := acyclic(ctx, tx, o, p, core.Since(on)); err != nil {
		return Org{}, err
	}
	if err := unique(ctx, tx, is); err != nil {
		return Org{}, err
	}
	old, err := Find(ctx, tx, who.Realm, o.Parent)
	if err != nil {
		return Org{}, err
	}
	e := Event{Kind: Moved, On: on, Other: p.ID, Was: old.Name, Became: p.Name, Reason: reason, Batch: batch}
	if err := revise(ctx, tx, who, now, o, is, on, []Event{e}); err != nil {
		return Org{}, err
	}
	is.Version++
	if err := relocate(ctx, tx, o, is); err != nil {
		return Org{}, err
	}
	return is, note(ctx, tx, who, now, "org.move", o, is, reason)
}

// under returns o as it stands below p, or what is wrong with that.
func (o Org) under(p Org, on, today core.Date, reason string) (Org, error) {
	var bad core.Fields
	checkTexts(&bad, "", reason)
	checkDay(&bad, o, on, today)
	bad.If(o.Parent == 0, "parent", "org.root.stays")
	bad.If(o.Parent == p.ID, "parent", "org.move.same_parent", p.Name)
	bad.If(o.above(p), "parent", "org.move.cycle", p.Name, o.Name)
	bad.If(!p.Live(), "parent", "org.parent.dissolved", p.Name, p.DissolvedOn)
	bad.If(on.Before(p.FoundedOn), "parent", "org.move.parent_later", p.Name, p.FoundedOn)
	o.Parent, o.Depth = p.ID, p.Depth+1
	o.Path = p.Path + strconv.Itoa(o.Number) + "."
	return o, bad.Err()
}

// acyclic returns core.Invalid when p stood below o on some day of the period:
// on that day each would have been above the other.
func acyclic(ctx context.Context, q db.Querier, o, p Org, during core.Period) error {
	if o.ID == p.ID {
		var bad core.Fields
		bad.If(true, "parent", "org.move.cycle", p.Name, o.Name)
		return bad.Err()
	}
	known, err := facts(ctx, q, p.Realm, p.ID)
	if err != nil {
		return err
	}
	for _, f := range known {
		if f.Parent == 0 || !f.Period.Overlaps(during) {
			continue
		}
		shared := core.Period{From: later(f.Period.From, during.From), To: earlier(f.Period.To, during.To)}
		above, err := Find(ctx, q, p.Realm, f.Parent)
		if err != nil {
			return err
		}
		if err := acyclic(ctx, q, o, above, shared); err != nil {
			return err
		}
	}
	return nil
}

func later(a, b core.Date) core.Date {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b core.Date) core.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// relocate rewrites what repeats the place of an organisation and of
// everything below it: paths and depths, the paths of enterprises and people,
// the counters of the lines above.
func relocate(ctx context.Context, tx *db.Tx, was, is Org) error {
	below := access.Below(was.Path)
	_, err := tx.Exec(ctx, `
		UPDATE orgs SET
			path = CAST($4 AS text) || substr(path, $5), depth = depth + $6,
			parent_id = CASE WHEN id = $7 THEN $8 ELSE parent_id END
		WHERE realm_id = $1 AND path >= $2 AND path < $3`,
		was.Realm, below.Lo, below.Hi, is.Path, len(was.Path)+1, is.Depth-was.Depth, is.ID, is.Parent)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE enterprises SET path = CAST($4 AS text) || substr(path, $5) WHERE realm_id = $1 AND path >= $2 AND path < $3`,
		was.Realm, below.Lo, below.Hi, is.Path, len(was.Path)+1)
	if err != nil {
		return err
	}
	if err := relocatePeople(ctx, tx, was, is); err != nil {
		return err
	}
	return carry(ctx, tx, was.Realm, is.ID, was.Parent, is.Parent)
}

// relocatePeople follows a move that has already reached orgs.
func relocatePeople(ctx context.Context, tx *db.Tx, was, is Org) error {
	lines, err := Lines(ctx, tx, is.Realm, []core.OrgID{is.ID})
	if err != nil {
		return err
	}
	at1, at2 := lines[is.ID].At(1), lines[is.ID].At(2)
	below := access.Below(was.Path)
	_, err = tx.Exec(ctx, `
		UPDATE persons SET at_path = CAST($4 AS text) || substr(at_path, $5), at_1 = $6, at_2 = $7
		WHERE realm_id = $1 AND at_path >= $2 AND at_path < $3`,
		is.Realm, below.Lo, below.Hi, is.Path, len(was.Path)+1, db.Null(&at1), db.Null(&at2))
	if err != nil || is.Depth > 1 {
		return err
	}
	under, err := db.All(ctx, tx, scan, `SELECT `+columns+` FROM orgs o WHERE o.realm_id = $1 AND o.parent_id = $2`, is.Realm, is.ID)
	if err != nil {
		return err
	}
	for _, c := range under {
		r := access.Below(c.Path)
		_, err := tx.Exec(ctx, `UPDATE persons SET at_2 = $4 WHERE realm_id = $1 AND at_path >= $2 AND at_path < $3`, is.Realm, r.Lo, r.Hi, c.ID)
		if err != nil {
			return err
		}
	}
	return nil
}
