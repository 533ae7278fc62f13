package intake_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/file"
	"tongpin/internal/intake"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// A world is a realm with its root, a second one that must not see, and the
// service over both.
type world struct {
	*intake.Service
	db     *db.DB
	clock  *time.Time
	root   org.Org
	other  org.Org // the root of the second realm
	who    access.Actor
	they   access.Actor // of the second realm
	ctx    context.Context
	userID int64
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	now := dbtest.Day(2026, time.November, 24)
	w := &world{db: d, clock: &now, ctx: t.Context(), who: access.Machine(1), they: access.Machine(2)}
	keys := secret.Fixed(secret.AES)
	tell := func() time.Time {
		now = now.Add(time.Millisecond)
		return now
	}
	w.Service = &intake.Service{
		DB: d, Keys: keys, Now: tell,
		Files: &file.Store{Dir: t.TempDir(), Keys: keys, DB: d, Now: tell},
	}
	dbtest.Realm(t, d, 1, "苏州市")
	dbtest.Realm(t, d, 2, "无锡市")
	w.root = w.found(t, w.who, org.Founding{Name: "苏州市委组织部", Kind: rule.Committee, FoundedOn: core.NewDate(1949, 5, 1)})
	w.other = w.found(t, w.they, org.Founding{Name: "无锡市委组织部", Kind: rule.Committee, FoundedOn: core.NewDate(1949, 5, 1)})
	return w
}

// tx runs f in a transaction that must not fail.
func (w *world) tx(t *testing.T, f func(tx *db.Tx) error) {
	t.Helper()
	if err := w.db.Tx(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (w *world) found(t *testing.T, who access.Actor, f org.Founding) (o org.Org) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		o, err = org.Found(t.Context(), tx, who, w.Now(), f)
		return err
	})
	return o
}

// user adds an account with a role at an organisation.
func (w *world) user(t *testing.T, role access.Role, at org.Org) access.Actor {
	t.Helper()
	w.userID++
	id := core.UserID(w.userID)
	w.tx(t, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, $3, '', 'zh-Hans', '', $4, 0, $5)`, at.Realm, id, id.String(), false, db.Instant(w.Now()))
		if err != nil {
			return err
		}
		return access.Grant(t.Context(), tx, access.Machine(at.Realm), id, access.Place{Role: role, Org: at.ID}, core.NewDate(2026, 1, 1), w.Now())
	})
	return access.Actor{Realm: at.Realm, User: id, Via: audit.Page}
}

// file reads a file of testdata.
func roster(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// take imports a file and returns its report.
func (w *world) take(t *testing.T, e intake.Entity, under org.Org, name string, data []byte, o intake.Options) intake.Report {
	t.Helper()
	r, _, err := w.Import(t.Context(), w.who, intake.Upload{Entity: e, Under: under.ID, Name: name, Data: data}, o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

func (w *world) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	err := w.db.View(t.Context(), func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, db.Int, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// texts returns the texts of every cell of a workbook.
func texts(t *testing.T, data []byte) (all []string) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			all = append(all, r...)
		}
	}
	return all
}
