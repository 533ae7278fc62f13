// Package mentoring keeps mentors and apprentices (导师带徒): the agreement that
// both sign, the skills that are shown and how, the note of each month, and how
// it ends. Nobody is scored: a level counts because a third person looked and
// the apprentice agrees, and mentors are never compared.
package mentoring

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
)

// A State says where an agreement stands (practices.md 12).
type State string

// The states.
const (
	Proposed      State = "proposed"
	BothAgreed    State = "both_agreed"
	Objection     State = "objection_window" // a month in which either side may step back without a reason
	Active        State = "active"
	MidReview     State = "mid_review" // it is time for it
	OnTrack       State = "on_track"
	NeedsHelp     State = "needs_help"
	ChangeMentor  State = "change_mentor" // another mentor is looked for
	Exam          State = "exam"
	Extended      State = "extended"
	FinishedEarly State = "finished_early"
	Finished      State = "finished"
	EndedMutual   State = "ended_by_mutual"
	EndedOther    State = "ended_other"
)

// States lists them in their order.
var States = []State{
	Proposed, BothAgreed, Objection, Active, MidReview, OnTrack, NeedsHelp, ChangeMentor, Exam, Extended, FinishedEarly, Finished, EndedMutual, EndedOther,
}

// Moves is the table of what may follow what.
var Moves = map[State][]State{
	Proposed:      {BothAgreed, EndedOther},
	BothAgreed:    {Objection, EndedMutual, EndedOther},
	Objection:     {Active, ChangeMentor, EndedMutual, EndedOther},
	Active:        {MidReview, ChangeMentor, EndedMutual, EndedOther},
	MidReview:     {OnTrack, NeedsHelp, ChangeMentor, EndedMutual, EndedOther},
	OnTrack:       {Exam, ChangeMentor, EndedMutual, EndedOther},
	NeedsHelp:     {OnTrack, Exam, ChangeMentor, EndedMutual, EndedOther},
	ChangeMentor:  {EndedMutual, EndedOther},
	Exam:          {FinishedEarly, Finished, Extended, ChangeMentor, EndedMutual, EndedOther},
	Extended:      {Exam, ChangeMentor, EndedMutual, EndedOther},
	FinishedEarly: {},
	Finished:      {},
	EndedMutual:   {},
	EndedOther:    {},
}

// May reports whether the table lets one state follow the other.
func (s State) May(to State) bool { return slices.Contains(Moves[s], to) }

// Over reports whether nothing follows.
func (s State) Over() bool { return len(Moves[s]) == 0 }

// Runs reports whether both have signed and it has not ended.
func (s State) Runs() bool { return s != Proposed && !s.Over() }

// Title names the state.
func (s State) Title() core.Msg { return core.M("mentoring.state." + string(s)) }

// An Ending says why an agreement ended otherwise. It names no side.
type Ending string

// The endings.
const (
	NotSigned Ending = "not_signed"
	Objected  Ending = "objected"  // in the first month
	Continued Ending = "continued" // with another mentor
	NotPassed Ending = "not_passed"
	Left      Ending = "left" // a side left the enterprise or the post
)

// Endings are those that whoever keeps the agreements may record.
var Endings = []Ending{NotSigned, NotPassed, Left}

// Load is the number of apprentices from which on a mentor's load is pointed at.
const Load = 3

// Fewest is the number of answers below which no feedback is shown.
const Fewest = 5

// Questions are what apprentices are asked about their mentor; Replies is what
// they may answer.
var (
	Questions = []string{"time", "clear", "ask"}
	Replies   = []string{"yes", "partly", "no"}
)

// A Terms is what two people agree on.
type Terms struct {
	Title                                  string // the post or the set of skills
	Mentor, Apprentice, Checker            core.PersonID
	Enterprise                             core.EnterpriseID
	Org                                    core.OrgID
	StartsOn, EndsOn, EarliestOn, LatestOn core.Date
	Goals, Plan, Rhythm, Allowance         string
	AllowanceFen                           *int64 // a month
	Skills                                 []Aim
}

// An Aim is a level of a skill that the apprentice wants to reach.
type Aim struct {
	Skill  core.ID
	Target int
}

// An Agreement is one mentor with one apprentice.
type Agreement struct {
	ID, Root core.ID
	Number   string
	Terms
	MentorName, ApprenticeName, CheckerName string
	OrgName, EnterpriseName                 string
	ObjectionEndsOn, ReviewOn               core.Date
	MentorSigned, ApprenticeSigned          core.Date
	Paper                                   string // where the signed paper lies
	State                                   State
	ExtendedOn                              core.Date
	Extension                               string
	MentorEnds, ApprenticeEnds              core.Date // a side agreed to end it
	EndedOn                                 core.Date
	Ending                                  Ending
	Outcome                                 string
	Answered                                bool // the apprentice answered the questions
	CreatedAt                               time.Time
	Version                                 int
}

// settle moves an agreement on to what the day makes of it: a start that has
// come, a first month that is over, a review whose day is here.
func (a *Agreement) settle(today core.Date) {
	if a.State == BothAgreed && !a.StartsOn.After(today) {
		a.State = Objection
	}
	if a.State == Objection && a.ObjectionEndsOn.Before(today) {
		a.State = Active
	}
	if a.State == Active && !a.ReviewOn.After(today) {
		a.State = MidReview
	}
}

// A Step is one time that a level was shown.
type Step struct {
	ID, Place   core.ID // Place is the skill of the agreement
	Skill       core.ID
	Level       int
	ShownOn     core.Date
	How         string // in words, or "" where a fact shows it
	Fact        string
	FactID      core.ID
	FactNumber  string
	FactTitle   string
	FactPage    string
	CheckedBy   core.PersonID
	CheckedName string
	CheckedOn   core.Date
	ConfirmedOn core.Date
}

// Counts reports whether a third person checked it and the apprentice agrees.
func (s Step) Counts() bool { return !s.CheckedOn.IsZero() && !s.ConfirmedOn.IsZero() }

// A Place is a skill of an agreement, with what was shown along the chain.
type Place struct {
	ID, Skill core.ID
	Name      string
	Levels    []string
	Target    int
	Reached   int // the highest level that counts
	Steps     []Step
}

// A Note is what two people wrote down for a month.
type Note struct {
	ID                     core.ID
	Month, MetOn           core.Date // Month is its first day
	Topic, Next            string
	MentorOn, ApprenticeOn core.Date
}

// Confirmed reports whether both sides did.
func (n Note) Confirmed() bool { return !n.MentorOn.IsZero() && !n.ApprenticeOn.IsZero() }

// A Skill is something to learn, with the words of its levels.
type Skill struct {
	ID         core.ID
	Enterprise core.EnterpriseID
	Name       string
	Levels     []string
}

const (
	maxTitle = 60   // characters
	maxWords = 1000 // of goals, plan, a note
	maxLong  = 60   // months that an agreement may last
)

func tidy(all ...*string) {
	for _, s := range all {
		*s = strings.TrimSpace(*s)
	}
}

func long(s string, most int) bool { return utf8.RuneCountInString(s) > most }

func (t *Terms) tidy() {
	tidy(&t.Title, &t.Goals, &t.Plan, &t.Rhythm, &t.Allowance)
	if t.EarliestOn.IsZero() {
		t.EarliestOn = t.StartsOn
	}
	if t.LatestOn.IsZero() {
		t.LatestOn = t.EndsOn
	}
}

func (t Terms) check() error {
	var bad core.Fields
	bad.If(t.Title == "", "title", "mentoring.title.missing")
	bad.If(long(t.Title, maxTitle), "title", "mentoring.long", maxTitle)
	bad.If(t.Mentor == 0, "mentor", "mentoring.mentor.missing")
	bad.If(t.Apprentice == 0, "apprentice", "mentoring.apprentice.missing")
	bad.If(t.Mentor != 0 && t.Mentor == t.Apprentice, "mentor", "mentoring.mentor.same")
	bad.If(t.Checker != 0 && (t.Checker == t.Mentor || t.Checker == t.Apprentice), "checker", "mentoring.checker.same")
	bad.If(t.Org == 0, "org", "mentoring.org.missing")
	bad.If(t.StartsOn.IsZero(), "starts_on", "mentoring.day.missing")
	bad.If(t.EndsOn.IsZero(), "ends_on", "mentoring.day.missing")
	if !t.StartsOn.IsZero() && !t.EndsOn.IsZero() {
		bad.If(!t.EndsOn.After(t.StartsOn), "ends_on", "mentoring.ends_on.before", t.StartsOn)
		bad.If(t.EndsOn.After(t.StartsOn.AddMonths(maxLong)), "ends_on", "mentoring.ends_on.far")
		bad.If(t.EarliestOn.Before(t.StartsOn) || t.EarliestOn.After(t.EndsOn), "earliest_on", "mentoring.earliest_on.outside")
		bad.If(t.LatestOn.Before(t.EndsOn), "latest_on", "mentoring.latest_on.before", t.EndsOn)
	}
	bad.If(t.Goals == "", "goals", "mentoring.goals.missing")
	for name, s := range map[string]string{"goals": t.Goals, "plan": t.Plan, "rhythm": t.Rhythm, "allowance": t.Allowance} {
		bad.If(long(s, maxWords), name, "mentoring.long", maxWords)
	}
	bad.If(t.AllowanceFen != nil && *t.AllowanceFen < 0, "allowance_fen", "mentoring.allowance.negative")
	bad.If(len(t.Skills) == 0, "skill", "mentoring.skill.missing")
	return bad.Err()
}

// middle is the day of the mid-review: half way.
func middle(from, to core.Date) core.Date { return from.AddDays(from.DaysUntil(to) / 2) }
