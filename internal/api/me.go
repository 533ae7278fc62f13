package api

import (
	"context"
	"reflect"
	"time"

	"tongpin/internal/access"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// A Me is who asks.
type Me struct {
	ID     ID         `json:"id"`
	Login  string     `json:"login"`
	Name   string     `json:"name"`
	Person ID         `json:"person,omitzero" doc:"One's own record."`
	Places []Place    `json:"places" doc:"Where one holds which role; it reaches everything below."`
	Token  *TokenOfMe `json:"token,omitzero" doc:"The token that was shown; missing for a session."`
}

// A Place is where a user holds a role.
type Place struct {
	Role       string `json:"role"`
	Org        ID     `json:"org,omitzero"`
	Enterprise ID     `json:"enterprise,omitzero"`
	Name       string `json:"name"`
	Where      string `json:"where" doc:"Names of up to two organisations above."`
}

// A TokenOfMe is the token that was shown, without its value.
type TokenOfMe struct {
	ID        ID        `json:"id"`
	Name      string    `json:"name"`
	Scopes    []string  `json:"scopes"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (a *API) mountMe() {
	handle(a, "GET /me", "me", scope("me:read"), func(ctx context.Context, c *Call, _ *struct{}) (Me, error) {
		held, err := a.Account.Places(ctx, c.Actor)
		if err != nil {
			return Me{}, err
		}
		return meOf(c.Caller, held), nil
	})
}

func meOf(c Caller, held []access.Place) Me {
	m := Me{ID: ID(c.User.ID), Login: c.User.Login, Name: c.User.Name, Person: ID(c.User.Person), Places: []Place{}}
	for _, p := range held {
		m.Places = append(m.Places, Place{string(p.Role), ID(p.Org), ID(p.Enterprise), p.Name, p.Where})
	}
	if c.Token.ID != 0 {
		m.Token = &TokenOfMe{ID(c.Token.ID), c.Token.Name, c.Token.Scopes, c.Token.ExpiresAt}
	}
	return m
}
