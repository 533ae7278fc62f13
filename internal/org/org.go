// Package org holds the tree of organisations: what each is and was called,
// where it stands and stood, its terms of office, its officers, and counters
// kept in the transaction of each change.
package org

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/names"
	"tongpin/internal/rule"
)

// An Org is an organisation as it is now, or, for a dissolved one, as it was
// last. Depth is 0 for the root of the realm. Path is the numbers from the
// root, "1.20.311.".
type Org struct {
	Realm            core.RealmID
	ID               core.OrgID
	Number           int
	Parent           core.OrgID // zero for the root
	Path             string
	Depth            int
	Name             string
	Kind             rule.OrgKind
	SetupMode        string // one of SetupModes, or empty when not known
	HostSituation    string // one of HostSituations, or empty when not known
	ApprovalDocument string
	FoundedOn        core.Date
	DissolvedOn      core.Date // the first day on which it no longer was
	Version          int
	CreatedAt        time.Time
}

// Live reports whether the organisation still exists.
func (o Org) Live() bool { return o.DissolvedOn.IsZero() }

// Host returns the sort of unit that the organisation's term depends on.
func (o Org) Host() rule.Host {
	switch o.HostSituation {
	case "community":
		return rule.InCommunity
	case "village":
		return rule.InVillage
	}
	return rule.InEnterprise
}

// above reports whether o is p or stands somewhere above it.
func (o Org) above(p Org) bool { return strings.HasPrefix(p.Path, o.Path) }

// state is what the journal keeps of an organisation.
func (o Org) state() map[string]any {
	m := map[string]any{
		"name": o.Name, "kind": o.Kind, "parent": o.Parent, "path": o.Path, "setup_mode": o.SetupMode,
		"host_situation": o.HostSituation, "document": o.ApprovalDocument, "founded_on": o.FoundedOn, "version": o.Version,
	}
	if !o.Live() {
		m["dissolved_on"] = o.DissolvedOn
	}
	return m
}

// SetupModes are the ways in which an organisation is set up: on its own, by
// several units together, by place, by trade, on a project, attached to
// another unit's. The word of each is the catalog key org.setup_mode.CODE.
var SetupModes = []string{"own", "joint", "regional", "trade", "project", "attached"}

// HostSituations are the situations of the unit that an organisation belongs
// to: a legal person, the same as its superior's, several units, a community,
// a village. The word of each is the catalog key org.host_situation.CODE.
var HostSituations = []string{"legal_person", "superior", "several", "community", "village"}

// Counts are the members of an organisation, by standing.
type Counts struct{ Full, Probationary int }

// Members returns full and probationary members together.
func (c Counts) Members() int { return c.Full + c.Probationary }

// A Tally is one counter of an organisation: Own is its own, Below is its own
// and that of everything under it.
type Tally struct{ Own, Below int }

// What the tallies count.
const (
	CountOrgs         = "orgs" // live organisations; Own is 1 or 0
	CountFull         = "full"
	CountProbationary = "probationary"
	CountEnterprises  = "enterprises"
)

// A Founding is what is needed to found an organisation. It may be older than
// its parent: many a branch was there before the committee above it.
type Founding struct {
	Parent        core.OrgID // zero only for the root of the realm
	Name          string
	Kind          rule.OrgKind
	SetupMode     string
	HostSituation string
	Document      string // of the approval
	Reason        string
	FoundedOn     core.Date
	Term          Term // the term of office, if one is known
	Batch         core.ID

	from core.OrgID // split off from this one

	// For FoundMany alone.
	ID          core.OrgID // made by us when zero
	Within      int        // 1 + the index of the parent in the same call, instead of Parent
	DissolvedOn core.Date  // of one that no longer exists
}

// A Change changes the dated facts of an organisation from a day on. What is
// nil stays. Version is the one that the person saw; 0 asks for no check.
type Change struct {
	Name          *string
	Kind          *rule.OrgKind
	SetupMode     *string
	HostSituation *string
	Document      *string
	On            core.Date
	Reason        string
	Batch         core.ID
	Version       int
}

const (
	maxName   = 100 // characters
	maxText   = 500
	maxFigure = 120 // characters of a document's number
)

// check returns a core.Invalid error that names each field to correct.
func (f *Founding) check(today core.Date) error {
	f.Name = strings.TrimSpace(f.Name)
	var bad core.Fields
	checkName(&bad, f.Name)
	checkCodes(&bad, f.Kind, f.SetupMode, f.HostSituation)
	checkTexts(&bad, f.Document, f.Reason)
	bad.If(f.FoundedOn.IsZero(), "founded_on", "org.founded_on.missing")
	bad.If(f.FoundedOn.After(today), "founded_on", "org.founded_on.future", today)
	bad.If(!f.DissolvedOn.IsZero() && !f.DissolvedOn.After(f.FoundedOn), "dissolved_on", "org.on.before_founding", f.FoundedOn)
	bad.If(f.DissolvedOn.After(today), "dissolved_on", "org.on.future", today)
	if err := bad.Err(); err != nil || f.Term.IsZero() {
		return err
	}
	o := Org{Name: f.Name, Kind: f.Kind, HostSituation: f.HostSituation, FoundedOn: f.FoundedOn}
	f.Term.complete(o)
	return f.Term.check(o, today)
}

// check returns a core.Invalid error that names each field to correct.
func (c *Change) check(o Org, today core.Date) error {
	var bad core.Fields
	if c.Name != nil {
		name := strings.TrimSpace(*c.Name)
		c.Name = &name
		checkName(&bad, name)
	}
	checkCodes(&bad, or(c.Kind, o.Kind), or(c.SetupMode, o.SetupMode), or(c.HostSituation, o.HostSituation))
	checkTexts(&bad, or(c.Document, ""), c.Reason)
	checkDay(&bad, o, c.On, today)
	return bad.Err()
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func checkName(bad *core.Fields, name string) {
	bad.If(name == "", "name", "org.name.missing")
	bad.If(utf8.RuneCountInString(name) > maxName, "name", "org.name.long", maxName)
	bad.If(!strings.ContainsFunc(name, unicode.IsLetter) || strings.ContainsFunc(name, notInNames), "name", "org.name.invalid")
}

// notInNames finds control characters, markup and what a spreadsheet would
// take for a formula.
func notInNames(r rune) bool {
	return unicode.IsControl(r) || strings.ContainsRune("<>=|\u2028\u2029\ufeff", r)
}

func checkCodes(bad *core.Fields, k rule.OrgKind, setup, host string) {
	bad.If(!k.Known(), "kind", "org.kind.unknown", string(k))
	bad.If(setup != "" && !slices.Contains(SetupModes, setup), "setup_mode", "org.setup_mode.unknown", setup)
	bad.If(host != "" && !slices.Contains(HostSituations, host), "host_situation", "org.host_situation.unknown", host)
}

func checkTexts(bad *core.Fields, document, reason string) {
	bad.If(utf8.RuneCountInString(document) > maxFigure, "document", "org.text.long", maxFigure)
	bad.If(utf8.RuneCountInString(reason) > maxText, "reason", "org.text.long", maxText)
}

// checkDay checks the day from which a change of o holds.
func checkDay(bad *core.Fields, o Org, on, today core.Date) {
	bad.If(on.IsZero(), "on", "org.on.missing")
	bad.If(on.After(today), "on", "org.on.future", today)
	bad.If(on.Before(o.FoundedOn), "on", "org.on.before_founding", o.FoundedOn)
}

// apply returns the organisation with the changes, and the events that tell of
// them: none when nothing differs.
func (c Change) apply(o Org) (Org, []Event) {
	was := o
	o.Name, o.Kind = or(c.Name, o.Name), or(c.Kind, o.Kind)
	o.SetupMode, o.HostSituation = or(c.SetupMode, o.SetupMode), or(c.HostSituation, o.HostSituation)
	o.ApprovalDocument = or(c.Document, o.ApprovalDocument)
	all := differences(was, o)
	if len(all) == 0 && was.ApprovalDocument != o.ApprovalDocument {
		all = []Event{{Kind: Documented, Was: was.ApprovalDocument, Became: o.ApprovalDocument}}
	}
	return o, all
}

// differences returns one event for each fact in which two states of an
// organisation differ, its place apart.
func differences(was, is Org) (all []Event) {
	add := func(k EventKind, before, after string) {
		if before != after {
			all = append(all, Event{Kind: k, Was: before, Became: after})
		}
	}
	add(Renamed, was.Name, is.Name)
	add(Changed, key(kindKey, string(was.Kind)), key(kindKey, string(is.Kind)))
	add(Changed, key(setupKey, was.SetupMode), key(setupKey, is.SetupMode))
	add(Changed, key(hostKey, was.HostSituation), key(hostKey, is.HostSituation))
	return all
}

func key(prefix, code string) string {
	if code == "" {
		return ""
	}
	return prefix + code
}

// nameKey is the key by which two spellings of one name are equal and names
// are ordered by their reading.
func (o Org) nameKey() string { return names.Key(o.Name) }

// Guard returns core.Invalid when a temporary branch would do on that day what
// R-018 forbids it, and nil for every other organisation and action.
func (o Org) Guard(a rule.Action, on core.Date) error {
	if o.Kind != rule.TemporaryBranch {
		return nil
	}
	v := rule.TemporaryBranchMay(a, on)
	if v.Verdict != rule.Fail {
		return nil
	}
	return &core.Error{Kind: core.Invalid, Msg: v.Reason}
}

// A Stale is the cause of a core.Conflict: somebody changed the organisation
// since the person opened it. Theirs is how it stands now, to show beside what
// the person typed.
type Stale struct{ Theirs Org }

func (s *Stale) Error() string { return "changed meanwhile" }

// fresh returns core.Conflict with a Stale when o is no longer of the version
// that the person saw, and core.Invalid when it was dissolved.
func (o Org) fresh(version int) error {
	if !o.Live() {
		return core.Fail(core.Invalid, "org.dissolved", o.Name, o.DissolvedOn)
	}
	return o.unchanged(version)
}

// unchanged is fresh for one that may be dissolved.
func (o Org) unchanged(version int) error {
	if version != 0 && version != o.Version {
		return &core.Error{Kind: core.Conflict, Msg: core.M("org.stale", o.Name), Err: &Stale{o}}
	}
	return nil
}
