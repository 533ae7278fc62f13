package account_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

func waits(err error) int {
	if m := core.MsgOf(err); err != nil && m.Key == "account.wait" {
		return m.Args[0].(int)
	}
	return 0
}

// TestStrangersCannotLockTheOwnerOut: many addresses try; the owner, somewhere
// new, waits a minute and is let in, also if the strangers go on meanwhile.
func TestStrangersCannotLockTheOwnerOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, n := t.Context(), 0
		strangers := func(many int) (looked int) {
			t.Helper()
			for range many {
				n++
				_, err := w.SignIn(ctx, "boss", "wrong", account.Peer{Addr: fmt.Sprintf("198.51.%d.%d", n/250, n%250)})
				if waits(err) == 0 {
					looked++
				}
			}
			return looked
		}
		w.signIn(t, "boss", good) // from peer, which is known from now on
		if looked := strangers(40); looked != 20 {
			t.Errorf("%d of 40 addresses had their password looked at, want 20", looked)
		}
		w.signIn(t, "boss", good)
		away := account.Peer{Addr: "203.0.113.5"}
		_, err := w.SignIn(ctx, "boss", good, away)
		if waits(err) != 60 {
			t.Errorf("the owner at a new place: got %v", err)
		}
		*w.clock = w.clock.Add(59 * time.Second)
		strangers(20)
		if _, err := w.SignIn(ctx, "boss", good, away); waits(err) != 1 {
			t.Errorf("a second too early: got %v", err)
		}
		*w.clock = w.clock.Add(time.Second)
		if in, err := w.SignIn(ctx, "boss", good, away); err != nil || in.Session == "" {
			t.Errorf("after a minute: got %v", err)
		}
		*w.clock = w.clock.Add(time.Hour)
		if looked := strangers(1); looked != 1 {
			t.Error("an hour without attempts does not end it")
		}
	})
}

// TestEveryProofIsThrottled: password, old password, app, recovery, reset and
// confirmation count on one account, however its login is written.
func TestEveryProofIsThrottled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		for name, try := range map[string]func(u account.User, cookie, pending string) error{
			"password": func(u account.User, _, _ string) error {
				_, err := w.SignIn(ctx, " "+u.Login+" ", "wrong", peer)
				return err
			},
			"old password": func(u account.User, cookie, _ string) error {
				_, err := w.ChangePassword(ctx, as(u), cookie, "wrong", fresh, peer)
				return err
			},
			"app": func(_ account.User, _, pending string) error {
				_, err := w.SecondStep(ctx, pending, "000000", peer)
				return err
			},
			"recovery": func(_ account.User, _, pending string) error {
				_, err := w.SecondStep(ctx, pending, "AAAA-BBBB-CCCC", peer)
				return err
			},
			"reset": func(u account.User, _, _ string) error {
				return w.Reset(ctx, u.Login, "AAAA-BBBB-CCCC-DDDD", fresh, peer)
			},
		} {
			u := w.user(t, "u"+fmt.Sprint(len(name))+name[:1], good, access.Member, park)
			cookie, p, _ := w.enrol(t, u, w.signIn(t, u.Login, good))
			pending := w.pend(t, u.Login, account.Peer{Addr: "192.0.2.50"})
			for i := range 5 {
				if err := try(u, cookie, pending); waits(err) != 0 || !errors.Is(err, core.Invalid) {
					t.Errorf("%s, attempt %d: got %v", name, i+1, err)
				}
			}
			if err := try(u, cookie, pending); waits(err) != 30 {
				t.Errorf("%s: the sixth: got %v", name, err)
			}
			if _, err := w.SecondStep(ctx, pending, p.code(t), peer); waits(err) != 30 {
				t.Errorf("%s: another proof of the same account: got %v", name, err)
			}
		}
	})
}

// TestARightPasswordForgetsNoWrongCodes: or whoever knows the password could
// guess codes for ever.
func TestARightPasswordForgetsNoWrongCodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.enrol(t, w.boss, w.signIn(t, "boss", good))
		looked := 0
		for range 10 {
			in, err := w.SignIn(t.Context(), "boss", good, peer)
			if err != nil {
				continue
			}
			if _, err := w.SecondStep(t.Context(), in.Pending, "000000", peer); waits(err) == 0 {
				looked++
			}
		}
		if looked > 3 {
			t.Errorf("%d codes were looked at", looked)
		}
	})
}

func TestCountsSurviveWhatIsRolledBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		if err := account.Attempt(w.Service, ctx, account.KeyOf(w.boss.ID), addr, w.Now()); err != nil {
			t.Fatal(err)
		}
		cancel() // the visitor hangs up before the password is looked at
		if _, err := w.SignIn(ctx, "boss", good, peer); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM sign_in_failures WHERE failures = 1`); n != 2 { // of the address and of the account
			t.Errorf("%d counts are kept, want 2", n)
		}
		if n := w.count(t, `SELECT count(*) FROM sign_in_failures WHERE realm_id = 2`); n != 0 {
			t.Error("another realm counts")
		}
	})
}
