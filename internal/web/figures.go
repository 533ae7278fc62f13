package web

import (
	"net/http"
	"strings"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/figure"
	"tongpin/internal/rule"
)

// A FigureList page lists every figure of an organisation.
type FigureList struct {
	Shell
	Day  DayForm
	Rows []FigureRow
	Note Note
}

// A FigureRow is a figure with its rows, the day before and what was printed.
type FigureRow struct {
	Name    Link
	Formula string
	Value   string
	Of      Link
	Was     string
	Printed string
}

// A FigureOf page is one figure: what it means, where it comes from, what it
// was as known then, and what was printed.
type FigureOf struct {
	Shell
	Day      DayForm
	Number   Figures
	Meaning  Facts
	Replay   []ReplayRow
	Printed  Printed
	Problems ErrorSummary
	Form     []Field // to record what was printed; empty for who may not
	Action   string
	Back     Link
}

// A ReplayRow is the figure as known at one time.
type ReplayRow struct {
	Title, Value string
	Of           Link
}

var (
	figuresPage  = newPage[FigureList]("figures.html")
	figureOfPage = newPage[FigureOf]("figure.html")
)

func (s *Server) figures(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	sheet, err := s.Figure.Figures(r.Context(), v.Actor, a.Query)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "figures", "figures.title", sheet.Under.Name)
	sh.Lead = sh.T("figures.lead")
	switch {
	case !sheet.There && a.then:
		sh.Lead = sh.T("coverage.unknown", sheet.On)
	case !sheet.There:
		sh.Lead = sh.T("coverage.not_there", sheet.Under.Name, sheet.On)
	}
	p := FigureList{Shell: sh, Day: sh.otherDay(a, sheet.On)}
	p.Day.Action = "/figures"
	for _, f := range sheet.Values {
		row := FigureRow{
			Name: Link{sh.say(f.Title()), a.to("/figures/" + f.ID)}, Formula: sh.say(f.Formula()), Value: sh.figureValue(f, f.Share),
			Of: sh.opens(a, f), Was: sh.figureValue(f, f.Was),
		}
		for _, c := range f.Reported {
			if c.On == sheet.On && !c.Agrees {
				row.Printed = sh.T("figures.printed", c.Printed, sh.gap(c))
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Note = Note{Text: sh.T("figures.as_of", sheet.On, sheet.From, sheet.ComputedAt)}
	return figuresPage.write(w, http.StatusOK, p)
}

// figureValue writes a figure; a count that is not known has no number.
func (s Shell) figureValue(f figure.Value, n core.Share) string {
	switch {
	case f.Definition.Share:
		return n.Percent()
	case n.Num < 0:
		return s.T("figures.unknown")
	case f.ID == "evidence_age":
		return s.T("figures.days", n.Num)
	}
	return s.N(n.Num)
}

// opens is the numerator over the denominator, leading to the rows.
func (s Shell) opens(a ask, f figure.Value) Link {
	l := Link{s.T("coverage.list"), a.rows(figure.Key{}, f.Rows)}
	switch {
	case f.Definition.Share:
		l.Text = s.N(f.Share.Num) + "/" + s.N(f.Share.Den)
		if f.Share.Num == 0 {
			l.Href = ""
		}
	case f.Share.Num <= 0:
		return Link{}
	}
	return l
}

func (s *Server) figureOf(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeFigure(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeFigure(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	d, err := figure.Find(r.PathValue("id"))
	if err != nil {
		return err
	}
	f, head, err := s.valueOf(r, v, a, d.ID)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "figures", d.Title().Key)
	sh.Lead = sh.say(d.Formula())
	sh.Path = append(crumbs(head, a), Link{Text: sh.Title})
	sh.Path[len(sh.Path)-2].Href = a.to("/figures")
	p := FigureOf{Shell: sh, Day: sh.otherDay(a, head.On), Back: Link{sh.T("figures.all"), a.to("/figures")}, Action: a.to("/figures/" + d.ID)}
	p.Day.Action = "/figures/" + d.ID
	of := sh.opens(a, f)
	p.Number = Figures{Label: sh.Title, Items: []Figure{{
		Label: head.Under.Name, Value: sh.figureValue(f, f.Share), Of: of.Text, Href: of.Href, Note: Note{Text: sh.T("figures.as_of", head.On, head.From, head.ComputedAt)},
	}}}
	p.meaning(a, d)
	if err := s.replay(r, v, a, d.ID, head.On, &p); err != nil {
		return err
	}
	p.Printed = sh.printed(a, f.Reported)
	if v.may(access.ChangeOrgs) && v.may(access.SeeFigures) {
		p.form(r, bad)
	}
	return figureOfPage.write(w, code, p)
}

// valueOf asks for one figure.
func (s *Server) valueOf(r *http.Request, v Viewer, a ask, id string) (figure.Value, figure.Head, error) {
	sheet, err := s.Figure.Figures(r.Context(), v.Actor, a.Query)
	for _, f := range sheet.Values {
		if f.ID == id {
			return f, sheet.Head, err
		}
	}
	return figure.Value{}, figure.Head{}, err
}

// meaning says how the figure is computed, from what, by which rules.
func (p *FigureOf) meaning(a ask, d figure.Definition) {
	rows := func(show figure.Show) string { return a.rows(figure.Key{}, show) }
	add := func(label, value string) {
		p.Meaning.Rows = append(p.Meaning.Rows, Fact{Label: p.T(label), Value: value})
	}
	if d.Share {
		p.Meaning.Rows = append(p.Meaning.Rows,
			Fact{Label: p.T("figures.num"), Value: p.say(d.Numerator()), Href: rows(d.Rows)},
			Fact{Label: p.T("figures.den"), Value: p.say(d.Denominator()), Href: rows(d.Whole)})
	} else {
		p.Meaning.Rows = append(p.Meaning.Rows, Fact{Label: p.T("figures.counts"), Value: p.say(d.Numerator()), Href: rows(d.Rows)})
	}
	var sources []string
	for _, table := range d.Sources {
		sources = append(sources, p.T("figure.table."+table))
	}
	add("figures.source", strings.Join(sources, p.T("figures.sep")))
	for _, id := range d.Rules {
		if rl, ok := rule.Find(id); ok {
			p.Meaning.Rows = append(p.Meaning.Rows, Fact{Label: p.T("figures.rule"), Value: p.say(rl.Title), Note: rl.Number + " · " + rl.Latest().Citation})
		}
	}
	add("figures.owner", p.T("figure.owner."+d.Owner))
}

// replay shows what was known at the end of the day beside what is known now.
func (s *Server) replay(r *http.Request, v Viewer, a ask, id string, on core.Date, p *FigureOf) error {
	for _, then := range []bool{true, false} {
		b := a
		b.then, b.KnownAt = then, time.Time{}
		row := ReplayRow{Title: p.T("coverage.known.now")}
		if then {
			b.KnownAt, row.Title = figure.EndOf(on, s.Now()), p.T("coverage.known.then")
		}
		f, head, err := s.valueOf(r, v, b, id)
		if err != nil {
			return err
		}
		row.Value, row.Of = p.figureValue(f, f.Share), p.opens(b, f)
		if !head.There {
			row.Value, row.Of = p.T("figures.not_yet"), Link{}
		}
		p.Replay = append(p.Replay, row)
	}
	return nil
}

// form asks for a number as it was printed.
func (p *FigureOf) form(r *http.Request, bad core.Fields) {
	for _, f := range []struct{ name, typ string }{{"on", "date"}, {"printed", "text"}, {"source", "text"}, {"reported_on", "date"}} {
		field := p.field(r, bad, f.name, "figures.report."+f.name, f.typ)
		field.Short = f.typ == "date" || f.name == "printed"
		p.Form = append(p.Form, field)
	}
	if p.Form[0].Value == "" {
		p.Form[0].Value = p.Day.On.Value
	}
	p.Form[0].Name, p.Form[0].Error = "for", p.say(bad["on"])
	if r.Method == http.MethodPost {
		p.Form[0].Value = r.PostFormValue("for")
	}
	p.Problems = p.problems(bad, p.Form...)
	p.Wrong = !p.Problems.IsZero()
}

// reportFigure records a number as it was printed.
func (s *Server) reportFigure(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.ask(r, v)
	if err != nil {
		return err
	}
	// What does not parse stays zero, and the service rejects zero.
	on, _ := core.ParseDate(r.PostFormValue("for"))
	printedOn, _ := core.ParseDate(r.PostFormValue("reported_on"))
	_, err = s.Figure.Report(r.Context(), v.Actor, figure.Reported{
		Org: a.Under, Figure: r.PathValue("id"), On: on, Printed: r.PostFormValue("printed"), Source: r.PostFormValue("source"), ReportedOn: printedOn,
	})
	if bad := core.FieldsOf(err); bad != nil {
		return s.writeFigure(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, a.to("/figures/"+r.PathValue("id")), "figures.reported")
}
