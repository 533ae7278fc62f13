package front

import (
	"context"
	"errors"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

const columns = `f.realm_id, f.id, f.org_id, o.name, f.enterprise_id, f.project_id, f.title, f.theme, f.place, f.convener_id, coalesce(c.name, ''), f.charter,
	f.starts_on, f.ends_on, f.extended_from, f.state, f.reason, f.reached, f.not_reached, f.reuse, f.closed_on, f.created_by, f.created_at, f.version`

const from = ` FROM fronts f
	JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id
	LEFT JOIN persons c ON c.realm_id = f.realm_id AND c.id = f.convener_id`

func scan(r db.Row) (f Front, err error) {
	return f, r.Scan(&f.Realm, &f.ID, &f.Org, &f.OrgName, db.Null(&f.Enterprise), db.Null(&f.Project), &f.Title, &f.Theme, &f.Place, db.Null(&f.Convener),
		&f.ConvenerName, &f.Charter, (*db.Date)(&f.StartsOn), (*db.Date)(&f.EndsOn), (*db.Date)(&f.ExtendedFrom), &f.State, &f.Reason, &f.Reached, &f.Missed,
		&f.Reuse, (*db.Date)(&f.ClosedOn), db.Null(&f.CreatedBy), (*db.Instant)(&f.CreatedAt), &f.Version)
}

func find(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID, today core.Date) (Front, error) {
	f, err := db.One(ctx, q, scan, `SELECT `+columns+from+` WHERE f.realm_id = $1 AND f.id = $2`, realm, id)
	return f.standing(today), err
}

func insertFront(ctx context.Context, tx *db.Tx, f Front) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO fronts (realm_id, id, org_id, enterprise_id, project_id, title, theme, place, convener_id, charter, starts_on, ends_on, state, reason,
			reached, not_reached, reuse, created_by, created_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', '', '', '', $14, $15, $16)`,
		f.Realm, f.ID, f.Org, db.Null(&f.Enterprise), db.Null(&f.Project), f.Title, f.Theme, f.Place, db.Null(&f.Convener), f.Charter,
		db.Date(f.StartsOn), db.Date(f.EndsOn), f.State, db.Null(&f.CreatedBy), db.Instant(f.CreatedAt), f.Version)
	return err
}

// saveFront writes what may change; f.Version is the one that was read.
func saveFront(ctx context.Context, tx *db.Tx, f Front) error {
	n, err := tx.Exec(ctx, `
		UPDATE fronts SET ends_on = $4, extended_from = $5, state = $6, reason = $7, reached = $8, not_reached = $9, reuse = $10, closed_on = $11, version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $3`,
		f.Realm, f.ID, f.Version, db.Date(f.EndsOn), db.Date(f.ExtendedFrom), f.State, f.Reason, f.Reached, f.Missed, f.Reuse, db.Date(f.ClosedOn))
	if err == nil && n != 1 {
		return core.Fail(core.Conflict, "front.stale")
	}
	return err
}

func scanOrigin(r db.Row) (o Origin, err error) { return o, r.Scan(&o.ID, &o.Name) }

func origins(ctx context.Context, q db.Querier, realm core.RealmID, front core.ID) ([]Origin, error) {
	return db.All(ctx, q, scanOrigin, `
		SELECT o.id, o.name FROM front_orgs s JOIN orgs o ON o.realm_id = s.realm_id AND o.id = s.org_id
		WHERE s.realm_id = $1 AND s.front_id = $2 ORDER BY o.name, o.id`, realm, front)
}

// home is the branch of a person's membership, read where it lives.
const home = `
	LEFT JOIN memberships m ON m.realm_id = p.realm_id AND m.person_id = p.id AND m.superseded_at IS NULL AND m.valid_to = '9999-12-31'
	LEFT JOIN orgs h ON h.realm_id = m.realm_id AND h.id = m.org_id`

func scanPerson(r db.Row) (p Person, err error) {
	return p, r.Scan(&p.ID, &p.Name, &p.Home, &p.HomeName, (*db.Date)(&p.JoinedOn), (*db.Date)(&p.LeftOn))
}

func people(ctx context.Context, q db.Querier, realm core.RealmID, front core.ID) ([]Person, error) {
	all, err := db.All(ctx, q, scanPerson, `
		SELECT p.id, p.name, coalesce(h.id, 0), coalesce(h.name, ''), t.joined_on, t.left_on
		FROM front_people t JOIN persons p ON p.realm_id = t.realm_id AND p.id = t.person_id`+home+`
		WHERE t.realm_id = $1 AND t.front_id = $2 ORDER BY p.name_key, p.id, m.id`, realm, front)
	return unique(all), err
}

// unique keeps one row of a person who is a member in two places.
func unique(all []Person) []Person {
	var out []Person
	for _, p := range all {
		if len(out) == 0 || out[len(out)-1].ID != p.ID {
			out = append(out, p)
		}
	}
	return out
}

// candidates are the people who may take part: members of the organisations of
// a front or a project and below them. one narrows it to a person, name to a
// name; zero and empty are all, at most 300.
func candidates(ctx context.Context, q db.Querier, s scope, one core.PersonID, name string) ([]Person, error) {
	var all []Person
	for _, org := range append([]core.OrgID{s.org}, s.origins...) {
		in, err := access.RangeOf(ctx, q, s.realm, org)
		if err != nil {
			return nil, err
		}
		some, err := db.All(ctx, q, scanPerson, `
			SELECT p.id, p.name, h.id, h.name, NULL, NULL
			FROM orgs h
			JOIN memberships m ON m.realm_id = h.realm_id AND m.org_id = h.id AND m.superseded_at IS NULL AND m.valid_to = '9999-12-31'
			JOIN persons p ON p.realm_id = m.realm_id AND p.id = m.person_id AND p.removed_at IS NULL AND p.erased_at IS NULL
			WHERE h.realm_id = $1 AND h.path >= $2 AND h.path < $3 AND (p.id = $4 OR $4 = 0) AND (p.name = $5 OR $5 = '')
			ORDER BY p.name_key, p.id LIMIT 300`, s.realm, in.Lo, in.Hi, one, name)
		if err != nil {
			return nil, err
		}
		for _, p := range unique(some) {
			known := false
			for _, old := range all {
				known = known || old.ID == p.ID
			}
			if !known {
				all = append(all, p)
			}
		}
	}
	return all, nil
}

// A scope is what holds problems: a front or a project.
type scope struct {
	realm      core.RealmID
	front      core.ID
	project    core.ID
	title      string
	org        core.OrgID
	enterprise core.EnterpriseID
	origins    []core.OrgID
	lead       core.PersonID
	over       bool
}

func (s scope) id() core.ID {
	if s.front != 0 {
		return s.front
	}
	return s.project
}

func scopeOf(ctx context.Context, q db.Querier, realm core.RealmID, front, project core.ID, today core.Date) (scope, error) {
	if front != 0 {
		f, err := find(ctx, q, realm, front, today)
		if err != nil {
			return scope{}, err
		}
		from, err := origins(ctx, q, realm, front)
		return f.scope(from), err
	}
	return db.One(ctx, q, func(r db.Row) (s scope, err error) {
		s.realm = realm
		return s, r.Scan(&s.project, &s.title, &s.org, db.Null(&s.enterprise), db.Null(&s.lead))
	}, `SELECT id, title, org_id, enterprise_id, leader_id FROM projects WHERE realm_id = $1 AND id = $2`, realm, project)
}

func (f Front) scope(from []Origin) scope {
	s := scope{realm: f.Realm, front: f.ID, title: f.Title, org: f.Org, enterprise: f.Enterprise, lead: f.Convener, over: f.State.Over()}
	for _, o := range from {
		s.origins = append(s.origins, o.ID)
	}
	return s
}

// Rights are what an actor may do at a front or with a problem.
type Rights struct {
	Change bool // all of it
	Part   bool // takes part: raises problems, records tries
	Names  bool // sees the names of people
	Me     core.PersonID
}

// requireScope returns what the actor may do there, or core.NotFound.
func requireScope(ctx context.Context, q db.Querier, who access.Actor, s scope) (Rights, error) {
	var r Rights
	var err error
	if r.Me, err = access.Person(ctx, q, who); err != nil && !errors.Is(err, core.NotFound) {
		return r, err
	}
	if r.Me != 0 {
		n, err := db.One(ctx, q, db.Int, `
			SELECT (SELECT count(*) FROM front_people WHERE realm_id = $1 AND front_id = $2 AND person_id = $4 AND left_on IS NULL)
				+ (SELECT count(*) FROM project_people WHERE realm_id = $1 AND project_id = $3 AND person_id = $4)`, who.Realm, s.front, s.project, r.Me)
		if err != nil {
			return r, err
		}
		r.Part = n > 0 || s.lead == r.Me
	}
	allowed := func(do access.Action, where core.OrgID) bool {
		if err != nil && core.KindOf(err) != core.NotFound && core.KindOf(err) != core.Forbidden {
			return false
		}
		err = access.Require(ctx, q, who, do, where)
		return err == nil
	}
	sees := r.Part || allowed(access.SeeWork, s.org)
	for _, o := range s.origins {
		sees = sees || allowed(access.SeeWork, o)
	}
	r.Change = r.Me != 0 && s.lead == r.Me || allowed(access.ChangeWork, s.org)
	r.Names = r.Part || allowed(access.SeePeople, s.org)
	if k := core.KindOf(err); err != nil && k != core.NotFound && k != core.Forbidden {
		return r, err
	}
	if !sees {
		return r, core.NotFound
	}
	r.Part = r.Part || r.Change
	return r, nil
}
