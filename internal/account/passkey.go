package account

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/url"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// A Passkey is a key pair on somebody's device. Cloned says that two devices
// seem to use it, by the count of its signatures: it is refused from then on.
type Passkey struct {
	ID              core.ID
	Name            string
	Cloned          bool
	CreatedAt, Used time.Time

	user   core.UserID
	record webauthn.Credential
}

// The bounds of passkeys.
const (
	passkeysMost    = 10
	passkeyNameMax  = 40
	passkeyReplyMax = 64 << 10 // bytes
)

const passkeyColumns = `id, user_id, name, record, cloned, created_at, used_at`

func scanPasskey(r db.Row) (p Passkey, err error) {
	var record string
	if err := r.Scan(&p.ID, &p.user, &p.Name, &record, &p.Cloned, (*db.Instant)(&p.CreatedAt), (*db.Instant)(&p.Used)); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(record), &p.record)
}

func passkeysOf(ctx context.Context, q db.Querier, realm core.RealmID, user core.UserID) ([]Passkey, error) {
	return db.All(ctx, q, scanPasskey, `SELECT `+passkeyColumns+` FROM passkeys WHERE realm_id = $1 AND user_id = $2 ORDER BY id`, realm, user)
}

// A holder is a user as the library sees one. The handle on the device is
// realm and id: it says nothing about the person.
type holder struct {
	User
	keys []Passkey
}

// WebAuthnID implements webauthn.User.
func (h holder) WebAuthnID() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(h.Realm))
	return binary.BigEndian.AppendUint64(b, uint64(h.ID))
}

// WebAuthnName implements webauthn.User.
func (h holder) WebAuthnName() string { return h.Login }

// WebAuthnDisplayName implements webauthn.User.
func (h holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials implements webauthn.User.
func (h holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range h.keys {
		all = append(all, k.record)
	}
	return all
}

// party is this site as passkeys know it: they work under one address alone.
func (s *Service) party() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.Site)
	if err != nil || u.Hostname() == "" {
		return nil, core.Fail(core.Unavailable, "factor.passkey.no_site")
	}
	return webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Tongpin", RPOrigins: []string{s.Site}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
}

// challenge writes what the browser is asked and what we must remember of it.
func challenge(options any, session *webauthn.SessionData) (ask []byte, keep string, err error) {
	if ask, err = json.Marshal(options); err != nil {
		return nil, "", err
	}
	b, err := json.Marshal(session)
	return ask, string(b), err
}

// refusedKey is what every passkey that does not fit gets to hear.
func refusedKey(err error) error {
	return &core.Error{Kind: core.Invalid, Msg: core.M("factor.passkey.refused"), Err: err}
}

// AskNewPasskey returns what the browser needs to make a passkey for the
// actor, as JSON. It is bound to the session of the cookie.
func (s *Service) AskNewPasskey(ctx context.Context, who access.Actor, cookie string) (ask []byte, err error) {
	now := s.Now()
	rp, err := s.party()
	if err != nil {
		return nil, err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		u, err := requireSelf(ctx, tx, who)
		if err != nil {
			return err
		}
		if err := s.requireFresh(ctx, tx, who, cookie, now); err != nil {
			return err
		}
		h := holder{User: u}
		if h.keys, err = passkeysOf(ctx, tx, u.Realm, u.ID); err != nil {
			return err
		}
		if len(h.keys) >= passkeysMost {
			return core.Fail(core.Invalid, "factor.passkey.many", passkeysMost)
		}
		var known []protocol.CredentialDescriptor
		for _, k := range h.keys {
			known = append(known, k.record.Descriptor())
		}
		options, session, err := rp.BeginRegistration(h, webauthn.WithExclusions(known))
		if err != nil {
			return err
		}
		var keep string
		if ask, keep, err = challenge(options, session); err != nil {
			return err
		}
		return s.keepPending(ctx, tx, now, toAdd+cookie, entering{user: u.ID, epoch: u.epoch, how: toAdd}, keep)
	})
	return ask, err
}

// AddPasskey keeps the passkey that the browser made on AskNewPasskey.
func (s *Service) AddPasskey(ctx context.Context, who access.Actor, cookie, name string, reply []byte) (c Change, err error) {
	rp, err := s.party()
	if err != nil {
		return c, err
	}
	name = names.Width(name)
	var bad core.Fields
	bad.If(name == "", "name", "factor.passkey.name")
	bad.If(utf8.RuneCountInString(name) > passkeyNameMax || !printable(name), "name", "factor.passkey.name.long", passkeyNameMax)
	if err := bad.Err(); err != nil {
		return c, err
	}
	parsed, err := parseNew(reply)
	if err != nil {
		return c, err
	}
	c.Cookie, err = s.requireFreshThen(ctx, who, cookie, "factor.passkey", func(tx *db.Tx, u User, now time.Time) (any, error) {
		session, err := s.takeChallenge(ctx, tx, toAdd+cookie, now)
		if err != nil {
			return nil, err
		}
		made, err := rp.CreateCredential(holder{User: u}, session, parsed)
		if err != nil {
			return nil, refusedKey(err)
		}
		record, err := json.Marshal(made)
		if err != nil {
			return nil, err
		}
		id := core.NewID(now)
		_, err = tx.Exec(ctx, `
			INSERT INTO passkeys (realm_id, id, user_id, credential, name, record, sign_count, cloned, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			u.Realm, id, u.ID, base64.RawURLEncoding.EncodeToString(made.ID), name, string(record), int64(made.Authenticator.SignCount), false, db.Instant(now))
		if core.KindOf(err) == core.Conflict {
			return nil, core.Fail(core.Conflict, "factor.passkey.known")
		}
		if err != nil {
			return nil, err
		}
		c.Codes, err = s.firstCodes(ctx, tx, u, now)
		return map[string]any{"added": id}, err
	})
	return c, err
}

func parseNew(reply []byte) (*protocol.ParsedCredentialCreationData, error) {
	if len(reply) > passkeyReplyMax {
		return nil, refusedKey(nil)
	}
	p, err := protocol.ParseCredentialCreationResponseBytes(reply)
	if err != nil {
		return nil, refusedKey(err)
	}
	return p, nil
}

func printable(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// takeChallenge uses a challenge up.
func (s *Service) takeChallenge(ctx context.Context, tx *db.Tx, cookie string, now time.Time) (session webauthn.SessionData, err error) {
	kept, err := db.One(ctx, tx, db.Text, `SELECT challenge FROM pending_logins WHERE hash = $1 AND realm_id = $2 AND challenge <> '' AND expires_at > $3`,
		fingerprint(cookie), s.Realm, db.Instant(now))
	if errors.Is(err, core.NotFound) {
		return session, refusedKey(err)
	}
	if err != nil {
		return session, err
	}
	n, err := tx.Exec(ctx, `UPDATE pending_logins SET challenge = '' WHERE hash = $1 AND realm_id = $2 AND challenge = $3`, fingerprint(cookie), s.Realm, kept)
	if err == nil && n != 1 {
		err = refusedKey(nil)
	}
	if err != nil {
		return session, err
	}
	return session, json.Unmarshal([]byte(kept), &session)
}

// RemovePasskey takes one of the actor's passkeys away.
func (s *Service) RemovePasskey(ctx context.Context, who access.Actor, cookie string, id core.ID) (Change, error) {
	fresh, err := s.requireFreshThen(ctx, who, cookie, "factor.passkey", func(tx *db.Tx, u User, _ time.Time) (any, error) {
		n, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE realm_id = $1 AND id = $2 AND user_id = $3`, u.Realm, id, u.ID)
		if err == nil && n != 1 {
			err = core.NotFound
		}
		if err != nil {
			return nil, err
		}
		return map[string]any{"removed": id}, lastFactorGone(ctx, tx, u)
	})
	return Change{Cookie: fresh}, err
}
