package web

import (
	"errors"
	"net/http"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/org"
)

// A PersonView is a person's page: the items of the roster with the numbers
// masked, where the person belongs and belonged, and duties.
type PersonView struct {
	Shell
	Problems ErrorSummary
	Own      Notice
	Opened   Opening
	Record   Facts
	Change   Link
	Consents Link
	Hold     Link
	Numbers  Facts
	Open     OpenForm
	Stays    Trail
	Turns    []Link
	Duties   []DutyRow
}

// An Opening is a number that is shown once, in the answer to the form that
// asked for it.
type Opening struct{ Label, Value, Note string }

// An OpenForm asks for one number and why.
type OpenForm struct {
	Go                    string // where it leads; "" for who may open none
	Which, Purpose, Words Field
}

// A DutyRow is one duty of a person.
type DutyRow struct {
	Duty string
	Org  Link
	From string
	To   string
}

var personPage = newPage[PersonView]("person.html")

// personID reads the person that the path names.
func personID(r *http.Request) (core.PersonID, error) {
	id, err := core.ParseID(r.PathValue("person"))
	return core.PersonID(id), err
}

// personOf returns the person that the address names, with the organisation
// that keeps the record; of somebody's own record without a right there, that
// is empty.
func (s *Server) personOf(r *http.Request, v Viewer) (member.View, org.Head, error) {
	id, err := personID(r)
	if err != nil {
		return member.View{}, org.Head{}, err
	}
	view, err := s.Member.Page(r.Context(), v.Actor, id)
	if err != nil {
		return view, org.Head{}, err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, view.Org)
	if view.Own && (errors.Is(err, core.NotFound) || errors.Is(err, core.Forbidden)) {
		return view, org.Head{}, nil
	}
	return view, h, err
}

func (s *Server) person(w http.ResponseWriter, r *http.Request, v Viewer) error {
	view, h, err := s.personOf(r, v)
	if err != nil {
		return err
	}
	return s.writePerson(w, r, v, http.StatusOK, view, h, Opening{}, nil)
}

func (s *Server) writePerson(w http.ResponseWriter, r *http.Request, v Viewer, code int, view member.View, h org.Head, opened Opening, bad core.Fields) error {
	sh := s.personShell(r, v, view, h)
	p := PersonView{Shell: sh, Opened: opened}
	base := "/people/" + view.ID.String()
	p.here = base
	if view.Own {
		p.Own = Notice{Kind: "info", Text: sh.T("person.own"), Link: Link{sh.T("sightings.title"), "/me/record"}}
	}
	p.Record = sh.recordOf(view.Person)
	if err := s.heldOrErased(r, v, &p, view, h); err != nil {
		return err
	}
	if h.May[access.ChangePeople] && view.ErasedAt.IsZero() {
		p.Change = Link{sh.T("person.change"), base + "/change"}
		p.Turns = sh.turnLinks(view, base)
		p.Consents = Link{sh.T("consents.open"), base + "/consents"}
	}
	if view.Own {
		p.Consents = Link{sh.T("consents.title"), "/me/consents"}
	}
	p.Numbers.Rows = []Fact{
		{Label: sh.T("person.field.id_number"), Value: sh.masked(view.MaskedIDNumber)},
		{Label: sh.T("person.field.phone"), Value: sh.masked(view.MaskedPhone)},
	}
	if h.May[access.OpenFields] && (view.HasIDNumber() || view.HasPhone()) {
		p.Open = sh.openForm(r, view, bad)
		p.Open.Go = base + "/open"
	}
	p.stays(view)
	p.duties(view, h)
	p.Problems = sh.problems(bad, p.Open.Which, p.Open.Purpose, p.Open.Words)
	p.Wrong = !p.Problems.IsZero()
	return personPage.write(w, code, p)
}

// heldOrErased says on the page of a person that a hold keeps the record, to
// whoever keeps it and may place or lift one, or that a rule has erased it.
func (s *Server) heldOrErased(r *http.Request, v Viewer, p *PersonView, view member.View, h org.Head) error {
	if !view.ErasedAt.IsZero() {
		p.Own = Notice{Kind: "info", Text: p.T("retention.person_erased")}
		return nil
	}
	if !h.May[access.ChangePeople] {
		return nil
	}
	to := p.here + "/hold"
	held, err := s.Retention.HoldOf(r.Context(), v.Actor, view.ID)
	switch {
	case err == nil:
		p.Hold = Link{p.T("hold.change"), to}
		if p.Own.IsZero() {
			p.Own = Notice{Kind: "info", Text: p.T("retention.held", held.Until, held.Reason)}
		}
	case core.KindOf(err) == core.NotFound:
		p.Hold = Link{p.T("hold.open"), to}
	default:
		return err
	}
	return nil
}

// personShell returns the frame of a page about one person.
func (s *Server) personShell(r *http.Request, v Viewer, view member.View, h org.Head) Shell {
	sh := s.shell(r, v, "people", "person.title", view.Name)
	sh.Lead = sh.T("person.lead", member.KindTitle(view.Kind), view.At)
	if h.Org.ID != 0 {
		sh.Path = append(sh.orgPath(h.Above, "/people?under="), Link{h.Org.Name, "/people?under=" + h.Org.ID.String()}, Link{Text: view.Name})
	}
	return sh
}

// masked shows a masked number, or that there is none.
func (s Shell) masked(number string) string {
	if number == "" {
		return s.T("person.none")
	}
	return number
}

// recordOf lists the items of the roster that are open.
func (s Shell) recordOf(m member.Person) Facts {
	var f Facts
	for _, i := range s.items(m) {
		if i.Value == "" {
			i.Value = s.T("person.none")
		}
		f.Rows = append(f.Rows, i)
	}
	return f
}

// items are the open items of a record, in the order of a roster.
func (s Shell) items(m member.Person) []Fact {
	sex := ""
	if m.Sex != "" {
		sex = s.T("person_sex." + m.Sex)
	}
	return []Fact{
		{Label: s.T("sheet.member.name"), Value: m.Name},
		{Label: s.T("sheet.member.sex"), Value: sex},
		{Label: s.T("sheet.member.ethnicity"), Value: m.Ethnicity},
		{Label: s.T("sheet.member.born_on"), Value: s.day(m.BornOn)},
		{Label: s.T("sheet.member.education"), Value: m.Education},
		{Label: s.T("sheet.member.category"), Value: s.say(member.KindTitle(m.Kind))},
		{Label: s.T("sheet.member.joined_on"), Value: s.day(m.JoinedOn)},
		{Label: s.T("sheet.member.confirmed_on"), Value: s.day(m.ConfirmedOn)},
		{Label: s.T("sheet.member.position"), Value: m.Position},
		{Label: s.T("sheet.member.note"), Value: m.Note},
	}
}

// day writes a date; one that is not known is nothing.
func (s Shell) day(d core.Date) string {
	if d.IsZero() {
		return ""
	}
	return s.Day(d)
}

// openForm asks which number is to be opened and why. The words come back when
// the form does, the number never.
func (s Shell) openForm(r *http.Request, view member.View, bad core.Fields) OpenForm {
	var f OpenForm
	var which, why []Option
	for _, o := range []struct {
		field string
		kept  bool
	}{{member.IDNumber, view.HasIDNumber()}, {member.Phone, view.HasPhone()}} {
		if o.kept {
			which = append(which, Option{Value: o.field, Text: s.T("person.field." + o.field)})
		}
	}
	which[0].Chosen = r.PostFormValue("field") == ""
	why = append(why, Option{Text: s.T("person.purpose.choose")})
	for _, code := range member.Purposes {
		why = append(why, Option{Value: code, Text: s.say(member.PurposeTitle(code))})
	}
	f.Which = s.choice(r, bad, "field", "person.open.which", "radio", which)
	f.Purpose = s.choice(r, bad, "purpose", "person.open.purpose", "select", why)
	f.Words = s.field(r, bad, "words", "person.open.words", "text")
	f.Words.Autocomplete = "off"
	return f
}

// openField shows one number once: in this answer, which nothing keeps. The
// service is asked before the page is, so that every attempt is journalled.
func (s *Server) openField(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := personID(r)
	if err != nil {
		return err
	}
	field, why := r.PostFormValue("field"), member.Purpose{Code: r.PostFormValue("purpose"), Words: r.PostFormValue("words")}
	value, err := s.Member.OpenField(r.Context(), v.Actor, id, field, why)
	bad := wrong(err)
	if err != nil && bad == nil {
		return err
	}
	view, h, err := s.personOf(r, v)
	if err != nil {
		return err
	}
	if bad != nil {
		return s.writePerson(w, r, v, http.StatusUnprocessableEntity, view, h, Opening{}, bad)
	}
	sh := Shell{Lang: v.Lang}
	o := Opening{Label: sh.T("person.field." + field), Value: value, Note: sh.T("person.opened.note", member.PurposeTitle(why.Code))}
	return s.writePerson(w, r, v, http.StatusOK, view, h, o, nil)
}

// stays lists the affiliations, the newest first.
func (p *PersonView) stays(view member.View) {
	for _, a := range view.Affiliations {
		e := Event{
			Day: p.Day(a.From), When: a.From.String(), Text: p.T("person.stay", a.OrgName, member.KindTitle(a.Kind)),
			Link: Link{},
		}
		e.Note = p.T("person.stay.now")
		if a.To != core.Forever {
			e.Kind, e.Note = "system", p.T("person.stay.until", a.To)
		}
		p.Stays.Events = append(p.Stays.Events, e)
	}
}

// duties lists what the person does or did in organisations.
func (p *PersonView) duties(view member.View, h org.Head) {
	for _, d := range view.Duties {
		row := DutyRow{Duty: p.T("org.duty." + d.Duty), Org: Link{Text: d.OrgName}, From: d.Period.From.String(), To: p.T("person.duty.now")}
		if d.Org == h.Org.ID {
			row.Org.Href = "/orgs/" + d.Org.String()
		}
		if d.Period.To != core.Forever {
			row.To = d.Period.To.String()
		}
		p.Duties = append(p.Duties, row)
	}
}
