package member

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// small is up to how many people a search reads one by one in the index.
const small = 5000

// numbers finds a person by a whole id number or phone, never by a part.
type numbers struct{ keys *secret.Keyring }

// search finds people of the subtree by name, in the order of names.
func (s scope) search(ctx context.Context, tx *db.Tx, words, kind string, p core.Page, n numbers) (List, error) {
	if column, hash := n.hash(words); hash != nil {
		f := filter{args: []any{s.realm}}
		f.and(column+` = ?`, hash)
		s.among(&f, kind)
		return f.page(ctx, tx, personIDs, p)
	}
	if names.Latin(words) {
		return s.byReading(ctx, tx, names.Fold(words), kind, p)
	}
	return s.byCharacters(ctx, tx, words, kind, p)
}

// hash returns the column and the keyed hash of a query that is a whole number.
func (n numbers) hash(words string) (string, []byte) {
	if id := tidyIDNumber(words); len(id) == 18 {
		if _, problem := rule.IDNumber(id); problem == "" {
			return `id_number_hash`, n.keys.Hash(idField, id)
		}
	}
	if phone := tidyPhone(words); len(phone) >= 10 && phoneFits(phone) {
		return `phone_hash`, n.keys.Hash(phoneField, phone)
	}
	return "", nil
}

// among limits a filter to the subtree without asking for an index.
func (s scope) among(f *filter, kind string) {
	hi := s.path[:len(s.path)-1] + "/"
	f.and(`at_path >= ?`, s.path)
	f.and(`at_path < ?`, hi)
	s.kind(f, kind)
}

// byCharacters finds names that hold the characters next to each other. Where
// the words are rare their index gives everybody; where they are common, or the
// subtree small, a walk by name soon finds enough.
func (s scope) byCharacters(ctx context.Context, tx *db.Tx, words, kind string, p core.Page) (List, error) {
	cut := names.Words(words)
	if len(cut) == 0 {
		return List{Page: p, Total: -1}, nil
	}
	if s.people("") > small {
		rare, err := s.rare(ctx, tx, `SELECT m.id FROM `+db.PersonSearch.Join(tx, "$1"), db.PersonSearch.Phrase(tx, cut))
		if err != nil {
			return List{}, err
		}
		if rare {
			f := filter{args: []any{s.realm, db.PersonSearch.Phrase(tx, cut)}}
			s.among(&f, kind)
			return f.page(ctx, tx, `SELECT p.id AS id FROM `+db.PersonSearch.Join(tx, "$2")+` CROSS JOIN persons p WHERE p.realm_id = $1 AND p.id = m.id`, p)
		}
	}
	f := filter{args: []any{s.realm}}
	s.in(&f, kind, p.Offset()+p.Size)
	f.and(`name_key LIKE CAST(? AS text) ESCAPE '\'`, "%"+like(names.Fold(words))+"%")
	return f.page(ctx, tx, personIDs, p)
}

// byReading finds names whose pinyin, or its initials, begin with the letters.
func (s scope) byReading(ctx context.Context, tx *db.Tx, letters, kind string, p core.Page) (List, error) {
	const both = `SELECT id FROM persons WHERE realm_id = $1 AND name_key >= $2 AND name_key < $3
		UNION SELECT id FROM persons WHERE realm_id = $1 AND initials >= $2 AND initials < $3`
	args := []any{s.realm, letters, names.After(letters)}
	if s.people("") > small {
		rare, err := s.rare(ctx, tx, strings.Replace(both, "UNION", "UNION ALL", 1), args...)
		if err != nil {
			return List{}, err
		}
		if rare {
			f := filter{args: args}
			s.among(&f, kind)
			return f.page(ctx, tx, `SELECT p.id AS id FROM (`+both+`) m CROSS JOIN persons p WHERE p.realm_id = $1 AND p.id = m.id`, p)
		}
	}
	_, n := utf8.DecodeRuneInString(letters)
	f := filter{args: []any{s.realm}}
	s.in(&f, kind, p.Offset()+p.Size)
	f.and(`name_key >= ?`, letters[:n]) // the reading begins with the first initial
	f.and(`name_key < ?`, names.After(letters[:n]))
	f.and(`(name_key LIKE CAST(? AS text) ESCAPE '\' OR initials LIKE CAST(? AS text) ESCAPE '\')`, like(letters)+"%", like(letters)+"%")
	return f.page(ctx, tx, personIDs, p)
}

// rare reports whether an index holds so few hits that to read the row of each
// costs less than to walk through names until a page is full.
func (s scope) rare(ctx context.Context, tx *db.Tx, hits string, args ...any) (bool, error) {
	all, err := db.One(ctx, tx, db.Int, `
		SELECT coalesce(sum(t.below), 0) FROM orgs o JOIN tallies t ON t.realm_id = o.realm_id AND t.org_id = o.id
		WHERE o.realm_id = $1 AND o.parent_id IS NULL AND t.what IN ('full', 'probationary', 'activist', 'applicant', 'none')`, s.realm)
	if err != nil {
		return false, err
	}
	most := min(s.people("")/8, int(2*math.Sqrt(float64(all))))
	args = append(slices.Clone(args), most)
	n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM (SELECT 1 FROM (`+hits+`) h LIMIT CAST($`+strconv.Itoa(len(args))+` AS integer)) c`, args...)
	return n < most, err
}

func like(s string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) }
