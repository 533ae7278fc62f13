package browser

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"tongpin/internal/web"
)

// A role is who looks: its cookie holds the session.
type role string

// The roles of the table of pages.
const (
	stranger  role = ""
	secretary role = "secretary"
)

// cookies returns what makes the site know the role.
func (r role) cookies() []*http.Cookie {
	if r == stranger {
		return nil
	}
	return []*http.Cookie{{Name: "role", Value: string(r)}}
}

// viewers are the people of the site that start serves.
var viewers = map[role]web.Viewer{
	secretary: {
		SignedIn: true, Name: "黄书记", Org: "保税港务党支部", Synthetic: true,
		Orgs: []web.OrgRef{
			{Name: "保税港务党支部", Path: "张家港市 / 保税区 / 保税港务", Href: "/orgs/06F2QW0000001", Current: true},
			{Name: "第一炼钢厂行动支部", Path: "张家港市 / 永卓控股", Href: "/orgs/06F2QW0000002"},
		},
	},
}

// start serves the site for one test, or returns the one that TONGPIN_URL names.
func start(t *testing.T) string {
	t.Helper()
	if running := os.Getenv("TONGPIN_URL"); running != "" {
		return running
	}
	s := &web.Server{
		Session: func(r *http.Request) (web.Viewer, error) {
			c, err := r.Cookie("role")
			if err != nil {
				return web.Viewer{}, nil
			}
			return viewers[role(c.Value)], nil
		},
		Now:     time.Now,
		Log:     slog.New(slog.DiscardHandler),
		Gallery: true,
	}
	site := httptest.NewServer(s.Handler())
	t.Cleanup(site.Close)
	return site.URL
}
