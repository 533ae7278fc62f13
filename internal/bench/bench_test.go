package bench_test

import (
	"testing"

	"tongpin/internal/bench"
)

// TestBothSidesDoTheWork runs the whole table at a small size: it proves that
// every line measures something, not how fast this machine is.
func TestBothSidesDoTheWork(t *testing.T) {
	if testing.Short() {
		t.Skip("founds 60,000 organisations")
	}
	all, err := bench.Run(t.Context(), bench.Options{Dir: t.TempDir(), Members: 3000, Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 15 {
		t.Errorf("only %d lines", len(all))
	}
	for _, r := range all {
		if r.Ours <= 0 || r.Floor <= 0 || r.Ratio <= 0 {
			t.Errorf("%s measured nothing: %+v", r.Work, r)
		}
	}
}
