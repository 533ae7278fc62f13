package audit

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Chain links the committed entries of the journal, in every realm of the
// database, and signs how far it has come. Several processes may do so at once:
// each link has one number and each entry one link.
type Chain struct {
	DB   *db.DB
	Now  core.Now
	Key  ed25519.PrivateKey // signs the checkpoints
	File string             // of the checkpoints, outside the data folder; "" for the table alone

	mu sync.Mutex // one of this process at a time
}

// most is how many entries are chained in one transaction.
const most = 2000

// A head is the newest link of a realm's chain; the zero head is of an empty one.
type head struct {
	seq   int64
	entry core.ID
	hash  string
}

// follow returns the hash of the link that comes after another one.
func follow(realm core.RealmID, seq int64, entry core.ID, before, hash string) string {
	b, err := json.Marshal([]any{int64(realm), seq, int64(entry), before, hash})
	if err != nil {
		panic(err) // numbers and strings always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func headOf(ctx context.Context, q db.Querier, realm core.RealmID) (h head, err error) {
	err = db.Each(ctx, q, func(r db.Row) error { return r.Scan(&h.seq, &h.entry, &h.hash) },
		`SELECT seq, id, hash FROM journal_links WHERE realm_id = $1 ORDER BY seq DESC LIMIT 1`, realm)
	return h, err
}

// All chains every committed entry that is not chained yet, however old.
func (c *Chain) All(ctx context.Context) (int, error) { return c.link(ctx, 0) }

// Recent chains the entries that were made since the newest chained one, and
// up to back before it: a transaction that takes its time commits an entry
// after younger ones. It looks at few rows however long the journal is.
func (c *Chain) Recent(ctx context.Context, back time.Duration) (int, error) {
	return c.link(ctx, back)
}

func (c *Chain) link(ctx context.Context, back time.Duration) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	realms, err := c.realms(ctx)
	if err != nil {
		return 0, err
	}
	for _, realm := range realms {
		var done core.ID // by the batch before
		for lost := 0; ; {
			m, err := c.batch(ctx, realm, back, &done)
			if errors.Is(err, core.Conflict) && lost < 20 { // another process was quicker
				lost++
				continue
			}
			n += m
			if err != nil {
				return n, err
			}
			if m < most {
				break
			}
		}
	}
	return n, nil
}

func (c *Chain) realms(ctx context.Context) (all []core.RealmID, err error) {
	err = c.DB.View(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, func(r db.Row) (id core.RealmID, err error) { return id, r.Scan(&id) }, `SELECT id FROM realms ORDER BY id`)
		return err
	})
	return all, err
}

// batch chains entries of one realm and signs a checkpoint. The entries are
// read outside the transaction that writes, so that on PostgreSQL whoever
// writes in the journal meanwhile is not in its way; the head is looked at
// again inside. done is where the batch before ended, and where this one begins.
func (c *Chain) batch(ctx context.Context, realm core.RealmID, back time.Duration, done *core.ID) (int, error) {
	var top head
	var links [][]any
	err := c.DB.View(ctx, func(tx *db.Tx) (err error) {
		if top, err = headOf(ctx, tx, realm); err != nil {
			return err
		}
		since := *done
		if since == 0 && back > 0 {
			since = top.entry - core.MakeID(back.Milliseconds(), 0, 0)
		}
		at := top
		return db.Each(ctx, tx, func(r db.Row) error {
			var hash string
			if err := r.Scan(&at.entry, &hash); err != nil {
				return err
			}
			at.seq++
			at.hash = follow(realm, at.seq, at.entry, at.hash, hash)
			links = append(links, []any{realm, at.entry, at.seq, at.hash})
			return nil
		}, `
			SELECT j.id, j.hash FROM journal j
			LEFT JOIN journal_links l ON l.realm_id = j.realm_id AND l.id = j.id
			WHERE j.realm_id = $1 AND j.id >= $2 AND l.id IS NULL
			ORDER BY j.id LIMIT $3`, realm, since, most)
	})
	if err != nil || len(links) == 0 {
		return 0, err
	}
	last := links[len(links)-1]
	p := c.sign(realm, last[2].(int64), last[3].(string))
	err = c.DB.Tx(ctx, func(tx *db.Tx) error {
		now, err := headOf(ctx, tx, realm)
		if err != nil {
			return err
		}
		if now != top {
			return core.Conflict
		}
		if err := db.Insert(ctx, tx, "journal_links", "realm_id, id, seq, hash", links); err != nil {
			return err
		}
		return p.keep(ctx, tx)
	})
	if err != nil {
		return 0, err
	}
	*done = last[1].(core.ID)
	return len(links), c.append(p)
}
