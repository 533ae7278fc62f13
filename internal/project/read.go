package project

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
	"tongpin/internal/names"
)

// A Query asks for projects and topics of an organisation and all below it.
type Query struct {
	Under core.OrgID
	Kind  Kind   // "" for both
	Group string // "live", "ideas", "over", or "" for all
	Page  core.Page
}

// Groups are the groups of states that a list offers.
var Groups = []string{"live", "ideas", "over"}

var groups = map[string][]State{
	"live":  {Chartered, Running, Paused, Finishing},
	"ideas": {Idea, Reviewed},
	"over":  {Achieved, Partly, NotAchieved, Stopped, Learned},
}

// A List is one page of projects and topics. Named says whether the asker may
// read the names of people in it.
type List struct {
	Rows  []Project
	Total int
	Named bool
}

// List returns a page: what ends first stands first.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (l List, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, q.Under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, q.Under)
		if err != nil {
			return err
		}
		where, args := ` WHERE p.realm_id = $1 AND o.path >= $2 AND o.path < $3`, []any{who.Realm, in.Lo, in.Hi}
		if q.Kind != "" {
			args = append(args, q.Kind)
			where += ` AND p.kind = ` + db.Marks(len(args), 1)
		}
		if states := groups[q.Group]; len(states) > 0 {
			where += ` AND p.state IN (` + db.Marks(len(args)+1, len(states)) + `)`
			for _, st := range states {
				args = append(args, st)
			}
		}
		if l.Total, err = db.One(ctx, tx, db.Int, `SELECT count(*) FROM projects p JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.org_id`+where, args...); err != nil {
			return err
		}
		page := q.Page.Clean()
		limit := ` LIMIT ` + db.Marks(len(args)+1, 1) + ` OFFSET ` + db.Marks(len(args)+2, 1)
		l.Rows, err = db.All(ctx, tx, scan, `SELECT `+columns+from+where+` ORDER BY coalesce(p.ends_on, '9999-12-31'), p.number`+limit, append(args, page.Size, page.Offset())...)
		if err != nil {
			return err
		}
		l.Named, err = mayName(ctx, tx, who, q.Under)
		l.hide()
		return err
	})
	return l, err
}

// hide takes names out of what somebody reads who may not know them.
func (l *List) hide() {
	if l.Named {
		return
	}
	for i := range l.Rows {
		l.Rows[i].anonymous()
	}
}

func (p *Project) anonymous() {
	p.LeaderName, p.OwnerName, p.CheckedName = "", "", ""
	p.Leader, p.Owner, p.Outcome.CheckedBy = 0, 0, 0
}

// mayName reports whether the actor may read the names of people of an
// organisation.
func mayName(ctx context.Context, q db.Querier, who access.Actor, org core.OrgID) (bool, error) {
	err := access.Require(ctx, q, who, access.SeePeople, org)
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// A Reading is what was measured on a day.
type Reading struct {
	On    core.Date
	Value core.Quantity
}

// An Amendment is a change of what was locked.
type Amendment struct {
	Field, Was, Became, Reason string
	At                         time.Time
}

// A Person is somebody who takes part.
type Person struct {
	ID       core.PersonID
	Name     string
	Org      string // that keeps the record: people of several branches work together
	IsMember bool
}

// A Sheet is everything about one project or topic. Without Named, Team is empty
// and Count says how many take part.
type Sheet struct {
	Project
	Team       []Person
	Count      int
	Milestones []Milestone
	Readings   []Reading
	Amendments []Amendment
	Topics     []Project // of a project: its cards
	Sisters    []Project // live projects of the same committee
	Uses       []fact.Target
	Named      bool
	MayChange  bool
}

// Page returns everything about one project or topic.
func (s *Service) Page(ctx context.Context, who access.Actor, id core.ID) (sh Sheet, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if sh.Project, err = requireSeen(ctx, tx, who, id); err != nil {
			return err
		}
		if _, err := requireChanged(ctx, tx, who, id); err == nil {
			sh.MayChange = true
		} else if core.KindOf(err) != core.Forbidden {
			return err
		}
		if sh.Named, err = mayName(ctx, tx, who, sh.Org); err != nil {
			return err
		}
		if !sh.Named {
			if sh.Named, err = takesPart(ctx, tx, who, sh.Project); err != nil {
				return err
			}
		}
		if err := sh.parts(ctx, tx, who.Realm); err != nil {
			return err
		}
		for i := range sh.Amendments {
			sh.Amendments[i].At = sh.Amendments[i].At.In(s.Now().Location())
		}
		sh.Count = len(sh.Team)
		if !sh.Named {
			sh.anonymous()
			sh.Team = nil
			for i := range sh.Topics {
				sh.Topics[i].anonymous()
			}
		}
		return nil
	})
	return sh, err
}

func (sh *Sheet) parts(ctx context.Context, q db.Querier, realm core.RealmID) (err error) {
	sh.Team, err = db.All(ctx, q, func(r db.Row) (p Person, err error) {
		var kind string
		err = r.Scan(&p.ID, &p.Name, &p.Org, &kind)
		p.IsMember = kind == "full" || kind == "probationary" // as package member has them
		return p, err
	}, `
		SELECT n.id, n.name, coalesce(o.name, ''), n.kind FROM project_people pp JOIN persons n ON n.realm_id = pp.realm_id AND n.id = pp.person_id
		LEFT JOIN orgs o ON o.realm_id = n.realm_id AND o.id = n.at_org
		WHERE pp.realm_id = $1 AND pp.project_id = $2 ORDER BY n.name_key`, realm, sh.ID)
	if err != nil {
		return err
	}
	sh.Milestones, err = db.All(ctx, q, func(r db.Row) (m Milestone, err error) {
		return m, r.Scan(&m.ID, &m.Title, (*db.Date)(&m.DueOn), (*db.Date)(&m.DoneOn))
	}, `SELECT id, title, due_on, done_on FROM milestones WHERE realm_id = $1 AND project_id = $2 ORDER BY due_on, id`, realm, sh.ID)
	if err != nil {
		return err
	}
	sh.Readings, err = db.All(ctx, q, func(r db.Row) (m Reading, err error) {
		return m, r.Scan((*db.Date)(&m.On), &m.Value)
	}, `SELECT read_on, value FROM readings WHERE realm_id = $1 AND project_id = $2 ORDER BY read_on`, realm, sh.ID)
	if err != nil {
		return err
	}
	sh.Amendments, err = db.All(ctx, q, func(r db.Row) (a Amendment, err error) {
		return a, r.Scan(&a.Field, &a.Was, &a.Became, &a.Reason, (*db.Instant)(&a.At))
	}, `SELECT field, was, became, reason, recorded_at FROM amendments WHERE realm_id = $1 AND project_id = $2 ORDER BY id`, realm, sh.ID)
	if err != nil {
		return err
	}
	if sh.Kind == OfBranch {
		sh.Topics, err = db.All(ctx, q, scan, `SELECT `+columns+from+` WHERE p.realm_id = $1 AND p.parent_id = $2 ORDER BY p.lane_since, p.id LIMIT 300`, realm, sh.ID)
		if err != nil {
			return err
		}
	}
	f, err := fact.Find(ctx, q, realm, fact.Project, sh.ID)
	if err != nil {
		return err
	}
	uses, err := fact.Uses(ctx, q, realm, fact.Project, sh.ID)
	if err != nil {
		return err
	}
	for _, u := range uses {
		near, err := fact.Targets(ctx, q, realm, f, u.Ref.Reader, u.Ref.ID)
		if err != nil {
			return err
		}
		sh.Uses = append(sh.Uses, near...)
	}
	return nil
}

// Offers returns what a project or topic may count for, to whoever may say so.
func (s *Service) Offers(ctx context.Context, who access.Actor, id core.ID) (all []fact.Target, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := requireChanged(ctx, tx, who, id); err != nil {
			return err
		}
		f, err := fact.Find(ctx, tx, who.Realm, fact.Project, id)
		if err != nil {
			return err
		}
		all, err = fact.Targets(ctx, tx, who.Realm, f, "", 0)
		return err
	})
	return all, err
}

// Window returns what came of work in an enterprise since a day, the latest
// first, to whoever may see its work: organisations above, and its manager.
func (s *Service) Window(ctx context.Context, who access.Actor, e core.EnterpriseID, since core.Date) (all []Project, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireEnterprise(ctx, tx, who, access.SeeWork, e); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+from+`
			WHERE p.realm_id = $1 AND p.enterprise_id = $2 AND p.finished_on >= $3 ORDER BY p.finished_on DESC, p.id DESC LIMIT 200`, who.Realm, e, db.Date(since))
		for i := range all {
			all[i].anonymous()
		}
		return err
	})
	return all, err
}

// A Cover is how many branches lead a live project, and how many teams a live
// topic, in a subtree.
type Cover struct{ Branches, Teams core.Share }

// Cover counts them: branches that stand today, teams at work, each where its
// organisation is, or its enterprise if it has none.
func (s *Service) Cover(ctx context.Context, who access.Actor, under core.OrgID) (c Cover, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		for _, q := range []struct {
			n    *int
			text string
		}{
			{&c.Branches.Den, branches},
			{&c.Branches.Num, branches + ` AND ` + liveProject},
			{&c.Teams.Den, teams},
			{&c.Teams.Num, teams + ` AND ` + liveTopic},
		} {
			if *q.n, err = db.One(ctx, tx, db.Int, `SELECT count(*) `+q.text, who.Realm, in.Lo, in.Hi); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

const (
	branches = ` FROM orgs o WHERE o.realm_id = $1 AND o.path >= $2 AND o.path < $3 AND o.dissolved_on IS NULL AND o.kind IN ('branch', 'joint_branch')`
	teams    = ` FROM teams t JOIN enterprises e ON e.realm_id = t.realm_id AND e.id = t.enterprise_id LEFT JOIN orgs b ON b.realm_id = t.realm_id AND b.id = t.org_id
		WHERE t.realm_id = $1 AND coalesce(b.path, e.path) >= $2 AND coalesce(b.path, e.path) < $3 AND t.ended_on IS NULL`
	liveProject = ` EXISTS (SELECT 1 FROM projects p WHERE p.realm_id = o.realm_id AND p.org_id = o.id AND p.kind = 'project' AND p.state IN ('chartered', 'running', 'paused', 'finishing'))`
	liveTopic   = ` EXISTS (SELECT 1 FROM projects p WHERE p.realm_id = t.realm_id AND p.team_id = t.id AND p.kind = 'topic' AND p.state IN ('chartered', 'running', 'paused', 'finishing'))`
)

// A Covered is one row behind the figure: a branch or a team, with its live
// work, if it has any.
type Covered struct {
	ID      core.ID
	Name    string
	Of      string // the enterprise of a team
	Project core.ID
	Number  string
	Title   string
}

// CoverRows returns the rows behind Cover, those without live work first.
func (s *Service) CoverRows(ctx context.Context, who access.Actor, under core.OrgID, of Kind, p core.Page) (rows []Covered, err error) {
	text := `SELECT o.id, o.name, '', coalesce(w.id, 0), coalesce(w.number, ''), coalesce(w.title, '') ` +
		strings.Replace(branches, ` WHERE`, ` LEFT JOIN projects w ON w.realm_id = o.realm_id AND w.org_id = o.id AND w.kind = 'project' AND w.state IN ('chartered', 'running', 'paused', 'finishing') WHERE`, 1) +
		` ORDER BY CASE WHEN w.id IS NULL THEN 0 ELSE 1 END, o.name_key, o.id LIMIT $4 OFFSET $5`
	if of == OfTeam {
		text = `SELECT t.id, t.name, e.name, coalesce(w.id, 0), coalesce(w.number, ''), coalesce(w.title, '') ` +
			strings.Replace(teams, `WHERE`, ` LEFT JOIN projects w ON w.realm_id = t.realm_id AND w.team_id = t.id AND w.kind = 'topic' AND w.state IN ('chartered', 'running', 'paused', 'finishing') WHERE`, 1) +
			` ORDER BY CASE WHEN w.id IS NULL THEN 0 ELSE 1 END, e.name_key, t.name, t.id LIMIT $4 OFFSET $5`
	}
	p = p.Clean()
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		rows, err = db.All(ctx, tx, func(r db.Row) (c Covered, err error) {
			return c, r.Scan(&c.ID, &c.Name, &c.Of, &c.Project, &c.Number, &c.Title)
		}, text, who.Realm, in.Lo, in.Hi, p.Size, p.Offset())
		return err
	})
	return rows, err
}

// similarMost is how many earlier projects are shown, similarLook how many are
// weighed against each other.
const (
	similarMost = 5
	similarLook = 200
)

// Similar returns earlier work that shares words with a title, anywhere in the
// realm: what others learned is for everybody who may see work at all. Those
// that did not reach their target stand first, because they warn.
func (s *Service) Similar(ctx context.Context, who access.Actor, title string, but core.ID) (all []Project, err error) {
	words := names.Words(title)
	if len(words) < 2 {
		return nil, nil
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.RequireRealm(ctx, tx, who, access.SeeWork); err != nil {
			return err
		}
		found, err := db.All(ctx, tx, scan, `SELECT `+columns+strings.Replace(from, "FROM projects p", `FROM `+db.ProjectSearch.AnyPair(tx, "$2", similarLook)+` JOIN projects p ON p.id = m.id`, 1)+`
			WHERE p.realm_id = $1 AND p.id <> $3`, who.Realm, db.ProjectSearch.Pairs(tx, words), but)
		if err != nil {
			return err
		}
		all = nearest(found, words)
		for i := range all {
			all[i].anonymous()
		}
		return nil
	})
	return all, err
}

// nearest keeps the few that share most pairs of words, failures first.
func nearest(found []Project, words []string) []Project {
	score := func(p Project) int {
		have := names.Words(p.Title + " " + p.Why)
		n := 0
		for i := range len(words) - 1 {
			for j := range len(have) - 1 {
				if words[i] == have[j] && words[i+1] == have[j+1] {
					n++
					break
				}
			}
		}
		return n
	}
	slices.SortStableFunc(found, func(a, b Project) int { return score(b) - score(a) })
	found = found[:min(len(found), similarMost)]
	failed := func(p Project) int {
		if p.Outcome.State == NotAchieved || p.Outcome.State == Stopped || p.Outcome.State == Partly {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b Project) int { return failed(a) - failed(b) })
	return found
}

// Candidates returns who may lead, own, check or take part in work of an
// organisation: the people whose record it keeps, for those who may read their
// names; for others only themselves.
func (s *Service) Candidates(ctx context.Context, who access.Actor, org core.OrgID) (all []Person, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, org); err != nil {
			return err
		}
		may, err := mayName(ctx, tx, who, org)
		if err != nil {
			return err
		}
		me, err := access.Person(ctx, tx, who)
		if err != nil {
			return err
		}
		one := core.PersonID(0)
		if !may {
			if one = me; me == 0 {
				return nil
			}
		}
		all, err = db.All(ctx, tx, func(r db.Row) (p Person, err error) { return p, r.Scan(&p.ID, &p.Name) },
			`SELECT id, name FROM persons WHERE realm_id = $1 AND at_org = $2 AND ($3 = 0 OR id = $3) AND removed_at IS NULL AND erased_at IS NULL ORDER BY name_key, id LIMIT 300`, who.Realm, org, one)
		return err
	})
	return all, err
}

// A Workplace is an enterprise that a branch stands in, or one of its teams.
type Workplace struct {
	Enterprise core.EnterpriseID
	Team       core.ID
	Name, Of   string
}

// Workplaces returns the enterprises and teams at work that a branch may lead
// work in: those it covers, and those kept at it or below.
func (s *Service) Workplaces(ctx context.Context, who access.Actor, org core.OrgID) (all []Workplace, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, org); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (w Workplace, err error) {
			return w, r.Scan(&w.Enterprise, &w.Team, &w.Name, &w.Of)
		}, `
			WITH near AS (
				SELECT e.id, e.name, e.name_key FROM enterprises e JOIN orgs o ON o.realm_id = e.realm_id AND o.id = $2
				WHERE e.realm_id = $1 AND (e.org_id = o.id
					OR EXISTS (SELECT 1 FROM hostings h WHERE h.realm_id = e.realm_id AND h.enterprise_id = e.id AND h.org_id = o.id AND h.superseded_at IS NULL AND h.valid_to = '9999-12-31')))
			SELECT n.id, 0, n.name, '' FROM near n
			UNION ALL SELECT n.id, t.id, t.name, n.name FROM near n JOIN teams t ON t.realm_id = $1 AND t.enterprise_id = n.id AND t.ended_on IS NULL
			ORDER BY 4, 3 LIMIT 400`, who.Realm, org)
		return err
	})
	return all, err
}
