package web

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/account"
	"tongpin/internal/core"
)

// A site is a server whose visitor and log a test can see.
type site struct {
	*Server
	http.Handler
	log bytes.Buffer
}

var secretary = Viewer{
	SignedIn: true, Name: "N", Org: "O", Synthetic: true,
	Orgs: []OrgRef{{Name: "O", Path: "P", Href: "/orgs/06F2QW0000001", Current: true}},
}

// newSite starts the pages for one viewer. more mounts routes of the test's own.
func newSite(t *testing.T, v Viewer, more ...func(*Server, *http.ServeMux)) *site {
	t.Helper()
	s := &site{}
	now := time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)
	s.Server = &Server{
		Account: &account.Service{},
		Session: func(*http.Request) (Viewer, error) { return v, nil },
		Now:     func() time.Time { return now },
		Log:     slog.New(slog.NewJSONHandler(&s.log, nil)),
		Gallery: true,
	}
	m := http.NewServeMux()
	s.mountStatic(m)
	s.mountSite(m)
	s.mountSession(m)
	for _, f := range more {
		f(s.Server, m)
	}
	s.Handler = s.guard(m)
	return s
}

// ask sends a request; change edits it first.
func (s *site) ask(method, target, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form))
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func document(t *testing.T, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func cookie(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// failing mounts POST and GET /fail, which fail with an error of each kind.
func failing(err error) func(*Server, *http.ServeMux) {
	return func(s *Server, m *http.ServeMux) {
		h := func(http.ResponseWriter, *http.Request, Viewer) error { return err }
		s.route(m, "GET /fail", public, h)
		s.route(m, "POST /fail", public, h)
	}
}

func TestAKindOfErrorBecomesAStatus(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		code int
		say  string // what the page must say
	}{
		{"input", core.Fail(core.Invalid, "error.exists"), 422, "That already exists."},
		{"absent", core.NotFound, 404, "There is nothing here"},
		{"not yours", core.Forbidden, 403, "Your role may not do this."},
		{"overtaken", core.Conflict, 409, "Someone else changed this first"},
		{"full disk", core.Fail(core.Unavailable, "error.disk_full"), 503, "The disk is full"},
		{"ours", errors.New("secret detail"), 500, "Something went wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, secretary, failing(tt.err))
			w := s.ask("GET", "/fail", "", header("Accept-Language", "en"))
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.say) {
				t.Errorf("got %d %s", w.Code, document(t, w).Find("main").Text())
			}
			number := document(t, w).Find("main code").Text()
			if ours := tt.code == 500; ours != (number != "") || ours != strings.Contains(s.log.String(), "secret detail") {
				t.Errorf("only a failure of ours has a number and its cause in the log: %q\n%s", number, &s.log)
			}
			if number != "" && (number != w.Header().Get("X-Request-Id") || !strings.Contains(s.log.String(), number)) {
				t.Errorf("the number on the page is not the one in the log: %s", number)
			}
			if strings.Contains(w.Body.String(), "secret detail") {
				t.Error("the page shows the cause")
			}
		})
	}
}

func TestAPanicBecomesAPage(t *testing.T) {
	s := newSite(t, secretary, func(s *Server, m *http.ServeMux) {
		s.route(m, "GET /boom", public, func(http.ResponseWriter, *http.Request, Viewer) error { panic("at the disco") })
	})
	w := s.ask("GET", "/boom", "")
	if w.Code != 500 || !strings.Contains(w.Body.String(), "<h1>") || strings.Contains(w.Body.String(), "disco") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if !strings.Contains(s.log.String(), "disco") {
		t.Error("the log does not know why")
	}
}

func TestTheLogNamesTheRouteNeverTheAddress(t *testing.T) {
	s := newSite(t, secretary)
	s.ask("GET", "/search?q=wenrulan", "")
	s.ask("GET", "/wenrulan", "")
	if got := s.log.String(); strings.Contains(got, "wenrulan") || !strings.Contains(got, `"route":"GET /search"`) ||
		!strings.Contains(got, `"status":200`) || !strings.Contains(got, `"status":404`) {
		t.Error(got)
	}
}

func TestStrangersAreSentToSignInAndBack(t *testing.T) {
	s := newSite(t, Viewer{})
	w := s.ask("GET", "/search?q=a%26b", "")
	if w.Code != 303 || w.Header().Get("Location") != "/sign-in?next="+url.QueryEscape("/search?q=a%26b") {
		t.Fatalf("got %d %s", w.Code, w.Header().Get("Location"))
	}
	doc := document(t, s.ask("GET", w.Header().Get("Location"), ""))
	if next, _ := doc.Find("input[name=next]").Attr("value"); next != "/search?q=a%26b" {
		t.Errorf("next = %q", next)
	}
}

func TestARouteNeedsAPolicy(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a route without a policy was mounted")
		}
	}()
	(&Server{}).route(http.NewServeMux(), "GET /x", 0, nil)
}

func TestTheTableOfRoutesIsComplete(t *testing.T) {
	s := &Server{Log: slog.New(slog.DiscardHandler)}
	s.Handler()
	seen := map[string]string{}
	for _, r := range s.Routes() {
		seen[r.Method+" "+r.Path] = r.Policy
	}
	for route, policy := range map[string]string{
		"GET /static/{hash}/{name}": "asset", "GET /sign-in": "public", "GET /search": "signed in", " /": "public",
	} {
		if seen[route] != policy {
			t.Errorf("%s: got %q, want %q", route, seen[route], policy)
		}
	}
	if _, there := seen["GET /gallery"]; there {
		t.Error("the gallery is for tests only")
	}
}

func TestAFormComesBackWithWhatIsWrong(t *testing.T) {
	s := newSite(t, Viewer{}, func(s *Server, m *http.ServeMux) {
		s.route(m, "POST /again", public, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
			bad := core.Fields{"name": core.M("error.gone"), "realm": core.M("error.exists")}
			return signInPage.write(w, http.StatusUnprocessableEntity, s.signInForm(r, v, bad))
		})
	})
	w := s.ask("POST", "/again", url.Values{"name": {`"><script>x`}, "password": {"secret"}, "next": {"//evil.example"}}.Encode(), header("Accept-Language", "en"))
	doc := document(t, w)
	if !strings.HasPrefix(doc.Find("title").Text(), "Error: ") {
		t.Errorf("title = %q", doc.Find("title").Text())
	}
	if link := doc.Find(".errors a"); link.AttrOr("href", "") != "#name" || link.Text() != doc.Find("#name-err").Text() {
		t.Errorf("the summary and the field do not say the same: %q", link.Text())
	}
	if doc.Find(".errors li").Length() != 2 {
		t.Error("what belongs to no field is lost")
	}
	if in := doc.Find("#name"); in.AttrOr("value", "") != `"><script>x` || in.AttrOr("aria-describedby", "") != "name-err" {
		t.Error("what was typed is gone, or the field does not name its error")
	}
	if doc.Find("#password").AttrOr("value", "") != "" || strings.Contains(w.Body.String(), "<script>x") || doc.Find("input[name=next]").AttrOr("value", "") != "/" {
		t.Errorf("%s", w.Body)
	}
}

func TestASentenceIsShownOnceAfterARedirect(t *testing.T) {
	s := newSite(t, secretary, func(s *Server, m *http.ServeMux) {
		s.route(m, "POST /do", public, func(w http.ResponseWriter, r *http.Request, _ Viewer) error {
			return s.redirect(w, r, "/help", "search.long", "<b>人员</b>")
		})
	})
	w := s.ask("POST", "/do", "a=1")
	if w.Code != 303 || len(w.Result().Cookies()) != 1 {
		t.Fatalf("got %d %v", w.Code, w.Result().Cookies())
	}
	note := w.Result().Cookies()[0]
	w = s.ask("GET", w.Header().Get("Location"), "", cookie(note.Name, note.Value))
	if got := document(t, w).Find(".notice").Text(); got != "搜索的字太多，最多 <b>人员</b> 个。" {
		t.Errorf("notice = %q", got)
	}
	if c := w.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("the sentence will be shown again: %v", c)
	}
	for _, forged := range []string{"%5B%22not.a.key%22%5D", "x", "%5B%5D", "%"} {
		if got := document(t, s.ask("GET", "/help", "", cookie(noteCookie, forged))).Find(".notice").Length(); got != 0 {
			t.Errorf("a forged sentence %q was shown", forged)
		}
	}
}
