package intake

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
	"tongpin/internal/rule"
)

// firm returns the enterprise that a row names: by its credit code, else by
// name. It is nil where the row names none, and core.Conflict where several
// have the name.
func (b *ledger) firm(ctx context.Context, q db.Querier, r *run, l *line) (*company, error) {
	u := l.unit
	key := u.code
	if key == "" {
		key = "name " + names.Fold(u.company)
	}
	if u.code == "" && u.company == "" {
		return nil, nil
	}
	if c := b.companies[key]; c != nil {
		return c, nil
	}
	c := &company{}
	e, err := findFirm(ctx, q, r, u.code, u.company)
	if err != nil && !errors.Is(err, core.NotFound) {
		return nil, err
	}
	if err == nil {
		c.e = e
		if c.joined, err = enterprise.JoiningsNow(ctx, q, r.who.Realm, []core.EnterpriseID{e.ID}); err != nil {
			return nil, err
		}
	}
	b.companies[key] = c
	return c, nil
}

// judgeCompany says what a row means for its enterprise.
func (b *ledger) judgeCompany(ctx context.Context, q db.Querier, r *run, l *line) error {
	u := l.unit
	c, err := b.firm(ctx, q, r, l)
	if errors.Is(err, core.Conflict) {
		l.clash(Problem{Column: "enterprise", Letter: r.letter("enterprise"), Code: "enterprise.ambiguous", Written: u.company})
		return nil
	}
	if err != nil || c == nil {
		return err
	}
	u.firm = c
	if c.e.ID == 0 && c.decided == 0 && u.company == "" {
		l.refuse(Problem{Column: "enterprise", Letter: r.letter("enterprise"), Code: "name.missing"})
		return nil
	}
	if c.decided == 0 || c.decided == l.Number {
		if err := b.speak(ctx, q, r, l, c); err != nil || l.bad() {
			return err
		}
	}
	b.hosting(l, c)
	return nil
}

// speak notes what the deciding row says of its enterprise.
func (b *ledger) speak(ctx context.Context, q db.Querier, r *run, l *line, c *company) error {
	u := l.unit
	before := len(l.Changes)
	u.plan.register = c.e.ID == 0
	if u.plan.register {
		l.change("enterprise", Value{}, Value{Text: u.company})
		l.change("credit_code", Value{}, Value{Text: u.code})
		if u.sort != "" {
			l.change("enterprise_type", Value{}, Value{Key: typeKey(u.sort)})
		}
		if u.employees >= 0 {
			l.change("employees", Value{}, Value{Text: strconv.Itoa(u.employees)})
		}
	} else {
		b.compareCompany(l, c.e)
	}
	u.plan.group(l, c.joined, enterprise.Chain, u.chains)
	u.plan.group(l, c.joined, enterprise.Building, u.buildings)
	if len(l.Changes) > before && c.e.ID != 0 {
		if err := r.may(ctx, q, c.e.Org, c.e.Path); err != nil {
			l.clash(Problem{Column: "enterprise", Letter: r.letter("enterprise"), Code: "enterprise.out_of_scope", Written: c.e.Name})
		}
	}
	return nil
}

func typeKey(code string) string {
	t, _ := rule.FindEnterpriseType(code)
	if t.Code == "" {
		return ""
	}
	return t.Title().Key
}

// compareCompany notes what a row changes in an enterprise.
func (b *ledger) compareCompany(l *line, e enterprise.Enterprise) {
	u := l.unit
	c := &u.plan.change
	if u.company != "" && names.Width(u.company) != e.Name {
		c.Name = &u.company
		l.change("enterprise", Value{Text: e.Name}, Value{Text: u.company})
	}
	if u.code != "" && u.code != e.CreditCode {
		c.CreditCode = &u.code
		l.change("credit_code", Value{Text: e.CreditCode}, Value{Text: u.code})
	}
	if u.sort != "" && u.sort != e.Type {
		c.Type = &u.sort
		l.change("enterprise_type", Value{Key: typeKey(e.Type)}, Value{Key: typeKey(u.sort)})
	}
	if u.employees >= 0 && (e.Employees == nil || *e.Employees != u.employees) {
		c.Employees = &u.employees
		was := Value{}
		if e.Employees != nil {
			was.Text = strconv.Itoa(*e.Employees)
		}
		l.change("employees", was, Value{Text: strconv.Itoa(u.employees)})
	}
	u.plan.changes = c.Name != nil || c.CreditCode != nil || c.Type != nil || c.Employees != nil
	c.Version = e.Version
	if u.plan.changes {
		l.seen[1] = e.Version
	}
}

// hosting notes whether the enterprise is to host the organisation from today.
// A branch that another enterprise hosts changes its host.
func (b *ledger) hosting(l *line, c *company) {
	u := l.unit
	there := b.hosts[u.was.ID]
	if u.was.ID != 0 && c.e.ID != 0 && slices.Contains(there, c.e.ID) {
		return
	}
	u.plan.host = true
	kind := u.kind
	fill(&kind, u.was.Kind)
	if kind == rule.Branch {
		u.plan.unhost = there
	}
	if u.was.ID != 0 {
		name := c.e.Name
		fill(&name, u.company)
		l.change("enterprise", Value{}, Value{Text: name})
	}
}
