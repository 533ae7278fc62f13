package enterprise

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A MassBody is a trade union or youth league through which Party work is done
// in an enterprise.
type MassBody struct {
	ID         core.ID
	Enterprise core.EnterpriseID
	Kind       string // one of MassKinds
	Period     core.Period
}

const massColumns = `b.id, b.enterprise_id, b.kind, b.valid_from, b.valid_to`

func scanMass(r db.Row) (b MassBody, err error) {
	return b, r.Scan(&b.ID, &b.Enterprise, &b.Kind, (*db.Date)(&b.Period.From), (*db.Date)(&b.Period.To))
}

// BeginMass records that Party work in enterprises is done through a mass body.
// The same kind on overlapping days is core.Conflict.
func BeginMass(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, bs []MassBody) error {
	var ids []core.EnterpriseID
	for _, b := range bs {
		ids = append(ids, b.Enterprise)
	}
	since, err := registered(ctx, tx, who.Realm, distinct(ids))
	if err != nil {
		return err
	}
	there, err := some(ctx, tx, scanMass, who.Realm, distinct(ids), `
		SELECT `+massColumns+` FROM mass_bodies b WHERE b.realm_id = $1 AND b.superseded_at IS NULL AND b.enterprise_id IN (`, `)`)
	if err != nil {
		return err
	}
	standing := map[core.EnterpriseID][]MassBody{}
	for _, b := range there {
		standing[b.Enterprise] = append(standing[b.Enterprise], b)
	}
	rows := make([][]any, len(bs))
	for i, b := range bs {
		if b.Period.To.IsZero() {
			b.Period.To = core.Forever
		}
		var bad core.Fields
		bad.If(!slices.Contains(MassKinds, b.Kind), "kind", "enterprise.mass.unknown", b.Kind)
		bad.If(b.Period.From.IsZero(), "from", "enterprise.date.missing")
		bad.If(b.Period.From.After(core.DateOf(now)), "from", "enterprise.date.future", b.Period.From)
		bad.If(b.Period.From.Before(since[b.Enterprise]), "from", "enterprise.date.before_registered", since[b.Enterprise])
		bad.If(!b.Period.From.Before(b.Period.To), "to", "enterprise.date.backwards")
		if err := bad.Err(); err != nil {
			return err
		}
		if slices.ContainsFunc(standing[b.Enterprise], func(o MassBody) bool { return o.Kind == b.Kind && o.Period.Overlaps(b.Period) }) {
			return core.Fail(core.Conflict, "enterprise.mass.twice")
		}
		standing[b.Enterprise] = append(standing[b.Enterprise], b)
		rows[i] = []any{who.Realm, core.NewID(now), b.Enterprise, b.Kind, db.Date(b.Period.From), db.Date(b.Period.To), db.Instant(now)}
	}
	err = db.Insert(ctx, tx, "mass_bodies", "realm_id, id, enterprise_id, kind, valid_from, valid_to, recorded_at", rows)
	if err != nil || len(bs) == 0 {
		return err
	}
	e := audit.Entry{By: who.By(), Action: "mass_body.begin", Subject: "enterprise", After: map[string]any{"bodies": len(bs)}}
	if len(bs) == 1 {
		e.SubjectID, e.After = core.ID(bs[0].Enterprise), map[string]any{"kind": bs[0].Kind, "from": bs[0].Period.From}
	}
	return audit.Write(ctx, tx, now, e)
}

// EndMass ends the mass body of that kind on a day. core.NotFound if there is
// none.
func EndMass(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, e core.EnterpriseID, kind string, on core.Date) error {
	b, err := db.One(ctx, tx, scanMass, `
		SELECT `+massColumns+` FROM mass_bodies b
		WHERE b.realm_id = $1 AND b.enterprise_id = $2 AND b.kind = $3 AND b.superseded_at IS NULL AND b.valid_to = '9999-12-31'`, who.Realm, e, kind)
	if err != nil {
		return err
	}
	if err := checkEnd(b.Period, on, core.DateOf(now), ""); err != nil {
		return err
	}
	if err := supersede(ctx, tx, `UPDATE mass_bodies SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, who.Realm, b.ID); err != nil {
		return err
	}
	if b.Period.From.Before(on) {
		_, err = tx.Exec(ctx, `
			INSERT INTO mass_bodies (realm_id, id, enterprise_id, kind, valid_from, valid_to, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			who.Realm, core.NewID(now), e, kind, db.Date(b.Period.From), db.Date(on), db.Instant(now))
		if err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "mass_body.end", Subject: "enterprise", SubjectID: core.ID(e),
		Before: map[string]any{"kind": kind, "from": b.Period.From}, After: map[string]any{"on": on},
	})
}

// A Plan says when and by whom an enterprise that is not covered is to be
// covered, and what stands in the way.
type Plan struct {
	ID         core.ID
	Enterprise core.EnterpriseID
	PlannedOn  core.Date  // zero: no day is set
	Owner      core.OrgID // zero: the organisation that looks after the enterprise
	Obstacle   string     // one of Obstacles, or empty
	Note       string
	Period     core.Period
}

// IsZero reports whether nothing is planned.
func (p Plan) IsZero() bool {
	return p.PlannedOn.IsZero() && p.Owner == 0 && p.Obstacle == "" && p.Note == ""
}

const planColumns = `p.id, p.enterprise_id, p.planned_on, p.owner_org_id, p.obstacle, p.note, p.valid_from, p.valid_to`

func scanPlan(r db.Row) (p Plan, err error) {
	return p, r.Scan(&p.ID, &p.Enterprise, (*db.Date)(&p.PlannedOn), db.Null(&p.Owner), &p.Obstacle, &p.Note,
		(*db.Date)(&p.Period.From), (*db.Date)(&p.Period.To))
}

const planInsertColumns = "realm_id, id, enterprise_id, planned_on, owner_org_id, obstacle, note, valid_from, valid_to, recorded_at"

func (p *Plan) row(realm core.RealmID, now time.Time) []any {
	return []any{
		realm, core.NewID(now), p.Enterprise, db.Date(p.PlannedOn), db.Null(&p.Owner), p.Obstacle, p.Note,
		db.Date(p.Period.From), db.Date(p.Period.To), db.Instant(now),
	}
}

func (p Plan) check(today, registered core.Date) error {
	var bad core.Fields
	bad.If(p.Obstacle != "" && !slices.Contains(Obstacles, p.Obstacle), "obstacle", "enterprise.plan.obstacle", p.Obstacle)
	bad.If(!p.PlannedOn.IsZero() && p.PlannedOn.Before(p.Period.From), "planned_on", "enterprise.plan.past", p.Period.From)
	bad.If(p.Period.From.After(today), "from", "enterprise.date.future", p.Period.From)
	bad.If(p.Period.From.Before(registered), "from", "enterprise.date.before_registered", registered)
	bad.If(!p.Period.From.Before(p.Period.To), "to", "enterprise.date.backwards")
	checkRemark(&bad, "note", p.Note)
	return bad.Err()
}

// SetPlan sets what holds from Period.From on, which is today when zero; a Plan
// with nothing in it withdraws what was planned.
func SetPlan(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, p Plan) error {
	p.Note = strings.TrimSpace(p.Note)
	p.Period.To = core.Forever
	if p.Period.From.IsZero() {
		p.Period.From = core.DateOf(now)
	}
	since, err := registered(ctx, tx, who.Realm, []core.EnterpriseID{p.Enterprise})
	if err != nil {
		return err
	}
	if err := p.check(core.DateOf(now), since[p.Enterprise]); err != nil {
		return err
	}
	if p.Owner != 0 {
		if at, err := placeOf(ctx, tx, who.Realm, p.Owner); err != nil {
			return err
		} else if !at.DissolvedOn.IsZero() {
			return core.Fail(core.Invalid, "enterprise.org.dissolved", at.Name)
		}
	}
	was, err := endPlan(ctx, tx, who, now, p.Enterprise, p.Period.From)
	if err != nil {
		return err
	}
	if !p.IsZero() {
		if err := db.Insert(ctx, tx, "coverage_plans", planInsertColumns, [][]any{p.row(who.Realm, now)}); err != nil {
			return err
		}
	}
	err = audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "plan.set", Org: p.Owner, Subject: "enterprise", SubjectID: core.ID(p.Enterprise), Before: was.record(), After: p.record(),
	})
	if err != nil {
		return err
	}
	return settle(ctx, tx, who, now, p.Enterprise)
}

func (p Plan) record() map[string]any {
	return map[string]any{"planned_on": p.PlannedOn, "owner": p.Owner, "obstacle": p.Obstacle, "note": p.Note, "from": p.Period.From}
}

// endPlan ends what is planned on a day and returns it, or the zero Plan.
func endPlan(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, e core.EnterpriseID, on core.Date) (Plan, error) {
	standing, err := db.All(ctx, tx, scanPlan, `
		SELECT `+planColumns+` FROM coverage_plans p
		WHERE p.realm_id = $1 AND p.enterprise_id = $2 AND p.superseded_at IS NULL AND p.valid_to = '9999-12-31'`, who.Realm, e)
	if err != nil || len(standing) == 0 {
		return Plan{}, err
	}
	was := standing[0]
	if err := checkEnd(was.Period, on, core.DateOf(now), ""); err != nil {
		return Plan{}, err
	}
	if err := supersede(ctx, tx, `UPDATE coverage_plans SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, who.Realm, was.ID); err != nil {
		return Plan{}, err
	}
	if !was.Period.From.Before(on) {
		return was, nil
	}
	head := was
	head.Period.To = on
	return was, db.Insert(ctx, tx, "coverage_plans", planInsertColumns, [][]any{head.row(who.Realm, now)})
}

// SetPlans is SetPlan for many enterprises that have none yet: same checks, few
// statements, one line in the journal and no clocks (see StartClocks).
func SetPlans(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, ps []Plan) error {
	var ids []core.EnterpriseID
	for _, p := range ps {
		ids = append(ids, p.Enterprise)
	}
	since, err := registered(ctx, tx, who.Realm, distinct(ids))
	if err != nil {
		return err
	}
	rows := make([][]any, len(ps))
	for i, p := range ps {
		if p.Period.To.IsZero() {
			p.Period.To = core.Forever
		}
		if err := p.check(core.DateOf(now), since[p.Enterprise]); err != nil {
			return err
		}
		rows[i] = p.row(who.Realm, now)
	}
	if err := db.Insert(ctx, tx, "coverage_plans", planInsertColumns, rows); err != nil || len(ps) == 0 {
		return err
	}
	return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "plan.set", Subject: "enterprise", After: map[string]any{"plans": len(ps)}})
}
