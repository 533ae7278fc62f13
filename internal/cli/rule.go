package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/rule"
	"tongpin/internal/text"
)

func (s *shell) ruleCommands() *cobra.Command {
	group := s.command("rule", "rule", nil, cobra.NoArgs)
	group.AddCommand(s.asJSON(s.command("list", "rule_list", s.listRules, cobra.NoArgs)), s.evalCommand(), s.calendarCommand())
	return group
}

// ruleLine is one rule as --json shows it.
type ruleLine struct {
	Rule       string `json:"rule"`
	Number     string `json:"number"`
	Title      spoken `json:"title"`
	Version    string `json:"version"`
	Citation   string `json:"citation"`
	Confidence string `json:"confidence"`
	Soft       bool   `json:"soft"`
	Evaluable  bool   `json:"evaluable"`
}

// spoken is a sentence in each language.
type spoken map[core.Lang]string

func speak(m core.Msg) spoken {
	all := spoken{}
	for _, l := range text.Langs {
		all[l] = text.Say(l, m)
	}
	return all
}

func (s *shell) listRules(*cobra.Command, []string) error {
	evaluable := map[string]bool{}
	for _, id := range rule.Evaluable() {
		evaluable[id] = true
	}
	lines := []ruleLine{}
	for _, r := range rule.All() {
		v := r.Latest()
		lines = append(lines, ruleLine{r.ID, r.Number, speak(r.Title), v.ID, v.Citation, string(v.Confidence), r.Soft, evaluable[r.ID]})
	}
	if s.json {
		return s.print(lines)
	}
	w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.Number, l.Rule, l.Title[s.lang], l.Confidence, l.Citation)
	}
	return w.Flush()
}

func (s *shell) evalCommand() *cobra.Command {
	var input string
	cmd := s.command("eval RULE --input FILE", "rule_eval", func(_ *cobra.Command, args []string) error {
		b, err := s.readFile(input)
		if err != nil {
			return err
		}
		v, err := rule.Eval(args[0], b, rule.EmbeddedCalendars())
		if err != nil {
			return err
		}
		return s.print(verdict{v.Rule, v.Version, string(v.Verdict), v.Values, speak(v.Reason), v.Citation, string(v.Confidence), v.Provisional})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&input, "input", "-", s.t("cli.flag.input"))
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return rule.Evaluable(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// verdict is what rule eval prints.
type verdict struct {
	Rule        string      `json:"rule"`
	Version     string      `json:"version"`
	Verdict     string      `json:"verdict"`
	Values      rule.Values `json:"values"`
	Reason      spoken      `json:"reason"`
	Citation    string      `json:"citation"`
	Confidence  string      `json:"confidence"`
	Provisional bool        `json:"provisional"`
}

func (s *shell) calendarCommand() *cobra.Command {
	return s.command("calendar FILE", "rule_calendar", func(cmd *cobra.Command, args []string) error {
		b, err := s.readFile(args[0])
		if err != nil {
			return err
		}
		return s.with(cmd.Context(), "rule calendar", func(a *app.App) error {
			n, err := a.AddCalendar(cmd.Context(), b)
			if err == nil {
				s.say("cli.rule_calendar.done", n)
			}
			return err
		})
	}, cobra.ExactArgs(1))
}
