package mentoring

import (
	"context"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
)

// Showing is one time that the apprentice showed a level: by a fact that counts
// for the skill, or in words.
type Showing struct {
	Place   core.ID // the skill of the agreement
	Level   int
	ShownOn core.Date
	How     string
	Fact    string
	FactID  core.ID
}

// Show records that a level was shown. Both sides may, and whoever keeps the
// agreements; it counts for nothing until somebody else has checked it.
func (s *Service) Show(ctx context.Context, who access.Actor, id core.ID, e Showing) error {
	tidy(&e.How)
	return s.requireDeed(ctx, who, id, "show", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Mentor && !side.Apprentice && !side.Change {
			return notYours()
		}
		if !a.State.Runs() {
			return core.Fail(core.Conflict, "mentoring.unsigned")
		}
		at, err := places(ctx, tx, who.Realm, *a)
		if err != nil {
			return err
		}
		if err := e.fits(at, *a, core.DateOf(now)); err != nil {
			return err
		}
		if e.Fact != "" { // a fact of this skill, that something has linked
			uses, err := fact.UsesBy(ctx, tx, who.Realm, fact.Ref{Reader: fact.Skill, ID: e.Place})
			if err != nil {
				return err
			}
			linked := false
			for _, u := range uses {
				linked = linked || string(u.Kind) == e.Fact && u.FactID == e.FactID
			}
			if !linked {
				return core.NotFound
			}
			e.How = ""
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO mentoring_evidence (realm_id, id, place_id, level, shown_on, how, fact, fact_id, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			who.Realm, core.NewID(now), e.Place, e.Level, db.Date(e.ShownOn), e.How, e.Fact, db.Null(&e.FactID), db.Null(&who.User))
		return err
	})
}

func (e Showing) fits(all []Place, a Agreement, today core.Date) error {
	var bad core.Fields
	levels := -1
	for _, p := range all {
		if p.ID == e.Place {
			levels = len(p.Levels)
		}
	}
	bad.If(levels < 0, "place", "mentoring.skill.gone")
	bad.If(levels >= 0 && (e.Level < 1 || e.Level > levels), "level", "mentoring.target.outside", max(levels, 1))
	bad.If(e.ShownOn.IsZero(), "shown_on", "mentoring.day.missing")
	bad.If(e.ShownOn.After(today), "shown_on", "mentoring.met_on.future")
	bad.If(e.Fact == "" && !e.ShownOn.IsZero() && e.ShownOn.Before(a.StartsOn), "shown_on", "mentoring.met_on.early", a.StartsOn)
	bad.If(e.How == "" && e.Fact == "", "how", "mentoring.how.missing")
	bad.If(long(e.How, maxWords), "how", "mentoring.long", maxWords)
	return bad.Err()
}

// step returns one step of an agreement.
func step(ctx context.Context, q db.Querier, realm core.RealmID, a Agreement, id core.ID) (Step, error) {
	all, err := chain(ctx, q, realm, a.Root)
	for _, s := range all {
		if err == nil && s.ID == id && id != 0 {
			return s, nil
		}
	}
	if err == nil {
		err = core.NotFound
	}
	return Step{}, err
}

// Check records that somebody has looked at what was shown: the third person, or
// whoever keeps the agreements, who may name somebody else as by. Neither the
// mentor nor the apprentice can be the one.
func (s *Service) Check(ctx context.Context, who access.Actor, id, evidence core.ID, by core.PersonID) error {
	return s.requireDeed(ctx, who, id, "check", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		if by == 0 || !side.Change {
			by = side.Person
		}
		var bad core.Fields
		bad.If(by == a.Mentor || side.Mentor, "checker", "mentoring.check.mentor")
		bad.If(by == a.Apprentice || side.Apprentice, "checker", "mentoring.check.apprentice")
		bad.If(by == 0, "checker", "mentoring.checker.missing")
		if err := bad.Err(); err != nil {
			return err
		}
		st, err := step(ctx, tx, who.Realm, *a, evidence)
		if err != nil {
			return err
		}
		mentors, err := db.One(ctx, tx, db.Int, `
			SELECT count(*) FROM mentoring_skills g JOIN mentorings m ON m.realm_id = g.realm_id AND m.id = g.mentoring_id
			WHERE g.realm_id = $1 AND g.id = $2 AND m.mentor_id = $3`, who.Realm, st.Place, by)
		if err != nil {
			return err
		}
		bad.If(mentors > 0, "checker", "mentoring.check.mentor") // of the time when it was shown
		if by != side.Person && seen(ctx, tx, who, by) != nil {
			bad.If(true, "checker", "mentoring.person.gone")
		}
		if err := bad.Err(); err != nil {
			return err
		}
		if !st.CheckedOn.IsZero() {
			return core.Fail(core.Conflict, "mentoring.checked")
		}
		_, err = tx.Exec(ctx, `UPDATE mentoring_evidence SET checked_by = $3, checked_on = $4 WHERE realm_id = $1 AND id = $2 AND checked_on IS NULL`,
			who.Realm, evidence, by, db.Date(core.DateOf(now)))
		return err
	})
}

// Confirm is the apprentice's word that a level has been reached; from then on
// it counts. What nobody has checked cannot be confirmed.
func (s *Service) Confirm(ctx context.Context, who access.Actor, id, evidence core.ID) error {
	return s.requireDeed(ctx, who, id, "confirm", func(tx *db.Tx, now time.Time, a *Agreement, side Side) error {
		if !side.Apprentice {
			return notYours()
		}
		st, err := step(ctx, tx, who.Realm, *a, evidence)
		switch {
		case err != nil:
			return err
		case st.CheckedOn.IsZero():
			return core.Fail(core.Conflict, "mentoring.unchecked")
		}
		_, err = tx.Exec(ctx, `UPDATE mentoring_evidence SET confirmed_on = $3 WHERE realm_id = $1 AND id = $2 AND confirmed_on IS NULL`,
			who.Realm, evidence, db.Date(core.DateOf(now)))
		return err
	})
}
