package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tongpin/internal/bench"
	"tongpin/internal/core"
)

func (s *shell) benchCommand() *cobra.Command {
	var members, rounds int
	cmd := s.asJSON(s.command("bench", "bench", func(cmd *cobra.Command, _ []string) error {
		if members < 1000 || rounds < 1 {
			return core.Fail(core.Invalid, "cli.bench.small")
		}
		dir, err := os.MkdirTemp("", "tongpin-bench-")
		if err != nil {
			return err
		}
		bar := s.progress("cli.bench.progress")
		all, err := bench.Run(cmd.Context(), bench.Options{Dir: dir, Members: members, Rounds: rounds, Progress: bar.set})
		bar.end()
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
		if s.json {
			return s.print(all)
		}
		return s.tellBench(all)
	}, cobra.NoArgs))
	cmd.Flags().IntVar(&members, "members", 1000000, s.t("cli.flag.members"))
	cmd.Flags().IntVar(&rounds, "rounds", 3, s.t("cli.flag.rounds"))
	return cmd
}

func (s *shell) tellBench(all []bench.Result) error {
	w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, strings.ReplaceAll(s.t("cli.bench.columns"), ",", "\t"))
	for _, r := range all {
		mark := "✓"
		if !r.OK {
			mark = "✗"
		}
		goal := ""
		if r.Goal > 0 {
			goal = fmt.Sprintf("%s %.2f", r.Wanted, r.Goal)
		}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f %s\t%.3f\t%s\t%s\t\n", r.Work, r.Ours, r.Floor, r.Unit, r.Ratio, goal, mark)
	}
	return w.Flush()
}
