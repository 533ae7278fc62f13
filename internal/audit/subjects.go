package audit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// An entry about many records keeps their ids beside it, in parts; in the entry
// itself stand their number and their hash, so that the chain covers them.
const (
	partOf      = 512 // ids of one part
	countKey    = "subjects"
	subjectsKey = "subjects_hash"
)

// WriteAbout is Write for one entry about many records, such as an export: About
// finds it by each of them. After may tell more.
func WriteAbout(ctx context.Context, tx *db.Tx, now time.Time, e Entry, after map[string]any, ids []core.ID) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	sum := sha256.New()
	var parts [][]any
	for part := range slices.Chunk(ids, partOf) {
		b := pack(part)
		_, _ = sum.Write(b)
		parts = append(parts, []any{int64(e.By.Realm), int64(0), int64(len(parts)), int64(part[0]), int64(part[len(part)-1]), b})
	}
	e.After = merged(after, map[string]any{countKey: len(ids), subjectsKey: hex.EncodeToString(sum.Sum(nil))})
	id, err := write(ctx, tx, now, e)
	if err != nil {
		return err
	}
	for _, p := range parts {
		p[1] = int64(id)
	}
	return db.Insert(ctx, tx, "journal_subjects", "realm_id, entry_id, part, first_id, last_id, ids", parts)
}

func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return all
}

// pack writes sorted ids as their differences.
func pack(ids []core.ID) []byte {
	var b []byte
	var last core.ID
	for _, id := range ids {
		b = binary.AppendUvarint(b, uint64(id-last))
		last = id
	}
	return b
}

// holds reports whether pack wrote the id.
func holds(b []byte, id core.ID) bool {
	var at core.ID
	for len(b) > 0 && at < id {
		d, n := binary.Uvarint(b)
		if n <= 0 {
			return false
		}
		at += core.ID(d)
		b = b[n:]
	}
	return at == id
}

// About returns the entries about one record, newest first: those that name it,
// and those about many of which it is one; and how many there are in all. An
// entry that was changed after it was written is an error.
func About(ctx context.Context, q db.Querier, realm core.RealmID, subject string, id core.ID, page core.Page) ([]Entry, int, error) {
	scanID := func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }
	ids, err := db.All(ctx, q, scanID, `SELECT id FROM journal WHERE realm_id = $1 AND subject_id = $2 AND subject = $3`, realm, id, subject)
	if err != nil {
		return nil, 0, err
	}
	err = db.Each(ctx, q, func(r db.Row) error {
		var entry core.ID
		var b []byte
		if err := r.Scan(&entry, &b); err != nil {
			return err
		}
		if holds(b, id) {
			ids = append(ids, entry)
		}
		return nil
	}, `SELECT entry_id, ids FROM journal_subjects WHERE realm_id = $1 AND first_id <= $2 AND last_id >= $2`, realm, id)
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(ids, func(a, b core.ID) int { return cmp.Compare(b, a) })
	ids = slices.Compact(ids)
	page = page.Clean()
	var all []Entry
	for _, id := range ids[min(page.Offset(), len(ids)):min(page.Offset()+page.Size, len(ids))] {
		e, err := db.One(ctx, q, scan, `SELECT `+Columns+` FROM `+From+` WHERE j.realm_id = $1 AND j.id = $2`, realm, id)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, e)
	}
	return all, len(ids), nil
}

// claim remembers what an entry says of the many that it is about.
func (v *verifier) claim(entry core.ID, w *raw) {
	after, _ := w[11].(string)
	if !strings.Contains(after, subjectsKey) {
		return
	}
	var said struct {
		Count int    `json:"subjects"`
		Hash  string `json:"subjects_hash"`
	}
	if json.Unmarshal([]byte(after), &said) == nil && said.Hash != "" { // else it was changed, which is told already
		v.claims[entry] = fmt.Sprint(said.Count, " ", said.Hash)
	}
}

// subjects compares the ids kept beside the entries with what these say.
func (v *verifier) subjects() error {
	var all []byte
	there := map[core.ID]string{}
	var at core.ID
	end := func() {
		if at != 0 {
			sum := sha256.Sum256(all)
			n := 0
			for _, b := range all { // the last byte of a varint has no high bit
				if b < 0x80 {
					n++
				}
			}
			there[at] = fmt.Sprint(n, " ", hex.EncodeToString(sum[:]))
		}
		all = all[:0]
	}
	err := db.Each(v.ctx, v.tx, func(r db.Row) error {
		var entry core.ID
		var part, first, last int64
		var b []byte
		if err := r.Scan(&entry, &part, &first, &last, &b); err != nil {
			return err
		}
		if entry != at {
			end()
			at = entry
		}
		all = append(all, b...)
		v.erased(entry, b)
		if lo, hi := bounds(b); lo != first || hi != last {
			all = append(all, 0) // found by other ids than it holds: no hash fits
		}
		return nil
	}, `SELECT entry_id, part, first_id, last_id, ids FROM journal_subjects WHERE realm_id = $1 ORDER BY entry_id, part`, v.realm)
	if err != nil {
		return err
	}
	end()
	for entry, want := range v.claims {
		if got := there[entry]; got != want && !(got == "" && want == nobody) {
			v.tell(0, entry, "audit.found.subjects", entry.String())
		}
		delete(there, entry)
	}
	for entry := range there {
		v.tell(0, entry, "audit.found.subjects", entry.String())
	}
	return nil
}

// nobody is what an entry about none says.
var nobody = fmt.Sprint(0, " ", hex.EncodeToString(sha256.New().Sum(nil)))

// bounds returns the first and the last id that pack wrote.
func bounds(b []byte) (first, last int64) {
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 {
			return 0, 0
		}
		last += int64(d)
		if first == 0 {
			first = last
		}
		b = b[n:]
	}
	return first, last
}
