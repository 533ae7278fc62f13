package browser

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

// pages is every page of the site, for each kind of person who sees another
// page there. A new page adds a line. most is its first visit in kilobytes,
// compressed, with style and script.
var pages = []struct {
	name, path string
	who        role
	status     int
	most       float64
}{
	{"sign-in", "/sign-in?next=/orgs", stranger, 200, 40},
	{"sign-in-link", "/sign-in?token={link}", stranger, 200, 40},
	{"today-city", "/", city, 200, 90},
	{"today-park", "/", park, 200, 90},
	{"today-committee", "/", committee, 200, 90},
	{"today-branch", "/", secretary, 200, 90},
	{"today-member", "/", member, 200, 90},
	{"today-manager", "/", manager, 200, 90},
	{"today-security", "/", security, 200, 90},
	{"clocks", "/clocks", park, 200, 60},
	{"clocks-forbidden", "/clocks", member, 403, 40},
	{"clock", "/clocks/{clock}", secretary, 200, 60},
	{"me", "/me", member, 200, 40},
	{"journal", "/journal", auditor, 200, 60},
	{"journal-filtered", "/journal?family=org&from=2020-01-01&under={org:张家港市委}", auditor, 200, 40},
	{"journal-wrong", "/journal?from=2026-12-31&to=2026-01-01", auditor, 422, 40},
	{"journal-forbidden", "/journal", park, 403, 40},
	{"me-manager", "/me", manager, 200, 40},
	{"me-secretary", "/me", secretary, 200, 40},
	{"me-factors", "/me/factors", member, 200, 40},
	{"me-record", "/me/record", member, 200, 40},
	{"me-record-none", "/me/record", manager, 200, 40},
	{"me-data", "/me/data", member, 200, 40},
	{"corrections", "/corrections", member, 200, 40},
	{"corrections-secretary", "/corrections", secretary, 200, 40},
	{"correction-new", "/corrections/new?item=born_on", member, 200, 40},
	{"me-consents", "/me/consents", member, 200, 40},
	{"person-consents", "/people/{own}/consents", committee, 200, 40},
	{"person-hold", "/people/{own}/hold", committee, 200, 40},
	{"me-sessions", "/me/sessions", member, 200, 40},
	{"me-calendar", "/me/calendar", secretary, 200, 40},
	{"me-tokens", "/me/tokens", secretary, 200, 40},
	{"api", "/api", secretary, 200, 48}, // the whole reference on one page; it grows with the API
	{"reset-issue", "/accounts/reset", secretary, 200, 40},
	{"reset-issue-absent", "/accounts/reset", member, 404, 40},
	{"reset", "/reset", stranger, 200, 40},
	{"accounts", "/accounts", security, 200, 60},
	{"accounts-absent", "/accounts", secretary, 404, 40},
	{"accounts-nothing", "/accounts?state=closed", security, 200, 40},
	{"account-new", "/accounts/new", security, 200, 40},
	{"account", "/accounts/{account:林若川}", security, 200, 60},
	{"account-grant", "/accounts/{account:林若川}/grant", security, 200, 40},
	{"account-close", "/accounts/{account:林若川}/close", security, 200, 40},
	{"account-own", "/accounts/{account:陆安然}", security, 200, 60},
	{"settings", "/settings", system, 200, 40},
	{"settings-absent", "/settings", security, 404, 40},
	{"retention", "/retention", system, 200, 40},
	{"retention-absent", "/retention", member, 404, 40},
	{"setting", "/settings/instructor.units", system, 200, 40},
	{"setting-choice", "/settings/org.count_basis", system, 200, 40},
	{"roles", "/roles", member, 200, 60},
	{"jobs", "/jobs", park, 200, 40},
	{"import", "/import", park, 200, 40},
	{"import-new", "/import/new", park, 200, 40},
	{"import-new-secretary", "/import/new", secretary, 200, 40},
	{"import-forbidden", "/import", member, 403, 40},
	{"people-park", "/people", park, 200, 60},
	{"people-branch", "/people", secretary, 200, 60},
	{"people-counts", "/people", city, 200, 40},
	{"people-new", "/people/new", secretary, 200, 60},
	{"person-own", "/people/{own}", member, 200, 60},
	{"export-ask", "/export/members?sensitive=yes", secretary, 200, 40},
	{"enterprises", "/enterprises", park, 200, 60},
	{"enterprises-narrowed", "/enterprises?coverage=none&type=private", city, 200, 60},
	{"enterprises-nothing", "/enterprises?q=zzz", secretary, 200, 40},
	{"enterprise", "/enterprises/{visited}", park, 200, 60},
	{"enterprise-past", "/enterprises/{visited}?on=2024-12-31&known=then", city, 200, 60},
	{"enterprise-manager", "/enterprises/{managed}", manager, 200, 60},
	{"enterprise-new", "/enterprises/new", park, 200, 40},
	{"enterprise-verify", "/enterprises/{visited}/verify", park, 200, 40},
	{"enterprise-move", "/enterprises/{visited}/move", park, 200, 40},
	{"enterprise-forbidden", "/enterprises/{managed}/verify", manager, 403, 40},
	{"appoint", "/appoint?id={visited}", park, 200, 40},
	{"groupings", "/groupings?kind=building", park, 200, 60},
	{"grouping", "/groupings/{building}", park, 200, 60},
	{"grouping-new", "/groupings/new", park, 200, 40},
	{"coverage", "/coverage", park, 200, 60},
	{"coverage-open", "/coverage?open=org-{org:金鸡湖街道党工委}&at=org-{org:金鸡湖街道党工委}", park, 200, 60},
	{"coverage-past", "/coverage?under={org:苏州工业园区党工委}&on=2022-12-31&by=building", city, 200, 60},
	{"coverage-branch", "/coverage", secretary, 200, 60},
	{"coverage-unknown", "/coverage?on=1990-01-01&known=then", park, 200, 40},
	{"coverage-bad-day", "/coverage?on=2099-01-01", park, 422, 40},
	{"coverage-rows", "/coverage/rows?show=missed", park, 200, 40},
	{"coverage-orgs", "/coverage/rows?show=two_new&on=2022-12-31", park, 200, 40},
	{"coverage-nothing", "/coverage/rows?show=gained.own&on=2010-01-01", park, 200, 40},
	{"figures", "/figures?on=2022-12-31", park, 200, 40},
	{"figure", "/figures/two_new_share?on=2022-12-31", park, 200, 40},
	{"figure-secretary", "/figures/members", committee, 200, 40},
	{"orgs", "/orgs", park, 200, 60},
	{"orgs-levels", "/orgs?depth=2", city, 200, 60},
	{"orgs-narrowed", "/orgs?kind=branch&term=overdue", city, 200, 60},
	{"orgs-past", "/orgs?on=2022-12-31&kind=committee", park, 200, 60},
	{"orgs-nothing", "/orgs?q=zzz", secretary, 200, 40},
	{"orgs-bad-day", "/orgs?on=2099-01-01", member, 422, 60},
	{"org", "/orgs/{org:陶氏张家港基地党委}", city, 200, 60},
	{"org-what-if", "/orgs/{org:陶氏张家港基地党委}?delta=-36", committee, 200, 60},
	{"org-past", "/orgs/{org:陶氏张家港基地党委}?on=2012-01-01", city, 200, 60},
	{"org-branch", "/orgs/{org:保税港务党支部}", secretary, 200, 60},
	{"org-record", "/orgs/{org:陶氏张家港基地党委}/record", city, 200, 40},
	{"org-change", "/orgs/{org:陶氏张家港基地党委}/change", city, 200, 40},
	{"org-move", "/orgs/{org:陶氏张家港基地党委}/move?q=%E5%8D%97%E4%B8%B0", city, 200, 40},
	{"org-merge", "/orgs/{org:陶氏张家港基地党委}/merge?q=zzz", city, 200, 40},
	{"org-split", "/orgs/{org:陶氏张家港基地党委}/split", city, 200, 40},
	{"org-dissolve", "/orgs/{org:陶氏张家港基地党委}/dissolve", city, 200, 40},
	{"org-correct", "/orgs/{org:陶氏张家港基地党委}/correct", city, 200, 40},
	{"org-correct-parent", "/orgs/{org:陶氏张家港基地党委}/correct?what=parent", city, 200, 40},
	{"org-term", "/orgs/{org:陶氏张家港基地党委}/term", city, 200, 40},
	{"org-appoint", "/orgs/{org:娄葑街道党工委}/officers/new", park, 200, 40},
	{"org-new", "/orgs/new", park, 200, 40},
	{"org-forbidden", "/orgs/{org:陶氏张家港基地党委}/change", committee, 403, 40},
	{"absent", "/absent", stranger, 404, 40},
	{"absent-signed-in", "/absent", secretary, 404, 40},
	{"help", "/help", secretary, 200, 40},
	{"shortcuts", "/shortcuts", member, 200, 40},
	{"accessibility", "/accessibility", stranger, 200, 40},
	{"privacy", "/privacy", secretary, 200, 40},
	{"definitions", "/definitions", secretary, 200, 40},
	{"search", "/search?q=zjg", secretary, 200, 40},
	{"more", "/more", secretary, 200, 40},
	{"projects", "/projects", secretary, 200, 40},
	{"project-cover", "/projects/cover?kind=topic", city, 200, 40},
	{"project", "/projects/{project:靠泊到开工四十五分钟}", secretary, 200, 40},
	{"topic-done", "/projects/{project:吊具锁销快换}", secretary, 200, 40},
	{"topic-finish", "/projects/{project:堆场倒箱次数}/finish", secretary, 200, 40},
	{"topic-edit", "/projects/{project:堆场倒箱次数}/edit", secretary, 200, 40},
	{"topic-lane", "/projects/{project:堆场倒箱次数}/lane", secretary, 200, 40},
	{"project-new", "/projects/new", secretary, 200, 40},
	{"project-step", "/projects/{project:靠泊到开工四十五分钟}/step", secretary, 200, 40},
	{"posts", "/posts", secretary, 200, 40},
	{"post-new", "/posts/new", secretary, 200, 40},
	{"post-areas", "/posts/areas", secretary, 200, 40},
	{"mentoring", "/mentoring", secretary, 200, 40},
	{"fronts", "/fronts", secretary, 200, 40},
	{"front-new", "/fronts/new", secretary, 200, 40},
	{"problems", "/problems?project={project:靠泊到开工四十五分钟}", secretary, 200, 40},
	{"problem-new", "/problems/new?project={project:靠泊到开工四十五分钟}", secretary, 200, 40},
	{"opinions", "/opinions", park, 200, 40},
	{"opinion-new", "/opinions/new?page=GET%20%2Forgs", member, 200, 40},
	{"burden", "/burden", manager, 200, 40},
	{"gallery", "/gallery", secretary, 200, 60},
}

// looks are the widths and themes in which each page is checked: 360 is the
// narrowest phone, 390 the one whose pictures are kept.
var looks = []look{{width: 360}, {width: 360, dark: true}, {width: 1280}, {width: 1280, dark: true}}

// looksOf returns the looks in which the page of a number in the table is checked
// in a language. Colours do not depend on the language and words do not depend on
// the theme: every sixth page is seen in all looks and languages, the others in
// the first language, by turns light on a phone and dark at a desk or the other
// way round. TONGPIN_LOOKS=all sees everything.
func looksOf(page int, lang core.Lang) []look {
	switch {
	case os.Getenv("TONGPIN_LOOKS") == "all", page%6 == 0 && lang == text.Langs[0]:
		return looks
	case page%6 == 0 && lang == core.En: // the longest words
		return []look{looks[0], looks[2]}
	case page%6 == 0:
		return looks[:1]
	case lang != text.Langs[0]:
		return nil
	case page%2 == 1:
		return []look{looks[0], looks[3]}
	}
	return []look{looks[1], looks[2]}
}

// TestPages opens each page in three languages and finds nothing wrong with it
// in any look.
func TestPages(t *testing.T) {
	chromium(t)
	s := start(t)
	for i, p := range pages {
		for _, lang := range text.Langs {
			seen := looksOf(i, lang)
			if seen == nil {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", p.name, lang), func(t *testing.T) {
				b := open(t, s.url, lang, s.cookies(t, p.who, lang)...)
				b.see(seen[0])
				if got := b.visit(s.address(t, p.path)); got != p.status {
					t.Fatalf("status %d, want %d", got, p.status)
				}
				b.examine(p.name, lang, seen...)
				b.verdict(t, p.most)
			})
		}
	}
}

// examine finds nothing wrong with the page at hand in some looks, or in those of
// a page of the table that is not the sixth, and keeps a picture of each.
func (b *tab) examine(name string, lang core.Lang, seen ...look) {
	b.t.Helper()
	if seen == nil {
		seen = looksOf(1, text.Langs[0])
	}
	for _, l := range seen {
		b.see(l)
		var faults []string
		if l.dark {
			faults = b.axe(colourRules)
		} else {
			faults = append(b.measure(lang), b.axe(allRules)...)
		}
		for _, fault := range faults {
			b.t.Errorf("%s: %s: %s", name, l, fault)
		}
		b.shoot(fmt.Sprintf("%s.%s", name, lang), l)
	}
}

// verdict fails for what went wrong in the tab since it was opened.
func (b *tab) verdict(t *testing.T, most float64) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		t.Errorf("the console says: %s", e)
	}
	for _, u := range b.abroad {
		t.Errorf("another site was asked: %s", u)
	}
	if kb := b.weight / 1024; kb > most || kb < 1 {
		t.Errorf("the first visit weighs %.1f KB, at most %.0f", kb, most)
	}
}

// TestPagesWithoutScripts: everything can be read, and menus open.
func TestPagesWithoutScripts(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[0], s.cookies(t, secretary, text.Langs[0])...)
	b.see(look{width: 390, noScripts: true})
	b.visit("/gallery")
	if value[bool](b, `document.querySelector('table.tree').hasAttribute('role')`) {
		t.Fatal("the scripts ran")
	}
	value[any](b, `document.querySelector('.switch summary').click()`)
	if !value[bool](b, `document.querySelector('.switch').open`) {
		t.Error("the switcher does not open")
	}
	if !value[bool](b, `document.activeElement.classList.contains('errors')`) {
		t.Error("the summary of errors has not the focus")
	}
}

// TestTreeKeys moves through a tree grid with the keys of the pattern.
func TestTreeKeys(t *testing.T) {
	chromium(t)
	s := start(t)
	b := open(t, s.url, text.Langs[2], s.cookies(t, secretary, text.Langs[2])...)
	b.see(look{width: 1280})
	b.visit("/gallery")
	if got := value[string](b, `document.querySelector('table.tree').getAttribute('role')`); got != "treegrid" {
		t.Fatalf("role = %q", got)
	}
	value[any](b, `document.querySelector('table.tree tbody tr').focus()`)
	for _, step := range []struct{ key, want string }{
		{kb.ArrowDown, "row-1"}, {kb.ArrowDown, "row-2"}, {kb.ArrowDown, "row-2"}, {kb.ArrowLeft, "row-1"},
		{kb.Home, "row-0"}, {kb.ArrowRight, "row-1"}, {kb.End, "row-2"}, {kb.ArrowUp, "row-1"},
	} {
		b.press(step.key)
		if got := value[string](b, `document.activeElement.id`); got != step.want {
			t.Fatalf("after %q: at %s, want %s", step.key, got, step.want)
		}
	}
	if n := value[int](b, `document.querySelectorAll('table.tree tbody tr[tabindex="0"]').length`); n != 1 {
		t.Errorf("%d rows can be reached with Tab, want 1", n)
	}
}
