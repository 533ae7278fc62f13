package account

import (
	"context"
	"time"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// PendingLasts is how long a sign-in waits for its second step.
const PendingLasts = 10 * time.Minute

// An entering is somebody who has proved something, on the way in.
type entering struct {
	user   core.UserID
	epoch  int
	how    string // "password", "link", "setup", "passkey"
	second string // how the second step was taken: "app", "recovery", "passkey"; "" if it was not
	from   Peer
}

// enter is the one way in, whatever was proved: an account with a factor gets
// no session before its second step, and nobody gets one whose account has
// changed since the proof. also runs in the same transaction.
func (s *Service) enter(ctx context.Context, now time.Time, e entering, also func(*db.Tx) error) (o Opened, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		o = Opened{}
		u, err := Find(ctx, tx, s.Realm, e.user)
		if err != nil {
			return err
		}
		if u.Disabled || u.epoch != e.epoch {
			return core.Fail(core.Invalid, "account.wrong") // changed since it was checked
		}
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		if e.second == "" {
			f, err := factors(ctx, tx, s.Realm, u.ID)
			if err != nil {
				return err
			}
			if f.Any() {
				o.Pending, err = s.wait(ctx, tx, now, e, "")
				return err
			}
		}
		o.Session, err = begin(ctx, tx, now, u, e)
		return err
	})
	if err == nil && o.Session != "" {
		err = s.succeeded(ctx, accountKey(e.user), e.from.Addr)
	}
	return o, err
}

// begin starts a session and journals it. Old sessions that have ended are
// swept.
func begin(ctx context.Context, tx *db.Tx, now time.Time, u User, e entering) (string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE realm_id = $1 AND (expires_at < $2 OR seen_at < $3)`,
		u.Realm, db.Instant(now), db.Instant(now.Add(-IdleFor))); err != nil {
		return "", err
	}
	cookie, err := addSession(ctx, tx, u, seat{device: e.from.Device, began: now, seen: now, proved: now, expires: now.Add(LastsFor)})
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `UPDATE users SET signed_in_at = $3 WHERE realm_id = $1 AND id = $2`, u.Realm, u.ID, db.Instant(now)); err != nil {
		return "", err
	}
	after := map[string]string{"by": e.how}
	if e.second != "" {
		after["second"] = e.second
	}
	return cookie, audit.Write(ctx, tx, now, audit.Entry{
		By: u.actor(audit.Page).By(), Action: "session.begin", Subject: "user", SubjectID: core.ID(u.ID), After: after,
	})
}

// A seat is what is stored of a session.
type seat struct {
	device                       string
	began, seen, proved, expires time.Time
}

func addSession(ctx context.Context, tx *db.Tx, u User, s seat) (string, error) {
	cookie := newSecret()
	_, err := tx.Exec(ctx, `
		INSERT INTO sessions (hash, realm_id, user_id, epoch, created_at, seen_at, expires_at, id, device, proved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		fingerprint(cookie), u.Realm, u.ID, u.epoch, db.Instant(s.began), db.Instant(s.seen), db.Instant(s.expires), core.NewID(s.seen), s.device, db.Instant(s.proved))
	return cookie, err
}

// renew ends every way in of a user and lets the session of the cookie go on
// under another one: whoever knew the old id knows nothing. It is called where
// the user's own doing changes what the account is worth.
func renew(ctx context.Context, tx *db.Tx, now time.Time, u User, cookie string) (string, error) {
	old, err := db.One(ctx, tx, func(r db.Row) (s seat, err error) {
		return s, r.Scan(&s.device, (*db.Instant)(&s.began), (*db.Instant)(&s.proved), (*db.Instant)(&s.expires))
	}, `SELECT device, created_at, proved_at, expires_at FROM sessions WHERE hash = $1 AND realm_id = $2 AND user_id = $3`, fingerprint(cookie), u.Realm, u.ID)
	if err != nil {
		return "", err
	}
	if err := RevokeAll(ctx, tx, now, u.Realm, u.ID, ""); err != nil {
		return "", err
	}
	if u, err = Find(ctx, tx, u.Realm, u.ID); err != nil {
		return "", err
	}
	old.seen = now
	return addSession(ctx, tx, u, old)
}
