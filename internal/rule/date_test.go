package rule_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

func TestAge(t *testing.T) {
	for _, tt := range []struct {
		born, on string
		want     int
	}{
		{"2000-05-20", "2018-05-19", 17},
		{"2000-05-20", "2018-05-20", 18},
		{"2008-02-29", "2026-02-27", 17},
		{"2008-02-29", "2026-02-28", 18},
		{"2008-02-29", "2028-02-28", 19},
		{"2008-02-29", "2028-02-29", 20},
		{"2026-01-01", "2026-01-01", 0},
		{"2026-01-02", "2026-01-01", -1},
	} {
		if got := rule.Age(date(tt.born), date(tt.on)); got != tt.want {
			t.Errorf("born %s, on %s: got %d, want %d", tt.born, tt.on, got, tt.want)
		}
	}
}

func TestDeadlines(t *testing.T) {
	last := rule.Within(date("2026-05-20"), 1, rule.Months)
	if last != date("2026-06-20") {
		t.Fatalf("last day: got %s", last)
	}
	if got := rule.Within(date("2026-05-20"), 10, rule.Days); got != date("2026-05-30") {
		t.Errorf("ten days: got %s", got)
	}
	for _, tt := range []struct {
		done, today string
		want        rule.DueState
	}{
		{"", "2026-06-12", rule.InTime},
		{"", "2026-06-13", rule.DueSoon},
		{"", "2026-06-20", rule.DueSoon},
		{"", "2026-06-21", rule.Overdue},
		{"2026-06-20", "2026-09-01", rule.InTime},
		{"2026-06-21", "2026-09-01", rule.DoneLate},
	} {
		var done core.Date
		if tt.done != "" {
			done = date(tt.done)
		}
		if got := rule.Due(last, done, date(tt.today), rule.Defaults()); got != tt.want {
			t.Errorf("done %q, today %s: got %s, want %s", tt.done, tt.today, got, tt.want)
		}
	}
}

func TestMoreThanIsADayAfterAtLeast(t *testing.T) {
	if got := rule.MinElapsed(date("2024-02-29"), 12, false); got != date("2025-02-28") {
		t.Errorf("at least: got %s", got)
	}
	if got := rule.MinElapsed(date("2021-09-01"), 60, true); got != date("2026-09-02") {
		t.Errorf("more than: got %s", got)
	}
}

func TestFractions(t *testing.T) {
	for _, tt := range []struct {
		f           rule.Fraction
		part, whole int
		holds       bool
		needed      int
	}{
		{rule.HalfOrMore, 5, 10, true, 5},
		{rule.MoreThanHalf, 5, 10, false, 6},
		{rule.MoreThanHalf, 6, 11, true, 6},
		{rule.FourFifths, 26, 33, false, 27},
		{rule.FourFifths, 27, 33, true, 27},
		{rule.FourFifths, 20, 25, true, 20},
	} {
		if got := tt.f.Holds(tt.part, tt.whole); got != tt.holds {
			t.Errorf("%d of %d, %+v: got %v", tt.part, tt.whole, tt.f, got)
		}
		if got := tt.f.Needed(tt.whole); got != tt.needed {
			t.Errorf("%+v of %d: got %d, want %d", tt.f, tt.whole, got, tt.needed)
		}
	}
}

func TestNeededIsTheSmallestPartThatHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.IntRange(1, 50).Draw(t, "den")
		f := rule.Fraction{Num: rapid.IntRange(1, den).Draw(t, "num"), Den: den, Strict: rapid.Bool().Draw(t, "strict")}
		whole := rapid.IntRange(1, 100_000).Draw(t, "whole")
		n := f.Needed(whole)
		if !f.Holds(n, whole) || f.Holds(n-1, whole) {
			t.Fatalf("%+v of %d: %d is not the smallest", f, whole, n)
		}
	})
}

func TestMonthsNeverSkipOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := core.NewDate(1900, 1, 1).AddDays(rapid.IntRange(0, 100_000).Draw(t, "days"))
		n := rapid.IntRange(-1200, 1200).Draw(t, "months")
		got := d.AddMonths(n)
		from, to := d.Year*12+int(d.Month), got.Year*12+int(got.Month)
		if to-from != n {
			t.Fatalf("%s and %d months is %s", d, n, got)
		}
		if got.Day > d.Day || got.Day < d.Day && got.AddDays(1).Month == got.Month {
			t.Fatalf("%s and %d months is %s: neither that day nor the last of the month", d, n, got)
		}
		if next := d.AddMonths(n + 1); !got.Before(next) {
			t.Fatalf("%s is not before %s", got, next)
		}
	})
}
