package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/names"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// A PersonForm is a form about one person: enrol, change, transfer, confirm,
// end.
type PersonForm struct {
	Shell
	Problems ErrorSummary
	Both     []BothRow // what was typed beside what stands there now
	Fields   []Field
	Hidden   []Option
	Go       string // where the form leads
	Button   string
	Back     Link
	Note     string
}

// A BothRow is one item of two versions of a record.
type BothRow struct{ Label, Yours, Theirs string }

var personFormPage = newPage[PersonForm]("person_form.html")

// An orgPick is an organisation chosen by search: a field for words, and the
// organisations found.
type orgPick struct {
	id     core.OrgID // 0 while none is chosen
	fields []Field
}

// foundOrgs is how many organisations a search offers.
const foundOrgs = 8

// pickOrg reads the choice of an organisation. A search that finds one of
// exactly that name chooses it; else what was found comes back to choose from.
// given is the one that is offered before anybody searched, or 0.
func (s *Server) pickOrg(ctx context.Context, r *http.Request, v Viewer, sh Shell, bad *core.Fields, label string, given core.OrgID) (orgPick, error) {
	var p orgPick
	words, was := r.PostFormValue("org_q"), r.PostFormValue("org_was")
	if id, err := core.ParseID(r.PostFormValue("org")); err == nil && words == was {
		p.id = core.OrgID(id)
	}
	if r.Method != http.MethodPost {
		p.id = given
	}
	found := Field{Name: "org", Label: sh.T("person.org.found"), Type: "radio"}
	if words != "" {
		l, err := s.Org.List(r.Context(), v.Actor, org.Query{Under: v.Under, Search: words, Page: core.Page{Size: foundOrgs}})
		if err != nil {
			return p, err
		}
		for _, row := range l.Rows {
			text := row.Name
			if row.Where != "" {
				text = sh.T("person.org.where", row.Name, row.Where)
			}
			found.Options = append(found.Options, Option{row.ID.String(), text, row.ID == p.id})
			if p.id == 0 && words != was && l.Total == 1 && names.Fold(row.Name) == names.Fold(words) {
				p.id = row.ID
				found.Options[0].Chosen = true
			}
		}
		bad.If(len(l.Rows) == 0, "org_q", "person.org.nothing", words)
		bad.If(len(l.Rows) > 0 && p.id == 0, "org", "person.org.choose", l.Total)
	}
	if len(found.Options) == 0 && p.id != 0 {
		h, err := s.Org.Head(ctx, v.Actor, p.id)
		if err != nil {
			return p, err
		}
		found.Options = []Option{{p.id.String(), h.Org.Name, true}}
	}
	q := sh.field(r, nil, "org_q", label, "search")
	q.Autocomplete = "off"
	p.fields = []Field{q}
	if len(found.Options) > 0 {
		p.fields = append(p.fields, found)
	}
	return p, nil
}

// marks puts the complaints beside the fields, which were made before anybody
// knew them all.
func (s Shell) marks(fields []Field, bad core.Fields) []Field {
	for i := range fields {
		if m := bad[fields[i].Name]; !m.IsZero() {
			fields[i].Error = s.say(m)
		}
	}
	return fields
}

// finish writes a form; bad is what must be corrected.
func (p PersonForm) finish(w http.ResponseWriter, code int, bad core.Fields) error {
	p.Fields = p.marks(p.Fields, bad)
	p.Problems = p.problems(bad, p.Fields...)
	for i, item := range p.Problems.Items { // a choice takes the focus at its first option
		for _, f := range p.Fields {
			if f.Type == "radio" && item.Href == "#"+f.Name && len(f.Options) > 0 {
				p.Problems.Items[i].Href = "#" + f.Name + "-" + f.Options[0].Value
			}
		}
	}
	p.Wrong = code != http.StatusOK
	return personFormPage.write(w, code, p)
}

// dateIn reads a day of a form; what is no day is complained of.
func dateIn(r *http.Request, bad *core.Fields, name string) core.Date {
	text := r.PostFormValue(name)
	if text == "" {
		return core.Date{}
	}
	d, err := core.ParseDate(text)
	bad.If(err != nil, name, "date.unreadable", text)
	return d
}

// recordFields are the fields of a record, filled from the request or from m.
func (s Shell) recordFields(r *http.Request, m member.Person, masked [2]string) []Field {
	set := func(f Field, value string) Field {
		if r.Method != http.MethodPost {
			f.Value = value
		}
		for i := range f.Options {
			f.Options[i].Chosen = f.Options[i].Value == f.Value
		}
		return f
	}
	pick := func(name, label string, options []Option) Field {
		return s.choice(r, nil, name, label, "select", options)
	}
	sexes := []Option{{Text: s.T("person.unknown")}, {Value: string(rule.Male), Text: s.T("person_sex.male")}, {Value: string(rule.Female), Text: s.T("person_sex.female")}}
	var kinds []Option
	for _, k := range member.Kinds {
		kinds = append(kinds, Option{Value: k, Text: s.say(member.KindTitle(k))})
	}
	day := func(name, label string, d core.Date) Field {
		f := set(s.field(r, nil, name, label, "date"), d.String())
		f.Short = true
		return f
	}
	line := func(name, label, value string) Field { return set(s.field(r, nil, name, label, "text"), value) }
	id := s.field(r, nil, "id_number", "person.form.id_number", "text")
	phone := s.field(r, nil, "phone", "person.form.phone", "tel")
	id.Autocomplete, phone.Autocomplete, phone.Inputmode = "off", "off", "tel"
	if masked[0] != "" {
		id.Hint = s.T("person.form.kept", masked[0])
	}
	if masked[1] != "" {
		phone.Hint = s.T("person.form.kept", masked[1])
	}
	return []Field{
		line("name", "sheet.member.name", m.Name),
		set(pick("sex", "sheet.member.sex", sexes), m.Sex),
		line("ethnicity", "sheet.member.ethnicity", m.Ethnicity),
		day("born_on", "sheet.member.born_on", m.BornOn),
		line("education", "sheet.member.education", m.Education),
		id,
		set(pick("kind", "sheet.member.category", kinds), m.Kind),
		day("joined_on", "sheet.member.joined_on", m.JoinedOn),
		day("confirmed_on", "sheet.member.confirmed_on", m.ConfirmedOn),
		line("position", "sheet.member.position", m.Position),
		phone,
		set(s.field(r, nil, "note", "sheet.member.note", "textarea"), m.Note),
	}
}

func (s *Server) enrolForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	p, _, err := s.enrolPage(r, v, new(core.Fields))
	if err != nil {
		return err
	}
	return p.finish(w, http.StatusOK, nil)
}

// enrolPage returns the form that adds a person, and the organisation chosen.
func (s *Server) enrolPage(r *http.Request, v Viewer, bad *core.Fields) (PersonForm, core.OrgID, error) {
	under, err := v.under(r)
	if err != nil {
		return PersonForm{}, 0, err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, under)
	if err != nil {
		return PersonForm{}, 0, err
	}
	if !h.May[access.ChangePeople] {
		return PersonForm{}, 0, core.Forbidden
	}
	sh := s.shell(r, v, "people", "person.enrol.title")
	sh.Narrow = true
	p := PersonForm{Shell: sh, Go: "/people/new", Button: sh.T("person.enrol.go"), Back: Link{sh.T("people.title"), "/people?under=" + under.String()}, Note: sh.T("person.enrol.note")}
	sh.here = "/people/new"
	given := under
	if h.Org.Kind == rule.Committee || h.Org.Kind == rule.GeneralBranch {
		given = 0
	}
	pick, err := s.pickOrg(r.Context(), r, v, sh, bad, "person.org", given)
	if err != nil {
		return p, 0, err
	}
	if under != v.Under {
		p.Hidden = append(p.Hidden, Option{Value: under.String(), Text: "under"})
	}
	p.Hidden = append(p.Hidden, Option{Value: r.PostFormValue("org_q"), Text: "org_was"})
	from := sh.field(r, nil, "from", "person.form.from", "date")
	from.Short = true
	p.Fields = append(pick.fields, sh.recordFields(r, member.Person{Kind: member.Full}, [2]string{})...)
	p.Fields = append(p.Fields, from)
	return p, pick.id, nil
}

func (s *Server) enrol(w http.ResponseWriter, r *http.Request, v Viewer) error {
	var bad core.Fields
	p, at, err := s.enrolPage(r, v, &bad)
	if err != nil {
		return err
	}
	e := member.Enrolment{
		Name: r.PostFormValue("name"), Sex: r.PostFormValue("sex"), Ethnicity: r.PostFormValue("ethnicity"), BornOn: dateIn(r, &bad, "born_on"),
		Education: r.PostFormValue("education"), IDNumber: r.PostFormValue("id_number"), JoinedOn: dateIn(r, &bad, "joined_on"),
		ConfirmedOn: dateIn(r, &bad, "confirmed_on"), Kind: r.PostFormValue("kind"), Org: at, Position: r.PostFormValue("position"),
		Phone: r.PostFormValue("phone"), Note: r.PostFormValue("note"), From: dateIn(r, &bad, "from"),
	}
	bad.If(at == 0, "org_q", "membership.org_missing")
	if bad != nil {
		return p.finish(w, http.StatusUnprocessableEntity, bad)
	}
	made, err := s.Member.Enrol(r.Context(), v.Actor, e)
	if bad := wrong(err); bad != nil {
		return p.finish(w, status[core.KindOf(err)], renamed(bad, "org", "org_q"))
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/people/"+made.ID.String(), "person.enrolled")
}

// renamed gives the complaint about a field to another one.
func renamed(bad core.Fields, from, to string) core.Fields {
	if m, ok := bad[from]; ok {
		delete(bad, from)
		bad[to] = m
	}
	return bad
}

func (s *Server) personChangeForm(w http.ResponseWriter, r *http.Request, v Viewer) error {
	p, _, err := s.personChangePage(r, v)
	if err != nil {
		return err
	}
	return p.finish(w, http.StatusOK, nil)
}

// formOf returns a person and the frame of a form about him or her, for who may
// change people.
func (s *Server) formOf(r *http.Request, v Viewer, title string) (PersonForm, member.View, error) {
	view, h, err := s.personOf(r, v)
	if err != nil {
		return PersonForm{}, view, err
	}
	if !h.May[access.ChangePeople] {
		return PersonForm{}, view, core.Forbidden
	}
	sh := s.personShell(r, v, view, h)
	sh.Title, sh.Narrow = sh.T(title, view.Name), true
	version := strconv.Itoa(view.Version)
	if r.Method == http.MethodPost {
		version = r.PostFormValue("version")
	}
	back := Link{view.Name, "/people/" + view.ID.String()}
	return PersonForm{Shell: sh, Back: back, Hidden: []Option{{Value: version, Text: "version"}}}, view, nil
}

func (s *Server) personChangePage(r *http.Request, v Viewer) (PersonForm, member.View, error) {
	p, view, err := s.formOf(r, v, "person.change.title")
	if err != nil {
		return p, view, err
	}
	p.Go, p.Button = "/people/"+view.ID.String()+"/change", p.T("person.change.go")
	p.here = p.Go
	p.Fields = p.recordFields(r, view.Person, [2]string{view.MaskedIDNumber, view.MaskedPhone})
	on := p.field(r, nil, "on", "person.form.on", "date")
	on.Short = true
	p.Fields = append(p.Fields, on, p.field(r, nil, "reason", "person.form.reason", "text"))
	return p, view, nil
}

func (s *Server) changePerson(w http.ResponseWriter, r *http.Request, v Viewer) error {
	p, view, err := s.personChangePage(r, v)
	if err != nil {
		return err
	}
	var bad core.Fields
	text := func(name string) *string {
		s := r.PostFormValue(name)
		return &s
	}
	day := func(name string) *core.Date {
		d := dateIn(r, &bad, name)
		return &d
	}
	c := member.Change{
		Name: text("name"), Sex: text("sex"), Ethnicity: text("ethnicity"), BornOn: day("born_on"), Education: text("education"),
		JoinedOn: day("joined_on"), ConfirmedOn: day("confirmed_on"), Kind: text("kind"), Position: text("position"), Note: text("note"),
		On: dateIn(r, &bad, "on"), Reason: r.PostFormValue("reason"),
	}
	c.Version, err = strconv.Atoi(r.PostFormValue("version"))
	if err != nil || c.Version < 1 {
		return core.Fail(core.Invalid, "web.form.unreadable")
	}
	if r.PostFormValue("id_number") != "" {
		c.IDNumber = text("id_number")
	}
	if r.PostFormValue("phone") != "" {
		c.Phone = text("phone")
	}
	if bad != nil {
		return p.finish(w, http.StatusUnprocessableEntity, bad)
	}
	_, err = s.Member.Change(r.Context(), v.Actor, view.ID, c)
	if gone, ok := errors.AsType[*member.Stale](err); ok {
		return p.stale(w, err, gone.Theirs, p.differences(p.typed(r, view.Person), gone.Theirs))
	}
	if bad := wrong(err); bad != nil {
		return p.finish(w, status[core.KindOf(err)], bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/people/"+view.ID.String(), "person.changed")
}

// typed is the record as the form would have it.
func (p PersonForm) typed(r *http.Request, m member.Person) member.Person {
	m.Name, m.Sex, m.Ethnicity, m.Education = r.PostFormValue("name"), r.PostFormValue("sex"), r.PostFormValue("ethnicity"), r.PostFormValue("education")
	m.Kind, m.Position, m.Note = r.PostFormValue("kind"), r.PostFormValue("position"), r.PostFormValue("note")
	var bad core.Fields
	m.BornOn, m.JoinedOn, m.ConfirmedOn = dateIn(r, &bad, "born_on"), dateIn(r, &bad, "joined_on"), dateIn(r, &bad, "confirmed_on")
	return m
}

// differences are the items in which two versions of a record differ.
func (s Shell) differences(yours, theirs member.Person) (rows []BothRow) {
	there := s.items(theirs)
	for i, item := range s.items(yours) {
		if item.Value != there[i].Value {
			rows = append(rows, BothRow{item.Label, s.masked(item.Value), s.masked(there[i].Value)})
		}
	}
	return rows
}

// stale writes the form again with both versions beside each other, because
// somebody changed the record since it was opened. Sending it again settles it.
func (p PersonForm) stale(w http.ResponseWriter, err error, theirs member.Person, both []BothRow) error {
	p.Both = both
	for i := range p.Hidden {
		if p.Hidden[i].Text == "version" {
			p.Hidden[i].Value = strconv.Itoa(theirs.Version)
		}
	}
	return p.finish(w, http.StatusConflict, core.Fields{"": core.MsgOf(err)})
}
