package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tongpin/internal/core"
	"tongpin/internal/text"
)

// A document is the description of the API while it is made. Huma makes the
// schemas from our types; it serves nothing, since a request is read and judged
// by our own code, in three languages and more strictly.
type document struct{ huma huma.API }

// nowhere is the router that huma is given.
type nowhere struct{}

func (nowhere) Handle(*huma.Operation, func(huma.Context))       {}
func (nowhere) ServeHTTP(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

func init() { huma.DefaultArrayNullable = false } // ours are never null

// mountDocument serves the description itself.
func (a *API) mountDocument() {
	s := shapeOf("GET /openapi.json", "openapi", anyone, nil)
	s.kinds = []string{"application/json"}
	a.add(s, func(d *document) { describe[struct{}, None](d, s) }, func(w http.ResponseWriter, _ *http.Request, _ *Call) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(a.doc())
		return nil
	})
}

// OpenAPI returns the description of the API, OpenAPI 3.1.
func OpenAPI() []byte {
	var a API
	a.Handler()
	return a.doc()
}

// OpenAPI30 returns the same as OpenAPI 3.0, for generators that know no other.
func OpenAPI30() ([]byte, error) {
	var a API
	a.Handler()
	b, err := a.document().Downgrade()
	if err != nil {
		return nil, err
	}
	return tidy(b)
}

// write makes the bytes of the description.
func (a *API) write() []byte {
	b, err := a.document().MarshalJSON()
	if err == nil {
		b, err = tidy(b)
	}
	if err != nil {
		panic(err) // the description is made of our own types
	}
	return b
}

// tidy writes JSON in one order, with indents, so that changes can be read.
func tidy(b []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err := json.MarshalWrite(&out, v, json.Deterministic(true), jsontext.WithIndent("  "))
	out.WriteByte('\n')
	return out.Bytes(), err
}

func (a *API) document() *huma.OpenAPI {
	say := func(key string) string { return text.T(core.En, key) }
	d := &document{huma.NewAPI(huma.Config{OpenAPI: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "Tongpin", Version: "1", Description: say("api.about"), License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
		Servers: []*huma.Server{{URL: Base}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token":   {Type: "http", Scheme: "bearer", Description: say("api.security.token")},
				"session": {Type: "apiKey", In: "cookie", Name: "session", Description: say("api.security.session")},
			},
		},
	}}, nowhere{})}
	for _, f := range a.describe {
		f(d)
	}
	for _, name := range []string{"ErrorModel", "ErrorDetail"} {
		delete(d.huma.OpenAPI().Components.Schemas.Map(), name) // huma's own
	}
	return d.huma.OpenAPI()
}

// answered is an output as huma reads it.
type answered[O any] struct{ Body O }

// describe adds a route to the description.
func describe[I, O any](d *document, s shape) {
	noun, _, _ := strings.Cut(strings.TrimPrefix(s.Path, "/"), "/")
	op := huma.Operation{
		Method: s.Method, Path: s.Path, OperationID: s.ID, Summary: text.T(core.En, "api.op."+s.ID), Tags: []string{noun}, DefaultStatus: s.status,
		MaxBodyBytes: s.Body, Responses: map[string]*huma.Response{},
	}
	if s.Scope == anyone.scope {
		op.Security = []map[string][]string{}
	} else {
		op.Security = []map[string][]string{{"token": {s.Scope}}, {"session": {}}}
		op.Description = text.T(core.En, "api.scope.needed", s.Scope)
	}
	registry := d.huma.OpenAPI().Components.Schemas
	if s.upload {
		op.RequestBody = uploadBody()
	}
	for _, kind := range s.kinds {
		ok := d.response(&op, strconv.Itoa(s.status))
		ok.Content[kind] = &huma.MediaType{}
	}
	problem := &huma.Response{Description: text.T(core.En, "api.problem"), Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: registry.Schema(typeOf[Problem](), true, "Problem")},
	}}
	op.Responses["default"] = problem
	if s.Write {
		op.Parameters = append(op.Parameters, header("Idempotency-Key", "api.header.idempotency"))
	}
	var none O
	if _, empty := any(none).(None); empty || len(s.kinds) > 0 {
		if empty && len(s.kinds) == 0 {
			op.DefaultStatus = http.StatusNoContent
		}
		huma.Register(d.huma, op, func(context.Context, *I) (*struct{}, error) { return nil, nil })
		return
	}
	huma.Register(d.huma, op, func(context.Context, *I) (*answered[O], error) { return nil, nil })
}

func (d *document) response(op *huma.Operation, status string) *huma.Response {
	if op.Responses[status] == nil {
		op.Responses[status] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{}}
	}
	return op.Responses[status]
}

func header(name, key string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: text.T(core.En, key), Schema: &huma.Schema{Type: huma.TypeString}}
}

// uploadBody is a form with one file.
func uploadBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}},
	}}}}
}
