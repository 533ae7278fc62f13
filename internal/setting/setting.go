// Package setting keeps what a realm has set instead of what the program comes
// with: which settings there are, in which bounds, resting on which rule; what
// holds now; who set it, when and why. Other packages read through Rules.
package setting

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tongpin/internal/core"
	"tongpin/internal/rule"
)

// A Setting is one thing that a realm may set. It is a whole number between
// Least and Most, one of Choices, or words of at most Longest characters.
type Setting struct {
	Key         string // "instructor.units": stands in addresses, on the command line and in the journal
	Least, Most int
	Choices     []string
	Longest     int
	Rule        string // the rule it belongs to, by its id

	cite  string // the text it rests on, where package rule has none
	of    func(rule.Settings) string
	apply func(*rule.Settings, string)
}

// All lists the settings in the order in which they are offered. Each changes
// something that people see; what would change nothing is not one.
var All = []Setting{
	{
		Key: "org.count_basis", Rule: "org.general_branch_or_committee", Choices: []string{string(rule.CountAll), string(rule.CountFull)},
		of: func(s rule.Settings) string { return string(s.CountBasis) }, apply: func(s *rule.Settings, v string) { s.CountBasis = rule.Basis(v) },
	},
	number("org.party_groups_at", "org.party_groups", 5, 50, func(s *rule.Settings) *int { return &s.PartyGroupsAt }),
	number("instructor.units", "two.instructor", 1, 50, func(s *rule.Settings) *int { return &s.UnitsPerInstructor }),
	number("retention.member_years", "priv.retention", 1, 70, func(s *rule.Settings) *int { return &s.KeepMemberYears }).citing(retained),
	number("retention.case_years", "priv.retention", 1, 20, func(s *rule.Settings) *int { return &s.KeepCaseYears }).citing(retained),
	number("post.notice_days", "cal.publicity_end", 1, 30, func(s *rule.Settings) *int { return &s.PostNoticeDays }),
	words(PrivacyContact, "priv.notice", "R-115 个人信息保护法 第十七条", 200),
}

// PrivacyContact is who answers questions about people's data, and how to reach
// them.
const PrivacyContact = "privacy.contact"

// words is a setting that no rule computes with: Words reads it.
func words(key, id, cite string, longest int) Setting {
	return Setting{Key: key, Rule: id, cite: cite, Longest: longest, of: func(rule.Settings) string { return "" }, apply: func(*rule.Settings, string) {}}
}

func number(key, id string, least, most int, field func(*rule.Settings) *int) Setting {
	return Setting{
		Key: key, Rule: id, Least: least, Most: most,
		of:    func(s rule.Settings) string { return strconv.Itoa(*field(&s)) },
		apply: func(s *rule.Settings, v string) { *field(s), _ = strconv.Atoi(v) },
	}
}

// Find returns the setting of a key; core.NotFound if there is none.
func Find(key string) (Setting, error) {
	i := slices.IndexFunc(All, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, core.NotFound
	}
	return All[i], nil
}

// Default is what the program comes with.
func (s Setting) Default() string { return s.of(rule.Defaults()) }

// retained is the text that periods of keeping rest on.
const retained = "R-117 个人信息保护法 第十九、四十七条"

// citing is a setting of a rule that is not in the registry.
func (s Setting) citing(text string) Setting {
	s.cite = text
	return s
}

// Title names the setting.
func (s Setting) Title() core.Msg { return core.M("setting." + s.Key) }

// Say says a value of the setting.
func (s Setting) Say(value string) core.Msg {
	if s.Choices != nil {
		return core.M("setting." + s.Key + "." + value)
	}
	if s.Longest > 0 {
		if value == "" {
			return core.M("setting.words.none")
		}
		return core.M("setting.words", value)
	}
	n, _ := strconv.Atoi(value)
	return core.M("setting.number", n)
}

// Bounds says what may be set.
func (s Setting) Bounds() core.Msg {
	if s.Choices != nil {
		return core.M("setting.bounds.choice", len(s.Choices))
	}
	if s.Longest > 0 {
		return core.M("setting.bounds.words", s.Longest)
	}
	return core.M("setting.bounds.number", s.Least, s.Most)
}

// Citation is the text that the setting rests on.
func (s Setting) Citation() string {
	r, ok := rule.Find(s.Rule)
	if !ok {
		return s.cite
	}
	return r.Number + " " + r.Latest().Citation
}

// told is a value as the journal has it: of words, which may hold a number that
// reaches somebody, only that there are some.
func (s Setting) told(value string) string {
	if s.Longest > 0 && value != "" {
		return "…"
	}
	return value
}

// clean returns the value in the one way it is written, or what is wrong.
func (s Setting) clean(value string) (string, error) {
	value = strings.TrimSpace(value)
	var f core.Fields
	if s.Choices != nil {
		f.If(!slices.Contains(s.Choices, value), "value", "setting.choice.wrong", strings.Join(s.Choices, ", "))
		return value, f.Err()
	}
	if s.Longest > 0 {
		f.If(value == "", "value", "setting.value.missing")
		f.If(utf8.RuneCountInString(value) > s.Longest || strings.ContainsFunc(value, unicode.IsControl), "value", "setting.words.wrong", s.Longest)
		return value, f.Err()
	}
	n, err := strconv.Atoi(value)
	f.If(err != nil || n < s.Least || n > s.Most, "value", "setting.number.wrong", s.Least, s.Most)
	return strconv.Itoa(n), f.Err()
}

// reasonMax is how long a reason may be, in characters.
const reasonMax = 300

func checkReason(reason string) error {
	var f core.Fields
	f.If(strings.TrimSpace(reason) == "", "reason", "setting.reason.missing")
	f.If(utf8.RuneCountInString(reason) > reasonMax, "reason", "setting.reason.long", reasonMax)
	return f.Err()
}

// A Turn is what was set once.
type Turn struct {
	At     time.Time
	Value  string // "" back to what the program comes with
	By     string // a name; "" for the machine's administrator
	Reason string
}

// A Value is a setting as it stands.
type Value struct {
	Setting
	Now     string // what holds
	Set     bool   // by the realm; otherwise it is what the program comes with
	History []Turn // newest first
}

// Version numbers the value: it rises with every change.
func (v Value) Version() int { return len(v.History) + 1 }
