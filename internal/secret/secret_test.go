package secret_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/secret"
)

func TestWhatIsSealedOpensOnlyInItsPlace(t *testing.T) {
	for _, cipher := range []string{secret.AES, secret.SM4} {
		k := secret.Fixed(cipher)
		sealed := k.Seal("persons.phone", 7, []byte("19900000000"))
		if bytes.Contains(sealed, []byte("1990")) {
			t.Errorf("%s: the value can be read", cipher)
		}
		if got, err := k.Open("persons.phone", 7, sealed); err != nil || string(got) != "19900000000" {
			t.Errorf("%s: got %q, %v", cipher, got, err)
		}
		if _, err := k.Open("persons.phone", 8, sealed); err == nil {
			t.Errorf("%s: it opened in another row", cipher)
		}
		if _, err := k.Open("persons.id_number", 7, sealed); err == nil {
			t.Errorf("%s: it opened in another field", cipher)
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := k.Open("persons.phone", 7, sealed); err == nil {
			t.Errorf("%s: a changed value opened", cipher)
		}
		if bytes.Equal(k.Seal("f", 1, []byte("x")), k.Seal("f", 1, []byte("x"))) {
			t.Errorf("%s: equal values look equal", cipher)
		}
	}
}

func TestHashesFindExactValuesOfOneField(t *testing.T) {
	k := secret.Fixed(secret.AES)
	if !bytes.Equal(k.Hash("a", "v"), k.Hash("a", "v")) || bytes.Equal(k.Hash("a", "v"), k.Hash("b", "v")) || bytes.Equal(k.Hash("a", "v"), k.Hash("a", "w")) {
		t.Error("a hash must depend on field and value alone")
	}
	if k.Hash("a", "") != nil || len(k.Hash("a", "v")) != 16 {
		t.Error("an empty value has no hash, others 16 bytes")
	}
}

func TestTheKeyFileIsGuarded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "master.key")
	if _, err := secret.Load(path); !errors.Is(err, core.Unavailable) {
		t.Errorf("a missing key: got %v", err)
	}
	made, err := secret.Create(path, secret.SM4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Create(path, secret.AES); !errors.Is(err, core.Conflict) {
		t.Errorf("a second key over the first: got %v", err)
	}
	read, err := secret.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read.Open("f", 1, made.Seal("f", 1, []byte("v"))); err != nil || string(got) != "v" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Load(path); !errors.Is(err, core.Unavailable) {
		t.Errorf("a key that others can read: got %v", err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Load(path); !errors.Is(err, core.Unavailable) {
		t.Errorf("a damaged key: got %v", err)
	}
}
