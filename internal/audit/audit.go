// Package audit is the journal: who did what to whom, when, what held before
// and after. An entry is written in the transaction of the change it tells of;
// what was denied or failed is written on its own.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// How an actor came in.
const (
	Page    = "page"
	Command = "command" // the machine's administrator, on the command line
	Server  = "server"  // work over time, on behalf of the user it names
	API     = "api"     // a program with a bearer token, or a page's script
)

// What came of it.
const (
	Done   = "done"
	Denied = "denied"
	Failed = "failed"
)

// A By says who acts: a user on a page, or nobody of the realm when the
// machine's administrator works on the command line.
type By struct {
	Realm core.RealmID
	User  core.UserID
	Via   string
}

// An Entry is one line of the journal. Before and After are anything that
// JSON can write; they must not hold an id number, a phone or a password. What
// is said of a person is kept beside the entry (see body.go).
type Entry struct {
	ID        core.ID
	At        time.Time
	By        By
	Action    string // what was asked, such as "org.move"
	Outcome   string
	Org       core.OrgID
	Subject   string // the kind of record, such as "org"
	SubjectID core.ID
	Before    any
	After     any
	Note      string
	Hash      string
	Erased    bool // the words beside it were erased by rule, so Before, After and Note are empty

	digest string // of the words beside it
}

// Write adds an entry to the journal in the transaction of the change. It
// fills ID, At, Outcome (Done unless given) and Hash.
func Write(ctx context.Context, tx *db.Tx, now time.Time, e Entry) error {
	_, err := write(ctx, tx, now, e)
	return err
}

func write(ctx context.Context, tx *db.Tx, now time.Time, e Entry) (core.ID, error) {
	before, err := encode(e.Before)
	if err != nil {
		return 0, err
	}
	after, err := encode(e.After)
	if err != nil {
		return 0, err
	}
	e.Note = strings.ToValidUTF8(e.Note, "\uFFFD")
	e.ID, e.At = core.NewID(now), now
	if e.Outcome == "" {
		e.Outcome = Done
	}
	salt, text, err := e.part(&before, &after)
	if err != nil {
		return 0, err
	}
	e.Hash = digest(e, before, after)
	_, err = tx.Exec(ctx, `
		INSERT INTO journal (realm_id, id, at, via, user_id, action, outcome, org_id, subject, subject_id, before_state, after_state, note, digest, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		e.By.Realm, e.ID, db.Instant(e.At), e.By.Via, db.Null(&e.By.User), e.Action, e.Outcome, db.Null(&e.Org),
		e.Subject, db.Null(&e.SubjectID), before, after, e.Note, e.digest, e.Hash)
	if err != nil || salt == nil {
		return e.ID, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO journal_bodies (realm_id, id, salt, body) VALUES ($1, $2, $3, $4)`, e.By.Realm, e.ID, salt, text)
	return e.ID, err
}

// Refused writes that something was denied or failed, in a transaction of its
// own, because the one it happened in is rolled back.
func Refused(ctx context.Context, d *db.DB, now time.Time, e Entry, cause error) error {
	e.Outcome = Failed
	if k := core.KindOf(cause); k == core.Forbidden || k == core.NotFound {
		e.Outcome = Denied
	}
	return d.Tx(ctx, func(tx *db.Tx) error { return Write(ctx, tx, now, e) })
}

func encode(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// digest is the entry's own hash, over every column in a form that cannot be
// read in two ways. Entries from before words were kept beside them are shorter.
func digest(e Entry, before, after string) string {
	all := []any{
		e.By.Realm, int64(e.ID), e.At.UnixMicro(), e.By.Via, int64(e.By.User), e.Action, e.Outcome, int64(e.Org),
		e.Subject, int64(e.SubjectID), before, after, e.Note,
	}
	if e.digest != "" {
		all = append(all, e.digest)
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err) // numbers and strings always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// scan reads an entry; Before and After are json.RawMessage, or nil. One that
// was changed after it was written is an error.
func scan(r db.Row) (Entry, error) {
	e, whole, err := Read(r)
	if err == nil && !whole {
		err = fmt.Errorf("journal entry %s was changed after it was written", e.ID)
	}
	return e, err
}

// Of returns the newest entries about one record, newest first. An entry that
// was changed after it was written is an error.
func Of(ctx context.Context, q db.Querier, realm core.RealmID, subject core.ID, limit int) ([]Entry, error) {
	return db.All(ctx, q, scan, `
		SELECT `+Columns+` FROM `+From+` WHERE j.realm_id = $1 AND j.subject_id = $2 ORDER BY j.id DESC LIMIT $3`,
		realm, subject, limit)
}

// Changes returns the newest changes of one record, newest first: what was done
// to it and by whom, without who came in, left or was refused.
func Changes(ctx context.Context, q db.Querier, realm core.RealmID, subject string, id core.ID, limit int) ([]Entry, error) {
	return db.All(ctx, q, scan, `
		SELECT `+Columns+` FROM `+From+`
		WHERE j.realm_id = $1 AND j.subject_id = $2 AND j.subject = $3 AND j.outcome = 'done' AND j.action NOT LIKE 'session.%'
		ORDER BY j.id DESC LIMIT $4`, realm, id, subject, limit)
}
