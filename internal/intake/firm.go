package intake

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
)

// findFirm finds the enterprise of a row: by its credit code, else by name
// below the organisation that the file was sent for. It is core.NotFound where
// there is none, and core.Conflict where several have the name.
func findFirm(ctx context.Context, q db.Querier, r *run, code, name string) (enterprise.Enterprise, error) {
	if code != "" {
		e, err := enterprise.ByCode(ctx, q, r.who.Realm, code)
		if !errors.Is(err, core.NotFound) || name == "" {
			return e, err
		}
	}
	all, err := enterprise.Named(ctx, q, r.who.Realm, r.below, name)
	if err != nil {
		return enterprise.Enterprise{}, err
	}
	if code != "" { // an enterprise with another code is another one
		all = slices.DeleteFunc(all, func(e enterprise.Enterprise) bool { return e.CreditCode != "" })
	}
	switch len(all) {
	case 0:
		return enterprise.Enterprise{}, core.NotFound
	case 1:
		return all[0], nil
	}
	return enterprise.Enterprise{}, core.Conflict
}

// A plan is what is to be done for the enterprise of a row.
type plan struct {
	register bool
	change   enterprise.Change
	changes  bool
	host     bool
	unhost   []core.EnterpriseID
	join     []grouped
	leave    []enterprise.Joining
}

type grouped struct{ kind, name string }

// group notes in which groupings of a kind, which is also the item's name, the
// enterprise is to stand: those of the cell, and no others. An empty cell
// changes nothing.
func (p *plan) group(l *line, joined []enterprise.Joining, kind string, wanted []string) {
	if len(wanted) == 0 {
		return
	}
	var was []string
	missing := map[string]string{}
	for _, w := range wanted {
		missing[names.Fold(w)] = w
	}
	changes := false
	for _, j := range joined {
		if j.Kind != kind {
			continue
		}
		was = append(was, j.Name)
		if missing[names.Fold(j.Name)] == "" {
			p.leave = append(p.leave, j)
			changes = true
		}
		delete(missing, names.Fold(j.Name))
	}
	for _, w := range wanted {
		if missing[names.Fold(w)] == w {
			p.join = append(p.join, grouped{kind, w})
			changes = true
		}
	}
	if changes {
		l.change(kind, Value{Text: strings.Join(was, "、")}, Value{Text: strings.Join(wanted, "、")})
	}
}

// stand puts an enterprise where the plan says, from today on.
func (p *plan) stand(ctx context.Context, tx *db.Tx, r *run, l *line, e core.EnterpriseID) error {
	for _, j := range p.leave {
		if err := enterprise.Leave(ctx, tx, r.who, r.now, e, j.Grouping, r.today(), r.batch); err != nil {
			return err
		}
		l.did(step{Do: stepLeave, Enterprise: int64(e), Kind: j.Kind, Name: j.Name, On: r.today()})
	}
	for _, g := range p.join {
		if err := enterprise.Join(ctx, tx, r.who, r.now, e, g.kind, g.name, r.today(), r.batch); err != nil {
			return err
		}
		l.did(step{Do: stepJoin, Enterprise: int64(e), Kind: g.kind, Name: g.name, On: r.today()})
	}
	return nil
}
