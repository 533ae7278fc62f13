package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := newSite(t, secretary)
	for _, path := range []string{"/help", "/absent", "//twice", "/static/x/tongpin.css"} {
		h := s.ask("GET", path, "").Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Cache-Control": "no-store", "Strict-Transport-Security": "",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s = %q, want %q", path, name, h.Get(name), want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: %s", path, csp)
		}
	}
	s.Secure = true
	w := s.ask("GET", "/language?to=en", "")
	if w.Header().Get("Strict-Transport-Security") == "" || !w.Result().Cookies()[0].Secure {
		t.Error("a site over https does not say so")
	}
}

func TestAnAddressHasOneSpelling(t *testing.T) {
	s := newSite(t, secretary)
	for path, want := range map[string]int{
		"/help": 200, "/help?a=/../b": 200, "/": 404, // no page yet
		"/help/": 400, "//help": 400, "/./help": 400, "/a/../help": 400, "/%68elp": 400, "/help%2F": 400,
		"/help%00": 400, "/help%5C": 400, "/%ff": 400, "/%E4%BA%BA": 404, "/%e4%ba%ba": 400,
	} {
		if got := s.ask("GET", path, "").Code; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}

func TestNextStaysOnThisSite(t *testing.T) {
	for next, want := range map[string]string{
		"/orgs?q=a%26b#r3": "/orgs?q=a%26b#r3", "/": "/", "": "/",
		"//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "\\/evil": "/", "/%5Cevil": "/",
		"javascript:alert(1)": "/", "evil": "/", "/a/../b": "/", "/\nx": "/", " /x": "/", "/%0d%0ax": "/", "///evil": "/", "/orgs/": "/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("safeNext(%q): got %q, want %q", next, got, want)
		}
	}
}

func TestABodyOverTheLimitIsRefused(t *testing.T) {
	s := newSite(t, secretary, func(s *Server, m *http.ServeMux) {
		read := func(w http.ResponseWriter, r *http.Request, _ Viewer) error {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return err
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		s.route(m, "POST /small", public, read)
		s.route(m, "POST /large", public, read, body(3<<20))
	})
	upload := header("Content-Type", "multipart/form-data; boundary=x")
	mb := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name, path, form string
		change           func(*http.Request)
		want             int
	}{
		{"a form at the limit", "/small", "a=" + mb[2:], header("X", ""), 204},
		{"a form over the limit", "/small", "a=" + mb, header("X", ""), 413},
		{"an upload at the limit", "/small", mb, upload, 204},
		{"an upload over the limit", "/small", mb + "x", upload, 413},
		{"a route that takes more", "/large", mb + mb + mb, upload, 204},
		{"even that has an end", "/large", mb + mb + mb + "x", upload, 413},
		{"too many fields", "/small", strings.Repeat("&a1=", 1) + fields(maxFields+1), header("X", ""), 422},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := s.ask("POST", tt.path, tt.form, tt.change)
			if w.Code != tt.want {
				t.Errorf("got %d, want %d", w.Code, tt.want)
			}
			if w.Code == 413 && !strings.Contains(w.Body.String(), "MB") {
				t.Error("the page does not say how much is too much")
			}
		})
	}
}

func fields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("&f" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + "=1")
	}
	return b.String()
}

func TestAFormFromAnotherSiteDoesNothing(t *testing.T) {
	done := false
	s := newSite(t, secretary, func(s *Server, m *http.ServeMux) {
		s.route(m, "POST /do", public, func(http.ResponseWriter, *http.Request, Viewer) error { done = true; return nil })
	})
	if w := s.ask("POST", "/do", "a=1", header("Sec-Fetch-Site", "cross-site")); w.Code != 403 || done || !strings.Contains(w.Body.String(), "<h1>") {
		t.Errorf("got %d, done %v", w.Code, done)
	}
	if s.ask("POST", "/do", "a=1", header("Sec-Fetch-Site", "same-origin")); !done {
		t.Error("our own form was refused")
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	s := newSite(t, secretary)
	for _, path := range []string{"/gallery", s.mustAsset(t, "tongpin.css"), s.mustAsset(t, "app.js")} {
		plain := s.ask("GET", path, "")
		small := s.ask("GET", path, "", header("Accept-Encoding", "gzip"))
		if small.Header().Get("Content-Encoding") != "gzip" || small.Body.Len() >= plain.Body.Len() {
			t.Fatalf("%s is not compressed", path)
		}
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || string(got) != plain.Body.String() {
			t.Errorf("%s: not the same page, %v", path, err)
		}
	}
}

func (s *site) mustAsset(t *testing.T, name string) string {
	t.Helper()
	p, err := assetPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAssetsAreKeptForEverUnderTheirHash(t *testing.T) {
	s := newSite(t, secretary)
	s.Session = func(*http.Request) (Viewer, error) { t.Error("an asset asked for the session"); return Viewer{}, nil }
	for name, kind := range map[string]string{"tongpin.css": "text/css", "app.js": "text/javascript", "favicon.svg": "image/svg+xml"} {
		w := s.ask("GET", s.mustAsset(t, name), "")
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		if w := s.ask("GET", "/static/0123456789ab/"+name, ""); w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("an old %s: %d %s", name, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}
