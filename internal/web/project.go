package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/project"
)

func (s *Server) mountProjects(m *http.ServeMux) {
	s.route(m, "GET /projects", signedIn, s.projects)
	s.route(m, "GET /projects/cover", signedIn, s.projectCover)
	s.route(m, "GET /projects/new", signedIn, s.newProject)
	s.route(m, "POST /projects/new", signedIn, s.propose)
	s.route(m, "GET /projects/{project}", signedIn, s.project)
	for _, d := range projectDeeds {
		s.mountProjectDeed(m, d)
	}
}

// A ProjectsView is a list of projects and topics with what the figure says.
type ProjectsView struct {
	Shell
	New    Link
	Cover  Figures
	Groups Chips
	Rows   []ProjectRow
	Empty  Empty
	Pager  Pager
}

// A ProjectRow is one line of the list.
type ProjectRow struct {
	Name   Link
	Number string
	Small  string // branch, team
	Result string // before → after, or the target
	End    string
	Tag    Tag
}

// A ProjectView is the page of one project or topic.
type ProjectView struct {
	Shell
	Tag     Tag
	Go      []Link // what can be done next; the first is the main thing
	More    []Link
	Charter Facts
	Spark   Spark
	Board   []BoardLane
	Outcome Facts
	Counts  Part // where it counts
	Lessons Facts
	People  Part
	Steps   Part
	Changes Part
}

// A BoardLane is a column of the board.
type BoardLane struct {
	ID, Title, Count, Empty string
	Cards                   []BoardCard
}

// A BoardCard is a topic on the board.
type BoardCard struct {
	Name       Link
	Team, Line string
	Move       Link
}

// A Spark is a small line of measured values, with the target. It is drawn in
// a box of 128 by 44; Words say what it shows.
type Spark struct {
	Line, Words  string
	Goal         string // height of the target
	LastX, LastY string
}

var (
	projectsPage = newPage[ProjectsView]("projects.html")
	projectPage  = newPage[ProjectView]("project.html")
)

var stateTag = map[project.State]TagKind{
	project.Idea: Off, project.Reviewed: Off, project.Chartered: New, project.Running: New, project.Paused: Wait, project.Finishing: Wait,
	project.Achieved: OK, project.Partly: Off, project.NotAchieved: Off, project.Stopped: Done, project.Learned: Done,
}

func (s Shell) workTag(p project.Project) Tag { return Tag{stateTag[p.State], s.say(p.State.Title())} }

func (s *Server) projects(w http.ResponseWriter, r *http.Request, v Viewer) error {
	under, err := v.under(r)
	if err != nil {
		return err
	}
	page, _ := strconv.Atoi(r.FormValue("page"))
	q := project.Query{Under: under, Group: r.FormValue("group"), Kind: project.Kind(r.FormValue("kind")), Page: core.Page{Number: page, Size: 50}}
	l, err := s.Project.List(r.Context(), v.Actor, q)
	if err != nil {
		return err
	}
	cover, err := s.Project.Cover(r.Context(), v.Actor, under)
	if err != nil {
		return err
	}
	p := ProjectsView{Shell: s.shell(r, v, "work", "projects.title")}
	p.Lead = p.T("projects.lead")
	if v.may(access.ChangeWork) || v.may(access.SeeWork) && v.Person != 0 {
		p.New = Link{p.T("projects.new"), "/projects/new"}
	}
	at := "?under=" + under.String()
	p.Cover = Figures{Label: p.T("projects.cover"), Items: []Figure{
		p.coverFigure("branches", cover.Branches, "/projects/cover"+at), p.coverFigure("teams", cover.Teams, "/projects/cover"+at+"&kind=topic"),
	}}
	p.Groups = Chips{Label: p.T("projects.groups"), Items: []Chip{{Text: p.T("projects.group.all"), Href: "/projects" + at, Current: q.Group == "" && q.Kind == ""}}}
	for _, g := range project.Groups {
		p.Groups.Items = append(p.Groups.Items, Chip{Text: p.T("projects.group." + g), Href: "/projects" + at + "&group=" + g, Current: q.Group == g})
	}
	for _, one := range l.Rows {
		p.Rows = append(p.Rows, p.projectRow(one))
	}
	if len(p.Rows) == 0 {
		p.Empty = Empty{Title: p.T("projects.empty"), Text: p.T("projects.empty.text"), Action: p.New}
	}
	p.Pager = p.pager(q.Page, l.Total, func(n int) string {
		return "/projects" + at + "&group=" + url.QueryEscape(q.Group) + "&kind=" + url.QueryEscape(string(q.Kind)) + "&page=" + strconv.Itoa(n)
	})
	return projectsPage.write(w, http.StatusOK, p)
}

func (s Shell) coverFigure(key string, n core.Share, href string) Figure {
	return Figure{Label: s.T("projects.cover." + key), Value: n.Percent(), Of: s.N(n.Num) + "/" + s.N(n.Den), Href: href, Note: s.definition(s.T("projects.cover."+key+".what"), Link{})}
}

func (s Shell) projectRow(p project.Project) ProjectRow {
	return ProjectRow{
		Name: Link{p.Title, "/projects/" + p.ID.String()}, Number: p.Number, Small: joined(p.OrgName, p.TeamName), Result: s.movement(p),
		End: s.Day(p.EndsOn), Tag: s.workTag(p),
	}
}

func joined(words ...string) string { return strings.Join(distinct(words), " · ") }

// movement says before → after, or before and target.
func (s Shell) movement(p project.Project) string {
	switch {
	case p.Baseline == nil:
		return ""
	case p.Outcome.Result != nil:
		return s.T("projects.moved", p.Baseline, p.Outcome.Result, p.Unit)
	case p.Target != nil:
		return s.T("projects.toward", p.Baseline, p.Target, p.Unit)
	}
	return ""
}

func (s *Server) projectCover(w http.ResponseWriter, r *http.Request, v Viewer) error {
	under, err := v.under(r)
	if err != nil {
		return err
	}
	kind := project.Kind(r.FormValue("kind"))
	page, _ := strconv.Atoi(r.FormValue("page"))
	at := core.Page{Number: page, Size: 50}
	rows, err := s.Project.CoverRows(r.Context(), v.Actor, under, kind, at)
	if err != nil {
		return err
	}
	cover, err := s.Project.Cover(r.Context(), v.Actor, under)
	if err != nil {
		return err
	}
	key, share := "branches", cover.Branches
	if kind == project.OfTeam {
		key, share = "teams", cover.Teams
	}
	p := ProjectsView{Shell: s.shell(r, v, "work", "projects.cover."+key)}
	p.Path = []Link{{p.T("projects.title"), "/projects?under=" + under.String()}, {Text: p.Title}}
	p.Cover = Figures{Label: p.Title, Items: []Figure{p.coverFigure(key, share, "")}}
	for _, c := range rows {
		row := ProjectRow{Name: Link{Text: c.Name}, Small: c.Of, Number: c.Number, Result: c.Title, Tag: Tag{Off, p.T("projects.cover.none")}}
		if c.Project != 0 {
			row.Name, row.Result, row.Tag = Link{c.Title, "/projects/" + c.Project.String()}, "", Tag{New, p.T("projects.cover.live")}
			row.Small = joined(c.Name, c.Of)
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = p.pager(at, share.Den, func(n int) string {
		return "/projects/cover?under=" + under.String() + "&kind=" + url.QueryEscape(string(kind)) + "&page=" + strconv.Itoa(n)
	})
	return projectsPage.write(w, http.StatusOK, p)
}

func (s *Server) project(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh, err := s.work(r, v)
	if err != nil {
		return err
	}
	p := ProjectView{Shell: s.shell(r, v, "work", ""), Tag: Tag{}}
	p.Title, p.Tag = sh.Title, p.workTag(sh.Project)
	p.Path = p.workPath(sh)
	p.Lead = p.T("project.lead."+string(sh.Kind), joined(sh.OrgName, sh.TeamName), sh.Number)
	p.does(sh)
	p.charter(sh)
	p.spark(sh)
	p.board(sh)
	p.outcome(sh)
	p.counts(sh)
	p.people(sh)
	p.changes(sh)
	return projectPage.write(w, http.StatusOK, p)
}

// work returns the project or topic that the path names.
func (s *Server) work(r *http.Request, v Viewer) (project.Sheet, error) {
	id, err := core.ParseID(r.PathValue("project"))
	if err != nil {
		return project.Sheet{}, err
	}
	return s.Project.Page(r.Context(), v.Actor, id)
}

func (s Shell) workPath(sh project.Sheet) []Link {
	path := []Link{{s.T("projects.title"), "/projects"}}
	if sh.Parent != 0 {
		path = append(path, Link{sh.ParentTitle, "/projects/" + sh.Parent.String()})
	}
	return append(path, Link{Text: sh.Number})
}

// does offers what can be done next: the first is the main thing.
func (p *ProjectView) does(sh project.Sheet) {
	if sh.Kind == project.OfBranch {
		p.More = append(p.More, Link{p.T("project.problems"), "/problems?project=" + sh.ID.String()})
	}
	if !sh.MayChange {
		return
	}
	base := "/projects/" + sh.ID.String()
	add := func(list *[]Link, name string) {
		*list = append(*list, Link{p.T("work_form." + strings.ReplaceAll(name, "?to=", "_")), base + "/" + name})
	}
	for _, to := range project.Moves[sh.State] {
		switch to {
		case project.Achieved:
			if sh.State.Live() {
				add(&p.Go, "finish")
			}
		case project.Partly, project.NotAchieved:
		case project.Learned:
			add(&p.Go, "learn")
		case project.Stopped, project.Idea, project.Paused:
			add(&p.More, "move?to="+string(to))
		default:
			add(&p.Go, "move?to="+string(to))
		}
	}
	if sh.State.Over() {
		if sh.Outcome.State != project.Stopped {
			p.More = append(p.More, Link{p.T("work_form.finish_again"), base + "/finish"})
		}
		add(&p.More, "count")
		return
	}
	for _, name := range []string{"measure", "step", "join", "count", "edit", "lane"} {
		if name != "lane" || sh.Kind == project.OfTeam {
			add(&p.More, name)
		}
	}
}

func (p *ProjectView) charter(sh project.Sheet) {
	f := func(key, value string) Fact { return Fact{Label: p.T("project.f." + key), Value: value} }
	p.Charter.Rows = []Fact{f("why", sh.Why), f("measure", sh.Measure)}
	if sh.Baseline != nil && sh.Target != nil {
		sign := "≥"
		if sh.Less() {
			sign = "≤"
		}
		p.Charter.Rows = append(p.Charter.Rows, f("baseline", sh.Baseline.String()+" "+sh.Unit), f("target", sign+" "+sh.Target.String()+" "+sh.Unit))
	}
	p.Charter.Rows = append(p.Charter.Rows, f("acceptance", sh.Acceptance))
	if !sh.EndsOn.IsZero() {
		p.Charter.Rows = append(p.Charter.Rows, f("days", p.T("project.days", sh.StartsOn, sh.EndsOn)))
	}
	if sh.EnterpriseName != "" {
		p.Charter.Rows = append(p.Charter.Rows, Fact{Label: p.T("project.f.enterprise"), Value: sh.EnterpriseName, Href: "/enterprises/" + sh.Enterprise.String()})
	}
	if sh.Strand != "" {
		p.Charter.Rows = append(p.Charter.Rows, f("strand", sh.Strand))
	}
	if sh.Reason != "" {
		p.Charter.Rows = append(p.Charter.Rows, f("reason", sh.Reason))
	}
}

// spark draws what was measured, from the baseline on.
func (p *ProjectView) spark(sh project.Sheet) {
	if len(sh.Readings) < 2 || sh.Baseline == nil || sh.Target == nil {
		return
	}
	lo, hi := min(*sh.Baseline, *sh.Target), max(*sh.Baseline, *sh.Target)
	for _, m := range sh.Readings {
		lo, hi = min(lo, m.Value), max(hi, m.Value)
	}
	first, last := sh.Readings[0].On, sh.Readings[len(sh.Readings)-1].On
	days := max(first.DaysUntil(last), 1)
	y := func(q core.Quantity) string {
		return strconv.FormatFloat(40-36*float64(q-lo)/float64(max(hi-lo, 1)), 'f', 1, 64)
	}
	var points []string
	for _, m := range sh.Readings {
		p.Spark.LastX, p.Spark.LastY = strconv.Itoa(4+120*first.DaysUntil(m.On)/days), y(m.Value)
		points = append(points, p.Spark.LastX+","+p.Spark.LastY)
	}
	p.Spark.Line, p.Spark.Goal = strings.Join(points, " "), y(*sh.Target)
	p.Spark.Words = p.T("project.spark", sh.Readings[0].Value, first, sh.Readings[len(sh.Readings)-1].Value, last, sh.Unit)
}

func (p *ProjectView) board(sh project.Sheet) {
	if sh.Kind != project.OfBranch {
		return
	}
	for _, lane := range project.Lanes {
		col := BoardLane{ID: "lane-" + string(lane), Title: p.T("project.lane." + string(lane)), Empty: p.T("project.board.none")}
		for _, t := range sh.Topics {
			if t.Lane != lane {
				continue
			}
			card := BoardCard{Name: Link{t.Title, "/projects/" + t.ID.String()}, Team: t.TeamName, Line: p.T("project.board.days", t.LaneSince.DaysUntil(p.today)+1)}
			if t.State.Over() {
				card.Line = joined(p.say(t.State.Title()), p.movement(t), t.Outcome.Changed)
			} else if sh.MayChange {
				card.Move = Link{p.T("project.board.move"), card.Name.Href + "/lane"}
			}
			col.Cards = append(col.Cards, card)
		}
		col.Count = p.T("project.board.count", len(col.Cards))
		p.Board = append(p.Board, col)
	}
}

func (p *ProjectView) outcome(sh project.Sheet) {
	if !sh.State.Over() {
		return
	}
	o, f := sh.Outcome, func(key, value string) Fact { return Fact{Label: p.T("project.f." + key), Value: value} }
	p.Outcome.Rows = []Fact{f("state", p.say(o.State.Title())), f("movement", p.movement(sh.Project)), f("finished_on", p.Day(o.On))}
	if o.State == project.Stopped {
		p.Outcome.Rows = []Fact{f("state", p.say(o.State.Title())), f("reason", sh.Reason), f("finished_on", p.Day(o.On))}
	} else {
		changed := o.Changed
		if changed == "" {
			changed = p.T("project.changed.none")
		}
		p.Outcome.Rows = append(p.Outcome.Rows, f("changed", changed), f("evidence", o.Evidence), f("took", p.took(o)))
		if o.CheckedBy != 0 && sh.CheckedName != "" {
			p.Outcome.Rows = append(p.Outcome.Rows, f("checked_by", sh.CheckedName))
		}
	}
	if sh.State == project.Learned {
		p.Lessons.Rows = []Fact{f("reached", sh.Reached), f("not_reached", sh.NotReached), f("reuse", sh.Reuse)}
	}
}

// took says hours and cost; hours are hundredths, cost is in fen.
func (s Shell) took(o project.Outcome) string {
	return s.T("project.took", core.Quantity((o.WorkHours+o.OwnHours)*10), core.Quantity(o.WorkHours*10), core.Quantity(o.Cost*10))
}

// counts says where it counts: what is linked, and what reads it without.
func (p *ProjectView) counts(sh project.Sheet) {
	p.Counts = Part{ID: "counts", Title: p.T("project.counts"), Empty: p.T("project.counts.none")}
	if !sh.State.Over() {
		p.Counts.Note = p.T("project.counts.later")
	} else {
		p.Counts.Note = p.T("project.counts.note")
	}
	if sh.Parent != 0 {
		p.Counts.Rows = append(p.Counts.Rows, PartRow{Head: Link{sh.ParentTitle, "/projects/" + sh.Parent.String()}, Small: p.T("project.counts.project")})
	}
	for _, u := range sh.Uses {
		title := u.Title
		if u.Reader == "skill" && !sh.Named {
			title = p.T("project.counts.skill.unnamed")
		} else if u.Of != "" {
			title = joined(u.Of, u.Title)
		}
		p.Counts.Rows = append(p.Counts.Rows, PartRow{Head: Link{title, u.Page()}, Small: p.T("project.counts." + string(u.Reader))})
	}
	if sh.Enterprise != 0 {
		p.Counts.Rows = append(p.Counts.Rows, PartRow{Head: Link{sh.EnterpriseName, "/enterprises/" + sh.Enterprise.String() + "#work"}, Small: p.T("project.counts.window")})
	}
}

func (p *ProjectView) people(sh project.Sheet) {
	p.People = Part{ID: "people", Title: p.T("project.people"), Empty: p.T("project.people.none")}
	if !sh.Named {
		p.People.Empty = p.T("project.people.count", sh.Count)
		return
	}
	add := func(name, role string) {
		if name != "" {
			p.People.Rows = append(p.People.Rows, PartRow{Head: Link{Text: name}, Small: role})
		}
	}
	add(sh.LeaderName, p.T("project.f.leader"))
	add(sh.OwnerName, p.T("project.f.owner"))
	for _, one := range sh.Team {
		add(one.Name, one.Org)
	}
}

func (p *ProjectView) changes(sh project.Sheet) {
	p.Steps = Part{ID: "steps", Title: p.T("project.steps"), Empty: p.T("project.steps.none")}
	for _, m := range sh.Milestones {
		row := PartRow{Head: Link{Text: m.Title}, Small: p.Day(m.DueOn)}
		switch {
		case !m.DoneOn.IsZero():
			row.Tag = Tag{Done, p.T("project.step.done", m.DoneOn)}
		case m.DueOn.Before(p.today):
			row.Tag = Tag{Late, p.T("project.step.late")}
		}
		if m.DoneOn.IsZero() && sh.MayChange {
			row.Actions = []Link{{p.T("project.step.change"), "/projects/" + sh.ID.String() + "/step?milestone=" + m.ID.String()}}
		}
		p.Steps.Rows = append(p.Steps.Rows, row)
	}
	p.Changes = Part{ID: "changes", Title: p.T("project.amendments"), Empty: p.T("project.amendments.none")}
	for _, a := range sh.Amendments {
		p.Changes.Rows = append(p.Changes.Rows, PartRow{
			Head: Link{Text: p.T("project.f." + a.Field)}, Small: p.T("project.amendment", a.Was, a.Became), Lines: []PartLine{{Day: p.Day(core.DateOf(a.At)), Text: a.Reason}},
		})
	}
}

// window fills in what came of work in the enterprise this year and the last:
// results, time and money, and no name.
func (s *Server) window(r *http.Request, v Viewer, e enterprise.Profile, p *EnterpriseView) error {
	today := core.DateOf(s.Now())
	lines, err := s.Project.Window(r.Context(), v.Actor, e.ID, core.NewDate(today.Year-1, 1, 1))
	if k := core.KindOf(err); err != nil && (k == core.Forbidden || k == core.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	part := Part{ID: "work", Title: p.T("window.title"), Empty: p.T("window.none"), Note: p.T("window.note")}
	var work, own, cost int64
	for _, one := range lines {
		o := one.Outcome
		work, own, cost = work+int64(o.WorkHours), own+int64(o.OwnHours), cost+o.Cost
		changed := o.Changed
		if changed == "" {
			changed = p.T("project.changed.none")
		}
		part.Rows = append(part.Rows, PartRow{
			Head: Link{one.Title, "/projects/" + one.ID.String()}, Tag: p.workTag(one), Small: joined(p.movement(one), changed),
			Lines: []PartLine{{Day: p.Day(o.On), When: o.On.String(), Text: p.took(o)}},
		})
	}
	if len(lines) > 0 {
		part.Note = p.T("window.sum", len(lines), core.Quantity((work+own)*10), core.Quantity(work*10), core.Quantity(cost*10)) + " " + part.Note
	}
	p.Left = append(p.Left, part)
	return nil
}
