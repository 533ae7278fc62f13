package core

import (
	"fmt"
	"time"
)

// A Date is a day on the calendar, with no time and no zone. Terms, deadlines
// and the days on which a fact holds are Dates; only things that happened are
// time.Times. The zero Date means "not known".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Forever is the end of a fact that still holds.
var Forever = Date{9999, time.December, 31}

// NewDate returns the day y-m-d, which must exist.
func NewDate(y int, m time.Month, d int) Date {
	return DateOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the day on which t falls in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads the form a browser's date field sends: 2026-03-29.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, Fail(Invalid, "date.unreadable", s)
	}
	return DateOf(t), nil
}

// String returns the day as 2026-03-29, or "" when it is not known.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText writes the day as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 2026-03-29, or nothing for the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	p, err := ParseDate(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// AddDays returns the date n days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n)) }

// AddMonths returns the same day n calendar months later, or the last day of
// that month where it has no such day (Civil Code art. 202; rule
// date.add_months). n may be negative. Always start from the original date:
// adding one month twice is not adding two.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month, 1, 0, 0, 0, 0, time.UTC).AddDate(0, n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// DaysUntil returns the number of days from d to e, negative if e is earlier.
func (d Date) DaysUntil(e Date) int { return int((e.utc().Unix() - d.utc().Unix()) / 86400) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Compare returns -1, 0 or 1 as d is before, on or after e.
func (d Date) Compare(e Date) int {
	a, b := d.Year*10000+int(d.Month)*100+d.Day, e.Year*10000+int(e.Month)*100+e.Day
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// IsZero reports whether d is unset.
func (d Date) IsZero() bool { return d == Date{} }

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// A Period is the days from From up to, but not including, To. A fact that
// still holds has To == Forever.
type Period struct{ From, To Date }

// Since returns the period that began on d and still runs.
func Since(d Date) Period { return Period{d, Forever} }

// Holds reports whether the fact holds on day d.
func (p Period) Holds(d Date) bool { return !d.Before(p.From) && d.Before(p.To) }

// Overlaps reports whether p and o share a day.
func (p Period) Overlaps(o Period) bool { return p.From.Before(o.To) && o.From.Before(p.To) }

// Open reports whether the fact still holds.
func (p Period) Open() bool { return p.To == Forever }

// A Moment asks a question of dated facts: what held on On, as it was known
// at KnownAt. The zero KnownAt means "as known now, corrections included".
type Moment struct {
	On      Date
	KnownAt time.Time
}

// A Now tells the time. Production passes time.Now, tests a fixed instant.
type Now func() time.Time

// A Share is a numerator over its denominator, never a percentage alone.
type Share struct{ Num, Den int }

// Tenths returns the share in tenths of a percent, rounded half up:
// 1,295/2,481 is 522. It is -1 when the denominator is 0.
func (s Share) Tenths() int {
	if s.Den == 0 {
		return -1
	}
	return (s.Num*2000 + s.Den) / (2 * s.Den)
}

// Percent returns the share as "52.2%", or "–" when the denominator is 0.
func (s Share) Percent() string {
	t := s.Tenths()
	if t < 0 {
		return "–"
	}
	return fmt.Sprintf("%d.%d%%", t/10, t%10)
}
