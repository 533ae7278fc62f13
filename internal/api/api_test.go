package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

func TestAnOrganisationIsReadAndAForeignOneIsNot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		if got := names(w.get("/orgs", tok)); got != "园区党工委 陶氏基地党支部" && got != "陶氏基地党支部 园区党工委" {
			t.Errorf("the list: %s", got)
		}
		one := w.get("/orgs/"+w.dow.ID.String(), tok)
		if one["name"] != "陶氏基地党支部" || one["founded_on"] != "2003-09-12" {
			t.Errorf("one: %v", one)
		}
		// What is missing, beside, above or of another realm answers alike.
		missing := w.do("GET", "/orgs/"+core.NewID(w.a.Now()).String(), tok, "")
		for _, id := range []core.OrgID{w.other.ID, w.root.ID, w.foreign.ID} {
			for _, tail := range []string{"", "/history", "/facts"} {
				rec := w.do("GET", "/orgs/"+id.String()+tail, tok, "")
				if rec.Code != 404 || rec.Body.String() != missing.Body.String() || fmt.Sprint(rec.Header()) != fmt.Sprint(missing.Header()) {
					t.Errorf("%s%s answers %d %s", id, tail, rec.Code, rec.Body)
				}
			}
		}
		for _, path := range []string{"/orgs/nothing", "/orgs?under=" + w.foreign.ID.String(), "/orgs?under=" + w.other.ID.String()} {
			if rec := w.do("GET", path, tok, ""); rec.Code != 404 || rec.Body.String() != missing.Body.String() {
				t.Errorf("%s answers %d %s", path, rec.Code, rec.Body)
			}
		}
	})
}

func TestPrincipals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/orgs/" + w.dow.ID.String()
		for _, role := range access.Roles {
			if role != access.Manager {
				w.get(path, w.as(role, w.park))
			}
		}
		user := w.user(1, access.Place{Role: access.Registrar, Org: w.park.ID})
		tok := w.token(1, user)
		w.ask(200, "GET", path, tok, "")
		w.ask(401, "GET", path, "", "")
		w.ask(401, "GET", path, tok+"x", "")
		w.ask(401, "GET", path, "tongpin_", "")
		w.ask(404, "GET", path, w.token(1, w.user(1)), "")
		w.ask(401, "GET", path, w.as(access.Registrar, w.foreign), "") // of another realm
		if got := w.ask(403, "GET", path, w.token(1, user, "people:read"), ""); got["code"] != "api.scope" {
			t.Errorf("a token of another scope: %v", got)
		}
		// A right that is taken, an account that is closed, a token that is revoked: at once.
		if err := w.a.Account.Take(t.Context(), access.Machine(1), user, access.Place{Role: access.Registrar, Org: w.park.ID}, account.Decision{}); err != nil {
			t.Fatal(err)
		}
		w.ask(401, "GET", path, tok, "")
		user = w.user(1, access.Place{Role: access.Registrar, Org: w.park.ID})
		tok = w.token(1, user)
		w.ask(200, "GET", path, tok, "")
		all, err := w.a.Account.Tokens(t.Context(), access.Machine(1), user)
		if err != nil || len(all) != 1 || all[0].LastUsedOn != core.NewDate(2026, 11, 24) {
			t.Fatalf("%v %v", all, err)
		}
		if err := w.a.Account.RevokeToken(t.Context(), access.Actor{Realm: 1, User: user, Via: "page"}, user, all[0].ID); err != nil {
			t.Fatal(err)
		}
		w.ask(401, "GET", path, tok, "")
		tok = w.token(1, user)
		w.days.Store(91)
		w.ask(401, "GET", path, tok, "")
		w.days.Store(0)
		if err := w.a.Account.Disable(t.Context(), access.Machine(1), user, account.Decision{}); err != nil {
			t.Fatal(err)
		}
		w.ask(401, "GET", path, tok, "")
	})
}

func TestWhatIsRefusedBeforeARoute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.root)
		for _, tt := range []struct {
			status             int
			code, method, path string
			headers            []string
		}{
			{400, "api.query.token", "GET", "/orgs?access_token=" + tok, nil},
			{400, "api.query.unknown", "GET", "/orgs?sort=name", nil},
			{400, "api.query.twice", "GET", "/orgs?q=a&q=b", nil},
			{400, "api.query.unreadable", "GET", "/orgs?q=%zz", nil},
			{422, "error.fields", "GET", "/orgs?limit=0", nil},
			{422, "error.fields", "GET", "/orgs?limit=many", nil},
			{422, "error.fields", "GET", "/orgs?on=yesterday", nil},
			{422, "error.fields", "GET", "/orgs?kind=club", nil},
			{400, "api.cursor", "GET", "/orgs?cursor=AAAAAgAAAAAAAAAAAAAAAAAAAAA", nil},
			{400, "api.method.override", "GET", "/orgs", []string{"X-HTTP-Method-Override", "DELETE"}},
			{405, "api.method.none", "DELETE", "/me", nil},
			{404, "error.not_found", "GET", "/nothing", nil},
			{422, "token.header", "GET", "/orgs", []string{"Authorization", "Basic abc"}},
		} {
			if got := w.ask(tt.status, tt.method, tt.path, tok, "", tt.headers...); got["code"] != tt.code {
				t.Errorf("%s %s: %v", tt.method, tt.path, got)
			}
		}
	})
}

func TestACursorHoldsForItsListAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 5 {
			w.found(1, org0(w, fmt.Sprintf("支部%d", i)))
		}
		tok := w.as(access.Registrar, w.park)
		seen := map[string]bool{}
		next, pages := "", 0
		for {
			page := w.get("/orgs?limit=3"+next, tok)
			for _, o := range items(page) {
				seen[o["id"].(string)] = true
			}
			pages++
			cursor, more := page["next"].(string)
			if !more {
				break
			}
			next = "&cursor=" + cursor
		}
		if len(seen) != 7 || pages != 3 {
			t.Errorf("%d organisations on %d pages", len(seen), pages)
		}
		for _, path := range []string{"/orgs?limit=4" + next, "/orgs?limit=3&q=x" + next, "/orgs?limit=3" + next[:len(next)-2] + "AA"} {
			if got := w.ask(400, "GET", path, tok, ""); got["code"] != "api.cursor" {
				t.Errorf("%s: %v", path, got)
			}
		}
		w.ask(400, "GET", "/orgs?limit=3"+next, w.as(access.Registrar, w.root), "") // another's cursor
	})
}

func TestAnUnchangedAnswerIsNotSentAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		path := "/orgs/" + w.dow.ID.String()
		tag := w.do("GET", path, tok, "").Header().Get("ETag")
		if !strings.HasPrefix(tag, `"1.`) {
			t.Fatalf("the tag is %s", tag)
		}
		rec := w.do("GET", path, tok, "", "If-None-Match", tag)
		if rec.Code != http.StatusNotModified || rec.Body.Len() != 0 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		w.found(1, org1(w)) // below it: the version stays, the answer changes
		if rec := w.do("GET", path, tok, "", "If-None-Match", tag); rec.Code != 200 {
			t.Errorf("an old answer passed for the present one: %d", rec.Code)
		}
	})
}

func TestAProblemIsInTheCallersLanguage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for lang, want := range map[string]string{"zh-CN": "没有登录", "zh-TW": "沒有登入", "en": "Not signed in"} {
			got := w.ask(401, "GET", "/me", "", "", "Accept-Language", lang)
			if got["title"] != want || got["code"] != "api.sign_in" || got["hint"] == "" {
				t.Errorf("%s: %v", lang, got)
			}
		}
		tok := w.as(access.Registrar, w.root)
		w.ask(403, "GET", "/orgs", w.as(access.Registrar, w.root, "me:read"), "")
		w.get("/me", tok)
	})
}

// TestADeniedLookIsJournalled checks that the journal has the route, not the address.
func TestADeniedLookIsJournalled(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		w.ask(404, "GET", "/orgs/"+w.other.ID.String(), tok, "")
		var got []string
		w.tx(func(tx *db.Tx) (err error) {
			got, err = db.All(t.Context(), tx, db.Text, `SELECT via || ' ' || note FROM journal WHERE realm_id = 1 AND outcome = 'denied'`)
			return err
		})
		if len(got) != 1 || got[0] != "api GET /api/v1/orgs/{org}" {
			t.Errorf("the journal: %v", got)
		}
	})
}
