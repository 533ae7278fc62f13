package org_test

import (
	"context"
	"testing"

	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

func TestTermsOfOffice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		elected := core.NewDate(2023, 6, 18)
		set := func(id core.OrgID, term org.Term) error { return s.SetTerm(t.Context(), w.who, id, term) }
		page := func(id core.OrgID) org.View {
			v, err := s.Page(t.Context(), w.who, id, core.Moment{})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		due := func() (day core.Date) {
			w.tx(func(ctx context.Context, tx *db.Tx) error {
				return db.Each(ctx, tx, func(r db.Row) error { return r.Scan((*db.Date)(&day)) },
					`SELECT due_on FROM clocks WHERE realm_id = 1 AND kind = $1 AND subject_id = $2 AND ended_at IS NULL`, clock.Term, w.dow.ID)
			})
			return day
		}
		for _, step := range []struct {
			name            string
			term            org.Term
			terms, version  int
			elected, endsOn core.Date
		}{
			{"a ledger gives the end only", org.Term{EndsOn: core.NewDate(2028, 6, 18)}, 1, 1, core.Date{}, core.NewDate(2028, 6, 18)},
			{"the same again", org.Term{EndsOn: core.NewDate(2028, 6, 18)}, 1, 1, core.Date{}, core.NewDate(2028, 6, 18)},
			{"the election becomes known", org.Term{ElectedOn: elected, Number: 2}, 1, 2, elected, core.NewDate(2028, 6, 18)},
			{"the end is set right", org.Term{ElectedOn: elected, EndsOn: core.NewDate(2028, 6, 30)}, 1, 3, elected, core.NewDate(2028, 6, 30)},
			{"the next election", org.Term{ElectedOn: may, Number: 3}, 2, 1, may, core.NewDate(2031, 5, 1)},
		} {
			if err := set(w.dow.ID, step.term); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			v := page(w.dow.ID)
			if len(v.Terms) != step.terms || v.Term.Version != step.version || v.Term.ElectedOn != step.elected || v.Term.EndsOn != step.endsOn || due() != step.endsOn {
				t.Errorf("%s: got %+v of %d, due %s", step.name, v.Term, len(v.Terms), due())
			}
		}
		v := page(w.dow.ID)
		if v.Terms[1].EndedOn != may || v.Terms[1].Number != 2 || v.Dates.RemindOn != core.NewDate(2030, 11, 1) || v.Reminder.Rule != "org.term_reminder" {
			t.Errorf("got %+v, %+v", v.Terms[1], v.Dates)
		}
		village := w.found(org.Founding{Parent: w.park.ID, Name: "金鸡湖村党支部", Kind: rule.Branch, HostSituation: "village", FoundedOn: elected, Term: org.Term{ElectedOn: elected}})
		if v := page(village.ID); v.Term.EndsOn != elected.AddMonths(60) {
			t.Errorf("a village: %+v", v.Term)
		}
		temp := w.found(org.Founding{Parent: w.park.ID, Name: "工地临时党支部", Kind: rule.TemporaryBranch, FoundedOn: elected})
		for _, tt := range []struct {
			name string
			id   core.OrgID
			term org.Term
			kind core.Kind
			key  string
		}{
			{"nothing known", w.dow.ID, org.Term{}, core.Invalid, "org.term.missing"},
			{"elected tomorrow", w.dow.ID, org.Term{ElectedOn: today.AddDays(1)}, core.Invalid, "org.term.future"},
			{"elected before the founding", w.first.ID, org.Term{ElectedOn: w.first.FoundedOn.AddDays(-1)}, core.Invalid, "org.term.before_founding"},
			{"ends on the day of the election", w.first.ID, org.Term{ElectedOn: may, EndsOn: may}, core.Invalid, "org.term.ends_before"},
			{"older than the current one", w.dow.ID, org.Term{ElectedOn: elected}, core.Invalid, "org.term.before_current"},
			{"a session of nonsense", w.first.ID, org.Term{ElectedOn: may, Number: -1}, core.Invalid, "org.term.number"},
			{"somebody was quicker", w.dow.ID, org.Term{ElectedOn: today, Version: 7}, core.Conflict, "org.term.stale"},
			{"a temporary branch holds no elections", temp.ID, org.Term{ElectedOn: may}, core.Invalid, "rule.org.temporary_branch.forbidden"},
			{"another realm", w.otherCity.ID, org.Term{ElectedOn: may}, core.NotFound, ""},
		} {
			err := set(tt.id, tt.term)
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.key) })
		}
	})
}

func TestWhatATemporaryBranchMayNotDo(t *testing.T) {
	temp, branch := org.Org{Kind: rule.TemporaryBranch}, org.Org{Kind: rule.Branch}
	for _, a := range []rule.Action{rule.AcceptMember, rule.RegulariseMember, rule.DisciplineMember, rule.CollectDues, rule.ElectDelegates, rule.TermElection} {
		refused(t, temp.Guard(a, today), core.Invalid, "")
		if err := branch.Guard(a, today); err != nil {
			t.Errorf("a branch: %v", err)
		}
	}
	if err := temp.Guard(rule.Study, today); err != nil {
		t.Errorf("study: %v", err)
	}
}
