package rule

import (
	"bytes"
	"encoding/json"

	"tongpin/internal/core"
)

// A Value is one computed result: a string, whole number, bool, Date, Share,
// or a list of such.
type Value struct {
	Name  string // snake_case, as JSON shows it
	Value any
}

// Values are computed results in the order in which they are shown.
type Values []Value

// Find returns the value of that name, or false.
func (vs Values) Find(name string) (any, bool) {
	for _, v := range vs {
		if v.Name == name {
			return v.Value, true
		}
	}
	return nil, false
}

// MarshalJSON writes one object in the order of the values. A Share is written
// with its numerator, denominator and percentage, never as a percentage alone;
// a day that is not known is null.
func (vs Values) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, v := range vs {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(v.Name)
		if err != nil {
			return nil, err
		}
		val, err := json.Marshal(plain(v.Value))
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(val)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func plain(v any) any {
	switch v := v.(type) {
	case core.Date:
		if v.IsZero() {
			return nil
		}
	case core.Share:
		return struct {
			Num     int    `json:"num"`
			Den     int    `json:"den"`
			Percent string `json:"percent"`
		}{v.Num, v.Den, v.Percent()}
	}
	return v
}
