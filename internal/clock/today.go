package clock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// Limits of the page: more rows would be a list, not a day.
const (
	todayRows  = 7
	belowRows  = 12
	daysOfWeek = 7
)

// Today is what one person has to do on a day, seen from one place.
type Today struct {
	Day      core.Date
	Handles  bool    // the viewer's role may act on clocks here
	Rows     []Clock // at most seven: of the place itself first, then by last day
	More     int     // how many there are beyond Rows
	Next     *Clock  // what comes next, when there is nothing to do
	NextOn   core.Date
	Week     []Weekday // from Monday to Sunday
	Below    []Below   // places one level below with deadlines that have passed, at most twelve
	BelowAll int       // deadlines that have passed in all places below
}

// A Weekday is one day of the strip: how many of the viewer's clocks end on it.
type Weekday struct {
	Day core.Date
	Due int
}

// Total returns how many things there are to do today.
func (t Today) Total() int { return len(t.Rows) + t.More }

// Today returns what the actor has to do today, seen from an organisation: its
// own clocks, and those of organisations below where nobody has the right to
// handle them. For places below with somebody of their own it gives counts
// alone. It is empty for who may look at the organisation but not handle
// clocks, and for a place of zero.
func (s *Service) Today(ctx context.Context, who access.Actor, under core.OrgID) (Today, error) {
	t := Today{Day: core.DateOf(s.Now())}
	monday := t.Day.AddDays(-(int(t.Day.Weekday()) + 6) % daysOfWeek)
	for i := range daysOfWeek {
		t.Week = append(t.Week, Weekday{Day: monday.AddDays(i)})
	}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if under == 0 {
			return access.RequireRealm(ctx, tx, who, access.SeeOrgs)
		}
		err := access.Require(ctx, tx, who, access.HandleClocks, under)
		if errors.Is(err, core.Forbidden) {
			return access.Require(ctx, tx, who, access.SeeOrgs, under)
		}
		if err != nil {
			return err
		}
		t.Handles = true
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		return t.read(ctx, tx, who, under, in)
	})
	return t, err
}

func (t *Today) read(ctx context.Context, tx *db.Tx, who access.Actor, under core.OrgID, in access.Range) error {
	others, err := attended(ctx, tx, who, in)
	if err != nil {
		return err
	}
	below, err := children(ctx, tx, who.Realm, under)
	if err != nil {
		return err
	}
	var own, rest []core.ID
	lastDay := t.Week[daysOfWeek-1].Day
	err = marks(ctx, tx, who, in, lastDay, func(m mark) {
		if child, ok := below[childPath(in.Lo, m.path)]; ok && m.due.Before(t.Day) {
			child.Overdue++
			below[child.path] = child
			t.BelowAll++
		}
		if !m.mine && elsewhere(others, in.Lo, m.path) {
			return
		}
		if i := t.Week[0].Day.DaysUntil(m.due); i >= 0 && i < daysOfWeek {
			t.Week[i].Due++
		}
		switch {
		case m.shownOn.After(t.Day):
		case m.path == in.Lo || m.mine:
			own = append(own, m.id)
		default:
			rest = append(rest, m.id)
		}
	})
	if err != nil {
		return err
	}
	t.Below = mostOverdue(below)
	ids := append(own, rest...)
	t.More = max(len(ids)-todayRows, 0)
	if len(ids) == 0 {
		return t.lookAhead(ctx, tx, who, in, others)
	}
	t.Rows, err = these(ctx, tx, who.Realm, ids[:min(len(ids), todayRows)])
	return err
}

func (t *Today) lookAhead(ctx context.Context, tx *db.Tx, who access.Actor, in access.Range, others map[string]bool) error {
	soon, err := upcoming(ctx, tx, who, in, t.Day)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(soon, func(m mark) bool { return m.mine || !elsewhere(others, in.Lo, m.path) })
	if i < 0 {
		return nil
	}
	next, err := Find(ctx, tx, who.Realm, soon[i].id)
	t.Next, t.NextOn = &next, soon[i].shownOn
	return err
}

// childPath returns the path one level below top on the way to path, or "" for
// top itself: "1.20." on the way from "1." to "1.20.311.".
func childPath(top, path string) string {
	if len(path) <= len(top) {
		return ""
	}
	return path[:len(top)+strings.IndexByte(path[len(top):], '.')+1]
}

// elsewhere reports whether somebody else handles the clocks of path: in that
// organisation, or in one between it and top.
func elsewhere(others map[string]bool, top, path string) bool {
	if len(others) == 0 {
		return false
	}
	for p := path; len(p) > len(top); p = p[:strings.LastIndexByte(p[:len(p)-1], '.')+1] {
		if others[p] {
			return true
		}
	}
	return false
}

func mostOverdue(byPath map[string]Below) []Below {
	var all []Below
	for _, b := range byPath {
		if b.Overdue > 0 {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Below) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(a.path, b.path))
	})
	return all[:min(len(all), belowRows)]
}

// A List is a page of running clocks.
type List struct {
	Rows  []Clock
	Total int
	Page  core.Page
}

// All lists every running clock of an organisation and of all below it, the
// most pressing first.
func (s *Service) All(ctx context.Context, who access.Actor, under core.OrgID, p core.Page) (List, error) {
	l := List{Page: p.Clean()}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.HandleClocks, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		if l.Total, err = count(ctx, tx, who.Realm, in); err != nil {
			return err
		}
		l.Rows, err = all(ctx, tx, who.Realm, in, l.Page)
		return err
	})
	return l, err
}
