// Package once lets a write that is sent twice happen once: it keeps what was
// answered to an Idempotency-Key, sealed, for a day.
package once

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/secret"
)

// Lasts is how long an answer is kept; Wait is how long a second call waits for
// the first to end.
const (
	Lasts = 24 * time.Hour
	Wait  = 30 * time.Second
	pause = 20 * time.Millisecond
)

// An Answer is what was sent.
type Answer struct {
	Status int               `json:"-"`
	Header map[string]string `json:"h"`
	Body   []byte            `json:"b"`
}

// A Call is a write with a key. Body is everything that makes it what it is:
// route, address, body.
type Call struct {
	Who   access.Actor
	Epoch int // of the user: an answer does not outlive a right
	Key   string
	Body  []byte
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A Store keeps answers.
type Store struct {
	DB   *db.DB
	Now  core.Now
	Keys *secret.Keyring
}

// kept is what is known of a key.
type kept struct {
	id     core.ID
	body   string
	epoch  int
	status int
	answer []byte
	at     time.Time
}

func scan(r db.Row) (k kept, err error) {
	return k, r.Scan(&k.id, &k.body, &k.epoch, &k.status, &k.answer, (*db.Instant)(&k.at))
}

// Do runs f for the first call with a key, and gives every other one its
// answer. Another body under the same key is core.Invalid. A first call whose
// end nobody knows, since the program was killed meanwhile, is core.Conflict
// until the key is forgotten. f says whether its answer may be kept; else the
// key is free again.
func (s *Store) Do(ctx context.Context, c Call, f func() (a Answer, keep bool, err error)) (Answer, error) {
	key, body := digest([]byte(c.Key)), digest(c.Body)
	for began := time.Duration(0); ; began += pause {
		id, known, err := s.begin(ctx, c, key, body)
		switch {
		case err != nil:
			return Answer{}, err
		case id != 0:
			return s.run(ctx, id, c, f)
		case known.body != body:
			return Answer{}, core.Fail(core.Invalid, "once.other_body")
		case known.epoch != c.Epoch:
			return Answer{}, core.Fail(core.Conflict, "once.rights")
		case known.status != 0:
			return s.open(known)
		case began > Wait, !known.at.IsZero() && s.Now().Sub(known.at) > Wait:
			return Answer{}, core.Fail(core.Conflict, "once.unknown")
		}
		select {
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// begin takes the key: the id of a new row, or what is known of it already.
func (s *Store) begin(ctx context.Context, c Call, key, body string) (core.ID, kept, error) {
	now := s.Now()
	var id core.ID
	var known kept
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		id, known = 0, kept{}
		all, err := db.All(ctx, tx, scan, `SELECT id, body_hash, epoch, status, answer, created_at FROM answers
			WHERE realm_id = $1 AND user_id = $2 AND key_hash = $3 AND created_at > $4`,
			c.Who.Realm, c.Who.User, key, db.Instant(now.Add(-Lasts)))
		if err != nil {
			return err
		}
		if len(all) == 1 {
			known = all[0]
			return nil
		}
		if _, err := tx.Exec(ctx, `DELETE FROM answers WHERE realm_id = $1 AND user_id = $2 AND key_hash = $3`, c.Who.Realm, c.Who.User, key); err != nil {
			return err
		}
		id = core.NewID(now)
		_, err = tx.Exec(ctx, `INSERT INTO answers (realm_id, id, user_id, key_hash, body_hash, epoch, status, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
			c.Who.Realm, id, c.Who.User, key, body, c.Epoch, db.Instant(now))
		return err
	})
	if errors.Is(err, core.Conflict) {
		return 0, kept{body: body, epoch: c.Epoch}, nil // another took it at the same moment: look again
	}
	return id, known, err
}

// run does the write and keeps or forgets what came of it, also when the caller
// has left meanwhile.
func (s *Store) run(ctx context.Context, id core.ID, c Call, f func() (Answer, bool, error)) (Answer, error) {
	a, keep, err := f()
	ctx = context.WithoutCancel(ctx)
	if err != nil || !keep {
		return a, errors.Join(err, s.DB.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM answers WHERE realm_id = $1 AND id = $2`, c.Who.Realm, id)
			return err
		}))
	}
	b, err := json.Marshal(a)
	if err != nil {
		return a, err
	}
	return a, s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE answers SET status = $3, answer = $4 WHERE realm_id = $1 AND id = $2`,
			c.Who.Realm, id, a.Status, s.Keys.Seal("answers.answer", id, b))
		return err
	})
}

func (s *Store) open(k kept) (Answer, error) {
	b, err := s.Keys.Open("answers.answer", k.id, k.answer)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Status: k.status}
	return a, json.Unmarshal(b, &a)
}

// Expire forgets the answers of a realm that are older than a day.
func (s *Store) Expire(ctx context.Context, realm core.RealmID) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM answers WHERE realm_id = $1 AND created_at < $2`, realm, db.Instant(s.Now().Add(-Lasts)))
		return err
	})
}
