package api

import (
	"fmt"
	"testing"

	"tongpin/internal/access"
)

func TestAnAccountIsMadeGivenRolesAndClosed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		boss := w.as(access.Security, w.root)
		first := fmt.Sprintf(`{"login":"lin","name":"林若川","first":{"role":"secretary","org":%q},"reason":"组〔2026〕3号"}`, w.dow.ID)
		made := w.ask(201, "POST", "/accounts", boss, first, "Idempotency-Key", "k")
		again := w.ask(201, "POST", "/accounts", boss, first, "Idempotency-Key", "k")
		if made["id"] != again["id"] || w.count(`SELECT count(*) FROM users WHERE login = 'lin'`) != 1 {
			t.Errorf("made twice: %v, %v", made, again)
		}
		path := "/accounts/" + made["id"].(string)
		tag := w.do("GET", path, boss, "").Header().Get("ETag")
		member := fmt.Sprintf(`{"role":"member","org":%q,"reason":"转入"}`, w.dow.ID)
		got := w.ask(200, "POST", path+"/grant", boss, member, "If-Match", tag)
		if roles := got["roles"].([]any); len(roles) != 2 || got["state"] != "unused" {
			t.Errorf("granted: %v", got)
		}
		w.ask(412, "POST", path+"/revoke", boss, member, "If-Match", tag)
		w.ask(409, "POST", path+"/grant", boss, member)
		if p := w.ask(409, "POST", path+"/grant", boss, fmt.Sprintf(`{"role":"auditor","org":%q,"reason":"r"}`, w.root.ID)); p["code"] != "access.roles_apart" {
			t.Errorf("apart: %v", p)
		}
		for _, bad := range []struct{ body, field string }{
			{fmt.Sprintf(`{"role":"member","org":%q,"reason":" "}`, w.park.ID), "reason"},
			{`{"role":"member","reason":"r"}`, "org"},
			{fmt.Sprintf(`{"role":"member","org":%q,"enterprise":%q,"reason":"r"}`, w.park.ID, w.park.ID), "org"},
			{fmt.Sprintf(`{"role":"member","Role":"system","org":%q,"reason":"r"}`, w.park.ID), "Role"},
		} {
			if p := w.ask(422, "POST", path+"/grant", boss, bad.body); p["field"] != bad.field {
				t.Errorf("%s: %v", bad.body, p)
			}
		}
		w.ask(200, "POST", path+"/revoke", boss, member)
		w.ask(200, "POST", path+"/close", boss, `{"reason":"调离"}`)
		if l := items(w.ask(200, "POST", "/accounts/search", boss, `{"q":"若川","state":"closed"}`)); len(l) != 1 || l[0]["login"] != "lin" {
			t.Errorf("found: %v", l)
		}
		w.ask(200, "POST", path+"/reopen", boss, `{"reason":"调回"}`)
		w.ask(204, "POST", path+"/end-sessions", boss, "")
		if l := items(w.get(path+"/changes", boss)); len(l) != 6 || l[0]["action"] != "user.enable" || l[0]["reason"] != "调回" {
			t.Errorf("changes: %v", l)
		}
	})
}

func TestAccountsAreForWhoManagesThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		above := w.user(1, access.Place{Role: access.Member, Org: w.root.ID})
		far := w.user(2, access.Place{Role: access.Member, Org: w.foreign.ID})
		local := w.as(access.Security, w.park)
		for _, path := range []string{"/accounts/" + above.String(), "/accounts/" + far.String()} {
			w.ask(404, "GET", path, local, "")
			w.ask(404, "GET", path+"/changes", local, "")
			w.ask(404, "POST", path+"/close", local, `{"reason":"r"}`)
			w.ask(404, "POST", path+"/end-sessions", local, "")
		}
		w.ask(404, "POST", "/accounts", local, fmt.Sprintf(`{"login":"a1","name":"A","first":{"role":"member","org":%q},"reason":"r"}`, w.foreign.ID))
		for _, role := range []access.Role{access.System, access.Auditor, access.Registrar, access.Secretary, access.Member} {
			w.ask(403, "GET", "/accounts", w.as(role, w.root), "")
		}
		w.ask(403, "POST", "/accounts/"+above.String()+"/close", w.as(access.Security, w.root, "accounts:read"), `{"reason":"r"}`)
		for _, x := range items(w.get("/accounts", local)) {
			if x["id"] == above.String() || x["id"] == far.String() {
				t.Errorf("out of reach and listed: %v", x)
			}
		}
	})
}
