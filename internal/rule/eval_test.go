package rule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongpin/internal/core"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// eval returns the verdict and its values as JSON.
func eval(t *testing.T, id, in string) (rule.Verdict, string) {
	t.Helper()
	v, err := rule.Eval(id, []byte(in), calendars)
	if err != nil {
		t.Fatalf("%s %s: %v", id, in, err)
	}
	b, err := json.Marshal(v.Values)
	if err != nil {
		t.Fatal(err)
	}
	return v, string(b)
}

// vectors is the part of testdata/vectors.json that concerns these rules.
type vectors struct {
	Cal []struct {
		ID, Posted, Provisional string
		Exclude                 string `json:"end_exclude"`
		Include                 string `json:"end_include"`
		Next                    string `json:"earliest_next"`
	}
	Months []struct {
		ID, Date, Result string
		N                int
	}
	Term []struct {
		ID, Org, Term, Reminder, Earliest, Latest string
		End                                       string `json:"term_end"`
	}
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cal) != 5 || len(v.Months) != 4 || len(v.Term) != 2 {
		t.Fatalf("got %d, %d and %d vectors", len(v.Cal), len(v.Months), len(v.Term))
	}
	return v
}

func TestVectorsOfPublicity(t *testing.T) {
	for _, c := range readVectors(t).Cal {
		for mode, end := range map[string]string{"exclude": c.Exclude[:10], "include": c.Include[:10]} {
			v, got := eval(t, "cal.publicity_end", fmt.Sprintf(`{"posted":%q,"working_days":5,"mode":%q}`, c.Posted[:10], mode))
			next := date(end).AddDays(1).String()
			if mode == "exclude" && next != c.Next {
				t.Errorf("%s: the vector's days do not follow", c.ID)
			}
			if want := fmt.Sprintf(`{"last_day":%q,"earliest_next":%q}`, end, next); got != want {
				t.Errorf("%s %s: got %s, want %s", c.ID, mode, got, want)
			}
			if v.Provisional != (c.Provisional == "yes") || v.Verdict != rule.OK {
				t.Errorf("%s %s: got %s, provisional %v", c.ID, mode, v.Verdict, v.Provisional)
			}
		}
	}
}

func TestVectorsOfMonths(t *testing.T) {
	for _, m := range readVectors(t).Months {
		_, got := eval(t, "date.add_months", fmt.Sprintf(`{"date":%q,"months":%d}`, m.Date, m.N))
		if want := fmt.Sprintf(`{"date":%q}`, m.Result); got != want {
			t.Errorf("%s: got %s, want %s", m.ID, got, want)
		}
	}
}

func TestVectorsOfTerms(t *testing.T) {
	for _, v := range readVectors(t).Term {
		kind := "branch"
		if strings.HasPrefix(v.Org, "general branch") {
			kind = "general_branch"
		}
		_, elected, _ := strings.Cut(v.Org, "elected ")
		in := fmt.Sprintf(`{"kind":%q,"host":"enterprise","elected_on":%q}`, kind, elected[:10])
		want := fmt.Sprintf(`{"years":%s,"ends_on":%q,"remind_on":%q,"earliest":%q,"latest":%q}`,
			strings.TrimSuffix(v.Term, " y"), v.End, v.Reminder, v.Earliest, v.Latest)
		for _, id := range []string{"org.term", "org.term_end", "org.term_reminder", "org.term_early_late"} {
			got, values := eval(t, id, in)
			if values != want || got.Rule != id || got.Version == "" {
				t.Errorf("%s by %s: got %s of version %q, want %s", v.ID, id, values, got.Version, want)
			}
		}
	}
}

func TestEvalAnswersAsTheTextsSay(t *testing.T) {
	for _, tt := range []struct {
		name, id, in string
		verdict      rule.Outcome
		values       string
	}{
		{"TWO-1, organisations", "two.org_coverage", `{"operating":120,"own":30,"joint":24}`, rule.OK,
			`{"org_covered":54,"operating":120,"org_rate":{"num":54,"den":120,"percent":"45.0%"},"own_rate":{"num":30,"den":120,"percent":"25.0%"},"should_rate":{"num":0,"den":0,"percent":"–"},"to_set_up":0}`},
		{"TWO-1, work", "two.work_coverage", `{"operating":120,"own":30,"joint":24,"instructor":40,"mass_organisation":20,"both":12}`, rule.Warn,
			`{"covered":102,"operating":120,"work_rate":{"num":102,"den":120,"percent":"85.0%"},"uncovered":18}`},
		{"TWO-2", "two.org_coverage", `{"operating":120,"own":30,"joint":24,"should":36,"should_own":30}`, rule.Warn,
			`{"org_covered":54,"operating":120,"org_rate":{"num":54,"den":120,"percent":"45.0%"},"own_rate":{"num":30,"den":120,"percent":"25.0%"},"should_rate":{"num":30,"den":36,"percent":"83.3%"},"to_set_up":6}`},
		{"TWO-3", "two.fund_soe", `{"previous_wages":"80000000","wages":84000000,"spent":"790000.00","carry":0}`, rule.Info,
			`{"budget":"800000.00","suspended":false,"deductible":"790000.00","added_back":"0.00","carry":"10000.00","overspent":"0.00"}`},
		{"TWO-4", "two.fund_soe", `{"previous_wages":80000000,"carry":1650000}`, rule.Warn,
			`{"budget":"0.00","suspended":true,"deductible":"0.00","added_back":"0.00","carry":"1650000.00","overspent":"0.00"}`},
		{"TWO-5", "two.fund_nonpublic", `{"wages":12000000,"spent":150000}`, rule.Warn, `{"deductible":"120000.00","added_back":"30000.00"}`},
		{"overdue the day after", "date.deadline_within", `{"event_on":"2026-05-20","n":1,"unit":"months","today":"2026-06-21"}`, rule.Fail,
			`{"last_day":"2026-06-20","state":"overdue"}`},
		{"due soon as set", "date.deadline_within", `{"event_on":"2026-05-20","n":10,"unit":"days","today":"2026-05-27","due_soon_days":3}`, rule.Warn,
			`{"last_day":"2026-05-30","state":"due_soon"}`},
		{"done late", "date.deadline_within", `{"event_on":"2026-05-20","n":10,"unit":"days","done_on":"2026-05-31"}`, rule.Warn,
			`{"last_day":"2026-05-30","state":"done_late"}`},
		{"exactly the time", "date.min_elapsed", `{"start_on":"2025-06-25","months":12,"act_on":"2026-06-25"}`, rule.OK,
			`{"earliest":"2026-06-25","allowed":true}`},
		{"more than the time", "date.min_elapsed", `{"start_on":"2021-09-01","months":60,"act_on":"2026-09-01","strict":true}`, rule.Fail,
			`{"earliest":"2026-09-02","allowed":false}`},
		{"以上 includes", "number.inclusive_words", `{"word":"以上","value":5,"bound":5}`, rule.Info, `{"holds":true,"inclusive":true}`},
		{"不足 excludes", "number.inclusive_words", `{"word":"不足","value":5,"bound":5}`, rule.Info, `{"holds":false,"inclusive":false}`},
		{"不超过 above", "number.inclusive_words", `{"word":"不超过","value":6,"bound":5}`, rule.Info, `{"holds":false,"inclusive":true}`},
		{"超过 above", "number.inclusive_words", `{"word":"超过","value":6,"bound":5}`, rule.Info, `{"holds":true,"inclusive":false}`},
		{"more than half", "number.exact_fraction", `{"part":5,"whole":10,"num":1,"den":2,"strict":true}`, rule.Fail, `{"needed":6,"holds":false}`},
		{"no notice yet", "cal.completeness", `{"from":"2026-12-31","to":"2028-01-01"}`, rule.Warn, `{"missing_years":[2027,2028]}`},
		{"all notices in", "cal.completeness", `{"from":"2024-01-01","to":"2026-12-31"}`, rule.OK, `{"missing_years":[]}`},
		{"a member less", "org.must_establish", `{"full_members":2}`, rule.Info, `{"must_establish":false,"form":"joint_branch"}`},
		{"local counting", "org.general_branch_or_committee",
			`{"kind":"committee","full_members":90,"probationary_members":10,"approved":true,"basis":"full_members"}`, rule.Warn,
			`{"counted":90,"basis":"full_members","usual_form":"general_branch","approval_required":true}`},
		{"nothing beneath it", "org.general_branch_or_committee", `{"kind":"committee","full_members":120,"approved":true,"branches":0}`, rule.Fail,
			`{"counted":120,"basis":"members","usual_form":"committee","approval_required":true}`},
		{"a project of six months", "org.project_branch", `{"duration_months":6,"full_members":3}`, rule.Info, `{"should":true,"form":"branch"}`},
		{"a shorter project", "org.project_branch", `{"duration_months":5,"full_members":3}`, rule.Info, `{"should":false,"form":"temporary_branch"}`},
		{"a small project", "org.project_branch", `{"duration_months":6,"full_members":2}`, rule.Info, `{"should":false,"form":"none"}`},
		{"no committee below seven", "org.branch_committee", `{"full_members":6}`, rule.Info, `{"committee":false,"secretary":1,"deputy_max":1}`},
		{"only the end is known", "org.term_reminder", `{"term_end":"2027-03-15","today":"2027-03-16"}`, rule.Fail,
			`{"years":0,"ends_on":"2027-03-15","remind_on":"2026-09-15","earliest":"2026-03-15","latest":"2028-03-15"}`},
		{"a week late and approved", "org.term_early_late", `{"term_end":"2027-03-15","proposed_on":"2027-03-22","approved":true}`, rule.OK,
			`{"years":0,"ends_on":"2027-03-15","remind_on":"2026-09-15","earliest":"2026-03-15","latest":"2028-03-15"}`},
		{"no term", "org.term", `{"kind":"temporary_branch","host":"enterprise","elected_on":"2026-01-01"}`, rule.Info,
			`{"years":0,"ends_on":null,"remind_on":null,"earliest":null,"latest":null}`},
		{"missing an instructor", "two.instructor", `{"has_organisation":false}`, rule.Fail, `{"needed":true,"instructors":0}`},
		{"state-controlled", "two.definition", `{"enterprise_type":"state_controlled"}`, rule.Info, `{"two_new":false}`},
	} {
		v, got := eval(t, tt.id, tt.in)
		if v.Verdict != tt.verdict || got != tt.values {
			t.Errorf("%s: got %s %s (%s)\nwant %s %s", tt.name, v.Verdict, got, v.Reason.Key, tt.verdict, tt.values)
		}
	}
}

func TestTheDayOfTheActChoosesTheVersion(t *testing.T) {
	for _, tt := range []struct {
		id, in, version string
		verdict         rule.Outcome
	}{
		{"org.temporary_branch", `{"action":"accept_member"}`, "2026-05-11", rule.Fail},
		{"org.temporary_branch", `{"action":"accept_member","on":"2026-05-11"}`, "2026-05-11", rule.Fail},
		{"org.temporary_branch", `{"action":"accept_member","on":"2026-05-10"}`, "2018-10-28", rule.Warn},
		{"org.temporary_branch", `{"action":"collect_dues","on":"2026-05-10"}`, "2018-10-28", rule.Fail},
		{"org.temporary_branch", `{"action":"study","on":"2026-05-10"}`, "2018-10-28", rule.OK},
		{"org.temporary_branch", `{"action":"study","on":"2018-10-27"}`, "", rule.Info},
		{"org.branch_size", `{"members":51,"on":"2018-10-28"}`, "2018-10-28", rule.Warn},
		{"org.branch_size", `{"members":51,"on":"2018-10-27"}`, "", rule.Info},
		{"org.term", `{"kind":"branch","host":"enterprise","elected_on":"2018-06-30"}`, "", rule.Info},
		{"org.term", `{"kind":"branch","host":"enterprise","elected_on":"2018-07-01"}`, "2018-07-01", rule.Info},
		{"cal.is_workday", `{"date":"2024-11-09"}`, "2014-01-01", rule.Info},
		{"cal.is_workday", `{"date":"2024-11-10"}`, "2024-11-10", rule.Info},
	} {
		v, _ := eval(t, tt.id, tt.in)
		if v.Version != tt.version || v.Verdict != tt.verdict {
			t.Errorf("%s %s: got version %q, %s; want %q, %s", tt.id, tt.in, v.Version, v.Verdict, tt.version, tt.verdict)
		}
	}
}

func TestProceduresOfBranches(t *testing.T) {
	for _, tt := range []struct {
		id, in string
		want   rule.Outcome
	}{
		{"org.establish_procedure", `{"applied_on":"2026-03-02","replied_on":"2026-04-02"}`, rule.OK},
		{"org.establish_procedure", `{"applied_on":"2026-03-02","replied_on":"2026-04-03"}`, rule.Warn},
		{"org.establish_procedure", `{"applied_on":"2026-03-02","today":"2026-04-03"}`, rule.Warn},
		{"org.establish_procedure", `{"applied_on":"2026-03-02","replied_on":"2026-03-01"}`, rule.Fail},
		{"org.establish_procedure", `{"applied_on":"2026-03-02","elected_on":"2026-03-10"}`, rule.Fail},
		{"org.establish_procedure", `{"applied_on":"2026-03-02","replied_on":"2026-03-10","elected_on":"2026-03-20"}`, rule.Warn},
		{"org.establish_procedure", `{"applied_on":"2026-03-02","replied_on":"2026-03-10","elected_on":"2026-03-20","recorded_on":"2026-03-21"}`, rule.OK},
		{"org.adjust_or_dissolve", `{"decision":"dissolve","approved":true,"members_without_branch":1,"recorded":true}`, rule.Fail},
		{"org.adjust_or_dissolve", `{"decision":"dissolve","approved":true,"recorded":true}`, rule.OK},
		{"org.adjust_or_dissolve", `{"decision":"dissolve","approved":false}`, rule.Fail},
		{"org.adjust_or_dissolve", `{"decision":"adjust","approved":true,"members_without_branch":1}`, rule.Warn},
		{"org.floating_branch", `{"members":3,"place":"chamber","inflow_consulted":true}`, rule.OK},
		{"org.floating_branch", `{"members":2,"place":"chamber","inflow_consulted":true}`, rule.Warn},
		{"org.floating_branch", `{"members":3,"place":"other","inflow_consulted":true}`, rule.Warn},
		{"org.floating_branch", `{"members":3,"place":"park","inflow_consulted":false}`, rule.Warn},
		{"org.upper_committee_size", `{"kind":"general_branch","seats":7}`, rule.OK},
		{"org.upper_committee_size", `{"kind":"general_branch","seats":8}`, rule.Warn},
		{"org.upper_committee_size", `{"kind":"committee","seats":4}`, rule.Warn},
		{"org.upper_committee_size", `{"kind":"committee_with_standing","seats":21}`, rule.OK},
		{"org.secretary_eligibility", `{"full_member_since":"2025-09-01","appointed_on":"2026-08-31"}`, rule.Warn},
		{"org.secretary_eligibility", `{"full_member_since":"2025-09-01","appointed_on":"2026-09-01"}`, rule.OK},
		{"org.secretary_eligibility", `{"full_member_since":"2025-09-01","appointed_on":"2026-09-01","sanctions":["probation_within_party"]}`, rule.Fail},
		{"org.secretary_eligibility", `{"full_member_since":"2025-09-01","appointed_on":"2026-09-01","sanctions":["rights_suspended"]}`, rule.Fail},
		{"org.secretary_eligibility", `{"appointed_on":"2026-09-01"}`, rule.Fail},
		{"org.secretary_training", `{"appointed_on":"2026-03-01","today":"2026-09-01"}`, rule.Info},
		{"org.secretary_training", `{"appointed_on":"2026-03-01","today":"2026-09-02"}`, rule.Warn},
		{"org.secretary_training", `{"appointed_on":"2026-03-01","induction_on":"2026-04-01","today":"2026-09-02"}`, rule.Info},
		{"org.secretary_training", `{"appointed_on":"2026-03-01","induction_on":"2026-04-01","rotation_on":["2025-06-01"],"today":"2026-09-02"}`, rule.Info},
		{"org.secretary_training", `{"appointed_on":"2026-03-01","induction_on":"2026-04-01","rotation_on":["2026-06-01"],"today":"2026-09-02"}`, rule.OK},
		{"member.one_branch", `{"affiliations":0}`, rule.Fail},
		{"member.one_branch", `{"affiliations":1}`, rule.OK},
		{"member.one_branch", `{"affiliations":2}`, rule.Fail},
		{"org.by_election", `{"vacant_on":"2026-05-01","today":"2026-05-30"}`, rule.OK},
		{"org.by_election", `{"vacant_on":"2026-05-01","today":"2026-05-31"}`, rule.Warn},
		{"org.by_election", `{"vacant_on":"2026-05-01","today":"2026-06-30"}`, rule.Warn},
		{"org.by_election", `{"vacant_on":"2026-05-01","today":"2026-06-30","filled_on":"2026-06-20"}`, rule.OK},
		{"org.election_result_report", `{"post":"secretary","elected_on":"2026-05-08"}`, rule.Warn},
		{"org.election_result_report", `{"post":"deputy_secretary","elected_on":"2026-05-08","approved_on":"2026-05-07"}`, rule.Fail},
		{"org.election_result_report", `{"post":"secretary","elected_on":"2026-05-08","approved_on":"2026-05-08"}`, rule.OK},
		{"org.election_result_report", `{"post":"committee_member","elected_on":"2026-05-08"}`, rule.Warn},
		{"org.election_result_report", `{"post":"committee_member","elected_on":"2026-05-08","reported_on":"2026-05-09"}`, rule.OK},
	} {
		if v, _ := eval(t, tt.id, tt.in); v.Verdict != tt.want {
			t.Errorf("%s %s: got %s (%s), want %s", tt.id, tt.in, v.Verdict, v.Reason.Key, tt.want)
		}
	}
	for n, want := range map[int]bool{14: false, 15: true} {
		if v, _ := eval(t, "org.party_groups", fmt.Sprintf(`{"members":%d}`, n)); value(t, v, "suggested") != want {
			t.Errorf("groups of %d members: got %v", n, v.Values)
		}
	}
	if v, _ := eval(t, "org.party_groups", `{"members":8,"dispersed":true}`); value(t, v, "suggested") != true {
		t.Error("groups of scattered members are not suggested")
	}
}

func TestABadInputNamesItsField(t *testing.T) {
	for name, tt := range map[string]struct{ id, in, field string }{
		"no JSON":                     {"date.add_months", `date`, "input"},
		"nothing":                     {"date.add_months", ``, "input"},
		"a list":                      {"date.add_months", `[1]`, "input"},
		"something after it":          {"date.add_months", `{"date":"2026-01-31","months":1} 7`, "input"},
		"cut off":                     {"date.add_months", `{"date":"2026-01-31","months":1`, "input"},
		"broken text":                 {"date.add_months", "{\"date\":\"\xff\",\"months\":1}", "input"},
		"too long":                    {"date.add_months", strings.Repeat(" ", 70_000) + `{}`, "input"},
		"a missing key":               {"date.add_months", `{"date":"2026-01-31"}`, "months"},
		"an unknown key":              {"date.add_months", `{"date":"2026-01-31","months":1,"years":0}`, "years"},
		"a key in capitals":           {"date.add_months", `{"Date":"2026-01-31","months":1}`, "Date"},
		"a capital beside the key":    {"date.add_months", `{"date":"2026-01-31","Months":2,"months":1}`, "Months"},
		"a key twice":                 {"date.add_months", `{"date":"2026-01-31","months":1,"months":2}`, "months"},
		"the same key, escaped":       {"date.add_months", `{"date":"2026-01-31","months":1,"\u006donths":2}`, "months"},
		"null":                        {"date.add_months", `{"date":null,"months":1}`, "date"},
		"an empty date":               {"date.add_months", `{"date":"","months":1}`, "date"},
		"30 February":                 {"date.add_months", `{"date":"2026-02-30","months":1}`, "date"},
		"another way to write a date": {"date.add_months", `{"date":"2026/01/31","months":1}`, "date"},
		"the year 0":                  {"date.add_months", `{"date":"0000-01-31","months":1}`, "date"},
		"a date as number":            {"date.add_months", `{"date":20260131,"months":1}`, "date"},
		"half a month":                {"date.add_months", `{"date":"2026-01-31","months":1.5}`, "months"},
		"a month as text":             {"date.add_months", `{"date":"2026-01-31","months":"1"}`, "months"},
		"too many months":             {"date.add_months", `{"date":"2026-01-31","months":12001}`, "months"},
		"after the year 9999":         {"date.add_months", `{"date":"9999-12-31","months":1}`, "date"},
		"before the year 1":           {"date.add_months", `{"date":"0001-01-31","months":-1}`, "date"},
		"no working day":              {"cal.publicity_end", `{"posted":"2026-05-25","working_days":0}`, "working_days"},
		"an unknown mode":             {"cal.publicity_end", `{"posted":"2026-05-25","working_days":5,"mode":"EXCLUDE"}`, "mode"},
		"an unknown form":             {"org.term", `{"kind":"party","host":"enterprise","elected_on":"2024-03-15"}`, "kind"},
		"an unknown host":             {"org.term", `{"kind":"branch","host":"school","elected_on":"2024-03-15"}`, "host"},
		"end and election":            {"org.term", `{"term_end":"2027-03-15","elected_on":"2024-03-15"}`, "elected_on"},
		"a negative count":            {"org.branch_size", `{"members":-1}`, "members"},
		"too large a count":           {"org.branch_size", `{"members":99999999999999999999}`, "members"},
		"a negative unit":             {"org.joint_branch", `{"units":[1,-1]}`, "units"},
		"no list":                     {"org.joint_branch", `{"units":3}`, "units"},
		"yes for true":                {"org.floating_branch", `{"members":3,"place":"park","inflow_consulted":"yes"}`, "inflow_consulted"},
		"an unknown sanction":         {"org.secretary_eligibility", `{"appointed_on":"2026-09-01","sanctions":["fined"]}`, "sanctions"},
		"a bad day in a list":         {"org.secretary_training", `{"appointed_on":"2026-03-01","rotation_on":["x"],"today":"2026-09-02"}`, "rotation_on"},
		"an age before the birth":     {"date.age", `{"born_on":"2026-01-02","on":"2026-01-01"}`, "on"},
		"done before the event":       {"date.deadline_within", `{"event_on":"2026-05-20","n":1,"unit":"months","done_on":"2026-05-19"}`, "done_on"},
		"a period backwards":          {"cal.completeness", `{"from":"2026-02-01","to":"2026-01-01"}`, "to"},
		"a share above the whole":     {"number.exact_fraction", `{"part":3,"whole":2,"num":1,"den":2}`, "part"},
		"a fraction of nothing":       {"number.exact_fraction", `{"part":1,"whole":2,"num":1,"den":0}`, "den"},
		"more covered than there are": {"two.org_coverage", `{"operating":10,"own":6,"joint":5}`, "joint"},
		"more built than should":      {"two.org_coverage", `{"operating":10,"own":6,"joint":0,"should":2,"should_own":3}`, "should_own"},
		"more built than own":         {"two.org_coverage", `{"operating":10,"own":1,"joint":0,"should":4,"should_own":3}`, "should_own"},
		"both above either":           {"two.work_coverage", `{"operating":9,"own":1,"joint":0,"instructor":1,"mass_organisation":2,"both":2}`, "both"},
		"three decimals":              {"two.fund_nonpublic", `{"wages":"1.000","spent":"1"}`, "wages"},
		"a negative amount":           {"two.fund_nonpublic", `{"wages":1,"spent":-1}`, "spent"},
		"half a yuan as number":       {"two.fund_nonpublic", `{"wages":1.5,"spent":1}`, "wages"},
		"spent without wages":         {"two.fund_soe", `{"previous_wages":1,"spent":1}`, "wages"},
		"an unknown rule within":      {"rule.versioning", `{"rule":"org.none","on":"2026-01-01"}`, "rule"},
		"load and organisation":       {"two.instructor", `{"units":3,"has_organisation":true}`, "has_organisation"},
		"a day of the act":            {"org.branch_size", `{"members":3,"on":"today"}`, "on"},
		"an input for nothing":        {"two.company_law", `{"company":"x"}`, "company"},
	} {
		_, err := rule.Eval(tt.id, []byte(tt.in), calendars)
		if !errors.Is(err, core.Invalid) {
			t.Errorf("%s: got %v, want it refused", name, err)
			continue
		}
		m, ok := core.FieldsOf(err)[tt.field]
		if !ok {
			t.Errorf("%s: got %v, want the field %s", name, err, tt.field)
			continue
		}
		if s := text.Say(core.En, m); !strings.HasPrefix(s, tt.field+": ") || strings.ContainsAny(s, "{}\n") {
			t.Errorf("%s: says %q", name, s)
		}
	}
	if _, err := rule.Eval("org.none", []byte(`{}`), calendars); !errors.Is(err, core.NotFound) {
		t.Errorf("an unknown rule: got %v", err)
	}
}

func TestEveryRuleCanBeEvaluatedAndSpeaksThreeLanguages(t *testing.T) {
	ids := rule.Evaluable()
	for _, r := range rule.All() {
		if !slices.Contains(ids, r.ID) {
			t.Errorf("%s cannot be evaluated", r.ID)
		}
	}
	for _, id := range ids {
		v, _ := eval(t, id, rule.Example(id))
		if v.Rule != id || v.Version == "" || v.Citation == "" || v.Confidence == "" {
			t.Errorf("%s: lacks something: %+v", id, v)
		}
		for _, lang := range text.Langs {
			if s := text.Say(lang, v.Reason); strings.ContainsAny(s, "{}") || s == v.Reason.Key {
				t.Errorf("%s: says %q in %s", id, s, lang)
			}
		}
	}
}

func TestInputsAreListedInOrder(t *testing.T) {
	want := []rule.Input{{Name: "posted"}, {Name: "working_days"}, {Name: "mode", Optional: true}, {Name: "on", Optional: true}}
	if diff := cmp.Diff(want, rule.Inputs("cal.publicity_end")); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if rule.Inputs("org.none") != nil || rule.Example("org.none") != "" {
		t.Error("an unknown rule has inputs")
	}
}

func FuzzEval(f *testing.F) {
	for _, id := range rule.Evaluable() {
		f.Add(id, []byte(rule.Example(id)))
	}
	f.Add("date.add_months", []byte(`{"date":"9999-12-31","months":12000}`))
	f.Add("two.fund_soe", []byte(`{"previous_wages":"99999999999999.99"}`))
	f.Fuzz(func(t *testing.T, id string, in []byte) {
		v, err := rule.Eval(id, in, calendars)
		if err != nil {
			if !errors.Is(err, core.Invalid) && !errors.Is(err, core.NotFound) {
				t.Fatalf("an error of kind %s: %v", core.KindOf(err), err)
			}
			if s := text.Say(core.En, core.MsgOf(err)); strings.ContainsAny(s, "\n\r") {
				t.Fatalf("the message has more than one line: %q", s)
			}
			return
		}
		if !text.Has(v.Reason.Key) {
			t.Fatalf("%s: the catalogs lack %q", id, v.Reason.Key)
		}
		if _, err := json.Marshal(v.Values); err != nil {
			t.Fatal(err)
		}
		again, err := rule.Eval(id, in, calendars)
		if diff := cmp.Diff(v, again); err != nil || diff != "" {
			t.Fatalf("a second answer differs (-first +second): %v\n%s", err, diff)
		}
	})
}
