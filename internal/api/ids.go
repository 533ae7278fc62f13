package api

import (
	"github.com/danielgtaylor/huma/v2"

	"tongpin/internal/core"
)

// An ID is any id, as its 13 characters.
type ID core.ID

// MarshalText writes the 13 characters.
func (i ID) MarshalText() ([]byte, error) { return core.ID(i).MarshalText() }

// UnmarshalText reads the 13 characters. What is no id names nothing.
func (i *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = 0
		return nil
	}
	id, err := core.ParseID(string(b))
	*i = ID(id)
	return err
}

func (i ID) String() string { return core.ID(i).String() }

// Schema describes an id.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9A-HJKMNP-TV-Z]{13}$", Examples: []any{"06F2QW0000001"}}
}

// A Day is a civil date.
type Day core.Date

// MarshalText writes the day as 2026-11-24.
func (d Day) MarshalText() ([]byte, error) { return core.Date(d).MarshalText() }

// UnmarshalText reads a day as MarshalText writes it.
func (d *Day) UnmarshalText(b []byte) error { return (*core.Date)(d).UnmarshalText(b) }

// IsZero reports whether the day is not known.
func (d Day) IsZero() bool { return core.Date(d).IsZero() }

// Schema describes a day.
func (Day) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-11-24"}}
}

// until is a last day as the API shows it: nothing while a fact still holds.
func until(d core.Date) Day {
	if d == core.Forever {
		return Day{}
	}
	return Day(d)
}
