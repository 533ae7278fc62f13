package mentoring

import (
	"context"
	"fmt"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// A Service is what pages and programs call.
type Service struct {
	DB  *db.DB
	Now core.Now
}

// A Side says who the actor is to an agreement.
type Side struct {
	Mentor, Apprentice, Checker bool
	Change                      bool // keeps the agreements of the organisation
	Person                      core.PersonID
}

// A Profile is one agreement with everything that its page shows.
type Profile struct {
	Agreement
	Side   Side
	Places []Place
	Notes  []Note // newest first
}

// Reached reports whether every skill has come to its target.
func (p Profile) Reached() bool {
	for _, at := range p.Places {
		if at.Reached < at.Target {
			return false
		}
	}
	return true
}

// requireSeen returns an agreement to the two people, to the third person named
// in it, and to those who see names in its organisation; core.NotFound otherwise.
func requireSeen(ctx context.Context, q db.Querier, who access.Actor, id core.ID, today core.Date) (Agreement, Side, error) {
	a, err := find(ctx, q, who.Realm, id, today)
	if err != nil {
		return Agreement{}, Side{}, err
	}
	me, err := access.Person(ctx, q, who)
	if err != nil && core.KindOf(err) != core.NotFound {
		return Agreement{}, Side{}, err
	}
	side := Side{Person: me, Mentor: me != 0 && me == a.Mentor, Apprentice: me != 0 && me == a.Apprentice, Checker: me != 0 && me == a.Checker}
	rights, err := access.RightsAt(ctx, q, who, a.Org)
	if err != nil && core.KindOf(err) != core.NotFound {
		return Agreement{}, Side{}, err
	}
	side.Change = rights[access.ChangeWork] && rights[access.SeePeople]
	if side.Mentor || side.Apprentice || side.Checker || side.Change {
		return a, side, nil
	}
	return Agreement{}, Side{}, core.NotFound
}

// Find returns an agreement to whoever may see it.
func (s *Service) Find(ctx context.Context, who access.Actor, id core.ID) (p Profile, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = requireProfile(ctx, tx, who, id, core.DateOf(s.Now()))
		return err
	})
	return p, err
}

func requireProfile(ctx context.Context, q db.Querier, who access.Actor, id core.ID, today core.Date) (p Profile, err error) {
	if p.Agreement, p.Side, err = requireSeen(ctx, q, who, id, today); err != nil {
		return Profile{}, err
	}
	if p.Places, err = places(ctx, q, who.Realm, p.Agreement); err != nil {
		return Profile{}, err
	}
	p.Notes, err = notes(ctx, q, who.Realm, id)
	return p, err
}

// A List is the agreements of a place. Rows are there for who sees names; Mine
// are those in which the actor takes part.
type List struct {
	Live, Objecting, Over int
	Shown                 int // levels that came to count in the last 30 days
	Changes               int // that another mentor was asked for; -1 where the pairs are too few to say
	Rows, Mine            []Agreement
	MayChange             bool
}

// List returns the agreements of an organisation and all below it, and one's own.
func (s *Service) List(ctx context.Context, who access.Actor, under core.OrgID) (l List, err error) {
	today := core.DateOf(s.Now())
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		l = List{}
		if err := access.Require(ctx, tx, who, access.SeeWork, under); err != nil {
			return err
		}
		rights, err := access.RightsAt(ctx, tx, who, under)
		if err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, under)
		if err != nil {
			return err
		}
		all, err := db.All(ctx, tx, scan(today), `SELECT `+columns+from+`
			WHERE m.realm_id = $1 AND o.path >= $2 AND o.path < $3 ORDER BY m.number DESC LIMIT 2000`, who.Realm, in.Lo, in.Hi)
		if err != nil {
			return err
		}
		l.count(all)
		if l.Shown, err = db.One(ctx, tx, db.Int, `
			SELECT count(*) FROM mentoring_evidence v
			JOIN mentoring_skills g ON g.realm_id = v.realm_id AND g.id = v.place_id
			JOIN mentorings m ON m.realm_id = g.realm_id AND m.id = g.mentoring_id
			JOIN orgs o ON o.realm_id = m.realm_id AND o.id = m.org_id
			WHERE v.realm_id = $1 AND o.path >= $2 AND o.path < $3 AND v.checked_on IS NOT NULL AND v.confirmed_on > $4`,
			who.Realm, in.Lo, in.Hi, db.Date(today.AddDays(-30))); err != nil {
			return err
		}
		if l.MayChange = rights[access.ChangeWork] && rights[access.SeePeople]; l.MayChange {
			l.Rows = all
		}
		me, err := access.Person(ctx, tx, who)
		if err != nil || me == 0 {
			return err
		}
		l.Mine, err = db.All(ctx, tx, scan(today), `SELECT `+columns+from+`
			WHERE m.realm_id = $1 AND (m.mentor_id = $2 OR m.apprentice_id = $2 OR m.checker_id = $2) ORDER BY m.number DESC LIMIT 200`, who.Realm, me)
		return err
	})
	return l, err
}

func (l *List) count(all []Agreement) {
	for _, a := range all {
		switch {
		case a.State.Over():
			l.Over++
		default:
			l.Live++
		}
		if a.State == Objection {
			l.Objecting++
		}
		if a.State == ChangeMentor || a.Ending == Continued {
			l.Changes++
		}
	}
	if len(all) < Fewest {
		l.Changes = -1
	}
}

// Propose writes an agreement down; nobody has signed it. Who keeps the
// agreements of the organisation may, and an apprentice or mentor for himself.
func (s *Service) Propose(ctx context.Context, who access.Actor, t Terms) (a Agreement, err error) {
	now := s.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := requireKeeper(ctx, tx, who, t.Org); err != nil {
			return err
		}
		a, err = Propose(ctx, tx, who, now, t, core.ID(0))
		return err
	})
	return a, err
}

// requireKeeper asks for the right to keep agreements, which is to change work
// and to see names.
func requireKeeper(ctx context.Context, q db.Querier, who access.Actor, org core.OrgID) error {
	if org == 0 {
		return core.Fields{"org": core.M("mentoring.org.missing")}.Err()
	}
	if err := access.Require(ctx, q, who, access.ChangeWork, org); err != nil {
		return err
	}
	return access.Require(ctx, q, who, access.SeePeople, org)
}

// Propose is Service.Propose for whoever has asked; root is the first agreement
// of the chain that it continues, or zero.
func Propose(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, t Terms, root core.ID) (Agreement, error) {
	t.tidy()
	if err := t.check(); err != nil {
		return Agreement{}, err
	}
	if err := there(ctx, tx, who, &t); err != nil {
		return Agreement{}, err
	}
	a := Agreement{ID: core.NewID(now), Root: root, Terms: t, State: Proposed, CreatedAt: now.Truncate(time.Microsecond), Version: 1}
	if root == 0 {
		a.Root = a.ID
	}
	prefix := fmt.Sprintf("D-%02d-", t.StartsOn.Year%100)
	n, err := db.One(ctx, tx, db.Int, `SELECT count(*) FROM mentorings WHERE realm_id = $1 AND substr(number, 1, 5) = $2`, who.Realm, prefix)
	if err != nil {
		return a, err
	}
	a.Number = prefix + fmt.Sprintf("%03d", n+1)
	if err := insert(ctx, tx, who, a); err != nil {
		return a, err
	}
	for _, aim := range t.Skills {
		_, err := tx.Exec(ctx, `INSERT INTO mentoring_skills (realm_id, id, mentoring_id, skill_id, target) VALUES ($1, $2, $3, $4, $5)`,
			who.Realm, core.NewID(now), a.ID, aim.Skill, aim.Target)
		if err != nil {
			return a, err
		}
	}
	return a, tell(ctx, tx, who, now, a, "propose", "")
}

// there looks that everybody and everything the terms name is there and within
// the actor's reach, and takes the enterprise from the organisation.
func there(ctx context.Context, q db.Querier, who access.Actor, t *Terms) error {
	var bad core.Fields
	for name, id := range map[string]core.PersonID{"mentor": t.Mentor, "apprentice": t.Apprentice, "checker": t.Checker} {
		if id == 0 {
			continue
		}
		err := seen(ctx, q, who, id)
		if err != nil && core.KindOf(err) == core.Internal {
			return err
		}
		bad.If(err != nil, name, "mentoring.person.gone")
	}
	hosts, err := db.All(ctx, q, func(r db.Row) (e core.EnterpriseID, err error) { return e, r.Scan(&e) }, `
		SELECT enterprise_id FROM hostings WHERE realm_id = $1 AND org_id = $2 AND superseded_at IS NULL AND valid_to = '9999-12-31' ORDER BY enterprise_id`, who.Realm, t.Org)
	if err != nil {
		return err
	}
	if t.Enterprise == 0 && len(hosts) > 0 {
		t.Enterprise = hosts[0]
	}
	known, err := skills(ctx, q, who.Realm, t.Enterprise)
	if err != nil {
		return err
	}
	twice := map[core.ID]bool{}
	for _, aim := range t.Skills {
		levels := -1
		for _, k := range known {
			if k.ID == aim.Skill {
				levels = len(k.Levels)
			}
		}
		bad.If(levels < 0, "skill", "mentoring.skill.gone")
		bad.If(levels >= 0 && (aim.Target < 1 || aim.Target > levels), "target", "mentoring.target.outside", levels)
		bad.If(twice[aim.Skill], "skill", "mentoring.skill.twice")
		twice[aim.Skill] = true
	}
	return bad.Err()
}

// seen reports whether the actor sees the name of a person who is there.
func seen(ctx context.Context, q db.Querier, who access.Actor, id core.PersonID) error {
	at, err := db.One(ctx, q, func(r db.Row) (o core.OrgID, err error) { return o, r.Scan(db.Null(&o)) },
		`SELECT at_org FROM persons WHERE realm_id = $1 AND id = $2 AND removed_at IS NULL AND erased_at IS NULL`, who.Realm, id)
	if err != nil {
		return err
	}
	return access.Require(ctx, q, who, access.SeePeople, at)
}
