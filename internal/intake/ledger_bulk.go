package intake

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
	"tongpin/internal/org"
)

// writeMany stores the lines of a part in few statements: what is new at once,
// what changes one by one. It cannot say which line failed.
func (b *ledger) writeMany(ctx context.Context, tx *db.Tx, r *run, part []*line) error {
	if err := b.foundMany(ctx, tx, r, part); err != nil {
		return err
	}
	fresh, err := b.registerMany(ctx, tx, r, part)
	if err != nil {
		return err
	}
	var hostings []enterprise.Hosting
	var joinings []enterprise.Joining
	for _, l := range part {
		u := l.unit
		if !l.Verdict.taken() || u.firm == nil {
			continue
		}
		e := u.firm.e.ID
		if !fresh[e] {
			if err := b.writeCompany(ctx, tx, r, l); err != nil {
				return err
			}
			continue
		}
		if u.plan.host && len(u.plan.unhost) == 0 {
			hostings = append(hostings, enterprise.Hosting{Org: core.OrgID(l.Subject), Enterprise: e, Period: core.Since(r.today()), Batch: r.batch})
			l.did(step{Do: stepHost, Org: int64(l.Subject), Enterprise: int64(e), On: r.today()})
		} else if err := b.writeHosting(ctx, tx, r, l, e); err != nil {
			return err
		}
		for _, g := range u.plan.join {
			id, err := b.grouping(ctx, tx, r, g)
			if err != nil {
				return err
			}
			joinings = append(joinings, enterprise.Joining{Grouping: id, Enterprise: e, Period: core.Since(r.today()), Batch: r.batch})
			l.did(step{Do: stepJoin, Enterprise: int64(e), Kind: g.kind, Name: g.name, On: r.today()})
		}
	}
	if err := enterprise.HostMany(ctx, tx, r.who, r.now, hostings); err != nil {
		return err
	}
	if err := enterprise.JoinMany(ctx, tx, r.who, r.now, joinings); err != nil || len(fresh) == 0 {
		return err
	}
	return enterprise.StartClocks(ctx, tx, r.now, r.who.Realm, ids(fresh))
}

// foundMany founds the new organisations of a part, and changes the others.
func (b *ledger) foundMany(ctx context.Context, tx *db.Tx, r *run, part []*line) error {
	var fs []org.Founding
	var of []*line
	within := map[*node]int{}
	for _, l := range part {
		u := l.unit
		switch {
		case !l.Verdict.taken():
		case u.was.ID != 0:
			if err := b.writeOrg(ctx, tx, r, l); err != nil {
				return err
			}
		default:
			f := org.Founding{Parent: u.up.id, Name: u.name, Kind: u.kind, FoundedOn: u.founded, Term: org.Term{EndsOn: u.termEnd}, Batch: r.batch}
			if f.Parent == 0 {
				f.Within = within[u.up]
			}
			fs, of = append(fs, f), append(of, l)
			within[u.node] = len(fs)
		}
	}
	all, err := org.FoundMany(ctx, tx, r.who, r.now, fs)
	if err != nil {
		return err
	}
	for i, o := range all {
		l := of[i]
		l.unit.node.id, l.Subject = o.ID, core.ID(o.ID)
		b.known[o.ID] = l.unit.node
		l.did(step{Do: stepOrg, Org: int64(o.ID), Version: o.Version})
	}
	return nil
}

// registerMany registers the new enterprises of a part and returns which they
// are.
func (b *ledger) registerMany(ctx context.Context, tx *db.Tx, r *run, part []*line) (map[core.EnterpriseID]bool, error) {
	var rs []enterprise.Registration
	var of []*line
	for _, l := range part {
		if l.Verdict.taken() && l.unit.firm != nil && l.unit.plan.register {
			rs, of = append(rs, l.unit.registration(l, r.batch)), append(of, l)
		}
	}
	all, err := enterprise.RegisterMany(ctx, tx, r.who, r.now, rs)
	if err != nil {
		return nil, err
	}
	fresh := make(map[core.EnterpriseID]bool, len(all))
	for i, e := range all {
		was := of[i].unit.firm.e
		of[i].unit.firm.e, fresh[e.ID] = e, true
		of[i].didFirm(was, e, enterprise.Change{})
	}
	return fresh, nil
}

// registration is what a row says of an enterprise that is new.
func (u *unitLine) registration(l *line, batch core.ID) enterprise.Registration {
	reg := enterprise.Registration{Name: u.company, CreditCode: u.code, Org: core.OrgID(l.Subject), Type: u.sort, Batch: batch}
	if u.employees >= 0 {
		reg.Employees = &u.employees
	}
	return reg
}

// grouping returns the grouping of that kind and name, made if there is none.
func (b *ledger) grouping(ctx context.Context, tx *db.Tx, r *run, g grouped) (core.ID, error) {
	if b.groupings == nil {
		all, err := enterprise.Groupings(ctx, tx, r.who.Realm, "")
		if err != nil {
			return 0, err
		}
		b.groupings = map[grouped]core.ID{}
		for _, x := range all {
			key := grouped{x.Kind, names.Fold(x.Name)}
			if b.groupings[key] == 0 {
				b.groupings[key] = x.ID
			}
		}
	}
	key := grouped{g.kind, names.Fold(g.name)}
	if id := b.groupings[key]; id != 0 {
		return id, nil
	}
	made, err := enterprise.MakeGrouping(ctx, tx, r.who, r.now, enterprise.Grouping{Kind: g.kind, Name: g.name}, r.today())
	b.groupings[key] = made.ID
	return made.ID, err
}
