package intake_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

var verify = member.Purpose{Code: "verify", Words: "核对"}

// filled is a world with both rosters in it, and two branches of one name.
func filled(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := newWorld(t, d)
	w.take(t, intake.Orgs, w.root, "units.xlsx", roster(t, "units.xlsx"), intake.Options{})
	w.take(t, intake.Members, w.root, "members.xlsx", roster(t, "members.xlsx"), intake.Options{})
	return w
}

func (w *world) export(t *testing.T, x intake.Export) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := w.Export(t.Context(), w.who, x, &b); err != nil {
		t.Fatalf("export %s: %v", x.Entity, err)
	}
	return b.Bytes()
}

func TestWhatIsExportedComesBackUnchanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := filled(t, d)
		// Two branches share a name, and so do two people; a branch has no enterprise.
		for _, parent := range []string{"文明科技有限公司黨總支", "華國科技有限公司黨總支"} {
			up := w.named(t, parent)
			w.found(t, w.who, org.Founding{Parent: up.ID, Name: "退休党支部", Kind: rule.Branch, FoundedOn: core.NewDate(2024, 2, 29)})
		}
		w.take(t, intake.Members, w.root, "more.csv", []byte("姓名,性别,出生日期,人员类别,所在支部,备注\n=陈一,,,,,\n陈一,女,1990-01-02,预备党员,文明科技有限公司黨總支/退休党支部,+86\n陈一,,1990-01-02,正式党员,華國科技有限公司黨總支/退休党支部,\n"), intake.Options{})
		if n := w.count(t, `SELECT count(*) FROM persons WHERE realm_id = 1`); n != 331 {
			t.Fatalf("%d people", n)
		}
		for _, x := range []intake.Export{
			{Entity: intake.Orgs}, {Entity: intake.Members}, {Entity: intake.Members, Sensitive: true, Why: verify}, {Entity: intake.Enterprises},
		} {
			for _, lang := range text.Langs {
				x.Lang, x.Under = lang, w.root.ID
				for _, csv := range []bool{false, true} {
					x.CSV = csv
					r := w.take(t, x.Entity, w.root, "out", w.export(t, x), intake.Options{DryRun: true})
					want := map[intake.Entity]int{intake.Orgs: 28, intake.Members: 331, intake.Enterprises: 7}[x.Entity]
					if r.Rows != want || r.Unchanged != want {
						t.Errorf("%s %s csv=%v sensitive=%v: %d of %d rows unchanged, want %d: %v", x.Entity, lang, csv, x.Sensitive, r.Unchanged, r.Rows, want, r.Problems)
					}
				}
			}
		}
	})
}

// named returns the only organisation of that name in the first realm.
func (w *world) named(t *testing.T, name string) (o org.Org) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) error {
		all, err := org.Named(t.Context(), tx, 1, access.Below(w.root.Path), name)
		if err == nil && len(all) != 1 {
			t.Fatalf("%d organisations are named %s", len(all), name)
		}
		o = all[0]
		return err
	})
	return o
}

func TestNumbersLeaveOnlyWhereTheyAreAskedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := filled(t, d)
		plain := w.export(t, intake.Export{Entity: intake.Members, Under: w.root.ID, Lang: core.Hans, CSV: true})
		if bytes.Contains(plain, []byte("320599")) || bytes.Contains(plain, []byte(",1990")) && bytes.Contains(plain, []byte("19909074028")) {
			t.Error("an export without numbers holds one")
		}
		open := w.export(t, intake.Export{Entity: intake.Members, Under: w.root.ID, Lang: core.Hans, CSV: true, Sensitive: true, Why: verify})
		if !bytes.Contains(open, []byte("320599198411140500")) || !bytes.Contains(open, []byte("19909074028")) {
			t.Error("an export with numbers lacks one")
		}
		if n := w.count(t, `SELECT count(*) FROM journal WHERE action = 'export.members' AND outcome = 'done' AND note = '核对'`); n != 1 {
			t.Errorf("%d journal entries tell of it", n)
		}
	})
}

func TestWhoMayExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := filled(t, d)
		branch := w.named(t, "霞秀科技有限公司第三黨支部")
		secretary, department := w.user(t, access.Secretary, branch), w.user(t, access.Department, w.root)
		for _, tt := range []struct {
			name string
			who  access.Actor
			x    intake.Export
			want error
		}{
			{"a secretary the roster of the branch", secretary, intake.Export{Entity: intake.Members, Under: branch.ID, Sensitive: true, Why: verify}, nil},
			{"a secretary the roster of all", secretary, intake.Export{Entity: intake.Members, Under: w.root.ID}, core.NotFound},
			{"a department the ledger", department, intake.Export{Entity: intake.Orgs, Under: w.root.ID}, nil},
			{"a department the roster", department, intake.Export{Entity: intake.Members, Under: w.root.ID}, core.Forbidden},
			{"another realm", w.they, intake.Export{Entity: intake.Orgs, Under: w.root.ID}, core.NotFound},
			{"what is no list", w.who, intake.Export{Entity: "users", Under: w.root.ID}, core.Invalid},
		} {
			tt.x.Lang, tt.x.CSV = core.Hans, true
			var b bytes.Buffer
			err := w.Export(t.Context(), tt.who, tt.x, &b)
			if core.KindOf(err) != core.KindOf(tt.want) && (err != nil || tt.want != nil) {
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
			}
			if tt.want != nil && b.Len() > 0 {
				t.Errorf("%s: %d bytes came out", tt.name, b.Len())
			}
			if tt.who == secretary && tt.want == nil && strings.Contains(b.String(), "第二黨支部") {
				t.Error("the roster of a branch shows another branch")
			}
		}
		if n := w.count(t, `SELECT count(*) FROM journal WHERE outcome = 'denied'`); n != 3 {
			t.Errorf("%d denials are in the journal, want 3", n)
		}
	})
}

func TestAnExportOfAnEarlierDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := filled(t, d)
		for _, tt := range []struct {
			x    intake.Export
			want int
		}{
			{intake.Export{Entity: intake.Orgs, On: core.NewDate(2012, 9, 27)}, 1},
			{intake.Export{Entity: intake.Orgs, On: core.NewDate(2012, 9, 28)}, 2}, // the oldest branch of the ledger
			{intake.Export{Entity: intake.Members, On: core.NewDate(2026, 11, 23)}, 0},
			{intake.Export{Entity: intake.Members, On: core.NewDate(2026, 11, 24)}, 329},
		} {
			tt.x.Under, tt.x.Lang, tt.x.CSV = w.root.ID, core.En, true
			if n := bytes.Count(w.export(t, tt.x), []byte("\r\n")) - 1; n != tt.want {
				t.Errorf("%s on %s: %d rows, want %d", tt.x.Entity, tt.x.On, n, tt.want)
			}
		}
	})
}

func TestExportsSayWhatTheyAre(t *testing.T) {
	w := filled(t, dbtest.SQLite(t))
	b, err := sheet.Open(t.Context(), w.export(t, intake.Export{Entity: intake.Orgs, Under: w.root.ID, Lang: core.Hans}), "o.xlsx", sheet.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	table, err := b.Table("", sheet.OrgColumns)
	if err != nil || table.Header.Row != 3 {
		t.Fatalf("header in row %v: %v", table, err)
	}
	data := w.export(t, intake.Export{Entity: intake.Orgs, Under: w.root.ID, Lang: core.Hans})
	for _, want := range []string{"数据截至 2026年11月24日", "示例数据，人物均为虚构。", "苏州市委组织部：党组织台账"} {
		if !slices.ContainsFunc(texts(t, data), func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("the file does not say %q", want)
		}
	}
}

func TestTemplatesAreReadOnceFilledIn(t *testing.T) {
	for _, e := range []intake.Entity{intake.Orgs, intake.Members, intake.Enterprises} {
		for _, lang := range text.Langs {
			var b bytes.Buffer
			if err := intake.WriteTemplate(&b, e, lang); err != nil {
				t.Fatal(err)
			}
			book, err := sheet.Open(t.Context(), b.Bytes(), "t.xlsx", sheet.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := book.Table("", intake.Columns(e)); core.MsgOf(err).Key != "sheet.no_rows" {
				t.Errorf("%s %s: a template holds a header and no row: %v", e, lang, err)
			}
		}
	}
	if err := intake.WriteTemplate(&bytes.Buffer{}, "users", core.Hans); core.KindOf(err) != core.Invalid {
		t.Errorf("a template of what is no list: %v", err)
	}
}
