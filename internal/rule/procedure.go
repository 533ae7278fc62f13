package rule

import (
	"slices"

	"tongpin/internal/core"
)

// ProjectBranch says whether a project of so many months with so many full
// members should set up a branch.
func ProjectBranch(months, fullMembers int) Verdict {
	const id = "org.project_branch"
	switch {
	case fullMembers < ownBranchAt:
		return judge(id, Info, core.M("rule.org.project_branch.few", fullMembers), Value{"should", false}, Value{"form", "none"})
	case months < 6:
		return judge(id, Info, core.M("rule.org.project_branch.short", months),
			Value{"should", false}, Value{"form", string(TemporaryBranch)})
	}
	return judge(id, Info, core.M("rule.org.project_branch.should", months, fullMembers),
		Value{"should", true}, Value{"form", string(Branch)})
}

// A Founding is how a branch was set up. Zero days have not come yet.
type Founding struct {
	AppliedOn  core.Date // the unit applied to its committee
	RepliedOn  core.Date // the committee replied
	ElectedOn  core.Date // the members' meeting elected
	RecordedOn core.Date // the result was reported for the record
}

// Procedure judges the steps of a founding as of a day: the reply is due
// within a month, nothing is elected before it, and the record follows.
func (f Founding) Procedure(today core.Date) Verdict {
	const id = "org.establish_procedure"
	due := f.AppliedOn.AddMonths(1)
	values := Values{{"reply_due_on", due}}
	replied := f.RepliedOn
	if replied.IsZero() {
		replied = today
	}
	switch {
	case !f.RepliedOn.IsZero() && f.RepliedOn.Before(f.AppliedOn):
		return judge(id, Fail, core.M("rule.org.establish_procedure.reply_first"), values...)
	case !f.ElectedOn.IsZero() && (f.RepliedOn.IsZero() || f.ElectedOn.Before(f.RepliedOn)):
		return judge(id, Fail, core.M("rule.org.establish_procedure.election_first"), values...)
	case replied.After(due):
		return judge(id, Warn, core.M("rule.org.establish_procedure.late", due), values...)
	case !f.ElectedOn.IsZero() && f.RecordedOn.IsZero():
		return judge(id, Warn, core.M("rule.org.establish_procedure.record"), values...)
	}
	return judge(id, OK, core.M("rule.org.establish_procedure.ok"), values...)
}

// Dissolve judges the dissolution of a branch: approved, every member with a
// branch to go to, and reported for the record.
func Dissolve(approved bool, membersWithoutBranch int, recorded bool) Verdict {
	return adjust(approved, membersWithoutBranch, recorded)
}

// Adjust judges a change of a branch that keeps it: approved and reported for
// the record.
func Adjust(approved, recorded bool) Verdict { return adjust(approved, 0, recorded) }

func adjust(approved bool, homeless int, recorded bool) Verdict {
	const id = "org.adjust_or_dissolve"
	values := Values{{"approval_required", true}, {"members_without_branch", homeless}}
	switch {
	case homeless > 0:
		return judge(id, Fail, core.M("rule.org.adjust_or_dissolve.members", homeless), values...)
	case !approved:
		return judge(id, Fail, core.M("rule.org.adjust_or_dissolve.approval"), values...)
	case !recorded:
		return judge(id, Warn, core.M("rule.org.adjust_or_dissolve.record"), values...)
	}
	return judge(id, OK, core.M("rule.org.adjust_or_dissolve.ok"), values...)
}

// An Action is what a temporary branch would do. Its word is the catalog key
// branch_action.CODE.
type Action string

// The actions of R-018.
const (
	Study              Action = "study"
	Educate            Action = "educate"
	Manage             Action = "manage"
	Supervise          Action = "supervise"
	CultivateActivists Action = "cultivate_activists"
	AcceptMember       Action = "accept_member"
	RegulariseMember   Action = "regularise_member"
	DisciplineMember   Action = "discipline_member"
	DisposeMember      Action = "dispose_member"
	CollectDues        Action = "collect_dues"
	ElectDelegates     Action = "elect_delegates"
	TermElection       Action = "term_election"
)

// Actions lists the actions.
var Actions = []Action{
	Study, Educate, Manage, Supervise, CultivateActivists, AcceptMember, RegulariseMember,
	DisciplineMember, DisposeMember, CollectDues, ElectDelegates, TermElection,
}

// Title returns the word for the action.
func (a Action) Title() core.Msg { return core.M("branch_action." + string(a)) }

// TemporaryBranchMay is the guard of what a temporary branch does on a day
// . Admitting members was 一般不 until the rules of 2026 forbade it.
func TemporaryBranchMay(a Action, on core.Date) Verdict {
	const id = "org.temporary_branch"
	allowed := slices.Contains(Actions[:5], a)
	values := Values{{"action", string(a)}, {"allowed", allowed}}
	admits := a == AcceptMember || a == RegulariseMember
	v := judge(id, Fail, core.M("rule.org.temporary_branch.forbidden", a.Title()), values...)
	switch {
	case allowed:
		v = judge(id, OK, core.M("rule.org.temporary_branch.allowed", a.Title()), values...)
	case admits && on.Before(admission2026):
		v = judge(id, Warn, core.M("rule.org.temporary_branch.unusual", a.Title()), values...)
	}
	return v.AsOf(on)
}

// floatingPlaces are those of R-019, on which a floating-member branch is set up.
var floatingPlaces = []string{"park", "chamber", "association", "office", "other"}

// FloatingBranchAt judges a floating-member branch on a place: on a park,
// chamber of commerce, trade association or liaison office, and after the
// organisation of inflow was consulted.
func FloatingBranchAt(members int, place string, consulted bool) Verdict {
	const id = "org.floating_branch"
	values := Values{{"members", members}, {"place", place}}
	switch {
	case !consulted:
		return judge(id, Warn, core.M("rule.org.floating_branch.consult"), values...)
	case place == "other":
		return judge(id, Warn, core.M("rule.org.floating_branch.place"), values...)
	case members < ownBranchAt:
		return judge(id, Warn, core.M("rule.org.floating_branch.few", members), values...)
	}
	return judge(id, OK, core.M("rule.org.floating_branch.ok", members), values...)
}

// committeeSizes are those of R-021, by sort of committee.
var committeeSizes = map[string]struct{ low, usual, high int }{
	"general_branch":          {5, 7, 9},
	"committee":               {5, 9, 9},
	"committee_with_standing": {15, 21, 21},
	"standing_committee":      {5, 7, 7},
	"committee_soe":           {5, 9, 11},
}

// UpperCommitteeSize judges the seats of a committee above the branch: of a
// general_branch, committee, committee_with_standing, standing_committee or
// committee_soe. The numbers are soft.
func UpperCommitteeSize(sort string, seats int) Verdict {
	const id = "org.upper_committee_size"
	size := committeeSizes[sort]
	values := Values{{"seats_min", size.low}, {"seats_usual", size.usual}, {"seats_max", size.high}}
	v := judge(id, OK, core.M("rule.org.upper_committee_size.ok", seats), values...)
	switch {
	case seats < size.low || seats > size.high:
		v = judge(id, Warn, core.M("rule.org.upper_committee_size.outside", seats, size.low, size.high), values...)
	case seats > size.usual:
		v = judge(id, Warn, core.M("rule.org.upper_committee_size.large", seats, size.low, size.usual), values...)
	}
	if sort == "committee_soe" && seats > size.usual {
		v.Confidence = Memory
	}
	return v
}

// A Candidacy is what counts about a person who becomes branch secretary.
type Candidacy struct {
	FullSince   core.Date // party age counts from here; zero for who is no full member
	AppointedOn core.Date
	Watched     bool // 留党察看
	Suspended   bool // a member's rights are suspended
}

// Eligibility judges a branch secretary: a full member, usually for a year or
// more, with all rights.
func (c Candidacy) Eligibility() Verdict {
	const id = "org.secretary_eligibility"
	var since core.Date
	if !c.FullSince.IsZero() {
		since = c.FullSince.AddMonths(12)
	}
	values := Values{{"usual_from", since}}
	switch {
	case c.FullSince.IsZero() || c.AppointedOn.Before(c.FullSince):
		return judge(id, Fail, core.M("rule.org.secretary_eligibility.full"), values...)
	case c.Watched || c.Suspended:
		return judge(id, Fail, core.M("rule.org.secretary_eligibility.rights"), values...)
	case c.AppointedOn.Before(since):
		return judge(id, Warn, core.M("rule.org.secretary_eligibility.young", since), values...)
	}
	return judge(id, OK, core.M("rule.org.secretary_eligibility.ok"), values...)
}

// SecretaryTraining judges a secretary's training: an induction within six
// months of the appointment, and one rotation at county level or above in each
// calendar year. inductionOn is zero when there was none.
func SecretaryTraining(appointedOn, inductionOn core.Date, rotations []core.Date, today core.Date) Verdict {
	const id = "org.secretary_training"
	due := appointedOn.AddMonths(6)
	yearEnd := core.Date{Year: today.Year, Month: 12, Day: 31}
	rotated := slices.ContainsFunc(rotations, func(d core.Date) bool { return d.Year == today.Year && !d.After(today) })
	values := Values{{"induction_due_on", due}, {"rotation_due_on", yearEnd}, {"rotated_this_year", rotated}}
	inducted := inductionOn
	if inducted.IsZero() {
		inducted = today
	}
	switch {
	case inducted.After(due):
		return judge(id, Warn, core.M("rule.org.secretary_training.late", due), values...)
	case inductionOn.IsZero():
		return judge(id, Info, core.M("rule.org.secretary_training.induction", due), values...)
	case !rotated:
		return judge(id, Info, core.M("rule.org.secretary_training.rotation", yearEnd), values...)
	}
	return judge(id, OK, core.M("rule.org.secretary_training.ok"), values...)
}

// PartyGroups says whether groups are suggested for a branch of so many
// members, or of members at scattered places.
func PartyGroups(members int, dispersed bool, s Settings) Verdict {
	const id = "org.party_groups"
	suggest := members >= s.PartyGroupsAt || dispersed
	values := Values{{"suggested", suggest}, {"from", s.PartyGroupsAt}}
	switch {
	case members >= s.PartyGroupsAt:
		return judge(id, Info, core.M("rule.org.party_groups.many", members, s.PartyGroupsAt), values...)
	case dispersed:
		return judge(id, Info, core.M("rule.org.party_groups.dispersed"), values...)
	}
	return judge(id, Info, core.M("rule.org.party_groups.no", members, s.PartyGroupsAt), values...)
}

// OneBranch judges how many branches a member formally belongs to.
func OneBranch(affiliations int) Verdict {
	const id = "member.one_branch"
	v := judge(id, OK, core.M("rule.member.one_branch.ok"), Value{"affiliations", affiliations})
	switch {
	case affiliations == 0:
		v.Verdict, v.Reason = Fail, core.M("rule.member.one_branch.none")
	case affiliations > 1:
		v.Verdict, v.Reason = Fail, core.M("rule.member.one_branch.many", affiliations)
	}
	return v
}

// ByElection judges a vacancy on a day: it warns from the first of the days of
// the setting on. filledOn is zero while the seat is empty.
func ByElection(vacantOn, filledOn, today core.Date, s Settings) Verdict {
	const id = "org.by_election"
	alerts := []core.Date{vacantOn.AddDays(s.ByElectionAlerts[0]), vacantOn.AddDays(s.ByElectionAlerts[1])}
	values := Values{{"alert_on", alerts}, {"days", vacantOn.DaysUntil(today)}}
	switch {
	case !filledOn.IsZero():
		return judge(id, OK, core.M("rule.org.by_election.filled", filledOn), values...)
	case !today.Before(alerts[1]):
		return judge(id, Warn, core.M("rule.org.by_election.long", vacantOn.DaysUntil(today)), values...)
	case !today.Before(alerts[0]):
		return judge(id, Warn, core.M("rule.org.by_election.open", vacantOn.DaysUntil(today)), values...)
	}
	return judge(id, OK, core.M("rule.org.by_election.recent", alerts[0]), values...)
}

// ResultReport judges the report of an election to a post: secretary and
// deputy_secretary need approval and hold office from it, committee_member is
// only recorded. Zero days have not come yet.
func ResultReport(post string, electedOn, approvedOn, reportedOn core.Date) Verdict {
	const id = "org.election_result_report"
	if post == "committee_member" {
		values := Values{{"route", "record"}, {"office_from", electedOn}}
		if reportedOn.IsZero() {
			return judge(id, Warn, core.M("rule.org.election_result_report.record"), values...)
		}
		return judge(id, OK, core.M("rule.org.election_result_report.recorded", reportedOn), values...)
	}
	values := Values{{"route", "approval"}, {"office_from", approvedOn}}
	switch {
	case approvedOn.IsZero():
		return judge(id, Warn, core.M("rule.org.election_result_report.approval"), values...)
	case approvedOn.Before(electedOn):
		return judge(id, Fail, core.M("rule.org.election_result_report.before"), values...)
	}
	return judge(id, OK, core.M("rule.org.election_result_report.approved", approvedOn), values...)
}
