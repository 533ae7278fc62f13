package client

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tongpin/internal/api"
)

var update = flag.Bool("update", false, "generate the client anew")

// TestTheClientIsWritten generates the client from the description and compares.
func TestTheClientIsWritten(t *testing.T) {
	doc, err := api.OpenAPI30()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	spec, fresh := filepath.Join(dir, "openapi.json"), filepath.Join(dir, "client.gen.go")
	if err := os.WriteFile(spec, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=../../../tools/go.mod", "oapi-codegen", "-config", "config.yaml", "-o", fresh, spec)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("client.gen.go", b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile("client.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(old, b) {
		t.Error("client.gen.go is not what the description gives; run make schema")
	}
}
