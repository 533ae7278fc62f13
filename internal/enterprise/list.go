package enterprise

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/org"
)

// AnyState asks a list for enterprises in every operating state.
const AnyState = "all"

// What a list may be narrowed to besides the ways to be covered and Uncovered.
const (
	WithOrg    = "org"         // own or joint
	WithWork   = "work"        // instructor, liaison or mass body
	Covered    = "covered"     // any of these
	ShouldNone = "should_none" // not covered, with three full members or more
	InName     = "nominal"     // the instructor has not called for 60 days
	OldNews    = "recheck"     // last seen more than twelve months ago
)

// A Query asks for a list of enterprises. What is zero does not narrow it.
type Query struct {
	Under    core.OrgID // required: the organisation from which one looks
	State    string     // empty: those on the books; AnyState: all
	Type     string
	Coverage string  // a Coverage, or one of the words above
	Reason   string  // one of Reasons
	Grouping core.ID // or nested in it
	Search   string  // one to three characters, initials, pinyin, a code
	Moment   core.Moment
	Page     core.Page
}

// computed reports whether the answer depends on states of coverage.
func (q Query) computed() bool { return q.Coverage != "" || q.Reason != "" }

// A Row is one enterprise of a list: as it is now, and how it stood on the day.
type Row struct {
	Enterprise
	Stood   State
	OrgName string // of the organisation that looks after it now
}

// A List is one page of the rows that a Query found.
type List struct {
	Rows  []Row
	Total int
	Page  core.Page
	On    core.Date
}

// List returns the enterprises below an organisation, in order of the reading
// of their names.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (List, error) {
	today := core.DateOf(s.Now())
	if q.Moment.On.IsZero() {
		q.Moment.On = today
	}
	l := List{Page: q.Page.Clean(), On: q.Moment.On}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeEnterprises, q.Under); err != nil {
			return err
		}
		var states []State
		var err error
		switch {
		case present(q.Moment, today) && !q.computed():
			states, err = l.plain(ctx, tx, who.Realm, q, today)
		case present(q.Moment, today):
			states, err = l.narrowed(ctx, tx, who.Realm, q, today)
		default:
			states, err = l.past(ctx, tx, who.Realm, q, today)
		}
		if err != nil {
			return err
		}
		l.Rows, err = rows(ctx, tx, who.Realm, states)
		return err
	})
	if err != nil {
		return List{}, err
	}
	return l, nil
}

// Mine returns the enterprises for which the actor holds a role, as a manager
// does.
func (s *Service) Mine(ctx context.Context, who access.Actor) ([]Row, error) {
	var all []Row
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.SeeEnterprises); err != nil {
			return err
		}
		places, err := access.Places(ctx, tx, who.Realm, who.User)
		if err != nil {
			return err
		}
		var ids []core.EnterpriseID
		for _, p := range places {
			if p.Enterprise != 0 {
				ids = append(ids, p.Enterprise)
			}
		}
		today := core.DateOf(s.Now())
		states, err := someStates(ctx, tx, who.Realm, core.Moment{On: today}, today, distinct(ids))
		if err != nil {
			return err
		}
		all, err = rows(ctx, tx, who.Realm, states)
		return err
	})
	return all, err
}

// rows puts the list row of today beside each state.
func rows(ctx context.Context, q db.Querier, realm core.RealmID, states []State) ([]Row, error) {
	var ids []core.EnterpriseID
	for _, s := range states {
		ids = append(ids, s.ID)
	}
	es, err := of(ctx, q, realm, ids)
	if err != nil {
		return nil, err
	}
	at := make(map[core.EnterpriseID]Enterprise, len(es))
	orgs := map[core.OrgID]bool{}
	for _, e := range es {
		at[e.ID] = e
		orgs[e.Org] = true
	}
	named, err := places(ctx, q, realm, slices.Sorted(maps.Keys(orgs)))
	if err != nil {
		return nil, err
	}
	all := make([]Row, len(states))
	for i, s := range states {
		all[i] = Row{Enterprise: at[s.ID], Stood: s, OrgName: named[at[s.ID].Org].Name}
	}
	return all, nil
}

const listed = ` FROM enterprises e WHERE e.realm_id = $1 AND e.path >= $2 AND e.path < $3
	AND ($4 = 'all' OR e.state = $4 OR $4 = '' AND e.state NOT IN ('moved', 'closed'))
	AND ($5 = '' OR e.type = $5)
	AND (CAST($6 AS bigint) = 0 OR e.id IN (
		WITH RECURSIVE inside (id) AS (
			SELECT CAST($6 AS bigint)
			UNION
			SELECT g.id FROM groupings g JOIN inside i ON g.parent_id = i.id WHERE g.realm_id = $1
		)
		SELECT j.enterprise_id FROM grouping_members j JOIN inside i ON j.grouping_id = i.id
		WHERE j.realm_id = $1 AND j.superseded_at IS NULL AND j.valid_to = '9999-12-31'))`

// found returns the condition of a query on the list of today, and its
// arguments.
func (q Query) found(ctx context.Context, tx *db.Tx, realm core.RealmID) (string, []any, error) {
	below, err := access.RangeOf(ctx, tx, realm, q.Under)
	if err != nil {
		return "", nil, err
	}
	text, args := listed, []any{realm, below.Lo, below.Hi, q.State, q.Type, q.Grouping}
	folded := names.Fold(q.Search)
	if folded == "" {
		return text, args, nil
	}
	words := names.Words(q.Search)
	if len(words) == 0 {
		return text + ` AND e.id = 0`, args, nil
	}
	text += ` AND e.id IN (
		SELECT x.id FROM enterprises x WHERE x.realm_id = $1 AND x.initials >= $7 AND x.initials < $8
		UNION SELECT x.id FROM enterprises x WHERE x.realm_id = $1 AND x.name_key >= $7 AND x.name_key < $8
		UNION SELECT x.id FROM enterprises x WHERE x.realm_id = $1 AND x.credit_code >= $9 AND x.credit_code < $10
		UNION SELECT m.id FROM ` + db.EnterpriseSearch.Join(tx, "$11") + `)`
	code := cleanCode(q.Search)
	return text, append(args, folded, names.After(folded), code, names.After(code), db.EnterpriseSearch.Phrase(tx, words)), nil
}

// plain pages in SQL and assesses the page alone.
func (l *List) plain(ctx context.Context, tx *db.Tx, realm core.RealmID, q Query, today core.Date) ([]State, error) {
	text, args, err := q.found(ctx, tx, realm)
	if err != nil {
		return nil, err
	}
	if l.Total, err = q.total(ctx, tx, realm, text, args); err != nil {
		return nil, err
	}
	n := len(args)
	ids, err := db.All(ctx, tx, scanID, `SELECT e.id`+text+` ORDER BY e.name_key, e.id LIMIT `+db.Marks(n+1, 1)+` OFFSET `+db.Marks(n+2, 1),
		append(args, l.Page.Size, l.Page.Offset())...)
	if err != nil {
		return nil, err
	}
	states, err := someStates(ctx, tx, realm, q.Moment, today, ids)
	return inOrder(states, ids), err
}

// total counts what was found; everything on the books is in a counter already.
func (q Query) total(ctx context.Context, tx *db.Tx, realm core.RealmID, text string, args []any) (int, error) {
	if q.State != "" || q.Type != "" || q.Grouping != 0 || names.Fold(q.Search) != "" {
		return db.One(ctx, tx, db.Int, `SELECT count(*)`+text, args...)
	}
	tallies, err := org.Tallies(ctx, tx, realm, []core.OrgID{q.Under})
	return tallies[q.Under][org.CountEnterprises].Below, err
}

func scanID(r db.Row) (id core.EnterpriseID, err error) { return id, r.Scan(&id) }

// inOrder returns the states in the order of the ids.
func inOrder(states []State, ids []core.EnterpriseID) []State {
	at := make(map[core.EnterpriseID]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	states = slices.DeleteFunc(states, func(s State) bool { _, in := at[s.ID]; return !in })
	slices.SortFunc(states, func(a, b State) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return states
}

// narrowed assesses everything that the rest of the query finds, and pages what
// is left.
func (l *List) narrowed(ctx context.Context, tx *db.Tx, realm core.RealmID, q Query, today core.Date) ([]State, error) {
	text, args, err := q.found(ctx, tx, realm)
	if err != nil {
		return nil, err
	}
	ids, err := db.All(ctx, tx, scanID, `SELECT e.id`+text+` ORDER BY e.name_key, e.id`, args...)
	if err != nil {
		return nil, err
	}
	var states []State
	if len(ids) > many {
		states, err = allStates(ctx, tx, realm, q.Moment, today)
	} else {
		states, err = someStates(ctx, tx, realm, q.Moment, today, ids)
	}
	if err != nil {
		return nil, err
	}
	return l.page(slices.DeleteFunc(inOrder(states, ids), func(s State) bool { return !q.keeps(s) })), nil
}

// many is from how many enterprises on it is quicker to read all of them.
const many = 5000

// past assesses the whole realm at the moment, because places and names may
// have been others then.
func (l *List) past(ctx context.Context, tx *db.Tx, realm core.RealmID, q Query, today core.Date) ([]State, error) {
	tree, err := org.At(ctx, tx, realm, q.Moment)
	if err != nil {
		return nil, err
	}
	states, err := allStates(ctx, tx, realm, q.Moment, today)
	if err != nil {
		return nil, err
	}
	groupings, err := GroupingsAt(ctx, tx, realm, "", q.Moment)
	if err != nil {
		return nil, err
	}
	inside := Within(groupings, q.Grouping)
	states = slices.DeleteFunc(states, func(s State) bool {
		return !tree.Within(q.Under, s.Org) || !q.keeps(s) || !q.matches(s) ||
			q.Grouping != 0 && !slices.ContainsFunc(s.Groupings, func(g core.ID) bool { return slices.Contains(inside, g) })
	})
	keys := make(map[core.EnterpriseID]string, len(states))
	for _, s := range states {
		keys[s.ID] = names.Key(s.Name)
	}
	slices.SortFunc(states, func(a, b State) int { return cmp.Or(cmp.Compare(keys[a.ID], keys[b.ID]), cmp.Compare(a.ID, b.ID)) })
	return l.page(states), nil
}

// matches reports whether a state meets what the list of today asks in SQL.
func (q Query) matches(s State) bool {
	switch {
	case q.State == "" && !OnTheBooks(s.State), q.State != "" && q.State != AnyState && q.State != s.State:
		return false
	case q.Type != "" && q.Type != s.Type:
		return false
	}
	return Called(s.Name, q.Search)
}

// Called reports whether a name is meant by words that search it: characters
// in it, or the beginning of its reading or of its initials.
func Called(name, words string) bool {
	folded := names.Fold(words)
	return folded == "" || strings.Contains(names.Fold(name), folded) || strings.HasPrefix(names.Initials(name), folded) ||
		strings.HasPrefix(names.Key(name), folded)
}

// keeps reports whether a state is of the coverage and reason asked for.
func (q Query) keeps(s State) bool {
	if q.Reason != "" && s.Reason != q.Reason {
		return false
	}
	c := s.counted()
	switch q.Coverage {
	case "":
		return true
	case string(Uncovered):
		return s.Operating && c == Uncovered
	case WithOrg:
		return c == Own || c == Joint
	case WithWork:
		return c.Covers() && c != Own && c != Joint
	case Covered:
		return c.Covers()
	case ShouldNone:
		return s.Operating && c == Uncovered && s.Class == ShouldBuild
	case InName:
		return s.Nominal
	case OldNews:
		return s.Recheck
	}
	return string(c) == q.Coverage
}

// page cuts the page out of everything that was found.
func (l *List) page(states []State) []State {
	l.Total = len(states)
	from := min(l.Page.Offset(), len(states))
	return states[from:min(from+l.Page.Size, len(states))]
}

// allStates is StatesAt for a service: it reads the tree and the members
// itself.
func allStates(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment, today core.Date) ([]State, error) {
	tree, err := org.At(ctx, q, realm, m)
	if err != nil {
		return nil, err
	}
	r, err := read(ctx, q, realm, m, tree, nil)
	if err != nil {
		return nil, err
	}
	members, err := counts(ctx, q, realm, m, today, r.hosted())
	if err != nil {
		return nil, err
	}
	return r.states(members), nil
}
