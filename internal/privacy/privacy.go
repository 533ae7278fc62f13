// Package privacy is what a person can see and ask about the own data: who
// opened the record and why, consents, everything as a file, corrections, and
// what is deleted when (个人信息保护法 第四十四至五十条).
package privacy

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/secret"
)

// A Service is what pages, programs and commands call. Each of its methods is
// one thing a person can do about the own record; the machine's administrator
// may do it for anybody.
type Service struct {
	DB   *db.DB
	Keys *secret.Keyring
	Now  core.Now // in the realm's zone
}

// requireOwn returns a person's record for the person, whose account is tied to
// it; the zero id means one's own. Everybody else's is core.NotFound, as if
// there were none.
func requireOwn(ctx context.Context, q db.Querier, who access.Actor, id core.PersonID) (member.Person, error) {
	if who.Machine {
		return member.Find(ctx, q, who.Realm, id)
	}
	own, err := db.One(ctx, q, func(r db.Row) (p core.PersonID, err error) { return p, r.Scan(db.Null(&p)) },
		`SELECT person_id FROM users WHERE realm_id = $1 AND id = $2 AND disabled = $3`, who.Realm, who.User, false)
	if err != nil {
		return member.Person{}, err
	}
	if own == 0 || id != 0 && id != own {
		return member.Person{}, core.NotFound
	}
	return member.Find(ctx, q, who.Realm, own)
}
