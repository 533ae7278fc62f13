package api

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/core"
)

// An Account is somebody who may sign in, as those who manage accounts see it:
// no record of a person, and no way in. Links and reset codes are handed over by
// people, on pages.
type Account struct {
	ID           ID        `json:"id"`
	Login        string    `json:"login"`
	Name         string    `json:"name"`
	State        string    `json:"state" enum:"active,unused,closed" doc:"unused: nobody has signed in yet."`
	Person       bool      `json:"person" doc:"Tied to a record of the roster."`
	SecondFactor bool      `json:"second_factor"`
	SignedInAt   time.Time `json:"signed_in_at,omitzero" doc:"Last; missing if never."`
	CreatedAt    time.Time `json:"created_at"`
	Roles        []Grant   `json:"roles"`
	Version      int       `json:"version"`
}

// A Grant is a role that an account holds.
type Grant struct {
	Role       string `json:"role"`
	Org        ID     `json:"org,omitzero"`
	Enterprise ID     `json:"enterprise,omitzero"`
	Name       string `json:"name" doc:"Of the organisation or enterprise."`
	Since      Day    `json:"since"`
	Reason     string `json:"reason"`
}

// An AccountTurn is one change of an account.
type AccountTurn struct {
	At     time.Time `json:"at"`
	Action string    `json:"action" doc:"As the journal names it, such as grant.give."`
	By     string    `json:"by,omitzero" doc:"A name; missing for the machine's administrator."`
	Role   string    `json:"role,omitzero"`
	Place  string    `json:"place,omitzero"`
	Reason string    `json:"reason"`
}

// A NewAccount is an account to make, with its first role.
type NewAccount struct {
	Login  string     `json:"login"`
	Name   string     `json:"name"`
	Person ID         `json:"person,omitzero" doc:"A record of that name within reach that has no account."`
	First  *RoleAsked `json:"first,omitzero" doc:"Its first role; without one it may do nothing yet."`
	Reason string     `json:"reason,omitzero" doc:"Compulsory with a role."`
}

// A RoleAsked names a role and where it holds: an organisation and all below it,
// or one enterprise.
type RoleAsked struct {
	Role       string `json:"role" enum:"system,security,auditor,department,registrar,secretary,member,manager"`
	Org        ID     `json:"org,omitzero"`
	Enterprise ID     `json:"enterprise,omitzero"`
}

// A RoleChange gives a role or takes it back.
type RoleChange struct {
	RoleAsked
	Reason string `json:"reason"`
}

// An AccountReason says why an account is closed or opened again.
type AccountReason struct {
	Reason string `json:"reason"`
}

// An AccountSearch says who is looked for. It stands in a body, since names must
// not stand in addresses.
type AccountSearch struct {
	Q     string `json:"q" doc:"Part of a login or a name, or initials."`
	State string `json:"state,omitzero" enum:"active,unused,closed"`
}

// OneAccount names an account.
type OneAccount struct {
	Account ID `path:"account"`
}

// accountWith is an account and a body about it.
type accountWith[B any] struct {
	Account ID     `path:"account"`
	IfMatch string `header:"If-Match" doc:"ETag of the version that was seen; 412 when somebody changed it since."`
	Body    B
}

func accountOf(r account.Record) Account {
	out := Account{
		ID: ID(r.ID), Login: r.Login, Name: r.Name, State: string(r.State()), Person: r.Person != 0, SecondFactor: r.Factor,
		SignedInAt: r.SignedIn, CreatedAt: r.CreatedAt, Roles: []Grant{}, Version: r.Version(),
	}
	for _, p := range r.Places {
		out.Roles = append(out.Roles, Grant{string(p.Role), ID(p.Org), ID(p.Enterprise), p.Name, Day(p.Since), p.Reason})
	}
	return out
}

// place reads a role; one of no place at all is nowhere.
func (r RoleAsked) place() (access.Place, error) {
	if (r.Org == 0) == (r.Enterprise == 0) {
		return access.Place{}, wrong("org", "account.place.one")
	}
	return access.Place{Role: access.Role(r.Role), Org: core.OrgID(r.Org), Enterprise: core.EnterpriseID(r.Enterprise)}, nil
}

func (a *API) mountAccounts() {
	read, write := scope("accounts:read"), scope("accounts:write")
	type ask struct {
		State string `query:"state" enum:"active,unused,closed"`
		Listed
	}
	handle(a, "GET /accounts", "accounts_list", read, func(ctx context.Context, c *Call, in *ask) (Page[Account], error) {
		return a.listAccounts(ctx, c, in.Listed, account.Query{State: account.State(in.State)})
	})
	handle(a, "POST /accounts/search", "accounts_search", read, func(ctx context.Context, c *Call, in *struct {
		Listed
		Body AccountSearch
	},
	) (Page[Account], error) {
		c.asked = in.Body.Q + "\n" + in.Body.State
		return a.listAccounts(ctx, c, in.Listed, account.Query{Search: in.Body.Q, State: account.State(in.Body.State)})
	}, looks)
	handle(a, "GET /accounts/{account}", "accounts_get", read, func(ctx context.Context, c *Call, in *OneAccount) (Account, error) {
		return a.accountNow(ctx, c, core.UserID(in.Account), nil)
	})
	handle(a, "GET /accounts/{account}/changes", "accounts_changes", read, func(ctx context.Context, c *Call, in *OneAccount) (Page[AccountTurn], error) {
		turns, err := a.Account.History(ctx, c.Actor, core.UserID(in.Account))
		return whole(turns, func(t account.Turn) AccountTurn {
			return AccountTurn{t.At, t.Action, t.By, string(t.Role), t.Place, t.Reason}
		}), err
	})
	handle(a, "POST /accounts", "accounts_make", write, a.makeAccount, made)
	handle(a, "POST /accounts/{account}/grant", "accounts_grant", write, func(ctx context.Context, c *Call, in *accountWith[RoleChange]) (Account, error) {
		return a.changeRole(ctx, c, in, a.Account.Grant)
	})
	handle(a, "POST /accounts/{account}/revoke", "accounts_revoke", write, func(ctx context.Context, c *Call, in *accountWith[RoleChange]) (Account, error) {
		return a.changeRole(ctx, c, in, a.Account.Take)
	})
	handle(a, "POST /accounts/{account}/close", "accounts_close", write, func(ctx context.Context, c *Call, in *accountWith[AccountReason]) (Account, error) {
		return a.turnAccount(ctx, c, in, a.Account.Disable)
	})
	handle(a, "POST /accounts/{account}/reopen", "accounts_reopen", write, func(ctx context.Context, c *Call, in *accountWith[AccountReason]) (Account, error) {
		return a.turnAccount(ctx, c, in, a.Account.Enable)
	})
	handle(a, "POST /accounts/{account}/end-sessions", "accounts_end_sessions", write, func(ctx context.Context, c *Call, in *OneAccount) (None, error) {
		return None{}, a.Account.EndSittings(ctx, c.Actor, core.UserID(in.Account), 0)
	})
}

func (a *API) listAccounts(ctx context.Context, c *Call, l Listed, q account.Query) (Page[Account], error) {
	p, err := a.page(c, l)
	if err != nil {
		return Page[Account]{}, err
	}
	q.Page = p
	all, err := a.Account.List(ctx, c.Actor, q)
	return listOf(a, c, p, all.Total, all.Rows, accountOf), err
}

// accountNow answers with an account as it is, unless there was an error.
func (a *API) accountNow(ctx context.Context, c *Call, id core.UserID, err error) (Account, error) {
	if err != nil {
		return Account{}, err
	}
	r, err := a.Account.Record(ctx, c.Actor, id)
	c.tag(r.Version())
	return accountOf(r), err
}

func (a *API) makeAccount(ctx context.Context, c *Call, in *struct{ Body NewAccount }) (Account, error) {
	b := in.Body
	var first access.Place
	if b.First != nil {
		var err error
		if first, err = b.First.place(); err != nil {
			return Account{}, err
		}
	}
	u, err := a.Account.Open(ctx, c.Actor, account.NewUser{Login: b.Login, Name: b.Name, Person: core.PersonID(b.Person)}, first, account.Decision{Reason: b.Reason})
	c.at("accounts", u.ID.String())
	return a.accountNow(ctx, c, u.ID, err)
}

func (a *API) changeRole(ctx context.Context, c *Call, in *accountWith[RoleChange], do func(context.Context, access.Actor, core.UserID, access.Place, account.Decision) error) (Account, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Account{}, err
	}
	p, err := in.Body.place()
	if err != nil {
		return Account{}, err
	}
	id := core.UserID(in.Account)
	return a.accountNow(ctx, c, id, do(ctx, c.Actor, id, p, account.Decision{Reason: in.Body.Reason, Version: seen}))
}

func (a *API) turnAccount(ctx context.Context, c *Call, in *accountWith[AccountReason], do func(context.Context, access.Actor, core.UserID, account.Decision) error) (Account, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Account{}, err
	}
	id := core.UserID(in.Account)
	return a.accountNow(ctx, c, id, do(ctx, c.Actor, id, account.Decision{Reason: in.Body.Reason, Version: seen}))
}
