package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Checkpoint says, signed, which hash the link of a number had at a time.
type Checkpoint struct {
	Realm     core.RealmID
	Seq       int64
	Hash      string
	At        time.Time
	Signature string
}

// stamp is how a time is written in a line, in UTC.
const stamp = "2006-01-02T15:04:05.000000Z"

// said is what is signed.
func (p Checkpoint) said() string {
	return fmt.Sprintf("tongpin-1\t%d\t%d\t%s\t%s", int64(p.Realm), p.Seq, p.Hash, p.At.UTC().Format(stamp))
}

// line is the one way in which a checkpoint is written in the file.
func (p Checkpoint) line() string { return p.said() + "\t" + p.Signature }

func (c *Chain) sign(realm core.RealmID, seq int64, hash string) Checkpoint {
	p := Checkpoint{Realm: realm, Seq: seq, Hash: hash, At: c.Now().UTC().Truncate(time.Microsecond)}
	p.Signature = hex.EncodeToString(ed25519.Sign(c.Key, []byte(p.said())))
	return p
}

// signed reports whether the signature is of this key, in its one spelling.
func (p Checkpoint) signed(key ed25519.PublicKey) bool {
	b, err := hex.DecodeString(p.Signature)
	return err == nil && hex.EncodeToString(b) == p.Signature && ed25519.Verify(key, []byte(p.said()), b)
}

// readLine reads what line writes. Any other spelling of the same is no line.
func readLine(s string) (p Checkpoint, ok bool) {
	parts := strings.Split(s, "\t")
	if len(parts) != 6 {
		return p, false
	}
	realm, err1 := strconv.ParseInt(parts[1], 10, 64)
	seq, err2 := strconv.ParseInt(parts[2], 10, 64)
	at, err3 := time.Parse(stamp, parts[4])
	p = Checkpoint{core.RealmID(realm), seq, parts[3], at, parts[5]}
	return p, errors.Join(err1, err2, err3) == nil && p.line() == s
}

func (p Checkpoint) keep(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO journal_checkpoints (realm_id, seq, hash, at, signature) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (realm_id, seq) DO NOTHING`, // what stands there already is evidence
		p.Realm, p.Seq, p.Hash, db.Instant(p.At), p.Signature)
	return err
}

// append adds lines to the file, which is on the disk when it returns.
func (c *Chain) append(all ...Checkpoint) error {
	if c.File == "" || len(all) == 0 {
		return nil
	}
	var b bytes.Buffer
	for _, p := range all {
		b.WriteString(p.line() + "\n")
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return unwritable(c.File, err)
	}
	_, err = f.Write(b.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return unwritable(c.File, err)
	}
	return nil
}

func unwritable(path string, err error) error {
	return &core.Error{Kind: core.Unavailable, Msg: core.M("audit.file_unwritable", path), Err: err}
}

// Attach makes the file ready when the program starts: it takes away a last
// line that was cut short, and writes down where each chain stands now.
// core.Unavailable if the file cannot be written.
func (c *Chain) Attach(ctx context.Context) error {
	if c.File == "" {
		return nil
	}
	last, err := mend(c.File)
	if err != nil {
		return unwritable(c.File, err)
	}
	realms, err := c.realms(ctx)
	if err != nil {
		return err
	}
	var all []Checkpoint
	for _, realm := range realms {
		var top head
		if err := c.DB.View(ctx, func(tx *db.Tx) (err error) {
			top, err = headOf(ctx, tx, realm)
			return err
		}); err != nil {
			return err
		}
		if top.seq > 0 && (last.Realm != realm || last.Seq != top.seq || last.Hash != top.hash) {
			all = append(all, c.sign(realm, top.seq, top.hash))
		}
	}
	return c.append(all...)
}

// mend cuts the file after its last whole line and returns that line.
func mend(path string) (last Checkpoint, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return last, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return last, err
	}
	tail := make([]byte, min(info.Size(), 4096)) // more than two lines
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return last, err
	}
	whole := tail[:bytes.LastIndexByte(tail, '\n')+1]
	if len(whole) < len(tail) {
		if err := f.Truncate(info.Size() - int64(len(tail)-len(whole))); err != nil {
			return last, err
		}
	}
	lines := strings.Split(strings.TrimSuffix(string(whole), "\n"), "\n")
	last, _ = readLine(lines[len(lines)-1])
	return last, nil
}
