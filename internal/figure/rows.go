package figure

import (
	"cmp"
	"slices"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
	"tongpin/internal/org"
)

// A Unit is an enterprise behind a number.
type Unit struct {
	enterprise.State
	Place string          // the organisation that looks after it
	Hosts []Name          // the organisations that it hosts
	Step  enterprise.Step // why it was gained or lost, in a list of these
}

// A Branch is an organisation behind a number.
type Branch struct {
	org.Node
	Above   string // the organisation above it
	Members int
	TwoNew  bool
	Units   []Name // the enterprises that make it two-new: their names
}

// A Show names which rows are behind a number. Besides the constants there are
// "reason.CODE", "state.CODE" and, of the flow, "gained.COVERAGE",
// "lost.COVERAGE" and "lost_for.REASON".
type Show string

// What can be shown.
const (
	ShowListed     Show = "listed"
	ShowOperating  Show = "operating"
	ShowCovered    Show = "covered"
	ShowOrganised  Show = "organised"
	ShowOwn        Show = "own"
	ShowJoint      Show = "joint"
	ShowWork       Show = "work"
	ShowInstructor Show = "instructor"
	ShowLiaison    Show = "liaison"
	ShowMass       Show = "mass"
	ShowMissed     Show = "missed"
	ShowShould     Show = "should"
	ShowShouldOwn  Show = "should_own"
	ShowShouldNone Show = "should_none"
	ShowNominal    Show = "nominal"
	ShowRecheck    Show = "recheck"
	ShowUnverified Show = "unverified"
	ShowVisited    Show = "visited"
	ShowCheck      Show = "check"
	ShowGained     Show = "gained"
	ShowLost       Show = "lost"
	ShowOrgs       Show = "orgs"
	ShowTwoNew     Show = "two_new"
)

// OfOrgs reports whether the rows are organisations.
func (s Show) OfOrgs() bool { return s == ShowOrgs || s == ShowTwoNew }

// Title returns the words for what is shown.
func (s Show) Title() core.Msg {
	kind, code, _ := strings.Cut(string(s), ".")
	switch kind {
	case "reason":
		return enterprise.ReasonTitle(code)
	case "state":
		return enterprise.StateTitle(code)
	case "gained", "lost":
		if code != "" {
			return core.M("figure.show."+kind+".of", enterprise.Coverage(code).Title())
		}
	case "lost_for":
		return core.M("figure.show.lost.of", enterprise.FlowTitle(code))
	}
	return core.M("figure.show." + string(s))
}

var shown = map[Show]func(*enterprise.State) bool{
	ShowListed:     func(*enterprise.State) bool { return true },
	ShowOperating:  func(s *enterprise.State) bool { return s.Operating },
	ShowCovered:    func(s *enterprise.State) bool { return s.Operating && s.Coverage.Covers() },
	ShowOrganised:  in(enterprise.Own, enterprise.Joint),
	ShowOwn:        in(enterprise.Own),
	ShowJoint:      in(enterprise.Joint),
	ShowWork:       in(enterprise.ByInstructor, enterprise.ByLiaison, enterprise.ByMass),
	ShowInstructor: in(enterprise.ByInstructor),
	ShowLiaison:    in(enterprise.ByLiaison),
	ShowMass:       in(enterprise.ByMass),
	ShowMissed:     in(enterprise.Uncovered),
	ShowShould:     should,
	ShowShouldOwn:  func(s *enterprise.State) bool { return should(s) && s.Coverage == enterprise.Own },
	ShowShouldNone: func(s *enterprise.State) bool { return should(s) && s.Coverage == enterprise.Uncovered },
	ShowNominal:    func(s *enterprise.State) bool { return s.Operating && s.Nominal },
	ShowRecheck:    func(s *enterprise.State) bool { return s.Operating && s.Recheck },
	ShowUnverified: func(s *enterprise.State) bool { return s.Operating && s.VerifiedOn.IsZero() },
	ShowCheck:      check,
}

func in(ways ...enterprise.Coverage) func(*enterprise.State) bool {
	return func(s *enterprise.State) bool { return s.Operating && slices.Contains(ways, s.Coverage) }
}

func should(s *enterprise.State) bool { return s.Operating && s.Class == enterprise.ShouldBuild }

// filter returns what tells the rows of a show on a day, or false for one that
// there is not. Those of the flow are not told by a state alone.
func (s Show) filter(on core.Date) (func(*enterprise.State) bool, bool) {
	if f, ok := shown[s]; ok {
		return f, true
	}
	kind, code, _ := strings.Cut(string(s), ".")
	switch {
	case s == ShowVisited: // by that day
		return func(s *enterprise.State) bool {
			return s.Operating && !s.VerifiedOn.IsZero() && !s.VerifiedOn.After(on)
		}, true
	case kind == "reason" && slices.Contains(enterprise.Reasons, code):
		return func(s *enterprise.State) bool { return s.Operating && s.Reason == code }, true
	case kind == "state" && slices.Contains(enterprise.OperatingStates, code):
		return func(s *enterprise.State) bool { return s.State == code }, true
	}
	return nil, false
}

// ofFlow reports whether the rows are steps of the flow between two days.
func (s Show) ofFlow() bool {
	kind, code, _ := strings.Cut(string(s), ".")
	return kind == "gained" || kind == "lost" || kind == "lost_for" && code != ""
}

// steps returns the steps of a flow that are shown.
func (s Show) steps(t enterprise.FlowTable) []enterprise.Step {
	kind, code, _ := strings.Cut(string(s), ".")
	var all []enterprise.Step
	for _, r := range t.Rows {
		switch {
		case kind == "gained" && (code == "" || string(r.Kind) == code):
			all = append(all, r.Gained...)
		case kind == "lost" && (code == "" || string(r.Kind) == code):
			all = append(all, r.Lost...)
		case kind == "lost_for":
			for _, step := range r.Lost {
				if step.Reason == code {
					all = append(all, step)
				}
			}
		}
	}
	return all
}

// urgency orders enterprises: what calls for something first.
func urgency(s *enterprise.State) int {
	switch {
	case !s.Operating:
		return 9
	case s.Coverage.Covers() && s.Nominal:
		return 6
	case s.Coverage.Covers():
		return 7
	}
	return slices.Index(enterprise.Classes, s.Class)
}

// before compares enterprises for a list: by urgency, then the larger ones,
// then as they were registered.
func before(a, b *enterprise.State) int {
	return cmp.Or(urgency(a)-urgency(b), b.FullMembers-a.FullMembers, staff(b)-staff(a), cmp.Compare(a.ID, b.ID))
}

func staff(s *enterprise.State) int {
	if s.Employees == nil {
		return -1
	}
	return *s.Employees
}

// first returns the n most urgent of some, in order; all of them for n < 0.
func (s *side) first(some []int, n int) []int {
	some = slices.Clone(some)
	slices.SortFunc(some, func(a, b int) int { return before(&s.states[a], &s.states[b]) })
	if n >= 0 && n < len(some) {
		some = some[:n]
	}
	return some
}

// units returns what a list says of those indexes.
func (s *side) units(some []int) []Unit {
	all := make([]Unit, len(some))
	for n, i := range some {
		all[n] = s.unit(s.states[i])
	}
	return all
}

func (s *side) unit(st enterprise.State) Unit {
	u := Unit{State: st}
	if n, ok := s.tree.Find(st.Org); ok {
		u.Place = n.Name
	}
	for _, id := range st.Hosts {
		n, _ := s.tree.Find(id)
		u.Hosts = append(u.Hosts, Name{id, n.Name})
	}
	return u
}

// A Selector says which rows of a figure are wanted: of one row of the table,
// behind one of its numbers.
type Selector struct {
	Key  Key // zero: of all
	Show Show
	Page core.Page
}

// Rows are the enterprises or organisations behind a number: one page of
// Total.
type Rows struct {
	Head
	Name     string   // of the row of the table; empty where Title says it
	Title    core.Msg // of rows that no data names
	Show     Show
	Total    int
	Page     core.Page
	Units    []Unit
	Branches []Branch
}

// rows returns one page of the rows, or core.NotFound for rows that there
// cannot be.
func (t *table) rows(sel Selector) (Rows, error) {
	if sel.Show == "" {
		sel.Show = ShowOperating
	}
	r := Rows{Show: sel.Show, Page: sel.Page.Clean()}
	if !t.has(sel.Key) {
		return Rows{}, core.NotFound
	}
	r.Name, r.Title = t.title(sel.Key)
	if sel.Show.OfOrgs() {
		return r, t.branches(sel, &r)
	}
	if sel.Show.ofFlow() {
		steps := sel.Show.steps(t.flow(sel.Key))
		r.Total = len(steps)
		for _, step := range part(steps, r.Page) {
			u := Unit{Step: step}
			if st, ok := t.now.state(step.ID); ok {
				u = t.now.unit(st)
			} else if st, ok := t.was.state(step.ID); ok {
				u = t.was.unit(st)
			}
			u.Step = step
			r.Units = append(r.Units, u)
		}
		return r, nil
	}
	keep, ok := sel.Show.filter(t.now.on)
	if !ok {
		return Rows{}, core.NotFound
	}
	some := slices.DeleteFunc(slices.Clone(t.now.pick(sel.Key)), func(i int) bool { return !keep(&t.now.states[i]) })
	r.Total = len(some)
	r.Units = t.now.units(part(t.now.first(some, -1), r.Page))
	return r, nil
}

// flow compares the two days for a row of the table.
func (t *table) flow(k Key) enterprise.FlowTable {
	return enterprise.Flow(t.was.of(t.was.pick(k)), t.now.of(t.now.pick(k)))
}

// state finds an enterprise in scope.
func (s *side) state(id core.EnterpriseID) (enterprise.State, bool) {
	i, ok := slices.BinarySearchFunc(s.states, id, func(st enterprise.State, id core.EnterpriseID) int { return cmp.Compare(st.ID, id) })
	if !ok || !s.in[i] {
		return enterprise.State{}, false
	}
	return s.states[i], true
}

func (t *table) branches(sel Selector, r *Rows) error {
	if k := sel.Key.Kind; k != "" && k != OfOrg && k != OfItself {
		return core.NotFound
	}
	all := t.orgsOf(sel.Key)
	if sel.Show == ShowTwoNew {
		all = slices.DeleteFunc(all, func(n org.Node) bool { return len(t.now.twoNew[n.ID]) == 0 })
	}
	r.Total = len(all)
	for _, n := range part(all, r.Page) {
		b := Branch{Node: n, Members: t.now.members[n.ID].Members()}
		if up, ok := t.now.tree.Find(n.Parent); ok {
			b.Above = up.Name
		}
		for _, i := range t.now.twoNew[n.ID] {
			b.TwoNew = true
			b.Units = append(b.Units, Name{core.OrgID(t.now.states[i].ID), t.now.states[i].Name})
		}
		slices.SortFunc(b.Units, func(a, c Name) int { return cmp.Compare(names.Key(a.Name), names.Key(c.Name)) })
		r.Branches = append(r.Branches, b)
	}
	return nil
}

// part returns one page of a list.
func part[T any](all []T, p core.Page) []T {
	from := min(p.Offset(), len(all))
	return all[from:min(from+p.Size, len(all))]
}
