package figure

import (
	"slices"

	"tongpin/internal/core"
)

// A Definition says what a figure is and where it comes from. Its words are
// the catalog keys figure.ID (title), figure.ID.formula, figure.ID.num and, of
// a share, figure.ID.den.
type Definition struct {
	ID      string
	Share   bool     // else a count
	Rows    Show     // behind the numerator, or the count
	Whole   Show     // behind the denominator; empty for a count
	Sources []string // tables; the word of each is the catalog key figure.table.TABLE
	Rules   []string // identifiers of rules that it follows
	Owner   string   // who answers for it; its word is the catalog key figure.owner.CODE

	value func(Line) core.Share
}

// Title returns the name of the figure.
func (d Definition) Title() core.Msg { return core.M("figure." + d.ID) }

// Formula returns how it is computed, in words.
func (d Definition) Formula() core.Msg { return core.M("figure." + d.ID + ".formula") }

// Numerator returns what is counted.
func (d Definition) Numerator() core.Msg { return core.M("figure." + d.ID + ".num") }

// Denominator returns what it is a share of, or nothing for a count.
func (d Definition) Denominator() core.Msg {
	if !d.Share {
		return core.Msg{}
	}
	return core.M("figure." + d.ID + ".den")
}

var (
	ofOrgs        = []string{"org_facts"}
	ofTwoNew      = []string{"org_facts", "hostings", "enterprise_facts"}
	ofMembers     = []string{"org_facts", "memberships"}
	ofEnterprises = []string{"enterprise_facts"}
	ofCoverage    = []string{"enterprise_facts", "hostings", "org_facts", "memberships"}
	ofContacts    = []string{"enterprise_facts", "hostings", "org_facts", "memberships", "appointments", "visits", "mass_bodies"}
)

// count makes the value of a figure that is no share.
func count(f func(Line) int) func(Line) core.Share {
	return func(l Line) core.Share { return core.Share{Num: f(l)} }
}

// Definitions lists the figures in the order in which they are shown.
var Definitions = []Definition{
	{"organisations", false, ShowOrgs, "", ofOrgs, nil, "department", count(func(l Line) int { return l.Orgs })},
	{"two_new_organisations", false, ShowTwoNew, "", ofTwoNew, []string{"two.definition"}, "department", count(func(l Line) int { return l.TwoNew })},
	{"two_new_share", true, ShowTwoNew, ShowOrgs, ofTwoNew, []string{"two.definition"}, "department", Line.TwoNewShare},
	{"members", false, ShowOrgs, "", ofMembers, []string{"member.one_branch"}, "department", count(func(l Line) int { return l.Members })},
	{"operating", false, ShowOperating, "", ofEnterprises, []string{"two.org_coverage"}, "department", count(func(l Line) int { return l.Operating })},
	{"work_coverage", true, ShowCovered, ShowOperating, ofContacts, []string{"two.work_coverage", "two.instructor"}, "department", func(l Line) core.Share { return l.All() }},
	{"org_coverage", true, ShowOrganised, ShowOperating, ofCoverage, []string{"two.org_coverage", "org.joint_branch"}, "department", func(l Line) core.Share { return l.Org() }},
	{"own_rate", true, ShowOwn, ShowOperating, ofCoverage, []string{"two.org_coverage"}, "department", func(l Line) core.Share { return l.OwnRate() }},
	{"should_rate", true, ShowShouldOwn, ShowShould, ofCoverage, []string{"two.org_coverage", "org.must_establish"}, "department", func(l Line) core.Share { return l.ShouldRate() }},
	{"missed", false, ShowMissed, "", ofContacts, []string{"two.work_coverage"}, "department", count(func(l Line) int { return l.Missed() })},
	{"should_none", false, ShowShouldNone, "", ofContacts, []string{"org.must_establish"}, "department", count(func(l Line) int { return l.ShouldNone })},
	{"nominal", false, ShowNominal, "", ofContacts, []string{"two.instructor"}, "department", count(func(l Line) int { return l.Nominal })},
	{"recheck", false, ShowRecheck, "", ofEnterprises, nil, "department", count(func(l Line) int { return l.Recheck })},
	{"check", false, ShowCheck, "", ofContacts, nil, "department", count(func(l Line) int { return l.Check })},
	{"evidence_age", false, ShowVisited, "", ofEnterprises, nil, "department", count(func(l Line) int { return l.EvidenceAge })},
}

// Find returns the definition of a figure, or core.NotFound.
func Find(id string) (Definition, error) {
	i := slices.IndexFunc(Definitions, func(d Definition) bool { return d.ID == id })
	if i < 0 {
		return Definition{}, core.NotFound
	}
	return Definitions[i], nil
}

// Of returns the figure of a line: a share, or a count with the denominator 0.
// A count of -1 is not known.
func (d Definition) Of(l Line) core.Share { return d.value(l) }
