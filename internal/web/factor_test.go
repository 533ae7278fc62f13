package web

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/account"
)

// code is what an app shows for the secret on the page, a number of steps away
// from now.
func (k *door) code(secret string, away int64) string {
	k.t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		k.t.Fatal(err)
	}
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(k.s.Now().Unix()/30+away)))
	sum := m.Sum(nil)
	at := sum[19] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

func (k *door) account(login string, role access.Role) account.User {
	k.t.Helper()
	u, err := k.s.Account.Add(k.t.Context(), access.Machine(1), account.NewUser{Login: login, Name: login, Password: password, Lang: "zh-Hans"})
	if err == nil {
		err = k.s.Account.Grant(k.t.Context(), access.Machine(1), u.ID, access.Place{Role: role, Org: k.alpha.ID}, account.Decision{})
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return u
}

func TestASecondStepOnThePages(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.account("huang", access.Secretary)
		g := k.stranger()
		g.ask(303, "POST", "/sign-in", form("name", "huang", "password", password))
		before := g.jar[sessionCookie].Value
		g.ask(404, "GET", "/me/factors/app", "")
		if to := g.ask(303, "POST", "/me/factors/app", "").Header().Get("Location"); to != "/me/factors/app" {
			t.Errorf("leads to %s", to)
		}
		doc := g.get("/me/factors/app")
		secret := doc.Find(".secret code").Text()
		if png := g.ask(200, "GET", doc.Find("img.qr").AttrOr("src", ""), ""); png.Header().Get("Content-Type") != "image/png" || png.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("the picture is %v", png.Header())
		}
		says(t, g.again("/me/factors/app/confirm", "code", "12345"), "#code-err", "验证码不对，或者已经用过。")
		doc = document(t, g.ask(200, "POST", "/me/factors/app/confirm", form("code", k.code(secret, 0))))
		if n := doc.Find(".secret li").Length(); n != 10 || g.jar[sessionCookie].Value == before {
			t.Errorf("%d recovery codes, and the session's id is new: %v", n, g.jar[sessionCookie].Value != before)
		}
		says(t, g.get("/me/factors"), "h2 .tag", "已开")
		h := k.stranger()
		h.jar[sessionCookie] = &http.Cookie{Name: sessionCookie, Value: strings.Repeat("A", 43)} // preset before signing in
		w := h.ask(303, "POST", "/sign-in", form("name", "huang", "password", password, "next", "/clocks"))
		if to := w.Header().Get("Location"); to != "/sign-in/second?next=%2Fclocks" {
			t.Errorf("leads to %s", to)
		}
		if c := h.jar[pendingCookie]; c == nil || !c.HttpOnly || c.MaxAge != 600 || h.jar[sessionCookie].Value != strings.Repeat("A", 43) {
			t.Fatalf("got %+v", h.jar)
		}
		h.ask(303, "GET", "/clocks", "")
		says(t, h.get("/sign-in/second"), ".head p", "huang，密码这一步过了。再确认一次就进去。")
		doc = h.again("/sign-in/second", "code", "000000", "next", "/clocks")
		if says(t, doc, "#code-err", "验证码不对，或者已经用过。"); doc.Find("#code").AttrOr("value", "") != "" || doc.Find("input[name=next]").AttrOr("value", "") != "/clocks" {
			t.Error("the form does not come back as it was")
		}
		thief := k.stranger()
		w = thief.ask(303, "POST", "/sign-in/second", form("code", k.code(secret, 1)))
		if to := w.Header().Get("Location"); !strings.HasPrefix(to, "/sign-in?") || thief.jar[sessionCookie] != nil {
			t.Errorf("another browser is led to %s with %v", to, thief.jar)
		}
		says(t, thief.get("/sign-in"), ".notice", "这次登录隔得太久，或者已经用过，请从头登录。")
		if to := h.ask(303, "POST", "/sign-in/second", form("code", k.code(secret, 1), "next", "/clocks")).Header().Get("Location"); to != "/clocks" {
			t.Errorf("leads to %s", to)
		}
		if c := h.jar[sessionCookie]; c == nil || c.Value == strings.Repeat("A", 43) || h.jar[pendingCookie] != nil {
			t.Errorf("got %+v", h.jar)
		}
		h.get("/clocks")
	})
}

func TestSessionsOnThePage(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		u := k.account("huang", access.Secretary)
		g, other, third := k.seat(u), k.seat(u), k.seat(u)
		doc := g.get("/me/sessions")
		says(t, doc, ".facts dt .tag", "这一个")
		id, ok := doc.Find("input[name=id]").First().Attr("value")
		if n := doc.Find(".facts form").Length(); n != 2 || !ok {
			t.Fatalf("%d sessions can be ended, want 2", n)
		}
		if said := g.post("/me/sessions", "id", id); said != "已经结束。" {
			t.Errorf("the page says %q", said)
		}
		g.ask(404, "POST", "/me/sessions", form("id", id))
		g.post("/me/sessions")
		other.ask(303, "GET", "/me", "")
		third.ask(303, "GET", "/me", "")
		g.get("/me")
	})
}

func TestAResetInPerson(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.account("lin", access.Member)
		far := k.person("far", access.Place{Role: access.Member, Org: k.beta.ID})
		g := k.seat(k.account("huang", access.Secretary))
		if g.get("/me").Find("a[href='/accounts/reset']").Length() != 1 {
			t.Error("the secretary is not led to the page")
		}
		for _, nobody := range []string{"nobody", far.Login, ""} {
			says(t, g.again("/accounts/reset", "login", nobody), "#login-err", "没有这个用户名，或者不归你管。")
		}
		says(t, g.again("/accounts/reset", "login", "huang"), ".errors li", "自己的密码在“我的”里改，重设码要由别人发。")
		doc := document(t, g.ask(200, "POST", "/accounts/reset", form("login", "lin", "factors", "yes")))
		code := doc.Find(".secret code").Text()
		if says(t, doc, "h1", "给lin的重设码"); len(code) != 19 {
			t.Fatalf("the code is %q", code)
		}
		m := k.seat(k.account("member", access.Member))
		m.ask(404, "GET", "/accounts/reset", "")
		m.ask(403, "POST", "/accounts/reset", form("login", "lin"))
		if m.get("/me").Find("a[href='/accounts/reset']").Length() != 0 {
			t.Error("a member is led to the page")
		}
		h := k.stranger()
		h.get("/reset")
		doc = h.again("/reset", "login", "lin", "code", "AAAA", "password", "another long one")
		if says(t, doc, ".errors li", "用户名或者重设码不对，或者重设码已经过期、用过。"); doc.Find("#login").AttrOr("value", "") != "lin" || doc.Find("#password").AttrOr("value", "") != "" {
			t.Error("the form does not come back as it was")
		}
		if said := h.post("/reset", "login", "lin", "code", code, "password", "another long one"); said != "密码已改，请用新密码登录。" {
			t.Errorf("the page says %q", said)
		}
		h.ask(303, "POST", "/sign-in", form("name", "lin", "password", "another long one"))
		h.get("/me")
		if strings.Contains(k.log.String(), code) {
			t.Error("the log holds the code")
		}
	})
}

func TestPasskeysNeedTheirAddress(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		g := k.seat(k.account("huang", access.Secretary))
		says(t, g.get("/me/factors"), ".half > .panel .note", "这里还不能用通行密钥：管理员要先用 --url 说明网站地址。")
		if k.stranger().get("/sign-in").Find(".passkey").Length() != 0 {
			t.Error("there is a button that cannot work")
		}
		k.s.Account.Site = "https://tongpin.example"
		says(t, k.stranger().get("/sign-in"), ".passkey", "通行密钥只在 https://tongpin.example 能用。")
		k.s.Account.Site = "http://example.com" // httptest's
		doc := g.get("/me/factors")
		if f := doc.Find("form[data-passkey=create]"); f.Length() != 1 || f.AttrOr("hidden", "no") != "" || doc.Find("script[src*='passkey.js']").Length() != 1 {
			t.Error("there is no form, or it shows without its script")
		}
		w := g.ask(200, "POST", "/me/factors/passkeys/ask", "")
		if !strings.Contains(w.Body.String(), `"residentKey":"required"`) || !strings.Contains(w.Body.String(), `"userVerification":"required"`) {
			t.Errorf("the browser is asked %s", w.Body)
		}
		says(t, g.again("/me/factors/passkeys", "name", "", "credential", "{}"), "#name-err", "给通行密钥起个名字，比如“办公室电脑”。")
		says(t, g.again("/me/factors/passkeys", "name", "x", "credential", "{}"), ".errors li", "这个通行密钥没有通过，请再试一次。")
		h := k.stranger()
		if h.ask(200, "POST", "/sign-in/passkey/ask", ""); h.jar[pendingCookie] == nil {
			t.Error("the challenge is bound to no browser")
		}
		says(t, h.again("/sign-in/passkey", "credential", "{}"), ".errors li", "这个通行密钥没有通过，请再试一次。")
	})
}

func TestBrowsersAreNamedCoarsely(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                    "Firefox",
		"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge",
		"Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1":                                      "Safari",
		"Mozilla/5.0 (Linux; Android 15) Chrome/130 Mobile MicroMessenger/8.0":                                      "WeChat",
		"<script>alert(1)</script>": "", "": "",
	} {
		if got := device(agent); got != want {
			t.Errorf("%s: got %q, want %q", agent, got, want)
		}
	}
}

func TestOnlyOurProxySaysWhoAsks(t *testing.T) {
	s := &Server{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.1.0.0/16")}}
	for _, tt := range []struct{ from, says, want string }{
		{"127.0.0.1:5000", "203.0.113.7", "203.0.113.7"},
		{"127.0.0.1:5000", "198.51.100.1, 203.0.113.7", "203.0.113.7"}, // what the visitor made up stands first
		{"127.0.0.1:5000", "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"},
		{"127.0.0.1:5000", "2001:db8::1", "2001:db8::1"},
		{"127.0.0.1:5000", "", "127.0.0.1"},
		{"127.0.0.1:5000", "unknown", "127.0.0.1"},
		{"127.0.0.1:5000", "203.0.113.7, x", "127.0.0.1"},
		{"192.0.2.1:5000", "203.0.113.7", "192.0.2.1"},
		{"[::1]:5000", "203.0.113.7", "::1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.from
		r.Header.Set("X-Forwarded-For", tt.says)
		if got := s.peer(r).Addr; got != tt.want {
			t.Errorf("%s says %q: got %s, want %s", tt.from, tt.says, got, tt.want)
		}
	}
}
