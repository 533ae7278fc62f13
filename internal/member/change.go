package member

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/secret"
)

// A Change changes items of a person's record. What is nil stays; an empty
// IDNumber or Phone clears it. On is the day from which a new Kind holds: when
// zero, ConfirmedOn for one who becomes full, else today. Version is the one
// that the person saw; 0 asks for no check.
type Change struct {
	Name, Sex, Ethnicity  *string
	BornOn                *core.Date
	Education, IDNumber   *string
	JoinedOn, ConfirmedOn *core.Date
	Kind                  *string
	Position, Phone, Note *string
	On                    core.Date
	Reason                string
	Version               int
	Batch                 core.ID
}

// over returns the enrolment that p would be with the change; its IDNumber and
// Phone are only what the change gives.
func (c Change) over(p Person) Enrolment {
	e := Enrolment{
		Name: or(c.Name, p.Name), Sex: or(c.Sex, p.Sex), Ethnicity: or(c.Ethnicity, p.Ethnicity), BornOn: or(c.BornOn, p.BornOn),
		Education: or(c.Education, p.Education), IDNumber: or(c.IDNumber, ""), JoinedOn: or(c.JoinedOn, p.JoinedOn),
		ConfirmedOn: or(c.ConfirmedOn, p.ConfirmedOn), Kind: or(c.Kind, p.Kind), Org: p.Org,
		Position: or(c.Position, p.Position), Phone: or(c.Phone, ""), Note: or(c.Note, p.Note),
	}
	return e.Tidy()
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// Fits returns core.Invalid, by the names of the items, for a change that Update
// would refuse for what it says. Whether a number is free is seen on writing.
func (c Change) Fits(p Person, today core.Date) error { return c.over(p).Check(today) }

// Update changes a person's record. A change that changes nothing writes
// nothing. It returns core.Invalid for what Check refuses, and core.Conflict
// when the id number is another person's, without saying whose, or when Version
// is not the present one (then with a Stale).
func Update(ctx context.Context, tx *db.Tx, keys *secret.Keyring, who access.Actor, now time.Time, id core.PersonID, c Change) (Person, error) {
	p, err := present(ctx, tx, who.Realm, id, c.Version)
	if err != nil {
		return Person{}, err
	}
	if err := checkReason("reason", c.Reason); err != nil {
		return Person{}, err
	}
	e := c.over(p)
	if err := e.Check(core.DateOf(now)); err != nil {
		return Person{}, err
	}
	after := e.person(p.Realm, p.ID, p.CreatedAt)
	after.Org, after.Path, after.Version = p.Org, p.Path, p.Version
	after.seal(keys, e.IDNumber, e.Phone)
	numbers := after.keepSealed(p, c)
	was, err := History(ctx, tx, who.Realm, id)
	if err != nil {
		return Person{}, err
	}
	is, err := c.turn(p, after, was, core.DateOf(now))
	if err != nil {
		return Person{}, err
	}
	before, state := changed(p.items(), after.items(), numbers)
	if len(state) == 0 {
		return p, nil
	}
	at, err := placeOf(ctx, tx, who.Realm, p.Org)
	if err != nil {
		return Person{}, err
	}
	if err := rewrite(ctx, tx, now, p, was, is, c.Reason, c.Batch); err != nil {
		return Person{}, err
	}
	if err := after.keep(ctx, tx, at, is); err != nil {
		return Person{}, err
	}
	if err := after.write(ctx, tx, p.Name); err != nil {
		return Person{}, err
	}
	after.Version++
	if err := recount(ctx, tx, p, after); err != nil {
		return Person{}, err
	}
	return after, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "person.change", Org: p.Org, Subject: "person", SubjectID: core.ID(id), Note: c.Reason, Before: before, After: state,
	})
}

// keepSealed takes over the sealed items that the change leaves alone, and
// returns the names of those that it changes.
func (p *Person) keepSealed(was Person, c Change) (numbers []string) {
	if c.IDNumber == nil || string(p.idHash) == string(was.idHash) {
		p.idNumber, p.idHash = was.idNumber, was.idHash
	} else {
		numbers = append(numbers, "id_number")
	}
	if c.Phone == nil || string(p.phoneHash) == string(was.phoneHash) {
		p.phone, p.phoneHash = was.phone, was.phoneHash
	} else {
		numbers = append(numbers, "phone")
	}
	return numbers
}

// turn returns the affiliations that a changed kind, or a changed day of
// becoming a full member, leads to.
func (c Change) turn(p, after Person, was Timeline, today core.Date) (Timeline, error) {
	on := c.On
	if on.IsZero() {
		on = today
		if after.Kind == Full && p.Kind == Probationary && !after.ConfirmedOn.IsZero() {
			on = after.ConfirmedOn
		}
	}
	var bad core.Fields
	bad.If(on.After(today), "on", "membership.future")
	bad.If(Formal(after.Kind) && on.Before(after.JoinedOn), "on", "membership.before_joined", after.JoinedOn)
	if len(was) > 0 && after.JoinedOn != p.JoinedOn {
		bad.If(was[0].From.Before(after.JoinedOn), "joined_on", "person.joined_on.after_membership", was[0].From)
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	switch {
	case p.Kind == after.Kind:
		if after.Kind == Full && after.ConfirmedOn != p.ConfirmedOn && !after.ConfirmedOn.IsZero() {
			return was.confirmed(after.ConfirmedOn), nil
		}
		return was, nil
	case Formal(p.Kind) && Formal(after.Kind):
		return was.became(after.Kind, on)
	case Formal(p.Kind):
		return was.ended(on)
	case Formal(after.Kind):
		return was.began(p.Org, after.Kind, on)
	}
	return was, nil
}

// changed returns what the journal keeps of a change: the items that differ,
// before and after, and that a number is another one.
func changed(was, is map[string]any, numbers []string) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	for key, v := range is {
		if was[key] != v {
			before[key], after[key] = was[key], v
		}
	}
	for _, field := range numbers {
		after[field] = "changed"
	}
	if _, ok := after["note"]; ok { // free text may hold anything
		before["note"], after["note"] = "", "changed"
	}
	return before, after
}

// write stores the items of a person other than kind and place.
func (p Person) write(ctx context.Context, tx *db.Tx, formerly string) error {
	_, err := tx.Exec(ctx, `
		UPDATE persons SET name = $3, name_key = $4, initials = $5, sex = $6, ethnicity = $7, born_on = $8, education = $9,
			id_number = $10, id_number_hash = $11, phone = $12, phone_hash = $13, joined_on = $14, position = $15, note = $16, removed_at = NULL
		WHERE realm_id = $1 AND id = $2`,
		p.Realm, p.ID, p.Name, names.PersonKey(p.Name), names.PersonInitials(p.Name), p.Sex, p.Ethnicity, db.Date(p.BornOn), p.Education,
		p.idNumber, p.idHash, p.phone, p.phoneHash, db.Date(p.JoinedOn), p.Position, p.Note)
	if err != nil || p.Name == formerly {
		return taken(err)
	}
	if formerly != "" {
		if err := db.PersonSearch.Unindex(ctx, tx, int64(p.ID)); err != nil {
			return err
		}
	}
	return db.PersonSearch.Index(ctx, tx, int64(p.ID), names.Words(p.Name))
}
