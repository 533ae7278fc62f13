// Package browser opens the real pages in Chromium: axe-core, our own checks,
// weight and screenshots, in three languages, two themes and two widths.
//
//	go test ./e2e/browser                          # serves the example itself
//	TONGPIN_SHOTS=/tmp/shots go test …             # keeps a picture of each page
//	go test ./e2e/browser -run TestPages/today     # some pages only
package browser

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tongpin/internal/core"
)

var (
	//go:embed testdata/axe.min.js
	axeSource string
	//go:embed testdata/measure.js
	measureSource string
)

// browser is the one Chromium of the test run; nil with a reason when there is
// none.
var browser = sync.OnceValues(func() (context.Context, error) {
	path := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		return nil, fmt.Errorf("no Chromium: install it with apt-get install chromium fonts-noto-cjk")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, _ = chromedp.NewContext(ctx)
	stopBrowser = stop
	return ctx, chromedp.Do(ctx)
})

var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	stopSite()
	os.Exit(code)
}

// chromium returns the browser. Without one the test is skipped on a laptop
// and fails where CI is set.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	ctx, err := browser()
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return ctx
}

// A look is how a page is looked at.
type look struct {
	width     int64 // in CSS pixels
	dark      bool
	noScripts bool
}

func (l look) String() string {
	name := fmt.Sprint(l.width)
	if l.dark {
		name += "-dark"
	}
	return name
}

// A tab is one page in a fresh profile, with what went wrong in it.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base *url.URL

	mu     sync.Mutex
	errors []string // on the console, thrown, or forbidden by the page's own policy
	abroad []string // addresses of other sites that were asked
	weight float64  // bytes that came over the line, compressed
}

// open starts a tab with the cookies that say who asks and in which language.
func open(t *testing.T, base string, lang core.Lang, cookies ...*http.Cookie) *tab {
	t.Helper()
	parent := chromium(t)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t, base: u}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(cancel)
	b.ctx = ctx
	b.do(chromedp.Do(ctx))
	for _, c := range append(cookies, &http.Cookie{Name: "lang", Value: string(lang)}) {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: base})
		b.do(err)
	}
	return b
}

func (b *tab) do(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// hear notes what the browser complains of and where the page asks.
func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *log.EventEntryAdded:
		e := ev.Entry
		missing := e.Source == log.EntrySourceNetwork && strings.Contains(e.Text, "status of 4") // a failure page is a page
		if e.Level == log.EntryLevelError && !missing || e.Source == log.EntrySourceSecurity {
			b.errors = append(b.errors, e.Text)
		}
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "warning" {
			b.errors = append(b.errors, "console."+string(ev.Type))
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(ev.Request.URL); err != nil || u.Scheme != "data" && u.Host != b.base.Host {
			b.abroad = append(b.abroad, ev.Request.URL)
		}
	case *network.EventLoadingFinished:
		b.weight += ev.EncodedDataLength
	}
}

// see sets the window and the theme.
func (b *tab) see(l look) {
	b.t.Helper()
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	b.do(chromedp.Do(b.ctx, chromedp.EmulateViewport(l.width, 900)))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	b.do(err)
	_, err = chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScripts})
	b.do(err)
}

// visit opens a page of the site and returns its status.
func (b *tab) visit(path string) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	res, err := chromedp.Run(ctx, chromedp.NavigateResponse(b.base.String()+path))
	b.do(err)
	return int(res.Status)
}

// The rules that axe-core runs: all of WCAG 2.2 AA and its own best practice;
// in the second theme, where nothing but colours differs, those on colours.
const (
	allRules    = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']}`
	colourRules = `{type: 'rule', values: ['color-contrast', 'link-in-text-block']}`
)

// axe returns what axe-core finds, one line each.
func (b *tab) axe(rules string) []string {
	b.t.Helper()
	if !value[bool](b, `typeof axe !== 'undefined'`) {
		b.do(chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](axeSource)))
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`axe.run(document, {
		runOnly: `+rules+`, resultTypes: ['violations']
	}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ' at ' + n.target.join(' ') + ': ' + n.failureSummary.replace(/\s+/g, ' '))))`,
		chromedp.EvalAwaitPromise))
	b.do(err)
	return found
}

// measure returns what axe-core does not see: sideways scrolling, small text,
// small targets, focus under the bar at the foot, and the like.
func (b *tab) measure(lang core.Lang) []string {
	b.t.Helper()
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](fmt.Sprintf("(%s)(%q)", measureSource, lang)))
	b.do(err)
	return found
}

// shoot keeps a picture of the whole page where TONGPIN_SHOTS says. A phone's
// is 390 wide.
func (b *tab) shoot(name string, l look) {
	b.t.Helper()
	dir := os.Getenv("TONGPIN_SHOTS")
	if dir == "" {
		return
	}
	b.do(chromedp.Do(b.ctx, chromedp.EmulateViewport(max(l.width, 390), 900)))
	tall := value[int64](b, `document.documentElement.scrollHeight`) // or the bar at the foot hides the middle
	b.do(chromedp.Do(b.ctx, chromedp.EmulateViewport(max(l.width, 390), tall)))
	b.do(os.MkdirAll(dir, 0o755))
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.do(err)
	b.do(os.WriteFile(filepath.Join(dir, name+"."+look{width: max(l.width, 390), dark: l.dark}.String()+".png"), png, 0o644))
}

// press types one key at whatever has the focus.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.Do(b.ctx, chromedp.KeyEvent(keys)))
}

// value evaluates an expression in a tab.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	b.do(err)
	return v
}
