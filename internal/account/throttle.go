package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// After five attempts that came to nothing the next ones wait, each twice as
// long as the one before, up to a quarter of an hour. A day without attempts
// forgets them.
const (
	freeAttempts = 5
	firstWait    = 30 * time.Second
	longestWait  = 15 * time.Minute
	forgetAfter  = 24 * time.Hour
)

// waitAfter returns how long the attempt after that many failures must wait.
func waitAfter(failures int) time.Duration {
	if failures < freeAttempts {
		return 0
	}
	return min(firstWait<<min(failures-freeAttempts, 10), longestWait)
}

// throttleKey names an account as it was typed, with the address it is tried
// from, without showing either. An IPv6 address counts by its /64.
func throttleKey(login, addr string) string {
	if a, err := netip.ParseAddr(addr); err == nil {
		a = a.Unmap().WithZone("")
		if p, err := a.Prefix(64); err == nil && a.Is6() {
			a = p.Addr()
		}
		addr = a.String()
	}
	key := loginKey(login)
	return fingerprint(fmt.Sprintf("%d:%s:%s", len(key), key, addr))
}

// attempt counts an attempt before it is looked at, so that many at once are
// counted as many. It commits on its own. While the key must wait the error is
// core.Unavailable and nothing is counted.
func (s *Service) attempt(ctx context.Context, key string, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM sign_in_failures WHERE realm_id = $1 AND last_at < $2`, s.Realm, db.Instant(now.Add(-forgetAfter))); err != nil {
			return err
		}
		var failures int
		var until db.Instant
		err := db.Each(ctx, tx, func(r db.Row) error { return r.Scan(&failures, &until) },
			`SELECT failures, wait_until FROM sign_in_failures WHERE realm_id = $1 AND key_hash = $2`, s.Realm, key)
		if err != nil {
			return err
		}
		if left := time.Time(until).Sub(now); left > 0 {
			return core.Fail(core.Unavailable, "account.wait", int((left+time.Second-1)/time.Second))
		}
		failures++
		until = db.Instant{}
		if wait := waitAfter(failures); wait > 0 {
			until = db.Instant(now.Add(wait))
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO sign_in_failures (realm_id, key_hash, failures, wait_until, last_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (realm_id, key_hash) DO UPDATE SET failures = excluded.failures, wait_until = excluded.wait_until, last_at = excluded.last_at`,
			s.Realm, key, failures, until, db.Instant(now))
		return err
	})
}

// succeeded forgets the failures of a key.
func succeeded(ctx context.Context, tx *db.Tx, realm core.RealmID, key string) error {
	_, err := tx.Exec(ctx, `DELETE FROM sign_in_failures WHERE realm_id = $1 AND key_hash = $2`, realm, key)
	return err
}
