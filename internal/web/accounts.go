package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
)

// The pages of accounts are for who manages them; to everybody else they do not
// exist. A login or a name that is searched for never stands in an address.
func (s *Server) mountAccounts(m *http.ServeMux) {
	mount := func(pattern string, h handler) {
		s.route(m, pattern, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
			if !v.may(access.ManageUsers) {
				return core.NotFound
			}
			return h(w, r, v)
		})
	}
	mount("GET /accounts", s.accounts)
	mount("POST /accounts", s.searchAccounts)
	mount("GET /accounts/new", s.newAccount)
	mount("POST /accounts/new", s.openAccount)
	mount("GET /accounts/{account}", s.account)
	for _, t := range accountTurns {
		mount("GET /accounts/{account}/"+t.name, s.accountForm(t))
		mount("POST /accounts/{account}/"+t.name, s.turnAccount(t))
	}
	mount("POST /accounts/{account}/link", s.linkAccount)
	mount("POST /accounts/{account}/sessions", s.endAccountSessions)
	s.route(m, "GET /roles", signedIn, s.roles)
}

// Accounts is the list of those that the viewer manages.
type Accounts struct {
	Shell
	Query   []Field
	States  Chips
	New     Link
	Roles   Link
	Heading string
	Used    Link // the whole list, while a search is shown
	Rows    []AccountLine
	Pager   Pager
	Pages   SearchPages
	State   string // kept by the pages of a search
	Empty   Empty
	Note    Note
}

// An AccountLine is one account of the list.
type AccountLine struct {
	Name   Link
	Login  string
	State  Tag
	Roles  []string
	Factor Tag
	Last   string // when somebody last signed in
}

var accountsPage = newPage[Accounts]("accounts.html")

func (s *Server) accounts(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeAccounts(w, r, v, "")
}

func (s *Server) searchAccounts(w http.ResponseWriter, r *http.Request, v Viewer) error {
	words := strings.TrimSpace(r.PostFormValue("q"))
	if words == "" {
		http.Redirect(w, r, withQuery("/accounts", "state", r.PostFormValue("state")), http.StatusSeeOther)
		return nil
	}
	return s.writeAccounts(w, r, v, words)
}

func (s *Server) writeAccounts(w http.ResponseWriter, r *http.Request, v Viewer, words string) error {
	state := account.State(r.FormValue("state"))
	if !slices.Contains(account.States, state) {
		state = ""
	}
	l, err := s.Account.List(r.Context(), v.Actor, account.Query{Search: words, State: state, Page: pageOf(r)})
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "accounts", "accounts.title")
	p := Accounts{
		Shell: sh, State: string(state), New: Link{sh.T("accounts.new"), "/accounts/new"}, Roles: Link{sh.T("accounts.roles"), "/roles"},
		Heading: sh.T("accounts.heading", l.Total), Note: Note{Text: sh.T("accounts.note")},
	}
	p.here = "/accounts"
	p.Lead = p.T("accounts.lead")
	p.form(words, state)
	for _, row := range l.Rows {
		p.Rows = append(p.Rows, p.accountLine(row))
	}
	first, last := l.Page.Offset()+1, l.Page.Offset()+len(l.Rows)
	switch {
	case words == "":
		p.Pager = p.pager(l.Page, l.Total, func(n int) string {
			return withQuery("/accounts", "state", string(state), "page", strconv.Itoa(n))
		})
	case len(l.Rows) < l.Total:
		p.Pages = SearchPages{Text: p.T("web.pager.at", first, last, l.Total), Words: words}
		if l.Page.Number > 1 {
			p.Pages.Prev = l.Page.Number - 1
		}
		if last < l.Total {
			p.Pages.Next = l.Page.Number + 1
		}
	}
	if l.Total == 0 {
		p.Empty = Empty{Title: p.T("accounts.nothing"), Text: p.T("accounts.nothing.text"), Action: p.New}
	}
	return accountsPage.write(w, http.StatusOK, p)
}

func (p *Accounts) form(words string, state account.State) {
	q := Field{Name: "q", Label: p.T("accounts.search"), Type: "search", Value: words, Grow: true, Autocomplete: "off", Placeholder: p.T("accounts.search.like")}
	in := Field{Name: "state", Label: p.T("accounts.state"), Type: "select", Options: []Option{{Text: p.T("accounts.state.all")}}}
	for _, st := range account.States {
		in.Options = append(in.Options, Option{string(st), p.T("account.state." + string(st)), st == state})
	}
	p.Query = []Field{q, in}
	if words != "" {
		p.Used = Link{p.T("people.search.clear"), withQuery("/accounts", "state", string(state))}
	}
}

// rolesShown is how many roles a line of the list names.
const rolesShown = 3

func (s Shell) accountLine(row account.Record) AccountLine {
	l := AccountLine{
		Name: Link{row.Name, "/accounts/" + row.ID.String()}, Login: row.Login, State: s.accountTag(row.User), Factor: s.factorTag(row.Factor),
		Last: s.lastSeen(row.User),
	}
	for i, h := range row.Places {
		if i == rolesShown {
			l.Roles = append(l.Roles, s.T("accounts.roles.more", len(row.Places)-rolesShown))
			break
		}
		l.Roles = append(l.Roles, s.T("accounts.role", s.T("role."+string(h.Role)), h.Name))
	}
	if len(row.Places) == 0 {
		l.Roles = []string{s.T("accounts.roles.none")}
	}
	return l
}

func (s Shell) accountTag(u account.User) Tag {
	kind := map[account.State]TagKind{account.Active: OK, account.Unused: Wait, account.Closed: Off}[u.State()]
	return Tag{kind, s.T("account.state." + string(u.State()))}
}

func (s Shell) factorTag(on bool) Tag {
	if on {
		return Tag{OK, s.T("me.security.on")}
	}
	return Tag{Off, s.T("me.security.off")}
}

func (s Shell) lastSeen(u account.User) string {
	if u.SignedIn.IsZero() {
		return s.T("accounts.never")
	}
	return s.When(u.SignedIn)
}

func accountID(r *http.Request) (core.UserID, error) {
	id, err := core.ParseID(r.PathValue("account"))
	return core.UserID(id), err
}

// An Account page is one account, for who manages it.
type Account struct {
	Shell
	Tag       Tag
	Facts     Facts
	Roles     Facts
	Grant     Link
	Rows      []SittingRow
	Sessions  string // where sessions are ended
	Own       string // why there is nothing to press, on one's own
	Link      string // where a sign-in link is made, or ""
	LinkText  string
	Reset     bool
	Factors   Field
	Turn      Link // close or reopen
	TurnText  string
	Trail     Trail
	TrailNote string
}

var accountPage = newPage[Account]("account.html")

func (s *Server) account(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := accountID(r)
	if err != nil {
		return err
	}
	a, err := s.Account.Record(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	open, err := s.Account.SittingsOf(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	turns, err := s.Account.History(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	at := "/accounts/" + id.String()
	p := Account{Shell: s.accountShell(r, v, a, ""), Tag: Tag{}, Sessions: at + "/sessions"}
	p.Tag = p.accountTag(a.User)
	p.facts(a)
	p.roles(a, at, id == v.Actor.User)
	for _, o := range open {
		p.Rows = append(p.Rows, p.sittingRow(o))
	}
	p.ways(a, at, id == v.Actor.User)
	for _, t := range turns {
		p.Trail.Events = append(p.Trail.Events, p.accountEvent(t))
	}
	p.TrailNote = p.T("account.history.note")
	return accountPage.write(w, http.StatusOK, p)
}

// accountShell is the frame of a page about one account; title is the key of
// the page's own, or "".
func (s *Server) accountShell(r *http.Request, v Viewer, a account.Record, title string) Shell {
	sh := s.shell(r, v, "accounts", "accounts.title")
	at := "/accounts/" + a.ID.String()
	sh.Path = []Link{{sh.T("accounts.title"), "/accounts"}, {a.Name, at}}
	sh.Title, sh.here = a.Name, at
	if title != "" {
		sh.Title, sh.Narrow = sh.T(title, a.Name), true
		sh.Path = append(sh.Path, Link{Text: sh.T(title, a.Name)})
		return sh
	}
	sh.Path[1].Href = ""
	return sh
}

func (p *Account) facts(a account.Record) {
	p.Facts.Rows = []Fact{
		{Label: p.T("account.new.login"), Value: a.Login},
		{Label: p.T("session.setup.name"), Value: a.Name},
		{Label: p.T("accounts.col.last"), Value: p.lastSeen(a.User)},
		{Label: p.T("accounts.col.factor"), Tag: p.factorTag(a.Factor)},
		{Label: p.T("account.since"), Value: p.When(a.CreatedAt)},
	}
	if a.Person != 0 {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: p.T("account.person"), Value: p.T("account.person.tied")})
	}
}

func (p *Account) roles(a account.Record, at string, own bool) {
	for _, h := range a.Places {
		f := Fact{Label: p.T("role." + string(h.Role)), Value: h.Name, Note: p.T("account.role.since", h.Since)}
		if h.Where != "" {
			f.Note = h.Where + " · " + f.Note
		}
		if h.Reason != "" {
			f.Note += " · " + h.Reason
		}
		if h.Org != 0 {
			f.Href = "/orgs/" + h.Org.String()
		}
		f.Action, f.What = Link{p.T("account.take"), withQuery(at+"/take", "role", string(h.Role), "at", placeKey(h))}, f.Label+" "+h.Name
		p.Roles.Rows = append(p.Roles.Rows, f)
	}
	if !own && !a.Disabled {
		p.Grant = Link{p.T("account.grant"), at + "/grant"}
	}
}

// ways fills in how the person gets in, and whether at all.
func (p *Account) ways(a account.Record, at string, own bool) {
	switch {
	case a.Disabled:
		p.Turn, p.TurnText = Link{p.T("account.reopen"), at + "/reopen"}, p.T("account.reopen.text")
		return
	case own:
		p.Own = p.T("account.own")
		return
	case a.State() == account.Unused || p.Viewer.Synthetic:
		p.Link, p.LinkText = at+"/link", p.T("account.link.text")
	}
	p.Reset = true
	p.Factors = Field{Name: "factors", Type: "checkbox", Value: "yes", Label: p.T("reset.issue.factors")}
	p.Turn, p.TurnText = Link{p.T("account.close"), at + "/close"}, p.T("account.close.text")
}

func (s Shell) accountEvent(t account.Turn) Event {
	e := Event{Day: s.When(t.At), When: t.At.Format("2006-01-02T15:04"), Text: s.T("journal.action." + t.Action)}
	if t.Role != "" {
		e.Text = s.T("account.turn."+t.Action, s.T("role."+string(t.Role)), t.Place)
	}
	by := t.By
	switch {
	case t.Own:
		by = s.T("account.turn.own")
	case by == "":
		by = s.T("account.turn.machine")
	}
	e.Note = s.T("account.turn.by", by)
	if t.Reason != "" {
		e.Note = s.T("account.turn.why", by, t.Reason)
	}
	return e
}
