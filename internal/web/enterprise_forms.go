package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A deed is one thing done to an enterprise, on a page of its own at
// /enterprises/{enterprise}/NAME. Its words are enterprise_form.NAME and that
// with .lead, .go and .done.
type deed struct {
	name, part string            // part of the enterprise's page to which it leads back, or ""
	known      map[string]string // fields of the service that the form calls otherwise
	ends       bool
	build      func(s *Server, r *http.Request, v Viewer, e enterprise.Profile, f *EnterpriseForm) error
	do         func(s *Server, ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error
}

// key is the catalog key of a deed's words.
func (d deed) key() string {
	words := []byte(d.name)
	for i, c := range words {
		if c == '/' {
			words[i] = '_'
		}
	}
	return "enterprise_form." + string(words)
}

// deeds are the forms about an enterprise, in order of use.
var deeds = []deed{
	{name: "verify", known: map[string]string{"on": "verified_on"}, build: (*Server).buildVerify, do: (*Server).doVerify},
	{name: "visit", part: "contact", build: (*Server).buildVisit, do: (*Server).doVisit},
	{name: "release", part: "contact", ends: true, build: (*Server).buildRelease, do: (*Server).doRelease},
	{name: "plan", part: "plan", known: map[string]string{"from": "planned_on"}, build: (*Server).buildPlan, do: (*Server).doPlan},
	{name: "change", build: (*Server).buildChange, do: (*Server).doChange},
	{name: "move", build: (*Server).buildMove, do: (*Server).doMove},
	{name: "host", part: "orgs", build: (*Server).buildHost, do: (*Server).doHost},
	{name: "unhost", part: "orgs", ends: true, build: (*Server).buildUnhost, do: (*Server).doUnhost},
	{name: "mass", part: "mass", build: (*Server).buildMass, do: (*Server).doMass},
	{name: "mass/end", part: "mass", ends: true, build: (*Server).buildMassEnd, do: (*Server).doMassEnd},
	{name: "join", part: "groupings", build: (*Server).buildJoin, do: (*Server).doJoin},
	{name: "leave", part: "groupings", ends: true, build: (*Server).buildLeave, do: (*Server).doLeave},
	{name: "team", part: "teams", build: (*Server).buildTeam, do: (*Server).doTeam},
	{name: "team/change", part: "teams", build: (*Server).buildTeamChange, do: (*Server).doTeamChange},
}

// mountDeed mounts the page of a deed.
func (s *Server) mountDeed(m *http.ServeMux, d deed) {
	path := "/enterprises/{enterprise}/" + d.name
	s.route(m, "GET "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		e, err := s.changeable(r, v)
		if err != nil {
			return err
		}
		f, err := s.deedForm(r, v, d, e, nil)
		if err != nil {
			return err
		}
		return f.write(w, http.StatusOK)
	})
	s.route(m, "POST "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		e, err := s.changeable(r, v)
		if err != nil {
			return err
		}
		if searching(r) {
			f, err := s.deedForm(r, v, d, e, nil)
			if err != nil {
				return err
			}
			return f.write(w, http.StatusOK)
		}
		a := answers{r: r}
		if err := d.do(s, r.Context(), v, e, &a); err != nil {
			return s.deedAgain(w, r, v, d, e, err)
		}
		to := "/enterprises/" + e.ID.String()
		if d.part != "" {
			to += "#" + d.part
		}
		return s.redirect(w, r, to, d.key()+".done", e.Name)
	})
}

// changeable returns the enterprise of the path for who may change it.
func (s *Server) changeable(r *http.Request, v Viewer) (enterprise.Profile, error) {
	id, err := enterpriseID(r)
	if err != nil {
		return enterprise.Profile{}, err
	}
	e, err := s.Enterprise.Page(r.Context(), v.Actor, id, core.Moment{})
	if err == nil && !e.MayChange {
		err = core.Fail(core.Forbidden, "access.change.enterprises")
	}
	return e, err
}

// deedForm returns the page of a deed with what is wrong with it.
func (s *Server) deedForm(r *http.Request, v Viewer, d deed, e enterprise.Profile, bad core.Fields) (*EnterpriseForm, error) {
	sh := s.shell(r, v, "enterprises", d.key())
	path, err := s.enterprisePath(r.Context(), v, sh, e)
	if err != nil {
		return nil, err
	}
	at := Link{e.Name, "/enterprises/" + e.ID.String()}
	if len(path) > 0 {
		path = path[:len(path)-1]
	}
	sh.Path = append(path, at, Link{Text: sh.Title})
	sh.Lead, sh.Narrow = sh.T(d.key()+".lead", e.Name), true
	sh.here = at.Href + "/" + d.name
	f := &EnterpriseForm{
		Shell: sh, Action: sh.here, Go: sh.T(d.key() + ".go"), Danger: d.ends, bad: bad,
		Back: Link{sh.T("enterprise_form.back"), at.Href},
	}
	return f, d.build(s, r, v, e, f)
}

// deedAgain writes a form again after an error that the person can cure.
func (s *Server) deedAgain(w http.ResponseWriter, r *http.Request, v Viewer, d deed, e enterprise.Profile, err error) error {
	stale, clash := errors.AsType[*enterprise.Stale](err)
	bad := curable(err, d.known)
	renamed := core.MsgOf(err).Key == "enterprise.team.stale"
	switch {
	case bad == nil:
		return err
	case clash, renamed:
		bad = nil
	}
	f, failed := s.deedForm(r, v, d, e, bad)
	if failed != nil {
		return failed
	}
	switch {
	case clash:
		f.both(stale.Theirs, e.OrgName)
	case renamed:
		t, err := team(e, r.PostFormValue("team"))
		if err != nil {
			return err
		}
		f.bothNamed(t.Name, t.Version)
	default:
		return f.write(w, http.StatusUnprocessableEntity)
	}
	return f.write(w, http.StatusConflict)
}

// keepVersion sends along which version the person saw.
func (f *EnterpriseForm) keepVersion(r *http.Request, version int) {
	if r.Method == http.MethodPost {
		f.keep("version", r.PostFormValue("version"))
		return
	}
	f.keep("version", strconv.Itoa(version))
}

func (s *Server) buildVerify(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	today := core.DateOf(s.Now())
	f.keepVersion(r, e.Version)
	state := e.Enterprise.State
	if state == enterprise.Listed {
		state = ""
	}
	f.askDay(r, "verified_on", "enterprise_form.verified_on", today, today)
	f.choose(r, "state", "enterprise_form.found", "radio", state, options(f.Shell, "enterprise.state.", enterprise.OperatingStates[1:], ""))
	f.askNumber(r, "members_found", "enterprise_form.members_found", nil)
	f.askNumber(r, "employees", "enterprises.col.employees", e.Employees)
	f.ask(r, "reason", "enterprise_form.note", "textarea", "")
	return nil
}

func (s *Server) doVerify(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	verified := enterprise.Verification{
		On: a.day("verified_on"), State: a.text("state"), MembersFound: a.number("members_found"), Employees: a.number("employees"),
		Reason: a.text("reason"), Version: a.version(),
	}
	a.bad.If(verified.State == "", "state", "enterprise_form.found.missing")
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err := s.Enterprise.Verify(ctx, v.Actor, e.ID, verified)
	return err
}

// askFacts asks for what an enterprise is.
func (f *EnterpriseForm) askFacts(r *http.Request, e enterprise.Enterprise) {
	f.ask(r, "name", "enterprise_page.name", "text", e.Name)
	f.ask(r, "credit_code", "enterprise_page.code", "text", e.CreditCode)
	types := []Option{{Text: f.T("enterprises.unknown")}}
	for _, t := range rule.EnterpriseTypes {
		types = append(types, Option{Value: t.Code, Text: f.T("enterprise_type." + t.Code)})
	}
	f.choose(r, "type", "enterprises.type", "select", e.Type, types)
	f.ask(r, "industry", "enterprise_page.industry", "text", e.Industry)
	f.askNumber(r, "employees", "enterprises.col.employees", e.Employees)
	f.askNumber(r, "foreign_share", "enterprise_form.foreign_share", e.ForeignShare)
}

func (s *Server) buildChange(r *http.Request, _ Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	today := core.DateOf(s.Now())
	f.keepVersion(r, e.Version)
	f.askFacts(r, e.Enterprise)
	f.askDay(r, "on", "enterprise_form.on", today, today)
	f.ask(r, "reason", "enterprise_form.reason", "textarea", "")
	return nil
}

func (s *Server) doChange(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	name, code, kind, industry := a.text("name"), a.text("credit_code"), a.text("type"), a.text("industry")
	c := enterprise.Change{
		Name: changed(name, e.Name), CreditCode: changed(code, e.CreditCode), Type: changed(kind, e.Type), Industry: changed(industry, e.Industry),
		Employees: a.number("employees"), ForeignShare: a.number("foreign_share"), On: a.day("on"), Reason: a.text("reason"), Version: a.version(),
	}
	a.bad.If(a.text("on") == "", "on", "enterprise.date.missing")
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err := s.Enterprise.Change(ctx, v.Actor, e.ID, c)
	return err
}

// changed returns what was typed where it is something else than before.
func changed(typed, was string) *string {
	if typed == was {
		return nil
	}
	return &typed
}

// findOrgs searches for organisations below the one that the viewer acts for.
func (s *Server) findOrgs(r *http.Request, v Viewer, f *EnterpriseForm, label string) error {
	q := r.FormValue("q")
	var found []Option
	more := false
	if q != "" {
		l, err := s.Org.List(r.Context(), v.Actor, org.Query{Under: v.Under, Search: q, Page: core.Page{Size: foundMost}})
		if err != nil {
			return err
		}
		more = l.Total > len(l.Rows)
		for _, row := range l.Rows {
			text := row.Name
			if row.Where != "" {
				text = f.T("enterprise_form.in", row.Name, row.Where)
			}
			found = append(found, Option{Value: row.ID.String(), Text: text})
		}
	} else if id, err := core.ParseID(r.FormValue("org")); err == nil {
		if name := s.orgName(r.Context(), v, core.OrgID(id)); name != "" {
			found = []Option{{Value: id.String(), Text: name}}
		}
	}
	f.search(r, "org", label, found, more)
	return nil
}

func (s *Server) buildMove(r *http.Request, v Viewer, e enterprise.Profile, f *EnterpriseForm) error {
	today := core.DateOf(s.Now())
	f.keepVersion(r, e.Version)
	f.Know.Rows = []Fact{{Label: f.T("enterprise_form.move.now"), Value: e.OrgName}}
	if err := s.findOrgs(r, v, f, "enterprise_form.move.org"); err != nil {
		return err
	}
	f.askDay(r, "on", "enterprise_form.on", today, today)
	f.ask(r, "reason", "enterprise_form.reason", "textarea", "")
	return nil
}

func (s *Server) doMove(ctx context.Context, v Viewer, e enterprise.Profile, a *answers) error {
	to := core.OrgID(a.id("org", "enterprise.org.missing"))
	c := enterprise.Change{Org: &to, On: a.day("on"), Reason: a.text("reason"), Version: a.version()}
	a.bad.If(a.text("on") == "", "on", "enterprise.date.missing")
	if err := a.bad.Err(); err != nil {
		return err
	}
	_, err := s.Enterprise.Change(ctx, v.Actor, e.ID, c)
	return err
}

// kinds are the choices of a fixed set of codes.
func kinds(s Shell, all []string, title func(string) core.Msg) []Option {
	out := make([]Option, len(all))
	for i, code := range all {
		out[i] = Option{Value: code, Text: s.say(title(code))}
	}
	return out
}

// held returns the one that a form is about, or core.NotFound.
func held[T any](all []T, fits func(T) bool) (T, error) {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i], nil
	}
	var none T
	return none, core.NotFound
}
