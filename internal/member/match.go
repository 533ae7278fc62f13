package member

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
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
	byNames   = `SELECT ` + columns + ` FROM persons p WHERE p.realm_id = $1 AND p.at_path = $2 AND p.removed_at IS NULL AND p.name_key IN (` + marks(3) + `) ORDER BY p.id`
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

// NamedMany is Named for many names; removed records are left out.
func NamedMany(ctx context.Context, q db.Querier, realm core.RealmID, at core.OrgID, wanted []string) ([]Person, error) {
	path, err := db.One(ctx, q, db.Text, `SELECT path FROM orgs WHERE realm_id = $1 AND id = $2`, realm, at)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, n := range wanted {
		keys = append(keys, names.PersonKey(tidy(n)))
	}
	slices.Sort(keys)
	var all []Person
	for part := range slices.Chunk(slices.Compact(keys), matched) {
		args := make([]any, 2+matched)
		args[0], args[1] = realm, path
		for i := range matched {
			args[i+2] = "" // the key of nobody
			if i < len(part) {
				args[i+2] = part[i]
			}
		}
		found, err := db.All(ctx, q, scan, byNames, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Tails returns the last four characters of the id number and of the phone,
// by which a person tells two values apart; "" where none is kept.
func (p Person) Tails(keys *secret.Keyring) (idNumber, phone string, err error) {
	id, err := keys.Open(idField, core.ID(p.ID), p.idNumber)
	if err != nil {
		return "", "", err
	}
	ph, err := keys.Open(phoneField, core.ID(p.ID), p.phone)
	return tail(string(id)), tail(string(ph)), err
}

func tail(s string) string { return s[max(0, len(s)-4):] }

// Versions returns the version of each of those people that the realm has and
// that was not removed.
func Versions(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.PersonID) (map[core.PersonID]int, error) {
	all := make(map[core.PersonID]int, len(ids))
	for part := range slices.Chunk(ids, matched) {
		args := make([]any, 1+matched)
		args[0] = realm
		for i := range matched {
			args[i+1] = 0 // names nobody
			if i < len(part) {
				args[i+1] = part[i]
			}
		}
		err := db.Each(ctx, q, func(r db.Row) error {
			var id core.PersonID
			var version int
			err := r.Scan(&id, &version)
			all[id] = version
			return err
		}, byIDs, args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

var byIDs = `SELECT p.id, p.version FROM persons p WHERE p.realm_id = $1 AND p.removed_at IS NULL AND p.id IN (` + marks(2) + `)`
