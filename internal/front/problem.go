package front

import (
	"strings"

	"tongpin/internal/core"
)

// A Step says where a problem stands.
type Step string

// The steps.
const (
	Open     Step = "open"
	Found    Step = "found"    // a way is known, and waits for somebody else to verify it
	Verified Step = "verified" // and waits for whoever raised the problem to close it
	Solved   Step = "closed"
	Dropped  Step = "dropped" // no problem any more, with a reason
)

// Steps lists the steps in the order in which they are offered.
var Steps = []Step{Open, Found, Verified, Solved, Dropped}

// ProblemMoves says what may follow each step.
var ProblemMoves = map[Step][]Step{
	Open:     {Found, Dropped},
	Found:    {Verified, Open},
	Verified: {Solved, Open},
	Solved:   {Open}, // within ReopenDays
	Dropped:  {Open},
}

// Title names the step.
func (s Step) Title() core.Msg { return core.M("problem.step." + string(s)) }

// Live reports whether the problem is still to be worked at.
func (s Step) Live() bool { return s == Open || s == Found || s == Verified }

// ReopenDays is how long a closed problem may be opened again.
const ReopenDays = 30

// OldDays is after how many days an open problem is an old one.
const OldDays = 7

// A Result says what came of a try.
type Result string

// The results.
const (
	Works   Result = "works"
	Not     Result = "not"
	Unclear Result = "unclear"
)

// Results lists the results in the order in which they are offered.
var Results = []Result{Works, Not, Unclear}

// Title names the result.
func (r Result) Title() core.Msg { return core.M("problem.result." + string(r)) }

// A Problem is one line of the log.
type Problem struct {
	Realm      core.RealmID
	ID         core.ID
	Number     int // within its front or its project
	Front      core.ID
	Project    core.ID
	ScopeTitle string  // of that front or project
	Topic      core.ID // the team's topic that works at it
	Org        core.OrgID
	Enterprise core.EnterpriseID
	Fields
	RaisedOn   core.Date
	RaisedBy   core.UserID
	Raiser     core.PersonID
	Step       Step
	Waiting    bool // an organisation that was asked owes an answer
	Way        string
	Evidence   string
	VerifiedBy core.PersonID
	VerifiedOn core.Date
	ClosedBy   core.UserID
	ClosedOn   core.Date
	Reason     string
	Version    int
	// Names are empty for who may not see them.
	RaiserName, OwnerName, VerifierName string
}

// Days is how long a problem has been open, or was.
func (p Problem) Days(today core.Date) int {
	if !p.ClosedOn.IsZero() {
		today = p.ClosedOn
	}
	return p.RaisedOn.DaysUntil(today)
}

// Fields are what two people may edit at once.
type Fields struct {
	Title      string
	Phenomenon string
	Owner      core.PersonID
	DueOn      core.Date
}

func (f *Fields) check(today core.Date, fresh bool) error {
	f.Title, f.Phenomenon = strings.TrimSpace(f.Title), strings.TrimSpace(f.Phenomenon)
	var bad core.Fields
	bad.If(f.Title == "", "title", "problem.title.missing")
	bad.If(long(f.Title, maxTitle), "title", "front.text.long", maxTitle)
	bad.If(long(f.Phenomenon, maxText), "phenomenon", "front.text.long", maxText)
	bad.If(fresh && !f.DueOn.IsZero() && f.DueOn.Before(today), "due_on", "problem.due.past")
	return bad.Err()
}

// A Clash is the cause of a core.Conflict: the same field was changed by two
// people. Theirs is the problem as it stands, Names the fields, Merged what
// both changed without touching each other, with mine where they clash.
type Clash struct {
	Theirs, Merged Fields
	Names          []string
}

func (c *Clash) Error() string { return "changed meanwhile: " + strings.Join(c.Names, ", ") }

// Merge joins two edits of the same base field by field. Fields that both
// changed differently are named; there the result has mine.
func Merge(base, mine, theirs Fields) (merged Fields, clash []string) {
	text := func(name, b, m, t string) string {
		if m == b {
			return t
		}
		if t != b && t != m {
			clash = append(clash, name)
		}
		return m
	}
	merged.Title = text("title", base.Title, mine.Title, theirs.Title)
	merged.Phenomenon = text("phenomenon", base.Phenomenon, mine.Phenomenon, theirs.Phenomenon)
	switch merged.Owner = mine.Owner; {
	case mine.Owner == base.Owner:
		merged.Owner = theirs.Owner
	case theirs.Owner != base.Owner && theirs.Owner != mine.Owner:
		clash = append(clash, "owner")
	}
	switch merged.DueOn = mine.DueOn; {
	case mine.DueOn == base.DueOn:
		merged.DueOn = theirs.DueOn
	case theirs.DueOn != base.DueOn && theirs.DueOn != mine.DueOn:
		clash = append(clash, "due_on")
	}
	return merged, clash
}

// A Try is what was tried on a day, and what came of it.
type Try struct {
	ID     core.ID
	On     core.Date
	Text   string
	Result Result
	Person core.PersonID
	Name   string
}

// An Ask is what another organisation was asked for.
type Ask struct {
	ID         core.ID
	Org        core.OrgID
	OrgName    string
	Text       string
	On, By     core.Date // asked on, to be answered by
	Answer     string
	PromiseOn  core.Date
	AnsweredOn core.Date
}

// A Strip is the week of a log: of problems, never of people.
type Strip struct {
	New, Closed int // since Monday
	Open        int
	Oldest      int // days that the oldest open one is old
}
