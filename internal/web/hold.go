package web

import (
	"net/http"

	"tongpin/internal/core"
	"tongpin/internal/retention"
)

// A HoldView is the page that holds a person's record back from deletion by
// rule, and lets it go again.
type HoldView struct {
	PersonForm
	Held Facts  // the hold that stands
	Lift string // where it is lifted, or ""
}

var holdPage = newPage[HoldView]("hold.html")

func (s *Server) mountHolds(m *http.ServeMux) {
	s.route(m, "GET /people/{person}/hold", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		return s.writeHold(w, r, v, http.StatusOK, nil)
	})
	s.route(m, "POST /people/{person}/hold", signedIn, s.hold)
	s.route(m, "POST /people/{person}/hold/lift", signedIn, s.liftHold)
}

func (s *Server) writeHold(w http.ResponseWriter, r *http.Request, v Viewer, code int, bad core.Fields) error {
	f, view, err := s.formOf(r, v, "hold.title")
	if err != nil {
		return err
	}
	held, err := s.Retention.HoldOf(r.Context(), v.Actor, view.ID)
	there := err == nil
	if err != nil && core.KindOf(err) != core.NotFound {
		return err
	}
	p := HoldView{PersonForm: f}
	p.Lead, p.Go = p.T("hold.lead"), "/people/"+view.ID.String()+"/hold"
	p.here, p.Hidden, p.Button = p.Go, nil, p.T("hold.go")
	if there {
		p.Held, p.Lift = p.holdFacts(held), p.Go+"/lift"
	}
	if !there || bad != nil { // what was typed stays, though somebody was faster
		until, reason := p.field(r, bad, "until", "hold.until", "date"), p.field(r, bad, "reason", "hold.reason", "text")
		until.Short, until.Min, reason.Autocomplete = true, core.DateOf(s.Now()).AddDays(1).String(), "off"
		p.Fields = []Field{until, reason}
	}
	p.Problems = p.problems(bad, p.Fields...)
	p.Wrong = !p.Problems.IsZero()
	return holdPage.write(w, code, p)
}

// holdFacts tells of a hold that stands.
func (s Shell) holdFacts(h retention.Hold) Facts {
	return Facts{Rows: []Fact{
		{Label: s.T("hold.until"), Value: s.Day(h.Until)},
		{Label: s.T("hold.reason"), Value: h.Reason},
		{Label: s.T("hold.by"), Value: s.by(h.By)},
		{Label: s.T("hold.placed"), Value: s.When(h.PlacedAt)},
	}}
}

// hold asks the service before the page, so that every attempt is journalled.
func (s *Server) hold(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := personID(r)
	if err != nil {
		return err
	}
	var bad core.Fields
	until := dateIn(r, &bad, "until")
	if bad == nil {
		err = s.Retention.Hold(r.Context(), v.Actor, id, until, r.PostFormValue("reason"))
	}
	return s.holding(w, r, v, "hold.done", bad, err)
}

func (s *Server) liftHold(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := personID(r)
	if err != nil {
		return err
	}
	return s.holding(w, r, v, "hold.lifted", nil, s.Retention.Lift(r.Context(), v.Actor, id))
}

// holding shows the page again with what is wrong, or the person.
func (s *Server) holding(w http.ResponseWriter, r *http.Request, v Viewer, done string, bad core.Fields, err error) error {
	if bad == nil {
		bad = wrong(err)
	}
	if core.KindOf(err) == core.Conflict && err != nil {
		return s.writeHold(w, r, v, http.StatusConflict, core.Fields{"": core.MsgOf(err)})
	}
	if bad != nil {
		return s.writeHold(w, r, v, http.StatusUnprocessableEntity, bad)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/people/"+r.PathValue("person"), done)
}
