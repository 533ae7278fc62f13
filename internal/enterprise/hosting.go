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
	"tongpin/internal/rule"
)

// A Hosting says that an enterprise hosts an organisation in a period. A joint
// branch is hosted by each enterprise that it covers.
type Hosting struct {
	ID           core.ID
	Org          core.OrgID
	OrgName      string       // as it is now; filled where a page shows it
	Kind         rule.OrgKind // the same
	DissolvedOn  core.Date    // the same
	Enterprise   core.EnterpriseID
	Period       core.Period
	Reason       string
	Batch        core.ID
	RecordedAt   time.Time
	SupersededAt time.Time
}

const hostingColumns = `h.id, h.org_id, h.enterprise_id, h.valid_from, h.valid_to, h.reason, h.batch_id, h.recorded_at, h.superseded_at`

func scanHosting(r db.Row) (h Hosting, err error) {
	return h, r.Scan(&h.ID, &h.Org, &h.Enterprise, (*db.Date)(&h.Period.From), (*db.Date)(&h.Period.To), &h.Reason, db.Null(&h.Batch),
		(*db.Instant)(&h.RecordedAt), (*db.Instant)(&h.SupersededAt))
}

// Host records that an enterprise hosts an organisation from a day on. The
// same pair on overlapping days is core.Conflict, and so is a branch that
// another enterprise hosts: such a branch is a joint one.
func Host(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, org core.OrgID, e core.EnterpriseID, from core.Date, batch core.ID) error {
	h := Hosting{Org: org, Enterprise: e, Period: core.Since(from), Batch: batch}
	if err := host(ctx, tx, who.Realm, now, []Hosting{h}); err != nil {
		return err
	}
	err := audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "hosting.begin", Org: org, Subject: "enterprise", SubjectID: core.ID(e),
		After: map[string]any{"org": org, "from": from, "batch": batch},
	})
	if err != nil {
		return err
	}
	return settle(ctx, tx, who, now, e)
}

// HostMany is Host for many at once, with Org, Enterprise, Period, Reason and
// Batch of each; a period may have ended. Same checks, few statements, one
// line in the journal and no clocks (see StartClocks).
func HostMany(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, hs []Hosting) error {
	if err := host(ctx, tx, who.Realm, now, hs); err != nil || len(hs) == 0 {
		return err
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "hosting.begin", Org: hs[0].Org, Subject: "enterprise", After: map[string]any{"hostings": len(hs), "batch": hs[0].Batch},
	})
}

func host(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, hs []Hosting) error {
	orgs, ids := make([]core.OrgID, len(hs)), make([]core.EnterpriseID, len(hs))
	for i, h := range hs {
		orgs[i], ids[i] = h.Org, h.Enterprise
	}
	at, err := places(ctx, tx, realm, distinct(orgs))
	if err != nil {
		return err
	}
	since, err := registered(ctx, tx, realm, distinct(ids))
	if err != nil {
		return err
	}
	there, err := some(ctx, tx, scanHosting, realm, distinct(orgs), `
		SELECT `+hostingColumns+` FROM hostings h WHERE h.realm_id = $1 AND h.superseded_at IS NULL AND h.org_id IN (`, `)`)
	if err != nil {
		return err
	}
	byOrg := map[core.OrgID][]Hosting{}
	for _, h := range there {
		byOrg[h.Org] = append(byOrg[h.Org], h)
	}
	rows := make([][]any, len(hs))
	for i, h := range hs {
		h.Reason = strings.TrimSpace(h.Reason)
		if err := h.check(core.DateOf(now), at[h.Org], since[h.Enterprise]); err != nil {
			return err
		}
		if err := h.fits(at[h.Org], byOrg[h.Org]); err != nil {
			return err
		}
		byOrg[h.Org] = append(byOrg[h.Org], h)
		rows[i] = []any{realm, core.NewID(now), h.Org, h.Enterprise, db.Date(h.Period.From), db.Date(h.Period.To), db.Instant(now), h.Reason, db.Null(&h.Batch)}
	}
	return db.Insert(ctx, tx, "hostings", "realm_id, id, org_id, enterprise_id, valid_from, valid_to, recorded_at, reason, batch_id", rows)
}

// check returns a core.Invalid error that names each field to correct.
func (h Hosting) check(today core.Date, at place, registered core.Date) error {
	var bad core.Fields
	bad.If(h.Period.From.IsZero(), "from", "enterprise.date.missing")
	bad.If(h.Period.From.After(today), "from", "enterprise.date.future", h.Period.From)
	bad.If(h.Period.From.Before(at.FoundedOn), "from", "enterprise.host.before_founded", at.Name, at.FoundedOn)
	bad.If(h.Period.From.Before(registered), "from", "enterprise.date.before_registered", registered)
	bad.If(!at.DissolvedOn.IsZero() && h.Period.To.After(at.DissolvedOn), "org", "enterprise.org.dissolved", at.Name)
	bad.If(!h.Period.From.Before(h.Period.To), "to", "enterprise.date.backwards")
	checkRemark(&bad, "reason", h.Reason)
	return bad.Err()
}

// fits returns core.Conflict if the hosting clashes with others of the same
// organisation.
func (h Hosting) fits(at place, there []Hosting) error {
	for _, o := range there {
		switch {
		case !h.Period.Overlaps(o.Period):
		case h.Enterprise == o.Enterprise:
			return core.Fail(core.Conflict, "enterprise.host.overlap", at.Name, o.Period.From)
		case rule.OrgKind(at.Kind) == rule.Branch:
			return core.Fail(core.Conflict, "enterprise.host.single", at.Name)
		}
	}
	return nil
}

// Unhost ends a hosting on a day: the enterprise hosts the organisation up to
// the day before. core.NotFound if it does not host it.
func Unhost(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, org core.OrgID, e core.EnterpriseID, on core.Date, reason string, batch core.ID) error {
	h, err := db.One(ctx, tx, scanHosting, `
		SELECT `+hostingColumns+` FROM hostings h
		WHERE h.realm_id = $1 AND h.org_id = $2 AND h.enterprise_id = $3 AND h.superseded_at IS NULL AND h.valid_to = '9999-12-31'`, who.Realm, org, e)
	if err != nil {
		return err
	}
	if err := checkEnd(h.Period, on, core.DateOf(now), reason); err != nil {
		return err
	}
	if err := supersede(ctx, tx, `UPDATE hostings SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, who.Realm, h.ID); err != nil {
		return err
	}
	if h.Period.From.Before(on) {
		_, err = tx.Exec(ctx, `
			INSERT INTO hostings (realm_id, id, org_id, enterprise_id, valid_from, valid_to, recorded_at, reason, batch_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Realm, core.NewID(now), org, e, db.Date(h.Period.From), db.Date(on), db.Instant(now), strings.TrimSpace(reason), db.Null(&batch))
		if err != nil {
			return err
		}
	}
	err = audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "hosting.end", Org: org, Subject: "enterprise", SubjectID: core.ID(e),
		Before: map[string]any{"org": org, "from": h.Period.From}, After: map[string]any{"on": on}, Note: reason,
	})
	if err != nil {
		return err
	}
	return settle(ctx, tx, who, now, e)
}

// checkEnd returns a core.Invalid error if a fact of that period cannot end on
// that day. The day on which it began takes it back altogether.
func checkEnd(p core.Period, on, today core.Date, reason string) error {
	var bad core.Fields
	bad.If(on.IsZero(), "on", "enterprise.date.missing")
	bad.If(on.After(today), "on", "enterprise.date.future", on)
	bad.If(!on.IsZero() && on.Before(p.From), "on", "enterprise.date.before_begin", p.From)
	checkRemark(&bad, "reason", reason)
	return bad.Err()
}

// registered returns the first day on the list of each enterprise; one that
// the realm does not have is core.NotFound.
func registered(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID) (map[core.EnterpriseID]core.Date, error) {
	type first struct {
		id core.EnterpriseID
		on core.Date
	}
	got, err := some(ctx, q, func(r db.Row) (f first, err error) { return f, r.Scan(&f.id, (*db.Date)(&f.on)) }, realm, ids, `
		SELECT f.enterprise_id, min(f.valid_from) FROM enterprise_facts f
		WHERE f.realm_id = $1 AND f.superseded_at IS NULL AND f.enterprise_id IN (`, `) GROUP BY f.enterprise_id`)
	if err != nil {
		return nil, err
	}
	all := make(map[core.EnterpriseID]core.Date, len(got))
	for _, f := range got {
		all[f.id] = f.on
	}
	if i := slices.IndexFunc(ids, func(id core.EnterpriseID) bool { return all[id].IsZero() }); i >= 0 {
		return nil, core.NotFound
	}
	return all, nil
}
