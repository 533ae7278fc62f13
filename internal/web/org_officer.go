package web

import (
	"net/http"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// appointForm asks who takes up which duty. The person is searched for among
// those of the organisation and everything below it.
func (s *Server) appointForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	if !h.May[access.SeePeople] {
		return OrgForm{}, core.Fail(core.Forbidden, "access.see.people")
	}
	f := s.form(r, v, h, "appoint")
	f.Search = Finder{Action: r.URL.Path, Query: f.field(r, nil, "q", "org_form.person.find", "search")}
	q := f.Search.Query.Value
	f.keep("q", q)
	l, err := s.Member.List(r.Context(), v.Actor, member.Query{Under: h.Org.ID, Search: q, Page: core.Page{Size: found}})
	if err != nil {
		return f, err
	}
	if len(l.Rows) == 0 {
		f.Go, f.Search.Empty = "", f.T("org_form.person.none")
		return f, nil
	}
	var all []Option
	for _, m := range l.Rows {
		where := m.OrgName
		if m.Position != "" {
			where = f.T("org_form.person.where", m.Position, m.OrgName)
		}
		all = append(all, Option{Value: m.ID.String(), Text: f.option(m.Name, where)})
	}
	in := f.pick(r, bad, "person", "org_form.person", "radio", "", all)
	if l.More {
		in.Hint = f.T("org_form.find.many", found)
	}
	f.pick(r, bad, "duty", "org_page.officer.duty", "select", org.Duties[0], options(f.Shell, "org.duty.", org.Duties, ""))
	today := core.DateOf(s.Now()).String()
	f.input(r, bad, "from", "org_page.officer.since", "date", today).Max = today
	return f, nil
}

func (s *Server) appoint(r *http.Request, v Viewer, h org.Head) (done, error) {
	var bad core.Fields
	bad.If(posted(r, "person") == "", "person", "org_form.person.missing")
	if bad != nil {
		return done{}, bad.Err()
	}
	_, err := s.Org.Appoint(r.Context(), v.Actor, org.Duty{
		Org: h.Org.ID, Person: core.PersonID(chosen(r, "person")), Code: posted(r, "duty"), From: day(r, "from"),
	})
	return done{"/orgs/" + h.Org.ID.String(), "org_form.appoint.done", []string{h.Org.Name}}, err
}

// relieveForm asks for the day on which a duty ends.
func (s *Server) relieveForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	o, err := s.officer(r, v, h)
	if err != nil {
		return OrgForm{}, err
	}
	f := s.form(r, v, h, "relieve")
	f.Know.Rows = []Fact{
		{Label: f.T("org_page.officer.duty"), Value: f.T("org.duty." + o.Duty)},
		{Label: f.T("org_page.officer.since"), Value: o.Period.From.String()},
	}
	if o.Name != "" {
		f.Know.Rows = append([]Fact{{Label: f.T("org_page.officer.name"), Value: o.Name}}, f.Know.Rows...)
	}
	f.on(r, bad, core.DateOf(s.Now()))
	return f, nil
}

// officer returns the duty that the path names, if it is held in the
// organisation.
func (s *Server) officer(r *http.Request, v Viewer, h org.Head) (org.Officer, error) {
	id, err := core.ParseID(r.PathValue("officer"))
	if err != nil {
		return org.Officer{}, err
	}
	view, err := s.Org.Page(r.Context(), v.Actor, h.Org.ID, core.Moment{})
	if err != nil {
		return org.Officer{}, err
	}
	i := slices.IndexFunc(view.Officers, func(o org.Officer) bool { return o.ID == id })
	if i < 0 {
		return org.Officer{}, core.NotFound
	}
	return view.Officers[i], nil
}

func (s *Server) relieve(r *http.Request, v Viewer, h org.Head) (done, error) {
	o, err := s.officer(r, v, h)
	if err != nil {
		return done{}, err
	}
	return done{"/orgs/" + h.Org.ID.String(), "org_form.relieve.done", []string{h.Org.Name}}, s.Org.Relieve(r.Context(), v.Actor, o.ID, day(r, "on"))
}
