package figure

import (
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A Group is a row of a table of coverage, with those below it when it is open.
// In a table by the tree or by type the groups below a row add up to it. An
// enterprise that stands in two chains is counted in both.
type Group struct {
	Key    Key
	Name   string   // as it was called on the day; empty where Title says it
	Title  core.Msg // of rows that no data names
	Depth  int
	Opens  bool // there is something below it
	Open   bool
	Groups []Group
	Units  []Unit // of an open row without groups below: the first of its enterprises
	Line
}

// Flat returns the row and all below it in the order in which they are shown.
func (g Group) Flat() []Group {
	all := []Group{g}
	for _, c := range g.Groups {
		all = append(all, c.Flat()...)
	}
	return all
}

// firstUnits is how many enterprises stand under an open row; the rest is a
// list of its own.
const firstUnits = 3

// A table divides what is below one organisation on two days.
type table struct {
	by       By
	under    core.OrgID
	now, was *side
}

// A side is a snapshot, seen from one organisation.
type side struct {
	*snapshot
	scope []int
	in    []bool // by state, whether it is in scope
}

func newSide(p *snapshot, under core.OrgID) *side {
	s := &side{snapshot: p, scope: p.under[under], in: make([]bool, len(p.states))}
	for _, i := range s.scope {
		s.in[i] = true
	}
	return s
}

// pick returns the enterprises of a row, as indexes of states.
func (s *side) pick(k Key) []int {
	switch k.Kind {
	case "":
		return s.scope
	case OfOrg:
		return s.snapshot.under[core.OrgID(k.ID)]
	case OfItself:
		return s.at[core.OrgID(k.ID)]
	case OfGrouping:
		return s.keep(s.grouped[k.ID], func(int) bool { return true })
	case OfRest:
		return s.without(s.grouped[k.ID], s.within[k.ID])
	case OfNone:
		return s.without(s.scope, s.tops(k.Code))
	case OfType:
		return s.keep(s.scope, func(i int) bool { return s.states[i].Type == k.Code })
	}
	return nil
}

func (s *side) keep(of []int, f func(i int) bool) []int {
	var some []int
	for _, i := range of {
		if s.in[i] && f(i) {
			some = append(some, i)
		}
	}
	return some
}

// without returns those that are in none of the groupings.
func (s *side) without(of []int, groupings []core.ID) []int {
	out := make(map[int]bool)
	for _, id := range groupings {
		for _, i := range s.grouped[id] {
			out[i] = true
		}
	}
	return s.keep(of, func(i int) bool { return !out[i] })
}

// tops returns the groupings of a kind that are not nested in another of it.
func (s *side) tops(kind string) []core.ID {
	kinds := make(map[core.ID]string, len(s.groupings))
	for _, g := range s.groupings {
		kinds[g.ID] = g.Kind
	}
	var all []core.ID
	for _, g := range s.groupings {
		if g.Kind == kind && kinds[g.Parent] != kind {
			all = append(all, g.ID)
		}
	}
	return all
}

// of returns the states of those indexes.
func (s *side) of(some []int) []enterprise.State {
	all := make([]enterprise.State, len(some))
	for n, i := range some {
		all[n] = s.states[i]
	}
	return all
}

// covered counts those of the indexes that count as covered.
func (s *side) covered(some []int) int {
	n := 0
	for _, i := range some {
		if s.states[i].Operating && s.states[i].Coverage.Covers() {
			n++
		}
	}
	return n
}

// line returns what the table says of a row. Organisations and members are
// given for those of the tree.
func (t *table) line(k Key) Line {
	some := t.now.pick(k)
	l := Line{Summary: enterprise.Summarize(t.now.of(some), t.now.on), Was: t.was.covered(t.was.pick(k))}
	for _, i := range some {
		if check(&t.now.states[i]) {
			l.Check++
		}
	}
	id := core.OrgID(k.ID)
	if k.Kind == "" {
		id = t.under
	}
	if k.Kind == "" || k.Kind == OfOrg {
		b := t.now.below[id]
		l.Orgs, l.TwoNew, l.Members = b.orgs, b.twoNew, b.members.Members()
	}
	return l
}

// build returns the whole table. The row at its top is always open.
func (t *table) build(open []Key) Group {
	root := Group{Line: t.line(Key{}), Opens: true, Open: true}
	if n, ok := t.now.tree.Find(t.under); ok {
		root.Name = n.Name
	}
	switch t.by {
	case ByTree:
		root.Key = Key{Kind: OfOrg, ID: core.ID(t.under)}
		t.descend(&root, open)
	case ByType:
		root.Groups = t.types()
		for i := range root.Groups {
			t.fill(&root.Groups[i], open)
		}
	default:
		for _, id := range t.now.tops(t.by.grouping()) {
			root.Groups = t.add(root.Groups, Group{Key: Key{Kind: OfGrouping, ID: id}, Depth: 1}, open)
		}
		none := Group{Key: Key{Kind: OfNone, Code: t.by.grouping()}, Title: core.M("figure.row.none." + string(t.by)), Depth: 1}
		root.Groups = t.add(root.Groups, none, open)
	}
	return root
}

// add appends a row that has an enterprise on either day.
func (t *table) add(to []Group, g Group, open []Key) []Group {
	g.Line = t.line(g.Key)
	if g.Listed == 0 && g.Was == 0 {
		return to
	}
	if i := slices.IndexFunc(t.now.groupings, func(o enterprise.Grouping) bool { return o.ID == g.Key.ID }); i >= 0 && g.Name == "" && g.Title.IsZero() {
		g.Name = t.now.groupings[i].Name
	}
	t.fill(&g, open)
	return append(to, g)
}

// fill opens a row if it is among those that are opened.
func (t *table) fill(g *Group, open []Key) {
	g.Opens = g.Listed > 0
	g.Open = g.Opens && slices.Contains(open, g.Key)
	if g.Open {
		t.descend(g, open)
	}
}

// descend puts the rows below an open row, or the first of its enterprises
// where nothing divides them further.
func (t *table) descend(g *Group, open []Key) {
	switch g.Key.Kind {
	case OfOrg:
		g.Groups = t.children(*g, open)
	case OfGrouping:
		for _, id := range t.now.within[g.Key.ID] {
			g.Groups = t.add(g.Groups, Group{Key: Key{Kind: OfGrouping, ID: id}, Depth: g.Depth + 1}, open)
		}
		if len(g.Groups) > 0 {
			g.Groups = t.add(g.Groups, Group{Key: Key{Kind: OfRest, ID: g.Key.ID}, Title: core.M("figure.row.rest"), Depth: g.Depth + 1}, open)
		}
	}
	if len(g.Groups) == 0 {
		g.Units = t.now.units(t.now.first(t.now.pick(g.Key), firstUnits))
	}
}

// children returns the rows below an organisation: one for each below it that
// has enterprises, and one for what remains, so that they add up.
func (t *table) children(g Group, open []Key) []Group {
	n, _ := t.now.tree.Find(core.OrgID(g.Key.ID))
	var all []Group
	rest := g.Line
	for _, id := range n.Children {
		if len(t.now.snapshot.under[id]) == 0 && len(t.was.snapshot.under[id]) == 0 {
			continue
		}
		c, _ := t.now.tree.Find(id)
		row := Group{Key: Key{Kind: OfOrg, ID: core.ID(id)}, Name: c.Name, Depth: g.Depth + 1}
		row.Line = t.line(row.Key)
		t.fill(&row, open)
		all = append(all, row)
		rest.Orgs, rest.TwoNew, rest.Members, rest.Was = rest.Orgs-row.Orgs, rest.TwoNew-row.TwoNew, rest.Members-row.Members, rest.Was-row.Was
	}
	if len(all) == 0 {
		return nil
	}
	self := Group{Key: Key{Kind: OfItself, ID: g.Key.ID}, Title: core.M("figure.row.itself"), Depth: g.Depth + 1}
	self.Line = t.line(self.Key)
	self.Orgs, self.TwoNew, self.Members, self.Was = rest.Orgs, rest.TwoNew, rest.Members, rest.Was
	t.fill(&self, open)
	return append(all, self)
}

// types returns a row for each type of enterprise that occurs.
func (t *table) types() []Group {
	codes := make([]string, 0, len(rule.EnterpriseTypes)+1)
	titles := map[string]core.Msg{"": core.M("figure.row.type_unknown")}
	for _, e := range rule.EnterpriseTypes {
		codes, titles[e.Code] = append(codes, e.Code), e.Title()
	}
	var all []Group
	for _, code := range append(codes, "") {
		g := Group{Key: Key{Kind: OfType, Code: code}, Title: titles[code], Depth: 1}
		if g.Line = t.line(g.Key); g.Listed > 0 || g.Was > 0 {
			all = append(all, g)
		}
	}
	return all
}

// has reports whether a key names a row that can be looked at here: one of the
// tree must have stood below, a grouping must have been there.
func (t *table) has(k Key) bool {
	switch k.Kind {
	case OfOrg, OfItself:
		return t.now.tree.Within(t.under, core.OrgID(k.ID)) || t.was.tree.Within(t.under, core.OrgID(k.ID))
	case OfGrouping, OfRest:
		return slices.ContainsFunc(t.now.groupings, func(g enterprise.Grouping) bool { return g.ID == k.ID })
	}
	return true
}

// title returns the name of a row, or the words for it.
func (t *table) title(k Key) (string, core.Msg) {
	switch k.Kind {
	case "":
		return t.title(Key{Kind: OfOrg, ID: core.ID(t.under)})
	case OfOrg, OfItself:
		n, ok := t.now.tree.Find(core.OrgID(k.ID))
		if !ok {
			n, _ = t.was.tree.Find(core.OrgID(k.ID))
		}
		if k.Kind == OfItself {
			return "", core.M("figure.row.itself_of", n.Name)
		}
		return n.Name, core.Msg{}
	case OfGrouping, OfRest:
		i := slices.IndexFunc(t.now.groupings, func(g enterprise.Grouping) bool { return g.ID == k.ID })
		if i < 0 {
			return "", core.Msg{}
		}
		if k.Kind == OfRest {
			return "", core.M("figure.row.rest_of", t.now.groupings[i].Name)
		}
		return t.now.groupings[i].Name, core.Msg{}
	case OfNone:
		return "", core.M("figure.row.none." + string(t.by))
	}
	if e, ok := rule.FindEnterpriseType(k.Code); ok {
		return "", e.Title()
	}
	return "", core.M("figure.row.type_unknown")
}

// orgsOf returns the organisations of a row of the tree, in its order.
func (t *table) orgsOf(k Key) []org.Node {
	id := core.OrgID(k.ID)
	if k.Kind == "" {
		id = t.under
	}
	var all []org.Node
	switch k.Kind {
	case "", OfOrg:
		for _, o := range t.now.tree.Under(id) {
			n, _ := t.now.tree.Find(o)
			all = append(all, n)
		}
	case OfItself:
		n, _ := t.now.tree.Find(id)
		apart := map[core.OrgID]bool{}
		for _, c := range n.Children {
			if len(t.now.snapshot.under[c]) > 0 || len(t.was.snapshot.under[c]) > 0 {
				for _, o := range t.now.tree.Under(c) {
					apart[o] = true
				}
			}
		}
		for _, o := range t.now.tree.Under(id) {
			if n, _ := t.now.tree.Find(o); !apart[o] {
				all = append(all, n)
			}
		}
	}
	return all
}
