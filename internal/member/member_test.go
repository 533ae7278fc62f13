package member_test

import (
	"strings"
	"testing"

	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/text"
)

func TestEveryFaultOfARecordHasItsSentence(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edit  func(*member.Enrolment)
		field string
		want  string
	}{
		{"fits", func(*member.Enrolment) {}, "", ""},
		{"no name", func(e *member.Enrolment) { e.Name = "  " }, "name", "person.name.missing"},
		{"a formula", func(e *member.Enrolment) { e.Name = "=1+1" }, "name", "person.name.invalid"},
		{"a formula of letters", func(e *member.Enrolment) { e.Name = "-cmd" }, "name", "person.name.invalid"},
		{"markup", func(e *member.Enrolment) { e.Name = "张<b>" }, "name", "person.name.invalid"},
		{"digits", func(e *member.Enrolment) { e.Name = "张3" }, "name", "person.name.invalid"},
		{"50 characters", func(e *member.Enrolment) { e.Name = strings.Repeat("张", 50) }, "", ""},
		{"51 characters", func(e *member.Enrolment) { e.Name = strings.Repeat("张", 51) }, "name", "person.name.invalid"},
		{"a dot between", func(e *member.Enrolment) { e.Name = "阿卜杜拉·买买提" }, "", ""},
		{"a foreign name", func(e *member.Enrolment) { e.Name = "Anne-Marie O'Hara" }, "", ""},
		{"another sex", func(e *member.Enrolment) { e.Sex = "x" }, "sex", "person.sex.unknown"},
		{"unknown kind", func(e *member.Enrolment) { e.Kind = "boss" }, "kind", "person.kind.unknown"},
		{"id number too short", func(e *member.Enrolment) { e.IDNumber = "32059919900520" }, "id_number", "person.id_number.format"},
		{"id number with a wrong check", func(e *member.Enrolment) { e.IDNumber = e.IDNumber[:16] + "00" }, "id_number", "person.id_number.checksum"},
		{"no id number", func(e *member.Enrolment) { e.IDNumber = "" }, "", ""},
		{"a phone too short", func(e *member.Enrolment) { e.Phone = "1990000041" }, "phone", "person.phone.invalid"},
		{"a phone that cannot be", func(e *member.Enrolment) { e.Phone = "12900000417" }, "phone", "person.phone.invalid"},
		{"words for a phone", func(e *member.Enrolment) { e.Phone = "无" }, "phone", "person.phone.invalid"},
		{"a fixed line", func(e *member.Enrolment) { e.Phone = "0512-6288 0000" }, "", ""},
		{"a foreign phone", func(e *member.Enrolment) { e.Phone = "+49 30 1234567" }, "", ""},
		{"born tomorrow", func(e *member.Enrolment) { e.BornOn, e.JoinedOn = today.AddDays(1), core.Date{} }, "born_on", "person.born_on.future"},
		{"joined tomorrow", func(e *member.Enrolment) {
			e.JoinedOn, e.ConfirmedOn, e.From = today.AddDays(1), core.Date{}, core.Date{}
		}, "joined_on", "person.joined_on.future"},
		{"joined today", func(e *member.Enrolment) { e.JoinedOn, e.ConfirmedOn, e.From = today, core.Date{}, core.Date{} }, "", ""},
		{"joined before birth", func(e *member.Enrolment) { e.JoinedOn = day(1990, 5, 19) }, "joined_on", "person.joined_on.before_birth"},
		{"joined the day before the 18th birthday", func(e *member.Enrolment) { e.JoinedOn = day(2008, 5, 19) }, "joined_on", "person.joined_on.before_18"},
		{"joined on the 18th birthday", func(e *member.Enrolment) { e.JoinedOn = day(2008, 5, 20) }, "", ""},
		{"confirmed before joined", func(e *member.Enrolment) { e.ConfirmedOn = e.JoinedOn.AddDays(-1) }, "confirmed_on", "person.confirmed_on.before_joined"},
		{"confirmed tomorrow", func(e *member.Enrolment) { e.ConfirmedOn = today.AddDays(1) }, "confirmed_on", "person.confirmed_on.future"},
		{"affiliated before joined", func(e *member.Enrolment) { e.From = e.JoinedOn.AddDays(-1) }, "from", "membership.before_joined"},
		{"affiliated on joining", func(e *member.Enrolment) { e.From = e.JoinedOn }, "", ""},
		{"affiliated tomorrow", func(e *member.Enrolment) { e.From = today.AddDays(1) }, "from", "membership.future"},
		{"no organisation", func(e *member.Enrolment) { e.Org = 0 }, "org", "membership.org_missing"},
		{"a note too long", func(e *member.Enrolment) { e.Note = strings.Repeat("字", 201) }, "note", "person.too_long"},
		{"a note just fitting", func(e *member.Enrolment) { e.Note = strings.Repeat("字", 200) }, "", ""},
	} {
		e := zhang(1)
		tt.edit(&e)
		err := e.Tidy().Check(today)
		if got := core.FieldsOf(err); tt.want == "" && err != nil || tt.want != "" && got[tt.field].Key != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
		for _, m := range core.FieldsOf(err) {
			if !text.Has(m.Key) || strings.Contains(text.Say(core.En, m), "{") {
				t.Errorf("%s: nothing to say for %v", tt.name, m)
			}
		}
	}
}

func TestMasksShowOnlyTheEnds(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{member.MaskIDNumber("320599199005201234"), "320599********1234"}, {member.MaskPhone("19900000417"), "199****0417"},
		{member.MaskPhone(""), ""}, {member.MaskPhone("1234567"), "*******"}, {member.MaskPhone("051262880000"), "051*****0000"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestEveryWordOfPeopleIsInTheCatalog(t *testing.T) {
	for _, k := range member.Kinds {
		if !text.Has(member.KindTitle(k).Key) {
			t.Errorf("no word for the kind %s", k)
		}
		if member.Formal(k) != (k == member.Full || k == member.Probationary) {
			t.Errorf("%s: formal or not", k)
		}
	}
	for _, p := range member.Purposes {
		if !text.Has(member.PurposeTitle(p).Key) {
			t.Errorf("no words for the purpose %s", p)
		}
	}
}
