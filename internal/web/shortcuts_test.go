package web

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/dbtest"
)

// TestTheListNamesEachKey compares the list of shortcuts with the keys that
// the scripts listen to.
func TestTheListNamesEachKey(t *testing.T) {
	var heard, listed []string
	for _, name := range []string{"app.js", "palette.js"} {
		script, err := os.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`case '(\w+)':|e\.key(?:\.toLowerCase\(\))? [!=]== '([^']+)'`).FindAllSubmatch(script, -1) {
			heard = append(heard, string(m[1])+string(m[2]))
		}
	}
	for _, s := range shortcuts {
		for _, k := range s.keys {
			listed = append(listed, strings.TrimPrefix(strings.TrimPrefix(k, "Ctrl "), "⌘ "))
		}
	}
	slices.Sort(heard)
	slices.Sort(listed)
	heard, listed = slices.Compact(heard), slices.Compact(listed)
	if !slices.Equal(heard, listed) {
		t.Errorf("the scripts listen to %q, the list names %q", heard, listed)
	}
}

// TestTheShortcutsArePageAndDialog: one table, shown in both places.
func TestTheShortcutsArePageAndDialog(t *testing.T) {
	k := newDoor(t, dbtest.SQLite(t))
	doc := k.seat(k.person("reader")).get("/shortcuts")
	for _, in := range []string{"main", "dialog#shortcuts"} {
		rows := doc.Find(in + " .keys > div")
		if rows.Length() != len(shortcuts) {
			t.Errorf("%s has %d rows", in, rows.Length())
		}
		rows.Each(func(_ int, row *goquery.Selection) {
			if row.Find("kbd").Length() == 0 || strings.TrimSpace(row.Find("dd").Text()) == "" {
				t.Errorf("a row of %s says %q", in, row.Text())
			}
		})
	}
	if got := doc.Find(`.foot a[data-dialog="shortcuts"]`).AttrOr("href", ""); got != "/shortcuts" {
		t.Errorf("the foot leads to %q", got)
	}
	k.stranger().ask(303, "GET", "/shortcuts", "")
}
