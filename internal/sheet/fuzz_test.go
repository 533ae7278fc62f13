package sheet_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
)

// readAll must end with an error that has a sentence or with rows.
func readAll(t *testing.T, data []byte) {
	b, err := sheet.Open(t.Context(), data, "f", sheet.DefaultLimits)
	if err != nil {
		if core.KindOf(err) != core.Invalid {
			t.Fatal(err)
		}
		return
	}
	for _, known := range [][]sheet.Column{sheet.OrgColumns, sheet.MemberColumns} {
		table, err := b.Table("", known)
		if err != nil {
			if core.KindOf(err) != core.Invalid {
				t.Fatal(err)
			}
			continue
		}
		n := 0
		for row, err := range table.All() {
			if err != nil {
				t.Fatal(err)
			}
			if row.Number <= table.Header.Row {
				t.Fatalf("row %d above the header", row.Number)
			}
			n++
		}
		if n != table.Rows {
			t.Fatalf("%d rows, counted %d", n, table.Rows)
		}
	}
}

func FuzzOpen(f *testing.F) {
	units, err := os.ReadFile("testdata/rosters/units.xlsx")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(units)
	f.Add([]byte("姓名,性别,民族\n张三,男,\"汉"))
	f.Fuzz(func(t *testing.T, data []byte) { readAll(t, data) })
}

// FuzzSheet reads any bytes as the rows of a workbook whose parts are sound.
func FuzzSheet(f *testing.F) {
	f.Add([]byte(`<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c t="str"><v>性别</v></c><c t="inlineStr"><is><r><t>民</t></r><rPh><t>x</t></rPh><r><t>族</t></r></is></c></row>` +
		`<row r="3"><c r="A3"><f>1+1</f><v>2</v></c><c r="C3"><v>1E+17</v></c></row></sheetData><mergeCells><mergeCell ref="A3:B9"/><mergeCell ref="A1:A2"/></mergeCells>`))
	f.Add([]byte(`<row><c t="b"><v>1</v></c><c><v>&#x4e00;&amp;</v></c><!-- > --><![CDATA[x]]></row>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		readAll(t, pack(t, book(literal(string(data)))))
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2015-04-20", "２０１９年７月９日", "42114", "20150420", " 2019 . 7 . 9 ", "二〇一九年七月"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, is1904 bool) {
		for _, c := range []sheet.Cell{sheet.Read(s), {Raw: s, Text: s, Numeric: true}} {
			d, p := sheet.Date(c, is1904)
			if p != "" || d.IsZero() {
				continue
			}
			if d.Year < 1900 || d.Year > 2199 || core.DateOf(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)) != d {
				t.Fatalf("%q is no day: %v", s, d)
			}
			if again, p := sheet.Date(sheet.Read(d.String()), is1904); p != "" || again != d {
				t.Fatalf("%s reads back as %s %s", d, again, p)
			}
		}
	})
}

func FuzzName(f *testing.F) {
	f.Add("张 三")
	f.Add("Anna  Li")
	f.Fuzz(func(t *testing.T, s string) {
		name, p := sheet.Name(sheet.Read(s))
		if p != "" {
			return
		}
		if again, p := sheet.Name(sheet.Read(name)); p != "" || again != name {
			t.Fatalf("%q gives %q, which gives %q %s", s, name, again, p)
		}
		if bytes.ContainsAny([]byte(name), "=<>&\t\r\n0123456789") {
			t.Fatalf("%q is no name", name)
		}
	})
}
