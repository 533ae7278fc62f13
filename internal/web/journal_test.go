package web

import (
	"encoding/csv"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// actions returns what the rows of the journal say was done.
func actions(doc *goquery.Document) (all []string) {
	doc.Find("tbody tr").Each(func(_ int, s *goquery.Selection) {
		all = append(all, strings.Join(strings.Fields(s.Find("td").Eq(1).Text()), " "))
	})
	return all
}

func TestTheJournalIsReadByTheAuditor(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("秦明鉴", access.Auditor, k.root)
		park := k.enter("local", access.Auditor, k.park)
		doc := g.get("/journal?family=org")
		if got := actions(doc); len(got) != 4 || got[0] != "成立组织" {
			t.Errorf("the organisations: %q", got)
		}
		says(t, doc, "tbody tr:first-child td:nth-child(4)", "乙支部它的全部记录")
		if got := doc.Find("tbody tr:first-child td:nth-child(5)").Text(); !strings.Contains(got, "名称：乙支部") || !strings.Contains(got, "类别：党支部") || strings.Contains(got, "path") {
			t.Errorf("what changed: %q", got)
		}
		if href := doc.Find("tbody tr:first-child td:nth-child(4) a").First().AttrOr("href", ""); href != "/orgs/"+k.beta.ID.String() {
			t.Errorf("leads to %s", href)
		}
		trail := doc.Find("tbody tr:first-child td:nth-child(4) a").Last().AttrOr("href", "")
		if got := actions(g.get(trail)); !slices.Equal(got, []string{"成立组织"}) {
			t.Errorf("the trail: %q", got)
		}
		if got := actions(park.get("/journal")); len(got) != 3+1+1 { // three organisations, the enterprise, the own role
			t.Errorf("the park reads %q", got)
		}
		park.ask(404, "GET", "/journal?under="+k.root.ID.String(), "")
		park.ask(404, "GET", "/journal?under="+k.far.ID.String(), "")
		for _, role := range access.Roles {
			if role == access.Auditor || role == access.Manager {
				continue
			}
			k.enter(string(role), role, k.root).ask(403, "GET", "/journal", "")
			k.enter(string(role)+"2", role, k.root).ask(403, "POST", "/journal", form("from", "x"))
			k.enter(string(role)+"3", role, k.root).ask(403, "GET", "/journal/export", "")
		}
		if got := actions(g.get("/journal?outcome=denied&family=page")); len(got) < 6 || got[0] != "打开页面 被拒" {
			t.Errorf("what was denied: %q", got)
		}
	})
}

func TestFiltersOfTheJournal(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("秦明鉴", access.Auditor, k.root)
		to := func(values ...string) url.Values {
			t.Helper()
			u, err := url.Parse(g.ask(303, "POST", "/journal", form(values...)).Header().Get("Location"))
			if err != nil || u.Path != "/journal" {
				t.Fatal(u, err)
			}
			return u.Query()
		}
		me := k.count(`SELECT id FROM users WHERE login = 'user-秦明鉴'`)
		id := core.ID(me).String()
		for _, words := range []string{"秦明鉴", "USER-秦明鉴"} {
			if q := to("who", words, "family", "session", "from", "2026-11-01", "org", ""); q.Get("user") != id || q.Get("who") != "" || q.Get("family") != "session" || q.Get("from") != "2026-11-01" {
				t.Errorf("%s leads to %v", words, q)
			}
		}
		if q := to("org", "园区党工委"); q.Get("under") != k.park.ID.String() {
			t.Errorf("an organisation leads to %v", q)
		}
		doc := g.get("/journal?user=" + id)
		if got := actions(doc); len(got) != 1 || got[0] != "登录" {
			t.Errorf("what the auditor did: %q", got)
		}
		says(t, doc, ".chips a", "秦明鉴×去掉：秦明鉴")
		for name, bad := range map[string]string{"who": "谁也不是", "org": "没有这个", "subject": "x", "from": "2026-13-01", "family": "x", "outcome": "x"} {
			doc := g.again("/journal", name, bad, "to", "2026-11-30")
			if doc.Find("#"+name+"-err").Length() != 1 || doc.Find("#to").AttrOr("value", "") != "2026-11-30" || doc.Find("tbody").Length() != 0 {
				t.Errorf("%s=%s: %s", name, bad, doc.Find("main").Text())
			}
		}
		says(t, g.again("/journal", "from", "2026-11-30", "to", "2026-11-01"), "#to-err", "结束的一天不能早于开始的一天。")
		k.person("two", access.Place{Role: access.Member, Org: k.root.ID})
		k.exec(`UPDATE users SET name = '秦明鉴'`)
		says(t, g.again("/journal", "who", "秦明鉴"), "#who-err", "叫“秦明鉴”的账号不止一个，请填用户名。")
		for _, bad := range []string{"user=x", "before=x", "under=x"} {
			g.ask(404, "GET", "/journal?"+bad, "")
		}
		says(t, g.get("/journal?from=2025-01-01&to=2025-01-02"), ".empty .title", "没有这样的记录")
	})
}

func TestTheJournalIsReadPageByPageAndExported(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("秦明鉴", access.Auditor, k.root)
		for i := range 60 {
			k.found(1, org.Founding{Parent: k.park.ID, Name: "支部" + string(rune('A'+i%26)) + string(rune('a'+i/26)), Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
		}
		seen := 0
		for href := "/journal?family=org"; href != ""; {
			doc := g.get(href)
			seen += len(actions(doc))
			href = doc.Find(".pager a[rel=next]").AttrOr("href", "")
		}
		if seen != 64 {
			t.Errorf("%d entries over the pages", seen)
		}
		k.exec(`UPDATE orgs SET name = $1 WHERE name = $2`, "=1+1", "支部Hc")
		w := g.ask(200, "GET", "/journal/export?as=csv&family=org", "")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 65 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if got := rows[1][3]; got != "成立组织" {
			t.Errorf("the first row says %q", rows[1])
		}
		if got := rows[1][5]; got != "'=1+1" {
			t.Errorf("a name that would run as a formula is %q", got)
		}
		if w := g.ask(200, "GET", "/journal/export?as=xlsx", ""); !strings.HasPrefix(w.Body.String(), "PK") {
			t.Error("no workbook")
		}
		if got := actions(g.get("/journal?family=export")); !slices.Equal(got, []string{"导出日志", "导出日志"}) {
			t.Errorf("the journal tells %q", got)
		}
		g.ask(422, "GET", "/journal/export?from=x", "")
		k.exec(`UPDATE journal SET note = 'x' WHERE action = 'export.journal'`)
		says(t, g.get("/journal?family=export"), "tbody tr:first-child .tag", "写入后被改过")
	})
}

// TestTheJournalShowsNobodysFields: of a person's record it shows that
// something changed, never what it is.
func TestTheJournalShowsNobodysFields(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.exec(`INSERT INTO journal (realm_id, id, at, via, user_id, action, outcome, org_id, subject, subject_id, before_state, after_state, note, hash)
			VALUES (1, $1, $2, 'page', NULL, 'person.change', 'done', $3, 'person', 77, '{"name":"旧名","kind":"full"}', '{"name":"新名","kind":"probationary","secret_thing":"秘密"}', '', 'x')`,
			core.NewID(k.s.Now()), k.s.Now().UnixMicro(), k.alpha.ID)
		g := k.enter("秦明鉴", access.Auditor, k.root)
		got := g.get("/journal?family=person").Find("tbody").Text() + g.ask(200, "GET", "/journal/export?as=csv&family=person", "").Body.String()
		for _, word := range []string{"旧名", "新名", "秘密"} {
			if strings.Contains(got, word) {
				t.Errorf("the journal shows %s", word)
			}
		}
		if !strings.Contains(got, "名称：改过，内容不显示") || !strings.Contains(got, "正式党员 → 预备党员") {
			t.Errorf("the journal says %s", got)
		}
	})
}

// TestEveryActionHasAName reads the program for what the journal is told.
func TestEveryActionHasAName(t *testing.T) {
	files, err := filepath.Glob("../*/*.go")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	told := regexp.MustCompile(`Action: +"([a-z_]+\.[a-z_]+)"|(?:requireThen|requireFreshThen|s\.do|journalled)\(.*?"([a-z_]+\.[a-z_]+)"`)
	n := 0
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllStringSubmatch(string(b), -1) {
			n++
			if a := m[1] + m[2]; !text.Has("journal.action." + a) {
				t.Errorf("%s: the catalogs have no journal.action.%s", path, a)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d actions were found", n)
	}
}
