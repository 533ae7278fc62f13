package account

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A session ends twelve hours after it was last used and seven days after it
// began, whichever comes first. Its use is noted every few minutes.
const (
	IdleFor   = 12 * time.Hour
	LastsFor  = 7 * 24 * time.Hour
	noteEvery = 5 * time.Minute
)

// A Peer is where somebody asks from.
type Peer struct {
	Addr   string // without its port
	Device string // what kind of browser, coarse: "Firefox"; kept with the session
}

// An Opened is what a right password, link or passkey opens: a session or, for
// an account with a second factor, a sign-in that waits for it. One of the two
// values of cookies is set.
type Opened struct{ Session, Pending string }

// SignIn checks login and password. A wrong login, a wrong password and a
// closed account get the same answer after the same work; core.Unavailable says
// how many seconds to wait.
func (s *Service) SignIn(ctx context.Context, login, password string, from Peer) (Opened, error) {
	now := s.Now()
	var w withPassword
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		found, err := db.All(ctx, tx, scanWithPassword, `SELECT `+userColumns+`, u.password FROM users u WHERE u.realm_id = $1 AND u.login_key = $2`,
			s.Realm, loginKey(login))
		if len(found) == 1 {
			w = found[0]
		}
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	if err := s.attempt(ctx, keyOf(w.User, login), from.Addr, now); err != nil {
		return Opened{}, err
	}
	ok, renew, err := verify(ctx, from.Addr, w.hash, password)
	if err != nil {
		return Opened{}, err
	}
	if !ok || w.Disabled {
		return Opened{}, s.refused(ctx, now, w.User, "password", core.Fail(core.Invalid, "account.wrong"))
	}
	fresh := ""
	if renew {
		if fresh, err = hashPassword(ctx, from.Addr, password); err != nil {
			return Opened{}, err
		}
	}
	return s.enter(ctx, now, entering{user: w.ID, epoch: w.epoch, how: "password", from: from}, func(tx *db.Tx) error {
		if fresh == "" {
			return nil
		}
		_, err := tx.Exec(ctx, `UPDATE users SET password = $4 WHERE realm_id = $1 AND id = $2 AND password = $3`, s.Realm, w.ID, w.hash, fresh)
		return err
	})
}

// refused journals a failed attempt on its own: with the account if there is
// one and what was tried, never with what was typed.
func (s *Service) refused(ctx context.Context, now time.Time, u User, why string, cause error) error {
	switch {
	case u.ID == 0:
		why = "unknown"
	case u.Disabled:
		why = "disabled"
	}
	err := audit.Refused(ctx, s.DB, now, audit.Entry{
		By: audit.By{Realm: s.Realm, Via: audit.Page}, Action: "session.begin", Subject: "user", SubjectID: core.ID(u.ID),
		After: map[string]string{"cause": why},
	}, cause)
	if err != nil {
		return err
	}
	return cause
}

// Session returns who holds the cookie. Whatever is no live session of an open
// account is core.Forbidden: account.signed_out.
func (s *Service) Session(ctx context.Context, cookie string) (User, access.Actor, error) {
	out := core.Fail(core.Forbidden, "account.signed_out")
	if !readable(cookie) {
		return User{}, access.Actor{}, out
	}
	now, hash := s.Now(), fingerprint(cookie)
	var u User
	var seen, expires time.Time
	var epoch int
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		return db.Each(ctx, tx, func(r db.Row) error {
			return r.Scan(append(u.into(), &epoch, (*db.Instant)(&seen), (*db.Instant)(&expires))...)
		}, `SELECT `+userColumns+`, s.epoch, s.seen_at, s.expires_at
			FROM sessions s JOIN users u ON u.realm_id = s.realm_id AND u.id = s.user_id
			WHERE s.hash = $1 AND s.realm_id = $2`, hash, s.Realm)
	})
	if err != nil {
		return User{}, access.Actor{}, err
	}
	if u.ID == 0 || u.Disabled || epoch != u.epoch || !now.Before(expires) || !now.Before(seen.Add(IdleFor)) {
		return User{}, access.Actor{}, out
	}
	if now.Sub(seen) >= noteEvery {
		if err := s.note(ctx, hash, now); err != nil && core.KindOf(err) != core.Unavailable {
			return User{}, access.Actor{}, err // a full disk does not sign people out
		}
	}
	return u, u.actor(audit.Page), nil
}

func (s *Service) note(ctx context.Context, hash string, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE hash = $1 AND seen_at < $2`, hash, db.Instant(now))
		return err
	})
}

// SignOut ends the session of a cookie, if it is one.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	if !readable(cookie) {
		return nil
	}
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		hash := fingerprint(cookie)
		users, err := db.All(ctx, tx, func(r db.Row) (id core.UserID, err error) { return id, r.Scan(&id) },
			`SELECT user_id FROM sessions WHERE hash = $1 AND realm_id = $2`, hash, s.Realm)
		if err != nil || len(users) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE hash = $1 AND realm_id = $2`, hash, s.Realm); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: audit.By{Realm: s.Realm, User: users[0], Via: audit.Page}, Action: "session.end", Subject: "user", SubjectID: core.ID(users[0]),
		})
	})
}
