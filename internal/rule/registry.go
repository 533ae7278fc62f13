package rule

import (
	"time"

	"tongpin/internal/core"
)

// The regulations, by the day from which their text is in force. Where only a
// month was seen, the first of it stands.
var (
	constitution2022 = core.Date{Year: 2022, Month: time.October, Day: 22}
	branchRules2018  = core.Date{Year: 2018, Month: time.October, Day: 28}
	terms2018        = core.Date{Year: 2018, Month: time.July, Day: 1}
	elections2020    = core.Date{Year: 2020, Month: time.July, Day: 13}
	members2019      = core.Date{Year: 2019, Month: time.May, Day: 1}
	stateOwned2019   = core.Date{Year: 2019, Month: time.December, Day: 30}
	admission2026    = core.Date{Year: 2026, Month: time.May, Day: 11}
	holidays2014     = core.Date{Year: 2014, Month: time.January, Day: 1}
	holidays2024     = core.Date{Year: 2024, Month: time.November, Day: 10}
	company2024      = core.Date{Year: 2024, Month: time.July, Day: 1}
	twoNew2012       = core.Date{Year: 2012, Month: time.January, Day: 1}
	funds2015        = core.Date{Year: 2015, Month: time.January, Day: 1}
	funds2017        = core.Date{Year: 2017, Month: time.January, Day: 1}
	training2019     = core.Date{Year: 2019, Month: time.January, Day: 1}
	training2024     = core.Date{Year: 2024, Month: time.January, Day: 1}
)

// since is a version that is still in force.
func since(from core.Date, citation string, c Confidence) Version {
	return Version{from.String(), from, core.Date{}, citation, c}
}

// until is a version that another has replaced.
func until(from, to core.Date, citation string, c Confidence) Version {
	return Version{from.String(), from, to, citation, c}
}

// always is a convention that no text dates.
func always(citation string, c Confidence) []Version {
	return []Version{{"1", core.Date{}, core.Date{}, citation, c}}
}

func only(v Version) []Version { return []Version{v} }

// rules is the registry, in the order of the numbers.
var rules = []Rule{
	{ID: "date.add_months", Number: "R-001", Title: core.M("rule.date.add_months"), Note: core.M("rule.date.note"),
		Versions: always("民法典 第二百零二条", SeenP)},
	{ID: "date.deadline_within", Number: "R-002", Title: core.M("rule.date.deadline_within"), Note: core.M("rule.date.deadline_within.note"),
		Versions: always("民法典 第二百零一条、第二百零三条", SeenP)},
	{ID: "date.min_elapsed", Number: "R-003", Title: core.M("rule.date.min_elapsed"), Note: core.M("rule.date.note"),
		Versions: always("民法典 第二百零二条", Design)},
	{ID: "date.age", Number: "R-004", Title: core.M("rule.date.age"),
		Versions: []Version{
			{"1", core.Date{}, admission2026, "中国共产党发展党员工作细则 第五条", Memory},
			since(admission2026, "中国共产党发展党员工作细则（2026） 第五条", SeenP),
		}},
	{ID: "number.inclusive_words", Number: "R-005", Title: core.M("rule.number.inclusive_words"),
		Versions: always("民法典 第一千二百五十九条", SeenP)},
	{ID: "number.exact_fraction", Number: "R-006", Title: core.M("rule.number.exact_fraction"),
		Versions: always("工程约定：整数比较", Design)},
	{ID: "rule.versioning", Number: "R-007", Title: core.M("rule.rule.versioning"), Note: core.M("rule.rule.versioning.note"),
		Versions: always("中国共产党发展党员工作细则（2026） 第四十四条", SeenP)},
	{ID: "cal.is_workday", Number: "R-008", Title: core.M("rule.cal.is_workday"),
		Versions: []Version{
			until(holidays2014, holidays2024, "全国年节及纪念日放假办法（2013修订）；国务院办公厅年度放假安排通知", Memory),
			since(holidays2024, "全国年节及纪念日放假办法（2024修订） 第二、三、六、七条；国务院办公厅年度放假安排通知", SeenP),
		}},
	{ID: "cal.publicity_end", Number: "R-009", Title: core.M("rule.cal.publicity_end"), Note: core.M("rule.cal.publicity_end.note"),
		Versions: []Version{
			{"1", core.Date{}, admission2026, "中国共产党发展党员工作细则 公示；民法典 第二百零一条", Memory},
			since(admission2026, "中国共产党发展党员工作细则（2026） 第十三条；民法典 第二百零一条", SeenP),
		}},
	{ID: "cal.completeness", Number: "R-010", Title: core.M("rule.cal.completeness"),
		Versions: []Version{
			until(holidays2014, holidays2024, "全国年节及纪念日放假办法（2013修订） 第二条", Memory),
			since(holidays2024, "全国年节及纪念日放假办法（2024修订） 第二条", SeenP),
		}},
	{ID: "org.must_establish", Number: "R-011", Title: core.M("rule.org.must_establish"),
		Versions: []Version{
			until(branchRules2018, constitution2022, "党章（2017） 第三十条；支部工作条例（试行） 第四条", Memory),
			since(constitution2022, "党章 第三十条；支部工作条例（试行） 第四条", SeenP),
		}},
	{ID: "org.joint_branch", Number: "R-012", Title: core.M("rule.org.joint_branch"), Soft: true,
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第五条", SeenP))},
	{ID: "org.branch_size", Number: "R-013", Title: core.M("rule.org.branch_size"), Soft: true,
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第四条", SeenP))},
	{ID: "org.general_branch_or_committee", Number: "R-014", Title: core.M("rule.org.general_branch_or_committee"), Soft: true,
		Note:     core.M("rule.org.general_branch_or_committee.note"),
		Versions: only(since(stateOwned2019, "党章 第三十条；国有企业基层组织工作条例（试行） 第四条；机关条例 第六条；浙江省非公有制企业党组织工作规定 第四至六条", SeenS))},
	{ID: "org.project_branch", Number: "R-015", Title: core.M("rule.org.project_branch"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第五条", SeenP))},
	{ID: "org.establish_procedure", Number: "R-016", Title: core.M("rule.org.establish_procedure"), Soft: true,
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第六条", SeenP))},
	{ID: "org.adjust_or_dissolve", Number: "R-017", Title: core.M("rule.org.adjust_or_dissolve"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第七条", Memory))},
	{ID: "org.temporary_branch", Number: "R-018", Title: core.M("rule.org.temporary_branch"),
		Versions: []Version{
			until(branchRules2018, admission2026, "支部工作条例（试行） 第八条", SeenP),
			since(admission2026, "支部工作条例（试行） 第八条；中国共产党发展党员工作细则（2026） 第二十二条", SeenP),
		}},
	{ID: "org.floating_branch", Number: "R-019", Title: core.M("rule.org.floating_branch"), Note: core.M("rule.org.floating_branch.note"),
		Versions: []Version{
			until(branchRules2018, admission2026, "支部工作条例（试行） 第五条、第十条", SeenP),
			since(admission2026, "支部工作条例（试行） 第五条、第十条；中国共产党发展党员工作细则（2026） 第六条、第四十条", SeenP),
		}},
	{ID: "org.branch_committee", Number: "R-020", Title: core.M("rule.org.branch_committee"), Soft: true,
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第二十条", SeenP))},
	{ID: "org.upper_committee_size", Number: "R-021", Title: core.M("rule.org.upper_committee_size"), Soft: true,
		Note:     core.M("rule.org.upper_committee_size.note"),
		Versions: only(since(stateOwned2019, "各地换届工作惯例；国有企业基层组织工作条例（试行） 第五、六条", SeenS))},
	{ID: "org.secretary_eligibility", Number: "R-022", Title: core.M("rule.org.secretary_eligibility"), Soft: true,
		Note:     core.M("rule.org.secretary_eligibility.note"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第二十三条", SeenS))},
	{ID: "org.secretary_training", Number: "R-023", Title: core.M("rule.org.secretary_training"), Soft: true,
		Note: core.M("rule.org.secretary_training.note"),
		Versions: []Version{
			until(training2019, training2024, "2019—2023年全国党员教育培训工作规划；支部工作条例（试行） 第二十四条", SeenS),
			since(training2024, "全国党员教育培训工作规划（2024—2028年）；支部工作条例（试行） 第二十四条", Memory),
		}},
	{ID: "org.party_groups", Number: "R-024", Title: core.M("rule.org.party_groups"), Soft: true, Note: core.M("rule.org.party_groups.note"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第十三条", Memory))},
	{ID: "member.one_branch", Number: "R-025", Title: core.M("rule.member.one_branch"),
		Versions: only(since(members2019, "党章 第八条；党员教育管理工作条例 第二十五条", SeenP))},
	{ID: "org.term_end", Number: "R-026", Title: core.M("rule.org.term_end"), Soft: true,
		Versions: only(since(terms2018, "关于党的基层组织任期的意见 一；党章 第三十一条；支部工作条例（试行） 第二十一条", SeenP))},
	{ID: "org.term_reminder", Number: "R-027", Title: core.M("rule.org.term_reminder"), Soft: true, Note: core.M("rule.org.term_reminder.note"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第二十一条", SeenP))},
	{ID: "org.term_early_late", Number: "R-028", Title: core.M("rule.org.term_early_late"),
		Versions: []Version{
			until(terms2018, elections2020, "关于党的基层组织任期的意见 二", SeenP),
			since(elections2020, "基层组织选举工作条例 第三条；关于党的基层组织任期的意见 二", SeenP),
		}},
	{ID: "org.by_election", Number: "R-029", Title: core.M("rule.org.by_election"), Soft: true, Note: core.M("rule.org.by_election.note"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第二十一条", SeenP))},
	{ID: "org.election_result_report", Number: "R-030", Title: core.M("rule.org.election_result_report"),
		Versions: only(since(branchRules2018, "支部工作条例（试行） 第二十一条；党章 第三十一条", SeenP))},
	{ID: "two.definition", Number: "R-103", Title: core.M("rule.two.definition"), Note: core.M("rule.two.definition.note"),
		Versions: only(since(twoNew2012, "中办发〔2012〕11号；关于加强社会组织党的建设工作的意见（2015）；中央社会工作部口径", SeenS))},
	{ID: "two.company_law", Number: "R-104", Title: core.M("rule.two.company_law"),
		Versions: []Version{
			{"1", core.Date{}, company2024, "公司法（2018） 第十九条", Memory},
			since(company2024, "公司法（2023） 第十八条", SeenP),
		}},
	{ID: "two.org_coverage", Number: "R-105", Title: core.M("rule.two.org_coverage"), Note: core.M("rule.two.org_coverage.note"),
		Versions: only(since(twoNew2012, "中办发〔2012〕11号 “两个覆盖”", SeenS))},
	{ID: "two.work_coverage", Number: "R-106", Title: core.M("rule.two.work_coverage"),
		Versions: only(since(twoNew2012, "中办发〔2012〕11号 “两个覆盖”", SeenS))},
	{ID: "two.instructor", Number: "R-107", Title: core.M("rule.two.instructor"), Note: core.M("rule.two.instructor.note"),
		Versions: only(since(twoNew2012, "中办发〔2012〕11号", SeenS))},
	{ID: "two.party_workers", Number: "R-108", Title: core.M("rule.two.party_workers"), Soft: true, Note: core.M("rule.two.party_workers.note"),
		Versions: always("未见全国统一数字", Memory)},
	{ID: "two.fund_soe", Number: "R-109", Title: core.M("rule.two.fund_soe"),
		Versions: only(since(funds2017, "组通字〔2017〕38号 一、二", SeenP))},
	{ID: "two.fund_nonpublic", Number: "R-110", Title: core.M("rule.two.fund_nonpublic"), Note: core.M("rule.two.fund_nonpublic.note"),
		Versions: only(since(funds2015, "成组通〔2015〕49号 一（一）（二）；川组通〔2015〕25号；组通字〔2014〕42号", Memory))},
}
