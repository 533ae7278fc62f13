package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// A NewHosting says that an enterprise hosts an organisation.
type NewHosting struct {
	Org  ID  `json:"org"`
	From Day `json:"from"`
}

// A HostingEnd ends a hosting.
type HostingEnd struct {
	Org ID `json:"org"`
	EndOn
}

// A NewJoining puts an enterprise into a grouping.
type NewJoining struct {
	Grouping ID     `json:"grouping"`
	Role     string `json:"role,omitzero" enum:"member,lead,service"`
	From     Day    `json:"from"`
}

// A JoiningEnd takes an enterprise out of a grouping.
type JoiningEnd struct {
	Grouping ID  `json:"grouping"`
	On       Day `json:"on"`
}

// A NewMass says that work is done through a union or league.
type NewMass struct {
	Kind string `json:"kind" enum:"union,league"`
	From Day    `json:"from"`
}

// A MassEnd ends that.
type MassEnd struct {
	Kind string `json:"kind" enum:"union,league"`
	On   Day    `json:"on"`
}

// A NewContact puts a person in touch with enterprises.
type NewContact struct {
	Kind        string `json:"kind" enum:"instructor,liaison"`
	Person      ID     `json:"person"`
	Enterprises []ID   `json:"enterprises"`
	Purpose     string `json:"purpose,omitzero"`
	From        Day    `json:"from"`
	To          Day    `json:"to,omitzero" doc:"The day after the last one."`
}

// A NewVisit is a visit under an appointment.
type NewVisit struct {
	Enterprise ID `json:"enterprise"`
	Visit
}

// A NewGrouping is a grouping to make.
type NewGrouping struct {
	Kind   string `json:"kind" enum:"chain,sub_sector,cluster,building,floor,park,street,market,platform,trade"`
	Name   string `json:"name"`
	Parent ID     `json:"parent,omitzero"`
	Org    ID     `json:"org,omitzero"`
	From   Day    `json:"from"`
}

// A GroupingChange renames a grouping or nests it elsewhere.
type GroupingChange struct {
	Name   *string `json:"name,omitzero"`
	Parent *ID     `json:"parent,omitzero"`
	On     Day     `json:"on"`
}

// contactWith is an appointment and a body about it.
type contactWith[B any] struct {
	Contact ID `path:"contact"`
	Body    B
}

func (a *API) mountEnterpriseTies() {
	write := scope("enterprises:write")
	handle(a, "POST /enterprises/{enterprise}/host", "enterprises_host", write, func(ctx context.Context, c *Call, in *enterpriseWith[NewHosting]) (None, error) {
		return None{}, a.Enterprise.Host(ctx, c.Actor, core.OrgID(in.Body.Org), core.EnterpriseID(in.Enterprise), core.Date(in.Body.From))
	})
	handle(a, "POST /enterprises/{enterprise}/unhost", "enterprises_unhost", write, func(ctx context.Context, c *Call, in *enterpriseWith[HostingEnd]) (None, error) {
		return None{}, a.Enterprise.Unhost(ctx, c.Actor, core.OrgID(in.Body.Org), core.EnterpriseID(in.Enterprise), core.Date(in.Body.On), in.Body.Reason)
	})
	handle(a, "POST /enterprises/{enterprise}/join", "enterprises_join", write, func(ctx context.Context, c *Call, in *enterpriseWith[NewJoining]) (None, error) {
		return None{}, a.Enterprise.Join(ctx, c.Actor, core.EnterpriseID(in.Enterprise), core.ID(in.Body.Grouping), in.Body.Role, core.Date(in.Body.From))
	})
	handle(a, "POST /enterprises/{enterprise}/leave", "enterprises_leave", write, func(ctx context.Context, c *Call, in *enterpriseWith[JoiningEnd]) (None, error) {
		return None{}, a.Enterprise.Leave(ctx, c.Actor, core.EnterpriseID(in.Enterprise), core.ID(in.Body.Grouping), core.Date(in.Body.On))
	})
	handle(a, "POST /enterprises/{enterprise}/mass", "enterprises_mass", write, func(ctx context.Context, c *Call, in *enterpriseWith[NewMass]) (None, error) {
		return None{}, a.Enterprise.BeginMass(ctx, c.Actor, core.EnterpriseID(in.Enterprise), in.Body.Kind, core.Date(in.Body.From))
	})
	handle(a, "POST /enterprises/{enterprise}/end-mass", "enterprises_end_mass", write, func(ctx context.Context, c *Call, in *enterpriseWith[MassEnd]) (None, error) {
		return None{}, a.Enterprise.EndMass(ctx, c.Actor, core.EnterpriseID(in.Enterprise), in.Body.Kind, core.Date(in.Body.On))
	})
	a.mountContacts(write)
	a.mountGroupings(write)
}

func (a *API) mountContacts(write policy) {
	handle(a, "POST /contacts", "contacts_appoint", write, func(ctx context.Context, c *Call, in *struct{ Body NewContact }) (Verdict, error) {
		b, to := in.Body, []core.EnterpriseID{}
		for _, id := range b.Enterprises {
			to = append(to, core.EnterpriseID(id))
		}
		last := core.Date(b.To)
		if last.IsZero() {
			last = core.Forever
		}
		v, err := a.Enterprise.Appoint(ctx, c.Actor, enterprise.Appointment{
			Kind: b.Kind, Person: core.PersonID(b.Person), Purpose: b.Purpose, Period: core.Period{From: core.Date(b.From), To: last},
		}, to)
		return verdictOf(c.Lang, v), err
	})
	handle(a, "POST /contacts/{contact}/end", "contacts_end", write, func(ctx context.Context, c *Call, in *contactWith[EndOn]) (None, error) {
		return None{}, a.Enterprise.EndAppointment(ctx, c.Actor, core.ID(in.Contact), core.Date(in.Body.On), in.Body.Reason)
	})
	handle(a, "POST /contacts/{contact}/visits", "contacts_visit", write, func(ctx context.Context, c *Call, in *contactWith[NewVisit]) (None, error) {
		b := in.Body
		return None{}, a.Enterprise.RecordVisit(ctx, c.Actor, enterprise.Visit{
			Appointment: core.ID(in.Contact), Enterprise: core.EnterpriseID(b.Enterprise), On: core.Date(b.On), Met: b.Met, Need: b.Need, Next: b.Next,
		})
	})
}

func (a *API) mountGroupings(write policy) {
	handle(a, "POST /groupings", "groupings_make", write, func(ctx context.Context, c *Call, in *struct{ Body NewGrouping }) (Grouping, error) {
		b := in.Body
		g, err := a.Enterprise.MakeGrouping(ctx, c.Actor, enterprise.Grouping{Kind: b.Kind, Name: b.Name, Parent: core.ID(b.Parent), Org: core.OrgID(b.Org)}, core.Date(b.From))
		c.at("groupings")
		c.tag(g.Version)
		return groupingOf(g), err
	}, made)
	type change struct {
		Grouping ID     `path:"grouping"`
		IfMatch  string `header:"If-Match"`
		Body     GroupingChange
	}
	handle(a, "PATCH /groupings/{grouping}", "groupings_change", write, func(ctx context.Context, c *Call, in *change) (Grouping, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Grouping{}, err
		}
		g, err := a.Enterprise.ChangeGrouping(ctx, c.Actor, core.ID(in.Grouping), enterprise.GroupingChange{
			Name: in.Body.Name, Parent: (*core.ID)(in.Body.Parent), On: core.Date(in.Body.On), Version: seen,
		})
		c.tag(g.Version)
		return groupingOf(g), err
	})
}
