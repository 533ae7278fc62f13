package member_test

import (
	"errors"
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
