package file

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/secret"
)

var who = access.Actor{Realm: 1, User: 7, Via: "page"}

func newStore(t *testing.T, d *db.DB) *Store {
	t.Helper()
	return &Store{Dir: filepath.Join(t.TempDir(), "files"), Keys: secret.Fixed(secret.AES), DB: d, Now: func() time.Time { return dbtest.Day(2026, 11, 20) }}
}

func (s *Store) save(t *testing.T, name string, content []byte) (id ID) {
	t.Helper()
	if err := s.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		id, err = s.Save(t.Context(), tx, who, name, content)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *Store) open(t *testing.T, realm core.RealmID, id ID) (b []byte, f File, err error) {
	t.Helper()
	err = s.DB.View(t.Context(), func(tx *db.Tx) (err error) {
		b, f, err = s.Open(t.Context(), tx, realm, id)
		return err
	})
	return b, f, err
}

func (s *Store) names(t *testing.T) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(s.Dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestAFileComesBackAndIsSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStore(t, d)
		content := []byte("张敏 32050119900101001X " + strings.Repeat("roster ", 1000))
		id := s.save(t, `C:\Documents\党员名册.xlsx`, content)
		got, f, err := s.open(t, 1, id)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
		if f.Name != "党员名册.xlsx" || f.Size != len(content) || f.CreatedBy != 7 || f.ID != id {
			t.Errorf("got %+v", f)
		}
		if _, _, err := s.open(t, 2, id); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm: got %v", err)
		}
		path := filepath.Join(s.Dir, id.String())
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("roster")) || bytes.Contains(raw, []byte("张敏")) {
			t.Error("the content lies open on the disk")
		}
		for path, want := range map[string]os.FileMode{path: 0o600, s.Dir: 0o700} {
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s has the mode %v, %v; want %v", path, info.Mode().Perm(), err, want)
			}
		}
		raw[len(raw)-1] ^= 1
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.open(t, 1, id); core.KindOf(err) != core.Internal {
			t.Errorf("a changed file: got %v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.open(t, 1, id); core.MsgOf(err).Key != "file.missing" {
			t.Errorf("a missing file: got %v", err)
		}
	})
}

func TestOneFileDoesNotOpenAsAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStore(t, d)
		a, b := s.save(t, "a", []byte("a")), s.save(t, "b", []byte("b"))
		if err := os.Rename(filepath.Join(s.Dir, a.String()), filepath.Join(s.Dir, b.String())); err != nil {
			t.Fatal(err)
		}
		if got, _, err := s.open(t, 1, b); err == nil {
			t.Errorf("b opened as %q", got)
		}
	})
}

func TestSizesAtTheBounds(t *testing.T) {
	s := newStore(t, dbtest.SQLite(t))
	for size, key := range map[int]string{0: "file.empty", 1: "", MaxSize: "", MaxSize + 1: "file.too_large"} {
		content := bytes.Repeat([]byte{'x'}, size)
		var id ID
		err := s.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
			id, err = s.Save(t.Context(), tx, who, "x", content)
			return err
		})
		if key != "" {
			if core.MsgOf(err).Key != key {
				t.Errorf("%d bytes: got %v, want %s", size, err, key)
			}
			continue
		}
		got, _, oerr := s.open(t, 1, id)
		if err != nil || oerr != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %v, %v", size, err, oerr)
		}
	}
	if n := len(s.names(t)); n != 2 {
		t.Errorf("%d files lie in the folder, want the two that were taken", n)
	}
}

func TestAFullDiskLeavesNothing(t *testing.T) {
	s := newStore(t, dbtest.SQLite(t))
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		err := explain(s.within(func(root *os.Root) error {
			return put(root, "0000000000001", []byte("content"), func(f *os.File, b []byte) error {
				if _, err := f.Write(b[:3]); err != nil {
					return err
				}
				return &os.PathError{Op: "write", Path: f.Name(), Err: full}
			})
		}))
		if !errors.Is(err, core.Unavailable) || core.MsgOf(err).Key != "error.disk_full" {
			t.Errorf("got %v", err)
		}
		if left := s.names(t); len(left) != 0 {
			t.Errorf("left %v", left)
		}
	}
	if err := explain(syscall.EIO); core.KindOf(err) != core.Internal {
		t.Errorf("another error: got %v", err)
	}
}

func TestASweepTakesOldOrphansAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStore(t, d)
		kept := s.save(t, "kept", []byte("kept"))
		boom := errors.New("boom")
		var orphan ID
		err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			orphan, err = s.Save(t.Context(), tx, who, "orphan", []byte("orphan"))
			return errors.Join(err, boom)
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		half := core.MakeID(1, 1, 1).String() + partial
		for _, name := range []string{half, "notes.txt"} {
			if err := os.WriteFile(filepath.Join(s.Dir, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		age := func(name string, by time.Duration) {
			t.Helper()
			at := s.Now().Add(-by)
			if err := os.Chtimes(filepath.Join(s.Dir, name), at, at); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range s.names(t) {
			age(name, time.Hour)
		}
		age(half, time.Hour-time.Second)
		if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		if got, want := fmt.Sprint(s.names(t)), fmt.Sprint([]string{half, kept.String(), "notes.txt"}); got != want {
			t.Errorf("left %s, want %s without %s", got, want, orphan)
		}
		age(half, time.Hour)
		if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
		if _, _, err := s.open(t, 1, kept); err != nil {
			t.Error(err)
		}
	})
}

func TestNamesAreCleaned(t *testing.T) {
	for name, want := range map[string]string{
		"名册.xlsx": "名册.xlsx", "../../etc/passwd": "passwd", `..\..\a.xlsx`: "a.xlsx", "": "file", "/": "file", "..": "file",
		"a\x00\n\u202e.xlsx": "a.xlsx", "  x.csv ": "x.csv", strings.Repeat("长", 300) + ".xlsx": strings.Repeat("长", 195) + ".xlsx",
	} {
		if got := clean(name); got != want {
			t.Errorf("clean(%q): got %q, want %q", name, got, want)
		}
	}
}
