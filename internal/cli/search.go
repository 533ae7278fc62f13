package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/gen/client"
	"tongpin/internal/search"
)

// foundLine is one thing that was found, as it is printed.
type foundLine struct {
	Kind  string `json:"kind"` // "org", "enterprise", "person"
	ID    string `json:"id"`
	Name  string `json:"name"`
	Where string `json:"where,omitempty"`
}

// searchCommand asks what the palette asks.
func (s *shell) searchCommand() *cobra.Command {
	var most int
	cmd := s.asJSON(s.command("search WORDS", "search", func(cmd *cobra.Command, args []string) error {
		words := strings.Join(args, " ")
		if s.server != "" {
			return s.remotely(func(r *remote) error { return r.search(cmd.Context(), words, most) })
		}
		return s.with(cmd.Context(), "", func(a *app.App) error {
			r, err := a.Search.Find(cmd.Context(), access.Machine(a.Realm), search.Query{Words: words, Orgs: true, Enterprises: true, People: true, Most: most})
			if err != nil {
				return err
			}
			lines := []foundLine{}
			for _, o := range r.Orgs {
				lines = append(lines, foundLine{"org", o.ID.String(), o.Name, o.Where})
			}
			for _, e := range r.Enterprises {
				lines = append(lines, foundLine{"enterprise", e.ID.String(), e.Name, e.OrgName})
			}
			for _, p := range r.People {
				lines = append(lines, foundLine{"person", p.ID.String(), p.Name, p.OrgName})
			}
			return s.tellFound(lines, r.MoreOrgs || r.MoreEnterprises || r.MorePeople)
		})
	}, cobra.MinimumNArgs(1)))
	cmd.Flags().IntVar(&most, "most", 0, s.t("cli.flag.most"))
	return cmd
}

func (r *remote) search(ctx context.Context, words string, most int) error {
	ask := client.Search{Q: words}
	if n := int64(most); n > 0 {
		ask.Most = &n
	}
	res, err := r.SearchWithResponse(ctx, ask)
	if err != nil {
		return r.said(err, nil, false)
	}
	found := res.JSON200
	if err := r.said(nil, res.ApplicationproblemJSONDefault, found != nil); err != nil {
		return err
	}
	lines := []foundLine{}
	for _, o := range found.Orgs {
		lines = append(lines, foundLine{"org", o.Id, o.Name, ""})
	}
	for _, e := range found.Enterprises {
		lines = append(lines, foundLine{"enterprise", e.Id, e.Name, e.OrgName})
	}
	for _, p := range found.People {
		lines = append(lines, foundLine{"person", p.Id, p.Name, p.OrgName})
	}
	return r.s.tellFound(lines, found.MoreOrgs || found.MoreEnterprises || found.MorePeople)
}

func (s *shell) tellFound(lines []foundLine, more bool) error {
	if s.json {
		return s.print(lines)
	}
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{s.t("cli.found." + l.Kind), l.ID, clean(l.Name), clean(l.Where)}
	}
	s.table(rows)
	switch {
	case len(lines) == 0:
		s.say("search.nothing")
	case more && !s.quiet:
		s.say("cli.found.more")
	}
	return nil
}
