package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tongpin/internal/account"
	"tongpin/internal/core"
)

// A SecondStep asks for what an account has besides its password.
type SecondStep struct {
	Shell
	Problems ErrorSummary
	Code     Field
	Passkey  PasskeyAsk
	Next     string
	Lost     Note
}

var secondStepPage = newPage[SecondStep]("second_step.html")

// A PasskeyAsk is a form that a script sends once the browser has signed or
// made a passkey. Where there is no script, the page says so. Kind is "get" or
// "create".
type PasskeyAsk struct {
	Kind, Ask, Send, Text string
	Next                  string
	Name                  Field  // of a passkey to be made
	Script                string // address of passkey.js
	Lacking, Failed       string
	Elsewhere             string // why it cannot work at this address
	First                 bool   // it is what the page is for
}

// IsZero reports whether there is no such form.
func (p PasskeyAsk) IsZero() bool { return p.Kind == "" }

// passkey returns the form of a passkey, sent to that address. Passkeys work
// under one address alone; under another the page names it.
func (s *Server) passkey(sh Shell, r *http.Request, kind, label, to string) PasskeyAsk {
	site, err := url.Parse(s.Account.Site)
	if err != nil || site.Host == "" {
		return PasskeyAsk{}
	}
	p := PasskeyAsk{
		Kind: kind, Ask: to + "/ask", Send: to, Text: sh.T(label), Next: "/",
		Lacking: sh.T("signin.passkey.lacking"), Failed: sh.T("signin.passkey.failed"),
	}
	if site.Host != r.Host {
		p.Elsewhere = sh.T("signin.passkey.elsewhere", s.Account.Site)
	}
	if p.Script, err = assetPath("passkey.js"); err != nil {
		panic(err) // it is embedded
	}
	return p
}

// pendingOf returns the value of the pending sign-in's cookie, or "".
func pendingOf(r *http.Request) string {
	c, err := r.Cookie(pendingCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Server) secondStep(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeSecondStep(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeSecondStep(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	u, have, err := s.Account.Pending(r.Context(), pendingOf(r))
	if err != nil {
		return s.fromTheStart(w, r, err)
	}
	sh := s.shell(r, v, "", "signin.second.title")
	sh.Lead, sh.Narrow = sh.T("signin.second.lead", u.Name), true
	p := SecondStep{Shell: sh, Next: safeNext(r.FormValue("next"))}
	switch {
	case have.App:
		p.Code = sh.field(r, bad, "code", "signin.second.code", "text")
	case have.Codes > 0:
		p.Code = sh.field(r, bad, "code", "signin.second.code.recovery", "text")
	}
	p.Code.Autocomplete, p.Code.Value = "one-time-code", ""
	if len(have.Passkeys) > 0 {
		p.Passkey = s.passkey(sh, r, "get", "signin.second.passkey", "/sign-in/passkey")
		p.Passkey.Next, p.Passkey.First = p.Next, !have.App
	}
	p.Lost = Note{Text: sh.T("signin.second.lost"), Link: Link{sh.T("signin.second.reset"), "/reset"}}
	p.Problems = sh.problems(bad, p.Code)
	p.Wrong = !p.Problems.IsZero()
	return secondStepPage.write(w, code, p)
}

// fromTheStart leads somebody whose pending sign-in is over back to the first
// step, with the sentence that says so.
func (s *Server) fromTheStart(w http.ResponseWriter, r *http.Request, err error) error {
	if !errors.Is(err, core.NotFound) {
		return err
	}
	s.setCookie(w, pendingCookie, "", -1)
	return s.redirect(w, r, "/sign-in?"+url.Values{"next": {safeNext(r.FormValue("next"))}}.Encode(), "factor.over")
}

func (s *Server) takeSecondStep(w http.ResponseWriter, r *http.Request, v Viewer) error {
	cookie, err := s.Account.SecondStep(r.Context(), pendingOf(r), r.PostFormValue("code"), s.peer(r))
	if bad := delayed(err); bad != nil {
		return s.writeSecondStep(w, r, v, status[core.KindOf(err)], bad)
	}
	if err != nil {
		return s.fromTheStart(w, r, err)
	}
	return s.enterAs(w, r, cookie, safeNext(r.PostFormValue("next")))
}

// askPasskey tells the browser's script what to have signed.
func (s *Server) askPasskey(w http.ResponseWriter, r *http.Request, _ Viewer) error {
	ask, pending, err := s.Account.AskPasskey(r.Context(), pendingOf(r))
	if err != nil {
		return err
	}
	s.setCookie(w, pendingCookie, pending, int(account.PendingLasts.Seconds()))
	return writeJSON(w, ask)
}

func writeJSON(w http.ResponseWriter, b []byte) error {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // a visitor who has left is not our error
	return nil
}

// enterByPasskey takes what the browser had signed: as the second step, or as
// the only one.
func (s *Server) enterByPasskey(w http.ResponseWriter, r *http.Request, v Viewer) error {
	cookie, err := s.Account.SignInByPasskey(r.Context(), pendingOf(r), []byte(r.PostFormValue("credential")), s.peer(r))
	if bad := delayed(err); bad != nil {
		if _, _, perr := s.Account.Pending(r.Context(), pendingOf(r)); perr == nil {
			return s.writeSecondStep(w, r, v, status[core.KindOf(err)], bad)
		}
		return signInPage.write(w, status[core.KindOf(err)], s.signInForm(r, v, bad))
	}
	if err != nil {
		return s.fromTheStart(w, r, err)
	}
	return s.enterAs(w, r, cookie, safeNext(r.PostFormValue("next")))
}

// device names the kind of browser that a User-Agent speaks of, "" if none we
// know: no version and no machine, because it is kept.
func device(agent string) string {
	for _, d := range []struct{ mark, name string }{
		{"MicroMessenger", "WeChat"}, {"DingTalk", "DingTalk"}, {"QQBrowser", "QQ Browser"}, {"UCBrowser", "UC Browser"}, {"ArkWeb", "HarmonyOS"},
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, d.mark) {
			return d.name
		}
	}
	return ""
}
