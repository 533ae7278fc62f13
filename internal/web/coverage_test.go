package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A park is a desk before a city with two areas: the east has a branch with its
// enterprise and one enterprise that should have one, the west one that is
// visited and one that is new.
type park struct {
	*desk
	east, west, branch org.Org
	street             core.ID
}

func newPark(t *testing.T, d *db.DB) *park {
	t.Helper()
	k := &park{desk: newDesk(t, d)}
	k.s.Figure = &figure.Service{DB: d, Now: k.s.Now}
	m := http.NewServeMux()
	k.s.mountStatic(m)
	k.s.mountSite(m)
	k.s.mountCoverage(m)
	k.h = k.s.guard(m)
	long := core.NewDate(2015, 1, 1)
	k.east = k.found(1, org.Founding{Parent: k.root.ID, Name: "东区党委", Kind: rule.Committee, FoundedOn: long})
	k.west = k.found(1, org.Founding{Parent: k.root.ID, Name: "西区党委", Kind: rule.Committee, FoundedOn: long})
	k.branch = k.found(1, org.Founding{Parent: k.east.ID, Name: "康美包党支部", Kind: rule.Branch, SetupMode: "own", FoundedOn: long})
	k.found(2, org.Founding{Parent: k.other.ID, Name: "别处党委", Kind: rule.Committee, FoundedOn: long})
	register := func(realm core.RealmID, at org.Org, name, state string, members int) (e enterprise.Enterprise) {
		k.tx(func(tx *db.Tx) (err error) {
			r := enterprise.Registration{Name: name, Org: at.ID, Type: "private", State: state, From: core.NewDate(2026, 10, 1), MembersFound: &members}
			if state == enterprise.Operating {
				r.VerifiedOn = core.NewDate(2026, 10, 5)
			}
			e, err = enterprise.Register(t.Context(), tx, access.Machine(realm), k.s.Now(), r)
			return err
		})
		return e
	}
	sig := register(1, k.east, "康美包", enterprise.Operating, 5)
	qilan := register(1, k.east, "启岚", enterprise.Operating, 4)
	register(1, k.west, "沐川", enterprise.Operating, 1)
	register(1, k.west, "新公司", enterprise.Listed, 0)
	register(2, k.other, "别处公司", enterprise.Operating, 3)
	k.tx(func(tx *db.Tx) error {
		who, since := access.Machine(1), core.NewDate(2026, 11, 3)
		if err := enterprise.Host(t.Context(), tx, who, k.s.Now(), k.branch.ID, sig.ID, since, 0); err != nil {
			return err
		}
		g, err := enterprise.MakeGrouping(t.Context(), tx, who, k.s.Now(), enterprise.Grouping{Kind: enterprise.Street, Name: "现代大道"}, core.NewDate(2026, 10, 1))
		k.street = g.ID
		if err != nil {
			return err
		}
		return enterprise.JoinMany(t.Context(), tx, who, k.s.Now(), []enterprise.Joining{
			{Grouping: g.ID, Enterprise: sig.ID, Period: core.Since(core.NewDate(2026, 10, 1))},
			{Grouping: g.ID, Enterprise: qilan.ID, Period: core.Since(core.NewDate(2026, 10, 1))},
		})
	})
	k.sit(access.Department, k.root)
	return k
}

func TestCoverageSaysWhatIsCovered(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	d := k.get("/coverage")
	if got := d.Find("h1").Text(); got != "共 4 家，已覆盖 1 家（25.0%）" {
		t.Errorf("headline: %q", got)
	}
	if got := d.Find(".head p").Text(); !strings.Contains(got, "未覆盖的 3 家里，1 家有 3 名以上正式党员，建议先看。") {
		t.Errorf("advice: %q", got)
	}
	var figs []string
	d.Find(".fig .v").Each(func(_ int, s *goquery.Selection) { figs = append(figs, s.Text()) })
	if got := strings.Join(figs, " "); got != "25.0%1/4 25.0%1/4 50.0%1/2 25.0%1/4" {
		t.Errorf("figures: %s", got)
	}
	if got := rowsOf(d, "#tree"); got != "苏州市委组织部|4|1|0|3|25.0%1/4|+1\n东区党委|2|1|0|1|50.0%1/2|+1\n西区党委|2|0|0|2|0.0%0/2|0" {
		t.Errorf("table:\n%s", got)
	}
	if got := d.Find(".tiles figcaption").Text(); got != "现代大道2没有登记街道2" {
		t.Errorf("map: %q", got)
	}
	if says, _ := d.Find(".tiles svg").First().Attr("aria-label"); says != "现代大道：单独组建 1，联合组建 0，工作覆盖 0，未覆盖 1，待核对 0" {
		t.Errorf("map, read aloud: %q", says)
	}
	if got := d.Find("table.ledger tfoot").Text(); !strings.Contains(got, "合计3") || !strings.Contains(got, "合计0101") {
		t.Errorf("sums: %q", got)
	}
	if strings.Contains(d.Text(), "别处") {
		t.Error("another realm shows")
	}
}

// rowsOf writes the rows of a table, one a line.
func rowsOf(d *goquery.Document, table string) string {
	var lines []string
	d.Find(table + " tbody tr").Each(func(_ int, tr *goquery.Selection) {
		var cells []string
		tr.Children().Each(func(_ int, c *goquery.Selection) { cells = append(cells, strings.Join(strings.Fields(c.Text()), " ")) })
		lines = append(lines, strings.Join(cells, "|"))
	})
	return strings.Join(lines, "\n")
}

// TestEveryLinkOfCoverageLeadsSomewhere follows every link to this site's
// figures, and compares each number with the length of its list.
func TestEveryLinkOfCoverageLeadsSomewhere(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	seen := map[string]bool{}
	for _, page := range []string{"/coverage", "/coverage?by=type", "/coverage?by=chain&on=2026-11-02", "/figures", "/figures/two_new_share"} {
		k.get(page).Find("main a[href]").Each(func(_ int, a *goquery.Selection) {
			href := a.AttrOr("href", "")
			if u, err := url.Parse(href); err != nil || seen[href] || !strings.HasPrefix(u.Path, "/coverage") && !strings.HasPrefix(u.Path, "/figures") {
				return
			}
			seen[href] = true
			w := k.ask(200, "GET", href, "")
			if !strings.HasPrefix(href, "/coverage/rows?") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				return
			}
			var n int
			if _, err := fmt.Sscanf(a.Text(), "%d", &n); err != nil {
				return // words
			}
			if got := document(t, w).Find("tbody tr").Length(); got != n {
				t.Errorf("%s: the number is %d, the list has %d", href, n, got)
			}
		})
	}
	if len(seen) < 40 {
		t.Errorf("only %d links", len(seen))
	}
}

func TestRowsOpenAndAreLookedAt(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	d := k.get("/coverage")
	fold := d.Find("#tree a.fold").First()
	if fold.AttrOr("aria-expanded", "") != "false" || fold.AttrOr("aria-label", "") != "展开东区党委" {
		t.Fatalf("got %q", fold.AttrOr("aria-label", ""))
	}
	d = k.get(fold.AttrOr("href", ""))
	if got := rowsOf(d, "#tree"); !strings.Contains(got, "启岚|正式党员 4 人，应建未建|指派联络员 启岚\n康美包|单独组建 · 康美包党支部|单独组建") {
		t.Errorf("open:\n%s", got)
	}
	if got := d.Find("tr.on th").Text(); got != "东区党委" {
		t.Errorf("looked at: %q", got)
	}
	if got := d.Find(".tasks b").Text(); got != "启岚" {
		t.Errorf("to begin with: %q", got)
	}
	if href, _ := d.Find("tr .btn").Attr("href"); !strings.HasPrefix(href, "/appoint?id=") {
		t.Errorf("assign: %q", href)
	}
	d = k.get(d.Find("#tree a.fold").First().AttrOr("href", ""))
	if d.Find("#tree a.fold").First().AttrOr("aria-expanded", "") != "false" {
		t.Error("it does not close")
	}
}

func TestWhoMayNotChangeIsOfferedNothing(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	k.v.Roles = []access.Role{access.Manager}
	for _, page := range []string{"/coverage?open=org-" + k.east.ID.String(), "/coverage/rows?show=missed"} {
		if d := k.get(page); d.Find(`a[href^="/appoint"], form[action="/appoint"]`).Length() > 0 {
			t.Errorf("%s offers to appoint", page)
		}
	}
	k.v.Roles = []access.Role{access.Department}
	if d := k.get("/coverage/rows?show=missed"); d.Find(`form[action="/appoint"] input[name=id]`).Length() != 3 {
		t.Error("the list of those not covered lets choose all three")
	}
	if d := k.get("/coverage/rows?show=missed&known=then"); d.Find(`form[action="/appoint"]`).Length() > 0 {
		t.Error("what was known then cannot be acted on")
	}
}

func TestCoverageBeforeAnythingWasKnown(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	d := k.get("/coverage?on=2026-10-31&known=then")
	if got := d.Find(".empty .title").Text(); got != "2026年10月31日那天，这里还没有记录" {
		t.Errorf("got %q", got)
	}
	if d = k.get(d.Find(".empty a").First().AttrOr("href", "")); d.Find("h1").Text() != "共 4 家，已覆盖 0 家（0.0%）" {
		t.Errorf("as corrected now: %q", d.Find("h1").Text())
	}
	k.sit(access.Registrar, k.branch)
	if d = k.get("/coverage"); d.Find(".empty a").First().AttrOr("href", "") != "/import" {
		t.Error("an empty page says what to do first")
	}
}

func TestFiguresThatCannotBe(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	for _, tt := range []struct {
		path string
		want int
	}{
		{"/coverage?on=2026-11-24", 200}, {"/coverage?on=2026-11-25", 422}, {"/coverage?on=yesterday", 422}, {"/coverage?by=floor", 422},
		{"/coverage?under=" + k.other.ID.String(), 404}, {"/coverage?under=x", 404}, {"/coverage?at=org-" + k.other.ID.String(), 404},
		{"/coverage?open=nonsense", 404}, {"/coverage/rows?show=nonsense", 404}, {"/coverage/rows?show=missed&page=999", 200},
		{"/figures/nonsense", 404}, {"/figures?under=" + k.other.ID.String(), 404}, {"/coverage/table.xlsx?under=" + k.other.ID.String(), 404},
	} {
		k.ask(tt.want, "GET", tt.path, "")
	}
	k.v.Under = 0 // the manager of an enterprise acts for no organisation
	k.ask(403, "GET", "/coverage", "")
}

func TestTheWorkbookIsWhatTheScreenShows(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	w := k.ask(200, "GET", "/coverage/table.xlsx?open=org-"+k.east.ID.String(), "")
	text := workbookText(t, w.Body.Bytes())
	for _, want := range []string{"示例数据", "苏州市委组织部", "东区党委", "50.0%"} {
		if !strings.Contains(text, want) {
			t.Errorf("the workbook lacks %s:\n%s", want, text)
		}
	}
	w = k.ask(200, "GET", "/coverage/rows.xlsx?show=missed", "")
	for _, want := range []string{"启岚", "沐川", "新公司", "应建未建"} {
		if text := workbookText(t, w.Body.Bytes()); !strings.Contains(text, want) {
			t.Errorf("the list lacks %s:\n%s", want, text)
		}
	}
}

// workbookText returns every part of a workbook that holds cells.
func workbookText(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
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
		r.Close()
	}
	return all.String()
}

func TestAReportedNumberStandsBesideTheComputedOne(t *testing.T) {
	k := newPark(t, dbtest.SQLite(t))
	form := url.Values{"for": {"2026-11-20"}, "printed": {"53%"}, "source": {"人民网"}, "reported_on": {"2026-11-22"}}
	bad := url.Values{"for": {"2026-11-20"}, "printed": {"一半"}, "reported_on": {"2026-11-22"}}
	d := document(t, k.ask(422, "POST", "/figures/two_new_share", bad.Encode()))
	if d.Find(".errors li").Length() != 2 || d.Find("#printed").AttrOr("value", "") != "一半" {
		t.Errorf("what is wrong: %s", d.Find(".errors").Text())
	}
	k.ask(303, "POST", "/figures/two_new_share", form.Encode())
	d = k.get("/figures/two_new_share")
	if got := rowsOf(d, "section:has(th) table:has(small)"); !strings.Contains(got, "53%|25.0%相差 28.0 个百分点|1/4") {
		t.Errorf("beside it:\n%s", got)
	}
	if got := k.get("/coverage?on=2026-11-20").Find(".was").Text(); !strings.Contains(got, "上报 53%，算出 25.0%，相差 28.0 个百分点（人民网）") {
		t.Errorf("on the page of coverage: %q", got)
	}
	if got := k.get("/coverage?on=2026-11-21").Find(".was").Length(); got != 0 {
		t.Error("it was printed of another day")
	}
	k.sit(access.Secretary, k.root)
	if d := k.get("/figures/two_new_share"); d.Find("main form[method=post]").Length() > 0 {
		t.Error("a secretary is offered the form")
	}
	k.ask(403, "POST", "/figures/two_new_share", form.Encode())
}
