package intake

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
	"tongpin/internal/sheet"
)

// firmColumns are the items of a list of enterprises, with or without an
// organisation.
var firmColumns = []sheet.Column{
	{Key: "name", Names: []string{"企业名称", "单位名称", "企业", "公司名称", "名称", "单位全称", "企业全称", "Enterprise", "Enterprise name", "Company", "Company name", "Name"}},
	{Key: "credit_code", Names: []string{"统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "企业信用代码", "单位代码", "Credit code", "Unified social credit code", "USCC"}},
	{Key: "unit", Names: []string{"所属党组织", "联系党组织", "管理党组织", "所在党组织", "主管党组织", "上级党组织", "党组织", "Organisation", "Looked after by", "Party organisation", "Unit"}},
	{Key: "type", Names: []string{"单位类型", "企业类型", "单位性质", "企业性质", "经济类型", "类型", "Enterprise type", "Type", "Ownership", "Company type"}},
	{Key: "industry", Names: []string{"行业", "所属行业", "行业类别", "国民经济行业", "Industry", "Sector"}},
	{Key: "employees", Names: []string{"职工人数", "职工数", "员工人数", "员工数", "从业人员数", "从业人数", "用工人数", "Employees", "Number of employees", "Staff", "Headcount"}},
	{Key: "foreign_share", Names: []string{"外资比例", "外资占比", "外方股比", "外资比例（%）", "Foreign share", "Foreign share (%)"}},
	{Key: "state", Names: []string{"经营状态", "运营状态", "经营状况", "状态", "State", "Operating state", "Status"}},
	{Key: "verified_on", Names: []string{"核实日期", "走访日期", "最近走访日期", "核实时间", "摸排日期", "Verified on", "Last visited on", "Visited on"}},
	{Key: "members_found", Names: []string{"党员人数", "党员数", "正式党员数", "正式党员人数", "Members found", "Party members", "Full members"}},
	{Key: "chain", Names: []string{"产业链", "所属产业链", "产业链名称", "Chain", "Industry chain", "Industrial chain"}},
	{Key: "building", Names: []string{"楼宇", "所在楼宇", "楼宇名称", "商务楼宇", "大厦", "Building", "Office building"}},
}

var firmStates = func() lexicon {
	l := words(`
		listed: 待走访, 未走访, 在册, 存续, 开业, listed
		operating: 在营, 正常经营, 正常, 经营中, 正常运营, 正常生产, 运营, operating
		shell: 空壳, 空壳企业, 无实际经营, shell
		suspended: 停业, 歇业, 停产, 停产停业, 停工, suspended
		moved: 已迁出, 迁出, 外迁, 已外迁, moved
		closed: 已注销, 注销, 吊销, 已吊销, 关闭, 倒闭, closed`)
	for _, s := range enterprise.OperatingStates {
		l.say(s, enterprise.StateTitle(s).Key)
	}
	return l
}()

// firms is a list of enterprises.
type firms struct {
	units *units
	codes map[string]int            // the row above that has a credit code, or the name without one
	above map[core.EnterpriseID]int // the row above that is that enterprise
	homes map[core.OrgID]string     // names of organisations
}

// A firmLine is a row of a list of enterprises as read.
type firmLine struct {
	r     enterprise.Registration
	unit  string
	share int // percent; -1: not given
	staff int
	found int
	chain []string
	build []string
	was   enterprise.Enterprise
	plan  plan
}

func newFirms() *firms {
	return &firms{units: newUnits(), codes: map[string]int{}, above: map[core.EnterpriseID]int{}, homes: map[core.OrgID]string{}}
}

func (*firms) columns() []sheet.Column { return firmColumns }
func (*firms) needs() access.Action    { return access.ImportOrgs }

// read reads the cells of an enterprise.
func (*firms) read(r *run, row sheet.Row, l *line) {
	c := reader{r, row, l}
	f := &firmLine{}
	l.firm = f
	f.r.Name = c.title("name")
	if f.r.Name == "" && row.Cell("name").Text == "" {
		c.note("name", "name.missing")
	}
	f.r.CreditCode = c.creditCode("credit_code")
	f.unit = c.title("unit")
	f.r.Type = c.coded("type", enterpriseTypes, "enterprise_type.unknown")
	f.r.Industry = c.words("industry")
	f.staff = c.number("employees")
	if f.share = c.number("foreign_share"); f.share > 100 {
		c.note("foreign_share", "number.invalid")
	}
	f.r.State = c.coded("state", firmStates, "state.unknown")
	f.r.VerifiedOn = c.day("verified_on", false)
	f.found = c.number("members_found")
	f.chain = list(c.title("chain"))
	f.build = list(c.title("building"))
	for n, to := range map[*int]**int{&f.staff: &f.r.Employees, &f.share: &f.r.ForeignShare, &f.found: &f.r.MembersFound} {
		if *n >= 0 {
			*to = n
		}
	}
	l.Title, l.Place = f.r.Name, f.unit
	if f.r.Name == "" {
		l.Title = masked("name", row.Cell("name").Text)
	}
}

// key is what makes two rows of a file the same enterprise.
func (f *firmLine) key() string {
	if f.r.CreditCode != "" {
		return f.r.CreditCode
	}
	return "name " + names.Fold(f.r.Name)
}

func (b *firms) judge(ctx context.Context, q db.Querier, r *run, part []*line) error {
	for _, l := range part {
		l.start()
		if err := b.decide(ctx, q, r, l); err != nil {
			return err
		}
		if l.Verdict.taken() {
			b.remember(l)
		}
		r.order(l)
	}
	return nil
}

// accept remembers a line that earlier work has accepted.
func (b *firms) accept(_ context.Context, _ db.Querier, _ *run, l *line) error {
	b.remember(l)
	return nil
}

func (b *firms) remember(l *line) {
	b.codes[l.firm.key()] = l.Number
	id := l.firm.was.ID
	fill(&id, core.EnterpriseID(l.Subject))
	if id != 0 {
		b.above[id] = l.Number
	}
}

// decide gives a line its verdict.
func (b *firms) decide(ctx context.Context, q db.Querier, r *run, l *line) error {
	f := l.firm
	f.was, f.plan, f.r.Org = enterprise.Enterprise{}, plan{}, 0
	if l.bar == nil {
		if err := b.place(ctx, q, r, l); err != nil {
			return err
		}
	}
	if l.rejected() {
		return nil
	}
	if above := b.codes[f.key()]; above != 0 && above != l.Number {
		l.clash(Problem{Code: "enterprise.twice_in_file", Written: strconv.Itoa(above)})
		return nil
	}
	var err error
	f.was, err = findFirm(ctx, q, r, f.r.CreditCode, f.r.Name)
	switch {
	case errors.Is(err, core.Conflict):
		l.clash(Problem{Column: "name", Letter: r.letter("name"), Code: "enterprise.ambiguous", Written: f.r.Name})
		return nil
	case errors.Is(err, core.NotFound):
		return b.fresh(r, l)
	case err != nil:
		return err
	}
	if above := b.above[f.was.ID]; above != 0 && above != l.Number {
		l.clash(Problem{Code: "enterprise.twice_in_file", Written: strconv.Itoa(above)})
		return nil
	}
	if err := r.may(ctx, q, f.was.Org, f.was.Path); err != nil {
		l.clash(Problem{Column: "name", Letter: r.letter("name"), Code: "enterprise.out_of_scope", Written: f.r.Name})
		return nil
	}
	return b.compare(ctx, q, r, l)
}

// place finds the organisation that looks after the enterprise.
func (b *firms) place(ctx context.Context, q db.Querier, r *run, l *line) error {
	f := l.firm
	if f.unit == "" || slices.ContainsFunc(l.shape, func(p Problem) bool { return p.Column == "unit" }) {
		return nil
	}
	p, at, err := b.units.one(ctx, q, r, "unit", f.unit, "problem.org.unknown")
	if p.Code != "" {
		l.Problems = append(l.Problems, p)
	}
	f.r.Org = at.ID
	return err
}

// fresh says what registering the enterprise of a line does.
func (b *firms) fresh(r *run, l *line) error {
	f := l.firm
	fill(&f.r.Org, r.under.ID)
	f.plan.register = true
	f.plan.group(l, nil, enterprise.Chain, f.chain)
	f.plan.group(l, nil, enterprise.Building, f.build)
	l.Verdict, l.Changes = New, nil
	l.change("credit_code", Value{}, Value{Text: f.r.CreditCode})
	l.change("type", Value{}, Value{Key: typeKey(f.r.Type)})
	l.change("employees", Value{}, count(f.r.Employees))
	return nil
}

func count(n *int) Value {
	if n == nil {
		return Value{}
	}
	return Value{Text: strconv.Itoa(*n)}
}

// compare notes what a row changes in an enterprise. An empty cell changes
// nothing.
func (b *firms) compare(ctx context.Context, q db.Querier, r *run, l *line) error {
	f := l.firm
	c, was, is := &f.plan.change, f.was, f.r
	words := func(column string, to **string, old, now string, say func(string) Value) {
		if now != "" && names.Width(now) != old {
			*to = &now
			l.change(column, say(old), say(now))
		}
	}
	plain := func(s string) Value { return Value{Text: s} }
	words("name", &c.Name, was.Name, is.Name, plain)
	words("credit_code", &c.CreditCode, was.CreditCode, is.CreditCode, plain)
	words("type", &c.Type, was.Type, is.Type, func(s string) Value { return Value{Key: typeKey(s)} })
	words("industry", &c.Industry, was.Industry, is.Industry, plain)
	words("state", &c.State, was.State, is.State, func(s string) Value { return Value{Key: stateKey(s)} })
	numbers := func(column string, to **int, old, now *int) {
		if now != nil && (old == nil || *old != *now) {
			*to = now
			l.change(column, count(old), count(now))
		}
	}
	numbers("employees", &c.Employees, was.Employees, is.Employees)
	numbers("foreign_share", &c.ForeignShare, was.ForeignShare, is.ForeignShare)
	numbers("members_found", &c.MembersFound, was.MembersFound, is.MembersFound)
	if !is.VerifiedOn.IsZero() && is.VerifiedOn != was.VerifiedOn {
		c.VerifiedOn = &f.r.VerifiedOn
		l.change("verified_on", Value{Text: was.VerifiedOn.String()}, Value{Text: is.VerifiedOn.String()})
	}
	if is.Org != 0 && is.Org != was.Org {
		c.Org = &f.r.Org
		if err := b.changeHome(ctx, q, r, l, was.Org, is.Org); err != nil {
			return err
		}
	}
	f.plan.changes = len(l.Changes) > 0
	joined, err := enterprise.JoiningsNow(ctx, q, r.who.Realm, []core.EnterpriseID{was.ID})
	if err != nil {
		return err
	}
	f.plan.group(l, joined, enterprise.Chain, f.chain)
	f.plan.group(l, joined, enterprise.Building, f.build)
	l.Verdict = Unchanged
	if len(l.Changes) > 0 {
		l.Verdict, l.seen[0], c.Version = Changed, was.Version, was.Version
	}
	return nil
}

func stateKey(code string) string {
	if code == "" {
		return ""
	}
	return enterprise.StateTitle(code).Key
}

// changeHome notes that another organisation is to look after the enterprise.
func (b *firms) changeHome(ctx context.Context, q db.Querier, r *run, l *line, was, is core.OrgID) error {
	from, err := homeOf(ctx, q, r, b.homes, was)
	if err != nil {
		return err
	}
	to, err := homeOf(ctx, q, r, b.homes, is)
	l.change("unit", Value{Text: from}, Value{Text: to})
	return err
}

// write registers and changes the enterprises of a part.
func (b *firms) write(ctx context.Context, tx *db.Tx, r *run, part []*line) error {
	for _, l := range part {
		if !l.Verdict.taken() {
			continue
		}
		if err := b.writeOne(ctx, tx, r, l); err != nil {
			return &lineError{l, err, map[string]string{"org": "unit", "from": "verified_on"}}
		}
	}
	return nil
}

func (b *firms) writeOne(ctx context.Context, tx *db.Tx, r *run, l *line) error {
	f := l.firm
	e := f.was
	var err error
	switch {
	case f.plan.register:
		f.r.Batch = r.batch
		if e, err = enterprise.Register(ctx, tx, r.who, r.now, f.r); err != nil {
			return err
		}
	case f.plan.changes:
		f.plan.change.Batch = r.batch
		if e, err = enterprise.Apply(ctx, tx, r.who, r.now, e.ID, f.plan.change); err != nil {
			return err
		}
	}
	l.Subject = core.ID(e.ID)
	if e.Version != f.was.Version {
		l.didFirm(f.was, e, f.plan.change)
	}
	return f.plan.stand(ctx, tx, r, l, e.ID)
}

// didFirm notes that an enterprise was registered or changed.
func (l *line) didFirm(was, is enterprise.Enterprise, c enterprise.Change) {
	s := step{Do: stepEnterprise, Enterprise: int64(is.ID), Version: is.Version}
	if c.CreditCode != nil {
		s.Code = &was.CreditCode
	}
	l.did(s)
}
