package rule

import (
	"slices"

	"tongpin/internal/core"
)

// An OrgKind is the form of an organisation. Its word is the catalog key
// org_kind.CODE.
type OrgKind string

// The forms of organisation.
const (
	Committee       OrgKind = "committee"
	GeneralBranch   OrgKind = "general_branch"
	Branch          OrgKind = "branch"
	JointBranch     OrgKind = "joint_branch"
	TemporaryBranch OrgKind = "temporary_branch"
	FloatingBranch  OrgKind = "floating_branch"
)

// OrgKinds lists the forms, the highest first.
var OrgKinds = []OrgKind{Committee, GeneralBranch, Branch, JointBranch, TemporaryBranch, FloatingBranch}

// Known reports whether k is one of OrgKinds.
func (k OrgKind) Known() bool { return slices.Contains(OrgKinds, k) }

// Title returns the word for the form.
func (k OrgKind) Title() core.Msg { return core.M("org_kind." + string(k)) }

// A Host is the sort of unit an organisation belongs to; terms depend on it.
// Its word is the catalog key org_host.CODE.
type Host string

// The hosts.
const (
	InEnterprise Host = "enterprise"
	InCommunity  Host = "community"
	InVillage    Host = "village"
)

// Hosts lists the hosts.
var Hosts = []Host{InEnterprise, InCommunity, InVillage}

// Known reports whether h is one of Hosts.
func (h Host) Known() bool { return slices.Contains(Hosts, h) }

// Title returns the word for the host.
func (h Host) Title() core.Msg { return core.M("org_host." + string(h)) }

// An EnterpriseType is a registration type. Its word is the catalog key
// enterprise_type.CODE.
type EnterpriseType struct {
	Code   string
	TwoNew bool // a new economic or new social organisation
}

// Title returns the word for the type.
func (t EnterpriseType) Title() core.Msg { return core.M("enterprise_type." + t.Code) }

// EnterpriseTypes is the list of types as data: the term has changed before
// and will again.
var EnterpriseTypes = []EnterpriseType{
	{"private", true},
	{"foreign_owned", true},
	{"sino_foreign", true},
	{"hmt", true},
	{"self_employed", true},
	{"mixed", true},
	{"social_group", true},
	{"social_service", true},
	{"foundation", true},
	{"intermediary", true},
	{"state_owned", false},
	{"state_controlled", false},
	{"collective", false},
	{"institution", false},
	{"government", false},
	{"other", false},
}

// FindEnterpriseType returns the type of that code, or false.
func FindEnterpriseType(code string) (EnterpriseType, bool) {
	i := slices.IndexFunc(EnterpriseTypes, func(t EnterpriseType) bool { return t.Code == code })
	if i < 0 {
		return EnterpriseType{}, false
	}
	return EnterpriseTypes[i], true
}

// TwoNew reports whether units of that type are 两新. An unknown type
// is not.
func TwoNew(enterpriseType string) bool {
	t, _ := FindEnterpriseType(enterpriseType)
	return t.TwoNew
}

// TwoNewUnit says whether units of that type are 两新, with its reasons
//
func TwoNewUnit(t EnterpriseType) Verdict {
	const id = "two.definition"
	if t.TwoNew {
		return judge(id, Info, core.M("rule.two.definition.yes", t.Title()), Value{"two_new", true})
	}
	return judge(id, Info, core.M("rule.two.definition.no", t.Title()), Value{"two_new", false})
}

// CompanyConditions is the sentence for help on R-104.
func CompanyConditions() Verdict {
	return judge("two.company_law", Info, core.M("rule.two.company_law.help"))
}
