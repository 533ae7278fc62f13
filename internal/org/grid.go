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
		g := grid{open: map[core.OrgID]bool{}, more: map[core.OrgID]int{}, depth: max(1, q.Depth)}
		for _, id := range q.Open {
			g.open[id] = true
		}
		for _, id := range q.More {
			g.more[id]++
		}
		g.rows = []Row{{Org: top}}
		if err := decorate(ctx, tx, who.Realm, g.rows, false); err != nil {
			return err
		}
		rows, err = g.expand(ctx, tx, g.rows)
		return err
	})
	return rows, err
}

// A grid is a tree grid being built.
type grid struct {
	rows  []Row
	open  map[core.OrgID]bool
	more  map[core.OrgID]int
	depth int
	size  int
}

// expand returns the rows of one level with those below the open ones between
// them.
func (g *grid) expand(ctx context.Context, q db.Querier, level []Row) ([]Row, error) {
	var all []Row
	for _, r := range level {
		g.size++
		if r.Children == 0 || r.Level >= g.depth && !g.open[r.ID] || g.size > gridRows {
			all = append(all, r)
			continue
		}
		r.Open = true
		all = append(all, r)
		below, err := g.below(ctx, q, r)
		if err != nil {
			return nil, err
		}
		rows, err := g.expand(ctx, q, below)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// below returns the children of a row that are shown. The last one tells how
// many are not.
func (g *grid) below(ctx context.Context, q db.Querier, r Row) ([]Row, error) {
	shown := levelRows * (1 + g.more[r.ID])
	found, err := db.All(ctx, q, scan, `
		SELECT `+columns+` FROM orgs o
		WHERE o.realm_id = $1 AND o.parent_id = $2 AND o.dissolved_on IS NULL ORDER BY o.name_key, o.id LIMIT $3`, r.Realm, r.ID, shown)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(found))
	for i, o := range found {
		rows[i] = Row{Org: o, Level: r.Level + 1}
	}
	if n := len(rows); n > 0 {
		rows[n-1].More = r.Children - n
	}
	return rows, decorate(ctx, q, r.Realm, rows, false)
}
