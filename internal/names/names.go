// Package names makes names comparable: folded for matching, keyed by reading
// for order, cut into words for search. It is pure.
package names

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

//go:embed simplified.txt
var simplifiedText string

var simplified = func() map[rune]rune {
	m := map[rune]rune{}
	for line := range strings.Lines(simplifiedText) {
		if r := []rune(strings.TrimSpace(line)); len(r) == 2 {
			m[r[0]] = r[1]
		}
	}
	return m
}()

// surnames are characters read otherwise when they are a surname.
var surnames = map[rune]string{
	'曾': "zeng", '单': "shan", '仇': "qiu", '区': "ou", '查': "zha", '解': "xie", '任': "ren", '盖': "ge",
	'朴': "piao", '员': "yun", '尉': "yu", '乐': "yue", '覃': "qin", '翟': "zhai", '缪': "miao", '洗': "xian",
	'宓': "mi", '牟': "mou", '葛': "ge", '卜': "bu", '折': "she", '逄': "pang", '令': "ling", '召': "shao",
}

// phrases are places whose characters are read otherwise.
var phrases = map[string][]string{
	"重庆": {"chong", "qing"}, "厦门": {"xia", "men"}, "长沙": {"chang", "sha"}, "长江": {"chang", "jiang"},
	"长春": {"chang", "chun"}, "银行": {"yin", "hang"}, "长三角": {"chang", "san", "jiao"},
}

// Width returns s with full-width letters, digits and signs made half-width
// and with every kind of blank trimmed from its ends.
func Width(s string) string { return strings.TrimSpace(norm.NFKC.String(s)) }

// Fold returns the form in which two ways to write one name are equal:
// half-width, lower case, simplified, without blanks.
func Fold(s string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		if t, ok := simplified[r]; ok {
			return t
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(s))
	return norm.NFKC.String(folded) // a sign may join the letter before it once a blank between them is gone
}

// Key returns the key by which a name is sorted: its reading in pinyin, then
// the folded name itself, so that equal readings keep equal names together.
func Key(name string) string {
	f := Fold(name)
	return strings.Join(readings(f, false), "") + " " + f
}

// PersonKey is Key for a person, whose first character is a surname.
func PersonKey(name string) string {
	f := Fold(name)
	return strings.Join(readings(f, true), "") + " " + f
}

// Initials returns the first letters of the reading: hhlmcxgzs for
// 黄华劳模创新工作室. Latin words keep their first letter, digits stay.
func Initials(name string) string { return initials(Fold(name), false) }

// PersonInitials is Initials for a person.
func PersonInitials(name string) string { return initials(Fold(name), true) }

func initials(folded string, person bool) string {
	var b strings.Builder
	for _, r := range readings(folded, person) {
		if r != "" {
			b.WriteByte(r[0])
		}
	}
	return b.String()
}

// readings returns one reading per character that has one; other letters and
// digits stand for themselves and signs are dropped.
func readings(folded string, person bool) []string {
	rs := []rune(folded)
	out := make([]string, 0, len(rs))
	for i := 0; i < len(rs); i++ {
		if i == 0 && person {
			if s, ok := surnames[rs[0]]; ok {
				out = append(out, s)
				continue
			}
		}
		if n := phrase(rs[i:], &out); n > 0 {
			i += n - 1
			continue
		}
		switch s := reading(rs[i]); {
		case s != "":
			out = append(out, s)
		case unicode.IsLetter(rs[i]) || unicode.IsDigit(rs[i]):
			out = append(out, string(rs[i]))
		}
	}
	return out
}

func phrase(rs []rune, out *[]string) int {
	for n := 2; n <= min(3, len(rs)); n++ {
		if p, ok := phrases[string(rs[:n])]; ok {
			*out = append(*out, p...)
			return n
		}
	}
	return 0
}

var plain = pinyin.NewArgs()

// known keeps readings, which cost a hundred times as much to compute.
var known sync.Map

// reading returns the usual reading of a Chinese character, or "".
func reading(r rune) string {
	if !unicode.Is(unicode.Han, r) {
		return ""
	}
	if s, ok := known.Load(r); ok {
		return s.(string)
	}
	s := strings.Join(pinyin.SinglePinyin(r, plain), "")
	known.Store(r, s)
	return s
}

// Words cuts a text into what search looks for: one word per Chinese
// character, one per run of Latin letters or digits, all folded.
func Words(s string) []string {
	var words []string
	var run []rune
	flush := func() {
		if len(run) > 0 {
			words = append(words, string(run))
			run = run[:0]
		}
	}
	for _, r := range norm.NFKC.String(s) {
		if t, ok := simplified[r]; ok {
			r = t
		}
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			words = append(words, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			run = append(run, unicode.ToLower(r))
		default:
			flush()
		}
	}
	flush()
	return words
}

// Latin reports whether a query is letters alone: pinyin or initials, or a
// foreign name.
func Latin(query string) bool {
	f := Fold(query)
	for _, r := range f {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return f != ""
}

// After returns the first string after all those that begin with prefix, for
// a range in an index ordered by bytes.
func After(prefix string) string { return prefix + "\U0010FFFF" }
