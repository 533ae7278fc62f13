package front

import (
	"testing"

	"tongpin/internal/core"
)

func TestALineOfQuickAddIsRead(t *testing.T) {
	today := core.NewDate(2026, 12, 1) // a Tuesday
	day := core.NewDate
	for _, c := range []struct {
		line string
		want Line
	}{
		{"昨天 提高冷却速度 无效 @张工", Line{day(2026, 11, 30), "提高冷却速度 @张工", Not, "张工"}},
		{"今天　全角空格 有效", Line{day(2026, 12, 1), "全角空格", Works, ""}},
		{"前天 钒加到 0.12% 说不准", Line{day(2026, 11, 29), "钒加到 0.12%", Unclear, ""}},
		{"周三 换喷嘴 有效", Line{day(2026, 11, 25), "换喷嘴", Works, ""}},
		{"周二 换喷嘴 有效", Line{day(2026, 12, 1), "换喷嘴", Works, ""}},
		{"星期日 换喷嘴 無效", Line{day(2026, 11, 29), "换喷嘴", Not, ""}},
		{"11月5日 换喷嘴", Line{day(2026, 11, 5), "换喷嘴", Unclear, ""}},
		{"12月2日 换喷嘴", Line{day(2025, 12, 2), "换喷嘴", Unclear, ""}},
		{"2026-11-05 换喷嘴 有效", Line{day(2026, 11, 5), "换喷嘴", Works, ""}},
		{"2026-12-02 换喷嘴 有效", Line{day(2026, 12, 1), "2026-12-02 换喷嘴", Works, ""}}, // still to come
		{"13月5日 换喷嘴", Line{day(2026, 12, 1), "13月5日 换喷嘴", Unclear, ""}},
		{"2月30日 换喷嘴", Line{day(2026, 12, 1), "2月30日 换喷嘴", Unclear, ""}},
		{"换喷嘴 昨天 有效", Line{day(2026, 12, 1), "换喷嘴 昨天", Works, ""}}, // a day stands in front
		{"无效 的喷嘴换掉 有效", Line{day(2026, 12, 1), "无效 的喷嘴换掉", Works, ""}},
		{"yesterday new nozzle works @Li", Line{day(2026, 11, 30), "new nozzle @Li", Works, "Li"}},
		{"@", Line{day(2026, 12, 1), "@", Unclear, ""}},
		{"", Line{day(2026, 12, 1), "", Unclear, ""}},
	} {
		if got := Read(c.line, today); got != c.want {
			t.Errorf("%q is read as %+v, want %+v", c.line, got, c.want)
		}
	}
	if got := Read("昨天 提高冷却速度 无效 @张工", today).named().Text; got != "提高冷却速度" {
		t.Errorf("a known name stays in the text: %q", got)
	}
}

func TestTwoEditsMergeFieldByField(t *testing.T) {
	base := Fields{Title: "甲", Phenomenon: "乙", Owner: 1}
	mine, theirs := base, base
	mine.Title, theirs.Owner, theirs.Phenomenon = "新", 2, "丙"
	got, clash := Merge(base, mine, theirs)
	if want := (Fields{Title: "新", Phenomenon: "丙", Owner: 2}); got != want || clash != nil {
		t.Errorf("merged %+v with %v, want %+v", got, clash, want)
	}
	theirs.Title = "别"
	mine.DueOn, theirs.DueOn = core.NewDate(2026, 12, 1), core.NewDate(2026, 12, 2)
	got, clash = Merge(base, mine, theirs)
	if len(clash) != 2 || clash[0] != "title" || clash[1] != "due_on" || got.Title != "新" || got.Owner != 2 {
		t.Errorf("merged %+v with %v", got, clash)
	}
	theirs = mine
	if _, clash = Merge(base, mine, theirs); clash != nil {
		t.Errorf("the same edit twice clashes in %v", clash)
	}
}
