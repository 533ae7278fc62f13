package db

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"tongpin/internal/core"
)

// classify gives a kind to the driver errors that a person or the machine can
// cause, by code: the text of a message is not an interface.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "23505": // unique_violation
			return explain(core.Conflict, "error.exists", err)
		case "23503": // foreign_key_violation
			return explain(core.NotFound, "error.gone", err)
		case "53100": // disk_full
			return explain(core.Unavailable, "error.disk_full", err)
		}
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch code := lite.Code(); {
		case code == 2067, code == 1555: // SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY
			return explain(core.Conflict, "error.exists", err)
		case code == 787: // SQLITE_CONSTRAINT_FOREIGNKEY
			return explain(core.NotFound, "error.gone", err)
		case code&0xff == 13, code == 778: // SQLITE_FULL, SQLITE_IOERR_WRITE
			return explain(core.Unavailable, "error.disk_full", err)
		case code&0xff == 5, code&0xff == 6: // SQLITE_BUSY, SQLITE_LOCKED
			return explain(core.Unavailable, "error.locked", err)
		}
	}
	return err
}

func explain(kind core.Kind, key string, err error) error {
	return &core.Error{Kind: kind, Msg: core.M(key), Err: err}
}

// retryable reports whether PostgreSQL asks us to run the transaction again.
func retryable(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "40001" || pg.Code == "40P01")
}
