package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// An Enterprise is a company, institute or social organisation.
type Enterprise struct {
	ID           ID     `json:"id"`
	Name         string `json:"name"`
	CreditCode   string `json:"credit_code,omitzero"`
	Org          ID     `json:"org" doc:"Looks after it."`
	OrgName      string `json:"org_name,omitzero"`
	Type         string `json:"type,omitzero"`
	Industry     string `json:"industry,omitzero"`
	Employees    *int   `json:"employees,omitzero"`
	ForeignShare *int   `json:"foreign_share,omitzero" doc:"Percent."`
	MembersFound *int   `json:"members_found,omitzero"`
	State        string `json:"state" enum:"listed,operating,shell,suspended,moved,closed"`
	VerifiedOn   Day    `json:"verified_on,omitzero"`
	Version      int    `json:"version"`
}

func enterpriseOf(e enterprise.Enterprise) Enterprise {
	return Enterprise{
		ID: ID(e.ID), Name: e.Name, CreditCode: e.CreditCode, Org: ID(e.Org), Type: e.Type, Industry: e.Industry, Employees: e.Employees,
		ForeignShare: e.ForeignShare, MembersFound: e.MembersFound, State: e.State, VerifiedOn: Day(e.VerifiedOn), Version: e.Version,
	}
}

// A Standing is how an enterprise stood on a day.
type Standing struct {
	State       string `json:"state,omitzero"`
	Class       string `json:"class,omitzero"`
	Coverage    string `json:"coverage,omitzero" enum:"own,joint,instructor,liaison,mass,none"`
	Reason      string `json:"reason,omitzero" doc:"Why it is not covered."`
	Broken      string `json:"broken,omitzero" doc:"Why a tie that stands does not count."`
	FullMembers int    `json:"full_members"`
	Nominal     bool   `json:"nominal"`
	Recheck     bool   `json:"recheck"`
	LastContact Day    `json:"last_contact,omitzero"`
	Planned     Day    `json:"planned_on,omitzero"`
	Obstacle    string `json:"obstacle,omitzero"`
}

func standingOf(s enterprise.State) Standing {
	return Standing{
		s.State, s.Class, string(s.Coverage), s.Reason, s.Broken, s.FullMembers, s.Nominal, s.Recheck, Day(s.LastContact), Day(s.Plan.PlannedOn), s.Plan.Obstacle,
	}
}

// A ListedEnterprise is an enterprise in a list, with how it stood on the day.
type ListedEnterprise struct {
	Enterprise
	Stood Standing `json:"stood"`
}

func listedOf(r enterprise.Row) ListedEnterprise {
	e := enterpriseOf(r.Enterprise)
	e.OrgName = r.OrgName
	return ListedEnterprise{e, standingOf(r.Stood)}
}

// An EnterpriseView is what is known of an enterprise for a day.
type EnterpriseView struct {
	Enterprise
	On        Day          `json:"on"`
	Listed    bool         `json:"listed" doc:"On that day it was on the list."`
	Stood     Standing     `json:"stood"`
	Verdicts  []Verdict    `json:"verdicts"`
	Hostings  []HostingOf  `json:"hostings"`
	Groupings []InGrouping `json:"groupings"`
	Contacts  []ContactOf  `json:"contacts"`
	Masses    []MassOf     `json:"mass_bodies"`
	Teams     []Team       `json:"teams"`
}

// A HostingOf says that an enterprise hosts an organisation.
type HostingOf struct {
	Org  ID     `json:"org"`
	Name string `json:"name"`
	From Day    `json:"from"`
	To   Day    `json:"to,omitzero"`
}

// An InGrouping says that an enterprise stands in a grouping.
type InGrouping struct {
	Grouping ID     `json:"grouping"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	From     Day    `json:"from"`
	To       Day    `json:"to,omitzero"`
}

// A ContactOf is an instructor or liaison, with the visits.
type ContactOf struct {
	ID      ID      `json:"id"`
	Kind    string  `json:"kind" enum:"instructor,liaison"`
	Person  ID      `json:"person,omitzero" doc:"Missing, like the name, for who may not see names."`
	Name    string  `json:"name,omitzero"`
	Purpose string  `json:"purpose,omitzero"`
	From    Day     `json:"from"`
	To      Day     `json:"to,omitzero"`
	Holds   bool    `json:"holds"`
	Visits  []Visit `json:"visits"`
}

// A Visit is what somebody brought back from an enterprise.
type Visit struct {
	On   Day    `json:"on"`
	Met  string `json:"met,omitzero" doc:"Whom, by role."`
	Need string `json:"need,omitzero"`
	Next string `json:"next,omitzero"`
}

// A MassOf is a union or league through which work is done.
type MassOf struct {
	Kind string `json:"kind" enum:"union,league"`
	From Day    `json:"from"`
	To   Day    `json:"to,omitzero"`
}

// A Team is a shift, workshop or group of an enterprise.
type Team struct {
	ID       ID     `json:"id"`
	Org      ID     `json:"org,omitzero"`
	Name     string `json:"name"`
	FormedOn Day    `json:"formed_on,omitzero"`
	EndedOn  Day    `json:"ended_on,omitzero"`
	Version  int    `json:"version"`
}

func teamOf(t enterprise.Team) Team {
	return Team{ID(t.ID), ID(t.Org), t.Name, Day(t.FormedOn), Day(t.EndedOn), t.Version}
}

func profileOf(c *Call, p enterprise.Profile) EnterpriseView {
	out := EnterpriseView{Enterprise: enterpriseOf(p.Enterprise), On: Day(p.On), Listed: p.Listed, Stood: standingOf(p.State), Verdicts: verdictsOf(c.Lang, p.Verdicts)}
	out.OrgName = p.OrgName
	for _, h := range p.Hostings {
		out.Hostings = append(out.Hostings, HostingOf{ID(h.Org), h.OrgName, Day(h.Period.From), until(h.Period.To)})
	}
	for _, j := range p.Groupings {
		out.Groupings = append(out.Groupings, InGrouping{ID(j.Grouping), j.Kind, j.Name, j.Role, Day(j.Period.From), until(j.Period.To)})
	}
	for _, k := range p.Contacts {
		one := ContactOf{ID: ID(k.ID), Kind: k.Kind, Name: k.Name, Purpose: k.Purpose, From: Day(k.Period.From), To: until(k.Period.To), Holds: k.Holds}
		if p.SeesPeople {
			one.Person = ID(k.Person)
		}
		for _, v := range k.Visits {
			one.Visits = append(one.Visits, Visit{Day(v.On), v.Met, v.Need, v.Next})
		}
		out.Contacts = append(out.Contacts, one)
	}
	for _, m := range p.Masses {
		out.Masses = append(out.Masses, MassOf{m.Kind, Day(m.Period.From), until(m.Period.To)})
	}
	for _, t := range p.Teams {
		out.Teams = append(out.Teams, teamOf(t))
	}
	return out
}

// A Grouping stands beside the tree: a chain, a building, a park.
type Grouping struct {
	ID      ID     `json:"id"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Parent  ID     `json:"parent,omitzero" doc:"The grouping in which it is nested."`
	Version int    `json:"version"`
}

func groupingOf(g enterprise.Grouping) Grouping {
	return Grouping{ID(g.ID), g.Kind, g.Name, ID(g.Parent), g.Version}
}

// enterprisesAsk are the parameters of the list.
type enterprisesAsk struct {
	Under    ID     `query:"under"`
	Q        string `query:"q"`
	State    string `query:"state" enum:"listed,operating,shell,suspended,moved,closed,all"`
	Type     string `query:"type"`
	Coverage string `query:"coverage" enum:"own,joint,instructor,liaison,mass,none,org,work,covered,should_none,nominal,recheck"`
	Reason   string `query:"reason"`
	Grouping ID     `query:"grouping"`
	On       Day    `query:"on"`
	KnownAt  string `query:"known_at"`
	Listed
}

// enterpriseAt names an enterprise and a moment.
type enterpriseAt struct {
	Enterprise ID     `path:"enterprise"`
	On         Day    `query:"on"`
	KnownAt    string `query:"known_at"`
}

func (a *API) mountEnterprises() {
	read := scope("enterprises:read")
	handle(a, "GET /enterprises", "enterprises_list", read, a.enterprises)
	handle(a, "GET /enterprises/mine", "enterprises_mine", read, func(ctx context.Context, c *Call, _ *struct{}) (Page[ListedEnterprise], error) {
		all, err := a.Enterprise.Mine(ctx, c.Actor)
		return whole(all, listedOf), err
	})
	handle(a, "GET /enterprises/{enterprise}", "enterprises_get", read, func(ctx context.Context, c *Call, in *enterpriseAt) (EnterpriseView, error) {
		m, err := a.moment(in.On, in.KnownAt)
		if err != nil {
			return EnterpriseView{}, err
		}
		p, err := a.Enterprise.Page(ctx, c.Actor, core.EnterpriseID(in.Enterprise), m)
		if err != nil {
			return EnterpriseView{}, err
		}
		c.tag(p.Version)
		return profileOf(c, p), nil
	})
	handle(a, "GET /groupings", "groupings_list", read, func(ctx context.Context, c *Call, in *struct {
		Kind string `query:"kind" enum:"chain,sub_sector,cluster,building,floor,park,street,market,platform,trade"`
	}) (Page[Grouping], error) {
		all, err := a.Enterprise.Groupings(ctx, c.Actor, in.Kind)
		return whole(all, groupingOf), err
	})
	handle(a, "GET /groupings/{grouping}", "groupings_get", read, func(ctx context.Context, c *Call, in *struct {
		Grouping ID `path:"grouping"`
	}) (Grouping, error) {
		g, err := a.Enterprise.Grouping(ctx, c.Actor, core.ID(in.Grouping))
		if err != nil {
			return Grouping{}, err
		}
		c.tag(g.Version)
		return groupingOf(g), nil
	})
	a.mountEnterpriseChanges()
	a.mountEnterpriseTies()
}

func (a *API) enterprises(ctx context.Context, c *Call, in *enterprisesAsk) (Page[ListedEnterprise], error) {
	p, err := a.page(c, in.Listed)
	if err != nil {
		return Page[ListedEnterprise]{}, err
	}
	q := enterprise.Query{State: in.State, Type: in.Type, Coverage: in.Coverage, Reason: in.Reason, Grouping: core.ID(in.Grouping), Search: in.Q, Page: p}
	if q.Moment, err = a.moment(in.On, in.KnownAt); err != nil {
		return Page[ListedEnterprise]{}, err
	}
	if q.Under, err = a.under(ctx, c, in.Under); err != nil {
		return Page[ListedEnterprise]{}, err
	}
	l, err := a.Enterprise.List(ctx, c.Actor, q)
	if err != nil {
		return Page[ListedEnterprise]{}, err
	}
	return listOf(a, c, p, l.Total, l.Rows, listedOf), nil
}
