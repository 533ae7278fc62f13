package demo

import (
	"context"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// A builder writes a plan and keeps the ids that the next step needs.
type builder struct {
	*plan
	db   *db.DB
	keys *secret.Keyring
	who  access.Actor
	now  time.Time

	orgIDs        []core.OrgID
	enterpriseIDs []core.EnterpriseID
}

// Build writes the example into an empty realm and returns who can sign in.
// The same day gives the same example.
func Build(ctx context.Context, d *db.DB, keys *secret.Keyring, realm core.RealmID, now time.Time) ([]Person, error) {
	b := &builder{plan: newPlan(core.DateOf(now)), db: d, keys: keys, who: access.Machine(realm), now: now}
	b.build()
	for _, step := range []func(context.Context, *db.Tx) error{
		b.foundOrgs, b.registerEnterprises, b.group, b.enrol, b.contacts, b.tell, b.backdate,
	} {
		if err := d.Tx(ctx, func(tx *db.Tx) error { return step(ctx, tx) }); err != nil {
			return nil, err
		}
	}
	people, err := b.accounts(ctx)
	if err != nil {
		return nil, err
	}
	return people, b.work(ctx)
}

func (b *builder) foundOrgs(ctx context.Context, tx *db.Tx) error {
	fs := make([]org.Founding, len(b.orgs))
	for i, o := range b.orgs {
		fs[i] = org.Founding{
			Name: o.name, Kind: o.kind, Within: o.within, SetupMode: o.mode, HostSituation: o.host,
			FoundedOn: o.founded, DissolvedOn: o.dissolved,
		}
		if o.dissolved.IsZero() && !o.termEnds.IsZero() {
			fs[i].Term = org.Term{EndsOn: o.termEnds}
		}
	}
	all, err := org.FoundMany(ctx, tx, b.who, b.now, fs)
	for _, o := range all {
		b.orgIDs = append(b.orgIDs, o.ID)
	}
	return err
}

func (b *builder) registerEnterprises(ctx context.Context, tx *db.Tx) error {
	rs := make([]enterprise.Registration, len(b.enterprises))
	for i, e := range b.enterprises {
		rs[i] = enterprise.Registration{
			Name: e.name, CreditCode: creditCode(b.r), Org: b.orgIDs[e.org-1], Type: e.kind, Industry: e.industry,
			Employees: &b.enterprises[i].employees, ForeignShare: e.share, MembersFound: &b.enterprises[i].members,
			State: e.state, VerifiedOn: e.verified, From: e.from,
		}
		if e.state == enterprise.Listed {
			rs[i].MembersFound = nil
		}
	}
	all, err := enterprise.RegisterMany(ctx, tx, b.who, b.now, rs)
	if err != nil {
		return err
	}
	for _, e := range all {
		b.enterpriseIDs = append(b.enterpriseIDs, e.ID)
	}
	var hs []enterprise.Hosting
	for i, o := range b.orgs {
		for _, h := range o.hosts {
			p := core.Since(later(o.founded, b.enterprises[h].from))
			if !o.dissolved.IsZero() {
				p.To = o.dissolved
			}
			if p.From.Before(p.To) {
				hs = append(hs, enterprise.Hosting{Org: b.orgIDs[i], Enterprise: b.enterpriseIDs[h], Period: p})
			}
		}
	}
	return enterprise.HostMany(ctx, tx, b.who, b.now, hs)
}

func later(a, b core.Date) core.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// group puts enterprises into chains, buildings with floors, streets and
// platforms.
func (b *builder) group(ctx context.Context, tx *db.Tx) error {
	var js []enterprise.Joining
	made := map[string]core.ID{}
	place := func(kind, name string, parent core.ID) (core.ID, error) {
		if id, ok := made[kind+name]; ok {
			return id, nil
		}
		g, err := enterprise.MakeGrouping(ctx, tx, b.who, b.now, enterprise.Grouping{Kind: kind, Name: name, Parent: parent, Org: b.orgIDs[b.park-1]}, core.NewDate(2019, 1, 1))
		made[kind+name] = g.ID
		return g.ID, err
	}
	for i, e := range b.enterprises {
		join := func(kind, name string, parent core.ID) (core.ID, error) {
			id, err := place(kind, name, parent)
			if err == nil {
				js = append(js, enterprise.Joining{Grouping: id, Enterprise: b.enterpriseIDs[i], Period: core.Since(e.from)})
			}
			return id, err
		}
		for kind, name := range map[string]string{enterprise.Chain: e.chain, enterprise.Street: e.street} {
			if name == "" {
				continue
			}
			if _, err := join(kind, name, 0); err != nil {
				return err
			}
		}
		if e.building != "" {
			house, err := place(enterprise.Building, e.building, 0)
			if err != nil {
				return err
			}
			if _, err := join(enterprise.Floor, floorName(e.building, e.floor), house); err != nil {
				return err
			}
		}
		if e.platform != "" {
			whole, err := place(enterprise.Platform, e.platform, 0)
			if err != nil {
				return err
			}
			if _, err := join(enterprise.Platform, station(e.platform, i%4), whole); err != nil {
				return err
			}
		}
	}
	return enterprise.JoinMany(ctx, tx, b.who, b.now, js)
}

// enrol fills the branches. On SecondDay the park's sizes hold exactly: those
// who joined later come on top and those who left since were there too.
func (b *builder) enrol(ctx context.Context, tx *db.Tx) error {
	n := 0
	for _, o := range b.orgs {
		n += o.size + 1
	}
	rows := make([]member.Enrolment, 0, n)
	for i, o := range b.orgs {
		inPark := i+1 > b.park && strings.HasPrefix(b.pathOf(i+1), b.pathOf(b.park))
		for range o.size {
			rows = append(rows, b.memberOf(i, inPark))
		}
		if o.size > 20 && inPark && b.r.IntN(6) == 0 && o.founded.Before(SecondDay) { // joined since
			e := b.memberOf(i, false)
			e.JoinedOn, e.Kind, e.ConfirmedOn = b.between(b.today.AddDays(-300), b.today.AddDays(-5)), member.Probationary, core.Date{}
			e.From = e.JoinedOn
			rows = append(rows, e)
		}
	}
	_, err := member.EnrolMany(ctx, tx, b.keys, b.who, b.now, rows)
	return err
}

// pathOf names an organisation and those above it by their indexes.
func (b *builder) pathOf(i int) string {
	s := ""
	for ; i > 0; i = b.orgs[i-1].within {
		s = string(rune(0x4000+i)) + s
	}
	return s
}

// memberOf invents a member of the organisation of index i. In the park,
// everybody counted on SecondDay belonged by then.
func (b *builder) memberOf(i int, counted bool) member.Enrolment {
	o := b.orgs[i]
	born := core.NewDate(1962+b.r.IntN(40), time.Month(1+b.r.IntN(12)), 1+b.r.IntN(28))
	joined := born.AddMonths(12*(19+b.r.IntN(14)) + b.r.IntN(12))
	last := b.today.AddDays(-400)
	if counted {
		last = SecondDay.AddDays(-400)
	}
	if joined.After(last) {
		joined = b.between(later(born.AddMonths(12*18), last.AddDays(-900)), last)
	}
	male := b.r.IntN(100) < 62
	e := member.Enrolment{
		Name: b.names.person(), Sex: string(rule.Female), Ethnicity: "汉族", BornOn: born, Education: degrees[b.r.IntN(len(degrees))],
		JoinedOn: joined, ConfirmedOn: joined.AddMonths(12), Kind: member.Full, Org: b.orgIDs[i], Position: positions[b.r.IntN(len(positions))],
	}
	if male {
		e.Sex = string(rule.Male)
	}
	e.From = later(o.founded, joined)
	if o.hosts != nil && b.named(i) {
		e.IDNumber, e.Phone = idNumber(b.r, born, male), phone(b.r)
	}
	return e
}

// named reports whether the organisation belongs to one that the report
// names: its people have all items of a roster.
func (b *builder) named(i int) bool {
	for _, name := range []string{sig, dow, yongzhuo, port, institute, academy} {
		if strings.HasPrefix(b.orgs[i].name, name) {
			return true
		}
	}
	return false
}

// backdate records the past as known when the year's notice was drawn up, so
// that "as then known" has an answer. What happened since is known from now.
func (b *builder) backdate(ctx context.Context, tx *db.Tx) error {
	at := func(day core.Date) db.Instant {
		return db.Instant(time.Date(day.Year, day.Month, day.Day, 8, 0, 0, 0, b.now.Location()))
	}
	for _, update := range []string{
		`UPDATE org_facts SET`, `UPDATE enterprise_facts SET`, `UPDATE hostings SET`, `UPDATE grouping_members SET`,
		`UPDATE grouping_facts SET`, `UPDATE memberships SET`, `UPDATE appointments SET`,
	} {
		_, err := tx.Exec(ctx, update+` recorded_at = CASE WHEN valid_from <= $2 THEN CAST($1 AS bigint) ELSE CAST($3 AS bigint) END WHERE valid_from <= $4`,
			at(FirstDay), db.Date(FirstDay), at(SecondDay), db.Date(SecondDay))
		if err != nil {
			return err
		}
	}
	return nil
}
