package intake

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
)

// orgFields leads from a field of an organisation or enterprise to the item
// that holds it.
var orgFields = map[string]string{
	"kind": "type", "elected_on": "term_ends_on", "ends_on": "term_ends_on", "on": "founded_on", "from": "founded_on", "to": "parent",
}

var companyFields = map[string]string{"name": "enterprise", "type": "enterprise_type", "code": "credit_code", "org": "name", "from": "enterprise"}

// write founds and changes what the lines of a part say, in their order.
func (b *ledger) write(ctx context.Context, tx *db.Tx, r *run, part []*line) error {
	if !r.single {
		err := b.writeMany(ctx, tx, r, part)
		switch core.KindOf(err) {
		case core.Invalid, core.Conflict, core.NotFound:
			r.single = true
			return errAgain
		}
		return err
	}
	for _, l := range part {
		if !l.Verdict.taken() {
			continue
		}
		if err := b.writeOrg(ctx, tx, r, l); err != nil {
			return &lineError{l, err, orgFields}
		}
		if err := b.writeCompany(ctx, tx, r, l); err != nil {
			return &lineError{l, err, companyFields}
		}
	}
	return nil
}

// writeOrg founds the organisation of a line, or changes it from today on.
func (b *ledger) writeOrg(ctx context.Context, tx *db.Tx, r *run, l *line) error {
	u := l.unit
	if u.was.ID == 0 {
		o, err := org.Found(ctx, tx, r.who, r.now, org.Founding{
			Parent: u.up.id, Name: u.name, Kind: u.kind, FoundedOn: u.founded, Term: org.Term{EndsOn: u.termEnd}, Batch: r.batch,
		})
		if err != nil {
			return err
		}
		u.node.id, l.Subject = o.ID, core.ID(o.ID)
		b.known[o.ID] = u.node
		l.did(step{Do: stepOrg, Org: int64(o.ID), Version: o.Version})
		return nil
	}
	o, id := u.was, u.was.ID
	l.Subject = core.ID(id)
	var err error
	if !u.founded.IsZero() && u.founded != o.FoundedOn {
		if o, err = org.Correct(ctx, tx, r.who, r.now, id, org.Correction{On: o.FoundedOn, From: &u.founded, Version: o.Version, Batch: r.batch}); err != nil {
			return err
		}
	}
	if u.kind != "" && u.kind != o.Kind {
		if o, err = org.Apply(ctx, tx, r.who, r.now, id, org.Change{Kind: &u.kind, On: r.today(), Version: o.Version, Batch: r.batch}); err != nil {
			return err
		}
	}
	if o.Version != u.was.Version {
		l.did(step{Do: stepOrg, Org: int64(id), Version: o.Version})
	}
	if !u.termEnd.IsZero() && u.termEnd != u.term.EndsOn {
		if err := org.SetTerm(ctx, tx, r.who, r.now, id, org.Term{EndsOn: u.termEnd, Version: u.term.Version, Batch: r.batch}); err != nil {
			return err
		}
		l.did(step{Do: stepTerm, Org: int64(id), Version: o.Version, On: u.term.EndsOn})
	}
	return nil
}

// writeCompany registers or changes the enterprise of a line, and says whom it
// hosts and where it stands, from today on.
func (b *ledger) writeCompany(ctx context.Context, tx *db.Tx, r *run, l *line) error {
	u := l.unit
	if u.firm == nil {
		return nil
	}
	e, err := b.writeFirm(ctx, tx, r, l)
	if err != nil {
		return err
	}
	if err := b.writeHosting(ctx, tx, r, l, e); err != nil {
		return err
	}
	return u.plan.stand(ctx, tx, r, l, e)
}

// writeHosting says whom the enterprise of a line hosts from today on.
func (b *ledger) writeHosting(ctx context.Context, tx *db.Tx, r *run, l *line, e core.EnterpriseID) error {
	at := core.OrgID(l.Subject)
	for _, other := range l.unit.plan.unhost {
		if err := enterprise.Unhost(ctx, tx, r.who, r.now, at, other, r.today(), "", r.batch); err != nil {
			return err
		}
		l.did(step{Do: stepUnhost, Org: int64(at), Enterprise: int64(other), On: r.today()})
	}
	if !l.unit.plan.host {
		return nil
	}
	if err := enterprise.Host(ctx, tx, r.who, r.now, at, e, r.today(), r.batch); err != nil {
		return err
	}
	l.did(step{Do: stepHost, Org: int64(at), Enterprise: int64(e), On: r.today()})
	return nil
}

// writeFirm registers or changes the enterprise itself.
func (b *ledger) writeFirm(ctx context.Context, tx *db.Tx, r *run, l *line) (core.EnterpriseID, error) {
	u := l.unit
	c := u.firm
	was := c.e
	var err error
	switch {
	case u.plan.register:
		if c.e, err = enterprise.Register(ctx, tx, r.who, r.now, u.registration(l, r.batch)); err != nil {
			return 0, err
		}
	case u.plan.changes:
		u.plan.change.Batch = r.batch
		if c.e, err = enterprise.Apply(ctx, tx, r.who, r.now, c.e.ID, u.plan.change); err != nil {
			return 0, err
		}
	default:
		return c.e.ID, nil
	}
	l.didFirm(was, c.e, u.plan.change)
	return c.e.ID, nil
}
