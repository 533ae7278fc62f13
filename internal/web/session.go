package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
)

// Names of the cookies of somebody who has signed in: the session, and the
// place they act for, which is checked against their roles each time.
const (
	sessionCookie = account.SessionCookie
	placeCookie   = "place"
	pendingCookie = "pending" // of a sign-in that waits for its second step
)

func (s *Server) mountSession(m *http.ServeMux) {
	s.route(m, "GET /sign-in", public, s.signIn)
	s.route(m, "POST /sign-in", public, s.enterSite)
	s.route(m, "GET /sign-in/second", public, s.secondStep)
	s.route(m, "POST /sign-in/second", public, s.takeSecondStep)
	s.route(m, "POST /sign-in/passkey", public, s.enterByPasskey)
	s.route(m, "POST /sign-in/passkey/ask", public, s.askPasskey)
	s.route(m, "GET /reset", public, s.reset)
	s.route(m, "POST /reset", public, s.setNewPassword)
	s.route(m, "POST /sign-out", public, s.signOut)
	s.route(m, "GET /setup", public, s.setup)
	s.route(m, "POST /setup", public, s.setUp)
	s.route(m, "GET /switch", signedIn, s.switchPlace)
}

// session reads who is asking from the session's cookie. A cookie that is no
// session is a stranger.
func (s *Server) session(r *http.Request) (Viewer, error) {
	v := Viewer{Synthetic: s.Synthetic}
	c, err := account.ReadCredential(r)
	if err != nil || c.Bearer || c.Value == "" {
		return v, nil // a token is for programs, not for pages
	}
	u, actor, err := s.Account.Session(r.Context(), c.Value)
	if errors.Is(err, core.Forbidden) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.SignedIn, v.Actor, v.Name, v.Person, v.user = true, actor, u.Name, u.Person, u
	v.Lang, v.Theme = u.Lang, u.Theme
	held, err := s.Account.Places(r.Context(), actor)
	if err != nil {
		return v, err
	}
	chosen := ""
	if c, err := r.Cookie(placeCookie); err == nil {
		chosen = c.Value
	}
	v.act(held, chosen)
	return v, nil
}

// placeKey names a place for cookies and addresses: "o06F2…", "e06F2…".
func placeKey(p access.Place) string {
	if p.Enterprise != 0 {
		return "e" + p.Enterprise.String()
	}
	return "o" + p.Org.String()
}

// act lets the viewer act for the chosen place, or for the highest that they
// hold a role in.
func (v *Viewer) act(held []access.Place, chosen string) {
	if len(held) == 0 {
		v.Places = []string{"today"}
		return
	}
	i := max(slices.IndexFunc(held, func(p access.Place) bool { return placeKey(p) == chosen }), 0)
	at := held[i]
	v.Org, v.Under, v.Enterprise = at.Name, at.Org, at.Enterprise
	for _, p := range held {
		ref := OrgRef{Name: p.Name, Path: p.Where, Href: "/switch?to=" + placeKey(p), Current: placeKey(p) == placeKey(at)}
		if !slices.Contains(v.Orgs, ref) {
			v.Orgs = append(v.Orgs, ref)
		}
		if placeKey(p) == placeKey(at) || p.Org != 0 && strings.HasPrefix(at.Path, p.Path) {
			v.Roles = append(v.Roles, p.Role)
		}
	}
	for _, p := range places {
		if slices.ContainsFunc(v.Roles, func(r access.Role) bool { return slices.Contains(placesOf[r], p.name) }) {
			v.Places = append(v.Places, p.name)
		}
	}
}

// placesOf is the main navigation of each role. It spares people doors that
// stay shut; whether they do is for the services to say.
var placesOf = map[access.Role][]string{
	access.System:     {"today", "orgs", "settings"},
	access.Security:   {"today", "orgs", "accounts"},
	access.Auditor:    {"today", "journal", "orgs"},
	access.Department: {"today", "coverage", "orgs", "enterprises", "work", "import", "figures", "jobs"},
	access.Registrar:  {"today", "coverage", "orgs", "enterprises", "work", "people", "import", "figures", "jobs"},
	access.Secretary:  {"today", "coverage", "orgs", "enterprises", "work", "people", "import", "figures", "jobs"},
	access.Member:     {"today", "orgs", "work"},
	access.Manager:    {"today", "enterprises"},
}

// may reports whether a role of the place that the viewer acts for allows an
// action, so that pages offer what can be done. Services ask again.
func (v Viewer) may(do access.Action) bool {
	return slices.ContainsFunc(v.Roles, func(r access.Role) bool { return access.Allows(r, do) })
}

// Goes reports whether an entry of the main navigation is for the viewer.
func (v Viewer) Goes(place string) bool { return v.Places == nil || slices.Contains(v.Places, place) }

// under returns the organisation that a page is looked at from: the one that
// the address names, else the one that the viewer acts for; zero for an
// enterprise's manager. Whether they may is for the service to say.
func (v Viewer) under(r *http.Request) (core.OrgID, error) {
	text := r.FormValue("under")
	if text == "" {
		return v.Under, nil
	}
	id, err := core.ParseID(text)
	return core.OrgID(id), err
}

// switchPlace lets a person act for another of their places.
func (s *Server) switchPlace(w http.ResponseWriter, r *http.Request, v Viewer) error {
	to := r.FormValue("to")
	if !slices.ContainsFunc(v.Orgs, func(o OrgRef) bool { return strings.HasSuffix(o.Href, "="+to) }) {
		return core.NotFound
	}
	s.setCookie(w, placeCookie, to, year)
	http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
	return nil
}
