package rule

import "tongpin/internal/core"

// A Unit is what coverage asks about an enterprise or social organisation.
type Unit struct {
	Operating   bool // in real operation; shells, moved and suspended units do not count
	FullMembers int
	Own         bool // has an organisation of its own
	Joint       bool // is in a joint organisation
	Work        bool // has an instructor, a liaison, or a union or league through which Party work is done
}

// Coverage counts units. Every operating unit is counted once: by its own
// organisation, else by its joint one, else by Party work.
type Coverage struct {
	Operating int // units in real operation: the denominator
	Own       int // with an organisation of their own
	Joint     int // in a joint organisation and with none of their own
	Work      int // with neither, but with an instructor, liaison, union or league
	Should    int // with three full members or more
	ShouldOwn int // of these, with an organisation of their own
}

// Add counts the unit. Units not in operation are left out.
func (c *Coverage) Add(u Unit) {
	if !u.Operating {
		return
	}
	c.Operating++
	switch {
	case u.Own:
		c.Own++
	case u.Joint:
		c.Joint++
	case u.Work:
		c.Work++
	}
	if u.FullMembers >= ownBranchAt {
		c.Should++
		if u.Own {
			c.ShouldOwn++
		}
	}
}

// Plus returns the sum of two coverages of different units.
func (c Coverage) Plus(o Coverage) Coverage {
	return Coverage{
		c.Operating + o.Operating, c.Own + o.Own, c.Joint + o.Joint, c.Work + o.Work,
		c.Should + o.Should, c.ShouldOwn + o.ShouldOwn,
	}
}

// Org returns the organisation coverage: own and joint over operating units.
func (c Coverage) Org() core.Share { return core.Share{Num: c.Own + c.Joint, Den: c.Operating} }

// OwnRate returns the units with an organisation of their own over operating
// units.
func (c Coverage) OwnRate() core.Share { return core.Share{Num: c.Own, Den: c.Operating} }

// All returns the work coverage: units reached by an organisation or by Party
// work, each once, over operating units.
func (c Coverage) All() core.Share {
	return core.Share{Num: c.Own + c.Joint + c.Work, Den: c.Operating}
}

// ShouldRate returns the other denominator (应建已建): of the units that must
// have their own organisation, those that have.
func (c Coverage) ShouldRate() core.Share { return core.Share{Num: c.ShouldOwn, Den: c.Should} }

// OrgCoverage returns the verdict on organisation coverage. It warns
// when a unit that must have its own organisation has none.
func OrgCoverage(c Coverage) Verdict {
	const id = "two.org_coverage"
	values := Values{
		{"org_covered", c.Own + c.Joint}, {"operating", c.Operating}, {"org_rate", c.Org()}, {"own_rate", c.OwnRate()},
		{"should_rate", c.ShouldRate()}, {"to_set_up", c.Should - c.ShouldOwn},
	}
	switch {
	case c.Operating == 0:
		return judge(id, Info, core.M("rule.two.coverage.empty"), values...)
	case c.Should > c.ShouldOwn:
		return judge(id, Warn, core.M("rule.two.org_coverage.missing", c.Org(), c.Should-c.ShouldOwn), values...)
	}
	return judge(id, OK, core.M("rule.two.org_coverage.ok", c.Own+c.Joint, c.Operating, c.Org()), values...)
}

// WorkCoverage returns the verdict on work coverage. It warns when an
// operating unit is reached by nobody.
func WorkCoverage(c Coverage) Verdict {
	const id = "two.work_coverage"
	all := c.All()
	values := Values{{"covered", all.Num}, {"operating", c.Operating}, {"work_rate", all}, {"uncovered", c.Operating - all.Num}}
	switch {
	case c.Operating == 0:
		return judge(id, Info, core.M("rule.two.coverage.empty"), values...)
	case all.Num < c.Operating:
		return judge(id, Warn, core.M("rule.two.work_coverage.missing", all, c.Operating-all.Num), values...)
	}
	return judge(id, OK, core.M("rule.two.work_coverage.ok", c.Operating), values...)
}

// InstructorLoad judges how many units one instructor looks after. No national
// number exists; more than the setting warns.
func InstructorLoad(units int, s Settings) Verdict {
	const id = "two.instructor"
	values := Values{{"units", units}, {"usual_max", s.UnitsPerInstructor}}
	if units > s.UnitsPerInstructor {
		return judge(id, Warn, core.M("rule.two.instructor.load", units, s.UnitsPerInstructor), values...)
	}
	return judge(id, OK, core.M("rule.two.instructor.ok", units), values...)
}

// InstructorNeeded judges one operating unit: without an organisation it needs
// an instructor or a liaison.
func InstructorNeeded(hasOrg bool, instructors int) Verdict {
	const id = "two.instructor"
	values := Values{{"needed", !hasOrg}, {"instructors", instructors}}
	switch {
	case hasOrg:
		return judge(id, OK, core.M("rule.two.instructor.not_needed"), values...)
	case instructors == 0:
		return judge(id, Fail, core.M("rule.two.instructor.missing"), values...)
	}
	return judge(id, OK, core.M("rule.two.instructor.appointed"), values...)
}

// PartyWorkers judges the full-time Party staff of an enterprise. Only
// state-owned ones have a number, about 1 % of the employees.
func PartyWorkers(employees, fullTime int, stateOwned bool, s Settings) Verdict {
	const id = "two.party_workers"
	if !stateOwned {
		return judge(id, Info, core.M("rule.two.party_workers.none"), Value{"needed", 0}, Value{"full_time", fullTime})
	}
	needed := (employees*s.PartyWorkersPerMil + 999) / 1000
	values := Values{{"needed", needed}, {"full_time", fullTime}}
	if fullTime < needed {
		return judge(id, Warn, core.M("rule.two.party_workers.few", fullTime, needed), values...)
	}
	return judge(id, OK, core.M("rule.two.party_workers.ok", fullTime, needed), values...)
}
