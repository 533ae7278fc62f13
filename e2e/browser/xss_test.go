package browser

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/intake"
	people "tongpin/internal/member"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// payloads would run in a page that writes a text as it was typed: in an
// element, in an attribute, in an address, in a template of its own.
var payloads = []string{
	`<img src=x onerror=pwned=1>`, `"><svg onload=pwned=1>`, `'-pwned-'`, `</title><script>pwned=1</script>`,
	`javascript:pwned=1`, `{{constructor.constructor('pwned=1')()}}`, `<a href="javascript:pwned=1">x</a>`, `&lt;script&gt;pwned=1&lt;/script&gt;`,
}

// TestMarkupIsText writes markup into every text that a person may type and
// reads each page that shows it: nothing runs, and the words stand as typed.
func TestMarkupIsText(t *testing.T) {
	chromium(t)
	s := start(t)
	lang := text.Langs[0]
	b := open(t, s.url, lang, s.cookies(t, park, lang)...)
	b.see(look{width: 1280})
	for i, p := range payloads {
		for path, shows := range s.plant(t, i, p) {
			if got := b.visit(path); got != 200 && got != 422 {
				t.Errorf("%s: status %d", path, got)
				continue
			}
			if value[bool](b, `typeof pwned !== 'undefined' || document.querySelector('img[src=x], main script, main svg[onload], a[href^="javascript:"]') !== null`) {
				t.Errorf("%s: %q became markup", path, p)
			}
			if shows && !strings.Contains(value[string](b, `document.querySelector('main').textContent`), p) {
				t.Errorf("%s does not show %q as it was typed", path, p)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		t.Errorf("the console says: %s", e)
	}
}

// plant writes a text wherever one can be written and returns the pages that
// show it, and those that look for it.
func (s *site) plant(t *testing.T, n int, p string) map[string]bool {
	t.Helper()
	ctx, who := t.Context(), access.Machine(s.Realm)
	under := core.OrgID(s.one(t, holes["org"], s.Realm, "苏州工业园区党工委"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%q: %v", p, err)
		}
	}
	name := fmt.Sprintf("试验%c", '甲'+n) // names refuse markup; it is put in behind their back
	o, err := s.Org.Found(ctx, who, org.Founding{Parent: under, Name: name + "支部", Kind: rule.Branch, FoundedOn: core.NewDate(2026, 1, 5), Document: p, Reason: p})
	must(err)
	e, err := s.Enterprise.Register(ctx, who, enterprise.Registration{Name: name + "公司", Org: under, Type: "private", Industry: p, From: core.NewDate(2026, 1, 5), State: enterprise.Operating})
	must(err)
	one, err := s.Member.Enrol(ctx, who, people.Enrolment{Name: "试验", Kind: people.Activist, Org: o.ID, Ethnicity: "汉族", Education: p, Position: p, Note: p})
	must(err)
	must(s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, update := range []string{
			`UPDATE orgs SET name = $3 WHERE realm_id = $1 AND id = $2`, `UPDATE org_facts SET name = $3 WHERE realm_id = $1 AND org_id = $2`,
			`UPDATE enterprises SET name = $3, industry = $3 WHERE realm_id = $1 AND id = $2`,
			`UPDATE persons SET name = $3, ethnicity = $3 WHERE realm_id = $1 AND id = $2`,
		} {
			for _, id := range []core.ID{core.ID(o.ID), core.ID(e.ID), core.ID(one.ID)} {
				if _, err := tx.Exec(ctx, update, s.Realm, id, p); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	asked, err := s.Opinion.Give(ctx, s.actor(t, "demo-branch"), access.Place{Org: core.OrgID(s.one(t, holes["org"], s.Realm, "保税港务党支部"))}, opinion.New{Kind: opinion.Fault, Words: p, Named: true})
	must(err)
	must(s.Opinion.Answer(ctx, who, asked.ID, p))
	batch, err := s.Intake.Upload(ctx, s.actor(t, "demo-park"), intake.Upload{
		Entity: intake.Members, Under: under, Name: "n" + p + ".csv", Data: []byte("姓名,性别,人员类别,所在支部\n" + `"` + strings.ReplaceAll(p, `"`, `""`) + `",男,正式党员,` + "\n"),
	})
	must(err)
	q := url.QueryEscape(p)
	return map[string]bool{
		"/orgs/" + o.ID.String(): true, "/orgs/" + o.ID.String() + "/record": true, "/orgs/" + o.ID.String() + "/change": false, "/orgs?q=" + q: false,
		"/enterprises/" + e.ID.String(): true, "/enterprises?q=" + q: false, "/people/" + one.ID.String(): true,
		"/people/" + one.ID.String() + "/change": false, "/import": false, "/import/" + batch.ID.String(): false,
		"/sign-in?next=" + q: false, "/search?q=" + q: false, "/coverage?by=" + q: false,
	}
}

// actor returns somebody of the example.
func (s *site) actor(t *testing.T, login string) access.Actor {
	t.Helper()
	u, err := s.Account.ByLogin(t.Context(), access.Machine(s.Realm), login)
	if err != nil {
		t.Fatal(err)
	}
	return access.Actor{Realm: s.Realm, User: u.ID, Via: "page"}
}
