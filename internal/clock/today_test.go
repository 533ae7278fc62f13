package clock_test

import (
	"errors"
	"fmt"
	"testing"

	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/text"
)

// fill starts n clocks of the park that are shown today, due on the days
// around today, the last first.
func (w world) fill(t *testing.T, n int) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) error {
		all := make([]clock.New, n)
		for i := range all {
			c := clock.TermOf(park, core.Date{}, today.AddDays(n/2-i))
			c.SubjectID = core.ID(1000 + i)
			all[i] = c
		}
		return clock.StartMany(t.Context(), tx, w.Now(), 1, all)
	})
}

func TestTodayIsRightForAnyNumberOfClocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for n, week := range map[int]int{0: 0, 1: 1, 7: 6, 8: 6, 40: 7} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				w.exec(t, `DELETE FROM clocks`)
				w.fill(t, n)
				got, err := w.Today(t.Context(), as(dept), park)
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Rows) != min(n, 7) || got.More != max(n-7, 0) || got.Total() != n || !got.Handles {
					t.Errorf("%d rows and %d more, want %d in all", len(got.Rows), got.More, n)
				}
				for i := 1; i < len(got.Rows); i++ {
					if got.Rows[i].DueOn.Before(got.Rows[i-1].DueOn) {
						t.Errorf("%s stands after %s", got.Rows[i].DueOn, got.Rows[i-1].DueOn)
					}
				}
				if got.Next != nil {
					t.Errorf("something comes next: %+v", got.Next)
				}
				in := 0
				for _, day := range got.Week {
					in += day.Due
				}
				if in != week {
					t.Errorf("the week has %d, want %d: %+v", in, week, got.Week)
				}
			})
		}
	})
}

func TestTheWeekRunsFromMondayToSunday(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1,
			clock.TermOf(alpha, core.Date{}, core.NewDate(2026, 11, 15)),   // the Sunday before
			clock.FirstVisitTo(steel, alpha, core.NewDate(2026, 10, 17)),   // due on Monday the 16th
			clock.FirstVisitTo(textile, alpha, core.NewDate(2026, 10, 23)), // due on Sunday the 22nd
			clock.VisitOf(visitor, alpha, core.NewDate(2026, 9, 24)),       // due on Monday the 23rd
		)
		got, err := w.Today(t.Context(), as(secretary), alpha)
		if err != nil {
			t.Fatal(err)
		}
		counts := ""
		for _, day := range got.Week {
			counts += fmt.Sprint(day.Due)
		}
		if counts != "1000001" || got.Week[0].Day != core.NewDate(2026, 11, 16) {
			t.Errorf("got %s from %s", counts, got.Week[0].Day)
		}
	})
}

func TestNothingToDoShowsWhatComesNext(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1,
			clock.TermOf(alpha, core.Date{}, core.NewDate(2028, 1, 1)),
			clock.PlanOf(steel, alpha, today, core.NewDate(2026, 12, 10)), // shown from 26 November
			clock.TermOf(beta, core.Date{}, core.NewDate(2027, 5, 22)),    // shown from 22 November, not alpha's
		)
		got, err := w.Today(t.Context(), as(secretary), alpha)
		if err != nil {
			t.Fatal(err)
		}
		if got.Total() != 0 || got.Next == nil || got.Next.Kind != clock.Plan || got.NextOn != core.NewDate(2026, 11, 26) {
			t.Errorf("got %d rows, next %+v on %s", got.Total(), got.Next, got.NextOn)
		}
		got, err = w.Today(t.Context(), as(dept), park)
		if err != nil || got.Next == nil || got.Next.Org != beta {
			t.Errorf("the department: next %+v, %v; alpha's are its secretary's", got.Next, err)
		}
	})
}

func TestAClockIsShownFromItsDayAndNotWhileSnoozed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1,
			clock.TermOf(alpha, core.Date{}, core.NewDate(2027, 5, 20)), // shown from today
			clock.TermOf(cell, core.Date{}, core.NewDate(2027, 5, 21)),  // shown from tomorrow
		)
		got, err := w.Today(t.Context(), as(secretary), alpha)
		if err != nil || len(got.Rows) != 1 || got.Rows[0].Org != alpha {
			t.Fatalf("got %+v, %v", got.Rows, err)
		}
		for _, tt := range []struct {
			to   string
			want int
		}{{"2026-11-20", 1}, {"2026-11-21", 0}} {
			w.exec(t, `UPDATE clocks SET snoozed_to = $1 WHERE subject_id = $2`, tt.to, alpha)
			if got, err = w.Today(t.Context(), as(secretary), alpha); err != nil || len(got.Rows) != tt.want {
				t.Errorf("snoozed to %s: got %d rows, %v", tt.to, len(got.Rows), err)
			}
		}
	})
}

func TestEachPlaceSeesItsOwnDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		past := core.NewDate(2026, 11, 1)
		w.start(t, 1,
			clock.TermOf(alpha, core.Date{}, past), clock.TermOf(cell, core.Date{}, past), clock.TermOf(beta, core.Date{}, past),
			clock.TermOf(park, core.Date{}, core.NewDate(2027, 1, 1)),
		)
		w.start(t, 2, clock.TermOf(abroad, core.Date{}, past))
		names := func(user core.UserID, under core.OrgID) (s string) {
			t.Helper()
			got, err := w.Today(t.Context(), as(user), under)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range got.Rows {
				s += c.OrgName + " "
			}
			for _, b := range got.Below {
				s += fmt.Sprintf("/ %s %d ", b.Name, b.Overdue)
			}
			return s
		}
		for _, tt := range []struct {
			name  string
			user  core.UserID
			under core.OrgID
			want  string
		}{
			{"the department: its own first, then what nobody below handles; counts of all", dept, park, "园区 乙支部 / 甲支部 2 / 乙支部 1 "},
			{"the secretary: the branch and the group below it", secretary, alpha, "甲支部 甲支部一组 / 甲支部一组 1 "},
			{"the department at the branch", dept, alpha, "甲支部 甲支部一组 / 甲支部一组 1 "},
			{"a member has nothing to handle", member, alpha, ""},
			{"another realm sees its own alone", foreigner, abroad, "园区 "},
		} {
			if got := names(tt.user, tt.under); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
		}
		w.exec(t, `UPDATE users SET disabled = $1 WHERE id = $2`, true, secretary)
		if got := names(dept, park); got != "园区 甲支部 甲支部一组 乙支部 / 甲支部 2 / 乙支部 1 " {
			t.Errorf("with the secretary's account closed: got %q", got)
		}
		for user, under := range map[core.UserID]core.OrgID{secretary: park, stranger: park, foreigner: park, member: abroad} {
			if _, err := w.Today(t.Context(), as(user), under); !errors.Is(err, core.NotFound) {
				t.Errorf("%s at %s: got %v", user, under, err)
			}
		}
	})
}

func TestTheFullListIsWholeAndInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.fill(t, 40)
		w.start(t, 1, clock.TermOf(alpha, core.Date{}, core.NewDate(2030, 1, 1)))
		w.start(t, 2, clock.TermOf(abroad, core.Date{}, today))
		seen := map[core.ID]bool{}
		var last core.Date
		for page := 1; page <= 3; page++ {
			got, err := w.All(t.Context(), as(dept), park, core.Page{Number: page})
			if err != nil || got.Total != 41 {
				t.Fatalf("got %d in all, %v", got.Total, err)
			}
			for _, c := range got.Rows {
				if seen[c.ID] || c.DueOn.Before(last) {
					t.Errorf("%s, due on %s, comes after %s", c.ID, c.DueOn, last)
				}
				seen[c.ID], last = true, c.DueOn
			}
		}
		if len(seen) != 41 {
			t.Errorf("the pages show %d clocks", len(seen))
		}
		if _, err := w.All(t.Context(), as(member), alpha, core.Page{}); !errors.Is(err, core.Forbidden) {
			t.Errorf("a member: got %v", err)
		}
		if _, err := w.All(t.Context(), as(foreigner), park, core.Page{}); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm: got %v", err)
		}
	})
}

func TestEveryClockSaysWhatAndWhyInThreeLanguages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		cs := ruleCalendars()
		all := []clock.New{
			clock.TermOf(alpha, core.NewDate(2023, 12, 1), core.NewDate(2026, 12, 1)), clock.TermOf(beta, core.Date{}, core.NewDate(2026, 12, 1)),
			clock.EstablishIn(steel, alpha, 3, today), clock.JointSplitOf(steel, alpha, 3, today), clock.CommitteeOf(alpha, 7, today),
			clock.FirstVisitTo(steel, alpha, today), clock.RecheckOf(steel, alpha, today), clock.AppointmentEndOf(visitor, alpha, today, today.AddDays(9)),
			clock.VisitOf(visitor, alpha, today), clock.PlanOf(steel, alpha, today, today.AddDays(9)),
			clock.PublicNoticeOf(clock.OfOrg, core.ID(alpha), alpha, today, 5, "exclude", cs), clock.OpinionOf(77, alpha, today), clock.CorrectionOf(78, alpha, today),
			clock.WorkEndOf(79, alpha, today, today.AddDays(9)),
			clock.PostReviewOf(80, alpha, today, today.AddDays(9)),
			clock.PostEndOf(81, alpha, today, today.AddDays(9)),
			clock.MentorObjectionOf(90, alpha, today, today.AddMonths(1)), clock.MentorNoteOf(90, alpha, today),
			clock.MentorReviewOf(90, alpha, today, today.AddDays(90)), clock.MentorEndOf(90, alpha, today, today.AddDays(180)),
			clock.FrontEndOf(80, alpha, today, today.AddDays(9)),
			clock.ProblemDueOf(81, alpha, today, today.AddDays(2)),
			clock.ProblemAskOf(81, alpha, today, 3, cs),
		}
		w.start(t, 1, all...)
		list, err := w.All(t.Context(), as(dept), park, core.Page{Size: 50})
		if err != nil || list.Total != len(all) {
			t.Fatalf("got %d clocks, %v", list.Total, err)
		}
		kinds := map[clock.Kind]bool{}
		for _, c := range list.Rows {
			kinds[c.Kind] = true
			name, want := "甲支部", core.ID(alpha)
			if c.About() != clock.OfOrg && c.About() != clock.OfEnterprise || c.Kind == clock.Opinion || c.Kind == clock.Correction {
				name, want = "", 0 // what they are about is not in this test's database
			} else if c.About() == clock.OfEnterprise {
				name, want = "钢铁公司", core.ID(steel)
			} else if c.Org == beta {
				name, want = "乙支部", core.ID(beta)
			}
			if c.Target != want || c.Name != name {
				t.Errorf("%s leads to %s %s", c.Kind, c.Name, c.Target)
			}
			_, tag := c.Tag(today)
			for _, lang := range text.Langs {
				for _, m := range []core.Msg{c.Title(), c.Why(), c.Basis(), c.Kind.Title(), tag} {
					s := text.Say(lang, m)
					if s == m.Key || s == "" || hole.MatchString(s) {
						t.Errorf("%s in %s: %s says %q", c.Kind, lang, m.Key, s)
					}
				}
			}
		}
		if len(kinds) != len(clock.Kinds) {
			t.Errorf("%d kinds were tried, there are %d", len(kinds), len(clock.Kinds))
		}
		term := w.only(t, core.ID(beta))
		if got, want := text.Say(core.Hans, term.Why()), "由乙支部负责。2026年12月1日届满，提前六个月准备。本届的选举日期还没有登记。"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestTagsChangeOnTheDay(t *testing.T) {
	c := clock.Clock{DueOn: core.NewDate(2026, 3, 1)}
	for day, want := range map[string]string{"2026-02-27": "剩2天", "2026-02-28": "剩1天", "2026-03-01": "今天到期", "2026-03-02": "逾期1天"} {
		on, err := core.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if _, m := c.Tag(on); text.Say(core.Hans, m) != want {
			t.Errorf("on %s: got %q, want %q", day, text.Say(core.Hans, m), want)
		}
	}
}
