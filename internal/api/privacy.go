package api

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/privacy"
)

// A Sighting is one time that somebody opened, took away or changed your
// record, or tried to.
type Sighting struct {
	ID      ID        `json:"id"`
	At      time.Time `json:"at"`
	Action  string    `json:"action" doc:"As the journal has it, such as person.open_field or export.members."`
	Outcome string    `json:"outcome" enum:"done,denied,failed"`
	Via     string    `json:"via"`
	Who     string    `json:"who,omitzero" doc:"Name of the account; missing for the machine's administrator."`
	Own     bool      `json:"own,omitzero" doc:"It was you."`
	Role    string    `json:"role,omitzero"`
	Place   string    `json:"place,omitzero" doc:"Where the account held the role."`
	Under   string    `json:"under,omitzero" doc:"Of an export: whose list it was."`
	Fields  []string  `json:"fields,omitzero" doc:"What was opened, taken away or changed."`
	Purpose string    `json:"purpose,omitzero"`
	Words   string    `json:"words,omitzero"`
}

func (a *API) mountPrivacy() {
	type ask struct{ Listed }
	handle(a, "GET /me/openings", "me_openings", scope("me:read"), func(ctx context.Context, c *Call, in *ask) (Page[Sighting], error) {
		p, err := a.page(c, in.Listed)
		if err != nil {
			return Page[Sighting]{}, err
		}
		all, total, err := a.Privacy.Sightings(ctx, c.Actor, 0, p)
		if err != nil {
			return Page[Sighting]{}, err
		}
		return listOf(a, c, p, total, all, func(g privacy.Sighting) Sighting {
			return Sighting{ID(g.ID), g.At, g.Action, g.Outcome, g.Via, g.Who, g.Own, string(g.Role), g.Place, g.Under, g.Fields, g.Purpose, g.Words}
		}), nil
	})
	handle(a, "GET /me/data", "me_data", scope("me:read"), func(ctx context.Context, c *Call, _ *struct{}) (Own, error) {
		all, err := a.Privacy.Copy(ctx, c.Actor, privacy.Ask{})
		if err != nil {
			return Own{}, err
		}
		out := Own{MadeAt: all.MadeAt, Sections: map[string][]map[string]string{}}
		for _, s := range all.Sections {
			out.Sections[s.Name] = s.Objects()
		}
		return out, nil
	})
	a.mountCorrections()
	a.mountConsents()
}

// Own is everything that is held about you and your account. The id number and
// the phone are masked; in full they are on the page alone, soon after signing in.
type Own struct {
	MadeAt   time.Time                      `json:"made_at"`
	Sections map[string][]map[string]string `json:"sections"`
}

// A Correction is what you asked to have corrected in your record, or what
// somebody asks of you. Numbers are masked.
type Correction struct {
	ID        ID        `json:"id"`
	Person    ID        `json:"person"`
	Name      string    `json:"name"`
	Org       ID        `json:"org" doc:"It was asked to answer."`
	Item      string    `json:"item" enum:"name,sex,ethnicity,born_on,education,id_number,phone,joined_on,confirmed_on,position,note"`
	Now       string    `json:"now,omitzero"`
	Wanted    string    `json:"wanted"`
	Why       string    `json:"why,omitzero"`
	State     string    `json:"state" enum:"open,accepted,declined,withdrawn"`
	DueOn     Day       `json:"due_on"`
	Answer    string    `json:"answer,omitzero"`
	CreatedAt time.Time `json:"created_at"`
}

func correctionOf(c privacy.Correction) Correction {
	return Correction{ID(c.ID), ID(c.Person), c.Name, ID(c.Org), c.Item, c.Now, c.Wanted, c.Why, string(c.State), Day(c.DueOn), c.Answer, c.CreatedAt}
}

// A CorrectionAsk asks for a correction of your own record.
type CorrectionAsk struct {
	Item   string `json:"item" enum:"name,sex,ethnicity,born_on,education,id_number,phone,joined_on,confirmed_on,position,note"`
	Wanted string `json:"wanted"`
	Why    string `json:"why,omitzero"`
}

// A Decision answers a request for correction.
type Decision struct {
	State  string `json:"state" enum:"accepted,declined"`
	Answer string `json:"answer,omitzero" doc:"Needed for declined. The person reads it."`
}

type oneCorrection struct {
	Correction ID `path:"correction"`
}

func (a *API) mountCorrections() {
	handle(a, "GET /me/corrections", "me_corrections", scope("me:read"), func(ctx context.Context, c *Call, _ *struct{}) (Page[Correction], error) {
		_, all, err := a.Privacy.Mine(ctx, c.Actor)
		return whole(all, correctionOf), err
	})
	handle(a, "POST /me/corrections", "me_corrections_ask", scope("people:write"), func(ctx context.Context, c *Call, in *struct{ Body CorrectionAsk }) (Correction, error) {
		asked, err := a.Privacy.Ask(ctx, c.Actor, privacy.Request{Item: in.Body.Item, Wanted: in.Body.Wanted, Why: in.Body.Why})
		if err != nil {
			return Correction{}, err
		}
		c.at("corrections", asked.ID.String())
		seen, _, err := a.Privacy.Correction(ctx, c.Actor, asked.ID)
		return correctionOf(seen), err
	}, made)
	handle(a, "GET /corrections", "corrections_list", scope("people:read"), func(ctx context.Context, c *Call, in *struct {
		Under ID `query:"under"`
	}) (Page[Correction], error) {
		under, err := a.under(ctx, c, in.Under)
		if err != nil {
			return Page[Correction]{}, err
		}
		all, err := a.Privacy.Asked(ctx, c.Actor, under)
		return whole(all, correctionOf), err
	})
	handle(a, "GET /corrections/{correction}", "corrections_get", scope("people:read"), func(ctx context.Context, c *Call, in *oneCorrection) (Correction, error) {
		seen, _, err := a.Privacy.Correction(ctx, c.Actor, core.ID(in.Correction))
		return correctionOf(seen), err
	})
	handle(a, "POST /corrections/{correction}/answer", "corrections_answer", scope("people:write"), func(ctx context.Context, c *Call, in *struct {
		Correction ID `path:"correction"`
		Body       Decision
	}) (None, error) {
		return None{}, a.Privacy.Decide(ctx, c.Actor, core.ID(in.Correction), privacy.State(in.Body.State), in.Body.Answer)
	})
	handle(a, "POST /corrections/{correction}/withdraw", "corrections_withdraw", scope("people:write"), func(ctx context.Context, c *Call, in *oneCorrection) (None, error) {
		return None{}, a.Privacy.Withdraw(ctx, c.Actor, core.ID(in.Correction))
	})
}
