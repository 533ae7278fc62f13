package org_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func namesOf(rows []org.Row) (all []string) {
	for _, r := range rows {
		all = append(all, r.Name)
	}
	return all
}

func TestListsAreNarrowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		w.found(org.Founding{Parent: w.zone.ID, Name: "SIG康美包党支部", Kind: rule.Branch, HostSituation: "legal_person", FoundedOn: may, Term: org.Term{EndsOn: today.AddMonths(6)}})
		w.found(org.Founding{Parent: w.zone.ID, Name: "永卓控股党委", Kind: rule.Committee, HostSituation: "legal_person", FoundedOn: may, Term: org.Term{EndsOn: today.AddMonths(6).AddDays(1)}})
		w.found(org.Founding{Parent: w.zone.ID, Name: "港城联合党支部", Kind: rule.JointBranch, FoundedOn: may, Term: org.Term{EndsOn: today.AddDays(-1)}})
		w.found(org.Founding{Parent: w.zone.ID, Name: "今日届满党支部", Kind: rule.Branch, FoundedOn: may, Term: org.Term{EndsOn: today}})
		for _, tt := range []struct {
			name string
			q    org.Query
			want []string
		}{
			{"one character", org.Query{Search: "陶"}, []string{"陶氏张家港基地党委"}},
			{"two, in the other script", org.Query{Search: "聯合"}, []string{"港城联合党支部", "星湖大厦联合党支部"}},
			{"not in that order", org.Query{Search: "合联"}, nil},
			{"a foreign name, with more", org.Query{Search: "sig康美"}, []string{"SIG康美包党支部"}},
			{"a foreign name", org.Query{Search: "SIG"}, []string{"SIG康美包党支部"}},
			{"initials", org.Query{Search: "tszjg"}, []string{"陶氏张家港基地党委"}},
			{"the start of the reading", org.Query{Search: "yongzhuo"}, []string{"永卓控股党委"}},
			{"signs alone", org.Query{Search: "%"}, nil},
			{"a phrase made to break the search", org.Query{Search: `"' OR 1`}, nil},
			{"a kind", org.Query{Kind: rule.JointBranch}, []string{"港城联合党支部", "星湖大厦联合党支部"}},
			{"a kind under one", org.Query{Kind: rule.JointBranch, Under: w.park.ID}, []string{"星湖大厦联合党支部"}},
			{"a host situation", org.Query{Host: "legal_person"}, []string{"SIG康美包党支部", "永卓控股党委"}},
			{"terms that end soon", org.Query{Term: org.TermSoon}, []string{"今日届满党支部", "SIG康美包党支部"}},
			{"terms that have ended", org.Query{Term: org.TermOverdue}, []string{"港城联合党支部"}},
			{"all at once", org.Query{Search: "党支部", Kind: rule.Branch, Host: "legal_person", Term: org.TermSoon, Under: w.zone.ID}, []string{"SIG康美包党支部"}},
			{"a day in the past", org.Query{On: core.NewDate(2010, 1, 1), Kind: rule.Committee, Under: w.park.ID}, []string{"工业园区党工委", "陶氏张家港基地党委"}},
			{"a search in the past", org.Query{On: core.NewDate(2012, 1, 1), Search: "生产"}, []string{"生产二支部", "生产一支部"}},
			{"initials in the past", org.Query{On: core.NewDate(2012, 1, 1), Search: "scy"}, []string{"生产一支部"}},
		} {
			l, err := s.List(t.Context(), w.who, tt.q)
			if got := namesOf(l.Rows); err != nil || !slices.Equal(got, tt.want) || l.Total != len(tt.want) {
				t.Errorf("%s: got %v of %d, %v", tt.name, got, l.Total, err)
			}
		}
	})
}

func TestALongListIsPaged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		var fs []org.Founding
		for i := range 3100 { // enough for the list to walk the name index
			fs = append(fs, org.Founding{Parent: w.zone.ID, Name: fmt.Sprintf("第%04d党支部", i), Kind: rule.Branch, FoundedOn: may})
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := org.FoundMany(ctx, tx, w.who, w.now, fs)
			return err
		})
		for _, tt := range []struct {
			q     org.Query
			total int
		}{{org.Query{}, 3107}, {org.Query{Under: w.zone.ID}, 3101}, {org.Query{Kind: rule.Branch}, 3102}, {org.Query{Search: "支部"}, 3103}} {
			var all []string
			tt.q.Page = core.Page{Number: 1, Size: 200}
			for {
				l, err := s.List(t.Context(), w.who, tt.q)
				if err != nil || l.Total != tt.total {
					t.Fatalf("%+v: %d, %v", tt.q, l.Total, err)
				}
				if len(l.Rows) == 0 {
					break
				}
				all = append(all, namesOf(l.Rows)...)
				tt.q.Page.Number++
			}
			if len(all) != tt.total || len(slices.Compact(slices.Sorted(slices.Values(all)))) != tt.total {
				t.Errorf("%+v: %d rows of %d", tt.q, len(all), tt.total)
			}
		}
	})
}

// sketch draws a tree grid: two blanks a level, + for open, how many more.
func sketch(rows []org.Row) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Repeat("  ", r.Level) + r.Name)
		if r.Open {
			b.WriteString(" +")
		}
		if r.More > 0 {
			fmt.Fprintf(&b, " (%d more)", r.More)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestTheTreeGridShowsWhatIsOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		w.enrol(w.first.ID, 3, may)
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			return org.SetTerm(ctx, tx, w.who, w.now, w.dow.ID, org.Term{EndsOn: today})
		})
		for _, tt := range []struct {
			name string
			q    org.Query
			want string
		}{
			{"at first", org.Query{}, "苏州市委 +\n  保税区党工委\n  工业园区党工委\n"},
			{"one opened", org.Query{Open: []core.OrgID{w.park.ID}}, "苏州市委 +\n  保税区党工委\n  工业园区党工委 +\n    陶氏张家港基地党委\n    星湖大厦联合党支部\n"},
			{"one opened under a closed one", org.Query{Open: []core.OrgID{w.dow.ID}}, "苏州市委 +\n  保税区党工委\n  工业园区党工委\n"},
			{"from a park, two levels", org.Query{Under: w.park.ID, Depth: 2}, "工业园区党工委 +\n  陶氏张家港基地党委 +\n    生产二支部\n    生产一支部\n  星湖大厦联合党支部\n"},
		} {
			rows, err := s.Tree(t.Context(), w.who, tt.q)
			if got := sketch(rows); err != nil || got != tt.want {
				t.Errorf("%s: %v, got\n%s", tt.name, err, got)
			}
			if tt.q.Under == w.park.ID {
				if r := rows[1]; r.Children != 2 || r.Orgs != 3 || r.Counts.Full != 3 || r.TermEndsOn != today {
					t.Errorf("the row of the committee: %+v", r)
				}
			}
		}
	})
}

func TestALevelOfTheGridIsCut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		var fs []org.Founding
		for i := range 450 {
			fs = append(fs, org.Founding{Parent: w.zone.ID, Name: fmt.Sprintf("第%04d党支部", i), Kind: rule.Branch, FoundedOn: may})
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := org.FoundMany(ctx, tx, w.who, w.now, fs)
			return err
		})
		for more, want := range map[int][2]int{0: {201, 250}, 1: {401, 50}, 2: {451, 0}, 9: {451, 0}} {
			rows, err := s.Tree(t.Context(), w.who, org.Query{Under: w.zone.ID, More: slices.Repeat([]core.OrgID{w.zone.ID}, more)})
			if err != nil || len(rows) != want[0] || rows[len(rows)-1].More != want[1] {
				t.Errorf("%d more: %d rows, %v", more, len(rows), err)
			}
		}
	})
}

func TestWhoSeesWhichOrganisations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		park, other := w.as(access.Department, w.park.ID), access.Machine(2)
		for _, tt := range []struct {
			name string
			who  access.Actor
			id   core.OrgID
			kind core.Kind
		}{
			{"below", park, w.first.ID, ""},
			{"its own", park, w.park.ID, ""},
			{"beside", park, w.zone.ID, core.NotFound},
			{"above", park, w.city.ID, core.NotFound},
			{"from another realm", other, w.park.ID, core.NotFound},
			{"not there", park, 99, core.NotFound},
		} {
			calls := map[string]error{}
			_, calls["page"] = s.Page(t.Context(), tt.who, tt.id, core.Moment{})
			_, calls["list"] = s.List(t.Context(), tt.who, org.Query{Under: tt.id})
			_, calls["tree"] = s.Tree(t.Context(), tt.who, org.Query{Under: tt.id})
			_, calls["history"] = s.History(t.Context(), tt.who, tt.id)
			_, calls["what if"] = s.WhatIf(t.Context(), tt.who, tt.id, 1, today)
			_, calls["advice"] = s.Advise(t.Context(), tt.who, tt.id, rule.Branch, true)
			for what, err := range calls {
				if tt.kind == "" && err != nil || tt.kind != "" && core.KindOf(err) != tt.kind {
					t.Errorf("%s, %s: got %v", tt.name, what, err)
				}
			}
		}
		l, err := s.List(t.Context(), other, org.Query{})
		if err != nil || !slices.Equal(namesOf(l.Rows), []string{"无锡市委"}) {
			t.Errorf("the other realm's list: %v, %v", namesOf(l.Rows), err)
		}
		l, err = s.List(t.Context(), other, org.Query{Search: "市委"})
		if err != nil || !slices.Equal(namesOf(l.Rows), []string{"无锡市委"}) {
			t.Errorf("the other realm's search: %v, %v", namesOf(l.Rows), err)
		}
		if v, err := s.Page(t.Context(), park, w.first.ID, core.Moment{}); err != nil || len(v.Above) != 3 || v.Above[0].Seen || !v.Above[1].Seen || !v.Above[2].Seen {
			t.Errorf("crumbs: %+v, %v", v.Above, err)
		}
	})
}
