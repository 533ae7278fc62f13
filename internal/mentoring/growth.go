package mentoring

import (
	"context"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
)

// A Grown is one skill of a person with what shows it.
type Grown struct {
	Skill   string
	Levels  []string
	Reached int
	Steps   []Step // those that count
}

// A Known is somebody whom a person may admit, or has admitted.
type Known struct {
	Person   core.PersonID
	Name     string
	Admitted bool
}

// A Growth is what a person can do and took part in, read from the same facts
// as everything else.
type Growth struct {
	Person core.PersonID
	Name   string
	Own    bool
	Skills []Grown
	Work   []fact.Fact // projects and topics that the person leads or takes part in
	Knows  []Known     // for oneself: whom to admit
}

// Growth returns a person's page of growth: to the person, to the mentor while
// the agreement runs, to whom the person admits, and to who sees names where the
// record is kept. That somebody else opened it is journalled, so that the person
// can read who did. The zero id is oneself.
func (s *Service) Growth(ctx context.Context, who access.Actor, id core.PersonID) (g Growth, err error) {
	now := s.Now()
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if g, err = requireGrowth(ctx, tx, who, id, core.DateOf(now)); err != nil {
			return err
		}
		if err := g.read(ctx, tx, who.Realm, core.DateOf(now)); err != nil || g.Own {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "person.open_growth", Subject: "person", SubjectID: core.ID(g.Person)})
	})
	return g, err
}

func requireGrowth(ctx context.Context, q db.Querier, who access.Actor, id core.PersonID, today core.Date) (Growth, error) {
	me, err := access.Person(ctx, q, who)
	if err != nil && core.KindOf(err) != core.NotFound {
		return Growth{}, err
	}
	if id == 0 {
		id = me
	}
	var at core.OrgID
	g := Growth{Person: id, Own: me != 0 && me == id}
	if err := db.Each(ctx, q, func(r db.Row) error { return r.Scan(&g.Name, db.Null(&at)) },
		`SELECT name, at_org FROM persons WHERE realm_id = $1 AND id = $2 AND removed_at IS NULL AND erased_at IS NULL`, who.Realm, id); err != nil {
		return Growth{}, err
	}
	if g.Name == "" {
		return Growth{}, core.NotFound
	}
	if g.Own || who.Machine {
		return g, nil
	}
	if me != 0 {
		mine, err := db.All(ctx, q, scan(today), `SELECT `+columns+from+` WHERE m.realm_id = $1 AND m.mentor_id = $2 AND m.apprentice_id = $3`, who.Realm, me, id)
		if err != nil {
			return Growth{}, err
		}
		if slices.ContainsFunc(mine, func(a Agreement) bool { return a.State.Runs() }) {
			return g, nil
		}
		n, err := db.One(ctx, q, db.Int, `SELECT count(*) FROM growth_admissions WHERE realm_id = $1 AND person_id = $2 AND admitted_id = $3`, who.Realm, id, me)
		if err != nil || n > 0 {
			return g, err
		}
	}
	if at == 0 || access.Require(ctx, q, who, access.SeePeople, at) != nil {
		return Growth{}, core.NotFound
	}
	return g, nil
}

func (g *Growth) read(ctx context.Context, q db.Querier, realm core.RealmID, today core.Date) error {
	own, err := db.All(ctx, q, scan(today), `SELECT `+columns+from+` WHERE m.realm_id = $1 AND m.apprentice_id = $2 ORDER BY m.id`, realm, g.Person)
	if err != nil {
		return err
	}
	seen := map[core.ID]bool{}
	for _, a := range own {
		all, err := places(ctx, q, realm, a)
		if err != nil {
			return err
		}
		for _, p := range all {
			steps := slices.DeleteFunc(p.Steps, func(s Step) bool { return !s.Counts() || seen[s.ID] })
			for _, st := range steps {
				seen[st.ID] = true
			}
			g.add(p, steps)
		}
	}
	ids, err := db.All(ctx, q, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) }, `
		SELECT p.id FROM projects p WHERE p.realm_id = $1 AND (p.leader_id = $2 OR EXISTS (
			SELECT 1 FROM project_people w WHERE w.realm_id = p.realm_id AND w.project_id = p.id AND w.person_id = $2))
		ORDER BY p.id DESC LIMIT 100`, realm, g.Person)
	for _, id := range ids {
		f, failed := fact.Find(ctx, q, realm, fact.Project, id)
		if failed != nil {
			return failed
		}
		g.Work = append(g.Work, f)
	}
	if err != nil || !g.Own {
		return err
	}
	g.Knows, err = known(ctx, q, realm, g.Person)
	return err
}

// add puts a skill of an agreement to the same skill of an earlier one.
func (g *Growth) add(p Place, steps []Step) {
	if len(steps) == 0 {
		return
	}
	i := slices.IndexFunc(g.Skills, func(k Grown) bool { return k.Skill == p.Name })
	if i < 0 {
		g.Skills = append(g.Skills, Grown{Skill: p.Name, Levels: p.Levels})
		i = len(g.Skills) - 1
	}
	g.Skills[i].Steps = append(g.Skills[i].Steps, steps...)
	g.Skills[i].Reached = max(g.Skills[i].Reached, p.Reached)
}

// known returns those with whom a person works or has learned.
func known(ctx context.Context, q db.Querier, realm core.RealmID, person core.PersonID) ([]Known, error) {
	return db.All(ctx, q, func(r db.Row) (k Known, err error) {
		var n int
		err = r.Scan(&k.Person, &k.Name, &n)
		k.Admitted = n > 0
		return k, err
	}, `SELECT p.id, p.name, (SELECT count(*) FROM growth_admissions g WHERE g.realm_id = p.realm_id AND g.person_id = $2 AND g.admitted_id = p.id)
		FROM persons p
		WHERE p.realm_id = $1 AND p.id <> $2 AND p.erased_at IS NULL AND p.id IN (
			SELECT mentor_id FROM mentorings WHERE realm_id = $1 AND apprentice_id = $2
			UNION SELECT apprentice_id FROM mentorings WHERE realm_id = $1 AND mentor_id = $2
			UNION SELECT checker_id FROM mentorings WHERE realm_id = $1 AND apprentice_id = $2
			UNION SELECT f.leader_id FROM projects f JOIN project_people w ON w.realm_id = f.realm_id AND w.project_id = f.id WHERE f.realm_id = $1 AND w.person_id = $2
			UNION SELECT w.person_id FROM projects f JOIN project_people w ON w.realm_id = f.realm_id AND w.project_id = f.id WHERE f.realm_id = $1 AND f.leader_id = $2
			UNION SELECT admitted_id FROM growth_admissions WHERE realm_id = $1 AND person_id = $2)
		ORDER BY p.name_key, p.id LIMIT 200`, realm, person)
}

// Admit lets somebody with whom one works or learned see the own page, or ends
// that.
func (s *Service) Admit(ctx context.Context, who access.Actor, other core.PersonID, yes bool) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		g, err := requireGrowth(ctx, tx, who, 0, core.DateOf(now))
		if err != nil || !g.Own {
			return core.NotFound
		}
		all, err := known(ctx, tx, who.Realm, g.Person)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(k Known) bool { return k.Person == other }) {
			return core.Fields{"person": core.M("mentoring.person.gone")}.Err()
		}
		action := "person.admit"
		if yes {
			_, err = tx.Exec(ctx, `INSERT INTO growth_admissions (realm_id, person_id, admitted_id, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
				who.Realm, g.Person, other, db.Date(core.DateOf(now)))
		} else {
			action = "person.unadmit"
			_, err = tx.Exec(ctx, `DELETE FROM growth_admissions WHERE realm_id = $1 AND person_id = $2 AND admitted_id = $3`, who.Realm, g.Person, other)
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: action, Subject: "person", SubjectID: core.ID(g.Person)})
	})
}
