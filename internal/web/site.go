package web

import (
	"net/http"

	"tongpin/internal/account"
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
	s.mountSearch(m)
	s.mountShortcuts(m)
	s.route(m, "GET /more", signedIn, s.more)
	for _, name := range articles {
		s.route(m, "GET /"+name, public, s.article(name))
	}
	s.route(m, "GET /privacy", public, s.notice)
	if s.Gallery {
		s.route(m, "GET /gallery", public, s.gallery)
	}
}

// nothing answers every address that no page has.
func (s *Server) nothing(http.ResponseWriter, *http.Request, Viewer) error { return core.NotFound }

// language remembers the language a person chose and goes back to the page.
func (s *Server) language(w http.ResponseWriter, r *http.Request, v Viewer) error {
	l, ok := text.Known(r.FormValue("to"))
	if !ok {
		return core.Fail(core.Invalid, "web.language.unknown")
	}
	if v.user.ID != 0 {
		if err := s.Account.Prefer(r.Context(), v.Actor, l, v.user.Theme); err != nil {
			return err
		}
	}
	s.setCookie(w, langCookie, string(l), year)
	http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
	return nil
}

// theme remembers light or dark; "system" forgets it.
func (s *Server) theme(w http.ResponseWriter, r *http.Request, v Viewer) error {
	to, seconds := r.FormValue("to"), year
	switch to {
	case account.ThemeLight, account.ThemeDark:
	case "system":
		to, seconds = "", -1
	default:
		return core.Fail(core.Invalid, "web.theme.unknown")
	}
	if v.user.ID != 0 {
		if err := s.Account.Prefer(r.Context(), v.Actor, v.user.Lang, to); err != nil {
			return err
		}
	}
	s.setCookie(w, themeCookie, to, seconds)
	http.Redirect(w, r, safeNext(r.FormValue("next")), http.StatusSeeOther)
	return nil
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
var articles = []string{"help", "accessibility", "definitions"}

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
