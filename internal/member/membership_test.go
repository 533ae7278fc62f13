package member_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func (w *world) transfer(id core.PersonID, to core.OrgID, on core.Date, version int) (p member.Person, err error) {
	err = w.tx(func(tx *db.Tx) (err error) {
		p, err = member.Transfer(w.t.Context(), tx, w.machine, now, id, to, on, "调动", version, 0)
		return err
	})
	return p, err
}

func TestTransferClosesAndOpensOnTheSameDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		got, err := w.transfer(p.ID, w.other, day(2026, 3, 1), p.Version)
		if err != nil || got.Org != w.other || got.Version != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}
		want := member.Timeline{
			{Org: w.a, Kind: member.Full, From: day(2020, 1, 1), To: day(2026, 3, 1)},
			{Org: w.other, Kind: member.Full, From: day(2026, 3, 1), To: core.Forever},
		}
		if diff := cmp.Diff(want, bare(w.history(p.ID))); diff != "" {
			t.Error(diff)
		}
		for at, n := range map[core.OrgID]int{w.a: 0, w.committee: 0, w.other: 1, w.park: 1, w.root: 1} {
			if got := w.tally(at, "full"); got != n {
				t.Errorf("counter of %s: got %d, want %d", at, got, n)
			}
		}
		if n := w.int(`SELECT count(*) FROM persons WHERE id = $1 AND at_1 = $2 AND at_2 = $3 AND at_org = $3`, p.ID, w.park, w.other); n != 1 {
			t.Error("the list does not say what the membership says")
		}
		if n := w.int(`SELECT count(*) FROM memberships WHERE superseded_at IS NOT NULL AND valid_to = '9999-12-31'`); n != 1 {
			t.Error("what was known before is gone")
		}
	})
}

func TestTransferRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		gone := w.found(w.machine, w.committee, "旧支部", rule.Branch)
		young := w.found(w.machine, w.committee, "新支部", rule.Branch)
		s := &org.Service{DB: d, Now: w.service().Now}
		if _, err := s.Dissolve(t.Context(), w.machine, gone, org.Ending{On: day(2025, 1, 1), Reason: "撤销"}); err != nil {
			t.Fatal(err, core.FieldsOf(err))
		}
		w.do(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE orgs SET founded_on = '2026-05-01' WHERE id = $1`, young)
			return err
		})
		for _, tt := range []struct {
			name string
			to   core.OrgID
			on   core.Date
			kind error
			key  string
		}{
			{"a day in the future", w.b, today.AddDays(1), core.Invalid, "membership.future"},
			{"a day before the present affiliation", w.b, day(2019, 12, 31), core.Invalid, "membership.overlaps"},
			{"a dissolved organisation", gone, day(2024, 1, 1), core.Invalid, "membership.org_dissolved"},
			{"a day before the other was founded", young, day(2026, 4, 30), core.Invalid, "membership.before_founding"},
			{"another realm", w.far, day(2026, 3, 1), core.NotFound, "membership.org_unknown"},
			{"nowhere", 0, day(2026, 3, 1), core.NotFound, "membership.org_unknown"},
			{"where one is", w.a, day(2026, 3, 1), core.Invalid, "membership.same_org"},
		} {
			_, err := w.transfer(p.ID, tt.to, tt.on, 0)
			if !errors.Is(err, tt.kind) || complains(err, fieldOf(err)) != tt.key {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.key)
			}
		}
		if _, err := w.transfer(p.ID, young, day(2026, 5, 1), 0); err != nil {
			t.Errorf("on the day of founding: %v", err)
		}
		_, err := w.transfer(p.ID, w.b, today, p.Version)
		stale, ok := errors.AsType[*member.Stale](err)
		if !errors.Is(err, core.Conflict) || !ok || stale.Theirs.Org != young || stale.Theirs.Version != 2 {
			t.Errorf("an old version: got %v", err)
		}
		w.do(func(tx *db.Tx) error {
			return member.Remove(t.Context(), tx, w.machine, now, []core.PersonID{p.ID}, "", 0)
		})
		if _, err := w.transfer(p.ID, w.b, today, 0); complains(err, "") != "person.removed" {
			t.Errorf("somebody removed: got %v", err)
		}
		if err := w.tx(func(tx *db.Tx) error {
			_, err := member.Transfer(t.Context(), tx, w.stranger, now, p.ID, w.far, today, "", 0, 0)
			return err
		}); !errors.Is(err, core.NotFound) {
			t.Errorf("from another realm: got %v", err)
		}
	})
}

// fieldOf returns the one field that err complains about.
func fieldOf(err error) string {
	for f := range core.FieldsOf(err) {
		return f
	}
	return ""
}

func TestAnActivistsRecordMovesWithoutAMembership(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(member.Enrolment{Name: "王芳", Kind: member.Activist, Org: w.a})
		if _, err := w.transfer(p.ID, w.b, today, 0); err != nil {
			t.Fatal(err)
		}
		if len(w.history(p.ID)) != 0 || w.find(p.ID).Org != w.b || w.tally(w.b, member.Activist) != 1 || w.tally(w.a, member.Activist) != 0 {
			t.Errorf("got %v, %+v", w.history(p.ID), w.find(p.ID))
		}
		if err := w.tx(func(tx *db.Tx) error {
			_, err := member.EndMembership(t.Context(), tx, w.machine, now, p.ID, today, "", 0, 0)
			return err
		}); complains(err, "") != "membership.none" {
			t.Errorf("ending what is not there: got %v", err)
		}
	})
}

func TestConfirmAndEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		e.Kind, e.ConfirmedOn, e.JoinedOn, e.From = member.Probationary, core.Date{}, day(2025, 6, 1), day(2025, 6, 1)
		p := w.enrol(e)
		confirm := func(on core.Date) (p2 member.Person, err error) {
			err = w.tx(func(tx *db.Tx) (err error) {
				p2, err = member.Confirm(t.Context(), tx, w.machine, now, p.ID, on, 0, 0)
				return err
			})
			return p2, err
		}
		if _, err := confirm(day(2025, 5, 31)); complains(err, "on") != "person.confirmed_on.before_joined" {
			t.Errorf("before joining: got %v", err)
		}
		if _, err := confirm(today.AddDays(1)); complains(err, "on") != "membership.future" {
			t.Errorf("tomorrow: got %v", err)
		}
		got, err := confirm(day(2026, 6, 1))
		if err != nil || got.Kind != member.Full || got.ConfirmedOn != day(2026, 6, 1) || w.find(p.ID).ConfirmedOn != day(2026, 6, 1) {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := confirm(day(2026, 6, 2)); complains(err, "kind") != "membership.not_probationary" {
			t.Errorf("twice: got %v", err)
		}
		end := func(on core.Date) error {
			return w.tx(func(tx *db.Tx) error {
				_, err := member.EndMembership(t.Context(), tx, w.machine, now, p.ID, on, "转出本市", 0, 0)
				return err
			})
		}
		if err := end(day(2026, 5, 31)); complains(err, "") != "membership.ends_before" {
			t.Errorf("before the present affiliation: got %v", err)
		}
		if err := end(day(2026, 10, 1)); err != nil {
			t.Fatal(err)
		}
		want := member.Timeline{
			{Org: w.a, Kind: member.Probationary, From: day(2025, 6, 1), To: day(2026, 6, 1)},
			{Org: w.a, Kind: member.Full, From: day(2026, 6, 1), To: day(2026, 10, 1)},
		}
		if diff := cmp.Diff(want, bare(w.history(p.ID))); diff != "" {
			t.Error(diff)
		}
		if q := w.find(p.ID); q.Kind != member.None || q.Org != w.a || w.tally(w.a, member.None) != 1 || w.tally(w.a, member.Full) != 0 {
			t.Errorf("got %+v", q)
		}
	})
}

func TestATemporaryBranchDoesNotConfirm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		temporary := w.found(w.machine, w.committee, "临时支部", rule.TemporaryBranch)
		e := zhang(temporary)
		e.Kind, e.ConfirmedOn = member.Probationary, core.Date{}
		p := w.enrol(e)
		if err := w.tx(func(tx *db.Tx) error {
			_, err := member.Confirm(t.Context(), tx, w.machine, now, p.ID, today, 0, 0)
			return err
		}); !errors.Is(err, core.Invalid) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRacesNeverGiveTwoAffiliations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for _, to := range []core.OrgID{w.b, w.other, w.committee, w.b, w.other, w.park} {
			wg.Go(func() {
				if _, err := w.transfer(p.ID, to, today, p.Version); err == nil {
					mu.Lock()
					done++
					mu.Unlock()
				} else if !errors.Is(err, core.Conflict) {
					t.Errorf("got %v", err)
				}
			})
		}
		for range 4 {
			wg.Go(func() {
				err := w.tx(func(tx *db.Tx) error {
					_, err := member.Correct(t.Context(), tx, w.machine, now, p.ID, member.Correction{
						Became: &member.Affiliation{Org: w.b, Kind: member.Full, From: day(2019, 1, 1), To: day(2019, 6, 1)},
					})
					return err
				})
				if err != nil && complains(err, "") != "membership.overlaps" {
					t.Errorf("a forgotten row: got %v", err)
				}
			})
		}
		wg.Wait()
		if done > 1 {
			t.Errorf("%d transfers from one version", done)
		}
		line := w.history(p.ID)
		for n, a := range line {
			if n > 0 && a.From.Before(line[n-1].To) {
				t.Errorf("two affiliations on one day: %v", line)
			}
		}
		if n := w.tally(w.root, "full"); n != 1 {
			t.Errorf("one person is counted %d times", n)
		}
		if at, ok := line.Now(); !ok || w.find(p.ID).Org != at.Org {
			t.Errorf("the list says %s, the membership %v", w.find(p.ID).Org, at)
		}
	})
}

func TestTheSameNumberAtTheSameTimeIsEnrolledOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				err := w.tx(func(tx *db.Tx) error {
					_, err := member.Enrol(t.Context(), tx, keys, w.machine, now, zhang(w.a))
					return err
				})
				if err != nil && !errors.Is(err, core.Conflict) {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if n := w.int(`SELECT count(*) FROM persons`); n != 1 || w.tally(w.root, "full") != 1 {
			t.Errorf("%d people, %d counted", n, w.tally(w.root, "full"))
		}
	})
}
