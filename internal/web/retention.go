package web

import (
	"net/http"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/retention"
)

// RetentionView lists the classes of records with how long each is kept and how
// many are due: numbers, and nobody's name.
type RetentionView struct {
	Shell
	Cards []RetentionCard
	Note  Note
}

// A RetentionCard is one class.
type RetentionCard struct {
	Title, After string
	Tag          Tag
	Facts        Facts
}

var retentionPage = newPage[RetentionView]("retention.html")

// mountRetention adds the page for whoever answers for the whole realm; to
// everybody else it does not exist.
func (s *Server) mountRetention(m *http.ServeMux) {
	s.route(m, "GET /retention", signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
		if !v.may(access.SeeRetention) {
			return core.NotFound
		}
		all, err := s.Retention.List(r.Context(), v.Actor)
		if err != nil {
			return err
		}
		p := RetentionView{Shell: s.shell(r, v, "settings", "retention.title")}
		p.Lead, p.Note = p.T("retention.lead"), Note{Text: p.T("retention.note")}
		for _, d := range all {
			p.Cards = append(p.Cards, p.retentionCard(d, v.may(access.ManageSettings)))
		}
		return retentionPage.write(w, http.StatusOK, p)
	})
}

func (s Shell) retentionCard(d retention.Due, manages bool) RetentionCard {
	c := RetentionCard{Title: s.say(d.Title()), After: s.say(d.After())}
	period := Fact{Label: s.T("retention.col.period"), Value: s.say(d.Period())}
	if d.Setting != "" && manages {
		period.Action, period.What = Link{s.T("settings.change"), "/settings/" + d.Setting}, c.Title
	}
	c.Facts.Rows = []Fact{period}
	if d.Deed != retention.Keep {
		if d.Today > 0 {
			c.Tag = Tag{Late, s.T("retention.due", d.Today)}
		}
		c.Facts.Rows = append(c.Facts.Rows,
			Fact{Label: s.T("retention.col.due"), Value: strconv.Itoa(d.Today)}, Fact{Label: s.T("retention.col.coming"), Value: strconv.Itoa(d.Coming)})
		last := Fact{Label: s.T("retention.last"), Value: s.T("retention.last.none")}
		if !d.Last.IsZero() {
			last.Value = s.T("retention.last.done", s.When(d.Last), d.LastDone)
		}
		c.Facts.Rows = append(c.Facts.Rows, last)
	}
	if d.Basis != "" {
		c.Facts.Rows = append(c.Facts.Rows, Fact{Label: s.T("settings.citation"), Value: d.Basis})
	}
	return c
}
