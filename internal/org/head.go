package org

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Head is what every page about one organisation begins with.
type Head struct {
	Org      Org
	Above    []Crumb // from the root to the parent
	May      access.Rights
	MayPlace bool // move, merge and split it: there is a parent, and the right holds there too
	Term     Term // the current one; zero when none is known
}

// Head returns an organisation as it is now with the way to it and what the
// actor may do there.
func (s *Service) Head(ctx context.Context, who access.Actor, id core.OrgID) (h Head, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
			return err
		}
		if h.May, err = access.RightsAt(ctx, tx, who, id); err != nil {
			return err
		}
		if h.Org, err = Find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		if h.Term, err = termOf(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		if h.Above, err = above(ctx, tx, who, id); err != nil || h.Org.Parent == 0 || !h.May[access.PlaceOrgs] {
			return err
		}
		up, err := access.RightsAt(ctx, tx, who, h.Org.Parent)
		if core.KindOf(err) == core.NotFound {
			err = nil // the parent is out of sight
		}
		h.MayPlace = up[access.PlaceOrgs]
		return err
	})
	return h, err
}

// Records returns the dated facts of an organisation as we know them now,
// oldest first: what can be corrected.
func (s *Service) Records(ctx context.Context, who access.Actor, id core.OrgID) (all []Fact, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
			return err
		}
		all, err = facts(ctx, tx, who.Realm, id)
		return err
	})
	return all, err
}

// above returns the line above an organisation as it is now.
func above(ctx context.Context, tx *db.Tx, who access.Actor, id core.OrgID) ([]Crumb, error) {
	lines, err := Lines(ctx, tx, who.Realm, []core.OrgID{id})
	if err != nil {
		return nil, err
	}
	ids := lines[id].IDs
	named, err := findMany(ctx, tx, who.Realm, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Crumb, 0, len(ids))
	for _, up := range ids[:len(ids)-1] {
		all = append(all, Crumb{ID: up, Name: named[up].Name})
	}
	return all, seen(ctx, tx, who, all)
}

// seen marks those of the line that the actor may open.
func seen(ctx context.Context, tx *db.Tx, who access.Actor, line []Crumb) error {
	for i := range line {
		switch err := access.Require(ctx, tx, who, access.SeeOrgs, line[i].ID); core.KindOf(err) {
		case core.NotFound, core.Forbidden:
		default:
			if err != nil {
				return err
			}
			line[i].Seen = true
		}
	}
	return nil
}

// TermsDue counts the organisations from one on down whose current term has
// ended without a re-election, and those whose term ends within six months.
func (s *Service) TermsDue(ctx context.Context, who access.Actor, under core.OrgID) (overdue, soon int, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		top, err := requireTop(ctx, tx, who, under)
		if err != nil {
			return err
		}
		today, below := core.DateOf(s.Now()), access.Below(top.Path)
		return db.Each(ctx, tx, func(r db.Row) error { return r.Scan(&overdue, &soon) }, `
			SELECT coalesce(sum(CASE WHEN t.ends_on < $4 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN t.ends_on < $4 THEN 0 ELSE 1 END), 0)
			FROM terms t JOIN orgs o ON o.realm_id = t.realm_id AND o.id = t.org_id
			WHERE t.realm_id = $1 AND t.ended_on IS NULL AND t.ends_on <= $5
				AND o.dissolved_on IS NULL AND o.path >= $2 AND o.path < $3`,
			who.Realm, below.Lo, below.Hi, db.Date(today), db.Date(today.AddMonths(6)))
	})
	return overdue, soon, err
}
