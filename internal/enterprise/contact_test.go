package enterprise_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/rule"
)

func TestAppointing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		closed := w.register("旧厂", func(r *enterprise.Registration) { r.State = enterprise.Closed })
		zone := w.register("保税区企业", func(r *enterprise.Registration) { r.Org = w.zone.ID })
		far := enterprise.Enterprise{}
		w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
			far, err = enterprise.Register(ctx, tx, access.Machine(2), w.now, enterprise.Registration{Name: "远方", Org: w.otherCity.ID})
			return err
		})
		good := enterprise.Appointment{Kind: enterprise.Instructor, Person: w.chen, Period: core.Since(core.NewDate(2026, 9, 1)), Purpose: "组建"}
		for _, tt := range []struct {
			name string
			who  access.Actor
			edit func(*enterprise.Appointment)
			to   []core.EnterpriseID
			want core.Kind
			key  string
		}{
			{"nobody to look after", w.dept, nil, nil, core.Invalid, "enterprise.contact.none"},
			{"too many at once", w.dept, nil, make2(201), core.Invalid, "enterprise.contact.many"},
			{"an unknown kind", w.dept, func(a *enterprise.Appointment) { a.Kind = "friend" }, []core.EnterpriseID{e.ID}, core.Invalid, "enterprise.contact.unknown"},
			{"no day", w.dept, func(a *enterprise.Appointment) { a.Period.From = core.Date{} }, []core.EnterpriseID{e.ID}, core.Invalid, "enterprise.date.missing"},
			{"a day to come", w.dept, func(a *enterprise.Appointment) { a.Period.From = today.AddDays(1) }, []core.EnterpriseID{e.ID}, core.Invalid, "enterprise.date.future"},
			{"ending before it begins", w.dept, func(a *enterprise.Appointment) { a.Period.To = a.Period.From }, []core.EnterpriseID{e.ID}, core.Invalid, "enterprise.date.backwards"},
			{"before the registration", w.dept, func(a *enterprise.Appointment) { a.Period.From = core.NewDate(2023, 1, 1) }, []core.EnterpriseID{e.ID}, core.Invalid, "enterprise.date.before_registered"},
			{"too long a purpose", w.dept, func(a *enterprise.Appointment) { a.Purpose = strings.Repeat("x", 501) }, []core.EnterpriseID{e.ID}, core.Invalid, "enterprise.remark.long"},
			{"an enterprise that has closed", w.dept, nil, []core.EnterpriseID{closed.ID}, core.Invalid, "enterprise.contact.gone"},
			{"a person of another realm", w.dept, func(a *enterprise.Appointment) { a.Person = w.stranger }, []core.EnterpriseID{e.ID}, core.NotFound, "enterprise.contact.nobody"},
			{"one of several belongs to another place", w.dept, nil, []core.EnterpriseID{e.ID, zone.ID}, core.NotFound, ""},
			{"one of several belongs to another realm", w.dept, nil, []core.EnterpriseID{e.ID, far.ID}, core.NotFound, ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				a := good
				if tt.edit != nil {
					tt.edit(&a)
				}
				_, err := w.Appoint(t.Context(), tt.who, a, tt.to)
				wants(t, err, tt.want, tt.key)
			})
		}
		if s := w.states(core.Moment{On: today})["启岚电子材料"]; s.Coverage != enterprise.Uncovered {
			t.Errorf("something was written: %s", s.Coverage)
		}
		v, err := w.Appoint(t.Context(), w.dept, good, []core.EnterpriseID{e.ID, e.ID})
		if err != nil || v.Verdict != rule.OK {
			t.Errorf("%v, %v", v.Verdict, err)
		}
		_, err = w.Appoint(t.Context(), w.dept, good, []core.EnterpriseID{e.ID})
		wants(t, err, core.Conflict, "enterprise.contact.twice")
	})
}

func make2(n int) []core.EnterpriseID {
	ids := make([]core.EnterpriseID, n)
	for i := range ids {
		ids[i] = core.EnterpriseID(i + 1)
	}
	return ids
}

func TestMoreThanFiveEnterprisesWarn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var ids []core.EnterpriseID
		for i := range 20 {
			ids = append(ids, w.register(fmt.Sprint("企业", i), nil).ID)
		}
		a := enterprise.Appointment{Kind: enterprise.Liaison, Person: w.lin, Period: core.Since(today)}
		if v, err := w.Appoint(t.Context(), w.dept, a, ids[:5]); err != nil || v.Verdict != rule.OK {
			t.Errorf("five: %s, %v", v.Verdict, err)
		}
		if v, err := w.Appoint(t.Context(), w.dept, a, ids[5:]); err != nil || v.Verdict != rule.Warn {
			t.Errorf("twenty: %s, %v", v.Verdict, err)
		}
		if s := enterprise.Summarize(w.list(1, core.Moment{On: today}), today); s.Kinds[enterprise.ByLiaison] != 20 || s.Work != 20 {
			t.Errorf("%+v", s)
		}
		if n := w.journal("appointment.begin", "done"); n != 20 {
			t.Errorf("%d lines in the journal", n)
		}
	})
}

func TestVisitsAndTheEndOfAnAppointment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", func(r *enterprise.Registration) { r.VerifiedOn = core.NewDate(2026, 3, 1) })
		begin := today.AddDays(-61)
		a := enterprise.Appointment{Kind: enterprise.Instructor, Person: w.chen, Period: core.Period{From: begin, To: today.AddDays(100)}}
		if _, err := w.Appoint(t.Context(), w.dept, a, []core.EnterpriseID{e.ID}); err != nil {
			t.Fatal(err)
		}
		page := func() enterprise.Profile {
			p, err := w.Page(t.Context(), w.dept, e.ID, core.Moment{})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := page()
		id := p.Contacts[0].ID
		if !p.State.Nominal || p.State.Coverage != enterprise.ByInstructor || p.Contacts[0].Name != "" || !p.Contacts[0].Holds {
			t.Errorf("%+v %+v", p.State, p.Contacts)
		}
		want := map[string]string{"appointment_end": today.AddDays(99).String(), "visit": today.AddDays(-1).String()}
		if diff := cmp.Diff(want, w.clocks(id)); diff != "" {
			t.Error(diff)
		}
		visit := func(who access.Actor, on core.Date) error {
			return w.RecordVisit(t.Context(), who, enterprise.Visit{Appointment: id, On: on, Met: "厂长", Need: "培训", Next: "下月再来"})
		}
		wants(t, visit(w.dept, core.Date{}), core.Invalid, "enterprise.date.missing")
		wants(t, visit(w.dept, today.AddDays(1)), core.Invalid, "enterprise.date.future")
		wants(t, visit(w.dept, begin.AddDays(-1)), core.Invalid, "enterprise.visit.outside")
		wants(t, visit(w.sec, today), core.NotFound, "")
		wants(t, visit(w.other, today), core.NotFound, "")
		if err := visit(w.dept, today.AddDays(-20)); err != nil {
			t.Fatal(err)
		}
		if p := page(); p.State.Nominal || len(p.Contacts[0].Visits) != 1 || p.State.LastContact != today.AddDays(-20) {
			t.Errorf("after the visit: %+v", p.Contacts)
		}
		if due := w.clocks(id)["visit"]; due != today.AddDays(40).String() {
			t.Errorf("the next visit is due on %s", due)
		}
		end := func(who access.Actor, on core.Date) error {
			return w.EndAppointment(t.Context(), who, id, on, "届满")
		}
		wants(t, end(w.dept, today.AddDays(1)), core.Invalid, "enterprise.date.future")
		wants(t, end(w.dept, begin.AddDays(-1)), core.Invalid, "enterprise.date.before_begin")
		wants(t, end(w.other, today), core.NotFound, "")
		if err := end(w.dept, today.AddDays(-1)); err != nil {
			t.Fatal(err)
		}
		if c := w.clocks(id); len(c) != 0 {
			t.Errorf("ended, and clocks run: %v", c)
		}
		p = page()
		if p.State.Coverage != enterprise.Uncovered || len(p.Contacts) != 1 || p.Contacts[0].EndReason != "届满" || len(p.Contacts[0].Visits) != 1 {
			t.Errorf("after the end: %s, %+v", p.State.Coverage, p.Contacts)
		}
		wants(t, w.EndAppointment(t.Context(), w.dept, p.Contacts[0].ID, today, ""), core.Invalid, "enterprise.contact.ended")
	})
}

func TestAnAppointmentThatRunsOutCoversNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := w.register("启岚电子材料", nil)
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := enterprise.Appoint(ctx, tx, w.who, w.now, enterprise.Appointment{
				Kind: enterprise.Instructor, Person: w.chen, Enterprise: e.ID, Period: core.Period{From: core.NewDate(2026, 1, 1), To: core.NewDate(2026, 7, 1)},
			})
			return err
		})
		before, after := w.list(1, core.Moment{On: core.NewDate(2026, 6, 30)}), w.list(1, core.Moment{On: core.NewDate(2026, 7, 1)})
		if before[0].Coverage != enterprise.ByInstructor || after[0].Coverage != enterprise.Uncovered {
			t.Errorf("%s, then %s", before[0].Coverage, after[0].Coverage)
		}
		if lost := enterprise.Flow(before, after).Lost(); lost[enterprise.AppointmentEnded] != 1 {
			t.Errorf("lost %v", lost)
		}
	})
}
