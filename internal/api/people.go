package api

import (
	"context"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/member"
)

// A PersonRow is a person in a list.
type PersonRow struct {
	ID          ID     `json:"id"`
	Name        string `json:"name"`
	Sex         string `json:"sex,omitzero"`
	BornOn      Day    `json:"born_on,omitzero"`
	Education   string `json:"education,omitzero"`
	JoinedOn    Day    `json:"joined_on,omitzero"`
	ConfirmedOn Day    `json:"confirmed_on,omitzero"`
	Kind        string `json:"kind" enum:"full,probationary,activist,applicant,none"`
	Position    string `json:"position,omitzero"`
	Org         ID     `json:"org"`
	OrgName     string `json:"org_name"`
	Version     int    `json:"version"`
}

func personRowOf(r member.Row) PersonRow {
	return PersonRow{
		ID(r.ID), r.Name, r.Sex, Day(r.BornOn), r.Education, Day(r.JoinedOn), Day(r.ConfirmedOn), r.Kind, r.Position, ID(r.Org), r.OrgName, r.Version,
	}
}

// A Person is one record of a roster. Id number and phone are masked; opening
// one is a request of its own, with a purpose.
type Person struct {
	ID             ID            `json:"id"`
	Name           string        `json:"name"`
	Sex            string        `json:"sex,omitzero"`
	Ethnicity      string        `json:"ethnicity,omitzero"`
	BornOn         Day           `json:"born_on,omitzero"`
	Education      string        `json:"education,omitzero"`
	JoinedOn       Day           `json:"joined_on,omitzero"`
	ConfirmedOn    Day           `json:"confirmed_on,omitzero"`
	Kind           string        `json:"kind" enum:"full,probationary,activist,applicant,none"`
	Position       string        `json:"position,omitzero"`
	Note           string        `json:"note,omitzero"`
	Org            ID            `json:"org"`
	OrgName        string        `json:"org_name,omitzero"`
	MaskedIDNumber string        `json:"id_number_masked,omitzero"`
	MaskedPhone    string        `json:"phone_masked,omitzero"`
	Affiliations   []Affiliation `json:"affiliations,omitzero"`
	Duties         []HeldDuty    `json:"duties,omitzero"`
	Own            bool          `json:"own,omitzero" doc:"Your own record."`
	Version        int           `json:"version"`
}

// An Affiliation is the formal tie of a person to an organisation.
type Affiliation struct {
	ID      ID     `json:"id"`
	Org     ID     `json:"org"`
	OrgName string `json:"org_name"`
	Kind    string `json:"kind"`
	From    Day    `json:"from"`
	To      Day    `json:"to,omitzero"`
}

// A HeldDuty is a duty that a person holds or held.
type HeldDuty struct {
	ID      ID     `json:"id"`
	Org     ID     `json:"org"`
	OrgName string `json:"org_name"`
	Duty    string `json:"duty"`
	From    Day    `json:"from"`
	To      Day    `json:"to,omitzero"`
}

func personOf(p member.Person) Person {
	return Person{
		ID: ID(p.ID), Name: p.Name, Sex: p.Sex, Ethnicity: p.Ethnicity, BornOn: Day(p.BornOn), Education: p.Education, JoinedOn: Day(p.JoinedOn),
		ConfirmedOn: Day(p.ConfirmedOn), Kind: p.Kind, Position: p.Position, Note: p.Note, Org: ID(p.Org), Version: p.Version,
	}
}

func personViewOf(v member.View) Person {
	p := personOf(v.Person)
	p.OrgName, p.MaskedIDNumber, p.MaskedPhone, p.Own = v.At, v.MaskedIDNumber, v.MaskedPhone, v.Own
	for _, s := range v.Affiliations {
		p.Affiliations = append(p.Affiliations, Affiliation{ID(s.ID), ID(s.Org), s.OrgName, s.Kind, Day(s.From), until(s.To)})
	}
	for _, d := range v.Duties {
		p.Duties = append(p.Duties, HeldDuty{ID(d.ID), ID(d.Org), d.OrgName, d.Duty, Day(d.Period.From), until(d.Period.To)})
	}
	return p
}

// A KindCount is how many people of a kind an organisation keeps.
type KindCount struct {
	Kind  string `json:"kind"`
	Own   int    `json:"own"`
	Below int    `json:"below" doc:"Its own and those of everything below."`
}

// A PeopleSearch says who is looked for. It stands in a body, since names and
// numbers must not stand in addresses.
type PeopleSearch struct {
	Under ID     `json:"under,omitzero"`
	Kind  string `json:"kind,omitzero" enum:"full,probationary,activist,applicant,none"`
	Q     string `json:"q" doc:"Part of a name, its reading or initials; or a whole id number or phone."`
}

// An Opening asks for a sealed field.
type Opening struct {
	Field   string `json:"field" enum:"id_number,phone"`
	Purpose string `json:"purpose" enum:"contact,verify,transfer,report,request,other"`
	Words   string `json:"words,omitzero" doc:"In your own words; needed for other."`
}

// An Opened field is told this once. The person can see that it was opened.
type Opened struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// OnePerson names a person.
type OnePerson struct {
	Person ID `path:"person"`
}

// personWith is a person and a body about it.
type personWith[B any] struct {
	Person  ID     `path:"person"`
	IfMatch string `header:"If-Match" doc:"ETag of the version that was seen; 412 when somebody changed it since."`
	Body    B
}

func (a *API) mountPeople() {
	read := scope("people:read")
	type ask struct {
		Under ID     `query:"under"`
		Kind  string `query:"kind" enum:"full,probationary,activist,applicant,none"`
		Listed
	}
	handle(a, "GET /people", "people_list", read, func(ctx context.Context, c *Call, in *ask) (Page[PersonRow], error) {
		return a.people(ctx, c, PeopleSearch{Under: in.Under, Kind: in.Kind}, in.Listed)
	})
	type search struct {
		Listed
		Body PeopleSearch
	}
	handle(a, "POST /people/search", "people_search", read, func(ctx context.Context, c *Call, in *search) (Page[PersonRow], error) {
		return a.people(ctx, c, in.Body, in.Listed)
	}, looks)
	handle(a, "GET /people/counts", "people_counts", scope("orgs:read"), func(ctx context.Context, c *Call, in *struct {
		Under ID `query:"under"`
	}) (Page[KindCount], error) {
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Page[KindCount]{}, err
		}
		all, err := a.Member.Counts(ctx, c.Actor, under)
		return whole(all, func(n member.Count) KindCount { return KindCount{n.Kind, n.Own, n.Below} }), err
	})
	handle(a, "GET /people/{person}", "people_get", read, func(ctx context.Context, c *Call, in *OnePerson) (Person, error) {
		v, err := a.Member.Page(ctx, c.Actor, core.PersonID(in.Person))
		if err != nil {
			return Person{}, err
		}
		c.tag(v.Version)
		return personViewOf(v), nil
	})
	handle(a, "POST /people/{person}/open", "people_open", scope("people:open"), func(ctx context.Context, c *Call, in *struct {
		OnePerson
		Body Opening
	}) (Opened, error) {
		value, err := a.Member.OpenField(ctx, c.Actor, core.PersonID(in.Person), in.Body.Field, member.Purpose{Code: in.Body.Purpose, Words: in.Body.Words})
		return Opened{in.Body.Field, value}, err
	}, looks)
	a.mountPeopleChanges()
}

func (a *API) people(ctx context.Context, c *Call, s PeopleSearch, l Listed) (Page[PersonRow], error) {
	s.Q = strings.TrimSpace(s.Q)
	c.asked = strings.Join([]string{s.Under.String(), s.Kind, s.Q}, "\n")
	p, err := a.page(c, l)
	if err != nil {
		return Page[PersonRow]{}, err
	}
	under, err := a.under(ctx, c, s.Under)
	if err != nil {
		return Page[PersonRow]{}, err
	}
	list, err := a.Member.List(ctx, c.Actor, member.Query{Under: under, Kind: s.Kind, Search: s.Q, Page: p, Total: true})
	if err != nil {
		return Page[PersonRow]{}, err
	}
	out := whole(list.Rows, personRowOf)
	out.Total, out.Next = max(list.Total, 0), a.next(c, p, list.More)
	return out, nil
}
