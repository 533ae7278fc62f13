package rule_test

import (
	"testing"

	"tongpin/internal/rule"
)

func TestTermsLastThreeOrFiveYears(t *testing.T) {
	for _, tt := range []struct {
		kind rule.OrgKind
		host rule.Host
		want int
	}{
		{rule.Branch, rule.InEnterprise, 3},
		{rule.JointBranch, rule.InEnterprise, 3},
		{rule.FloatingBranch, rule.InEnterprise, 3},
		{rule.GeneralBranch, rule.InEnterprise, 3},
		{rule.Committee, rule.InEnterprise, 5},
		{rule.Branch, rule.InVillage, 5},
		{rule.GeneralBranch, rule.InCommunity, 5},
		{rule.TemporaryBranch, rule.InCommunity, 0},
		{"club", rule.InVillage, 0},
	} {
		if got := rule.TermYears(tt.kind, tt.host); got != tt.want {
			t.Errorf("%s in %s: got %d years, want %d", tt.kind, tt.host, got, tt.want)
		}
	}
	if got := rule.Term(rule.TemporaryBranch, rule.InEnterprise, date("2026-01-01")); got != (rule.TermDates{}) {
		t.Errorf("a temporary branch has a term: %+v", got)
	}
}

func TestATermFromALeapDayEndsOnTheLastOfFebruary(t *testing.T) {
	got := rule.Term(rule.Branch, rule.InEnterprise, date("2024-02-29"))
	want := rule.TermDates{
		Years: 3, EndsOn: date("2027-02-28"), RemindOn: date("2026-08-28"),
		Earliest: date("2026-02-28"), Latest: date("2028-02-28"),
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRemindersStartSixMonthsBefore(t *testing.T) {
	term := rule.TermEnding(date("2027-03-15"))
	for day, want := range map[string]rule.Outcome{
		"2026-09-14": rule.OK, "2026-09-15": rule.Warn, "2027-03-15": rule.Warn, "2027-03-16": rule.Fail,
	} {
		if got := rule.TermReminder(term, date(day)); got.Verdict != want {
			t.Errorf("%s: got %s, want %s", day, got.Verdict, want)
		}
	}
}

func TestAnEarlyOrLateReElectionNeedsApprovalAndAYear(t *testing.T) {
	term := rule.TermEnding(date("2027-03-15"))
	for _, tt := range []struct {
		day      string
		approved bool
		want     rule.Outcome
	}{
		{"2026-03-14", true, rule.Fail},
		{"2026-03-15", true, rule.OK},
		{"2026-03-15", false, rule.Fail},
		{"2027-03-15", false, rule.OK},
		{"2027-03-16", false, rule.Fail},
		{"2028-03-15", true, rule.OK},
		{"2028-03-16", true, rule.Fail},
	} {
		if got := rule.TermChange(term, date(tt.day), tt.approved); got.Verdict != tt.want {
			t.Errorf("%s, approved %v: got %s (%s), want %s", tt.day, tt.approved, got.Verdict, got.Reason.Key, tt.want)
		}
	}
}
