package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/app"
	"tongpin/internal/core"
)

func (s *shell) userCommands() *cobra.Command {
	group := s.command("user", "user", nil, cobra.NoArgs)
	group.AddCommand(
		s.asJSON(s.command("list", "user_list", s.listUsers, cobra.NoArgs)),
		s.addUserCommand(),
		s.turnUserCommand("disable LOGIN", "user_disable", (*account.Service).Disable),
		s.turnUserCommand("enable LOGIN", "user_enable", (*account.Service).Enable),
		s.grantUserCommand("grant LOGIN --role ROLE", "user_grant", (*account.Service).Grant),
		s.grantUserCommand("revoke LOGIN --role ROLE", "user_revoke", (*account.Service).Take),
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
	Login        string     `json:"login"`
	Name         string     `json:"name"`
	Disabled     bool       `json:"disabled"`
	State        string     `json:"state"`
	SecondFactor bool       `json:"second_factor"`
	SignedInAt   time.Time  `json:"signed_in_at,omitzero"`
	Roles        []roleLine `json:"roles"`
}

// roleLine is one role that an account holds.
type roleLine struct {
	Role       access.Role       `json:"role"`
	Org        core.OrgID        `json:"org,omitzero"`
	Enterprise core.EnterpriseID `json:"enterprise,omitzero"`
	Name       string            `json:"name"`
	Since      core.Date         `json:"since"`
	Reason     string            `json:"reason,omitempty"`
}

func userLineOf(r account.Record) userLine {
	l := userLine{r.Login, r.Name, r.Disabled, string(r.State()), r.Factor, r.SignedIn, []roleLine{}}
	for _, p := range r.Places {
		l.Roles = append(l.Roles, roleLine{p.Role, p.Org, p.Enterprise, p.Name, p.Since, p.Reason})
	}
	return l
}

// listUsers prints every account: login, name, state, second step, roles.
func (s *shell) listUsers(cmd *cobra.Command, _ []string) error {
	return s.with(cmd.Context(), "", func(a *app.App) error {
		lines, rows := []userLine{}, [][]string{}
		for page := 1; ; page++ {
			l, err := a.Account.List(cmd.Context(), access.Machine(a.Realm), account.Query{Page: core.Page{Number: page, Size: 200}})
			if err != nil {
				return err
			}
			for _, r := range l.Rows {
				lines = append(lines, userLineOf(r))
				var roles []string
				for _, p := range r.Places {
					roles = append(roles, s.t("accounts.role", s.t("role."+string(p.Role)), p.Name))
				}
				rows = append(rows, []string{clean(r.Login), clean(r.Name), s.t("account.state." + string(r.State())), clean(strings.Join(roles, "; "))})
			}
			if len(lines) >= l.Total || len(l.Rows) == 0 {
				break
			}
		}
		if s.json {
			return s.print(lines)
		}
		s.table(rows)
		return nil
	})
}

// turnUserCommand closes an account or opens it again.
func (s *shell) turnUserCommand(use, key string, turn func(*account.Service, context.Context, access.Actor, core.UserID, account.Decision) error) *cobra.Command {
	var why account.Decision
	cmd := s.command(use, key, func(cmd *cobra.Command, args []string) error {
		return s.withUser(cmd, args[0], func(a *app.App, u account.User) error {
			return turn(a.Account, cmd.Context(), access.Machine(a.Realm), u.ID, why)
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&why.Reason, "reason", "", s.t("cli.flag.reason"))
	return cmd
}

// grantUserCommand gives a role or takes it back.
func (s *shell) grantUserCommand(use, key string, turn func(*account.Service, context.Context, access.Actor, core.UserID, access.Place, account.Decision) error) *cobra.Command {
	var role, org, firm string
	var why account.Decision
	cmd := s.command(use, key, func(cmd *cobra.Command, args []string) error {
		return s.withUser(cmd, args[0], func(a *app.App, u account.User) error {
			p, err := s.placeOf(cmd.Context(), a, access.Role(role), org, firm)
			if err != nil {
				return err
			}
			return turn(a.Account, cmd.Context(), access.Machine(a.Realm), u.ID, p, why)
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&role, "role", "", s.t("cli.flag.role"))
	cmd.Flags().StringVar(&org, "org", "", s.t("cli.flag.org"))
	cmd.Flags().StringVar(&firm, "enterprise", "", s.t("cli.flag.enterprise"))
	cmd.Flags().StringVar(&why.Reason, "reason", "", s.t("cli.flag.reason"))
	return cmd
}

// placeOf finds where a role holds: an enterprise by its name, or an
// organisation; the one at the top unless named.
func (s *shell) placeOf(ctx context.Context, a *app.App, role access.Role, org, firm string) (access.Place, error) {
	if !slices.Contains(access.Roles, role) {
		return access.Place{}, core.Fail(core.Invalid, "access.role_unknown", string(role))
	}
	if firm == "" {
		where, err := a.Find(ctx, org)
		return access.Place{Role: role, Org: where}, err
	}
	found, err := a.Account.FindPlaces(ctx, access.Machine(a.Realm), access.Manager, firm)
	if err != nil {
		return access.Place{}, err
	}
	named := slices.DeleteFunc(slices.Clone(found), func(p access.Place) bool { return p.Name != firm })
	if len(named) == 1 {
		found = named
	}
	if len(found) != 1 {
		return access.Place{}, core.Fail(core.NotFound, "cli.enterprise_unknown", firm)
	}
	return access.Place{Role: role, Enterprise: found[0].Enterprise}, nil
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
