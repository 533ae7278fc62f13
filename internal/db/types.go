package db

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"tongpin/internal/core"
)

// An Instant is a time.Time on its way to or from a column, as microseconds
// since 1970 in UTC. The zero time is NULL.
type Instant time.Time

// Value implements driver.Valuer.
func (i Instant) Value() (driver.Value, error) {
	if time.Time(i).IsZero() {
		return nil, nil
	}
	return time.Time(i).UnixMicro(), nil
}

// Scan implements sql.Scanner.
func (i *Instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = Instant{}
	case int64:
		*i = Instant(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("db: cannot read an instant from %T", src)
	}
	return nil
}

// A Date is a core.Date on its way to or from a column. The zero Date is NULL.
type Date core.Date

// Value implements driver.Valuer.
func (d Date) Value() (driver.Value, error) {
	if core.Date(d).IsZero() {
		return nil, nil
	}
	return core.Date(d).String(), nil
}

// Scan implements sql.Scanner.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = Date(core.DateOf(v))
	case string:
		c, err := core.ParseDate(v)
		if err != nil {
			return err
		}
		*d = Date(c)
	default:
		return fmt.Errorf("db: cannot read a date from %T", src)
	}
	return nil
}

// Null stores a zero value as NULL and reads NULL as the zero value: a parent
// that is not there, a document that has no number.
func Null[T comparable](p *T) *null[T] { return &null[T]{p} }

type null[T comparable] struct{ p *T }

// Value implements driver.Valuer.
func (n *null[T]) Value() (driver.Value, error) {
	var zero T
	if *n.p == zero {
		return nil, nil
	}
	return driver.DefaultParameterConverter.ConvertValue(*n.p)
}

// Scan implements sql.Scanner.
func (n *null[T]) Scan(src any) error {
	var v sql.Null[T]
	if err := v.Scan(src); err != nil {
		return err
	}
	*n.p = v.V
	return nil
}
