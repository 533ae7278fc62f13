package org

import (
	"context"
	"maps"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

const (
	levelRows = 200  // children of one organisation that are shown at first
	gridRows  = 2000 // rows after which nothing more opens
)

func sorted(set map[core.OrgID]bool) []core.OrgID { return slices.Sorted(maps.Keys(set)) }

// Tree returns the rows of the tree grid: the top and, below every open
// organisation, its children by name. Only what is open is read, so that the
// grid is as quick in a realm of 60,000 as in one of 60.
func (s *Service) Tree(ctx context.Context, who access.Actor, q Query) (rows []Row, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		top, err := requireTop(ctx, tx, who, q.Under)
		if err != nil {
			return err
		}
		g := grid{open: map[core.OrgID]bool{}, shut: map[core.OrgID]bool{}, more: map[core.OrgID]int{}, below: map[core.OrgID][]Row{}, depth: max(1, q.Depth)}
		for _, id := range q.Open {
			g.open[id] = true
		}
		for _, id := range q.Shut {
			g.shut[id] = true
		}
		for _, id := range q.More {
			g.more[id]++
		}
		first := []Row{{Org: top}}
		if err := decorate(ctx, tx, who.Realm, first, false); err != nil {
			return err
		}
		if err := g.grow(ctx, tx, first); err != nil {
			return err
		}
		rows = g.under(nil, first)
		return nil
	})
	return rows, err
}

// A grid is a tree grid being built: what is shown below each open row.
type grid struct {
	open  map[core.OrgID]bool
	shut  map[core.OrgID]bool
	more  map[core.OrgID]int
	depth int
	size  int
	below map[core.OrgID][]Row
}

// grow reads what is below the open rows of a level, then below the open ones
// of those.
func (g *grid) grow(ctx context.Context, q db.Querier, level []Row) error {
	for len(level) > 0 {
		var next []Row
		for _, r := range level {
			if r.Children == 0 || g.shut[r.ID] || r.Level >= g.depth && !g.open[r.ID] || g.size > gridRows {
				continue
			}
			below, err := g.children(ctx, q, r)
			if err != nil {
				return err
			}
			g.size += len(below)
			next = append(next, below...)
		}
		if err := decorate(ctx, q, level[0].Realm, next, false); err != nil {
			return err
		}
		for _, r := range next {
			g.below[r.Parent] = append(g.below[r.Parent], r)
		}
		level = next
	}
	return nil
}

// children returns the children of a row that are shown. The last one tells
// how many are not.
func (g *grid) children(ctx context.Context, q db.Querier, r Row) ([]Row, error) {
	shown := levelRows * (1 + g.more[r.ID])
	found, err := db.All(ctx, q, scan, `
		SELECT `+columns+` FROM orgs o
		WHERE o.realm_id = $1 AND o.parent_id = $2 AND o.dissolved_on IS NULL ORDER BY o.name_key, o.id LIMIT $3`, r.Realm, r.ID, shown)
	rows := make([]Row, len(found))
	for i, o := range found {
		rows[i] = Row{Org: o, Level: r.Level + 1}
	}
	if n := len(rows); n > 0 {
		rows[n-1].More = r.Children - n
	}
	return rows, err
}

// under appends rows, each with what is shown below it.
func (g *grid) under(all, rows []Row) []Row {
	for _, r := range rows {
		below := g.below[r.ID]
		r.Open = len(below) > 0
		all = g.under(append(all, r), below)
	}
	return all
}
