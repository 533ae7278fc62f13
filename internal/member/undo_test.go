package member_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

func TestARemovedPersonIsInNoListAndNoCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		p := w.enrol(e)
		later := now.AddDate(0, 0, 1)
		remove := func() error {
			return w.tx(func(tx *db.Tx) error {
				return member.Remove(t.Context(), tx, w.machine, later, []core.PersonID{p.ID}, "撤销导入", 42)
			})
		}
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		for _, q := range []member.Query{{Under: w.root}, {Under: w.a}, {Under: w.root, Search: "张"}, {Under: w.root, Search: "zm"}, {Under: w.root, Search: e.IDNumber}, {Under: w.root, Kind: member.None}} {
			if l, err := w.service().List(t.Context(), w.machine, q); err != nil || len(l.Rows) != 0 {
				t.Errorf("%+v finds %v, %v", q, l.Rows, err)
			}
		}
		got := w.find(p.ID)
		if got.HasIDNumber() || got.HasPhone() || got.RemovedAt.IsZero() || len(w.history(p.ID)) != 0 || w.tally(w.root, "full") != 0 {
			t.Errorf("got %+v", got)
		}
		if n := w.int(`SELECT count(*) FROM persons WHERE id_number IS NOT NULL OR id_number_hash IS NOT NULL OR phone IS NOT NULL OR phone_hash IS NOT NULL`); n != 0 {
			t.Error("the numbers are still there")
		}
		w.view(func(tx *db.Tx) error { // what was known yesterday is still the answer of yesterday
			c, err := member.CountsAt(t.Context(), tx, 1, core.Moment{On: today, KnownAt: now})
			if c[w.a].Full != 1 {
				t.Errorf("as known before: got %v", c)
			}
			return err
		})
		if err := remove(); complains(err, "") != "person.removed" {
			t.Errorf("twice: got %v", err)
		}
		if again := w.enrol(e); again.ID == p.ID {
			t.Error("the same record came back")
		}
	})
}

func TestRestoreBringsBackRecordAndMemberships(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		p := w.enrol(e)
		var record []byte
		w.view(func(tx *db.Tx) (err error) {
			record, err = member.Save(t.Context(), tx, 1, p.ID)
			return err
		})
		if bytes.Contains(record, []byte(e.IDNumber)) || bytes.Contains(record, []byte(e.Phone)) {
			t.Error("what is saved shows a number")
		}
		before := bare(w.history(p.ID))
		if _, err := w.update(p.ID, member.Change{Name: ptr("张明"), IDNumber: ptr(number(1990, 5, 20, 456)), Phone: ptr("")}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.transfer(p.ID, w.b, today, 0); err != nil {
			t.Fatal(err)
		}
		restore := func(version int) (err error) {
			return w.tx(func(tx *db.Tx) error {
				_, err := member.Restore(t.Context(), tx, w.machine, now, p.ID, record, "撤销导入", version, 0)
				return err
			})
		}
		if err := restore(2); !errors.Is(err, core.Conflict) {
			t.Errorf("changed since: got %v", err)
		}
		for _, removed := range []bool{false, true} {
			if removed {
				w.do(func(tx *db.Tx) error {
					return member.Remove(t.Context(), tx, w.machine, now, []core.PersonID{p.ID}, "", 0)
				})
			}
			if err := restore(0); err != nil {
				t.Fatal(err)
			}
			got := w.find(p.ID)
			if got.Name != "张敏" || got.Org != w.a || !got.IDNumberIs(keys, e.IDNumber) || !got.PhoneIs(keys, e.Phone) || !got.RemovedAt.IsZero() || got.Kind != member.Full {
				t.Errorf("removed %v: got %+v", removed, got)
			}
			if diff := cmp.Diff(before, bare(w.history(p.ID))); diff != "" {
				t.Errorf("removed %v: %s", removed, diff)
			}
			if w.tally(w.a, "full") != 1 || w.tally(w.b, "full") != 0 || w.tally(w.root, "full") != 1 {
				t.Errorf("removed %v: counted %d", removed, w.tally(w.root, "full"))
			}
			if l, err := w.service().List(t.Context(), w.machine, member.Query{Under: w.a, Search: "张敏"}); err != nil || len(l.Rows) != 1 {
				t.Errorf("removed %v: found %v, %v", removed, l.Rows, err)
			}
		}
		w.do(func(tx *db.Tx) error {
			return member.Remove(t.Context(), tx, w.machine, now, []core.PersonID{p.ID}, "", 0)
		})
		w.enrol(e) // somebody enters the number anew
		if err := restore(0); !errors.Is(err, core.Conflict) || complains(err, "id_number") != "person.id_number.taken" {
			t.Errorf("a number that is taken: got %v", err)
		}
	})
}

func TestAMergerHandsOverEverybody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		stays := w.enrol(zhang(w.a))
		e := zhang(w.a)
		e.IDNumber = number(1991, 1, 1, 111)
		left := w.enrol(e)
		if _, err := w.transfer(left.ID, w.other, day(2026, 10, 1), 0); err != nil {
			t.Fatal(err)
		}
		activist := w.enrol(member.Enrolment{Name: "王芳", Kind: member.Activist, Org: w.a})
		s := &org.Service{DB: d, Now: w.service().Now, MoveMembers: member.MoveMembers, MovePeople: member.MovePeople}
		if _, err := s.Merge(t.Context(), w.machine, w.a, w.b, org.Ending{On: day(2026, 9, 1), Reason: "合并"}); err != nil {
			t.Fatal(err, core.FieldsOf(err))
		}
		want := map[core.PersonID]member.Timeline{
			stays.ID: {
				{Org: w.a, Kind: member.Full, From: day(2020, 1, 1), To: day(2026, 9, 1)},
				{Org: w.b, Kind: member.Full, From: day(2026, 9, 1), To: core.Forever},
			},
			left.ID: { // was still there when it ended
				{Org: w.a, Kind: member.Full, From: day(2020, 1, 1), To: day(2026, 9, 1)},
				{Org: w.b, Kind: member.Full, From: day(2026, 9, 1), To: day(2026, 10, 1)},
				{Org: w.other, Kind: member.Full, From: day(2026, 10, 1), To: core.Forever},
			},
			activist.ID: {},
		}
		for id, line := range want {
			if diff := cmp.Diff(line, bare(w.history(id))); diff != "" {
				t.Error(diff)
			}
		}
		if w.find(stays.ID).Org != w.b || w.find(activist.ID).Org != w.b || w.find(left.ID).Org != w.other {
			t.Error("a record stayed behind")
		}
		if w.tally(w.b, "full") != 1 || w.tally(w.a, "full") != 0 || w.tally(w.b, member.Activist) != 1 || w.tally(w.other, "full") != 1 || w.tally(w.root, "full") != 2 {
			t.Error("the counters do not follow")
		}
	})
}
