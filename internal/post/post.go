// Package post keeps demonstration posts and duty areas: who asked for a post,
// how it was named, what it set out to reach, what came of it, and the public
// page that its plate leads to. A review judges a post's goals and never a
// person; there are no points and no order of merit.
package post

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tongpin/internal/core"
)

// A Kind says what sort of workplace a post is.
type Kind string

// Kinds lists the kinds in the order in which they are offered. A post of kind
// collective belongs to a team, every other one to a person.
var Kinds = []Kind{"person", "window", "safety", Collective}

// Collective is a post of a whole team.
const Collective Kind = "collective"

// Title names the kind.
func (k Kind) Title() core.Msg { return core.M("post.kind." + string(k)) }

// A Theme says what a post is about.
type Theme string

// Themes lists the themes in the order in which they are offered.
var Themes = []Theme{"technology", "safety", "cost", "organisation", "business", "service"}

// Title names the theme.
func (t Theme) Title() core.Msg { return core.M("post.theme." + string(t)) }

// A State says where a post stands.
type State string

// The states.
const (
	Applied      State = "applied"
	BranchOK     State = "branch_ok"     // the branch recommends it
	PublicNotice State = "public_notice" // posted for some working days
	Named        State = "named"         // decided after the notice; the plate can be printed
	Active       State = "active"        // the plate hangs
	ReviewDue    State = "review_due"
	Renewed      State = "renewed"
	Rested       State = "rested" // paused after a review; nobody's fault
	Withdrawn    State = "withdrawn"
	Ended        State = "ended" // the holder left or moved, or the term is over
	Refused      State = "refused"
)

// Moves is the whole life of a post: from each state, where it may go.
var Moves = map[State][]State{
	Applied:      {BranchOK, Refused},
	BranchOK:     {PublicNotice, Refused},
	PublicNotice: {Named, Refused},
	Named:        {Active, Ended},
	Active:       {ReviewDue, Ended},
	ReviewDue:    {Renewed, Rested, Withdrawn, Ended},
	Renewed:      {ReviewDue, Ended},
	Rested:       {Active, Ended},
	Withdrawn:    {},
	Ended:        {},
	Refused:      {},
}

// States lists the states in the order of a post's life.
var States = []State{Applied, BranchOK, PublicNotice, Named, Active, ReviewDue, Renewed, Rested, Withdrawn, Ended, Refused}

// Title names the state.
func (s State) Title() core.Msg { return core.M("post.state." + string(s)) }

// Holds reports whether a post in that state has a plate that may hang.
func (s State) Holds() bool {
	return slices.Contains([]State{Named, Active, ReviewDue, Renewed}, s)
}

// Over reports whether nothing more comes after the state.
func (s State) Over() bool { return len(Moves[s]) == 0 }

func (s State) may(to State) bool { return slices.Contains(Moves[s], to) }

// Rhythms are the months between two reviews that may be chosen.
var Rhythms = []int{3, 6, 12}

// A Post is one demonstration post.
type Post struct {
	ID             core.ID
	Realm          core.RealmID
	Org            core.OrgID
	OrgName        string
	Enterprise     core.EnterpriseID
	EnterpriseName string
	Kind           Kind
	Theme          Theme
	Title          string
	Place          string
	Duty           string
	Promise        string
	Holder         core.PersonID
	HolderName     string // "" for who may not see it
	Team           core.ID
	TeamName       string
	Months         int // between two reviews
	State          State
	Number         string // of the plate, from the day on which it is named
	Slug           string // of the public page, likewise
	Check          string // "7K3M-9Q2W", likewise
	NoticeFrom     core.Date
	NoticeTo       core.Date // last day of the notice
	From           core.Date
	ReviewOn       core.Date
	To             core.Date // last day of its term
	EndedOn        core.Date
	TalkOn         core.Date // the talk before a withdrawal
	Reason         string    // of a refusal, withdrawal or end; "" for who may not see it
	Version        int
}

// On returns the state as it stands on a day: an active or renewed post whose
// review day has come is due for review.
func (p Post) On(day core.Date) State {
	if (p.State == Active || p.State == Renewed) && !p.ReviewOn.IsZero() && !day.Before(p.ReviewOn) {
		return ReviewDue
	}
	return p.State
}

// Expired reports whether its term is over on a day.
func (p Post) Expired(day core.Date) bool { return !p.To.IsZero() && p.To.Before(day) }

// An Application asks for a post. Holder is for every kind but Collective,
// Team for that one.
type Application struct {
	Org        core.OrgID
	Enterprise core.EnterpriseID
	Kind       Kind
	Theme      Theme
	Title      string
	Place      string
	Duty       string
	Promise    string
	Holder     core.PersonID
	Team       core.ID
	Months     int
}

// PromiseLongest is how long a promise may be, in characters.
const PromiseLongest = 60

const longest = 1000 // of other texts, in characters

func (a *Application) check() error {
	for _, s := range []*string{&a.Title, &a.Place, &a.Duty, &a.Promise} {
		*s = strings.TrimSpace(*s)
	}
	var f core.Fields
	f.If(!slices.Contains(Kinds, a.Kind), "kind", "post.kind.missing")
	f.If(!slices.Contains(Themes, a.Theme), "theme", "post.theme.missing")
	f.If(!slices.Contains(Rhythms, a.Months), "months", "post.months.missing")
	f.If(a.Title == "", "title", "post.title.missing")
	f.If(utf8.RuneCountInString(a.Title) > 40, "title", "post.words.long", 40)
	f.If(utf8.RuneCountInString(a.Place) > 60, "place", "post.words.long", 60)
	f.If(a.Duty == "", "duty", "post.duty.missing")
	f.If(utf8.RuneCountInString(a.Duty) > longest, "duty", "post.words.long", longest)
	f.If(a.Promise == "", "promise", "post.promise.missing")
	f.If(utf8.RuneCountInString(a.Promise) > PromiseLongest, "promise", "post.words.long", PromiseLongest)
	f.If(a.Kind == Collective && a.Team == 0, "team", "post.team.missing")
	f.If(a.Kind == Collective && a.Holder != 0, "holder", "post.holder.collective")
	f.If(a.Kind != Collective && a.Holder == 0, "holder", "post.holder.missing")
	f.If(a.Kind != Collective && a.Team != 0, "team", "post.team.person")
	return f.Err()
}

// A Goal is what a post sets out to reach.
type Goal struct {
	ID       core.ID
	Post     core.ID
	Metric   string
	Unit     string
	Baseline *core.Quantity
	Target   core.Quantity
	Due      core.Date
}

func (g *Goal) check() error {
	g.Metric, g.Unit = strings.TrimSpace(g.Metric), strings.TrimSpace(g.Unit)
	var f core.Fields
	f.If(g.Metric == "", "metric", "post.metric.missing")
	f.If(utf8.RuneCountInString(g.Metric) > 60, "metric", "post.words.long", 60)
	f.If(g.Unit == "", "unit", "post.unit.missing")
	f.If(utf8.RuneCountInString(g.Unit) > 20, "unit", "post.words.long", 20)
	f.If(g.Due.IsZero(), "due", "post.due.missing")
	return f.Err()
}

// A Review is one look at what came of a post's goals.
type Review struct {
	ID       core.ID
	On       core.Date
	Panel    string // who looked, as functions: "班组长、安全员、工友代表"
	Opinion  string // of colleagues
	Text     string
	Decision State     // Renewed, Rested or Withdrawn
	To       core.Date // last day of the new term, of a renewal
	TalkOn   core.Date // of the talk that a withdrawal needs
	Version  int       // of the post that was seen
}

// Decisions are what a review may decide.
var Decisions = []State{Renewed, Rested, Withdrawn}

func (r *Review) check(p Post, today core.Date) error {
	r.Panel, r.Opinion, r.Text = strings.TrimSpace(r.Panel), strings.TrimSpace(r.Opinion), strings.TrimSpace(r.Text)
	var f core.Fields
	f.If(!slices.Contains(Decisions, r.Decision), "decision", "post.decision.missing")
	f.If(r.On.IsZero(), "on", "post.day.missing")
	f.If(r.On.After(today), "on", "post.day.future", today)
	f.If(!r.On.IsZero() && r.On.Before(p.From), "on", "post.day.before", p.From)
	f.If(r.Panel == "", "panel", "post.panel.missing")
	f.If(utf8.RuneCountInString(r.Panel) > 200, "panel", "post.words.long", 200)
	f.If(utf8.RuneCountInString(r.Opinion) > longest, "opinion", "post.words.long", longest)
	f.If(r.Text == "", "text", "post.findings.missing")
	f.If(utf8.RuneCountInString(r.Text) > longest, "text", "post.words.long", longest)
	f.If(r.Decision == Renewed && r.To.IsZero(), "to", "post.to.missing")
	f.If(r.Decision == Renewed && !r.To.IsZero() && !r.To.After(r.On), "to", "post.to.before")
	f.If(r.Decision == Withdrawn && r.TalkOn.IsZero(), "talk_on", "post.talk.missing")
	f.If(r.Decision == Withdrawn && r.TalkOn.After(r.On), "talk_on", "post.talk.after")
	return f.Err()
}

// An Area is a duty area.
type Area struct {
	ID      core.ID
	Org     core.OrgID
	OrgName string
	Title   string // the team or place
	Covers  string
	Holders []Holder // without names for who may not see them
	From    core.Date
	Ended   core.Date
	Version int
}

// A Holder is who holds a duty area.
type Holder struct {
	ID   core.PersonID
	Name string
}

func (a *Area) check() error {
	a.Title, a.Covers = strings.TrimSpace(a.Title), strings.TrimSpace(a.Covers)
	var f core.Fields
	f.If(a.Title == "", "title", "post.area.title.missing")
	f.If(utf8.RuneCountInString(a.Title) > 60, "title", "post.words.long", 60)
	f.If(a.Covers == "", "covers", "post.area.covers.missing")
	f.If(utf8.RuneCountInString(a.Covers) > 200, "covers", "post.words.long", 200)
	f.If(a.From.IsZero(), "from", "post.day.missing")
	f.If(len(a.Holders) == 0, "holder", "post.area.holder.missing")
	return f.Err()
}
