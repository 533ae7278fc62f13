package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

const (
	listed  = `document.getElementById('shortcuts').open`
	isOpen  = `document.getElementById('palette').open`
	marked  = `(document.querySelector('#palette [aria-selected=true]') || {textContent: ''}).textContent`
	visible = `[...document.querySelectorAll('#palette [role=option]')].filter(o => o.offsetParent).map(o => o.firstChild.textContent).join('|')`
	status  = `document.querySelector('#palette > [role=status]').textContent`
)

// keys sends a key with modifiers to the page.
func (b *tab) keys(key string, m ...chromedp.KeyOption) {
	b.t.Helper()
	b.do(chromedp.Do(b.ctx, chromedp.KeyEvent(key, m...)))
}

// single sends a sign in one event, so that a page that takes the key gets none.
func (b *tab) single(key string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: "Slash", Text: key})
	b.do(err)
	_, err = chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key, Code: "Slash"})
	b.do(err)
}

func (b *tab) slash() {
	b.t.Helper()
	b.single("/")
}

// want fails unless an expression has the value.
func want[T comparable](b *tab, expression string, v T) {
	b.t.Helper()
	if got := value[T](b, expression); got != v {
		b.t.Errorf("%s is %v, want %v", expression, got, v)
	}
}

// TestThePaletteByKeys goes through the palette with the keyboard alone.
func TestThePaletteByKeys(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[0], s.cookies(t, park, text.Langs[0])...)
	b.see(look{width: 1280})
	b.visit("/orgs")
	value[any](b, `document.querySelector('.menu a').focus()`)
	b.single("?")
	want(b, listed, true)
	for _, fault := range b.axe(allRules) {
		t.Error(fault)
	}
	b.shoot("shortcuts-dialog.zh-Hans", look{width: 1280})
	b.keys(kb.Escape)
	want(b, listed, false)
	value[any](b, `document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', isComposing: true, bubbles: true, cancelable: true})) && 0`)
	value[any](b, `document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', keyCode: 229, bubbles: true, cancelable: true})) && 0`)
	want(b, listed, false)
	b.single("?") // and from the list to the search
	want(b, listed, true)
	b.keys("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	want(b, isOpen, true)
	want(b, listed, false)
	want(b, `document.activeElement.id`, "palette-q")
	want(b, marked, "今天")
	b.keys(kb.ArrowDown)
	want(b, marked, "全部时限")
	b.keys(kb.ArrowUp)
	b.keys(kb.ArrowUp)
	want(b, `document.querySelector('#palette-q').getAttribute('aria-activedescendant') === [...document.querySelectorAll('#palette [role=option]')].pop().id`, true)
	for _, fault := range b.axe(allRules) {
		t.Error(fault)
	}
	b.shoot("palette.zh-Hans", look{width: 1280})
	b.keys(kb.Escape)
	want(b, isOpen, false)
	want(b, `document.activeElement.matches('.menu a')`, true)

	b.slash()
	want(b, isOpen, true)
	b.keys("jjh")
	b.wait(`document.querySelector('#palette-orgs-h') !== null`)
	if got := value[string](b, visible); !strings.HasPrefix(got, "金鸡湖") {
		t.Errorf("found %q", got)
	}
	b.wait(status + ` !== ''`)
	for _, fault := range b.axe(allRules) {
		t.Error(fault)
	}
	b.shoot("palette-found.zh-Hans", look{width: 1280})
	b.keys(kb.Enter)
	b.wait(`location.pathname.startsWith('/orgs/0') && document.readyState === 'complete'`)

	b.slash()
	b.keys("qy")
	want(b, marked, "企业")
	want(b, `document.getElementById('palette-q').value`, "qy")
	b.keys(kb.Enter)
	b.wait(`location.pathname === '/enterprises'`)

	value[any](b, `document.querySelector('main [name=q]').focus()`)
	b.slash()
	want(b, isOpen, false)
	b.single("?")
	want(b, listed, false)
	want(b, `document.querySelector('main [name=q]').value`, "/?")
	b.verdict(t, 500)
}

// TestTheSingleKeyCanBeSwitchedOff: it may stand in the way of speech.
func TestTheSingleKeyCanBeSwitchedOff(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[2], s.cookies(t, park, text.Langs[2])...)
	b.see(look{width: 1280})
	b.visit("/help")
	b.slash()
	value[any](b, `document.getElementById('palette-slash').click()`)
	b.keys(kb.Escape)
	b.visit("/privacy")
	b.slash()
	want(b, isOpen, false)
	b.single("?")
	want(b, listed, false)
	b.keys("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	want(b, isOpen, true)
}

// TestAnInputMethodKeepsItsKeys composes with synthetic events, as browsers
// send them.
func TestAnInputMethodKeepsItsKeys(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[0], s.cookies(t, park, text.Langs[0])...)
	b.see(look{width: 1280})
	b.visit("/help")
	b.keys("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	value[any](b, `window.q = document.getElementById('palette-q')`)
	down := func(key string, more string) {
		value[any](b, fmt.Sprintf(`q.dispatchEvent(new KeyboardEvent('keydown', {key: %q, bubbles: true, cancelable: true, %s})) && 0`, key, more))
	}
	value[any](b, `q.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true})) && 0`)
	value[any](b, `(q.value = 'qi ye', q.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true})))`)
	for _, key := range []string{"Enter", "ArrowDown", "ArrowUp", "Home", "End", "Escape"} {
		down(key, "isComposing: true")
		down(key, "keyCode: 229")
	}
	want(b, isOpen, true)
	want(b, `location.pathname`, "/help")
	want(b, marked, "今天") // what is being written narrows nothing yet
	value[any](b, `(q.value = '企业', q.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true})), 0)`)
	down("Enter", "") // WebKit sends the key that confirms after the end
	want(b, isOpen, true)
	want(b, marked, "企业")
	b.wait(status + ` !== ''`)
	value[any](b, `setTimeout(() => q.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})))`) // it leaves the page
	b.wait(`location.pathname === '/enterprises'`)
}

// TestTheNewestAnswerWins: an answer that comes late is not shown.
func TestTheNewestAnswerWins(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[0], s.cookies(t, park, text.Langs[0])...)
	b.see(look{width: 1280})
	b.visit("/help")
	value[any](b, `(() => {
		const real = window.fetch;
		window.AbortController = undefined;
		window.held = null;
		window.fetch = (url, o) => o && String(o.body) === 'q=jjh' ? new Promise(done => { window.held = () => done(real(url, o)); }) : real(url, o);
	})()`)
	b.keys("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.keys("jjh")
	b.wait(`window.held !== null`)
	for range 3 {
		b.keys(kb.Backspace)
	}
	b.keys("lf")
	b.wait(status + ` !== ''`)
	before := value[string](b, visible)
	value[any](b, `(window.held(), 0)`)
	value[any](b, `fetch('/help').then(() => new Promise(done => setTimeout(done, 300)))`)
	want(b, visible, before)
	if strings.Contains(before, "金鸡湖") || before == "" {
		t.Errorf("found %q", before)
	}
	value[any](b, `window.fetch = () => Promise.reject(new Error('offline'))`)
	b.keys("x")
	b.wait(status + `.startsWith('没有连上')`)
}

// TestThePaletteStaysInItsRealm: another realm in the same database has an
// organisation of that name, and its words find nothing of it.
func TestThePaletteStaysInItsRealm(t *testing.T) {
	chromium(t)
	s := start(t)
	err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES (77, 'Elsewhere', 'Asia/Shanghai', $1, 0)`, true)
		if err == nil {
			_, err = org.Found(t.Context(), tx, access.Machine(77), s.Now(), org.Founding{Name: "异域麒麟党委", Kind: rule.Committee, FoundedOn: core.NewDate(2015, 1, 1)})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, s.url, text.Langs[0], s.cookies(t, city, text.Langs[0])...)
	b.see(look{width: 1280})
	b.visit("/help")
	for _, words := range []string{"麒麟", "yyqldw"} {
		b.keys("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
		value[any](b, fmt.Sprintf(`(document.getElementById('palette-q').value = %q, document.getElementById('palette-q').dispatchEvent(new InputEvent('input', {bubbles: true})))`, words))
		b.wait(status + ` === '没有找到'`)
		want(b, visible, "")
		b.keys(kb.Escape)
	}
}

// TestTheSearchWithoutScripts goes from the field in the header to a page.
func TestTheSearchWithoutScripts(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[0], s.cookies(t, park, text.Langs[0])...)
	b.see(look{width: 1280, noScripts: true})
	b.visit("/help")
	want(b, `document.getElementById('palette').open`, false)
	b.do(chromedp.Do(b.ctx, chromedp.SendKeys(chromedp.CSS(`.seek input`), "jjh"+kb.Enter)))
	b.wait(`document.querySelector('#orgs-h') !== null`)
	want(b, `location.pathname + location.search`, "/search")
	if got := value[string](b, `document.querySelector('#orgs-h ~ .tasks b').textContent`); !strings.HasPrefix(got, "金鸡湖") {
		t.Errorf("found %q", got)
	}
	b.shoot("search-found.zh-Hans", look{width: 1280})
}
