package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tongpin/internal/app"
	"tongpin/internal/core"
	"tongpin/internal/demo"
	"tongpin/internal/secret"
)

func (s *shell) commands() []*cobra.Command {
	return []*cobra.Command{
		s.demoCommand(), s.initCommand(), s.serveCommand(), s.importCommands(), s.exportCommands(),
		s.figureCommands(), s.ruleCommands(), s.userCommands(), s.personCommands(), s.consentCommands(), s.searchCommand(), s.projectCommand(), s.tokenCommands(), s.calendarCommands(), s.settingCommands(), s.orgCommands(), s.openapiCommand(),
		s.auditCommands(), s.retentionCommand(), s.doctorCommand(), s.lintCommands(), s.benchCommand(),
	}
}

func (s *shell) initCommand() *cobra.Command {
	var realm, cipher string
	cmd := s.command("init --realm NAME", "init", func(cmd *cobra.Command, _ []string) error {
		if realm == "" {
			return core.Fail(core.Invalid, "cli.init.realm_missing")
		}
		a, token, err := app.Init(cmd.Context(), s.config("init"), realm, cipher)
		if err != nil {
			return err
		}
		s.say("cli.init.done", realm, s.data)
		s.say("cli.init.next", s.data)
		s.say("cli.init.token", "/setup?token="+token)
		return a.Close()
	}, cobra.NoArgs)
	cmd.Flags().StringVar(&realm, "realm", "", s.t("cli.flag.realm"))
	cmd.Flags().StringVar(&cipher, "cipher", secret.AES, s.t("cli.flag.cipher"))
	return cmd
}

func (s *shell) serveCommand() *cobra.Command {
	var addr, site, proxies string
	cmd := s.command("serve", "serve", func(cmd *cobra.Command, _ []string) error {
		a, err := s.open(cmd.Context(), "serve")
		if err != nil {
			return err
		}
		if err := a.Trust(proxies); err != nil {
			return errors.Join(err, a.Close())
		}
		return errors.Join(s.serve(cmd.Context(), a, addr, site, func(base string) error {
			s.say("cli.serve.open", base)
			token, err := a.SetupToken(cmd.Context())
			if err == nil && token != "" {
				s.say("cli.init.token", base+"/setup?token="+token)
			}
			return err
		}), a.Close())
	}, cobra.NoArgs)
	s.addr(cmd, &addr)
	cmd.Flags().StringVar(&site, "url", s.getenv("TONGPIN_URL"), s.t("cli.flag.url"))
	cmd.Flags().StringVar(&proxies, "proxy", s.getenv("TONGPIN_PROXY"), s.t("cli.flag.proxy"))
	return cmd
}

func (s *shell) addr(cmd *cobra.Command, addr *string) {
	cmd.Flags().StringVar(addr, "addr", or(s.getenv("TONGPIN_ADDR"), "127.0.0.1:8080"), s.t("cli.flag.addr"))
}

// serve listens, tells where, and serves until ctx ends. address is where
// people open the site, "" to go by the listener.
func (s *shell) serve(ctx context.Context, a *app.App, addr, address string, tell func(base string) error) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return &core.Error{Kind: core.Unavailable, Msg: core.M("cli.serve.addr_taken", addr), Err: err}
	}
	if err := a.Reach(address, l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	pages := a.Pages()
	site := pages.HTTP()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := a.Work(ctx)
	stopped := context.AfterFunc(ctx, func() {
		grace, end := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer end()
		_ = site.Shutdown(grace)
	})
	defer stopped()
	if err := tell("http://" + l.Addr().String()); err != nil {
		return errors.Join(err, l.Close())
	}
	err = site.Serve(pages.Gate(l))
	cancel()
	<-done
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *shell) demoCommand() *cobra.Command {
	var addr string
	cmd := s.command("demo", "demo", func(cmd *cobra.Command, _ []string) error {
		dir := s.data
		if !cmd.Flags().Changed("data") && s.getenv("TONGPIN_DATA") == "" {
			fresh, err := os.MkdirTemp("", "tongpin-demo-")
			if err != nil {
				return err
			}
			dir = fresh
		}
		a, people, err := app.Demo(cmd.Context(), app.Config{Data: dir, Checkpoints: s.points, Hold: "demo", Log: app.NewLog(s.err)})
		if err != nil {
			return err
		}
		return errors.Join(s.serve(cmd.Context(), a, addr, "", func(base string) error {
			s.tellDemo(base, dir, people)
			return nil
		}), a.Close())
	}, cobra.NoArgs)
	s.addr(cmd, &addr)
	return cmd
}

func (s *shell) tellDemo(base, dir string, people []demo.Person) {
	s.say("cli.demo.open", base, dir)
	for _, p := range people {
		fmt.Fprintf(s.out, "  %s  %s/sign-in?token=%s\n", s.t("demo.person."+p.Key), base, p.Token)
	}
}

func (s *shell) doctorCommand() *cobra.Command {
	return s.asJSON(s.command("doctor", "doctor", func(cmd *cobra.Command, _ []string) error {
		checks, err := app.Doctor(cmd.Context(), s.config(""))
		if err != nil {
			return err
		}
		bad := false
		for _, c := range checks {
			bad = bad || !c.OK
		}
		if s.json {
			err = s.print(checks)
		} else {
			for _, c := range checks {
				mark := "✓"
				if !c.OK {
					mark = "✗"
				}
				fmt.Fprintf(s.out, "%s %s: %s\n", mark, s.t("doctor."+c.Key), clean(c.Found))
			}
		}
		if err == nil && bad {
			return core.Fail(core.Unavailable, "doctor.bad")
		}
		return err
	}, cobra.NoArgs))
}
