package project

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/names"
)

// A Service is what pages and programs call. Each of its methods is one thing a
// person can do, in one transaction.
type Service struct {
	DB  *db.DB
	Now core.Now // in the realm's zone

	// Settled is told in the transaction when something has an outcome, or gets
	// another one, and when it counts for something new: whoever reads facts by a
	// clock sets it anew. May be nil.
	Settled func(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, id core.ID) error
}

// A New is a project or topic to propose.
type New struct {
	Kind       Kind
	Org        core.OrgID
	Enterprise core.EnterpriseID // of a project: one that the branch stands in; of a topic it follows from the team
	Team       core.ID
	Parent     core.ID // the project that a topic belongs to; 0 for the branch's live one, if there is one
	Charter
}

// A Stale is the cause of a core.Conflict: somebody changed the record since the
// person opened it, and both changed the same entry. Theirs is how it stands.
type Stale struct {
	Theirs Project
	Fields []string // that both changed
}

func (s *Stale) Error() string { return "changed meanwhile" }

// do runs f in a transaction. What was denied or failed is journalled on its
// own; a form to correct is neither.
func (s *Service) do(ctx context.Context, who access.Actor, action string, id core.ID, f func(tx *db.Tx, now time.Time) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error { return f(tx, now) })
	if err == nil || core.FieldsOf(err) != nil || core.KindOf(err) == core.Internal || core.KindOf(err) == core.Unavailable {
		return err
	}
	return errors.Join(err, audit.Refused(ctx, s.DB, now, audit.Entry{By: who.By(), Action: action, Subject: "project", SubjectID: id}, err))
}

// Find returns a project or topic; core.NotFound if the realm has none.
func Find(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Project, error) {
	return db.One(ctx, q, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND p.id = $2`, realm, id)
}

// requireSeen returns the record to whoever may see it: by a role there, by the
// role of manager of its enterprise, or as one who leads it, owns it or takes
// part.
func requireSeen(ctx context.Context, q db.Querier, who access.Actor, id core.ID) (Project, error) {
	p, err := Find(ctx, q, who.Realm, id)
	if err != nil {
		return Project{}, err
	}
	err = access.Require(ctx, q, who, access.SeeWork, p.Org)
	if errors.Is(err, core.NotFound) && p.Enterprise != 0 {
		err = access.RequireEnterprise(ctx, q, who, access.SeeWork, p.Enterprise)
	}
	if err != nil {
		in, failed := takesPart(ctx, q, who, p)
		if failed != nil || in {
			return p, failed
		}
		return Project{}, err
	}
	return p, nil
}

// requireChanged returns the record to whoever may change it: by a role, or as
// its leader. Who may only see it is told so.
func requireChanged(ctx context.Context, q db.Querier, who access.Actor, id core.ID) (Project, error) {
	p, err := requireSeen(ctx, q, who, id)
	if err != nil {
		return p, err
	}
	me, err := access.Person(ctx, q, who)
	if err != nil || me != 0 && me == p.Leader {
		return p, err
	}
	err = access.Require(ctx, q, who, access.ChangeWork, p.Org)
	if errors.Is(err, core.NotFound) { // seen by another way than a role there
		err = core.Fail(core.Forbidden, "access.change.work")
	}
	return p, err
}

func takesPart(ctx context.Context, q db.Querier, who access.Actor, p Project) (bool, error) {
	me, err := access.Person(ctx, q, who)
	if err != nil || me == 0 {
		return false, err
	}
	if me == p.Leader || me == p.Owner {
		return true, nil
	}
	n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM project_people WHERE realm_id = $1 AND project_id = $2 AND person_id = $3`, who.Realm, p.ID, me)
	return n > 0, err
}

// Propose records an idea. A topic belongs to the project that its branch works
// on, if there is one.
func (s *Service) Propose(ctx context.Context, who access.Actor, n New) (p Project, err error) {
	err = s.do(ctx, who, "project.propose", 0, func(tx *db.Tx, now time.Time) error {
		if err := requirePlace(ctx, tx, who, n); err != nil {
			return err
		}
		p, err = Propose(ctx, tx, who, now, n)
		return err
	})
	return p, err
}

// requirePlace asks for the right to change work in the branch; a topic may also
// be proposed by a member of the branch, who then leads it.
func requirePlace(ctx context.Context, tx *db.Tx, who access.Actor, n New) error {
	err := access.Require(ctx, tx, who, access.ChangeWork, n.Org)
	if !errors.Is(err, core.Forbidden) || n.Kind != OfTeam {
		return err
	}
	me, failed := access.Person(ctx, tx, who)
	if failed != nil {
		return failed
	}
	if me == 0 || n.Leader != me {
		return err
	}
	return nil
}

// Propose is the method of the same name inside a transaction, for whoever has
// asked for the right.
func Propose(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, n New) (Project, error) {
	n.tidy()
	if err := n.Charter.check(false); err != nil {
		return Project{}, err
	}
	if err := n.settle(ctx, tx, who.Realm); err != nil {
		return Project{}, err
	}
	if err := people(ctx, tx, who, map[string]core.PersonID{"leader": n.Leader, "owner": n.Owner}); err != nil {
		return Project{}, err
	}
	today := core.DateOf(now)
	letter := map[Kind]string{OfBranch: "P", OfTeam: "K"}[n.Kind]
	number, err := nextNumber(ctx, tx, who.Realm, letter, today)
	if err != nil {
		return Project{}, err
	}
	id := core.NewID(now)
	_, err = tx.Exec(ctx, `
		INSERT INTO projects (realm_id, id, number, kind, org_id, enterprise_id, team_id, parent_id, method_id, strand, title, why, leader_id, owner_id, measure, unit,
			baseline, target, acceptance, starts_on, ends_on, state, ended_as, reason, lane, lane_since, changed, work_hours, own_hours, cost, evidence, reached, not_reached, reuse, created_by, created_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, '', '', $23, $24, '', 0, 0, 0, '', '', '', '', $25, $26, 1)`,
		who.Realm, id, number, n.Kind, n.Org, db.Null(&n.Enterprise), db.Null(&n.Team), db.Null(&n.Parent), db.Null(&n.Method), n.Strand, n.Title, n.Why,
		db.Null(&n.Leader), db.Null(&n.Owner), n.Measure, n.Unit, n.Baseline, n.Target, n.Acceptance, db.Date(n.StartsOn), db.Date(n.EndsOn),
		Idea, Lanes[0], db.Date(today), db.Null(&who.User), db.Instant(now))
	if err != nil {
		return Project{}, err
	}
	p, err := Find(ctx, tx, who.Realm, id)
	if err != nil {
		return p, err
	}
	if err := index(ctx, tx, p); err != nil {
		return p, err
	}
	return p, p.tell(ctx, tx, who, now, "project.propose", nil, map[string]any{"number": p.Number, "title": p.Title, "kind": p.Kind})
}

// settle fills in what follows from the team or the branch, and refuses what
// does not belong together.
func (n *New) settle(ctx context.Context, tx *db.Tx, realm core.RealmID) error {
	var bad core.Fields
	switch n.Kind {
	case OfBranch:
		bad.If(n.Team != 0 || n.Parent != 0, "team", "project.team.not")
	case OfTeam:
		type place struct {
			enterprise core.EnterpriseID
			ended      core.Date
		}
		t, err := db.One(ctx, tx, func(r db.Row) (t place, err error) { return t, r.Scan(&t.enterprise, (*db.Date)(&t.ended)) },
			`SELECT enterprise_id, ended_on FROM teams WHERE realm_id = $1 AND id = $2`, realm, n.Team)
		if errors.Is(err, core.NotFound) || err == nil && !t.ended.IsZero() {
			bad.If(true, "team", "project.team.missing")
			return bad.Err()
		}
		if err != nil {
			return err
		}
		n.Enterprise = t.enterprise
		if n.Parent == 0 {
			live, err := db.All(ctx, tx, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND p.org_id = $2 AND p.kind = 'project' AND p.state IN ('chartered', 'running', 'paused', 'finishing')`, realm, n.Org)
			if err != nil {
				return err
			}
			for _, p := range live {
				n.Parent = p.ID
			}
		} else if p, err := Find(ctx, tx, realm, n.Parent); err != nil || p.Org != n.Org || p.Kind != OfBranch {
			bad.If(true, "parent", "project.parent.missing")
		}
	default:
		bad.If(true, "kind", "project.kind.missing")
	}
	if n.Enterprise != 0 {
		hosted, err := db.One(ctx, tx, db.Int, `
			SELECT count(*) FROM enterprises e JOIN orgs o ON o.realm_id = e.realm_id AND o.id = $3
			WHERE e.realm_id = $1 AND e.id = $2 AND (substr(o.path, 1, length(e.path)) = e.path OR substr(e.path, 1, length(o.path)) = o.path
				OR EXISTS (SELECT 1 FROM hostings h WHERE h.realm_id = e.realm_id AND h.enterprise_id = e.id AND h.org_id = o.id AND h.superseded_at IS NULL))`, realm, n.Enterprise, n.Org)
		if err != nil {
			return err
		}
		bad.If(hosted == 0, "enterprise", "project.enterprise.missing")
	}
	return bad.Err()
}

// people refuses whoever the actor could not know of: somebody absent, or whose
// record is kept where the actor reads no names. Known are those who stand there
// already; everybody may name himself.
func people(ctx context.Context, tx *db.Tx, who access.Actor, named map[string]core.PersonID, known ...core.PersonID) error {
	me, err := access.Person(ctx, tx, who)
	if err != nil {
		return err
	}
	var bad core.Fields
	for field, id := range named {
		if id == 0 || id == me || slices.Contains(known, id) {
			continue
		}
		orgs, err := db.All(ctx, tx, func(r db.Row) (at core.OrgID, err error) { return at, r.Scan(db.Null(&at)) },
			`SELECT at_org FROM persons WHERE realm_id = $1 AND id = $2 AND removed_at IS NULL AND erased_at IS NULL`, who.Realm, id)
		if err != nil {
			return err
		}
		seen := false
		if len(orgs) > 0 && orgs[0] != 0 {
			if seen, err = mayName(ctx, tx, who, orgs[0]); err != nil {
				return err
			}
		}
		bad.If(!seen, field, "project.person.missing")
	}
	return bad.Err()
}

func nextNumber(ctx context.Context, tx *db.Tx, realm core.RealmID, letter string, today core.Date) (string, error) {
	series := fmt.Sprintf("%s-%02d", letter, today.Year%100)
	n, err := db.One(ctx, tx, db.Int, `
		INSERT INTO numbers (realm_id, series, last) VALUES ($1, $2, 1)
		ON CONFLICT (realm_id, series) DO UPDATE SET last = numbers.last + 1 RETURNING last`, realm, series)
	return fmt.Sprintf("%s-%03d", series, n), err
}

// index makes a record findable by the words of its texts.
func index(ctx context.Context, tx *db.Tx, p Project) error {
	if err := db.ProjectSearch.Unindex(ctx, tx, int64(p.ID)); err != nil {
		return err
	}
	return db.ProjectSearch.Index(ctx, tx, int64(p.ID), names.Words(strings.Join([]string{p.Title, p.Why, p.Measure, p.Reached, p.NotReached, p.Reuse}, " ")))
}

func (p Project) tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, action string, before, after any) error {
	return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: action, Org: p.Org, Subject: "project", SubjectID: p.ID, Before: before, After: after})
}

// Move brings a record to another state: reviewed, chartered, running, paused,
// finishing, stopped, or back. Who pauses or stops says why. An outcome is for
// Finish, the three lines for Learn. Chartering a second live project of a branch
// or topic of a team is core.Conflict.
func (s *Service) Move(ctx context.Context, who access.Actor, id core.ID, version int, to State, reason string) (p Project, err error) {
	err = s.do(ctx, who, "project.move", id, func(tx *db.Tx, now time.Time) error {
		if p, err = requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		if to == Achieved || to == Partly || to == NotAchieved || to == Learned {
			return core.Fail(core.Invalid, "project.move.not")
		}
		p, err = move(ctx, tx, who, now, p, version, to, strings.TrimSpace(reason))
		return err
	})
	return p, err
}

func move(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, p Project, version int, to State, reason string) (Project, error) {
	if !slices.Contains(Moves[p.State], to) {
		return p, core.Fail(core.Conflict, "project.move.from", core.M("project.state."+string(p.State)), core.M("project.state."+string(to)))
	}
	if err := p.fresh(version); err != nil {
		return p, err
	}
	var bad core.Fields
	bad.If(reason == "" && (to == Paused || to == Stopped), "reason", "project.reason.missing")
	if err := bad.Err(); err != nil {
		return p, err
	}
	if to == Chartered {
		if err := p.Charter.check(true); err != nil {
			return p, err
		}
		if err := p.alone(ctx, tx, who.Realm); err != nil {
			return p, err
		}
	}
	before := map[string]any{"state": p.State}
	p.State, p.Reason, p.Version = to, reason, p.Version+1
	if to == Stopped {
		p.Outcome.State, p.Outcome.On = Stopped, core.DateOf(now)
	}
	n, err := tx.Exec(ctx, `UPDATE projects SET state = $3, reason = $4, version = $5, finished_on = $6, ended_as = $7 WHERE realm_id = $1 AND id = $2 AND version = $5 - 1`,
		who.Realm, p.ID, p.State, p.Reason, p.Version, db.Date(p.Outcome.On), p.Outcome.State)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, core.Fail(core.Conflict, "project.stale")
	}
	if err := p.clocks(ctx, tx, now, who); err != nil {
		return p, err
	}
	return p, p.tell(ctx, tx, who, now, "project."+string(to), before, map[string]any{"state": p.State, "reason": reason})
}

// alone is core.Conflict when the branch or team has something live already.
func (p Project) alone(ctx context.Context, tx *db.Tx, realm core.RealmID) error {
	other, err := db.All(ctx, tx, scan, `SELECT `+columns+from+`
		WHERE p.realm_id = $1 AND p.kind = $2 AND p.id <> $3 AND (p.kind = 'project' AND p.org_id = $4 OR p.kind = 'topic' AND p.team_id = $5)
			AND p.state IN ('chartered', 'running', 'paused', 'finishing') LIMIT 1`, realm, p.Kind, p.ID, p.Org, p.Team)
	if err != nil || len(other) == 0 {
		return err
	}
	return core.Fail(core.Conflict, "project.second."+string(p.Kind), other[0].Number, other[0].Title)
}

func (p Project) fresh(version int) error {
	if version != 0 && version != p.Version {
		return &core.Error{Kind: core.Conflict, Msg: core.M("project.stale"), Err: &Stale{Theirs: p}}
	}
	return nil
}

// clocks starts the clock of a live record's end and stops that of others.
func (p Project) clocks(ctx context.Context, tx *db.Tx, now time.Time, who access.Actor) error {
	if p.State.Live() {
		return clock.Start(ctx, tx, now, who.Realm, clock.WorkEndOf(p.ID, p.Org, p.StartsOn, p.EndsOn))
	}
	state := clock.Dropped
	if p.State.Over() {
		state = clock.Done
	}
	return clock.Stop(ctx, tx, now, who.Realm, clock.WorkEnd, p.ID, state, who.User)
}
