package sheet_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

const heading = "错误说明"

func reopen(t *testing.T, file []byte, known []sheet.Column) *sheet.Table {
	t.Helper()
	b, err := sheet.Open(t.Context(), file, "again.xlsx", sheet.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	table, err := b.Table("", known)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func refuse(t *testing.T, table *sheet.Table, all []sheet.Refusal) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := sheet.Refused(&file, table, heading, all); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func refusals(want expected) []sheet.Refusal {
	var all []sheet.Refusal
	for _, p := range want.Problems {
		all = append(all, sheet.Refusal{Row: p.Row, Problems: []sheet.Reason{{Key: p.Column, Text: text.Say("zh-Hans", sheet.Problem(p.Code).Msg("x"))}}})
	}
	return all
}

// contents returns the text of all parts of a workbook.
func contents(t *testing.T, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func TestRefusedRowsComeBackInTheSameWorkbook(t *testing.T) {
	for name, known := range map[string][]sheet.Column{"units": sheet.OrgColumns, "members": sheet.MemberColumns} {
		table, want := roster(t, name, known)
		file := refuse(t, table, refusals(want))
		again := reopen(t, file, known)
		if again.Rows != len(want.Problems) || again.Header.Row != table.Header.Row || again.Sheet.Name != table.Sheet.Name {
			t.Errorf("%s: %d rows below row %d of %q", name, again.Rows, again.Header.Row, again.Sheet.Name)
		}
		if again.Header.Fingerprint() != table.Header.Fingerprint() {
			t.Errorf("%s: the fingerprint changed", name)
		}
		for i, m := range table.Mapping {
			if again.Mapping[i] != m {
				t.Errorf("%s: %v became %v", name, m, again.Mapping[i])
			}
		}
		before := map[int]sheet.Row{}
		for row, err := range table.All() {
			if err != nil {
				t.Fatal(err)
			}
			before[row.Number] = row
		}
		everything := contents(t, file)
		i := 0
		for row, err := range again.All() {
			if err != nil {
				t.Fatal(err)
			}
			old := before[want.Problems[i].Row]
			delete(before, old.Number)
			if row.Number != table.Header.Row+1+i {
				t.Errorf("%s: row %d after %d others", name, row.Number, i)
			}
			for _, c := range known {
				if o, n := old.Cell(c.Key), row.Cell(c.Key); o.Raw != n.Raw || o.Numeric != n.Numeric || o.Column != n.Column {
					t.Errorf("%s: %s of row %d was %v and is %v", name, c.Key, old.Number, o, n)
				}
			}
			i++
		}
		key := map[string]string{"units": "credit_code", "members": "id_number"}[name]
		kept := map[string]bool{}
		for row := range again.All() {
			kept[row.Cell(key).Raw] = true
		}
		for _, row := range before {
			if v := row.Cell(key).Raw; v != "" && !kept[v] && strings.Contains(everything, ">"+v+"<") {
				t.Errorf("%s: what row %d held was accepted and is still in the file", name, row.Number)
			}
		}
	}
}

func TestRefusedCellsAreTintedAndCommented(t *testing.T) {
	table, _ := roster(t, "members", sheet.MemberColumns)
	file := refuse(t, table, []sheet.Refusal{
		{Row: 17, Problems: []sheet.Reason{{Key: "phone", Text: "不是电话号码。"}, {Key: "", Text: "整行有误。"}}},
		{Row: 20, Problems: []sheet.Reason{{Key: "id_number", Text: "校验位不对。"}}},
	})
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetList()[0]
	for cell, want := range map[string]string{"A1": "星湖產業園黨員花名冊", "N3": "備註", "O3": heading, "K4": "文明科技有限公司第一黨支部", "M4": "12345", "O4": "手機號碼：不是电话号码。\n整行有误。", "O5": "身份證號碼：校验位不对。"} {
		if got, err := f.GetCellValue(name, cell); err != nil || got != want {
			t.Errorf("%s: %q, want %q", cell, got, want)
		}
	}
	comments, err := f.GetComments(name)
	if err != nil || len(comments) != 2 || comments[0].Cell != "M4" || comments[1].Cell != "G5" {
		t.Errorf("comments: %v, %v", comments, err)
	}
	for cell, tinted := range map[string]bool{"M4": true, "O4": true, "G5": true, "G4": false, "B4": false} {
		id, err := f.GetCellStyle(name, cell)
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.GetStyle(id)
		if err != nil || (len(s.Fill.Color) > 0) != tinted {
			t.Errorf("%s: fill %v, %v", cell, s.Fill, err)
		}
	}
	merged, err := f.GetMergeCells(name)
	if err != nil || len(merged) != 1 {
		t.Errorf("only the title stays merged: %v", merged)
	}
}

func TestARefusedWorkbookCanBeRefusedAgain(t *testing.T) {
	table, want := roster(t, "members", sheet.MemberColumns)
	again := reopen(t, refuse(t, table, refusals(want)), sheet.MemberColumns)
	third := reopen(t, refuse(t, again, []sheet.Refusal{{Row: 5, Problems: []sheet.Reason{{Key: "name", Text: "仍有误。"}}}}), sheet.MemberColumns)
	if third.Rows != 1 || len(third.Header.Names) != len(again.Header.Names) || third.Header.Fingerprint() != table.Header.Fingerprint() {
		t.Errorf("%d rows, header %q", third.Rows, third.Header.Names)
	}
}

func TestARefusedTextFileComesBackAsAWorkbook(t *testing.T) {
	table, err := csvTable(t, "名册\n姓名,性别,身份证号,备注\n张三,男,320599198411140500,\n李四,女,1,\n王五,女,2,x,多出的\n", sheet.MemberColumns)
	if err != nil {
		t.Fatal(err)
	}
	file := refuse(t, table, []sheet.Refusal{{Row: 4, Problems: []sheet.Reason{{Key: "id_number", Text: "格式不对。"}}}, {Row: 5}})
	again := reopen(t, file, sheet.MemberColumns)
	if again.Rows != 2 || again.Header.Row != 2 || again.Header.Fingerprint() != table.Header.Fingerprint() || strings.Contains(contents(t, file), "张三") {
		t.Errorf("%d rows below row %d", again.Rows, again.Header.Row)
	}
	if all := contents(t, file); !strings.Contains(all, "多出的") || !strings.Contains(all, "身份证号：格式不对。") {
		t.Error("a value without a heading, or the reason, is lost")
	}
}

// TestWhatPointsAtRowsIsNotLeftBehind refuses one row of a workbook with a
// formula, a comment, a link, a filter, a second sheet and a drop-down.
func TestWhatPointsAtRowsIsNotLeftBehind(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(f.SetSheetRow("Sheet1", "A1", &[]any{"姓名", "性别", "民族", "备注"}))
	check(f.SetSheetRow("Sheet1", "A2", &[]any{"张三", "男", "汉族", "甲"}))
	check(f.SetSheetRow("Sheet1", "A3", &[]any{"李四", "女", "汉族", "乙"}))
	check(f.SetCellFormula("Sheet1", "D3", "1+1"))
	check(f.AddComment("Sheet1", excelize.Comment{Cell: "A2", Author: "x", Text: "张三的旧批注"}))
	check(f.SetCellHyperLink("Sheet1", "A2", "http://127.0.0.1/zhangsan", "External"))
	check(f.AutoFilter("Sheet1", "A1:D3", nil))
	v := excelize.NewDataValidation(true)
	v.Sqref = "B2:B100"
	check(v.SetDropList([]string{"男", "女"}))
	check(f.AddDataValidation("Sheet1", v))
	_, err := f.NewSheet("说明页")
	check(err)
	check(f.SetCellStr("说明页", "A1", "别的表的文字"))
	var original bytes.Buffer
	check(f.Write(&original))

	table := reopen(t, original.Bytes(), sheet.MemberColumns)
	for row := range table.All() {
		if c := row.Cell("note"); c.Formula != (row.Number == 3) {
			t.Errorf("row %d: formula %v", row.Number, c.Formula)
		}
	}
	file := refuse(t, table, []sheet.Refusal{{Row: 3, Problems: []sheet.Reason{{Key: "note", Text: "是公式。"}}}})
	all := contents(t, file)
	for _, gone := range []string{"张三", "<f>", "<autoFilter", "<hyperlink "} {
		if strings.Contains(all, gone) {
			t.Errorf("%s is left behind", gone)
		}
	}
	for _, kept := range []string{"别的表的文字", "李四", "<dataValidation"} {
		if !strings.Contains(all, kept) {
			t.Errorf("%s is lost", kept)
		}
	}
	g, err := excelize.OpenReader(bytes.NewReader(file))
	check(err)
	defer g.Close()
	comments, err := g.GetComments("Sheet1")
	if err != nil || len(comments) != 1 || comments[0].Cell != "D2" {
		t.Errorf("comments: %v, %v", comments, err)
	}
}

func TestTheHeadingOfReasonsMustBeKnown(t *testing.T) {
	table, _ := roster(t, "units", sheet.OrgColumns)
	if err := sheet.Refused(io.Discard, table, "备注", nil); err == nil {
		t.Error("a heading that reading takes for data is written")
	}
}
