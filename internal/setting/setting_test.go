package setting_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

type world struct {
	*setting.Service
	tick atomic.Int64
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{}
	w.Service = &setting.Service{DB: d, Now: func() time.Time {
		return dbtest.Day(2026, 11, 24).Add(time.Duration(w.tick.Add(1)) * time.Millisecond)
	}}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	w.exec(t, `INSERT INTO orgs (realm_id, id, number, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES (1, 100, 1, '1.', 0, 'City', 'city', '', 'committee', '', '', '', '2020-01-01', 1, 0), (2, 200, 1, '1.', 0, 'Away', 'away', '', 'committee', '', '', '', '2020-01-01', 1, 0)`)
	w.exec(t, `INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES (1, 101, 2, 100, '1.2.', 1, 'Park', 'park', '', 'committee', '', '', '', '2020-01-01', 1, 0)`)
	return w
}

func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) user(t *testing.T, realm core.RealmID, id core.UserID, role access.Role, at core.OrgID) access.Actor {
	t.Helper()
	w.exec(t, `INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at) VALUES ($1, $2, $3, $3, $3, '', '', '', $4, 0, 0)`,
		realm, id, "u"+id.String(), false)
	err := w.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return access.Grant(t.Context(), tx, access.Machine(realm), id, access.Place{Role: role, Org: at}, core.NewDate(2026, 1, 1), w.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	return access.Actor{Realm: realm, User: id, Via: audit.Page}
}

func (w *world) rules(t *testing.T, realm core.RealmID) (s rule.Settings) {
	t.Helper()
	err := w.DB.View(t.Context(), func(tx *db.Tx) (err error) {
		s, err = setting.Rules(t.Context(), tx, realm)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASettingHoldsForItsRealmAndTellsWhy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, boss := t.Context(), w.user(t, 1, 10, access.System, 100)
		v, err := w.Change(ctx, boss, "instructor.units", setting.Change{Value: " 8 ", Reason: "市委〔2026〕5号", Version: 1})
		if err != nil || v.Now != "8" || !v.Set || v.Default() != "5" || len(v.History) != 1 || v.History[0].Reason != "市委〔2026〕5号" || v.History[0].By == "" {
			t.Fatalf("got %+v, %v", v, err)
		}
		if here, there := w.rules(t, 1).UnitsPerInstructor, w.rules(t, 2).UnitsPerInstructor; here != 8 || there != 5 {
			t.Errorf("here %d, in the other realm %d", here, there)
		}
		if _, err := w.Change(ctx, boss, "instructor.units", setting.Change{Value: "9", Reason: "r", Version: 1}); core.MsgOf(err).Key != "setting.stale" {
			t.Errorf("an older version: %v", err)
		}
		if _, err := w.Change(ctx, boss, "instructor.units", setting.Change{Value: "8", Reason: "r"}); core.MsgOf(err).Key != "setting.same" {
			t.Errorf("the same again: %v", err)
		}
		if v, err = w.Change(ctx, boss, "instructor.units", setting.Change{Reason: "试点结束"}); err != nil || v.Set || v.Now != "5" || len(v.History) != 2 {
			t.Errorf("back: %+v, %v", v, err)
		}
		if _, err := w.Change(ctx, boss, "instructor.units", setting.Change{Reason: "r"}); core.MsgOf(err).Key != "setting.same" {
			t.Errorf("back twice: %v", err)
		}
		if got := w.rules(t, 1); got != rule.Defaults() {
			t.Errorf("got %+v", got)
		}
		var notes []string
		err = w.DB.View(ctx, func(tx *db.Tx) (err error) {
			notes, err = db.All(ctx, tx, db.Text, `SELECT note || ' ' || before_state || after_state FROM journal WHERE action = 'setting.change' AND outcome = 'done' ORDER BY id`)
			return err
		})
		if want := `市委〔2026〕5号 {"instructor.units":"5"}{"instructor.units":"8"}|试点结束 {"instructor.units":"8"}{"instructor.units":"5"}`; err != nil || strings.Join(notes, "|") != want {
			t.Errorf("the journal tells %q, %v", notes, err)
		}
	})
}

func TestBoundsOfSettings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss := w.user(t, 1, 10, access.System, 100)
		for _, tt := range []struct{ key, value, reason, want string }{
			{"instructor.units", "1", "r", ""},
			{"instructor.units", "50", "r", ""},
			{"instructor.units", "0", "r", "value setting.number.wrong"},
			{"instructor.units", "51", "r", "value setting.number.wrong"},
			{"instructor.units", "5.5", "r", "value setting.number.wrong"},
			{"instructor.units", "五", "r", "value setting.number.wrong"},
			{"instructor.units", "99999999999999999999", "r", "value setting.number.wrong"},
			{"instructor.units", "6", " ", "reason setting.reason.missing"},
			{"instructor.units", "6", strings.Repeat("因", 301), "reason setting.reason.long"},
			{"org.party_groups_at", "4", "r", "value setting.number.wrong"},
			{"org.party_groups_at", "5", "r", ""},
			{"org.count_basis", "everybody", "r", "value setting.choice.wrong"},
			{"org.count_basis", "full_members", "r", ""},
			{"org.unknown", "1", "r", "error.not_found"},
			{"privacy.contact", " 组织部，0512-60000000 ", "r", ""},
			{"privacy.contact", " ", "r", "value setting.value.missing"},
			{"privacy.contact", strings.Repeat("部", 201), "r", "value setting.words.wrong"},
			{"privacy.contact", "组织部\n信息科", "r", "value setting.words.wrong"},
		} {
			_, err := w.Change(t.Context(), boss, tt.key, setting.Change{Value: tt.value, Reason: tt.reason})
			got := ""
			if err != nil {
				got = core.MsgOf(err).Key
			}
			for f, m := range core.FieldsOf(err) {
				got = f + " " + m.Key
			}
			if got != tt.want {
				t.Errorf("%s = %q: got %q, want %q", tt.key, tt.value, got, tt.want)
			}
		}
		if got := w.rules(t, 1); got.UnitsPerInstructor != 50 || got.PartyGroupsAt != 5 || got.CountBasis != rule.CountFull {
			t.Errorf("got %+v", got)
		}
	})
}

func TestWhoMaySet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := core.UserID(20)
		for _, role := range access.Roles {
			id++
			who := w.user(t, 1, id, role, 100)
			var want error
			if role != access.System {
				want = core.Forbidden
			}
			_, err := w.Change(t.Context(), who, "instructor.units", setting.Change{Value: "7", Reason: "r"})
			if _, listed := w.List(t.Context(), who); !errors.Is(err, want) || !errors.Is(listed, want) {
				t.Errorf("%s: got %v and %v", role, err, listed)
			}
		}
		for name, who := range map[string]access.Actor{
			"the park's":        w.user(t, 1, 90, access.System, 101),
			"the other realm's": {Realm: 2, User: 90, Via: audit.Page},
		} {
			if _, err := w.Change(t.Context(), who, "instructor.units", setting.Change{Value: "9", Reason: "r"}); !errors.Is(err, core.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestOfManyWhoSetAtOnceOneIsFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss := w.user(t, 1, 10, access.System, 100)
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := w.Change(t.Context(), boss, "instructor.units", setting.Change{Value: "8", Reason: "r", Version: 1}); err == nil {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if v, err := w.Get(t.Context(), boss, "instructor.units"); won.Load() != 1 || err != nil || len(v.History) != 1 {
			t.Errorf("%d won, %+v, %v", won.Load(), v, err)
		}
	})
}
