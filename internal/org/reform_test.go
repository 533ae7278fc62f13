package org_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func TestMovesThatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		young := w.found(org.Founding{Parent: w.city.ID, Name: "新区党工委", Kind: rule.Committee, FoundedOn: may})
		twin := w.found(org.Founding{Parent: w.zone.ID, Name: "生产一支部", Kind: rule.Branch, FoundedOn: may})
		gone := w.found(org.Founding{Parent: w.city.ID, Name: "旧区党工委", Kind: rule.Committee, FoundedOn: core.NewDate(2010, 1, 1)})
		if _, err := s.Dissolve(t.Context(), w.who, gone.ID, org.Ending{On: may}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name     string
			id, to   core.OrgID
			on       core.Date
			kind     core.Kind
			sentence string
		}{
			{"below itself", w.park.ID, w.first.ID, today, core.Invalid, "org.move.cycle"},
			{"into itself", w.park.ID, w.park.ID, today, core.Invalid, "org.move.cycle"},
			{"to where it is", w.dow.ID, w.park.ID, today, core.Invalid, "org.move.same_parent"},
			{"the root", w.city.ID, w.zone.ID, today, core.Invalid, "org.root.stays"},
			{"tomorrow", w.dow.ID, w.zone.ID, today.AddDays(1), core.Invalid, "org.on.future"},
			{"before it was founded", w.dow.ID, w.zone.ID, w.dow.FoundedOn.AddDays(-1), core.Invalid, "org.on.before_founding"},
			{"before the new parent was founded", w.dow.ID, young.ID, may.AddDays(-1), core.Invalid, "org.move.parent_later"},
			{"beside a twin", w.first.ID, w.zone.ID, today, core.Invalid, "org.name.duplicate"},
			{"under a dissolved one", w.dow.ID, gone.ID, today, core.Invalid, "org.parent.dissolved"},
			{"of another realm", w.dow.ID, w.otherCity.ID, today, core.NotFound, ""},
			{"from another realm", w.otherCity.ID, w.zone.ID, today, core.NotFound, ""},
		} {
			_, err := s.Move(t.Context(), w.who, tt.id, org.Move{To: tt.to, On: tt.on})
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.sentence) })
		}
		_, err := s.Move(t.Context(), w.who, w.dow.ID, org.Move{To: young.ID, On: may, Reason: strings.Repeat("长", 501)})
		refused(t, err, core.Invalid, "org.text.long")
		if _, err := s.Move(t.Context(), w.who, w.dow.ID, org.Move{To: young.ID, On: may, Reason: strings.Repeat("长", 500)}); err != nil {
			t.Errorf("on the day on which the new parent was founded: %v", err)
		}
		if o := w.find(twin.ID); o.Version != 1 {
			t.Errorf("a twin was touched: %+v", o)
		}
	})
}

func TestAMoveInThePastMayNotMakeARing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		out := core.NewDate(2026, 8, 1) // until then, plaza stands under zone
		for _, m := range []struct {
			id, to core.OrgID
			on     core.Date
		}{{w.plaza.ID, w.zone.ID, core.NewDate(2020, 1, 1)}, {w.plaza.ID, w.park.ID, out}} {
			if _, err := s.Move(t.Context(), w.who, m.id, org.Move{To: m.to, On: m.on}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.Move(t.Context(), w.who, w.zone.ID, org.Move{To: w.plaza.ID, On: out.AddDays(-1)})
		refused(t, err, core.Invalid, "org.move.cycle")
		if _, err := s.Move(t.Context(), w.who, w.zone.ID, org.Move{To: w.plaza.ID, On: out}); err != nil {
			t.Error(err)
		}
	})
}

func TestMovingNeedsTheRightInThreePlaces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		for _, tt := range []struct {
			name   string
			who    access.Actor
			id, to core.OrgID
			kind   core.Kind
		}{
			{"only the organisation", w.as(access.Department, w.dow.ID), w.dow.ID, w.zone.ID, core.NotFound},
			{"not its parent", w.as(access.Department, w.dow.ID), w.dow.ID, w.second.ID, core.Forbidden},
			{"the organisation and its parent", w.as(access.Department, w.park.ID), w.dow.ID, w.zone.ID, core.NotFound},
			{"the new parent alone", w.as(access.Department, w.zone.ID), w.dow.ID, w.zone.ID, core.NotFound},
			{"a role that may not", w.as(access.Secretary, w.city.ID), w.dow.ID, w.zone.ID, core.Forbidden},
			{"everything, in another realm", access.Machine(2), w.dow.ID, w.zone.ID, core.NotFound},
		} {
			_, err := s.Move(t.Context(), tt.who, tt.id, org.Move{To: tt.to, On: today})
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, "") })
		}
		if _, err := s.Move(t.Context(), w.as(access.Department, w.city.ID), w.dow.ID, org.Move{To: w.zone.ID, On: today}); err != nil {
			t.Errorf("the city's department: %v", err)
		}
	})
}

func TestAMoveFollowsPeopleAndEnterprises(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		long := core.NewDate(2012, 1, 1)
		p, below := w.enrol(w.dow.ID, 1, long)[0], w.enrol(w.first.ID, 1, long)[0]
		w.enterprise(w.first.ID, long)
		check := func(what string, o org.Org, at1, at2 core.OrgID, below2 core.OrgID) {
			t.Helper()
			w.tx(func(ctx context.Context, tx *db.Tx) error {
				type place struct {
					path     string
					one, two core.OrgID
				}
				read := func(id core.PersonID) (got place) {
					if err := db.Each(ctx, tx, func(r db.Row) error { return r.Scan(&got.path, db.Null(&got.one), db.Null(&got.two)) },
						`SELECT at_path, at_1, at_2 FROM persons WHERE realm_id = 1 AND id = $1`, id); err != nil {
						t.Fatal(err)
					}
					return got
				}
				if got := read(p); got != (place{o.Path, at1, at2}) {
					t.Errorf("%s: the person at %v", what, got)
				}
				if got := read(below); got != (place{w.find1(ctx, tx, w.first.ID).Path, at1, below2}) {
					t.Errorf("%s: the person below at %v", what, got)
				}
				path, err := db.One(ctx, tx, db.Text, `SELECT path FROM enterprises WHERE realm_id = 1`)
				if path != w.find1(ctx, tx, w.first.ID).Path {
					t.Errorf("%s: the enterprise at %s", what, path)
				}
				return err
			})
		}
		check("before", w.dow, w.park.ID, w.dow.ID, w.dow.ID)
		for _, m := range []struct {
			what           string
			to             core.OrgID
			at1, at2, deep core.OrgID
		}{
			{"under the city", w.city.ID, w.dow.ID, 0, w.first.ID},
			{"under the zone", w.zone.ID, w.zone.ID, w.dow.ID, w.dow.ID},
			{"deep down", w.plaza.ID, w.park.ID, w.plaza.ID, w.plaza.ID},
		} {
			o, err := s.Move(t.Context(), w.who, w.dow.ID, org.Move{To: m.to, On: today})
			if err != nil {
				t.Fatal(err)
			}
			check(m.what, o, m.at1, m.at2, m.deep)
		}
		if n := w.tallies(w.plaza.ID); n[org.CountFull].Below != 2 || n[org.CountEnterprises] != (org.Tally{Own: 0, Below: 1}) {
			t.Errorf("tallies of the last parent: %v", n)
		}
		if n := w.tallies(w.zone.ID); n[org.CountFull].Below != 0 || n[org.CountOrgs].Below != 1 {
			t.Errorf("tallies of the one before: %v", n)
		}
	})
}

// find1 is find inside a transaction.
func (w *world) find1(ctx context.Context, tx *db.Tx, id core.OrgID) org.Org {
	w.Helper()
	o, err := org.Find(ctx, tx, w.who.Realm, id)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

func TestAMergerHandsEverythingOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		long := core.NewDate(2016, 1, 1)
		w.enrol(w.dow.ID, 2, long)
		e := w.enterprise(w.dow.ID, long)
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			return org.SetTerm(ctx, tx, w.who, w.now, w.dow.ID, org.Term{ElectedOn: core.NewDate(2023, 6, 18)})
		})
		before := w.now
		o, err := s.Merge(t.Context(), w.who, w.dow.ID, w.plaza.ID, org.Ending{On: may, Document: "批复", Reason: "合署"})
		if err != nil || o.DissolvedOn != may || o.Live() {
			t.Fatalf("got %+v, %v", o, err)
		}
		if c := w.find(w.first.ID); c.Parent != w.plaza.ID || c.Path != w.plaza.Path+"6." {
			t.Errorf("a child: %+v", c)
		}
		n, old := w.tallies(w.plaza.ID), w.tallies(w.dow.ID)
		if n[org.CountOrgs].Below != 3 || n[org.CountFull].Below != 2 || n[org.CountEnterprises].Below != 1 || old[org.CountOrgs].Below != 0 || old[org.CountFull].Below != 0 {
			t.Errorf("tallies: %v, of the one that ended %v", n, old)
		}
		if a, b := w.hosts(e, may.AddDays(-1)), w.hosts(e, may); !slices.Equal(a, []core.OrgID{w.dow.ID}) || !slices.Equal(b, []core.OrgID{w.plaza.ID}) {
			t.Errorf("hosted by %v, then %v", a, b)
		}
		tree := w.at(core.Moment{On: may})
		if _, in := tree.Find(w.dow.ID); in || !tree.Within(w.plaza.ID, w.second.ID) {
			t.Errorf("the tree of the day: %v", tree.All())
		}
		if old := w.at(core.Moment{On: may, KnownAt: before}); !old.Within(w.dow.ID, w.second.ID) {
			t.Errorf("the tree as it was known before: %v", old.All())
		}
		if day := w.at(core.Moment{On: may.AddDays(-1)}); !day.Within(w.dow.ID, w.second.ID) {
			t.Errorf("the tree of the day before: %v", day.All())
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			running, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM clocks WHERE realm_id = 1 AND subject_id = $1 AND ended_at IS NULL`, w.dow.ID)
			if running != 0 {
				t.Error("the term's clock still runs")
			}
			return err
		})
		all, err := s.History(t.Context(), w.who, w.plaza.ID)
		if err != nil || all[0].Kind != org.TookIn || all[0].Other != w.dow.ID {
			t.Errorf("history of the other: %+v, %v", all, err)
		}
		_, err = s.Change(t.Context(), w.who, w.dow.ID, org.Change{Name: ptr("甲"), On: today})
		refused(t, err, core.Invalid, "org.dissolved")
	})
}

func TestMergersThatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		w.enrol(w.second.ID, 3, core.NewDate(2020, 1, 1))
		bare := w.service()
		bare.MoveMembers, bare.MoveEnterprises = nil, nil
		young := w.found(org.Founding{Parent: w.park.ID, Name: "新支部", Kind: rule.Branch, FoundedOn: may})
		for _, tt := range []struct {
			name       string
			s          *org.Service
			from, into core.OrgID
			on         core.Date
			kind       core.Kind
			key        string
		}{
			{"into itself", s, w.dow.ID, w.dow.ID, today, core.Invalid, "org.merge.self"},
			{"into what is below it", s, w.dow.ID, w.first.ID, today, core.Invalid, "org.merge.below"},
			{"the root", s, w.city.ID, w.zone.ID, today, core.Invalid, "org.root.stays"},
			{"into one of another realm", s, w.dow.ID, w.otherCity.ID, today, core.NotFound, ""},
			{"before the other was founded", s, w.first.ID, young.ID, may.AddDays(-1), core.Invalid, "org.move.parent_later"},
			{"on the day of its own founding", s, young.ID, w.first.ID, may, core.Invalid, "org.end.same_day"},
			{"in the future", s, w.first.ID, w.second.ID, today.AddDays(1), core.Invalid, "org.on.future"},
			{"with members that nobody moves", bare, w.second.ID, w.first.ID, today, core.Invalid, "org.end.members"},
		} {
			_, err := tt.s.Merge(t.Context(), w.who, tt.from, tt.into, org.Ending{On: tt.on})
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.key) })
		}
		if n := w.tallies(w.dow.ID)[org.CountOrgs].Below; n != 3 {
			t.Errorf("a refused merger left %d", n)
		}
	})
}

func TestDissolving(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		people := w.enrol(w.first.ID, 2, core.NewDate(2020, 1, 1))
		e := w.enterprise(w.first.ID, core.NewDate(2020, 1, 1))
		end := org.Ending{On: may, Reason: "撤销"}
		_, err := s.Dissolve(t.Context(), w.who, w.first.ID, end)
		refused(t, err, core.Invalid, "org.end.members")
		if m := core.MsgOf(err); m.Args[1] != 2 {
			t.Errorf("how many: %v", m.Args)
		}
		_, err = s.Dissolve(t.Context(), w.who, w.dow.ID, end)
		refused(t, err, core.Invalid, "org.end.below")
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			for _, p := range people {
				if err := transfer(ctx, tx, w.who, w.now, p, w.second.ID, may); err != nil {
					return err
				}
			}
			return nil
		})
		early := end
		early.On = may.AddDays(-1)
		_, err = s.Dissolve(t.Context(), w.who, w.first.ID, early)
		refused(t, err, core.Invalid, "org.end.members") // on that day they were still there
		bare := w.service()
		bare.MoveEnterprises = nil
		_, err = bare.Dissolve(t.Context(), w.who, w.first.ID, end)
		refused(t, err, core.Invalid, "org.end.enterprises")
		if _, err = s.Dissolve(t.Context(), w.who, w.first.ID, end); err != nil {
			t.Fatal(err)
		}
		if h := w.hosts(e, may); len(h) != 0 {
			t.Errorf("still hosted by %v", h)
		}
		if n := w.tallies(w.dow.ID); n[org.CountOrgs].Below != 2 || n[org.CountEnterprises] != (org.Tally{Own: 1, Below: 1}) {
			t.Errorf("tallies of the parent: %v", n)
		}
		_, err = s.Dissolve(t.Context(), w.who, w.city.ID, end)
		refused(t, err, core.Invalid, "org.root.stays")
		l, err := s.List(t.Context(), w.who, org.Query{Search: "生产一"})
		if err != nil || l.Total != 0 {
			t.Errorf("it is still found: %+v, %v", l, err)
		}
	})
}

func TestASplit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		people := w.enrol(w.dow.ID, 3, core.NewDate(2020, 1, 1))
		made, err := s.Split(t.Context(), w.who, w.dow.ID, org.Division{
			New:      org.Founding{Name: "陶氏物流党总支", Kind: rule.GeneralBranch, FoundedOn: may, Document: "批复", Reason: "人数增加"},
			Children: []core.OrgID{w.second.ID}, People: people[:2], Version: 1,
		})
		if err != nil || made.Parent != w.park.ID {
			t.Fatalf("got %+v, %v", made, err)
		}
		if n := w.tallies(made.ID); n[org.CountOrgs].Below != 2 || n[org.CountFull].Own != 2 {
			t.Errorf("tallies: %v", n)
		}
		a, _ := s.History(t.Context(), w.who, made.ID)
		b, _ := s.History(t.Context(), w.who, w.dow.ID)
		if a[0].Kind != org.Split || a[0].Other != w.dow.ID || b[0].Kind != org.SplitOff || b[0].Other != made.ID || w.find(w.dow.ID).Version != 2 {
			t.Errorf("told as %+v and %+v", a[0], b[0])
		}
		next := org.Founding{Name: "陶氏研发党支部", Kind: rule.Branch, FoundedOn: today}
		for _, tt := range []struct {
			name string
			d    org.Division
			key  string
		}{
			{"with a child of another", org.Division{New: next, Children: []core.OrgID{w.second.ID}}, "org.split.child"},
			{"under a sibling's name", org.Division{New: org.Founding{Name: "陶氏物流党总支", Kind: rule.Branch, FoundedOn: today}}, "org.name.duplicate"},
			{"before it was founded itself", org.Division{New: org.Founding{Name: "甲", Kind: rule.Branch, FoundedOn: core.NewDate(2000, 1, 1)}}, "org.on.before_founding"},
		} {
			_, err := s.Split(t.Context(), w.who, w.dow.ID, tt.d)
			t.Run(tt.name, func(t *testing.T) { refused(t, err, core.Invalid, tt.key) })
		}
		s.MovePeople = nil
		_, err = s.Split(t.Context(), w.who, w.dow.ID, org.Division{New: next, People: people[2:]})
		refused(t, err, core.Invalid, "org.split.people")
		_, err = s.Split(t.Context(), access.Machine(2), w.dow.ID, org.Division{New: next})
		refused(t, err, core.NotFound, "")
	})
}

func TestWhatStillBelongsStopsAnEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		p := w.enrol(w.first.ID, 1, may)[0]
		w.tx(func(ctx context.Context, tx *db.Tx) error { // an activist belongs without a membership
			if _, err := tx.Exec(ctx, `UPDATE persons SET kind = 'activist' WHERE realm_id = 1 AND id = $1`, p); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE memberships SET superseded_at = 1 WHERE realm_id = 1 AND person_id = $1`, p)
			return err
		})
		_, err := s.Dissolve(t.Context(), w.who, w.first.ID, org.Ending{On: today})
		refused(t, err, core.Invalid, "org.end.people")
		if _, err := s.Move(t.Context(), w.who, w.second.ID, org.Move{To: w.zone.ID, On: today}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Move(t.Context(), w.who, w.first.ID, org.Move{To: w.zone.ID, On: today}); err != nil {
			t.Fatal(err)
		}
		_, err = s.Dissolve(t.Context(), w.who, w.dow.ID, org.Ending{On: may})
		refused(t, err, core.Invalid, "org.end.below") // on that day they were still there
		if _, err := s.Dissolve(t.Context(), w.who, w.dow.ID, org.Ending{On: today}); err != nil {
			t.Errorf("on the day they left: %v", err)
		}
	})
}

func TestOfficersAndTermEndWithTheOrganisation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		p := w.enrol(w.second.ID, 1, core.NewDate(2020, 1, 1))[0]
		for _, day := range []core.Date{may.AddDays(-1), may} { // one before the end, one on it
			if _, err := s.Appoint(t.Context(), w.who, org.Duty{Org: w.first.ID, Person: p, Code: map[bool]string{true: "secretary", false: "deputy"}[day == may], From: day}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.SetTerm(t.Context(), w.who, w.first.ID, org.Term{ElectedOn: core.NewDate(2025, 1, 1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Merge(t.Context(), w.who, w.first.ID, w.second.ID, org.Ending{On: may}); err != nil {
			t.Fatal(err)
		}
		then, err := s.Page(t.Context(), w.who, w.first.ID, core.Moment{On: may.AddDays(-1)})
		if err != nil || len(then.Officers) != 1 || then.Officers[0].Period.To != may {
			t.Errorf("the day before: %+v, %v", then.Officers, err)
		}
		now, err := s.Page(t.Context(), w.who, w.first.ID, core.Moment{})
		if err != nil || len(now.Officers) != 0 || !now.Term.IsZero() || now.Terms[0].EndedOn != may || now.Existed {
			t.Errorf("now: %+v, %+v, %v", now.Officers, now.Terms, err)
		}
		if last := now.Growth.Milestones[len(now.Growth.Milestones)-1]; last.Event != org.Dissolved || last.On != may {
			t.Errorf("the last milestone: %+v", last)
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			terms, err := org.TermsNow(ctx, tx, 1, []core.OrgID{w.first.ID, w.second.ID})
			if len(terms) != 0 {
				t.Errorf("terms of now: %v", terms)
			}
			return err
		})
	})
}

func TestManyFoundingsThatCannotBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		good := org.Founding{Parent: w.zone.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: may}
		edit := func(f func(*org.Founding)) org.Founding { e := good; f(&e); return e }
		for _, tt := range []struct {
			name string
			fs   []org.Founding
			key  string
		}{
			{"a parent that comes later", []org.Founding{edit(func(f *org.Founding) { f.Within = 2 }), good}, "org.parent.missing"},
			{"a parent that ended before", []org.Founding{edit(func(f *org.Founding) { f.DissolvedOn = may.AddDays(9) }), edit(func(f *org.Founding) { f.Within = 1 })}, "org.parent.dissolved"},
			{"ended on the day it began", []org.Founding{edit(func(f *org.Founding) { f.DissolvedOn = may })}, "org.on.before_founding"},
			{"ends tomorrow", []org.Founding{edit(func(f *org.Founding) { f.DissolvedOn = today.AddDays(1) })}, "org.on.future"},
			{"a term before the founding", []org.Founding{edit(func(f *org.Founding) { f.Term = org.Term{ElectedOn: may.AddDays(-1)} })}, "org.term.before_founding"},
		} {
			err := w.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := org.FoundMany(ctx, tx, w.who, w.now, tt.fs)
				return err
			})
			t.Run(tt.name, func(t *testing.T) { refused(t, err, core.Invalid, tt.key) })
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			none, err := org.FoundMany(ctx, tx, w.who, w.now, nil)
			if len(none) != 0 {
				t.Errorf("nothing founded %v", none)
			}
			return err
		})
		if n := w.tallies(w.zone.ID)[org.CountOrgs].Below; n != 1 {
			t.Errorf("refused foundings left %d", n)
		}
	})
}
