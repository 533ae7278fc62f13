package web

import (
	"cmp"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/journal"
	"tongpin/internal/org"
	"tongpin/internal/sheet"
	"tongpin/internal/text"
)

// Whom one looks for is a name, so the filters are sent as a form, which leads
// to an address that holds ids alone.
func (s *Server) mountJournal(m *http.ServeMux) {
	s.route(m, "GET /journal", signedIn, s.journal)
	s.route(m, "POST /journal", signedIn, s.filterJournal)
	s.route(m, "GET /journal/export", signedIn, s.exportJournal)
}

// A JournalView is a page of the journal, newest first.
type JournalView struct {
	Shell
	Problems ErrorSummary
	Query    []Field
	Keep     []Option // name and value of filters that are links, kept by the form
	Used     Chips
	Heading  string
	Rows     []JournalLine
	Pager    Pager
	Empty    Empty
	Exports  []Link
}

// A JournalLine is one entry.
type JournalLine struct {
	ID, When, Clock, Number string
	Who                     Link
	Via                     string
	Action                  string
	Outcome, Broken         Tag
	Org                     Link
	About, Trail            Link
	Changes                 []JournalChange
	Note                    string
}

// A JournalChange is one value before and after.
type JournalChange struct {
	Field, From, To string
	Hidden          string
}

var journalPage = newPage[JournalView]("journal.html")

// journalQuery reads the filters of an address. What is no date is wrong in
// its field.
func (s *Server) journalQuery(r *http.Request, v Viewer) (q journal.Query, bad core.Fields, err error) {
	if q.Under, err = v.under(r); err != nil {
		return q, nil, err
	}
	for name, into := range map[string]*core.ID{"user": (*core.ID)(&q.User), "subject": &q.Subject, "before": &q.Before} {
		if words := strings.TrimSpace(r.FormValue(name)); words != "" {
			if *into, err = core.ParseID(words); err != nil && name == "subject" {
				bad.If(true, name, "journal.subject.unreadable")
			} else if err != nil {
				return q, nil, err
			}
		}
	}
	for name, into := range map[string]*core.Date{"from": &q.From, "to": &q.To} {
		if words := strings.TrimSpace(r.FormValue(name)); words != "" {
			d, err := core.ParseDate(words)
			bad.If(err != nil, name, "date.unreadable", words)
			*into = d
		}
	}
	q.Family, q.Outcome = r.FormValue("family"), r.FormValue("outcome")
	return q, bad, nil
}

// journalHref is the address of a query.
func (v Viewer) journalHref(path string, q journal.Query, more ...string) string {
	under := ""
	if q.Under != v.Under {
		under = q.Under.String()
	}
	return withQuery(path, append(more, "under", under, "user", idText(core.ID(q.User)), "family", q.Family, "outcome", q.Outcome,
		"subject", idText(q.Subject), "from", q.From.String(), "to", q.To.String(), "before", idText(q.Before))...)
}

// idText writes an id, or nothing for none.
func idText(id core.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func (s *Server) journal(w http.ResponseWriter, r *http.Request, v Viewer) error {
	q, bad, err := s.journalQuery(r, v)
	if err != nil {
		return err
	}
	return s.writeJournal(w, r, v, q, bad)
}

// filterJournal turns what was typed into an address.
func (s *Server) filterJournal(w http.ResponseWriter, r *http.Request, v Viewer) error {
	q, bad, err := s.journalQuery(r, v)
	if err != nil {
		return err
	}
	q.Before = 0
	if words := strings.TrimSpace(r.PostFormValue("who")); words != "" {
		q.User, err = s.Journal.Who(r.Context(), v.Actor, words)
		if f := core.FieldsOf(err); f != nil {
			bad.If(true, "who", f["who"].Key, f["who"].Args...)
		} else if err != nil {
			return err
		}
	}
	if words := strings.TrimSpace(r.PostFormValue("org")); words != "" {
		l, err := s.Org.List(r.Context(), v.Actor, org.Query{Under: v.Under, Search: words, Page: core.Page{Size: 2}})
		if err != nil {
			return err
		}
		bad.If(l.Total == 0, "org", "journal.org.unknown", words)
		bad.If(l.Total > 1 && l.Rows[0].Name != words, "org", "journal.org.many", words, l.Total)
		if bad["org"].IsZero() {
			q.Under = l.Rows[0].ID
		}
	}
	for field, m := range core.FieldsOf(q.Check()) {
		bad.If(true, field, m.Key, m.Args...)
	}
	if bad != nil {
		return s.writeJournal(w, r, v, q, bad)
	}
	http.Redirect(w, r, v.journalHref("/journal", q), http.StatusSeeOther)
	return nil
}

// writeJournal shows a page, or the form alone with what is wrong in it.
func (s *Server) writeJournal(w http.ResponseWriter, r *http.Request, v Viewer, q journal.Query, bad core.Fields) error {
	p := JournalView{Shell: s.shell(r, v, "journal", "journal.title")}
	p.here = v.journalHref("/journal", q)
	code := http.StatusOK
	l := journal.List{}
	if bad == nil {
		var err error
		l, err = s.Journal.List(r.Context(), v.Actor, q)
		if bad = core.FieldsOf(err); bad == nil && err != nil {
			return err
		}
	} else if !v.may(access.SeeJournal) {
		return core.Forbidden
	}
	p.form(r, q, bad)
	p.Problems = p.problems(bad, p.Query...)
	if p.Wrong = !p.Problems.IsZero(); p.Wrong {
		code = http.StatusUnprocessableEntity
	} else {
		p.Lead = p.T("journal.lead", l.Org)
		if err := s.used(r, &p, q, l.Org); err != nil {
			return err
		}
		p.list(q, l)
	}
	return journalPage.write(w, code, p)
}

// form fills in the filters.
func (p *JournalView) form(r *http.Request, q journal.Query, bad core.Fields) {
	families := []Option{{Text: p.T("journal.family.all")}}
	for _, f := range journal.Families {
		families = append(families, Option{Value: f, Text: p.T("journal.family." + f)})
	}
	outcomes := []Option{{Text: p.T("journal.outcome.all")}}
	for _, o := range journal.Outcomes {
		outcomes = append(outcomes, Option{Value: o, Text: p.T("journal.outcome." + o)})
	}
	p.Query = []Field{
		p.field(r, bad, "who", "journal.who", "text"), p.field(r, bad, "org", "journal.org", "text"), p.field(r, bad, "subject", "journal.subject", "text"),
		p.choice(r, bad, "family", "journal.family", "select", families), p.choice(r, bad, "outcome", "journal.outcome", "select", outcomes),
		p.field(r, bad, "from", "journal.from", "date"), p.field(r, bad, "to", "journal.to", "date"),
	}
	for i := range p.Query {
		p.Query[i].Placeholder, p.Query[i].Hint = p.Query[i].Hint, ""
		p.Query[i].Autocomplete, p.Query[i].Grow = "off", i < 2
	}
	p.Keep = []Option{{Text: "user", Value: idText(core.ID(q.User))}}
	if q.Under != p.Viewer.Under {
		p.Keep = append(p.Keep, Option{Text: "under", Value: q.Under.String()})
	}
}

// used shows the filters that have no field of their own.
func (s *Server) used(r *http.Request, p *JournalView, q journal.Query, at string) error {
	p.Used.Label = p.T("journal.used")
	chip := func(text string, without journal.Query) {
		without.Before = 0
		p.Used.Items = append(p.Used.Items, Chip{Text: text, Href: p.Viewer.journalHref("/journal", without), Remove: p.T("journal.used.remove", text)})
	}
	if q.User != 0 {
		name, err := s.Journal.Name(r.Context(), p.Viewer.Actor, q.User)
		if err != nil {
			return err
		}
		without := q
		without.User = 0
		chip(name, without)
	}
	if q.Under != p.Viewer.Under {
		without := q
		without.Under = p.Viewer.Under
		chip(at, without)
	}
	return nil
}

// list fills in the entries and the ways on.
func (p *JournalView) list(q journal.Query, l journal.List) {
	p.Heading = p.T("journal.heading")
	for _, row := range l.Rows {
		p.Rows = append(p.Rows, p.journalLine(q, row))
	}
	if len(l.Rows) == 0 {
		p.Empty = Empty{Title: p.T("journal.empty"), Text: p.T("journal.empty.text")}
		return
	}
	newest := q
	newest.Before = 0
	if q.Before != 0 {
		p.Pager.Prev = Link{p.T("journal.newest"), p.Viewer.journalHref("/journal", newest)}
	}
	if l.More {
		older := q
		older.Before = l.Rows[len(l.Rows)-1].ID
		p.Pager.Next = Link{p.T("journal.older"), p.Viewer.journalHref("/journal", older)}
	}
	if !p.Pager.IsZero() {
		p.Pager.Label, p.Pager.Text = p.T("web.pager"), p.T("journal.page", l.Rows[0].At, l.Rows[len(l.Rows)-1].At)
	}
	p.Exports = []Link{
		{p.T("people.export.xlsx"), p.Viewer.journalHref("/journal/export", newest, "as", "xlsx")},
		{p.T("people.export.csv"), p.Viewer.journalHref("/journal/export", newest, "as", "csv")},
	}
}

// journalLine shows one entry. Only organisations have pages that whoever reads
// the journal may open; of everything there is a trail.
func (s Shell) journalLine(q journal.Query, row journal.Row) JournalLine {
	l := JournalLine{
		ID: row.ID.String(), When: s.Day(core.DateOf(row.At)), Clock: row.At.Format("15:04:05"), Via: s.T("journal.via." + row.Via), Action: s.action(row.Action), Note: row.Note,
	}
	trail := journal.Query{Under: q.Under}
	l.Who.Text = s.journalWho(row)
	if row.User != 0 {
		by := trail
		by.User = row.User
		l.Who.Href = s.Viewer.journalHref("/journal", by)
	}
	if row.Outcome != journal.Outcomes[0] {
		l.Outcome = Tag{Late, s.T("journal.outcome." + row.Outcome)}
	}
	if !row.Whole {
		l.Broken = Tag{Late, s.T("journal.broken")}
	}
	if row.Erased {
		l.Note = s.T("retention.erased")
	}
	if row.Seq != 0 {
		l.Number = s.T("journal.number", row.Seq)
	}
	if row.Org != 0 {
		l.Org = Link{row.OrgName, "/orgs/" + row.Org.String()}
	}
	if row.SubjectID != 0 {
		of := trail
		of.Subject = row.SubjectID
		l.About.Text = s.journalAbout(row)
		if row.Subject == "org" {
			l.About.Href = "/orgs/" + row.SubjectID.String()
		}
		l.Trail = Link{s.T("journal.trail"), s.Viewer.journalHref("/journal", of)}
	}
	for _, c := range row.Changes {
		l.Changes = append(l.Changes, s.change(c))
	}
	return l
}

// journalWho names who did it: an account, the command line, or nobody yet.
func (s Shell) journalWho(row journal.Row) string {
	switch {
	case row.Who != "":
		return row.Who
	case row.User != 0:
		return row.User.String()
	}
	return s.T("journal.nobody." + row.Via)
}

// journalAbout names the record: by its name, or by its kind and id.
func (s Shell) journalAbout(row journal.Row) string {
	if row.SubjectName != "" {
		return row.SubjectName
	}
	return s.known("journal.kind.", row.Subject) + " " + row.SubjectID.String()
}

// known says KEY+word where the catalogs have it, else the word.
func (s Shell) known(key, word string) string {
	if text.Has(key + word) {
		return s.T(key + word)
	}
	return word
}

func (s Shell) action(a string) string { return s.known("journal.action.", a) }

func (s Shell) change(c journal.Change) JournalChange {
	out := JournalChange{Field: s.known("journal.field.", c.Field), From: s.journalValue(c.Field, c.From), To: s.journalValue(c.Field, c.To)}
	if c.Hidden {
		out.Hidden = s.T("journal.hidden")
	}
	return out
}

// journalWords are where the words of closed vocabularies stand, by the field that
// holds their codes.
var journalWords = map[string][]string{
	"role":           {"role."},
	"kind":           {"org_kind.", "person_kind.", "enterprise.contact.", "enterprise.grouping.", "enterprise.mass."},
	"setup_mode":     {"org.setup_mode."},
	"host_situation": {"org.host_situation."},
	"state":          {"enterprise.state."},
	"obstacle":       {"enterprise.reason."},
	"by":             {"journal.by."},
	"second":         {"journal.by."},
	"family":         {"journal.family."},
	"outcome":        {"journal.outcome."},
}

// journalValue writes a value as people read it.
func (s Shell) journalValue(field, v string) string {
	switch v {
	case "":
		return ""
	case "true", "false":
		return s.T("journal." + v)
	}
	for _, key := range journalWords[field] {
		if text.Has(key + v) {
			return s.T(key + v)
		}
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return s.When(t)
	}
	return v
}

// exportJournal sends the entries of the filters as a file.
func (s *Server) exportJournal(w http.ResponseWriter, r *http.Request, v Viewer) error {
	q, bad, err := s.journalQuery(r, v)
	if err == nil {
		err = bad.Err()
	}
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "journal", "journal.title")
	l := sheet.List{Name: sh.Title, Title: sh.Title, Columns: sh.journalColumns()}
	l.Rows = func(yield func([]string, error) bool) {
		err := s.Journal.Export(r.Context(), v.Actor, q, func(row journal.Row) error {
			if !yield(sh.journalCells(row), nil) {
				return io.EOF
			}
			return nil
		})
		if err != nil && err != io.EOF { //nolint:errorlint // it is never wrapped
			yield(nil, err)
		}
	}
	name := sh.Title + " " + core.DateOf(s.Now()).String()
	if r.FormValue("as") == "csv" {
		return sendFile(w, name+".csv", func(w io.Writer) error { return sheet.WriteCSV(w, l) })
	}
	return sendFile(w, name+".xlsx", func(w io.Writer) error { return sheet.Write(w, l) })
}

func (s Shell) journalColumns() (all []sheet.OutColumn) {
	for _, key := range []string{"when", "who", "via", "action", "outcome", "org", "about", "changes", "note", "number", "id"} {
		all = append(all, sheet.OutColumn{Key: key, Header: s.T("journal.column." + key), Text: true})
	}
	return all
}

// journalCells writes an entry as a row, in the order of journalColumns.
func (s Shell) journalCells(row journal.Row) []string {
	var changed []string
	for _, c := range row.Changes {
		out := s.change(c)
		words := strings.TrimPrefix(out.From+" → "+cmp.Or(out.To, s.T("journal.nothing")), " → ")
		if c.Hidden {
			words = out.Hidden
		}
		changed = append(changed, out.Field+s.T("journal.colon")+words)
	}
	about := ""
	if row.SubjectID != 0 {
		about = s.journalAbout(row)
	}
	number := ""
	if row.Seq != 0 {
		number = strconv.FormatInt(row.Seq, 10)
	}
	outcome := s.T("journal.outcome." + row.Outcome)
	if !row.Whole {
		outcome = s.T("journal.broken")
	}
	if row.Erased {
		row.Note = s.T("retention.erased")
	}
	return []string{
		row.At.Format(time.RFC3339), s.journalWho(row), s.T("journal.via." + row.Via), s.action(row.Action), outcome, row.OrgName,
		about, strings.Join(changed, "\n"), row.Note, number, row.ID.String(),
	}
}
