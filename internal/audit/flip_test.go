package audit_test

import (
	"crypto/ed25519"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tongpin/internal/audit"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// A cell is one value of one stored row, which its table knows by a number.
type cell struct {
	table, column, key string
	row                int64
	value              any
}

// stored is every column of the tables; the second one names the row.
var stored = map[string]string{
	"journal":             "realm_id, id, at, via, user_id, action, outcome, org_id, subject, subject_id, before_state, after_state, note, digest, hash",
	"journal_links":       "realm_id, id, seq, hash",
	"journal_bodies":      "realm_id, id, salt, body",
	"journal_checkpoints": "realm_id, seq, hash, at, signature",
}

func (w world) cells() (all []cell) {
	w.t.Helper()
	for table, list := range stored {
		columns := strings.Split(list, ", ")
		w.tx(func(tx *db.Tx) error {
			return db.Each(w.t.Context(), tx, func(r db.Row) error {
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				if err := r.Scan(into...); err != nil {
					return err
				}
				for i, v := range values {
					all = append(all, cell{table, columns[i], columns[1], values[1].(int64), v})
				}
				return nil
			}, "SELECT "+list+" FROM "+table)
		})
	}
	return all
}

// flipped returns the value with one bit turned over; nil is taken for zero.
// ok is false where no column holds the outcome.
func (c cell) flipped(r *rand.Rand) (v any, ok bool) {
	s, text := c.value.(string)
	blob, bytes := c.value.([]byte)
	switch {
	case bytes:
		b := slices.Clone(blob)
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		return b, true
	case !text:
		n, _ := c.value.(int64)
		return n ^ 1<<r.IntN(63), true
	case s == "":
		return nil, false
	}
	b := []byte(s)
	i := r.IntN(len(b))
	b[i] ^= 1 << r.IntN(8)
	return string(b), b[i] != 0 && utf8.Valid(b)
}

// put writes a value where another one stood.
func (w world) put(c cell, row int64, v any) error {
	return w.DB.Tx(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), "UPDATE "+c.table+" SET "+c.column+" = $1 WHERE "+c.key+" = $2", v, row)
		return err
	})
}

// TestEveryFlippedBitIsFound turns single bits over in stored values, one at a
// time, and asks each time.
func TestEveryFlippedBitIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for range 3 {
			w.write(1, 4)
			w.chain()
		}
		all, r := w.cells(), rand.New(rand.NewPCG(7, 11))
		for flips := 0; flips < 1000; {
			c := all[r.IntN(len(all))]
			v, ok := c.flipped(r)
			if !ok || w.put(c, c.row, v) != nil {
				continue
			}
			flips++
			if report, _ := w.verify(""); report.Findings == 0 {
				t.Errorf("%s.%s of row %d: %v became %v and nobody noticed", c.table, c.column, c.row, c.value, v)
			}
			row := c.row
			if c.column == c.key {
				row = v.(int64)
			}
			if err := w.put(c, row, c.value); err != nil {
				t.Fatal(err)
			}
		}
		w.finds("")
	})
}

func TestEveryFlippedBitOfTheFileIsFound(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.File = filepath.Join(t.TempDir(), "checkpoints")
	for range 3 {
		w.write(1, 2)
		w.chain()
	}
	text, err := os.ReadFile(w.File)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged")
	r := rand.New(rand.NewPCG(19, 23))
	for range 500 {
		i := r.IntN(len(text) * 8)
		b := []byte(string(text))
		b[i/8] ^= 1 << (i % 8)
		if err := os.WriteFile(damaged, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, _ := w.verify(damaged); r.Findings == 0 {
			t.Errorf("bit %d of %q became %q and nobody noticed", i%8, text[i/8], b[i/8])
		}
	}
}

// TestEveryFlippedBitOfTheDatabaseIsFound turns bits over in the rows as SQLite
// keeps them, lengths and types included.
func TestEveryFlippedBitOfTheDatabaseIsFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tongpin.db")
	d, err := db.OpenWith(t.Context(), path, db.Scratch)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, d)
	w.write(1, 12)
	w.chain()
	var marks []string
	for _, c := range w.cells() {
		if c.column == "hash" || c.column == "signature" {
			marks = append(marks, c.value.(string))
		}
		if salt, ok := c.value.([]byte); ok {
			marks = append(marks, string(salt))
		}
	}
	if err := d.Close(); err != nil { // also ends the log of writes
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, r := leaves(file, marks), rand.New(rand.NewPCG(13, 17))
	if len(rows) != 12+12+4+1 {
		t.Fatalf("%d rows were found in the file", len(rows))
	}
	for range 400 {
		row := rows[r.IntN(len(rows))]
		at, bit := row[0]+r.IntN(row[1]-row[0]), r.IntN(8)
		if at == row[2] {
			continue
		}
		file[at] ^= 1 << bit
		if !noticed(t, file) {
			t.Errorf("byte %d of the row at %d, bit %d: nobody noticed", at-row[0], row[0], bit)
		}
		file[at] ^= 1 << bit
	}
	if noticed(t, file) {
		t.Error("the database is sound, and something was found")
	}
}

// noticed reports whether a database file is refused or Verify finds something.
func noticed(t *testing.T, file []byte) bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tongpin.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.OpenWith(t.Context(), path, db.Scratch)
	if err != nil {
		return true
	}
	defer d.Close()
	c := &audit.Chain{DB: d, Now: func() time.Time { return now }, Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	r, err := c.Verify(t.Context(), "", func(audit.Finding) {})
	return err != nil || r.Findings > 0
}

// leaves returns where in the file the rows of tables begin and end that hold
// one of the marks: length, key and record of each. The third number is the
// byte of the record's head that stands for the key, which SQLite never reads,
// because the key stands before the record.
func leaves(file []byte, marks []string) (rows [][3]int) {
	size := int(binary.BigEndian.Uint16(file[16:]))
	for page := size; page < len(file); page += size {
		if file[page] != 0x0d { // a leaf of a table
			continue
		}
		for i := range int(binary.BigEndian.Uint16(file[page+3:])) {
			at := page + int(binary.BigEndian.Uint16(file[page+8+2*i:]))
			length, n := varint(file[at:])
			_, m := varint(file[at+n:])
			end := at + n + m + length
			if length > size-35 {
				continue
			}
			for _, mark := range marks {
				if strings.Contains(string(file[at:end]), mark) {
					unread := at + n + m + 1
					if file[unread] != 0 { // a table without such a key
						unread = 0
					}
					rows = append(rows, [3]int{at, end, unread})
					break
				}
			}
		}
	}
	return rows
}

// varint reads SQLite's big-endian number of seven bits a byte.
func varint(b []byte) (v, n int) {
	for n = range 8 {
		v = v<<7 | int(b[n]&0x7f)
		if b[n] < 0x80 {
			return v, n + 1
		}
	}
	return v<<8 | int(b[8]), 9
}
