package rule

import "tongpin/internal/core"

var twoNewEvaluators = []evaluator{
	{"two.definition", `{"enterprise_type":"foreign_owned"}`, evalDefinition},
	{"two.company_law", `{}`, func(*input, Calendars) Verdict { return CompanyConditions() }},
	{"two.org_coverage", `{"operating":120,"own":30,"joint":24,"should":36,"should_own":30}`, evalOrgCoverage},
	{"two.work_coverage", `{"operating":120,"own":30,"joint":24,"instructor":40,"mass_organisation":20,"both":12}`, evalWorkCoverage},
	{"two.instructor", `{"units":6}`, evalInstructor},
	{"two.party_workers", `{"employees":1200,"full_time":10,"state_owned":true}`, evalPartyWorkers},
	{"two.fund_soe", `{"previous_wages":"80000000.00","wages":"84000000.00","spent":"790000.00","carry":"0"}`, evalFundSOE},
	{"two.fund_nonpublic", `{"wages":"12000000.00","spent":"150000.00"}`, func(in *input, _ Calendars) Verdict {
		return FundNonPublic(in.money("wages"), in.money("spent")).nonPublic()
	}},
}

func evalDefinition(in *input, _ Calendars) Verdict {
	codes := make([]string, len(EnterpriseTypes))
	for i, t := range EnterpriseTypes {
		codes[i] = t.Code
	}
	t, _ := FindEnterpriseType(in.choice("enterprise_type", codes...))
	return TwoNewUnit(t)
}

// covered reads the units that organisations cover.
func (in *input) covered() Coverage {
	c := Coverage{Operating: in.count("operating"), Own: in.count("own"), Joint: in.count("joint")}
	if c.Own+c.Joint > c.Operating {
		in.fail("joint", "rule.input.above", "operating")
	}
	return c
}

func evalOrgCoverage(in *input, _ Calendars) Verdict {
	c := in.covered()
	c.Should, c.ShouldOwn = in.countOr("should", 0), in.countOr("should_own", 0)
	if c.Should > c.Operating {
		in.fail("should", "rule.input.above", "operating")
	}
	if c.ShouldOwn > c.Should {
		in.fail("should_own", "rule.input.above", "should")
	}
	if c.ShouldOwn > c.Own {
		in.fail("should_own", "rule.input.above", "own")
	}
	return OrgCoverage(c)
}

// evalWorkCoverage counts the other units by their union: those with an
// instructor or liaison, plus those with a union or league, less those with
// both.
func evalWorkCoverage(in *input, _ Calendars) Verdict {
	c := in.covered()
	instructor, mass, both := in.count("instructor"), in.count("mass_organisation"), in.count("both")
	if both > min(instructor, mass) {
		in.fail("both", "rule.input.above", "instructor, mass_organisation")
	}
	c.Work = instructor + mass - both
	if c.All().Num > c.Operating {
		in.fail("instructor", "rule.input.above", "operating")
	}
	return WorkCoverage(c)
}

func evalInstructor(in *input, _ Calendars) Verdict {
	s := Defaults()
	units, most := in.countOr("units", 0), in.countOr("usual_max", s.UnitsPerInstructor)
	has, n := in.flagIf("has_organisation"), in.countOr("instructors", 0)
	s.UnitsPerInstructor = most
	switch {
	case in.has("units") && in.has("has_organisation"):
		in.fail("has_organisation", "rule.input.either", "units")
	case in.has("has_organisation"):
		return InstructorNeeded(has, n)
	case !in.has("units"):
		in.fail("units", "rule.input.missing")
	}
	return InstructorLoad(units, s)
}

func evalPartyWorkers(in *input, _ Calendars) Verdict {
	return PartyWorkers(in.count("employees"), in.count("full_time"), in.flag("state_owned"), Defaults())
}

func evalFundSOE(in *input, _ Calendars) Verdict {
	last, wages := in.money("previous_wages"), in.moneyOr("wages")
	spent, carry := in.moneyOr("spent"), in.moneyOr("carry")
	if in.has("spent") != in.has("wages") {
		in.fail("wages", "rule.input.together", "spent")
		return judge("two.fund_soe", Info, core.Msg{})
	}
	return FundSOE(last, wages, spent, carry).soe()
}
