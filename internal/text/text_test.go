package text_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

var hole = regexp.MustCompile(`\{\d\}`)

func TestEveryKeySpeaksThreeLanguages(t *testing.T) {
	for _, key := range text.Keys() {
		want := hole.FindAllString(text.T(core.Hans, key), -1)
		slices.Sort(want)
		for _, lang := range text.Langs {
			s := text.T(lang, key)
			if s == "" {
				t.Errorf("%s has nothing to say in %s", key, lang)
			}
			got := hole.FindAllString(s, -1)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s speaks of %v, 简体 of %v", key, lang, got, want)
			}
		}
	}
}

func TestLanguagesAreMatched(t *testing.T) {
	for header, want := range map[string]core.Lang{
		"zh-CN,zh;q=0.9": core.Hans, "zh-TW": core.Hant, "zh-HK,en;q=0.5": core.Hant, "en-GB": core.En,
		"de,en;q=0.7": core.En, "": core.Hans, "zh_TW.UTF-8": core.Hant, "C": core.Hans, "xx-garbage-!!": core.Hans,
	} {
		if got := text.Match(header); got != want {
			t.Errorf("Match(%q): got %s, want %s", header, got, want)
		}
	}
}

func TestArgumentsAreWrittenAsTheLanguageDoes(t *testing.T) {
	day := core.NewDate(2026, 11, 20)
	for _, tt := range []struct {
		lang core.Lang
		arg  any
		want string
	}{
		{core.Hans, 2481, "2,481"}, {core.Hans, -1, "−1"}, {core.Hans, day, "2026年11月20日"}, {core.En, day, "20 November 2026"},
		{core.Hant, core.Share{Num: 1295, Den: 2481}, "52.2%"}, {core.En, core.M("error.conflict"), text.T(core.En, "error.conflict")},
		{core.En, time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC), "20 November 2026 09:30"}, {core.Hans, core.Date{}, ""},
	} {
		if got := text.Arg(tt.lang, tt.arg); got != tt.want {
			t.Errorf("Arg(%s, %v): got %q, want %q", tt.lang, tt.arg, got, tt.want)
		}
	}
}
