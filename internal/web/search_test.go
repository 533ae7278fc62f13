package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/burden"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/secret"
)

// groups returns what a page of the search has found: "orgs 甲支部, people …".
func groups(doc *goquery.Document) string {
	var out []string
	doc.Find("#found section").Each(func(_ int, g *goquery.Selection) {
		var names []string
		g.Find(".tasks b").Each(func(_ int, b *goquery.Selection) { names = append(names, b.Text()) })
		out = append(out, strings.TrimSuffix(g.Find("h2").AttrOr("id", ""), "-h")+" "+strings.Join(names, ","))
	})
	return strings.Join(out, "; ")
}

func TestASearchFindsPagesOrgsEnterprisesAndPeople(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.tx(func(tx *db.Tx) error {
			_, err := member.Enrol(t.Context(), tx, secret.Fixed(secret.AES), access.Machine(1), k.s.Now(), member.Enrolment{
				Name: "甲小明", Kind: member.Full, Org: k.alpha.ID, JoinedOn: core.NewDate(2018, 6, 1), ConfirmedOn: core.NewDate(2019, 6, 1), From: core.NewDate(2020, 1, 1),
			})
			return err
		})
		boss, dept := k.enter("boss", access.Registrar, k.park), k.enter("dept", access.Department, k.park)
		find := func(g *guest, words string) string {
			return groups(document(t, g.ask(200, "POST", "/search", form("q", words))))
		}
		for _, tt := range []struct {
			g           *guest
			words, want string
		}{
			{boss, "甲", "orgs 甲支部; people 甲小明"},
			{dept, "甲", "orgs 甲支部"},
			{boss, "纺织", "enterprises 纺织厂"},
			{boss, "jt", "pages 今天"},
			{boss, "JIN tian", "pages 今天"},
			{boss, "enterprise", "pages 企业,登记企业"},
			{dept, "登記", "pages 登记企业"},
			{boss, "登記", "pages 登记企业,登记一人"},
			{k.enter("m", access.Member, k.alpha), "甲", "orgs 甲支部"},
			{k.enter("m2", access.Member, k.alpha), "导入", ""},
			{k.seat(k.person("nobody")), "甲", ""},
			{k.seat(k.person("nobody2")), "帮助", "pages 帮助"},
		} {
			if got := find(tt.g, tt.words); got != tt.want {
				t.Errorf("%q finds %q, want %q", tt.words, got, tt.want)
			}
		}
		doc := boss.get("/search?q=" + url.QueryEscape("甲"))
		if got := groups(doc); got != "orgs 甲支部" || doc.Find("form[method=post] input[name=q][value='甲']").Length() == 0 {
			t.Errorf("an address finds %q", got)
		}
		says(t, boss.get("/search?q=zzz"), "#found [role=status]", "没有找到")
		if got := groups(boss.get("/search")); !strings.HasPrefix(got, "pages 今天,全部时限,") || strings.Contains(got, ";") {
			t.Errorf("without words: %q", got)
		}
		long := strings.Repeat("甲", 101)
		doc = boss.again("/search", "q", long)
		says(t, doc, "#q-err", "搜索的字太多，最多 100 个。")
		if doc.Find("#q").AttrOr("value", "") != long {
			t.Error("what was typed is gone")
		}
	})
}

func TestWhatIsSearchedForIsNotWritten(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		boss := k.enter("boss", access.Registrar, k.park)
		doc := document(t, boss.ask(200, "POST", "/search", form("q", "欧阳某某")))
		doc.Find("a[href], form[action]").Each(func(_ int, s *goquery.Selection) {
			to, _ := url.QueryUnescape(s.AttrOr("href", "") + s.AttrOr("action", ""))
			if strings.Contains(to, "欧阳") {
				t.Errorf("an address holds the words: %s", to)
			}
		})
		boss.get("/search?q=" + url.QueryEscape("欧阳某某"))
		if log := k.log.String(); !strings.Contains(log, `"route":"POST /search"`) || strings.Contains(log, "欧阳") || strings.Contains(log, "%E6%AC%A7") {
			t.Errorf("the log says %s", log)
		}
		if n := k.count(`SELECT count(*) FROM journal j LEFT JOIN journal_bodies b ON b.id = j.id WHERE j.after_state LIKE '%欧阳%' OR j.note LIKE '%欧阳%' OR b.body LIKE '%欧阳%'`); n != 0 {
			t.Error("the journal holds the words")
		}
	})
}

// Each page that the palette offers opens, and each that it does not offer
// stays shut, for every role.
func TestCommandsAreThePagesThatOpen(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	k.s.Burden = func(context.Context) ([]burden.Line, error) { return nil, nil }
	for _, role := range access.Roles {
		place := access.Place{Role: role, Org: k.park.ID}
		if role == access.Manager {
			place = access.Place{Role: role, Enterprise: k.mill.ID}
		}
		if role == access.System { // settings hold for the whole realm
			place.Org = k.root.ID
		}
		g := k.seat(k.person(string(role), place))
		offered := map[string]bool{}
		g.get("/help").Find("#palette [role=option]").Each(func(_ int, o *goquery.Selection) { offered[o.AttrOr("data-href", "")] = true })
		for _, c := range commands {
			if c.href == "/api" { // open to everybody where there is an API
				continue
			}
			code := g.try("GET", c.href)
			if offered[c.href] && code != 200 {
				t.Errorf("%s is offered %s, which answers %d", role, c.href, code)
			}
			if !offered[c.href] && code == 200 {
				t.Errorf("%s may open %s and is not offered it", role, c.href)
			}
		}
	}
}

// unnamed are the pages without a hole in their address that the palette does
// not offer, and why.
var unnamed = map[string]string{
	"/language":            "a switch at the foot of each page",
	"/theme":               "the same",
	"/switch":              "a switch at the top of each page",
	"/search":              "is what the palette does",
	"/more":                "the navigation of a phone",
	"/sign-in":             "for who has not signed in",
	"/sign-in/second":      "the same",
	"/reset":               "the same",
	"/setup":               "the same",
	"/me/growth":           "hangs on /mentoring; it is empty for who has no record",
	"/me/factors/app":      "a step of /me/factors",
	"/me/factors/app.png":  "a picture of that step",
	"/today/coverage":      "a part of the first page",
	"/appoint":             "begins with enterprises that were chosen",
	"/coverage/rows":       "the rows behind a number",
	"/projects/cover":      "the same",
	"/problems/new":        "begins in the log of a project or an action branch",
	"/corrections/new":     "begins with an item of the record",
	"/import/new":          "the first step of /import",
	"/import/template":     "a file",
	"/posts/plates":        "a file",
	"/coverage/table.xlsx": "a file",
	"/coverage/rows.xlsx":  "a file",
	"/journal/export":      "a file",
}

// TestThePaletteKnowsEachPage compares the palette with the router.
func TestThePaletteKnowsEachPage(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	known := map[string]bool{}
	for _, c := range commands {
		known[c.href] = true
	}
	there := map[string]bool{}
	for _, r := range k.s.Routes() {
		there[r.Path] = there[r.Path] || r.Method == "GET"
		if r.Method == "GET" && !strings.Contains(r.Path, "{") && !known[r.Path] && unnamed[r.Path] == "" {
			t.Errorf("GET %s is neither among the commands of the palette nor left out for a reason", r.Path)
		}
	}
	for path := range unnamed {
		if !there[path] {
			t.Errorf("%s is left out and is not there", path)
		}
	}
}
