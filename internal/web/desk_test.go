package web

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/dbtest"
	"tongpin/internal/enterprise"
	files "tongpin/internal/file"
	"tongpin/internal/front"
	"tongpin/internal/intake"
	"tongpin/internal/job"
	"tongpin/internal/journal"
	"tongpin/internal/member"
	"tongpin/internal/mentoring"
	"tongpin/internal/opinion"
	"tongpin/internal/org"
	"tongpin/internal/post"
	"tongpin/internal/privacy"
	"tongpin/internal/project"
	"tongpin/internal/retention"
	"tongpin/internal/rule"
	"tongpin/internal/search"
	"tongpin/internal/secret"
	"tongpin/internal/setting"
)

// A desk is the whole site over a database with two realms, and whoever sits
// before it.
type desk struct {
	t     *testing.T
	db    *db.DB
	s     *Server
	h     http.Handler
	log   bytes.Buffer
	tick  atomic.Int64 // milliseconds since the desk was set up; jobs ask too
	root  org.Org      // of the first realm
	other org.Org      // of the second
	v     Viewer       // who asks
	users int64
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{t: t, db: d}
	now := func() time.Time {
		return dbtest.Day(2026, time.November, 24).Add(time.Duration(k.tick.Add(1)) * time.Millisecond)
	}
	keys := secret.Fixed(secret.AES)
	k.s = &Server{
		Realm: 1, Synthetic: true, Now: now, Log: slog.New(slog.NewJSONHandler(&k.log, nil)),
		Session: func(*http.Request) (Viewer, error) { return k.v, nil },
		Account: &account.Service{DB: d, Keys: keys, Now: now, Realm: 1}, Jobs: &job.Service{DB: d, Now: now},
		Org:        &org.Service{DB: d, Now: now, MoveMembers: member.MoveMembers, MovePeople: member.MovePeople, MoveEnterprises: enterprise.Handover},
		Enterprise: &enterprise.Service{DB: d, Now: now}, Member: &member.Service{DB: d, Now: now, Keys: keys},
		Intake:  &intake.Service{DB: d, Keys: keys, Now: now, Files: &files.Store{Dir: t.TempDir(), Keys: keys, DB: d, Now: now}},
		Post:    &post.Service{DB: d, Now: now, Calendars: func() (rule.Calendars, error) { return rule.EmbeddedCalendars(), nil }},
		Opinion: &opinion.Service{DB: d, Now: now}, Project: &project.Service{DB: d, Now: now}, Mentoring: &mentoring.Service{DB: d, Now: now}, Front: &front.Service{DB: d, Now: now, Calendars: rule.EmbeddedCalendars()}, Setting: &setting.Service{DB: d, Now: now}, Retention: &retention.Service{DB: d, Now: now, Imports: &intake.Service{DB: d, Now: now}}, Privacy: &privacy.Service{DB: d, Keys: keys, Now: now}, Journal: &journal.Service{DB: d, Now: now},
	}
	k.s.Finder = &search.Service{DB: d, Org: k.s.Org, Enterprise: k.s.Enterprise, Member: k.s.Member}
	m := http.NewServeMux()
	k.s.mountStatic(m)
	k.s.mountSite(m)
	k.s.mountJobs(m)
	k.s.mountImport(m)
	k.s.mountPeople(m)
	k.s.mountOpinions(m)
	k.s.mountPosts(m)
	k.s.mountMentoring(m)
	k.s.mountPrivacy(m)
	k.h = k.s.guard(m)
	dbtest.Realm(t, d, 1, "苏州市")
	dbtest.Realm(t, d, 2, "无锡市")
	k.root = k.found(1, org.Founding{Name: "苏州市委组织部", Kind: rule.Committee, FoundedOn: core.NewDate(1949, 5, 1)})
	k.other = k.found(2, org.Founding{Name: "无锡市委组织部", Kind: rule.Committee, FoundedOn: core.NewDate(1949, 5, 1)})
	k.sit(access.Registrar, k.root)
	return k
}

func (k *desk) tx(f func(tx *db.Tx) error) {
	k.t.Helper()
	if err := k.db.Tx(k.t.Context(), f); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) found(realm core.RealmID, f org.Founding) (o org.Org) {
	k.t.Helper()
	k.tx(func(tx *db.Tx) (err error) {
		o, err = org.Found(k.t.Context(), tx, access.Machine(realm), k.s.Now(), f)
		return err
	})
	return o
}

// sit seats a new user who holds a role at an organisation.
func (k *desk) sit(role access.Role, at org.Org) Viewer {
	k.t.Helper()
	k.users++
	id := core.UserID(k.users)
	k.tx(func(tx *db.Tx) error {
		_, err := tx.Exec(k.t.Context(), `
			INSERT INTO users (realm_id, id, login, login_key, name, password, lang, theme, disabled, epoch, created_at)
			VALUES ($1, $2, $3, $3, $3, '', 'zh-Hans', '', $4, 0, $5)`, at.Realm, id, id.String(), false, db.Instant(k.s.Now()))
		if err != nil {
			return err
		}
		return access.Grant(k.t.Context(), tx, access.Machine(at.Realm), id, access.Place{Role: role, Org: at.ID}, core.NewDate(2026, 1, 1), k.s.Now())
	})
	k.v = Viewer{SignedIn: true, Actor: access.Actor{Realm: at.Realm, User: id, Via: audit.Page}, Name: "N", Synthetic: true, Lang: core.Hans}
	k.v.user = account.User{ID: id}
	k.tx(func(tx *db.Tx) error {
		held, err := access.Places(k.t.Context(), tx, at.Realm, id)
		k.v.act(held, "")
		return err
	})
	return k.v
}

// ask sends a request; the answer must have the status.
func (k *desk) ask(want int, method, target, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	k.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form)).WithContext(k.t.Context())
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	k.h.ServeHTTP(w, r)
	if w.Code != want {
		k.t.Fatalf("%s %s: got %d, want %d\n%s\n%s", method, target, w.Code, want, document(k.t, w).Find("main").Text(), &k.log)
	}
	return w
}

// try asks for a page and returns whatever comes.
func (k *desk) try(target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.h.ServeHTTP(w, httptest.NewRequest("GET", target, nil).WithContext(k.t.Context()))
	return w
}

func (k *desk) get(target string) *goquery.Document {
	k.t.Helper()
	return document(k.t, k.ask(200, "GET", target, ""))
}

// post sends a form that must succeed and returns where it leads.
func (k *desk) post(target string, values ...string) string {
	k.t.Helper()
	return k.ask(303, "POST", target, form(values...)).Header().Get("Location")
}

// again sends a form that must come back, and returns the page.
func (k *desk) again(target string, values ...string) *goquery.Document {
	k.t.Helper()
	return document(k.t, k.ask(422, "POST", target, form(values...)))
}

func form(values ...string) string {
	f := url.Values{}
	for i := 0; i < len(values); i += 2 {
		f.Set(values[i], values[i+1])
	}
	return f.Encode()
}

// send uploads a file and returns the answer, which must have the status.
func (k *desk) send(want int, e intake.Entity, name string, data []byte) *httptest.ResponseRecorder {
	k.t.Helper()
	var b bytes.Buffer
	mw := multipart.NewWriter(&b)
	if err := mw.WriteField("entity", string(e)); err != nil {
		k.t.Fatal(err)
	}
	part, err := mw.CreateFormFile("file", name)
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		k.t.Fatal(err)
	}
	if err := mw.Close(); err != nil {
		k.t.Fatal(err)
	}
	return k.ask(want, "POST", "/import/new", b.String(), header("Content-Type", mw.FormDataContentType()))
}
