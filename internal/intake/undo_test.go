package intake_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// put imports a file and returns its batch.
func (w *world) put(t *testing.T, e intake.Entity, name string, data []byte) core.ID {
	t.Helper()
	_, id, err := w.Import(t.Context(), w.who, intake.Upload{Entity: e, Under: w.root.ID, Name: name, Data: data}, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// members counts the members of the first realm at a moment.
func (w *world) members(t *testing.T, m core.Moment) (n int) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) error {
		counts, err := member.CountsAt(t.Context(), tx, 1, m)
		for _, c := range counts {
			n += c.Members()
		}
		return err
	})
	return n
}

// orgs counts the organisations of the first realm at a moment.
func (w *world) orgs(t *testing.T, m core.Moment) (n int) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) error {
		tree, err := org.At(t.Context(), tx, 1, m)
		if err == nil {
			n = tree.Len()
		}
		return err
	})
	return n
}

func (w *world) pass(days int) { *w.clock = w.clock.AddDate(0, 0, days) }

func TestAnImportIsTakenBackAsOneUnit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		units := w.put(t, intake.Orgs, "units.xlsx", roster(t, "units.xlsx"))
		members := w.put(t, intake.Members, "members.xlsx", roster(t, "members.xlsx"))
		between := w.Now()
		today := core.DateOf(between)
		w.pass(2)

		if _, err := w.Undo(t.Context(), w.who, units); core.KindOf(err) != core.Conflict {
			t.Fatalf("organisations that have members vanish: %v", err)
		}
		for _, id := range []core.ID{members, units} {
			b, err := w.Undo(t.Context(), w.who, id)
			if err != nil || b.State != intake.Undone || b.UndoneAt.IsZero() {
				t.Fatalf("undo: %s, %v", b.State, err)
			}
		}
		now := core.Moment{On: core.DateOf(w.Now())}
		if n := w.members(t, now); n != 0 {
			t.Errorf("%d members are left", n)
		}
		if n := w.orgs(t, now); n != 1 {
			t.Errorf("%d organisations are left", n)
		}
		then := core.Moment{On: today, KnownAt: between}
		if m, o := w.members(t, then), w.orgs(t, then); m != 329 || o != 26 {
			t.Errorf("as known between: %d members of %d organisations", m, o)
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM orgs WHERE realm_id = 1 AND dissolved_on IS NULL`:                           1,
			`SELECT count(*) FROM persons WHERE realm_id = 1 AND removed_at IS NULL`:                          0,
			`SELECT count(*) FROM persons WHERE id_number IS NOT NULL OR phone IS NOT NULL`:                   0,
			`SELECT count(*) FROM enterprises WHERE realm_id = 1 AND path <> ''`:                              0,
			`SELECT count(*) FROM hostings WHERE superseded_at IS NULL`:                                       0,
			`SELECT count(*) FROM grouping_members WHERE superseded_at IS NULL`:                               0,
			`SELECT count(*) FROM clocks WHERE ended_at IS NULL`:                                              0,
			`SELECT count(*) FROM tallies WHERE realm_id = 1 AND what <> 'orgs' AND (own <> 0 OR below <> 0)`: 0,
			`SELECT count(*) FROM tallies WHERE realm_id = 1 AND what = 'orgs' AND below > 1`:                 0,
		} {
			if got := w.count(t, query); got != want {
				t.Errorf("%s: got %d, want %d", query, got, want)
			}
		}
		if _, err := w.Undo(t.Context(), w.who, units); core.KindOf(err) != core.Conflict {
			t.Errorf("undone twice: %v", err)
		}
		again := w.take(t, intake.Orgs, w.root, "units.xlsx", roster(t, "units.xlsx"), intake.Options{})
		if again.Created != 25 {
			t.Errorf("imported again: %d created", again.Created)
		}
		if again = w.take(t, intake.Members, w.root, "members.xlsx", roster(t, "members.xlsx"), intake.Options{}); again.Created != 329 {
			t.Errorf("imported again: %d created", again.Created)
		}
	})
}

const (
	ledgerBefore = "党组织名称,上级党组织,党组织类别,成立日期,本届任期届满日期,所在单位名称,统一社会信用代码,单位类型,职工人数,产业链,楼宇\n" +
		"甲党总支,,党总支,2015-03-01,2027-03-31,甲公司,91320599LWNW30LMKX,民营,100,新材料,一座\n" +
		"甲一支部,甲党总支,党支部,2016-03-01,2027-03-31,甲公司,91320599LWNW30LMKX,民营,100,,\n" +
		"甲二支部,甲党总支,党支部,2017-03-01,,,,,,,\n"
	ledgerAfter = "党组织名称,上级党组织,党组织类别,成立日期,本届任期届满日期,所在单位名称,统一社会信用代码,单位类型,职工人数,产业链,楼宇\n" +
		"甲党总支,,党委,2015-02-01,2028-03-31,甲集团公司,91320599LWNW30LMKX,中外合资,120,生物医药,二座\n" +
		"甲一支部,甲党总支,党支部,2016-03-01,2027-03-31,乙公司,91320599MUTU520NLX,民营,30,,\n" +
		"甲二支部,甲党总支,党支部,2017-03-01,2029-01-01,,,,,,\n"
	rosterBefore = "姓名,性别,出生日期,身份证号码,入党日期,转正日期,人员类别,所在支部,手机号码,备注\n" +
		"李静,男,1971-09-25,32059919710925131X,2001-11-01,2002-11-01,正式党员,甲一支部,19905901355,\n" +
		"沈英,男,1973-07-17,320599197307176672,2026-02-11,,预备党员,甲一支部,19906880899,\n"
	rosterAfter = "姓名,性别,出生日期,身份证号码,入党日期,转正日期,人员类别,所在支部,手机号码,备注\n" +
		"李静雅,男,1971-09-25,32059919710925131X,2001-11-01,2002-11-01,正式党员,甲二支部,19905902296,调入\n" +
		"沈英,男,1973-07-17,320599197307176672,2026-02-11,2026-11-20,正式党员,甲一支部,,\n"
)

// snapshot is what a world's lists say.
func (w *world) snapshot(t *testing.T) string {
	t.Helper()
	s := ""
	for _, e := range []intake.Entity{intake.Orgs, intake.Enterprises, intake.Members} {
		s += string(w.export(t, intake.Export{Entity: e, Under: w.root.ID, Lang: core.Hans, CSV: true, Sensitive: e == intake.Members, Why: verify}))
	}
	return s
}

func TestChangesAreTakenBackToTheOldValues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		w.put(t, intake.Members, "1.csv", []byte(rosterBefore))
		before := w.snapshot(t)
		w.pass(1)
		r := w.take(t, intake.Orgs, w.root, "2.csv", []byte(ledgerAfter), intake.Options{DryRun: true})
		if r.Updated != 3 {
			t.Fatalf("the second ledger: %+v", r)
		}
		units := w.put(t, intake.Orgs, "2.csv", []byte(ledgerAfter))
		members := w.put(t, intake.Members, "2.csv", []byte(rosterAfter))
		between, known := w.snapshot(t), w.Now()
		if between == before {
			t.Fatal("nothing was changed")
		}
		if again := w.take(t, intake.Orgs, w.root, "2.csv", []byte(ledgerAfter), intake.Options{}); again.Unchanged != 3 {
			t.Fatalf("the second ledger again: %+v", again)
		}
		w.pass(1)
		for _, id := range []core.ID{units, members} {
			if _, err := w.Undo(t.Context(), w.who, id); err != nil {
				t.Fatal(err)
			}
		}
		if after := w.snapshot(t); after != before {
			t.Errorf("after taking back:\n%s\nbefore:\n%s", after, before)
		}
		one := w.named(t, "甲一支部")
		w.tx(t, func(tx *db.Tx) error {
			f, err := org.FactAt(t.Context(), tx, 1, one.Parent, core.Moment{On: core.DateOf(known), KnownAt: known})
			if err != nil || f.Kind != "committee" {
				t.Errorf("as known between the parent was a %s: %v", f.Kind, err)
			}
			e, err := enterprise.ByCode(t.Context(), tx, 1, "91320599MUTU520NLX")
			if !errors.Is(err, core.NotFound) {
				t.Errorf("an enterprise that never was is found: %v, %v", e.Name, err)
			}
			return nil
		})
	})
}

func TestWhatWasEditedSinceIsNotTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		id := w.put(t, intake.Members, "1.csv", []byte(rosterBefore))
		w.tx(t, func(tx *db.Tx) error {
			p, err := member.ByIDNumber(t.Context(), tx, w.Keys, 1, "320599197307176672")
			if err != nil {
				return err
			}
			note := "住址待核"
			_, err = member.Update(t.Context(), tx, w.Keys, w.who, w.Now(), p.ID, member.Change{Note: &note})
			return err
		})
		_, err := w.Undo(t.Context(), w.who, id)
		e, ok := errors.AsType[*intake.Edited](err)
		if core.KindOf(err) != core.Conflict || !ok || len(e.Rows) != 1 || e.Rows[0].Title != "沈英" {
			t.Fatalf("got %v, %+v", err, e)
		}
		if n := w.members(t, core.Moment{On: core.DateOf(w.Now())}); n != 2 {
			t.Errorf("%d members, though nothing was to be taken back", n)
		}
		if b, err := w.Find(t.Context(), w.who, id); err != nil || b.State != intake.Written {
			t.Errorf("the batch is %s: %v", b.State, err)
		}
	})
}

// TestAnUndoLeavesTheErasedAlone: a rule has erased one of the people of a
// batch; the rows of the others are taken back, and it says how many were not.
func TestAnUndoLeavesTheErasedAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		fresh := w.put(t, intake.Members, "2.csv", []byte(rosterBefore))
		named := func(name string) (id core.PersonID) {
			t.Helper()
			return core.PersonID(w.count(t, `SELECT coalesce(max(id), 0) FROM persons WHERE realm_id = 1 AND removed_at IS NULL AND name = '`+name+`'`))
		}
		erase := func(id core.PersonID) {
			t.Helper()
			w.tx(t, func(tx *db.Tx) error { // as the rule does
				if _, err := tx.Exec(t.Context(), `UPDATE batch_rows SET title = '', place = '', undo = NULL WHERE realm_id = 1 AND subject_id = $1`, id); err != nil {
					return err
				}
				return member.Erase(t.Context(), tx, w.Now(), 1, []core.PersonID{id})
			})
		}
		left := named("李静")
		erase(left)
		b, err := w.Undo(t.Context(), w.who, fresh)
		if err != nil || b.State != intake.Undone || b.Erased != 1 {
			t.Fatalf("undone: %s, %d left, %v", b.State, b.Erased, err)
		}
		if n := w.count(t, `SELECT count(*) FROM persons WHERE id = $1 AND name = $2 AND erased_at IS NOT NULL`, left, member.ErasedName); n != 1 || named("沈英") != 0 || named("李静") != 0 {
			t.Error("the other is still there, or the erased is not as the rule left it")
		}
		if n := w.count(t, `SELECT count(*) FROM journal WHERE action = 'import.undo' AND outcome = 'done'`); n != 1 {
			t.Errorf("%d entries", n)
		}

		// What a batch changed of somebody who is erased since does not come back either.
		w.put(t, intake.Members, "3.csv", []byte(rosterBefore))
		changed := w.put(t, intake.Members, "4.csv", []byte(rosterAfter))
		erase(named("李静雅"))
		if b, err = w.Undo(t.Context(), w.who, changed); err != nil || b.Erased != 1 {
			t.Fatalf("changes undone: %d left, %v", b.Erased, err)
		}
		if n := w.count(t, `SELECT count(*) FROM persons WHERE name IN ('李静', '李静雅')`); n != 0 {
			t.Error("the erased has a name again")
		}
		if n := w.count(t, `SELECT count(*) FROM persons WHERE name = '沈英' AND kind = 'probationary'`); n != 1 {
			t.Errorf("%d of the other are as before", n)
		}
	})
}

func TestSevenDaysAreTheLimit(t *testing.T) {
	for _, tt := range []struct {
		after time.Duration
		want  error
	}{{7*24*time.Hour - time.Minute, nil}, {7*24*time.Hour + time.Minute, core.Conflict}} {
		w := newWorld(t, dbtest.SQLite(t))
		id := w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		*w.clock = w.clock.Add(tt.after)
		_, err := w.Undo(t.Context(), w.who, id)
		if (err == nil) != (tt.want == nil) || err != nil && core.MsgOf(err).Key != "intake.undo_late" {
			t.Errorf("after %s: %v", tt.after, err)
		}
	}
}

func TestWhoMayTakeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		one := w.named(t, "甲一支部")
		for name, who := range map[string]access.Actor{
			"another realm": w.they, "a registrar of a branch": w.user(t, access.Registrar, one), "a member": w.user(t, access.Member, w.root),
		} {
			if _, err := w.Undo(t.Context(), who, id); !slices.Contains([]core.Kind{core.NotFound, core.Forbidden}, core.KindOf(err)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.orgs(t, core.Moment{On: core.DateOf(w.Now())}); n != 4 {
			t.Errorf("%d organisations", n)
		}
	})
}
