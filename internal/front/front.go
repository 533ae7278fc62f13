// Package front keeps action branches (people of several branches at one front,
// for a time) and the log of problems, which projects keep too. An action branch
// is a task force and never an organisation: nobody's membership moves.
package front

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// A Theme says what a front is about.
type Theme string

// Themes lists the themes in the order in which they are offered.
var Themes = []Theme{"production", "technology", "environment", "welfare", "safety"}

// Title names the theme.
func (t Theme) Title() core.Msg { return core.M("front.theme." + string(t)) }

// A State says where an action branch stands.
type State string

// The states.
const (
	Proposed State = "proposed"
	Approved State = "approved"
	Refused  State = "refused"
	Active   State = "active"
	Extended State = "extended" // once, with a reason
	Closing  State = "closing"  // its last day has passed or its work is over: the report is due
	Closed   State = "closed"
)

// Moves says what may follow each state.
var Moves = map[State][]State{
	Proposed: {Approved, Refused},
	Approved: {Active},
	Active:   {Extended, Closing},
	Extended: {Closing},
	Closing:  {Closed},
}

// Title names the state.
func (s State) Title() core.Msg { return core.M("front.state." + string(s)) }

// Over reports whether nothing follows.
func (s State) Over() bool { return len(Moves[s]) == 0 }

// A Front is an action branch.
type Front struct {
	Realm      core.RealmID
	ID         core.ID
	Org        core.OrgID // that opened it and answers for it
	OrgName    string
	Enterprise core.EnterpriseID
	Project    core.ID
	Title      string
	Theme      Theme
	Place      string
	Convener   core.PersonID
	// ConvenerName is empty for who may not see names.
	ConvenerName           string
	Charter                string
	StartsOn, EndsOn       core.Date
	ExtendedFrom           core.Date // the last day before its extension
	State                  State     // as of today: Closing once its last day has passed
	Reason                 string    // of the extension or the refusal
	Reached, Missed, Reuse string
	ClosedOn               core.Date
	CreatedBy              core.UserID
	CreatedAt              time.Time
	Version                int
}

// standing returns the front as it stands on a day: at its end date it closes by
// itself, and only the report is left to write.
func (f Front) standing(today core.Date) Front {
	if (f.State == Active || f.State == Extended) && f.EndsOn.Before(today) {
		f.State = Closing
	}
	return f
}

// May answers whether an action branch may do what a branch may do, with the
// article: it is judged as a temporary branch.
func May(a rule.Action, on core.Date) rule.Verdict { return rule.TemporaryBranchMay(a, on) }

// New is what an action branch is proposed with.
type New struct {
	Org              core.OrgID
	Project          core.ID
	Title            string
	Theme            Theme
	Place            string
	Convener         core.PersonID
	Orgs             []core.OrgID // where its people come from, besides Org
	Charter          string
	StartsOn, EndsOn core.Date
}

// A Report is what is left when a front closes.
type Report struct{ Reached, Missed, Reuse string }

const (
	maxTitle = 80   // characters
	maxText  = 2000 // characters
)

func long(s string, n int) bool { return utf8.RuneCountInString(s) > n }

func (n *New) check() error {
	n.Title, n.Place, n.Charter = strings.TrimSpace(n.Title), strings.TrimSpace(n.Place), strings.TrimSpace(n.Charter)
	var bad core.Fields
	bad.If(n.Title == "", "title", "front.title.missing")
	bad.If(long(n.Title, maxTitle), "title", "front.text.long", maxTitle)
	bad.If(!slices.Contains(Themes, n.Theme), "theme", "front.theme.missing")
	bad.If(long(n.Place, maxTitle), "place", "front.text.long", maxTitle)
	bad.If(n.Charter == "", "charter", "front.charter.missing")
	bad.If(long(n.Charter, maxText), "charter", "front.text.long", maxText)
	bad.If(n.Convener == 0, "convener", "front.convener.missing")
	bad.If(n.StartsOn.IsZero(), "starts_on", "front.starts.missing")
	bad.If(n.EndsOn.IsZero(), "ends_on", "front.ends.missing")
	bad.If(!n.EndsOn.IsZero() && n.EndsOn.Before(n.StartsOn), "ends_on", "front.ends.before")
	return bad.Err()
}

func (r *Report) check() error {
	r.Reached, r.Missed, r.Reuse = strings.TrimSpace(r.Reached), strings.TrimSpace(r.Missed), strings.TrimSpace(r.Reuse)
	var bad core.Fields
	for _, line := range []struct{ name, text string }{{"reached", r.Reached}, {"not_reached", r.Missed}, {"reuse", r.Reuse}} {
		bad.If(line.text == "", line.name, "front."+line.name+".missing")
		bad.If(long(line.text, maxText), line.name, "front.text.long", maxText)
	}
	return bad.Err()
}

// A Person takes part in a front. HomeName is the branch of his or her
// membership, which being here never changes.
type Person struct {
	ID       core.PersonID
	Name     string
	Home     core.OrgID
	HomeName string
	JoinedOn core.Date
	LeftOn   core.Date
}

// An Origin is an organisation that people of a front come from.
type Origin struct {
	ID   core.OrgID
	Name string
}
