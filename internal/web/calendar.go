package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"tongpin/internal/account"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/ical"
	"tongpin/internal/text"
)

// A CalendarPage lists the addresses under which one's deadlines can be
// subscribed to, and makes one. Value is shown this once.
type CalendarPage struct {
	Shell
	Problems ErrorSummary
	Value    string
	Rows     []TokenRow
	Name     Field
}

var calendarPage = newPage[CalendarPage]("calendar.html")

func (s *Server) mountCalendar(m *http.ServeMux) {
	s.route(m, "GET /calendar/{file}", public, s.calendarFile)
	s.route(m, "GET /me/calendar", signedIn, s.calendars)
	s.route(m, "POST /me/calendar", signedIn, s.makeCalendar)
	s.route(m, "POST /me/calendar/revoke", signedIn, s.revokeCalendar)
}

func (s *Server) calendars(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeCalendars(w, r, v, http.StatusOK, "", nil)
}

func (s *Server) writeCalendars(w http.ResponseWriter, r *http.Request, v Viewer, code int, value string, bad core.Fields) error {
	all, err := s.Account.Feeds(r.Context(), v.Actor, v.user.ID)
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "calendar.title")
	sh.Lead, sh.here = sh.T("calendar.lead"), "/me/calendar"
	p := CalendarPage{Shell: sh}
	if value != "" {
		p.Value = s.Account.Site + "/calendar/" + value + ".ics"
	}
	for _, t := range all {
		p.Rows = append(p.Rows, s.tokenRow(sh, v, t, "calendar.revoke.what"))
	}
	p.Name = sh.field(r, bad, "name", "calendar.name", "text")
	if value != "" {
		p.Name.Value = ""
	}
	p.Problems = sh.problems(bad, p.Name)
	p.Wrong = !p.Problems.IsZero()
	return calendarPage.write(w, code, p)
}

// tokenRow shows one token; what is the key of the words that revoke it.
func (s *Server) tokenRow(sh Shell, v Viewer, t account.Token, what string) TokenRow {
	row := TokenRow{ID: t.ID.String(), Name: t.Name, Ends: sh.Day(core.DateOf(t.ExpiresAt)), Used: sh.T("tokens.unused"), What: sh.T(what, t.Name)}
	if !t.LastUsedOn.IsZero() {
		row.Used = sh.Day(t.LastUsedOn)
	}
	if s.Account.Ended(t, v.user) {
		row.Tag = Tag{Off, sh.T("tokens.ended")}
	}
	return row
}

// makeCalendar answers with the page itself: the address stands there alone.
func (s *Server) makeCalendar(w http.ResponseWriter, r *http.Request, v Viewer) error {
	value, _, err := s.Account.MakeFeed(r.Context(), v.Actor, v.user.ID, r.PostFormValue("name"))
	if bad := wrong(err); bad != nil {
		return s.writeCalendars(w, r, v, http.StatusUnprocessableEntity, "", bad)
	}
	if err != nil {
		return err
	}
	return s.writeCalendars(w, r, v, http.StatusOK, value, nil)
}

func (s *Server) revokeCalendar(w http.ResponseWriter, r *http.Request, v Viewer) error {
	id, err := core.ParseID(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	if err := s.Account.RevokeToken(r.Context(), v.Actor, v.user.ID, id); err != nil {
		return err
	}
	return s.redirect(w, r, "/me/calendar", "calendar.revoked")
}

// calendarFile answers a program that has the address. Every address that is
// none gets the answer of a page that is not there.
func (s *Server) calendarFile(w http.ResponseWriter, r *http.Request, _ Viewer) error {
	value, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		return core.NotFound
	}
	u, who, err := s.Account.Feed(r.Context(), value)
	if err != nil {
		return err
	}
	all, err := s.Clock.Feed(r.Context(), who)
	if err != nil {
		return err
	}
	b := s.calendarOf(u.Lang, all).Write()
	sum := sha256.Sum256(b)
	h, tag := w.Header(), `"`+hex.EncodeToString(sum[:12])+`"`
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", tag)
	known := strings.FieldsFunc(r.Header.Get("If-None-Match"), func(c rune) bool { return c == ',' || c == ' ' })
	if slices.ContainsFunc(known, func(t string) bool { return strings.TrimPrefix(t, "W/") == tag }) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="tongpin.ics"`)
	_, _ = w.Write(b) // a program that has left is not our error
	return nil
}

// calendarOf writes deadlines as days. It names organisations and enterprises,
// never persons.
func (s *Server) calendarOf(lang core.Lang, all []clock.Fed) ical.Calendar {
	if lang == "" {
		lang = text.Langs[0]
	}
	c := ical.Calendar{Name: text.T(lang, "calendar.feed"), Lang: lang}
	for _, f := range all {
		e := ical.Event{
			UID: "clock-" + f.ID.String() + "@tongpin", On: f.DueOn, Summary: text.Say(lang, f.Title()), Category: text.Say(lang, f.Kind.Title()),
			Text: text.Say(lang, f.Why()) + "\n" + text.Say(lang, f.Basis()), Status: ical.Confirmed, Sequence: f.Revision(), Stamp: f.CreatedAt,
		}
		if s.Account.Site != "" {
			e.URL = s.Account.Site + "/clocks/" + f.ID.String()
		}
		switch {
		case !f.EndedAt.IsZero():
			e.Status, e.Stamp = ical.Cancelled, f.EndedAt
		case f.Provisional:
			e.Status, e.Summary = ical.Tentative, text.T(lang, "calendar.provisional", e.Summary)
		}
		c.Events = append(c.Events, e)
	}
	return c
}
