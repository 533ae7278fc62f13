package rule

import (
	"strconv"
	"strings"

	"tongpin/internal/core"
)

// Fen is an amount of yuan in hundredths.
type Fen int64

// String writes the amount in yuan: 790000.00.
func (f Fen) String() string {
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	s := strconv.FormatInt(int64(f), 10)
	for len(s) < 3 {
		s = "0" + s
	}
	return sign + s[:len(s)-2] + "." + s[len(s)-2:]
}

// MarshalText writes the amount as String does.
func (f Fen) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// maxFen is ten trillion yuan.
const maxFen Fen = 1_000_000_000_000_000

// parseFen reads digits with at most two decimals, from 0 to ten trillion yuan.
func parseFen(s string) (Fen, bool) {
	yuan, cents, dot := strings.Cut(s, ".")
	if yuan == "" || len(yuan) > 14 || dot && (cents == "" || len(cents) > 2) {
		return 0, false
	}
	for _, c := range yuan + cents {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	for len(cents) < 2 {
		cents += "0"
	}
	n, err := strconv.ParseInt(yuan+cents, 10, 64)
	return Fen(n), err == nil && Fen(n) <= maxFen
}

// A Fund is the yearly fund of a Party organisation.
type Fund struct {
	Budget     Fen  // arranged this year
	Suspended  bool // nothing is arranged, because too much was carried over
	Deductible Fen  // what the enterprise may deduct from taxable income
	AddedBack  Fen  // what it spent beyond that
	Carry      Fen  // left for the next year, never negative
	Overspent  Fen  // spent beyond what there was
}

// FundSOE returns the fund of a state-owned enterprise: about 1 % of last
// year's wages, nothing when more than 2 % of them was carried over; spending
// deductible up to 1 % of this year's wages.
func FundSOE(lastWages, wages, spent, carry Fen) Fund {
	f := Fund{Budget: lastWages / 100}
	if carry > lastWages/50 {
		f.Budget, f.Suspended = 0, true
	}
	f.Deductible = min(spent, wages/100)
	f.AddedBack = spent - f.Deductible
	left := f.Budget + carry - spent
	f.Carry, f.Overspent = max(left, 0), max(-left, 0)
	return f
}

// FundNonPublic returns what a non-public enterprise may deduct: its spending
// up to 1 % of the year's wages.
func FundNonPublic(wages, spent Fen) Fund {
	d := min(spent, wages/100)
	return Fund{Deductible: d, AddedBack: spent - d}
}

// soe returns the verdict on the fund of a state-owned enterprise.
func (f Fund) soe() Verdict {
	const id = "two.fund_soe"
	values := Values{
		{"budget", f.Budget}, {"suspended", f.Suspended}, {"deductible", f.Deductible}, {"added_back", f.AddedBack},
		{"carry", f.Carry}, {"overspent", f.Overspent},
	}
	switch {
	case f.Overspent > 0:
		return judge(id, Warn, core.M("rule.two.fund_soe.overspent", f.Overspent.String()), values...)
	case f.Suspended:
		return judge(id, Warn, core.M("rule.two.fund_soe.suspended"), values...)
	}
	return judge(id, Info, core.M("rule.two.fund_soe.budget", f.Budget.String(), f.Deductible.String()), values...)
}

// nonPublic returns the verdict on the fund of a non-public enterprise.
func (f Fund) nonPublic() Verdict {
	const id = "two.fund_nonpublic"
	values := Values{{"deductible", f.Deductible}, {"added_back", f.AddedBack}}
	if f.AddedBack > 0 {
		return judge(id, Warn, core.M("rule.two.fund_nonpublic.above", f.Deductible.String(), f.AddedBack.String()), values...)
	}
	return judge(id, OK, core.M("rule.two.fund_nonpublic.ok", f.Deductible.String()), values...)
}
