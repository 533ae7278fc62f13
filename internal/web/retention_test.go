package web

import (
	"strings"
	"testing"

	"tongpin/internal/access"
)

// TestThePageOfRetention: numbers and periods at the top of the realm, for those
// who answer for it; nobody's name.
func TestThePageOfRetention(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		k.exec(`INSERT INTO jobs (realm_id, id, kind, state, done, total, message, cancel, tries, created_at, ended_at) VALUES (1, 7, 'x', 'done', 0, 0, '', $1, 0, 0, 1)`, false)
		page := k.enter("sys", access.System, k.root).get("/retention").Find("main").Text()
		for _, want := range []string{"组织关系已经结束的人", "10 年", "到期 1", "一直保存", "个人信息保护法"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		k.enter("member", access.Member, k.root).ask(404, "GET", "/retention", "")
		k.enter("reg", access.Registrar, k.park).ask(404, "GET", "/retention", "")
	})
}
