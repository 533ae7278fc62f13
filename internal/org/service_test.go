package org_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// service returns the service at the world's clock, with movers as simple as
// the tables allow.
func (w *world) service() *org.Service {
	return &org.Service{
		DB: w.db, Now: func() time.Time { w.now = w.now.Add(time.Minute); return w.now },
		MoveMembers: func(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, from, to core.OrgID, on core.Date) (int, error) {
			people, err := db.All(ctx, tx, db.Int, `SELECT id FROM persons WHERE realm_id = $1 AND at_org = $2`, who.Realm, from)
			for _, p := range people {
				if err := transfer(ctx, tx, who, now, core.PersonID(p), to, on); err != nil {
					return 0, err
				}
			}
			return len(people), err
		},
		MovePeople: func(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, people []core.PersonID, from, to core.OrgID, on core.Date) (int, error) {
			for _, p := range people {
				if err := transfer(ctx, tx, who, now, p, to, on); err != nil {
					return 0, err
				}
			}
			return len(people), nil
		},
		MoveEnterprises: func(ctx context.Context, tx *db.Tx, who access.Actor, _ time.Time, from, to core.OrgID, _ core.Date) (int, error) {
			lines, err := org.Lines(ctx, tx, who.Realm, []core.OrgID{to})
			if err != nil {
				return 0, err
			}
			n, err := tx.Exec(ctx, `UPDATE enterprises SET org_id = $3, path = $4 WHERE realm_id = $1 AND org_id = $2`, who.Realm, from, to, lines[to].Path)
			if err != nil {
				return 0, err
			}
			return int(n), org.Count(ctx, tx, who.Realm, map[core.OrgID]map[string]int{
				from: {org.CountEnterprises: -int(n)}, to: {org.CountEnterprises: int(n)},
			})
		},
	}
}

func transfer(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, to core.OrgID, on core.Date) error {
	was, err := db.All(ctx, tx, db.Int, `
		SELECT org_id FROM memberships WHERE realm_id = $1 AND person_id = $2 AND superseded_at IS NULL AND valid_to = '9999-12-31'`, who.Realm, id)
	if err != nil {
		return err
	}
	for _, from := range was {
		_, err := tx.Exec(ctx, `UPDATE memberships SET valid_to = $3 WHERE realm_id = $1 AND person_id = $2 AND superseded_at IS NULL AND valid_to = '9999-12-31'`, who.Realm, id, db.Date(on))
		if err != nil {
			return err
		}
		if err := org.Count(ctx, tx, who.Realm, map[core.OrgID]map[string]int{core.OrgID(from): {org.CountFull: -1}}); err != nil {
			return err
		}
	}
	return join(ctx, tx, who, now, id, to, on)
}

func join(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time, id core.PersonID, to core.OrgID, on core.Date) error {
	lines, err := org.Lines(ctx, tx, who.Realm, []core.OrgID{to})
	if err != nil {
		return err
	}
	at1, at2 := lines[to].At(1), lines[to].At(2)
	_, err = tx.Exec(ctx, `UPDATE persons SET at_org = $3, at_path = $4, at_1 = $5, at_2 = $6 WHERE realm_id = $1 AND id = $2`,
		who.Realm, id, to, lines[to].Path, db.Null(&at1), db.Null(&at2))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO memberships (realm_id, id, person_id, org_id, kind, valid_from, valid_to, recorded_at, reason)
		VALUES ($1, $2, $3, $4, 'full', $5, $6, $7, '')`,
		who.Realm, core.NewID(now), id, to, db.Date(on), db.Date(core.Forever), db.Instant(now))
	if err != nil {
		return err
	}
	return org.Count(ctx, tx, who.Realm, map[core.OrgID]map[string]int{to: {org.CountFull: 1}})
}

// enrol puts n full members into an organisation on a day.
func (w *world) enrol(id core.OrgID, n int, day core.Date) (people []core.PersonID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		for range n {
			p := core.PersonID(core.NewID(w.now))
			_, err := tx.Exec(ctx, `
				INSERT INTO persons (realm_id, id, name, name_key, initials, sex, ethnicity, education, joined_on, confirmed_on, position, note, kind, at_path, version, created_at)
				VALUES ($1, $2, '许知行', 'xuzhixing', 'xzx', '', '', '', $3, $3, '', '', 'full', '', 1, 0)`, w.who.Realm, p, db.Date(day))
			if err != nil {
				return err
			}
			if err := join(ctx, tx, w.who, w.now, p, id, day); err != nil {
				return err
			}
			people = append(people, p)
		}
		return nil
	})
	return people
}

// enterprise registers one under an organisation that is also its host.
func (w *world) enterprise(id core.OrgID, from core.Date) (e core.EnterpriseID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		e = core.EnterpriseID(core.NewID(w.now))
		lines, err := org.Lines(ctx, tx, w.who.Realm, []core.OrgID{id})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO enterprises (realm_id, id, name, name_key, initials, org_id, path, type, industry, state, version, created_at)
			VALUES ($1, $2, '陶氏', 'taoshi', 'ts', $3, $4, 'foreign_owned', '', 'operating', 1, 0)`, w.who.Realm, e, id, lines[id].Path)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO hostings (realm_id, id, org_id, enterprise_id, valid_from, valid_to, recorded_at, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, '')`, w.who.Realm, core.NewID(w.now), id, e, db.Date(from), db.Date(core.Forever), db.Instant(w.now))
		if err != nil {
			return err
		}
		return org.Count(ctx, tx, w.who.Realm, map[core.OrgID]map[string]int{id: {org.CountEnterprises: 1}})
	})
	return e
}

// hosts returns who hosts an enterprise on a day, as known now.
func (w *world) hosts(e core.EnterpriseID, on core.Date) (all []core.OrgID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		ids, err := db.All(ctx, tx, db.Int, `
			SELECT org_id FROM hostings WHERE realm_id = $1 AND enterprise_id = $2 AND superseded_at IS NULL AND valid_from <= $3 AND valid_to > $3
			ORDER BY org_id`, w.who.Realm, e, db.Date(on))
		for _, id := range ids {
			all = append(all, core.OrgID(id))
		}
		return err
	})
	return all
}

// as makes a user with a role in an organisation.
func (w *world) as(role access.Role, in core.OrgID) access.Actor {
	w.Helper()
	u := core.UserID(core.NewID(w.now))
	w.tx(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, 'x', '', 'zh-Hans', '', $4, 0, 0)`, w.who.Realm, u, u.String(), false)
		if err != nil {
			return err
		}
		return access.Grant(ctx, tx, w.who, u, access.Place{Role: role, Org: in}, today, w.now)
	})
	return access.Actor{Realm: w.who.Realm, User: u, Via: audit.Page}
}

var may = core.NewDate(2026, 5, 1)

func ptr[T any](v T) *T { return &v }

func TestEverySentenceStandsInTheCatalog(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	key := regexp.MustCompile(`"(org\.[a-z_]+\.[a-z_]+|org\.[a-z]+)"`)
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(b), -1) {
			if k := m[1]; !text.Has(k) && !slices.Contains([]string{"org.found", "org.change", "org.rename", "org.move", "org.merge", "org.split", "org.correct", "org.undo", "org.dissolve"}, k) {
				t.Errorf("%s speaks of %s, which the catalogs lack", file, k)
			}
		}
	}
	var words []string
	for _, c := range org.SetupModes {
		words = append(words, "org.setup_mode."+c)
	}
	for _, c := range org.HostSituations {
		words = append(words, "org.host_situation."+c)
	}
	for _, c := range org.Duties {
		words = append(words, "org.duty."+c)
	}
	for _, k := range []org.EventKind{org.Founded, org.Renamed, org.Moved, org.Merged, org.TookIn, org.Split, org.SplitOff, org.Changed, org.Documented, org.Dissolved, org.Corrected, org.Undone} {
		words = append(words, k.Title().Key)
	}
	for _, k := range words {
		if !text.Has(k) {
			t.Errorf("the catalogs lack %s", k)
		}
	}
}

func TestBadFoundings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		good := org.Founding{Parent: w.park.ID, Name: "先锋党支部", Kind: rule.Branch, SetupMode: "own", HostSituation: "legal_person", FoundedOn: may}
		for _, tt := range []struct {
			name string
			edit func(*org.Founding)
			kind core.Kind
			key  string
		}{
			{"no name", func(f *org.Founding) { f.Name = " " }, core.Invalid, "org.name.missing"},
			{"a formula", func(f *org.Founding) { f.Name = "=1+支部" }, core.Invalid, "org.name.invalid"},
			{"markup", func(f *org.Founding) { f.Name = "<b>支部" }, core.Invalid, "org.name.invalid"},
			{"digits alone", func(f *org.Founding) { f.Name = "2026" }, core.Invalid, "org.name.invalid"},
			{"a name without end", func(f *org.Founding) { f.Name = string(slices.Repeat([]rune("党"), 101)) }, core.Invalid, "org.name.long"},
			{"a name that a sibling has, spelled otherwise", func(f *org.Founding) { f.Name = "星湖大廈聯合 黨支部" }, core.Invalid, "org.name.duplicate"},
			{"a kind of nobody's", func(f *org.Founding) { f.Kind = "league" }, core.Invalid, "org.kind.unknown"},
			{"a set-up mode of nobody's", func(f *org.Founding) { f.SetupMode = "x" }, core.Invalid, "org.setup_mode.unknown"},
			{"a host situation of nobody's", func(f *org.Founding) { f.HostSituation = "x" }, core.Invalid, "org.host_situation.unknown"},
			{"no day", func(f *org.Founding) { f.FoundedOn = core.Date{} }, core.Invalid, "org.founded_on.missing"},
			{"tomorrow", func(f *org.Founding) { f.FoundedOn = today.AddDays(1) }, core.Invalid, "org.founded_on.future"},
			{"today", func(f *org.Founding) { f.FoundedOn = today; f.Name = "今天的支部" }, "", ""},
			{"a second root", func(f *org.Founding) { f.Parent = 0 }, core.Invalid, "org.parent.missing"},
			{"a parent that is not there", func(f *org.Founding) { f.Parent = 12345 }, core.NotFound, ""},
			{"a parent of another realm", func(f *org.Founding) { f.Parent = w.otherCity.ID }, core.NotFound, ""},
			{"older than its parent, as ledgers have it", func(f *org.Founding) { f.Parent = w.plaza.ID; f.FoundedOn = core.NewDate(2010, 1, 1) }, "", ""},
		} {
			f := good
			tt.edit(&f)
			_, err := s.Found(t.Context(), w.who, f)
			if tt.kind == "" {
				if err != nil {
					t.Errorf("%s: got %v", tt.name, err)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s was accepted", tt.name)
				continue
			}
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.key) })
		}
	})
}

func TestChangesAreDatedFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		before := w.now
		o, err := s.Change(t.Context(), w.who, w.dow.ID, org.Change{
			Name: ptr("陶氏张家港党总支"), Kind: ptr(rule.GeneralBranch), Document: ptr("苏组〔2026〕1号"), On: may, Reason: "党员减少", Version: 1,
		})
		if err != nil || o.Version != 2 || o.Name != "陶氏张家港党总支" {
			t.Fatalf("got %+v, %v", o, err)
		}
		for m, want := range map[core.Moment]rule.OrgKind{
			{On: may.AddDays(-1)}: rule.Committee, {On: may}: rule.GeneralBranch, {On: may, KnownAt: before}: rule.Committee,
		} {
			w.tx(func(ctx context.Context, tx *db.Tx) error {
				f, err := org.FactAt(ctx, tx, 1, w.dow.ID, m)
				if f.Kind != want {
					t.Errorf("%v: got %s", m, f.Kind)
				}
				return err
			})
		}
		all, err := s.History(t.Context(), w.who, w.dow.ID)
		if err != nil || len(all) != 3 {
			t.Fatalf("got %d events, %v", len(all), err)
		}
		var said []string
		for _, e := range all {
			said = append(said, text.Say(core.En, e.Kind.Title())+": "+text.Say(core.En, e.Before())+" → "+text.Say(core.En, e.After()))
		}
		want := []string{"Changed: Party committee → General branch", "Renamed: 陶氏张家港基地党委 → 陶氏张家港党总支", "Founded:  → 陶氏张家港基地党委"}
		if !slices.Equal(said, want) || all[0].Document != "苏组〔2026〕1号" || all[0].Reason != "党员减少" {
			t.Errorf("got %q", said)
		}
		same, err := s.Change(t.Context(), w.who, w.dow.ID, org.Change{Name: ptr(" 陶氏张家港党总支 "), On: today})
		if err != nil || same.Version != 2 {
			t.Errorf("the same again: version %d, %v", same.Version, err)
		}
	})
}

func TestBadChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		if _, err := s.Change(t.Context(), w.who, w.first.ID, org.Change{Name: ptr("生产第一支部"), On: may}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			id   core.OrgID
			c    org.Change
			kind core.Kind
			key  string
		}{
			{"before the founding", w.first.ID, org.Change{Name: ptr("甲支部"), On: w.first.FoundedOn.AddDays(-1)}, core.Invalid, "org.on.before_founding"},
			{"in the future", w.first.ID, org.Change{Name: ptr("甲支部"), On: today.AddDays(1)}, core.Invalid, "org.on.future"},
			{"on no day", w.first.ID, org.Change{Name: ptr("甲支部")}, core.Invalid, "org.on.missing"},
			{"before the last change", w.first.ID, org.Change{Name: ptr("甲支部"), On: may.AddDays(-1)}, core.Invalid, "org.on.before_last_change"},
			{"a sibling's name", w.first.ID, org.Change{Name: ptr("生产二支部"), On: today}, core.Invalid, "org.name.duplicate"},
			{"an unknown kind", w.first.ID, org.Change{Kind: ptr(rule.OrgKind("x")), On: today}, core.Invalid, "org.kind.unknown"},
			{"one of another realm", w.otherCity.ID, org.Change{Name: ptr("甲支部"), On: today}, core.NotFound, ""},
		} {
			_, err := s.Change(t.Context(), w.who, tt.id, tt.c)
			t.Run(tt.name, func(t *testing.T) { refused(t, err, tt.kind, tt.key) })
		}
		if _, err := s.Change(t.Context(), w.who, w.first.ID, org.Change{Name: ptr("甲支部"), On: may}); err != nil {
			t.Errorf("twice on one day: %v", err)
		}
	})
}

func TestWhoComesSecondSeesBothVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		if _, err := s.Move(t.Context(), w.who, w.first.ID, org.Move{To: w.zone.ID, On: today, Version: 1}); err != nil {
			t.Fatal(err)
		}
		calls := map[string]error{}
		_, calls["rename"] = s.Change(t.Context(), w.who, w.first.ID, org.Change{Name: ptr("甲支部"), On: today, Version: 1})
		_, calls["move"] = s.Move(t.Context(), w.who, w.first.ID, org.Move{To: w.park.ID, On: today, Version: 1})
		_, calls["merge"] = s.Merge(t.Context(), w.who, w.first.ID, w.second.ID, org.Ending{On: today, Version: 1})
		_, calls["dissolve"] = s.Dissolve(t.Context(), w.who, w.first.ID, org.Ending{On: today, Version: 1})
		_, calls["correct"] = s.Correct(t.Context(), w.who, w.first.ID, org.Correction{On: today, Name: ptr("甲支部"), Version: 1})
		_, calls["split"] = s.Split(t.Context(), w.who, w.first.ID, org.Division{Version: 1, New: org.Founding{Name: "乙支部", Kind: rule.Branch, FoundedOn: today}})
		for name, err := range calls {
			refused(t, err, core.Conflict, "org.stale")
			stale, ok := errors.AsType[*org.Stale](err)
			if !ok || stale.Theirs.Version != 2 || stale.Theirs.Parent != w.zone.ID {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestRefusalsAreJournalledOnTheirOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		s := w.service()
		secretary := w.as(access.Secretary, w.park.ID)
		_, err := s.Change(t.Context(), secretary, w.dow.ID, org.Change{Name: ptr("甲"), On: today})
		refused(t, err, core.Forbidden, "access.change.orgs")
		w.tx(func(ctx context.Context, tx *db.Tx) error {
			all, err := audit.Of(ctx, tx, 1, core.ID(w.dow.ID), 10)
			if len(all) != 2 || all[0].Outcome != audit.Denied || all[0].By.User != secretary.User || all[1].Action != "org.found" {
				t.Errorf("got %+v", all)
			}
			return err
		})
	})
}
