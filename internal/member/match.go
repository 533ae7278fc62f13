package member

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/secret"
)

// matched is how many values one statement looks for.
const matched = 32

// marks is "$first, …": the parameters of a list of values.
func marks(first int) string {
	var b strings.Builder
	for i := range matched {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}

var (
	byNumbers = `SELECT ` + columns + ` FROM persons p WHERE p.realm_id = $1 AND p.id_number_hash IN (` + marks(2) + `)`
	byIDs     = `SELECT ` + columns + ` FROM persons p WHERE p.realm_id = $1 AND p.id IN (` + marks(2) + `)`
	versions  = `SELECT p.id, p.version FROM persons p WHERE p.realm_id = $1 AND p.removed_at IS NULL AND p.id IN (` + marks(2) + `)`
)

// ByIDNumbers is ByIDNumber for many: the people found, by number as given.
func ByIDNumbers(ctx context.Context, q db.Querier, keys *secret.Keyring, realm core.RealmID, numbers []string) (map[string]Person, error) {
	all := map[string]Person{}
	for part := range slices.Chunk(numbers, matched) {
		args := make([]any, 1+matched)
		args[0] = realm
		number := map[string]string{}
		for i := range matched {
			args[i+1] = []byte(nil)
			if i < len(part) {
				if h := keys.Hash(idField, tidyIDNumber(part[i])); h != nil {
					args[i+1], number[string(h)] = h, part[i]
				}
			}
		}
		found, err := db.All(ctx, q, scan, byNumbers, args...)
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			all[number[string(p.idHash)]] = p
		}
	}
	return all, nil
}

// A Kept is just enough of a record to tell whether a row of a roster is about
// it.
type Kept struct {
	ID       core.PersonID
	Name     string
	BornOn   core.Date
	Numbered bool // an id number is kept
}

// KeptAt returns the records that one organisation keeps, the earliest first.
// path is the organisation's.
func KeptAt(ctx context.Context, q db.Querier, realm core.RealmID, path string) ([]Kept, error) {
	return db.All(ctx, q, func(r db.Row) (k Kept, err error) {
		var hash []byte
		err = r.Scan(&k.ID, &k.Name, (*db.Date)(&k.BornOn), &hash)
		k.Numbered = len(hash) > 0
		return k, err
	}, `SELECT p.id, p.name, p.born_on, p.id_number_hash FROM persons p
		WHERE p.realm_id = $1 AND p.at_path = $2 AND p.removed_at IS NULL ORDER BY p.id`, realm, path)
}

// Some returns the people of those ids that the realm has.
func Some(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.PersonID) (map[core.PersonID]Person, error) {
	all := make(map[core.PersonID]Person, len(ids))
	return all, eachOf(ctx, q, realm, ids, func(r db.Row) error {
		p, err := scan(r)
		all[p.ID] = p
		return err
	}, byIDs)
}

// Numbers opens the id number and the phone, "" where none is kept. The caller
// has asked for the right and journals the opening.
func (p Person) Numbers(keys *secret.Keyring) (idNumber, phone string, err error) {
	id, err := keys.Open(idField, core.ID(p.ID), p.idNumber)
	if err != nil {
		return "", "", err
	}
	ph, err := keys.Open(phoneField, core.ID(p.ID), p.phone)
	return string(id), string(ph), err
}

// Versions returns the version of each of those people that the realm has and
// that was not removed.
func Versions(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.PersonID) (map[core.PersonID]int, error) {
	all := make(map[core.PersonID]int, len(ids))
	return all, eachOf(ctx, q, realm, ids, func(r db.Row) error {
		var id core.PersonID
		var version int
		err := r.Scan(&id, &version)
		all[id] = version
		return err
	}, versions)
}

// eachOf runs a query that ends in a list of ids for as many ids as there are.
func eachOf(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.PersonID, f func(db.Row) error, query string) error {
	for part := range slices.Chunk(ids, matched) {
		args := make([]any, 1+matched)
		args[0] = realm
		for i := range matched {
			args[i+1] = 0 // names nobody
			if i < len(part) {
				args[i+1] = part[i]
			}
		}
		if err := db.Each(ctx, q, f, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// Each gives everybody whom an organisation of the range keeps, organisation by
// organisation, in order of the reading of their names; with a day, the members
// of that day instead, with the kind and the organisation they had then.
func Each(ctx context.Context, q db.Querier, realm core.RealmID, under access.Range, on core.Date, f func(Person) error) error {
	if on.IsZero() {
		return db.Each(ctx, q, func(r db.Row) error {
			p, err := scan(r)
			if err != nil {
				return err
			}
			return f(p)
		}, `SELECT `+columns+` FROM persons p
			WHERE p.realm_id = $1 AND p.at_path >= $2 AND p.at_path < $3 AND p.removed_at IS NULL ORDER BY p.at_path, p.name_key, p.id`,
			realm, under.Lo, under.Hi)
	}
	return db.Each(ctx, q, func(r db.Row) error {
		var kind, path string
		var at core.OrgID
		p, err := scanWith(r, &kind, &at, &path)
		if err != nil {
			return err
		}
		p.Kind, p.Org, p.Path = kind, at, path
		return f(p)
	}, `SELECT `+columns+`, m.kind, m.org_id, o.path
		FROM orgs o
		JOIN memberships m ON m.realm_id = o.realm_id AND m.org_id = o.id AND m.superseded_at IS NULL AND m.valid_from <= $4 AND m.valid_to > $4
		JOIN persons p ON p.realm_id = m.realm_id AND p.id = m.person_id
		WHERE o.realm_id = $1 AND o.path >= $2 AND o.path < $3 ORDER BY o.path, p.name_key, p.id`,
		realm, under.Lo, under.Hi, db.Date(on))
}

// Listed returns the ids of those whom Each gives and who are or were somebody
// of the roster, sorted.
func Listed(ctx context.Context, q db.Querier, realm core.RealmID, under access.Range, on core.Date) ([]core.ID, error) {
	scan := func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }
	if on.IsZero() {
		return db.All(ctx, q, scan, `SELECT p.id FROM persons p
			WHERE p.realm_id = $1 AND p.at_path >= $2 AND p.at_path < $3 AND p.removed_at IS NULL AND p.kind <> 'none' ORDER BY p.id`,
			realm, under.Lo, under.Hi)
	}
	return db.All(ctx, q, scan, `SELECT DISTINCT m.person_id FROM orgs o
		JOIN memberships m ON m.realm_id = o.realm_id AND m.org_id = o.id AND m.superseded_at IS NULL AND m.valid_from <= $4 AND m.valid_to > $4
		WHERE o.realm_id = $1 AND o.path >= $2 AND o.path < $3 ORDER BY m.person_id`,
		realm, under.Lo, under.Hi, db.Date(on))
}
