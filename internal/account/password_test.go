package account

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/secret"
)

func TestAHashIsPHCAndVerifies(t *testing.T) {
	hash := newHash("pässwörd 密码")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %s", hash)
	}
	if newHash("pässwörd 密码") == hash {
		t.Error("two hashes of one password are equal")
	}
	for password, want := range map[string]bool{
		"pässwörd 密码": true, "pa\u0308sswo\u0308rd 密码": true, "pässwörd　密码": true, // other keyboards, one password
		"passwörd 密码": false, "": false,
	} {
		ok, renew, err := verify(t.Context(), "", hash, password)
		if ok != want || renew || err != nil {
			t.Errorf("%q: got %v, %v, %v", password, ok, renew, err)
		}
	}
}

func TestNoPasswordMatchesAnAccountWithoutOne(t *testing.T) {
	for _, password := range []string{"", "x"} {
		if ok, _, err := verify(t.Context(), "", "", password); ok || err != nil {
			t.Errorf("%q: got %v, %v", password, ok, err)
		}
	}
}

func TestDamagedAndCostlyHashesAreRefused(t *testing.T) {
	for _, hash := range []string{
		"x", "$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5",
		"$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", "$argon2id$v=19$m=19456,t=99,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5",
		"$argon2id$v=19$m=19456,t=2,p=1$!!$a2V5a2V5a2V5a2V5a2V5",
	} {
		if _, _, err := verify(t.Context(), "", hash, "x"); !errors.Is(err, errHash) {
			t.Errorf("%s: got %v", hash, err)
		}
	}
}

func TestAnOldHashIsRenewedAtSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dbtest.Realm(t, d, 1, "Suzhou")
		s := &Service{DB: d, Keys: secret.Fixed(secret.AES), Realm: 1, Now: func() time.Time { return dbtest.Day(2026, 11, 20) }}
		// "1234567890" with the salt "saltsalt", 64 KiB and one pass.
		old := "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$" + cheap("1234567890")
		err := d.Tx(t.Context(), func(tx *db.Tx) error {
			return insertUser(t.Context(), tx, User{Realm: 1, ID: 5, Login: "anna", Name: "A", CreatedAt: s.Now()}, old)
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := s.SignIn(t.Context(), "anna", "1234567890", Peer{Addr: "::1"}); err != nil {
				t.Fatal(err)
			}
		}
		var hash string
		err = d.View(t.Context(), func(tx *db.Tx) (err error) {
			hash, err = db.One(t.Context(), tx, db.Text, `SELECT password FROM users WHERE id = 5`)
			return err
		})
		if err != nil || !strings.HasPrefix(hash, fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,", costMemory, costTime)) {
			t.Errorf("got %s, %v", hash, err)
		}
	})
}

func cheap(password string) string {
	return base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), []byte("saltsalt"), 1, 64, 1, 32))
}

// TestAnUnknownLoginWaitsForTheSameWork takes every turn at the hashing bench:
// who is answered without hashing would not have to wait.
func TestAnUnknownLoginWaitsForTheSameWork(t *testing.T) {
	d := dbtest.SQLite(t)
	dbtest.Realm(t, d, 1, "Suzhou")
	s := &Service{DB: d, Keys: secret.Fixed(secret.AES), Realm: 1, Now: func() time.Time { return dbtest.Day(2026, 11, 20) }}
	decoy()
	for range cap(hashing.turns) {
		hashing.turns <- struct{}{}
	}
	defer func() {
		for range cap(hashing.turns) {
			<-hashing.turns
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.SignIn(ctx, "nobody", "whatever it is", Peer{Addr: "::1"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestWaitsGrowToABound(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 9: 8 * time.Minute, 10: 15 * time.Minute, 1000: 15 * time.Minute,
	} {
		if got := waitAfter(failures); got != want {
			t.Errorf("after %d failures: got %s, want %s", failures, got, want)
		}
	}
}

func TestThrottleKeys(t *testing.T) {
	same := [][2][2]string{
		{{strangerKey("boss"), "192.0.2.1"}, {strangerKey(" BOSS "), "192.0.2.1"}}, {{"boss", "192.0.2.1"}, {"boss", "::ffff:192.0.2.1"}},
		{{"boss", "2001:db8::1"}, {"boss", "2001:db8::ffff:1"}},
	}
	for _, p := range same {
		if throttleKey(p[0][0], p[0][1]) != throttleKey(p[1][0], p[1][1]) {
			t.Errorf("%v must count as one", p)
		}
	}
	other := [][2][2]string{
		{{"boss", "192.0.2.1"}, {"boss", "192.0.2.2"}}, {{"boss", "2001:db8::1"}, {"boss", "2001:db8:0:1::1"}},
		{{"boss", "192.0.2.1"}, {"bosa", "192.0.2.1"}}, {{"a:b", "c"}, {"a", "b:c"}},
	}
	for _, p := range other {
		if throttleKey(p[0][0], p[0][1]) == throttleKey(p[1][0], p[1][1]) {
			t.Errorf("%v must count apart", p)
		}
	}
	if k := throttleKey("boss", "192.0.2.1"); len(k) != 64 || strings.Contains(k, "boss") {
		t.Errorf("the key shows the login: %s", k)
	}
}
