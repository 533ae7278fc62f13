// Package burden looks at the product itself: what it must never ask of people
// or count about them. The yardstick is the rules against formalism on the
// fingertips (国办函〔2026〕12号 and the two texts before it), read in copies and
// paraphrased; each check is a line that says what it looked at.
package burden

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tongpin/internal/core"
)

// An Inventory is what the product is made of, as far as the checks look.
type Inventory struct {
	Columns []string          `json:"columns"` // "table.column"
	Routes  []string          `json:"routes"`  // "GET /orgs/{org}"
	Fields  []Field           `json:"fields"`  // what the forms ask
	Texts   map[string]string `json:"texts"`   // catalog key to its 简体
	Scripts map[string]string `json:"scripts"` // name of a file to what it holds
	Style   string            `json:"style"`   // the stylesheet
	Frame   string            `json:"frame"`   // the template around every page
	Sources map[string]string `json:"sources"` // figure to the tables it is computed from, with spaces between
	Exports []string          `json:"exports"` // lists that can be taken out
}

// A Field is one question of a form. Fact is the column where the answer
// lives, or "=" and what it steers.
type Field struct {
	Form     string `json:"form"`
	Name     string `json:"name"`
	Fact     string `json:"fact"`
	Type     string `json:"type,omitempty"`
	Required bool   `json:"required,omitempty"`
}

// A Line is what one check found.
type Line struct {
	ID       string   `json:"id"` // "B1"
	Looked   int      `json:"looked"`
	OK       bool     `json:"ok"`
	Problems []string `json:"problems,omitempty"` // names of what breaks the rule, as "column persons.score"
}

// Title returns the sentence that says what the check is about.
func (l Line) Title() core.Msg { return core.M("burden." + strings.ToLower(l.ID)) }

//go:embed fields.tsv
var fieldsTSV string

// Fields returns the registry of what the forms ask.
func Fields() []Field {
	var all []Field
	for line := range strings.Lines(fieldsTSV) {
		c := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(c) != 4 {
			continue
		}
		f := Field{Form: c[0], Name: c[1], Fact: c[2], Required: c[3] == "yes"}
		if f.Name == "file" {
			f.Type = "file"
		}
		all = append(all, f)
	}
	return all
}

// Registered reports whether the registry knows the field of a form; ids in
// the form's address are written {}.
func Registered(form, name string) bool {
	return slices.ContainsFunc(Fields(), func(f Field) bool { return f.Form == form && f.Name == name })
}

// Check runs every check.
func Check(in Inventory) []Line {
	lines := make([]Line, len(checks))
	for i, c := range checks {
		l := Line{ID: c.id}
		c.look(in, &l)
		slices.Sort(l.Problems)
		l.OK = len(l.Problems) == 0
		lines[i] = l
	}
	return lines
}

func (l *Line) find(format string, args ...any) {
	l.Problems = append(l.Problems, fmt.Sprintf(format, args...))
}

// A deny is what a rule forbids by name: words of identifiers and words of
// Chinese text. allowed are identifiers and keys that may hold them, with the
// reason.
type deny struct {
	words   *regexp.Regexp
	text    *regexp.Regexp
	allowed map[string]string
}

// names makes a pattern of whole words in an identifier.
func names(words string) *regexp.Regexp {
	return regexp.MustCompile(`(^|[^a-z])(` + words + `)([^a-z]|$)`)
}

func (d deny) look(in Inventory, l *Line) {
	bad := func(s string) bool { return d.words.MatchString(strings.ToLower(s)) && d.allowed[s] == "" }
	for _, c := range in.Columns {
		l.Looked++
		if bad(c) {
			l.find("column %s", c)
		}
	}
	for _, r := range in.Routes {
		l.Looked++
		if bad(r) {
			l.find("route %s", r)
		}
	}
	for _, f := range in.Fields {
		l.Looked++
		if bad(f.Name) {
			l.find("field %s %s", f.Form, f.Name)
		}
	}
	for key, said := range in.Texts {
		l.Looked++
		if d.text != nil && d.text.MatchString(said) && d.allowed[key] == "" {
			l.find("text %s", key)
		}
	}
}
