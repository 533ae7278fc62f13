package account

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Factors are what an account asks for besides the password or the link.
type Factors struct {
	App      bool // codes by an app
	Passkeys []Passkey
	Codes    int  // recovery codes that are left
	Password bool // there is one; only Factors says
}

// Any reports whether signing in takes a second step. Recovery codes alone are
// no factor: they stand in for one.
func (f Factors) Any() bool { return f.App || len(f.Passkeys) > 0 }

// freshFor is how long after proving who one is factors can be changed.
const freshFor = 15 * time.Minute

// factors returns what an account has.
func factors(ctx context.Context, q db.Querier, realm core.RealmID, user core.UserID) (f Factors, err error) {
	n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM totps WHERE realm_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL`, realm, user)
	if err != nil {
		return f, err
	}
	f.App = n == 1
	if f.Passkeys, err = passkeysOf(ctx, q, realm, user); err != nil {
		return f, err
	}
	f.Codes, err = db.One(ctx, q, db.Int, `SELECT count(*) FROM recovery_codes WHERE realm_id = $1 AND user_id = $2 AND used_at IS NULL`, realm, user)
	return f, err
}

// Factors returns the actor's own, and whether they can be changed now or the
// actor must first sign in again.
func (s *Service) Factors(ctx context.Context, who access.Actor, cookie string) (f Factors, fresh bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := requireSelf(ctx, tx, who); err != nil {
			return err
		}
		switch err := s.requireFresh(ctx, tx, who, cookie, s.Now()); core.KindOf(err) {
		case core.Forbidden:
		default:
			if err != nil {
				return err
			}
			fresh = true
		}
		if f, err = factors(ctx, tx, who.Realm, who.User); err != nil {
			return err
		}
		n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM users WHERE realm_id = $1 AND id = $2 AND password <> ''`, who.Realm, who.User)
		f.Password = n == 1
		return err
	})
	return f, fresh, err
}

// requireFresh returns nil if the session of the cookie is the actor's and he or
// she proved who it is a short while ago: a session that was left open on a
// shared machine must not be able to add a key for later.
func (s *Service) requireFresh(ctx context.Context, q db.Querier, who access.Actor, cookie string, now time.Time) error {
	return RequireFresh(ctx, q, who, cookie, now)
}

// RequireFresh is core.Forbidden unless the session of the cookie is the actor's
// and he or she proved who it is in the last 15 minutes.
func RequireFresh(ctx context.Context, q db.Querier, who access.Actor, cookie string, now time.Time) error {
	n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM sessions WHERE hash = $1 AND realm_id = $2 AND user_id = $3 AND proved_at > $4`,
		fingerprint(cookie), who.Realm, who.User, db.Instant(now.Add(-freshFor)))
	if err == nil && n != 1 {
		err = core.Fail(core.Forbidden, "factor.stale")
	}
	return err
}

// requireFreshThen runs a change of the actor's own factors in one transaction: the
// session must be fresh; afterwards all others have ended and this one goes on
// under a new cookie. f may tell the journal more than the action.
func (s *Service) requireFreshThen(ctx context.Context, who access.Actor, cookie, action string, f func(*db.Tx, User, time.Time) (any, error)) (fresh string, err error) {
	now := s.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		u, err := requireSelf(ctx, tx, who)
		if err != nil {
			return err
		}
		if err := s.requireFresh(ctx, tx, who, cookie, now); err != nil {
			return err
		}
		after, err := f(tx, u, now)
		if err != nil {
			return err
		}
		if fresh, err = renew(ctx, tx, now, u, cookie); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: action, Subject: "user", SubjectID: core.ID(u.ID), After: after})
	})
	return fresh, s.journalled(ctx, who, now, action, who.User, err)
}

// dropFactors removes every factor of an account and what stands in for them.
func dropFactors(ctx context.Context, tx *db.Tx, realm core.RealmID, user core.UserID) error {
	for _, query := range []string{
		`DELETE FROM totps WHERE realm_id = $1 AND user_id = $2`,
		`DELETE FROM passkeys WHERE realm_id = $1 AND user_id = $2`,
		`DELETE FROM recovery_codes WHERE realm_id = $1 AND user_id = $2`,
	} {
		if _, err := tx.Exec(ctx, query, realm, user); err != nil {
			return err
		}
	}
	return nil
}

// firstCodes makes recovery codes for an account that has none left, so that
// nobody has a factor and no way around its loss; nil if there are some.
func (s *Service) firstCodes(ctx context.Context, tx *db.Tx, u User, now time.Time) ([]string, error) {
	f, err := factors(ctx, tx, u.Realm, u.ID)
	if err != nil || f.Codes > 0 {
		return nil, err
	}
	return s.writeCodes(ctx, tx, u, now)
}

// lastFactorGone removes the recovery codes with the last factor.
func lastFactorGone(ctx context.Context, tx *db.Tx, u User) error {
	f, err := factors(ctx, tx, u.Realm, u.ID)
	if err != nil || f.Any() {
		return err
	}
	return dropFactors(ctx, tx, u.Realm, u.ID)
}
