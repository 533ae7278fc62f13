package api

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// An Outlook is what the rules would see with more or fewer full members.
type Outlook struct {
	From           Day       `json:"from"`
	Delta          int       `json:"delta"`
	Before         Members   `json:"before"`
	After          Members   `json:"after"`
	Now            Form      `json:"now"`
	Then           Form      `json:"then"`
	TermYears      int       `json:"term_years" doc:"Of the form that it has."`
	TermYearsAfter int       `json:"term_years_after" doc:"Of the form that the new size calls for."`
	Verdicts       []Verdict `json:"verdicts" doc:"On the form that it has, at the new size."`
	Was            []Verdict `json:"verdicts_now" doc:"The same at the present size."`
}

// Members counts full and probationary members.
type Members struct {
	Full         int `json:"full"`
	Probationary int `json:"probationary"`
}

// A Form is the form of organisation that a number of members calls for.
type Form struct {
	Kind            string     `json:"kind,omitzero" doc:"Empty without a full member."`
	BranchCommittee bool       `json:"branch_committee" doc:"A branch of this size elects a committee."`
	Steps           []FormStep `json:"steps"`
}

// A FormStep is one form on the way.
type FormStep struct {
	Kind     string  `json:"kind"`
	State    string  `json:"state"`
	From     int     `json:"from" doc:"Members from which it is called for."`
	Missing  int     `json:"missing"`
	Approval bool    `json:"approval" doc:"The organisation above must approve in any case."`
	Verdict  Verdict `json:"verdict"`
}

func formOf(c *Call, g rule.GrowthPath) Form {
	f := Form{Kind: string(g.Form), BranchCommittee: g.BranchCommittee}
	for _, s := range g.Steps {
		f.Steps = append(f.Steps, FormStep{string(s.Kind), string(s.State), s.From, s.Missing, s.Approval, verdictOf(c.Lang, s.Verdict)})
	}
	return f
}

func outlookOf(c *Call, w org.Outlook) Outlook {
	say := func(all []rule.Verdict) []Verdict {
		return whole(all, func(v rule.Verdict) Verdict { return verdictOf(c.Lang, v) }).Items
	}
	return Outlook{
		Day(w.From), w.Delta, Members(w.Before), Members(w.After), formOf(c, w.Now), formOf(c, w.Then), w.TermYears, w.TermYearsAfter, say(w.Verdicts), say(w.Was),
	}
}

// A Host is an enterprise that hosts an organisation.
type Host struct {
	ID        ID     `json:"id"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Industry  string `json:"industry,omitzero"`
	Employees *int   `json:"employees,omitzero"`
	State     string `json:"state"`
	From      Day    `json:"from"`
	To        Day    `json:"to,omitzero"`
	Seen      bool   `json:"seen" doc:"You may read the enterprise itself."`
}

func hostOf(h enterprise.Hosted) Host {
	return Host{ID(h.ID), h.Name, h.Type, h.Industry, h.Employees, h.State, Day(h.Period.From), until(h.Period.To), h.Seen}
}

func (a *API) mountGrowth() {
	handle(a, "GET /orgs/{org}/outlook", "orgs_outlook", scope("orgs:read"), func(ctx context.Context, c *Call, in *struct {
		Org   ID  `path:"org"`
		Delta int `query:"delta" minimum:"-1000000" maximum:"1000000"`
		From  Day `query:"from"`
	}) (Outlook, error) {
		w, err := a.Org.WhatIf(ctx, c.Actor, core.OrgID(in.Org), in.Delta, core.Date(in.From))
		if err != nil {
			return Outlook{}, err
		}
		return outlookOf(c, w), nil
	})
	handle(a, "GET /orgs/{org}/hosts", "orgs_hosts", scope("enterprises:read"), func(ctx context.Context, c *Call, in *struct {
		Org     ID     `path:"org"`
		On      Day    `query:"on"`
		KnownAt string `query:"known_at"`
	}) (Page[Host], error) {
		m, err := a.moment(in.On, in.KnownAt)
		if err != nil {
			return Page[Host]{}, err
		}
		all, err := a.Enterprise.HostsOf(ctx, c.Actor, core.OrgID(in.Org), m)
		return whole(all, hostOf), err
	})
}
