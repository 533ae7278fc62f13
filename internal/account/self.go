package account

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
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

// ChangePassword sets the actor's own password, against the old one if there is
// one and otherwise in a session that is fresh, and ends
// every other session and link; this session goes on under the cookie that it
// returns. A wrong old password counts as a failed attempt to sign in.
func (s *Service) ChangePassword(ctx context.Context, who access.Actor, cookie, old, fresh string, from Peer) (string, error) {
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
		return "", err
	}
	still := func(q db.Querier) error {
		u, err := requireSelf(ctx, q, who)
		if err == nil && u.epoch != w.epoch {
			err = core.Conflict
		}
		if err == nil && w.hash == "" {
			err = s.requireFresh(ctx, q, who, cookie, now)
		}
		return err
	}
	if w.hash == "" { // came in by a link or a passkey: a recent proof stands in for the old password
		fresh, err := s.setPassword(ctx, who, who.User, fresh, cookie, from, still)
		return fresh, s.journalled(ctx, who, now, "user.password", who.User, err)
	}
	if err := s.attempt(ctx, accountKey(w.ID), from.Addr, now); err != nil {
		return "", err
	}
	ok, _, err := verify(ctx, from.Addr, w.hash, old)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", s.refused(ctx, now, w.User, "password", &core.Error{
			Kind: core.Invalid, Msg: core.M("error.fields"), Fields: core.Fields{"old": core.M("account.password.old_wrong")},
		})
	}
	if err := s.succeeded(ctx, accountKey(w.ID), from.Addr); err != nil {
		return "", err
	}
	return s.setPassword(ctx, who, who.User, fresh, cookie, from, still)
}

// A Sitting is one of a person's open sessions.
type Sitting struct {
	ID          core.ID
	Device      string // as Peer has it
	Began, Seen time.Time
	Here        bool // the one that asks
}

// Sittings lists the actor's open sessions, the one that was used last first.
func (s *Service) Sittings(ctx context.Context, who access.Actor, cookie string) ([]Sitting, error) {
	now := s.Now()
	var all []Sitting
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		u, err := requireSelf(ctx, tx, who)
		if err != nil {
			return err
		}
		all, err = sittings(ctx, tx, now, u, cookie)
		return err
	})
	return all, err
}

func sittings(ctx context.Context, q db.Querier, now time.Time, u User, cookie string) ([]Sitting, error) {
	return db.All(ctx, q, func(r db.Row) (v Sitting, err error) {
		var hash string
		err = r.Scan(&v.ID, &v.Device, (*db.Instant)(&v.Began), (*db.Instant)(&v.Seen), &hash)
		v.Began, v.Seen, v.Here = v.Began.In(now.Location()), v.Seen.In(now.Location()), hash == fingerprint(cookie)
		return v, err
	}, `SELECT id, device, created_at, seen_at, hash FROM sessions
		WHERE realm_id = $1 AND user_id = $2 AND epoch = $3 AND expires_at > $4 AND seen_at > $5 ORDER BY seen_at DESC, id DESC`,
		u.Realm, u.ID, u.epoch, db.Instant(now), db.Instant(now.Add(-IdleFor)))
}

// EndSitting ends one of the actor's sessions, or with zero every one but that
// of the cookie. core.NotFound if there is no such session of the actor's.
func (s *Service) EndSitting(ctx context.Context, who access.Actor, cookie string, id core.ID) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := requireSelf(ctx, tx, who); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM sessions WHERE realm_id = $1 AND user_id = $2 AND (id = $3 OR $3 = 0 AND hash <> $4)`,
			who.Realm, who.User, id, fingerprint(cookie))
		if err == nil && n == 0 && id != 0 {
			err = core.NotFound
		}
		if err != nil || n == 0 {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "session.end", Subject: "user", SubjectID: core.ID(who.User), After: map[string]int64{"ended": n}})
	})
}
