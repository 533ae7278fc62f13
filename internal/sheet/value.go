package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongpin/internal/core"
)

// A Problem is the code of what is wrong with one cell, such as name.missing;
// "" is no problem. Its sentence stands in the catalogs as problem.CODE.
type Problem string

// Msg returns the sentence; written is what stands in the cell.
func (p Problem) Msg(written string) core.Msg { return core.M("problem."+string(p), shorten(written)) }

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}

// CellFormula says that a cell holds a formula where a value is wanted. Every
// reader of this file gives it first.
const CellFormula Problem = "cell.formula"

// Name reads a person's name: blanks inside go. A formula, markup, digits or
// more than 50 characters are no name.
func Name(c Cell) (string, Problem) {
	if c.Formula {
		return "", CellFormula
	}
	s := tighten(c.Text)
	switch {
	case s == "":
		return "", "name.missing"
	case utf8.RuneCountInString(s) > 50 || !strings.ContainsFunc(s, unicode.IsLetter) || !unicode.IsLetter([]rune(s)[0]):
		return "", "name.invalid"
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.Is(unicode.Co, r) && !strings.ContainsRune(" ·•・‧.．-'’()（）", r) {
			return "", "name.invalid"
		}
	}
	return s, ""
}

// Title reads the name of an organisation, enterprise, building or chain:
// digits are allowed, 100 characters at most. An empty cell is "" and no
// problem here; where the name is required, that is name.missing.
func Title(c Cell) (string, Problem) {
	if c.Formula {
		return "", CellFormula
	}
	s := tighten(c.Text)
	if s == "" {
		return "", ""
	}
	if utf8.RuneCountInString(s) > 100 || !strings.ContainsFunc(s, unicode.IsLetter) ||
		strings.ContainsAny(s, "<>\n") || strings.ContainsRune("=+-@", []rune(s)[0]) {
		return "", "name.invalid"
	}
	return s, ""
}

// Text reads free words, such as a position or a note: 500 characters at most.
func Text(c Cell) (string, Problem) {
	switch {
	case c.Formula:
		return "", CellFormula
	case utf8.RuneCountInString(c.Text) > 500:
		return "", "text.too_long"
	}
	return c.Text, ""
}

// Integer reads a count. An empty cell is -1.
func Integer(c Cell) (int, Problem) {
	if c.Formula {
		return -1, CellFormula
	}
	s := strings.NewReplacer(",", "", "人", "", "名", "", "，", "").Replace(noBlanks(c.Text))
	if s == "" {
		return -1, ""
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100_000_000 {
		return -1, "number.invalid"
	}
	return n, ""
}

var (
	mobile   = regexp.MustCompile(`^1\d{10}$`)
	landline = regexp.MustCompile(`^0\d{2,3}[2-9]\d{6,7}$`)
)

// Phone reads a mobile number, or a landline with its area code; blanks,
// hyphens, brackets and +86 leave. An empty cell is "".
func Phone(c Cell) (string, Problem) {
	if c.Formula {
		return "", CellFormula
	}
	s := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Pd, r) || unicode.IsSpace(r) || r == '(' || r == ')' || r == '−' {
			return -1
		}
		return r
	}, halfWidth(c.Text))
	for _, prefix := range []string{"+86", "0086", "86"} {
		if rest, ok := strings.CutPrefix(s, prefix); ok && mobile.MatchString(rest) {
			s = rest
		}
	}
	if s != "" && !mobile.MatchString(s) && !landline.MatchString(s) {
		return "", "phone.invalid"
	}
	return s, ""
}

// Code reads an identity number or a credit code: upper case, without blanks,
// hyphens or the quote that marks a text. key is id_number or credit_code.
// The check digit is a rule's business, but a number that a spreadsheet has
// rounded is refused here, because its last digits are lost.
func Code(c Cell, key string) (string, Problem) {
	switch {
	case c.Formula:
		return "", CellFormula
	case c.Numeric && digitsLost(c.Raw):
		return "", Problem(key + ".digits_lost")
	}
	s := strings.TrimLeft(halfWidth(c.Text), "'‘’`")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	return s, ""
}

// digitsLost reports whether a number has more than the 15 digits that a
// spreadsheet keeps.
func digitsLost(raw string) bool {
	digits := 0
	for _, r := range strings.TrimLeft(raw, "-0.") {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == 'e' || r == 'E':
			return true
		}
	}
	return digits > 15
}

var (
	dateParts = regexp.MustCompile(`^(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})[日号號]?(?:[T ]?\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?$`)
	dateBlock = regexp.MustCompile(`^\d{8}$`)
)

// Date reads a day in any way in which ledgers write one: 2015-04-20,
// 2019.7.9, 2019/07/09, 2019年7月9日, 20150420, each also full-width and with
// blanks around or within, and the serial number that a spreadsheet keeps for
// a date. An empty cell is the zero Date. A year or a month alone, and a day
// that does not exist, are date.unreadable.
func Date(c Cell, date1904 bool) (core.Date, Problem) {
	if c.Formula {
		return core.Date{}, CellFormula
	}
	s := strings.TrimSpace(halfWidth(c.Text))
	if s == "" {
		return core.Date{}, ""
	}
	if c.Numeric {
		s, _, _ = strings.Cut(s, ".")
	}
	if dateBlock.MatchString(s) {
		return day(s[:4], s[4:6], s[6:])
	}
	if len(s) == 5 && isDigits(s) {
		n, _ := strconv.Atoi(s)
		return serial(n, date1904)
	}
	if len(s) == 4 && c.Numeric && isDigits(s) && s > "2199" {
		n, _ := strconv.Atoi(s)
		return serial(n, date1904)
	}
	if m := dateParts.FindStringSubmatch(joinDate(s)); m != nil {
		return day(m[1], m[2], m[3])
	}
	return core.Date{}, "date.unreadable"
}

// joinDate makes one kind of hyphen of all and removes the blanks beside
// separators: 2019 年 7 月 9 日.
func joinDate(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r), r == '−', r == 'ー':
			return '-'
		case r == '。', r == '、', r == '·':
			return '.'
		}
		return r
	}, s)
	var b strings.Builder
	words := strings.Fields(s)
	for i, w := range words {
		if i > 0 && isDigits(w[:1]) && isDigits(words[i-1][len(words[i-1])-1:]) || i > 0 && strings.Contains(w, ":") {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func day(y, m, d string) (core.Date, Problem) {
	year, _ := strconv.Atoi(y)
	month, _ := strconv.Atoi(m)
	dom, _ := strconv.Atoi(d)
	got := core.NewDate(year, time.Month(month), dom)
	if got != (core.Date{Year: year, Month: time.Month(month), Day: dom}) || year < 1900 || year > 2199 {
		return core.Date{}, "date.unreadable"
	}
	return got, ""
}

// serial returns the day of a serial number. Small ones would be days before
// 1906, and are years that somebody typed.
func serial(n int, date1904 bool) (core.Date, Problem) {
	from := core.NewDate(1899, time.December, 30) // as if 1900 were a leap year, which spreadsheets believe
	if date1904 {
		from = core.NewDate(1904, time.January, 1)
	}
	d := from.AddDays(n)
	if n < 2200 || d.Year > 2199 {
		return core.Date{}, "date.unreadable"
	}
	return d, ""
}
