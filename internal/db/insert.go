package db

import (
	"context"
	"strconv"
	"strings"
)

// chunk is how many rows one INSERT carries on PostgreSQL, where each is a
// journey. On SQLite each row is one step of one prepared statement: a
// statement of many rows copies every page it touches, to be able to fail
// half way.
const chunk = 64

// Insert writes many rows of the same columns in as few statements as the
// engines like. Table and columns are constants of the caller, never input.
func Insert(ctx context.Context, q Querier, table, columns string, rows [][]any) error {
	return insert(ctx, q, table, columns, "", rows)
}

func insert(ctx context.Context, q Querier, table, columns, suffix string, rows [][]any) error {
	if t, ok := q.(*Tx); ok && t.engine == sqliteEngine {
		return t.insertEach(ctx, table, columns, suffix, rows)
	}
	for len(rows) > 0 {
		n := min(chunk, len(rows))
		args := make([]any, 0, n*len(rows[0]))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := q.Exec(ctx, insertText(table, columns, n, len(rows[0]))+suffix, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (t *Tx) insertEach(ctx context.Context, table, columns, suffix string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	text := "INSERT INTO " + table + " (" + columns + ") VALUES (?" + strings.Repeat(", ?", len(rows[0])-1) + ")" + suffix
	step, err := t.of(ctx)
	if err != nil {
		return err
	}
	step = context.WithoutCancel(step) // the driver starts a goroutine for each statement that may be cancelled
	one, err := t.sql.PrepareContext(step, text)
	if err != nil {
		return classify(err)
	}
	defer one.Close()
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := one.ExecContext(step, row...); err != nil {
			return classify(err)
		}
	}
	return nil
}

func insertText(table, columns string, rows, width int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + columns + ") VALUES ")
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range width {
			if c > 0 {
				b.WriteString(", ")
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(r*width + c + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

// Upsert is Insert with what to do about rows that are there already: conflict
// follows ON CONFLICT and is a constant of the caller. No two rows may have the
// same key.
func Upsert(ctx context.Context, q Querier, table, columns, conflict string, rows [][]any) error {
	return insert(ctx, q, table, columns, " ON CONFLICT "+conflict, rows)
}

// Marks returns n parameters from first on: "$2, $3".
func Marks(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}
