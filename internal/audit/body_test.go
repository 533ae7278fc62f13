package audit_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// TestWordsAboutAPersonStandBesideTheEntry: the chained row holds none of them,
// every reader gets them, and a rule takes them away with a sentence in their place.
func TestWordsAboutAPersonStandBesideTheEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		say := func(realm core.RealmID, subject, action string) {
			w.tx(func(tx *db.Tx) error {
				return audit.Write(t.Context(), tx, *w.clock, audit.Entry{
					By: audit.By{Realm: realm, Via: audit.Page}, Action: action, Subject: subject, SubjectID: 9,
					Before: map[string]string{"name": "金丝雀"}, After: map[string]string{"name": "百灵鸟"}, Note: "改名",
				})
			})
		}
		say(1, "person", "person.change")
		say(1, "user", "user.add")
		say(2, "person", "person.change")
		w.chain()
		w.finds("")
		rows := "" // of the journal, without what stands beside it
		for _, c := range w.cells() {
			if s, ok := c.value.(string); ok && c.table != "journal_bodies" {
				rows += s
			}
		}
		if strings.Contains(rows, "金丝雀") || strings.Contains(rows, "百灵鸟") || strings.Contains(rows, "改名") {
			t.Error("the chained entry holds the words")
		}
		read := of(t, d, 1, 9)
		if len(read) != 2 || string(read[1].After.(json.RawMessage)) != `{"name":"百灵鸟"}` || read[1].Note != "改名" || read[1].Erased {
			t.Fatalf("read %+v", read)
		}

		// The words of one realm's record are taken away, those of the account and of the other realm stay.
		var gone []core.ID
		boom := errors.New("taken back")
		if err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			gone, err = audit.EraseBodies(t.Context(), tx, 1, "person", 9)
			return errors.Join(err, boom)
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		w.finds("")
		w.tx(func(tx *db.Tx) (err error) {
			gone, err = audit.EraseBodies(t.Context(), tx, 1, "person", 9)
			return err
		})
		if len(gone) != 1 || !slices.Contains(gone, read[1].ID) {
			t.Fatalf("erased %v", gone)
		}
		w.finds("", "body_gone")
		name := func() {
			w.tx(func(tx *db.Tx) error {
				return audit.WriteErased(t.Context(), tx, *w.clock, audit.By{Realm: 1, Via: audit.Server}, "left", 1, []core.ID{9}, gone)
			})
		}
		name()
		w.chain()
		w.finds("")
		if again := of(t, d, 1, 9); len(again) != 2 || again[0].Erased || !again[1].Erased || again[1].After != nil || again[1].Note != "" {
			t.Errorf("after it was erased: %+v", again)
		}
		if other := of(t, d, 2, 9); len(other) != 1 || other[0].Erased {
			t.Errorf("the other realm reads %+v", other)
		}

		// What is there must be what was written; what is gone must be named by a later entry.
		w.exec(`UPDATE journal_bodies SET body = '{}' WHERE realm_id = 2`)
		w.finds("", "body_changed")
		w.exec(`DELETE FROM journal_bodies WHERE realm_id = 2`)
		w.finds("", "body_gone")
		w.exec(`UPDATE journal_bodies SET id = 77 WHERE realm_id = 1`)
		w.finds("", "body_gone", "body_stray", "body_gone")
	})
}

// TestAnEarlierEntryErasesNothing: who takes words away cannot point at an
// entry that was there before them.
func TestAnEarlierEntryErasesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		base := core.NewID(*w.clock)
		w.tx(func(tx *db.Tx) error { // names what is not there yet
			var coming []core.ID
			for i := range core.ID(20) {
				coming = append(coming, base+1+i)
			}
			return audit.WriteErased(t.Context(), tx, *w.clock, audit.By{Realm: 1, Via: audit.Server}, "left", 0, nil, coming)
		})
		w.tx(func(tx *db.Tx) error {
			return audit.Write(t.Context(), tx, *w.clock, audit.Entry{By: audit.By{Realm: 1, Via: audit.Page}, Action: "person.enrol", Subject: "person", SubjectID: 1, Note: "x"})
		})
		id := of(t, d, 1, 1)[0].ID
		if id > base+20 {
			t.Fatalf("the entry has the id %d, not one of those after %d", id, base)
		}
		w.exec(`DELETE FROM journal_bodies WHERE id = $1`, id)
		w.finds("", "body_gone")
	})
}
