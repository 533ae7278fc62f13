package figure_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// numbers are those of a line that open to enterprises, by what opens them.
func numbers(l figure.Line) map[figure.Show]int {
	all := map[figure.Show]int{
		figure.ShowListed: l.Listed, figure.ShowOperating: l.Operating, figure.ShowCovered: l.Covered(), figure.ShowOrganised: l.Organised(),
		figure.ShowOwn: l.Own, figure.ShowJoint: l.Joint, figure.ShowWork: l.Work, figure.ShowInstructor: l.Kinds[enterprise.ByInstructor],
		figure.ShowLiaison: l.Kinds[enterprise.ByLiaison], figure.ShowMass: l.Kinds[enterprise.ByMass], figure.ShowMissed: l.Missed(),
		figure.ShowShould: l.Should, figure.ShowShouldOwn: l.ShouldOwn, figure.ShowShouldNone: l.ShouldNone, figure.ShowNominal: l.Nominal,
		figure.ShowRecheck: l.Recheck, figure.ShowUnverified: l.Unverified, figure.ShowVisited: l.Operating - l.Unverified, figure.ShowCheck: l.Check,
	}
	for _, r := range enterprise.Reasons {
		all[figure.Show("reason."+r)] = l.Reasons[r]
	}
	for _, s := range enterprise.OperatingStates {
		all[figure.Show("state."+s)] = l.States[s]
	}
	return all
}

func TestEveryNumberOpensToItsRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, by := range figure.Pivots {
			q := func(q *figure.Query) { q.By, q.Open = by, []figure.Key{{Kind: figure.OfGrouping, ID: w.house}} }
			for _, g := range w.coverage(q).Table.Flat() {
				for show, want := range numbers(g.Line) {
					if r := w.rows(g.Key, show, q); r.Total != want || len(r.Units) != want {
						t.Errorf("%s of %q (%s): the table says %d, %d rows", show, g.Key, by, want, r.Total)
					}
				}
				if by != figure.ByTree {
					continue
				}
				for show, want := range map[figure.Show]int{figure.ShowOrgs: g.Orgs, figure.ShowTwoNew: g.TwoNew} {
					if r := w.rows(g.Key, show, q); r.Total != want || len(r.Branches) != want {
						t.Errorf("%s of %q: the table says %d, %d rows", show, g.Key, want, r.Total)
					}
				}
			}
		}
	})
}

func TestRowsSayWhatIsKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r := w.rows(figure.Key{Kind: figure.OfOrg, ID: core.ID(w.east)}, figure.ShowShouldNone, nil)
		if r.Name != "东区党委" || r.Under.Name != "园区党工委" || len(r.Units) != 1 {
			t.Fatalf("got %+v", r)
		}
		u := r.Units[0]
		if u.Name != "启岚" || *u.Employees != 186 || u.FullMembers != 4 || u.Reason != enterprise.ShouldBuild || u.Place != "东区党委" ||
			u.LastContact != core.NewDate(2025, 6, 1) {
			t.Errorf("got %+v", u)
		}
		orgs := w.rows(figure.Key{}, figure.ShowTwoNew, nil)
		if len(orgs.Branches) != 2 || orgs.Branches[0].Name != "康美包党支部" || orgs.Branches[0].Members != 7 || orgs.Branches[0].Above != "东区党委" ||
			len(orgs.Branches[0].Units) != 1 || len(orgs.Branches[1].Units) != 2 {
			t.Errorf("got %+v", orgs.Branches)
		}
		page, err := w.Rows(t.Context(), w.who, figure.Query{Under: w.park, On: on}, figure.Selector{Show: figure.ShowListed, Page: core.Page{Number: 2, Size: 4}})
		if err != nil || page.Total != 10 || len(page.Units) != 4 {
			t.Errorf("page 2: got %d of %d, %v", len(page.Units), page.Total, err)
		}
		past, err := w.Rows(t.Context(), w.who, figure.Query{Under: w.park, On: on}, figure.Selector{Show: figure.ShowListed, Page: core.Page{Number: 9, Size: 4}})
		if err != nil || past.Total != 10 || len(past.Units) != 0 {
			t.Errorf("past the end: got %d of %d, %v", len(past.Units), past.Total, err)
		}
	})
}

// plant fills a realm with organisations and enterprises at random.
func plant(t *testing.T, d *db.DB, realm core.RealmID, r *rand.Rand) core.OrgID {
	t.Helper()
	dbtest.Realm(t, d, realm, "随机")
	who := access.Machine(realm)
	kinds := []rule.OrgKind{rule.Committee, rule.GeneralBranch, rule.Branch, rule.JointBranch}
	fs := []org.Founding{{Name: "根", Kind: rule.Committee, FoundedOn: long}}
	for i := range 30 {
		fs = append(fs, org.Founding{Within: 1 + r.IntN(i+1), Name: "组织" + string(rune('一'+i)), Kind: kinds[r.IntN(len(kinds))], FoundedOn: long.AddDays(r.IntN(4200))})
	}
	var rs []enterprise.Registration
	var orgs []org.Org
	err := d.Tx(t.Context(), func(tx *db.Tx) (err error) {
		ctx := t.Context()
		if orgs, err = org.FoundMany(ctx, tx, who, start, fs); err != nil {
			return err
		}
		for i := range 60 {
			found := r.IntN(5)
			rs = append(rs, enterprise.Registration{
				Name: "企业" + string(rune('一'+i)), Org: orgs[r.IntN(len(orgs))].ID, Type: rule.EnterpriseTypes[r.IntN(len(rule.EnterpriseTypes))].Code,
				State: enterprise.OperatingStates[r.IntN(len(enterprise.OperatingStates))], VerifiedOn: core.NewDate(2024, 1, 1).AddDays(r.IntN(900)),
				MembersFound: &found, From: core.NewDate(2024, 1, 1).AddDays(r.IntN(950)),
			})
		}
		es, err := enterprise.RegisterMany(ctx, tx, who, start, rs)
		if err != nil {
			return err
		}
		var hs []enterprise.Hosting
		for i, o := range orgs[1:] {
			if e := es[r.IntN(len(es))]; r.IntN(2) == 0 {
				from := rs[slicesIndex(es, e.ID)].From
				if from.Before(o.FoundedOn) {
					from = o.FoundedOn
				}
				hs = append(hs, enterprise.Hosting{Org: orgs[i+1].ID, Enterprise: e.ID, Period: core.Since(from)})
			}
		}
		return enterprise.HostMany(ctx, tx, who, start, hs)
	})
	if err != nil {
		t.Fatalf("%v %v", err, core.FieldsOf(err))
	}
	return orgs[0].ID
}

func slicesIndex(all []enterprise.Enterprise, id core.EnterpriseID) int {
	for i, e := range all {
		if e.ID == id {
			return i
		}
	}
	return -1
}

// TestTheRowsBelowAddUp opens every row of random trees and compares, at each,
// every column with the sum of the rows below.
func TestTheRowsBelowAddUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &figure.Service{DB: d, Now: newClock}
		for seed := range 6 {
			realm := core.RealmID(seed + 1)
			root := plant(t, d, realm, rand.New(rand.NewPCG(uint64(seed), 7)))
			var open []figure.Key
			for range 12 { // one level deeper each time
				c, err := s.Coverage(t.Context(), access.Machine(realm), figure.Query{Under: root, On: core.NewDate(2026, 6, 30), Open: open})
				if err != nil {
					t.Fatal(err)
				}
				open = open[:0]
				for _, g := range c.Table.Flat() {
					open = append(open, g.Key)
					addsUp(t, g)
				}
			}
			if len(open) < 5 {
				t.Errorf("seed %d: only %d rows", seed, len(open))
			}
		}
	})
}

func addsUp(t *testing.T, g figure.Group) {
	t.Helper()
	if len(g.Groups) == 0 {
		return
	}
	want, got := columns(g.Line), map[string]int{}
	for _, below := range g.Groups {
		for k, n := range columns(below.Line) {
			got[k] += n
		}
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s of %q: %d, the rows below add up to %d", k, g.Name, n, got[k])
		}
	}
}

func columns(l figure.Line) map[string]int {
	all := map[string]int{"orgs": l.Orgs, "two_new": l.TwoNew, "members": l.Members, "was": l.Was, "change": l.Change()}
	for show, n := range numbers(l) {
		all[string(show)] = n
	}
	return all
}

func TestTypesAddUpToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &figure.Service{DB: d, Now: newClock}
		root := plant(t, d, 1, rand.New(rand.NewPCG(3, 7)))
		c, err := s.Coverage(context.Background(), access.Machine(1), figure.Query{Under: root, On: core.NewDate(2026, 6, 30), By: figure.ByType})
		if err != nil {
			t.Fatal(err)
		}
		whole := c.Table
		whole.Orgs, whole.TwoNew, whole.Members = 0, 0, 0 // a type has none
		addsUp(t, whole)
		if len(whole.Groups) < 5 {
			t.Errorf("got %d types", len(whole.Groups))
		}
	})
}
