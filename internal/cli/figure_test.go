package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/rule"
)

var shanghai = time.FixedZone("CST", 8*3600)

func TestAMomentIsReadFromAnInstantOrADay(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, shanghai)
	for s, want := range map[string]time.Time{
		"":                          {},
		"2025-03-01T08:00:00+08:00": time.Date(2025, 3, 1, 8, 0, 0, 0, shanghai),
		"2025-03-01T00:00:00Z":      time.Date(2025, 3, 1, 8, 0, 0, 0, shanghai),
		"2025-03-01":                time.Date(2025, 3, 1, 23, 59, 59, 999_999_000, shanghai),
	} {
		if got, err := optionalTime(s, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"yesterday", "2025-13-01", "2025-03-01 08:00", "1740787200"} {
		if _, err := optionalTime(s, now); !errors.Is(err, core.Invalid) {
			t.Errorf("%q: got %v", s, err)
		}
	}
}

func TestTheShapeOfCoverage(t *testing.T) {
	on := core.NewDate(2022, 12, 31)
	line := figure.Line{Orgs: 2481, TwoNew: 1295, Members: 9, Was: 5, Summary: enterprise.Summary{
		Coverage: rule.Coverage{Operating: 9, Own: 2, Joint: 2, Work: 2, Should: 3, ShouldOwn: 2}, Listed: 10, EvidenceAge: 91,
		Kinds: map[enterprise.Coverage]int{enterprise.Uncovered: 3}, Reasons: map[string]int{enterprise.New: 3},
	}}
	c := figure.Coverage{
		Head: figure.Head{Under: figure.Name{ID: 7, Name: "园区"}, On: on, From: on.AddDays(-31), There: true}, By: figure.ByTree,
		People:   figure.People{Total: 9, Full: 7, Probationary: 2},
		Table:    figure.Group{Line: line, Groups: []figure.Group{{Key: figure.Key{Kind: figure.OfOrg, ID: 7}, Name: "东区", Line: line}}},
		Flow:     enterprise.FlowTable{Rows: []enterprise.FlowRow{{Kind: enterprise.Own, Opening: 1, Gained: make([]enterprise.Step, 2), Lost: make([]enterprise.Step, 1), Closing: 2}}},
		Reported: []figure.Compared{figure.Compare(figure.Reported{Figure: "two_new_share", On: on, Printed: "53%", Source: "s"}, core.Share{Num: 1295, Den: 2481})},
	}
	b, err := json.Marshal(coverageOf(core.Hans, c))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"on", "known_at", "under", "organisations", "two_new_organisations", "two_new_share", "members", "full_members", "probationary_members",
		"enterprises", "org_coverage", "own_rate", "work_coverage", "should_rate", "reasons", "groups", "flow", "reported",
	} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %s", key)
		}
	}
	share := got["two_new_share"].(map[string]any)
	if share["num"] != 1295.0 || share["den"] != 2481.0 || share["percent"] != 52.2 || got["known_at"] != "now" {
		t.Errorf("got %v as known %v", share, got["known_at"])
	}
	if n := got["enterprises"].(map[string]any); n["operating"] != 9.0 || n["uncovered"] != 3.0 || n["covered_change"] != 1.0 || n["evidence_age_days"] != 91.0 {
		t.Errorf("got %v", n)
	}
	if r := got["reported"].([]any)[0].(map[string]any); r["gap"] != 0.8 || r["agrees"] != false {
		t.Errorf("got %v", r)
	}
	c.By = figure.ByType
	if g := coverageOf(core.Hans, c).Groups[0]; g.Organisations != nil || g.Members != nil {
		t.Error("a type has no organisations")
	}
	if s := shareOf(core.Share{}); s.Percent != nil {
		t.Error("a share of nothing has no percentage")
	}
}

func TestColumnsStandUnderEachOther(t *testing.T) {
	var out bytes.Buffer
	s := &shell{out: &out}
	s.table([][]string{{"组织", "企业"}, {"a", "1,295"}, {"“两新”", "–"}})
	if want := "组织     企业\na       1,295\n“两新”      –\n"; out.String() != want {
		t.Errorf("got\n%s want\n%s", out.String(), want)
	}
}
