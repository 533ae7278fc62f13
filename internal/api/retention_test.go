package api

import (
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/retention"
)

// TestRetentionByProgram: the classes for who answers for the realm, and a hold
// for who keeps the record, with the scope, once for one key.
func TestRetentionByProgram(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		list := items(w.get("/retention", w.as(access.System, w.root)))
		if len(list) != len(retention.All) {
			t.Fatalf("%d classes", len(list))
		}
		first, last := list[0], list[len(list)-1]
		if first["class"] != "member_ended" || first["years"] != 10. || first["deed"] != "erase" || first["due"] != 0. || first["setting"] != "retention.member_years" ||
			first["title"] != "People whose membership ended" || last["deed"] != "keep" || last["years"] != nil {
			t.Errorf("first %v, last %v", first, last)
		}
		w.ask(403, "GET", "/retention", w.as(access.System, w.root, "people:read"), "")
		w.ask(404, "GET", "/retention", w.as(access.Registrar, w.park), "")
		w.ask(403, "GET", "/retention", w.as(access.Member, w.root), "")

		p, own := w.person("张敏", "19900000417")
		path, keeper := "/people/"+p.ID.String()+"/hold", w.as(access.Registrar, w.park)
		const body = `{"until":"2028-06-30","reason":"诉讼"}`
		w.ask(404, "GET", path, keeper, "")
		for in, field := range map[string]string{
			`{"until":"2026-11-24","reason":"诉讼"}`: "until", `{"until":"2028-06-30","reason":" "}`: "reason", `{"until":"2038-06-30","reason":"诉讼"}`: "until",
			`{"until":"30.6.2028","reason":"诉讼"}`: "until",
		} {
			if got := w.ask(422, "POST", path, keeper, in); got["field"] != field {
				t.Errorf("%s: %v", in, got)
			}
		}
		made := w.do("POST", path, keeper, body, "Idempotency-Key", "k")
		if made.Code != 201 || made.Header().Get("Location") != Base+path || !strings.Contains(made.Body.String(), `"until":"2028-06-30"`) {
			t.Fatalf("placed: %d %s", made.Code, made.Body)
		}
		w.ask(201, "POST", path, keeper, body, "Idempotency-Key", "k")
		w.ask(409, "POST", path, keeper, body)
		if got := w.get(path, keeper); got["reason"] != "诉讼" || got["by"] != "U" || got["person"] != p.ID.String() {
			t.Errorf("read: %v", got)
		}
		beside := w.as(access.Registrar, w.other)
		w.ask(404, "GET", path, beside, "")
		w.ask(404, "POST", path, beside, body)
		w.ask(404, "POST", path+"/lift", beside, "")
		w.ask(403, "POST", path+"/lift", w.as(access.Registrar, w.park, "people:read"), "")
		w.ask(403, "POST", path+"/lift", own, "")
		if rec := w.do("POST", path+"/lift", keeper, ""); rec.Code != 204 {
			t.Fatalf("lifted: %d %s", rec.Code, rec.Body)
		}
		w.ask(404, "GET", path, keeper, "")
		w.ask(422, "POST", path+"/lift", keeper, "")
	})
}
