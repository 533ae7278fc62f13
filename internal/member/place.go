package member

import (
	"context"
	"errors"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A place is what a person's row repeats of the organisation that keeps it.
type place struct {
	org       core.OrgID
	path      string
	one, two  core.OrgID // at depth 1 and 2 above, or the organisation itself; 0 for none
	founded   core.Date
	dissolved core.Date
}

// receives reports why nobody can be affiliated here from a day on, or nil.
func (p place) receives(from core.Date) error {
	if !p.dissolved.IsZero() {
		return core.Fail(core.Invalid, "membership.org_dissolved", p.dissolved)
	}
	return p.held(from, core.Forever)
}

// held reports why nobody can have been affiliated here on those days, or nil.
func (p place) held(from, to core.Date) error {
	if from.Before(p.founded) {
		return core.Fail(core.Invalid, "membership.before_founding", p.founded)
	}
	if !p.dissolved.IsZero() && to.After(p.dissolved) {
		return core.Fail(core.Invalid, "membership.org_dissolved", p.dissolved)
	}
	return nil
}

// upTo returns the part of a path that ends at a depth, or "" if the path does
// not reach it: upTo("1.20.311.", 1) is "1.20.".
func upTo(path string, depth int) string {
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if depth == 0 {
			return path[:i+1]
		}
		depth--
	}
	return ""
}

const placeColumns = `id, path, founded_on, dissolved_on`

func scanPlace(r db.Row) (p place, err error) {
	return p, r.Scan(&p.org, &p.path, (*db.Date)(&p.founded), (*db.Date)(&p.dissolved))
}

// placeOf returns the place that an organisation is; NotFound if the realm has
// no such organisation.
func placeOf(ctx context.Context, q db.Querier, realm core.RealmID, org core.OrgID) (place, error) {
	p, err := db.One(ctx, q, scanPlace, `SELECT `+placeColumns+` FROM orgs WHERE realm_id = $1 AND id = $2`, realm, org)
	if errors.Is(err, core.NotFound) {
		return place{}, core.Fail(core.NotFound, "membership.org_unknown")
	}
	if err != nil {
		return place{}, err
	}
	above, err := db.All(ctx, q, scanPlace, `SELECT `+placeColumns+` FROM orgs WHERE realm_id = $1 AND path IN ($2, $3)`,
		realm, upTo(p.path, 1), upTo(p.path, 2))
	if err != nil {
		return place{}, err
	}
	byPath := map[string]core.OrgID{}
	for _, a := range above {
		byPath[a.path] = a.org
	}
	p.one, p.two = byPath[upTo(p.path, 1)], byPath[upTo(p.path, 2)]
	return p, nil
}

// fewPlaces is up to how many organisations are read one by one; for more, all
// of the realm's are read at once.
const fewPlaces = 200

// placesOf is placeOf for many.
func placesOf(ctx context.Context, q db.Querier, realm core.RealmID, wanted map[core.OrgID]bool) (map[core.OrgID]place, error) {
	places := make(map[core.OrgID]place, len(wanted))
	if len(wanted) <= fewPlaces {
		for org := range wanted {
			p, err := placeOf(ctx, q, realm, org)
			if err != nil && !errors.Is(err, core.NotFound) {
				return nil, err
			}
			if err == nil {
				places[org] = p
			}
		}
		return places, nil
	}
	all, err := db.All(ctx, q, scanPlace, `SELECT `+placeColumns+` FROM orgs WHERE realm_id = $1`, realm)
	if err != nil {
		return nil, err
	}
	byPath := map[string]core.OrgID{}
	for _, p := range all {
		if strings.Count(p.path, ".") <= 3 {
			byPath[p.path] = p.org
		}
	}
	for _, p := range all {
		if wanted[p.org] {
			p.one, p.two = byPath[upTo(p.path, 1)], byPath[upTo(p.path, 2)]
			places[p.org] = p
		}
	}
	return places, nil
}
