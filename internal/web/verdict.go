package web

import (
	"tongpin/internal/rule"
)

// A VerdictLine is what a rule says, with what it rests on.
type VerdictLine struct {
	Head     string // what it is about, or ""
	Tag      Tag
	Text     string
	Citation string // Chinese in every language
	Weight   string // how well the wording is known, and whether the limit is a usual or a hard one
}

// Verdicts is a list of them.
type Verdicts struct{ Lines []VerdictLine }

// verdictTags is how an outcome looks.
var verdictTags = map[rule.Outcome]TagKind{rule.OK: OK, rule.Warn: Wait, rule.Fail: Late, rule.Info: Off}

// verdict shows what a rule says.
func (s Shell) verdict(v rule.Verdict) VerdictLine {
	l := VerdictLine{
		Tag: Tag{verdictTags[v.Verdict], s.T("rule.outcome." + string(v.Verdict))}, Text: s.say(v.Reason), Citation: v.Citation,
	}
	r, ok := rule.Find(v.Rule)
	weight := "verdict.hard"
	if ok && r.Soft {
		weight = "verdict.soft"
	}
	l.Weight = s.T(weight, s.T("rule.confidence."+string(v.Confidence)))
	return l
}

// verdicts shows what rules say.
func (s Shell) verdicts(all []rule.Verdict) Verdicts {
	var out Verdicts
	for _, v := range all {
		out.Lines = append(out.Lines, s.verdict(v))
	}
	return out
}

// growthSteps shows which forms a size calls for, which are behind and ahead.
func (s Shell) growthSteps(g rule.GrowthPath) Verdicts {
	looks := map[rule.StepState]TagKind{rule.Called: OK, rule.ByNeed: Wait, rule.NotYet: Off, rule.Outgrown: Done}
	var out Verdicts
	for _, step := range g.Steps {
		l := s.verdict(step.Verdict)
		if step.State == rule.Outgrown {
			l = VerdictLine{} // its reason spoke of fewer members
		}
		l.Head, l.Tag = s.say(step.Kind.Title()), Tag{looks[step.State], s.say(step.State.Title())}
		out.Lines = append(out.Lines, l)
	}
	return out
}
