package api

import (
	"context"

	"tongpin/internal/burden"
)

// A BurdenLine is one check of what the product never asks of people.
type BurdenLine struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Looked   int      `json:"looked" doc:"Places looked at."`
	OK       bool     `json:"ok"`
	Problems []string `json:"problems" doc:"Names of what breaks the rule, as in: column persons.score."`
}

func (a *API) mountBurden() {
	handle(a, "GET /burden", "burden", scope("me:read"), func(ctx context.Context, c *Call, _ *struct{}) (Page[BurdenLine], error) {
		lines, err := a.Burden(ctx)
		return whole(lines, func(l burden.Line) BurdenLine {
			return BurdenLine{l.ID, c.say(l.Title()), l.Looked, l.OK, append([]string{}, l.Problems...)}
		}), err
	})
}
