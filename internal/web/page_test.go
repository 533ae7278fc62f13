package web

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/jba/templatecheck"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

// TestPagesFitTheirTypes type-checks each template against the type of its
// page, so that a misspelt field fails here and not in front of a visitor.
// The strict check also holds each component to one type, everywhere.
func TestPagesFitTheirTypes(t *testing.T) {
	fresh := template.Must(template.ParseFS(views, "view/*.html")) // a template that has run is rewritten
	for name, value := range pageTypes {
		tpl := fresh.Lookup(name)
		if tpl == nil {
			t.Errorf("%s: no such template", name)
			continue
		}
		if err := templatecheck.CheckHTMLStrict(tpl, value); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryViewIsUsed finds a template file that no page names.
func TestEveryViewIsUsed(t *testing.T) {
	parts := map[string]bool{"layout.html": true, "component.html": true, "form.html": true}
	names, err := fs.Glob(views, "view/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		name = strings.TrimPrefix(name, "view/")
		b, err := views.ReadFile("view/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := pageTypes[name]; !ok && !parts[name] && !strings.HasPrefix(string(b), "{{define") {
			t.Errorf("%s belongs to no page", name)
		}
	}
}

var (
	action    = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	quoted    = regexp.MustCompile(`\$?\.T "([^"]+)"( |\}|\))`)
	markup    = regexp.MustCompile(`(?s)<(?:[^<>"']|"[^"]*"|'[^']*')*>`)
	attribute = regexp.MustCompile(`[a-z-]+="[^"]*"`) // between an if and its end
	readable  = regexp.MustCompile(`(?s)\s(?:alt|title|placeholder|aria-label|content|label)="([^"]*)"`)
)

// words reports whether s has letters that a person would read.
func words(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

// TestTemplatesHoldNoWords: every word stands in the catalogs.
func TestTemplatesHoldNoWords(t *testing.T) {
	names, err := fs.Glob(views, "view/*.html")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 5 {
		t.Fatal("where are the templates?")
	}
	for _, name := range names {
		b, err := views.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		src := action.ReplaceAllString(string(b), "")
		for _, m := range readable.FindAllStringSubmatch(src, -1) {
			if words(m[1]) && !strings.Contains(m[1], "=") && m[1] != "light dark" {
				t.Errorf("%s: words in an attribute: %s", name, m[0])
			}
		}
		for _, line := range strings.Split(markup.ReplaceAllString(src, "\n"), "\n") {
			if words(attribute.ReplaceAllString(line, "")) {
				t.Errorf("%s: words in the template: %q", name, strings.TrimSpace(line))
			}
		}
	}
}

// TestKeysOfTemplatesAreInTheCatalogs checks what templates say.
func TestKeysOfTemplatesAreInTheCatalogs(t *testing.T) {
	names, err := fs.Glob(views, "view/*.html")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		b, err := views.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(b), -1) {
			found++
			if !text.Has(m[1]) {
				t.Errorf("%s: %s is in no catalog", name, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d keys found: does the pattern still fit?", found)
	}
}

// sources calls f for every string in the package's Go files; call is the
// function it is an argument of, or "".
func sources(t *testing.T, f func(pos, call, value string)) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		calls := map[ast.Expr]string{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				if n.Tag != nil {
					n.Tag.Value = `""`
				}
			case *ast.CallExpr:
				name := ""
				switch fun := n.Fun.(type) {
				case *ast.SelectorExpr:
					name = fun.Sel.Name
				case *ast.Ident:
					name = fun.Name
				}
				for _, a := range n.Args {
					calls[a] = name
					if sum, ok := a.(*ast.BinaryExpr); ok {
						calls[sum.X], calls[sum.Y] = name, name
					}
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					v, err := strconv.Unquote(n.Value)
					if err != nil {
						t.Fatal(err)
					}
					f(fset.Position(n.Pos()).String(), calls[n], v)
				}
			}
			return true
		})
	}
}

// TestGoHoldsNoSentences: words that reach people are keys. Errors of ours,
// log lines and panics are for programmers, in plain English.
func TestGoHoldsNoSentences(t *testing.T) {
	programmers := map[string]bool{"Errorf": true, "New": true, "panic": true, "ErrorContext": true, "InfoContext": true, "WarnContext": true}
	sources(t, func(pos, call, v string) {
		if strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: Chinese in Go: %q", pos, v)
		}
		if !programmers[call] && strings.Count(v, " ") > 2 && !strings.ContainsAny(v, "'=<{") && !strings.HasPrefix(v, "M") {
			t.Errorf("%s: a sentence in Go: %q", pos, v)
		}
	})
}

// TestKeysOfGoAreInTheCatalogs checks every string that is handed to T, M,
// Fail, If, field, choice or shell and looks like a key.
func TestKeysOfGoAreInTheCatalogs(t *testing.T) {
	says := map[string]bool{"T": true, "M": true, "Fail": true, "If": true, "field": true, "choice": true, "shell": true, "redirect": true}
	key := regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	found := 0
	sources(t, func(pos, call, v string) {
		if !says[call] || !key.MatchString(v) || strings.HasSuffix(v, ".") {
			return
		}
		found++
		if !text.Has(v) {
			t.Errorf("%s: %s is in no catalog", pos, v)
		}
	})
	if found < 30 {
		t.Errorf("only %d keys found: does the pattern still fit?", found)
	}
}

// TestEveryFixedSetOfKeysIsWhole checks keys that are put together.
func TestEveryFixedSetOfKeysIsWhole(t *testing.T) {
	var keys []string
	for _, p := range places {
		keys = append(keys, "web.nav."+p.name)
	}
	for code := range map[int]bool{400: true, 404: true, 403: true, 409: true, 413: true, 422: true, 500: true, 503: true} {
		keys = append(keys, "web.fail.title."+failWord(code))
	}
	for _, a := range articles {
		keys = append(keys, "web."+a+".title", "web."+a+".lead", "web."+a+".1", "web."+a+".2")
		for i := 1; text.Has(fmt.Sprintf("web.%s.%d", a, i)); i++ {
			keys = append(keys, fmt.Sprintf("web.%s.%d.text", a, i))
		}
	}
	for _, k := range keys {
		if !text.Has(k) {
			t.Errorf("%s is in no catalog", k)
		}
	}
	for _, k := range []core.Kind{core.Invalid, core.NotFound, core.Forbidden, core.Conflict, core.Unavailable, core.Internal} {
		if status[k] == 0 {
			t.Errorf("%s has no status", k)
		}
	}
}

// TestTheDarkColoursStandTwiceAlike: once for the system's choice, once for
// the person's. Every colour has a dark twin.
func TestTheDarkColoursStandTwiceAlike(t *testing.T) {
	css, err := staticFiles.ReadFile("static/tongpin.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := func(from string) map[string]string {
		_, rest, ok := strings.Cut(string(css), from)
		if !ok {
			t.Fatalf("no %s in the stylesheet", from)
		}
		block, _, _ := strings.Cut(rest, "}")
		out := map[string]string{}
		for _, m := range regexp.MustCompile(`(--[a-z0-9-]+): (#[0-9A-Fa-f]{6});`).FindAllStringSubmatch(block, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	light, system, chosen := colours(":root {"), colours(":root:not([data-theme=light]) {"), colours(":root[data-theme=dark] {")
	if len(light) < 20 || len(system) != len(light) {
		t.Fatalf("%d light colours, %d dark", len(light), len(system))
	}
	for name, value := range system {
		if chosen[name] != value || light[name] == "" {
			t.Errorf("%s: %s for the system, %s when chosen, %s light", name, value, chosen[name], light[name])
		}
	}
	if strings.Contains(string(css), "light-dark(") {
		t.Error("an old browser drops a declaration with light-dark()")
	}
}
