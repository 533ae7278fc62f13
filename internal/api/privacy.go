package api

import (
	"context"
	"time"

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
}

// Own is everything that is held about you and your account. The id number and
// the phone are masked; in full they are on the page alone, soon after signing in.
type Own struct {
	MadeAt   time.Time                      `json:"made_at"`
	Sections map[string][]map[string]string `json:"sections"`
}
