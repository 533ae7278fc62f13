// Package secret seals the fields that must not be read from a stolen
// database: id numbers, phones, uploaded files. The key lies in a file outside
// the database; AES-256-GCM is the default cipher and SM4-GCM an option.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"tongpin/internal/core"
)

// The ciphers. SM4 goes with SM3 for hashes (GB/T 32907, GB/T 32905).
const (
	AES = "aes-256-gcm"
	SM4 = "sm4-gcm"
)

// A Keyring seals and opens values. Each field has keys of its own, derived
// from one master key.
type Keyring struct {
	cipher string
	master []byte

	mu     sync.Mutex
	fields map[string]*field
}

type field struct {
	aead cipher.AEAD
	hash []byte
}

// keyFile is what the file holds.
type keyFile struct {
	Version int    `json:"version"`
	Cipher  string `json:"cipher"`
	Key     string `json:"key"` // base64 of 32 random bytes
}

// Create writes a new key file, readable by its owner alone. It never
// overwrites one: without the old key the old data is lost.
func Create(path, cipher string) (*Keyring, error) {
	if cipher != AES && cipher != SM4 {
		return nil, core.Fail(core.Invalid, "secret.cipher_unknown", cipher)
	}
	master := make([]byte, 32)
	if _, err := rand.Read(master); err != nil {
		return nil, err
	}
	b, err := json.Marshal(keyFile{1, cipher, base64.StdEncoding.EncodeToString(master)})
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, core.Fail(core.Conflict, "secret.exists", path)
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return newKeyring(cipher, master), nil
}

// Load reads a key file. A missing, damaged or widely readable file is
// Unavailable: a new key over old data would lose it.
func Load(path string) (*Keyring, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &core.Error{Kind: core.Unavailable, Msg: core.M("secret.missing", path), Err: err}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, core.Fail(core.Unavailable, "secret.readable", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var k keyFile
	if err := json.Unmarshal(b, &k); err != nil {
		return nil, &core.Error{Kind: core.Unavailable, Msg: core.M("secret.damaged", path), Err: err}
	}
	master, err := base64.StdEncoding.DecodeString(k.Key)
	if err != nil || len(master) != 32 || k.Version != 1 || k.Cipher != AES && k.Cipher != SM4 {
		return nil, core.Fail(core.Unavailable, "secret.damaged", path)
	}
	return newKeyring(k.Cipher, master), nil
}

// Fixed returns a keyring of a known key, for tests and for the example, whose
// data is invented.
func Fixed(cipher string) *Keyring {
	return newKeyring(cipher, make([]byte, 32))
}

func newKeyring(cipher string, master []byte) *Keyring {
	return &Keyring{cipher: cipher, master: master, fields: map[string]*field{}}
}

// Cipher returns the cipher's name.
func (k *Keyring) Cipher() string { return k.cipher }

func (k *Keyring) field(name string) *field {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.fields[name]; f != nil {
		return f
	}
	size := 32
	if k.cipher == SM4 {
		size = 16
	}
	f := &field{hash: derive(k.master, name+" hash", 32)}
	var block cipher.Block
	var err error
	if k.cipher == SM4 {
		block, err = sm4.NewCipher(derive(k.master, name+" seal", size))
	} else {
		block, err = aes.NewCipher(derive(k.master, name+" seal", size))
	}
	if err == nil {
		f.aead, err = cipher.NewGCM(block)
	}
	if err != nil {
		panic(err) // the key has the wrong length: a mistake of ours
	}
	k.fields[name] = f
	return f
}

func derive(master []byte, info string, size int) []byte {
	key, err := hkdf.Key(sha256.New, master, nil, "tongpin "+info, size)
	if err != nil {
		panic(err) // only for sizes beyond any of ours
	}
	return key
}

// Signer returns the key that signs the checkpoints of the journal. It follows
// from the master key, so that one file is kept safe and every process that
// holds it signs alike.
func (k *Keyring) Signer() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(derive(k.master, "journal checkpoints", ed25519.SeedSize))
}

// Seal encrypts a value of a field ("persons.phone") of one row. What is
// sealed opens only for the same field and row. An empty value stays empty.
func (k *Keyring) Seal(name string, row core.ID, value []byte) []byte {
	if len(value) == 0 {
		return nil
	}
	f := k.field(name)
	nonce := make([]byte, f.aead.NonceSize(), f.aead.NonceSize()+len(value)+f.aead.Overhead()+1)
	if _, err := rand.Read(nonce); err != nil {
		panic(err) // without randomness nothing can be sealed
	}
	return append([]byte{1}, f.aead.Seal(nonce, nonce, value, bind(name, row))...)
}

// Open decrypts what Seal made. A value that was moved or changed is an error.
func (k *Keyring) Open(name string, row core.ID, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	f := k.field(name)
	n := f.aead.NonceSize()
	if sealed[0] != 1 || len(sealed) < 1+n {
		return nil, fmt.Errorf("secret: %s of %s is not sealed by this program", name, row)
	}
	value, err := f.aead.Open(nil, sealed[1:1+n], sealed[1+n:], bind(name, row))
	if err != nil {
		return nil, fmt.Errorf("secret: %s of %s does not open with this key: %w", name, row, err)
	}
	return value, nil
}

// Hash returns 16 bytes that find an exact value of a field without showing
// it. An empty value has none.
func (k *Keyring) Hash(name, value string) []byte {
	if value == "" {
		return nil
	}
	make := func() hash.Hash { return sha256.New() }
	if k.cipher == SM4 {
		make = sm3.New
	}
	m := hmac.New(make, k.field(name).hash)
	m.Write([]byte(value))
	return m.Sum(nil)[:16]
}

func bind(name string, row core.ID) []byte {
	return binary.BigEndian.AppendUint64([]byte(name+":"), uint64(row))
}
