package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
)

func TestATokenIsShownOnce(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		if got := g.get("/me/tokens").Find(".soft").Text(); !strings.Contains(got, "还没有令牌") {
			t.Errorf("at first: %s", got)
		}
		if got := wordsOf(document(t, g.ask(http.StatusUnprocessableEntity, http.MethodPost, "/me/tokens", "name=&days=0")).Find(".errors")); !strings.Contains(got, "用途") || !strings.Contains(got, "范围") || !strings.Contains(got, "天") {
			t.Errorf("problems: %s", got)
		}
		doc := document(t, g.ask(http.StatusOK, http.MethodPost, "/me/tokens", "name=sync&days=30&scopes=orgs:read&scopes=imports:write"))
		value := doc.Find(".secret code").Text()
		_, actor, tok, err := b.s.Account.Bearer(t.Context(), value)
		if err != nil || actor.Via != audit.API || strings.Join(tok.Scopes, " ") != "imports:write orgs:read" {
			t.Fatalf("%v %v %v", actor, tok, err)
		}
		again := g.get("/me/tokens")
		if strings.Contains(again.Text(), value) || !strings.Contains(again.Find(".facts").Text(), "sync") {
			t.Error("the value is shown again, or the token is not listed")
		}
		g.ask(http.StatusSeeOther, http.MethodPost, "/me/tokens/revoke", "id="+again.Find("input[name=id]").AttrOr("value", ""))
		if _, _, _, err := b.s.Account.Bearer(t.Context(), value); err == nil {
			t.Error("a revoked token lets in")
		}
		g.ask(http.StatusNotFound, http.MethodPost, "/me/tokens/revoke", "id="+b.park.ID.String())
	})
}

// TestATokenIsMadeSoonAfterSigningIn: a session that was left open makes none,
// and the page says what to do.
func TestATokenIsMadeSoonAfterSigningIn(t *testing.T) {
	eachBase(t, func(t *testing.T, b *base) {
		g := b.enter("r", access.Registrar, b.park)
		b.tick.Add((14*time.Minute + 50*time.Second).Milliseconds())
		g.ask(http.StatusOK, http.MethodPost, "/me/tokens", "name=a&days=30&scopes=orgs:read")
		b.tick.Add((11 * time.Second).Milliseconds())
		doc := g.get("/me/tokens")
		if doc.Find("form[action='/me/tokens']").Length() != 0 || doc.Find("a[href^='/sign-in?again=1']").Length() != 1 {
			t.Error("the form is still there, or nothing says what to do")
		}
		says(t, document(t, g.ask(http.StatusForbidden, http.MethodPost, "/me/tokens", "name=b&days=30&scopes=orgs:read")), ".head p", "制作令牌前，请再登录一次。")
		if n := b.count(`SELECT count(*) FROM bearer_tokens`); n != 1 {
			t.Errorf("%d tokens, want 1", n)
		}
	})
}
