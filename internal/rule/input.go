package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongpin/internal/core"
)

// maxInput is the most bytes that one input may have.
const maxInput = 64 << 10

// maxCount bounds every count, so that products of two stay exact.
const maxCount = 1_000_000_000

// An input is one JSON object, read strictly: keys are exact, stand once and
// are all asked for. The first problem is kept; readers return zero after it.
type input struct {
	keys  []string // as they stand
	raw   map[string]json.RawMessage
	asked []Input   // what the rule reads
	act   core.Date // the day of the act, where the input tells it
	err   error
}

// An Input is one key that a rule reads.
type Input struct {
	Name     string
	Optional bool
}

// refuse returns a core.Invalid error that names the field.
func refuse(field, key string, args ...any) error {
	m := core.M(key, append([]any{field}, args...)...)
	return &core.Error{Kind: core.Invalid, Msg: m, Fields: core.Fields{field: m}}
}

// parse reads the object. What is no object is refused as the field "input".
func parse(b []byte) (*input, error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if len(b) > maxInput {
		return nil, refuse("input", "rule.input.too_large", maxInput)
	}
	if !utf8.Valid(b) {
		return nil, refuse("input", "rule.input.not_object")
	}
	in := &input{raw: map[string]json.RawMessage{}}
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, refuse("input", "rule.input.not_object")
	}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		if err != nil || !ok {
			return nil, refuse("input", "rule.input.not_object")
		}
		if _, twice := in.raw[key]; twice {
			return nil, refuse(shown(key), "rule.input.twice")
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, refuse(shown(key), "rule.input.not_json")
		}
		in.keys, in.raw[key] = append(in.keys, key), v
	}
	if _, err := dec.Token(); err != nil {
		return nil, refuse("input", "rule.input.not_object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse("input", "rule.input.not_object")
	}
	return in, nil
}

// shown returns a stranger's key fit for one line of a message.
func shown(key string) string {
	if r := []rune(key); len(r) > 40 {
		key = string(r[:40]) + "…"
	}
	return strings.Trim(strconv.Quote(key), `"`)
}

// done returns that a key was never asked for, which explains what is missing,
// or else the first problem.
func (in *input) done() error {
	for _, k := range in.keys {
		if !slices.ContainsFunc(in.asked, func(i Input) bool { return i.Name == k }) {
			return refuse(shown(k), "rule.input.unknown")
		}
	}
	return in.err
}

func (in *input) ask(key string, optional bool) {
	if !slices.ContainsFunc(in.asked, func(i Input) bool { return i.Name == key }) {
		in.asked = append(in.asked, Input{key, optional})
	}
}

// absent notes an optional key and reports whether it is missing.
func (in *input) absent(key string) bool {
	in.ask(key, true)
	return !in.has(key)
}

func (in *input) fail(field, key string, args ...any) {
	if in.err == nil {
		in.err = refuse(field, key, args...)
	}
}

// has reports whether the key stands in the object.
func (in *input) has(key string) bool { _, ok := in.raw[key]; return ok }

// read decodes the key into v; it reports false and keeps the problem if the
// key is missing or is not of that type.
func (in *input) read(key string, v any, wrong string, args ...any) bool {
	in.ask(key, false)
	raw, ok := in.raw[key]
	if !ok {
		in.fail(key, "rule.input.missing")
		return false
	}
	if string(raw) == "null" || json.Unmarshal(raw, v) != nil {
		in.fail(key, wrong, args...)
		return false
	}
	return true
}

// toDate reads 2026-01-31; "" and the year 0 are no days.
func toDate(s string) (core.Date, bool) {
	d, err := core.ParseDate(s)
	return d, err == nil && d.Year > 0
}

func (in *input) date(key string) core.Date {
	var s string
	if !in.read(key, &s, "rule.input.date") {
		return core.Date{}
	}
	d, ok := toDate(s)
	if !ok {
		in.fail(key, "rule.input.date")
	}
	return d
}

// dateOr is date for a key that may be absent; the zero Date then.
func (in *input) dateOr(key string) core.Date {
	if in.absent(key) {
		return core.Date{}
	}
	return in.date(key)
}

func (in *input) dates(key string) []core.Date {
	var list []string
	if !in.read(key, &list, "rule.input.dates") {
		return nil
	}
	days := make([]core.Date, len(list))
	for i, s := range list {
		d, ok := toDate(s)
		if !ok {
			in.fail(key, "rule.input.dates")
		}
		days[i] = d
	}
	return days
}

func (in *input) datesOr(key string) []core.Date {
	if in.absent(key) {
		return nil
	}
	return in.dates(key)
}

func (in *input) number(key string, low, high int) int {
	var n int
	if !in.read(key, &n, "rule.input.whole", low, high) {
		return 0
	}
	if n < low || n > high {
		in.fail(key, "rule.input.whole", low, high)
		return 0
	}
	return n
}

// count is a number from 0 up.
func (in *input) count(key string) int { return in.number(key, 0, maxCount) }

func (in *input) countOr(key string, other int) int {
	if in.absent(key) {
		return other
	}
	return in.count(key)
}

func (in *input) counts(key string) []int {
	var list []int
	if !in.read(key, &list, "rule.input.counts") {
		return nil
	}
	for _, n := range list {
		if n < 0 || n > maxCount {
			in.fail(key, "rule.input.counts")
		}
	}
	if len(list) > 1000 {
		in.fail(key, "rule.input.counts")
	}
	return list
}

func (in *input) flag(key string) bool {
	var b bool
	in.read(key, &b, "rule.input.flag")
	return b
}

// flagIf reads a flag that may be left out, which is no.
func (in *input) flagIf(key string) bool { return !in.absent(key) && in.flag(key) }

func (in *input) text(key string) string {
	var s string
	in.read(key, &s, "rule.input.text")
	return s
}

// choice reads one of the codes.
func (in *input) choice(key string, codes ...string) string {
	list := strings.Join(codes, " ")
	var s string
	if !in.read(key, &s, "rule.input.choice", list) {
		return ""
	}
	if !slices.Contains(codes, s) {
		in.fail(key, "rule.input.choice", list)
	}
	return s
}

func (in *input) choiceOr(key, other string, codes ...string) string {
	if in.absent(key) {
		return other
	}
	return in.choice(key, codes...)
}

func (in *input) choices(key string, codes ...string) []string {
	if in.absent(key) {
		return nil
	}
	list := strings.Join(codes, " ")
	var got []string
	if !in.read(key, &got, "rule.input.choice", list) {
		return nil
	}
	for _, s := range got {
		if !slices.Contains(codes, s) {
			in.fail(key, "rule.input.choice", list)
		}
	}
	return got
}

// money reads yuan as "790000.00", or as a whole number, into fen.
func (in *input) money(key string) Fen {
	var v json.RawMessage
	if !in.read(key, &v, "rule.input.money") {
		return 0
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		var n int64
		if json.Unmarshal(v, &n) != nil {
			in.fail(key, "rule.input.money")
			return 0
		}
		s = strconv.FormatInt(n, 10)
	}
	f, ok := parseFen(s)
	if !ok {
		in.fail(key, "rule.input.money")
	}
	return f
}

func (in *input) moneyOr(key string) Fen {
	if in.absent(key) {
		return 0
	}
	return in.money(key)
}
