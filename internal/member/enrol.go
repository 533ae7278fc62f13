package member

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/secret"
)

// A RowError says which enrolment of many was refused: Row counts from 0.
type RowError struct {
	Row int
	Err error
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Err) }

// Unwrap returns why it was refused.
func (e *RowError) Unwrap() error { return e.Err }

// Enrol adds a person, with an affiliation if the kind is formal. It returns
// core.Invalid for what Check or the organisation refuses, core.NotFound for
// an organisation of another realm, and core.Conflict when the id number is
// another person's, without saying whose.
func Enrol(ctx context.Context, tx *db.Tx, keys *secret.Keyring, who access.Actor, now time.Time, e Enrolment) (Person, error) {
	ids, err := enrol(ctx, tx, keys, who.Realm, now, []Enrolment{e}, false)
	if row, ok := errors.AsType[*RowError](err); ok {
		err = row.Err
	}
	if err != nil {
		return Person{}, err
	}
	p, err := Find(ctx, tx, who.Realm, ids[0])
	if err != nil {
		return Person{}, err
	}
	return p, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "person.enrol", Org: p.Org, Subject: "person", SubjectID: core.ID(p.ID), After: p.state(),
	})
}

// EnrolMany adds many people in batched statements, counts once and journals
// once, and returns their ids in the order of the rows. The first row that is
// refused is a *RowError and nothing of the call may be kept. Batches of
// 20,000 to 100,000 rows are quickest; sealing and pinyin run beside the
// writing.
func EnrolMany(ctx context.Context, tx *db.Tx, keys *secret.Keyring, who access.Actor, now time.Time, rows []Enrolment) ([]core.PersonID, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	there, err := some(ctx, tx, len(rows))
	if err != nil {
		return nil, err
	}
	var ids []core.PersonID
	load := func() (err error) {
		ids, err = enrol(ctx, tx, keys, who.Realm, now, rows, there == 0)
		return err
	}
	if there < len(rows) && len(rows) > 5*chunk {
		err = db.Loading(ctx, tx, []string{"persons", "memberships"}, load)
	} else {
		err = load()
	}
	if err != nil {
		return nil, err
	}
	entry := audit.Entry{By: who.By(), Action: "person.enrol", Org: rows[0].Org, Subject: "batch", SubjectID: rows[0].Batch,
		After: map[string]any{"count": len(rows)}}
	if slices.ContainsFunc(rows, func(e Enrolment) bool { return e.Org != rows[0].Org }) {
		entry.Org = 0
	}
	return ids, audit.Write(ctx, tx, now, entry)
}

// some returns how many people there are, or limit if there are more.
func some(ctx context.Context, q db.Querier, limit int) (int, error) {
	return db.One(ctx, q, db.Int, `SELECT count(*) FROM (SELECT 1 FROM persons LIMIT $1) p`, limit)
}

// chunk is how many rows are prepared together, beside the writing of those
// before them.
const chunk = 1024

// A ready chunk is what one turn of the writer inserts.
type ready struct {
	persons, memberships [][]any
	hashes               [][]byte
	rows                 []int // of the call, by person
	ids                  []int64
	words                [][]string
	err                  error
	done                 chan struct{}
}

// enrol writes people, their affiliations, search words and counts. Rows are
// written in the order of the organisations' paths, which keeps the indexes
// by place in the cache. alone says that nobody was there before.
func enrol(ctx context.Context, tx *db.Tx, keys *secret.Keyring, realm core.RealmID, now time.Time, rows []Enrolment, alone bool) ([]core.PersonID, error) {
	places, err := placesOf(ctx, tx, realm, orgsOf(rows))
	if err != nil {
		return nil, err
	}
	order := byPath(rows, places)
	ids := make([]core.PersonID, len(rows))
	for _, i := range order {
		ids[i] = core.PersonID(core.NewID(now))
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	queue := make(chan *ready, 3)
	wg.Go(func() {
		defer close(queue)
		for part := range slices.Chunk(order, chunk) {
			c := &ready{rows: part, done: make(chan struct{})}
			select {
			case queue <- c:
			case <-stop:
				return
			}
			wg.Go(func() {
				defer close(c.done)
				c.prepare(keys, realm, now, rows, ids, places)
			})
		}
	})
	seen := map[[16]byte]bool{}
	for c := range queue {
		<-c.done
		if err := c.write(ctx, tx, realm, seen, alone); err != nil {
			return nil, err
		}
	}
	deltas := map[core.OrgID]map[string]int{}
	for _, e := range rows {
		tally(deltas, e.Org, tidy(e.Kind), 1)
	}
	return ids, org.Count(ctx, tx, realm, deltas)
}

// byPath returns the numbers of the rows in the order of their places.
func byPath(rows []Enrolment, places map[core.OrgID]place) []int {
	type key struct {
		path string
		row  int
	}
	keys := make([]key, len(rows))
	for i, e := range rows {
		keys[i] = key{places[e.Org].path, i}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(strings.Compare(a.path, b.path), a.row-b.row) })
	order := make([]int, len(rows))
	for i, k := range keys {
		order[i] = k.row
	}
	return order
}

func orgsOf(rows []Enrolment) map[core.OrgID]bool {
	wanted := map[core.OrgID]bool{}
	for _, e := range rows {
		wanted[e.Org] = true
		for _, a := range e.Past {
			wanted[a.Org] = true
		}
	}
	return wanted
}

func tally(deltas map[core.OrgID]map[string]int, at core.OrgID, kind string, n int) {
	if at == 0 {
		return
	}
	if deltas[at] == nil {
		deltas[at] = map[string]int{}
	}
	deltas[at][kind] += n
}

// prepare checks, seals and keys the rows; the first that is refused ends it.
func (c *ready) prepare(keys *secret.Keyring, realm core.RealmID, now time.Time, rows []Enrolment, ids []core.PersonID, places map[core.OrgID]place) {
	today := core.DateOf(now)
	for _, i := range c.rows {
		e := rows[i].Tidy()
		facts, err := e.admit(today, places)
		if err != nil {
			c.err = &RowError{i, err}
			return
		}
		p := e.person(realm, ids[i], now)
		p.seal(keys, e.IDNumber, e.Phone)
		c.persons = append(c.persons, p.row(places[e.Org]))
		for _, a := range facts {
			c.memberships = append(c.memberships, membershipRow(realm, now, p.ID, a, "", e.Batch))
		}
		c.hashes = append(c.hashes, p.idHash)
		c.ids = append(c.ids, int64(p.ID))
		c.words = append(c.words, names.Words(p.Name))
	}
}

// admit returns the affiliations of a tidy enrolment, or why it is refused.
func (e Enrolment) admit(today core.Date, places map[core.OrgID]place) (Timeline, error) {
	if err := e.Check(today); err != nil {
		return nil, err
	}
	facts, err := e.facts(today)
	if err != nil {
		return nil, err
	}
	at, ok := places[e.Org]
	if !ok {
		return nil, core.Fail(core.NotFound, "membership.org_unknown")
	}
	if err := at.receives(today); err != nil {
		return nil, err
	}
	for _, a := range facts {
		at, ok := places[a.Org]
		if !ok {
			return nil, core.Fail(core.NotFound, "membership.org_unknown")
		}
		if err := at.held(a.From, a.To); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

func (e Enrolment) person(realm core.RealmID, id core.PersonID, now time.Time) Person {
	return Person{
		Realm: realm, ID: id, Name: e.Name, Sex: e.Sex, Ethnicity: e.Ethnicity, BornOn: e.BornOn, Education: e.Education,
		JoinedOn: e.JoinedOn, ConfirmedOn: e.ConfirmedOn, Kind: e.Kind, Position: e.Position, Note: e.Note, Org: e.Org,
		Version: 1, CreatedAt: now,
	}
}

// seal sets the id number and the phone, or clears them.
func (p *Person) seal(keys *secret.Keyring, idNumber, phone string) {
	p.idNumber, p.idHash = keys.Seal(idField, core.ID(p.ID), []byte(idNumber)), keys.Hash(idField, idNumber)
	p.phone, p.phoneHash = keys.Seal(phoneField, core.ID(p.ID), []byte(phone)), keys.Hash(phoneField, phone)
}

const rowColumns = `realm_id, id, name, name_key, initials, sex, ethnicity, born_on, education, id_number, id_number_hash, phone, phone_hash,
	joined_on, confirmed_on, position, note, kind, at_org, at_path, at_1, at_2, version, created_at`

// row is the person as a new row kept at a place, in the types that reach the
// driver, so that the one writer has nothing to convert.
func (p Person) row(at place) []any {
	return []any{
		int64(p.Realm), int64(p.ID), p.Name, names.PersonKey(p.Name), names.PersonInitials(p.Name), p.Sex, p.Ethnicity, known(p.BornOn), p.Education,
		p.idNumber, p.idHash, p.phone, p.phoneHash, known(p.JoinedOn), known(p.ConfirmedOn), p.Position, p.Note, p.Kind,
		int64(at.org), at.path, given(int64(at.one)), given(int64(at.two)), int64(p.Version), p.CreatedAt.UnixMicro(),
	}
}

func known(d core.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}

func given(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// write inserts a prepared chunk. seen holds the id numbers of the chunks
// before it.
func (c *ready) write(ctx context.Context, tx *db.Tx, realm core.RealmID, seen map[[16]byte]bool, alone bool) error {
	if c.err != nil {
		return c.err
	}
	if err := c.unlike(seen); err != nil {
		return err
	}
	if !alone {
		if err := c.free(ctx, tx, realm); err != nil {
			return err
		}
	}
	if err := db.Insert(ctx, tx, "persons", rowColumns, c.persons); err != nil {
		return taken(err)
	}
	if err := db.Insert(ctx, tx, "memberships", membershipColumns, c.memberships); err != nil {
		return err
	}
	return db.PersonSearch.IndexMany(ctx, tx, c.ids, c.words)
}

func (c *ready) refuse(n int) error { return &RowError{c.rows[n], taken(core.Conflict)} }

// unlike refuses the first row whose id number stands above in the same call.
func (c *ready) unlike(seen map[[16]byte]bool) error {
	for n, h := range c.hashes {
		if h == nil {
			continue
		}
		key := [16]byte(h)
		if seen[key] {
			return c.refuse(n)
		}
		seen[key] = true
	}
	return nil
}

// free refuses the first row whose id number is already in the realm.
func (c *ready) free(ctx context.Context, tx *db.Tx, realm core.RealmID) error {
	for part := range slices.Chunk(c.hashes, 16) {
		args := []any{realm}
		for _, h := range part {
			args = append(args, h)
		}
		for len(args) < 17 {
			args = append(args, []byte(nil))
		}
		held, err := db.All(ctx, tx, func(r db.Row) (h []byte, err error) { return h, r.Scan(&h) }, `
			SELECT id_number_hash FROM persons WHERE realm_id = $1 AND id_number_hash IN
				($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`, args...)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return c.refuse(slices.IndexFunc(c.hashes, func(h []byte) bool { return bytes.Equal(h, held[0]) }))
		}
	}
	return nil
}
