package rule_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

var update = flag.Bool("update", false, "write the table of docs/rules.md anew")

const (
	docs  = "../../docs/rules.md"
	begin = "<!-- table: go test ./internal/rule -run Docs -update -->\n"
	end   = "<!-- end of table -->\n"
)

func TestDocsShowEveryRuleAsItAnswers(t *testing.T) {
	b, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := bytes.Cut(b, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		t.Fatalf("%s has lost its marks", docs)
	}
	want := string(head) + begin + table(t) + end + string(tail)
	if *update {
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(b) != want {
		t.Errorf("the table of %s is stale: run go test ./internal/rule -run Docs -update", docs)
	}
}

func table(t *testing.T) string {
	var w strings.Builder
	w.WriteString("| rule | about | reads | example | answers | text, confidence |\n|---|---|---|---|---|---|\n")
	for _, id := range rule.Evaluable() {
		r, _ := rule.Find(id)
		v, err := rule.Eval(id, []byte(rule.Example(id)), calendars)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		values, err := json.Marshal(v.Values)
		if err != nil {
			t.Fatal(err)
		}
		var reads []string
		for _, in := range rule.Inputs(id) {
			switch {
			case in.Name == "on" && in.Optional: // every rule reads it
			case in.Optional:
				reads = append(reads, in.Name+"?")
			default:
				reads = append(reads, in.Name)
			}
		}
		about := text.Say(core.En, r.Title) + "（" + text.Say(core.Hans, r.Title) + "）"
		fmt.Fprintf(&w, "| %s `%s` | %s | %s | `%s` | %s `%s` | %s, %s |\n", r.Number, id, about, strings.Join(reads, " "),
			rule.Example(id), v.Verdict, values, v.Citation, v.Confidence)
	}
	return w.String()
}
