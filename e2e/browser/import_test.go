package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

const rosters = "../../internal/sheet/testdata/rosters/"

// follow clicks what a selector finds and waits for the page that it leads to.
func (b *tab) follow(selector string) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).click()`, selector)))
	if err != nil {
		b.t.Fatalf("%s: %v", selector, err)
	}
	return int(res.Status)
}

// send chooses a file on the first step of the wizard and sends it.
func (b *tab) send(entity, file string) {
	b.t.Helper()
	b.visit("/import/new")
	b.choose(entity, file)
	if got := b.follow("main form button"); got != 200 {
		b.t.Fatalf("sending %s: status %d\n%s", file, got, value[string](b, `document.querySelector('main').innerText`))
	}
}

// choose fills in the first step of the wizard.
func (b *tab) choose(entity, file string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	path, err := filepath.Abs(file)
	b.do(err)
	value[any](b, fmt.Sprintf(`document.querySelector('#entity-%s').click()`, entity))
	b.do(chromedp.Do(ctx, chromedp.SetUploadFiles("#file", []string{path})))
}

func (b *tab) at() string { return value[string](b, `location.pathname`) }

// back goes to the page before, which the browser may have kept.
func (b *tab) back() {
	b.t.Helper()
	from := b.at()
	value[any](b, `history.back()`)
	for range 200 {
		if b.at() != from {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("Back stays at %s", from)
}

// step fails unless the tab is at that step of the wizard.
func (b *tab) step(name string) {
	b.t.Helper()
	if !strings.HasSuffix(b.at(), "/"+name) {
		b.t.Fatalf("at %s, want the step %s\n%s", b.at(), name, value[string](b, `document.querySelector('main').innerText`))
	}
}

// TestTheWizardWithoutScripts walks from the file to the result and back again,
// in a browser that runs no script.
func TestTheWizardWithoutScripts(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, core.Hans, s.cookies(t, park, core.Hans)...)
	b.see(look{width: 390, noScripts: true})
	b.send("orgs", rosters+"units.xlsx")
	b.step("columns")
	b.follow("main form .btn.go")
	b.step("rows")
	if got := value[int](b, `document.querySelectorAll('table.imp tbody tr').length`); got == 0 {
		t.Fatal("no rows are shown")
	}
	b.back()
	b.step("columns")
	b.follow("main form .btn.go")
	b.follow("#write button")
	b.step("result")
	if h := value[string](b, `document.querySelector('h1').textContent`); !strings.HasPrefix(h, "写好了") {
		t.Fatalf("%q", h)
	}
	b.follow("form[action$='/undo'] button")
	if h := value[string](b, `document.querySelector('h1').textContent`); h != "已整批撤回" {
		t.Errorf("%q", h)
	}
}

// aBadRoster has rows of every verdict and long words, for pictures.
const aBadRoster = "姓名,性别,人员类别,入党日期,转正日期,所在党支部,岗位,不认识的列\n" +
	"何霞,女,正式党员,2012-06-01,2013-06-01,没有的支部,班长,x\n" +
	"李明,男,群众,2012-06-01,,没有的支部,,\n" +
	"=1+1,男,正式党员,二〇一二,,没有的支部,,\n"

// TestTheStepsOfTheWizard looks at each step as TestPages looks at a page.
func TestTheStepsOfTheWizard(t *testing.T) {
	chromium(t)
	s := start(t)
	dir := t.TempDir()
	bad := filepath.Join(dir, "党员名册.csv")
	if err := os.WriteFile(bad, []byte(aBadRoster), 0o600); err != nil {
		t.Fatal(err)
	}
	pdf := filepath.Join(dir, "名册.xlsx")
	if err := os.WriteFile(pdf, []byte("%PDF-1.7\n\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, lang := range text.Langs {
		t.Run(string(lang), func(t *testing.T) {
			b := open(t, s.url, lang, s.cookies(t, park, lang)...)
			b.see(look{width: 1280})
			look := func(name string) {
				t.Helper()
				b.examine("import-"+name, lang)
			}
			b.visit("/import/new")
			b.choose("members", pdf)
			if got := b.follow("main form button"); got != 422 {
				t.Fatalf("a file that is no spreadsheet: %d", got)
			}
			look("refused")
			b.send("members", bad)
			b.step("columns")
			look("columns")
			b.follow("main form .btn.go")
			b.step("rows")
			look("rows-bad")
			b.send("orgs", rosters+"units.xlsx")
			b.follow("main form .btn.go")
			b.step("rows")
			look("rows")
			b.follow("#write button")
			b.step("result")
			look("result")
			b.follow("form[action$='/undo'] button")
			look("undone")
			b.visit("/import")
			look("list")
			b.verdict(t, 1000)
		})
	}
}

// TestAnswersAboutPeople looks at the pages that answer a form.
func TestAnswersAboutPeople(t *testing.T) {
	chromium(t)
	s := start(t)
	for _, lang := range text.Langs {
		t.Run(fmt.Sprint(lang), func(t *testing.T) {
			b := open(t, s.url, lang, s.cookies(t, secretary, lang)...)
			b.see(look{width: 1280})
			b.visit("/people")
			value[any](b, `document.querySelector('#q').value = 'w'`)
			b.follow("form.query button")
			if b.at() != "/people" || value[string](b, `location.search`) != "" {
				t.Errorf("the search stands in the address: %s", value[string](b, `location.href`))
			}
			b.examine("people-found", lang)
			b.visit("/people")
			b.follow("table tbody th a")
			b.examine("person", lang)
			b.follow("form[action$='/open'] button")
			b.examine("person-open-wrong", lang)
			value[any](b, `document.querySelector('#purpose').value = 'contact'`)
			if got := b.follow("form[action$='/open'] button"); got != 200 {
				t.Fatalf("opening: %d", got)
			}
			b.examine("person-opened", lang)
			person := strings.TrimSuffix(b.at(), "/open")
			for _, form := range []string{"change", "transfer", "end"} {
				b.visit(person + "/" + form)
				b.examine("person-"+form, lang)
			}
			b.verdict(t, 1000)
		})
	}
}
