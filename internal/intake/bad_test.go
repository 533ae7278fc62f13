package intake_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

const heading = "姓名,性别,民族,人员类别,所在支部\n"

// workbook makes an xlsx of sheets by name, each of rows; a cell that begins
// with = is a formula.
func workbook(t *testing.T, sheets map[string][][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for name, rows := range sheets {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, v := range row {
				cell, _ := excelize.CoordinatesToCellName(c+1, r+1)
				err := f.SetCellStr(name, cell, v)
				if strings.HasPrefix(v, "=") {
					err = f.SetCellFormula(name, cell, v)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a workbook of which one part unpacks to very much.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/a.xml"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		body := map[string]string{
			"_rels/.rels":                `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
			"xl/workbook.xml":            `<workbook><sheets/></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships/>`,
			"xl/a.xml":                   strings.Repeat(" ", 9<<20),
		}[name]
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatCannotBeReadIsRefusedWithASentence(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.Limits = sheet.DefaultLimits
	w.Limits.Bytes, w.Limits.Unzipped, w.Limits.Rows = 1<<20, 8<<20, 3000
	list := [][]string{{"姓名", "性别", "民族", "人员类别"}, {"张三", "男", "汉族", "正式党员"}}
	var long strings.Builder
	long.WriteString(heading)
	for range w.Limits.Rows + 1 {
		long.WriteString("张三,男,汉族,正式党员,甲\n")
	}
	for _, tt := range []struct {
		name  string
		data  []byte
		sheet string
		key   string
	}{
		{"nothing", nil, "", "sheet.empty"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00"), "", "sheet.not_workbook"},
		{"half a workbook", workbook(t, map[string][][]string{"a": list})[:900], "", "sheet.damaged"},
		{"a sheet that is not there", workbook(t, map[string][][]string{"a": list}), "b", "sheet.no_sheet"},
		{"a sheet of something else", workbook(t, map[string][][]string{"a": {{"x"}, {"y"}}, "b": {{"z"}}}), "", "sheet.wrong_sheet"},
		{"no header", []byte("张三,男,汉族\n"), "", "sheet.no_header"},
		{"two headers", []byte(heading + "张三,男,汉族,正式党员,甲\n" + heading), "", "sheet.two_headers"},
		{"more rows than anybody has", []byte(long.String()), "", "sheet.too_many_rows"},
		{"a bomb", bomb(t), "", "sheet.bomb"},
		{"more bytes than a body may have", make([]byte, w.Limits.Bytes+1), "", "sheet.too_big"},
		{"columns without a name", []byte("性别,民族,人员类别\n男,汉族,正式党员\n"), "", "intake.no_name_column"},
	} {
		u := intake.Upload{Entity: intake.Members, Under: w.root.ID, Name: "x.xlsx", Sheet: tt.sheet, Data: tt.data}
		_, _, err := w.Import(t.Context(), w.who, u, intake.Options{})
		if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != tt.key || !text.Has(tt.key) {
			t.Errorf("%s by command: got %v, want %s", tt.name, err, tt.key)
		}
		b, err := w.Upload(t.Context(), w.who, u)
		if tt.key == "intake.no_name_column" { // on a page it can be said
			if _, err = w.Check(t.Context(), w.who, b.ID); err == nil {
				t.Error("checked without names")
			}
		}
		if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != tt.key {
			t.Errorf("%s by page: got %v, want %s", tt.name, err, tt.key)
		}
	}
	if n := w.count(t, `SELECT count(*) FROM batch_rows`); n != 0 {
		t.Errorf("%d rows were kept", n)
	}
}

func TestFormulasAreNoValues(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.found(t, w.who, org.Founding{Parent: w.root.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
	data := workbook(t, map[string][][]string{"a": {
		{"姓名", "性别", "人员类别", "所在支部", "出生日期"}, {"张三", "男", "正式党员", "甲支部", "=TODAY()"}, {"=\"李\"&\"四\"", "男", "正式党员", "甲支部", ""},
	}})
	r := w.take(t, intake.Members, w.root, "x.xlsx", data, intake.Options{})
	if got := faults(r.Problems); r.Rejected != 2 || got != "2 born_on cell.formula; 3 name cell.formula" {
		t.Errorf("got %s", got)
	}
}

func TestWhoeverMayNotImportLearnsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		one := w.named(t, "甲一支部")
		registrar, person, department := w.user(t, access.Registrar, one), w.user(t, access.Member, w.root), w.user(t, access.Department, w.root)
		for _, tt := range []struct {
			name  string
			who   access.Actor
			e     intake.Entity
			under core.OrgID
			want  core.Kind
		}{
			{"an organisation of another realm", w.who, intake.Orgs, w.other.ID, core.NotFound},
			{"somebody of another realm", w.they, intake.Members, w.root.ID, core.NotFound},
			{"a member", person, intake.Members, w.root.ID, core.Forbidden},
			{"a registrar of a branch above it", registrar, intake.Members, w.root.ID, core.NotFound},
			{"a department people", department, intake.Members, w.root.ID, core.Forbidden},
			{"what is no list", w.who, "users", w.root.ID, core.Invalid},
		} {
			u := intake.Upload{Entity: tt.e, Under: tt.under, Name: "x.csv", Data: []byte(rosterBefore)}
			if _, _, err := w.Import(t.Context(), tt.who, u, intake.Options{}); core.KindOf(err) != tt.want {
				t.Errorf("%s by command: %v, want %s", tt.name, err, tt.want)
			}
			if _, err := w.Upload(t.Context(), tt.who, u); core.KindOf(err) != tt.want {
				t.Errorf("%s by page: %v, want %s", tt.name, err, tt.want)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM batches`); n != 1 {
			t.Errorf("%d batches", n)
		}
		if n := w.count(t, `SELECT count(*) FROM journal WHERE outcome = 'denied'`); n != 10 {
			t.Errorf("%d denials in the journal, want 10", n)
		}
	})
}

func TestASecondRealmSeesNoBatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		b, err := w.Check(t.Context(), w.who, w.upload(t, intake.Orgs, w.root, ledgerBefore).ID)
		if err != nil {
			t.Fatal(err)
		}
		stranger := w.user(t, access.Registrar, w.other)
		for _, who := range []access.Actor{w.they, stranger} {
			for name, err := range map[string]error{
				"Find":       second(w.Find(t.Context(), who, b.ID)),
				"Rows":       second(w.Rows(t.Context(), who, b.ID, intake.Filter{}, core.Page{})),
				"SetMapping": second(w.SetMapping(t.Context(), who, b.ID, nil)),
				"Check":      second(w.Check(t.Context(), who, b.ID)),
				"Write":      second(w.Write(t.Context(), who, b.ID, intake.Options{})),
				"Stop":       second(w.Stop(t.Context(), who, b.ID)),
				"Undo":       second(w.Undo(t.Context(), who, b.ID)),
				"Choose":     second(w.ChooseSheet(t.Context(), who, b.ID, "名册")),
				"Batches":    second(w.Batches(t.Context(), who, w.root.ID, 5)),
				"Refused":    w.Refused(t.Context(), who, b.ID, core.Hans, &bytes.Buffer{}),
			} {
				if core.KindOf(err) != core.NotFound {
					t.Errorf("%s: %v", name, err)
				}
			}
			if all, err := w.Batches(t.Context(), who, w.other.ID, 5); err != nil || len(all) != 0 {
				t.Errorf("its own batches: %d, %v", len(all), err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestASheetIsChosenAmongSeveral(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.found(t, w.who, org.Founding{Parent: w.root.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
	head := []string{"姓名", "性别", "人员类别", "所在支部"}
	data := workbook(t, map[string][][]string{
		"在职": {head, {"张三", "男", "正式党员", "甲支部"}}, "退休": {head, {"李四", "男", "正式党员", "甲支部"}, {"王五", "女", "正式党员", "甲支部"}},
	})
	u := intake.Upload{Entity: intake.Members, Under: w.root.ID, Name: "x.xlsx", Data: data}
	if _, _, err := w.Import(t.Context(), w.who, u, intake.Options{}); core.MsgOf(err).Key != "sheet.choose" {
		t.Errorf("by command the sheet must be named: %v", err)
	}
	b, err := w.Upload(t.Context(), w.who, u)
	if err != nil || b.State != intake.Uploaded || len(b.Sheets) != 2 {
		t.Fatalf("uploaded: %s %v, %v", b.State, b.Sheets, err)
	}
	if _, err := w.Check(t.Context(), w.who, b.ID); core.KindOf(err) != core.Conflict {
		t.Errorf("checked before a sheet was chosen: %v", err)
	}
	if _, err := w.ChooseSheet(t.Context(), w.who, b.ID, "离退"); core.MsgOf(err).Key != "sheet.no_sheet" {
		t.Errorf("a sheet that is not there: %v", err)
	}
	if b, err = w.ChooseSheet(t.Context(), w.who, b.ID, "退休"); err != nil || b.State != intake.Mapped || b.Rows != 2 {
		t.Fatalf("chosen: %s, %d rows, %v", b.State, b.Rows, err)
	}
	if b, err = w.Check(t.Context(), w.who, b.ID); err != nil || b.Counts[intake.New] != 2 {
		t.Errorf("checked: %v, %v", b.Counts, err)
	}
}

func TestAMappingMustMakeSense(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	b := w.upload(t, intake.Members, w.root, rosterBefore)
	for key, keys := range map[string]map[int]string{
		"intake.item_unknown": {9: "password"}, "intake.item_twice": {1: "position", 9: "position"}, "intake.no_name_column": {0: ""},
	} {
		if _, err := w.SetMapping(t.Context(), w.who, b.ID, keys); core.MsgOf(err).Key != key {
			t.Errorf("%v: got %v, want %s", keys, err, key)
		}
	}
}
