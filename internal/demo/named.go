package demo

import (
	"fmt"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// The organisations that the report names outside the park.
const (
	dow       = "陶氏张家港基地"
	yongzhuo  = "永卓控股"
	port      = "保税港务"
	institute = "东南大学苏州医疗器械研究院"
	academy   = "长江两新党建学院"
)

// zone plans Zhangjiagang's bonded zone and the town beside it.
func (p *plan) zone(city int) {
	top := p.add(orgPlan{name: "张家港市委", kind: rule.Committee, within: city, mode: "regional", host: "superior", founded: core.NewDate(1986, 12, 1)})
	zone := p.add(orgPlan{name: "张家港保税区党工委", kind: rule.Committee, within: top, mode: "regional", host: "superior", founded: core.NewDate(1992, 10, 16)})
	full := 100
	d := p.enterprise(enterprisePlan{name: dow, kind: "foreign_owned", industry: "化工", state: "operating", employees: 1900, org: zone, share: &full, chain: "化工新材料产业链"})
	p.unit(zone, d, dow+"党支部", rule.Branch, core.NewDate(2003, 9, 12), []string{"生产一支部", "生产二支部", "维修支部", "研发与质量支部", "物流支部", "行政支部"}, []int{31, 28, 22, 19, 18, 14})
	h := p.enterprise(enterprisePlan{name: port, kind: "mixed", industry: "港口物流", state: "operating", employees: 860, org: zone, chain: "现代物流产业链"})
	p.unit(zone, h, port+"党支部", rule.Branch, core.NewDate(2005, 3, 20), nil, []int{23})
	a := p.enterprise(enterprisePlan{name: academy, kind: "social_service", industry: "教育培训", state: "operating", employees: 24, org: zone})
	p.unit(zone, a, academy+"党支部", rule.Branch, core.NewDate(2021, 5, 10), nil, []int{9})
	town := p.add(orgPlan{name: "南丰镇党委", kind: rule.Committee, within: top, mode: "regional", host: "superior", founded: core.NewDate(1988, 4, 1)})
	y := p.enterprise(enterprisePlan{name: yongzhuo, kind: "private", industry: "钢铁", state: "operating", employees: 8200, org: town, chain: "高端装备产业链"})
	p.unit(town, y, yongzhuo+"党委", rule.Committee, core.NewDate(1998, 6, 18), []string{"第一炼钢厂支部", "第二炼钢厂支部", "轧钢一支部", "轧钢二支部", "设备支部", "研究院支部", "物流支部", "机关支部"}, []int{42, 38, 44, 36, 40, 28, 33, 25})
	p.others(zone, 60)
	p.others(town, 25)
}

// newDistrict plans Suzhou New District with the institute of the report.
func (p *plan) newDistrict(city int) {
	top := p.add(orgPlan{name: "苏州高新区党工委", kind: rule.Committee, within: city, mode: "regional", host: "superior", founded: core.NewDate(1992, 11, 9)})
	i := p.enterprise(enterprisePlan{name: institute, kind: "social_service", industry: "生物医药", state: "operating", employees: 140, org: top, chain: "生物医药产业链"})
	p.unit(top, i, institute+"党支部", rule.Branch, core.NewDate(2015, 10, 30), nil, []int{9})
	p.others(top, 45)
}

// unit plans a named organisation with its branches and their sizes.
func (p *plan) unit(within, host int, name string, kind rule.OrgKind, founded core.Date, branches []string, sizes []int) {
	o := orgPlan{name: name, kind: kind, within: within, mode: "own", host: "legal_person", founded: founded, termEnds: p.today.AddDays(400), hosts: []int{host}}
	if len(branches) == 0 {
		o.size = sizes[0]
		o.termEnds = p.today.AddDays(115)
	}
	up := p.add(o)
	for i, b := range branches {
		ends := p.today.AddDays(300 + 40*i)
		if i == 2 {
			ends = p.today.AddDays(120)
		}
		p.add(orgPlan{name: p.enterprises[host].name + b, kind: rule.Branch, within: up, mode: "own", host: "legal_person", founded: founded.AddMonths(6 * (i + 1)), termEnds: ends, hosts: []int{host}, size: sizes[i]})
	}
}

// others plans ordinary enterprises below a committee: a third with a branch
// of their own, the rest with a contact or with none.
func (p *plan) others(org, n int) {
	for i := range n {
		e := p.twoNew("operating")
		p.enterprises[e].org = org
		switch i % 3 {
		case 0:
			p.add(orgPlan{name: p.enterprises[e].name + "党支部", kind: rule.Branch, within: org, mode: "own", host: "legal_person", founded: p.between(core.NewDate(2008, 1, 1), core.NewDate(2024, 1, 1)), termEnds: p.term(), hosts: []int{e}, size: 4 + p.r.IntN(14)})
		case 1:
			p.enterprises[e].contact, p.enterprises[e].lastVisit = "instructor", p.today.AddDays(-1-p.r.IntN(50))
		default:
			p.enterprises[e].members = p.r.IntN(5)
		}
	}
}

// station names one of a platform's stations.
func station(platform string, i int) string { return fmt.Sprintf("%s第%d站", platform, i+1) }
