package org

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Division founds an organisation out of another, on the day on which New is
// founded. New.Parent is the parent of the other one unless given.
type Division struct {
	New      Founding
	Children []core.OrgID    // directly under the other one, to go with it
	People   []core.PersonID // of the other one, to go with it
	Version  int             // of the other one, as the person saw it; 0 asks for no check
}

// A PeopleMover moves these persons from one organisation to another on a day,
// and returns how many it moved.
type PeopleMover func(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, people []core.PersonID, from, to core.OrgID, on core.Date) (int, error)

func (s *Service) split(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, of Org, d Division) (Org, error) {
	if err := of.fresh(d.Version); err != nil {
		return Org{}, err
	}
	if of.Parent == 0 && d.New.Parent == 0 {
		return Org{}, core.Fail(core.Invalid, "org.parent.missing")
	}
	if d.New.Parent == 0 {
		d.New.Parent = of.Parent
	}
	on := d.New.FoundedOn
	var bad core.Fields
	bad.If(!on.IsZero() && on.Before(of.FoundedOn), "founded_on", "org.on.before_founding", of.FoundedOn)
	if err := bad.Err(); err != nil {
		return Org{}, err
	}
	d.New.from = of.ID
	made, err := Found(ctx, tx, who, now, d.New)
	if err != nil {
		return Org{}, err
	}
	for _, id := range d.Children {
		c, err := Find(ctx, tx, who.Realm, id)
		if err != nil {
			return Org{}, err
		}
		if c.Parent != of.ID {
			return Org{}, core.Fail(core.Invalid, "org.split.child", c.Name, of.Name)
		}
		if _, err := Place(ctx, tx, who, now, id, made.ID, on, d.New.Reason, 0, d.New.Batch); err != nil {
			return Org{}, err
		}
	}
	moved := 0
	if len(d.People) > 0 && s.MovePeople != nil {
		if moved, err = s.MovePeople(ctx, tx, who, now, d.People, of.ID, made.ID, on); err != nil {
			return Org{}, err
		}
	}
	if moved < len(d.People) {
		return Org{}, core.Fail(core.Invalid, "org.split.people", len(d.People)-moved, of.Name)
	}
	told := Event{Kind: SplitOff, On: on, Other: made.ID, Became: made.Name, Document: d.New.Document, Reason: d.New.Reason, Batch: d.New.Batch}
	if err := revise(ctx, tx, who, now, of, of, on, []Event{told}); err != nil {
		return Org{}, err
	}
	return made, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "org.split", Org: of.ID, Subject: "org", SubjectID: core.ID(of.ID), Note: d.New.Reason,
		After: map[string]any{"new": made.ID, "name": made.Name, "children": d.Children, "people": moved},
	})
}
