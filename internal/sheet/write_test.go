package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"tongpin/internal/sheet"
)

func listOf(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func memberList(rows [][]string) sheet.List {
	l := sheet.List{Name: "党员[名册]", Title: "星湖产业园党员名册", Source: "数据截至 2026-10-31", Serial: "序号", Footer: "第 &P 页 共 &N 页", Rows: listOf(rows)}
	for _, c := range sheet.MemberColumns {
		l.Columns = append(l.Columns, sheet.OutColumn{Key: c.Key, Header: c.Names[0], Text: c.Key == "id_number"})
	}
	return l
}

// A person's words, with everything in them that files stumble over.
var word = rapid.OneOf(
	rapid.SampledFrom([]string{"", "张三", "=1+1", "+86", "-5", "@x", "'=1", "''-", "320599198212190898", "2015-04-20", "_x000D_", "_x005F_x000D_", "_x", "a\nb",
		"a,b;c\td", `"`, `""`, "<b>&amp;", " 前后 ", "007", "1E5", "合计", "示例", "１２", "𠀀", "\u00a0"}),
	rapid.StringOf(rapid.RuneFrom([]rune("ab1=+-@'\",;<>&_x0 \n张三（）“”"), unicode.Han, unicode.Latin)),
)

func TestListsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(word, len(sheet.MemberColumns), len(sheet.MemberColumns)), 1, 5).Draw(r, "rows")
		for i := range want {
			want[i][2] = "汉族" // a row of blanks would be none
		}
		for name, write := range map[string]func(io.Writer, sheet.List) error{"l.xlsx": sheet.Write, "l.csv": sheet.WriteCSV} {
			var file bytes.Buffer
			if err := write(&file, memberList(want)); err != nil {
				r.Fatal(err)
			}
			b, err := sheet.Open(t.Context(), file.Bytes(), name, sheet.DefaultLimits)
			if err != nil {
				r.Fatal(err)
			}
			table, err := b.Table("", sheet.MemberColumns)
			if err != nil {
				r.Fatal(err)
			}
			if table.Rows != len(want) {
				r.Fatalf("%s: %d rows of %d", name, table.Rows, len(want))
			}
			i := 0
			for row, err := range table.All() {
				if err != nil {
					r.Fatal(err)
				}
				for j, c := range sheet.MemberColumns {
					if got := row.Cell(c.Key); got.Raw != want[i][j] || got.Numeric || got.Formula {
						r.Fatalf("%s: %s of row %d: got %q, want %q", name, c.Key, row.Number, got.Raw, want[i][j])
					}
				}
				i++
			}
		}
	})
}

// part returns the text of one part of a workbook.
func part(t *testing.T, file []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAWorkbookPrintsAsALedger(t *testing.T) {
	l := memberList([][]string{make([]string, len(sheet.MemberColumns))})
	l.Columns[1].Number = true
	l.Rows = listOf([][]string{append([]string{"=1+1", "12"}, make([]string, len(l.Columns)-2)...)})
	var file bytes.Buffer
	if err := sheet.Write(&file, l); err != nil {
		t.Fatal(err)
	}
	xml := part(t, file.Bytes(), "xl/worksheets/sheet1.xml")
	for _, want := range []string{`fitToPage="true"`, `paperSize="9"`, `orientation="landscape"`, `fitToHeight="0"`, `state="frozen"`, `ySplit="3"`, "第 &amp;P 页 共 &amp;N 页", "=1+1", `<v>12</v>`} {
		if !strings.Contains(xml, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	if strings.Contains(xml, "<f>") {
		t.Error("the sheet holds a formula")
	}
	if wb := part(t, file.Bytes(), "xl/workbook.xml"); !strings.Contains(wb, "Print_Titles") || !strings.Contains(wb, "$3:$3") || !strings.Contains(wb, "党员 名册") {
		t.Errorf("the header is not repeated: %s", wb)
	}
}

func TestTextFilesGuardFormulas(t *testing.T) {
	l := memberList(nil)
	l.Columns, l.Serial = l.Columns[:3], ""
	l.Rows = listOf([][]string{{"=1", "@x", "'=1"}, {"a,b", "", `q"`}})
	var file bytes.Buffer
	if err := sheet.WriteCSV(&file, l); err != nil {
		t.Fatal(err)
	}
	const want = "\ufeff姓名,性别,民族\r\n'=1,'@x,''=1\r\n\"a,b\",\"\",\"q\"\"\"\r\n"
	if file.String() != want {
		t.Errorf("got %q, want %q", file.String(), want)
	}
}

func TestAFailingSourceOfRowsWritesNothing(t *testing.T) {
	broken := errors.New("broken")
	l := memberList(nil)
	l.Rows = func(yield func([]string, error) bool) {
		_ = yield(make([]string, len(l.Columns)), nil) && yield(nil, broken)
	}
	var file bytes.Buffer
	if err := sheet.Write(&file, l); !errors.Is(err, broken) || file.Len() > 0 {
		t.Errorf("got %v and %d bytes", err, file.Len())
	}
	l.Rows = listOf([][]string{{"too short"}})
	if err := sheet.Write(&file, l); err == nil {
		t.Error("a row of the wrong length is written")
	}
}

func TestManyRowsAreWrittenOneByOne(t *testing.T) {
	l := memberList(nil)
	const n = 20_000
	l.Rows = func(yield func([]string, error) bool) {
		row := make([]string, len(l.Columns))
		for i := range n {
			row[0], row[1] = "张三", fmt.Sprint(i)
			if !yield(row, nil) {
				return
			}
		}
	}
	var file bytes.Buffer
	if err := sheet.Write(&file, l); err != nil {
		t.Fatal(err)
	}
	b, err := sheet.Open(t.Context(), file.Bytes(), "l.xlsx", sheet.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if table, err := b.Table("", sheet.MemberColumns); err != nil || table.Rows != n || table.Header.Row != 3 {
		t.Errorf("got %v, %v", table, err)
	}
}
