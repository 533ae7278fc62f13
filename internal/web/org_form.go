package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// An OrgForm is a page on which one thing is done to an organisation. Where
// another organisation or a person is to be chosen, a search comes first: it is
// an ordinary address, so that it works without scripts.
type OrgForm struct {
	Shell
	Problems ErrorSummary
	Text     string // what it does
	Know     Facts  // what to know before
	Clash    Clash
	Warn     Verdicts // what the rules see in it, to be confirmed
	Search   Finder
	Action   string
	Hidden   []Option // sent along as they are
	Fields   []Field
	Picks    []Pick
	Go       string // on the button; "" where there is nothing to send yet
	Danger   bool   // the button does not fill
	Links    []Link // to what else can be asked for; without Href it is this
	Other    Link   // another form
	Back     Link
}

// A Finder searches for what a form needs.
type Finder struct {
	Action string
	Query  Field
	Keep   []Option
	Empty  string // nothing was found
}

// IsZero reports whether there is nothing to search for.
func (f Finder) IsZero() bool { return f.Action == "" }

// A Pick is any number of a few.
type Pick struct {
	Name, Legend, Hint string
	Options            []Option
}

// A Clash shows both versions when somebody changed an organisation since the
// person opened the form.
type Clash struct {
	Text string
	Rows []ClashRow
}

// IsZero reports whether nobody was quicker.
func (c Clash) IsZero() bool { return c.Text == "" }

// A ClashRow is one thing as the person has it and as it stands now.
type ClashRow struct {
	Label, Mine, Theirs string
	Differs             bool
}

var orgFormPage = newPage[OrgForm]("org_form.html")

// A done says where a form that was carried out leads, and what is said there.
type done struct {
	to, key string
	args    []string
}

// An orgForm is a form about an organisation: how it looks, and what it does.
type orgForm struct {
	place bool // it needs the right to place the organisation, else to change it
	build func(r *http.Request, v Viewer, h org.Head, bad core.Fields) (OrgForm, error)
	do    func(r *http.Request, v Viewer, h org.Head) (done, error)
}

// orgForms mounts a form at an address.
func (s *Server) orgForms(m *http.ServeMux, path string, f orgForm) {
	s.route(m, "GET "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		h, err := s.headFor(r, v, f)
		if err != nil {
			return err
		}
		p, err := f.build(r, v, h, nil)
		if err != nil {
			return err
		}
		return p.write(w, http.StatusOK, nil)
	})
	s.route(m, "POST "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		h, err := s.headFor(r, v, f)
		if err != nil {
			return err
		}
		d, err := f.do(r, v, h)
		if err != nil {
			return s.again(w, r, v, f, h, err)
		}
		return s.redirect(w, r, d.to, d.key, d.args...)
	})
}

// headFor returns the organisation that a form is about, for who may use it.
func (s *Server) headFor(r *http.Request, v Viewer, f orgForm) (org.Head, error) {
	id, err := orgID(r)
	if r.PathValue("org") == "" { // a new one: its parent
		id, err = v.Under, nil
		if text := r.FormValue("parent"); text != "" {
			var up core.ID
			up, err = core.ParseID(text)
			id = core.OrgID(up)
		}
	}
	if err != nil {
		return org.Head{}, err
	}
	h, err := s.Org.Head(r.Context(), v.Actor, id)
	switch {
	case err != nil:
	case !h.May[access.ChangeOrgs]:
		err = core.Fail(core.Forbidden, "access.change.orgs")
	case f.place && h.Org.Parent == 0:
		err = core.Fail(core.Invalid, "org.root.stays")
	case f.place && !h.MayPlace:
		err = core.Fail(core.Forbidden, "access.place.orgs")
	}
	return h, err
}

// A doubt is why a form comes back to be confirmed: what the rules see in it.
type doubt struct {
	mark     string // what was asked, so that another answer is asked for again
	verdicts []rule.Verdict
}

func (d *doubt) Error() string { return "to be confirmed" }

// again writes a form again after an error that the person can cure.
func (s *Server) again(w http.ResponseWriter, r *http.Request, v Viewer, f orgForm, h org.Head, err error) error {
	code, bad := http.StatusUnprocessableEntity, wrong(err)
	stale, clashed := errors.AsType[*org.Stale](err)
	older, lapsed := errors.AsType[*org.StaleTerm](err)
	unsure, asks := errors.AsType[*doubt](err)
	if bad == nil && !clashed && !lapsed && !asks {
		return err
	}
	if clashed || lapsed {
		code = http.StatusConflict
		if h, err = s.Org.Head(r.Context(), v.Actor, h.Org.ID); err != nil {
			return err
		}
	}
	p, failed := f.build(r, v, h, bad)
	if failed != nil {
		return failed
	}
	if mark := posted(r, "confirmed"); mark != "" {
		p.keep("confirmed", mark)
	}
	switch {
	case clashed:
		p.clash(h, stale.Theirs)
	case lapsed:
		p.clashTerm(h.Org.Name, older.Theirs)
	case asks:
		p.Warn = p.verdicts(unsure.verdicts)
		p.keep("confirmed", unsure.mark)
		p.Go = p.T("org_form.anyway")
	}
	return p.write(w, code, bad)
}

// write sends the page with what is wrong.
func (f OrgForm) write(w http.ResponseWriter, code int, bad core.Fields) error {
	f.Problems = f.problems(bad, f.Fields...)
	f.Wrong = code != http.StatusOK
	return orgFormPage.write(w, code, f)
}

// clash shows the organisation as it stands beside what the form says, which
// can be sent again over the newer version.
func (f *OrgForm) clash(h org.Head, theirs org.Org) {
	f.Clash.Text = f.T("org.stale", theirs.Name)
	f.keep("version", strconv.Itoa(theirs.Version))
	typed := map[string]string{}
	for _, field := range f.Fields {
		typed[field.Name] = field.Value
		for _, o := range field.Options {
			if o.Chosen {
				typed[field.Name] = o.Text
			}
		}
	}
	parent := ""
	if n := len(h.Above); n > 0 {
		parent = h.Above[n-1].Name
	}
	add := func(label, field, value string) {
		mine, there := typed[field]
		if !there {
			mine = ""
		}
		f.Clash.Rows = append(f.Clash.Rows, ClashRow{f.T(label), mine, value, there && mine != value})
	}
	add("org_form.name", "name", theirs.Name)
	add("org_page.kind", "kind", f.say(theirs.Kind.Title()))
	add("org_page.setup_mode", "setup_mode", f.word("org.setup_mode.", theirs.SetupMode))
	add("org_page.host_situation", "host_situation", f.word("org.host_situation.", theirs.HostSituation))
	add("org_page.document", "document", theirs.ApprovalDocument)
	add("org_form.parent", "parent", parent)
}

// keep sends a value along with the form.
func (f *OrgForm) keep(name, value string) {
	f.Hidden = slices.DeleteFunc(f.Hidden, func(o Option) bool { return o.Text == name })
	f.Hidden = append(f.Hidden, Option{Value: value, Text: name})
}

// form returns the beginnings of a form about an organisation.
func (s *Server) form(r *http.Request, v Viewer, h org.Head, name string) OrgForm {
	sh := s.shell(r, v, "orgs", "org.as_written", h.Org.Name)
	title := sh.T("org_form." + name)
	at := Link{h.Org.Name, "/orgs/" + h.Org.ID.String()}
	sh.Path = append(sh.orgPath(h.Above, "/orgs/"), at, Link{Text: title})
	sh.Title, sh.Narrow = title, true
	sh.Lead = sh.T("org_form."+name+".lead", h.Org.Name)
	if r.Method == http.MethodPost {
		sh.here = r.URL.Path
	}
	return OrgForm{Shell: sh, Action: r.URL.Path, Go: sh.T("org_form." + name + ".go"), Back: Link{sh.T("org_form.back"), at.Href}}
}

// Chosen marks the one of the links that the form is about.
func (f OrgForm) Chosen() Tag { return Tag{New, f.T("org_form.chosen")} }

// versioned sends along which version the person saw.
func (f *OrgForm) versioned(r *http.Request, version int) {
	if r.Method == http.MethodPost {
		f.keep("version", r.PostFormValue("version"))
		return
	}
	f.keep("version", strconv.Itoa(version))
}

// version reads which version the person saw. A form that does not say is
// taken for one that nobody has seen.
func version(r *http.Request) int {
	n, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil || n == 0 {
		return -1
	}
	return n
}

// input returns a field with what was typed, or otherwise with a value.
func (f *OrgForm) input(r *http.Request, bad core.Fields, name, label, typ, value string) *Field {
	in := f.field(r, bad, name, label, typ)
	if r.Method != http.MethodPost && in.Value == "" {
		in.Value = value
	}
	f.Fields = append(f.Fields, in)
	return &f.Fields[len(f.Fields)-1]
}

// pick returns a select or radio with what was chosen, or otherwise with a
// value.
func (f *OrgForm) pick(r *http.Request, bad core.Fields, name, label, typ, value string, all []Option) *Field {
	in := f.input(r, bad, name, label, typ, value)
	in.Options = all
	for i := range all {
		all[i].Chosen = all[i].Value == in.Value
	}
	return in
}

// day reads a date that a form sends; what is none stays zero, which the
// service complains of.
func day(r *http.Request, name string) core.Date {
	d, err := core.ParseDate(strings.TrimSpace(r.PostFormValue(name)))
	if err != nil {
		return core.Date{}
	}
	return d
}

// posted returns what a form says, without spaces around it.
func posted(r *http.Request, name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// what asks for the kind, set-up mode and host situation of an organisation.
func (f *OrgForm) what(r *http.Request, bad core.Fields, o org.Org) {
	f.pick(r, bad, "kind", "org_page.kind", "select", string(o.Kind), options(f.Shell, "org_kind.", rule.OrgKinds, ""))
	f.pick(r, bad, "setup_mode", "org_page.setup_mode", "select", o.SetupMode, options(f.Shell, "org.setup_mode.", org.SetupModes, "org_page.unknown"))
	f.pick(r, bad, "host_situation", "org_page.host_situation", "select", o.HostSituation,
		options(f.Shell, "org.host_situation.", org.HostSituations, "org_page.unknown"))
}

// why asks for the document and the reason of a change.
func (f *OrgForm) why(r *http.Request, bad core.Fields, document string) {
	f.input(r, bad, "document", "org_form.document", "text", document)
	f.input(r, bad, "reason", "org_form.reason", "textarea", "")
}

// on asks for the day from which a change holds.
func (f *OrgForm) on(r *http.Request, bad core.Fields, today core.Date) {
	in := f.input(r, bad, "on", "org_form.on", "date", today.String())
	in.Max = today.String()
}
