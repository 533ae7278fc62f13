package api

import (
	"context"
	"strings"
	"time"

	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/privacy"
	"tongpin/internal/purpose"
)

// A Notice is what is done with people's data, and by whom.
type Notice struct {
	Processor string    `json:"processor"`
	Contact   string    `json:"contact,omitzero" doc:"Missing where the realm has named nobody."`
	Purposes  []Purpose `json:"purposes"`
}

// A Purpose is one line of the register of processing.
type Purpose struct {
	Key     string   `json:"key"`
	Title   string   `json:"title"`
	Text    string   `json:"text"`
	Whose   []string `json:"whose"`
	Kinds   []string `json:"kinds" doc:"Of data, in words."`
	Columns []string `json:"columns" doc:"Where it is stored."`
	To      []string `json:"to" doc:"Who sees it."`
	Keep    string   `json:"keep"`
	Basis   string   `json:"basis" enum:"consent,admission,staff,duty"`
	Article string   `json:"article" doc:"In Chinese."`
	Version int      `json:"version"`
}

// A Consent is a purpose that rests on consent, and what the person did about it.
type Consent struct {
	Purpose string         `json:"purpose"`
	Title   string         `json:"title"`
	Text    string         `json:"text"`
	Impact  string         `json:"impact"`
	Version int            `json:"version" doc:"Of the text. A new one asks again."`
	Given   bool           `json:"given"`
	History []ConsentGiven `json:"history" doc:"Newest first."`
}

// A ConsentGiven is one time that a person agreed.
type ConsentGiven struct {
	Version     int       `json:"version"`
	How         string    `json:"how" enum:"self,paper"`
	Paper       string    `json:"paper,omitzero" doc:"Where the paper lies."`
	GivenAt     time.Time `json:"given_at"`
	GivenBy     string    `json:"given_by,omitzero"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
	WithdrawnBy string    `json:"withdrawn_by,omitzero"`
}

// A ConsentAsk agrees to the text of a purpose that was read.
type ConsentAsk struct {
	Purpose string `json:"purpose"`
	Version int    `json:"version" minimum:"1"`
}

// A ConsentPaper records what a person signed on paper.
type ConsentPaper struct {
	Purpose string `json:"purpose"`
	Paper   string `json:"paper" doc:"Where it lies."`
}

// A ConsentEnd names the purpose whose consent is withdrawn.
type ConsentEnd struct {
	Purpose string `json:"purpose"`
}

type onesConsents[B any] struct {
	Person ID `path:"person"`
	Body   B
}

func (c *Call) kept(all []privacy.Keeping) string {
	lines := make([]string, len(all))
	for i, k := range all {
		lines[i] = c.say(core.M("purpose.keep.line", k.Title, k.Period))
	}
	return strings.Join(lines, c.say(core.M("purpose.keep.between")))
}

func (c *Call) purposeOf(n privacy.Notice, p purpose.Purpose) Purpose {
	words := func(prefix string, keys []string) []string {
		all := make([]string, len(keys))
		for i, k := range keys {
			all[i] = c.say(core.M(prefix + k))
		}
		return all
	}
	return Purpose{
		Key: p.Key, Title: c.say(p.Title()), Text: c.say(p.Text()), Whose: words("purpose.whose.", p.Whose), Kinds: words("purpose.kind.", p.Kinds()), Columns: p.Columns(),
		To: words("purpose.to.", p.To), Keep: c.kept(n.Kept(p)), Basis: string(p.Basis), Article: p.Article(), Version: p.Version,
	}
}

func (c *Call) consentsOf(_ member.Person, all []privacy.Consenting, err error) (Page[Consent], error) {
	return whole(all, func(s privacy.Consenting) Consent {
		out := Consent{Purpose: s.Key, Title: c.say(s.Title()), Text: c.say(s.Text()), Impact: c.say(s.Impact()), Version: s.Version, Given: s.Given, History: []ConsentGiven{}}
		for _, h := range s.History {
			out.History = append(out.History, ConsentGiven{h.Version, h.How, h.Paper, h.GivenAt, h.GivenBy, h.WithdrawnAt, h.WithdrawnBy})
		}
		return out
	}), err
}

func (a *API) mountConsents() {
	handle(a, "GET /privacy", "privacy_notice", scope("me:read"), func(ctx context.Context, c *Call, _ *struct{}) (Notice, error) {
		n, err := a.Privacy.Notice(ctx, c.Actor)
		out := Notice{Processor: n.Processor, Contact: n.Contact}
		for _, p := range n.Purposes {
			out.Purposes = append(out.Purposes, c.purposeOf(n, p))
		}
		return out, err
	})
	handle(a, "GET /me/consents", "me_consents", scope("me:read"), func(ctx context.Context, c *Call, _ *struct{}) (Page[Consent], error) {
		return c.consentsOf(a.Privacy.Consents(ctx, c.Actor, 0))
	})
	handle(a, "POST /me/consents", "me_consents_give", scope("people:write"), func(ctx context.Context, c *Call, in *struct{ Body ConsentAsk }) (None, error) {
		return None{}, a.Privacy.Consent(ctx, c.Actor, 0, consent.Giving{Purpose: in.Body.Purpose, Version: in.Body.Version})
	})
	handle(a, "POST /me/consents/withdraw", "me_consents_withdraw", scope("people:write"), func(ctx context.Context, c *Call, in *struct{ Body ConsentEnd }) (None, error) {
		return None{}, a.Privacy.WithdrawConsent(ctx, c.Actor, 0, in.Body.Purpose)
	})
	handle(a, "GET /people/{person}/consents", "people_consents", scope("people:read"), func(ctx context.Context, c *Call, in *struct {
		Person ID `path:"person"`
	}) (Page[Consent], error) {
		return c.consentsOf(a.Privacy.Consents(ctx, c.Actor, core.PersonID(in.Person)))
	})
	handle(a, "POST /people/{person}/consents", "people_consents_give", scope("people:write"), func(ctx context.Context, c *Call, in *onesConsents[ConsentPaper]) (None, error) {
		return None{}, a.Privacy.Consent(ctx, c.Actor, core.PersonID(in.Person), consent.Giving{Purpose: in.Body.Purpose, Paper: in.Body.Paper})
	})
	handle(a, "POST /people/{person}/consents/withdraw", "people_consents_withdraw", scope("people:write"), func(ctx context.Context, c *Call, in *onesConsents[ConsentEnd]) (None, error) {
		return None{}, a.Privacy.WithdrawConsent(ctx, c.Actor, core.PersonID(in.Person), in.Body.Purpose)
	})
}
