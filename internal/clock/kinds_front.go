package clock

import (
	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// FrontEndOf returns the clock of the last day of an action branch, shown 14 days
// before. After that day its report is due.
func FrontEndOf(front core.ID, org core.OrgID, from, endsOn core.Date) New {
	return of(New{
		Kind: FrontEnd, Subject: OfFront, SubjectID: front, Org: org, StartedOn: from, RemindOn: endsOn.AddDays(-fortnight), DueOn: endsOn,
		Input: map[string]any{"from": from, "ends_on": endsOn},
	})
}

// ProblemDueOf returns the clock of the day by which a problem is to be solved,
// shown three days before.
func ProblemDueOf(problem core.ID, org core.OrgID, raisedOn, dueOn core.Date) New {
	return of(New{
		Kind: ProblemDue, Subject: OfProblem, SubjectID: problem, Org: org, StartedOn: raisedOn, RemindOn: dueOn.AddDays(-3), DueOn: dueOn,
		Input: map[string]any{"from": raisedOn, "ends_on": dueOn},
	})
}

// ProblemAskOf returns the clock of an organisation that was asked for help with
// a problem: due on the n-th working day after it by the calendars.
func ProblemAskOf(problem core.ID, asked core.OrgID, on core.Date, n int, cs rule.Calendars) New {
	due, provisional := cs.WorkdaysAfter(on, n)
	return of(New{
		Kind: ProblemAsk, Subject: OfProblem, SubjectID: problem, Org: asked, StartedOn: on, RemindOn: on, DueOn: due, Provisional: provisional,
		Input: map[string]any{"posted_on": on, "workdays": n, "mode": rule.Exclude},
	})
}
