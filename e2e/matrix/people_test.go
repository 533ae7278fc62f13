package matrix

import (
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A principal is somebody who asks: with a cookie for pages, with a token for
// the API.
type principal struct {
	name            string
	role            access.Role // held at the place of one's own; "" for none
	stranger        bool        // nobody, as far as the site can tell
	site            int
	session, bearer string
	scopes          []string // of the bearer token
}

// principals are at least twelve: one of each role, and those who must get
// nothing.
func (w *world) principals() (all []principal) {
	realm, at := w.a.Realm, access.Place{Org: w.places[own].org.ID}
	strangers := []principal{{name: "none", stranger: true}}
	disabled := w.principal(realm, "disabled", access.Place{Role: access.Registrar, Org: at.Org})
	w.exec(`UPDATE users SET disabled = $1 WHERE realm_id = $2 AND login = 'disabled'`, true, realm)
	foreign := w.principal(realm+1, "foreign", access.Place{Role: access.Registrar, Org: w.tree[1].ID})
	visitor := foreign
	visitor.name, visitor.site = "cookie of another realm", 0
	link := principal{name: "link"}
	u := w.user(realm, "link", access.Place{Role: access.Registrar, Org: at.Org})
	w.tx(func(tx *db.Tx) (err error) {
		link.session, err = account.IssueLink(w.t.Context(), tx, realm, u, w.a.Now().Add(time.Hour))
		link.bearer = link.session
		return err
	})
	crossed := w.principal(realm, "crossed", access.Place{Role: access.Registrar, Org: at.Org})
	crossed.session, crossed.bearer = crossed.bearer, crossed.session
	ended := w.principal(realm, "ended", access.Place{Role: access.Registrar, Org: at.Org})
	w.exec(`DELETE FROM sessions WHERE realm_id = $1 AND user_id = (SELECT id FROM users WHERE realm_id = $1 AND login = 'ended')`, realm)
	w.exec(`UPDATE bearer_tokens SET revoked_at = $2 WHERE realm_id = $1 AND user_id = (SELECT id FROM users WHERE realm_id = $1 AND login = 'ended')`, realm, db.Instant(w.a.Now()))
	for _, p := range append(strangers, disabled, visitor, link, crossed, ended) {
		p.stranger = true
		all = append(all, p)
	}
	all = append(all, w.moved(), w.revoked(), foreign)
	less := w.principal(realm, "less", access.Place{Role: access.Registrar, Org: at.Org})
	less.bearer, less.scopes, less.session = w.token(realm, "less", "me:read"), []string{"me:read"}, ""
	all = append(all, less)
	for _, role := range roles {
		where := access.Place{Role: role, Org: at.Org}
		if role == access.Manager {
			where = access.Place{Role: role, Enterprise: w.places[own].enterprise.ID}
		}
		p := w.principal(realm, string(role), where)
		p.role = role
		all = append(all, p)
	}
	return all
}

// principal adds an account with a role and signs it in.
func (w *world) principal(realm core.RealmID, name string, where access.Place) principal {
	w.t.Helper()
	p := principal{name: name, site: int(realm - w.a.Realm), scopes: account.Scopes}
	u := w.user(realm, name, where)
	var link string
	w.tx(func(tx *db.Tx) (err error) {
		link, err = account.IssueLink(w.t.Context(), tx, realm, u, w.a.Now().Add(time.Hour))
		return err
	})
	service := *w.a.Account
	service.Realm = realm
	opened, err := service.SignInByLink(w.t.Context(), link, account.Peer{Addr: "192.0.2.1"})
	if err != nil {
		w.t.Fatal(err)
	}
	p.session = opened.Session
	p.bearer = w.token(realm, name)
	return p
}

// token makes a bearer token of an account, with every scope unless told.
func (w *world) token(realm core.RealmID, login string, scopes ...string) string {
	w.t.Helper()
	var u core.UserID
	w.tx(func(tx *db.Tx) (err error) {
		u, err = db.One(w.t.Context(), tx, func(r db.Row) (id core.UserID, err error) { return id, r.Scan(&id) },
			`SELECT id FROM users WHERE realm_id = $1 AND login = $2`, realm, login)
		return err
	})
	if scopes == nil {
		scopes = account.Scopes
	}
	service := *w.a.Account
	service.Realm = realm
	value, _, err := service.MakeToken(w.t.Context(), access.Machine(realm), u, account.NewToken{Name: "matrix", Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

// moved is the registrar of an organisation below which the place of one's own
// stood until a moment ago.
func (w *world) moved() principal {
	day := core.DateOf(w.a.Now())
	old := w.found(w.a.Realm, org.Founding{Parent: w.tree[0].ID, Name: "旧党工委", Kind: rule.Committee, FoundedOn: founded})
	place := func(parent core.OrgID) {
		o := w.places[own].org
		w.tx(func(tx *db.Tx) (err error) {
			o, err = org.Find(w.t.Context(), tx, w.a.Realm, o.ID)
			if err == nil {
				_, err = org.Place(w.t.Context(), tx, access.Machine(w.a.Realm), w.a.Now(), o.ID, parent, day, "to and fro", o.Version, 0)
			}
			return err
		})
	}
	place(old.ID)
	p := w.principal(w.a.Realm, "moved", access.Place{Role: access.Registrar, Org: old.ID})
	place(w.places[above].org.ID)
	return p
}

// revoked is a registrar of one's own place whose role was taken a moment ago.
func (w *world) revoked() principal {
	where := access.Place{Role: access.Registrar, Org: w.places[own].org.ID}
	p := w.principal(w.a.Realm, "revoked", where)
	w.tx(func(tx *db.Tx) error {
		u, err := db.One(w.t.Context(), tx, func(r db.Row) (id core.UserID, err error) { return id, r.Scan(&id) },
			`SELECT id FROM users WHERE realm_id = $1 AND login = 'revoked'`, w.a.Realm)
		if err != nil {
			return err
		}
		return access.Take(w.t.Context(), tx, access.Machine(w.a.Realm), u, where, w.a.Now())
	})
	return p
}

func TestThereAreEnoughPrincipals(t *testing.T) {
	w := newWorld(t, "")
	if n := len(w.principals()); n < 12 {
		t.Errorf("%d principals", n)
	}
}
