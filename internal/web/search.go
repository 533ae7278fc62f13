package web

import (
	"net/http"
	"strings"
	"sync"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/search"
	"tongpin/internal/text"
)

func (s *Server) mountSearch(m *http.ServeMux) {
	s.route(m, "GET /search", signedIn, s.searchByAddress)
	s.route(m, "POST /search", signedIn, s.searchByForm)
}

// A command is a page that is found by its name. who says who may open it; nil
// is everybody who has signed in.
type command struct {
	title, href string
	who         func(Viewer) bool
}

func goesTo(place string) func(Viewer) bool { return func(v Viewer) bool { return v.Goes(place) } }
func mayDo(do access.Action) func(Viewer) bool {
	return func(v Viewer) bool { return v.Under != 0 && v.may(do) }
}
func holdsRole(v Viewer) bool { return len(v.Roles) > 0 }

// commands are the pages that the palette and the search find. A new page
// without a hole in its address adds a line.
var commands = []command{
	{"web.nav.today", "/", nil},
	{"clocks.title", "/clocks", mayDo(access.HandleClocks)},
	{"web.nav.coverage", "/coverage", goesTo("coverage")},
	{"orgs.title", "/orgs", goesTo("orgs")},
	{"orgs.found", "/orgs/new", mayDo(access.ChangeOrgs)},
	{"enterprises.title", "/enterprises", mayDo(access.SeeEnterprises)},
	{"enterprise_form.new", "/enterprises/new", mayDo(access.ChangeEnterprises)},
	{"groupings.title", "/groupings", mayDo(access.SeeEnterprises)},
	{"groupings.make", "/groupings/new", mayDo(access.ChangeEnterprises)},
	{"people.title", "/people", mayDo(access.SeeOrgs)},
	{"person.enrol.title", "/people/new", mayDo(access.ChangePeople)},
	{"import.list.title", "/import", goesTo("import")},
	{"web.nav.figures", "/figures", goesTo("figures")},
	{"jobs.title", "/jobs", holdsRole},
	{"journal.title", "/journal", goesTo("journal")},
	{"posts.title", "/posts", seesWork},
	{"post_form.apply", "/posts/new", mayDo(access.SeeWork)},
	{"areas.title", "/posts/areas", mayDo(access.SeeWork)},
	{"area_form.new", "/posts/areas/new", mayDo(access.ChangeWork)},
	{"mentorings.title", "/mentoring", mayDo(access.SeeWork)},
	{"fronts.title", "/fronts", mayDo(access.SeeWork)},
	{"fronts.new", "/fronts/new", mayDo(access.ChangeWork)},
	{"problems.title", "/problems", mayDo(access.SeeWork)},
	{"projects.title", "/projects", mayDo(access.SeeWork)},
	{"projects.new", "/projects/new", mayDo(access.SeeWork)},
	{"opinions.title", "/opinions", holdsRole},
	{"opinions.give", "/opinions/new", holdsRole},
	{"burden.title", "/burden", holdsRole},
	{"me.title", "/me", nil},
	{"factors.title", "/me/factors", nil},
	{"sessions.title", "/me/sessions", nil},
	{"calendar.title", "/me/calendar", nil},
	{"tokens.title", "/me/tokens", nil},
	{"sightings.title", "/me/record", nil},
	{"consents.title", "/me/consents", nil},
	{"corrections.title.keeper", "/corrections", nil},
	{"own_data.title", "/me/data", nil},
	{"accounts.title", "/accounts", mayDo(access.ManageUsers)},
	{"account.new.title", "/accounts/new", mayDo(access.ManageUsers)},
	{"settings.title", "/settings", goesTo("settings")},
	{"retention.title", "/retention", goesTo("settings")},
	{"roles.title", "/roles", nil},
	{"api.page.title", "/api", nil},
	{"me.reset", "/accounts/reset", mayDo(access.ResetAccounts)},
	{"web.help.title", "/help", nil},
	{"shortcuts.title", "/shortcuts", nil},
	{"web.accessibility.title", "/accessibility", nil},
	{"web.privacy.title", "/privacy", nil},
	{"web.definitions.title", "/definitions", nil},
}

// keys are what finds each command: its names, with a bar before each
// beginning of a word, of its reading and of its initials.
var keys = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, c := range commands {
		hans, hant := text.T(core.Hans, c.title), text.T(core.Hant, c.title)
		reading, _, _ := strings.Cut(names.Key(hans), " ")
		k := "|" + names.Fold(hans) + "|" + strings.ToLower(strings.Join(strings.Fields(hant), "")) + "|" + reading + "|" + names.Initials(hans)
		words := strings.Fields(strings.ToLower(text.T(core.En, c.title)))
		for i := range words {
			k += "|" + strings.Join(words[i:], "")
		}
		all[c.title] = k
	}
	return all
})

// called reports whether words find a command: characters anywhere in its
// name, letters at a beginning. The palette's script follows the same rule.
func (c command) called(words string) bool {
	folded := names.Fold(words)
	if names.Latin(words) {
		folded = "|" + folded
	}
	return folded != "" && strings.Contains(keys()[c.title], folded)
}

// A Command is a page that the viewer may open, with what finds it.
type Command struct{ Text, Href, Keys string }

// Commands are the pages that the viewer may open.
func (s Shell) Commands() []Command {
	var all []Command
	for _, c := range commands {
		if c.who == nil || c.who(s.Viewer) {
			all = append(all, Command{s.T(c.title), c.href, keys()[c.title]})
		}
	}
	return all
}

// A Search is a page of what was found, in groups. Words for people are sent as
// a form, never in the address; what stands in an address finds the rest.
type Search struct {
	Shell
	Problems ErrorSummary
	Query    Field
	Words    string
	Groups   []Found
	Said     string // how much was found
	Names    bool   // people were not looked for, and can be
	Empty    Empty
}

// A Found is one group: pages, organisations, enterprises or people. More
// leads to the rest; Post says that its address takes the words as a form.
type Found struct {
	ID, Title string
	Tasks     Tasks
	More      Link
	Post      bool
}

var searchPage = newPage[Search]("search.html")

// searchByAddress answers GET: pages, organisations and enterprises.
func (s *Server) searchByAddress(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeSearch(w, r, v, search.Query{Words: r.FormValue("q"), Orgs: true, Enterprises: true})
}

// searchByForm answers POST: people too. Nothing of it stands in the address.
func (s *Server) searchByForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeSearch(w, r, v, search.Query{Words: r.PostFormValue("q"), Orgs: true, Enterprises: true, People: true})
}

func (s *Server) writeSearch(w http.ResponseWriter, r *http.Request, v Viewer, q search.Query) error {
	q.Words = strings.TrimSpace(q.Words)
	sh := s.shell(r, v, "", "web.search.title")
	sh.Narrow = true
	if q.People {
		sh.here = "/search" // without the words
	}
	p := Search{Shell: sh, Words: q.Words}
	found, bad, err := s.find(r, v, q)
	if err != nil {
		return err
	}
	p.Query = sh.field(r, bad, "q", "web.search.query", "search")
	p.Query.Autocomplete = "off"
	p.Problems = sh.problems(bad, p.Query)
	p.Wrong = !p.Problems.IsZero()
	code := http.StatusOK
	switch {
	case p.Wrong:
		code = http.StatusUnprocessableEntity
	case q.Words == "":
		p.Lead = p.T("search.lead")
		p.pages("")
	default:
		p.fill(found)
		p.Names = !q.People && v.may(access.SeePeople)
	}
	return searchPage.write(w, code, p)
}

// find asks the lists. Whoever holds no role finds nothing there.
func (s *Server) find(r *http.Request, v Viewer, q search.Query) (search.Result, core.Fields, error) {
	if len(v.Roles) == 0 || q.Words == "" {
		return search.Result{}, nil, nil
	}
	found, err := s.Finder.Find(r.Context(), v.Actor, q)
	if bad := wrong(err); bad != nil {
		return found, bad, nil
	}
	return found, nil, err
}

// pages adds the group of pages that the words find, or all of them.
func (p *Search) pages(words string) {
	var rows []TaskRow
	for _, c := range commands {
		if (c.who == nil || c.who(p.Viewer)) && (words == "" || c.called(words)) {
			rows = append(rows, TaskRow{Title: p.T(c.title), Href: c.href})
		}
	}
	p.group("pages", rows, Link{}, false)
}

func (p *Search) group(id string, rows []TaskRow, more Link, post bool) {
	if len(rows) > 0 {
		p.Groups = append(p.Groups, Found{ID: id, Title: p.T("search." + id), Tasks: Tasks{rows}, More: more, Post: post})
	}
}

// fill shows what was found.
func (p *Search) fill(found search.Result) {
	p.pages(p.Words)
	var orgs, enterprises, people []TaskRow
	for _, row := range found.Orgs {
		orgs = append(orgs, TaskRow{Title: row.Name, Reason: p.orgWords(row), Href: "/orgs/" + row.ID.String()})
	}
	for _, row := range found.Enterprises {
		enterprises = append(enterprises, TaskRow{Title: row.Name, Reason: row.OrgName, Href: "/enterprises/" + row.ID.String()})
	}
	for _, row := range found.People {
		people = append(people, TaskRow{Title: row.Name, Reason: row.OrgName, Href: "/people/" + row.ID.String(), Tag: p.kindTag(row.Kind)})
	}
	p.group("orgs", orgs, p.more(found.MoreOrgs, withQuery("/orgs", "q", p.Words)), false)
	p.group("enterprises", enterprises, p.more(found.MoreEnterprises, withQuery("/enterprises", "q", p.Words)), false)
	p.group("people", people, p.more(found.MorePeople, "/people"), true)
	n := 0
	for _, g := range p.Groups {
		n += len(g.Tasks.Rows)
	}
	p.Said = p.T("search.found", n)
	if n == 0 {
		p.Said = p.T("search.nothing")
		p.Empty = Empty{Title: p.Said, Text: p.T("search.nothing.text")}
	}
}

// orgWords says where an organisation stands and what it is.
func (p *Search) orgWords(row org.Row) string {
	kind := p.T("org_kind." + string(row.Kind))
	if row.Where == "" {
		return kind
	}
	return p.T("search.org", kind, row.Where)
}

func (p *Search) more(is bool, href string) Link {
	if !is {
		return Link{}
	}
	return Link{p.T("search.more"), href}
}

// seesWork reports whether the viewer sees the work of an organisation or of the
// enterprise that he or she manages.
func seesWork(v Viewer) bool { return v.Enterprise != 0 || v.may(access.SeeWork) }
