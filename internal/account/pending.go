package account

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A pending sign-in has proved one thing and waits for another.
type pending struct {
	user      core.UserID // zero while a passkey may still say who
	epoch     int
	how       string
	challenge string
}

// What a pending sign-in that began with nothing but a passkey's button is
// called, and what a passkey that is being added is.
const (
	byPasskey = "passkey"
	toAdd     = "add"
)

// wait keeps an entering until its second step and returns the cookie that binds
// it to the browser. Those that are over are swept.
func (s *Service) wait(ctx context.Context, tx *db.Tx, now time.Time, e entering, challenge string) (string, error) {
	cookie := newSecret()
	return cookie, s.keepPending(ctx, tx, now, cookie, e, challenge)
}

func (s *Service) keepPending(ctx context.Context, tx *db.Tx, now time.Time, cookie string, e entering, challenge string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM pending_logins WHERE realm_id = $1 AND expires_at < $2`, s.Realm, db.Instant(now)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO pending_logins (hash, realm_id, user_id, epoch, how, challenge, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (hash) DO UPDATE SET challenge = excluded.challenge, expires_at = excluded.expires_at`,
		fingerprint(cookie), s.Realm, db.Null(&e.user), e.epoch, e.how, challenge, db.Instant(now.Add(PendingLasts)))
	return err
}

// pendingOf returns the pending sign-in of a cookie. One that is over, unknown,
// or of an account that has changed since is core.NotFound.
func (s *Service) pendingOf(ctx context.Context, q db.Querier, cookie string, now time.Time) (p pending, u User, err error) {
	if !readable(cookie) {
		return p, u, core.NotFound
	}
	p, err = db.One(ctx, q, func(r db.Row) (p pending, err error) {
		return p, r.Scan(db.Null(&p.user), &p.epoch, &p.how, &p.challenge)
	}, `SELECT user_id, epoch, how, challenge FROM pending_logins WHERE hash = $1 AND realm_id = $2 AND how <> $3 AND expires_at > $4`,
		fingerprint(cookie), s.Realm, toAdd, db.Instant(now))
	if err != nil || p.user == 0 {
		return p, u, err
	}
	u, err = Find(ctx, q, s.Realm, p.user)
	if err == nil && (u.Disabled || u.epoch != p.epoch) {
		err = core.NotFound
	}
	return p, u, err
}

// over says that a pending sign-in has ended: begin again.
func over(err error) error {
	if core.KindOf(err) == core.NotFound {
		return &core.Error{Kind: core.NotFound, Msg: core.M("factor.over"), Err: err}
	}
	return err
}

// Pending returns who waits for a second step and with what it can be taken;
// core.NotFound, with a sentence, if nobody does.
func (s *Service) Pending(ctx context.Context, cookie string) (u User, f Factors, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		var p pending
		if p, u, err = s.pendingOf(ctx, tx, cookie, s.Now()); err != nil {
			return err
		}
		if p.user == 0 {
			return core.NotFound
		}
		f, err = factors(ctx, tx, s.Realm, u.ID)
		return err
	})
	return u, f, over(err)
}

// SecondStep takes the second step with a code of the app or a recovery code
// and returns the new session's cookie. A code is used up whatever comes after.
func (s *Service) SecondStep(ctx context.Context, cookie, code string, from Peer) (string, error) {
	now := s.Now()
	var p pending
	var u User
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		p, u, err = s.pendingOf(ctx, tx, cookie, now)
		if err == nil && p.user == 0 {
			err = core.NotFound
		}
		return err
	})
	if err != nil {
		return "", over(err)
	}
	if err := s.attempt(ctx, accountKey(u.ID), from.Addr, now); err != nil {
		return "", err
	}
	second, ok := "app", false
	if d := digits(code); len(d) == totpDigits {
		ok, err = s.useTOTP(ctx, u.ID, d, now)
	} else if len(readCode(code)) == recoveryChars {
		second = "recovery"
		ok, err = s.useRecovery(ctx, u.ID, code, now)
	}
	if err != nil {
		return "", err
	}
	if !ok {
		return "", s.refused(ctx, now, u, second, wrongCode())
	}
	return s.finish(ctx, now, cookie, entering{user: u.ID, epoch: p.epoch, how: p.how, second: second, from: from})
}

// finish turns a pending sign-in into a session; of many at once exactly one.
func (s *Service) finish(ctx context.Context, now time.Time, cookie string, e entering) (string, error) {
	o, err := s.enter(ctx, now, e, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM pending_logins WHERE hash = $1 AND realm_id = $2`, fingerprint(cookie), s.Realm)
		if err == nil && n != 1 {
			err = core.NotFound
		}
		return err
	})
	return o.Session, over(err)
}
