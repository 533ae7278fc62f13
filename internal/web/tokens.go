package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/account"
	"tongpin/internal/core"
)

// A TokensPage lists one's bearer tokens and makes one. Value is shown this
// once.
type TokensPage struct {
	Shell
	Problems   ErrorSummary
	Value      string
	Stale      Notice // sign in again first; until then none can be made
	Rows       []TokenRow
	Name, Days Field
	Scopes     []Option
	ScopeError string
}

// A TokenRow is one token.
type TokenRow struct {
	ID, Name, Scopes, Ends, Used, What string
	Tag                                Tag
}

var tokensPage = newPage[TokensPage]("tokens.html")

func (s *Server) mountTokens(m *http.ServeMux) {
	s.route(m, "GET /me/tokens", signedIn, s.tokens)
	s.route(m, "POST /me/tokens", signedIn, s.makeToken)
	s.route(m, "POST /me/tokens/revoke", signedIn, s.revokeToken)
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeTokens(w, r, v, http.StatusOK, "", nil)
}

func (s *Server) writeTokens(w http.ResponseWriter, r *http.Request, v Viewer, code int, value string, bad core.Fields) error {
	all, err := s.Account.Tokens(r.Context(), v.Actor, v.user.ID)
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "tokens.title")
	sh.Lead, sh.here = sh.T("tokens.lead"), "/me/tokens"
	p := TokensPage{Shell: sh, Value: value, ScopeError: sh.say(bad["scopes"])}
	switch _, fresh, err := s.Account.Factors(r.Context(), v.Actor, sessionOf(r)); {
	case err != nil:
		return err
	case !fresh:
		p.Stale = Notice{Kind: "warn", Text: sh.T("tokens.stale"), Link: Link{sh.T("factors.stale.go"), "/sign-in?again=1&next=/me/tokens"}}
	}
	for _, t := range all {
		row := s.tokenRow(sh, v, t, "tokens.revoke.what")
		row.Scopes = strings.Join(t.Scopes, " ")
		p.Rows = append(p.Rows, row)
	}
	p.Name = sh.field(r, bad, "name", "tokens.name", "text")
	p.Days = sh.field(r, bad, "days", "tokens.days", "number")
	p.Days.Min, p.Days.Max, p.Days.Short = "1", strconv.Itoa(account.TokenMost), true
	if p.Days.Value == "" {
		p.Days.Value = strconv.Itoa(account.TokenDays)
	}
	if value != "" {
		p.Name.Value = ""
	}
	for _, scope := range account.Scopes {
		p.Scopes = append(p.Scopes, Option{Value: scope, Text: sh.T("token.scope." + scope), Chosen: value == "" && slices.Contains(r.PostForm["scopes"], scope)})
	}
	p.Problems = sh.problems(bad, p.Name, p.Days, Field{Name: "scopes", Error: p.ScopeError})
	p.Wrong = !p.Problems.IsZero()
	return tokensPage.write(w, code, p)
}

// makeToken answers with the page itself: the value stands there alone, in no
// address and in no history.
func (s *Server) makeToken(w http.ResponseWriter, r *http.Request, v Viewer) error {
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil || days == 0 { // zero is the service's word for its own number
		days = -1
	}
	value, _, err := s.Account.MakeToken(r.Context(), v.Actor, v.user.ID, account.NewToken{Name: r.PostFormValue("name"), Scopes: r.PostForm["scopes"], Days: days, Session: sessionOf(r)})
	if bad := wrong(err); bad != nil {
		return s.writeTokens(w, r, v, http.StatusUnprocessableEntity, "", bad)
	}
	if err != nil {
		return err
	}
	return s.writeTokens(w, r, v, http.StatusOK, value, nil)
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := core.ParseID(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	if err := s.Account.RevokeToken(r.Context(), v.Actor, v.user.ID, id); err != nil {
		return err
	}
	return s.redirect(w, r, "/me/tokens", "tokens.revoked")
}
