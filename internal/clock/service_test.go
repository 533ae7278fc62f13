package clock_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/rule"
)

var hole = regexp.MustCompile(`\{\d\}`)

func ruleCalendars() rule.Calendars { return rule.EmbeddedCalendars() }

func (w world) journal(t *testing.T, id core.ID) (all []audit.Entry) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		all, err = audit.Of(t.Context(), tx, 1, id, 20)
		return err
	})
	return all
}

func TestSnoozing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, tt := range []struct {
			name, due, to string
			field         string // the sentence against the field, if refused
		}{
			{"to today", "2026-12-01", "2026-11-20", "clock.snooze.range"},
			{"to tomorrow", "2026-12-01", "2026-11-21", ""},
			{"to the last day", "2026-12-01", "2026-12-01", ""},
			{"beyond the last day", "2026-12-01", "2026-12-02", "clock.snooze.range"},
			{"due today, to 30 days later", "2026-11-20", "2026-12-20", ""},
			{"due today, to 31 days later", "2026-11-20", "2026-12-21", "clock.snooze.range"},
			{"29 days late, to tomorrow", "2026-10-22", "2026-11-21", ""},
			{"30 days late, to tomorrow", "2026-10-21", "2026-11-21", "clock.snooze.over"},
		} {
			due, to := date(t, tt.due), date(t, tt.to)
			w.exec(t, `DELETE FROM clocks`)
			w.start(t, 1, clock.TermOf(alpha, core.Date{}, due))
			c := w.only(t, core.ID(alpha))
			err := w.Snooze(t.Context(), as(secretary), clock.Seen{ID: c.ID, Org: alpha, DueOn: due}, to, "")
			if got := core.FieldsOf(err)["to"].Key; got != tt.field || (err == nil) != (tt.field == "") {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.field)
			}
			if c := w.only(t, core.ID(alpha)); (c.SnoozedTo == to) != (err == nil) {
				t.Errorf("%s: snoozed to %s", tt.name, c.SnoozedTo)
			}
		}
	})
}

func date(t *testing.T, s string) core.Date {
	t.Helper()
	d, err := core.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNotMineGoesUpOneLevelWithAReason(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1, clock.TermOf(alpha, core.Date{}, core.NewDate(2026, 12, 1)))
		seen := clock.Seen{ID: w.only(t, core.ID(alpha)).ID, Org: alpha}
		if err := w.NotMine(t.Context(), as(secretary), seen, " \n "); core.FieldsOf(err)["reason"].Key != "clock.reason.missing" {
			t.Errorf("without a reason: got %v", err)
		}
		if err := w.NotMine(t.Context(), as(secretary), seen, strings.Repeat("长", 301)); core.FieldsOf(err)["reason"].Key != "clock.reason.long" {
			t.Errorf("with a long reason: got %v", err)
		}
		if err := w.NotMine(t.Context(), as(secretary), seen, "已经并入园区"); err != nil {
			t.Fatal(err)
		}
		if c := w.only(t, core.ID(alpha)); c.Org != park || c.Reason != "已经并入园区" {
			t.Errorf("it lies with %s: %q", c.OrgName, c.Reason)
		}
		if err := w.NotMine(t.Context(), as(secretary), seen, "again"); !errors.Is(err, core.NotFound) {
			t.Errorf("who gave it up acts on it: %v", err)
		}
		if err := w.NotMine(t.Context(), as(dept), seen, "stale"); !errors.Is(err, core.Conflict) {
			t.Errorf("a page that shows the old side: got %v", err)
		}
		seen.Org = park
		if err := w.NotMine(t.Context(), as(dept), seen, "top"); core.MsgOf(err).Key != "clock.not_mine.top" {
			t.Errorf("the topmost gave up: %v", err)
		}
		got := w.journal(t, seen.ID)
		if len(got) != 2 || got[0].Outcome != audit.Denied || got[1].Action != "clock.not_mine" || got[1].Note != "已经并入园区" {
			t.Errorf("the journal tells %+v", got)
		}
	})
}

func TestHandingOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1, clock.TermOf(alpha, core.Date{}, core.NewDate(2026, 12, 1)))
		id := w.only(t, core.ID(alpha)).ID
		w.org(t, 1, 109, park, "1.9.", "已撤支部")
		w.exec(t, `UPDATE orgs SET dissolved_on = '2026-01-01' WHERE id = 109`)
		for _, tt := range []struct {
			name string
			who  core.UserID
			to   core.OrgID
			user core.UserID
			kind error
		}{
			{"a member", member, beta, 0, core.Forbidden},
			{"another realm", foreigner, abroad, 0, core.NotFound},
			{"to an organisation of another realm", dept, abroad, 0, core.NotFound},
			{"to one the secretary cannot see", secretary, beta, 0, core.NotFound},
			{"to a dissolved one", dept, 109, 0, core.Invalid},
			{"to who may not handle clocks", dept, alpha, member, core.Invalid},
			{"to where it is", dept, alpha, 0, core.Invalid},
			{"to a person who may", dept, alpha, secretary, nil},
		} {
			if err := w.HandOver(t.Context(), as(tt.who), clock.Seen{ID: id}, tt.to, tt.user, ""); !errors.Is(err, tt.kind) {
				t.Errorf("%s: got %v, want %v", tt.name, err, tt.kind)
			}
		}
		if c := w.only(t, core.ID(alpha)); c.Org != alpha || c.User != secretary {
			t.Errorf("it lies with %s, %s", c.OrgName, c.User)
		}
		w.rowsOf(t, secretary, alpha, 1)
		w.rowsOf(t, dept, alpha, 0) // handed to somebody by name: not the department's
		w.exec(t, `UPDATE users SET disabled = $1 WHERE id = $2`, true, secretary)
		w.rowsOf(t, dept, alpha, 1) // unless that account is closed
	})
}

func (w world) rowsOf(t *testing.T, user core.UserID, under core.OrgID, want int) {
	t.Helper()
	got, err := w.Today(t.Context(), as(user), under)
	if err != nil || len(got.Rows) != want {
		t.Errorf("%s sees %d rows, %v; want %d", user, len(got.Rows), err, want)
	}
}

func TestAnEndedClockIsAConflict(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1, clock.TermOf(alpha, core.Date{}, core.NewDate(2026, 12, 1)))
		c := w.only(t, core.ID(alpha))
		seen, ctx := clock.Seen{ID: c.ID, DueOn: c.DueOn}, t.Context()
		if err := w.Done(ctx, as(secretary), clock.Seen{ID: c.ID, DueOn: c.DueOn.AddDays(1)}, clock.Done, "x"); core.MsgOf(err).Key != "clock.stale" {
			t.Errorf("another last day than shown: got %v", err)
		}
		if err := w.Done(ctx, as(secretary), seen, clock.Running, "x"); !errors.Is(err, core.Invalid) {
			t.Errorf("ended as running: got %v", err)
		}
		if err := w.Done(ctx, as(secretary), seen, clock.Done, ""); !errors.Is(err, core.Invalid) {
			t.Errorf("without a reason: got %v", err)
		}
		if err := w.Done(ctx, as(secretary), seen, clock.Done, "已经选举"); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"snooze":    w.Snooze(ctx, as(secretary), seen, today.AddDays(2), ""),
			"hand over": w.HandOver(ctx, as(secretary), seen, cell, 0, ""),
			"not mine":  w.NotMine(ctx, as(secretary), seen, "x"),
			"done":      w.Done(ctx, as(secretary), seen, clock.Done, "x"),
		} {
			if core.MsgOf(err).Key != "clock.ended" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if found, err := w.Find(ctx, as(secretary), c.ID); err != nil || found.State != clock.Done {
			t.Errorf("found %s, %v", found.State, err)
		}
		if _, err := w.Find(ctx, as(foreigner), c.ID); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm found it: %v", err)
		}
		if _, err := w.Find(ctx, as(stranger), c.ID); !errors.Is(err, core.NotFound) {
			t.Errorf("a stranger found it: %v", err)
		}
	})
}
