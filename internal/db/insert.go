package db

import (
	"context"
	"strconv"
	"strings"
)

// chunk is how many rows one INSERT carries; more gains nothing on either
// engine.
const chunk = 64

// Insert writes many rows of the same columns in as few statements as the
// engines like. Table and columns are constants of the caller, never input.
func Insert(ctx context.Context, q Querier, table, columns string, rows [][]any) error {
	return insert(ctx, q, table, columns, "", rows)
}

func insert(ctx context.Context, q Querier, table, columns, suffix string, rows [][]any) error {
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
