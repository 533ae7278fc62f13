package app

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"tongpin/internal/core"
)

// How often the journal is chained and how far back each look goes: a
// transaction that takes its time commits an entry after younger ones.
const (
	chainEvery = time.Second
	lookBack   = 5 * time.Second
	lookFar    = 15 * time.Minute // once a minute, and when a command ends
	farEvery   = 60
	allEvery   = 3600 // and when the program starts: however old
)

// check refuses a file of checkpoints in the data folder: it would be lost, or
// changed, with what it proves.
func (c Config) check() error {
	if c.Checkpoints == "" {
		return nil
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return err
	}
	file, err := filepath.Abs(c.Checkpoints)
	if err != nil {
		return err
	}
	if strings.HasPrefix(file, data+string(filepath.Separator)) {
		return core.Fail(core.Invalid, "audit.file_inside", c.Checkpoints)
	}
	return nil
}

// chain links what is committed until ctx ends. What fails is tried again a
// second later and logged once.
func (a *App) chain(ctx context.Context) {
	tick := time.NewTicker(chainEvery)
	defer tick.Stop()
	failing := ""
	for n := 0; ; n++ {
		var err error
		switch {
		case n%allEvery == 0:
			_, err = a.Chain.All(ctx)
		case n%farEvery == 0:
			_, err = a.Chain.Recent(ctx, lookFar)
		default:
			_, err = a.Chain.Recent(ctx, lookBack)
		}
		now := ""
		if err != nil && ctx.Err() == nil {
			if now = err.Error(); now != failing {
				a.Log.Error("chain the journal", "error", err)
			}
		}
		failing = now
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lastLinks chains what a command, or a server that stops, has just written.
func (a *App) lastLinks() error {
	if !a.writes {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := a.Chain.Recent(ctx, lookFar)
	return err
}
