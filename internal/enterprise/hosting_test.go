package enterprise_test

import (
	"context"
	"fmt"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func TestHosting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e, neighbour := w.register("陶氏", nil), w.register("邻居", nil)
		far := w.found(2, org.Founding{Parent: w.otherCity.ID, Name: "远方支部", Kind: rule.Branch, FoundedOn: long})
		from := core.NewDate(2024, 6, 1)
		w.host(w.dow, e, from)
		for _, tt := range []struct {
			name string
			who  access.Actor
			org  core.OrgID
			e    core.EnterpriseID
			from core.Date
			want core.Kind
			key  string
		}{
			{"the same pair again", w.dept, w.dow.ID, e.ID, today, core.Conflict, "enterprise.host.overlap"},
			{"a branch that another enterprise hosts", w.dept, w.dow.ID, neighbour.ID, today, core.Conflict, "enterprise.host.single"},
			{"a day to come", w.dept, w.plaza.ID, e.ID, today.AddDays(1), core.Invalid, "enterprise.date.future"},
			{"no day", w.dept, w.plaza.ID, e.ID, core.Date{}, core.Invalid, "enterprise.date.missing"},
			{"before the organisation", w.dept, w.plaza.ID, e.ID, core.NewDate(2015, 2, 28), core.Invalid, "enterprise.host.before_founded"},
			{"before the enterprise", w.dept, w.plaza.ID, e.ID, core.NewDate(2024, 1, 9), core.Invalid, "enterprise.date.before_registered"},
			{"an organisation of another realm", w.dept, far.ID, e.ID, today, core.NotFound, ""},
			{"an enterprise of another place", w.sec, w.plaza.ID, e.ID, today, core.NotFound, ""},
			{"an organisation of another place", w.dept, w.zone.ID, e.ID, today, core.NotFound, ""},
			{"a member may only look", w.member, w.dow.ID, e.ID, today, core.NotFound, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				wants(t, w.Host(t.Context(), tt.who, tt.org, tt.e, tt.from), tt.want, tt.key)
			})
		}
		err := w.try(func(ctx context.Context, tx *db.Tx) error {
			return enterprise.Host(ctx, tx, w.who, w.now, far.ID, e.ID, today, 0)
		})
		wants(t, err, core.NotFound, "enterprise.org.gone")

		w.members(w.dow, 3, from)
		for _, tt := range []struct {
			on   core.Date
			want enterprise.Coverage
		}{{from.AddDays(-1), enterprise.Uncovered}, {from, enterprise.Own}, {today, enterprise.Own}} {
			if s := w.states(core.Moment{On: tt.on})["陶氏"]; s.Coverage != tt.want {
				t.Errorf("%v: %s", tt.on, s.Coverage)
			}
		}
	})
}

func TestEndingAHosting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("陶氏", nil)
		from := core.NewDate(2024, 6, 1)
		w.host(w.dow, e, from)
		known := w.now
		unhost := func(on core.Date) error { return w.Unhost(t.Context(), w.dept, w.dow.ID, e.ID, on, "迁出") }
		wants(t, unhost(today.AddDays(1)), core.Invalid, "enterprise.date.future")
		wants(t, unhost(from.AddDays(-1)), core.Invalid, "enterprise.date.before_begin")
		wants(t, w.Unhost(t.Context(), w.other, w.dow.ID, e.ID, today, ""), core.NotFound, "")
		end := core.NewDate(2026, 1, 1)
		w.now = w.now.Add(1e9)
		if err := unhost(end); err != nil {
			t.Fatal(err)
		}
		wants(t, unhost(end), core.NotFound, "")
		for _, tt := range []struct {
			m    core.Moment
			want enterprise.Coverage
		}{
			{core.Moment{On: end.AddDays(-1)}, enterprise.Own},
			{core.Moment{On: end}, enterprise.Uncovered},
			{core.Moment{On: end, KnownAt: known}, enterprise.Own},
		} {
			if s := w.states(tt.m)["陶氏"]; s.Coverage != tt.want {
				t.Errorf("%v: %s", tt.m, s.Coverage)
			}
		}
		w.host(w.dow, e, end)
		if err := unhost(end); err != nil { // on the day it began: it never was
			t.Fatal(err)
		}
		if s := w.states(core.Moment{On: end})["陶氏"]; s.Coverage != enterprise.Uncovered {
			t.Errorf("taken back: %s", s.Coverage)
		}
	})
}

func TestAJointBranchOfMoreThanFiveUnitsCoversNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		from := core.NewDate(2024, 6, 1)
		var es []enterprise.Enterprise
		for i := range 6 {
			es = append(es, w.register(fmt.Sprint("单位", i+1), nil))
		}
		for _, e := range es[:5] {
			w.host(w.plaza, e, from)
		}
		m := core.Moment{On: today}
		before := w.list(1, m)
		w.host(w.plaza, es[5], today)
		after := w.list(1, m)
		if was, is := enterprise.Summarize(before, today), enterprise.Summarize(after, today); was.Joint != 5 || is.Joint != 0 {
			t.Errorf("joint: %d, then %d", was.Joint, is.Joint)
		}
		if lost := enterprise.Flow(before, after).Lost(); lost[enterprise.JointTooLarge] != 5 {
			t.Errorf("lost %v", lost)
		}
		l, err := w.List(t.Context(), w.dept, enterprise.Query{Under: w.park.ID})
		if err != nil || l.Rows[0].Stood.Broken != enterprise.JointTooLarge {
			t.Errorf("the list shows %q, %v", l.Rows[0].Stood.Broken, err)
		}
		if _, err := w.Change(t.Context(), w.dept, es[5].ID, enterprise.Change{State: ptr(enterprise.Closed)}); err != nil {
			t.Fatal(err)
		}
		if s := enterprise.Summarize(w.list(1, m), today); s.Joint != 5 {
			t.Errorf("one has closed, and joint is %d", s.Joint)
		}
		p, err := w.Page(t.Context(), w.dept, es[0].ID, core.Moment{})
		if err != nil || p.State.Coverage != enterprise.Joint {
			t.Errorf("the page shows %s, %v", p.State.Coverage, err)
		}
	})
}

func TestMembersBelowCountOnceAndNotThoseOfAnotherEnterprise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		group := w.found(1, org.Founding{Parent: w.park.ID, Name: "集团党委", Kind: rule.Committee, FoundedOn: long})
		first := w.found(1, org.Founding{Parent: group.ID, Name: "一支部", Kind: rule.Branch, FoundedOn: long})
		second := w.found(1, org.Founding{Parent: group.ID, Name: "二支部", Kind: rule.Branch, FoundedOn: long})
		from := core.NewDate(2024, 6, 1)
		w.members(group, 1, from)
		w.members(first, 4, from)
		w.members(second, 5, from)
		a, b := w.register("集团", nil), w.register("子公司", nil)
		w.host(group, a, from)
		w.host(first, a, from) // named twice, counted once
		w.host(second, b, from)
		for _, m := range []core.Moment{{On: today}, {On: today.AddDays(-1)}} {
			all := w.states(m)
			if all["集团"].FullMembers != 5 || all["子公司"].FullMembers != 5 {
				t.Errorf("%v: the realm: %d and %d", m.On, all["集团"].FullMembers, all["子公司"].FullMembers)
			}
			p, err := w.Page(t.Context(), w.dept, a.ID, m)
			if err != nil || p.State.FullMembers != 5 || p.State.Coverage != enterprise.Own {
				t.Errorf("%v: the page: %d, %s, %v", m.On, p.State.FullMembers, p.State.Coverage, err)
			}
		}
	})
}

func TestADissolvedBranchIsTheReasonOfALoss(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e, other := w.register("陶氏", nil), w.register("旁观", nil)
		from := core.NewDate(2024, 6, 1)
		w.host(w.dow, e, from)
		w.host(w.plaza, other, from)
		before := w.list(1, core.Moment{On: today.AddDays(-1)})
		if err := w.Unhost(t.Context(), w.dept, w.plaza.ID, other.ID, today, ""); err != nil {
			t.Fatal(err)
		}
		orgs := &org.Service{DB: d, Now: w.Now, MoveEnterprises: enterprise.Handover}
		if _, err := orgs.Dissolve(t.Context(), w.who, w.dow.ID, org.Ending{On: today, Reason: "撤销"}); err != nil {
			t.Fatal(err)
		}
		after := w.list(1, core.Moment{On: today})
		lost := enterprise.Flow(before, after).Lost()
		if lost[enterprise.OrgDissolved] != 1 || lost[enterprise.Unhosted] != 1 {
			t.Errorf("lost %v", lost)
		}
		p, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{})
		if err != nil || p.State.Coverage != enterprise.Uncovered || p.State.Broken != enterprise.OrgDissolved || len(p.Hostings) != 1 {
			t.Errorf("%+v, %v", p.State, err)
		}
	})
}

func TestManyHostingsAndWhoHostsWhat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b := w.register("甲", nil), w.register("乙", nil)
		from := core.NewDate(2024, 6, 1)
		many := func(hs ...enterprise.Hosting) error {
			return w.try(func(ctx context.Context, tx *db.Tx) error { return enterprise.HostMany(ctx, tx, w.who, w.now, hs) })
		}
		past := enterprise.Hosting{Org: w.dow.ID, Enterprise: a.ID, Period: core.Period{From: from, To: core.NewDate(2025, 1, 1)}}
		now := enterprise.Hosting{Org: w.dow.ID, Enterprise: b.ID, Period: core.Since(core.NewDate(2025, 1, 1))}
		early := now
		early.Period.From = core.NewDate(2024, 12, 31)
		wants(t, many(past, early), core.Conflict, "enterprise.host.single")
		wants(t, many(past, past), core.Conflict, "enterprise.host.overlap")
		if err := many(past, now); err != nil {
			t.Fatal(err)
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			hs, err := enterprise.HostingsNow(ctx, tx, 1, []core.OrgID{w.dow.ID, w.plaza.ID})
			if len(hs) != 1 || hs[0].Enterprise != b.ID {
				t.Errorf("now: %+v", hs)
			}
			if err != nil {
				return err
			}
			if hs, err = enterprise.HostingsNow(ctx, tx, 2, []core.OrgID{w.dow.ID}); len(hs) != 0 {
				t.Errorf("the other realm sees %+v", hs)
			}
			return err
		})
	})
}
