package privacy

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/secret"
)

// Items are what a person can ask to have corrected, in the order of a record.
var Items = []string{
	"name", "sex", "ethnicity", "born_on", "education", member.IDNumber, member.Phone, "joined_on", "confirmed_on", "position", "note",
}

// ItemTitle returns the words for an item.
func ItemTitle(item string) core.Msg { return core.M("privacy.item." + item) }

// A State says what became of a request.
type State string

// The states.
const (
	Open      State = "open"
	Accepted  State = "accepted" // and the record changed
	Declined  State = "declined" // with a reason
	Withdrawn State = "withdrawn"
)

// A Correction is what a person asks to have corrected. Now and Wanted are
// masked where the item is a number.
type Correction struct {
	Realm     core.RealmID
	ID        core.ID
	Person    core.PersonID
	Name      string // of the person
	User      core.UserID
	Org       core.OrgID
	OrgName   string
	Item      string
	Now       string // as the record has it, while the request is open
	Wanted    string
	Why       string
	State     State
	DueOn     core.Date
	Answer    string
	CreatedAt time.Time
	EndedAt   time.Time
	Version   int

	wanted, why []byte
}

// A Request asks for one correction.
type Request struct{ Item, Wanted, Why string }

const maxWhy = 300 // characters

// change is the correction as a change of the record; core.Invalid for a day
// that is none.
func change(item, wanted string) (member.Change, error) {
	var c member.Change
	var day core.Date
	if strings.HasSuffix(item, "_on") && wanted != "" {
		var err error
		if day, err = core.ParseDate(wanted); err != nil {
			return c, &core.Error{Kind: core.Invalid, Msg: core.M("error.fields"), Fields: core.Fields{item: core.M("date.unreadable", wanted)}}
		}
	}
	switch item {
	case "name":
		c.Name = &wanted
	case "sex":
		c.Sex = &wanted
	case "ethnicity":
		c.Ethnicity = &wanted
	case "born_on":
		c.BornOn = &day
	case "education":
		c.Education = &wanted
	case member.IDNumber:
		c.IDNumber = &wanted
	case member.Phone:
		c.Phone = &wanted
	case "joined_on":
		c.JoinedOn = &day
	case "confirmed_on":
		c.ConfirmedOn = &day
	case "position":
		c.Position = &wanted
	case "note":
		c.Note = &wanted
	default:
		return c, core.NotFound
	}
	return c, nil
}

// check returns what is wrong with a request, under the fields of its form.
func (q Request) check(p member.Person, keys *secret.Keyring, today core.Date) error {
	c, err := change(q.Item, q.Wanted)
	if core.KindOf(err) == core.NotFound && err != nil {
		return err
	}
	if err == nil {
		err = c.Fits(p, today)
	}
	var bad core.Fields
	if m, ok := core.FieldsOf(err)[q.Item]; ok {
		bad.If(true, "wanted", m.Key, m.Args...)
	} else if err != nil {
		return err
	}
	bad.If(bad == nil && same(p, q, keys), "wanted", "correction.same")
	bad.If(utf8.RuneCountInString(q.Why) > maxWhy, "why", "correction.why.long", maxWhy)
	return bad.Err()
}

func same(p member.Person, q Request, keys *secret.Keyring) bool {
	switch q.Item {
	case member.IDNumber:
		return p.HasIDNumber() && p.IDNumberIs(keys, q.Wanted) || !p.HasIDNumber() && q.Wanted == ""
	case member.Phone:
		return p.HasPhone() && p.PhoneIs(keys, q.Wanted) || !p.HasPhone() && q.Wanted == ""
	}
	return Standing(p)[q.Item] == q.Wanted
}

// Standing is a record as its items are corrected, without the two numbers.
func Standing(p member.Person) map[string]string {
	return map[string]string{
		"name": p.Name, "sex": p.Sex, "ethnicity": p.Ethnicity, "born_on": p.BornOn.String(), "education": p.Education, "joined_on": p.JoinedOn.String(),
		"confirmed_on": p.ConfirmedOn.String(), "position": p.Position, "note": p.Note,
	}
}

// shown fills in what the request holds, numbers masked.
func (c *Correction) shown(p member.Person, keys *secret.Keyring) error {
	wanted, err := keys.Open(wantedField, c.ID, c.wanted)
	if err != nil {
		return err
	}
	why, err := keys.Open(whyField, c.ID, c.why)
	if err != nil {
		return err
	}
	idNumber, phone, err := p.Numbers(keys)
	if err != nil {
		return err
	}
	c.Name, c.Why, c.Wanted = p.Name, string(why), strings.TrimPrefix(string(wanted), mark)
	switch c.Item {
	case member.IDNumber:
		c.Now, c.Wanted = member.MaskIDNumber(idNumber), member.MaskIDNumber(c.Wanted)
	case member.Phone:
		c.Now, c.Wanted = member.MaskPhone(phone), member.MaskPhone(c.Wanted)
	default:
		c.Now = Standing(p)[c.Item]
	}
	if c.State != Open {
		c.Now = ""
	}
	return nil
}

// Names under which the two sealed columns have their keys. mark stands before a
// value, so that an empty one can be sealed too.
const (
	wantedField = "corrections.wanted"
	whyField    = "corrections.why"
	mark        = "="
)

const correctionColumns = `c.realm_id, c.id, c.person_id, c.user_id, c.org_id, o.name, c.item, c.wanted, c.why, c.state, c.due_on, c.answer, c.created_at, c.ended_at, c.version`

const correctionFrom = ` FROM corrections c JOIN orgs o ON o.realm_id = c.realm_id AND o.id = c.org_id`

func scanCorrection(r db.Row) (c Correction, err error) {
	return c, r.Scan(&c.Realm, &c.ID, &c.Person, &c.User, &c.Org, &c.OrgName, &c.Item, &c.wanted, &c.why, &c.State, (*db.Date)(&c.DueOn),
		&c.Answer, (*db.Instant)(&c.CreatedAt), (*db.Instant)(&c.EndedAt), &c.Version)
}

// Correctable reports whether an item is one of Items.
func Correctable(item string) bool { return slices.Contains(Items, item) }
