package rule

import (
	"slices"
	"strconv"

	"tongpin/internal/core"
)

var orgEvaluators = []evaluator{
	{"org.must_establish", `{"full_members":3,"has_organisation":false}`, evalMustEstablish},
	{"org.joint_branch", `{"units":[1,2,0]}`, func(in *input, _ Calendars) Verdict { return JointBranchOf(in.counts("units")) }},
	{"org.branch_size", `{"members":51}`, func(in *input, _ Calendars) Verdict { return BranchSize(in.count("members")) }},
	{"org.general_branch_or_committee", `{"kind":"general_branch","full_members":46,"probationary_members":6,"approved":true}`, evalRaise},
	{"org.project_branch", `{"duration_months":8,"full_members":4}`, func(in *input, _ Calendars) Verdict {
		return ProjectBranch(in.number("duration_months", 0, maxMonths), in.count("full_members"))
	}},
	{"org.establish_procedure", `{"applied_on":"2026-03-02","replied_on":"2026-04-03","today":"2026-05-06"}`, evalFounding},
	{"org.adjust_or_dissolve", `{"decision":"dissolve","approved":true,"members_without_branch":2,"recorded":false}`, evalAdjust},
	{"org.temporary_branch", `{"action":"accept_member","on":"2026-06-01"}`, evalTemporary},
	{"org.floating_branch", `{"members":9,"place":"park","inflow_consulted":true}`, func(in *input, _ Calendars) Verdict {
		return FloatingBranchAt(in.count("members"), in.choice("place", floatingPlaces...), in.flag("inflow_consulted"))
	}},
	{"org.branch_committee", `{"full_members":7,"seats":3}`, evalBranchCommittee},
	{"org.upper_committee_size", `{"kind":"committee","seats":9}`, evalUpperSize},
	{"org.secretary_eligibility", `{"full_member_since":"2025-09-01","appointed_on":"2026-03-01"}`, evalEligibility},
	{"org.secretary_training", `{"appointed_on":"2026-03-01","rotation_on":["2026-04-10"],"today":"2026-08-01"}`, evalTraining},
	{"org.party_groups", `{"members":16,"dispersed":false}`, evalGroups},
	{"member.one_branch", `{"affiliations":1}`, func(in *input, _ Calendars) Verdict { return OneBranch(in.count("affiliations")) }},
	{"org.term", termExample, evalTerm("org.term")},
	{"org.term_end", termExample, evalTerm("org.term_end")},
	{"org.term_reminder", `{"kind":"branch","host":"enterprise","elected_on":"2024-03-15","today":"2026-11-20"}`, evalReminder},
	{"org.term_early_late", `{"kind":"branch","host":"enterprise","elected_on":"2024-03-15","proposed_on":"2027-04-01","approved":true}`, evalEarlyLate},
	{"org.by_election", `{"vacant_on":"2026-05-01","today":"2026-06-05"}`, evalByElection},
	{"org.election_result_report", `{"post":"secretary","elected_on":"2026-05-08","approved_on":"2026-05-20"}`, evalReport},
}

const termExample = `{"kind":"branch","host":"enterprise","elected_on":"2024-03-15"}`

// yearText writes a year without a comma between its digits.
func yearText(y int) string { return strconv.Itoa(y) }

func evalMustEstablish(in *input, _ Calendars) Verdict {
	n := in.count("full_members")
	if has := in.flagIf("has_organisation"); in.has("has_organisation") {
		return Established(n, has)
	}
	return MustEstablish(n)
}

func evalRaise(in *input, _ Calendars) Verdict {
	s := Defaults()
	r := Raise{
		To:      OrgKind(in.choice("kind", string(GeneralBranch), string(Committee))),
		Members: Members{in.count("full_members"), in.countOr("probationary_members", 0)},
	}
	r.Approved = in.flag("approved")
	r.NoBranches = in.countOr("branches", 1) == 0
	s.CountBasis = Basis(in.choiceOr("basis", string(s.CountBasis), string(CountAll), string(CountFull)))
	return GeneralBranchOrCommittee(r, s)
}

func evalFounding(in *input, _ Calendars) Verdict {
	f := Founding{in.date("applied_on"), in.dateOr("replied_on"), in.dateOr("elected_on"), in.dateOr("recorded_on")}
	today := in.dateOr("today")
	if today.IsZero() {
		today = f.AppliedOn
	}
	in.act = f.AppliedOn
	return f.Procedure(today)
}

func evalAdjust(in *input, _ Calendars) Verdict {
	decision, approved := in.choice("decision", "adjust", "dissolve"), in.flag("approved")
	homeless, recorded := in.countOr("members_without_branch", 0), in.flagIf("recorded")
	if decision == "dissolve" {
		return Dissolve(approved, homeless, recorded)
	}
	return Adjust(approved, recorded)
}

func evalTemporary(in *input, _ Calendars) Verdict {
	codes := make([]string, len(Actions))
	for i, a := range Actions {
		codes[i] = string(a)
	}
	a, on := Action(in.choice("action", codes...)), in.dateOr("on")
	r, _ := Find("org.temporary_branch")
	if on.IsZero() {
		on = r.Latest().From
	}
	return TemporaryBranchMay(a, on)
}

func evalBranchCommittee(in *input, _ Calendars) Verdict {
	n := in.count("full_members")
	if seats := in.countOr("seats", 0); in.has("seats") {
		return BranchCommitteeSize(n, seats)
	}
	return BranchCommittee(n)
}

func evalUpperSize(in *input, _ Calendars) Verdict {
	kind := in.choice("kind", "general_branch", "committee", "committee_with_standing", "standing_committee", "committee_soe")
	return UpperCommitteeSize(kind, in.count("seats"))
}

func evalEligibility(in *input, _ Calendars) Verdict {
	c := Candidacy{FullSince: in.dateOr("full_member_since"), AppointedOn: in.date("appointed_on")}
	sanctions := in.choices("sanctions", "probation_within_party", "rights_suspended")
	c.Watched = slices.Contains(sanctions, "probation_within_party")
	c.Suspended = slices.Contains(sanctions, "rights_suspended")
	in.act = c.AppointedOn
	return c.Eligibility()
}

func evalTraining(in *input, _ Calendars) Verdict {
	appointed, induction := in.date("appointed_on"), in.dateOr("induction_on")
	rotations, today := in.datesOr("rotation_on"), in.date("today")
	if !induction.IsZero() && induction.Before(appointed) {
		in.fail("induction_on", "rule.input.before", "appointed_on")
	}
	in.act = today
	return SecretaryTraining(appointed, induction, rotations, today)
}

func evalGroups(in *input, _ Calendars) Verdict {
	s := Defaults()
	members, dispersed := in.count("members"), in.flagIf("dispersed")
	s.PartyGroupsAt = in.countOr("suggest_from", s.PartyGroupsAt)
	return PartyGroups(members, dispersed, s)
}

// term reads a term: by its election, or by its end alone.
func (in *input) term() (TermDates, core.Date) {
	if in.has("term_end") {
		for _, key := range []string{"kind", "host", "elected_on"} {
			if !in.absent(key) {
				in.fail(key, "rule.input.either", "term_end")
			}
		}
		return TermEnding(in.date("term_end")), core.Date{}
	}
	kinds := []string{string(Branch), string(GeneralBranch), string(Committee), string(JointBranch), string(FloatingBranch), string(TemporaryBranch)}
	kind := in.choice("kind", kinds...)
	host := in.choice("host", string(InEnterprise), string(InCommunity), string(InVillage))
	elected := in.date("elected_on")
	in.ask("term_end", true)
	return Term(OrgKind(kind), Host(host), elected), elected
}

func evalTerm(id string) func(*input, Calendars) Verdict {
	return func(in *input, _ Calendars) Verdict {
		t, elected := in.term()
		in.act = elected
		if t.EndsOn.IsZero() {
			return judge(id, Info, core.M("rule.org.term_end.none"), t.values()...)
		}
		if t.Years == 0 {
			return judge(id, Info, core.M("rule.org.term_end.ends", t.EndsOn), t.values()...)
		}
		return judge(id, Info, core.M("rule.org.term_end.computed", t.Years, t.EndsOn), t.values()...)
	}
}

func evalReminder(in *input, _ Calendars) Verdict {
	t, elected := in.term()
	today := in.dateOr("today")
	in.act = elected
	if t.EndsOn.IsZero() {
		return judge("org.term_reminder", Info, core.M("rule.org.term_end.none"), t.values()...)
	}
	if today.IsZero() {
		return judge("org.term_reminder", Info, core.M("rule.org.term_reminder.later", t.RemindOn, t.EndsOn), t.values()...)
	}
	in.act = today
	return TermReminder(t, today)
}

func evalEarlyLate(in *input, _ Calendars) Verdict {
	const id = "org.term_early_late"
	t, elected := in.term()
	proposed, approved := in.dateOr("proposed_on"), in.flagIf("approved")
	in.act = elected
	if t.EndsOn.IsZero() {
		return judge(id, Info, core.M("rule.org.term_end.none"), t.values()...)
	}
	if proposed.IsZero() {
		return judge(id, Info, core.M("rule.org.term_early_late.window", t.Earliest, t.Latest), t.values()...)
	}
	in.act = proposed
	return TermChange(t, proposed, approved)
}

func evalByElection(in *input, _ Calendars) Verdict {
	s := Defaults()
	vacant, filled, today := in.date("vacant_on"), in.dateOr("filled_on"), in.date("today")
	for key, d := range map[string]core.Date{"filled_on": filled, "today": today} {
		if !d.IsZero() && d.Before(vacant) {
			in.fail(key, "rule.input.before", "vacant_on")
		}
	}
	in.act = vacant
	return ByElection(vacant, filled, today, s)
}

func evalReport(in *input, _ Calendars) Verdict {
	post := in.choice("post", "secretary", "deputy_secretary", "committee_member")
	elected := in.date("elected_on")
	in.act = elected
	return ResultReport(post, elected, in.dateOr("approved_on"), in.dateOr("reported_on"))
}
