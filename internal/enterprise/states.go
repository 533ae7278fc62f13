package enterprise

import (
	"context"
	"maps"
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// StatesAt returns how every enterprise of the realm stood at a moment, in
// order of their ids; those that were not on the list are left out. tree is the
// organisations of the same moment, members what each of them had by itself.
func StatesAt(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment, tree *org.Tree, members map[core.OrgID]org.Counts) ([]State, error) {
	r, err := read(ctx, q, realm, m, tree, nil)
	if err != nil {
		return nil, err
	}
	return r.states(members), nil
}

// records are what the tables say of enterprises at a moment.
type records struct {
	on    core.Date
	tree  *org.Tree            // nil: the organisations are those of today, in orgs
	orgs  map[core.OrgID]*node // of today, hosted and below
	order []core.EnterpriseID
	at    map[core.EnterpriseID]*ties
	hosts map[core.EnterpriseID][]core.OrgID
	by    map[core.OrgID][]core.EnterpriseID // who hosts an organisation
	works map[core.EnterpriseID]bool         // which of those are in operation
}

// A question is one query for a moment: $1 is the realm, $2 when it was known,
// $3 the day. Its text ends in a condition.
type question struct {
	realm core.RealmID
	m     core.Moment
}

// held is the condition of what held on $3 as known at $2, for a table x.
const held = ` x.realm_id = $1 AND x.recorded_at <= $2 AND (x.superseded_at IS NULL OR x.superseded_at > $2) AND x.valid_from <= $3 AND x.valid_to > $3`

// ask runs the query for all rows, or, with ids, for those whose column is one
// of them. text, column and tail are constants of the caller.
func ask[I ~int64](ctx context.Context, q db.Querier, k question, ids []I, f func(db.Row) error, text, column, tail string) error {
	args := []any{k.realm, knownAt(k.m), db.Date(k.m.On)}
	if ids == nil {
		return db.Each(ctx, q, f, text+tail, args...)
	}
	for some := range slices.Chunk(ids, part) {
		more := slices.Clone(args)
		for _, id := range some {
			more = append(more, int64(id))
		}
		if err := db.Each(ctx, q, f, text+` AND `+column+` IN (`+db.Marks(4, len(some))+`)`+tail, more...); err != nil {
			return err
		}
	}
	return nil
}

// read reads all enterprises, which needs a tree, or some. Without a tree the
// moment must be today, as known now.
func read(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment, tree *org.Tree, ids []core.EnterpriseID) (*records, error) {
	k := question{realm, m}
	r := &records{
		on: m.On, tree: tree, orgs: map[core.OrgID]*node{}, at: map[core.EnterpriseID]*ties{}, hosts: map[core.EnterpriseID][]core.OrgID{},
		by: map[core.OrgID][]core.EnterpriseID{}, works: map[core.EnterpriseID]bool{},
	}
	for _, step := range []func(context.Context, db.Querier, question, []core.EnterpriseID) error{
		r.readFacts, r.readHostings, r.readDissolved, r.readAppointments, r.readVisits, r.readMass, r.readPlans, r.readGroupings,
	} {
		if err := step(ctx, q, k, ids); err != nil {
			return nil, err
		}
	}
	if tree == nil {
		if err := r.readOrgs(ctx, q, realm); err != nil {
			return nil, err
		}
	}
	if ids != nil {
		if err := r.readNeighbours(ctx, q, k); err != nil {
			return nil, err
		}
	}
	slices.Sort(r.order)
	return r, nil
}

// readFacts reads what held, and from the facts of earlier days since when the
// enterprise is on the list.
func (r *records) readFacts(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	since := map[core.EnterpriseID]core.Date{}
	var from, to core.Date
	var id core.EnterpriseID
	err := ask(ctx, q, k, ids, func(row db.Row) error {
		var v Values
		err := row.Scan(&id, &v.Org, &v.Name, &v.Type, &v.Employees, &v.ForeignShare, &v.MembersFound, &v.State, (*db.Date)(&v.VerifiedOn),
			(*db.Date)(&from), (*db.Date)(&to))
		if err != nil {
			return err
		}
		if !to.After(r.on) {
			if s, ok := since[id]; !ok || from.Before(s) {
				since[id] = from
			}
			return nil
		}
		r.at[id] = &ties{values: v, registered: from}
		r.works[id] = Counts(v.State)
		r.order = append(r.order, id)
		return nil
	}, `SELECT x.enterprise_id, x.org_id, x.name, x.type, x.employees, x.foreign_share, x.members_found, x.state, x.verified_on, x.valid_from, x.valid_to
		FROM enterprise_facts x WHERE x.realm_id = $1 AND x.recorded_at <= $2 AND (x.superseded_at IS NULL OR x.superseded_at > $2) AND x.valid_from <= $3`,
		"x.enterprise_id", "")
	for id, s := range since {
		if t := r.at[id]; t != nil && s.Before(t.registered) {
			t.registered = s
		}
	}
	return err
}

func (r *records) readHostings(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	return ask(ctx, q, k, ids, r.hosting, `SELECT x.org_id, x.enterprise_id FROM hostings x WHERE`+held, "x.enterprise_id", " ORDER BY x.org_id")
}

// readDissolved finds hostings that ended because the organisation did.
func (r *records) readDissolved(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	var id core.EnterpriseID
	return ask(ctx, q, k, ids, func(row db.Row) error {
		err := row.Scan(&id)
		if t := r.at[id]; t != nil {
			t.dissolved = true
		}
		return err
	}, `SELECT x.enterprise_id FROM hostings x JOIN orgs o ON o.realm_id = x.realm_id AND o.id = x.org_id AND o.dissolved_on = x.valid_to
		WHERE x.realm_id = $1 AND x.recorded_at <= $2 AND (x.superseded_at IS NULL OR x.superseded_at > $2) AND x.valid_to <= $3`, "x.enterprise_id", "")
}

func (r *records) hosting(row db.Row) error {
	var o core.OrgID
	var e core.EnterpriseID
	if err := row.Scan(&o, &e); err != nil {
		return err
	}
	if !slices.Contains(r.hosts[e], o) {
		r.hosts[e] = append(r.hosts[e], o)
		r.by[o] = append(r.by[o], e)
	}
	return nil
}

// readNeighbours reads, for some enterprises, who else hosts what they host or
// what stands below it: joint branches are limited, and the members of another
// enterprise's branch are not theirs.
func (r *records) readNeighbours(ctx context.Context, q db.Querier, k question) error {
	orgs := r.hosted()
	if len(orgs) == 0 {
		return nil
	}
	if err := ask(ctx, q, k, orgs, r.hosting, `SELECT x.org_id, x.enterprise_id FROM hostings x WHERE`+held, "x.org_id", ""); err != nil {
		return err
	}
	var others []core.EnterpriseID
	for e := range r.hosts {
		if r.at[e] == nil {
			others = append(others, e)
		}
	}
	if len(others) == 0 {
		return nil
	}
	slices.Sort(others)
	return ask(ctx, q, k, others, func(row db.Row) error {
		var e core.EnterpriseID
		var state string
		err := row.Scan(&e, &state)
		r.works[e] = Counts(state)
		return err
	}, `SELECT x.enterprise_id, x.state FROM enterprise_facts x WHERE`+held, "x.enterprise_id", "")
}

func (r *records) readAppointments(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	var id core.EnterpriseID
	var kind string
	var from core.Date
	return ask(ctx, q, k, ids, func(row db.Row) error {
		if err := row.Scan(&id, &kind, (*db.Date)(&from)); err != nil {
			return err
		}
		switch t := r.at[id]; {
		case t == nil:
		case kind == Instructor:
			t.instructor = latest(t.instructor, from)
		default:
			t.liaison = true
		}
		return nil
	}, `SELECT x.enterprise_id, x.kind, x.valid_from FROM appointments x WHERE`+held, "x.enterprise_id", "")
}

func (r *records) readVisits(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	var id core.EnterpriseID
	var on core.Date
	return ask(ctx, q, k, ids, func(row db.Row) error {
		err := row.Scan(&id, (*db.Date)(&on))
		if t := r.at[id]; t != nil {
			t.lastVisit = on
		}
		return err
	}, `SELECT x.enterprise_id, max(x.visited_on) FROM visits x WHERE x.realm_id = $1 AND x.recorded_at <= $2 AND x.visited_on <= $3`,
		"x.enterprise_id", " GROUP BY x.enterprise_id")
}

func (r *records) readMass(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	var id core.EnterpriseID
	return ask(ctx, q, k, ids, func(row db.Row) error {
		err := row.Scan(&id)
		if t := r.at[id]; t != nil {
			t.mass = true
		}
		return err
	}, `SELECT x.enterprise_id FROM mass_bodies x WHERE`+held, "x.enterprise_id", "")
}

func (r *records) readPlans(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	return ask(ctx, q, k, ids, func(row db.Row) error {
		p, err := scanPlan(row)
		if t := r.at[p.Enterprise]; t != nil {
			t.plan = p
		}
		return err
	}, `SELECT x.id, x.enterprise_id, x.planned_on, x.owner_org_id, x.obstacle, x.note, x.valid_from, x.valid_to FROM coverage_plans x WHERE`+held, "x.enterprise_id", "")
}

func (r *records) readGroupings(ctx context.Context, q db.Querier, k question, ids []core.EnterpriseID) error {
	var id core.EnterpriseID
	var g core.ID
	return ask(ctx, q, k, ids, func(row db.Row) error {
		err := row.Scan(&id, &g)
		if t := r.at[id]; t != nil {
			t.groupings = append(t.groupings, g)
		}
		return err
	}, `SELECT x.enterprise_id, x.grouping_id FROM grouping_members x WHERE`+held, "x.enterprise_id", " ORDER BY x.grouping_id")
}

// states assesses everything that was read.
func (r *records) states(members map[core.OrgID]org.Counts) []State {
	all := make([]State, len(r.order))
	for i, id := range r.order {
		t := r.at[id]
		for _, o := range r.hosts[id] {
			t.hosts = append(t.hosts, r.tie(o))
		}
		slices.SortStableFunc(t.hosts, func(a, b tie) int { return order(a) - order(b) })
		t.full = r.full(id, t.hosts, members)
		all[i] = assess(id, *t, r.on)
	}
	return all
}

// order puts what covers first.
func order(t tie) int {
	switch {
	case t.alive && t.own:
		return 0
	case t.alive:
		return 1
	}
	return 2
}

// hostOf tells what hosting an organisation means. One of several units, of a
// place or of a trade is joint, and so is a joint branch; temporary and
// floating branches cover nobody.
func hostOf(kind rule.OrgKind, setup string) (own, covers bool) {
	switch kind {
	case rule.Committee, rule.GeneralBranch, rule.Branch:
		return !slices.Contains([]string{"joint", "regional", "trade"}, setup), true
	}
	return false, kind == rule.JointBranch
}

// A node is what is asked about an organisation.
type node struct {
	kind     rule.OrgKind
	setup    string
	alive    bool
	children []core.OrgID
}

func (r *records) node(id core.OrgID) node {
	if r.tree == nil {
		if n := r.orgs[id]; n != nil {
			return *n
		}
		return node{}
	}
	n, _ := r.tree.Find(id)
	return node{n.Kind, n.SetupMode, n.Alive, n.Children}
}

// readOrgs reads the live organisations that are hosted, and those below them.
func (r *records) readOrgs(ctx context.Context, q db.Querier, realm core.RealmID) error {
	type below struct {
		node
		id, parent core.OrgID
	}
	all, err := some(ctx, q, func(row db.Row) (b below, err error) {
		return b, row.Scan(&b.id, db.Null(&b.parent), &b.kind, &b.setup)
	}, realm, slices.Sorted(maps.Keys(r.by)), `
		SELECT DISTINCT o.id, o.parent_id, o.kind, o.setup_mode
		FROM orgs h JOIN orgs o ON o.realm_id = h.realm_id AND o.path >= h.path AND o.path < substr(h.path, 1, length(h.path) - 1) || '/'
		WHERE h.realm_id = $1 AND o.dissolved_on IS NULL AND h.id IN (`, `)`)
	for _, b := range all {
		b.alive = true
		r.orgs[b.id] = &b.node
	}
	for _, b := range all {
		if up := r.orgs[b.parent]; up != nil && !slices.Contains(up.children, b.id) {
			up.children = append(up.children, b.id)
		}
	}
	return err
}

// hosted returns the organisations that are hosted, and those below them.
func (r *records) hosted() []core.OrgID {
	if r.tree == nil {
		return slices.Sorted(maps.Keys(r.orgs))
	}
	var orgs []core.OrgID
	for o := range r.by {
		orgs = append(orgs, r.tree.Under(o)...)
	}
	slices.Sort(orgs)
	return slices.Compact(orgs)
}

// tie looks an organisation up.
func (r *records) tie(id core.OrgID) tie {
	n := r.node(id)
	t := tie{org: id, alive: n.alive, capped: n.kind == rule.JointBranch}
	t.own, t.covers = hostOf(n.kind, n.setup)
	if t.capped {
		for _, e := range r.by[id] {
			if r.works[e] {
				t.units++
			}
		}
	}
	return t
}

// full counts the full members of an enterprise's own organisations and of what
// stands below them, each organisation once, without those below that another
// enterprise hosts.
func (r *records) full(e core.EnterpriseID, hosts []tie, members map[core.OrgID]org.Counts) int {
	seen := map[core.OrgID]bool{}
	n := 0
	var down func(id core.OrgID)
	down = func(id core.OrgID) {
		if seen[id] {
			return
		}
		seen[id] = true
		n += members[id].Full
		for _, c := range r.node(id).children {
			if by := r.by[c]; len(by) == 0 || slices.Contains(by, e) {
				down(c)
			}
		}
	}
	for _, h := range hosts {
		if h.alive && h.own {
			down(h.org)
		}
	}
	return n
}
