package audit_test

import (
	"testing"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func about(t *testing.T, d *db.DB, realm core.RealmID, id core.ID, page core.Page) (all []audit.Entry, total int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		all, total, err = audit.About(t.Context(), tx, realm, "person", id, page)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all, total
}

// people are n ids, some close together and some far apart, not in order.
func people(n int) (ids []core.ID) {
	for i := range n {
		ids = append(ids, core.MakeID(int64(1+i%7)*86_400_000, int64(i%3), int64(i)))
	}
	return ids
}

func TestOneEntryIsAboutMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		in := people(2000)
		e := audit.Entry{By: audit.By{Realm: 1, Via: audit.Page}, Action: "export.members", Subject: "org", SubjectID: 7}
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			if err := audit.WriteAbout(t.Context(), tx, now, e, map[string]any{"sensitive": true}, in[:1999]); err != nil {
				return err
			}
			if err := audit.WriteAbout(t.Context(), tx, now, e, nil, nil); err != nil {
				return err
			}
			return audit.Write(t.Context(), tx, now, audit.Entry{By: audit.By{Realm: 1, Via: audit.Page}, Action: "person.open_field", Subject: "person", SubjectID: in[5]})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range in[:1999] {
			want := 1
			if id == in[5] {
				want = 2
			}
			if all, n := about(t, d, 1, id, core.Page{}); n != want || len(all) != want {
				t.Fatalf("%s is in %d entries, want %d", id, n, want)
			}
		}
		for _, id := range []core.ID{in[1999], 1, in[0] + 1, 1<<62 - 1} {
			if _, n := about(t, d, 1, id, core.Page{}); n != 0 {
				t.Errorf("%s is in %d entries", id, n)
			}
		}
		if _, n := about(t, d, 2, in[0], core.Page{}); n != 0 {
			t.Error("another realm sees it")
		}
		if all, n := about(t, d, 1, in[5], core.Page{Number: 2, Size: 1}); n != 2 || len(all) != 1 || all[0].Action != "export.members" {
			t.Errorf("the second page: %+v of %d", all, n)
		}
		var rows int
		if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
			rows, err = db.One(t.Context(), tx, db.Int, `SELECT count(*) FROM journal_subjects`)
			return err
		}); err != nil || rows != 4 {
			t.Errorf("%d rows for 1,999 people, %v", rows, err)
		}
	})
}

func TestAChangedListOfPeopleIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			e := audit.Entry{By: audit.By{Realm: 1, Via: audit.Page}, Action: "export.members", Subject: "org", SubjectID: 7}
			if err := audit.WriteAbout(t.Context(), tx, now, e, nil, people(600)); err != nil {
				return err
			}
			return audit.WriteAbout(t.Context(), tx, now, e, nil, nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		w.finds("") // before they are chained
		w.chain()
		w.finds("")
		for name, do := range map[string][2]string{
			"a part gone":             {`UPDATE journal_subjects SET entry_id = -1 WHERE part = 1`, `UPDATE journal_subjects SET entry_id = (SELECT max(entry_id) FROM journal_subjects) WHERE entry_id = -1`},
			"found by another id":     {`UPDATE journal_subjects SET last_id = last_id + 1 WHERE part = 0`, `UPDATE journal_subjects SET last_id = last_id - 1 WHERE part = 0`},
			"parts in other order":    {`UPDATE journal_subjects SET part = 2 WHERE part = 0`, `UPDATE journal_subjects SET part = 0 WHERE part = 2`},
			"a list that is no one's": {`INSERT INTO journal_subjects SELECT realm_id, 5, part, first_id, last_id, ids FROM journal_subjects WHERE part = 0`, `DELETE FROM journal_subjects WHERE entry_id = 5`},
		} {
			w.exec(do[0])
			if r, _ := w.verify(""); r.Findings == 0 {
				t.Errorf("%s: nothing found", name)
			}
			w.exec(do[1])
			w.finds("")
		}
	})
}
