package account

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// AskPasskey returns what the browser needs to sign with a passkey, as JSON,
// and the value of the pending sign-in's cookie. Where the cookie given is of a
// sign-in that waits for its second step, that person's passkeys will do;
// otherwise the passkey itself says who it is.
func (s *Service) AskPasskey(ctx context.Context, cookie string) (ask []byte, pending string, err error) {
	now := s.Now()
	rp, err := s.party()
	if err != nil {
		return nil, "", err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		p, u, err := s.pendingOf(ctx, tx, cookie, now)
		if err != nil && !errors.Is(err, core.NotFound) {
			return err
		}
		e := entering{user: p.user, epoch: p.epoch, how: p.how}
		var options *protocol.CredentialAssertion
		var session *webauthn.SessionData
		if err == nil && p.user != 0 {
			h := holder{User: u}
			if h.keys, err = passkeysOf(ctx, tx, s.Realm, u.ID); err != nil {
				return err
			}
			if len(h.keys) == 0 {
				return core.Fail(core.Invalid, "factor.passkey.refused")
			}
			options, session, err = rp.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
		} else {
			if err := roomForStrangers(ctx, tx, s.Realm, now); err != nil {
				return err
			}
			cookie, e = newSecret(), entering{how: byPasskey}
			options, session, err = rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		}
		if err != nil {
			return err
		}
		var keep string
		if ask, keep, err = challenge(options, session); err != nil {
			return err
		}
		pending = cookie
		return s.keepPending(ctx, tx, now, cookie, e, keep)
	})
	return ask, pending, err
}

// strangersMost is how many challenges may wait that were handed to somebody
// who has proved nothing: the table must not grow with every click of a robot.
const strangersMost = 5000

func roomForStrangers(ctx context.Context, q db.Querier, realm core.RealmID, now time.Time) error {
	n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM pending_logins WHERE realm_id = $1 AND user_id IS NULL AND expires_at > $2`, realm, db.Instant(now))
	if err == nil && n >= strangersMost {
		err = core.Fail(core.Unavailable, "account.busy")
	}
	return err
}

// SignInByPasskey takes the second step, or the only one, with what the browser
// signed on AskPasskey, and returns the new session's cookie. The device has
// verified the person, so that a passkey alone is two factors.
func (s *Service) SignInByPasskey(ctx context.Context, cookie string, reply []byte, from Peer) (string, error) {
	now := s.Now()
	parsed, err := parseSigned(reply)
	if err != nil {
		return "", err
	}
	var p pending
	var u User
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if p, u, err = s.pendingOf(ctx, tx, cookie, now); err == nil && p.user == 0 {
			u, err = s.handled(ctx, tx, parsed.Response.UserHandle)
		}
		return err
	})
	if err != nil {
		return "", over(err)
	}
	key := strangerKey("a passkey of nobody")
	if u.ID != 0 {
		key = accountKey(u.ID)
	}
	if err := s.attempt(ctx, key, from.Addr, now); err != nil {
		return "", err
	}
	ok, err := s.usePasskey(ctx, cookie, p, u, parsed, now)
	if err != nil && !errors.Is(err, core.Invalid) {
		return "", err
	}
	if !ok || u.Disabled {
		if err == nil {
			err = refusedKey(nil)
		}
		return "", s.refused(ctx, now, u, "passkey", err)
	}
	e := entering{user: u.ID, epoch: u.epoch, how: p.how, second: "passkey", from: from}
	return s.finish(ctx, now, cookie, e)
}

func parseSigned(reply []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(reply) > passkeyReplyMax {
		return nil, refusedKey(nil)
	}
	p, err := protocol.ParseCredentialRequestResponseBytes(reply)
	if err != nil {
		return nil, refusedKey(err)
	}
	return p, nil
}

// handled returns the user of a handle as WebAuthnID makes it; the zero User if
// this realm has none.
func (s *Service) handled(ctx context.Context, q db.Querier, handle []byte) (User, error) {
	if len(handle) != 16 || core.RealmID(binary.BigEndian.Uint64(handle)) != s.Realm {
		return User{}, nil
	}
	u, err := Find(ctx, q, s.Realm, core.UserID(binary.BigEndian.Uint64(handle[8:])))
	if errors.Is(err, core.NotFound) {
		return User{}, nil
	}
	return u, err
}

// usePasskey checks what was signed against the challenge, which is used up
// whatever comes of it, and counts the use. A count that goes back marks the key
// as cloned, and no cloned key lets anybody in.
func (s *Service) usePasskey(ctx context.Context, cookie string, p pending, u User, parsed *protocol.ParsedCredentialAssertionData, now time.Time) (ok bool, err error) {
	rp, err := s.party()
	if err != nil {
		return false, err
	}
	var why error
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		ok, why = false, nil
		session, err := s.takeChallenge(ctx, tx, cookie, now)
		if err != nil {
			return err
		}
		keys, err := passkeysOf(ctx, tx, s.Realm, u.ID)
		if err != nil {
			return err
		}
		h := holder{User: u, keys: keys}
		var used *webauthn.Credential
		if p.user != 0 {
			used, why = rp.ValidateLogin(h, session, parsed)
		} else {
			_, used, why = rp.ValidatePasskeyLogin(func([]byte, []byte) (webauthn.User, error) {
				if u.ID == 0 {
					return nil, core.NotFound
				}
				return h, nil
			}, session, parsed)
		}
		if why != nil {
			why = refusedKey(why)
			return nil
		}
		record, err := json.Marshal(used)
		if err != nil {
			return err
		}
		cloned := used.Authenticator.CloneWarning
		for _, k := range keys {
			cloned = cloned || k.Cloned && string(k.record.ID) == string(used.ID)
		}
		if cloned {
			why = core.Fail(core.Invalid, "factor.passkey.cloned")
		}
		n, err := tx.Exec(ctx, `UPDATE passkeys SET record = $4, sign_count = $5, cloned = $6, used_at = $7 WHERE realm_id = $1 AND user_id = $2 AND credential = $3`,
			s.Realm, u.ID, base64.RawURLEncoding.EncodeToString(used.ID), string(record), int64(used.Authenticator.SignCount), cloned, db.Instant(now))
		ok = n == 1 && !cloned
		return err
	})
	if err == nil {
		err = why
	}
	return ok && err == nil, err
}
