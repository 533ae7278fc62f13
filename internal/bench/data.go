// Package bench measures Tongpin against the floor: the smallest program over
// the same data on the same machine, which signs nobody in, checks no scope,
// seals nothing and keeps no journal. Runs are paired, A B A B, and only their
// ratio counts, because machines differ and drift.
package bench

import (
	"fmt"
	"math/rand/v2"

	"tongpin/internal/core"
	"tongpin/internal/member"
)

// levels is how many organisations each level of the tree has: city, district,
// park, committee, branch, group.
var levels = []int{1, 20, 180, 1800, 12000, 45999}

var (
	surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤")
	givens   = []rune("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲华红建国玉梅鑫波斌莉宇浩凯健俊帆雪琳晨阳欣怡佳颖思雨婷轩梓涵一诺然博天佑志海燕春花秋月冬晓东小龙大鹏立新永康振德才福生金宝银凤瑞祥吉利荣光庆丰学林树森成功爱民卫")
	levelOf  = []string{"市", "区", "园区", "企业党委", "支部", "小组"}
)

// A node is an organisation of the data set; parent is its index, -1 for none.
type node struct {
	name          string
	parent, level int
	path          string // indexes + 1 from the root: "1.5.77."
	district      int    // index of the ancestor on level 1, or -1
}

func tree() []node {
	var all []node
	var above []int
	for level, n := range levels {
		var here []int
		for i := range n {
			o := node{parent: -1, level: level, district: -1}
			id := len(all) + 1
			o.path = fmt.Sprintf("%d.", id)
			if level > 0 {
				o.parent = above[i%len(above)]
				o.path = all[o.parent].path + o.path
				o.district = all[o.parent].district
			}
			if level == 1 {
				o.district = len(all)
			}
			o.name = fmt.Sprintf("%c%c%s%d", givens[id%len(givens)], givens[id*7%len(givens)], levelOf[level], id)
			here = append(here, len(all))
			all = append(all, o)
		}
		above = here
	}
	return all
}

// A people invents the same people each time; at is the index of the
// organisation that each belongs to.
type people struct {
	r    *rand.Rand
	tree []node
	n    int
}

func newPeople(t []node) *people { return &people{r: rand.New(rand.NewPCG(1, 2)), tree: t} }

func (p *people) name() string {
	r := p.r
	s := []rune{surnames[r.IntN(len(surnames))], givens[r.IntN(len(givens))]}
	if r.IntN(4) > 0 {
		s = append(s, givens[r.IntN(len(givens))])
	}
	return string(s)
}

// next invents a person: four fifths belong to groups, most others to
// branches.
func (p *people) next() (e member.Enrolment, at int) {
	r := p.r
	p.n++
	first := func(level int) int {
		n := 0
		for _, c := range levels[:level] {
			n += c
		}
		return n
	}
	level := 3
	switch x := r.IntN(100); {
	case x < 80:
		level = 5
	case x < 95:
		level = 4
	}
	at = first(level) + r.IntN(levels[level])
	born := core.NewDate(1950+r.IntN(50), 1, 1).AddDays(r.IntN(364))
	e = member.Enrolment{
		Name: p.name(), Sex: [2]string{"male", "female"}[r.IntN(2)], Ethnicity: "汉族", BornOn: born, Education: "本科",
		Phone: fmt.Sprintf("1990%07d", r.IntN(10000000)), IDNumber: idNumber(born, p.n), JoinedOn: born.AddMonths(12 * 20),
		ConfirmedOn: born.AddMonths(12 * 21), Kind: member.Full, Position: "党员", From: born.AddMonths(12 * 20),
	}
	if r.IntN(100) < 10 {
		e.Kind, e.ConfirmedOn = member.Probationary, core.Date{}
	}
	return e, at
}

var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// idNumber numbers the n-th person; the area cannot hold them all, so it counts
// on beyond the one that is assigned to nobody.
func idNumber(born core.Date, n int) string {
	s := fmt.Sprintf("%06d%04d%02d%02d%03d", 320599-n/1000%100000, born.Year, born.Month, born.Day, n%1000)
	sum := 0
	for i, w := range weights {
		sum += w * int(s[i]-'0')
	}
	return s + string("10X98765432"[sum%11])
}
