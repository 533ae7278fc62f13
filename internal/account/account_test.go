package account_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/secret"
)

const (
	city   core.OrgID = 100 // 1.
	park   core.OrgID = 101 // 1.2.
	abroad core.OrgID = 200 // of realm 2

	good = "correct horse battery"
	addr = "192.0.2.7"
)

var (
	keys = secret.Fixed(secret.AES)
	peer = account.Peer{Addr: addr, Device: "Firefox"}
	why  = account.Decision{Reason: "as decided"}
)

// A world is realm 1 with a city and a park, and realm 2, which is synthetic
// and must not be seen. Its clock can be moved.
type world struct {
	*account.Service
	d     *db.DB
	clock *time.Time
	boss  account.User // administrator at the city
}

func newWorld(t *testing.T, d *db.DB) world {
	t.Helper()
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	now := dbtest.Day(2026, 11, 20)
	w := world{d: d, clock: &now}
	w.Service = &account.Service{DB: d, Keys: keys, Realm: 1, Now: func() time.Time { return *w.clock }}
	w.exec(t, `UPDATE realms SET synthetic = $1 WHERE id = 1`, false)
	w.org(t, 1, city, 0, "1.")
	w.org(t, 1, park, city, "1.2.")
	w.org(t, 2, abroad, 0, "1.")
	w.boss = w.user(t, "boss", good, access.Security, city)
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

func (w world) org(t *testing.T, realm core.RealmID, id, parent core.OrgID, path string) {
	t.Helper()
	w.exec(t, `INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $5, $5, '', 'committee', '', '', '', '2020-01-01', 1, 0)`,
		realm, id, int64(id), db.Null(&parent), path, strings.Count(path, ".")-1)
}

func (w world) user(t *testing.T, login, password string, role access.Role, at core.OrgID) account.User {
	t.Helper()
	u, err := w.Add(t.Context(), access.Machine(1), account.NewUser{Login: login, Name: login, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if role != "" {
		if err := w.Grant(t.Context(), access.Machine(1), u.ID, access.Place{Role: role, Org: at}, why); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func (w world) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		n, err = db.One(t.Context(), tx, db.Int, query, args...)
		return err
	})
	return n
}

func (w world) signIn(t *testing.T, login, password string) string {
	t.Helper()
	in, err := w.SignIn(t.Context(), login, password, peer)
	if err != nil || in.Session == "" {
		t.Fatalf("%s: got %+v, %v", login, in, err)
	}
	return in.Session
}

func (w world) live(t *testing.T, cookie string) bool {
	t.Helper()
	_, _, err := w.Session(t.Context(), cookie)
	if err != nil && core.MsgOf(err).Key != "account.signed_out" {
		t.Fatal(err)
	}
	return err == nil
}

func as(u account.User) access.Actor { return access.Actor{Realm: 1, User: u.ID, Via: audit.Page} }

func TestWhatALoginAndAPasswordMustBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, tt := range []struct {
			login, name, password string
			field, key            string
		}{
			{"a", "A", good, "login", "account.login.length"},
			{strings.Repeat("a", 65), "A", good, "login", "account.login.length"},
			{"two words", "A", good, "login", "account.login.letters"},
			{"a\x00b", "A", good, "login", "account.login.letters"},
			{"anna", "", good, "name", "account.name.missing"},
			{"anna", "A\x07", good, "name", "account.name.letters"},
			{"anna", strings.Repeat("名", 61), good, "name", "account.name.long"},
			{"anna", "A", "123456789", "password", "account.password.short"},
			{"anna", "A", strings.Repeat("密", 86), "password", "account.password.long"},
			{"anna", "A", "abcdefghi\xff", "password", "account.password.unreadable"},
			{"anna.maria", "A", "ANNA.maria", "password", "account.password.login"},
			{"anna", "A", "aaaaaaaaaa", "password", "account.password.one_character"},
			{"anna", "A", "1234567890", "", ""},
			{"密码九个字加一", "A", strings.Repeat("密", 84) + "码", "", ""}, // 255 bytes
			{"anna2", "A", "", "", ""},                              // by links alone
		} {
			_, err := w.Add(t.Context(), as(w.boss), account.NewUser{Login: tt.login, Name: tt.name, Password: tt.password})
			if got := core.FieldsOf(err)[tt.field].Key; got != tt.key || (err == nil) != (tt.key == "") {
				t.Errorf("%q %q: got %v, want %q", tt.login, tt.password, err, tt.key)
			}
		}
		if _, err := w.Add(t.Context(), as(w.boss), account.NewUser{Login: " ＡＮＮＡ ", Name: "B", Password: good}); core.FieldsOf(err)["login"].Key != "account.login.taken" {
			t.Errorf("another spelling of a login: got %v", err)
		}
	})
}

func TestSigningInAndOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		cookie := w.signIn(t, "BOSS", good)
		u, who, err := w.Session(t.Context(), cookie)
		if err != nil || u.ID != w.boss.ID || who != as(w.boss) {
			t.Fatalf("got %+v, %+v, %v", u, who, err)
		}
		if n := w.count(t, `SELECT count(*) FROM sessions WHERE hash = $1`, cookie); n != 0 {
			t.Error("the cookie itself is stored")
		}
		if other := w.signIn(t, "boss", good); other == cookie {
			t.Error("two sessions share a cookie")
		}
		elsewhere := &account.Service{DB: d, Keys: keys, Realm: 2, Now: w.Now}
		if _, _, err := elsewhere.Session(t.Context(), cookie); err == nil {
			t.Error("another realm accepts the cookie")
		}
		if _, err := elsewhere.SignIn(t.Context(), "boss", good, peer); core.MsgOf(err).Key != "account.wrong" {
			t.Errorf("another realm knows the account: %v", err)
		}
		if err := w.SignOut(t.Context(), cookie); err != nil {
			t.Fatal(err)
		}
		if w.live(t, cookie) {
			t.Error("the session goes on after signing out")
		}
		for _, bad := range []string{"", "x", strings.Repeat("A", 43), cookie + "=", "' OR 1=1 --"} {
			if w.live(t, bad) {
				t.Errorf("%q is a session", bad)
			}
			if err := w.SignOut(t.Context(), bad); err != nil {
				t.Errorf("signing out with %q: %v", bad, err)
			}
		}
	})
}

func TestWrongLoginsGetOneAnswerAndAreJournalled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		closed := w.user(t, "closed", good, access.Member, park)
		linked := w.user(t, "linked", "", access.Member, park)
		if err := w.Disable(t.Context(), as(w.boss), closed.ID, why); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			login, password, cause string
			user                   core.UserID
		}{
			{"nobody-here", good, "unknown", 0},
			{"boss", "wrong password", "password", w.boss.ID},
			{"boss", strings.Repeat("long", 100), "password", w.boss.ID},
			{"closed", good, "disabled", closed.ID},
			{"linked", "", "password", linked.ID},
		} {
			_, err := w.SignIn(t.Context(), tt.login, tt.password, peer)
			if !errors.Is(err, core.Invalid) || core.MsgOf(err).Key != "account.wrong" {
				t.Errorf("%s: got %v", tt.login, err)
			}
			last := w.last(t)
			if last != fmt.Sprintf(`session.begin failed %d {"cause":"%s"}`, tt.user, tt.cause) {
				t.Errorf("%s: the journal tells %s", tt.login, last)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM journal WHERE after_state LIKE '%nobody%' OR note LIKE '%nobody%' OR id IN (SELECT id FROM journal_bodies WHERE body LIKE '%nobody%')`); n != 0 {
			t.Error("the journal holds the login of an unknown user")
		}
	})
}

func (w world) last(t *testing.T) (s string) {
	t.Helper()
	w.tx(t, func(tx *db.Tx) (err error) {
		s, err = db.One(t.Context(), tx, db.Text, `
			SELECT action || ' ' || outcome || ' ' || CAST(coalesce(subject_id, 0) AS text) || ' ' || after_state FROM journal ORDER BY id DESC LIMIT 1`)
		return err
	})
	return s
}

func TestASessionEndsByItself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		start := *w.clock
		for _, tt := range []struct {
			name string
			uses []time.Duration // after the start
			at   time.Duration
			want bool
		}{
			{"idle for just under 12 hours", nil, 12*time.Hour - time.Second, true},
			{"idle for 12 hours", nil, 12 * time.Hour, false},
			{"used in between", []time.Duration{6 * time.Hour}, 17 * time.Hour, true},
			{"used in between, then idle", []time.Duration{6 * time.Hour}, 18 * time.Hour, false},
			{"used all along, for just under 7 days", every(11*time.Hour, 7*24*time.Hour), 7*24*time.Hour - time.Second, true},
			{"used all along, for 7 days", every(11*time.Hour, 7*24*time.Hour), 7 * 24 * time.Hour, false},
		} {
			*w.clock = start
			cookie := w.signIn(t, "boss", good)
			for _, use := range tt.uses {
				*w.clock = start.Add(use)
				if !w.live(t, cookie) {
					t.Fatalf("%s: ended after %s", tt.name, use)
				}
			}
			*w.clock = start.Add(tt.at)
			if got := w.live(t, cookie); got != tt.want {
				t.Errorf("%s: got %v", tt.name, got)
			}
		}
		*w.clock = start.Add(30 * 24 * time.Hour)
		w.signIn(t, "boss", good)
		if n := w.count(t, `SELECT count(*) FROM sessions`); n != 1 {
			t.Errorf("%d sessions are kept, want the new one alone", n)
		}
	})
}

func every(step, end time.Duration) (all []time.Duration) {
	for d := step; d < end; d += step {
		all = append(all, d)
	}
	return all
}

func TestWhateverChangesAnAccountEndsItsSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		anna := w.user(t, "anna", good, access.Secretary, park)
		ctx, boss := t.Context(), as(w.boss)
		for name, change := range map[string]func() error{
			"password": func() error { return w.SetPassword(ctx, boss, anna.ID, good) },
			"grant":    func() error { return w.Grant(ctx, boss, anna.ID, access.Place{Role: access.Member, Org: city}, why) },
			"take":     func() error { return w.Take(ctx, boss, anna.ID, access.Place{Role: access.Secretary, Org: park}, why) },
			"disable": func() error {
				return errors.Join(w.Disable(ctx, boss, anna.ID, why), w.Enable(ctx, boss, anna.ID, why))
			},
		} {
			cookie, bystander := w.signIn(t, "anna", good), w.signIn(t, "boss", good)
			link, err := w.Link(ctx, access.Machine(1), anna.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if w.live(t, cookie) {
				t.Errorf("%s: the session goes on", name)
			}
			if _, err := w.LinkOpen(ctx, link); !errors.Is(err, core.NotFound) {
				t.Errorf("%s: the link still opens: %v", name, err)
			}
			if !w.live(t, bystander) {
				t.Errorf("%s: somebody else was signed out", name)
			}
		}
	})
}

// TestRevokeAllKnowsEveryCredential fails when a table of secrets tied to users
// is added and RevokeAll has not learnt of it.
func TestRevokeAllKnowsEveryCredential(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		columns, err := d.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, c := range columns {
			table, column, _ := strings.Cut(c, ".")
			if column == "hash" && slices.Contains(columns, table+".user_id") && table != "journal" {
				found = append(found, table)
			}
		}
		found = slices.DeleteFunc(found, func(table string) bool { return table == "recovery_codes" }) // a factor, not a way in: it stays
		if want := []string{"bearer_tokens", "pending_logins", "sessions", "tokens"}; !slices.Equal(found, want) {
			t.Errorf("credentials stand in %v; RevokeAll and this test know %v", found, want)
		}
	})
}

func TestChangingOnesOwnPassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		here, there := w.signIn(t, "boss", good), w.signIn(t, "boss", good)
		ctx, me := t.Context(), as(w.boss)
		if _, err := w.ChangePassword(ctx, me, here, "not the old one", "a new password", peer); core.FieldsOf(err)["old"].Key != "account.password.old_wrong" {
			t.Errorf("a wrong old password: got %v", err)
		}
		if _, err := w.ChangePassword(ctx, me, here, good, "short", peer); core.FieldsOf(err)["password"].Key != "account.password.short" {
			t.Errorf("a short new password: got %v", err)
		}
		fresh, err := w.ChangePassword(ctx, me, here, good, "a new password", peer)
		if err != nil {
			t.Fatal(err)
		}
		if fresh == here || !w.live(t, fresh) || w.live(t, here) || w.live(t, there) {
			t.Error("this session must go on under a new id and every other end")
		}
		if _, err := w.SignIn(ctx, "boss", good, peer); err == nil {
			t.Error("the old password still works")
		}
		w.signIn(t, "boss", "a new password")
		if _, err := w.ChangePassword(ctx, access.Machine(1), here, good, good, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("the machine has no password: got %v", err)
		}
	})
}

func TestPreferences(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		cookie := w.signIn(t, "boss", good)
		if err := w.Prefer(t.Context(), as(w.boss), core.En, account.ThemeDark); err != nil {
			t.Fatal(err)
		}
		if u, _, err := w.Session(t.Context(), cookie); err != nil || u.Lang != core.En || u.Theme != account.ThemeDark {
			t.Errorf("got %q %q, %v", u.Lang, u.Theme, err)
		}
		if err := w.Prefer(t.Context(), as(w.boss), "de", "pink"); len(core.FieldsOf(err)) != 2 {
			t.Errorf("got %v", err)
		}
		elsewhere := access.Actor{Realm: 2, User: w.boss.ID, Via: audit.Page}
		if err := w.Prefer(t.Context(), elsewhere, core.En, ""); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm: got %v", err)
		}
	})
}
