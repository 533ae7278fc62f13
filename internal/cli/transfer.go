package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/intake"
	"tongpin/internal/member"
)

func (s *shell) importCommands() *cobra.Command {
	group := s.command("import", "import", nil, cobra.NoArgs)
	group.AddCommand(s.importCommand("orgs", intake.Orgs), s.importCommand("members", intake.Members), s.importCommand("enterprises", intake.Enterprises))
	return group
}

// importing are the flags of an import.
type importing struct {
	under, sheet, errors string
	dryRun, whole        bool
}

func (s *shell) importCommand(noun string, entity intake.Entity) *cobra.Command {
	var f importing
	cmd := s.asJSON(s.command(noun+" FILE", "import_"+noun, func(cmd *cobra.Command, args []string) error {
		data, err := s.readFile(args[0])
		if err != nil {
			return err
		}
		if s.server != "" {
			r, err := s.remote()
			if err != nil {
				return err
			}
			return r.importFile(cmd.Context(), entity, filepath.Base(args[0]), data, f)
		}
		return s.with(cmd.Context(), "import "+noun, func(a *app.App) error {
			return s.importFile(cmd.Context(), a, entity, filepath.Base(args[0]), data, f)
		})
	}, cobra.ExactArgs(1)))
	cmd.Flags().StringVar(&f.under, "under", "", s.t("cli.flag.under"))
	cmd.Flags().StringVar(&f.sheet, "sheet", "", s.t("cli.flag.sheet"))
	cmd.Flags().StringVar(&f.errors, "errors", "", s.t("cli.flag.errors"))
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, s.t("cli.flag.dry_run"))
	cmd.Flags().BoolVar(&f.whole, "whole", false, s.t("cli.flag.whole"))
	return cmd
}

func (s *shell) importFile(ctx context.Context, a *app.App, entity intake.Entity, name string, data []byte, f importing) error {
	who := access.Machine(a.Realm)
	under, err := a.Find(ctx, f.under)
	if err != nil {
		return err
	}
	bar := s.progress("cli.import.progress")
	o := intake.Options{DryRun: f.dryRun, Whole: f.whole, Progress: bar.set, Lang: s.lang}
	var refused bytes.Buffer
	if f.errors != "" {
		o.Refused = &refused
	}
	report, _, err := a.Intake.Import(ctx, who, intake.Upload{Entity: entity, Under: under, Name: name, Sheet: f.sheet, Data: data}, o)
	bar.end()
	if err != nil {
		return err
	}
	if refused.Len() > 0 {
		err := s.writeFile(f.errors, func(w io.Writer) error {
			_, err := refused.WriteTo(w)
			return err
		})
		if err != nil {
			return err
		}
	}
	if s.json {
		err = s.print(report)
	} else {
		s.sayReport(report, f)
	}
	if err == nil && report.Rejected > 0 {
		return errRefused
	}
	return err
}

func (s *shell) sayReport(r intake.Report, f importing) {
	for _, p := range r.Problems {
		fmt.Fprintln(s.err, clean(s.t("cli.import.row", fmt.Sprint(p.Row), p.Column, p.Problem.Say(s.lang))))
	}
	s.say("cli.import.rows", r.Sheet, r.Rows, r.Accepted, r.Rejected)
	if f.dryRun {
		s.say("cli.import.dry")
	}
	s.say("cli.import.wrote", r.Created, r.Updated, r.Unchanged)
}

func (s *shell) exportCommands() *cobra.Command {
	group := s.command("export", "export", nil, cobra.NoArgs)
	for _, e := range []intake.Entity{intake.Orgs, intake.Members, intake.Enterprises} {
		group.AddCommand(s.exportCommand(e))
	}
	return group
}

func (s *shell) exportCommand(entity intake.Entity) *cobra.Command {
	var under, out, on string
	var sensitive bool
	var why member.Purpose
	cmd := s.command(string(entity), "export_"+string(entity), func(cmd *cobra.Command, _ []string) error {
		day, err := optionalDate(on)
		if err != nil {
			return err
		}
		return s.with(cmd.Context(), "export "+string(entity), func(a *app.App) error {
			org, err := a.Find(cmd.Context(), under)
			if err != nil {
				return err
			}
			err = s.writeFile(out, func(w io.Writer) error {
				return a.Intake.Export(cmd.Context(), access.Machine(a.Realm), intake.Export{
					Entity: entity, Under: org, On: day, Sensitive: sensitive, Why: why, Lang: s.lang, CSV: filepath.Ext(out) == ".csv",
				}, w)
			})
			if err == nil && out != "-" {
				s.say("cli.export.done", out)
			}
			return err
		})
	}, cobra.NoArgs)
	cmd.Flags().StringVar(&under, "under", "", s.t("cli.flag.under"))
	cmd.Flags().StringVar(&out, "out", "-", s.t("cli.flag.out"))
	cmd.Flags().StringVar(&on, "on", "", s.t("cli.flag.on"))
	if entity == intake.Members {
		cmd.Flags().BoolVar(&sensitive, "sensitive", false, s.t("cli.flag.sensitive"))
		cmd.Flags().StringVar(&why.Code, "purpose", "", s.t("cli.flag.purpose", strings.Join(member.Purposes, ", ")))
		cmd.Flags().StringVar(&why.Words, "words", "", s.t("cli.flag.words"))
	}
	return cmd
}

// optionalDate reads a day, or nothing.
func optionalDate(s string) (core.Date, error) {
	if s == "" {
		return core.Date{}, nil
	}
	return core.ParseDate(s)
}

// writeFile writes a whole file or none; "-" is standard output.
func (s *shell) writeFile(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(s.out)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return errors.Join(&core.Error{Kind: core.Unavailable, Msg: core.M("cli.file_unwritable", path), Err: err}, os.Remove(path))
	}
	return nil
}

// A progress shows how far long work has come: a bar on a terminal, a line
// every ten seconds elsewhere, nothing with --quiet or --json.
type progress struct {
	s    *shell
	key  string
	bar  *progressbar.ProgressBar
	tty  bool
	last time.Time
}

func (s *shell) progress(key string) *progress {
	f, ok := s.err.(*os.File)
	return &progress{s: s, key: key, tty: ok && term.IsTerminal(int(f.Fd())) && s.getenv("TERM") != "dumb", last: time.Now()}
}

func (p *progress) set(done, total int) {
	switch {
	case p.s.quiet || p.s.json || total == 0:
	case p.tty:
		if p.bar == nil {
			p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.s.err), progressbar.OptionShowCount(),
				progressbar.OptionShowIts(), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
		}
		_ = p.bar.Set(done)
	case time.Since(p.last) > 10*time.Second:
		p.last = time.Now()
		fmt.Fprintln(p.s.err, p.s.t(p.key, done, total))
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
