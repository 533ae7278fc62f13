package web

import (
	"net/http"
	"strings"
	"testing"

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
