package browser

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/secret"
	"tongpin/internal/text"
)

// wait waits until an expression is true, at most ten seconds.
func (b *tab) wait(expression string) {
	b.t.Helper()
	for range 100 {
		if value[bool](b, expression) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("never true: %s\n%s", expression, value[string](b, `document.body.innerText.slice(0, 600)`))
}

// fill types into fields, by their names.
func (b *tab) fill(fields ...string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	for i := 0; i < len(fields); i += 2 {
		b.do(chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS(`main [name="`+fields[i]+`"]`), fields[i+1])))
	}
}

// TestTheFirstRun goes from an empty folder to the first steps on Today.
func TestTheFirstRun(t *testing.T) {
	chromium(t)
	a, token, err := app.Init(t.Context(), app.Config{Data: filepath.Join(t.TempDir(), "data"), Hold: "test", Log: slog.New(slog.DiscardHandler)}, "苏州市", secret.AES)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a.Site().Handler)
	t.Cleanup(func() {
		server.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, lang := range text.Langs {
		b := open(t, server.URL, lang)
		b.see(looks[0])
		b.visit("/setup?token=" + token)
		b.examine("setup", lang)
		b.verdict(t, 40)
	}
	lang := text.Langs[0]
	b := open(t, server.URL, lang)
	b.see(looks[0])
	if code := b.visit("/setup?token=" + token); code != 200 {
		t.Fatalf("status %d", code)
	}
	b.fill("name", "周启明", "login", "zhou", "password", "short")
	if code := b.follow("main form .btn.go"); code != 422 {
		t.Errorf("a short password: status %d", code)
	}
	if got := value[string](b, `document.querySelector('#password-err').textContent`); got != "密码至少10个字符。" {
		t.Fatalf("a short password: the page says %q", got)
	}
	b.fill("password", "correct horse battery")
	b.follow("main form .btn.go")
	b.wait(`location.pathname === '/'`)
	b.visit("/sign-in?token=" + registrar(t, a))
	b.follow("main form .btn.go")
	b.wait(`location.pathname === '/'`)
	if n := value[int](b, `document.querySelectorAll('.tasks li').length`); n != 3 {
		t.Errorf("%d first steps, want 3", n)
	}
	b.examine("first-day", lang)
}

// registrar adds an account that keeps the rosters, and returns its link.
func registrar(t *testing.T, a *app.App) string {
	t.Helper()
	ctx, who := t.Context(), access.Machine(a.Realm)
	at, err := a.Find(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.Account.Add(ctx, who, account.NewUser{Login: "lin", Name: "林若川"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Account.Grant(ctx, who, u.ID, access.Place{Role: access.Registrar, Org: at}, account.Decision{}); err != nil {
		t.Fatal(err)
	}
	token, err := a.Account.Link(ctx, who, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestAJobIsFollowed: the page of a job tells how far it is without being
// asked again, also after a reload, and says when it is over.
func TestAJobIsFollowed(t *testing.T) {
	chromium(t)
	s := start(t)
	set := func(query string, args ...any) {
		t.Helper()
		err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), query, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var id core.ID
	at := core.OrgID(s.one(t, holes["org"], s.Realm, "苏州工业园区党工委"))
	err := s.DB.Tx(t.Context(), func(tx *db.Tx) (err error) {
		id, err = s.Queue.Enqueue(t.Context(), tx, access.Machine(s.Realm), "intake.check", 0, at, 7532)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lang := text.Langs[0]
	b := open(t, s.url, lang, s.cookies(t, park, lang)...)
	b.see(look{width: 390})
	b.visit("/jobs/" + id.String())
	count := `document.querySelector('.job b')?.textContent`
	if got := value[string](b, count); got != "0/7,532" {
		t.Fatalf("at first %s", got)
	}
	set(`UPDATE jobs SET state = 'running', done = 4597, tries = 1, started_at = $2 WHERE id = $1`, id, db.Instant(s.Now().Add(-15*time.Second)))
	b.wait(count + ` === '4,597/7,532'`)
	b.examine("job", lang)
	b.visit("/jobs/" + id.String())
	set(`UPDATE jobs SET done = 7000 WHERE id = $1`, id)
	b.wait(count + ` === '7,000/7,532'`)
	set(`UPDATE jobs SET state = 'done', done = 7532, ended_at = $2 WHERE id = $1`, id, db.Instant(s.Now()))
	b.wait(`document.querySelector('.tag')?.textContent === '已完成' && !document.querySelector('[data-poll]')`)
	b.visit("/jobs")
	if got := value[string](b, `document.querySelector('tbody tr').innerText`); !strings.Contains(got, "已完成") {
		t.Errorf("the list says %q", got)
	}
}
