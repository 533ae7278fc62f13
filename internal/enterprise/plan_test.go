package enterprise_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
)

func TestPlans(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", func(r *enterprise.Registration) { r.MembersFound, r.VerifiedOn = ptr(4), today.AddDays(-5) })
		set := func(who access.Actor, p enterprise.Plan) error {
			p.Enterprise = e.ID
			return w.SetPlan(t.Context(), who, p)
		}
		wants(t, set(w.dept, enterprise.Plan{Obstacle: "ghosts"}), core.Invalid, "enterprise.plan.obstacle")
		wants(t, set(w.dept, enterprise.Plan{PlannedOn: today.AddDays(-1)}), core.Invalid, "enterprise.plan.past")
		wants(t, set(w.dept, enterprise.Plan{Note: strings.Repeat("x", 501)}), core.Invalid, "enterprise.remark.long")
		wants(t, set(w.dept, enterprise.Plan{PlannedOn: today, Period: core.Since(today.AddDays(1))}), core.Invalid, "enterprise.date.future")
		wants(t, set(w.dept, enterprise.Plan{PlannedOn: today, Owner: w.otherCity.ID}), core.NotFound, "")
		wants(t, set(w.sec, enterprise.Plan{PlannedOn: today}), core.NotFound, "")
		wants(t, set(w.member, enterprise.Plan{PlannedOn: today}), core.NotFound, "")

		known := w.now
		w.now = w.now.Add(time.Minute)
		if err := set(w.dept, enterprise.Plan{PlannedOn: today.AddDays(60), Owner: w.plaza.ID, Obstacle: enterprise.OwnerDisagrees, Note: "再谈"}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"plan": today.AddDays(60).String(), "recheck": today.AddDays(-5).AddMonths(12).String(), "establish": today.AddDays(-5).AddMonths(3).String()}
		if diff := cmp.Diff(want, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		s := w.list(1, core.Moment{On: today})[0]
		if s.Reason != enterprise.OwnerDisagrees || s.Class != enterprise.ShouldBuild || s.Plan.Owner != w.plaza.ID {
			t.Errorf("%+v", s)
		}
		if s := w.list(1, core.Moment{On: today, KnownAt: known})[0]; s.Reason != enterprise.ShouldBuild {
			t.Errorf("as known before: %s", s.Reason)
		}
		if sum := enterprise.Summarize(w.list(1, core.Moment{On: today}), today); sum.ShouldNone != 1 || sum.Reasons[enterprise.OwnerDisagrees] != 1 {
			t.Errorf("%+v", sum)
		}
		if err := set(w.dept, enterprise.Plan{}); err != nil { // withdrawn
			t.Fatal(err)
		}
		delete(want, "plan")
		if diff := cmp.Diff(want, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		if s := w.list(1, core.Moment{On: today})[0]; !s.Plan.IsZero() || s.Reason != enterprise.ShouldBuild {
			t.Errorf("withdrawn: %+v", s.Plan)
		}
	})
}

func TestMassBodies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		from := core.NewDate(2025, 1, 1)
		begin := func(who access.Actor, kind string, on core.Date) error {
			return w.BeginMass(t.Context(), who, e.ID, kind, on)
		}
		wants(t, begin(w.dept, "choir", today), core.Invalid, "enterprise.mass.unknown")
		wants(t, begin(w.dept, enterprise.Union, core.Date{}), core.Invalid, "enterprise.date.missing")
		wants(t, begin(w.dept, enterprise.Union, today.AddDays(1)), core.Invalid, "enterprise.date.future")
		wants(t, begin(w.dept, enterprise.Union, core.NewDate(2023, 1, 1)), core.Invalid, "enterprise.date.before_registered")
		wants(t, begin(w.other, enterprise.Union, today), core.NotFound, "")
		if err := begin(w.dept, enterprise.Union, from); err != nil {
			t.Fatal(err)
		}
		wants(t, begin(w.dept, enterprise.Union, today), core.Conflict, "enterprise.mass.twice")
		if err := begin(w.dept, enterprise.League, today); err != nil {
			t.Fatal(err)
		}
		end := func(kind string, on core.Date) error { return w.EndMass(t.Context(), w.dept, e.ID, kind, on) }
		wants(t, end(enterprise.Union, from.AddDays(-1)), core.Invalid, "enterprise.date.before_begin")
		if err := end(enterprise.League, today); err != nil {
			t.Fatal(err)
		}
		if err := end(enterprise.Union, today.AddDays(-10)); err != nil {
			t.Fatal(err)
		}
		wants(t, end(enterprise.Union, today), core.NotFound, "")
		for _, tt := range []struct {
			on   core.Date
			want enterprise.Coverage
		}{{from.AddDays(-1), enterprise.Uncovered}, {from, enterprise.ByMass}, {today.AddDays(-11), enterprise.ByMass}, {today.AddDays(-10), enterprise.Uncovered}} {
			if s := w.list(1, core.Moment{On: tt.on})[0]; s.Coverage != tt.want {
				t.Errorf("%v: %s", tt.on, s.Coverage)
			}
		}
	})
}

func TestTeams(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("陶氏", nil)
		form := func(who access.Actor, team enterprise.Team) (enterprise.Team, error) {
			team.Enterprise = e.ID
			return w.FormTeam(t.Context(), who, team)
		}
		for _, tt := range []struct {
			name string
			who  access.Actor
			team enterprise.Team
			want core.Kind
			key  string
		}{
			{"no name", w.dept, enterprise.Team{}, core.Invalid, "enterprise.name.missing"},
			{"formed tomorrow", w.dept, enterprise.Team{Name: "甲班", FormedOn: today.AddDays(1)}, core.Invalid, "enterprise.date.future"},
			{"of an organisation of another realm", w.dept, enterprise.Team{Name: "甲班", Org: w.otherCity.ID}, core.NotFound, "enterprise.org.gone"},
			{"elsewhere", w.sec, enterprise.Team{Name: "甲班"}, core.NotFound, ""},
		} {
			_, err := form(tt.who, tt.team)
			wants(t, err, tt.want, tt.key)
		}
		a, err := form(w.dept, enterprise.Team{Name: " 甲班 ", FormedOn: core.NewDate(2024, 5, 1), Org: w.dow.ID})
		if err != nil || a.Name != "甲班" {
			t.Fatalf("%+v, %v", a, err)
		}
		_, err = form(w.dept, enterprise.Team{Name: "甲班"})
		wants(t, err, core.Conflict, "enterprise.team.twice")
		change := func(who access.Actor, c enterprise.TeamChange) error {
			_, err := w.ChangeTeam(t.Context(), who, a.ID, c)
			return err
		}
		wants(t, change(w.other, enterprise.TeamChange{Name: ptr("x")}), core.NotFound, "")
		wants(t, change(w.dept, enterprise.TeamChange{Name: ptr("")}), core.Invalid, "enterprise.name.missing")
		wants(t, change(w.dept, enterprise.TeamChange{EndedOn: ptr(core.NewDate(2024, 4, 30))}), core.Invalid, "enterprise.date.before_begin")
		wants(t, change(w.dept, enterprise.TeamChange{EndedOn: ptr(today.AddDays(1))}), core.Invalid, "enterprise.date.future")
		if err := change(w.dept, enterprise.TeamChange{Name: ptr("早班"), EndedOn: &today, Version: 1}); err != nil {
			t.Fatal(err)
		}
		wants(t, change(w.dept, enterprise.TeamChange{Name: ptr("晚班"), Version: 1}), core.Conflict, "enterprise.team.stale")
		p, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{})
		if err != nil || len(p.Teams) != 1 || p.Teams[0].Name != "早班" || p.Teams[0].EndedOn != today {
			t.Errorf("%+v, %v", p.Teams, err)
		}
	})
}

func TestManyAtOnceAndTheirClocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var es []enterprise.Enterprise
		w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
			from := core.NewDate(2024, 1, 1)
			es, err = enterprise.RegisterMany(ctx, tx, w.who, w.now, []enterprise.Registration{
				{Name: "甲", Org: w.park.ID, State: enterprise.Operating, VerifiedOn: today.AddDays(-9), From: from},
				{Name: "乙", Org: w.park.ID, From: from, MembersFound: ptr(3)},
				{Name: "丙", Org: w.park.ID, From: from, State: enterprise.Shell},
			})
			if err != nil {
				return err
			}
			if err := enterprise.HostMany(ctx, tx, w.who, w.now, []enterprise.Hosting{{Org: w.dow.ID, Enterprise: es[0].ID, Period: core.Since(from)}}); err != nil {
				return err
			}
			as, err := enterprise.AppointMany(ctx, tx, w.who, w.now, []enterprise.Appointment{
				{Kind: enterprise.Instructor, Person: w.chen, Enterprise: es[1].ID, Period: core.Since(from)},
			})
			if err != nil {
				return err
			}
			if err := enterprise.RecordVisits(ctx, tx, w.who, w.now, []enterprise.Visit{{Appointment: as[0].ID, Enterprise: es[1].ID, On: today.AddDays(-3)}}); err != nil {
				return err
			}
			if err := enterprise.SetPlans(ctx, tx, w.who, w.now, []enterprise.Plan{{Enterprise: es[1].ID, PlannedOn: today, Period: core.Since(from)}}); err != nil {
				return err
			}
			if err := enterprise.StartClocks(ctx, tx, w.now, 1, []core.EnterpriseID{es[0].ID, es[1].ID, es[2].ID}); err != nil {
				return err
			}
			if diff := cmp.Diff(1, len(as)); diff != "" {
				t.Error(diff)
			}
			return nil
		})
		want := []map[string]string{
			{"recheck": today.AddDays(-9).AddMonths(12).String()},
			{"first_visit": "2024-01-31", "establish": "2024-04-01", "plan": today.String()},
			{},
		}
		for i, e := range es {
			if diff := cmp.Diff(want[i], w.clocks(core.ID(e.ID))); diff != "" {
				t.Errorf("%s: %s", e.Name, diff)
			}
		}
		p, err := w.Page(t.Context(), w.dept, es[1].ID, core.Moment{})
		if err != nil || w.clocks(p.Contacts[0].ID)["visit"] != today.AddDays(57).String() {
			t.Errorf("%+v, %v", p.Contacts, err)
		}
	})
}
