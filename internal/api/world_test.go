package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	json "github.com/go-json-experiment/json"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/burden"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/file"
	"tongpin/internal/front"
	"tongpin/internal/intake"
	"tongpin/internal/job"
	"tongpin/internal/journal"
	"tongpin/internal/member"
	"tongpin/internal/once"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/privacy"
	"tongpin/internal/project"
	"tongpin/internal/retention"
	"tongpin/internal/rule"
	"tongpin/internal/search"
	"tongpin/internal/secret"
	"tongpin/internal/setting"
)

// A world is the API over a database with two realms, both behind it.
type world struct {
	t     *testing.T
	db    *db.DB
	a     *API
	h     http.Handler
	doc   *huma.OpenAPI
	log   bytes.Buffer
	tick  atomic.Int64
	days  atomic.Int64
	users int64

	root, park, dow, other, foreign org.Org // foreign is of the second realm, other beside park
}

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { f(t, newWorld(t, d)) })
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d}
	now := func() time.Time {
		return dbtest.Day(2026, time.November, 24).AddDate(0, 0, int(w.days.Load())).Add(time.Duration(w.tick.Add(1)) * time.Millisecond)
	}
	keys := secret.Fixed(secret.AES)
	queue := &job.Queue{DB: d, Now: now, Log: slog.New(slog.DiscardHandler), Alone: true}
	w.a = &API{
		Realm: 1, Now: now, Log: slog.New(slog.NewJSONHandler(&w.log, nil)), Keys: keys, Answers: &once.Store{DB: d, Now: now, Keys: keys},
		Account: &account.Service{DB: d, Now: now, Realm: 1}, Jobs: &job.Service{DB: d, Now: now}, Clock: &clock.Service{DB: d, Now: now},
		Org:        &org.Service{DB: d, Now: now, MoveMembers: member.MoveMembers, MovePeople: member.MovePeople, MoveEnterprises: enterprise.Handover},
		Enterprise: &enterprise.Service{DB: d, Now: now}, Member: &member.Service{DB: d, Now: now, Keys: keys}, Figure: &figure.Service{DB: d, Now: now},
		Intake:  &intake.Service{DB: d, Keys: keys, Now: now, Files: &file.Store{Dir: t.TempDir(), Keys: keys, DB: d, Now: now}, Queue: queue},
		Setting: &setting.Service{DB: d, Now: now},
		Privacy: &privacy.Service{DB: d, Keys: keys, Now: now},
	}
	w.a.Search = &search.Service{DB: d, Org: w.a.Org, Enterprise: w.a.Enterprise, Member: w.a.Member}
	w.a.Front = &front.Service{DB: d, Now: now, Calendars: rule.EmbeddedCalendars()}
	w.a.Project = &project.Service{DB: d, Now: now}
	w.a.Opinion, w.a.Journal = &opinion.Service{DB: d, Now: now}, &journal.Service{DB: d, Now: now}
	w.a.Burden = func(context.Context) ([]burden.Line, error) {
		return []burden.Line{{ID: "B1", Looked: 3, OK: true}, {ID: "B3", Looked: 2, Problems: []string{"column persons.likes"}}}, nil
	}
	w.a.Retention = &retention.Service{DB: d, Now: now, Imports: w.a.Intake}
	w.a.Intake.Handle(queue)
	w.h = w.a.Handler()
	w.doc = w.a.document()
	dbtest.Realm(t, d, 1, "苏州市")
	dbtest.Realm(t, d, 2, "无锡市")
	day := core.NewDate(1990, 5, 1)
	w.root = w.found(1, org.Founding{Name: "苏州市委组织部", Kind: rule.Committee, FoundedOn: day})
	w.park = w.found(1, org.Founding{Parent: w.root.ID, Name: "园区党工委", Kind: rule.Committee, FoundedOn: day})
	w.other = w.found(1, org.Founding{Parent: w.root.ID, Name: "吴中区委", Kind: rule.Committee, FoundedOn: day})
	w.dow = w.found(1, org.Founding{Parent: w.park.ID, Name: "陶氏基地党支部", Kind: rule.Branch, FoundedOn: core.NewDate(2003, 9, 12)})
	w.foreign = w.found(2, org.Founding{Name: "无锡市委组织部", Kind: rule.Committee, FoundedOn: day})
	return w
}

func (w *world) tx(f func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.db.Tx(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) found(realm core.RealmID, f org.Founding) (o org.Org) {
	w.t.Helper()
	w.tx(func(tx *db.Tx) (err error) {
		o, err = org.Found(w.t.Context(), tx, access.Machine(realm), w.a.Now(), f)
		return err
	})
	return o
}

// user adds a user; without a place one that holds no role.
func (w *world) user(realm core.RealmID, places ...access.Place) core.UserID {
	w.t.Helper()
	w.users++
	var u account.User
	w.tx(func(tx *db.Tx) (err error) {
		who := access.Machine(realm)
		u, err = account.Add(w.t.Context(), tx, who, w.a.Now(), account.NewUser{Login: "user" + strconv.FormatInt(w.users, 10), Name: "U"})
		for _, p := range places {
			if err == nil {
				err = access.Grant(w.t.Context(), tx, who, u.ID, p, core.NewDate(2026, 1, 1), w.a.Now())
			}
		}
		return err
	})
	return u.ID
}

// token makes a bearer token of a user, with every scope unless told.
func (w *world) token(realm core.RealmID, user core.UserID, scopes ...string) string {
	w.t.Helper()
	if scopes == nil {
		scopes = account.Scopes
	}
	value, _, err := w.a.Account.MakeToken(w.t.Context(), access.Machine(realm), user, account.NewToken{Name: "test", Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

// as is the token of a new user of a role.
func (w *world) as(role access.Role, at org.Org, scopes ...string) string {
	w.t.Helper()
	return w.token(at.Realm, w.user(at.Realm, access.Place{Role: role, Org: at.ID}), scopes...)
}

// An asked request, with headers in pairs.
func (w *world) do(method, path, token, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequest(method, Base+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	r.Header.Set("Accept-Language", "en")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	w.validate(r, rec)
	return rec
}

// ask is do whose answer must have the status; it returns the answer's JSON.
func (w *world) ask(want int, method, path, token, body string, headers ...string) map[string]any {
	w.t.Helper()
	rec := w.do(method, path, token, body, headers...)
	if rec.Code != want {
		w.t.Fatalf("%s %s: %d %s\n%s", method, path, rec.Code, rec.Body, w.log.String())
	}
	var out map[string]any
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, rec.Body)
		}
	}
	return out
}

func (w *world) get(path, token string) map[string]any {
	w.t.Helper()
	return w.ask(200, http.MethodGet, path, token, "")
}

// validate holds every answer against the description.
func (w *world) validate(r *http.Request, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	_, pattern := w.a.mux.Handler(r)
	method, path, _ := strings.Cut(pattern, " ")
	item := w.doc.Paths[strings.TrimPrefix(path, Base)]
	if item == nil || rec.Code == http.StatusNotModified {
		return
	}
	op := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}[method]
	res := op.Responses[strconv.Itoa(rec.Code)]
	if res == nil && rec.Code >= 400 {
		res = op.Responses["default"]
	}
	if res == nil {
		w.t.Fatalf("%s: an answer of %d is not described", pattern, rec.Code)
	}
	kind, _, _ := strings.Cut(rec.Header().Get("Content-Type"), ";")
	media := res.Content[kind]
	if media == nil && (len(res.Content) > 0 || rec.Body.Len() > 0) {
		w.t.Fatalf("%s: an answer of %q is not described", pattern, kind)
	}
	if media == nil || media.Schema == nil {
		return
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		w.t.Fatalf("%s: %v", pattern, err)
	}
	var found huma.ValidateResult
	huma.Validate(w.doc.Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, &found)
	for _, e := range found.Errors {
		w.t.Errorf("%s: %v\n%s", pattern, e, rec.Body)
	}
}

func items(v map[string]any) (all []map[string]any) {
	list, _ := v["items"].([]any)
	for _, x := range list {
		all = append(all, x.(map[string]any))
	}
	return all
}

func names(v map[string]any) string {
	var all []string
	for _, x := range items(v) {
		all = append(all, x["name"].(string))
	}
	return strings.Join(all, " ")
}

// org0 and org1 are organisations to found under the park and under Dow's branch.
func org0(w *world, name string) org.Founding {
	return org.Founding{Parent: w.park.ID, Name: name, Kind: rule.Branch, FoundedOn: core.NewDate(2010, 1, 1)}
}

func org1(w *world) org.Founding {
	return org.Founding{Parent: w.dow.ID, Name: "生产支部", Kind: rule.Branch, FoundedOn: core.NewDate(2010, 1, 1)}
}
