package api

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/org"
	"tongpin/internal/rule"
)

// An Org is an organisation.
type Org struct {
	ID               ID     `json:"id"`
	Parent           ID     `json:"parent,omitzero" doc:"Missing where there is none, or none that you may see."`
	Name             string `json:"name"`
	Kind             string `json:"kind"`
	SetupMode        string `json:"setup_mode,omitzero"`
	HostSituation    string `json:"host_situation,omitzero"`
	ApprovalDocument string `json:"approval_document,omitzero"`
	FoundedOn        Day    `json:"founded_on,omitzero"`
	DissolvedOn      Day    `json:"dissolved_on,omitzero" doc:"The first day on which it no longer was."`
	Version          int    `json:"version"`
}

func orgOf(o org.Org) Org {
	return Org{
		ID(o.ID), ID(o.Parent), o.Name, string(o.Kind), o.SetupMode, o.HostSituation, o.ApprovalDocument, Day(o.FoundedOn), Day(o.DissolvedOn), o.Version,
	}
}

// A Counted is an organisation in a list, with its counters.
type Counted struct {
	Org
	Children     int `json:"children" doc:"Live, directly below."`
	Orgs         int `json:"orgs" doc:"Live, itself and all below. Counters of a past day are 0."`
	Full         int `json:"full_members"`
	Probationary int `json:"probationary_members"`
	Enterprises  int `json:"enterprises"`
	TermEndsOn   Day `json:"term_ends_on,omitzero"`
}

func countedOf(r org.Row) Counted {
	return Counted{orgOf(r.Org), r.Children, r.Orgs, r.Counts.Full, r.Counts.Probationary, r.Enterprises, Day(r.TermEndsOn)}
}

// A Ref names an organisation; ID is missing for one that the caller may not open.
type Ref struct {
	ID   ID     `json:"id,omitzero"`
	Name string `json:"name"`
}

// A Term is a term of office.
type Term struct {
	Number    int    `json:"number,omitzero"`
	ElectedOn Day    `json:"elected_on,omitzero"`
	EndsOn    Day    `json:"ends_on,omitzero"`
	EndedOn   Day    `json:"ended_on,omitzero" doc:"When the next one began."`
	Document  string `json:"document,omitzero"`
	Version   int    `json:"version"`
}

func termOf(t org.Term) Term {
	return Term{t.Number, Day(t.ElectedOn), Day(t.EndsOn), Day(t.EndedOn), t.Document, t.Version}
}

// An Officer holds a duty in an organisation.
type Officer struct {
	ID       ID     `json:"id"`
	Person   ID     `json:"person,omitzero" doc:"Missing, like the name, for who may not see names there."`
	Name     string `json:"name,omitzero"`
	Position string `json:"position,omitzero"`
	Duty     string `json:"duty"`
	From     Day    `json:"from"`
	To       Day    `json:"to,omitzero"`
}

// An OrgView is all that is known of an organisation.
type OrgView struct {
	Org
	On           Day       `json:"on,omitzero" doc:"The day that was asked for; missing for now."`
	Existed      bool      `json:"existed"`
	Above        []Ref     `json:"above" doc:"From the top to the parent."`
	Children     []Counted `json:"children" doc:"Directly below."`
	Orgs         int       `json:"orgs"`
	Full         int       `json:"full_members"`
	Probationary int       `json:"probationary_members"`
	Officers     []Officer `json:"officers"`
	Term         *Term     `json:"term,omitzero"`
	Terms        []Term    `json:"terms"`
	Verdicts     []Verdict `json:"verdicts" doc:"What the rules say of its size and form."`
}

func viewOf(c *Call, v org.View) OrgView {
	out := OrgView{
		Org: orgOf(v.Org), On: Day(v.Moment.On), Existed: v.Existed, Above: crumbs(v.Above), Children: []Counted{}, Orgs: v.Orgs, Full: v.Counts.Full,
		Probationary: v.Counts.Probationary, Officers: []Officer{}, Terms: []Term{}, Verdicts: verdictsOf(c.Lang, v.Verdicts),
	}
	if n := len(v.Above); n == 0 || !v.Above[n-1].Seen {
		out.Parent = 0 // out of sight
	}
	for _, r := range v.Children {
		out.Children = append(out.Children, countedOf(r))
	}
	for _, o := range v.Officers {
		one := Officer{ID(o.ID), ID(o.Person), o.Name, o.Position, o.Duty, Day(o.Period.From), until(o.Period.To)}
		if !v.Names {
			one.Person = 0
		}
		out.Officers = append(out.Officers, one)
	}
	for _, t := range v.Terms {
		out.Terms = append(out.Terms, termOf(t))
	}
	if !v.Term.IsZero() {
		t := termOf(v.Term)
		out.Term = &t
	}
	return out
}

func crumbs(all []org.Crumb) []Ref {
	refs := []Ref{}
	for _, c := range all {
		r := Ref{Name: c.Name}
		if c.Seen {
			r.ID = ID(c.ID)
		}
		refs = append(refs, r)
	}
	return refs
}

// An Event is one thing done to an organisation.
type Event struct {
	ID         ID        `json:"id"`
	Kind       string    `json:"kind"`
	On         Day       `json:"on"`
	Was        string    `json:"was,omitzero"`
	Became     string    `json:"became,omitzero"`
	Document   string    `json:"document,omitzero"`
	Reason     string    `json:"reason,omitzero"`
	RecordedAt time.Time `json:"recorded_at"`
}

func eventOf(c *Call) func(org.Event) Event {
	return func(e org.Event) Event {
		return Event{ID(e.ID), string(e.Kind), Day(e.On), c.say(e.Before()), c.say(e.After()), e.Document, e.Reason, e.RecordedAt}
	}
}

// A Fact is what held of an organisation in a period.
type Fact struct {
	ID            ID        `json:"id"`
	Name          string    `json:"name"`
	Kind          string    `json:"kind"`
	SetupMode     string    `json:"setup_mode,omitzero"`
	HostSituation string    `json:"host_situation,omitzero"`
	From          Day       `json:"from"`
	To            Day       `json:"to,omitzero"`
	RecordedAt    time.Time `json:"recorded_at"`
}

func factOf(f org.Fact) Fact {
	return Fact{ID(f.ID), f.Name, string(f.Kind), f.SetupMode, f.HostSituation, Day(f.Period.From), until(f.Period.To), f.RecordedAt}
}

// orgsAsk are the parameters of the list.
type orgsAsk struct {
	Under ID     `query:"under" doc:"Looked at from here on down; else from your highest place."`
	Q     string `query:"q" doc:"In the name: characters, words, the start of its reading."`
	Kind  string `query:"kind"`
	Host  string `query:"host" doc:"Host situation."`
	Term  string `query:"term" enum:"soon,overdue"`
	On    Day    `query:"on" doc:"As they were on a day."`
	Listed
}

// orgAt names an organisation and a moment.
type orgAt struct {
	Org     ID     `path:"org"`
	On      Day    `query:"on" doc:"As it was on a day."`
	KnownAt string `query:"known_at" doc:"As it was known at an instant, or at the end of a day."`
}

// oneOrg names an organisation.
type oneOrg struct {
	Org ID `path:"org"`
}

func (a *API) mountOrgs() {
	read := scope("orgs:read")
	handle(a, "GET /orgs", "orgs_list", read, a.orgs)
	handle(a, "GET /orgs/{org}", "orgs_get", read, a.org)
	handle(a, "GET /orgs/{org}/history", "orgs_history", read, func(ctx context.Context, c *Call, in *oneOrg) (Page[Event], error) {
		all, err := a.Org.History(ctx, c.Actor, core.OrgID(in.Org))
		return whole(all, eventOf(c)), err
	})
	handle(a, "GET /orgs/{org}/facts", "orgs_facts", read, func(ctx context.Context, c *Call, in *oneOrg) (Page[Fact], error) {
		all, err := a.Org.Records(ctx, c.Actor, core.OrgID(in.Org))
		return whole(all, factOf), err
	})
}

func (a *API) orgs(ctx context.Context, c *Call, in *orgsAsk) (Page[Counted], error) {
	p, err := a.page(c, in.Listed)
	if err != nil {
		return Page[Counted]{}, err
	}
	q := org.Query{Kind: rule.OrgKind(in.Kind), Host: in.Host, Term: in.Term, Search: in.Q, On: core.Date(in.On), Page: p}
	if in.Kind != "" && !q.Kind.Known() {
		return Page[Counted]{}, wrong("kind", "api.query.unfit", "kind")
	}
	if q.Under, err = a.under(ctx, c, in.Under); err != nil {
		return Page[Counted]{}, err
	}
	l, err := a.Org.List(ctx, c.Actor, q)
	if err != nil {
		return Page[Counted]{}, err
	}
	return listOf(a, c, p, l.Total, l.Rows, func(r org.Row) Counted {
		one := countedOf(r)
		if r.ID == q.Under {
			one.Parent = 0 // may be out of sight
		}
		return one
	}), nil
}

func (a *API) org(ctx context.Context, c *Call, in *orgAt) (OrgView, error) {
	m, err := a.moment(in.On, in.KnownAt)
	if err != nil {
		return OrgView{}, err
	}
	v, err := a.Org.Page(ctx, c.Actor, core.OrgID(in.Org), m)
	if err != nil {
		return OrgView{}, err
	}
	c.tag(v.Org.Version)
	return viewOf(c, v), nil
}
