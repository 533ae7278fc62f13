package retention

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/job"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// A Service is what the job, pages and commands call. Imports says which files
// of imports are over before an instant, and empties them.
type Service struct {
	DB      *db.DB
	Now     core.Now
	Queue   *job.Queue
	Imports interface {
		Over(ctx context.Context, q db.Querier, realm core.RealmID, before time.Time) ([]core.ID, error)
		Empty(ctx context.Context, tx *db.Tx, realm core.RealmID, batches []core.ID) error
	}
}

// Soon is how many days ahead a list looks.
const Soon = 30

// A Due is a class with what is over.
type Due struct {
	Class
	PeriodYears, PeriodDays int       // that hold in the realm
	Today                   int       // records that are due today
	Coming                  int       // that will be due within the next days of Soon
	Done                    int       // that this run deleted or erased
	Last                    time.Time // of the newest run that did something; zero for none
	LastDone                int
}

// Period says how long the class is kept in the realm.
func (d Due) Period() core.Msg {
	switch {
	case d.Deed == Keep:
		return core.M("retention.period.keep")
	case d.PeriodYears > 0:
		return core.M("retention.period.years", d.PeriodYears)
	}
	return core.M("retention.period.days", d.PeriodDays)
}

// A run is one look at a realm.
type run struct {
	s     *Service
	who   access.Actor
	now   time.Time
	today core.Date
	rules rule.Settings
}

// begin asks for the right to see the numbers of the whole realm, which stands
// at its top. Whatever changes something is for the machine alone.
func (s *Service) begin(ctx context.Context, q db.Querier, who access.Actor, change bool) (*run, error) {
	r := &run{s: s, who: who, now: s.Now()}
	r.today = core.DateOf(r.now)
	top, err := db.One(ctx, q, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM orgs WHERE realm_id = $1 AND parent_id IS NULL ORDER BY number LIMIT 1`, who.Realm)
	if err != nil {
		return nil, err
	}
	if err := access.Require(ctx, q, who, access.SeeRetention, top); err != nil {
		return nil, err
	}
	if change && !who.Machine {
		return nil, core.Forbidden
	}
	r.rules, err = setting.Rules(ctx, q, who.Realm)
	return r, err
}

// List returns every class with what is due: numbers, and nobody's name.
func (s *Service) List(ctx context.Context, who access.Actor) (all []Due, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		r, err := s.begin(ctx, tx, who, false)
		if err != nil {
			return err
		}
		all, err = r.list(ctx, tx)
		return err
	})
	return all, err
}

func (r *run) list(ctx context.Context, q db.Querier) ([]Due, error) {
	last, err := r.lastRuns(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []Due
	for _, c := range All {
		d := last[c.Key]
		d.Class = c
		d.PeriodYears, d.PeriodDays = c.period(r.rules)
		if c.Deed != Keep {
			if d.Today, err = r.due(ctx, q, c, c.until(r.rules, r.today)); err != nil {
				return nil, err
			}
			ahead, err := r.due(ctx, q, c, c.until(r.rules, r.today.AddDays(Soon)))
			if err != nil {
				return nil, err
			}
			d.Coming = ahead - d.Today
		}
		all = append(all, d)
	}
	return all, nil
}

// due counts what was over on a day.
func (r *run) due(ctx context.Context, q db.Querier, c Class, last core.Date) (int, error) {
	switch {
	case c.people != "":
		ids, err := r.people(ctx, q, c, last, 1_000_000)
		return len(ids), err
	case c.Key == "imports":
		ids, err := r.s.Imports.Over(ctx, q, r.who.Realm, before(last, r.zone()))
		return len(ids), err
	}
	return r.count(ctx, q, c, last)
}

// lastRuns reads from the journal when each class was last carried out.
func (r *run) lastRuns(ctx context.Context, q db.Querier) (map[string]Due, error) {
	all := map[string]Due{}
	entries, err := audit.Erasures(ctx, q, r.who.Realm, 200)
	for _, e := range entries {
		if _, ok := all[e.Class]; !ok {
			all[e.Class] = Due{Last: e.At.In(r.zone()), LastDone: e.Done}
		}
	}
	return all, err
}

// Run deletes and erases what is due, class by class, each in one transaction
// with its entry in the journal, and returns what it did. It is for the server
// and the machine's administrator.
func (s *Service) Run(ctx context.Context, who access.Actor) ([]Due, error) {
	var all []Due
	var r *run
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if r, err = s.begin(ctx, tx, who, true); err != nil {
			return err
		}
		all, err = r.list(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	erased := false
	for i := range all {
		if all[i].Today == 0 {
			continue
		}
		err := s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
			all[i].Done, err = r.carryOut(ctx, tx, all[i].Class)
			return err
		})
		if err != nil {
			return all, err
		}
		erased = erased || all[i].Done > 0
	}
	if erased {
		err = s.DB.Scrub(ctx)
	}
	return all, err
}

// carryOut does what a class asks for, and journals it.
func (r *run) carryOut(ctx context.Context, tx *db.Tx, c Class) (n int, err error) {
	last := c.until(r.rules, r.today)
	var ids, bodies []core.ID
	switch {
	case c.people != "":
		var people []core.PersonID
		if people, err = r.people(ctx, tx, c, last, most); err != nil {
			return 0, err
		}
		for _, id := range people {
			ids = append(ids, core.ID(id))
		}
		n = len(people)
		bodies, err = r.erase(ctx, tx, people)
	case c.Key == "imports":
		if ids, err = r.s.Imports.Over(ctx, tx, r.who.Realm, before(last, r.zone())); err == nil {
			n, err = len(ids), r.s.Imports.Empty(ctx, tx, r.who.Realm, ids)
		}
	default:
		n, ids, err = r.sweep(ctx, tx, c, last)
	}
	if err != nil || n == 0 {
		return 0, err
	}
	return n, audit.WriteErased(ctx, tx, r.now, r.who.By(), c.Key, n, ids, bodies)
}

// Kind is the kind of the daily job.
const Kind job.Kind = "retention"

// Handle sets this service to do the daily job.
func (s *Service) Handle(q *job.Queue) {
	q.Handle(Kind, func(ctx context.Context, j job.Job, report func(int)) error {
		all, err := s.Run(ctx, j.Actor())
		report(len(all))
		return err
	})
}

// Daily queues the job of today, unless there is one.
func (s *Service) Daily(ctx context.Context, who access.Actor) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := s.begin(ctx, tx, who, true)
		if err != nil {
			return err
		}
		n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM jobs WHERE realm_id = $1 AND kind = $2 AND created_at >= $3`,
			who.Realm, Kind, db.Instant(before(r.today.AddDays(-1), r.zone())))
		if err != nil || n > 0 {
			return err
		}
		_, err = s.Queue.Enqueue(ctx, tx, who, Kind, 0, 0, len(All))
		return err
	})
}
