package web

import (
	"net/http"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/rule"
)

// registerForm asks for what is known of an enterprise that is new on the list.
func (s *Server) registerForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	f, _, err := s.registering(r, v, nil)
	if err != nil {
		return err
	}
	return f.write(w, http.StatusOK)
}

// registering returns the form for an organisation that the address names, or
// that the viewer acts for.
func (s *Server) registering(r *http.Request, v Viewer, bad core.Fields) (*EnterpriseForm, core.OrgID, error) {
	to := v.Under
	if text := r.FormValue("org"); text != "" {
		id, err := core.ParseID(text)
		if err != nil {
			return nil, 0, err
		}
		to = core.OrgID(id)
	}
	h, err := s.Org.Head(r.Context(), v.Actor, to)
	if err == nil && !h.May[access.ChangeEnterprises] {
		err = core.Fail(core.Forbidden, "access.change.enterprises")
	}
	if err != nil {
		return nil, 0, err
	}
	sh := s.shell(r, v, "enterprises", "enterprise_form.new")
	sh.Path = append(sh.orgPath(h.Above, "/enterprises?under="), Link{h.Org.Name, "/enterprises?under=" + to.String()}, Link{Text: sh.Title})
	sh.Lead, sh.Narrow, sh.here = sh.T("enterprise_form.new.lead", h.Org.Name), true, "/enterprises/new"
	f := &EnterpriseForm{Shell: sh, Action: sh.here, Go: sh.T("enterprise_form.new.go"), bad: bad, Back: Link{sh.T("enterprise_form.back"), "/enterprises?under=" + to.String()}}
	f.keep("org", to.String())
	today := core.DateOf(s.Now())
	f.askFacts(r, enterprise.Enterprise{})
	f.choose(r, "state", "enterprise_page.state", "select", enterprise.Listed, options(sh, "enterprise.state.", enterprise.OperatingStates, ""))
	f.askNumber(r, "members_found", "enterprise_form.members_found", nil)
	f.askDay(r, "verified_on", "enterprise_form.verified_last", core.Date{}, today)
	f.askDay(r, "from", "enterprise_form.listed_from", today, today)
	return f, to, nil
}

func (s *Server) register(w http.ResponseWriter, r *http.Request, v Viewer) error {
	_, to, err := s.registering(r, v, nil)
	if err != nil {
		return err
	}
	a := answers{r: r}
	reg := enterprise.Registration{
		Name: a.text("name"), CreditCode: a.text("credit_code"), Org: to, Type: a.text("type"), Industry: a.text("industry"),
		Employees: a.number("employees"), ForeignShare: a.number("foreign_share"), MembersFound: a.number("members_found"),
		State: a.text("state"), VerifiedOn: a.day("verified_on"), From: a.day("from"),
	}
	var e enterprise.Enterprise
	if err = a.bad.Err(); err == nil {
		e, err = s.Enterprise.Register(r.Context(), v.Actor, reg)
	}
	if bad := curable(err, nil); bad != nil {
		f, _, err := s.registering(r, v, bad)
		if err != nil {
			return err
		}
		return f.write(w, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/enterprises/"+e.ID.String(), "enterprise_form.new.done", e.Name)
}

// contactForm asks who is put in touch with the enterprises that the address
// names.
func (s *Server) contactForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	f, _, err := s.appointing(r, v, nil)
	if err != nil {
		return err
	}
	return f.write(w, http.StatusOK)
}

// ticked reads the enterprises that were ticked, each once.
func ticked(r *http.Request) ([]core.EnterpriseID, error) {
	if err := r.ParseForm(); err != nil {
		return nil, core.Fail(core.Invalid, "web.form.unreadable")
	}
	var ids []core.EnterpriseID
	seen := map[core.ID]bool{}
	for _, text := range r.Form["id"] {
		id, err := core.ParseID(text)
		if err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, core.EnterpriseID(id))
		}
	}
	switch {
	case len(ids) == 0:
		return nil, core.Fail(core.Invalid, "enterprise.contact.none")
	case len(ids) > appointMost:
		return nil, core.Fail(core.Invalid, "enterprise.contact.many", appointMost)
	}
	return ids, nil
}

// appointMost is how many enterprises can be chosen at once.
const appointMost = 20

// appointing returns the form with the enterprises that it is about.
func (s *Server) appointing(r *http.Request, v Viewer, bad core.Fields) (*EnterpriseForm, []core.EnterpriseID, error) {
	ids, err := ticked(r)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	back := "/enterprises"
	for _, id := range ids {
		e, err := s.Enterprise.Page(r.Context(), v.Actor, id, core.Moment{})
		switch {
		case err != nil:
			return nil, nil, err
		case !e.MayChange:
			return nil, nil, core.Fail(core.Forbidden, "access.change.enterprises")
		}
		names = append(names, e.Name)
	}
	if len(ids) == 1 {
		back += "/" + ids[0].String()
	}
	sh := s.shell(r, v, "enterprises", "enterprise_form.appoint")
	sh.Path = []Link{{sh.T("enterprises.title"), "/enterprises"}, {Text: sh.Title}}
	sh.Lead, sh.Narrow, sh.here = sh.T("enterprise_form.appoint.lead"), true, "/enterprises"
	f := &EnterpriseForm{Shell: sh, Action: "/appoint", Go: sh.T("enterprise_form.appoint.go"), bad: bad, Back: Link{sh.T("enterprise_form.back"), back}}
	for _, id := range ids {
		f.keep("id", id.String())
	}
	f.Know.Rows = []Fact{{Label: sh.T("enterprise_form.chosen", len(ids)), Value: strings.Join(names, sh.T("enterprise_form.and"))}}
	today := core.DateOf(s.Now())
	f.choose(r, "kind", "enterprise_form.contact.kind", "radio", enterprise.Instructor, kinds(sh, enterprise.ContactKinds, enterprise.ContactTitle))
	if err := s.findPeople(r, v, f); err != nil {
		return nil, nil, err
	}
	f.ask(r, "purpose", "enterprise_form.purpose", "text", "")
	f.askDay(r, "from", "enterprise_form.from", today, today)
	f.askDay(r, "to", "enterprise_form.last_day", core.Date{}, core.Date{})
	most, err := s.Enterprise.UnitsPerInstructor(r.Context(), v.Actor)
	if err != nil {
		return nil, nil, err
	}
	f.Note = sh.T("enterprise_form.appoint.note", most)
	return f, ids, nil
}

// findPeople searches the roster of the organisation that the viewer acts for.
// Only a form that is sent is searched with, so that no name is in an address.
func (s *Server) findPeople(r *http.Request, v Viewer, f *EnterpriseForm) error {
	l, err := s.Member.List(r.Context(), v.Actor, member.Query{Under: v.Under, Search: r.PostFormValue("q"), Page: core.Page{Size: foundMost}})
	if err != nil {
		return err // without the right to see names there is nobody to choose
	}
	var found []Option
	for _, p := range l.Rows {
		if r.PostFormValue("q") == "" {
			break
		}
		words := distinct([]string{p.OrgName, p.Position})
		found = append(found, Option{Value: p.ID.String(), Text: f.T("enterprise_form.in", p.Name, strings.Join(words, f.T("enterprise_form.and")))})
	}
	f.search(r, "person", "enterprise_form.person", found, l.More)
	return nil
}

func (s *Server) appointContact(w http.ResponseWriter, r *http.Request, v Viewer) error {
	f, ids, err := s.appointing(r, v, nil)
	if err != nil {
		return err
	}
	if searching(r) {
		return f.write(w, http.StatusOK)
	}
	a := answers{r: r}
	ap := enterprise.Appointment{
		Kind: a.text("kind"), Person: core.PersonID(a.id("person", "enterprise_form.person.missing")), Purpose: a.text("purpose"),
		Period: core.Period{From: a.day("from"), To: core.Forever},
	}
	if last := a.day("to"); !last.IsZero() {
		ap.Period.To = last.AddDays(1)
	}
	if err = a.bad.Err(); err == nil {
		var load rule.Verdict
		load, err = s.Enterprise.LoadWith(r.Context(), v.Actor, ap.Person, ids)
		if err == nil && load.Verdict == rule.Warn && a.text("confirmed") != ap.Person.String() {
			f.Warn = f.verdicts([]rule.Verdict{load.AsOf(core.DateOf(s.Now()))})
			f.keep("confirmed", ap.Person.String())
			f.Go = f.T("enterprise_form.appoint.anyway")
			return f.write(w, http.StatusUnprocessableEntity)
		}
	}
	if err == nil {
		_, err = s.Enterprise.Appoint(r.Context(), v.Actor, ap, ids)
	}
	if bad := curable(err, map[string]string{"enterprise": "", "enterprises": ""}); bad != nil {
		if f, _, err = s.appointing(r, v, bad); err != nil {
			return err
		}
		return f.write(w, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	to := "/enterprises"
	if len(ids) == 1 {
		to += "/" + ids[0].String() + "#contact"
	}
	return s.redirect(w, r, to, "enterprise_form.appoint.done", f.N(len(ids)))
}
