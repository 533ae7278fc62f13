package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

// The wizard has one address per step, so that Back works and a step can be
// left and opened again: /import/new, then below /import/{batch} the sheet, the
// columns, the rows, the writing and the result.
func (s *Server) mountImport(m *http.ServeMux) {
	s.route(m, "GET /import", signedIn, s.imports)
	s.route(m, "GET /import/new", signedIn, s.importNew)
	s.route(m, "POST /import/new", signedIn, s.upload, body(sheet.DefaultLimits.Bytes+defaultBody))
	s.route(m, "GET /import/template", signedIn, s.importTemplate)
	s.route(m, "GET /import/{batch}", signedIn, s.importStep)
	s.route(m, "GET /import/{batch}/sheet", signedIn, s.importSheet)
	s.route(m, "POST /import/{batch}/sheet", signedIn, s.chooseSheet)
	s.route(m, "GET /import/{batch}/columns", signedIn, s.importColumns)
	s.route(m, "POST /import/{batch}/columns", signedIn, s.setColumns)
	s.route(m, "GET /import/{batch}/rows", signedIn, s.importRows)
	s.route(m, "GET /import/{batch}/refused.xlsx", signedIn, s.importRefused)
	s.route(m, "POST /import/{batch}/write", signedIn, s.writeBatch)
	s.route(m, "GET /import/{batch}/writing", signedIn, s.importWriting)
	s.route(m, "POST /import/{batch}/stop", signedIn, s.stopBatch)
	s.route(m, "GET /import/{batch}/result", signedIn, s.importResult)
	s.route(m, "POST /import/{batch}/undo", signedIn, s.undoBatch)
}

// entities lists what may be imported, in the order in which it makes sense.
var entities = []intake.Entity{intake.Orgs, intake.Enterprises, intake.Members}

// mayImport returns what the viewer's roles let them import.
func (v Viewer) mayImport() []intake.Entity {
	return slices.DeleteFunc(slices.Clone(entities), func(e intake.Entity) bool {
		if e == intake.Members {
			return !v.may(access.ImportPeople)
		}
		return !v.may(access.ImportOrgs)
	})
}

// Imports lists the files that were sent, newest first.
type Imports struct {
	Shell
	New   Link
	Rows  []ImportLine
	Empty Empty
}

// An ImportLine is one file of the list.
type ImportLine struct {
	Link
	About string // what it lists, for which organisation
	When  string
	Rows  string
	Tag   Tag
}

var importsPage = newPage[Imports]("imports.html")

// shownBatches is how many files the list shows.
const shownBatches = 50

// imports shows the list. An address that names what is to be imported leads to
// the first step.
func (s *Server) imports(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if r.FormValue("entity") != "" {
		http.Redirect(w, r, withQuery("/import/new", "entity", r.FormValue("entity"), "under", r.FormValue("under")), http.StatusSeeOther)
		return nil
	}
	under, err := v.under(r)
	if err != nil {
		return err
	}
	all, err := s.Intake.Batches(r.Context(), v.Actor, under, shownBatches)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "import", "import.list.title")
	sh.Lead = sh.T("import.list.lead")
	p := Imports{Shell: sh, New: Link{sh.T("import.list.new"), "/import/new"}}
	for _, b := range all {
		p.Rows = append(p.Rows, ImportLine{
			Link: Link{b.Name, "/import/" + b.ID.String()}, About: sh.T("import.about", b.Entity.Title(), b.UnderName),
			When: sh.When(b.CreatedAt.In(s.Now().Location())), Rows: sh.N(b.Rows), Tag: sh.batchTag(b.State),
		})
	}
	if len(all) == 0 {
		p.New = Link{}
		p.Empty = Empty{Title: sh.T("import.list.empty"), Text: sh.T("import.list.empty.text"), Action: Link{sh.T("import.list.new"), "/import/new"}}
	}
	return importsPage.write(w, http.StatusOK, p)
}

// batchTag says how far a batch is.
func (s Shell) batchTag(st intake.State) Tag {
	kind := map[intake.State]TagKind{
		intake.Uploaded: New, intake.Mapped: New, intake.Checked: New, intake.Checking: Wait, intake.Writing: Wait,
		intake.Undoing: Wait, intake.Stopped: Wait, intake.Written: OK, intake.Undone: Off,
	}[st]
	return Tag{kind, s.say(st.Title())}
}

// An ImportNew asks for the file.
type ImportNew struct {
	Shell
	Problems  ErrorSummary
	Steps     Steps
	Entity    Field
	File      Field
	Under     string
	For       string // the organisation that the file is sent for
	Templates []Link
	Before    Link
}

var importNewPage = newPage[ImportNew]("import_new.html")

// importFile is an ordinary form, read from a body that has a file in it.
type importFile struct {
	name   string
	data   []byte
	values url.Values
}

// readUpload reads a form with a file named file. Nothing of it touches the
// disk: rosters are stored sealed alone.
func readUpload(r *http.Request, limit int64) (f importFile, err error) {
	f.values = url.Values{}
	parts, err := r.MultipartReader()
	if err != nil {
		return f, &core.Error{Kind: core.Invalid, Msg: core.M("web.form.unreadable"), Err: err}
	}
	for fields := 0; ; fields++ {
		p, err := parts.NextPart()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return f, unreadable(err)
		}
		if fields > maxFields {
			return f, core.Fail(core.Invalid, "web.form.unreadable")
		}
		if err := f.take(p, limit); err != nil {
			return f, unreadable(err)
		}
	}
}

func (f *importFile) take(p *multipart.Part, limit int64) error {
	if p.FormName() != "file" {
		limit = 1 << 10
	}
	b, err := io.ReadAll(io.LimitReader(p, limit+1))
	switch {
	case err != nil:
		return err
	case p.FormName() == "file":
		if f.name, f.data = p.FileName(), b; int64(len(b)) > limit {
			return &http.MaxBytesError{Limit: limit}
		}
	case int64(len(b)) > limit:
		return core.Fail(core.Invalid, "web.form.unreadable")
	default:
		f.values.Set(p.FormName(), string(b))
	}
	return nil
}

// unreadable returns the error of a body that is over its limit or no form.
func unreadable(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || core.KindOf(err) == core.Invalid {
		return err
	}
	return &core.Error{Kind: core.Invalid, Msg: core.M("web.form.unreadable"), Err: err}
}

func (s *Server) importNew(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeImportNew(w, r, v, http.StatusOK, r.URL.Query(), nil)
}

// writeImportNew writes the first step; values are what the form or the address
// says.
func (s *Server) writeImportNew(w http.ResponseWriter, r *http.Request, v Viewer, code int, values url.Values, bad core.Fields) error {
	may := v.mayImport()
	if len(may) == 0 {
		return core.Forbidden
	}
	sh := s.shell(r, v, "import", "import.new.title")
	sh.here = "/import/new"
	sh.Path = []Link{{sh.T("import.list.title"), "/import"}, {Text: sh.Title}}
	p := ImportNew{Shell: sh, Steps: sh.importSteps(1), Under: values.Get("under"), For: v.Org}
	if id, err := core.ParseID(p.Under); err == nil && core.OrgID(id) != v.Under {
		h, err := s.Org.Head(r.Context(), v.Actor, core.OrgID(id))
		if err != nil {
			return err
		}
		p.For = h.Org.Name
	}
	p.Entity = Field{Name: "entity", Label: sh.T("import.entity"), Type: "radio", Error: sh.say(bad["entity"])}
	chosen := intake.Entity(values.Get("entity"))
	for _, e := range may {
		p.Entity.Options = append(p.Entity.Options, Option{string(e), sh.T("import.entity." + string(e)), e == chosen || len(may) == 1})
		p.Templates = append(p.Templates, Link{sh.say(e.Title()), "/import/template?of=" + string(e)})
	}
	p.File = Field{Name: "file", Label: sh.T("import.file"), Type: "file", Accept: ".xlsx,.csv", Error: sh.say(bad["file"])}
	p.File.Hint = sh.T("import.file.hint", size(sheet.DefaultLimits.Bytes))
	p.Problems = sh.problems(bad, p.Entity, p.File)
	if !bad["entity"].IsZero() {
		p.Problems.Items[0].Href = "#entity-" + string(may[0])
	}
	p.Wrong = !p.Problems.IsZero()
	return importNewPage.write(w, code, p)
}

// upload takes the file and leads to the next step. What cannot be read is said
// beside the field.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, v Viewer) error {
	f, err := readUpload(r, sheet.DefaultLimits.Bytes)
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		bad := core.Fields{"file": core.M("sheet.too_big", int(min(big.Limit, sheet.DefaultLimits.Bytes)>>20))}
		return s.writeImportNew(w, r, v, http.StatusRequestEntityTooLarge, f.values, bad)
	}
	if err != nil {
		return err
	}
	under := v.Under
	if at := f.values.Get("under"); at != "" {
		id, err := core.ParseID(at)
		if err != nil {
			return err
		}
		under = core.OrgID(id)
	}
	entity := intake.Entity(f.values.Get("entity"))
	var bad core.Fields
	bad.If(!slices.Contains(entities, entity), "entity", "import.entity.missing")
	bad.If(f.name == "", "file", "import.file.missing")
	if bad != nil {
		return s.writeImportNew(w, r, v, http.StatusUnprocessableEntity, f.values, bad)
	}
	b, err := s.Intake.Upload(r.Context(), v.Actor, intake.Upload{Entity: entity, Under: under, Name: f.name, Data: f.data})
	if errors.Is(err, core.Invalid) {
		return s.writeImportNew(w, r, v, http.StatusUnprocessableEntity, f.values, core.Fields{"file": core.MsgOf(err)})
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, stepOf(b), "")
}

// importTemplate sends an empty list to fill in.
func (s *Server) importTemplate(w http.ResponseWriter, r *http.Request, v Viewer) error {
	e := intake.Entity(r.FormValue("of"))
	if !slices.Contains(entities, e) {
		return core.NotFound
	}
	return sendFile(w, text.T(v.Lang, "import.template.name", e.Title())+".xlsx", func(w io.Writer) error {
		return intake.WriteTemplate(w, e, v.Lang)
	})
}
