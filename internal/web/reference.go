package web

import (
	"net/http"

	"tongpin/internal/api"
)

// A ReferencePage describes the API for people.
type ReferencePage struct {
	Shell
	Notes    []string
	Document Link
	Nouns    []ReferenceNoun
	Types    []api.Type
}

// A ReferenceNoun is the operations under one word of the address.
type ReferenceNoun struct {
	Name       string
	Operations []ReferenceOperation
}

// A ReferenceOperation is one route with its words.
type ReferenceOperation struct {
	api.Operation
	Title, Address string
}

var referencePage = newPage[ReferencePage]("reference.html")

func (s *Server) mountReference(m *http.ServeMux) {
	if s.API == nil {
		return
	}
	s.route(m, "GET /api", public, s.reference)
}

func (s *Server) reference(w http.ResponseWriter, r *http.Request, v Viewer) error {
	sh := s.shell(r, v, "", "api.page.title")
	sh.Lead = sh.T("api.page.lead")
	ref := s.API.Reference()
	p := ReferencePage{Shell: sh, Types: ref.Types, Document: Link{"openapi.json", api.Base + "/openapi.json"}}
	for _, key := range []string{"token", "errors", "cursor", "version", "once", "foreign"} {
		p.Notes = append(p.Notes, sh.T("api.page."+key))
	}
	for _, n := range ref.Nouns {
		noun := ReferenceNoun{Name: n.Name}
		for _, o := range n.Operations {
			noun.Operations = append(noun.Operations, ReferenceOperation{o, sh.T("api.op." + o.ID), api.Base + o.Path})
		}
		p.Nouns = append(p.Nouns, noun)
	}
	return referencePage.write(w, http.StatusOK, p)
}
