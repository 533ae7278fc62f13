package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/mentoring"
)

// A pairDeed is one thing done to an agreement, at /mentoring/{mentoring}/NAME.
// Without build it is a button: the page of the form says what follows. Its words
// are mentoring_form.NAME and that with .lead, .go and .done.
type pairDeed struct {
	name  string
	step  bool // it is offered beside a step or a note
	may   func(a mentoring.Profile) bool
	build func(s *Server, r *http.Request, a mentoring.Profile, f *EnterpriseForm)
	do    func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error
}

func (d pairDeed) key() string { return "mentoring_form." + strings.ReplaceAll(d.name, "-", "_") }

func inPair(a mentoring.Profile) bool { return a.Side.Mentor || a.Side.Apprentice }

// pairDeeds are what can be done to an agreement, in order of use.
var pairDeeds = []pairDeed{
	{name: "sign", may: func(a mentoring.Profile) bool {
		return a.State == mentoring.Proposed && (a.Side.Mentor && a.MentorSigned.IsZero() || a.Side.Apprentice && a.ApprenticeSigned.IsZero())
	}, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, _ *answers) error {
		return s.Mentoring.Sign(ctx, v.Actor, a.ID, "")
	}},
	{name: "paper", may: func(a mentoring.Profile) bool {
		return a.State == mentoring.Proposed && a.Side.Change && !inPair(a)
	}, build: func(_ *Server, r *http.Request, _ mentoring.Profile, f *EnterpriseForm) {
		f.ask(r, "paper", "mentoring_form.paper.where", "text", "")
	}, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		return s.Mentoring.Sign(ctx, v.Actor, a.ID, in.text("paper"))
	}},
	{name: "note", may: func(a mentoring.Profile) bool { return inPair(a) && a.State.Runs() }, build: buildPairNote, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		m := mentoring.Minute{MetOn: in.day("met_on"), Topic: in.text("topic"), Next: in.text("next_step")}
		if err := in.bad.Err(); err != nil {
			return err
		}
		return s.Mentoring.WriteNote(ctx, v.Actor, a.ID, m)
	}},
	{name: "show", may: func(a mentoring.Profile) bool { return (inPair(a) || a.Side.Change) && a.State.Runs() }, build: buildPairShow, do: (*Server).doPairShow},
	{name: "review", may: func(a mentoring.Profile) bool {
		return !inPair(a) && (a.State == mentoring.Active || a.State == mentoring.MidReview)
	}, build: func(_ *Server, r *http.Request, _ mentoring.Profile, f *EnterpriseForm) {
		f.choose(r, "verdict", "mentoring_form.verdict", "radio", "", options(f.Shell, "mentoring.state.", []mentoring.State{mentoring.OnTrack, mentoring.NeedsHelp, mentoring.ChangeMentor}, ""))
	}, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		return s.Mentoring.Review(ctx, v.Actor, a.ID, mentoring.State(in.text("verdict")))
	}},
	{name: "exam", may: func(a mentoring.Profile) bool { return a.Side.Change && a.State.May(mentoring.Exam) }, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, _ *answers) error {
		return s.Mentoring.Examine(ctx, v.Actor, a.ID)
	}},
	{name: "finish", may: func(a mentoring.Profile) bool { return a.Side.Change && a.State == mentoring.Exam }, build: func(_ *Server, r *http.Request, _ mentoring.Profile, f *EnterpriseForm) {
		f.ask(r, "outcome", "mentoring_form.outcome", "textarea", "")
	}, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		return s.Mentoring.Finish(ctx, v.Actor, a.ID, in.text("outcome"))
	}},
	{name: "extend", may: func(a mentoring.Profile) bool {
		return a.Side.Change && a.State == mentoring.Exam && a.ExtendedOn.IsZero()
	}, build: func(_ *Server, r *http.Request, a mentoring.Profile, f *EnterpriseForm) {
		f.askDay(r, "extended_to", "mentoring_form.extended_to", a.LatestOn, a.LatestOn)
		f.ask(r, "reason", "mentoring_form.reason", "textarea", "")
	}, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		to := in.day("extended_to")
		if err := in.bad.Err(); err != nil {
			return err
		}
		return s.Mentoring.Extend(ctx, v.Actor, a.ID, to, in.text("reason"))
	}},
	{name: "object", may: func(a mentoring.Profile) bool {
		return inPair(a) && (a.State == mentoring.Proposed || a.State == mentoring.BothAgreed || a.State == mentoring.Objection)
	}, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, _ *answers) error {
		return s.Mentoring.Object(ctx, v.Actor, a.ID)
	}},
	{name: "change", may: func(a mentoring.Profile) bool { return a.Side.Apprentice && a.State.May(mentoring.ChangeMentor) }, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, _ *answers) error {
		return s.Mentoring.AskChange(ctx, v.Actor, a.ID)
	}},
	{name: "end-together", may: func(a mentoring.Profile) bool { return inPair(a) && a.State.May(mentoring.EndedMutual) }, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, _ *answers) error {
		return s.Mentoring.EndTogether(ctx, v.Actor, a.ID)
	}},
	{name: "note-confirm", step: true, may: inPair, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		id, err := core.ParseID(in.text("note"))
		if err != nil {
			return err
		}
		return s.Mentoring.ConfirmNote(ctx, v.Actor, a.ID, id)
	}},
	{name: "check", step: true, may: func(mentoring.Profile) bool { return true }, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		id, err := core.ParseID(in.text("step"))
		if err != nil {
			return err
		}
		return s.Mentoring.Check(ctx, v.Actor, a.ID, id, 0)
	}},
	{name: "confirm", step: true, may: func(a mentoring.Profile) bool { return a.Side.Apprentice }, do: func(s *Server, ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
		id, err := core.ParseID(in.text("step"))
		if err != nil {
			return err
		}
		return s.Mentoring.Confirm(ctx, v.Actor, a.ID, id)
	}},
}

func buildPairNote(s *Server, r *http.Request, _ mentoring.Profile, f *EnterpriseForm) {
	today := core.DateOf(s.Now())
	f.askDay(r, "met_on", "mentoring_form.met_on", today, today)
	f.ask(r, "topic", "mentoring_form.topic", "textarea", "")
	f.ask(r, "next_step", "mentoring_form.next_step", "text", "")
}

func buildPairShow(s *Server, r *http.Request, a mentoring.Profile, f *EnterpriseForm) {
	today := core.DateOf(s.Now())
	var all []Option
	first := ""
	for _, k := range a.Places {
		for i, name := range k.Levels {
			o := Option{Value: k.ID.String() + "." + strconv.Itoa(i+1), Text: f.T("mentoring_form.level.of", k.Name, i+1, name)}
			if first == "" && i >= k.Reached {
				first = o.Value
			}
			all = append(all, o)
		}
	}
	f.choose(r, "level", "mentoring_form.level", "radio", first, all)
	facts := []Option{{Text: f.T("mentoring_form.fact.none")}}
	for _, k := range a.Places {
		for _, st := range k.Steps {
			if st.ID == 0 {
				facts = append(facts, Option{Value: st.Fact + "." + st.FactID.String(), Text: st.FactNumber + " " + st.FactTitle})
			}
		}
	}
	if len(facts) > 1 {
		f.choose(r, "fact", "mentoring_form.fact", "select", facts[1].Value, facts)
	}
	f.askDay(r, "shown_on", "mentoring_form.shown_on", today, today)
	f.ask(r, "how", "mentoring_form.how", "textarea", "")
}

func (s *Server) doPairShow(ctx context.Context, v Viewer, a mentoring.Profile, in *answers) error {
	place, level, _ := strings.Cut(in.text("level"), ".")
	e := mentoring.Showing{ShownOn: in.day("shown_on"), How: in.text("how")}
	e.Place, _ = core.ParseID(place) // what is none is no skill of the agreement
	e.Level, _ = strconv.Atoi(level)
	kind, id, linked := strings.Cut(in.text("fact"), ".")
	if linked {
		e.Fact = kind
		e.FactID, _ = core.ParseID(id)
	}
	if err := in.bad.Err(); err != nil {
		return err
	}
	return s.Mentoring.Show(ctx, v.Actor, a.ID, e)
}

func (s *Server) mountPairDeed(m *http.ServeMux, d pairDeed) {
	path := "/mentoring/{mentoring}/" + d.name
	if !d.step {
		s.route(m, "GET "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
			return s.writePairForm(w, r, v, d, http.StatusOK, nil)
		})
	}
	s.route(m, "POST "+path, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		a, err := s.pair(r, v)
		if err != nil {
			return err
		}
		err = d.do(s, r.Context(), v, a, &answers{r: r})
		if bad := curable(err, map[string]string{"place": "level"}); bad != nil && !d.step {
			code := http.StatusUnprocessableEntity
			if core.KindOf(err) == core.Conflict {
				code = http.StatusConflict
			}
			return s.writePairForm(w, r, v, d, code, bad)
		}
		if err != nil {
			return err
		}
		return s.redirect(w, r, "/mentoring/"+a.ID.String(), d.key()+".done")
	})
}

func (s *Server) writePairForm(w http.ResponseWriter, r *http.Request, v Viewer, d pairDeed, code int, bad core.Fields) error {
	a, err := s.pair(r, v)
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "work", d.key())
	at := "/mentoring/" + a.ID.String()
	sh.Path = []Link{{sh.T("mentorings.title"), "/mentoring"}, {a.Number, at}, {Text: sh.Title}}
	sh.Lead, sh.Narrow, sh.here = sh.T(d.key()+".lead"), true, at+"/"+d.name
	f := &EnterpriseForm{Shell: sh, Action: sh.here, Go: sh.T(d.key() + ".go"), bad: bad, Back: Link{sh.T("mentoring_form.back"), at}}
	if d.build != nil {
		d.build(s, r, a, f)
	}
	return f.write(w, code)
}
