package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/core"
)

// An Option is one choice of a select, radio or list.
type Option struct {
	Value, Text string
	Chosen      bool
}

// A Field is a labelled input, its hint and what is wrong with it. Type is
// text, search, password, number, date, email, tel, file, select, textarea,
// radio or checkbox. For a checkbox Value is what it sends and Chosen whether
// it is set.
type Field struct {
	Name, Label, Type, Value string
	Hint, Error              string
	Options                  []Option // of a select or radio
	Chosen                   bool
	Rows                     int    // of a textarea; 3 unless told
	Autocomplete, Inputmode  string // as HTML has them, or ""
	Accept                   string // of a file: ".xlsx"
	Min, Max                 string // of a number or date, or ""
	Placeholder              string
	Short, Grow              bool // a short input; a field of a query that takes the room
}

// DescribedBy names the elements that explain the field, for aria-describedby.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Error != "" {
		ids = append(ids, f.Name+"-err")
	}
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	return strings.Join(ids, " ")
}

// Lines returns the height of a textarea.
func (f Field) Lines() int { return max(f.Rows, 3) }

// An ErrorSummary stands above a form that came back, takes the focus and
// leads to each field with the words that stand beside it.
type ErrorSummary struct {
	Title string
	Items []Link // Href "#name", or "" for what belongs to no field
}

// IsZero reports whether nothing is wrong.
func (e ErrorSummary) IsZero() bool { return len(e.Items) == 0 }

// field returns an input with what the request says and what bad complains of.
// label is a catalog key; LABEL.hint is its hint if the catalogs have it.
func (s Shell) field(r *http.Request, bad core.Fields, name, label, typ string) Field {
	f := Field{Name: name, Label: s.T(label), Type: typ, Error: s.say(bad[name])}
	if r.Method == http.MethodPost {
		f.Value = r.PostFormValue(name)
	} else {
		f.Value = r.FormValue(name)
	}
	f.Hint = s.hint(label)
	return f
}

// choice returns a select or radio; options are value and text in turn as they
// are shown, and the request's value is chosen.
func (s Shell) choice(r *http.Request, bad core.Fields, name, label, typ string, options []Option) Field {
	f := s.field(r, bad, name, label, typ)
	f.Options = slices.Clone(options)
	for i := range f.Options {
		if f.Value != "" {
			f.Options[i].Chosen = f.Options[i].Value == f.Value
		}
	}
	return f
}

// wrong returns what is wrong with a form: the fields that err complains of, or
// its sentence under no field. It is nil for an error that no input cures.
func wrong(err error) core.Fields {
	if f := core.FieldsOf(err); f != nil {
		return f
	}
	if errors.Is(err, core.Invalid) {
		return core.Fields{"": core.MsgOf(err)}
	}
	return nil
}

// problems returns the summary of what is wrong with a form, in the order of
// its fields, then what belongs to none of them.
func (s Shell) problems(bad core.Fields, fields ...Field) ErrorSummary {
	var e ErrorSummary
	shown := map[string]bool{}
	for _, f := range fields {
		shown[f.Name] = true
		if f.Error != "" {
			e.Items = append(e.Items, Link{f.Error, "#" + f.Name})
		}
	}
	var rest []string
	for name, m := range bad {
		if !shown[name] {
			rest = append(rest, s.say(m))
		}
	}
	slices.Sort(rest)
	for _, line := range rest {
		e.Items = append(e.Items, Link{Text: line})
	}
	e.Title = s.T("web.problems", len(e.Items))
	return e
}
