package intake

import (
	"strings"

	"tongpin/internal/member"
	"tongpin/internal/names"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

// A lexicon leads from the ways in which people write one of our words to its
// code. Spellings are folded: both scripts, any width, no blanks.
type lexicon map[string]string

// words returns a lexicon of lines "code: word word …".
func words(lines string) lexicon {
	l := lexicon{}
	for line := range strings.Lines(lines) {
		code, rest, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for w := range strings.SplitSeq(rest, ", ") {
			l[names.Fold(w)] = code
		}
	}
	return l
}

// say adds the words of the catalogs, so that what is exported in any language
// is read back.
func (l lexicon) say(code, key string) lexicon {
	for _, lang := range text.Langs {
		w := names.Fold(text.T(lang, key))
		if _, taken := l[w]; !taken {
			l[w] = code
		}
	}
	return l
}

// code returns the code of a word, or "".
func (l lexicon) code(written string) string {
	f := names.Fold(written)
	if c, ok := l[f]; ok {
		return c
	}
	plain, _, _ := strings.Cut(f, "(") // 民营企业（私营）
	return l[plain]
}

var orgKinds = func() lexicon {
	l := words(`
		committee: 党委, 基层党委, 党的基层委员会, 基层委员会, 委员会, 党委会, 机关党委, committee
		general_branch: 党总支, 党总支部, 总支, 总支部, 党总支部委员会, 党的总支部委员会, general party branch
		branch: 党支部, 支部, 单独党支部, 独立党支部, 单建党支部, 基层党支部, 党支部委员会, 党的支部委员会, branch, party branch
		joint_branch: 联合党支部, 联合支部, 联建党支部, 联合党支部委员会, joint party branch
		temporary_branch: 临时党支部, 临时支部, 项目临时党支部, temporary party branch
		floating_branch: 流动党员党支部, 流动党支部, 流动支部, 流动党员支部, floating branch, floating party branch`)
	for _, k := range rule.OrgKinds {
		l.say(string(k), k.Title().Key)
	}
	return l
}()

var enterpriseTypes = func() lexicon {
	l := words(`
		private: 民营, 民营企业, 私营, 私营企业, 民企, 私企, 私营有限责任公司, 民办企业, 内资民营, 非公有制企业, 非公企业, private
		foreign_owned: 外商独资, 外商独资企业, 外资, 外资企业, 外商投资企业, 外企, 外独, foreign, foreign-owned, wfoe
		sino_foreign: 中外合资, 中外合资企业, 合资, 合资企业, 中外合资经营企业, 中外合资经营, 中外合作, 中外合作企业, 中外合作经营企业, joint venture
		hmt: 港澳台资, 港澳台资企业, 港澳台, 港澳台投资, 港澳台投资企业, 港澳台商投资企业, 港澳台商独资, 台资, 台资企业, 港资, 港资企业, 澳资
		self_employed: 个体, 个体户, 个体工商户, 个体经营, sole trader
		mixed: 混合所有制, 混合所有制企业, 混合所有制（非国有控股）, mixed ownership
		social_group: 社会团体, 社团, 协会, 行业协会, 商会, 行业协会商会, association
		social_service: 社会服务机构, 民办非企业单位, 民办非企业, 民非, 民办学校, 民办医院
		foundation: 基金会
		intermediary: 中介机构, 社会中介组织, 中介组织, 律师事务所, 会计师事务所, 税务师事务所, 评估机构
		state_owned: 国有, 国有企业, 国企, 国有独资, 国有独资公司, 国有独资企业, 全民所有制, state-owned
		state_controlled: 国有控股, 国有控股企业, 国有控股公司, 国资控股, state-controlled
		collective: 集体, 集体企业, 集体所有制, 集体所有制企业
		institution: 事业, 事业单位, 公立学校, 公立医院
		government: 机关, 党政机关, 政府机关, 行政机关
		other: 其他, 其它, 其他单位, 其他企业`)
	for _, t := range rule.EnterpriseTypes {
		l.say(t.Code, t.Title().Key)
	}
	return l
}()

var personKinds = func() lexicon {
	l := words(`
		full: 正式党员, 正式, 中共党员, 党员, 在册正式党员, full, full member
		probationary: 预备党员, 预备, 中共预备党员, 在册预备党员, probationary, probationary member
		activist: 入党积极分子, 积极分子, 发展对象, activist
		applicant: 入党申请人, 申请入党人员, 申请人, applicant`)
	for _, k := range member.Kinds[:4] {
		l.say(k, member.KindTitle(k).Key)
	}
	return l
}()

var sexes = words(`
	male: 男, 男性, 男士, M, male
	female: 女, 女性, 女士, F, female`).say(string(rule.Male), "person_sex.male").say(string(rule.Female), "person_sex.female")
