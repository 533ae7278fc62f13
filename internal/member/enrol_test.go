package member_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
)

func TestEnrolWritesRecordAffiliationCountsAndJournal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		e.Name, e.IDNumber, e.Phone = " 张敏　", strings.ToLower(e.IDNumber), "199-0000 0417"
		p := w.enrol(e)
		if p.Name != "张敏" || p.Org != w.a || p.Kind != member.Full || !p.IDNumberIs(keys, e.IDNumber) || !p.PhoneIs(keys, "19900000417") {
			t.Errorf("got %+v", p)
		}
		want := member.Timeline{{Org: w.a, Kind: member.Full, From: day(2020, 1, 1), To: core.Forever}}
		if diff := cmp.Diff(want, bare(w.history(p.ID))); diff != "" {
			t.Error(diff)
		}
		for at, n := range map[core.OrgID]int{w.root: 1, w.park: 1, w.committee: 1, w.a: 1, w.b: 0} {
			if got := w.tally(at, "full"); got != n {
				t.Errorf("counter of %s: got %d, want %d", at, got, n)
			}
		}
		if n := w.int(`SELECT count(*) FROM persons WHERE at_1 = $1 AND at_2 = $2`, w.park, w.committee); n != 1 {
			t.Error("the ancestors at depth 1 and 2 are not kept")
		}
		w.view(func(tx *db.Tx) error {
			if _, err := member.Find(t.Context(), tx, 2, p.ID); !errors.Is(err, core.NotFound) {
				t.Errorf("another realm finds the person: %v", err)
			}
			if _, err := member.ByIDNumber(t.Context(), tx, keys, 2, e.IDNumber); !errors.Is(err, core.NotFound) {
				t.Errorf("another realm finds the number: %v", err)
			}
			got, err := member.ByIDNumber(t.Context(), tx, keys, 1, e.IDNumber)
			if got.ID != p.ID {
				t.Errorf("by id number: got %v", got.ID)
			}
			return err
		})
	})
}

// bare drops the row ids, which differ each time.
func bare(t member.Timeline) member.Timeline {
	out := member.Timeline{}
	for _, a := range t {
		a.ID = 0
		out = append(out, a)
	}
	return out
}

func TestPastAffiliationsAndProbationAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		e.From = day(2019, 3, 1) // confirmed on 2019-06-01
		e.Past = []member.Affiliation{{Org: w.b, Kind: member.Probationary, From: day(2018, 6, 1), To: day(2019, 3, 1)}}
		want := member.Timeline{
			{Org: w.b, Kind: member.Probationary, From: day(2018, 6, 1), To: day(2019, 3, 1)},
			{Org: w.a, Kind: member.Probationary, From: day(2019, 3, 1), To: day(2019, 6, 1)},
			{Org: w.a, Kind: member.Full, From: day(2019, 6, 1), To: core.Forever},
		}
		if diff := cmp.Diff(want, bare(w.history(w.enrol(e).ID))); diff != "" {
			t.Error(diff)
		}
		today := member.Enrolment{Name: "王芳", Kind: member.Full, Org: w.b}
		if got, _ := w.history(w.enrol(today).ID).Now(); got.From != core.DateOf(now) {
			t.Errorf("since a day that was not told: got %s", got.From)
		}
	})
}

func TestEnrolRefusesWhatOnlyTheDatabaseKnows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.enrol(zhang(w.a))
		past := func(from, to core.Date) []member.Affiliation {
			return []member.Affiliation{{Org: w.b, Kind: member.Full, From: from, To: to}}
		}
		for _, tt := range []struct {
			name string
			edit func(*member.Enrolment)
			kind error
			key  string
		}{
			{"the id number of somebody else", func(e *member.Enrolment) {}, core.Conflict, "person.id_number.taken"},
			{"an organisation of another realm", func(e *member.Enrolment) { e.Org = w.far }, core.NotFound, "membership.org_unknown"},
			{"a past one of another realm", func(e *member.Enrolment) {
				e.Past = []member.Affiliation{{Org: w.far, Kind: member.Full, From: day(2018, 6, 1), To: day(2019, 6, 1)}}
			}, core.NotFound, "membership.org_unknown"},
			{"before the organisation was founded", func(e *member.Enrolment) { e.JoinedOn, e.From = day(2010, 1, 1), day(2014, 12, 31) }, core.Invalid, "membership.before_founding"},
			{"a past that overlaps", func(e *member.Enrolment) { e.Past = past(day(2019, 1, 1), day(2020, 1, 2)) }, core.Invalid, "membership.overlaps"},
			{"a past without a day", func(e *member.Enrolment) { e.Past = past(day(2019, 1, 1), day(2019, 1, 1)) }, core.Invalid, "membership.backwards"},
			{"a past without a day, of one who is no member", func(e *member.Enrolment) {
				e.Kind, e.Past = member.None, past(day(2019, 1, 1), day(2019, 1, 1))
			}, core.Invalid, "membership.backwards"},
			{"a past from before joining", func(e *member.Enrolment) { e.Past = past(day(2018, 5, 31), day(2019, 1, 1)) }, core.Invalid, "membership.before_joined"},
			{"a past that goes on", func(e *member.Enrolment) { e.Past = past(day(2019, 1, 1), core.Forever) }, core.Invalid, "membership.future"},
		} {
			e := zhang(w.a)
			if tt.kind != core.Conflict {
				e.IDNumber = number(1990, 5, 20, 777)
			}
			tt.edit(&e)
			err := w.tx(func(tx *db.Tx) error {
				_, err := member.Enrol(t.Context(), tx, keys, w.machine, now, e)
				return err
			})
			if !errors.Is(err, tt.kind) || complains(err, fieldOf(err)) != tt.key {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.key)
			}
			if strings.Contains(fmt.Sprintf("%v %v", err, core.MsgOf(err).Args), "张敏") {
				t.Errorf("%s: tells whose number it is: %v", tt.name, err)
			}
		}
		if n := w.int(`SELECT count(*) FROM persons`); n != 1 {
			t.Errorf("%d people", n)
		}
		if err := w.tx(func(tx *db.Tx) error { // the same number in another realm is another person
			_, err := member.Enrol(t.Context(), tx, keys, w.stranger, now, zhang(w.far))
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestManyAreEnrolledInTheOrderOfTheRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		places := []core.OrgID{w.other, w.a, w.b}
		rows := make([]member.Enrolment, 2500) // more than two chunks
		for i := range rows {
			rows[i] = zhang(places[i%3])
			rows[i].IDNumber, rows[i].Batch, rows[i].Position = number(1990, 5, 1+i%28, i/28), 42, fmt.Sprint(i)
		}
		var ids []core.PersonID
		w.do(func(tx *db.Tx) (err error) {
			ids, err = member.EnrolMany(t.Context(), tx, keys, w.machine, now, rows)
			return err
		})
		for _, i := range []int{0, 1, 2, 1500, 2499} {
			if p := w.find(ids[i]); p.Position != fmt.Sprint(i) || p.Org != places[i%3] || !p.IDNumberIs(keys, rows[i].IDNumber) {
				t.Errorf("row %d became %+v", i, p)
			}
		}
		if w.tally(w.root, "full") != 2500 || w.tally(w.committee, "full") != 1666 || w.int(`SELECT count(*) FROM memberships WHERE batch_id = 42`) != 2500 {
			t.Errorf("counted %d, %d", w.tally(w.root, "full"), w.tally(w.committee, "full"))
		}
		if n := w.int(`SELECT count(*) FROM journal WHERE action = 'person.enrol' AND subject_id = 42 AND after_state LIKE '%2500%'`); n != 1 {
			t.Errorf("%d entries of the journal", n)
		}
		l, err := w.service().List(t.Context(), w.machine, member.Query{Under: w.b, Search: "张", Total: true})
		if err != nil || len(l.Rows) != 20 || !l.More {
			t.Errorf("they are not found: %v, %v", l, err)
		}
	})
}

func TestTheRowThatIsRefusedIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.enrol(zhang(w.a))
		for _, tt := range []struct {
			name string
			edit func([]member.Enrolment)
			row  int
			key  string
		}{
			{"a number that is in the realm", func(r []member.Enrolment) { r[1300].IDNumber = zhang(0).IDNumber }, 1300, "person.id_number.taken"},
			{"a number that stands above", func(r []member.Enrolment) { r[1400].IDNumber = r[7].IDNumber }, 1400, "person.id_number.taken"},
			{"no name", func(r []member.Enrolment) { r[3].Name = "" }, 3, "person.name.missing"},
			{"no such organisation", func(r []member.Enrolment) { r[4].Org = w.far }, 4, "membership.org_unknown"},
		} {
			rows := make([]member.Enrolment, 1500)
			for i := range rows {
				rows[i] = zhang(w.b)
				rows[i].IDNumber = number(1991, 5, 1+i%28, i/28)
			}
			tt.edit(rows)
			err := w.tx(func(tx *db.Tx) error {
				_, err := member.EnrolMany(t.Context(), tx, keys, w.machine, now, rows)
				return err
			})
			row, ok := errors.AsType[*member.RowError](err)
			if !ok || row.Row != tt.row || complains(err, fieldOf(err)) != tt.key {
				t.Errorf("%s: got %v, want row %d, %s", tt.name, err, tt.row, tt.key)
			}
		}
		if n := w.int(`SELECT count(*) FROM persons`); n != 1 {
			t.Errorf("%d people were left", n)
		}
	})
}

func TestNothingStoredShowsAnIDNumberOrAPhone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "canary.db")
	d, err := db.OpenWith(t.Context(), path, db.Scratch)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, d)
	e := zhang(w.a)
	p := w.enrol(e)
	other := zhang(w.b)
	other.IDNumber, other.Phone = number(1988, 8, 8, 888), "19911112222"
	phone := "19933334444"
	w.do(func(tx *db.Tx) error {
		if _, err := member.EnrolMany(t.Context(), tx, keys, w.machine, now, []member.Enrolment{other}); err != nil {
			return err
		}
		_, err := member.Update(t.Context(), tx, keys, w.machine, now, p.ID, member.Change{Phone: &phone})
		return err
	})
	if _, err := w.service().OpenField(t.Context(), w.machine, p.ID, member.Phone, member.Purpose{Code: "contact"}); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b...)
	}
	if !bytes.Contains(raw, []byte("张敏")) {
		t.Fatal("the file does not even hold the name")
	}
	for _, canary := range []string{e.IDNumber, e.Phone, other.IDNumber, other.Phone, phone, e.IDNumber[6:], e.Phone[3:]} {
		if bytes.Contains(raw, []byte(canary)) {
			t.Errorf("%s stands in the file", canary)
		}
	}
}
