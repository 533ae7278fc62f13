package post_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/clock"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/fact"
	"tongpin/internal/org"
	"tongpin/internal/post"
	"tongpin/internal/purpose"
	"tongpin/internal/rule"
)

var walk = flag.Int("walk", 2000, "random steps of the state machine")

var now = dbtest.Day(2026, 3, 2) // a Monday

// A world is a committee with a branch of two people, a branch beside it, and a
// second realm.
type world struct {
	*post.Service
	t                                         *testing.T
	top, branch, beside                       org.Org
	secretary, holder, member, head, neighbor access.Actor
	stranger                                  access.Actor
	one, two                                  core.PersonID
	at                                        time.Time
}

func newWorld(t *testing.T, d *db.DB) *world {
	w := &world{t: t, at: now}
	w.Service = &post.Service{DB: d, Now: func() time.Time { return w.at }, Calendars: func() (rule.Calendars, error) { return rule.EmbeddedCalendars(), nil }}
	dbtest.Realm(t, d, 1, "Suzhou")
	dbtest.Realm(t, d, 2, "Elsewhere")
	w.do(func(tx *db.Tx) error {
		found := func(realm core.RealmID, name string, kind rule.OrgKind, parent core.OrgID) org.Org {
			o, err := org.Found(t.Context(), tx, access.Machine(realm), now, org.Founding{Name: name, Kind: kind, Parent: parent, FoundedOn: core.NewDate(2020, 1, 1)})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		w.top = found(1, "基地党委", rule.Committee, 0)
		w.branch = found(1, "甲支部", rule.Branch, w.top.ID)
		w.beside = found(1, "乙支部", rule.Branch, w.top.ID)
		far := found(2, "外地党委", rule.Committee, 0)
		user := func(realm core.RealmID, login string, role access.Role, at core.OrgID) access.Actor {
			u, err := account.Add(t.Context(), tx, access.Machine(realm), now, account.NewUser{Login: login, Name: "名" + login})
			if err == nil {
				err = access.Grant(t.Context(), tx, access.Machine(realm), u.ID, access.Place{Role: role, Org: at}, core.DateOf(now), now)
			}
			if err != nil {
				t.Fatal(err)
			}
			return access.Actor{Realm: realm, User: u.ID, Via: "page"}
		}
		w.secretary = user(1, "secretary", access.Secretary, w.branch.ID)
		w.holder = user(1, "holder", access.Member, w.branch.ID)
		w.member = user(1, "member", access.Member, w.branch.ID)
		w.head = user(1, "head", access.Department, w.top.ID)
		w.neighbor = user(1, "neighbor", access.Secretary, w.beside.ID)
		w.stranger = user(2, "stranger", access.Registrar, far.ID)
		w.one, w.two = w.person(tx, "予衡"), w.person(tx, "知白")
		_, err := tx.Exec(t.Context(), `UPDATE users SET person_id = $1 WHERE id = $2`, w.one, w.holder.User)
		return err
	})
	return w
}

func (w *world) person(tx *db.Tx, name string) core.PersonID {
	id := core.PersonID(core.NewID(now))
	_, err := tx.Exec(w.t.Context(), `
		INSERT INTO persons (realm_id, id, name, name_key, initials, sex, ethnicity, education, position, note, kind, at_org, at_path, version, created_at)
		VALUES (1, $1, $2, $2, '', '', '', '', '', '', 'member', $3, $4, 1, 0)`, id, name, w.branch.ID, w.branch.Path)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) do(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) application(holder core.PersonID) post.Application {
	return post.Application{
		Org: w.branch.ID, Kind: "person", Theme: "safety", Title: "开停车安全岗", Place: "A 区", Duty: "开停车前走一遍现场", Promise: "少查一处，就不开车。", Holder: holder, Months: 6,
	}
}

func (w *world) must(p post.Post, err error) post.Post {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// named is a post that hangs since the day after its notice.
func (w *world) active(number string) post.Post {
	w.t.Helper()
	w.at = now
	p := w.must(w.Apply(w.t.Context(), w.secretary, w.application(w.one)))
	for _, to := range []post.State{post.BranchOK, post.PublicNotice} {
		p = w.must(w.Move(w.t.Context(), w.secretary, p.ID, post.Step{To: to}))
	}
	w.at = now.AddDate(0, 0, 8)
	p = w.must(w.Move(w.t.Context(), w.secretary, p.ID, post.Step{To: post.Named, Number: number, Until: core.NewDate(2027, 3, 9)}))
	return w.must(w.Move(w.t.Context(), w.secretary, p.ID, post.Step{To: post.Active}))
}

func fails(t *testing.T, err error, kind core.Kind, key string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("%v, want %s", err, kind)
	}
	if key == "" || core.MsgOf(err).Key == key {
		return
	}
	for _, m := range core.FieldsOf(err) {
		if m.Key == key {
			return
		}
	}
	t.Errorf("%v says not %s", err, key)
}

// TestTheNoticeRunsItsWorkingDays names a post on the first day after the last
// day of the notice and not before.
func TestTheNoticeRunsItsWorkingDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.must(w.Apply(t.Context(), w.holder, w.application(0)))
		if p.Holder != w.one {
			t.Fatal("who applies is not the holder")
		}
		_, err := w.Move(t.Context(), w.holder, p.ID, post.Step{To: post.BranchOK})
		fails(t, err, core.Forbidden, "")
		_, err = w.Move(t.Context(), w.secretary, p.ID, post.Step{To: post.Named})
		fails(t, err, core.Conflict, "post.step.impossible")
		w.must(w.Move(t.Context(), w.secretary, p.ID, post.Step{To: post.BranchOK}))
		p = w.must(w.Move(t.Context(), w.secretary, p.ID, post.Step{To: post.PublicNotice}))
		if want := core.NewDate(2026, 3, 9); p.NoticeTo != want { // five working days after Monday the 2nd
			t.Fatalf("the notice ends on %s, want %s", p.NoticeTo, want)
		}
		step := post.Step{To: post.Named, Number: "DOW-1", Until: core.NewDate(2027, 3, 9)}
		w.at = now.AddDate(0, 0, 7)
		_, err = w.Move(t.Context(), w.secretary, p.ID, step)
		fails(t, err, core.Invalid, "post.notice.running")
		w.at = now.AddDate(0, 0, 8)
		p = w.must(w.Move(t.Context(), w.secretary, p.ID, step))
		if len(p.Slug) != 26 || p.Slug != strings.ToLower(p.Slug) || len(p.Check) != 9 || p.ReviewOn != core.NewDate(2026, 9, 10) {
			t.Errorf("named as %+v", p)
		}
		var running []string
		w.do(func(tx *db.Tx) error {
			all, err := clock.Of(t.Context(), tx, 1, p.ID)
			for _, c := range all {
				if c.State == clock.Running {
					running = append(running, string(c.Kind)+" "+c.DueOn.String())
				}
			}
			return err
		})
		slices.Sort(running)
		if got := strings.Join(running, ", "); got != "post_end 2027-03-09, post_review 2026-09-10" {
			t.Errorf("the deadlines: %s", got)
		}
	})
}

// TestOnePersonOnePost lets ten applications race for one person.
func TestOnePersonOnePost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var wait sync.WaitGroup
		errs := make([]error, 10)
		for i := range errs {
			wait.Go(func() { _, errs[i] = w.Apply(t.Context(), w.secretary, w.application(w.two)) })
		}
		wait.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			fails(t, err, core.Conflict, "post.holder.taken")
		}
		if won != 1 {
			t.Errorf("%d posts for one person", won)
		}
	})
}

// TestAReviewJudgesAndWithdrawsOnlyAfterATalk.
func TestAReviewJudgesAndWithdrawsOnlyAfterATalk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.active("DOW-1")
		r := post.Review{On: core.DateOf(w.at), Panel: "班组长", Text: "目标没有进展", Decision: post.Withdrawn}
		_, err := w.Review(t.Context(), w.secretary, p.ID, r)
		fails(t, err, core.Conflict, "post.review.not_due")
		_, err = w.Move(t.Context(), w.secretary, p.ID, post.Step{To: post.ReviewDue})
		fails(t, err, core.Invalid, "post.review.early")
		_, err = w.Move(t.Context(), w.secretary, p.ID, post.Step{To: post.Withdrawn, Reason: "x"})
		fails(t, err, core.Conflict, "post.step.impossible")
		w.at = dbtest.Day(2026, 9, 9)
		_, err = w.Review(t.Context(), w.secretary, p.ID, r)
		fails(t, err, core.Conflict, "post.review.not_due")
		w.at = dbtest.Day(2026, 9, 10)
		r.On = core.DateOf(w.at)
		_, err = w.Review(t.Context(), w.secretary, p.ID, r)
		fails(t, err, core.Invalid, "post.talk.missing")
		r.TalkOn = r.On
		p = w.must(w.Review(t.Context(), w.secretary, p.ID, r))
		v, err := w.Public(t.Context(), 1, p.Slug)
		if err != nil || !v.Withdrawn || v.Title+v.Promise+v.Holder+v.Number != "" {
			t.Errorf("a withdrawn post shows %+v, %v", v, err)
		}
		_, err = w.Plates(t.Context(), w.secretary, w.branch.ID, []core.ID{p.ID})
		fails(t, err, core.Conflict, "post.plate.refused")
		seen, err := w.Page(t.Context(), w.member, p.ID)
		if err != nil || seen.Reason != "" || len(seen.Reviews) != 0 || seen.HolderName != "" {
			t.Errorf("a colleague reads %+v, %v", seen, err)
		}
	})
}

// TestNoNameWithoutConsent looks at the public page before, during and after.
func TestNoNameWithoutConsent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.active("DOW-1")
		look := func(page, plate string) {
			t.Helper()
			v, err := w.Public(t.Context(), 1, p.Slug)
			if err != nil || v.Holder != page {
				t.Errorf("the page names %q, want %q (%v)", v.Holder, page, err)
			}
			all, err := w.Plates(t.Context(), w.secretary, w.branch.ID, nil)
			if err != nil || len(all) != 1 || all[0].Holder != plate {
				t.Errorf("the plate: %+v, want %q (%v)", all, plate, err)
			}
		}
		give := func(key string) {
			w.do(func(tx *db.Tx) error {
				return consent.Give(t.Context(), tx, w.holder, w.at, w.one, w.branch.ID, consent.Giving{Purpose: key})
			})
		}
		look("", "")
		give(purpose.PostPlate)
		look("", "予衡")
		give(purpose.PostPage)
		look("予衡", "予衡")
		for _, key := range []string{purpose.PostPage, purpose.PostPlate} {
			w.do(func(tx *db.Tx) error {
				return consent.Withdraw(t.Context(), tx, w.holder, w.at, w.one, w.branch.ID, key)
			})
		}
		look("", "") // in the same second
		for _, slug := range []string{"", "x", strings.Repeat("a", 26), p.Slug[:25] + "=", strings.ToUpper(p.Slug)} {
			if _, err := w.Public(t.Context(), 1, slug); !errors.Is(err, core.NotFound) {
				t.Errorf("slug %q: %v", slug, err)
			}
		}
		if _, err := w.Public(t.Context(), 2, p.Slug); !errors.Is(err, core.NotFound) {
			t.Errorf("in another realm: %v", err)
		}
	})
}

// TestTheResultOfAGoalIsAFact links a finished project, reads it on the public
// page, and unlinks it.
func TestTheResultOfAGoalIsAFact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.active("DOW-1")
		g, err := w.AddGoal(t.Context(), w.holder, p.ID, post.Goal{Metric: "盲板漏查", Unit: "处", Target: 0, Due: core.NewDate(2026, 12, 31)})
		if err != nil {
			t.Fatal(err)
		}
		project := func(number, state string) core.ID {
			id := core.NewID(w.at)
			w.do(func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `
					INSERT INTO projects (realm_id, id, number, kind, org_id, strand, title, why, measure, unit, baseline, acceptance, state, reason, lane, lane_since, result, changed,
						work_hours, own_hours, cost, evidence, finished_on, reached, not_reached, reuse, ended_as, created_at, version)
					VALUES (1, $1, $2, 'topic', $3, '', '开车前盲板漏查', '', '', '处', 5000, '', $4, '', 'done', '2026-03-09', 0, '规程第5版', 0, 0, 0, '', '2026-03-09', '', '', '', '', 0, 1)`,
					id, number, w.branch.ID, state)
				return err
			})
			return id
		}
		done, going := project("K-1", "learned"), project("K-2", "running")
		for _, id := range []core.ID{done, going} {
			if err := w.Link(t.Context(), w.holder, p.ID, g.ID, fact.Project, id); err != nil {
				t.Fatal(err)
			}
		}
		fails(t, w.Link(t.Context(), w.member, p.ID, g.ID, fact.Project, done), core.Forbidden, "")
		fails(t, w.Link(t.Context(), w.neighbor, p.ID, g.ID, fact.Project, done), core.NotFound, "")
		v, err := w.Public(t.Context(), 1, p.Slug)
		if err != nil || len(v.Did) != 1 || v.Did[0].Title != "开车前盲板漏查" || *v.Did[0].Before != 5000 || *v.Did[0].After != 0 {
			t.Errorf("what it got done: %+v, %v", v.Did, err)
		}
		if page, err := w.Page(t.Context(), w.holder, p.ID); err != nil || len(page.Goals) != 1 || len(page.Goals[0].Facts) != 2 {
			t.Errorf("the page: %+v, %v", page.Goals, err)
		}
		if err := w.Unlink(t.Context(), w.holder, p.ID, g.ID, fact.Project, done); err != nil {
			t.Fatal(err)
		}
		if v, err := w.Public(t.Context(), 1, p.Slug); err != nil || len(v.Did) != 0 {
			t.Errorf("after the link is gone: %+v, %v", v.Did, err)
		}
		if all, err := w.Candidates(t.Context(), w.holder, p.ID); err != nil || len(all) != 2 {
			t.Errorf("to choose from: %+v, %v", all, err)
		}
	})
}

// TestWhoSeesAPost asks as everybody.
func TestWhoSeesAPost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.active("DOW-1")
		for name, c := range map[string]struct {
			who   access.Actor
			there bool
			named string
		}{
			"secretary": {w.secretary, true, "予衡"}, "holder": {w.holder, true, "予衡"}, "member": {w.member, true, ""}, "department": {w.head, true, ""},
			"neighbor": {w.neighbor, false, ""}, "stranger": {w.stranger, false, ""},
		} {
			v, err := w.Page(t.Context(), c.who, p.ID)
			if c.there != (err == nil) || v.HolderName != c.named {
				t.Errorf("%s: %q, %v", name, v.HolderName, err)
			}
			if !c.there && err.Error() != w.missing(c.who) {
				t.Errorf("%s learns from %v that it exists", name, err)
			}
		}
		all, more, err := w.List(t.Context(), w.head, post.Query{Under: w.top.ID})
		if err != nil || len(all) != 1 || more || all[0].HolderName != "" {
			t.Errorf("the list of a department: %+v, %v", all, err)
		}
		if _, _, err := w.List(t.Context(), w.stranger, post.Query{Under: w.top.ID}); !errors.Is(err, core.NotFound) {
			t.Errorf("the list for a stranger: %v", err)
		}
	})
}

func (w *world) missing(who access.Actor) string {
	_, err := w.Page(w.t.Context(), who, 77)
	return err.Error()
}

// TestExpiryHasTwoSides prints a plate on the last day and not on the next.
func TestExpiryHasTwoSides(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := w.active("DOW-1")
		w.at = dbtest.Day(2027, 3, 9)
		if _, err := w.Plates(t.Context(), w.holder, w.branch.ID, []core.ID{p.ID}); err != nil {
			t.Error(err)
		}
		if v, err := w.Public(t.Context(), 1, p.Slug); err != nil || v.Over {
			t.Errorf("on the last day: %+v, %v", v, err)
		}
		w.at = dbtest.Day(2027, 3, 10)
		_, err := w.Plates(t.Context(), w.holder, w.branch.ID, []core.ID{p.ID})
		fails(t, err, core.Conflict, "post.plate.expired")
		if v, err := w.Public(t.Context(), 1, p.Slug); err != nil || !v.Over || v.Title == "" {
			t.Errorf("on the day after: %+v, %v", v, err)
		}
	})
}

// TestBadApplications gives each field something wrong.
func TestBadApplications(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for key, change := range map[string]func(a *post.Application){
			"post.kind.missing": func(a *post.Application) { a.Kind = "hero" }, "post.theme.missing": func(a *post.Application) { a.Theme = "" },
			"post.months.missing": func(a *post.Application) { a.Months = 4 }, "post.title.missing": func(a *post.Application) { a.Title = "  " },
			"post.words.long":      func(a *post.Application) { a.Promise = strings.Repeat("诺", 61) },
			"post.holder.missing":  func(a *post.Application) { a.Holder = 0 },
			"post.holder.unknown":  func(a *post.Application) { a.Holder = 99 },
			"post.team.missing":    func(a *post.Application) { a.Kind, a.Holder = post.Collective, 0 },
			"post.team.unknown":    func(a *post.Application) { a.Kind, a.Holder, a.Team = post.Collective, 0, 5 },
			"post.promise.missing": func(a *post.Application) { a.Promise = "" },
		} {
			a := w.application(w.two)
			change(&a)
			_, err := w.Apply(t.Context(), w.secretary, a)
			fails(t, err, core.Invalid, key)
		}
		a := w.application(w.two)
		a.Promise = strings.Repeat("诺", 60)
		w.must(w.Apply(t.Context(), w.secretary, a))
		_, err := w.Apply(t.Context(), w.member, w.application(w.one))
		fails(t, err, core.Forbidden, "")
	})
}

// TestDutyAreas sets up an area, lists it with and without names, and ends it.
func TestDutyAreas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		area := post.Area{Org: w.branch.ID, Title: "一班", Covers: "罐区", From: core.DateOf(now), Holders: []post.Holder{{ID: w.one}, {ID: w.two}}}
		a, err := w.AddArea(t.Context(), w.secretary, area)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.AddArea(t.Context(), w.secretary, post.Area{Org: w.branch.ID, Title: "二班", Covers: "泵房", From: core.DateOf(now)})
		fails(t, err, core.Invalid, "post.area.holder.missing")
		_, err = w.AddArea(t.Context(), w.member, area)
		fails(t, err, core.Forbidden, "")
		for names, who := range map[string]access.Actor{"予衡 知白": w.secretary, " ": w.head, "予衡 ": w.holder} {
			all, err := w.Areas(t.Context(), who, map[bool]core.OrgID{true: w.top.ID, false: w.branch.ID}[who == w.head])
			if err != nil || len(all) != 1 || len(all[0].Holders) != 2 || all[0].Holders[0].Name+" "+all[0].Holders[1].Name != names {
				t.Errorf("%q: %+v, %v", names, all, err)
			}
		}
		fails(t, w.EndArea(t.Context(), w.stranger, a.ID, core.DateOf(now), 0), core.NotFound, "")
		fails(t, w.EndArea(t.Context(), w.secretary, a.ID, core.DateOf(now).AddDays(-1), 0), core.Invalid, "post.day.before")
		if err := w.EndArea(t.Context(), w.secretary, a.ID, core.DateOf(now), 1); err != nil {
			t.Fatal(err)
		}
		fails(t, w.EndArea(t.Context(), w.secretary, a.ID, core.DateOf(now), 0), core.Conflict, "post.stale")
	})
}

// TestRandomWalk takes random steps and looks after each that a post is in a
// state it could reach, that a slug never changes, and that only a talk
// withdraws.
func TestRandomWalk(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	r := rand.New(rand.NewPCG(7, 7))
	var p post.Post
	steps, reached := 0, map[post.State]bool{}
	for steps < *walk {
		if p.ID == 0 || p.State.Over() {
			p = w.must(w.Apply(t.Context(), w.secretary, w.application(w.one)))
		}
		steps++
		w.at = w.at.AddDate(0, 0, r.IntN(20))
		was, today := p, core.DateOf(w.at)
		to := post.States[r.IntN(len(post.States))]
		var got post.Post
		var err error
		if slices.Contains(post.Decisions, to) {
			v := post.Review{On: today, Panel: "班组", Text: "看过目标", Decision: to, To: today.AddDays(300)}
			if r.IntN(2) == 0 {
				v.TalkOn = today
			}
			got, err = w.Review(t.Context(), w.secretary, p.ID, v)
			if err == nil && to == post.Withdrawn && v.TalkOn.IsZero() {
				t.Fatal("withdrawn without a talk")
			}
		} else {
			got, err = w.Move(t.Context(), w.secretary, p.ID, post.Step{To: to, Reason: "理由", Number: "N-" + core.NewID(w.at).String(), Until: today.AddDays(200)})
		}
		if err != nil {
			if k := core.KindOf(err); k != core.Conflict && k != core.Invalid {
				t.Fatalf("%s to %s: %v", was.State, to, err)
			}
			continue
		}
		if !slices.Contains(post.Moves[was.State], to) && !slices.Contains(post.Moves[was.On(today)], to) {
			t.Fatalf("%s became %s", was.State, to)
		}
		if was.Slug != "" && got.Slug != was.Slug || got.State == post.Named && !today.After(got.NoticeTo) {
			t.Fatalf("after a step: %+v", got)
		}
		p = got
		reached[p.State] = true
	}
	if len(reached) < len(post.States)-1 { // applied is where all begin
		t.Errorf("only %v were reached", reached)
	}
}
