package rule_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

var calendars = rule.EmbeddedCalendars()

func TestTheCalendarsOf2024To2027AreCarried(t *testing.T) {
	if diff := cmp.Diff([]int{2024, 2025, 2026, 2027}, calendars.Years()); diff != "" {
		t.Fatalf("years (-want +got):\n%s", diff)
	}
	for year, want := range map[int]struct {
		status       rule.CalendarStatus
		rest, makeUp int
	}{
		2024: {rule.Official, 28, 8}, 2025: {rule.Official, 28, 5}, 2026: {rule.Official, 33, 6}, 2027: {rule.StatutoryOnly, 13, 0},
	} {
		c, ok := calendars.Year(year)
		if !ok || c.Status != want.status || len(c.Rest) != want.rest || len(c.MakeUp) != want.makeUp || c.ImportedOn.IsZero() {
			t.Errorf("%d: got %s, %d rest days, %d make-up workdays, imported %s", year, c.Status, len(c.Rest), len(c.MakeUp), c.ImportedOn)
		}
	}
}

func TestWorkdays(t *testing.T) {
	for day, want := range map[string]struct{ work, provisional bool }{
		"2024-02-09": {true, false},  // New Year's Eve, formally worked
		"2024-02-10": {false, false}, // a Saturday of the Spring Festival
		"2024-02-18": {true, false},  // a Sunday, worked
		"2026-02-14": {true, false},
		"2026-02-23": {false, false},
		"2026-02-24": {true, false},
		"2026-10-10": {true, false},
		"2026-10-11": {false, false},
		"2027-02-08": {false, true},
		"2027-02-09": {true, true},
		"2027-01-02": {false, true}, // a Saturday
		"2023-10-02": {false, true}, // no file: the fixed statutory days
		"2023-05-02": {true, true},  // two days of May came in 2025
		"2028-05-02": {false, true},
		"2028-01-03": {true, true},
	} {
		work, provisional := calendars.IsWorkday(date(day))
		if work != want.work || provisional != want.provisional {
			t.Errorf("%s: got workday %v, provisional %v; want %v, %v", day, work, provisional, want.work, want.provisional)
		}
	}
}

func TestAPeriodIsProvisionalWhenItTouchesAYearWithoutNotice(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"2024-01-01", "2026-12-31", false},
		{"2026-12-31", "2027-01-01", true},
		{"2023-12-31", "2024-01-01", true},
		{"2027-01-01", "2026-12-31", true},
	} {
		if got := calendars.Provisional(date(tt.from), date(tt.to)); got != tt.want {
			t.Errorf("%s to %s: got %v", tt.from, tt.to, got)
		}
	}
	last, provisional := calendars.WorkdaysAfter(date("2026-12-25"), 4)
	if last != date("2026-12-31") || provisional {
		t.Errorf("four working days: got %s, provisional %v", last, provisional)
	}
	last, provisional = calendars.WorkdaysAfter(date("2026-12-25"), 5)
	if last != date("2027-01-04") || !provisional {
		t.Errorf("five working days: got %s, provisional %v", last, provisional)
	}
	if _, provisional := (rule.Calendars{}).WorkdaysAfter(date("2026-05-25"), 1); !provisional {
		t.Error("without calendars an answer is not provisional")
	}
}

func TestFewerThanFiveWorkingDaysAreRefused(t *testing.T) {
	for n, want := range map[int]rule.Outcome{4: rule.Fail, 5: rule.OK, 7: rule.OK} {
		v := rule.PublicityPeriod(calendars, date("2026-05-25"), n, rule.Exclude)
		if v.Verdict != want {
			t.Errorf("%d working days: got %s, want %s", n, v.Verdict, want)
		}
	}
}

func TestANoticeHasExactlyItsWorkingDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		posted := date("2023-06-01").AddDays(rapid.IntRange(0, 2000).Draw(t, "days"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		mode := rapid.SampledFrom([]rule.CountMode{rule.Exclude, rule.Include}).Draw(t, "mode")
		p := calendars.PublicityEnd(posted, n, mode)
		count := 0
		for d := posted; !d.After(p.LastDay); d = d.AddDays(1) {
			if w, _ := calendars.IsWorkday(d); w && (d != posted || mode == rule.Include) {
				count++
			}
		}
		if w, _ := calendars.IsWorkday(p.LastDay); count != n || !w {
			t.Fatalf("%s, %d days, %s: ends %s with %d working days, last a workday: %v", posted, n, mode, p.LastDay, count, w)
		}
		if p.EarliestNext != p.LastDay.AddDays(1) || p.Provisional != calendars.Provisional(posted, p.LastDay) {
			t.Fatalf("got %+v", p)
		}
	})
}

const notice2027 = `{
	"year": 2027, "status": "official", "notice_number": "国办发明电〔2026〕1号", "notice": "https://www.gov.cn/example",
	"imported_on": "2026-11-25",
	"rest_days": ["2026-12-31", "2027-01-01", "2027-02-09", "2027-02-10"], "make_up_workdays": ["2026-12-26", "2027-02-07"]
}`

func TestANoticeThatArrivesLaterMovesTheDay(t *testing.T) {
	c, err := rule.ParseCalendar([]byte(notice2027))
	if err != nil {
		t.Fatal(err)
	}
	later := calendars.With(c)
	p := later.PublicityEnd(date("2027-02-03"), 5, rule.Exclude)
	if p.Provisional || p.LastDay != date("2027-02-11") {
		t.Errorf("got %+v", p)
	}
	if got := calendars.PublicityEnd(date("2027-02-03"), 5, rule.Exclude); got.LastDay != date("2027-02-12") || !got.Provisional {
		t.Errorf("the first set has changed: %+v", got)
	}
	for day, want := range map[string]bool{"2026-12-26": true, "2026-12-31": false, "2026-12-30": true} {
		if got, provisional := later.IsWorkday(date(day)); got != want || provisional {
			t.Errorf("%s, of which the notice for 2027 speaks: got %v, provisional %v", day, got, provisional)
		}
	}
}

func TestACalendarFileIsReadStrictly(t *testing.T) {
	change := func(old, with string) string {
		if !strings.Contains(notice2027, old) {
			t.Fatalf("no %s in the file", old)
		}
		return strings.Replace(notice2027, old, with, 1)
	}
	for name, tt := range map[string]struct{ file, field string }{
		"not JSON":               {"rest", "input"},
		"a list":                 {"[]", "input"},
		"two objects":            {notice2027 + "{}", "input"},
		"nothing":                {"", "input"},
		"an unknown key":         {change(`"year"`, `"country": "cn", "year"`), "country"},
		"a key in capitals":      {change(`"year"`, `"Year"`), "Year"},
		"a key twice":            {change(`"year"`, `"year": 2027, "year"`), "year"},
		"a year as text":         {change(`2027,`, `"2027",`), "year"},
		"a year too far":         {change(`2027,`, `3027,`), "year"},
		"an unknown status":      {change(`"official"`, `"draft"`), "status"},
		"no address":             {change(`"https://www.gov.cn/example"`, `""`), "notice"},
		"no rest day":            {change(`["2026-12-31", "2027-01-01", "2027-02-09", "2027-02-10"]`, `[]`), "rest_days"},
		"a day of November":      {change(`"2026-12-31"`, `"2026-11-30"`), "rest_days"},
		"a day of the next year": {change(`"2027-01-01"`, `"2028-01-01"`), "rest_days"},
		"30 February":            {change(`"2027-02-10"`, `"2027-02-30"`), "rest_days"},
		"rest and work at once":  {change(`"2027-02-07"`, `"2027-02-09"`), ""},
		"a make-up on a Monday":  {change(`"2027-02-07"`, `"2027-02-08"`), "make_up_workdays"},
		"null for a list":        {change(`["2026-12-26", "2027-02-07"]`, `null`), "make_up_workdays"},
	} {
		_, err := rule.ParseCalendar([]byte(tt.file))
		if !errors.Is(err, core.Invalid) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if _, ok := core.FieldsOf(err)[tt.field]; !ok && tt.field != "" {
			t.Errorf("%s: got %v, want the field %s", name, err, tt.field)
		}
	}
	if slices.Contains(calendars.Years(), 2028) {
		t.Error("a refused file was taken")
	}
}
