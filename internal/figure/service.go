package figure

import (
	"context"
	"errors"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
)

// A Service is what pages and commands call. It keeps the last few snapshots;
// any change in the realm's journal makes it read again.
type Service struct {
	DB  *db.DB
	Now core.Now // in the realm's zone

	store store
}

// Head is what every answer begins with.
type Head struct {
	Under      Name   // as it was called on the day; as today if it was not there
	Path       []Name // those above it that the person may look at, from the root
	On, From   core.Date
	KnownAt    time.Time // zero: as known now
	ComputedAt time.Time
	There      bool // Under existed on the day, as known then
}

// Coverage is the two coverages of an organisation and all below it.
type Coverage struct {
	Head
	By       By
	People   People
	Table    Group
	Twice    int // enterprises counted more than once, since they stand in several rows
	Flow     enterprise.FlowTable
	Reported []Compared // what was printed about it, on any day

	At      Key // the row that Map and First are of
	AtName  string
	AtTitle core.Msg
	AtLine  Line
	Map     Map
	First   []Unit // the most urgent of those not covered
}

// firstMissed is how many enterprises are offered to begin with.
const firstMissed = 5

// requireTable asks for the right and returns the two days to compare.
func (s *Service) requireTable(ctx context.Context, tx *db.Tx, who access.Actor, q *Query) (*table, Head, error) {
	if err := access.Require(ctx, tx, who, access.SeeFigures, q.Under); err != nil {
		return nil, Head{}, err
	}
	now := s.Now()
	clean, err := q.clean(core.DateOf(now))
	if err != nil {
		return nil, Head{}, err
	}
	*q = clean
	h := Head{On: q.On, From: q.From, KnownAt: q.KnownAt, ComputedAt: now}
	t := &table{by: q.By, under: q.Under}
	for _, side := range []struct {
		on core.Date
		to **side
	}{{q.On, &t.now}, {q.From, &t.was}} {
		p, err := s.store.at(ctx, tx, who.Realm, q.moment(side.on))
		if err != nil {
			return nil, Head{}, err
		}
		*side.to = newSide(p, q.Under)
	}
	h.Under, h.There, err = nameAt(ctx, tx, who.Realm, t.now.tree, q.Under)
	if err != nil {
		return nil, Head{}, err
	}
	h.Path, err = s.requirePath(ctx, tx, who, t.now.tree, q.Under)
	return t, h, err
}

// nameAt returns an organisation as it was called in a tree, and whether it was
// there.
func nameAt(ctx context.Context, q db.Querier, realm core.RealmID, tree *org.Tree, id core.OrgID) (Name, bool, error) {
	if n, ok := tree.Find(id); ok {
		return Name{id, n.Name}, n.Alive, nil
	}
	o, err := org.Find(ctx, q, realm, id)
	return Name{id, o.Name}, false, err
}

// requirePath returns those above an organisation whose figures the person may
// see.
func (s *Service) requirePath(ctx context.Context, q db.Querier, who access.Actor, tree *org.Tree, id core.OrgID) ([]Name, error) {
	var all []Name
	for _, n := range tree.Line(id) {
		if n.ID == id {
			break
		}
		err := access.Require(ctx, q, who, access.SeeFigures, n.ID)
		switch k := core.KindOf(err); {
		case err == nil:
			all = append(all, Name{n.ID, n.Name})
		case k != core.NotFound && k != core.Forbidden:
			return nil, err
		}
	}
	return all, nil
}

// Coverage returns the figures of an organisation and all below it, divided as
// the query asks.
func (s *Service) Coverage(ctx context.Context, who access.Actor, q Query) (Coverage, error) {
	var c Coverage
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		t, h, err := s.requireTable(ctx, tx, who, &q)
		if err != nil {
			return err
		}
		if !t.has(q.At) {
			return core.NotFound
		}
		seesPeople, err := may(access.Require(ctx, tx, who, access.SeePeople, q.Under))
		if err != nil {
			return err
		}
		c = Coverage{Head: h, By: q.By, Table: t.build(q.Open), Flow: t.flow(Key{}), At: q.At}
		c.People = peopleOf(t.now.below[q.Under].members, seesPeople)
		if q.By != ByTree {
			for _, g := range c.Table.Groups {
				c.Twice += g.Listed
			}
			c.Twice -= c.Table.Listed
		}
		c.look(t, q.At)
		c.Reported, err = s.compared(ctx, tx, who.Realm, q.Under)
		return err
	})
	if err != nil {
		return Coverage{}, err
	}
	return c, nil
}

// look adds what is shown of one row beside the table.
func (c *Coverage) look(t *table, at Key) {
	c.AtName, c.AtTitle = t.title(at)
	c.AtLine, c.Map = t.line(at), t.tiles(at)
	missed, _ := ShowMissed.filter(t.now.on)
	some := t.now.keep(t.now.pick(at), func(i int) bool { return missed(&t.now.states[i]) })
	c.First = t.now.units(t.now.first(some, firstMissed))
}

// may turns a refusal into false.
func may(err error) (bool, error) {
	if err == nil {
		return true, nil
	}
	if errors.Is(err, core.Forbidden) || errors.Is(err, core.NotFound) {
		return false, nil
	}
	return false, err
}

// compared returns what was printed about an organisation beside what is
// computed for the day of each, as known now.
func (s *Service) compared(ctx context.Context, q db.Querier, realm core.RealmID, under core.OrgID) ([]Compared, error) {
	printed, err := reportedOf(ctx, q, realm, under)
	if err != nil {
		return nil, err
	}
	var all []Compared
	for _, r := range printed {
		d, err := Find(r.Figure)
		if err != nil {
			continue // of a definition that no longer is
		}
		p, err := s.store.at(ctx, q, realm, core.Moment{On: r.On})
		if err != nil {
			return nil, err
		}
		side := newSide(p, under)
		t := &table{by: ByTree, under: under, now: side, was: side}
		all = append(all, Compare(r, d.Of(t.line(Key{}))))
	}
	return all, nil
}

// Rows returns the enterprises or organisations behind a number of the table
// that the query describes.
func (s *Service) Rows(ctx context.Context, who access.Actor, q Query, sel Selector) (Rows, error) {
	var r Rows
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		t, h, err := s.requireTable(ctx, tx, who, &q)
		if err != nil {
			return err
		}
		r, err = t.rows(sel)
		r.Head = h
		return err
	})
	if err != nil {
		return Rows{}, err
	}
	return r, nil
}

// A Value is a figure of an organisation: a share, or a count where the
// denominator is 0.
type Value struct {
	Definition
	Share    core.Share
	Was      core.Share // on the day compared with
	Reported []Compared
}

// A Sheet is every figure of an organisation on a day.
type Sheet struct {
	Head
	Values []Value
}

// Figures returns every figure of an organisation and all below it, each with
// what was printed instead.
func (s *Service) Figures(ctx context.Context, who access.Actor, q Query) (Sheet, error) {
	var sheet Sheet
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		t, h, err := s.requireTable(ctx, tx, who, &q)
		if err != nil {
			return err
		}
		printed, err := s.compared(ctx, tx, who.Realm, q.Under)
		if err != nil {
			return err
		}
		earlier := &table{by: ByTree, under: q.Under, now: t.was, was: t.was}
		is, was := t.line(Key{}), earlier.line(Key{})
		sheet = Sheet{Head: h}
		for _, d := range Definitions {
			v := Value{Definition: d, Share: d.Of(is), Was: d.Of(was)}
			for _, c := range printed {
				if c.Figure == d.ID {
					v.Reported = append(v.Reported, c)
				}
			}
			sheet.Values = append(sheet.Values, v)
		}
		return nil
	})
	if err != nil {
		return Sheet{}, err
	}
	return sheet, nil
}
