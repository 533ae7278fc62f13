package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// A Reference is the description of the API in the form of a page.
type Reference struct {
	Nouns []Noun
	Types []Type
}

// A Noun is the operations under one word of the address.
type Noun struct {
	Name       string
	Operations []Operation
}

// An Operation is one route. Body and Answer name a Type, or "".
type Operation struct {
	Route
	Params       []Item
	Body, Answer string
}

// A Type is an object of the API.
type Type struct {
	Name  string
	Items []Item
}

// An Item is a parameter or a key: its type in words of JSON, and whether it
// must be given. Of names the Type that it is or lists, or "".
type Item struct {
	Name, In, Type, Of, Doc string
	Required                bool
}

// Reference describes the API for a page.
func (a *API) Reference() Reference {
	doc := a.document()
	var out Reference
	for _, r := range a.Routes() {
		noun, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
		i := slices.IndexFunc(out.Nouns, func(n Noun) bool { return n.Name == noun })
		if i < 0 {
			i = len(out.Nouns)
			out.Nouns = append(out.Nouns, Noun{Name: noun})
		}
		out.Nouns[i].Operations = append(out.Nouns[i].Operations, operationOf(r, doc))
	}
	for name, s := range doc.Components.Schemas.Map() {
		out.Types = append(out.Types, Type{name, keysOf(s)})
	}
	slices.SortFunc(out.Types, func(a, b Type) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func operationOf(r Route, doc *huma.OpenAPI) Operation {
	item := doc.Paths[r.Path]
	op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch}[r.Method]
	o := Operation{Route: r}
	for _, p := range op.Parameters {
		one := itemOf(p.Name, p.Schema)
		one.In, one.Required, one.Doc = p.In, p.Required, cmp.Or(p.Description, one.Doc)
		o.Params = append(o.Params, one)
	}
	if op.RequestBody != nil {
		if m := op.RequestBody.Content["application/json"]; m != nil {
			o.Body = refName(m.Schema)
		}
	}
	for code, res := range op.Responses {
		if m := res.Content["application/json"]; m != nil && strings.HasPrefix(code, "2") {
			o.Answer = refName(m.Schema)
		}
	}
	return o
}

func keysOf(s *huma.Schema) (all []Item) {
	for name, p := range s.Properties {
		one := itemOf(name, p)
		one.Required = slices.Contains(s.Required, name)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Item) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func itemOf(name string, s *huma.Schema) Item {
	one := Item{Name: name}
	if s == nil {
		return one
	}
	one.Type, one.Of, one.Doc = s.Type, refName(s), s.Description
	if s.Type == huma.TypeArray && s.Items != nil {
		one.Of = refName(s.Items)
		if one.Of == "" {
			one.Type = "array: " + s.Items.Type
		}
	}
	if s.Format != "" && s.Type == huma.TypeString {
		one.Type += " (" + s.Format + ")"
	}
	if len(s.Enum) > 0 {
		words := make([]string, 0, len(s.Enum))
		for _, v := range s.Enum {
			if text, ok := v.(string); ok {
				words = append(words, text)
			}
		}
		one.Type = strings.Join(words, " | ")
	}
	return one
}

func refName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
}
