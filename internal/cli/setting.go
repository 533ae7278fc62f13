package cli

import (
	"github.com/spf13/cobra"

	"tongpin/internal/access"
	"tongpin/internal/app"
	"tongpin/internal/setting"
	"tongpin/internal/text"
)

func (s *shell) settingCommands() *cobra.Command {
	group := s.command("setting", "setting", nil, cobra.NoArgs)
	group.AddCommand(
		s.asJSON(s.command("list", "setting_list", s.listSettings, cobra.NoArgs)),
		s.changeSettingCommand("set KEY VALUE --reason WHY", "setting_set", cobra.ExactArgs(2)),
		s.changeSettingCommand("reset KEY --reason WHY", "setting_reset", cobra.ExactArgs(1)),
	)
	return group
}

// settingLine is one setting as --json shows it.
type settingLine struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	Default  string `json:"default"`
	Set      bool   `json:"set"`
	Citation string `json:"citation"`
	Reason   string `json:"reason,omitempty"`
}

func (s *shell) listSettings(cmd *cobra.Command, _ []string) error {
	return s.with(cmd.Context(), "", func(a *app.App) error {
		all, err := a.Setting.List(cmd.Context(), access.Machine(a.Realm))
		if err != nil {
			return err
		}
		lines, rows := []settingLine{}, [][]string{}
		for _, v := range all {
			l := settingLine{Key: v.Key, Value: v.Now, Default: v.Default(), Set: v.Set, Citation: v.Citation()}
			if len(v.History) > 0 {
				l.Reason = v.History[0].Reason
			}
			lines = append(lines, l)
			rows = append(rows, []string{v.Key, v.Now, text.Say(s.lang, v.Bounds()), text.Say(s.lang, v.Title()), clean(l.Reason)})
		}
		if s.json {
			return s.print(lines)
		}
		s.table(rows)
		return nil
	})
}

// changeSettingCommand sets a value, or without one goes back.
func (s *shell) changeSettingCommand(use, key string, args cobra.PositionalArgs) *cobra.Command {
	var c setting.Change
	cmd := s.command(use, key, func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			c.Value = or(args[1], "?") // nothing is no value
		}
		return s.with(cmd.Context(), "setting", func(a *app.App) error {
			v, err := a.Setting.Change(cmd.Context(), access.Machine(a.Realm), args[0], c)
			if err == nil {
				s.say("cli.setting.done", v.Key, v.Now)
			}
			return err
		})
	}, args)
	cmd.Flags().StringVar(&c.Reason, "reason", "", s.t("cli.flag.reason"))
	return cmd
}
