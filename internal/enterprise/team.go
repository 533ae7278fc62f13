package enterprise

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Team is a shift, workshop or group of an enterprise. Org is the
// organisation to which it belongs, if any.
type Team struct {
	ID         core.ID
	Enterprise core.EnterpriseID
	Org        core.OrgID
	Name       string
	FormedOn   core.Date // zero: not known
	EndedOn    core.Date // zero while it works
	Version    int
}

const teamColumns = `t.id, t.enterprise_id, t.org_id, t.name, t.formed_on, t.ended_on, t.version`

func scanTeam(r db.Row) (t Team, err error) {
	return t, r.Scan(&t.ID, &t.Enterprise, db.Null(&t.Org), &t.Name, (*db.Date)(&t.FormedOn), (*db.Date)(&t.EndedOn), &t.Version)
}

// FindTeam returns the team of that id, or core.NotFound.
func FindTeam(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Team, error) {
	return db.One(ctx, q, scanTeam, `SELECT `+teamColumns+` FROM teams t WHERE t.realm_id = $1 AND t.id = $2`, realm, id)
}

// Teams returns the teams of an enterprise: those at work first, by name.
func Teams(ctx context.Context, q db.Querier, realm core.RealmID, e core.EnterpriseID) ([]Team, error) {
	return db.All(ctx, q, scanTeam, `
		SELECT `+teamColumns+` FROM teams t WHERE t.realm_id = $1 AND t.enterprise_id = $2
		ORDER BY CASE WHEN t.ended_on IS NULL THEN 0 ELSE 1 END, t.name, t.id`, realm, e)
}

func (t Team) check(today core.Date) error {
	var bad core.Fields
	bad.If(t.Name == "", "name", "enterprise.name.missing")
	bad.If(utf8.RuneCountInString(t.Name) > maxName, "name", "enterprise.name.long", maxName)
	bad.If(t.FormedOn.After(today), "formed_on", "enterprise.date.future", t.FormedOn)
	return bad.Err()
}

// FormTeams forms teams in enterprises of the realm. A name that the
// enterprise has already is core.Conflict.
func FormTeams(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, ts []Team) ([]Team, error) {
	rows := make([][]any, len(ts))
	out := make([]Team, len(ts))
	var ids []core.EnterpriseID
	var orgs []core.OrgID
	for i, t := range ts {
		t.Name, t.Version = strings.TrimSpace(t.Name), 1
		if t.ID == 0 {
			t.ID = core.NewID(now)
		}
		if err := t.check(core.DateOf(now)); err != nil {
			return nil, err
		}
		out[i], ids = t, append(ids, t.Enterprise)
		if t.Org != 0 {
			orgs = append(orgs, t.Org)
		}
		rows[i] = []any{who.Realm, t.ID, t.Enterprise, db.Null(&out[i].Org), t.Name, db.Date(t.FormedOn), t.Version, db.Instant(now)}
	}
	if _, err := registered(ctx, tx, who.Realm, distinct(ids)); err != nil {
		return nil, err
	}
	if _, err := places(ctx, tx, who.Realm, distinct(orgs)); err != nil {
		return nil, err
	}
	err := db.Insert(ctx, tx, "teams", "realm_id, id, enterprise_id, org_id, name, formed_on, version, created_at", rows)
	if err != nil || len(ts) == 0 {
		return out, err
	}
	e := audit.Entry{By: who.By(), Action: "team.form", Subject: "enterprise", After: map[string]any{"teams": len(ts)}}
	if len(ts) == 1 {
		e.SubjectID, e.After = core.ID(ts[0].Enterprise), map[string]any{"name": out[0].Name, "team": out[0].ID}
	}
	return out, audit.Write(ctx, tx, now, e)
}

// A TeamChange renames a team, or ends it; what is nil stays.
type TeamChange struct {
	Name    *string
	EndedOn *core.Date
	Version int // 0: do not compare
}

// ChangeTeam applies a change to a team.
func ChangeTeam(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.ID, c TeamChange) (Team, error) {
	was, err := FindTeam(ctx, tx, who.Realm, id)
	if err != nil {
		return Team{}, err
	}
	if c.Version != 0 && c.Version != was.Version {
		return Team{}, core.Fail(core.Conflict, "enterprise.team.stale", was.Name, c.Version, was.Version)
	}
	t := was
	t.Version++
	if c.Name != nil {
		t.Name = strings.TrimSpace(*c.Name)
	}
	if c.EndedOn != nil {
		t.EndedOn = *c.EndedOn
	}
	if err := t.check(core.DateOf(now)); err != nil {
		return Team{}, err
	}
	var bad core.Fields
	bad.If(t.EndedOn.After(core.DateOf(now)), "ended_on", "enterprise.date.future", t.EndedOn)
	bad.If(!t.EndedOn.IsZero() && t.EndedOn.Before(t.FormedOn), "ended_on", "enterprise.date.before_begin", t.FormedOn)
	if err := bad.Err(); err != nil {
		return Team{}, err
	}
	n, err := tx.Exec(ctx, `UPDATE teams SET name = $3, ended_on = $4, version = $5 WHERE realm_id = $1 AND id = $2 AND version = $5 - 1`,
		who.Realm, id, t.Name, db.Date(t.EndedOn), t.Version)
	if err == nil && n == 0 {
		err = core.Fail(core.Conflict, "error.conflict")
	}
	if err != nil {
		return Team{}, err
	}
	return t, audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "team.change", Subject: "enterprise", SubjectID: core.ID(t.Enterprise),
		Before: map[string]any{"name": was.Name, "ended_on": was.EndedOn}, After: map[string]any{"name": t.Name, "ended_on": t.EndedOn},
	})
}
