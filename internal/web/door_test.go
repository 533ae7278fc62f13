package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A door is the whole site as it is served, with sessions: below the root
// stands a park with two branches and an enterprise; the second realm repeats
// the shape.
type door struct {
	*desk
	park, alpha, beta, far org.Org
	mill, away             enterprise.Enterprise
}

func newDoor(t *testing.T, d *db.DB) *door {
	t.Helper()
	k := &door{desk: newDesk(t, d)}
	k.s.Session = nil
	k.s.Clock = &clock.Service{DB: d, Now: k.s.Now}
	k.s.Figure = &figure.Service{DB: d, Now: k.s.Now}
	k.h = k.s.Handler()
	since := core.NewDate(2015, 1, 1)
	k.park = k.found(1, org.Founding{Parent: k.root.ID, Name: "园区党工委", Kind: rule.Committee, FoundedOn: since})
	k.alpha = k.found(1, org.Founding{Parent: k.park.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: since})
	k.beta = k.found(1, org.Founding{Parent: k.park.ID, Name: "乙支部", Kind: rule.Branch, FoundedOn: since})
	k.far = k.found(2, org.Founding{Parent: k.other.ID, Name: "甲支部", Kind: rule.Branch, FoundedOn: since})
	k.tx(func(tx *db.Tx) (err error) {
		k.mill, err = enterprise.Register(t.Context(), tx, access.Machine(1), k.s.Now(), enterprise.Registration{Name: "纺织厂", Org: k.park.ID, Type: "private"})
		if err != nil {
			return err
		}
		k.away, err = enterprise.Register(t.Context(), tx, access.Machine(2), k.s.Now(), enterprise.Registration{Name: "纺织厂", Org: k.other.ID, Type: "private"})
		return err
	})
	k.exec(`UPDATE clocks SET state = 'dropped', ended_at = 0`) // of the enterprises: tests start their own
	return k
}

func (k *door) exec(query string, args ...any) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(k.t.Context(), query, args...)
		return err
	})
}

func (k *door) count(query string, args ...any) (n int) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) (err error) {
		n, err = db.One(k.t.Context(), tx, db.Int, query, args...)
		return err
	})
	return n
}

// person adds an account of the first realm that holds roles.
func (k *door) person(login string, places ...access.Place) (u account.User) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) (err error) {
		u, err = account.Add(k.t.Context(), tx, access.Machine(1), k.s.Now(), account.NewUser{Login: "user-" + login, Name: login, Lang: core.Hans})
		for _, p := range places {
			if err == nil {
				err = access.Grant(k.t.Context(), tx, access.Machine(1), u.ID, p, core.NewDate(2026, 1, 1), k.s.Now())
			}
		}
		return err
	})
	return u
}

func (k *door) link(u account.User) (token string) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) (err error) {
		token, err = account.IssueLink(k.t.Context(), tx, u.Realm, u.ID, k.s.Now().Add(time.Hour))
		return err
	})
	return token
}

// A guest is a browser: it keeps cookies and follows nothing.
type guest struct {
	k   *door
	jar map[string]*http.Cookie
}

func (k *door) stranger() *guest { return &guest{k, map[string]*http.Cookie{}} }

// enter signs a new person in who holds a role at an organisation.
func (k *door) enter(login string, role access.Role, at org.Org) *guest {
	k.t.Helper()
	return k.seat(k.person(login, access.Place{Role: role, Org: at.ID}))
}

// seat signs a person in.
func (k *door) seat(u account.User) *guest {
	k.t.Helper()
	g := k.stranger()
	g.ask(303, "POST", "/sign-in", form("token", k.link(u)))
	return g
}

func (g *guest) ask(want int, method, target, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	g.k.t.Helper()
	w := g.k.ask(want, method, target, form, append(change, func(r *http.Request) {
		for _, c := range g.jar {
			r.AddCookie(c)
		}
	})...)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(g.jar, c.Name)
		} else {
			g.jar[c.Name] = c
		}
	}
	return w
}

// try asks and returns the status, whatever it is.
func (g *guest) try(method, target string) int {
	g.k.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for _, c := range g.jar {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	g.k.h.ServeHTTP(w, r)
	return w.Code
}

func (g *guest) get(target string) *goquery.Document {
	g.k.t.Helper()
	return document(g.k.t, g.ask(200, "GET", target, ""))
}

// post sends a form that must succeed, and returns what the next page says of
// it.
func (g *guest) post(target string, values ...string) string {
	g.k.t.Helper()
	w := g.ask(303, "POST", target, form(values...))
	return g.get(w.Header().Get("Location")).Find(".notice").Text()
}

func (g *guest) again(target string, values ...string) *goquery.Document {
	g.k.t.Helper()
	return document(g.k.t, g.ask(422, "POST", target, form(values...)))
}

// says fails unless the words of a part of a page are these, blanks aside.
func says(t *testing.T, doc *goquery.Document, selector, want string) {
	t.Helper()
	if got := strings.Join(strings.Fields(doc.Find(selector).Text()), " "); got != want {
		t.Errorf("%s says %q, want %q", selector, got, want)
	}
}

// eachDoor runs a test on both engines.
func eachDoor(t *testing.T, f func(t *testing.T, k *door)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, newDoor(t, d)) })
}

// openRoutes is every route that somebody who has not signed in may ask for. All
// others send them to sign in.
var openRoutes = map[string]string{
	" /": "public", "GET /language": "public", "GET /theme": "public", "GET /sign-in": "public", "POST /sign-in": "public",
	"GET /sign-in/second": "public", "POST /sign-in/second": "public", "POST /sign-in/passkey": "public", "POST /sign-in/passkey/ask": "public",
	"GET /reset": "public", "POST /reset": "public",
	"POST /sign-out": "public", "GET /setup": "public", "POST /setup": "public", "GET /help": "public", "GET /accessibility": "public",
	"GET /privacy": "public", "GET /definitions": "public", "GET /static/{hash}/{name}": "asset", "GET /calendar/{file}": "public",
	"GET /p/{slug}": "public",
}

func TestEveryRouteHasItsDoor(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	seen := map[string]bool{}
	for _, r := range k.s.Routes() {
		name := r.Method + " " + r.Path
		seen[name] = true
		if want, ok := openRoutes[name]; ok {
			if r.Policy != want {
				t.Errorf("%s is %s, want %s", name, r.Policy, want)
			}
			continue
		}
		if r.Policy != "signed in" {
			t.Errorf("%s is %s: only the routes of the table are open to everybody", name, r.Policy)
			continue
		}
		target := fill(r.Path, func(string) string { return core.NewID(k.s.Now()).String() })
		w := k.stranger().ask(303, r.Method, target, "")
		if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/sign-in?next=") {
			t.Errorf("%s leads a stranger to %s", name, to)
		}
	}
	for name := range openRoutes {
		if !seen[name] {
			t.Errorf("%s is in the table and not on the site", name)
		}
	}
}

// fill puts a value into each hole of a route's path.
func fill(path string, value func(hole string) string) string {
	path = strings.TrimSuffix(path, "{$}")
	for {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			return path
		}
		hole, after, _ := strings.Cut(rest, "}")
		path = before + url.PathEscape(value(hole)) + after
	}
}
