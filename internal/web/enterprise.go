package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/rule"
)

// An EnterpriseView is the page of one enterprise: as it is now, or as it was
// on a day.
type EnterpriseView struct {
	Shell
	Then     Notice // why what follows is not the present
	Tag      Tag
	Cover    string // how it is reached, or why not, in a sentence
	Meaning  string
	Advice   string
	Verdicts Verdicts
	Verify   Link
	Change   Link
	Facts    Facts
	FactNote Note
	Left     []Part
	Right    []Part
	History  History
}

// A Part is a list under a heading with what can be done there.
type Part struct {
	ID, Title string
	Action    Link
	Rows      []PartRow
	Empty     string
	Note      string
}

// A PartRow is one entry of a part. Lines tell of visits, the latest first.
type PartRow struct {
	Head    Link // without address: words
	Tag     Tag
	Small   string
	Lines   []PartLine
	Actions []Link
}

// A PartLine is a dated line below an entry.
type PartLine struct{ Day, When, Text string }

var enterprisePage = newPage[EnterpriseView]("enterprise.html")

// enterpriseID reads the enterprise that the path names.
func enterpriseID(r *http.Request) (core.EnterpriseID, error) {
	id, err := core.ParseID(r.PathValue("enterprise"))
	return core.EnterpriseID(id), err
}

func (s *Server) enterprise(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := enterpriseID(r)
	if err != nil {
		return err
	}
	m, bad := s.moment(r)
	e, err := s.Enterprise.Page(r.Context(), v.Actor, id, m)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "enterprises", "enterprise_page.as_written", e.Name)
	if sh.Path, err = s.enterprisePath(r.Context(), v, sh, e); err != nil {
		return err
	}
	all, err := s.Enterprise.Groupings(r.Context(), v.Actor, "")
	if err != nil && !errors.Is(err, core.Forbidden) {
		return err
	}
	today := core.DateOf(s.Now())
	p := EnterpriseView{Shell: sh}
	now := m.On.IsZero()
	e.MayChange = e.MayChange && now // a past day is for reading
	p.then(e, m)
	p.head(e)
	p.cover(e)
	p.facts(e, today)
	if e.Listed {
		p.organisations(e)
		p.contacts(e)
		p.plan(e, s.orgName(r.Context(), v, e.Plan.Owner), today)
		p.groupings(e, all)
		p.masses(e)
		p.teams(e)
		if err := s.window(r, v, e, &p); err != nil {
			return err
		}
	}
	if err := s.enterpriseHistory(r, v, e, m, bad, &p); err != nil {
		return err
	}
	code := http.StatusOK
	if bad != nil {
		code, p.Wrong = http.StatusUnprocessableEntity, true
	}
	return enterprisePage.write(w, code, p)
}

// enterprisePath is the line of organisations above, as far as the viewer may
// open them; the last is the enterprise.
func (s *Server) enterprisePath(ctx context.Context, v Viewer, sh Shell, e enterprise.Profile) ([]Link, error) {
	h, err := s.Org.Head(ctx, v.Actor, e.Org)
	if errors.Is(err, core.NotFound) || errors.Is(err, core.Forbidden) {
		return nil, nil
	}
	path := sh.orgPath(h.Above, "/enterprises?under=")
	path = append(path, Link{h.Org.Name, "/enterprises?under=" + e.Org.String()}, Link{Text: e.Name})
	return path, err
}

// orgName returns the name of an organisation that the viewer may open, or "".
func (s *Server) orgName(ctx context.Context, v Viewer, id core.OrgID) string {
	if id == 0 {
		return ""
	}
	h, err := s.Org.Head(ctx, v.Actor, id)
	if err != nil {
		return ""
	}
	return h.Org.Name
}

// then says that the page shows another day.
func (p *EnterpriseView) then(e enterprise.Profile, m core.Moment) {
	if m.On.IsZero() {
		return
	}
	p.Then = Notice{Kind: "info", Text: p.T("enterprise_page.then", m.On), Link: Link{p.T("enterprise_page.then.now"), "/enterprises/" + e.ID.String()}}
	switch {
	case !e.Listed:
		p.Then.Text = p.T("enterprise_page.then.none", m.On)
	case !m.KnownAt.IsZero():
		p.Then.Text = p.T("enterprise_page.then.known", m.On, core.DateOf(m.KnownAt))
	}
}

// head says in a line what the enterprise is.
func (p *EnterpriseView) head(e enterprise.Profile) {
	st := e.State
	var words []string
	if st.Type != "" {
		words = append(words, p.T("enterprise_type."+st.Type))
	}
	words = append(words, e.Industry)
	if st.Employees != nil {
		words = append(words, p.T("enterprise_page.lead.employees", *st.Employees))
	}
	if st.ForeignShare != nil {
		words = append(words, p.T("enterprise_page.lead.foreign", *st.ForeignShare))
	}
	p.Lead = strings.Join(distinct(words), p.T("enterprise_page.lead.sep"))
	p.Description = description(e.Name + ": " + p.Lead)
	if e.MayChange {
		base := "/enterprises/" + e.ID.String()
		p.Verify = Link{p.T("enterprise_page.verify"), base + "/verify"}
		p.Change = Link{p.T("enterprise_page.change"), base + "/change"}
	}
}

// cover says how the enterprise is reached and what the rules call for.
func (p *EnterpriseView) cover(e enterprise.Profile) {
	if !e.Listed {
		return
	}
	st := e.State
	p.Tag, _ = p.reached(st)
	p.Cover = p.T(coverKey(st), p.coverArgs(e)...)
	p.Verdicts = p.verdicts(e.Verdicts)
	p.Meaning = p.T("enterprise_page.meaning")
	if st.Operating && st.Coverage == enterprise.Uncovered && st.Class == enterprise.ShouldBuild {
		p.Advice = p.T("enterprise_page.advice.build", st.FullMembers)
	}
}

// coverKey is the sentence for a state: enterprise_page.cover. and how it is
// reached or why not.
func coverKey(st enterprise.State) string {
	key := "enterprise_page.cover."
	switch {
	case !st.Operating:
		return key + "out"
	case st.Coverage == enterprise.Own && !st.MembersKnown:
		return key + "own.uncounted"
	case st.Coverage.Covers() && st.Nominal:
		return key + "nominal"
	case st.Coverage.Covers():
		return key + string(st.Coverage)
	case st.Broken != "":
		return key + "broken"
	}
	return key + "none." + st.Reason
}

// coverArgs are what the sentence speaks of: the highest organisation, the full
// members, the last contact, and why a tie does not count.
func (p *EnterpriseView) coverArgs(e enterprise.Profile) []any {
	st := e.State
	name, high, n := "", len(rule.OrgKinds), 0
	for _, h := range e.Hostings {
		if at := slices.Index(rule.OrgKinds, h.Kind); h.Period.Holds(e.On) {
			if n++; name == "" || at < high {
				name, high = h.OrgName, at
			}
		}
	}
	if n > 1 {
		name = p.T("enterprise_page.orgs.many", name, n-1)
	}
	last := p.T("enterprise_page.contact.never")
	if !st.LastContact.IsZero() {
		last = p.Day(st.LastContact)
	}
	why := core.M("enterprise.class.not_operating")
	switch {
	case st.Broken != "":
		why = enterprise.FlowTitle(st.Broken)
	case !st.Operating:
		why = enterprise.StateTitle(st.State)
	}
	return []any{name, st.FullMembers, last, why}
}

// facts fills in what is known of the enterprise and how fresh it is.
func (p *EnterpriseView) facts(e enterprise.Profile, today core.Date) {
	if !e.Listed {
		return
	}
	st := e.State
	add := func(f Fact) { p.Facts.Rows = append(p.Facts.Rows, f) }
	code := e.CreditCode
	if code == "" {
		code = p.T("enterprise_page.code.none")
	}
	add(Fact{Label: p.T("enterprise_page.state"), Value: p.say(enterprise.StateTitle(st.State))})
	add(Fact{Label: p.T("enterprises.type"), Value: p.word("enterprise_type.", st.Type)})
	if e.Industry != "" {
		add(Fact{Label: p.T("enterprise_page.industry"), Value: e.Industry})
	}
	add(Fact{Label: p.T("enterprises.col.employees"), Value: p.countOf(st.Employees)})
	if st.ForeignShare != nil {
		add(Fact{Label: p.T("enterprises.col.foreign"), Value: p.percentOf(st.ForeignShare)})
	}
	members := Fact{Label: p.T("enterprises.col.members"), Value: p.fullMembers(st)}
	if st.MembersKnown {
		members.Note = p.T("enterprise_page.members.kept")
		if st.Coverage != enterprise.Own {
			members.Note = p.T("enterprise_page.members.found")
		}
	}
	add(members)
	seen := Fact{Label: p.T("enterprises.col.verified"), Value: p.T("enterprises.never")}
	if !st.VerifiedOn.IsZero() {
		seen.Value, seen.Note = p.Day(st.VerifiedOn), p.ago(st.VerifiedOn, today)
	}
	if st.Recheck {
		seen.Tag = Tag{Wait, p.T("enterprise_page.recheck")}
	}
	add(seen)
	by := Fact{Label: p.T("enterprises.col.org"), Value: e.OrgName, Href: p.leadTo("", "/orgs/"+e.Org.String()).Href}
	if e.MayChange {
		by.Action, by.What = Link{p.T("enterprise_page.move"), "/enterprises/" + e.ID.String() + "/move"}, by.Label
	}
	if st.Org != e.Org {
		by.Note = p.T("enterprise_page.org.now")
	}
	add(by)
	add(Fact{Label: p.T("enterprise_page.registered"), Value: p.Day(e.RegisteredOn)})
	add(Fact{Label: p.T("enterprise_page.code"), Value: code})
}
