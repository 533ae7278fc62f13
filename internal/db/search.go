package db

import (
	"context"
	"strconv"
	"strings"
)

// A SearchTable finds rows by the words of a text, one word per character of
// Chinese and per folded Latin word (package names makes them). It has a
// spelling of its own on each engine: FTS5, or a tsvector with a GIN index.
type SearchTable string

// The search tables.
const (
	OrgSearch        SearchTable = "org_search"
	EnterpriseSearch SearchTable = "enterprise_search"
	PersonSearch     SearchTable = "person_search"
	ProjectSearch    SearchTable = "project_search"
)

// Index makes a row findable by these words, in this order. A row that is
// already indexed is removed first by Unindex.
func (s SearchTable) Index(ctx context.Context, tx *Tx, id int64, words []string) error {
	_, err := tx.Exec(ctx, `INSERT INTO `+string(s)+` (`+s.id(tx)+`, words) VALUES ($1, `+s.cast(tx, "$2", "tsvector")+`)`,
		id, s.document(tx, words))
	return err
}

// IndexMany is Index for many new rows.
func (s SearchTable) IndexMany(ctx context.Context, tx *Tx, ids []int64, words [][]string) error {
	rows := make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{id, s.document(tx, words[i])}
	}
	return Insert(ctx, tx, string(s), s.id(tx)+", words", rows)
}

// id is the name of the column that holds the row's id.
func (s SearchTable) id(tx *Tx) string {
	if tx.engine == postgresEngine {
		return "id"
	}
	return "rowid"
}

// Unindex forgets a row.
func (s SearchTable) Unindex(ctx context.Context, tx *Tx, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM `+string(s)+` WHERE `+s.id(tx)+` = $1`, id)
	return err
}

// Join returns the text that joins the table's matches as m.id to a query, to
// stand after FROM; the words to look for are the parameter that param names,
// as Phrase spells them. Rows come in no order.
//
//	SELECT … FROM `+PersonSearch.Join(tx, "$2")+` JOIN persons p ON p.id = m.id
func (s SearchTable) Join(tx *Tx, param string) string {
	if tx.engine == postgresEngine {
		return `(SELECT id FROM ` + string(s) + ` WHERE words @@ CAST(` + param + ` AS tsquery)) m`
	}
	return `(SELECT rowid AS id FROM ` + string(s) + ` WHERE words MATCH ` + param + `) m`
}

// Phrase spells the words, which must stand next to each other, as the engine
// wants them.
func (s SearchTable) Phrase(tx *Tx, words []string) string {
	if tx.engine == postgresEngine {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = lexeme(w)
		}
		return strings.Join(quoted, " <-> ")
	}
	return `"` + strings.ReplaceAll(strings.Join(words, " "), `"`, `""`) + `"`
}

// Pairs spells that any two neighbouring words stand next to each other.
func (s SearchTable) Pairs(tx *Tx, words []string) string {
	or, pairs := " OR ", []string{}
	if tx.engine == postgresEngine {
		or = " | "
	}
	for i := range len(words) - 1 {
		pairs = append(pairs, s.Phrase(tx, words[i:i+2]))
	}
	return strings.Join(pairs, or)
}

// AnyPair is Join for the best matches of what Pairs spells, at most so many.
func (s SearchTable) AnyPair(tx *Tx, param string, most int) string {
	if tx.engine == postgresEngine {
		return `(SELECT id FROM ` + string(s) + ` WHERE words @@ CAST(` + param + ` AS tsquery) ORDER BY ts_rank(words, CAST(` + param + ` AS tsquery)) DESC LIMIT ` + strconv.Itoa(most) + `) m`
	}
	return `(SELECT rowid AS id FROM ` + string(s) + ` WHERE words MATCH ` + param + ` ORDER BY rank LIMIT ` + strconv.Itoa(most) + `) m`
}

func (s SearchTable) document(tx *Tx, words []string) string {
	if tx.engine == sqliteEngine {
		return strings.Join(words, " ")
	}
	var b strings.Builder
	for i, w := range words {
		b.WriteString(lexeme(w))
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteByte(' ')
	}
	return b.String()
}

func (s SearchTable) cast(tx *Tx, param, kind string) string {
	if tx.engine == postgresEngine {
		return "CAST(" + param + " AS " + kind + ")"
	}
	return param
}

func lexeme(w string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(w) + "'"
}
