package web

import (
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/fact"
	"tongpin/internal/project"
)

// proposeTopic brings a topic of the mill's first team as far as running.
func (k *door) proposeTopic(g *guest) (topic, parent core.ID) {
	k.t.Helper()
	var team core.ID
	k.tx(func(tx *db.Tx) error {
		made, err := enterprise.FormTeams(k.t.Context(), tx, access.Machine(1), k.s.Now(), []enterprise.Team{{Enterprise: k.mill.ID, Org: k.alpha.ID, Name: "装卸二班"}})
		if err == nil {
			team = made[0].ID
			err = enterprise.HostMany(k.t.Context(), tx, access.Machine(1), k.s.Now(), []enterprise.Hosting{{Org: k.alpha.ID, Enterprise: k.mill.ID, Period: core.Since(k.today())}})
		}
		return err
	})
	leader := k.enrol(1, k.alpha.ID)
	entries := func(place, title string) string {
		return form("place", place, "title", title, "why", "船等太久", "leader", leader.String(), "measure", "换一次锁销", "unit", "分钟", "baseline", "38", "target", "１５",
			"acceptance", "十二船计时", "starts_on", "2026-11-01", "ends_on", "2027-03-01", "seen", "1")
	}
	ids := []core.ID{}
	for _, e := range []string{entries("e"+k.mill.ID.String(), "靠泊到开工"), entries("t"+team.String(), "吊具锁销快换")} {
		at := g.ask(303, "POST", "/projects/new", e).Header().Get("Location")
		id, err := core.ParseID(strings.TrimPrefix(at, "/projects/"))
		if err != nil {
			k.t.Fatal(at, err)
		}
		for i, to := range []project.State{project.Reviewed, project.Chartered, project.Running} {
			g.ask(303, "POST", at+"/move", form("to", string(to), "version", string(rune('1'+i))))
		}
		ids = append(ids, id)
	}
	return ids[1], ids[0]
}

// TestOneTopicIsEnteredOnceAndReadByOthers finishes a topic on one form and
// reads it on the pages of the project, of the enterprise's management and of a
// post; a bad form comes back with everything that was typed.
func TestOneTopicIsEnteredOnceAndReadByOthers(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("s", access.Secretary, k.alpha)
		topic, parent := k.proposeTopic(g)
		at := "/projects/" + topic.String()
		pid := k.postAt(1, k.alpha)
		k.exec(`UPDATE posts SET enterprise_id = $1, state = 'active' WHERE id = $2`, k.mill.ID, pid)
		k.exec(`INSERT INTO post_goals (realm_id, id, post_id, metric, unit, baseline, target, due_on, recorded_at) VALUES (1, 77, $1, '换锁销不登高', '次', 6000, 0, '2027-01-01', 0)`, pid)
		goal := string(fact.Goal) + "-" + core.ID(77).String()
		if g.get(at+"/finish").Find("input[name=use][value='"+goal+"']").Length() != 1 {
			t.Fatal("the goal of the post is not offered")
		}
		bad := g.again(at+"/finish", "state", "achieved", "result", "16", "changed", "作业指导书 V3", "evidence", "", "work_hours", "6", "own_hours", "8.5", "cost", "2300", "finished_on", "2026-11-20", "version", "4", "uses", "1", "use", goal)
		says(t, bad, "#evidence-err", "写清凭什么。")
		if bad.Find("#state-err").Length() != 1 || bad.Find("#changed").AttrOr("value", "") != "作业指导书 V3" || bad.Find("input[name=use][checked]").Length() != 1 {
			t.Error("what was typed is gone, or 16 passes for 15")
		}
		good := []string{"state", "achieved", "result", "11", "changed", "作业指导书 V3", "evidence", "12 船计时表", "work_hours", "6", "own_hours", "8.5", "cost", "2300", "finished_on", "2026-11-20", "version", "4", "uses", "1", "use", goal}
		g.ask(303, "POST", at+"/finish", form(good...))
		g.ask(409, "POST", at+"/finish", form(good...)) // sent twice, it takes effect once
		good[len(good)-5] = "5"
		g.ask(422, "POST", at+"/finish", form(good...)) // and once more only with a reason
		manager := k.seat(k.person("m", access.Place{Role: access.Manager, Enterprise: k.mill.ID}))
		for who, page := range map[*guest]string{g: "/projects/" + parent.String(), manager: "/enterprises/" + k.mill.ID.String()} {
			main := who.get(page).Find("main").Text()
			if !strings.Contains(main, "吊具锁销快换") || !strings.Contains(main, "38 → 11 分钟") || !strings.Contains(main, "作业指导书 V3") || strings.Contains(main, "何田") && who == manager {
				t.Errorf("%s reads %s", page, main)
			}
		}
		if main := g.get("/posts/" + pid.String()).Find("main").Text(); !strings.Contains(main, "吊具锁销快换") {
			t.Errorf("the post reads %s", main)
		}
		done := g.get(at)
		for _, href := range []string{"/projects/" + parent.String(), "/posts/" + pid.String(), "/enterprises/" + k.mill.ID.String() + "#work"} {
			if done.Find("#counts a[href='"+href+"']").Length() != 1 {
				t.Errorf("the topic does not lead to %s", href)
			}
		}
		if n := k.count(`SELECT count(*) FROM projects WHERE result = 11000 AND changed = '作业指导书 V3'`); n != 1 {
			t.Errorf("the fact stands in %d rows", n)
		}
		if n := k.count(`SELECT count(*) FROM uses`); n != 1 {
			t.Errorf("%d links", n)
		}
		says(t, g.again(at+"/learn", "reached", "十一分钟", "not_reached", "", "reuse", "一班", "version", "5"), "#not_reached-err", "这一行要写；没有就写“无”。")
	})
}

// TestTwoPeopleEditOneCard sends two forms that were opened at the same time:
// what each changed alone is kept; what both changed stands side by side.
func TestTwoPeopleEditOneCard(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.enter("s", access.Secretary, k.alpha)
		topic, parent := k.proposeTopic(g)
		at := "/projects/" + topic.String()
		form1 := func() []string {
			doc := g.get(at + "/edit")
			values := []string{"base", doc.Find("input[name=base]").AttrOr("value", "")}
			for _, name := range []string{"title", "measure", "unit", "baseline", "target", "starts_on", "ends_on"} {
				values = append(values, name, doc.Find("#"+name).AttrOr("value", ""))
			}
			for _, name := range []string{"why", "acceptance"} {
				values = append(values, name, doc.Find("#"+name).Text())
			}
			return append(values, "leader", doc.Find("#leader option[selected]").AttrOr("value", ""))
		}
		with := func(values []string, name, value string) []string {
			out := append([]string{}, values...)
			for i := 0; i < len(out); i += 2 {
				if out[i] == name {
					out[i+1] = value
				}
			}
			return out
		}
		opened := form1()
		g.ask(303, "POST", at+"/edit", form(with(opened, "title", "锁销更快换")...))
		g.ask(303, "POST", at+"/edit", form(with(opened, "why", "船等三刻钟")...))
		if main := g.get(at).Find("main").Text(); !strings.Contains(main, "锁销更快换") || !strings.Contains(main, "船等三刻钟") {
			t.Errorf("not merged: %s", main)
		}
		w := g.ask(409, "POST", at+"/edit", form(with(opened, "title", "第三个名字")...))
		if body := w.Body.String(); !strings.Contains(body, "第三个名字") || !strings.Contains(body, "锁销更快换") {
			t.Error("both sides are not shown")
		}
		says(t, g.again(at+"/edit", with(form1(), "target", "20")...), "#reason-err", "立项后已锁定，要改就写明理由。")
		g.ask(303, "POST", at+"/lane", form("from", "waiting", "lane", "trying"))
		if body := g.ask(409, "POST", at+"/lane", form("from", "waiting", "lane", "solving")).Body.String(); !strings.Contains(body, "别人已经把它移到“试验中”。") {
			t.Error("the second mover is not told")
		}
		says(t, g.again(at+"/lane", "from", "trying", "lane", "settled", "changed", ""), "#changed-err", "写清改了哪份标准、图纸或参数。")
		if got := g.get("/projects/" + parent.String()).Find("#lane-trying").Parent().Find("li b").Text(); got != "锁销更快换" {
			t.Errorf("the board shows %q", got)
		}
		second := g.ask(303, "POST", "/projects/new", form("place", "o", "title", "第二个", "why", "x", "leader", opened[len(opened)-1], "measure", "m", "baseline", "1", "target", "2", "acceptance", "a", "starts_on", "2026-11-01", "ends_on", "2026-12-01", "seen", "1")).Header().Get("Location")
		g.ask(303, "POST", second+"/move", form("to", "reviewed", "version", "1"))
		if body := g.ask(409, "POST", second+"/move", form("to", "chartered", "version", "2")).Body.String(); !strings.Contains(body, "一个支部同时只领一个项目。") {
			t.Error("a second live project")
		}
	})
}
