package api

import (
	"time"

	"tongpin/internal/core"
	"tongpin/internal/figure"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// say says a sentence in the caller's language.
func (c *Call) say(m core.Msg) string {
	if m.IsZero() {
		return ""
	}
	return text.Say(c.Lang, m)
}

// whole fills a list that has one page.
func whole[F, T any](rows []F, fill func(F) T) Page[T] {
	out := Page[T]{Items: make([]T, len(rows)), Total: len(rows)}
	for i, r := range rows {
		out.Items[i] = fill(r)
	}
	return out
}

// moment reads a day and when it is to be known.
func (a *API) moment(on Day, known string) (core.Moment, error) {
	m := core.Moment{On: core.Date(on)}
	if known == "" {
		return m, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, known); err == nil {
		m.KnownAt = t
		return m, nil
	}
	d, err := core.ParseDate(known)
	if err != nil {
		return m, wrong("known_at", "api.query.unfit", "known_at")
	}
	m.KnownAt = figure.EndOf(d, a.Now())
	return m, nil
}

// A Verdict is what a rule says, and why.
type Verdict struct {
	Rule        string `json:"rule"`
	Version     string `json:"version"`
	Outcome     string `json:"outcome" enum:"ok,warn,fail,info"`
	Reason      string `json:"reason" doc:"One sentence in the caller's language."`
	Citation    string `json:"citation" doc:"In Chinese."`
	Confidence  string `json:"confidence"`
	Provisional bool   `json:"provisional" doc:"It rests on a calendar whose notice is not out yet."`
}

func verdictOf(lang core.Lang, v rule.Verdict) Verdict {
	return Verdict{v.Rule, v.Version, string(v.Verdict), text.Say(lang, v.Reason), v.Citation, string(v.Confidence), v.Provisional}
}

func verdictsOf(lang core.Lang, all []rule.Verdict) []Verdict {
	out := make([]Verdict, len(all))
	for i, v := range all {
		out[i] = verdictOf(lang, v)
	}
	return out
}
