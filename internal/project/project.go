// Package project keeps branch projects and team topics: one branch leads one
// project, one team one topic (一支部一项目、一班组一课题). Each has a charter that is
// locked at the start, a state, and in the end an outcome that is written once
// and read by everything it counts for (package fact).
package project

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Kind tells a branch's project from a team's topic.
type Kind string

// The kinds.
const (
	OfBranch Kind = "project"
	OfTeam   Kind = "topic"
)

// A State says how far work has come.
type State string

// The states (practices.md 8).
const (
	Idea        State = "idea"
	Reviewed    State = "reviewed"
	Chartered   State = "chartered" // baseline, target and acceptance test are locked
	Running     State = "running"
	Paused      State = "paused"
	Finishing   State = "finishing"
	Achieved    State = "achieved"
	Partly      State = "partly"
	NotAchieved State = "not_achieved"
	Stopped     State = "stopped"
	Learned     State = "learned" // the three lines are written
)

// States lists them in their order.
var States = []State{Idea, Reviewed, Chartered, Running, Paused, Finishing, Achieved, Partly, NotAchieved, Stopped, Learned}

// Moves is the table of what may follow what.
var Moves = map[State][]State{
	Idea:        {Reviewed, Stopped},
	Reviewed:    {Chartered, Idea, Stopped},
	Chartered:   {Running, Stopped},
	Running:     {Paused, Finishing, Achieved, Partly, NotAchieved, Stopped},
	Paused:      {Running, Stopped},
	Finishing:   {Running, Achieved, Partly, NotAchieved, Stopped},
	Achieved:    {Learned},
	Partly:      {Learned},
	NotAchieved: {Learned},
	Stopped:     {Learned},
	Learned:     {},
}

// Live reports whether the limit of one project a branch and one topic a team
// counts it.
func (s State) Live() bool {
	return s == Chartered || s == Running || s == Paused || s == Finishing
}

// Over reports whether there is an outcome.
func (s State) Over() bool {
	return slices.Contains([]State{Achieved, Partly, NotAchieved, Stopped, Learned}, s)
}

// Locked reports whether the charter can no longer change without a reason.
func (s State) Locked() bool { return s != Idea && s != Reviewed }

// Title names the state.
func (s State) Title() core.Msg { return core.M("project.state." + string(s)) }

// A Lane is a column of the board.
type Lane string

// Lanes are the columns, from the left (ux.md 6.3.3).
var Lanes = []Lane{"waiting", "solving", "trying", "checking", "settled"}

// Settled is the last one; a card comes there with what it changed.
const Settled Lane = "settled"

// A Charter is what is agreed before the start.
type Charter struct {
	Title      string
	Why        string
	Leader     core.PersonID
	Owner      core.PersonID // on the side of the business
	Method     core.ID
	Strand     string
	Measure    string // what is measured
	Unit       string
	Baseline   *core.Quantity
	Target     *core.Quantity
	Acceptance string // how it is tested
	StartsOn   core.Date
	EndsOn     core.Date
}

// An Outcome is what came of it: six entries, written once.
type Outcome struct {
	State     State // Achieved, Partly, NotAchieved
	Result    *core.Quantity
	Changed   string // the standard, drawing or setting that changed; "" for none
	WorkHours int    // in working time, in hundredths of an hour
	OwnHours  int    // in own time
	Cost      int64  // in fen
	Evidence  string
	CheckedBy core.PersonID
	On        core.Date
}

// Lessons are the three lines.
type Lessons struct{ Reached, NotReached, Reuse string }

// A Project is a branch's project or a team's topic.
type Project struct {
	ID             core.ID
	Number         string // "P-26-004", "K-26-041"
	Kind           Kind
	Org            core.OrgID
	OrgName        string
	Enterprise     core.EnterpriseID
	EnterpriseName string
	Team           core.ID
	TeamName       string
	Parent         core.ID
	ParentTitle    string
	Charter
	State     State
	Reason    string // why it was paused or stopped
	Lane      Lane
	LaneSince core.Date
	Outcome   Outcome // its State stays what it was when the three lines are written
	Lessons
	LeaderName, OwnerName, CheckedName string
	CreatedAt                          time.Time
	Version                            int
}

// Less reports whether less is better, as the charter says.
func (c Charter) Less() bool { return c.Baseline != nil && c.Target != nil && *c.Target < *c.Baseline }

// Reaches reports whether a result reaches the target; false without either.
func (c Charter) Reaches(result *core.Quantity) bool {
	if result == nil || c.Target == nil {
		return false
	}
	if c.Less() {
		return *result <= *c.Target
	}
	return *result >= *c.Target
}

const (
	maxTitle = 80
	maxLine  = 200
	maxText  = 2000
	maxDays  = 3 * 366 // a charter of more than three years is a programme
)

func (c *Charter) tidy() {
	for _, s := range []*string{&c.Title, &c.Why, &c.Measure, &c.Unit, &c.Acceptance, &c.Strand} {
		*s = strings.TrimSpace(*s)
	}
}

// check names what is wrong with a charter; whole says that it is about to be
// chartered, so that nothing may be missing.
func (c Charter) check(whole bool) error {
	var bad core.Fields
	long := func(field, s string, most int) {
		bad.If(utf8.RuneCountInString(s) > most, field, "project.long", most)
	}
	bad.If(c.Title == "", "title", "project.title.missing")
	bad.If(strings.ContainsAny(c.Title, "<>"), "title", "project.title.markup")
	long("title", c.Title, maxTitle)
	long("why", c.Why, maxText)
	long("measure", c.Measure, maxLine)
	long("unit", c.Unit, 20)
	long("acceptance", c.Acceptance, maxText)
	bad.If(!c.EndsOn.IsZero() && c.EndsOn.Before(c.StartsOn), "ends_on", "project.ends_before_start")
	bad.If(!c.EndsOn.IsZero() && !c.StartsOn.IsZero() && c.StartsOn.DaysUntil(c.EndsOn) > maxDays, "ends_on", "project.too_long")
	if whole {
		bad.If(c.Why == "", "why", "project.why.missing")
		bad.If(c.Leader == 0, "leader", "project.leader.missing")
		bad.If(c.Measure == "", "measure", "project.measure.missing")
		bad.If(c.Baseline == nil, "baseline", "project.baseline.missing")
		bad.If(c.Target == nil, "target", "project.target.missing")
		bad.If(c.Acceptance == "", "acceptance", "project.acceptance.missing")
		bad.If(c.StartsOn.IsZero(), "starts_on", "project.day.missing")
		bad.If(c.EndsOn.IsZero(), "ends_on", "project.day.missing")
		bad.If(c.Baseline != nil && c.Target != nil && *c.Baseline == *c.Target, "target", "project.target.same")
	}
	return bad.Err()
}

func (o Outcome) check(c Charter, today core.Date) error {
	var bad core.Fields
	bad.If(o.State != Achieved && o.State != Partly && o.State != NotAchieved, "state", "project.outcome.missing")
	bad.If(o.Result == nil && o.State != NotAchieved, "result", "project.result.missing")
	bad.If(o.State == Achieved && o.Result != nil && !c.Reaches(o.Result), "state", "project.result.short", c.Target)
	bad.If(o.Evidence == "" && o.State != NotAchieved, "evidence", "project.evidence.missing")
	bad.If(utf8.RuneCountInString(o.Evidence) > maxLine, "evidence", "project.long", maxLine)
	bad.If(utf8.RuneCountInString(o.Changed) > maxLine, "changed", "project.long", maxLine)
	bad.If(o.WorkHours < 0 || o.WorkHours > 100_000_00, "work_hours", "project.hours.bad")
	bad.If(o.OwnHours < 0 || o.OwnHours > 100_000_00, "own_hours", "project.hours.bad")
	bad.If(o.Cost < 0 || o.Cost > 100_000_000_000, "cost", "project.cost.bad")
	bad.If(o.On.IsZero(), "finished_on", "project.day.missing")
	bad.If(o.On.After(today), "finished_on", "project.day.future")
	bad.If(!o.On.IsZero() && o.On.Before(c.StartsOn), "finished_on", "project.ends_before_start")
	return bad.Err()
}

func (l Lessons) check() error {
	var bad core.Fields
	for field, s := range map[string]string{"reached": l.Reached, "not_reached": l.NotReached, "reuse": l.Reuse} {
		bad.If(strings.TrimSpace(s) == "", field, "project.lesson.missing")
		bad.If(utf8.RuneCountInString(s) > maxText, field, "project.long", maxText)
	}
	return bad.Err()
}

const columns = `p.id, p.number, p.kind, p.org_id, o.name, p.enterprise_id, coalesce(e.name, ''), p.team_id, coalesce(t.name, ''), p.parent_id, coalesce(pp.title, ''),
	p.title, p.why, p.leader_id, p.owner_id, p.method_id, p.strand, p.measure, p.unit, p.baseline, p.target, p.acceptance, p.starts_on, p.ends_on,
	p.state, p.ended_as, p.reason, p.lane, p.lane_since, p.result, p.changed, p.work_hours, p.own_hours, p.cost, p.evidence, p.checked_by, p.finished_on,
	p.reached, p.not_reached, p.reuse, coalesce(ld.name, ''), coalesce(ow.name, ''), coalesce(ck.name, ''), p.created_at, p.version`

const from = `
	FROM projects p
	JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.org_id
	LEFT JOIN enterprises e ON e.realm_id = p.realm_id AND e.id = p.enterprise_id
	LEFT JOIN teams t ON t.realm_id = p.realm_id AND t.id = p.team_id
	LEFT JOIN projects pp ON pp.realm_id = p.realm_id AND pp.id = p.parent_id
	LEFT JOIN persons ld ON ld.realm_id = p.realm_id AND ld.id = p.leader_id
	LEFT JOIN persons ow ON ow.realm_id = p.realm_id AND ow.id = p.owner_id
	LEFT JOIN persons ck ON ck.realm_id = p.realm_id AND ck.id = p.checked_by`

func scan(r db.Row) (p Project, err error) {
	return p, r.Scan(&p.ID, &p.Number, &p.Kind, &p.Org, &p.OrgName, db.Null(&p.Enterprise), &p.EnterpriseName, db.Null(&p.Team), &p.TeamName, db.Null(&p.Parent), &p.ParentTitle,
		&p.Title, &p.Why, db.Null(&p.Leader), db.Null(&p.Owner), db.Null(&p.Method), &p.Strand, &p.Measure, &p.Unit, &p.Baseline, &p.Target, &p.Acceptance, (*db.Date)(&p.StartsOn), (*db.Date)(&p.EndsOn),
		&p.State, &p.Outcome.State, &p.Reason, &p.Lane, (*db.Date)(&p.LaneSince), &p.Outcome.Result, &p.Outcome.Changed, &p.Outcome.WorkHours, &p.Outcome.OwnHours, &p.Outcome.Cost, &p.Outcome.Evidence, db.Null(&p.Outcome.CheckedBy), (*db.Date)(&p.Outcome.On),
		&p.Reached, &p.NotReached, &p.Reuse, &p.LeaderName, &p.OwnerName, &p.CheckedName, (*db.Instant)(&p.CreatedAt), &p.Version)
}
