package member_test

import (
	"fmt"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func TestPeopleAreMatchedInOneRealm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rows := make([]member.Enrolment, 40) // more than one statement looks for
		numbers := []string{"", "no number"}
		for i := range rows {
			rows[i] = zhang(w.a)
			rows[i].IDNumber = number(1990, 5, 1+i%28, i)
			numbers = append(numbers, rows[i].IDNumber)
		}
		rows[7].IDNumber, rows[8].Org, rows[9].Name = "", w.b, "章敏"
		var ids []core.PersonID
		w.do(func(tx *db.Tx) (err error) {
			ids, err = member.EnrolMany(t.Context(), tx, keys, w.machine, now, rows)
			return err
		})
		w.do(func(tx *db.Tx) error { return member.Remove(t.Context(), tx, w.machine, now, ids[39:], "", 0) })
		for realm, want := range map[core.RealmID]int{1: 38, 2: 0} {
			w.view(func(tx *db.Tx) error {
				ctx := t.Context()
				found, err := member.ByIDNumbers(ctx, tx, keys, realm, numbers)
				if err != nil || len(found) != want || want > 0 && found[rows[3].IDNumber].ID != ids[3] {
					t.Errorf("realm %d: %d by number, %v", realm, len(found), err)
				}
				some, err := member.Some(ctx, tx, realm, ids)
				if err != nil || len(some) != 40 && realm == 1 || len(some) != 0 && realm == 2 {
					t.Errorf("realm %d: %d by id, %v", realm, len(some), err)
				}
				versions, err := member.Versions(ctx, tx, realm, ids)
				if err != nil || len(versions) != 39 && realm == 1 || len(versions) != 0 && realm == 2 {
					t.Errorf("realm %d: %d versions, %v", realm, len(versions), err)
				}
				named, err := member.Named(ctx, tx, 1, w.a, "張 敏")
				if err != nil || len(named) != 37 {
					t.Errorf("%d of that name, %v", len(named), err)
				}
				return nil
			})
		}
		w.view(func(tx *db.Tx) error {
			kept, err := member.KeptAt(t.Context(), tx, 1, w.find(ids[0]).Path)
			if err != nil || len(kept) != 38 || kept[0].ID != ids[0] || !kept[0].Numbered || kept[7].Numbered || kept[0].BornOn != rows[0].BornOn {
				t.Errorf("kept: %d, %v", len(kept), err)
			}
			id, phone, err := w.find(ids[3]).Numbers(keys)
			if id != rows[3].IDNumber || phone != rows[3].Phone {
				t.Errorf("numbers: got %s, %s", id, phone)
			}
			return err
		})
	})
}

func TestEverybodyOfADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.enrol(zhang(w.a))
		activist := w.enrol(member.Enrolment{Name: "王芳", Kind: member.Activist, Org: w.b})
		if _, err := w.transfer(p.ID, w.other, day(2026, 3, 1), 0); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			under core.OrgID
			on    core.Date
			want  string
		}{
			{w.committee, core.Date{}, fmt.Sprint(activist.ID, w.b)},
			{w.park, core.Date{}, fmt.Sprint(activist.ID, w.b, p.ID, w.other)},
			{w.park, day(2026, 2, 28), fmt.Sprint(p.ID, w.a)},
			{w.park, day(2026, 3, 1), fmt.Sprint(p.ID, w.other)},
			{w.committee, day(2026, 3, 1), ""},
			{w.park, day(2019, 12, 31), ""},
		} {
			w.view(func(tx *db.Tx) error {
				r, err := access.RangeOf(t.Context(), tx, 1, tt.under)
				if err != nil {
					return err
				}
				var got []any
				err = member.Each(t.Context(), tx, 1, r, tt.on, func(p member.Person) error {
					got = append(got, p.ID, p.Org)
					return nil
				})
				if fmt.Sprint(got...) != tt.want {
					t.Errorf("under %s on %s: got %v, want %s", tt.under, tt.on, got, tt.want)
				}
				return err
			})
		}
	})
}

func TestManyPlacesAreReadAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		fs := make([]org.Founding, 230)
		for i := range fs {
			fs[i] = org.Founding{Parent: w.committee, Name: fmt.Sprint("支部", i), Kind: rule.Branch, FoundedOn: day(2015, 1, 1)}
		}
		var made []org.Org
		rows := make([]member.Enrolment, len(fs))
		w.do(func(tx *db.Tx) (err error) {
			if made, err = org.FoundMany(t.Context(), tx, w.machine, now, fs); err != nil {
				return err
			}
			for i, o := range made {
				rows[i] = member.Enrolment{Name: "王芳", Kind: member.Full, Org: o.ID, From: day(2020, 1, 1)}
			}
			_, err = member.EnrolMany(t.Context(), tx, keys, w.machine, now, rows)
			return err
		})
		if n := w.int(`SELECT count(*) FROM persons p JOIN orgs o ON o.id = p.at_org AND o.path = p.at_path WHERE p.at_1 = $1 AND p.at_2 = $2`, w.park, w.committee); n != len(fs) {
			t.Errorf("%d of %d stand where they are", n, len(fs))
		}
		rows[100].Org = w.far
		if err := w.tx(func(tx *db.Tx) error {
			_, err := member.EnrolMany(t.Context(), tx, keys, w.machine, now, rows)
			return err
		}); complains(err, "") != "membership.org_unknown" {
			t.Errorf("one place of another realm: got %v", err)
		}
	})
}
