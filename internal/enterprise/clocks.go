package enterprise

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
)

// standing is what the clocks of an enterprise depend on, as it is now.
type standing struct {
	Enterprise
	registered   core.Date
	own          bool       // hosts a live organisation of its own
	joint        core.OrgID // hosts this live joint one
	appointments []Appointment
	visited      map[core.ID]core.Date // the last visit of each appointment
	plan         Plan
}

// clocks returns the clocks that must run for it today: none for an enterprise
// that is not in operation.
func (s standing) clocks(today core.Date) []clock.New {
	if !Counts(s.State) {
		return nil
	}
	var all []clock.New
	if s.State == Listed && s.VerifiedOn.IsZero() {
		all = append(all, clock.FirstVisitTo(s.ID, s.Org, s.registered))
	}
	if !s.VerifiedOn.IsZero() {
		all = append(all, clock.RecheckOf(s.ID, s.Org, s.VerifiedOn))
	}
	if s.MembersFound != nil && *s.MembersFound >= ownAt && !s.own {
		known := latest(s.VerifiedOn, s.registered)
		if s.joint != 0 {
			all = append(all, clock.JointSplitOf(s.ID, s.joint, *s.MembersFound, known))
		} else {
			all = append(all, clock.EstablishIn(s.ID, s.Org, *s.MembersFound, known))
		}
	}
	if !s.plan.PlannedOn.IsZero() && !s.own && s.joint == 0 {
		owner := s.plan.Owner
		if owner == 0 {
			owner = s.Org
		}
		all = append(all, clock.PlanOf(s.ID, owner, s.plan.Period.From, s.plan.PlannedOn))
	}
	for _, a := range s.appointments {
		if !a.Period.Holds(today) {
			continue
		}
		if !a.Period.Open() {
			all = append(all, clock.AppointmentEndOf(a.ID, s.Org, a.Period.From, a.Period.To.AddDays(-1)))
		}
		if a.Kind == Instructor && !s.own && s.joint == 0 {
			all = append(all, clock.VisitOf(a.ID, s.Org, latest(a.Period.From, s.visited[a.ID])))
		}
	}
	return all
}

// ofEnterprise and ofAppointment are the kinds of clock that this package runs.
var (
	ofEnterprise  = []clock.Kind{clock.FirstVisit, clock.Recheck, clock.Establish, clock.JointSplit, clock.Plan}
	ofAppointment = []clock.Kind{clock.AppointmentEnd, clock.Visit}
)

// settle starts and stops the clocks of an enterprise, so that exactly those
// run that its records ask for.
func settle(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.EnterpriseID) error {
	all, err := standings(ctx, tx, who.Realm, []core.EnterpriseID{id})
	if err != nil || len(all) == 0 {
		return err
	}
	type key struct {
		kind    clock.Kind
		subject core.ID
	}
	wanted := map[key]bool{}
	for _, n := range all[0].clocks(core.DateOf(now)) {
		wanted[key{n.Kind, n.SubjectID}] = true
		if err := clock.Start(ctx, tx, now, who.Realm, n); err != nil {
			return err
		}
	}
	end := clock.Done
	if !Counts(all[0].State) {
		end = clock.Dropped
	}
	stop := func(kinds []clock.Kind, subject core.ID) error {
		for _, k := range kinds {
			if wanted[key{k, subject}] {
				continue
			}
			if err := clock.Stop(ctx, tx, now, who.Realm, k, subject, end, who.User); err != nil {
				return err
			}
		}
		return nil
	}
	for _, a := range all[0].appointments {
		if err := stop(ofAppointment, a.ID); err != nil {
			return err
		}
	}
	return stop(ofEnterprise, core.ID(id))
}

// StartClocks starts the clocks of enterprises that have none yet: the last
// step of whoever wrote many of them at once. core.Conflict if one has.
func StartClocks(ctx context.Context, tx *db.Tx, now time.Time, realm core.RealmID, ids []core.EnterpriseID) error {
	all, err := standings(ctx, tx, realm, ids)
	if err != nil {
		return err
	}
	var news []clock.New
	for _, s := range all {
		news = append(news, s.clocks(core.DateOf(now))...)
	}
	return clock.StartMany(ctx, tx, now, realm, news)
}

func standings(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID) ([]standing, error) {
	es, err := of(ctx, q, realm, ids)
	if err != nil {
		return nil, err
	}
	since, err := registered(ctx, q, realm, ids)
	if err != nil {
		return nil, err
	}
	all := make([]standing, len(es))
	at := make(map[core.EnterpriseID]*standing, len(es))
	for i, e := range es {
		all[i] = standing{Enterprise: e, registered: since[e.ID], visited: map[core.ID]core.Date{}}
		at[e.ID] = &all[i]
	}
	for _, step := range []func() error{
		func() error { return standingHosts(ctx, q, realm, ids, at) },
		func() error { return standingContacts(ctx, q, realm, ids, at) },
		func() error { return standingPlans(ctx, q, realm, ids, at) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func standingHosts(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID, at map[core.EnterpriseID]*standing) error {
	type host struct {
		e     core.EnterpriseID
		org   core.OrgID
		kind  rule.OrgKind
		setup string
	}
	hosts, err := some(ctx, q, func(r db.Row) (h host, err error) { return h, r.Scan(&h.e, &h.org, &h.kind, &h.setup) }, realm, ids, `
		SELECT h.enterprise_id, h.org_id, o.kind, o.setup_mode FROM hostings h JOIN orgs o ON o.realm_id = h.realm_id AND o.id = h.org_id
		WHERE h.realm_id = $1 AND h.superseded_at IS NULL AND h.valid_to = '9999-12-31' AND o.dissolved_on IS NULL AND h.enterprise_id IN (`, `)`)
	for _, h := range hosts {
		switch own, covers := hostOf(h.kind, h.setup); {
		case own:
			at[h.e].own = true
		case covers:
			at[h.e].joint = h.org
		}
	}
	return err
}

func standingContacts(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID, at map[core.EnterpriseID]*standing) error {
	as, err := some(ctx, q, scanAppointment, realm, ids, `
		SELECT `+appointmentColumns+` FROM appointments a WHERE a.realm_id = $1 AND a.superseded_at IS NULL AND a.enterprise_id IN (`, `) ORDER BY a.id`)
	if err != nil {
		return err
	}
	for _, a := range as {
		at[a.Enterprise].appointments = append(at[a.Enterprise].appointments, a)
	}
	vs, err := some(ctx, q, func(r db.Row) (v Visit, err error) {
		return v, r.Scan(&v.Enterprise, &v.Appointment, (*db.Date)(&v.On))
	}, realm, ids, `
		SELECT v.enterprise_id, v.appointment_id, max(v.visited_on) FROM visits v WHERE v.realm_id = $1 AND v.enterprise_id IN (`, `) GROUP BY v.enterprise_id, v.appointment_id`)
	for _, v := range vs {
		at[v.Enterprise].visited[v.Appointment] = v.On
	}
	return err
}

func standingPlans(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID, at map[core.EnterpriseID]*standing) error {
	ps, err := some(ctx, q, scanPlan, realm, ids, `
		SELECT `+planColumns+` FROM coverage_plans p
		WHERE p.realm_id = $1 AND p.superseded_at IS NULL AND p.valid_to = '9999-12-31' AND p.enterprise_id IN (`, `)`)
	for _, p := range ps {
		at[p.Enterprise].plan = p
	}
	return err
}
