package web

import (
	"regexp"
	"strings"
	"testing"
)

func TestFlatten(t *testing.T) {
	for _, tt := range []struct{ name, css, want string }{
		{"a plain rule", `a { color: red; top: 0 }`, "a{color: red;top: 0}\n"},
		{"comments go", `/* { */ a { /* x; */ color: red }`, "a{color: red}\n"},
		{"layers become order", `@layer x, y; @layer x { a { top: 0 } }`, "a{top: 0}\n"},
		{"inside the parent", `.a { b, c { top: 0 } }`, ".a b,.a c{top: 0}\n"},
		{"the parent itself", `.a, .b { &:hover { top: 0 } }`, ".a:hover,.b:hover{top: 0}\n"},
		{"children and siblings", `.a { > b { top: 0 } + c { top: 1px } }`, ".a > b{top: 0}\n.a + c{top: 1px}\n"},
		{"three deep", `.a { b { &:hover { i { top: 0 } } } }`, ".a b:hover i{top: 0}\n"},
		{"declarations keep their place", `.a { top: 0; b { left: 0 } right: 0 }`, ".a{top: 0}\n.a b{left: 0}\n.a{right: 0}\n"},
		{"a condition inside", `.a { top: 0; @media (width < 48rem) { top: 1px; b { left: 0 } } }`,
			".a{top: 0}\n@media (max-width: 47.98rem){.a{top: 1px}}\n@media (max-width: 47.98rem){.a b{left: 0}}\n"},
		{"a condition outside", `@container (width >= 40rem) { .a { &.b { top: 0 } } }`, "@container (min-width: 40rem){.a.b{top: 0}}\n"},
		{"commas in brackets", `:is(h1, h2):not([a="x,y{"]) { top: 0 }`, ":is(h1, h2):not([a=\"x,y{\"]){top: 0}\n"},
		{"braces in quotes", `.a::before { content: "};" } b { top: 0 }`, ".a::before{content: \"};\"}\nb{top: 0}\n"},
		{"fonts and paper as they are", `@page { margin: 1cm; @bottom-right { content: "x" } }`, "@page{margin: 1cm; @bottom-right { content: \"x\" }}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := flatten(tt.css); err != nil || got != tt.want {
				t.Errorf("got %q, %v\nwant %q", got, err, tt.want)
			}
		})
	}
	if _, err := flatten(`.a { b { top: 0 }`); err == nil {
		t.Error("a rule without end was accepted")
	}
}

// TestTheStylesheetSuitsOldBrowsers reads what is served, not what is written.
func TestTheStylesheetSuitsOldBrowsers(t *testing.T) {
	css := string(assets["tongpin.css"].plain)
	if len(css) < 10_000 {
		t.Fatalf("only %d bytes", len(css))
	}
	for what, pattern := range map[string]string{
		"nesting": `&|\{[^{}"]*[{][^{}"]*[{][^{}"]*[{]`, "a layer": `@layer`, "light-dark()": `light-dark\(`, "a range": `\(width [<>]`, "a comment": `/\*`,
	} {
		if m := regexp.MustCompile(pattern).FindString(strings.ReplaceAll(css, "&amp;", "")); m != "" {
			t.Errorf("%s is left: %s", what, m)
		}
	}
	if strings.Count(css, "{") != strings.Count(css, "}") {
		t.Error("the braces do not match")
	}
}
