package enterprise

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// A Service is what pages and commands call. Each of its methods is one thing
// a person can do, in one transaction. Now tells the time in the realm's zone.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// do runs f in a transaction. What was denied, and what somebody else was
// quicker at, goes into the journal on its own.
func (s *Service) do(ctx context.Context, who access.Actor, action string, at core.OrgID, id core.ID, f func(tx *db.Tx, now time.Time) error) error {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error { return f(tx, now) })
	switch core.KindOf(err) {
	case core.Forbidden, core.NotFound, core.Conflict:
		e := audit.Entry{By: who.By(), Action: action, Org: at, Subject: "enterprise", SubjectID: id}
		if failed := audit.Refused(ctx, s.DB, now, e, err); failed != nil {
			return failed
		}
	}
	return err
}

// requireThen runs f for one enterprise that the actor may change.
func (s *Service) requireThen(ctx context.Context, who access.Actor, action string, id core.EnterpriseID, f func(tx *db.Tx, now time.Time) error) error {
	return s.do(ctx, who, action, 0, core.ID(id), func(tx *db.Tx, now time.Time) error {
		if err := access.RequireEnterprise(ctx, tx, who, access.ChangeEnterprises, id); err != nil {
			return err
		}
		return f(tx, now)
	})
}

// Register puts an enterprise on the list of an organisation.
func (s *Service) Register(ctx context.Context, who access.Actor, r Registration) (Enterprise, error) {
	var e Enterprise
	err := s.do(ctx, who, "enterprise.register", r.Org, 0, func(tx *db.Tx, now time.Time) (err error) {
		if r.Org == 0 {
			return r.clean(core.DateOf(now)).check(core.DateOf(now))
		}
		if err := access.Require(ctx, tx, who, access.ChangeEnterprises, r.Org); err != nil {
			return err
		}
		e, err = Register(ctx, tx, who, now, r)
		return err
	})
	return e, err
}

// Change changes an enterprise from a day on. Handing it to another
// organisation needs the right there as well.
func (s *Service) Change(ctx context.Context, who access.Actor, id core.EnterpriseID, c Change) (Enterprise, error) {
	var e Enterprise
	err := s.requireThen(ctx, who, "enterprise.change", id, func(tx *db.Tx, now time.Time) (err error) {
		if c.Org != nil {
			if err := access.Require(ctx, tx, who, access.ChangeEnterprises, *c.Org); err != nil {
				return err
			}
		}
		e, err = Apply(ctx, tx, who, now, id, c)
		return err
	})
	return e, err
}

// A Verification is what a visit found.
type Verification struct {
	On           core.Date
	State        string // not Listed: somebody was there
	MembersFound *int   // full members; nil: nobody counted
	Employees    *int   // nil: as before
	Reason       string
	Version      int
}

// Verify records what a visit found. The first visit, the next check and the
// duty to set up an organisation follow from it.
func (s *Service) Verify(ctx context.Context, who access.Actor, id core.EnterpriseID, v Verification) (Enterprise, error) {
	var e Enterprise
	err := s.requireThen(ctx, who, "enterprise.change", id, func(tx *db.Tx, now time.Time) (err error) {
		var bad core.Fields
		bad.If(v.On.IsZero(), "verified_on", "enterprise.date.missing")
		bad.If(v.State == Listed, "state", "enterprise.verify.listed")
		if err := bad.Err(); err != nil {
			return err
		}
		e, err = Apply(ctx, tx, who, now, id, Change{
			State: &v.State, VerifiedOn: &v.On, MembersFound: v.MembersFound, Employees: v.Employees, On: v.On, Reason: v.Reason, Version: v.Version,
		})
		return err
	})
	return e, err
}

// Host records that an enterprise hosts an organisation. It needs the right on
// both.
func (s *Service) Host(ctx context.Context, who access.Actor, org core.OrgID, id core.EnterpriseID, from core.Date) error {
	return s.requireThen(ctx, who, "hosting.begin", id, func(tx *db.Tx, now time.Time) error {
		if err := access.Require(ctx, tx, who, access.ChangeEnterprises, org); err != nil {
			return err
		}
		return Host(ctx, tx, who, now, org, id, from, 0)
	})
}

// Unhost ends a hosting on a day.
func (s *Service) Unhost(ctx context.Context, who access.Actor, org core.OrgID, id core.EnterpriseID, on core.Date, reason string) error {
	return s.requireThen(ctx, who, "hosting.end", id, func(tx *db.Tx, now time.Time) error {
		if err := access.Require(ctx, tx, who, access.ChangeEnterprises, org); err != nil {
			return err
		}
		return Unhost(ctx, tx, who, now, org, id, on, reason, 0)
	})
}

// Appoint puts a person in touch with one enterprise or with several at once.
// The verdict says whether the person has more of them than is usual.
func (s *Service) Appoint(ctx context.Context, who access.Actor, a Appointment, to []core.EnterpriseID) (rule.Verdict, error) {
	var v rule.Verdict
	to = distinct(to)
	err := s.do(ctx, who, "appointment.begin", 0, core.ID(a.Person), func(tx *db.Tx, now time.Time) error {
		var bad core.Fields
		bad.If(len(to) == 0, "enterprises", "enterprise.contact.none")
		bad.If(len(to) > maxBatch, "enterprises", "enterprise.contact.many", maxBatch)
		if err := bad.Err(); err != nil {
			return err
		}
		as := make([]Appointment, len(to))
		for i, id := range to {
			if err := access.RequireEnterprise(ctx, tx, who, access.ChangeEnterprises, id); err != nil {
				return err
			}
			as[i] = a
			as[i].Enterprise = id
		}
		if _, err := AppointMany(ctx, tx, who, now, as); err != nil {
			return err
		}
		for _, id := range to {
			if err := settle(ctx, tx, who, now, id); err != nil {
				return err
			}
		}
		load, err := Load(ctx, tx, who.Realm, a.Person, core.DateOf(now))
		if err != nil {
			return err
		}
		set, err := setting.Rules(ctx, tx, who.Realm)
		v = rule.InstructorLoad(load, set)
		return err
	})
	return v, err
}

// EndAppointment ends an appointment on a day.
func (s *Service) EndAppointment(ctx context.Context, who access.Actor, id core.ID, on core.Date, reason string) error {
	return s.do(ctx, who, "appointment.end", 0, 0, func(tx *db.Tx, now time.Time) error {
		a, err := findAppointment(ctx, tx, who.Realm, id)
		if err != nil {
			return err
		}
		if err := access.RequireEnterprise(ctx, tx, who, access.ChangeEnterprises, a.Enterprise); err != nil {
			return err
		}
		return EndAppointment(ctx, tx, who, now, id, on, reason)
	})
}

// RecordVisit records a visit under an appointment.
func (s *Service) RecordVisit(ctx context.Context, who access.Actor, v Visit) error {
	return s.do(ctx, who, "visit.record", 0, 0, func(tx *db.Tx, now time.Time) error {
		a, err := findAppointment(ctx, tx, who.Realm, v.Appointment)
		if err != nil {
			return err
		}
		if err := access.RequireEnterprise(ctx, tx, who, access.ChangeEnterprises, a.Enterprise); err != nil {
			return err
		}
		_, err = RecordVisit(ctx, tx, who, now, v)
		return err
	})
}

// SetPlan sets what is planned for an enterprise; an empty Plan withdraws it.
func (s *Service) SetPlan(ctx context.Context, who access.Actor, p Plan) error {
	return s.requireThen(ctx, who, "plan.set", p.Enterprise, func(tx *db.Tx, now time.Time) error {
		if p.Owner != 0 {
			if err := access.Require(ctx, tx, who, access.SeeOrgs, p.Owner); err != nil {
				return err
			}
		}
		return SetPlan(ctx, tx, who, now, p)
	})
}

// BeginMass records that Party work is done through a union or league.
func (s *Service) BeginMass(ctx context.Context, who access.Actor, id core.EnterpriseID, kind string, from core.Date) error {
	return s.requireThen(ctx, who, "mass_body.begin", id, func(tx *db.Tx, now time.Time) error {
		return BeginMass(ctx, tx, who, now, []MassBody{{Enterprise: id, Kind: kind, Period: core.Since(from)}})
	})
}

// EndMass ends that on a day.
func (s *Service) EndMass(ctx context.Context, who access.Actor, id core.EnterpriseID, kind string, on core.Date) error {
	return s.requireThen(ctx, who, "mass_body.end", id, func(tx *db.Tx, now time.Time) error {
		return EndMass(ctx, tx, who, now, id, kind, on)
	})
}

// Join puts an enterprise into a grouping that exists.
func (s *Service) Join(ctx context.Context, who access.Actor, id core.EnterpriseID, grouping core.ID, role string, from core.Date) error {
	return s.requireThen(ctx, who, "grouping.join", id, func(tx *db.Tx, now time.Time) error {
		return JoinMany(ctx, tx, who, now, []Joining{{Grouping: grouping, Enterprise: id, Role: role, Period: core.Since(from)}})
	})
}

// Leave takes an enterprise out of a grouping.
func (s *Service) Leave(ctx context.Context, who access.Actor, id core.EnterpriseID, grouping core.ID, on core.Date) error {
	return s.requireThen(ctx, who, "grouping.leave", id, func(tx *db.Tx, now time.Time) error {
		return Leave(ctx, tx, who, now, id, grouping, on, 0)
	})
}

// MakeGrouping makes a grouping that holds from a day on.
func (s *Service) MakeGrouping(ctx context.Context, who access.Actor, g Grouping, from core.Date) (Grouping, error) {
	err := s.do(ctx, who, "grouping.make", g.Org, 0, func(tx *db.Tx, now time.Time) (err error) {
		if err := requireGrouping(ctx, tx, who, g.Org); err != nil {
			return err
		}
		g.ID = 0
		g, err = MakeGrouping(ctx, tx, who, now, g, from)
		return err
	})
	return g, err
}

// ChangeGrouping renames a grouping or nests it elsewhere.
func (s *Service) ChangeGrouping(ctx context.Context, who access.Actor, id core.ID, c GroupingChange) (Grouping, error) {
	var g Grouping
	err := s.do(ctx, who, "grouping.change", 0, id, func(tx *db.Tx, now time.Time) (err error) {
		if g, err = FindGrouping(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		if err := requireGrouping(ctx, tx, who, g.Org); err != nil {
			return err
		}
		g, err = ChangeGrouping(ctx, tx, who, now, id, c)
		return err
	})
	return g, err
}

// requireGrouping asks for the right on the organisation that leads a grouping,
// or for the right anywhere when none does.
func requireGrouping(ctx context.Context, q db.Querier, who access.Actor, led core.OrgID) error {
	if led != 0 {
		return access.Require(ctx, q, who, access.ChangeEnterprises, led)
	}
	return access.RequireRealm(ctx, q, who, access.ChangeEnterprises)
}

// Groupings lists the groupings of a kind, or all.
func (s *Service) Groupings(ctx context.Context, who access.Actor, kind string) ([]Grouping, error) {
	var all []Grouping
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireRealm(ctx, tx, who, access.SeeEnterprises); err != nil {
			return err
		}
		all, err = Groupings(ctx, tx, who.Realm, kind)
		return err
	})
	return all, err
}

// Grouping returns one grouping.
func (s *Service) Grouping(ctx context.Context, who access.Actor, id core.ID) (Grouping, error) {
	var g Grouping
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireRealm(ctx, tx, who, access.SeeEnterprises); err != nil {
			return err
		}
		g, err = FindGrouping(ctx, tx, who.Realm, id)
		return err
	})
	return g, err
}

// FormTeam forms a team in an enterprise.
func (s *Service) FormTeam(ctx context.Context, who access.Actor, t Team) (Team, error) {
	err := s.requireThen(ctx, who, "team.form", t.Enterprise, func(tx *db.Tx, now time.Time) error {
		there, err := Teams(ctx, tx, who.Realm, t.Enterprise)
		if err != nil {
			return err
		}
		t.ID, t.Name = 0, strings.TrimSpace(t.Name)
		if slices.ContainsFunc(there, func(o Team) bool { return o.Name == t.Name }) {
			return core.Fail(core.Conflict, "enterprise.team.twice", t.Name)
		}
		all, err := FormTeams(ctx, tx, who, now, []Team{t})
		if err == nil {
			t = all[0]
		}
		return err
	})
	return t, err
}

// ChangeTeam renames a team or ends it.
func (s *Service) ChangeTeam(ctx context.Context, who access.Actor, id core.ID, c TeamChange) (Team, error) {
	var t Team
	err := s.do(ctx, who, "team.change", 0, 0, func(tx *db.Tx, now time.Time) (err error) {
		if t, err = FindTeam(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		if err := access.RequireEnterprise(ctx, tx, who, access.ChangeEnterprises, t.Enterprise); err != nil {
			return err
		}
		t, err = ChangeTeam(ctx, tx, who, now, id, c)
		return err
	})
	return t, err
}
