package enterprise

import (
	"cmp"
	"slices"

	"tongpin/internal/core"
)

// Why an enterprise gained or lost a way to be covered. The word of each is the
// catalog key enterprise.flow.CODE; the operating states and Broken ones are
// reasons too.
const (
	Registered       = "registered"        // new on the list
	Reopened         = "reopened"          // in operation again
	SetUp            = "set_up"            // hosts an organisation of its own now
	Joined           = "joined"            // in a joint organisation now
	Appointed        = "appointed"         // somebody was put in touch
	MassBegun        = "mass_begun"        // a union or league does the work now
	Recovered        = "recovered"         // what was broken counts again
	TookOver         = "took_over"         // stood before and counts, since what counted before it is gone
	Replaced         = "replaced"          // covered in a way that counts before this one
	Unhosted         = "unhosted"          // no longer hosts the organisation
	AppointmentEnded = "appointment_ended" // the appointment ran out or was ended
	MassEnded        = "mass_ended"        // the union or league no longer does it
	Handed           = "handed"            // looked after elsewhere, or no longer on the list
)

// FlowTitle returns the words for a reason of a flow.
func FlowTitle(reason string) core.Msg { return core.M("enterprise.flow." + reason) }

// A Step is one enterprise that is covered otherwise than before.
type Step struct {
	ID     core.EnterpriseID
	Name   string
	From   Coverage
	To     Coverage
	Reason string
}

// A FlowRow tells of one way to be covered: Opening + Gained − Lost = Closing.
type FlowRow struct {
	Kind    Coverage
	Opening int
	Gained  []Step
	Lost    []Step
	Closing int
}

// A FlowTable has a row for each of Coverages. An enterprise that changes from
// one way to another is lost to the one and gained by the other.
type FlowTable struct{ Rows []FlowRow }

// Total returns the sums of the table.
func (t FlowTable) Total() (opening, gained, lost, closing int) {
	for _, r := range t.Rows {
		opening, gained, lost, closing = opening+r.Opening, gained+len(r.Gained), lost+len(r.Lost), closing+r.Closing
	}
	return opening, gained, lost, closing
}

// Lost returns how many steps were lost for which reason.
func (t FlowTable) Lost() map[string]int {
	all := map[string]int{}
	for _, r := range t.Rows {
		for _, s := range r.Lost {
			all[s.Reason]++
		}
	}
	return all
}

// Flow compares the states of two days, or of two scopes on one.
func Flow(before, after []State) FlowTable {
	t := FlowTable{Rows: make([]FlowRow, len(Coverages))}
	at := map[Coverage]*FlowRow{}
	for i, c := range Coverages {
		t.Rows[i].Kind = c
		at[c] = &t.Rows[i]
	}
	was := make(map[core.EnterpriseID]*State, len(before))
	for i := range before {
		s := &before[i]
		was[s.ID] = s
		if r := at[s.counted()]; r != nil {
			r.Opening++
		}
	}
	step := func(id core.EnterpriseID, b, a *State) {
		from, to := Uncovered, Uncovered
		name := ""
		if b != nil {
			from, name = b.counted(), b.Name
		}
		if a != nil {
			to, name = a.counted(), a.Name
		}
		if from == to {
			return
		}
		if r := at[from]; r != nil {
			r.Lost = append(r.Lost, Step{id, name, from, to, lossReason(b, a)})
		}
		if r := at[to]; r != nil {
			r.Gained = append(r.Gained, Step{id, name, from, to, gainReason(b, a)})
		}
	}
	for i := range after {
		s := &after[i]
		step(s.ID, was[s.ID], s)
		delete(was, s.ID)
		if r := at[s.counted()]; r != nil {
			r.Closing++
		}
	}
	for i := range before {
		if b := &before[i]; was[b.ID] == b {
			step(b.ID, b, nil)
		}
	}
	for i := range t.Rows {
		slices.SortStableFunc(t.Rows[i].Gained, byReason)
		slices.SortStableFunc(t.Rows[i].Lost, byReason)
	}
	return t
}

func byReason(a, b Step) int { return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.ID, b.ID)) }

// rank orders the ways: the lower counts first.
func rank(c Coverage) int {
	if i := slices.Index(Coverages, c); i >= 0 {
		return i
	}
	return len(Coverages)
}

// lossReason says why the way of b no longer is that of a, which may be gone.
func lossReason(b, a *State) string {
	switch {
	case a == nil:
		return Handed
	case !a.Operating:
		return a.State
	case rank(a.counted()) < rank(b.counted()):
		return Replaced
	}
	switch b.counted() {
	case Own, Joint:
		if a.Broken != "" && b.Broken != a.Broken {
			return a.Broken
		}
		return Unhosted
	case ByMass:
		return MassEnded
	}
	return AppointmentEnded
}

// gainReason says why a is covered the way it is, which b was not.
func gainReason(b, a *State) string {
	switch {
	case b == nil:
		return Registered
	case !b.Operating:
		return Reopened
	case b.counted().Covers() && rank(a.counted()) > rank(b.counted()):
		return TookOver
	case (b.Broken == FewMembers || b.Broken == JointTooLarge) && a.Broken == "" && rank(a.counted()) <= rank(Joint):
		return Recovered
	}
	switch a.counted() {
	case Own:
		return SetUp
	case Joint:
		return Joined
	case ByMass:
		return MassBegun
	}
	return Appointed
}
