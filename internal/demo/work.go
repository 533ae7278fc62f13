package demo

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/project"
)

// A story is a project with its topics, as far as each has come.
type story struct {
	org, enterprise, title, why, measure, unit string
	before, target                             string
	state                                      project.State
	topics                                     []episode
}

// An episode is a topic of a team.
type episode struct {
	team, title, measure, unit, before, target string
	state                                      project.State
	lane                                       project.Lane
	after, changed, evidence                   string
}

// stories are those that the report names; what is measured is invented.
var stories = []story{
	{
		yongzhuo + "轧钢一支部", yongzhuo, "大规格易切削非调质钢", "客户要求芯部和边部硬度一致，大规格做不到。", "芯边硬度差", "HB", "38", "20", project.Running,
		[]episode{
			{"炼钢一班", "Φ150 以上芯部硬度偏低", "芯边硬度差", "HB", "31", "20", project.Running, "solving", "", "", ""},
			{"轧钢三班", "冷床分段缓冷", "缓冷段温差", "℃", "60", "25", project.Running, "trying", "", "", ""},
			{"检测班", "探伤盲区补扫", "盲区长度", "毫米", "40", "10", project.Finishing, "checking", "", "", ""},
			{"精整三班", "锯切毛刺自动清除", "每班返工", "支", "12", "3", project.Reviewed, "waiting", "", "", ""},
			{"加热二班", "加热炉均热段温差收窄", "均热段温差", "℃", "28", "12", project.Learned, "settled", "11", "工艺卡 GY-JR-07 V3", "三十炉测温记录"},
		},
	},
	{
		yongzhuo + "第一炼钢厂支部", yongzhuo, "SA335 P91 耐热焊丝钢", "进口焊丝交货慢，国产的韧性不够。", "冲击功", "焦", "38", "60", project.Paused,
		[]episode{
			{"连铸二班", "结晶器液位波动报警", "每周误报", "次", "14", "2", project.Partly, "settled", "4", "参数表 CS-22", "四周报警记录"},
			{"精炼二班", "硫化物形态控制", "长宽比", "", "5", "3", project.Chartered, "waiting", "", "", ""},
		},
	},
	{
		port + "党支部", port, "靠泊到开工四十五分钟", "船等锁销，每条船少装一个小时。", "靠泊到开工", "分钟", "82", "45", project.Running,
		[]episode{
			{"装卸二班", "吊具锁销快换", "换一次锁销", "分钟", "38", "15", project.Achieved, "settled", "11", "作业指导书 ZD-014 V3", "12 船计时表，安全员核对"},
			{"装卸一班", "堆场倒箱次数", "每百箱倒箱", "次", "31", "20", project.Running, "solving", "", "", ""},
			{"维修班", "门机润滑周期", "非计划停机", "小时", "9", "4", project.NotAchieved, "settled", "9", "", "一个季度的停机记录"},
		},
	},
	{
		dow + "生产一支部", dow, "开停车盲板不漏查", "开车前漏查盲板，返工要停一班。", "每次开车漏查", "处", "5", "0", project.Stopped, nil,
	},
	{
		institute + "党支部", institute, "手术导板临床需求对接", "医院提的需求要半年才有样机。", "需求到样机", "天", "180", "90", project.Finishing, nil,
	},
}

// work writes the projects and topics of the example, each with its history: at
// its start, on its way, and with what came of it.
func (b *builder) work(ctx context.Context) error {
	for i, s := range stories {
		if err := b.project(ctx, s, 200-20*i); err != nil {
			return err
		}
	}
	return nil
}

// at is the service on a day, so that what is written is dated.
func (b *builder) on(day core.Date) *project.Service {
	noon := time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, b.now.Location())
	return &project.Service{DB: b.db, Now: func() time.Time { return noon }}
}

func (b *builder) project(ctx context.Context, s story, ago int) error {
	org, e, start := b.orgIDs[b.at[s.org]-1], b.enterpriseOf(s.enterprise), b.today.AddDays(-ago)
	people, err := b.crew(ctx, org)
	if err != nil {
		return err
	}
	c := project.Charter{
		Title: s.title, Why: s.why, Measure: s.measure, Unit: s.unit, Baseline: quantity(s.before), Target: quantity(s.target),
		Acceptance: "连续三个批次，由不参加的人测量。", StartsOn: start, EndsOn: b.today.AddDays(ago), Leader: people[0], Owner: people[1],
	}
	p, err := b.bring(ctx, project.New{Kind: project.OfBranch, Org: org, Enterprise: e, Charter: c}, project.Running, start, episode{})
	if err != nil {
		return err
	}
	for i, t := range s.topics {
		if err := b.topic(ctx, p, t, start.AddDays(7+5*i), people); err != nil {
			return err
		}
	}
	for i := range 6 {
		share := core.Quantity(i) * (*c.Target - *c.Baseline) / 8
		value := *c.Baseline + share
		if err := b.on(start.AddDays(ago*i/6)).Measure(ctx, b.who, p.ID, start.AddDays(ago*i/6), &value); err != nil {
			return err
		}
	}
	for i, title := range []string{"定方案", "小试", "写进标准"} {
		m := project.Milestone{Title: title, DueOn: start.AddDays(ago * (i + 1) / 2)}
		if i == 0 {
			m.DoneOn = m.DueOn
		}
		if err := b.on(b.today).SetMilestone(ctx, b.who, p.ID, m); err != nil {
			return err
		}
	}
	if s.state == project.Running {
		return nil
	}
	_, err = b.on(b.today.AddDays(-9)).Move(ctx, b.who, p.ID, 0, s.state, map[bool]string{true: "等设备到货", false: ""}[s.state == project.Paused || s.state == project.Stopped])
	return err
}

func (b *builder) topic(ctx context.Context, p project.Project, t episode, start core.Date, people []core.PersonID) error {
	var team core.ID
	err := b.db.Tx(ctx, func(tx *db.Tx) error {
		made, err := enterprise.FormTeams(ctx, tx, b.who, b.now, []enterprise.Team{{Enterprise: p.Enterprise, Org: p.Org, Name: t.team}})
		if err == nil {
			team = made[0].ID
		}
		return err
	})
	if err != nil {
		return err
	}
	c := project.Charter{
		Title: t.title, Why: "班组天天碰到，先解决一个。", Measure: t.measure, Unit: t.unit, Baseline: quantity(t.before), Target: quantity(t.target),
		Acceptance: "两周里逐班记录，由质检核对。", StartsOn: start, EndsOn: b.today.AddDays(60), Leader: people[2],
	}
	_, err = b.bring(ctx, project.New{Kind: project.OfTeam, Org: p.Org, Team: team, Parent: p.ID, Charter: c}, t.state, start, t, people[3:]...)
	return err
}

// bring takes something from an idea as far as it has come.
func (b *builder) bring(ctx context.Context, n project.New, to project.State, start core.Date, t episode, crew ...core.PersonID) (project.Project, error) {
	s := b.on(start)
	p, err := s.Propose(ctx, b.who, n)
	for _, one := range crew {
		if err == nil {
			err = s.Join(ctx, b.who, p.ID, one, true)
		}
	}
	for _, st := range []project.State{project.Reviewed, project.Chartered, project.Running, project.Finishing} {
		if err != nil || p.State == to || st == project.Finishing && to != st {
			break
		}
		p, err = s.Move(ctx, b.who, p.ID, 0, st, "")
	}
	if err == nil && t.lane != "" && t.lane != project.Settled && t.lane != project.Lanes[0] {
		p, err = b.on(b.today.AddDays(-11)).Shift(ctx, b.who, p.ID, p.Lane, t.lane, "")
	}
	if err != nil || !to.Over() {
		return p, err
	}
	done := to
	if to == project.Learned {
		done = project.Achieved
	}
	day := b.today.AddDays(-25)
	p, err = b.on(day).Finish(ctx, b.who, p.ID, project.Finish{Outcome: project.Outcome{
		State: done, Result: quantity(t.after), Changed: t.changed, Evidence: t.evidence, WorkHours: 600, OwnHours: 800, Cost: 230000, On: day,
	}})
	if err == nil && to == project.Learned {
		p, err = b.on(b.today.AddDays(-5)).Learn(ctx, b.who, p.ID, 0, project.Lessons{Reached: "温差收到目标以内。", NotReached: "冬天还要再看一个月。", Reuse: "同样炉型的班组。"})
	}
	return p, err
}

func quantity(s string) *core.Quantity {
	q, err := core.ParseQuantity(s)
	if err != nil {
		return nil
	}
	return &q
}

func (b *builder) enterpriseOf(name string) core.EnterpriseID {
	for i, e := range b.enterprises {
		if e.name == name {
			return b.enterpriseIDs[i]
		}
	}
	return 0
}

// crew is the first people of a branch, by name.
func (b *builder) crew(ctx context.Context, org core.OrgID) (all []core.PersonID, err error) {
	err = b.db.View(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, func(r db.Row) (id core.PersonID, err error) { return id, r.Scan(&id) },
			`SELECT id FROM persons WHERE realm_id = $1 AND at_org = $2 ORDER BY name_key, id LIMIT 6`, b.who.Realm, org)
		return err
	})
	return all, err
}
