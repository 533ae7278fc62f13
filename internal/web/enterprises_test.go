package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// A zone is a desk before a park whose enterprises stand in every way that
// matters here, a neighbouring park, and a second realm of the same shape:
//
//	root ─┬─ park ── branch (of mill), joint (of shop)
//	      └─ beyond (looks after yard)
type zone struct {
	*desk
	park, beyond, branch, joint                org.Org
	mill, shop, labs, inn, fresh, shell, yard  enterprise.Enterprise // own, joint, uncovered with 4, liaison, new, shell, elsewhere
	abroad                                     enterprise.Enterprise // in the second realm
	building, third, tenth, chain, farBuilding core.ID
	chen                                       core.PersonID
}

func newZone(t *testing.T, d *db.DB) *zone {
	t.Helper()
	k := &zone{desk: newDesk(t, d)}
	m := http.NewServeMux()
	k.s.mountStatic(m)
	k.s.mountSite(m)
	k.s.mountEnterprises(m)
	k.h = k.s.guard(m)
	long := core.NewDate(2015, 1, 1)
	k.park = k.found(1, org.Founding{Parent: k.root.ID, Name: "园区党工委", Kind: rule.Committee, FoundedOn: long})
	k.beyond = k.found(1, org.Founding{Parent: k.root.ID, Name: "邻区党工委", Kind: rule.Committee, FoundedOn: long})
	k.branch = k.found(1, org.Founding{Parent: k.park.ID, Name: "纺织厂党支部", Kind: rule.Branch, FoundedOn: long})
	k.joint = k.found(1, org.Founding{Parent: k.park.ID, Name: "星湖联合党支部", Kind: rule.JointBranch, FoundedOn: long})
	k.mill = k.firm(1, k.park, "纺织厂", enterprise.Operating, 5)
	k.shop = k.firm(1, k.park, "五金店", enterprise.Operating, 1)
	k.labs = k.firm(1, k.park, "药物研究所", enterprise.Operating, 4)
	k.inn = k.firm(1, k.park, "湖滨酒店", enterprise.Operating, 0)
	k.fresh = k.firm(1, k.park, "新公司", enterprise.Listed, -1)
	k.shell = k.firm(1, k.park, "空壳公司", enterprise.Shell, 0)
	k.yard = k.firm(1, k.beyond, "造船厂", enterprise.Operating, 3)
	k.abroad = k.firm(2, k.other, "纺织厂", enterprise.Operating, 3)
	k.enrol()
	k.tie()
	k.sit(access.Registrar, k.park)
	return k
}

// firm registers an enterprise; found below zero means that nobody counted.
func (k *zone) firm(realm core.RealmID, at org.Org, name, state string, found int) (e enterprise.Enterprise) {
	k.t.Helper()
	r := enterprise.Registration{Name: name, Org: at.ID, Type: "private", Industry: "制造", State: state, From: core.NewDate(2026, 10, 1), MembersFound: &found}
	if found < 0 {
		r.MembersFound = nil
	}
	if state != enterprise.Listed {
		r.VerifiedOn = core.NewDate(2026, 10, 5)
	}
	k.tx(func(tx *db.Tx) (err error) {
		e, err = enterprise.Register(k.t.Context(), tx, access.Machine(realm), k.s.Now(), r)
		return err
	})
	return e
}

// enrol gives the branch five full members, one of them Chen.
func (k *zone) enrol() {
	k.t.Helper()
	k.tx(func(tx *db.Tx) error {
		for _, name := range []string{"陈思远", "许知一", "许知二", "许知三", "许知四"} {
			joined := core.NewDate(2018, 3, 1)
			p, err := member.Enrol(k.t.Context(), tx, k.s.Member.Keys, access.Machine(1), k.s.Now(), member.Enrolment{
				Name: name, Kind: member.Full, Org: k.branch.ID, JoinedOn: joined, ConfirmedOn: joined.AddMonths(12), From: joined, Position: "主管",
			})
			if err != nil {
				return err
			}
			if name == "陈思远" {
				k.chen = p.ID
			}
		}
		return nil
	})
}

// tie hosts, appoints and groups.
func (k *zone) tie() {
	k.t.Helper()
	since, who := core.NewDate(2026, 10, 6), access.Machine(1)
	k.tx(func(tx *db.Tx) error {
		ctx, now := k.t.Context(), k.s.Now()
		for _, h := range []struct {
			o org.Org
			e enterprise.Enterprise
		}{{k.branch, k.mill}, {k.joint, k.shop}} {
			if err := enterprise.Host(ctx, tx, who, now, h.o.ID, h.e.ID, since, 0); err != nil {
				return err
			}
		}
		_, _, err := enterprise.Appoint(ctx, tx, who, now, enterprise.Appointment{Kind: enterprise.Liaison, Person: k.chen, Enterprise: k.inn.ID, Period: core.Since(since)})
		if err != nil {
			return err
		}
		make := func(realm core.RealmID, kind, name string, parent core.ID) core.ID {
			g, failed := enterprise.MakeGrouping(ctx, tx, access.Machine(realm), now, enterprise.Grouping{Kind: kind, Name: name, Parent: parent}, core.NewDate(2026, 1, 1))
			if failed != nil {
				err = failed
			}
			return g.ID
		}
		k.building = make(1, enterprise.Building, "星湖大厦", 0)
		k.tenth = make(1, enterprise.Floor, "10层", k.building)
		k.third = make(1, enterprise.Floor, "3层", k.building)
		k.chain = make(1, enterprise.Chain, "生物医药", 0)
		k.farBuilding = make(2, enterprise.Building, "太湖大厦", 0)
		if err != nil {
			return err
		}
		return enterprise.JoinMany(ctx, tx, who, now, []enterprise.Joining{
			{Grouping: k.third, Enterprise: k.shop.ID, Period: core.Since(since)},
			{Grouping: k.tenth, Enterprise: k.labs.ID, Period: core.Since(since)},
			{Grouping: k.building, Enterprise: k.inn.ID, Period: core.Since(since)},
			{Grouping: k.tenth, Enterprise: k.yard.ID, Period: core.Since(since)},
		})
	})
}

// manage seats the manager of an enterprise.
func (k *zone) manage(e enterprise.Enterprise) {
	k.t.Helper()
	k.sit(access.Member, k.branch)
	id := k.v.Actor.User
	k.tx(func(tx *db.Tx) error {
		if _, err := tx.Exec(k.t.Context(), `DELETE FROM grants WHERE user_id = $1`, id); err != nil {
			return err
		}
		if err := access.Grant(k.t.Context(), tx, access.Machine(1), id, access.Place{Role: access.Manager, Enterprise: e.ID}, core.NewDate(2026, 1, 1), k.s.Now()); err != nil {
			return err
		}
		held, err := access.Places(k.t.Context(), tx, 1, id)
		k.v = Viewer{SignedIn: true, Actor: k.v.Actor, Name: "N", Lang: core.En, user: k.v.user}
		k.v.act(held, "")
		return err
	})
}

func at(e enterprise.Enterprise, more ...string) string {
	return "/enterprises/" + e.ID.String() + strings.Join(more, "")
}

func say(key string, args ...any) string { return text.T(core.Hans, key, args...) }

// texts returns the texts of what a selector finds.
func texts(doc *goquery.Document, selector string) []string {
	return doc.Find(selector).Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
}

func eachZone(t *testing.T, f func(t *testing.T, k *zone)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, newZone(t, d)) })
}

func TestTheListOfEnterprisesIsNarrowedByItsAddress(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		for _, tt := range []struct {
			query string
			want  []string
			chips int
		}{
			{"", []string{"纺织厂", "湖滨酒店", "空壳公司", "五金店", "新公司", "药物研究所"}, 0},
			{"?q=hb", []string{"湖滨酒店"}, 1},
			{"?q=药", []string{"药物研究所"}, 1},
			{"?state=shell", []string{"空壳公司"}, 1},
			{"?coverage=own", []string{"纺织厂"}, 1},
			{"?coverage=org", []string{"纺织厂", "五金店"}, 1},
			{"?coverage=liaison", []string{"湖滨酒店"}, 1},
			{"?coverage=should_none", []string{"药物研究所"}, 1},
			{"?reason=new", []string{"新公司"}, 1},
			{"?type=private&coverage=none", []string{"新公司", "药物研究所"}, 3},
			{"?grouping=" + k.building.String(), []string{"湖滨酒店", "五金店", "药物研究所"}, 1},
			{"?coverage=nonsense&type=nonsense&grouping=nonsense", []string{"纺织厂", "湖滨酒店", "空壳公司", "五金店", "新公司", "药物研究所"}, 0},
		} {
			doc := k.get("/enterprises" + tt.query)
			got := texts(doc, "tbody th a")
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.query, got, tt.want)
			}
			if n := doc.Find(".chips .chip").Length(); n != tt.chips {
				t.Errorf("%s: %d chips, want %d", tt.query, n, tt.chips)
			}
		}
	})
}

func TestARowOfTheListSaysHowAnEnterpriseIsReached(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		rows := map[string]string{}
		k.get("/enterprises").Find("tbody tr").Each(func(_ int, s *goquery.Selection) {
			rows[s.Find("th a").Text()] = strings.Join(strings.Fields(s.Text()), " ")
		})
		for name, words := range map[string][]string{
			"纺织厂":   {"民营企业", say("enterprise.coverage.own"), "50天前", "园区党工委"},
			"湖滨酒店":  {say("enterprise.coverage.liaison")},
			"药物研究所": {say("enterprise.coverage.none"), say("enterprise.reason.should_build"), "4"},
			"新公司":   {say("enterprise.reason.new"), say("enterprises.never"), say("enterprises.unknown")},
			"空壳公司":  {say("enterprise.state.shell"), say("enterprises.out")},
		} {
			for _, word := range words {
				if !strings.Contains(rows[name], word) {
					t.Errorf("%s: %q lacks %q", name, rows[name], word)
				}
			}
		}
	})
}

func TestOnlyWhoSeesNamesChoosesRows(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		for _, tt := range []struct {
			role  access.Role
			boxes int
			links []string
		}{
			{access.Registrar, 6, []string{"/import?entity=enterprises", "/enterprises/new?org=" + k.park.ID.String()}},
			{access.Department, 0, []string{"/import?entity=enterprises", "/enterprises/new?org=" + k.park.ID.String()}},
			{access.Secretary, 6, []string{"/enterprises/new?org=" + k.park.ID.String()}},
			{access.Member, 0, nil},
		} {
			k.sit(tt.role, k.park)
			doc := k.get("/enterprises")
			if n := doc.Find("tbody input[type=checkbox]").Length(); n != tt.boxes {
				t.Errorf("%s: %d boxes", tt.role, n)
			}
			links := doc.Find(".head a.btn").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
			if !slices.Equal(links, tt.links) {
				t.Errorf("%s: %v", tt.role, links)
			}
		}
	})
}

func TestAnEmptyListOfEnterprisesSaysWhatToDoFirst(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.sit(access.Registrar, k.joint)
		doc := k.get("/enterprises")
		if got := doc.Find(".empty .title").Text(); got != say("enterprises.empty") {
			t.Errorf("got %q", got)
		}
		if got := doc.Find(".empty a").First().AttrOr("href", ""); got != "/import?entity=enterprises" {
			t.Errorf("first: %q", got)
		}
		k.sit(access.Member, k.joint)
		if doc = k.get("/enterprises"); doc.Find(".empty a").Length() != 0 || !strings.Contains(doc.Find(".empty").Text(), say("enterprises.empty.wait")) {
			t.Error(doc.Find(".empty").Text())
		}
		if got := k.get("/enterprises?q=zzz").Find(".empty a").AttrOr("href", ""); got != "/enterprises" {
			t.Errorf("a search without a result leads to %q", got)
		}
	})
}

func TestAManagerIsLedToTheOwnEnterpriseAndNoFurther(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.manage(k.inn)
		w := k.ask(303, "GET", "/enterprises", "")
		if to := w.Header().Get("Location"); to != at(k.inn) {
			t.Fatalf("led to %q", to)
		}
		doc := k.get(at(k.inn))
		main := doc.Find("main").Text()
		if !strings.Contains(main, "A liaison from the local Party organisation keeps in touch") || strings.Contains(main, "陈思远") {
			t.Errorf("the page of the manager: %s", main)
		}
		if doc.Find("main a[href^='/people'], main a[href^='/orgs'], main a[href^='/groupings'], main .btn.go").Length() != 0 {
			t.Error("a link leads where the manager may not go")
		}
		k.ask(404, "GET", at(k.mill), "")
		k.ask(403, "GET", at(k.inn, "/verify"), "")
		k.ask(403, "POST", at(k.inn, "/verify"), form("verified_on", "2026-11-20", "state", "closed"))
	})
}

// TestWhatIsElsewhereIsNotFound: what another realm or another park has looks
// like what nobody has.
func TestWhatIsElsewhereIsNotFound(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		absent := core.NewID(k.s.Now()).String()
		paths := []string{"/enterprises/ID"}
		for _, d := range deeds {
			paths = append(paths, "/enterprises/ID/"+d.name)
		}
		paths = append(paths, "/appoint?id=ID", "/enterprises?under=ID")
		want := func(method, path string) string {
			return document(t, k.ask(404, method, strings.ReplaceAll(path, "ID", absent), "")).Find("main").Text()
		}
		for _, path := range paths {
			methods := []string{"GET", "POST"}
			if strings.Contains(path, "?under") || path == "/enterprises/ID" {
				methods = methods[:1]
			}
			for _, method := range methods {
				missing := want(method, path)
				for name, id := range map[string]core.EnterpriseID{"another park": k.yard.ID, "another realm": k.abroad.ID} {
					got := document(t, k.ask(404, method, strings.ReplaceAll(path, "ID", id.String()), "")).Find("main").Text()
					if got != missing {
						t.Errorf("%s %s of %s: %q, of nobody: %q", method, path, name, got, missing)
					}
				}
			}
		}
		for _, path := range []string{"/groupings/ID", "/groupings/ID/change"} {
			if got := document(t, k.ask(404, "GET", strings.ReplaceAll(path, "ID", k.farBuilding.String()), "")).Find("main").Text(); got != want("GET", path) {
				t.Errorf("%s of another realm: %q", path, got)
			}
		}
		k.ask(404, "GET", "/enterprises/nonsense", "")
		k.ask(404, "GET", "/enterprises?under="+k.beyond.ID.String(), "")
		k.ask(404, "GET", "/enterprises/new?org="+k.other.ID.String(), "")
	})
}

func TestAPageOfThePastIsAsKnownThenOrAsCorrected(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		k.post(at(k.labs, "/change"), "version", "1", "name", "新药研究所", "type", "private", "industry", "制造", "employees", "120", "on", "2026-11-01", "reason", "更名")
		sees := func(query, name string, not ...string) {
			t.Helper()
			doc := k.get(at(k.labs, query))
			text := doc.Find("main").Text()
			if !strings.Contains(text, name) {
				t.Errorf("%s lacks %q: %s", query, name, text)
			}
			for _, n := range not {
				if strings.Contains(text, n) {
					t.Errorf("%s says %q", query, n)
				}
			}
			if query != "" && (doc.Find("main .btn.go").Length() != 0 || doc.Find(".notice").Length() == 0) {
				t.Errorf("%s: a past day can be changed, or does not say that it is past", query)
			}
		}
		sees("", "更名")
		sees("?on=2026-11-10", "120")
		sees("?on=2026-11-10&known=then", say("enterprise_page.then.none", core.NewDate(2026, 11, 10)), "120", "更名")
		sees("?on=2026-11-10&known=2026-11-24", "120")
		sees("?on=2026-10-31", say("enterprises.unknown"), "更名")
		sees("?on=2026-01-01", say("enterprise_page.then.none", core.NewDate(2026, 1, 1)))
		doc := document(t, k.ask(422, "GET", at(k.labs, "?on=2026-13-01"), ""))
		if got := doc.Find("#on-err").Text(); got != say("date.unreadable", "2026-13-01") {
			t.Errorf("an unreadable day: %q", got)
		}
		k.ask(422, "GET", at(k.labs, "?on=2999-01-01"), "")
	})
}

func TestNamesStandOnlyWhereTheRoleSeesThem(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		for role, sees := range map[access.Role]bool{access.Registrar: true, access.Secretary: true, access.Department: false, access.Member: false} {
			k.sit(role, k.park)
			doc := k.get(at(k.inn))
			if got := strings.Contains(doc.Find("#contact").Text(), "陈思远"); got != sees {
				t.Errorf("%s: sees the name %v", role, got)
			}
			if got := doc.Find("#contact a[href^='/appoint']").Length() == 1; got != sees {
				t.Errorf("%s: may appoint %v", role, got)
			}
			if got := doc.Find(".head .btn").Length() == 2; got != (role != access.Member) {
				t.Errorf("%s: may change %v", role, got)
			}
		}
	})
}

func TestThePageSaysWhatMustBeSetUpAndWhy(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		for _, tt := range []struct {
			e     enterprise.Enterprise
			cover string
			cites int
		}{
			{k.mill, say("enterprise_page.cover.own", "纺织厂党支部", 5), 3},
			{k.shop, say("enterprise_page.cover.joint", "星湖联合党支部"), 3},
			{k.labs, say("enterprise_page.cover.none.should_build", "", 4), 3},
			{k.inn, say("enterprise_page.cover.liaison", "", "", core.NewDate(2026, 10, 5)), 3},
			{k.fresh, say("enterprise_page.cover.none.new"), 3},
			{k.shell, say("enterprise_page.cover.out", "", "", "", say("enterprise.state.shell")), 1},
		} {
			doc := k.get(at(tt.e))
			if !strings.Contains(doc.Find("main").Text(), tt.cover) {
				t.Errorf("%s lacks %q: %s", tt.e.Name, tt.cover, doc.Find(".panel").First().Text())
			}
			if n := doc.Find("cite[lang=zh-Hans]").Length(); n != tt.cites {
				t.Errorf("%s: %d citations", tt.e.Name, n)
			}
		}
	})
}

func TestEveryStateOfCoverageHasItsSentence(t *testing.T) {
	for _, c := range enterprise.Coverages {
		for _, st := range []enterprise.State{{Operating: true, Coverage: c}, {Operating: true, Coverage: c, MembersKnown: true}, {Operating: true, Coverage: c, Nominal: true}} {
			if key := coverKey(st); !text.Has(key) {
				t.Errorf("%s is in no catalog", key)
			}
		}
	}
	for _, reason := range append([]string{""}, enterprise.Reasons...) {
		if key := coverKey(enterprise.State{Operating: true, Coverage: enterprise.Uncovered, Reason: reason}); !text.Has(key) {
			t.Errorf("%s is in no catalog", key)
		}
	}
	for _, c := range coverageWords {
		if got := (Shell{Lang: core.En}).coverageWord(c); strings.Contains(got, ".") {
			t.Errorf("%s has no word", c)
		}
	}
	for _, d := range deeds {
		for _, part := range []string{"", ".lead", ".go", ".done"} {
			if !text.Has(d.key() + part) {
				t.Errorf("%s is in no catalog", d.key()+part)
			}
		}
	}
}

func TestADayIsToldByItsAge(t *testing.T) {
	sh, today := Shell{Lang: core.En}, core.NewDate(2026, 3, 31)
	for want, day := range map[string]core.Date{
		"Never": {}, "Today": today, "Yesterday": core.NewDate(2026, 3, 30), "45 days ago": core.NewDate(2026, 2, 14),
		"2 months ago": core.NewDate(2026, 1, 31), "23 months ago": core.NewDate(2024, 4, 1), "2 years ago": core.NewDate(2024, 3, 31),
	} {
		if got := sh.ago(day, today); got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
}
