package browser

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/app"
	"tongpin/internal/secret"
	"tongpin/internal/text"
)

// fresh serves a realm with one person in it who has a password.
func fresh(t *testing.T, login, password string) (*app.App, string) {
	t.Helper()
	a, _, err := app.Init(t.Context(), app.Config{Data: filepath.Join(t.TempDir(), "data"), Hold: "test", Log: slog.New(slog.DiscardHandler)}, "苏州市", secret.AES)
	if err != nil {
		t.Fatal(err)
	}
	who := access.Machine(a.Realm)
	top, err := a.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.Account.Add(t.Context(), who, account.NewUser{Login: login, Name: "周启明", Password: password})
	if err == nil {
		err = a.Account.Grant(t.Context(), who, u.ID, access.Place{Role: access.Secretary, Org: top}, account.Decision{})
	}
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	if err := a.Reach("", server.Listener.Addr()); err != nil {
		t.Fatal(err)
	}
	server.Config = &http.Server{Handler: a.Site().Handler} //nolint:gosec // a test
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, a.Account.Site
}

func (b *tab) signIn(login, password string) {
	b.t.Helper()
	b.visit("/sign-in")
	b.fill("name", login, "password", password)
	b.follow("main form .btn.go")
}

// TestPasskeysInTheBrowser makes a passkey with Chromium's own authenticator
// and signs in with it, alone and as the second step.
func TestPasskeysInTheBrowser(t *testing.T) {
	chromium(t)
	const login, password = "zhou", "correct horse battery"
	_, url := fresh(t, login, password)
	lang := text.Langs[0]
	b := open(t, url, lang)
	b.see(look{width: 1280})
	_, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{})
	b.do(err)
	key, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	b.do(err)

	b.signIn(login, password)
	b.visit("/me/factors")
	form := `form[data-passkey]`
	b.wait(`!document.querySelector('` + form + `').hidden && document.querySelector('[data-lacking]').hidden`)
	b.fill("name", "办公室电脑")
	b.follow(form + " button")
	b.wait(`document.querySelectorAll('.secret li').length === 10`)
	b.examine("codes", lang)
	b.see(look{width: 1280})
	b.visit("/me/factors")
	b.examine("factors-passkey", lang)
	b.see(look{width: 1280})

	out := func() {
		t.Helper()
		b.visit("/me")
		b.follow("form[action='/sign-out'] button")
		b.wait(`location.pathname === '/sign-in'`)
	}
	out()
	b.follow(form + " button")
	b.wait(`location.pathname === '/'`)
	out()
	b.signIn(login, password)
	b.wait(`location.pathname === '/sign-in/second'`)
	b.examine("second-step", lang)
	b.see(look{width: 1280})
	set := func(verified bool) {
		t.Helper()
		_, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: key.AuthenticatorID, IsUserVerified: verified})
		b.do(err)
	}
	set(false)
	value[any](b, `document.querySelector('`+form+` button').click()`)
	b.wait(`!document.querySelector('[data-failed]').hidden && location.pathname === '/sign-in/second'`)
	set(true)
	b.follow(form + " button")
	b.wait(`location.pathname === '/'`)

	b.visit("/me/factors")
	b.follow("form[action='/me/factors/passkeys/remove'] button")
	b.wait(`document.querySelector('.notice')?.innerText.includes('已经移除')`)
	out()
	b.follow(form + " button") // the device still has it; we do not
	b.wait(`document.querySelector('.errors')?.innerText.includes('没有通过')`)
	b.verdict(t, 400)
}

// TestAnAppInTheBrowser adds an app, signs in with it, and says what is missing
// where there are no scripts.
func TestAnAppInTheBrowser(t *testing.T) {
	chromium(t)
	const login, password = "zhou", "correct horse battery"
	_, url := fresh(t, login, password)
	lang := text.Langs[0]
	b := open(t, url, lang)
	b.see(look{width: 390, noScripts: true})
	b.visit("/sign-in")
	if !value[bool](b, `document.querySelector('form[data-passkey]').hidden && !document.querySelector('[data-lacking]').hidden`) {
		t.Error("without scripts the page does not say what is missing")
	}
	b.see(look{width: 1280})
	b.signIn(login, password)
	b.visit("/me/factors")
	b.follow("form[action='/me/factors/app'] button")
	b.wait(`document.querySelector('img.qr')?.naturalWidth > 100`)
	b.examine("app", lang)
	b.see(look{width: 1280})
	key := value[string](b, `document.querySelector('.secret code').textContent`)
	b.fill("code", codeOf(t, key, 0))
	b.follow("main form .btn.go")
	b.wait(`document.querySelectorAll('.secret li').length === 10`)
	recovery := value[string](b, `document.querySelector('.secret li code').textContent`)
	for _, code := range []string{codeOf(t, key, 1), recovery} {
		b.visit("/me")
		b.follow("form[action='/sign-out'] button")
		b.signIn(login, password)
		b.fill("code", code)
		b.follow("form[action='/sign-in/second'] .btn.go")
		b.wait(`location.pathname === '/'`)
	}
	b.visit("/me")
	b.examine("me-app", lang)
	b.verdict(t, 400)
}

// codeOf is what an app shows for a secret, a number of steps from now.
func codeOf(t *testing.T, secret string, away int64) string {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30+away)))
	sum := m.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&0xf:])&0x7fffffff%1_000_000)
}
