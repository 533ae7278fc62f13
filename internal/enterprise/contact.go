package enterprise

import (
	"context"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/rule"
	"tongpin/internal/setting"
)

// An Appointment puts a person in touch with an enterprise for a period.
type Appointment struct {
	ID           core.ID
	Kind         string // one of ContactKinds
	Person       core.PersonID
	Enterprise   core.EnterpriseID
	Purpose      string
	Period       core.Period
	EndReason    string
	RecordedAt   time.Time
	SupersededAt time.Time
}

const appointmentColumns = `a.id, a.kind, a.person_id, a.enterprise_id, a.purpose, a.valid_from, a.valid_to, a.end_reason, a.recorded_at, a.superseded_at`

func scanAppointment(r db.Row) (a Appointment, err error) {
	return a, r.Scan(&a.ID, &a.Kind, &a.Person, &a.Enterprise, &a.Purpose, (*db.Date)(&a.Period.From), (*db.Date)(&a.Period.To), &a.EndReason,
		(*db.Instant)(&a.RecordedAt), (*db.Instant)(&a.SupersededAt))
}

// Appoint puts a person in touch with an enterprise. Period.To may be the day
// after the last one, or core.Forever. The verdict warns when the person has
// more enterprises now than the setting allows. An enterprise that has
// moved or closed gets nobody.
func Appoint(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, a Appointment) (Appointment, rule.Verdict, error) {
	all, err := AppointMany(ctx, tx, who, now, []Appointment{a})
	if err != nil {
		return Appointment{}, rule.Verdict{}, err
	}
	load, err := Load(ctx, tx, who.Realm, a.Person, core.DateOf(now))
	if err != nil {
		return Appointment{}, rule.Verdict{}, err
	}
	set, err := setting.Rules(ctx, tx, who.Realm)
	if err != nil {
		return Appointment{}, rule.Verdict{}, err
	}
	return all[0], rule.InstructorLoad(load, set), settle(ctx, tx, who, now, a.Enterprise)
}

// AppointMany is Appoint for many at once: same checks, one line in the journal
// for each enterprise. It starts no clocks (see StartClocks).
func AppointMany(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, as []Appointment) ([]Appointment, error) {
	var persons []core.PersonID
	var ids []core.EnterpriseID
	for _, a := range as {
		persons, ids = append(persons, a.Person), append(ids, a.Enterprise)
	}
	if err := havePersons(ctx, tx, who.Realm, distinct(persons)); err != nil {
		return nil, err
	}
	at, since, live, err := appointable(ctx, tx, who.Realm, distinct(ids))
	if err != nil {
		return nil, err
	}
	as = slices.Clone(as)
	rows := make([][]any, len(as))
	for i := range as {
		a := &as[i]
		a.ID, a.Purpose, a.RecordedAt = core.NewID(now), strings.TrimSpace(a.Purpose), now
		if a.Period.To.IsZero() {
			a.Period.To = core.Forever
		}
		if err := a.check(core.DateOf(now), since[a.Enterprise], at[a.Enterprise], live[a.Enterprise]); err != nil {
			return nil, err
		}
		live[a.Enterprise] = append(live[a.Enterprise], *a)
		rows[i] = []any{who.Realm, a.ID, a.Kind, a.Person, a.Enterprise, a.Purpose, db.Date(a.Period.From), db.Date(a.Period.To), db.Instant(now), ""}
	}
	err = db.Insert(ctx, tx, "appointments", "realm_id, id, kind, person_id, enterprise_id, purpose, valid_from, valid_to, recorded_at, end_reason", rows)
	if err != nil {
		return nil, err
	}
	return as, journalAppointments(ctx, tx, who, now, at, as)
}

// appointable returns, of each enterprise, how it stands, its first day on the
// list and who is in touch with it.
func appointable(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.EnterpriseID) (map[core.EnterpriseID]Enterprise, map[core.EnterpriseID]core.Date, map[core.EnterpriseID][]Appointment, error) {
	since, err := registered(ctx, q, realm, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	es, err := of(ctx, q, realm, ids)
	if err != nil {
		return nil, nil, nil, err
	}
	at := make(map[core.EnterpriseID]Enterprise, len(es))
	for _, e := range es {
		at[e.ID] = e
	}
	standing, err := some(ctx, q, scanAppointment, realm, ids, `
		SELECT `+appointmentColumns+` FROM appointments a WHERE a.realm_id = $1 AND a.superseded_at IS NULL AND a.enterprise_id IN (`, `)`)
	live := map[core.EnterpriseID][]Appointment{}
	for _, a := range standing {
		live[a.Enterprise] = append(live[a.Enterprise], a)
	}
	return at, since, live, err
}

// journalAppointments writes one line for each of a few, one for all of many.
func journalAppointments(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, at map[core.EnterpriseID]Enterprise, as []Appointment) error {
	if len(as) > maxBatch {
		return audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "appointment.begin", Org: at[as[0].Enterprise].Org, Subject: "enterprise", After: map[string]any{"appointments": len(as)},
		})
	}
	for _, a := range as {
		err := audit.Write(ctx, tx, now, audit.Entry{
			By: who.By(), Action: "appointment.begin", Org: at[a.Enterprise].Org, Subject: "enterprise", SubjectID: core.ID(a.Enterprise),
			After: map[string]any{"kind": a.Kind, "person": a.Person, "from": a.Period.From, "to": a.Period.To},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxBatch is how many enterprises a person may act on at once.
const maxBatch = 200

// check returns an error that names what to correct; core.Conflict if the
// person is in touch with the enterprise already.
func (a Appointment) check(today, registered core.Date, e Enterprise, there []Appointment) error {
	var bad core.Fields
	bad.If(!slices.Contains(ContactKinds, a.Kind), "kind", "enterprise.contact.unknown", a.Kind)
	bad.If(a.Period.From.IsZero(), "from", "enterprise.date.missing")
	bad.If(a.Period.From.After(today), "from", "enterprise.date.future", a.Period.From)
	bad.If(a.Period.From.Before(registered), "from", "enterprise.date.before_registered", registered)
	bad.If(!a.Period.From.Before(a.Period.To), "to", "enterprise.date.backwards")
	bad.If(!OnTheBooks(e.State) && a.Period.To.After(today), "enterprise", "enterprise.contact.gone", e.Name)
	checkRemark(&bad, "purpose", a.Purpose)
	if err := bad.Err(); err != nil {
		return err
	}
	for _, o := range there {
		if o.Person == a.Person && o.Period.Overlaps(a.Period) {
			return core.Fail(core.Conflict, "enterprise.contact.twice", e.Name, o.Period.From)
		}
	}
	return nil
}

// havePersons returns core.NotFound unless the realm has all of them.
func havePersons(ctx context.Context, q db.Querier, realm core.RealmID, ids []core.PersonID) error {
	got, err := some(ctx, q, db.Int, realm, ids, `SELECT count(*) FROM persons p WHERE p.realm_id = $1 AND p.removed_at IS NULL AND p.id IN (`, `)`)
	if err != nil {
		return err
	}
	n := 0
	for _, k := range got {
		n += k
	}
	if n != len(ids) {
		return core.Fail(core.NotFound, "enterprise.contact.nobody")
	}
	return nil
}

// Load returns with how many enterprises a person is in touch on a day, each
// once.
func Load(ctx context.Context, q db.Querier, realm core.RealmID, person core.PersonID, on core.Date) (int, error) {
	return db.One(ctx, q, db.Int, `
		SELECT count(DISTINCT a.enterprise_id) FROM appointments a
		WHERE a.realm_id = $1 AND a.person_id = $2 AND a.superseded_at IS NULL AND a.valid_from <= $3 AND a.valid_to > $3`,
		realm, person, db.Date(on))
}

func findAppointment(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) (Appointment, error) {
	return db.One(ctx, q, scanAppointment, `
		SELECT `+appointmentColumns+` FROM appointments a WHERE a.realm_id = $1 AND a.id = $2 AND a.superseded_at IS NULL`, realm, id)
}

// EndAppointment ends an appointment on a day: it held up to the day before.
func EndAppointment(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.ID, on core.Date, reason string) error {
	a, err := findAppointment(ctx, tx, who.Realm, id)
	if err != nil {
		return err
	}
	if err := checkEnd(a.Period, on, core.DateOf(now), reason); err != nil {
		return err
	}
	if !on.Before(a.Period.To) {
		return core.Fail(core.Invalid, "enterprise.contact.ended", a.Period.To)
	}
	if err := supersede(ctx, tx, `UPDATE appointments SET superseded_at = $3 WHERE realm_id = $1 AND id = $2 AND superseded_at IS NULL`, now, who.Realm, id); err != nil {
		return err
	}
	if a.Period.From.Before(on) {
		next := core.NewID(now)
		_, err = tx.Exec(ctx, `
			INSERT INTO appointments (realm_id, id, kind, person_id, enterprise_id, purpose, valid_from, valid_to, recorded_at, end_reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Realm, next, a.Kind, a.Person, a.Enterprise, a.Purpose, db.Date(a.Period.From), db.Date(on), db.Instant(now), strings.TrimSpace(reason))
		if err != nil {
			return err
		}
	}
	e, err := Find(ctx, tx, who.Realm, a.Enterprise)
	if err != nil {
		return err
	}
	err = audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "appointment.end", Org: e.Org, Subject: "enterprise", SubjectID: core.ID(e.ID),
		Before: map[string]any{"kind": a.Kind, "person": a.Person, "from": a.Period.From}, After: map[string]any{"on": on}, Note: strings.TrimSpace(reason),
	})
	if err != nil {
		return err
	}
	for _, kind := range []clock.Kind{clock.Visit, clock.AppointmentEnd} {
		if err := clock.Stop(ctx, tx, now, who.Realm, kind, id, clock.Done, who.User); err != nil {
			return err
		}
	}
	return settle(ctx, tx, who, now, e.ID)
}

// A Visit is what an instructor or liaison brought back from an enterprise.
type Visit struct {
	ID          core.ID
	Appointment core.ID
	Enterprise  core.EnterpriseID
	On          core.Date
	Met         string // whom, by role
	Need        string // what the enterprise needs
	Next        string // what follows
	RecordedAt  time.Time
}

const visitColumns = `v.id, v.appointment_id, v.enterprise_id, v.visited_on, v.met, v.need, v.next_step, v.recorded_at`

func scanVisit(r db.Row) (v Visit, err error) {
	return v, r.Scan(&v.ID, &v.Appointment, &v.Enterprise, (*db.Date)(&v.On), &v.Met, &v.Need, &v.Next, (*db.Instant)(&v.RecordedAt))
}

// RecordVisit records a visit under an appointment that held on its day; the
// next one is due sixty days later.
func RecordVisit(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, v Visit) (Visit, error) {
	a, err := findAppointment(ctx, tx, who.Realm, v.Appointment)
	if err != nil {
		return Visit{}, err
	}
	v.ID, v.Enterprise, v.RecordedAt = core.NewID(now), a.Enterprise, now
	v.Met, v.Need, v.Next = strings.TrimSpace(v.Met), strings.TrimSpace(v.Need), strings.TrimSpace(v.Next)
	var bad core.Fields
	bad.If(v.On.IsZero(), "visited_on", "enterprise.date.missing")
	bad.If(v.On.After(core.DateOf(now)), "visited_on", "enterprise.date.future", v.On)
	bad.If(!v.On.IsZero() && !a.Period.Holds(v.On), "visited_on", "enterprise.visit.outside", a.Period.From)
	checkRemark(&bad, "met", v.Met)
	checkRemark(&bad, "need", v.Need)
	checkRemark(&bad, "next", v.Next)
	if err := bad.Err(); err != nil {
		return Visit{}, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO visits (realm_id, id, appointment_id, enterprise_id, visited_on, met, need, next_step, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		who.Realm, v.ID, v.Appointment, v.Enterprise, db.Date(v.On), v.Met, v.Need, v.Next, db.Instant(now), db.Null(&who.User))
	if err != nil {
		return Visit{}, err
	}
	e, err := Find(ctx, tx, who.Realm, v.Enterprise)
	if err != nil {
		return Visit{}, err
	}
	err = audit.Write(ctx, tx, now, audit.Entry{
		By: who.By(), Action: "visit.record", Org: e.Org, Subject: "enterprise", SubjectID: core.ID(e.ID),
		After: map[string]any{"appointment": v.Appointment, "visited_on": v.On},
	})
	if err != nil {
		return Visit{}, err
	}
	return v, settle(ctx, tx, who, now, e.ID)
}

// RecordVisits is RecordVisit for many known to be right, such as an example's:
// few statements, no checks, no clocks and one line in the journal.
func RecordVisits(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, vs []Visit) error {
	rows := make([][]any, len(vs))
	for i, v := range vs {
		rows[i] = []any{who.Realm, core.NewID(now), v.Appointment, v.Enterprise, db.Date(v.On), v.Met, v.Need, v.Next, db.Instant(now), db.Null(&who.User)}
	}
	err := db.Insert(ctx, tx, "visits", "realm_id, id, appointment_id, enterprise_id, visited_on, met, need, next_step, recorded_at, recorded_by", rows)
	if err != nil || len(vs) == 0 {
		return err
	}
	return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "visit.record", Subject: "enterprise", After: map[string]any{"visits": len(vs)}})
}
