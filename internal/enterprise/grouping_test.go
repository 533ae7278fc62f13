package enterprise_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
)

func TestGroupings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		make := func(who access.Actor, g enterprise.Grouping) (enterprise.Grouping, error) {
			return w.MakeGrouping(t.Context(), who, g, core.NewDate(2024, 1, 1))
		}
		must := func(g enterprise.Grouping) enterprise.Grouping {
			got, err := make(w.dept, g)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		tower := must(enterprise.Grouping{Kind: enterprise.Building, Name: "星湖大厦"})
		floor := must(enterprise.Grouping{Kind: enterprise.Floor, Name: "12层", Parent: tower.ID})
		room := must(enterprise.Grouping{Kind: enterprise.Floor, Name: "东区", Parent: floor.ID})
		far, err := make(w.other, enterprise.Grouping{Kind: enterprise.Building, Name: "星湖大厦"})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			who  access.Actor
			g    enterprise.Grouping
			want core.Kind
			key  string
		}{
			{"an unknown kind", w.dept, enterprise.Grouping{Kind: "club", Name: "a"}, core.Invalid, "enterprise.grouping.unknown"},
			{"no name", w.dept, enterprise.Grouping{Kind: enterprise.Chain}, core.Invalid, "enterprise.name.missing"},
			{"the same again", w.dept, enterprise.Grouping{Kind: enterprise.Building, Name: "星湖大廈"}, core.Conflict, "enterprise.grouping.exists"},
			{"inside one of another realm", w.dept, enterprise.Grouping{Kind: enterprise.Floor, Name: "1层", Parent: far.ID}, core.NotFound, ""},
			{"led by an organisation elsewhere", w.dept, enterprise.Grouping{Kind: enterprise.Chain, Name: "a", Org: w.zone.ID}, core.NotFound, ""},
			{"a member may only look", w.member, enterprise.Grouping{Kind: enterprise.Chain, Name: "a"}, core.Forbidden, "access.change.enterprises"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				_, err := make(tt.who, tt.g)
				wants(t, err, tt.want, tt.key)
			})
		}
		change := func(id core.ID, c enterprise.GroupingChange) error {
			if c.On.IsZero() {
				c.On = today
			}
			_, err := w.ChangeGrouping(t.Context(), w.dept, id, c)
			return err
		}
		wants(t, change(tower.ID, enterprise.GroupingChange{Parent: &tower.ID}), core.Invalid, "enterprise.grouping.cycle")
		wants(t, change(tower.ID, enterprise.GroupingChange{Parent: &room.ID}), core.Invalid, "enterprise.grouping.cycle")
		wants(t, change(tower.ID, enterprise.GroupingChange{Parent: &far.ID}), core.NotFound, "")
		wants(t, change(far.ID, enterprise.GroupingChange{Name: ptr("x")}), core.NotFound, "")
		wants(t, change(tower.ID, enterprise.GroupingChange{Name: ptr("x"), Version: 3}), core.Conflict, "enterprise.grouping.stale")
		wants(t, change(tower.ID, enterprise.GroupingChange{Name: ptr("x"), On: core.NewDate(2023, 12, 31)}), core.Invalid, "enterprise.date.before_begin")
		wants(t, change(tower.ID, enterprise.GroupingChange{Name: ptr("x"), On: today.AddDays(1)}), core.Invalid, "enterprise.date.future")
		known := w.now
		w.now = w.now.Add(time.Minute)
		if err := change(tower.ID, enterprise.GroupingChange{Name: ptr("星湖中心"), On: core.NewDate(2025, 1, 1)}); err != nil {
			t.Fatal(err)
		}
		if err := change(room.ID, enterprise.GroupingChange{Parent: ptr(core.ID(0)), On: core.NewDate(2025, 1, 1)}); err != nil {
			t.Fatal(err)
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			for _, tt := range []struct {
				m    core.Moment
				name string
				n    int
			}{
				{core.Moment{On: today}, "星湖中心", 2},
				{core.Moment{On: core.NewDate(2024, 12, 31)}, "星湖大厦", 3},
				{core.Moment{On: today, KnownAt: known}, "星湖大厦", 3},
			} {
				all, err := enterprise.GroupingsAt(ctx, tx, 1, "", tt.m)
				if err != nil {
					return err
				}
				if len(all) != 3 || all[0].Name != tt.name || len(enterprise.Within(all, tower.ID)) != tt.n {
					t.Errorf("%v: %+v", tt.m, all)
				}
			}
			all, err := enterprise.GroupingsAt(ctx, tx, 1, enterprise.Building, core.Moment{On: core.NewDate(2023, 12, 31)})
			if len(all) != 0 {
				t.Errorf("before it was made: %+v", all)
			}
			return err
		})
		all, err := w.Groupings(t.Context(), w.member, enterprise.Building)
		if err != nil || len(all) != 1 || all[0].ID != tower.ID {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestJoiningAndLeaving(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		from := core.NewDate(2025, 1, 1)
		join := func(name string) {
			w.tx(func(ctx context.Context, tx *db.Tx) error {
				return enterprise.Join(ctx, tx, w.who, w.now, e.ID, enterprise.Chain, name, from, 0)
			})
		}
		join("集成电路")
		join(" 集成電路") // the same, written otherwise
		join("新材料")
		all, err := w.Groupings(t.Context(), w.dept, enterprise.Chain)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		chips := all[0].ID
		if all[0].Name != "集成电路" {
			chips = all[1].ID
		}
		wants(t, w.Join(t.Context(), w.dept, e.ID, chips, "", today), core.Conflict, "enterprise.grouping.twice")
		wants(t, w.Join(t.Context(), w.dept, e.ID, chips, "king", today), core.Invalid, "enterprise.role.unknown")
		wants(t, w.Join(t.Context(), w.dept, e.ID, 99, "", today), core.NotFound, "")
		wants(t, w.Join(t.Context(), w.sec, e.ID, chips, "", today), core.NotFound, "")
		wants(t, w.Join(t.Context(), w.dept, e.ID, chips, "", core.NewDate(2023, 1, 1)), core.Invalid, "enterprise.date.before_registered")
		wants(t, w.Leave(t.Context(), w.dept, e.ID, chips, today.AddDays(1)), core.Invalid, "enterprise.date.future")
		wants(t, w.Leave(t.Context(), w.other, e.ID, chips, today), core.NotFound, "")
		if err := w.Leave(t.Context(), w.dept, e.ID, chips, today); err != nil {
			t.Fatal(err)
		}
		wants(t, w.Leave(t.Context(), w.dept, e.ID, chips, today), core.NotFound, "")
		if err := w.Join(t.Context(), w.dept, e.ID, chips, "lead", today); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			on core.Date
			n  int
		}{{from.AddDays(-1), 0}, {from, 2}, {today.AddDays(-1), 2}, {today, 2}} {
			if s := w.states(core.Moment{On: tt.on})["启岚电子材料"]; len(s.Groupings) != tt.n {
				t.Errorf("%v: in %d groupings", tt.on, len(s.Groupings))
			}
		}
		p, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{})
		var roles []string
		for _, j := range p.Groupings {
			roles = append(roles, j.Name+" "+j.Role)
		}
		if diff := cmp.Diff([]string{"集成电路 lead", "新材料 member", "集成电路 member"}, roles); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}
