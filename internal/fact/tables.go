package fact

import (
	"context"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A source says how the facts of a kind are read from their table: query
// selects the columns that scan wants, for realm $1.
type source struct {
	page  string // the address before the id
	query string
	id    string // the column that holds the id
}

// kinds is every kind of fact. A new one is one entry here.
var kinds = map[Kind]source{
	Project: {
		page: "/projects/", id: "f.id",
		query: `SELECT f.id, f.number, f.title, f.org_id, o.name, f.enterprise_id, f.state,
				CASE WHEN f.state IN ('achieved', 'partly', 'not_achieved', 'stopped', 'learned') THEN 1 ELSE 0 END,
				f.starts_on, f.finished_on, f.unit, f.baseline, f.target, f.result, f.changed, f.evidence
			FROM projects f JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id
			WHERE f.realm_id = $1`,
	},
	Problem: {
		page: "/problems/", id: "f.id",
		query: `SELECT f.id, '#' || f.number, f.title, f.org_id, o.name, f.enterprise_id, f.state,
				CASE WHEN f.state = 'closed' THEN 1 ELSE 0 END, f.raised_on, f.closed_on, '', NULL, NULL, NULL, f.way, f.evidence
			FROM problems f JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id
			WHERE f.realm_id = $1`,
	},
}

// A shelf says how what reads facts is found: query selects id, owner's id,
// title, owner's name, and joins the line of the organisation that it belongs
// to as o (orgs) and its enterprise as column r.enterprise_id, for realm $1.
type shelf struct {
	page  string // the address before the owner's id
	query string // up to and including WHERE realm_id = $1 and what makes it open
	id    string
}

// readers is everything that reads facts. A new one is one entry here.
var readers = map[Reader]shelf{
	Goal: {
		page: "/posts/", id: "r.id",
		query: `SELECT r.id, r.post_id, r.metric, r.title FROM (
				SELECT g.realm_id, g.id, g.post_id, g.metric, p.title, p.org_id, p.enterprise_id FROM post_goals g
				JOIN posts p ON p.realm_id = g.realm_id AND p.id = g.post_id AND p.state NOT IN ('withdrawn', 'ended', 'refused')
			) r JOIN orgs o ON o.realm_id = r.realm_id AND o.id = r.org_id
			WHERE r.realm_id = $1`,
	},
	// A skill of an agreement shows on the agreement's page; its name is that of the
	// agreement, never of a person.
	Skill: {
		page: "/mentoring/", id: "g.id",
		query: `SELECT g.id, r.id, k.name, r.number || ' ' || r.title
			FROM mentoring_skills g
			JOIN mentorings r ON r.realm_id = g.realm_id AND r.id = g.mentoring_id
			JOIN skills k ON k.realm_id = g.realm_id AND k.id = g.skill_id
			JOIN orgs o ON o.realm_id = r.realm_id AND o.id = r.org_id
			WHERE r.realm_id = $1 AND r.ended_on IS NULL AND r.mentor_signed IS NOT NULL AND r.apprentice_signed IS NOT NULL`,
	},
}

func scanFact(k Kind) func(db.Row) (Fact, error) {
	return func(r db.Row) (Fact, error) {
		f := Fact{Kind: k}
		var over int
		err := r.Scan(&f.ID, &f.Number, &f.Title, &f.Org, &f.OrgName, db.Null(&f.Enterprise), &f.State, &over,
			(*db.Date)(&f.From), (*db.Date)(&f.On), &f.Unit, &f.Before, &f.Target, &f.After, &f.Changed, &f.Evidence)
		f.Over = over == 1
		return f, err
	}
}

// Find returns a fact, or core.NotFound.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, k Kind, id core.ID) (Fact, error) {
	s, ok := kinds[k]
	if !ok {
		return Fact{}, core.NotFound
	}
	return db.One(ctx, q, scanFact(k), s.query+` AND `+s.id+` = $2`, realm, id)
}

// Of returns the facts that count for a reader, in the order of their links;
// with over only those of which nothing more will come.
func Of(ctx context.Context, q db.Querier, realm core.RealmID, ref Ref, over bool) ([]Fact, error) {
	uses, err := UsesBy(ctx, q, realm, ref)
	if err != nil {
		return nil, err
	}
	var all []Fact
	for _, u := range uses {
		f, err := Find(ctx, q, realm, u.Kind, u.FactID)
		if err != nil {
			return nil, err
		}
		if f.Over || !over {
			all = append(all, f)
		}
	}
	return all, nil
}

// Targets returns what a fact may count for: everything open of its enterprise,
// or, where one side has none, of the organisations above and below its own. A
// reader and an id narrow it to one; "" and 0 are all.
func Targets(ctx context.Context, q db.Querier, realm core.RealmID, f Fact, only Reader, id core.ID) ([]Target, error) {
	path, err := db.One(ctx, q, db.Text, `SELECT path FROM orgs WHERE realm_id = $1 AND id = $2`, realm, f.Org)
	if err != nil {
		return nil, err
	}
	var all []Target
	for _, reader := range order {
		s, ok := readers[reader]
		if !ok || only != "" && reader != only {
			continue
		}
		query := s.query + ` AND (r.enterprise_id = $2 OR (r.enterprise_id IS NULL OR $2 = 0) AND (substr(o.path, 1, ` + strconv.Itoa(len(path)) + `) = $3 OR substr($3, 1, length(o.path)) = o.path))`
		args := []any{realm, f.Enterprise, path}
		if id != 0 {
			query, args = query+` AND `+s.id+` = $4`, append(args, id)
		}
		found, err := db.All(ctx, q, func(r db.Row) (t Target, err error) {
			t.Reader = reader
			return t, r.Scan(&t.ID, &t.Owner, &t.Title, &t.Of)
		}, query+` ORDER BY 4, 3, 1 LIMIT 200`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// order is the order in which readers are offered.
var order = []Reader{Studio, Skill, Goal, Kept}
