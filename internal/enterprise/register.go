package enterprise

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
	"tongpin/internal/org"
)

// Register puts an enterprise on the list, starts its clocks and writes the
// journal. A credit code that another enterprise has is core.Conflict and
// names it.
func Register(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, r Registration) (Enterprise, error) {
	all, err := register(ctx, tx, who.Realm, now, []Registration{r})
	if err != nil {
		return Enterprise{}, err
	}
	e := all[0]
	err = audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "enterprise.register", Org: e.Org, Subject: "enterprise", SubjectID: core.ID(e.ID), After: e.record(), Note: r.Reason,
	})
	if err != nil {
		return Enterprise{}, err
	}
	return e, settle(ctx, tx, who, now, e.ID)
}

// RegisterMany is Register for many at once: same checks, few statements, one
// line in the journal. It starts no clocks: call StartClocks when everything
// that belongs to the enterprises is written.
func RegisterMany(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, rs []Registration) ([]Enterprise, error) {
	all, err := register(ctx, tx, who.Realm, now, rs)
	if err != nil || len(all) == 0 {
		return all, err
	}
	return all, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "enterprise.register", Org: all[0].Org, Subject: "enterprise",
		After: map[string]any{"enterprises": len(all), "batch": rs[0].Batch},
	})
}

func register(ctx context.Context, tx *db.Tx, realm core.RealmID, now time.Time, rs []Registration) ([]Enterprise, error) {
	today := core.DateOf(now)
	rs = slices.Clone(rs)
	for i := range rs {
		rs[i] = rs[i].clean(today)
		if err := rs[i].check(today); err != nil {
			return nil, err
		}
	}
	if err := freeCodes(ctx, tx, realm, rs); err != nil {
		return nil, err
	}
	at, err := places(ctx, tx, realm, orgsOf(rs))
	if err != nil {
		return nil, err
	}
	all, facts := make([]Enterprise, len(rs)), [][]any(nil)
	for i, r := range rs {
		line, err := r.line(today)
		if err != nil {
			return nil, err
		}
		e := Enterprise{Realm: realm, ID: r.ID, CreditCode: r.CreditCode, Version: 1, CreatedAt: now}
		if e.ID == 0 {
			e.ID = core.EnterpriseID(core.NewID(now))
		}
		for n := range line {
			line[n].ID, line[n].RecordedAt = core.NewID(now), now
			facts = append(facts, factRow(realm, e.ID, &line[n]))
		}
		e.take(line[len(line)-1].Values)
		if !at[e.Org].DissolvedOn.IsZero() {
			return nil, core.Fail(core.Invalid, "enterprise.org.dissolved", at[e.Org].Name)
		}
		e.Path = at[e.Org].Path
		all[i] = e
	}
	return all, insert(ctx, tx, realm, all, facts)
}

// take repeats the fact that holds now.
func (e *Enterprise) take(v Values) {
	e.Org, e.Name, e.Type, e.Industry = v.Org, v.Name, v.Type, v.Industry
	e.Employees, e.ForeignShare, e.MembersFound = v.Employees, v.ForeignShare, v.MembersFound
	e.State, e.VerifiedOn = v.State, v.VerifiedOn
}

// line returns the facts that the registration and its history tell.
func (r Registration) line(today core.Date) ([]Fact, error) {
	first := Fact{
		Period: core.Since(r.From), Reason: r.Reason, Batch: r.Batch,
		Values: Values{
			Org: r.Org, Name: r.Name, Type: r.Type, Industry: r.Industry, Employees: r.Employees, ForeignShare: r.ForeignShare,
			MembersFound: r.MembersFound, State: r.State, VerifiedOn: r.VerifiedOn,
		},
	}
	line := []Fact{first}
	for _, c := range r.History {
		c = c.clean(today)
		if err := c.check(today, r.From); err != nil {
			return nil, err
		}
		gone, added := amend(line, c)
		line = append(line[:len(line)-len(gone)], added...)
	}
	return line, nil
}

func orgsOf(rs []Registration) []core.OrgID {
	var ids []core.OrgID
	for _, r := range rs {
		ids = append(ids, r.Org)
		for _, c := range r.History {
			if c.Org != nil {
				ids = append(ids, *c.Org)
			}
		}
	}
	return distinct(ids)
}

// freeCodes returns core.Conflict if a credit code stands twice among the
// registrations or belongs to an enterprise already.
func freeCodes(ctx context.Context, q db.Querier, realm core.RealmID, rs []Registration) error {
	var codes []string
	by := map[string]string{}
	for _, r := range rs {
		if r.CreditCode == "" {
			continue
		}
		if name, twice := by[r.CreditCode]; twice {
			return core.Fail(core.Conflict, "enterprise.code.taken", r.CreditCode, name)
		}
		by[r.CreditCode] = r.Name
		codes = append(codes, r.CreditCode)
	}
	for part := range slices.Chunk(codes, part) {
		args := []any{realm}
		for _, c := range part {
			args = append(args, c)
		}
		taken, err := db.All(ctx, q, scan, `
			SELECT `+columns+` FROM enterprises e WHERE e.realm_id = $1 AND e.credit_code IN (`+db.Marks(2, len(part))+`) ORDER BY e.id`, args...)
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			return core.Fail(core.Conflict, "enterprise.code.taken", taken[0].CreditCode, taken[0].Name)
		}
	}
	return nil
}

func insert(ctx context.Context, tx *db.Tx, realm core.RealmID, all []Enterprise, facts [][]any) error {
	rows, ids, words := make([][]any, len(all)), make([]int64, len(all)), make([][]string, len(all))
	deltas := map[core.OrgID]map[string]int{}
	for i := range all {
		rows[i], ids[i], words[i] = row(&all[i]), int64(all[i].ID), names.Words(all[i].Name)
		count(deltas, all[i].Org, all[i].State, 1)
	}
	if err := db.Insert(ctx, tx, "enterprises", insertColumns, rows); err != nil {
		return err
	}
	if err := db.Insert(ctx, tx, "enterprise_facts", factInsertColumns, facts); err != nil {
		return err
	}
	if err := db.EnterpriseSearch.IndexMany(ctx, tx, ids, words); err != nil {
		return err
	}
	return org.Count(ctx, tx, realm, deltas)
}

// count adds to the counters what an enterprise in that state is.
func count(deltas map[core.OrgID]map[string]int, at core.OrgID, state string, by int) {
	if !OnTheBooks(state) {
		return
	}
	if deltas[at] == nil {
		deltas[at] = map[string]int{}
	}
	deltas[at]["enterprises"] += by
}

// Apply changes an enterprise from a day on, today or earlier, and repeats in
// its list row what holds now. A change that says what is known already does
// nothing. An outdated version is
// core.Conflict with a Stale.
func Apply(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.EnterpriseID, c Change) (Enterprise, error) {
	e, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return Enterprise{}, err
	}
	if err := e.fresh(c.Version); err != nil {
		return Enterprise{}, err
	}
	facts, err := line(ctx, tx, who.Realm, id, knownAt(core.Moment{}))
	if err != nil {
		return Enterprise{}, err
	}
	c = c.clean(core.DateOf(now))
	if err := c.check(core.DateOf(now), facts[0].Period.From); err != nil {
		return Enterprise{}, err
	}
	if c.CreditCode != nil && *c.CreditCode != e.CreditCode {
		if err := freeCodes(ctx, tx, who.Realm, []Registration{{CreditCode: *c.CreditCode}}); err != nil {
			return Enterprise{}, err
		}
	}
	gone, added := amend(facts, c)
	was := e
	if len(added) > 0 {
		if last := added[len(added)-1]; last.Period.Open() {
			e.take(last.Values)
		}
	}
	if c.CreditCode != nil {
		e.CreditCode = *c.CreditCode
	}
	if len(added) == 0 && e.CreditCode == was.CreditCode {
		return e, nil
	}
	return change(ctx, tx, who, now, was, e, gone, added, c)
}

// change writes an enterprise that became another.
func change(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, was, e Enterprise, gone, added []Fact, c Change) (Enterprise, error) {
	p, err := placeOf(ctx, tx, who.Realm, e.Org)
	if err != nil {
		return Enterprise{}, err
	}
	if e.Org != was.Org && !p.DissolvedOn.IsZero() {
		return Enterprise{}, core.Fail(core.Invalid, "enterprise.org.dissolved", p.Name)
	}
	if e.Org != was.Org && c.On.Before(p.FoundedOn) {
		return Enterprise{}, core.Fail(core.Invalid, "enterprise.host.before_founded", p.Name, p.FoundedOn)
	}
	e.Path = p.Path
	e.Version++
	if err := write(ctx, tx, now, e, gone, added); err != nil {
		return Enterprise{}, err
	}
	if e.Name != was.Name {
		if err := reindex(ctx, tx, e); err != nil {
			return Enterprise{}, err
		}
	}
	deltas := map[core.OrgID]map[string]int{}
	count(deltas, was.Org, was.State, -1)
	count(deltas, e.Org, e.State, 1)
	if was.Org != e.Org || OnTheBooks(was.State) != OnTheBooks(e.State) {
		if err := org.Count(ctx, tx, who.Realm, deltas); err != nil {
			return Enterprise{}, err
		}
	}
	err = audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "enterprise.change", Org: e.Org, Subject: "enterprise", SubjectID: core.ID(e.ID),
		Before: was.record(), After: e.record(), Note: c.Reason,
	})
	if err != nil {
		return Enterprise{}, err
	}
	return e, settle(ctx, tx, who, now, e.ID)
}

func reindex(ctx context.Context, tx *db.Tx, e Enterprise) error {
	if err := db.EnterpriseSearch.Unindex(ctx, tx, int64(e.ID)); err != nil {
		return err
	}
	return db.EnterpriseSearch.Index(ctx, tx, int64(e.ID), names.Words(e.Name))
}

// record is the enterprise as the journal keeps it.
func (e Enterprise) record() map[string]any {
	return map[string]any{
		"name": e.Name, "credit_code": e.CreditCode, "org": e.Org, "type": e.Type, "industry": e.Industry, "employees": e.Employees,
		"foreign_share": e.ForeignShare, "members_found": e.MembersFound, "state": e.State, "verified_on": e.VerifiedOn, "version": e.Version,
	}
}
