package core_test

import (
	"errors"
	"testing"

	"tongpin/internal/core"
)

func TestQuantity(t *testing.T) {
	for in, want := range map[string]core.Quantity{
		"38": 38_000, "95.8": 95_800, "-0.125": -125, "1,200": 1_200_000, "３８．５": 38_500, " 0 ": 0, "0.001": 1, "-12.05": -12_050, "１，２００": 1_200_000,
	} {
		got, err := core.ParseQuantity(in)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
		if back, err := core.ParseQuantity(got.String()); err != nil || back != got {
			t.Errorf("%q is written %q and read back as %d, %v", in, got, back, err)
		}
	}
	for _, in := range []string{"", "-", ".", "1.", ".5", "1.2345", "+1", "1-2", "1e3", "12 HB", "--1", "1.-2", "9999999999999"} {
		if got, err := core.ParseQuantity(in); !errors.Is(err, core.Invalid) {
			t.Errorf("%q: %d, %v; want invalid", in, got, err)
		}
	}
}
