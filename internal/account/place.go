package account

import (
	"context"
	"encoding/json"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// PlacesMost is how many places a search offers.
const PlacesMost = 20

// FindPlaces returns where the actor may give a role: live organisations, or
// enterprises for their managers, whose name holds the words or whose initials
// begin with them; those of exactly that name first. It names places and tells nothing else of them.
func (s *Service) FindPlaces(ctx context.Context, who access.Actor, role access.Role, words string) ([]access.Place, error) {
	var found []access.Place
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.ManageUsers); err != nil {
			return err
		}
		folded := names.Fold(words)
		if folded == "" {
			return nil
		}
		mine, err := reach(ctx, tx, who)
		if err != nil {
			return err
		}
		initials := ""
		if names.Latin(words) {
			initials = folded
		}
		query := findOrgs
		if role == access.Manager {
			query = findEnterprises
		}
		return db.Each(ctx, tx, func(r db.Row) error {
			p := access.Place{Role: role}
			if err := r.Scan(db.Null(&p.Org), db.Null(&p.Enterprise), &p.Name, &p.Path, &p.Where); err != nil {
				return err
			}
			if len(found) < PlacesMost && within(mine, p.Path) {
				found = append(found, p)
			}
			return nil
		}, query, who.Realm, folded, initials, names.Key(words))
	})
	return found, err
}

const (
	findOrgs = `
		SELECT o.id, NULL, o.name, o.path, coalesce(a2.name || ' / ', '') || coalesce(a1.name, '')
		FROM orgs o
		LEFT JOIN orgs a1 ON a1.realm_id = o.realm_id AND a1.id = o.parent_id
		LEFT JOIN orgs a2 ON a2.realm_id = o.realm_id AND a2.id = a1.parent_id
		WHERE o.realm_id = $1 AND o.dissolved_on IS NULL
			AND (o.name_key LIKE '%' || $2 || '%' OR $3 <> '' AND substr(o.initials, 1, length($3)) = $3)
		ORDER BY CASE WHEN o.name_key = $4 THEN 0 ELSE 1 END, o.depth, o.name_key, o.id`
	findEnterprises = `
		SELECT NULL, e.id, e.name, e.path, coalesce(a2.name || ' / ', '') || coalesce(a1.name, '')
		FROM enterprises e
		LEFT JOIN orgs a1 ON a1.realm_id = e.realm_id AND a1.id = e.org_id
		LEFT JOIN orgs a2 ON a2.realm_id = e.realm_id AND a2.id = a1.parent_id
		WHERE e.realm_id = $1
			AND (e.name_key LIKE '%' || $2 || '%' OR $3 <> '' AND substr(e.initials, 1, length($3)) = $3)
		ORDER BY CASE WHEN e.name_key = $4 THEN 0 ELSE 1 END, e.name_key, e.id`
)

// reach returns the subtrees in which the actor manages accounts; nil for the
// machine's administrator, who does everywhere.
func reach(ctx context.Context, q db.Querier, who access.Actor) ([]access.Range, error) {
	if who.Machine {
		return nil, nil
	}
	places, err := access.Places(ctx, q, who.Realm, who.User)
	if err != nil {
		return nil, err
	}
	mine := []access.Range{}
	for _, p := range places {
		if p.Org != 0 && access.Allows(p.Role, access.ManageUsers) {
			mine = append(mine, access.Below(p.Path))
		}
	}
	return mine, nil
}

// within reports whether a path lies in one of the subtrees; nil is everywhere.
func within(mine []access.Range, path string) bool {
	return mine == nil || slices.ContainsFunc(mine, func(in access.Range) bool { return in.Lo <= path && path < in.Hi })
}

// requirePerson returns nil if an account may be tied to the record of a person:
// the record has the account's name, stands where the actor manages accounts and
// is nobody else's. Who manages accounts sees no roster, so every other case is
// the same sentence.
func requirePerson(ctx context.Context, q db.Querier, who access.Actor, n NewUser) error {
	if n.Person == 0 {
		return nil
	}
	mine, err := reach(ctx, q, who)
	if err != nil {
		return err
	}
	paths, err := db.All(ctx, q, db.Text, `
		SELECT p.at_path FROM persons p
		WHERE p.realm_id = $1 AND p.id = $2 AND p.removed_at IS NULL AND p.name_key = $3
			AND NOT EXISTS (SELECT 1 FROM users u WHERE u.realm_id = p.realm_id AND u.person_id = p.id)`,
		who.Realm, n.Person, names.PersonKey(n.Name))
	if err != nil {
		return err
	}
	var f core.Fields
	f.If(len(paths) != 1 || !within(mine, paths[0]), "person", "account.person.unfit")
	return f.Err()
}

// turnOf reads what an entry of the journal says of an account.
func turnOf(ctx context.Context, q db.Querier, e audit.Entry, user core.UserID) (Turn, error) {
	t := Turn{At: e.At, Action: e.Action, Reason: e.Note, Own: e.By.User == user}
	if e.By.User != 0 {
		u, err := Find(ctx, q, e.By.Realm, e.By.User)
		if err != nil {
			return t, err
		}
		t.By = u.Name
	}
	state, _ := e.After.(json.RawMessage)
	if state == nil {
		state, _ = e.Before.(json.RawMessage)
	}
	if e.Action != "grant.give" && e.Action != "grant.take" {
		return t, nil
	}
	var at struct {
		Role       access.Role `json:"role"`
		Org        string      `json:"org"`
		Enterprise string      `json:"enterprise"`
	}
	if err := json.Unmarshal(state, &at); err != nil {
		return t, err
	}
	t.Role = at.Role
	place, err := core.ParseID(at.Org)
	if err != nil || place == 0 {
		if place, err = core.ParseID(at.Enterprise); err != nil {
			return t, err
		}
	}
	found, err := db.All(ctx, q, db.Text, `
		SELECT name FROM orgs WHERE realm_id = $1 AND id = $2
		UNION ALL SELECT name FROM enterprises WHERE realm_id = $1 AND id = $2`, e.By.Realm, place)
	if len(found) > 0 {
		t.Place = found[0]
	}
	return t, err
}
