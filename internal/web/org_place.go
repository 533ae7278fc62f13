package web

import (
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// found is how many are offered to choose from.
const found = 20

// findOrg lets the person search for another organisation among those of their
// place, then choose it in the field name. It reports whether there is
// something to choose. skip leaves out what cannot be meant.
func (s *Server) findOrg(r *http.Request, v Viewer, f *OrgForm, bad core.Fields, name string, skip func(org.Row) bool) (bool, error) {
	f.Search = Finder{Action: r.URL.Path, Query: f.field(r, nil, "q", "org_form."+name+".find", "search")}
	q := strings.TrimSpace(f.Search.Query.Value)
	if q == "" {
		f.Go = ""
		return false, nil
	}
	l, err := s.Org.List(r.Context(), v.Actor, org.Query{Under: v.Under, Search: q, Page: core.Page{Size: 2 * found}})
	if err != nil {
		return false, err
	}
	var all []Option
	for _, row := range slices.DeleteFunc(l.Rows, skip) {
		if len(all) < found {
			all = append(all, Option{Value: row.ID.String(), Text: f.option(row.Name, row.Where)})
		}
	}
	if len(all) == 0 {
		f.Go, f.Search.Empty = "", f.T("org_form.find.none", q)
		return false, nil
	}
	f.keep("q", q)
	in := f.pick(r, bad, name, "org_form."+name, "radio", "", all)
	if l.Total > found {
		in.Hint = f.T("org_form.find.many", found)
	}
	return true, nil
}

// option names something and where it stands.
func (s Shell) option(name, where string) string {
	if where == "" {
		return name
	}
	return s.T("org_form.option", name, where)
}

// chosen reads the id that a radio sends, or zero.
func chosen(r *http.Request, name string) core.ID {
	id, err := core.ParseID(posted(r, name))
	if err != nil {
		return 0
	}
	return id
}

// moveForm asks for a new parent.
func (s *Server) moveForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "move")
	f.versioned(r, h.Org.Version)
	f.Know.Rows = []Fact{{Label: f.T("org_form.parent.now"), Value: h.Above[len(h.Above)-1].Name}}
	there, err := s.findOrg(r, v, &f, bad, "parent", func(row org.Row) bool {
		return row.ID == h.Org.Parent || strings.HasPrefix(row.Path, h.Org.Path)
	})
	if there {
		f.on(r, bad, core.DateOf(s.Now()))
		f.input(r, bad, "reason", "org_form.reason", "textarea", "")
	}
	return f, err
}

func (s *Server) moveOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	to := core.OrgID(chosen(r, "parent"))
	var bad core.Fields
	bad.If(posted(r, "parent") == "", "parent", "org.parent.missing")
	if bad != nil {
		return done{}, bad.Err()
	}
	o, err := s.Org.Move(r.Context(), v.Actor, h.Org.ID, org.Move{To: to, On: day(r, "on"), Reason: posted(r, "reason"), Version: version(r)})
	return done{"/orgs/" + h.Org.ID.String(), "org_form.move.done", []string{o.Name}}, err
}

// mergeForm asks for the organisation in which this one goes up.
func (s *Server) mergeForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "merge")
	f.versioned(r, h.Org.Version)
	rows, err := s.Org.Tree(r.Context(), v.Actor, org.Query{Under: h.Org.ID})
	if err != nil {
		return f, err
	}
	f.left(rows[0])
	there, err := s.findOrg(r, v, &f, bad, "into", func(row org.Row) bool { return strings.HasPrefix(row.Path, h.Org.Path) })
	if there {
		f.on(r, bad, core.DateOf(s.Now()))
		f.why(r, bad, "")
	}
	return f, err
}

func (s *Server) mergeOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	into := core.OrgID(chosen(r, "into"))
	var bad core.Fields
	bad.If(posted(r, "into") == "", "into", "org_form.into.missing")
	if bad != nil {
		return done{}, bad.Err()
	}
	_, err := s.Org.Merge(r.Context(), v.Actor, h.Org.ID, into, ending(r))
	return done{"/orgs/" + into.String(), "org_form.merge.done", []string{h.Org.Name}}, err
}

// splitForm asks for a new organisation and for what goes with it.
func (s *Server) splitForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "split")
	f.versioned(r, h.Org.Version)
	f.input(r, bad, "name", "org_form.name", "text", "")
	f.what(r, bad, org.Org{Kind: h.Org.Kind, SetupMode: h.Org.SetupMode, HostSituation: h.Org.HostSituation})
	f.input(r, bad, "founded_on", "org_form.founded_on", "date", "").Max = core.DateOf(s.Now()).String()
	f.why(r, bad, "")
	rows, err := s.Org.Tree(r.Context(), v.Actor, org.Query{Under: h.Org.ID})
	if err != nil {
		return f, err
	}
	children := Pick{Name: "children", Legend: f.T("org_form.children")}
	for _, row := range rows[1:] {
		children.add(r, row.ID.String(), row.Name)
	}
	people := Pick{Name: "people", Legend: f.T("org_form.people"), Hint: f.T("org_form.people.hint")}
	if h.May[access.ChangePeople] {
		l, err := s.Member.List(r.Context(), v.Actor, member.Query{Under: h.Org.ID, Page: core.Page{Size: 200}})
		if err != nil {
			return f, err
		}
		for _, m := range l.Rows {
			if m.Org == h.Org.ID {
				people.add(r, m.ID.String(), f.option(m.Name, m.Position))
			}
		}
	}
	for _, p := range []Pick{children, people} {
		if len(p.Options) > 0 {
			f.Picks = append(f.Picks, p)
		}
	}
	return f, nil
}

// add offers one more, set if the form said so.
func (p *Pick) add(r *http.Request, value, text string) {
	p.Options = append(p.Options, Option{Value: value, Text: text, Chosen: slices.Contains(r.PostForm[p.Name], value)})
}

func (s *Server) splitOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	d := org.Division{New: founding(r, 0), Version: version(r)}
	for _, text := range r.PostForm["children"] {
		id, err := core.ParseID(text)
		if err != nil {
			return done{}, err
		}
		d.Children = append(d.Children, core.OrgID(id))
	}
	for _, text := range r.PostForm["people"] {
		id, err := core.ParseID(text)
		if err != nil {
			return done{}, err
		}
		d.People = append(d.People, core.PersonID(id))
	}
	if len(d.People) > 0 && !h.May[access.ChangePeople] {
		return done{}, core.Fail(core.Forbidden, "access.change.people")
	}
	o, err := s.Org.Split(r.Context(), v.Actor, h.Org.ID, d)
	return done{"/orgs/" + o.ID.String(), "org_form.split.done", []string{o.Name}}, err
}

// correctForm asks what should have been recorded from some day on.
func (s *Server) correctForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "correct")
	known, err := s.Org.Records(r.Context(), v.Actor, h.Org.ID)
	if err != nil || len(known) == 0 {
		return f, err
	}
	on, err := core.ParseDate(r.FormValue("on"))
	i := slices.IndexFunc(known, func(k org.Fact) bool { return err == nil && k.Period.Holds(on) })
	if i < 0 {
		i = len(known) - 1
	}
	at := known[i]
	f.versioned(r, h.Org.Version)
	f.keep("on", at.Period.From.String())
	for _, k := range known {
		l := Link{f.T("org_form.correct.row", k.Period.From, k.Name, k.Kind.Title()), r.URL.Path + "?on=" + k.Period.From.String()}
		if k.ID == at.ID {
			l.Href = ""
		}
		if len(known) > 1 {
			f.Links = append(f.Links, l)
		}
	}
	if r.FormValue("what") == "parent" {
		return s.correctParent(r, v, h, f, at, bad)
	}
	f.input(r, bad, "from", "org_form.from", "date", at.Period.From.String()).Max = core.DateOf(s.Now()).String()
	f.input(r, bad, "name", "org_form.name", "text", at.Name)
	f.what(r, bad, org.Org{Kind: at.Kind, SetupMode: at.SetupMode, HostSituation: at.HostSituation})
	f.input(r, bad, "reason", "org_form.reason", "textarea", "")
	if h.MayPlace && at.Parent != 0 {
		f.Other = Link{f.T("org_form.correct.parent"), r.URL.Path + "?what=parent&on=" + at.Period.From.String()}
	}
	return f, nil
}

// correctParent asks under which organisation it should have stood.
func (s *Server) correctParent(r *http.Request, v Viewer, h org.Head, f OrgForm, at org.Fact, bad core.Fields) (OrgForm, error) {
	f.Links = nil
	f.keep("what", "parent")
	there, err := s.findOrg(r, v, &f, bad, "parent", func(row org.Row) bool {
		return row.ID == at.Parent || strings.HasPrefix(row.Path, h.Org.Path)
	})
	f.Search.Keep = []Option{{Value: "parent", Text: "what"}, {Value: at.Period.From.String(), Text: "on"}}
	if there {
		f.input(r, bad, "reason", "org_form.reason", "textarea", "")
	}
	return f, err
}

func (s *Server) correctOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	c := org.Correction{On: day(r, "on"), Reason: posted(r, "reason"), Version: version(r)}
	if posted(r, "what") == "parent" {
		to := core.OrgID(chosen(r, "parent"))
		var bad core.Fields
		bad.If(posted(r, "parent") == "", "parent", "org.parent.missing")
		if bad != nil {
			return done{}, bad.Err()
		}
		c.Parent = &to
	} else {
		f := founding(r, 0)
		from := day(r, "from")
		c.From, c.Name, c.Kind, c.SetupMode, c.HostSituation = &from, &f.Name, &f.Kind, &f.SetupMode, &f.HostSituation
	}
	o, err := s.Org.Correct(r.Context(), v.Actor, h.Org.ID, c)
	return done{"/orgs/" + h.Org.ID.String(), "org_form.correct.done", []string{o.Name}}, err
}
