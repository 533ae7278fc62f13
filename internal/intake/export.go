package intake

import (
	"context"
	"io"
	"iter"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/member"
	"tongpin/internal/org"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

// An Export asks for a list as a file that can be imported again.
type Export struct {
	Entity    Entity
	Under     core.OrgID
	On        core.Date      // zero: today
	Sensitive bool           // with id numbers and phones: the roster alone
	Why       member.Purpose // of a sensitive one
	Lang      core.Lang
	CSV       bool // instead of a workbook
}

// rights returns what an export asks the actor for.
func (x Export) rights() []access.Action {
	switch {
	case x.Entity == Members && x.Sensitive:
		return []access.Action{access.ExportPeople, access.OpenFields}
	case x.Entity == Members:
		return []access.Action{access.ExportPeople}
	case x.Entity == Orgs:
		return []access.Action{access.SeeOrgs, access.SeeEnterprises}
	}
	return []access.Action{access.SeeEnterprises}
}

// Export writes the list of an organisation and of everything below it: of
// organisations, members or enterprises, as they were on a day. Imported again
// it changes nothing. Id numbers and phones are in it only when they are asked
// for. The journal tells of every export.
func (s *Service) Export(ctx context.Context, who access.Actor, x Export, w io.Writer) error {
	if err := x.Entity.check(); err != nil {
		return err
	}
	in, err := s.requireTold(ctx, who, x)
	if err != nil {
		return s.denied(ctx, who, "export."+string(x.Entity), x.Under, 0, err)
	}
	return s.DB.View(ctx, func(tx *db.Tx) error {
		l, err := s.list(ctx, tx, who, x, in)
		if err != nil {
			return err
		}
		if x.CSV {
			return sheet.WriteCSV(w, l)
		}
		return sheet.Write(w, l)
	})
}

// requireTold asks for the rights and writes an export in the journal before anybody sees a line of it, with
// the people who will stand in it, and returns them, sorted: who came meanwhile
// is left out.
func (s *Service) requireTold(ctx context.Context, who access.Actor, x Export) ([]core.ID, error) {
	var in []core.ID
	require := func(tx *db.Tx) error {
		for _, do := range x.rights() {
			if err := access.Require(ctx, tx, who, do, x.Under); err != nil {
				return err
			}
		}
		if x.Sensitive {
			return x.Why.Check()
		}
		return nil
	}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		if err := require(tx); err != nil || x.Entity != Members {
			return err
		}
		under, err := access.RangeOf(ctx, tx, who.Realm, x.Under)
		if err == nil {
			in, err = member.Listed(ctx, tx, who.Realm, under, x.day(s.Now()))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return in, s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := require(tx); err != nil {
			return err
		}
		e := audit.Entry{By: who.By(), Action: "export." + string(x.Entity), Org: x.Under, Subject: "org", SubjectID: core.ID(x.Under), Note: x.Why.Words}
		after := map[string]any{"on": x.On, "sensitive": x.Sensitive, "csv": x.CSV}
		if x.Sensitive {
			after["purpose"] = x.Why.Code
		}
		if x.Entity == Members {
			return audit.WriteAbout(ctx, tx, s.Now(), e, after, in)
		}
		e.After = after
		return audit.Write(ctx, tx, s.Now(), e)
	})
}

// day is the day of the list as member.Each takes it: zero for today.
func (x Export) day(now time.Time) core.Date {
	if x.On == core.DateOf(now) {
		return core.Date{}
	}
	return x.On
}

// list lays out the file of an export. Its rows are read while it is written.
func (s *Service) list(ctx context.Context, tx *db.Tx, who access.Actor, x Export, in []core.ID) (sheet.List, error) {
	under, err := org.Find(ctx, tx, who.Realm, x.Under)
	if err != nil {
		return sheet.List{}, err
	}
	synthetic, err := db.One(ctx, tx, func(r db.Row) (b bool, err error) { return b, r.Scan(&b) }, `SELECT synthetic FROM realms WHERE id = $1`, who.Realm)
	if err != nil {
		return sheet.List{}, err
	}
	on := x.On
	fill(&on, core.DateOf(s.Now()))
	source := text.T(x.Lang, "intake.export.source", on, under.Name)
	if synthetic {
		source += text.T(x.Lang, "intake.export.synthetic")
	}
	l := sheet.List{
		Name: text.Say(x.Lang, x.Entity.Title()), Source: source,
		Title:  text.T(x.Lang, "intake.export.title", under.Name, x.Entity.Title()),
		Serial: text.T(x.Lang, "sheet.serial"), Footer: text.T(x.Lang, "sheet.page", "&P", "&N"),
	}
	for _, c := range x.Entity.known() {
		if x.Entity == Members && !x.Sensitive && (c.Key == "id_number" || c.Key == "phone") {
			continue
		}
		l.Columns = append(l.Columns, x.Entity.column(c.Key, x.Lang))
	}
	tree, err := org.At(ctx, tx, who.Realm, core.Moment{On: on})
	if err != nil {
		return sheet.List{}, err
	}
	p := printer{ctx: ctx, tx: tx, s: s, who: who, x: x, under: under, on: on, tree: tree, columns: l.Columns, in: in}
	p.spell()
	l.Rows = p.rows()
	return l, nil
}

// A printer writes the rows of one export.
type printer struct {
	ctx     context.Context
	tx      *db.Tx
	s       *Service
	who     access.Actor
	x       Export
	under   org.Org
	on      core.Date
	tree    *org.Tree
	columns []sheet.OutColumn
	spelled map[core.OrgID]string
	in      []core.ID // the people whom the journal tells of, sorted
}

// line returns the values of the columns from those of the items.
func (p *printer) line(items map[string]string) []string {
	out := make([]string, len(p.columns))
	for i, c := range p.columns {
		out[i] = items[c.Key]
	}
	return out
}

// word says a word of ours; no code has none.
func (p *printer) word(m core.Msg, code string) string {
	if code == "" {
		return ""
	}
	return text.Say(p.x.Lang, m)
}

// rows returns the rows of the list as they are asked for.
func (p *printer) rows() iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		err := p.each(func(items map[string]string) error {
			if !yield(p.line(items), nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && err != errEnough { //nolint:errorlint // it is never wrapped
			yield(nil, err)
		}
	}
}
