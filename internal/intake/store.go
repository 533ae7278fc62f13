package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/sheet"
)

// layout is what a batch keeps of the sheet besides its rows.
type layout struct {
	Sheets     []string        `json:"sheets,omitempty"`
	Header     int             `json:"header,omitempty"`
	Skipped    []sheet.Skipped `json:"skipped,omitempty"`
	Columns    []sheet.Match   `json:"columns,omitempty"`
	Remembered bool            `json:"remembered,omitempty"`
	Job        int64           `json:"job,omitempty"`
}

func (b *Batch) layout() (string, error) {
	out, err := json.Marshal(layout{b.Sheets, b.Header, b.Skipped, b.Mapping, b.Remembered, int64(b.Job)})
	return string(out), err
}

const batchColumns = `b.id, b.realm_id, b.entity, b.org_id, o.name, b.file_id, f.name, b.sheet, b.mapping, b.fingerprint, b.state, b.whole,
	b.rows_total, b.rows_done, b.created_by, b.created_at, b.checked_at, b.written_at, b.undone_at`

const batchFrom = ` FROM batches b
	JOIN orgs o ON o.realm_id = b.realm_id AND o.id = b.org_id
	JOIN files f ON f.realm_id = b.realm_id AND f.id = b.file_id`

func scanBatch(r db.Row) (b Batch, err error) {
	var mapping string
	err = r.Scan(&b.ID, &b.Realm, &b.Entity, &b.Under, &b.UnderName, &b.File, &b.Name, &b.Sheet, &mapping, &b.Fingerprint, &b.State, &b.Whole,
		&b.Rows, &b.Done, db.Null(&b.CreatedBy), (*db.Instant)(&b.CreatedAt), (*db.Instant)(&b.CheckedAt), (*db.Instant)(&b.WrittenAt),
		(*db.Instant)(&b.UndoneAt))
	if err != nil {
		return b, err
	}
	var l layout
	if err := json.Unmarshal([]byte(mapping), &l); err != nil {
		return b, fmt.Errorf("layout of a batch: %w", err)
	}
	b.Sheets, b.Header, b.Skipped, b.Mapping, b.Remembered, b.Job = l.Sheets, l.Header, l.Skipped, l.Columns, l.Remembered, core.ID(l.Job)
	return b, nil
}

func findBatch(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Batch, error) {
	b, err := db.One(ctx, q, scanBatch, `SELECT `+batchColumns+batchFrom+` WHERE b.realm_id = $1 AND b.id = $2`, realm, id)
	if err != nil {
		return b, err
	}
	b.Counts, err = countVerdicts(ctx, q, realm, id)
	return b, err
}

// batchesUnder returns the newest batches of files sent for an organisation or
// for one below it.
func batchesUnder(ctx context.Context, q db.Querier, realm core.RealmID, under access.Range, limit int) ([]Batch, error) {
	return db.All(ctx, q, scanBatch, `SELECT `+batchColumns+batchFrom+`
		WHERE b.realm_id = $1 AND o.path >= $2 AND o.path < $3 ORDER BY b.id DESC LIMIT $4`, realm, under.Lo, under.Hi, limit)
}

// unfinished returns the newest batch of the same file for the same
// organisation that was begun and not finished, or core.NotFound.
func unfinished(ctx context.Context, q db.Querier, realm core.RealmID, u Upload, sum string) (Batch, error) {
	return db.One(ctx, q, scanBatch, `SELECT `+batchColumns+batchFrom+`
		WHERE b.realm_id = $1 AND b.org_id = $2 AND b.entity = $3 AND f.sha256 = $4 AND b.state IN ('writing', 'stopped') AND ($5 = '' OR b.sheet = $5)
		ORDER BY b.id DESC LIMIT 1`, realm, u.Under, u.Entity, sum, u.Sheet)
}

func insertBatch(ctx context.Context, tx *db.Tx, b *Batch) error {
	mapping, err := b.layout()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO batches (realm_id, id, entity, org_id, file_id, sheet, mapping, fingerprint, state, whole, rows_total, rows_done, created_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		b.Realm, b.ID, b.Entity, b.Under, b.File, b.Sheet, mapping, b.Fingerprint, b.State, b.Whole, b.Rows, b.Done, db.Null(&b.CreatedBy),
		db.Instant(b.CreatedAt))
	return err
}

// save stores what changes of a batch while it goes through its steps. was is
// the state in which it must be: another one is core.Conflict.
func (b *Batch) save(ctx context.Context, tx *db.Tx, was State) error {
	mapping, err := b.layout()
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE batches SET sheet = $4, mapping = $5, fingerprint = $6, state = $7, whole = $8, rows_total = $9, rows_done = $10,
			checked_at = $11, written_at = $12, undone_at = $13
		WHERE realm_id = $1 AND id = $2 AND state = $3`,
		b.Realm, b.ID, was, b.Sheet, mapping, b.Fingerprint, b.State, b.Whole, b.Rows, b.Done, db.Instant(b.CheckedAt), db.Instant(b.WrittenAt),
		db.Instant(b.UndoneAt))
	if err == nil && n == 0 {
		err = core.Fail(core.Conflict, "intake.moved_on")
	}
	return err
}

func countVerdicts(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (map[Verdict]int, error) {
	counts := map[Verdict]int{}
	return counts, db.Each(ctx, q, func(r db.Row) error {
		var v Verdict
		var n int
		err := r.Scan(&v, &n)
		counts[v] = n
		return err
	}, `SELECT verdict, count(*) FROM batch_rows WHERE realm_id = $1 AND batch_id = $2 GROUP BY verdict`, realm, id)
}

const rowColumns = `row_number, title, place, verdict, problems, changes, subject_id`

func scanRow(r db.Row) (w Row, err error) {
	var problems, changes string
	return w, firstError(
		func() error {
			return r.Scan(&w.Number, &w.Title, &w.Place, &w.Verdict, &problems, &changes, db.Null(&w.Subject))
		},
		func() error { return decode(problems, &w.Problems) },
		func() error { return decode(changes, &w.Changes) },
	)
}

func firstError(steps ...func() error) error {
	for _, f := range steps {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func decode(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

func encode[T any](all []T) (string, error) {
	if len(all) == 0 {
		return "", nil
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// rowsOf returns rows of a batch in their order. only is a verdict, or "" for
// every one; limit 0 means all.
func rowsOf(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID, only Verdict, limit, offset int) ([]Row, error) {
	if limit == 0 {
		limit = 1 << 30
	}
	return db.All(ctx, q, scanRow, `
		SELECT `+rowColumns+` FROM batch_rows
		WHERE realm_id = $1 AND batch_id = $2 AND ($3 = '' OR verdict = $3) ORDER BY row_number LIMIT $4 OFFSET $5`, realm, id, only, limit, offset)
}

// rowsToSee returns the rows that are not unchanged.
func rowsToSee(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID, limit, offset int) ([]Row, error) {
	return db.All(ctx, q, scanRow, `
		SELECT `+rowColumns+` FROM batch_rows
		WHERE realm_id = $1 AND batch_id = $2 AND verdict <> 'unchanged' ORDER BY row_number LIMIT $3 OFFSET $4`, realm, id, limit, offset)
}

// A kept row is a stored row with its sealed memo.
type kept struct {
	Row
	memo []byte
}

// keptRows returns every row of a batch with its memo.
func keptRows(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) ([]kept, error) {
	memos, err := db.All(ctx, q, func(r db.Row) (b []byte, err error) { return b, r.Scan(&b) }, `
		SELECT undo FROM batch_rows WHERE realm_id = $1 AND batch_id = $2 ORDER BY row_number`, realm, id)
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf(ctx, q, realm, id, "", 0, 0)
	if err != nil {
		return nil, err
	}
	all := make([]kept, len(rows))
	for i := range rows {
		all[i] = kept{rows[i], memos[i]}
	}
	return all, nil
}

// putRows stores the verdicts of a part of a batch, over those that stand there.
func (r *run) putRows(ctx context.Context, tx *db.Tx, part []*line) error {
	rows := make([][]any, len(part))
	for i, l := range part {
		problems, err := encode(l.Problems)
		if err != nil {
			return err
		}
		changes, err := encode(l.Changes)
		if err != nil {
			return err
		}
		sealed, err := r.sealMemo(l)
		if err != nil {
			return err
		}
		rows[i] = []any{r.who.Realm, r.batch, l.Number, l.Title, l.Place, l.Verdict, problems, changes, db.Null(&l.Subject), sealed}
	}
	return db.Upsert(ctx, tx, "batch_rows", "realm_id, batch_id, row_number, title, place, verdict, problems, changes, subject_id, undo",
		`(realm_id, batch_id, row_number) DO UPDATE SET title = excluded.title, place = excluded.place, verdict = excluded.verdict,
			problems = excluded.problems, changes = excluded.changes, subject_id = excluded.subject_id, undo = excluded.undo`, rows)
}

// remembered returns the mapping that was last used for such a header, or nil.
func remembered(ctx context.Context, q db.Querier, realm core.RealmID, under core.OrgID, e Entity, fingerprint string) (map[int]string, error) {
	all, err := db.All(ctx, q, db.Text, `
		SELECT mapping FROM mappings WHERE realm_id = $1 AND org_id = $2 AND entity = $3 AND fingerprint = $4`, realm, under, e, fingerprint)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	keys := map[int]string{}
	return keys, json.Unmarshal([]byte(all[0]), &keys)
}

// rememberMapping keeps what the columns of such a header mean. A column that
// is left out is remembered as such.
func rememberMapping(ctx context.Context, tx *db.Tx, b Batch, now time.Time) error {
	keys := map[int]string{}
	for _, c := range b.Mapping {
		keys[c.Column] = c.Key
	}
	m, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return db.Upsert(ctx, tx, "mappings", "realm_id, org_id, entity, fingerprint, mapping, used_at",
		"(realm_id, org_id, entity, fingerprint) DO UPDATE SET mapping = excluded.mapping, used_at = excluded.used_at",
		[][]any{{b.Realm, b.Under, b.Entity, b.Fingerprint, string(m), db.Instant(now)}})
}
