package web

import (
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/intake"
)

const rosters = "../sheet/testdata/rosters/"

func roster(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(rosters + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// expected is what importing a roster must give.
type expected struct {
	Rows, Accepted, Rejected int
	Problems, Warnings       []struct {
		Row          int
		Column, Code string
	}
}

func expectation(t *testing.T, name string) (e expected) {
	t.Helper()
	if err := json.Unmarshal(roster(t, name), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// filled returns the values that a form of a page would send.
func filled(doc *goquery.Document, selector string) string {
	v := url.Values{}
	doc.Find(selector).Find("select").Each(func(_ int, s *goquery.Selection) {
		v.Set(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
	})
	return v.Encode()
}

// check sends a file and goes on to the verdicts; it returns their address.
func (k *desk) check(e intake.Entity, name string, data []byte) string {
	k.t.Helper()
	columns := k.send(303, e, name, data).Header().Get("Location")
	if !strings.HasSuffix(columns, "/columns") {
		k.t.Fatalf("%s leads to %s", name, columns)
	}
	rows := k.ask(303, "POST", columns, filled(k.get(columns), "main form")).Header().Get("Location")
	if !strings.HasSuffix(rows, "/rows") {
		k.t.Fatalf("%s: the columns lead to %s", name, rows)
	}
	return rows
}

// counts reads new, changed, unchanged, conflict and refused off a page.
func counts(t *testing.T, doc *goquery.Document) (all [5]int) {
	t.Helper()
	doc.Find(".counts b").Each(func(i int, s *goquery.Selection) {
		n, err := strconv.Atoi(strings.ReplaceAll(s.Text(), ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		all[i] = n
	})
	return all
}

func TestTheRostersImportByPageAsExpected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		for _, tt := range []struct {
			entity intake.Entity
			name   string
		}{{intake.Orgs, "units"}, {intake.Members, "members"}} {
			want := expectation(t, tt.name+".expected.json")
			rows := k.check(tt.entity, tt.name+".xlsx", roster(t, tt.name+".xlsx"))
			doc := k.get(rows)
			if got := counts(t, doc); got != [5]int{want.Accepted, 0, 0, 0, want.Rejected} {
				t.Fatalf("%s: counts %v, want %d new and %d refused", tt.name, got, want.Accepted, want.Rejected)
			}
			k.everyReason(rows, want)
			if got := doc.Find("#write button").Text(); got != "写入 "+core1000(want.Accepted)+" 行" {
				t.Errorf("%s: the button says %q", tt.name, got)
			}
			result := k.post(strings.TrimSuffix(rows, "rows") + "write")
			if got := k.get(result).Find("h1").Text(); got != "写好了："+core1000(want.Accepted)+" 行" {
				t.Errorf("%s: %q", tt.name, got)
			}
			doc = k.get(k.check(tt.entity, tt.name+".xlsx", roster(t, tt.name+".xlsx")))
			if got := counts(t, doc); got != [5]int{0, 0, want.Accepted, 0, want.Rejected} {
				t.Errorf("%s again: counts %v", tt.name, got)
			}
			if doc.Find("#write").Length() != 0 {
				t.Errorf("%s again: there is something to write", tt.name)
			}
		}
	})
}

// core1000 writes a number with commas.
func core1000(n int) string { return Shell{}.N(n) }

// everyReason finds each expected fault at its row, on the pages of the refused.
func (k *desk) everyReason(rows string, want expected) {
	k.t.Helper()
	faults := map[string]int{}
	for _, p := range want.Problems {
		faults["r"+strconv.Itoa(p.Row)]++
	}
	for at := rows + "?v=refused"; at != ""; {
		doc := k.get(at)
		doc.Find("table.imp tbody tr").Each(func(_ int, tr *goquery.Selection) {
			faults[tr.AttrOr("id", "")] -= tr.Find(".why").Length()
		})
		at = doc.Find("a[rel=next]").AttrOr("href", "")
	}
	for row, n := range faults {
		if n != 0 {
			k.t.Errorf("row %s: %d reasons missing", row, n)
		}
	}
}
