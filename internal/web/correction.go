package web

import (
	"errors"
	"net/http"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/privacy"
	"tongpin/internal/rule"
)

// A CorrectionsView is the own record item by item, what was asked about it, and
// what others ask of the organisation that the viewer acts for.
type CorrectionsView struct {
	Shell
	Record Facts
	Mine   []OpinionLine
	Keeps  bool
	Asked  []OpinionLine
	Empty  Empty
}

// A CorrectionForm asks what an item should be.
type CorrectionForm struct {
	Shell
	Problems    ErrorSummary
	Item        string
	Wanted, Why Field
}

// A CorrectionView is one request with its answer.
type CorrectionView struct {
	Shell
	Problems     ErrorSummary
	Tag          Tag
	Facts        Facts
	Reply        string
	State        Field
	Answer       Field
	Go, Withdraw string // addresses of the forms, if the viewer may
}

var (
	correctionsPage    = newPage[CorrectionsView]("corrections.html")
	correctionFormPage = newPage[CorrectionForm]("correction_form.html")
	correctionPage     = newPage[CorrectionView]("correction.html")
)

func (s *Server) corrections(w http.ResponseWriter, r *http.Request, v Viewer) error {
	keeps, title := v.may(access.ChangePeople), "corrections.title"
	if keeps {
		title = "corrections.title.keeper"
	}
	sh := s.ownShell(r, v, title)
	sh.Lead = sh.T("corrections.lead", clock.CorrectionDays)
	if keeps {
		sh.Lead = sh.T("corrections.lead.keeper", clock.CorrectionDays)
	}
	p := CorrectionsView{Shell: sh, Keeps: keeps}
	record, mine, err := s.Privacy.Mine(r.Context(), v.Actor)
	switch {
	case err == nil:
		p.Record, p.Mine = sh.correctable(record), sh.correctionLines(mine, false)
	case !errors.Is(err, core.NotFound):
		return err
	case !p.Keeps:
		p.Empty = Empty{Title: sh.T("sightings.no_record"), Text: sh.T("sightings.no_record.text")}
	}
	if p.Keeps {
		asked, err := s.Privacy.Asked(r.Context(), v.Actor, v.Under)
		if err != nil {
			return err
		}
		p.Asked = sh.correctionLines(asked, true)
	}
	return correctionsPage.write(w, http.StatusOK, p)
}

// correctable are the items of a record, each with the way to its form.
func (s Shell) correctable(p member.Person) (f Facts) {
	standing := privacy.Standing(p)
	for _, item := range privacy.Items {
		row := Fact{Label: s.say(privacy.ItemTitle(item)), Value: s.itemText(item, standing[item])}
		if item == member.IDNumber && p.HasIDNumber() || item == member.Phone && p.HasPhone() {
			row.Value = s.T("corrections.kept")
		}
		row.Action, row.What = Link{s.T("corrections.item"), "/corrections/new?item=" + item}, row.Label
		f.Rows = append(f.Rows, row)
	}
	return f
}

// itemText writes a value of an item as a page shows it.
func (s Shell) itemText(item, value string) string {
	switch {
	case value == "":
		return s.T("person.none")
	case item == "sex":
		return s.T("person_sex." + value)
	}
	if d, err := core.ParseDate(value); err == nil {
		return s.Day(d)
	}
	return value
}

func (s Shell) correctionLines(all []privacy.Correction, named bool) []OpinionLine {
	lines := make([]OpinionLine, len(all))
	for i, c := range all {
		text := s.say(privacy.ItemTitle(c.Item))
		if named {
			text = s.T("corrections.of", c.Name, text)
		}
		lines[i] = OpinionLine{Name: Link{text, "/corrections/" + c.ID.String()}, When: s.Day(core.DateOf(c.CreatedAt)), Tag: s.correctionTag(c)}
	}
	return lines
}

func (s Shell) correctionTag(c privacy.Correction) Tag {
	kind := map[privacy.State]TagKind{privacy.Open: Wait, privacy.Accepted: OK, privacy.Declined: Off, privacy.Withdrawn: Done}[c.State]
	return Tag{kind, s.T("correction.state." + string(c.State))}
}

func (s *Server) newCorrection(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeCorrectionForm(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeCorrectionForm(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	record, _, err := s.Privacy.Mine(r.Context(), v.Actor)
	if err != nil {
		return err
	}
	item := r.FormValue("item")
	title := privacy.ItemTitle(item)
	kind := map[string]string{"born_on": "date", "joined_on": "date", "confirmed_on": "date", member.Phone: "tel", "note": "textarea"}[item]
	if kind == "" {
		kind = "text"
	}
	if !privacy.Correctable(item) {
		return core.NotFound
	}
	sh := s.ownShell(r, v, "correction.new.title", title)
	sh.Narrow = true
	sh.Lead = sh.T("correction.new.lead", sh.itemText(item, privacy.Standing(record)[item]))
	if item == member.IDNumber || item == member.Phone {
		sh.Lead = sh.T("correction.new.number")
	}
	p := CorrectionForm{Shell: sh, Item: item}
	p.Wanted = sh.field(r, bad, "wanted", "correction.wanted", kind)
	if item == "sex" {
		p.Wanted = sh.choice(r, bad, "wanted", "correction.wanted", "select", []Option{
			{Value: string(rule.Male), Text: sh.T("person_sex.male")}, {Value: string(rule.Female), Text: sh.T("person_sex.female")},
		})
	}
	p.Wanted.Autocomplete, p.Wanted.Short = "off", kind == "date"
	p.Why = sh.field(r, bad, "why", "correction.why", "textarea")
	p.Problems = sh.problems(bad, p.Wanted, p.Why)
	p.Wrong = !p.Problems.IsZero()
	return correctionFormPage.write(w, code, p)
}

func (s *Server) askCorrection(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Privacy.Ask(r.Context(), v.Actor, privacy.Request{Item: r.PostFormValue("item"), Wanted: r.PostFormValue("wanted"), Why: r.PostFormValue("why")})
	if bad := wrong(err); bad != nil {
		return s.writeCorrectionForm(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if errors.Is(err, core.Conflict) {
		return s.writeCorrectionForm(w, r, v, http.StatusConflict, core.Fields{"": core.MsgOf(err)})
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/corrections/"+c.ID.String(), "correction.asked", c.DueOn.String())
}

func (s *Server) correction(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeCorrection(w, r, v, http.StatusOK, nil)
}

func correctionID(r *http.Request) (core.ID, error) { return core.ParseID(r.PathValue("correction")) }

func (s *Server) writeCorrection(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	id, err := correctionID(r)
	if err != nil {
		return err
	}
	c, may, err := s.Privacy.Correction(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "correction.title", c.Name, privacy.ItemTitle(c.Item))
	p := CorrectionView{Shell: sh, Tag: sh.correctionTag(c), Reply: c.Answer}
	person := Fact{Label: sh.T("correction.person"), Value: c.Name}
	if may {
		person.Href = "/people/" + c.Person.String()
	}
	p.Facts.Rows = []Fact{person}
	if c.State == privacy.Open {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("correction.now"), Value: sh.itemText(c.Item, c.Now)})
	}
	p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("correction.wanted"), Value: sh.itemText(c.Item, c.Wanted)})
	if c.Why != "" {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: sh.T("correction.why"), Value: c.Why})
	}
	p.Facts.Rows = append(p.Facts.Rows,
		Fact{Label: sh.T("correction.org"), Value: c.OrgName}, Fact{Label: sh.T("correction.asked_on"), Value: sh.Day(core.DateOf(c.CreatedAt))},
		Fact{Label: sh.T("correction.due_on"), Value: sh.Day(c.DueOn)})
	base := "/corrections/" + id.String()
	switch {
	case c.State == privacy.Open && may:
		p.Go = base + "/answer"
		p.State = sh.choice(r, bad, "state", "correction.decision", "radio", []Option{
			{Value: string(privacy.Accepted), Text: sh.T("correction.accept")}, {Value: string(privacy.Declined), Text: sh.T("correction.decline")},
		})
		p.Answer = sh.field(r, bad, "answer", "correction.answer", "textarea")
	case c.State == privacy.Open:
		p.Withdraw = base + "/withdraw"
	}
	p.Problems = sh.problems(bad, p.State, p.Answer)
	p.Wrong = !p.Problems.IsZero()
	return correctionPage.write(w, code, p)
}

func (s *Server) decideCorrection(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := correctionID(r)
	if err != nil {
		return err
	}
	err = s.Privacy.Decide(r.Context(), v.Actor, id, privacy.State(r.PostFormValue("state")), r.PostFormValue("answer"))
	if bad := wrong(err); bad != nil {
		return s.writeCorrection(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if bad := core.FieldsOf(err); bad != nil { // a number that is another person's
		return s.writeCorrection(w, r, v, http.StatusConflict, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/corrections/"+id.String(), "correction.decided")
}

func (s *Server) withdrawCorrection(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := correctionID(r)
	if err != nil {
		return err
	}
	if err := s.Privacy.Withdraw(r.Context(), v.Actor, id); err != nil {
		return err
	}
	return s.redirect(w, r, "/corrections", "correction.withdrawn")
}
