package web

import (
	"net/http"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/figure"
	"tongpin/internal/org"
)

// A Today page is what one person has to do on a day. Where nothing is to be
// done it says what comes next; where there is nothing at all yet, it says how
// to begin.
type Today struct {
	Shell
	Tasks    Tasks
	More     Link   // the rest of the list
	Nothing  string // nothing is to be done, and what comes next
	Next     Tasks
	Start    Tasks // the first day: what to do first
	Begin    Link  // the first of these that is not done
	Ways     Tasks // for roles without deadlines
	Week     []WeekDay
	Handles  bool
	Coverage CoveragePanel
	Below    []BelowRow
	BelowAll string
}

// A WeekDay is one day of the strip.
type WeekDay struct {
	Name, Day, Due string
	Today          bool
}

// A BelowRow is an organisation one level below that has missed deadlines.
type BelowRow struct {
	Link
	Overdue string
}

var todayPage = newPage[Today]("today.html")

func (s *Server) mountToday(m *http.ServeMux) {
	s.route(m, "GET /{$}", signedIn, s.today)
	s.route(m, "GET /today/coverage", signedIn, s.todayCoverage)
}

func (s *Server) today(w http.ResponseWriter, r *http.Request, v Viewer) error {
	if len(v.Roles) == 0 {
		sh := s.shell(r, v, "today", "today.title", s.greeting(), v.Name)
		return todayPage.write(w, http.StatusOK, Today{Shell: sh, Nothing: sh.T("me.places.empty")})
	}
	t, err := s.Clock.Today(r.Context(), v.Actor, v.Under)
	if err != nil {
		return err
	}
	p := Today{Shell: s.todayShell(r, v, t), Handles: t.Handles}
	p.rows(t)
	if !t.Handles {
		if err := s.visiting(r, v, &p); err != nil {
			return err
		}
	}
	if err := s.beginning(r, v, t, &p); err != nil {
		return err
	}
	if v.Under != 0 && v.may(access.SeeFigures) && p.Start.Rows == nil {
		p.Coverage = p.coveragePanel()
		p.Coverage.Load, p.Coverage.Text = "/today/coverage", p.T("today.coverage.wait")
	}
	return todayPage.write(w, http.StatusOK, p)
}

// greeting returns the words for the time of day.
func (s *Server) greeting() core.Msg {
	switch h := s.Now().Hour(); {
	case h < 5:
		return core.M("today.night")
	case h < 11:
		return core.M("today.morning")
	case h < 13:
		return core.M("today.noon")
	case h < 18:
		return core.M("today.afternoon")
	}
	return core.M("today.evening")
}

func (s *Server) todayShell(r *http.Request, v Viewer, t clock.Today) Shell {
	args := []any{s.greeting(), v.Name}
	key := "today.title"
	switch n := t.Total(); {
	case n == 1:
		key = "today.title.one"
	case n > 1:
		key, args = "today.title.some", append(args, n)
	case t.Handles:
		key = "today.title.none"
	}
	sh := s.shell(r, v, "today", key, args...)
	sh.Lead = sh.T("today.lead", t.Day, core.M(weekdays[(int(t.Day.Weekday())+6)%7]))
	return sh
}

// weekdays are the keys of the days from Monday on.
var weekdays = [...]string{
	"today.day.mon", "today.day.tue", "today.day.wed", "today.day.thu", "today.day.fri", "today.day.sat", "today.day.sun",
}

// rows fills in what is to be done, the week and what is late below.
func (p *Today) rows(t clock.Today) {
	p.Tasks = p.clocks(t.Rows, t.Day)
	if t.More > 0 {
		p.More = Link{p.T("today.more", t.More, len(t.Rows)), p.Viewer.At("/clocks")}
	}
	for i, d := range t.Week {
		day := WeekDay{Name: p.T(weekdays[i] + ".short"), Day: p.N(d.Day.Day), Today: d.Day == t.Day}
		if d.Due > 0 {
			day.Due = p.T("today.due", d.Due)
		}
		p.Week = append(p.Week, day)
	}
	if !t.Handles {
		p.Week = nil // it would be empty for ever
	}
	if t.Total() == 0 && t.Handles {
		p.Nothing = p.T("today.nothing")
		if t.Next != nil {
			p.Nothing = p.T("today.nothing.next", t.NextOn)
			p.Next = p.clocks([]clock.Clock{*t.Next}, t.Day)
		}
	}
	for _, b := range t.Below {
		p.Below = append(p.Below, BelowRow{Link{b.Name, "/clocks?under=" + b.Org.String()}, p.N(b.Overdue)})
	}
	if t.BelowAll > 0 {
		p.BelowAll = p.T("today.below.all", t.BelowAll)
	}
}

// At returns the address of a list as the viewer sees it from their place.
func (v Viewer) At(path string) string {
	if v.Under == 0 {
		return path
	}
	return path + "?under=" + v.Under.String()
}

// clocks shows deadlines as things to do.
func (s Shell) clocks(all []clock.Clock, today core.Date) Tasks {
	var t Tasks
	for _, c := range all {
		id := c.ID.String()
		row := TaskRow{ID: "c" + id, Title: s.say(c.Title()), Reason: s.say(c.Why()), Href: "/clocks/" + id, Tag: s.clockTag(c, today)}
		row.Menu = s.T("clocks.menu", row.Title)
		row.Actions = []Link{
			{s.T("clocks.snooze"), row.Href + "#snooze"},
			{s.T("clocks.hand_over"), row.Href + "#hand-over"},
			{s.T("clocks.not_mine"), row.Href + "#not-mine"},
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// clockTag says how a deadline stands.
func (s Shell) clockTag(c clock.Clock, today core.Date) Tag {
	if c.State != clock.Running {
		return Tag{Done, s.T("clocks.state." + string(c.State))}
	}
	kind, words := c.Tag(today)
	t := Tag{Wait, s.say(words)}
	switch {
	case kind == clock.Overdue:
		t.Kind = Late
	case c.Provisional:
		t = Tag{Off, s.T("clocks.provisional", words)}
	}
	return t
}

// visiting fills in what roles without deadlines come for: their enterprise or
// organisation, and their own record.
func (s *Server) visiting(r *http.Request, v Viewer, p *Today) error {
	if v.Enterprise != 0 {
		mine, err := s.Enterprise.Mine(r.Context(), v.Actor)
		if err != nil {
			return err
		}
		for _, e := range mine {
			row := TaskRow{Title: e.Name, Reason: p.T("today.way.enterprise", e.OrgName), Href: "/enterprises/" + e.ID.String(), Tag: Tag{OK, p.say(e.Stood.Coverage.Title())}}
			if !e.Stood.Coverage.Covers() {
				row.Tag.Kind = Off
			}
			p.Ways.Rows = append(p.Ways.Rows, row)
		}
	} else {
		p.Ways.Rows = append(p.Ways.Rows, TaskRow{Title: v.Org, Reason: p.T("today.way.org"), Href: "/orgs/" + v.Under.String()})
	}
	if v.Person != 0 {
		p.Ways.Rows = append(p.Ways.Rows, TaskRow{Title: p.T("me.record"), Reason: p.T("me.record.text"), Href: "/people/" + v.Person.String()})
	}
	return nil
}

// beginning fills in the first steps where there is nothing to work with yet.
func (s *Server) beginning(r *http.Request, v Viewer, t clock.Today, p *Today) error {
	if t.Total() > 0 || t.Next != nil || v.Under == 0 || !v.may(access.ImportOrgs) && !v.may(access.ImportPeople) {
		return nil
	}
	rows, err := s.Org.Tree(r.Context(), v.Actor, org.Query{Under: v.Under})
	if err != nil {
		return err
	}
	hasOrgs, hasPeople := rows[0].Orgs > 1, rows[0].Counts.Members() > 0
	if hasPeople && (hasOrgs || !v.may(access.ImportOrgs)) {
		return nil
	}
	p.Title = p.T("today.title.first", s.greeting(), v.Name)
	p.Nothing, p.Week = "", nil
	if v.may(access.ImportOrgs) {
		p.step("ledger", "/import/new?entity=orgs", hasOrgs)
	}
	if v.may(access.ImportPeople) {
		p.step("roster", "/import/new?entity=members", hasPeople)
	}
	p.step("coverage", "/coverage", false)
	return nil
}

// step adds one of the first steps.
func (p *Today) step(name, href string, done bool) {
	row := TaskRow{Title: p.T("today.first." + name), Reason: p.T("today.first." + name + ".why"), Href: href, Done: done}
	switch {
	case done:
		row.Tag = Tag{Done, p.T("today.first.done")}
	case p.Begin.IsZero():
		p.Begin = Link{row.Title, href}
	}
	p.Start.Rows = append(p.Start.Rows, row)
}

// A TodayCoverage page is the coverage of what the viewer acts for. Counting a
// whole realm takes longer than Today may, so that the script fetches it when
// Today is there; without scripts the link leads to the table.
type TodayCoverage struct {
	Shell
	Panel CoveragePanel
}

// A CoveragePanel is the panel of Today, before (Load) or after it was counted.
type CoveragePanel struct {
	Title, Load, Text string
	Open              Link
	Figures           []Figure
	Note              Note
}

var todayCoveragePage = newPage[TodayCoverage]("today_coverage.html")

func (s Shell) coveragePanel() CoveragePanel {
	return CoveragePanel{Title: s.T("today.coverage"), Open: Link{s.T("today.coverage.open"), s.Viewer.At("/coverage")}}
}

func (s *Server) todayCoverage(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Figure.Coverage(r.Context(), v.Actor, figure.Query{Under: v.Under})
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "today", "today.coverage")
	p := sh.coveragePanel()
	if share := (core.Share{Num: c.Table.Covered(), Den: c.Table.Operating}); share.Den == 0 {
		p.Text = sh.T("today.coverage.none")
	} else {
		p.Figures = []Figure{{
			Label: v.Org, Value: share.Percent(), Of: sh.N(share.Num) + "/" + sh.N(share.Den), Href: v.At("/coverage"),
		}}
		p.Note = sh.definition(sh.T("today.coverage.note", c.ComputedAt.Format("15:04")), Link{})
	}
	return todayCoveragePage.write(w, http.StatusOK, TodayCoverage{sh, p})
}
