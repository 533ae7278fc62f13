package clock

import (
	"context"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

var columns = `
	c.realm_id, c.id, c.kind, c.subject, c.subject_id, c.org_id, c.user_id, c.started_on, c.remind_on, c.due_on, c.snoozed_to, c.provisional,
	c.state, c.reason, c.rule, c.version, o.name, coalesce(so.name, se.name, ae.name, ` + titles("column") + `''), coalesce(so.id, se.id, ae.id, ` + titles("id") + `0), c.input`

var joins = `
	FROM clocks c
	JOIN orgs o ON o.realm_id = c.realm_id AND o.id = c.org_id
	LEFT JOIN orgs so ON so.realm_id = c.realm_id AND so.id = c.subject_id AND c.subject = 'org'
	LEFT JOIN enterprises se ON se.realm_id = c.realm_id AND se.id = c.subject_id AND c.subject = 'enterprise'
	LEFT JOIN appointments sa ON sa.realm_id = c.realm_id AND sa.id = c.subject_id AND c.subject = 'appointment'
	LEFT JOIN enterprises ae ON ae.realm_id = c.realm_id AND ae.id = sa.enterprise_id` + titles("join")

// titles spells what the subjects of the table titled add to a query.
func titles(part string) string {
	var b strings.Builder
	for i, t := range titled {
		w := "w" + strconv.Itoa(i)
		switch part {
		case "column":
			b.WriteString(w + "." + t.column + ", ")
		case "id":
			b.WriteString(w + ".id, ")
		default:
			b.WriteString(`
	LEFT JOIN ` + t.table + ` ` + w + ` ON ` + w + `.realm_id = c.realm_id AND ` + w + `.id = c.subject_id AND c.subject = '` + t.subject + `'`)
		}
	}
	return b.String()
}

func scan(r db.Row) (c Clock, err error) {
	return c, r.Scan(&c.Realm, &c.ID, &c.Kind, &c.Subject, &c.SubjectID, &c.Org, db.Null(&c.User), (*db.Date)(&c.StartedOn),
		(*db.Date)(&c.RemindOn), (*db.Date)(&c.DueOn), (*db.Date)(&c.SnoozedTo), &c.Provisional,
		&c.State, &c.Reason, &c.Rule, &c.Version, &c.OrgName, &c.Name, &c.Target, &c.input)
}

// Find returns one clock, ended or not; core.NotFound if the realm has none.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Clock, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+joins+` WHERE c.realm_id = $1 AND c.id = $2`, realm, id)
}

// Of returns the running clocks about one subject, the most pressing first.
func Of(ctx context.Context, q db.Querier, realm core.RealmID, subject core.ID) ([]Clock, error) {
	args := []any{realm, subject}
	for _, k := range Kinds { // named one by one, so that the index on kind and subject serves
		args = append(args, k)
	}
	return db.All(ctx, q, scan, `SELECT `+columns+joins+`
		WHERE c.realm_id = $1 AND c.subject_id = $2 AND c.kind IN (`+db.Marks(3, len(Kinds))+`) AND c.ended_at IS NULL
		ORDER BY c.due_on, c.id`, args...)
}

// these returns up to eight clocks by id, in the order of the ids.
func these(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.ID) ([]Clock, error) {
	var eight [8]core.ID
	copy(eight[:], ids)
	found, err := db.All(ctx, q, scan, `SELECT `+columns+joins+`
		WHERE c.realm_id = $1 AND c.id IN ($2, $3, $4, $5, $6, $7, $8, $9)`,
		realm, eight[0], eight[1], eight[2], eight[3], eight[4], eight[5], eight[6], eight[7])
	if err != nil {
		return nil, err
	}
	byID := map[core.ID]Clock{}
	for _, c := range found {
		byID[c.ID] = c
	}
	rows := make([]Clock, 0, len(ids))
	for _, id := range ids {
		rows = append(rows, byID[id])
	}
	return rows, nil
}

// all returns a page of the running clocks of a subtree, the most pressing first.
func all(ctx context.Context, q db.Querier, realm core.RealmID, in access.Range, p core.Page) ([]Clock, error) {
	return db.All(ctx, q, scan, `SELECT `+columns+joins+`
		WHERE c.realm_id = $1 AND c.ended_at IS NULL AND o.path >= $2 AND o.path < $3
		ORDER BY c.due_on, c.id LIMIT $4 OFFSET $5`, realm, in.Lo, in.Hi, p.Size, p.Offset())
}

func count(ctx context.Context, q db.Querier, realm core.RealmID, in access.Range) (int, error) {
	return db.One(ctx, q, db.Int, `
		SELECT count(*) FROM clocks c JOIN orgs o ON o.realm_id = c.realm_id AND o.id = c.org_id
		WHERE c.realm_id = $1 AND c.ended_at IS NULL AND o.path >= $2 AND o.path < $3`, realm, in.Lo, in.Hi)
}

// A mark is the little that Today reads of every clock below a place.
type mark struct {
	id      core.ID
	path    string // of the responsible organisation
	mine    bool   // handed to the viewer by name
	due     core.Date
	shownOn core.Date
}

const markText = `
	SELECT c.id, o.path, CASE WHEN c.user_id = $4 THEN 1 ELSE 0 END, c.due_on,
		CASE WHEN c.snoozed_to > c.remind_on THEN c.snoozed_to ELSE c.remind_on END AS shown_on
	FROM clocks c
	JOIN orgs o ON o.realm_id = c.realm_id AND o.id = c.org_id
	WHERE c.realm_id = $1 AND c.ended_at IS NULL AND o.path >= $2 AND o.path < $3
		AND (c.user_id IS NULL OR c.user_id = $4 OR NOT EXISTS (
			SELECT 1 FROM grants g JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $5
			WHERE g.realm_id = c.realm_id AND g.user_id = c.user_id AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'))`

func scanMark(r db.Row) (m mark, err error) {
	return m, r.Scan(&m.id, &m.path, &m.mine, (*db.Date)(&m.due), (*db.Date)(&m.shownOn))
}

// marks calls f with the clocks below a place that are reminded of by that day
// and that nobody else was handed by name, the earliest last day first.
func marks(ctx context.Context, q db.Querier, who access.Actor, in access.Range, by core.Date, f func(mark)) error {
	return db.Each(ctx, q, func(r db.Row) error {
		m, err := scanMark(r)
		if err == nil {
			f(m)
		}
		return err
	}, markText+` AND c.remind_on <= $6 ORDER BY c.due_on, c.id`, who.Realm, in.Lo, in.Hi, who.User, false, db.Date(by))
}

// upcoming returns the next clocks below a place that are shown after a day,
// the soonest first.
func upcoming(ctx context.Context, q db.Querier, who access.Actor, in access.Range, after core.Date) ([]mark, error) {
	return db.All(ctx, q, scanMark, markText+` AND (c.remind_on > $6 OR c.snoozed_to > $6) ORDER BY shown_on, c.due_on, c.id LIMIT 200`,
		who.Realm, in.Lo, in.Hi, who.User, false, db.Date(after))
}

// attended returns the paths of the organisations below a place in which
// somebody else may handle clocks.
func attended(ctx context.Context, q db.Querier, who access.Actor, in access.Range) (map[string]bool, error) {
	paths := map[string]bool{}
	err := db.Each(ctx, q, func(r db.Row) error {
		var path string
		var role access.Role
		if err := r.Scan(&path, &role); err != nil {
			return err
		}
		if access.Allows(role, access.HandleClocks) {
			paths[path] = true
		}
		return nil
	}, `
		SELECT DISTINCT a.path, g.role
		FROM grants g
		JOIN orgs a ON a.realm_id = g.realm_id AND a.id = g.org_id
		JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $5
		WHERE g.realm_id = $1 AND a.path > $2 AND a.path < $3 AND g.user_id <> $4
			AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'`, who.Realm, in.Lo, in.Hi, who.User, false)
	return paths, err
}

// A Below is how many deadlines of an organisation one level below, and of
// those under it, have passed.
type Below struct {
	Org     core.OrgID
	Name    string
	Overdue int
	path    string
}

// children returns the live organisations directly below one, by path.
func children(ctx context.Context, q db.Querier, realm core.RealmID, org core.OrgID) (map[string]Below, error) {
	byPath := map[string]Below{}
	err := db.Each(ctx, q, func(r db.Row) error {
		var b Below
		if err := r.Scan(&b.Org, &b.Name, &b.path); err != nil {
			return err
		}
		byPath[b.path] = b
		return nil
	}, `SELECT id, name, path FROM orgs WHERE realm_id = $1 AND parent_id = $2`, realm, org)
	return byPath, err
}
