package account

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// After five attempts that came to nothing the next ones from that address
// wait, each twice as long as the one before, up to a quarter of an hour. A day
// without attempts forgets them.
const (
	freeAttempts = 5
	firstWait    = 30 * time.Second
	longestWait  = 15 * time.Minute
	forgetAfter  = 24 * time.Hour
)

// After twenty attempts on one account from anywhere, an address that has not
// tried it today waits a minute before its first. Whoever rotates addresses gets
// one attempt a minute from each; the owner, wherever he or she is, waits a
// minute at most because of them. An hour without attempts ends it.
const (
	accountAttempts = 20
	strangerWait    = time.Minute
	accountForget   = time.Hour
	anywhere        = "*"
)

// waitAfter returns how long the attempt after that many failures must wait.
func waitAfter(failures int) time.Duration {
	if failures < freeAttempts {
		return 0
	}
	return min(firstWait<<min(failures-freeAttempts, 10), longestWait)
}

// accountKey names an account to the throttle: by its id, however its login
// was written.
func accountKey(user core.UserID) string { return "user " + core.ID(user).String() }

// strangerKey names a login that nobody has, so that it is throttled like one
// that somebody has.
func strangerKey(login string) string { return "login " + loginKey(login) }

// keyOf names whoever a login may be.
func keyOf(u User, login string) string {
	if u.ID == 0 {
		return strangerKey(login)
	}
	return accountKey(u.ID)
}

// throttleKey joins an account and the address it is tried from, without
// showing either. An IPv6 address counts by its /64.
func throttleKey(account, addr string) string {
	if a, err := netip.ParseAddr(addr); err == nil {
		a = a.Unmap().WithZone("")
		if p, err := a.Prefix(64); err == nil && a.Is6() {
			a = p.Addr()
		}
		addr = a.String()
	}
	return fingerprint(fmt.Sprintf("%d:%s:%s", len(account), account, addr))
}

// tries is one row of what came to nothing.
type tries struct {
	known    bool
	failures int
	until    time.Time
	last     time.Time
}

func (s *Service) tries(ctx context.Context, tx *db.Tx, key string) (t tries, err error) {
	err = db.Each(ctx, tx, func(r db.Row) error {
		t.known = true
		return r.Scan(&t.failures, (*db.Instant)(&t.until), (*db.Instant)(&t.last))
	}, `SELECT failures, wait_until, last_at FROM sign_in_failures WHERE realm_id = $1 AND key_hash = $2`, s.Realm, key)
	return t, err
}

func (s *Service) setTries(ctx context.Context, tx *db.Tx, key string, t tries) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sign_in_failures (realm_id, key_hash, failures, wait_until, last_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (realm_id, key_hash) DO UPDATE SET failures = excluded.failures, wait_until = excluded.wait_until, last_at = excluded.last_at`,
		s.Realm, key, t.failures, db.Instant(t.until), db.Instant(t.last))
	return err
}

// attempt counts an attempt before it is looked at, so that many at once are
// counted as many: of a password, a code of any kind, or a passkey. It commits
// on its own, so that no later failure takes the count back. While it must wait
// the error is core.Unavailable and nothing is counted.
func (s *Service) attempt(ctx context.Context, account, addr string, now time.Time) error {
	var wait time.Duration
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		wait = 0
		if _, err := tx.Exec(ctx, `DELETE FROM sign_in_failures WHERE realm_id = $1 AND last_at < $2`, s.Realm, db.Instant(now.Add(-forgetAfter))); err != nil {
			return err
		}
		pair, all := throttleKey(account, addr), throttleKey(account, anywhere)
		here, err := s.tries(ctx, tx, pair)
		if err != nil {
			return err
		}
		if wait = here.until.Sub(now); wait > 0 {
			return nil
		}
		wait = 0
		total, err := s.tries(ctx, tx, all)
		if err != nil {
			return err
		}
		if now.Sub(total.last) >= accountForget {
			total.failures = 0
		}
		if total.failures >= accountAttempts && !here.known {
			wait = strangerWait
			return s.setTries(ctx, tx, pair, tries{until: now.Add(wait), last: now})
		}
		here.failures++
		here.until, here.last = time.Time{}, now
		if w := waitAfter(here.failures); w > 0 {
			here.until = now.Add(w)
		}
		if err := s.setTries(ctx, tx, pair, here); err != nil {
			return err
		}
		return s.setTries(ctx, tx, all, tries{failures: total.failures + 1, last: now})
	})
	if err == nil && wait > 0 {
		err = core.Fail(core.Unavailable, "account.wait", int((wait+time.Second-1)/time.Second))
	}
	return err
}

// succeeded forgets what an address did wrong; what others did stays counted.
// The address stays known for a day.
func (s *Service) succeeded(ctx context.Context, account, addr string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		pair, all := throttleKey(account, addr), throttleKey(account, anywhere)
		here, err := s.tries(ctx, tx, pair)
		if err != nil || !here.known {
			return err
		}
		total, err := s.tries(ctx, tx, all)
		if err != nil {
			return err
		}
		if total.known {
			total.failures = max(total.failures-here.failures, 0)
			if err := s.setTries(ctx, tx, all, total); err != nil {
				return err
			}
		}
		return s.setTries(ctx, tx, pair, tries{last: here.last})
	})
}
