package account

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// add writes a checked account with the hash of its password and journals it.
func add(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, n NewUser, hash string) (User, error) {
	u := User{
		Realm: who.Realm, ID: core.UserID(core.NewID(now)), Login: n.Login, Name: n.Name, Person: n.Person, Lang: n.Lang, CreatedAt: now.Truncate(time.Microsecond),
	}
	if err := insertUser(ctx, tx, u, hash); err != nil {
		return User{}, err
	}
	return u, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "user.add", Subject: "user", SubjectID: core.ID(u.ID),
		After: map[string]any{"login": u.Login, "name": u.Name, "password": hash != ""},
	})
}

// Add adds an account without a password, for a caller that has asked for the
// right and lets people in by links, such as the example.
func Add(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, n NewUser) (User, error) {
	n.Password = ""
	if err := n.check(); err != nil {
		return User{}, err
	}
	return add(ctx, tx, who, now, n, "")
}

// Add adds an account. It may do nothing until it is granted a role. A login
// that exists, in whatever spelling, is core.Conflict.
func (s *Service) Add(ctx context.Context, who access.Actor, n NewUser) (User, error) {
	return s.Open(ctx, who, n, access.Place{}, Decision{})
}

// Open adds an account and gives it its first role, unless the place is zero,
// both or neither.
func (s *Service) Open(ctx context.Context, who access.Actor, n NewUser, first access.Place, c Decision) (User, error) {
	now := s.Now()
	if err := n.check(); err != nil {
		return User{}, err
	}
	hash := ""
	if n.Password != "" {
		var err error
		if hash, err = hashPassword(ctx, "", n.Password); err != nil {
			return User{}, err
		}
	}
	var u User
	err := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireRealm(ctx, tx, who, access.ManageUsers); err != nil {
			return err
		}
		if err := requirePerson(ctx, tx, who, n); err != nil {
			return err
		}
		if u, err = add(ctx, tx, who, now, n, hash); err != nil || first.Role == "" {
			return err
		}
		if err := s.grant(ctx, tx, now, who, u.ID, first, c); err != nil {
			return err
		}
		u, err = Find(ctx, tx, who.Realm, u.ID)
		return err
	})
	if err != nil {
		u = User{}
	}
	return u, s.journalled(ctx, who, now, "user.add", 0, err)
}

// Users lists the accounts that the actor may manage, by login: those without a
// role, and those with a role at or below a place where the actor manages users.
func (s *Service) Users(ctx context.Context, who access.Actor) ([]User, error) {
	var users []User
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.ManageUsers); err != nil {
			return err
		}
		var err error
		users, err = managed(ctx, tx, who)
		return err
	})
	if err != nil {
		return nil, err
	}
	return users, nil
}

// managed returns the accounts that the actor may manage, by login.
func managed(ctx context.Context, q db.Querier, who access.Actor) ([]User, error) {
	all, err := db.All(ctx, q, scanUser, `SELECT `+userColumns+` FROM users u WHERE u.realm_id = $1 ORDER BY u.login_key`, who.Realm)
	if err != nil {
		return nil, err
	}
	outside, err := outsideOf(ctx, q, who)
	return slices.DeleteFunc(all, func(u User) bool { return outside[u.ID] }), err
}

// outsideOf returns the users who hold a role somewhere that the actor does not
// manage.
func outsideOf(ctx context.Context, q db.Querier, who access.Actor) (map[core.UserID]bool, error) {
	outside := map[core.UserID]bool{}
	if who.Machine {
		return outside, nil
	}
	mine, err := reach(ctx, q, who)
	if err != nil {
		return nil, err
	}
	err = db.Each(ctx, q, func(r db.Row) error {
		var user core.UserID
		var path string
		if err := r.Scan(&user, &path); err != nil {
			return err
		}
		if !within(mine, path) {
			outside[user] = true
		}
		return nil
	}, `
		SELECT g.user_id, coalesce(o.path, e.path) FROM grants g
		LEFT JOIN orgs o ON o.realm_id = g.realm_id AND o.id = g.org_id
		LEFT JOIN enterprises e ON e.realm_id = g.realm_id AND e.id = g.enterprise_id
		WHERE g.realm_id = $1 AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'`, who.Realm)
	return outside, err
}

// ByLogin returns the account of a login, for who may manage it.
func (s *Service) ByLogin(ctx context.Context, who access.Actor, login string) (User, error) {
	var u User
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireRealm(ctx, tx, who, access.ManageUsers); err != nil {
			return err
		}
		if u, err = byLogin(ctx, tx, who.Realm, login); err != nil {
			return err
		}
		return requireOver(ctx, tx, who, u.ID)
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// requireOver returns nil if there is that user and the actor manages users
// wherever the user holds a role, so that nobody takes over an account that reaches further.
func requireOver(ctx context.Context, q db.Querier, who access.Actor, user core.UserID) error {
	if err := access.RequireRealm(ctx, q, who, access.ManageUsers); err != nil {
		return err
	}
	if _, err := Find(ctx, q, who.Realm, user); err != nil {
		return err
	}
	outside, err := outsideOf(ctx, q, who)
	if err == nil && outside[user] {
		err = core.NotFound
	}
	return err
}

// requireThen runs a change of one account in one transaction: right, reason,
// version, change, journal. f returns what the journal says of the state after;
// nil if it has been told already.
func (s *Service) requireThen(ctx context.Context, who access.Actor, user core.UserID, action string, c Decision, f func(*db.Tx, User) (any, error)) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := requireOver(ctx, tx, who, user); err != nil {
			return err
		}
		u, err := Find(ctx, tx, who.Realm, user)
		if err != nil {
			return err
		}
		if c.Version != 0 && c.Version != u.Version() {
			return &core.Error{Kind: core.Conflict, Msg: core.M("account.stale", u.Name), Err: &Stale{u}}
		}
		after, err := f(tx, u)
		if err != nil || after == nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: action, Subject: "user", SubjectID: core.ID(user), After: after, Note: c.Reason})
	})
	return s.journalled(ctx, who, now, action, user, err)
}

// journalled writes down what was denied, and returns the error.
func (s *Service) journalled(ctx context.Context, who access.Actor, now time.Time, action string, user core.UserID, err error) error {
	if k := core.KindOf(err); err == nil || k != core.Forbidden && k != core.NotFound {
		return err
	}
	e := audit.Entry{By: who.By(), Action: action, Subject: "user", SubjectID: core.ID(user)}
	if jerr := audit.Refused(ctx, s.DB, now, e, err); jerr != nil {
		return jerr
	}
	return err
}

// Disable closes an account at once. The last one that manages users stays
// open: core.Conflict.
func (s *Service) Disable(ctx context.Context, who access.Actor, user core.UserID, c Decision) error {
	return s.requireThen(ctx, who, user, "user.disable", c, s.disabling(ctx, who, true, c))
}

// Enable opens a closed account again.
func (s *Service) Enable(ctx context.Context, who access.Actor, user core.UserID, c Decision) error {
	return s.requireThen(ctx, who, user, "user.enable", c, s.disabling(ctx, who, false, c))
}

func (s *Service) disabling(ctx context.Context, who access.Actor, disabled bool, c Decision) func(*db.Tx, User) (any, error) {
	now := s.Now()
	return func(tx *db.Tx, u User) (any, error) {
		if err := c.check(who); err != nil {
			return nil, err
		}
		before, err := admins(ctx, tx, who.Realm)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET disabled = $3 WHERE realm_id = $1 AND id = $2`, who.Realm, u.ID, disabled); err != nil {
			return nil, err
		}
		if err := keepsOne(ctx, tx, who.Realm, before); err != nil {
			return nil, err
		}
		return map[string]any{"disabled": disabled}, RevokeAll(ctx, tx, now, who.Realm, u.ID, "")
	}
}

// keepsOne refuses a change that leaves nobody to manage users where there was
// somebody.
func keepsOne(ctx context.Context, tx *db.Tx, realm core.RealmID, before int) error {
	after, err := admins(ctx, tx, realm)
	if err == nil && before > 0 && after == 0 {
		err = core.Fail(core.Conflict, "account.last_admin")
	}
	return err
}

// SetPassword gives an account a new password and ends every session and link
// of it.
func (s *Service) SetPassword(ctx context.Context, who access.Actor, user core.UserID, password string) error {
	_, err := s.setPassword(ctx, who, user, password, "", Peer{}, func(q db.Querier) error { return requireOver(ctx, q, who, user) })
	return s.journalled(ctx, who, s.Now(), "user.password", user, err)
}

// setPassword asks may before the costly hash, and again in the transaction. The
// session of the cookie, if there is one, goes on under a new one; every other
// ends.
func (s *Service) setPassword(ctx context.Context, who access.Actor, user core.UserID, password, cookie string, from Peer, may func(db.Querier) error) (fresh string, err error) {
	now := s.Now()
	var u User
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := may(tx); err != nil {
			return err
		}
		u, err = Find(ctx, tx, who.Realm, user)
		return err
	})
	if err != nil {
		return "", err
	}
	var f core.Fields
	checkPassword(&f, password, u.Login)
	if err := f.Err(); err != nil {
		return "", err
	}
	hash, err := hashPassword(ctx, from.Addr, password)
	if err != nil {
		return "", err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := may(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE users SET password = $3 WHERE realm_id = $1 AND id = $2`, who.Realm, user, hash); err != nil {
			return err
		}
		if cookie != "" {
			fresh, err = renew(ctx, tx, now, u, cookie)
		} else {
			err = RevokeAll(ctx, tx, now, who.Realm, user, "")
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "user.password", Subject: "user", SubjectID: core.ID(user)})
	})
	return fresh, err
}

// Grant gives an account a role at a place, from today. The actor must manage
// users there, and the account must be somebody else's. What the account could do before is asked anew: its sessions end.
func (s *Service) Grant(ctx context.Context, who access.Actor, user core.UserID, p access.Place, c Decision) error {
	now := s.Now()
	return s.requireThen(ctx, who, user, "user.grant", c, func(tx *db.Tx, _ User) (any, error) {
		return nil, s.grant(ctx, tx, now, who, user, p, c)
	})
}

func (s *Service) grant(ctx context.Context, tx *db.Tx, now time.Time, who access.Actor, user core.UserID, p access.Place, c Decision) error {
	if err := requireAt(ctx, tx, who, p); err != nil {
		return err
	}
	if !who.Machine && who.User == user {
		return core.Fail(core.Forbidden, "account.grant.self")
	}
	if err := c.check(who); err != nil {
		return err
	}
	held, err := access.Places(ctx, tx, who.Realm, user)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(h access.Place) bool { return h.Role == p.Role && h.Org == p.Org && h.Enterprise == p.Enterprise }) {
		return core.Fail(core.Conflict, "account.grant.held")
	}
	p.Reason = c.Reason
	if err := access.Grant(ctx, tx, who, user, p, core.DateOf(now), now); err != nil {
		return err
	}
	return RevokeAll(ctx, tx, now, who.Realm, user, "")
}

func requireAt(ctx context.Context, tx *db.Tx, who access.Actor, p access.Place) error {
	if p.Enterprise != 0 {
		return access.RequireEnterprise(ctx, tx, who, access.ManageUsers, p.Enterprise)
	}
	return access.Require(ctx, tx, who, access.ManageUsers, p.Org)
}

// Take takes a role back at once. The last one that manages users stays:
// core.Conflict.
func (s *Service) Take(ctx context.Context, who access.Actor, user core.UserID, p access.Place, c Decision) error {
	now := s.Now()
	return s.requireThen(ctx, who, user, "user.take", c, func(tx *db.Tx, _ User) (any, error) {
		if err := requireAt(ctx, tx, who, p); err != nil {
			return nil, err
		}
		if err := c.check(who); err != nil {
			return nil, err
		}
		p.Reason = c.Reason
		before, err := admins(ctx, tx, who.Realm)
		if err != nil {
			return nil, err
		}
		if err := access.Take(ctx, tx, who, user, p, now); err != nil {
			return nil, err
		}
		if err := keepsOne(ctx, tx, who.Realm, before); err != nil {
			return nil, err
		}
		return nil, RevokeAll(ctx, tx, now, who.Realm, user, "")
	})
}
