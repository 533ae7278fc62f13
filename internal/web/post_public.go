package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/post"
	"tongpin/internal/text"
)

// A PublicPostView is what the code on a plate leads to: no frame of the site, no
// script, a stylesheet of its own, and nothing of a person without consent.
type PublicPostView struct {
	Shell
	Post   post.Public
	Slug   string
	Term   string
	Deeds  []PublicDeed
	Others []Choice
}

// A PublicDeed is something that the post got done.
type PublicDeed struct{ On, Day, Text, Change string }

var publicPostPage = newPage[PublicPostView]("post_public.html")

// publicPost answers /p/SLUG and /p/SLUG.json. Answers are never stored, because
// a consent may be withdrawn at any second.
func (s *Server) publicPost(w http.ResponseWriter, r *http.Request, v Viewer) error {
	slug, machine := strings.CutSuffix(r.PathValue("slug"), ".json")
	p, err := s.Post.Public(r.Context(), s.Realm, slug)
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	if machine {
		return writePublicJSON(w, p)
	}
	if l, ok := text.Known(r.FormValue("lang")); ok {
		v.Lang = l
	}
	page := PublicPostView{Shell: s.shell(r, v, "", "post.seal"), Post: p, Slug: slug}
	page.Description = page.T("post.public.description")
	for _, l := range text.Langs {
		if l != page.Lang {
			page.Others = append(page.Others, Choice{Text: text.T(l, "web.language"), Value: string(l), Href: "/p/" + slug + "?lang=" + string(l)})
		}
	}
	if p.Withdrawn {
		page.Title = page.T("post.state.withdrawn")
		return publicPostPage.write(w, http.StatusOK, page)
	}
	page.Title = p.Title
	page.Term = page.T("post.from_to", p.From.String(), p.To.String())
	for _, d := range p.Did {
		page.Deeds = append(page.Deeds, PublicDeed{d.On.String(), page.Day(d.On), d.Title, page.came(d.Before, d.After, d.Unit)})
	}
	return publicPostPage.write(w, http.StatusOK, page)
}

// A publicJSON is the public page for programs.
type publicJSON struct {
	State      string       `json:"state"` // "valid", "over" or "withdrawn"; of the last nothing else is told
	Title      string       `json:"title,omitempty"`
	Kind       string       `json:"kind,omitempty"`
	Theme      string       `json:"theme,omitempty"`
	Enterprise string       `json:"enterprise,omitempty"`
	GivenBy    string       `json:"given_by,omitempty"`
	Place      string       `json:"place,omitempty"`
	Promise    string       `json:"promise,omitempty"`
	Holder     string       `json:"holder,omitempty"`
	Number     string       `json:"number,omitempty"`
	Check      string       `json:"check,omitempty"`
	From       string       `json:"from,omitempty"`
	To         string       `json:"to,omitempty"`
	Did        []publicDeed `json:"did,omitempty"`
}

type publicDeed struct {
	On     string         `json:"on"`
	Title  string         `json:"title"`
	Before *core.Quantity `json:"before,omitempty"`
	After  *core.Quantity `json:"after,omitempty"`
	Unit   string         `json:"unit,omitempty"`
}

func writePublicJSON(w http.ResponseWriter, p post.Public) error {
	out := publicJSON{
		State: "valid", Title: p.Title, Kind: string(p.Kind), Theme: string(p.Theme), Enterprise: p.Enterprise, GivenBy: p.Org, Place: p.Place, Promise: p.Promise,
		Holder: p.Holder, Number: p.Number, Check: p.Check, From: p.From.String(), To: p.To.String(),
	}
	if p.Over {
		out.State = "over"
	}
	if p.Withdrawn {
		out = publicJSON{State: "withdrawn"}
	}
	for _, d := range p.Did {
		out.Did = append(out.Did, publicDeed{d.On.String(), d.Title, d.Before, d.After, d.Unit})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err := w.Write(b.Bytes())
	return err
}
