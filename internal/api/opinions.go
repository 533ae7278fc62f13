package api

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/opinion"
)

// An Opinion is what somebody said, and what was answered. The author is named
// only if the author says so.
type Opinion struct {
	ID        ID        `json:"id"`
	Org       ID        `json:"org" doc:"Asked to answer."`
	OrgName   string    `json:"org_name"`
	Author    string    `json:"author,omitzero"`
	Kind      string    `json:"kind" enum:"complaint,suggestion,fault"`
	Page      string    `json:"page,omitzero" doc:"The kind of page it was given on."`
	Words     string    `json:"words"`
	State     string    `json:"state" enum:"open,answered,withdrawn"`
	DueOn     Day       `json:"due_on"`
	Answer    string    `json:"answer,omitzero"`
	GivenAt   time.Time `json:"given_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	MayAnswer bool      `json:"may_answer"`
	Version   int       `json:"version"`
}

func opinionOf(o opinion.Opinion) Opinion {
	return Opinion{
		ID: ID(o.ID), Org: ID(o.Org), OrgName: o.OrgName, Author: o.Author, Kind: string(o.Kind), Page: o.Page, Words: o.Words, State: string(o.State),
		DueOn: Day(o.DueOn), Answer: o.Answer, GivenAt: o.CreatedAt, EndedAt: o.EndedAt, Version: o.Version,
	}
}

// A NewOpinion is what somebody wants to say. It goes to the organisation above
// the one for which it is said.
type NewOpinion struct {
	Kind  string `json:"kind" enum:"complaint,suggestion,fault"`
	Words string `json:"words"`
	Named bool   `json:"named,omitzero" doc:"Whoever answers sees the name."`
	Org   ID     `json:"org,omitzero" doc:"One's own place for which it is said; the highest unless told."`
}

// An OpinionAnswer ends an opinion.
type OpinionAnswer struct {
	Answer string `json:"answer"`
}

func (a *API) mountOpinions() {
	read, write := scope("opinions:read"), scope("opinions:write")
	type one struct {
		Opinion ID `path:"opinion"`
	}
	handle(a, "GET /opinions", "opinions_list", read, func(ctx context.Context, c *Call, in *struct {
		Under ID `query:"under"`
	}) (Page[Opinion], error) {
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Page[Opinion]{}, err
		}
		all, err := a.Opinion.Asked(ctx, c.Actor, under)
		return whole(all, opinionOf), err
	})
	handle(a, "GET /opinions/mine", "opinions_mine", read, func(ctx context.Context, c *Call, _ *struct{}) (Page[Opinion], error) {
		all, err := a.Opinion.Mine(ctx, c.Actor)
		return whole(all, opinionOf), err
	})
	handle(a, "GET /opinions/{opinion}", "opinions_get", read, func(ctx context.Context, c *Call, in *one) (Opinion, error) {
		return a.opinion(ctx, c, in.Opinion)
	})
	handle(a, "POST /opinions", "opinions_give", write, a.giveOpinion, made)
	handle(a, "POST /opinions/{opinion}/answer", "opinions_answer", write, func(ctx context.Context, c *Call, in *struct {
		Opinion ID `path:"opinion"`
		Body    OpinionAnswer
	}) (Opinion, error) {
		if err := a.Opinion.Answer(ctx, c.Actor, core.ID(in.Opinion), in.Body.Answer); err != nil {
			return Opinion{}, err
		}
		return a.opinion(ctx, c, in.Opinion)
	})
	handle(a, "POST /opinions/{opinion}/withdraw", "opinions_withdraw", write, func(ctx context.Context, c *Call, in *one) (Opinion, error) {
		if err := a.Opinion.Withdraw(ctx, c.Actor, core.ID(in.Opinion)); err != nil {
			return Opinion{}, err
		}
		return a.opinion(ctx, c, in.Opinion)
	})
}

func (a *API) opinion(ctx context.Context, c *Call, id ID) (Opinion, error) {
	o, may, err := a.Opinion.Find(ctx, c.Actor, core.ID(id))
	if err != nil {
		return Opinion{}, err
	}
	c.tag(o.Version)
	out := opinionOf(o)
	out.MayAnswer = may
	return out, nil
}

func (a *API) giveOpinion(ctx context.Context, c *Call, in *struct{ Body NewOpinion }) (Opinion, error) {
	held, err := a.Account.Places(ctx, c.Actor)
	if err != nil {
		return Opinion{}, err
	}
	for _, p := range held {
		if in.Body.Org != 0 && core.ID(in.Body.Org) != core.ID(p.Org) {
			continue
		}
		o, err := a.Opinion.Give(ctx, c.Actor, access.Place{Org: p.Org, Enterprise: p.Enterprise}, opinion.New{
			Kind: opinion.Kind(in.Body.Kind), Words: in.Body.Words, Named: in.Body.Named,
		})
		if err != nil {
			return Opinion{}, err
		}
		c.at("opinions", o.ID.String())
		return a.opinion(ctx, c, ID(o.ID))
	}
	return Opinion{}, core.NotFound
}
