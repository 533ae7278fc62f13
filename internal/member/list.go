package member

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Query asks for a page of the people whose records an organisation and all
// below it keep, by name.
type Query struct {
	Under  core.OrgID
	Kind   string // one of Kinds, or "" for all
	Search string // part of a name, pinyin or its initials; or a whole id number or phone
	Page   core.Page
	Total  bool // count them all
}

// A Row is a person in a list. Neither the id number nor the phone is in it
//
type Row struct {
	ID                    core.PersonID
	Name, Sex             string
	BornOn                core.Date
	Education             string
	JoinedOn, ConfirmedOn core.Date
	Kind, Position        string
	Org                   core.OrgID
	OrgName               string
	Version               int
}

// A List is a page of a Query. Total is -1 when it was not asked for, or when
// counting a search would mean reading everybody.
type List struct {
	Rows  []Row
	Page  core.Page
	Total int
	More  bool // another page follows
}

const listColumns = `p.id, p.name, p.sex, p.born_on, p.education, p.joined_on, p.confirmed_on, p.kind, p.position, p.at_org, o.name, p.version, p.name_key, p.initials`

// A keyed row is a Row with what lists are sorted by.
type keyed struct {
	Row
	key, initials string
}

func scanRow(r db.Row) (p keyed, err error) {
	return p, r.Scan(&p.ID, &p.Name, &p.Sex, (*db.Date)(&p.BornOn), &p.Education, (*db.Date)(&p.JoinedOn), (*db.Date)(&p.ConfirmedOn),
		&p.Kind, &p.Position, &p.Org, &p.OrgName, &p.Version, &p.key, &p.initials)
}

// A scope is the subtree that a list is taken from.
type scope struct {
	realm core.RealmID
	org   core.OrgID
	path  string
	size  map[string]int // records kept in it, by kind
	two   core.OrgID     // the organisation at depth 2 above, for a deeper one
	near  int            // records kept below two; 0 if the subtree is small anyway
	roots bool           // several organisations have no parent
}

// people returns how many records the subtree keeps, of one kind or of all.
func (s scope) people(kind string) int {
	if kind != "" {
		return s.size[kind]
	}
	return total(s.size)
}

func total(size map[string]int) (n int) {
	for _, k := range Kinds {
		n += size[k]
	}
	return n
}

// depth is 0 for a root.
func (s scope) depth() int { return strings.Count(s.path, ".") - 1 }

func scopeOf(ctx context.Context, q db.Querier, realm core.RealmID, under core.OrgID) (scope, error) {
	s := scope{realm: realm, org: under}
	var err error
	if s.path, err = db.One(ctx, q, db.Text, `SELECT path FROM orgs WHERE realm_id = $1 AND id = $2`, realm, under); err != nil {
		return s, err
	}
	if s.size, err = sizeOf(ctx, q, realm, under); err != nil {
		return s, err
	}
	switch d := s.depth(); {
	case d == 0:
		n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM orgs WHERE realm_id = $1 AND parent_id IS NULL`, realm)
		s.roots = n > 1
		return s, err
	case d > 2 && s.people("") > small:
		s.two, err = db.One(ctx, q, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
			`SELECT id FROM orgs WHERE realm_id = $1 AND path = $2`, realm, upTo(s.path, 2))
		if err != nil {
			return s, err
		}
		near, err := sizeOf(ctx, q, realm, s.two)
		s.near = total(near)
		return s, err
	}
	return s, nil
}

// sizeOf returns how many records an organisation and all below it keep.
func sizeOf(ctx context.Context, q db.Querier, realm core.RealmID, under core.OrgID) (map[string]int, error) {
	size := map[string]int{}
	err := db.Each(ctx, q, func(r db.Row) error {
		var what string
		var n int
		err := r.Scan(&what, &n)
		size[what] = n
		return err
	}, `SELECT what, below FROM tallies WHERE realm_id = $1 AND org_id = $2`, realm, under)
	return size, err
}

// A filter gathers conditions on persons, without an alias, and their values.
// Its text is made of constants alone.
type filter struct {
	text string
	args []any
}

// and adds a condition in which each ? is one of the values.
func (f *filter) and(text string, args ...any) {
	f.text += " AND "
	n := 0
	for _, c := range []byte(text) {
		if c != '?' {
			f.text += string(c)
			continue
		}
		f.args = append(f.args, args[n])
		f.text += "$" + strconv.Itoa(len(f.args))
		n++
	}
}

// Costs of reading, in tenths of a microsecond: an entry of an index with its
// sorting, an entry that leads to its row.
const (
	entryCost = 8
	rowCost   = 25
)

// in limits a filter to the subtree, so that the index of its size serves: the
// whole realm and the levels of depth 1 and 2 are walked by name; what is
// deeper is gathered and sorted, or, where that is much, picked out of a walk
// through the level above. upTo is how many rows the page reaches to; keys, if
// not empty, are the first and the end of the names to walk through.
func (s scope) in(f *filter, kind string, upTo int, keys ...string) {
	r := access.Below(s.path)
	size := max(s.people(kind), 1)
	switch d := s.depth(); {
	case d == 0 && !s.roots && len(keys) == 0:
		f.and(`name_key > ''`)
	case d == 0 && !s.roots:
	case d == 1:
		f.and(`at_1 = ?`, s.org)
	case d == 2:
		f.and(`at_2 = ?`, s.org)
	case s.near > 0 && min(upTo, size)*(s.near/size+1)*rowCost < s.people("")*entryCost:
		f.and(`at_2 = ?`, s.two)
		f.and(`at_path >= ?`, r.Lo)
		f.and(`at_path < ?`, r.Hi)
	default:
		f.and(`at_path >= ?`, r.Lo)
		f.and(`at_path < ?`, r.Hi)
	}
	if len(keys) == 2 {
		f.and(`name_key >= ?`, keys[0])
		f.and(`name_key < ?`, keys[1])
	}
	s.kind(f, kind)
}

// kind limits a filter to a kind. For the rare ones the words must say that
// they are not full, or their partial indexes do not serve; for full members
// an equality would keep SQLite from seeing that the index has the order.
func (s scope) kind(f *filter, kind string) {
	switch kind {
	case "":
	case Full:
		f.and(`kind >= 'full' AND kind <= 'full'`)
	default:
		f.and(`kind = ?`, kind)
		f.and(`kind <> 'full'`)
	}
}

// page reads a page of the subtree's people from the nearer end: what is
// skipped has to be read too, and mostly sorted.
func (s scope) page(ctx context.Context, q db.Querier, kind string, p core.Page) (List, error) {
	f, n, from := s.walk(kind, p), s.people(kind), p.Offset()
	if 2*from <= n {
		return f.page(ctx, q, personIDs, byName, p)
	}
	to := min(from+p.Size, n)
	l := List{Page: p, Total: -1, More: to < n}
	if to <= from {
		return l, nil
	}
	var err error
	l.Rows, err = f.rows(ctx, q, personIDs, byNameBack, to-from, n-to)
	return l, err
}

// page reads one page; one row more than the page tells whether another
// follows. ids selects the column id.
func (f filter) page(ctx context.Context, q db.Querier, ids string, o order, p core.Page) (List, error) {
	rows, err := f.rows(ctx, q, ids, o, p.Size+1, p.Offset())
	l := List{Rows: rows, Page: p, Total: -1, More: len(rows) > p.Size}
	if l.More {
		l.Rows = rows[:p.Size]
	}
	return l, err
}

// rows reads the ids in their order, and then the rows, which few as they are
// Go puts into that order again.
func (f filter) rows(ctx context.Context, q db.Querier, ids string, o order, limit, skip int) ([]Row, error) {
	query, args := f.query(ids, o, limit, skip)
	all, err := db.All(ctx, q, scanRow, query, args...)
	slices.SortFunc(all, o.compare)
	rows := make([]Row, len(all))
	for i, r := range all {
		rows[i] = r.Row
	}
	return rows, err
}

// query returns the whole statement and its values. A bare parameter after
// LIMIT would make SQLite compile the statement twice.
func (f filter) query(ids string, o order, limit, skip int) (string, []any) {
	args := append(slices.Clone(f.args), limit, skip)
	n := len(args)
	return `
		SELECT ` + listColumns + ` FROM (` + ids + f.text + ` ORDER BY ` + o.text + `
			LIMIT CAST($` + strconv.Itoa(n-1) + ` AS integer) OFFSET CAST($` + strconv.Itoa(n) + ` AS integer)) x
		JOIN persons p ON p.realm_id = $1 AND p.id = x.id
		JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.at_org`, args
}

const personIDs = `SELECT id FROM persons WHERE realm_id = $1`

// list returns a page of a query; the caller has asked for the right.
func list(ctx context.Context, tx *db.Tx, realm core.RealmID, ask Query, n numbers) (List, error) {
	if ask.Kind != "" && !slices.Contains(Kinds, ask.Kind) {
		return List{}, core.Fail(core.Invalid, "person.kind.unknown", ask.Kind)
	}
	s, err := scopeOf(ctx, tx, realm, ask.Under)
	if err != nil {
		return List{}, err
	}
	p := ask.Page.Clean()
	var l List
	if words := tidy(ask.Search); words != "" {
		l, err = s.search(ctx, tx, words, ask.Kind, p, n)
	} else {
		l, err = s.page(ctx, tx, ask.Kind, p)
	}
	if err != nil {
		return List{}, err
	}
	switch {
	case ask.Total && ask.Search == "":
		l.Total = s.people(ask.Kind)
	case ask.Total && !l.More && (len(l.Rows) > 0 || p.Number == 1):
		l.Total = p.Offset() + len(l.Rows)
	}
	return l, nil
}
