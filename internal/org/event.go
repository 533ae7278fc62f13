package org

import (
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// An EventKind says what was done to an organisation. Its word is the catalog
// key org.event.KIND.
type EventKind string

// The kinds of event.
const (
	Founded    EventKind = "founded"
	Renamed    EventKind = "renamed"
	Moved      EventKind = "moved"
	Merged     EventKind = "merged"     // it went up in another
	TookIn     EventKind = "took_in"    // another went up in it
	Split      EventKind = "split"      // it was founded out of another
	SplitOff   EventKind = "split_off"  // another was founded out of it
	Changed    EventKind = "changed"    // its kind, set-up mode or host situation
	Documented EventKind = "documented" // its approval document alone
	Dissolved  EventKind = "dissolved"
	Corrected  EventKind = "corrected"
	Undone     EventKind = "undone" // a batch was taken back
)

// Title returns the word for the kind.
func (k EventKind) Title() core.Msg { return core.M("org.event." + string(k)) }

// The catalog keys of what can change.
const (
	kindKey  = "org_kind."
	setupKey = "org.setup_mode."
	hostKey  = "org.host_situation."
)

// An Event is one thing done to an organisation. Was and Became are names,
// days or catalog keys; Before and After say them.
type Event struct {
	ID         core.ID
	Org        core.OrgID
	Kind       EventKind
	On         core.Date
	Other      core.OrgID // the other side of a merger or split; the new parent of a move
	Was        string
	Became     string
	Document   string
	Reason     string
	Batch      core.ID
	RecordedAt time.Time
	RecordedBy core.UserID
}

// Before returns what held before the event, to be said.
func (e Event) Before() core.Msg { return e.say(e.Was) }

// After returns what holds since the event, to be said.
func (e Event) After() core.Msg { return e.say(e.Became) }

func (e Event) say(s string) core.Msg {
	if s == "" {
		return core.Msg{}
	}
	for _, prefix := range []string{kindKey, setupKey, hostKey} {
		if strings.HasPrefix(s, prefix) {
			return core.M(s)
		}
	}
	if day, err := core.ParseDate(s); err == nil {
		return core.M("org.as_written", day)
	}
	return core.M("org.as_written", s)
}

// A Fact is what held of an organisation in a period, as it was known from
// RecordedAt until SupersededAt (zero while it is what we know).
type Fact struct {
	ID            core.ID
	Org           core.OrgID
	Parent        core.OrgID
	Name          string
	Kind          rule.OrgKind
	SetupMode     string
	HostSituation string
	Period        core.Period
	RecordedAt    time.Time
	SupersededAt  time.Time
	Event         core.ID
}

// factOf returns the fact that o states of itself in a period.
func factOf(o Org, p core.Period) Fact {
	return Fact{
		Org: o.ID, Parent: o.Parent, Name: o.Name, Kind: o.Kind,
		SetupMode: o.SetupMode, HostSituation: o.HostSituation, Period: p,
	}
}

// with returns o with what the fact says.
func (f Fact) with(o Org) Org {
	o.Parent, o.Name, o.Kind, o.SetupMode, o.HostSituation = f.Parent, f.Name, f.Kind, f.SetupMode, f.HostSituation
	return o
}
