package web

import (
	"net/http"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

// year is how long a taste is remembered, in seconds.
const year = 365 * 24 * 3600

// mountSite mounts what belongs to no noun: language, theme, help, the rest.
func (s *Server) mountSite(m *http.ServeMux) {
	s.route(m, "/", public, s.nothing)
	s.route(m, "GET /language", public, s.language)
	s.route(m, "GET /theme", public, s.theme)
	s.route(m, "GET /sign-in", public, s.signIn)
	s.route(m, "GET /search", signedIn, s.search)
	s.route(m, "GET /more", signedIn, s.more)
	for _, name := range articles {
		s.route(m, "GET /"+name, public, s.article(name))
	}
	if s.Gallery {
		s.route(m, "GET /gallery", public, s.gallery)
	}
}

// nothing answers every address that no page has.
func (s *Server) nothing(http.ResponseWriter, *http.Request, Viewer) error { return core.NotFound }

// language remembers the language a person chose and goes back to the page.
func (s *Server) language(w http.ResponseWriter, r *http.Request, _ Viewer) error {
	l, ok := text.Known(r.FormValue("to"))
	if !ok {
		return core.Fail(core.Invalid, "web.language.unknown")
	}
	s.setCookie(w, langCookie, string(l), year)
	http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
	return nil
}

// theme remembers light or dark; "system" forgets it.
func (s *Server) theme(w http.ResponseWriter, r *http.Request, _ Viewer) error {
	switch to := r.FormValue("to"); to {
	case "light", "dark":
		s.setCookie(w, themeCookie, to, year)
	case "system":
		s.setCookie(w, themeCookie, "", -1)
	default:
		return core.Fail(core.Invalid, "web.theme.unknown")
	}
	http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
	return nil
}

// A SignIn asks who is there.
type SignIn struct {
	Shell
	Problems       ErrorSummary
	Name, Password Field
	Next           string
}

var signInPage = newPage[SignIn]("sign_in.html")

// signInForm returns the form, empty or with what was wrong. The password is
// never sent back.
func (s *Server) signInForm(r *http.Request, v Viewer, bad core.Fields) SignIn {
	sh := s.shell(r, v, "", "web.signin.title")
	sh.Lead, sh.Narrow = sh.T("web.signin.lead"), true
	f := SignIn{Shell: sh, Next: safeNext(r.FormValue("next"))}
	f.Name = sh.field(r, bad, "name", "web.signin.name", "text")
	f.Name.Autocomplete = "username"
	f.Password = sh.field(r, bad, "password", "web.signin.password", "password")
	f.Password.Autocomplete, f.Password.Value = "current-password", ""
	f.Problems = sh.problems(bad, f.Name, f.Password)
	f.Wrong = !f.Problems.IsZero()
	return f
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if v.SignedIn {
		http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
		return nil
	}
	return signInPage.write(w, http.StatusOK, s.signInForm(r, v, nil))
}

// A Search leads one query to the three lists that can answer it.
type Search struct {
	Shell
	Query   Field
	Targets []Link
}

var searchPage = newPage[Search]("search.html")

func (s *Server) search(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.shell(r, v, "", "web.search.title")
	sh.Narrow = true
	p := Search{Shell: sh, Query: sh.field(r, nil, "q", "web.search.query", "search")}
	for _, place := range sh.Places() {
		switch place.Href {
		case "/orgs", "/enterprises", "/people":
			p.Targets = append(p.Targets, Link{Text: place.Text, Href: place.Href})
		}
	}
	return searchPage.write(w, http.StatusOK, p)
}

// More lists every place of the site, for phones.
type More struct{ Shell }

var morePage = newPage[More]("more.html")

func (s *Server) more(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.shell(r, v, "more", "web.nav.more")
	sh.Narrow = true
	return morePage.write(w, http.StatusOK, More{sh})
}

// articles are the pages of text that stand at the foot of every page. Their
// sections are web.NAME.1, web.NAME.1.text, web.NAME.2, … in the catalogs.
var articles = []string{"help", "accessibility", "privacy", "definitions"}

// An Article is a page of headings and paragraphs.
type Article struct {
	Shell
	Sections []Section
}

// A Section is a heading and what stands under it.
type Section struct{ Title, Text string }

var articlePage = newPage[Article]("article.html")

func (s *Server) article(name string) handler {
	return func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		sh := s.shell(r, v, name, "web."+name+".title")
		sh.Lead, sh.Narrow = sh.T("web."+name+".lead"), true
		sh.Description = description(sh.Lead)
		a := Article{Shell: sh}
		for i := '1'; text.Has("web." + name + "." + string(i)); i++ {
			key := "web." + name + "." + string(i)
			a.Sections = append(a.Sections, Section{sh.T(key), sh.T(key + ".text")})
		}
		return articlePage.write(w, http.StatusOK, a)
	}
}
