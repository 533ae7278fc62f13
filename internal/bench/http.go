package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/member"
	"tongpin/internal/once"
	"tongpin/internal/web"
)

// clients is how many programs ask at once.
const clients = 16

// A traffic is one kind of request, asked by all clients at once of both sides;
// each is a number of requests of one round.
type traffic struct {
	work        string
	each        int
	ours, floor func(r *rand.Rand) *http.Request
	status      int
}

// A door is a server on loopback.
type door struct {
	url string
	srv *http.Server
}

func openDoor(srv *http.Server) (*door, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() { _ = srv.Serve(l) }() // it ends with close
	return &door{"http://" + l.Addr().String(), srv}, nil
}

// overHTTP compares both sides as programs see them: over HTTP, with sixteen
// clients, ours with its token, scope, limits, log and journal.
func (b *bench) overHTTP(ctx context.Context) (all []Result, err error) {
	token, site, err := b.site(ctx)
	if err != nil {
		return nil, err
	}
	ours, err := openDoor(site)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ours.srv.Close()) }()
	write := b.floor.groupCommit()
	floor, err := openDoor(&http.Server{Handler: b.floor.handler(write), ReadHeaderTimeout: time.Second})
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, floor.srv.Close())
		close(write)
	}()
	for _, t := range b.traffics(ours.url, floor.url, token) {
		t.each = min(t.each, b.Members/100) // a small run asks little
		r, err := b.compare(ctx, t)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// site is the product as `tongpin serve` runs it, and a token of the registrar.
func (b *bench) site(ctx context.Context) (string, *http.Server, error) {
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	accounts := &account.Service{DB: b.db, Keys: b.svc.Keys, Now: time.Now, Realm: 1}
	token, _, err := accounts.MakeToken(ctx, access.Machine(1), b.who.User, account.NewToken{Name: "bench", Scopes: []string{"people:read", "people:write"}})
	s := &web.Server{
		Realm: 1, Synthetic: true, Now: time.Now, Log: log, Account: accounts,
		API: &api.API{
			Realm: 1, Now: time.Now, Log: log, Keys: b.svc.Keys, Answers: &once.Store{DB: b.db, Now: time.Now, Keys: b.svc.Keys},
			Account: accounts, Org: b.orgs, Member: b.svc,
		},
	}
	return token, s.HTTP(), err
}

func (b *bench) traffics(ours, floor, token string) []traffic {
	var mu sync.Mutex
	someone := func() (member.Enrolment, int) {
		mu.Lock()
		defer mu.Unlock()
		return b.people.next()
	}
	signed := func(r *http.Request) *http.Request {
		r.Header.Set("Authorization", "Bearer "+token)
		return r
	}
	return []traffic{
		{
			"read one person through the API, 16 clients", 400,
			func(r *rand.Rand) *http.Request {
				return signed(ask("GET", ours+api.Base+"/people/"+b.some[r.IntN(len(b.some))].String(), nil))
			},
			func(r *rand.Rand) *http.Request {
				return ask("GET", floor+"/member/"+strconv.Itoa(1+r.IntN(b.Members)), nil)
			},
			http.StatusOK,
		},
		{
			"change one person through the API, 16 clients", 200,
			func(r *rand.Rand) *http.Request {
				return signed(ask("PATCH", ours+api.Base+"/people/"+b.some[r.IntN(len(b.some))].String(), api.PersonChange{Position: new(position(r))}))
			},
			func(r *rand.Rand) *http.Request {
				return ask("PATCH", floor+"/member/"+strconv.Itoa(1+r.IntN(b.Members)), floorMember{Position: position(r)})
			},
			http.StatusOK,
		},
		{
			"enrol one person through the API, 16 clients", 100,
			func(*rand.Rand) *http.Request {
				e, at := someone()
				return signed(ask("POST", ours+api.Base+"/people", api.NewPerson{
					Name: e.Name, Sex: e.Sex, Ethnicity: e.Ethnicity, BornOn: api.Day(e.BornOn), Education: e.Education, IDNumber: e.IDNumber,
					JoinedOn: api.Day(e.JoinedOn), ConfirmedOn: api.Day(e.ConfirmedOn), Kind: e.Kind, Org: api.ID(b.ids[at]), Position: e.Position,
					Phone: e.Phone, From: api.Day(e.From),
				}))
			},
			func(*rand.Rand) *http.Request {
				e, at := someone()
				return ask("POST", floor+"/member", floorMember{e.Name, e.Sex, e.BornOn.String(), e.IDNumber, e.Phone, e.Kind, at, e.JoinedOn.String(), e.Education, e.Position})
			},
			http.StatusCreated,
		},
	}
}

// position is one that nobody has yet.
func position(r *rand.Rand) string { return fmt.Sprintf("第%d组组员", r.Uint32()) }

// ask makes a request whose address and body are ours and therefore right.
func ask(method, url string, body any) *http.Request {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	r, err := http.NewRequest(method, url, bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	if body == nil {
		r.Body, r.ContentLength = nil, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// compare asks both sides in turn and takes medians of the rates.
func (b *bench) compare(ctx context.Context, t traffic) (Result, error) {
	var ours, floor, ratios []float64
	for round := range 1 + b.Rounds {
		a, err := rate(ctx, t, uint64(round), t.ours)
		if err != nil {
			return Result{}, err
		}
		f, err := rate(ctx, t, uint64(round), t.floor)
		if err != nil {
			return Result{}, err
		}
		if round > 0 {
			ours, floor, ratios = append(ours, a), append(floor, f), append(ratios, a/f)
		}
	}
	r := Result{Work: t.work, Unit: "requests/s", Ours: median(ours), Floor: median(floor), Ratio: median(ratios), Wanted: "≥", Goal: 0.4}
	r.OK = r.Ratio >= r.Goal
	return r, nil
}

// rate sends the requests of all clients and returns how many were answered in
// a second.
func rate(ctx context.Context, t traffic, seed uint64, next func(*rand.Rand) *http.Request) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	start := time.Now()
	for i := range clients {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for range t.each {
				if err := answer(client, next(r).WithContext(ctx), t.status); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(clients*t.each) / time.Since(start).Seconds(), nil
}

func answer(c *http.Client, r *http.Request, want int) error {
	res, err := c.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("bench: %s %s: %d %s", r.Method, r.URL.Path, res.StatusCode, b)
	}
	return err
}
