package rule

import "tongpin/internal/core"

// A StepState says how a form of organisation stands to a unit's size.
type StepState string

// The states of a step. Its word is the catalog key growth.STATE.
const (
	NotYet   StepState = "not_yet"  // too few members
	ByNeed   StepState = "by_need"  // only where work needs it and the superior approves
	Called   StepState = "called"   // the form that the size calls for
	Outgrown StepState = "outgrown" // the size calls for a higher form
)

// Title returns the word for the state.
func (s StepState) Title() core.Msg { return core.M("growth." + string(s)) }

// A GrowthStep is one form on the way from a few members to a committee.
type GrowthStep struct {
	Kind     OrgKind
	State    StepState
	From     int     // members from which the form is called for
	Basis    Basis   // who counts toward From
	Missing  int     // how many more are needed until From; 0 when reached
	Approval bool    // the superior organisation's approval is needed in any case
	Verdict  Verdict // why
}

// A GrowthPath is where a unit stands: which form its size calls for, which
// forms are behind and ahead.
type GrowthPath struct {
	Full, Members   int          // full members; full and probationary members
	Form            OrgKind      // the form called for; empty when there is no full member
	BranchCommittee bool         // a branch of this size elects a committee
	Steps           []GrowthStep // joint branch, branch, general branch, committee
}

// Growth returns where a unit with so many full members, and so many members
// with the probationary ones, stands. What would be with twelve more is
// Growth(full+12, members+12, s).
func Growth(full, members int, s Settings) GrowthPath {
	members = max(full, members)
	n := Members{full, members - full}.Count(s.CountBasis)
	g := GrowthPath{Full: full, Members: members, BranchCommittee: full >= electsAt}
	switch {
	case full >= ownBranchAt:
		g.Form = usualForm(n)
	case full > 0:
		g.Form = JointBranch
	}
	forms := []GrowthStep{
		{Kind: JointBranch, From: 1, Basis: CountFull, Verdict: MustEstablish(full)},
		{Kind: Branch, From: ownBranchAt, Basis: CountFull, Verdict: MustEstablish(full)},
		{Kind: GeneralBranch, From: generalBranchAt, Basis: s.CountBasis, Approval: true},
		{Kind: Committee, From: committeeAt, Basis: s.CountBasis, Approval: true},
	}
	passed := g.Form != ""
	for i := range forms {
		f := &forms[i]
		have := n
		if f.Basis == CountFull {
			have = full
		}
		f.Missing = max(0, f.From-have)
		switch {
		case f.Kind == g.Form:
			f.State, passed = Called, false
		case passed:
			f.State = Outgrown
		case f.Approval && full >= ownBranchAt:
			f.State = ByNeed
		default:
			f.State = NotYet
		}
		if f.Approval {
			f.Verdict = step(f.Kind, f.State, n, f.From)
		}
	}
	g.Steps = forms
	return g
}

// step says why a general branch or committee stands as it does.
func step(k OrgKind, st StepState, n, from int) Verdict {
	const id = "org.general_branch_or_committee"
	values := Values{{"counted", n}, {"usual_form", string(usualForm(n))}, {"approval_required", true}}
	switch st {
	case Called:
		return judge(id, Info, core.M("rule.org.general_branch_or_committee.called", n, k.Title()), values...)
	case Outgrown:
		return judge(id, Info, core.M("rule.org.general_branch_or_committee.above", n, committeeAt), values...)
	case ByNeed:
		return judge(id, Info, core.M("rule.org.general_branch_or_committee.by_need", n, from, k.Title()), values...)
	default:
		return judge(id, Info, core.M("rule.org.general_branch_or_committee.not_yet", k.Title()), values...)
	}
}

// Next returns the next form that growth brings within reach, or false when
// the unit has reached a committee.
func (g GrowthPath) Next() (GrowthStep, bool) {
	for _, s := range g.Steps {
		if s.State == NotYet || s.State == ByNeed {
			return s, true
		}
	}
	return GrowthStep{}, false
}
