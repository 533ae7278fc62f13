package enterprise

import (
	"slices"
	"strings"
	"time"

	"tongpin/internal/core"
)

// Values are what is dated of an enterprise.
type Values struct {
	Org          core.OrgID
	Name         string
	Type         string
	Industry     string
	Employees    *int
	ForeignShare *int
	MembersFound *int
	State        string
	VerifiedOn   core.Date
}

// A Fact is what held of an enterprise in a period, and when we knew it.
type Fact struct {
	ID     core.ID
	Period core.Period
	Values
	Reason       string
	Batch        core.ID
	RecordedAt   time.Time
	SupersededAt time.Time // zero while it stands
}

// A Change sets, from a day on, what it points at. What was recorded for later
// days stays where it already tells of another change of the same item.
type Change struct {
	Name         *string
	CreditCode   *string // not dated: a corrected code holds for all days
	Org          *core.OrgID
	Type         *string
	Industry     *string
	Employees    *int
	ForeignShare *int
	MembersFound *int
	State        *string
	VerifiedOn   *core.Date
	On           core.Date // zero: today
	Reason       string
	Batch        core.ID
	Version      int // 0: do not compare
}

// clean returns the change as it is written.
func (c Change) clean(today core.Date) Change {
	trim := func(p *string, f func(string) string) *string {
		if p == nil {
			return nil
		}
		s := f(*p)
		return &s
	}
	c.Name, c.CreditCode, c.Industry = trim(c.Name, strings.TrimSpace), trim(c.CreditCode, cleanCode), trim(c.Industry, strings.TrimSpace)
	c.Reason = strings.TrimSpace(c.Reason)
	if c.On.IsZero() {
		c.On = today
	}
	return c
}

// check returns a core.Invalid error that names each field to correct.
// registered is the first day on which the enterprise was on the list.
func (c Change) check(today, registered core.Date) error {
	var bad core.Fields
	if c.Name != nil {
		checkName(&bad, *c.Name)
	}
	if c.CreditCode != nil {
		checkCode(&bad, *c.CreditCode)
	}
	if c.Type != nil {
		checkType(&bad, *c.Type)
	}
	if c.State != nil {
		bad.If(!slices.Contains(OperatingStates, *c.State), "state", "enterprise.state.unknown", *c.State)
	}
	if c.VerifiedOn != nil {
		bad.If(c.VerifiedOn.After(today), "verified_on", "enterprise.date.future", *c.VerifiedOn)
	}
	checkNumbers(&bad, c.Employees, c.ForeignShare, c.MembersFound)
	bad.If(c.On.After(today), "on", "enterprise.date.future", c.On)
	bad.If(c.On.Before(registered), "on", "enterprise.date.before_registered", registered)
	checkRemark(&bad, "reason", c.Reason)
	return bad.Err()
}

// An item is one of the Values, as a Change treats it.
type item struct {
	given func(c *Change) bool
	same  func(a, b *Values) bool
	put   func(v *Values, c *Change)
}

func plain[T comparable](at func(*Values) *T, to func(*Change) *T) item {
	return item{
		given: func(c *Change) bool { return to(c) != nil },
		same:  func(a, b *Values) bool { return *at(a) == *at(b) },
		put:   func(v *Values, c *Change) { *at(v) = *to(c) },
	}
}

func number(at func(*Values) **int, to func(*Change) *int) item {
	return item{
		given: func(c *Change) bool { return to(c) != nil },
		same:  func(a, b *Values) bool { return sameNumber(*at(a), *at(b)) },
		put:   func(v *Values, c *Change) { n := *to(c); *at(v) = &n },
	}
}

func sameNumber(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }

var items = []item{
	plain(func(v *Values) *core.OrgID { return &v.Org }, func(c *Change) *core.OrgID { return c.Org }),
	plain(func(v *Values) *string { return &v.Name }, func(c *Change) *string { return c.Name }),
	plain(func(v *Values) *string { return &v.Type }, func(c *Change) *string { return c.Type }),
	plain(func(v *Values) *string { return &v.Industry }, func(c *Change) *string { return c.Industry }),
	number(func(v *Values) **int { return &v.Employees }, func(c *Change) *int { return c.Employees }),
	number(func(v *Values) **int { return &v.ForeignShare }, func(c *Change) *int { return c.ForeignShare }),
	number(func(v *Values) **int { return &v.MembersFound }, func(c *Change) *int { return c.MembersFound }),
	plain(func(v *Values) *string { return &v.State }, func(c *Change) *string { return c.State }),
	plain(func(v *Values) *core.Date { return &v.VerifiedOn }, func(c *Change) *core.Date { return c.VerifiedOn }),
}

// same reports whether the two say the same.
func (v Values) same(o Values) bool {
	for _, i := range items {
		if !i.same(&v, &o) {
			return false
		}
	}
	return true
}

// amend returns what a change does to a timeline: the facts that no longer
// stand, and those that take their place. The line is in order of its days,
// without gaps, and ends Forever; so is the line afterwards. An item that was
// changed again on a later day keeps that later value.
func amend(line []Fact, c Change) (gone, added []Fact) {
	at := slices.IndexFunc(line, func(f Fact) bool { return f.Period.Holds(c.On) })
	if at < 0 {
		return nil, nil
	}
	base := line[at].Values
	var live []item
	for _, i := range items {
		if i.given(&c) {
			live = append(live, i)
		}
	}
	for n, f := range line[at:] {
		live = slices.DeleteFunc(live, func(i item) bool { return !i.same(&f.Values, &base) })
		next := f
		for _, i := range live {
			i.put(&next.Values, &c)
		}
		if next.Values.same(f.Values) {
			continue
		}
		gone = append(gone, f)
		if n == 0 && f.Period.From.Before(c.On) {
			head := f
			head.Period.To = c.On
			added = append(added, head)
			next.Period.From = c.On
		}
		next.Reason, next.Batch = c.Reason, c.Batch
		added = append(added, next)
	}
	return gone, added
}
