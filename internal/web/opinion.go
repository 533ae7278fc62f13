package web

import (
	"fmt"
	"net/http"
	"slices"

	"tongpin/internal/access"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/opinion"
)

func (s *Server) mountOpinions(m *http.ServeMux) {
	s.route(m, "GET /opinions", signedIn, s.opinions)
	s.route(m, "GET /opinions/new", signedIn, s.newOpinion)
	s.route(m, "POST /opinions/new", signedIn, s.giveOpinion)
	s.route(m, "GET /opinions/{opinion}", signedIn, s.opinion)
	s.route(m, "POST /opinions/{opinion}/answer", signedIn, s.answerOpinion)
	s.route(m, "POST /opinions/{opinion}/withdraw", signedIn, s.withdrawOpinion)
}

// An OpinionsView is the realm's numbers, one's own opinions, and those that
// one's organisation is asked to answer.
type OpinionsView struct {
	Shell
	Sums        Counts
	Mine, Asked []OpinionLine
	Answers     bool // the viewer's organisation answers opinions
}

// An OpinionLine is one opinion in a list.
type OpinionLine struct {
	Name Link
	When string
	Tag  Tag
}

// An OpinionView is one opinion with its answer.
type OpinionView struct {
	Shell
	Problems     ErrorSummary
	Tag          Tag
	Facts        Facts
	Words        string
	Reply        string
	Answer       Field
	Go, Withdraw string // addresses of the forms, if the viewer may
}

// An OpinionForm asks for an opinion.
type OpinionForm struct {
	Shell
	Problems           ErrorSummary
	From               string
	Kind, Words, Named Field
}

var (
	opinionsPage    = newPage[OpinionsView]("opinions.html")
	opinionPage     = newPage[OpinionView]("opinion.html")
	opinionFormPage = newPage[OpinionForm]("opinion_form.html")
)

// Pattern names this page by its route, for an opinion about it; addresses name
// people.
func (s Shell) Pattern() string { return s.route }

func (s *Server) opinions(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sums, err := s.Opinion.Sums(r.Context(), v.Actor)
	if err != nil {
		return err
	}
	mine, err := s.Opinion.Mine(r.Context(), v.Actor)
	if err != nil {
		return err
	}
	p := OpinionsView{Shell: s.shell(r, v, "opinions", "opinions.title"), Answers: v.may(access.AnswerOpinions)}
	p.Lead = p.T("opinions.lead", clock.OpinionDays)
	p.Sums = Counts{Label: p.T("opinions.sums"), Items: []Count{
		{Number: fmt.Sprint(sums.Given), Text: p.T("opinions.given")}, {Number: fmt.Sprint(sums.InTime), Text: p.T("opinions.in_time")},
		{Number: fmt.Sprint(sums.Open), Text: p.T("opinions.open")}, {Number: fmt.Sprint(sums.Overdue + sums.Late), Text: p.T("opinions.overdue")},
	}}
	p.Mine = p.opinionLines(mine)
	if p.Answers {
		asked, err := s.Opinion.Asked(r.Context(), v.Actor, v.Under)
		if err != nil {
			return err
		}
		p.Asked = p.opinionLines(asked)
	}
	return opinionsPage.write(w, http.StatusOK, p)
}

func (s Shell) opinionLines(all []opinion.Opinion) []OpinionLine {
	lines := make([]OpinionLine, len(all))
	for i, o := range all {
		lines[i] = OpinionLine{Name: Link{s.opinionTitle(o), "/opinions/" + o.ID.String()}, When: s.Day(core.DateOf(o.CreatedAt)), Tag: s.opinionTag(o)}
	}
	return lines
}

// opinionTitle is the beginning of the words.
func (s Shell) opinionTitle(o opinion.Opinion) string {
	words := []rune(o.Words)
	if len(words) > 40 {
		return string(words[:40]) + "…"
	}
	return o.Words
}

func (s Shell) opinionTag(o opinion.Opinion) Tag {
	kind := map[opinion.State]TagKind{opinion.Open: Wait, opinion.Answered: Done, opinion.Withdrawn: Off}[o.State]
	return Tag{kind, s.T("opinion.state." + string(o.State))}
}

func opinionID(r *http.Request) (core.ID, error) { return core.ParseID(r.PathValue("opinion")) }

func (s *Server) opinion(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeOpinion(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeOpinion(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	id, err := opinionID(r)
	if err != nil {
		return err
	}
	o, may, err := s.Opinion.Find(r.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	p := OpinionView{Shell: s.shell(r, v, "opinions", ""), Words: o.Words, Reply: o.Answer}
	p.Title, p.Tag = p.say(o.Kind.Title()), p.opinionTag(o)
	p.Path = []Link{{p.T("opinions.title"), "/opinions"}, {Text: p.Title}}
	author := Fact{Label: p.T("opinion.author"), Value: o.Author}
	switch {
	case o.User == v.Actor.User:
		author.Value = p.T("opinion.author.you")
	case o.Author == "":
		author.Value = p.T("opinion.author.unnamed")
	}
	p.Facts.Rows = []Fact{
		{Label: p.T("opinion.org"), Value: o.OrgName}, author,
		{Label: p.T("opinion.given_on"), Value: p.Day(core.DateOf(o.CreatedAt))}, {Label: p.T("opinion.due_on"), Value: p.Day(o.DueOn)},
	}
	if o.Page != "" {
		p.Facts.Rows = append(p.Facts.Rows, Fact{Label: p.T("opinion.page"), Value: o.Page})
	}
	if o.State == opinion.Open {
		if may {
			p.Go = "/opinions/" + id.String() + "/answer"
			p.Answer = p.field(r, bad, "answer", "opinion.answer", "textarea")
		} else {
			p.Withdraw = "/opinions/" + id.String() + "/withdraw"
		}
	}
	p.Problems = p.problems(bad, p.Answer)
	p.Wrong = !p.Problems.IsZero()
	return opinionPage.write(w, code, p)
}

func (s *Server) newOpinion(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeOpinionForm(w, r, v, http.StatusOK, nil)
}

func (s *Server) writeOpinionForm(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	p := OpinionForm{Shell: s.shell(r, v, "opinions", "opinions.give")}
	p.Path = []Link{{p.T("opinions.title"), "/opinions"}, {Text: p.Title}}
	p.Narrow, p.Lead, p.From = true, p.T("opinion.new.lead", v.Org), s.pattern(r.FormValue("page"))
	var kinds []Option
	for _, k := range opinion.Kinds {
		kinds = append(kinds, Option{Value: string(k), Text: p.say(k.Title())})
	}
	p.Kind = p.choice(r, bad, "kind", "opinion.new.kind", "radio", kinds)
	p.Words = p.field(r, bad, "words", "opinion.new.words", "textarea")
	p.Words.Rows = 6
	p.Named = Field{Name: "named", Type: "checkbox", Value: "yes", Label: p.T("opinion.new.named"), Chosen: r.FormValue("named") != ""}
	p.Problems = p.problems(bad, p.Kind, p.Words)
	p.Wrong = !p.Problems.IsZero()
	return opinionFormPage.write(w, code, p)
}

// pattern returns the text if it is the pattern of one of our pages, else "".
func (s *Server) pattern(text string) string {
	if slices.ContainsFunc(s.routes, func(rt Route) bool { return rt.Method+" "+rt.Path == text }) {
		return text
	}
	return ""
}

func (s *Server) giveOpinion(w http.ResponseWriter, r *http.Request, v Viewer) error {
	o, err := s.Opinion.Give(r.Context(), v.Actor, access.Place{Org: v.Under, Enterprise: v.Enterprise}, opinion.New{
		Kind: opinion.Kind(r.PostFormValue("kind")), Words: r.PostFormValue("words"), Page: s.pattern(r.PostFormValue("page")), Named: r.PostFormValue("named") != "",
	})
	if bad := core.FieldsOf(err); bad != nil {
		return s.writeOpinionForm(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/opinions/"+o.ID.String(), "opinion.new.done", o.DueOn.String())
}

func (s *Server) answerOpinion(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := opinionID(r)
	if err != nil {
		return err
	}
	err = s.Opinion.Answer(r.Context(), v.Actor, id, r.PostFormValue("answer"))
	if bad := core.FieldsOf(err); bad != nil {
		return s.writeOpinion(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/opinions/"+id.String(), "opinion.answer.done")
}

func (s *Server) withdrawOpinion(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := opinionID(r)
	if err != nil {
		return err
	}
	if err := s.Opinion.Withdraw(r.Context(), v.Actor, id); err != nil {
		return err
	}
	return s.redirect(w, r, "/opinions", "opinion.withdraw.done")
}
