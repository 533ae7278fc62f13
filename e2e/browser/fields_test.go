package browser

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/burden"
	"tongpin/internal/text"
)

// idInPath is an id, a slug or a name of a figure in an address.
var idInPath = regexp.MustCompile(`/[0-9A-HJKMNP-TV-Z]{13}`)

// TestEachFieldOfAFormIsRegistered opens each page and looks up what its forms
// ask in the registry of package burden: a question that is not in it may be
// one that is asked already elsewhere.
func TestEachFieldOfAFormIsRegistered(t *testing.T) {
	s := start(t)
	var missing []string
	for _, p := range pages {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+s.address(t, p.path), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.cookies(t, p.who, text.Langs[0]) {
			req.AddCookie(c)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := goquery.NewDocumentFromReader(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		doc.Find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
			action := form.AttrOr("action", strings.SplitN(req.URL.Path, "?", 2)[0])
			action = idInPath.ReplaceAllString(strings.SplitN(action, "?", 2)[0], "/{}")
			form.Find("[name]").Each(func(_ int, in *goquery.Selection) {
				if kind := in.AttrOr("type", ""); kind == "hidden" || goquery.NodeName(in) == "button" {
					return
				}
				name := in.AttrOr("name", "")
				if !burden.Registered(action, name) {
					missing = append(missing, action+"\t"+name+"\t?")
				}
			})
		})
	}
	slices.Sort(missing)
	for _, m := range slices.Compact(missing) {
		t.Error("not in internal/burden/fields.tsv: " + m)
	}
}
