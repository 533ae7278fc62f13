package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongpin/internal/rule"
)

// value returns a computed value, or fails the test.
func value(t *testing.T, v rule.Verdict, name string) any {
	t.Helper()
	got, ok := v.Values.Find(name)
	if !ok {
		t.Fatalf("%s: no value %s in %v", v.Rule, name, v.Values)
	}
	return got
}

func TestThreeFullMembersMustHaveTheirOwnBranch(t *testing.T) {
	for _, tt := range []struct {
		full int
		form string
		must bool
	}{{0, "none", false}, {1, "joint_branch", false}, {2, "joint_branch", false}, {3, "branch", true}, {99, "branch", true}} {
		v := rule.MustEstablish(tt.full)
		if value(t, v, "form") != tt.form || value(t, v, "must_establish") != tt.must {
			t.Errorf("%d full members: got %v", tt.full, v.Values)
		}
	}
	for _, tt := range []struct {
		full int
		own  bool
		want rule.Outcome
	}{{3, false, rule.Fail}, {3, true, rule.OK}, {2, false, rule.OK}, {2, true, rule.Warn}, {0, true, rule.Warn}} {
		if got := rule.Established(tt.full, tt.own); got.Verdict != tt.want {
			t.Errorf("%d full members, own %v: got %s, want %s", tt.full, tt.own, got.Verdict, tt.want)
		}
	}
}

func TestAJointBranchCoversSmallUnits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		units []int
		want  rule.Outcome
	}{
		{"three full members of two units", []int{1, 2}, rule.OK},
		{"a unit without full members is covered too", []int{1, 2, 0}, rule.OK},
		{"two full members are too few", []int{1, 1}, rule.Fail},
		{"five units", []int{1, 1, 1, 1, 1}, rule.OK},
		{"six units are more than usual", []int{1, 1, 1, 1, 1, 1}, rule.Warn},
		{"a unit with three must have its own", []int{3, 2}, rule.Fail},
		{"one unit is not joint", []int{2}, rule.Fail},
		{"no unit at all", nil, rule.Fail},
	} {
		if got := rule.JointBranchOf(tt.units); got.Verdict != tt.want {
			t.Errorf("%s: got %s (%s), want %s", tt.name, got.Verdict, got.Reason.Key, tt.want)
		}
	}
	if diff := cmp.Diff([]int{1, 3}, value(t, rule.JointBranchOf([]int{3, 1, 4}), "split")); diff != "" {
		t.Errorf("units to split (-want +got):\n%s", diff)
	}
}

func TestABranchOfFiftyIsUsual(t *testing.T) {
	for n, want := range map[int]rule.Outcome{50: rule.OK, 51: rule.Warn} {
		if got := rule.BranchSize(n); got.Verdict != want {
			t.Errorf("%d members: got %s, want %s", n, got.Verdict, want)
		}
	}
}

func TestGeneralBranchAndCommitteeNeedNumbersAndApproval(t *testing.T) {
	full := rule.Defaults()
	full.CountBasis = rule.CountFull
	for _, tt := range []struct {
		name     string
		to       rule.OrgKind
		members  rule.Members
		approved bool
		none     bool
		s        rule.Settings
		want     rule.Outcome
	}{
		{"fifty and approved", rule.GeneralBranch, rule.Members{Full: 44, Probationary: 6}, true, false, rule.Defaults(), rule.OK},
		{"not approved", rule.GeneralBranch, rule.Members{Full: 60}, false, false, rule.Defaults(), rule.Fail},
		{"forty-nine need a reason", rule.GeneralBranch, rule.Members{Full: 49}, true, false, rule.Defaults(), rule.Warn},
		{"probationary members do not count everywhere", rule.GeneralBranch, rule.Members{Full: 44, Probationary: 6}, true, false, full, rule.Warn},
		{"ninety-nine are a general branch", rule.GeneralBranch, rule.Members{Full: 99}, true, false, rule.Defaults(), rule.OK},
		{"a hundred would be a committee", rule.GeneralBranch, rule.Members{Full: 100}, true, false, rule.Defaults(), rule.Warn},
		{"a committee of a hundred", rule.Committee, rule.Members{Full: 100}, true, false, rule.Defaults(), rule.OK},
		{"a committee of ninety-nine needs a reason", rule.Committee, rule.Members{Full: 99}, true, false, rule.Defaults(), rule.Warn},
		{"branches must exist beneath it", rule.Committee, rule.Members{Full: 120}, true, true, rule.Defaults(), rule.Fail},
		{"a branch is another rule", rule.Branch, rule.Members{Full: 120}, true, false, rule.Defaults(), rule.Fail},
	} {
		got := rule.GeneralBranchOrCommittee(rule.Raise{Members: tt.members, To: tt.to, Approved: tt.approved, NoBranches: tt.none}, tt.s)
		if got.Verdict != tt.want {
			t.Errorf("%s: got %s (%s), want %s", tt.name, got.Verdict, got.Reason.Key, tt.want)
		}
	}
}

func TestSevenFullMembersElectACommittee(t *testing.T) {
	for n, want := range map[int]bool{6: false, 7: true} {
		if got := value(t, rule.BranchCommittee(n), "committee"); got != want {
			t.Errorf("%d full members: got %v", n, got)
		}
	}
	for _, tt := range []struct {
		full, seats int
		want        rule.Outcome
	}{
		{6, 0, rule.OK},
		{6, 3, rule.Fail},
		{7, 0, rule.Fail},
		{7, 2, rule.Fail},
		{7, 3, rule.OK},
		{7, 4, rule.Warn},
		{7, 5, rule.OK},
		{7, 7, rule.Warn},
		{7, 9, rule.Warn},
	} {
		if got := rule.BranchCommitteeSize(tt.full, tt.seats); got.Verdict != tt.want {
			t.Errorf("%d full members, %d seats: got %s (%s), want %s", tt.full, tt.seats, got.Verdict, got.Reason.Key, tt.want)
		}
	}
}

func states(g rule.GrowthPath) (s []rule.StepState) {
	for _, step := range g.Steps {
		s = append(s, step.State)
	}
	return s
}

func TestGrowthLeadsFromThreeMembersToACommittee(t *testing.T) {
	type path = []rule.StepState // joint branch, branch, general branch, committee
	for _, tt := range []struct {
		full, members int
		form          rule.OrgKind
		want          path
		missing       int // until the next form
	}{
		{0, 0, "", path{rule.NotYet, rule.NotYet, rule.NotYet, rule.NotYet}, 1},
		{1, 4, rule.JointBranch, path{rule.Called, rule.NotYet, rule.NotYet, rule.NotYet}, 2},
		{2, 70, rule.JointBranch, path{rule.Called, rule.NotYet, rule.NotYet, rule.NotYet}, 1},
		{3, 3, rule.Branch, path{rule.Outgrown, rule.Called, rule.ByNeed, rule.ByNeed}, 47},
		{49, 49, rule.Branch, path{rule.Outgrown, rule.Called, rule.ByNeed, rule.ByNeed}, 1},
		{45, 50, rule.GeneralBranch, path{rule.Outgrown, rule.Outgrown, rule.Called, rule.ByNeed}, 50},
		{99, 99, rule.GeneralBranch, path{rule.Outgrown, rule.Outgrown, rule.Called, rule.ByNeed}, 1},
		{100, 100, rule.Committee, path{rule.Outgrown, rule.Outgrown, rule.Outgrown, rule.Called}, 0},
	} {
		g := rule.Growth(tt.full, tt.members, rule.Defaults())
		if g.Form != tt.form {
			t.Errorf("%d of %d: got form %q, want %q", tt.full, tt.members, g.Form, tt.form)
		}
		if diff := cmp.Diff(tt.want, states(g)); diff != "" {
			t.Errorf("%d of %d (-want +got):\n%s", tt.full, tt.members, diff)
		}
		next, ok := g.Next()
		if ok != (tt.missing > 0) || next.Missing != tt.missing {
			t.Errorf("%d of %d: next is %s with %d missing, want %d", tt.full, tt.members, next.Kind, next.Missing, tt.missing)
		}
	}
}

func TestGrowthCountsAsTheSettingSays(t *testing.T) {
	s := rule.Defaults()
	s.CountBasis = rule.CountFull
	if g := rule.Growth(45, 50, s); g.Form != rule.Branch {
		t.Errorf("45 full members: got %s", g.Form)
	}
	if g := rule.Growth(6, 9, s); g.BranchCommittee {
		t.Error("six full members elect no committee")
	}
	if g := rule.Growth(7, 9, s); !g.BranchCommittee {
		t.Error("seven full members elect a committee")
	}
}

func TestGrowthNeverGoesBack(t *testing.T) {
	rank := map[rule.OrgKind]int{"": 0, rule.JointBranch: 1, rule.Branch: 2, rule.GeneralBranch: 3, rule.Committee: 4}
	rapid.Check(t, func(t *rapid.T) {
		full := rapid.IntRange(0, 150).Draw(t, "full")
		more := rapid.IntRange(0, 150).Draw(t, "more")
		a, b := rule.Growth(full, full, rule.Defaults()), rule.Growth(full+more, full+more, rule.Defaults())
		if rank[b.Form] < rank[a.Form] {
			t.Fatalf("%d more members turned %q into %q", more, a.Form, b.Form)
		}
		called := 0
		for _, s := range b.Steps {
			if s.State == rule.Called {
				called++
			}
			if s.Verdict.Citation == "" || s.Verdict.Reason.Key == "" {
				t.Fatalf("%s says nothing: %+v", s.Kind, s)
			}
		}
		if want := min(rank[b.Form], 1); called != want {
			t.Fatalf("%d steps are called for, want %d", called, want)
		}
	})
}
