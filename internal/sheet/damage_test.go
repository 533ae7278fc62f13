package sheet_test

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
)

// unpack returns the parts of a workbook.
func unpack(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(b)
	}
	return parts
}

// damage flips a bit, cuts a piece out or repeats one, a few times.
func damage(r *rand.Rand, b []byte) []byte {
	for range 1 + r.IntN(3) {
		i := r.IntN(len(b))
		switch r.IntN(3) {
		case 0:
			b[i] ^= 1 << r.IntN(8)
		case 1:
			b = slices.Delete(b, i, min(len(b)-1, i+r.IntN(50)+1))
		case 2:
			b = slices.Insert(b, i, b[i:min(len(b), i+r.IntN(200))]...)
		}
	}
	return b
}

// TestWhatOpensCanBeRefusedAndReadAgain damages a ledger in many ways. Each
// copy is refused with a sentence, or all that is done with it works.
func TestWhatOpensCanBeRefusedAndReadAgain(t *testing.T) {
	parts := unpack(t, "testdata/rosters/units.xlsx")
	names := []string{"xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"}
	r := rand.New(rand.NewPCG(1, 2))
	opened := 0
	for range 300 {
		damaged := map[string]func(io.Writer){}
		for name, s := range parts {
			damaged[name] = literal(s)
		}
		name := names[r.IntN(len(names))]
		damaged[name] = literal(string(damage(r, []byte(parts[name]))))
		b, err := sheet.Open(t.Context(), pack(t, damaged), "f.xlsx", sheet.DefaultLimits)
		var table *sheet.Table
		if err == nil {
			table, err = b.Table("", sheet.OrgColumns)
		}
		if err != nil {
			if core.KindOf(err) != core.Invalid {
				t.Fatal(err)
			}
			continue
		}
		opened++
		var all []sheet.Refusal
		for row, err := range table.All() {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, sheet.Refusal{Row: row.Number, Problems: []sheet.Reason{{Key: "name", Text: "请核对。"}}})
		}
		again := reopen(t, refuse(t, table, all), sheet.OrgColumns)
		if again.Rows != table.Rows || again.Header.Fingerprint() != table.Header.Fingerprint() {
			t.Fatalf("%d rows came back of %d", again.Rows, table.Rows)
		}
	}
	if opened < 10 {
		t.Errorf("only %d of the copies opened", opened)
	}
}
