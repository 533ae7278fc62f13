package audit

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Finding is one thing that is wrong with the journal, in a sentence.
type Finding struct {
	Realm core.RealmID
	Seq   int64   // of the link; zero where it is about none
	Entry core.ID // zero where it is about none
	Msg   core.Msg
}

// A Report counts what was looked at.
type Report struct {
	Links       int // entries that are chained
	Waiting     int // entries that are too new to be chained
	Checkpoints int // in the database
	Lines       int // in the file of checkpoints
	Findings    int
}

// late is how much older than the entry before it in the chain an entry may
// be. Transactions take seconds, and clocks are corrected by seconds.
const late = 10 * time.Minute

// A verifier goes through the journal once, holding one row at a time.
type verifier struct {
	*Report
	ctx   context.Context
	tx    *db.Tx
	key   ed25519.PublicKey
	found func(Finding)
	zone  *time.Location // of the times in sentences

	realm core.RealmID
	top   head      // the newest link so far
	at    time.Time // of its entry

	claims map[core.ID]string // what entries about many say of them

	missing map[core.ID]bool // entries whose words are not beside them
	erasers map[core.ID]bool // entries that may say why
}

// Verify reads the whole journal, its chain and its checkpoints, of the
// database and of a file (path, or "" for none), and tells found what is wrong:
// anything changed, removed, inserted, doubled or put in another order. That
// the newest entries were cut off shows against the file alone. It changes
// nothing.
func (c *Chain) Verify(ctx context.Context, path string, found func(Finding)) (Report, error) {
	var r Report
	realms, err := c.realms(ctx)
	if err != nil {
		return r, err
	}
	tell := func(f Finding) { r.Findings++; found(f) }
	for _, table := range []string{"journal", "journal_links", "journal_checkpoints", "journal_subjects", "journal_bodies"} {
		if err := c.DB.CheckTable(ctx, table); err != nil {
			tell(Finding{Msg: core.M("audit.found.table", table, err.Error())})
		}
	}
	err = c.DB.View(ctx, func(tx *db.Tx) error {
		v := &verifier{Report: &r, ctx: ctx, tx: tx, key: c.Key.Public().(ed25519.PublicKey), found: tell, zone: c.Now().Location()}
		for _, v.realm = range realms {
			v.top, v.at, v.claims = head{}, time.Time{}, map[core.ID]string{}
			v.missing, v.erasers = map[core.ID]bool{}, map[core.ID]bool{}
			for _, step := range []func() error{v.chain, v.unchained, v.subjects, v.beside, v.checkpoints} {
				if err := step(); err != nil {
					return err
				}
			}
		}
		if err := v.strays(); err != nil {
			return err
		}
		if path == "" {
			return nil
		}
		return v.file(path)
	})
	return r, err
}

func (v *verifier) tell(seq int64, entry core.ID, key string, args ...any) {
	v.found(Finding{v.realm, seq, entry, core.M(key, args...)})
}

// Columns are what Read reads, of From.
const (
	Columns = `j.realm_id, j.id, j.at, j.via, j.user_id, j.action, j.outcome, j.org_id, j.subject, j.subject_id,
		j.before_state, j.after_state, j.note, j.hash, j.digest, w.salt, w.body`
	From = `journal j LEFT JOIN journal_bodies w ON w.realm_id = j.realm_id AND w.id = j.id`
)

// raw is a row as the driver gives it, so that a number that has become text,
// text that has become bytes, or an absent value that has become zero shows.
type raw [17]any

func (w *raw) into() []any {
	all := make([]any, len(w))
	for i := range w {
		all[i] = &w[i]
	}
	return all
}

// entry reads a row; whole is false if no row that we write looks like that.
func (w *raw) entry() (e Entry, whole bool) {
	whole = true
	number := func(i int) int64 {
		n, ok := w[i].(int64)
		whole = whole && ok
		return n
	}
	maybe := func(i int) int64 {
		if w[i] == nil {
			return 0
		}
		n := number(i)
		whole = whole && n != 0
		return n
	}
	words := func(i int) string {
		s, ok := w[i].(string)
		whole = whole && ok && utf8.ValidString(s)
		return s
	}
	e = Entry{
		By: By{core.RealmID(number(0)), core.UserID(maybe(4)), words(3)}, ID: core.ID(number(1)), At: time.UnixMicro(number(2)).UTC(),
		Action: words(5), Outcome: words(6), Org: core.OrgID(maybe(7)), Subject: words(8), SubjectID: core.ID(maybe(9)), Note: words(12), Hash: words(13), digest: words(14),
	}
	before, after := words(10), words(11)
	e.Before, e.After = state(before), state(after)
	return e, digest(e, before, after) == e.Hash && whole
}

// state is what was written of a state, or nil.
func state(s string) any {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// Read reads an entry from Columns, then what more is asked for, with the words
// that stand beside it. Before and After are json.RawMessage, or nil; whole is
// false for an entry that was changed after it was written.
func Read(r db.Row, more ...any) (e Entry, whole bool, err error) {
	var w raw
	if err := r.Scan(append(w.into(), more...)...); err != nil {
		return e, false, err
	}
	e, whole = w.entry()
	salt, _ := w[15].([]byte)
	text, _ := w[16].(string)
	return e, e.join(salt, text, w[15] != nil || w[16] != nil) && whole, nil
}

// chain follows the links in order, each with its entry.
func (v *verifier) chain() error {
	return db.Each(v.ctx, v.tx, func(r db.Row) error {
		var seq, id, hash any
		var w raw
		if err := r.Scan(append([]any{&seq, &id, &hash}, w.into()...)...); err != nil {
			return err
		}
		v.link(seq, id, hash, &w)
		return nil
	}, `
		SELECT l.seq, l.id, l.hash, `+Columns+` FROM journal_links l
		LEFT JOIN journal j ON j.realm_id = l.realm_id AND j.id = l.id
		LEFT JOIN journal_bodies w ON w.realm_id = j.realm_id AND w.id = j.id
		WHERE l.realm_id = $1 ORDER BY l.seq`, v.realm)
}

// link looks at one link. After something wrong it goes on from what is
// written there, so that one change is one finding or two.
func (v *verifier) link(seq, id, hash any, w *raw) {
	var now head
	var entry int64
	var ok [3]bool
	now.seq, ok[0] = seq.(int64)
	entry, ok[1] = id.(int64)
	now.hash, ok[2] = hash.(string)
	now.entry = core.ID(entry)
	v.Links++
	before := v.top
	v.top = now
	if ok != [3]bool{true, true, true} {
		v.tell(before.seq+1, now.entry, "audit.found.link", int(before.seq+1), now.entry.String())
		return
	}
	if now.seq != before.seq+1 {
		v.tell(now.seq, now.entry, "audit.found.gap", int(before.seq), int(now.seq))
	}
	if w[1] == nil {
		v.tell(now.seq, now.entry, "audit.found.removed", now.entry.String(), int(now.seq))
		return
	}
	e, whole := w.entry()
	if !whole {
		v.tell(now.seq, now.entry, "audit.found.changed", now.entry.String(), int(now.seq))
	}
	if now.seq == before.seq+1 && follow(v.realm, now.seq, now.entry, before.hash, e.Hash) != now.hash {
		v.tell(now.seq, now.entry, "audit.found.link", int(now.seq), now.entry.String())
	}
	v.words(e, w, whole)
	if whole && !v.at.IsZero() && e.At.Before(v.at.Add(-late)) {
		v.tell(now.seq, now.entry, "audit.found.late", now.entry.String(), int(now.seq), e.At.In(v.zone), v.at.In(v.zone))
	}
	if whole {
		v.at = e.At
		v.claim(e.ID, w)
	}
}

// unchained looks at the entries without a link. New ones wait for theirs; one
// that is older than what is chained was put in afterwards.
func (v *verifier) unchained() error {
	return db.Each(v.ctx, v.tx, func(r db.Row) error {
		var w raw
		if err := r.Scan(w.into()...); err != nil {
			return err
		}
		e, whole := w.entry()
		v.claim(e.ID, &w)
		v.words(e, &w, whole)
		switch {
		case !whole:
			v.tell(0, e.ID, "audit.found.changed_new", e.ID.String())
		case !v.at.IsZero() && e.At.Before(v.at.Add(-late)):
			v.tell(0, e.ID, "audit.found.inserted", e.ID.String(), e.At.In(v.zone))
		default:
			v.Waiting++
		}
		return nil
	}, `
		SELECT `+Columns+` FROM `+From+`
		LEFT JOIN journal_links l ON l.realm_id = j.realm_id AND l.id = j.id
		WHERE j.realm_id = $1 AND l.id IS NULL ORDER BY j.id`, v.realm)
}

// checkpoints compares those of the database with the chain.
func (v *verifier) checkpoints() error {
	newest := int64(0)
	err := db.Each(v.ctx, v.tx, func(r db.Row) error {
		var row [5]any
		if err := r.Scan(&row[0], &row[1], &row[2], &row[3], &row[4]); err != nil {
			return err
		}
		seq, _ := row[0].(int64)
		hash, ok1 := row[1].(string)
		at, ok2 := row[2].(int64)
		signature, ok3 := row[3].(string)
		p := Checkpoint{v.realm, seq, hash, time.UnixMicro(at).UTC(), signature}
		v.Checkpoints++
		newest = max(newest, seq)
		switch {
		case !ok1 || !ok2 || !ok3 || !p.signed(v.key):
			v.tell(seq, 0, "audit.found.checkpoint", int(seq))
		case row[4] == nil:
			v.tell(seq, 0, "audit.found.cut", int(seq), p.At.In(v.zone))
		case row[4] != hash:
			v.tell(seq, 0, "audit.found.other", int(seq), p.At.In(v.zone))
		}
		return nil
	}, `
		SELECT c.seq, c.hash, c.at, c.signature, l.hash FROM journal_checkpoints c
		LEFT JOIN journal_links l ON l.realm_id = c.realm_id AND l.seq = c.seq
		WHERE c.realm_id = $1 ORDER BY c.seq`, v.realm)
	if err == nil && newest < v.top.seq { // each batch ends with one
		v.tell(v.top.seq, 0, "audit.found.no_checkpoint", int(v.top.seq))
	}
	return err
}

// strays finds rows that belong to no realm.
func (v *verifier) strays() error {
	for _, part := range []struct{ table, query string }{
		{"journal", `SELECT count(*) FROM journal WHERE realm_id NOT IN (SELECT id FROM realms)`},
		{"journal_links", `SELECT count(*) FROM journal_links WHERE realm_id NOT IN (SELECT id FROM realms)`},
		{"journal_checkpoints", `SELECT count(*) FROM journal_checkpoints WHERE realm_id NOT IN (SELECT id FROM realms)`},
		{"journal_bodies", `SELECT count(*) FROM journal_bodies WHERE realm_id NOT IN (SELECT id FROM realms)`},
		{"journal_subjects", `SELECT count(*) FROM journal_subjects WHERE realm_id NOT IN (SELECT id FROM realms)`},
	} {
		n, err := db.One(v.ctx, v.tx, db.Int, part.query)
		if err != nil {
			return err
		}
		if n > 0 {
			v.realm = 0
			v.tell(0, 0, "audit.found.stray", part.table, n)
		}
	}
	return nil
}

// file compares the lines of a file of checkpoints with the chain.
func (v *verifier) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return &core.Error{Kind: core.NotFound, Msg: core.M("audit.file_unreadable", path), Err: err}
	}
	defer f.Close() //nolint:errcheck // it is only read
	in := bufio.NewReaderSize(f, 4096)
	for n := 1; ; n++ {
		b, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(b) == 0 {
			return nil
		}
		whole := err == nil
		for errors.Is(err, bufio.ErrBufferFull) { // no line of ours is that long
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		v.Lines++
		p, ok := readLine(strings.TrimSuffix(string(b), "\n"))
		v.realm = p.Realm
		if !ok || !whole || !p.signed(v.key) {
			v.tell(0, 0, "audit.found.line", n)
			continue
		}
		hash, err := db.One(v.ctx, v.tx, db.Text, `SELECT hash FROM journal_links WHERE realm_id = $1 AND seq = $2`, p.Realm, p.Seq)
		switch {
		case errors.Is(err, core.NotFound):
			v.tell(p.Seq, 0, "audit.found.cut", int(p.Seq), p.At.In(v.zone))
		case err != nil:
			return err
		case hash != p.Hash:
			v.tell(p.Seq, 0, "audit.found.other", int(p.Seq), p.At.In(v.zone))
		}
	}
}
