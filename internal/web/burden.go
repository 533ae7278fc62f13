package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"tongpin/internal/burden"
)

// A BurdenView shows what the product never asks of people, check by check.
type BurdenView struct {
	Shell
	Lines []BurdenLine
}

// A BurdenLine is one check: what it is about, what it looked at, what it found.
type BurdenLine struct {
	ID, Title, Looked string
	Tag               Tag
	Problems          []string
}

var burdenPage = newPage[BurdenView]("burden.html")

func (s *Server) mountBurden(m *http.ServeMux) { s.route(m, "GET /burden", signedIn, s.burden) }

func (s *Server) burden(w http.ResponseWriter, r *http.Request, v Viewer) error {
	lines, err := s.Burden(r.Context())
	if err != nil {
		return err
	}
	p := BurdenView{Shell: s.shell(r, v, "opinions", "burden.title")}
	p.Lead, p.Path = p.T("burden.lead"), []Link{{p.T("opinions.title"), "/opinions"}, {Text: p.Title}}
	for _, l := range lines {
		line := BurdenLine{ID: l.ID, Title: p.say(l.Title()), Looked: p.T("burden.looked", l.Looked), Problems: l.Problems, Tag: Tag{OK, p.T("burden.ok")}}
		if !l.OK {
			line.Tag = Tag{Late, p.T("burden.bad", len(l.Problems))}
		}
		p.Lines = append(p.Lines, line)
	}
	return burdenPage.write(w, http.StatusOK, p)
}

// Inventory returns what the checks of package burden look at in the pages:
// routes, scripts, style and the frame around every page. Handler has been
// called before.
func (s *Server) Inventory(in *burden.Inventory) error {
	for _, rt := range s.routes {
		in.Routes = append(in.Routes, rt.Method+" "+rt.Path)
	}
	in.Scripts = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(assets)) {
		b, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		switch name {
		case "tongpin.css":
			in.Style = string(b)
		case "app.js":
			in.Scripts[name] = string(b)
		}
	}
	frame, err := views.ReadFile("view/layout.html")
	in.Frame = string(frame)
	return err
}
