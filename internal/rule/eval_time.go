package rule

import "tongpin/internal/core"

// The furthest that dates are moved.
const (
	maxMonths   = 12_000
	maxDays     = 366_000
	maxWorkdays = 2_000
)

var timeEvaluators = []evaluator{
	{"date.add_months", `{"date":"2026-01-31","months":1}`, evalAddMonths},
	{"date.deadline_within", `{"event_on":"2026-05-20","n":1,"unit":"months","today":"2026-06-15"}`, evalDeadline},
	{"date.min_elapsed", `{"start_on":"2025-06-25","months":12,"act_on":"2026-06-24"}`, evalMinElapsed},
	{"date.age", `{"born_on":"2008-02-29","on":"2026-02-28"}`, evalAge},
	{"number.inclusive_words", `{"word":"超过","value":5,"bound":5}`, evalWord},
	{"number.exact_fraction", `{"part":16,"whole":20,"num":4,"den":5}`, evalFraction},
	{"rule.versioning", `{"rule":"org.temporary_branch","on":"2026-05-10"}`, evalVersion},
	{"cal.is_workday", `{"date":"2026-02-14"}`, evalWorkday},
	{"cal.publicity_end", `{"posted":"2026-05-25","working_days":5,"mode":"exclude"}`, evalPublicity},
	{"cal.completeness", `{"from":"2026-12-20","to":"2027-01-10"}`, evalCompleteness},
}

func evalAddMonths(in *input, _ Calendars) Verdict {
	d, n := in.date("date"), in.number("months", -maxMonths, maxMonths)
	to := d.AddMonths(n)
	return judge("date.add_months", Info, core.M("rule.date.add_months.result", d, n, to), Value{"date", to})
}

func evalDeadline(in *input, _ Calendars) Verdict {
	event, n := in.date("event_on"), in.number("n", 0, maxMonths)
	span := Span(in.choice("unit", string(Days), string(Months)))
	today, done := in.dateOr("today"), in.dateOr("done_on")
	s := Defaults()
	s.DueSoonDays = in.countOr("due_soon_days", s.DueSoonDays)
	s.DueSoonDays = min(s.DueSoonDays, maxDays)
	last := Within(event, n, span)
	if today.IsZero() {
		today = event
	}
	if !done.IsZero() && done.Before(event) {
		in.fail("done_on", "rule.input.before", "event_on")
	}
	state := Due(last, done, today, s)
	values := Values{{"last_day", last}, {"state", string(state)}}
	const id = "date.deadline_within"
	switch state {
	case Overdue:
		return judge(id, Fail, core.M("rule.date.deadline_within.overdue", last), values...)
	case DoneLate:
		return judge(id, Warn, core.M("rule.date.deadline_within.done_late", last, done), values...)
	case DueSoon:
		return judge(id, Warn, core.M("rule.date.deadline_within.due_soon", last), values...)
	default:
		return judge(id, OK, core.M("rule.date.deadline_within.ok", last), values...)
	}
}

func evalMinElapsed(in *input, _ Calendars) Verdict {
	start, months := in.date("start_on"), in.number("months", 0, maxMonths)
	act, strict := in.date("act_on"), in.flagIf("strict")
	first := MinElapsed(start, months, strict)
	values := Values{{"earliest", first}, {"allowed", !act.Before(first)}}
	if act.Before(first) {
		return judge("date.min_elapsed", Fail, core.M("rule.date.min_elapsed.early", first), values...)
	}
	return judge("date.min_elapsed", OK, core.M("rule.date.min_elapsed.ok", first), values...)
}

func evalAge(in *input, _ Calendars) Verdict {
	born, on := in.date("born_on"), in.date("on")
	if on.Before(born) {
		in.fail("on", "rule.input.before", "born_on")
	}
	age := Age(born, on)
	return judge("date.age", Info, core.M("rule.date.age.result", on, age), Value{"age", age})
}

// words are the words of R-005: which way they bound and whether the number
// itself is within.
var words = map[string]struct{ atLeast, inclusive bool }{
	"以上": {true, true}, "不少于": {true, true}, "以下": {false, true}, "以内": {false, true}, "不超过": {false, true},
	"超过": {true, false}, "以外": {true, false}, "不足": {false, false}, "不满": {false, false},
}

func evalWord(in *input, _ Calendars) Verdict {
	word := in.choice("word", "以上", "以下", "以内", "不少于", "不超过", "超过", "不足", "不满", "以外")
	n, bound := in.number("value", -maxCount, maxCount), in.number("bound", -maxCount, maxCount)
	w := words[word]
	holds := n == bound && w.inclusive || w.atLeast && n > bound || !w.atLeast && n < bound
	reason := core.M("rule.number.inclusive_words.excludes", word, bound)
	if w.inclusive {
		reason = core.M("rule.number.inclusive_words.includes", word, bound)
	}
	return judge("number.inclusive_words", Info, reason, Value{"holds", holds}, Value{"inclusive", w.inclusive})
}

func evalFraction(in *input, _ Calendars) Verdict {
	part, whole := in.count("part"), in.count("whole")
	f := Fraction{in.number("num", 0, 1_000_000), in.number("den", 1, 1_000_000), in.flagIf("strict")}
	const id = "number.exact_fraction"
	if f.Den == 0 { // refused above
		return judge(id, Info, core.Msg{})
	}
	if part > whole {
		in.fail("part", "rule.input.above", "whole")
	}
	values := Values{{"needed", f.Needed(whole)}, {"holds", f.Holds(part, whole)}}
	if !f.Holds(part, whole) {
		return judge(id, Fail, core.M("rule.number.exact_fraction.short", part, whole, f.Needed(whole)), values...)
	}
	return judge(id, OK, core.M("rule.number.exact_fraction.ok", part, whole, f.Needed(whole)), values...)
}

func evalVersion(in *input, _ Calendars) Verdict {
	const id = "rule.versioning"
	of, on := in.text("rule"), in.date("on")
	r, ok := Find(of)
	if !ok {
		in.fail("rule", "rule.input.no_rule")
		return judge(id, Info, core.Msg{})
	}
	v, ok := r.On(on)
	if !ok {
		return judge(id, Info, core.M("rule.not_in_force", on, r.Versions[0].From), Value{"rule", r.ID}, Value{"version", ""})
	}
	return judge(id, Info, core.M("rule.rule.versioning.result", on, v.ID),
		Value{"rule", r.ID}, Value{"version", v.ID}, Value{"citation", v.Citation})
}

func evalWorkday(in *input, cs Calendars) Verdict {
	const id = "cal.is_workday"
	d := in.date("date")
	in.act = d
	w, provisional := cs.IsWorkday(d)
	v := judge(id, Info, core.M("rule.cal.is_workday.rest", d), Value{"workday", w})
	if w {
		v.Reason = core.M("rule.cal.is_workday.work", d)
	}
	v.Provisional = provisional
	return v
}

func evalPublicity(in *input, cs Calendars) Verdict {
	posted, n := in.date("posted"), in.number("working_days", 1, maxWorkdays)
	mode := in.choiceOr("mode", string(Exclude), string(Exclude), string(Include))
	in.act = posted
	return PublicityPeriod(cs, posted, n, CountMode(mode))
}

func evalCompleteness(in *input, cs Calendars) Verdict {
	const id = "cal.completeness"
	from, to := in.date("from"), in.date("to")
	if to.Before(from) {
		in.fail("to", "rule.input.before", "from")
		return judge(id, Info, core.Msg{})
	}
	missing := cs.Missing(from, to)
	if len(missing) == 0 {
		return judge(id, OK, core.M("rule.cal.completeness.ok"), Value{"missing_years", []int{}})
	}
	v := judge(id, Warn, core.M("rule.cal.completeness.missing", yearText(missing[0])), Value{"missing_years", missing})
	v.Provisional = true
	return v
}
