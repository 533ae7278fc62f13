package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// openSQLite returns a pool of connections that keep their statements.
func openSQLite(source string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(source)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(keeping{c}), nil
}

// keeping wraps a SQLite connector so that each connection keeps the
// statements it has compiled. SQL here is constant text, so that they are few;
// to compile one costs as much as to run it.
type keeping struct{ driver.Connector }

// Connect opens a connection that keeps its statements.
func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{sqliteConn: c.(sqliteConn), kept: map[string]*statement{}}, nil
}

// A sqliteConn is what the driver's connection can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// mostKept is how many statements a connection keeps.
const mostKept = 256

type conn struct {
	sqliteConn
	kept map[string]*statement
}

// A statement runs one query at a time.
type statement struct {
	driver.Stmt
	busy, once bool // once: not kept, closed after use
}

// take returns a statement of that text which nothing else is running.
func (c *conn) take(ctx context.Context, query string) (*statement, error) {
	if s := c.kept[query]; s != nil && !s.busy {
		s.busy = true
		return s, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: prepared, busy: true, once: c.kept[query] != nil || len(c.kept) >= mostKept || !worth(query)}
	if !s.once {
		c.kept[query] = s
	}
	return s, nil
}

// worth reports whether a statement reads or writes rows; what defines tables
// runs once.
func worth(query string) bool {
	query = strings.TrimSpace(query)
	return slices.ContainsFunc([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, func(verb string) bool {
		return strings.HasPrefix(query, verb)
	})
}

// done gives a statement back.
func (s *statement) done() error {
	s.busy = false
	if s.once {
		return s.Close()
	}
	return nil
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if e := s.done(); err == nil {
		err = e
	}
	return res, err
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = s.done() // what failed first is what counts
		return nil, err
	}
	return &records{r, s}, nil
}

// Close closes the connection and what it kept.
func (c *conn) Close() error {
	for _, s := range c.kept {
		_ = s.Close() // closing the connection says what is wrong with it
	}
	c.kept = nil
	return c.sqliteConn.Close()
}

// records are rows that give their statement back when they are closed.
type records struct {
	driver.Rows
	of *statement
}

// Close implements driver.Rows.
func (r *records) Close() error {
	err := r.Rows.Close()
	if r.of != nil {
		if e := r.of.done(); err == nil {
			err = e
		}
		r.of = nil
	}
	return err
}
