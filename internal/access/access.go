// Package access answers one question: may this actor do that, there?
package access

import (
	"context"
	"slices"
	"time"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// An Actor is whoever is asking: a user of a realm, or the machine's
// administrator on the command line, who may do everything in it.
type Actor struct {
	Realm   core.RealmID
	User    core.UserID
	Via     string // audit.Page, audit.Command, audit.Server
	Machine bool
}

// Machine returns the machine's administrator, acting on the command line.
func Machine(realm core.RealmID) Actor {
	return Actor{Realm: realm, Via: audit.Command, Machine: true}
}

// By names the actor for the journal.
func (a Actor) By() audit.By { return audit.By{Realm: a.Realm, User: a.User, Via: a.Via} }

// A Role is granted in an organisation and holds for everything below it, or
// for one enterprise.
type Role string

// The roles.
const (
	System     Role = "system"     // administrator of the settings; sees no person's fields
	Security   Role = "security"   // administrator of accounts and roles; sees no person's fields
	Auditor    Role = "auditor"    // administrator who reads the journal; sees no person's fields
	Department Role = "department" // an organisation department: counts and organisations, no names
	Registrar  Role = "registrar"  // keeps the rosters below: names, and fields with a purpose
	Secretary  Role = "secretary"  // leads a committee or a branch and keeps its roster
	Member     Role = "member"     // sees the organisation, and his or her own record
	Manager    Role = "manager"    // of an enterprise: what is done there, no person's fields
)

// Roles lists them in the order in which they are offered.
var Roles = []Role{System, Security, Auditor, Department, Registrar, Secretary, Member, Manager}

// Administrators are the three that none can do another's work.
var Administrators = []Role{System, Security, Auditor}

// Apart reports whether no account may hold both roles: two different
// administrators, or an administrator and whoever reads people's fields.
func Apart(a, b Role) bool {
	admin := func(r Role) bool { return slices.Contains(Administrators, r) }
	return a != b && (admin(a) && (admin(b) || Allows(b, SeePeople)) || admin(b) && Allows(a, SeePeople))
}

// An Action is something a role may allow.
type Action string

// The actions.
const (
	SeeOrgs           Action = "see.orgs"           // organisations and counts
	SeeEnterprises    Action = "see.enterprises"    // enterprises, groupings, coverage
	SeePeople         Action = "see.people"         // names and rosters
	OpenFields        Action = "open.fields"        // id number and phone, with a purpose
	ChangeOrgs        Action = "change.orgs"        // found, rename, change, dissolve, terms
	PlaceOrgs         Action = "place.orgs"         // move, merge, split: also on the old and the new parent
	ChangeEnterprises Action = "change.enterprises" // enterprises, hosting, groupings, instructors, plans
	ChangePeople      Action = "change.people"      // people and memberships
	ImportOrgs        Action = "import.orgs"
	ImportPeople      Action = "import.people"
	ExportPeople      Action = "export.people"
	SeeFigures        Action = "see.figures"
	GiveOpinions      Action = "give.opinions"   // complaints, suggestions, faults
	AnswerOpinions    Action = "answer.opinions" // of those below
	HandleClocks      Action = "handle.clocks"   // snooze, hand over, end
	ManageUsers       Action = "manage.users"    // accounts, roles
	ManageSettings    Action = "manage.settings" // what holds for the whole realm
	SeeJournal        Action = "see.journal"
	SeeRetention      Action = "see.retention"  // what is kept how long, and how many are due
	ResetAccounts     Action = "reset.accounts" // hand a code for a new password over in person
	SeeWork           Action = "see.work"       // projects, topics, problems, posts, studios, credit: no names of people
	ChangeWork        Action = "change.work"    // all of these; who leads one changes that one without it, see Person
)

// allows is the whole policy. A new action is one line here and nowhere else.
var allows = map[Action][]Role{
	SeeOrgs:           {System, Security, Auditor, Department, Registrar, Secretary, Member, Manager},
	SeeEnterprises:    {Department, Registrar, Secretary, Member, Manager},
	SeePeople:         {Registrar, Secretary},
	OpenFields:        {Registrar, Secretary},
	ChangeOrgs:        {Department, Registrar},
	PlaceOrgs:         {Department, Registrar},
	ChangeEnterprises: {Department, Registrar, Secretary},
	ChangePeople:      {Registrar, Secretary},
	ImportOrgs:        {Department, Registrar},
	ImportPeople:      {Registrar, Secretary},
	ExportPeople:      {Registrar, Secretary},
	SeeFigures:        {Department, Registrar, Secretary, Manager},
	GiveOpinions:      {System, Security, Auditor, Department, Registrar, Secretary, Member, Manager},
	AnswerOpinions:    {Department, Registrar, Secretary},
	HandleClocks:      {Department, Registrar, Secretary},
	ManageUsers:       {Security},
	ManageSettings:    {System},
	SeeJournal:        {Auditor},
	SeeRetention:      {System, Security, Auditor, Registrar},
	ResetAccounts:     {Security, Secretary},
	SeeWork:           {Department, Registrar, Secretary, Member, Manager},
	ChangeWork:        {Registrar, Secretary},
}

// Allows reports whether a role allows an action where it holds.
func Allows(r Role, do Action) bool { return slices.Contains(allows[do], r) }

// Require returns nil if the actor may do the action in the organisation,
// core.Forbidden if the actor may only look, and core.NotFound if the actor
// may not even know that the organisation exists. Call it inside the
// transaction, so that a role taken away meanwhile counts.
func Require(ctx context.Context, q db.Querier, who Actor, do Action, where core.OrgID) error {
	held, err := rolesAt(ctx, q, who, where)
	if err != nil || who.Machine {
		return err
	}
	return decide(held, do)
}

// rolesAt returns the roles that the actor holds in an organisation or above
// it. The machine's administrator needs none; for him or her the error alone
// says whether there is such an organisation.
func rolesAt(ctx context.Context, q db.Querier, who Actor, where core.OrgID) ([]Role, error) {
	if who.Machine {
		_, err := db.One(ctx, q, db.Int, `SELECT depth FROM orgs WHERE realm_id = $1 AND id = $2`, who.Realm, where)
		return nil, err
	}
	return db.All(ctx, q, scanRole, `
		SELECT g.role
		FROM orgs o
		JOIN grants g ON g.realm_id = o.realm_id AND g.user_id = $2 AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'
		JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $4
		JOIN orgs a ON a.realm_id = o.realm_id AND a.id = g.org_id
		WHERE o.realm_id = $1 AND o.id = $3 AND substr(o.path, 1, length(a.path)) = a.path`,
		who.Realm, who.User, where, false)
}

// RequireEnterprise is Require for an enterprise: a role in an organisation
// above it counts, and so does a role granted for the enterprise itself.
func RequireEnterprise(ctx context.Context, q db.Querier, who Actor, do Action, which core.EnterpriseID) error {
	if who.Machine {
		_, err := db.One(ctx, q, db.Int, `SELECT version FROM enterprises WHERE realm_id = $1 AND id = $2`, who.Realm, which)
		return err
	}
	held, err := db.All(ctx, q, scanRole, `
		SELECT g.role
		FROM enterprises e
		JOIN grants g ON g.realm_id = e.realm_id AND g.user_id = $2 AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'
		JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $4
		LEFT JOIN orgs a ON a.realm_id = e.realm_id AND a.id = g.org_id
		WHERE e.realm_id = $1 AND e.id = $3
			AND (g.enterprise_id = e.id OR substr(e.path, 1, length(a.path)) = a.path)`,
		who.Realm, who.User, which, false)
	if err != nil {
		return err
	}
	return decide(held, do)
}

// Manages reports whether the actor holds the role of manager for an enterprise.
// Who may not see the enterprise has been turned away before.
func Manages(ctx context.Context, q db.Querier, who Actor, which core.EnterpriseID) (bool, error) {
	n, err := db.One(ctx, q, db.Int, `
		SELECT count(*) FROM grants WHERE realm_id = $1 AND user_id = $2 AND enterprise_id = $3 AND role = $4 AND superseded_at IS NULL AND valid_to = '9999-12-31'`,
		who.Realm, who.User, which, Manager)
	return n > 0, err
}

// RequireRealm returns nil if the actor holds a role that allows the action
// anywhere in the realm: for what belongs to no organisation, such as the
// groupings, the rules and one's own jobs.
func RequireRealm(ctx context.Context, q db.Querier, who Actor, do Action) error {
	if who.Machine {
		return nil
	}
	held, err := db.All(ctx, q, scanRole, `
		SELECT g.role FROM grants g
		JOIN users u ON u.realm_id = g.realm_id AND u.id = g.user_id AND u.disabled = $3
		WHERE g.realm_id = $1 AND g.user_id = $2 AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'`,
		who.Realm, who.User, false)
	if err != nil {
		return err
	}
	return decide(held, do)
}

// Person returns the person whom the actor's account belongs to, or zero: for
// what the leader, the mentor, the holder of a post may do without a role.
func Person(ctx context.Context, q db.Querier, who Actor) (core.PersonID, error) {
	if who.Machine {
		return 0, nil
	}
	return db.One(ctx, q, func(r db.Row) (p core.PersonID, err error) { return p, r.Scan(db.Null(&p)) },
		`SELECT person_id FROM users WHERE realm_id = $1 AND id = $2 AND disabled = $3`, who.Realm, who.User, false)
}

func scanRole(r db.Row) (role Role, err error) { return role, r.Scan(&role) }

func decide(held []Role, do Action) error {
	if len(held) == 0 {
		return core.NotFound
	}
	if slices.ContainsFunc(held, func(r Role) bool { return slices.Contains(allows[do], r) }) {
		return nil
	}
	return core.Fail(core.Forbidden, "access."+string(do))
}

// A Place is where a user holds a role, for the organisation switcher.
type Place struct {
	Role       Role
	Org        core.OrgID
	Enterprise core.EnterpriseID
	Name       string
	Path       string // of the organisation or of the enterprise
	Where      string // the names of up to two organisations above, from the top: "张家港市 / 保税区"
	Since      core.Date
	Reason     string // why it was given
}

// Places returns where the user holds which role, highest organisations first.
func Places(ctx context.Context, q db.Querier, realm core.RealmID, user core.UserID) ([]Place, error) {
	return db.All(ctx, q, func(r db.Row) (p Place, err error) {
		return p, r.Scan(&p.Role, db.Null(&p.Org), db.Null(&p.Enterprise), &p.Name, &p.Path, &p.Where, (*db.Date)(&p.Since), &p.Reason)
	}, `
		SELECT g.role, g.org_id, g.enterprise_id, coalesce(o.name, e.name), coalesce(o.path, e.path),
			coalesce(a2.name || ' / ', '') || coalesce(a1.name, ''), g.valid_from, g.reason
		FROM grants g
		LEFT JOIN orgs o ON o.realm_id = g.realm_id AND o.id = g.org_id
		LEFT JOIN enterprises e ON e.realm_id = g.realm_id AND e.id = g.enterprise_id
		LEFT JOIN orgs a1 ON a1.realm_id = g.realm_id AND a1.id = coalesce(o.parent_id, e.org_id)
		LEFT JOIN orgs a2 ON a2.realm_id = g.realm_id AND a2.id = a1.parent_id
		WHERE g.realm_id = $1 AND g.user_id = $2 AND g.superseded_at IS NULL AND g.valid_to = '9999-12-31'
		ORDER BY coalesce(o.depth, 99), coalesce(o.name_key, e.name_key), g.role`, realm, user)
}

// Grant gives a user a role in an organisation (and everything below it) or
// for an enterprise, from a day on, for the reason of the place. It is for a
// service that has asked. Roles that must stay apart are core.Conflict.
func Grant(ctx context.Context, tx *db.Tx, who Actor, user core.UserID, p Place, from core.Date, now time.Time) error {
	if !slices.Contains(Roles, p.Role) {
		return core.Fail(core.Invalid, "access.role_unknown", string(p.Role))
	}
	held, err := db.All(ctx, tx, scanRole, `
		SELECT role FROM grants WHERE realm_id = $1 AND user_id = $2 AND superseded_at IS NULL AND valid_to = '9999-12-31'`, who.Realm, user)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(r Role) bool { return Apart(r, p.Role) }) {
		return core.Fail(core.Conflict, "access.roles_apart")
	}
	id := core.NewID(now)
	_, err = tx.Exec(ctx, `
		INSERT INTO grants (realm_id, id, user_id, role, org_id, enterprise_id, valid_from, valid_to, recorded_at, granted_by, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		who.Realm, id, user, p.Role, db.Null(&p.Org), db.Null(&p.Enterprise), db.Date(from), db.Date(core.Forever), db.Instant(now), db.Null(&who.User), p.Reason)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "grant.give", Org: p.Org, Subject: "user", SubjectID: core.ID(user), Note: p.Reason,
		After: map[string]any{"role": p.Role, "org": p.Org, "enterprise": p.Enterprise},
	})
}

// Take ends a role that a user holds at a place, today and at once, for the
// reason of the place; core.NotFound if the user does not hold it. It is for a
// service that has asked.
func Take(ctx context.Context, tx *db.Tx, who Actor, user core.UserID, p Place, now time.Time) error {
	type held struct {
		id     core.ID
		from   core.Date
		by     core.UserID
		reason string
	}
	rows, err := db.All(ctx, tx, func(r db.Row) (h held, err error) {
		return h, r.Scan(&h.id, (*db.Date)(&h.from), db.Null(&h.by), &h.reason)
	}, `
		SELECT id, valid_from, granted_by, reason FROM grants
		WHERE realm_id = $1 AND user_id = $2 AND role = $3 AND coalesce(org_id, 0) = $4 AND coalesce(enterprise_id, 0) = $5
			AND superseded_at IS NULL AND valid_to = '9999-12-31'`, who.Realm, user, p.Role, p.Org, p.Enterprise)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return core.NotFound
	}
	today := core.DateOf(now)
	for _, h := range rows {
		if _, err := tx.Exec(ctx, `UPDATE grants SET superseded_at = $3 WHERE realm_id = $1 AND id = $2`, who.Realm, h.id, db.Instant(now)); err != nil {
			return err
		}
		if !h.from.Before(today) {
			continue // it held for no whole day
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO grants (realm_id, id, user_id, role, org_id, enterprise_id, valid_from, valid_to, recorded_at, granted_by, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			who.Realm, core.NewID(now), user, p.Role, db.Null(&p.Org), db.Null(&p.Enterprise), db.Date(h.from), db.Date(today), db.Instant(now), db.Null(&h.by), h.reason)
		if err != nil {
			return err
		}
	}
	return audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "grant.take", Org: p.Org, Subject: "user", SubjectID: core.ID(user), Note: p.Reason,
		Before: map[string]any{"role": p.Role, "org": p.Org, "enterprise": p.Enterprise},
	})
}

// A Range is the bounds of a subtree in an index of paths: Lo ≤ path < Hi.
type Range struct{ Lo, Hi string }

// Below returns the bounds of the organisation of that path and all below it.
func Below(path string) Range { return Range{path, path[:len(path)-1] + "/"} }

// RangeOf returns the bounds of an organisation's subtree. Ask Require first.
func RangeOf(ctx context.Context, q db.Querier, realm core.RealmID, org core.OrgID) (Range, error) {
	path, err := db.One(ctx, q, db.Text, `SELECT path FROM orgs WHERE realm_id = $1 AND id = $2`, realm, org)
	if err != nil {
		return Range{}, err
	}
	return Below(path), nil
}
