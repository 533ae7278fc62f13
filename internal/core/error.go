// Package core is the vocabulary every other package speaks: kinds of error,
// sentences by their catalog key, identifiers, civil dates and shares. It does
// no input or output.
package core

import "errors"

// A Kind says what the person who caused an error can do about it. There is
// one kind per answer we can give; everything else is a bug and has the kind
// Internal.
type Kind string

// The kinds of error, with what the person can do.
const (
	Invalid     Kind = "invalid"     // correct the input and try again
	NotFound    Kind = "not found"   // absent, or not visible to you: we never say which
	Forbidden   Kind = "forbidden"   // visible, but not yours to change
	Conflict    Kind = "conflict"    // someone else got there first; reload
	Unavailable Kind = "unavailable" // the machine cannot now: disk full, data in use; try later
	Internal    Kind = "internal"    // our fault; logged with its cause
)

// Error makes a Kind usable as a sentinel: errors.Is(err, core.NotFound).
func (k Kind) Error() string { return string(k) }

// A Msg is a sentence named by its key in the catalogs, with what it speaks
// of. Package text says it in a language; code never holds the sentence.
// Arguments are strings, whole numbers, Dates, Shares, times or other Msgs.
type Msg struct {
	Key  string
	Args []any
}

// M returns the sentence of that key.
func M(key string, args ...any) Msg { return Msg{key, args} }

// IsZero reports whether there is nothing to say.
func (m Msg) IsZero() bool { return m.Key == "" }

// An Error is a failure that is worth explaining to a person.
type Error struct {
	Kind   Kind
	Msg    Msg    // a sentence we can show
	Fields Fields // form field to what is wrong with it
	Err    error  // the cause, for the log only
}

// Fail returns an Error of a kind with the sentence of that catalog key.
func Fail(kind Kind, key string, args ...any) error {
	return &Error{Kind: kind, Msg: M(key, args...)}
}

func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Msg.Key != "" {
		s += ": " + e.Msg.Key
	}
	for name, m := range e.Fields {
		s += " " + name + "=" + m.Key
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Is matches an Error with its Kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

// KindOf returns the kind of err, or Internal if nobody gave it one.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	return Internal
}

// MsgOf returns the sentence in err that a person may read. An error of ours
// that nobody explained is described by its kind: error.not_found and so on.
func MsgOf(err error) Msg {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal && e.Msg.Key != "" {
		return e.Msg
	}
	switch KindOf(err) {
	case Invalid:
		return M("error.invalid")
	case NotFound:
		return M("error.not_found")
	case Forbidden:
		return M("error.forbidden")
	case Conflict:
		return M("error.conflict")
	case Unavailable:
		return M("error.unavailable")
	default:
		return M("error.internal")
	}
}

// FieldsOf returns the form fields that err complains about, or nil.
func FieldsOf(err error) Fields {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fields
	}
	return nil
}

// Fields collects what is wrong with a form. The zero value is ready to use.
type Fields map[string]Msg

// If records the sentence of key against field when bad is true. The first
// sentence of a field wins.
func (f *Fields) If(bad bool, field, key string, args ...any) {
	if !bad || (*f)[field].Key != "" {
		return
	}
	if *f == nil {
		*f = Fields{}
	}
	(*f)[field] = M(key, args...)
}

// Err returns an Invalid error if anything was recorded, or nil.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Msg: M("error.fields"), Fields: f}
}
