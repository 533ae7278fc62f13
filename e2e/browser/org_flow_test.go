package browser

import (
	"fmt"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/text"
)

// set gives fields values, by their names, as a browser's own pickers do.
func (b *tab) set(fields ...string) {
	b.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		value[any](b, fmt.Sprintf(`(f => { if (f.type === 'radio') f.checked = true; else f.value = %q })(document.querySelector('form.ask [name=%q], form.query [name=%q]'))`,
			fields[i+1], fields[i], fields[i]))
	}
}

// notice returns what the page says has been done.
func (b *tab) notice() string {
	b.t.Helper()
	return strings.TrimSpace(value[string](b, `document.querySelector('.notice')?.textContent || ''`))
}

// TestAnOrganisationsLife founds an organisation, moves it, and meets a wrong
// field, a doubt of the rules and somebody who was quicker.
func TestAnOrganisationsLife(t *testing.T) {
	chromium(t)
	s := start(t)
	lang := text.Langs[0]
	b := open(t, s.url, lang, s.cookies(t, park, lang)...)
	b.see(looks[0])
	b.visit(s.address(t, "/orgs/new?parent={org:金鸡湖商务区党委}"))
	b.set("name", "星湖街联合党支部", "kind", "joint_branch", "founded_on", "2099-01-01")
	if code := b.follow("form.ask .btn"); code != 422 {
		t.Fatalf("a day to come: status %d", code)
	}
	b.examine("org-new-wrong", lang)
	b.set("founded_on", "2025-03-01")
	b.follow("form.ask .btn")
	if got := b.notice(); got != "“星湖街联合党支部”已设立。" {
		t.Fatalf("founded: %q", got)
	}
	at := value[string](b, `location.pathname`)
	id := core.OrgID(s.one(t, holes["org"], s.Realm, "星湖街联合党支部"))

	b.visit(at + "/change")
	b.set("kind", "general_branch")
	if code := b.follow("form.ask .btn"); code != 422 {
		t.Fatalf("a general branch without branches: status %d", code)
	}
	b.examine("org-change-doubt", lang)
	b.visit(at + "/change")
	b.set("name", "星湖街支部")
	name := "星湖街第一联合党支部"
	err := s.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := org.Apply(t.Context(), tx, access.Machine(s.Realm), s.Now(), id, org.Change{Name: &name, On: core.DateOf(s.Now())})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if code := b.follow("form.ask .btn"); code != 409 {
		t.Fatalf("somebody was quicker: status %d", code)
	}
	b.examine("org-change-clash", lang)

	b.see(look{width: 390, noScripts: true})
	b.visit(at + "/move")
	b.set("q", "娄葑街道")
	b.follow("form.query .btn")
	b.set("parent", "")
	b.follow("form.ask .btn")
	if got := b.notice(); got != "“星湖街第一联合党支部”已移到新的上级下面。" {
		t.Errorf("moved without scripts: %q", got)
	}
	b.visit(at + "/dissolve")
	b.follow("form.ask .btn")
	b.see(looks[0])
	b.examine("org-dissolved", lang)
	b.verdict(t, 400)
}

// TestTheTreeOpensInPlace: a fold opens with and without scripts.
func TestTheTreeOpensInPlace(t *testing.T) {
	chromium(t)
	s := start(t)
	lang := text.Langs[0]
	for _, scripts := range []bool{true, false} {
		b := open(t, s.url, lang, s.cookies(t, park, lang)...)
		b.see(look{width: 1280, noScripts: !scripts})
		b.visit("/orgs")
		rows := `document.querySelectorAll('#orgs tbody tr').length`
		before := value[int](b, rows)
		if scripts {
			value[any](b, `document.querySelector('#orgs .fold').click()`)
			b.wait(fmt.Sprintf("%s > %d", rows, before))
		} else {
			b.follow("#orgs .fold")
		}
		if got := value[string](b, `document.querySelector('#orgs .fold').getAttribute('aria-expanded')`); got != "true" || value[int](b, rows) <= before {
			t.Errorf("scripts %v: expanded %s, %d rows of %d", scripts, got, value[int](b, rows), before)
		}
	}
}
