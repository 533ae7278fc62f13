package mentoring_test

import (
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/mentoring"
)

var now = dbtest.Day(2026, 11, 24)

const (
	top, branch, beside = core.OrgID(1), core.OrgID(11), core.OrgID(12)
	firm                = core.EnterpriseID(500)
	mentor, apprentice  = core.PersonID(21), core.PersonID(22)
	third, other        = core.PersonID(23), core.PersonID(24)
	sling               = core.ID(900)
)

// A world is a committee with two branches, one of which has an enterprise, four
// people with accounts, and another realm.
type world struct {
	*mentoring.Service
	t                                          *testing.T
	d                                          *db.DB
	at                                         time.Time
	mentor, apprentice, third, other           access.Actor
	secretary, department, neighbour, stranger access.Actor
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, d: d, at: now}
	w.Service = &mentoring.Service{DB: d, Now: func() time.Time { return w.at }}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	w.org(1, top, 0, "1.")
	w.org(1, branch, top, "1.11.")
	w.org(1, beside, top, "1.12.")
	w.org(2, 99, 0, "99.")
	w.exec(`INSERT INTO enterprises (realm_id, id, name, name_key, initials, org_id, path, type, industry, state, version, created_at)
		VALUES (1, 500, '港务', 'e', 'e', 11, '1.11.', 'private', '', 'operating', 1, 0)`)
	w.exec(`INSERT INTO hostings (realm_id, id, org_id, enterprise_id, valid_from, valid_to, recorded_at, reason) VALUES (1, 600, 11, 500, '2020-01-01', '9999-12-31', 0, '')`)
	w.exec(`INSERT INTO skills (realm_id, id, enterprise_id, name, levels) VALUES (1, 900, 500, '吊具维护', '认得' || $1 || '会查' || $1 || '能修' || $1 || '能教')`, "\n")
	for id, name := range map[core.PersonID]string{mentor: "黄师傅", apprentice: "陆小满", third: "周核对", other: "吴师傅"} {
		w.exec(`INSERT INTO persons (realm_id, id, name, name_key, initials, sex, ethnicity, education, kind, position, note, at_org, at_path, version, created_at)
			VALUES (1, $1, $2, $2, '', '', '', '', 'none', '', '', 11, '1.11.', 1, 0)`, id, name)
	}
	none := access.Role("")
	w.mentor, w.apprentice = w.user(1, 31, mentor, access.Member, branch), w.user(1, 32, apprentice, access.Member, branch)
	w.third, w.other = w.user(1, 33, third, none, 0), w.user(1, 34, other, access.Member, branch)
	w.secretary, w.department = w.user(1, 35, 0, access.Secretary, branch), w.user(1, 36, 0, access.Department, top)
	w.neighbour, w.stranger = w.user(1, 37, 0, access.Secretary, beside), w.user(2, 38, 0, access.Registrar, 99)
	return w
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if err := w.d.Tx(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) org(realm core.RealmID, id, parent core.OrgID, path string) {
	w.exec(`INSERT INTO orgs (realm_id, id, number, parent_id, path, depth, name, name_key, initials, kind, setup_mode, host_situation, approval_document, founded_on, version, created_at)
		VALUES ($1, $2, $2, $3, $4, 0, 'org', 'n', 'n', 'committee', '', '', '', '2020-01-01', 1, 0)`, realm, id, db.Null(&parent), path)
}

func (w *world) user(realm core.RealmID, id core.UserID, person core.PersonID, role access.Role, at core.OrgID) access.Actor {
	w.exec(`INSERT INTO users (realm_id, id, login, login_key, name, person_id, password, lang, theme, disabled, epoch, created_at)
		VALUES ($1, $2, $3, $3, 'n', $4, '', '', '', $5, 0, 0)`, realm, id, id.String(), db.Null(&person), false)
	if role != "" {
		if err := w.d.Tx(w.t.Context(), func(tx *db.Tx) error {
			return access.Grant(w.t.Context(), tx, access.Machine(realm), id, access.Place{Role: role, Org: at}, core.NewDate(2026, 1, 1), now)
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	return access.Actor{Realm: realm, User: id, Via: "page"}
}

func terms() mentoring.Terms {
	return mentoring.Terms{
		Title: "吊具维护", Mentor: mentor, Apprentice: apprentice, Checker: third, Org: branch, StartsOn: core.NewDate(2026, 11, 24),
		EndsOn: core.NewDate(2027, 11, 24), EarliestOn: core.NewDate(2027, 5, 24), LatestOn: core.NewDate(2028, 5, 24), Goals: "能独立维护",
		Skills: []mentoring.Aim{{Skill: sling, Target: 3}},
	}
}

func (w *world) ok(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// pair is an agreement that both have signed.
func (w *world) pair() mentoring.Agreement {
	w.t.Helper()
	a, err := w.Propose(w.t.Context(), w.secretary, terms())
	w.ok(err, w.Sign(w.t.Context(), w.mentor, a.ID, ""), w.Sign(w.t.Context(), w.apprentice, a.ID, ""))
	return a
}

func (w *world) state(a mentoring.Agreement) mentoring.Profile {
	w.t.Helper()
	p, err := w.Find(w.t.Context(), w.secretary, a.ID)
	w.ok(err)
	return p
}
