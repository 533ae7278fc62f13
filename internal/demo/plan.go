// Package demo invents the Suzhou example: deterministic and synthetic, with
// the counts of the report. The organisations that the report names stand in
// it by name; every person is invented.
package demo

import (
	"fmt"
	"math/rand/v2"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// Realm is the name of the example's realm.
const Realm = "苏州（示例）"

// The days and counts of the report and of the year-end notices after it, for
// Suzhou Industrial Park: organisations, those of the two-new among them, and
// members (full and probationary).
var (
	FirstDay  = core.NewDate(2022, 12, 31)
	SecondDay = core.NewDate(2024, 12, 31)
)

// What the park counts on those days.
const (
	FirstOrgs     = 2481
	FirstTwoNew   = 1295
	SecondOrgs    = 2577
	SecondMembers = 56786
)

// An orgPlan is an organisation to be founded; within counts from 1 in the
// order of the plan.
type orgPlan struct {
	name      string
	kind      rule.OrgKind
	within    int
	mode      string
	host      string
	founded   core.Date
	dissolved core.Date
	termEnds  core.Date
	hosts     []int // indexes of enterprises
	size      int   // members to be enrolled
}

// An enterprisePlan is an enterprise; org is the index of the organisation
// that looks after it.
type enterprisePlan struct {
	name, kind, industry, state string
	employees, members          int
	org                         int
	from, verified              core.Date
	share                       *int
	chain, building, street     string
	floor                       int
	platform                    string
	contact                     string // instructor, liaison, union, league or ""
	lastVisit                   core.Date
	contactEnds                 core.Date
	obstacle                    string
}

// A plan is the whole example before it is written.
type plan struct {
	r           *rand.Rand
	names       *namer
	today       core.Date
	orgs        []orgPlan
	enterprises []enterprisePlan
	park        int            // index + 1 of the park's committee
	parkArea    []int          // index + 1 of its area and street committees
	at          map[string]int // index + 1 of organisations by name
}

func newPlan(today core.Date) *plan {
	r := rand.New(rand.NewPCG(2023, 730))
	return &plan{r: r, names: &namer{r, map[string]bool{}}, today: today, at: map[string]int{}}
}

// add plans an organisation and returns its index + 1.
func (p *plan) add(o orgPlan) int {
	p.orgs = append(p.orgs, o)
	p.at[o.name] = len(p.orgs)
	return len(p.orgs)
}

// between returns a day from the first to before the second.
func (p *plan) between(from, to core.Date) core.Date {
	return from.AddDays(p.r.IntN(max(1, from.DaysUntil(to))))
}

// term returns when the present term of an organisation ends: most in the
// years ahead, some within six months, a few overdue.
func (p *plan) term() core.Date {
	switch p.r.IntN(150) {
	case 0:
		return p.today.AddDays(-10 - p.r.IntN(120))
	case 1, 2, 3:
		return p.today.AddDays(1 + p.r.IntN(180))
	}
	return p.today.AddDays(190 + p.r.IntN(900))
}

// build plans everything. The order is that of founding: a parent stands
// before its children.
func (p *plan) build() {
	city := p.add(orgPlan{name: "苏州市委", kind: rule.Committee, mode: "own", host: "superior", founded: core.NewDate(1949, 10, 1)})
	p.park = p.add(orgPlan{name: "苏州工业园区党工委", kind: rule.Committee, within: city, mode: "regional", host: "superior", founded: core.NewDate(1994, 2, 26)})
	p.parkOrgs()
	p.parkChanges()
	p.parkEnterprises()
	p.parkMembers()
	p.zone(city)
	p.newDistrict(city)
}

// parkOrgs plans what the park counts on FirstDay: 1 + 10 + 600 + 575 others
// and 1,295 of the two-new.
func (p *plan) parkOrgs() {
	long := func() core.Date { return p.between(core.NewDate(1996, 1, 1), core.NewDate(2016, 1, 1)) }
	for _, name := range append(append([]string{}, areas...), streets...) {
		p.parkArea = append(p.parkArea, p.add(orgPlan{name: name, kind: rule.Committee, within: p.park, mode: "regional", host: "superior", founded: core.NewDate(1998, 7, 1)}))
	}
	for s := range streets { // 5 × 30 × (1 + 3) = 600
		for c := range 30 {
			name := fmt.Sprintf("%s%s社区", community[(s*3+c)%len(community)], []string{"", "东", "西", "南", "北", "中"}[c/5])
			name = p.names.once(func() string { return name })
			up := p.add(orgPlan{name: name + "党总支", kind: rule.GeneralBranch, within: p.parkArea[5+s], mode: "own", host: "community", founded: long(), termEnds: p.term()})
			for b := range 3 {
				p.add(orgPlan{name: fmt.Sprintf("%s第%s党支部", name, ordinals[b]), kind: rule.Branch, within: up, mode: "own", host: "community", founded: long(), termEnds: p.term(), size: 1})
			}
		}
	}
	p.institutions()
	p.committees(40, rule.Committee, "党委", 5)
	p.committees(85, rule.GeneralBranch, "党总支", 3)
	p.single(455)
	p.joint(260)
}

var ordinals = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}

// institutions plans schools, hospitals and state-owned companies: 75 × (1 + 5) +
// 125 = 575.
func (p *plan) institutions() {
	kinds := []string{"institution", "state_owned", "state_controlled", "collective"}
	words := []string{"实验学校", "医院", "城市建设公司", "公共服务中心", "图书档案馆", "公用事业公司", "幼儿园", "科技招商公司"}
	host := func() int {
		name := p.names.once(func() string {
			return "园区" + string(brands[p.r.IntN(len(brands))]) + string(brands[p.r.IntN(len(brands))]) + words[p.r.IntN(len(words))]
		})
		return p.enterprise(enterprisePlan{name: name, kind: kinds[p.r.IntN(len(kinds))], industry: "公共服务", state: "operating", employees: 40 + p.r.IntN(600), org: p.parkArea[p.r.IntN(10)]})
	}
	for range 75 {
		h := host()
		p.family(h, rule.GeneralBranch, "党总支", 5)
	}
	for range 125 {
		h := host()
		p.family(h, rule.Branch, "党支部", 0)
	}
}

// enterprise plans an enterprise and returns its index.
func (p *plan) enterprise(e enterprisePlan) int {
	if e.from.IsZero() {
		e.from = core.NewDate(2019, 1, 1)
	}
	if e.verified.IsZero() && e.state != "listed" {
		e.verified = p.today.AddDays(-1 - p.r.IntN(110))
		if p.r.IntN(90) == 0 {
			e.verified = p.today.AddDays(-370 - p.r.IntN(200))
		}
	}
	p.enterprises = append(p.enterprises, e)
	return len(p.enterprises) - 1
}

// family plans an organisation of an enterprise and branches below it.
func (p *plan) family(host int, kind rule.OrgKind, word string, branches int) {
	e := p.enterprises[host]
	founded := p.between(core.NewDate(2000, 1, 1), core.NewDate(2022, 12, 1))
	top := orgPlan{name: e.name + word, kind: kind, within: e.org, mode: "own", host: "legal_person", founded: founded, termEnds: p.term(), hosts: []int{host}}
	if branches == 0 {
		top.size = 1
	}
	up := p.add(top)
	for b := range branches {
		p.add(orgPlan{name: fmt.Sprintf("%s第%s党支部", e.name, ordinals[b]), kind: rule.Branch, within: up, mode: "own", host: "legal_person",
			founded: p.between(founded, FirstDay), termEnds: p.term(), hosts: []int{host}, size: 1})
	}
}

// twoNew plans an enterprise of the two-new below one of the park's areas.
func (p *plan) twoNew(state string) int {
	kind := twoNewTypes[p.r.IntN(len(twoNewTypes))]
	i := p.r.IntN(10)
	e := enterprisePlan{
		name: p.names.company(), kind: kind, industry: industry[p.r.IntN(len(industry))], state: state,
		employees: 12 + p.r.IntN(60)*p.r.IntN(12), org: p.parkArea[i], share: foreignShare(p.r, kind), street: roads[p.r.IntN(len(roads))],
	}
	if p.r.IntN(3) == 0 {
		e.chain = chains[p.r.IntN(len(chains))]
	}
	if p.r.IntN(4) == 0 {
		e.building, e.floor = buildings[p.r.IntN(len(buildings))], 1+p.r.IntN(24)
	}
	return p.enterprise(e)
}

func (p *plan) committees(n int, kind rule.OrgKind, word string, branches int) {
	for range n {
		host := p.twoNew("operating")
		p.enterprises[host].employees = 200 + p.r.IntN(3000)
		p.family(host, kind, word, branches)
	}
}

// sig is the named enterprise of the report in the park.
const sig = "康美包（苏州）"

func (p *plan) single(n int) {
	for i := range n {
		host := p.twoNew("operating")
		if i == 0 {
			e := &p.enterprises[host]
			share := 100
			e.name, e.kind, e.industry, e.employees, e.share, e.org = sig, "foreign_owned", "高端装备", 620, &share, p.parkArea[0]
		}
		p.family(host, rule.Branch, "党支部", 0)
	}
}

func (p *plan) joint(n int) {
	for range n {
		hosts := []int{}
		for range 2 + p.r.IntN(3) {
			h := p.twoNew("operating")
			p.enterprises[h].employees = 10 + p.r.IntN(60)
			hosts = append(hosts, h)
		}
		first := p.enterprises[hosts[0]]
		p.add(orgPlan{name: first.name + "等联合党支部", kind: rule.JointBranch, within: first.org, mode: "joint", host: "several",
			founded: p.between(core.NewDate(2010, 1, 1), core.NewDate(2022, 12, 1)), termEnds: p.term(), hosts: hosts, size: 1})
	}
}
