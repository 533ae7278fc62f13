package front

import (
	"strconv"
	"strings"
	"time"

	"tongpin/internal/core"
)

// A Line is what was read in one line of quick add. Name is whoever follows the
// last @, empty if nobody does.
type Line struct {
	On     core.Date
	Text   string
	Result Result
	Name   string
}

// days are the words for a day near today.
var days = map[string]int{"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2, "today": 0, "yesterday": -1}

// weekdays are counted from Monday.
var weekdays = map[rune]int{'一': 0, '二': 1, '三': 2, '四': 3, '五': 4, '六': 5, '日': 6, '天': 6}

// results are the words for a result, in the three languages.
var results = map[string]Result{
	"有效": Works, "成了": Works, "works": Works,
	"无效": Not, "無效": Not, "没用": Not, "沒用": Not, "fails": Not,
	"说不准": Unclear, "說不準": Unclear, "不确定": Unclear, "不確定": Unclear, "unclear": Unclear,
}

// Read reads "昨天 提高冷却速度 无效 @张工". Words are apart by spaces; what is no
// day, result or name is text. Without a day it is today, without a result it
// cannot be said. A day still to come is text: nothing was tried then.
func Read(s string, today core.Date) Line {
	l := Line{Result: Unclear}
	var words []string
	result := -1
	for _, w := range strings.Fields(strings.ReplaceAll(s, "　", " ")) {
		low := strings.ToLower(w)
		if day, ok := readDay(low, today); ok && l.On.IsZero() && len(words) == 0 {
			l.On = day
			continue
		}
		if r, ok := results[low]; ok {
			if result >= 0 { // the last one counts, the ones before are text
				words[result] = strings.TrimPrefix(words[result], "\x00")
			}
			l.Result, result = r, len(words)
			w = "\x00" + w
		}
		words = append(words, w)
		if name, ok := strings.CutPrefix(w, "@"); ok && name != "" {
			l.Name = name
		}
	}
	if l.On.IsZero() {
		l.On = today
	}
	var text []string
	for i := len(words) - 1; i >= 0; i-- {
		if !strings.HasPrefix(words[i], "\x00") {
			text = append([]string{words[i]}, text...)
		}
	}
	l.Text = strings.Join(text, " ")
	return l
}

// named returns the line once its name is known to be a person's: the text
// without it.
func (l Line) named() Line {
	words := strings.Fields(l.Text)
	for i := len(words) - 1; i >= 0; i-- {
		if words[i] == "@"+l.Name {
			words = append(words[:i], words[i+1:]...)
			break
		}
	}
	l.Text = strings.Join(words, " ")
	return l
}

// readDay reads 今天, 周三 (the last one), 11月5日 and 11-5 (the last one), and
// 2026-11-05.
func readDay(w string, today core.Date) (core.Date, bool) {
	if n, ok := days[w]; ok {
		return today.AddDays(n), true
	}
	for _, prefix := range []string{"周", "週", "星期", "礼拜", "禮拜"} {
		if rest, ok := strings.CutPrefix(w, prefix); ok {
			if r := []rune(rest); len(r) == 1 {
				if n, ok := weekdays[r[0]]; ok {
					now := (int(today.Weekday()) + 6) % 7
					return today.AddDays(-((now - n + 7) % 7)), true
				}
			}
		}
	}
	if d, err := core.ParseDate(w); err == nil {
		return d, !d.After(today)
	}
	return readMonthDay(w, today)
}

func readMonthDay(w string, today core.Date) (core.Date, bool) {
	month, day, ok := strings.Cut(w, "月")
	if ok {
		day = strings.TrimSuffix(strings.TrimSuffix(day, "日"), "号")
	} else if month, day, ok = strings.Cut(w, "-"); !ok {
		return core.Date{}, false
	}
	m, err1 := strconv.Atoi(month)
	n, err2 := strconv.Atoi(day)
	if err1 != nil || err2 != nil || m < 1 || m > 12 || n < 1 {
		return core.Date{}, false
	}
	for _, year := range []int{today.Year, today.Year - 1} {
		d := core.NewDate(year, time.Month(m), n)
		if int(d.Month) == m && d.Day == n && !d.After(today) {
			return d, true
		}
	}
	return core.Date{}, false
}
