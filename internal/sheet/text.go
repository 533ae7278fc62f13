package sheet

import (
	"strings"
	"unicode"
)

// clean returns s as a person meant it: full-width letters and digits become
// half-width, every kind of blank an ordinary one, invisible characters and
// blanks at the ends go.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ':
			return r - 0xFEE0
		case r == '\n':
			return r
		case r == '\u2060' || r == '\ufeff' || r >= '\u200b' && r <= '\u200f':
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s))
}

// isPlain reports whether clean would change nothing, which is nearly always.
func isPlain(s string) bool {
	if s == "" {
		return true
	}
	if s[0] <= ' ' || s[len(s)-1] <= ' ' {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa1 || r >= 0x2000 && r <= 0x206f || r == 0x1680 || r == 0x3000 || r == 0xfeff || r >= 0xff00 {
			return false
		}
	}
	return true
}

// halfWidth also turns full-width punctuation into its half-width form.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - 0xFEE0
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
}

// noBlanks removes every blank.
func noBlanks(s string) string {
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// tighten removes the blanks inside a name. Between two letters that are not
// Chinese, which need a blank to be told apart, one stays.
func tighten(s string) string {
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	words := strings.Fields(s)
	var b strings.Builder
	last := rune(0)
	for _, w := range words {
		first := []rune(w)[0]
		if last != 0 && isWestern(last) && isWestern(first) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		runes := []rune(w)
		last = runes[len(runes)-1]
	}
	return b.String()
}

func isWestern(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
}

// fold returns the form in which two headings are compared: without blanks,
// punctuation and what stands in brackets, in lower case and simplified
// characters.
func fold(s string) string {
	s = strings.ToLower(halfWidth(s))
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch r {
		case '(', '[', '{', '【', '〔', '『', '「':
			depth++
			continue
		case ')', ']', '}', '】', '〕', '』', '」':
			depth = max(depth-1, 0)
			continue
		}
		if depth > 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		if t, ok := simplified[r]; ok {
			r = t
		}
		b.WriteRune(r)
	}
	return b.String()
}

// simplified maps the traditional characters that occur in headings of
// ledgers, total rows and signature rows to their simplified forms.
var simplified = pairs(`黨党 組组 織织 稱称 級级 類类 別别 時时 屆届 滿满 單单 統统 會会 號号 碼码 職职 數数 產产 業业 鏈链 樓楼 員员 從从 學学
	歷历 證证 轉转 為为 務务 電电 話话 機机 備备 註注 說说 聯联 絡络 營营 結结 構构 總总 計计 審审 負负 責责 經经 辦办 蓋盖
	製制 報报 寫写 範范 錯错 誤误 問问 題题 處处 應应 該该 無无 現现 與与 屬属 國国 體体 塊块 層层 區区 園园 質质 規规 齡龄
	點点 還还 據据 實实 際际 開开 關关 間间 預预 書书 記记 領领 導导 僱雇 傭佣 編编 庫库 資资 繫系 係系 麼么 達达 檔档 簽签
	環环 節节 廠厂 廳厅 廈厦 門门 隊队 鄉乡 縣县 鎮镇 親亲 歲岁 個个 崗岗 後后 選选 術术 農农 離离 歸归 費费 稅税 兩两 雙双 萬万 內内 團团 爲为 羣群 參参 終终 駐驻 設设 幾几 種种 貫贯 錄录`)

func pairs(s string) map[rune]rune {
	m := map[rune]rune{}
	for _, p := range strings.Fields(s) {
		r := []rune(p)
		m[r[0]] = r[1]
	}
	return m
}

// letters returns the name of a column as a spreadsheet shows it; 0 is A.
func letters(col int) string {
	if col < len(letterCache) {
		return letterCache[col]
	}
	return spell(col)
}

var letterCache = func() (all [256]string) {
	for i := range all {
		all[i] = spell(i)
	}
	return all
}()

func spell(col int) string {
	s := ""
	for n := col + 1; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}
