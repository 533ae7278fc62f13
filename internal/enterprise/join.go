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
)

// GroupingRoles lists what an enterprise may be in a grouping. The word of each
// is the catalog key enterprise.role.CODE.
var GroupingRoles = []string{"member", "lead", "service"}

// RoleTitle returns the word for what an enterprise is in a grouping.
func RoleTitle(role string) core.Msg { return core.M("enterprise.role." + role) }

// A Joining says that an enterprise stands in a grouping for a period.
type Joining struct {
	ID         core.ID
	Grouping   core.ID
	Kind       string // of the grouping; filled where a page shows it
	Name       string // the same
	Enterprise core.EnterpriseID
	Role       string // one of GroupingRoles; empty: member
	Period     core.Period
	Batch      core.ID
}

const joiningColumns = `j.id, j.grouping_id, j.enterprise_id, j.role, j.valid_from, j.valid_to, j.batch_id`

func scanJoining(r db.Row) (j Joining, err error) {
	return j, r.Scan(&j.ID, &j.Grouping, &j.Enterprise, &j.Role, (*db.Date)(&j.Period.From), (*db.Date)(&j.Period.To), db.Null(&j.Batch))
}

// Join puts an enterprise into the grouping of that kind and name from a day
// on. The grouping is made when the realm has none. An enterprise that stands
// in it already stays.
func Join(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, e core.EnterpriseID, kind, name string, from core.Date, batch core.ID) error {
	g, err := db.One(ctx, tx, scanGrouping, `
		SELECT `+groupingColumns+` FROM groupings g WHERE g.realm_id = $1 AND g.kind = $2 AND g.name_key = $3 ORDER BY g.id`,
		who.Realm, kind, names.Key(name))
	if core.KindOf(err) == core.NotFound {
		g, err = MakeGrouping(ctx, tx, who, now, Grouping{Kind: kind, Name: name}, from)
	}
	if err != nil {
		return err
	}
	standing, err := db.All(ctx, tx, scanJoining, `
		SELECT `+joiningColumns+` FROM grouping_members j
		WHERE j.realm_id = $1 AND j.grouping_id = $2 AND j.enterprise_id = $3 AND j.superseded_at IS NULL AND j.valid_to = '9999-12-31'`, who.Realm, g.ID, e)
	if err != nil || len(standing) > 0 {
		return err
	}
	return JoinMany(ctx, tx, who, now, []Joining{{Grouping: g.ID, Enterprise: e, Period: core.Since(from), Batch: batch}})
}

// JoinMany puts enterprises into groupings that exist. An enterprise that
// stands in one already on overlapping days is core.Conflict.
func JoinMany(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, js []Joining) error {
	var ids []core.EnterpriseID
	var groupings []core.ID
	for _, j := range js {
		ids, groupings = append(ids, j.Enterprise), append(groupings, j.Grouping)
	}
	since, err := registered(ctx, tx, who.Realm, distinct(ids))
	if err != nil {
		return err
	}
	there, err := some(ctx, tx, scanJoining, who.Realm, distinct(ids), `
		SELECT `+joiningColumns+` FROM grouping_members j WHERE j.realm_id = $1 AND j.superseded_at IS NULL AND j.enterprise_id IN (`, `)`)
	if err != nil {
		return err
	}
	known, err := some(ctx, tx, scanGrouping, who.Realm, distinct(groupings), `
		SELECT `+groupingColumns+` FROM groupings g WHERE g.realm_id = $1 AND g.id IN (`, `)`)
	if err != nil {
		return err
	}
	if len(known) != len(distinct(groupings)) {
		return core.NotFound
	}
	type pair struct {
		g core.ID
		e core.EnterpriseID
	}
	standing := map[pair][]core.Period{}
	for _, j := range there {
		p := pair{j.Grouping, j.Enterprise}
		standing[p] = append(standing[p], j.Period)
	}
	rows := make([][]any, len(js))
	for i, j := range js {
		if j.Role == "" {
			j.Role = GroupingRoles[0]
		}
		if err := j.check(core.DateOf(now), since[j.Enterprise]); err != nil {
			return err
		}
		p := pair{j.Grouping, j.Enterprise}
		if slices.ContainsFunc(standing[p], j.Period.Overlaps) {
			return core.Fail(core.Conflict, "enterprise.grouping.twice")
		}
		standing[p] = append(standing[p], j.Period)
		rows[i] = []any{who.Realm, core.NewID(now), j.Grouping, j.Enterprise, j.Role, db.Date(j.Period.From), db.Date(j.Period.To), db.Instant(now), db.Null(&j.Batch)}
	}
	err = db.Insert(ctx, tx, "grouping_members", "realm_id, id, grouping_id, enterprise_id, role, valid_from, valid_to, recorded_at, batch_id", rows)
	if err != nil || len(js) == 0 {
		return err
	}
	return journalJoinings(ctx, tx, who, now, js)
}

// journalJoinings writes one line for a single joining, one for all of many.
func journalJoinings(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, js []Joining) error {
	e := audit.Entry{By: who.By(), Action: "grouping.join", Subject: "enterprise", After: map[string]any{"joinings": len(js), "batch": js[0].Batch}}
	if len(js) == 1 {
		e.SubjectID, e.After = core.ID(js[0].Enterprise), map[string]any{"grouping": js[0].Grouping, "from": js[0].Period.From, "batch": js[0].Batch}
	}
	return audit.Write(ctx, tx, now, e)
}

func (j Joining) check(today, registered core.Date) error {
	var bad core.Fields
	bad.If(!slices.Contains(GroupingRoles, j.Role), "role", "enterprise.role.unknown", j.Role)
	bad.If(j.Period.From.IsZero(), "from", "enterprise.date.missing")
	bad.If(j.Period.From.After(today), "from", "enterprise.date.future", j.Period.From)
	bad.If(j.Period.From.Before(registered), "from", "enterprise.date.before_registered", registered)
	bad.If(!j.Period.From.Before(j.Period.To), "to", "enterprise.date.backwards")
	return bad.Err()
}

// Leave takes an enterprise out of a grouping on a day: it stood there up to
// the day before. core.NotFound if it does not stand in it.
func Leave(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, e core.EnterpriseID, grouping core.ID, on core.Date, batch core.ID) error {
	j, err := db.One(ctx, tx, scanJoining, `
		SELECT `+joiningColumns+` FROM grouping_members j
		WHERE j.realm_id = $1 AND j.grouping_id = $2 AND j.enterprise_id = $3 AND j.superseded_at IS NULL AND j.valid_to = '9999-12-31'`, who.Realm, grouping, e)
	if err != nil {
		return err
	}
	if err := checkEnd(j.Period, on, core.DateOf(now), ""); err != nil {
		return err
	}
	if err := supersede(ctx, tx, `UPDATE grouping_members SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, who.Realm, j.ID); err != nil {
		return err
	}
	if j.Period.From.Before(on) {
		_, err = tx.Exec(ctx, `
			INSERT INTO grouping_members (realm_id, id, grouping_id, enterprise_id, role, valid_from, valid_to, recorded_at, batch_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Realm, core.NewID(now), grouping, e, j.Role, db.Date(j.Period.From), db.Date(on), db.Instant(now), db.Null(&batch))
		if err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "grouping.leave", Subject: "enterprise", SubjectID: core.ID(e),
		Before: map[string]any{"grouping": grouping, "from": j.Period.From}, After: map[string]any{"on": on},
	})
}
