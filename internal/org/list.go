package org

import (
	"context"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/rule"
)

// What a list can be narrowed to by the current term.
const (
	TermSoon    = "soon"    // ends within six months
	TermOverdue = "overdue" // has ended without a re-election
)

// A Query asks for organisations from one on down. What is zero does not
// narrow it.
type Query struct {
	Under  core.OrgID   // zero for the root
	Kind   rule.OrgKind // of this form
	Host   string       // of this host situation
	Term   string       // TermSoon or TermOverdue
	Search string       // in the name: characters, words, the start of its reading or of its initials
	On     core.Date    // as they were on a day; zero or today for now
	Page   core.Page

	// For Tree.
	Open  []core.OrgID // opened by hand
	Shut  []core.OrgID // closed by hand
	Depth int          // levels that are open from the start, 1 unless given
	More  []core.OrgID // each mention shows another levelRows of what is below it
}

// A Row is an organisation in a list, with its counters. A list of a past day
// has no counters.
type Row struct {
	Org
	Level       int    // in the tree grid, 0 for the top
	Where       string // the parent's name, in a flat list
	Children    int    // live, directly below
	Open        bool   // its children follow
	More        int    // children of the parent that are not shown; after this row
	Counts      Counts // below and its own
	Orgs        int    // live, below and itself
	Enterprises int
	TermEndsOn  core.Date // zero when no term is known
}

// A Listing is one page of a list.
type Listing struct {
	Rows  []Row
	Total int
	Page  core.Page
}

// walkFrom is the size of a subtree from which it is cheaper to walk the name
// index of the realm than to gather and sort.
const walkFrom = 3000

// where is how every list is narrowed: $1 realm, $2 and $3 bounds, $4 kind, $5
// host, $6 whether a term is asked for, $7 and $8 between which days it ends.
const where = `
	WHERE o.realm_id = $1 AND o.dissolved_on IS NULL AND ($4 = '' OR o.kind = $4) AND ($5 = '' OR o.host_situation = $5)
		AND ($6 = 0 OR o.id IN (
			SELECT t.org_id FROM terms t
			WHERE t.realm_id = $1 AND t.ended_on IS NULL AND t.ends_on >= $7 AND t.ends_on <= $8))`

// $9 and $10 are how many and from where; $11 are words to search for, $12 and
// $13 the bounds of a reading.
const (
	bySubtree = `FROM orgs o ` + where + ` AND o.path >= $2 AND o.path < $3`
	outside   = ` AND o.path || '' >= $2 AND o.path || '' < $3` // no reason to use the index of paths
	byName    = `FROM orgs o ` + where + outside
	byTerm    = `FROM terms e JOIN orgs o ON o.realm_id = e.realm_id AND o.id = e.org_id ` + where + outside + `
		AND e.realm_id = $1 AND e.ended_on IS NULL AND e.ends_on >= $7 AND e.ends_on <= $8`
	pageOf  = ` ORDER BY o.name_key, o.id LIMIT $9 OFFSET $10`
	countOf = `SELECT count(*) FROM (SELECT 1 `
	limitOf = ` LIMIT $9 OFFSET $10) n`
)

// List returns a page of organisations, by name. A list of a past day is made
// from the facts of that day.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (Listing, error) {
	l := Listing{Page: q.Page.Clean()}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		top, err := requireTop(ctx, tx, who, q.Under)
		if err != nil {
			return err
		}
		today := core.DateOf(s.Now())
		if !q.On.IsZero() && q.On != today {
			return l.asOf(ctx, tx, top, q)
		}
		if err := l.find(ctx, tx, top, q, today); err != nil {
			return err
		}
		return decorate(ctx, tx, who.Realm, l.Rows, true)
	})
	return l, err
}

// requireTop returns the organisation that a list is looked at from, after
// asking whether the actor may see it.
func requireTop(ctx context.Context, tx *db.Tx, who access.Actor, id core.OrgID) (Org, error) {
	if id == 0 {
		root, err := Root(ctx, tx, who.Realm)
		if err != nil {
			return Org{}, err
		}
		id = root.ID
	}
	if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
		return Org{}, err
	}
	return Find(ctx, tx, who.Realm, id)
}

func (l *Listing) find(ctx context.Context, tx *db.Tx, top Org, q Query, today core.Date) error {
	below := access.Below(top.Path)
	asked, from, to := 0, core.Date{Year: 1, Month: 1, Day: 1}, core.Forever
	switch q.Term {
	case TermSoon:
		asked, from, to = 1, today, today.AddMonths(6)
	case TermOverdue:
		asked, to = 1, today.AddDays(-1)
	}
	args := []any{
		top.Realm, below.Lo, below.Hi, q.Kind, q.Host, asked, db.Date(from), db.Date(to), l.Page.Size, l.Page.Offset(),
	}
	plain := q.Kind == "" && q.Host == "" && asked == 0 && q.Search == ""
	tallies, err := Tallies(ctx, tx, top.Realm, []core.OrgID{top.ID})
	if err != nil {
		return err
	}
	size := tallies[top.ID][CountOrgs].Below
	source := bySubtree
	switch words := names.Words(q.Search); {
	case len(words) > 0 && names.Latin(q.Search):
		ini := names.Fold(q.Search)
		args = append(args, db.OrgSearch.Phrase(tx, words), ini, names.After(ini))
		source = `FROM (SELECT m.id FROM ` + db.OrgSearch.Join(tx, "$11") + `
			UNION SELECT i.id FROM orgs i WHERE i.realm_id = $1 AND i.initials >= $12 AND i.initials < $13
			UNION SELECT k.id FROM orgs k WHERE k.realm_id = $1 AND k.name_key >= $12 AND k.name_key < $13) f
			JOIN orgs o ON o.realm_id = $1 AND o.id = f.id ` + where + outside
	case len(words) > 0:
		args = append(args, db.OrgSearch.Phrase(tx, words))
		source = `FROM ` + db.OrgSearch.Join(tx, "$11") + ` JOIN orgs o ON o.realm_id = $1 AND o.id = m.id ` + where + outside
	case q.Search != "": // signs alone, which no name is searched by
		return nil
	case asked > 0:
		args[5] = 0 // the terms come first, and need not be asked again
		source = byTerm
	case size > walkFrom:
		source = byName
	}
	found, err := db.All(ctx, tx, scan, `SELECT `+columns+` `+source+pageOf, args...)
	if err != nil {
		return err
	}
	for _, o := range found {
		l.Rows = append(l.Rows, Row{Org: o})
	}
	if plain {
		l.Total = size
		return nil
	}
	args[8], args[9] = 1<<30, 0
	l.Total, err = db.One(ctx, tx, db.Int, countOf+strings.Replace(source, byName, bySubtree, 1)+limitOf, args...)
	return err
}

// asOf lists the organisations of a day from its tree.
func (l *Listing) asOf(ctx context.Context, tx *db.Tx, top Org, q Query) error {
	tree, err := At(ctx, tx, top.Realm, core.Moment{On: q.On})
	if err != nil {
		return err
	}
	wanted := names.Fold(q.Search)
	keys := map[core.OrgID]string{}
	var all []Row
	for _, id := range tree.Under(top.ID) {
		n, _ := tree.Find(id)
		if q.Kind != "" && n.Kind != q.Kind || q.Host != "" && n.HostSituation != q.Host {
			continue
		}
		if wanted != "" && !strings.Contains(names.Fold(n.Name), wanted) && !(names.Latin(q.Search) && strings.HasPrefix(names.Initials(n.Name), wanted)) {
			continue
		}
		keys[id] = names.Key(n.Name)
		up, _ := tree.Find(n.Parent)
		all = append(all, Row{Org: n.org(top.Realm), Where: up.Name, Children: len(n.Children)})
	}
	slices.SortStableFunc(all, func(a, b Row) int { return strings.Compare(keys[a.ID], keys[b.ID]) })
	l.Total = len(all)
	from := min(l.Page.Offset(), len(all))
	l.Rows = all[from:min(from+l.Page.Size, len(all))]
	return nil
}

// org returns what a tree knows of an organisation.
func (n Node) org(realm core.RealmID) Org {
	return Org{
		Realm: realm, ID: n.ID, Parent: n.Parent, Depth: n.Depth, Name: n.Name, Kind: n.Kind,
		SetupMode: n.SetupMode, HostSituation: n.HostSituation, FoundedOn: n.FoundedOn,
	}
}

// decorate adds counters, terms and the number of children to rows of now, and
// the parents' names to those of a flat list.
func decorate(ctx context.Context, q db.Querier, realm core.RealmID, rows []Row, flat bool) error {
	ids, at := make([]core.OrgID, len(rows)), make(map[core.OrgID]*Row, len(rows))
	for i := range rows {
		ids[i], at[rows[i].ID] = rows[i].ID, &rows[i]
	}
	tallies, err := Tallies(ctx, q, realm, ids)
	if err != nil {
		return err
	}
	for id, t := range tallies {
		at[id].Counts, at[id].Orgs, at[id].Enterprises = countsOf(t), t[CountOrgs].Below, t[CountEnterprises].Below
	}
	err = eachOf(ctx, q, realm, ids, func(r db.Row) error {
		var id core.OrgID
		var ends core.Date
		err := r.Scan(&id, (*db.Date)(&ends))
		at[id].TermEndsOn = ends
		return err
	}, `SELECT org_id, ends_on FROM terms WHERE realm_id = $1 AND ended_on IS NULL AND org_id IN (`+inMany+`)`)
	if err != nil {
		return err
	}
	err = eachOf(ctx, q, realm, ids, func(r db.Row) error {
		var id core.OrgID
		var n int
		err := r.Scan(&id, &n)
		at[id].Children = n
		return err
	}, `SELECT parent_id, count(*) FROM orgs WHERE realm_id = $1 AND dissolved_on IS NULL AND parent_id IN (`+inMany+`) GROUP BY parent_id`)
	if err != nil || !flat {
		return err
	}
	parents := map[core.OrgID]bool{}
	for _, r := range rows {
		parents[r.Parent] = true
	}
	named, err := findMany(ctx, q, realm, sorted(parents))
	for i := range rows {
		rows[i].Where = named[rows[i].Parent].Name
	}
	return err
}
