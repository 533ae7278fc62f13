package web

import (
	"net/url"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/fact"
	"tongpin/internal/project"
)

// charterValues are the entries of a charter as a form has them.
func charterValues(c project.Charter) url.Values {
	all := url.Values{}
	set := func(name, value string) { all.Set(name, value) }
	set("title", c.Title)
	set("why", c.Why)
	set("measure", c.Measure)
	set("unit", c.Unit)
	set("acceptance", c.Acceptance)
	set("starts_on", dayValue(c.StartsOn))
	set("ends_on", dayValue(c.EndsOn))
	for name, q := range map[string]*core.Quantity{"baseline": c.Baseline, "target": c.Target} {
		if q != nil {
			set(name, q.String())
		}
	}
	for name, p := range map[string]core.PersonID{"leader": c.Leader, "owner": c.Owner} {
		if p != 0 {
			set(name, p.String())
		}
	}
	return all
}

// readCharter reads the entries over those that the form does not ask for.
func (a *answers) readCharter(over project.Charter) project.Charter {
	c := over
	c.Title, c.Why, c.Measure, c.Unit, c.Acceptance = a.text("title"), a.text("why"), a.text("measure"), a.text("unit"), a.text("acceptance")
	c.StartsOn, c.EndsOn = a.day("starts_on"), a.day("ends_on")
	c.Baseline, c.Target = a.quantity("baseline"), a.quantity("target")
	c.Leader, c.Owner = a.person("leader"), a.person("owner")
	return c
}

// quantity reads a measured number; nothing is nil.
func (a *answers) quantity(name string) *core.Quantity {
	text := a.text(name)
	if text == "" {
		return nil
	}
	q, err := core.ParseQuantity(text)
	a.bad.If(err != nil, name, "quantity.bad", text)
	return &q
}

// person reads a choice of people; nobody is zero.
func (a *answers) person(name string) core.PersonID {
	text := a.text(name)
	id, err := core.ParseID(text)
	a.bad.If(text != "" && err != nil, name, "project.person.missing")
	return core.PersonID(id)
}

// hundredths reads hours or yuan with two decimals; nothing is none.
func (a *answers) hundredths(name string) int64 {
	q := a.quantity(name)
	if q == nil {
		return 0
	}
	a.bad.If(*q%10 != 0, name, "work_form.two_decimals")
	return int64(*q) / 10
}

// uses reads what was ticked; nil when the form did not ask.
func (a *answers) uses() []fact.Ref {
	if a.text("uses") == "" {
		return nil
	}
	all := []fact.Ref{}
	for _, v := range a.r.PostForm["use"] {
		reader, text, _ := strings.Cut(v, "-")
		if id, err := core.ParseID(text); err == nil {
			all = append(all, fact.Ref{Reader: fact.Reader(reader), ID: id})
		}
	}
	return all
}

func quantityValue(q *core.Quantity) string {
	if q == nil {
		return ""
	}
	return q.String()
}
