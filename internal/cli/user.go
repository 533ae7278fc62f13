package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/app"
)

func (s *shell) userCommands() *cobra.Command {
	group := s.command("user", "user", nil, cobra.NoArgs)
	group.AddCommand(
		s.asJSON(s.command("list", "user_list", s.listUsers, cobra.NoArgs)),
		s.addUserCommand(),
		s.command("disable LOGIN", "user_disable", func(cmd *cobra.Command, args []string) error {
			return s.withUser(cmd, args[0], func(a *app.App, u account.User) error {
				return a.Account.Disable(cmd.Context(), access.Machine(a.Realm), u.ID, account.Decision{})
			})
		}, cobra.ExactArgs(1)),
		s.command("password LOGIN", "user_password", func(cmd *cobra.Command, args []string) error {
			password, err := s.password()
			if err != nil {
				return err
			}
			return s.withUser(cmd, args[0], func(a *app.App, u account.User) error {
				return a.Account.SetPassword(cmd.Context(), access.Machine(a.Realm), u.ID, password)
			})
		}, cobra.ExactArgs(1)),
		s.resetUserCommand(),
	)
	return group
}

// userLine is one account as --json shows it.
type userLine struct {
	Login    string `json:"login"`
	Name     string `json:"name"`
	Disabled bool   `json:"disabled"`
}

func (s *shell) listUsers(cmd *cobra.Command, _ []string) error {
	return s.with(cmd.Context(), "", func(a *app.App) error {
		users, err := a.Account.Users(cmd.Context(), access.Machine(a.Realm))
		if err != nil {
			return err
		}
		lines := make([]userLine, len(users))
		w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
		for i, u := range users {
			lines[i] = userLine{u.Login, u.Name, u.Disabled}
			if !s.json {
				fmt.Fprintf(w, "%s\t%s\t%v\n", clean(u.Login), clean(u.Name), !u.Disabled)
			}
		}
		if s.json {
			return s.print(lines)
		}
		return w.Flush()
	})
}

func (s *shell) addUserCommand() *cobra.Command {
	var name, role, org string
	cmd := s.command("add LOGIN", "user_add", func(cmd *cobra.Command, args []string) error {
		password, err := s.password()
		if err != nil {
			return err
		}
		return s.with(cmd.Context(), "user add", func(a *app.App) error {
			where, err := a.Find(cmd.Context(), org)
			if err != nil {
				return err
			}
			who := access.Machine(a.Realm)
			u, err := a.Account.Add(cmd.Context(), who, account.NewUser{Login: args[0], Name: or(name, args[0]), Password: password})
			if err == nil && role != "" {
				err = a.Account.Grant(cmd.Context(), who, u.ID, access.Place{Role: access.Role(role), Org: where}, account.Decision{})
			}
			if err == nil {
				s.say("cli.user.done", args[0])
			}
			return err
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&name, "name", "", s.t("cli.flag.name"))
	cmd.Flags().StringVar(&role, "role", "", s.t("cli.flag.role"))
	cmd.Flags().StringVar(&org, "org", "", s.t("cli.flag.org"))
	return cmd
}

// resetUserCommand is the way in when nobody else can help: whoever has the
// data folder hands over a code as a secretary does, and the journal says so.
func (s *shell) resetUserCommand() *cobra.Command {
	var factors bool
	cmd := s.command("reset LOGIN", "user_reset", func(cmd *cobra.Command, args []string) error {
		return s.with(cmd.Context(), "user reset", func(a *app.App) error {
			u, code, expires, err := a.Account.IssueReset(cmd.Context(), access.Machine(a.Realm), args[0], factors)
			if err == nil {
				s.say("cli.user.reset", u.Login, expires, code)
			}
			return err
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().BoolVar(&factors, "factors", false, s.t("cli.flag.factors"))
	return cmd
}

func (s *shell) withUser(cmd *cobra.Command, login string, f func(*app.App, account.User) error) error {
	return s.with(cmd.Context(), "user", func(a *app.App) error {
		u, err := a.Account.ByLogin(cmd.Context(), access.Machine(a.Realm), login)
		if err == nil {
			err = f(a, u)
		}
		if err == nil {
			s.say("cli.user.done", login)
		}
		return err
	})
}

// password reads one line: without echo on a terminal.
func (s *shell) password() (string, error) {
	if f, ok := s.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(s.err, s.t("cli.user.prompt"))
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(s.err)
		return string(b), err
	}
	line, err := bufio.NewReader(io.LimitReader(s.in, 1024)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
