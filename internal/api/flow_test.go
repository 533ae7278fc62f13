package api

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	json "github.com/go-json-experiment/json"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/job"
	"tongpin/internal/purpose"
)

const (
	canaryID    = "320500197001011239"
	canaryPhone = "19900002296"
)

func person(w *world) string {
	return fmt.Sprintf(`{"name":"许知一","sex":"male","kind":"full","joined_on":"2010-06-01","confirmed_on":"2011-06-01","org":%q,"phone":%q}`, w.dow.ID, canaryPhone)
}

func TestAPersonIsAddedFoundOpenedAndMoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		made := w.ask(201, "POST", "/people", tok, person(w))
		path := "/people/" + made["id"].(string)
		if got := w.get(path, tok); got["phone_masked"] != "199****2296" || strings.Contains(fmt.Sprint(got), canaryPhone) {
			t.Errorf("the record: %v", got)
		}
		for _, q := range []string{"许知", "xzy", canaryPhone} {
			if got := w.ask(200, "POST", "/people/search", tok, fmt.Sprintf(`{"q":%q}`, q)); names(got) != "许知一" {
				t.Errorf("%s: %v", q, got)
			}
		}
		open := `{"field":"phone","purpose":"contact"}`
		if got := w.ask(200, "POST", path+"/open", tok, open); got["value"] != canaryPhone {
			t.Errorf("opened: %v", got)
		}
		w.ask(422, "POST", path+"/open", tok, `{"field":"phone"}`)
		w.ask(403, "POST", path+"/open", w.as(access.Registrar, w.park, "people:read", "people:write"), open)
		w.ask(404, "POST", path+"/open", w.as(access.Registrar, w.other), open)
		w.ask(403, "GET", path, w.as(access.Department, w.park), "")
		w.ask(403, "GET", "/people", w.as(access.Department, w.park), "")
		w.ask(404, "GET", "/people?under="+w.foreign.ID.String(), tok, "")
		tag := w.do("GET", path, tok, "").Header().Get("ETag")
		w.ask(200, "PATCH", path, tok, `{"position":"工程师"}`, "If-Match", tag)
		w.ask(412, "PATCH", path, tok, `{"position":"主任"}`, "If-Match", tag)
		w.ask(422, "PATCH", path, tok, `{"org":"06F2QW0000001"}`)
		w.ask(200, "POST", path+"/transfer", tok, fmt.Sprintf(`{"to":%q,"reason":"调动"}`, w.park.ID))
		w.ask(404, "POST", path+"/transfer", tok, fmt.Sprintf(`{"to":%q}`, w.other.ID))
		w.get("/people/counts", tok)
		w.ask(201, "POST", "/orgs/"+w.park.ID.String()+"/officers", tok, fmt.Sprintf(`{"person":%q,"duty":"secretary","from":"2026-11-24"}`, made["id"]))
		w.get("/orgs/"+w.park.ID.String(), tok)
		w.ask(200, "POST", path+"/end", tok, `{"reason":"去世"}`)
		if strings.Contains(w.log.String(), canaryPhone) || strings.Contains(w.log.String(), "许知") {
			t.Error("the log has what was looked for")
		}
	})
}

func TestAnEnterpriseIsRegisteredVisitedAndCounted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		made := w.ask(201, "POST", "/enterprises", tok, fmt.Sprintf(`{"name":"纺织厂","org":%q,"type":"private","from":"2026-10-01","employees":80}`, w.dow.ID))
		path := "/enterprises/" + made["id"].(string)
		w.ask(200, "POST", path+"/verify", tok, `{"on":"2026-11-20","state":"operating","members_found":4}`)
		w.ask(204, "POST", path+"/host", tok, fmt.Sprintf(`{"org":%q,"from":"2026-11-21"}`, w.dow.ID))
		w.ask(204, "PUT", path+"/plan", tok, `{"planned_on":"2026-12-24","note":"谈过"}`)
		team := w.ask(201, "POST", path+"/teams", tok, `{"name":"甲班"}`)
		w.ask(200, "PATCH", "/teams/"+team["id"].(string), tok, `{"ended_on":"2026-11-24"}`)
		group := w.ask(201, "POST", "/groupings", tok, `{"kind":"chain","name":"纺织链","from":"2026-11-01"}`)
		w.ask(204, "POST", path+"/join", tok, fmt.Sprintf(`{"grouping":%q,"from":"2026-11-20"}`, group["id"]))
		w.ask(204, "POST", path+"/mass", tok, `{"kind":"union","from":"2026-11-20"}`)
		p := w.ask(201, "POST", "/people", tok, person(w))
		w.ask(200, "POST", "/contacts", tok, fmt.Sprintf(`{"kind":"instructor","person":%q,"enterprises":[%q],"purpose":"组建","from":"2026-11-20"}`, p["id"], made["id"]))
		view := w.get(path, tok)
		contact := view["contacts"].([]any)[0].(map[string]any)
		w.ask(204, "POST", "/contacts/"+contact["id"].(string)+"/visits", tok, fmt.Sprintf(`{"enterprise":%q,"on":"2026-11-24","met":"厂长"}`, made["id"]))
		w.ask(204, "POST", "/contacts/"+contact["id"].(string)+"/end", tok, `{"on":"2026-11-24","reason":"结束"}`)
		if got := w.get("/enterprises?coverage=covered", tok); names(got) != "纺织厂" {
			t.Errorf("the list: %v", got)
		}
		manager := w.token(1, w.user(1, access.Place{Role: access.Manager, Enterprise: core.EnterpriseID(mustID(t, made["id"]))}))
		if got := w.get(path, manager); strings.Contains(fmt.Sprint(got), "许知一") || names(w.get("/enterprises/mine", manager)) != "纺织厂" {
			t.Errorf("the manager reads %v", got)
		}
		keeper := w.as(access.Registrar, w.root)
		agreed := "/people/" + p["id"].(string) + "/consents"
		w.ask(422, "POST", agreed, keeper, `{"purpose":"contact.name","paper":""}`)
		w.ask(404, "POST", agreed, keeper, `{"purpose":"roster","paper":"盒 1"}`)
		w.ask(204, "POST", agreed, keeper, `{"purpose":"contact.name","paper":"盒 1"}`)
		if all := items(w.get(agreed, keeper)); len(all) != len(purpose.Asked()) || all[0]["given"] != true || !strings.Contains(fmt.Sprint(all[0]["history"]), "盒 1") {
			t.Errorf("consents: %v", all)
		}
		w.ask(404, "GET", agreed, manager, "")
		w.ask(404, "GET", agreed, w.as(access.Registrar, w.other), "")
		w.ask(204, "POST", agreed+"/withdraw", keeper, `{"purpose":"contact.name"}`)
		if all := items(w.get(agreed, keeper)); all[0]["given"] != false {
			t.Errorf("withdrawn: %v", all)
		}
		w.ask(404, "GET", path, w.as(access.Registrar, w.other), "")
		w.ask(404, "GET", path, w.token(1, w.user(1)), "")
		w.get("/groupings?kind=chain", tok)

		cover := w.get("/coverage?by=tree", tok)
		if total := cover["total"].(map[string]any); fmt.Sprint(total["covered"]) != "1" {
			t.Errorf("coverage: %v", total)
		}
		w.get("/figures?on=2026-11-24&known_at=2026-11-24", tok)
		if got := w.get("/figures/rows?show=covered", tok); names(got) != "纺织厂" {
			t.Errorf("rows: %v", got)
		}
		w.ask(404, "GET", "/figures/rows?show=nothing", tok, "")
		w.ask(200, "POST", "/figures/reported", tok, fmt.Sprintf(`{"org":%q,"figure":"members","on":"2026-11-01","printed":"12","source":"年报","reported_on":"2026-11-20"}`, w.park.ID))
		w.ask(404, "GET", "/coverage?under="+w.other.ID.String(), tok, "")
		w.clockFlow(tok)
	})
}

func mustID(t *testing.T, v any) core.ID {
	t.Helper()
	id, err := core.ParseID(v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) clockFlow(tok string) {
	w.t.Helper()
	w.get("/today", tok)
	all := items(w.get("/clocks", tok))
	if len(all) == 0 {
		w.t.Fatal("no clock runs")
	}
	path := "/clocks/" + all[0]["id"].(string)
	w.get(path, tok)
	w.ask(422, "POST", path+"/snooze", tok, `{"to":"2030-01-01","reason":"太远"}`)
	w.ask(204, "POST", path+"/not-mine", tok, `{"reason":"不归我"}`)
	w.get(path+"/history", tok)
	w.ask(204, "POST", path+"/end", tok, `{"state":"done","reason":"办结"}`)
	w.ask(404, "GET", path, w.as(access.Registrar, w.other), "")
}

// send uploads a file.
func (w *world) send(want int, path, tok, name, data string, headers ...string) map[string]any {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = part.Write([]byte(data))
	_ = m.Close()
	return w.ask(want, "POST", path, tok, b.String(), append(headers, "Content-Type", m.FormDataContentType())...)
}

const rosterCSV = "姓名,身份证号码,人员类别,入党日期,转正日期,所在党支部\n何霞,,正式党员,2012-06-01,2013-06-01,陶氏基地党支部\n李明,,正式党员,2012-06-01,2013-06-01,没有的支部\n"

func TestARosterIsImportedAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.park)
		first := w.send(201, "/imports?entity=members", tok, "名册.csv", rosterCSV, "Idempotency-Key", "up")
		if again := w.send(201, "/imports?entity=members", tok, "名册.csv", rosterCSV, "Idempotency-Key", "up"); again["id"] != first["id"] {
			t.Error("the same upload made another batch")
		}
		path := "/imports/" + first["id"].(string)
		w.ask(200, "PUT", path+"/columns", tok, `{"columns":{"0":"name"}}`)
		w.ask(422, "PUT", path+"/columns", tok, `{"columns":{"0":"nothing"}}`)
		checked := w.ask(200, "POST", path+"/check", tok, "")
		if checked["state"] != "checked" || fmt.Sprint(checked["counts"].(map[string]any)["new"]) != "1" {
			t.Fatalf("checked: %v", checked)
		}
		if rows := items(w.get(path+"/rows?verdict=refused", tok)); len(rows) != 1 || rows[0]["number"].(float64) != 3 {
			t.Errorf("refused: %v", rows)
		}
		if rec := w.do("GET", path+"/refused.xlsx", tok, ""); rec.Code != 200 || rec.Body.Len() < 1000 {
			t.Errorf("refused.xlsx: %d", rec.Code)
		}
		if got := w.ask(200, "POST", path+"/write", tok, `{}`); got["state"] != "written" {
			t.Errorf("written: %v", got)
		}
		if got := names(w.get("/people", tok)); got != "何霞" {
			t.Errorf("people: %s", got)
		}
		w.get("/imports", tok)
		w.ask(404, "GET", path, w.as(access.Registrar, w.other), "")
		w.ask(404, "GET", path+"/rows", w.as(access.Registrar, w.other), "")
		for _, p := range []string{"/exports/orgs", "/exports/enterprises?as=csv", "/templates/members"} {
			if rec := w.do("GET", p, tok, ""); rec.Code != 200 || rec.Body.Len() == 0 {
				t.Errorf("%s: %d %s", p, rec.Code, rec.Body)
			}
		}
		if rec := w.do("POST", "/exports/members", tok, `{"as":"csv"}`); rec.Code != 200 || !strings.Contains(rec.Body.String(), "何霞") {
			t.Errorf("the roster: %d %s", rec.Code, rec.Body)
		}
		w.ask(422, "POST", "/exports/members", tok, `{"sensitive":true}`)
		w.ask(403, "POST", "/exports/members", w.as(access.Registrar, w.park, "people:read"), `{"sensitive":true,"purpose":"verify"}`)
		if got := w.ask(200, "POST", path+"/undo", tok, ""); got["state"] != "undone" {
			t.Errorf("undone: %v", got)
		}
		w.ask(415, "POST", "/imports?entity=members", tok, `{}`)
		w.send(422, "/imports", tok, "名册.csv", rosterCSV)
		w.send(422, "/imports?entity=members", tok, "名册.csv", "nothing")
	})
}

func TestRulesAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Member, w.park)
		if n := len(items(w.get("/rules", tok))); n < 20 {
			t.Errorf("%d rules", n)
		}
		got := w.ask(200, "POST", "/rules/org.term_end/eval", tok, `{"elected_on":"2024-05-01","kind":"branch","host":"enterprise"}`)
		if got["rule"] != "org.term_end" {
			t.Errorf("%v", got)
		}
		w.ask(404, "POST", "/rules/none/eval", tok, `{}`)
	})
}

func (w *world) job(user core.UserID) (id job.ID) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		id, err = w.a.Intake.Queue.Enqueue(w.t.Context(), tx, access.Actor{Realm: 1, User: user, Via: "page"}, "import.check", 0, w.park.ID, 100)
		return err
	})
	return id
}

func TestProgressComesAsItHappens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		user := w.user(1, access.Place{Role: access.Registrar, Org: w.park.ID})
		tok := w.token(1, user)
		id := w.job(user)
		path := "/jobs/" + id.String()
		w.get("/jobs", tok)
		if got := w.get(path, tok); got["state"] != "waiting" {
			t.Errorf("%v", got)
		}
		w.ask(404, "GET", path, w.as(access.Registrar, w.other), "")
		if rec := w.do("GET", path+"/events", w.as(access.Registrar, w.other), ""); rec.Code != 404 {
			t.Errorf("a stranger listens: %d", rec.Code)
		}
		server := httptest.NewServer(w.h)
		defer server.Close()
		listen := func(f func()) (events []string) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+Base+path+"/events", nil)
			r.Header.Set("Authorization", "Bearer "+tok)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b := make([]byte, 4096)
			for {
				n, err := res.Body.Read(b)
				if n > 0 {
					events = append(events, string(b[:n]))
					if len(events) == 1 {
						f()
					}
				}
				if err != nil {
					return events
				}
			}
		}
		got := listen(func() {
			w.tx(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE jobs SET state = 'done', done = 100 WHERE id = $1`, id)
				return err
			})
		})
		if len(got) != 2 || !strings.Contains(got[1], `"ended":true`) {
			t.Errorf("events: %q", got)
		}
		id = w.job(user)
		path = "/jobs/" + id.String()
		got = listen(func() { // the right goes while somebody listens
			all, err := w.a.Account.Tokens(t.Context(), access.Machine(1), user)
			if err != nil || w.a.Account.RevokeToken(t.Context(), access.Machine(1), user, all[0].ID) != nil {
				t.Error("the token stays")
			}
		})
		if len(got) != 1 {
			t.Errorf("after the token was revoked: %q", got)
		}
	})
}

func TestASessionOfTheSameSiteMayAskToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		user := w.user(1, access.Place{Role: access.Registrar, Org: w.park.ID})
		if err := w.a.Account.SetPassword(t.Context(), access.Machine(1), user, "correct horse battery"); err != nil {
			t.Fatal(err)
		}
		cookie, err := w.a.Account.SignIn(t.Context(), "user1", "correct horse battery", account.Peer{Addr: "127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		session := account.SessionCookie + "=" + cookie.Session
		w.ask(200, "GET", "/me", "", "", "Cookie", session)
		// A refused token does not fall back to the cookie.
		w.ask(401, "GET", "/me", "tongpin_wrong", "", "Cookie", session)
		var out map[string]any
		_ = json.Unmarshal(w.do("GET", "/me", "", "", "Cookie", session).Body.Bytes(), &out)
		if out["token"] != nil {
			t.Errorf("a session has a token: %v", out)
		}
	})
}
