package mentoring

import (
	"context"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/fact"
)

const columns = `m.id, m.root_id, m.number, m.title, m.mentor_id, m.apprentice_id, m.checker_id, m.enterprise_id, m.org_id, m.starts_on, m.ends_on,
	m.earliest_on, m.latest_on, m.goals, m.plan, m.rhythm, m.allowance, m.allowance_fen, t.name, a.name, coalesce(c.name, ''), o.name, coalesce(e.name, ''),
	m.objection_ends_on, m.review_on, m.mentor_signed, m.apprentice_signed, m.paper, m.state, m.extended_on, m.extension, m.mentor_ends, m.apprentice_ends,
	m.ended_on, m.ending, m.outcome, m.answered, m.created_at, m.version`

const from = ` FROM mentorings m
	JOIN persons t ON t.realm_id = m.realm_id AND t.id = m.mentor_id
	JOIN persons a ON a.realm_id = m.realm_id AND a.id = m.apprentice_id
	LEFT JOIN persons c ON c.realm_id = m.realm_id AND c.id = m.checker_id
	JOIN orgs o ON o.realm_id = m.realm_id AND o.id = m.org_id
	LEFT JOIN enterprises e ON e.realm_id = m.realm_id AND e.id = m.enterprise_id`

// scan reads an agreement as it stands on a day.
func scan(today core.Date) func(db.Row) (Agreement, error) {
	return func(r db.Row) (a Agreement, err error) {
		err = r.Scan(&a.ID, &a.Root, &a.Number, &a.Title, &a.Mentor, &a.Apprentice, db.Null(&a.Checker), db.Null(&a.Enterprise), &a.Org, (*db.Date)(&a.StartsOn),
			(*db.Date)(&a.EndsOn), (*db.Date)(&a.EarliestOn), (*db.Date)(&a.LatestOn), &a.Goals, &a.Plan, &a.Rhythm, &a.Allowance, &a.AllowanceFen,
			&a.MentorName, &a.ApprenticeName, &a.CheckerName, &a.OrgName, &a.EnterpriseName, (*db.Date)(&a.ObjectionEndsOn), (*db.Date)(&a.ReviewOn),
			(*db.Date)(&a.MentorSigned), (*db.Date)(&a.ApprenticeSigned), &a.Paper, &a.State, (*db.Date)(&a.ExtendedOn), &a.Extension,
			(*db.Date)(&a.MentorEnds), (*db.Date)(&a.ApprenticeEnds), (*db.Date)(&a.EndedOn), &a.Ending, &a.Outcome, &a.Answered,
			(*db.Instant)(&a.CreatedAt), &a.Version)
		a.settle(today)
		return a, err
	}
}

func find(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID, today core.Date) (Agreement, error) {
	return db.One(ctx, q, scan(today), `SELECT `+columns+from+` WHERE m.realm_id = $1 AND m.id = $2`, realm, id)
}

func insert(ctx context.Context, tx *db.Tx, who access.Actor, a Agreement) error {
	return db.Insert(ctx, tx, "mentorings", `realm_id, id, number, title, root_id, mentor_id, apprentice_id, checker_id, enterprise_id, org_id, starts_on, ends_on,
		earliest_on, latest_on, goals, plan, rhythm, allowance, allowance_fen, paper, state, extension, ending, outcome, answered, created_by, created_at, version`,
		[][]any{{
			who.Realm, a.ID, a.Number, a.Title, a.Root, a.Mentor, a.Apprentice, db.Null(&a.Checker), db.Null(&a.Enterprise), a.Org, db.Date(a.StartsOn), db.Date(a.EndsOn),
			db.Date(a.EarliestOn), db.Date(a.LatestOn), a.Goals, a.Plan, a.Rhythm, a.Allowance, a.AllowanceFen, "", a.State, "", "", "", false,
			db.Null(&who.User), db.Instant(a.CreatedAt), a.Version,
		}})
}

// save writes what a deed may change; core.Conflict if somebody was quicker.
func save(ctx context.Context, tx *db.Tx, realm core.RealmID, a *Agreement) error {
	n, err := tx.Exec(ctx, `
		UPDATE mentorings SET checker_id = $4, ends_on = $5, objection_ends_on = $6, review_on = $7, mentor_signed = $8, apprentice_signed = $9, paper = $10,
			state = $11, extended_on = $12, extension = $13, mentor_ends = $14, apprentice_ends = $15, ended_on = $16, ending = $17, outcome = $18, answered = $19,
			version = version + 1
		WHERE realm_id = $1 AND id = $2 AND version = $3`,
		realm, a.ID, a.Version, db.Null(&a.Checker), db.Date(a.EndsOn), db.Date(a.ObjectionEndsOn), db.Date(a.ReviewOn), db.Date(a.MentorSigned),
		db.Date(a.ApprenticeSigned), a.Paper, a.State, db.Date(a.ExtendedOn), a.Extension, db.Date(a.MentorEnds), db.Date(a.ApprenticeEnds), db.Date(a.EndedOn),
		a.Ending, a.Outcome, a.Answered)
	if err != nil {
		return err
	}
	if n != 1 {
		return core.Fail(core.Conflict, "mentoring.stale")
	}
	a.Version++
	return nil
}

// clocks starts and ends the deadlines that follow from how an agreement stands.
func clocks(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, a Agreement) error {
	if a.State.Over() {
		return clock.StopAll(ctx, tx, now, who.Realm, a.ID, who.User)
	}
	if a.State == Proposed {
		return nil
	}
	today := core.DateOf(now)
	last, err := db.One(ctx, tx, func(r db.Row) (d core.Date, err error) { return d, r.Scan((*db.Date)(&d)) }, `
		SELECT max(met_on) FROM mentoring_notes WHERE realm_id = $1 AND mentoring_id = $2 AND mentor_on IS NOT NULL AND apprentice_on IS NOT NULL`, who.Realm, a.ID)
	if err != nil {
		return err
	}
	if last.Before(a.StartsOn) {
		last = a.StartsOn
	}
	all := []clock.New{clock.MentorNoteOf(a.ID, a.Org, last), clock.MentorEndOf(a.ID, a.Org, a.StartsOn, a.EndsOn)}
	switch {
	case !a.ObjectionEndsOn.Before(today):
		all = append(all, clock.MentorObjectionOf(a.ID, a.Org, a.StartsOn, a.ObjectionEndsOn))
	default:
		err = clock.Stop(ctx, tx, now, who.Realm, clock.MentorObjection, a.ID, clock.Done, who.User)
	}
	switch a.State {
	case BothAgreed, Objection, Active, MidReview:
		all = append(all, clock.MentorReviewOf(a.ID, a.Org, a.StartsOn, a.ReviewOn))
	default:
		if err == nil {
			err = clock.Stop(ctx, tx, now, who.Realm, clock.MentorReview, a.ID, clock.Done, who.User)
		}
	}
	for _, n := range all {
		if err == nil {
			err = clock.Start(ctx, tx, now, who.Realm, n)
		}
	}
	return err
}

func places(ctx context.Context, q db.Querier, realm core.RealmID, a Agreement) ([]Place, error) {
	all, err := db.All(ctx, q, func(r db.Row) (p Place, err error) {
		var levels string
		err = r.Scan(&p.ID, &p.Skill, &p.Name, &levels, &p.Target)
		p.Levels = strings.Split(levels, "\n")
		return p, err
	}, `SELECT g.id, s.id, s.name, s.levels, g.target FROM mentoring_skills g
		JOIN skills s ON s.realm_id = g.realm_id AND s.id = g.skill_id
		WHERE g.realm_id = $1 AND g.mentoring_id = $2 ORDER BY g.id`, realm, a.ID)
	if err != nil {
		return nil, err
	}
	steps, err := chain(ctx, q, realm, a.Root)
	for i := range all {
		for _, st := range steps {
			if st.Skill != all[i].Skill {
				continue
			}
			all[i].Steps = append(all[i].Steps, st)
			if st.Counts() {
				all[i].Reached = max(all[i].Reached, st.Level)
			}
		}
	}
	return all, err
}

// chain returns what was shown along a chain of agreements, the oldest first.
// A fact that counts for a skill and has not been put forward yet stands at the
// end, without an id.
func chain(ctx context.Context, q db.Querier, realm core.RealmID, root core.ID) ([]Step, error) {
	all, err := db.All(ctx, q, func(r db.Row) (s Step, err error) {
		return s, r.Scan(&s.ID, &s.Place, &s.Skill, &s.Level, (*db.Date)(&s.ShownOn), &s.How, &s.Fact, db.Null(&s.FactID), db.Null(&s.CheckedBy), &s.CheckedName,
			(*db.Date)(&s.CheckedOn), (*db.Date)(&s.ConfirmedOn))
	}, `SELECT v.id, v.place_id, g.skill_id, v.level, v.shown_on, v.how, v.fact, v.fact_id, v.checked_by, coalesce(c.name, ''), v.checked_on, v.confirmed_on
		FROM mentoring_evidence v
		JOIN mentoring_skills g ON g.realm_id = v.realm_id AND g.id = v.place_id
		JOIN mentorings m ON m.realm_id = g.realm_id AND m.id = g.mentoring_id
		LEFT JOIN persons c ON c.realm_id = v.realm_id AND c.id = v.checked_by
		WHERE v.realm_id = $1 AND m.root_id = $2 ORDER BY v.shown_on, v.id`, realm, root)
	if err != nil {
		return nil, err
	}
	known := map[core.ID]bool{}
	for i, s := range all {
		if s.Fact == "" {
			continue
		}
		f, err := fact.Find(ctx, q, realm, fact.Kind(s.Fact), s.FactID)
		if err != nil {
			return nil, err
		}
		known[s.FactID] = true
		all[i].FactNumber, all[i].FactTitle, all[i].FactPage = f.Number, f.Title, f.Page()
	}
	type spot struct{ place, skill core.ID }
	spots, err := db.All(ctx, q, func(r db.Row) (s spot, err error) { return s, r.Scan(&s.place, &s.skill) }, `
		SELECT g.id, g.skill_id FROM mentoring_skills g JOIN mentorings m ON m.realm_id = g.realm_id AND m.id = g.mentoring_id
		WHERE g.realm_id = $1 AND m.root_id = $2 ORDER BY g.id`, realm, root)
	if err != nil {
		return nil, err
	}
	for _, at := range spots {
		facts, err := fact.Of(ctx, q, realm, fact.Ref{Reader: fact.Skill, ID: at.place}, true)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			if !known[f.ID] {
				all = append(all, Step{Place: at.place, Skill: at.skill, ShownOn: f.On, Fact: string(f.Kind), FactID: f.ID, FactNumber: f.Number, FactTitle: f.Title, FactPage: f.Page()})
			}
		}
	}
	return all, nil
}

func notes(ctx context.Context, q db.Querier, realm core.RealmID, id core.ID) ([]Note, error) {
	return db.All(ctx, q, func(r db.Row) (n Note, err error) {
		return n, r.Scan(&n.ID, (*db.Date)(&n.Month), (*db.Date)(&n.MetOn), &n.Topic, &n.Next, (*db.Date)(&n.MentorOn), (*db.Date)(&n.ApprenticeOn))
	}, `SELECT id, month, met_on, topic, next_step, mentor_on, apprentice_on FROM mentoring_notes WHERE realm_id = $1 AND mentoring_id = $2 ORDER BY month DESC`, realm, id)
}

// tell journals a deed. No words of the two people are in it.
func tell(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, a Agreement, action string, was State) error {
	e := audit.Entry{By: who.By(), Action: "mentoring." + action, Org: a.Org, Subject: "mentoring", SubjectID: a.ID, After: map[string]any{"state": a.State}}
	if was != "" {
		e.Before = map[string]any{"state": was}
	}
	return audit.Write(ctx, tx, now, e)
}
