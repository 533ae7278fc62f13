package web

import (
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// TestAHoldIsPlacedAndLiftedOnThePage: with a reason and a day, by who keeps the
// record; what was typed stays, also when somebody was faster.
func TestAHoldIsPlacedAndLiftedOnThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newStaff(t, d)
		k.sit(access.Secretary, k.a)
		page, lift := k.path(k.zhang, "/hold"), k.path(k.zhang, "/hold/lift")
		if to := k.get(k.path(k.zhang, "")).Find("a[href='" + page + "']").Text(); to != "暂停按规定删除" {
			t.Errorf("the way to the page is %q", to)
		}
		for _, tt := range []struct{ until, reason, says string }{
			{"2026-11-24", "诉讼", "请填今天以后的一天。"}, {"2026-11-25", " ", "请写明为什么暂停删除。"}, {"2037-01-01", "诉讼", "最多暂停 10 年"},
			{"下周", "<b>诉讼</b>", "下周"}, {"2027-01-01", strings.Repeat("长", 301), "理由不超过 300 个字。"},
		} {
			doc := k.again(page, "until", tt.until, "reason", tt.reason)
			if all := doc.Find("main").Text(); !strings.Contains(all, tt.says) || doc.Find("#reason").AttrOr("value", "") != tt.reason || doc.Find("#until").AttrOr("value", "") != tt.until {
				t.Errorf("%+v: %s", tt, all)
			}
		}
		if all := k.again(lift).Find("main").Text(); !strings.Contains(all, "这份档案没有暂停删除。") {
			t.Errorf("lifted before: %s", all)
		}
		if to := k.post(page, "until", "2028-06-30", "reason", "劳动争议"); to != k.path(k.zhang, "") {
			t.Errorf("placed, and then %s", to)
		}
		doc := k.get(k.path(k.zhang, ""))
		if all := doc.Find("main").Text(); !strings.Contains(all, "暂停删除到 2028年6月30日：劳动争议") || doc.Find("a[href='"+page+"']").Text() != "暂停删除的情况" {
			t.Errorf("the person's page: %s", all)
		}
		if doc := k.get(page); doc.Find("form[action='"+lift+"']").Length() != 1 || doc.Find("#reason").Length() != 0 || !strings.Contains(doc.Find("main").Text(), "劳动争议") {
			t.Errorf("the page of a hold: %s", doc.Find("main").Text())
		}
		faster := k.ask(409, "POST", page, form("until", "2029-01-01", "reason", "另案")).Body.String()
		for _, want := range []string{"请先解除", "劳动争议", "另案"} {
			if !strings.Contains(faster, want) {
				t.Errorf("a second hold: no %q", want)
			}
		}
		k.sit(access.Secretary, k.b)
		k.ask(404, "GET", page, "")
		k.ask(404, "POST", page, form("until", "2029-01-01", "reason", "另案"))
		k.ask(404, "POST", lift, "")
		k.ask(404, "POST", "/people/"+core.NewID(k.s.Now()).String()+"/hold/lift", "")
		k.sit(access.Department, k.root)
		k.ask(403, "GET", page, "")
		k.ask(403, "POST", lift, "")
		k.be(k.zhang, k.a)
		k.ask(403, "GET", page, "")
		k.ask(403, "POST", lift, "")
		if doc := k.get(k.path(k.zhang, "")); doc.Find("a[href='"+page+"']").Length() != 0 || strings.Contains(doc.Text(), "劳动争议") {
			t.Error("who may not change the record reads of the hold")
		}
		k.sit(access.Registrar, k.root)
		if to := k.post(lift); to != k.path(k.zhang, "") {
			t.Errorf("lifted, and then %s", to)
		}
	})
}
