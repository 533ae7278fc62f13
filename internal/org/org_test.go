package org_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

var (
	noon  = dbtest.Day(2026, 11, 20)
	today = core.DateOf(noon)
)

// A world is a realm with a small tree, and a second realm that must not see
// it:
//
//	city ─┬─ park ─┬─ dow ── first, second
//	      │        └─ plaza
//	      └─ zone
type world struct {
	*testing.T
	db                                          *db.DB
	who                                         access.Actor
	city, park, dow, first, second, plaza, zone org.Org
	otherCity                                   org.Org
	now                                         time.Time
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Wuxi")
	w := &world{T: t, db: d, who: access.Machine(1), now: noon}
	long := core.NewDate(2001, 1, 1)
	w.city = w.found(org.Founding{Name: "苏州市委", Kind: rule.Committee, FoundedOn: long})
	w.park = w.found(org.Founding{Parent: w.city.ID, Name: "工业园区党工委", Kind: rule.Committee, FoundedOn: long})
	w.zone = w.found(org.Founding{Parent: w.city.ID, Name: "保税区党工委", Kind: rule.Committee, FoundedOn: long})
	w.dow = w.found(org.Founding{Parent: w.park.ID, Name: "陶氏张家港基地党委", Kind: rule.Committee, FoundedOn: core.NewDate(2003, 9, 12)})
	w.plaza = w.found(org.Founding{Parent: w.park.ID, Name: "星湖大厦联合党支部", Kind: rule.JointBranch, FoundedOn: core.NewDate(2015, 3, 1)})
	w.first = w.found(org.Founding{Parent: w.dow.ID, Name: "生产一支部", Kind: rule.Branch, FoundedOn: core.NewDate(2011, 6, 30)})
	w.second = w.found(org.Founding{Parent: w.dow.ID, Name: "生产二支部", Kind: rule.Branch, FoundedOn: core.NewDate(2011, 6, 30)})
	other := access.Machine(2)
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		w.otherCity, err = org.Found(ctx, tx, other, w.now, org.Founding{Name: "无锡市委", Kind: rule.Committee, FoundedOn: long})
		return err
	})
	return w
}

// tx runs f in a transaction that must succeed.
func (w *world) tx(f func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	if err := w.try(f); err != nil {
		w.Fatal(err)
	}
}

// try runs f in a transaction, a minute later than the one before.
func (w *world) try(f func(ctx context.Context, tx *db.Tx) error) error {
	w.now = w.now.Add(time.Minute)
	return w.db.Tx(w.Context(), func(tx *db.Tx) error { return f(w.Context(), tx) })
}

func (w *world) found(f org.Founding) (o org.Org) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		o, err = org.Found(ctx, tx, w.who, w.now, f)
		return err
	})
	return o
}

func (w *world) find(id core.OrgID) (o org.Org) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		o, err = org.Find(ctx, tx, w.who.Realm, id)
		return err
	})
	return o
}

func (w *world) at(m core.Moment) (tree *org.Tree) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		tree, err = org.At(ctx, tx, w.who.Realm, m)
		return err
	})
	return tree
}

func (w *world) tallies(id core.OrgID) (all map[string]org.Tally) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		m, err := org.Tallies(ctx, tx, w.who.Realm, []core.OrgID{id})
		all = m[id]
		return err
	})
	return all
}

// refused fails unless err is of the kind and speaks the sentence, in a field
// or at large.
func refused(t *testing.T, err error, kind core.Kind, key string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind)
		return
	}
	if key == "" || core.MsgOf(err).Key == key {
		return
	}
	for _, m := range core.FieldsOf(err) {
		if m.Key == key {
			return
		}
	}
	t.Errorf("got %v, want the sentence %s", err, key)
}

func TestAFoundedOrganisationStandsInTheTree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		o := w.find(w.first.ID)
		if o != w.first && !o.CreatedAt.Equal(w.first.CreatedAt) {
			t.Errorf("found %+v, wrote %+v", o, w.first)
		}
		if o.Path != w.dow.Path+"6." || o.Depth != 3 || o.Version != 1 {
			t.Errorf("got path %s, depth %d, version %d", o.Path, o.Depth, o.Version)
		}
		tree := w.at(core.Moment{On: today})
		if got := tree.Path(w.first.ID); !slices.Equal(got, []string{"苏州市委", "工业园区党工委", "陶氏张家港基地党委", "生产一支部"}) {
			t.Errorf("path: %v", got)
		}
		if got := tree.Under(w.park.ID); !slices.Equal(got, []core.OrgID{w.park.ID, w.dow.ID, w.first.ID, w.second.ID, w.plaza.ID}) {
			t.Errorf("under the park: %v", got)
		}
		if n := w.tallies(w.park.ID)[org.CountOrgs]; n != (org.Tally{Own: 1, Below: 5}) {
			t.Errorf("tally of the park: %v", n)
		}
		if old := w.at(core.Moment{On: core.NewDate(2010, 1, 1)}); old.Len() != 4 {
			t.Errorf("in 2010: %d", old.Len())
		}
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := org.Find(ctx, tx, 2, w.park.ID)
			refused(t, err, core.NotFound, "")
			all, err := org.Named(ctx, tx, 1, access.Below(w.city.Path), "陶氏張家港基地黨委")
			if len(all) != 1 || all[0].ID != w.dow.ID {
				t.Errorf("by name: %v", all)
			}
			return err
		})
	})
}

func TestAMoveCarriesEverythingBelow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		before := w.now
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			o, err := org.Place(ctx, tx, w.who, w.now, w.dow.ID, w.zone.ID, core.NewDate(2026, 7, 1), "批复", 1, 0)
			if o.Path != w.zone.Path+"4." || o.Version != 2 {
				t.Errorf("got %+v", o)
			}
			return err
		})
		if o := w.find(w.second.ID); o.Path != w.zone.Path+"4.7." || o.Depth != 3 {
			t.Errorf("below: %+v", o)
		}
		if p, z := w.tallies(w.park.ID)[org.CountOrgs].Below, w.tallies(w.zone.ID)[org.CountOrgs].Below; p != 2 || z != 4 {
			t.Errorf("park %d, zone %d", p, z)
		}
		for m, want := range map[core.Moment]core.OrgID{
			{On: core.NewDate(2026, 6, 30)}: w.park.ID, {On: core.NewDate(2026, 7, 1)}: w.zone.ID,
			{On: core.NewDate(2026, 7, 1), KnownAt: before}: w.park.ID,
		} {
			if n, _ := w.at(m).Find(w.dow.ID); n.Parent != want {
				t.Errorf("%v: under %s", m, n.Parent)
			}
		}
	})
}

func TestManyAreFoundedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		day := core.NewDate(2019, 5, 1)
		fs := []org.Founding{{Parent: w.zone.ID, Name: "港城党委", Kind: rule.Committee, FoundedOn: day, ID: 99}}
		for range 200 {
			fs = append(fs, org.Founding{Within: 1, Name: "支部", Kind: rule.Branch, FoundedOn: day, Term: org.Term{ElectedOn: day}})
		}
		fs = append(fs, org.Founding{Within: 2, Name: "撤了", Kind: rule.Branch, FoundedOn: day, DissolvedOn: core.NewDate(2024, 1, 1)})
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			all, err := org.FoundMany(ctx, tx, w.who, w.now, fs)
			if err == nil && (len(all) != 202 || all[0].ID != 99 || all[201].Parent != all[1].ID || all[201].Depth != 4) {
				t.Errorf("got %d, last %+v", len(all), all[len(all)-1])
			}
			return err
		})
		if n := w.tallies(w.city.ID)[org.CountOrgs].Below; n != 7+201 {
			t.Errorf("tally of the city: %d", n)
		}
		if a, b := w.at(core.Moment{On: core.NewDate(2023, 12, 31)}).Len(), w.at(core.Moment{On: core.NewDate(2024, 1, 1)}).Len(); a != b+1 || b != 208 {
			t.Errorf("%d, then %d", a, b)
		}
	})
}
