package account

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// What a token is for.
const (
	forSetup = "setup"
	forLink  = "link"
)

// How long tokens last.
const (
	SetupLasts  = 7 * 24 * time.Hour
	LinkLasts   = 24 * time.Hour
	LongestLink = 90 * 24 * time.Hour // the example's; a real realm's end with LinkLasts
)

// SetupToken returns a new one-time token for the first administrator and voids
// the one before; "" when somebody manages users already. It is for the
// machine's administrator, on the console.
func (s *Service) SetupToken(ctx context.Context, who access.Actor) (token string, err error) {
	now := s.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		token = ""
		if err := requireMachine(who); err != nil {
			return err
		}
		n, err := admins(ctx, tx, who.Realm)
		if err != nil || n > 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE tokens SET used_at = $3 WHERE realm_id = $1 AND purpose = $2 AND used_at IS NULL`, who.Realm, forSetup, db.Instant(now)); err != nil {
			return err
		}
		token, err = issue(ctx, tx, who.Realm, 0, forSetup, now.Add(SetupLasts))
		return err
	})
	return token, err
}

func requireMachine(who access.Actor) error {
	if !who.Machine {
		return core.NotFound
	}
	return nil
}

func issue(ctx context.Context, tx *db.Tx, realm core.RealmID, user core.UserID, purpose string, expires time.Time) (string, error) {
	token := newSecret()
	_, err := tx.Exec(ctx, `INSERT INTO tokens (hash, realm_id, user_id, purpose, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		fingerprint(token), realm, db.Null(&user), purpose, db.Instant(expires))
	return token, err
}

// burn uses a token up, in a transaction of its own: of many at once exactly
// one succeeds. The others, and unknown or old tokens, get core.NotFound.
func (s *Service) burn(ctx context.Context, token, purpose string, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `
			UPDATE tokens SET used_at = $4 WHERE hash = $1 AND realm_id = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $4`,
			fingerprint(token), s.Realm, purpose, db.Instant(now))
		if err == nil && n != 1 {
			err = core.NotFound
		}
		return err
	})
}

// holder returns the user of a token that can still be used; zero for the first
// administrator's.
func (s *Service) holder(ctx context.Context, q db.Querier, token, purpose string, now time.Time) (core.UserID, error) {
	if !readable(token) {
		return 0, core.NotFound
	}
	return db.One(ctx, q, func(r db.Row) (id core.UserID, err error) { return id, r.Scan(db.Null(&id)) }, `
		SELECT user_id FROM tokens WHERE hash = $1 AND realm_id = $2 AND purpose = $3 AND used_at IS NULL AND expires_at > $4`,
		fingerprint(token), s.Realm, purpose, db.Instant(now))
}

// SetupOpen returns nil while the token can make the first administrator, and
// core.NotFound otherwise: the page does not exist then.
func (s *Service) SetupOpen(ctx context.Context, token string) error {
	return s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := s.holder(ctx, tx, token, forSetup, s.Now()); err != nil {
			return err
		}
		return s.nobodyManages(ctx, tx)
	})
}

func (s *Service) nobodyManages(ctx context.Context, q db.Querier) error {
	n, err := admins(ctx, q, s.Realm)
	if err == nil && n > 0 {
		err = core.NotFound
	}
	return err
}

// Setup makes the first administrator with a token from the console and signs
// in. The account manages users and roles and nothing else; it gives the other
// roles to others. Input that is wrong does not use
// the token up; afterwards Setup is core.NotFound for ever.
func (s *Service) Setup(ctx context.Context, token, login, name, password string, from Peer) (string, error) {
	now := s.Now()
	if err := s.SetupOpen(ctx, token); err != nil {
		return "", err
	}
	n := NewUser{Login: login, Name: name, Password: password}
	var f core.Fields
	checkPassword(&f, password, login)
	if err := f.Err(); err != nil {
		return "", err
	}
	if err := n.check(); err != nil {
		return "", err
	}
	hash, err := hashPassword(ctx, from.Addr, password)
	if err != nil {
		return "", err
	}
	if err := s.burn(ctx, token, forSetup, now); err != nil {
		return "", err
	}
	var cookie string
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.nobodyManages(ctx, tx); err != nil {
			return err
		}
		top, err := root(ctx, tx, s.Realm)
		if err != nil {
			return err
		}
		who := access.Actor{Realm: s.Realm, Via: audit.Page}
		u, err := add(ctx, tx, who, now, n, hash)
		if err != nil {
			return err
		}
		who.User = u.ID
		if err := access.Grant(ctx, tx, who, u.ID, access.Place{Role: access.Security, Org: top}, core.DateOf(now), now); err != nil {
			return err
		}
		cookie, err = begin(ctx, tx, now, u, entering{how: forSetup, from: from})
		return err
	})
	return cookie, err
}

// IssueLink makes a sign-in link's token for a user, for a caller that has
// asked for the right, such as the example.
func IssueLink(ctx context.Context, tx *db.Tx, realm core.RealmID, user core.UserID, expires time.Time) (string, error) {
	return issue(ctx, tx, realm, user, forLink, expires)
}

// Link makes a sign-in link's token for a user, good for a day and one use; in
// a synthetic realm for many uses and 90 days. It is for the first time: who has
// signed in before gets a reset code, which the person notices.
func (s *Service) Link(ctx context.Context, who access.Actor, user core.UserID) (token string, err error) {
	now := s.Now()
	err = s.requireThen(ctx, who, user, "user.link", Decision{}, func(tx *db.Tx, u User) (any, error) {
		if u.Disabled {
			return nil, core.Fail(core.Invalid, "account.disabled")
		}
		lasts := LinkLasts
		many, err := synthetic(ctx, tx, who.Realm)
		if err != nil {
			return nil, err
		}
		if many {
			lasts = LongestLink
		} else if !who.Machine && !u.SignedIn.IsZero() {
			return nil, core.Fail(core.Invalid, "account.link.used", u.Name)
		}
		token, err = IssueLink(ctx, tx, who.Realm, user, now.Add(lasts))
		return map[string]any{"expires": now.Add(lasts)}, err
	})
	return token, err
}

// LinkOpen returns whom a sign-in link lets in, without using it; core.NotFound
// if nobody.
func (s *Service) LinkOpen(ctx context.Context, token string) (User, error) {
	var u User
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		id, err := s.holder(ctx, tx, token, forLink, s.Now())
		if err != nil {
			return err
		}
		u, err = Find(ctx, tx, s.Realm, id)
		if err == nil && u.Disabled {
			err = core.NotFound
		}
		return err
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// SignInByLink uses a sign-in link; core.NotFound if it is unknown, old or
// used. It stands in for the password alone: an account with a factor asks for
// that too.
func (s *Service) SignInByLink(ctx context.Context, token string, from Peer) (Opened, error) {
	now := s.Now()
	u, err := s.LinkOpen(ctx, token)
	if err != nil {
		return Opened{}, err
	}
	var many bool
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		many, err = synthetic(ctx, tx, s.Realm)
		return err
	})
	if err != nil {
		return Opened{}, err
	}
	if !many {
		if err := s.burn(ctx, token, forLink, now); err != nil {
			return Opened{}, err
		}
	}
	return s.enter(ctx, now, entering{user: u.ID, epoch: u.epoch, how: forLink, from: from}, nil)
}
