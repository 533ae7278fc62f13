package web

import (
	"fmt"
	"regexp"
	"strings"
)

// flatten rewrites a stylesheet for browsers of before 2023, of which the
// web views on old phones are many: nesting is written out, layers become the
// order they stand in, and (width < 48rem) becomes (max-width: 47.98rem).
// Comments go. It knows what our own stylesheet uses, not all of CSS; what it
// cannot read is a mistake of ours, and an error.
func flatten(css string) (string, error) {
	f := &flattener{}
	if err := f.block(comment.ReplaceAllString(css, ""), nil, nil); err != nil {
		return "", err
	}
	return f.out.String(), nil
}

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	space   = regexp.MustCompile(`\s+`)
	below   = regexp.MustCompile(`\(width < ([0-9]+)rem\)`)
	from    = regexp.MustCompile(`\(width >= ([0-9]+)rem\)`)
)

type flattener struct{ out strings.Builder }

// block writes what stands between two braces: at are the conditions around
// it, parents the selectors it is nested in.
func (f *flattener) block(body string, at, parents []string) error {
	var own []string // declarations since the last nested rule
	for body = strings.TrimSpace(body); body != ""; body = strings.TrimSpace(body) {
		n := strings.IndexAny(skipQuoted(body), ";{")
		if n < 0 {
			n = len(body)
		}
		head := space.ReplaceAllString(strings.TrimSpace(body[:n]), " ")
		if n == len(body) || body[n] == ';' {
			if !strings.HasPrefix(head, "@") && head != "" {
				own = append(own, head)
			}
			body = body[min(n+1, len(body)):]
			continue
		}
		end := closing(body, n)
		if end < 0 {
			return fmt.Errorf("stylesheet: no end to %q", head)
		}
		inner := body[n+1 : end]
		body = body[end+1:]
		f.write(at, parents, own)
		own = nil
		if err := f.rule(head, inner, at, parents); err != nil {
			return err
		}
	}
	f.write(at, parents, own)
	return nil
}

// rule writes one nested rule or at-rule.
func (f *flattener) rule(head, inner string, at, parents []string) error {
	switch word, _, _ := strings.Cut(head, " "); {
	case word == "@layer":
		return f.block(inner, at, parents)
	case word == "@media" || word == "@container" || word == "@supports":
		head = below.ReplaceAllStringFunc(head, func(m string) string {
			var rem int
			_, _ = fmt.Sscanf(m, "(width < %drem)", &rem) // the pattern matched
			return fmt.Sprintf("(max-width: %d.98rem)", rem-1)
		})
		head = from.ReplaceAllString(head, "(min-width: ${1}rem)")
		return f.block(inner, append(at[:len(at):len(at)], head), parents)
	case strings.HasPrefix(word, "@"): // @font-face, @page, @keyframes
		f.wrap(at, head+"{"+space.ReplaceAllString(strings.TrimSpace(inner), " ")+"}")
		return nil
	}
	return f.block(inner, at, nest(parents, split(head)))
}

// write writes declarations under their selectors.
func (f *flattener) write(at, selectors, own []string) {
	if len(own) > 0 {
		f.wrap(at, strings.Join(selectors, ",")+"{"+strings.Join(own, ";")+"}")
	}
}

func (f *flattener) wrap(at []string, rule string) {
	for _, a := range at {
		f.out.WriteString(a + "{")
	}
	f.out.WriteString(rule + strings.Repeat("}", len(at)) + "\n")
}

// nest returns the selectors of a rule nested in parents: & stands for the
// parent, without it the rule is about what the parent holds.
func nest(parents, own []string) []string {
	if parents == nil {
		return own
	}
	var out []string
	for _, p := range parents {
		for _, s := range own {
			if strings.Contains(s, "&") {
				out = append(out, strings.ReplaceAll(s, "&", p))
			} else {
				out = append(out, p+" "+s)
			}
		}
	}
	return out
}

// split parts a list of selectors at its outer commas.
func split(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range skipQuoted(list) {
		switch c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(list[start:i]))
				start = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(list[start:]))
}

// closing returns the index of the brace that closes the one at open, or -1.
func closing(s string, open int) int {
	depth := 0
	for i, c := range []byte(skipQuoted(s)) {
		switch {
		case i < open:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

var quotedString = regexp.MustCompile(`"[^"]*"`)

// skipQuoted blanks what stands in quotes, keeping every index.
func skipQuoted(s string) string {
	return quotedString.ReplaceAllStringFunc(s, func(q string) string { return strings.Repeat("_", len(q)) })
}
