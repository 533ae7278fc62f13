package db_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/db"
)

var update = flag.Bool("update", false, "write docs/schema.sql again")

func TestTheSchemaIsWrittenDown(t *testing.T) {
	const path = "../../docs/schema.sql"
	want, err := db.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("run make schema; the page (-) and the migrations (+) differ:\n%s", diff)
	}
}
