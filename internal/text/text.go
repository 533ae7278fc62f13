// Package text says sentences in three languages. Every word a person reads
// stands in catalog/*.tsv: key, 简体, 繁體, English, one line each; {1} {2} … are
// the arguments. Code and templates hold keys only.
package text

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"tongpin/internal/core"
)

//go:embed catalog/*.tsv
var files embed.FS

// Langs lists the languages in the order in which they are offered.
var Langs = []core.Lang{core.Hans, core.Hant, core.En}

// catalog holds, by key, the sentence in each of Langs.
var catalog = load()

func load() map[string][3]string {
	all := map[string][3]string{}
	names, err := fs.Glob(files, "catalog/*.tsv")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for n, line := range strings.Split(string(b), "\n") {
			if line == "" || line[0] == '#' {
				continue
			}
			cols := strings.Split(line, "\t")
			if len(cols) != 4 {
				panic(fmt.Sprintf("%s:%d: want key and three languages, have %d columns", name, n+1, len(cols)))
			}
			if _, twice := all[cols[0]]; twice {
				panic(fmt.Sprintf("%s:%d: %s stands twice in the catalogs", name, n+1, cols[0]))
			}
			all[cols[0]] = [3]string{cols[1], cols[2], cols[3]}
		}
	}
	return all
}

// Has reports whether the catalogs know the key.
func Has(key string) bool { _, ok := catalog[key]; return ok }

// Keys returns every key of the catalogs.
func Keys() []string {
	keys := make([]string, 0, len(catalog))
	for k := range catalog {
		keys = append(keys, k)
	}
	return keys
}

// Say returns the sentence in the language. A key that the catalogs lack comes
// back as itself, which a test forbids.
func Say(lang core.Lang, m core.Msg) string {
	row, ok := catalog[m.Key]
	if !ok {
		return m.Key
	}
	s := row[index(lang)]
	if !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, 2*len(m.Args))
	for i, a := range m.Args {
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", Arg(lang, a))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// T is Say for a key and its arguments.
func T(lang core.Lang, key string, args ...any) string { return Say(lang, core.M(key, args...)) }

// Arg writes one argument as that language does: 2,481, 2026年11月20日, 52.2%.
func Arg(lang core.Lang, a any) string {
	switch v := a.(type) {
	case string:
		return v
	case int:
		return Number(int64(v))
	case int64:
		return Number(v)
	case core.Date:
		return Day(lang, v)
	case core.Share:
		return v.Percent()
	case core.Msg:
		return Say(lang, v)
	case time.Time:
		return Instant(lang, v)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(a)
}

// Number writes a whole number with commas between thousands and a true minus.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Day writes a date: 2026年11月20日, or 20 November 2026.
func Day(lang core.Lang, d core.Date) string {
	if d.IsZero() || d == core.Forever {
		return ""
	}
	if lang == core.En {
		return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
}

// Instant writes a day and the minute, in the location that t carries.
func Instant(lang core.Lang, t time.Time) string {
	return Day(lang, core.DateOf(t)) + " " + t.Format("15:04")
}

func index(lang core.Lang) int {
	for i, l := range Langs {
		if l == lang {
			return i
		}
	}
	return 0
}

// Match chooses the language for an Accept-Language header or a LANG variable;
// Simplified Chinese when nothing fits.
func Match(header string) core.Lang {
	if !strings.ContainsAny(header, ",;") { // a LANG variable: zh_TW.UTF-8
		header, _, _ = strings.Cut(strings.ReplaceAll(header, "_", "-"), ".")
	}
	if len(header) > 512 { // a header made to be slow
		return core.Hans
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return core.Hans
	}
	for _, tag := range tags {
		base, _ := tag.Base()
		script, _ := tag.Script() // inferred from the region: TW, HK and MO are Hant
		switch {
		case base.String() == "en":
			return core.En
		case base.String() == "zh" && script.String() == "Hant":
			return core.Hant
		case base.String() == "zh":
			return core.Hans
		}
	}
	return core.Hans
}

// Known returns the language of a tag a person chose, or false.
func Known(tag string) (core.Lang, bool) {
	for _, l := range Langs {
		if string(l) == tag {
			return l, true
		}
	}
	return "", false
}
