package web

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

func TestALanguageIsChosenInPlace(t *testing.T) {
	s := newSite(t, secretary)
	doc := document(t, s.ask("GET", "/help?q=a%26b", "", header("Accept-Language", "en")))
	for _, tt := range []struct {
		lang core.Lang
		h1   string
	}{{core.Hans, "帮助"}, {core.Hant, "說明"}, {core.En, "Help"}} {
		link := doc.Find("footer a[hreflang=" + string(tt.lang) + "]")
		w := s.ask("GET", link.AttrOr("href", ""), "")
		if w.Code != 303 || w.Header().Get("Location") != "/help?q=a%26b" {
			t.Fatalf("%s: got %d, back to %q", tt.lang, w.Code, w.Header().Get("Location"))
		}
		c := w.Result().Cookies()[0]
		page := s.ask("GET", "/help?q=a%26b", "", cookie(c.Name, c.Value), header("Accept-Language", "fr"))
		got := document(t, page)
		if h1 := got.Find("h1").Text(); h1 != tt.h1 || got.Find("html").AttrOr("lang", "") != string(tt.lang) || page.Header().Get("Content-Language") != string(tt.lang) {
			t.Errorf("%s: heading %q, lang %q", tt.lang, h1, got.Find("html").AttrOr("lang", ""))
		}
		if now := got.Find("footer a[hreflang][aria-current]"); now.Length() != 1 || now.AttrOr("hreflang", "") != string(tt.lang) {
			t.Errorf("%s: the switch shows %q", tt.lang, now.Text())
		}
	}
	if w := s.ask("GET", "/language?to=fr", ""); w.Code != 422 || len(w.Result().Cookies()) != 0 {
		t.Errorf("an unknown language: %d", w.Code)
	}
	if w := s.ask("GET", "/language?to=en&next=//evil.example", ""); w.Header().Get("Location") != "/" {
		t.Errorf("sent to %q", w.Header().Get("Location"))
	}
}

func TestTheBrowserAsksForALanguage(t *testing.T) {
	s := newSite(t, Viewer{})
	for accept, want := range map[string]string{"en-GB,en;q=0.9": "en", "zh-TW": "zh-Hant", "zh-CN,en": "zh-Hans", "fr": "zh-Hans", "": "zh-Hans"} {
		w := s.ask("GET", "/help", "", header("Accept-Language", accept), cookie("lang", "xx"))
		if got := document(t, w).Find("html").AttrOr("lang", ""); got != want {
			t.Errorf("%q: got %s, want %s", accept, got, want)
		}
	}
}

func TestAThemeIsChosenAndForgotten(t *testing.T) {
	s := newSite(t, secretary)
	w := s.ask("GET", "/theme?to=dark&next=/help", "")
	c := w.Result().Cookies()[0]
	if got := document(t, s.ask("GET", "/help", "", cookie(c.Name, c.Value))).Find("html").AttrOr("data-theme", ""); got != "dark" {
		t.Errorf("data-theme = %q", got)
	}
	if got := document(t, s.ask("GET", "/help", "", cookie(c.Name, `"><b>`))).Find("html").AttrOr("data-theme", "none"); got != "none" {
		t.Errorf("data-theme = %q", got)
	}
	if c := s.ask("GET", "/theme?to=system", "").Result().Cookies()[0]; c.MaxAge >= 0 {
		t.Errorf("the theme is not forgotten: %v", c)
	}
	if w := s.ask("GET", "/theme?to=pink", ""); w.Code != 422 {
		t.Errorf("an unknown theme: %d", w.Code)
	}
}

// The frame is the same on every page; what it shows depends on who looks.
func TestTheFrameKnowsWhoLooks(t *testing.T) {
	few := secretary
	few.Places, few.Synthetic = []string{"today", "coverage"}, false
	for _, tt := range []struct {
		name             string
		v                Viewer
		menu, dock       int
		synthetic, phone bool
	}{
		{"a secretary", secretary, len(places), 4, true, true},
		{"somebody with two places", few, 2, 3, false, true},
		{"a stranger", Viewer{}, 0, 0, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := document(t, newSite(t, tt.v).ask("GET", "/help", "", header("Accept-Language", "en")))
			if got := doc.Find(".menu a").Length(); got != tt.menu {
				t.Errorf("%d places, want %d", got, tt.menu)
			}
			if got := doc.Find(".dock a").Length(); got != tt.dock {
				t.Errorf("%d places at the foot, want %d", got, tt.dock)
			}
			if got := strings.Contains(doc.Find(".foot").Text(), "Example data"); got != tt.synthetic {
				t.Errorf("says that the data is an example: %v", got)
			}
			if got := doc.Find(`a[href="/sign-in"]`).Length() == 0; got != tt.v.SignedIn {
				t.Errorf("offers to sign in: %v", !got)
			}
		})
	}
}

func TestTheDockMarksWhereWeAre(t *testing.T) {
	for at, want := range map[string]string{"today": "/", "coverage": "/coverage", "orgs": "/orgs", "people": "/more", "more": "/more", "help": "", "": ""} {
		var got string
		for _, p := range (Shell{Lang: core.En, At: at, Viewer: secretary}).Dock() {
			if p.Current {
				got = p.Href
			}
		}
		if got != want {
			t.Errorf("at %q the dock marks %q, want %q", at, got, want)
		}
	}
}

// Every page of text exists in the three languages, whole.
func TestArticles(t *testing.T) {
	s := newSite(t, Viewer{})
	for _, name := range articles {
		var sections []int
		for _, l := range text.Langs {
			w := s.ask("GET", "/"+name, "", cookie("lang", string(l)))
			doc := document(t, w)
			doc.Find("main section").Each(func(_ int, sec *goquery.Selection) {
				if len(sec.Find("p").Text()) < 20 {
					t.Errorf("%s %s: %q says little", name, l, sec.Find("h2").Text())
				}
			})
			sections = append(sections, doc.Find("main section").Length())
		}
		if sections[0] < 3 || sections[0] != sections[1] || sections[1] != sections[2] {
			t.Errorf("%s: %v sections", name, sections)
		}
	}
}

func TestSignedInPeopleNeedNoSignIn(t *testing.T) {
	if w := newSite(t, secretary).ask("GET", "/sign-in?next=/help", ""); w.Code != 303 || w.Header().Get("Location") != "/help" {
		t.Errorf("got %d %s", w.Code, w.Header().Get("Location"))
	}
}
