package clock

import (
	"encoding/json"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// A Clock is one deadline with what a person needs to know of it. Names are
// those of organisations and enterprises, never of persons.
type Clock struct {
	Realm       core.RealmID
	ID          core.ID
	Kind        Kind
	Subject     string // OfOrg, OfEnterprise, OfAppointment, OfOpinion
	SubjectID   core.ID
	Org         core.OrgID  // responsible
	User        core.UserID // of that organisation, when it was handed to one person
	StartedOn   core.Date
	RemindOn    core.Date
	DueOn       core.Date
	SnoozedTo   core.Date
	Provisional bool
	State       State
	Reason      string // what was last said of it by hand
	Rule        string
	Version     string
	OrgName     string
	Name        string  // of what it is about: an organisation, an enterprise, or one of titled
	Target      core.ID // that organisation, enterprise, …
	input       string
}

// facts are the inputs that sentences and Recompute read back.
type facts struct {
	ElectedOn    core.Date      `json:"elected_on"`
	EndsOn       core.Date      `json:"ends_on"`
	KnownOn      core.Date      `json:"known_on"`
	FullMembers  int            `json:"full_members"`
	RegisteredOn core.Date      `json:"registered_on"`
	VerifiedOn   core.Date      `json:"verified_on"`
	From         core.Date      `json:"from"`
	LastOn       core.Date      `json:"last_on"`
	PostedOn     core.Date      `json:"posted_on"`
	Workdays     int            `json:"workdays"`
	Mode         rule.CountMode `json:"mode"`
}

func (c Clock) facts() facts {
	var f facts
	// What Start wrote is readable; if it were not, a sentence would lack its
	// date and nothing else.
	_ = json.Unmarshal([]byte(c.input), &f)
	return f
}

// About names what Target is: OfOrg, OfEnterprise, or one of the table titled.
func (c Clock) About() string {
	switch c.Subject {
	case OfAppointment:
		return OfEnterprise
	case OfOpinion, OfCorrection:
		return OfOrg
	}
	return c.Subject
}

// Title says what is to be done, verb first.
func (c Clock) Title() core.Msg {
	if c.Kind == Opinion || c.Kind == Correction {
		return core.M("clock."+string(c.Kind)+".title", c.StartedOn)
	}
	return core.M("clock."+string(c.Kind)+".title", c.Name)
}

// Why says why this organisation, why now, and what exists already.
func (c Clock) Why() core.Msg {
	key, f := "clock."+string(c.Kind)+".why", c.facts()
	switch c.Kind {
	case Term:
		since := core.M("clock.term.undated")
		if !f.ElectedOn.IsZero() {
			since = core.M("clock.term.since", f.ElectedOn)
		}
		return core.M(key, c.OrgName, c.DueOn, since)
	case Establish, JointSplit, Committee:
		return core.M(key, c.OrgName, f.KnownOn, f.FullMembers)
	case FirstVisit:
		return core.M(key, c.OrgName, f.RegisteredOn)
	case Recheck:
		return core.M(key, c.OrgName, f.VerifiedOn, recheckMonths)
	case AppointmentEnd:
		return core.M(key, c.OrgName, f.From, c.DueOn)
	case Visit:
		return core.M(key, c.OrgName, f.LastOn, visitDays)
	case Opinion, Correction:
		return core.M(key, c.OrgName, c.StartedOn, c.DueOn)
	case PublicNotice:
		return core.M(key, c.OrgName, f.PostedOn, f.Workdays, c.DueOn)
	default: // Plan, WorkEnd, PostReview, PostEnd: who and by when
		return core.M(key, c.OrgName, c.DueOn)
	}
}

// A Tag is how a clock stands on a day.
type Tag string

// The tags.
const (
	Overdue Tag = "overdue"
	DueNow  Tag = "today"
	Left    Tag = "left"
)

// Tag returns how the clock stands, with the sentence that says so.
func (c Clock) Tag(today core.Date) (Tag, core.Msg) {
	switch n := today.DaysUntil(c.DueOn); {
	case n < 0:
		return Overdue, core.M("clock.tag.overdue", -n)
	case n == 0:
		return DueNow, core.M("clock.tag.today")
	default:
		return Left, core.M("clock.tag.left", n)
	}
}

// Basis names what the deadline rests on: the regulation, or the sentence that
// it is a setting of ours.
func (c Clock) Basis() core.Msg {
	r, ok := rule.Find(c.Rule)
	if !ok {
		return core.M("clock.basis.design")
	}
	v := r.Latest()
	for _, old := range r.Versions {
		if old.ID == c.Version {
			v = old
		}
	}
	if c.Kind == Establish || c.Kind == JointSplit || c.Kind == Committee { // the text gives no span
		return core.M("clock.basis.span", v.Citation)
	}
	return core.M("clock.basis.text", v.Citation)
}

// lastSnooze returns the last day to which the clock may be put off: its due
// day, or once that has come 30 days more.
func (c Clock) lastSnooze(today core.Date) core.Date {
	if today.Before(c.DueOn) {
		return c.DueOn
	}
	return c.DueOn.AddDays(snoozeDays)
}

const snoozeDays = 30
