package web

import (
	"net/http"
	"slices"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// mountOrgForms mounts the pages that change organisations.
func (s *Server) mountOrgForms(m *http.ServeMux) {
	s.route(m, "GET /orgs/{org}/record", signedIn, s.orgRecord)
	s.orgForms(m, "/orgs/new", orgForm{build: s.foundForm, do: s.foundOrg})
	s.orgForms(m, "/orgs/{org}/change", orgForm{build: s.changeForm, do: s.changeOrg})
	s.orgForms(m, "/orgs/{org}/move", orgForm{place: true, build: s.moveForm, do: s.moveOrg})
	s.orgForms(m, "/orgs/{org}/merge", orgForm{place: true, build: s.mergeForm, do: s.mergeOrg})
	s.orgForms(m, "/orgs/{org}/split", orgForm{place: true, build: s.splitForm, do: s.splitOrg})
	s.orgForms(m, "/orgs/{org}/dissolve", orgForm{build: s.dissolveForm, do: s.dissolveOrg})
	s.orgForms(m, "/orgs/{org}/correct", orgForm{build: s.correctForm, do: s.correctOrg})
	s.orgForms(m, "/orgs/{org}/term", orgForm{build: s.termForm, do: s.setTerm})
	s.orgForms(m, "/orgs/{org}/officers/new", orgForm{build: s.appointForm, do: s.appoint})
	s.orgForms(m, "/orgs/{org}/officers/{officer}", orgForm{build: s.relieveForm, do: s.relieve})
}

// An OrgRecord lists what can be recorded of an organisation.
type OrgRecord struct {
	Shell
	Tasks Tasks
}

var orgRecordPage = newPage[OrgRecord]("org_record.html")

func (s *Server) orgRecord(w http.ResponseWriter, r *http.Request, v Viewer) error {
	h, err := s.headFor(r, v, orgForm{})
	if err != nil {
		return err
	}
	f := s.form(r, v, h, "record")
	p := OrgRecord{Shell: f.Shell}
	names := []string{"correct"}
	if h.Org.Live() {
		names = []string{"change", "move", "merge", "split", "dissolve", "term", "officers/new", "correct"}
	}
	if !h.MayPlace {
		names = slices.DeleteFunc(names, func(n string) bool { return n == "move" || n == "merge" || n == "split" })
	}
	if h.Org.Parent == 0 {
		names = slices.DeleteFunc(names, func(n string) bool { return n == "dissolve" })
	}
	if h.Org.Kind == rule.TemporaryBranch {
		names = slices.DeleteFunc(names, func(n string) bool { return n == "term" })
	}
	for _, name := range names {
		key := "org_form." + name
		if name == "officers/new" {
			key = "org_form.appoint"
		}
		p.Tasks.Rows = append(p.Tasks.Rows, TaskRow{Title: p.T(key), Reason: p.T(key + ".when"), Href: "/orgs/" + h.Org.ID.String() + "/" + name})
	}
	return orgRecordPage.write(w, http.StatusOK, p)
}

// foundForm asks for a new organisation under h.
func (s *Server) foundForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "found")
	today := core.DateOf(s.Now())
	f.keep("parent", h.Org.ID.String())
	f.Know.Rows = []Fact{{Label: f.T("org_form.parent"), Value: h.Org.Name}}
	f.input(r, bad, "name", "org_form.name", "text", "")
	f.what(r, bad, org.Org{Kind: rule.Branch})
	f.input(r, bad, "founded_on", "org_form.founded_on", "date", "").Max = today.String()
	f.input(r, bad, "elected_on", "org_form.elected_on", "date", "").Max = today.String()
	f.why(r, bad, "")
	return f, nil
}

func (s *Server) foundOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	o, err := s.Org.Found(r.Context(), v.Actor, founding(r, h.Org.ID))
	return done{"/orgs/" + o.ID.String(), "org_form.found.done", []string{o.Name}}, err
}

// founding reads what a new organisation is to be.
func founding(r *http.Request, parent core.OrgID) org.Founding {
	return org.Founding{
		Parent: parent, Name: posted(r, "name"), Kind: rule.OrgKind(posted(r, "kind")), SetupMode: posted(r, "setup_mode"),
		HostSituation: posted(r, "host_situation"), Document: posted(r, "document"), Reason: posted(r, "reason"),
		FoundedOn: day(r, "founded_on"), Term: org.Term{ElectedOn: day(r, "elected_on")},
	}
}

// changeForm asks for a name, a kind and what else holds from a day on.
func (s *Server) changeForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "change")
	f.versioned(r, h.Org.Version)
	f.input(r, bad, "name", "org_form.name", "text", h.Org.Name)
	f.what(r, bad, h.Org)
	f.on(r, bad, core.DateOf(s.Now()))
	f.why(r, bad, h.Org.ApprovalDocument)
	return f, nil
}

func (s *Server) changeOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	name, kind, document := posted(r, "name"), rule.OrgKind(posted(r, "kind")), posted(r, "document")
	setup, host := posted(r, "setup_mode"), posted(r, "host_situation")
	if kind != h.Org.Kind && version(r) == h.Org.Version {
		all, err := s.Org.Advise(r.Context(), v.Actor, h.Org.ID, kind, document != "")
		if err == nil {
			err = doubts(r, string(kind), all)
		}
		if err != nil {
			return done{}, err
		}
	}
	o, err := s.Org.Change(r.Context(), v.Actor, h.Org.ID, org.Change{
		Name: &name, Kind: &kind, SetupMode: &setup, HostSituation: &host, Document: &document,
		On: day(r, "on"), Reason: posted(r, "reason"), Version: version(r),
	})
	return done{"/orgs/" + h.Org.ID.String(), "org_form.change.done", []string{o.Name}}, err
}

// doubts returns what has to be confirmed of what the rules see, with a
// reason: nothing where all is well, or where it was confirmed.
func doubts(r *http.Request, mark string, all []rule.Verdict) error {
	all = slices.DeleteFunc(slices.Clone(all), func(v rule.Verdict) bool { return v.Verdict != rule.Warn && v.Verdict != rule.Fail })
	if len(all) == 0 {
		return nil
	}
	if posted(r, "confirmed") != mark {
		return &doubt{mark, all}
	}
	var bad core.Fields
	bad.If(posted(r, "reason") == "", "reason", "org_form.reason.needed")
	return bad.Err()
}

// dissolveForm asks from which day an organisation no longer is.
func (s *Server) dissolveForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	if h.Org.Parent == 0 {
		return OrgForm{}, core.Fail(core.Invalid, "org.root.stays")
	}
	f := s.form(r, v, h, "dissolve")
	f.Danger = true
	f.versioned(r, h.Org.Version)
	rows, err := s.Org.Tree(r.Context(), v.Actor, org.Query{Under: h.Org.ID})
	if err != nil {
		return f, err
	}
	f.left(rows[0])
	f.on(r, bad, core.DateOf(s.Now()))
	f.why(r, bad, "")
	return f, nil
}

// left says what still belongs to an organisation.
func (f *OrgForm) left(top org.Row) {
	f.Know.Rows = append(f.Know.Rows,
		Fact{Label: f.T("orgs.col.members"), Value: f.N(top.Counts.Members())},
		Fact{Label: f.T("orgs.col.below"), Value: f.N(max(0, top.Orgs-1))},
		Fact{Label: f.T("orgs.col.enterprises"), Value: f.N(top.Enterprises)})
}

func (s *Server) dissolveOrg(r *http.Request, v Viewer, h org.Head) (done, error) {
	_, err := s.Org.Dissolve(r.Context(), v.Actor, h.Org.ID, ending(r))
	return done{"/orgs/" + h.Org.ID.String(), "org_form.dissolve.done", []string{h.Org.Name}}, err
}

func ending(r *http.Request) org.Ending {
	return org.Ending{On: day(r, "on"), Document: posted(r, "document"), Reason: posted(r, "reason"), Version: version(r)}
}

// termForm asks for an election and what follows from it.
func (s *Server) termForm(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error) {
	f := s.form(r, v, h, "term")
	today := core.DateOf(s.Now())
	f.versioned(r, h.Term.Version)
	if t := h.Term; !t.IsZero() {
		f.Know.Rows = append(f.Know.Rows, Fact{Label: f.T("org_form.term.current"), Value: t.EndsOn.String(), Note: f.T("org_page.term.ends")})
	}
	number := f.input(r, bad, "number", "org_form.number", "text", "")
	number.Inputmode, number.Short = "numeric", true
	f.input(r, bad, "elected_on", "org_form.elected_on", "date", "").Max = today.String()
	f.input(r, bad, "ends_on", "org_form.ends_on", "date", "")
	f.why(r, bad, "")
	return f, nil
}

func (s *Server) setTerm(r *http.Request, v Viewer, h org.Head) (done, error) {
	t := org.Term{ElectedOn: day(r, "elected_on"), EndsOn: day(r, "ends_on"), Document: posted(r, "document"), Version: version(r)}
	if posted(r, "version") == "0" && h.Term.IsZero() {
		t.Version = 0 // there was none, and there is none
	}
	if text := posted(r, "number"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1 // which the service complains of
		}
		t.Number = n
	}
	if now := h.Term; !now.IsZero() && t.Version == now.Version && t.ElectedOn.After(now.ElectedOn) && t.ElectedOn != now.EndsOn && t.EndsOn != now.EndsOn {
		if err := doubts(r, t.ElectedOn.String(), []rule.Verdict{now.Election(t.ElectedOn, t.Document != "")}); err != nil {
			return done{}, err
		}
	}
	err := s.Org.SetTerm(r.Context(), v.Actor, h.Org.ID, t)
	return done{"/orgs/" + h.Org.ID.String(), "org_form.term.done", []string{h.Org.Name}}, err
}

// clashTerm shows the term as it stands beside what the form says.
func (f *OrgForm) clashTerm(name string, t org.Term) {
	f.Clash.Text = f.T("org.term.stale", name, t.EndsOn)
	f.keep("version", strconv.Itoa(t.Version))
	theirs := map[string]string{"elected_on": t.ElectedOn.String(), "ends_on": t.EndsOn.String(), "document": t.Document}
	if t.Number > 0 {
		theirs["number"] = strconv.Itoa(t.Number)
	}
	for _, in := range f.Fields {
		if in.Name != "reason" {
			f.Clash.Rows = append(f.Clash.Rows, ClashRow{in.Label, in.Value, theirs[in.Name], in.Value != theirs[in.Name]})
		}
	}
}
