// Package app reads the configuration and builds everything else from it.
// Only the command line imports it.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a machine without zone files still knows Shanghai

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/audit"
	"tongpin/internal/burden"
	"tongpin/internal/clock"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/file"
	"tongpin/internal/front"
	"tongpin/internal/intake"
	"tongpin/internal/job"
	"tongpin/internal/journal"
	"tongpin/internal/member"
	"tongpin/internal/mentoring"
	"tongpin/internal/once"
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
	"tongpin/internal/web"
)

// A Config is what the program is told when it starts.
type Config struct {
	Data     string // data folder
	Database string // postgres:// URL; "" for the embedded database in the folder
	Hold     string // the command that takes the folder for itself; "" to read beside a writer
	Promise  string // db.Durable unless told
	Log      *slog.Logger

	Checkpoints string // file of the journal's checkpoints, outside the data folder; "" for none
}

// An App is the program over one data folder.
type App struct {
	Dir       *Dir
	DB        *db.DB
	Realm     core.RealmID
	Synthetic bool
	Keys      *secret.Keyring
	Now       core.Now
	Log       *slog.Logger
	writes    bool // this process may write

	Chain   *audit.Chain
	proxies []netip.Prefix

	Account    *account.Service
	Clock      *clock.Service
	Jobs       *job.Service
	Queue      *job.Queue
	Files      *file.Store
	Org        *org.Service
	Enterprise *enterprise.Service
	Member     *member.Service
	Figure     *figure.Service
	Journal    *journal.Service
	Intake     *intake.Service
	Opinion    *opinion.Service
	Project    *project.Service
	Front      *front.Service
	Post       *post.Service
	Mentoring  *mentoring.Service
	Setting    *setting.Service
	Privacy    *privacy.Service
	Search     *search.Service
	Retention  *retention.Service
}

// NewLog returns the log: JSON lines, so that nothing in them can steer a
// terminal.
func NewLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Open opens an existing data folder.
func Open(ctx context.Context, c Config) (*App, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	dir, err := OpenDir(c.Data)
	if err != nil {
		return nil, err
	}
	if c.Hold != "" {
		if err := dir.Hold(c.Hold); err != nil {
			return nil, err
		}
	}
	a, err := build(ctx, c, dir)
	if err != nil {
		return nil, errors.Join(err, dir.Release())
	}
	return a, nil
}

func build(ctx context.Context, c Config, dir *Dir) (*App, error) {
	keys, err := secret.Load(dir.Key())
	if err != nil {
		return nil, err
	}
	source, promise := c.Database, c.Promise
	if source == "" {
		source = dir.Database()
	}
	if promise == "" {
		promise = db.Durable
	}
	d, err := db.OpenWith(ctx, source, promise)
	if err != nil {
		return nil, err
	}
	a := &App{Dir: dir, DB: d, Keys: keys, Log: c.Log, Now: time.Now}
	a.Chain = &audit.Chain{DB: d, Key: keys.Signer(), File: c.Checkpoints}
	a.writes = c.Hold != "" && c.Promise != db.Raw
	if err := a.wire(ctx, c.Hold != ""); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

// wire migrates the database when this process may write, finds the realm and
// builds the services.
func (a *App) wire(ctx context.Context, migrate bool) error {
	if migrate {
		if err := a.DB.Migrate(ctx); err != nil {
			return err
		}
	}
	if err := a.findRealm(ctx); err != nil {
		return err
	}
	calendars, err := a.calendars()
	if err != nil {
		return err
	}
	a.Chain.Now = a.Now
	a.Account = &account.Service{DB: a.DB, Keys: a.Keys, Now: a.Now, Realm: a.Realm}
	a.Clock = &clock.Service{DB: a.DB, Now: a.Now}
	a.Queue = &job.Queue{DB: a.DB, Now: a.Now, Log: a.Log, Alone: a.DB.Engine() == "sqlite"}
	a.Jobs = &job.Service{DB: a.DB, Now: a.Now}
	a.Files = &file.Store{Dir: a.Dir.Files(), Keys: a.Keys, DB: a.DB, Now: a.Now}
	a.Member = &member.Service{DB: a.DB, Keys: a.Keys, Now: a.Now}
	a.Org = &org.Service{
		DB: a.DB, Now: a.Now, MoveMembers: member.MoveMembers, MovePeople: member.MovePeople, MoveEnterprises: enterprise.Handover,
	}
	a.Enterprise = &enterprise.Service{DB: a.DB, Now: a.Now}
	a.Figure = &figure.Service{DB: a.DB, Now: a.Now}
	a.Opinion = &opinion.Service{DB: a.DB, Now: a.Now}
	a.Project = &project.Service{DB: a.DB, Now: a.Now}
	a.Front = &front.Service{DB: a.DB, Now: a.Now, Calendars: calendars}
	a.Post = &post.Service{DB: a.DB, Now: a.Now, Calendars: a.calendars}
	a.Mentoring = &mentoring.Service{DB: a.DB, Now: a.Now}
	a.Setting = &setting.Service{DB: a.DB, Now: a.Now}
	a.Journal = &journal.Service{DB: a.DB, Now: a.Now}
	a.Privacy = &privacy.Service{DB: a.DB, Keys: a.Keys, Now: a.Now}
	a.Intake = &intake.Service{DB: a.DB, Keys: a.Keys, Files: a.Files, Queue: a.Queue, Now: a.Now}
	a.Intake.Handle(a.Queue)
	a.Retention = &retention.Service{DB: a.DB, Now: a.Now, Queue: a.Queue, Imports: a.Intake}
	a.Retention.Handle(a.Queue)
	a.Search = &search.Service{DB: a.DB, Org: a.Org, Enterprise: a.Enterprise, Member: a.Member}
	if !migrate {
		return nil
	}
	if err := a.Chain.Attach(ctx); err != nil {
		return err
	}
	// A later program may bring a year's calendar, and a crash may have left files.
	if _, err := a.Clock.Recompute(ctx, access.Machine(a.Realm), calendars); err != nil {
		return err
	}
	if _, err := a.Files.Sweep(ctx); err != nil {
		return err
	}
	return a.tidy(ctx)
}

// tidy removes what nobody asks for any more within a day.
func (a *App) tidy(ctx context.Context) error {
	return (&once.Store{DB: a.DB, Now: a.Now, Keys: a.Keys}).Expire(ctx, a.Realm)
}

// findRealm reads the realm that this folder holds, and its time zone.
func (a *App) findRealm(ctx context.Context) error {
	return a.DB.View(ctx, func(tx *db.Tx) error {
		var zone string
		err := db.Each(ctx, tx, func(r db.Row) error { return r.Scan(&a.Realm, &zone, &a.Synthetic) },
			`SELECT id, zone, synthetic FROM realms ORDER BY id LIMIT 1`)
		if err != nil {
			return err
		}
		if a.Realm == 0 {
			return core.Fail(core.NotFound, "app.no_realm", a.Dir.Path)
		}
		place, err := time.LoadLocation(zone)
		if err != nil {
			return core.Fail(core.Unavailable, "app.zone_unknown", zone)
		}
		a.Now = func() time.Time { return time.Now().In(place) }
		return nil
	})
}

// Close chains what this process has written and closes what was opened.
func (a *App) Close() error {
	return errors.Join(a.lastLinks(), a.DB.Close(), a.Dir.Release())
}

// Work runs the jobs, chains the journal, and keeps what is over from piling up
// (the rules of retention once a day), until ctx
// ends; the channel is closed when all have stopped.
func (a *App) Work(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { a.Queue.Run(ctx) })
	all.Go(func() { a.chain(ctx) })
	all.Go(func() {
		for hour := time.NewTicker(time.Hour); ; {
			if err := errors.Join(a.tidy(ctx), a.Retention.Daily(ctx, access.Machine(a.Realm))); err != nil && ctx.Err() == nil {
				a.Log.Error("tidy", "error", err)
			}
			select {
			case <-ctx.Done():
				hour.Stop()
				return
			case <-hour.C:
			}
		}
	})
	go func() {
		all.Wait()
		close(done)
	}()
	return done
}

// Reach tells the program under which address people open it: the one given,
// else localhost for a listener on loopback. Passkeys work under that address
// alone; without one there are none.
func (a *App) Reach(address string, l net.Addr) error {
	if address == "" {
		if at, ok := l.(*net.TCPAddr); ok && at.IP.IsLoopback() {
			a.Account.Site = "http://localhost:" + strconv.Itoa(at.Port)
		}
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	local := err == nil && u.Scheme == "http" && u.Hostname() == "localhost"
	if err != nil || u.Scheme != "https" && !local || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return core.Fail(core.Invalid, "app.url_bad", address)
	}
	a.Account.Site = u.Scheme + "://" + u.Host
	return nil
}

// Trust tells the program which proxies stand before it, as addresses or
// networks with commas between.
func (a *App) Trust(proxies string) error {
	for _, text := range strings.FieldsFunc(proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if one, bad := netip.ParseAddr(text); bad == nil {
			p, err = netip.PrefixFrom(one.Unmap(), one.Unmap().BitLen()), nil
		}
		if err != nil {
			return core.Fail(core.Invalid, "app.proxy_bad", text)
		}
		a.proxies = append(a.proxies, p.Masked())
	}
	return nil
}

// Site returns the server of the pages.
func (a *App) Site() *http.Server { return a.Pages().HTTP() }

// Pages returns the pages, for Site and for tests.
func (a *App) Pages() *web.Server {
	return &web.Server{
		Realm: a.Realm, Synthetic: a.Synthetic, Now: a.Now, Log: a.Log,
		Account: a.Account, Clock: a.Clock, Jobs: a.Jobs, Org: a.Org, Enterprise: a.Enterprise,
		Member: a.Member, Figure: a.Figure, Intake: a.Intake, Journal: a.Journal, API: a.API(), Opinion: a.Opinion, Project: a.Project, Mentoring: a.Mentoring, Post: a.Post, Front: a.Front, Setting: a.Setting, Retention: a.Retention, Finder: a.Search, Privacy: a.Privacy,
		Burden: a.burden, Secure: strings.HasPrefix(a.Account.Site, "https://"), Proxies: a.proxies,
	}
}

// API returns what programs ask.
func (a *App) API() *api.API {
	return &api.API{
		Realm: a.Realm, Now: a.Now, Log: a.Log, Keys: a.Keys, Answers: &once.Store{DB: a.DB, Now: a.Now, Keys: a.Keys},
		Account: a.Account, Clock: a.Clock, Jobs: a.Jobs, Org: a.Org, Enterprise: a.Enterprise, Member: a.Member, Figure: a.Figure, Intake: a.Intake, Setting: a.Setting,
		Journal: a.Journal, Opinion: a.Opinion, Project: a.Project, Front: a.Front,
		Privacy: a.Privacy, Retention: a.Retention, Search: a.Search, Burden: a.burden,
	}
}

func (a *App) burden(ctx context.Context) ([]burden.Line, error) {
	in, err := Inventory(ctx, a.DB)
	return burden.Check(in), err
}

// Find returns the organisation at the top of the realm, or the one of that id
// or name.
func (a *App) Find(ctx context.Context, name string) (core.OrgID, error) {
	var found []core.OrgID
	err := a.DB.View(ctx, func(tx *db.Tx) error {
		scan := func(r db.Row) (id core.OrgID, err error) { return id, r.Scan(&id) }
		var err error
		if name == "" {
			found, err = db.All(ctx, tx, scan, `SELECT id FROM orgs WHERE realm_id = $1 AND depth = 0 ORDER BY number LIMIT 1`, a.Realm)
			return err
		}
		if id, bad := core.ParseID(name); bad == nil {
			found, err = db.All(ctx, tx, scan, `SELECT id FROM orgs WHERE realm_id = $1 AND id = $2`, a.Realm, id)
			if err != nil || len(found) == 1 {
				return err
			}
		}
		orgs, err := org.Named(ctx, tx, a.Realm, access.Range{Lo: "", Hi: "~"}, name)
		for _, o := range orgs {
			found = append(found, o.ID)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, core.Fail(core.NotFound, "cli.org_unknown", name)
	}
	return found[0], nil
}

// calendars are those of the program and those that were added to the folder.
func (a *App) calendars() (rule.Calendars, error) {
	all := rule.EmbeddedCalendars()
	paths, err := filepath.Glob(filepath.Join(a.Dir.Path, "calendars", "*.json"))
	if err != nil {
		return all, err
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return all, err
		}
		c, err := rule.ParseCalendar(b)
		if err != nil {
			return all, err
		}
		all = all.With(c)
	}
	return all, nil
}

// AddCalendar keeps a year's calendar in the data folder and recomputes the
// deadlines that waited for it. It returns how many changed.
func (a *App) AddCalendar(ctx context.Context, b []byte) (int, error) {
	c, err := rule.ParseCalendar(b)
	if err != nil {
		return 0, err
	}
	dir := filepath.Join(a.Dir.Path, "calendars")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(c.Year)+".json"), b, 0o600); err != nil {
		return 0, err
	}
	all, err := a.calendars()
	if err != nil {
		return 0, err
	}
	return a.Clock.Recompute(ctx, access.Machine(a.Realm), all)
}
