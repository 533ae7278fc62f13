package retention

import (
	"context"

	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
)

// free is who may be erased at all: nobody holds the record, no request about it
// waits for an answer, no account of the person is open, and no duty lasted
// beyond the day. $1 is the realm, $2 the last day that is due, $3 today.
const free = ` p.erased_at IS NULL
	AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.realm_id = p.realm_id AND h.person_id = p.id AND h.lifted_at IS NULL AND h.until >= $3)
	AND NOT EXISTS (SELECT 1 FROM corrections c WHERE c.realm_id = p.realm_id AND c.person_id = p.id AND c.ended_at IS NULL)
	AND NOT EXISTS (SELECT 1 FROM users u WHERE u.realm_id = p.realm_id AND u.person_id = p.id AND NOT u.disabled)
	AND NOT EXISTS (SELECT 1 FROM officers o WHERE o.realm_id = p.realm_id AND o.person_id = p.id AND o.superseded_at IS NULL AND o.valid_to > $2)
	AND NOT EXISTS (SELECT 1 FROM mentorings g WHERE g.realm_id = p.realm_id AND (g.mentor_id = p.id OR g.apprentice_id = p.id) AND g.ended_on IS NULL)
	AND NOT EXISTS (SELECT 1 FROM appointments a WHERE a.realm_id = p.realm_id AND a.person_id = p.id AND a.superseded_at IS NULL AND a.valid_to > $2) `

// The queries give at most $5 ids; $4 is the instant that $2 ends.
const (
	endedMembers = `
		SELECT p.id FROM persons p
		JOIN memberships m ON m.realm_id = p.realm_id AND m.person_id = p.id AND m.superseded_at IS NULL
		WHERE p.realm_id = $1 AND p.kind = 'none' AND p.removed_at IS NULL AND ` + free + `
		GROUP BY p.id HAVING max(m.valid_to) <= $2 AND max(m.valid_to) < '9999-12-31' AND CAST($4 AS bigint) > 0 ORDER BY p.id LIMIT $5`
	neverMembers = `
		SELECT p.id FROM persons p
		WHERE p.realm_id = $1 AND p.kind = 'none' AND p.removed_at IS NULL AND p.created_at < $4 AND ` + free + `
			AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.realm_id = p.realm_id AND m.person_id = p.id AND m.superseded_at IS NULL)
			AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.realm_id = p.realm_id AND j.subject_id = p.id AND j.subject = 'person'
				AND j.outcome = 'done' AND j.action <> 'person.open_field' AND j.at >= $4)
		ORDER BY p.id LIMIT $5`
	mistaken = `
		SELECT p.id FROM persons p WHERE p.realm_id = $1 AND p.removed_at < $4 AND ` + free + ` ORDER BY p.id LIMIT $5`
)

// most is how many people one run erases of a class; the rest comes the day after.
const most = 2000

// people returns who is due.
func (r *run) people(ctx context.Context, q db.Querier, c Class, last core.Date, limit int) ([]core.PersonID, error) {
	return db.All(ctx, q, func(r db.Row) (id core.PersonID, err error) { return id, r.Scan(&id) },
		c.people, r.who.Realm, db.Date(last), db.Date(r.today), db.Instant(before(last, r.zone())), limit)
}

// what tells of a person, or of an account of theirs, outside the record itself.
// $1 is the realm, $2 the person.
var leftovers = []string{
	`UPDATE appointments SET purpose = '', end_reason = '' WHERE realm_id = $1 AND person_id = $2`,
	`DELETE FROM corrections WHERE realm_id = $1 AND person_id = $2`,
	`DELETE FROM holds WHERE realm_id = $1 AND person_id = $2`,
	`DELETE FROM consents WHERE realm_id = $1 AND person_id = $2`,
	`DELETE FROM mentor_offers WHERE realm_id = $1 AND person_id = $2`,
	`DELETE FROM growth_admissions WHERE realm_id = $1 AND (person_id = $2 OR admitted_id = $2)`,
	`UPDATE mentoring_notes SET topic = '', next_step = '' WHERE realm_id = $1 AND mentoring_id IN (
		SELECT id FROM mentorings WHERE realm_id = $1 AND (mentor_id = $2 OR apprentice_id = $2))`,
	`UPDATE mentoring_evidence SET how = '' WHERE realm_id = $1 AND place_id IN (
		SELECT g.id FROM mentoring_skills g JOIN mentorings m ON m.realm_id = g.realm_id AND m.id = g.mentoring_id WHERE g.realm_id = $1 AND m.apprentice_id = $2)`,
	`UPDATE mentorings SET goals = '', plan = '', rhythm = '', allowance = '', allowance_fen = NULL, paper = '', extension = '', outcome = ''
		WHERE realm_id = $1 AND (mentor_id = $2 OR apprentice_id = $2)`,
	`DELETE FROM sessions WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM tokens WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM bearer_tokens WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM pending_logins WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM answers WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM totps WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM passkeys WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM recovery_codes WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`DELETE FROM opinions WHERE realm_id = $1 AND ended_at IS NOT NULL AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
	`UPDATE grants SET reason = '' WHERE realm_id = $1 AND user_id IN (SELECT id FROM users WHERE realm_id = $1 AND person_id = $2)`,
}

// erase takes everything that tells of some people away and returns the ids of
// the journal's entries that lost their words.
func (r *run) erase(ctx context.Context, tx *db.Tx, ids []core.PersonID) (bodies []core.ID, err error) {
	for _, id := range ids {
		emptied, err := audit.EraseBodies(ctx, tx, r.who.Realm, "person", core.ID(id))
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, emptied...)
		users, err := db.All(ctx, tx, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) },
			`SELECT id FROM users WHERE realm_id = $1 AND person_id = $2`, r.who.Realm, id)
		if err != nil {
			return nil, err
		}
		for _, q := range leftovers {
			if _, err := tx.Exec(ctx, q, r.who.Realm, id); err != nil {
				return nil, err
			}
		}
		for _, user := range users {
			emptied, err := audit.EraseBodies(ctx, tx, r.who.Realm, "user", user)
			if err != nil {
				return nil, err
			}
			bodies = append(bodies, emptied...)
			if _, err := tx.Exec(ctx, `
				UPDATE users SET login = $3, login_key = $3, name = $4, password = '', epoch = epoch + 1 WHERE realm_id = $1 AND id = $2`,
				r.who.Realm, user, "erased-"+user.String(), member.ErasedName); err != nil {
				return nil, err
			}
		}
	}
	if err := member.Erase(ctx, tx, r.now, r.who.Realm, ids); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `
		UPDATE batch_rows SET title = '', place = '', problems = '', changes = '', undo = NULL
		WHERE realm_id = $1 AND subject_id IN (SELECT id FROM persons WHERE realm_id = $1 AND erased_at = $2)`, r.who.Realm, db.Instant(r.now))
	return bodies, err
}
