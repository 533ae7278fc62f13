package demo

import (
	"fmt"
	"math/rand/v2"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// The material of invented names. None of the people are real, and none of
// those that the report names stands here.
var (
	surnames  = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤")
	givens    = []rune("伟芳娜秀敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红建国玉梅鑫波斌莉宇浩凯健俊帆雪琳晨阳欣怡佳颖思雨婷子轩梓涵诺然博天佑志海燕春花秋月冬晓东龙鹏立新永康振德才福生宝银凤瑞祥吉利荣光庆丰学森树成功爱民卫")
	brands    = []rune("启岚沐川华澜云栖瑞泽恒屹博远嘉禾凌霄致合诚品睿思卓越明德星辰盛景海纳天元安诺康辰新宸润泽金桥东吴锦程佳讯宏图立信长风清源竹辉晟世昌")
	trades    = []string{"电子材料", "精密部件", "生物科技", "医药研发", "包装设备", "软件", "半导体", "自动化", "供应链", "光电", "新能源", "检测技术", "信息技术", "环保设备", "贸易", "人力资源", "餐饮管理", "物业服务", "设计", "教育科技"}
	industry  = []string{"高端装备", "生物医药", "纳米新材料", "人工智能", "现代物流", "商贸服务", "软件信息", "电子信息"}
	chains    = []string{"生物医药产业链", "纳米新材料产业链", "高端装备产业链", "人工智能产业链", "现代物流产业链"}
	buildings = []string{"星海大厦", "月亮湾国际中心", "创意产业园一期", "独墅湖科技楼", "现代传媒广场", "汇金大厦", "东沙湖基金小镇一号楼", "桑田科学岛服务楼"}
	platforms = []string{"甲外卖平台", "乙外卖平台"}
	roads     = []string{"现代大道", "金鸡湖大道", "苏虹东路", "启明路", "星湖街", "东长路", "唯新路", "仁爱路"}
	areas     = []string{"高端制造与国际贸易区党委", "独墅湖科教创新区党委", "金鸡湖商务区党委", "阳澄湖半岛旅游度假区党委", "苏相合作区党委"}
	streets   = []string{"金鸡湖街道党工委", "斜塘街道党工委", "娄葑街道党工委", "唯亭街道党工委", "胜浦街道党工委"}
	positions = []string{"工程师", "班组长", "研发经理", "车间主任", "财务", "人事", "质量主管", "操作工", "设备维护", "项目经理"}
	degrees   = []string{"大专", "本科", "本科", "硕士研究生", "博士研究生", "高中"}
	community = []string{"湖东", "莲花", "师惠", "新城", "玲珑", "东沙湖", "中塘", "荷韵", "翡翠", "淞涛", "澄湖", "车坊", "葑塘", "星涵", "泾园"}
)

// A namer invents names and never gives one twice.
type namer struct {
	r    *rand.Rand
	used map[string]bool
}

func (n *namer) once(make func() string) string {
	for try := 0; ; try++ {
		s := make()
		if try > 20 {
			s = fmt.Sprintf("%s%d", s, try)
		}
		if !n.used[s] {
			n.used[s] = true
			return s
		}
	}
}

func (n *namer) company() string {
	return n.once(func() string {
		a, b := brands[n.r.IntN(len(brands))], brands[n.r.IntN(len(brands))]
		return string([]rune{a, b}) + trades[n.r.IntN(len(trades))]
	})
}

func (n *namer) person() string {
	s := []rune{surnames[n.r.IntN(len(surnames))], givens[n.r.IntN(len(givens))]}
	if n.r.IntN(4) > 0 {
		s = append(s, givens[n.r.IntN(len(givens))])
	}
	return string(s)
}

// types of enterprises that belong to the two-new, in about the proportion of
// a park.
var twoNewTypes = []string{"private", "private", "private", "foreign_owned", "foreign_owned", "sino_foreign", "hmt", "mixed", "social_service", "social_group"}

func foreignShare(r *rand.Rand, kind string) *int {
	share := 0
	switch kind {
	case "foreign_owned":
		share = 100
	case "sino_foreign":
		share = 25 + 5*r.IntN(13)
	default:
		return nil
	}
	return &share
}

// creditCode invents a unified social credit code of an area that is assigned
// to nobody, with the check character that makes it valid (GB 32100).
func creditCode(r *rand.Rand) string {
	const set = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	b := []byte("91320599")
	for range 9 {
		b = append(b, set[r.IntN(len(set))])
	}
	return checked(string(b), set, func(s string) bool { return rule.CreditCode(s) == "" })
}

// idNumber invents an id number of an area that is assigned to nobody, with
// the check digit that makes it valid (GB 11643).
func idNumber(r *rand.Rand, born core.Date, male bool) string {
	seq := 2 * r.IntN(500)
	if male {
		seq++
	}
	s := fmt.Sprintf("320599%04d%02d%02d%03d", born.Year, born.Month, born.Day, seq)
	return checked(s, "0123456789X", func(s string) bool { _, bad := rule.IDNumber(s); return bad == "" })
}

// checked appends the only character of set that the check accepts.
func checked(s, set string, valid func(string) bool) string {
	for _, c := range set {
		if valid(s + string(c)) {
			return s + string(c)
		}
	}
	panic("demo: no check character fits " + s)
}

// phone invents a number of a range that is assigned to nobody.
func phone(r *rand.Rand) string { return fmt.Sprintf("1990%07d", r.IntN(10000000)) }

// floorName names a floor of a building.
func floorName(building string, n int) string { return fmt.Sprintf("%s%d层", building, n) }
