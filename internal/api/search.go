package api

import (
	"context"

	"tongpin/internal/enterprise"
	"tongpin/internal/search"
)

// A Search says what is looked for. It stands in a body, since names must not
// stand in addresses.
type Search struct {
	Q    string `json:"q" doc:"Part of a name, its reading or initials; or a whole code."`
	Most int    `json:"most,omitzero" doc:"Rows of a kind, 20 at most; 6 unless told."`
}

// A FoundEnterprise is an enterprise by name and place.
type FoundEnterprise struct {
	ID      ID     `json:"id"`
	Name    string `json:"name"`
	Org     ID     `json:"org" doc:"Looks after it."`
	OrgName string `json:"org_name"`
}

// A Found is what was found below every place at which the caller holds a role.
// A kind that the credential's scopes do not name is empty.
type Found struct {
	Orgs            []Counted         `json:"orgs"`
	Enterprises     []FoundEnterprise `json:"enterprises"`
	People          []PersonRow       `json:"people" doc:"Only where the role sees names."`
	MoreOrgs        bool              `json:"more_orgs" doc:"There are more than are told; ask the list."`
	MoreEnterprises bool              `json:"more_enterprises"`
	MorePeople      bool              `json:"more_people"`
}

func (a *API) mountSearch() {
	handle(a, "POST /search", "search", scope("orgs:read"), a.find, looks)
}

func (a *API) find(ctx context.Context, c *Call, in *struct{ Body Search }) (Found, error) {
	r, err := a.Search.Find(ctx, c.Actor, search.Query{
		Words: in.Body.Q, Most: in.Body.Most, Orgs: true, Enterprises: c.allows("enterprises:read"), People: c.allows("people:read"),
	})
	if err != nil {
		return Found{}, err
	}
	out := Found{
		Orgs: []Counted{}, Enterprises: []FoundEnterprise{}, People: []PersonRow{},
		MoreOrgs: r.MoreOrgs, MoreEnterprises: r.MoreEnterprises, MorePeople: r.MorePeople,
	}
	tops := map[ID]bool{}
	for _, p := range r.Places {
		tops[ID(p.Org)] = true
	}
	for _, row := range r.Orgs {
		one := countedOf(row)
		if tops[one.ID] {
			one.Parent = 0 // may be out of sight
		}
		out.Orgs = append(out.Orgs, one)
	}
	for _, e := range r.Enterprises {
		out.Enterprises = append(out.Enterprises, foundOf(e))
	}
	for _, p := range r.People {
		out.People = append(out.People, personRowOf(p))
	}
	return out, nil
}

func foundOf(e enterprise.Row) FoundEnterprise {
	return FoundEnterprise{ID(e.ID), e.Name, ID(e.Org), e.OrgName}
}
