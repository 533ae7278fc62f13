package org

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// A Node is an organisation in a Tree, as it was on the day.
type Node struct {
	ID            core.OrgID
	Parent        core.OrgID // zero for a root
	Name          string
	Kind          rule.OrgKind
	SetupMode     string
	HostSituation string
	FoundedOn     core.Date
	Depth         int
	Alive         bool         // false for one that only holds together what stood below it
	Children      []core.OrgID // alive or not, oldest first

	end int // index after the last node below it
}

// A Tree is every organisation that existed on a day, as known at an instant,
// in the order of founding, parents before what is below them.
//
// An organisation may be older than its parent. On a day between the two the
// parent is in the tree, not Alive, so that what is below it is still found
// under everything above it.
type Tree struct {
	nodes []Node
	at    map[core.OrgID]int
	alive int
}

// Len returns how many organisations existed.
func (t *Tree) Len() int { return t.alive }

// Find returns an organisation of the tree, or false. Look at Alive.
func (t *Tree) Find(id core.OrgID) (Node, bool) {
	i, ok := t.at[id]
	if !ok {
		return Node{}, false
	}
	return t.nodes[i], true
}

// All returns the organisations that existed, in the order of the tree.
func (t *Tree) All() []core.OrgID { return t.alives(0, len(t.nodes)) }

// Under returns the organisation and those below it that existed, in the order
// of the tree; none when it is not in the tree.
func (t *Tree) Under(id core.OrgID) []core.OrgID {
	i, ok := t.at[id]
	if !ok {
		return nil
	}
	return t.alives(i, t.nodes[i].end)
}

func (t *Tree) alives(from, to int) []core.OrgID {
	all := make([]core.OrgID, 0, to-from)
	for i := from; i < to; i++ {
		if t.nodes[i].Alive {
			all = append(all, t.nodes[i].ID)
		}
	}
	return all
}

// Line returns the organisations from a root down to this one; none when it is
// not in the tree.
func (t *Tree) Line(id core.OrgID) []Node {
	var up []Node
	for i, ok := t.at[id]; ok; i, ok = t.at[t.nodes[i].Parent] {
		up = append(up, t.nodes[i])
	}
	slices.Reverse(up)
	return up
}

// Path returns the names from a root down to the organisation.
func (t *Tree) Path(id core.OrgID) []string {
	var all []string
	for _, n := range t.Line(id) {
		all = append(all, n.Name)
	}
	return all
}

// Within reports whether id stands under top, or is it.
func (t *Tree) Within(top, id core.OrgID) bool {
	i, ok := t.at[top]
	j, too := t.at[id]
	return ok && too && i <= j && j < t.nodes[i].end
}

// endOfTime is an instant after every record.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// knownAt returns the instant that a question about m looks from.
func knownAt(m core.Moment) db.Instant {
	if m.KnownAt.IsZero() {
		return db.Instant(endOfTime)
	}
	return db.Instant(m.KnownAt)
}

// At returns every organisation that existed on a day, as it was known then.
func At(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment) (*Tree, error) {
	var known []Fact
	err := db.Each(ctx, q, func(r db.Row) error {
		var f Fact
		err := r.Scan(&f.Org, db.Null(&f.Parent), &f.Name, &f.Kind, &f.SetupMode, &f.HostSituation, (*db.Date)(&f.Period.From), (*db.Date)(&f.Period.To))
		known = append(known, f)
		return err
	}, `
		SELECT org_id, parent_id, name, kind, setup_mode, host_situation, valid_from, valid_to FROM org_facts
		WHERE realm_id = $1 AND recorded_at <= $2 AND (superseded_at IS NULL OR superseded_at > $2)`,
		realm, knownAt(m))
	if err != nil {
		return nil, err
	}
	return grow(known, m.On), nil
}

// grow makes the tree of a day from facts in any order.
func grow(known []Fact, on core.Date) *Tree {
	slices.SortFunc(known, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.Org, b.Org), a.Period.From.Compare(b.Period.From))
	})
	var flat []Node
	for len(known) > 0 {
		n := 1
		for n < len(known) && known[n].Org == known[0].Org {
			n++
		}
		flat = append(flat, nodeOf(known[:n], on))
		known = known[n:]
	}
	return arrange(flat)
}

// nodeOf returns an organisation as its facts show it on a day: by the fact
// that holds, else by the next one, else by the last one.
func nodeOf(own []Fact, on core.Date) Node {
	f := own[len(own)-1]
	for _, g := range own {
		if g.Period.To.After(on) {
			f = g
			break
		}
	}
	return Node{
		ID: f.Org, Parent: f.Parent, Name: f.Name, Kind: f.Kind, SetupMode: f.SetupMode, HostSituation: f.HostSituation,
		FoundedOn: own[0].Period.From, Alive: f.Period.Holds(on),
	}
}

// arrange puts nodes, oldest first, into the order of the tree and leaves out
// those that did not exist and hold nothing together.
func arrange(flat []Node) *Tree {
	index := make(map[core.OrgID]int, len(flat))
	for i, n := range flat {
		index[n.ID] = i
	}
	keep := make([]bool, len(flat))
	for i, n := range flat {
		for at := i; n.Alive && !keep[at]; {
			keep[at] = true
			up, ok := index[flat[at].Parent]
			if !ok {
				break
			}
			at = up
		}
	}
	below := make([][]int, len(flat))
	var roots []int
	for i, n := range flat {
		if !keep[i] {
			continue
		}
		if up, ok := index[n.Parent]; ok {
			below[up] = append(below[up], i)
		} else {
			roots = append(roots, i)
		}
	}
	t := &Tree{at: make(map[core.OrgID]int, len(flat))}
	for _, i := range roots {
		t.add(flat, below, i, 0)
	}
	for i, n := range flat { // a ring, which only days without a parent can make, is cut where it did not exist
		if _, in := t.at[n.ID]; keep[i] && !in && !n.Alive {
			flat[i].Parent = 0
			t.add(flat, below, i, 0)
		}
	}
	return t
}

// add appends a node and everything below it.
func (t *Tree) add(flat []Node, below [][]int, i, depth int) {
	at := len(t.nodes)
	n := flat[i]
	n.Depth = depth
	if depth == 0 {
		n.Parent = 0
	}
	t.at[n.ID] = at
	t.nodes = append(t.nodes, n)
	if n.Alive {
		t.alive++
	}
	var children []core.OrgID
	for _, c := range below[i] {
		if _, in := t.at[flat[c].ID]; !in {
			children = append(children, flat[c].ID)
			t.add(flat, below, c, depth+1)
		}
	}
	t.nodes[at].Children, t.nodes[at].end = children, len(t.nodes)
}
