package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/text"
)

// ImportRows shows what becomes of every row, before anything is written and
// afterwards.
type ImportRows struct {
	Shell
	Problems ErrorSummary
	Steps    Steps
	File     string
	About    string
	Checking Progress // while a job still reads the rows
	Reading  bool
	Counts   Counts
	Write    string // where the button leads, or ""
	Button   string
	Whole    Field
	Sum      string
	Refused  Link
	Columns  Link
	Done     Notice
	Which    Chips
	Rows     []ImportRow
	Pager    Pager
	Empty    Empty
	After    Facts
	Other    Progress // another batch at work
	OtherTag Tag
}

// An ImportRow is one row of the file with its verdict.
type ImportRow struct {
	ID            string
	Head          string // of the number, where the table is too narrow for heads
	Number        string
	Title, Place  string
	Tag           Tag
	Text          string
	Diffs         []Diff
	Whys, Remarks []string
}

// A Diff is one item that a row changes. From or To may be empty; Before parts
// it from the one before.
type Diff struct{ Before, Label, From, To string }

var importRowsPage = newPage[ImportRows]("import_rows.html")

func (s *Server) importRows(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	if b.State == intake.Uploaded || b.State == intake.Mapped {
		http.Redirect(w, r, stepOf(b), http.StatusSeeOther)
		return nil
	}
	return s.writeImportRows(w, r, v, http.StatusOK, b, nil)
}

func (s *Server) writeImportRows(w http.ResponseWriter, r *http.Request, v Viewer, code int, b intake.Batch, bad core.Fields) error {
	written := b.State != intake.Checked && b.State != intake.Checking
	title, step := "import.rows.title", 3
	if written {
		title, step = "import.rows.title.written", 5
	}
	sh := s.importShell(r, v, b, title)
	sh.here = importPath(b, "rows")
	p := ImportRows{Shell: sh, Steps: sh.importSteps(step), File: b.Name, About: sh.T("import.rows.about", b.Rows, b.Entity.Title(), b.UnderName)}
	p.Problems = sh.problems(bad)
	p.Wrong = !p.Problems.IsZero()
	if b.State == intake.Checking {
		p.Reading = true
		p.Checking = s.importProgress(r.Context(), v, &p.Shell, b, importPath(b, "rows"))
		return importRowsPage.write(w, code, p)
	}
	if err := s.fillImportRows(r, v, b, &p); err != nil {
		return err
	}
	p.offer(b)
	if err := s.otherBatch(r, v, b, &p); err != nil {
		return err
	}
	return importRowsPage.write(w, code, p)
}

// fillImportRows fills in the counts and one page of rows.
func (s *Server) fillImportRows(r *http.Request, v Viewer, b intake.Batch, p *ImportRows) error {
	which := r.FormValue("v")
	at := func(which string, number int) string {
		page := ""
		if number > 1 {
			page = strconv.Itoa(number)
		}
		return withQuery(importPath(b, "rows"), "v", which, "page", page)
	}
	f := intake.Filter{ToSee: true}
	p.Counts.Label = p.T("import.counts")
	total := 0
	for _, verdict := range intake.Verdicts {
		n := b.Counts[verdict]
		total += n
		p.Counts.Items = append(p.Counts.Items, Count{p.N(n), p.say(verdict.Title()), at(string(verdict), 1), string(verdict) == which})
		if string(verdict) == which {
			f = intake.Filter{Verdict: verdict}
		}
	}
	if which == "all" {
		f = intake.Filter{}
	}
	toSee := total - b.Counts[intake.Unchanged]
	p.Which = Chips{Label: p.T("import.which"), Items: []Chip{
		{Text: p.T("import.which.see", toSee), Href: at("", 1), Current: f.ToSee},
		{Text: p.T("import.which.all", total), Href: at("all", 1), Current: f == intake.Filter{}},
	}}
	number, _ := strconv.Atoi(r.FormValue("page"))
	l, err := s.Intake.Rows(r.Context(), v.Actor, b.ID, f, core.Page{Number: number})
	if err != nil {
		return err
	}
	for _, row := range l.Rows {
		p.Rows = append(p.Rows, p.importRow(b, row))
	}
	p.Pager = p.pager(l.Page, l.Total, func(n int) string { return at(which, n) })
	if len(p.Rows) == 0 {
		p.Empty = Empty{Title: p.T("import.rows.none"), Text: p.T("import.rows.none.text")}
	}
	return nil
}

// importRow shows one row.
func (s Shell) importRow(b intake.Batch, row intake.Row) ImportRow {
	kind := map[intake.Verdict]TagKind{intake.New: New, intake.Changed: Wait, intake.Unchanged: Done, intake.Conflicting: Late, intake.Refused: Late}[row.Verdict]
	out := ImportRow{
		ID: "r" + strconv.Itoa(row.Number), Head: s.T("import.col.row.short"), Number: strconv.Itoa(row.Number),
		Title: row.Title, Place: row.Place, Tag: Tag{kind, s.say(row.Verdict.Title())},
	}
	switch row.Verdict {
	case intake.Unchanged:
		out.Text = s.T("import.row.unchanged")
	case intake.New:
		out.Text = s.newRow(b.Entity, row.Changes)
	default:
		for i, c := range row.Changes {
			d := Diff{Label: s.say(b.Entity.Heading(c.Column)), From: s.say(c.Was.Msg()), To: s.say(c.Is.Msg())}
			if i > 0 {
				d.Before = s.T("import.row.and")
			}
			out.Diffs = append(out.Diffs, d)
		}
	}
	for _, p := range row.Problems {
		say := p.Say(s.Lang)
		if p.Letter != "" {
			say = s.T("import.row.column", p.Letter, say)
		}
		if p.Warning {
			out.Remarks = append(out.Remarks, say)
		} else {
			out.Whys = append(out.Whys, say)
		}
	}
	return out
}

// newRow says what a new record will hold.
func (s Shell) newRow(e intake.Entity, items []intake.Change) string {
	var said []string
	for _, c := range items {
		if is := s.say(c.Is.Msg()); is != "" {
			said = append(said, s.T("import.row.item", e.Heading(c.Column), is))
		}
	}
	if len(said) == 0 {
		return s.T("import.row.new")
	}
	return s.T("import.row.new.with") + strings.Join(said, s.T("import.row.and"))
}

// offer adds what can be done now.
func (p *ImportRows) offer(b intake.Batch) {
	ready, rejected := b.Counts[intake.New]+b.Counts[intake.Changed], b.Counts[intake.Refused]+b.Counts[intake.Conflicting]
	if rejected > 0 {
		p.Refused = Link{p.T("import.refused", rejected), importPath(b, "refused.xlsx")}
	}
	if b.State != intake.Checked {
		return
	}
	p.Columns = Link{p.T("import.columns.back"), importPath(b, "columns")}
	if ready == 0 {
		p.Done = Notice{Kind: "info", Text: p.T("import.nothing")}
		if rejected > 0 {
			p.Done = Notice{Kind: "warn", Text: p.T("import.none_good")}
		}
		return
	}
	p.Write, p.Button = importPath(b, "write"), p.T("import.write", ready)
	p.Whole = Field{Name: "whole", Type: "checkbox", Value: "yes", Label: p.T("import.whole")}
	p.Sum = p.T("import.sum", b.Counts[intake.New], b.Counts[intake.Changed])
	if rejected > 0 {
		p.Sum += p.T("import.sum.refused")
	}
	p.After.Rows = []Fact{
		{Label: p.T("import.after.undo"), Value: p.T("import.after.undo.text")},
		{Label: p.T("import.after.old"), Value: p.T("import.after.old.text")},
		{Label: p.T("import.after.who"), Value: p.T("import.after.who.text")},
	}
}

// otherBatch shows one other batch that is at work.
func (s *Server) otherBatch(r *http.Request, v Viewer, b intake.Batch, p *ImportRows) error {
	all, err := s.Intake.Batches(r.Context(), v.Actor, b.Under, shownBatches)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID != b.ID && (o.State == intake.Writing || o.State == intake.Checking) {
			sh := p.Shell
			p.Other = s.importProgress(r.Context(), v, &sh, o, "")
			p.Other.Action = Link{p.T("import.other.open"), "/import/" + o.ID.String()}
			p.OtherTag = p.batchTag(o.State)
			return nil
		}
	}
	return nil
}

// importRefused sends the person's own workbook with the refused rows alone.
func (s *Server) importRefused(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	name := b.Name
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return sendFile(w, text.T(v.Lang, "import.refused.name", name)+".xlsx", func(w io.Writer) error {
		return s.Intake.Refused(r.Context(), v.Actor, b.ID, v.Lang, w)
	})
}

// An ImportResult says what became of the file, and takes it back.
type ImportResult struct {
	Shell
	Problems ErrorSummary
	Steps    Steps
	Failed   Notice
	Tag      Tag
	Facts    Facts
	Undoing  Progress
	Busy     bool
	Edited   []ImportRow
	More     string // how many edited rows are not shown
	Rows     Link
	Refused  Link
	Next     Link   // what to import after it
	GoOn     string // where writing goes on, or ""
	Undo     string // where the button leads, or ""
	Until    string
}

var importResultPage = newPage[ImportResult]("import_result.html")

func (s *Server) importResult(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	switch b.State {
	case intake.Stopped, intake.Written, intake.Undoing, intake.Undone:
		return s.writeImportResult(w, r, v, http.StatusOK, b, nil)
	}
	http.Redirect(w, r, stepOf(b), http.StatusSeeOther)
	return nil
}

func (s *Server) writeImportResult(w http.ResponseWriter, r *http.Request, v Viewer, code int, b intake.Batch, failed error) error {
	sh := s.importShell(r, v, b, "import.result."+string(b.State), b.Counts[intake.New]+b.Counts[intake.Changed])
	sh.here = importPath(b, "result")
	p := ImportResult{Shell: sh, Steps: sh.importSteps(5), Tag: sh.batchTag(b.State), Rows: Link{sh.T("import.result.rows"), importPath(b, "rows")}}
	zone := s.Now().Location()
	p.Facts.Rows = []Fact{
		{Label: sh.T("import.file"), Value: b.Name, Note: sh.T("import.about", b.Entity.Title(), b.UnderName)},
		{Label: sh.say(intake.New.Title()), Value: sh.N(b.Counts[intake.New])},
		{Label: sh.say(intake.Changed.Title()), Value: sh.N(b.Counts[intake.Changed])},
		{Label: sh.say(intake.Unchanged.Title()), Value: sh.N(b.Counts[intake.Unchanged])},
	}
	if n := b.Counts[intake.Conflicting] + b.Counts[intake.Refused]; n > 0 {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.say(intake.Refused.Title()), Value: sh.N(n)})
		p.Refused = Link{sh.T("import.refused", n), importPath(b, "refused.xlsx")}
	}
	if b.State == intake.Stopped {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("import.result.done"), Value: sh.N(b.Done) + "/" + sh.N(b.Rows)})
		p.GoOn = importPath(b, "write")
	}
	if !b.WrittenAt.IsZero() {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("import.result.at"), Value: sh.When(b.WrittenAt.In(zone))})
	}
	if !b.UndoneAt.IsZero() {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("import.result.undone_at"), Value: sh.When(b.UndoneAt.In(zone))})
	}
	if b.CanUndo(s.Now()) {
		p.Undo, p.Until = importPath(b, "undo"), sh.T("import.undo.until", sh.When(b.UndoUntil().In(zone)))
	}
	p.Failed = s.jobFailed(r.Context(), v, sh, b)
	if b.State == intake.Undoing {
		p.Busy = true
		p.Undoing = s.importProgress(r.Context(), v, &p.Shell, b, importPath(b, "result"))
	}
	if b.State == intake.Written {
		p.Next = sh.afterImport(b)
	}
	p.refusal(b, failed)
	return importResultPage.write(w, code, p)
}

// shownEdited is how many rows that were edited since are listed.
const shownEdited = 50

// refusal says why a batch was not taken back.
func (p *ImportResult) refusal(b intake.Batch, failed error) {
	if failed == nil {
		return
	}
	p.Problems = p.problems(core.Fields{"": core.MsgOf(failed)})
	p.Wrong = true
	e, ok := errors.AsType[*intake.Edited](failed)
	if !ok {
		return
	}
	for _, row := range e.Rows[:min(len(e.Rows), shownEdited)] {
		p.Edited = append(p.Edited, p.importRow(b, row))
	}
	if n := len(e.Rows) - shownEdited; n > 0 {
		p.More = p.T("import.undo.more", n)
	}
}

// afterImport leads to what makes sense next.
func (s Shell) afterImport(b intake.Batch) Link {
	under := ""
	if b.Under != s.Viewer.Under {
		under = b.Under.String()
	}
	for _, e := range s.Viewer.mayImport() {
		if b.Entity == intake.Orgs && e == intake.Members {
			return Link{s.T("import.next.members"), withQuery("/import/new", "entity", string(e), "under", under)}
		}
	}
	if b.Entity == intake.Members && s.Viewer.may("see.people") {
		return Link{s.T("import.next.people"), withQuery("/people", "under", under)}
	}
	return Link{s.T("import.next.orgs"), withQuery("/orgs", "under", under)}
}

// undoBatch takes a batch back as one unit, or lists the rows that stand in
// the way.
func (s *Server) undoBatch(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	fresh, err := s.Intake.Undo(r.Context(), v.Actor, b.ID)
	if errors.Is(err, core.Conflict) && (b.State == intake.Written || b.State == intake.Stopped) {
		return s.writeImportResult(w, r, v, http.StatusConflict, b, err)
	}
	if err != nil {
		return err
	}
	if fresh.Erased > 0 {
		return s.redirect(w, r, stepOf(fresh), "retention.undo_skipped", strconv.Itoa(fresh.Erased))
	}
	return s.redirect(w, r, stepOf(fresh), "")
}
