package privacy_test

import (
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/dbtest"
	"tongpin/internal/privacy"
	"tongpin/internal/purpose"
	"tongpin/internal/retention"
	"tongpin/internal/setting"
	"tongpin/internal/text"
)

// TestEachPurposeNamesItsClasses: what the notice says of periods is what
// retention does. A purpose names classes that exist, and the class of each
// table that holds its data.
func TestEachPurposeNamesItsClasses(t *testing.T) {
	of := map[string]string{}
	for _, c := range retention.All {
		for _, table := range c.Tables {
			of[table] = c.Key
		}
	}
	for _, p := range purpose.All {
		for _, key := range p.Keep {
			if _, err := retention.Find(key); err != nil {
				t.Errorf("%s is kept as %s, which is no class of retention", p.Key, key)
			}
		}
		for _, column := range p.Columns() {
			table, _, _ := strings.Cut(column, ".")
			if !slices.Contains(p.Keep, of[table]) {
				t.Errorf("%s holds %s, which is kept as %q; the purpose does not name it", p.Key, column, of[table])
			}
		}
	}
	if _, err := retention.Find("absent"); core.KindOf(err) != core.NotFound {
		t.Error(err)
	}
}

// TestTheNoticeFollowsTheSetting: a period that a realm changes is another one
// in its notice, and in no other.
func TestTheNoticeFollowsTheSetting(t *testing.T) {
	d := dbtest.SQLite(t)
	w := newWorld(t, d)
	set := &setting.Service{DB: d, Now: w.Now}
	if _, err := set.Change(t.Context(), access.Machine(1), "retention.case_years", setting.Change{Value: "4", Reason: "本市的规定"}); err != nil {
		t.Fatal(err)
	}
	said := func(n privacy.Notice) string {
		p, err := purpose.Find("requests")
		if err != nil {
			t.Fatal(err)
		}
		k := n.Kept(p)[0]
		return text.Say(core.Hans, core.M("purpose.keep.line", k.Title, k.Period))
	}
	ours, err := w.Notice(t.Context(), w.own)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := w.Notice(t.Context(), w.stranger)
	if err != nil {
		t.Fatal(err)
	}
	if got := said(ours); got != "办结的意见：4 年" {
		t.Errorf("the notice says %s", got)
	}
	if a, b := said(theirs), said(privacy.Usual()); a != "办结的意见：2 年" || a != b {
		t.Errorf("the other realm reads %s, who has no account %s", a, b)
	}
}
