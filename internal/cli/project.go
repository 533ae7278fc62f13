package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/project"
)

// projectLine is one project or topic as --json shows it.
type projectLine struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Kind   string `json:"kind"`
	Title  string `json:"title"`
	Org    string `json:"org"`
	Team   string `json:"team,omitempty"`
	State  string `json:"state"`
	EndsOn string `json:"ends_on,omitempty"`
	Before string `json:"before,omitempty"`
	Target string `json:"target,omitempty"`
	After  string `json:"after,omitempty"`
	Unit   string `json:"unit,omitempty"`
}

func projectLineOf(p project.Project) projectLine {
	l := projectLine{p.ID.String(), p.Number, string(p.Kind), p.Title, p.OrgName, p.TeamName, string(p.State), p.EndsOn.String(), "", "", "", p.Unit}
	for to, q := range map[*string]*core.Quantity{&l.Before: p.Baseline, &l.Target: p.Target, &l.After: p.Outcome.Result} {
		if q != nil {
			*to = q.String()
		}
	}
	return l
}

// projectCommand lists projects and topics of an organisation and all below it.
func (s *shell) projectCommand() *cobra.Command {
	group := s.command("project", "project", nil, cobra.NoArgs)
	var under, states string
	list := s.asJSON(s.command("list", "project_list", func(cmd *cobra.Command, _ []string) error {
		return s.with(cmd.Context(), "", func(a *app.App) error {
			q := project.Query{Group: states, Page: core.Page{Number: 1, Size: 1000}}
			var err error
			if q.Under, err = a.Find(cmd.Context(), under); err != nil {
				return err
			}
			l, err := a.Project.List(cmd.Context(), access.Machine(a.Realm), q)
			if err != nil {
				return err
			}
			lines, rows := []projectLine{}, [][]string{}
			for _, p := range l.Rows {
				one := projectLineOf(p)
				lines = append(lines, one)
				rows = append(rows, []string{one.Number, one.Title, strings.TrimSpace(one.Org + " " + one.Team), s.t("project.state." + one.State), one.EndsOn})
			}
			if s.json {
				return s.print(lines)
			}
			s.table(rows)
			return nil
		})
	}, cobra.NoArgs))
	list.Flags().StringVar(&under, "under", "", s.t("cli.flag.under"))
	list.Flags().StringVar(&states, "group", "", s.t("cli.flag.group"))
	group.AddCommand(list)
	return group
}
