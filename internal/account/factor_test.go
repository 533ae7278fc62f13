package account_test

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// A phone makes the codes of one account.
type phone struct {
	w      world
	secret []byte
}

func (p phone) code(t *testing.T) string {
	t.Helper()
	return account.Code(p.secret, p.w.clock.Unix()/30)
}

// enrol gives an account an app and returns the session's new cookie, the phone
// and the recovery codes.
func (w world) enrol(t *testing.T, u account.User, cookie string) (string, phone, []string) {
	t.Helper()
	if err := w.BeginTOTP(t.Context(), as(u), cookie); err != nil {
		t.Fatal(err)
	}
	e, err := w.Enrolment(t.Context(), as(u), cookie)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base32.StdEncoding.DecodeString(e.Secret)
	if err != nil || !strings.Contains(e.Address, "secret="+e.Secret) {
		t.Fatalf("got %+v, %v", e, err)
	}
	p := phone{w, secret}
	c, err := w.ConfirmTOTP(t.Context(), as(u), cookie, p.code(t), peer)
	if err != nil {
		t.Fatal(err)
	}
	*w.clock = w.clock.Add(30 * time.Second) // or the next code is the one just used
	return c.Cookie, p, c.Codes
}

// pend takes the first step and returns what waits for the second.
func (w world) pend(t *testing.T, login string, from account.Peer) string {
	t.Helper()
	in, err := w.SignIn(t.Context(), login, good, from)
	if err != nil || in.Pending == "" || in.Session != "" {
		t.Fatalf("got %+v, %v", in, err)
	}
	return in.Pending
}

func TestAnAppMakesASecondStep(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, me := t.Context(), as(w.boss)
		old, other := w.signIn(t, "boss", good), w.signIn(t, "boss", good)
		cookie, p, codes := w.enrol(t, w.boss, old)
		if w.live(t, old) || w.live(t, other) || !w.live(t, cookie) || len(codes) != 10 {
			t.Error("the session must go on under a new id, the others end, and there are ten codes")
		}
		if n := w.count(t, `SELECT count(*) FROM totps WHERE secret = $1`, p.secret); n != 0 {
			t.Error("the secret is stored as it is")
		}
		if err := w.BeginTOTP(ctx, me, cookie); !errors.Is(err, core.Conflict) {
			t.Errorf("a second app: got %v", err)
		}
		pending := w.pend(t, "boss", peer)
		if w.live(t, pending) {
			t.Error("the first step alone is a session")
		}
		if _, f, err := w.Pending(ctx, pending); err != nil || !f.App || f.Codes != 10 {
			t.Errorf("got %+v, %v", f, err)
		}
		if _, err := w.SecondStep(ctx, pending, "000000", peer); core.FieldsOf(err)["code"].Key != "factor.code.wrong" || w.last(t) != fmt.Sprintf(`session.begin failed %d {"cause":"app"}`, w.boss.ID) {
			t.Errorf("got %v, and the journal tells %s", err, w.last(t))
		}
		code := p.code(t)
		session, err := w.SecondStep(ctx, pending, code[:3]+" "+code[3:], peer)
		if err != nil || !w.live(t, session) || session == pending {
			t.Fatalf("got %v", err)
		}
		if _, err := w.SecondStep(ctx, pending, codes[0], peer); core.MsgOf(err).Key != "factor.over" {
			t.Errorf("a pending sign-in used twice: got %v", err)
		}
		if _, err := w.SecondStep(ctx, w.pend(t, "boss", peer), code, peer); core.FieldsOf(err)["code"].Key != "factor.code.wrong" {
			t.Errorf("a replayed code: got %v", err)
		}
		link, err := w.Link(ctx, access.Machine(1), w.boss.ID)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := w.SignInByLink(ctx, link, peer); err != nil || in.Session != "" || in.Pending == "" {
			t.Errorf("a link skips the factor: %+v, %v", in, err)
		}
	})
}

func TestAPendingSignInEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		anna := w.user(t, "anna", good, access.Secretary, park)
		_, p, codes := w.enrol(t, anna, w.signIn(t, "anna", good))
		elsewhere := &account.Service{DB: d, Keys: keys, Realm: 2, Now: w.Now}
		ends := func(name, pending string) {
			t.Helper()
			if _, err := w.SecondStep(ctx, pending, codes[0], peer); core.MsgOf(err).Key != "factor.over" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		for _, bad := range []string{"", "x", strings.Repeat("A", 43)} {
			ends("no such", bad)
		}
		pending := w.pend(t, "anna", peer)
		if _, err := elsewhere.SecondStep(ctx, pending, p.code(t), peer); core.MsgOf(err).Key != "factor.over" {
			t.Errorf("in another realm: got %v", err)
		}
		if err := w.Grant(ctx, as(w.boss), anna.ID, access.Place{Role: access.Member, Org: city}, why); err != nil {
			t.Fatal(err)
		}
		ends("after a grant", pending)
		pending = w.pend(t, "anna", peer)
		*w.clock = w.clock.Add(account.PendingLasts)
		ends("after its time", pending)
		pending = w.pend(t, "anna", peer)
		if err := w.Disable(ctx, as(w.boss), anna.ID, why); err != nil {
			t.Fatal(err)
		}
		ends("of a closed account", pending)
		if _, err := w.SignIn(ctx, "anna", good, peer); core.MsgOf(err).Key != "account.wrong" {
			t.Errorf("a closed account with a factor: got %v", err)
		}
		w.exec(t, `UPDATE users SET disabled = $1, epoch = epoch - 1 WHERE id = $2`, false, anna.ID)
		ends("that RevokeAll has ended", pending)
	})
}

// TestOfFiftyUsesOneTakesEffect races each kind of code against itself, below
// the throttle, which would let five through.
func TestOfFiftyUsesOneTakesEffect(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		anna := w.user(t, "anna", good, access.Secretary, park)
		_, p, codes := w.enrol(t, anna, w.signIn(t, "anna", good))
		_, reset, _, err := w.IssueReset(t.Context(), as(w.boss), "anna", true)
		if err != nil {
			t.Fatal(err)
		}
		now, code := w.Now(), p.code(t)
		for name, use := range map[string]func(context.Context) (bool, error){
			"app": func(ctx context.Context) (bool, error) { return account.UseTOTP(w.Service, ctx, anna.ID, code, now) },
			"recovery": func(ctx context.Context) (bool, error) {
				return account.UseRecover(w.Service, ctx, anna.ID, codes[3], now)
			},
			"reset": func(ctx context.Context) (bool, error) {
				_, ok, err := account.BurnReset(w.Service, ctx, anna, reset, now)
				return ok, err
			},
		} {
			won := atOnce(t, 50, func(ctx context.Context, _ int) error {
				ok, err := use(ctx)
				if err == nil && !ok {
					err = core.NotFound
				}
				return err
			})
			if won != 1 {
				t.Errorf("%s: %d of 50 uses took effect", name, won)
			}
		}
		if ok, err := account.UseTOTP(w.Service, t.Context(), anna.ID, account.Code(p.secret, now.Unix()/30-1), now); ok || err != nil {
			t.Errorf("an earlier code after a later one: got %v, %v", ok, err)
		}
	})
}

// TestOfFiftySecondStepsOneEnters goes the whole way, from fifty places.
func TestOfFiftySecondStepsOneEnters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, p, _ := w.enrol(t, w.boss, w.signIn(t, "boss", good))
		pending, code := w.pend(t, "boss", peer), p.code(t)
		before := w.count(t, `SELECT count(*) FROM sessions`)
		atOnce(t, 50, func(ctx context.Context, i int) error {
			_, err := w.SecondStep(ctx, pending, code, account.Peer{Addr: fmt.Sprintf("192.0.2.%d", i)})
			if err != nil {
				err = core.NotFound // wrong, over or to wait: all the same here
			}
			return err
		})
		if n := w.count(t, `SELECT count(*) FROM sessions`) - before; n != 1 {
			t.Errorf("%d sessions began, want 1", n)
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, me := t.Context(), as(w.boss)
		cookie := w.signIn(t, "boss", good)
		if _, err := w.NewCodes(ctx, me, cookie); core.MsgOf(err).Key != "factor.codes.none" {
			t.Errorf("codes without a factor: got %v", err)
		}
		cookie, _, codes := w.enrol(t, w.boss, cookie)
		use := func(code string) error {
			t.Helper()
			*w.clock = w.clock.Add(time.Minute) // the throttle is tested elsewhere
			pending := w.pend(t, "boss", peer)
			*w.clock = w.clock.Add(time.Minute)
			session, err := w.SecondStep(ctx, pending, code, peer)
			if (err == nil) != (session != "") {
				t.Errorf("got %q, %v", session, err)
			}
			return err
		}
		if err := use(strings.ToLower(strings.ReplaceAll(codes[0], "-", " "))); err != nil {
			t.Errorf("a code as people type it: got %v", err)
		}
		if err := use(codes[0]); core.FieldsOf(err)["code"].Key != "factor.code.wrong" {
			t.Errorf("a second use: got %v", err)
		}
		if f, _, err := w.Factors(ctx, me, cookie); err != nil || f.Codes != 9 {
			t.Errorf("got %+v, %v", f, err)
		}
		c, err := w.NewCodes(ctx, me, cookie)
		if err != nil || len(c.Codes) != 10 {
			t.Fatalf("got %v, %v", c.Codes, err)
		}
		if err := use(codes[1]); core.FieldsOf(err)["code"].Key != "factor.code.wrong" {
			t.Errorf("a code of the old set: got %v", err)
		}
		if err := use(c.Codes[1]); err != nil {
			t.Errorf("a code of the new set: got %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM recovery_codes WHERE hash LIKE '%' || $1 || '%'`, strings.ReplaceAll(c.Codes[2], "-", "")); n != 0 {
			t.Error("a code is stored as it is")
		}
		if _, err := w.RemoveTOTP(ctx, me, c.Cookie); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, `SELECT count(*) FROM recovery_codes`) + w.count(t, `SELECT count(*) FROM totps`); n != 0 {
			t.Errorf("%d rows are kept of factors that are gone", n)
		}
		*w.clock = w.clock.Add(2 * time.Minute)
		w.signIn(t, "boss", good)
	})
}

func TestFactorsAreChangedSoonAfterSigningIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, me := t.Context(), as(w.boss)
		anna := w.user(t, "anna", good, access.Secretary, park)
		cookie := w.signIn(t, "boss", good)
		stale := func(name string, err error) {
			t.Helper()
			if core.MsgOf(err).Key != "factor.stale" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		stale("with somebody else's session", w.BeginTOTP(ctx, as(anna), cookie))
		stale("without a session", w.BeginTOTP(ctx, me, ""))
		*w.clock = w.clock.Add(15*time.Minute - time.Second)
		if err := w.BeginTOTP(ctx, me, cookie); err != nil {
			t.Errorf("just in time: got %v", err)
		}
		*w.clock = w.clock.Add(time.Second)
		stale("begin", w.BeginTOTP(ctx, me, cookie))
		_, err := w.Enrolment(ctx, me, cookie)
		stale("see the secret", err)
		_, err = w.ConfirmTOTP(ctx, me, cookie, "000000", peer)
		stale("confirm", err)
		_, err = w.RemoveTOTP(ctx, me, cookie)
		stale("remove", err)
		_, err = w.NewCodes(ctx, me, cookie)
		stale("codes", err)
		_, err = w.RemovePasskey(ctx, me, cookie, 1)
		stale("remove a passkey", err)
		if _, fresh, err := w.Factors(ctx, me, cookie); fresh || err != nil {
			t.Errorf("got %v, %v", fresh, err)
		}
	})
}

func TestOnesSessionsAreListedAndEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, me := t.Context(), as(w.boss)
		anna := w.user(t, "anna", good, access.Secretary, park)
		hers := w.signIn(t, "anna", good)
		first := w.signIn(t, "boss", good)
		*w.clock = w.clock.Add(time.Hour)
		second, third := w.signIn(t, "boss", good), w.signIn(t, "boss", good)
		all, err := w.Sittings(ctx, me, second)
		if err != nil || len(all) != 3 || all[0].Device != "Firefox" || !all[2].Began.Equal(w.clock.Add(-time.Hour)) {
			t.Fatalf("got %+v, %v", all, err)
		}
		for _, s := range all {
			if s.Here != (s.ID == all[0].ID || s.ID == all[1].ID) && s.Here {
				t.Errorf("got %+v", s)
			}
		}
		if err := w.EndSitting(ctx, as(anna), hers, all[2].ID); !errors.Is(err, core.NotFound) {
			t.Errorf("somebody else's session: got %v", err)
		}
		if err := w.EndSitting(ctx, me, second, all[2].ID); err != nil || w.live(t, first) || !w.live(t, third) {
			t.Errorf("end one: got %v", err)
		}
		if err := w.EndSitting(ctx, me, second, 0); err != nil || w.live(t, third) || !w.live(t, second) || !w.live(t, hers) {
			t.Errorf("end the others: got %v", err)
		}
		if all, err := w.Sittings(ctx, access.Actor{Realm: 2, User: w.boss.ID}, second); !errors.Is(err, core.NotFound) {
			t.Errorf("in another realm: got %+v, %v", all, err)
		}
	})
}
