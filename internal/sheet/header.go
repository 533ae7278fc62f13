package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"tongpin/internal/core"
)

// A Column is one item that a list may hold. Names are the headings people
// give it, the usual one first, in simplified characters or English;
// traditional characters are folded to simplified ones before comparing.
type Column struct {
	Key   string
	Names []string
}

// A Header is the row that names the columns. Where a heading spans two rows,
// Depth is 2 and Names holds the lower of the two.
type Header struct {
	Row   int // as the spreadsheet numbers it
	Depth int
	Names []string // by column from A, as written; "" where there is none
}

// headRows is among how many first rows the header is looked for, and
// headNames how many known names it holds at least.
const (
	headRows  = 10
	headNames = 3
)

// Fingerprint names the header by its headings in their order, so that a
// mapping can be remembered. The column that Refused adds is not part of it.
func (h Header) Fingerprint() string {
	var names []string
	for _, n := range h.Names {
		if !isReason(n) {
			names = append(names, fold(n))
		}
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	sum := sha256.Sum256([]byte(strings.Join(names, "\x1f")))
	return hex.EncodeToString(sum[:16])
}

// Confidence says how a column came to its key.
type Confidence string

// The confidences, the surest first.
const (
	Given   Confidence = "given"   // a person, or an earlier import, said so
	Exact   Confidence = "exact"   // the usual heading
	Synonym Confidence = "synonym" // another known heading
	Fuzzy   Confidence = "fuzzy"   // a heading nearly like a known one
	None    Confidence = "none"    // not used
)

// A Match is one column of the file and the item it holds, if any.
type Match struct {
	Column     int    // from 0
	Letter     string // as the spreadsheet names it
	Heading    string // as written
	Key        string // "" when it is not used
	Confidence Confidence
}

// A Mapping says which item each column of the file holds, by column.
type Mapping []Match

// Index returns the column that holds the item, or -1.
func (m Mapping) Index(key string) int {
	return slices.IndexFunc(m, func(c Match) bool { return c.Key == key && key != "" })
}

// Keys returns the items found, by the number of the column: what to remember
// with the header's fingerprint and to give to With next time.
func (m Mapping) Keys() map[int]string {
	keys := map[int]string{}
	for _, c := range m {
		if c.Key != "" {
			keys[c.Column] = c.Key
		}
	}
	return keys
}

// With returns the mapping as a person wants it: the columns of keys hold the
// items named, "" leaves a column out, and an item that was found elsewhere
// leaves its old place.
func (m Mapping) With(keys map[int]string) Mapping {
	out := slices.Clone(m)
	for i := range out {
		key, said := keys[out[i].Column]
		switch {
		case said && key == out[i].Key:
		case said:
			out[i].Key, out[i].Confidence = key, Given
			if key == "" {
				out[i].Confidence = None
			}
		case out[i].Key != "":
			for _, k := range keys {
				if k == out[i].Key {
					out[i].Key, out[i].Confidence = "", None
				}
			}
		}
	}
	return out
}

// FindHeader returns the first of the first ten rows that holds at least three
// known names; rows[0] is row 1. It is core.Invalid when there is none.
func FindHeader(rows [][]string, known []Column) (Header, error) {
	names := byName(known)
	for i, row := range rows[:min(len(rows), headRows)] {
		if names.isHeader(row) {
			return Header{Row: i + 1, Depth: 1, Names: trimmed(row)}, nil
		}
	}
	return Header{}, core.Fail(core.Invalid, "sheet.no_header", headRows, headNames, lookedFor(known))
}

// lookedFor lists the usual headings, for a sentence.
func lookedFor(known []Column) string {
	var names []string
	for _, c := range known {
		names = append(names, c.Names[0])
	}
	return strings.Join(names, " / ")
}

func trimmed(row []string) []string {
	out := make([]string, len(row))
	for i, s := range row {
		out[i] = strings.Join(strings.Fields(clean(s)), " ")
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// A place is where a heading leads: an item, and whether it is the usual one.
type place struct {
	key   string
	usual bool
}

// A nameIndex knows the headings, folded, and the two letters they begin with.
type nameIndex struct {
	places map[string]place
	first  map[[2]rune]bool
}

func byName(known []Column) nameIndex {
	n := nameIndex{map[string]place{}, map[[2]rune]bool{}}
	for _, c := range known {
		for i, name := range c.Names {
			f := fold(name)
			if _, taken := n.places[f]; !taken {
				n.places[f] = place{c.Key, i == 0}
				n.first[beginning(f)] = true
			}
		}
	}
	return n
}

// isHeader reports whether the row names at least three different items.
func (n nameIndex) isHeader(row []string) bool {
	seen := map[string]bool{}
	for _, cell := range row {
		if len(cell) > 200 {
			continue // a heading is short
		}
		if p, ok := n.places[fold(cell)]; ok {
			seen[p.key] = true
		}
	}
	return len(seen) >= headNames
}

// mayBeHeader is a quick isHeader that only errs by saying yes.
func (n nameIndex) mayBeHeader(line []Cell) bool {
	like := 0
	for i := range line {
		s := line[i].Text
		if strings.ContainsAny(s, "([{（［｛【〔『「") {
			like++ // what stands in brackets is not part of a heading
			continue
		}
		if n.first[beginning(s)] {
			like++
		}
	}
	return like >= headNames
}

// beginning returns the first two letters of s as fold writes them.
func beginning(s string) (two [2]rune) {
	n := 0
	for _, r := range s {
		if r >= '！' && r <= '～' {
			r -= 0xFEE0
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		r = unicode.ToLower(r)
		if t, ok := simplified[r]; ok {
			r = t
		}
		two[n] = r
		if n++; n == len(two) {
			break
		}
	}
	return two
}

// Match maps the columns of a header to the known items: by the usual heading,
// by another known one, then by likeness. An item is found once, the surest
// and then the leftmost column wins.
func (h Header) Match(known []Column) Mapping {
	m := make(Mapping, len(h.Names))
	names := byName(known)
	taken := map[string]bool{}
	for i, n := range h.Names {
		m[i] = Match{Column: i, Letter: letters(i), Heading: n, Confidence: None}
	}
	for _, usual := range []bool{true, false} {
		for i := range m {
			p, ok := names.places[fold(m[i].Heading)]
			if !ok || m[i].Key != "" || taken[p.key] || usual && !p.usual || isReason(m[i].Heading) {
				continue
			}
			taken[p.key] = true
			m[i].Key, m[i].Confidence = p.key, Synonym
			if p.usual {
				m[i].Confidence = Exact
			}
		}
	}
	for i := range m {
		if m[i].Key != "" || isReason(m[i].Heading) || isSerial(m[i].Heading) {
			continue
		}
		if key := alike(fold(m[i].Heading), known, taken); key != "" {
			taken[key] = true
			m[i].Key, m[i].Confidence = key, Fuzzy
		}
	}
	return m
}

// alike returns the item whose heading is nearest to name, if it is near
// enough (of ten characters at most three differ) and no other is as near.
func alike(name string, known []Column, taken map[string]bool) string {
	n := []rune(name)
	if len(n) < 3 || len(n) > 40 {
		return ""
	}
	best, second, key := 0, 0, ""
	for _, c := range known {
		if taken[c.Key] {
			continue
		}
		near := 0
		for _, other := range c.Names {
			o := []rune(fold(other))
			near = max(near, 1000-1000*distance(n, o)/max(len(n), len(o)))
		}
		if near > best {
			best, second, key = near, best, c.Key
		} else {
			second = max(second, near)
		}
	}
	if best < 700 || best == second {
		return ""
	}
	return key
}

// distance is how many characters must be put in, left out or changed to make
// a into b (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
