package figure

import (
	"context"
	"slices"
	"sync"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A snapshot is a realm at a moment, with indexes. It is never changed, so that
// requests can share it.
type snapshot struct {
	on        core.Date
	tree      *org.Tree
	members   map[core.OrgID]org.Counts // of each organisation by itself
	states    []enterprise.State        // in order of their ids
	groupings []enterprise.Grouping
	below     map[core.OrgID]tally // of each organisation with all below it
	twoNew    map[core.OrgID][]int // by organisation, the two-new enterprises that host it
	at        map[core.OrgID][]int // by organisation, the states of those that it looks after itself
	under     map[core.OrgID][]int // by organisation, with those below
	grouped   map[core.ID][]int    // by grouping, with those nested in it
	within    map[core.ID][]core.ID
}

// A tally counts organisations and members.
type tally struct {
	orgs, twoNew int
	members      org.Counts
}

// load reads a realm at a moment.
func load(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment) (*snapshot, error) {
	tree, err := org.At(ctx, q, realm, m)
	if err != nil {
		return nil, err
	}
	members, err := member.CountsAt(ctx, q, realm, m)
	if err != nil {
		return nil, err
	}
	states, err := enterprise.StatesAt(ctx, q, realm, m, tree, members)
	if err != nil {
		return nil, err
	}
	groupings, err := enterprise.GroupingsAt(ctx, q, realm, "", m)
	if err != nil {
		return nil, err
	}
	p := &snapshot{on: m.On, tree: tree, members: members, states: states, groupings: groupings}
	p.index()
	return p, nil
}

// index counts what tables are made of.
func (p *snapshot) index() {
	p.at, p.under, p.twoNew = map[core.OrgID][]int{}, map[core.OrgID][]int{}, map[core.OrgID][]int{}
	lines := map[core.OrgID][]core.OrgID{}
	for i := range p.states {
		s := &p.states[i]
		line, ok := lines[s.Org]
		if !ok {
			line = p.line(s.Org)
			lines[s.Org] = line
		}
		p.at[s.Org] = append(p.at[s.Org], i)
		for _, id := range line {
			p.under[id] = append(p.under[id], i)
		}
		if rule.TwoNew(s.Type) {
			for _, id := range s.Hosts {
				p.twoNew[id] = append(p.twoNew[id], i)
			}
		}
	}
	p.count()
	p.group()
}

// line returns an organisation and those above it.
func (p *snapshot) line(id core.OrgID) []core.OrgID {
	var up []core.OrgID
	for n, ok := p.tree.Find(id); ok; n, ok = p.tree.Find(n.Parent) {
		up = append(up, n.ID)
	}
	return up
}

// count adds every organisation to those above it.
func (p *snapshot) count() {
	p.below = make(map[core.OrgID]tally, p.tree.Len())
	for _, id := range p.tree.All() {
		two := 0
		if len(p.twoNew[id]) > 0 {
			two = 1
		}
		own := p.members[id]
		for n, ok := p.tree.Find(id); ok; n, ok = p.tree.Find(n.Parent) {
			t := p.below[n.ID]
			t.orgs, t.twoNew = t.orgs+1, t.twoNew+two
			t.members.Full, t.members.Probationary = t.members.Full+own.Full, t.members.Probationary+own.Probationary
			p.below[n.ID] = t
		}
	}
}

// group puts every enterprise, once, into each grouping that it is in and those
// in which these are nested.
func (p *snapshot) group() {
	parent := make(map[core.ID]core.ID, len(p.groupings))
	p.within, p.grouped = map[core.ID][]core.ID{}, map[core.ID][]int{}
	for _, g := range p.groupings {
		parent[g.ID] = g.Parent
		if g.Parent != 0 {
			p.within[g.Parent] = append(p.within[g.Parent], g.ID)
		}
	}
	for i := range p.states {
		var in []core.ID
		for _, id := range p.states[i].Groupings {
			for up, ok := id, true; ok && up != 0 && !slices.Contains(in, up); {
				_, ok = parent[up]
				if ok {
					in = append(in, up)
				}
				up = parent[up]
			}
		}
		for _, id := range in {
			p.grouped[id] = append(p.grouped[id], i)
		}
	}
}

// kept is how many snapshots a service keeps: two days of a page, the days of
// a few reported figures, and the same for another person. Of a large realm it
// keeps fewer, two at least: weight is how many organisations and enterprises
// they may have together.
const (
	kept   = 8
	weight = 300_000
)

// A store keeps the last snapshots. It is ready to use.
type store struct {
	mu    sync.Mutex
	floor map[core.RealmID]core.ID
	all   []entry // newest last
}

// An entry is good as long as the journal has not grown.
type entry struct {
	realm core.RealmID
	on    core.Date
	known int64 // microseconds, 0 for now
	mark  mark
	snap  *snapshot
}

// A mark tells one state of the journal from another: how many entries it has
// above a floor, and the last one. The last alone would not do, since on
// PostgreSQL a transaction can commit after one whose entry is newer.
type mark struct {
	floor, last core.ID
	n           int
}

const (
	longestTx = core.ID(10*60*1000) << 22 // how much older than the last entry one may be that is still to come
	manyMarks = 500                       // entries above the floor after which it rises, if it is old
)

// mark reads the state of the journal.
func (s *store) mark(ctx context.Context, q db.Querier, realm core.RealmID) (mark, error) {
	s.mu.Lock()
	floor, known := s.floor[realm]
	s.mu.Unlock()
	if !known {
		last, err := db.One(ctx, q, scanID, `SELECT coalesce(max(id), 0) FROM journal WHERE realm_id = $1`, realm)
		if err != nil {
			return mark{}, err
		}
		floor = last - longestTx
	}
	m, err := db.One(ctx, q, scanMark, `SELECT coalesce(max(id), 0), count(*) FROM journal WHERE realm_id = $1 AND id > $2`, realm, floor)
	if err != nil {
		return mark{}, err
	}
	m.floor = floor
	if m.n > manyMarks && m.last-floor > 2*longestTx {
		floor = m.last - longestTx
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.floor == nil {
		s.floor = map[core.RealmID]core.ID{}
	}
	s.floor[realm] = floor
	return m, nil
}

func scanID(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }

func scanMark(r db.Row) (m mark, err error) { return m, r.Scan(&m.last, &m.n) }

// at returns the realm at a moment, from the store if nothing has changed since.
func (s *store) at(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment) (*snapshot, error) {
	mk, err := s.mark(ctx, q, realm)
	if err != nil {
		return nil, err
	}
	e := entry{realm: realm, on: m.On, mark: mk}
	if !m.KnownAt.IsZero() {
		e.known = m.KnownAt.UnixMicro()
	}
	if found := s.find(e); found != nil {
		return found, nil
	}
	if e.snap, err = load(ctx, q, realm, m); err != nil {
		return nil, err
	}
	s.keep(e)
	return e.snap, nil
}

func (s *store) find(e entry) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(o entry) bool { e.snap = o.snap; return o == e })
	if i < 0 {
		return nil
	}
	found := s.all[i]
	s.all = append(slices.Delete(s.all, i, i+1), found)
	return found.snap
}

// keep adds an entry, forgets what the journal has overtaken and then the one
// that was asked for longest ago.
func (s *store) keep(e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(o entry) bool { return o.realm == e.realm && o.mark.last < e.mark.last })
	s.all = append(s.all, e)
	heavy := 0
	for i := len(s.all) - 1; i >= 0; i-- {
		heavy += s.all[i].snap.tree.Len() + len(s.all[i].snap.states)
		if n := len(s.all) - i; n > kept || n > 2 && heavy > weight {
			s.all = slices.Delete(s.all, 0, i+1)
			break
		}
	}
}
