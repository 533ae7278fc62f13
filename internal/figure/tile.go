package figure

import (
	"cmp"
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// The classes of tile: one for each enterprise in operation. The word of each
// is the catalog key figure.tile.CODE.
const (
	TileOwn    = "own"
	TileJoint  = "joint"
	TileWork   = "work"
	TileMissed = "missed"
	TileCheck  = "check" // not covered, and to be checked before anything else
)

// Tiles lists the classes in the order in which they are drawn.
var Tiles = []string{TileOwn, TileJoint, TileWork, TileMissed, TileCheck}

func tileOf(s *enterprise.State) string {
	switch {
	case s.Coverage == enterprise.Own:
		return TileOwn
	case s.Coverage == enterprise.Joint:
		return TileJoint
	case s.Coverage.Covers():
		return TileWork
	case check(s):
		return TileCheck
	}
	return TileMissed
}

// A Block is the enterprises of one street or building on the map. Its counts
// stand in the order of Tiles.
type Block struct {
	Key    Key
	Name   string
	Title  core.Msg
	Counts [5]int
}

// Size returns how many tiles the block has.
func (b Block) Size() int {
	n := 0
	for _, c := range b.Counts {
		n += c
	}
	return n
}

// A Map shows the enterprises in operation of one row of the table, in blocks,
// the largest first. It needs no ground plan.
type Map struct {
	Kind   string // of the groupings that make the blocks: street, building or ""
	Blocks []Block
	Counts [5]int // of all, in the order of Tiles
	Left   int    // enterprises that are not drawn, because they are too many
}

// The limits of what is drawn.
const (
	mostBlocks = 24
	mostTiles  = 5000
)

// tiles makes the map of a row of the table.
func (t *table) tiles(k Key) Map {
	var m Map
	some := t.now.pick(k)
	m.Kind = t.now.blockKind(some)
	var at = map[core.ID]*Block{}
	var all []*Block
	place := t.now.blockOf(m.Kind)
	for _, i := range some {
		s := &t.now.states[i]
		if !s.Operating {
			continue
		}
		id := place(s)
		b := at[id]
		if b == nil {
			b = &Block{Title: core.M("figure.block.none." + cmp.Or(m.Kind, "all"))}
			if id != 0 {
				b.Key, b.Title = Key{Kind: OfGrouping, ID: id}, core.Msg{}
				b.Name = t.now.groupingName(id)
			}
			at[id] = b
			all = append(all, b)
		}
		n := slices.Index(Tiles, tileOf(s))
		b.Counts[n]++
		m.Counts[n]++
	}
	slices.SortStableFunc(all, func(a, b *Block) int {
		return cmp.Or(last(a)-last(b), b.Size()-a.Size(), cmp.Compare(a.Key.ID, b.Key.ID))
	})
	drawn := 0
	for _, b := range all {
		if len(m.Blocks) == mostBlocks || drawn+b.Size() > mostTiles {
			m.Left += b.Size()
			continue
		}
		drawn += b.Size()
		m.Blocks = append(m.Blocks, *b)
	}
	return m
}

// last puts the enterprises that are in no block behind the others.
func last(b *Block) int {
	if b.Key.Kind == "" {
		return 1
	}
	return 0
}

// blockKind returns the kind of grouping in which most of them stand.
func (s *side) blockKind(some []int) string {
	kinds := make(map[core.ID]string, len(s.groupings))
	for _, g := range s.groupings {
		kinds[g.ID] = g.Kind
	}
	streets, buildings := 0, 0
	for _, i := range some {
		for _, id := range s.states[i].Groupings {
			switch kinds[id] {
			case enterprise.Street:
				streets++
			case enterprise.Building, enterprise.Floor:
				buildings++
			}
		}
	}
	switch {
	case streets == 0 && buildings == 0:
		return ""
	case buildings > streets:
		return enterprise.Building
	}
	return enterprise.Street
}

// blockOf returns what finds the block of an enterprise: the first grouping of
// the kind that it stands in, or in which one of its own is nested.
func (s *side) blockOf(kind string) func(*enterprise.State) core.ID {
	of := make(map[core.ID]core.ID, len(s.groupings))
	at := make(map[core.ID]enterprise.Grouping, len(s.groupings))
	for _, g := range s.groupings {
		at[g.ID] = g
	}
	for _, g := range s.groupings {
		for up, n := g, 0; up.ID != 0 && n < len(at); up, n = at[up.Parent], n+1 {
			if up.Kind == kind {
				of[g.ID] = up.ID
				break
			}
		}
	}
	return func(st *enterprise.State) core.ID {
		for _, id := range st.Groupings {
			if b := of[id]; b != 0 {
				return b
			}
		}
		return 0
	}
}

func (s *side) groupingName(id core.ID) string {
	i := slices.IndexFunc(s.groupings, func(g enterprise.Grouping) bool { return g.ID == id })
	if i < 0 {
		return ""
	}
	return s.groupings[i].Name
}
