package web

import (
	"net/url"
	"strings"
	"testing"

	"tongpin/internal/dbtest"
)

// TestAnOpinionFromTheFootOfAPage follows the link that stands under every
// page, forgets the words, gives them, and finds the opinion in the list.
func TestAnOpinionFromTheFootOfAPage(t *testing.T) {
	k := newDesk(t, dbtest.SQLite(t))
	foot := k.get("/people").Find(`.foot a[href^="/opinions/new"]`)
	href := foot.AttrOr("href", "")
	if to, err := url.Parse(href); err != nil || to.Query().Get("page") != "GET /people" {
		t.Fatalf("the link under the page: %q", href)
	}
	form := k.get(href)
	values := asIs(form, "kind", "suggestion", "words", "")
	doc := k.again("/opinions/new", values...)
	says(t, doc, "#words-err", "请写下要说的话。")
	at := k.post("/opinions/new", asIs(form, "kind", "suggestion", "words", "请合并<b>两张</b>表")...)
	page := k.get(at)
	if got := page.Find(".said").First().Text(); got != "请合并<b>两张</b>表" {
		t.Errorf("the words came back as %q", got)
	}
	if !strings.Contains(page.Find("main").Text(), "GET /people") {
		t.Error("the page does not say where it was said")
	}
	if got := k.get("/opinions").Find(`a[href="` + at + `"]`).Length(); got == 0 {
		t.Error("the opinion is not in the list")
	}
}

// TestAnOpinionNamesOnlyPagesOfOurs keeps addresses and made-up text out.
func TestAnOpinionNamesOnlyPagesOfOurs(t *testing.T) {
	k := newDesk(t, dbtest.SQLite(t))
	for _, page := range []string{"GET /people/06F2ZZZZZZZZZ", "javascript:alert(1)", ""} {
		if got := k.get("/opinions/new?page=" + url.QueryEscape(page)).Find(`input[name=page]`).Length(); got != 0 {
			t.Errorf("%q is kept", page)
		}
	}
}
