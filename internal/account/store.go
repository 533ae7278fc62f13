package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// newSecret returns 256 random bits as 43 characters that fit a cookie and an
// address.
func newSecret() string {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		panic(err) // without randomness nobody may be let in
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// fingerprint is what is stored of a secret: enough to find it, useless to
// whoever reads the database.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// readable reports whether s has the form of what newSecret makes, so that
// nothing else is looked up.
func readable(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == 32
}

const userColumns = `u.realm_id, u.id, u.login, u.name, u.person_id, u.lang, u.theme, u.disabled, u.epoch, u.created_at, u.signed_in_at`

func (u *User) into() []any {
	return []any{&u.Realm, &u.ID, &u.Login, &u.Name, db.Null(&u.Person), &u.Lang, &u.Theme, &u.Disabled, &u.epoch, (*db.Instant)(&u.CreatedAt), (*db.Instant)(&u.SignedIn)}
}

func scanUser(r db.Row) (u User, err error) { return u, r.Scan(u.into()...) }

// Find returns a user; core.NotFound if the realm has none of that id.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id core.UserID) (User, error) {
	return db.One(ctx, q, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.realm_id = $1 AND u.id = $2`, realm, id)
}

func byLogin(ctx context.Context, q db.Querier, realm core.RealmID, login string) (User, error) {
	return db.One(ctx, q, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.realm_id = $1 AND u.login_key = $2`, realm, loginKey(login))
}

// withPassword is a user with the stored hash, for verifying alone.
type withPassword struct {
	User
	hash string
}

func scanWithPassword(r db.Row) (w withPassword, err error) {
	return w, r.Scan(append(w.into(), &w.hash)...)
}

func insertUser(ctx context.Context, tx *db.Tx, u User, hash string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO users (realm_id, id, login, login_key, name, person_id, password, lang, theme, disabled, epoch, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		u.Realm, u.ID, u.Login, loginKey(u.Login), u.Name, db.Null(&u.Person), hash, u.Lang, u.Theme, u.Disabled, u.epoch, db.Instant(u.CreatedAt))
	if core.KindOf(err) == core.Conflict {
		return &core.Error{Kind: core.Conflict, Msg: core.M("account.login.taken"), Fields: core.Fields{"login": core.M("account.login.taken")}, Err: err}
	}
	return err
}

// RevokeAll ends every way in that a user has now: sessions, except the one of
// that cookie's hash if it is not empty, sign-ins that wait for a second step,
// sign-in links and reset codes. Whatever changes what the user may do calls it
// in its transaction.
func RevokeAll(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, user core.UserID, except string) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET epoch = epoch + 1 WHERE realm_id = $1 AND id = $2`, realm, user); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE realm_id = $1 AND user_id = $2 AND hash <> $3`, realm, user, except); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE sessions SET epoch = (SELECT epoch FROM users WHERE realm_id = $1 AND id = $2) WHERE realm_id = $1 AND user_id = $2`,
		realm, user); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM pending_logins WHERE realm_id = $1 AND user_id = $2`, realm, user); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE tokens SET used_at = $3 WHERE realm_id = $1 AND user_id = $2 AND used_at IS NULL`, realm, user, db.Instant(now))
	return err
}

// admins returns how many enabled users hold a role that manages users.
func admins(ctx context.Context, q db.Querier, realm core.RealmID) (int, error) {
	seen := map[core.UserID]bool{}
	err := db.Each(ctx, q, func(r db.Row) error {
		var user core.UserID
		var role access.Role
		if err := r.Scan(&user, &role); err != nil {
			return err
		}
		if access.Allows(role, access.ManageUsers) {
			seen[user] = true
		}
		return nil
	}, `
		SELECT g.user_id, g.role FROM grants g
		JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $2
		WHERE g.realm_id = $1 AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'`, realm, false)
	return len(seen), err
}

func synthetic(ctx context.Context, q db.Querier, realm core.RealmID) (bool, error) {
	return db.One(ctx, q, func(r db.Row) (b bool, err error) { return b, r.Scan(&b) },
		`SELECT synthetic FROM realms WHERE id = $1`, realm)
}

// root returns the organisation at the top of the realm.
func root(ctx context.Context, q db.Querier, realm core.RealmID) (core.OrgID, error) {
	return db.One(ctx, q, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM orgs WHERE realm_id = $1 AND parent_id IS NULL ORDER BY number LIMIT 1`, realm)
}
