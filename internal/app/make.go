package app

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/demo"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// zone is where a realm lies unless told.
const zone = "Asia/Shanghai"

// Init makes a data folder with a key, a database, a realm and the
// organisation at its top, and returns the token of the first administrator.
func Init(ctx context.Context, c Config, realm, cipher string) (*App, string, error) {
	a, err := create(ctx, c, realm, cipher, false)
	if err != nil {
		return nil, "", err
	}
	token, err := a.SetupToken(ctx)
	if err != nil {
		return nil, "", errors.Join(err, a.Close())
	}
	return a, token, nil
}

// Demo makes a data folder with the Suzhou example. Its data can be made again,
// so building it waits neither for the disk nor for the collector of garbage;
// what people write later does.
func Demo(ctx context.Context, c Config) (*App, []demo.Person, error) {
	building := c
	building.Promise = db.Raw
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	a, err := create(ctx, building, demo.Realm, secret.AES, true)
	if err != nil {
		return nil, nil, err
	}
	people, err := demo.Build(ctx, a.DB, a.Keys, a.Realm, a.Now())
	if err := errors.Join(err, a.Close()); err != nil {
		return nil, nil, err
	}
	a, err = Open(ctx, c)
	return a, people, err
}

func create(ctx context.Context, c Config, realm, cipher string, synthetic bool) (*App, error) {
	if realm == "" {
		return nil, core.Fail(core.Invalid, "cli.init.realm_missing")
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := MakeDir(c.Data); err != nil {
		return nil, err
	}
	dir, err := OpenDir(c.Data)
	if err != nil {
		return nil, err
	}
	if err := dir.Hold(c.Hold); err != nil {
		return nil, err
	}
	if _, err := secret.Create(dir.Key(), cipher); err != nil {
		return nil, errors.Join(err, dir.Release())
	}
	source := c.Database
	if source == "" {
		source = dir.Database()
	}
	if err := found(ctx, source, realm, synthetic); err != nil {
		return nil, errors.Join(err, dir.Release())
	}
	a, err := build(ctx, c, dir)
	if err != nil {
		return nil, errors.Join(err, dir.Release())
	}
	return a, nil
}

// found writes the realm and the organisation at its top. That one has been
// there since before anything that is recorded below it.
func found(ctx context.Context, source, realm string, synthetic bool) error {
	d, err := db.OpenWith(ctx, source, db.Durable)
	if err != nil {
		return err
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return errors.Join(err, d.Close())
	}
	now := time.Now().In(place)
	if err := d.Migrate(ctx); err != nil {
		return errors.Join(err, d.Close())
	}
	err = d.Tx(ctx, func(tx *db.Tx) error {
		n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM realms`)
		if err != nil {
			return err
		}
		if n > 0 {
			return core.Fail(core.Conflict, "app.realm_exists")
		}
		_, err = tx.Exec(ctx, `INSERT INTO realms (id, name, zone, synthetic, created_at) VALUES (1, $1, $2, $3, $4)`,
			realm, zone, synthetic, db.Instant(now))
		if err != nil || synthetic {
			return err
		}
		_, err = org.Found(ctx, tx, access.Machine(1), now, org.Founding{
			Name: realm, Kind: rule.Committee, FoundedOn: core.NewDate(1921, 7, 1),
		})
		return err
	})
	return errors.Join(err, d.Close())
}

// SetupToken returns a new token for the first administrator, or "" when there
// is one already.
func (a *App) SetupToken(ctx context.Context) (string, error) {
	return a.Account.SetupToken(ctx, access.Machine(a.Realm))
}
