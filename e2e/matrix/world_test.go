// Package matrix asks for every route of the pages and of the API as everybody
// who could ask, about records that are one's own, below, above, beside, of
// another realm and not there at all, and reads what comes back.
package matrix

import (
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/file"
	"tongpin/internal/member"
	"tongpin/internal/mentoring"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/post"
	"tongpin/internal/privacy"
	"tongpin/internal/project"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

// A relation is how a record stands to the organisation where somebody holds a
// role.
type relation string

const (
	own     relation = "own"
	below   relation = "below"
	above   relation = "above"
	beside  relation = "beside"
	other   relation = "other" // of another realm
	missing relation = "missing"
	nowhere relation = "nowhere" // missing, but for groupings, which belong to a whole realm
)

// relations lists them in the order of asking, each with the one whose answer
// it must look like when it is out of reach.
var relations = []struct{ of, like relation }{{other, missing}, {beside, nowhere}, {above, nowhere}, {below, nowhere}, {own, nowhere}}

// A place is an organisation with one record of each kind in it. Each text of
// a record is a canary: Canary + relation + kind + Z.
type place struct {
	org        org.Org
	enterprise enterprise.Enterprise
	person     member.Person
	ids        map[string]core.ID // by the name of the hole in a path
}

// A world is one database with two realms and the site of each.
type world struct {
	t      *testing.T
	a      *app.App
	places map[relation]*place
	tree   [2]org.Org // the tops of the realms
	site   [2]http.Handler
	routes []route
	doc    document
}

// A route of the pages or of the API.
type route struct {
	method, path, scope string
	query               []string
	api, open           bool // open: for strangers too
}

func (r route) String() string { return r.method + " " + r.path }

var founded = core.NewDate(2001, 7, 1)

func newWorld(t *testing.T, database string) *world {
	t.Helper()
	a, _, err := app.Init(t.Context(), app.Config{
		Data: filepath.Join(t.TempDir(), "data"), Database: database, Hold: "matrix", Promise: db.Raw, Log: slog.New(slog.DiscardHandler),
	}, "苏州市", secret.AES)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	a.Account.Site = "http://localhost:8080"
	w := &world{t: t, a: a, places: map[relation]*place{}}
	dbtest.Realm(t, a.DB, a.Realm+1, "无锡市")
	w.tx(func(tx *db.Tx) (err error) {
		w.tree[0], err = org.Root(t.Context(), tx, a.Realm)
		return err
	})
	w.tree[1] = w.found(a.Realm+1, org.Founding{Name: "Canaryotherrootnz", Kind: rule.Committee, FoundedOn: founded})
	w.build()
	pages := a.Pages()
	w.site[0] = pages.Handler()
	programs := a.API()
	programs.Handler()
	for _, r := range pages.Routes() {
		w.routes = append(w.routes, route{method: r.Method, path: strings.TrimSuffix(r.Path, "{$}"), open: r.Policy != "signed in"})
	}
	for _, r := range programs.Routes() {
		w.routes = append(w.routes, route{method: r.Method, path: api.Base + r.Path, scope: r.Scope, query: r.Query, api: true, open: r.Scope == "none"})
	}
	w.site[1] = w.second()
	w.doc = readDocument(t, w.site[0])
	return w
}

// second is the site of the second realm, over the same database.
func (w *world) second() http.Handler {
	b := *w.a
	b.Realm++
	service := *w.a.Account
	service.Realm++
	b.Account = &service
	return b.Pages().Handler()
}

func (w *world) tx(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.a.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) found(realm core.RealmID, f org.Founding) (o org.Org) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		o, err = org.Found(w.t.Context(), tx, access.Machine(realm), w.a.Now(), f)
		return err
	})
	return o
}

// build puts the organisations up: above them the park; beside each other the
// one of the principals and another; one below it; and one in the other realm.
func (w *world) build() {
	realm, next := w.a.Realm, w.a.Realm+1
	make := func(r relation, realm core.RealmID, parent core.OrgID, kind rule.OrgKind) core.OrgID {
		o := w.found(realm, org.Founding{Parent: parent, Name: canary(r, "org"), Kind: kind, FoundedOn: founded, Document: canary(r, "document")})
		w.places[r] = w.fill(r, o)
		return o.ID
	}
	park := make(above, realm, w.tree[0].ID, rule.Committee)
	mine := make(own, realm, park, rule.GeneralBranch)
	make(below, realm, mine, rule.Branch)
	make(beside, realm, park, rule.GeneralBranch)
	make(other, next, w.tree[1].ID, rule.GeneralBranch)
	gone := func() core.ID { return core.NewID(w.a.Now()) }
	w.places[missing] = &place{
		org: org.Org{ID: core.OrgID(gone())}, enterprise: enterprise.Enterprise{ID: core.EnterpriseID(gone())}, person: member.Person{ID: core.PersonID(gone())},
		ids: map[string]core.ID{},
	}
	for hole := range w.places[own].ids {
		w.places[missing].ids[hole] = gone()
	}
	here := *w.places[missing]
	here.ids = maps.Clone(here.ids)
	here.ids["grouping"] = w.places[own].ids["grouping"]
	w.places[nowhere] = &here
	for _, r := range []relation{below, above, beside} {
		w.places[r].ids["grouping"] = w.places[own].ids["grouping"]
	}
}

// canary is a text that can be found again wherever it appears.
func canary(r relation, kind string) string { return "Canary" + string(r) + kind + "z" }

// fill puts one record of each kind into an organisation.
func (w *world) fill(r relation, o org.Org) *place {
	p := &place{org: o, ids: map[string]core.ID{}}
	ctx, now, who := w.t.Context(), w.a.Now(), access.Machine(o.Realm)
	day := core.DateOf(now)
	w.tx(func(tx *db.Tx) (err error) {
		p.enterprise, err = enterprise.Register(ctx, tx, who, now, enterprise.Registration{
			Name: canary(r, "enterprise"), Org: o.ID, Type: "private", Industry: canary(r, "industry"), From: founded,
		})
		if err != nil {
			return err
		}
		p.person, err = member.Enrol(ctx, tx, w.a.Keys, who, now, member.Enrolment{
			Name: canary(r, "person"), Kind: member.Full, Org: o.ID, JoinedOn: founded, ConfirmedOn: founded.AddMonths(12), From: founded,
			Position: canary(r, "person"), Note: canary(r, "person"), IDNumber: numbers[r], Phone: phones[r],
		})
		if err != nil {
			return err
		}
		if err := enterprise.Host(ctx, tx, who, now, o.ID, p.enterprise.ID, founded, 0); err != nil {
			return err
		}
		officer, err := org.Appoint(ctx, tx, who, now, org.Duty{Org: o.ID, Person: p.person.ID, Code: org.Duties[0], From: founded.AddMonths(36)})
		if err != nil {
			return err
		}
		contact, _, err := enterprise.Appoint(ctx, tx, who, now, enterprise.Appointment{
			Kind: enterprise.ContactKinds[0], Person: p.person.ID, Enterprise: p.enterprise.ID, Purpose: canary(r, "purpose"), Period: core.Period{From: founded, To: core.Forever},
		})
		if err != nil {
			return err
		}
		teams, err := enterprise.FormTeams(ctx, tx, who, now, []enterprise.Team{{Enterprise: p.enterprise.ID, Org: o.ID, Name: canary(r, "team"), FormedOn: founded}})
		if err != nil {
			return err
		}
		grouping, err := enterprise.MakeGrouping(ctx, tx, who, now, enterprise.Grouping{Kind: enterprise.Chain, Name: canary(r, "grouping")}, day)
		if err != nil {
			return err
		}
		if err := enterprise.Join(ctx, tx, who, now, p.enterprise.ID, grouping.Kind, grouping.Name, day, 0); err != nil {
			return err
		}
		if err := enterprise.BeginMass(ctx, tx, who, now, []enterprise.MassBody{{Enterprise: p.enterprise.ID, Kind: enterprise.MassKinds[0], Period: core.Period{From: founded, To: core.Forever}}}); err != nil {
			return err
		}
		p.ids["officer"], p.ids["contact"], p.ids["team"], p.ids["grouping"] = officer.ID, contact.ID, teams[0].ID, grouping.ID
		return nil
	})
	if err := w.a.Retention.Hold(ctx, who, p.person.ID, day.AddMonths(12), canary(r, "hold")); err != nil {
		w.t.Fatal(err)
	}
	w.papers(r, p)
	w.pair(r, p)
	p.ids["org"], p.ids["enterprise"], p.ids["person"] = core.ID(o.ID), core.ID(p.enterprise.ID), core.ID(p.person.ID)
	return p
}

// pair adds a mentor's agreement in which nobody with an account takes part.
func (w *world) pair(r relation, p *place) {
	w.tx(func(tx *db.Tx) error {
		ctx, now, who := w.t.Context(), w.a.Now(), access.Machine(p.org.Realm)
		var two [2]core.PersonID
		for i := range two {
			m, err := member.Enrol(ctx, tx, w.a.Keys, who, now, member.Enrolment{Name: canary(r, "pair"), Kind: member.None, Org: p.org.ID})
			if err != nil {
				return err
			}
			two[i] = m.ID
		}
		skill := mentoring.Skill{Enterprise: p.enterprise.ID, Name: canary(r, "skill"), Levels: []string{"A", "B"}}
		if err := mentoring.AddSkill(ctx, tx, who, core.NewID(now), &skill); err != nil {
			return err
		}
		a, err := mentoring.Propose(ctx, tx, who, now, mentoring.Terms{
			Title: canary(r, "pair"), Mentor: two[0], Apprentice: two[1], Org: p.org.ID, StartsOn: core.DateOf(now), EndsOn: core.DateOf(now).AddMonths(12),
			Goals: canary(r, "pair"), Skills: []mentoring.Aim{{Skill: skill.ID, Target: 2}},
		}, 0)
		p.ids["mentoring"] = a.ID
		return err
	})
}

// papers adds what people left there: a job, an import, an opinion, a clock.
func (w *world) papers(r relation, p *place) {
	ctx, now := w.t.Context(), w.a.Now()
	u := w.user(p.org.Realm, "author"+string(r), access.Place{Role: access.Member, Org: p.org.ID})
	by := access.Actor{Realm: p.org.Realm, User: u, Via: "page"}
	o, err := w.a.Opinion.Give(ctx, by, access.Place{Org: p.org.ID}, opinion.New{Kind: opinion.Complaint, Words: canary(r, "opinion")})
	if err != nil {
		w.t.Fatal(err)
	}
	w.exec(`UPDATE users SET person_id = $1 WHERE realm_id = $2 AND id = $3`, p.person.ID, p.org.Realm, u)
	asked, err := w.a.Privacy.Ask(ctx, by, privacy.Request{Item: "position", Wanted: canary(r, "person") + " new", Why: canary(r, "person")})
	if err != nil {
		w.t.Fatal(err)
	}
	p.ids["correction"] = asked.ID
	made, err := w.a.Project.Propose(ctx, access.Machine(p.org.Realm), project.New{Kind: project.OfBranch, Org: p.org.ID, Charter: project.Charter{Title: canary(r, "project")}})
	if err != nil {
		w.t.Fatal(err)
	}
	p.ids["project"] = made.ID
	p.ids["front"], p.ids["problem"] = core.NewID(now), core.NewID(now)
	w.exec(`INSERT INTO fronts (realm_id, id, org_id, title, theme, place, charter, starts_on, ends_on, state, reason, reached, not_reached, reuse, created_at, version)
		VALUES ($1, $2, $3, $4, 'safety', '', '', '2026-01-01', '2030-01-01', 'active', '', '', '', '', 0, 1)`, p.org.Realm, p.ids["front"], p.org.ID, canary(r, "front"))
	w.exec(`INSERT INTO problems (realm_id, id, number, front_id, org_id, title, phenomenon, raised_on, state, waiting, way, evidence, reason, version)
		VALUES ($1, $2, 1, $3, $4, $5, '', '2026-01-01', 'open', 0, '', '', '', 1)`, p.org.Realm, p.ids["problem"], p.ids["front"], p.org.ID, canary(r, "problem"))
	gang, err := w.a.Post.Apply(ctx, access.Machine(p.org.Realm), post.Application{
		Org: p.org.ID, Kind: "person", Theme: "safety", Title: canary(r, "post"), Duty: canary(r, "post"), Promise: "x", Holder: p.person.ID, Months: 6,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	area, err := w.a.Post.AddArea(ctx, access.Machine(p.org.Realm), post.Area{
		Org: p.org.ID, Title: canary(r, "area"), Covers: "x", From: core.DateOf(now), Holders: []post.Holder{{ID: p.person.ID}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	p.ids["post"], p.ids["area"] = gang.ID, area.ID
	p.ids["opinion"], p.ids["account"], p.ids["job"], p.ids["batch"] = o.ID, core.ID(u), core.NewID(now), core.NewID(now)
	at := db.Instant(now)
	w.exec(`INSERT INTO jobs (realm_id, id, kind, org_id, state, done, total, message, cancel, tries, created_by, created_at, ended_at)
		VALUES ($1, $2, 'import', $3, 'done', 1, 1, '', $4, 1, $5, $6, $6)`, p.org.Realm, p.ids["job"], p.org.ID, false, u, at)
	var sent file.ID
	w.tx(func(tx *db.Tx) (err error) {
		sent, err = w.a.Files.Save(ctx, tx, by, canary(r, "file")+".csv", []byte("姓名,组织\n"+canary(r, "person")+",x\n"))
		return err
	})
	w.exec(`INSERT INTO batches (realm_id, id, entity, org_id, file_id, sheet, mapping, fingerprint, state, whole, rows_total, rows_done, created_by, created_at)
		VALUES ($1, $2, 'members', $3, $4, $5, '{}', '', 'mapped', $6, 0, 0, $7, $8)`, p.org.Realm, p.ids["batch"], p.org.ID, sent, canary(r, "sheet"), false, u, at)
	w.tx(func(tx *db.Tx) (err error) {
		p.ids["clock"], err = db.One(ctx, tx, func(r db.Row) (id core.ID, err error) { return id, r.Scan(&id) },
			`SELECT min(id) FROM clocks WHERE realm_id = $1 AND org_id = $2 AND state = 'running'`, p.org.Realm, p.org.ID)
		return err
	})
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	})
}

// user adds an account that holds roles.
func (w *world) user(realm core.RealmID, login string, places ...access.Place) core.UserID {
	w.t.Helper()
	var u account.User
	w.tx(func(tx *db.Tx) (err error) {
		who := access.Machine(realm)
		u, err = account.Add(w.t.Context(), tx, who, w.a.Now(), account.NewUser{Login: login, Name: "N " + login, Lang: core.En})
		for _, p := range places {
			if err == nil {
				err = access.Grant(w.t.Context(), tx, who, u.ID, p, core.NewDate(2024, 1, 1), w.a.Now().Add(-time.Hour))
			}
		}
		return err
	})
	return u.ID
}

// numbers and phones are sealed in the records, and must never be in an answer
// that was not asked to open them.
var (
	numbers = map[relation]string{
		own: "110101199003070038", below: "110101199003070054", above: "110101199003070070", beside: "110101199003070097", other: "110101199003070118",
	}
	phones = map[relation]string{own: "13800138001", below: "13800138002", above: "13800138003", beside: "13800138004", other: "13800138005"}
)

// roles are those that are asked for, the ones that change most last, so that
// what they change does not stand in the way of others.
var roles = []access.Role{
	access.Member, access.Manager, access.System, access.Security, access.Auditor, access.Department, access.Secretary, access.Registrar,
}

func init() {
	for _, r := range access.Roles {
		if !slices.Contains(roles, r) {
			panic("matrix: no principal holds the role " + string(r))
		}
	}
}
