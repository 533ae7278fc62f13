package enterprise_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
)

func TestChangingAnEnterprise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		for _, tt := range []struct {
			name string
			who  access.Actor
			c    enterprise.Change
			want core.Kind
			key  string
		}{
			{"a day to come", w.dept, enterprise.Change{Employees: ptr(1), On: today.AddDays(1)}, core.Invalid, "enterprise.date.future"},
			{"the day before its registration", w.dept, enterprise.Change{Employees: ptr(1), On: core.NewDate(2024, 1, 9)}, core.Invalid, "enterprise.date.before_registered"},
			{"no name", w.dept, enterprise.Change{Name: ptr(" ")}, core.Invalid, "enterprise.name.missing"},
			{"an unknown type", w.dept, enterprise.Change{Type: ptr("guild")}, core.Invalid, "enterprise.type.unknown"},
			{"an unknown state", w.dept, enterprise.Change{State: ptr("asleep")}, core.Invalid, "enterprise.state.unknown"},
			{"a foreign share of 101", w.dept, enterprise.Change{ForeignShare: ptr(101)}, core.Invalid, "enterprise.foreign_share.range"},
			{"employees below zero", w.dept, enterprise.Change{Employees: ptr(-1)}, core.Invalid, "enterprise.employees.negative"},
			{"a wrong code", w.dept, enterprise.Change{CreditCode: ptr("1")}, core.Invalid, "enterprise.code.shape"},
			{"too long a reason", w.dept, enterprise.Change{Type: ptr("hmt"), Reason: strings.Repeat("因", 501)}, core.Invalid, "enterprise.remark.long"},
			{"an outdated version", w.dept, enterprise.Change{Type: ptr("hmt"), Version: 7}, core.Conflict, "enterprise.stale"},
			{"to a place without the right there", w.dept, enterprise.Change{Org: &w.zone.ID}, core.NotFound, ""},
			{"to an organisation of another realm", w.dept, enterprise.Change{Org: &w.otherCity.ID}, core.NotFound, ""},
			{"by the registrar of another place", w.sec, enterprise.Change{Type: ptr("hmt")}, core.NotFound, ""},
			{"by another realm", w.other, enterprise.Change{Type: ptr("hmt")}, core.NotFound, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				_, err := w.Change(t.Context(), tt.who, e.ID, tt.c)
				wants(t, err, tt.want, tt.key)
			})
		}
		w.manage(e.ID)
		_, err := w.Change(t.Context(), w.mgr, e.ID, enterprise.Change{Type: ptr("hmt")})
		wants(t, err, core.Forbidden, "access.change.enterprises")

		got, err := w.Change(t.Context(), w.dept, e.ID, enterprise.Change{Employees: ptr(58), ForeignShare: ptr(0), Version: 1})
		if err != nil || got.Version != 2 || *got.Employees != 58 || *got.ForeignShare != 0 || got.Name != e.Name {
			t.Errorf("got %+v, %v", got, err)
		}
		again, err := w.Change(t.Context(), w.dept, e.ID, enterprise.Change{Employees: ptr(58)})
		if err != nil || again.Version != 2 {
			t.Errorf("saying it twice: version %d, %v", again.Version, err)
		}
	})
}

func TestAStaleChangeShowsBothVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		if _, err := w.Change(t.Context(), w.dept, e.ID, enterprise.Change{Employees: ptr(10), Version: 1}); err != nil {
			t.Fatal(err)
		}
		_, err := w.Change(t.Context(), w.dept, e.ID, enterprise.Change{Employees: ptr(20), Version: 1})
		wants(t, err, core.Conflict, "enterprise.stale")
		stale, ok := errors.AsType[*enterprise.Stale](err)
		if !ok || stale.Theirs.Version != 2 || *stale.Theirs.Employees != 10 {
			t.Errorf("theirs: %+v", stale)
		}
	})
}

func TestAFigureAskedAsThenKnownComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		day := core.NewDate(2025, 3, 1)
		before := w.now
		w.now = w.now.Add(time.Minute)
		if _, err := w.Change(t.Context(), w.dept, e.ID, enterprise.Change{Name: ptr("启岚新材料"), State: ptr(enterprise.Suspended), On: core.NewDate(2025, 1, 1)}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			what  string
			m     core.Moment
			name  string
			state string
		}{
			{"as corrected now", core.Moment{On: day}, "启岚新材料", enterprise.Suspended},
			{"as then known", core.Moment{On: day, KnownAt: before}, "启岚电子材料", enterprise.Operating},
			{"as corrected now, the day before", core.Moment{On: core.NewDate(2024, 12, 31)}, "启岚电子材料", enterprise.Operating},
			{"as corrected now, on the day", core.Moment{On: core.NewDate(2025, 1, 1)}, "启岚新材料", enterprise.Suspended},
		} {
			all := w.list(1, tt.m)
			if len(all) != 1 || all[0].Name != tt.name || all[0].State != tt.state {
				t.Errorf("%s: %+v", tt.what, all)
			}
			p, err := w.Page(t.Context(), w.dept, e.ID, tt.m)
			if err != nil || p.State.Name != tt.name || p.State.State != tt.state {
				t.Errorf("%s: the page shows %+v, %v", tt.what, p.State, err)
			}
		}
		if all := w.list(1, core.Moment{On: day, KnownAt: noon.Add(-1e9)}); len(all) != 0 {
			t.Errorf("before anything was recorded: %v", all)
		}
		if l := w.list(2, core.Moment{On: day}); len(l) != 0 {
			t.Errorf("the other realm sees %d", len(l))
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			h, err := enterprise.History(ctx, tx, 1, e.ID)
			if len(h) != 3 { // the first fact, superseded; its shortened twin; the new one
				t.Errorf("%d facts recorded", len(h))
			}
			return err
		})
	})
}

func TestMovingAnEnterpriseToAnotherOrganisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", func(r *enterprise.Registration) { r.State = enterprise.Listed })
		both := w.user(1, 110, access.Place{Role: access.Department, Org: w.city.ID})
		got, err := w.Change(t.Context(), both, e.ID, enterprise.Change{Org: &w.zone.ID})
		if err != nil || got.Path != w.zone.Path {
			t.Fatalf("at %s, %v", got.Path, err)
		}
		if n := []int{w.tally(w.park.ID), w.tally(w.zone.ID), w.tally(w.city.ID)}; !cmp.Equal(n, []int{0, 1, 1}) {
			t.Errorf("counters of park, zone and city: %v", n)
		}
		if _, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{}); !errors.Is(err, core.NotFound) {
			t.Errorf("the park still sees it: %v", err)
		}
		if _, err := w.Page(t.Context(), w.sec, e.ID, core.Moment{}); err != nil {
			t.Errorf("the zone does not see it: %v", err)
		}
		if _, err := w.Change(t.Context(), both, e.ID, enterprise.Change{State: ptr(enterprise.Closed)}); err != nil {
			t.Fatal(err)
		}
		if n := w.tally(w.city.ID); n != 0 {
			t.Errorf("closed, and the city counts %d", n)
		}
		if c := w.clocks(core.ID(e.ID)); len(c) != 0 {
			t.Errorf("closed, and clocks run: %v", c)
		}
	})
}

func TestAnOrganisationHandsItsEnterprisesOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.register("甲", nil)
		w.register("乙", func(r *enterprise.Registration) { r.Org = w.zone.ID })
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			n, err := enterprise.Handover(ctx, tx, w.who, w.now, w.park.ID, w.zone.ID, core.NewDate(2023, 5, 5))
			if n != 1 {
				t.Errorf("%d handed over", n)
			}
			return err
		})
		if s := w.states(core.Moment{On: core.NewDate(2024, 1, 10)})["甲"]; s.Org != w.zone.ID {
			t.Errorf("on its first day it is with %v", s.Org)
		}
		if n := w.tally(w.zone.ID); n != 2 {
			t.Errorf("the zone counts %d", n)
		}
	})
}

func TestVerifyingRunsTheClocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", func(r *enterprise.Registration) { r.State, r.From = "", today.AddDays(-10) })
		if diff := cmp.Diff(map[string]string{"first_visit": today.AddDays(20).String()}, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		seen := today.AddDays(-1)
		verify := func(v enterprise.Verification) error {
			_, err := w.Verify(t.Context(), w.dept, e.ID, v)
			return err
		}
		wants(t, verify(enterprise.Verification{State: enterprise.Operating}), core.Invalid, "enterprise.date.missing")
		wants(t, verify(enterprise.Verification{State: enterprise.Listed, On: seen}), core.Invalid, "enterprise.verify.listed")
		wants(t, verify(enterprise.Verification{State: enterprise.Operating, On: today.AddDays(1)}), core.Invalid, "enterprise.date.future")
		if err := verify(enterprise.Verification{State: enterprise.Operating, On: seen, MembersFound: ptr(4), Employees: ptr(186)}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"recheck": seen.AddMonths(12).String(), "establish": seen.AddMonths(3).String()}
		if diff := cmp.Diff(want, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		w.host(w.plaza, e, today)
		want = map[string]string{"recheck": seen.AddMonths(12).String(), "joint_split": seen.AddMonths(3).String()}
		if diff := cmp.Diff(want, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		w.host(w.dow, e, today)
		delete(want, "joint_split")
		if diff := cmp.Diff(want, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		if err := verify(enterprise.Verification{State: enterprise.Shell, On: today}); err != nil {
			t.Fatal(err)
		}
		if c := w.clocks(core.ID(e.ID)); len(c) != 0 {
			t.Errorf("a shell, and clocks run: %v", c)
		}
	})
}

func TestOfTwoWhoChangeAtOnceOneWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		errs := make([]error, 6)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = w.Change(context.WithoutCancel(t.Context()), w.dept, e.ID, enterprise.Change{Employees: ptr(i + 1), Version: 1})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, core.Conflict) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})
}

func TestFindingByNameAndById(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		w.register("启岚电子材料", func(r *enterprise.Registration) { r.Org = w.zone.ID })
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			for _, tt := range []struct {
				name  string
				realm core.RealmID
				under string
				want  int
			}{{"啟嵐電子材料", 1, w.park.Path, 1}, {" 启岚 电子材料", 1, w.city.Path, 2}, {"启岚", 1, w.city.Path, 0}, {"启岚电子材料", 2, w.city.Path, 0}} {
				got, err := enterprise.Named(ctx, tx, tt.realm, access.Below(tt.under), tt.name)
				if err != nil || len(got) != tt.want {
					t.Errorf("%s: %d, %v", tt.name, len(got), err)
				}
			}
			got, err := enterprise.Some(ctx, tx, 1, []core.EnterpriseID{e.ID, 99})
			if err != nil || len(got) != 1 {
				t.Errorf("%+v, %v", got, err)
			}
			if err := enterprise.Join(ctx, tx, w.who, w.now, e.ID, enterprise.Chain, "新材料", today, 0); err != nil {
				return err
			}
			js, err := enterprise.JoiningsNow(ctx, tx, 1, []core.EnterpriseID{e.ID})
			if len(js) != 1 || js[0].Kind != enterprise.Chain || js[0].Name != "新材料" {
				t.Errorf("%+v", js)
			}
			if err != nil {
				return err
			}
			if js, err = enterprise.JoiningsNow(ctx, tx, 2, []core.EnterpriseID{e.ID}); len(js) != 0 {
				t.Errorf("the other realm sees %+v", js)
			}
			_, missing := enterprise.Find(ctx, tx, 2, e.ID)
			if !errors.Is(missing, core.NotFound) {
				t.Errorf("the other realm finds it: %v", missing)
			}
			return err
		})
	})
}
