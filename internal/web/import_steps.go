package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/sheet"
)

// batchOf returns the batch that the address names.
func (s *Server) batchOf(r *http.Request, v Viewer) (intake.Batch, error) {
	id, err := core.ParseID(r.PathValue("batch"))
	if err != nil {
		return intake.Batch{}, err
	}
	return s.Intake.Find(r.Context(), v.Actor, id)
}

// stepOf returns the address of the step that a batch has come to.
func stepOf(b intake.Batch) string {
	step := map[intake.State]string{
		intake.Uploaded: "sheet", intake.Mapped: "columns", intake.Checking: "rows", intake.Checked: "rows", intake.Writing: "writing",
		intake.Stopped: "result", intake.Written: "result", intake.Undoing: "result", intake.Undone: "result",
	}[b.State]
	return importPath(b, step)
}

func importPath(b intake.Batch, step string) string { return "/import/" + b.ID.String() + "/" + step }

// importSteps shows the four steps with one of them current; 5 is after the last.
func (s Shell) importSteps(current int) Steps {
	out := Steps{Label: s.T("import.steps")}
	for i := 1; i <= 4; i++ {
		out.Items = append(out.Items, Step{Text: s.T("import.step." + strconv.Itoa(i)), Past: i < current, Current: i == current})
	}
	return out
}

// importShell returns the frame of a step of a batch.
func (s *Server) importShell(r *http.Request, v Viewer, b intake.Batch, title string, args ...any) Shell {
	sh := s.shell(r, v, "import", title, args...)
	sh.Path = []Link{{sh.T("import.list.title"), "/import"}, {Text: b.Name}}
	return sh
}

func (s *Server) importStep(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	http.Redirect(w, r, stepOf(b), http.StatusSeeOther)
	return nil
}

// An ImportSheet asks which sheet of the file holds the list.
type ImportSheet struct {
	Shell
	Problems ErrorSummary
	Steps    Steps
	Sheet    Field
}

var importSheetPage = newPage[ImportSheet]("import_sheet.html")

func (s *Server) importSheet(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	if b.State != intake.Uploaded {
		http.Redirect(w, r, stepOf(b), http.StatusSeeOther)
		return nil
	}
	return s.writeImportSheet(w, r, v, http.StatusOK, b, nil)
}

func (s *Server) writeImportSheet(w http.ResponseWriter, r *http.Request, v Viewer, code int, b intake.Batch, bad core.Fields) error {
	sh := s.importShell(r, v, b, "import.sheet.title")
	sh.here = importPath(b, "sheet")
	p := ImportSheet{Shell: sh, Steps: sh.importSteps(1)}
	p.Sheet = sh.field(r, bad, "sheet", "import.sheet", "radio")
	for i, name := range b.Sheets {
		p.Sheet.Options = append(p.Sheet.Options, Option{Value: strconv.Itoa(i), Text: name, Chosen: p.Sheet.Value == strconv.Itoa(i)})
	}
	p.Problems = sh.problems(bad, p.Sheet)
	p.Wrong = !p.Problems.IsZero()
	return importSheetPage.write(w, code, p)
}

// chooseSheet takes the number of a sheet: names may hold anything.
func (s *Server) chooseSheet(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PostFormValue("sheet"))
	if b.State == intake.Uploaded && (err != nil || n < 0 || n >= len(b.Sheets)) {
		return s.writeImportSheet(w, r, v, http.StatusUnprocessableEntity, b, core.Fields{"sheet": core.M("import.sheet.missing")})
	}
	if b.State != intake.Uploaded {
		return core.Fail(core.Conflict, "intake.moved_on")
	}
	fresh, err := s.Intake.ChooseSheet(r.Context(), v.Actor, b.ID, b.Sheets[n])
	if bad := wrong(err); bad != nil {
		return s.writeImportSheet(w, r, v, http.StatusUnprocessableEntity, b, core.Fields{"sheet": core.MsgOf(err)})
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, stepOf(fresh), "")
}

// ImportColumns shows what each column of the file means and lets it be
// changed.
type ImportColumns struct {
	Shell
	Problems   ErrorSummary
	Steps      Steps
	Batch      Facts
	Remembered Notice
	Failed     Notice
	Columns    []ImportColumn
	Unused     string // items that no column holds
	Go         string // where the form goes
}

// An ImportColumn is one column of the file.
type ImportColumn struct {
	Letter, Heading string
	Pick            Field
	Tag             Tag
}

var importColumnsPage = newPage[ImportColumns]("import_columns.html")

func (s *Server) importColumns(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	if b.State != intake.Mapped && b.State != intake.Checked {
		http.Redirect(w, r, stepOf(b), http.StatusSeeOther)
		return nil
	}
	return s.writeImportColumns(w, r, v, http.StatusOK, b, nil)
}

func (s *Server) writeImportColumns(w http.ResponseWriter, r *http.Request, v Viewer, code int, b intake.Batch, bad core.Fields) error {
	sh := s.importShell(r, v, b, "import.columns.title")
	sh.here, sh.Lead = importPath(b, "columns"), sh.T("import.columns.lead")
	p := ImportColumns{Shell: sh, Steps: sh.importSteps(2), Go: importPath(b, "columns"), Problems: sh.problems(bad)}
	p.Wrong = !p.Problems.IsZero()
	p.Batch.Rows = []Fact{
		{Label: sh.T("import.file"), Value: b.Name},
		{Label: sh.T("import.lists"), Value: sh.say(b.Entity.Title()), Note: b.UnderName},
		{Label: sh.T("import.sheet.name"), Value: b.Sheet, Note: sh.T("import.sheet.header", b.Header)},
		{Label: sh.T("import.rows"), Value: sh.N(b.Rows), Note: sh.skipped(b.Skipped)},
	}
	if b.Remembered {
		p.Remembered = Notice{Kind: "info", Text: sh.T("import.columns.remembered")}
	}
	p.Failed = s.jobFailed(r.Context(), v, sh, b)
	used := map[string]bool{}
	for _, c := range b.Mapping {
		used[c.Key] = true
		p.Columns = append(p.Columns, sh.importColumn(r, b.Entity, c))
	}
	for _, key := range b.Entity.Items() {
		if !used[key] {
			if p.Unused != "" {
				p.Unused += sh.T("intake.near.or")
			}
			p.Unused += sh.say(b.Entity.Heading(key))
		}
	}
	return importColumnsPage.write(w, code, p)
}

// skipped says which rows below the header hold no data.
func (s Shell) skipped(rows []sheet.Skipped) string {
	out := ""
	for _, row := range rows {
		if out != "" {
			out += s.T("intake.near.or")
		}
		out += s.T("import.skipped", row.Row, core.M("sheet.skipped."+row.Why))
	}
	if out == "" {
		return ""
	}
	return s.T("import.skipped.all", out)
}

// importColumn shows a column with the items to choose from.
func (s Shell) importColumn(r *http.Request, e intake.Entity, c sheet.Match) ImportColumn {
	name := "c" + strconv.Itoa(c.Column)
	out := ImportColumn{Letter: c.Letter, Heading: c.Heading}
	kind := map[sheet.Confidence]TagKind{sheet.Given: OK, sheet.Exact: OK, sheet.Synonym: OK, sheet.Fuzzy: Wait, sheet.None: Off}[c.Confidence]
	out.Tag = Tag{kind, s.T("sheet.match." + string(c.Confidence))}
	out.Pick = Field{Name: name, Type: "select", Label: s.T("import.column", c.Letter, c.Heading)}
	chosen := c.Key
	if r.Method == http.MethodPost {
		chosen = r.PostFormValue(name)
	}
	out.Pick.Options = []Option{{Text: s.T("sheet.match.none"), Chosen: chosen == ""}}
	for _, key := range e.Items() {
		out.Pick.Options = append(out.Pick.Options, Option{key, s.say(e.Heading(key)), key == chosen})
	}
	return out
}

// setColumns takes what the columns mean and checks every row.
func (s *Server) setColumns(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	keys := map[int]string{}
	for _, c := range b.Mapping {
		keys[c.Column] = r.PostFormValue("c" + strconv.Itoa(c.Column))
	}
	fresh, err := s.Intake.SetMapping(r.Context(), v.Actor, b.ID, keys)
	if err == nil {
		b = fresh
		fresh, err = s.Intake.Check(r.Context(), v.Actor, b.ID)
	}
	if bad := wrong(err); bad != nil {
		return s.writeImportColumns(w, r, v, http.StatusUnprocessableEntity, b, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, stepOf(fresh), "")
}

// jobFailed says why the last job of a batch ended without having done its
// work; it is zero when nothing failed.
func (s *Server) jobFailed(ctx context.Context, v Viewer, sh Shell, b intake.Batch) Notice {
	if b.Job == 0 {
		return Notice{}
	}
	j, err := s.Jobs.Find(ctx, v.Actor, b.Job)
	if err != nil || j.Message.IsZero() {
		return Notice{} // another person's job is no reason to fail the page
	}
	return Notice{Kind: "warn", Text: sh.say(j.Message)}
}

// importProgress shows the job that works on a batch; here is the page to read
// again. The page reloads where scripts are off.
func (s *Server) importProgress(ctx context.Context, v Viewer, sh *Shell, b intake.Batch, here string) Progress {
	sh.Refresh = 3
	p := Progress{ID: "job-" + b.ID.String(), Name: b.Name, Total: b.Rows, Done: b.Done, Text: sh.say(b.State.Title())}
	if j, err := s.Jobs.Find(ctx, v.Actor, b.Job); err == nil && b.Job != 0 {
		p = sh.progress(j, s.Now())
		p.Name = b.Name
	} else {
		p.Counted = sh.N(b.Done) + "/" + sh.N(b.Rows)
		p.Percent = core.Share{Num: b.Done, Den: b.Rows}.Percent()
	}
	p.Poll = here
	return p
}

// An ImportWriting shows how far writing is.
type ImportWriting struct {
	Shell
	Steps    Steps
	Progress Progress
	Stop     string // where the button leads
}

var importWritingPage = newPage[ImportWriting]("import_writing.html")

func (s *Server) importWriting(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	if b.State != intake.Writing {
		http.Redirect(w, r, stepOf(b), http.StatusSeeOther)
		return nil
	}
	p := ImportWriting{Shell: s.importShell(r, v, b, "import.writing.title"), Stop: importPath(b, "stop")}
	p.Steps = p.importSteps(4)
	p.Progress = s.importProgress(r.Context(), v, &p.Shell, b, importPath(b, "writing"))
	return importWritingPage.write(w, http.StatusOK, p)
}

// writeBatch writes the rows that are new or changed.
func (s *Server) writeBatch(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	fresh, err := s.Intake.Write(r.Context(), v.Actor, b.ID, intake.Options{Whole: r.PostFormValue("whole") == "yes"})
	if bad := wrong(err); bad != nil {
		return s.writeImportRows(w, r, v, http.StatusUnprocessableEntity, b, bad)
	}
	if err != nil {
		return err
	}
	if fresh.State == intake.Checked { // all or nothing, and a row was overtaken
		return s.redirect(w, r, stepOf(fresh), "import.whole.none")
	}
	return s.redirect(w, r, stepOf(fresh), "")
}

func (s *Server) stopBatch(w http.ResponseWriter, r *http.Request, v Viewer) error {
	b, err := s.batchOf(r, v)
	if err != nil {
		return err
	}
	fresh, err := s.Intake.Stop(r.Context(), v.Actor, b.ID)
	if err != nil {
		return err
	}
	return s.redirect(w, r, stepOf(fresh), "import.stopped")
}

// withQuery returns an address with the values that are not empty.
func withQuery(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
