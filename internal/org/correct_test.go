package org_test

import (
	"context"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func TestACorrectionKeepsWhatWasKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		if _, err := s.Change(t.Context(), w.who, w.dow.ID, org.Change{Name: ptr("陶氏党总支"), Kind: ptr(rule.GeneralBranch), On: may}); err != nil {
			t.Fatal(err)
		}
		before := w.now
		o, err := s.Correct(t.Context(), w.who, w.dow.ID, org.Correction{On: today, From: ptr(may.AddDays(10)), Name: ptr("陶氏基地党总支"), Reason: "文件日期"})
		if err != nil || o.Name != "陶氏基地党总支" || o.Version != 3 {
			t.Fatalf("got %+v, %v", o, err)
		}
		for _, tt := range []struct {
			m    core.Moment
			want string
		}{
			{core.Moment{On: may.AddDays(9)}, "陶氏张家港基地党委"},
			{core.Moment{On: may.AddDays(10)}, "陶氏基地党总支"},
			{core.Moment{On: may.AddDays(9), KnownAt: before}, "陶氏党总支"},
			{core.Moment{On: may.AddDays(-1), KnownAt: before}, "陶氏张家港基地党委"},
		} {
			if n, _ := w.at(tt.m).Find(w.dow.ID); n.Name != tt.want {
				t.Errorf("%v: got %s", tt.m, n.Name)
			}
		}
		first := core.NewDate(2001, 2, 3)
		if o, err = s.Correct(t.Context(), w.who, w.dow.ID, org.Correction{On: w.dow.FoundedOn, From: &first}); err != nil || o.FoundedOn != first || o.Name != "陶氏基地党总支" {
			t.Errorf("the founding: got %+v, %v", o, err)
		}
		if n, _ := w.at(core.Moment{On: today, KnownAt: before}).Find(w.dow.ID); n.FoundedOn != w.dow.FoundedOn {
			t.Errorf("as known before, founded on %s", n.FoundedOn)
		}
		all, err := s.History(t.Context(), w.who, w.dow.ID)
		if err != nil || all[len(all)-1].Kind != org.Corrected || all[len(all)-1].Before().Args[0] != w.dow.FoundedOn {
			t.Errorf("history: %+v, %v", all, err)
		}
		if same, err := s.Correct(t.Context(), w.who, w.dow.ID, org.Correction{On: today}); err != nil || same.Version != o.Version {
			t.Errorf("a correction of nothing: %+v, %v", same, err)
		}
	})
}

func TestACorrectedParentMovesTheSubtree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		o, err := s.Correct(t.Context(), w.who, w.dow.ID, org.Correction{On: today, Parent: &w.zone.ID})
		if err != nil || o.Path != w.zone.Path+"4." || w.find(w.first.ID).Path != w.zone.Path+"4.6." {
			t.Fatalf("got %+v, %v", o, err)
		}
		if n := w.tallies(w.zone.ID)[org.CountOrgs].Below; n != 4 {
			t.Errorf("tally %d", n)
		}
		if n, _ := w.at(core.Moment{On: core.NewDate(2012, 1, 1)}).Find(w.dow.ID); n.Parent != w.zone.ID {
			t.Errorf("in 2012 under %s", n.Parent)
		}
	})
}

func TestCorrectionsThatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		if _, err := s.Change(t.Context(), w.who, w.first.ID, org.Change{Kind: ptr(rule.JointBranch), On: may}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Move(t.Context(), w.who, w.plaza.ID, org.Move{To: w.zone.ID, On: may}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			id   core.OrgID
			c    org.Correction
			kind core.Kind
			key  string
		}{
			{"a day without a record", w.first.ID, org.Correction{On: w.first.FoundedOn.AddDays(-1), Name: ptr("甲")}, core.Invalid, "org.correct.nothing"},
			{"begins after its end", w.first.ID, org.Correction{On: w.first.FoundedOn, From: &may}, core.Invalid, "org.correct.after_end"},
			{"begins before the one before", w.first.ID, org.Correction{On: may, From: &w.first.FoundedOn}, core.Invalid, "org.correct.before_start"},
			{"begins tomorrow", w.first.ID, org.Correction{On: may, From: ptr(today.AddDays(1))}, core.Invalid, "org.on.future"},
			{"no name", w.first.ID, org.Correction{On: may, Name: ptr("")}, core.Invalid, "org.name.missing"},
			{"a sibling's name", w.first.ID, org.Correction{On: may, Name: ptr("生产二支部")}, core.Invalid, "org.name.duplicate"},
			{"under what is below it", w.dow.ID, org.Correction{On: today, Parent: &w.first.ID}, core.Invalid, "org.move.cycle"},
			{"under what was below it then", w.park.ID, org.Correction{On: core.NewDate(2020, 1, 1), Parent: &w.plaza.ID}, core.Invalid, "org.move.cycle"},
			{"the root", w.city.ID, org.Correction{On: today, Parent: &w.zone.ID}, core.Invalid, ""},
			{"a parent of another realm", w.first.ID, org.Correction{On: may, Parent: &w.otherCity.ID}, core.NotFound, ""},
			{"one of another realm", w.otherCity.ID, org.Correction{On: may, Name: ptr("甲")}, core.NotFound, ""},
		} {
			_, err := s.Correct(t.Context(), w.who, tt.id, tt.c)
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.key) })
		}
	})
}

func TestABatchIsTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		const batch, other = core.ID(77), core.ID(78)
		undo := func(id core.OrgID) error {
			return w.try(func(ctx context.Context, tx *db.Tx) error { return org.Undo(ctx, tx, w.who, w.now, id, batch) })
		}
		before := w.now
		fresh := w.found(org.Founding{Parent: w.zone.ID, Name: "港务党总支", Kind: rule.GeneralBranch, FoundedOn: may, Batch: batch, Term: org.Term{EndsOn: today}})
		below := w.found(org.Founding{Parent: fresh.ID, Name: "港务一支部", Kind: rule.Branch, FoundedOn: may, Batch: batch})
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			if _, err := org.Apply(ctx, tx, w.who, w.now, w.first.ID, org.Change{Name: ptr("生产甲支部"), On: today, Batch: batch}); err != nil {
				return err
			}
			if _, err := org.Place(ctx, tx, w.who, w.now, w.first.ID, fresh.ID, today, "", 0, batch); err != nil {
				return err
			}
			if err := org.SetTerm(ctx, tx, w.who, w.now, w.second.ID, org.Term{ElectedOn: core.NewDate(2022, 1, 1), Batch: other}); err != nil {
				return err
			}
			return org.SetTerm(ctx, tx, w.who, w.now, w.second.ID, org.Term{ElectedOn: core.NewDate(2025, 1, 1), Batch: batch})
		})
		between := w.now
		refused(t, undo(fresh.ID), core.Invalid, "org.end.below")
		for _, id := range []core.OrgID{w.first.ID, below.ID, fresh.ID, w.second.ID, w.plaza.ID} {
			if err := undo(id); err != nil {
				t.Fatalf("%s: %v", w.find(id).Name, err)
			}
		}
		if o := w.find(w.first.ID); o.Name != "生产一支部" || o.Path != w.first.Path || o.Depth != w.first.Depth {
			t.Errorf("got %+v", o)
		}
		if n := w.tallies(w.city.ID)[org.CountOrgs].Below; n != 7 || w.tallies(w.zone.ID)[org.CountOrgs].Below != 1 {
			t.Errorf("tally %d", n)
		}
		if a, b := w.at(core.Moment{On: today}).Len(), w.at(core.Moment{On: today, KnownAt: between}).Len(); a != 7 || b != 9 {
			t.Errorf("now %d, as known between %d", a, b)
		}
		if w.find(fresh.ID).Live() {
			t.Error("what the batch founded still lives")
		}
		v, err := s.Page(t.Context(), w.who, w.second.ID, core.Moment{})
		if err != nil || v.Term.ElectedOn != core.NewDate(2022, 1, 1) || len(v.Terms) != 1 {
			t.Errorf("the term: %+v, %v", v.Terms, err)
		}
		if err := undo(w.first.ID); err != nil {
			t.Errorf("taken back twice: %v", err)
		}
		if old := w.at(core.Moment{On: today, KnownAt: before}); old.Len() != 7 {
			t.Errorf("before: %d", old.Len())
		}
		again := w.found(org.Founding{Parent: w.zone.ID, Name: "港务党总支", Kind: rule.GeneralBranch, FoundedOn: may, Batch: batch})
		if _, err := s.Change(t.Context(), w.who, again.ID, org.Change{Kind: ptr(rule.Committee), On: today}); err != nil {
			t.Fatal(err)
		}
		refused(t, undo(again.ID), core.Conflict, "org.undo.changed_since")
	})
}

func TestOfficers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		people := w.enrol(w.first.ID, 4, core.NewDate(2020, 1, 1))
		registrar := w.as(access.Registrar, w.park.ID)
		duty := org.Duty{Org: w.first.ID, Person: people[0], Code: "secretary", From: may}
		f, err := s.Appoint(t.Context(), registrar, duty)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := s.Appoint(t.Context(), registrar, duty); err != nil || same.ID != f.ID {
			t.Errorf("the same again: %+v, %v", same, err)
		}
		activist := w.enrol(w.first.ID, 1, may)[0]
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE persons SET kind = 'activist' WHERE realm_id = 1 AND id = $1`, activist)
			return err
		})
		for _, tt := range []struct {
			name string
			who  access.Actor
			edit func(*org.Duty)
			kind core.Kind
			key  string
		}{
			{"an unknown duty", registrar, func(d *org.Duty) { d.Code = "x" }, core.Invalid, "org.duty.unknown"},
			{"no day", registrar, func(d *org.Duty) { d.From = core.Date{} }, core.Invalid, "org.on.missing"},
			{"tomorrow", registrar, func(d *org.Duty) { d.From = today.AddDays(1) }, core.Invalid, "org.on.future"},
			{"before the founding", registrar, func(d *org.Duty) { d.From = core.NewDate(2000, 1, 1) }, core.Invalid, "org.on.before_founding"},
			{"a second secretary", registrar, func(d *org.Duty) { d.Person = people[1] }, core.Invalid, "org.duty.taken"},
			{"nobody", registrar, func(d *org.Duty) { d.Person = 9 }, core.Invalid, "org.duty.nobody"},
			{"who is no full member", registrar, func(d *org.Duty) { d.Person = activist }, core.Invalid, "rule.org.secretary_eligibility.full"},
			{"by who may not change organisations", w.as(access.Secretary, w.park.ID), func(d *org.Duty) { d.Person = people[1] }, core.Forbidden, "access.change.orgs"},
			{"by who sees no names", w.as(access.Department, w.park.ID), func(d *org.Duty) { d.Code = "deputy" }, core.Invalid, "org.duty.nobody"},
			{"in another realm", access.Machine(2), func(*org.Duty) {}, core.NotFound, ""},
		} {
			d := duty
			tt.edit(&d)
			_, err := s.Appoint(t.Context(), tt.who, d)
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.key) })
		}
		for i, code := range []string{"deputy", "discipline"} {
			if _, err := s.Appoint(t.Context(), registrar, org.Duty{Org: w.first.ID, Person: people[i+1], Code: code, From: may}); err != nil {
				t.Fatal(err)
			}
		}
		before := w.now
		refused(t, s.Relieve(t.Context(), registrar, f.ID, may), core.Invalid, "org.duty.ends_before")
		refused(t, s.Relieve(t.Context(), access.Machine(2), f.ID, today), core.NotFound, "")
		if err := s.Relieve(t.Context(), registrar, f.ID, today); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			who   access.Actor
			m     core.Moment
			n     int
			first string
			names bool
		}{
			{registrar, core.Moment{}, 2, "deputy", true},
			{registrar, core.Moment{On: today.AddDays(-1)}, 3, "secretary", true},
			{registrar, core.Moment{On: today, KnownAt: before}, 3, "secretary", true},
			{registrar, core.Moment{On: may.AddDays(-1)}, 0, "", true},
			{w.as(access.Department, w.city.ID), core.Moment{}, 2, "deputy", false},
		} {
			v, err := s.Page(t.Context(), tt.who, w.first.ID, tt.m)
			if err != nil || len(v.Officers) != tt.n || v.Names != tt.names {
				t.Errorf("%v: got %+v, %v", tt.m, v.Officers, err)
				continue
			}
			if tt.n > 0 && (v.Officers[0].Duty != tt.first || (v.Officers[0].Name != "") != tt.names || (v.Officers[0].Person != 0) != tt.names) {
				t.Errorf("%v: first is %+v", tt.m, v.Officers[0])
			}
		}
	})
}
