// Package web serves the pages. A handler reads a form, calls one method of a
// service and writes one page; it decides nothing itself.
//
// The shell around the pages is web.go (routes and failures), guard.go (what
// every request passes), page.go and shell.go (pages and their frame),
// component.go (the pieces pages are made of) and static.go (style, script,
// mark). Every other file is the pages of one noun and mounts its own routes.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/burden"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/front"
	"tongpin/internal/intake"
	"tongpin/internal/job"
	"tongpin/internal/journal"
	"tongpin/internal/member"
	"tongpin/internal/mentoring"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/post"
	"tongpin/internal/privacy"
	"tongpin/internal/project"
	"tongpin/internal/retention"
	"tongpin/internal/search"
	"tongpin/internal/setting"
)

// A Server serves the pages of one realm.
type Server struct {
	Realm     core.RealmID
	Synthetic bool     // the realm holds an example: every page says so
	Now       core.Now // in the realm's zone
	Log       *slog.Logger

	Account    *account.Service
	Clock      *clock.Service
	Jobs       *job.Service
	Org        *org.Service
	Enterprise *enterprise.Service
	Member     *member.Service
	Figure     *figure.Service
	Intake     *intake.Service
	Journal    *journal.Service
	Opinion    *opinion.Service
	Project    *project.Service
	Front      *front.Service
	Post       *post.Service
	Mentoring  *mentoring.Service
	Setting    *setting.Service
	Retention  *retention.Service
	Privacy    *privacy.Service
	Finder     *search.Service

	// Burden runs the checks of package burden over the product.
	Burden func(context.Context) ([]burden.Line, error)

	// Session returns who is asking, or the zero Viewer for somebody who has
	// not signed in. Unless given, it is read from the session's cookie.
	Session func(*http.Request) (Viewer, error)

	API Programs // what programs ask, under /api/v1; may be nil

	Proxies []netip.Prefix // whose X-Forwarded-For is believed

	Patience time.Duration // before a body must have begun to arrive; zero: as pace.go

	Secure  bool // the site is reached over https: cookies and HSTS say so
	Gallery bool // serve /gallery, every component in one page; for tests

	routes []Route
}

// Programs is the API beside the pages. It passes the same guard and answers
// failures in its own way.
type Programs interface {
	Handler() http.Handler
	Fail(w http.ResponseWriter, r *http.Request, code int, m core.Msg)
	Reference() api.Reference
}

// A policy says who may ask for a route at all. What a person may see or
// change there is for the service to say; this is only the door.
type policy int

// The policies. There is no default: route demands one.
const (
	public   policy = iota + 1 // anybody; the session is read so that the page knows them
	signedIn                   // a person with a session; others are sent to sign in
	asset                      // anybody, and no session is read: style, script, mark
)

func (p policy) String() string {
	return map[policy]string{public: "public", signedIn: "signed in", asset: "asset"}[p]
}

// A Route is one line of the table of routes, from which tests walk the site.
type Route struct {
	Method, Path string // "GET", "/orgs/{org}"
	Policy       string // "public", "signed in", "asset"
	Body         int64  // the largest body it takes, in bytes
}

// Routes returns the table of routes, after Handler has been called.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

// A handler writes one page or returns why there is none.
type handler func(w http.ResponseWriter, r *http.Request, v Viewer) error

// defaultBody is the largest body of a request, in bytes, unless its route
// says otherwise (security.md row 37).
const defaultBody = 1 << 20

// An option changes what a route takes.
type option func(*Route)

// body lets a route take up to n bytes.
func body(n int64) option { return func(r *Route) { r.Body = n } }

// route mounts a handler. Who may ask is a required argument, so that no route
// exists without an answer to it.
func (s *Server) route(m *http.ServeMux, pattern string, p policy, h handler, opts ...option) {
	if p.String() == "" {
		panic("web: a route without a policy: " + pattern)
	}
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "", pattern
	}
	rt := Route{Method: method, Path: path, Policy: p.String(), Body: defaultBody}
	for _, o := range opts {
		o(&rt)
	}
	s.routes = append(s.routes, rt)
	m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		visitOf(r.Context()).route = pattern
		r.Body = http.MaxBytesReader(w, r.Body, rt.Body)
		v, err := s.enter(w, r, p)
		if errors.Is(err, errSentAway) {
			return
		}
		if err == nil {
			err = parseForm(r)
		}
		if err == nil {
			err = h(w, r, v)
		}
		if err != nil {
			s.fail(w, r, v, err)
		}
	})
}

// errSentAway says that the answer has been written: sign in first.
var errSentAway = errors.New("sent to sign in")

// enter finds out who is asking and sends strangers to sign in where the
// policy wants somebody.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, p policy) (Viewer, error) {
	if p == asset {
		return Viewer{}, nil
	}
	if _, err := r.Cookie(noteCookie); err == nil && r.Method == http.MethodGet {
		s.setCookie(w, noteCookie, "", -1) // this page shows it; see Shell.Flash
	}
	v, err := s.Session(r)
	v.prefer(r)
	if err != nil {
		return v, fmt.Errorf("session: %w", err)
	}
	if p == signedIn && !v.SignedIn {
		http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(here(r)), http.StatusSeeOther)
		return v, errSentAway
	}
	return v, nil
}

// maxFields is how many fields a form may have.
const maxFields = 1000

// parseForm reads an ordinary form before the handler asks for its values,
// because PostFormValue would swallow that the body is over the limit. Uploads
// are left to their handlers, which read them as they come.
func parseForm(r *http.Request) error {
	if r.Method != http.MethodPost || strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return &core.Error{Kind: core.Invalid, Msg: core.M("web.form.unreadable"), Err: err}
	}
	if len(r.PostForm) > maxFields {
		return core.Fail(core.Invalid, "web.form.unreadable")
	}
	return nil
}

// Handler returns every route of the site.
func (s *Server) Handler() http.Handler {
	if s.Session == nil {
		s.Session = s.session
	}
	m := http.NewServeMux()
	s.routes = nil
	s.mountStatic(m)
	s.mountSite(m)
	s.mountSession(m)
	s.mountMe(m)
	s.mountOrgs(m)
	s.mountToday(m)
	s.mountClocks(m)
	s.mountJobs(m)
	s.mountEnterprises(m)
	s.mountPeople(m)
	s.mountImport(m)
	s.mountCoverage(m)
	s.mountJournal(m)
	s.mountAPI(m)
	s.mountReference(m)
	s.mountOpinions(m)
	s.mountPosts(m)
	s.mountMentoring(m)
	s.mountFronts(m)
	s.mountProjects(m)
	s.mountPrivacy(m)
	s.mountBurden(m)
	s.mountAccounts(m)
	s.mountSettings(m)
	s.mountRetention(m)
	return s.guard(m)
}

// mountAPI hands everything under /api/v1 to the API; the log names its route.
func (s *Server) mountAPI(m *http.ServeMux) {
	if s.API == nil {
		return
	}
	h := s.API.Handler()
	m.HandleFunc("/api/v1/", func(w http.ResponseWriter, r *http.Request) {
		defer func() { visitOf(r.Context()).route = r.Pattern }()
		h.ServeHTTP(w, r)
	})
}

// HTTP returns a server of the site with its four time limits and its limit on
// headers (security.md rows 37 and 38). Shutdown and Serve are the caller's.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       5 * time.Minute, // a roster of 20,000 rows over a slow line
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
	}
}

// status is the only place where a kind of error becomes an HTTP status.
var status = map[core.Kind]int{
	core.Invalid:     http.StatusUnprocessableEntity,
	core.NotFound:    http.StatusNotFound,
	core.Forbidden:   http.StatusForbidden,
	core.Conflict:    http.StatusConflict,
	core.Unavailable: http.StatusServiceUnavailable,
	core.Internal:    http.StatusInternalServerError,
}

// fail writes the page that says why there is none. Only errors of ours reach
// the log, with their cause; the person gets the number under which it stands.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, v Viewer, err error) {
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		s.failAs(w, r, v, http.StatusRequestEntityTooLarge, core.M("web.body.large", size(big.Limit)))
		return
	}
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the visitor has left
	}
	kind := core.KindOf(err)
	if kind == core.Internal {
		s.Log.ErrorContext(r.Context(), "request failed",
			"request", visitOf(r.Context()).id, "method", r.Method, "route", visitOf(r.Context()).route, "err", err)
	}
	s.denied(r, v, err)
	s.failAs(w, r, v, status[kind], core.MsgOf(err))
}

// denied journals that somebody was refused a page. A change that is refused is
// journalled by the service that refuses it, and an address that no page has is
// nothing to tell.
func (s *Server) denied(r *http.Request, v Viewer, err error) {
	route := visitOf(r.Context()).route
	refused := errors.Is(err, core.Forbidden) || errors.Is(err, core.NotFound)
	if v.user.ID == 0 || r.Method == http.MethodPost || route == "/" || !refused {
		return
	}
	if jerr := s.Account.Denied(r.Context(), v.Actor, route, err); jerr != nil {
		s.Log.ErrorContext(r.Context(), "journal failed", "request", visitOf(r.Context()).id, "err", jerr)
	}
}

// failAs writes the failure page with a status of its own, for what is refused
// before a service was asked.
func (s *Server) failAs(w http.ResponseWriter, r *http.Request, v Viewer, code int, m core.Msg) {
	if s.API != nil && strings.HasPrefix(r.URL.Path, "/api/v1/") {
		s.API.Fail(w, r, code, m)
		return
	}
	v.prefer(r)
	sh := s.shell(r, v, "", "web.fail.title."+failWord(code))
	f := Failure{Shell: sh, Message: sh.say(m), Home: Link{Text: sh.T("web.fail.home"), Href: "/"}}
	f.Narrow = true
	if code == http.StatusInternalServerError {
		f.Number = visitOf(r.Context()).id
	}
	if code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "30")
	}
	if code == http.StatusConflict && r.Method == http.MethodPost {
		f.Home = Link{Text: sh.T("web.fail.reload"), Href: refererPath(r)}
	}
	if err := failurePage.write(w, code, f); err != nil {
		s.Log.ErrorContext(r.Context(), "failure page failed", "request", visitOf(r.Context()).id, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// failWord names the heading of a failure page, one per answer.
func failWord(code int) string {
	switch code {
	case http.StatusNotFound:
		return "absent"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusConflict:
		return "conflict"
	case http.StatusServiceUnavailable:
		return "unavailable"
	case http.StatusInternalServerError:
		return "internal"
	}
	return "invalid"
}

// A Failure says why there is no page.
type Failure struct {
	Shell
	Message string
	Number  string // of the request in the log, for failures of ours
	Home    Link   // where to go from here
}

var failurePage = newPage[Failure]("failure.html")
