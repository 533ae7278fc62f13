package member

import (
	"cmp"
	"context"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// small is up to how many people a search by characters reads one by one in
// the index. Tests lower it.
var small = 5000

// numbers finds a person by a whole id number or phone, never by a part.
type numbers struct{ keys *secret.Keyring }

// search finds people of the subtree by name. What matches comes in the order
// of names, except that
//   - names that begin with the words may come before those that hold them,
//     and those whose reading begins with the letters before those whose
//     initials do;
//   - where very many match and the subtree is a large part of the realm, they
//     come in the order of the records.
func (s scope) search(ctx context.Context, tx *db.Tx, words, kind string, p core.Page, n numbers) (List, error) {
	if column, hash := n.hash(words); hash != nil {
		f := s.among(column+` = ?`, hash)
		s.kind(&f, kind)
		return f.page(ctx, tx, personIDs, byName, p)
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

// among returns a filter by a condition, then by the subtree, that leaves it
// to the condition which index serves.
func (s scope) among(text string, args ...any) filter {
	f := filter{args: []any{s.realm}}
	f.and(text, args...)
	f.and(`at_path >= ?`, s.path)
	f.and(`at_path < ?`, s.path[:len(s.path)-1]+"/")
	return f
}

// byCharacters finds names that hold the characters next to each other. In a
// small subtree each name is looked at. Rare words are gathered from the index
// of words; common ones soon fill a page, from that index when the subtree is
// a large part of all, else from the names in their order.
func (s scope) byCharacters(ctx context.Context, tx *db.Tx, words, kind string, p core.Page) (List, error) {
	cut, folded := names.Words(words), names.Fold(words)
	if len(cut) == 0 {
		return List{Page: p, Total: -1}, nil
	}
	holds := `name_key LIKE CAST(? AS text) ESCAPE '\'`
	if s.people("") <= small {
		f := s.walk(kind, p)
		f.and(holds, "%"+like(folded)+"%")
		return f.page(ctx, tx, personIDs, byName, p)
	}
	all, err := everybody(ctx, tx, s.realm)
	if err != nil {
		return List{}, err
	}
	phrase := db.PersonSearch.Phrase(tx, cut)
	large, most := s.people("")*4 >= all, min(s.people("")/8, int(2*math.Sqrt(float64(all))))
	if large { // then the index of words fills a page at once
		most = min(most, 500)
	}
	n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM (SELECT m.id FROM `+db.PersonSearch.Join(tx, "$1")+` LIMIT CAST($2 AS integer)) c`, phrase, most)
	if err != nil {
		return List{}, err
	}
	if n < most || large {
		order := byName
		if n >= most {
			order = byRecord
		}
		f := filter{args: []any{s.realm, phrase}}
		f.and(`at_path >= ?`, s.path)
		f.and(`at_path < ?`, s.path[:len(s.path)-1]+"/")
		s.kind(&f, kind)
		return f.page(ctx, tx, `SELECT p.id AS id FROM `+db.PersonSearch.Join(tx, "$2")+` CROSS JOIN persons p WHERE p.realm_id = $1 AND p.id = m.id`, order, p)
	}
	begin, _, _ := strings.Cut(names.PersonKey(words), " ")
	first, rest := s.walk(kind, p, begin, names.After(begin)), s.walk(kind, p)
	first.and(holds, "% "+like(folded)+"%")
	rest.and(holds, "%"+like(folded)+"%")
	rest.and(`NOT (name_key >= ? AND name_key < ? AND `+holds+`)`, begin, names.After(begin), "% "+like(folded)+"%")
	return pages(ctx, tx, p, part{first, byName}, part{rest, byName})
}

// walk returns a filter by the subtree that reads names in their order, all or
// those between two keys.
func (s scope) walk(kind string, p core.Page, keys ...string) filter {
	f := filter{args: []any{s.realm}}
	s.in(&f, kind, p.Offset()+p.Size, keys...)
	return f
}

// byReading finds names whose pinyin begins with the letters, and then those
// whose initials do. In a subtree that is small beside the realm the names of
// the letter are read; elsewhere the index of initials soon fills a page.
func (s scope) byReading(ctx context.Context, tx *db.Tx, letters, kind string, p core.Page) (List, error) {
	first := s.walk(kind, p, letters, names.After(letters))
	_, n := utf8.DecodeRuneInString(letters)
	if n == len(letters) { // the reading begins with the first initial
		return pages(ctx, tx, p, part{first, byName})
	}
	all, err := everybody(ctx, tx, s.realm)
	if err != nil {
		return List{}, err
	}
	within := []any{letters, names.After(letters)}
	rest := s.among(`initials >= ? AND initials < ?`, within...)
	if few := s.people(""); few <= small || float64(few) < 20*math.Sqrt(float64(all)) {
		rest = s.walk(kind, p, letters[:n], names.After(letters[:n]))
		rest.and(`initials LIKE CAST(? AS text) ESCAPE '\'`, like(letters)+"%")
	} else {
		s.kind(&rest, kind)
	}
	rest.and(`NOT (name_key >= ? AND name_key < ?)`, within...)
	return pages(ctx, tx, p, part{first, byName}, part{rest, byInitials})
}

// A part of a search comes, whole and in its own order, before the next.
type part struct {
	filter
	order order
}

// pages reads a page of several parts. A part that does not fill the page is
// counted, so that the next one knows where to begin.
func pages(ctx context.Context, tx *db.Tx, p core.Page, parts ...part) (List, error) {
	l := List{Page: p, Total: -1}
	skip := p.Offset()
	for n, g := range parts {
		rows, err := g.rows(ctx, tx, personIDs, g.order, p.Size+1-len(l.Rows), skip)
		if err != nil {
			return List{}, err
		}
		l.Rows = append(l.Rows, rows...)
		if len(l.Rows) > p.Size {
			l.Rows, l.More = l.Rows[:p.Size], true
			return l, nil
		}
		if skip > 0 && len(rows) == 0 && n < len(parts)-1 {
			held, err := g.count(ctx, tx, skip)
			if err != nil {
				return List{}, err
			}
			skip -= held
			continue
		}
		skip = 0
	}
	return l, nil
}

// count returns how many there are, up to a limit.
func (f filter) count(ctx context.Context, q db.Querier, limit int) (int, error) {
	args := append(append([]any{}, f.args...), limit)
	return db.One(ctx, q, db.Int, `SELECT count(*) FROM (`+personIDs+f.text+` LIMIT CAST($`+strconv.Itoa(len(args))+` AS integer)) c`, args...)
}

// everybody returns how many people a realm has.
func everybody(ctx context.Context, q db.Querier, realm core.RealmID) (int, error) {
	return db.One(ctx, q, db.Int, `
		SELECT coalesce(sum(t.below), 0) FROM orgs o JOIN tallies t ON t.realm_id = o.realm_id AND t.org_id = o.id
		WHERE o.realm_id = $1 AND o.parent_id IS NULL AND t.what IN ('full', 'probationary', 'activist', 'applicant', 'none')`, realm)
}

func like(s string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) }

// An order is one in SQL and the same in Go.
type order struct {
	text    string
	compare func(a, b keyed) int
}

var (
	byName = order{`name_key, kind, id`, func(a, b keyed) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	}}
	byNameBack = order{`name_key DESC, kind DESC, id DESC`, byName.compare} // from the end; Go turns the few rows round
	byInitials = order{`initials, name_key, kind, id`, func(a, b keyed) int {
		return cmp.Or(strings.Compare(a.initials, b.initials), byName.compare(a, b))
	}}
	byRecord = order{`m.id`, func(a, b keyed) int { return cmp.Compare(a.ID, b.ID) }}
)
