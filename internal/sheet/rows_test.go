package sheet_test

import (
	"encoding/json"
	"os"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
)

// roster opens a ledger of testdata/rosters and returns its table and what
// importing it must give.
func roster(t *testing.T, name string, known []sheet.Column) (*sheet.Table, expected) {
	t.Helper()
	data, err := os.ReadFile("testdata/rosters/" + name + ".xlsx")
	if err != nil {
		t.Fatal(err)
	}
	b, err := sheet.Open(t.Context(), data, name+".xlsx", sheet.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	table, err := b.Table("", known)
	if err != nil {
		t.Fatal(err)
	}
	j, err := os.ReadFile("testdata/rosters/" + name + ".expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want expected
	if err := json.Unmarshal(j, &want); err != nil {
		t.Fatal(err)
	}
	return table, want
}

type expected struct {
	Sheet    string
	Rows     int
	Problems []fault
}

type fault struct {
	Row          int
	Column, Code string
}

func TestRostersHaveTheirRows(t *testing.T) {
	for name, known := range map[string][]sheet.Column{"units": sheet.OrgColumns, "members": sheet.MemberColumns} {
		table, want := roster(t, name, known)
		if table.Sheet.Name != want.Sheet || table.Rows != want.Rows {
			t.Errorf("%s: %d rows in %q, want %d in %q", name, table.Rows, table.Sheet.Name, want.Rows, want.Sheet)
		}
		n := 0
		for _, err := range table.All() {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != want.Rows {
			t.Errorf("%s: All gives %d rows, want %d", name, n, want.Rows)
		}
		for _, m := range table.Mapping {
			if m.Heading != "序號" && m.Confidence != sheet.Exact {
				t.Errorf("%s: %s is %q by %s", name, m.Heading, m.Key, m.Confidence)
			}
		}
		for _, c := range known {
			if table.Mapping.Index(c.Key) < 0 {
				t.Errorf("%s: no column holds %s", name, c.Key)
			}
		}
	}
}

func TestMergedUnitsReachEveryRow(t *testing.T) {
	table, _ := roster(t, "members", sheet.MemberColumns)
	var first, last string
	for row, err := range table.All() {
		if err != nil {
			t.Fatal(err)
		}
		unit := row.Cell("unit").Text
		if unit == "" {
			t.Errorf("row %d has no unit", row.Number)
		}
		if first == "" {
			first = unit
		}
		if row.Number == 25 {
			last = unit
		}
		if row.Number == 26 && unit == first {
			t.Error("row 26 begins the next unit")
		}
	}
	if first != "文明科技有限公司第一黨支部" || last != first {
		t.Errorf("rows 4 to 25: %q to %q", first, last)
	}
}

// TestReadersFindTheFaultsOfShape reads every cell of the roster and compares
// the problems with the expected ones that need no other row, rule or day.
func TestReadersFindTheFaultsOfShape(t *testing.T) {
	table, want := roster(t, "members", sheet.MemberColumns)
	shape := map[string]bool{"name.missing": true, "name.invalid": true, "date.unreadable": true, "phone.invalid": true}
	got := map[fault]bool{}
	for row, err := range table.All() {
		if err != nil {
			t.Fatal(err)
		}
		note := func(column string, p sheet.Problem) {
			if p != "" {
				got[fault{row.Number, column, string(p)}] = true
			}
		}
		_, p := sheet.Name(row.Cell("name"))
		note("name", p)
		for _, column := range []string{"born_on", "joined_on", "confirmed_on"} {
			_, p = sheet.Date(row.Cell(column), false)
			note(column, p)
		}
		_, p = sheet.Phone(row.Cell("phone"))
		note("phone", p)
		id, p := sheet.Code(row.Cell("id_number"), "id_number")
		note("id_number", p)
		if row.Number == 371 && id != "320599198212190898" {
			t.Errorf("full-width digits: got %s", id)
		}
	}
	for _, f := range want.Problems {
		if shape[f.Code] && !got[f] {
			t.Errorf("missed %v", f)
		}
		delete(got, f)
	}
	for f := range got {
		t.Errorf("too much: %v", f)
	}
}

func TestBelowTheDataAreTotalsAndSignatures(t *testing.T) {
	table, _ := roster(t, "members", sheet.MemberColumns)
	if len(table.Skipped) != 2 || table.Skipped[0] != (sheet.Skipped{Row: 387, Why: "total"}) || table.Skipped[1] != (sheet.Skipped{Row: 389, Why: "signature"}) {
		t.Errorf("got %v", table.Skipped)
	}
}

func csvTable(t *testing.T, text string, known []sheet.Column) (*sheet.Table, error) {
	t.Helper()
	b, err := sheet.Open(t.Context(), []byte(text), "list.csv", sheet.DefaultLimits)
	if err != nil {
		return nil, err
	}
	return b.Table("", known)
}

func TestWhatIsNoDataRow(t *testing.T) {
	const head = "序号,姓名,性别,备注\n"
	for _, tt := range []struct {
		name, below string
		rows        int
	}{
		{"one row", "1,张三,男,\n", 1},
		{"a row of blanks and a numbered empty row", "1,张三,男,\n , ,,\n2,,,\n", 1},
		{"a total with its count beside or in it", "1,张三,男,\n合计,1人,,\n總計：1人,,,\n", 1},
		{"signatures", "1,张三,男,\n填表人：李四,,,审核人：\n單位（蓋章）,,,\n", 1},
		{"an example", "示例,李四,女,\n1,张三,男,\n", 1},
		{"a person without a name is data", "1,,男,\n", 1},
		{"a subtotal between data", "1,张三,男,\n小计,1,,\n2,李四,女,\n", 2},
	} {
		table, err := csvTable(t, head+tt.below, sheet.MemberColumns)
		if err != nil || table.Rows != tt.rows {
			t.Errorf("%s: %v, %v", tt.name, table, err)
		}
	}
}

func TestListsThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, key string }{
		{"no header", "张三,男,汉族\n", "sheet.no_header"},
		{"a header of two known names", "姓名,性别,住址\n张三,男,苏州\n", "sheet.no_header"},
		{"a header in row 11", "\n\n\n\n\n\n\n\n\n\n姓名,性别,民族\n张三,男,汉族\n", "sheet.no_header"},
		{"two headers at the top", "姓名,性别,民族\n姓名,性别,民族\n张三,男,汉族\n", "sheet.two_headers"},
		{"a header among the rows", "姓名,性别,民族\n" + rows(20) + "姓名,性别,民族\n张三,男,汉族\n", "sheet.two_headers"},
		{"a header alone", "姓名,性别,民族\n合计,0\n", "sheet.no_rows"},
		{"nothing", " ,\n,\n", "sheet.empty"},
	} {
		_, err := csvTable(t, tt.text, sheet.MemberColumns)
		if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != tt.key {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.key)
		}
	}
	_, err := csvTable(t, "姓名,性别,民族\n"+rows(20)+"姓名,性别,民族\n", sheet.MemberColumns)
	if args := core.MsgOf(err).Args; len(args) != 2 || args[0] != 1 || args[1] != 22 {
		t.Errorf("the second header is in row 22: got %v", args)
	}
	if table, err := csvTable(t, "\n\n\n\n\n\n\n\n\n姓名,性别,民族\n张三,男,汉族\n", sheet.MemberColumns); err != nil || table.Header.Row != 10 {
		t.Errorf("a header in row 10 counts: %v", err)
	}
}

func rows(n int) string {
	s := ""
	for range n {
		s += "张三,男,汉族\n"
	}
	return s
}
