package matrix

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

var write = flag.Bool("write", false, "write testdata/policy.tsv from what is seen, to be read line by line before it is committed")

// An answer is what a principal got.
type answer struct {
	code           int
	location, body string
}

// refused reports whether the site let nobody through to the work.
func (a answer) refused() bool {
	return a.code == http.StatusUnauthorized || a.code == http.StatusForbidden || a.code == http.StatusNotFound || a.signIn()
}

func (a answer) signIn() bool {
	return a.code == http.StatusSeeOther && strings.HasPrefix(a.location, "/sign-in")
}

// unpack returns a body; of a workbook, the text of its parts.
func unpack(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	b := rec.Body.Bytes()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return string(b)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// policy reads who gets through on which route, where the role is held and below
// it: the one statement of it that was written by hand.
func policy(t *testing.T) map[string]map[relation][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/policy.tsv")
	if err != nil && !*write {
		t.Fatal(err)
	}
	all := map[string]map[relation][]string{}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cells) < 2 {
			continue
		}
		all[cells[0]] = map[relation][]string{own: strings.Fields(cells[1]), below: strings.Fields(cells[len(cells)-1])}
	}
	return all
}

func TestTheMatrix(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": dbtest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			m := &matrix{world: newWorld(t, database(t)), policy: policy(t), seen: map[string][]string{}, said: map[string]bool{}}
			for _, p := range m.principals() {
				for _, rt := range m.routes {
					m.walk(p, rt)
				}
			}
			m.still()
			if *write {
				m.save()
			}
			t.Logf("%d answers to %d routes", m.asked, len(m.routes))
		})
	}
}

// A matrix is one walk over everything.
type matrix struct {
	*world
	policy map[string]map[relation][]string
	seen   map[string][]string
	asked  int
	said   map[string]bool
}

// wrong fails the test, once for each first part of what is wrong.
func (m *matrix) wrong(what, more string) {
	if !m.said[what] {
		m.said[what] = true
		m.t.Error(what + more)
	}
}

// holed reports whether a route names a record, in its path or in what is sent.
func (m *matrix) holed(rt route) bool {
	return strings.Contains(rt.path, "{") || rt.method != http.MethodGet || slices.Contains(rt.query, "under") || !rt.api
}

// walk asks one route as one principal, about every relation.
func (m *matrix) walk(p principal, rt route) {
	if rt.open {
		return // TestOpenRoutesSayNothing
	}
	if p.stranger {
		m.turnedAway(p, rt)
		return
	}
	if rt.api && !slices.Contains(p.scopes, rt.scope) {
		if a := m.see(p, rt, target{own, own}); a.code != http.StatusForbidden {
			m.t.Errorf("%s, whose token lacks %s, asks %s: %d", p.name, rt.scope, rt, a.code)
		}
		return
	}
	if !rt.api && p.session == "" {
		return
	}
	if m.holed(rt) && !strings.HasPrefix(rt.path, "/me/") {
		m.vary(p, rt, func(r relation) target { return target{r, r} })
		m.vary(p, rt, func(r relation) target { return target{r, own} })
		m.vary(p, rt, func(r relation) target { return target{own, r} })
		return
	}
	m.through(p, rt, own, m.see(p, rt, target{own, own}))
}

// vary asks about each relation in turn: what is out of reach must be answered
// like what does not exist, byte for byte.
func (m *matrix) vary(p principal, rt route, at func(relation) target) {
	to, inPath := at(missing), strings.Contains(rt.path, "{") && m.fillPath(rt.path, missing) != m.fillPath(rt.path, own)
	if !inPath && to.path == missing || inPath && to == (target{missing, own}) && rt.method == http.MethodGet {
		return // nothing in the path, or nothing beside it
	}
	void := map[relation]answer{missing: m.see(p, rt, to), nowhere: m.see(p, rt, at(nowhere))}
	for _, one := range relations {
		r, void := one.of, void[one.like]
		if strings.Contains(rt.path, "{grouping}") && to.path == missing && r != other {
			if r == own {
				m.through(p, rt, r, m.see(p, rt, at(r)))
			}
			continue // each role of the realm sees all of them
		}
		a := m.see(p, rt, at(r))
		switch {
		case m.reaches(p, r):
			if !inPath || to == (target{missing, missing}) {
				m.through(p, rt, r, a)
			}
		case a.code != void.code || m.blank(a.body, r) != m.blank(void.body, one.like):
			m.wrong(fmt.Sprintf("%s asks %s about what is %s", p.name, rt, r),
				fmt.Sprintf(", %v: %d, and %d for what is missing\n%s", at(r), a.code, void.code, difference(m.blank(a.body, r), m.blank(void.body, one.like))))
		case to.path == missing && !a.refused():
			m.wrong(fmt.Sprintf("%s asks %s about what is %s: %d", p.name, rt, r, a.code), "")
		}
	}
}

// reaches reports whether a principal's role holds there.
func (m *matrix) reaches(p principal, r relation) bool {
	return p.role != "" && (r == own || r == below) || p.site == 1 && r == other
}

// through holds an answer about a place in reach against the policy.
func (m *matrix) through(p principal, rt route, r relation, a answer) {
	if p.role == "" || r == below && p.role == access.Manager {
		return
	}
	name := rt.String()
	if a.code >= 500 && !strings.HasPrefix(rt.path, "/me/") { // where attempts are counted
		m.t.Errorf("%s asks %s about what is %s: %d %.300s", p.name, name, r, a.code, a.body)
	}
	if *write {
		m.seen[name+" "+string(r)] = append(m.seen[name+" "+string(r)], map[bool]string{false: string(p.role)}[a.refused()])
		return
	}
	want, there := m.policy[name]
	if !there {
		m.wrong(name+": testdata/policy.tsv must say who gets through", "")
		return
	}
	if slices.Contains(want[r], string(p.role)) == a.refused() {
		m.wrong(fmt.Sprintf("%s asks %s about what is %s: %d, and the policy says %q", p.name, name, r, a.code, want[r]), "")
	}
}

// turnedAway asks as somebody whom the site must not know.
func (m *matrix) turnedAway(p principal, rt route) {
	a := m.see(p, rt, target{own, own})
	if rt.api && a.code != http.StatusUnauthorized || !rt.api && !a.signIn() {
		m.t.Errorf("%s asks %s: %d %s", p.name, rt, a.code, a.location)
	}
}

// see asks, and looks for canaries in the answer.
func (m *matrix) see(p principal, rt route, to target) answer {
	m.asked++
	a := m.ask(p, rt, to)
	for _, found := range canaries.FindAllStringSubmatch(a.body, -1) {
		if r, kind := relation(found[1]), found[2]; !m.maySee(p, r, kind) {
			m.wrong(fmt.Sprintf("%s asks %s and reads the %s of what is %s", p.name, rt, kind, r), fmt.Sprintf(", asked about %v", to))
		}
	}
	for r, number := range numbers {
		opened := strings.HasSuffix(rt.path, "/open") && m.reaches(p, r) && (p.site == 1 || access.Allows(p.role, access.OpenFields))
		if !opened && (strings.Contains(a.body, number) || strings.Contains(a.body, phones[r])) {
			m.wrong(fmt.Sprintf("%s asks %s and reads a number of what is %s", p.name, rt, r), fmt.Sprintf(", asked about %v", to))
		}
	}
	return a
}

var canaries = regexp.MustCompile(`Canary(own|below|above|beside|other)([a-z]+)z`)

// maySee reports whether a text may reach a principal: the names of
// organisations above lead back to the top, groupings are of a whole realm, and
// a person's fields are for roles that see people.
func (m *matrix) maySee(p principal, r relation, kind string) bool {
	switch {
	case p.stranger:
		return false
	case p.site == 1: // of the other realm
		return r == other
	case r == other:
		return false
	case kind == "grouping" || kind == "org" && r == above:
		return true
	case p.name == "revoked" && r == own && kind == "org":
		return true // the copy of one's data names where one held a role
	case r != own && r != below || p.role == "" && p.name != "less":
		return false
	case kind == "person":
		return access.Allows(p.role, access.SeePeople)
	case kind == "hold": // a reason, which stands in the journal as every other
		return access.Allows(p.role, access.SeePeople) || access.Allows(p.role, access.SeeJournal)
	}
	return true
}

// blank takes the ids of a relation out of a text, so that two answers can be
// compared.
func (m *matrix) blank(text string, r relation) string {
	var pairs []string
	for _, r := range []relation{r, own} {
		for hole, id := range m.places[r].ids {
			pairs = append(pairs, id.String(), "{"+hole+"}")
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// difference shows where two texts part.
func difference(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	from := max(0, n-60)
	return a[from:min(len(a), n+120)] + "\n---\n" + b[from:min(len(b), n+120)]
}

// still makes sure that the places stand as they did: everybody was asked about
// the same.
func (m *matrix) still() {
	for r, p := range m.places {
		if r == missing || r == nowhere {
			continue
		}
		m.count(r, 1, `SELECT count(*) FROM orgs WHERE id = $1 AND dissolved_on IS NULL`, p.org.ID)
		m.count(r, 1, `SELECT count(*) FROM memberships WHERE person_id = $1 AND org_id = $2 AND superseded_at IS NULL AND valid_to = '9999-12-31'`, p.person.ID, p.org.ID)
	}
}

func (m *matrix) count(r relation, want int, query string, args ...any) {
	m.t.Helper()
	m.tx(func(tx *db.Tx) error {
		n, err := db.One(m.t.Context(), tx, db.Int, query, args...)
		if err == nil && n != want {
			m.t.Errorf("what is %s has changed in the walk: %d of %s", r, n, query)
		}
		return err
	})
}

// save writes what was seen.
func (m *matrix) save() {
	var b strings.Builder
	old, err := os.ReadFile("testdata/policy.tsv")
	if err != nil {
		m.t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(old), "# route")
	b.WriteString(head + "# route\troles\troles below, where they are others\n")
	for _, rt := range m.routes {
		if rt.open {
			continue
		}
		at := func(r relation) string {
			var who []string
			for _, role := range access.Roles {
				if slices.Contains(m.seen[rt.String()+" "+string(r)], string(role)) {
					who = append(who, string(role))
				}
			}
			return strings.Join(who, " ")
		}
		line := rt.String() + "\t" + at(own)
		if low := at(below); m.seen[rt.String()+" below"] != nil && strings.TrimSuffix(at(own), " manager") != low {
			line += "\t" + low
		}
		b.WriteString(line + "\n")
	}
	if err := os.WriteFile("testdata/policy.tsv", []byte(b.String()), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// TestOpenRoutesSayNothing asks what everybody may ask for.
func TestOpenRoutesSayNothing(t *testing.T) {
	m := &matrix{world: newWorld(t, ""), said: map[string]bool{}}
	for _, rt := range m.routes {
		if rt.open && rt.method != "" {
			m.see(principal{name: "none", stranger: true}, rt, target{own, own})
		}
	}
	if m.asked < 10 {
		t.Errorf("only %d open routes", m.asked)
	}
}

// TestThePolicyNamesRoutesThatExist finds lines that are left of routes that have
// gone.
func TestThePolicyNamesRoutesThatExist(t *testing.T) {
	w := newWorld(t, "")
	for name := range policy(t) {
		if !slices.ContainsFunc(w.routes, func(rt route) bool { return rt.String() == name && !rt.open }) {
			t.Errorf("%s is in testdata/policy.tsv and not on the site", name)
		}
	}
}
