package web

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/access"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/sheet"
)

// book returns a workbook with these rows in each of its sheets.
func book(t *testing.T, sheets map[string][][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for name, rows := range sheets {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			at, err := excelize.CoordinatesToCellName(1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetSheetRow(name, at, &row); err != nil {
				t.Fatal(err)
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

// bomb adds a part to a workbook that unpacks to n zeros.
func bomb(t *testing.T, workbook []byte, n int64) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		if err := out.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	w, err := out.Create("xl/media/1.png")
	if err == nil {
		_, err = io.CopyN(w, zeros{}, n)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

var rosterHead = []any{"姓名", "人员类别", "入党日期", "所在党支部"}

// TestEachBadFileGetsItsSentence: nothing of these files is stored, and the
// page says beside the field what to do.
func TestEachBadFileGetsItsSentence(t *testing.T) {
	dbtest.Each(t, testBadFiles)
}

func testBadFiles(t *testing.T, d *db.DB) {
	k := newDesk(t, d)
	good := book(t, map[string][][]any{"名册": {rosterHead, {"何霞", "正式党员", "2012-06-01", "物流支部"}}})
	for _, tt := range []struct {
		name string
		file string
		data []byte
		say  string
	}{
		{"nothing", "名册.xlsx", nil, "文件里没有内容。"},
		{"no spreadsheet", "名册.xlsx", []byte("%PDF-1.7\n\x00\x01\x02\x03"), "这不是表格文件"},
		{"cut short", "名册.xlsx", good[:len(good)/2], "文件已损坏"},
		{"an old workbook", "名册.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), "请在表格软件里另存为 .xlsx"},
		{"the wrong sheet", "名册.xlsx", book(t, map[string][][]any{"甲": {{"随便"}}, "乙": {{"写写"}}}), "没有一张工作表有这样的表头"},
		{"no header", "名册.csv", []byte("何霞,正式党员,2012-06-01\n王芳,正式党员,2012-06-01\n"), "前 10 行里找不到表头"},
		{"two headers", "名册.xlsx", book(t, map[string][][]any{"名册": {rosterHead, {"何霞", "正式党员", "2012-06-01", "物流支部"}, rosterHead, {"王芳", "正式党员", "2012-06-01", "物流支部"}}}),
			"第 1 行是表头，第 3 行又是表头"},
		{"a million rows", "名册.csv", []byte("姓名,人员类别,入党日期\n" + strings.Repeat("何霞,正式党员,2012-06-01\n", 1_000_000)), "超过 200,000 行"},
		{"a bomb", "名册.xlsx", bomb(t, good, 64<<20), "大得不合常理"},
		{"no rows", "名册.csv", []byte("姓名,人员类别,入党日期\n"), "表头下面没有数据"},
	} {
		w := k.send(422, intake.Members, tt.file, tt.data)
		doc := document(t, w)
		if got := doc.Find("#file-err").Text(); !strings.Contains(got, tt.say) {
			t.Errorf("%s: %q", tt.name, got)
		}
		if doc.Find(".errors a").AttrOr("href", "") != "#file" {
			t.Errorf("%s: the summary does not lead to the field", tt.name)
		}
	}
	if k.get("/import").Find("table").Length() != 0 {
		t.Error("a file that was refused is in the list")
	}
}

func TestAFileOverTheLimitIsRefusedInWords(t *testing.T) {
	k := newDesk(t, dbtest.SQLite(t))
	for _, n := range []int64{sheet.DefaultLimits.Bytes + 1, sheet.DefaultLimits.Bytes + defaultBody} {
		doc := document(t, k.send(413, intake.Members, "名册.xlsx", make([]byte, n)))
		if got := doc.Find("#file-err").Text(); got != "文件超过 32 MB，请拆成几份再导入。" {
			t.Errorf("%d bytes: %q", n, got)
		}
		if doc.Find("input[name=entity][checked]").AttrOr("value", "") != "members" {
			t.Error("what was chosen is gone")
		}
	}
	if k.get("/import").Find("table").Length() != 0 {
		t.Error("a file that was refused is in the list")
	}
}

// TestEachBadRowGetsItsSentence: the rest of the file is as good as before.
func TestEachBadRowGetsItsSentence(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	rows := k.check(intake.Members, "名册.xlsx", book(t, map[string][][]any{"名册": {
		rosterHead,
		{"何霞", "正式党员", "2012-06-01", "物流支部"},
		{"=1+1", "正式党员", "2012-06-01", "物流支部"},
		{"李明", "正式党员", "二〇一二年", "物流支部"},
		{"李强", "正式党员", "2027-01-01", "物流支部"},
		{"李华", "正式党员", "2012-06-01", "仓储支部"},
		{"李芳", "群众", "2012-06-01", "物流支部"},
	}}))
	doc := k.get(rows)
	for row, want := range map[string]string{
		"#r3": "不像名称", "#r4": "看不懂日期“二〇一二年”", "#r5": "还没有到", "#r6": "找不到党支部“仓储支部”", "#r7": "没有“群众”这个人员类别",
	} {
		if got := doc.Find(row + " .why").Text(); !strings.Contains(got, want) {
			t.Errorf("%s: %q", row, got)
		}
	}
	if !strings.Contains(doc.Find("#r4 .why").Text(), "C 列：") {
		t.Error("the reason does not name its column")
	}
	if doc.Find("#r2").AttrOr("id", "") == "" || doc.Find("#write button").Text() != "写入 1 行" {
		t.Errorf("the good row cannot be written: %q", doc.Find("#write button").Text())
	}
	back := k.again(strings.TrimSuffix(rows, "rows")+"write", "whole", "yes")
	if got := back.Find(".errors li").Text(); got != "有 5 行不能写入，按“全部写入或全不写入”，一行也没有写。" {
		t.Errorf("all or nothing: %q", got)
	}
	orgs := k.get(k.check(intake.Orgs, "台账.xlsx", book(t, map[string][][]any{"台账": {
		{"党组织名称", "上级党组织", "党组织类别", "成立日期", "本届任期届满日期"},
		{"新区支部", k.root.Name, "党支部", "2020-01-01", "2019-01-01"},
		{"老支部", "没有的党委", "党支部", "2020-01-01", "2023-01-01"},
	}})))
	if got := orgs.Find("#r2 .why").Text(); !strings.Contains(got, "早于成立日期") {
		t.Errorf("a term that ends before the founding: %q", got)
	}
	if got := orgs.Find("#r3 .why").Text(); !strings.Contains(got, "找不到上级党组织") {
		t.Errorf("an unknown parent: %q", got)
	}
}

func TestAFormulaIsRefusedWithAdvice(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{rosterHead, {"何霞", "正式党员", "", "物流支部"}} {
		at, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := f.SetSheetRow("Sheet1", at, &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellFormula("Sheet1", "C2", "TODAY()-5000"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	doc := k.get(k.check(intake.Members, "名册.xlsx", b.Bytes()))
	if got := doc.Find("#r2 .why").Text(); !strings.Contains(got, "这一格是公式。请改填公式算出的值。") {
		t.Errorf("%q", doc.Find("#r2").Text())
	}
}

func TestARowAboutSomebodyElsesMemberIsAConflict(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	k.sit(access.Secretary, k.b)
	csv := "姓名,身份证号码,人员类别,入党日期,所在党支部\n张敏," + canaryID + ",正式党员,2012-06-01,物流支部\n"
	rows := k.check(intake.Members, "名册.csv", []byte(csv))
	w := k.ask(200, "GET", rows, "")
	doc := document(t, w)
	if got := counts(t, doc); got != [5]int{3: 1} || !strings.Contains(doc.Find("#r2 .why").Text(), "这个人那时已在另一个党组织") {
		t.Errorf("%v, %q", got, doc.Find("#r2").Text())
	}
	if strings.Contains(w.Body.String(), canaryID) {
		t.Error("the page holds the number")
	}
	back := k.ask(200, "GET", strings.TrimSuffix(rows, "rows")+"refused.xlsx", "")
	if f, err := excelize.OpenReader(bytes.NewReader(back.Body.Bytes())); err != nil {
		t.Error(err)
	} else {
		cells, err := f.GetRows(f.GetSheetName(0))
		if err != nil || len(cells) != 2 || !strings.Contains(cells[1][len(cells[1])-1], "另一个党组织") {
			t.Errorf("the refused workbook: %v %v", cells, err)
		}
		f.Close()
	}
	if got := back.Header().Get("Content-Disposition"); !strings.Contains(got, "%E5%90%8D%E5%86%8C%EF%BC%88%E8%A2%AB%E6%8B%92%E7%9A%84%E8%A1%8C%EF%BC%89.xlsx") {
		t.Error(got)
	}
}

func TestASheetIsChosenAndItsColumnsAreCorrected(t *testing.T) {
	k := newStaff(t, dbtest.SQLite(t))
	rows := [][]any{rosterHead, {"何霞", "正式党员", "2012-06-01", "物流支部"}}
	data := book(t, map[string][][]any{"甲": rows, "乙": rows, "说明": {{"随便写写"}}})
	at := k.send(303, intake.Members, "两张表.xlsx", data).Header().Get("Location")
	doc := k.get(at)
	if !strings.HasSuffix(at, "/sheet") || doc.Find("input[name=sheet]").Length() != 3 {
		t.Fatalf("%s offers %d sheets", at, doc.Find("input[name=sheet]").Length())
	}
	if k.again(at).Find("#sheet-err").Length() != 1 || k.again(at, "sheet", "9").Find("#sheet-err").Length() != 1 {
		t.Error("no sentence without a sheet")
	}
	wrongOne := doc.Find("label:contains('说明')").AttrOr("for", "sheet-9")
	if got := k.again(at, "sheet", strings.TrimPrefix(wrongOne, "sheet-")).Find("#sheet-err").Text(); !strings.Contains(got, "找不到表头") {
		t.Errorf("the wrong sheet: %q", got)
	}
	rightOne := doc.Find("label:contains('甲')").AttrOr("for", "sheet-9") // the book's sheets come in any order
	columns := k.post(at, "sheet", strings.TrimPrefix(rightOne, "sheet-"))
	doc = k.get(columns)
	if doc.Find("select").Length() != 4 || doc.Find(".tag").First().Text() != "列名一致" || doc.Find(".notice").Length() != 0 {
		t.Errorf("columns: %s", doc.Find("table").Text())
	}
	if got := k.again(columns, "c1", "category").Find(".errors li").Text(); !strings.Contains(got, "没有一列是名称") {
		t.Errorf("without names: %q", got)
	}
	if got := k.again(columns, "c0", "name", "c1", "name").Find(".errors li").Text(); !strings.Contains(got, "“姓名”指定了两列") {
		t.Errorf("twice: %q", got)
	}
	checked := k.post(columns, "c0", "name", "c1", "category", "c2", "", "c3", "unit")
	if got := k.get(checked).Find("#r2").Text(); !strings.Contains(got, "正式党员") || strings.Contains(got, "2012-06-01") {
		t.Errorf("a column that was left out is imported: %q", got)
	}
	k.get(columns) // Back works
	again := k.send(303, intake.Members, "两张表.xlsx", book(t, map[string][][]any{"甲": rows})).Header().Get("Location")
	if doc := k.get(again); !strings.Contains(doc.Find(".notice").Text(), "照上次的办法对上") || doc.Find("#c2 option[selected]").AttrOr("value", "x") != "" {
		t.Error("what was chosen for this header is not remembered")
	}
}

func TestTheFirstStepSaysWhatIsMissing(t *testing.T) {
	k := newDesk(t, dbtest.SQLite(t))
	doc := document(t, k.send(422, "people", "", nil))
	if doc.Find("#entity-err").Text() != "请选表里列的是什么。" || doc.Find("#file-err").Text() != "请选一个文件。" {
		t.Error(doc.Find(".errors").Text())
	}
	k.ask(422, "POST", "/import/new", "entity=members")
	if to := k.ask(303, "GET", "/import?entity=members", "").Header().Get("Location"); to != "/import/new?entity=members" {
		t.Errorf("leads to %s", to)
	}
	for e, of := range map[intake.Entity]string{intake.Orgs: "党组织台账", intake.Members: "党员名册", intake.Enterprises: "企业名单"} {
		w := k.ask(200, "GET", "/import/template?of="+string(e), "")
		f, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
		if err != nil || f.GetSheetName(0) != of {
			t.Errorf("%s: no template: %v", e, err)
		}
		if f != nil {
			f.Close()
		}
	}
	k.ask(404, "GET", "/import/template?of=people", "")
	k.sit(access.Secretary, k.root)
	if got := k.get("/import/new").Find("input[name=entity]"); got.Length() != 1 || got.AttrOr("value", "") != "members" {
		t.Error("a secretary may import more than members")
	}
	k.send(403, intake.Orgs, "台账.csv", []byte("党组织名称,上级党组织,党组织类别\n支部,,党支部\n"))
	k.sit(access.Member, k.root)
	k.ask(403, "GET", "/import/new", "")
	k.ask(403, "GET", "/import", "")
}
