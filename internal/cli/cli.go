// Package cli is the command line. A command parses its flags, opens what it
// needs, calls one method of a service and prints one answer.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/text"
)

// Version is set when the program is built.
var Version = "unknown"

// The exit codes.
const (
	exitDone    = 0
	exitFailed  = 1 // nothing was written
	exitRefused = 2 // some of the input was refused
)

// errRefused says that the answer has been printed and some input refused.
var errRefused = errors.New("some input was refused")

// A shell is what the commands share: streams, language and common flags.
type shell struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	lang     core.Lang

	data     string
	database string
	points   string // file of checkpoints
	server   string // instead of a data folder
	token    string // the file that holds the token for it
	json     bool
	quiet    bool
}

// Run runs one command and returns its exit code. Errors are one sentence on
// stderr.
func Run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, stderr io.Writer) int {
	s := &shell{in: in, out: out, err: stderr, getenv: getenv, lang: language(args, getenv)}
	root := s.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRefused):
		return exitRefused
	}
	fmt.Fprintln(stderr, "tongpin: "+s.sentence(err))
	if core.KindOf(err) == core.Invalid {
		return exitRefused
	}
	return exitFailed
}

// language is that of --lang or TONGPIN_LANG, else of the terminal; the plain
// POSIX locale speaks English.
func language(args []string, getenv func(string) string) core.Lang {
	for i, a := range args {
		v, ok := strings.CutPrefix(a, "--lang=")
		if a == "--lang" && i+1 < len(args) {
			v, ok = args[i+1], true
		}
		if l, known := text.Known(v); ok && known {
			return l
		}
	}
	if l, known := text.Known(getenv("TONGPIN_LANG")); known {
		return l
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if v == "C" || v == "POSIX" || strings.HasPrefix(v, "C.") {
				return core.En
			}
			return text.Match(v)
		}
	}
	return core.En
}

func (s *shell) t(key string, args ...any) string { return text.T(s.lang, key, args...) }

// sentence is what a person reads of an error: ours from the catalogs with the
// fields it complains about, cobra's as it is.
func (s *shell) sentence(err error) string {
	if p, ok := errors.AsType[problem](err); ok {
		return clean(p.Error())
	}
	m := core.MsgOf(err)
	if m.Key == "error.internal" {
		return err.Error()
	}
	parts := []string{text.Say(s.lang, m)}
	for field, why := range core.FieldsOf(err) {
		parts = append(parts, field+": "+text.Say(s.lang, why))
	}
	return clean(strings.Join(parts, " "))
}

// clean keeps text of strangers from steering a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func (s *shell) root() *cobra.Command {
	root := &cobra.Command{
		Use: "tongpin", Short: s.t("cli.short"), Long: s.t("cli.long"), Version: Version,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetVersionTemplate("tongpin {{.Version}}\n")
	f := root.PersistentFlags()
	f.String("lang", "", s.t("cli.flag.lang"))
	f.StringVar(&s.data, "data", or(s.getenv("TONGPIN_DATA"), "data"), s.t("cli.flag.data"))
	f.StringVar(&s.database, "database", s.getenv("TONGPIN_DATABASE"), s.t("cli.flag.database"))
	f.StringVar(&s.points, "checkpoints", s.getenv("TONGPIN_CHECKPOINTS"), s.t("cli.flag.checkpoints"))
	f.StringVar(&s.server, "server", s.getenv("TONGPIN_SERVER"), s.t("cli.flag.server"))
	f.StringVar(&s.token, "token", s.getenv("TONGPIN_TOKEN_FILE"), s.t("cli.flag.token"))
	f.BoolVarP(&s.quiet, "quiet", "q", false, s.t("cli.flag.quiet"))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return core.Fail(core.Invalid, "cli.flag_wrong", err.Error())
	})
	root.AddCommand(s.commands()...)
	return root
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// command makes a command whose words stand in the catalogs under its key:
// cli.KEY.short and, with an example, cli.KEY.example.
func (s *shell) command(use, key string, run func(cmd *cobra.Command, args []string) error, args cobra.PositionalArgs) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: s.t("cli." + key + ".short"), Example: "  " + strings.ReplaceAll(s.t("cli."+key+".example"), " ⏎ ", "\n  "),
		RunE: run, DisableFlagsInUseLine: true,
		Args: func(cmd *cobra.Command, given []string) error {
			if err := args(cmd, given); err != nil {
				return core.Fail(core.Invalid, "cli.args_wrong", cmd.UseLine())
			}
			return nil
		},
	}
}

// asJSON adds --json.
func (s *shell) asJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&s.json, "json", false, s.t("cli.flag.json"))
	return cmd
}

// print writes v as JSON.
func (s *shell) print(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// say writes a line of a catalog to the output.
func (s *shell) say(key string, args ...any) { fmt.Fprintln(s.out, clean(s.t(key, args...))) }

// open opens the program over the data folder. hold takes the folder for this
// process alone: for whatever writes.
func (s *shell) open(ctx context.Context, hold string) (*app.App, error) {
	if s.server != "" {
		return nil, core.Fail(core.Invalid, "cli.server.cannot")
	}
	return app.Open(ctx, s.config(hold))
}

func (s *shell) config(hold string) app.Config {
	return app.Config{Data: s.data, Database: s.database, Checkpoints: s.points, Hold: hold, Log: app.NewLog(s.err)}
}

// with opens the program, runs f as the machine's administrator and closes it.
func (s *shell) with(ctx context.Context, hold string, f func(*app.App) error) error {
	a, err := s.open(ctx, hold)
	if err != nil {
		return err
	}
	return errors.Join(f(a), a.Close())
}

// readFile reads an input file, or standard input for "-".
func (s *shell) readFile(path string) ([]byte, error) {
	var b []byte
	var err error
	if path == "-" {
		b, err = io.ReadAll(io.LimitReader(s.in, 64<<20))
	} else {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &core.Error{Kind: core.NotFound, Msg: core.M("cli.file_unreadable", path), Err: err}
	}
	return b, nil
}
