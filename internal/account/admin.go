package account

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// A Decision says why an account is changed, and which version of it was seen; 0
// for whichever there is.
type Decision struct {
	Reason  string
	Version int
}

// reasonMax is how long a reason may be, in characters.
const reasonMax = 300

// check asks for a reason; the machine's administrator may leave it out.
func (c Decision) check(who access.Actor) error {
	var f core.Fields
	f.If(strings.TrimSpace(c.Reason) == "" && !who.Machine, "reason", "account.reason.missing")
	f.If(utf8.RuneCountInString(c.Reason) > reasonMax, "reason", "account.reason.long", reasonMax)
	return f.Err()
}

// Stale is the cause of a core.Conflict: the account was changed since it was
// seen.
type Stale struct{ Theirs User }

func (s *Stale) Error() string { return "changed meanwhile" }

// Version numbers the account: it rises with every change of what it may do and
// of how one signs in to it.
func (u User) Version() int { return u.epoch + 1 }

// A State is where an account stands.
type State string

// The states.
const (
	Active State = "active"
	Unused State = "unused" // nobody has signed in yet
	Closed State = "closed"
)

// States lists them as they are offered.
var States = []State{Active, Unused, Closed}

// State returns where the account stands.
func (u User) State() State {
	switch {
	case u.Disabled:
		return Closed
	case u.SignedIn.IsZero():
		return Unused
	}
	return Active
}

// A Record is an account as those who manage it see it.
type Record struct {
	User
	Factor bool // signing in takes a second step
	Places []access.Place
}

// A Query asks for the accounts that the actor manages.
type Query struct {
	Search string // in login and name: words, or the initials of a name in pinyin
	State  State  // "" for all
	Page   core.Page
}

// A List is one page of accounts, by login.
type List struct {
	Rows  []Record
	Total int
	Page  core.Page
}

// List returns a page of the accounts that the actor manages.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (List, error) {
	now := s.Now()
	l := List{Page: q.Page.Clean()}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.ManageUsers); err != nil {
			return err
		}
		all, err := managed(ctx, tx, who)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(u User) bool { return q.State != "" && u.State() != q.State || !u.answers(q.Search) })
		l.Total = len(all)
		from := min(l.Page.Offset(), len(all))
		for _, u := range all[from:min(from+l.Page.Size, len(all))] {
			r, err := record(ctx, tx, now, u)
			if err != nil {
				return err
			}
			l.Rows = append(l.Rows, r)
		}
		return nil
	})
	return l, err
}

// answers reports whether a search means the account.
func (u User) answers(search string) bool {
	words := names.Fold(search)
	return words == "" || strings.Contains(names.Fold(u.Login), words) || strings.Contains(names.Fold(u.Name), words) ||
		names.Latin(search) && strings.HasPrefix(names.PersonInitials(u.Name), words)
}

func record(ctx context.Context, q db.Querier, now time.Time, u User) (r Record, err error) {
	if !u.SignedIn.IsZero() {
		u.SignedIn = u.SignedIn.In(now.Location())
	}
	u.CreatedAt = u.CreatedAt.In(now.Location())
	r.User = u
	f, err := factors(ctx, q, u.Realm, u.ID)
	if err != nil {
		return r, err
	}
	r.Factor = f.Any()
	r.Places, err = access.Places(ctx, q, u.Realm, u.ID)
	return r, err
}

// Record returns one account that the actor manages.
func (s *Service) Record(ctx context.Context, who access.Actor, user core.UserID) (Record, error) {
	now := s.Now()
	var r Record
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := requireOver(ctx, tx, who, user); err != nil {
			return err
		}
		u, err := Find(ctx, tx, who.Realm, user)
		if err != nil {
			return err
		}
		r, err = record(ctx, tx, now, u)
		return err
	})
	return r, err
}

// A Turn is one change of an account: what was done, by whom and why.
type Turn struct {
	At     time.Time
	Action string
	By     string // a name; "" for the machine's administrator
	Own    bool   // by the account itself
	Role   access.Role
	Place  string // name of where the role holds
	Reason string
}

// historyMost is how many changes of an account are told.
const historyMost = 100

// History returns the newest changes of an account that the actor manages.
// Those who manage accounts do not read the journal; what it holds of this
// account's own changes is told here.
func (s *Service) History(ctx context.Context, who access.Actor, user core.UserID) ([]Turn, error) {
	now := s.Now()
	var turns []Turn
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := requireOver(ctx, tx, who, user); err != nil {
			return err
		}
		entries, err := audit.Changes(ctx, tx, who.Realm, "user", core.ID(user), historyMost)
		if err != nil {
			return err
		}
		for _, e := range entries {
			t, err := turnOf(ctx, tx, e, user)
			if err != nil {
				return err
			}
			t.At = t.At.In(now.Location())
			turns = append(turns, t)
		}
		return nil
	})
	return turns, err
}

// SittingsOf lists the open sessions of an account that the actor manages.
func (s *Service) SittingsOf(ctx context.Context, who access.Actor, user core.UserID) ([]Sitting, error) {
	now := s.Now()
	var all []Sitting
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := requireOver(ctx, tx, who, user); err != nil {
			return err
		}
		u, err := Find(ctx, tx, who.Realm, user)
		if err != nil {
			return err
		}
		all, err = sittings(ctx, tx, now, u, "")
		return err
	})
	return all, err
}

// EndSittings ends one session of an account that the actor manages, or with
// zero all of them. core.NotFound if there is no such session.
func (s *Service) EndSittings(ctx context.Context, who access.Actor, user core.UserID, id core.ID) error {
	return s.requireThen(ctx, who, user, "user.end", Decision{}, func(tx *db.Tx, _ User) (any, error) {
		n, err := tx.Exec(ctx, `DELETE FROM sessions WHERE realm_id = $1 AND user_id = $2 AND (id = $3 OR $3 = 0)`, who.Realm, user, id)
		if err == nil && n == 0 && id != 0 {
			err = core.NotFound
		}
		if err != nil || n == 0 {
			return nil, err
		}
		return map[string]int64{"ended": n}, nil
	})
}
