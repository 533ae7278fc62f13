// Package search asks the lists of organisations, enterprises and people one
// question. It finds nothing itself: each list answers as it does on its own
// page, with its own rights and its own indexes.
package search

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// A Service searches for people at pages and programs.
type Service struct {
	DB         *db.DB
	Org        *org.Service
	Enterprise *enterprise.Service
	Member     *member.Service
}

// Bounds of a search.
const (
	wordsMost = 100 // characters
	mostEach  = 20  // rows of a kind
	fewEach   = 6   // unless told
)

// A Query asks for what is called so. Each kind is looked for only when asked.
type Query struct {
	Words                     string
	Orgs, Enterprises, People bool
	Most                      int // rows of a kind, 1–20; 6 when zero
}

// A Result is what was found, by kind. Places are the organisations from which
// it was looked for: whoever holds roles at several looks from each.
type Result struct {
	Places      []access.Place
	Orgs        []org.Row
	Enterprises []enterprise.Row
	People      []member.Row
	// More says that a kind has more than is told.
	MoreOrgs, MoreEnterprises, MorePeople bool
}

// Empty reports whether nothing was found.
func (r Result) Empty() bool { return len(r.Orgs)+len(r.Enterprises)+len(r.People) == 0 }

func (q *Query) check() error {
	q.Words = strings.TrimSpace(q.Words)
	if q.Most < 1 {
		q.Most = fewEach
	}
	q.Most = min(q.Most, mostEach)
	var f core.Fields
	f.If(utf8.RuneCountInString(q.Words) > wordsMost, "q", "search.long", wordsMost)
	return f.Err()
}

// Find looks below every organisation at which the actor holds a role that
// sees such lists, and among the enterprises for which the actor holds one.
// People are found only where the role sees names. Without words nothing is
// found.
func (s *Service) Find(ctx context.Context, who access.Actor, q Query) (Result, error) {
	var r Result
	if err := q.check(); err != nil {
		return r, err
	}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.SeeOrgs); err != nil {
			return err
		}
		var err error
		r.Places, err = heldBy(ctx, tx, who)
		return err
	})
	if err != nil || q.Words == "" {
		return r, err
	}
	if q.Orgs {
		err = s.orgs(ctx, who, q, &r)
	}
	if err == nil && q.Enterprises {
		err = s.enterprises(ctx, who, q, &r)
	}
	if err == nil && q.People {
		err = s.people(ctx, who, q, &r)
	}
	return r, err
}

// heldBy returns the actor's places; the machine's administrator stands at the
// top.
func heldBy(ctx context.Context, tx *db.Tx, who access.Actor) ([]access.Place, error) {
	if !who.Machine {
		return access.Places(ctx, tx, who.Realm, who.User)
	}
	top, err := org.Root(ctx, tx, who.Realm)
	return []access.Place{{Role: access.Registrar, Org: top.ID, Name: top.Name, Path: top.Path}}, err
}

// from returns the places at which the action is allowed, without those below
// another of them: what they see, the other sees too.
func (r Result) from(do access.Action) (all []access.Place) {
	for _, p := range r.Places { // the highest come first
		if p.Org == 0 || !access.Allows(p.Role, do) {
			continue
		}
		within := false
		for _, above := range all {
			within = within || strings.HasPrefix(p.Path, above.Path)
		}
		if !within {
			all = append(all, p)
		}
	}
	return all
}

// gone reports whether a role was taken away since the places were read: then
// that place finds nothing.
func gone(err error) bool {
	return errors.Is(err, core.NotFound) || errors.Is(err, core.Forbidden)
}

func (s *Service) orgs(ctx context.Context, who access.Actor, q Query, r *Result) error {
	for _, p := range r.from(access.SeeOrgs) {
		l, err := s.Org.List(ctx, who, org.Query{Under: p.Org, Search: q.Words, Page: core.Page{Size: q.Most}})
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		r.Orgs = append(r.Orgs, l.Rows...)
		r.MoreOrgs = r.MoreOrgs || l.Total > len(l.Rows)
	}
	r.Orgs, r.MoreOrgs = cut(r.Orgs, q.Most, r.MoreOrgs)
	return nil
}

func (s *Service) enterprises(ctx context.Context, who access.Actor, q Query, r *Result) error {
	for _, p := range r.from(access.SeeEnterprises) {
		l, err := s.Enterprise.List(ctx, who, enterprise.Query{Under: p.Org, Search: q.Words, Page: core.Page{Size: q.Most}})
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		r.Enterprises = append(r.Enterprises, l.Rows...)
		r.MoreEnterprises = r.MoreEnterprises || l.Total > len(l.Rows)
	}
	if err := s.own(ctx, who, q, r); err != nil {
		return err
	}
	r.Enterprises, r.MoreEnterprises = cut(r.Enterprises, q.Most, r.MoreEnterprises)
	return nil
}

// own adds the enterprises for which the actor holds a role and that no place
// above them has found.
func (s *Service) own(ctx context.Context, who access.Actor, q Query, r *Result) error {
	seen, manages := map[core.EnterpriseID]bool{}, false
	for _, e := range r.Enterprises {
		seen[e.ID] = true
	}
	for _, p := range r.Places {
		manages = manages || p.Enterprise != 0
	}
	if !manages {
		return nil
	}
	mine, err := s.Enterprise.Mine(ctx, who)
	if gone(err) {
		return nil
	}
	for _, e := range mine {
		if !seen[e.ID] && enterprise.Called(e.Name, q.Words) {
			r.Enterprises = append(r.Enterprises, e)
		}
	}
	return err
}

func (s *Service) people(ctx context.Context, who access.Actor, q Query, r *Result) error {
	for _, p := range r.from(access.SeePeople) {
		l, err := s.Member.List(ctx, who, member.Query{Under: p.Org, Search: q.Words, Page: core.Page{Size: q.Most}})
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		r.People = append(r.People, l.Rows...)
		r.MorePeople = r.MorePeople || l.More
	}
	r.People, r.MorePeople = cut(r.People, q.Most, r.MorePeople)
	return nil
}

// cut keeps the first rows, and says whether there are more.
func cut[T any](rows []T, most int, more bool) ([]T, bool) {
	if len(rows) > most {
		return rows[:most], true
	}
	return rows, more
}
