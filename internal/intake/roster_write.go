package intake

import (
	"context"
	"encoding/json"
	"errors"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// A lineError says for which line writing failed.
type lineError struct {
	l       *line
	err     error
	columns map[string]string // from a field to the item that holds it
}

func (e *lineError) Error() string { return e.err.Error() }

// Unwrap returns why it failed.
func (e *lineError) Unwrap() error { return e.err }

// write enrols the new people of a part at once and changes the others one by
// one. New affiliations hold from today.
func (o *roster) write(ctx context.Context, tx *db.Tx, r *run, part []*line) error {
	var fresh []*line
	var rows []member.Enrolment
	for _, l := range part {
		switch l.Verdict {
		case New:
			e := l.person.e
			e.Batch = r.batch
			fresh, rows = append(fresh, l), append(rows, e)
		case Changed:
			if err := o.update(ctx, tx, r, l); err != nil {
				return &lineError{l, err, personFields}
			}
		case Unchanged:
			l.Subject = core.ID(l.person.was.ID)
		}
	}
	ids, err := member.EnrolMany(ctx, tx, r.keys, r.who, r.now, rows)
	if err != nil {
		if row, ok := errors.AsType[*member.RowError](err); ok {
			return &lineError{fresh[row.Row], row.Err, personFields}
		}
		return err
	}
	for i, l := range fresh {
		l.Subject = core.ID(ids[i])
	}
	return nil
}

// update changes the record of a line, and its affiliation from today on.
func (o *roster) update(ctx context.Context, tx *db.Tx, r *run, l *line) error {
	p := l.person.was
	l.Subject = core.ID(p.ID)
	record, err := member.Save(ctx, tx, r.who.Realm, p.ID)
	if err != nil {
		return err
	}
	e := l.person.e.Tidy()
	if e.Org != p.Org {
		if p, err = member.Transfer(ctx, tx, r.who, r.now, p.ID, e.Org, r.today(), "", p.Version, r.batch); err != nil {
			return err
		}
	}
	c := changeOf(e)
	c.Version, c.Batch = p.Version, r.batch
	if p, err = member.Update(ctx, tx, r.keys, r.who, r.now, p.ID, c); err != nil {
		return err
	}
	l.did(step{Do: stepPerson, Person: int64(p.ID), Version: p.Version, Record: json.RawMessage(record)})
	return nil
}

// changeOf returns what a row says of a person. An empty cell says nothing.
func changeOf(e member.Enrolment) member.Change {
	return member.Change{
		Name: given(e.Name), Sex: given(e.Sex), Ethnicity: given(e.Ethnicity), BornOn: given(e.BornOn), Education: given(e.Education),
		IDNumber: given(e.IDNumber), JoinedOn: given(e.JoinedOn), ConfirmedOn: given(e.ConfirmedOn), Kind: given(e.Kind),
		Position: given(e.Position), Phone: given(e.Phone), Note: given(e.Note),
	}
}

func given[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
