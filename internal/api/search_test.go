package api

import (
	"fmt"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
)

func TestASearchIsAsWideAsTheRoleAndTheScopes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.tx(func(tx *db.Tx) error {
			_, err := enterprise.Register(t.Context(), tx, access.Machine(1), w.a.Now(), enterprise.Registration{Name: "陶氏化学", Org: w.park.ID, Type: "private"})
			if err != nil {
				return err
			}
			_, err = member.Enrol(t.Context(), tx, w.a.Keys, access.Machine(1), w.a.Now(), member.Enrolment{
				Name: "陶小明", Kind: member.Full, Org: w.dow.ID, JoinedOn: core.NewDate(2018, 6, 1), ConfirmedOn: core.NewDate(2019, 6, 1), From: core.NewDate(2020, 1, 1),
			})
			return err
		})
		for _, tt := range []struct{ name, token, want string }{
			{"a registrar", w.as(access.Registrar, w.park), "陶氏基地党支部; 陶氏化学; 陶小明"},
			{"a department sees no names", w.as(access.Department, w.park), "陶氏基地党支部; 陶氏化学; "},
			{"a token for organisations alone", w.as(access.Registrar, w.park, "orgs:read"), "陶氏基地党支部; ; "},
			{"beside it", w.as(access.Registrar, w.other), "; ; "},
			{"another realm", w.as(access.Registrar, w.foreign), "401"},
		} {
			res := w.do("POST", "/search", tt.token, `{"q":"陶"}`)
			if tt.want == "401" {
				if res.Code != 401 {
					t.Errorf("%s: %d", tt.name, res.Code)
				}
				continue
			}
			got := w.ask(200, "POST", "/search", tt.token, `{"q":"陶"}`)
			var parts []string
			for _, kind := range []string{"orgs", "enterprises", "people"} {
				parts = append(parts, names(map[string]any{"items": got[kind]}))
			}
			if s := strings.Join(parts, "; "); s != tt.want {
				t.Errorf("%s: found %q, want %q", tt.name, s, tt.want)
			}
		}
		tok := w.as(access.Registrar, w.park)
		w.ask(403, "POST", "/search", w.as(access.Registrar, w.park, "people:read"), `{"q":"陶"}`)
		if got := w.ask(422, "POST", "/search", tok, fmt.Sprintf(`{"q":%q}`, strings.Repeat("陶", 101))); !strings.Contains(fmt.Sprint(got), "at most 100") {
			t.Errorf("too long: %v", got)
		}
		if strings.Contains(w.log.String(), "陶") {
			t.Error("the log holds the words")
		}
	})
}
