package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tongpin/internal/app"
	"tongpin/internal/burden"
	"tongpin/internal/core"
	"tongpin/internal/db"
	"tongpin/internal/text"
)

func (s *shell) lintCommands() *cobra.Command {
	group := s.command("lint", "lint", nil, cobra.NoArgs)
	group.AddCommand(s.lintBurden())
	return group
}

func (s *shell) lintBurden() *cobra.Command {
	var path string
	cmd := s.asJSON(s.command("burden", "lint_burden", func(cmd *cobra.Command, _ []string) error {
		in, err := s.inventory(cmd, path)
		if err != nil {
			return err
		}
		lines, bad := burden.Check(in), 0
		for _, l := range lines {
			if !l.OK {
				bad++
			}
		}
		if s.json {
			err = s.print(lines)
		} else {
			s.tellBurden(lines)
		}
		if err == nil && bad > 0 {
			return core.Fail(core.Unavailable, "cli.lint.bad", bad)
		}
		return err
	}, cobra.NoArgs))
	cmd.Flags().StringVar(&path, "inventory", "", s.t("cli.flag.inventory"))
	return cmd
}

// inventory reads the file, or looks at the product over an empty database.
func (s *shell) inventory(cmd *cobra.Command, path string) (in burden.Inventory, err error) {
	if path != "" {
		b, err := s.readFile(path)
		if err != nil {
			return in, err
		}
		if err := json.Unmarshal(b, &in); err != nil {
			return in, core.Fail(core.Invalid, "cli.file_unreadable", path)
		}
		return in, nil
	}
	dir, err := os.MkdirTemp("", "tongpin-lint-")
	if err != nil {
		return in, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := db.OpenWith(cmd.Context(), filepath.Join(dir, "empty.db"), db.Scratch)
	if err != nil {
		return in, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Migrate(cmd.Context()); err != nil {
		return in, err
	}
	return app.Inventory(cmd.Context(), d)
}

func (s *shell) tellBurden(lines []burden.Line) {
	for _, l := range lines {
		mark := "✓"
		if !l.OK {
			mark = "✗"
		}
		fmt.Fprintf(s.out, "%s %-3s %s (%s)\n", mark, l.ID, text.Say(s.lang, l.Title()), s.t("burden.looked", l.Looked))
		for _, p := range l.Problems {
			fmt.Fprintf(s.out, "      %s\n", clean(p))
		}
	}
}
