package purpose

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/dbtest"
	"tongpin/internal/text"
)

// TestEachColumnHasAPurpose reads the schema of a database: a field without an
// entry cannot be stored.
func TestEachColumnHasAPurpose(t *testing.T) {
	columns, err := dbtest.SQLite(t).Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unknown, gone := Missing(columns)
	for _, c := range unknown {
		t.Errorf("%s has no purpose: say in columns.tsv what it is kept for, or why it holds nothing of a person", c)
	}
	for _, c := range gone {
		t.Errorf("columns.tsv tells of %s, which is not there", c)
	}
	more := append(slices.Clone(columns), "persons.blood_group", "orgs.contact_phone", "orgs.chaired_by", "relatives.name", "orgs.colour")
	if unknown, _ := Missing(more); strings.Join(unknown, " ") != "persons.blood_group orgs.contact_phone orgs.chaired_by relatives.name" {
		t.Errorf("of new columns these are found: %v", unknown)
	}
	if _, gone := Missing(slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "persons.sex" })); !slices.Equal(gone, []string{"persons.sex"}) {
		t.Errorf("a column that went is told as %v", gone)
	}
}

// TestTheRegisterIsWhole finds a purpose for each line and words for everything
// that is shown.
func TestTheRegisterIsWhole(t *testing.T) {
	want := func(key string) {
		if !text.Has(key) {
			t.Errorf("no words for %s", key)
		}
	}
	for _, l := range lines() {
		if l.why == "" && len(l.purposes) == 0 {
			t.Errorf("%s %v has neither purpose nor reason", l.table, l.columns)
		}
		for _, key := range l.purposes {
			if _, err := Find(key); err != nil {
				t.Errorf("%s is kept for %s, which the register does not know", l.table, key)
			}
		}
	}
	for _, p := range All {
		if len(p.Kinds()) == 0 || len(p.Columns()) == 0 || p.Article() == "" || p.Version < 1 || len(p.To) == 0 || len(p.Keep) == 0 || len(p.Whose) == 0 {
			t.Errorf("the line of %s is not whole", p.Key)
		}
		want(p.Title().Key)
		want(p.Text().Key)
		want(p.Basis.Title().Key)
		for group, keys := range map[string][]string{"whose": p.Whose, "to": p.To, "kind": p.Kinds()} {
			for _, k := range keys {
				want("purpose." + group + "." + k)
			}
		}
	}
}

// TestANewTextHasANewVersion holds what people were shown when they agreed: who
// changes a word raises the version, so that everybody is asked again.
func TestANewTextHasANewVersion(t *testing.T) {
	shown := map[string]string{
		"contact.name 1": "5c104976f5c432a0", "post.page 1": "9e57507fb18c46b7", "post.plate 1": "da45a9a70b55e2e",
	}
	for _, p := range Asked() {
		sum := fnv.New64a()
		for _, m := range p.Words() {
			if !text.Has(m.Key) {
				t.Errorf("no words for %s", m.Key)
			}
			for _, l := range text.Langs {
				fmt.Fprintln(sum, text.Say(l, m))
			}
		}
		at := fmt.Sprintf("%s %d", p.Key, p.Version)
		if got := fmt.Sprintf("%x", sum.Sum64()); shown[at] != got {
			t.Errorf("the text of %s is %s, not %s: raise its version", at, got, shown[at])
		}
	}
	if _, err := Find("absent"); core.KindOf(err) != core.NotFound {
		t.Error(err)
	}
}
