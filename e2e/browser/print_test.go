package browser

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tongpin/internal/text"
)

// onPaper says what is wrong with a page as it is printed: a type area 178 mm
// wide has 673 px.
const onPaper = `(() => {
	const bad = [], shown = el => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== 'hidden';
	const wide = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > wide + 1) {
		const out = [...document.querySelectorAll('main *')].filter(el => shown(el) && el.getBoundingClientRect().right > wide + 1).slice(0, 3);
		bad.push('wider than the paper: ' + document.documentElement.scrollWidth + ' > ' + wide + ' ' + out.map(el => el.tagName + '.' + el.className).join(', '));
	}
	for (const what of ['.menu', '.dock', '.switch', '.seek', '.skip', '.foot', '#palette', '.query', '.btn', '.pager']) {
		if ([...document.querySelectorAll(what)].some(shown)) bad.push(what + ' is printed');
	}
	if (!shown(document.querySelector('h1')) || !shown(document.querySelector('.sheet')) || !document.querySelector('.sheet').textContent.includes('打印于')) bad.push('no head');
	const body = getComputedStyle(document.body);
	if (body.color !== 'rgb(0, 0, 0)' || body.backgroundColor !== 'rgb(255, 255, 255)') bad.push('not black on white: ' + body.color + ' on ' + body.backgroundColor);
	document.querySelectorAll('thead').forEach(h => { if (getComputedStyle(h).display !== 'table-header-group' && shown(h)) bad.push('a head that is not repeated'); });
	document.querySelectorAll('tbody tr').forEach(r => { if (shown(r) && getComputedStyle(r).breakInside !== 'avoid') bad.push('a row that may break'); });
	return [...new Set(bad)];
})()`

// papers are the pages that are printed here: one of each shape.
var papers = []string{"today-branch", "clocks", "me", "people-branch", "enterprise", "coverage-orgs", "orgs", "org", "help"}

// TestPagesOnPaper prints these pages on A4, from the dark look, and keeps the
// file where TONGPIN_SHOTS says.
func TestPagesOnPaper(t *testing.T) {
	chromium(t)
	s := start(t)
	for _, p := range pages {
		if !slices.Contains(papers, p.name) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			b := open(t, s.url, text.Langs[0], s.cookies(t, p.who, text.Langs[0])...)
			b.see(look{width: 673, dark: true})
			b.visit(s.address(t, p.path))
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
			})
			b.do(err)
			for _, fault := range value[[]string](b, onPaper) {
				t.Error(fault)
			}
			out, err := chromedp.Call(b.ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69, PreferCSSPageSize: new(true)})
			b.do(err)
			if pdf := []byte(out.Data); !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 5000 || !bytes.Contains(pdf, []byte("/MediaBox [0 0 594.95996 841.91998]")) {
				t.Errorf("%d bytes that are no page of A4", len(pdf))
			} else if dir := os.Getenv("TONGPIN_SHOTS"); dir != "" {
				b.do(os.WriteFile(filepath.Join(dir, fmt.Sprint(p.name, ".pdf")), pdf, 0o644))
			}
		})
	}
}
