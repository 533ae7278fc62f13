package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"tongpin/internal/core"
	"tongpin/internal/secret"
)

// A Check is one line of the doctor's report.
type Check struct {
	Key   string `json:"check"`
	OK    bool   `json:"ok"`
	Found string `json:"found"` // secrets never stand here
}

// Doctor looks at the data folder, the key and the database and says what it
// found. It changes nothing and may run beside a server.
func Doctor(ctx context.Context, c Config) ([]Check, error) {
	dir, err := OpenDir(c.Data)
	if err != nil {
		return nil, err
	}
	checks := []Check{
		{"version", true, runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		{"data", true, dir.Path},
		heldBy(dir),
	}
	keys, err := secret.Load(dir.Key())
	if err != nil {
		return append(checks, Check{"key", false, core.MsgOf(err).Key}), nil
	}
	checks = append(checks, Check{"key", true, keys.Cipher()})
	a, err := build(ctx, c, dir)
	if err != nil {
		return append(checks, Check{"database", false, err.Error()}), nil
	}
	checks = append(checks, Check{"database", true, a.DB.Engine()})
	err = a.DB.Check(ctx)
	checks = append(checks, Check{"integrity", err == nil, orOK(err)})
	checks = append(checks, Check{"realm", a.Realm != 0, fmt.Sprint(a.Realm)})
	return checks, errors.Join(a.DB.Close())
}

func heldBy(dir *Dir) Check {
	var h holder
	b, err := os.ReadFile(filepath.Join(dir.Path, "lock"))
	if err != nil || json.Unmarshal(b, &h) != nil {
		return Check{"holder", true, "–"}
	}
	return Check{"holder", true, fmt.Sprintf("%d %s", h.PID, h.Command)}
}

func orOK(err error) string {
	if err != nil {
		return err.Error()
	}
	return "ok"
}
