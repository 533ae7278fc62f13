package core

import (
	"strconv"
	"strings"
)

// A Quantity is a measured number in thousandths: 95.8 is 95,800. What is
// measured at work has few digits, and whole numbers compare alike everywhere.
type Quantity int64

// maxQuantity bounds what is taken, so that differences never overflow.
const maxQuantity = 1_000_000_000_000_000

// ParseQuantity reads "38", "95.8", "-0.125" or "1,200", in half or full width;
// core.Invalid for anything else, and for more than three decimals.
func ParseQuantity(s string) (Quantity, error) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '．':
			return '.'
		case r == '－' || r == '−':
			return '-'
		case r == ',' || r == '，':
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	digits, minus := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	if whole == "" || len(part) > 3 || strings.HasSuffix(digits, ".") || len(whole) > 12 || strings.ContainsAny(whole+part, "+-") {
		return 0, Fail(Invalid, "quantity.bad", s)
	}
	n, err := strconv.ParseInt(whole+part+"000"[len(part):], 10, 64)
	if err != nil || n > maxQuantity {
		return 0, Fail(Invalid, "quantity.bad", s)
	}
	if minus {
		n = -n
	}
	return Quantity(n), nil
}

// String returns the number with the decimals that it needs: "95.8".
func (q Quantity) String() string {
	n, sign := int64(q), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	s := sign + strconv.FormatInt(n/1000, 10)
	if n%1000 == 0 {
		return s
	}
	return strings.TrimRight(s+"."+strconv.FormatInt(1000+n%1000, 10)[1:], "0")
}

// MarshalText writes the number as text.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (q *Quantity) UnmarshalText(b []byte) (err error) {
	*q, err = ParseQuantity(string(b))
	return err
}
