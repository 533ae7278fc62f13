package web

import (
	"net/http"
	"strings"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/project"
)

func (s *Server) newProject(w http.ResponseWriter, r *http.Request, v Viewer) error {
	f, err := s.proposal(r, v, nil)
	if err != nil {
		return err
	}
	return f.write(w, http.StatusOK)
}

// proposal asks for a project of the branch that the viewer acts for, or for a
// topic of one of its teams. Earlier work like it is shown once there is a title.
func (s *Server) proposal(r *http.Request, v Viewer, bad core.Fields) (*EnterpriseForm, error) {
	frame := s.shell(r, v, "work", "work_form.new")
	frame.Path = []Link{{frame.T("projects.title"), "/projects"}, {Text: frame.Title}}
	frame.Lead, frame.Narrow = frame.T("work_form.new.lead", v.Org), true
	f := &EnterpriseForm{Shell: frame, Action: "/projects/new", Go: frame.T("work_form.new.go"), bad: bad, Back: Link{frame.T("work_form.back_list"), "/projects"}}
	if v.Under == 0 || !v.may(access.SeeWork) {
		return nil, core.Fail(core.Forbidden, "access.change.work")
	}
	places, err := s.Project.Workplaces(r.Context(), v.Actor, v.Under)
	if err != nil {
		return nil, err
	}
	var all []Option
	if v.may(access.ChangeWork) {
		all = append(all, Option{Value: "o", Text: f.T("work_form.place.branch", v.Org)})
	}
	for _, p := range places {
		switch {
		case p.Team != 0:
			all = append(all, Option{Value: "t" + p.Team.String(), Text: f.T("work_form.place.team", p.Of, p.Name)})
		case v.may(access.ChangeWork):
			all = append(all, Option{Value: "e" + p.Enterprise.String(), Text: f.T("work_form.place.enterprise", p.Name)})
		}
	}
	first := ""
	if len(all) > 0 {
		first = all[0].Value
	}
	f.choose(r, "place", "project.f.place", "select", first, all)
	p := project.Project{}
	p.Leader, p.LeaderName = v.Person, v.Name
	if err := s.askCharter(r, v, v.Under, p, f); err != nil {
		return nil, err
	}
	return f, s.similar(r, v, f)
}

// similar shows earlier work with words of the title, those that failed first.
func (s *Server) similar(r *http.Request, v Viewer, f *EnterpriseForm) error {
	title := r.PostFormValue("title")
	if title == "" {
		return nil
	}
	earlier, err := s.Project.Similar(r.Context(), v.Actor, title, 0)
	if err != nil {
		return err
	}
	for _, p := range earlier {
		what := p.NotReached
		if what == "" {
			what = f.movement(p)
		}
		f.Know.Rows = append(f.Know.Rows, Fact{Label: p.Title, Value: joined(p.OrgName, what), Tag: f.workTag(p)})
	}
	return nil
}

// propose shows similar work once, before it writes.
func (s *Server) propose(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a := answers{r: r}
	n := project.New{Kind: project.OfBranch, Org: v.Under, Charter: a.readCharter(project.Charter{})}
	switch place := a.text("place"); {
	case strings.HasPrefix(place, "t"):
		id, err := core.ParseID(place[1:])
		a.bad.If(err != nil, "place", "project.team.missing")
		n.Kind, n.Team = project.OfTeam, id
	case strings.HasPrefix(place, "e"):
		id, err := core.ParseID(place[1:])
		a.bad.If(err != nil, "place", "project.enterprise.missing")
		n.Enterprise = core.EnterpriseID(id)
	}
	err := a.bad.Err()
	if err == nil && a.text("seen") == "" {
		f, failed := s.proposal(r, v, nil)
		if failed != nil {
			return failed
		}
		if len(f.Know.Rows) > 0 {
			f.keep("seen", "1")
			f.Note = f.T("work_form.new.similar")
			return f.write(w, http.StatusOK)
		}
	}
	var p project.Project
	if err == nil {
		p, err = s.Project.Propose(r.Context(), v.Actor, n)
	}
	if err != nil {
		bad := curable(err, map[string]string{"team": "place", "enterprise": "place"})
		if bad == nil {
			return err
		}
		f, failed := s.proposal(r, v, bad)
		if failed != nil {
			return failed
		}
		return f.write(w, http.StatusUnprocessableEntity)
	}
	return s.redirect(w, r, "/projects/"+p.ID.String(), "work_form.new.done", p.Title)
}
