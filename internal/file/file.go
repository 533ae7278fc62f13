// Package file keeps what people upload: sealed, in the data folder, under an
// id of ours. The name a person gave it is a row in the database and never a
// path.
package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
	"unicode"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/secret"
)

// An ID names a file.
type ID = core.ID

// MaxSize is the most that one file may hold, in bytes. It is sealed as a whole.
const MaxSize = 32 << 20

const (
	nameMax  = 200       // characters
	sealedAs = "files"   // the field of package secret
	partial  = ".part"   // ends the name of a file that is being written
	youngFor = time.Hour // how old an orphan must be before it is swept
)

// A File is what is known of a file beside its content.
type File struct {
	Realm     core.RealmID
	ID        ID
	Name      string // as the person called it, without folders
	Size      int    // bytes, before sealing
	SHA256    string // of the content, in hexadecimal
	CreatedBy core.UserID
	CreatedAt time.Time
}

// A Store keeps files in the folder Dir.
type Store struct {
	Dir  string
	Keys *secret.Keyring
	DB   *db.DB
	Now  core.Now
}

// Save seals the content and writes it to the folder, then adds the row in the
// caller's transaction; the caller has asked for the right. A content that is
// empty or too large is core.Invalid. When the disk is full the error is
// core.Unavailable and nothing is left. If the transaction fails afterwards, the
// file has no row and Sweep removes it.
func (s *Store) Save(ctx context.Context, tx *db.Tx, who access.Actor, name string, content []byte) (ID, error) {
	switch {
	case len(content) == 0:
		return 0, core.Fail(core.Invalid, "file.empty")
	case len(content) > MaxSize:
		return 0, core.Fail(core.Invalid, "file.too_large", MaxSize>>20)
	}
	now := s.Now()
	f := File{Realm: who.Realm, ID: core.NewID(now), Name: clean(name), Size: len(content), SHA256: digest(content), CreatedBy: who.User, CreatedAt: now}
	err := s.within(func(root *os.Root) error {
		if err := put(root, f.ID.String(), s.Keys.Seal(sealedAs, f.ID, content), write); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO files (realm_id, id, name, size, sha256, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			f.Realm, f.ID, f.Name, f.Size, f.SHA256, db.Null(&f.CreatedBy), db.Instant(now))
		if err != nil {
			return errors.Join(err, root.Remove(f.ID.String()))
		}
		return nil
	})
	if err != nil {
		return 0, explain(err)
	}
	return f.ID, nil
}

// Find returns what is known of a file; core.NotFound if the realm has none of
// that id.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id ID) (File, error) {
	return db.One(ctx, q, func(r db.Row) (f File, err error) {
		return f, r.Scan(&f.Realm, &f.ID, &f.Name, &f.Size, &f.SHA256, db.Null(&f.CreatedBy), (*db.Instant)(&f.CreatedAt))
	}, `SELECT realm_id, id, name, size, sha256, created_by, created_at FROM files WHERE realm_id = $1 AND id = $2`, realm, id)
}

// Open returns the content of a file; the caller has asked for the right to
// what it belongs to. Content that is gone from the folder is
// core.Unavailable; content that was changed is an error.
func (s *Store) Open(ctx context.Context, q db.Querier, realm core.RealmID, id ID) ([]byte, File, error) {
	f, err := Find(ctx, q, realm, id)
	if err != nil {
		return nil, File{}, err
	}
	var sealed []byte
	err = s.within(func(root *os.Root) (err error) {
		sealed, err = read(root, id.String())
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, File{}, &core.Error{Kind: core.Unavailable, Msg: core.M("file.missing", f.Name), Err: err}
	}
	if err != nil {
		return nil, File{}, err
	}
	content, err := s.Keys.Open(sealedAs, id, sealed)
	if err != nil {
		return nil, File{}, err
	}
	if digest(content) != f.SHA256 {
		return nil, File{}, fmt.Errorf("file %s is not the one that was saved", id)
	}
	return content, f, nil
}

// Discard removes the content of a file that is kept no longer; its row still
// tells that there was one. Content that is gone already is no error.
func (s *Store) Discard(id ID) error {
	return s.within(func(root *os.Root) error {
		if err := root.Remove(id.String()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// Sweep removes what has no row and is older than an hour: files of
// transactions that failed, and what a crash left half written. It returns how
// many there were. It is for the start of the program.
func (s *Store) Sweep(ctx context.Context) (swept int, err error) {
	kept, err := s.kept(ctx)
	if err != nil {
		return 0, err
	}
	err = s.within(func(root *os.Root) error {
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return err
		}
		for _, e := range entries {
			if _, err := core.ParseID(strings.TrimSuffix(e.Name(), partial)); err != nil || kept[e.Name()] {
				continue // not ours, or in use
			}
			info, err := e.Info()
			if err != nil || s.Now().Sub(info.ModTime()) < youngFor {
				continue
			}
			if err := root.Remove(e.Name()); err != nil {
				return err
			}
			swept++
		}
		return nil
	})
	return swept, err
}

func (s *Store) kept(ctx context.Context) (map[string]bool, error) {
	kept := map[string]bool{}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		return db.Each(ctx, tx, func(r db.Row) error {
			var id ID
			err := r.Scan(&id)
			kept[id.String()] = true
			return err
		}, `SELECT id FROM files`)
	})
	return kept, err
}

// within opens the folder, so that no name can lead out of it, calls f and
// closes it.
func (s *Store) within(f func(*os.Root) error) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return err
	}
	return errors.Join(f(root), root.Close())
}

// put writes a file that is whole or not there at all: beside its place, down to
// the disk, then moved.
func put(root *os.Root, name string, b []byte, write func(*os.File, []byte) error) error {
	f, err := root.OpenFile(name+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f, b)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, root.Remove(name+partial))
	}
	if err := root.Rename(name+partial, name); err != nil {
		return errors.Join(err, root.Remove(name+partial))
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func write(f *os.File, b []byte) error {
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}

func read(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxSize+1024)) // what sealing adds is less
	return b, errors.Join(err, f.Close())
}

// explain tells a full disk from what is our fault.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return &core.Error{Kind: core.Unavailable, Msg: core.M("error.disk_full"), Err: err}
	}
	return err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// clean returns the name without folders and without what cannot be shown.
func clean(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name))
	if rs := []rune(name); len(rs) > nameMax {
		name = string(rs[len(rs)-nameMax:]) // the end tells the type
	}
	if name == "" || name == "." || name == "/" || name == ".." {
		return "file"
	}
	return name
}
