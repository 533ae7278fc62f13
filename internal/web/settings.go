package web

import (
	"net/http"
	"strconv"

	"tongpin/internal/access"
	"tongpin/internal/core"
	"tongpin/internal/setting"
)

// The pages of settings are for who manages them; to everybody else they do not
// exist.
func (s *Server) mountSettings(m *http.ServeMux) {
	mount := func(pattern string, h handler) {
		s.route(m, pattern, signedIn, func(w http.ResponseWriter, r *http.Request, v Viewer) error {
			if !v.may(access.ManageSettings) {
				return core.NotFound
			}
			return h(w, r, v)
		})
	}
	mount("GET /settings", s.settings)
	mount("GET /settings/{setting}", s.setting)
	mount("POST /settings/{setting}", s.changeSetting)
	mount("POST /settings/{setting}/reset", s.resetSetting)
}

// Settings lists what the realm may set.
type Settings struct {
	Shell
	Cards []SettingCard
	Note  Note
}

// A SettingCard is one setting in the list.
type SettingCard struct {
	Title  string
	Tag    Tag
	Facts  Facts
	Change Link
	What   string
}

var settingsPage = newPage[Settings]("settings.html")

func (s *Server) settings(w http.ResponseWriter, r *http.Request, v Viewer) error {
	all, err := s.Setting.List(r.Context(), v.Actor)
	if err != nil {
		return err
	}
	p := Settings{Shell: s.shell(r, v, "settings", "settings.title")}
	p.Lead, p.Note = p.T("settings.lead"), Note{Text: p.T("settings.note"), Link: Link{p.T("retention.title"), "/retention"}}
	for _, x := range all {
		c := SettingCard{Title: p.say(x.Title()), Tag: p.settingTag(x), Facts: p.settingFacts(x), Change: Link{p.T("settings.change"), "/settings/" + x.Key}}
		c.What = c.Title
		p.Cards = append(p.Cards, c)
	}
	return settingsPage.write(w, http.StatusOK, p)
}

func (s Shell) settingTag(x setting.Value) Tag {
	if x.Set {
		return Tag{New, s.T("settings.own")}
	}
	return Tag{Done, s.T("settings.standard")}
}

func (s Shell) settingFacts(x setting.Value) (f Facts) {
	f.Rows = []Fact{
		{Label: s.T("settings.now"), Value: s.say(x.Say(x.Now))},
		{Label: s.T("settings.default"), Value: s.say(x.Say(x.Default()))},
		{Label: s.T("settings.bounds"), Value: s.say(x.Bounds())},
		{Label: s.T("settings.citation"), Value: x.Citation()},
	}
	if len(x.History) > 0 {
		t := x.History[0]
		f.Rows = append(f.Rows, Fact{Label: s.T("settings.last"), Value: s.When(t.At), Note: s.T("account.turn.why", s.by(t.By), t.Reason)})
	}
	return f
}

// by names who did something; the machine's administrator has no name.
func (s Shell) by(name string) string {
	if name == "" {
		return s.T("account.turn.machine")
	}
	return name
}

// A Setting page changes one.
type Setting struct {
	Shell
	Problems      ErrorSummary
	Tag           Tag
	Facts         Facts
	Action        string
	Version       string
	Value, Reason Field
	Reset         string // on the button that goes back, or ""
	Back          Link
	Trail         Trail
}

var settingPage = newPage[Setting]("setting.html")

func (s *Server) setting(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.writeSetting(w, r, v, nil, http.StatusOK)
}

func (s *Server) writeSetting(w http.ResponseWriter, r *http.Request, v Viewer, bad core.Fields, code int) error {
	x, err := s.Setting.Get(r.Context(), v.Actor, r.PathValue("setting"))
	if err != nil {
		return err
	}
	sh := s.shell(r, v, "settings", "settings.title")
	sh.Path = []Link{{sh.Title, "/settings"}, {Text: sh.say(x.Title())}}
	sh.Title, sh.here = sh.say(x.Title()), "/settings/"+x.Key
	p := Setting{Shell: sh, Tag: sh.settingTag(x), Facts: sh.settingFacts(x), Action: sh.here, Version: strconv.Itoa(x.Version())}
	p.Back = Link{p.T("setting.back"), "/settings"}
	kind := "number"
	switch {
	case x.Choices != nil:
		kind = "radio"
	case x.Longest > 0:
		kind = "textarea"
	}
	p.Value = p.field(r, bad, "value", "setting.value", kind)
	if r.Method != http.MethodPost {
		p.Value.Value = x.Now
	}
	for _, c := range x.Choices {
		p.Value.Options = append(p.Value.Options, Option{Value: c, Text: p.say(x.Say(c)), Chosen: c == p.Value.Value})
	}
	switch {
	case x.Longest > 0:
		p.Value.Hint = p.say(x.Bounds())
	case x.Choices == nil:
		p.Value.Min, p.Value.Max, p.Value.Short, p.Value.Hint = strconv.Itoa(x.Least), strconv.Itoa(x.Most), true, p.say(x.Bounds())
	}
	p.Reason = p.field(r, bad, "reason", "setting.reason", "textarea")
	if x.Set {
		p.Reset = p.T("setting.back.go", x.Say(x.Default()))
	}
	for _, t := range x.History {
		e := Event{Day: p.When(t.At), When: t.At.Format("2006-01-02T15:04"), Text: p.T("setting.turn.back"), Note: p.T("account.turn.why", p.by(t.By), t.Reason)}
		if t.Value != "" {
			e.Text = p.T("setting.turn", x.Say(t.Value))
		}
		p.Trail.Events = append(p.Trail.Events, e)
	}
	p.Problems = p.problems(bad, p.Value, p.Reason)
	p.Wrong = !p.Problems.IsZero()
	return settingPage.write(w, code, p)
}

func (s *Server) changeSetting(w http.ResponseWriter, r *http.Request, v Viewer) error {
	value := posted(r, "value")
	if value == "" {
		value = "?" // nothing was filled in: the setting says what may be
	}
	return s.turnSetting(w, r, v, value)
}

func (s *Server) resetSetting(w http.ResponseWriter, r *http.Request, v Viewer) error {
	return s.turnSetting(w, r, v, "")
}

func (s *Server) turnSetting(w http.ResponseWriter, r *http.Request, v Viewer, value string) error {
	in := answers{r: r}
	x, err := s.Setting.Change(r.Context(), v.Actor, r.PathValue("setting"), setting.Change{Value: value, Reason: in.text("reason"), Version: in.version()})
	if bad := curable(err, nil); bad != nil {
		return s.writeSetting(w, r, v, bad, status[core.KindOf(err)])
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/settings/"+x.Key, "setting.done", s.shell(r, v, "", "settings.title").say(x.Title()))
}
