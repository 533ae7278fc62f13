package journal

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// A List is a page of entries, newest first.
type List struct {
	Rows []Row
	Org  string // where it is looked at from
	More bool   // there are older ones
}

// Sizes of a page, and of a file.
const (
	pageSize = 50
	pageMost = 200
	MostRows = 100_000
)

// List returns a page of the journal of an organisation and everything below
// it.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (List, error) {
	if q.Size < 1 || q.Size > pageMost {
		q.Size = pageSize
	}
	var l List
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		in, err := s.require(ctx, tx, who, &q, &l)
		if err != nil {
			return err
		}
		err = s.each(ctx, tx, who.Realm, q, in, q.Size+1, func(r Row) error {
			l.Rows = append(l.Rows, r)
			return nil
		})
		if err != nil {
			return err
		}
		if len(l.Rows) > q.Size {
			l.Rows, l.More = l.Rows[:q.Size], true
		}
		return name(ctx, tx, who.Realm, l.Rows)
	})
	return l, err
}

// name puts names where changes speak of organisations and enterprises by their
// ids.
func name(ctx context.Context, q db.Querier, realm core.RealmID, rows []Row) error {
	known := map[string]string{}
	say := func(s *string) error {
		id, err := core.ParseID(*s)
		if err != nil || id.String() != *s {
			return nil
		}
		if _, ok := known[*s]; !ok {
			found, err := db.All(ctx, q, db.Text, `
				SELECT name FROM orgs WHERE realm_id = $1 AND id = $2 UNION ALL SELECT name FROM enterprises WHERE realm_id = $1 AND id = $2`, realm, id)
			if err != nil {
				return err
			}
			known[*s] = strings.Join(append(found, *s)[:1], "")
		}
		*s = known[*s]
		return nil
	}
	for i := range rows {
		for j := range rows[i].Changes {
			c := &rows[i].Changes[j]
			if err := errors.Join(say(&c.From), say(&c.To)); err != nil {
				return err
			}
		}
	}
	return nil
}

// start is when a day begins.
func start(d core.Date, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// require asks for the right to read the journal where it is looked at from.
func (s *Service) require(ctx context.Context, tx *db.Tx, who access.Actor, q *Query, l *List) (access.Range, error) {
	if err := access.Require(ctx, tx, who, access.SeeJournal, q.Under); err != nil {
		return access.Range{}, err
	}
	if err := q.Check(); err != nil {
		return access.Range{}, err
	}
	in, err := access.RangeOf(ctx, tx, who.Realm, q.Under)
	if err != nil {
		return in, err
	}
	l.Org, err = db.One(ctx, tx, db.Text, `SELECT name FROM orgs WHERE realm_id = $1 AND id = $2`, who.Realm, q.Under)
	return in, err
}

// Export gives every entry of a query, newest first, one at a time, to f. The
// journal tells of it. More than MostRows are core.Invalid.
func (s *Service) Export(ctx context.Context, who access.Actor, q Query, f func(Row) error) error {
	now := s.Now()
	entry := audit.Entry{
		By: who.By(), Action: "export.journal", Org: q.Under, Subject: "org", SubjectID: core.ID(q.Under),
		After: map[string]any{"user": q.User, "family": q.Family, "outcome": q.Outcome, "subject": q.Subject, "from": q.From, "to": q.To},
	}
	var l List
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := s.require(ctx, tx, who, &q, &l); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, entry)
	})
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		if jerr := audit.Refused(ctx, s.DB, now, entry, err); jerr != nil {
			return jerr
		}
	}
	if err != nil {
		return err
	}
	return s.DB.View(ctx, func(tx *db.Tx) error {
		in, err := s.require(ctx, tx, who, &q, &l)
		if err != nil {
			return err
		}
		n := 0
		return s.each(ctx, tx, who.Realm, q, in, MostRows+1, func(r Row) error {
			if n++; n > MostRows {
				return core.Fail(core.Invalid, "journal.export.many", MostRows)
			}
			return f(r)
		})
	})
}

// Who returns the account of a login or of a name that one account alone has;
// core.Invalid otherwise.
func (s *Service) Who(ctx context.Context, who access.Actor, words string) (core.UserID, error) {
	var all []core.UserID
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.SeeJournal); err != nil {
			return err
		}
		var err error
		all, err = db.All(ctx, tx, func(r db.Row) (id core.UserID, err error) { return id, r.Scan(&id) },
			`SELECT id FROM users WHERE realm_id = $1 AND (login_key = $2 OR name = $3) ORDER BY login_key <> $2, id LIMIT 2`,
			who.Realm, names.Fold(words), names.Width(words))
		return err
	})
	if err != nil {
		return 0, err
	}
	var f core.Fields
	f.If(len(all) == 0, "who", "journal.who.unknown", words)
	f.If(len(all) > 1, "who", "journal.who.many", words)
	if err := f.Err(); err != nil {
		return 0, err
	}
	return all[0], nil
}

// Name returns the name of an account, for who may read the journal.
func (s *Service) Name(ctx context.Context, who access.Actor, user core.UserID) (name string, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.SeeJournal); err != nil {
			return err
		}
		name, err = db.One(ctx, tx, db.Text, `SELECT name FROM users WHERE realm_id = $1 AND id = $2`, who.Realm, user)
		return err
	})
	return name, err
}

// each gives the entries of a query to f. Its text is put together of constants:
// only the conditions that are asked for are there, so that the index of each
// can be used.
func (s *Service) each(ctx context.Context, tx *db.Tx, realm core.RealmID, q Query, in access.Range, limit int, f func(Row) error) error {
	text := `SELECT ` + audit.Columns + `, coalesce(u.name, ''), coalesce(o.name, ''), coalesce(so.name, se.name, su.name, ''), coalesce(l.seq, 0)
		FROM ` + audit.From + `
		LEFT JOIN users u ON u.realm_id = j.realm_id AND u.id = j.user_id
		LEFT JOIN orgs o ON o.realm_id = j.realm_id AND o.id = j.org_id
		LEFT JOIN orgs so ON so.realm_id = j.realm_id AND so.id = j.subject_id AND j.subject = 'org'
		LEFT JOIN enterprises se ON se.realm_id = j.realm_id AND se.id = j.subject_id AND j.subject = 'enterprise'
		LEFT JOIN users su ON su.realm_id = j.realm_id AND su.id = j.subject_id AND j.subject = 'user'
		LEFT JOIN journal_links l ON l.realm_id = j.realm_id AND l.id = j.id
		WHERE j.realm_id = $1`
	args := []any{realm}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	top := !slices.Contains([]byte(in.Lo[:len(in.Lo)-1]), '.')
	inside := `o.path >= ` + arg(in.Lo) + ` AND o.path < ` + arg(in.Hi)
	if top {
		inside = `(j.org_id IS NULL OR ` + inside + `)`
	}
	text += ` AND ` + inside
	if q.User != 0 {
		text += ` AND j.user_id = ` + arg(q.User)
	}
	if q.Family != "" {
		text += ` AND substr(j.action, 1, ` + arg(len(q.Family)+1) + `) = ` + arg(q.Family+".")
	}
	if q.Outcome != "" {
		text += ` AND j.outcome = ` + arg(q.Outcome)
	}
	if q.Subject != 0 {
		text += ` AND j.subject_id = ` + arg(q.Subject)
	}
	zone := s.Now().Location()
	if !q.From.IsZero() {
		text += ` AND j.at >= ` + arg(db.Instant(start(q.From, zone)))
	}
	if !q.To.IsZero() {
		text += ` AND j.at < ` + arg(db.Instant(start(q.To.AddDays(1), zone)))
	}
	if q.Before != 0 {
		text += ` AND j.id < ` + arg(q.Before)
	}
	text += ` ORDER BY j.id DESC LIMIT ` + arg(limit)
	return db.Each(ctx, tx, func(r db.Row) error {
		var row Row
		e, whole, err := audit.Read(r, &row.Who, &row.OrgName, &row.SubjectName, &row.Seq)
		if err != nil {
			return err
		}
		row.ID, row.At, row.Via, row.User, row.Action, row.Outcome = e.ID, e.At.In(zone), e.By.Via, e.By.User, e.Action, e.Outcome
		row.Org, row.Subject, row.SubjectID, row.Note, row.Whole, row.Erased = e.Org, e.Subject, e.SubjectID, e.Note, whole, e.Erased
		row.Changes = changes(e)
		return f(row)
	}, text, args...)
}
