package web

import (
	"net/http"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
)

// A Me page is one's own account: roles, display, password, and the way to how
// one signs in.
type Me struct {
	Shell
	Problems   ErrorSummary
	Account    Facts
	Security   Facts
	Reset      Link // for who may reset others' passwords
	Roles      Facts
	Record     []Link
	Data       []Link
	Display    []Chips
	Old, Fresh Field
}

var mePage = newPage[Me]("me.html")

func (s *Server) mountMe(m *http.ServeMux) {
	s.route(m, "GET /me", signedIn, s.me)
	s.route(m, "POST /me/password", signedIn, s.changePassword)
	s.mountCalendar(m)
	s.route(m, "GET /me/sessions", signedIn, s.sittings)
	s.route(m, "POST /me/sessions", signedIn, s.endSitting)
	s.route(m, "GET /me/factors", signedIn, s.factors)
	s.route(m, "POST /me/factors/app", signedIn, s.beginApp)
	s.route(m, "GET /me/factors/app", signedIn, s.app)
	s.route(m, "GET /me/factors/app.png", signedIn, s.appCode)
	s.route(m, "POST /me/factors/app/confirm", signedIn, s.confirmApp)
	s.route(m, "POST /me/factors/app/remove", signedIn, s.removeApp)
	s.route(m, "POST /me/factors/passkeys", signedIn, s.addPasskey)
	s.route(m, "POST /me/factors/passkeys/ask", signedIn, s.askNewPasskey)
	s.route(m, "POST /me/factors/passkeys/remove", signedIn, s.removePasskey)
	s.route(m, "POST /me/factors/codes", signedIn, s.newCodes)
	s.mountTokens(m)
	s.route(m, "GET /accounts/reset", signedIn, s.issueReset)
	s.route(m, "POST /accounts/reset", signedIn, s.issueResetCode)
}

func (s *Server) me(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeMe(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeMe(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	held, err := s.Account.Places(r.Context(), v.Actor)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "me", "me.title")
	sh.here = "/me"
	p := Me{Shell: sh, Display: []Chips{sh.chips("me.language", sh.Languages()), sh.chips("me.theme", sh.Themes())}}
	p.Account.Rows = []Fact{{Label: sh.T("session.setup.name"), Value: v.Name}, {Label: sh.T("me.login"), Value: v.user.Login}}
	for _, h := range held {
		p.Roles.Rows = append(p.Roles.Rows, sh.role(h))
	}
	var has bool
	if p.Security, has, err = s.security(r, sh); err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(h access.Place) bool { return access.Allows(h.Role, access.ResetAccounts) }) {
		p.Reset = Link{sh.T("me.reset"), "/accounts/reset"}
	}
	if v.Person != 0 {
		p.Record = []Link{{sh.T("me.record.open"), "/people/" + v.Person.String()}, {sh.T("sightings.title"), "/me/record"}, {sh.T("corrections.ask"), "/corrections"}, {sh.T("consents.title"), "/me/consents"}}
	}
	p.Data = []Link{{sh.T("own_data.title"), "/me/data"}, {sh.T("web.privacy.title"), "/privacy"}}
	if has {
		p.Old = sh.field(r, bad, "old", "me.password.old", "password")
		p.Old.Autocomplete, p.Old.Value = "current-password", ""
	}
	p.Fresh = sh.field(r, bad, "password", "me.password.new", "password")
	p.Fresh.Autocomplete, p.Fresh.Value = "new-password", ""
	p.Problems = sh.problems(bad, p.Old, p.Fresh)
	p.Wrong = !p.Problems.IsZero()
	return mePage.write(w, code, p)
}

// role is one line of one's roles.
func (s Shell) role(h access.Place) Fact {
	f := Fact{Label: s.T("role." + string(h.Role)), Value: h.Name, Note: h.Where, Href: "/orgs/" + h.Org.String(), What: h.Name}
	if h.Enterprise != 0 {
		f.Href = "/enterprises/" + h.Enterprise.String()
	}
	switch {
	case h.Org == s.Viewer.Under && h.Enterprise == s.Viewer.Enterprise:
		f.Tag = Tag{Done, s.T("me.places.now")}
	default:
		f.Action = Link{s.T("me.places.use"), "/switch?to=" + placeKey(h)}
	}
	return f
}

// chips shows a switch of the footer as a row of chips.
func (s Shell) chips(label string, choices []Choice) Chips {
	c := Chips{Label: s.T(label), Joined: true}
	for _, o := range choices {
		c.Items = append(c.Items, Chip{Text: o.Text, Href: o.Href, Current: o.Current})
	}
	return c
}

func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, v Viewer) error {
	fresh, err := s.Account.ChangePassword(r.Context(), v.Actor, sessionOf(r), r.PostFormValue("old"), r.PostFormValue("password"), s.peer(r))
	if bad := delayed(err); bad != nil {
		return s.writeMe(w, r, v, status[core.KindOf(err)], bad)
	}
	if err != nil {
		return err
	}
	s.keepSession(w, fresh)
	return s.redirect(w, r, "/me", "me.password.done")
}

// sessionOf returns the value of the session's cookie, or "".
func sessionOf(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// security says in four lines how the person signs in, and whether there is a
// password.
func (s *Server) security(r *http.Request, sh Shell) (f Facts, password bool, err error) {
	have, _, err := s.Account.Factors(r.Context(), sh.Viewer.Actor, sessionOf(r))
	if err != nil {
		return f, false, err
	}
	open, err := s.Account.Sittings(r.Context(), sh.Viewer.Actor, sessionOf(r))
	if err != nil {
		return f, false, err
	}
	app := Tag{Off, sh.T("me.security.off")}
	if have.App {
		app = Tag{OK, sh.T("me.security.on")}
	}
	f.Rows = []Fact{
		{Label: sh.T("me.security.app"), Tag: app},
		{Label: sh.T("me.security.passkeys"), Value: sh.T("me.security.count", len(have.Passkeys))},
	}
	if have.Any() {
		f.Rows = append(f.Rows, Fact{Label: sh.T("me.security.codes"), Value: sh.T("me.security.left", have.Codes)})
	}
	f.Rows = append(f.Rows, Fact{
		Label: sh.T("me.security.sessions"), Value: sh.T("me.security.count", len(open)),
		Action: Link{sh.T("me.security.see"), "/me/sessions"}, What: sh.T("me.security.sessions"),
	})
	return f, have.Password, nil
}
