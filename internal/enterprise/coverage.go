package enterprise

import (
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// A Coverage is the way in which an enterprise is reached. Its word is the
// catalog key enterprise.coverage.CODE.
type Coverage string

// The ways, the one that counts first: an enterprise is counted once.
const (
	Own          Coverage = "own"        // an organisation of its own
	Joint        Coverage = "joint"      // a joint one
	ByInstructor Coverage = "instructor" // an instructor
	ByLiaison    Coverage = "liaison"    // a liaison
	ByMass       Coverage = "mass"       // a union or league
	Uncovered    Coverage = "none"
)

// Coverages lists the ways that cover, in the order in which they count.
var Coverages = []Coverage{Own, Joint, ByInstructor, ByLiaison, ByMass}

// Title returns the word for the way.
func (c Coverage) Title() core.Msg { return core.M("enterprise.coverage." + string(c)) }

// Covers reports whether it covers at all.
func (c Coverage) Covers() bool { return c != Uncovered && c != "" }

// The classes of enterprises: what their members call for, or that they do not
// count. The word of each is the catalog key enterprise.class.CODE.
const (
	ShouldBuild  = "should_build"  // three full members or more
	NotEligible  = "not_eligible"  // one or two: may join with neighbours
	NoMembers    = "no_members"    // none known
	New          = "new"           // registered and not visited, 90 days at most
	NotOperating = "not_operating" // shell, suspended, moved or closed
)

// Classes lists the classes in the order in which they are shown.
var Classes = []string{ShouldBuild, NotEligible, NoMembers, New, NotOperating}

// ClassTitle returns the words for a class.
func ClassTitle(class string) core.Msg { return core.M("enterprise.class." + class) }

// Reasons lists why an enterprise may be uncovered, in the order in which they
// are shown.
var Reasons = []string{ShouldBuild, NotEligible, NoMembers, New, OwnerDisagrees, AboutToMove, Seasonal}

// ReasonTitle returns the words for a reason or an obstacle.
func ReasonTitle(code string) core.Msg { return core.M("enterprise.reason." + code) }

// Why a tie that stands does not count. The word of each is the catalog key
// enterprise.flow.CODE.
const (
	FewMembers    = "few_members"     // its organisation is known to have fewer than three full members
	JointTooLarge = "joint_too_large" // the joint branch has more than five units
	OrgDissolved  = "org_dissolved"   // the organisation no longer exists
)

// The numbers of practice that no text gives: settings of ours.
const (
	newDays       = 90 // an unvisited enterprise is new for so long
	nominalDays   = 60 // an instructor who has not called for longer covers in name only
	recheckMonths = 12 // what was seen longer ago is due to be checked again
	ownAt         = 3  // full members that an own organisation needs
	jointMax      = 5  // units that a joint branch covers
)

// A State is how one enterprise stood on a day.
type State struct {
	ID           core.EnterpriseID
	Name         string
	Org          core.OrgID // looks after it
	Type         string
	State        string // one of OperatingStates
	Operating    bool   // in the denominator
	Employees    *int
	ForeignShare *int
	RegisteredOn core.Date
	VerifiedOn   core.Date
	FullMembers  int
	MembersKnown bool   // false: nobody has counted
	Class        string // one of Classes
	Coverage     Coverage
	Reason       string // one of Reasons when it counts and is not covered
	Broken       string // FewMembers, JointTooLarge or OrgDissolved: a tie that does not count, or no longer
	Hosts        []core.OrgID
	Nominal      bool // covered by an instructor who has not called for 60 days
	Recheck      bool // last seen more than twelve months ago
	LastContact  core.Date
	Plan         Plan
	Groupings    []core.ID
}

// counted returns how the enterprise is covered in figures: one that is not in
// operation is not.
func (s *State) counted() Coverage {
	if !s.Operating {
		return Uncovered
	}
	return s.Coverage
}

// Unit returns what the rules on coverage ask.
func (s *State) Unit() rule.Unit {
	return rule.Unit{
		Operating: s.Operating, FullMembers: s.FullMembers, Own: s.Coverage == Own, Joint: s.Coverage == Joint,
		Work: s.Coverage == ByInstructor || s.Coverage == ByLiaison || s.Coverage == ByMass,
	}
}

// ties are what the records say of one enterprise on a day.
type ties struct {
	values     Values
	registered core.Date
	hosts      []tie
	dissolved  bool      // an organisation that it hosted to its end no longer exists
	full       int       // full members of the own organisations that live, below included
	instructor core.Date // the day on which the latest instructor began; zero: there is none
	liaison    bool
	mass       bool
	lastVisit  core.Date
	plan       Plan
	groupings  []core.ID
}

// A tie is one organisation that the enterprise hosts.
type tie struct {
	org    core.OrgID
	alive  bool
	own    bool
	covers bool // false: temporary and floating branches
	capped bool // a joint branch, which the number of units limits
	units  int  // in operation that it covers
}

// assess computes the state on a day.
func assess(id core.EnterpriseID, t ties, on core.Date) State {
	v := t.values
	s := State{
		ID: id, Name: v.Name, Org: v.Org, Type: v.Type, State: v.State, Operating: Counts(v.State), Employees: v.Employees,
		ForeignShare: v.ForeignShare, RegisteredOn: t.registered, VerifiedOn: v.VerifiedOn, Coverage: Uncovered,
		Plan: t.plan, Groupings: t.groupings, LastContact: t.lastVisit,
	}
	if !v.VerifiedOn.After(on) {
		s.LastContact = latest(t.lastVisit, v.VerifiedOn)
	}
	own := slices.ContainsFunc(t.hosts, func(h tie) bool { return h.alive && h.own })
	s.FullMembers, s.MembersKnown = t.full, own && t.full > 0
	if !s.MembersKnown && v.MembersFound != nil {
		s.FullMembers, s.MembersKnown = *v.MembersFound, true
	}
	s.cover(t, own, on)
	s.Recheck = s.Operating && !v.VerifiedOn.IsZero() && on.After(v.VerifiedOn.AddMonths(recheckMonths))
	s.Class = s.classOf(on)
	if s.Operating && s.Coverage == Uncovered {
		s.Reason = s.Class
		if t.plan.Obstacle != "" {
			s.Reason = t.plan.Obstacle
		}
	}
	return s
}

func latest(a, b core.Date) core.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// cover finds the first way that counts. An organisation of its own stops to
// count when it is known to have one or two full members; with no roster at all
// it counts.
func (s *State) cover(t ties, own bool, on core.Date) {
	if t.dissolved {
		s.Broken = OrgDissolved
	}
	for _, h := range t.hosts {
		if h.alive {
			s.Hosts = append(s.Hosts, h.org)
		} else {
			s.Broken = OrgDissolved
		}
	}
	joint := false
	for _, h := range t.hosts {
		switch {
		case !h.alive || h.own || !h.covers:
		case h.capped && h.units > jointMax:
			s.Broken = JointTooLarge
		default:
			joint = true
		}
	}
	few := own && s.FullMembers > 0 && s.FullMembers < ownAt
	if few {
		s.Broken = FewMembers
	}
	switch {
	case own && !few:
		s.Coverage, s.Broken = Own, ""
	case joint:
		s.Coverage = Joint
		if s.Broken == OrgDissolved {
			s.Broken = ""
		}
	case !t.instructor.IsZero():
		s.Coverage = ByInstructor
		s.Nominal = s.Operating && latest(t.instructor, t.lastVisit).DaysUntil(on) > nominalDays
	case t.liaison:
		s.Coverage = ByLiaison
	case t.mass:
		s.Coverage = ByMass
	}
}

func (s *State) classOf(on core.Date) string {
	switch {
	case !s.Operating:
		return NotOperating
	case s.FullMembers >= ownAt:
		return ShouldBuild
	case s.FullMembers > 0:
		return NotEligible
	case s.State == Listed && !s.MembersKnown && s.RegisteredOn.DaysUntil(on) <= newDays:
		return New
	}
	return NoMembers
}

// A Summary counts enterprises. Every one is in exactly one class, so that
// Classes sum to Listed; every one in operation is in exactly one of Kinds.
type Summary struct {
	rule.Coverage
	Listed      int
	Classes     map[string]int
	States      map[string]int   // by operating state
	Kinds       map[Coverage]int // of those in operation, Uncovered included
	Reasons     map[string]int   // of those in operation and not covered
	ShouldNone  int              // of these, with three full members or more, whatever the reason
	Nominal     int
	Recheck     int
	EvidenceAge int // median days since the last visit, of those in operation that were visited by then; -1: none was
	Unverified  int // in operation and never visited
}

// Summarize counts the states of a day.
func Summarize(states []State, on core.Date) Summary {
	s := Summary{Listed: len(states), Classes: map[string]int{}, States: map[string]int{}, Kinds: map[Coverage]int{}, Reasons: map[string]int{}}
	var ages []int
	for i := range states {
		x := &states[i]
		s.Add(x.Unit())
		s.Classes[x.Class]++
		s.States[x.State]++
		if !x.Operating {
			continue
		}
		s.Kinds[x.Coverage]++
		if x.Coverage == Uncovered {
			s.Reasons[x.Reason]++
			if x.Class == ShouldBuild {
				s.ShouldNone++
			}
		}
		if x.Nominal {
			s.Nominal++
		}
		if x.Recheck {
			s.Recheck++
		}
		switch {
		case x.VerifiedOn.IsZero():
			s.Unverified++
		case !x.VerifiedOn.After(on): // what was seen later proves nothing of that day
			ages = append(ages, x.VerifiedOn.DaysUntil(on))
		}
	}
	s.EvidenceAge = median(ages)
	return s
}

// Covered returns the enterprises that are covered in any way.
func (s Summary) Covered() int { return s.All().Num }

// Missed returns the enterprises in operation that are not covered.
func (s Summary) Missed() int { return s.Kinds[Uncovered] }

// median returns the middle value, of two the lower; -1 of none.
func median(all []int) int {
	if len(all) == 0 {
		return -1
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}
