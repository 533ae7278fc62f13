package enterprise_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/purpose"
	"tongpin/internal/rule"
)

func TestWhoSeesAnEnterprisesPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e, neighbour := w.register("启岚电子材料", nil), w.register("邻居", nil)
		w.manage(e.ID)
		registrar := w.user(1, 111, access.Place{Role: access.Registrar, Org: w.city.ID})
		if _, err := w.Appoint(t.Context(), w.dept, enterprise.Appointment{Kind: enterprise.Instructor, Person: w.chen, Period: core.Since(today)}, []core.EnterpriseID{e.ID}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name   string
			who    access.Actor
			which  core.EnterpriseID
			want   error
			people bool
			change bool
		}{
			{"the department sees no names and may change it", w.dept, e.ID, nil, false, true},
			{"a registrar above sees names", registrar, e.ID, nil, true, true},
			{"its manager sees it and no names", w.mgr, e.ID, nil, false, false},
			{"its manager does not see the neighbour", w.mgr, neighbour.ID, core.NotFound, false, false},
			{"a member elsewhere does not see it", w.member, e.ID, core.NotFound, false, false},
			{"the registrar of another place does not", w.sec, e.ID, core.NotFound, false, false},
			{"another realm does not", w.other, e.ID, core.NotFound, false, false},
			{"the machine's administrator does", w.who, e.ID, nil, true, true},
		} {
			t.Run(tt.name, func(t *testing.T) {
				p, err := w.Page(t.Context(), tt.who, tt.which, core.Moment{})
				if !errors.Is(err, tt.want) {
					t.Fatalf("got %v, want %v", err, tt.want)
				}
				if err != nil {
					return
				}
				if p.SeesPeople != tt.people || p.MayChange != tt.change || (p.Contacts[0].Name == "陈思远") != tt.people || (p.Contacts[0].Person != 0) != tt.people {
					t.Errorf("people %v, change %v, %+v", p.SeesPeople, p.MayChange, p.Contacts)
				}
			})
		}
		mine, err := w.Mine(t.Context(), w.mgr)
		if err != nil || len(mine) != 1 || mine[0].ID != e.ID || mine[0].Stood.Coverage != enterprise.ByInstructor {
			t.Errorf("%+v, %v", mine, err)
		}
		if mine, err := w.Mine(t.Context(), w.dept); err != nil || len(mine) != 0 {
			t.Errorf("the department manages %v, %v", mine, err)
		}
	})
}

// TestAManagerReadsTheNameOfWhoAgreed gives a consent and takes it back: the name
// comes and goes at once, for the manager of that enterprise alone.
func TestAManagerReadsTheNameOfWhoAgreed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		w.manage(e.ID)
		if _, err := w.Appoint(t.Context(), w.dept, enterprise.Appointment{Kind: enterprise.Instructor, Person: w.chen, Period: core.Since(today)}, []core.EnterpriseID{e.ID}); err != nil {
			t.Fatal(err)
		}
		reads := func(who access.Actor, want string, m core.Moment) {
			t.Helper()
			p, err := w.Page(t.Context(), who, e.ID, m)
			if err != nil || len(p.Contacts) != 1 || p.Contacts[0].Name != want || p.Contacts[0].Person != 0 {
				t.Errorf("got %+v, %v", p.Contacts, err)
			}
		}
		turn := func(f func(ctx context.Context, tx *db.Tx) error) { t.Helper(); w.tx(f) }
		reads(w.mgr, "", core.Moment{})
		turn(func(ctx context.Context, tx *db.Tx) error {
			return consent.Give(ctx, tx, w.who, w.now, w.chen, w.park.ID, consent.Giving{Purpose: purpose.ContactName})
		})
		reads(w.mgr, "陈思远", core.Moment{})
		reads(w.dept, "", core.Moment{})
		turn(func(ctx context.Context, tx *db.Tx) error {
			return consent.Withdraw(ctx, tx, w.who, w.now, w.chen, w.park.ID, purpose.ContactName)
		})
		reads(w.mgr, "", core.Moment{})
	})
}

func TestThePageSaysWhatMustBeSetUpAndWhy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		has := func(name string, n *int, state, kind string) enterprise.Profile {
			e := w.register(name, func(r *enterprise.Registration) { r.MembersFound, r.State, r.Type = n, state, kind })
			p, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		for _, tt := range []struct {
			what string
			p    enterprise.Profile
			want []string
			form rule.OrgKind
		}{
			{"three and none set up", has("甲", ptr(3), enterprise.Operating, "private"),
				[]string{"two.definition info", "org.must_establish fail", "two.instructor fail"}, rule.Branch},
			{"two", has("乙", ptr(2), enterprise.Operating, "state_owned"), []string{"two.definition info", "org.must_establish ok", "two.instructor fail"}, rule.JointBranch},
			{"a shell", has("丙", ptr(3), enterprise.Shell, "private"), []string{"two.definition info"}, rule.Branch},
			{"type not known", has("丁", nil, enterprise.Operating, ""), []string{"org.must_establish ok", "two.instructor fail"}, ""},
		} {
			var got []string
			for _, v := range tt.p.Verdicts {
				got = append(got, v.Rule+" "+string(v.Verdict))
				if v.Citation == "" {
					t.Errorf("%s: %s has no citation", tt.what, v.Rule)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || tt.p.Growth.Form != tt.form {
				t.Errorf("%s: %s, form %q", tt.what, diff, tt.p.Growth.Form)
			}
		}
	})
}

func TestThePageOfADayBeforeTheRegistration(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		p, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{On: core.NewDate(2024, 1, 9)})
		if err != nil || p.Listed || p.Name != "启岚电子材料" || p.OrgName != "工业园区党工委" {
			t.Errorf("%+v, %v", p.State, err)
		}
		if _, err := w.Page(t.Context(), w.dept, e.ID+1, core.Moment{}); !errors.Is(err, core.NotFound) {
			t.Errorf("no such enterprise: %v", err)
		}
	})
}

func TestTheListIsSearchedAndNarrowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		add := func(name string, edit func(*enterprise.Registration)) enterprise.Enterprise {
			return w.register(name, edit)
		}
		sig := add("康美包（苏州）", func(r *enterprise.Registration) { r.CreditCode, r.Type = codeB, "foreign_owned" })
		add("启岚电子材料", func(r *enterprise.Registration) { r.MembersFound = ptr(4) })
		add("沐川包装设备", func(r *enterprise.Registration) { r.State = enterprise.Closed })
		add("Dow 陶氏化学", func(r *enterprise.Registration) { r.VerifiedOn = core.NewDate(2024, 6, 1) })
		add("保税区仓储", func(r *enterprise.Registration) { r.Org = w.zone.ID })
		w.host(w.dow, sig, core.NewDate(2024, 6, 1))
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			if err := enterprise.Join(ctx, tx, w.who, w.now, sig.ID, enterprise.Building, "星湖大厦", today, 0); err != nil {
				return err
			}
			_, err := enterprise.Register(ctx, tx, access.Machine(2), w.now, enterprise.Registration{Name: "康美包（无锡）", Org: w.otherCity.ID})
			return err
		})
		all, err := w.Groupings(t.Context(), w.dept, "")
		if err != nil {
			t.Fatal(err)
		}
		street, err := w.MakeGrouping(t.Context(), w.dept, enterprise.Grouping{Kind: enterprise.Street, Name: "现代大道"}, core.NewDate(2024, 1, 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ChangeGrouping(t.Context(), w.dept, all[0].ID, enterprise.GroupingChange{Parent: &street.ID, On: today}); err != nil {
			t.Fatal(err)
		}
		q := func(edit func(*enterprise.Query)) enterprise.Query {
			q := enterprise.Query{Under: w.park.ID}
			edit(&q)
			return q
		}
		search := func(s string) enterprise.Query { return q(func(q *enterprise.Query) { q.Search = s }) }
		cover := func(s string) enterprise.Query { return q(func(q *enterprise.Query) { q.Coverage = s }) }
		for _, tt := range []struct {
			what string
			q    enterprise.Query
			want []string
		}{
			{"everything on the books, by reading", q(func(*enterprise.Query) {}), []string{"Dow 陶氏化学", "康美包（苏州）", "启岚电子材料"}},
			{"every state", q(func(q *enterprise.Query) { q.State = enterprise.AnyState }), []string{"Dow 陶氏化学", "康美包（苏州）", "沐川包装设备", "启岚电子材料"}},
			{"closed", q(func(q *enterprise.Query) { q.State = enterprise.Closed }), []string{"沐川包装设备"}},
			{"foreign", q(func(q *enterprise.Query) { q.Type = "foreign_owned" }), []string{"康美包（苏州）"}},
			{"in the building", q(func(q *enterprise.Query) { q.Grouping = all[0].ID }), []string{"康美包（苏州）"}},
			{"in the street around it", q(func(q *enterprise.Query) { q.Grouping = street.ID }), []string{"康美包（苏州）"}},
			{"one character", search("陶"), []string{"Dow 陶氏化学"}},
			{"two characters", search("材料"), []string{"启岚电子材料"}},
			{"three, in the other script", search("康美包"), []string{"康美包（苏州）"}},
			{"traditional characters", search("啟嵐"), []string{"启岚电子材料"}},
			{"characters that do not stand together", search("启材"), nil},
			{"initials", search("kmb"), []string{"康美包（苏州）"}},
			{"pinyin", search("qilan"), []string{"启岚电子材料"}},
			{"a latin word", search("DOW"), []string{"Dow 陶氏化学"}},
			{"the code", search(codeB[:9]), []string{"康美包（苏州）"}},
			{"signs alone", search("%_"), nil},
			{"own", cover("own"), []string{"康美包（苏州）"}},
			{"with an organisation", cover(enterprise.WithOrg), []string{"康美包（苏州）"}},
			{"covered", cover(enterprise.Covered), []string{"康美包（苏州）"}},
			{"with work alone", cover(enterprise.WithWork), nil},
			{"not covered", cover("none"), []string{"Dow 陶氏化学", "启岚电子材料"}},
			{"should, and has none", cover(enterprise.ShouldNone), []string{"启岚电子材料"}},
			{"in name only", cover(enterprise.InName), nil},
			{"old news", cover(enterprise.OldNews), []string{"Dow 陶氏化学"}},
			{"by reason", q(func(q *enterprise.Query) { q.Reason = enterprise.NoMembers }), []string{"Dow 陶氏化学"}},
			{"a day on which it was not yet hosted", q(func(q *enterprise.Query) { q.Coverage, q.Moment.On = "own", core.NewDate(2024, 5, 31) }), nil},
			{"a day on which it was", q(func(q *enterprise.Query) { q.Coverage, q.Moment.On = "own", core.NewDate(2024, 6, 1) }), []string{"康美包（苏州）"}},
			{"a past day, searched", q(func(q *enterprise.Query) { q.Search, q.Moment.On = "qldzcl", core.NewDate(2024, 5, 31) }), []string{"启岚电子材料"}},
			{"a past day, in a grouping", q(func(q *enterprise.Query) { q.Grouping, q.Moment.On = street.ID, today.AddDays(-1) }), nil},
		} {
			l, err := w.List(t.Context(), w.dept, tt.q)
			var got []string
			for _, r := range l.Rows {
				got = append(got, r.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil || l.Total != len(tt.want) {
				t.Errorf("%s: %s %d %v", tt.what, diff, l.Total, err)
			}
		}
		_, err = w.List(t.Context(), w.dept, enterprise.Query{Under: w.zone.ID})
		wants(t, err, core.NotFound, "")
		_, err = w.List(t.Context(), w.other, enterprise.Query{Under: w.city.ID})
		wants(t, err, core.NotFound, "")
		l, err := w.List(t.Context(), w.other, enterprise.Query{Under: w.otherCity.ID})
		if err != nil || l.Total != 1 || l.Rows[0].Name != "康美包（无锡）" {
			t.Errorf("the other realm: %+v, %v", l, err)
		}
	})
}

func TestPagesOfAList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var rs []enterprise.Registration
		for i := range 45 {
			rs = append(rs, enterprise.Registration{Name: fmt.Sprintf("企业%02d", i), Org: w.park.ID, From: long})
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := enterprise.RegisterMany(ctx, tx, w.who, w.now, rs)
			return err
		})
		for _, coverage := range []string{"", "none"} {
			for _, tt := range []struct {
				page  int
				first string
				n     int
			}{{1, "企业00", 20}, {2, "企业20", 20}, {3, "企业40", 5}, {4, "", 0}} {
				l, err := w.List(t.Context(), w.dept, enterprise.Query{Under: w.park.ID, Coverage: coverage, Page: core.Page{Number: tt.page}})
				if err != nil || l.Total != 45 || len(l.Rows) != tt.n || tt.n > 0 && l.Rows[0].Name != tt.first {
					t.Errorf("coverage %q, page %d: %d of %d, %v", coverage, tt.page, len(l.Rows), l.Total, err)
				}
			}
		}
	})
}
