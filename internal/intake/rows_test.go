package intake_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// faults lists problems as "row column code".
func faults(all []intake.Fault) string {
	var out []string
	for _, f := range all {
		out = append(out, fmt.Sprintf("%d %s %s", f.Row, f.Column, f.Code))
	}
	return strings.Join(out, "; ")
}

// village is a world with two general branches that have a branch of one name.
func village(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := newWorld(t, d)
	w.put(t, intake.Orgs, "1.csv", []byte("党组织名称,上级党组织,党组织类别,成立日期\n"+
		"甲党总支,,党总支,2015-03-01\n乙党总支,,党总支,2015-03-01\n第一党支部,甲党总支,党支部,2016-03-01\n第一党支部,乙党总支,党支部,2016-03-01\n物流党支部,甲党总支,党支部,2016-03-01\n"))
	return w
}

func TestWhatRowsOfARosterSay(t *testing.T) {
	const head = "姓名,性别,出生日期,身份证号码,入党日期,转正日期,人员类别,所在支部,职务\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := village(t, d)
		for _, tt := range []struct {
			name, rows string
			accepted   int
			faults     string
		}{
			{"a unit of which there are two", "张三,,,,,,正式党员,第一党支部,\n", 0, "2 unit unit.unknown"},
			{"a unit told apart by its parent", "张三,,,,,,正式党员,甲党总支/第一党支部,\n", 1, ""},
			{"a unit in the other script", "张三,,,,,,預備黨員,物流黨支部,\n", 1, ""},
			{"a kind in English", "张三,M,,,,,Full member,物流党支部,\n", 1, ""},
			{"somebody who has only applied", "张三,,,,,,入党积极分子,物流党支部,\n李四,,,,,,入党申请人,物流党支部,\n", 2, ""},
			{"no kind", "张三,,,,,,,物流党支部,\n", 0, "2 category category.unknown"},
			{"no unit", "张三,,,,,,正式党员,,\n", 0, "2 unit unit.unknown"},
			{"a sex that is none", "张三,x,,,,,正式党员,物流党支部,\n", 0, "2 sex sex.unknown"},
			{"several faults of one row", "=1,x,1990,12,2031-01-01,,友,无此支部,\n", 0,
				"2 name name.invalid; 2 sex sex.unknown; 2 born_on date.unreadable; 2 id_number id_number.format; 2 joined_on date.in_future; 2 category category.unknown; 2 unit unit.unknown"},
			{"joined today", "张三,,1990-01-01,,2026-11-24,,预备党员,物流党支部,\n", 1, ""},
			{"joined tomorrow", "张三,,1990-01-01,,2026-11-25,,预备党员,物流党支部,\n", 0, "2 joined_on date.in_future"},
			{"joined on the 18th birthday", "张三,,1990-05-02,,2008-05-02,,正式党员,物流党支部,\n", 1, ""},
			{"joined a day before", "张三,,1990-05-02,,2008-05-01,,正式党员,物流党支部,\n", 0, "2 joined_on joined_on.before_18"},
			{"the birthday known by the number alone", "张三,,,320599199005021235,2008-05-01,,正式党员,物流党支部,\n", 0, "2 id_number id_number.checksum"},
			{"confirmed on the day of joining", "张三,,,,2008-05-01,2008-05-01,正式党员,物流党支部,\n", 1, ""},
			{"confirmed before", "张三,,,,2008-05-01,2008-04-30,正式党员,物流党支部,\n", 0, "2 confirmed_on confirmed_on.before_joined"},
			{"the same person twice without a number", "张三,,1990-01-01,,,,正式党员,物流党支部,\n张三,,1990-01-01,,,,正式党员,物流党支部,\n", 1, "3  person.twice_in_file"},
			{"namesakes born on different days", "张三,,1990-01-01,,,,正式党员,物流党支部,\n张三,,1990-01-02,,,,正式党员,物流党支部,\n", 2, ""},
			{"a row below a refused one of the same number", "张三,,,320599198212190898,,,正式党员,无此支部,\n李四,,,320599198212190898,,,正式党员,物流党支部,\n", 1, "2 unit unit.unknown"},
			{"a position longer than any", "张三,,,,,,正式党员,物流党支部," + strings.Repeat("长", 201) + "\n", 0, "2 position person.too_long"},
		} {
			r := w.take(t, intake.Members, w.root, "x.csv", []byte(head+tt.rows), intake.Options{DryRun: true})
			if got := faults(r.Problems); got != tt.faults || r.Accepted != tt.accepted {
				t.Errorf("%s: %d accepted, %q; want %d, %q", tt.name, r.Accepted, got, tt.accepted, tt.faults)
			}
			for _, f := range r.Problems {
				for _, lang := range text.Langs {
					if s := f.Problem.Say(lang); s == "" || s == f.Problem.Msg().Key || strings.Contains(s, "{") {
						t.Errorf("%s: %s says %q", tt.name, f.Code, s)
					}
				}
			}
		}
	})
}

func TestNamesThatMayHaveBeenMeant(t *testing.T) {
	w := village(t, dbtest.SQLite(t))
	b, err := w.Check(t.Context(), w.who, w.upload(t, intake.Members, w.root, "姓名,性别,人员类别,所在支部\n张三,男,正式党员,物流支部\n李四,男,正式党员,第一党支部\n").ID)
	if err != nil {
		t.Fatal(err)
	}
	rows := w.rows(t, b.ID, intake.Filter{})
	if near := rows[0].Problems[0].Near; len(near) != 1 || near[0] != "物流党支部" {
		t.Errorf("for 物流支部: %v", near)
	}
	if s := rows[1].Problems[0].Say(core.Hans); !strings.Contains(s, "甲党总支/第一党支部、乙党总支/第一党支部") {
		t.Errorf("for 第一党支部: %s", s)
	}
}

func TestPeopleAreFoundByNumberElseByNameAndBirthday(t *testing.T) {
	const head = "姓名,出生日期,身份证号码,人员类别,所在支部\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := village(t, d)
		w.put(t, intake.Members, "1.csv", []byte(head+"张三,1982-12-19,320599198212190898,正式党员,物流党支部\n李四,1990-01-01,,正式党员,物流党支部\n"))
		for _, tt := range []struct{ name, row, want string }{
			{"another name for the number", "张珊,,320599198212190898,正式党员,物流党支部\n", "changed name"},
			{"the name without the number", "张三,1982-12-19,,正式党员,物流党支部\n", "unchanged"},
			{"the name with another number", "张三,1982-12-19,320599198411140500,正式党员,物流党支部\n", "new"},
			{"a number for one who had none", "李四,1990-01-01,320599198411140500,正式党员,物流党支部\n", "changed id_number"},
			{"the name in the other unit", "李四,1990-01-01,,正式党员,甲党总支\n", "new"},
			{"the number in the other unit", "张三,,320599198212190898,正式党员,甲党总支\n", "changed unit"},
			{"no longer a member", "李四,1990-01-01,,积极分子,物流党支部\n", "changed category"},
		} {
			b, err := w.Check(t.Context(), w.who, w.upload(t, intake.Members, w.root, head+tt.row).ID)
			if err != nil {
				t.Fatal(err)
			}
			r := w.rows(t, b.ID, intake.Filter{})[0]
			got := string(r.Verdict)
			if r.Verdict == intake.Changed {
				for _, c := range r.Changes {
					got += " " + c.Column
				}
			}
			if got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
			}
		}
	})
}

func TestSomebodyWhoBelongsElsewhere(t *testing.T) {
	const head = "姓名,出生日期,身份证号码,人员类别,所在支部\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := village(t, d)
		w.put(t, intake.Members, "1.csv", []byte(head+"张三,1982-12-19,320599198212190898,正式党员,物流党支部\n"))
		b := w.named(t, "乙党总支")
		registrar := w.user(t, access.Registrar, b)
		u := intake.Upload{Entity: intake.Members, Under: b.ID, Name: "x.csv", Data: []byte(head + "张三,,320599198212190898,正式党员,第一党支部\n")}
		r, _, err := w.Import(t.Context(), registrar, u, intake.Options{})
		if err != nil || faults(r.Problems) != "2 unit membership.overlaps" || r.Accepted != 0 {
			t.Errorf("whom the registrar may not move: %+v, %v", r, err)
		}
		r, _, err = w.Import(t.Context(), w.who, u, intake.Options{})
		if err != nil || r.Updated != 1 {
			t.Errorf("whom the administrator may move: %+v, %v", r, err)
		}
		w.tx(t, func(tx *db.Tx) error {
			p, err := member.ByIDNumber(t.Context(), tx, w.Keys, 1, "320599198212190898")
			if err != nil || !strings.HasPrefix(p.Path, b.Path) {
				t.Errorf("the person is kept at %s: %v", p.Path, err)
			}
			line, err := member.History(t.Context(), tx, 1, p.ID)
			if now, ok := line.Now(); !ok || now.From != core.NewDate(2026, 11, 24) || now.Org != p.Org {
				t.Errorf("affiliations: %v", line)
			}
			return err
		})
	})
}

func TestABranchTakesItsOwnListWithoutAUnitColumn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := village(t, d)
		branch := w.named(t, "物流党支部")
		secretary := w.user(t, access.Secretary, branch)
		r, _, err := w.Import(t.Context(), secretary, intake.Upload{
			Entity: intake.Members, Under: branch.ID, Name: "x.csv", Data: []byte("姓名,性别,人员类别\n张三,男,正式党员\n"),
		}, intake.Options{})
		if err != nil || r.Created != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		if n := w.count(t, `SELECT count(*) FROM persons WHERE at_org = $1`, branch.ID); n != 1 {
			t.Errorf("%d people in the branch", n)
		}
	})
}

func TestWhatRowsOfALedgerSay(t *testing.T) {
	const head = "党组织名称,上级党组织,党组织类别,成立日期,任期届满日期,所在单位名称,统一社会信用代码,单位类型,职工人数\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := village(t, d)
		for _, tt := range []struct {
			name, rows string
			accepted   int
			faults     string
		}{
			{"the organisation the file is for", "苏州市委组织部,,党委,1949-05-01,,,,,\n", 1, ""},
			{"a child without a parent's name", "丙支部,,党支部,2020-01-01,,,,,\n", 1, ""},
			{"a parent of which there are two", "丙小组支部,第一党支部,党支部,2020-01-01,,,,,\n", 0, "2 parent parent.unknown"},
			{"a parent above in the file", "丙总支,,党总支,2020-01-01,,,,,\n丙支部,丙总支,党支部,2020-01-01,,,,,\n", 2, ""},
			{"a parent below in the file", "丙支部,丙总支,党支部,2020-01-01,,,,,\n丙总支,,党总支,2020-01-01,,,,,\n", 1, "2 parent parent.unknown"},
			{"a parent that was refused", "丙总支,,党总支,2031-01-01,,,,,\n丙支部,丙总支,党支部,2020-01-01,,,,,\n", 0, "2 founded_on date.in_future; 3 parent parent.unknown"},
			{"the same name under another parent", "物流党支部,乙党总支,党支部,2020-01-01,,,,,\n", 1, ""},
			{"the same name twice, once in the other script", "丙党支部,,党支部,2020-01-01,,,,,\n丙黨支部,,黨支部,2020-01-01,,,,,\n", 1, "3 name name.duplicate_in_file"},
			{"no day of founding", "丙支部,,党支部,,,,,,\n", 0, "2 founded_on date.missing"},
			{"no kind", "丙支部,,,2020-01-01,,,,,\n", 0, "2 type type.unknown"},
			{"a term that ended before it", "丙支部,,党支部,2020-01-01,2019-12-31,,,,\n", 0, "2 term_ends_on term_ends_on.before_founding"},
			{"a temporary branch with a term", "丙支部,,临时党支部,2020-01-01,2027-01-01,,,,\n", 0, "2 term_ends_on rule.org.temporary_branch.forbidden"},
			{"a temporary branch without", "丙支部,,临时党支部,2020-01-01,,,,,\n", 1, ""},
			{"a type of enterprise that is none", "丙支部,,党支部,2020-01-01,,丙公司,,火星企业,\n", 0, "2 enterprise_type enterprise_type.unknown"},
			{"a count that is none", "丙支部,,党支部,2020-01-01,,丙公司,,民营,很多\n", 0, "2 employees number.invalid"},
			{"a code without a name", "丙支部,,党支部,2020-01-01,,,91320599LWNW30LMKX,,\n", 0, "2 enterprise name.missing"},
			{"a count with its word", "丙支部,,党支部,2020-01-01,,丙公司,,外商独资企业,\"1,200人\"\n", 1, ""},
			{"a name that only writing refuses", "丙=支部,,党支部,2020-01-01,,,,,\n", 1, ""},
		} {
			r := w.take(t, intake.Orgs, w.root, "x.csv", []byte(head+tt.rows), intake.Options{DryRun: true})
			got := faults(r.Problems)
			if got != tt.faults || r.Accepted != tt.accepted {
				t.Errorf("%s: %d accepted, %q; want %d, %q", tt.name, r.Accepted, got, tt.accepted, tt.faults)
			}
		}
	})
}

func TestARowThatFailsWhenItIsWrittenStopsNoOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.take(t, intake.Orgs, w.root, "x.csv", []byte("党组织名称,上级党组织,党组织类别,成立日期\n"+
			"甲支部,,党支部,2020-01-01\n乙=支部,,党支部,2020-01-01\n丙支部,乙=支部,党支部,2020-01-01\n丁支部,甲支部,党支部,2020-01-01\n"), intake.Options{})
		if r.Created != 2 || faults(r.Problems) != "3 name org.name.invalid; 4 parent parent.unknown" {
			t.Errorf("got %+v", r)
		}
		if n := w.count(t, `SELECT count(*) FROM orgs WHERE realm_id = 1`); n != 3 {
			t.Errorf("%d organisations", n)
		}
	})
}

func TestTheFirstRowSpeaksOfTheEnterprise(t *testing.T) {
	const head = "党组织名称,上级党组织,党组织类别,成立日期,所在单位名称,统一社会信用代码,单位类型,职工人数,产业链\n"
	const rows = "甲一支部,,党支部,2020-01-01,甲公司,91320599LWNW30LMKX,民营,100,新材料\n" +
		"甲二支部,,党支部,2020-01-01,甲公司,91320599LWNW30LMKX,外商独资,900,物流\n" +
		"甲三支部,,联合党支部,2020-01-01,甲公司,91320599LWNW30LMKX,,,\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.PartSize = 1
		w.put(t, intake.Orgs, "1.csv", []byte(head+rows))
		find := func() (e enterprise.Enterprise, joined int) {
			w.tx(t, func(tx *db.Tx) (err error) {
				if e, err = enterprise.ByCode(t.Context(), tx, 1, "91320599LWNW30LMKX"); err != nil {
					return err
				}
				all, err := enterprise.JoiningsNow(t.Context(), tx, 1, []core.EnterpriseID{e.ID})
				joined = len(all)
				return err
			})
			return e, joined
		}
		e, joined := find()
		if e.Type != "private" || *e.Employees != 100 || joined != 1 {
			t.Errorf("got %s with %d employees in %d groupings", e.Type, *e.Employees, joined)
		}
		if n := w.count(t, `SELECT count(*) FROM hostings WHERE superseded_at IS NULL`); n != 3 {
			t.Errorf("%d hostings", n)
		}
		if r := w.take(t, intake.Orgs, w.root, "2.csv", []byte(head+rows), intake.Options{}); r.Unchanged != 3 {
			t.Errorf("again: %+v", r)
		}
		// A branch changes its host; the joint branch gets a second one.
		second := strings.Replace(strings.Replace(rows, "甲公司,91320599LWNW30LMKX,外商独资", "乙公司,91320599MUTU520NLX,外商独资", 1),
			"甲公司,91320599LWNW30LMKX,,", "乙公司,91320599MUTU520NLX,,", 1)
		if r := w.take(t, intake.Orgs, w.root, "3.csv", []byte(head+second), intake.Options{}); r.Updated != 2 || r.Unchanged != 1 {
			t.Errorf("other hosts: %+v", r)
		}
		two, three := w.named(t, "甲二支部"), w.named(t, "甲三支部")
		for at, want := range map[core.OrgID]int{two.ID: 1, three.ID: 2} {
			if n := w.count(t, `SELECT count(*) FROM hostings WHERE superseded_at IS NULL AND valid_to = '9999-12-31' AND org_id = $1`, at); n != want {
				t.Errorf("%d hosts, want %d", n, want)
			}
		}
	})
}

func TestAListOfEnterprises(t *testing.T) {
	const head = "企业名称,统一社会信用代码,所属党组织,单位类型,行业,职工人数,外资比例,经营状态,核实日期,党员人数,产业链,楼宇\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := village(t, d)
		data := []byte(head +
			"甲公司,91320599LWNW30LMKX,甲党总支,民营,软件,100,0,正常经营,2026-06-30,4,新材料、物流,一座\n" +
			"乙公司,91320599MUTU520NLX,,中外合資,,30,49,空壳,2026-06-30,,,\n" +
			"丙公司,,乙党总支,,,,,,,,,\n" +
			"丁公司,,无此组织,,,,,,,,,\n" +
			"戊公司,91320599LWNW30LMKX,,,,,,,,,,\n" +
			"己公司,,,,,,101,倒退,2031-01-01,,,\n")
		r := w.take(t, intake.Enterprises, w.root, "1.csv", data, intake.Options{})
		want := "5 unit unit.unknown; 6  enterprise.twice_in_file; 7 foreign_share number.invalid; 7 state state.unknown; 7 verified_on date.in_future"
		if r.Created != 3 || faults(r.Problems) != want {
			t.Errorf("got %d created, %s", r.Created, faults(r.Problems))
		}
		if again := w.take(t, intake.Enterprises, w.root, "2.csv", data, intake.Options{}); again.Unchanged != 3 {
			t.Errorf("again: %+v", again)
		}
		before := w.snapshot(t)
		id := w.put(t, intake.Enterprises, "3.csv", []byte(head+
			"甲集团,91320599LWNW30LMKX,乙党总支,国有控股,硬件,120,1,停业,2026-07-30,5,物流,二座\n丙公司,91320599247EQR5FTG,,,,,,,,,,\n"))
		rows := w.rows(t, id, intake.Filter{})
		if len(rows[0].Changes) != 11 || len(rows[1].Changes) != 1 {
			t.Errorf("changes: %v", rows)
		}
		if _, err := w.Undo(t.Context(), w.who, id); err != nil {
			t.Fatal(err)
		}
		if after := w.snapshot(t); after != before {
			t.Errorf("after taking back:\n%s\nbefore:\n%s", after, before)
		}
		b := w.named(t, "乙党总支")
		r, _, err := w.Import(t.Context(), w.user(t, access.Registrar, b), intake.Upload{
			Entity: intake.Enterprises, Under: b.ID, Name: "4.csv", Data: []byte(head + "甲公司,91320599LWNW30LMKX,,民营,,999,,,,,,\n"),
		}, intake.Options{})
		if err != nil || faults(r.Problems) != "2 name enterprise.out_of_scope" {
			t.Errorf("an enterprise of another: %+v, %v", r, err)
		}
	})
}

func TestEveryWordOfTheCatalogsIsReadBack(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	for _, lang := range text.Langs {
		var ledger, people strings.Builder
		ledger.WriteString("党组织名称,党组织类别,成立日期,所在单位名称,单位类型\n")
		for i, k := range rule.OrgKinds {
			fmt.Fprintf(&ledger, "支部%d,%s,2020-01-01,,\n", i, text.Say(lang, k.Title()))
		}
		for i, k := range rule.EnterpriseTypes {
			fmt.Fprintf(&ledger, "丙支部%d,党支部,2020-01-01,公司%d,\"%s\"\n", i, i, text.Say(lang, k.Title()))
		}
		people.WriteString("姓名,性别,人员类别\n")
		for _, k := range member.Kinds[:4] {
			fmt.Fprintf(&people, "张三,%s,%s\n", text.T(lang, "person_sex.female"), text.Say(lang, member.KindTitle(k)))
		}
		for e, data := range map[intake.Entity]string{intake.Orgs: ledger.String(), intake.Members: people.String()} {
			r := w.take(t, e, w.root, "x.csv", []byte(data), intake.Options{DryRun: true})
			for _, f := range r.Problems {
				if f.Code != "person.twice_in_file" {
					t.Errorf("%s %s: %s", lang, e, faults(r.Problems))
				}
			}
		}
	}
}

func TestEveryKeyHasItsSentence(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`"((?:intake|problem)\.[a-z_.]+[a-z])"`)
	code := regexp.MustCompile(`(?:Code: |note\("[a-z_]+", )"([a-z_0-9]+\.[a-z_0-9]+)"`)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		src, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(src), -1) {
			seen++
			if !text.Has(m[1]) && !text.Has("job_kind."+m[1]) && m[1] != "intake.enterprise" {
				t.Errorf("%s: no sentence for %s", f.Name(), m[1])
			}
		}
		for _, m := range code.FindAllStringSubmatch(string(src), -1) {
			seen++
			if !text.Has("problem." + m[1]) {
				t.Errorf("%s: no sentence for %s", f.Name(), m[1])
			}
		}
	}
	if seen < 40 {
		t.Errorf("found %d keys only", seen)
	}
	for _, v := range intake.Verdicts {
		if !text.Has(v.Title().Key) {
			t.Errorf("no word for %s", v)
		}
	}
	for _, s := range []intake.State{intake.Uploaded, intake.Mapped, intake.Checking, intake.Checked, intake.Writing, intake.Stopped, intake.Written, intake.Undoing, intake.Undone} {
		if !text.Has(s.Title().Key) {
			t.Errorf("no word for %s", s)
		}
	}
	for _, e := range []intake.Entity{intake.Orgs, intake.Members, intake.Enterprises} {
		if !text.Has(e.Title().Key) {
			t.Errorf("no word for %s", e)
		}
		for _, c := range intake.Columns(e) {
			if !text.Has(e.Heading(c.Key).Key) {
				t.Errorf("no heading for %s", c.Key)
			}
		}
	}
}
