package front

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// A Service is what pages and programs call. Calendars count the working days
// of an answer.
type Service struct {
	DB        *db.DB
	Now       core.Now
	Calendars rule.Calendars
}

func (s *Service) today() core.Date { return core.DateOf(s.Now()) }

// A View is one action branch with all that its page shows.
type View struct {
	Front
	Orgs       []Origin
	People     []Person // nil for who may not see names
	Taking     int      // how many take part now
	Strip      Strip
	May        Rights
	MayApprove bool
	Candidates []Person // who may join; nil unless it may be changed
}

// Propose records an action branch that waits for its approval.
func (s *Service) Propose(ctx context.Context, who access.Actor, n New) (Front, error) {
	now := s.Now()
	f := Front{Realm: who.Realm, ID: core.NewID(now), State: Proposed, CreatedBy: who.User, CreatedAt: now.Truncate(time.Microsecond), Version: 1}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.ChangeWork, n.Org); err != nil {
			return err
		}
		if err := n.check(); err != nil {
			return err
		}
		sc := scope{realm: who.Realm, org: n.Org}
		for _, o := range n.Orgs {
			if err := access.Require(ctx, tx, who, access.SeeOrgs, o); err != nil {
				return err
			}
			if o != n.Org && !slices.Contains(sc.origins, o) {
				sc.origins = append(sc.origins, o)
			}
		}
		if n.Project != 0 {
			p, err := scopeOf(ctx, tx, who.Realm, 0, n.Project, core.DateOf(now))
			if err == nil {
				_, err = requireScope(ctx, tx, who, p)
			}
			if err != nil {
				return err
			}
		}
		if err := fits(ctx, tx, sc, n.Convener, "convener"); err != nil {
			return err
		}
		f.Org, f.Project, f.Title, f.Theme, f.Place, f.Convener, f.Charter, f.StartsOn, f.EndsOn = n.Org, n.Project, n.Title, n.Theme, n.Place, n.Convener, n.Charter, n.StartsOn, n.EndsOn
		e, err := db.One(ctx, tx, func(r db.Row) (e core.EnterpriseID, err error) { return e, r.Scan(db.Null(&e)) },
			`SELECT (SELECT max(h.enterprise_id) FROM hostings h WHERE h.realm_id = $1 AND h.org_id = $2 AND h.superseded_at IS NULL AND h.valid_to = '9999-12-31')`, who.Realm, n.Org)
		if err != nil {
			return err
		}
		f.Enterprise = e
		return s.begin(ctx, tx, who, f, sc.origins)
	})
	return f, err
}

func (s *Service) begin(ctx context.Context, tx *db.Tx, who access.Actor, f Front, from []core.OrgID) error {
	if err := insertFront(ctx, tx, f); err != nil {
		return err
	}
	for _, o := range from {
		if _, err := tx.Exec(ctx, `INSERT INTO front_orgs (realm_id, front_id, org_id) VALUES ($1, $2, $3)`, f.Realm, f.ID, o); err != nil {
			return err
		}
	}
	if err := take(ctx, tx, f, f.Convener, f.StartsOn); err != nil {
		return err
	}
	return f.tell(ctx, tx, who, s.Now(), "propose", nil)
}

// take lets a person take part, again if he or she had left. Memberships stay.
func take(ctx context.Context, tx *db.Tx, f Front, p core.PersonID, on core.Date) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO front_people (realm_id, front_id, person_id, joined_on) VALUES ($1, $2, $3, $4)
		ON CONFLICT (realm_id, front_id, person_id) DO UPDATE SET left_on = NULL`, f.Realm, f.ID, p, db.Date(on))
	return err
}

// fits fails at a field unless the person is a member of the scope's
// organisations.
func fits(ctx context.Context, q db.Querier, s scope, p core.PersonID, field string) error {
	all, err := candidates(ctx, q, s, p, "")
	if err != nil {
		return err
	}
	var bad core.Fields
	bad.If(p == 0 || len(all) == 0, field, "front.person.elsewhere")
	return bad.Err()
}

func (f Front) tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, verb string, was *Front) error {
	e := audit.Entry{By: who.By(), Action: "front." + verb, Org: f.Org, Subject: "front", SubjectID: f.ID, Note: f.Reason,
		After: map[string]any{"state": f.State, "ends_on": f.EndsOn}}
	if was != nil {
		e.Before = map[string]any{"state": was.State, "ends_on": was.EndsOn}
	}
	return audit.Write(ctx, tx, now, e)
}

// requireFront returns a front that the actor may see, with what else he or she
// may do there.
func requireFront(ctx context.Context, q db.Querier, who access.Actor, id core.ID, today core.Date) (Front, []Origin, Rights, error) {
	f, err := find(ctx, q, who.Realm, id, today)
	if err != nil {
		return f, nil, Rights{}, err
	}
	from, err := origins(ctx, q, who.Realm, id)
	if err != nil {
		return f, nil, Rights{}, err
	}
	may, err := requireScope(ctx, q, who, f.scope(from))
	return f, from, may, err
}

// requireChange runs a change of a front in one transaction: right, staleness,
// change, journal. version 0 is any.
func (s *Service) requireChange(ctx context.Context, who access.Actor, id core.ID, version int, verb string, change func(tx *db.Tx, f *Front, sc scope) error) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		f, from, may, err := requireFront(ctx, tx, who, id, core.DateOf(now))
		switch {
		case err != nil:
			return err
		case !may.Change && verb != "approve" && verb != "refuse":
			return core.Fail(core.Forbidden, "access.change.work")
		case version != 0 && version != f.Version:
			return core.Fail(core.Conflict, "front.stale")
		}
		was := f
		if err := change(tx, &f, f.scope(from)); err != nil {
			return err
		}
		if f.State != was.State && !slices.Contains(Moves[was.State], f.State) {
			return core.Fail(core.Conflict, "front.move", was.State.Title())
		}
		if err := saveFront(ctx, tx, f); err != nil {
			return err
		}
		return f.tell(ctx, tx, who, now, verb, &was)
	})
}

// above is who approves: the organisation above the one that opened it, or
// itself at the top.
func above(ctx context.Context, q db.Querier, f Front) (core.OrgID, error) {
	return db.One(ctx, q, func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) },
		`SELECT coalesce(parent_id, id) FROM orgs WHERE realm_id = $1 AND id = $2`, f.Realm, f.Org)
}

// Decide approves or refuses what was proposed; a refusal has a reason. It is for
// the organisation above.
func (s *Service) Decide(ctx context.Context, who access.Actor, id core.ID, version int, yes bool, reason string) error {
	verb := "refuse"
	if yes {
		verb = "approve"
	}
	reason = strings.TrimSpace(reason)
	return s.requireChange(ctx, who, id, version, verb, func(tx *db.Tx, f *Front, _ scope) error {
		up, err := above(ctx, tx, *f)
		if err == nil {
			err = access.Require(ctx, tx, who, access.ChangeWork, up)
		}
		if k := core.KindOf(err); k == core.NotFound || k == core.Forbidden {
			return core.Fail(core.Forbidden, "front.approve.above")
		}
		if err != nil {
			return err
		}
		if !yes {
			var bad core.Fields
			bad.If(reason == "", "reason", "front.reason.missing")
			bad.If(long(reason, maxText), "reason", "front.text.long", maxText)
			f.State, f.Reason = Refused, reason
			return bad.Err()
		}
		if f.State != Proposed {
			return core.Fail(core.Conflict, "front.move", f.State.Title())
		}
		f.State = Approved
		return clock.Start(ctx, tx, s.Now(), f.Realm, clock.FrontEndOf(f.ID, f.Org, f.StartsOn, f.EndsOn))
	})
}

// Start begins the work of what was approved.
func (s *Service) Start(ctx context.Context, who access.Actor, id core.ID, version int) error {
	return s.requireChange(ctx, who, id, version, "start", func(_ *db.Tx, f *Front, _ scope) error {
		if f.State != Approved {
			return core.Fail(core.Conflict, "front.move", f.State.Title())
		}
		f.State = Active
		return nil
	})
}

// Extend moves the last day, once, with a reason.
func (s *Service) Extend(ctx context.Context, who access.Actor, id core.ID, version int, to core.Date, reason string) error {
	reason = strings.TrimSpace(reason)
	return s.requireChange(ctx, who, id, version, "extend", func(tx *db.Tx, f *Front, _ scope) error {
		if !f.ExtendedFrom.IsZero() {
			return core.Fail(core.Invalid, "front.extended_twice", f.ExtendedFrom)
		}
		if f.State != Active {
			return core.Fail(core.Conflict, "front.move", f.State.Title())
		}
		var bad core.Fields
		bad.If(!to.After(f.EndsOn), "to", "front.extend.later", f.EndsOn)
		bad.If(reason == "", "reason", "front.reason.missing")
		bad.If(long(reason, maxText), "reason", "front.text.long", maxText)
		if err := bad.Err(); err != nil {
			return err
		}
		f.State, f.ExtendedFrom, f.EndsOn, f.Reason = Extended, f.EndsOn, to, reason
		return clock.Start(ctx, tx, s.Now(), f.Realm, clock.FrontEndOf(f.ID, f.Org, f.StartsOn, f.EndsOn))
	})
}

// Close closes a front with its report of three lines. One whose work is over
// before its last day is closed by it too.
func (s *Service) Close(ctx context.Context, who access.Actor, id core.ID, version int, r Report) error {
	err := r.check()
	return s.requireChange(ctx, who, id, version, "close", func(tx *db.Tx, f *Front, _ scope) error {
		if f.State != Active && f.State != Extended && f.State != Closing {
			return core.Fail(core.Conflict, "front.move", f.State.Title())
		}
		if err != nil {
			return err
		}
		if f.State != Closing { // the step is passed through, and journalled, on the same day
			was := *f
			f.State = Closing
			if err := f.tell(ctx, tx, who, s.Now(), "finish", &was); err != nil {
				return err
			}
			if err := saveFront(ctx, tx, *f); err != nil {
				return err
			}
			f.Version++
		}
		f.State, f.Reached, f.Missed, f.Reuse, f.ClosedOn = Closed, r.Reached, r.Missed, r.Reuse, s.today()
		_, err := tx.Exec(ctx, `UPDATE front_people SET left_on = $3 WHERE realm_id = $1 AND front_id = $2 AND left_on IS NULL`, f.Realm, f.ID, db.Date(s.today()))
		if err != nil {
			return err
		}
		return clock.Stop(ctx, tx, s.Now(), f.Realm, clock.FrontEnd, f.ID, clock.Done, who.User)
	})
}

// Join lets a member of one of its organisations take part; the membership
// stays where it is. Leave ends it.
func (s *Service) Join(ctx context.Context, who access.Actor, id core.ID, p core.PersonID) error {
	return s.requireChange(ctx, who, id, 0, "join", func(tx *db.Tx, f *Front, sc scope) error {
		if f.State.Over() {
			return core.Fail(core.Conflict, "front.move", f.State.Title())
		}
		if err := fits(ctx, tx, sc, p, "person"); err != nil {
			return err
		}
		return take(ctx, tx, *f, p, s.today())
	})
}

// Leave ends that a person takes part. The convener stays.
func (s *Service) Leave(ctx context.Context, who access.Actor, id core.ID, p core.PersonID) error {
	return s.requireChange(ctx, who, id, 0, "leave", func(tx *db.Tx, f *Front, _ scope) error {
		if p == f.Convener {
			return core.Fail(core.Invalid, "front.leave.convener")
		}
		n, err := tx.Exec(ctx, `UPDATE front_people SET left_on = $4 WHERE realm_id = $1 AND front_id = $2 AND person_id = $3 AND left_on IS NULL`, f.Realm, f.ID, p, db.Date(s.today()))
		if err == nil && n == 0 {
			return core.NotFound
		}
		return err
	})
}

// Deed answers whether a front may do something that branches do. What is
// forbidden is core.Invalid with the rule's sentence; the verdict has the article.
func (s *Service) Deed(ctx context.Context, who access.Actor, id core.ID, a rule.Action) (v rule.Verdict, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, _, _, err := requireFront(ctx, tx, who, id, s.today()); err != nil {
			return err
		}
		var bad core.Fields
		bad.If(!slices.Contains(rule.Actions, a), "action", "front.deed.unknown")
		if err := bad.Err(); err != nil {
			return err
		}
		if v = May(a, s.today()); v.Verdict == rule.Fail {
			return core.Fail(core.Invalid, "front.deed.refused", v.Reason, v.Citation)
		}
		return nil
	})
	return v, err
}

// Find returns an action branch.
func (s *Service) Find(ctx context.Context, who access.Actor, id core.ID) (View, error) {
	var v View
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if v.Front, v.Orgs, v.May, err = requireFront(ctx, tx, who, id, s.today()); err != nil {
			return err
		}
		if v.People, err = people(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		for _, p := range v.People {
			if p.LeftOn.IsZero() {
				v.Taking++
			}
		}
		if !v.May.Names {
			v.People, v.ConvenerName = nil, ""
		} else if v.May.Change && !v.State.Over() {
			if v.Candidates, err = candidates(ctx, tx, v.scope(v.Orgs), 0, ""); err != nil {
				return err
			}
		}
		if v.State == Proposed {
			up, err := above(ctx, tx, v.Front)
			if err == nil {
				err = access.Require(ctx, tx, who, access.ChangeWork, up)
			}
			v.MayApprove = err == nil
			if err != nil && !errors.Is(err, core.Forbidden) && !errors.Is(err, core.NotFound) {
				return err
			}
		}
		v.Strip, err = stripOf(ctx, tx, who.Realm, id, 0, s.today())
		return err
	})
	if err != nil {
		return View{}, err
	}
	return v, nil
}

// A Row is an action branch in a list.
type Row struct {
	Front
	Taking, Open int
}

// List returns the action branches of an organisation and all below it, those
// still at work first, without names of people. after is the last id of the page before.
func (s *Service) List(ctx context.Context, who access.Actor, under core.OrgID, after core.ID, limit int) ([]Row, error) {
	var all []Row
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, under); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (w Row, err error) {
			w.Front, err = scan(tail{r, []any{&w.Taking, &w.Open}})
			w.Front, w.ConvenerName = w.standing(s.today()), ""
			return w, err
		}, `SELECT `+columns+`,
				(SELECT count(*) FROM front_people t WHERE t.realm_id = f.realm_id AND t.front_id = f.id AND t.left_on IS NULL),
				(SELECT count(*) FROM problems p WHERE p.realm_id = f.realm_id AND p.front_id = f.id AND p.state IN ('open', 'found', 'verified'))`+from+`
			WHERE f.realm_id = $1 AND f.id > $2 AND (o.path >= $3 AND o.path < $4
				OR EXISTS (SELECT 1 FROM front_orgs s JOIN orgs so ON so.realm_id = s.realm_id AND so.id = s.org_id
					WHERE s.realm_id = f.realm_id AND s.front_id = f.id AND so.path >= $3 AND so.path < $4))
			ORDER BY f.id LIMIT $5`, who.Realm, after, in.Lo, in.Hi, limit)
		return err
	})
	return all, err
}

// tail scans more columns after those of a scan function.
type tail struct {
	db.Row
	more []any
}

// Scan reads the columns of the function and those of the tail.
func (t tail) Scan(to ...any) error { return t.Row.Scan(append(slices.Clone(to), t.more...)...) }

// Choices are who may convene an action branch that an organisation opens, and
// the organisations right below it that people may come from.
func (s *Service) Choices(ctx context.Context, who access.Actor, org core.OrgID) (people []Person, from []Origin, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.ChangeWork, org); err != nil {
			return err
		}
		if people, err = candidates(ctx, tx, scope{realm: who.Realm, org: org}, 0, ""); err != nil {
			return err
		}
		from, err = db.All(ctx, tx, scanOrigin, `SELECT id, name FROM orgs WHERE realm_id = $1 AND parent_id = $2 AND dissolved_on IS NULL ORDER BY name, id`, who.Realm, org)
		return err
	})
	return people, from, err
}
