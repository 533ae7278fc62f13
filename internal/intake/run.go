package intake

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/org"
	"tongpin/internal/rule"
	"tongpin/internal/secret"
	"tongpin/internal/sheet"
)

// A run takes one file in: it reads the rows, judges them against what is
// stored and writes them, part by part. The same code serves the dry run, the
// writing, and both again after a kill.
type run struct {
	who     access.Actor
	keys    *secret.Keyring
	now     time.Time // of the part at hand
	batch   core.ID   // 0 in a dry run
	under   org.Org
	below   access.Range
	table   *sheet.Table
	date04  bool
	has     map[string]bool // items that a column of the file holds
	lines   []*line
	entity  Entity
	kind    kind
	at      int                                 // how many lines kind knows of; negative while it is uncertain
	next    int                                 // what at becomes when the transaction commits
	single  bool                                // the part at hand is written row by row, to find the row that fails
	hold    func(context.Context, *db.Tx) error // nil, or whether the job still owns the batch
	granted map[core.OrgID]error                // whether the actor may import there
}

// A kind is one entity's way of reading, judging and writing rows.
type kind interface {
	// columns are the items of a row in their order.
	columns() []sheet.Column
	// needs are the rights that taking rows in wants at the organisation.
	needs() access.Action
	// read fills a line from its cells, with the faults that need no other row.
	read(r *run, row sheet.Row, l *line)
	// judge gives each line of a part its verdict. Lines pass in their order.
	judge(ctx context.Context, q db.Querier, r *run, part []*line) error
	// accept remembers a line that earlier work has accepted.
	accept(ctx context.Context, q db.Querier, r *run, l *line) error
	// write stores the lines of a part that are new or changed.
	write(ctx context.Context, tx *db.Tx, r *run, part []*line) error
}

// A line is a row on its way in.
type line struct {
	Row
	shape []Problem // what reading found; judging starts from it each time
	bar   *barred   // decided before judging
	// What was found when the row was checked; "" when it was not.
	checked Verdict
	asked   [2]int
	seen    [2]int // versions of the records that the verdict is about; 0 for a new one
	steps   []step // what was done, to be taken back

	person *personLine
	unit   *unitLine
	firm   *firmLine
}

// A barred line is not written, whatever judging would say: it was not to be
// written when it was checked, or writing it has failed.
type barred struct {
	as       Verdict
	problems []Problem
}

// start judges the line afresh.
func (l *line) start() {
	l.Problems, l.Changes, l.Verdict, l.seen, l.steps = slices.Clone(l.shape), nil, "", [2]int{}, nil
	l.Subject = 0
	if l.bar != nil {
		l.Problems = slices.Clone(l.bar.problems)
	}
}

// stop bars the line for its present problems.
func (l *line) stop() { l.bar = &barred{l.Verdict, slices.Clone(l.Problems)} }

// rejected gives a line that has problems its verdict.
func (l *line) rejected() bool {
	switch {
	case l.bar != nil:
		l.Verdict = l.bar.as
	case l.bad():
		l.Verdict = Refused
	}
	return l.Verdict != ""
}

// refuse sets the verdict to Refused for a problem.
func (l *line) refuse(p Problem) { l.fault(Refused, p) }

// clash sets the verdict to Conflicting for a problem.
func (l *line) clash(p Problem) { l.fault(Conflicting, p) }

func (l *line) fault(v Verdict, p Problem) {
	l.Verdict, l.Changes = v, nil
	l.Problems = append(l.Problems, p)
}

// bad reports whether the line has a problem that is not a warning.
func (l *line) bad() bool {
	return l.bar != nil || slices.ContainsFunc(l.Problems, func(p Problem) bool { return !p.Warning })
}

// change notes a field that becomes another, unless it stays.
func (l *line) change(column string, was, is Value) {
	if was != is {
		l.Changes = append(l.Changes, Change{column, was, is})
	}
}

// newRun opens a run over a table.
func newRun(who access.Actor, keys *secret.Keyring, now time.Time, under org.Org, e Entity, t *sheet.Table, date1904 bool) *run {
	r := &run{
		who: who, keys: keys, now: now, under: under, below: access.Below(under.Path), table: t, date04: date1904,
		has: map[string]bool{}, entity: e, kind: e.fresh(), granted: map[core.OrgID]error{},
	}
	for _, m := range t.Mapping {
		r.has[m.Key] = m.Key != ""
	}
	return r
}

func (r *run) today() core.Date { return core.DateOf(r.now) }

// read reads every row of the table. A mapping without names is refused.
func (r *run) read() error {
	if !r.has["name"] {
		return core.Fail(core.Invalid, "intake.no_name_column")
	}
	r.lines = make([]*line, 0, r.table.Rows)
	for row, err := range r.table.All() {
		if err != nil {
			return err
		}
		l := &line{Row: Row{Number: row.Number}}
		r.kind.read(r, row, l)
		l.shape = l.Problems
		r.lines = append(r.lines, l)
	}
	return nil
}

// order sorts the problems of a line by their columns.
func (r *run) order(l *line) {
	at := func(p Problem) int {
		return slices.IndexFunc(r.kind.columns(), func(c sheet.Column) bool { return c.Key == p.Column })
	}
	slices.SortStableFunc(l.Problems, func(a, b Problem) int { return at(a) - at(b) })
}

// judge gives every line its verdict, part by part.
func (r *run) judge(ctx context.Context, q db.Querier, tell func(done, total int)) error {
	done := 0
	for part := range slices.Chunk(r.lines, partSize) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.kind.judge(ctx, q, r, part); err != nil {
			return err
		}
		done += len(part)
		tell(done, len(r.lines))
	}
	return nil
}

// may returns nil if the actor may import into an organisation, whether or not
// it stands below the one that the file was sent for.
func (r *run) may(ctx context.Context, q db.Querier, at core.OrgID, path string) error {
	if path >= r.below.Lo && path < r.below.Hi {
		return nil
	}
	err, known := r.granted[at]
	if !known {
		err = access.Require(ctx, q, r.who, r.kind.needs(), at)
		r.granted[at] = err
	}
	return err
}

// A reader reads the cells of one row and notes what is wrong with them.
type reader struct {
	run *run
	row sheet.Row
	l   *line
}

// note records a problem of a cell. What stands in a sealed field is masked.
func (r reader) note(key string, code sheet.Problem) {
	if code != "" {
		c := r.row.Cell(key)
		r.l.Problems = append(r.l.Problems, Problem{Column: key, Letter: c.Column, Code: string(code), Written: masked(key, c.Text)})
	}
}

// masked returns what of a cell may be kept and shown.
func masked(key, s string) string {
	switch {
	case key == "id_number":
		return ""
	case key == "phone":
		return strings.Repeat("*", min(len([]rune(s)), 20))
	case len([]rune(s)) > 40:
		return string([]rune(s)[:40]) + "…"
	}
	return s
}

// title reads the name of an organisation or enterprise.
func (r reader) title(key string) string {
	s, code := sheet.Title(r.row.Cell(key))
	r.note(key, code)
	return s
}

func (r reader) words(key string) string {
	s, code := sheet.Text(r.row.Cell(key))
	r.note(key, code)
	return s
}

// day reads a day; future says that it may lie after today.
func (r reader) day(key string, future bool) core.Date {
	d, code := sheet.Date(r.row.Cell(key), r.run.date04)
	if code == "" && !future && d.After(r.run.today()) {
		code = "date.in_future"
	}
	r.note(key, code)
	if code != "" {
		return core.Date{}
	}
	return d
}

// idNumber reads an identity number and what it says of its holder.
func (r reader) idNumber(key string) (string, rule.Identity) {
	s, code := sheet.Code(r.row.Cell(key), key)
	if code != "" || s == "" {
		r.note(key, code)
		return "", rule.Identity{}
	}
	who, p := rule.IDNumber(s)
	if p != "" {
		r.note(key, sheet.Problem(key+"."+string(p)))
		return "", rule.Identity{}
	}
	return s, who
}

// creditCode reads a unified social credit code.
func (r reader) creditCode(key string) string {
	s, code := sheet.Code(r.row.Cell(key), key)
	if code == "" && s != "" {
		if p := rule.CreditCode(s); p != "" {
			code = sheet.Problem(key + "." + string(p))
		}
	}
	r.note(key, code)
	if code != "" {
		return ""
	}
	return s
}

// number reads a count; -1 where there is none.
func (r reader) number(key string) int {
	n, code := sheet.Integer(r.row.Cell(key))
	r.note(key, code)
	return n
}

// coded reads a word of a lexicon; one that it lacks gets the problem unknown.
func (r reader) coded(key string, l lexicon, unknown sheet.Problem) string {
	s, code := sheet.Text(r.row.Cell(key))
	if code != "" || s == "" {
		r.note(key, code)
		return ""
	}
	c := l.code(s)
	if c == "" {
		r.note(key, unknown)
	}
	return c
}

// explain refuses a line for what a service says of its fields. columns leads
// from a field to the item that holds it, where they differ.
func (l *line) explain(r *run, err error, columns map[string]string) {
	v := Refused
	if errors.Is(err, core.Conflict) {
		v = Conflicting
	}
	fields := core.FieldsOf(err)
	if len(fields) == 0 {
		l.fault(v, because(core.MsgOf(err)))
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		p := because(fields[field])
		if p.Column = field; columns[field] != "" {
			p.Column = columns[field]
		}
		p.Letter = r.letter(p.Column)
		l.fault(v, p)
	}
}

// letter returns the name of the column that holds an item.
func (r *run) letter(key string) string {
	if i := r.table.Mapping.Index(key); i >= 0 {
		return r.table.Mapping[i].Letter
	}
	return ""
}
