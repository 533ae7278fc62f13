package account_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
)

// A device keeps one passkey and answers as a browser's script sends it.
type device struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	rp     string
	origin string
	count  uint32
	flags  byte // user present, user verified
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{key: key, id: make([]byte, 32), rp: "localhost", origin: site, flags: 0x05}
	if _, err := rand.Read(d.id); err != nil {
		t.Fatal(err)
	}
	return d
}

// options is what a challenge asks, as far as the device looks at it.
type options struct {
	PublicKey struct {
		Challenge        string
		User             struct{ ID string }
		AllowCredentials []struct{ ID string }
	}
}

func readOptions(t *testing.T, ask []byte) (o options) {
	t.Helper()
	if err := json.Unmarshal(ask, &o); err != nil || o.PublicKey.Challenge == "" {
		t.Fatalf("%s: %v", ask, err)
	}
	return o
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *device) clientData(t *testing.T, what, challenge string) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"type": what, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (d *device) authData(flags byte) []byte {
	d.count++
	hash := sha256.Sum256([]byte(d.rp))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), d.count)
}

// make answers a challenge to make a passkey, in CBOR by hand: {fmt: "none",
// attStmt: {}, authData}.
func (d *device) make(t *testing.T, ask []byte) []byte {
	t.Helper()
	o := readOptions(t, ask)
	handle, err := base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.handle = handle
	pub, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	data := d.authData(d.flags | 0x40)
	data = append(data, make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	data = append(append(append(data, pub[1:33]...), 0x22, 0x58, 0x20), pub[33:]...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return d.reply(t, map[string]any{
		"clientDataJSON": b64(d.clientData(t, "webauthn.create", o.PublicKey.Challenge)), "attestationObject": b64(append(object, data...)),
	})
}

// sign answers a challenge to sign in.
func (d *device) sign(t *testing.T, ask []byte) []byte {
	t.Helper()
	client := d.clientData(t, "webauthn.get", readOptions(t, ask).PublicKey.Challenge)
	data, hash := d.authData(d.flags), sha256.Sum256(client)
	sum := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.reply(t, map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": b64(d.handle)})
}

func (d *device) reply(t *testing.T, response map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
