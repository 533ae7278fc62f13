package member_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// The naive model says, for each of so many days, where a person was. It is
// overwritten by every change, and kept whole as it was at each instant.
const days = 40

type stay struct {
	org  core.OrgID
	kind string
}

type model [days]stay

func (m *model) from(n int, change func(stay) stay) {
	for ; n < days; n++ {
		m[n] = change(m[n])
	}
}

func modelDay(n int) core.Date { return day(2026, 9, 1).AddDays(n) }

// A witness is a person with the model.
type witness struct {
	id  core.PersonID
	now model
	was []model // by instant
}

type replay struct {
	*world
	r        *rand.Rand
	at       time.Time
	instants []time.Time
	orgs     []core.OrgID
	people   []*witness
}

func TestEveryPastAnswerComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := &replay{world: newWorld(t, d), r: rand.New(rand.NewPCG(5, 7)), at: now}
		w.orgs = []core.OrgID{w.a, w.b, w.other}
		for range 4 {
			e := member.Enrolment{Name: "张敏", Kind: member.Probationary, Org: w.a, From: modelDay(w.r.IntN(5))}
			p := &witness{id: w.enrol(e).ID}
			p.now.from(modelDay(0).DaysUntil(e.From), func(stay) stay { return stay{w.a, e.Kind} })
			w.people = append(w.people, p)
		}
		w.remember()
		worked := map[string]int{}
		for range 120 {
			w.step(worked)
		}
		for _, what := range []string{"transfer", "end", "confirm", "begin", "correct", "add", "strike", "hand over"} {
			if worked[what] == 0 {
				t.Errorf("%s was never tried with success", what)
			}
		}
		w.check()
	})
}

// remember keeps the models as they are known at this instant.
func (w *replay) remember() {
	w.instants = append(w.instants, w.at)
	for _, p := range w.people {
		p.was = append(p.was, p.now)
	}
	w.at = w.at.Add(time.Minute)
}

// step tries one change of one person and, when it was accepted, makes it in
// the model too.
func (w *replay) step(worked map[string]int) {
	w.t.Helper()
	p, n, to := w.people[w.r.IntN(len(w.people))], w.r.IntN(days), w.orgs[w.r.IntN(len(w.orgs))]
	on, end := modelDay(n), min(n+1+w.r.IntN(8), days-1)
	person, line := w.find(p.id), w.history(p.id)
	var row member.Affiliation
	if len(line) > 0 {
		row = line[w.r.IntN(len(line))]
	}
	became := member.Affiliation{Org: to, Kind: member.Full, From: on, To: modelDay(end)}
	clear := func(m *model) {
		for i := range m {
			if !modelDay(i).Before(row.From) && modelDay(i).Before(row.To) {
				m[i] = stay{}
			}
		}
	}
	fill := func(m *model) {
		for i := n; i < end; i++ {
			m[i] = stay{to, member.Full}
		}
	}
	what := []string{"transfer", "end", "confirm", "begin", "correct", "add", "strike", "hand over"}[w.r.IntN(8)]
	err := w.tx(func(tx *db.Tx) (err error) {
		ctx := w.t.Context()
		switch what {
		case "transfer":
			_, err = member.Transfer(ctx, tx, w.machine, w.at, p.id, to, on, "", 0, 0)
		case "end":
			_, err = member.EndMembership(ctx, tx, w.machine, w.at, p.id, on, "", 0, 0)
		case "confirm":
			_, err = member.Confirm(ctx, tx, w.machine, w.at, p.id, on, 0, 0)
		case "begin":
			kind := member.Probationary
			if member.Formal(person.Kind) {
				return core.Invalid
			}
			_, err = member.Update(ctx, tx, keys, w.machine, w.at, p.id, member.Change{Kind: &kind, On: on})
		case "correct":
			_, err = member.Correct(ctx, tx, w.machine, w.at, p.id, member.Correction{Row: row.ID, Became: &became})
		case "add":
			_, err = member.Correct(ctx, tx, w.machine, w.at, p.id, member.Correction{Became: &became})
		case "strike":
			_, err = member.Correct(ctx, tx, w.machine, w.at, p.id, member.Correction{Row: row.ID})
		case "hand over":
			_, err = member.MovePeople(ctx, tx, w.machine, w.at, []core.PersonID{p.id}, w.a, w.b, on)
		}
		return err
	})
	if err != nil {
		if kind := core.KindOf(err); kind != core.Invalid && !errors.Is(err, core.NotFound) {
			w.t.Fatalf("%s: %v", what, err)
		}
		return
	}
	worked[what]++
	switch what {
	case "transfer":
		if member.Formal(person.Kind) {
			p.now.from(n, func(s stay) stay { return stay{to, person.Kind} })
		}
	case "end":
		p.now.from(n, func(stay) stay { return stay{} })
	case "confirm":
		p.now.from(n, func(s stay) stay {
			if s.org != 0 {
				s.kind = member.Full
			}
			return s
		})
	case "begin":
		p.now.from(n, func(stay) stay { return stay{person.Org, member.Probationary} })
	case "hand over":
		p.now.from(n, func(s stay) stay {
			if s.org == w.a {
				s.org = w.b
			}
			return s
		})
	case "correct":
		clear(&p.now)
		fill(&p.now)
	case "add":
		fill(&p.now)
	case "strike":
		clear(&p.now)
	}
	w.remember()
}

// check asks for every day as it was known at every instant, of each person and
// of each organisation, and whether list and counters say what holds now.
func (w *replay) check() {
	w.t.Helper()
	for n, at := range w.instants {
		for _, p := range w.people {
			var line member.Timeline
			w.view(func(tx *db.Tx) (err error) {
				line, err = member.HistoryKnown(w.t.Context(), tx, 1, p.id, at)
				return err
			})
			for i := range days {
				a, _ := line.On(modelDay(i))
				if got := (stay{a.Org, a.Kind}); got != p.was[n][i] {
					w.t.Fatalf("%s on %s as known at %s: got %v, want %v", p.id, modelDay(i), at, got, p.was[n][i])
				}
			}
		}
	}
	for range 60 {
		n, i := w.r.IntN(len(w.instants)), w.r.IntN(days)
		want := map[core.OrgID]org.Counts{}
		for _, p := range w.people {
			if s := p.was[n][i]; s.org != 0 {
				c := want[s.org]
				if s.kind == member.Full {
					c.Full++
				} else {
					c.Probationary++
				}
				want[s.org] = c
			}
		}
		moment := core.Moment{On: modelDay(i), KnownAt: w.instants[n]}
		w.compare(moment, want)
		if n == len(w.instants)-1 {
			w.compare(core.Moment{On: moment.On}, want)
		}
	}
	for _, p := range w.people {
		row := w.find(p.id)
		open, ok := w.history(p.id).Now()
		if ok != member.Formal(row.Kind) || ok && (open.Kind != row.Kind || open.Org != row.Org) {
			w.t.Errorf("the list says %s in %s, the membership %v", row.Kind, row.Org, open)
		}
	}
	for _, at := range w.orgs {
		full := w.int(`SELECT count(*) FROM persons WHERE at_org = $1 AND kind = 'full'`, at)
		if got := w.tally(at, member.Full); got != full {
			w.t.Errorf("counter of %s: got %d, want %d", at, got, full)
		}
	}
}

func (w *replay) compare(m core.Moment, want map[core.OrgID]org.Counts) {
	w.t.Helper()
	w.view(func(tx *db.Tx) error {
		got, err := member.CountsAt(w.t.Context(), tx, 1, m)
		for _, at := range w.orgs {
			if got[at] != want[at] {
				w.t.Errorf("%s on %s as known at %s: got %v, want %v", at, m.On, m.KnownAt, got[at], want[at])
			}
		}
		if other, _ := member.CountsAt(w.t.Context(), tx, 2, m); len(other) != 0 {
			w.t.Errorf("another realm counts %v", other)
		}
		return err
	})
}
