package bench

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// A floor is the same data in the plainest tables.
type floor struct{ db *sql.DB }

const floorSchema = `
CREATE TABLE orgs(id INTEGER PRIMARY KEY, parent INTEGER, level INTEGER, name TEXT, path TEXT, district INTEGER);
CREATE TABLE members(id INTEGER PRIMARY KEY, name TEXT NOT NULL, sex TEXT, born TEXT, idno TEXT, phone TEXT, status TEXT NOT NULL, org_id INTEGER NOT NULL, org_path TEXT NOT NULL, district INTEGER, park INTEGER, joined TEXT, education TEXT, position TEXT)`

var floorIndexes = []string{
	`CREATE INDEX m_path ON members(org_path)`,
	`CREATE INDEX m_status ON members(status, name, org_path)`,
	`CREATE INDEX m_district ON members(district, status, name)`,
	`CREATE INDEX m_park ON members(park, status, name)`,
}

func openFloor(ctx context.Context, path string) (*floor, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	for _, s := range strings.Split(floorSchema, ";\n") {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return &floor{db}, nil
}

const floorInsert = `INSERT INTO members(id, name, sex, born, idno, phone, status, org_id, org_path, district, park, joined, education, position) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)`

// load imports n people in transactions of 20,000 and builds the indexes.
func (f *floor) load(ctx context.Context, t []node, n int) error {
	p := newPeople(t)
	for done := 0; done < n; {
		tx, err := f.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, floorInsert) //nolint:sqlclosecheck // it closes with the transaction
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		for i := 0; i < 20000 && done < n; i++ {
			e, at := p.next()
			o := t[at]
			done++
			if _, err := insert.ExecContext(ctx, done, e.Name, e.Sex, e.BornOn.String(), e.IDNumber, e.Phone, e.Kind, at+1, o.path, o.district+1, park(o.path), e.JoinedOn.String(), e.Education, e.Position); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	for _, s := range floorIndexes {
		if _, err := f.db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// park is the third number of a path, or "".
func park(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}

// search builds the table of names, one word per character.
func (f *floor) search(ctx context.Context) error {
	if _, err := f.db.ExecContext(ctx, `CREATE VIRTUAL TABLE names USING fts5(words, content='', detail=full)`); err != nil {
		return err
	}
	rows, err := f.db.QueryContext(ctx, `SELECT id, name FROM members`)
	if err != nil {
		return err
	}
	defer rows.Close()
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO names(rowid, words) VALUES(?, ?)`) //nolint:sqlclosecheck // it closes with the transaction
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, id, spaced(name)); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = f.db.ExecContext(ctx, "ANALYZE")
	return err
}

func spaced(name string) string { return strings.Join(strings.Split(name, ""), " ") }

const floorColumns = `m.id, m.name, m.sex, m.born, m.idno, m.phone, m.status, m.org_id, m.org_path, m.district, m.joined, m.education, m.position`

// many reads rows as a server would, into memory, and returns how many.
func (f *floor) many(ctx context.Context, query string, args ...any) (int, error) {
	rows, err := f.db.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id, org, district int
		var s [10]string
		if err := rows.Scan(&id, &s[0], &s[1], &s[2], &s[3], &s[4], &s[5], &org, &s[6], &district, &s[7], &s[8], &s[9]); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}

func (f *floor) read(ctx context.Context, id int) (int, error) {
	return f.many(ctx, `SELECT `+floorColumns+` FROM members m WHERE id = ?`, id)
}

func (f *floor) page(ctx context.Context, district int) (int, error) {
	return f.many(ctx, `SELECT `+floorColumns+` FROM members m WHERE district = ? AND status = 'full' ORDER BY name LIMIT 50 OFFSET 450`, district)
}

func (f *floor) find(ctx context.Context, name string) (int, error) {
	return f.many(ctx, `SELECT `+floorColumns+` FROM names JOIN members m ON m.id = names.rowid WHERE names MATCH ? LIMIT 50`, `"`+spaced(name)+`"`)
}

func (f *floor) rollup(ctx context.Context) (int, error) {
	rows, err := f.db.QueryContext(ctx, `SELECT district, status, count(*) FROM members GROUP BY 1, 2`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}
