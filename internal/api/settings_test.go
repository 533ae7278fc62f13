package api

import (
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/setting"
)

func TestASettingIsReadAndSet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		boss := w.as(access.System, w.root)
		if l := items(w.get("/settings", boss)); len(l) != len(setting.All) {
			t.Errorf("listed: %v", l)
		}
		const path = "/settings/org.count_basis"
		tag := w.do("GET", path, boss, "").Header().Get("ETag")
		full := `{"value":"full_members","reason":"浙江做法"}`
		if got := w.ask(200, "PUT", path, boss, full, "If-Match", tag, "Idempotency-Key", "k"); got["value"] != "full_members" || got["set"] != true {
			t.Errorf("set: %v", got)
		}
		w.ask(200, "PUT", path, boss, full, "If-Match", tag, "Idempotency-Key", "k")
		w.ask(412, "PUT", path, boss, `{"value":"members","reason":"r"}`, "If-Match", tag)
		for body, field := range map[string]string{
			`{"value":"all","reason":"r"}`: "value", `{"value":"","reason":"r"}`: "value", `{"value":"members","reason":""}`: "reason",
		} {
			if p := w.ask(422, "PUT", path, boss, body); p["field"] != field {
				t.Errorf("%s: %v", body, p)
			}
		}
		w.ask(403, "PUT", path, w.as(access.System, w.root, "settings:read"), full)
		w.ask(403, "PUT", path, w.as(access.Security, w.root), full)
		w.ask(404, "PUT", path, w.as(access.System, w.park), full)
		w.ask(404, "GET", "/settings/no.such", boss, "")
		if got := w.ask(200, "POST", path+"/reset", boss, `{"reason":"回到国家做法"}`); got["value"] != "members" || got["set"] != false || len(got["history"].([]any)) != 2 {
			t.Errorf("reset: %v", got)
		}
	})
}
