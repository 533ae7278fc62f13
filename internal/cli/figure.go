package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/enterprise"
	"tongpin/internal/figure"
	"tongpin/internal/text"
)

func (s *shell) figureCommands() *cobra.Command {
	group := s.command("figure", "figure", nil, cobra.NoArgs)
	group.AddCommand(s.coverageCommand())
	return group
}

func (s *shell) coverageCommand() *cobra.Command {
	var under, on, knownAt, by string
	cmd := s.asJSON(s.command("coverage", "figure_coverage", func(cmd *cobra.Command, _ []string) error {
		if s.server != "" {
			r, err := s.remote()
			if err != nil {
				return err
			}
			return r.coverage(cmd.Context(), under, on, knownAt, by)
		}
		return s.with(cmd.Context(), "", func(a *app.App) error {
			q := figure.Query{By: figure.By(by)}
			var err error
			if q.On, err = optionalDate(on); err != nil {
				return err
			}
			if q.KnownAt, err = optionalTime(knownAt, a.Now()); err != nil {
				return err
			}
			if q.Under, err = a.Find(cmd.Context(), under); err != nil {
				return err
			}
			c, err := a.Figure.Coverage(cmd.Context(), access.Machine(a.Realm), q)
			if err != nil {
				return err
			}
			if s.json {
				return s.print(coverageOf(s.lang, c))
			}
			return s.sayCoverage(c)
		})
	}, cobra.NoArgs))
	cmd.Flags().StringVar(&under, "under", "", s.t("cli.flag.under"))
	cmd.Flags().StringVar(&on, "on", "", s.t("cli.flag.on"))
	cmd.Flags().StringVar(&knownAt, "known-at", "", s.t("cli.flag.known_at"))
	cmd.Flags().StringVar(&by, "by", string(figure.ByTree), s.t("cli.flag.by"))
	_ = cmd.RegisterFlagCompletionFunc("by", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var all []string
		for _, b := range figure.Pivots {
			all = append(all, string(b))
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// optionalTime reads an instant, or a day, which means its end where now is, or
// nothing.
func optionalTime(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	if d, err := core.ParseDate(s); err == nil {
		return figure.EndOf(d, now), nil
	}
	return time.Time{}, core.Fail(core.Invalid, "cli.time_unreadable", s)
}

// share is a share as --json shows it; percent is null where nothing is counted.
type share struct {
	Num     int      `json:"num"`
	Den     int      `json:"den"`
	Percent *float64 `json:"percent"`
}

func shareOf(n core.Share) share {
	x := share{Num: n.Num, Den: n.Den}
	if t := n.Tenths(); t >= 0 {
		p := float64(t) / 10
		x.Percent = &p
	}
	return x
}

// enterprises counts them as --json shows it.
type enterprises struct {
	Listed      int            `json:"listed"`
	Operating   int            `json:"operating"`
	Covered     int            `json:"covered"`
	Own         int            `json:"own"`
	Joint       int            `json:"joint"`
	Work        int            `json:"work"`
	Uncovered   int            `json:"uncovered"`
	ShouldNone  int            `json:"should_build_uncovered"`
	Nominal     int            `json:"nominal"`
	Recheck     int            `json:"recheck"`
	ToCheck     int            `json:"to_check"`
	EvidenceAge *int           `json:"evidence_age_days"`
	Change      int            `json:"covered_change"`
	States      map[string]int `json:"states"`
}

// line is what one row says as --json shows it.
type line struct {
	Enterprises enterprises    `json:"enterprises"`
	Org         share          `json:"org_coverage"`
	Own         share          `json:"own_rate"`
	Work        share          `json:"work_coverage"`
	Should      share          `json:"should_rate"`
	Reasons     map[string]int `json:"reasons"`
}

func lineOf(l figure.Line) line {
	n := line{
		Enterprises: enterprises{
			Listed: l.Listed, Operating: l.Operating, Covered: l.Covered(), Own: l.Own, Joint: l.Joint, Work: l.Work, Uncovered: l.Missed(),
			ShouldNone: l.ShouldNone, Nominal: l.Nominal, Recheck: l.Recheck, ToCheck: l.Check, Change: l.Change(), States: l.States,
		},
		Org: shareOf(l.Org()), Own: shareOf(l.OwnRate()), Work: shareOf(l.All()), Should: shareOf(l.ShouldRate()), Reasons: map[string]int{},
	}
	if age := l.EvidenceAge; age >= 0 {
		n.Enterprises.EvidenceAge = &age
	}
	for _, r := range enterprise.Reasons {
		n.Reasons[r] = l.Reasons[r]
	}
	return n
}

// group is a row of the table as --json shows it; organisations and members
// only of the tree.
type group struct {
	Key           string `json:"key"`
	Name          string `json:"name"`
	Organisations *int   `json:"organisations,omitempty"`
	TwoNew        *int   `json:"two_new_organisations,omitempty"`
	Members       *int   `json:"members,omitempty"`
	line
}

type named struct {
	ID   core.OrgID `json:"id"`
	Name string     `json:"name"`
}

// flowRow is a row of what was gained and lost as --json shows it.
type flowRow struct {
	Kind    string `json:"kind"`
	Opening int    `json:"opening"`
	Gained  int    `json:"gained"`
	Lost    int    `json:"lost"`
	Closing int    `json:"closing"`
}

// printed is a reported figure as --json shows it; gap is printed minus computed, in
// percentage points of a share or units of a count.
type printed struct {
	Figure   string    `json:"figure"`
	On       core.Date `json:"on"`
	Reported string    `json:"reported"`
	Computed share     `json:"computed"`
	Gap      float64   `json:"gap"`
	Agrees   bool      `json:"agrees"`
	Source   string    `json:"source"`
}

// coverage is what figure coverage prints.
type coverage struct {
	On            core.Date `json:"on"`
	ComparedWith  core.Date `json:"compared_with"`
	KnownAt       string    `json:"known_at"`
	ComputedAt    string    `json:"computed_at"`
	Under         named     `json:"under"`
	There         bool      `json:"existed"`
	By            figure.By `json:"by"`
	Organisations int       `json:"organisations"`
	TwoNew        int       `json:"two_new_organisations"`
	TwoNewShare   share     `json:"two_new_share"`
	Members       int       `json:"members"`
	Full          int       `json:"full_members"`
	Probationary  int       `json:"probationary_members"`
	line
	Flow     []flowRow `json:"flow"`
	Reported []printed `json:"reported"`
	Groups   []group   `json:"groups"`
}

func coverageOf(lang core.Lang, c figure.Coverage) coverage {
	t := c.Table
	x := coverage{
		On: c.On, ComparedWith: c.From, KnownAt: "now", ComputedAt: c.ComputedAt.Format(time.RFC3339), Under: named{c.Under.ID, c.Under.Name},
		There: c.There, By: c.By, Organisations: t.Orgs, TwoNew: t.TwoNew, TwoNewShare: shareOf(t.TwoNewShare()), Members: c.People.Total,
		Full: c.People.Full, Probationary: c.People.Probationary, line: lineOf(t.Line), Flow: []flowRow{}, Reported: []printed{}, Groups: []group{},
	}
	if !c.KnownAt.IsZero() {
		x.KnownAt = c.KnownAt.Format(time.RFC3339Nano)
	}
	for _, r := range c.Flow.Rows {
		x.Flow = append(x.Flow, flowRow{string(r.Kind), r.Opening, len(r.Gained), len(r.Lost), r.Closing})
	}
	for _, r := range c.Reported {
		p := printed{Figure: r.Figure, On: r.On, Reported: r.Printed, Computed: shareOf(r.Computed), Gap: float64(r.Gap), Agrees: r.Agrees, Source: r.Source}
		if r.Computed.Den != 0 {
			p.Gap /= 10
		}
		x.Reported = append(x.Reported, p)
	}
	for _, g := range t.Groups {
		x.Groups = append(x.Groups, groupOf(lang, c.By, g))
	}
	return x
}

func groupOf(lang core.Lang, by figure.By, g figure.Group) group {
	n := group{Key: g.Key.String(), Name: groupName(lang, g), line: lineOf(g.Line)}
	if by == figure.ByTree {
		n.Organisations, n.TwoNew, n.Members = &g.Orgs, &g.TwoNew, &g.Members
	}
	return n
}

func groupName(lang core.Lang, g figure.Group) string {
	if g.Name != "" {
		return g.Name
	}
	return text.Say(lang, g.Title)
}

// sayCoverage prints the figures and the table for people.
func (s *shell) sayCoverage(c figure.Coverage) error {
	say := func(m core.Msg) string { return text.Say(s.lang, m) }
	number := func(n int) string { return text.Number(int64(n)) }
	fmt.Fprintf(s.out, "%s  %s\n\n", clean(c.Under.Name), text.Day(s.lang, c.On))
	var rows [][]string
	for _, d := range figure.Definitions {
		n := d.Of(c.Table.Line)
		switch {
		case d.Share:
			rows = append(rows, []string{say(d.Title()), n.Percent(), number(n.Num) + "/" + number(n.Den)})
		case n.Num >= 0:
			rows = append(rows, []string{say(d.Title()), number(n.Num), ""})
		}
	}
	for _, r := range enterprise.Reasons {
		if n := c.Table.Reasons[r]; n > 0 {
			rows = append(rows, []string{"  " + say(enterprise.ReasonTitle(r)), number(n), ""})
		}
	}
	s.table(rows)
	fmt.Fprintln(s.out)
	rows = [][]string{{
		say(c.By.Column()), say(figure.ShowOperating.Title()), say(figure.ShowOrganised.Title()), say(figure.ShowWork.Title()),
		say(figure.ShowMissed.Title()), say(core.M("figure.work_coverage")),
	}}
	for _, g := range c.Table.Groups {
		if g.Listed == 0 {
			continue // organisations alone
		}
		rows = append(rows, []string{clean(groupName(s.lang, g)), number(g.Operating), number(g.Organised()), number(g.Work), number(g.Missed()), g.All().Percent()})
	}
	s.table(rows)
	return nil
}

// table prints rows with their first column to the left and the others to the
// right. Chinese characters take two places on a terminal.
func (s *shell) table(rows [][]string) {
	var wide []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], places(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", wide[i]-places(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		fmt.Fprintln(s.out, strings.TrimRight(b.String(), " "))
	}
}

// places is how much room a text takes on a terminal.
func places(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x1100 && (r < 0x2010 || r > 0x2bff) {
			n++
		}
	}
	return n
}
