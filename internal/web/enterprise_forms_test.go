package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
)

// appointed returns the id of the appointment of an enterprise.
func (k *zone) appointed(e enterprise.Enterprise) string {
	k.t.Helper()
	var id core.ID
	k.tx(func(tx *db.Tx) (err error) {
		n, err := db.One(k.t.Context(), tx, db.Int, `SELECT id FROM appointments WHERE realm_id = 1 AND enterprise_id = $1 AND superseded_at IS NULL`, e.ID)
		id = core.ID(n)
		return err
	})
	return id.String()
}

func TestEachFormDoesWhatItSays(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		for _, tt := range []struct {
			e      enterprise.Enterprise
			name   string
			values []string
			to     string // part of the page
			says   string // what the page then says
		}{
			{k.fresh, "verify", []string{"version", "1", "verified_on", "2026-11-20", "state", "operating", "members_found", "4", "employees", "1,200"}, "", "1,200"},
			{k.inn, "visit", []string{"appointment", k.appointed(k.inn), "visited_on", "2026-11-19", "met", "人事主管", "need", "用工", "next", "下月再来"}, "#contact", "人事主管"},
			{k.labs, "plan", []string{"planned_on", "2026-12-31", "obstacle", "owner_disagrees", "note", "再谈一次"}, "#plan", "再谈一次"},
			{k.labs, "change", []string{"version", "1", "name", "新药研究所", "credit_code", "", "type", "foreign_owned", "industry", "生物医药", "foreign_share", "40%", "on", "2026-11-20"}, "", "40%"},
			{k.labs, "host", []string{"org", k.joint.ID.String(), "from", "2026-11-20"}, "#orgs", "星湖联合党支部"},
			{k.labs, "unhost", []string{"org", k.joint.ID.String(), "on", "2026-11-21", "reason", "搬走"}, "#orgs", "搬走"},
			{k.labs, "mass", []string{"kind", "union", "from", "2026-11-20"}, "#mass", say("enterprise.mass.union")},
			{k.labs, "mass/end", []string{"kind", "union", "on", "2026-11-21"}, "#mass", say("enterprise_page.ended")},
			{k.mill, "join", []string{"grouping", k.chain.String(), "role", "lead", "from", "2026-11-20"}, "#groupings", say("enterprise.role.lead")},
			{k.mill, "leave", []string{"grouping", k.chain.String(), "on", "2026-11-21"}, "#groupings", say("enterprise_page.ended")},
			{k.mill, "team", []string{"name", "夜班", "formed_on", "2026-11-01"}, "#teams", "夜班"},
			{k.inn, "release", []string{"appointment", k.appointed(k.inn), "on", "2026-11-22", "reason", "调走"}, "#contact", "调走"},
		} {
			path := at(tt.e, "/", tt.name)
			q := url.Values{}
			for i := 0; i < len(tt.values); i += 2 {
				if slices.Contains([]string{"appointment", "org", "grouping", "kind"}, tt.values[i]) {
					q.Set(tt.values[i], tt.values[i+1])
				}
			}
			doc := k.get(path + "?" + q.Encode())
			if doc.Find("form.ask[method=post] button").Length() == 0 {
				t.Errorf("%s has nothing to send", tt.name)
			}
			if to := k.post(path, tt.values...); to != at(tt.e)+tt.to {
				t.Errorf("%s leads to %q", tt.name, to)
			}
			if got := k.get(at(tt.e)).Find("main").Text(); !strings.Contains(got, tt.says) {
				t.Errorf("%s: the page lacks %q: %s", tt.name, tt.says, got)
			}
		}
	})
}

func TestATeamIsRenamedAndEnds(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.post(at(k.mill, "/team"), "name", "早班", "formed_on", "")
		form, _ := k.get(at(k.mill)).Find("#teams li a").Attr("href")
		id := form[strings.Index(form, "=")+1:]
		k.get(form)
		k.post(at(k.mill, "/team/change"), "team", id, "version", "1", "name", "中班", "ended_on", "")
		doc := document(t, k.ask(409, "POST", at(k.mill, "/team/change"), "team="+id+"&version=1&name=%E6%99%9A%E7%8F%AD"))
		if row := doc.Find("tr.on").Text(); !strings.Contains(row, "中班") || !strings.Contains(row, "晚班") {
			t.Errorf("the two names do not stand beside each other: %s", row)
		}
		k.post(at(k.mill, "/team/change"), "team", id, "version", doc.Find("input[name=version]").AttrOr("value", ""), "name", "晚班", "ended_on", "2026-11-20")
		if got := k.get(at(k.mill)).Find("#teams").Text(); !strings.Contains(got, "晚班") || !strings.Contains(got, say("enterprise_page.ended")) {
			t.Error(got)
		}
		k.ask(404, "GET", form, "")
	})
}

func TestAnEnterpriseIsHandedToWhoTheSearchFinds(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.sit(access.Registrar, k.root)
		path := at(k.labs, "/move")
		if doc := k.get(path); doc.Find("button[name=find]").Length() != 1 || doc.Find("form.ask button").Length() != 1 {
			t.Error("before a search there is only the search")
		}
		w := k.ask(200, "POST", path, form("find", "1", "q", "邻区", "on", "2026-11-20", "version", "1", "reason", "片区调整"))
		doc := document(t, w)
		if got := doc.Find("input[name=org]").AttrOr("value", ""); got != k.beyond.ID.String() {
			t.Fatalf("found %q", got)
		}
		if doc.Find("#on").AttrOr("value", "") != "2026-11-20" || doc.Find("#reason").Text() != "片区调整" {
			t.Error("the search loses what was typed")
		}
		if doc = document(t, k.ask(200, "POST", path, form("find", "1", "q", "没有这个"))); !strings.Contains(doc.Find("main").Text(), say("enterprise_form.find.none")) {
			t.Error("a search that finds nothing does not say so")
		}
		k.post(path, "org", k.beyond.ID.String(), "on", "2026-11-20", "version", "1", "reason", "片区调整")
		if got := k.get(at(k.labs)).Find(".facts").Text(); !strings.Contains(got, "邻区党工委") {
			t.Error(got)
		}
		k.ask(404, "POST", path, form("org", k.other.ID.String(), "on", "2026-11-20", "version", "2"))
	})
}

// TestBadInputComesBackWithItsSentence: each form says beside the field what is
// wrong, keeps what was typed and writes nothing.
func TestBadInputComesBackWithItsSentence(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		appointment, building := k.appointed(k.inn), k.building.String()
		day := core.NewDate(2999, 1, 1)
		for _, tt := range []struct {
			path   string
			values []string
			field  string
			says   string
		}{
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "", "state", "operating"}, "verified_on", say("enterprise.date.missing")},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "2999-01-01", "state", "operating"}, "verified_on", say("enterprise.date.future", day)},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "2020-01-01", "state", "operating"}, "verified_on", say("enterprise.date.before_registered", core.NewDate(2026, 10, 1))},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "yesterday", "state", "operating"}, "verified_on", say("date.unreadable", "yesterday")},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "2026-11-01", "state", ""}, "state", say("enterprise_form.found.missing")},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "2026-11-01", "state", "listed"}, "state", say("enterprise.verify.listed")},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "2026-11-01", "state", "operating", "members_found", "many"}, "members_found", say("enterprise_form.number.unreadable", "many")},
			{at(k.mill, "/verify"), []string{"version", "1", "verified_on", "2026-11-01", "state", "operating", "employees", "-3"}, "employees", say("enterprise.employees.negative")},
			{at(k.mill, "/change"), []string{"version", "1", "name", " ", "on", "2026-11-01"}, "name", say("enterprise.name.missing")},
			{at(k.mill, "/change"), []string{"version", "1", "name", "纺织厂", "credit_code", "9132", "on", "2026-11-01"}, "credit_code", say("enterprise.code.shape", "9132")},
			{at(k.mill, "/change"), []string{"version", "1", "name", "纺织厂", "foreign_share", "101", "on", "2026-11-01"}, "foreign_share", say("enterprise.foreign_share.range")},
			{at(k.mill, "/change"), []string{"version", "1", "name", "新名", "on", ""}, "on", say("enterprise.date.missing")},
			{at(k.mill, "/move"), []string{"version", "1", "q", "园区", "org", "", "on", "2026-11-01"}, "org", say("enterprise.org.missing")},
			{at(k.inn, "/visit"), []string{"appointment", appointment, "visited_on", "2026-10-01", "met", "厂长"}, "visited_on", say("enterprise.visit.outside", core.NewDate(2026, 10, 6))},
			{at(k.inn, "/release"), []string{"appointment", appointment, "on", "2026-10-01"}, "on", say("enterprise.date.before_begin", core.NewDate(2026, 10, 6))},
			{at(k.labs, "/plan"), []string{"planned_on", "2026-01-01", "note", "说过了"}, "planned_on", say("enterprise.plan.past", core.NewDate(2026, 11, 24))},
			{at(k.labs, "/plan"), []string{"obstacle", "weather"}, "obstacle", say("enterprise.plan.obstacle", "weather")},
			{at(k.labs, "/host"), []string{"q", "纺织", "org", k.branch.ID.String(), "from", "2999-01-01"}, "from", say("enterprise.date.future", day)},
			{at(k.labs, "/host"), []string{"q", "纺织", "org", k.branch.ID.String(), "from", "2026-11-01"}, "", say("enterprise.host.single", "纺织厂党支部")},
			{at(k.mill, "/unhost"), []string{"org", k.branch.ID.String(), "on", "2026-10-01"}, "on", say("enterprise.date.before_begin", core.NewDate(2026, 10, 6))},
			{at(k.labs, "/mass"), []string{"kind", "club", "from", "2026-11-01"}, "kind", say("enterprise.mass.unknown", "club")},
			{at(k.labs, "/join"), []string{"q", "星湖", "grouping", "", "from", "2026-11-01"}, "grouping", say("enterprise_form.grouping.missing")},
			{at(k.inn, "/join"), []string{"q", "星湖", "grouping", building, "role", "member", "from", "2026-11-01"}, "", say("enterprise.grouping.twice")},
			{at(k.labs, "/team"), []string{"name", ""}, "name", say("enterprise.name.missing")},
			{at(k.labs, "/team"), []string{"name", "甲班", "formed_on", "2999-01-01"}, "formed_on", say("enterprise.date.future", day)},
			{"/enterprises/new", []string{"name", "", "state", "listed"}, "name", say("enterprise.name.missing")},
			{"/enterprises/new", []string{"name", "甲公司", "state", "asleep"}, "state", say("enterprise.state.unknown", "asleep")},
			{"/enterprises/new", []string{"name", "甲公司", "type", "cult"}, "type", say("enterprise.type.unknown", "cult")},
			{"/groupings/new", []string{"kind", "chain", "name", "", "on", "2026-11-01"}, "name", say("enterprise.name.missing")},
			{"/groupings/new", []string{"kind", "chain", "name", "生物医药", "on", "2026-11-01"}, "", say("enterprise.grouping.exists", "生物医药")},
			{"/groupings/new", []string{"kind", "chain", "name", "集成电路", "on", "2999-01-01"}, "", say("enterprise.date.future", day)},
		} {
			doc := k.again(tt.path, tt.values...)
			said := doc.Find(".errors li").First().Text()
			if tt.field != "" {
				said = doc.Find("#" + tt.field + "-err").Text()
			}
			if said != tt.says {
				t.Errorf("%s %v: says %q, want %q (%s)", tt.path, tt.values, said, tt.says, doc.Find(".errors").Text())
			}
			for i := 0; i < len(tt.values); i += 2 {
				in := doc.Find("main input[type=text][name=" + tt.values[i] + "], main input[type=date][name=" + tt.values[i] + "]")
				if in.Length() == 1 && in.AttrOr("value", "") != tt.values[i+1] {
					t.Errorf("%s: %s came back as %q", tt.path, tt.values[i], in.AttrOr("value", ""))
				}
			}
		}
		if got := k.get(at(k.mill)).Find("#history .trail li").Length(); got != 1 {
			t.Errorf("a refused form left %d lines of history", got)
		}
	})
}

func TestWhoComesSecondSeesBothVersions(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.post(at(k.mill, "/change"), "version", "1", "name", "纺织总厂", "type", "private", "industry", "制造", "on", "2026-11-20")
		w := k.ask(409, "POST", at(k.mill, "/change"), form("version", "1", "name", "第一纺织厂", "type", "private", "industry", "制造", "on", "2026-11-20"))
		doc := document(t, w)
		row := doc.Find("tr.on")
		if got := strings.Join(strings.Fields(row.First().Text()), " "); row.Length() != 1 || got != say("enterprise_page.name")+"第一纺织厂纺织总厂" {
			t.Errorf("%d rows differ: %q", row.Length(), got)
		}
		version := doc.Find("input[name=version]").AttrOr("value", "")
		if doc.Find("#name").AttrOr("value", "") != "第一纺织厂" || version != "2" {
			t.Errorf("version %s, name %s", version, doc.Find("#name").AttrOr("value", ""))
		}
		k.post(at(k.mill, "/change"), "version", version, "name", "第一纺织厂", "type", "private", "industry", "制造", "on", "2026-11-20")
		if got := k.get(at(k.mill)).Find("h1").Text(); got != "第一纺织厂" {
			t.Error(got)
		}
		k.ask(409, "POST", at(k.mill, "/verify"), form("verified_on", "2026-11-20", "state", "operating")) // no version at all
	})
}

func TestAnEnterpriseIsRegistered(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.get("/enterprises/new")
		to := k.post("/enterprises/new", "name", "甲公司", "type", "foreign_owned", "employees", "30", "foreign_share", "100", "state", "listed", "from", "2026-11-20")
		if got := k.get(to).Find("main").Text(); !strings.Contains(got, "甲公司") || !strings.Contains(got, "100%") {
			t.Error(got)
		}
		k.sit(access.Member, k.park)
		k.ask(403, "GET", "/enterprises/new", "")
		k.ask(403, "POST", "/enterprises/new", form("name", "乙公司"))
	})
}

// several is a form with the same name more than once.
func several(ids []enterprise.Enterprise, values ...string) string {
	f := form(values...)
	for _, e := range ids {
		f += "&id=" + e.ID.String()
	}
	return strings.TrimPrefix(f, "&")
}

func TestSomebodyIsPutInTouchWithSeveralAtOnce(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		two := []enterprise.Enterprise{k.labs, k.fresh}
		if got := k.get("/appoint?" + several(two)).Find(".facts").Text(); !strings.Contains(got, "药物研究所") || !strings.Contains(got, "新公司") {
			t.Error(got)
		}
		doc := document(t, k.ask(200, "POST", "/appoint", several(two, "find", "1", "q", "csy", "kind", "liaison")))
		if got := doc.Find("input[name=person]").AttrOr("value", ""); got != k.chen.String() || doc.Find("#kind-liaison[checked]").Length() != 1 {
			t.Fatalf("found %q", got)
		}
		w := k.ask(303, "POST", "/appoint", several(two, "q", "csy", "kind", "liaison", "person", k.chen.String(), "from", "2026-11-20", "to", "2026-12-31"))
		if to := w.Header().Get("Location"); to != "/enterprises" {
			t.Errorf("leads to %q", to)
		}
		for _, e := range two {
			if got := k.get(at(e)).Find("#contact").Text(); !strings.Contains(got, "陈思远") || !strings.Contains(got, "2026年12月31日") {
				t.Errorf("%s: %s", e.Name, got)
			}
		}
		if strings.Contains(k.log.String(), "csy") || strings.Contains(k.log.String(), "陈思远") {
			t.Error("the log holds whom somebody looked for")
		}
		for _, tt := range []struct {
			form, says string
		}{
			{several(two, "q", "csy", "kind", "liaison", "from", "2026-11-20"), say("enterprise_form.person.missing")},
			{several(two, "q", "csy", "kind", "friend", "person", k.chen.String(), "from", "2026-11-20"), say("enterprise.contact.unknown", "friend")},
			{several(two, "q", "csy", "kind", "liaison", "person", k.chen.String(), "from", "2026-11-20"), say("enterprise.contact.twice", "药物研究所", core.NewDate(2026, 11, 20))},
			{several(nil, "kind", "liaison"), say("enterprise.contact.none")},
		} {
			if got := document(t, k.ask(422, "POST", "/appoint", tt.form)).Find("main").Text(); !strings.Contains(got, tt.says) {
				t.Errorf("lacks %q: %s", tt.says, got)
			}
		}
		k.sit(access.Department, k.park)
		k.ask(403, "GET", "/appoint?"+several(two), "")
	})
}

// TestMoreThanFiveEnterprisesAreAskedAboutOnce: no number is national, so the
// rule warns and the person decides.
func TestMoreThanFiveEnterprisesAreAskedAboutOnce(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		var more []enterprise.Enterprise
		for i := range 5 {
			more = append(more, k.firm(1, k.park, "小店"+strconv.Itoa(i), enterprise.Operating, 0))
		}
		values := []string{"q", "csy", "kind", "instructor", "person", k.chen.String(), "from", "2026-11-20"}
		doc := document(t, k.ask(422, "POST", "/appoint", several(more, values...)))
		if doc.Find("cite").Length() == 0 || doc.Find("input[name=confirmed]").AttrOr("value", "") != k.chen.String() || doc.Find("input[name=person][checked]").Length() != 1 {
			t.Fatalf("no warning with its source: %s", doc.Find("main").Text())
		}
		if got := k.get(at(more[0])).Find("#contact").Text(); strings.Contains(got, "陈思远") {
			t.Fatal("appointed before it was confirmed")
		}
		k.ask(303, "POST", "/appoint", several(more, append(values, "confirmed", k.chen.String())...))
		four := []enterprise.Enterprise{k.labs}
		k.ask(422, "POST", "/appoint", several(four, append(values, "confirmed", "someone else")...))
	})
}

func TestFiveEnterprisesAreNotWarnedAbout(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		var four []enterprise.Enterprise
		for i := range 4 {
			four = append(four, k.firm(1, k.park, "小店"+strconv.Itoa(i), enterprise.Operating, 0))
		}
		k.ask(303, "POST", "/appoint", several(four, "q", "csy", "kind", "instructor", "person", k.chen.String(), "from", "2026-11-20"))
	})
}
