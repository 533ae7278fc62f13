package web

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/member"
	"tongpin/internal/text"
)

// fileTypes are the media types of the files that we send, by their ending.
var fileTypes = map[string]string{
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".csv":  "text/csv; charset=utf-8",
	".zip":  "application/zip",
}

// sendFile sends a whole file or nothing. The name travels in both ways that
// RFC 6266 has: in UTF-8, and in ASCII for old programs.
func sendFile(w http.ResponseWriter, name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", fileTypes[path.Ext(name)])
	h.Set("Content-Disposition", disposition(name))
	_, _ = b.WriteTo(w) // a visitor who has left is not our error
	return nil
}

// disposition says that a file is to be saved under a name.
func disposition(name string) string {
	ascii := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%/`, c) {
			return '_'
		}
		return c
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// An ExportAsk asks for what a list with id numbers and phones is needed.
type ExportAsk struct {
	Shell
	Problems       ErrorSummary
	Under          string
	Purpose, Words Field
	As             Field
	Back           Link
}

var exportAskPage = newPage[ExportAsk]("export_ask.html")

// export sends a list that can be imported again. One with id numbers and
// phones is sent in answer to a form alone, which asks why.
func (s *Server) export(w http.ResponseWriter, r *http.Request, v Viewer) error {
	x := intake.Export{Entity: intake.Entity(r.PathValue("entity")), Lang: v.Lang, CSV: r.FormValue("as") == "csv"}
	if !slices.Contains(entities, x.Entity) {
		return core.NotFound
	}
	var err error
	if x.Under, err = v.under(r); err != nil {
		return err
	}
	if on := r.FormValue("on"); on != "" {
		if x.On, err = core.ParseDate(on); err != nil {
			return core.Fail(core.Invalid, "date.unreadable", on)
		}
	}
	h, err := s.Org.Head(r.Context(), v.Actor, x.Under)
	if err != nil {
		return err
	}
	if x.Entity == intake.Members && r.FormValue("sensitive") == "yes" {
		if !h.May[access.ExportPeople] || !h.May[access.OpenFields] {
			return core.Forbidden
		}
		p, why := s.exportAsk(r, v, x, h.Org.Name)
		if r.Method != http.MethodPost || p.Wrong {
			code := http.StatusOK
			if p.Wrong {
				code = http.StatusUnprocessableEntity
			}
			return exportAskPage.write(w, code, p)
		}
		x.Sensitive, x.Why = true, why
	}
	ending := ".xlsx"
	if x.CSV {
		ending = ".csv"
	}
	day := x.On
	if day.IsZero() {
		day = core.DateOf(s.Now())
	}
	name := text.T(v.Lang, "export.name", h.Org.Name, x.Entity.Title(), day.String()) + ending
	return sendFile(w, name, func(w io.Writer) error { return s.Intake.Export(r.Context(), v.Actor, x, w) })
}

// exportAsk returns the form, with what is wrong with it once it was sent, and
// the purpose that was.
func (s *Server) exportAsk(r *http.Request, v Viewer, x intake.Export, of string) (ExportAsk, member.Purpose) {
	var bad core.Fields
	given := member.Purpose{Code: r.PostFormValue("purpose"), Words: strings.TrimSpace(r.PostFormValue("words"))}
	if r.Method == http.MethodPost {
		bad = core.FieldsOf(given.Check())
	}
	sh := s.shell(r, v, "people", "export.ask.title")
	sh.Lead, sh.Narrow = sh.T("export.ask.lead", of), true
	p := ExportAsk{Shell: sh, Under: x.Under.String(), Back: Link{sh.T("people.title"), "/people?under=" + x.Under.String()}}
	p.here = "/export/members?sensitive=yes&under=" + p.Under
	why := []Option{{Text: sh.T("person.purpose.choose")}}
	for _, c := range member.Purposes {
		why = append(why, Option{Value: c, Text: sh.say(member.PurposeTitle(c))})
	}
	p.Purpose = sh.choice(r, bad, "purpose", "person.open.purpose", "select", why)
	p.Words = sh.field(r, bad, "words", "person.open.words", "text")
	p.As = sh.choice(r, nil, "as", "export.as", "radio", []Option{{"xlsx", sh.T("export.as.xlsx"), !x.CSV}, {"csv", sh.T("export.as.csv"), x.CSV}})
	p.Problems = sh.problems(bad, p.Purpose, p.Words)
	p.Wrong = !p.Problems.IsZero()
	return p, given
}
