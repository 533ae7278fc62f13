// Package member keeps people and their memberships: who belongs to which
// organisation on which day, as a roster tells it and no more. An id number
// and a phone are sealed; lists never hold them, and opening one is journalled.
package member

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/names"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// The kinds of person. Full and probationary members have memberships;
// of the others only the present kind is kept.
const (
	Full         = "full"
	Probationary = "probationary"
	Activist     = "activist"
	Applicant    = "applicant"
	None         = "none" // once a member, or never; the record stays where it was
)

// Kinds lists the kinds in the order in which they are shown.
var Kinds = []string{Full, Probationary, Activist, Applicant, None}

// KindTitle returns the word for a kind.
func KindTitle(kind string) core.Msg { return core.M("person_kind." + kind) }

// Formal reports whether a person of that kind counts as a member and has
// exactly one formal affiliation.
func Formal(kind string) bool { return kind == Full || kind == Probationary }

// A Person is one record of a roster as it is now.
type Person struct {
	Realm       core.RealmID
	ID          core.PersonID
	Name        string
	Sex         string // rule.Male, rule.Female or ""
	Ethnicity   string
	BornOn      core.Date
	Education   string
	JoinedOn    core.Date // accepted as a probationary member
	ConfirmedOn core.Date // became a full member
	Kind        string
	Position    string
	Note        string
	Org         core.OrgID // keeps the record; for a member, the formal affiliation
	Path        string     // of Org
	RemovedAt   time.Time  // an undone import: the record is in no list
	ErasedAt    time.Time  // by rule: nothing tells any more who it was
	Version     int
	CreatedAt   time.Time

	idNumber, idHash, phone, phoneHash []byte // sealed, and the keyed hashes
}

// HasIDNumber reports whether an id number is kept.
func (p Person) HasIDNumber() bool { return len(p.idNumber) > 0 }

// HasPhone reports whether a phone is kept.
func (p Person) HasPhone() bool { return len(p.phone) > 0 }

// IDNumberIs reports whether the id number kept is this one.
func (p Person) IDNumberIs(keys *secret.Keyring, number string) bool {
	return bytes.Equal(p.idHash, keys.Hash(idField, tidyIDNumber(number)))
}

// PhoneIs reports whether the phone kept is this one.
func (p Person) PhoneIs(keys *secret.Keyring, phone string) bool {
	return bytes.Equal(p.phoneHash, keys.Hash(phoneField, tidyPhone(phone)))
}

// A Stale is the cause of a core.Conflict: somebody changed the person since
// the form was opened. Theirs is how the record stands now, to show beside what
// was typed.
type Stale struct{ Theirs Person }

func (s *Stale) Error() string { return "changed meanwhile" }

// The names under which the two sealed fields have their keys.
const (
	idField    = "persons.id_number"
	phoneField = "persons.phone"
)

// MaskIDNumber shows the area and the last four characters: 320599********1234.
func MaskIDNumber(s string) string { return mask(s, 6, 4) }

// MaskPhone shows the first three and the last four digits: 199****0417.
func MaskPhone(s string) string { return mask(s, 3, 4) }

func mask(s string, head, tail int) string {
	if len(s) <= head+tail {
		return strings.Repeat("*", len(s))
	}
	return s[:head] + strings.Repeat("*", len(s)-head-tail) + s[len(s)-tail:]
}

// An Enrolment is a new record. Org, Kind and From say where the person
// belongs now and since when; a zero From means today. A full member whose
// ConfirmedOn is after From was probationary until then. Past holds earlier
// affiliations, in any order.
type Enrolment struct {
	Name, Sex, Ethnicity  string
	BornOn                core.Date
	Education, IDNumber   string
	JoinedOn, ConfirmedOn core.Date
	Kind                  string
	Org                   core.OrgID
	Position, Phone, Note string
	From                  core.Date
	Past                  []Affiliation
	Batch                 core.ID // the import it came with, or 0
}

// Tidy returns the enrolment as it is stored: blanks trimmed, letters and
// digits half-width, the x of an id number a capital, a phone without signs.
func (e Enrolment) Tidy() Enrolment {
	for _, s := range []*string{&e.Name, &e.Sex, &e.Ethnicity, &e.Education, &e.Kind, &e.Position, &e.Note} {
		*s = tidy(*s)
	}
	e.IDNumber, e.Phone = tidyIDNumber(e.IDNumber), tidyPhone(e.Phone)
	return e
}

func tidy(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] <= ' ' {
			return names.Width(s)
		}
	}
	return s
}

func tidyIDNumber(s string) string { return strings.ToUpper(tidy(s)) }

func tidyPhone(s string) string {
	return strings.TrimPrefix(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '(' || r == ')' {
			return -1
		}
		return r
	}, tidy(s)), "+86")
}

// Lengths in characters.
const (
	maxName = 50
	maxWord = 40  // ethnicity, education
	maxText = 200 // position, note, reason, purpose
)

// Check returns a core.Invalid error that names each item to correct, for an
// enrolment that is tidy. It looks at the record alone; whether the
// organisation is there and the id number free is seen on writing.
func (e Enrolment) Check(today core.Date) error {
	var bad core.Fields
	bad.If(e.Name == "", "name", "person.name.missing")
	bad.If(!nameFits(e.Name), "name", "person.name.invalid")
	bad.If(e.Sex != "" && e.Sex != string(rule.Male) && e.Sex != string(rule.Female), "sex", "person.sex.unknown", e.Sex)
	bad.If(!slices.Contains(Kinds, e.Kind), "kind", "person.kind.unknown", e.Kind)
	bad.If(long(e.Ethnicity, maxWord), "ethnicity", "person.too_long", maxWord)
	bad.If(long(e.Education, maxWord), "education", "person.too_long", maxWord)
	bad.If(long(e.Position, maxText), "position", "person.too_long", maxText)
	bad.If(long(e.Note, maxText), "note", "person.too_long", maxText)
	if e.IDNumber != "" {
		switch _, problem := rule.IDNumber(e.IDNumber); problem {
		case rule.BadShape:
			bad.If(true, "id_number", "person.id_number.format")
		case rule.BadChecksum:
			bad.If(true, "id_number", "person.id_number.checksum")
		}
	}
	bad.If(!phoneFits(e.Phone), "phone", "person.phone.invalid")
	e.checkDays(&bad, today)
	bad.If(e.Org == 0, "org", "membership.org_missing")
	return bad.Err()
}

func (e Enrolment) checkDays(bad *core.Fields, today core.Date) {
	bad.If(e.BornOn.After(today), "born_on", "person.born_on.future")
	bad.If(e.JoinedOn.After(today), "joined_on", "person.joined_on.future")
	bad.If(e.ConfirmedOn.After(today), "confirmed_on", "person.confirmed_on.future")
	if !e.JoinedOn.IsZero() {
		if !e.BornOn.IsZero() {
			bad.If(e.JoinedOn.Before(e.BornOn), "joined_on", "person.joined_on.before_birth")
			bad.If(rule.JoinedBefore18(e.BornOn, e.JoinedOn), "joined_on", "person.joined_on.before_18", e.BornOn.AddMonths(18*12))
		}
		if !e.ConfirmedOn.IsZero() {
			bad.If(e.ConfirmedOn.Before(e.JoinedOn), "confirmed_on", "person.confirmed_on.before_joined", e.JoinedOn)
		}
		if Formal(e.Kind) {
			bad.If(!e.From.IsZero() && e.From.Before(e.JoinedOn), "from", "membership.before_joined", e.JoinedOn)
		}
	}
	bad.If(e.From.After(today), "from", "membership.future")
}

// nameFits refuses formulas, markup and digits: a name is letters and the few
// signs that stand between them.
func nameFits(s string) bool {
	letters := 0
	for i, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case i == 0:
			return false
		case unicode.IsMark(r) || strings.ContainsRune(" ·•‧.-'’()", r):
		default:
			return false
		}
	}
	return s == "" || letters > 0 && !long(s, maxName)
}

func long(s string, limit int) bool { return len(s) > limit && utf8.RuneCountInString(s) > limit }

// phoneFits knows mainland mobiles, fixed lines with their area code, and
// foreign numbers that begin with +.
func phoneFits(s string) bool {
	if s == "" {
		return true
	}
	foreign := s[0] == '+'
	digits := strings.TrimPrefix(s, "+")
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	switch {
	case foreign:
		return len(digits) >= 7 && len(digits) <= 15
	case len(digits) == 11 && digits[0] == '1':
		return digits[1] >= '3'
	default:
		return len(digits) >= 10 && len(digits) <= 12 && digits[0] == '0' && digits[1] != '0'
	}
}

// holdsNumber reports whether a text for the journal seems to hold an id
// number or a phone: seven digits in a row, blanks and hyphens aside.
func holdsNumber(s string) bool {
	run := 0
	for _, r := range names.Width(s) {
		switch {
		case unicode.IsDigit(r):
			if run++; run == 7 {
				return true
			}
		case r != ' ' && r != '-':
			run = 0
		}
	}
	return false
}

// CheckReason returns core.Invalid, under the field, for words that the journal
// must not keep: too long, or with a number in them.
func CheckReason(field, s string) error { return checkReason(field, s) }

// checkReason is for the words that a change or an opening is journalled with.
func checkReason(field, s string) error {
	var bad core.Fields
	bad.If(long(s, maxText), field, "person.too_long", maxText)
	bad.If(holdsNumber(s), field, "person.reason.number")
	return bad.Err()
}
