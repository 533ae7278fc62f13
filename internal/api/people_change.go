package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/member"
)

// A NewPerson is a record to add.
type NewPerson struct {
	Name        string `json:"name"`
	Sex         string `json:"sex,omitzero"`
	Ethnicity   string `json:"ethnicity,omitzero"`
	BornOn      Day    `json:"born_on,omitzero"`
	Education   string `json:"education,omitzero"`
	IDNumber    string `json:"id_number,omitzero"`
	JoinedOn    Day    `json:"joined_on,omitzero"`
	ConfirmedOn Day    `json:"confirmed_on,omitzero"`
	Kind        string `json:"kind" enum:"full,probationary,activist,applicant,none"`
	Org         ID     `json:"org"`
	Position    string `json:"position,omitzero"`
	Phone       string `json:"phone,omitzero"`
	Note        string `json:"note,omitzero"`
	From        Day    `json:"from,omitzero" doc:"Since when the person belongs there; today when missing."`
}

// A PersonChange changes items of a record. What is missing stays; an empty
// id_number or phone clears it.
type PersonChange struct {
	Name        *string `json:"name,omitzero"`
	Sex         *string `json:"sex,omitzero"`
	Ethnicity   *string `json:"ethnicity,omitzero"`
	BornOn      *Day    `json:"born_on,omitzero"`
	Education   *string `json:"education,omitzero"`
	IDNumber    *string `json:"id_number,omitzero"`
	JoinedOn    *Day    `json:"joined_on,omitzero"`
	ConfirmedOn *Day    `json:"confirmed_on,omitzero"`
	Kind        *string `json:"kind,omitzero" enum:"full,probationary,activist,applicant,none"`
	Position    *string `json:"position,omitzero"`
	Phone       *string `json:"phone,omitzero"`
	Note        *string `json:"note,omitzero"`
	On          Day     `json:"on,omitzero" doc:"The day from which a new kind holds."`
	Reason      string  `json:"reason,omitzero"`
}

// A PersonMove takes a person to another organisation.
type PersonMove struct {
	To     ID     `json:"to"`
	On     Day    `json:"on,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// A PersonEnd ends a membership, or makes it a full one, on a day.
type PersonEnd struct {
	On     Day    `json:"on,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// An AffiliationCorrection sets right what was recorded of an affiliation.
type AffiliationCorrection struct {
	Row    ID               `json:"row,omitzero" doc:"The one that was wrong; missing adds a forgotten one."`
	Became *AffiliationMade `json:"became,omitzero" doc:"What is right; missing strikes the row out."`
	Reason string           `json:"reason"`
}

// An AffiliationMade is an affiliation as it should have been recorded.
type AffiliationMade struct {
	Org  ID     `json:"org"`
	Kind string `json:"kind" enum:"full,probationary"`
	From Day    `json:"from"`
	To   Day    `json:"to,omitzero" doc:"Missing while it holds."`
}

// person answers with a record as it is after a change.
func (c *Call) person(p member.Person, err error) (Person, error) {
	c.tag(p.Version)
	return personOf(p), err
}

func (a *API) mountPeopleChanges() {
	write := scope("people:write")
	handle(a, "POST /people", "people_enrol", write, func(ctx context.Context, c *Call, in *struct{ Body NewPerson }) (Person, error) {
		b := in.Body
		p, err := a.Member.Enrol(ctx, c.Actor, member.Enrolment{
			Name: b.Name, Sex: b.Sex, Ethnicity: b.Ethnicity, BornOn: core.Date(b.BornOn), Education: b.Education, IDNumber: b.IDNumber,
			JoinedOn: core.Date(b.JoinedOn), ConfirmedOn: core.Date(b.ConfirmedOn), Kind: b.Kind, Org: core.OrgID(b.Org), Position: b.Position,
			Phone: b.Phone, Note: b.Note, From: core.Date(b.From),
		})
		c.at("people", p.ID.String())
		return c.person(p, err)
	}, made)
	handle(a, "PATCH /people/{person}", "people_change", write, a.changePerson)
	handle(a, "POST /people/{person}/transfer", "people_transfer", write, func(ctx context.Context, c *Call, in *personWith[PersonMove]) (Person, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Person{}, err
		}
		m := member.Move{To: core.OrgID(in.Body.To), On: core.Date(in.Body.On), Reason: in.Body.Reason, Version: seen}
		return c.person(a.Member.Transfer(ctx, c.Actor, core.PersonID(in.Person), m))
	})
	handle(a, "POST /people/{person}/confirm", "people_confirm", write, func(ctx context.Context, c *Call, in *personWith[PersonEnd]) (Person, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Person{}, err
		}
		return c.person(a.Member.Confirm(ctx, c.Actor, core.PersonID(in.Person), member.End{On: core.Date(in.Body.On), Reason: in.Body.Reason, Version: seen}))
	})
	handle(a, "POST /people/{person}/end", "people_end", write, func(ctx context.Context, c *Call, in *personWith[PersonEnd]) (Person, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Person{}, err
		}
		return c.person(a.Member.EndMembership(ctx, c.Actor, core.PersonID(in.Person), member.End{On: core.Date(in.Body.On), Reason: in.Body.Reason, Version: seen}))
	})
	handle(a, "POST /people/{person}/correct", "people_correct", write, a.correctPerson)
}

func (a *API) changePerson(ctx context.Context, c *Call, in *personWith[PersonChange]) (Person, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Person{}, err
	}
	b := in.Body
	return c.person(a.Member.Change(ctx, c.Actor, core.PersonID(in.Person), member.Change{
		Name: b.Name, Sex: b.Sex, Ethnicity: b.Ethnicity, BornOn: (*core.Date)(b.BornOn), Education: b.Education, IDNumber: b.IDNumber,
		JoinedOn: (*core.Date)(b.JoinedOn), ConfirmedOn: (*core.Date)(b.ConfirmedOn), Kind: b.Kind, Position: b.Position, Phone: b.Phone, Note: b.Note,
		On: core.Date(b.On), Reason: b.Reason, Version: seen,
	}))
}

func (a *API) correctPerson(ctx context.Context, c *Call, in *personWith[AffiliationCorrection]) (Person, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Person{}, err
	}
	x := member.Correction{Row: core.ID(in.Body.Row), Reason: in.Body.Reason, Version: seen}
	if b := in.Body.Became; b != nil {
		to := core.Date(b.To)
		if to.IsZero() {
			to = core.Forever
		}
		x.Became = &member.Affiliation{Org: core.OrgID(b.Org), Kind: b.Kind, From: core.Date(b.From), To: to}
	}
	return c.person(a.Member.Correct(ctx, c.Actor, core.PersonID(in.Person), x))
}
