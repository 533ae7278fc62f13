package web

import (
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// shown returns what the page of a deadline sends back with each form, and
// more.
func shown(c clock.Clock, more ...string) []string {
	return append([]string{"org", c.Org.String(), "due", c.DueOn.String()}, more...)
}

func TestThePageOfADeadline(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		c := k.start(1, clock.TermOf(k.alpha.ID, core.NewDate(2024, 1, 1), core.NewDate(2026, 12, 31)))
		doc := k.enter("s", access.Secretary, k.alpha).get("/clocks/" + c.ID.String())
		says(t, doc, "h1", "准备换届：甲支部")
		if doc.Find(".btn.go").AttrOr("href", "") != "/orgs/"+k.alpha.ID.String() {
			t.Error("the page does not lead to where it is done")
		}
		facts := doc.Find(".facts").Text()
		for _, want := range []string{"2026年12月31日", "2026年6月30日", "2024年1月1日", "支部工作条例", "org.term_reminder"} {
			if !strings.Contains(facts, want) {
				t.Errorf("the facts lack %s: %s", want, facts)
			}
		}
		if day := doc.Find("#snooze_to"); day.AttrOr("min", "") != "2026-11-25" || day.AttrOr("max", "") != "2026-12-31" || day.AttrOr("value", "") != "2026-11-25" {
			t.Error("the days that can be chosen are wrong")
		}
		if doc.Find("#hand-over form").Length() != 0 || !strings.Contains(doc.Find("#hand-over").Text(), "可以交回上级") {
			t.Error("a branch alone is offered somebody to take it over")
		}
	})
}

func TestPuttingOff(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.staffed()
		c := k.recheck(1, k.mill.ID, k.alpha.ID, k.today().AddDays(5))
		g, page := k.enter("s", access.Secretary, k.alpha), "/clocks/"+c.ID.String()
		for to, want := range map[string]string{"": "请选一个日期。", "x": "请选一个日期。", "2026-11-24": "请选2026年11月25日到2026年11月29日之间的一天。", "2026-11-30": "请选2026年11月25日到2026年11月29日之间的一天。"} {
			doc := g.again(page+"/snooze", shown(c, "snooze_to", to, "snooze_reason", "等批复")...)
			says(t, doc, "#snooze_to-err", want)
			says(t, doc, ".errors a[href='#snooze_to']", want)
			if doc.Find("#snooze_reason").AttrOr("value", "") != "等批复" {
				t.Error("the reason is gone")
			}
		}
		if said := g.post(page+"/snooze", shown(c, "snooze_to", "2026-11-27", "snooze_reason", "等批复")...); said != "已改到2026年11月27日，到那天再提醒。" {
			t.Errorf("Today says %q", said)
		}
		says(t, g.get("/"), "h1", "中午好，s。今天没有要办的")
		says(t, g.get(page), ".trail li:nth-child(2) p", "s改到2026年11月27日再提醒")
		says(t, g.get(page), ".trail li:nth-child(2) small", "等批复")
	})
}

func TestHandingOver(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		c := k.recheck(1, k.mill.ID, k.park.ID, k.today())
		g, page := k.enter("p", access.Registrar, k.root), "/clocks/"+c.ID.String()
		doc := g.get(page)
		says(t, doc, "#hand_to option", "苏州市委组织部甲支部乙支部")
		says(t, g.get(page+"?q=yzb"), "#hand_to option", "乙支部")
		says(t, g.get(page+"?q=别处"), "#hand-over .soft", "没有找到这个组织，换个名称再找。")
		says(t, g.again(page+"/hand-over", shown(c)...), "#hand_to-err", "请选一个组织。")
		says(t, g.again(page+"/hand-over", shown(c, "hand_to", k.park.ID.String())...), "#hand_to-err", "已经由对方负责，不用再转。")
		g.ask(404, "POST", page+"/hand-over", form(shown(c, "hand_to", k.far.ID.String())...))
		if said := g.post(page+"/hand-over", shown(c, "hand_to", k.beta.ID.String(), "hand_reason", "归口")...); said != "已转交，由对方负责。" {
			t.Errorf("Today says %q", said)
		}
		says(t, g.get(page), ".facts a[href='/orgs/"+k.beta.ID.String()+"']", "乙支部")
		says(t, g.get(page), ".trail .diff", "园区党工委→乙支部")
	})
}

func TestNotMineGoesUp(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		c := k.recheck(1, k.mill.ID, k.alpha.ID, k.today())
		g, page := k.enter("s", access.Secretary, k.alpha), "/clocks/"+c.ID.String()
		says(t, g.again(page+"/not-mine", shown(c)...), "#not_mine_reason-err", "请写明原因。")
		if said := g.post(page+"/not-mine", shown(c, "not_mine_reason", "企业搬走了")...); said != "已交回上级，由上级负责。" {
			t.Errorf("Today says %q", said)
		}
		g.ask(404, "GET", page, "")
		top := k.enter("p", access.Registrar, k.root)
		says(t, top.get(page), ".facts a[href='/orgs/"+k.park.ID.String()+"']", "园区党工委")
		c = k.recheck(1, k.mill.ID, k.root.ID, k.today())
		if top.get("/clocks/"+c.ID.String()).Find("#not-mine").Length() != 0 {
			t.Error("the topmost organisation is offered to give up")
		}
	})
}

func TestEnding(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		c := k.recheck(1, k.mill.ID, k.alpha.ID, k.today())
		g, page := k.enter("s", access.Secretary, k.alpha), "/clocks/"+c.ID.String()
		says(t, g.again(page+"/end", shown(c, "end_state", "done")...), "#end_reason-err", "请写明原因。")
		says(t, g.again(page+"/end", shown(c, "end_state", "running", "end_reason", "x")...), ".errors li", "只能选“已办”或者“不再需要”。")
		g.post(page+"/end", shown(c, "end_state", "dropped", "end_reason", "企业注销")...)
		doc := g.get(page)
		says(t, doc, ".tag", "不再需要")
		if doc.Find("main form[method=post]").Length() != 0 {
			t.Error("what has ended can still be acted on")
		}
		says(t, document(t, g.ask(409, "POST", page+"/end", form(shown(c, "end_state", "done", "end_reason", "x")...))), ".head p", "这件事已经办结，不用再处理。")
	})
}

func TestSomebodyElseWasQuicker(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		c := k.recheck(1, k.mill.ID, k.park.ID, k.today())
		one, two := k.enter("one", access.Registrar, k.park), k.enter("two", access.Registrar, k.park)
		page := "/clocks/" + c.ID.String()
		one.post(page+"/hand-over", shown(c, "hand_to", k.alpha.ID.String())...)
		w := two.ask(409, "POST", page+"/snooze", form(shown(c, "snooze_to", "2026-11-25")...), header("Referer", "http://example.com"+page))
		doc := document(t, w)
		says(t, doc, ".head p", "这件事刚刚变了：现由甲支部负责，2026年11月24日到期。请看过再办。")
		if doc.Find("main .btn").AttrOr("href", "") != page {
			t.Error("the page does not lead back to the deadline")
		}
		two.ask(422, "POST", page+"/snooze", form("snooze_to", "2026-11-25"))
	})
}

func TestAllDeadlines(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.firms(21)
		k.start(2, clock.TermOf(k.far.ID, core.Date{}, k.today()))
		g := k.enter("p", access.Registrar, k.park)
		doc := g.get("/clocks")
		says(t, doc, ".head > p", "园区党工委和下级正在走的时限共 21 项，最急的在前。")
		says(t, doc, ".tasks li:first-child b", "复核情况：第21厂")
		says(t, doc, ".pager span:first-child", "第 1～20 条，共 21 条")
		next := doc.Find(".pager a").AttrOr("href", "")
		says(t, g.get(next), ".tasks b", "复核情况：第1厂")
		says(t, g.get("/clocks?under="+k.beta.ID.String()), ".empty .title", "没有在走的时限")
		says(t, g.get("/clocks?page=x"), ".pager span:first-child", "第 1～20 条，共 21 条")
		for _, under := range []string{k.far.ID.String(), k.root.ID.String(), "x"} {
			g.ask(404, "GET", "/clocks?under="+under, "")
		}
		k.enter("m", access.Member, k.park).ask(403, "GET", "/clocks", "")
	})
}

func TestAProvisionalDeadlineSaysSo(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		posted := core.NewDate(2027, 12, 30) // the notice for 2028 is not out
		n := clock.PublicNoticeOf(clock.OfOrg, core.ID(k.alpha.ID), k.alpha.ID, posted, 5, rule.CountMode(""), rule.EmbeddedCalendars())
		if !n.Provisional {
			t.Fatal("the calendars know 2028 by now: take a later day")
		}
		c := k.start(1, n)
		doc := k.enter("s", access.Secretary, k.alpha).get("/clocks/" + c.ID.String())
		if got := doc.Find(".notice.warn").Text(); !strings.HasPrefix(got, "放假安排通知还没有收录") {
			t.Errorf("the page says %q", got)
		}
		if got := doc.Find(".tag.off").Text(); !strings.HasPrefix(got, "暂定，剩") {
			t.Errorf("the tag says %q", got)
		}
	})
}
