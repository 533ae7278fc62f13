package web

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"tongpin/internal/account"
	"tongpin/internal/core"
)

// A SignIn asks who is there. With a link's token it says whom the link lets
// in and asks for nothing but the button.
type SignIn struct {
	Shell
	Problems       ErrorSummary
	Name, Password Field
	Passkey        PasskeyAsk
	Token          string
	Next           string
	Forgot         Link
}

var signInPage = newPage[SignIn]("sign_in.html")

// signInForm returns the form, empty or with what was wrong. The password is
// never sent back.
func (s *Server) signInForm(r *http.Request, v Viewer, bad core.Fields) SignIn {
	sh := s.shell(r, v, "", "web.signin.title")
	sh.Lead, sh.Narrow = sh.T("web.signin.lead"), true
	if v.SignedIn {
		sh.Lead = sh.T("signin.again.lead")
	}
	f := SignIn{Shell: sh, Next: safeNext(r.FormValue("next")), Forgot: Link{sh.T("signin.forgot"), "/reset"}}
	f.Passkey = s.passkey(sh, r, "get", "signin.passkey", "/sign-in/passkey")
	f.Passkey.Next = f.Next
	f.Name = sh.field(r, bad, "name", "web.signin.name", "text")
	f.Name.Autocomplete = "username"
	f.Password = sh.field(r, bad, "password", "web.signin.password", "password")
	f.Password.Autocomplete, f.Password.Value = "current-password", ""
	f.Problems = sh.problems(bad, f.Name, f.Password)
	f.Wrong = !f.Problems.IsZero()
	return f
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if token := r.FormValue("token"); token != "" {
		return s.signInLink(w, r, v, token)
	}
	if v.SignedIn && r.FormValue("again") == "" {
		http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
		return nil
	}
	return signInPage.write(w, http.StatusOK, s.signInForm(r, v, nil))
}

// signInLink says whom a link lets in. It does not use the link: programs that
// look at links before people do would use it up.
func (s *Server) signInLink(w http.ResponseWriter, r *http.Request, v Viewer, token string) error {
	u, err := s.Account.LinkOpen(r.Context(), token)
	if err != nil {
		return linkGone(err)
	}
	sh := s.shell(r, v, "", "session.link.title", u.Name)
	sh.Lead, sh.Narrow = sh.T("session.link.lead"), true
	if v.SignedIn && v.Actor.User != u.ID {
		sh.Lead = sh.T("session.link.other", v.Name)
	}
	return signInPage.write(w, http.StatusOK, SignIn{Shell: sh, Token: token, Next: safeNext(r.FormValue("next"))})
}

// linkGone explains a link that lets nobody in.
func linkGone(err error) error {
	if errors.Is(err, core.NotFound) {
		return &core.Error{Kind: core.NotFound, Msg: core.M("session.link.gone"), Err: err}
	}
	return err
}

// enterSite signs in with a password or with a link. An account with a second
// factor goes on to the second step.
func (s *Server) enterSite(w http.ResponseWriter, r *http.Request, v Viewer) error {
	var in account.Opened
	var err error
	if token := r.PostFormValue("token"); token != "" {
		in, err = s.Account.SignInByLink(r.Context(), token, s.peer(r))
		err = linkGone(err)
	} else {
		in, err = s.Account.SignIn(r.Context(), r.PostFormValue("name"), r.PostFormValue("password"), s.peer(r))
	}
	bad := delayed(err)
	switch {
	case bad != nil:
		return signInPage.write(w, status[core.KindOf(err)], s.signInForm(r, v, bad))
	case err != nil:
		return err
	}
	next := safeNext(r.PostFormValue("next"))
	if in.Pending != "" {
		s.setCookie(w, pendingCookie, in.Pending, int(account.PendingLasts.Seconds()))
		return s.redirect(w, r, "/sign-in/second?"+url.Values{"next": {next}}.Encode(), "")
	}
	return s.enterAs(w, r, in.Session, next)
}

// delayed is what is wrong with a form where somebody proves who it is: also
// that it must wait or that the machine is busy, so that the form stays.
func delayed(err error) core.Fields {
	if errors.Is(err, core.Unavailable) {
		return core.Fields{"": core.MsgOf(err)}
	}
	return wrong(err)
}

// enterAs gives the browser a new session and leads to a page.
func (s *Server) enterAs(w http.ResponseWriter, r *http.Request, cookie, to string) error {
	if old, err := r.Cookie(sessionCookie); err == nil {
		if err := s.Account.SignOut(r.Context(), old.Value); err != nil {
			return err
		}
	}
	s.keepSession(w, cookie)
	s.setCookie(w, placeCookie, "", -1)
	s.setCookie(w, pendingCookie, "", -1)
	return s.redirect(w, r, to, "")
}

// keepSession gives the browser the cookie of a session.
func (s *Server) keepSession(w http.ResponseWriter, cookie string) {
	s.setCookie(w, sessionCookie, cookie, int(account.LastsFor.Seconds()))
}

// signOut ends the session here and on the server.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, _ Viewer) error {
	if c, err := r.Cookie(sessionCookie); err == nil {
		if err := s.Account.SignOut(r.Context(), c.Value); err != nil {
			return err
		}
	}
	s.setCookie(w, sessionCookie, "", -1)
	s.setCookie(w, placeCookie, "", -1)
	return s.redirect(w, r, "/sign-in", "session.out")
}

// peer returns who is at the other end: the address without the port, and the
// kind of browser. Where a proxy of ours stands between, it says for whom it
// asks; nobody else is believed (security.md row 16).
func (s *Server) peer(r *http.Request) account.Peer {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	through := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(through) - 1; i >= 0 && s.ours(host); i-- {
		if _, err := netip.ParseAddr(strings.TrimSpace(through[i])); err != nil {
			break
		}
		host = strings.TrimSpace(through[i])
	}
	return account.Peer{Addr: host, Device: device(r.UserAgent())}
}

// ours reports whether an address is that of a proxy of ours.
func (s *Server) ours(addr string) bool {
	a, err := netip.ParseAddr(addr)
	return err == nil && slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// A Setup asks for the first administrator. It exists until there is one.
type Setup struct {
	Shell
	Problems              ErrorSummary
	Login, Name, Password Field
	Token                 string
}

var setupPage = newPage[Setup]("setup.html")

func (s *Server) setupForm(r *http.Request, v Viewer, bad core.Fields) Setup {
	sh := s.shell(r, v, "", "session.setup.title")
	sh.Lead, sh.Narrow = sh.T("session.setup.lead"), true
	f := Setup{Shell: sh, Token: r.FormValue("token")}
	f.Name = sh.field(r, bad, "name", "session.setup.name", "text")
	f.Name.Autocomplete = "name"
	f.Login = sh.field(r, bad, "login", "session.setup.login", "text")
	f.Login.Autocomplete = "username"
	f.Password = sh.field(r, bad, "password", "session.setup.password", "password")
	f.Password.Autocomplete, f.Password.Value = "new-password", ""
	f.Problems = sh.problems(bad, f.Name, f.Login, f.Password)
	f.Wrong = !f.Problems.IsZero()
	return f
}

func (s *Server) setup(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if err := s.Account.SetupOpen(r.Context(), r.FormValue("token")); err != nil {
		return err
	}
	return setupPage.write(w, http.StatusOK, s.setupForm(r, v, nil))
}

// setUp makes the first administrator, who is signed in from then on.
func (s *Server) setUp(w http.ResponseWriter, r *http.Request, v Viewer) error {
	cookie, err := s.Account.Setup(r.Context(), r.PostFormValue("token"), r.PostFormValue("login"), r.PostFormValue("name"), r.PostFormValue("password"), s.peer(r))
	if bad := wrong(err); bad != nil {
		return setupPage.write(w, http.StatusUnprocessableEntity, s.setupForm(r, v, bad))
	}
	if err != nil {
		return err
	}
	return s.enterAs(w, r, cookie, "/")
}
