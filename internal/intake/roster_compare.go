package intake

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// personFields leads from a field of a person to the item that holds it.
var personFields = map[string]string{"kind": "category", "org": "unit", "from": "unit", "on": "unit"}

// compare notes what a row changes in the record that it is about. An empty
// cell changes nothing.
func (o *roster) compare(ctx context.Context, q db.Querier, r *run, l *line) error {
	p := l.person
	e, was := p.e.Tidy(), p.was
	for _, f := range []struct{ column, was, is string }{
		{"name", was.Name, e.Name},
		{"sex", was.Sex, e.Sex},
		{"ethnicity", was.Ethnicity, e.Ethnicity},
		{"born_on", was.BornOn.String(), e.BornOn.String()},
		{"education", was.Education, e.Education},
		{"joined_on", was.JoinedOn.String(), e.JoinedOn.String()},
		{"confirmed_on", was.ConfirmedOn.String(), e.ConfirmedOn.String()},
		{"category", was.Kind, e.Kind},
		{"position", was.Position, e.Position},
		{"note", was.Note, e.Note},
	} {
		if f.is != "" && f.is != f.was {
			l.change(f.column, spoken(f.column, f.was), spoken(f.column, f.is))
		}
	}
	if err := o.compareSealed(r, l, e); err != nil {
		return err
	}
	if e.Org != was.Org {
		home, err := homeOf(ctx, q, r, o.homes, was.Org)
		if err != nil {
			return err
		}
		there, err := homeOf(ctx, q, r, o.homes, e.Org)
		if err != nil {
			return err
		}
		l.change("unit", Value{Text: home}, Value{Text: there})
	}
	l.Verdict = Unchanged
	if len(l.Changes) > 0 {
		l.Verdict, l.seen = Changed, [2]int{was.Version}
		merged(&e, was)
		if err := e.Check(r.today()); err != nil {
			l.explain(r, err, personFields)
		}
	}
	return nil
}

// spoken returns the value of a field as a person reads it.
func spoken(column, s string) Value {
	switch {
	case s == "":
		return Value{}
	case column == "sex":
		return Value{Key: "person_sex." + s}
	case column == "category":
		return Value{Key: member.KindTitle(s).Key}
	}
	return Value{Text: s}
}

// compareSealed compares the sealed fields by their hashes, and opens what is
// stored only to show the end of a number that changes.
func (o *roster) compareSealed(r *run, l *line, e member.Enrolment) error {
	was := l.person.was
	number := e.IDNumber != "" && !was.IDNumberIs(r.keys, e.IDNumber)
	phone := e.Phone != "" && !was.PhoneIs(r.keys, e.Phone)
	if !number && !phone {
		return nil
	}
	oldNumber, oldPhone, err := was.Numbers(r.keys)
	if err != nil {
		return err
	}
	if number {
		l.change("id_number", Value{Tail: tail(oldNumber)}, Value{Tail: tail(e.IDNumber)})
	}
	if phone {
		l.change("phone", Value{Tail: tail(oldPhone)}, Value{Tail: tail(e.Phone)})
	}
	return nil
}

func tail(s string) string { return s[max(0, len(s)-4):] }

// homeOf returns the name of the organisation that keeps a record.
func homeOf(ctx context.Context, q db.Querier, r *run, known map[core.OrgID]string, id core.OrgID) (string, error) {
	if name, ok := known[id]; ok || id == 0 {
		return name, nil
	}
	at, err := org.Find(ctx, q, r.who.Realm, id)
	if err != nil {
		return "", err
	}
	known[id] = at.Name
	return at.Name, nil
}

// merged fills what the row leaves open from the record, so that the whole can
// be checked.
func merged(e *member.Enrolment, was stored) {
	fill(&e.Sex, was.Sex)
	fill(&e.BornOn, was.BornOn)
	fill(&e.JoinedOn, was.JoinedOn)
	fill(&e.ConfirmedOn, was.ConfirmedOn)
	fill(&e.Kind, was.Kind)
}

func fill[T comparable](p *T, otherwise T) {
	var zero T
	if *p == zero {
		*p = otherwise
	}
}
