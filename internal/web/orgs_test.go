package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A base is a door with a committee of two branches in the park: 104 members
// in the first, 2 and a probationary one in the second.
type base struct {
	*door
	dow, first, second org.Org
	people             []core.PersonID // of the second
}

func newBase(t *testing.T, d *db.DB) *base {
	t.Helper()
	b := &base{door: newDoor(t, d)}
	b.dow = b.found(1, org.Founding{Parent: b.park.ID, Name: "陶氏基地党支部", Kind: rule.Branch, FoundedOn: core.NewDate(2003, 9, 12)})
	b.first = b.found(1, org.Founding{Parent: b.dow.ID, Name: "生产一支部", Kind: rule.Branch, FoundedOn: core.NewDate(2011, 6, 30)})
	b.second = b.found(1, org.Founding{Parent: b.dow.ID, Name: "生产二支部", Kind: rule.Branch, FoundedOn: core.NewDate(2011, 6, 30)})
	kind, name := rule.Committee, "陶氏基地党委"
	b.dow = b.apply(b.dow.ID, org.Change{Kind: &kind, Name: &name, Document: &[]string{"苏组〔2018〕7号"}[0], On: core.NewDate(2018, 6, 18), Reason: "分设支部"})
	b.enrol(b.first.ID, 104, member.Full)
	b.people = append(b.enrol(b.second.ID, 2, member.Full), b.enrol(b.second.ID, 1, member.Probationary)...)
	return b
}

func eachBase(t *testing.T, f func(t *testing.T, b *base)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, newBase(t, d)) })
}

func (b *base) apply(id core.OrgID, c org.Change) (o org.Org) {
	b.t.Helper()
	b.tx(func(tx *db.Tx) (err error) {
		o, err = org.Apply(b.t.Context(), tx, access.Machine(1), b.s.Now(), id, c)
		return err
	})
	return o
}

// enrol adds so many people of one standing, who joined on 2012-07-01.
func (b *base) enrol(at core.OrgID, n int, kind string) (ids []core.PersonID) {
	b.t.Helper()
	day := core.NewDate(2012, 7, 1)
	rows := make([]member.Enrolment, n)
	for i := range rows {
		rows[i] = member.Enrolment{Name: "许知" + string(rune('一'+i)), Sex: "male", Kind: kind, Org: at, JoinedOn: day, ConfirmedOn: day.AddMonths(12), From: day.AddMonths(12), Position: "操作工"}
		if kind == member.Probationary {
			rows[i].JoinedOn, rows[i].ConfirmedOn, rows[i].From = core.NewDate(2026, 6, 1), core.Date{}, core.NewDate(2026, 6, 1)
		}
	}
	b.tx(func(tx *db.Tx) (err error) {
		ids, err = member.EnrolMany(b.t.Context(), tx, b.s.Member.Keys, access.Machine(1), b.s.Now(), rows)
		return err
	})
	return ids
}

func (b *base) setTerm(id core.OrgID, t org.Term) {
	b.t.Helper()
	b.tx(func(tx *db.Tx) error { return org.SetTerm(b.t.Context(), tx, access.Machine(1), b.s.Now(), id, t) })
}

// orgNames returns the organisations that a list or tree shows, in its order.
func orgNames(doc *goquery.Document) string {
	return strings.Join(doc.Find("#orgs tbody th a:not(.fold)").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), " ")
}

func lists(t *testing.T, doc *goquery.Document, want string) {
	t.Helper()
	if got := orgNames(doc); got != want {
		t.Errorf("shown are %q, want %q", got, want)
	}
}

func TestTheTreeShowsWhatIsOpen(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.root)
		doc := g.get("/orgs")
		lists(t, doc, "苏州市委组织部 园区党工委")
		says(t, doc, ".head > p", "共 7 个组织，党员 107 人，联系企业 1 家；0 个超期未换届，0 个在 6 个月内届满。")
		fold := func(doc *goquery.Document, o org.Org, open string) string {
			f := doc.Find("#o" + o.ID.String() + " .fold")
			if got := f.AttrOr("aria-expanded", ""); got != open {
				t.Errorf("%s is open: %q, want %s", o.Name, got, open)
			}
			href, _, _ := strings.Cut(f.AttrOr("href", ""), "#")
			return href
		}
		doc = g.get(fold(doc, b.park, "false"))
		lists(t, doc, "苏州市委组织部 园区党工委 甲支部 陶氏基地党委 乙支部")
		doc = g.get(fold(doc, b.dow, "false"))
		lists(t, doc, "苏州市委组织部 园区党工委 甲支部 陶氏基地党委 生产二支部 生产一支部 乙支部")
		doc = g.get(fold(doc, b.park, "true"))
		lists(t, doc, "苏州市委组织部 园区党工委")
		doc = g.get("/orgs?depth=3")
		lists(t, doc, "苏州市委组织部 园区党工委 甲支部 陶氏基地党委 生产二支部 生产一支部 乙支部")
		doc = g.get(fold(doc, b.dow, "true"))
		lists(t, doc, "苏州市委组织部 园区党工委 甲支部 陶氏基地党委 乙支部")
		doc = g.get(fold(doc, b.dow, "false"))
		lists(t, doc, "苏州市委组织部 园区党工委 甲支部 陶氏基地党委 生产二支部 生产一支部 乙支部")
		row := doc.Find("#o" + b.dow.ID.String())
		if got := row.Find("td").Map(func(_ int, s *goquery.Selection) string { return s.Text() }); strings.Join(got, "|") != "基层党委|107||2|" {
			t.Errorf("the row says %q", got)
		}
		if d := row.AttrOr("data-d", ""); d != "3" || row.Find("small").Text() != "下设 2 个" {
			t.Errorf("depth %s, %s", d, row.Find("small").Text())
		}
	})
}

func TestATreeBeginsWhereTheViewerActs(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("s", access.Secretary, b.dow)
		doc := g.get("/orgs")
		lists(t, doc, "陶氏基地党委 生产二支部 生产一支部")
		if got := doc.Find(".path a").Length(); got != 0 {
			t.Errorf("the path leads to %d organisations out of reach", got)
		}
		if doc.Find(".head .btn").Length() != 0 {
			t.Error("a secretary is offered what only others may do")
		}
		lists(t, g.get("/orgs?under="+b.second.ID.String()), "生产二支部")
		for _, id := range []string{b.park.ID.String(), b.far.ID.String(), b.other.ID.String(), core.NewID(b.s.Now()).String(), "x"} {
			g.ask(404, "GET", "/orgs?under="+id, "")
		}
	})
}

func TestFiltersMakeAList(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		today := core.DateOf(b.s.Now())
		several := "several"
		b.apply(b.alpha.ID, org.Change{HostSituation: &several, On: today})
		b.setTerm(b.first.ID, org.Term{ElectedOn: today.AddMonths(-36).AddDays(-1)})
		b.setTerm(b.second.ID, org.Term{ElectedOn: today.AddMonths(-30)})
		b.setTerm(b.alpha.ID, org.Term{ElectedOn: today.AddMonths(-30).AddDays(1)})
		g := b.enter("r", access.Registrar, b.root)
		for _, tt := range []struct{ query, want, chips string }{
			{"q=生产", "生产二支部 生产一支部", "名称含“生产”"},
			{"q=sczb", "", "名称含“sczb”"},
			{"q=scy", "生产一支部", "名称含“scy”"},
			{"q=taoshi", "陶氏基地党委", "名称含“taoshi”"},
			{"q=甲", "甲支部", "名称含“甲”"},
			{"kind=committee", "苏州市委组织部 陶氏基地党委 园区党工委", "基层党委"},
			{"kind=nonsense", "苏州市委组织部 园区党工委", ""},
			{"host=several", "甲支部", "几个单位联合"},
			{"term=overdue", "生产一支部", "超期未换届"},
			{"term=soon", "生产二支部", "6 个月内届满"},
			{"term=soon&kind=committee", "", "基层党委6 个月内届满全部清除"},
		} {
			doc := g.get("/orgs?" + tt.query)
			lists(t, doc, tt.want)
			if got := strings.ReplaceAll(doc.Find(".chips[aria-label=已用的条件]").Text(), "×去掉这个条件", ""); got != tt.chips {
				t.Errorf("%s: chips %q, want %q", tt.query, got, tt.chips)
			}
			if tt.want == "" && doc.Find(".empty .btn").AttrOr("href", "") != "/orgs" {
				t.Errorf("%s: an empty list does not say what to do", tt.query)
			}
		}
		doc := g.get("/orgs?term=soon&kind=committee")
		lists(t, g.get(doc.Find(".chip").First().AttrOr("href", "")), "生产二支部")
		if v := doc.Find("#kind option[selected]").AttrOr("value", ""); v != "committee" {
			t.Errorf("the form has lost the kind: %q", v)
		}
		doc = g.get("/orgs?depth=3")
		says(t, doc, "#o"+b.first.ID.String()+" .tag", "超期 1 天")
		says(t, doc, "#o"+b.second.ID.String()+" .tag", "还剩 6 个月")
		says(t, doc, "#o"+b.alpha.ID.String()+" .tag", "")
	})
}

func TestAListHasPages(t *testing.T) {
	b := newBase(t, dbtest.SQLite(t))
	for i := range 25 {
		b.found(1, org.Founding{Parent: b.park.ID, Name: "分支" + string(rune('一'+i)) + "支部", Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
	}
	g := b.enter("r", access.Registrar, b.root)
	doc := g.get("/orgs?q=" + url.QueryEscape("分支"))
	if n := doc.Find("#orgs tbody tr").Length(); n != 20 {
		t.Fatalf("%d rows", n)
	}
	says(t, doc, ".pager > span:first-child", "第 1～20 条，共 25 条")
	doc = g.get(doc.Find(".pager a[rel=next]").AttrOr("href", ""))
	if n := doc.Find("#orgs tbody tr").Length(); n != 5 {
		t.Errorf("%d rows on the second page", n)
	}
}

func TestAPastDayIsListedFromItsFacts(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.root)
		doc := g.get("/orgs?on=2010-01-01")
		lists(t, doc, "苏州市委组织部 陶氏基地党支部")
		says(t, doc, ".head > p", "2010年1月1日符合条件的组织 2 个。")
		if to := doc.Find("#orgs tbody th a").Last().AttrOr("href", ""); to != "/orgs/"+b.dow.ID.String()+"?on=2010-01-01" {
			t.Errorf("the row leads to %s", to)
		}
		lists(t, g.get("/orgs?on=2018-06-18&q=陶氏"), "陶氏基地党委")
		lists(t, g.get("/orgs?on=2018-06-17&q=陶氏"), "陶氏基地党支部")
		lists(t, g.get("/orgs?on=2010-01-01&term=overdue"), "苏州市委组织部 陶氏基地党支部")
		for day, want := range map[string]string{"2026-11-25": "不能晚于今天（2026年11月24日）。", "2026-13-01": "看不懂的日期：2026-13-01"} {
			doc := document(t, g.ask(422, "GET", "/orgs?on="+day, ""))
			says(t, doc, "#on-err", want)
			if doc.Find("#on").AttrOr("value", "") != day {
				t.Error("what was typed is gone")
			}
		}
		lists(t, g.get("/orgs?on=2026-11-24"), "苏州市委组织部 园区党工委")
	})
}

func TestAnEmptyTreeSaysWhatToDoFirst(t *testing.T) {
	b := newBase(t, dbtest.SQLite(t))
	doc := b.enter("r", access.Registrar, b.alpha).get("/orgs")
	says(t, doc, ".empty .title", "这里还没有下级组织")
	var to []string
	doc.Find(".empty .btn").Each(func(_ int, s *goquery.Selection) { to = append(to, s.AttrOr("href", "")) })
	if got := strings.Join(to, " "); got != "/import?entity=orgs /orgs/new?parent="+b.alpha.ID.String() {
		t.Errorf("it leads to %s", got)
	}
	doc = b.enter("m", access.Member, b.alpha).get("/orgs")
	if doc.Find(".empty").Length() != 1 || doc.Find(".empty .btn").Length() != 0 {
		t.Error("a member is told to import")
	}
}

// TestMoreRowsStandBehindALine: after what is below the last child that is
// shown, and before whatever follows.
func TestMoreRowsStandBehindALine(t *testing.T) {
	id := func(n int) core.OrgID { return core.OrgID(core.MakeID(int64(n), 1, 1)) }
	row := func(n, up, level, more int) org.Row {
		r := org.Row{Level: level, More: more}
		r.ID, r.Parent, r.Name = id(n), id(up), string(rune('a'+n))
		return r
	}
	rows := []org.Row{row(0, 0, 0, 0), row(1, 0, 1, 0), row(2, 1, 2, 3), row(3, 2, 3, 0), row(4, 0, 1, 5), row(5, 4, 2, 7)}
	p := Orgs{Shell: Shell{Lang: core.Hans}}
	a := orgsAsk{values: url.Values{"more": {id(9).String()}}}
	var got []string
	for i, r := range rows {
		p.Lines = append(p.Lines, OrgLine{Name: Link{r.Name, ""}})
		p.rest(a, rows, i)
	}
	for _, l := range p.Lines {
		got = append(got, l.Name.Text+l.More.Text)
	}
	want := "a b c d 还有 3 个，继续显示 e f 还有 7 个，继续显示 还有 5 个，继续显示"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if to := p.Lines[4].More.Href; to != "/orgs?more="+id(9).String()+"."+id(1).String()+"#o"+id(2).String() {
		t.Errorf("it leads to %s", to)
	}
}

func TestHowLongATermStillRuns(t *testing.T) {
	today := core.NewDate(2026, 11, 24)
	for _, tt := range []struct {
		ends core.Date
		text string
		kind TagKind
	}{
		{core.Date{}, "", ""},
		{today.AddDays(-1), "超期 1 天", Late},
		{today, "还剩 0 天", Wait},
		{today.AddDays(29), "还剩 29 天", Wait},
		{core.NewDate(2026, 12, 24), "还剩 1 个月", Wait},
		{core.NewDate(2027, 5, 23), "还剩 5 个月", Wait},
		{core.NewDate(2027, 5, 24), "还剩 6 个月", Wait},
		{core.NewDate(2027, 5, 25), "2027-05-25", ""},
		{core.NewDate(2026, 9, 24), "超期 2 个月", Late},
		{core.NewDate(2025, 9, 24), "超期 1 年 2 个月", Late},
		{core.NewDate(2024, 11, 24), "超期 2 年", Late},
	} {
		text, tag := (Shell{Lang: core.Hans}).termEnds(tt.ends, today)
		if text+tag.Text != tt.text || tag.Kind != tt.kind {
			t.Errorf("%s: got %q %v, want %q %q", tt.ends, text, tag, tt.text, tt.kind)
		}
	}
}
