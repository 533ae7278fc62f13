package sheet_test

import (
	"strings"
	"testing"

	"tongpin/internal/sheet"
)

func typed(s string) sheet.Cell   { return sheet.Read(s) }
func numeric(s string) sheet.Cell { return sheet.Cell{Raw: s, Text: s, Numeric: true} }

func TestDates(t *testing.T) {
	for _, tt := range []struct {
		cell sheet.Cell
		want string
	}{
		{typed("2015-04-20"), "2015-04-20"},
		{typed("2019.7.9"), "2019-07-09"},
		{typed("2019/07/09"), "2019-07-09"},
		{typed("2019/7/9"), "2019-07-09"},
		{typed("2019年7月9日"), "2019-07-09"},
		{typed("2019 年 7 月 9 日"), "2019-07-09"},
		{typed("2019年7月9號"), "2019-07-09"},
		{typed("20150420"), "2015-04-20"},
		{typed("２０２７－０３－３１"), "2027-03-31"},
		{typed("２０２７．３．３１"), "2027-03-31"},
		{typed("２０２７年３月３１日"), "2027-03-31"},
		{typed(" 2027-3-31 "), "2027-03-31"},
		{typed("\u30002027-3-31\u3000"), "2027-03-31"},
		{typed("2015-04-20 00:00:00"), "2015-04-20"},
		{typed("2015-04-20T00:00:00"), "2015-04-20"},
		{typed("2015–04–20"), "2015-04-20"},
		{numeric("42114"), "2015-04-20"},
		{numeric("42114.75"), "2015-04-20"},
		{typed("42114"), "2015-04-20"},
		{numeric("20150420"), "2015-04-20"},
		{numeric("7672"), "1921-01-01"},
		{typed("2024-02-29"), "2024-02-29"},
		{typed(""), ""},
		{typed("2023-02-29"), "!"},
		{typed("2019-13-01"), "!"},
		{typed("2019-00-10"), "!"},
		{typed("20190431"), "!"},
		{typed("二〇一九年七月"), "!"},
		{typed("2019年7月"), "!"},
		{typed("2019.7"), "!"},
		{numeric("2019"), "!"},
		{numeric("2019.07"), "!"},
		{typed("2019"), "!"},
		{typed("19-7-9"), "!"},
		{typed("1899-12-31"), "!"},
		{typed("2200-01-01"), "!"},
		{numeric("60"), "!"},
		{numeric("-5"), "!"},
		{typed("明年"), "!"},
		{typed("2019-07-09 至今"), "!"},
	} {
		got, p := sheet.Date(tt.cell, false)
		switch {
		case tt.want == "!" && p != "date.unreadable":
			t.Errorf("%q: got %s %s, want it unreadable", tt.cell.Raw, got, p)
		case tt.want != "!" && (p != "" || got.String() != tt.want):
			t.Errorf("%q: got %s %s, want %s", tt.cell.Raw, got, p, tt.want)
		}
	}
	if got, _ := sheet.Date(numeric("40652"), true); got.String() != "2015-04-20" {
		t.Errorf("serial dates from 1904: got %s", got)
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		problem  sheet.Problem
	}{
		{"张三", "张三", ""},
		{" 张 三　", "张三", ""},
		{"阿卜杜拉·买买提", "阿卜杜拉·买买提", ""},
		{"Anna  Li", "Anna Li", ""},
		{"Ａｎｎａ", "Anna", ""},
		{strings.Repeat("张", 50), strings.Repeat("张", 50), ""},
		{strings.Repeat("张", 51), "", "name.invalid"},
		{"", "", "name.missing"},
		{" \u3000", "", "name.missing"},
		{`=HYPERLINK("http://127.0.0.1/","張三")`, "", "name.invalid"},
		{"+张三", "", "name.invalid"},
		{"@张三", "", "name.invalid"},
		{"<b>张三</b>", "", "name.invalid"},
		{"张3", "", "name.invalid"},
		{"３", "", "name.invalid"},
		{"——", "", "name.invalid"},
	} {
		if got, p := sheet.Name(typed(tt.in)); got != tt.want || p != tt.problem {
			t.Errorf("%q: got %q %s, want %q %s", tt.in, got, p, tt.want, tt.problem)
		}
	}
}

func TestTitles(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		problem  sheet.Problem
	}{
		{"星湖大廈1座", "星湖大廈1座", ""},
		{"３６０ 公司 党支部", "360公司党支部", ""},
		{"甲公司（苏州）党支部", "甲公司（苏州）党支部", ""},
		{"ABC Tech 党支部", "ABC Tech党支部", ""},
		{"", "", ""},
		{strings.Repeat("甲", 100), strings.Repeat("甲", 100), ""},
		{strings.Repeat("甲", 101), "", "name.invalid"},
		{"=1+1", "", "name.invalid"},
		{"<script>", "", "name.invalid"},
		{"123", "", "name.invalid"},
	} {
		if got, p := sheet.Title(typed(tt.in)); got != tt.want || p != tt.problem {
			t.Errorf("%q: got %q %s, want %q %s", tt.in, got, p, tt.want, tt.problem)
		}
	}
}

func TestPhones(t *testing.T) {
	for in, want := range map[string]string{
		"19901234567": "19901234567", "199-0123-4567": "19901234567", "１９９ ０１２３ ４５６７": "19901234567",
		"+86 199 0123 4567": "19901234567", "0512-67001234": "051267001234", "（0512）67001234": "051267001234",
		"": "", "12345": "!", "1990123456": "!", "199012345678": "!", "67001234": "!", "29901234567": "!", "19901234567/19901234568": "!",
	} {
		got, p := sheet.Phone(typed(in))
		if want == "!" && p != "phone.invalid" || want != "!" && (got != want || p != "") {
			t.Errorf("%q: got %q %s, want %q", in, got, p, want)
		}
	}
}

func TestCodes(t *testing.T) {
	for _, tt := range []struct {
		cell    sheet.Cell
		want    string
		problem sheet.Problem
	}{
		{typed("32059919671008364x"), "32059919671008364X", ""},
		{typed("３２０５９９１９８２１２１９０８９８"), "320599198212190898", ""},
		{typed("320599 19821219 0898"), "320599198212190898", ""},
		{typed("'320599198212190898"), "320599198212190898", ""},
		{numeric("320599821219089"), "320599821219089", ""},
		{numeric("320599198212190000"), "", "id_number.digits_lost"},
		{numeric("3205991982121908"), "", "id_number.digits_lost"},
		{typed(""), "", ""},
	} {
		if got, p := sheet.Code(tt.cell, "id_number"); got != tt.want || p != tt.problem {
			t.Errorf("%q: got %q %s, want %q %s", tt.cell.Raw, got, p, tt.want, tt.problem)
		}
	}
}

func TestCounts(t *testing.T) {
	for in, want := range map[string]int{"970": 970, "１２": 12, "1,234": 1234, "35人": 35, "0": 0, "": -1} {
		if got, p := sheet.Integer(typed(in)); got != want || p != "" {
			t.Errorf("%q: got %d %s", in, got, p)
		}
	}
	for _, in := range []string{"-1", "3.5", "约100", "100000001", "9999999999999999999"} {
		if _, p := sheet.Integer(typed(in)); p != "number.invalid" {
			t.Errorf("%q: got %q", in, p)
		}
	}
}

func TestNoReaderTakesAFormulasResult(t *testing.T) {
	c := sheet.Cell{Raw: "张三", Text: "张三", Formula: true}
	var all [6]sheet.Problem
	_, all[0] = sheet.Name(c)
	_, all[1] = sheet.Title(c)
	_, all[2] = sheet.Date(c, false)
	_, all[3] = sheet.Phone(c)
	_, all[4] = sheet.Integer(c)
	_, all[5] = sheet.Code(c, "id_number")
	for i, p := range all {
		if p != sheet.CellFormula {
			t.Errorf("reader %d: got %q", i, p)
		}
	}
}
