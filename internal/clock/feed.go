package clock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Bounds of a feed.
const (
	FeedMost = 500 // clocks, the earliest last day first
	feedPast = 60  // days that a passed deadline, or an ended one, stays in it
)

// A Fed clock is one entry of a calendar: a clock and when it was last set.
type Fed struct {
	Clock
	CreatedAt time.Time
	EndedAt   time.Time // zero while it runs
}

// Revision rises with what can happen to an entry: its day was provisional,
// became certain, and it ended.
func (f Fed) Revision() int {
	switch {
	case !f.EndedAt.IsZero():
		return 2
	case f.Provisional:
		return 0
	}
	return 1
}

// Feed returns the actor's clocks for a calendar: from each place where the
// actor handles clocks, those that Today would show there on some day, and
// those that have ended in the last sixty days. Whoever handles none gets an
// empty one.
func (s *Service) Feed(ctx context.Context, who access.Actor) ([]Fed, error) {
	var all []Fed
	today := core.DateOf(s.Now())
	since := s.Now().AddDate(0, 0, -feedPast)
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		err := access.RequireRealm(ctx, tx, who, access.HandleClocks)
		if errors.Is(err, core.Forbidden) || errors.Is(err, core.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		held, err := access.Places(ctx, tx, who.Realm, who.User)
		if err != nil {
			return err
		}
		seen := map[core.ID]bool{}
		for _, p := range held {
			if p.Org == 0 || !access.Allows(p.Role, access.HandleClocks) {
				continue
			}
			in := access.Below(p.Path)
			others, err := attended(ctx, tx, who, in)
			if err != nil {
				return err
			}
			err = fed(ctx, tx, who, in, today.AddDays(-feedPast), since, func(f Fed, path string, mine bool) {
				if !seen[f.ID] && (mine || !elsewhere(others, in.Lo, path)) {
					seen[f.ID] = true
					all = append(all, f)
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Fed) int {
		return cmp.Or(strings.Compare(a.DueOn.String(), b.DueOn.String()), cmp.Compare(a.ID, b.ID))
	})
	return all[:min(len(all), FeedMost)], err
}

var fedText = `SELECT ` + columns + `, c.created_at, c.ended_at, o.path, CASE WHEN c.user_id = $4 THEN 1 ELSE 0 END` + joins + `
	WHERE c.realm_id = $1 AND o.path >= $2 AND o.path < $3 AND c.due_on >= $6
		AND (c.user_id IS NULL OR c.user_id = $4 OR NOT EXISTS (
			SELECT 1 FROM grants g JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $5
			WHERE g.realm_id = c.realm_id AND g.user_id = c.user_id AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'))`

// fed calls f with the clocks below a place, those that nobody else was handed
// by name: first the running ones, then those that have ended since a time.
func fed(ctx context.Context, q db.Querier, who access.Actor, in access.Range, from core.Date, since time.Time, f func(e Fed, path string, mine bool)) error {
	args := []any{who.Realm, in.Lo, in.Hi, who.User, false, db.Date(from)}
	row := func(r db.Row) error {
		var e Fed
		var path string
		var mine bool
		c, err := scan(more{r, []any{(*db.Instant)(&e.CreatedAt), (*db.Instant)(&e.EndedAt), &path, &mine}})
		e.Clock = c
		if err == nil {
			f(e, path, mine)
		}
		return err
	}
	if err := db.Each(ctx, q, row, fedText+` AND c.ended_at IS NULL`, args...); err != nil {
		return err
	}
	return db.Each(ctx, q, row, fedText+` AND c.ended_at >= $7`, append(args, db.Instant(since))...)
}

// more is a row with columns after those that a scan knows.
type more struct {
	db.Row
	into []any
}

// Scan reads the row.
func (m more) Scan(dest ...any) error { return m.Row.Scan(append(dest, m.into...)...) }
