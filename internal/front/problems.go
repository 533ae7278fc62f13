package front

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

const problemColumns = `p.realm_id, p.id, p.number, p.front_id, p.project_id, coalesce(f.title, j.title), p.topic_id, p.org_id, p.enterprise_id, p.title, p.phenomenon,
	p.owner_id, p.due_on, p.raised_on, p.raised_by, p.raiser_id, p.state, p.waiting, p.way, p.evidence, p.verified_by, p.verified_on, p.closed_by, p.closed_on,
	p.reason, p.version, coalesce(a.name, ''), coalesce(w.name, ''), coalesce(v.name, '')`

const problemFrom = ` FROM problems p
	JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.org_id
	LEFT JOIN fronts f ON f.realm_id = p.realm_id AND f.id = p.front_id
	LEFT JOIN projects j ON j.realm_id = p.realm_id AND j.id = p.project_id
	LEFT JOIN persons a ON a.realm_id = p.realm_id AND a.id = p.raiser_id
	LEFT JOIN persons w ON w.realm_id = p.realm_id AND w.id = p.owner_id
	LEFT JOIN persons v ON v.realm_id = p.realm_id AND v.id = p.verified_by`

// live is the condition of still being worked at.
const live = ` p.state IN ('open', 'found', 'verified') `

func scanProblem(r db.Row) (p Problem, err error) {
	var waiting int
	err = r.Scan(&p.Realm, &p.ID, &p.Number, db.Null(&p.Front), db.Null(&p.Project), &p.ScopeTitle, db.Null(&p.Topic), &p.Org, db.Null(&p.Enterprise), &p.Title, &p.Phenomenon,
		db.Null(&p.Owner), (*db.Date)(&p.DueOn), (*db.Date)(&p.RaisedOn), db.Null(&p.RaisedBy), db.Null(&p.Raiser), &p.Step, &waiting, &p.Way, &p.Evidence,
		db.Null(&p.VerifiedBy), (*db.Date)(&p.VerifiedOn), db.Null(&p.ClosedBy), (*db.Date)(&p.ClosedOn), &p.Reason, &p.Version, &p.RaiserName, &p.OwnerName, &p.VerifierName)
	p.Waiting = waiting == 1
	return p, err
}

// OpenProblems returns the open problems of a front, the oldest first: the agenda
// of its next meeting. Whoever calls it has asked for the right to see them.
func OpenProblems(ctx context.Context, q db.Querier, realm core.RealmID, front core.ID) ([]Problem, error) {
	return db.All(ctx, q, scanProblem, `SELECT `+problemColumns+problemFrom+`
		WHERE p.realm_id = $1 AND p.front_id = $2 AND`+live+`ORDER BY p.raised_on, p.number`, realm, front)
}

// CountOpen returns how many problems of each project are open; a project with
// none is not in it.
func CountOpen(ctx context.Context, q db.Querier, realm core.RealmID, projects []core.ID) (map[core.ID]int, error) {
	counts := make(map[core.ID]int)
	for part := range slices.Chunk(projects, 500) {
		args := []any{realm}
		for _, id := range part {
			args = append(args, id)
		}
		err := db.Each(ctx, q, func(r db.Row) error {
			var id core.ID
			var n int
			err := r.Scan(&id, &n)
			counts[id] = n
			return err
		}, `SELECT p.project_id, count(*) FROM problems p
			WHERE p.realm_id = $1 AND p.project_id IN (`+db.Marks(2, len(part))+`) AND`+live+`GROUP BY p.project_id`, args...)
		if err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// stripOf counts the log of a front, or of a project.
func stripOf(ctx context.Context, q db.Querier, realm core.RealmID, front, project core.ID, today core.Date) (Strip, error) {
	monday := today.AddDays(-((int(today.Weekday()) + 6) % 7))
	column, id := "front_id", front
	if front == 0 {
		column, id = "project_id", project
	}
	return db.One(ctx, q, func(r db.Row) (s Strip, err error) {
		var oldest core.Date
		err = r.Scan(&s.New, &s.Closed, &s.Open, (*db.Date)(&oldest))
		if !oldest.IsZero() {
			s.Oldest = oldest.DaysUntil(today)
		}
		return s, err
	}, `SELECT coalesce(sum(CASE WHEN p.raised_on >= $3 THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN p.state = 'closed' AND p.closed_on >= $3 THEN 1 ELSE 0 END), 0),
			coalesce(sum(CASE WHEN`+live+`THEN 1 ELSE 0 END), 0), min(CASE WHEN`+live+`THEN p.raised_on END)
		FROM problems p WHERE p.realm_id = $1 AND p.`+column+` = $2`, realm, id, db.Date(monday))
}

// A Query says which problems are meant. What is zero is no condition.
type Query struct {
	Under   core.OrgID // and everything below it
	Front   core.ID
	Project core.ID
	Filter  Filter
	After   core.ID // the last one of the page before
	Limit   int
}

// A Filter narrows the log.
type Filter string

// The filters.
const (
	All     Filter = "all"
	Live    Filter = "open"
	Old     Filter = "old"     // open for more than OldDays
	NoOwner Filter = "nobody"  // open, and nobody takes care of it
	Waiting Filter = "waiting" // open, and another organisation owes an answer
)

// Filters lists the filters in the order in which they are offered.
var Filters = []Filter{Live, Old, NoOwner, Waiting, All}

// Title names the filter.
func (f Filter) Title() core.Msg { return core.M("problem.filter." + string(f)) }

// Problems returns the log of a front, a project, or an organisation and all
// below it, in the order in which they were raised.
func (s *Service) Problems(ctx context.Context, who access.Actor, ask Query) ([]Problem, error) {
	var all []Problem
	today := s.today()
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		where, args := ` WHERE p.realm_id = $1 AND p.id > $2`, []any{who.Realm, ask.After}
		names := false
		if ask.Front != 0 || ask.Project != 0 {
			sc, err := scopeOf(ctx, tx, who.Realm, ask.Front, ask.Project, today)
			if err != nil {
				return err
			}
			may, err := requireScope(ctx, tx, who, sc)
			if err != nil {
				return err
			}
			names = may.Names
			column := ` AND p.project_id = $3`
			if ask.Front != 0 {
				column = ` AND p.front_id = $3`
			}
			where, args = where+column, append(args, sc.id())
		} else {
			if err := access.Require(ctx, tx, who, access.SeeWork, ask.Under); err != nil {
				return err
			}
			names = access.Require(ctx, tx, who, access.SeePeople, ask.Under) == nil
			in, err := access.RangeOf(ctx, tx, who.Realm, ask.Under)
			if err != nil {
				return err
			}
			where, args = where+` AND o.path >= $3 AND o.path < $4`, append(args, in.Lo, in.Hi)
		}
		more, args := ask.Filter.where(args, today)
		var err error
		all, err = db.All(ctx, tx, scanProblem, `SELECT `+problemColumns+problemFrom+where+more+` ORDER BY p.id`+limit(ask.Limit), args...)
		if !names {
			for i := range all {
				all[i].hide()
			}
		}
		return err
	})
	return all, err
}

func limit(n int) string {
	if n <= 0 || n > 200 {
		n = 200
	}
	return ` LIMIT ` + itoa(n)
}

func (f Filter) where(args []any, today core.Date) (string, []any) {
	switch f {
	case Live:
		return ` AND` + live, args
	case Old:
		args = append(args, db.Date(today.AddDays(-OldDays)))
		return ` AND` + live + `AND p.raised_on < $` + itoa(len(args)), args
	case NoOwner:
		return ` AND` + live + `AND p.owner_id IS NULL`, args
	case Waiting:
		return ` AND` + live + `AND p.waiting = 1`, args
	}
	return "", args
}

func (p *Problem) hide() { p.RaiserName, p.OwnerName, p.VerifierName = "", "", "" }

// A ProblemView is one problem with all that its page shows.
type ProblemView struct {
	Problem
	Tries     []Try
	Asks      []Ask
	May       Rights
	MayAnswer bool     // the ask that is open
	MayClose  bool     // raised it
	MayVerify bool     // is not its owner
	People    []Person // who may own it; nil for who may not see names
	Near      []Origin // who may be asked for help
}

// requireProblem returns a problem that the actor may see: of a front or project
// in reach, or one that an organisation in reach was asked about.
func requireProblem(ctx context.Context, q db.Querier, who access.Actor, id core.ID, today core.Date) (ProblemView, scope, error) {
	var v ProblemView
	p, err := db.One(ctx, q, scanProblem, `SELECT `+problemColumns+problemFrom+` WHERE p.realm_id = $1 AND p.id = $2`, who.Realm, id)
	if err != nil {
		return v, scope{}, err
	}
	v.Problem = p
	sc, err := scopeOf(ctx, q, who.Realm, p.Front, p.Project, today)
	if err != nil {
		return v, sc, err
	}
	if v.Asks, err = db.All(ctx, q, scanAsk, `
		SELECT k.id, k.org_id, o.name, k.text, k.asked_on, k.answer_by, k.answer, k.promise_on, k.answered_on
		FROM problem_asks k JOIN orgs o ON o.realm_id = k.realm_id AND o.id = k.org_id
		WHERE k.realm_id = $1 AND k.problem_id = $2 ORDER BY k.id`, who.Realm, id); err != nil {
		return v, sc, err
	}
	asked := false
	for _, k := range v.Asks {
		at := access.Require(ctx, q, who, access.ChangeWork, k.Org)
		asked = asked || at == nil
		v.MayAnswer = v.MayAnswer || at == nil && k.AnsweredOn.IsZero()
	}
	v.May, err = requireScope(ctx, q, who, sc)
	switch {
	case core.KindOf(err) == core.NotFound && asked: // it sees what it was asked about, no names
		err = nil
	case err != nil:
		return v, sc, err
	}
	mine := p.Owner != 0 && v.May.Me == p.Owner
	v.May.Part = v.May.Part || mine
	v.MayClose = p.RaisedBy != 0 && p.RaisedBy == who.User || p.Raiser != 0 && p.Raiser == v.May.Me || who.Machine
	v.MayVerify = v.May.Part && !mine
	return v, sc, err
}

func scanAsk(r db.Row) (k Ask, err error) {
	return k, r.Scan(&k.ID, &k.Org, &k.OrgName, &k.Text, (*db.Date)(&k.On), (*db.Date)(&k.By), &k.Answer, (*db.Date)(&k.PromiseOn), (*db.Date)(&k.AnsweredOn))
}

// Problem returns one problem.
func (s *Service) Problem(ctx context.Context, who access.Actor, id core.ID) (ProblemView, error) {
	var v ProblemView
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		var sc scope
		if v, sc, err = requireProblem(ctx, tx, who, id, s.today()); err != nil {
			return err
		}
		v.Tries, err = db.All(ctx, tx, func(r db.Row) (t Try, err error) {
			return t, r.Scan(&t.ID, (*db.Date)(&t.On), &t.Text, &t.Result, db.Null(&t.Person), &t.Name)
		}, `SELECT t.id, t.tried_on, t.text, t.result, t.person_id, coalesce(p.name, '')
			FROM problem_tries t LEFT JOIN persons p ON p.realm_id = t.realm_id AND p.id = t.person_id
			WHERE t.realm_id = $1 AND t.problem_id = $2 ORDER BY t.tried_on, t.id`, who.Realm, id)
		if err != nil {
			return err
		}
		if v.Near, err = near(ctx, tx, sc); err != nil {
			return err
		}
		if !v.May.Names {
			v.hide()
			for i := range v.Tries {
				v.Tries[i].Name = ""
			}
			return nil
		}
		if v.May.Part {
			v.People, err = candidates(ctx, tx, sc, 0, "")
		}
		return err
	})
	if err != nil {
		return ProblemView{}, err
	}
	return v, nil
}

// Log is a front or project as the place of problems: its name, what the actor may do and its week.
type Log struct {
	Front, Project core.ID
	Title          string
	Org            core.OrgID
	Over           bool
	May            Rights
	Strip          Strip
}

// LogOf returns the log of a front or of a project.
func (s *Service) LogOf(ctx context.Context, who access.Actor, front, project core.ID) (Log, error) {
	var l Log
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		sc, err := scopeOf(ctx, tx, who.Realm, front, project, s.today())
		if err != nil {
			return err
		}
		may, err := requireScope(ctx, tx, who, sc)
		if err != nil {
			return err
		}
		l = Log{Front: sc.front, Project: sc.project, Title: sc.title, Org: sc.org, Over: sc.over, May: may}
		l.Strip, err = stripOf(ctx, tx, who.Realm, sc.front, sc.project, s.today())
		return err
	})
	return l, err
}

// number gives the next number of a log; the row is locked until the end of the
// transaction, so that two who raise a problem at once get two numbers.
func number(ctx context.Context, tx *db.Tx, sc scope) (int, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO problem_numbers (realm_id, scope_id, last) VALUES ($1, $2, 1)
		ON CONFLICT (realm_id, scope_id) DO UPDATE SET last = problem_numbers.last + 1`, sc.realm, sc.id())
	if err != nil {
		return 0, err
	}
	return db.One(ctx, tx, db.Int, `SELECT last FROM problem_numbers WHERE realm_id = $1 AND scope_id = $2`, sc.realm, sc.id())
}

func insertTry(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, problem core.ID, t Try) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO problem_tries (realm_id, id, problem_id, tried_on, text, result, person_id, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Realm, t.ID, problem, db.Date(t.On), strings.TrimSpace(t.Text), t.Result, db.Null(&t.Person), db.Null(&who.User), db.Instant(now))
	return err
}
