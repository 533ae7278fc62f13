package member

import (
	"context"
	"errors"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
)

// The two items that are sealed.
const (
	IDNumber = "id_number"
	Phone    = "phone"
)

// A View is a person's page: the numbers masked, the affiliations with the
// names of their organisations, the newest first, duties, and where the record
// is.
type View struct {
	Person
	MaskedIDNumber, MaskedPhone string // empty when none is kept
	At                          string // name of the organisation that keeps the record
	Affiliations                []Stay
	Duties                      []org.Held // the newest first
	Own                         bool       // the viewer's own record
}

// A Stay is an affiliation as a page shows it.
type Stay struct {
	Affiliation
	OrgName string
}

// Page returns a person's page, for a role that sees names where the record is
// kept; everybody may see the record that is his or her own.
func (s *Service) Page(ctx context.Context, who access.Actor, id core.PersonID) (v View, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		v = View{}
		own, err := ownRecord(ctx, tx, who, id)
		if err != nil {
			return err
		}
		p, err := require(ctx, tx, who, access.SeePeople, id)
		if err != nil && (!own || p.Org == 0) {
			return err
		}
		v.Own = own
		v.Person = p
		return v.fill(ctx, tx, s)
	})
	return v, err
}

func (v *View) fill(ctx context.Context, q db.Querier, s *Service) error {
	idNumber, err := s.Keys.Open(idField, core.ID(v.ID), v.idNumber)
	if err != nil {
		return err
	}
	phone, err := s.Keys.Open(phoneField, core.ID(v.ID), v.phone)
	if err != nil {
		return err
	}
	v.MaskedIDNumber, v.MaskedPhone = MaskIDNumber(string(idNumber)), MaskPhone(string(phone))
	v.At, err = db.One(ctx, q, db.Text, `SELECT name FROM orgs WHERE realm_id = $1 AND id = $2`, v.Realm, v.Org)
	if err != nil {
		return err
	}
	v.Affiliations, err = db.All(ctx, q, func(r db.Row) (t Stay, err error) {
		return t, r.Scan(&t.ID, &t.Org, &t.Kind, (*db.Date)(&t.From), (*db.Date)(&t.To), &t.OrgName)
	}, `SELECT `+affiliationColumns+`, o.name FROM memberships m JOIN orgs o ON o.realm_id = m.realm_id AND o.id = m.org_id
		WHERE m.realm_id = $1 AND m.person_id = $2 AND m.superseded_at IS NULL ORDER BY m.valid_from DESC`, v.Realm, v.ID)
	if err != nil {
		return err
	}
	v.Duties, err = org.DutiesOf(ctx, q, v.Realm, v.ID)
	return err
}

// ownRecord reports whether a record is the actor's own.
func ownRecord(ctx context.Context, q db.Querier, who access.Actor, id core.PersonID) (bool, error) {
	if who.User == 0 {
		return false, nil
	}
	n, err := db.One(ctx, q, db.Int, `
		SELECT count(*) FROM users WHERE realm_id = $1 AND id = $2 AND person_id = $3 AND disabled = $4`, who.Realm, who.User, id, false)
	return n == 1, err
}

// A Purpose is why a sealed item is opened: one of Purposes, and words of one's
// own, which PurposeOther needs.
type Purpose struct{ Code, Words string }

// PurposeOther is the purpose that must be put into words.
const PurposeOther = "other"

// Purposes lists the codes in the order in which they are offered.
var Purposes = []string{"contact", "verify", "transfer", "report", "request", PurposeOther}

// PurposeTitle returns the words for a purpose.
func PurposeTitle(code string) core.Msg { return core.M("person.purpose." + code) }

// Check returns core.Invalid, with the fields "purpose" and "words", for a
// purpose that is none of Purposes, or words that hold a number.
func (p Purpose) Check() error {
	p.Words = tidy(p.Words)
	var bad core.Fields
	bad.If(!slices.Contains(Purposes, p.Code), "purpose", "person.purpose.missing")
	bad.If(p.Code == PurposeOther && p.Words == "", "words", "person.purpose.words_missing")
	if err := bad.Err(); err != nil {
		return err
	}
	return checkReason("words", p.Words)
}

// OpenField returns a person's id number or phone, for a role that may open
// them where the record is kept. The opening stands in the journal with its
// purpose before anybody sees the value: one that cannot be journalled does not
// happen. What was denied is journalled too.
func (s *Service) OpenField(ctx context.Context, who access.Actor, id core.PersonID, field string, why Purpose) (value string, err error) {
	now := s.Now()
	entry := audit.Entry{By: who.By(), Action: "person.open_field", Subject: "person", SubjectID: core.ID(id)}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		value = ""
		p, err := require(ctx, tx, who, access.OpenFields, id)
		if err != nil {
			return err
		}
		if err := why.Check(); err != nil {
			return err
		}
		opened, err := p.open(s, field)
		if err != nil {
			return err
		}
		entry.Org, entry.Note = p.Org, tidy(why.Words)
		entry.After = map[string]any{"field": field, "purpose": why.Code}
		if err := audit.Write(ctx, tx, now, entry); err != nil {
			return err
		}
		value = opened
		return nil
	})
	if err == nil {
		return value, nil
	}
	if kind := core.KindOf(err); kind == core.Forbidden || kind == core.NotFound {
		entry.After = map[string]any{"field": fieldOrNone(field)}
		return "", errors.Join(err, audit.Refused(ctx, s.DB, now, entry, err))
	}
	return "", err
}

func fieldOrNone(field string) string {
	if field != IDNumber && field != Phone {
		return ""
	}
	return field
}

func (p Person) open(s *Service, field string) (string, error) {
	name, sealed := idField, p.idNumber
	switch field {
	case IDNumber:
	case Phone:
		name, sealed = phoneField, p.phone
	default:
		return "", core.Fail(core.Invalid, "person.field.unknown", field)
	}
	if len(sealed) == 0 {
		return "", core.Fail(core.Invalid, "person.field.empty")
	}
	value, err := s.Keys.Open(name, core.ID(p.ID), sealed)
	return string(value), err
}
