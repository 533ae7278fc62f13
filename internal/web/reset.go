package web

import (
	"errors"
	"net/http"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
)

// A Reset page sets a new password with a code that was handed over.
type Reset struct {
	Shell
	Problems              ErrorSummary
	Login, Code, Password Field
}

var resetPage = newPage[Reset]("reset.html")

func (s *Server) reset(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return resetPage.write(w, http.StatusOK, s.resetForm(r, v, nil))
}

func (s *Server) resetForm(r *http.Request, v Viewer, bad core.Fields) Reset {
	sh := s.shell(r, v, "", "reset.title")
	sh.Lead, sh.Narrow = sh.T("reset.lead"), true
	p := Reset{Shell: sh}
	p.Login = sh.field(r, bad, "login", "reset.login", "text")
	p.Login.Autocomplete = "username"
	p.Code = sh.field(r, bad, "code", "reset.code", "text")
	p.Code.Autocomplete = "off"
	p.Password = sh.field(r, bad, "password", "reset.password", "password")
	p.Password.Autocomplete, p.Password.Value = "new-password", ""
	p.Problems = sh.problems(bad, p.Login, p.Code, p.Password)
	p.Wrong = !p.Problems.IsZero()
	return p
}

func (s *Server) setNewPassword(w http.ResponseWriter, r *http.Request, v Viewer) error {
	err := s.Account.Reset(r.Context(), r.PostFormValue("login"), r.PostFormValue("code"), r.PostFormValue("password"), s.peer(r))
	if bad := delayed(err); bad != nil {
		return resetPage.write(w, status[core.KindOf(err)], s.resetForm(r, v, bad))
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/sign-in", "reset.done")
}

// An IssueReset page makes such a code for somebody, and shows it once.
type IssueReset struct {
	Shell
	Problems ErrorSummary
	Login    Field
	Factors  Field
	Code     string
	How      []string
}

var issueResetPage = newPage[IssueReset]("reset_issue.html")

func (s *Server) issueReset(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if !v.may(access.ResetAccounts) {
		return core.NotFound
	}
	return issueResetPage.write(w, http.StatusOK, s.issueResetForm(r, v, nil))
}

func (s *Server) issueResetForm(r *http.Request, v Viewer, bad core.Fields) IssueReset {
	sh := s.ownShell(r, v, "reset.issue.title")
	sh.Lead, sh.Narrow = sh.T("reset.issue.lead"), true
	p := IssueReset{Shell: sh}
	p.Login = sh.field(r, bad, "login", "reset.issue.login", "text")
	p.Login.Autocomplete = "off"
	p.Factors = sh.field(r, bad, "factors", "reset.issue.factors", "checkbox")
	p.Factors.Chosen, p.Factors.Value = p.Factors.Value != "", "yes"
	p.Problems = sh.problems(bad, p.Login)
	p.Wrong = !p.Problems.IsZero()
	return p
}

// issueResetCode answers with the code itself: it is nowhere else, and a page
// that could be opened again would show it again.
func (s *Server) issueResetCode(w http.ResponseWriter, r *http.Request, v Viewer) error {
	factors := r.PostFormValue("factors") != ""
	u, code, expires, err := s.Account.IssueReset(r.Context(), v.Actor, r.PostFormValue("login"), factors)
	if errors.Is(err, core.NotFound) && v.may(access.ResetAccounts) {
		err = &core.Error{Kind: core.Invalid, Msg: core.M("error.fields"), Fields: core.Fields{"login": core.M("account.reset.nobody")}}
	}
	if bad := wrong(err); bad != nil {
		return issueResetPage.write(w, http.StatusUnprocessableEntity, s.issueResetForm(r, v, bad))
	}
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "reset.issued.title")
	sh.Title = sh.T("reset.issued.title", u.Name)
	sh.Path = slices.Clone(sh.Path)
	sh.Path[len(sh.Path)-1].Text = sh.T("reset.issue.title")
	sh.Lead, sh.Narrow = sh.T("reset.issued.lead", sh.When(expires)), true
	p := IssueReset{Shell: sh, Code: code, How: []string{sh.T("reset.issued.how")}}
	if factors {
		p.How = append(p.How, sh.T("reset.issued.factors"))
	}
	return issueResetPage.write(w, http.StatusOK, p)
}
