package core_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongpin/internal/core"
)

func TestMonthArithmetic(t *testing.T) {
	for _, tt := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-05-20", 1, "2026-06-20"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2026-01-31", 1, "2026-02-28"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2026-08-31", -6, "2026-02-28"},
		{"2026-12-31", 2, "2027-02-28"},
	} {
		d, err := core.ParseDate(tt.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AddMonths(tt.months).String(); got != tt.want {
			t.Errorf("%s + %d months: got %s, want %s", tt.from, tt.months, got, tt.want)
		}
	}
}

func TestPeriodIsHalfOpen(t *testing.T) {
	p := core.Period{From: core.NewDate(2026, 3, 1), To: core.NewDate(2026, 4, 1)}
	for day, want := range map[core.Date]bool{
		core.NewDate(2026, 2, 28): false, core.NewDate(2026, 3, 1): true,
		core.NewDate(2026, 3, 31): true, core.NewDate(2026, 4, 1): false,
	} {
		if p.Holds(day) != want {
			t.Errorf("Holds(%s): got %v", day, !want)
		}
	}
}

func TestDaysBetween(t *testing.T) {
	for _, tt := range []struct {
		from, to core.Date
		want     int
	}{
		{core.NewDate(2026, 2, 28), core.NewDate(2026, 3, 1), 1}, {core.NewDate(2024, 3, 1), core.NewDate(2024, 2, 28), -2},
		{core.NewDate(2026, 1, 1), core.Forever, 2912442},
	} {
		if got := tt.from.DaysUntil(tt.to); got != tt.want {
			t.Errorf("%s to %s: got %d, want %d", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestShares(t *testing.T) {
	for _, tt := range []struct {
		num, den int
		want     string
	}{{1295, 2481, "52.2%"}, {91 - 39, 91, "57.1%"}, {54, 120, "45.0%"}, {0, 0, "–"}, {1, 1, "100.0%"}, {1999, 2000, "100.0%"}} {
		if got := (core.Share{Num: tt.num, Den: tt.den}).Percent(); got != tt.want {
			t.Errorf("%d/%d: got %s, want %s", tt.num, tt.den, got, tt.want)
		}
	}
}

func TestIDsAreReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := core.ID(rapid.Int64Range(1, 1<<63-1).Draw(t, "id"))
		if got, err := core.ParseID(id.String()); err != nil || got != id {
			t.Fatalf("ParseID(%s): got %d, %v", id, got, err)
		}
	})
}

func TestIDsRise(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	last := core.ID(0)
	for range 10000 {
		id := core.NewID(now)
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
	}
	if id := core.NewID(now.Add(-time.Hour)); id <= last {
		t.Errorf("a clock that goes back must not repeat ids")
	}
}

func TestWhatIsNoIDNamesNothing(t *testing.T) {
	for _, s := range []string{"", "x", "0000000000000", "ZZZZZZZZZZZZZ", "00000000000U1", "'; DROP TABLE--"} {
		if _, err := core.ParseID(s); !errors.Is(err, core.NotFound) {
			t.Errorf("ParseID(%q): got %v", s, err)
		}
	}
}

func TestKindsSurviveWrapping(t *testing.T) {
	err := fmt.Errorf("moving: %w", core.Fail(core.Conflict, "org.moved"))
	if !errors.Is(err, core.Conflict) || core.KindOf(err) != core.Conflict || core.MsgOf(err).Key != "org.moved" {
		t.Errorf("got %v", err)
	}
	if core.MsgOf(errors.New("secret")).Key != "error.internal" {
		t.Error("an error of ours must not show its cause")
	}
}
