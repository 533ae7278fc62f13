package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A NewOrg founds an organisation.
type NewOrg struct {
	Parent        ID       `json:"parent"`
	Name          string   `json:"name"`
	Kind          string   `json:"kind"`
	SetupMode     string   `json:"setup_mode,omitzero"`
	HostSituation string   `json:"host_situation,omitzero"`
	Document      string   `json:"document,omitzero" doc:"Of the approval."`
	Reason        string   `json:"reason,omitzero"`
	FoundedOn     Day      `json:"founded_on"`
	Term          *NewTerm `json:"term,omitzero"`
}

func (n NewOrg) founding() org.Founding {
	f := org.Founding{
		Parent: core.OrgID(n.Parent), Name: n.Name, Kind: rule.OrgKind(n.Kind), SetupMode: n.SetupMode, HostSituation: n.HostSituation,
		Document: n.Document, Reason: n.Reason, FoundedOn: core.Date(n.FoundedOn),
	}
	if n.Term != nil {
		f.Term = n.Term.term(0)
	}
	return f
}

// A NewTerm is a term of office to record.
type NewTerm struct {
	Number    int    `json:"number,omitzero" doc:"Of the session."`
	ElectedOn Day    `json:"elected_on,omitzero"`
	EndsOn    Day    `json:"ends_on,omitzero" doc:"Computed from elected_on when missing."`
	Document  string `json:"document,omitzero"`
}

func (n NewTerm) term(version int) org.Term {
	return org.Term{Number: n.Number, ElectedOn: core.Date(n.ElectedOn), EndsOn: core.Date(n.EndsOn), Document: n.Document, Version: version}
}

// An OrgChange changes an organisation from a day on. What is missing stays.
type OrgChange struct {
	Name          *string `json:"name,omitzero"`
	Kind          *string `json:"kind,omitzero"`
	SetupMode     *string `json:"setup_mode,omitzero"`
	HostSituation *string `json:"host_situation,omitzero"`
	Document      *string `json:"document,omitzero"`
	On            Day     `json:"on"`
	Reason        string  `json:"reason,omitzero"`
}

// An OrgCorrection sets right the fact that held on a day.
type OrgCorrection struct {
	On            Day     `json:"on"`
	From          *Day    `json:"from,omitzero" doc:"Moves the day on which that fact began."`
	Name          *string `json:"name,omitzero"`
	Kind          *string `json:"kind,omitzero"`
	SetupMode     *string `json:"setup_mode,omitzero"`
	HostSituation *string `json:"host_situation,omitzero"`
	Parent        *ID     `json:"parent,omitzero"`
	Reason        string  `json:"reason"`
}

// An OrgMove takes an organisation to another parent.
type OrgMove struct {
	To     ID     `json:"to"`
	On     Day    `json:"on"`
	Reason string `json:"reason"`
}

// An OrgEnding merges an organisation into another, or dissolves it.
type OrgEnding struct {
	On       Day    `json:"on" doc:"The first day of not being."`
	Document string `json:"document,omitzero"`
	Reason   string `json:"reason"`
}

// An OrgMerger lets an organisation go up in another.
type OrgMerger struct {
	Into ID `json:"into"`
	OrgEnding
}

// An OrgSplit founds an organisation out of another.
type OrgSplit struct {
	New      NewOrg `json:"new"`
	Children []ID   `json:"children,omitzero" doc:"Directly below the other one, to go with it."`
	People   []ID   `json:"people,omitzero" doc:"Of the other one, to go with it."`
}

// A NewOfficer gives a duty to a person.
type NewOfficer struct {
	Person ID     `json:"person"`
	Duty   string `json:"duty"`
	From   Day    `json:"from"`
}

// An EndOn ends something on a day.
type EndOn struct {
	On     Day    `json:"on"`
	Reason string `json:"reason,omitzero"`
}

// with is an organisation and a body about it.
type orgWith[B any] struct {
	Org     ID     `path:"org"`
	IfMatch string `header:"If-Match" doc:"ETag of the version that was seen; 412 when somebody changed it since."`
	Body    B
}

func (a *API) mountOrgChanges() {
	write := scope("orgs:write")
	handle(a, "POST /orgs", "orgs_found", write, func(ctx context.Context, c *Call, in *struct{ Body NewOrg }) (Org, error) {
		o, err := a.Org.Found(ctx, c.Actor, in.Body.founding())
		c.at("orgs", o.ID.String())
		return c.org(o, err)
	}, made)
	handle(a, "PATCH /orgs/{org}", "orgs_change", write, a.changeOrg)
	handle(a, "POST /orgs/{org}/correct", "orgs_correct", write, a.correctOrg)
	handle(a, "POST /orgs/{org}/move", "orgs_move", write, func(ctx context.Context, c *Call, in *orgWith[OrgMove]) (Org, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return Org{}, err
		}
		return c.org(a.Org.Move(ctx, c.Actor, core.OrgID(in.Org), org.Move{
			To: core.OrgID(in.Body.To), On: core.Date(in.Body.On), Reason: in.Body.Reason, Version: seen,
		}))
	})
	handle(a, "POST /orgs/{org}/merge", "orgs_merge", write, func(ctx context.Context, c *Call, in *orgWith[OrgMerger]) (Org, error) {
		e, err := c.ending(in.Body.OrgEnding)
		if err != nil {
			return Org{}, err
		}
		return c.org(a.Org.Merge(ctx, c.Actor, core.OrgID(in.Org), core.OrgID(in.Body.Into), e))
	})
	handle(a, "POST /orgs/{org}/dissolve", "orgs_dissolve", write, func(ctx context.Context, c *Call, in *orgWith[OrgEnding]) (Org, error) {
		e, err := c.ending(in.Body)
		if err != nil {
			return Org{}, err
		}
		return c.org(a.Org.Dissolve(ctx, c.Actor, core.OrgID(in.Org), e))
	})
	handle(a, "POST /orgs/{org}/split", "orgs_split", write, a.splitOrg, made)
	a.mountOffices(write)
}

func (a *API) mountOffices(write policy) {
	handle(a, "PUT /orgs/{org}/term", "orgs_term", write, func(ctx context.Context, c *Call, in *orgWith[NewTerm]) (None, error) {
		seen, err := c.ifMatch()
		if err != nil {
			return None{}, err
		}
		return None{}, a.Org.SetTerm(ctx, c.Actor, core.OrgID(in.Org), in.Body.term(seen))
	})
	handle(a, "POST /orgs/{org}/officers", "orgs_appoint", write, func(ctx context.Context, c *Call, in *orgWith[NewOfficer]) (Officer, error) {
		f, err := a.Org.Appoint(ctx, c.Actor, org.Duty{
			Org: core.OrgID(in.Org), Person: core.PersonID(in.Body.Person), Code: in.Body.Duty, From: core.Date(in.Body.From),
		})
		c.at("orgs", in.Org.String())
		return Officer{ID(f.ID), ID(f.Person), f.Name, f.Position, f.Duty, Day(f.Period.From), until(f.Period.To)}, err
	}, made)
	type relief struct {
		Officer ID `path:"officer"`
		Body    EndOn
	}
	handle(a, "POST /officers/{officer}/relieve", "officers_relieve", write, func(ctx context.Context, c *Call, in *relief) (None, error) {
		return None{}, a.Org.Relieve(ctx, c.Actor, core.ID(in.Officer), core.Date(in.Body.On))
	})
}

// org answers with an organisation as it is after a change.
func (c *Call) org(o org.Org, err error) (Org, error) {
	c.tag(o.Version)
	return orgOf(o), err
}

func (c *Call) ending(e OrgEnding) (org.Ending, error) {
	seen, err := c.ifMatch()
	return org.Ending{On: core.Date(e.On), Document: e.Document, Reason: e.Reason, Version: seen}, err
}

func kindOf(s *string) *rule.OrgKind {
	if s == nil {
		return nil
	}
	k := rule.OrgKind(*s)
	return &k
}

func (a *API) changeOrg(ctx context.Context, c *Call, in *orgWith[OrgChange]) (Org, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Org{}, err
	}
	b := in.Body
	return c.org(a.Org.Change(ctx, c.Actor, core.OrgID(in.Org), org.Change{
		Name: b.Name, Kind: kindOf(b.Kind), SetupMode: b.SetupMode, HostSituation: b.HostSituation, Document: b.Document, On: core.Date(b.On),
		Reason: b.Reason, Version: seen,
	}))
}

func (a *API) correctOrg(ctx context.Context, c *Call, in *orgWith[OrgCorrection]) (Org, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Org{}, err
	}
	b := in.Body
	return c.org(a.Org.Correct(ctx, c.Actor, core.OrgID(in.Org), org.Correction{
		On: core.Date(b.On), From: (*core.Date)(b.From), Name: b.Name, Kind: kindOf(b.Kind), SetupMode: b.SetupMode, HostSituation: b.HostSituation,
		Parent: (*core.OrgID)(b.Parent), Reason: b.Reason, Version: seen,
	}))
}

func (a *API) splitOrg(ctx context.Context, c *Call, in *orgWith[OrgSplit]) (Org, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Org{}, err
	}
	d := org.Division{New: in.Body.New.founding(), Version: seen}
	for _, id := range in.Body.Children {
		d.Children = append(d.Children, core.OrgID(id))
	}
	for _, id := range in.Body.People {
		d.People = append(d.People, core.PersonID(id))
	}
	o, err := a.Org.Split(ctx, c.Actor, core.OrgID(in.Org), d)
	c.at("orgs", o.ID.String())
	return c.org(o, err)
}
