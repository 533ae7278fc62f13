package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/secret"
)

func (k *door) today() core.Date { return core.DateOf(k.s.Now()) }

// start starts a deadline and returns it.
func (k *door) start(realm core.RealmID, n clock.New) (c clock.Clock) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) error {
		if err := clock.Start(k.t.Context(), tx, k.s.Now(), realm, n); err != nil {
			return err
		}
		all, err := clock.Of(k.t.Context(), tx, realm, n.SubjectID)
		c = all[0]
		return err
	})
	return c
}

// recheck starts the deadline to check an enterprise again, due on a day.
func (k *door) recheck(realm core.RealmID, e core.EnterpriseID, at core.OrgID, due core.Date) clock.Clock {
	k.t.Helper()
	return k.start(realm, clock.RecheckOf(e, at, due.AddMonths(-12)))
}

// firms registers enterprises that alpha looks after, and gives each a
// deadline: the first is due today, each further one a day earlier.
func (k *door) firms(n int) {
	k.t.Helper()
	for i := range n {
		var e enterprise.Enterprise
		k.tx(func(tx *db.Tx) (err error) {
			e, err = enterprise.Register(k.t.Context(), tx, access.Machine(1), k.s.Now(), enterprise.Registration{Name: fmt.Sprintf("第%d厂", i+1), Org: k.alpha.ID, Type: "private"})
			return err
		})
		k.exec(`UPDATE clocks SET state = 'dropped', ended_at = 0 WHERE subject_id = $1`, e.ID)
		k.recheck(1, e.ID, k.alpha.ID, k.today().AddDays(-i))
	}
}

// staffed enrols three members in alpha, so that it is no first day.
func (k *door) staffed() {
	k.t.Helper()
	k.tx(func(tx *db.Tx) error {
		for _, name := range []string{"林若川", "苏晓", "何田"} {
			_, err := member.Enrol(k.t.Context(), tx, secret.Fixed(secret.AES), access.Machine(1), k.s.Now(), member.Enrolment{
				Name: name, Kind: member.Full, Org: k.alpha.ID, From: core.NewDate(2020, 1, 1), JoinedOn: core.NewDate(2019, 1, 1), ConfirmedOn: core.NewDate(2020, 1, 1),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestTodayIsRightForAnyNumber(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.staffed()
		g := k.enter("黄书记", access.Secretary, k.alpha)
		for _, tt := range []struct {
			n, rows     int
			title, more string
		}{
			{0, 0, "中午好，黄书记。今天没有要办的", ""},
			{1, 1, "中午好，黄书记。今天有 1 件事", ""},
			{7, 7, "中午好，黄书记。今天有 7 件事", ""},
			{8, 7, "中午好，黄书记。今天有 8 件事", "还有 1 项，先看这 7 项"},
			{40, 7, "中午好，黄书记。今天有 40 件事", "还有 33 项，先看这 7 项"},
		} {
			k.exec(`UPDATE clocks SET state = 'dropped', ended_at = 0`)
			k.firms(tt.n)
			doc := g.get("/")
			says(t, doc, "h1", tt.title)
			if got := doc.Find(".tasks li.acts").Length(); got != tt.rows {
				t.Errorf("%d open: %d rows", tt.n, got)
			}
			more := doc.Find("main a[href='/clocks?under=" + k.alpha.ID.String() + "']")
			if tt.more == "" {
				tt.more = "看全部时限"
			}
			if more.Length() != 1 || more.Text() != tt.more {
				t.Errorf("%d open: the rest is called %q", tt.n, more.Text())
			}
		}
	})
}

func TestARowOfTodaySaysWhyAndLeadsOn(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		late := k.recheck(1, k.mill.ID, k.alpha.ID, k.today().AddDays(-2))
		soon := k.start(1, clock.TermOf(k.alpha.ID, core.Date{}, k.today().AddDays(3)))
		doc := k.enter("黄书记", access.Secretary, k.alpha).get("/")
		says(t, doc, ".head p", "2026年11月24日，星期二")
		row := doc.Find("#c" + late.ID.String())
		says(t, doc, "#c"+late.ID.String()+" b", "复核情况：纺织厂")
		says(t, doc, "#c"+late.ID.String()+" small", "由甲支部联系。上次核实是2025年11月22日，满12个月要复核。")
		says(t, doc, "#c"+late.ID.String()+" .tag.late", "逾期2天")
		says(t, doc, "#c"+soon.ID.String()+" .tag.wait", "剩3天")
		if href := row.Find("a").First().AttrOr("href", ""); href != "/clocks/"+late.ID.String() {
			t.Errorf("the row leads to %s", href)
		}
		for _, anchor := range []string{"snooze", "hand-over", "not-mine"} {
			if row.Find("details a[href='/clocks/"+late.ID.String()+"#"+anchor+"']").Length() != 1 {
				t.Errorf("no way to %s", anchor)
			}
		}
		var week []string
		doc.Find(".week li").Each(func(_ int, s *goquery.Selection) { week = append(week, s.Text()) })
		if got := strings.Join(week, " "); got != "一23 二24 三25 四26 五271 件 六28 日29" {
			t.Errorf("the week is %s", got)
		}
		says(t, doc, ".week [aria-current=date] span", "24")
	})
}

func TestNothingToDoSaysWhatComesNext(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.staffed()
		g := k.enter("黄书记", access.Secretary, k.alpha)
		if got := g.get("/").Find("main").Text(); !strings.Contains(got, "眼下没有在走的时限。") {
			t.Errorf("without any: %s", got)
		}
		k.start(1, clock.TermOf(k.alpha.ID, core.Date{}, core.NewDate(2027, 8, 1)))
		doc := g.get("/")
		if got := doc.Find("main").Text(); !strings.Contains(got, "下一件从2027年2月1日起提醒：") || doc.Find(".tasks b").Text() != "准备换届：甲支部" {
			t.Errorf("with one: %s", got)
		}
	})
}

func TestTheFirstDayOffersSteps(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		steps := func(g *guest) string {
			var all []string
			g.get("/").Find(".tasks li").Each(func(_ int, s *goquery.Selection) {
				name := s.Find("b").Text()
				if s.HasClass("done") {
					name += "✓"
				}
				all = append(all, name)
			})
			return strings.Join(all, " ")
		}
		dept, boss := k.enter("d", access.Department, k.alpha), k.enter("r", access.Registrar, k.park)
		secretary, other := k.enter("s", access.Secretary, k.alpha), k.enter("m", access.Member, k.alpha)
		for name, tt := range map[string]struct {
			g    *guest
			want string
		}{
			"a department imports the ledger":  {dept, "导入单位台账 看覆盖"},
			"a registrar whose ledger is in":   {boss, "导入单位台账✓ 导入党员名册 看覆盖"},
			"a secretary imports the roster":   {secretary, "导入党员名册 看覆盖"},
			"a member is led to what is there": {other, "甲支部"},
		} {
			if got := steps(tt.g); got != tt.want {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
		}
		k.staffed()
		if got := steps(secretary); got != "" {
			t.Errorf("with a roster: %q", got)
		}
	})
}

func TestAManagerSeesTheEnterpriseAlone(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.recheck(1, k.mill.ID, k.park.ID, k.today())
		doc := k.seat(k.person("Ingrid", access.Place{Role: access.Manager, Enterprise: k.mill.ID})).get("/")
		says(t, doc, "h1", "中午好，Ingrid")
		if doc.Find(".tasks li").Length() != 1 || doc.Find(".tasks a").AttrOr("href", "") != "/enterprises/"+k.mill.ID.String() {
			t.Errorf("got %s", doc.Find("main").Text())
		}
		if doc.Find(".week").Length() != 0 || doc.Find("#coverage").Length() != 0 {
			t.Error("there is a week or a coverage that is not the manager's")
		}
		doc.Find("a[href^='/']").Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); href == "/orgs" {
				t.Errorf("the page leads to %s, which is shut", href)
			}
		})
	})
}

func TestPlacesBelowWithSomebodyOfTheirOwnAreCountsAlone(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.enter("s", access.Secretary, k.alpha)
		k.recheck(1, k.mill.ID, k.alpha.ID, k.today().AddDays(-1))
		k.start(1, clock.TermOf(k.beta.ID, core.Date{}, k.today().AddDays(-1)))
		k.start(2, clock.TermOf(k.far.ID, core.Date{}, k.today().AddDays(-1)))
		doc := k.enter("p", access.Registrar, k.park).get("/")
		says(t, doc, "h1", "中午好，p。今天有 1 件事")
		says(t, doc, ".tasks b", "准备换届：乙支部")
		if got := doc.Find(".ledger tbody").Text(); !strings.Contains(got, "甲支部") || strings.Contains(doc.Text(), "复核情况") {
			t.Errorf("below stands %q", got)
		}
	})
}

func TestTheCoverageOfTodayIsFetched(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.staffed()
		g := k.enter("s", access.Registrar, k.park)
		if at := g.get("/").Find("#coverage").AttrOr("data-load", ""); at != "/today/coverage" {
			t.Errorf("the panel is fetched from %q", at)
		}
		says(t, g.get("/today/coverage"), "#coverage .v a", "0/1")
		three := 3
		for name, on := range map[string]core.OrgID{"甲厂": k.alpha.ID, "乙厂": k.beta.ID} {
			k.tx(func(tx *db.Tx) error {
				e, err := enterprise.Register(t.Context(), tx, access.Machine(1), k.s.Now(), enterprise.Registration{
					Name: name, Org: on, Type: "private", State: enterprise.Operating, VerifiedOn: core.NewDate(2026, 11, 1), From: core.NewDate(2026, 1, 1), MembersFound: &three,
				})
				if err != nil || on != k.alpha.ID {
					return err
				}
				return enterprise.Host(t.Context(), tx, access.Machine(1), k.s.Now(), on, e.ID, core.NewDate(2026, 1, 1), 0)
			})
		}
		doc := g.get("/today/coverage")
		says(t, doc, "#coverage .v b", "33.3%")
		says(t, doc, "#coverage .v a", "1/3")
		says(t, k.enter("b", access.Secretary, k.beta).get("/today/coverage"), "#coverage .v a", "0/1")
		k.enter("m", access.Member, k.park).ask(403, "GET", "/today/coverage", "")
	})
}

func TestTheGreetingFollowsTheClock(t *testing.T) {
	for hour, want := range map[int]string{0: "night", 4: "night", 5: "morning", 10: "morning", 11: "noon", 12: "noon", 13: "afternoon", 17: "afternoon", 18: "evening", 23: "evening"} {
		s := &Server{Now: func() time.Time { return time.Date(2026, 11, 24, hour, 59, 0, 0, time.UTC) }}
		if got := s.greeting().Key; got != "today."+want {
			t.Errorf("at %d: %s", hour, got)
		}
	}
}
