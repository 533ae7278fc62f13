package audit_test

import (
	"encoding/json"
	"errors"
	"testing"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

var now = dbtest.Day(2026, 11, 20)

func TestTheJournalSharesTheFateOfTheChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		boom := errors.New("boom")
		e := audit.Entry{By: audit.By{Realm: 1, User: 5, Via: audit.Page}, Action: "org.rename", Subject: "org", SubjectID: 9, Before: map[string]string{"name": "a"}, After: map[string]string{"name": "b"}}
		err := d.Tx(ctx, func(tx *db.Tx) error { return errors.Join(audit.Write(ctx, tx, now, e), boom) })
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if got := of(t, d, 1, 9); len(got) != 0 {
			t.Errorf("a change that failed left %d entries", len(got))
		}
		if err := d.Tx(ctx, func(tx *db.Tx) error { return audit.Write(ctx, tx, now, e) }); err != nil {
			t.Fatal(err)
		}
		if err := audit.Refused(ctx, d, now, e, core.Forbidden); err != nil {
			t.Fatal(err)
		}
		got := of(t, d, 1, 9)
		if len(got) != 2 || got[0].Outcome != audit.Denied || got[1].Outcome != audit.Done {
			t.Fatalf("got %+v", got)
		}
		if s := string(got[1].After.(json.RawMessage)); s != `{"name":"b"}` {
			t.Errorf("after: got %s", s)
		}
		if other := of(t, d, 2, 9); len(other) != 0 {
			t.Errorf("another realm sees %d entries", len(other))
		}
	})
}

func TestAChangedEntryIsNoticed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := audit.Write(ctx, tx, now, audit.Entry{By: audit.By{Realm: 1, Via: audit.Command}, Action: "import", Subject: "batch", SubjectID: 3, Note: "25 rows"}); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE journal SET note = '26 rows'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.View(ctx, func(tx *db.Tx) error {
			_, err := audit.Of(ctx, tx, 1, 3, 10)
			return err
		})
		if err == nil {
			t.Error("nobody noticed")
		}
	})
}

func of(t *testing.T, d *db.DB, realm core.RealmID, subject core.ID) (all []audit.Entry) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		all, err = audit.Of(t.Context(), tx, realm, subject, 10)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}
