package intake

import (
	"context"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/sheet"
)

// A ledger is the list of organisations, each with its enterprise.
type ledger struct {
	units     *units
	under     *node
	above     map[string][]*node // organisations of accepted rows above, by folded name
	known     map[core.OrgID]*node
	companies map[string]*company // by credit code, or by folded name where there is none
	upper     string              // name of the organisation above the one the file was sent for
	terms     map[core.OrgID]org.Term
	hosts     map[core.OrgID][]core.EnterpriseID
	groupings map[grouped]core.ID // by folded name; read when one is needed
}

// A node is an organisation that rows may stand under.
type node struct {
	id   core.OrgID // 0 while the row that founds it is not written
	name string
	kids map[string]int // the row that stands for each child, by folded name
}

// A unitLine is a row of a ledger as read, and what judging found of it.
type unitLine struct {
	name, parent     string
	kind             rule.OrgKind
	founded, termEnd core.Date
	company          string
	code             string
	sort             string // of the enterprise
	employees        int    // -1: not given
	chains           []string
	buildings        []string

	up   *node
	node *node
	was  org.Org // zero for a new organisation
	term org.Term
	firm *company // nil where the row names no enterprise
	plan plan
}

// A company is an enterprise that rows name.
type company struct {
	e       enterprise.Enterprise // without an ID while it is not registered
	decided int                   // the first accepted row: it alone speaks of the enterprise
	joined  []enterprise.Joining
}

func newLedger() *ledger {
	return &ledger{
		units: newUnits(), above: map[string][]*node{}, known: map[core.OrgID]*node{}, companies: map[string]*company{},
	}
}

func (*ledger) columns() []sheet.Column { return sheet.OrgColumns }
func (*ledger) needs() access.Action    { return access.ImportOrgs }

// read reads the cells of an organisation.
func (*ledger) read(r *run, row sheet.Row, l *line) {
	c := reader{r, row, l}
	u := &unitLine{}
	l.unit = u
	u.name = c.title("name")
	if u.name == "" && row.Cell("name").Text == "" {
		c.note("name", "name.missing")
	}
	u.parent = c.title("parent")
	u.kind = rule.OrgKind(c.coded("type", orgKinds, "type.unknown"))
	u.founded = c.day("founded_on", false)
	u.termEnd = c.day("term_ends_on", true)
	u.company = c.title("enterprise")
	u.code = c.creditCode("credit_code")
	u.sort = c.coded("enterprise_type", enterpriseTypes, "enterprise_type.unknown")
	u.employees = c.number("employees")
	u.chains = list(c.title("chain"))
	u.buildings = list(c.title("building"))
	l.Title, l.Place = u.name, u.parent
	if u.name == "" {
		l.Title = masked("name", row.Cell("name").Text)
	}
}

// together looks at items that must fit each other, of a row whose items are
// right one by one.
func (u *unitLine) together(r *run, l *line) {
	if u.termEnd.IsZero() {
		return
	}
	p := Problem{Code: "term_ends_on.before_founding", Written: u.termEnd.String()}
	founded, kind := u.founded, u.kind
	fill(&founded, u.was.FoundedOn)
	fill(&kind, u.was.Kind)
	if err := (org.Org{Kind: kind}).Guard(rule.TermElection, r.today()); err != nil {
		p = because(core.MsgOf(err))
	} else if !u.termEnd.Before(founded) {
		return
	}
	p.Column, p.Letter = "term_ends_on", r.letter("term_ends_on")
	l.Problems = append(l.Problems, p)
}

// list cuts a cell that names several groupings.
func list(s string) []string {
	var all []string
	for _, w := range strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune("、;；\n", c) }) {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}

// prepare makes the node that the file was sent for.
func (b *ledger) prepare(ctx context.Context, q db.Querier, r *run) error {
	if b.under != nil {
		return nil
	}
	if r.under.Parent != 0 {
		up, err := org.Find(ctx, q, r.who.Realm, r.under.Parent)
		if err != nil {
			return err
		}
		b.upper = names.Fold(up.Name)
	}
	b.under = b.node(r.under)
	return nil
}

// node returns the node of an organisation that exists.
func (b *ledger) node(o org.Org) *node {
	n := b.known[o.ID]
	if n == nil {
		n = &node{id: o.ID, name: o.Name, kids: map[string]int{}}
		b.known[o.ID] = n
	}
	return n
}

func (b *ledger) judge(ctx context.Context, q db.Querier, r *run, part []*line) error {
	if err := b.prepare(ctx, q, r); err != nil {
		return err
	}
	if err := b.load(ctx, q, r, part); err != nil {
		return err
	}
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

// decide gives a line its verdict.
func (b *ledger) decide(ctx context.Context, q db.Querier, r *run, l *line) error {
	if l.bar != nil {
		l.rejected()
		return nil
	}
	if err := b.locate(ctx, q, r, l); err != nil {
		return err
	}
	u := l.unit
	if u.up != nil && u.name != "" {
		if above := u.up.kids[names.Fold(u.name)]; above != 0 && above != l.Number {
			l.Problems = append(l.Problems, Problem{Column: "name", Letter: r.letter("name"), Code: "name.duplicate_in_file", Written: u.name})
		}
	}
	if !l.bad() {
		u.together(r, l)
	}
	if l.rejected() {
		return nil
	}
	l.Verdict = Unchanged
	if u.was.ID == 0 {
		if b.found(r, l); l.bad() {
			return nil
		}
	} else {
		b.compare(l)
	}
	if err := b.judgeCompany(ctx, q, r, l); err != nil || l.bad() {
		return err
	}
	if l.Verdict == Unchanged && len(l.Changes) > 0 {
		l.Verdict, l.seen[0] = Changed, u.was.Version
	}
	return nil
}

// found says what founding the organisation of a line needs.
func (b *ledger) found(r *run, l *line) {
	u := l.unit
	if u.kind == "" {
		l.refuse(Problem{Column: "type", Letter: r.letter("type"), Code: "type.unknown"})
	}
	if u.founded.IsZero() {
		l.refuse(Problem{Column: "founded_on", Letter: r.letter("founded_on"), Code: "date.missing"})
	}
	if l.bad() {
		return
	}
	l.Verdict = New
	l.change("type", Value{}, Value{Key: u.kind.Title().Key})
	l.change("founded_on", Value{}, Value{Text: u.founded.String()})
	l.change("term_ends_on", Value{}, Value{Text: u.termEnd.String()})
}

// compare notes what a row changes in an organisation. An empty cell changes
// nothing.
func (b *ledger) compare(l *line) {
	u := l.unit
	if u.kind != "" {
		l.change("type", Value{Key: u.was.Kind.Title().Key}, Value{Key: u.kind.Title().Key})
	}
	if !u.founded.IsZero() {
		l.change("founded_on", Value{Text: u.was.FoundedOn.String()}, Value{Text: u.founded.String()})
	}
	if !u.termEnd.IsZero() {
		l.change("term_ends_on", Value{Text: u.term.EndsOn.String()}, Value{Text: u.termEnd.String()})
	}
}

// remember makes an accepted line findable by the rows below it.
func (b *ledger) remember(l *line) {
	u := l.unit
	key := names.Fold(u.name)
	if u.up != nil {
		u.up.kids[key] = l.Number
	}
	if u.node == nil {
		u.node = &node{name: u.name, kids: map[string]int{}}
	}
	b.above[key] = append(b.above[key], u.node)
	if u.firm != nil && u.firm.decided == 0 {
		u.firm.decided = l.Number
	}
}
