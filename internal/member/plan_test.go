package member

import (
	"fmt"
	"strings"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// plan returns how SQLite would run a list.
func plan(t *testing.T, d *db.DB, f filter, ids string, o order) string {
	t.Helper()
	query, args := f.query(ids, o, 51, 450)
	var steps []string
	if err := d.View(t.Context(), func(tx *db.Tx) error {
		return db.Each(t.Context(), tx, func(r db.Row) error {
			var id, parent, unused int
			var step string
			err := r.Scan(&id, &parent, &unused, &step)
			steps = append(steps, step)
			return err
		}, "EXPLAIN QUERY PLAN "+query, args...)
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "; ")
}

func TestEachSizeOfSubtreeHasItsIndex(t *testing.T) {
	d := dbtest.SQLite(t)
	dbtest.Realm(t, d, 1, "Suzhou")
	people := make([][]any, 3000)
	for i := range people {
		kind := Kinds[0]
		if i%8 == 0 {
			kind = Kinds[i/8%5]
		}
		name := fmt.Sprintf("k%04d", i*7%3000)
		people[i] = []any{1, i + 1, name, name, name, "", "", "", "", "", kind, i%40 + 100, fmt.Sprintf("1.%d.%d.%d.", i%4+2, i%12+10, i%40+100), i%4 + 2, i%12 + 10, 1, 0}
	}
	if err := d.Tx(t.Context(), func(tx *db.Tx) error {
		return db.Insert(t.Context(), tx, "persons", `realm_id, id, name, name_key, initials, sex, ethnicity, education, position, note, kind,
			at_org, at_path, at_1, at_2, version, created_at`, people)
	}); err != nil {
		t.Fatal(err)
	}
	sizes := func(n int) map[string]int { return map[string]int{Full: n * 7 / 8, Probationary: n / 8} }
	realm := scope{realm: 1, org: 1, path: "1.", size: sizes(3000)}
	one := scope{realm: 1, org: 2, path: "1.2.", size: sizes(750)}
	two := scope{realm: 1, org: 10, path: "1.2.10.", size: sizes(250)}
	deep := scope{realm: 1, org: 100, path: "1.2.10.100.", size: sizes(75), two: 10, near: 250}
	most := scope{realm: 1, org: 100, path: "1.2.10.100.", size: sizes(200000), two: 10, near: 250000} // nearly all that two has
	for _, analyzed := range []bool{false, true} {
		if analyzed {
			if err := d.Analyze(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range []struct {
			name  string
			s     scope
			kind  string
			keys  []string
			index string
			sorts bool
		}{
			{"the realm", realm, "", nil, "COVERING INDEX persons_by_name ", false},
			{"its full members", realm, Full, nil, "COVERING INDEX persons_by_name ", false},
			{"its activists", realm, Activist, nil, "COVERING INDEX persons_rare ", false},
			{"depth 1", one, "", nil, "COVERING INDEX persons_at_1 ", false},
			{"its full members", one, Full, nil, "COVERING INDEX persons_at_1 ", false},
			{"its activists", one, Activist, nil, "COVERING INDEX persons_rare_1 ", false},
			{"depth 2", two, "", nil, "COVERING INDEX persons_at_2 ", false},
			{"its full members", two, Full, nil, "COVERING INDEX persons_at_2 ", false},
			{"its probationary members", two, Probationary, nil, "COVERING INDEX persons_rare_2 ", false},
			{"below", deep, "", nil, "COVERING INDEX persons_by_path ", true},
			{"most of depth 2", most, "", nil, "INDEX persons_at_2 ", false},
			{"readings of the realm", realm, "", []string{"k1", "k2"}, "COVERING INDEX persons_by_name (realm_id=? AND name_key>? AND name_key<?)", false},
			{"readings of depth 1", one, "", []string{"k1", "k2"}, "COVERING INDEX persons_at_1 (realm_id=? AND at_1=? AND name_key>? AND name_key<?)", false},
		} {
			f := tt.s.walk(tt.kind, core.Page{Number: 10, Size: 50}, tt.keys...)
			got := plan(t, d, f, personIDs, byName)
			if !strings.Contains(got, tt.index) || strings.Contains(got, "TEMP B-TREE") != tt.sorts {
				t.Errorf("%s (analyzed: %v): %s", tt.name, analyzed, got)
			}
		}
		for _, column := range []string{"id_number", "phone"} {
			if got := plan(t, d, one.among(column+`_hash = ?`, []byte("x")), personIDs, byName); !strings.Contains(got, "INDEX persons_by_"+column) {
				t.Errorf("%s (analyzed: %v): %s", column, analyzed, got)
			}
		}
		f := one.among(`initials >= ? AND initials < ?`, "k1", "k2")
		if got := plan(t, d, f, personIDs, byInitials); !strings.Contains(got, "persons_by_initials") || strings.Contains(got, "TEMP") {
			t.Errorf("initials (analyzed: %v): %s", analyzed, got)
		}
	}
}
