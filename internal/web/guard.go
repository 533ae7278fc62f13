package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/gzhttp"

	"tongpin/internal/core"
)

// A visit is what the log says of one request. It knows the pattern of the
// route, never the address: addresses name people and carry what they search.
type visit struct {
	id    string // 12 letters and digits, shown to the person when we fail
	route string // "GET /orgs/{org}"; empty when no route fits
	code  int
	bytes int64 // of the body as sent
}

type visitKey struct{}

// visitOf returns the visit of a request; outside guard, an empty one.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// RequestID returns the number of the request in the log, or "".
func RequestID(ctx context.Context) string { return visitOf(ctx).id }

// guard is what every request passes before its route: a number, one line in
// the log, headers, the form of the address, the origin of a change, and
// compression. A panic becomes the failure page.
func (s *Server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, Viewer{}, core.Fail(core.Forbidden, "web.cross_origin"))
	}))
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		panic(err) // the options are constants
	}
	inner := zip(s.recovered(s.canonical(cross.Handler(next))))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: rand.Text()[:12], code: http.StatusOK}
		began := s.Now()
		defer func() {
			s.Log.InfoContext(r.Context(), "request", "request", v.id, "method", r.Method, "route", v.route,
				"status", v.code, "bytes", v.bytes, "ms", s.Now().Sub(began).Milliseconds())
		}()
		s.headers(w.Header(), v.id)
		pace(w, r, time.Now(), cmp.Or(s.Patience, patience)) //nolint:forbidigo // a connection's deadline is the machine's time
		inner.ServeHTTP(&counted{w, v}, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

// counted notes the status and size of an answer.
type counted struct {
	http.ResponseWriter
	v *visit
}

func (c *counted) WriteHeader(code int) {
	c.v.code = code
	c.ResponseWriter.WriteHeader(code)
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.v.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// csp lets a page load its own style, script and pictures and nothing else; no
// inline style or script runs.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers sets what holds for every answer. Static files lift no-store.
func (s *Server) headers(h http.Header, id string) {
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", id)
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recovered turns a panic into an error of ours.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // net/http's own way of hanging up
			}
			s.fail(w, r, Viewer{}, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}()
		next.ServeHTTP(w, r)
	})
}

// canonical refuses an address that has a second spelling, so that what is
// routed, checked and logged is one thing (security.md row 25).
func (s *Server) canonical(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isCanonical(r.URL) {
			s.failAs(w, r, Viewer{}, http.StatusBadRequest, core.M("web.path.bad"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isCanonical reports whether the path is written in the one way we write it:
// clean, without trailing slash, in valid UTF-8, nothing escaped that need not be.
func isCanonical(u *url.URL) bool {
	p := u.Path
	if p != path.Clean(p) || !strings.HasPrefix(p, "/") || !utf8.ValidString(p) {
		return false
	}
	if strings.ContainsFunc(p, func(c rune) bool { return c == '\\' || unicode.IsControl(c) }) {
		return false
	}
	return u.EscapedPath() == (&url.URL{Path: p}).EscapedPath()
}

// safeNext returns where a person may be sent after signing in or choosing a
// language: a page of this site. Anything else becomes the front page
// (security.md row 33).
func safeNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || !isCanonical(u) {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery, Fragment: u.Fragment}).String()
}

// here returns the address of the page a person looks at, for links that come
// back to it. After a form it is the page that held the form.
func here(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return safeNext(r.URL.RequestURI())
	}
	return refererPath(r)
}

// refererPath returns the page of this site that sent the request, or "/".
func refererPath(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return safeNext(u.RequestURI())
}

// size writes a limit in bytes as people say it: 1 MB, 512 KB.
func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", n>>10)
}
