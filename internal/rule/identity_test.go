package rule_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

func TestIDNumbers(t *testing.T) {
	man := rule.Identity{Born: date("1998-02-04"), Sex: rule.Male}
	woman := rule.Identity{Born: date("1963-07-20"), Sex: rule.Female}
	for _, tt := range []struct {
		name, number string
		want         rule.Identity
		problem      rule.Problem
	}{
		{"the seventeenth digit is odd", "320599199802046559", man, ""},
		{"the seventeenth digit is even", "320599196307208844", woman, ""},
		{"another check digit", "320599199802046558", rule.Identity{}, rule.BadChecksum},
		{"X in the place of a digit", "320599199802046550", rule.Identity{}, rule.BadChecksum},
		{"fifteen digits", "320599980204655", rule.Identity{}, rule.BadShape},
		{"nineteen digits", "3205991998020465599", rule.Identity{}, rule.BadShape},
		{"30 February", "320599199802306559", rule.Identity{}, rule.BadShape},
		{"a letter within", "32059919980204A559", rule.Identity{}, rule.BadShape},
		{"a letter at the end", "32059919980204655A", rule.Identity{}, rule.BadShape},
		{"full-width digits", "３２０５９９", rule.Identity{}, rule.BadShape},
		{"nothing", "", rule.Identity{}, rule.BadShape},
	} {
		got, problem := rule.IDNumber(tt.number)
		if got != tt.want || problem != tt.problem {
			t.Errorf("%s: got %+v %q, want %+v %q", tt.name, got, problem, tt.want, tt.problem)
		}
	}
}

// checked returns a number with its check character, made without the package.
func checked(t *rapid.T) string {
	born := core.NewDate(1930, 1, 1).AddDays(rapid.IntRange(0, 30_000).Draw(t, "days"))
	body := "320599" + strings.ReplaceAll(born.String(), "-", "") + rapid.StringMatching(`[0-9]{3}`).Draw(t, "serial")
	// ISO 7064 MOD 11-2 by its recurrence, not by weights.
	m := 0
	for i := range 17 {
		m = (m + int(body[i]-'0')) * 2 % 11
	}
	return body + "0123456789X"[(12-m)%11:(12-m)%11+1]
}

func TestAnyChangedDigitIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := checked(t)
		if _, problem := rule.IDNumber(number); problem != "" {
			t.Fatalf("%s: %s", number, problem)
		}
		if _, problem := rule.IDNumber(strings.ToLower(number)); problem != "" {
			t.Fatalf("%s with a small x: %s", number, problem)
		}
		at := rapid.IntRange(0, 17).Draw(t, "at")
		digit := rapid.SampledFrom([]byte("0123456789")).Draw(t, "digit")
		if number[at] == digit {
			return
		}
		wrong := number[:at] + string(digit) + number[at+1:]
		if _, problem := rule.IDNumber(wrong); problem == "" {
			t.Fatalf("%s passes as %s", number, wrong)
		}
	})
}

func TestCreditCodes(t *testing.T) {
	for code, want := range map[string]rule.Problem{
		"91350100M000100Y43":  "", // the example of the standard
		"91350100M000100Y44":  rule.BadChecksum,
		"91320599JLNLUAN08P":  "",
		"91320599JLNLUAN08p":  rule.BadShape,
		"91320599JLNLUAN0OP":  rule.BadShape, // the letter O
		"9132059AJLNLUAN08P":  rule.BadShape, // the area code is digits
		"91320599JLNLUAN08":   rule.BadShape,
		"91320599JLNLUAN08PP": rule.BadShape,
		"":                    rule.BadShape,
	} {
		if got := rule.CreditCode(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
}

func TestAnyChangedCharacterOfACreditCodeIsNoticed(t *testing.T) {
	const chars = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	rapid.Check(t, func(t *rapid.T) {
		code := "91320599JLNLUAN08P"
		at := rapid.IntRange(0, 17).Draw(t, "at")
		c := rapid.SampledFrom([]byte(chars)).Draw(t, "character")
		if wrong := code[:at] + string(c) + code[at+1:]; wrong != code && rule.CreditCode(wrong) == "" {
			t.Fatalf("%s passes", wrong)
		}
	})
}

func TestTheEighteenthBirthdayItselfIsNotBefore18(t *testing.T) {
	for _, tt := range []struct {
		born, joined string
		want         bool
	}{
		{"2000-05-20", "2018-05-19", true},
		{"2000-05-20", "2018-05-20", false},
		{"2004-02-29", "2022-02-27", true},
		{"2004-02-29", "2022-02-28", false},
	} {
		if got := rule.JoinedBefore18(date(tt.born), date(tt.joined)); got != tt.want {
			t.Errorf("born %s, joined %s: got %v", tt.born, tt.joined, got)
		}
	}
}
