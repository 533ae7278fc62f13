package web

import (
	"testing"

	"tongpin/internal/access"
)

// TestASettingIsChangedAndWorks: what the system administrator sets is what the
// registrar is told, and going back undoes it; the other realm keeps its own.
func TestASettingIsChangedAndWorks(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		boss, registrar := k.enter("sys", access.System, k.root), k.enter("reg", access.Registrar, k.park)
		says(t, boss.get("/settings/instructor.units"), "#history p", "还没有人改过，用的是默认值。")
		told := func() string {
			return registrar.get("/appoint?id=" + k.mill.ID.String()).Find("main > .note").Text()
		}
		before := told()
		version := boss.get("/settings/instructor.units").Find("input[name=version]").AttrOr("value", "")
		for _, bad := range []struct{ value, reason, at, want string }{
			{"0", "r", "#value-err", "请填1到50之间的整数。"}, {"51", "r", "#value-err", "请填1到50之间的整数。"}, {"", "r", "#value-err", "请填1到50之间的整数。"},
			{"<b>", "r", "#value-err", "请填1到50之间的整数。"}, {"8", " ", "#reason-err", "请写明原因。"},
		} {
			doc := boss.again("/settings/instructor.units", "value", bad.value, "reason", bad.reason, "version", version)
			says(t, doc, bad.at, bad.want)
			if doc.Find("#value").AttrOr("value", "") != bad.value {
				t.Errorf("%q: what was typed is lost", bad.value)
			}
		}
		if said := boss.post("/settings/instructor.units", "value", "8", "reason", "市委〔2026〕5号", "version", version); said != "“一名指导员联系几个单位以内不提醒”已经改好，马上有效。" {
			t.Errorf("the page says %q", said)
		}
		if after := told(); after == before {
			t.Errorf("the registrar is still told %q", after)
		}
		boss.ask(409, "POST", "/settings/instructor.units", form("value", "9", "reason", "r", "version", version))
		says(t, boss.get("/settings/instructor.units"), "#history small", "sys：市委〔2026〕5号")
		version = boss.get("/settings/instructor.units").Find("input[name=version]").AttrOr("value", "")
		boss.post("/settings/instructor.units/reset", "value", "8", "reason", "试点结束", "version", version)
		if after := told(); after != before {
			t.Errorf("after going back the registrar is told %q", after)
		}
		for _, role := range access.Roles {
			if g := k.enter("r-"+string(role), role, k.root); role != access.System {
				g.ask(404, "GET", "/settings", "")
				g.ask(404, "GET", "/settings/instructor.units", "")
				g.ask(404, "POST", "/settings/instructor.units", form("value", "9", "reason", "r", "version", "1"))
				g.ask(404, "POST", "/settings/instructor.units/reset", form("reason", "r"))
			}
		}
		k.enter("local", access.System, k.park).ask(404, "POST", "/settings/instructor.units", form("value", "9", "reason", "r", "version", "3"))
		boss.ask(404, "GET", "/settings/no.such", "")
	})
}
