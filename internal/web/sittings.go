package web

import (
	"net/http"

	"tongpin/internal/account"
	"tongpin/internal/core"
)

// A SittingsPage lists one's open sessions.
type SittingsPage struct {
	Shell
	Rows   []SittingRow
	Others bool // there are others to end
}

// A SittingRow is one open session. ID is "" for the one that looks.
type SittingRow struct {
	ID, Device, Began, Seen, What string
	Here                          Tag
}

var sittingsPage = newPage[SittingsPage]("sittings.html")

func (s *Server) sittings(w http.ResponseWriter, r *http.Request, v Viewer) error {
	all, err := s.Account.Sittings(r.Context(), v.Actor, sessionOf(r))
	if err != nil {
		return err
	}
	sh := s.ownShell(r, v, "sessions.title")
	sh.Lead = sh.T("sessions.lead")
	p := SittingsPage{Shell: sh}
	for _, o := range all {
		row := sh.sittingRow(o)
		if o.Here {
			row.ID, row.Here = "", Tag{OK, sh.T("sessions.here")}
		} else {
			p.Others = true
		}
		p.Rows = append(p.Rows, row)
	}
	return sittingsPage.write(w, http.StatusOK, p)
}

func (s Shell) sittingRow(o account.Sitting) SittingRow {
	row := SittingRow{ID: o.ID.String(), Device: o.Device, Began: s.When(o.Began), Seen: s.When(o.Seen)}
	if row.Device == "" {
		row.Device = s.T("sessions.unknown")
	}
	row.What = s.T("sessions.end.what", row.Began)
	return row
}

// endSitting ends one session, or without an id all the others.
func (s *Server) endSitting(w http.ResponseWriter, r *http.Request, v Viewer) error {
	var id core.ID
	if text := r.PostFormValue("id"); text != "" {
		var err error
		if id, err = core.ParseID(text); err != nil {
			return err
		}
	}
	if err := s.Account.EndSitting(r.Context(), v.Actor, sessionOf(r), id); err != nil {
		return err
	}
	return s.redirect(w, r, "/me/sessions", "sessions.ended")
}
