package intake

import (
	"context"
	"slices"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/sheet"
)

// A roster is the list of the members of organisations.
type roster struct {
	units   *units
	numbers map[string]int                          // the row above that has an id number
	people  map[core.PersonID]int                   // the row above that is that person
	fresh   map[freshKey]int                        // the row above that is a new person without a number
	homes   map[core.OrgID]string                   // names of the organisations that people come from
	stored  map[string]stored                       // of the part at hand, by id number
	kept    map[core.OrgID]map[string][]member.Kept // what the units keep, by folded name
	byID    map[core.PersonID]stored                // of the part at hand
}

// A personLine is a row of a roster as read.
type personLine struct {
	e      member.Enrolment
	holder rule.Identity // what the id number says
	unit   string        // as written
	at     org.Org       // the unit
	was    stored        // the record it is about; zero for a new person
}

type stored = member.Person

type nameKey struct {
	org  core.OrgID
	name string // folded
}

type freshKey struct {
	nameKey
	born core.Date
}

func newRoster() *roster {
	return &roster{
		units: newUnits(), numbers: map[string]int{}, people: map[core.PersonID]int{}, fresh: map[freshKey]int{}, homes: map[core.OrgID]string{},
		kept: map[core.OrgID]map[string][]member.Kept{},
	}
}

func (*roster) columns() []sheet.Column { return sheet.MemberColumns }
func (*roster) needs() access.Action    { return access.ImportPeople }

// read reads the cells of a person.
func (*roster) read(r *run, row sheet.Row, l *line) {
	c := reader{r, row, l}
	p := &personLine{}
	l.person = p
	e := &p.e
	var code sheet.Problem
	e.Name, code = sheet.Name(row.Cell("name"))
	c.note("name", code)
	e.Sex = c.coded("sex", sexes, "sex.unknown")
	e.Ethnicity = c.words("ethnicity")
	e.BornOn = c.day("born_on", false)
	e.Education = c.words("education")
	e.IDNumber, p.holder = c.idNumber("id_number")
	e.JoinedOn = c.day("joined_on", false)
	e.ConfirmedOn = c.day("confirmed_on", false)
	e.Kind = c.coded("category", personKinds, "category.unknown")
	p.unit = c.title("unit")
	e.Position = c.words("position")
	e.Phone, code = sheet.Phone(row.Cell("phone"))
	c.note("phone", code)
	e.Note = c.words("note")

	if r.has["category"] && e.Kind == "" && row.Cell("category").Text == "" {
		c.note("category", "category.unknown")
	}
	l.Title, l.Place = e.Name, p.unit
	if e.Name == "" {
		l.Title = masked("name", row.Cell("name").Text)
	}
}

// together looks at items that must fit each other. It is asked only of a row
// whose items are right one by one, because a wrong item has its own sentence.
func (p *personLine) together(r *run, l *line) {
	e := p.e
	note := func(key string, code sheet.Problem, warning bool) {
		l.Problems = append(l.Problems, Problem{Column: key, Letter: r.letter(key), Code: string(code), Warning: warning})
	}
	born := e.BornOn
	fill(&born, p.holder.Born)
	if !e.JoinedOn.IsZero() {
		if !born.IsZero() && rule.JoinedBefore18(born, e.JoinedOn) {
			note("joined_on", "joined_on.before_18", false)
		}
		if !e.ConfirmedOn.IsZero() && e.ConfirmedOn.Before(e.JoinedOn) {
			note("confirmed_on", "confirmed_on.before_joined", false)
		}
	}
	if e.Sex != "" && p.holder.Sex != "" && e.Sex != string(p.holder.Sex) {
		note("sex", "sex.differs_from_id_number", true)
	}
	if !e.BornOn.IsZero() && !p.holder.Born.IsZero() && e.BornOn != p.holder.Born {
		note("born_on", "born_on.differs_from_id_number", true)
	}
}

// accept remembers a line that earlier work has accepted.
func (o *roster) accept(ctx context.Context, q db.Querier, r *run, l *line) error {
	subject := l.Subject
	l.start()
	l.Subject = subject
	err := o.place(ctx, q, r, l)
	o.remember(l)
	return err
}

// remember makes whom an accepted row is about known to the rows below it.
func (o *roster) remember(l *line) {
	p := l.person
	if p.e.IDNumber != "" {
		o.numbers[p.e.IDNumber] = l.Number
	}
	switch {
	case l.Subject != 0:
		o.people[core.PersonID(l.Subject)] = l.Number
	case p.was.ID != 0:
		o.people[p.was.ID] = l.Number
	}
	if p.e.IDNumber == "" {
		o.fresh[p.key()] = l.Number
	}
}

func (p *personLine) key() freshKey {
	return freshKey{nameKey{p.e.Org, names.Fold(p.e.Name)}, p.e.BornOn}
}

func (o *roster) judge(ctx context.Context, q db.Querier, r *run, part []*line) error {
	for _, l := range part {
		l.start()
		if err := o.place(ctx, q, r, l); err != nil {
			return err
		}
	}
	if err := o.load(ctx, q, r, part); err != nil {
		return err
	}
	for _, l := range part {
		if err := o.decide(ctx, q, r, l); err != nil {
			return err
		}
		if l.Verdict.taken() {
			o.remember(l)
		}
		r.order(l)
	}
	return nil
}

// place finds the organisation that the row belongs to. A file without such a
// column is a list of the one that it was sent for.
func (o *roster) place(ctx context.Context, q db.Querier, r *run, l *line) error {
	p := l.person
	p.e.Org, p.at = 0, org.Org{}
	if l.bar != nil {
		return nil
	}
	if !r.has["unit"] {
		p.e.Org, p.at, l.Place = r.under.ID, r.under, r.under.Name
		return nil
	}
	if slices.ContainsFunc(l.shape, func(p Problem) bool { return p.Column == "unit" }) {
		return nil
	}
	problem, at, err := o.units.one(ctx, q, r, "unit", p.unit, "")
	if problem.Code != "" {
		l.Problems = append(l.Problems, problem)
	}
	p.e.Org, p.at = at.ID, at
	return err
}

// load reads the records that the lines of a part may be about.
func (o *roster) load(ctx context.Context, q db.Querier, r *run, part []*line) error {
	var numbers []string
	for _, l := range part {
		if !l.bad() && l.person.e.IDNumber != "" {
			numbers = append(numbers, l.person.e.IDNumber)
		}
	}
	var err error
	if o.stored, err = member.ByIDNumbers(ctx, q, r.keys, r.who.Realm, numbers); err != nil {
		return err
	}
	var ids []core.PersonID
	for _, l := range part {
		e := l.person.e
		if _, known := o.stored[e.IDNumber]; l.bad() || known {
			continue
		}
		if err := o.open(ctx, q, r, l.person.at); err != nil {
			return err
		}
		for _, k := range o.namesakes(e) {
			ids = append(ids, k.ID)
		}
	}
	o.byID, err = member.Some(ctx, q, r.who.Realm, ids)
	return err
}

// open reads whom a unit keeps, once.
func (o *roster) open(ctx context.Context, q db.Querier, r *run, at org.Org) error {
	if o.kept[at.ID] != nil {
		return nil
	}
	all, err := member.KeptAt(ctx, q, r.who.Realm, at.Path)
	named := map[string][]member.Kept{}
	for _, k := range all {
		key := names.Fold(k.Name)
		named[key] = append(named[key], k)
	}
	o.kept[at.ID] = named
	return err
}

// namesakes returns the records in the unit that may be the person's by name
// and day of birth: two people with an id number each are not the same.
func (o *roster) namesakes(e member.Enrolment) []member.Kept {
	var all []member.Kept
	for _, k := range o.kept[e.Org][names.Fold(e.Name)] {
		if k.BornOn == e.BornOn && !(e.IDNumber != "" && k.Numbered) {
			all = append(all, k)
		}
	}
	return all
}

// decide gives a line its verdict.
func (o *roster) decide(ctx context.Context, q db.Querier, r *run, l *line) error {
	p := l.person
	e := p.e.Tidy()
	p.was = stored{}
	if above := o.numbers[e.IDNumber]; l.bar == nil && e.IDNumber != "" && above != 0 && above != l.Number {
		l.Problems = append(l.Problems, Problem{Column: "id_number", Letter: r.letter("id_number"), Code: "id_number.duplicate_in_file"})
	}
	if !l.bad() {
		p.together(r, l)
	}
	if l.rejected() {
		return nil
	}
	was := o.match(l, e)
	if l.Verdict != "" {
		return nil
	}
	p.was = was
	if was.ID == 0 {
		if e.Kind == "" {
			l.refuse(Problem{Column: "category", Letter: r.letter("category"), Code: "category.unknown"})
			return nil
		}
		if err := e.Check(r.today()); err != nil {
			l.explain(r, err, personFields)
			return nil
		}
		if above := o.fresh[p.key()]; e.IDNumber == "" && above != 0 && above != l.Number {
			l.clash(twice(above))
			return nil
		}
		l.Verdict = New
		l.change("category", Value{}, Value{Key: member.KindTitle(e.Kind).Key})
		l.change("joined_on", Value{}, Value{Text: e.JoinedOn.String()})
		l.change("confirmed_on", Value{}, Value{Text: e.ConfirmedOn.String()})
		return nil
	}
	if above := o.people[was.ID]; above != 0 && above != l.Number {
		l.clash(twice(above))
		return nil
	}
	if err := r.may(ctx, q, was.Org, was.Path); err != nil {
		l.clash(Problem{Column: "unit", Letter: r.letter("unit"), Code: "membership.overlaps"})
		return nil
	}
	return o.compare(ctx, q, r, l)
}

func twice(above int) Problem {
	return Problem{Code: "person.twice_in_file", Written: strconv.Itoa(above)}
}

// match returns the record that a row is about: by its id number, else by name
// and day of birth within the unit.
func (o *roster) match(l *line, e member.Enrolment) stored {
	if was, ok := o.stored[e.IDNumber]; ok && e.IDNumber != "" {
		return was
	}
	switch found := o.namesakes(e); len(found) {
	case 0:
		return stored{}
	case 1:
		return o.byID[found[0].ID]
	}
	l.clash(Problem{Column: "name", Code: "person.ambiguous", Written: e.Name})
	return stored{}
}
