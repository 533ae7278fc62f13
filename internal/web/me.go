package web

import (
	"net/http"

	"tongpin/internal/access"
	"tongpin/internal/core"
)

// A Me page is one's own account: roles, display, password. A later issue adds
// one's sessions.
type Me struct {
	Shell
	Problems   ErrorSummary
	Account    Facts
	Roles      Facts
	Record     Link
	Display    []Chips
	Old, Fresh Field
}

var mePage = newPage[Me]("me.html")

func (s *Server) mountMe(m *http.ServeMux) {
	s.route(m, "GET /me", signedIn, s.me)
	s.route(m, "POST /me/password", signedIn, s.changePassword)
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
	if v.Person != 0 {
		p.Record = Link{sh.T("me.record.open"), "/people/" + v.Person.String()}
	}
	p.Old = sh.field(r, bad, "old", "me.password.old", "password")
	p.Old.Autocomplete, p.Old.Value = "current-password", ""
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
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return core.NotFound
	}
	err = s.Account.ChangePassword(r.Context(), v.Actor, c.Value, r.PostFormValue("old"), r.PostFormValue("password"), peer(r))
	if bad := wrong(err); bad != nil {
		return s.writeMe(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/me", "me.password.done")
}
