package rule_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// TWO-1 and TWO-2 of the specification.
func TestTheTwoDenominatorsOfCoverage(t *testing.T) {
	c := rule.Coverage{Operating: 120, Own: 30, Joint: 24, Work: 40 + 20 - 12, Should: 36, ShouldOwn: 30}
	for name, tt := range map[string]struct {
		got     core.Share
		num     int
		percent string
	}{
		"organisation": {c.Org(), 54, "45.0%"},
		"own":          {c.OwnRate(), 30, "25.0%"},
		"work":         {c.All(), 102, "85.0%"},
		"should":       {c.ShouldRate(), 30, "83.3%"},
	} {
		if tt.got.Num != tt.num || tt.got.Percent() != tt.percent {
			t.Errorf("%s: got %d, %s; want %d, %s", name, tt.got.Num, tt.got.Percent(), tt.num, tt.percent)
		}
	}
	v := rule.OrgCoverage(c)
	if value(t, v, "to_set_up") != 6 || v.Verdict != rule.Warn {
		t.Errorf("got %s with %v to set up, want a warning with 6", v.Verdict, v.Values)
	}
	if v := rule.WorkCoverage(c); value(t, v, "uncovered") != 18 || v.Verdict != rule.Warn {
		t.Errorf("got %s, %v", v.Verdict, v.Values)
	}
}

func TestCoverageOfNoUnitsIsNoPercentage(t *testing.T) {
	var c rule.Coverage
	if got := c.Org().Percent(); got != "–" {
		t.Errorf("got %s", got)
	}
	if rule.OrgCoverage(c).Verdict != rule.Info || rule.WorkCoverage(c).Verdict != rule.Info {
		t.Error("there is nothing to judge")
	}
}

func TestAFullyCoveredParkIsInOrder(t *testing.T) {
	var c rule.Coverage
	c.Add(rule.Unit{Operating: true, FullMembers: 3, Own: true})
	c.Add(rule.Unit{Operating: true, FullMembers: 2, Joint: true})
	c.Add(rule.Unit{Operating: true, Work: true})
	if v := rule.OrgCoverage(c); v.Verdict != rule.OK {
		t.Errorf("organisation: got %s", v.Verdict)
	}
	if v := rule.WorkCoverage(c); v.Verdict != rule.OK {
		t.Errorf("work: got %s", v.Verdict)
	}
}

func TestEveryUnitIsCountedOnce(t *testing.T) {
	var c rule.Coverage
	c.Add(rule.Unit{Operating: true, FullMembers: 5, Own: true, Joint: true, Work: true})
	c.Add(rule.Unit{Operating: true, Joint: true, Work: true})
	c.Add(rule.Unit{Operating: false, FullMembers: 9, Own: true})
	if want := (rule.Coverage{Operating: 2, Own: 1, Joint: 1, Should: 1, ShouldOwn: 1}); c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestCoverageIsAUnionAndAddsUp(t *testing.T) {
	unit := rapid.Custom(func(t *rapid.T) rule.Unit {
		b := rapid.Bool()
		return rule.Unit{
			Operating: b.Draw(t, "operating"), FullMembers: rapid.IntRange(0, 9).Draw(t, "full"),
			Own: b.Draw(t, "own"), Joint: b.Draw(t, "joint"), Work: b.Draw(t, "work"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOf(unit).Draw(t, "units")
		cut := rapid.IntRange(0, len(units)).Draw(t, "cut")
		var all, left, right rule.Coverage
		reached, covered := 0, 0
		for i, u := range units {
			all.Add(u)
			if i < cut {
				left.Add(u)
			} else {
				right.Add(u)
			}
			if u.Operating && (u.Own || u.Joint) {
				covered++
			}
			if u.Operating && (u.Own || u.Joint || u.Work) {
				reached++
			}
		}
		if all.Org().Num != covered || all.All().Num != reached {
			t.Fatalf("got %d and %d, want %d and %d", all.Org().Num, all.All().Num, covered, reached)
		}
		if all != left.Plus(right) {
			t.Fatalf("%+v and %+v do not add up to %+v", left, right, all)
		}
	})
}

func TestInstructors(t *testing.T) {
	for n, want := range map[int]rule.Outcome{5: rule.OK, 6: rule.Warn} {
		if got := rule.InstructorLoad(n, rule.Defaults()); got.Verdict != want {
			t.Errorf("%d units: got %s, want %s", n, got.Verdict, want)
		}
	}
	for _, tt := range []struct {
		org  bool
		n    int
		want rule.Outcome
	}{{true, 0, rule.OK}, {false, 0, rule.Fail}, {false, 1, rule.OK}} {
		if got := rule.InstructorNeeded(tt.org, tt.n); got.Verdict != tt.want {
			t.Errorf("organisation %v, %d instructors: got %s, want %s", tt.org, tt.n, got.Verdict, tt.want)
		}
	}
}

func TestPartyWorkersOfStateOwnedEnterprises(t *testing.T) {
	for _, tt := range []struct {
		employees, staff int
		soe              bool
		want             rule.Outcome
	}{{1001, 11, true, rule.OK}, {1001, 10, true, rule.Warn}, {1000, 10, true, rule.OK}, {1000, 0, false, rule.Info}} {
		if got := rule.PartyWorkers(tt.employees, tt.staff, tt.soe, rule.Defaults()); got.Verdict != tt.want {
			t.Errorf("%d of %d: got %s, want %s", tt.staff, tt.employees, got.Verdict, tt.want)
		}
	}
}

// yuan writes a whole amount in fen.
func yuan(n int64) rule.Fen { return rule.Fen(n * 100) }

// TWO-3 to TWO-5 of the specification.
func TestFunds(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, want rule.Fund
	}{
		{
			"TWO-3", rule.FundSOE(yuan(80_000_000), yuan(84_000_000), yuan(790_000), 0),
			rule.Fund{Budget: yuan(800_000), Deductible: yuan(790_000), Carry: yuan(10_000)},
		},
		{
			"TWO-4", rule.FundSOE(yuan(80_000_000), 0, 0, yuan(1_650_000)),
			rule.Fund{Suspended: true, Carry: yuan(1_650_000)},
		},
		{
			"exactly 2 % carried over", rule.FundSOE(yuan(80_000_000), 0, 0, yuan(1_600_000)),
			rule.Fund{Budget: yuan(800_000), Carry: yuan(2_400_000)},
		},
		{
			"spent more than there was", rule.FundSOE(yuan(1_000_000), yuan(1_000_000), yuan(12_000), 0),
			rule.Fund{Budget: yuan(10_000), Deductible: yuan(10_000), AddedBack: yuan(2_000), Overspent: yuan(2_000)},
		},
		{
			"TWO-5", rule.FundNonPublic(yuan(12_000_000), yuan(150_000)),
			rule.Fund{Deductible: yuan(120_000), AddedBack: yuan(30_000)},
		},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, tt.got, tt.want)
		}
	}
	for f, want := range map[rule.Fen]string{0: "0.00", 5: "0.05", 12345: "123.45", -7: "-0.07"} {
		if f.String() != want {
			t.Errorf("%d fen: got %s, want %s", int64(f), f, want)
		}
	}
}

func TestTwoNewTypes(t *testing.T) {
	for code, want := range map[string]bool{
		"private": true, "foreign_owned": true, "mixed": true, "intermediary": true, "social_service": true,
		"state_owned": false, "state_controlled": false, "institution": false, "other": false, "": false, "Private": false,
	} {
		if rule.TwoNew(code) != want {
			t.Errorf("%q: got %v", code, !want)
		}
	}
}
