package sheet_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
)

// pack writes a workbook of these parts; a part may be written in pieces.
func pack(t testing.TB, parts map[string]func(io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, write := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func literal(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }

// book returns the parts of a workbook with one sheet of that content, to
// which a test may add.
func book(rows func(io.Writer)) map[string]func(io.Writer) {
	const rel = `<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	return map[string]func(io.Writer){
		"[Content_Types].xml": literal(`<Types/>`),
		"_rels/.rels":         literal(rel),
		"xl/workbook.xml":     literal(`<workbook xmlns:r="r"><sheets><sheet name="名册" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": literal(`<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`),
		"xl/worksheets/sheet1.xml": func(w io.Writer) {
			_, _ = io.WriteString(w, `<worksheet><sheetData>`)
			rows(w)
			_, _ = io.WriteString(w, `</sheetData></worksheet>`)
		},
	}
}

func repeated(w io.Writer, s string, n int) {
	block := strings.Repeat(s, max(1, (1<<20)/len(s)))
	for n > 0 {
		k := min(n, len(block)/len(s))
		_, _ = io.WriteString(w, block[:k*len(s)])
		n -= k
	}
}

// bombs are files made to exhaust a machine, with the sentence each gets.
func bombs() []bomb {
	million := func(w io.Writer) {
		for i := range 1_000_000 {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d" t="inlineStr"><is><t>x%d</t></is></c></row>`, i+1, i+1, i, i+1, i*7)
		}
	}
	with := func(extra string, write func(io.Writer)) map[string]func(io.Writer) {
		parts := book(literal(`<row r="1"><c r="A1"><v>1</v></c></row>`))
		parts[extra] = write
		return parts
	}
	many := book(literal(``))
	for i := range 3000 {
		many[fmt.Sprintf("xl/media/%d.png", i)] = literal("")
	}
	return []bomb{
		{"a sheet of a million rows", book(million), "sheet.too_many_rows"},
		{"a sheet of nothing", book(func(w io.Writer) { repeated(w, "<x></x>", 2<<20) }), "sheet.bomb"},
		{"a picture of zeros", with("xl/media/1.png", func(w io.Writer) { repeated(w, "\x00", 8<<20) }), "sheet.bomb"},
		{"shared texts of zeros", with("xl/sharedStrings.xml", func(w io.Writer) {
			_, _ = io.WriteString(w, "<sst>")
			repeated(w, "<si><t>"+strings.Repeat("0", 30_000)+"</t></si>", 500)
		}), "sheet.bomb"},
		{"shared texts without end", with("xl/sharedStrings.xml", func(w io.Writer) {
			for i := range 50 {
				repeated(w, fmt.Sprintf("<si><t>%x</t></si><si/><si/><si/>", i*2654435761), 30_000)
			}
		}), "sheet.bomb"},
		{"one text without end", with("xl/sharedStrings.xml", func(w io.Writer) {
			_, _ = io.WriteString(w, "<si><t>")
			for i := range 100_000 {
				fmt.Fprint(w, i*2654435761)
			}
		}), "sheet.damaged"},
		{"one tag without end", book(func(w io.Writer) {
			_, _ = io.WriteString(w, `<row r="1`)
			for i := range 100_000 {
				fmt.Fprint(w, i*2654435761)
			}
		}), "sheet.damaged"},
		{"many entries", many, "sheet.bomb"},
		{"a document type", book(literal(`<!DOCTYPE x [<!ENTITY a "aa">]><row><c><v>&a;</v></c></row>`)), "sheet.damaged"},
		{"a cell that is too long", book(func(w io.Writer) {
			_, _ = io.WriteString(w, `<row r="1"><c r="A1" t="inlineStr"><is><t>`)
			repeated(w, "长", 32_768)
			_, _ = io.WriteString(w, `</t></is></c></row>`)
		}), "sheet.cell_too_long"},
		{"a column too far right", book(literal(`<row r="1"><c r="GS1"><v>1</v></c></row>`)), "sheet.too_many_columns"},
	}
}

type bomb struct {
	name  string
	parts map[string]func(io.Writer)
	key   string
}

func TestBombsAreRefusedInBoundedMemory(t *testing.T) {
	l := sheet.DefaultLimits
	l.Time = time.Hour // a slow machine must not hide why
	for _, tt := range bombs() {
		t.Run(tt.name, func(t *testing.T) {
			data := pack(t, tt.parts)
			peak := peakMemory(t, func() {
				_, err := sheet.Open(t.Context(), data, "b.xlsx", l)
				if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != tt.key {
					t.Errorf("got %v, want %s", err, tt.key)
				}
			})
			if peak > 200<<20 {
				t.Errorf("opening took %d MiB at its peak", peak>>20)
			}
		})
	}
}

// peakMemory returns how many bytes more than before were in use at once.
func peakMemory(t *testing.T, f func()) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak := m.HeapInuse, m.HeapInuse
	done := make(chan struct{})
	watched := make(chan uint64)
	go func() {
		for {
			select {
			case <-done:
				watched <- peak
				return
			case <-time.After(5 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	f()
	close(done)
	return <-watched - before
}

func TestALargeLedgerIsReadInBoundedMemory(t *testing.T) {
	parts := book(func(w io.Writer) {
		_, _ = io.WriteString(w, `<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>性别</t></is></c><c r="C1" t="inlineStr"><is><t>民族</t></is></c></row>`)
		for i := 2; i <= 100_000; i++ {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="s"><v>%d</v></c><c r="B%d"><v>%d</v></c><c r="C%d"><v>%d</v></c></row>`, i, i, i-2, i, i*7, i, i*13)
		}
	})
	parts["xl/sharedStrings.xml"] = func(w io.Writer) {
		_, _ = io.WriteString(w, "<sst>")
		for i := range 100_000 {
			fmt.Fprintf(w, "<si><t>某某%d</t></si>", i)
		}
		_, _ = io.WriteString(w, "</sst>")
	}
	data := pack(t, parts)
	rows := 0
	peak := peakMemory(t, func() {
		b, err := sheet.Open(t.Context(), data, "b.xlsx", sheet.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		table, err := b.Table("", sheet.MemberColumns)
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range table.All() {
			if err != nil || row.Cell("name").Text != fmt.Sprintf("某某%d", row.Number-2) {
				t.Fatal(row, err)
			}
			rows++
		}
	})
	if rows != 99_999 || peak > 64<<20 {
		t.Errorf("%d rows, %d MiB", rows, peak>>20)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	units, err := os.ReadFile("testdata/rosters/units.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	one := literal(`<row r="1"><c r="A1"><v>1</v></c></row>`)
	with := func(name string) []byte {
		parts := book(one)
		parts[name] = one
		return pack(t, parts)
	}
	without := func(name string) []byte {
		parts := book(one)
		delete(parts, name)
		return pack(t, parts)
	}
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 512)
	var locked strings.Builder
	for _, c := range "EncryptedPackage" {
		locked.WriteString(string(c) + "\x00")
	}
	for _, tt := range []struct {
		name string
		data []byte
		key  string
	}{
		{"nothing", nil, "sheet.empty"},
		{"an old workbook", []byte(ole), "sheet.old_xls"},
		{"a workbook with a password", []byte(ole + locked.String()), "sheet.encrypted"},
		{"a binary workbook", with("xl/workbook.bin"), "sheet.old_xls"},
		{"an OpenDocument file", with("mimetype"), "sheet.old_xls"},
		{"macros", with("xl/vbaProject.bin"), "sheet.macros"},
		{"a zip of something else", pack(t, map[string]func(io.Writer){"a.txt": one}), "sheet.not_workbook"},
		{"no workbook part", without("xl/workbook.xml"), "sheet.not_workbook"},
		{"an entry that leads out", with("../../etc/passwd"), "sheet.damaged"},
		{"an absolute entry", with("/etc/passwd"), "sheet.damaged"},
		{"a backslash", with(`xl\x`), "sheet.damaged"},
		{"a file cut short", units[:len(units)/2], "sheet.damaged"},
		{"a sheet without rows", pack(t, book(literal(""))), "sheet.empty"},
		{"a row that ends nowhere", pack(t, book(literal(`<row r="1"><c><v>1`))), "sheet.damaged"},
		{"rows out of order", pack(t, book(literal(`<row r="2"/><row r="1"/>`))), "sheet.damaged"},
		{"a shared text that is not there", pack(t, book(literal(`<row><c t="s"><v>7</v></c></row>`))), "sheet.damaged"},
		{"a web page under the name of a workbook", []byte("\n<html><table><tr><td>姓名"), "sheet.old_xls"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00"), "sheet.not_workbook"},
		{"text in no known encoding", []byte("姓名,\xff\xff\xff"), "sheet.encoding"},
	} {
		_, err := sheet.Open(t.Context(), tt.data, "f.xlsx", sheet.DefaultLimits)
		if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != tt.key {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.key)
		}
	}
}

func TestLimitsHoldOnBothSides(t *testing.T) {
	data := []byte("a,b\nc,d\n")
	l := sheet.DefaultLimits
	for _, tt := range []struct {
		set func(n int)
		at  int
		key string
	}{
		{func(n int) { l.Bytes = int64(n) }, 8, "sheet.too_big"},
		{func(n int) { l.Rows = n }, 2, "sheet.too_many_rows"},
		{func(n int) { l.Columns = n }, 2, "sheet.too_many_columns"},
		{func(n int) { l.Cells = n }, 4, "sheet.too_many_cells"},
		{func(n int) { l.CellLength = n }, 1, "sheet.cell_too_long"},
	} {
		l = sheet.DefaultLimits
		tt.set(tt.at)
		if _, err := sheet.Open(t.Context(), data, "f.csv", l); err != nil {
			t.Errorf("at the limit: %v", err)
		}
		tt.set(tt.at - 1)
		if _, err := sheet.Open(t.Context(), data, "f.csv", l); core.MsgOf(err).Key != tt.key {
			t.Errorf("past the limit: got %v, want %s", err, tt.key)
		}
	}
	parts := book(literal(`<row r="1"><c r="A1"><v>1</v></c></row>`))
	parts["xl/media/1.png"] = func(w io.Writer) {
		for i := range 500_000 {
			fmt.Fprint(w, i*2654435761)
		}
	}
	l = sheet.DefaultLimits
	l.Unzipped = 1 << 20
	if _, err := sheet.Open(t.Context(), pack(t, parts), "f.xlsx", l); core.MsgOf(err).Key != "sheet.bomb" {
		t.Errorf("more bytes than allowed, packed honestly: got %v", err)
	}
	l = sheet.DefaultLimits
	l.Time = -1
	if _, err := sheet.Open(t.Context(), pack(t, book(literal(`<row/>`))), "f.xlsx", l); core.MsgOf(err).Key != "sheet.too_slow" {
		t.Errorf("no time: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sheet.Open(ctx, pack(t, book(literal(`<row/>`))), "f.xlsx", sheet.DefaultLimits); err == nil || core.KindOf(err) == core.Invalid {
		t.Errorf("a caller who leaves is not to blame: got %v", err)
	}
}

func TestTextFilesInEveryEncoding(t *testing.T) {
	const list = "姓名,性别,备注\r\n张三,男,\"一行\n又一行, \"\"引\"\"\"\r\n\r\n李四,女,'=1+1\r\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(list)
	if err != nil {
		t.Fatal(err)
	}
	gb18030, err := simplifiedchinese.GB18030.NewEncoder().String(strings.Replace(list, "张三", "㐀𠀀", 1))
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(list, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"UTF-8": list, "UTF-8 with its mark": "\ufeff" + list, "GBK": gbk, "GB18030": gb18030, "UTF-16 with tabs": utf16,
		"semicolons": strings.ReplaceAll(list, ",", ";"), "old line ends": strings.ReplaceAll(list, "\r\n", "\r"),
	} {
		table, err := csvTable(t, data, sheet.MemberColumns)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var numbers []int
		var notes, names []string
		for row, err := range table.All() {
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, row.Number)
			notes = append(notes, row.Cell("note").Text)
			names = append(names, row.Cell("name").Text)
		}
		if fmt.Sprint(numbers) != "[2 4]" || !strings.HasPrefix(notes[0], "一行\n又一行") || notes[1] != "=1+1" || names[1] != "李四" {
			t.Errorf("%s: rows %v, names %q, notes %q", name, numbers, names, notes)
		}
		if want := map[bool]string{true: "㐀𠀀", false: "张三"}[name == "GB18030"]; names[0] != want {
			t.Errorf("%s: %s", name, names[0])
		}
	}
}
