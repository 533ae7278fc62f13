package intake_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
)

// expected is what a roster's own file says that importing it must give.
type expected struct {
	Sheet    string         `json:"sheet"`
	Rows     int            `json:"rows"`
	Accepted int            `json:"accepted"`
	Rejected int            `json:"rejected"`
	Problems []intake.Fault `json:"problems"`
	Warnings []intake.Fault `json:"warnings"`
}

func wanted(t *testing.T, name string) (e expected) {
	t.Helper()
	if err := json.Unmarshal(roster(t, name), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func shape(t *testing.T, r intake.Report) (e expected) {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheRostersGiveExactlyWhatTheyMust(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, f := range []struct {
			entity intake.Entity
			name   string
		}{{intake.Orgs, "units"}, {intake.Members, "members"}} {
			want := wanted(t, f.name+".expected.json")
			data := roster(t, f.name+".xlsx")
			dry := w.take(t, f.entity, w.root, f.name+".xlsx", data, intake.Options{DryRun: true})
			if diff := cmp.Diff(want, shape(t, dry)); diff != "" {
				t.Errorf("dry run of %s (-want +got):\n%s", f.name, diff)
			}
			wet := w.take(t, f.entity, w.root, f.name+".xlsx", data, intake.Options{})
			if diff := cmp.Diff(dry, wet); diff != "" {
				t.Errorf("the dry run of %s says otherwise than the import (-dry +wet):\n%s", f.name, diff)
			}
			if wet.Created != want.Accepted || wet.Updated != 0 || wet.Unchanged != 0 {
				t.Errorf("%s: created %d, updated %d, unchanged %d", f.name, wet.Created, wet.Updated, wet.Unchanged)
			}
			again := w.take(t, f.entity, w.root, f.name+".xlsx", data, intake.Options{})
			if again.Unchanged != want.Accepted || again.Created+again.Updated != 0 {
				t.Errorf("%s again: created %d, updated %d, unchanged %d", f.name, again.Created, again.Updated, again.Unchanged)
			}
			if diff := cmp.Diff(want, shape(t, again)); diff != "" {
				t.Errorf("%s again (-want +got):\n%s", f.name, diff)
			}
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM orgs WHERE realm_id = 1 AND dissolved_on IS NULL`:                                                                                 26,
			`SELECT count(*) FROM persons WHERE realm_id = 1`:                                                                                                       329,
			`SELECT count(*) FROM memberships WHERE realm_id = 1 AND superseded_at IS NULL AND valid_to = '9999-12-31'`:                                             329,
			`SELECT count(*) FROM enterprises WHERE realm_id = 1`:                                                                                                   7,
			`SELECT count(*) FROM hostings WHERE realm_id = 1 AND superseded_at IS NULL`:                                                                            25,
			`SELECT count(*) FROM terms WHERE realm_id = 1 AND ends_on = '2027-03-31'`:                                                                              25,
			`SELECT count(*) FROM persons WHERE realm_id = 2`:                                                                                                       0,
			`SELECT count(*) FROM persons WHERE realm_id = 1 AND (id_number IS NULL OR phone IS NULL)`:                                                              0,
			`SELECT below FROM tallies t JOIN orgs o ON o.realm_id = t.realm_id AND o.id = t.org_id WHERE o.realm_id = 1 AND o.parent_id IS NULL AND what = 'orgs'`: 26,
		} {
			if got := w.count(t, query); got != want {
				t.Errorf("%s: got %d, want %d", query, got, want)
			}
		}
	})
}

func TestADryRunLeavesTheDatabaseAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.take(t, intake.Orgs, w.root, "units.xlsx", roster(t, "units.xlsx"), intake.Options{DryRun: true})
		for _, table := range []string{"batches", "batch_rows", "files", "mappings"} {
			if n := w.count(t, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%s: %d rows", table, n)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM orgs`); n != 2 {
			t.Errorf("%d organisations", n)
		}
		_ = core.Forever
	})
}
