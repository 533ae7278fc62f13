package audit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// What an entry says of a person stands beside it, in journal_bodies: a record
// that is erased by rule takes these words with it, and the chain holds. The
// salt keeps whoever has the digest alone from trying names.

// A body is the words that stand beside an entry.
type body struct {
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	Note   string          `json:"note,omitempty"`
}

// Erase is the action of the entry that names what was erased by rule.
const Erase = "retention.erase"

// apart reports whether the words of an entry are kept beside it: those about a
// person and about a person's account. A sign-in tells only how it was done.
func (e Entry) apart() bool {
	return e.Subject == "person" || e.Subject == "user" && !strings.HasPrefix(e.Action, "session.")
}

// part moves the words out of an entry that keeps them beside it. It returns
// nil where there are none.
func (e *Entry) part(before, after *string) (salt []byte, text string, err error) {
	if !e.apart() || *before == "" && *after == "" && e.Note == "" {
		return nil, "", nil
	}
	b, err := json.Marshal(body{json.RawMessage(*before), json.RawMessage(*after), e.Note})
	if err != nil {
		return nil, "", err
	}
	salt = make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails
	e.digest = bodyDigest(salt, string(b))
	*before, *after, e.Note = "", "", ""
	return salt, string(b), nil
}

func bodyDigest(salt []byte, text string) string {
	sum := sha256.Sum256(append(salt[:len(salt):len(salt)], text...))
	return hex.EncodeToString(sum[:])
}

// join puts the words back that are kept beside an entry, or says that they are
// gone. It reports whether they are the ones that were written.
func (e *Entry) join(salt []byte, text string, there bool) bool {
	if e.digest == "" || !there {
		e.Erased = e.digest != ""
		return !there
	}
	var b body
	if bodyDigest(salt, text) != e.digest || json.Unmarshal([]byte(text), &b) != nil {
		return false
	}
	e.Before, e.After, e.Note = state(string(b.Before)), state(string(b.After)), b.Note
	return true
}

// EraseBodies takes the words away that stand beside the entries about some
// records, and returns the ids of those entries, for EraseEntry.
func EraseBodies(ctx context.Context, tx *db.Tx, realm core.RealmID, subject string, record core.ID) ([]core.ID, error) {
	return db.All(ctx, tx, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }, `
		DELETE FROM journal_bodies WHERE realm_id = $1 AND id IN (
			SELECT id FROM journal WHERE realm_id = $1 AND subject = $2 AND subject_id = $3 AND digest <> '')
		RETURNING id`, realm, subject, record)
}

// WriteErased writes the one entry that tells what a rule erased of a class: the
// ids of the records and of the entries whose words are gone, and no word of
// theirs. done is how many there were; some have no id.
func WriteErased(ctx context.Context, tx *db.Tx, now time.Time, by By, class string, done int, records, bodies []core.ID) error {
	after := map[string]any{"class": class, "count": done, "emptied": len(bodies)}
	return WriteAbout(ctx, tx, now, Entry{By: by, Action: Erase, Subject: "retention"}, after, append(append([]core.ID(nil), records...), bodies...))
}

// An Erasure is one run of a rule over one class.
type Erasure struct {
	At    time.Time
	Class string
	Done  int
}

// Erasures returns the newest runs of rules, newest first.
func Erasures(ctx context.Context, q db.Querier, realm core.RealmID, limit int) ([]Erasure, error) {
	return db.All(ctx, q, func(r db.Row) (x Erasure, err error) {
		e, err := scan(r)
		if err != nil {
			return x, err
		}
		var said struct {
			Class string `json:"class"`
			Count int    `json:"count"`
		}
		raw, _ := e.After.(json.RawMessage)
		err = json.Unmarshal(raw, &said)
		return Erasure{e.At, said.Class, said.Count}, err
	}, `SELECT `+Columns+` FROM `+From+` WHERE j.realm_id = $1 AND j.subject = 'retention' AND j.action = $2 AND j.outcome = 'done' ORDER BY j.id DESC LIMIT $3`,
		realm, Erase, limit)
}

// words compares what stands beside an entry with its digest.
func (v *verifier) words(e Entry, w *raw, whole bool) {
	salt, ok := w[15].([]byte)
	text, ok2 := w[16].(string)
	there := w[15] != nil || w[16] != nil
	switch {
	case there && !(ok && ok2 && e.digest != "" && bodyDigest(salt, text) == e.digest):
		v.tell(0, e.ID, "audit.found.body_changed", e.ID.String())
	case !there && e.digest != "" && whole:
		v.missing[e.ID] = true
	}
	if whole && e.Action == Erase && e.Outcome == Done {
		v.erasers[e.ID] = true
	}
}

// erased takes the entries from the missing ones that a later entry says were erased.
func (v *verifier) erased(eraser core.ID, ids []byte) {
	if !v.erasers[eraser] {
		return
	}
	var at core.ID
	for len(ids) > 0 {
		d, n := binary.Uvarint(ids)
		if n <= 0 {
			return
		}
		at += core.ID(d)
		ids = ids[n:]
		if at < eraser {
			delete(v.missing, at)
		}
	}
}

// beside tells of words that are gone without a rule, and of words beside no entry.
func (v *verifier) beside() error {
	for id := range v.missing {
		v.tell(0, id, "audit.found.body_gone", id.String())
	}
	return db.Each(v.ctx, v.tx, func(r db.Row) error {
		var id core.ID
		if err := r.Scan(&id); err != nil {
			return err
		}
		v.tell(0, id, "audit.found.body_stray", id.String())
		return nil
	}, `
		SELECT b.id FROM journal_bodies b LEFT JOIN journal j ON j.realm_id = b.realm_id AND j.id = b.id
		WHERE b.realm_id = $1 AND j.id IS NULL ORDER BY b.id`, v.realm)
}
