package org_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
)

func TestAHeadSaysWhatMayBeDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			return org.SetTerm(ctx, tx, w.who, w.now, w.dow.ID, org.Term{ElectedOn: core.NewDate(2023, 6, 18)})
		})
		for _, tt := range []struct {
			role          access.Role
			on, of        org.Org
			above         string // with a star for those that may be opened
			change, place bool
		}{
			{access.Registrar, w.park, w.dow, "苏州市委 工业园区党工委*", true, true},
			{access.Department, w.city, w.dow, "苏州市委* 工业园区党工委*", true, true},
			{access.Registrar, w.dow, w.dow, "苏州市委 工业园区党工委", true, false},
			{access.Secretary, w.park, w.dow, "苏州市委 工业园区党工委*", false, false},
			{access.Registrar, w.city, w.city, "", true, false},
		} {
			h, err := s.Head(t.Context(), w.as(tt.role, tt.on.ID), tt.of.ID)
			if err != nil {
				t.Fatal(err)
			}
			var above []string
			for _, c := range h.Above {
				name := c.Name
				if c.Seen {
					name += "*"
				}
				above = append(above, name)
			}
			if got := strings.Join(above, " "); got != tt.above || h.May[access.ChangeOrgs] != tt.change || h.MayPlace != tt.place || h.Org.ID != tt.of.ID {
				t.Errorf("%s at %s of %s: above %q, change %v, place %v", tt.role, tt.on.Name, tt.of.Name, got, h.May[access.ChangeOrgs], h.MayPlace)
			}
			if want := (tt.of.ID == w.dow.ID); h.Term.IsZero() == want {
				t.Errorf("%s: the term is %+v", tt.of.Name, h.Term)
			}
		}
		who := w.as(access.Registrar, w.zone.ID)
		for _, id := range []core.OrgID{w.dow.ID, w.city.ID, w.otherCity.ID, 7} {
			_, err := s.Head(t.Context(), who, id)
			refused(t, err, core.NotFound, "")
			_, err = s.Records(t.Context(), who, id)
			refused(t, err, core.NotFound, "")
			_, _, err = s.TermsDue(t.Context(), who, id)
			refused(t, err, core.NotFound, "")
		}
	})
}

func TestTermsDueAreCountedOnTheirDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		ends := func(id core.OrgID, day core.Date) {
			w.tx(func(ctx context.Context, tx *db.Tx) error {
				return org.SetTerm(ctx, tx, w.who, w.now, id, org.Term{EndsOn: day})
			})
		}
		for _, tt := range []struct {
			first, second core.Date
			overdue, soon int
		}{
			{today.AddDays(-1), today, 1, 1},
			{today.AddMonths(6), today.AddMonths(6).AddDays(1), 0, 1},
			{today.AddDays(-400), today.AddDays(-2), 2, 0},
		} {
			ends(w.first.ID, tt.first)
			ends(w.second.ID, tt.second)
			for under, none := range map[core.OrgID]bool{w.city.ID: false, w.dow.ID: false, w.zone.ID: true} {
				overdue, soon, err := s.TermsDue(t.Context(), w.who, under)
				if err != nil {
					t.Fatal(err)
				}
				if none && overdue+soon > 0 || !none && (overdue != tt.overdue || soon != tt.soon) {
					t.Errorf("%s and %s: %d overdue, %d soon", tt.first, tt.second, overdue, soon)
				}
			}
		}
		l, err := s.List(t.Context(), w.who, org.Query{Under: w.dow.ID, Term: org.TermOverdue})
		if err != nil || l.Total != 2 {
			t.Errorf("the list has %d, %v", l.Total, err)
		}
	})
}

func TestWhoSetTheTermFirstIsShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		first := org.Term{ElectedOn: core.NewDate(2023, 6, 18), Number: 2}
		if err := s.SetTerm(t.Context(), w.who, w.dow.ID, first); err != nil {
			t.Fatal(err)
		}
		err := s.SetTerm(t.Context(), w.who, w.dow.ID, org.Term{ElectedOn: core.NewDate(2024, 6, 18), Version: -1})
		refused(t, err, core.Conflict, "org.term.stale")
		if theirs := staleTerm(err); theirs.ElectedOn != first.ElectedOn || theirs.Number != 2 {
			t.Errorf("theirs is %+v", theirs)
		}
	})
}

func TestWhatCanBeCorrected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		if _, err := s.Change(t.Context(), w.who, w.dow.ID, org.Change{Name: ptr("陶氏党委"), On: core.NewDate(2020, 1, 1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Correct(t.Context(), w.who, w.dow.ID, org.Correction{On: core.NewDate(2010, 1, 1), Name: ptr("陶氏支部")}); err != nil {
			t.Fatal(err)
		}
		all, err := s.Records(t.Context(), w.who, w.dow.ID)
		if err != nil || len(all) != 2 || all[0].Name != "陶氏支部" || all[1].Name != "陶氏党委" || all[1].Period.From != core.NewDate(2020, 1, 1) {
			t.Errorf("records %+v, %v", all, err)
		}
	})
}

// TestAClosedRowStaysClosed whatever else opens.
func TestAClosedRowStaysClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rows, err := w.service().Tree(t.Context(), w.who, org.Query{Depth: 3, Open: []core.OrgID{w.dow.ID}, Shut: []core.OrgID{w.dow.ID, w.zone.ID}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Parent == w.dow.ID || r.ID == w.dow.ID && r.Open {
				t.Errorf("%s is shown", r.Name)
			}
		}
		if len(rows) != 5 {
			t.Errorf("%d rows", len(rows))
		}
	})
}

// staleTerm returns the term that a conflict shows.
func staleTerm(err error) org.Term {
	if s, ok := errors.AsType[*org.StaleTerm](err); ok {
		return s.Theirs
	}
	return org.Term{}
}
