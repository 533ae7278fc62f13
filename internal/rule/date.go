package rule

import "tongpin/internal/core"

// Age returns the full years of someone born on a day, negative before
// the birth. Who was born on 29 February has the birthday on the 28th in
// common years.
func Age(born, on core.Date) int {
	years := on.Year - born.Year
	if on.Before(born.AddMonths(12 * years)) {
		years--
	}
	return years
}

// A Span is the unit of time that a text counts in.
type Span string

// The spans.
const (
	Days   Span = "days"
	Months Span = "months"
)

// Within returns the last day of "within n days or months" of an event. The
// day of the event does not count, and a rest day does not extend it.
func Within(event core.Date, n int, span Span) core.Date {
	if span == Months {
		return event.AddMonths(n)
	}
	return event.AddDays(n)
}

// A DueState says how a deadline stands.
type DueState string

// The states of a deadline.
const (
	InTime   DueState = "ok"
	DueSoon  DueState = "due_soon"
	Overdue  DueState = "overdue"
	DoneLate DueState = "done_late"
)

// Due returns how a deadline with that last day stands today; done is zero
// while the act is outstanding.
func Due(lastDay, done, today core.Date, s Settings) DueState {
	switch {
	case !done.IsZero() && done.After(lastDay):
		return DoneLate
	case !done.IsZero():
		return InTime
	case today.After(lastDay):
		return Overdue
	case !today.Before(lastDay.AddDays(-s.DueSoonDays)):
		return DueSoon
	}
	return InTime
}

// MinElapsed returns the first day on which "at least so many months" have
// passed since start; with strict, "more than", which is a day later.
func MinElapsed(start core.Date, months int, strict bool) core.Date {
	first := start.AddMonths(months)
	if strict {
		first = first.AddDays(1)
	}
	return first
}

// A Fraction is a share that a text asks for, such as four fifths, compared
// with whole numbers only.
type Fraction struct {
	Num, Den int
	Strict   bool // more than the share (超过), rather than at least the share (以上)
}

// The fractions that texts use.
var (
	HalfOrMore   = Fraction{1, 2, false} // 半数以上
	MoreThanHalf = Fraction{1, 2, true}  // 超过半数
	FourFifths   = Fraction{4, 5, false} // 五分之四以上
)

// Holds reports whether part of whole reaches the fraction.
func (f Fraction) Holds(part, whole int) bool {
	if f.Strict {
		return part*f.Den > whole*f.Num
	}
	return part*f.Den >= whole*f.Num
}

// Needed returns the smallest part of whole that reaches the fraction.
func (f Fraction) Needed(whole int) int {
	if f.Strict {
		return whole*f.Num/f.Den + 1
	}
	return (whole*f.Num + f.Den - 1) / f.Den
}
