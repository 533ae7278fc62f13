package names_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongpin/internal/names"
)

func TestTwoWaysToWriteANameAreEqual(t *testing.T) {
	for _, tt := range [][2]string{
		{"星湖產業園黨委", "星湖产业园党委"}, {"第１黨支部", "第1党支部"}, {"ABC 公司", "abc公司"}, {"楊　思", "杨思"}, {"麗艷科技", "丽艳科技"},
	} {
		if names.Fold(tt[0]) != names.Fold(tt[1]) {
			t.Errorf("%s and %s: got %q and %q", tt[0], tt[1], names.Fold(tt[0]), names.Fold(tt[1]))
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"黄华劳模创新工作室": "hhlmcxgzs", "陶氏张家港基地党委": "tszjgjddw", "重庆大厦": "cqds", "SIG 康美包": "sigkmb", "": "",
	} {
		if got := names.Initials(name); got != want {
			t.Errorf("Initials(%s): got %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"曾芳静": "zfj", "单雄信": "sxx", "区小明": "oxm", "重耳": "ze"} {
		if got := names.PersonInitials(name); got != want {
			t.Errorf("PersonInitials(%s): got %q, want %q", name, got, want)
		}
	}
}

func TestNamesAreOrderedByTheirReading(t *testing.T) {
	got := []string{"张敏", "曾芳", "阿里", "章敏", "单伟"}
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(names.PersonKey(a), names.PersonKey(b)) })
	if want := []string{"阿里", "单伟", "曾芳", "张敏", "章敏"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWords(t *testing.T) {
	for s, want := range map[string][]string{
		"張 敏": {"张", "敏"}, "SIG康美包(苏州)": {"sig", "康", "美", "包", "苏", "州"}, "１座3楼": {"1", "座", "3", "楼"}, " \t": nil,
	} {
		if got := names.Words(s); !slices.Equal(got, want) {
			t.Errorf("Words(%q): got %v, want %v", s, got, want)
		}
	}
}

func TestLatinQueries(t *testing.T) {
	for q, want := range map[string]bool{"zfj": true, "Dow": true, "张": false, "": false, "a b": true, "%": false} {
		if names.Latin(q) != want {
			t.Errorf("Latin(%q): got %v", q, !want)
		}
	}
}

func TestAnythingCanBeFolded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if f := names.Fold(s); names.Fold(f) != f {
			t.Fatalf("folding %q twice differs: %q, %q", s, f, names.Fold(f))
		}
		names.Key(s)
		names.Words(s)
	})
}
