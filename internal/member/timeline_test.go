package member

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongpin/internal/core"
)

func d(day int) core.Date { return core.NewDate(2026, 1, 1).AddDays(day) }

func at(org core.OrgID, kind string, from, to int) Affiliation {
	a := Affiliation{Org: org, Kind: kind, From: d(from), To: core.Forever}
	if to > 0 {
		a.To = d(to)
	}
	return a
}

func TestTimelineOnBoundaryDays(t *testing.T) {
	open := Timeline{at(1, Full, 10, 0)}
	for _, tt := range []struct {
		name   string
		do     func() (Timeline, error)
		want   Timeline
		refuse string
	}{
		{"moved a day later", func() (Timeline, error) { return open.moved(2, d(11)) }, Timeline{at(1, Full, 10, 11), at(2, Full, 11, 0)}, ""},
		{"moved on the first day leaves nothing of the old", func() (Timeline, error) { return open.moved(2, d(10)) }, Timeline{at(2, Full, 10, 0)}, ""},
		{"moved a day before it began", func() (Timeline, error) { return open.moved(2, d(9)) }, nil, "membership.overlaps"},
		{"moved without an affiliation", func() (Timeline, error) { return Timeline{}.moved(2, d(9)) }, nil, "membership.none"},
		{"ended a day later", func() (Timeline, error) { return open.ended(d(11)) }, Timeline{at(1, Full, 10, 11)}, ""},
		{"ended on the first day", func() (Timeline, error) { return open.ended(d(10)) }, nil, ""},
		{"ended a day before it began", func() (Timeline, error) { return open.ended(d(9)) }, nil, "membership.ends_before"},
		{"ended twice", func() (Timeline, error) { return Timeline{at(1, Full, 1, 5)}.ended(d(9)) }, nil, "membership.none"},
		{"began on the day the last ended", func() (Timeline, error) { return Timeline{at(1, Full, 1, 5)}.began(2, Full, d(5)) }, Timeline{at(1, Full, 1, 5), at(2, Full, 5, 0)}, ""},
		{"began a day before the last ended", func() (Timeline, error) { return Timeline{at(1, Full, 1, 5)}.began(2, Full, d(4)) }, nil, "membership.overlaps"},
		{"confirmed inside", func() (Timeline, error) { return Timeline{at(1, Probationary, 1, 0)}.became(Full, d(4)) }, Timeline{at(1, Probationary, 1, 4), at(1, Full, 4, 0)}, ""},
		{"confirmed on a day before a move", func() (Timeline, error) {
			return Timeline{at(1, Probationary, 1, 6), at(2, Probationary, 6, 0)}.became(Full, d(4))
		}, Timeline{at(1, Probationary, 1, 4), at(1, Full, 4, 6), at(2, Full, 6, 0)}, ""},
		{"a corrected day of becoming full", func() (Timeline, error) {
			return Timeline{at(1, Probationary, 1, 4), at(1, Full, 4, 0)}.confirmed(d(7)), nil
		}, Timeline{at(1, Probationary, 1, 7), at(1, Full, 7, 0)}, ""},
		{"handed over from a day on", func() (Timeline, error) {
			return Timeline{at(1, Full, 1, 5), at(3, Full, 5, 8), at(1, Full, 8, 0)}.handed(1, 2, d(4)), nil
		}, Timeline{at(1, Full, 1, 4), at(2, Full, 4, 5), at(3, Full, 5, 8), at(2, Full, 8, 0)}, ""},
		{"no day at all", func() (Timeline, error) { return timeline([]Affiliation{at(1, Full, 5, 5)}) }, nil, "membership.backwards"},
		{"a kind without memberships", func() (Timeline, error) { return timeline([]Affiliation{at(1, Activist, 1, 5)}) }, nil, "person.kind.unknown"},
	} {
		got, err := tt.do()
		if tt.refuse != "" {
			if core.MsgOf(err).Key != tt.refuse {
				t.Errorf("%s: got %v, want %s", tt.name, err, tt.refuse)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", tt.name, err, diff)
		}
	}
}

func TestOnePersonHasOneAffiliationOnAnyDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var line Timeline
		var id core.ID
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			day, org := d(rapid.IntRange(0, 20).Draw(t, "day")), core.OrgID(rapid.IntRange(1, 3).Draw(t, "org"))
			kind := rapid.SampledFrom([]string{Full, Probationary}).Draw(t, "kind")
			next, err := line, error(nil)
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				next, err = line.began(org, kind, day)
			case 1:
				next, err = line.moved(org, day)
			case 2:
				next, err = line.ended(day)
			case 3:
				next, err = line.became(kind, day)
			case 4:
				next = line.confirmed(day)
			case 5:
				next = line.handed(1, 2, day)
			case 6:
				next, err = timeline(append(slices.Clone(line), Affiliation{Org: org, Kind: kind, From: day, To: day.AddDays(rapid.IntRange(0, 5).Draw(t, "length"))}))
			}
			if err != nil {
				continue
			}
			line = next
			for i := range line {
				id++
				if line[i].ID == 0 {
					line[i].ID = id
				}
			}
			for n := range 30 {
				held := 0
				for _, a := range line {
					if a.period().Holds(d(n)) {
						held++
					}
				}
				if held > 1 {
					t.Fatalf("%d affiliations on %s: %v", held, d(n), line)
				}
			}
		}
	})
}

func TestWhatDidNotChangeKeepsItsRow(t *testing.T) {
	line := Timeline{at(1, Full, 1, 5), at(3, Full, 5, 0)}
	line[0].ID, line[1].ID = 7, 8
	if got := line.handed(9, 2, d(3)); !slices.Equal(got, line) {
		t.Errorf("nothing was handed over: got %v", got)
	}
	got := line.handed(3, 2, d(8))
	if got[0].ID != 7 || got[1].ID != 0 || len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

func TestPlacesCutTheirPaths(t *testing.T) {
	for depth, want := range []string{"1.", "1.20.", "1.20.311.", ""} {
		if got := upTo("1.20.311.", depth); got != want {
			t.Errorf("upTo(%d): got %q, want %q", depth, got, want)
		}
	}
}
