package clock_test

import (
	"errors"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/rule"
)

// The organisations, users and enterprises of the tests. Realm 2 repeats the
// shape of realm 1 and must never be seen.
const (
	park   core.OrgID = 100 // 1.
	alpha  core.OrgID = 101 // 1.2. with a secretary
	beta   core.OrgID = 102 // 1.3. with nobody
	cell   core.OrgID = 103 // 1.2.4. below alpha
	abroad core.OrgID = 200 // of realm 2

	dept      core.UserID = 11 // department at the park
	secretary core.UserID = 12 // at alpha
	member    core.UserID = 13 // at alpha, handles nothing
	stranger  core.UserID = 14 // of realm 1, with no role
	foreigner core.UserID = 21 // department of realm 2

	steel   core.EnterpriseID = 301
	textile core.EnterpriseID = 302
	visitor core.ID           = 401 // an appointment at steel
)

var today = core.NewDate(2026, 11, 20) // a Friday

type world struct {
	*clock.Service
	d *db.DB
}

func newWorld(t *testing.T, d *db.DB) world {
	t.Helper()
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	w := world{&clock.Service{DB: d, Now: func() time.Time { return dbtest.Day(2026, 11, 20) }}, d}
	w.org(t, 1, park, 0, "1.", "园区")
	w.org(t, 1, alpha, park, "1.2.", "甲支部")
	w.org(t, 1, beta, park, "1.3.", "乙支部")
	w.org(t, 1, cell, alpha, "1.2.4.", "甲支部一组")
	w.org(t, 2, abroad, 0, "1.", "园区")
	w.user(t, 1, dept, access.Department, park)
	w.user(t, 1, secretary, access.Secretary, alpha)
	w.user(t, 1, member, access.Member, alpha)
	w.user(t, 1, stranger, "", 0)
	w.user(t, 2, foreigner, access.Department, abroad)
	for id, name := range map[core.EnterpriseID]string{steel: "钢铁公司", textile: "纺织公司"} {
		w.exec(t, `INSERT INTO enterprises (realm_id, id, name, name_key, initials, org_id, path, type, industry, state, version, created_at)
			VALUES (1, $1, $2, $2, '', $3, '1.2.', 'private', '', 'operating', 1, 0)`, id, name, alpha)
	}
	w.exec(t, `INSERT INTO appointments (realm_id, id, kind, person_id, enterprise_id, purpose, valid_from, valid_to, recorded_at, end_reason)
		VALUES (1, $1, 'instructor', 9, $2, '', '2026-01-01', '9999-12-31', 0, '')`, visitor, steel)
	return w
}

func (w world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
}

func (w world) tx(t *testing.T, f func(tx *db.Tx) error) {
	t.Helper()
	if err := w.d.Tx(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (w world) org(t *testing.T, realm core.RealmID, id, parent core.OrgID, path, name string) {
	t.Helper()
	w.exec(t, `INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $6, '', 'branch', '', '', '', '2020-01-01', 1, 0)`, realm, id, int64(id), db.Null(&parent), path, name)
}

func (w world) user(t *testing.T, realm core.RealmID, id core.UserID, role access.Role, at core.OrgID) {
	t.Helper()
	w.exec(t, `INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
		VALUES ($1, $2, $3, $3, $3, '', '', '', $4, 0, 0)`, realm, id, id.String(), false)
	if role == "" {
		return
	}
	w.tx(t, func(tx *db.Tx) error {
		return access.Grant(t.Context(), tx, access.Machine(realm), id, access.Place{Role: role, Org: at}, core.NewDate(2026, 1, 1), w.Now())
	})
}

func (w world) start(t *testing.T, realm core.RealmID, all ...clock.New) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) error {
		for _, n := range all {
			if err := clock.Start(t.Context(), tx, w.Now(), realm, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w world) of(t *testing.T, realm core.RealmID, subject core.ID) (all []clock.Clock) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		all, err = clock.Of(t.Context(), tx, realm, subject)
		return err
	})
	return all
}

// only returns the one running clock of a subject.
func (w world) only(t *testing.T, subject core.ID) clock.Clock {
	t.Helper()
	all := w.of(t, 1, subject)
	if len(all) != 1 {
		t.Fatalf("%d clocks run for %s, want 1", len(all), subject)
	}
	return all[0]
}

func as(user core.UserID) access.Actor {
	realm := core.RealmID(1)
	if user == foreigner {
		realm = 2
	}
	return access.Actor{Realm: realm, User: user, Via: "page"}
}

func TestEveryKindHasItsDays(t *testing.T) {
	known := core.NewDate(2026, 11, 30)
	for _, tt := range []struct {
		n                  clock.New
		remind, due        string
		rule, version, msg string
	}{
		{clock.TermOf(alpha, core.NewDate(2024, 2, 29), core.NewDate(2027, 2, 28)), "2026-08-28", "2027-02-28", "org.term_reminder", "2018-10-28", "R-027"},
		{clock.TermOf(alpha, core.Date{}, core.NewDate(2027, 8, 31)), "2027-02-28", "2027-08-31", "org.term_reminder", "2018-10-28", "the end alone is known"},
		{clock.TermOf(alpha, core.NewDate(2018, 5, 1), core.NewDate(2021, 5, 1)), "2020-11-01", "2021-05-01", "org.term_reminder", "2018-10-28", "elected before the rule"},
		{clock.EstablishIn(steel, alpha, 3, known), "2026-11-30", "2027-02-28", "org.must_establish", "2022-10-22", "end of a short month"},
		{clock.JointSplitOf(steel, alpha, 3, known), "2026-11-30", "2027-02-28", "org.joint_branch", "2018-10-28", "R-012"},
		{clock.CommitteeOf(alpha, 7, known), "2026-11-30", "2026-12-30", "org.branch_committee", "2018-10-28", "R-020"},
		{clock.FirstVisitTo(steel, alpha, known), "2026-11-30", "2026-12-30", "clock.first_visit", "1", "ours"},
		{clock.RecheckOf(steel, alpha, core.NewDate(2024, 2, 29)), "2025-01-29", "2025-02-28", "clock.recheck", "1", "leap day"},
		{clock.AppointmentEndOf(visitor, alpha, core.NewDate(2026, 1, 1), core.NewDate(2026, 12, 31)), "2026-12-01", "2026-12-31", "clock.appointment_end", "1", "ours"},
		{clock.AppointmentEndOf(visitor, alpha, core.NewDate(2026, 12, 20), core.NewDate(2026, 12, 31)), "2026-12-20", "2026-12-31", "clock.appointment_end", "1", "never before it began"},
		{clock.VisitOf(visitor, alpha, core.NewDate(2026, 9, 21)), "2026-11-06", "2026-11-20", "clock.visit", "1", "60 days"},
		{clock.PlanOf(steel, beta, core.NewDate(2026, 11, 1), core.NewDate(2026, 12, 15)), "2026-12-01", "2026-12-15", "clock.plan", "1", "ours"},
	} {
		if got := tt.n.RemindOn.String(); got != tt.remind {
			t.Errorf("%s (%s): reminds on %s, want %s", tt.n.Kind, tt.msg, got, tt.remind)
		}
		if got := tt.n.DueOn.String(); got != tt.due {
			t.Errorf("%s (%s): due on %s, want %s", tt.n.Kind, tt.msg, got, tt.due)
		}
		if tt.n.Rule != tt.rule || tt.n.Version != tt.version {
			t.Errorf("%s (%s): rests on %s %s, want %s %s", tt.n.Kind, tt.msg, tt.n.Rule, tt.n.Version, tt.rule, tt.version)
		}
	}
}

func TestOneClockRunsPerKindAndSubject(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1, clock.TermOf(alpha, core.Date{}, core.NewDate(2027, 1, 1)))
		first := w.only(t, core.ID(alpha))
		if err := w.Snooze(t.Context(), as(secretary), clock.Seen{ID: first.ID}, core.NewDate(2026, 12, 1), ""); err != nil {
			t.Fatal(err)
		}
		w.start(t, 1, clock.TermOf(alpha, core.NewDate(2024, 1, 1), core.NewDate(2027, 1, 1)))
		same := w.only(t, core.ID(alpha))
		if same.ID != first.ID || same.SnoozedTo != core.NewDate(2026, 12, 1) || same.StartedOn != core.NewDate(2024, 1, 1) {
			t.Errorf("the same last day must be the same clock, with its snooze and the new facts: got %+v", same)
		}
		w.start(t, 1, clock.TermOf(alpha, core.NewDate(2024, 1, 1), core.NewDate(2027, 1, 2)))
		moved := w.only(t, core.ID(alpha))
		if moved.ID == first.ID || !moved.SnoozedTo.IsZero() {
			t.Errorf("another last day must be another clock without a snooze: got %+v", moved)
		}
		if was := w.find(t, first.ID); was.State != clock.Dropped {
			t.Errorf("the clock that gave way is %s", was.State)
		}
		if other := w.of(t, 2, core.ID(alpha)); len(other) != 0 {
			t.Errorf("another realm sees %d clocks", len(other))
		}
	})
}

func (w world) find(t *testing.T, id core.ID) (c clock.Clock) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		c, err = clock.Find(t.Context(), tx, 1, id)
		return err
	})
	return c
}

func TestAClockStaysWithWhoeverItWasHandedTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := clock.FirstVisitTo(steel, alpha, today)
		w.start(t, 1, n)
		c := w.only(t, core.ID(steel))
		if err := w.HandOver(t.Context(), as(dept), clock.Seen{ID: c.ID}, beta, 0, "乙支部更近"); err != nil {
			t.Fatal(err)
		}
		w.start(t, 1, n)
		if c := w.only(t, core.ID(steel)); c.Org != beta {
			t.Errorf("the same facts took it back to %s", c.OrgName)
		}
		n = clock.FirstVisitTo(steel, park, today)
		w.start(t, 1, n)
		if c := w.only(t, core.ID(steel)); c.Org != park {
			t.Errorf("other facts left it with %s", c.OrgName)
		}
	})
}

func TestClocksFollowMergersAndMoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.start(t, 1, clock.FirstVisitTo(steel, alpha, today), clock.RecheckOf(textile, beta, today), clock.VisitOf(visitor, alpha, today))
		w.start(t, 2, clock.TermOf(abroad, core.Date{}, today))
		w.tx(t, func(tx *db.Tx) error {
			return errors.Join(
				clock.Reassign(t.Context(), tx, 1, alpha, park),
				clock.Follow(t.Context(), tx, 1, core.ID(textile), cell),
				clock.Reassign(t.Context(), tx, 2, alpha, abroad),
			)
		})
		for subject, want := range map[core.ID]core.OrgID{core.ID(steel): park, visitor: park, core.ID(textile): cell} {
			if c := w.only(t, subject); c.Org != want {
				t.Errorf("%s lies with %s", c.Kind, c.OrgName)
			}
		}
	})
}

func TestStoppingEndsWhatRunsAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tx(t, func(tx *db.Tx) error {
			return clock.StartMany(t.Context(), tx, w.Now(), 1, []clock.New{
				clock.FirstVisitTo(steel, alpha, today), clock.RecheckOf(steel, alpha, today), clock.FirstVisitTo(textile, alpha, today),
			})
		})
		w.tx(t, func(tx *db.Tx) error {
			return errors.Join(
				clock.Stop(t.Context(), tx, w.Now(), 1, clock.FirstVisit, core.ID(steel), clock.Done, secretary),
				clock.Stop(t.Context(), tx, w.Now(), 1, clock.Plan, core.ID(steel), clock.Done, secretary), // none runs
				clock.Stop(t.Context(), tx, w.Now(), 2, clock.Recheck, core.ID(steel), clock.Done, foreigner),
			)
		})
		if c := w.only(t, core.ID(steel)); c.Kind != clock.Recheck {
			t.Errorf("%s still runs", c.Kind)
		}
		w.tx(t, func(tx *db.Tx) error { return clock.StopAll(t.Context(), tx, w.Now(), 1, core.ID(steel), dept) })
		if left := w.of(t, 1, core.ID(steel)); len(left) != 0 {
			t.Errorf("%d clocks still run", len(left))
		}
		w.only(t, core.ID(textile))
		again := w.d.Tx(t.Context(), func(tx *db.Tx) error {
			return clock.StartMany(t.Context(), tx, w.Now(), 1, []clock.New{clock.FirstVisitTo(textile, alpha, today)})
		})
		if !errors.Is(again, core.Conflict) {
			t.Errorf("a second clock of the kind: got %v", again)
		}
	})
}

func TestAProvisionalClockIsSettledWhenItsCalendarArrives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		old := rule.EmbeddedCalendars()
		posted := core.NewDate(2027, 1, 28) // 2027 has no notice yet
		n := clock.PublicNoticeOf(clock.OfOrg, core.ID(alpha), alpha, posted, 5, rule.Exclude, old)
		settled := clock.PublicNoticeOf(clock.OfOrg, core.ID(beta), beta, core.NewDate(2026, 3, 2), 5, rule.Exclude, old)
		if !n.Provisional || settled.Provisional {
			t.Fatalf("provisional: got %v for 2027 and %v for 2026", n.Provisional, settled.Provisional)
		}
		w.start(t, 1, n, settled)
		if n, err := w.Recompute(t.Context(), access.Machine(1), old); n != 0 || err != nil {
			t.Errorf("the same calendars changed %d clocks, %v", n, err)
		}
		notice := rule.Calendar{Year: 2027, Status: rule.Official, Number: "x", Notice: "x", Rest: []core.Date{posted.AddDays(1), posted.AddDays(4)}}
		fresh := old.With(notice)
		if _, err := w.Recompute(t.Context(), as(secretary), fresh); !errors.Is(err, core.Forbidden) {
			t.Errorf("a secretary recomputed: %v", err)
		}
		if n, err := w.Recompute(t.Context(), access.Machine(2), fresh); n != 0 || err != nil {
			t.Errorf("another realm changed %d clocks, %v", n, err)
		}
		changed, err := w.Recompute(t.Context(), access.Machine(1), fresh)
		if changed != 1 || err != nil {
			t.Fatalf("changed %d clocks, %v; want 1", changed, err)
		}
		c := w.only(t, core.ID(alpha))
		if want := fresh.PublicityEnd(posted, 5, rule.Exclude).LastDay; c.DueOn != want || c.DueOn == n.DueOn || c.Provisional {
			t.Errorf("due on %s (provisional %v), want %s instead of %s", c.DueOn, c.Provisional, want, n.DueOn)
		}
		if entries := w.journal(t, c.ID); len(entries) != 1 || entries[0].Action != "clock.recompute" {
			t.Errorf("the journal tells %+v", entries)
		}
		if n, err := w.Recompute(t.Context(), access.Machine(1), fresh); n != 0 || err != nil {
			t.Errorf("a second time changed %d clocks, %v", n, err)
		}
	})
}
