package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tongpin/internal/core"
)

// A Dir is a data folder: the embedded database, the key file and the sealed
// files, readable by their owner alone.
type Dir struct {
	Path string
	lock *os.File
}

// holder is what the lock file says of the process that holds it.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// Database returns the path of the embedded database.
func (d *Dir) Database() string { return filepath.Join(d.Path, "tongpin.db") }

// Key returns the path of the key file, beside the database and not in it.
func (d *Dir) Key() string { return filepath.Join(d.Path, "keys", "master.key") }

// Files returns the folder of the sealed files.
func (d *Dir) Files() string { return filepath.Join(d.Path, "files") }

// MakeDir makes a data folder that does not exist yet, or is empty.
func MakeDir(path string) error {
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return core.Fail(core.Conflict, "app.dir_not_empty", path)
	}
	return errors.Join(os.MkdirAll(path, 0o700), os.Chmod(path, 0o700))
}

// OpenDir opens a data folder for reading beside whoever writes in it. It
// refuses one that others may read.
func OpenDir(path string) (*Dir, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return nil, &core.Error{Kind: core.NotFound, Msg: core.M("app.dir_missing", path), Err: err}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, core.Fail(core.Unavailable, "app.dir_readable", path)
	}
	return &Dir{Path: path}, nil
}

// Hold takes the folder for this process alone, as command. While another
// process holds it, the error is Unavailable and names that process.
func (d *Dir) Hold(command string) error {
	f, err := os.OpenFile(filepath.Join(d.Path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		var h holder
		// The other process may be about to write its name: a lock without one is still a lock.
		_ = json.NewDecoder(f).Decode(&h)
		_ = f.Close()
		return core.Fail(core.Unavailable, "app.dir_held", d.Path, fmt.Sprint(h.PID), h.Command)
	}
	d.lock = f
	b, err := json.Marshal(holder{os.Getpid(), command, time.Now()})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(append(b, '\n'), 0)
	return err
}

// Release gives the folder back.
func (d *Dir) Release() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}
