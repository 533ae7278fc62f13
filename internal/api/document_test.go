package api

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tongpin/internal/account"
	"tongpin/internal/text"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

const written = "../../docs/openapi.json"

func TestTheDocumentIsWritten(t *testing.T) {
	doc := OpenAPI()
	if *update {
		if err := os.WriteFile(written, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(written)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, doc) {
		t.Error("docs/openapi.json is not what is served; run make schema")
	}
	if bytes.Contains(doc, []byte("$schema")) || bytes.Contains(doc, []byte("http://")) {
		t.Error("the document has absolute links")
	}
	if bytes.Contains(doc, []byte("ErrorModel")) {
		t.Error("the document tells of errors that are not ours")
	}
}

func TestEveryRouteHasAPolicyAndWords(t *testing.T) {
	var a API
	a.Handler()
	if len(a.Routes()) < 5 {
		t.Fatal("no routes")
	}
	for _, r := range a.Routes() {
		if r.Scope != "none" && !slices.Contains(account.Scopes, r.Scope) {
			t.Errorf("%s %s needs the unknown scope %q", r.Method, r.Path, r.Scope)
		}
		if !text.Has("api.op." + r.ID) {
			t.Errorf("api.op.%s is in no catalog", r.ID)
		}
		if r.Write == strings.HasSuffix(r.Scope, ":read") && r.Method != "GET" && r.ID != "people_open" {
			t.Errorf("%s %s (write: %v) asks for %s", r.Method, r.Path, r.Write, r.Scope)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a route without a policy was mounted")
		}
	}()
	handle(&a, "GET /free", "free", policy{}, a.org)
}

// TestEveryParameterIsDescribed checks that the description names what a route
// reads, since what it leaves out no client sends.
func TestEveryParameterIsDescribed(t *testing.T) {
	var a API
	a.Handler()
	d := a.document()
	for _, r := range a.Routes() {
		item := d.Paths[r.Path]
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch}[r.Method]
		want := map[string]bool{}
		for _, q := range r.Query {
			want["query "+q] = true
		}
		for _, part := range strings.Split(r.Path, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				want["path "+strings.TrimSuffix(name, "}")] = true
			}
		}
		for _, p := range op.Parameters {
			if p.In != "header" && !want[p.In+" "+p.Name] {
				t.Errorf("%s: %s %s is described and not read", r.ID, p.In, p.Name)
			}
			delete(want, p.In+" "+p.Name)
		}
		for name := range want {
			t.Errorf("%s: %s is read and not described", r.ID, name)
		}
	}
}

func TestSentencesAreInTheCatalogs(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		b, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), `"api.`)[1:] {
			key, _, _ := strings.Cut("api."+part, `"`)
			if !strings.HasSuffix(key, ".") && key != "api.cursor" && !text.Has(key) {
				t.Errorf("%s: %s is in no catalog", e.Name(), key)
			}
		}
	}
}
