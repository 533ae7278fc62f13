package retention_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/retention"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
)

var keys = secret.Fixed(secret.AES)

// A world is a committee with a branch in each of two realms, and a clock.
type world struct {
	*retention.Service
	t      *testing.T
	clock  time.Time
	root   map[core.RealmID]core.OrgID
	branch map[core.RealmID]core.OrgID
}

// files stands for the imports.
type files struct{ over []core.ID }

func (f *files) Over(context.Context, db.Querier, core.RealmID, time.Time) ([]core.ID, error) {
	return f.over, nil
}

func (f *files) Empty(context.Context, *db.Tx, core.RealmID, []core.ID) error {
	f.over = nil
	return nil
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, clock: dbtest.Day(2026, 11, 24), root: map[core.RealmID]core.OrgID{}, branch: map[core.RealmID]core.OrgID{}}
	w.Service = &retention.Service{DB: d, Now: func() time.Time { return w.clock }, Imports: &files{}}
	for realm, name := range map[core.RealmID]string{1: "Suzhou", 2: "Wuxi"} {
		dbtest.Realm(t, d, realm, name)
		w.root[realm] = w.found(realm, 0, "市委", rule.Committee)
		w.branch[realm] = w.found(realm, w.root[realm], "支部", rule.Branch)
	}
	return w
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatalf("%v %v", err, core.FieldsOf(err))
	}
}

func (w *world) found(realm core.RealmID, parent core.OrgID, name string, kind rule.OrgKind) (id core.OrgID) {
	w.do(func(tx *db.Tx) error {
		o, err := org.Found(w.t.Context(), tx, access.Machine(realm), w.clock, org.Founding{Parent: parent, Name: name, Kind: kind, FoundedOn: core.NewDate(2001, 1, 1)})
		id = o.ID
		return err
	})
	return id
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	})
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		n, err = db.One(w.t.Context(), tx, db.Int, query, args...)
		return err
	})
	return n
}

// left enrols a member whose membership ended on a day.
func (w *world) left(realm core.RealmID, name, number, phone string, on core.Date) (id core.PersonID) {
	w.t.Helper()
	w.do(func(tx *db.Tx) error {
		who := access.Machine(realm)
		p, err := member.Enrol(w.t.Context(), tx, keys, who, w.clock, member.Enrolment{
			Name: name, Sex: "female", BornOn: core.NewDate(1950, 5, 20), IDNumber: number, Phone: phone, JoinedOn: core.NewDate(2002, 6, 1),
			ConfirmedOn: core.NewDate(2003, 6, 1), Kind: member.Full, Org: w.branch[realm], From: core.NewDate(2003, 6, 1), Position: name + "岗",
		})
		if err != nil {
			return err
		}
		none := member.None
		id = p.ID
		_, err = member.Update(w.t.Context(), tx, keys, who, w.clock, id, member.Change{Kind: &none, On: on, Reason: name + "退出"})
		return err
	})
	return id
}

func (w *world) due(realm core.RealmID, key string) (d retention.Due) {
	w.t.Helper()
	all, err := w.List(w.t.Context(), access.Machine(realm))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, x := range all {
		if x.Key == key {
			return x
		}
	}
	w.t.Fatalf("no class %s", key)
	return d
}

func (w *world) run(realm core.RealmID) map[string]int {
	w.t.Helper()
	all, err := w.Run(w.t.Context(), access.Machine(realm))
	if err != nil {
		w.t.Fatal(err)
	}
	done := map[string]int{}
	for _, d := range all {
		if d.Done > 0 {
			done[d.Key] = d.Done
		}
	}
	return done
}

func (w *world) find(realm core.RealmID, id core.PersonID) (p member.Person) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		p, err = member.Find(w.t.Context(), tx, realm, id)
		return err
	})
	return p
}

// TestNoTableWithoutAClass: each table belongs to one class.
func TestNoTableWithoutAClass(t *testing.T) {
	of := map[string]string{"migrations": "the program's own"}
	for _, c := range retention.All {
		for _, table := range c.Tables {
			if was, ok := of[table]; ok {
				t.Errorf("%s is of %s and of %s", table, was, c.Key)
			}
			of[table] = c.Key
		}
	}
	columns, err := dbtest.SQLite(t).Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		table, _, _ := strings.Cut(c, ".")
		if of[table] == "" {
			t.Errorf("the table %s is in no class of retention; say how long its rows are kept", table)
			of[table] = "told"
		}
	}
}

// TestNothingIsBelowTheFloor: what the law says of logs holds whatever is set.
func TestNothingIsBelowTheFloor(t *testing.T) {
	for _, c := range retention.All {
		if c.Floor == 0 || c.Deed == retention.Keep {
			continue
		}
		if days := c.Years*365 + c.Days; days < retention.LogFloor || c.Floor < retention.LogFloor {
			t.Errorf("%s is kept for %d days only", c.Key, days)
		}
	}
}

// TestAPersonIsErasedAfterTheDay: the day before the period is over nothing
// happens, on the day everything that tells of the person goes, and what the
// figures need stays. The other realm is not touched.
func TestAPersonIsErasedAfterTheDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		id := w.left(1, "金丝雀", "32050119500520002X", "19900000417", core.NewDate(2016, 11, 25))
		other := w.left(2, "百灵鸟", "32050119500520002X", "19900000417", core.NewDate(2016, 11, 25))
		kept := w.left(1, "云雀", "", "", core.NewDate(2020, 1, 1))
		chain := &audit.Chain{DB: d, Now: w.Now, Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}

		if x := w.due(1, "member_ended"); x.Today != 0 || x.Coming != 1 || x.PeriodYears != 10 {
			t.Errorf("the day before: %+v", x)
		}
		if done := w.run(1); len(done) != 0 || w.find(1, id).Name != "金丝雀" {
			t.Errorf("erased a day early: %v", done)
		}
		w.clock = w.clock.AddDate(0, 0, 1)
		counts := func() string {
			var s string
			w.do(func(tx *db.Tx) (err error) {
				m, err := member.CountsAt(ctx, tx, 1, core.Moment{On: core.NewDate(2016, 11, 24)})
				s = core.Date{}.String()
				for _, c := range m {
					s += string(rune('0' + c.Full))
				}
				return err
			})
			return s
		}
		before := counts()
		if x := w.due(1, "member_ended"); x.Today != 1 || x.Coming != 0 {
			t.Errorf("on the day: %+v", x)
		}
		if done := w.run(1); done["member_ended"] != 1 || len(done) != 1 {
			t.Fatalf("done: %v", done)
		}
		p := w.find(1, id)
		if p.Name != member.ErasedName || p.ErasedAt.IsZero() || !p.BornOn.IsZero() || p.Sex != "" || p.Position != "" || p.HasIDNumber() || p.HasPhone() || p.Org == 0 || !p.JoinedOn.IsZero() {
			t.Errorf("left of the record: %+v", p)
		}
		if w.find(2, other).Name != "百灵鸟" || w.find(1, kept).Name != "云雀" {
			t.Error("somebody else was erased")
		}
		if after := counts(); after != before || !strings.HasSuffix(after, "2") {
			t.Errorf("a past figure was %s and is %s", before, after)
		}
		if n := w.count(`SELECT count(*) FROM memberships WHERE realm_id = 1 AND person_id = $1 AND reason <> ''`, id); n != 0 {
			t.Error("a reason stays")
		}
		if n := w.count(`SELECT count(*) FROM journal_bodies b JOIN journal j ON j.realm_id = b.realm_id AND j.id = b.id WHERE j.realm_id = 1 AND j.subject_id = $1`, id); n != 0 {
			t.Errorf("the journal still says %d things", n)
		}
		if n := w.count(`SELECT count(*) FROM journal WHERE realm_id = 1 AND action = 'retention.erase'`); n != 1 {
			t.Errorf("%d entries of the rule", n)
		}
		if x := w.due(1, "member_ended"); x.Today != 0 || x.LastDone != 1 || !x.Last.Equal(w.clock) {
			t.Errorf("afterwards: %+v", x)
		}
		if n := w.count(`SELECT own FROM tallies WHERE realm_id = 1 AND org_id = $1 AND what = 'none'`, w.branch[1]); n != 1 {
			t.Errorf("the list counts %d", n)
		}
		if _, err := chain.All(ctx); err != nil {
			t.Fatal(err)
		}
		if r, err := chain.Verify(ctx, "", func(f audit.Finding) { t.Errorf("found %v", f.Msg) }); err != nil || r.Links == 0 {
			t.Errorf("the chain: %+v, %v", r, err)
		}

		// Nothing brings the record back, and who comes again is somebody new.
		w.do(func(tx *db.Tx) error {
			saved, err := member.Save(ctx, tx, 1, kept)
			if err != nil {
				return err
			}
			if _, err := member.Restore(ctx, tx, access.Machine(1), w.clock, id, saved, "", 0, 0); core.MsgOf(err).Key != "person.erased" {
				t.Errorf("brought back: %v", err)
			}
			return nil
		})
		if again := w.left(1, "金丝雀", "32050119500520002X", "19900000417", core.NewDate(2016, 1, 1)); again == id {
			t.Error("the same record again")
		}
	})
}

// TestWhatKeepsAPerson: an open account and a request that waits.
func TestWhatKeepsAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.left(1, "金丝雀", "", "", core.NewDate(2010, 1, 1))
		w.exec(`INSERT INTO users (realm_id, id, login, login_key, name, person_id, password, lang, theme, disabled, epoch, created_at)
			VALUES (1, 5, 'canary', 'canary', '金丝雀', $1, '', '', '', $2, 0, 0)`, id, false)
		if n := w.due(1, "member_ended").Today; n != 0 {
			t.Errorf("with an open account %d are due", n)
		}
		w.exec(`UPDATE users SET disabled = $1`, true)
		if done := w.run(1); done["member_ended"] != 1 {
			t.Errorf("closed: %v", done)
		}
		if n := w.count(`SELECT count(*) FROM users WHERE login LIKE 'erased-%' AND name = $1`, member.ErasedName); n != 1 {
			t.Error("the account still has a name")
		}
	})
}

// TestMistakesAndStrangers: who was removed, and who was never a member, with
// the days on both sides.
func TestMistakesAndStrangers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, w := t.Context(), newWorld(t, d)
		start := w.clock
		var never, wrong core.PersonID
		w.do(func(tx *db.Tx) error {
			enrol := func(name string) (core.PersonID, error) {
				p, err := member.Enrol(ctx, tx, keys, access.Machine(1), w.clock, member.Enrolment{Name: name, Kind: member.None, Org: w.branch[1]})
				return p.ID, err
			}
			var err, err2 error
			never, err = enrol("路人")
			wrong, err2 = enrol("误录")
			return errors.Join(err, err2, member.Remove(ctx, tx, access.Machine(1), w.clock, []core.PersonID{wrong}, "", 0))
		})
		for _, tt := range []struct {
			days            int
			mistaken, never bool
		}{{179, false, false}, {180, true, false}, {730, true, false}, {731, true, true}} {
			w.clock = start.AddDate(0, 0, tt.days)
			w.run(1)
			if got := !w.find(1, wrong).ErasedAt.IsZero(); got != tt.mistaken {
				t.Errorf("after %d days the mistaken one is erased: %v", tt.days, got)
			}
			if got := !w.find(1, never).ErasedAt.IsZero(); got != tt.never {
				t.Errorf("after %d days the one who never was a member is erased: %v", tt.days, got)
			}
		}
	})
}

// TestRowsAreSweptAfterTheDay: one row of each kind, the day before and the day.
func TestRowsAreSweptAfterTheDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		end := w.clock
		for _, realm := range []core.RealmID{1, 2} {
			w.exec(`INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
				VALUES ($1, $2, 'u', 'u', 'n', '', '', '', $3, 0, 0)`, realm, 40+int(realm), false)
			w.exec(`INSERT INTO jobs (realm_id, id, kind, state, done, total, message, cancel, tries, created_at, ended_at)
				VALUES ($1, $2, 'x', 'done', 0, 0, '', $3, 0, 0, $4)`, realm, 50+int(realm), false, db.Instant(end))
			w.exec(`INSERT INTO tokens (hash, realm_id, purpose, expires_at) VALUES ($1, $2, 'link', $3)`, string(rune('a'+realm)), realm, db.Instant(end))
			w.exec(`INSERT INTO bearer_tokens (realm_id, id, user_id, hash, epoch, name, scopes, created_at, expires_at)
				VALUES ($1, $2, $3, $4, 0, 'n', '', 0, $5)`, realm, 60+int(realm), 40+int(realm), string(rune('a'+realm)), db.Instant(end))
			w.exec(`INSERT INTO opinions (realm_id, id, org_id, user_id, named, kind, page, words, state, due_on, answer, created_at, ended_at, version)
				VALUES ($1, $2, $3, $4, $5, 'fault', '', '话', 'answered', '2026-01-01', '', 0, $6, 1)`,
				realm, 70+int(realm), w.root[realm], 40+int(realm), false, db.Instant(end))
		}
		for _, tt := range []struct {
			class, table string
			on           time.Time
		}{{"sign_in", "tokens", end.AddDate(0, 0, 30)}, {"jobs", "jobs", end.AddDate(0, 0, 90)}, {"tokens", "bearer_tokens", end.AddDate(0, 0, 180)}, {"opinions", "opinions", end.AddDate(2, 0, 0)}} {
			w.clock = tt.on.AddDate(0, 0, -1)
			if done := w.run(1); done[tt.class] != 0 {
				t.Errorf("%s: %d a day early", tt.class, done[tt.class])
			}
			w.clock = tt.on
			if n := w.due(1, tt.class).Today; n != 1 {
				t.Errorf("%s: %d are due", tt.class, n)
			}
			if done := w.run(1); done[tt.class] != 1 {
				t.Errorf("%s: done %v", tt.class, done)
			}
			if n := w.count(`SELECT count(*) FROM ` + tt.table); n != 1 {
				t.Errorf("%s: %d rows of both realms stay", tt.table, n)
			}
		}

		// A setting that got past the page leads no lower than the floor.
		w.exec(`INSERT INTO settings (realm_id, id, name, value, reason, recorded_at) VALUES (2, 1, 'retention.case_years', '0', '', 0)`)
		for days, want := range map[int]int{179: 0, 180: 1} {
			w.clock = end.AddDate(0, 0, days)
			if n := w.due(2, "opinions").Today; n != want {
				t.Errorf("the floor: after %d days %d opinions are due", days, n)
			}
		}
	})
}

// TestWhoSeesAndWhoRuns: the numbers at the top of the realm, the running for
// the machine alone.
func TestWhoSeesAndWhoRuns(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	user := func(id core.UserID, role access.Role, at core.OrgID) access.Actor {
		w.exec(`INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES (1, $1, $2, $2, 'n', '', '', '', $3, 0, 0)`, id, id.String(), false)
		w.do(func(tx *db.Tx) error {
			return access.Grant(t.Context(), tx, access.Machine(1), id, access.Place{Role: role, Org: at}, core.NewDate(2026, 1, 1), w.clock)
		})
		return access.Actor{Realm: 1, User: id, Via: audit.Page}
	}
	for _, tt := range []struct {
		role access.Role
		at   core.OrgID
		sees bool
	}{{access.System, w.root[1], true}, {access.Auditor, w.root[1], true}, {access.Registrar, w.root[1], true}, {access.Registrar, w.branch[1], false}, {access.Member, w.root[1], false}} {
		who := user(core.UserID(100+w.count(`SELECT count(*) FROM users`)), tt.role, tt.at)
		if _, err := w.List(t.Context(), who); (err == nil) != tt.sees {
			t.Errorf("%s: %v", tt.role, err)
		}
		if _, err := w.Run(t.Context(), who); err == nil {
			t.Errorf("%s carries the rules out", tt.role)
		}
	}
}

// TestNoByteOfTheErasedStays looks for name, id number and phone of somebody
// erased in the file of the database and in its log.
func TestNoByteOfTheErasedStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tongpin.db")
	d, err := db.OpenWith(t.Context(), path, db.Durable)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, d)
	id := w.left(1, "金丝雀甲乙", "32050119500520002X", "19900000417", core.NewDate(2016, 1, 1))
	for range 50 {
		w.left(1, "云雀", "", "", core.NewDate(2020, 1, 1))
	}
	hash := w.find(1, id)
	look := func() (found bool) {
		for _, name := range []string{path, path + "-wal"} {
			b, err := os.ReadFile(name)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			for _, s := range []string{"金丝雀", "jin si que", "jinsique", "32050119500520002X", "19900000417"} {
				found = found || bytes.Contains(b, []byte(s))
			}
		}
		return found
	}
	if !hash.HasIDNumber() || !look() {
		t.Fatal("the search finds nothing where there is something")
	}
	if done := w.run(1); done["member_ended"] != 1 {
		t.Fatalf("done: %v", done)
	}
	if look() {
		t.Error("bytes of the erased stay")
	}
}
