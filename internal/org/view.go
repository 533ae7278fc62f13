package org

import (
	"context"
	"errors"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// A Crumb is one organisation on the way from the root.
type Crumb struct {
	ID   core.OrgID
	Name string
	Seen bool // the actor may open it
}

// A View is all that one organisation's page shows.
type View struct {
	Org      Org
	Moment   core.Moment // zero: now
	Existed  bool        // on the day that was asked for
	Above    []Crumb     // from the root to the parent
	Children []Row       // by name
	Counts   Counts      // now, below and its own
	Orgs     int
	Officers []Officer
	Names    bool // the actor may see the officers' names
	Term     Term // the current one; zero when none is known
	Terms    []Term
	Dates    rule.TermDates
	Reminder rule.Verdict // of the current term, today; empty without one
	Events   []Event
	Facts    []Fact // with those replaced since, to show what was known when
	Growth   Growth
	Verdicts []rule.Verdict // what the rules say of its size and form
}

// Page returns what one organisation's page shows: as it is now for the zero
// Moment, else as it was on a day, as known then. Counters, terms and verdicts
// are always those of now.
func (s *Service) Page(ctx context.Context, who access.Actor, id core.OrgID, m core.Moment) (v View, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.Require(ctx, tx, who, access.SeeOrgs, id); err != nil {
			return err
		}
		if v.Org, err = Find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		v.Moment, v.Existed = m, v.Org.Live()
		today := core.DateOf(s.Now())
		if m.On.IsZero() && !m.KnownAt.IsZero() {
			m.On = today
		}
		if m.On.IsZero() {
			m.On = today
			if v.Above, err = above(ctx, tx, who, id); err != nil {
				return err
			}
			err = v.now(ctx, tx)
		} else if err = v.then(ctx, tx, m); err == nil {
			err = seen(ctx, tx, who, v.Above)
		}
		if err != nil {
			return err
		}
		if err := v.officers(ctx, tx, who, m); err != nil {
			return err
		}
		return v.rest(ctx, tx, today)
	})
	return v, err
}

// now fills in the children as they are.
func (v *View) now(ctx context.Context, tx *db.Tx) error {
	below, err := db.All(ctx, tx, scan, `
		SELECT `+columns+` FROM orgs o
		WHERE o.realm_id = $1 AND o.parent_id = $2 AND o.dissolved_on IS NULL ORDER BY o.name_key, o.id LIMIT $3`,
		v.Org.Realm, v.Org.ID, levelRows)
	if err != nil {
		return err
	}
	for _, o := range below {
		v.Children = append(v.Children, Row{Org: o, Level: 1})
	}
	return decorate(ctx, tx, v.Org.Realm, v.Children, false)
}

// then fills in the organisation, the line above it and its children as they
// were at a moment.
func (v *View) then(ctx context.Context, tx *db.Tx, m core.Moment) error {
	f, err := FactAt(ctx, tx, v.Org.Realm, v.Org.ID, m)
	if errors.Is(err, core.NotFound) {
		v.Existed = false
		return nil
	}
	if err != nil {
		return err
	}
	v.Org, v.Existed = f.with(v.Org), true
	tree, err := At(ctx, tx, v.Org.Realm, m)
	if err != nil {
		return err
	}
	line := tree.Line(v.Org.ID)
	v.Org.FoundedOn = line[len(line)-1].FoundedOn
	for _, n := range line[:len(line)-1] {
		v.Above = append(v.Above, Crumb{ID: n.ID, Name: n.Name})
	}
	for _, id := range line[len(line)-1].Children {
		if n, _ := tree.Find(id); n.Alive {
			v.Children = append(v.Children, Row{Org: n.org(v.Org.Realm), Level: 1, Children: len(n.Children)})
		}
	}
	return nil
}

// officers fills in who held which duty, with names for who may see them.
func (v *View) officers(ctx context.Context, tx *db.Tx, who access.Actor, m core.Moment) (err error) {
	if v.Officers, err = officers(ctx, tx, who.Realm, v.Org.ID, m); err != nil {
		return err
	}
	err = access.Require(ctx, tx, who, access.SeePeople, v.Org.ID)
	v.Names = err == nil
	if k := core.KindOf(err); err != nil && k != core.Forbidden && k != core.NotFound {
		return err
	}
	for i := range v.Officers {
		if f := &v.Officers[i]; !v.Names {
			f.Person, f.Name, f.Position = 0, "", ""
		}
	}
	return nil
}

// rest fills in terms, history, counters, growth and what the rules say.
func (v *View) rest(ctx context.Context, tx *db.Tx, today core.Date) (err error) {
	realm, id := v.Org.Realm, v.Org.ID
	if v.Terms, err = termsOf(ctx, tx, realm, id); err != nil {
		return err
	}
	if i := slices.IndexFunc(v.Terms, func(t Term) bool { return t.EndedOn.IsZero() }); i >= 0 {
		v.Term = v.Terms[i]
		v.Dates = v.Term.Dates()
		v.Reminder = rule.TermReminder(v.Dates, today)
	}
	if v.Events, err = History(ctx, tx, realm, id); err != nil {
		return err
	}
	if v.Facts, err = Facts(ctx, tx, realm, id); err != nil {
		return err
	}
	tallies, err := Tallies(ctx, tx, realm, []core.OrgID{id})
	if err != nil {
		return err
	}
	v.Counts, v.Orgs = countsOf(tallies[id]), tallies[id][CountOrgs].Below
	set, err := setting.Rules(ctx, tx, realm)
	if err != nil {
		return err
	}
	v.Verdicts = judge(set, v.Org.Kind, v.Counts, true, v.Orgs > 1, today)
	v.Growth, err = growth(ctx, tx, v.Org, v.Counts, v.Events, today)
	return err
}
