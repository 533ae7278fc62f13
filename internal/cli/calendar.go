package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/app"
	"tongpin/internal/core"
)

func (s *shell) calendarCommands() *cobra.Command {
	group := s.command("calendar", "calendar", nil, cobra.NoArgs)
	group.AddCommand(s.makeCalendarCommand(), s.asJSON(s.command("list LOGIN", "calendar_list", s.listCalendars, cobra.ExactArgs(1))),
		s.command("revoke LOGIN ID", "calendar_revoke", func(cmd *cobra.Command, args []string) error {
			id, err := core.ParseID(args[1])
			if err != nil {
				return err
			}
			return s.withUser(cmd, args[0], func(a *app.App, u account.User) error {
				return a.Account.RevokeToken(cmd.Context(), access.Machine(a.Realm), u.ID, id)
			})
		}, cobra.ExactArgs(2)))
	return group
}

func (s *shell) makeCalendarCommand() *cobra.Command {
	var name, out string
	cmd := s.command("make LOGIN --name NAME --out FILE", "calendar_make", func(cmd *cobra.Command, args []string) error {
		return s.with(cmd.Context(), "calendar make", func(a *app.App) error {
			who := access.Machine(a.Realm)
			u, err := a.Account.ByLogin(cmd.Context(), who, args[0])
			if err != nil {
				return err
			}
			value, _, err := a.Account.MakeFeed(cmd.Context(), who, u.ID, name)
			if err != nil {
				return err
			}
			return s.writeFile(out, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, "/calendar/"+value+".ics")
				return err
			})
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&name, "name", "", s.t("cli.flag.calendar_name"))
	cmd.Flags().StringVar(&out, "out", "-", s.t("cli.flag.out"))
	return cmd
}

func (s *shell) listCalendars(cmd *cobra.Command, args []string) error {
	return s.with(cmd.Context(), "", func(a *app.App) error {
		who := access.Machine(a.Realm)
		u, err := a.Account.ByLogin(cmd.Context(), who, args[0])
		if err != nil {
			return err
		}
		all, err := a.Account.Feeds(cmd.Context(), who, u.ID)
		if err != nil {
			return err
		}
		lines, rows := []tokenLine{}, [][]string{}
		for _, t := range all {
			lines = append(lines, tokenLine{t.ID, t.Name, t.Scopes, t.ExpiresAt, t.LastUsedOn, !a.Account.Ended(t, u)})
			rows = append(rows, []string{clean(t.Name), t.ID.String(), t.ExpiresAt.Format(time.DateOnly), t.LastUsedOn.String()})
		}
		if s.json {
			return s.print(lines)
		}
		s.table(rows)
		return nil
	})
}
