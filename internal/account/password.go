package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// What argon2id costs: 19 MiB, two passes, one lane (OWASP's setting). Older
// hashes with other costs still verify and are renewed at the next sign-in.
const (
	costTime    = 2
	costMemory  = 19 * 1024 // KiB
	costThreads = 1
	saltSize    = 16
	keySize     = 32
)

// hashPassword returns the password's argon2id hash in PHC form, in its turn.
// peer is the address that wants it, "" for none.
func hashPassword(ctx context.Context, peer, password string) (string, error) {
	done, err := hashing.take(ctx, peer)
	if err != nil {
		return "", err
	}
	defer done()
	return newHash(password), nil
}

func newHash(password string) string {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		panic(err) // without randomness no password is safe
	}
	key := argon2.IDKey(normal(password), salt, costTime, costMemory, costThreads, keySize)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, costMemory, costTime, costThreads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// normal makes two keyboards' spellings of one password equal.
func normal(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// decoy is hashed against where there is no account or no password, so that an
// answer takes as long either way.
var decoy = sync.OnceValue(func() string { return newHash(rand.Text()) })

// verify reports whether the password is the one behind the hash, and whether
// that hash should be renewed. An account without a hash never matches.
func verify(ctx context.Context, peer, hash, password string) (ok, renew bool, err error) {
	real := hash != ""
	if !real {
		hash = decoy()
	}
	h, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	done, err := hashing.take(ctx, peer)
	if err != nil {
		return false, false, err
	}
	defer done()
	if len(password) > PasswordMax {
		password, real = "", false
	}
	key := argon2.IDKey(normal(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	ok = subtle.ConstantTimeCompare(key, h.key) == 1 && real
	return ok, h.time != costTime || h.memory != costMemory || h.threads != costThreads, nil
}

type phc struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

var errHash = errors.New("account: the stored password hash is damaged")

// parseHash reads a PHC string; costs beyond reason are an error, because the
// row would be a way to stop the machine.
func parseHash(s string) (h phc, err error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errHash
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); n != 3 || err != nil {
		return h, errHash
	}
	h.salt, err = base64.RawStdEncoding.DecodeString(part[4])
	if err != nil {
		return h, errHash
	}
	h.key, err = base64.RawStdEncoding.DecodeString(part[5])
	if err != nil || len(h.salt) < 8 || len(h.key) < 16 || len(h.key) > 64 ||
		h.memory < 8 || h.memory > 256*1024 || h.time < 1 || h.time > 10 || h.threads < 1 || h.threads > 8 {
		return h, errHash
	}
	return h, nil
}
