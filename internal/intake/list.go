package intake

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Filter chooses rows of a batch: by verdict, or ToSee for all that are not
// unchanged; the zero Filter takes every row.
type Filter struct {
	Verdict Verdict
	ToSee   bool
}

// A Rows is one page of the rows of a batch.
type Rows struct {
	Rows  []Row
	Total int // on all pages
	Page  core.Page
}

// Find returns a batch with its counts, if the actor may import for its
// organisation.
func (s *Service) Find(ctx context.Context, who access.Actor, id core.ID) (b Batch, err error) {
	return b, s.DB.View(ctx, func(tx *db.Tx) error {
		b, err = s.requireBatch(ctx, tx, who, id)
		return err
	})
}

// Rows returns a page of the rows of a batch, in their order.
func (s *Service) Rows(ctx context.Context, who access.Actor, id core.ID, f Filter, p core.Page) (Rows, error) {
	p = p.Clean()
	out := Rows{Page: p}
	return out, s.DB.View(ctx, func(tx *db.Tx) error {
		b, err := s.requireBatch(ctx, tx, who, id)
		if err != nil {
			return err
		}
		for v, n := range b.Counts {
			if (f.Verdict == "" || f.Verdict == v) && !(f.ToSee && v == Unchanged) {
				out.Total += n
			}
		}
		if f.ToSee {
			out.Rows, err = rowsToSee(ctx, tx, who.Realm, id, p.Size, p.Offset())
			return err
		}
		out.Rows, err = rowsOf(ctx, tx, who.Realm, id, f.Verdict, p.Size, p.Offset())
		return err
	})
}

// Batches returns the newest batches of files sent for an organisation or one
// below it, without their counts: those of an entity that the actor may import.
func (s *Service) Batches(ctx context.Context, who access.Actor, under core.OrgID, limit int) (all []Batch, err error) {
	return all, s.DB.View(ctx, func(tx *db.Tx) error {
		may := map[Entity]bool{}
		var denied error
		for _, e := range []Entity{Orgs, Members, Enterprises} {
			err := require(ctx, tx, who, e, under)
			if may[e] = err == nil; err != nil {
				denied = err
			}
		}
		if !may[Orgs] && !may[Members] {
			return denied
		}
		r, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		found, err := batchesUnder(ctx, tx, who.Realm, r, limit)
		if err != nil {
			return err
		}
		for _, b := range found {
			if may[b.Entity] {
				all = append(all, b)
			}
		}
		return nil
	})
}
