package account

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// ResetLasts is how long a reset code can be used.
const ResetLasts = 24 * time.Hour

// What a reset code is for: a new password, or that and the removal of a lost
// second factor.
const (
	forReset    = "reset"
	forResetAll = "reset_factors"
)

// requireReset returns nil if the actor may reset the account: an administrator
// of users wherever it reaches, or somebody who may reset accounts wherever it
// holds a role and is allowed everything there that the account is. Nobody
// resets the own account: that is what the old password is for.
func requireReset(ctx context.Context, q db.Querier, who access.Actor, u User) error {
	if who.Via == audit.API {
		return core.NotFound // a token makes no other way in
	}
	if err := access.RequireRealm(ctx, q, who, access.ResetAccounts); err != nil {
		return err
	}
	if who.Machine {
		return nil
	}
	if u.ID == who.User {
		return core.Fail(core.Invalid, "account.reset.own")
	}
	if err := requireOver(ctx, q, who, u.ID); err == nil || core.KindOf(err) != core.NotFound && core.KindOf(err) != core.Forbidden {
		return err
	}
	theirs, err := access.Places(ctx, q, who.Realm, u.ID)
	if err != nil {
		return err
	}
	for _, p := range theirs {
		if err := reaches(ctx, q, who, p); err != nil {
			return err
		}
	}
	if len(theirs) == 0 {
		return core.NotFound // belongs to nobody's organisation
	}
	return nil
}

// reaches returns core.NotFound unless the actor may reset accounts at a place
// and is allowed everything there that the role held there allows.
func reaches(ctx context.Context, q db.Querier, who access.Actor, p access.Place) error {
	ask := func(do access.Action) error {
		if p.Enterprise != 0 {
			return access.RequireEnterprise(ctx, q, who, do, p.Enterprise)
		}
		return access.Require(ctx, q, who, do, p.Org)
	}
	for _, do := range append([]access.Action{access.ResetAccounts}, access.Actions()...) {
		if do != access.ResetAccounts && !access.Allows(p.Role, do) {
			continue
		}
		switch err := ask(do); core.KindOf(err) {
		case core.Forbidden, core.NotFound:
			return core.NotFound
		default:
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// IssueReset makes a one-time code for an account, to be handed over in person
// and shown once; earlier ones end. factors also lets it remove the second
// factors that were lost. An account that there is not, or that the actor may
// not reset, is core.NotFound.
func (s *Service) IssueReset(ctx context.Context, who access.Actor, login string, factors bool) (u User, code string, expires time.Time, err error) {
	now := s.Now()
	expires = now.Add(ResetLasts)
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireRealm(ctx, tx, who, access.ResetAccounts); err != nil {
			return err
		}
		if u, err = byLogin(ctx, tx, who.Realm, login); err != nil {
			return err
		}
		if err := requireReset(ctx, tx, who, u); err != nil {
			return err
		}
		if u.Disabled {
			return core.Fail(core.Invalid, "account.disabled")
		}
		if err := s.voidResets(ctx, tx, u, now); err != nil {
			return err
		}
		purpose := forReset
		if factors {
			purpose = forResetAll
		}
		code = newCode(resetChars)
		if _, err := tx.Exec(ctx, `INSERT INTO tokens (hash, realm_id, user_id, purpose, expires_at) VALUES ($1, $2, $3, $4, $5)`,
			s.codeHash("reset", u.ID, code), who.Realm, u.ID, purpose, db.Instant(expires)); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "user.reset", Subject: "user", SubjectID: core.ID(u.ID), After: map[string]any{"expires": expires, "factors": factors},
		})
	})
	if err = s.journalled(ctx, who, now, "user.reset", u.ID, err); err != nil {
		return User{}, "", time.Time{}, err
	}
	return u, code, expires, nil
}

func (s *Service) voidResets(ctx context.Context, tx *db.Tx, u User, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE tokens SET used_at = $4 WHERE realm_id = $1 AND user_id = $2 AND purpose IN ($3, $5) AND used_at IS NULL`,
		u.Realm, u.ID, forReset, db.Instant(now), forResetAll)
	return err
}

// Reset sets a new password with a code that was handed over in person, and
// ends every way in that there was. A wrong login and a wrong code get the same
// answer after the same work; a right code is used up before anything else.
func (s *Service) Reset(ctx context.Context, login, code, password string, from Peer) error {
	now := s.Now()
	var f core.Fields
	checkPassword(&f, password, login)
	if err := f.Err(); err != nil {
		return err
	}
	u, err := s.find(ctx, login)
	if err != nil {
		return err
	}
	if err := s.attempt(ctx, keyOf(u, login), from.Addr, now); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, from.Addr, password)
	if err != nil {
		return err
	}
	purpose, ok, err := s.burnReset(ctx, u, code, now)
	if err != nil {
		return err
	}
	if !ok || u.Disabled {
		return s.refused(ctx, now, u, "reset", core.Fail(core.Invalid, "account.reset.wrong"))
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE users SET password = $3 WHERE realm_id = $1 AND id = $2 AND disabled = $4`, s.Realm, u.ID, hash, false); err != nil {
			return err
		}
		if purpose == forResetAll {
			if err := dropFactors(ctx, tx, s.Realm, u.ID); err != nil {
				return err
			}
		}
		if err := RevokeAll(ctx, tx, now, s.Realm, u.ID, ""); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{
			By: u.actor(audit.Page).By(), Action: "user.password", Subject: "user", SubjectID: core.ID(u.ID),
			After: map[string]any{"by": forReset, "factors": purpose == forResetAll},
		})
	})
	if err != nil {
		return err
	}
	return s.succeeded(ctx, accountKey(u.ID), from.Addr)
}

// find returns the user of a login, or the zero User.
func (s *Service) find(ctx context.Context, login string) (u User, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		found, err := db.All(ctx, tx, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.realm_id = $1 AND u.login_key = $2`, s.Realm, loginKey(login))
		if len(found) == 1 {
			u = found[0]
		}
		return err
	})
	return u, err
}

// burnReset uses a code up, in a transaction of its own: of many at once
// exactly one succeeds.
func (s *Service) burnReset(ctx context.Context, u User, code string, now time.Time) (purpose string, ok bool, err error) {
	hash := s.codeHash("reset", u.ID, code)
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		ok = false
		for _, purpose = range []string{forReset, forResetAll} {
			n, err := tx.Exec(ctx, `
				UPDATE tokens SET used_at = $5 WHERE hash = $1 AND realm_id = $2 AND user_id = $3 AND purpose = $4 AND used_at IS NULL AND expires_at > $5`,
				hash, s.Realm, u.ID, purpose, db.Instant(now))
			if ok = n == 1; err != nil || ok {
				return err
			}
		}
		return nil
	})
	return purpose, ok && err == nil, err
}
