package intake

import (
	"context"
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/org"
)

// units finds organisations below the one that a file was sent for by the
// names that people write. It keeps what it has found, by folded name.
type units struct {
	found map[string][]org.Org
	tree  *org.Tree // read when a name has to be guessed or told apart
	asked int       // how many unknown names had guesses
}

func newUnits() *units { return &units{found: map[string][]org.Org{}} }

// find returns the live organisations of that name. Where several have it,
// "upper/lower" tells them apart.
func (u *units) find(ctx context.Context, q db.Querier, r *run, written string) ([]org.Org, error) {
	key := names.Fold(written)
	if key == "" {
		return nil, nil
	}
	if all, ok := u.found[key]; ok {
		return all, nil
	}
	all, err := org.Named(ctx, q, r.who.Realm, r.below, written)
	if err == nil && len(all) == 0 {
		all, err = u.within(ctx, q, r, written)
	}
	if err == nil {
		u.found[key] = all
	}
	return all, err
}

// within reads "upper/lower", where upper may itself be of that form.
func (u *units) within(ctx context.Context, q db.Querier, r *run, written string) ([]org.Org, error) {
	cut := strings.LastIndexAny(written, "/／")
	if cut <= 0 {
		return nil, nil
	}
	upper, lower := written[:cut], strings.TrimLeft(written[cut:], "/／")
	above, err := u.find(ctx, q, r, strings.TrimSpace(upper))
	if err != nil || len(above) == 0 || lower == "" {
		return nil, err
	}
	all, err := org.Named(ctx, q, r.who.Realm, r.below, lower)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(o org.Org) bool {
		return !slices.ContainsFunc(above, func(a org.Org) bool { return a.ID == o.Parent })
	}), nil
}

// one returns the one organisation of a name, or the problem with it: unknown
// with names that are like it, or ambiguous with how to tell them apart. key is
// the sentence for an unknown one.
func (u *units) one(ctx context.Context, q db.Querier, r *run, column, written, key string) (Problem, org.Org, error) {
	found, err := u.find(ctx, q, r, written)
	if err != nil || len(found) == 1 {
		return Problem{}, first(found), err
	}
	p := Problem{Column: column, Letter: r.letter(column), Code: column + ".unknown", Written: written}
	if len(found) == 0 {
		p.Near, err = u.near(ctx, q, r, written)
	} else {
		key = "problem." + column + ".ambiguous"
		p.Near, err = u.spelled(ctx, q, r, found)
	}
	if key != "" {
		p.Key, p.Args = key, []string{written}
	}
	return p, org.Org{}, err
}

func first(all []org.Org) org.Org {
	if len(all) == 0 {
		return org.Org{}
	}
	return all[0]
}

func (u *units) grow(ctx context.Context, q db.Querier, r *run) error {
	if u.tree != nil {
		return nil
	}
	var err error
	u.tree, err = org.At(ctx, q, r.who.Realm, core.Moment{On: r.today()})
	return err
}

// spelled returns how to write each organisation so that it is found alone.
func (u *units) spelled(ctx context.Context, q db.Querier, r *run, all []org.Org) ([]string, error) {
	if err := u.grow(ctx, q, r); err != nil {
		return nil, err
	}
	var out []string
	for _, o := range all[:min(len(all), maxNear)] {
		if line := u.tree.Line(o.ID); len(line) > 1 {
			out = append(out, line[len(line)-2].Name+"/"+o.Name)
		}
	}
	return out, nil
}

// Guesses are given for a few names of a file; each looks at every
// organisation.
const (
	maxNear  = 3
	maxAsked = 20
)

// near returns the names most like one that nobody has.
func (u *units) near(ctx context.Context, q db.Querier, r *run, written string) ([]string, error) {
	if u.asked++; u.asked > maxAsked || written == "" {
		return nil, nil
	}
	if err := u.grow(ctx, q, r); err != nil {
		return nil, err
	}
	type guess struct {
		name string
		near int
	}
	var all []guess
	want := pairsOf(names.Fold(written))
	for _, id := range u.tree.Under(r.under.ID) {
		if n, ok := u.tree.Find(id); ok {
			if g := (guess{n.Name, alike(want, pairsOf(names.Fold(n.Name)))}); g.near >= 600 {
				all = append(all, g)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b guess) int { return b.near - a.near })
	var out []string
	for _, g := range all {
		if !slices.Contains(out, g.name) && len(out) < maxNear {
			out = append(out, g.name)
		}
	}
	return out, nil
}

// pairsOf returns the pairs of neighbouring characters.
func pairsOf(s string) map[[2]rune]int {
	rs := append([]rune(s), 0)
	all := make(map[[2]rune]int, len(rs))
	last := rune(0)
	for _, c := range rs {
		all[[2]rune{last, c}]++
		last = c
	}
	return all
}

// alike returns the share of common pairs in thousandths (Dice).
func alike(a, b map[[2]rune]int) int {
	common, total := 0, 0
	for p, n := range a {
		common += min(n, b[p])
		total += n
	}
	for _, n := range b {
		total += n
	}
	return 2000 * common / total
}
