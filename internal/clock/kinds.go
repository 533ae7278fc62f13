package clock

import (
	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// The spans that no text gives: settings of ours (confidence DESIGN), except
// the six months before the end of a term, which are R-027's and live in rule.
const (
	establishMonths = 3  // to set up an organisation that must be set up, or to leave a joint branch
	committeeDays   = 30 // to elect a committee
	firstVisitDays  = 30 // to visit an enterprise that was registered
	visitDays       = 60 // between two visits; after that coverage is nominal
	recheckMonths   = 12 // until what is known of an enterprise is checked again
	monthBefore     = 30 // days of warning before an appointment or a check
	fortnight       = 14 // days of warning before a visit or a planned day
)

// TermOf returns the clock of a term of office: due on its last
// day, shown from six months before. electedOn is not known where a ledger
// gives the end only.
func TermOf(org core.OrgID, electedOn, endsOn core.Date) New {
	t := rule.TermEnding(endsOn)
	started := electedOn
	if started.IsZero() {
		started = t.RemindOn
	}
	return of(New{
		Kind: Term, Subject: OfOrg, SubjectID: core.ID(org), Org: org, StartedOn: started, RemindOn: t.RemindOn, DueOn: t.EndsOn,
		Rule: "org.term_reminder", Input: map[string]any{"elected_on": electedOn, "ends_on": endsOn},
	})
}

// EstablishIn returns the clock of an enterprise that has three full members
// and no organisation of its own: due three months after that became
// known. org looks after the enterprise.
func EstablishIn(e core.EnterpriseID, org core.OrgID, fullMembers int, knownOn core.Date) New {
	return of(New{
		Kind: Establish, Subject: OfEnterprise, SubjectID: core.ID(e), Org: org, StartedOn: knownOn, RemindOn: knownOn,
		DueOn: knownOn.AddMonths(establishMonths), Rule: "org.must_establish",
		Input: map[string]any{"full_members": fullMembers, "known_on": knownOn},
	})
}

// JointSplitOf returns the clock of a unit under a joint branch that has three
// full members of its own: due three months after that became known.
func JointSplitOf(e core.EnterpriseID, joint core.OrgID, fullMembers int, knownOn core.Date) New {
	return of(New{
		Kind: JointSplit, Subject: OfEnterprise, SubjectID: core.ID(e), Org: joint, StartedOn: knownOn, RemindOn: knownOn,
		DueOn: knownOn.AddMonths(establishMonths), Rule: "org.joint_branch",
		Input: map[string]any{"full_members": fullMembers, "known_on": knownOn},
	})
}

// CommitteeOf returns the clock of a branch that has seven full members and no
// committee: due 30 days after that became known.
func CommitteeOf(branch core.OrgID, fullMembers int, knownOn core.Date) New {
	return of(New{
		Kind: Committee, Subject: OfOrg, SubjectID: core.ID(branch), Org: branch, StartedOn: knownOn, RemindOn: knownOn,
		DueOn: knownOn.AddDays(committeeDays), Rule: "org.branch_committee",
		Input: map[string]any{"full_members": fullMembers, "known_on": knownOn},
	})
}

// FirstVisitTo returns the clock of an enterprise that was registered and not
// yet visited: due after 30 days.
func FirstVisitTo(e core.EnterpriseID, org core.OrgID, registeredOn core.Date) New {
	return of(New{
		Kind: FirstVisit, Subject: OfEnterprise, SubjectID: core.ID(e), Org: org, StartedOn: registeredOn, RemindOn: registeredOn,
		DueOn: registeredOn.AddDays(firstVisitDays), Input: map[string]any{"registered_on": registeredOn},
	})
}

// RecheckOf returns the clock of an enterprise that was last verified on a day:
// due twelve months later, shown 30 days before.
func RecheckOf(e core.EnterpriseID, org core.OrgID, verifiedOn core.Date) New {
	due := verifiedOn.AddMonths(recheckMonths)
	return of(New{
		Kind: Recheck, Subject: OfEnterprise, SubjectID: core.ID(e), Org: org, StartedOn: verifiedOn, RemindOn: due.AddDays(-monthBefore),
		DueOn: due, Input: map[string]any{"verified_on": verifiedOn},
	})
}

// AppointmentEndOf returns the clock of an instructor's or liaison's
// appointment: due on its last day, shown 30 days before.
func AppointmentEndOf(appointment core.ID, org core.OrgID, from, lastDay core.Date) New {
	return of(New{
		Kind: AppointmentEnd, Subject: OfAppointment, SubjectID: appointment, Org: org, StartedOn: from,
		RemindOn: lastDay.AddDays(-monthBefore), DueOn: lastDay, Input: map[string]any{"from": from, "last_day": lastDay},
	})
}

// VisitOf returns the clock of an instructor's next visit: due 60 days after
// the last one, or after the appointment; shown 14 days before.
func VisitOf(appointment core.ID, org core.OrgID, lastOn core.Date) New {
	due := lastOn.AddDays(visitDays)
	return of(New{
		Kind: Visit, Subject: OfAppointment, SubjectID: appointment, Org: org, StartedOn: lastOn, RemindOn: due.AddDays(-fortnight),
		DueOn: due, Input: map[string]any{"last_on": lastOn},
	})
}

// PlanOf returns the clock of the day on which an enterprise is planned to be
// covered, shown 14 days before. owner has taken it on since that day.
func PlanOf(e core.EnterpriseID, owner core.OrgID, since, plannedOn core.Date) New {
	return of(New{
		Kind: Plan, Subject: OfEnterprise, SubjectID: core.ID(e), Org: owner, StartedOn: since, RemindOn: plannedOn.AddDays(-fortnight),
		DueOn: plannedOn, Input: map[string]any{"planned_on": plannedOn},
	})
}

// OpinionDays is how long an organisation has to answer an opinion.
const OpinionDays = fortnight

// OpinionOf returns the clock of an opinion that was given on a day: due 14 days
// later, shown from the start.
func OpinionOf(id core.ID, org core.OrgID, givenOn core.Date) New {
	return of(New{
		Kind: Opinion, Subject: OfOpinion, SubjectID: id, Org: org, StartedOn: givenOn, RemindOn: givenOn,
		DueOn: givenOn.AddDays(OpinionDays), Input: map[string]any{"given_on": givenOn},
	})
}

// CorrectionDays is how long whoever keeps a record has to answer what its
// person asks to have corrected. The law says "in time"; GB/T 35273 is said to
// ask for 30 days, of which we take half.
const CorrectionDays = 15

// CorrectionOf returns the clock of a correction that was asked for on a day:
// due 15 days later, shown from the start.
func CorrectionOf(id core.ID, org core.OrgID, askedOn core.Date) New {
	return of(New{
		Kind: Correction, Subject: OfCorrection, SubjectID: id, Org: org, StartedOn: askedOn, RemindOn: askedOn,
		DueOn: askedOn.AddDays(CorrectionDays), Input: map[string]any{"asked_on": askedOn},
	})
}

// WorkEndOf returns the clock of the day on which a project or topic ends by its
// charter, shown 14 days before. At that day it is finished, or its end is moved
// with a reason.
func WorkEndOf(project core.ID, org core.OrgID, from, endsOn core.Date) New {
	return of(New{
		Kind: WorkEnd, Subject: OfProject, SubjectID: project, Org: org, StartedOn: from, RemindOn: endsOn.AddDays(-fortnight), DueOn: endsOn,
		Input: map[string]any{"from": from, "ends_on": endsOn},
	})
}

// MentorObjectionOf returns the clock of the first month of a mentor's agreement,
// in which either side may object: due on its last day, shown from the start.
func MentorObjectionOf(id core.ID, org core.OrgID, from, lastDay core.Date) New {
	return of(New{
		Kind: MentorObjection, Subject: OfMentoring, SubjectID: id, Org: org, StartedOn: from, RemindOn: from, DueOn: lastDay,
		Input: map[string]any{"from": from, "last_day": lastDay},
	})
}

// MentorNoteOf returns the clock of the next note of a mentor's agreement: due a
// month after the last one that both confirmed, or after the start; shown 14 days
// before.
func MentorNoteOf(id core.ID, org core.OrgID, lastOn core.Date) New {
	due := lastOn.AddMonths(1)
	return of(New{
		Kind: MentorNote, Subject: OfMentoring, SubjectID: id, Org: org, StartedOn: lastOn, RemindOn: due.AddDays(-fortnight), DueOn: due,
		Input: map[string]any{"last_on": lastOn},
	})
}

// MentorReviewOf returns the clock of the review half way: shown 14 days before.
func MentorReviewOf(id core.ID, org core.OrgID, from, reviewOn core.Date) New {
	return of(New{
		Kind: MentorReview, Subject: OfMentoring, SubjectID: id, Org: org, StartedOn: from, RemindOn: reviewOn.AddDays(-fortnight), DueOn: reviewOn,
		Input: map[string]any{"from": from},
	})
}

// MentorEndOf returns the clock of the planned end: shown 30 days before. Until
// then there is an exam, or the end is moved with a reason.
func MentorEndOf(id core.ID, org core.OrgID, from, endsOn core.Date) New {
	return of(New{
		Kind: MentorEnd, Subject: OfMentoring, SubjectID: id, Org: org, StartedOn: from, RemindOn: endsOn.AddDays(-monthBefore), DueOn: endsOn,
		Input: map[string]any{"from": from, "ends_on": endsOn},
	})
}

// PublicNoticeOf returns the clock of a public notice of n working days:
// due on its last day by the calendars, shown from the day of posting. It is
// provisional where a year's notice is not out, and Recompute settles it.
func PublicNoticeOf(subject string, id core.ID, org core.OrgID, postedOn core.Date, n int, mode rule.CountMode, cs rule.Calendars) New {
	p := cs.PublicityEnd(postedOn, n, mode)
	return of(New{
		Kind: PublicNotice, Subject: subject, SubjectID: id, Org: org, StartedOn: postedOn, RemindOn: postedOn, DueOn: p.LastDay,
		Rule: "cal.publicity_end", Provisional: p.Provisional,
		Input: map[string]any{"posted_on": postedOn, "workdays": n, "mode": mode},
	})
}

// PostReviewOf returns the clock of a demonstration post's next review, shown 14
// days before.
func PostReviewOf(post core.ID, org core.OrgID, from, reviewOn core.Date) New {
	return of(New{
		Kind: PostReview, Subject: OfPost, SubjectID: post, Org: org, StartedOn: from, RemindOn: reviewOn.AddDays(-fortnight), DueOn: reviewOn,
		Input: map[string]any{"from": from},
	})
}

// PostEndOf returns the clock of the last day of a demonstration post's term,
// shown 30 days before: it is renewed by a review, or ended.
func PostEndOf(post core.ID, org core.OrgID, from, lastDay core.Date) New {
	return of(New{
		Kind: PostEnd, Subject: OfPost, SubjectID: post, Org: org, StartedOn: from, RemindOn: lastDay.AddDays(-monthBefore), DueOn: lastDay,
		Input: map[string]any{"from": from, "last_day": lastDay},
	})
}

// of fills in the version of the rule in force on the day of the start; a clock
// that no text asks for has a rule of ours.
func of(n New) New {
	if n.RemindOn.Before(n.StartedOn) {
		n.RemindOn = n.StartedOn
	}
	if n.Rule == "" {
		n.Rule, n.Version = "clock."+string(n.Kind), "1"
		return n
	}
	r, ok := rule.Find(n.Rule)
	if !ok {
		panic("clock: no rule " + n.Rule)
	}
	v, ok := r.On(n.StartedOn)
	if !ok {
		v = r.Latest()
	}
	n.Version = v.ID
	return n
}
