package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/member"
	"tongpin/internal/privacy"
	"tongpin/internal/text"
)

func (s *Server) mountPrivacy(m *http.ServeMux) {
	s.route(m, "GET /me/record", signedIn, s.sightings)
	s.route(m, "GET /corrections", signedIn, s.corrections)
	s.route(m, "GET /corrections/new", signedIn, s.newCorrection)
	s.route(m, "POST /corrections/new", signedIn, s.askCorrection)
	s.route(m, "GET /corrections/{correction}", signedIn, s.correction)
	s.route(m, "POST /corrections/{correction}/answer", signedIn, s.decideCorrection)
	s.route(m, "POST /corrections/{correction}/withdraw", signedIn, s.withdrawCorrection)
	s.route(m, "GET /me/data", signedIn, s.ownData)
	s.route(m, "POST /me/data", signedIn, s.takeData)
	s.mountConsents(m)
}

// A SightingsView tells a person who opened, took away or changed the own
// record.
type SightingsView struct {
	Shell
	Links []Link
	Total string
	Trail Trail
	Pager Pager
	Empty Empty
	Note  Note
}

var sightingsPage = newPage[SightingsView]("sightings.html")

func (s *Server) sightings(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.ownShell(r, v, "sightings.title")
	sh.Lead = sh.T("sightings.lead")
	p := SightingsView{Shell: sh}
	page := pageOf(r)
	all, total, err := s.Privacy.Sightings(r.Context(), v.Actor, 0, page)
	switch {
	case errors.Is(err, core.NotFound):
		p.Empty = Empty{Title: sh.T("sightings.no_record"), Text: sh.T("sightings.no_record.text")}
		return sightingsPage.write(w, http.StatusOK, p)
	case err != nil:
		return err
	}
	p.Links = []Link{{sh.T("me.record.open"), "/people/" + v.Person.String()}, {sh.T("corrections.ask"), "/corrections"}, {sh.T("own_data.title"), "/me/data"}}
	p.Total = sh.T("sightings.total", total)
	p.Note = Note{Head: sh.T("sightings.note.head"), Text: sh.T("sightings.note"), Link: Link{sh.T("person.own.more"), "/privacy"}}
	for _, g := range all {
		p.Trail.Events = append(p.Trail.Events, sh.sighting(g))
	}
	if len(all) == 0 {
		p.Empty = Empty{Title: sh.T("sightings.none"), Text: sh.T("sightings.none.text")}
	}
	p.Pager = sh.pager(page, total, func(n int) string { return "/me/record?page=" + strconv.Itoa(n) })
	return sightingsPage.write(w, http.StatusOK, p)
}

// sighting is one entry as its person reads it: who, what, and why.
func (s Shell) sighting(g privacy.Sighting) Event {
	e := Event{Day: s.When(g.At), When: g.At.Format("2006-01-02T15:04"), Text: s.T("sightings.line", s.sighter(g), s.sighted(g))}
	var why []string
	if g.Purpose != "" {
		why = append(why, s.T("sightings.purpose", member.PurposeTitle(g.Purpose)))
	}
	if g.Words != "" {
		why = append(why, s.T("sightings.words", g.Words))
	}
	switch {
	case g.Denied():
		why = append(why, s.T("sightings.denied"))
		e.Kind = "turn"
	case g.Failed():
		why = append(why, s.T("sightings.failed"))
	case g.Own:
		e.Kind = "system"
	}
	e.Note = strings.Join(why, s.T("sightings.between"))
	return e
}

// sighter names who it was: the account with its role, or the machine's
// administrator.
func (s Shell) sighter(g privacy.Sighting) string {
	switch {
	case g.Own:
		return s.T("sightings.you")
	case g.ByServer():
		return s.T("sightings.server")
	case g.Who == "":
		return s.T("sightings.machine")
	case g.Role == "":
		return g.Who
	}
	return s.T("sightings.who", g.Who, g.Place, core.M("role."+string(g.Role)))
}

// sighted says what was done.
func (s Shell) sighted(g privacy.Sighting) string {
	items := make([]string, len(g.Fields))
	for i, f := range g.Fields {
		items[i] = s.T("privacy.item." + f)
	}
	list := strings.Join(items, s.T("sightings.and"))
	switch {
	case g.Under != "":
		return s.T("sightings.exported", g.Under, list)
	case g.Action == "person.open_field" && len(items) > 0 && g.Outcome != "done":
		return s.T("sightings.asked", list)
	case g.Action == "person.open_field" && len(items) > 0:
		return s.T("sightings.opened", list)
	case g.Action == "person.change" && len(items) > 0:
		return s.T("sightings.changed", list)
	}
	if key := "sightings.action." + g.Action; text.Has(key) {
		return s.T(key)
	}
	return s.T("sightings.action.other")
}

// A DataView offers everything about a person and the account as a file.
type DataView struct {
	Shell
	Stale Notice // sign in again first
	Holds []string
}

var dataPage = newPage[DataView]("own_data.html")

func (s *Server) ownData(w http.ResponseWriter, r *http.Request, v Viewer) error {
	_, fresh, err := s.Account.Factors(r.Context(), v.Actor, sessionOf(r))
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "own_data.title")
	sh.Lead, sh.Narrow = sh.T("own_data.lead"), true
	p := DataView{Shell: sh}
	if !fresh {
		p.Stale = Notice{Kind: "info", Text: sh.T("own_data.stale"), Link: Link{sh.T("factors.stale.go"), "/sign-in?again=1&next=/me/data"}}
	}
	for _, name := range privacy.SectionNames(v.Person != 0) {
		p.Holds = append(p.Holds, sh.T("privacy.section."+name))
	}
	return dataPage.write(w, http.StatusOK, p)
}

// takeData sends the file, in answer to a form alone.
func (s *Server) takeData(w http.ResponseWriter, r *http.Request, v Viewer) error {
	c, err := s.Privacy.Copy(r.Context(), v.Actor, privacy.Ask{Numbers: true, Cookie: sessionOf(r)})
	if err != nil {
		return err
	}
	name := text.T(v.Lang, "privacy.copy.file", core.DateOf(c.MadeAt).String()) + ".zip"
	return sendFile(w, name, func(w io.Writer) error { return c.Zip(w, v.Lang) })
}
