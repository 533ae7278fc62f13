package intake_test

import (
	"bytes"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/job"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// upload sends a file as somebody on a page does.
func (w *world) upload(t *testing.T, e intake.Entity, under org.Org, data string) intake.Batch {
	t.Helper()
	b, err := w.Upload(t.Context(), w.who, intake.Upload{Entity: e, Under: under.ID, Name: "名册.csv", Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) rows(t *testing.T, id core.ID, f intake.Filter) []intake.Row {
	t.Helper()
	r, err := w.Rows(t.Context(), w.who, id, f, core.Page{Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	return r.Rows
}

func TestTheWizardStepByStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		w.put(t, intake.Members, "1.csv", []byte(rosterBefore))
		b := w.upload(t, intake.Members, w.root, strings.Replace(rosterAfter, "备注", "说的话", 1)+
			"方青禾,女,1990-05-01,,2019-06-30,2020-06-30,正式党员,甲二支部,,\n孟令仪,女,1990-05-01,1234,2019-06-30,,正式党员,甲三支部,,\n")
		if b.State != intake.Mapped || b.Rows != 4 || b.Name != "名册.csv" || b.UnderName != "苏州市委组织部" || b.Remembered {
			t.Errorf("uploaded: %+v", b)
		}
		if i := b.Mapping.Index("note"); i >= 0 {
			t.Fatalf("a heading that nobody knows was taken for a note: %v", b.Mapping[i])
		}
		if _, err := w.Write(t.Context(), w.who, b.ID, intake.Options{}); core.KindOf(err) != core.Conflict {
			t.Errorf("written before it was checked: %v", err)
		}
		b, err := w.SetMapping(t.Context(), w.who, b.ID, map[int]string{9: "note"})
		if err != nil || b.Mapping.Index("note") != 9 {
			t.Fatalf("mapping: %v, %v", b.Mapping, err)
		}
		if b, err = w.Check(t.Context(), w.who, b.ID); err != nil || b.State != intake.Checked {
			t.Fatalf("check: %s, %v", b.State, err)
		}
		for v, n := range map[intake.Verdict]int{intake.New: 1, intake.Changed: 2, intake.Refused: 1} {
			if b.Counts[v] != n {
				t.Errorf("%d rows are %s, want %d", b.Counts[v], v, n)
			}
		}
		if n := w.members(t, core.Moment{On: core.DateOf(w.Now())}); n != 2 {
			t.Errorf("checking wrote: %d members", n)
		}
		checkFirstRow(t, w.rows(t, b.ID, intake.Filter{})[0])
		refused := w.rows(t, b.ID, intake.Filter{Verdict: intake.Refused})
		if len(refused) != 1 || len(refused[0].Problems) != 2 || refused[0].Problems[0].Code != "id_number.format" || refused[0].Problems[0].Letter != "D" ||
			refused[0].Problems[1].Code != "unit.unknown" || len(refused[0].Problems[1].Near) == 0 {
			t.Errorf("refused: %+v", refused)
		}
		if b, err = w.Write(t.Context(), w.who, b.ID, intake.Options{}); err != nil || b.State != intake.Written || !b.CanUndo(w.Now()) {
			t.Fatalf("write: %s, %v", b.State, err)
		}
		if n := w.members(t, core.Moment{On: core.DateOf(w.Now())}); n != 3 {
			t.Errorf("%d members", n)
		}
		for _, r := range w.rows(t, b.ID, intake.Filter{}) {
			if (r.Subject != 0) != (r.Verdict != intake.Refused) {
				t.Errorf("row %d is %s and of %s", r.Number, r.Verdict, r.Subject)
			}
		}
		next := w.upload(t, intake.Members, w.root, strings.Replace(rosterBefore, "备注", "说的话", 1))
		if !next.Remembered || next.Mapping.Index("note") != 9 {
			t.Errorf("the mapping was not remembered: %+v", next.Mapping)
		}
		all, err := w.Batches(t.Context(), w.who, w.root.ID, 10)
		if err != nil || len(all) != 4 || all[0].ID != next.ID {
			t.Errorf("batches: %d, %v", len(all), err)
		}
	})
}

// checkFirstRow looks at what changes from which value to which; sealed numbers
// show their ends alone.
func checkFirstRow(t *testing.T, r intake.Row) {
	t.Helper()
	got := map[string][2]intake.Value{}
	for _, c := range r.Changes {
		got[c.Column] = [2]intake.Value{c.Was, c.Is}
	}
	want := map[string][2]intake.Value{
		"name": {{Text: "李静"}, {Text: "李静雅"}}, "phone": {{Tail: "1355"}, {Tail: "2296"}}, "note": {{}, {Text: "调入"}},
		"unit": {{Text: "甲一支部"}, {Text: "甲二支部"}},
	}
	for column, values := range want {
		if got[column] != values {
			t.Errorf("%s: got %v, want %v", column, got[column], values)
		}
	}
	if len(got) != len(want) || r.Number != 2 || r.Title != "李静雅" || r.Place != "甲二支部" {
		t.Errorf("row: %+v", r)
	}
}

func TestSealedFieldsNeverStandInABatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		w.put(t, intake.Members, "1.csv", []byte(rosterBefore))
		w.put(t, intake.Members, "2.csv", []byte(rosterAfter+"孟令仪,女,1990-05-01,320599199005011234,,,正式党员,甲一支部,1990000000,\n"))
		w.tx(t, func(tx *db.Tx) error {
			return db.Each(t.Context(), tx, func(r db.Row) error {
				var problems, changes string
				var memo []byte
				if err := r.Scan(&problems, &changes, &memo); err != nil {
					return err
				}
				for _, number := range []string{"32059919710925131X", "19905901355", "19905902296", "320599199005011234", "1990000000"} {
					if strings.Contains(problems+changes, number) || bytes.Contains(memo, []byte(number)) {
						t.Errorf("a batch holds %s", number)
					}
				}
				return nil
			}, `SELECT problems, changes, undo FROM batch_rows`)
		})
	})
}

func TestWhatSomebodyChangedSinceTheCheckIsLeftAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		w.put(t, intake.Members, "1.csv", []byte(rosterBefore))
		people, err := w.Check(t.Context(), w.who, w.upload(t, intake.Members, w.root, rosterAfter+"方青禾,女,1990-05-01,,2019-06-30,,正式党员,甲二支部,,\n").ID)
		if err != nil || people.Counts[intake.Changed] != 2 || people.Counts[intake.New] != 1 {
			t.Fatalf("%v, %v", people.Counts, err)
		}
		units, err := w.Check(t.Context(), w.who, w.upload(t, intake.Orgs, w.root, ledgerAfter).ID)
		if err != nil || units.Counts[intake.Changed] != 3 {
			t.Fatalf("%v, %v", units.Counts, err)
		}
		two := w.named(t, "甲二支部")
		w.tx(t, func(tx *db.Tx) error {
			p, err := member.ByIDNumber(t.Context(), tx, w.Keys, 1, "32059919710925131X")
			if err != nil {
				return err
			}
			name := "李静文"
			if _, err := member.Update(t.Context(), tx, w.Keys, w.who, w.Now(), p.ID, member.Change{Name: &name}); err != nil {
				return err
			}
			_, err = member.Enrol(t.Context(), tx, w.Keys, w.who, w.Now(), member.Enrolment{Name: "方青禾", BornOn: core.NewDate(1990, 5, 1), Kind: member.Activist, Org: two.ID})
			if err != nil {
				return err
			}
			kind := rule.JointBranch
			_, err = org.Apply(t.Context(), tx, w.who, w.Now(), w.named2(t, tx, "甲党总支").ID, org.Change{Kind: &kind, On: core.DateOf(w.Now())})
			return err
		})
		people, err = w.Write(t.Context(), w.who, people.ID, intake.Options{})
		if err != nil || people.Counts[intake.Conflicting] != 2 || people.Counts[intake.Changed] != 1 {
			t.Errorf("people: %v, %v", people.Counts, err)
		}
		for _, r := range w.rows(t, people.ID, intake.Filter{Verdict: intake.Conflicting}) {
			if r.Problems[0].Code != "person.conflict" || r.Subject != 0 {
				t.Errorf("row %d: %+v", r.Number, r)
			}
		}
		units, err = w.Write(t.Context(), w.who, units.ID, intake.Options{})
		if err != nil || units.Counts[intake.Conflicting] != 1 {
			t.Errorf("units: %v, %v", units.Counts, err)
		}
		if o := w.named(t, "甲党总支"); o.Kind != rule.JointBranch {
			t.Errorf("what somebody changed was overwritten: %s", o.Kind)
		}
	})
}

// named2 is named within a transaction.
func (w *world) named2(t *testing.T, tx *db.Tx, name string) org.Org {
	t.Helper()
	all, err := org.Named(t.Context(), tx, 1, access.Below(w.root.Path), name)
	if err != nil || len(all) != 1 {
		t.Fatalf("%s: %d, %v", name, len(all), err)
	}
	return all[0]
}

func TestRefusedRowsComeBackInThePersonsOwnFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "units.xlsx", roster(t, "units.xlsx"))
		id := w.put(t, intake.Members, "members.xlsx", roster(t, "members.xlsx"))
		for lang, heading := range map[core.Lang]string{core.Hans: "错误说明", core.Hant: "錯誤說明", core.En: "What to correct"} {
			var b bytes.Buffer
			if err := w.Refused(t.Context(), w.who, id, lang, &b); err != nil {
				t.Fatal(err)
			}
			if all := texts(t, b.Bytes()); !strings.Contains(strings.Join(all, "|"), heading) {
				t.Errorf("%s: no column %q", lang, heading)
			}
			r := w.take(t, intake.Members, w.root, "refused.xlsx", b.Bytes(), intake.Options{DryRun: true})
			if r.Rows != 54 || r.Sheet != "黨員花名冊" {
				t.Errorf("%s: %d rows in %s", lang, r.Rows, r.Sheet)
			}
		}
		var b bytes.Buffer
		if err := w.Refused(t.Context(), w.they, id, core.Hans, &b); core.KindOf(err) != core.NotFound || b.Len() > 0 {
			t.Errorf("another realm: %v", err)
		}
		w.pass(90)
		if err := w.Refused(t.Context(), w.who, id, core.Hans, &b); err != nil {
			t.Errorf("after 90 days: %v", err)
		}
		w.pass(1)
		if err := w.Refused(t.Context(), w.who, id, core.Hans, &bytes.Buffer{}); core.MsgOf(err).Key != "intake.refused_expired" {
			t.Errorf("after 91 days: %v", err)
		}
	})
}

func TestALargeFileIsWorkForAJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, jobs := working(t, d)
		b := w.upload(t, intake.Members, w.root, string(people(101, "甲支部")))
		b, err := w.Check(t.Context(), w.who, b.ID)
		if err != nil || b.State != intake.Checking || b.Job == 0 {
			t.Fatalf("check: %s, %v", b.State, err)
		}
		if b = w.until(t, b.ID, intake.Checked); b.Counts[intake.New] != 101 {
			t.Fatalf("checked: %v", b.Counts)
		}
		if b, err = w.Write(t.Context(), w.who, b.ID, intake.Options{}); err != nil || b.State != intake.Writing {
			t.Fatalf("write: %s, %v", b.State, err)
		}
		if j := ended(t, jobs, b.Job); j.State != job.Done || j.Done != 101 || j.Total != 101 {
			t.Errorf("the job is %s after %d of %d", j.State, j.Done, j.Total)
		}
		if b = w.until(t, b.ID, intake.Written); b.Done != 101 || w.count(t, `SELECT count(*) FROM persons`) != 101 {
			t.Fatalf("written: %d", b.Done)
		}
		if b, err = w.Undo(t.Context(), w.who, b.ID); err != nil || b.State != intake.Undoing {
			t.Fatalf("undo: %s, %v", b.State, err)
		}
		w.until(t, b.ID, intake.Undone)
		if n := w.members(t, core.Moment{On: core.DateOf(w.Now())}); n != 0 {
			t.Errorf("%d members are left", n)
		}
		b = w.upload(t, intake.Members, w.root, string(people(100, "甲支部")))
		if b, err = w.Check(t.Context(), w.who, b.ID); err != nil || b.State != intake.Checked {
			t.Errorf("a small file is done at once: %s, %v", b.State, err)
		}
	})
}

func TestStoppedWritingKeepsWhatIsWrittenAndGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.PartSize = 10
		w.found(t, w.who, org.Founding{Parent: w.root.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
		b, err := w.Check(t.Context(), w.who, w.upload(t, intake.Members, w.root, string(people(35, "甲支部"))).ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err = w.Write(t.Context(), w.who, b.ID, intake.Options{Progress: func(done, total int) {
			if done == 20 {
				if _, err := w.Stop(t.Context(), w.who, b.ID); err != nil {
					t.Error(err)
				}
			}
		}})
		if err != nil || b.State != intake.Stopped {
			t.Errorf("a stopped writing: %s, %v", b.State, err)
		}
		if b, err = w.Find(t.Context(), w.who, b.ID); err != nil || b.State != intake.Stopped || b.Done != 20 || w.count(t, `SELECT count(*) FROM persons`) != 20 {
			t.Fatalf("stopped: %s after %d, %v", b.State, b.Done, err)
		}
		if b, err = w.Write(t.Context(), w.who, b.ID, intake.Options{}); err != nil || b.State != intake.Written || w.count(t, `SELECT count(*) FROM persons`) != 35 {
			t.Fatalf("went on: %s, %v", b.State, err)
		}
		if _, err = w.Stop(t.Context(), w.who, b.ID); core.KindOf(err) != core.Conflict {
			t.Errorf("stopped when all was written: %v", err)
		}
	})
}
