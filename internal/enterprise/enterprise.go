// Package enterprise keeps the enterprises and social organisations of a
// realm: what holds of them on which days, which organisations they host, in
// which groupings they stand, who is in touch with them, and whether and how
// they are covered.
package enterprise

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/names"
	"tongpin/internal/rule"
)

// An Enterprise is a company, institute or social organisation as it is now.
type Enterprise struct {
	Realm        core.RealmID
	ID           core.EnterpriseID
	Name         string
	CreditCode   string     // unified social credit code; empty where it has none
	Org          core.OrgID // looks after it, whether or not it is covered
	Path         string     // of Org
	Type         string     // a code of rule.EnterpriseTypes, or empty while not known
	Industry     string
	Employees    *int   // nil: not known
	ForeignShare *int   // percent, 0–100; nil: not known
	MembersFound *int   // full members met at the last visit; nil: not known
	State        string // one of OperatingStates
	VerifiedOn   core.Date
	Version      int
	CreatedAt    time.Time
}

// The operating states. The word of each is the catalog key
// enterprise.state.CODE.
const (
	Listed    = "listed"    // registered, not yet visited
	Operating = "operating" // visited: fixed premises, people, real operation
	Shell     = "shell"     // exists on paper only
	Suspended = "suspended" // has stopped for now
	Moved     = "moved"     // has left the area
	Closed    = "closed"    // deregistered
)

// OperatingStates lists the states in the order in which they are offered.
var OperatingStates = []string{Listed, Operating, Shell, Suspended, Moved, Closed}

// StateTitle returns the word for an operating state.
func StateTitle(state string) core.Msg { return core.M("enterprise.state." + state) }

// Counts reports whether enterprises in that state are in the denominator of
// coverage: in operation, or not yet found to be otherwise.
func Counts(state string) bool { return state == Listed || state == Operating }

// OnTheBooks reports whether lists and counters show enterprises in that state
// unless asked for others: they have neither left nor closed.
func OnTheBooks(state string) bool { return state != Moved && state != Closed }

// The kinds of grouping. The word of each is the catalog key
// enterprise.grouping.CODE.
const (
	Chain     = "chain"
	SubSector = "sub_sector"
	Cluster   = "cluster"
	Building  = "building"
	Floor     = "floor"
	Park      = "park"
	Street    = "street"
	Market    = "market"
	Platform  = "platform"
	Trade     = "trade"
)

// GroupingKinds lists the kinds of grouping in the order in which they are
// offered.
var GroupingKinds = []string{Chain, SubSector, Cluster, Building, Floor, Park, Street, Market, Platform, Trade}

// GroupingTitle returns the word for a kind of grouping.
func GroupingTitle(kind string) core.Msg { return core.M("enterprise.grouping." + kind) }

// Who is in touch with an enterprise that has no organisation. The
// word of each is the catalog key enterprise.contact.CODE.
const (
	Instructor = "instructor"
	Liaison    = "liaison"
)

// ContactKinds lists the kinds of appointment.
var ContactKinds = []string{Instructor, Liaison}

// ContactTitle returns the word for a kind of appointment.
func ContactTitle(kind string) core.Msg { return core.M("enterprise.contact." + kind) }

// The mass bodies through which Party work is done. The word of each is
// the catalog key enterprise.mass.CODE.
const (
	Union  = "union"
	League = "league"
)

// MassKinds lists the kinds of mass body.
var MassKinds = []string{Union, League}

// MassTitle returns the word for a kind of mass body.
func MassTitle(kind string) core.Msg { return core.M("enterprise.mass." + kind) }

// The obstacles that a plan may name. The word of each is the catalog key
// enterprise.reason.CODE.
const (
	OwnerDisagrees = "owner_disagrees"
	AboutToMove    = "about_to_move"
	Seasonal       = "seasonal"
)

// Obstacles lists the obstacles in the order in which they are offered.
var Obstacles = []string{OwnerDisagrees, AboutToMove, Seasonal}

// A Registration is an enterprise to put on the list. History tells, in order
// of its days, what changed between From and today; a ledger brings none.
type Registration struct {
	ID           core.EnterpriseID // zero: one is made
	Name         string
	CreditCode   string
	Org          core.OrgID
	Type         string
	Industry     string
	Employees    *int
	ForeignShare *int
	MembersFound *int
	State        string    // empty: listed, or operating when VerifiedOn is given
	VerifiedOn   core.Date // the last visit that established the above
	From         core.Date // the first day on the list; zero: today
	Reason       string
	Batch        core.ID
	History      []Change
}

// The lengths that names and remarks may have, in characters.
const (
	maxName   = 100
	maxRemark = 500
)

// clean returns the registration as it is written: names without stray blanks,
// the code in capitals, what was left out filled in.
func (r Registration) clean(today core.Date) Registration {
	r.Name = strings.TrimSpace(r.Name)
	r.CreditCode = cleanCode(r.CreditCode)
	r.Industry = strings.TrimSpace(r.Industry)
	r.Reason = strings.TrimSpace(r.Reason)
	if r.State == "" {
		r.State = Listed
		if !r.VerifiedOn.IsZero() {
			r.State = Operating
		}
	}
	if r.From.IsZero() {
		r.From = today
		if !r.VerifiedOn.IsZero() && r.VerifiedOn.Before(today) {
			r.From = r.VerifiedOn
		}
	}
	return r
}

func cleanCode(s string) string { return strings.ToUpper(names.Width(s)) }

// check returns a core.Invalid error that names each field to correct.
func (r Registration) check(today core.Date) error {
	var bad core.Fields
	checkName(&bad, r.Name)
	checkCode(&bad, r.CreditCode)
	bad.If(r.Org == 0, "org", "enterprise.org.missing")
	checkType(&bad, r.Type)
	checkNumbers(&bad, r.Employees, r.ForeignShare, r.MembersFound)
	bad.If(!slices.Contains(OperatingStates, r.State), "state", "enterprise.state.unknown", r.State)
	bad.If(r.From.After(today), "from", "enterprise.date.future", r.From)
	bad.If(r.VerifiedOn.After(today), "verified_on", "enterprise.date.future", r.VerifiedOn)
	checkRemark(&bad, "reason", r.Reason)
	return bad.Err()
}

func checkName(bad *core.Fields, name string) {
	bad.If(name == "", "name", "enterprise.name.missing")
	bad.If(utf8.RuneCountInString(name) > maxName, "name", "enterprise.name.long", maxName)
}

func checkCode(bad *core.Fields, code string) {
	if code == "" {
		return
	}
	switch rule.CreditCode(code) {
	case rule.BadShape:
		bad.If(true, "credit_code", "enterprise.code.shape", code)
	case rule.BadChecksum:
		bad.If(true, "credit_code", "enterprise.code.checksum", code)
	}
}

func checkType(bad *core.Fields, code string) {
	_, known := rule.FindEnterpriseType(code)
	bad.If(code != "" && !known, "type", "enterprise.type.unknown", code)
}

func checkNumbers(bad *core.Fields, employees, foreignShare, membersFound *int) {
	bad.If(employees != nil && *employees < 0, "employees", "enterprise.employees.negative")
	bad.If(foreignShare != nil && (*foreignShare < 0 || *foreignShare > 100), "foreign_share", "enterprise.foreign_share.range")
	bad.If(membersFound != nil && *membersFound < 0, "members_found", "enterprise.members_found.negative")
}

func checkRemark(bad *core.Fields, field, s string) {
	bad.If(utf8.RuneCountInString(s) > maxRemark, field, "enterprise.remark.long", maxRemark)
}

// A Stale is the cause of a core.Conflict: somebody changed the enterprise
// since the person opened it. Theirs is how it stands now, to show beside what
// the person typed.
type Stale struct{ Theirs Enterprise }

func (s *Stale) Error() string { return "changed meanwhile" }

// fresh returns core.Conflict with a Stale when e is no longer of the version
// that the person saw; 0 asks for no check.
func (e Enterprise) fresh(version int) error {
	if version != 0 && version != e.Version {
		return &core.Error{Kind: core.Conflict, Msg: core.M("enterprise.stale", e.Name, version, e.Version), Err: &Stale{e}}
	}
	return nil
}
