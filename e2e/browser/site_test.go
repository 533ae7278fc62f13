package browser

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A role is who looks: one of the nine people of the example, or a stranger.
type role string

// The roles of the table of pages, as demo.Person names them.
const (
	stranger  role = ""
	city      role = "city"      // department of the whole city
	park      role = "park"      // registrar of the park
	committee role = "committee" // secretary of an enterprise's committee
	secretary role = "branch"    // secretary of a branch
	member    role = "member"
	manager   role = "manager" // of an enterprise, who reads English
	security  role = "security"
	auditor   role = "auditor"
	system    role = "system"
)

// A site is the example, served in this process, with who has signed in.
type site struct {
	*app.App
	url      string
	sessions map[role]*http.Cookie
}

var (
	stopSite = func() {}
	// theSite is built once per run, when the first test asks for it.
	theSite = sync.OnceValues(buildSite)
)

func buildSite() (*site, error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tongpin-browser-")
	if err != nil {
		return nil, err
	}
	stopSite = func() { _ = os.RemoveAll(dir) }
	a, people, err := app.Demo(ctx, app.Config{Data: filepath.Join(dir, "data"), Hold: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	pages := a.Pages()
	pages.Gallery, pages.Log = true, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	server := httptest.NewServer(pages.Handler())
	stopSite = func() {
		server.Close()
		_ = a.Close()
		_ = os.RemoveAll(dir)
	}
	if err := a.Reach("", server.Listener.Addr()); err != nil {
		return nil, err
	}
	s := &site{a, a.Account.Site, map[role]*http.Cookie{}}
	for _, p := range people {
		if s.sessions[role(p.Key)], err = s.enter(p.Token); err != nil {
			return nil, fmt.Errorf("sign in %s: %w", p.Key, err)
		}
	}
	return s, nil
}

// quiet asks without following redirects.
var quiet = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// enter signs in by a link and returns the session's cookie.
func (s *site) enter(token string) (*http.Cookie, error) {
	res, err := quiet.PostForm(s.url+"/sign-in", url.Values{"token": {token}})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "session" && c.MaxAge > 0 {
			return &http.Cookie{Name: c.Name, Value: c.Value}, nil
		}
	}
	b, _ := io.ReadAll(res.Body)
	return nil, fmt.Errorf("status %d without a session: %.300s", res.StatusCode, b)
}

// start returns the site; the browser tests share one.
func start(t *testing.T) *site {
	t.Helper()
	s, err := theSite()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cookies returns what makes the site know the role, in a language: it is the
// account's own, as the switch at the foot of a page leaves it.
func (s *site) cookies(t *testing.T, who role, lang core.Lang) []*http.Cookie {
	t.Helper()
	if who == stranger {
		return nil
	}
	session := s.sessions[who]
	if session == nil {
		t.Fatalf("nobody of the example is %q", who)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/language?to="+string(lang), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(session)
	res, err := quiet.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return []*http.Cookie{session}
}

// hole is a place in an address that only the running site can fill:
// {org:NAME}, {enterprise:NAME}, {own} (the member's record), {visited} (an
// enterprise of the park that somebody calls on), {managed} (the manager's),
// {account:NAME}, {building}, {clock} (the most
// pressing deadline of the branch), {link} (a sign-in link).
var hole = regexp.MustCompile(`\{(\w+)(?::([^}]+))?\}`)

// address fills the holes of a path.
func (s *site) address(t *testing.T, path string) string {
	t.Helper()
	return hole.ReplaceAllStringFunc(path, func(h string) string {
		m := hole.FindStringSubmatch(h)
		if m[1] == "link" {
			who, err := s.Account.ByLogin(t.Context(), access.Machine(s.Realm), "demo-member")
			if err != nil {
				t.Fatal(err)
			}
			token, err := s.Account.Link(t.Context(), access.Machine(s.Realm), who.ID)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		query, ok := holes[m[1]]
		if !ok {
			t.Fatalf("%s: nothing is known of %s", path, h)
		}
		return s.one(t, query, s.Realm, m[2]).String()
	})
}

// holes finds a record by name. Each takes the realm and the name.
var holes = map[string]string{
	"org":        `SELECT id FROM orgs WHERE realm_id = $1 AND name = $2 AND dissolved_on IS NULL`,
	"enterprise": `SELECT id FROM enterprises WHERE realm_id = $1 AND name = $2`,
	"project":    `SELECT id FROM projects WHERE realm_id = $1 AND title = $2`,
	"visited": `SELECT min(v.enterprise_id) FROM visits v JOIN enterprises e ON e.realm_id = v.realm_id AND e.id = v.enterprise_id
		JOIN users u ON u.realm_id = v.realm_id AND u.login = 'demo-park' JOIN grants g ON g.realm_id = u.realm_id AND g.user_id = u.id
		JOIN orgs o ON o.realm_id = g.realm_id AND o.id = g.org_id
		WHERE v.realm_id = $1 AND substr(e.path, 1, length(o.path)) = o.path AND $2 = ''`,
	"managed": `SELECT g.enterprise_id FROM grants g JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id
		WHERE g.realm_id = $1 AND u.login = 'demo-manager' AND $2 = ''`,
	"account":  `SELECT id FROM users WHERE realm_id = $1 AND name = $2`,
	"building": `SELECT min(id) FROM groupings WHERE realm_id = $1 AND kind = 'building' AND $2 = ''`,
	"own":      `SELECT person_id FROM users WHERE realm_id = $1 AND login = 'demo-member' AND $2 = ''`,
	"clock": `SELECT c.id FROM clocks c JOIN users u ON u.realm_id = c.realm_id AND u.login = 'demo-branch'
		JOIN grants g ON g.realm_id = c.realm_id AND g.user_id = u.id AND g.org_id = c.org_id
		WHERE c.realm_id = $1 AND c.ended_at IS NULL AND $2 = '' ORDER BY c.due_on, c.id LIMIT 1`,
}

// one returns the only id that a query finds.
func (s *site) one(t *testing.T, query string, args ...any) (id core.ID) {
	t.Helper()
	err := s.DB.View(t.Context(), func(tx *db.Tx) error {
		found, err := db.All(t.Context(), tx, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }, query, args...)
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("%d records instead of one", len(found))
		}
		if err == nil {
			id = found[0]
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s %v: %v", strings.Join(strings.Fields(query), " "), args, err)
	}
	return id
}
