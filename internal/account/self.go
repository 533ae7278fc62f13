package account

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// requireSelf returns the actor's own open account; core.NotFound for who has
// none, such as the machine's administrator.
func requireSelf(ctx context.Context, q db.Querier, who access.Actor) (User, error) {
	u, err := Find(ctx, q, who.Realm, who.User)
	if err == nil && u.Disabled {
		err = core.NotFound
	}
	return u, err
}

// Places returns where the actor holds which role, highest organisations first.
func (s *Service) Places(ctx context.Context, who access.Actor) ([]access.Place, error) {
	var places []access.Place
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := requireSelf(ctx, tx, who); err != nil {
			return err
		}
		var err error
		places, err = access.Places(ctx, tx, who.Realm, who.User)
		return err
	})
	return places, err
}

// PlacesOf returns where another account holds which role, for who may manage it.
func (s *Service) PlacesOf(ctx context.Context, who access.Actor, user core.UserID) ([]access.Place, error) {
	var places []access.Place
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := requireOver(ctx, tx, who, user); err != nil {
			return err
		}
		var err error
		places, err = access.Places(ctx, tx, who.Realm, user)
		return err
	})
	return places, err
}

// Prefer keeps the language and the theme that the actor likes; "" follows the
// browser and the device.
func (s *Service) Prefer(ctx context.Context, who access.Actor, lang core.Lang, theme string) error {
	var f core.Fields
	f.If(!knownLang(lang), "lang", "account.lang.unknown")
	f.If(!knownTheme(theme), "theme", "account.theme.unknown")
	if err := f.Err(); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := requireSelf(ctx, tx, who); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE users SET lang = $3, theme = $4 WHERE realm_id = $1 AND id = $2`, who.Realm, who.User, lang, theme)
		return err
	})
}

// ChangePassword sets the actor's own password, against the old one, and ends
// every other session and link. A wrong old password counts as a failed attempt
// to sign in from addr.
func (s *Service) ChangePassword(ctx context.Context, who access.Actor, cookie, old, fresh, addr string) error {
	now := s.Now()
	var w withPassword
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if _, err := requireSelf(ctx, tx, who); err != nil {
			return err
		}
		w, err = db.One(ctx, tx, scanWithPassword, `SELECT `+userColumns+`, u.password FROM users u WHERE u.realm_id = $1 AND u.id = $2`, who.Realm, who.User)
		return err
	})
	if err != nil {
		return err
	}
	key := throttleKey(w.Login, addr)
	if err := s.attempt(ctx, key, now); err != nil {
		return err
	}
	ok, _, err := verify(ctx, w.hash, old)
	if err != nil {
		return err
	}
	if !ok {
		return s.refused(ctx, now, w.User, &core.Error{
			Kind: core.Invalid, Msg: core.M("error.fields"), Fields: core.Fields{"old": core.M("account.password.old_wrong")},
		})
	}
	if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return succeeded(ctx, tx, who.Realm, key) }); err != nil {
		return err
	}
	return s.setPassword(ctx, who, who.User, fresh, fingerprint(cookie), func(q db.Querier) error {
		u, err := requireSelf(ctx, q, who)
		if err == nil && u.epoch != w.epoch {
			err = core.Conflict
		}
		return err
	})
}
