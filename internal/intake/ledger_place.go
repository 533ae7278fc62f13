package intake

import (
	"context"
	"errors"
	"slices"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
	"tongpin/internal/org"
)

// load reads what is stored about the organisations that the lines of a part
// name.
func (b *ledger) load(ctx context.Context, q db.Querier, r *run, part []*line) error {
	var ids []core.OrgID
	for _, l := range part {
		if l.unit.name == "" {
			continue
		}
		found, err := b.units.find(ctx, q, r, l.unit.name)
		if err != nil {
			return err
		}
		for _, o := range found {
			ids = append(ids, o.ID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var err error
	if b.terms, err = org.TermsNow(ctx, q, r.who.Realm, ids); err != nil {
		return err
	}
	hostings, err := enterprise.HostingsNow(ctx, q, r.who.Realm, ids)
	if err != nil {
		return err
	}
	b.hosts = map[core.OrgID][]core.EnterpriseID{}
	for _, h := range hostings {
		b.hosts[h.Org] = append(b.hosts[h.Org], h.Enterprise)
	}
	return nil
}

// locate finds the parent that a row names, and the organisation if it exists.
func (b *ledger) locate(ctx context.Context, q db.Querier, r *run, l *line) error {
	u := l.unit
	u.up, u.node, u.was, u.term, u.firm, u.plan = nil, nil, org.Org{}, org.Term{}, nil, plan{}
	key := names.Fold(u.name)
	if key == names.Fold(r.under.Name) && (u.parent == "" || b.upper != "" && names.Fold(u.parent) == b.upper) {
		u.was, u.node = r.under, b.under
		u.term = b.terms[r.under.ID]
		return nil
	}
	if slices.ContainsFunc(l.shape, func(p Problem) bool { return p.Column == "parent" }) {
		return nil
	}
	if err := b.parent(ctx, q, r, l); err != nil || u.up == nil || u.up.id == 0 || u.name == "" {
		return err
	}
	found, err := b.units.find(ctx, q, r, u.name)
	if err != nil {
		return err
	}
	for _, o := range found {
		if o.Parent == u.up.id {
			u.was, u.node, u.term = o, b.node(o), b.terms[o.ID]
			break
		}
	}
	return nil
}

// parent finds the organisation above a row: one of the rows before it, else
// one that exists.
func (b *ledger) parent(ctx context.Context, q db.Querier, r *run, l *line) error {
	u := l.unit
	if u.parent == "" {
		u.up = b.under
		return nil
	}
	candidates := b.above[names.Fold(u.parent)]
	var stored []org.Org
	if len(candidates) == 0 {
		var err error
		if stored, err = b.units.find(ctx, q, r, u.parent); err != nil {
			return err
		}
		for _, o := range stored {
			candidates = append(candidates, b.node(o))
		}
	}
	p := Problem{Column: "parent", Letter: r.letter("parent"), Code: "parent.unknown", Written: u.parent}
	var err error
	switch len(candidates) {
	case 1:
		u.up = candidates[0]
		return nil
	case 0:
		p.Near, err = b.units.near(ctx, q, r, u.parent)
	default:
		p.Key, p.Args = "problem.parent.ambiguous", []string{u.parent}
		p.Near, err = b.units.spelled(ctx, q, r, stored)
	}
	l.Problems = append(l.Problems, p)
	return err
}

// accept remembers a line that earlier work has accepted.
func (b *ledger) accept(ctx context.Context, q db.Querier, r *run, l *line) error {
	if err := b.prepare(ctx, q, r); err != nil {
		return err
	}
	subject := l.Subject
	l.start()
	l.Subject = subject
	if err := b.locate(ctx, q, r, l); err != nil {
		return err
	}
	if l.unit.node == nil {
		l.unit.node = b.node(org.Org{ID: core.OrgID(l.Subject), Name: l.unit.name})
	}
	firm, err := b.firm(ctx, q, r, l)
	if err != nil && !errors.Is(err, core.NotFound) {
		return err
	}
	l.unit.firm = firm
	b.remember(l)
	return nil
}
