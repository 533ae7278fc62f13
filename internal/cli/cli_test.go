package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

func TestEveryCommandExplainsItselfInThreeLanguages(t *testing.T) {
	for _, lang := range text.Langs {
		s := &shell{getenv: func(string) string { return "" }, lang: lang}
		walk(s.root(), func(c *cobra.Command) {
			if c.Name() == "help" || c.Name() == "completion" || c.Parent() != nil && c.Parent().Name() == "completion" {
				return
			}
			for _, words := range []string{c.Short, c.Example} {
				if words == "" && c.HasParent() || strings.Contains(words, "cli.") {
					t.Errorf("%s in %s: got %q", c.CommandPath(), lang, words)
				}
			}
			if c.HasParent() && !strings.Contains(c.Example, "tongpin") {
				t.Errorf("%s in %s has no example", c.CommandPath(), lang)
			}
		})
	}
}

func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		walk(sub, f)
	}
}

// key finds what looks like a key of the catalogs where one is used.
var key = regexp.MustCompile(`(?:s\.t|s\.say|core\.M|s\.progress)\("([a-z_]+\.[a-z_.]+)"|(?:core\.Fail\([A-Za-z.]+|v\.tell\([a-z.0+]+, [A-Za-z.0]+), "([a-z_]+\.[a-z_.]+)"`)

func TestEveryKeyIsInTheCatalogs(t *testing.T) {
	for _, dir := range []string{".", "../app", "../secret", "../db", "../access", "../core", "../audit"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range key.FindAllStringSubmatch(string(b), -1) {
				if k := m[1] + m[2]; !text.Has(k) && !strings.HasSuffix(k, ".") && !strings.HasSuffix(path, "_test.go") {
					t.Errorf("%s uses %s, which no catalog has", path, k)
				}
			}
		}
	}
}

func TestTheLanguageIsThatOfTheTerminal(t *testing.T) {
	env := func(vars map[string]string) func(string) string { return func(k string) string { return vars[k] } }
	for _, tt := range []struct {
		args []string
		vars map[string]string
		want core.Lang
	}{
		{nil, nil, core.En},
		{nil, map[string]string{"LANG": "C.UTF-8"}, core.En},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8"}, core.Hans},
		{nil, map[string]string{"LANG": "zh_TW.UTF-8"}, core.Hant},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8", "TONGPIN_LANG": "en"}, core.En},
		{[]string{"--lang", "zh-Hant"}, map[string]string{"TONGPIN_LANG": "en"}, core.Hant},
		{[]string{"--lang=zh-Hans", "serve"}, nil, core.Hans},
		{[]string{"--lang", "klingon"}, nil, core.En},
	} {
		if got := language(tt.args, env(tt.vars)); got != tt.want {
			t.Errorf("%v with %v: got %s, want %s", tt.args, tt.vars, got, tt.want)
		}
	}
}

func TestTextOfStrangersCannotSteerATerminal(t *testing.T) {
	var out, stderr bytes.Buffer
	code := Run(t.Context(), []string{"import", "orgs", "\x1b[2Jgone.xlsx", "--data", t.TempDir()}, func(string) string { return "" }, strings.NewReader(""), &out, &stderr)
	if code != exitFailed || strings.ContainsRune(stderr.String(), '\x1b') {
		t.Errorf("exit code %d: %q", code, stderr.String())
	}
}
