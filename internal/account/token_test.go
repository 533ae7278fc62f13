package account_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

// empty is a world in which nobody manages users yet, and a token for setup.
func empty(t *testing.T, d *db.DB) (world, string) {
	t.Helper()
	w := newWorld(t, d)
	for _, table := range []string{`DELETE FROM grants`, `DELETE FROM users`} {
		w.exec(t, table)
	}
	return w, w.setupToken(t)
}

func (w world) setupToken(t *testing.T) string {
	t.Helper()
	token, err := w.SetupToken(t.Context(), access.Machine(1))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTheFirstAdministrator(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, old := empty(t, d)
		token, ctx := w.setupToken(t), t.Context()
		for name, bad := range map[string]string{"an older token": old, "no token": "", "a token of our form": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
			if err := w.SetupOpen(ctx, bad); !errors.Is(err, core.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
			if _, err := w.Setup(ctx, bad, "boss", "Boss", good, peer); !errors.Is(err, core.NotFound) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		elsewhere := &account.Service{DB: d, Keys: keys, Realm: 2, Now: w.Now}
		if _, err := elsewhere.Setup(ctx, token, "boss", "Boss", good, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("in another realm: got %v", err)
		}
		if _, err := w.Setup(ctx, token, "boss", "Boss", "", peer); core.FieldsOf(err)["password"].Key == "" {
			t.Errorf("without a password: got %v", err)
		}
		if err := w.SetupOpen(ctx, token); err != nil {
			t.Errorf("wrong input used the token up: %v", err)
		}
		cookie, err := w.Setup(ctx, token, "boss", "Boss", good, peer)
		if err != nil {
			t.Fatal(err)
		}
		u, who, err := w.Session(ctx, cookie)
		if err != nil || u.Login != "boss" {
			t.Fatalf("got %+v, %v", u, err)
		}
		w.tx(t, func(tx *db.Tx) error {
			for _, do := range []access.Action{access.ImportPeople, access.SeePeople, access.ManageSettings, access.SeeJournal} {
				if err := access.Require(ctx, tx, who, do, park); !errors.Is(err, core.Forbidden) {
					t.Errorf("the first administrator and %s: got %v", do, err)
				}
			}
			return access.Require(ctx, tx, who, access.ManageUsers, park)
		})
		if _, err := w.Setup(ctx, token, "mallory", "M", good, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("a second time: got %v", err)
		}
		if again := w.setupToken(t); again != "" {
			t.Error("there is a token although somebody manages users")
		}
		if _, err := w.SetupToken(ctx, who); !errors.Is(err, core.NotFound) {
			t.Errorf("a user asked for a setup token: %v", err)
		}
	})
}

func TestASetupTokenGrowsOld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, token := empty(t, d)
		start := *w.clock
		*w.clock = start.Add(account.SetupLasts - time.Second)
		if err := w.SetupOpen(t.Context(), token); err != nil {
			t.Error(err)
		}
		*w.clock = start.Add(account.SetupLasts)
		if err := w.SetupOpen(t.Context(), token); !errors.Is(err, core.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

// atOnce runs f n times at the same time and returns how many succeeded;
// every other one must fail with core.NotFound.
func atOnce(t *testing.T, n int, f func(ctx context.Context, i int) error) int {
	t.Helper()
	var won atomic.Int32
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			switch err := f(context.WithoutCancel(t.Context()), i); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, core.NotFound):
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(won.Load())
}

func TestOfFiftyUsesOfALinkOneWins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		link, err := w.Link(t.Context(), as(w.boss), w.boss.ID)
		if err != nil {
			t.Fatal(err)
		}
		won := atOnce(t, 50, func(ctx context.Context, _ int) error {
			_, err := w.SignInByLink(ctx, link, peer)
			return err
		})
		if n := w.count(t, `SELECT count(*) FROM sessions`); won != 1 || n != 1 {
			t.Errorf("%d won and %d sessions began, want 1", won, n)
		}
	})
}

func TestOfManyFirstAdministratorsOneIsMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, token := empty(t, d)
		won := atOnce(t, 8, func(ctx context.Context, i int) error {
			_, err := w.Setup(ctx, token, "boss"+string(rune('a'+i)), "Boss", good, peer)
			return err
		})
		if n := w.count(t, `SELECT count(*) FROM users`); won != 1 || n != 1 {
			t.Errorf("%d won and %d accounts were made, want 1", won, n)
		}
	})
}

func TestSignInLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx, start := t.Context(), *w.clock
		anna := w.user(t, "anna", "", access.Secretary, park)
		link := func() string {
			t.Helper()
			token, err := w.Link(ctx, as(w.boss), anna.ID)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		first := link()
		if u, err := w.LinkOpen(ctx, first); err != nil || u.ID != anna.ID {
			t.Errorf("got %+v, %v", u, err)
		}
		in, err := w.SignInByLink(ctx, first, peer)
		if err != nil || !w.live(t, in.Session) {
			t.Fatalf("got %v", err)
		}
		if _, err := w.SignInByLink(ctx, first, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("a second use: got %v", err)
		}
		if _, err := w.Link(ctx, as(w.boss), anna.ID); core.MsgOf(err).Key != "account.link.used" {
			t.Errorf("for somebody who has signed in: got %v", err)
		}
		w.exec(t, `UPDATE users SET signed_in_at = NULL`)
		second := link()
		*w.clock = start.Add(account.LinkLasts)
		if _, err := w.SignInByLink(ctx, second, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("after a day: got %v", err)
		}
		*w.clock = start
		if _, err := w.Setup(ctx, link(), "mallory", "M", good, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("a link used for setup: got %v", err)
		}
		if _, err := (&account.Service{DB: d, Keys: keys, Realm: 2, Now: w.Now}).SignInByLink(ctx, link(), peer); !errors.Is(err, core.NotFound) {
			t.Errorf("in another realm: got %v", err)
		}
		third := link()
		w.exec(t, `UPDATE users SET disabled = $1 WHERE id = $2`, true, anna.ID)
		if _, err := w.SignInByLink(ctx, third, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("into a closed account: got %v", err)
		}
		if _, err := w.Link(ctx, as(w.boss), anna.ID); !errors.Is(err, core.Invalid) {
			t.Errorf("a link into a closed account: got %v", err)
		}
	})
}

func TestLinksOfTheExampleServeManyTimes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		example := &account.Service{DB: d, Keys: keys, Realm: 2, Now: w.Now}
		var token string
		w.tx(t, func(tx *db.Tx) error {
			u, err := account.Add(ctx, tx, access.Machine(2), w.Now(), account.NewUser{Login: "shen", Name: "沈书记"})
			if err != nil {
				return err
			}
			token, err = account.IssueLink(ctx, tx, 2, u.ID, w.Now().Add(account.LongestLink))
			return err
		})
		for range 3 {
			if _, err := example.SignInByLink(ctx, token, peer); err != nil {
				t.Fatal(err)
			}
		}
		*w.clock = w.clock.Add(account.LongestLink)
		if _, err := example.SignInByLink(ctx, token, peer); !errors.Is(err, core.NotFound) {
			t.Errorf("after its time: got %v", err)
		}
	})
}
