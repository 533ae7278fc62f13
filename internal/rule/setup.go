package rule

import "tongpin/internal/core"

// The numbers of the texts on setting up. They are not settings.
const (
	ownBranchAt     = 3   // full members from which a unit has its own branch
	jointUnitsMax   = 5   // units that a joint branch covers, 一般
	branchMax       = 50  // members of a branch, 一般
	generalBranchAt = 50  // members from which a general branch is usual
	committeeAt     = 100 // members from which a committee is usual
	electsAt        = 7   // full members from which a branch elects a committee
)

// MustEstablish says what a unit with that many full members must set up:
// its own branch from three, a joint branch with others below, work coverage
// alone when there is none.
func MustEstablish(fullMembers int) Verdict {
	const id = "org.must_establish"
	switch {
	case fullMembers >= ownBranchAt:
		return judge(id, Info, core.M("rule.org.must_establish.own", fullMembers),
			Value{"must_establish", true}, Value{"form", string(Branch)})
	case fullMembers > 0:
		return judge(id, Info, core.M("rule.org.must_establish.joint", fullMembers),
			Value{"must_establish", false}, Value{"form", string(JointBranch)})
	}
	return judge(id, Info, core.M("rule.org.must_establish.none"),
		Value{"must_establish", false}, Value{"form", "none"})
}

// Established judges a unit that has, or has not, its own organisation: it
// fails when the unit should have set one up and did not (应建未建).
func Established(fullMembers int, hasOwn bool) Verdict {
	v := MustEstablish(fullMembers)
	switch {
	case fullMembers >= ownBranchAt && !hasOwn:
		v.Verdict, v.Reason = Fail, core.M("rule.org.must_establish.missing", fullMembers)
	case hasOwn && fullMembers < ownBranchAt:
		v.Verdict, v.Reason = Warn, core.M("rule.org.must_establish.shrunk", fullMembers)
	default:
		v.Verdict = OK
	}
	return v
}

// JointBranchOf judges a joint branch over units with so many full members each:
// at least two units, none of them with three of its own, three together; more
// than five units warn.
func JointBranchOf(units []int) Verdict {
	const id = "org.joint_branch"
	sum, split := 0, []int{}
	for i, n := range units {
		sum += n
		if n >= ownBranchAt {
			split = append(split, i+1)
		}
	}
	values := Values{{"units", len(units)}, {"full_members", sum}, {"split", split}}
	switch {
	case len(units) < 2:
		return judge(id, Fail, core.M("rule.org.joint_branch.one_unit"), values...)
	case len(split) > 0:
		return judge(id, Fail, core.M("rule.org.joint_branch.split", len(split)), values...)
	case sum < ownBranchAt:
		return judge(id, Fail, core.M("rule.org.joint_branch.too_few", sum), values...)
	case len(units) > jointUnitsMax:
		return judge(id, Warn, core.M("rule.org.joint_branch.too_many_units", len(units)), values...)
	}
	return judge(id, OK, core.M("rule.org.joint_branch.ok", len(units), sum), values...)
}

// BranchSize judges the members of a branch, full and probationary: more than
// fifty warn.
func BranchSize(members int) Verdict {
	const id = "org.branch_size"
	if members > branchMax {
		return judge(id, Warn, core.M("rule.org.branch_size.large", members), Value{"members", members}, Value{"usual_max", branchMax})
	}
	return judge(id, OK, core.M("rule.org.branch_size.ok", members), Value{"members", members}, Value{"usual_max", branchMax})
}

// Members are those of an organisation, by standing.
type Members struct{ Full, Probationary int }

// Count returns how many count on that basis.
func (m Members) Count(b Basis) int {
	if b == CountFull {
		return m.Full
	}
	return m.Full + m.Probationary
}

// A Raise is the wish to form a general branch or a committee.
type Raise struct {
	Members    Members
	To         OrgKind // GeneralBranch or Committee
	Approved   bool    // the superior organisation has approved
	NoBranches bool    // no branch exists or is planned beneath it
}

// GeneralBranchOrCommittee judges a Raise. Both forms need the superior's
// approval and branches beneath them; below the usual number they also need a
// reason, so that approval turns the guard into a warning.
func GeneralBranchOrCommittee(r Raise, s Settings) Verdict {
	const id = "org.general_branch_or_committee"
	n := r.Members.Count(s.CountBasis)
	usual := usualForm(n)
	values := Values{{"counted", n}, {"basis", string(s.CountBasis)}, {"usual_form", string(usual)}, {"approval_required", true}}
	switch {
	case r.To != GeneralBranch && r.To != Committee:
		return judge(id, Fail, core.M("rule.org.general_branch_or_committee.other"), values...)
	case !r.Approved:
		return judge(id, Fail, core.M("rule.org.general_branch_or_committee.approval", r.To.Title()), values...)
	case r.NoBranches:
		return judge(id, Fail, core.M("rule.org.general_branch_or_committee.no_branches", r.To.Title()), values...)
	case r.To == Committee && n < committeeAt:
		return judge(id, Warn, core.M("rule.org.general_branch_or_committee.below", n, committeeAt), values...)
	case r.To == GeneralBranch && n < generalBranchAt:
		return judge(id, Warn, core.M("rule.org.general_branch_or_committee.below", n, generalBranchAt), values...)
	case r.To == GeneralBranch && usual == Committee:
		return judge(id, Warn, core.M("rule.org.general_branch_or_committee.above", n, committeeAt), values...)
	}
	return judge(id, OK, core.M("rule.org.general_branch_or_committee.ok", r.To.Title(), n), values...)
}

// usualForm returns the form that the number of members calls for.
func usualForm(n int) OrgKind {
	switch {
	case n >= committeeAt:
		return Committee
	case n >= generalBranchAt:
		return GeneralBranch
	}
	return Branch
}

// BranchCommittee says whether a branch with that many full members elects a
// committee, and of what size.
func BranchCommittee(fullMembers int) Verdict {
	const id = "org.branch_committee"
	if fullMembers < electsAt {
		return judge(id, Info, core.M("rule.org.branch_committee.none", fullMembers),
			Value{"committee", false}, Value{"secretary", 1}, Value{"deputy_max", 1})
	}
	return judge(id, Info, core.M("rule.org.branch_committee.must", fullMembers),
		Value{"committee", true}, Value{"seats_min", 3}, Value{"seats_usual", 5}, Value{"seats_max", 7}, Value{"deputy_max", 1})
}

// BranchCommitteeSize judges a branch committee of so many seats; 0 means that
// there is none.
func BranchCommitteeSize(fullMembers, seats int) Verdict {
	v := BranchCommittee(fullMembers)
	must := fullMembers >= electsAt
	switch {
	case must && seats == 0:
		v.Verdict, v.Reason = Fail, core.M("rule.org.branch_committee.missing", fullMembers)
	case !must && seats > 0:
		v.Verdict, v.Reason = Fail, core.M("rule.org.branch_committee.not_due", fullMembers)
	case !must:
		v.Verdict = OK
	case seats < 3:
		v.Verdict, v.Reason = Fail, core.M("rule.org.branch_committee.small", seats)
	case seats > 5:
		v.Verdict, v.Reason = Warn, core.M("rule.org.branch_committee.large", seats)
	case seats%2 == 0:
		v.Verdict, v.Reason = Warn, core.M("rule.org.branch_committee.even", seats)
	default:
		v.Verdict, v.Reason = OK, core.M("rule.org.branch_committee.ok", seats)
	}
	return v
}
