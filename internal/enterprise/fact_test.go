package enterprise

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongpin/internal/core"
)

func day(m, d int) core.Date {
	return core.Date{Year: 2026, Month: 1, Day: 1}.AddMonths(m - 1).AddDays(d - 1)
}

// lineOf makes a timeline of names that begin on the first of those months.
func lineOf(names ...string) []Fact {
	var line []Fact
	for i, n := range names {
		line = append(line, Fact{ID: core.ID(i + 1), Period: core.Since(day(i+1, 1)), Values: Values{Name: n, State: Operating}})
		if i > 0 {
			line[i-1].Period.To = day(i+1, 1)
		}
	}
	return line
}

// after returns the timeline that a change leaves.
func after(line []Fact, c Change) []Fact {
	gone, added := amend(line, c)
	dead := map[core.ID]bool{}
	for _, f := range gone {
		dead[f.ID] = true
	}
	var left []Fact
	for _, f := range line {
		if !dead[f.ID] {
			left = append(left, f)
		}
	}
	left = append(left, added...)
	for i := range left {
		for j := i; j > 0 && left[j].Period.From.Before(left[j-1].Period.From); j-- {
			left[j], left[j-1] = left[j-1], left[j]
		}
	}
	return left
}

func TestAChangeAmendsTheTimeline(t *testing.T) {
	name := func(s string) *string { return &s }
	for _, tt := range []struct {
		what string
		line []Fact
		c    Change
		want map[core.Date]string // first day to name
	}{
		{"from the middle on", lineOf("a"), Change{Name: name("b"), On: day(1, 15)}, map[core.Date]string{day(1, 1): "a", day(1, 15): "b"}},
		{"from the first day on", lineOf("a"), Change{Name: name("b"), On: day(1, 1)}, map[core.Date]string{day(1, 1): "b"}},
		{"what is known already", lineOf("a"), Change{Name: name("a"), On: day(1, 15)}, map[core.Date]string{day(1, 1): "a"}},
		{"before a later change of the same item", lineOf("a", "b"), Change{Name: name("x"), On: day(1, 15)},
			map[core.Date]string{day(1, 1): "a", day(1, 15): "x", day(2, 1): "b"}},
		{"before a later change of another item", lineOf("a", "a"), Change{Name: name("x"), On: day(1, 15)},
			map[core.Date]string{day(1, 1): "a", day(1, 15): "x", day(2, 1): "x"}},
		{"the item came back later", lineOf("a", "b", "a"), Change{Name: name("x"), On: day(1, 1)},
			map[core.Date]string{day(1, 1): "x", day(2, 1): "b", day(3, 1): "a"}},
		{"on the day of a later change", lineOf("a", "b"), Change{Name: name("x"), On: day(2, 1)}, map[core.Date]string{day(1, 1): "a", day(2, 1): "x"}},
		{"before the first day", lineOf("a"), Change{Name: name("x"), On: day(1, 1).AddDays(-1)}, map[core.Date]string{day(1, 1): "a"}},
	} {
		got := map[core.Date]string{}
		for _, f := range after(tt.line, tt.c) {
			got[f.Period.From] = f.Name
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.what, diff)
		}
	}
}

func TestATimelineStaysWholeAndTellsTheChange(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		line := lineOf(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 1, 5).Draw(r, "names")...)
		for range rapid.IntRange(1, 6).Draw(r, "changes") {
			on := day(1, 1).AddDays(rapid.IntRange(0, 180).Draw(r, "on"))
			c := Change{On: on}
			if rapid.Bool().Draw(r, "name") {
				s := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "new")
				c.Name = &s
			} else {
				n := rapid.IntRange(0, 3).Draw(r, "employees")
				c.Employees = &n
			}
			was := line
			line = after(line, c)
			for i := range line {
				line[i].ID = core.ID(i + 1)
			}
			for i, f := range line {
				if i > 0 && f.Period.From != line[i-1].Period.To || !f.Period.From.Before(f.Period.To) {
					r.Fatalf("a gap or overlap before %v", f.Period)
				}
				if f.Period.Holds(on) && (c.Name != nil && f.Name != *c.Name || c.Employees != nil && (f.Employees == nil || *f.Employees != *c.Employees)) {
					r.Fatalf("on %v it does not hold", on)
				}
			}
			if line[0].Period.From != was[0].Period.From || !line[len(line)-1].Period.Open() {
				r.Fatal("the line lost an end")
			}
			for d := day(1, 1); d.Before(on); d = d.AddDays(7) {
				if a, b := valuesOn(was, d), valuesOn(line, d); !a.same(b) {
					r.Fatalf("%v changed, before the change on %v", d, on)
				}
			}
		}
	})
}

func valuesOn(line []Fact, d core.Date) Values {
	for _, f := range line {
		if f.Period.Holds(d) {
			return f.Values
		}
	}
	return Values{}
}
