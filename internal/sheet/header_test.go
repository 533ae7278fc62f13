package sheet_test

import (
	"bytes"
	"maps"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
)

func TestHeadingsAreRecognised(t *testing.T) {
	for heading, want := range map[string]struct {
		key  string
		sure sheet.Confidence
	}{
		"姓名": {"name", sheet.Exact}, "姓 名": {"name", sheet.Exact}, "姓\n名*": {"name", sheet.Exact}, "Name": {"name", sheet.Synonym},
		"姓名（必填）": {"name", sheet.Exact}, "入黨時間：": {"joined_on", sheet.Synonym}, "入党时间(年月日)": {"joined_on", sheet.Synonym},
		"公民身份號碼": {"id_number", sheet.Synonym}, "ＩＤ　ｎｕｍｂｅｒ": {"id_number", sheet.Synonym}, "身份证号码*": {"id_number", sheet.Exact},
		"所在党支部全称": {"unit", sheet.Fuzzy}, "身份证编号码": {"id_number", sheet.Fuzzy},
		"籍贯": {"", sheet.None}, "序号": {"", sheet.None}, "错误说明": {"", sheet.None}, "錯誤說明": {"", sheet.None}, "": {"", sheet.None},
		"政治理论学习": {"", sheet.None},
	} {
		h := sheet.Header{Row: 1, Depth: 1, Names: []string{heading}}
		if m := h.Match(sheet.MemberColumns)[0]; m.Key != want.key || m.Confidence != want.sure {
			t.Errorf("%q: got %q by %s, want %q by %s", heading, m.Key, m.Confidence, want.key, want.sure)
		}
	}
}

func TestAnItemIsFoundOnce(t *testing.T) {
	h := sheet.Header{Names: []string{"电话", "手机号码", "姓名", "姓名"}}
	m := h.Match(sheet.MemberColumns)
	if m[0].Key != "" || m[1].Key != "phone" || m[2].Key != "name" || m[3].Key != "" {
		t.Errorf("the usual heading wins, then the left one: %v", m)
	}
}

func TestEveryNameLeadsToItsItem(t *testing.T) {
	for _, known := range [][]sheet.Column{sheet.OrgColumns, sheet.MemberColumns} {
		owner := map[string]string{}
		for _, c := range known {
			h := sheet.Header{Names: c.Names}
			for i, m := range h.Match([]sheet.Column{c}) {
				if i == 0 && (m.Key != c.Key || m.Confidence != sheet.Exact) {
					t.Errorf("%s: %v", c.Key, m)
				}
			}
			for _, n := range c.Names {
				if other, taken := owner[n]; taken {
					t.Errorf("%s is a name of %s and of %s", n, other, c.Key)
				}
				owner[n] = c.Key
			}
		}
	}
}

func TestAPersonsMappingStands(t *testing.T) {
	h := sheet.Header{Names: []string{"姓名", "电话", "甲", "乙"}}
	m := h.Match(sheet.MemberColumns).With(map[int]string{2: "phone", 3: "note", 0: "name"})
	want := []struct {
		key  string
		sure sheet.Confidence
	}{{"name", sheet.Exact}, {"", sheet.None}, {"phone", sheet.Given}, {"note", sheet.Given}}
	for i, w := range want {
		if m[i].Key != w.key || m[i].Confidence != w.sure {
			t.Errorf("column %s: %v, want %v", m[i].Letter, m[i], w)
		}
	}
	if again := h.Match(sheet.MemberColumns).With(m.Keys()); !maps.Equal(again.Keys(), m.Keys()) {
		t.Errorf("remembered: %v, want %v", again.Keys(), m.Keys())
	}
	if m = m.With(map[int]string{2: ""}); m.Index("phone") >= 0 || m[2].Confidence != sheet.None {
		t.Errorf("left out: %v", m)
	}
}

func TestAMappingIsUsedInReading(t *testing.T) {
	table, err := csvTable(t, "姓名,性别,民族,暗号\n张三,男,汉族,19901234567\n", sheet.MemberColumns)
	if err != nil {
		t.Fatal(err)
	}
	table.Mapping = table.Mapping.With(map[int]string{3: "phone", 1: ""})
	for row, err := range table.All() {
		if err != nil || row.Cell("phone").Text != "19901234567" || row.Cell("phone").Column != "D" || row.Cell("sex") != (sheet.Cell{}) {
			t.Errorf("got %+v, %v", row, err)
		}
	}
}

func TestFingerprints(t *testing.T) {
	of := func(names ...string) string { return sheet.Header{Names: names}.Fingerprint() }
	base := of("姓名", "性别", "备注")
	for _, same := range [][]string{{"姓 名", "性別", "備註"}, {"姓名*", "性别：", "备注", ""}, {"姓名", "性别", "备注", "错误说明"}, {"姓名", "性别", "备注", "", "What to correct"}} {
		if of(same...) != base {
			t.Errorf("%q has another fingerprint", same)
		}
	}
	for _, other := range [][]string{{"性别", "姓名", "备注"}, {"姓名", "性别"}, {"姓名", "性别", "备注", "电话"}, {"姓名性别", "备注"}} {
		if of(other...) == base {
			t.Errorf("%q has the same fingerprint", other)
		}
	}
}

// workbook makes a file of sheets, each filled by a function.
func workbook(t *testing.T, sheets ...func(f *excelize.File, name string)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, fill := range sheets {
		name := []string{"甲", "乙", "丙"}[i]
		if i == 0 {
			if err := f.SetSheetName("Sheet1", name); err != nil {
				t.Fatal(err)
			}
		} else if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		fill(f, name)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func grid(rows ...[]any) func(*excelize.File, string) {
	return func(f *excelize.File, name string) {
		for i, r := range rows {
			if err := f.SetSheetRow(name, "A"+string(rune('1'+i)), &r); err != nil {
				panic(err)
			}
		}
	}
}

func TestTheSheetWithTheListIsFound(t *testing.T) {
	list := grid([]any{"姓名", "性别", "民族"}, []any{"张三", "男", "汉族"})
	other := grid([]any{"填写说明"}, []any{"请填写姓名、性别、民族"})
	blank := grid()
	for _, tt := range []struct {
		name, ask string
		file      []byte
		sheet     string
		key       string
	}{
		{"the only one", "", workbook(t, list), "甲", ""},
		{"beside an explanation and an empty sheet", "", workbook(t, other, blank, list), "丙", ""},
		{"one of two, asked for", "乙", workbook(t, list, list), "乙", ""},
		{"one of two, not asked for", "", workbook(t, list, list), "", "sheet.choose"},
		{"none", "", workbook(t, other, other), "", "sheet.wrong_sheet"},
		{"none in one", "", workbook(t, other), "", "sheet.no_header"},
		{"the wrong one, asked for", "甲", workbook(t, other, list), "", "sheet.no_header"},
		{"one that is not there", "丁", workbook(t, list), "", "sheet.no_sheet"},
	} {
		b, err := sheet.Open(t.Context(), tt.file, "f.xlsx", sheet.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		table, err := b.Table(tt.ask, sheet.MemberColumns)
		if tt.key != "" {
			if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != tt.key {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.key)
			}
			continue
		}
		if err != nil || table.Sheet.Name != tt.sheet {
			t.Errorf("%s: got %v, %v", tt.name, table, err)
		}
	}
}

func TestAHeaderOfTwoRows(t *testing.T) {
	data := workbook(t, func(f *excelize.File, name string) {
		grid([]any{"姓名", "性别", "民族", "党籍"}, []any{nil, nil, nil, "入党日期", "转正日期"}, []any{"张三", "男", "汉族", "2019-07-09", "2020-07-09"})(f, name)
		for _, r := range [][2]string{{"A1", "A2"}, {"B1", "B2"}, {"C1", "C2"}, {"D1", "E1"}} {
			if err := f.MergeCell(name, r[0], r[1]); err != nil {
				t.Fatal(err)
			}
		}
	})
	table := reopen(t, data, sheet.MemberColumns)
	if table.Rows != 1 || table.Header.Depth != 2 {
		t.Fatalf("%d rows below %+v", table.Rows, table.Header)
	}
	for row := range table.All() {
		if row.Number != 3 || row.Cell("name").Text != "张三" || row.Cell("joined_on").Text != "2019-07-09" || row.Cell("confirmed_on").Text != "2020-07-09" {
			t.Errorf("got %+v", row)
		}
	}
	again := reopen(t, refuse(t, table, []sheet.Refusal{{Row: 3}}), sheet.MemberColumns)
	if again.Rows != 1 || again.Header.Depth != 2 || again.Header.Fingerprint() != table.Header.Fingerprint() {
		t.Errorf("refused: %+v", again.Header)
	}
}

func TestAHeaderOfTwoRowsBothFullOfNames(t *testing.T) {
	data := workbook(t, func(f *excelize.File, name string) {
		grid([]any{"姓名", "性别", "民族", "党籍", nil, "联系"}, []any{nil, nil, nil, "入党日期", "转正日期", "手机号码"}, []any{"张三", "男", "汉族", "2019-07-09", "2020-07-09", "19901234567"})(f, name)
		for _, r := range [][2]string{{"A1", "A2"}, {"B1", "B2"}, {"C1", "C2"}, {"D1", "E1"}} {
			if err := f.MergeCell(name, r[0], r[1]); err != nil {
				t.Fatal(err)
			}
		}
	})
	table := reopen(t, data, sheet.MemberColumns)
	if table.Rows != 1 || len(table.Mapping.Keys()) != 6 {
		t.Errorf("%d rows of %v", table.Rows, table.Mapping)
	}
}

func TestMergedCellsGiveTheirValue(t *testing.T) {
	data := workbook(t, func(f *excelize.File, name string) {
		grid([]any{"姓名", "性别", "民族", "入党日期", "转正日期"}, []any{"张三", "男", "汉族", "2019-07-09"}, []any{"李四", nil, "回族"}, []any{"王五", nil, "汉族"}, []any{"赵六", "女"})(f, name)
		for _, r := range [][2]string{{"B2", "B4"}, {"D2", "E3"}} {
			if err := f.MergeCell(name, r[0], r[1]); err != nil {
				t.Fatal(err)
			}
		}
	})
	want := map[int][3]string{2: {"男", "2019-07-09", "2019-07-09"}, 3: {"男", "2019-07-09", "2019-07-09"}, 4: {"男", "", ""}, 5: {"女", "", ""}}
	for row := range reopen(t, data, sheet.MemberColumns).All() {
		if got := [3]string{row.Cell("sex").Text, row.Cell("joined_on").Text, row.Cell("confirmed_on").Text}; got != want[row.Number] {
			t.Errorf("row %d: got %v, want %v", row.Number, got, want[row.Number])
		}
	}
}
