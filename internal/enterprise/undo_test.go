package enterprise_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/text"
)

func TestABatchIsTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const batch core.ID = 900
		undo := func(e enterprise.Enterprise) error {
			return w.try(func(ctx context.Context, tx *db.Tx) error { return enterprise.Undo(ctx, tx, w.who, w.now, e.ID, batch) })
		}
		kept := w.register("留下", nil)
		w.now = w.now.Add(time.Minute)
		fresh := w.register("新来", func(r *enterprise.Registration) { r.Batch, r.CreditCode = batch, codeB })
		known := w.now
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := enterprise.Apply(ctx, tx, w.who, w.now, kept.ID, enterprise.Change{Name: ptr("改名"), On: core.NewDate(2025, 1, 1), Batch: batch})
			return err
		})
		if err := undo(kept); err != nil {
			t.Fatal(err)
		}
		if s := w.list(1, core.Moment{On: today}); len(s) != 2 || s[0].Name != "留下" || s[0].RegisteredOn != core.NewDate(2024, 1, 10) {
			t.Errorf("%+v", s)
		}
		if err := undo(fresh); err != nil {
			t.Fatal(err)
		}
		if s := w.list(1, core.Moment{On: today}); len(s) != 1 {
			t.Errorf("%d on the list", len(s))
		}
		if s := w.list(1, core.Moment{On: today, KnownAt: known}); len(s) != 2 {
			t.Errorf("as then known, %d on the list", len(s))
		}
		if n := w.tally(w.city.ID); n != 1 {
			t.Errorf("the city counts %d", n)
		}
		if _, err := w.Page(t.Context(), w.dept, fresh.ID, core.Moment{}); !errors.Is(err, core.NotFound) {
			t.Errorf("its page: %v", err)
		}
		l, err := w.List(t.Context(), w.dept, enterprise.Query{Under: w.park.ID, State: enterprise.AnyState})
		if err != nil || l.Total != 1 || l.Rows[0].Name != "留下" {
			t.Errorf("%+v, %v", l, err)
		}
		w.register("又来", func(r *enterprise.Registration) { r.CreditCode = codeB })
	})
}

func TestWhatSomebodyChangedSinceIsNotTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		const batch core.ID = 900
		undo := func(e enterprise.Enterprise) error {
			return w.try(func(ctx context.Context, tx *db.Tx) error { return enterprise.Undo(ctx, tx, w.who, w.now, e.ID, batch) })
		}
		changed := w.register("甲", func(r *enterprise.Registration) { r.Batch = batch })
		w.now = w.now.Add(time.Minute)
		if _, err := w.Change(t.Context(), w.dept, changed.ID, enterprise.Change{Employees: ptr(3)}); err != nil {
			t.Fatal(err)
		}
		wants(t, undo(changed), core.Conflict, "enterprise.undo.changed_since")
		hosts := w.register("乙", func(r *enterprise.Registration) { r.Batch = batch })
		w.host(w.dow, hosts, today)
		wants(t, undo(hosts), core.Invalid, "enterprise.undo.hosts")
		other := w.register("丙", nil)
		if err := undo(other); err != nil || len(w.list(1, core.Moment{On: today})) != 3 {
			t.Errorf("one that the batch did not touch: %v", err)
		}
	})
}

func TestEveryWordOfTheVocabularyIsInTheCatalogs(t *testing.T) {
	var all []core.Msg
	each := func(title func(string) core.Msg, codes ...string) {
		for _, c := range codes {
			all = append(all, title(c))
		}
	}
	each(enterprise.StateTitle, enterprise.OperatingStates...)
	each(enterprise.GroupingTitle, enterprise.GroupingKinds...)
	each(enterprise.ContactTitle, enterprise.ContactKinds...)
	each(enterprise.MassTitle, enterprise.MassKinds...)
	each(enterprise.RoleTitle, enterprise.GroupingRoles...)
	each(enterprise.ClassTitle, enterprise.Classes...)
	each(enterprise.ReasonTitle, enterprise.Reasons...)
	each(enterprise.FlowTitle,
		enterprise.Registered, enterprise.Reopened, enterprise.SetUp, enterprise.Joined, enterprise.Appointed, enterprise.MassBegun, enterprise.Recovered,
		enterprise.TookOver, enterprise.Replaced, enterprise.Unhosted, enterprise.AppointmentEnded, enterprise.MassEnded, enterprise.Handed,
		enterprise.FewMembers, enterprise.JointTooLarge, enterprise.OrgDissolved, enterprise.Shell, enterprise.Suspended, enterprise.Moved, enterprise.Closed)
	for _, c := range append(enterprise.Coverages, enterprise.Uncovered) {
		all = append(all, c.Title())
	}
	for _, key := range []string{"enterprise.undo.changed_since", "enterprise.undo.hosts"} {
		all = append(all, core.M(key))
	}
	for _, m := range all {
		if !text.Has(m.Key) {
			t.Errorf("no words for %s", m.Key)
		}
	}
}
