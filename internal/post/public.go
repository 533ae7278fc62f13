package post

import (
	"context"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
)

// A Public is what anybody may read of a post: no name without the consent of
// its person, and of a withdrawn post nothing at all.
type Public struct {
	Withdrawn  bool
	Over       bool // its term is over, or it was ended
	Title      string
	Kind       Kind
	Theme      Theme
	Enterprise string
	Org        string // who gave it
	Place      string
	Promise    string
	Holder     string // as consented; "" otherwise
	Number     string
	Check      string
	From, To   core.Date // To is the day on which it ended, if that came first
	Did        []Deed    // the newest first, at most five
}

// A Deed is something that the post got done.
type Deed struct {
	On            core.Date
	Title         string
	Before, After *core.Quantity
	Unit          string
}

// mostDeeds is how many facts the public page shows.
const mostDeeds = 5

// Public returns what the public page of a slug shows. A slug that no post has
// is core.NotFound; so is one of a post that rests.
func (s *Service) Public(ctx context.Context, realm core.RealmID, slug string) (Public, error) {
	var v Public
	if len(slug) != 26 {
		return v, core.NotFound
	}
	today := core.DateOf(s.Now())
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		p, err := db.One(ctx, tx, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND p.slug = $2`, realm, slug)
		if err != nil {
			return err
		}
		if p.State == Withdrawn {
			v = Public{Withdrawn: true}
			return nil
		}
		v = Public{
			Title: p.Title, Kind: p.Kind, Theme: p.Theme, Enterprise: p.EnterpriseName, Org: p.OrgName, Place: p.Place, Promise: p.Promise, Number: p.Number,
			Check: p.Check, From: p.From, To: p.To, Over: p.Expired(today) || p.State == Ended || p.State == Rested,
		}
		if !p.EndedOn.IsZero() && p.EndedOn.Before(p.To) {
			v.To = p.EndedOn
		}
		page, _, err := agreed(ctx, tx, p)
		if err != nil {
			return err
		}
		if page && !v.Over {
			v.Holder = p.HolderName
		}
		v.Did, err = did(ctx, tx, p)
		return err
	})
	if err != nil {
		return Public{}, err
	}
	return v, nil
}

func did(ctx context.Context, q db.Querier, p Post) ([]Deed, error) {
	all, err := goals(ctx, q, p.Realm, p.ID)
	if err != nil {
		return nil, err
	}
	var deeds []Deed
	seen := map[core.ID]bool{}
	for _, g := range all {
		facts, err := fact.Of(ctx, q, p.Realm, fact.Ref{Reader: fact.Goal, ID: g.ID}, true)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			if !seen[f.ID] {
				deeds = append(deeds, Deed{f.On, f.Title, f.Before, f.After, f.Unit})
			}
			seen[f.ID] = true
		}
	}
	slices.SortStableFunc(deeds, func(a, b Deed) int { return b.On.Compare(a.On) })
	return deeds[:min(len(deeds), mostDeeds)], nil
}

// A Plate is what is printed for a post.
type Plate struct {
	Title, Place, Promise string
	Enterprise, Org       string
	Holder                string // as consented for plates; "" otherwise
	Number, Check, Slug   string
	From, To              core.Date
}

// Plates returns what is printed for posts, in the order given; for none, of all
// posts of the organisation and below whose plate may hang. A post that has no
// plate, was withdrawn or is over is core.Conflict.
func (s *Service) Plates(ctx context.Context, who access.Actor, under core.OrgID, ids []core.ID) (all []Plate, err error) {
	today := core.DateOf(s.Now())
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all = nil
		posts, err := s.requirePlates(ctx, tx, who, under, ids)
		if err != nil {
			return err
		}
		for _, p := range posts {
			if !p.State.Holds() || p.Expired(today) {
				if len(ids) == 0 {
					continue
				}
				return noPlate(p, today)
			}
			_, plate, err := agreed(ctx, tx, p)
			if err != nil {
				return err
			}
			v := Plate{Title: p.Title, Place: p.Place, Promise: p.Promise, Enterprise: p.EnterpriseName, Org: p.OrgName, Number: p.Number, Check: p.Check, Slug: p.Slug, From: p.From, To: p.To}
			if plate {
				v.Holder = p.HolderName
			}
			all = append(all, v)
		}
		if len(all) == 0 {
			return core.Fail(core.Conflict, "post.plate.none")
		}
		return nil
	})
	return all, err
}

// MostPlates is how many plates one file holds.
const MostPlates = 1000

func (s *Service) requirePlates(ctx context.Context, q db.Querier, who access.Actor, under core.OrgID, ids []core.ID) ([]Post, error) {
	if len(ids) > MostPlates {
		return nil, core.Fail(core.Invalid, "post.plate.many", MostPlates)
	}
	if len(ids) == 0 {
		if err := access.Require(ctx, q, who, access.ChangeWork, under); err != nil {
			return nil, err
		}
		in, err := access.RangeOf(ctx, q, who.Realm, under)
		if err != nil {
			return nil, err
		}
		return db.All(ctx, q, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND o.path >= $2 AND o.path < $3
			AND p.state IN ('named', 'active', 'review_due', 'renewed') ORDER BY p.number LIMIT 1000`, who.Realm, in.Lo, in.Hi)
	}
	all := make([]Post, 0, len(ids))
	for _, id := range ids {
		p, err := s.requireHolder(ctx, q, who, id)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// noPlate says why a post has no plate to print.
func noPlate(p Post, today core.Date) error {
	if p.State.Holds() && p.Expired(today) {
		return core.Fail(core.Conflict, "post.plate.expired", p.Title, p.To)
	}
	return core.Fail(core.Conflict, "post.plate.refused", p.Title, p.State.Title())
}
