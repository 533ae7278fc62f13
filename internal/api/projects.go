package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/project"
)

// A Project is a branch's project or a team's topic. Measured numbers are text,
// so that no digit is lost; hours are hundredths, cost is in fen.
type Project struct {
	ID             ID     `json:"id"`
	Number         string `json:"number" doc:"P-26-004, K-26-041."`
	Kind           string `json:"kind" enum:"project,topic"`
	Title          string `json:"title"`
	Why            string `json:"why,omitzero"`
	Org            ID     `json:"org" doc:"The branch that leads it."`
	OrgName        string `json:"org_name"`
	Enterprise     ID     `json:"enterprise,omitzero"`
	EnterpriseName string `json:"enterprise_name,omitzero"`
	Team           ID     `json:"team,omitzero"`
	TeamName       string `json:"team_name,omitzero"`
	Parent         ID     `json:"parent,omitzero" doc:"The project of a topic."`
	Leader         string `json:"leader,omitzero" doc:"For whoever may read the names there."`
	State          string `json:"state" enum:"idea,reviewed,chartered,running,paused,finishing,achieved,partly,not_achieved,stopped,learned"`
	Lane           string `json:"lane" enum:"waiting,solving,trying,checking,settled"`
	StartsOn       Day    `json:"starts_on,omitzero"`
	EndsOn         Day    `json:"ends_on,omitzero"`
	Measure        string `json:"measure,omitzero"`
	Unit           string `json:"unit,omitzero"`
	Baseline       string `json:"baseline,omitzero"`
	Target         string `json:"target,omitzero"`
	Acceptance     string `json:"acceptance,omitzero"`
	EndedAs        string `json:"ended_as,omitzero" doc:"The outcome; it stays when the three lines are written."`
	Result         string `json:"result,omitzero"`
	Changed        string `json:"changed,omitzero"`
	Evidence       string `json:"evidence,omitzero"`
	WorkHours      int    `json:"work_hours,omitzero" doc:"Hundredths of an hour, in working time."`
	OwnHours       int    `json:"own_hours,omitzero" doc:"Hundredths of an hour, in own time."`
	Cost           int64  `json:"cost,omitzero" doc:"In fen."`
	FinishedOn     Day    `json:"finished_on,omitzero"`
	Reached        string `json:"reached,omitzero"`
	NotReached     string `json:"not_reached,omitzero"`
	Reuse          string `json:"reuse,omitzero"`
	Version        int    `json:"version"`
}

func projectOf(p project.Project) Project {
	number := func(q *core.Quantity) string {
		if q == nil {
			return ""
		}
		return q.String()
	}
	o := p.Outcome
	return Project{
		ID: ID(p.ID), Number: p.Number, Kind: string(p.Kind), Title: p.Title, Why: p.Why, Org: ID(p.Org), OrgName: p.OrgName, Enterprise: ID(p.Enterprise),
		EnterpriseName: p.EnterpriseName, Team: ID(p.Team), TeamName: p.TeamName, Parent: ID(p.Parent), Leader: p.LeaderName, State: string(p.State), Lane: string(p.Lane),
		StartsOn: Day(p.StartsOn), EndsOn: Day(p.EndsOn), Measure: p.Measure, Unit: p.Unit, Baseline: number(p.Baseline), Target: number(p.Target), Acceptance: p.Acceptance,
		EndedAs: string(o.State), Result: number(o.Result), Changed: o.Changed, Evidence: o.Evidence, WorkHours: o.WorkHours, OwnHours: o.OwnHours, Cost: o.Cost,
		FinishedOn: Day(o.On), Reached: p.Reached, NotReached: p.NotReached, Reuse: p.Reuse, Version: p.Version,
	}
}

type projectsAsk struct {
	Under ID     `query:"under" doc:"Looked at from here on down; else from your highest place."`
	Kind  string `query:"kind" enum:"project,topic"`
	Group string `query:"group" enum:"live,ideas,over"`
	Listed
}

func (a *API) mountProjects() {
	read := scope("work:read")
	handle(a, "GET /projects", "projects_list", read, func(ctx context.Context, c *Call, in *projectsAsk) (Page[Project], error) {
		p, err := a.page(c, in.Listed)
		if err != nil {
			return Page[Project]{}, err
		}
		q := project.Query{Kind: project.Kind(in.Kind), Group: in.Group, Page: p}
		if q.Under, err = a.under(ctx, c, in.Under); err != nil {
			return Page[Project]{}, err
		}
		l, err := a.Project.List(ctx, c.Actor, q)
		if err != nil {
			return Page[Project]{}, err
		}
		return listOf(a, c, p, l.Total, l.Rows, projectOf), nil
	})
	handle(a, "GET /projects/{project}", "projects_get", read, func(ctx context.Context, c *Call, in *struct {
		Project ID `path:"project"`
	}) (Project, error) {
		sh, err := a.Project.Page(ctx, c.Actor, core.ID(in.Project))
		if err != nil {
			return Project{}, err
		}
		c.tag(sh.Version)
		return projectOf(sh.Project), nil
	})
}
