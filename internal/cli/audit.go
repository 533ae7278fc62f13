package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tongpin/internal/app"
	"tongpin/internal/audit"
	"tongpin/internal/core"
	"tongpin/internal/text"
)

func (s *shell) auditCommands() *cobra.Command {
	group := s.command("audit", "audit", nil, cobra.NoArgs)
	group.AddCommand(s.asJSON(s.command("verify", "audit_verify", s.verify, cobra.NoArgs)))
	return group
}

// checked is what verify prints as JSON.
type checked struct {
	OK          bool          `json:"ok"`
	Links       int           `json:"links"`
	Waiting     int           `json:"waiting"`
	Checkpoints int           `json:"checkpoints"`
	File        string        `json:"file,omitempty"`
	Lines       int           `json:"lines"`
	Count       int           `json:"count"` // of findings; at most a thousand stand here
	Findings    []findingLine `json:"findings"`
}

type findingLine struct {
	Code  string       `json:"code"`
	Realm core.RealmID `json:"realm,omitempty"`
	Seq   int64        `json:"seq,omitempty"`
	Entry string       `json:"entry,omitempty"`
	Text  string       `json:"text"`
}

// verify prints each finding as it is found, and what was looked at.
func (s *shell) verify(cmd *cobra.Command, _ []string) error {
	return s.with(cmd.Context(), "", func(a *app.App) error {
		v := checked{File: s.points, Findings: []findingLine{}}
		r, err := a.Chain.Verify(cmd.Context(), s.points, func(f audit.Finding) {
			line := findingLine{Code: f.Msg.Key, Realm: f.Realm, Seq: f.Seq, Text: clean(text.Say(s.lang, f.Msg))}
			if f.Entry != 0 {
				line.Entry = f.Entry.String()
			}
			switch {
			case !s.json:
				fmt.Fprintln(s.out, "✗ "+line.Text)
			case len(v.Findings) < 1000:
				v.Findings = append(v.Findings, line)
			}
		})
		if err != nil {
			return err
		}
		v.OK, v.Links, v.Waiting, v.Checkpoints, v.Lines, v.Count = r.Findings == 0, r.Links, r.Waiting, r.Checkpoints, r.Lines, r.Findings
		if s.json {
			err = s.print(v)
		} else {
			s.say("cli.audit.looked", r.Links, r.Waiting, r.Checkpoints)
			if s.points == "" {
				s.say("cli.audit.no_file")
			} else {
				s.say("cli.audit.file", s.points, r.Lines)
			}
		}
		if err == nil && r.Findings > 0 {
			return core.Fail(core.Conflict, "cli.audit.bad", r.Findings)
		}
		return err
	})
}
