package cli

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/retention"
	"tongpin/internal/text"
)

// retentionLine is one class as --json shows it. Nothing is done to a class
// whose deed is "keep".
type retentionLine struct {
	Class   string `json:"class"`
	Deed    string `json:"deed"`
	Years   int    `json:"years,omitempty"`
	Days    int    `json:"days,omitempty"`
	Setting string `json:"setting,omitempty"`
	Basis   string `json:"basis,omitempty"`
	Due     int    `json:"due"`
	Coming  int    `json:"coming"` // within 30 days
	Done    int    `json:"done"`
	Last    string `json:"last,omitempty"`
}

func (s *shell) retentionCommand() *cobra.Command {
	var dry bool
	cmd := s.asJSON(s.command("retention", "retention", func(cmd *cobra.Command, _ []string) error {
		holding := "retention"
		if dry {
			holding = ""
		}
		return s.with(cmd.Context(), holding, func(a *app.App) error {
			do := a.Retention.Run
			if dry {
				do = a.Retention.List
			}
			all, err := do(cmd.Context(), access.Machine(a.Realm))
			if err != nil {
				return err
			}
			return s.showRetention(all, dry)
		})
	}, cobra.NoArgs))
	cmd.Flags().BoolVar(&dry, "dry-run", false, s.t("cli.retention.dry"))
	return cmd
}

func (s *shell) showRetention(all []retention.Due, dry bool) error {
	lines, rows, done := []retentionLine{}, [][]string{{s.t("retention.col.class"), s.t("retention.col.period"), s.t("retention.col.due"), s.t("retention.col.coming"), s.t("retention.col.done")}}, 0
	for _, d := range all {
		l := retentionLine{
			Class: d.Key, Deed: d.Deed, Years: d.PeriodYears, Days: d.PeriodDays, Setting: d.Setting, Basis: d.Basis, Due: d.Today, Coming: d.Coming, Done: d.Done,
		}
		if !d.Last.IsZero() {
			l.Last = d.Last.Format(time.RFC3339)
		}
		lines = append(lines, l)
		done += d.Done
		rows = append(rows, []string{
			text.Say(s.lang, d.Title()), text.Say(s.lang, d.Period()), strconv.Itoa(d.Today), strconv.Itoa(d.Coming), strconv.Itoa(d.Done),
		})
	}
	if s.json {
		return s.print(lines)
	}
	s.table(rows)
	if !dry {
		s.say("cli.retention.done", done)
	}
	return nil
}

func (s *shell) holdCommand() *cobra.Command {
	var until, reason string
	cmd := s.command("hold ID --until DAY --reason WHY", "person_hold", func(cmd *cobra.Command, args []string) error {
		day, err := core.ParseDate(until)
		if err != nil {
			return core.Fail(core.Invalid, "retention.hold.past")
		}
		return s.onHold(cmd, args[0], "cli.retention.held", func(a *app.App, id core.PersonID) error {
			return a.Retention.Hold(cmd.Context(), access.Machine(a.Realm), id, day, reason)
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&until, "until", "", s.t("cli.retention.until"))
	cmd.Flags().StringVar(&reason, "reason", "", s.t("cli.flag.reason"))
	return cmd
}

func (s *shell) unholdCommand() *cobra.Command {
	return s.command("unhold ID", "person_unhold", func(cmd *cobra.Command, args []string) error {
		return s.onHold(cmd, args[0], "cli.retention.lifted", func(a *app.App, id core.PersonID) error {
			return a.Retention.Lift(cmd.Context(), access.Machine(a.Realm), id)
		})
	}, cobra.ExactArgs(1))
}

func (s *shell) onHold(cmd *cobra.Command, person, done string, f func(*app.App, core.PersonID) error) error {
	id, err := core.ParseID(person)
	if err != nil {
		return core.Fail(core.NotFound, "cli.person.unknown", person)
	}
	return s.with(cmd.Context(), "person hold", func(a *app.App) error {
		err := f(a, core.PersonID(id))
		if err == nil {
			s.say(done)
		}
		if core.KindOf(err) == core.NotFound && err != nil {
			return core.Fail(core.NotFound, "cli.person.unknown", person)
		}
		return err
	})
}
