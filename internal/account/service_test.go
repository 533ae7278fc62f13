package account_test

import (
	"errors"
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
)

func TestFailedAttemptsWaitLongerAndLonger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, start := t.Context(), *w.clock
		for _, login := range []string{"boss", "nobody"} {
			*w.clock = start
			for i := range 5 {
				if _, err := w.SignIn(ctx, login, "wrong", peer); core.MsgOf(err).Key != "account.wrong" {
					t.Fatalf("%s, attempt %d: got %v", login, i+1, err)
				}
			}
			_, err := w.SignIn(ctx, strings.ToUpper(login), good, peer)
			if m := core.MsgOf(err); m.Key != "account.wait" || m.Args[0] != 30 {
				t.Errorf("%s, the sixth: got %v %v", login, err, m.Args)
			}
			*w.clock = start.Add(29 * time.Second)
			if _, err := w.SignIn(ctx, login, good, peer); !errors.Is(err, core.Unavailable) {
				t.Errorf("%s, a second too early: got %v", login, err)
			}
			*w.clock = start.Add(30 * time.Second)
			if _, err := w.SignIn(ctx, login, "wrong", peer); core.MsgOf(err).Key != "account.wrong" {
				t.Errorf("%s, after waiting: got %v", login, err)
			}
			if _, err := w.SignIn(ctx, login, "wrong", peer); core.MsgOf(err).Key != "account.wait" || core.MsgOf(err).Args[0] != 60 {
				t.Errorf("%s: the next wait: got %v", login, err)
			}
		}
		if _, err := w.SignIn(ctx, "boss", good, account.Peer{Addr: "192.0.2.8"}); err != nil {
			t.Errorf("from another address: got %v", err)
		}
		*w.clock = start.Add(2 * time.Minute)
		w.signIn(t, "boss", good)
		for i := range 5 {
			if _, err := w.SignIn(ctx, "boss", "wrong", peer); core.MsgOf(err).Key != "account.wrong" {
				t.Errorf("a success must forget what failed; attempt %d: got %v", i+1, err)
			}
		}
		*w.clock = w.clock.Add(25 * time.Hour)
		w.signIn(t, "boss", good)
		if n := w.count(t, `SELECT count(*) FROM sign_in_failures WHERE failures > 0 OR wait_until IS NOT NULL`); n != 0 {
			t.Errorf("%d rows of failures are kept after a day", n)
		}
	})
}

func TestManyAttemptsAtOnceAreCountedAsMany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		answers := make(chan string, 20)
		for range cap(answers) {
			go func() {
				_, err := w.SignIn(t.Context(), "boss", "wrong", peer)
				answers <- core.MsgOf(err).Key
			}()
		}
		looked := 0
		for range cap(answers) {
			if key := <-answers; key == "account.wrong" {
				looked++
			}
		}
		if looked > 5 {
			t.Errorf("%d of %d attempts were looked at, want 5 at most", looked, cap(answers))
		}
	})
}

func TestWhoManagesWhom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		local := w.user(t, "local", good, access.Security, park) // manages the park alone
		anna := w.user(t, "anna", good, access.Secretary, park)
		fresh := w.user(t, "fresh", good, "", 0)
		nobody := account.User{ID: 999}
		ctx := t.Context()
		stranger := access.Actor{Realm: 2, User: w.boss.ID, Via: audit.Page}
		grant := access.Place{Role: access.Member, Org: park}
		for _, tt := range []struct {
			name string
			who  access.Actor
			user account.User
			want error
		}{
			{"the city's administrator", as(w.boss), anna, nil},
			{"the park's, over the park's secretary", as(local), anna, nil},
			{"the park's, over an account without a role", as(local), fresh, nil},
			{"the park's, over the city's", as(local), w.boss, core.NotFound},
			{"a secretary", as(anna), fresh, core.Forbidden},
			{"somebody without a role", as(fresh), anna, core.NotFound},
			{"another realm", stranger, anna, core.NotFound},
			{"the machine of another realm", access.Machine(2), anna, core.NotFound},
			{"over nobody", as(w.boss), nobody, core.NotFound},
		} {
			for verb, f := range map[string]func() error{
				"password": func() error { return w.SetPassword(ctx, tt.who, tt.user.ID, good) },
				"enable":   func() error { return w.Enable(ctx, tt.who, tt.user.ID, why) },
				"link":     func() error { _, err := w.Link(ctx, tt.who, tt.user.ID); return err },
				"places":   func() error { _, err := w.PlacesOf(ctx, tt.who, tt.user.ID); return err },
				"grant":    func() error { return w.Grant(ctx, tt.who, tt.user.ID, grant, why) },
				"take":     func() error { return w.Take(ctx, tt.who, tt.user.ID, grant, why) },
			} {
				if verb == "grant" || verb == "take" && tt.want == nil {
					continue // in order, below
				}
				if err := f(); !errors.Is(err, tt.want) {
					t.Errorf("%s, %s: got %v, want %v", tt.name, verb, err, tt.want)
				}
			}
			if err := w.Grant(ctx, tt.who, tt.user.ID, grant, why); !errors.Is(err, tt.want) {
				t.Errorf("%s, grant: got %v, want %v", tt.name, err, tt.want)
			}
			if tt.want != nil {
				if !strings.HasPrefix(w.last(t), "user.grant denied") {
					t.Errorf("%s: the journal tells %s", tt.name, w.last(t))
				}
				continue
			}
			if err := w.Grant(ctx, tt.who, tt.user.ID, grant, why); core.MsgOf(err).Key != "account.grant.held" {
				t.Errorf("%s, the same role twice: got %v", tt.name, err)
			}
			if err := w.Take(ctx, tt.who, tt.user.ID, grant, why); err != nil {
				t.Errorf("%s, take: got %v", tt.name, err)
			}
			if err := w.Take(ctx, tt.who, tt.user.ID, grant, why); !errors.Is(err, core.NotFound) {
				t.Errorf("%s, take what is not held: got %v", tt.name, err)
			}
		}
		if err := w.Grant(ctx, as(local), anna.ID, access.Place{Role: access.Security, Org: city}, why); !errors.Is(err, core.NotFound) {
			t.Errorf("the park's administrator granted a role in the city: %v", err)
		}
	})
}

func TestAdministratorsStayApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, at := t.Context(), func(r access.Role) access.Place { return access.Place{Role: r, Org: park} }
		for _, r := range access.Roles {
			want := core.MsgOf(core.Fail(core.Forbidden, "account.grant.self")).Key
			if err := w.Grant(ctx, as(w.boss), w.boss.ID, at(r), why); core.MsgOf(err).Key != want || !errors.Is(err, core.Forbidden) {
				t.Errorf("%s for oneself: got %v", r, err)
			}
			if !strings.HasPrefix(w.last(t), "user.grant denied") {
				t.Errorf("%s for oneself: the journal tells %s", r, w.last(t))
			}
		}
		apart := map[[2]access.Role]bool{}
		for i, a := range access.Administrators {
			for _, b := range slices.Concat(access.Administrators[i+1:], []access.Role{access.Registrar, access.Secretary}) {
				apart[[2]access.Role{a, b}], apart[[2]access.Role{b, a}] = true, true
			}
		}
		for _, a := range access.Roles {
			for _, b := range access.Roles {
				u := w.user(t, string(a)+"-"+string(b), "", a, city)
				err := w.Grant(ctx, as(w.boss), u.ID, at(b), why)
				if want := apart[[2]access.Role{a, b}]; want != (core.MsgOf(err).Key == "access.roles_apart") || !want && err != nil {
					t.Errorf("%s, then %s: got %v", a, b, err)
				}
			}
		}
	})
}

func TestTheListHoldsWhomTheActorMayManage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		local := w.user(t, "local", good, access.Security, park)
		anna := w.user(t, "anna", good, access.Secretary, park)
		w.user(t, "fresh", good, "", 0)
		w.tx(t, func(tx *db.Tx) error {
			_, err := account.Add(t.Context(), tx, access.Machine(2), w.Now(), account.NewUser{Login: "foreign", Name: "F"})
			return err
		})
		logins := func(who access.Actor) (s string) {
			users, err := w.Users(t.Context(), who)
			if err != nil {
				return string(core.KindOf(err))
			}
			for _, u := range users {
				s += u.Login + " "
			}
			return s
		}
		for name, tt := range map[string]struct {
			who  access.Actor
			want string
		}{
			"the machine":       {access.Machine(1), "anna boss fresh local "},
			"the city":          {as(w.boss), "anna boss fresh local "},
			"the park":          {as(local), "anna fresh local "},
			"a secretary":       {as(anna), "forbidden"},
			"the other realm":   {access.Machine(2), "foreign "},
			"a foreign visitor": {access.Actor{Realm: 2, User: w.boss.ID}, "not found"},
		} {
			if got := logins(tt.who); got != tt.want {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
		}
		if u, err := w.ByLogin(t.Context(), as(local), "ANNA"); err != nil || u.ID != anna.ID {
			t.Errorf("by login: got %+v, %v", u, err)
		}
		if _, err := w.ByLogin(t.Context(), as(local), "boss"); !errors.Is(err, core.NotFound) {
			t.Errorf("somebody above: got %v", err)
		}
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, at := t.Context(), access.Place{Role: access.Security, Org: city}
		cookie := w.signIn(t, "boss", good)
		if err := w.Disable(ctx, as(w.boss), w.boss.ID, why); core.MsgOf(err).Key != "account.last_admin" {
			t.Errorf("disable: got %v", err)
		}
		if err := w.Take(ctx, access.Machine(1), w.boss.ID, at, why); core.MsgOf(err).Key != "account.last_admin" {
			t.Errorf("take: got %v", err)
		}
		if !w.live(t, cookie) {
			t.Error("what was refused ended the session")
		}
		w.user(t, "second", good, access.Security, city)
		if err := w.Take(ctx, as(w.boss), w.boss.ID, at, why); err != nil {
			t.Errorf("with a second one: got %v", err)
		}
		places, err := w.Places(ctx, as(w.boss))
		if err != nil || len(places) != 0 {
			t.Errorf("places: got %v, %v", places, err)
		}
	})
}

func TestARoleThatWasTakenBackIsRemembered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		anna := w.user(t, "anna", good, access.Secretary, park)
		*w.clock = dbtest.Day(2026, 12, 1)
		if err := w.Take(t.Context(), as(w.boss), anna.ID, access.Place{Role: access.Secretary, Org: park}, why); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, `SELECT count(*) FROM grants WHERE user_id = $1 AND superseded_at IS NULL AND valid_from = '2026-11-20' AND valid_to = '2026-12-01'`, anna.ID); n != 1 {
			t.Errorf("%d rows tell from when to when it held", n)
		}
	})
}
