package enterprise_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
)

const (
	codeA = "91320594MA1MXAB12C"
	codeB = "91350100M000100Y43"
)

func TestRegistering(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first := enterprise.Registration{
			Name: " 启岚电子材料 ", CreditCode: strings.ToLower(codeB), Org: w.park.ID, Type: "foreign_owned", Employees: ptr(186), ForeignShare: ptr(60),
		}
		for _, tt := range []struct {
			name string
			who  access.Actor
			edit func(*enterprise.Registration)
			want error
			key  string
		}{
			{"a department puts an enterprise on its list", w.dept, func(r *enterprise.Registration) {}, nil, ""},
			{"the same code again", w.dept, func(r *enterprise.Registration) {}, core.Conflict, "enterprise.code.taken"},
			{"a wrong check character", w.dept, func(r *enterprise.Registration) { r.CreditCode = codeB[:17] + "4" }, core.Invalid, "enterprise.code.checksum"},
			{"a code that is too short", w.dept, func(r *enterprise.Registration) { r.CreditCode = codeB[:17] }, core.Invalid, "enterprise.code.shape"},
			{"no name", w.dept, func(r *enterprise.Registration) { r.Name = " 　" }, core.Invalid, "enterprise.name.missing"},
			{"a name of 101 characters", w.dept, func(r *enterprise.Registration) { r.Name = strings.Repeat("长", 101) }, core.Invalid, "enterprise.name.long"},
			{"no organisation", w.dept, func(r *enterprise.Registration) { r.Org = 0 }, core.Invalid, "enterprise.org.missing"},
			{"employees below zero", w.dept, func(r *enterprise.Registration) { r.Employees = ptr(-1) }, core.Invalid, "enterprise.employees.negative"},
			{"a foreign share over 100", w.dept, func(r *enterprise.Registration) { r.ForeignShare = ptr(101) }, core.Invalid, "enterprise.foreign_share.range"},
			{"members below zero", w.dept, func(r *enterprise.Registration) { r.MembersFound = ptr(-1) }, core.Invalid, "enterprise.members_found.negative"},
			{"an unknown type", w.dept, func(r *enterprise.Registration) { r.Type = "guild" }, core.Invalid, "enterprise.type.unknown"},
			{"an unknown state", w.dept, func(r *enterprise.Registration) { r.State = "asleep" }, core.Invalid, "enterprise.state.unknown"},
			{"a day to come", w.dept, func(r *enterprise.Registration) { r.From = today.AddDays(1) }, core.Invalid, "enterprise.date.future"},
			{"a visit to come", w.dept, func(r *enterprise.Registration) { r.VerifiedOn = today.AddDays(1) }, core.Invalid, "enterprise.date.future"},
			{"another place than one's own", w.dept, func(r *enterprise.Registration) { r.Org = w.zone.ID }, core.NotFound, ""},
			{"a member may only look", w.member, func(r *enterprise.Registration) { r.Org = w.dow.ID }, core.Forbidden, "access.change.enterprises"},
			{"another realm", w.other, func(r *enterprise.Registration) {}, core.NotFound, ""},
			{"an organisation of another realm", w.dept, func(r *enterprise.Registration) { r.Org = w.otherCity.ID }, core.NotFound, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				r := first
				tt.edit(&r)
				_, err := w.Register(t.Context(), tt.who, r)
				if tt.want == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				wants(t, err, tt.want.(core.Kind), tt.key)
			})
		}
		e := w.byCode(codeB)
		want := enterprise.Enterprise{
			Realm: 1, ID: e.ID, Name: "启岚电子材料", CreditCode: codeB, Org: w.park.ID, Path: w.park.Path, Type: "foreign_owned", Employees: ptr(186),
			ForeignShare: ptr(60), State: enterprise.Listed, Version: 1, CreatedAt: e.CreatedAt,
		}
		if diff := cmp.Diff(want, e); diff != "" {
			t.Error(diff)
		}
		if n := w.tally(w.city.ID); n != 1 {
			t.Errorf("the city counts %d enterprises", n)
		}
		if diff := cmp.Diff(map[string]string{"first_visit": today.AddDays(30).String()}, w.clocks(core.ID(e.ID))); diff != "" {
			t.Error(diff)
		}
		if done, denied := w.journal("enterprise.register", "done"), w.journal("enterprise.register", "denied"); done != 1 || denied != 4 {
			t.Errorf("the journal has %d done and %d denied", done, denied)
		}
	})
}

func (w *world) byCode(code string) (e enterprise.Enterprise) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		e, err = enterprise.ByCode(ctx, tx, 1, code)
		return err
	})
	return e
}

func TestTheEnterpriseThatHasTheCodeIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.register("康美包（苏州）", func(r *enterprise.Registration) { r.CreditCode = codeB })
		e := w.register("沐川包装设备", nil)
		_, err := w.Change(t.Context(), w.dept, e.ID, enterprise.Change{CreditCode: ptr(codeB)})
		wants(t, err, core.Conflict, "enterprise.code.taken")
		if args := core.MsgOf(err).Args; len(args) != 2 || args[1] != "康美包（苏州）" {
			t.Errorf("the sentence speaks of %v", args)
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error { // the same code in another realm is another enterprise's
			_, err := enterprise.Register(ctx, tx, access.Machine(2), w.now, enterprise.Registration{Name: "远方", CreditCode: codeB, Org: w.otherCity.ID})
			return err
		})
		err = w.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := enterprise.RegisterMany(ctx, tx, w.who, w.now, []enterprise.Registration{
				{Name: "甲", CreditCode: codeA, Org: w.park.ID}, {Name: "乙", CreditCode: codeA, Org: w.park.ID},
			})
			return err
		})
		if !errors.Is(err, core.Conflict) && !errors.Is(err, core.Invalid) {
			t.Errorf("two of one code: %v", err)
		}
	})
}

func TestManyAreRegisteredWithTheirHistory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var rs []enterprise.Registration
		for i := range 700 {
			rs = append(rs, enterprise.Registration{
				Name: fmt.Sprintf("企业%03d", i), Org: w.park.ID, State: enterprise.Operating, From: core.NewDate(2020, 1, 1),
				History: []enterprise.Change{
					{Org: &w.zone.ID, On: core.NewDate(2023, 1, 1)},
					{State: ptr(enterprise.Closed), On: core.NewDate(2025, 6, 1), Reason: "注销"},
				},
			})
		}
		rs[0].History = rs[0].History[:1]
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			es, err := enterprise.RegisterMany(ctx, tx, w.who, w.now, rs)
			if len(es) != 700 || es[0].Path != w.zone.Path {
				t.Errorf("got %d, the first at %s", len(es), es[0].Path)
			}
			return err
		})
		for _, tt := range []struct {
			on   core.Date
			n    int
			org  core.OrgID
			live int
		}{
			{core.NewDate(2019, 12, 31), 0, 0, 0},
			{core.NewDate(2020, 1, 1), 700, w.park.ID, 700},
			{core.NewDate(2022, 12, 31), 700, w.park.ID, 700},
			{core.NewDate(2023, 1, 1), 700, w.zone.ID, 700},
			{core.NewDate(2025, 6, 1), 700, w.zone.ID, 1},
		} {
			all := w.list(1, core.Moment{On: tt.on})
			sum := enterprise.Summarize(all, tt.on)
			if len(all) != tt.n || sum.Operating != tt.live {
				t.Errorf("%v: %d enterprises, %d in operation; want %d and %d", tt.on, len(all), sum.Operating, tt.n, tt.live)
			}
			if tt.n > 0 && all[0].Org != tt.org {
				t.Errorf("%v: looked after by %v", tt.on, all[0].Org)
			}
		}
		if n := w.tally(w.zone.ID); n != 1 {
			t.Errorf("the zone counts %d on its books", n)
		}
		if n := w.journal("enterprise.register", "done"); n != 1 {
			t.Errorf("the journal has %d entries", n)
		}
		if l := w.list(2, core.Moment{On: today}); len(l) != 0 {
			t.Errorf("the other realm sees %d enterprises", len(l))
		}
	})
}
