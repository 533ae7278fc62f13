package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/consent"
	"tongpin/internal/core"
	"tongpin/internal/gen/client"
	"tongpin/internal/privacy"
	"tongpin/internal/text"
)

// myself names the owner of the token, where a person is asked for.
const myself = "me"

func (s *shell) consentCommands() *cobra.Command {
	group := s.command("consent", "consent", nil, cobra.NoArgs)
	group.AddCommand(s.asJSON(s.command("list PERSON", "consent_list", s.listConsents, cobra.ExactArgs(1))))
	var paper string
	give := s.command("give PERSON PURPOSE --paper PLACE", "consent_give", func(cmd *cobra.Command, args []string) error {
		if s.server != "" {
			return s.remotely(func(r *remote) error { return r.giveConsent(cmd.Context(), args[0], args[1], paper) })
		}
		return s.consenting(cmd, args[0], func(ctx context.Context, a *app.App, id core.PersonID) error {
			return a.Privacy.Consent(ctx, access.Machine(a.Realm), id, consent.Giving{Purpose: args[1], Paper: paper})
		})
	}, cobra.ExactArgs(2))
	give.Flags().StringVar(&paper, "paper", "", s.t("cli.flag.paper"))
	group.AddCommand(give, s.command("withdraw PERSON PURPOSE", "consent_withdraw", func(cmd *cobra.Command, args []string) error {
		if s.server != "" {
			return s.remotely(func(r *remote) error { return r.withdrawConsent(cmd.Context(), args[0], args[1]) })
		}
		return s.consenting(cmd, args[0], func(ctx context.Context, a *app.App, id core.PersonID) error {
			return a.Privacy.WithdrawConsent(ctx, access.Machine(a.Realm), id, args[1])
		})
	}, cobra.ExactArgs(2)))
	return group
}

func (s *shell) remotely(f func(*remote) error) error {
	r, err := s.remote()
	if err != nil {
		return err
	}
	return f(r)
}

// consenting does one thing about a person's consents in the data folder.
func (s *shell) consenting(cmd *cobra.Command, person string, do func(context.Context, *app.App, core.PersonID) error) error {
	id, err := core.ParseID(person)
	if err != nil {
		return core.Fail(core.NotFound, "cli.person.unknown", person)
	}
	return s.with(cmd.Context(), "consent", func(a *app.App) error {
		err := do(cmd.Context(), a, core.PersonID(id))
		if err == nil {
			s.say("cli.consent.done")
		}
		return err
	})
}

// consentLine is one purpose as --json shows it.
type consentLine struct {
	Purpose string      `json:"purpose"`
	Title   string      `json:"title"`
	Version int         `json:"version"`
	Given   bool        `json:"given"`
	History []givenLine `json:"history"`
}

type givenLine struct {
	Version     int       `json:"version"`
	How         string    `json:"how"`
	Paper       string    `json:"paper,omitempty"`
	GivenAt     time.Time `json:"given_at"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero"`
}

func (s *shell) listConsents(cmd *cobra.Command, args []string) error {
	if s.server != "" {
		return s.remotely(func(r *remote) error { return r.listConsents(cmd.Context(), args[0]) })
	}
	id, err := core.ParseID(args[0])
	if err != nil {
		return core.Fail(core.NotFound, "cli.person.unknown", args[0])
	}
	return s.with(cmd.Context(), "", func(a *app.App) error {
		_, all, err := a.Privacy.Consents(cmd.Context(), access.Machine(a.Realm), core.PersonID(id))
		if err != nil {
			return err
		}
		return s.tellConsents(all)
	})
}

func (s *shell) tellConsents(all []privacy.Consenting) error {
	lines, rows := []consentLine{}, [][]string{}
	for _, c := range all {
		l := consentLine{c.Key, text.Say(s.lang, c.Title()), c.Version, c.Given, []givenLine{}}
		for _, h := range c.History {
			l.History = append(l.History, givenLine{h.Version, h.How, h.Paper, h.GivenAt, h.WithdrawnAt})
		}
		lines = append(lines, l)
		rows = append(rows, s.consentRow(c.Key, l.Title, c.Given))
	}
	if s.json {
		return s.print(lines)
	}
	s.table(rows)
	return nil
}

func (s *shell) consentRow(key, title string, given bool) []string {
	state := "consent.off"
	if given {
		state = "consent.on"
	}
	return []string{key, s.t(state), clean(title)}
}

func (r *remote) consents(ctx context.Context, person string) ([]client.Consent, error) {
	if person == myself {
		res, err := r.MeConsentsWithResponse(ctx)
		if err != nil {
			return nil, r.said(err, nil, false)
		}
		if err := r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil); err != nil {
			return nil, err
		}
		return res.JSON200.Items, nil
	}
	res, err := r.PeopleConsentsWithResponse(ctx, person)
	if err != nil {
		return nil, r.said(err, nil, false)
	}
	if err := r.said(nil, res.ApplicationproblemJSONDefault, res.JSON200 != nil); err != nil {
		return nil, err
	}
	return res.JSON200.Items, nil
}

func (r *remote) listConsents(ctx context.Context, person string) error {
	all, err := r.consents(ctx, person)
	if err != nil {
		return err
	}
	if r.s.json {
		return r.s.print(all)
	}
	rows := make([][]string, len(all))
	for i, c := range all {
		rows[i] = r.s.consentRow(c.Purpose, c.Title, c.Given)
	}
	r.s.table(rows)
	return nil
}

// giveConsent agrees for the owner of the token to the text that is shown first,
// or records a paper.
func (r *remote) giveConsent(ctx context.Context, person, key, paper string) error {
	if person != myself {
		res, err := r.PeopleConsentsGiveWithResponse(ctx, person, nil, client.ConsentPaper{Purpose: key, Paper: paper})
		if err != nil {
			return r.said(err, nil, false)
		}
		return r.done(res.ApplicationproblemJSONDefault, res.StatusCode())
	}
	all, err := r.consents(ctx, person)
	if err != nil {
		return err
	}
	ask := client.ConsentAsk{Purpose: key, Version: 1}
	for _, c := range all {
		if c.Purpose == key {
			r.s.say("cli.consent.text", c.Text, c.Impact)
			ask.Version = c.Version
		}
	}
	res, err := r.MeConsentsGiveWithResponse(ctx, nil, ask)
	if err != nil {
		return r.said(err, nil, false)
	}
	return r.done(res.ApplicationproblemJSONDefault, res.StatusCode())
}

func (r *remote) withdrawConsent(ctx context.Context, person, key string) error {
	end := client.ConsentEnd{Purpose: key}
	if person == myself {
		res, err := r.MeConsentsWithdrawWithResponse(ctx, nil, end)
		if err != nil {
			return r.said(err, nil, false)
		}
		return r.done(res.ApplicationproblemJSONDefault, res.StatusCode())
	}
	res, err := r.PeopleConsentsWithdrawWithResponse(ctx, person, nil, end)
	if err != nil {
		return r.said(err, nil, false)
	}
	return r.done(res.ApplicationproblemJSONDefault, res.StatusCode())
}

// done says that a write without an answer went through.
func (r *remote) done(p *client.Problem, status int) error {
	if err := r.said(nil, p, status == 204); err != nil {
		return err
	}
	r.s.say("cli.consent.done")
	return nil
}
