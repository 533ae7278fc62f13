package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/account"
	"tongpin/internal/api"
	"tongpin/internal/app"
	"tongpin/internal/core"
)

func apiDocument() []byte { return api.OpenAPI() }

func (s *shell) tokenCommands() *cobra.Command {
	group := s.command("token", "token", nil, cobra.NoArgs)
	group.AddCommand(s.makeTokenCommand(), s.asJSON(s.command("list LOGIN", "token_list", s.listTokens, cobra.ExactArgs(1))),
		s.command("revoke LOGIN ID", "token_revoke", func(cmd *cobra.Command, args []string) error {
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

func (s *shell) makeTokenCommand() *cobra.Command {
	var name, out string
	var scopes []string
	var days int
	cmd := s.command("make LOGIN --name NAME --scope SCOPE --out FILE", "token_make", func(cmd *cobra.Command, args []string) error {
		return s.with(cmd.Context(), "token make", func(a *app.App) error {
			who := access.Machine(a.Realm)
			u, err := a.Account.ByLogin(cmd.Context(), who, args[0])
			if err != nil {
				return err
			}
			value, _, err := a.Account.MakeToken(cmd.Context(), who, u.ID, account.NewToken{Name: name, Scopes: scopes, Days: days})
			if err != nil {
				return err
			}
			return s.writeFile(out, func(w io.Writer) error {
				_, err := fmt.Fprintln(w, value)
				return err
			})
		})
	}, cobra.ExactArgs(1))
	cmd.Flags().StringVar(&name, "name", "", s.t("cli.flag.token_name"))
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, s.t("cli.flag.scope", strings.Join(account.Scopes, ", ")))
	cmd.Flags().IntVar(&days, "days", account.TokenDays, s.t("cli.flag.days"))
	cmd.Flags().StringVar(&out, "out", "-", s.t("cli.flag.out"))
	return cmd
}

// tokenLine is one token as --json shows it.
type tokenLine struct {
	ID         core.ID   `json:"id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	ExpiresAt  time.Time `json:"expires_at"`
	LastUsedOn core.Date `json:"last_used_on"`
	Live       bool      `json:"live"`
}

func (s *shell) listTokens(cmd *cobra.Command, args []string) error {
	return s.with(cmd.Context(), "", func(a *app.App) error {
		who := access.Machine(a.Realm)
		u, err := a.Account.ByLogin(cmd.Context(), who, args[0])
		if err != nil {
			return err
		}
		all, err := a.Account.Tokens(cmd.Context(), who, u.ID)
		if err != nil {
			return err
		}
		lines, rows := []tokenLine{}, [][]string{}
		for _, t := range all {
			lines = append(lines, tokenLine{t.ID, t.Name, t.Scopes, t.ExpiresAt, t.LastUsedOn, !a.Account.Ended(t, u)})
			rows = append(rows, []string{clean(t.Name), t.ID.String(), t.ExpiresAt.Format(time.DateOnly), t.LastUsedOn.String(), strings.Join(t.Scopes, ",")})
		}
		if s.json {
			return s.print(lines)
		}
		s.table(rows)
		return nil
	})
}
