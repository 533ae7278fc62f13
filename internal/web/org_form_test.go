package web

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// alphaQuery searches for alpha.
const alphaQuery = "%E7%94%B2%E6%94%AF"

// asIs returns what a form would send as it stands, with other values.
func asIs(doc *goquery.Document, other ...string) []string {
	var all []string
	doc.Find("form.ask").Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, kind := s.AttrOr("name", ""), s.AttrOr("type", "")
		_, checked := s.Attr("checked")
		switch {
		case s.Is("select"):
			all = append(all, name, s.Find("option[selected]").AttrOr("value", ""))
		case s.Is("textarea"):
			all = append(all, name, s.Text())
		case kind != "radio" && kind != "checkbox" || checked:
			all = append(all, name, s.AttrOr("value", ""))
		}
	})
	return append(all, other...) // a later value of a name wins
}

// typed returns a field's value, or the chosen option's.
func typed(doc *goquery.Document, id string) string {
	f := doc.Find("#" + id)
	switch {
	case f.Is("select"):
		return f.Find("option[selected]").AttrOr("value", "")
	case f.Is("textarea"):
		return f.Text()
	case f.Is("fieldset"):
		return f.Find("input[checked]").AttrOr("value", "")
	}
	return f.AttrOr("value", "")
}

// clashes returns the rows of both versions.
func clashes(doc *goquery.Document) string {
	return strings.Join(textsOf(doc, "section[role=alert] tbody tr"), "|")
}

func (g *guest) clash(target string, values ...string) *goquery.Document {
	g.k.t.Helper()
	return document(g.k.t, g.ask(409, "POST", target, form(values...)))
}

func TestFoundingAnOrganisation(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get("/orgs/new?parent=" + b.dow.ID.String())
		says(t, doc, ".facts", "上级组织陶氏基地党委")
		good := asIs(doc, "name", "物流支部", "founded_on", "2026-07-01", "elected_on", "2026-07-01", "document", "陶党〔2026〕3号")
		for _, tt := range []struct{ field, value, want string }{
			{"name", "", "请填写组织名称。"},
			{"name", "生产一支部", "同一上级下面已经有“生产一支部”。"},
			{"name", "=1+1", "这不像一个组织名称，请检查符号。"},
			{"kind", "club", "没有“club”这种组织类别。"},
			{"founded_on", "", "请填写成立日期。"},
			{"founded_on", "2026-11-25", "成立日期不能晚于今天（2026年11月24日）。"},
			{"elected_on", "2026-06-30", "不能早于成立日期2026年7月1日。"},
			{"document", strings.Repeat("号", 121), "太长了，最多120个字。"},
		} {
			doc := g.again("/orgs/new", append(good, tt.field, tt.value)...)
			says(t, doc, "#"+tt.field+"-err", tt.want)
			says(t, doc, ".errors li", tt.want)
			if tt.field != "name" && typed(doc, "name") != "物流支部" || tt.field != "kind" && typed(doc, tt.field) != tt.value {
				t.Errorf("%s: what was typed is gone", tt.field)
			}
			if doc.Find("input[name=parent]").AttrOr("value", "") != b.dow.ID.String() {
				t.Errorf("%s: the parent is gone", tt.field)
			}
		}
		if said := g.post("/orgs/new", good...); said != "“物流支部”已设立。" {
			t.Errorf("said %q", said)
		}
		lists(t, g.get("/orgs?q=wlzb"), "物流支部")
		says(t, g.get("/orgs?depth=3"), "main .head p:not(.row)", "共 7 个组织，党员 107 人，联系企业 1 家；0 个超期未换届，0 个在 6 个月内届满。")
		for _, parent := range []core.ID{core.ID(b.root.ID), core.ID(b.far.ID), core.NewID(b.s.Now())} {
			g.ask(404, "POST", "/orgs/new", form(append(good, "parent", parent.String(), "name", "别处支部")...))
			g.ask(404, "GET", "/orgs/new?parent="+parent.String(), "")
		}
	})
}

func TestChangingAnOrganisation(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get(addr(b.first) + "/change")
		if typed(doc, "name") != "生产一支部" || typed(doc, "kind") != "branch" || typed(doc, "on") != "2026-11-24" || typed(doc, "setup_mode") != "" {
			t.Error("the form does not begin with what holds")
		}
		good := asIs(doc, "name", "生产支部", "setup_mode", "own", "reason", "更名")
		for _, tt := range []struct{ field, value, want string }{
			{"on", "", "请填写从哪天起。"},
			{"on", "2011-06-29", "不能早于成立日期2011年6月30日。"},
			{"on", "2026-11-25", "不能晚于今天（2026年11月24日）；到了那天再记。"},
			{"name", "生产二支部", "同一上级下面已经有“生产二支部”。"},
			{"host_situation", "moon", "没有“moon”这种单位情况。"},
		} {
			doc := g.again(addr(b.first)+"/change", append(good, tt.field, tt.value)...)
			says(t, doc, "#"+tt.field+"-err", tt.want)
			if typed(doc, "reason") != "更名" {
				t.Errorf("%s: what was typed is gone", tt.field)
			}
		}
		if said := g.post(addr(b.first)+"/change", good...); said != "“生产支部”的变动已记下。" {
			t.Errorf("said %q", said)
		}
		doc = g.get(addr(b.first))
		says(t, doc, "h1", "生产支部")
		if got := strings.Join(textsOf(doc, "#history .trail p"), "|"); got != "调整 没有记→单独组建|更名 生产一支部→生产支部|成立" {
			t.Errorf("history: %s", got)
		}
		doc = g.again(addr(b.first)+"/change", asIs(g.get(addr(b.first)+"/change"), "name", "一支部", "on", "2020-01-01")...)
		says(t, doc, "#on-err", "2026年11月24日已有一次变动，不能早于它；之前的记录有误请用“更正”。")
	})
}

// TestBothVersionsAreShown: somebody moved, renamed or dissolved the
// organisation while another had its form open.
func TestBothVersionsAreShown(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		opened := asIs(g.get(addr(b.first)+"/change"), "name", "我的支部", "reason", "更名")
		moving := asIs(g.get(addr(b.first)+"/move?q="+alphaQuery), "parent", b.alpha.ID.String())
		name := "别人的支部"
		b.apply(b.first.ID, org.Change{Name: &name, On: core.DateOf(b.s.Now())})
		doc := g.clash(addr(b.first)+"/change", opened...)
		if !strings.HasPrefix(doc.Find("title").Text(), "错误：") {
			t.Error("the title does not say that the form came back")
		}
		if got := clashes(doc); got != "名称我的支部别人的支部|类别党支部党支部|组建方式没有记没有记|单位情况没有记没有记|文号|上级组织陶氏基地党委" {
			t.Errorf("both versions: %s", got)
		}
		says(t, doc, "section[role=alert] ins", "别人的支部")
		if typed(doc, "name") != "我的支部" || typed(doc, "reason") != "更名" {
			t.Error("what was typed is gone")
		}
		doc2 := g.clash(addr(b.first)+"/move", moving...)
		if got := clashes(doc2); !strings.HasPrefix(got, "名称别人的支部|") || !strings.HasSuffix(got, "上级组织甲支部（园区党工委）陶氏基地党委") {
			t.Errorf("both versions of a move: %s", got)
		}
		if said := g.post(addr(b.first)+"/change", asIs(doc)...); said != "“我的支部”的变动已记下。" {
			t.Errorf("mine does not count after all: %q", said)
		}
		b.moveAside(b.first, b.park)
		doc = g.clash(addr(b.first)+"/dissolve", "on", "2026-11-24", "version", "1")
		if got := clashes(doc); !strings.HasSuffix(got, "上级组织园区党工委") {
			t.Errorf("both versions after a move: %s", got)
		}
		g.clash(addr(b.first)+"/change", "name", "没看过的支部", "kind", "branch", "on", "2026-11-24") // a form that nobody saw
	})
}

func TestMovingAnOrganisation(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		path := addr(b.second) + "/move"
		doc := g.get(path)
		if doc.Find("form.ask").Length() != 0 {
			t.Error("it asks before anything was found")
		}
		says(t, doc, ".facts", "现在的上级陶氏基地党委")
		says(t, g.get(path+"?q=nothing"), "p[role=status]", "没有找到“nothing”，换个写法再查。")
		doc = g.get(path + "?q=" + alphaQuery)
		if got := strings.Join(textsOf(doc, "#parent label"), "|"); got != "甲支部（园区党工委）" {
			t.Errorf("found: %s", got)
		}
		if got := strings.Join(textsOf(g.get(path+"?q=%E7%94%9F%E4%BA%A7"), "#parent label"), "|"); got != "生产一支部（陶氏基地党委）" {
			t.Errorf("it may be moved below itself: %s", got)
		}
		doc = g.again(path, asIs(doc)...)
		says(t, doc, "#parent-err", "请选择上级组织。")
		ok := asIs(doc, "parent", b.alpha.ID.String())
		for _, tt := range []struct{ field, value, want string }{
			{"on", "2011-06-29", "不能早于成立日期2011年6月30日。"},
			{"on", "", "请填写从哪天起。"},
		} {
			doc := g.again(path, append(ok, tt.field, tt.value)...)
			says(t, doc, "#"+tt.field+"-err", tt.want)
			if typed(doc, "parent") != b.alpha.ID.String() {
				t.Error("the choice is gone")
			}
		}
		doc = g.again(path, append(ok, "parent", b.second.ID.String())...)
		says(t, doc, ".errors li", "“生产二支部”在“生产二支部”下面，这样移动会成环。")
		doc = g.again(addr(b.dow)+"/move", asIs(g.get(addr(b.dow)+"/move?q=%E7%94%9F%E4%BA%A7"), "version", "2", "on", "2026-11-24", "parent", b.second.ID.String())...)
		says(t, doc, ".errors li", "“生产二支部”在“陶氏基地党委”下面，这样移动会成环。")
		says(t, g.again(path, append(ok, "parent", b.dow.ID.String())...), ".errors li", "它已经在“陶氏基地党委”下面。")
		for _, id := range []core.ID{core.ID(b.root.ID), core.ID(b.far.ID), core.ID(b.other.ID), core.NewID(b.s.Now()), 0} {
			g.ask(404, "POST", path, form(append(ok, "parent", id.String())...))
		}
		if said := g.post(path, ok...); said != "“生产二支部”已移到新的上级下面。" {
			t.Errorf("said %q", said)
		}
		says(t, g.get(addr(b.second)), ".path", "园区党工委甲支部生产二支部")
	})
}

func TestMergingOrganisations(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		path := addr(b.second) + "/merge"
		doc := g.get(path + "?q=%E7%94%9F%E4%BA%A7")
		says(t, doc, ".facts", "党员3 下级组织0 企业0")
		if got := strings.Join(textsOf(doc, "#into label"), "|"); got != "生产一支部（陶氏基地党委）" {
			t.Errorf("found: %s", got)
		}
		ok := asIs(doc, "into", b.first.ID.String(), "document", "陶党〔2026〕8号")
		says(t, g.again(path, asIs(doc)...), "#into-err", "请选择并入哪个组织。")
		doc = g.again(path, append(ok, "into", b.second.ID.String())...)
		says(t, doc, ".errors li", "不能并入自己，请选另一个组织。")
		if typed(doc, "document") != "陶党〔2026〕8号" {
			t.Error("what was typed is gone")
		}
		says(t, g.again(path, append(ok, "on", "2011-06-30")...), "#on-err", "它在2011年6月30日成立，当天不能合并或者撤销。")
		doc = g.again(addr(b.dow)+"/merge", asIs(g.get(addr(b.dow)+"/merge?q="+alphaQuery), "into", b.first.ID.String())...)
		says(t, doc, ".errors li", "“生产一支部”在“陶氏基地党委”下面，先把它移出来再合并。")
		for _, id := range []core.ID{core.ID(b.far.ID), core.NewID(b.s.Now())} {
			g.ask(404, "POST", path, form(append(ok, "into", id.String())...))
		}
		if said := g.post(path, ok...); said != "“生产二支部”已并入这里。" {
			t.Errorf("said %q", said)
		}
		doc = g.get(addr(b.first))
		says(t, doc, ".head > p:not(.row)", "党支部，党员 107 人。")
		says(t, doc, "#history .trail li:first-child p", "合并进来：生产二支部")
	})
}

func TestSplittingAnOrganisation(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get(addr(b.second) + "/split")
		if n := doc.Find("input[name=people]").Length(); n != 3 {
			t.Errorf("%d people can go along, want 3", n)
		}
		ok := asIs(doc, "name", "生产三支部", "founded_on", "2026-11-24", "people", b.people[0].String())
		doc = g.again(addr(b.second)+"/split", append(ok, "founded_on", "2011-06-29")...)
		says(t, doc, "#founded_on-err", "不能早于成立日期2011年6月30日。")
		if doc.Find("input[name=people][checked]").AttrOr("value", "") != b.people[0].String() {
			t.Error("who was chosen is forgotten")
		}
		says(t, g.again(addr(b.first)+"/split", asIs(g.get(addr(b.first)+"/split"), "name", "四支部", "founded_on", "2026-11-24", "people", b.people[1].String())...),
			".errors li", "有1人不在“生产一支部”，没有分出。")
		says(t, g.again(addr(b.second)+"/split", append(ok, "children", b.first.ID.String())...), ".errors li", "“生产一支部”不在“生产二支部”的下一级，不能一起分出。")
		if said := g.post(addr(b.second)+"/split", ok...); said != "“生产三支部”已分设成立。" {
			t.Errorf("said %q", said)
		}
		says(t, g.get(addr(b.second)), ".head > p:not(.row)", "党支部，党员 2 人。")
		d := b.enter("d", access.Department, b.park)
		if doc := d.get(addr(b.second) + "/split"); doc.Find("input[name=people]").Length() != 0 || strings.Contains(doc.Text(), "许知") {
			t.Error("a department sees names")
		}
		d.ask(403, "POST", addr(b.second)+"/split", form("name", "五支部", "kind", "branch", "founded_on", "2026-11-24", "people", b.people[1].String(), "version", "2"))
		doc = d.get(addr(b.dow) + "/split")
		if got := strings.Join(textsOf(doc, "fieldset:has(input[name=children]) label"), "|"); got != "生产二支部|生产三支部|生产一支部" {
			t.Errorf("what can go along: %s", got)
		}
	})
}

func TestDissolvingAnOrganisation(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		doc := g.get(addr(b.second) + "/dissolve")
		says(t, doc, ".facts", "党员3 下级组织0 企业0")
		doc = g.again(addr(b.second)+"/dissolve", asIs(doc, "reason", "不用了")...)
		says(t, doc, ".errors li", "“生产二支部”还有3名党员，先把组织关系转走。")
		if typed(doc, "reason") != "不用了" || doc.Find(".errors a").Length() != 0 {
			t.Error("what was typed is gone, or the sentence leads nowhere")
		}
		says(t, g.again(addr(b.dow)+"/dissolve", asIs(g.get(addr(b.dow)+"/dissolve"))...), ".errors li", "那天“陶氏基地党委”下面还有2个组织，先移走或者撤销它们。")
		says(t, g.again(addr(b.beta)+"/dissolve", asIs(g.get(addr(b.beta)+"/dissolve"), "on", "2014-12-31")...), "#on-err", "不能早于成立日期2015年1月1日。")
		if said := g.post(addr(b.beta)+"/dissolve", asIs(g.get(addr(b.beta)+"/dissolve"))...); said == "" {
			t.Error("nothing is said")
		}
		says(t, g.again(addr(b.beta)+"/change", "name", "又来", "kind", "branch", "on", "2026-11-24", "version", "2"), ".errors li", "“乙支部”已于2026年11月24日撤销，不能再改。")
		says(t, g.again("/orgs/new", "parent", b.beta.ID.String(), "name", "下级", "kind", "branch", "founded_on", "2026-11-24"), ".errors li", "“乙支部”已于2026年11月24日撤销。")
	})
}

func TestWhatTheRulesPointOutIsConfirmedWithAReason(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		ask := asIs(g.get(addr(b.second)+"/change"), "kind", "general_branch", "document", "陶党〔2026〕9号")
		doc := g.again(addr(b.second)+"/change", ask...)
		if got := textsOf(doc, "section[role=alert] .verdicts li"); len(got) != 1 || !strings.Contains(got[0], "党总支下面要有党支部。") {
			t.Fatalf("pointed out: %q", got)
		}
		says(t, g.get(addr(b.second)), ".head > p:not(.row)", "党支部，党员 3 人。")
		doc = g.again(addr(b.second)+"/change", asIs(doc)...)
		says(t, doc, "#reason-err", "请写明原因。")
		g.post(addr(b.second)+"/change", asIs(doc, "reason", "筹建两个支部")...)
		says(t, g.get(addr(b.second)), ".head > p:not(.row)", "党总支，党员 3 人。")
		b.setTerm(b.first.ID, org.Term{ElectedOn: core.NewDate(2024, 12, 1)})
		early := asIs(g.get(addr(b.first)+"/term"), "elected_on", "2026-11-20")
		doc = g.again(addr(b.first)+"/term", early...)
		if got := textsOf(doc, "section[role=alert] .verdicts li"); len(got) != 1 || !strings.Contains(got[0], "提前") {
			t.Errorf("pointed out: %q", got)
		}
		if typed(doc, "elected_on") != "2026-11-20" {
			t.Error("what was typed is gone")
		}
	})
}

func TestRecordingATerm(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		path := addr(b.first) + "/term"
		ok := asIs(g.get(path), "elected_on", "2023-12-01", "number", "4")
		for _, tt := range []struct{ field, value, want string }{
			{"elected_on", "", "请填写选举日期，或者届满日期。"},
			{"elected_on", "2011-06-29", "不能早于成立日期2011年6月30日。"},
			{"elected_on", "2026-11-25", "选举日期不能晚于今天（2026年11月24日）。"},
			{"ends_on", "2023-12-01", "届满日期要晚于选举日期2023年12月1日。"},
			{"number", "last", "届次应是1到999的整数。"},
		} {
			doc := g.again(path, append(ok, tt.field, tt.value)...)
			says(t, doc, "#"+tt.field+"-err", tt.want)
			if typed(doc, tt.field) != tt.value {
				t.Errorf("%s: what was typed is gone", tt.field)
			}
		}
		opened := g.get(path)
		if said := g.post(path, ok...); said != "“生产一支部”的任期已记下。" {
			t.Errorf("said %q", said)
		}
		says(t, g.get("/orgs?q=scy"), "#o"+b.first.ID.String()+" .tag", "还剩 7 天")
		doc := g.clash(path, asIs(opened, "elected_on", "2024-01-01", "number", "5")...)
		if got := clashes(doc); got != "第几届54|选举日期2024-01-012023-12-01|届满日期2026-12-01|批复文号" {
			t.Errorf("both versions: %s", got)
		}
		g.post(path, asIs(g.get(path), "elected_on", "2026-11-24", "document", "陶党〔2026〕5号", "confirmed", "2026-11-24", "reason", "提前换届")...)
		says(t, g.get("/orgs?q=scy"), "#o"+b.first.ID.String()+" td:nth-child(4)", "2029-11-24")
	})
}

func TestOfficersTakeUpAndLeaveADuty(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		path := addr(b.second) + "/officers/new"
		doc := g.get(path)
		if n := doc.Find("#person input").Length(); n != 3 {
			t.Fatalf("%d people are offered, want 3", n)
		}
		says(t, g.get(path+"?q=zz"), "p[role=status]", "没有找到人。先把名册导进来，或者换个写法。")
		says(t, g.again(path, asIs(doc)...), "#person-err", "请选一个人。")
		ok := asIs(doc, "person", b.people[0].String(), "from", "2026-06-18")
		doc = g.again(path, append(ok, "from", "2011-06-29")...)
		says(t, doc, "#from-err", "不能早于成立日期2011年6月30日。")
		if typed(doc, "person") != b.people[0].String() {
			t.Error("the choice is gone")
		}
		says(t, g.again(path, append(ok, "person", b.people[2].String())...), "#person-err", notFull())
		says(t, g.again(path, append(ok, "person", core.NewID(b.s.Now()).String())...), "#person-err", "没有找到这个人。")
		if said := g.post(path, ok...); said != "任职已记下。" {
			t.Errorf("said %q", said)
		}
		says(t, g.again(path, append(ok, "person", b.people[1].String())...), "#duty-err", "“生产二支部”已有书记，先填写其离任日期。")
		out := g.get(addr(b.second)).Find("section td.act a").AttrOr("href", "")
		says(t, g.get(out), ".facts", "姓名许知一 职务书记 任职起2026-06-18")
		says(t, g.again(out, "on", "2026-06-18"), "#on-err", "离任要晚于任职日期2026年6月18日。")
		g.ask(404, "GET", addr(b.first)+strings.TrimPrefix(out, addr(b.second)), "")
		if said := g.post(out, "on", "2026-11-24"); said != "离任已记下。" {
			t.Errorf("said %q", said)
		}
		if got := g.get(addr(b.second)).Find("section td.act a").Length(); got != 0 {
			t.Errorf("%d are still in office", got)
		}
		b.enter("d", access.Department, b.park).ask(403, "GET", path, "")
	})
}

func TestCorrectingARecord(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		path := addr(b.dow) + "/correct"
		doc := g.get(path)
		if got := strings.Join(textsOf(doc, ".tasks li"), "|"); got != "2003年9月12日起：陶氏基地党支部，党支部|2018年6月18日起：陶氏基地党委，基层党委更正这一条" {
			t.Errorf("records: %s", got)
		}
		if typed(doc, "from") != "2018-06-18" {
			t.Errorf("it begins with the record of %s", typed(doc, "from"))
		}
		doc = g.get(doc.Find(".tasks a").First().AttrOr("href", ""))
		if typed(doc, "from") != "2003-09-12" || typed(doc, "kind") != "branch" {
			t.Errorf("the chosen record is not in the form: %s %s", typed(doc, "from"), typed(doc, "kind"))
		}
		ok := asIs(doc, "from", "2003-05-20", "reason", "批复在前")
		for _, tt := range []struct{ field, value, want string }{
			{"from", "", "请填写从哪天起。"},
			{"from", "2018-06-18", "这条记录到2018年6月18日为止，开始日期要更早。"},
			{"name", "", "请填写组织名称。"},
		} {
			doc := g.again(path, append(ok, tt.field, tt.value)...)
			says(t, doc, "#"+tt.field+"-err", tt.want)
			if typed(doc, "reason") != "批复在前" || doc.Find("input[name=on]").AttrOr("value", "") != "2003-09-12" {
				t.Errorf("%s: what was typed is gone", tt.field)
			}
		}
		if said := g.post(path, ok...); said != "“陶氏基地党委”的记录已更正。" {
			t.Errorf("said %q", said)
		}
		doc = g.get(addr(b.dow))
		if got := textsOf(doc, "#history .system p"); len(got) != 1 || got[0] != "更正 2003年9月12日→2003年5月20日" {
			t.Errorf("history: %s", got)
		}
		doc = g.get(path + "?what=parent&q=" + alphaQuery)
		says(t, g.again(path, asIs(doc)...), "#parent-err", "请选择上级组织。")
		g.post(path, asIs(doc, "parent", b.alpha.ID.String())...)
		says(t, g.get(addr(b.dow)), ".path", "园区党工委甲支部陶氏基地党委")
	})
}

// TestNothingIsDoneFromAfar: the forms are shut for whoever may not see the
// organisation, in the same words as for one that does not exist.
func TestNothingIsDoneFromAfar(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.alpha)
		for _, path := range []string{"", "/record", "/change", "/move", "/merge", "/split", "/dissolve", "/correct", "/term", "/officers/new"} {
			nowhere := core.NewID(b.s.Now()).String()
			absent := strings.ReplaceAll(g.ask(404, "GET", "/orgs/"+nowhere+path, "").Body.String(), nowhere, "ID")
			for _, o := range []org.Org{b.beta, b.park, b.far, b.other} {
				if got := strings.ReplaceAll(g.ask(404, "GET", addr(o)+path, "").Body.String(), o.ID.String(), "ID"); got != absent {
					t.Errorf("%s tells that %s exists", path, o.Name)
				}
				if path == "" || path == "/record" {
					continue
				}
				sent := form("name", "改了", "kind", "branch", "on", "2026-11-24", "version", "1")
				hidden := strings.ReplaceAll(g.ask(404, "POST", addr(o)+path, sent).Body.String(), o.ID.String(), "ID")
				if hidden != strings.ReplaceAll(g.ask(404, "POST", "/orgs/"+nowhere+path, sent).Body.String(), nowhere, "ID") {
					t.Errorf("POST %s tells that %s exists", path, o.Name)
				}
			}
		}
		b.unchanged(b.beta, b.park, b.far, b.other)
	})
}

// moveAside moves an organisation behind the back of whoever has its form open.
func (b *base) moveAside(o, to org.Org) {
	b.t.Helper()
	b.tx(func(tx *db.Tx) error {
		_, err := org.Place(b.t.Context(), tx, access.Machine(1), b.s.Now(), o.ID, to.ID, core.DateOf(b.s.Now()), "", 0, 0)
		return err
	})
}

// unchanged fails if one of them is no longer as it was.
func (b *base) unchanged(all ...org.Org) {
	b.t.Helper()
	b.tx(func(tx *db.Tx) error {
		for _, was := range all {
			is, err := org.Find(b.t.Context(), tx, was.Realm, was.ID)
			if err != nil {
				return err
			}
			if is.Version != was.Version || is.Name != was.Name {
				b.t.Errorf("%s was changed", was.Name)
			}
		}
		return nil
	})
}

// notFull is why a probationary member does not become secretary.
func notFull() string {
	v := rule.Candidacy{AppointedOn: core.NewDate(2026, 6, 18)}.Eligibility()
	return text.Say(core.Hans, v.Reason)
}
