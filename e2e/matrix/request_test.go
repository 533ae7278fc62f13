package matrix

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	json "github.com/go-json-experiment/json"

	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/core"
)

// A document is what is read of the API's description: the body of each
// operation.
type document struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Content map[string]struct{ Schema schema }
		} `json:"requestBody"`
	}
	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Format     string
	Enum       []any
	Items      *schema
	Properties map[string]schema
}

func readDocument(t *testing.T, h http.Handler) (d document) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, api.Base+"/openapi.json", nil))
	if err := json.Unmarshal(rec.Body.Bytes(), &d, json.MatchCaseInsensitiveNames(true)); err != nil || len(d.Paths) < 50 {
		t.Fatal(len(d.Paths), err)
	}
	return d
}

// A target says which record stands in the path, and which in what is sent with
// it.
type target struct{ path, sent relation }

// values are what fields of that name are filled with. Days lie before
// everything, so that what is allowed is refused by a rule, after the right was
// asked for, and changes nothing for those who ask later.
var values = map[string]string{
	"name": "Name", "kind": "branch", "reason": "reason", "words": "words", "purpose": "other", "duty": "secretary", "figure": "two_new_share",
	"field": "phone", "as": "csv", "entity": "orgs", "printed": "53%", "source": "paper", "login": "nobody", "answer": "answer", "q": "x",
	"state": "operating", "type": "private", "end_state": "done", "end_reason": "reason", "hand_reason": "reason", "not_mine_reason": "reason",
	"old": "not it", "password": "short", "sheet": "x", "title": "x", "note": "note", "version": "1", "number": "3", "days": "30", "value": "3", "scopes": "me:read",
}

// ids are the fields that name a record, and the hole whose record it is.
var ids = map[string]string{
	"org": "org", "parent": "org", "to": "org", "into": "org", "under": "org", "owner": "org", "children": "org", "at": "org",
	"person": "person", "people": "person", "enterprise": "enterprise", "enterprises": "enterprise", "grouping": "grouping",
	"appointment": "contact", "team": "team", "officer": "officer", "contact": "contact", "id": "enterprise", "hand_to": "org",
}

// days are the fields that hold one, and early is what they hold.
var days = []string{
	"on", "from", "for", "due", "snooze_to", "verified_on", "founded_on", "elected_on", "ends_on", "reported_on", "planned_on", "formed_on", "born_on",
	"joined_on", "confirmed_on", "ended_on",
}

const early = "1950-01-01"

// fill puts the record of a relation into each hole of a path.
func (w *world) fillPath(path string, r relation) string {
	for {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			return path
		}
		hole, after, _ := strings.Cut(rest, "}")
		value, known := map[string]string{"rule": "cal.publicity_end", "setting": "instructor.units", "entity": "orgs", "id": "two_new_share", "hash": "x", "name": "x", "file": "x.ics", "slug": "x"}[hole]
		if !known {
			id, there := w.places[r].ids[hole]
			if !there {
				w.t.Fatalf("{%s}: put such a record into each place of the matrix", hole)
			}
			value = id.String()
		}
		path = before + value + after
	}
}

func (w *world) id(hole string, r relation) string {
	if id, ok := w.places[r].ids[hole]; ok {
		return id.String()
	}
	return core.ID(1).String()
}

// body makes what a schema wants.
func (w *world) body(rt route, s schema, field string, r relation) any {
	if s.Ref != "" {
		s = w.doc.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	accounts := strings.HasPrefix(rt.path, api.Base+"/accounts") // whose roles hold at one place, and whose changes need a reason
	kind, _ := s.Type.(string)
	if list, ok := s.Type.([]any); ok {
		kind = list[0].(string)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "date":
		return early
	case kind == "object":
		out := map[string]any{}
		for name, p := range s.Properties {
			if name != "term" && !(accounts && (name == "enterprise" || name == "person")) {
				out[name] = w.body(rt, p, name, r)
			}
		}
		return out
	case kind == "array":
		return []any{w.body(rt, *s.Items, field, r)}
	case kind == "integer" || kind == "number":
		return 1
	case kind == "boolean":
		return false
	}
	switch hole, named := ids[field]; {
	case field == "parent" && strings.Contains(rt.path, "/groupings"):
		return w.id("grouping", r)
	case named:
		return w.id(hole, r)
	case accounts && field == "reason" && !strings.HasSuffix(rt.path, "/accounts"):
		return ""
	case field == "id_number" || field == "phone" || field == "credit_code":
		return ""
	}
	return values[field]
}

// request builds what a principal asks.
func (w *world) request(p principal, rt route, to target) *http.Request {
	address := w.fillPath(rt.path, to.path)
	var body bytes.Buffer
	kind := ""
	if rt.api || rt.method == http.MethodGet {
		address += "?" + w.query(rt, to.sent)
	}
	switch {
	case rt.method == http.MethodGet:
	case rt.api:
		kind = w.encode(&body, rt, to.sent)
	case rt.path == "/import/new":
		kind = w.upload(&body, rt, to.sent)
	default:
		kind = "application/x-www-form-urlencoded"
		body.WriteString(w.form(rt, to.sent).Encode())
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	w.t.Cleanup(cancel)
	r := httptest.NewRequest(rt.method, address, &body).WithContext(ctx)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if rt.api && p.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+p.bearer)
	} else if !rt.api && p.session != "" {
		r.AddCookie(&http.Cookie{Name: account.SessionCookie, Value: p.session})
	}
	r.Header.Set("Accept-Language", "en")
	return r
}

// query names the records that a list or a form is opened for.
func (w *world) query(rt route, r relation) string {
	f := url.Values{}
	for _, field := range []string{"under", "org", "enterprise", "person", "appointment", "team", "id"} {
		if !rt.api || slices.Contains(rt.query, field) {
			f.Set(field, w.id(ids[field], r))
		}
	}
	switch {
	case rt.path == "/switch":
		f.Set("to", "o"+w.id("org", r))
	case strings.HasSuffix(rt.path, "/leave") && !rt.api:
		f.Set("grouping", w.id("grouping", r))
	case strings.HasSuffix(rt.path, "/mass/end"):
		f.Set("kind", "union")
	case rt.path == "/import/template":
		f.Set("of", "orgs")
	case rt.api && slices.Contains(rt.query, "entity"):
		f.Set("entity", "orgs")
	}
	return f.Encode()
}

// form is every field that a form of ours can have, filled in; "q" alone would
// make it a search.
func (w *world) form(rt route, r relation) url.Values {
	f := url.Values{}
	for field, value := range values {
		f.Set(field, value)
	}
	f.Del("q")
	for _, field := range days {
		f.Set(field, early)
	}
	for field, hole := range ids {
		f.Set(field, w.id(hole, r))
	}
	if strings.HasPrefix(rt.path, "/groupings") {
		f.Set("parent", w.id("grouping", r))
	}
	if strings.HasSuffix(rt.path, "/mass/end") {
		f.Set("kind", "union")
	}
	if strings.HasPrefix(rt.path, "/figures/") {
		for _, field := range []string{"on", "from", "at"} {
			f.Del(field)
		}
	}
	return f
}

// upload writes a form with a file, which names nothing that anybody may not
// know.
func (w *world) upload(b *bytes.Buffer, rt route, r relation) string {
	m := multipart.NewWriter(b)
	if !rt.api {
		_ = m.WriteField("entity", "orgs")
		_ = m.WriteField("under", w.id("org", r))
	}
	part, _ := m.CreateFormFile("file", "x.csv")
	_, _ = part.Write([]byte("组织名称,上级组织,类别,成立日期\n新支部,x,党支部,2020-01-01\n"))
	_ = m.Close()
	return m.FormDataContentType()
}

// encode writes the body of an operation and returns its content type.
func (w *world) encode(b *bytes.Buffer, rt route, r relation) string {
	for kind, c := range w.doc.Paths[strings.TrimPrefix(rt.path, api.Base)][strings.ToLower(rt.method)].RequestBody.Content {
		if kind == "multipart/form-data" {
			return w.upload(b, rt, r)
		}
		v, err := json.Marshal(w.body(rt, c.Schema, "", r))
		if err != nil {
			w.t.Fatal(err)
		}
		b.Write(v)
		return kind
	}
	return ""
}

// ask sends a request and returns what came back, file archives unpacked.
func (w *world) ask(p principal, rt route, to target) answer {
	return w.answer(p, w.request(p, rt, to))
}

// answer sends a request that is built already.
func (w *world) answer(p principal, r *http.Request) answer {
	rec := httptest.NewRecorder()
	w.site[p.site].ServeHTTP(rec, r)
	return answer{code: rec.Code, location: rec.Header().Get("Location"), body: unpack(w.t, rec)}
}
