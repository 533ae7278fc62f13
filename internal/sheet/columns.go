package sheet

// OrgColumns are the items of a ledger of organisations. The first name of each
// is the usual heading; fold makes one of the others written in traditional
// characters, with brackets, marks or blanks.
var OrgColumns = []Column{
	{"name", []string{"党组织名称", "组织名称", "名称", "党组织全称", "党组织", "组织全称", "党支部名称", "支部名称", "机构名称", "Name", "Organisation", "Organization", "Organisation name", "Party organisation"}},
	{"parent", []string{"上级党组织", "上级党组织名称", "上级组织", "上级组织名称", "上级", "所属党组织", "隶属党组织", "隶属", "上级党委", "直属上级", "主管党组织", "Parent", "Parent organisation", "Parent organization", "Under", "Superior"}},
	{"type", []string{"党组织类别", "党组织类型", "组织类别", "组织类型", "类别", "类型", "组织形式", "党组织形式", "组织设置", "设置类型", "Type", "Kind", "Category", "Organisation type"}},
	{"founded_on", []string{"成立日期", "成立时间", "组建日期", "组建时间", "建立日期", "建立时间", "设立日期", "设立时间", "批准成立日期", "批复日期", "Founded", "Founded on", "Set up on", "Established", "Date founded"}},
	{"term_ends_on", []string{"本届任期届满日期", "任期届满日期", "届满日期", "届满时间", "任期届满时间", "本届届满日期", "本届届满时间", "换届日期", "换届时间", "任期截止日期", "下次换届时间", "应换届日期", "Term ends", "Term ends on", "End of term", "Term of office ends"}},
	{"enterprise", []string{"所在单位名称", "所在单位", "单位名称", "企业名称", "所在企业", "所在企业名称", "依托单位", "公司名称", "建立党组织的单位", "Enterprise", "Enterprise name", "Company", "Employer", "Host"}},
	{"credit_code", []string{"统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "组织机构代码", "企业信用代码", "单位代码", "Credit code", "Unified social credit code", "USCC"}},
	{"enterprise_type", []string{"单位类型", "单位性质", "企业类型", "企业性质", "经济类型", "所有制", "单位类别", "单位性质类别", "企业所有制", "登记注册类型", "Enterprise type", "Ownership", "Company type"}},
	{"employees", []string{"职工人数", "职工数", "员工人数", "员工数", "职工总数", "员工总数", "从业人员数", "从业人数", "在岗职工数", "用工人数", "Employees", "Number of employees", "Staff", "Headcount"}},
	{"chain", []string{"产业链", "所属产业链", "产业", "产业集群", "产业链名称", "链", "Chain", "Industry chain", "Industrial chain"}},
	{"building", []string{"楼宇", "所在楼宇", "楼宇名称", "楼栋", "所在楼栋", "大厦", "楼", "办公楼宇", "商务楼宇", "Building", "Office building"}},
}

// MemberColumns are the items of a roster of members.
var MemberColumns = []Column{
	{"name", []string{"姓名", "党员姓名", "名字", "姓 名", "Name", "Full name", "Member"}},
	{"sex", []string{"性别", "男女", "Sex", "Gender"}},
	{"ethnicity", []string{"民族", "族别", "族", "Ethnicity", "Ethnic group", "Nationality"}},
	{"born_on", []string{"出生日期", "出生年月日", "出生年月", "出生时间", "生日", "出生", "Born", "Born on", "Date of birth", "Birth date", "Birthday"}},
	{"education", []string{"学历", "文化程度", "学历学位", "最高学历", "学历层次", "教育程度", "Education", "Degree", "Level of education"}},
	{"id_number", []string{"身份证号码", "身份证号", "公民身份号码", "公民身份证号码", "公民身份证号", "身份证", "身份号码", "证件号码", "证件号", "居民身份证号码", "居民身份证号", "身份证件号码", "ID number", "ID", "ID card", "Identity number", "ID card number", "Citizen id"}},
	{"joined_on", []string{"入党日期", "入党时间", "加入党组织日期", "加入党组织时间", "加入中共组织日期", "入党年月", "入党年月日", "加入中国共产党日期", "发展日期", "接收为预备党员日期", "Joined", "Joined on", "Date joined", "Joined the Party on", "Date of joining"}},
	{"confirmed_on", []string{"转正日期", "转正时间", "转为正式党员日期", "转为正式党员时间", "转正年月", "转正年月日", "成为正式党员日期", "Confirmed", "Confirmed on", "Full member since", "Date confirmed"}},
	{"category", []string{"人员类别", "党员类别", "党员类型", "人员类型", "类别", "党员身份", "党籍状态", "政治面貌", "Category", "Membership", "Member category", "Status"}},
	{"unit", []string{"所在党支部", "所在支部", "所属党支部", "所属支部", "所在党组织", "所属党组织", "党支部", "支部", "党组织", "党支部名称", "支部名称", "所在党支部名称", "组织关系所在党组织", "组织关系所在支部", "Unit", "Branch", "Party branch", "Organisation"}},
	{"position", []string{"工作岗位", "岗位", "职务", "工作职务", "现任职务", "岗位职务", "职业", "工作岗位职务", "行政职务", "Position", "Job", "Job title", "Post"}},
	{"phone", []string{"手机号码", "手机号", "手机", "联系电话", "联系方式", "电话", "电话号码", "移动电话", "联系手机", "本人联系电话", "Phone", "Mobile", "Mobile number", "Phone number", "Telephone", "Cell phone"}},
	{"note", []string{"备注", "说明", "其他", "备注说明", "Note", "Notes", "Remark", "Remarks"}},
}
