package mentoring_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/mentoring"
)

var walk = flag.Int("walk", 2000, "steps of the random walk")

// TestAWalkThroughTheStates does anything by anybody on any day, and looks after
// each step that the table was followed and that clocks run where they must.
func TestAWalkThroughTheStates(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t))
	r := rand.New(rand.NewPCG(4, 12))
	all := []access.Actor{w.mentor, w.apprentice, w.third, w.third, w.secretary, w.secretary, w.secretary, w.other, w.department, w.neighbour, w.stranger}
	seen := map[mentoring.State]bool{}
	var a mentoring.Agreement
	for range *walk {
		if a.ID == 0 || w.state(a).State.Over() && r.IntN(3) == 0 {
			x := terms()
			x.StartsOn = core.DateOf(w.at).AddDays(r.IntN(30))
			x.EndsOn, x.EarliestOn, x.LatestOn = x.StartsOn.AddMonths(6), x.StartsOn, x.StartsOn.AddMonths(9)
			var err error
			a, err = w.Propose(t.Context(), w.secretary, x)
			w.ok(err)
		}
		was := w.state(a).State
		next := step(t, w, all[r.IntN(len(all))], &a, r)
		is := w.state(next)
		if next.ID == a.ID && was != is.State && !reaches(was, is.State, 4) {
			t.Fatalf("%s became %s", was, is.State)
		}
		a = next
		seen[is.State] = true
		check(t, w, is)
		w.at = w.at.AddDate(0, 0, r.IntN(4))
	}
	if *walk >= 2000 {
		for _, s := range mentoring.States {
			if !seen[s] && s != mentoring.FinishedEarly { // rare by chance; TestAnEarlyEnd comes to it
				t.Errorf("never came to %s", s)
			}
		}
	}
}

func step(t *testing.T, w *world, who access.Actor, a *mentoring.Agreement, r *rand.Rand) mentoring.Agreement {
	ctx, id := t.Context(), a.ID
	switch r.IntN(14) {
	case 0, 1:
		_ = w.Sign(ctx, who, id, "档案柜")
	case 2:
		if r.IntN(6) == 0 {
			_ = w.Object(ctx, who, id)
		}
	case 3:
		if r.IntN(6) == 0 {
			_ = w.AskChange(ctx, who, id)
		}
	case 4:
		if next, err := w.Continue(ctx, who, id, other, core.Date{}); err == nil {
			return next
		}
	case 5:
		_ = w.Review(ctx, who, id, []mentoring.State{mentoring.OnTrack, mentoring.NeedsHelp, mentoring.ChangeMentor}[r.IntN(3)])
	case 6:
		_ = w.Examine(ctx, who, id)
	case 7:
		_ = w.Confirm(ctx, w.apprentice, id, lastStep(w, *a))
		_ = w.Finish(ctx, who, id, "好")
	case 8:
		_ = w.Extend(ctx, who, id, w.state(*a).EndsOn.AddDays(r.IntN(60)-10), "大修")
	case 9:
		if r.IntN(2) == 0 {
			_ = w.EndTogether(ctx, who, id)
		}
	case 10:
		p := w.state(*a)
		_ = w.Show(ctx, who, id, mentoring.Showing{Place: p.Places[0].ID, Level: 2 + r.IntN(2), ShownOn: core.DateOf(w.at), How: "换锁销"})
	case 11:
		for _, s := range w.state(*a).Places[0].Steps {
			_ = w.Check(ctx, who, id, s.ID, 0)
			_ = w.Confirm(ctx, who, id, s.ID)
		}
	case 12:
		if r.IntN(8) == 0 {
			_ = w.End(ctx, who, id, mentoring.Endings[r.IntN(len(mentoring.Endings))])
		}
	default:
		_ = w.WriteNote(ctx, who, id, mentoring.Minute{MetOn: core.DateOf(w.at), Topic: "谈"})
	}
	return *a
}

func lastStep(w *world, a mentoring.Agreement) core.ID {
	all := w.state(a).Places[0].Steps
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].ID
}

func reaches(from, to mentoring.State, steps int) bool {
	for _, s := range mentoring.Moves[from] {
		if s == to || steps > 1 && reaches(s, to, steps-1) {
			return true
		}
	}
	return false
}

func check(t *testing.T, w *world, p mentoring.Profile) {
	t.Helper()
	for _, at := range p.Places {
		for _, s := range at.Steps {
			if s.Counts() && (s.CheckedBy == p.Apprentice || s.CheckedBy == 0) || !s.CheckedOn.IsZero() && s.CheckedBy == mentor {
				t.Fatalf("level %d counts by %d", s.Level, s.CheckedBy)
			}
		}
	}
	var running []clock.Clock
	w.ok(w.d.View(t.Context(), func(tx *db.Tx) (err error) {
		running, err = clock.Of(t.Context(), tx, 1, p.ID)
		return err
	}))
	if p.State.Over() && (len(running) != 0 || p.EndedOn.IsZero()) || p.State.Runs() && len(running) < 2 {
		t.Fatalf("%s with %d clocks", p.State, len(running))
	}
	for _, c := range running {
		if c.Org != branch {
			t.Fatalf("%s is for %d", c.Kind, c.Org)
		}
	}
}
