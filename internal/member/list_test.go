package member_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/names"
)

func (w *world) service() *member.Service {
	return &member.Service{DB: w.DB, Now: func() time.Time { return now }, Keys: keys}
}

// A crowd is people that a list can be compared with.
type crowd []member.Row

// crowd enrols people with few characters, so that names, readings and
// initials repeat, in every organisation of the tree.
func (w *world) crowd(r *rand.Rand, n int, places []core.OrgID) crowd {
	w.t.Helper()
	surnames, given := []rune("张章王汪李曾"), []rune("敏民明小强雨")
	kinds := []string{member.Full, member.Full, member.Full, member.Full, member.Full, member.Probationary, member.Activist, member.None}
	rows := make([]member.Enrolment, n)
	all := make(crowd, n)
	for i := range rows {
		name := string(surnames[r.IntN(6)]) + string(given[r.IntN(6)])
		if r.IntN(4) > 0 {
			name += string(given[r.IntN(6)])
		}
		rows[i] = member.Enrolment{Name: name, Kind: kinds[r.IntN(len(kinds))], Org: places[r.IntN(len(places))], From: day(2020, 1, 1)}
	}
	w.do(func(tx *db.Tx) error {
		ids, err := member.EnrolMany(w.t.Context(), tx, keys, w.machine, now, rows)
		for i, id := range ids {
			all[i] = member.Row{ID: id, Name: rows[i].Name, Kind: rows[i].Kind, Org: rows[i].Org}
		}
		return err
	})
	slices.SortFunc(all, byKey)
	return all
}

func byKey(a, b member.Row) int {
	return cmp.Or(cmp.Compare(names.PersonKey(a.Name), names.PersonKey(b.Name)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// that returns the part of the crowd that f wants.
func (c crowd) that(f func(member.Row) bool) (part crowd) {
	for _, p := range c {
		if f(p) {
			part = append(part, p)
		}
	}
	return part
}

func (c crowd) page(p core.Page) crowd {
	from := min((p.Number-1)*p.Size, len(c))
	return c[from:min(from+p.Size, len(c))]
}

func ids(rows []member.Row) string {
	var b strings.Builder
	for _, p := range rows {
		fmt.Fprintf(&b, "%s %s %s\n", p.ID, p.Name, p.Kind)
	}
	return b.String()
}

func TestEveryPageOfEverySubtreeIsInTheOrderOfNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		deep := w.found(w.machine, w.a, "一小组", "branch")
		deeper := w.found(w.machine, deep, "一分组", "branch")
		all := w.crowd(rand.New(rand.NewPCG(1, 1)), 400, []core.OrgID{w.root, w.park, w.committee, w.a, w.b, w.other, deep, deeper})
		below := map[core.OrgID][]core.OrgID{
			w.root: {w.root, w.park, w.committee, w.a, w.b, w.other, deep, deeper}, w.park: {w.park, w.committee, w.a, w.b, w.other, deep, deeper},
			w.committee: {w.committee, w.a, w.b, deep, deeper}, w.a: {w.a, deep, deeper}, w.b: {w.b}, w.other: {w.other}, deep: {deep, deeper}, deeper: {deeper},
		}
		w.do(func(tx *db.Tx) error { // people of another realm, and one whose import was undone
			e := zhang(w.far)
			if _, err := member.Enrol(t.Context(), tx, keys, w.stranger, now, e); err != nil {
				return err
			}
			e.Org = w.a
			p, err := member.Enrol(t.Context(), tx, keys, w.machine, now, e)
			if err != nil {
				return err
			}
			return member.Remove(t.Context(), tx, w.machine, now, []core.PersonID{p.ID}, "", 0)
		})
		s := w.service()
		for under, orgs := range below {
			for _, kind := range append([]string{""}, member.Kinds...) {
				want := all.that(func(p member.Row) bool { return slices.Contains(orgs, p.Org) && (kind == "" || p.Kind == kind) })
				for _, page := range []core.Page{{Number: 1, Size: 50}, {Number: 2, Size: 30}, {Number: 10, Size: 20}} {
					got, err := s.List(t.Context(), w.machine, member.Query{Under: under, Kind: kind, Page: page, Total: true})
					if err != nil {
						t.Fatal(err)
					}
					if ids(got.Rows) != ids(want.page(page)) {
						t.Errorf("under %s, kind %q, page %v: got\n%swant\n%s", under, kind, page, ids(got.Rows), ids(want.page(page)))
					}
					if got.Total != len(want) || got.More != (len(want) > page.Number*page.Size) {
						t.Errorf("under %s, kind %q, page %v: total %d, more %v; want %d", under, kind, page, got.Total, got.More, len(want))
					}
				}
			}
		}
	})
}

// TestNamesAreFoundByCharactersPinyinAndInitials runs with a lower limit of
// what is read one by one (export_test.go), so that each way of searching has
// its turn: a small subtree, one of middle size, and a large part of the realm.
func TestNamesAreFoundByCharactersPinyinAndInitials(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := rand.New(rand.NewPCG(3, 3))
		w.crowd(r, 1400, []core.OrgID{w.b, w.committee})
		w.crowd(r, 300, []core.OrgID{w.a})
		w.crowd(r, 60, []core.OrgID{w.other})
		for _, name := range []string{"覃雨桐", "Anne Hall", "O'Hara Wm", "章"} {
			w.enrol(member.Enrolment{Name: name, Kind: member.Full, Org: w.a, From: day(2020, 1, 1)})
		}
		for at, size := range map[core.OrgID]int{w.root: 150, w.a: 40, w.other: 15} {
			all := w.everybody(at)
			for _, q := range []string{"张", "張", "敏", "张敏", "小强", "王小明", "覃", "雨桐", "z", "zm", "zhang", "zhangm", "wxm", "zengm", "qyt", "anne", "没有", "%", "_", "'", "張 敏"} {
				kind := []string{"", member.Full, member.Activist}[r.IntN(3)]
				folded, latin := names.Fold(q), names.Latin(q)
				want := all.that(func(p member.Row) bool {
					if kind != "" && p.Kind != kind {
						return false
					}
					if latin {
						return strings.HasPrefix(names.PersonKey(p.Name), folded) || strings.HasPrefix(names.PersonInitials(p.Name), folded)
					}
					return len(names.Words(q)) > 0 && strings.Contains(names.Fold(p.Name), folded)
				})
				var got crowd
				for page := (core.Page{Number: 1, Size: size}); ; page.Number++ {
					l, err := w.service().List(t.Context(), w.machine, member.Query{Under: at, Kind: kind, Search: q, Page: page, Total: true})
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, l.Rows...)
					if !l.More {
						if l.Total != len(want) && len(l.Rows) > 0 {
							t.Errorf("%q: total %d, want %d", q, l.Total, len(want))
						}
						break
					}
				}
				inOrder := ids(got) == ids(want)
				slices.SortFunc(got, byKey)
				if ids(got) != ids(want) {
					t.Errorf("%q of kind %q under %s: %d found, want %d", q, kind, at, len(got), len(want))
				}
				if at == w.other && !latin && !inOrder {
					t.Errorf("%q: not in the order of names", q)
				}
			}
		}
	})
}

func TestNamesThatBeginWithTheWordsComeFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := rand.New(rand.NewPCG(8, 8))
		w.crowd(r, 900, []core.OrgID{w.b})
		w.crowd(r, 280, []core.OrgID{w.a})
		for search, first := range map[string]func(string) bool{
			"明":  func(name string) bool { return strings.HasPrefix(name, "明") },
			"王":  func(name string) bool { return strings.HasPrefix(name, "王") },
			"zm": func(name string) bool { return strings.HasPrefix(names.PersonKey(name), "zm") },
		} {
			l, err := w.service().List(t.Context(), w.machine, member.Query{Under: w.a, Search: search, Page: core.Page{Number: 1, Size: 200}})
			if err != nil || len(l.Rows) < 10 {
				t.Fatalf("%s: %d found, %v", search, len(l.Rows), err)
			}
			rest := false
			for _, p := range l.Rows {
				if rest && first(p.Name) {
					t.Errorf("%s: %s comes late", search, p.Name)
				}
				rest = rest || !first(p.Name)
			}
		}
	})
}

// everybody lists a subtree page by page.
func (w *world) everybody(at core.OrgID) (all crowd) {
	w.t.Helper()
	for n := 1; ; n++ {
		l, err := w.service().List(w.t.Context(), w.machine, member.Query{Under: at, Page: core.Page{Number: n, Size: 200}})
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, l.Rows...)
		if !l.More {
			return all
		}
	}
}

func TestANumberIsFoundOnlyWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		e := zhang(w.a)
		p := w.enrol(e)
		for _, tt := range []struct {
			search string
			under  core.OrgID
			found  bool
		}{
			{e.IDNumber, w.root, true}, {e.IDNumber, w.a, true}, {e.IDNumber, w.b, false}, {e.IDNumber[:17], w.root, false}, {e.IDNumber[6:], w.root, false},
			{e.Phone, w.root, true}, {"199 0000 0417", w.root, true}, {e.Phone, w.b, false}, {e.Phone[:8], w.root, false}, {"0417", w.root, false},
		} {
			l, err := w.service().List(t.Context(), w.machine, member.Query{Under: tt.under, Search: tt.search})
			if err != nil || (len(l.Rows) == 1 && l.Rows[0].ID == p.ID) != tt.found {
				t.Errorf("%q: got %v, %v", tt.search, l.Rows, err)
			}
		}
	})
}

func TestNamesAreForRolesThatSeeThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.enrol(zhang(w.a))
		s := w.service()
		for i, tt := range []struct {
			role        access.Role
			at, under   core.OrgID
			list, count error
		}{
			{access.Registrar, w.park, w.a, nil, nil},
			{access.Secretary, w.a, w.a, nil, nil},
			{access.Secretary, w.a, w.b, core.NotFound, core.NotFound},
			{access.Secretary, w.a, w.committee, core.NotFound, core.NotFound},
			{access.Department, w.root, w.a, core.Forbidden, nil},
			{access.System, w.root, w.a, core.Forbidden, nil},
			{access.Security, w.root, w.a, core.Forbidden, nil},
			{access.Auditor, w.root, w.a, core.Forbidden, nil},
			{access.Member, w.a, w.a, core.Forbidden, nil},
			{access.Registrar, w.park, w.far, core.NotFound, core.NotFound},
		} {
			who := w.user(1, core.UserID(100+i), tt.role, tt.at, 0)
			l, err := s.List(t.Context(), who, member.Query{Under: tt.under})
			if !errors.Is(err, tt.list) || err == nil && len(l.Rows) != 1 || err != nil && len(l.Rows) != 0 {
				t.Errorf("%s lists: got %v, %v; want %v", tt.role, l.Rows, err, tt.list)
			}
			counts, err := s.Counts(t.Context(), who, tt.under)
			if !errors.Is(err, tt.count) || err == nil && counts[0] != (member.Count{Kind: member.Full, Own: 1, Below: 1}) {
				t.Errorf("%s counts: got %v, %v; want %v", tt.role, counts, err, tt.count)
			}
		}
		if _, err := s.List(t.Context(), w.machine, member.Query{Under: w.a, Kind: "boss"}); complains(err, "") != "person.kind.unknown" {
			t.Errorf("an unknown kind: got %v", err)
		}
	})
}
