package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
)

const fresh = "a new long password"

func TestAResetCodeSetsANewPasswordOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		secretary := w.user(t, "shen", good, access.Secretary, park)
		anna := w.user(t, "anna", good, access.Member, park)
		cookie, p, _ := w.enrol(t, anna, w.signIn(t, "anna", good))
		link, err := w.Link(ctx, access.Machine(1), anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		pending := w.pend(t, "anna", peer)
		_, first, _, err := w.IssueReset(ctx, as(secretary), "anna", false)
		if err != nil {
			t.Fatal(err)
		}
		u, code, expires, err := w.IssueReset(ctx, as(secretary), "ANNA", false)
		if err != nil || u.ID != anna.ID || !expires.Equal(w.clock.Add(24*time.Hour)) {
			t.Fatalf("got %+v, %s, %v", u, expires, err)
		}
		for name, bad := range map[string][2]string{"an earlier code": {"anna", first}, "somebody else": {"shen", code}, "nobody": {"nobody", code}, "no code": {"anna", ""}} {
			if err := w.Reset(ctx, bad[0], bad[1], fresh, account.Peer{Addr: "192.0.2.9"}); core.MsgOf(err).Key != "account.reset.wrong" {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if err := w.Reset(ctx, "anna", code, "short", peer); core.FieldsOf(err)["password"].Key != "account.password.short" {
			t.Errorf("a short password: got %v", err)
		}
		if !w.live(t, cookie) {
			t.Error("what was refused ended a session")
		}
		if err := w.Reset(ctx, " Anna", strings.ToLower(code), fresh, peer); err != nil {
			t.Fatal(err)
		}
		if err := w.Reset(ctx, "anna", code, fresh, peer); core.MsgOf(err).Key != "account.reset.wrong" {
			t.Errorf("a second use: got %v", err)
		}
		if _, err := w.LinkOpen(ctx, link); w.live(t, cookie) || !errors.Is(err, core.NotFound) {
			t.Error("a session or a link outlives the reset")
		}
		if _, err := w.SecondStep(ctx, pending, p.code(t), peer); core.MsgOf(err).Key != "factor.over" {
			t.Errorf("a pending sign-in outlives the reset: %v", err)
		}
		if _, err := w.SignIn(ctx, "anna", good, peer); core.MsgOf(err).Key != "account.wrong" {
			t.Errorf("the old password: got %v", err)
		}
		if in, err := w.SignIn(ctx, "anna", fresh, peer); err != nil || in.Pending == "" {
			t.Errorf("the factor must stay: %+v, %v", in, err)
		}
		if n := w.count(t, `SELECT count(*) FROM journal j LEFT JOIN journal_bodies b ON b.id = j.id WHERE j.after_state LIKE '%' || $1 || '%' OR b.body LIKE '%' || $1 || '%'`, code); n != 0 {
			t.Error("the journal holds the code")
		}
		if n := w.count(t, `SELECT count(*) FROM journal WHERE action = 'user.reset' AND user_id = $1 AND subject_id = $2`, secretary.ID, anna.ID); n != 2 {
			t.Errorf("the journal tells of %d codes, want 2", n)
		}
	})
}

func TestAResetCanRemoveLostFactors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		w.enrol(t, w.boss, w.signIn(t, "boss", good))
		_, code, _, err := w.IssueReset(ctx, access.Machine(1), "boss", true)
		if err != nil {
			t.Fatal(err)
		}
		*w.clock = w.clock.Add(account.ResetLasts)
		if err := w.Reset(ctx, "boss", code, fresh, peer); core.MsgOf(err).Key != "account.reset.wrong" {
			t.Errorf("after a day: got %v", err)
		}
		*w.clock = w.clock.Add(-time.Second)
		elsewhere := &account.Service{DB: d, Keys: keys, Realm: 2, Now: w.Now}
		if err := elsewhere.Reset(ctx, "boss", code, fresh, peer); core.MsgOf(err).Key != "account.reset.wrong" {
			t.Errorf("in another realm: got %v", err)
		}
		if err := w.Reset(ctx, "boss", code, fresh, peer); err != nil {
			t.Fatal(err)
		}
		w.signIn(t, "boss", fresh)
		if n := w.count(t, `SELECT count(*) FROM journal WHERE action = 'user.reset' AND via = 'command'`); n != 1 {
			t.Error("the journal does not tell of the command line")
		}
	})
}

func TestWhoResetsWhom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := t.Context()
		head := w.user(t, "head", good, access.Secretary, city)
		shen := w.user(t, "shen", good, access.Secretary, park)
		twin := w.user(t, "twin", good, access.Secretary, park)
		local := w.user(t, "local", good, access.Security, park)
		registrar := w.user(t, "registrar", good, access.Registrar, park)
		member := w.user(t, "member", good, access.Member, park)
		both := w.user(t, "both", good, access.Member, park)
		fresh := w.user(t, "fresh", good, "", 0)
		if err := w.Grant(ctx, as(w.boss), both.ID, access.Place{Role: access.Member, Org: city}, why); err != nil {
			t.Fatal(err)
		}
		program := as(shen)
		program.Via = audit.API
		for _, tt := range []struct {
			name string
			who  access.Actor
			whom account.User
			want core.Kind // "" may
		}{
			{"a secretary a member", as(shen), member, ""},
			{"a secretary another one of the same place", as(shen), twin, ""},
			{"a secretary above one below", as(head), shen, ""},
			{"a secretary one above", as(shen), head, core.NotFound},
			{"a secretary who may less than the registrar", as(shen), registrar, core.NotFound},
			{"a secretary the administrator of accounts", as(head), local, core.NotFound},
			{"a secretary somebody who also holds a role above", as(shen), both, core.NotFound},
			{"a secretary somebody without a role", as(shen), fresh, core.NotFound},
			{"the administrator below one above", as(local), w.boss, core.NotFound},
			{"the administrator below a secretary", as(local), shen, ""},
			{"the administrator somebody without a role", as(local), fresh, ""},
			{"the administrator the registrar", as(w.boss), registrar, ""},
			{"a member", as(member), fresh, core.Forbidden},
			{"a registrar", as(registrar), member, core.Forbidden},
			{"nobody in particular", as(fresh), member, core.NotFound},
			{"oneself", as(shen), shen, core.Invalid},
			{"the administrator himself", as(w.boss), w.boss, core.Invalid},
			{"a secretary's program", program, member, core.NotFound},
			{"another realm", access.Actor{Realm: 2, User: w.boss.ID, Via: audit.Page}, member, core.NotFound},
			{"the machine", access.Machine(1), w.boss, ""},
		} {
			_, code, _, err := w.IssueReset(ctx, tt.who, tt.whom.Login, false)
			if tt.want == "" && (err != nil || code == "") || tt.want != "" && (!errors.Is(err, tt.want) || code != "") {
				t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
			}
		}
		if _, _, _, err := w.IssueReset(ctx, as(shen), "no-such-login", false); !errors.Is(err, core.NotFound) {
			t.Errorf("nobody: got %v", err)
		}
		if err := w.Disable(ctx, as(w.boss), member.ID, why); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := w.IssueReset(ctx, as(shen), "member", false); core.MsgOf(err).Key != "account.disabled" {
			t.Errorf("a closed account: got %v", err)
		}
	})
}
