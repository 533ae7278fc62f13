package org

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Line is the way from the root down to an organisation.
type Line struct {
	Path string
	IDs  []core.OrgID // from the root, at depth 0, to the organisation itself
}

// At returns the organisation of the line at a depth, or zero when the line
// ends above it.
func (l Line) At(depth int) core.OrgID {
	if depth >= len(l.IDs) {
		return 0
	}
	return l.IDs[depth]
}

// Lines returns the line of each organisation; one that the realm does not
// have is left out. Path, At(1) and At(2) are what persons.at_path, at_1 and
// at_2 repeat.
func Lines(ctx context.Context, q db.Querier, realm core.RealmID, orgs []core.OrgID) (map[core.OrgID]Line, error) {
	all := make(map[core.OrgID]Line, len(orgs))
	err := eachOf(ctx, q, realm, orgs, func(r db.Row) error {
		var id core.OrgID
		var path string
		err := r.Scan(&id, &path)
		all[id] = Line{Path: path}
		return err
	}, `SELECT id, path FROM orgs WHERE realm_id = $1 AND id IN (`+inMany+`)`)
	if err != nil {
		return nil, err
	}
	wanted := map[int]core.OrgID{}
	for _, l := range all {
		for _, n := range numbers(l.Path) {
			wanted[n] = 0
		}
	}
	err = eachOf(ctx, q, realm, slices.Sorted(maps.Keys(wanted)), func(r db.Row) error {
		var n int
		var id core.OrgID
		err := r.Scan(&n, &id)
		wanted[n] = id
		return err
	}, `SELECT number, id FROM orgs WHERE realm_id = $1 AND number IN (`+inMany+`)`)
	for id, l := range all {
		for _, n := range numbers(l.Path) {
			l.IDs = append(l.IDs, wanted[n])
		}
		all[id] = l
	}
	return all, err
}

// numbers reads a path of ours; it cannot fail on one.
func numbers(path string) []int {
	var all []int
	for s := range strings.SplitSeq(strings.TrimSuffix(path, "."), ".") {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic("org: no path: " + path)
		}
		all = append(all, n)
	}
	return all
}

// Count adds to the counters of organisations and of all above them: what is
// one of CountOrgs, CountFull, CountProbationary and CountEnterprises.
func Count(ctx context.Context, tx *db.Tx, realm core.RealmID, deltas map[core.OrgID]map[string]int) error {
	lines, err := Lines(ctx, tx, realm, slices.Sorted(maps.Keys(deltas)))
	if err != nil {
		return err
	}
	sums := counting{}
	for id, whats := range deltas {
		for what, n := range whats {
			if n == 0 {
				continue
			}
			for _, above := range lines[id].IDs {
				sums.add(above, what, Tally{0, n})
			}
			sums.add(id, what, Tally{n, 0})
		}
	}
	return sums.write(ctx, tx, realm)
}

// counting gathers what is to be added to the counters.
type counting map[counter]Tally

type counter struct {
	org  core.OrgID
	what string
}

func (c counting) add(org core.OrgID, what string, t Tally) {
	k := counter{org, what}
	was := c[k]
	c[k] = Tally{was.Own + t.Own, was.Below + t.Below}
}

// write adds everything in one order, so that two writers never wait for each
// other.
func (c counting) write(ctx context.Context, tx *db.Tx, realm core.RealmID) error {
	keys := slices.SortedFunc(maps.Keys(c), func(a, b counter) int {
		return cmp.Or(cmp.Compare(a.org, b.org), cmp.Compare(a.what, b.what))
	})
	var rows [][]any
	for _, k := range keys {
		if t := c[k]; t != (Tally{}) {
			rows = append(rows, []any{realm, k.org, k.what, t.Own, t.Below})
		}
	}
	return db.Upsert(ctx, tx, "tallies", "realm_id, org_id, what, own, below",
		"(realm_id, org_id, what) DO UPDATE SET own = tallies.own + excluded.own, below = tallies.below + excluded.below", rows)
}

// Tallies returns the counters of organisations, by what they count. A counter
// that was never touched is left out, which reads as zero.
func Tallies(ctx context.Context, q db.Querier, realm core.RealmID, orgs []core.OrgID) (map[core.OrgID]map[string]Tally, error) {
	all := make(map[core.OrgID]map[string]Tally, len(orgs))
	err := eachOf(ctx, q, realm, orgs, func(r db.Row) error {
		var id core.OrgID
		var what string
		var t Tally
		err := r.Scan(&id, &what, &t.Own, &t.Below)
		if all[id] == nil {
			all[id] = map[string]Tally{}
		}
		all[id][what] = t
		return err
	}, `SELECT org_id, what, own, below FROM tallies WHERE realm_id = $1 AND org_id IN (`+inMany+`)`)
	return all, err
}

// countsOf returns the members of an organisation and all below it.
func countsOf(t map[string]Tally) Counts {
	return Counts{t[CountFull].Below, t[CountProbationary].Below}
}

// carry moves the counters of a subtree from the line above it to another.
func carry(ctx context.Context, tx *db.Tx, realm core.RealmID, moved, from, to core.OrgID) error {
	tallies, err := Tallies(ctx, tx, realm, []core.OrgID{moved})
	if err != nil {
		return err
	}
	lines, err := Lines(ctx, tx, realm, []core.OrgID{from, to})
	if err != nil {
		return err
	}
	sums := counting{}
	for what, t := range tallies[moved] {
		for _, id := range lines[from].IDs {
			sums.add(id, what, Tally{0, -t.Below})
		}
		for _, id := range lines[to].IDs {
			sums.add(id, what, Tally{0, t.Below})
		}
	}
	return sums.write(ctx, tx, realm)
}
