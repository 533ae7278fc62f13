package burden_test

import (
	"encoding/json"
	"os"
	"testing"

	"tongpin/internal/burden"
)

// TestEachViolationFailsOnItsLine gives the checks an inventory without fault,
// and then the same with one violation of each kind.
func TestEachViolationFailsOnItsLine(t *testing.T) {
	b, err := os.ReadFile("testdata/good.json")
	if err != nil {
		t.Fatal(err)
	}
	good := func() (in burden.Inventory) {
		if err := json.Unmarshal(b, &in); err != nil {
			t.Fatal(err)
		}
		return in
	}
	for _, l := range burden.Check(good()) {
		if !l.OK || l.Looked == 0 {
			t.Errorf("without fault: %+v", l)
		}
	}
	for _, tt := range []struct {
		line, name string
		edit       func(*burden.Inventory)
	}{
		{"B1", "points of a person", func(in *burden.Inventory) { in.Columns = append(in.Columns, "persons.points") }},
		{"B1", "a check-in", func(in *burden.Inventory) { in.Routes = append(in.Routes, "POST /check-in") }},
		{"B1", "time on line in words", func(in *burden.Inventory) { in.Texts["me.time"] = "本月在线时长" }},
		{"B2", "last login", func(in *burden.Inventory) { in.Columns = append(in.Columns, "users.last_login_at") }},
		{"B2", "a figure from sessions", func(in *burden.Inventory) { in.Sources["active"] = "orgs sessions" }},
		{"B3", "likes", func(in *burden.Inventory) { in.Columns = append(in.Columns, "cases.like_count") }},
		{"B3", "readers in words", func(in *burden.Inventory) { in.Texts["case.read"] = "阅读量" }},
		{"B4", "a required photograph", func(in *burden.Inventory) {
			in.Fields = append(in.Fields, burden.Field{Form: "/visits/new", Name: "proof", Fact: "=picture", Type: "file", Required: true})
		}},
		{"B4", "a place on the map", func(in *burden.Inventory) { in.Columns = append(in.Columns, "visits.latitude") }},
		{"B4", "a script that asks where", func(in *burden.Inventory) { in.Scripts["a.js"] = "navigator.geolocation.getCurrentPosition()" }},
		{"B5", "the same question twice", func(in *burden.Inventory) {
			in.Fields = append(in.Fields, burden.Field{Form: "/orgs/new", Name: "title", Fact: "orgs.name"})
		}},
		{"B5", "a question without a fact", func(in *burden.Inventory) {
			in.Fields = append(in.Fields, burden.Field{Form: "/orgs/new", Name: "mood", Fact: "orgs.mood"})
		}},
		{"B5", "thirteen answers insisted on", func(in *burden.Inventory) {
			for _, c := range "abcdefghijklm" {
				in.Fields = append(in.Fields, burden.Field{Form: "/long", Name: string(c), Fact: "=" + string(c), Required: true})
			}
		}},
		{"B6", "a rank", func(in *burden.Inventory) { in.Columns = append(in.Columns, "orgs.rank") }},
		{"B6", "marks in words", func(in *burden.Inventory) { in.Texts["org.marks"] = "考核得分" }},
		{"B7", "nowhere to complain", func(in *burden.Inventory) { in.Frame = `<html lang="{{.Lang}}">` }},
		{"B8", "small letters", func(in *burden.Inventory) { in.Style += "p { font-size: 11px }" }},
		{"B8", "no zoom", func(in *burden.Inventory) { in.Frame += `user-scalable=no` }},
		{"B9", "a list that cannot be taken out", func(in *burden.Inventory) { in.Exports = []string{"orgs", "members"} }},
		{"B10", "a phone in the open", func(in *burden.Inventory) { in.Columns = append(in.Columns, "visits.phone") }},
	} {
		t.Run(tt.line+" "+tt.name, func(t *testing.T) {
			in := good()
			tt.edit(&in)
			for _, l := range burden.Check(in) {
				if l.OK == (l.ID == tt.line) || len(l.Problems) > 1 {
					t.Errorf("%+v", l)
				}
			}
		})
	}
}
