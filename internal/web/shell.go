package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/text"
)

// A Viewer is who looks at a page, and how they like it.
type Viewer struct {
	SignedIn  bool
	Actor     access.Actor // whom services ask about; zero for a stranger
	Name      string       // as the top of the page shows it
	Org       string       // name of the organisation or enterprise they act for, or ""
	Orgs      []OrgRef     // where they hold a role, for the switcher
	Places    []string     // entries of the main navigation they can use; nil means all
	Synthetic bool         // the realm holds an example: every page says so

	Under      core.OrgID        // the organisation they act for; zero for an enterprise's manager
	Enterprise core.EnterpriseID // the enterprise they act for, else zero
	Roles      []access.Role     // those that hold there
	Person     core.PersonID     // their own record, or zero
	user       account.User

	Lang  core.Lang // chosen, else what the browser asks for
	Theme string    // "light", "dark" or "" for the system's
}

// An OrgRef is one line of the organisation switcher.
type OrgRef struct {
	Name, Path string // "保税港务党支部", "张家港市 / 保税区"
	Href       string
	Current    bool
}

// Names of the cookies that hold a taste, not a right.
const (
	langCookie  = "lang"
	themeCookie = "theme"
	noteCookie  = "note"
)

// prefer fills in language and theme where the account has none: the cookie,
// else what the browser asks for.
func (v *Viewer) prefer(r *http.Request) {
	if c, err := r.Cookie(langCookie); err == nil && v.Lang == "" {
		if l, ok := text.Known(c.Value); ok {
			v.Lang = l
		}
	}
	if v.Lang == "" {
		v.Lang = text.Match(r.Header.Get("Accept-Language"))
	}
	if c, err := r.Cookie(themeCookie); err == nil && v.Theme == "" && (c.Value == account.ThemeLight || c.Value == account.ThemeDark) {
		v.Theme = c.Value
	}
}

// A Shell is the frame around a page. Every page's type embeds it, so that its
// template says {{template "top" .Shell}} and {{.T "org.title"}}.
type Shell struct {
	Lang        core.Lang
	Theme       string // as in Viewer
	Title       string // heading and, with the site's name, window title
	Description string // one sentence for the head of the document
	Lead        string // one sentence under the heading, or ""
	At          string // the entry of the navigation this page belongs to, or ""
	Path        []Link // from the top of the tree to here; the last is this page
	Flash       Notice // what has just been done, or what to know
	Viewer      Viewer
	Wrong       bool // the form came back: the window title says so
	Narrow      bool // one column of text or form
	Refresh     int  // seconds after which the page reloads where scripts are off; 0 never

	today core.Date
	here  string // this page's address, for links that come back to it
	route string // its pattern
}

func (s Shell) frame() Shell { return s }

// shell returns the frame of a page: at is its entry of the navigation, title
// the catalog key of its heading with the arguments.
func (s *Server) shell(r *http.Request, v Viewer, at, title string, args ...any) Shell {
	sh := Shell{Lang: v.Lang, Theme: v.Theme, At: at, Viewer: v, today: core.DateOf(s.Now()), here: here(r), route: visitOf(r.Context()).route}
	sh.Title = sh.T(title, args...)
	sh.Description = sh.T("web.description")
	if m, ok := takeNote(r); ok {
		sh.Flash = Notice{Kind: "info", Text: sh.say(m)}
	}
	return sh
}

// T says a sentence of the catalogs in the page's language.
func (s Shell) T(key string, args ...any) string { return text.T(s.Lang, key, args...) }

func (s Shell) say(m core.Msg) string {
	if m.IsZero() {
		return ""
	}
	return text.Say(s.Lang, m)
}

// N writes a whole number with commas.
func (s Shell) N(n int) string { return text.Number(int64(n)) }

// Day writes a date in the page's language.
func (s Shell) Day(d core.Date) string { return text.Day(s.Lang, d) }

// When writes a day and the minute, in the zone that t carries.
func (s Shell) When(t time.Time) string { return text.Instant(s.Lang, t) }

// Sheet is the line at the head of a printed page: whose it is, from which
// place and on which day it was looked at, and that it is an example.
func (s Shell) Sheet() string {
	parts := []string{s.T("web.name")}
	if s.Viewer.Org != "" {
		parts = append(parts, s.Viewer.Org)
	}
	parts = append(parts, s.T("print.on", s.today))
	if s.Viewer.Synthetic {
		parts = append(parts, s.T("web.synthetic"))
	}
	return strings.Join(parts, " · ")
}

// Asset returns the address of a static file.
func (s Shell) Asset(name string) (string, error) { return assetPath(name) }

// places is the main navigation: name and address. A later issue adds its line.
var places = []struct{ name, href, icon string }{
	{"today", "/", "M4 6h16v14H4zM4 10h16M8 3v5M16 3v5"},
	{"coverage", "/coverage", "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM14 17l2 2 4-4"},
	{"orgs", "/orgs", "M9 3h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4"},
	{"enterprises", "/enterprises", ""},
	{"work", "/projects", "M4 4h5v14H4zM10 4h4v9h-4zM15 4h5v11h-5z"},
	{"people", "/people", ""},
	{"import", "/import", ""},
	{"figures", "/figures", ""},
	{"jobs", "/jobs", ""},
	{"journal", "/journal", "M6 3h12v18H6zM9 8h6M9 12h6M9 16h4"},
	{"settings", "/settings", "M4 7h9M17 7h3M4 17h3M11 17h9M13 5v4M7 15v4"},
	{"accounts", "/accounts", "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21a7 7 0 0 1 14 0M16 3.5a4 4 0 0 1 0 7.5M18 14.5a7 7 0 0 1 4 6.5"},
}

// A Place is one entry of a navigation.
type Place struct {
	Text, Href, Icon string
	Current          bool
}

// Places returns the main navigation for this viewer.
func (s Shell) Places() []Place {
	if !s.Viewer.SignedIn {
		return nil
	}
	var out []Place
	for _, p := range places {
		if s.Viewer.Goes(p.name) {
			href := p.href
			if p.name == "enterprises" && s.Viewer.Enterprise != 0 {
				href += "/" + s.Viewer.Enterprise.String() // a manager's own
			}
			out = append(out, Place{s.T("web.nav." + p.name), href, p.icon, p.name == s.At})
		}
	}
	return out
}

// Dock returns the navigation at the foot of a phone: three places, and the rest.
func (s Shell) Dock() []Place {
	all := s.Places()
	if all == nil {
		return nil
	}
	var out []Place
	elsewhere := s.At == "more"
	for _, p := range all {
		if p.Icon != "" && len(out) < 3 {
			out = append(out, p)
		} else if p.Current {
			elsewhere = true
		}
	}
	return append(out, Place{s.T("web.nav.more"), "/more", "M4 7h16M4 12h16M4 17h16", elsewhere})
}

// A Choice is one value of a switch in the footer.
type Choice struct {
	Text, Value, Href string
	Current           bool
}

// Languages returns the switch of languages, each leading back to this page.
func (s Shell) Languages() []Choice {
	var out []Choice
	for _, l := range text.Langs {
		out = append(out, Choice{text.T(l, "web.language"), string(l), s.setting("/language", string(l)), l == s.Lang})
	}
	return out
}

// Themes returns the switch between the system's, the light and the dark look.
func (s Shell) Themes() []Choice {
	var out []Choice
	for _, t := range []string{"system", "light", "dark"} {
		out = append(out, Choice{s.T("web.theme." + t), t, s.setting("/theme", t), t == s.Theme || t == "system" && s.Theme == ""})
	}
	return out
}

func (s Shell) setting(path, to string) string {
	q := url.Values{"to": {to}}
	if s.here != "/" {
		q.Set("next", s.here)
	}
	return path + "?" + q.Encode()
}

// redirect answers a form that did something: the next page shows the sentence
// once. It travels in a cookie as its key and arguments, never as text.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, to, key string, args ...string) error {
	if key != "" {
		b, err := json.Marshal(append([]string{key}, args...))
		if err != nil {
			return err
		}
		s.setCookie(w, noteCookie, url.QueryEscape(string(b)), 60)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// takeNote returns the sentence that the last form left.
func takeNote(r *http.Request) (core.Msg, bool) {
	c, err := r.Cookie(noteCookie)
	if err != nil {
		return core.Msg{}, false
	}
	raw, err := url.QueryUnescape(c.Value)
	if err != nil {
		return core.Msg{}, false
	}
	var parts []string
	if json.Unmarshal([]byte(raw), &parts) != nil || len(parts) == 0 || !text.Has(parts[0]) {
		return core.Msg{}, false
	}
	m := core.Msg{Key: parts[0]}
	for _, a := range parts[1:] {
		m.Args = append(m.Args, a)
	}
	return m, true
}

// setCookie writes a cookie that scripts cannot read. seconds 0 is until the
// browser closes, below 0 removes it.
func (s *Server) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// description makes the page's sentence for the head of the document from
// what it says, on one line.
func description(s string) string { return strings.Join(strings.Fields(s), " ") }

// hint returns the sentence KEY.hint, or "" where the catalogs have none.
func (s Shell) hint(key string) string {
	if !text.Has(key + ".hint") {
		return ""
	}
	return s.T(key + ".hint")
}
