package script

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

const (
	rosterHead = "姓名,性别,人员类别,入党日期,所在支部\n"
	ledgerHead = "党组织名称,上级党组织,党组织类别,成立日期\n"
)

// TestEachBadFileGetsItsSentence gives the program every kind of file that an
// import cannot take. Nothing of them is stored.
func TestEachBadFileGetsItsSentence(t *testing.T) {
	work := t.TempDir()
	data := filepath.Join(work, "d")
	run(t, nil, "init", "--realm", "Suzhou", "--data", data)
	before := coverageOf(t, nil, "--data", data)
	good := rosterHead + "张三,男,正式党员,2012-06-01,Suzhou\n"
	for _, tt := range []struct {
		name, file string
		data       []byte
		want       string
	}{
		{"nothing", "a.xlsx", nil, "The file holds nothing"},
		{"no spreadsheet", "a.xlsx", []byte("%PDF-1.7\n\x00\x01"), "This is not a spreadsheet"},
		{"no header", "a.csv", []byte("张三,男,正式党员\n"), "There is no header"},
		{"two headers", "a.csv", []byte(good + rosterHead + "李四,女,正式党员,2012-06-01,Suzhou\n"), "is a header, and row"},
		{"a million rows", "a.csv", []byte(rosterHead + strings.Repeat("张三,男,,,\n", 1_000_000)), "has more than 200,000 rows"},
		{"a bomb", "a.xlsx", bomb(t), "unpacks to an unreasonable size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(work, tt.file)
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, stderr, code := try(nil, "import", "members", path, "--data", data)
			if code != 2 || !bytes.Contains(stderr, []byte(tt.want)) || bytes.Count(stderr, []byte("\n")) != 1 {
				t.Errorf("exit code %d: %s", code, stderr)
			}
		})
	}
	if after := coverageOf(t, nil, "--data", data); after != before {
		t.Errorf("something was stored: %+v, then %+v", before, after)
	}
}

// TestEachBadRowGetsItsSentence gives the program rows that cannot be taken
// among one that can; the verdicts name the reason.
func TestEachBadRowGetsItsSentence(t *testing.T) {
	engines(t, func(t *testing.T, env []string) {
		work := t.TempDir()
		data := filepath.Join(work, "d")
		run(t, env, "init", "--realm", "Suzhou", "--data", data)
		write := func(name, text string) string {
			path := filepath.Join(work, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		says := func(entity, path string, want ...string) {
			t.Helper()
			_, stderr, code := try(env, "import", entity, path, "--data", data)
			if code != 2 {
				t.Errorf("%s: exit code %d", filepath.Base(path), code)
			}
			for _, w := range want {
				if !bytes.Contains(stderr, []byte(w)) {
					t.Errorf("%s: no %q in\n%s", filepath.Base(path), w, stderr)
				}
			}
		}
		says("orgs", write("orgs.csv", ledgerHead+"甲支部,Suzhou,党支部,2020-01-01\n乙支部,丙委员会,党支部,2020-01-01\n丙委员会,乙支部,党委,2020-01-01\n丁支部,Suzhou,党支部,2099-01-01\n"),
			"The date “2099-01-01” is still to come", "no parent organisation “丙委员会”", "no parent organisation “乙支部”")
		says("members", write("members.csv", rosterHead+"张三,男,正式党员,2012-06-01,甲支部\n李四,男,正式党员,2099-06-01,甲支部\n王五,男,正式党员,2012-06-01,没有的支部\n"),
			"The date “2099-06-01” is still to come", "no branch “没有的支部”")
		says("members", formulas(t, filepath.Join(work, "formulas.xlsx")), "formula")
		if c := coverageOf(t, env, "--data", data); c.Organisations != 2 || c.Members != 1 {
			t.Errorf("the good rows alone: got %+v", c)
		}
	})
}

// formulas writes a roster with a formula for a name.
func formulas(t *testing.T, path string) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for cell, v := range map[string]string{
		"A1": "姓名", "B1": "性别", "C1": "人员类别", "D1": "入党日期", "E1": "所在支部", "B2": "男", "C2": "正式党员", "D2": "2012-06-01", "E2": "甲支部",
	} {
		if err := f.SetCellStr("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellFormula("Sheet1", "A2", `="赵"&"六"`); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// bomb is a workbook of which one part unpacks to very much.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range map[string]string{
		"[Content_Types].xml": "", "xl/workbook.xml": `<workbook><sheets/></workbook>`, "xl/_rels/workbook.xml.rels": `<Relationships/>`,
		"_rels/.rels": `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/a.xml":    strings.Repeat(" ", 300<<20),
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
