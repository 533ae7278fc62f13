package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	json "github.com/go-json-experiment/json"

	"tongpin/internal/core"
)

// A policy says who may ask for a route at all: with which scope, for a bearer
// token. What one may see or change there is for the service to say.
type policy struct{ scope string }

// anyone is the policy of what holds nothing of the realm.
var anyone = policy{"none"}

// scope is the policy of a route for who has signed in, by a token only with
// that scope.
func scope(s string) policy { return policy{s} }

// A Route is one line of the table of routes, from which tests walk the API.
type Route struct {
	Method, Path string // "GET", "/orgs/{org}", below Base
	ID           string // of the operation; its words are the catalog key api.op.ID
	Scope        string // "none": anybody, without a credential
	Body         int64  // the largest body it takes, in bytes
	Write        bool   // it changes something, and takes an Idempotency-Key
	Query        []string
}

// Routes returns the table of routes, after Handler has been called.
func (a *API) Routes() []Route { return slices.Clone(a.routes) }

// defaultBody is the largest body of a request unless its route says otherwise
// (security.md row 37).
const defaultBody = 1 << 20

// An option changes what a route does.
type option func(*shape)

// A shape is a route with what its answers look like.
type shape struct {
	Route
	status int
	kinds  []string // content types of an answer that is a file
	upload bool     // the body is a form with a file
}

// made says that the route makes something: 201 with a Location.
func made(s *shape) { s.status = http.StatusCreated }

// A Call is one request on its way through a handler.
type Call struct {
	Caller
	r        *http.Request
	w        http.ResponseWriter
	version  int // of the resource that is answered
	location string
	asked    string // what a list asks for in its body
}

// tag says that the answer is one resource of that version.
func (c *Call) tag(version int) { c.version = version }

// at says where the thing that was made can be found.
func (c *Call) at(parts ...string) { c.location = Base + "/" + strings.Join(parts, "/") }

// A handler does one thing and returns what to write.
type handler[I, O any] func(ctx context.Context, c *Call, in *I) (O, error)

// handle mounts a route that answers in JSON. Who may ask is a required
// argument: a route without a policy does not start.
func handle[I, O any](a *API, pattern, id string, p policy, h handler[I, O], opts ...option) {
	s := shapeOf(pattern, id, p, opts)
	s.Query = queryOf[I]()
	a.add(s, func(d *document) { describe[I, O](d, s) }, func(w http.ResponseWriter, r *http.Request, c *Call) error {
		in, err := read[I](r, s)
		if err != nil {
			return err
		}
		out, err := h(r.Context(), c, in)
		if err != nil {
			return err
		}
		return c.write(w, s, out)
	})
}

func shapeOf(pattern, id string, p policy, opts []option) shape {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok || p.scope == "" {
		panic("api: a route without a method or a policy: " + pattern)
	}
	s := shape{Route: Route{Method: method, Path: path, ID: id, Scope: p.scope, Body: defaultBody, Write: method != http.MethodGet}, status: http.StatusOK}
	for _, o := range opts {
		o(&s)
	}
	return s
}

// A serve writes an answer or returns why there is none.
type serve func(w http.ResponseWriter, r *http.Request, c *Call) error

// add puts a route into the table, the document and the router.
func (a *API) add(s shape, d func(*document), h serve) {
	a.routes = append(a.routes, s.Route)
	a.describe = append(a.describe, d)
	a.mux.HandleFunc(s.Method+" "+Base+s.Path, func(w http.ResponseWriter, r *http.Request) {
		c := &Call{r: r, w: w}
		err := a.enter(c, s)
		switch {
		case err != nil:
		case s.Write:
			err = a.once(w, r, c, s, h)
		default:
			err = h(w, r, c)
		}
		if err != nil {
			a.denied(c, s, err)
			a.fail(w, r, c.Caller, err)
		}
	})
}

// enter finds out who asks and what the credential is good for.
func (a *API) enter(c *Call, s shape) (err error) {
	r := c.r
	r.Body = http.MaxBytesReader(c.w, r.Body, s.Body)
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return bad("api.query.unreadable")
	}
	if c.Caller, err = a.caller(r); err != nil {
		return err
	}
	for name := range values {
		switch {
		case slices.Contains([]string{"token", "access_token", "api_key", "apikey", "key", "authorization"}, strings.ToLower(name)):
			return bad("api.query.token")
		case !slices.Contains(s.Query, name):
			return refusal{http.StatusBadRequest, core.M("api.query.unknown", printable(name))}
		case len(values[name]) > 1:
			return refusal{http.StatusBadRequest, core.M("api.query.twice", name)}
		}
	}
	if s.Scope == anyone.scope {
		return nil
	}
	if c.User.ID == 0 {
		return refusal{http.StatusUnauthorized, core.M("api.sign_in")}
	}
	if !c.allows(s.Scope) {
		return core.Fail(core.Forbidden, "api.scope", s.Scope)
	}
	return nil
}

// printable keeps a name of the caller's short and free of what steers a screen.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if r := []rune(name); len(r) > 40 {
		name = string(r[:40])
	}
	return name
}

// denied journals that somebody was refused a look. A change that is refused is
// journalled by the service that refuses it.
func (a *API) denied(c *Call, s shape, err error) {
	refused := errors.Is(err, core.Forbidden) || errors.Is(err, core.NotFound)
	scoped := core.MsgOf(err).Key == "api.scope"
	if c.User.ID == 0 || !refused || s.Write && !scoped {
		return
	}
	if jerr := a.Account.Denied(c.r.Context(), c.Actor, s.Method+" "+Base+s.Path, err); jerr != nil {
		a.Log.ErrorContext(c.r.Context(), "journal failed", "request", c.w.Header().Get("X-Request-Id"), "err", jerr)
	}
}

// encode writes JSON as the API does: lists are never null, maps are in order.
func encode(v any) ([]byte, error) { return json.Marshal(v, json.Deterministic(true)) }

// write sends a whole answer or nothing.
func (c *Call) write(w http.ResponseWriter, s shape, out any) error {
	if _, empty := out.(None); empty {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	b, err := encode(out)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Vary", "Accept-Language")
	if c.location != "" {
		h.Set("Location", c.location)
	}
	if c.version > 0 {
		tag := etag(c.version, b)
		h.Set("ETag", tag)
		if c.r.Method == http.MethodGet && slices.Contains(strings.FieldsFunc(c.r.Header.Get("If-None-Match"), func(r rune) bool { return r == ',' || r == ' ' }), tag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	w.WriteHeader(s.status)
	_, _ = w.Write(b) // a caller who has left is not our error
	return nil
}

// None is the answer that has no body.
type None struct{}

// body lets a route take up to n bytes.
func body(n int64) option { return func(s *shape) { s.Body = n } }

// looks says that a POST changes nothing: its body holds what must not stand in
// an address.
func looks(s *shape) { s.Write = false }

// uploads says that the body is a form with a file.
func uploads(s *shape) { s.upload = true }

// files names the content types of an answer that is no JSON.
func files(kinds ...string) option { return func(s *shape) { s.kinds = kinds } }

// stream mounts a route that writes its answer itself.
func stream[I any](a *API, pattern, id string, p policy, h func(w http.ResponseWriter, c *Call, in *I) error, opts ...option) {
	s := shapeOf(pattern, id, p, opts)
	s.Query = queryOf[I]()
	a.add(s, func(d *document) { describe[I, None](d, s) }, func(w http.ResponseWriter, r *http.Request, c *Call) error {
		in, err := read[I](r, s)
		if err != nil {
			return err
		}
		return h(w, c, in)
	})
}
