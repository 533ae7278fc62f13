package mentoring_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/fact"
	"tongpin/internal/mentoring"
)

func TestBadTermsAreNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for key, change := range map[string]func(*mentoring.Terms){
			"mentor mentoring.mentor.same":              func(x *mentoring.Terms) { x.Apprentice = mentor },
			"checker mentoring.checker.same":            func(x *mentoring.Terms) { x.Checker = mentor },
			"ends_on mentoring.ends_on.before":          func(x *mentoring.Terms) { x.EndsOn = x.StartsOn },
			"earliest_on mentoring.earliest_on.outside": func(x *mentoring.Terms) { x.EarliestOn = x.EndsOn.AddDays(1) },
			"latest_on mentoring.latest_on.before":      func(x *mentoring.Terms) { x.LatestOn = x.EndsOn.AddDays(-1) },
			"goals mentoring.goals.missing":             func(x *mentoring.Terms) { x.Goals = " " },
			"skill mentoring.skill.missing":             func(x *mentoring.Terms) { x.Skills = nil },
			"skill mentoring.skill.gone":                func(x *mentoring.Terms) { x.Skills[0].Skill = 1 },
			"target mentoring.target.outside":           func(x *mentoring.Terms) { x.Skills[0].Target = 5 },
			"apprentice mentoring.person.gone":          func(x *mentoring.Terms) { x.Apprentice = 777 },
		} {
			x := terms()
			change(&x)
			_, err := w.Propose(t.Context(), w.secretary, x)
			found := false
			for field, m := range core.FieldsOf(err) {
				found = found || field+" "+m.Key == key
			}
			if !found {
				t.Errorf("%s: got %v", key, err)
			}
		}
		for name, who := range map[string]access.Actor{"a neighbour": w.neighbour, "another realm": w.stranger, "a member": w.mentor, "a department": w.department} {
			if _, err := w.Propose(t.Context(), who, terms()); !errors.Is(err, core.NotFound) && !errors.Is(err, core.Forbidden) {
				t.Errorf("%s proposes: %v", name, err)
			}
		}
	})
}

func TestWhoSeesAnAgreement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		for _, tt := range []struct {
			name string
			who  access.Actor
			want error
		}{
			{"mentor", w.mentor, nil}, {"apprentice", w.apprentice, nil}, {"third", w.third, nil}, {"secretary", w.secretary, nil},
			{"a colleague", w.other, core.NotFound}, {"a department", w.department, core.NotFound}, {"a neighbour", w.neighbour, core.NotFound}, {"another realm", w.stranger, core.NotFound},
		} {
			p, err := w.Find(t.Context(), tt.who, a.ID)
			if !errors.Is(err, tt.want) || err != nil && p.Title != "" {
				t.Errorf("%s: %v, %q", tt.name, err, p.Title)
			}
			_, none := w.Find(t.Context(), tt.who, 12345)
			if err != nil && err.Error() != none.Error() {
				t.Errorf("%s: out of reach says %v, missing says %v", tt.name, err, none)
			}
		}
		l, err := w.List(t.Context(), w.department, top)
		if err != nil || l.Live != 1 || len(l.Rows) != 0 || l.Changes != -1 {
			t.Errorf("a department: %+v, %v", l, err)
		}
		if l, err := w.List(t.Context(), w.apprentice, branch); err != nil || len(l.Mine) != 1 || len(l.Rows) != 0 {
			t.Errorf("the apprentice: %d own, %d all, %v", len(l.Mine), len(l.Rows), err)
		}
		if _, err := w.List(t.Context(), w.neighbour, branch); !errors.Is(err, core.NotFound) {
			t.Errorf("a neighbour: %v", err)
		}
	})
}

func TestTheFirstMonth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, tt := range []struct {
			day  core.Date
			want error
		}{{core.NewDate(2026, 12, 24), nil}, {core.NewDate(2026, 12, 25), core.Conflict}} {
			w := newWorldAgain(t, d, tt.want == nil)
			a := w.pair()
			if s := w.state(a).State; s != mentoring.Objection {
				t.Fatalf("after both have signed: %s", s)
			}
			w.at = time.Date(tt.day.Year, tt.day.Month, tt.day.Day, 23, 59, 0, 0, now.Location())
			if err := w.Object(t.Context(), w.secretary, a.ID); !errors.Is(err, core.Forbidden) {
				t.Errorf("the secretary objects: %v", err)
			}
			if err := w.Object(t.Context(), w.apprentice, a.ID); !errors.Is(err, tt.want) {
				t.Errorf("on %s: %v", tt.day, err)
			}
			p := w.state(a)
			if tt.want == nil && (p.State != mentoring.EndedOther || p.Ending != mentoring.Objected) || tt.want != nil && p.State != mentoring.Active {
				t.Errorf("on %s: %s", tt.day, p.State)
			}
			left := 0
			w.ok(d.View(t.Context(), func(tx *db.Tx) error {
				all, err := clock.Of(t.Context(), tx, 1, a.ID)
				left = len(all)
				return err
			}))
			if (tt.want == nil) != (left == 0) {
				t.Errorf("on %s %d clocks run", tt.day, left)
			}
		}
	})
}

// newWorldAgain is a world in a database that may hold one already.
func newWorldAgain(t *testing.T, d *db.DB, fresh bool) *world {
	if fresh {
		return newWorld(t, d)
	}
	w := &world{t: t, d: d, at: now, mentor: access.Actor{Realm: 1, User: 31}, apprentice: access.Actor{Realm: 1, User: 32}, secretary: access.Actor{Realm: 1, User: 35}}
	w.Service = &mentoring.Service{DB: d, Now: func() time.Time { return w.at }}
	return w
}

func TestALevelCountsByAThirdPersonAndTheApprentice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		place := w.state(a).Places[0].ID
		e := mentoring.Showing{Place: place, Level: 3, ShownOn: core.NewDate(2026, 11, 24), How: "独立换了锁销"}
		if err := w.Show(t.Context(), w.mentor, a.ID, mentoring.Showing{Place: place, Level: 9, ShownOn: e.ShownOn.AddDays(1)}); core.FieldsOf(err)["level"].IsZero() || core.FieldsOf(err)["how"].IsZero() || core.FieldsOf(err)["shown_on"].IsZero() {
			t.Errorf("bad evidence: %v", err)
		}
		w.ok(w.Show(t.Context(), w.mentor, a.ID, e))
		id := w.state(a).Places[0].Steps[0].ID
		if err := w.Confirm(t.Context(), w.apprentice, a.ID, id); !errors.Is(err, core.Conflict) {
			t.Errorf("confirmed before it was checked: %v", err)
		}
		for key, err := range map[string]error{
			"mentoring.check.mentor": w.Check(t.Context(), w.mentor, a.ID, id, 0), "mentoring.check.apprentice": w.Check(t.Context(), w.apprentice, a.ID, id, 0),
			"mentoring.checker.missing": w.Check(t.Context(), w.secretary, a.ID, id, 0),
		} {
			if core.FieldsOf(err)["checker"].Key != key {
				t.Errorf("%s: %v", key, err)
			}
		}
		if err := w.Check(t.Context(), w.secretary, a.ID, id, mentor); core.FieldsOf(err)["checker"].Key != "mentoring.check.mentor" {
			t.Errorf("the secretary writes down that the mentor checked: %v", err)
		}
		if err := w.Check(t.Context(), w.other, a.ID, id, 0); !errors.Is(err, core.NotFound) {
			t.Errorf("a colleague checks: %v", err)
		}
		w.ok(w.Check(t.Context(), w.third, a.ID, id, 0))
		if n := w.state(a).Places[0].Reached; n != 0 {
			t.Errorf("level %d counts without the apprentice", n)
		}
		if err := w.Confirm(t.Context(), w.mentor, a.ID, id); !errors.Is(err, core.Forbidden) {
			t.Errorf("the mentor confirms: %v", err)
		}
		w.ok(w.Confirm(t.Context(), w.apprentice, a.ID, id))
		if p := w.state(a); p.Places[0].Reached != 3 || !p.Reached() {
			t.Errorf("reached %d", p.Places[0].Reached)
		}

		w.ok(w.AskChange(t.Context(), w.apprentice, a.ID))
		if err := w.AskChange(t.Context(), w.mentor, a.ID); !errors.Is(err, core.Forbidden) {
			t.Errorf("the mentor asks for a change: %v", err)
		}
		if _, err := w.Continue(t.Context(), w.secretary, a.ID, mentor, core.Date{}); core.FieldsOf(err)["mentor"].Key != "mentoring.mentor.old" {
			t.Errorf("the same mentor again: %v", err)
		}
		next, err := w.Continue(t.Context(), w.secretary, a.ID, other, core.Date{})
		w.ok(err)
		if p := w.state(next); p.Places[0].Reached != 3 || p.Mentor != other || p.State != mentoring.Proposed {
			t.Errorf("the next agreement: %+v", p.Agreement)
		}
		if p := w.state(a); p.State != mentoring.EndedOther || p.Ending != mentoring.Continued {
			t.Errorf("the first agreement: %s %s", p.State, p.Ending)
		}
	})
}

func TestATopicIsEvidenceWithoutACopy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		place := w.state(a).Places[0].ID
		w.exec(`INSERT INTO projects (realm_id, id, number, kind, org_id, enterprise_id, strand, title, why, leader_id, measure, unit, acceptance, state, reason, lane, lane_since,
				changed, work_hours, own_hours, cost, evidence, finished_on, reached, not_reached, reuse, ended_as, created_at, version)
			VALUES (1, 700, 'K-26-041', 'topic', 11, 500, '', '吊具锁销快换', '', 22, '', '', '', 'achieved', '', '', '2026-01-01', '', 0, 0, 0, '', '2026-11-20', '', '', '', 'achieved', 0, 1)`)
		show := mentoring.Showing{Place: place, Level: 2, ShownOn: core.NewDate(2026, 11, 20), Fact: "project", FactID: 700}
		if err := w.Show(t.Context(), w.apprentice, a.ID, show); !errors.Is(err, core.NotFound) {
			t.Errorf("a fact that nobody linked: %v", err)
		}
		w.ok(d.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := fact.Link(t.Context(), tx, w.secretary, now, fact.Project, 700, fact.Ref{Reader: fact.Skill, ID: place})
			return err
		}))
		if s := w.state(a).Places[0].Steps; len(s) != 1 || s[0].ID != 0 || s[0].FactTitle != "吊具锁销快换" {
			t.Fatalf("linked: %+v", s)
		}
		w.ok(w.Show(t.Context(), w.apprentice, a.ID, show))
		s := w.state(a).Places[0].Steps
		if len(s) != 1 || s[0].How != "" || s[0].FactPage == "" {
			t.Fatalf("put forward: %+v", s)
		}
		w.ok(w.Check(t.Context(), w.third, a.ID, s[0].ID, 0), w.Confirm(t.Context(), w.apprentice, a.ID, s[0].ID))

		g, err := w.Growth(t.Context(), w.apprentice, 0)
		if err != nil || !g.Own || len(g.Skills) != 1 || g.Skills[0].Reached != 2 || len(g.Work) != 1 {
			t.Errorf("growth: %+v, %v", g, err)
		}
		for name, tt := range map[string]struct {
			who  access.Actor
			want error
		}{"mentor": {w.mentor, nil}, "secretary": {w.secretary, nil}, "colleague": {w.other, core.NotFound}, "third": {w.third, core.NotFound}, "department": {w.department, core.NotFound}, "realm": {w.stranger, core.NotFound}} {
			if _, err := w.Growth(t.Context(), tt.who, apprentice); !errors.Is(err, tt.want) {
				t.Errorf("growth for the %s: %v", name, err)
			}
		}
		if err := w.Admit(t.Context(), w.apprentice, other, true); core.FieldsOf(err)["person"].IsZero() {
			t.Errorf("admits somebody unknown: %v", err)
		}
		w.ok(w.Admit(t.Context(), w.apprentice, third, true))
		if _, err := w.Growth(t.Context(), w.third, apprentice); err != nil {
			t.Errorf("admitted: %v", err)
		}
		w.ok(w.Admit(t.Context(), w.apprentice, third, false))
		if _, err := w.Growth(t.Context(), w.third, apprentice); !errors.Is(err, core.NotFound) {
			t.Errorf("no longer admitted: %v", err)
		}
		w.ok(d.View(t.Context(), func(tx *db.Tx) error {
			n, err := db.One(t.Context(), tx, db.Int, `SELECT count(*) FROM journal WHERE realm_id = 1 AND action = 'person.open_growth' AND subject_id = 22`)
			if n != 3 {
				t.Errorf("%d openings are journalled", n)
			}
			return err
		}))
	})
}

func TestReviewExamAndEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		w.at = dbtest.Day(2027, 5, 25)
		if s := w.state(a).State; s != mentoring.MidReview {
			t.Fatalf("half way: %s", s)
		}
		if err := w.Review(t.Context(), w.mentor, a.ID, mentoring.OnTrack); !errors.Is(err, core.Forbidden) {
			t.Errorf("the mentor reviews: %v", err)
		}
		if err := w.Review(t.Context(), w.third, a.ID, "good"); core.FieldsOf(err)["verdict"].IsZero() {
			t.Errorf("no verdict: %v", err)
		}
		w.ok(w.Review(t.Context(), w.third, a.ID, mentoring.OnTrack), w.Examine(t.Context(), w.secretary, a.ID))
		if err := w.Finish(t.Context(), w.secretary, a.ID, "好"); core.MsgOf(err).Key != "mentoring.early.level" {
			t.Errorf("early without the level: %v", err)
		}
		if err := w.Extend(t.Context(), w.secretary, a.ID, core.NewDate(2028, 5, 25), ""); core.FieldsOf(err)["extended_to"].IsZero() || core.FieldsOf(err)["reason"].IsZero() {
			t.Errorf("beyond the latest end: %v", err)
		}
		w.ok(w.Extend(t.Context(), w.secretary, a.ID, core.NewDate(2028, 5, 24), "设备大修"))
		w.ok(w.Examine(t.Context(), w.secretary, a.ID))
		if err := w.Extend(t.Context(), w.secretary, a.ID, core.NewDate(2028, 5, 24), "再延"); core.MsgOf(err).Key != "mentoring.extended" {
			t.Errorf("extended twice: %v", err)
		}
		w.at = dbtest.Day(2028, 5, 24)
		w.ok(w.Finish(t.Context(), w.secretary, a.ID, "能独立维护"))
		if p := w.state(a); p.State != mentoring.Finished {
			t.Errorf("%s", p.State)
		}
		if err := w.EndTogether(t.Context(), w.mentor, a.ID); !errors.Is(err, core.Conflict) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestAnEarlyEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		w.ok(w.Show(t.Context(), w.mentor, a.ID, mentoring.Showing{Place: w.state(a).Places[0].ID, Level: 3, ShownOn: core.DateOf(now), How: "独立换了锁销"}))
		st := w.state(a).Places[0].Steps[0].ID
		w.ok(w.Check(t.Context(), w.third, a.ID, st, 0), w.Confirm(t.Context(), w.apprentice, a.ID, st))
		w.at = dbtest.Day(2027, 1, 10)
		w.ok(w.Review(t.Context(), w.third, a.ID, mentoring.OnTrack), w.Examine(t.Context(), w.secretary, a.ID))
		w.at = dbtest.Day(2027, 5, 23)
		if err := w.Finish(t.Context(), w.secretary, a.ID, "好"); core.MsgOf(err).Key != "mentoring.early.day" {
			t.Errorf("before the earliest day: %v", err)
		}
		w.at = dbtest.Day(2027, 5, 24)
		w.ok(w.Finish(t.Context(), w.secretary, a.ID, "好"))
		if s := w.state(a).State; s != mentoring.FinishedEarly {
			t.Errorf("%s", s)
		}
	})
}

func TestBothConfirmTheNote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		m := mentoring.Minute{MetOn: core.NewDate(2026, 11, 24), Topic: "锁销怎么拆", Next: "自己换一次"}
		if err := w.WriteNote(t.Context(), w.third, a.ID, m); !errors.Is(err, core.Forbidden) {
			t.Errorf("a third person writes: %v", err)
		}
		if err := w.WriteNote(t.Context(), w.mentor, a.ID, mentoring.Minute{MetOn: core.NewDate(2026, 11, 25)}); core.FieldsOf(err)["topic"].IsZero() || core.FieldsOf(err)["met_on"].IsZero() {
			t.Errorf("an empty note: %v", err)
		}
		w.ok(w.WriteNote(t.Context(), w.mentor, a.ID, m))
		n := w.state(a).Notes[0]
		if n.Confirmed() || n.MentorOn.IsZero() {
			t.Errorf("written: %+v", n)
		}
		w.ok(w.ConfirmNote(t.Context(), w.apprentice, a.ID, n.ID))
		if n := w.state(a).Notes[0]; !n.Confirmed() {
			t.Errorf("confirmed: %+v", n)
		}
		w.ok(w.WriteNote(t.Context(), w.apprentice, a.ID, m))
		if n := w.state(a).Notes; len(n) != 1 || !n[0].MentorOn.IsZero() {
			t.Errorf("changed after the mentor confirmed: %+v", n)
		}
	})
}

func TestFeedbackOfFewIsNotShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		replies := map[string]string{"time": "yes", "clear": "partly", "ask": "no"}
		a := w.pair()
		w.ok(w.Answer(t.Context(), w.apprentice, a.ID, replies))
		if err := w.Answer(t.Context(), w.apprentice, a.ID, replies); !errors.Is(err, core.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		for n, want := range map[int]int{4: 0, 5: 3} {
			w.exec(`UPDATE mentor_answers SET given = $1`, n)
			if all, err := w.Feedback(t.Context(), w.department, branch); err != nil || len(all) != want {
				t.Errorf("of %d: %+v, %v", n, all, err)
			}
		}
		if _, err := w.Feedback(t.Context(), w.neighbour, branch); !errors.Is(err, core.NotFound) {
			t.Errorf("a neighbour: %v", err)
		}
	})
}

func TestSuggestionsAreExplained(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, o := range []mentoring.Offer{{Person: mentor, Level: 4, Shift: "乙班"}, {Person: other, Level: 3, Shift: "甲班"}, {Person: third, Level: 3, Shift: "甲班"}} {
			o.Skill, o.Org = sling, branch
			w.ok(w.AddOffer(t.Context(), w.secretary, o))
		}
		w.pair()
		all, err := w.Suggest(t.Context(), w.secretary, branch, sling, "甲班")
		w.ok(err)
		var got []core.PersonID
		for _, g := range all {
			got = append(got, g.Person)
		}
		if !slices.Equal(got, []core.PersonID{other, third, mentor}) || all[2].Apprentice != 1 || !all[0].SameShift {
			t.Errorf("%+v", all)
		}
		if err := w.AddOffer(t.Context(), w.secretary, mentoring.Offer{Person: mentor, Skill: sling, Org: branch, Level: 5}); core.FieldsOf(err)["level"].IsZero() {
			t.Errorf("a level that is not there: %v", err)
		}
		if _, err := w.Suggest(t.Context(), w.department, branch, 0, ""); !errors.Is(err, core.Forbidden) {
			t.Errorf("a department: %v", err)
		}
	})
}

func TestOneOfTwoEndsCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.pair()
		errs := make([]error, 6)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = w.Object(t.Context(), w.apprentice, a.ID) })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !errors.Is(err, core.Conflict) {
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("%d objections counted", done)
		}
	})
}
