package web

import (
	"net/http"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/post"
	"tongpin/internal/purpose"
)

// namedPost is a post of a person called 何田 that hangs.
func (k *door) namedPost(number string) post.Post {
	k.t.Helper()
	id := k.postAt(1, k.alpha)
	m := access.Machine(1)
	k.exec(`UPDATE posts SET state = 'public_notice', notice_from = '2026-11-02', notice_to = '2026-11-09', promise = '少查一处，就不开车。' WHERE id = $1`, id)
	p, err := k.s.Post.Move(k.t.Context(), m, id, post.Step{To: post.Named, Number: number, Until: core.NewDate(2027, 11, 23)})
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}

// TestThePublicPageOfAPost reads it as a stranger in three languages, with and
// without consent, when it is over and when it is withdrawn.
func TestThePublicPageOfAPost(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		p := k.namedPost("DOW-1")
		at := "/p/" + p.Slug
		get := func(path string) string {
			w := k.stranger().ask(200, "GET", path, "")
			if c := w.Header().Get("Cache-Control"); c != "no-store" {
				t.Errorf("%s may be kept: %s", path, c)
			}
			return w.Body.String()
		}
		for lang, words := range map[string]string{"zh-Hans": "这块牌子", "zh-Hant": "這塊牌子", "en": "This plate"} {
			page := get(at + "?lang=" + lang)
			if !strings.Contains(page, `<html lang="`+lang+`"`) || !strings.Contains(page, words) || !strings.Contains(page, "少查一处，就不开车。") {
				t.Errorf("in %s: %s", lang, page)
			}
			whole := len(page) + len(assets["post.css"].plain) + len(assets["favicon.svg"].plain)
			if whole > 40<<10 || strings.Contains(page, "<script") || strings.Contains(page, "何田") {
				t.Errorf("in %s: %d bytes, or a script, or a name", lang, whole)
			}
		}
		if css := string(assets["post.css"].plain); strings.Contains(css, "light-dark") || strings.Contains(css, "var(") || strings.Contains(css, "url(") {
			t.Error("the stylesheet asks for a new browser or another file")
		}
		for _, agree := range []bool{true, false} {
			k.tx(func(tx *db.Tx) error {
				if agree {
					return consent.Give(t.Context(), tx, access.Machine(1), k.s.Now(), p.Holder, k.alpha.ID, consent.Giving{Purpose: purpose.PostPage})
				}
				return consent.Withdraw(t.Context(), tx, access.Machine(1), k.s.Now(), p.Holder, k.alpha.ID, purpose.PostPage)
			})
			for _, path := range []string{at, at + ".json"} {
				if got := strings.Contains(get(path), "何田"); got != agree {
					t.Errorf("%s names the holder: %v, agreed: %v", path, got, agree)
				}
			}
		}
		k.exec(`UPDATE posts SET ends_on = '2026-11-23' WHERE id = $1`, p.ID)
		if page := get(at); !strings.Contains(page, `class="seal off"`) || !strings.Contains(page, `已到期 <time datetime="2026-11-23">`) || strings.Contains(page, "就不开车") {
			t.Errorf("expired: %s", page)
		}
		k.exec(`UPDATE posts SET state = 'withdrawn', reason = '出了事' WHERE id = $1`, p.ID)
		doc := document(t, k.stranger().ask(200, "GET", at, ""))
		if got := strings.TrimSpace(doc.Find("main").Text()); got != "已撤销" {
			t.Errorf("withdrawn: %q", got)
		}
		if got := strings.Join(strings.Fields(get(at+".json")), ""); got != `{"state":"withdrawn"}` {
			t.Errorf("withdrawn: %s", got)
		}
		a := k.stranger().ask(404, "GET", "/p/"+strings.Repeat("a", 26), "").Body.String()
		if b := k.stranger().ask(404, "GET", "/p/x.json", "").Body.String(); strings.Contains(a, "DOW") || strings.Contains(b, "DOW") {
			t.Error("a wrong address tells something")
		}
	})
}

// TestAPostOnThePages takes a post from its application to its first goal.
func TestAPostOnThePages(t *testing.T) {
	eachDoor(t, func(t *testing.T, k *door) {
		person := k.enrol(1, k.alpha.ID)
		g := k.enter("boss", access.Secretary, k.alpha)
		bad := g.ask(422, "POST", "/posts/new", form("kind", "person", "theme", "safety", "title", "<b>岗</b>", "duty", "责", "promise", strings.Repeat("诺", 61), "months", "6", "person", person.String(), "q", "何"))
		doc := document(t, bad)
		says(t, doc, "#promise-err", "最多60字。")
		if doc.Find("#title").AttrOr("value", "") != "<b>岗</b>" {
			t.Error("what was typed is lost")
		}
		to := g.ask(303, "POST", "/posts/new", form("kind", "person", "theme", "safety", "title", "<b>岗</b>", "duty", "责", "promise", "诺", "months", "6", "person", person.String())).Header().Get("Location")
		says(t, g.get(to), "h1", "<b>岗</b>")
		g.ask(422, "POST", "/posts/new", form("kind", "window", "theme", "safety", "title", "二", "duty", "责", "promise", "诺", "months", "6", "person", person.String()))
		g.ask(303, "POST", to+"/branch_ok", form("version", "1", "on", "2026-11-24"))
		g.ask(409, "POST", to+"/public_notice", form("version", "1", "on", "2026-11-24"))
		g.ask(303, "POST", to+"/public_notice", form("version", "2", "on", "2026-11-24"))
		early := g.ask(422, "POST", to+"/named", form("version", "3", "on", "2026-11-24", "until", "2027-11-23", "number", "DOW-2"))
		says(t, document(t, early), "#on-err", "公示到2026年12月1日为止，期满以后才能命名。")
		g.ask(409, "GET", to+"/plate?size=a4", "")
		g.ask(422, "POST", to+"/goal", form("metric", "漏查", "unit", "处", "target", "很少", "due", "2026-12-31"))
		g.ask(303, "POST", to+"/goal", form("metric", "漏查", "unit", "处", "target", "0", "due", "2026-12-31"))
		if !strings.Contains(g.get(to).Find("main").Text(), "漏查") || g.get("/posts").Find(`a[href="`+to+`"]`).Length() != 1 {
			t.Error("goal or post is not shown")
		}
		g.ask(422, "POST", "/posts/areas/new", form("title", "一班", "covers", "罐区", "from", "2026-11-24"))
		g.ask(303, "POST", "/posts/areas/new", form("title", "一班", "covers", "罐区", "from", "2026-11-24", "person", person.String()))
		says(t, g.get("/posts/areas"), "tbody td[data-l=负责]", "何田")
		b := k.enter("guest", access.Member, k.alpha)
		b.ask(403, "GET", to+"/branch_ok", "")
		if strings.Contains(b.get("/posts/areas").Find("main").Text(), "何田") || strings.Contains(b.get(to).Find("main").Text(), "何田") {
			t.Error("a member reads a name")
		}
	})
}

// TestAPlateIsAFile prints one, and says why there is none.
func TestAPlateIsAFile(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	p := k.namedPost("DOW-3")
	g := k.enter("boss", access.Secretary, k.alpha)
	at := "/posts/" + p.ID.String() + "/plate?size="
	k.s.Account.Site = ""
	says(t, document(t, g.ask(422, "GET", at+"a4", "")), ".head p", "还没有设公开地址，二维码没有去处。请用 --url 启动服务，写明大家打开的地址。")
	k.s.Account.Site = "https://tongpin.example"
	for _, size := range []string{"a4", "a6", "badge"} {
		w := g.ask(http.StatusOK, "GET", at+size, "")
		if w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-") {
			t.Errorf("%s is no PDF", size)
		}
	}
	g.ask(422, "GET", at+"a5", "")
	g.ask(200, "GET", "/posts/plates?size=badge", "")
	k.exec(`UPDATE posts SET state = 'ended' WHERE id = $1`, p.ID)
	g.ask(409, "GET", at+"a4", "")
}
