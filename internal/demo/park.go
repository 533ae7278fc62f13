package demo

import (
	"fmt"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// parkChanges plans what came and went after FirstDay: 168 founded and 72
// dissolved by SecondDay, which is 96 more; 40 and 15 since.
func (p *plan) parkChanges() {
	p.dissolve(72, FirstDay.AddDays(1), SecondDay)
	for i := range 168 {
		p.found(p.between(FirstDay.AddDays(1), SecondDay), i)
	}
	p.dissolve(15, SecondDay.AddDays(1), p.today.AddDays(-30))
	for i := range 40 {
		p.found(p.between(SecondDay.AddDays(1), p.today.AddDays(-20)), 200+i)
	}
}

// dissolve ends single and joint branches of the two-new, at random.
func (p *plan) dissolve(n int, from, to core.Date) {
	for n > 0 {
		o := &p.orgs[p.r.IntN(len(p.orgs))]
		e := -1
		if len(o.hosts) > 0 {
			e = o.hosts[0]
		}
		lone := e >= 0 && rule.TwoNew(p.enterprises[e].kind) && p.enterprises[e].name != sig && (o.kind == rule.JointBranch || o.kind == rule.Branch && len(o.hosts) == 1 && o.name == p.enterprises[e].name+"党支部")
		if !lone || !o.dissolved.IsZero() || !o.founded.Before(from) {
			continue
		}
		o.dissolved, o.size = p.between(from, to), 0
		n--
	}
}

// found adds a branch of the two-new on a day; every fifth of a platform's
// riders or of a floating kind.
func (p *plan) found(on core.Date, i int) {
	host := p.twoNew("operating")
	o := orgPlan{name: p.enterprises[host].name + "党支部", kind: rule.Branch, within: p.enterprises[host].org, mode: "own", host: "legal_person", founded: on, termEnds: p.term(), hosts: []int{host}, size: 1}
	if i%25 == 0 {
		o.kind, o.mode, o.host, o.termEnds = rule.FloatingBranch, "trade", "several", core.Date{}
		o.name = fmt.Sprintf("外卖配送行业流动党员第%d党支部", i/25+1)
		p.enterprises[host].platform = platforms[i/25%2]
	}
	p.add(o)
}

// parkEnterprises plans the enterprises of the park without an organisation:
// those covered by work alone and those not covered, with every reason, and
// those that do not count because they do not operate.
func (p *plan) parkEnterprises() {
	contacts := []string{"instructor", "instructor", "instructor", "liaison", "liaison", "union", "league"}
	for range 1150 {
		e := &p.enterprises[p.twoNew("operating")]
		e.contact, e.members = contacts[p.r.IntN(len(contacts))], p.r.IntN(3)
		e.lastVisit = p.today.AddDays(-1 - p.r.IntN(58))
		if p.r.IntN(15) == 0 {
			e.lastVisit = p.today.AddDays(-61 - p.r.IntN(90)) // nominal
		}
		if e.contact == "instructor" && p.r.IntN(20) == 0 {
			e.contactEnds = p.today.AddDays(-25 + p.r.IntN(60))
		}
		if p.r.IntN(40) == 0 {
			e.platform = platforms[p.r.IntN(2)]
		}
	}
	p.uncovered(86, func(e *enterprisePlan) { e.members, e.employees = 3+p.r.IntN(4), 60+p.r.IntN(400) })
	p.uncovered(203, func(e *enterprisePlan) { e.members = 1 + p.r.IntN(2) })
	p.uncovered(214, func(e *enterprisePlan) { e.members = 0 })
	for range 60 { // newly registered, not yet visited
		e := &p.enterprises[p.twoNew("listed")]
		e.from = p.today.AddDays(-2 - p.r.IntN(85))
	}
	for i := range 190 {
		p.twoNew([]string{"shell", "suspended", "closed", "moved"}[i%4])
	}
}

func (p *plan) uncovered(n int, describe func(*enterprisePlan)) {
	obstacles := []string{"", "", "owner_disagrees", "about_to_move", "seasonal"}
	for range n {
		e := &p.enterprises[p.twoNew("operating")]
		describe(e)
		e.obstacle = obstacles[p.r.IntN(len(obstacles))]
	}
}

// parkMembers shares the members of SecondDay among the branches that live on
// it, so that they add up exactly.
func (p *plan) parkMembers() {
	var open []*orgPlan
	total := 0
	for i := p.park; i < len(p.orgs); i++ {
		o := &p.orgs[i]
		if o.size == 0 || o.founded.After(SecondDay) {
			if o.size > 0 {
				o.size = 5 + p.r.IntN(12)
			}
			continue
		}
		o.size = 12 + p.r.IntN(34)
		if o.kind == rule.JointBranch {
			o.size = 6 + p.r.IntN(12)
		}
		total += o.size
		open = append(open, o)
	}
	for i := 0; total != SecondMembers; i = (i + 1) % len(open) {
		switch o := open[i]; {
		case total < SecondMembers && o.size < 49:
			o.size++
			total++
		case total > SecondMembers && o.size > 4:
			o.size--
			total--
		}
	}
}
