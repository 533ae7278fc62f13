package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// killed imports a file and dies after some parts; it reports whether the
// import came to its end.
func (w *world) killed(t *testing.T, u intake.Upload, parts int) bool {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	n := 0
	_, _, err := w.Import(ctx, w.who, u, intake.Options{Progress: func(done, total int) {
		if n++; n == parts {
			kill()
		}
	}})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if parts > 1 { // a process that is killed leaves the batch as it was
		w.tx(t, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE batches SET state = 'writing', written_at = NULL WHERE state = 'stopped'`)
			return err
		})
	}
	return err == nil
}

func TestAKilledImportGoesOnAndEveryRowIsThereOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.PartSize = 7
		for _, f := range []struct {
			entity intake.Entity
			name   string
		}{{intake.Orgs, "units.xlsx"}, {intake.Members, "members.xlsx"}} {
			u := intake.Upload{Entity: f.entity, Under: w.root.ID, Name: f.name, Data: roster(t, f.name)}
			times := 0
			for !w.killed(t, u, 1+times%3) {
				if times++; times > 100 {
					t.Fatal("it never ends")
				}
			}
			if f.entity == intake.Members && times < 20 {
				t.Errorf("killed %d times only", times)
			}
			r := w.take(t, f.entity, w.root, f.name, u.Data, intake.Options{})
			if want := map[intake.Entity]int{intake.Orgs: 25, intake.Members: 329}[f.entity]; r.Unchanged != want {
				t.Errorf("%s afterwards: %+v", f.name, r)
			}
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM orgs WHERE realm_id = 1`: 26, `SELECT count(*) FROM persons`: 329, `SELECT count(*) FROM memberships`: 329,
			`SELECT count(*) FROM enterprises`: 7, `SELECT count(*) FROM batches WHERE state = 'written'`: 4, `SELECT count(*) FROM batches`: 4,
			`SELECT count(*) FROM batch_rows WHERE subject_id IS NOT NULL`: 2 * (25 + 329), `SELECT count(*) FROM batch_rows`: 2 * (30 + 383),
		} {
			if got := w.count(t, query); got != want {
				t.Errorf("%s: got %d, want %d", query, got, want)
			}
		}
	})
}

func TestTheReportOfAResumedImportTellsOfAllRows(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	w.PartSize = 5
	u := intake.Upload{Entity: intake.Orgs, Under: w.root.ID, Name: "units.xlsx", Data: roster(t, "units.xlsx")}
	if w.killed(t, u, 6) { // the last part holds refused rows, the sixth too
		t.Skip("it was not killed")
	}
	r, _, err := w.Import(t.Context(), w.who, u, intake.Options{})
	if err != nil || r.Created != 25 || r.Rejected != 5 || len(r.Problems) != 5 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// people is a roster of n people, each with an id number of its own.
func people(n int, unit string) []byte {
	var b strings.Builder
	b.WriteString("姓名,性别,出生日期,身份证号码,入党日期,人员类别,所在支部,手机号码\n")
	for i := range n {
		fmt.Fprintf(&b, "王%s,男,1980-01-01,%s,2010-07-01,正式党员,%s,1990%07d\n", han(i), number(i), unit, i)
	}
	return []byte(b.String())
}

// han writes a number with characters that may stand in a name.
func han(n int) string {
	digits := []rune("甲乙丙丁戊己庚辛壬癸")
	s := ""
	for n > 0 || s == "" {
		s = string(digits[n%10]) + s
		n /= 10
	}
	return s
}

// number makes a valid id number of a man born on 1980-01-01; 500 exist for
// each area, and there are many areas.
func number(i int) string {
	s := fmt.Sprintf("%06d19800101%03d", 320500+i/500, i%500*2+1)
	sum := 0
	for k, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(s[k]-'0')
	}
	return s + "10X98765432"[sum%11:sum%11+1]
}

func TestAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.PartSize = 2
		w.found(t, w.who, org.Founding{Parent: w.root.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
		bad := append(people(5, "甲支部"), "张三,男,1980-01-01,123,2010-07-01,正式党员,甲支部,\n"...)
		r, id, err := w.Import(t.Context(), w.who, intake.Upload{Entity: intake.Members, Under: w.root.ID, Name: "x.csv", Data: bad}, intake.Options{Whole: true})
		if err != nil || r.Rejected != 1 || r.Accepted != 5 || r.Created != 0 {
			t.Errorf("one row is refused: %+v, %v", r, err)
		}
		if n := w.count(t, `SELECT count(*) FROM persons`); n != 0 {
			t.Errorf("%d people were written", n)
		}
		if b, err := w.Find(t.Context(), w.who, id); err != nil || b.State != intake.Checked || b.Counts[intake.Refused] != 1 {
			t.Errorf("the batch is %s %v, %v", b.State, b.Counts, err)
		}
		if _, err := w.Write(t.Context(), w.who, id, intake.Options{Whole: true}); core.MsgOf(err).Key != "intake.whole_refused" {
			t.Errorf("writing it all the same: %v", err)
		}
		if r := w.take(t, intake.Members, w.root, "y.csv", people(5, "甲支部"), intake.Options{Whole: true}); r.Created != 5 {
			t.Errorf("five good rows: %+v", r)
		}
		b, err := w.Write(t.Context(), w.who, id, intake.Options{})
		if err != nil || b.State != intake.Written || b.Counts[intake.Unchanged] != 5 || b.Counts[intake.New] != 0 {
			t.Errorf("the good rows, which are there by now: %s %v, %v", b.State, b.Counts, err)
		}
	})
}
