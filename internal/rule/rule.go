// Package rule holds the procedural rules of primary-level Party organisations:
// setting up, terms of office, coverage, deadlines and working days. It is
// pure: facts, the day and the settings go in; a verdict with its values,
// version, citation and confidence comes out. Rules advise and guard; persons
// and organisations decide.
//
// Citations are the names of regulations and stay Chinese in every language.
// Titles and reasons are keys of the catalogs.
package rule

import (
	"slices"

	"tongpin/internal/core"
)

// A Confidence says how well the wording behind a rule is known.
type Confidence string

// The degrees of confidence, best first.
const (
	SeenP  Confidence = "SEEN-P" // the wording of the regulation itself was read
	SeenS  Confidence = "SEEN-S" // only a statement about it was read
	Memory Confidence = "MEMORY" // not read: check before relying on it
	Design Confidence = "DESIGN" // a choice of ours where the texts are silent
)

// An Outcome is what a rule says about the facts.
type Outcome string

// The outcomes. Warn can be confirmed with a reason, Fail is a guard, Info
// only computes.
const (
	OK   Outcome = "ok"
	Warn Outcome = "warn"
	Fail Outcome = "fail"
	Info Outcome = "info"
)

// A Version is the text of a rule that was in force for a while.
type Version struct {
	ID         string    // the day of the text, such as 2018-10-28, or 1 where no text gives one
	From       core.Date // first day in force; zero means always
	To         core.Date // first day no longer in force; zero means it still is
	Citation   string    // regulation and article, in Chinese
	Confidence Confidence
}

// holds reports whether the version was in force on day.
func (v Version) holds(day core.Date) bool {
	return !day.Before(v.From) && (v.To.IsZero() || day.Before(v.To))
}

// A Rule is one rule of the specification.
type Rule struct {
	ID       string    // org.term_end
	Number   string
	Title    core.Msg  // what it is about
	Note     core.Msg  // what in it is our choice or was not seen; zero if nothing
	Soft     bool      // its limits are 一般: a violation warns and may be confirmed with a reason
	Versions []Version // oldest first, never empty
}

// Latest returns the newest version.
func (r Rule) Latest() Version { return r.Versions[len(r.Versions)-1] }

// On returns the version in force on the day of an act, or false when
// the rule did not exist yet.
func (r Rule) On(day core.Date) (Version, bool) {
	for _, v := range slices.Backward(r.Versions) {
		if v.holds(day) {
			return v, true
		}
	}
	return Version{}, false
}

// All returns the rules in the order of their numbers.
func All() []Rule { return slices.Clone(rules) }

// aliases are the other names under which a rule can be asked for.
var aliases = map[string]string{"org.term": "org.term_end"}

// Find returns the rule of that id, or false.
func Find(id string) (Rule, bool) {
	if of, ok := aliases[id]; ok {
		id = of
	}
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// A Verdict is what a rule says, with everything needed to check it.
type Verdict struct {
	Rule        string // the rule's id
	Version     string // the version applied; empty when none was in force
	Verdict     Outcome
	Values      Values   // what was computed, in a fixed order
	Reason      core.Msg // one sentence
	Citation    string   // Chinese
	Confidence  Confidence
	Provisional bool // rests on a calendar year whose notice is not out yet
}

// judge returns a verdict under the newest version of the rule, which must
// exist.
func judge(id string, o Outcome, reason core.Msg, values ...Value) Verdict {
	r, ok := Find(id)
	if !ok {
		panic("rule: no rule " + id)
	}
	v := r.Latest()
	return Verdict{
		Rule: id, Version: v.ID, Verdict: o, Values: values, Reason: reason,
		Citation: v.Citation, Confidence: v.Confidence,
	}
}

// AsOf returns the verdict under the version in force on the day of the act.
// Where none was, it only informs: the values stay, the judgement goes.
func (v Verdict) AsOf(day core.Date) Verdict {
	r, ok := Find(v.Rule)
	if !ok {
		return v
	}
	ver, ok := r.On(day)
	if !ok {
		first := r.Versions[0]
		v.Version, v.Verdict, v.Citation, v.Confidence = "", Info, first.Citation, Memory
		v.Reason = core.M("rule.not_in_force", day, first.From)
		return v
	}
	v.Version, v.Citation, v.Confidence = ver.ID, ver.Citation, ver.Confidence
	return v
}

// Settings are the numbers that a superior committee may change. Local rules
// may only be stricter where a rule is hard.
type Settings struct {
	DueSoonDays        int    // a deadline is due soon this many days before its last day
	CountBasis         Basis  // who counts toward a general branch or committee
	PartyGroupsAt      int    // members from which groups are suggested
	ByElectionAlerts   [2]int // days after which an unfilled vacancy is recalled
	UnitsPerInstructor int    // more units than this for one instructor warn
	PartyWorkersPerMil int    // full-time Party staff per thousand employees, state-owned
	KeepMemberYears    int    // a record is kept so long after the membership ended
	KeepCaseYears      int    // an answered opinion or correction is kept so long
	PostNoticeDays     int    // working days of the public notice before a post is named
}

// A Basis says which members count.
type Basis string

// The bases: full and probationary members, or full members alone.
const (
	CountAll  Basis = "members"
	CountFull Basis = "full_members"
)

// Defaults returns the settings of the specification.
func Defaults() Settings {
	return Settings{
		DueSoonDays: 7, CountBasis: CountAll, PartyGroupsAt: 15, ByElectionAlerts: [2]int{30, 60},
		UnitsPerInstructor: 5, PartyWorkersPerMil: 10, KeepMemberYears: 10, KeepCaseYears: 2, PostNoticeDays: 5,
	}
}
