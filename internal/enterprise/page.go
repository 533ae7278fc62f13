package enterprise

import (
	"context"

	"tongpin/internal/access"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/purpose"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// A Profile is everything that the page of an enterprise shows for a moment.
type Profile struct {
	Enterprise             // as it is now
	OrgName      string    // of the organisation that looks after it now
	On           core.Date // the day of everything below
	Listed       bool      // false: on that day it was not on the list, and State is empty
	State        State     // as it stood
	Industry     string    // on that day
	RegisteredOn core.Date
	Verdicts     []rule.Verdict // what may or must be set up, and why, by the rules of the day
	Growth       rule.GrowthPath
	Hostings     []Hosting // that held; then those before, the latest first
	Groupings    []Joining // the same
	Contacts     []Contact // the same
	Masses       []MassBody
	Plan         Plan
	Teams        []Team
	History      []Fact // everything recorded, corrections included, the latest days first
	MayChange    bool
	SeesPeople   bool
}

// A Contact is an appointment with the visits under it, the latest first.
type Contact struct {
	Appointment
	Name   string // empty for who may not see names; the enterprise's manager sees those of people who agreed
	Visits []Visit
	Holds  bool // on the day
	Load   int  // with how many enterprises the person is in touch today
}

// Page returns what is known of an enterprise for a moment; the zero day is
// today. A role for the enterprise itself is enough.
func (s *Service) Page(ctx context.Context, who access.Actor, id core.EnterpriseID, m core.Moment) (Profile, error) {
	if m.On.IsZero() {
		m.On = core.DateOf(s.Now())
	}
	var p Profile
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if err := access.RequireEnterprise(ctx, tx, who, access.SeeEnterprises, id); err != nil {
			return err
		}
		if p.Enterprise, err = Find(ctx, tx, who.Realm, id); err != nil {
			return err
		}
		p.On = m.On
		p.MayChange = access.RequireEnterprise(ctx, tx, who, access.ChangeEnterprises, id) == nil
		p.SeesPeople = access.RequireEnterprise(ctx, tx, who, access.SeePeople, id) == nil
		at, err := placeOf(ctx, tx, who.Realm, p.Org)
		if err != nil {
			return err
		}
		p.OrgName = at.Name
		if err := p.readState(ctx, tx, m, core.DateOf(s.Now())); err != nil {
			return err
		}
		if err := p.readTies(ctx, tx, m, core.DateOf(s.Now())); err != nil || p.SeesPeople {
			return err
		}
		manages, err := access.Manages(ctx, tx, who, id)
		if err != nil {
			return err
		}
		return p.veil(ctx, tx, manages, core.DateOf(s.Now()))
	})
	if err != nil {
		return Profile{}, err
	}
	return p, nil
}

func (p *Profile) readState(ctx context.Context, q db.Querier, m core.Moment, today core.Date) error {
	states, err := someStates(ctx, q, p.Realm, m, today, []core.EnterpriseID{p.ID})
	if err != nil {
		return err
	}
	if p.Listed = len(states) > 0; p.Listed {
		p.State = states[0]
		p.RegisteredOn = p.State.RegisteredOn
		p.Plan = p.State.Plan
		p.Verdicts = verdicts(p.State, m.On)
		set, err := setting.Rules(ctx, q, p.Realm)
		if err != nil {
			return err
		}
		p.Growth = rule.Growth(p.State.FullMembers, p.State.FullMembers, set)
	}
	if p.History, err = History(ctx, q, p.Realm, p.ID); err != nil {
		return err
	}
	for _, f := range p.History {
		if f.knownIn(m) {
			p.Industry = f.Industry
			break
		}
	}
	return nil
}

// knownIn reports whether the fact held, as known at a moment.
func (f Fact) knownIn(m core.Moment) bool {
	known := m.KnownAt.IsZero() && f.SupersededAt.IsZero() ||
		!m.KnownAt.IsZero() && !f.RecordedAt.After(m.KnownAt) && (f.SupersededAt.IsZero() || f.SupersededAt.After(m.KnownAt))
	return known && f.Period.Holds(m.On)
}

// verdicts returns what the rules say of an enterprise in operation: whether it
// is 两新, what it must set up, whether its joint branch may go
// on, and whether somebody must be in touch.
func verdicts(s State, on core.Date) []rule.Verdict {
	var all []rule.Verdict
	if t, ok := rule.FindEnterpriseType(s.Type); ok {
		all = append(all, rule.TwoNewUnit(t))
	}
	if s.Operating {
		hasOwn := s.Coverage == Own || s.Broken == FewMembers
		if hasOwn && !s.MembersKnown {
			all = append(all, rule.InstructorNeeded(true, 0))
		} else {
			all = append(all, rule.Established(s.FullMembers, hasOwn), rule.InstructorNeeded(hasOwn || s.Coverage == Joint, contacts(s)))
		}
	}
	for i := range all {
		all[i] = all[i].AsOf(on)
	}
	return all
}

func contacts(s State) int {
	if s.Coverage == ByInstructor || s.Coverage == ByLiaison {
		return 1
	}
	return 0
}

func (p *Profile) readTies(ctx context.Context, q db.Querier, m core.Moment, today core.Date) (err error) {
	known := knownAt(m)
	p.Hostings, err = db.All(ctx, q, func(r db.Row) (h Hosting, err error) {
		return h, r.Scan(&h.ID, &h.Org, &h.OrgName, &h.Kind, (*db.Date)(&h.DissolvedOn), &h.Enterprise, (*db.Date)(&h.Period.From), (*db.Date)(&h.Period.To), &h.Reason)
	}, `
		SELECT h.id, h.org_id, o.name, o.kind, o.dissolved_on, h.enterprise_id, h.valid_from, h.valid_to, h.reason
		FROM hostings h JOIN orgs o ON o.realm_id = h.realm_id AND o.id = h.org_id
		WHERE h.realm_id = $1 AND h.enterprise_id = $2 AND h.recorded_at <= $3 AND (h.superseded_at IS NULL OR h.superseded_at > $3)
		ORDER BY h.valid_to DESC, h.valid_from DESC, h.id`, p.Realm, p.ID, known)
	if err != nil {
		return err
	}
	p.Groupings, err = db.All(ctx, q, func(r db.Row) (j Joining, err error) {
		return j, r.Scan(&j.ID, &j.Grouping, &j.Kind, &j.Name, &j.Enterprise, &j.Role, (*db.Date)(&j.Period.From), (*db.Date)(&j.Period.To))
	}, `
		SELECT j.id, j.grouping_id, g.kind, g.name, j.enterprise_id, j.role, j.valid_from, j.valid_to
		FROM grouping_members j JOIN groupings g ON g.realm_id = j.realm_id AND g.id = j.grouping_id
		WHERE j.realm_id = $1 AND j.enterprise_id = $2 AND j.recorded_at <= $3 AND (j.superseded_at IS NULL OR j.superseded_at > $3)
		ORDER BY j.valid_to DESC, g.kind, g.name_key, j.id`, p.Realm, p.ID, known)
	if err != nil {
		return err
	}
	p.Masses, err = db.All(ctx, q, scanMass, `
		SELECT `+massColumns+` FROM mass_bodies b
		WHERE b.realm_id = $1 AND b.enterprise_id = $2 AND b.recorded_at <= $3 AND (b.superseded_at IS NULL OR b.superseded_at > $3)
		ORDER BY b.valid_to DESC, b.kind, b.id`, p.Realm, p.ID, known)
	if err != nil {
		return err
	}
	if p.Teams, err = Teams(ctx, q, p.Realm, p.ID); err != nil {
		return err
	}
	return p.readContacts(ctx, q, m, today)
}

func (p *Profile) readContacts(ctx context.Context, q db.Querier, m core.Moment, today core.Date) (err error) {
	known := knownAt(m)
	p.Contacts, err = db.All(ctx, q, func(r db.Row) (c Contact, err error) {
		err = r.Scan(&c.ID, &c.Kind, &c.Person, &c.Enterprise, &c.Purpose, (*db.Date)(&c.Period.From), (*db.Date)(&c.Period.To), &c.EndReason, &c.Name)
		return c, err
	}, `
		SELECT a.id, a.kind, a.person_id, a.enterprise_id, a.purpose, a.valid_from, a.valid_to, a.end_reason, p.name
		FROM appointments a JOIN persons p ON p.realm_id = a.realm_id AND p.id = a.person_id
		WHERE a.realm_id = $1 AND a.enterprise_id = $2 AND a.recorded_at <= $3 AND (a.superseded_at IS NULL OR a.superseded_at > $3)
		ORDER BY a.valid_to DESC, a.valid_from DESC, a.id`, p.Realm, p.ID, known)
	if err != nil {
		return err
	}
	visits, err := db.All(ctx, q, scanVisit, `
		SELECT `+visitColumns+` FROM visits v WHERE v.realm_id = $1 AND v.enterprise_id = $2 AND v.recorded_at <= $3 AND v.visited_on <= $4
		ORDER BY v.visited_on DESC, v.id DESC`, p.Realm, p.ID, known, db.Date(m.On))
	if err != nil {
		return err
	}
	by, err := appointees(ctx, q, p.Realm, p.ID)
	if err != nil {
		return err
	}
	for i := range p.Contacts {
		c := &p.Contacts[i]
		c.Holds = c.Period.Holds(m.On)
		if c.Load, err = Load(ctx, q, p.Realm, c.Person, today); err != nil {
			return err
		}
		for _, v := range visits {
			if by[v.Appointment] == c.Person && c.Period.Holds(v.On) {
				c.Visits = append(c.Visits, v)
			}
		}
	}
	return nil
}

// veil takes the names out for who may not see them. The enterprise's manager
// keeps those of people who are in touch now and agreed (conventions PRV-2).
func (p *Profile) veil(ctx context.Context, q db.Querier, manages bool, today core.Date) error {
	var agreed map[core.PersonID]bool
	if manages {
		people := make([]core.PersonID, len(p.Contacts))
		for i, c := range p.Contacts {
			people[i] = c.Person
		}
		var err error
		if agreed, err = consent.GivenBy(ctx, q, p.Realm, people, purpose.ContactName); err != nil {
			return err
		}
	}
	for i := range p.Contacts {
		c := &p.Contacts[i]
		if !c.Period.Holds(today) || !agreed[c.Person] {
			c.Name = ""
		}
		c.Person = 0
		for n := range c.Visits {
			c.Visits[n].Met = ""
		}
	}
	return nil
}

// appointees returns who was appointed by each record of an enterprise,
// superseded ones included: visits keep the record under which they were made.
func appointees(ctx context.Context, q db.Querier, realm core.RealmID, id core.EnterpriseID) (map[core.ID]core.PersonID, error) {
	as, err := db.All(ctx, q, scanAppointment, `SELECT `+appointmentColumns+` FROM appointments a WHERE a.realm_id = $1 AND a.enterprise_id = $2`, realm, id)
	by := make(map[core.ID]core.PersonID, len(as))
	for _, a := range as {
		by[a.ID] = a.Person
	}
	return by, err
}

// someStates is StatesAt for some enterprises: it reads what it needs of the
// tree and of the members itself.
func someStates(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment, today core.Date, ids []core.EnterpriseID) ([]State, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var tree *org.Tree
	if !present(m, today) {
		var err error
		if tree, err = org.At(ctx, q, realm, m); err != nil {
			return nil, err
		}
	}
	r, err := read(ctx, q, realm, m, tree, ids)
	if err != nil {
		return nil, err
	}
	members, err := counts(ctx, q, realm, m, today, r.hosted())
	if err != nil {
		return nil, err
	}
	return r.states(members), nil
}

// present reports whether a moment asks for what holds today, as known now.
func present(m core.Moment, today core.Date) bool { return m.KnownAt.IsZero() && m.On == today }

// counts returns the full members that each organisation had by itself. The
// present is read from the counters, another moment from the memberships.
func counts(ctx context.Context, q db.Querier, realm core.RealmID, m core.Moment, today core.Date, orgs []core.OrgID) (map[core.OrgID]org.Counts, error) {
	all := make(map[core.OrgID]org.Counts, len(orgs))
	if len(orgs) == 0 {
		return all, nil
	}
	if present(m, today) {
		tallies, err := org.Tallies(ctx, q, realm, orgs)
		for id, t := range tallies {
			all[id] = org.Counts{Full: t[org.CountFull].Own, Probationary: t[org.CountProbationary].Own}
		}
		return all, err
	}
	var id core.OrgID
	var n int
	err := ask(ctx, q, question{realm, m}, orgs, func(r db.Row) error {
		err := r.Scan(&id, &n)
		all[id] = org.Counts{Full: n}
		return err
	}, `SELECT x.org_id, count(*) FROM memberships x WHERE x.kind = 'full' AND`+held, "x.org_id", " GROUP BY x.org_id")
	return all, err
}
