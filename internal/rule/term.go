package rule

import "tongpin/internal/core"

// TermDates are the days of a term of office. All are zero
// for a form that has no term.
type TermDates struct {
	Years    int
	EndsOn   core.Date // the term ends
	RemindOn core.Date // the branch and its superior are reminded, six months before
	Earliest core.Date // earliest re-election with approval, a year before
	Latest   core.Date // latest with approval, a year after
}

// TermYears returns the years of a term: five for committees and for every
// organisation of a village or community, three for general branches and
// branches, none for a temporary branch, which holds no elections.
func TermYears(kind OrgKind, host Host) int {
	switch {
	case kind == TemporaryBranch || !kind.Known():
		return 0
	case kind == Committee || host == InVillage || host == InCommunity:
		return 5
	}
	return 3
}

// Term returns the days of the term that began with the election on
// electedOn, the day of the members' meeting or congress.
func Term(kind OrgKind, host Host, electedOn core.Date) TermDates {
	years := TermYears(kind, host)
	if years == 0 || electedOn.IsZero() {
		return TermDates{}
	}
	t := TermEnding(electedOn.AddMonths(12 * years))
	t.Years = years
	return t
}

// TermEnding returns the days of a term of which only the end is known, as
// ledgers have it; Years is 0.
func TermEnding(endsOn core.Date) TermDates {
	if endsOn.IsZero() {
		return TermDates{}
	}
	return TermDates{
		EndsOn: endsOn, RemindOn: endsOn.AddMonths(-6),
		Earliest: endsOn.AddMonths(-12), Latest: endsOn.AddMonths(12),
	}
}

func (t TermDates) values() Values {
	return Values{{"years", t.Years}, {"ends_on", t.EndsOn}, {"remind_on", t.RemindOn}, {"earliest", t.Earliest}, {"latest", t.Latest}}
}

// TermReminder judges a term on a day: quiet until six months before its end,
// then a warning, and overdue from the day after the end.
func TermReminder(t TermDates, today core.Date) Verdict {
	const id = "org.term_reminder"
	switch {
	case today.After(t.EndsOn):
		return judge(id, Fail, core.M("rule.org.term_reminder.overdue", t.EndsOn, t.EndsOn.DaysUntil(today)), t.values()...)
	case !today.Before(t.RemindOn):
		return judge(id, Warn, core.M("rule.org.term_reminder.due", t.EndsOn, today.DaysUntil(t.EndsOn)), t.values()...)
	}
	return judge(id, OK, core.M("rule.org.term_reminder.later", t.RemindOn, t.EndsOn), t.values()...)
}

// TermChange judges a re-election on proposedOn. Before or after the end of
// the term it needs approval; more than a year away it is outside what the
// texts allow.
func TermChange(t TermDates, proposedOn core.Date, approved bool) Verdict {
	const id = "org.term_early_late"
	switch {
	case proposedOn.Before(t.Earliest):
		return judge(id, Fail, core.M("rule.org.term_early_late.too_early", t.Earliest), t.values()...)
	case proposedOn.After(t.Latest):
		return judge(id, Fail, core.M("rule.org.term_early_late.too_late", t.Latest), t.values()...)
	case proposedOn == t.EndsOn:
		return judge(id, OK, core.M("rule.org.term_early_late.on_time", t.EndsOn), t.values()...)
	case !approved && proposedOn.After(t.EndsOn):
		return judge(id, Fail, core.M("rule.org.term_early_late.late_unapproved", t.EndsOn), t.values()...)
	case !approved:
		return judge(id, Fail, core.M("rule.org.term_early_late.early_unapproved", t.EndsOn), t.values()...)
	}
	return judge(id, OK, core.M("rule.org.term_early_late.approved", proposedOn), t.values()...)
}
