package mentoring

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
)

// skills returns what can be learned in an enterprise, and in the whole realm.
func skills(ctx context.Context, q db.Querier, realm core.RealmID, e core.EnterpriseID) ([]Skill, error) {
	return db.All(ctx, q, func(r db.Row) (s Skill, err error) {
		var levels string
		err = r.Scan(&s.ID, db.Null(&s.Enterprise), &s.Name, &levels)
		s.Levels = strings.Split(levels, "\n")
		return s, err
	}, `SELECT id, enterprise_id, name, levels FROM skills
		WHERE realm_id = $1 AND retired_on IS NULL AND (enterprise_id IS NULL OR enterprise_id = $2) ORDER BY name, id LIMIT 500`, realm, e)
}

// Skills returns the catalogue for the enterprise of an organisation.
func (s *Service) Skills(ctx context.Context, who access.Actor, at core.OrgID) (all []Skill, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, at); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (k Skill, err error) {
			var levels string
			err = r.Scan(&k.ID, db.Null(&k.Enterprise), &k.Name, &levels)
			k.Levels = strings.Split(levels, "\n")
			return k, err
		}, `SELECT k.id, k.enterprise_id, k.name, k.levels FROM skills k
			LEFT JOIN enterprises e ON e.realm_id = k.realm_id AND e.id = k.enterprise_id
			JOIN orgs o ON o.realm_id = k.realm_id AND o.id = $2
			WHERE k.realm_id = $1 AND k.retired_on IS NULL AND (k.enterprise_id IS NULL OR substr(e.path, 1, length(o.path)) = o.path
				OR EXISTS (SELECT 1 FROM hostings h WHERE h.realm_id = k.realm_id AND h.org_id = o.id AND h.enterprise_id = k.enterprise_id AND h.superseded_at IS NULL AND h.valid_to = '9999-12-31'))
			ORDER BY k.name, k.id LIMIT 500`, who.Realm, at)
		return err
	})
	return all, err
}

// AddSkill adds a skill to the catalogue of the enterprise that an organisation
// belongs to.
func (s *Service) AddSkill(ctx context.Context, who access.Actor, at core.OrgID, k Skill) (Skill, error) {
	now := s.Now()
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := requireKeeper(ctx, tx, who, at); err != nil {
			return err
		}
		t := Terms{Org: at}
		if err := there(ctx, tx, who, &t); err != nil {
			return err
		}
		k.Enterprise = t.Enterprise
		if k.Enterprise == 0 {
			return core.Fields{"name": core.M("mentoring.org.no_enterprise")}.Err()
		}
		if err := AddSkill(ctx, tx, who, core.NewID(now), &k); err != nil {
			return err
		}
		return audit.Write(ctx, tx, now, audit.Entry{By: who.By(), Action: "mentoring.skill", Org: at, Subject: "skill", SubjectID: k.ID})
	})
	return k, err
}

// AddSkill is Service.AddSkill for whoever has asked.
func AddSkill(ctx context.Context, tx *db.Tx, who access.Actor, id core.ID, k *Skill) error {
	tidy(&k.Name)
	var levels []string
	for _, l := range k.Levels {
		if tidy(&l); l != "" {
			levels = append(levels, l)
		}
	}
	k.ID, k.Levels = id, levels
	var bad core.Fields
	bad.If(k.Name == "", "name", "mentoring.skill.name.missing")
	bad.If(long(k.Name, maxTitle), "name", "mentoring.long", maxTitle)
	bad.If(len(levels) < 2 || len(levels) > 9, "levels", "mentoring.levels.number")
	bad.If(long(strings.Join(levels, "\n"), maxWords), "levels", "mentoring.long", maxWords)
	if err := bad.Err(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO skills (realm_id, id, enterprise_id, name, levels) VALUES ($1, $2, $3, $4, $5)`,
		who.Realm, k.ID, db.Null(&k.Enterprise), k.Name, strings.Join(levels, "\n"))
	return err
}

// An Offer is that somebody is ready to take an apprentice.
type Offer struct {
	ID     core.ID
	Person core.PersonID
	Skill  core.ID
	Org    core.OrgID
	Level  int
	Shift  string
}

// AddOffer records that a person is ready to take an apprentice: for oneself, or
// by whoever keeps the agreements. The newest offer of a skill counts.
func (s *Service) AddOffer(ctx context.Context, who access.Actor, o Offer) error {
	now := s.Now()
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := requireKeeper(ctx, tx, who, o.Org); err != nil {
			me, failed := access.Person(ctx, tx, who)
			if failed != nil || me == 0 || me != o.Person || access.Require(ctx, tx, who, access.SeeWork, o.Org) != nil {
				return err
			}
		} else if o.Person != 0 && seen(ctx, tx, who, o.Person) != nil {
			return core.Fields{"person": core.M("mentoring.person.gone")}.Err()
		}
		return AddOffer(ctx, tx, who, core.NewID(now), o, core.DateOf(now))
	})
}

// AddOffer is Service.AddOffer for whoever has asked.
func AddOffer(ctx context.Context, tx *db.Tx, who access.Actor, id core.ID, o Offer, today core.Date) error {
	tidy(&o.Shift)
	t := Terms{Org: o.Org, Skills: []Aim{{o.Skill, o.Level}}}
	err := there(ctx, tx, who, &t)
	if bad := core.FieldsOf(err); bad["target"].Key != "" {
		bad["level"] = bad["target"]
		delete(bad, "target")
	}
	if err != nil {
		return err
	}
	var bad core.Fields
	bad.If(o.Person == 0, "person", "mentoring.mentor.missing")
	bad.If(long(o.Shift, 20), "shift", "mentoring.long", 20)
	if err := bad.Err(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE mentor_offers SET ended_on = $4 WHERE realm_id = $1 AND person_id = $2 AND skill_id = $3 AND ended_on IS NULL`,
		who.Realm, o.Person, o.Skill, db.Date(today)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO mentor_offers (realm_id, id, person_id, skill_id, org_id, level, shift, offered_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		who.Realm, id, o.Person, o.Skill, o.Org, o.Level, o.Shift, db.Date(today))
	return err
}

// A Suggestion is a mentor with what speaks for the choice, in facts that a
// sentence tells. It has no number of merit.
type Suggestion struct {
	Person     core.PersonID
	Name       string
	Skill      string
	Level      int
	Apprentice int // live apprentices
	Shift      string
	SameShift  bool
}

// Full reports whether the mentor has as many apprentices as is usual.
func (s Suggestion) Full() bool { return s.Apprentice >= Load }

// Suggest returns who offers a skill at an organisation, its neighbours in the
// enterprise and all below: those of the shift first and those with a full load
// last, and by name among equals. skill 0 is any, shift "" is any.
func (s *Service) Suggest(ctx context.Context, who access.Actor, at core.OrgID, skill core.ID, shift string) (all []Suggestion, err error) {
	tidy(&shift)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := requireKeeper(ctx, tx, who, at); err != nil {
			return err
		}
		in, err := access.RangeOf(ctx, tx, who.Realm, at)
		if err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (g Suggestion, err error) {
			err = r.Scan(&g.Person, &g.Name, &g.Skill, &g.Level, &g.Shift, &g.Apprentice)
			g.SameShift = shift != "" && g.Shift == shift
			return g, err
		}, `SELECT p.id, p.name, k.name, f.level, f.shift,
				(SELECT count(*) FROM mentorings m WHERE m.realm_id = f.realm_id AND m.mentor_id = f.person_id AND m.ended_on IS NULL)
			FROM mentor_offers f
			JOIN persons p ON p.realm_id = f.realm_id AND p.id = f.person_id AND p.removed_at IS NULL
			JOIN skills k ON k.realm_id = f.realm_id AND k.id = f.skill_id
			JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id
			WHERE f.realm_id = $1 AND f.ended_on IS NULL AND o.path >= $2 AND o.path < $3 AND (f.skill_id = $4 OR $4 = 0)
			ORDER BY p.name_key, p.id LIMIT 200`, who.Realm, in.Lo, in.Hi, skill)
		return err
	})
	group := func(g Suggestion) int {
		n := 0
		if !g.SameShift {
			n++
		}
		if g.Full() {
			n += 2
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b Suggestion) int { return cmp.Compare(group(a), group(b)) })
	return all, err
}

// A Feedback is how many apprentices gave an answer to a question.
type Feedback struct {
	Enterprise      core.EnterpriseID
	Year            int
	Question        string
	Yes, Partly, No int
}

// Feedback returns what apprentices said of the mentors of the enterprise of an
// organisation, by year; a year of fewer than five answers says nothing.
func (s *Service) Feedback(ctx context.Context, who access.Actor, at core.OrgID) (all []Feedback, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if err := access.Require(ctx, tx, who, access.SeeWork, at); err != nil {
			return err
		}
		t := Terms{Org: at}
		if err := there(ctx, tx, who, &t); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r db.Row) (f Feedback, err error) {
			f.Enterprise = t.Enterprise
			return f, r.Scan(&f.Year, &f.Question, &f.Yes, &f.Partly, &f.No)
		}, `SELECT year, question, sum(CASE WHEN answer = 'yes' THEN given ELSE 0 END), sum(CASE WHEN answer = 'partly' THEN given ELSE 0 END),
				sum(CASE WHEN answer = 'no' THEN given ELSE 0 END)
			FROM mentor_answers WHERE realm_id = $1 AND enterprise_id = $2
			GROUP BY year, question HAVING sum(given) >= $3 ORDER BY year DESC, question DESC`, who.Realm, t.Enterprise, Fewest)
		return err
	})
	return all, err
}
