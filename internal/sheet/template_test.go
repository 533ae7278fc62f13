package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/core"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

func memberTemplate(lang core.Lang) sheet.Template {
	t := sheet.Template{
		Choices: map[string][]string{"sex": {"男", "女"}, "category": {"正式党员", "预备党员"}},
		Example: map[string]string{"name": "张三", "sex": "男", "id_number": "320599198411140500", "born_on": "1984-11-14"},
		Marker:  text.T(lang, "sheet.example"), GuideName: text.T(lang, "sheet.guide"), Guide: []string{"姓名：按身份证填写。", "日期：写到日。"},
	}
	t.Name, t.Title, t.Serial = "党员名册", "党员名册", text.T(lang, "sheet.serial")
	for _, c := range sheet.MemberColumns {
		t.Columns = append(t.Columns, sheet.OutColumn{Key: c.Key, Header: text.T(lang, "sheet.member."+c.Key), Text: true})
	}
	return t
}

func TestATemplateIsReadOnceFilledIn(t *testing.T) {
	for _, lang := range text.Langs {
		var file bytes.Buffer
		if err := memberTemplate(lang).Write(&file); err != nil {
			t.Fatal(err)
		}
		b, err := sheet.Open(t.Context(), file.Bytes(), "t.xlsx", sheet.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Table("", sheet.MemberColumns); core.MsgOf(err).Key != "sheet.no_rows" {
			t.Errorf("%s: the example is no data: %v", lang, err)
		}
		f, err := excelize.OpenReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.SetSheetRow("党员名册", "A4", &[]any{1, "李四", "女"}); err != nil {
			t.Fatal(err)
		}
		var filled bytes.Buffer
		if err := f.Write(&filled); err != nil {
			t.Fatal(err)
		}
		table := reopen(t, filled.Bytes(), sheet.MemberColumns)
		if table.Rows != 1 || len(table.Skipped) != 1 || table.Skipped[0].Why != "example" {
			t.Errorf("%s: %d rows, skipped %v", lang, table.Rows, table.Skipped)
		}
		for _, m := range table.Mapping[1:] {
			if m.Key == "" || m.Confidence == sheet.Fuzzy {
				t.Errorf("%s: %q is not known", lang, m.Heading)
			}
		}
	}
}

func TestATemplateHelpsToFillItIn(t *testing.T) {
	var file bytes.Buffer
	if err := memberTemplate(core.Hans).Write(&file); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rules, err := f.GetDataValidations("党员名册")
	if err != nil || len(rules) != 2 || rules[0].Sqref != "C3:C5000" || rules[0].Formula1 != "_choices!$A$1:$A$2" || rules[1].Formula1 != "_choices!$B$1:$B$2" {
		t.Errorf("drop-downs: %+v, %v", rules, err)
	}
	if visible, err := f.GetSheetVisible("_choices"); err != nil || visible {
		t.Errorf("the choices are seen: %v", err)
	}
	if got := strings.Join(f.GetSheetList(), " "); !strings.Contains(got, "填写说明") {
		t.Errorf("sheets: %s", got)
	}
	id, err := f.GetColStyle("党员名册", "G")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.GetStyle(id); err != nil || s.NumFmt != 49 {
		t.Errorf("numbers of identity cards must be typed as text: %+v, %v", s, err)
	}
	if p, err := f.GetPanes("党员名册"); err != nil || !p.Freeze || p.YSplit != 2 {
		t.Errorf("panes: %+v, %v", p, err)
	}
}
