package rule

import (
	"strings"
	"time"

	"tongpin/internal/core"
)

// A Problem says what is wrong with a number that carries a check character.
type Problem string

// The problems. The empty Problem means that the number is right.
const (
	BadShape    Problem = "format"   // not the length, characters or date that the standard asks for
	BadChecksum Problem = "checksum" // the check character does not fit the rest: a typing error
)

// A Sex is the sex that an id number or roster records.
type Sex string

// The sexes of GB/T 2261.1 that id numbers know.
const (
	Male   Sex = "male"
	Female Sex = "female"
)

// An Identity is what an id number says of its holder.
type Identity struct {
	Born core.Date
	Sex  Sex
}

var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idChecks = "10X98765432"

// IDNumber reads a citizen's id number of 18 characters (GB 11643). The last
// may be x or X. The area code is not looked up. The Identity is zero unless
// the Problem is empty.
func IDNumber(s string) (Identity, Problem) {
	if len(s) != 18 {
		return Identity{}, BadShape
	}
	sum := 0
	for i, w := range idWeights {
		if s[i] < '0' || s[i] > '9' {
			return Identity{}, BadShape
		}
		sum += w * int(s[i]-'0')
	}
	last := strings.ToUpper(s[17:])
	if !strings.Contains(idChecks, last) {
		return Identity{}, BadShape
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1850 {
		return Identity{}, BadShape
	}
	if last != idChecks[sum%11:sum%11+1] {
		return Identity{}, BadChecksum
	}
	id := Identity{core.DateOf(born), Female}
	if (s[16]-'0')%2 == 1 {
		id.Sex = Male
	}
	return id, ""
}

const creditChars = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CreditCode checks a unified social credit code of 18 characters
// (GB 32100): digits and capitals without I, O, S, V and Z.
func CreditCode(s string) Problem {
	if len(s) != 18 {
		return BadShape
	}
	sum, weight := 0, 1
	for i := range 18 {
		n := strings.IndexByte(creditChars, s[i])
		if n < 0 || (i >= 2 && i < 8 && n > 9) {
			return BadShape
		}
		if i == 17 {
			if n != (31-sum%31)%31 {
				return BadChecksum
			}
			break
		}
		sum += n * weight
		weight = weight * 3 % 31
	}
	return ""
}

// JoinedBefore18 reports whether someone joined before the eighteenth birthday
// the day itself is not before.
func JoinedBefore18(born, joined core.Date) bool { return Age(born, joined) < 18 }
