package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// An EnterpriseForm is a page on which one thing is done to an enterprise or a
// grouping. Where a person, an organisation or a grouping is to be chosen, a
// search stands first in the same form: names are sent, never put into an
// address, and nothing that was typed is lost.
type EnterpriseForm struct {
	Shell
	Problems ErrorSummary
	Both     Clash
	Know     Facts    // what to know before
	Warn     Verdicts // what the rules see in it, to be confirmed
	Find     EnterpriseFinder
	Action   string
	Hidden   []Option // Text is the name
	Fields   []Field
	Go       string // on the button; "" where there is nothing to send yet
	Danger   bool   // it ends something: the button does not fill
	Back     Link
	Note     string

	bad core.Fields
}

// An EnterpriseFinder is the search of a form.
type EnterpriseFinder struct {
	Query Field
	Go    string
	Text  string // nothing was found, or more than is shown
}

var enterpriseFormPage = newPage[EnterpriseForm]("enterprise_form.html")

// foundMost is how many results a search of a form shows.
const foundMost = 20

// write sends the page.
func (f *EnterpriseForm) write(w http.ResponseWriter, code int) error {
	f.Problems = f.problems(f.bad, f.Fields...)
	f.Wrong = code != http.StatusOK
	return enterpriseFormPage.write(w, code, *f)
}

// keep sends a value along with the form.
func (f *EnterpriseForm) keep(name, value string) {
	if value != "" {
		f.Hidden = append(f.Hidden, Option{Value: value, Text: name})
	}
}

// ask adds a field with what was typed, or otherwise with a value.
func (f *EnterpriseForm) ask(r *http.Request, name, label, typ, value string) *Field {
	in := f.field(r, f.bad, name, label, typ)
	if r.Method != http.MethodPost && in.Value == "" {
		in.Value = value
	}
	f.Fields = append(f.Fields, in)
	return &f.Fields[len(f.Fields)-1]
}

// askDay adds a day that cannot be later than today.
func (f *EnterpriseForm) askDay(r *http.Request, name, label string, value, most core.Date) {
	in := f.ask(r, name, label, "date", dayValue(value))
	in.Short = true
	in.Max = dayValue(most)
}

// askNumber adds a whole number.
func (f *EnterpriseForm) askNumber(r *http.Request, name, label string, value *int) {
	text := ""
	if value != nil {
		text = strconv.Itoa(*value)
	}
	in := f.ask(r, name, label, "text", text)
	in.Short, in.Inputmode = true, "numeric"
}

// choose adds a select or radio with what was chosen, or otherwise with a value.
func (f *EnterpriseForm) choose(r *http.Request, name, label, typ, value string, all []Option) {
	in := f.ask(r, name, label, typ, value)
	in.Options = slices.Clone(all)
	for i := range in.Options {
		in.Options[i].Chosen = in.Options[i].Value == in.Value
	}
}

// search adds the search field, and what was found as a choice. label is the
// key of what is looked for.
func (f *EnterpriseForm) search(r *http.Request, name, label string, found []Option, more bool) {
	f.Find = EnterpriseFinder{Query: f.field(r, nil, "q", label+".find", "search"), Go: f.T("enterprise_form.find")}
	f.Find.Query.Grow = true
	switch {
	case f.Find.Query.Value == "":
	case len(found) == 0:
		f.Find.Text = f.T("enterprise_form.find.none")
	case more:
		f.Find.Text = f.T("enterprise_form.find.more", len(found))
	}
	if len(found) == 0 {
		f.Go = ""
		return
	}
	f.choose(r, name, label, "radio", "", found)
	if in := &f.Fields[len(f.Fields)-1]; len(found) == 1 {
		in.Options[0].Chosen = true
	}
}

// searching reports whether the search of the form was asked, not the form.
func searching(r *http.Request) bool { return r.PostFormValue("find") != "" }

func dayValue(d core.Date) string {
	if d.IsZero() || d == core.Forever {
		return ""
	}
	return d.String()
}

// answers reads what a form says and gathers what cannot be read.
type answers struct {
	r   *http.Request
	bad core.Fields
}

func (a *answers) text(name string) string { return strings.TrimSpace(a.r.PostFormValue(name)) }

// day reads a date; nothing is the zero day.
func (a *answers) day(name string) core.Date {
	text := a.text(name)
	d, err := core.ParseDate(text)
	a.bad.If(text != "" && err != nil, name, "date.unreadable", text)
	if err != nil {
		return core.Date{}
	}
	return d
}

// number reads a whole number; nothing is nil.
func (a *answers) number(name string) *int {
	text := strings.TrimSuffix(strings.ReplaceAll(a.text(name), ",", ""), "%")
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	a.bad.If(err != nil || n > 1_000_000_000, name, "enterprise_form.number.unreadable", a.text(name))
	return &n
}

// id reads an id; what is none is not there.
func (a *answers) id(name, missing string) core.ID {
	id, err := core.ParseID(a.text(name))
	a.bad.If(err != nil, name, missing)
	return id
}

// version reads which version the person saw; a form that does not say has
// seen none.
func (a *answers) version() int {
	n, err := strconv.Atoi(a.text("version"))
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// curable turns an error that the person can cure into what is wrong with the
// form. known are the names of fields that stand on it under another name.
func curable(err error, known map[string]string) core.Fields {
	bad := wrong(err)
	if bad == nil && errors.Is(err, core.Conflict) {
		bad = core.Fields{"": core.MsgOf(err)}
	}
	for from, to := range known {
		if m, there := bad[from]; there {
			delete(bad, from)
			bad[to] = m
		}
	}
	return bad
}

// both shows the enterprise as it stands beside what was typed; the form can
// be sent again over the newer version.
func (f *EnterpriseForm) both(theirs enterprise.Enterprise, org string) {
	f.newer(theirs.Name, theirs.Version)
	values := map[string]string{
		"name": theirs.Name, "credit_code": theirs.CreditCode, "industry": theirs.Industry, "type": f.typed("type", theirs.Type),
		"employees": numberValue(theirs.Employees), "foreign_share": numberValue(theirs.ForeignShare), "members_found": numberValue(theirs.MembersFound),
		"state": f.say(enterprise.StateTitle(theirs.State)), "verified_on": dayValue(theirs.VerifiedOn), "org": org,
	}
	for _, in := range f.Fields {
		value, there := values[in.Name]
		if !there {
			continue
		}
		mine := f.typed(in.Name, in.Value)
		f.Both.Rows = append(f.Both.Rows, ClashRow{in.Label, mine, value, mine != value})
	}
}

// bothNamed is both for what has only a name.
func (f *EnterpriseForm) bothNamed(name string, version int) {
	f.newer(name, version)
	for _, in := range f.Fields {
		if in.Name == "name" {
			f.Both.Rows = []ClashRow{{in.Label, in.Value, name, in.Value != name}}
		}
	}
}

// newer says that there is a newer version, over which the form can be sent.
func (f *EnterpriseForm) newer(name string, version int) {
	f.Both.Text = f.T("enterprise_form.both", name)
	for i, h := range f.Hidden {
		if h.Text == "version" {
			f.Hidden[i].Value = strconv.Itoa(version)
		}
	}
}

// typed says the value of a field in words.
func (f *EnterpriseForm) typed(name, value string) string {
	for _, in := range f.Fields {
		for _, o := range in.Options {
			if in.Name == name && o.Value == value {
				return o.Text
			}
		}
	}
	return value
}

func numberValue(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
