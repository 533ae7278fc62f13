package demo

import (
	"context"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// contacts gives enterprises their instructors, liaisons and mass bodies,
// their visits, and plans to those that are not covered yet.
func (b *builder) contacts(ctx context.Context, tx *db.Tx) error {
	people, err := b.instructors(ctx, tx)
	if err != nil {
		return err
	}
	var as []enterprise.Appointment
	var visited []core.Date
	var mass []enterprise.MassBody
	n := 0
	for i, e := range b.enterprises {
		id := b.enterpriseIDs[i]
		switch e.contact {
		case enterprise.Instructor, enterprise.Liaison:
			p := core.Since(b.between(core.NewDate(2023, 2, 1), b.today.AddDays(-160)))
			if !e.contactEnds.IsZero() {
				p.To = e.contactEnds
			}
			as = append(as, enterprise.Appointment{Kind: e.contact, Person: people[n/5%len(people)], Enterprise: id, Purpose: "", Period: p})
			visited = append(visited, e.lastVisit)
			n++
		case enterprise.Union, enterprise.League:
			mass = append(mass, enterprise.MassBody{Enterprise: id, Kind: e.contact, Period: core.Since(core.NewDate(2021, 3, 1))})
		}
		if e.obstacle != "" {
			if err := b.planFor(ctx, tx, id, e); err != nil {
				return err
			}
		}
	}
	if err := enterprise.BeginMass(ctx, tx, b.who, b.now, mass); err != nil {
		return err
	}
	as, err = enterprise.AppointMany(ctx, tx, b.who, b.now, as)
	if err != nil {
		return err
	}
	vs := make([]enterprise.Visit, len(as))
	for i, a := range as {
		vs[i] = enterprise.Visit{Appointment: a.ID, Enterprise: a.Enterprise, On: visited[i], Met: "人事主管", Need: "用工对接", Next: "下月回访"}
	}
	return enterprise.RecordVisits(ctx, tx, b.who, b.now, vs)
}

// instructors invents the people who look after enterprises: five each at
// most. Their own affiliation lies with the organisation departments.
func (b *builder) instructors(ctx context.Context, tx *db.Tx) ([]core.PersonID, error) {
	n := 0
	for _, e := range b.enterprises {
		if e.contact == enterprise.Instructor || e.contact == enterprise.Liaison {
			n++
		}
	}
	rows := make([]member.Enrolment, n/5+1)
	for i := range rows {
		rows[i] = member.Enrolment{Name: b.names.person(), Kind: member.None, Org: b.orgIDs[b.parkArea[i%10]-1], Position: "党建指导员"}
	}
	return member.EnrolMany(ctx, tx, b.keys, b.who, b.now, rows)
}

func (b *builder) planFor(ctx context.Context, tx *db.Tx, id core.EnterpriseID, e enterprisePlan) error {
	return enterprise.SetPlan(ctx, tx, b.who, b.now, enterprise.Plan{
		Enterprise: id, PlannedOn: b.today.AddDays(20 + b.r.IntN(200)), Owner: b.orgIDs[e.org-1], Obstacle: e.obstacle,
	})
}

// tell writes the histories that the report tells: Dow's way from three
// members to the first committee of a wholly foreign-owned enterprise; and the
// share of the two-new as it printed it.
func (b *builder) tell(ctx context.Context, tx *db.Tx) error {
	id := b.orgIDs[b.at[dow+"党支部"]-1]
	for _, c := range []struct {
		on     core.Date
		name   string
		kind   rule.OrgKind
		reason string
	}{
		{core.NewDate(2011, 6, 30), dow + "党总支", rule.GeneralBranch, "52 名党员，上级批准"},
		{core.NewDate(2018, 6, 18), dow + "党委", rule.Committee, "104 名党员，上级批准"},
	} {
		if _, err := org.Apply(ctx, tx, b.who, b.now, id, org.Change{Name: &c.name, Kind: &c.kind, On: c.on, Reason: c.reason}); err != nil {
			return err
		}
	}
	_, err := figure.Report(ctx, tx, b.who, b.now, figure.Reported{
		Org: b.orgIDs[b.park-1], Figure: "two_new_share", On: FirstDay, Printed: "53%", Source: "人民网", ReportedOn: core.NewDate(2023, 7, 30),
	})
	return err
}
