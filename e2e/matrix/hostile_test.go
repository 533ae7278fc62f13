package matrix

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/db"
)

// serve puts the world on a port of the loopback, as the program does, but less
// patient.
func (w *world) serve() string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	pages := w.a.Pages()
	pages.Patience = 300 * time.Millisecond
	server := pages.HTTP()
	server.ReadHeaderTimeout = 300 * time.Millisecond
	go func() { _ = server.Serve(pages.Gate(l)) }()
	w.t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// raw sends bytes and returns the status line of what comes back, "" if the
// connection was closed without one. It waits for as long as the test may run.
func (w *world) raw(address string, send func(io.Writer)) string {
	w.t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	done := make(chan string)
	go func() {
		line, _ := bufio.NewReader(c).ReadString('\n')
		done <- strings.TrimSpace(line)
	}()
	go send(c)
	return <-done
}

func TestWhatIsSentToHurt(t *testing.T) {
	w := newWorld(t, "")
	token := w.principal(w.a.Realm, "registrar", access.Place{Role: access.Registrar, Org: w.tree[0].ID}).bearer
	address := w.serve()
	head := func(method, path string, headers ...string) string {
		return method + " " + path + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\nAuthorization: Bearer " + token + "\r\n" +
			strings.Join(append(headers, ""), "\r\n") + "\r\n"
	}
	post := func(path, kind, body string) string {
		return head("POST", path, "Content-Type: "+kind, fmt.Sprint("Content-Length: ", len(body))) + body
	}
	const json, form = "application/json", "application/x-www-form-urlencoded"
	for name, tt := range map[string]struct {
		send string
		want int
	}{
		"10 MB of JSON":           {post(api.Base+"/orgs", json, `{"name":"`+strings.Repeat("a", 10<<20)+`"}`), 413},
		"10 MB of a form":         {post("/sign-in", form, "name="+strings.Repeat("a", 10<<20)), 413},
		"JSON 100,000 deep":       {post(api.Base+"/orgs", json, strings.Repeat(`{"a":`, 100_000)), 400},
		"100,000 keys":            {post(api.Base+"/orgs", json, "{"+strings.Repeat(`"a":1,`, 100_000)+`"b":1}`), 422}, // the first is there twice
		"100,000 fields":          {post("/sign-in", form, strings.Repeat("a=1&", 100_000)), 422},
		"100,000 cookies":         {head("GET", "/help", "Cookie: "+strings.Repeat("a=1; ", 100_000)), 431},
		"3,000 cookies":           {head("GET", "/help", "Cookie: "+strings.Repeat("a=1; ", 3_000)), 200},
		"100,000 keys of a query": {head("GET", api.Base+"/orgs?"+strings.Repeat("a&", 100_000)), 431},
		"10,000 keys of a query":  {head("GET", api.Base+"/orgs?"+strings.Repeat("a&", 10_000)), 400},
		"a long header":           {head("GET", "/help", "X: "+strings.Repeat("a", 64<<10)), 431},
		"languages":               {head("GET", "/help", "Accept-Language: "+strings.Repeat("zh-Hans;q=0.9,", 1_500)), 200},
		"another kind of body":    {post(api.Base+"/orgs", "text/plain", "{}"), 415},
		"a form for the API":      {post(api.Base+"/orgs", form, "name=a"), 415},
		"an override":             {head("GET", api.Base+"/orgs", "X-HTTP-Method-Override: DELETE"), 400},
		"an override of a page":   {head("GET", "/help", "X-HTTP-Method-Override: POST"), 200}, // it is not read at all
		"TRACE":                   {head("TRACE", "/help"), 404},
		"no such method":          {head("BREW", api.Base+"/orgs"), 405},
		"two slashes":             {head("GET", "/"+api.Base+"/orgs"), 400},
		"a dot segment":           {head("GET", api.Base+"/jobs/../orgs"), 400},
		"an escaped dot segment":  {head("GET", api.Base+"/jobs/%2e%2e/orgs"), 400},
		"an escaped letter":       {head("GET", api.Base+"/%6frgs"), 400},
		"a slash at the end":      {head("GET", api.Base+"/orgs/"), 400},
		"other letters":           {head("GET", "/API/V1/orgs"), 404},
		"a token in the query":    {head("GET", api.Base+"/orgs?token="+token), 400},
		"a forged cursor":         {head("GET", api.Base+"/orgs?cursor="+strings.Repeat("A", 27)), 400},
		"two lengths":             {head("POST", api.Base+"/orgs", "Content-Type: "+json, "Content-Length: 2", "Content-Length: 3") + "{}", 400},
		"length and chunks":       {head("POST", api.Base+"/orgs", "Content-Type: "+json, "Content-Length: 2", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400},
		"a control character":     {head("GET", "/help", "X: a\x01b"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.raw(address, func(c io.Writer) { _, _ = io.WriteString(c, tt.send) })
			if !strings.HasPrefix(got, fmt.Sprintf("HTTP/1.1 %d", tt.want)) {
				t.Errorf("%q, want %d", got, tt.want)
			}
		})
	}
}

// TestWhoeverIsSlowIsHungUpOn waits for the site to lose patience; it never
// would, and the test never end, if it did not.
func TestWhoeverIsSlowIsHungUpOn(t *testing.T) {
	w := newWorld(t, "")
	address := w.serve()
	drip := func(text string) func(io.Writer) {
		return func(c io.Writer) {
			_, _ = io.WriteString(c, text)
			for range time.Tick(50 * time.Millisecond) {
				if _, err := io.WriteString(c, "a"); err != nil {
					return
				}
			}
		}
	}
	if got := w.raw(address, drip("GET /help HTTP/1.1\r\nHost: x\r\nX-Slow: ")); strings.Contains(got, "200") {
		t.Errorf("a head that never ends: %q", got)
	}
	got := w.raw(address, drip("POST /sign-in HTTP/1.1\r\nHost: "+address+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\nname="))
	if strings.Contains(got, " 200 ") || strings.Contains(got, " 303 ") {
		t.Errorf("a body that never ends: %q", got)
	}
}

// TestOneAddressHoldsSoManyConnections opens more than the gate lets in; others
// are free again when one is closed.
func TestOneAddressHoldsSoManyConnections(t *testing.T) {
	w := newWorld(t, "")
	address := w.serve()
	ask := func() (net.Conn, bool) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, "GET /help HTTP/1.1\r\nHost: x\r\n\r\n")
		line, err := bufio.NewReader(c).ReadString('\n')
		return c, err == nil && strings.Contains(line, "200")
	}
	var held []net.Conn
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	for range 256 {
		c, ok := ask()
		if held = append(held, c); !ok {
			t.Fatalf("connection %d of an honest network was refused", len(held))
		}
	}
	if c, ok := ask(); ok {
		t.Error("one address may hold any number of connections")
		_ = c.Close()
	}
	_ = held[0].Close()
	for { // until the site has noticed
		if c, ok := ask(); ok {
			_ = c.Close()
			return
		}
	}
}

// TestARoleInAWriteChangesNothing adds what nobody asked for to every write: the
// API refuses it, forms do not read it.
func TestARoleInAWriteChangesNothing(t *testing.T) {
	w := newWorld(t, "")
	p := w.principal(w.a.Realm, "secretary", access.Place{Role: access.Secretary, Org: w.places[own].org.ID})
	before := w.grants()
	for _, rt := range w.routes {
		if rt.open || rt.method == http.MethodGet {
			continue
		}
		r := w.request(p, rt, target{own, own})
		body, _ := io.ReadAll(r.Body)
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		extra := map[string]string{
			"application/json":                  strings.Replace(string(body), "{", `{"role":"security","ROLE":"security","realm":"2",`, 1),
			"application/x-www-form-urlencoded": string(body) + "&role=security&realm=2&disabled=false",
		}[kind]
		if extra == "" || strings.Contains(rt.path, "/eval") {
			continue
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(extra)), int64(len(extra))
		a := w.answer(p, r)
		if rt.api && a.code < 400 {
			t.Errorf("%s takes a role that nobody asked for: %d", rt, a.code)
		}
	}
	if after := w.grants(); !slices.Equal(before, after) {
		t.Errorf("roles were %v and are %v", before, after)
	}
}

// grants lists who holds which role.
func (w *world) grants() (all []string) {
	w.tx(func(tx *db.Tx) (err error) {
		all, err = db.All(w.t.Context(), tx, db.Text, `SELECT user_id || ' ' || role FROM grants WHERE realm_id = $1 AND superseded_at IS NULL ORDER BY 1`, w.a.Realm)
		return err
	})
	return all
}

// TestASessionChosenBeforehandIsNotTaken signs in with a cookie that somebody
// planted.
func TestASessionChosenBeforehandIsNotTaken(t *testing.T) {
	w := newWorld(t, "")
	u := w.user(w.a.Realm, "victim", access.Place{Role: access.Secretary, Org: w.places[own].org.ID})
	var link string
	w.tx(func(tx *db.Tx) (err error) {
		link, err = account.IssueLink(w.t.Context(), tx, w.a.Realm, u, w.a.Now().Add(time.Hour))
		return err
	})
	planted := strings.Repeat("A", 43)
	rt := route{method: http.MethodPost, path: "/sign-in"}
	r := w.request(principal{session: planted}, rt, target{own, own})
	body := "token=" + link
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	if a := w.answer(principal{}, r); a.code != http.StatusSeeOther {
		t.Fatalf("signing in: %d", a.code)
	}
	if a := w.ask(principal{session: planted}, route{method: http.MethodGet, path: "/me"}, target{own, own}); !a.signIn() {
		t.Errorf("the planted session is alive: %d", a.code)
	}
}
