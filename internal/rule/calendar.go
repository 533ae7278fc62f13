package rule

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"time"

	"tongpin/internal/core"
)

//go:embed calendar/*.json
var calendarFiles embed.FS

// A CalendarStatus says what a calendar rests on.
type CalendarStatus string

// The statuses: the yearly notice of the State Council, or the statutory days
// alone while that notice is not out.
const (
	Official      CalendarStatus = "official"
	StatutoryOnly CalendarStatus = "statutory_only"
)

// A Calendar is one year's rest days and make-up workdays. Days that it does
// not list follow Monday to Friday. A notice may also name days of the December
// before.
type Calendar struct {
	Year       int
	Status     CalendarStatus
	Number     string    // of the notice, such as 国办发明电〔2025〕7号
	Notice     string    // its address
	ImportedOn core.Date // when the file was made
	Rest       []core.Date
	MakeUp     []core.Date // Saturdays and Sundays that are worked
}

// ParseCalendar reads a calendar file. It is strict: a wrong day would move
// deadlines in silence. The error is core.Invalid and names the field.
func ParseCalendar(b []byte) (Calendar, error) {
	in, err := parse(b)
	if err != nil {
		return Calendar{}, err
	}
	c := Calendar{
		Year:       in.number("year", 2000, 2200),
		Status:     CalendarStatus(in.choice("status", string(Official), string(StatutoryOnly))),
		Number:     in.text("notice_number"),
		Notice:     in.text("notice"),
		ImportedOn: in.date("imported_on"),
		Rest:       in.dates("rest_days"),
		MakeUp:     in.dates("make_up_workdays"),
	}
	if err := in.done(); err != nil {
		return Calendar{}, err
	}
	return c, c.check()
}

func (c Calendar) check() error {
	if c.Status == Official && (c.Notice == "" || c.Number == "") {
		return refuse("notice", "rule.calendar.notice")
	}
	if len(c.Rest) == 0 {
		return refuse("rest_days", "rule.calendar.empty")
	}
	seen := map[core.Date]bool{}
	for field, list := range map[string][]core.Date{"rest_days": c.Rest, "make_up_workdays": c.MakeUp} {
		for _, d := range list {
			if d.Year != c.Year && (d.Year != c.Year-1 || d.Month != time.December) {
				return refuse(field, "rule.calendar.other_year", d, yearText(c.Year))
			}
			if seen[d] {
				return refuse(field, "rule.calendar.twice", d)
			}
			seen[d] = true
		}
	}
	for _, d := range c.MakeUp {
		if !weekend(d) {
			return refuse("make_up_workdays", "rule.calendar.weekday", d)
		}
	}
	return nil
}

// Calendars is a set of calendar years. It is a value: With returns another.
type Calendars struct{ years map[int]Calendar }

// EmbeddedCalendars returns the years that the program carries. It panics if
// one of its own files cannot be read.
func EmbeddedCalendars() Calendars {
	names, err := fs.Glob(calendarFiles, "calendar/*.json")
	if err != nil {
		panic(err)
	}
	var all Calendars
	for _, name := range names {
		b, err := calendarFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		c, err := ParseCalendar(b)
		if err != nil {
			panic(name + ": " + err.Error())
		}
		all = all.With(c)
	}
	return all
}

// With returns the calendars with that year added or replaced.
func (cs Calendars) With(c Calendar) Calendars {
	years := maps.Clone(cs.years)
	if years == nil {
		years = map[int]Calendar{}
	}
	years[c.Year] = c
	return Calendars{years}
}

// Year returns the calendar of a year, or false when there is none.
func (cs Calendars) Year(y int) (Calendar, bool) { c, ok := cs.years[y]; return c, ok }

// Years returns the years there are, in order.
func (cs Calendars) Years() []int { return slices.Sorted(maps.Keys(cs.years)) }

// IsWorkday reports whether d is a working day. The answer is
// provisional where the year has no notice: it then rests on weekends and the
// statutory days that are known.
func (cs Calendars) IsWorkday(d core.Date) (workday, provisional bool) {
	provisional = cs.Provisional(d, d)
	if d.Month == time.December { // the next year's notice may reach back
		if w, listed := cs.years[d.Year+1].lists(d); listed {
			return w, provisional
		}
	}
	c, ok := cs.years[d.Year]
	if w, listed := c.lists(d); listed {
		return w, provisional
	}
	return !weekend(d) && (ok || !statutory(d)), provisional
}

// lists reports whether the calendar names d, and as a workday or not.
func (c Calendar) lists(d core.Date) (workday, listed bool) {
	if slices.Contains(c.MakeUp, d) {
		return true, true
	}
	return false, slices.Contains(c.Rest, d)
}

// Provisional reports whether a day from one to the other, both included,
// falls in a year whose notice is not out.
func (cs Calendars) Provisional(from, to core.Date) bool {
	return len(cs.Missing(from, to)) > 0
}

// Missing returns the years from one day to the other whose notice is not out.
func (cs Calendars) Missing(from, to core.Date) []int {
	var missing []int
	for y := min(from.Year, to.Year); y <= max(from.Year, to.Year); y++ {
		if cs.years[y].Status != Official {
			missing = append(missing, y)
		}
	}
	return missing
}

func weekend(d core.Date) bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// statutory reports the rest days of 放假办法 第二条 that have a fixed date, for
// years without any file. Lunar days are not guessed: such years are
// provisional anyway.
func statutory(d core.Date) bool {
	switch d.Month {
	case time.January:
		return d.Day == 1
	case time.May:
		return d.Day == 1 || d.Day == 2 && d.Year >= 2025
	case time.October:
		return d.Day <= 3
	default:
		return false
	}
}

// A CountMode says whether the day of posting counts.
type CountMode string

// The modes. Include holds only for a notice that was up before business began.
const (
	Exclude CountMode = "exclude"
	Include CountMode = "include"
)

// A Publicity is the run of a public notice.
type Publicity struct {
	LastDay      core.Date // the notice stays up until 24:00 of this day
	EarliestNext core.Date // first day of the next step
	Provisional  bool
}

// PublicityEnd returns the run of n working days, at least one, of a notice
// posted on a day. A day of posting that is no working day never
// counts.
func (cs Calendars) PublicityEnd(posted core.Date, n int, mode CountMode) Publicity {
	last := posted
	left := max(n, 1)
	if w, _ := cs.IsWorkday(posted); w && mode == Include {
		left--
	}
	for left > 0 {
		last = last.AddDays(1)
		if w, _ := cs.IsWorkday(last); w {
			left--
		}
	}
	return Publicity{last, last.AddDays(1), cs.Provisional(posted, last)}
}

// WorkdaysAfter returns the n-th working day after a day, which does not count
// itself: the last day of "within n working days".
func (cs Calendars) WorkdaysAfter(d core.Date, n int) (last core.Date, provisional bool) {
	p := cs.PublicityEnd(d, n, Exclude)
	return p.LastDay, p.Provisional
}

// publicityMin is the working days that a notice must stay up at least.
const publicityMin = 5

// PublicityPeriod judges a notice of n working days: fewer than five are
// refused, more are allowed.
func PublicityPeriod(cs Calendars, posted core.Date, n int, mode CountMode) Verdict {
	const id = "cal.publicity_end"
	p := cs.PublicityEnd(posted, n, mode)
	values := Values{{"last_day", p.LastDay}, {"earliest_next", p.EarliestNext}}
	v := judge(id, OK, core.M("rule.cal.publicity_end.ok", p.LastDay, p.EarliestNext), values...)
	if n < publicityMin {
		v = judge(id, Fail, core.M("rule.cal.publicity_end.short", n, publicityMin), values...)
	}
	v.Provisional = p.Provisional
	return v
}
