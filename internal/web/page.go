package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed view/*.html
var views embed.FS

var templates = template.Must(template.ParseFS(views, "view/*.html"))

// A page is a template and the only type of value it may be given. The
// compiler checks the caller; TestPagesFitTheirTypes checks the template.
// Every page has the frame: its type embeds Shell.
type page[T framed] struct{ name string }

// framed is met by every struct that embeds Shell.
type framed interface{ frame() Shell }

var pageTypes = map[string]any{} // by template, for that test

func newPage[T framed](name string) page[T] {
	var zero T
	pageTypes[name] = zero
	return page[T]{name}
}

// write sends a whole page or nothing: a template that fails half way must
// not leave half a page behind a status of 200.
func (p page[T]) write(w http.ResponseWriter, code int, value T) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, p.name, value); err != nil {
		return fmt.Errorf("page %s: %w", p.name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(value.frame().Lang))
	h.Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(code)
	_, _ = b.WriteTo(w) // a visitor who has left is not our error
	return nil
}
