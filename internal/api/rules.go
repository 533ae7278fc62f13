package api

import (
	"context"
	"encoding/json"

	"tongpin/internal/rule"
)

// A Rule is one of the rules that deadlines and verdicts rest on.
type Rule struct {
	ID         string `json:"id"`
	Number     string `json:"number"`
	Title      string `json:"title"`
	Version    string `json:"version"`
	Citation   string `json:"citation" doc:"In Chinese."`
	Confidence string `json:"confidence"`
	Soft       bool   `json:"soft" doc:"It advises and does not bind."`
	Evaluable  bool   `json:"evaluable"`
}

// A RuleResult is what a rule says of an input.
type RuleResult struct {
	Verdict
	Values json.RawMessage `json:"values" doc:"What was computed, by name."`
}

func (a *API) mountRules() {
	read := scope("rules:read")
	handle(a, "GET /rules", "rules_list", read, func(_ context.Context, c *Call, _ *struct{}) (Page[Rule], error) {
		evaluable := map[string]bool{}
		for _, id := range rule.Evaluable() {
			evaluable[id] = true
		}
		return whole(rule.All(), func(r rule.Rule) Rule {
			v := r.Latest()
			return Rule{r.ID, r.Number, c.say(r.Title), v.ID, v.Citation, string(v.Confidence), r.Soft, evaluable[r.ID]}
		}), nil
	})
	type ask struct {
		Rule string `path:"rule"`
		Body json.RawMessage
	}
	handle(a, "POST /rules/{rule}/eval", "rules_eval", read, func(_ context.Context, c *Call, in *ask) (RuleResult, error) {
		v, err := rule.Eval(in.Rule, in.Body, rule.EmbeddedCalendars())
		if err != nil {
			return RuleResult{}, err
		}
		values, err := v.Values.MarshalJSON()
		return RuleResult{verdictOf(c.Lang, v), values}, err
	}, looks)
}
