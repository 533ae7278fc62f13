package intake_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
	"tongpin/internal/job"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// working is a world with a branch, whose jobs are done while the test runs.
func working(t *testing.T, d *db.DB) (*world, *job.Service) {
	t.Helper()
	w := newWorld(t, d)
	w.PartSize, w.Inline = 20, 100
	w.found(t, w.who, org.Founding{Parent: w.root.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: core.NewDate(2020, 1, 1)})
	q := &job.Queue{DB: d, Now: time.Now}
	w.Queue = q
	w.Handle(q)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); q.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	return w, &job.Service{DB: d, Now: time.Now}
}

// until waits for a batch to come to a state.
func (w *world) until(t *testing.T, id core.ID, want intake.State) (b intake.Batch) {
	t.Helper()
	for range 1200 {
		var err error
		if b, err = w.Find(t.Context(), w.who, id); err != nil {
			t.Fatal(err)
		}
		if b.State == want {
			return b
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("the batch stays %s, want %s", b.State, want)
	return b
}

// ended waits for a job to end.
func ended(t *testing.T, jobs *job.Service, id core.ID) (j job.Job) {
	t.Helper()
	for range 1200 {
		var err error
		if j, err = jobs.Find(t.Context(), access.Machine(1), id); err != nil {
			t.Fatal(err)
		}
		if j.State.Ended() {
			return j
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("the job stays %s", j.State)
	return j
}

func TestACancelledJobKeepsWhatItHasWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, jobs := working(t, d)
		b := w.upload(t, intake.Members, w.root, string(people(300, "甲支部")))
		if _, err := w.Check(t.Context(), w.who, b.ID); err != nil {
			t.Fatal(err)
		}
		w.until(t, b.ID, intake.Checked)
		b, err := w.Write(t.Context(), w.who, b.ID, intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := jobs.Cancel(t.Context(), w.who, b.Job); err != nil {
			t.Fatal(err)
		}
		j := ended(t, jobs, b.Job)
		if j.State != job.Cancelled && j.State != job.Done {
			t.Fatalf("the job is %s: %v", j.State, j.Message)
		}
		b, err = w.Find(t.Context(), w.who, b.ID)
		written := w.count(t, `SELECT count(*) FROM persons WHERE removed_at IS NULL`)
		if err != nil || b.State == intake.Written && written != 300 || b.State == intake.Stopped && written != b.Done || b.State == intake.Writing {
			t.Fatalf("%s after %d of %d, %v", b.State, b.Done, written, err)
		}
		if !b.CanUndo(w.Now()) {
			t.Error("what was written cannot be taken back")
		}
		if b.State == intake.Stopped {
			if _, err := w.Write(t.Context(), w.who, b.ID, intake.Options{}); err != nil {
				t.Fatal(err)
			}
			w.until(t, b.ID, intake.Written)
		}
		if n := w.count(t, `SELECT count(*) FROM persons`); n != 300 {
			t.Errorf("%d people", n)
		}
	})
}

func TestAJobAsksForTheRightOfNow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, jobs := working(t, d)
		registrar := w.user(t, access.Registrar, w.root)
		u := intake.Upload{Entity: intake.Members, Under: w.root.ID, Name: "x.csv", Data: people(110, "甲支部")}
		b, err := w.Upload(t.Context(), registrar, u)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = w.Check(t.Context(), registrar, b.ID); err != nil {
			t.Fatal(err)
		}
		w.until(t, b.ID, intake.Checked)
		// The right goes away in the moment in which the job is queued.
		w.tx(t, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE batches SET state = 'writing' WHERE id = $1`, b.ID)
			if err != nil {
				return err
			}
			if b.Job, err = w.Queue.Enqueue(t.Context(), tx, registrar, "intake.write", b.ID, b.Under, b.Rows); err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `UPDATE grants SET superseded_at = $1 WHERE user_id = $2`, db.Instant(w.Now()), registrar.User)
			return err
		})
		j := ended(t, jobs, b.Job)
		if j.State != job.Failed {
			t.Errorf("the job is %s", j.State)
		}
		if n := w.count(t, `SELECT count(*) FROM persons`); n != 0 {
			t.Errorf("%d people were written", n)
		}
		w.until(t, b.ID, intake.Stopped)
	})
}

func TestAFileThatIsGoneIsSaid(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	b := w.upload(t, intake.Orgs, w.root, ledgerBefore)
	all, err := os.ReadDir(w.Files.Dir)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if err := os.Remove(filepath.Join(w.Files.Dir, all[0].Name())); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Check(t.Context(), w.who, b.ID); !errors.Is(err, core.Unavailable) || core.MsgOf(err).Key != "file.missing" {
		t.Errorf("got %v", err)
	}
	if b, err = w.Find(t.Context(), w.who, b.ID); err != nil || b.State != intake.Mapped {
		t.Errorf("the batch is %s: %v", b.State, err)
	}
}

func TestAKilledListOfEnterprisesGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.PartSize = 1
		data := "企业名称,统一社会信用代码,单位类型\n甲公司,91320599LWNW30LMKX,民营\n乙公司,91320599MUTU520NLX,民营\n甲公司,91320599LWNW30LMKX,民营\n丙公司,,民营\n"
		u := intake.Upload{Entity: intake.Enterprises, Under: w.root.ID, Name: "x.csv", Data: []byte(data)}
		for times := 0; !w.killed(t, u, 1+times%2); times++ {
			if times > 20 {
				t.Fatal("it never ends")
			}
		}
		if n := w.count(t, `SELECT count(*) FROM enterprises`); n != 3 {
			t.Errorf("%d enterprises", n)
		}
		if n := w.count(t, `SELECT count(*) FROM batch_rows WHERE verdict = 'conflict'`); n != 1 {
			t.Errorf("%d rows clash, want the third alone", n)
		}
	})
}

func TestTheRowsToSeeAreThoseThatAreNotUnchanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(t, intake.Orgs, "1.csv", []byte(ledgerBefore))
		b, err := w.Check(t.Context(), w.who, w.upload(t, intake.Orgs, w.root, ledgerBefore+"甲三支部,甲党总支,党支部,2018-01-01,,,,,,,\n丙,,团支部,2018-01-01,,,,,,,\n").ID)
		if err != nil {
			t.Fatal(err)
		}
		see, err := w.Rows(t.Context(), w.who, b.ID, intake.Filter{ToSee: true}, core.Page{Number: 2, Size: 1})
		if err != nil || see.Total != 2 || len(see.Rows) != 1 || see.Rows[0].Title != "丙" || len(see.Rows[0].Faults()) != 1 || len(see.Rows[0].Warnings()) != 0 {
			t.Errorf("got %+v, %v", see, err)
		}
		all, err := w.Rows(t.Context(), w.who, b.ID, intake.Filter{}, core.Page{})
		if err != nil || all.Total != 5 || len(all.Rows) != 5 {
			t.Errorf("got %d of %d, %v", len(all.Rows), all.Total, err)
		}
		is := map[string]core.Msg{}
		for _, c := range all.Rows[3].Changes {
			is[c.Column] = c.Is.Msg()
		}
		if is["type"].Key != "org_kind.branch" || is["founded_on"].Args[0] != "2018-01-01" {
			t.Errorf("a new row says %v", is)
		}
		if m := (intake.Value{Tail: "0417"}).Msg(); m.Key != "intake.tail" || !(intake.Value{}).Msg().IsZero() {
			t.Errorf("the end of a number: %v", m)
		}
	})
}
