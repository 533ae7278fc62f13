package web

import (
	"net/http"
	"slices"

	"rsc.io/qr"

	"tongpin/internal/account"
	"tongpin/internal/core"
)

// A FactorsPage shows how one signs in, and changes it.
type FactorsPage struct {
	Shell
	Problems ErrorSummary
	Stale    Notice // sign in again first; then nothing can be changed
	App      Tag
	HasApp   bool
	Passkeys []PasskeyRow
	Add      PasskeyAsk
	NoSite   string // why there are no passkeys at all
	HasCodes bool
	Codes    string
}

// A PasskeyRow is one passkey with the button that removes it.
type PasskeyRow struct {
	ID, Name, Note string
	Tag            Tag
}

var factorsPage = newPage[FactorsPage]("factors.html")

func (s *Server) factors(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeFactors(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeFactors(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	have, fresh, err := s.Account.Factors(r.Context(), v.Actor, sessionOf(r))
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "factors.title")
	sh.Lead = sh.T("factors.lead")
	p := FactorsPage{Shell: sh, HasApp: have.App, App: Tag{Off, sh.T("me.security.off")}}
	if have.App {
		p.App = Tag{OK, sh.T("me.security.on")}
	}
	if !fresh {
		p.Stale = Notice{Kind: "warn", Text: sh.T("factors.stale"), Link: Link{sh.T("factors.stale.go"), "/sign-in?again=1&next=/me/factors"}}
	}
	for _, k := range have.Passkeys {
		p.Passkeys = append(p.Passkeys, sh.passkeyRow(k))
	}
	p.Add = s.passkey(sh, r, "create", "factors.passkeys.add", "/me/factors/passkeys")
	p.Add.Name = sh.field(r, bad, "name", "factors.passkeys.name", "text")
	p.Add.Failed = sh.T("factors.passkeys.failed")
	if p.Add.IsZero() {
		p.NoSite = sh.T("factor.passkey.no_site")
	}
	p.HasCodes, p.Codes = have.Any(), sh.T("factors.codes.text", have.Codes)
	p.Problems = sh.problems(bad, p.Add.Name)
	p.Wrong = !p.Problems.IsZero()
	return factorsPage.write(w, code, p)
}

// ownShell is the frame of a page below one's own.
func (s *Server) ownShell(r *http.Request, v Viewer, title string, args ...any) Shell {
	sh := s.shell(r, v, "me", title, args...)
	sh.Path = []Link{{sh.T("me.title"), "/me"}, {Text: sh.Title}}
	return sh
}

func (s Shell) passkeyRow(k account.Passkey) PasskeyRow {
	row := PasskeyRow{ID: k.ID.String(), Name: k.Name, Note: s.T("factors.passkeys.since", s.Day(core.DateOf(k.CreatedAt)))}
	if !k.Used.IsZero() {
		row.Note = s.T("factors.passkeys.used", s.Day(core.DateOf(k.CreatedAt)), s.Day(core.DateOf(k.Used)))
	}
	if k.Cloned {
		row.Tag = Tag{Late, s.T("factors.passkeys.cloned")}
	}
	return row
}

// changed answers a change of factors: the session goes on under its new
// cookie, and new recovery codes are shown, this once.
func (s *Server) changed(w http.ResponseWriter, r *http.Request, v Viewer, c account.Change, err error, done string) error {
	if bad := delayed(err); bad != nil {
		return s.writeFactors(w, r, v, status[core.KindOf(err)], bad)
	}
	if err != nil {
		return err
	}
	s.keepSession(w, c.Cookie)
	if c.Codes != nil {
		return s.writeCodes(w, r, v, c.Codes)
	}
	return s.redirect(w, r, "/me/factors", done)
}

// A CodesPage shows recovery codes once.
type CodesPage struct {
	Shell
	Codes []string
}

var codesPage = newPage[CodesPage]("codes.html")

func (s *Server) writeCodes(w http.ResponseWriter, r *http.Request, v Viewer, codes []string) error {
	sh := s.ownShell(r, v, "codes.title")
	sh.Lead, sh.Narrow = sh.T("codes.lead"), true
	return codesPage.write(w, http.StatusOK, CodesPage{sh, slices.Clone(codes)})
}

func (s *Server) newCodes(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Account.NewCodes(r.Context(), v.Actor, sessionOf(r))
	return s.changed(w, r, v, c, err, "")
}

// An AppPage lets an app on the phone learn its secret.
type AppPage struct {
	Shell
	Problems ErrorSummary
	Secret   string
	Code     Field
}

var appPage = newPage[AppPage]("app.html")

func (s *Server) beginApp(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if err := s.Account.BeginTOTP(r.Context(), v.Actor, sessionOf(r)); err != nil {
		return err
	}
	return s.redirect(w, r, "/me/factors/app", "")
}

func (s *Server) app(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeApp(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeApp(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	e, err := s.Account.Enrolment(r.Context(), v.Actor, sessionOf(r))
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "app.title")
	sh.Path = slices.Insert(sh.Path, 1, Link{sh.T("factors.title"), "/me/factors"})
	sh.Lead, sh.Narrow = sh.T("app.lead"), true
	p := AppPage{Shell: sh, Code: sh.field(r, bad, "code", "app.code", "text")}
	for part := range slices.Chunk([]byte(e.Secret), 4) {
		p.Secret += string(part) + " "
	}
	p.Code.Inputmode, p.Code.Autocomplete, p.Code.Value, p.Code.Short = "numeric", "one-time-code", "", true
	p.Problems = sh.problems(bad, p.Code)
	p.Wrong = !p.Problems.IsZero()
	return appPage.write(w, code, p)
}

// appCode draws the QR code of the app that waits to be confirmed.
func (s *Server) appCode(w http.ResponseWriter, r *http.Request, v Viewer) error {
	e, err := s.Account.Enrolment(r.Context(), v.Actor, sessionOf(r))
	if err != nil {
		return err
	}
	code, err := qr.Encode(e.Address, qr.M)
	if err != nil {
		return err
	}
	code.Scale = 5
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(code.PNG()) // a visitor who has left is not our error
	return nil
}

func (s *Server) confirmApp(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Account.ConfirmTOTP(r.Context(), v.Actor, sessionOf(r), r.PostFormValue("code"), s.peer(r))
	if bad := delayed(err); bad != nil {
		return s.writeApp(w, r, v, status[core.KindOf(err)], bad)
	}
	return s.changed(w, r, v, c, err, "factors.app.added")
}

func (s *Server) removeApp(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Account.RemoveTOTP(r.Context(), v.Actor, sessionOf(r))
	return s.changed(w, r, v, c, err, "factors.app.removed")
}

func (s *Server) askNewPasskey(w http.ResponseWriter, r *http.Request, v Viewer) error {
	ask, err := s.Account.AskNewPasskey(r.Context(), v.Actor, sessionOf(r))
	if err != nil {
		return err
	}
	return writeJSON(w, ask)
}

func (s *Server) addPasskey(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Account.AddPasskey(r.Context(), v.Actor, sessionOf(r), r.PostFormValue("name"), []byte(r.PostFormValue("credential")))
	return s.changed(w, r, v, c, err, "factors.passkeys.added")
}

func (s *Server) removePasskey(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := core.ParseID(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	c, err := s.Account.RemovePasskey(r.Context(), v.Actor, sessionOf(r), id)
	return s.changed(w, r, v, c, err, "factors.passkeys.removed")
}
