package org_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A model is the same history, kept as simply as can be: every organisation
// with all its facts, and days that are small numbers.
type model struct {
	orgs  map[core.OrgID]*twin
	order []core.OrgID
}

type twin struct {
	number int
	parent core.OrgID // where it stands or last stood
	facts  []period
}

type period struct {
	from, to int // to is 99 while it holds
	parent   core.OrgID
	name     string
}

const open = 99

func (o *twin) last() *period { return &o.facts[len(o.facts)-1] }
func (o *twin) live() bool    { return o.last().to == open }
func (o *twin) founded() int  { return o.facts[0].from }

func (o *twin) on(day int) (period, bool) {
	for _, f := range o.facts {
		if f.from <= day && day < f.to {
			return f, true
		}
	}
	return period{}, false
}

// cut ends the last fact and, unless the organisation ends, begins another.
func (o *twin) cut(day int, next period, ends bool) {
	if o.last().from == day {
		o.facts = o.facts[:len(o.facts)-1]
	} else {
		o.last().to = day
	}
	if !ends {
		o.parent = next.parent
		next.from, next.to = day, open
		o.facts = append(o.facts, next)
	}
}

// ring reports whether p would stand below id on some day from the first on.
func (m *model) ring(id, p core.OrgID, first int) bool {
	for day := first; day <= lastDay; day++ {
		at := p
		for range m.order {
			if at == id {
				return true
			}
			if m.orgs[at] == nil {
				break
			}
			f, ok := m.orgs[at].on(day)
			if !ok {
				break
			}
			at = f.parent
		}
	}
	return false
}

func (m *model) mayMove(id, p core.OrgID, day int) bool {
	o, up := m.orgs[id], m.orgs[p]
	return o.live() && up.live() && o.last().parent != 0 && o.last().parent != p && id != p &&
		day >= o.last().from && day >= up.founded() && !m.ring(id, p, day)
}

// below returns the live children of an organisation.
func (m *model) below(id core.OrgID) (all []core.OrgID) {
	for _, c := range m.order {
		if o := m.orgs[c]; o.live() && o.last().parent == id {
			all = append(all, c)
		}
	}
	return all
}

// later reports whether something other than the given stood under id on a day
// or after it.
func (m *model) later(id core.OrgID, day int, but []core.OrgID) bool {
	for _, c := range m.order {
		for _, f := range m.orgs[c].facts {
			if f.parent == id && f.to > day && !(slices.Contains(but, c) && f.to == open) {
				return true
			}
		}
	}
	return false
}

func (m *model) mayEnd(id core.OrgID, day int, but []core.OrgID) bool {
	o := m.orgs[id]
	return o.live() && o.last().parent != 0 && day > o.founded() && day >= o.last().from && !m.later(id, day, but)
}

func (m *model) mayMerge(id, into core.OrgID, day int) bool {
	below := m.below(id)
	if id == into || !m.orgs[into].live() || day < m.orgs[into].founded() || m.under(id, into) || !m.mayEnd(id, day, below) {
		return false
	}
	for _, c := range below {
		if !m.mayMove(c, into, day) {
			return false
		}
	}
	return true
}

// under reports whether id stands below top now.
func (m *model) under(top, id core.OrgID) bool {
	for ; id != 0; id = m.orgs[id].parent {
		if id == top {
			return true
		}
	}
	return false
}

const lastDay = 9

func date(day int) core.Date { return today.AddDays(day - lastDay) }

// answer is the tree of a day as text: who is there, under whom, as what.
func (m *model) answer(day int) string {
	var all []string
	for _, id := range m.order {
		if f, ok := m.orgs[id].on(day); ok {
			all = append(all, fmt.Sprintf("%d %s under %d", id, f.name, f.parent))
		}
	}
	return strings.Join(all, "\n")
}

func answerOf(t *org.Tree) string {
	var all []string
	for _, id := range slices.Sorted(slices.Values(t.All())) {
		n, _ := t.Find(id)
		all = append(all, fmt.Sprintf("%d %s under %d", id, n.Name, n.Parent))
	}
	return strings.Join(all, "\n")
}

// A player plays a random history to the model and to the database.
type player struct {
	*rapid.T
	model
	ctx   context.Context
	s     *org.Service
	d     *db.DB
	who   access.Actor
	now   time.Time
	names int
	kept  map[core.Moment]string // what was answered when
}

func (p *player) pick(label string) core.OrgID {
	return rapid.SampledFrom(p.order).Draw(p.T, label)
}

func (p *player) day() int { return rapid.IntRange(0, lastDay).Draw(p.T, "day") }

func (p *player) name() string { p.names++; return fmt.Sprintf("支部%d", p.names) }

// agree fails unless the database accepted exactly what the model does.
func (p *player) agree(what string, may bool, err error) bool {
	if may != (err == nil) {
		p.Fatalf("%s: the model says %v, the database %v", what, may, err)
	}
	if err != nil && core.KindOf(err) != core.Invalid {
		p.Fatalf("%s: refused as %v", what, err)
	}
	return may
}

func (p *player) found(parent core.OrgID, day int) {
	name := p.name()
	o, err := p.s.Found(p.ctx, p.who, org.Founding{Parent: parent, Name: name, Kind: rule.Branch, FoundedOn: date(day)})
	if p.agree("found", parent == 0 || p.orgs[parent].live(), err) {
		p.orgs[o.ID] = &twin{len(p.order) + 1, parent, []period{{day, open, parent, name}}}
		p.order = append(p.order, o.ID)
	}
}

func (p *player) rename(id core.OrgID, day int) {
	o, name := p.orgs[id], p.name()
	_, err := p.s.Change(p.ctx, p.who, id, org.Change{Name: &name, On: date(day)})
	if p.agree("rename", o.live() && day >= o.last().from, err) {
		o.cut(day, period{parent: o.last().parent, name: name}, false)
	}
}

func (p *player) move(id, to core.OrgID, day int) {
	may := p.mayMove(id, to, day)
	_, err := p.s.Move(p.ctx, p.who, id, org.Move{To: to, On: date(day)})
	if p.agree("move", may, err) {
		p.orgs[id].cut(day, period{parent: to, name: p.orgs[id].last().name}, false)
	}
}

func (p *player) merge(id, into core.OrgID, day int) {
	may, below := p.mayMerge(id, into, day), p.below(id)
	_, err := p.s.Merge(p.ctx, p.who, id, into, org.Ending{On: date(day)})
	if p.agree("merge", may, err) {
		for _, c := range below {
			p.orgs[c].cut(day, period{parent: into, name: p.orgs[c].last().name}, false)
		}
		p.orgs[id].cut(day, period{}, true)
	}
}

func (p *player) dissolve(id core.OrgID, day int) {
	may := p.mayEnd(id, day, nil)
	_, err := p.s.Dissolve(p.ctx, p.who, id, org.Ending{On: date(day)})
	if p.agree("dissolve", may, err) {
		p.orgs[id].cut(day, period{}, true)
	}
}

// check compares paths, counters and the answer about some day with the model.
func (p *player) check() {
	err := p.d.View(p.ctx, func(tx *db.Tx) error {
		tallies, err := org.Tallies(p.ctx, tx, p.who.Realm, p.order)
		if err != nil {
			return err
		}
		for _, id := range p.order {
			o, err := org.Find(p.ctx, tx, p.who.Realm, id)
			if err != nil {
				return err
			}
			p.place(o)
			n := 0
			for _, c := range p.order {
				if p.orgs[c].live() && p.under(id, c) {
					n++
				}
			}
			if got := tallies[id][org.CountOrgs]; got.Below != n || (got.Own == 1) != p.orgs[id].live() {
				p.Fatalf("the tally of %d is %+v, recounted %d", id, got, n)
			}
		}
		day := p.day()
		tree, err := org.At(p.ctx, tx, p.who.Realm, core.Moment{On: date(day)})
		if err != nil {
			return err
		}
		if got, want := answerOf(tree), p.answer(day); got != want {
			p.Fatalf("day %d: got\n%s\nwant\n%s", day, got, want)
		}
		p.kept[core.Moment{On: date(day), KnownAt: p.now}] = answerOf(tree)
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
}

// place checks where an organisation stands.
func (p *player) place(o org.Org) {
	t := p.orgs[o.ID]
	up, depth := "", 0
	for at := t.parent; at != 0; at = p.orgs[at].parent {
		up, depth = fmt.Sprintf("%d.", p.orgs[at].number)+up, depth+1
	}
	if want := up + fmt.Sprintf("%d.", t.number); o.Path != want || o.Depth != depth || o.Live() != t.live() {
		p.Fatalf("%s stands at %s, depth %d, live %v; want %s, %d, %v", o.Name, o.Path, o.Depth, o.Live(), want, depth, t.live())
	}
}

// replay asks again everything that was ever asked, as known then.
func (p *player) replay() {
	err := p.d.View(p.ctx, func(tx *db.Tx) error {
		for m, want := range p.kept {
			tree, err := org.At(p.ctx, tx, p.who.Realm, m)
			if err != nil {
				return err
			}
			if got := answerOf(tree); got != want {
				p.Fatalf("%s as known at %s: got\n%s\nwant\n%s", m.On, m.KnownAt, got, want)
			}
		}
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
}

func TestAnyHistoryIsAnsweredAsAModelDoes(t *testing.T) {
	for name, value := range map[string]string{"rapid.checks": "25", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var realm atomic.Int64
		rapid.Check(t, func(r *rapid.T) {
			p := &player{
				T: r, d: d, ctx: t.Context(), now: noon, kept: map[core.Moment]string{}, model: model{orgs: map[core.OrgID]*twin{}},
				who: access.Machine(core.RealmID(realm.Add(1))),
			}
			p.s = &org.Service{DB: d, Now: func() time.Time { p.now = p.now.Add(time.Second); return p.now }}
			dbtest.Realm(t, d, p.who.Realm, "r")
			p.found(0, 0)
			for range 4 {
				p.found(p.pick("parent"), p.day())
			}
			r.Repeat(map[string]func(*rapid.T){
				"":         func(*rapid.T) { p.check() },
				"found":    func(*rapid.T) { p.found(p.pick("parent"), p.day()) },
				"rename":   func(*rapid.T) { p.rename(p.pick("org"), p.day()) },
				"move":     func(*rapid.T) { p.move(p.pick("org"), p.pick("to"), p.day()) },
				"merge":    func(*rapid.T) { p.merge(p.pick("org"), p.pick("into"), p.day()) },
				"dissolve": func(*rapid.T) { p.dissolve(p.pick("org"), p.day()) },
			})
			p.replay()
		})
	})
}

func TestAYoungParentHoldsTogetherWhatIsOlder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		young := w.found(org.Founding{Parent: w.park.ID, Name: "文明科技党总支", Kind: rule.GeneralBranch, FoundedOn: may})
		old := w.found(org.Founding{Parent: young.ID, Name: "文明科技一支部", Kind: rule.Branch, FoundedOn: core.NewDate(2014, 8, 22)})
		tree := w.at(core.Moment{On: core.NewDate(2020, 1, 1)})
		if !tree.Within(w.park.ID, old.ID) || !slices.Contains(tree.Under(w.park.ID), old.ID) {
			t.Error("the old branch is not under the park")
		}
		if n, in := tree.Find(young.ID); !in || n.Alive || slices.Contains(tree.All(), young.ID) {
			t.Errorf("the young parent counts: %+v", n)
		}
		if tree.Len() != len(tree.All()) || !slices.Equal(tree.Path(old.ID), []string{"苏州市委", "工业园区党工委", "文明科技党总支", "文明科技一支部"}) {
			t.Errorf("%d of %v, %v", tree.Len(), tree.All(), tree.Path(old.ID))
		}
		if before := w.at(core.Moment{On: core.NewDate(2014, 8, 21)}); before.Within(w.park.ID, old.ID) {
			t.Error("it is there before it was founded")
		}
		if none := tree.Under(12345); len(none) != 0 {
			t.Errorf("under nobody: %v", none)
		}
		if other := w.at(core.Moment{On: core.NewDate(1999, 1, 1)}); other.Len() != 0 {
			t.Errorf("before everything: %d", other.Len())
		}
	})
}
