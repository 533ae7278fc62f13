package enterprise

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tongpin/internal/core"
)

var on = core.NewDate(2026, 11, 20)

func num(n int) *int { return &n }

// own, joint and so on are ties of an enterprise in operation.
func seen(t ties) ties {
	if t.values.State == "" {
		t.values.State = Operating
	}
	if t.registered.IsZero() {
		t.registered = core.NewDate(2020, 1, 1)
	}
	return t
}

var (
	own   = tie{org: 1, alive: true, own: true, covers: true}
	joint = tie{org: 2, alive: true, covers: true, capped: true, units: 5}
)

func TestStatesOfCoverage(t *testing.T) {
	found := func(n int) Values { return Values{State: Operating, MembersFound: num(n)} }
	large, dead, floating := joint, own, tie{org: 3, alive: true}
	large.units = 6
	dead.alive = false
	for _, tt := range []struct {
		what     string
		ties     ties
		coverage Coverage
		class    string
		reason   string
		broken   string
	}{
		{"three full members and nothing", ties{values: found(3)}, Uncovered, ShouldBuild, ShouldBuild, ""},
		{"two", ties{values: found(2)}, Uncovered, NotEligible, NotEligible, ""},
		{"one", ties{values: found(1)}, Uncovered, NotEligible, NotEligible, ""},
		{"none", ties{values: found(0)}, Uncovered, NoMembers, NoMembers, ""},
		{"nobody counted", ties{}, Uncovered, NoMembers, NoMembers, ""},
		{"an own branch of three", ties{hosts: []tie{own}, full: 3}, Own, ShouldBuild, "", ""},
		{"an own branch of two is lost", ties{hosts: []tie{own}, full: 2}, Uncovered, NotEligible, NotEligible, FewMembers},
		{"an own branch whose roster is not in", ties{hosts: []tie{own}}, Own, NoMembers, "", ""},
		{"the roster counts, not the visit", ties{hosts: []tie{own}, full: 4, values: found(1)}, Own, ShouldBuild, "", ""},
		{"an own branch that was dissolved", ties{hosts: []tie{dead}, values: found(5)}, Uncovered, ShouldBuild, ShouldBuild, OrgDissolved},
		{"a joint branch of five units", ties{hosts: []tie{joint}, values: found(2)}, Joint, NotEligible, "", ""},
		{"a joint branch of six units", ties{hosts: []tie{large}, values: found(2)}, Uncovered, NotEligible, NotEligible, JointTooLarge},
		{"own before joint", ties{hosts: []tie{joint, own}, full: 3}, Own, ShouldBuild, "", ""},
		{"own too small, joint counts", ties{hosts: []tie{joint, own}, full: 1}, Joint, NotEligible, "", FewMembers},
		{"a floating branch covers nobody", ties{hosts: []tie{floating}, full: 0}, Uncovered, NoMembers, NoMembers, ""},
		{"an instructor", ties{instructor: on}, ByInstructor, NoMembers, "", ""},
		{"an instructor before a liaison", ties{instructor: on, liaison: true, mass: true}, ByInstructor, NoMembers, "", ""},
		{"a liaison before the union", ties{liaison: true, mass: true}, ByLiaison, NoMembers, "", ""},
		{"the union", ties{mass: true}, ByMass, NoMembers, "", ""},
		{"an obstacle is the reason", ties{values: found(3), plan: Plan{Obstacle: OwnerDisagrees}}, Uncovered, ShouldBuild, OwnerDisagrees, ""},
		{"an obstacle of one that is covered", ties{mass: true, plan: Plan{Obstacle: OwnerDisagrees}}, ByMass, NoMembers, "", ""},
		{"a shell", ties{values: Values{State: Shell, MembersFound: num(3)}}, Uncovered, NotOperating, "", ""},
		{"closed", ties{values: Values{State: Closed}, hosts: []tie{own}, full: 3}, Own, NotOperating, "", ""},
		{"registered 90 days ago", ties{values: Values{State: Listed}, registered: on.AddDays(-90)}, Uncovered, New, New, ""},
		{"registered 91 days ago", ties{values: Values{State: Listed}, registered: on.AddDays(-91)}, Uncovered, NoMembers, NoMembers, ""},
		{"new, but members are known", ties{values: Values{State: Listed, MembersFound: num(4)}, registered: on}, Uncovered, ShouldBuild, ShouldBuild, ""},
	} {
		s := assess(7, seen(tt.ties), on)
		if s.Coverage != tt.coverage || s.Class != tt.class || s.Reason != tt.reason || s.Broken != tt.broken {
			t.Errorf("%s: %s, %s, reason %q, broken %q", tt.what, s.Coverage, s.Class, s.Reason, s.Broken)
		}
	}
}

func TestCoverageInNameAndOldNews(t *testing.T) {
	for _, tt := range []struct {
		what             string
		ties             ties
		nominal, recheck bool
	}{
		{"called 60 days ago", ties{instructor: core.NewDate(2025, 1, 1), lastVisit: on.AddDays(-60)}, false, false},
		{"called 61 days ago", ties{instructor: core.NewDate(2025, 1, 1), lastVisit: on.AddDays(-61)}, true, false},
		{"never called, appointed 60 days ago", ties{instructor: on.AddDays(-60)}, false, false},
		{"never called, appointed 61 days ago", ties{instructor: on.AddDays(-61)}, true, false},
		{"a liaison need not call", ties{liaison: true}, false, false},
		{"covered by its own, the instructor does not matter", ties{hosts: []tie{own}, full: 3, instructor: core.NewDate(2020, 1, 1)}, false, false},
		{"seen twelve months ago", ties{values: Values{State: Operating, VerifiedOn: on.AddMonths(-12)}}, false, false},
		{"seen a day more ago", ties{values: Values{State: Operating, VerifiedOn: on.AddMonths(-12).AddDays(-1)}}, false, true},
		{"closed long ago", ties{values: Values{State: Closed, VerifiedOn: core.NewDate(2019, 1, 1)}}, false, false},
	} {
		s := assess(7, seen(tt.ties), on)
		if s.Nominal != tt.nominal || s.Recheck != tt.recheck {
			t.Errorf("%s: nominal %v, recheck %v", tt.what, s.Nominal, s.Recheck)
		}
	}
}

func TestSummaryOfTheRulesExample(t *testing.T) {
	// TWO-1 of the rules: 120 in operation, 30 own, 24 joint; of the other 66, 40
	// have an instructor, 20 a union, 12 both.
	var all []State
	add := func(n int, x ties) {
		for range n {
			all = append(all, assess(core.EnterpriseID(len(all)+1), seen(x), on))
		}
	}
	add(30, ties{hosts: []tie{own}, full: 3})
	add(24, ties{hosts: []tie{joint}})
	add(28, ties{instructor: on})
	add(12, ties{instructor: on, mass: true})
	add(8, ties{mass: true})
	add(18, ties{})
	add(5, ties{values: Values{State: Shell}})
	s := Summarize(all, on)
	if got := fmt.Sprint(s.Org(), s.OwnRate(), s.All(), s.ShouldRate()); got != "{54 120} {30 120} {102 120} {30 30}" {
		t.Errorf("org, own, all, should: %s", got)
	}
	if s.Listed != 125 || s.Classes[NotOperating] != 5 || s.Missed() != 18 || s.Covered() != 102 {
		t.Errorf("listed %d, classes %v, missed %d", s.Listed, s.Classes, s.Missed())
	}
}

func TestTheAgeOfEvidenceIsTheLowerMedian(t *testing.T) {
	of := func(days ...int) int {
		var all []State
		for _, d := range days {
			all = append(all, assess(1, seen(ties{values: Values{State: Operating, VerifiedOn: on.AddDays(-d)}}), on))
		}
		all = append(all, assess(1, seen(ties{}), on), assess(1, seen(ties{values: Values{State: Closed, VerifiedOn: core.NewDate(2001, 1, 1)}}), on))
		return Summarize(all, on).EvidenceAge
	}
	for _, tt := range []struct {
		days []int
		want int
	}{{nil, -1}, {[]int{41}, 41}, {[]int{50, 10, 41}, 41}, {[]int{10, 20, 30, 40}, 20}} {
		if got := of(tt.days...); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.days, got, tt.want)
		}
	}
}

// someTies draws what the records may say of an enterprise.
func someTies(r *rapid.T) ties {
	x := ties{
		registered: on.AddDays(-rapid.IntRange(0, 200).Draw(r, "registered")), full: rapid.IntRange(0, 4).Draw(r, "full"),
		liaison: rapid.Bool().Draw(r, "liaison"), mass: rapid.Bool().Draw(r, "mass"),
		values: Values{State: rapid.SampledFrom(OperatingStates).Draw(r, "state")},
	}
	for range rapid.IntRange(0, 2).Draw(r, "hosts") {
		x.hosts = append(x.hosts, tie{
			alive: rapid.Bool().Draw(r, "alive"), own: rapid.Bool().Draw(r, "own"), covers: true, capped: true, units: rapid.IntRange(1, 7).Draw(r, "units"),
		})
	}
	if rapid.Bool().Draw(r, "instructor") {
		x.instructor = on.AddDays(-rapid.IntRange(0, 100).Draw(r, "began"))
	}
	if rapid.Bool().Draw(r, "found") {
		x.values.MembersFound = num(rapid.IntRange(0, 4).Draw(r, "members"))
	}
	return x
}

func TestEveryEnterpriseIsCountedOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var all []State
		for i := range rapid.IntRange(0, 20).Draw(r, "n") {
			all = append(all, assess(core.EnterpriseID(i+1), someTies(r), on))
		}
		s := Summarize(all, on)
		sum := func(m map[string]int) (n int) {
			for _, k := range m {
				n += k
			}
			return n
		}
		kinds := 0
		for _, k := range s.Kinds {
			kinds += k
		}
		if sum(s.Classes) != len(all) || sum(s.States) != len(all) || kinds != s.Operating || sum(s.Reasons) != s.Missed() || s.Covered()+s.Missed() != s.Operating {
			r.Fatalf("%+v", s)
		}
	})
}

func TestAFlowAlwaysAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		draw := func(label string) (all []State) {
			for i := range 12 {
				if rapid.Bool().Draw(r, label) {
					all = append(all, assess(core.EnterpriseID(i+1), someTies(r), on))
				}
			}
			return all
		}
		before, after := draw("before"), draw("after")
		was, is := Summarize(before, on), Summarize(after, on)
		flow := Flow(before, after)
		if opening, gained, lost, closing := flow.Total(); opening+gained-lost != closing || opening != was.Covered() || closing != is.Covered() {
			r.Fatalf("in all: %d + %d - %d is not %d", opening, gained, lost, closing)
		}
		for _, row := range flow.Rows {
			if row.Opening+len(row.Gained)-len(row.Lost) != row.Closing {
				r.Fatalf("%s: %d + %d - %d is not %d", row.Kind, row.Opening, len(row.Gained), len(row.Lost), row.Closing)
			}
			if row.Opening != was.Kinds[row.Kind] || row.Closing != is.Kinds[row.Kind] {
				r.Fatalf("%s: the flow disagrees with the summaries", row.Kind)
			}
			for _, s := range append(row.Gained, row.Lost...) {
				if s.Reason == "" || s.From == s.To {
					r.Fatalf("%+v has no reason", s)
				}
			}
		}
	})
}

func TestReasonsOfAFlow(t *testing.T) {
	state := func(s string) Values { return Values{State: s} }
	large := joint
	large.units = 6
	small := ties{hosts: []tie{own}, full: 2}
	whole := ties{hosts: []tie{own}, full: 3}
	dead := own
	dead.alive = false
	for _, tt := range []struct {
		what          string
		before, after *ties
		lost, gained  string
	}{
		{"the instructor's term ended", &ties{instructor: on}, &ties{}, AppointmentEnded, ""},
		{"the liaison's term ended", &ties{liaison: true}, &ties{}, AppointmentEnded, ""},
		{"moved", &ties{instructor: on}, &ties{instructor: on, values: state(Moved)}, Moved, ""},
		{"deregistered", &whole, &ties{hosts: []tie{own}, full: 3, values: state(Closed)}, Closed, ""},
		{"found to be a shell", &ties{mass: true}, &ties{mass: true, values: state(Shell)}, Shell, ""},
		{"fewer than three full members", &whole, &small, FewMembers, ""},
		{"fewer, and the instructor counts", &whole, &ties{hosts: []tie{own}, full: 2, instructor: on}, FewMembers, TookOver},
		{"the joint branch grew to six", &ties{hosts: []tie{joint}}, &ties{hosts: []tie{large}}, JointTooLarge, ""},
		{"the branch was dissolved", &whole, &ties{hosts: []tie{dead}}, OrgDissolved, ""},
		{"hosts it no longer", &whole, &ties{}, Unhosted, ""},
		{"the union stopped", &ties{mass: true}, &ties{}, MassEnded, ""},
		{"looked after elsewhere", &ties{mass: true}, nil, Handed, ""},
		{"new on the list with its own", nil, &whole, "", Registered},
		{"in operation again", &ties{mass: true, values: state(Suspended)}, &ties{mass: true}, "", Reopened},
		{"set up its own", &ties{}, &whole, "", SetUp},
		{"set up its own after an instructor", &ties{instructor: on}, &whole, Replaced, SetUp},
		{"joined", &ties{}, &ties{hosts: []tie{joint}}, "", Joined},
		{"appointed", &ties{}, &ties{liaison: true}, "", Appointed},
		{"a union began", &ties{}, &ties{mass: true}, "", MassBegun},
		{"three members again", &small, &whole, "", Recovered},
		{"nothing changed", &whole, &whole, "", ""},
	} {
		list := func(x *ties) []State {
			if x == nil {
				return nil
			}
			return []State{assess(1, seen(*x), on)}
		}
		lost, gained := "", ""
		for _, row := range Flow(list(tt.before), list(tt.after)).Rows {
			for _, s := range row.Lost {
				lost = s.Reason
			}
			for _, s := range row.Gained {
				gained = s.Reason
			}
		}
		if lost != tt.lost || gained != tt.gained {
			t.Errorf("%s: lost %q gained %q, want %q %q", tt.what, lost, gained, tt.lost, tt.gained)
		}
	}
}
