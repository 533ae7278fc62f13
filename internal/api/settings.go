package api

import (
	"context"
	"time"

	"tongpin/internal/setting"
)

// A Setting is one thing that a realm may set, as it stands.
type Setting struct {
	Key      string        `json:"key"`
	Title    string        `json:"title"`
	Value    string        `json:"value" doc:"What holds now: a whole number or a choice, as text, or words."`
	Default  string        `json:"default"`
	Set      bool          `json:"set" doc:"By the realm; otherwise it is the default."`
	Least    int           `json:"least,omitzero"`
	Most     int           `json:"most,omitzero"`
	Choices  []string      `json:"choices,omitzero"`
	Longest  int           `json:"longest,omitzero" doc:"Of words: characters."`
	Rule     string        `json:"rule"`
	Citation string        `json:"citation" doc:"In Chinese."`
	History  []SettingTurn `json:"history" doc:"Newest first."`
	Version  int           `json:"version"`
}

// A SettingTurn is what was set once. Without a value it went back to the default.
type SettingTurn struct {
	At     time.Time `json:"at"`
	Value  string    `json:"value,omitzero"`
	By     string    `json:"by,omitzero" doc:"A name; missing for the machine's administrator."`
	Reason string    `json:"reason"`
}

// A SettingChange is a value to set, and why.
type SettingChange struct {
	Value  string `json:"value" minLength:"1"`
	Reason string `json:"reason"`
}

// A SettingReset says why a setting goes back to its default.
type SettingReset struct {
	Reason string `json:"reason"`
}

// settingWith is a setting and a body about it.
type settingWith[B any] struct {
	Setting string `path:"setting"`
	IfMatch string `header:"If-Match" doc:"ETag of the version that was seen; 412 when somebody changed it since."`
	Body    B
}

func (c *Call) setting(v setting.Value, err error) (Setting, error) {
	if err != nil {
		return Setting{}, err
	}
	c.tag(v.Version())
	return c.settingOf(v), nil
}

func (c *Call) settingOf(v setting.Value) Setting {
	out := Setting{
		Key: v.Key, Title: c.say(v.Title()), Value: v.Now, Default: v.Default(), Set: v.Set, Least: v.Least, Most: v.Most, Choices: v.Choices, Longest: v.Longest,
		Rule: v.Rule, Citation: v.Citation(), History: []SettingTurn{}, Version: v.Version(),
	}
	for _, t := range v.History {
		out.History = append(out.History, SettingTurn{t.At, t.Value, t.By, t.Reason})
	}
	return out
}

func (a *API) mountSettings() {
	read, write := scope("settings:read"), scope("settings:write")
	handle(a, "GET /settings", "settings_list", read, func(ctx context.Context, c *Call, _ *struct{}) (Page[Setting], error) {
		all, err := a.Setting.List(ctx, c.Actor)
		return whole(all, c.settingOf), err
	})
	handle(a, "GET /settings/{setting}", "settings_get", read, func(ctx context.Context, c *Call, in *struct {
		Setting string `path:"setting"`
	},
	) (Setting, error) {
		return c.setting(a.Setting.Get(ctx, c.Actor, in.Setting))
	})
	handle(a, "PUT /settings/{setting}", "settings_set", write, func(ctx context.Context, c *Call, in *settingWith[SettingChange]) (Setting, error) {
		if in.Body.Value == "" {
			return Setting{}, wrong("value", "setting.value.missing")
		}
		return a.changeSetting(ctx, c, in.Setting, setting.Change{Value: in.Body.Value, Reason: in.Body.Reason})
	})
	handle(a, "POST /settings/{setting}/reset", "settings_reset", write, func(ctx context.Context, c *Call, in *settingWith[SettingReset]) (Setting, error) {
		return a.changeSetting(ctx, c, in.Setting, setting.Change{Reason: in.Body.Reason})
	})
}

func (a *API) changeSetting(ctx context.Context, c *Call, key string, x setting.Change) (Setting, error) {
	seen, err := c.ifMatch()
	if err != nil {
		return Setting{}, err
	}
	x.Version = seen
	return c.setting(a.Setting.Change(ctx, c.Actor, key, x))
}
