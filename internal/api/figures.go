package api

import (
	"context"
	"time"

	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
)

// A Share is a numerator over its denominator; percent is missing where nothing
// is counted.
type Share struct {
	Num     int      `json:"num"`
	Den     int      `json:"den"`
	Percent *float64 `json:"percent,omitzero"`
}

func shareOf(n core.Share) Share {
	x := Share{Num: n.Num, Den: n.Den}
	if t := n.Tenths(); t >= 0 {
		p := float64(t) / 10
		x.Percent = &p
	}
	return x
}

// An Answer says of what, of which day and as known when a figure is.
type Answer struct {
	Under      Ref       `json:"under"`
	On         Day       `json:"on"`
	From       Day       `json:"compared_with"`
	KnownAt    time.Time `json:"known_at,omitzero" doc:"Missing: as known now."`
	ComputedAt time.Time `json:"computed_at"`
	There      bool      `json:"existed"`
}

func answerOf(h figure.Head) Answer {
	return Answer{Ref{ID(h.Under.ID), h.Under.Name}, Day(h.On), Day(h.From), h.KnownAt, h.ComputedAt, h.There}
}

// A CoverageRow is one row of a table of coverage.
type CoverageRow struct {
	Key         string         `json:"key"`
	Name        string         `json:"name"`
	Orgs        int            `json:"organisations"`
	TwoNew      int            `json:"two_new_organisations"`
	Members     int            `json:"members"`
	Listed      int            `json:"listed"`
	Operating   int            `json:"operating"`
	Covered     int            `json:"covered"`
	Own         int            `json:"own"`
	Joint       int            `json:"joint"`
	Work        int            `json:"work"`
	Missed      int            `json:"uncovered"`
	ShouldNone  int            `json:"should_build_uncovered"`
	Nominal     int            `json:"nominal"`
	Recheck     int            `json:"recheck"`
	Check       int            `json:"to_check"`
	Change      int            `json:"covered_change"`
	EvidenceAge *int           `json:"evidence_age_days,omitzero"`
	OrgCoverage Share          `json:"org_coverage"`
	OwnRate     Share          `json:"own_rate"`
	WorkCover   Share          `json:"work_coverage"`
	ShouldRate  Share          `json:"should_rate"`
	Reasons     map[string]int `json:"reasons"`
}

func coverageRowOf(c *Call, g figure.Group) CoverageRow {
	l := g.Line
	r := CoverageRow{
		Key: g.Key.String(), Name: g.Name, Orgs: l.Orgs, TwoNew: l.TwoNew, Members: l.Members, Listed: l.Listed, Operating: l.Operating, Covered: l.Covered(),
		Own: l.Own, Joint: l.Joint, Work: l.Work, Missed: l.Missed(), ShouldNone: l.ShouldNone, Nominal: l.Nominal, Recheck: l.Recheck, Check: l.Check,
		Change: l.Change(), OrgCoverage: shareOf(l.Org()), OwnRate: shareOf(l.OwnRate()), WorkCover: shareOf(l.All()), ShouldRate: shareOf(l.ShouldRate()),
		Reasons: map[string]int{},
	}
	if r.Name == "" {
		r.Name = c.say(g.Title)
	}
	if age := l.EvidenceAge; age >= 0 {
		r.EvidenceAge = &age
	}
	for _, reason := range enterprise.Reasons {
		r.Reasons[reason] = l.Reasons[reason]
	}
	return r
}

// A Coverage is the two coverages of an organisation and all below it.
type Coverage struct {
	Answer
	By     string        `json:"by"`
	Total  CoverageRow   `json:"total"`
	Groups []CoverageRow `json:"groups"`
	Flow   []FlowRow     `json:"flow"`
}

// A FlowRow tells of one way to be covered: opening + gained − lost = closing.
type FlowRow struct {
	Kind    string `json:"kind"`
	Opening int    `json:"opening"`
	Gained  int    `json:"gained"`
	Lost    int    `json:"lost"`
	Closing int    `json:"closing"`
}

// A Figure is one figure with its formula.
type Figure struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Formula  string     `json:"formula"`
	Value    Share      `json:"value" doc:"A count has the denominator 0."`
	Was      Share      `json:"was" doc:"On the day compared with."`
	Share    bool       `json:"share"`
	Rows     string     `json:"rows" doc:"What stands behind it; see /figures/rows."`
	Rules    []string   `json:"rules"`
	Reported []Reported `json:"reported" doc:"What was printed instead."`
}

// A Reported figure is a number as somebody printed it.
type Reported struct {
	ID     ID     `json:"id"`
	On     Day    `json:"on"`
	Value  string `json:"printed"`
	Source string `json:"source"`
	Is     Share  `json:"computed"`
	Agrees bool   `json:"agrees"`
}

// A Sheet is every figure of an organisation on a day.
type Sheet struct {
	Answer
	Figures []Figure `json:"figures"`
}

// A FigureRow is an enterprise or organisation behind a number.
type FigureRow struct {
	ID       ID     `json:"id"`
	Name     string `json:"name"`
	Org      bool   `json:"organisation" doc:"An organisation, not an enterprise."`
	Place    string `json:"place" doc:"Who looks after it, or stands above it."`
	Coverage string `json:"coverage,omitzero"`
	Reason   string `json:"reason,omitzero"`
	Members  int    `json:"members"`
}

// A FigureRows are the rows behind a number.
type FigureRows struct {
	Answer
	Page[FigureRow]
}

// A NewReport is a number as it was printed.
type NewReport struct {
	Org      ID     `json:"org"`
	Figure   string `json:"figure"`
	On       Day    `json:"on"`
	Printed  string `json:"printed" doc:"As printed: 53%, 2,481."`
	Source   string `json:"source"`
	Reported Day    `json:"reported_on" doc:"When it was printed."`
}

// FigureAsk says of what, of which day and as known when.
type FigureAsk struct {
	Under   ID     `query:"under"`
	On      Day    `query:"on"`
	From    Day    `query:"from" doc:"The day compared with."`
	KnownAt string `query:"known_at"`
	By      string `query:"by" enum:"tree,chain,building,platform,type"`
}

func (a *API) figureQuery(ctx context.Context, c *Call, in FigureAsk) (q figure.Query, err error) {
	m, err := a.moment(in.On, in.KnownAt)
	if err != nil {
		return q, err
	}
	q = figure.Query{On: m.On, KnownAt: m.KnownAt, From: core.Date(in.From), By: figure.By(in.By)}
	if q.By == "" {
		q.By = figure.ByTree
	}
	q.Under, err = a.under(ctx, c, in.Under)
	return q, err
}

func (a *API) mountFigures() {
	read := scope("figures:read")
	handle(a, "GET /coverage", "coverage", read, a.coverage)
	handle(a, "GET /figures", "figures_list", read, a.figures)
	handle(a, "GET /figures/rows", "figures_rows", read, a.figureRows)
	handle(a, "POST /figures/reported", "figures_report", scope("figures:write"), func(ctx context.Context, c *Call, in *struct{ Body NewReport }) (Reported, error) {
		b := in.Body
		r, err := a.Figure.Report(ctx, c.Actor, figure.Reported{Org: core.OrgID(b.Org), Figure: b.Figure, On: core.Date(b.On), Printed: b.Printed, Source: b.Source, ReportedOn: core.Date(b.Reported)})
		return Reported{ID: ID(r.ID), On: Day(r.On), Value: r.Printed, Source: r.Source}, err
	})
}

func (a *API) coverage(ctx context.Context, c *Call, in *FigureAsk) (Coverage, error) {
	q, err := a.figureQuery(ctx, c, *in)
	if err != nil {
		return Coverage{}, err
	}
	v, err := a.Figure.Coverage(ctx, c.Actor, q)
	if err != nil {
		return Coverage{}, err
	}
	out := Coverage{Answer: answerOf(v.Head), By: string(v.By), Total: coverageRowOf(c, v.Table)}
	for _, g := range v.Table.Groups {
		out.Groups = append(out.Groups, coverageRowOf(c, g))
	}
	for _, r := range v.Flow.Rows {
		out.Flow = append(out.Flow, FlowRow{string(r.Kind), r.Opening, len(r.Gained), len(r.Lost), r.Closing})
	}
	return out, nil
}

func (a *API) figures(ctx context.Context, c *Call, in *FigureAsk) (Sheet, error) {
	q, err := a.figureQuery(ctx, c, *in)
	if err != nil {
		return Sheet{}, err
	}
	s, err := a.Figure.Figures(ctx, c.Actor, q)
	if err != nil {
		return Sheet{}, err
	}
	out := Sheet{Answer: answerOf(s.Head)}
	for _, v := range s.Values {
		f := Figure{
			ID: v.ID, Title: c.say(v.Title()), Formula: c.say(v.Formula()), Value: shareOf(v.Share), Was: shareOf(v.Was), Share: v.Definition.Share,
			Rows: string(v.Rows), Rules: v.Rules,
		}
		for _, r := range v.Reported {
			f.Reported = append(f.Reported, Reported{ID(r.ID), Day(r.On), r.Printed, r.Source, shareOf(r.Computed), r.Agrees})
		}
		out.Figures = append(out.Figures, f)
	}
	return out, nil
}

// figureRowsAsk asks for the rows behind a number.
type figureRowsAsk struct {
	FigureAsk
	Show string `query:"show" required:"true" doc:"Such as operating, missed, own, reason.new."`
	Key  string `query:"key" doc:"Of a row of the table; missing for all."`
	Listed
}

func (a *API) figureRows(ctx context.Context, c *Call, in *figureRowsAsk) (FigureRows, error) {
	p, err := a.page(c, in.Listed)
	if err != nil {
		return FigureRows{}, err
	}
	q, err := a.figureQuery(ctx, c, in.FigureAsk)
	if err != nil {
		return FigureRows{}, err
	}
	sel := figure.Selector{Show: figure.Show(in.Show), Page: p}
	if in.Key != "" {
		if sel.Key, err = figure.ParseKey(in.Key); err != nil {
			return FigureRows{}, err
		}
	}
	rows, err := a.Figure.Rows(ctx, c.Actor, q, sel)
	if err != nil {
		return FigureRows{}, err
	}
	var all []FigureRow
	for _, u := range rows.Units {
		all = append(all, FigureRow{ID(u.ID), u.Name, false, u.Place, string(u.Coverage), u.Reason, u.FullMembers})
	}
	for _, b := range rows.Branches {
		all = append(all, FigureRow{ID(b.ID), b.Name, true, b.Above, "", "", b.Members})
	}
	return FigureRows{answerOf(rows.Head), listOf(a, c, p, rows.Total, all, func(r FigureRow) FigureRow { return r })}, nil
}
