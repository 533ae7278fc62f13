package org_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func TestAPageShowsTheWayFromThreeMembersToACommittee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		start := core.NewDate(2003, 5, 20)
		o := w.found(org.Founding{Parent: w.zone.ID, Name: "永卓党支部", Kind: rule.Branch, FoundedOn: start})
		second, third := core.NewDate(2011, 6, 30), core.NewDate(2018, 6, 18)
		for _, c := range []org.Change{
			{Name: ptr("永卓党总支"), Kind: ptr(rule.GeneralBranch), On: second}, {Name: ptr("永卓党委"), Kind: ptr(rule.Committee), On: third},
		} {
			if _, err := s.Change(t.Context(), w.who, o.ID, c); err != nil {
				t.Fatal(err)
			}
		}
		team := w.found(org.Founding{Parent: o.ID, Name: "轧钢支部", Kind: rule.Branch, FoundedOn: second})
		w.enrol(o.ID, 2, start)
		w.enrol(o.ID, 1, core.NewDate(2004, 3, 1))
		w.enrol(team.ID, 49, second)
		w.enrol(team.ID, 52, third)
		v, err := s.Page(t.Context(), w.who, o.ID, core.Moment{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range v.Growth.Milestones {
			got = append(got, fmt.Sprint(m.On, m.Event, m.Kind, m.Counts.Full))
		}
		want := []string{
			fmt.Sprint(start, org.Founded, rule.Branch, 2), fmt.Sprint(core.NewDate(2004, 3, 1), "", rule.Branch, 3),
			fmt.Sprint(second, org.Changed, rule.GeneralBranch, 52), fmt.Sprint(third, org.Changed, rule.Committee, 104),
			fmt.Sprint(today, "", rule.Committee, 104),
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%v\nwant\n%v", got, want)
		}
		ys := v.Growth.Years
		if len(ys) != 23 || ys[0].Counts.Full != 2 || ys[8].On != core.NewDate(2011, 12, 31) || ys[8].Counts.Full != 52 || ys[8].Kind != rule.GeneralBranch {
			t.Errorf("years: %+v", ys)
		}
		if v.Growth.Path.Form != rule.Committee || len(v.Verdicts) != 1 || v.Verdicts[0].Verdict != rule.OK || v.Counts.Full != 104 || len(v.Children) != 1 || v.Children[0].Counts.Full != 101 {
			t.Errorf("path %+v, verdicts %+v, children %+v", v.Growth.Path.Form, v.Verdicts, v.Children)
		}
	})
}

func TestAPageOfThePast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		if _, err := s.Change(t.Context(), w.who, w.park.ID, org.Change{Name: ptr("苏州工业园区党工委"), On: may}); err != nil {
			t.Fatal(err)
		}
		between := w.now
		if _, err := s.Move(t.Context(), w.who, w.dow.ID, org.Move{To: w.zone.ID, On: may}); err != nil {
			t.Fatal(err)
		}
		page := func(id core.OrgID, m core.Moment) org.View {
			v, err := s.Page(t.Context(), w.who, id, m)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		for _, tt := range []struct {
			m                core.Moment
			parent           string
			childrenOfParent int
		}{
			{core.Moment{}, "保税区党工委", 1}, {core.Moment{On: may.AddDays(-1)}, "工业园区党工委", 0},
			{core.Moment{On: may}, "保税区党工委", 1}, {core.Moment{KnownAt: between}, "苏州工业园区党工委", 0},
		} {
			v := page(w.dow.ID, tt.m)
			if got := v.Above[len(v.Above)-1].Name; got != tt.parent || !v.Existed || len(v.Children) != 2 || v.Children[0].Name != "生产二支部" && v.Children[0].Name != "生产一支部" {
				t.Errorf("%v: under %s with %v", tt.m, got, namesOf(v.Children))
			}
			if got := len(page(w.zone.ID, tt.m).Children); got != tt.childrenOfParent {
				t.Errorf("%v: the zone has %d children", tt.m, got)
			}
		}
		if v := page(w.dow.ID, core.Moment{On: w.dow.FoundedOn.AddDays(-1)}); v.Existed || len(v.Above) != 0 {
			t.Errorf("before its founding: %+v", v)
		}
		if v := page(w.dow.ID, core.Moment{}); len(v.Facts) != 3 || v.Events[0].Kind != org.Moved || v.Events[0].Was != "苏州工业园区党工委" || v.Events[0].Other != w.zone.ID {
			t.Errorf("facts %+v, events %+v", v.Facts, v.Events)
		}
	})
}

func TestWhatIfThereWereMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		w.enrol(w.first.ID, 6, may)
		verdicts := func(all []rule.Verdict) (got []string) {
			for _, v := range all {
				got = append(got, v.Rule+" "+string(v.Verdict))
			}
			return got
		}
		for _, tt := range []struct {
			delta, full int
			form        rule.OrgKind
			years       int
			want        []string
		}{
			{0, 6, rule.Branch, 3, []string{"org.must_establish ok", "org.branch_size ok", "org.branch_committee info"}},
			{1, 7, rule.Branch, 3, []string{"org.must_establish ok", "org.branch_size ok", "org.branch_committee info"}},
			{-4, 2, rule.JointBranch, 3, []string{"org.must_establish warn", "org.branch_size ok", "org.branch_committee info"}},
			{45, 51, rule.GeneralBranch, 3, []string{"org.must_establish ok", "org.branch_size warn", "org.branch_committee info"}},
			{94, 100, rule.Committee, 5, []string{"org.must_establish ok", "org.branch_size warn", "org.branch_committee info"}},
		} {
			o, err := s.WhatIf(t.Context(), w.who, w.first.ID, tt.delta, core.Date{})
			if err != nil || o.After.Full != tt.full || o.Then.Form != tt.form || o.TermYears != 3 || o.TermYearsAfter != tt.years || o.Before.Full != 6 || o.From != today {
				t.Errorf("%+d: got %+v, %v", tt.delta, o, err)
			}
			if got := verdicts(o.Verdicts); !slices.Equal(got[:3], tt.want) {
				t.Errorf("%+d: got %v", tt.delta, got)
			}
		}
		_, err := s.WhatIf(t.Context(), w.who, w.first.ID, -7, today)
		refused(t, err, core.Invalid, "org.what_if.too_few")
		_, err = s.WhatIf(t.Context(), w.who, w.first.ID, 1_000_001, today)
		refused(t, err, core.Invalid, "org.what_if.too_many")
		if old, err := s.WhatIf(t.Context(), w.who, w.first.ID, 0, core.NewDate(2000, 1, 1)); err != nil || old.Verdicts[0].Verdict != rule.Info {
			t.Errorf("before the rules were in force: %+v, %v", old.Verdicts, err)
		}
		for _, tt := range []struct {
			to       rule.OrgKind
			approved bool
			want     rule.Outcome
		}{{rule.GeneralBranch, false, rule.Fail}, {rule.GeneralBranch, true, rule.Fail}, {rule.Branch, false, rule.OK}, {rule.JointBranch, false, rule.OK}, {rule.TemporaryBranch, false, rule.Fail}} {
			if all, err := s.Advise(t.Context(), w.who, w.first.ID, tt.to, tt.approved); err != nil || all[0].Verdict != tt.want {
				t.Errorf("advice on %s: %+v, %v", tt.to, all, err)
			}
		}
		if all, err := s.Advise(t.Context(), w.who, w.dow.ID, rule.GeneralBranch, true); err != nil || all[0].Verdict != rule.Warn {
			t.Errorf("a general branch of six, approved: %+v, %v", all, err)
		}
		_, err = s.Advise(t.Context(), w.who, w.dow.ID, "x", true)
		refused(t, err, core.Invalid, "org.kind.unknown")
	})
}

func TestTwoAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		now := w.now
		s := &org.Service{DB: d, Now: func() time.Time { return now }}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				f := org.Founding{Parent: w.zone.ID, Name: fmt.Sprintf("第%d党支部", i), Kind: rule.Branch, FoundedOn: may}
				if _, err := s.Found(context.WithoutCancel(t.Context()), w.who, f); err != nil {
					t.Errorf("founding: %v", err)
				}
			})
		}
		wg.Wait()
		if n := w.tallies(w.zone.ID)[org.CountOrgs].Below; n != 7 {
			t.Errorf("six founded, the tally is %d", n)
		}
		var won atomic.Int64
		for i := range 4 {
			wg.Go(func() {
				_, err := s.Change(context.WithoutCancel(t.Context()), w.who, w.first.ID, org.Change{Name: ptr(fmt.Sprintf("甲%d支部", i)), On: today, Version: 1})
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, core.Conflict):
					t.Errorf("renaming: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || w.find(w.first.ID).Version != 2 {
			t.Errorf("%d of four changed version 1", won.Load())
		}
	})
}
