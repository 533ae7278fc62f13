package account

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Scopes lists what a bearer token may be good for. A token narrows what its
// owner may do and adds nothing; what it does not name it may not do.
var Scopes = []string{
	"orgs:read", "orgs:write", "enterprises:read", "enterprises:write", "people:read", "people:write", "people:open",
	"figures:read", "figures:write", "clocks:read", "clocks:write", "imports:read", "imports:write", "exports:read",
	"jobs:read", "jobs:write", "opinions:read", "opinions:write", "work:read", "journal:read", "rules:read", "accounts:read", "accounts:write",
	"settings:read", "settings:write", "me:read",
}

// Bounds of a token.
const (
	TokenDays   = 90  // good for, unless told
	TokenMost   = 366 // days at most
	tokensEach  = 50  // live ones of a user
	tokenPrefix = "tongpin_"
	feedPrefix  = "calendar_" // never shown: keeps a feed's secret from being a bearer token's
	feedScope   = "calendar"  // of a feed alone; no route asks for it
)

// A Token is a bearer token without its value.
type Token struct {
	Realm      core.RealmID
	ID         core.ID
	User       core.UserID
	Name       string
	Scopes     []string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedOn core.Date
	RevokedAt  time.Time
	epoch      int
}

// Allows reports whether the token has the scope.
func (t Token) Allows(scope string) bool { return slices.Contains(t.Scopes, scope) }

// A NewToken is a token to make: Days it is good for, TokenDays when zero.
type NewToken struct {
	Name   string
	Scopes []string
	Days   int
	feed   bool

	Session string // of the page that asks, proved a short while ago; the command line needs none
}

func (n *NewToken) check() error {
	n.Name = strings.TrimSpace(n.Name)
	if n.Days == 0 {
		n.Days = TokenDays
	}
	var f core.Fields
	f.If(n.Name == "", "name", "token.name.missing")
	f.If(utf8.RuneCountInString(n.Name) > nameMax, "name", "account.name.long", nameMax)
	f.If(strings.ContainsFunc(n.Name, unicode.IsControl), "name", "account.name.letters")
	f.If(n.Days < 1 || n.Days > TokenMost, "days", "token.days.bounds", TokenMost)
	f.If(len(n.Scopes) == 0, "scopes", "token.scopes.missing")
	for _, s := range n.Scopes {
		f.If(!n.feed && !slices.Contains(Scopes, s), "scopes", "token.scopes.unknown", s)
	}
	return f.Err()
}

// requireOwner lets a person keep his or her own tokens, and the machine's
// administrator anybody's. A token cannot make or end tokens.
func requireOwner(ctx context.Context, q db.Querier, who access.Actor, user core.UserID) (User, error) {
	if who.Via == audit.API || !who.Machine && who.User != user {
		return User{}, core.NotFound
	}
	u, err := Find(ctx, q, who.Realm, user)
	if err == nil && u.Disabled {
		err = core.NotFound
	}
	return u, err
}

// MakeToken makes a bearer token for a user and returns its value, which is
// shown this once.
func (s *Service) MakeToken(ctx context.Context, who access.Actor, user core.UserID, n NewToken) (string, Token, error) {
	if err := n.check(); err != nil {
		return "", Token{}, err
	}
	now, secret := s.Now().Truncate(time.Microsecond), newSecret()
	value, kept := tokenPrefix+secret, tokenPrefix+secret
	if n.feed {
		value, kept = secret, feedPrefix+secret
	}
	var t Token
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		u, err := requireOwner(ctx, tx, who, user)
		if err == nil && !who.Machine && !n.feed && RequireFresh(ctx, tx, who, n.Session, now) != nil {
			err = core.Fail(core.Forbidden, "token.stale")
		}
		if err != nil {
			return err
		}
		live, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM bearer_tokens WHERE realm_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3`,
			who.Realm, user, db.Instant(now))
		if err != nil {
			return err
		}
		if live >= tokensEach {
			return core.Fail(core.Conflict, "token.many", tokensEach)
		}
		t = Token{
			Realm: who.Realm, ID: core.NewID(now), User: user, Name: n.Name, Scopes: slices.Compact(slices.Sorted(slices.Values(n.Scopes))),
			CreatedAt: now, ExpiresAt: now.AddDate(0, 0, n.Days), epoch: u.epoch,
		}
		if err := insertToken(ctx, tx, t, fingerprint(kept)); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "token.make", Subject: "user", SubjectID: core.ID(user),
			After: map[string]any{"token": t.ID, "name": t.Name, "scopes": t.Scopes, "expires": t.ExpiresAt},
		})
	})
	return value, t, s.journalled(ctx, who, now, "token.make", user, err)
}

// Tokens lists the bearer tokens of a user that are not revoked, newest first.
// One that has ended with its day or with the user's epoch is still told.
func (s *Service) Tokens(ctx context.Context, who access.Actor, user core.UserID) ([]Token, error) {
	var all []Token
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := requireOwner(ctx, tx, who, user); err != nil {
			return err
		}
		var err error
		all, err = tokensOf(ctx, tx, who.Realm, user)
		return err
	})
	return slices.DeleteFunc(all, Token.feed), err
}

// RevokeToken ends a bearer token of a user at once.
func (s *Service) RevokeToken(ctx context.Context, who access.Actor, user core.UserID, id core.ID) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := requireOwner(ctx, tx, who, user); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE bearer_tokens SET revoked_at = $4 WHERE realm_id = $1 AND user_id = $2 AND id = $3 AND revoked_at IS NULL`,
			who.Realm, user, id, db.Instant(now))
		if err != nil {
			return err
		}
		if n == 0 {
			return core.NotFound
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "token.revoke", Subject: "user", SubjectID: core.ID(user), Before: map[string]any{"token": id},
		})
	})
	return s.journalled(ctx, who, now, "token.revoke", user, err)
}

// Bearer returns who holds the value of a bearer token, and the token. Whatever
// is no live token of an open account is core.Forbidden: token.dead.
func (s *Service) Bearer(ctx context.Context, value string) (User, access.Actor, Token, error) {
	out := core.Fail(core.Forbidden, "token.dead")
	secret, ok := strings.CutPrefix(value, tokenPrefix)
	if !ok || !readable(secret) {
		return User{}, access.Actor{}, Token{}, out
	}
	u, t, err := s.live(ctx, value, out)
	if err == nil && t.feed() {
		err = out
	}
	if err != nil {
		return User{}, access.Actor{}, Token{}, err
	}
	return u, u.actor(audit.API), t, nil
}

// live returns the live token that is kept under a value, and its user, and
// notes the day on which it was used; out if there is none.
func (s *Service) live(ctx context.Context, value string, out error) (User, Token, error) {
	now := s.Now()
	var u User
	var t Token
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if t, err = tokenBy(ctx, tx, s.Realm, fingerprint(value)); err != nil {
			return err
		}
		u, err = Find(ctx, tx, s.Realm, t.User)
		return err
	})
	if core.KindOf(err) == core.NotFound && err != nil {
		return User{}, Token{}, out
	}
	if err != nil {
		return User{}, Token{}, err
	}
	if u.Disabled || s.Ended(t, u) {
		return User{}, Token{}, out
	}
	if today := core.DateOf(now); t.LastUsedOn.Before(today) {
		if err := s.noteToken(ctx, t, today); err != nil && core.KindOf(err) != core.Unavailable {
			return User{}, Token{}, err // a full disk does not shut programs out
		}
	}
	return u, t, nil
}

// Ended reports whether a listed token no longer lets anybody in.
func (s *Service) Ended(t Token, u User) bool {
	return t.epoch != u.epoch || !t.RevokedAt.IsZero() || !s.Now().Before(t.ExpiresAt)
}

// Epoch numbers what the user may do: it rises with every change of that.
func (u User) Epoch() int { return u.epoch }

func (s *Service) noteToken(ctx context.Context, t Token, today core.Date) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE bearer_tokens SET last_used_on = $3 WHERE realm_id = $1 AND id = $2`, t.Realm, t.ID, db.Date(today))
		return err
	})
}

const tokenColumns = `realm_id, id, user_id, epoch, name, scopes, created_at, expires_at, last_used_on, revoked_at`

func scanToken(r db.Row) (t Token, err error) {
	var scopes string
	err = r.Scan(&t.Realm, &t.ID, &t.User, &t.epoch, &t.Name, &scopes, (*db.Instant)(&t.CreatedAt), (*db.Instant)(&t.ExpiresAt),
		(*db.Date)(&t.LastUsedOn), (*db.Instant)(&t.RevokedAt))
	t.Scopes = strings.Fields(scopes)
	return t, err
}

func insertToken(ctx context.Context, tx *db.Tx, t Token, hash string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO bearer_tokens (realm_id, id, user_id, hash, epoch, name, scopes, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		t.Realm, t.ID, t.User, hash, t.epoch, t.Name, strings.Join(t.Scopes, " "), db.Instant(t.CreatedAt), db.Instant(t.ExpiresAt))
	return err
}

func tokenBy(ctx context.Context, q db.Querier, realm core.RealmID, hash string) (Token, error) {
	return db.One(ctx, q, scanToken, `SELECT `+tokenColumns+` FROM bearer_tokens WHERE hash = $1 AND realm_id = $2`, hash, realm)
}

func tokensOf(ctx context.Context, q db.Querier, realm core.RealmID, user core.UserID) ([]Token, error) {
	return db.All(ctx, q, scanToken, `SELECT `+tokenColumns+` FROM bearer_tokens
		WHERE realm_id = $1 AND user_id = $2 AND revoked_at IS NULL ORDER BY id DESC`, realm, user)
}
