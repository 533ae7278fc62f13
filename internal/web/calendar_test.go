package web

import (
	"net/http"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/text"
)

func etag(tag string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("If-None-Match", tag) }
}

// feed makes a feed on the page and returns its address.
func (g *guest) feed(name string) string {
	g.k.t.Helper()
	doc := document(g.k.t, g.ask(200, "POST", "/me/calendar", form("name", name)))
	return doc.Find(".secret code").Text()
}

func TestOnesDeadlinesInACalendar(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		mine := k.recheck(1, k.mill.ID, k.alpha.ID, k.today().AddDays(40))
		k.start(1, clock.TermOf(k.beta.ID, core.NewDate(2023, 11, 24), k.today().AddDays(2)))
		k.recheck(2, k.away.ID, k.far.ID, k.today().AddDays(3))
		k.person("乙书记", access.Place{Role: access.Secretary, Org: k.beta.ID})
		g, other := k.enter("甲书记", access.Secretary, k.alpha), k.enter("园区", access.Registrar, k.park)
		says(t, g.get("/me/calendar"), "main .panel p.soft", "还没有订阅。")
		says(t, g.again("/me/calendar", "name", " "), "#name-err", text.T(core.Hans, "token.name.missing"))
		at := g.feed("我的手机")
		if !strings.HasPrefix(at, "/calendar/") || !strings.HasSuffix(at, ".ics") {
			t.Fatalf("the address is %q", at)
		}
		w := k.stranger().ask(200, "GET", at, "")
		body := unfold(w.Body.String())
		uid := "UID:clock-" + mine.ID.String() + "@tongpin\r\n"
		if !strings.Contains(body, uid) || strings.Count(body, "BEGIN:VEVENT") != 1 || !strings.Contains(body, "STATUS:CONFIRMED\r\n") {
			t.Errorf("got %s", body)
		}
		if w.Header().Get("Content-Type") != "text/calendar; charset=utf-8" || w.Header().Get("Cache-Control") != "private, no-cache" || strings.Contains(body, "书记") {
			t.Errorf("got %v\n%s", w.Header(), body)
		}
		tag := w.Header().Get("ETag")
		if again := k.stranger().ask(304, "GET", at, "", etag(`"x", `+tag)); again.Body.Len() != 0 || again.Header().Get("ETag") != tag {
			t.Errorf("304 with %q", again.Body)
		}
		if park := unfold(k.stranger().ask(200, "GET", other.feed("p"), "").Body.String()); strings.Count(park, "BEGIN:VEVENT") != 0 {
			t.Errorf("those of branches with a secretary stand in the park's: %s", park)
		}
		k.exec(`UPDATE clocks SET provisional = $1 WHERE id = $2`, true, mine.ID)
		if body = unfold(k.stranger().ask(200, "GET", at, "", etag(tag)).Body.String()); !strings.Contains(body, "STATUS:TENTATIVE\r\n") || !strings.Contains(body, "（暂定）\r\n") || !strings.Contains(body, "SEQUENCE:0\r\n") {
			t.Errorf("provisional: %s", body)
		}
		g.post("/clocks/"+mine.ID.String()+"/end", shown(mine, "end_state", "dropped", "end_reason", "企业注销")...)
		if body = unfold(k.stranger().ask(200, "GET", at, "").Body.String()); !strings.Contains(body, uid) || !strings.Contains(body, "STATUS:CANCELLED\r\n") || !strings.Contains(body, "SEQUENCE:2\r\n") {
			t.Errorf("ended: %s", body)
		}
		if log := k.log.String(); strings.Contains(log, strings.TrimSuffix(strings.TrimPrefix(at, "/calendar/"), ".ics")) || !strings.Contains(log, `"route":"GET /calendar/{file}"`) {
			t.Error("the log holds the token")
		}
		if n := k.count(`SELECT count(*) FROM bearer_tokens WHERE hash LIKE $1`, "%"+at[10:20]+"%"); n != 0 {
			t.Error("the database holds the token")
		}
	})
}

// unfold joins folded lines.
func unfold(s string) string { return strings.ReplaceAll(s, "\r\n ", "") }

func TestARevokedFeedIsLikeNone(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		u := k.person("甲书记", access.Place{Role: access.Secretary, Org: k.alpha.ID})
		g, in := k.seat(u), k.stranger()
		never := "/calendar/" + strings.Repeat("A", 43) + ".ics"
		absent := func(at string) {
			t.Helper()
			one, none := in.ask(404, "GET", at, ""), in.ask(404, "GET", never, "")
			same := strings.NewReplacer(at[10:53], "TOKEN", never[10:53], "TOKEN")
			if same.Replace(one.Body.String()) != same.Replace(none.Body.String()) {
				t.Errorf("%s is not like none", at)
			}
			one.Header().Del("X-Request-Id")
			none.Header().Del("X-Request-Id")
			if len(one.Header()) != len(none.Header()) {
				t.Errorf("%v, and for none %v", one.Header(), none.Header())
			}
		}
		revoke := func() {
			t.Helper()
			id := g.get("/me/calendar").Find("form[action='/me/calendar/revoke'] input[name=id]").First().AttrOr("value", "")
			if said := g.post("/me/calendar/revoke", "id", id); !strings.Contains(said, "订阅已撤销") {
				t.Errorf("the page says %q", said)
			}
		}
		at := g.feed("a")
		in.ask(200, "GET", at, "")
		if used := g.get("/me/calendar").Find(".facts small").Text(); !strings.Contains(used, "2026年11月24日") {
			t.Errorf("last use: %q", used)
		}
		revoke()
		absent(at)
		closed := g.feed("b")
		k.tx(func(tx *db.Tx) error { return account.RevokeAll(t.Context(), tx, k.s.Now(), 1, u.ID, "") })
		absent(closed)
		g = k.seat(u)
		if doc := g.get("/me/tokens"); strings.Contains(doc.Find("main").Text(), "b") && doc.Find("form[action='/me/tokens/revoke']").Length() != 0 {
			t.Error("feeds stand among the tokens")
		}
		old := g.feed("c")
		k.exec(`UPDATE users SET disabled = $1 WHERE id = $2`, true, u.ID)
		absent(old)
		for _, path := range []string{"/calendar/x.ics", "/calendar/" + strings.Repeat("A", 43), "/calendar/.ics", "/calendar/" + strings.Repeat("A", 5000) + ".ics"} {
			in.ask(404, "GET", path, "")
		}
	})
}

// A feed's token is no bearer token, and a bearer token opens no feed.
func TestAFeedOpensNothingElse(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	u := k.person("甲书记", access.Place{Role: access.Secretary, Org: k.alpha.ID})
	who := access.Actor{Realm: 1, User: u.ID, Via: "page"}
	value, _, err := k.s.Account.MakeFeed(t.Context(), who, u.ID, "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []string{value, "tongpin_" + value, "calendar_" + value} {
		if _, _, _, err := k.s.Account.Bearer(t.Context(), try); core.KindOf(err) != core.Forbidden {
			t.Errorf("%.12s…: got %v", try, err)
		}
	}
	bearer, _, err := k.s.Account.MakeToken(t.Context(), access.Machine(1), u.ID, account.NewToken{Name: "b", Scopes: []string{"clocks:read"}})
	if err != nil {
		t.Fatal(err)
	}
	k.stranger().ask(404, "GET", "/calendar/"+strings.TrimPrefix(bearer, "tongpin_")+".ics", "")
	if _, _, err := k.s.Account.MakeToken(t.Context(), who, u.ID, account.NewToken{Name: "c", Scopes: []string{"calendar"}}); core.KindOf(err) != core.Invalid {
		t.Errorf("a bearer token for calendars: got %v", err)
	}
	if _, _, err := k.s.Account.MakeFeed(t.Context(), access.Actor{Realm: 1, User: u.ID, Via: "api"}, u.ID, "d"); core.KindOf(err) != core.NotFound {
		t.Errorf("a token makes a feed: got %v", err)
	}
	stranger := k.person("x")
	if _, err := k.s.Account.Feeds(t.Context(), access.Actor{Realm: 1, User: stranger.ID, Via: "page"}, u.ID); core.KindOf(err) != core.NotFound {
		t.Errorf("another's feeds: got %v", err)
	}
}
