package db

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"tongpin/internal/core"
)

//go:embed migrations/*.sql
var migrations embed.FS

// words are all that a migration may say differently to each engine.
//
//	{{id}} {{int}} {{date}} {{instant}} {{bool}} {{blob}} {{name}}   types; name is text ordered by bytes
//	{{key}} … {{endkey}}      the row's own key: integer on SQLite, (realm_id, id) on PostgreSQL
//	{{ref "org_id" "orgs"}}   a reference to that key
//	{{strict}}                SQLite's strict typing
//	{{search "person_search"}} {{endsearch}} one token per character, found by phrase
var words = map[engine]template.FuncMap{
	sqliteEngine: {
		"id": say("integer"), "int": say("integer"), "date": say("text"), "instant": say("integer"),
		"bool": say("integer"), "blob": say("blob"), "name": say("text"),
		"key": say("id integer PRIMARY KEY"), "endkey": say(""), "strict": say("STRICT"),
		"ref": func(column, table string) string {
			return "FOREIGN KEY (" + column + ") REFERENCES " + table + " (id)"
		},
		"search": func(table string) string {
			return "CREATE VIRTUAL TABLE " + table + " USING fts5(words, content='', contentless_delete=1, tokenize=\"unicode61 remove_diacritics 0\")"
		},
	},
	postgresEngine: {
		"id": say("bigint"), "int": say("bigint"), "date": say("date"), "instant": say("bigint"),
		"bool": say("boolean"), "blob": say("bytea"), "name": say(`text COLLATE "C"`),
		"key": say("id bigint NOT NULL"), "endkey": say(", PRIMARY KEY (realm_id, id)"), "strict": say(""),
		"ref": func(column, table string) string {
			return "FOREIGN KEY (realm_id, " + column + ") REFERENCES " + table + " (realm_id, id)"
		},
		"search": func(table string) string {
			return "CREATE TABLE " + table + " (id bigint PRIMARY KEY, words tsvector NOT NULL);\n" +
				"CREATE INDEX " + table + "_words ON " + table + " USING gin (words)"
		},
	},
}

func say(s string) func() string { return func() string { return s } }

// Migrate applies, in order, each migration the database has not seen. A
// migration is never edited once released: its hash is checked every time.
// A database made by a later version of the program is refused.
func (d *DB) Migrate(ctx context.Context) error {
	return d.migrate(ctx, migrations)
}

func (d *DB) migrate(ctx context.Context, files fs.FS) error {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	err = d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, hash text NOT NULL)`)
		if err != nil {
			return err
		}
		applied, err := All(ctx, tx, Text, `SELECT name FROM migrations`)
		for _, name := range applied {
			if !known[name] {
				return core.Fail(core.Unavailable, "error.newer_database")
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, name := range names {
		if err := d.Tx(ctx, func(tx *Tx) error { return apply(ctx, tx, files, name) }); err != nil {
			return fmt.Errorf("migrate %s: %w", name, err)
		}
	}
	return d.presume(ctx)
}

func apply(ctx context.Context, tx *Tx, files fs.FS, name string) error {
	file, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(file))
	seen, err := All(ctx, tx, Text, `SELECT hash FROM migrations WHERE name = $1`, name)
	switch {
	case err != nil:
		return err
	case len(seen) == 1 && seen[0] == hash:
		return nil
	case len(seen) == 1:
		return fmt.Errorf("the file was edited after it was applied")
	}
	text, err := expand(tx.engine, name, file)
	if err != nil {
		return err
	}
	for _, statement := range strings.Split(text, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%w in %s", err, statement)
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO migrations (name, hash) VALUES ($1, $2)`, name, hash)
	return err
}

func expand(e engine, name string, file []byte) (string, error) {
	tmpl, err := template.New(name).Funcs(words[e]).Parse(string(file))
	if err != nil {
		return "", err
	}
	var sql strings.Builder
	err = tmpl.Execute(&sql, nil)
	return sql.String(), err
}

// Schema returns the statements of every migration as SQLite reads them; the
// file docs/schema.sql is made of it.
func Schema() (string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, name := range names {
		file, err := migrations.ReadFile(name)
		if err != nil {
			return "", err
		}
		text, err := expand(sqliteEngine, name, file)
		if err != nil {
			return "", err
		}
		all.WriteString(text)
	}
	return all.String(), nil
}

// Columns lists "table.column" for every column, in order. It is how a test
// sees that both engines have the same schema.
func (d *DB) Columns(ctx context.Context) ([]string, error) {
	query := `SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%_search%' ORDER BY 1`
	if d.engine == postgresEngine {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name NOT LIKE '%_search%'
			ORDER BY (table_name || '.' || column_name) COLLATE "C"`
	}
	var all []string
	err := d.View(ctx, func(tx *Tx) (err error) {
		all, err = All(ctx, tx, Text, query)
		return err
	})
	return all, err
}
