package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
)

func addr(o org.Org) string { return "/orgs/" + o.ID.String() }

// textsOf returns the words of each part of a page.
func textsOf(doc *goquery.Document, selector string) []string {
	return doc.Find(selector).Map(func(_ int, s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") })
}

// panel returns the section that has the heading.
func panel(doc *goquery.Document, heading string) *goquery.Selection {
	return doc.Find("section.panel").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return s.Find("h2").First().Text() == heading
	})
}

func wordsOf(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func (b *base) appointAs(at core.OrgID, who core.PersonID, duty string) {
	b.t.Helper()
	b.tx(func(tx *db.Tx) error {
		_, err := org.Appoint(b.t.Context(), tx, access.Machine(1), b.s.Now(), org.Duty{Org: at, Person: who, Code: duty, From: core.NewDate(2023, 6, 18)})
		return err
	})
}

func TestAnOrganisationsPage(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		b.setTerm(b.dow.ID, org.Term{Number: 2, ElectedOn: core.NewDate(2023, 6, 18), Document: "苏组〔2023〕9号"})
		b.appointAs(b.dow.ID, b.people[0], "secretary")
		b.tx(func(tx *db.Tx) error {
			return enterprise.Host(t.Context(), tx, access.Machine(1), b.s.Now(), b.dow.ID, b.mill.ID, core.DateOf(b.s.Now()), 0)
		})
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get(addr(b.dow))
		says(t, doc, "h1", "陶氏基地党委")
		says(t, doc, ".path", "园区党工委陶氏基地党委") // the city is out of reach
		says(t, doc, ".head > p:not(.row)", "基层党委，下级组织 2 个，党员 107 人。")
		if got := strings.Join(textsOf(doc, "section.panel:has(h2:contains(基本情况)) .facts > div"), "|"); got !=
			"类别基层党委|组建方式没有记|单位情况没有记|文号苏组〔2018〕7号|成立2003-09-12" {
			t.Errorf("facts: %s", got)
		}
		if got := wordsOf(panel(doc, "班子").Find("tbody")); got != "许知一书记操作工2023-06-18离任 书记 许知一" {
			t.Errorf("officers: %s", got)
		}
		below := panel(doc, "下设组织")
		if got := wordsOf(below.Find("tbody")); got != "生产二支部党支部3 生产一支部党支部104" {
			t.Errorf("below: %s", got)
		}
		if got := wordsOf(below.Find("tfoot")); got != "合计（含本级）1072" {
			t.Errorf("sum: %s", got)
		}
		if to := below.Find(".note a").AttrOr("href", ""); to != "/people?under="+b.dow.ID.String() {
			t.Errorf("the number leads to %s", to)
		}
		term := panel(doc, "任期")
		if got := wordsOf(term.Find(".facts")); got != "届次第 2 届 本届2023-06-18 起，每届 5 年 届满2028-06-18 还剩 1 年 6 个月 提醒2027-12-18 提前 6 个月 可提前到2027-06-18 需批准 可延到2029-06-18 需批准 文号苏组〔2023〕9号" {
			t.Errorf("term: %s", got)
		}
		if got := wordsOf(term.Find(".note")); !strings.HasPrefix(got, "依据：") || len(got) < 40 {
			t.Errorf("the term rests on %q", got)
		}
		if got := wordsOf(panel(doc, "所在单位").Find(".tasks")); got != "纺织厂民营企业待走访" {
			t.Errorf("hosts: %s", got)
		}
		if got := doc.Find(".growth li").Length(); got != 4 || doc.Find(".growth .now").Length() != 1 {
			t.Errorf("%d stages", got)
		}
		if got := strings.Join(textsOf(doc, ".growth .n3"), " "); got != "党支部 106 名正式党员 基层党委，106 人 基层党委，107 人" {
			t.Errorf("growth: %s", got)
		}
		trail := strings.Join(textsOf(doc, "#history .trail p"), "|")
		if trail != "本届届满|选举产生第 2 届|调整 党支部→基层党委|更名 陶氏基地党支部→陶氏基地党委|成立" {
			t.Errorf("history: %s", trail)
		}
	})
}

func TestNamesOfOfficersAreForThoseWhoKeepTheRoster(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		b.appointAs(b.dow.ID, b.people[0], "secretary")
		for _, role := range []access.Role{access.Department, access.System, access.Security, access.Auditor, access.Member} {
			doc := b.enter(string(role), role, b.park).get(addr(b.dow))
			if got := wordsOf(panel(doc, "班子")); strings.Contains(got, "许知") || strings.Contains(got, "操作工") || !strings.Contains(got, "书记") {
				t.Errorf("%s reads %s", role, got)
			}
			if strings.Contains(doc.Text(), "许知") || doc.Find("a[href*='/people']").Length() != 0 {
				t.Errorf("%s finds a name or a way to one", role)
			}
		}
	})
}

func TestOnlyWhoMayChangeIsOfferedIt(t *testing.T) {
	b := newBase(t, dbtest.SQLite(t))
	offered := func(role access.Role, on, page org.Org) string {
		doc := b.enter(string(role)+on.Name, role, on).get(addr(page))
		var all []string
		doc.Find("main a").Each(func(_ int, s *goquery.Selection) {
			rest, ok := strings.CutPrefix(s.AttrOr("href", ""), addr(page)+"/")
			if ok {
				all = append(all, rest)
			}
		})
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		role     access.Role
		on, page org.Org
		want     string
	}{
		{access.Registrar, b.park, b.dow, "record officers/new term correct"},
		{access.Department, b.park, b.dow, "record term correct"},
		{access.Secretary, b.dow, b.dow, ""},
		{access.Member, b.park, b.dow, ""},
	} {
		if got := offered(tt.role, tt.on, tt.page); got != tt.want {
			t.Errorf("%s at %s is offered %q, want %q", tt.role, tt.on.Name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		at, page org.Org
		want     string
	}{
		{b.park, b.dow, "change move merge split dissolve term officers/new correct"},
		{b.dow, b.dow, "change dissolve term officers/new correct"}, // its parent is out of reach
		{b.root, b.root, "change term officers/new correct"},
	} {
		doc := b.enter("r"+tt.at.Name+tt.page.Name, access.Registrar, tt.at).get(addr(tt.page) + "/record")
		var all []string
		doc.Find(".tasks a").Each(func(_ int, s *goquery.Selection) {
			all = append(all, strings.TrimPrefix(s.AttrOr("href", ""), addr(tt.page)+"/"))
		})
		if got := strings.Join(all, " "); got != tt.want {
			t.Errorf("at %s of %s: %q, want %q", tt.at.Name, tt.page.Name, got, tt.want)
		}
	}
	g := b.enter("s", access.Secretary, b.dow)
	for _, form := range []string{"/record", "/change", "/move", "/term", "/dissolve", "/officers/new"} {
		w := g.ask(403, "GET", addr(b.dow)+form, "")
		says(t, document(t, w), ".head p", "你的角色不能在这里改组织。")
	}
	says(t, document(t, b.enter("r2", access.Registrar, b.dow).ask(403, "GET", addr(b.dow)+"/move", "")), ".head p",
		"移动、合并、拆分要在这个组织、原上级和新上级都有权限。")
	says(t, document(t, b.enter("r3", access.Registrar, b.root).ask(422, "GET", addr(b.root)+"/move", "")), ".head p", "最上级组织不能移动、合并或者撤销。")
	says(t, document(t, b.enter("r4", access.Registrar, b.root).ask(422, "GET", addr(b.root)+"/dissolve", "")), ".head p", "最上级组织不能移动、合并或者撤销。")
}

func TestWhatIfTheNumbersChanged(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get(addr(b.dow) + "?delta=%E2%88%9236&from=2027-01-01")
		p := panel(doc, "如果人数变了")
		if got := wordsOf(p.Find(".facts")); got != "党员107 → 71 人 一般的形式党总支 现在是基层党委 任期3 年 现在 5 年" {
			t.Errorf("answer: %s", got)
		}
		if got := p.Find(".verdicts li").First(); wordsOf(got.Find(".tag")) != "提醒" || got.Find("cite").AttrOr("lang", "") != "zh-Hans" ||
			!strings.Contains(got.Find("cite").Text(), "党章") || !strings.Contains(wordsOf(got), "一般要求，可说明原因") {
			t.Errorf("verdict: %s", wordsOf(got))
		}
		if v := doc.Find("#delta").AttrOr("value", ""); v != "−36" || doc.Find("#from").AttrOr("value", "") != "2027-01-01" {
			t.Error("the question is gone")
		}
		doc = g.get(addr(b.second) + "?delta=12")
		if got := wordsOf(panel(doc, "如果人数变了").Find(".facts")); got != "党员3 → 15 人 一般的形式党支部 与现在相同 任期3 年" {
			t.Errorf("twelve more: %s", got)
		}
		for query, want := range map[string]string{
			"delta=many": "“many”不是整数，请写成 12 或 −36。", "delta=-107": "现有正式党员106名，不能减到零以下。", "delta=9999999": "数字太大，请改小。",
		} {
			doc := document(t, g.ask(422, "GET", addr(b.dow)+"?"+query, ""))
			says(t, doc, "#delta-err", want)
		}
		doc = document(t, g.ask(422, "GET", addr(b.dow)+"?delta=1&from=soon", ""))
		says(t, doc, "#from-err", "看不懂的日期：soon")
		doc = g.get(addr(b.dow) + "?delta=-106")
		if got := wordsOf(panel(doc, "如果人数变了").Find(".facts")); !strings.Contains(got, "不能单独设组织") {
			t.Errorf("nobody left: %s", got)
		}
	})
}

// TestADayAsKnownThen: a correction changes what the day looks like now, and
// not what was known before it.
func TestADayAsKnownThen(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		b.tick.Add(3 * 24 * time.Hour.Milliseconds()) // three days later
		right := "陶氏化学基地党支部"
		b.tx(func(tx *db.Tx) error {
			_, err := org.Correct(t.Context(), tx, access.Machine(1), b.s.Now(), b.dow.ID, org.Correction{On: core.NewDate(2010, 1, 1), Name: &right, Reason: "漏字"})
			return err
		})
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get(addr(b.dow) + "?on=2010-01-01")
		says(t, doc, "h1", right)
		says(t, doc, "#history .chip[aria-current]", "现在更正")
		if got := strings.Join(textsOf(doc, "#history .trail p"), "|"); got != "更正 陶氏基地党支部→陶氏化学基地党支部|成立" {
			t.Errorf("history: %s", got)
		}
		says(t, doc, "#history .system small", "漏字；2026年11月27日记录")
		doc = g.get(addr(b.dow) + "?on=2010-01-01&known=2026-11-24")
		says(t, doc, "h1", "陶氏基地党支部")
		says(t, doc, ".notice > span", "这是2010年1月1日的样子，按2026年11月24日当天所知。")
		says(t, doc, "#history .chip[aria-current]", "当时已知")
		if got := strings.Join(textsOf(doc, "#history .trail p"), "|"); got != "成立" {
			t.Errorf("history: %s", got)
		}
		if doc.Find("#whatif, .growth").Length() != 0 || panel(doc, "任期").Length() != 0 {
			t.Error("what is known of today alone stands on the page of a past day")
		}
		doc = g.get(addr(b.dow) + "?on=2010-01-01&known=then")
		says(t, doc, ".notice > span", "2010年1月1日这个组织不存在，或者当时还没有记录。")
		doc = g.get(addr(b.dow) + "?on=2003-09-11")
		says(t, doc, ".notice > span", "2003年9月11日这个组织不存在，或者当时还没有记录。")
		says(t, g.get(addr(b.dow)+"?on=2003-09-12"), "h1", right)
		doc = document(t, g.ask(422, "GET", addr(b.dow)+"?on=2030-01-01", ""))
		says(t, doc, "#on-err", "不能晚于今天（2026年11月27日）。")
	})
}

func TestTheEndOfTheDayIsWhatWasKnownThatDay(t *testing.T) {
	s := &Server{Now: func() time.Time { return dbtest.Day(2026, 11, 24) }}
	for query, want := range map[string]time.Time{
		"on=2026-11-23":                    {},
		"on=2026-11-23&known=now":          {},
		"on=2026-11-23&known=nonsense":     {},
		"on=2026-11-23&known=then":         dbtest.Day(2026, 11, 24).Add(-12*time.Hour - time.Microsecond),
		"on=2026-11-23&known=2026-10-31":   dbtest.Day(2026, 11, 1).Add(-12*time.Hour - time.Microsecond),
		"known=then":                       {},
		"on=2024-02-28&known=then&delta=1": dbtest.Day(2024, 2, 29).Add(-12*time.Hour - time.Microsecond),
	} {
		r, err := newRequest("/orgs/x?" + query)
		if err != nil {
			t.Fatal(err)
		}
		m, bad := s.moment(r)
		if bad != nil || !m.KnownAt.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", query, m.KnownAt, bad, want)
		}
	}
}

func TestADissolvedOrganisationSaysSo(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.root)
		says(t, g.get(addr(b.beta)), ".notice", "")
		g.post(addr(b.beta)+"/dissolve", "on", "2026-11-24", "reason", "合并办公", "version", "1")
		doc := g.get(addr(b.beta))
		says(t, doc, ".notice.warn > span", "“乙支部”已于2026年11月24日撤销，不能再改。")
		if panel(doc, "任期").Length() != 0 || doc.Find("#whatif").Length() != 0 {
			t.Error("it still has a term or a future")
		}
		says(t, g.get(addr(b.beta)+"?on=2026-11-23"), "h1", "乙支部")
		doc = g.get(addr(b.beta) + "/record")
		if got := doc.Find(".tasks a").Length(); got != 1 {
			t.Errorf("%d things can still be done with it", got)
		}
	})
}

func newRequest(target string) (*http.Request, error) {
	return http.NewRequest(http.MethodGet, target, nil)
}
