package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238 as the apps speak it
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// RFC 6238 as every app knows it: SHA-1, thirty seconds, six digits. One step
// before and one after are accepted, for clocks that are not quite right: a code
// lives 90 seconds at most, and works once.
const (
	stepSeconds = 30
	stepsAround = 1
	totpDigits  = 6
	totpField   = "totps.secret"
)

// totp returns the code of a step.
func totp(secret []byte, step int64) string {
	m := hmac.New(sha1.New, secret)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// stepOf returns the step, at or around now, whose code it is. All are compared.
func stepOf(secret []byte, code string, now time.Time) (step int64, ok bool) {
	at := now.Unix() / stepSeconds
	for s := at - stepsAround; s <= at+stepsAround; s++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, s)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// An Enrolment is what an app needs to make codes: the secret as it is typed,
// and the address that its camera reads.
type Enrolment struct{ Secret, Address string }

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// BeginTOTP makes a secret for the actor's app; it is no factor before
// ConfirmTOTP. core.Conflict if the account has an app already.
func (s *Service) BeginTOTP(ctx context.Context, who access.Actor, cookie string) error {
	now := s.Now()
	secret := make([]byte, 20)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := requireSelf(ctx, tx, who); err != nil {
			return err
		}
		if err := s.requireFresh(ctx, tx, who, cookie, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM totps WHERE realm_id = $1 AND user_id = $2 AND confirmed_at IS NULL`, who.Realm, who.User); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO totps (realm_id, user_id, secret, step, begun_at) VALUES ($1, $2, $3, 0, $4)`,
			who.Realm, who.User, s.Keys.Seal(totpField, core.ID(who.User), secret), db.Instant(now))
		if core.KindOf(err) == core.Conflict {
			return core.Fail(core.Conflict, "factor.app.already")
		}
		return err
	})
}

// enrolFor is how long an app can be confirmed after it was begun.
const enrolFor = 30 * time.Minute

// Enrolment returns the secret that waits to be confirmed; core.NotFound if none.
func (s *Service) Enrolment(ctx context.Context, who access.Actor, cookie string) (e Enrolment, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		u, err := requireSelf(ctx, tx, who)
		if err != nil {
			return err
		}
		if err := s.requireFresh(ctx, tx, who, cookie, s.Now()); err != nil {
			return err
		}
		secret, err := s.begun(ctx, tx, u, s.Now())
		if err != nil {
			return err
		}
		e.Secret = base32Text.EncodeToString(secret)
		q := url.Values{"secret": {e.Secret}, "issuer": {"Tongpin"}}
		e.Address = "otpauth://totp/" + url.PathEscape("Tongpin:"+u.Login) + "?" + q.Encode()
		return nil
	})
	return e, err
}

func (s *Service) begun(ctx context.Context, q db.Querier, u User, now time.Time) ([]byte, error) {
	sealed, err := db.One(ctx, q, scanBytes, `SELECT secret FROM totps WHERE realm_id = $1 AND user_id = $2 AND confirmed_at IS NULL AND begun_at > $3`,
		u.Realm, u.ID, db.Instant(now.Add(-enrolFor)))
	if err != nil {
		return nil, err
	}
	return s.Keys.Open(totpField, core.ID(u.ID), sealed)
}

func scanBytes(r db.Row) (b []byte, err error) { return b, r.Scan(&b) }

// A Change is what comes of a change of factors: the session's new cookie, and
// recovery codes if there are new ones, to be shown once.
type Change struct {
	Cookie string
	Codes  []string
}

// ConfirmTOTP makes the app a factor once it has shown a right code, which
// cannot be used again to sign in.
func (s *Service) ConfirmTOTP(ctx context.Context, who access.Actor, cookie, code string, from Peer) (c Change, err error) {
	if err := s.attempt(ctx, accountKey(who.User), from.Addr, s.Now()); err != nil {
		return c, err
	}
	c.Cookie, err = s.requireFreshThen(ctx, who, cookie, "factor.app", func(tx *db.Tx, u User, now time.Time) (any, error) {
		secret, err := s.begun(ctx, tx, u, now)
		if err != nil {
			return nil, err
		}
		step, ok := stepOf(secret, digits(code), now)
		if !ok {
			return nil, wrongCode()
		}
		n, err := tx.Exec(ctx, `UPDATE totps SET confirmed_at = $3, step = $4 WHERE realm_id = $1 AND user_id = $2 AND confirmed_at IS NULL`,
			u.Realm, u.ID, db.Instant(now), step)
		if err == nil && n != 1 {
			err = core.Conflict
		}
		if err != nil {
			return nil, err
		}
		c.Codes, err = s.firstCodes(ctx, tx, u, now)
		return map[string]any{"app": true}, err
	})
	if err == nil {
		err = s.succeeded(ctx, accountKey(who.User), from.Addr)
	}
	return c, err
}

func wrongCode() error {
	return &core.Error{Kind: core.Invalid, Msg: core.M("factor.code.wrong"), Fields: core.Fields{"code": core.M("factor.code.wrong")}}
}

// RemoveTOTP takes the actor's app away.
func (s *Service) RemoveTOTP(ctx context.Context, who access.Actor, cookie string) (Change, error) {
	fresh, err := s.requireFreshThen(ctx, who, cookie, "factor.app", func(tx *db.Tx, u User, _ time.Time) (any, error) {
		n, err := tx.Exec(ctx, `DELETE FROM totps WHERE realm_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL`, u.Realm, u.ID)
		if err == nil && n != 1 {
			err = core.NotFound
		}
		if err != nil {
			return nil, err
		}
		return map[string]any{"app": false}, lastFactorGone(ctx, tx, u)
	})
	return Change{Cookie: fresh}, err
}

// useTOTP uses a code up, in a transaction of its own: of many at once exactly
// one succeeds, and no code of an earlier step works after it.
func (s *Service) useTOTP(ctx context.Context, user core.UserID, code string, now time.Time) (ok bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		ok = false
		found, err := db.All(ctx, tx, scanBytes, `SELECT secret FROM totps WHERE realm_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL`, s.Realm, user)
		if err != nil || len(found) == 0 {
			return err
		}
		secret, err := s.Keys.Open(totpField, core.ID(user), found[0])
		if err != nil {
			return err
		}
		step, right := stepOf(secret, code, now)
		if !right {
			return nil
		}
		n, err := tx.Exec(ctx, `UPDATE totps SET step = $3 WHERE realm_id = $1 AND user_id = $2 AND step < $3 AND confirmed_at IS NOT NULL`, s.Realm, user, step)
		ok = n == 1
		return err
	})
	return ok && err == nil, err
}
