package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// An OrgView is the page of one organisation: as it is now, or as it was on a
// day.
type OrgView struct {
	Shell
	Record   Link
	Then     Notice // why what follows is not the present
	Facts    Facts
	Growth   Growth
	Called   string // the form that its size calls for
	Steps    Verdicts
	Verdicts Verdicts
	Officers Officers
	Below    Below
	WhatIf   WhatIf
	Term     TermFacts
	Hosts    []HostRow
	HostNote Note
	History  History
}

// Officers is who holds which duty.
type Officers struct {
	Rows    []OfficerRow
	Named   bool
	Empty   string
	Note    string
	Appoint Link
}

// An OfficerRow is one of them. Name is empty for who may not see names.
type OfficerRow struct{ Name, Duty, Position, Since, Person, Relieve, What string }

// A HostRow is an enterprise that hosts the organisation. Href is empty where
// the viewer may not open it.
type HostRow struct {
	Name, Href, Small string
	Tag               Tag
}

// Below is what stands directly under an organisation.
type Below struct {
	Show  bool
	Past  bool // without counters
	Lines []OrgLine
	Total OrgLine
	Empty string
	Found Link
	All   Link // the tree from here
	Note  Note
}

// TermFacts is the current term of office.
type TermFacts struct {
	Facts Facts
	Text  string // where there is none
	Note  Note
	Set   Link
}

// A History is what was done to an organisation, and how it was seen.
type History struct {
	Trail  Trail
	On     Field
	Known  string // kept by the form, or ""
	Action string
	Seen   Chips // as known then, as corrected now
	Fix    Link
}

var orgPage = newPage[OrgView]("org.html")

func (s *Server) org(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := orgID(r)
	if err != nil {
		return err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	m, bad := s.moment(r)
	view, err := s.Org.Page(r.Context(), v.Actor, id, m)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "orgs", "org.as_written", view.Org.Name)
	sh.Path = sh.orgPath(view.Above, "/orgs/", view.Org.Name)
	p := OrgView{Shell: sh}
	p.head(h, view)
	p.officers(h, view)
	p.below(h, view, core.DateOf(s.Now()))
	p.history(r, h, view, bad)
	if !view.Moment.On.IsZero() {
		p.then(view)
	} else if err := s.present(r, v, h, view, &p); err != nil {
		return err
	}
	if err := s.hosts(r, v, h, m, &p); err != nil {
		return err
	}
	code := http.StatusOK
	if bad != nil || p.WhatIf.wrong {
		code, p.Wrong = http.StatusUnprocessableEntity, true
	}
	return orgPage.write(w, code, p)
}

// orgID reads the organisation that the path names.
func orgID(r *http.Request) (core.OrgID, error) {
	id, err := core.ParseID(r.PathValue("org"))
	return core.OrgID(id), err
}

// moment reads for which day a page is asked, and whether as it was known then:
// known is "then", or the day at whose end it was known.
func (s *Server) moment(r *http.Request) (core.Moment, core.Fields) {
	var m core.Moment
	var bad core.Fields
	text, today := r.FormValue("on"), core.DateOf(s.Now())
	if text == "" {
		return m, nil
	}
	day, err := core.ParseDate(text)
	bad.If(err != nil, "on", "date.unreadable", text)
	bad.If(day.After(today), "on", "orgs.on.future", today)
	if bad != nil {
		return m, bad
	}
	m.On = day
	known := day
	switch text := r.FormValue("known"); text {
	case "", "now":
		return m, nil
	case "then":
	default:
		if known, err = core.ParseDate(text); err != nil {
			return m, nil
		}
	}
	m.KnownAt = time.Date(known.Year, known.Month, known.Day+1, 0, 0, 0, 0, s.Now().Location()).Add(-time.Microsecond)
	return m, nil
}

// head fills in what the organisation is.
func (p *OrgView) head(h org.Head, view org.View) {
	o := view.Org
	kind := p.say(o.Kind.Title())
	switch {
	case !view.Moment.On.IsZero():
		p.Lead = p.T("org_page.lead.plain", kind)
	case view.Orgs > 1:
		p.Lead = p.T("org_page.lead.tree", kind, view.Orgs-1, view.Counts.Members())
	default:
		p.Lead = p.T("org_page.lead", kind, view.Counts.Members())
	}
	p.Description = description(o.Name + ": " + p.Lead)
	add := func(label, value string) { p.Facts.Rows = append(p.Facts.Rows, Fact{Label: p.T(label), Value: value}) }
	add("org_page.kind", kind)
	add("org_page.setup_mode", p.word("org.setup_mode.", o.SetupMode))
	add("org_page.host_situation", p.word("org.host_situation.", o.HostSituation))
	if o.ApprovalDocument != "" {
		add("org_page.document", o.ApprovalDocument)
	}
	add("org_page.founded_on", o.FoundedOn.String())
	if !o.DissolvedOn.IsZero() {
		add("org_page.dissolved_on", o.DissolvedOn.String())
	}
	if h.May[access.ChangeOrgs] {
		p.Record = Link{p.T("org_page.record"), "/orgs/" + o.ID.String() + "/record"}
	}
}

// word says a code of a fixed set; an empty one is not known.
func (s Shell) word(prefix, code string) string {
	if code == "" {
		return s.T("org_page.unknown")
	}
	return s.T(prefix + code)
}

// then says that the page shows another day.
func (p *OrgView) then(view org.View) {
	now := Link{p.T("org_page.then.now"), "/orgs/" + view.Org.ID.String()}
	p.Then = Notice{Kind: "info", Text: p.T("org_page.then", view.Moment.On), Link: now}
	switch {
	case !view.Existed:
		p.Then.Text, p.Facts, p.Lead = p.T("org_page.then.none", view.Moment.On), Facts{}, ""
	case !view.Moment.KnownAt.IsZero():
		p.Then.Text = p.T("org_page.then.known", view.Moment.On, core.DateOf(view.Moment.KnownAt))
	}
}

// present fills in what is only known of now: growth, rules, term, outlook.
func (s *Server) present(r *http.Request, v Viewer, h org.Head, view org.View, p *OrgView) error {
	today := core.DateOf(s.Now())
	if !view.Org.Live() {
		p.Then = Notice{Kind: "warn", Text: p.T("org.dissolved", view.Org.Name, view.Org.DissolvedOn)}
		p.grown(view)
		return nil
	}
	p.grown(view)
	p.Steps, p.Verdicts = p.growthSteps(view.Growth.Path), p.verdicts(view.Verdicts)
	p.Called = p.T("org_page.called.none", view.Counts.Full, view.Counts.Probationary)
	if form := view.Growth.Path.Form; form != "" {
		p.Called = p.T("org_page.called", view.Counts.Full, view.Counts.Probationary, form.Title())
	}
	p.term(h, view, today)
	return s.whatIf(r, v, view, p)
}

// grown fills in the way from the first members to what it is.
func (p *OrgView) grown(view org.View) {
	all := view.Growth.Milestones
	if len(all) < 2 || !view.Growth.Counted && len(all) < 3 {
		return
	}
	if len(all) > 5 { // the beginning, and what came last
		all = append(all[:2:2], all[len(all)-3:]...)
	}
	for i, m := range all {
		st := Stage{Day: p.Day(m.On), When: m.On.String(), Now: i == len(all)-1}
		st.Head = p.say(m.Kind.Title())
		if view.Growth.Counted && m.Counts.Members() > 0 {
			st.Head = p.T("org_page.stage", m.Kind.Title(), m.Counts.Members())
		}
		switch {
		case m.Event != "":
			st.Text = p.T("org_page.stage."+string(m.Event), m.Name)
		case st.Now:
			st.Text = p.T("org_page.stage.today")
		default:
			st.Head = p.T("org_page.stage.three.head", m.Counts.Full)
			st.Text = p.T("org_page.stage.three")
			st.Source = first(rule.MustEstablish(m.Counts.Full).AsOf(m.On).Citation)
		}
		if m.Event == org.Changed && (m.Kind == rule.GeneralBranch || m.Kind == rule.Committee) {
			st.Source = first(rule.GeneralBranchOrCommittee(rule.Raise{To: m.Kind}, rule.Defaults()).AsOf(m.On).Citation)
		}
		p.Growth.Stages = append(p.Growth.Stages, st)
	}
}

// first returns the first source of a citation that names several.
func first(citation string) string {
	source, _, _ := strings.Cut(citation, "；")
	return source
}

func (p *OrgView) officers(h org.Head, view org.View) {
	p.Officers.Named = view.Names
	base := "/orgs/" + view.Org.ID.String() + "/officers/"
	may := h.May[access.ChangeOrgs] && view.Names && view.Org.Live() && view.Moment.On.IsZero()
	for _, f := range view.Officers {
		row := OfficerRow{Name: f.Name, Duty: p.T("org.duty." + f.Duty), Position: f.Position, Since: f.Period.From.String()}
		if view.Names {
			row.Person = "/people/" + f.Person.String()
			row.What = row.Duty + " " + f.Name
		}
		if may {
			row.Relieve = base + f.ID.String()
		}
		p.Officers.Rows = append(p.Officers.Rows, row)
	}
	switch {
	case len(view.Officers) == 0:
		p.Officers.Empty = p.T("org_page.officers.none")
	case view.Names:
		p.Officers.Note = p.T("org_page.officers.named")
	default:
		p.Officers.Note = p.T("org_page.officers.unnamed")
	}
	if may {
		p.Officers.Appoint = Link{p.T("org_page.appoint"), base + "new"}
	}
}

// below fills in what stands directly under it, with the sum of everything.
func (p *OrgView) below(h org.Head, view org.View, today core.Date) {
	id := view.Org.ID.String()
	b := &p.Below
	b.Past = !view.Moment.On.IsZero()
	for _, c := range view.Children {
		l := p.line(c, today)
		if b.Past {
			l.Name.Href += "?on=" + view.Moment.On.String()
		}
		b.Lines = append(b.Lines, l)
	}
	parent := view.Org.Kind == rule.Committee || view.Org.Kind == rule.GeneralBranch
	b.Show = view.Existed && (len(b.Lines) > 0 || parent)
	if !b.Show {
		return
	}
	if h.May[access.ChangeOrgs] && view.Org.Live() && !b.Past {
		b.Found = Link{p.T("org_page.below.found"), "/orgs/new?parent=" + id}
	}
	if len(b.Lines) == 0 {
		b.Empty = p.T("org_page.below.none")
		return
	}
	if b.Past {
		return
	}
	b.All = Link{p.T("org_page.below.all"), "/orgs?under=" + id}
	b.Total = OrgLine{Members: p.N(view.Counts.Members()), Orgs: p.N(view.Orgs - 1)}
	link := Link{}
	if h.May[access.SeePeople] {
		link = Link{p.T("org_page.below.rows", view.Counts.Members()), "/people?under=" + id}
	}
	b.Note = p.definition(p.T("org_page.below.note", view.Counts.Full, view.Counts.Probationary), link)
}

// term fills in the days of the current term and what they rest on.
func (p *OrgView) term(h org.Head, view org.View, today core.Date) {
	t, d := view.Term, view.Dates
	held := view.Org.Kind != rule.TemporaryBranch
	if held && h.May[access.ChangeOrgs] {
		p.Term.Set = Link{p.T("org_page.term.set"), "/orgs/" + view.Org.ID.String() + "/term"}
	}
	years := rule.TermYears(view.Org.Kind, view.Org.Host())
	switch {
	case !held:
		v := rule.TemporaryBranchMay(rule.TermElection, today).AsOf(today)
		p.Term.Text, p.Term.Note = p.say(v.Reason), Note{Head: p.T("org_page.basis"), Text: v.Citation}
		return
	case t.IsZero():
		p.Term.Text = p.T("org_page.term.none", years)
		p.Term.Note = Note{Head: p.T("org_page.basis"), Text: citation("org.term_end", today)}
		return
	}
	add := func(f Fact) { p.Term.Facts.Rows = append(p.Term.Facts.Rows, f) }
	if t.Number > 0 {
		add(Fact{Label: p.T("org_page.term.number"), Value: p.T("org_page.term.number.value", t.Number)})
	}
	if !t.ElectedOn.IsZero() {
		add(Fact{Label: p.T("org_page.term.elected"), Value: t.ElectedOn.String(), Note: p.T("org_page.term.years", years)})
	}
	end := Fact{Label: p.T("org_page.term.ends"), Value: d.EndsOn.String()}
	if _, tag := p.termEnds(d.EndsOn, today); !tag.IsZero() {
		end.Tag = tag
	} else {
		end.Note = p.T("orgs.ends.left", span(today, d.EndsOn))
	}
	add(end)
	add(Fact{Label: p.T("org_page.term.remind"), Value: d.RemindOn.String(), Note: p.T("org_page.term.remind.note")})
	add(Fact{Label: p.T("org_page.term.earliest"), Value: d.Earliest.String(), Note: p.T("org_page.term.approval")})
	add(Fact{Label: p.T("org_page.term.latest"), Value: d.Latest.String(), Note: p.T("org_page.term.approval")})
	if t.Document != "" {
		add(Fact{Label: p.T("org_page.document"), Value: t.Document})
	}
	basis := []string{citation("org.term_end", today), citation("org.term_reminder", today), citation("org.term_early_late", today)}
	p.Term.Note = Note{Head: p.T("org_page.basis"), Text: strings.Join(distinct(basis), "；")}
}

// citation returns what a rule rests on, on a day.
func citation(id string, day core.Date) string {
	r, ok := rule.Find(id)
	if !ok {
		return ""
	}
	v, ok := r.On(day)
	if !ok {
		v = r.Latest()
	}
	return v.Citation
}

// distinct leaves out what is empty and what stands before.
func distinct(all []string) (out []string) {
	seen := map[string]bool{"": true}
	for _, s := range all {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// hosts fills in the enterprises that host the organisation, for who may see
// enterprises.
func (s *Server) hosts(r *http.Request, v Viewer, h org.Head, m core.Moment, p *OrgView) error {
	all, err := s.Enterprise.HostsOf(r.Context(), v.Actor, h.Org.ID, m)
	if errors.Is(err, core.Forbidden) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range all {
		row := HostRow{Name: e.Name, Small: p.about(e), Tag: Tag{Done, p.T("enterprise.state." + e.State)}}
		if e.Seen {
			row.Href = "/enterprises/" + e.ID.String()
		}
		p.Hosts = append(p.Hosts, row)
	}
	p.HostNote = Note{Text: p.T("org_page.hosts.note"), Link: Link{p.T("org_page.hosts.all"), "/enterprises?under=" + h.Org.ID.String()}}
	return nil
}

// about says what an enterprise is in a few words.
func (s Shell) about(e enterprise.Hosted) string {
	words := []string{s.T("enterprise_type." + e.Type), e.Industry}
	if e.Employees != nil {
		words = append(words, s.T("org_page.employees", *e.Employees))
	}
	return strings.Join(distinct(words), " · ")
}
