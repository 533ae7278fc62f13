// Package api is REST v1: what pages do, for programs, over the same services.
// A handler reads its input, calls one method of a service and fills the API's
// own types; it decides nothing itself.
//
// route.go is the table of routes and what every request passes, bind.go and
// strict.go read input, problem.go writes failures, document.go describes it
// all. Every other file is the routes and the types of one noun.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"tongpin/internal/access"
	"tongpin/internal/account"
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
	"tongpin/internal/once"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/privacy"
	"tongpin/internal/project"
	"tongpin/internal/retention"
	"tongpin/internal/search"
	"tongpin/internal/secret"
	"tongpin/internal/setting"
	"tongpin/internal/text"
)

// Base is where the API stands on a site.
const Base = "/api/v1"

// An API serves one realm.
type API struct {
	Realm core.RealmID
	Now   core.Now // in the realm's zone
	Log   *slog.Logger
	Keys  *secret.Keyring

	Account    *account.Service
	Clock      *clock.Service
	Jobs       *job.Service
	Org        *org.Service
	Enterprise *enterprise.Service
	Member     *member.Service
	Figure     *figure.Service
	Intake     *intake.Service
	Setting    *setting.Service
	Privacy    *privacy.Service
	Retention  *retention.Service
	Search     *search.Service
	Journal    *journal.Service
	Opinion    *opinion.Service
	Project    *project.Service
	Front      *front.Service
	Answers    *once.Store

	// Burden runs the checks of package burden over the product.
	Burden func(context.Context) ([]burden.Line, error)

	routes   []Route
	describe []func(*document)
	mux      *http.ServeMux
	doc      func() []byte
}

// A Caller is who asks: the owner of a bearer token, or of a page's session.
type Caller struct {
	access.Actor
	User  account.User
	Token account.Token // zero for a session, which may whatever its user may
	Lang  core.Lang
}

// allows reports whether the credential is good for the scope.
func (c Caller) allows(scope string) bool { return c.Token.ID == 0 || c.Token.Allows(scope) }

// Handler returns the API, to be mounted at Base.
func (a *API) Handler() http.Handler {
	a.mux = http.NewServeMux()
	a.routes, a.describe = nil, nil
	a.doc = sync.OnceValue(a.write)
	a.mountDocument()
	a.mountMe()
	a.mountPrivacy()
	a.mountOrgs()
	a.mountOrgChanges()
	a.mountEnterprises()
	a.mountFigures()
	a.mountPeople()
	a.mountRetention()
	a.mountClocks()
	a.mountImports()
	a.mountExports()
	a.mountJobs()
	a.mountRules()
	a.mountSearch()
	a.mountAccounts()
	a.mountSettings()
	a.mountGrowth()
	a.mountOpinions()
	a.mountProjects()
	a.mountJournal()
	a.mountBurden()
	a.mux.HandleFunc("/", a.nothing)
	return http.HandlerFunc(a.serve)
}

// serve refuses what no route may see, before one is looked for.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	for name := range r.Header {
		if strings.HasSuffix(name, "-Method-Override") || name == "X-Http-Method" {
			a.fail(w, r, Caller{}, bad("api.method.override"))
			return
		}
	}
	a.mux.ServeHTTP(w, r)
}

// nothing answers an address, or a method of one, that has no route.
func (a *API) nothing(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		try := r.Clone(r.Context())
		try.Method = m
		if _, pattern := a.mux.Handler(try); pattern != "/" {
			allowed = append(allowed, m)
		}
	}
	if allowed != nil && !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		a.fail(w, r, Caller{}, refusal{http.StatusMethodNotAllowed, core.M("api.method.none")})
		return
	}
	a.fail(w, r, Caller{}, core.NotFound)
}

// caller finds out who asks.
func (a *API) caller(r *http.Request) (Caller, error) {
	c := Caller{Lang: text.Match(r.Header.Get("Accept-Language"))}
	cred, err := account.ReadCredential(r)
	if err != nil || cred.Value == "" {
		return c, err
	}
	if cred.Bearer {
		c.User, c.Actor, c.Token, err = a.Account.Bearer(r.Context(), cred.Value)
	} else {
		c.User, c.Actor, err = a.Account.Session(r.Context(), cred.Value)
		c.Via = "api"
	}
	if core.KindOf(err) == core.Forbidden && err != nil {
		return c, refusal{http.StatusUnauthorized, core.MsgOf(err)}
	}
	if r.Header.Get("Accept-Language") == "" && c.User.Lang != "" {
		c.Lang = c.User.Lang
	}
	return c, err
}

// under returns the organisation that a list is looked at from: the one that is
// asked for, else the highest at which the caller holds a role.
func (a *API) under(ctx context.Context, c *Call, id ID) (core.OrgID, error) {
	if id != 0 {
		return core.OrgID(id), nil
	}
	held, err := a.Account.Places(ctx, c.Actor)
	if err != nil {
		return 0, err
	}
	for _, p := range held {
		if p.Org != 0 {
			return p.Org, nil
		}
	}
	return 0, core.NotFound
}
