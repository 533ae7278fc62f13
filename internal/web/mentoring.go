package web

import (
	"net/http"

	"tongpin/internal/core"
	"tongpin/internal/mentoring"
)

func (s *Server) mountMentoring(m *http.ServeMux) {
	s.route(m, "GET /mentoring", signedIn, s.mentorings)
	s.route(m, "GET /mentoring/{mentoring}", signedIn, s.mentoring)
	for _, d := range pairDeeds {
		s.mountPairDeed(m, d)
	}
	s.route(m, "GET /people/{person}/growth", signedIn, s.growth)
	s.route(m, "GET /me/growth", signedIn, s.growth)
	s.route(m, "POST /me/growth", signedIn, s.admit)
}

// A MentoringsView is the agreements of a place: counts for all, names for those
// who may see them, and one's own.
type MentoringsView struct {
	Shell
	Lists     Chips
	Sums      Counts
	Note      string
	Mine, All []OpinionLine
	Keeps     bool
}

// A Push is a button that sends a form of its own with one value.
type Push struct {
	Action, Text, Name, Value string
	Go                        bool
}

// A PairStep is one time that a level was shown.
type PairStep struct {
	Text, Note string
	Link       Link
	Tag        Tag
	Push       Push
}

// A PairSkill is a skill of an agreement.
type PairSkill struct {
	Name, Reached string
	Steps         []PairStep
}

// A PairNote is the note of a month.
type PairNote struct {
	Month, Topic, Next string
	Tag                Tag
	Push               Push
}

// A MentoringView is one agreement.
type MentoringView struct {
	Shell
	Tag    Tag
	Facts  Facts
	Goals  string
	Pushes []Push
	Links  []Link
	Skills []PairSkill
	Notes  []PairNote
}

// A GrowthView is what a person can do and took part in.
type GrowthView struct {
	Shell
	Skills []PairSkill
	Work   []PairStep
	Knows  []Push
	Own    bool
}

var (
	mentoringsPage = newPage[MentoringsView]("mentorings.html")
	mentoringPage  = newPage[MentoringView]("mentoring.html")
	growthPage     = newPage[GrowthView]("person_growth.html")
)

func (s *Server) mentorings(w http.ResponseWriter, r *http.Request, v Viewer) error {
	l, err := s.Mentoring.List(r.Context(), v.Actor, v.Under)
	if err != nil {
		return err
	}
	p := MentoringsView{Shell: s.shell(r, v, "work", "mentorings.title"), Keeps: l.MayChange}
	p.Lead, p.Lists = p.T("mentorings.lead"), p.WorkLists("mentoring")
	p.Sums = Counts{Label: p.T("mentorings.sums"), Items: []Count{
		{Number: p.N(l.Live), Text: p.T("mentorings.live")}, {Number: p.N(l.Objecting), Text: p.T("mentorings.objecting")},
		{Number: p.N(l.Shown), Text: p.T("mentorings.shown")}, {Number: p.N(l.Over), Text: p.T("mentorings.over")},
	}}
	if l.Changes >= 0 {
		p.Note = p.T("mentorings.changes", l.Changes)
	}
	p.Mine, p.All = p.pairs(l.Mine), p.pairs(l.Rows)
	return mentoringsPage.write(w, http.StatusOK, p)
}

func (s Shell) pairs(all []mentoring.Agreement) []OpinionLine {
	lines := make([]OpinionLine, len(all))
	for i, a := range all {
		lines[i] = OpinionLine{
			Name: Link{s.T("mentorings.pair", a.Title, a.MentorName, a.ApprenticeName), "/mentoring/" + a.ID.String()},
			When: s.T("mentorings.until", a.Number, a.EndsOn), Tag: s.pairTag(a.State),
		}
	}
	return lines
}

func (s Shell) pairTag(state mentoring.State) Tag {
	kind := Wait
	switch state {
	case mentoring.Active, mentoring.OnTrack, mentoring.Extended:
		kind = Done
	case mentoring.Finished, mentoring.FinishedEarly:
		kind = OK
	case mentoring.EndedMutual, mentoring.EndedOther:
		kind = Off
	}
	return Tag{kind, s.say(state.Title())}
}

func (s *Server) pair(r *http.Request, v Viewer) (mentoring.Profile, error) {
	id, err := core.ParseID(r.PathValue("mentoring"))
	if err != nil {
		return mentoring.Profile{}, err
	}
	return s.Mentoring.Find(r.Context(), v.Actor, id)
}

func (s *Server) mentoring(w http.ResponseWriter, r *http.Request, v Viewer) error {
	a, err := s.pair(r, v)
	if err != nil {
		return err
	}
	p := MentoringView{Shell: s.shell(r, v, "work", ""), Tag: Tag{}, Goals: a.Goals}
	p.Title, p.Lead = a.Title, p.T("mentoring.lead", a.MentorName, a.ApprenticeName)
	p.Path = []Link{{p.T("mentorings.title"), "/mentoring"}, {Text: a.Number}}
	p.Tag = p.pairTag(a.State)
	at := "/mentoring/" + a.ID.String()
	p.Facts.Rows = p.pairFacts(a)
	for _, d := range pairDeeds {
		if d.step || !d.may(a) {
			continue
		}
		if d.build == nil {
			p.Pushes = append(p.Pushes, Push{Action: at + "/" + d.name, Text: p.T(d.key()), Go: d.name == "sign"})
		} else {
			p.Links = append(p.Links, Link{p.T(d.key()), at + "/" + d.name})
		}
	}
	for _, k := range a.Places {
		p.Skills = append(p.Skills, p.pairSkill(a, k, at))
	}
	for _, n := range a.Notes {
		line := PairNote{Month: p.Day(n.MetOn), Topic: n.Topic, Next: n.Next, Tag: Tag{Wait, p.T("mentoring.note.waits")}}
		if n.Confirmed() {
			line.Tag = Tag{OK, p.T("mentoring.note.both")}
		} else if a.Side.Mentor && n.MentorOn.IsZero() || a.Side.Apprentice && n.ApprenticeOn.IsZero() {
			line.Push = Push{Action: at + "/note-confirm", Text: p.T("mentoring_form.note_confirm"), Name: "note", Value: n.ID.String(), Go: true}
		}
		p.Notes = append(p.Notes, line)
	}
	return mentoringPage.write(w, http.StatusOK, p)
}

func (s Shell) pairFacts(a mentoring.Profile) []Fact {
	rows := []Fact{
		{Label: s.T("mentoring.mentor"), Value: a.MentorName}, {Label: s.T("mentoring.apprentice"), Value: a.ApprenticeName},
		{Label: s.T("mentoring.term"), Value: s.T("mentoring.term.days", a.StartsOn, a.EndsOn), Note: s.T("mentoring.term.bounds", a.EarliestOn, a.LatestOn)},
		{Label: s.T("mentoring.org"), Value: a.OrgName},
	}
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, Fact{Label: s.T(key), Value: value})
		}
	}
	add("mentoring.checker", a.CheckerName)
	add("mentoring.plan", a.Plan)
	add("mentoring.rhythm", a.Rhythm)
	add("mentoring.allowance", a.Allowance)
	add("mentoring.extension", a.Extension)
	add("mentoring.outcome", a.Outcome)
	if a.State == mentoring.Objection {
		rows = append(rows, Fact{Label: s.T("mentoring.objection"), Value: s.Day(a.ObjectionEndsOn), Note: s.T("mentoring.objection.note")})
	}
	return rows
}

func (s Shell) pairSkill(a mentoring.Profile, k mentoring.Place, at string) PairSkill {
	out := PairSkill{Name: k.Name, Reached: s.T("mentoring.skill.reached", k.Reached, k.Target)}
	for _, st := range k.Steps {
		line := s.pairStep(st, k.Levels)
		switch {
		case st.ID == 0 || st.Counts() || a.State.Over():
		case st.CheckedOn.IsZero() && !a.Side.Mentor && !a.Side.Apprentice && a.Side.Person != 0:
			line.Push = Push{Action: at + "/check", Text: s.T("mentoring_form.check"), Name: "step", Value: st.ID.String()}
		case !st.CheckedOn.IsZero() && a.Side.Apprentice:
			line.Push = Push{Action: at + "/confirm", Text: s.T("mentoring_form.confirm"), Name: "step", Value: st.ID.String(), Go: true}
		}
		out.Steps = append(out.Steps, line)
	}
	return out
}

func (s Shell) pairStep(st mentoring.Step, levels []string) PairStep {
	line := PairStep{Text: st.How, Note: s.Day(st.ShownOn)}
	if st.Fact != "" {
		line.Text, line.Link = "", Link{st.FactNumber + " " + st.FactTitle, st.FactPage}
	}
	if st.Level > 0 && st.Level <= len(levels) {
		line.Note = s.T("mentoring.step", st.Level, levels[st.Level-1], st.ShownOn)
	}
	switch {
	case st.Counts():
		line.Tag = Tag{OK, s.T("mentoring.step.counts")}
		line.Note = s.T("mentoring.step.by", line.Note, st.CheckedName)
	case st.ID == 0:
		line.Tag = Tag{New, s.T("mentoring.step.linked")}
	case !st.CheckedOn.IsZero():
		line.Tag = Tag{Wait, s.T("mentoring.step.checked")}
	default:
		line.Tag = Tag{Wait, s.T("mentoring.step.shown")}
	}
	return line
}

func (s *Server) growth(w http.ResponseWriter, r *http.Request, v Viewer) error {
	var id core.ID
	if text := r.PathValue("person"); text != "" {
		var err error
		if id, err = core.ParseID(text); err != nil {
			return err
		}
	}
	g, err := s.Mentoring.Growth(r.Context(), v.Actor, core.PersonID(id))
	if err != nil {
		return err
	}
	p := GrowthView{Shell: s.shell(r, v, "work", "person_growth.title"), Own: g.Own}
	p.Lead = p.T("person_growth.lead", g.Name)
	p.Path = []Link{{p.T("mentorings.title"), "/mentoring"}, {Text: p.Title}}
	for _, k := range g.Skills {
		line := PairSkill{Name: k.Skill, Reached: p.T("person_growth.level", k.Reached, k.Levels[max(k.Reached, 1)-1])}
		for _, st := range k.Steps {
			line.Steps = append(line.Steps, p.pairStep(st, k.Levels))
		}
		p.Skills = append(p.Skills, line)
	}
	for _, f := range g.Work {
		p.Work = append(p.Work, PairStep{Link: Link{f.Number + " " + f.Title, f.Page()}, Note: f.OrgName})
	}
	for _, k := range g.Knows {
		push := Push{Action: "/me/growth", Text: p.T("person_growth.admit", k.Name), Name: "admit", Value: k.Person.String()}
		if k.Admitted {
			push.Text, push.Name = p.T("person_growth.unadmit", k.Name), "unadmit"
		}
		p.Knows = append(p.Knows, push)
	}
	return growthPage.write(w, http.StatusOK, p)
}

func (s *Server) admit(w http.ResponseWriter, r *http.Request, v Viewer) error {
	name, yes := "unadmit", false
	if r.PostFormValue("admit") != "" {
		name, yes = "admit", true
	}
	id, err := core.ParseID(r.PostFormValue(name))
	if err == nil {
		err = s.Mentoring.Admit(r.Context(), v.Actor, core.PersonID(id), yes)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/me/growth", "person_growth.saved")
}
