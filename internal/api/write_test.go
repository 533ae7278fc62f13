package api

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/db"
)

func newOrg(w *world, name string) string {
	return fmt.Sprintf(`{"parent":%q,"name":%q,"kind":"branch","founded_on":"2020-01-02"}`, w.park.ID, name)
}

func TestAnOrganisationIsFoundedChangedAndMoved(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.root)
		made := w.ask(201, "POST", "/orgs", tok, newOrg(w, "新支部"))
		path := "/orgs/" + made["id"].(string)
		tag := w.do("GET", path, tok, "").Header().Get("ETag")
		change := `{"name":"改名支部","on":"2026-11-24","reason":"改名"}`
		if got := w.ask(200, "PATCH", path, tok, change, "If-Match", tag); got["name"] != "改名支部" {
			t.Errorf("changed: %v", got)
		}
		w.ask(412, "PATCH", path, tok, `{"name":"又改","on":"2026-11-24"}`, "If-Match", tag)
		w.ask(400, "PATCH", path, tok, change, "If-Match", "W/nonsense")
		move := fmt.Sprintf(`{"to":%q,"on":"2026-11-24","reason":"调整"}`, w.other.ID)
		w.ask(404, "POST", path+"/move", w.as(access.Registrar, w.park), move) // the new parent is out of reach
		if got := w.ask(200, "POST", path+"/move", tok, move); got["parent"] != w.other.ID.String() {
			t.Errorf("moved: %v", got)
		}
		w.ask(200, "POST", path+"/dissolve", tok, `{"on":"2026-11-24","reason":"撤销"}`)
		w.ask(204, "PUT", "/orgs/"+w.dow.ID.String()+"/term", tok, `{"number":1,"elected_on":"2024-05-01"}`)
		if got := w.ask(422, "POST", "/orgs", tok, `{"parent":"`+w.park.ID.String()+`","name":"","kind":"branch","founded_on":"2020-01-02"}`); got["field"] != "name" {
			t.Errorf("refused: %v", got)
		}
		w.ask(403, "PATCH", path, w.as(access.Secretary, w.root), change)
		w.ask(404, "PATCH", "/orgs/"+w.foreign.ID.String(), tok, change)
		w.ask(403, "PATCH", path, w.as(access.Registrar, w.root, "orgs:read"), change)
	})
}

func TestBodiesAreReadStrictly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.root)
		deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
		for _, tt := range []struct {
			name, body, code, field string
			status                  int
			headers                 []string
		}{
			{"an unknown key", `{"name":"a","role":"admin"}`, "error.fields", "role", 422, nil},
			{"a key in other letters", `{"Name":"a"}`, "error.fields", "Name", 422, nil},
			{"a key twice", `{"name":"a","name":"b"}`, "error.fields", "name", 422, nil},
			{"a number for a text", `{"name":1}`, "error.fields", "name", 422, nil},
			{"a day that is none", `{"founded_on":"2026-02-30"}`, "error.fields", "founded_on", 422, nil},
			{"an id that is none", `{"parent":"x"}`, "error.not_found", "", 404, nil},
			{"no JSON", `{"name":`, "api.body.syntax", "", 400, nil},
			{"two values", `{} {}`, "api.body.syntax", "", 400, nil},
			{"nothing", ``, "api.body.kind", "", 415, nil},
			{"too deep", deep, "api.body.deep", "", 400, nil},
			{"very deep", strings.Repeat("[", 100_000), "api.body.deep", "", 400, nil},
			{"too many keys", "{" + keys(2000) + "}", "api.body.keys", "", 400, nil},
			{"too large", `{"name":"` + strings.Repeat("a", 2<<20) + `"}`, "api.body.large", "", 413, nil},
			{"a form", `name=a`, "api.body.kind", "", 415, []string{"Content-Type", "application/x-www-form-urlencoded"}},
			{"another charset", `{}`, "api.body.kind", "", 415, []string{"Content-Type", "application/json; charset=gbk"}},
			{"broken characters", "{\"name\":\"\xff\"}", "api.body.syntax", "", 400, nil},
		} {
			got := w.ask(tt.status, "POST", "/orgs", tok, tt.body, tt.headers...)
			field, _ := got["field"].(string)
			if got["code"] != tt.code || field != tt.field {
				t.Errorf("%s: %v", tt.name, got)
			}
		}
	})
}

func keys(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return strings.Join(all, ",")
}

func (w *world) count(query string) (n int) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		n, err = db.One(w.t.Context(), tx, db.Int, query)
		return err
	})
	return n
}

func TestAWriteWithAKeyHappensOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.root)
		before := w.count(`SELECT count(*) FROM orgs`)
		const many = 50
		bodies := make([]string, many)
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				rec := w.do("POST", "/orgs", tok, newOrg(w, "只此一个"), "Idempotency-Key", "k-1")
				bodies[i] = fmt.Sprint(rec.Code, rec.Header().Get("Location"), rec.Header().Get("ETag"), rec.Body)
			})
		}
		all.Wait()
		for _, b := range bodies {
			if b != bodies[0] || !strings.HasPrefix(b, "201") {
				t.Fatalf("answers differ: %s and %s", bodies[0], b)
			}
		}
		if n := w.count(`SELECT count(*) FROM orgs`); n != before+1 {
			t.Errorf("%d organisations were founded", n-before)
		}
		if got := w.ask(422, "POST", "/orgs", tok, newOrg(w, "另一个"), "Idempotency-Key", "k-1"); got["code"] != "once.other_body" {
			t.Errorf("another body: %v", got)
		}
		w.ask(400, "POST", "/orgs", tok, newOrg(w, "x"), "Idempotency-Key", "with blank")
		// Another user's same key is another key; what was refused may be corrected under the same.
		w.ask(201, "POST", "/orgs", w.as(access.Registrar, w.root), newOrg(w, "别人的"), "Idempotency-Key", "k-1")
		w.ask(422, "POST", "/orgs", tok, newOrg(w, ""), "Idempotency-Key", "k-2")
		w.ask(201, "POST", "/orgs", tok, newOrg(w, "改好"), "Idempotency-Key", "k-2")
		// The answer is sealed and forgotten after a day.
		w.tx(func(tx *db.Tx) error {
			rows, err := db.All(t.Context(), tx, func(r db.Row) (b []byte, err error) { return b, r.Scan(&b) }, `SELECT answer FROM answers`)
			for _, b := range rows {
				if strings.Contains(string(b), "只此一个") {
					t.Error("an answer is stored in the clear")
				}
			}
			return err
		})
		w.tick.Store(25 * time.Hour.Milliseconds())
		if err := w.a.Answers.Expire(t.Context(), 1); err != nil || w.count(`SELECT count(*) FROM answers`) != 0 {
			t.Errorf("answers stay: %v", err)
		}
	})
}

func TestAWriteWhoseEndNobodyKnows(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tok := w.as(access.Registrar, w.root)
		w.ask(201, "POST", "/orgs", tok, newOrg(w, "一个"), "Idempotency-Key", "k")
		w.tx(func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE answers SET status = 0, created_at = created_at - 60000000`)
			return err
		})
		if got := w.ask(409, "POST", "/orgs", tok, newOrg(w, "一个"), "Idempotency-Key", "k"); got["code"] != "once.unknown" {
			t.Errorf("after a crash: %v", got)
		}
	})
}
