// Package figure computes the published numbers of a realm. Each is asked for
// one organisation and everything below it, on a day, as it was known at an
// instant; each opens to the rows behind it, says how it is counted, and stands
// beside the number that somebody printed, where the two differ.
//
// A figure is looked at from an organisation as it stands today: whoever may
// see figures there today may see what was below it on any day.
package figure

import (
	"slices"
	"strings"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/org"
)

// By is how a table of coverage is divided.
type By string

// The ways to divide a table.
const (
	ByTree     By = "tree"
	ByChain    By = "chain"
	ByBuilding By = "building"
	ByPlatform By = "platform"
	ByType     By = "type"
)

// Pivots lists the ways in the order in which they are offered.
var Pivots = []By{ByTree, ByChain, ByBuilding, ByPlatform, ByType}

// Title returns the words for the way.
func (b By) Title() core.Msg { return core.M("figure.by." + string(b)) }

// Column returns the heading of the first column of a table so divided.
func (b By) Column() core.Msg { return core.M("figure.by." + string(b) + ".column") }

// grouping returns the kind of the groupings of that way, or "".
func (b By) grouping() string {
	switch b {
	case ByChain:
		return enterprise.Chain
	case ByBuilding:
		return enterprise.Building
	case ByPlatform:
		return enterprise.Platform
	}
	return ""
}

// A Query says of what, on which day and as known when figures are asked.
type Query struct {
	Under   core.OrgID
	On      core.Date // zero: today
	From    core.Date // the day compared with; zero: the last of the month before On
	KnownAt time.Time // zero: as known now, corrections included
	By      By        // of a table; empty: by the tree
	Open    []Key     // rows of the table that are opened
	At      Key       // the row whose map and list of uncovered are shown; zero: all
}

// clean fills in what was left out; the error is core.Invalid and names each
// field.
func (q Query) clean(today core.Date) (Query, error) {
	if q.On.IsZero() {
		q.On = today
	}
	if q.From.IsZero() {
		q.From = core.Date{Year: q.On.Year, Month: q.On.Month, Day: 1}.AddDays(-1)
	}
	if q.By == "" {
		q.By = ByTree
	}
	var bad core.Fields
	bad.If(q.On.After(today), "on", "figure.on.future", today)
	bad.If(!q.From.Before(q.On), "from", "figure.from.late", q.On)
	bad.If(!slices.Contains(Pivots, q.By), "by", "figure.by.unknown", string(q.By))
	return q, bad.Err()
}

// moment returns the moment of a day of the query.
func (q Query) moment(on core.Date) core.Moment { return core.Moment{On: on, KnownAt: q.KnownAt} }

// EndOf returns the last instant of a day where now is: what was known "then"
// of that day.
func EndOf(on core.Date, now time.Time) time.Time {
	next := on.AddDays(1)
	return time.Date(next.Year, next.Month, next.Day, 0, 0, 0, 0, now.Location()).Add(-time.Microsecond)
}

// The kinds of row that a table has.
const (
	OfOrg      = "org"      // an organisation with all below it
	OfItself   = "itself"   // an organisation without those below that have a row of their own
	OfGrouping = "grouping" // a grouping with all nested in it
	OfRest     = "rest"     // a grouping without those nested in it
	OfNone     = "none"     // in no grouping of the kind that the table is divided by
	OfType     = "type"     // a type of enterprise
)

// A Key names a row of a table. The zero Key is the whole.
type Key struct {
	Kind string
	ID   core.ID // of the organisation or the grouping
	Code string  // of the type, or the kind of grouping
}

// String writes the key for addresses: "org-06F2QW0000001", "type-private".
func (k Key) String() string {
	switch {
	case k.Kind == "":
		return ""
	case k.ID != 0:
		return k.Kind + "-" + k.ID.String()
	}
	return k.Kind + "-" + k.Code
}

// ParseKey reads what String writes. What is no key names nothing: the error
// is core.NotFound.
func ParseKey(s string) (Key, error) {
	if s == "" {
		return Key{}, nil
	}
	kind, rest, _ := strings.Cut(s, "-")
	switch kind {
	case OfOrg, OfItself, OfGrouping, OfRest:
		id, err := core.ParseID(rest)
		return Key{Kind: kind, ID: id}, err
	case OfNone, OfType:
		return Key{Kind: kind, Code: rest}, nil
	}
	return Key{}, core.NotFound
}

// A Name is something that a figure is of, for a heading or a path.
type Name struct {
	ID   core.OrgID
	Name string
}

// A Line is what a table says of one row.
type Line struct {
	Orgs    int // organisations; 0 where the row is no part of the tree
	TwoNew  int // of these, hosted by an enterprise of a two-new type
	Members int // full and probationary; 0 where the row is no part of the tree
	enterprise.Summary
	Check int // to be checked: not covered, and never visited or with a tie that does not count
	Was   int // covered on the day compared with
}

// TwoNewShare returns the two-new organisations over all.
func (l Line) TwoNewShare() core.Share { return core.Share{Num: l.TwoNew, Den: l.Orgs} }

// ByWork returns the enterprises covered by Party work alone.
func (l Line) ByWork() int { return l.Work }

// Organised returns the enterprises with an organisation, own or joint.
func (l Line) Organised() int { return l.Own + l.Joint }

// Change returns how many more are covered than on the day compared with.
func (l Line) Change() int { return l.Covered() - l.Was }

// check reports whether an enterprise waits to be checked: what is known of it
// is too little or contradicts itself.
func check(s *enterprise.State) bool {
	return s.Operating && !s.Coverage.Covers() && (s.VerifiedOn.IsZero() || s.Broken != "")
}

// People are the members of an organisation and all below it. Where one of the
// two parts is less than five persons, whoever may not see people there gets
// the sum alone: Hidden says so (small cells, mission.md principle 7).
type People struct {
	Total, Full, Probationary int
	Hidden                    bool
}

// smallest is the size from which a part of a number of persons is shown.
const smallest = 5

func peopleOf(c org.Counts, seesPeople bool) People {
	p := People{Total: c.Members(), Full: c.Full, Probationary: c.Probationary}
	small := min(c.Full, c.Probationary)
	if !seesPeople && small > 0 && small < smallest {
		return People{Total: p.Total, Hidden: true}
	}
	return p
}
