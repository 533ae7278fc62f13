package audit_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// A world is two realms with a chain and a clock that can be moved.
type world struct {
	*audit.Chain
	t     *testing.T
	clock *time.Time
}

func newWorld(t *testing.T, d *db.DB) world {
	t.Helper()
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	clock := now
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	return world{&audit.Chain{DB: d, Now: func() time.Time { return clock }, Key: key}, t, &clock}
}

func (w world) tx(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) exec(query string, args ...any) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	})
}

// write adds n entries to a realm's journal, a minute apart.
func (w world) write(realm core.RealmID, n int) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) error {
		for i := range n {
			e := audit.Entry{
				By: audit.By{Realm: realm, User: core.UserID(i % 3), Via: audit.Page}, Action: "org.rename", Org: core.OrgID(i % 2), Subject: "org", SubjectID: core.ID(i),
				Before: map[string]string{"name": "甲<支部>"}, After: map[string]any{"name": "乙", "n": i}, Note: strings.Repeat("x", i%4),
			}
			if i%3 == 1 { // its words are kept beside it
				e.Action, e.Subject = "person.change", "person"
			}
			if err := audit.Write(w.t.Context(), tx, *w.clock, e); err != nil {
				return err
			}
			*w.clock = w.clock.Add(time.Minute)
		}
		return nil
	})
}

func (w world) chain() int {
	w.t.Helper()
	n, err := w.All(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// verify returns the report and what was found.
func (w world) verify(file string) (audit.Report, []string) {
	w.t.Helper()
	var all []string
	r, err := w.Verify(w.t.Context(), file, func(f audit.Finding) { all = append(all, fmt.Sprint(f.Msg.Key, f.Msg.Args)) })
	if err != nil {
		w.t.Fatal(err)
	}
	return r, all
}

// finds fails unless exactly these keys were found.
func (w world) finds(file string, want ...string) {
	w.t.Helper()
	_, all := w.verify(file)
	for i := range all {
		all[i], _, _ = strings.Cut(strings.TrimPrefix(all[i], "audit.found."), "[")
	}
	if !slices.Equal(all, want) {
		w.t.Errorf("found %q, want %q", all, want)
	}
}

func TestCommittedEntriesAreChainedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(1, 5)
		w.write(2, 3)
		if n := w.chain(); n != 8 {
			t.Errorf("chained %d, want 8", n)
		}
		if n := w.chain(); n != 0 {
			t.Errorf("chained %d again", n)
		}
		w.write(1, 2)
		if r, _ := w.verify(""); r.Links != 8 || r.Waiting != 2 || r.Findings != 0 {
			t.Errorf("got %+v", r)
		}
		if n, err := w.Recent(t.Context(), 5*time.Second); n != 2 || err != nil {
			t.Errorf("chained %d, %v; want the new ones", n, err)
		}
		r, found := w.verify("")
		if want := (audit.Report{Links: 10, Checkpoints: 3}); r != want {
			t.Errorf("got %+v, want %+v; %q", r, want, found)
		}
	})
}

func TestAnEntryThatIsCommittedLateIsChainedAfterYoungerOnes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(1, 3)
		w.exec(`UPDATE journal SET realm_id = 9 WHERE id = (SELECT min(id) FROM journal)`) // not there yet
		w.chain()
		w.exec(`UPDATE journal SET realm_id = 1 WHERE realm_id = 9`)
		if n, err := w.Recent(t.Context(), time.Nanosecond); n != 0 || err != nil {
			t.Errorf("a short look back chained %d, %v", n, err)
		}
		if n, err := w.Recent(t.Context(), 15*time.Minute); n != 1 || err != nil {
			t.Errorf("a long look back chained %d, %v", n, err)
		}
		w.finds("")
	})
}

func TestManyProcessesChainTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var wg sync.WaitGroup
		errs := make(chan error, 20)
		for i := range 4 {
			wg.Go(func() {
				for range 25 {
					err := d.Tx(t.Context(), func(tx *db.Tx) error {
						return audit.Write(t.Context(), tx, now, audit.Entry{By: audit.By{Realm: 1, Via: audit.Page}, Action: "a", Subject: "s", SubjectID: core.ID(i + 1)})
					})
					if err != nil {
						errs <- err
					}
				}
			})
			other := &audit.Chain{DB: d, Now: w.Now, Key: w.Key} // of another process
			wg.Go(func() {
				for range 25 {
					if _, err := other.All(t.Context()); err != nil && !errors.Is(err, core.Conflict) {
						errs <- err
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		w.chain()
		if r, found := w.verify(""); r.Links != 100 || r.Findings != 0 {
			t.Errorf("got %+v, %q", r, found)
		}
	})
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(1, 12)
		w.chain()
		w.finds("")
		const nth = `(SELECT id FROM journal_links WHERE seq = `
		for _, tt := range []struct {
			name, do, undo string
			want           []string
		}{
			{"an entry changed", `UPDATE journal SET note = 'y' WHERE id = ` + nth + `4)`, `UPDATE journal SET note = 'xxx' WHERE id = ` + nth + `4)`, []string{"changed"}},
			{"the user forgotten", `UPDATE journal SET user_id = 0 WHERE id = ` + nth + `4)`, `UPDATE journal SET user_id = NULL WHERE id = ` + nth + `4)`, []string{"changed"}},
			{"an entry of another realm", `UPDATE journal SET realm_id = 2 WHERE id = ` + nth + `3)`, `UPDATE journal SET realm_id = 1`, []string{"removed", "changed_new"}},
			{"an entry of no realm", `UPDATE journal SET realm_id = 3 WHERE id = ` + nth + `3)`, `UPDATE journal SET realm_id = 1`, []string{"removed", "stray"}},
			{"the newest link moved away", `UPDATE journal_links SET realm_id = 3 WHERE seq = 12`, `UPDATE journal_links SET realm_id = 1`, []string{"cut", "stray"}},
			{"the newest checkpoint gone", `UPDATE journal_checkpoints SET realm_id = 3`, `UPDATE journal_checkpoints SET realm_id = 1`, []string{"no_checkpoint", "stray"}},
			{"a link gone", `UPDATE journal_links SET seq = 90 WHERE seq = 1`, `UPDATE journal_links SET seq = 1 WHERE seq = 90`, []string{"gap", "gap", "late", "no_checkpoint"}},
			{"two links exchanged", `UPDATE journal_links SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE seq IN (5, 6)`, `UPDATE journal_links SET seq = CASE seq WHEN 5 THEN 6 WHEN 6 THEN 5 ELSE seq END`, nil},
		} {
			t.Run(tt.name, func(t *testing.T) {
				w := w
				w.t = t
				w.exec(tt.do)
				if tt.want == nil {
					if r, _ := w.verify(""); r.Findings == 0 {
						t.Error("nothing found")
					}
				} else {
					w.finds("", tt.want...)
				}
				w.exec(`UPDATE journal_links SET seq = -seq WHERE seq < 0`)
				if tt.want != nil {
					w.exec(tt.undo)
					w.finds("")
				}
			})
		}
	})
}

// TestAnInsertedEntryIsFound: somebody who knows how an entry is made writes
// one with an old time, before or after the chain has come by.
func TestAnInsertedEntryIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write(1, 30)
		w.chain()
		*w.clock = now.Add(5 * time.Minute)
		w.write(1, 1)
		w.finds("", "inserted")
		w.chain()
		w.finds("", "late")
	})
}

// TestEveryTruncationIsFound cuts each number of newest entries off, with
// their links and checkpoints: the file alone knows.
func TestEveryTruncationIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.File = filepath.Join(t.TempDir(), "checkpoints")
		const n = 20
		for range n / 2 {
			w.write(1, 2)
			w.chain()
		}
		w.finds(w.File)
		for left := n - 1; left >= 0; left-- {
			w.tx(func(tx *db.Tx) error {
				for _, q := range []string{
					`DELETE FROM journal WHERE id IN (SELECT id FROM journal_links WHERE seq > $1)`, `DELETE FROM journal_links WHERE seq > $1`,
					`DELETE FROM journal_checkpoints WHERE seq > $1`,
				} {
					if _, err := tx.Exec(t.Context(), q, left); err != nil {
						return err
					}
				}
				return nil
			})
			r, found := w.verify(w.File)
			if r.Findings == 0 || !strings.HasPrefix(found[len(found)-1], fmt.Sprint("audit.found.cut[", n)) {
				t.Errorf("%d entries left: found %q", left, found)
			}
		}
		w.write(1, n) // and written anew
		w.chain()
		if _, found := w.verify(w.File); !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, fmt.Sprint("audit.found.other[", n)) }) {
			t.Errorf("another chain: found %q", found)
		}
	})
}

func TestTheFileOfCheckpoints(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.File = filepath.Join(t.TempDir(), "none", "checkpoints")
		if err := w.Attach(t.Context()); core.MsgOf(err).Key != "audit.file_unwritable" || !errors.Is(err, core.Unavailable) {
			t.Errorf("a folder that is not there: got %v", err)
		}
		if _, err := w.Verify(t.Context(), w.File, nil); core.MsgOf(err).Key != "audit.file_unreadable" {
			t.Errorf("reading it: got %v", err)
		}
		w.write(1, 3)
		w.File = ""
		w.chain() // before there was a file
		w.File = filepath.Join(t.TempDir(), "checkpoints")
		for range 2 {
			if err := w.Attach(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.write(1, 1)
		w.chain()
		text, err := os.ReadFile(w.File)
		if err != nil || strings.Count(string(text), "\n") != 2 {
			t.Fatalf("the file holds %q, %v", text, err)
		}
		if info, _ := os.Stat(w.File); info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %s", info.Mode())
		}
		if err := os.WriteFile(w.File, text[:len(text)-9], 0o600); err != nil { // cut short by a power cut
			t.Fatal(err)
		}
		w.finds(w.File, "line")
		if err := w.Attach(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.finds(w.File)
		w.Key = ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32)))
		w.finds(w.File, "checkpoint", "checkpoint", "line", "line")
	})
}
