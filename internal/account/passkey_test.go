package account_test

import (
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

const site = "http://localhost:8080"

// addKey gives an account a passkey and returns the session's new cookie.
func (w world) addKey(t *testing.T, u account.User, cookie string, d *device) (string, []string) {
	t.Helper()
	ask, err := w.AskNewPasskey(t.Context(), as(u), cookie)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.AddPasskey(t.Context(), as(u), cookie, "办公室电脑", d.make(t, ask))
	if err != nil {
		t.Fatal(err)
	}
	return c.Cookie, c.Codes
}

// enterBy signs in with a passkey, after the first step or alone.
func (w world) enterBy(t *testing.T, pending string, d *device) (string, error) {
	t.Helper()
	ask, pending, err := w.AskPasskey(t.Context(), pending)
	if err != nil {
		t.Fatal(err)
	}
	return w.SignInByPasskey(t.Context(), pending, d.sign(t, ask), peer)
}

func eachWithSite(t *testing.T, f func(t *testing.T, w world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.Site = site
		f(t, w)
	})
}

func TestAPasskeyIsBothFactorsOrTheSecond(t *testing.T) {
	eachWithSite(t, func(t *testing.T, w world) {
		ctx, key := t.Context(), newDevice(t)
		old := w.signIn(t, "boss", good)
		cookie, codes := w.addKey(t, w.boss, old, key)
		if w.live(t, old) || !w.live(t, cookie) || len(codes) != 10 {
			t.Error("the session must go on under a new id, with ten codes")
		}
		for name, pending := range map[string]string{"alone": "", "second": w.pend(t, "boss", peer)} {
			session, err := w.enterBy(t, pending, key)
			if err != nil || !w.live(t, session) {
				t.Errorf("%s: got %v", name, err)
			}
			if u, _, err := w.Session(ctx, session); err != nil || u.ID != w.boss.ID {
				t.Errorf("%s: got %+v, %v", name, u, err)
			}
		}
		f, _, err := w.Factors(ctx, as(w.boss), cookie)
		if err != nil || len(f.Passkeys) != 1 || f.Passkeys[0].Name != "办公室电脑" || f.Passkeys[0].Used.IsZero() {
			t.Fatalf("got %+v, %v", f, err)
		}
		if _, err := w.RemovePasskey(ctx, access.Actor{Realm: 2, User: w.boss.ID}, cookie, f.Passkeys[0].ID); !errors.Is(err, core.NotFound) {
			t.Errorf("another realm: got %v", err)
		}
		if _, err := w.RemovePasskey(ctx, as(w.boss), cookie, f.Passkeys[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.enterBy(t, "", key); core.MsgOf(err).Key != "factor.passkey.refused" {
			t.Errorf("a passkey that was removed: got %v", err)
		}
		w.signIn(t, "boss", good)
	})
}

func TestWhatAPasskeyMustNotDo(t *testing.T) {
	eachWithSite(t, func(t *testing.T, w world) {
		ctx, key := t.Context(), newDevice(t)
		anna := w.user(t, "anna", good, access.Secretary, park)
		cookie, _ := w.addKey(t, w.boss, w.signIn(t, "boss", good), key)
		w.enrol(t, anna, w.signIn(t, "anna", good))
		refused := func(name string, err error) {
			t.Helper()
			*w.clock = w.clock.Add(2 * time.Minute) // the throttle is tested elsewhere
			if core.MsgOf(err).Key != "factor.passkey.refused" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		ask, pending, err := w.AskPasskey(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		reply := key.sign(t, ask)
		if _, err := w.SignInByPasskey(ctx, pending, reply, peer); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignInByPasskey(ctx, pending, reply, peer); core.MsgOf(err).Key != "factor.over" {
			t.Errorf("a signature sent again: got %v", err)
		}
		_, other, err := w.AskPasskey(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.SignInByPasskey(ctx, other, reply, peer)
		refused("a signature of another challenge", err)
		_, err = w.SignInByPasskey(ctx, other, key.sign(t, ask), peer)
		refused("a challenge that was used up", err)
		change := func(f func(d *device)) error {
			t.Helper()
			d := *key
			f(&d)
			_, err := w.enterBy(t, "", &d)
			key.count = max(key.count, d.count)
			return err
		}
		refused("of another site", change(func(d *device) { d.origin = "http://localhost.evil.example" }))
		refused("of another party", change(func(d *device) { d.rp = "evil.example" }))
		refused("without verifying the person", change(func(d *device) { d.flags = 0x01 }))
		refused("of another key", change(func(d *device) { d.key = newDevice(t).key }))
		refused("of nobody", change(func(d *device) { d.handle = make([]byte, 16) }))
		refused("of somebody else", change(func(d *device) { d.handle[15] ^= 1 }))
		for _, junk := range []string{"", "{}", "null", "[]", strings.Repeat("[", 100_000), `{"id":1}`} {
			_, err := w.SignInByPasskey(ctx, other, []byte(junk), peer)
			refused("junk", err)
		}
		for _, n := range []string{"", " ", strings.Repeat("长", 41), "a\x00b"} {
			if _, err := w.AddPasskey(ctx, as(w.boss), cookie, n, nil); core.FieldsOf(err)["name"].Key == "" {
				t.Errorf("the name %q: got %v", n, err)
			}
		}
		if _, err := w.AddPasskey(ctx, as(w.boss), cookie, "x", []byte("{}")); core.MsgOf(err).Key != "factor.passkey.refused" {
			t.Errorf("junk as a new passkey: got %v", err)
		}
	})
}

func TestACopiedPasskeyIsNoticed(t *testing.T) {
	eachWithSite(t, func(t *testing.T, w world) {
		key := newDevice(t)
		cookie, codes := w.addKey(t, w.boss, w.signIn(t, "boss", good), key)
		twin := *key
		for range 2 {
			if _, err := w.enterBy(t, "", key); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.enterBy(t, "", &twin); core.MsgOf(err).Key != "factor.passkey.cloned" {
			t.Errorf("a count that goes back: got %v", err)
		}
		*w.clock = w.clock.Add(2 * time.Minute)
		if _, err := w.enterBy(t, "", key); core.MsgOf(err).Key != "factor.passkey.cloned" {
			t.Errorf("afterwards no copy is let in: got %v", err)
		}
		if f, _, err := w.Factors(t.Context(), as(w.boss), cookie); err != nil || !f.Passkeys[0].Cloned {
			t.Errorf("got %+v, %v", f, err)
		}
		if _, err := w.SecondStep(t.Context(), w.pend(t, "boss", peer), codes[0], peer); err != nil {
			t.Errorf("a recovery code still works: got %v", err)
		}
	})
}

func TestPasskeysOfClosedAccountsAndOtherRealms(t *testing.T) {
	eachWithSite(t, func(t *testing.T, w world) {
		key := newDevice(t)
		anna := w.user(t, "anna", good, access.Secretary, park)
		w.addKey(t, anna, w.signIn(t, "anna", good), key)
		elsewhere := &account.Service{DB: w.d, Keys: keys, Realm: 2, Now: w.Now, Site: site}
		ask, pending, err := elsewhere.AskPasskey(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := elsewhere.SignInByPasskey(t.Context(), pending, key.sign(t, ask), peer); core.MsgOf(err).Key != "factor.passkey.refused" {
			t.Errorf("in another realm: got %v", err)
		}
		if err := w.Disable(t.Context(), as(w.boss), anna.ID, why); err != nil {
			t.Fatal(err)
		}
		if _, err := w.enterBy(t, "", key); core.MsgOf(err).Key != "factor.passkey.refused" {
			t.Errorf("of a closed account: got %v", err)
		}
		w.Site = ""
		if _, _, err := w.AskPasskey(t.Context(), ""); core.MsgOf(err).Key != "factor.passkey.no_site" {
			t.Errorf("without an address: got %v", err)
		}
	})
}

func TestRobotsDoNotFillTheTable(t *testing.T) {
	eachWithSite(t, func(t *testing.T, w world) {
		ask := func() error { _, _, err := w.AskPasskey(t.Context(), ""); return err }
		for range 3 {
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		}
		w.tx(t, func(tx *db.Tx) error {
			var rows [][]any
			for i := range 5000 {
				rows = append(rows, []any{fmt.Sprint(i), 1, 0, "passkey", "", db.Instant(w.Now().Add(account.PendingLasts))})
			}
			return db.Insert(t.Context(), tx, "pending_logins", "hash, realm_id, epoch, how, challenge, expires_at", rows)
		})
		if err := ask(); core.MsgOf(err).Key != "account.busy" {
			t.Errorf("got %v", err)
		}
		*w.clock = w.clock.Add(account.PendingLasts + time.Second)
		if err := ask(); err != nil {
			t.Errorf("after their time: got %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM pending_logins`); n != 1 {
			t.Errorf("%d rows are kept, want 1", n)
		}
	})
}
