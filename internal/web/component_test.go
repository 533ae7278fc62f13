package web

import (
	"fmt"
	"testing"

	"tongpin/internal/core"
)

func TestAShareIsNeverAPercentageAlone(t *testing.T) {
	sh := Shell{Lang: core.Hans}
	for _, tt := range []struct {
		share              core.Share
		percent, of, width string
		href               string
	}{
		{core.Share{Num: 1295, Den: 2481}, "52.2%", "1,295/2,481", "52.2%", "/rows"},
		{core.Share{Num: 0, Den: 7}, "0.0%", "0/7", "0%", "/rows"},
		{core.Share{Num: 7, Den: 7}, "100.0%", "7/7", "100.0%", "/rows"},
		{core.Share{Num: 9, Den: 7}, "128.6%", "9/7", "100.0%", "/rows"},
		{core.Share{}, "–", "0/0", "0%", ""},
	} {
		if got, want := sh.rate(tt.share, "/rows"), (Rate{tt.percent, tt.of, tt.href, tt.width}); got != want {
			t.Errorf("%v: got %v, want %v", tt.share, got, want)
		}
	}
}

func TestAPagerKnowsItsEnds(t *testing.T) {
	sh := Shell{Lang: core.En}
	at := func(n int) string { return fmt.Sprintf("?page=%d", n) }
	for _, tt := range []struct {
		number, total    int
		text, prev, next string
	}{
		{1, 0, "", "", ""},
		{1, 20, "", "", ""},
		{1, 21, "1 to 20 of 21", "", "?page=2"},
		{2, 21, "21 to 21 of 21", "?page=1", ""},
		{2, 40, "21 to 40 of 40", "?page=1", ""},
		{2, 41, "21 to 40 of 41", "?page=1", "?page=3"},
		{9, 41, "41 in all, none on this page", "?page=8", ""},
		{0, 41, "1 to 20 of 41", "", "?page=2"},
	} {
		p := sh.pager(core.Page{Number: tt.number}, tt.total, at)
		if p.Text != tt.text || p.Prev.Href != tt.prev || p.Next.Href != tt.next {
			t.Errorf("page %d of %d rows: %+v", tt.number, tt.total, p)
		}
	}
}
