package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/names"
)

// An accountTurn is a form that changes one account, and always asks why.
type accountTurn struct {
	name  string
	ends  bool // it takes something away: the button does not fill
	build func(s *Server, r *http.Request, v Viewer, a account.Record, f *EnterpriseForm) error
	do    func(s *Server, ctx context.Context, v Viewer, a account.Record, in *answers, why account.Decision) error
}

var accountTurns = []accountTurn{
	{"grant", false, (*Server).buildGrant, (*Server).doGrant},
	{"take", true, (*Server).buildTake, (*Server).doTake},
	{"close", true, nil, func(s *Server, ctx context.Context, v Viewer, a account.Record, _ *answers, why account.Decision) error {
		return s.Account.Disable(ctx, v.Actor, a.ID, why)
	}},
	{"reopen", false, nil, func(s *Server, ctx context.Context, v Viewer, a account.Record, _ *answers, why account.Decision) error {
		return s.Account.Enable(ctx, v.Actor, a.ID, why)
	}},
}

func (s *Server) recordOf(r *http.Request, v Viewer) (account.Record, error) {
	id, err := accountID(r)
	if err != nil {
		return account.Record{}, err
	}
	return s.Account.Record(r.Context(), v.Actor, id)
}

func (s *Server) accountForm(t accountTurn) handler {
	return func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		return s.writeTurn(w, r, v, t, nil, http.StatusOK)
	}
}

func (s *Server) writeTurn(w http.ResponseWriter, r *http.Request, v Viewer, t accountTurn, bad core.Fields, code int) error {
	a, err := s.recordOf(r, v)
	if err != nil {
		return err
	}
	key, at := "account."+t.name, "/accounts/"+a.ID.String()
	sh := s.accountShell(r, v, a, key+".title")
	sh.Lead, sh.here = sh.T(key+".lead", a.Name), at+"/"+t.name
	f := &EnterpriseForm{
		Shell: sh, Action: sh.here, Go: sh.T(key + ".go"), Danger: t.ends, Back: Link{sh.T("enterprise_form.back"), at}, bad: bad,
		Note: sh.T("account.change.note"),
	}
	f.keepVersion(r, a.Version())
	if t.build != nil {
		if err := t.build(s, r, v, a, f); err != nil {
			return err
		}
	}
	f.ask(r, "reason", "account.reason", "textarea", "")
	return f.write(w, code)
}

func (s *Server) turnAccount(t accountTurn) handler {
	return func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		a, err := s.recordOf(r, v)
		if err != nil {
			return err
		}
		in := answers{r: r}
		err = t.do(s, r.Context(), v, a, &in, account.Decision{Reason: in.text("reason"), Version: in.version()})
		if bad := curable(err, nil); bad != nil {
			return s.writeTurn(w, r, v, t, bad, status[core.KindOf(err)])
		}
		if err != nil {
			return err
		}
		return s.redirect(w, r, "/accounts/"+a.ID.String(), "account."+t.name+".done", a.Name)
	}
}

// askPlace asks for a role and where it holds. The place is written in words;
// where they mean more than one, the next page offers them.
func (s *Server) askPlace(r *http.Request, v Viewer, f *EnterpriseForm) error {
	roles := []Option{{Text: f.T("account.role.choose")}}
	for _, role := range access.Roles {
		roles = append(roles, Option{Value: string(role), Text: f.T("role." + string(role))})
	}
	f.choose(r, "role", "account.role", "select", "", roles)
	f.ask(r, "where", "account.where", "text", v.Org)
	if f.bad["at"].IsZero() && r.PostFormValue("at") == "" {
		return nil
	}
	found, err := s.Account.FindPlaces(r.Context(), v.Actor, access.Role(posted(r, "role")), posted(r, "where"))
	if err != nil || len(found) < 2 {
		return err
	}
	var all []Option
	for _, p := range found {
		all = append(all, Option{Value: placeKey(p), Text: f.option(p.Name, p.Where)})
	}
	f.choose(r, "at", "account.at", "radio", "", all)
	return nil
}

// place reads a role and where it is to hold.
func (s *Server) place(ctx context.Context, v Viewer, in *answers) (access.Place, error) {
	role := access.Role(in.text("role"))
	in.bad.If(!slices.Contains(access.Roles, role), "role", "account.role.missing")
	words := in.text("where")
	in.bad.If(words == "", "where", "account.where.missing")
	if in.bad != nil {
		return access.Place{}, nil
	}
	found, err := s.Account.FindPlaces(ctx, v.Actor, role, words)
	if err != nil {
		return access.Place{}, err
	}
	in.bad.If(len(found) == 0, "where", "account.where.none", words)
	named := func(p access.Place) bool { return names.Fold(p.Name) == names.Fold(words) }
	for i, p := range found {
		chosen := placeKey(p) == in.text("at")
		alone := len(found) == 1 || i == 0 && named(p) && !named(found[1])
		if chosen || alone && !slices.ContainsFunc(found, func(o access.Place) bool { return placeKey(o) == in.text("at") }) {
			return access.Place{Role: role, Org: p.Org, Enterprise: p.Enterprise}, nil
		}
	}
	in.bad.If(len(found) > 1, "at", "account.at.missing", len(found))
	return access.Place{}, nil
}

func (s *Server) buildGrant(r *http.Request, v Viewer, _ account.Record, f *EnterpriseForm) error {
	return s.askPlace(r, v, f)
}

func (s *Server) doGrant(ctx context.Context, v Viewer, a account.Record, in *answers, why account.Decision) error {
	p, err := s.place(ctx, v, in)
	in.bad.If(why.Reason == "", "reason", "account.reason.missing")
	if err != nil || in.bad != nil {
		return cmp.Or(err, in.bad.Err())
	}
	return s.Account.Grant(ctx, v.Actor, a.ID, p, why)
}

// heldRole returns the role of an account that a form is about.
func heldRole(r *http.Request, a account.Record) (access.Place, error) {
	for _, p := range a.Places {
		if string(p.Role) == r.FormValue("role") && placeKey(p) == r.FormValue("at") {
			return p, nil
		}
	}
	return access.Place{}, core.NotFound
}

func (s *Server) buildTake(r *http.Request, _ Viewer, a account.Record, f *EnterpriseForm) error {
	p, err := heldRole(r, a)
	if err != nil {
		return err
	}
	f.keep("role", string(p.Role))
	f.keep("at", placeKey(p))
	f.Know.Rows = []Fact{{Label: f.T("role." + string(p.Role)), Value: p.Name, Note: f.T("account.role.since", p.Since)}}
	return nil
}

func (s *Server) doTake(ctx context.Context, v Viewer, a account.Record, in *answers, why account.Decision) error {
	p, err := heldRole(in.r, a)
	if err != nil {
		return err
	}
	return s.Account.Take(ctx, v.Actor, a.ID, access.Place{Role: p.Role, Org: p.Org, Enterprise: p.Enterprise}, why)
}

// newAccount asks for an account and its first role.
func (s *Server) newAccount(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeNewAccount(w, r, v, nil, http.StatusOK)
}

func (s *Server) writeNewAccount(w http.ResponseWriter, r *http.Request, v Viewer, bad core.Fields, code int) error {
	sh := s.shell(r, v, "accounts", "account.new.title")
	sh.Path = []Link{{sh.T("accounts.title"), "/accounts"}, {Text: sh.Title}}
	sh.Lead, sh.Narrow, sh.here = sh.T("account.new.lead"), true, "/accounts/new"
	f := &EnterpriseForm{Shell: sh, Action: sh.here, Go: sh.T("account.new.go"), Back: Link{sh.T("enterprise_form.back"), "/accounts"}, bad: bad, Note: sh.T("account.change.note")}
	f.ask(r, "login", "account.new.login", "text", "").Autocomplete = "off"
	f.ask(r, "name", "account.new.name", "text", "").Autocomplete = "off"
	f.ask(r, "person", "account.new.person", "text", "").Autocomplete = "off"
	if err := s.askPlace(r, v, f); err != nil {
		return err
	}
	f.ask(r, "reason", "account.reason", "textarea", "")
	return f.write(w, code)
}

func (s *Server) openAccount(w http.ResponseWriter, r *http.Request, v Viewer) error {
	in := answers{r: r}
	n := account.NewUser{Login: in.text("login"), Name: in.text("name")}
	if text := recordNumber(in.text("person")); text != "" {
		id, err := core.ParseID(text)
		in.bad.If(err != nil, "person", "account.person.unfit")
		n.Person = core.PersonID(id)
	}
	p, err := s.place(r.Context(), v, &in)
	why := account.Decision{Reason: in.text("reason")}
	in.bad.If(why.Reason == "", "reason", "account.reason.missing")
	for field, m := range core.FieldsOf(n.Check()) {
		in.bad.If(true, field, m.Key, m.Args...)
	}
	if err = cmp.Or(err, in.bad.Err()); err == nil {
		var u account.User
		if u, err = s.Account.Open(r.Context(), v.Actor, n, p, why); err == nil {
			return s.redirect(w, r, "/accounts/"+u.ID.String(), "account.new.done", u.Name)
		}
	}
	if bad := curable(err, nil); bad != nil {
		return s.writeNewAccount(w, r, v, bad, status[core.KindOf(err)])
	}
	return err
}

// recordNumber reads the number of a record, or the address of its page.
func recordNumber(text string) string { return text[strings.LastIndex(text, "/")+1:] }

// An AccountSecret page shows a sign-in link once.
type AccountSecret struct {
	Shell
	Link string
	Back Link
}

var accountSecretPage = newPage[AccountSecret]("account_secret.html")

// linkAccount answers with the link itself: it is nowhere else.
func (s *Server) linkAccount(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.recordOf(r, v)
	if err != nil {
		return err
	}
	token, err := s.Account.Link(r.Context(), v.Actor, a.ID)
	if err != nil {
		return err
	}
	p := AccountSecret{Shell: s.accountShell(r, v, a, "account.link.title"), Link: s.origin(r) + "/sign-in?token=" + token}
	p.Lead = p.T("account.link.lead", a.Name)
	p.Back = Link{p.T("account.link.back"), "/accounts/" + a.ID.String()}
	return accountSecretPage.write(w, http.StatusOK, p)
}

// origin is where people reach the site.
func (s *Server) origin(r *http.Request) string {
	switch {
	case s.Account.Site != "":
		return s.Account.Site
	case s.Secure:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Server) endAccountSessions(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.recordOf(r, v)
	if err != nil {
		return err
	}
	var id core.ID
	if text := r.PostFormValue("id"); text != "" {
		if id, err = core.ParseID(text); err != nil {
			return err
		}
	}
	if err := s.Account.EndSittings(r.Context(), v.Actor, a.ID, id); err != nil {
		return err
	}
	return s.redirect(w, r, "/accounts/"+a.ID.String(), "account.sessions.done", a.Name)
}
