package account

import (
	"testing"
	"time"
)

// TestCodesAreThoseOfTheStandard has the SHA-1 vectors of RFC 6238, appendix B,
// of which six digits are the last six of eight.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for second, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp(secret, second/stepSeconds); got != want {
			t.Errorf("at %d: got %s, want %s", second, got, want)
		}
	}
}

func TestAStepBeforeAndOneAfterAreAccepted(t *testing.T) {
	secret, now := []byte("12345678901234567890"), time.Unix(1_800_000_000, 0)
	at := now.Unix() / stepSeconds
	for away, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := stepOf(secret, totp(secret, at+away), now)
		if ok != want || ok && step != at+away {
			t.Errorf("%d steps away: got %d, %v", away, step-at, ok)
		}
	}
	for _, code := range []string{"", "00000", "0000000", "abcdef", totp(secret, at) + "0"} {
		if _, ok := stepOf(secret, code, now); ok {
			t.Errorf("%q is a code", code)
		}
	}
}

func TestCodesOnPaperAreReadAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]string{
		"ABCD-EFGH-JKMN": "ABCDEFGHJKMN", " abcd efgh jkmn ": "ABCDEFGHJKMN", "ａｂｃｄ－ＥＦＧＨ": "ABCDEFGH", "oOiIlL": "001111", "": "", "密码": "",
	} {
		if got := readCode(typed); got != want {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
	seen := map[string]bool{}
	for range 1000 {
		code := newCode(resetChars)
		if len(readCode(code)) != resetChars || len(code) != resetChars+3 || seen[code] {
			t.Fatalf("got %q", code)
		}
		seen[code] = true
	}
}
