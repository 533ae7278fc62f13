package account_test

import (
	"errors"
	"strings"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/names"
)

func TestAccountsAreFoundByWordsAndState(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		local := w.user(t, "local", good, access.Security, park)
		anna := w.user(t, "anna", good, access.Secretary, park)
		w.exec(t, `UPDATE users SET name = $1 WHERE id = $2`, "林若川", anna.ID)
		w.user(t, "fresh", good, "", 0)
		closed := w.user(t, "shut", good, "", 0)
		if err := w.Disable(t.Context(), as(w.boss), closed.ID, why); err != nil {
			t.Fatal(err)
		}
		w.tx(t, func(tx *db.Tx) error {
			_, err := account.Add(t.Context(), tx, access.Machine(2), w.Now(), account.NewUser{Login: "foreign", Name: "林"})
			return err
		})
		w.signIn(t, "anna", good)
		ask := func(who access.Actor, q account.Query) string {
			l, err := w.List(t.Context(), who, q)
			if err != nil {
				return string(core.KindOf(err))
			}
			var s []string
			for _, r := range l.Rows {
				s = append(s, r.Login+":"+string(r.State()))
			}
			return strings.Join(s, " ")
		}
		for name, tt := range map[string]struct {
			who  access.Actor
			q    account.Query
			want string
		}{
			"everybody":           {as(w.boss), account.Query{}, "anna:active boss:unused fresh:unused local:unused shut:closed"},
			"the park's":          {as(local), account.Query{}, "anna:active fresh:unused local:unused shut:closed"},
			"a name":              {as(w.boss), account.Query{Search: "若川"}, "anna:active"},
			"initials":            {as(w.boss), account.Query{Search: "LRC"}, "anna:active"},
			"a login":             {as(w.boss), account.Query{Search: " FRE"}, "fresh:unused"},
			"nothing":             {as(w.boss), account.Query{Search: "zzz"}, ""},
			"closed":              {as(w.boss), account.Query{State: account.Closed}, "shut:closed"},
			"the second page":     {as(w.boss), account.Query{Page: core.Page{Number: 2, Size: 2}}, "fresh:unused local:unused"},
			"past the end":        {as(w.boss), account.Query{Page: core.Page{Number: 9, Size: 2}}, ""},
			"a secretary":         {as(anna), account.Query{}, "forbidden"},
			"of the other realm":  {access.Actor{Realm: 2, User: w.boss.ID}, account.Query{}, "not found"},
			"the other machine's": {access.Machine(2), account.Query{}, "foreign:unused"},
		} {
			if got := ask(tt.who, tt.q); got != tt.want {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
		}
	})
}

func TestAnAccountIsOpenedWithItsFirstRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		w.exec(t, `INSERT INTO persons (realm_id, id, name, name_key, initials, sex, ethnicity, education, position, note, kind, at_org, at_path, version, created_at)
			VALUES (1, 900, '何田', $2, 'ht', '', '', '', '', '', 'full', $1, '1.2.', 1, 0)`, park, names.PersonKey("何田"))
		local := w.user(t, "local", good, access.Security, park)
		first := access.Place{Role: access.Secretary, Org: park}
		for name, tt := range map[string]struct {
			who   access.Actor
			n     account.NewUser
			first access.Place
			why   account.Decision
			want  string // key, or field and key
		}{
			"without a reason":         {as(local), account.NewUser{Login: "a1", Name: "何田"}, first, account.Decision{Reason: "  "}, "reason account.reason.missing"},
			"with a long reason":       {as(local), account.NewUser{Login: "a1", Name: "何田"}, first, account.Decision{Reason: strings.Repeat("因", 301)}, "reason account.reason.long"},
			"out of reach":             {as(local), account.NewUser{Login: "a1", Name: "何田"}, access.Place{Role: access.Secretary, Org: city}, why, "error.absent"},
			"of no such role":          {as(local), account.NewUser{Login: "a1", Name: "何田"}, access.Place{Role: "emperor", Org: park}, why, "access.role_unknown"},
			"tied to another's record": {as(local), account.NewUser{Login: "a1", Name: "何天", Person: 900}, first, why, "person account.person.unfit"},
			"tied to nobody":           {as(local), account.NewUser{Login: "a1", Name: "何田", Person: 901}, first, why, "person account.person.unfit"},
		} {
			_, err := w.Open(ctx, tt.who, tt.n, tt.first, tt.why)
			got := core.MsgOf(err).Key
			for f, m := range core.FieldsOf(err) {
				got = f + " " + m.Key
			}
			if errors.Is(err, core.NotFound) {
				got = "error.absent"
			}
			if got != tt.want {
				t.Errorf("%s: got %q, want %q", name, got, tt.want)
			}
		}
		if n := w.count(t, `SELECT count(*) FROM users WHERE login = 'a1'`); n != 0 {
			t.Errorf("what was refused left %d accounts", n)
		}
		u, err := w.Open(ctx, as(local), account.NewUser{Login: "a1", Name: "何田", Person: 900}, first, account.Decision{Reason: "换届"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.Record(ctx, as(w.boss), u.ID)
		if err != nil || len(r.Places) != 1 || r.Places[0].Reason != "换届" || r.Person != 900 || r.State() != account.Unused {
			t.Errorf("got %+v, %v", r, err)
		}
		if _, err := w.Open(ctx, as(w.boss), account.NewUser{Login: "a2", Name: "何田", Person: 900}, first, why); core.FieldsOf(err)["person"].Key != "account.person.unfit" {
			t.Errorf("a second account of one record: %v", err)
		}
		turns, err := w.History(ctx, as(w.boss), u.ID)
		if err != nil || len(turns) != 2 || turns[0].Action != "grant.give" || turns[0].By != "local" || turns[0].Role != access.Secretary || turns[0].Reason != "换届" || turns[1].Action != "user.add" {
			t.Errorf("the history: %+v, %v", turns, err)
		}
	})
}

func TestAnOlderVersionOfAnAccountChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		anna := w.user(t, "anna", good, access.Secretary, park)
		seen, err := w.Record(t.Context(), as(w.boss), anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		old := account.Decision{Reason: "r", Version: seen.Version()}
		if err := w.Grant(t.Context(), as(w.boss), anna.ID, access.Place{Role: access.Member, Org: park}, old); err != nil {
			t.Fatal(err)
		}
		if err := w.Take(t.Context(), as(w.boss), anna.ID, access.Place{Role: access.Member, Org: park}, old); core.MsgOf(err).Key != "account.stale" {
			t.Errorf("got %v", err)
		}
	})
}

func TestSessionsOfAnotherAreEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		local := w.user(t, "local", good, access.Security, park)
		anna := w.user(t, "anna", good, access.Secretary, park)
		one, two, mine := w.signIn(t, "anna", good), w.signIn(t, "anna", good), w.signIn(t, "boss", good)
		all, err := w.SittingsOf(ctx, as(local), anna.ID)
		if err != nil || len(all) != 2 || all[0].Here {
			t.Fatalf("got %+v, %v", all, err)
		}
		if _, err := w.SittingsOf(ctx, as(local), w.boss.ID); !errors.Is(err, core.NotFound) {
			t.Errorf("of somebody above: %v", err)
		}
		if err := w.EndSittings(ctx, as(local), w.boss.ID, 0); !errors.Is(err, core.NotFound) || !w.live(t, mine) {
			t.Errorf("of somebody above: %v", err)
		}
		if err := w.EndSittings(ctx, as(local), anna.ID, 12345); !errors.Is(err, core.NotFound) {
			t.Errorf("one that there is not: %v", err)
		}
		if err := w.EndSittings(ctx, as(local), anna.ID, all[0].ID); err != nil || w.live(t, one) == w.live(t, two) {
			t.Errorf("one: %v", err)
		}
		if err := w.EndSittings(ctx, as(local), anna.ID, 0); err != nil || w.live(t, one) || w.live(t, two) || !w.live(t, mine) {
			t.Errorf("all: %v", err)
		}
		if !strings.HasPrefix(w.last(t), "user.end done") {
			t.Errorf("the journal tells %s", w.last(t))
		}
	})
}

func TestPlacesAreFoundInReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		local := w.user(t, "local", good, access.Security, park)
		w.exec(t, `UPDATE orgs SET name = '园区党工委', name_key = $2, initials = 'yqdgw' WHERE id = $1`, park, names.Key("园区党工委"))
		w.exec(t, `INSERT INTO enterprises (realm_id, id, name, name_key, initials, org_id, path, type, industry, state, version, created_at)
			VALUES (1, 500, '园区纺织厂', $2, 'yqfzc', $1, '1.2.', 'private', '', 'operating', 1, 0)`, park, names.Key("园区纺织厂"))
		ask := func(who access.Actor, role access.Role, words string) (s string) {
			all, err := w.FindPlaces(ctx, who, role, words)
			if err != nil {
				return string(core.KindOf(err))
			}
			for _, p := range all {
				s += p.Name + " "
			}
			return s
		}
		anna := w.user(t, "anna", good, access.Secretary, park)
		for name, tt := range map[string]struct{ got, want string }{
			"a part of the name": {ask(as(local), access.Secretary, "园区"), "园区党工委 "},
			"initials":           {ask(as(local), access.Secretary, "YQ"), "园区党工委 "},
			"an enterprise":      {ask(as(local), access.Manager, "纺织"), "园区纺织厂 "},
			"above":              {ask(as(local), access.Secretary, "1."), ""},
			"above, the city's":  {ask(as(w.boss), access.Secretary, "1."), "1. "},
			"no words":           {ask(as(w.boss), access.Secretary, " "), ""},
			"the other realm":    {ask(access.Machine(2), access.Secretary, "园区"), ""},
			"a secretary":        {ask(as(anna), access.Secretary, "园区"), "forbidden"},
		} {
			if tt.got != tt.want {
				t.Errorf("%s: got %q, want %q", name, tt.got, tt.want)
			}
		}
	})
}
