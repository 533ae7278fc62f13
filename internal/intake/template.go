package intake

import (
	"io"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/rule"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

// WriteTemplate writes an empty list of the entity to fill in, with an example
// row that importing skips, what may be chosen, and a sheet that explains.
func WriteTemplate(w io.Writer, e Entity, lang core.Lang) error {
	if err := e.check(); err != nil {
		return err
	}
	t := sheet.Template{
		List: sheet.List{
			Name: text.Say(lang, e.Title()), Serial: text.T(lang, "sheet.serial"), Footer: text.T(lang, "sheet.page", "&P", "&N"),
		},
		Choices: map[string][]string{}, Example: map[string]string{},
		Marker: text.T(lang, "sheet.example"), GuideName: text.T(lang, "sheet.guide"),
	}
	for _, c := range e.known() {
		t.Columns = append(t.Columns, e.column(c.Key, lang))
		if key := examples[e][c.Key]; key != "" {
			t.Example[c.Key] = key
			if text.Has(key) {
				t.Example[c.Key] = text.T(lang, key)
			}
		}
		for _, m := range choices[e][c.Key] {
			t.Choices[c.Key] = append(t.Choices[c.Key], text.Say(lang, m))
		}
	}
	for _, key := range []string{string(e), "header", "date", "number", "empty", "example"} {
		t.Guide = append(t.Guide, text.T(lang, "intake.guide."+key))
	}
	return t.Write(w)
}

// column returns how an item's column is written.
func (e Entity) column(key string, lang core.Lang) sheet.OutColumn {
	return sheet.OutColumn{
		Key: key, Header: text.Say(lang, e.Heading(key)), Width: widths[key],
		Number: key == "employees" || key == "foreign_share" || key == "members_found",
		Text:   key == "id_number" || key == "phone" || key == "credit_code",
	}
}

var widths = map[string]float64{
	"name": 24, "parent": 28, "unit": 28, "enterprise": 28, "credit_code": 22, "id_number": 22, "building": 20, "position": 18, "note": 24,
}

// examples are values, or the catalog keys of words.
var examples = map[Entity]map[string]string{
	Orgs: {
		"name": "intake.example.branch", "parent": "intake.example.general_branch", "type": rule.Branch.Title().Key, "founded_on": "2019-07-01",
		"term_ends_on": "2028-07-01", "enterprise": "intake.example.enterprise", "credit_code": "91320599LWNW30LMKX",
		"enterprise_type": "enterprise_type.private", "employees": "120", "chain": "intake.example.chain", "building": "intake.example.building",
	},
	Members: {
		"name": "intake.example.person", "sex": "person_sex.male", "ethnicity": "intake.example.ethnicity", "born_on": "1982-12-19",
		"education": "intake.example.education", "id_number": "320599198212190898", "joined_on": "2005-11-14", "confirmed_on": "2006-11-14",
		"category": member.KindTitle(member.Full).Key, "unit": "intake.example.branch", "position": "intake.example.position", "phone": "19900000000",
	},
	Enterprises: {
		"name": "intake.example.enterprise", "credit_code": "91320599LWNW30LMKX", "unit": "intake.example.committee", "type": "enterprise_type.private",
		"industry": "intake.example.industry", "employees": "120", "foreign_share": "0", "state": enterprise.StateTitle(enterprise.Operating).Key,
		"verified_on": "2026-06-30", "members_found": "4", "chain": "intake.example.chain", "building": "intake.example.building",
	},
}

// choices are the words that may be chosen.
var choices = func() map[Entity]map[string][]core.Msg {
	var kinds, types, states []core.Msg
	for _, k := range rule.OrgKinds {
		kinds = append(kinds, k.Title())
	}
	for _, t := range rule.EnterpriseTypes {
		types = append(types, t.Title())
	}
	for _, s := range enterprise.OperatingStates {
		states = append(states, enterprise.StateTitle(s))
	}
	return map[Entity]map[string][]core.Msg{
		Orgs: {"type": kinds, "enterprise_type": types},
		Members: {
			"sex":      {core.M("person_sex.male"), core.M("person_sex.female")},
			"category": {member.KindTitle(member.Full), member.KindTitle(member.Probationary), member.KindTitle(member.Activist), member.KindTitle(member.Applicant)},
		},
		Enterprises: {"type": types, "state": states},
	}
}()
