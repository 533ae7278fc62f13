package cli

import (
	"io"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/privacy"
)

func (s *shell) personCommands() *cobra.Command {
	group := s.command("person", "person", nil, cobra.NoArgs)
	group.AddCommand(s.exportPersonCommand(), s.holdCommand(), s.unholdCommand())
	return group
}

// exportPersonCommand writes everything about a person for who asks in person
// and has no account.
func (s *shell) exportPersonCommand() *cobra.Command {
	var out string
	cmd := s.command("export ID", "person_export", func(cmd *cobra.Command, args []string) error {
		id, err := core.ParseID(args[0])
		if err != nil {
			return core.Fail(core.NotFound, "cli.person.unknown", args[0])
		}
		return s.with(cmd.Context(), "person export", func(a *app.App) error {
			c, err := a.Privacy.Copy(cmd.Context(), access.Machine(a.Realm), privacy.Ask{Person: core.PersonID(id), Numbers: true})
			if core.KindOf(err) == core.NotFound && err != nil {
				return core.Fail(core.NotFound, "cli.person.unknown", args[0])
			}
			if err != nil {
				return err
			}
			err = s.writeFile(out, func(w io.Writer) error { return c.Zip(w, s.lang) })
			if err == nil && out != "-" {
				s.say("cli.export.done", out)
			}
			return err
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&out, "out", "-", s.t("cli.flag.out"))
	return cmd
}
