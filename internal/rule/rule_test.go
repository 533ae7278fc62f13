package rule_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

func date(s string) core.Date {
	d, err := core.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestEveryRuleHasItsNumberTitleAndVersions(t *testing.T) {
	seen := map[string]bool{}
	last := ""
	for _, r := range rule.All() {
		if seen[r.ID] {
			t.Errorf("%s stands twice", r.ID)
		}
		seen[r.ID] = true
		if r.Number <= last {
			t.Errorf("%s: number %s does not follow %s", r.ID, r.Number, last)
		}
		last = r.Number
		if !text.Has(r.Title.Key) || !r.Note.IsZero() && !text.Has(r.Note.Key) {
			t.Errorf("%s: the catalogs lack %s or %s", r.ID, r.Title.Key, r.Note.Key)
		}
		for i, v := range r.Versions {
			if v.ID == "" || v.Citation == "" || !text.Has("rule.confidence."+string(v.Confidence)) {
				t.Errorf("%s: version %d lacks something: %+v", r.ID, i, v)
			}
			if i > 0 && r.Versions[i-1].To != v.From {
				t.Errorf("%s: version %s does not follow the one before", r.ID, v.ID)
			}
		}
		if !r.Latest().To.IsZero() {
			t.Errorf("%s: the newest version has ended", r.ID)
		}
	}
	if len(seen) != 38 {
		t.Errorf("got %d rules, want R-001 to R-030 and R-103 to R-110", len(seen))
	}
}

// TestEveryKeyIsInTheCatalogs reads the package's own text: any literal that
// looks like a key must be one.
func TestEveryKeyIsInTheCatalogs(t *testing.T) {
	literal := regexp.MustCompile(`"(rule\.[a-z_.]*[a-z])"`)
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			if _, id := rule.Find(m[1]); id {
				continue
			}
			used[m[1]] = true
			if !text.Has(m[1]) {
				t.Errorf("%s: the catalogs lack %s", name, m[1])
			}
		}
	}
	if len(used) < 150 {
		t.Errorf("found only %d keys: the pattern no longer fits the code", len(used))
	}
	for _, key := range text.Keys() {
		of := strings.HasPrefix(key, "rule.org.") || strings.HasPrefix(key, "rule.two.") || strings.HasPrefix(key, "rule.input.") ||
			strings.HasPrefix(key, "rule.date.") || strings.HasPrefix(key, "rule.cal")
		if of && !used[key] {
			t.Errorf("nobody says %s", key)
		}
	}
}

func TestCodesHaveWords(t *testing.T) {
	var all []core.Msg
	for _, k := range rule.OrgKinds {
		all = append(all, k.Title())
	}
	for _, h := range rule.Hosts {
		all = append(all, h.Title())
	}
	for _, e := range rule.EnterpriseTypes {
		all = append(all, e.Title())
	}
	for _, s := range []rule.StepState{rule.NotYet, rule.ByNeed, rule.Called, rule.Outgrown} {
		all = append(all, s.Title())
	}
	for _, a := range rule.Actions {
		all = append(all, a.Title())
	}
	for _, o := range []rule.Outcome{rule.OK, rule.Warn, rule.Fail, rule.Info} {
		all = append(all, core.M("rule.outcome."+string(o)))
	}
	for _, m := range all {
		if !text.Has(m.Key) {
			t.Errorf("the catalogs lack %s", m.Key)
		}
	}
}

func TestTheVersionInForceOnTheDayOfTheActIsChosen(t *testing.T) {
	r, ok := rule.Find("org.temporary_branch")
	if !ok {
		t.Fatal("no rule org.temporary_branch")
	}
	for day, want := range map[string]string{
		"2018-10-27": "", "2018-10-28": "2018-10-28", "2026-05-10": "2018-10-28", "2026-05-11": "2026-05-11", "2030-01-01": "2026-05-11",
	} {
		v, ok := r.On(date(day))
		if v.ID != want || ok != (want != "") {
			t.Errorf("On(%s): got %q, want %q", day, v.ID, want)
		}
	}
}

func TestAVerdictAsOfADayBeforeTheRuleOnlyInforms(t *testing.T) {
	v := rule.BranchSize(51)
	if got := v.AsOf(date("2018-10-28")); got.Verdict != rule.Warn || got.Version != "2018-10-28" {
		t.Errorf("on the first day: got %+v", got)
	}
	got := v.AsOf(date("2018-10-27"))
	if got.Verdict != rule.Info || got.Version != "" || got.Reason.Key != "rule.not_in_force" {
		t.Errorf("the day before: got %+v", got)
	}
	if n, _ := got.Values.Find("members"); n != 51 {
		t.Errorf("the values are lost: %v", got.Values)
	}
}
