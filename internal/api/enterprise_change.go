package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
)

// A NewEnterprise puts an enterprise on the list.
type NewEnterprise struct {
	Name         string `json:"name"`
	CreditCode   string `json:"credit_code,omitzero"`
	Org          ID     `json:"org"`
	Type         string `json:"type,omitzero"`
	Industry     string `json:"industry,omitzero"`
	Employees    *int   `json:"employees,omitzero"`
	ForeignShare *int   `json:"foreign_share,omitzero"`
	MembersFound *int   `json:"members_found,omitzero"`
	State        string `json:"state,omitzero"`
	VerifiedOn   Day    `json:"verified_on,omitzero"`
	From         Day    `json:"from,omitzero" doc:"The first day on the list; today when missing."`
	Reason       string `json:"reason,omitzero"`
}

// An EnterpriseChange changes an enterprise from a day on. What is missing stays.
type EnterpriseChange struct {
	Name         *string `json:"name,omitzero"`
	CreditCode   *string `json:"credit_code,omitzero"`
	Org          *ID     `json:"org,omitzero"`
	Type         *string `json:"type,omitzero"`
	Industry     *string `json:"industry,omitzero"`
	Employees    *int    `json:"employees,omitzero"`
	ForeignShare *int    `json:"foreign_share,omitzero"`
	MembersFound *int    `json:"members_found,omitzero"`
	State        *string `json:"state,omitzero"`
	VerifiedOn   *Day    `json:"verified_on,omitzero"`
	On           Day     `json:"on,omitzero"`
	Reason       string  `json:"reason,omitzero"`
}

// A Verification is what a visit found.
type Verification struct {
	On           Day    `json:"on"`
	State        string `json:"state" enum:"operating,shell,suspended,moved,closed"`
	MembersFound *int   `json:"members_found,omitzero"`
	Employees    *int   `json:"employees,omitzero"`
	Reason       string `json:"reason,omitzero"`
}

// A CoveragePlan says when and by whom an enterprise is to be covered.
type CoveragePlan struct {
	PlannedOn Day    `json:"planned_on,omitzero"`
	Owner     ID     `json:"owner,omitzero"`
	Obstacle  string `json:"obstacle,omitzero" enum:"owner_disagrees,about_to_move,seasonal"`
	Note      string `json:"note,omitzero"`
}

// A NewTeam is a team to form.
type NewTeam struct {
	Name     string `json:"name"`
	Org      ID     `json:"org,omitzero"`
	FormedOn Day    `json:"formed_on,omitzero"`
}

// A TeamChange renames a team or ends it.
type TeamChange struct {
	Name    *string `json:"name,omitzero"`
	EndedOn *Day    `json:"ended_on,omitzero"`
}

// enterpriseWith is an enterprise and a body about it.
type enterpriseWith[B any] struct {
	Enterprise ID     `path:"enterprise"`
	IfMatch    string `header:"If-Match" doc:"ETag of the version that was seen; 412 when somebody changed it since."`
	Body       B
}

// enterprise answers with an enterprise as it is after a change.
func (c *Call) enterprise(e enterprise.Enterprise, err error) (Enterprise, error) {
	c.tag(e.Version)
	return enterpriseOf(e), err
}

func (a *API) mountEnterpriseChanges() {
	write := scope("enterprises:write")
	handle(a, "POST /enterprises", "enterprises_register", write, func(ctx context.Context, c *Call, in *struct{ Body NewEnterprise }) (Enterprise, error) {
		b := in.Body
		e, err := a.Enterprise.Register(ctx, c.Actor, enterprise.Registration{
			Name: b.Name, CreditCode: b.CreditCode, Org: core.OrgID(b.Org), Type: b.Type, Industry: b.Industry, Employees: b.Employees,
			ForeignShare: b.ForeignShare, MembersFound: b.MembersFound, State: b.State, VerifiedOn: core.Date(b.VerifiedOn), From: core.Date(b.From),
			Reason: b.Reason,
		})
		c.at("enterprises", e.ID.String())
		return c.enterprise(e, err)
	}, made)
	handle(a, "PATCH /enterprises/{enterprise}", "enterprises_change", write, func(ctx context.Context, c *Call, in *enterpriseWith[EnterpriseChange]) (Enterprise, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Enterprise{}, err
		}
		b := in.Body
		return c.enterprise(a.Enterprise.Change(ctx, c.Actor, core.EnterpriseID(in.Enterprise), enterprise.Change{
			Name: b.Name, CreditCode: b.CreditCode, Org: (*core.OrgID)(b.Org), Type: b.Type, Industry: b.Industry, Employees: b.Employees,
			ForeignShare: b.ForeignShare, MembersFound: b.MembersFound, State: b.State, VerifiedOn: (*core.Date)(b.VerifiedOn), On: core.Date(b.On),
			Reason: b.Reason, Version: seen,
		}))
	})
	handle(a, "POST /enterprises/{enterprise}/verify", "enterprises_verify", write, func(ctx context.Context, c *Call, in *enterpriseWith[Verification]) (Enterprise, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Enterprise{}, err
		}
		b := in.Body
		return c.enterprise(a.Enterprise.Verify(ctx, c.Actor, core.EnterpriseID(in.Enterprise), enterprise.Verification{
			On: core.Date(b.On), State: b.State, MembersFound: b.MembersFound, Employees: b.Employees, Reason: b.Reason, Version: seen,
		}))
	})
	handle(a, "PUT /enterprises/{enterprise}/plan", "enterprises_plan", write, func(ctx context.Context, c *Call, in *enterpriseWith[CoveragePlan]) (None, error) {
		b := in.Body
		return None{}, a.Enterprise.SetPlan(ctx, c.Actor, enterprise.Plan{
			Enterprise: core.EnterpriseID(in.Enterprise), PlannedOn: core.Date(b.PlannedOn), Owner: core.OrgID(b.Owner), Obstacle: b.Obstacle, Note: b.Note,
		})
	})
	a.mountTeams(write)
}

func (a *API) mountTeams(write policy) {
	handle(a, "POST /enterprises/{enterprise}/teams", "teams_form", write, func(ctx context.Context, c *Call, in *enterpriseWith[NewTeam]) (Team, error) {
		t, err := a.Enterprise.FormTeam(ctx, c.Actor, enterprise.Team{
			Enterprise: core.EnterpriseID(in.Enterprise), Name: in.Body.Name, Org: core.OrgID(in.Body.Org), FormedOn: core.Date(in.Body.FormedOn),
		})
		c.at("enterprises", in.Enterprise.String())
		c.tag(t.Version)
		return teamOf(t), err
	}, made)
	type change struct {
		Team    ID     `path:"team"`
		IfMatch string `header:"If-Match"`
		Body    TeamChange
	}
	handle(a, "PATCH /teams/{team}", "teams_change", write, func(ctx context.Context, c *Call, in *change) (Team, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Team{}, err
		}
		t, err := a.Enterprise.ChangeTeam(ctx, c.Actor, core.ID(in.Team), enterprise.TeamChange{
			Name: in.Body.Name, EndedOn: (*core.Date)(in.Body.EndedOn), Version: seen,
		})
		c.tag(t.Version)
		return teamOf(t), err
	})
}
