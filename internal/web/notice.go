package web

import (
	"strings"

	"tongpin/internal/core"
	"tongpin/internal/privacy"
	"tongpin/internal/purpose"
)

// purposes are the lines of the register in words.
func (s Shell) purposes(n privacy.Notice) []PurposeCard {
	var all []PurposeCard
	for _, p := range n.Purposes {
		c := PurposeCard{ID: "p-" + strings.ReplaceAll(p.Key, ".", "-"), Title: s.say(p.Title()), Text: s.say(p.Text())}
		c.Facts.Rows = []Fact{
			{Label: s.T("notice.whose"), Value: s.listed("purpose.whose.", p.Whose)},
			{Label: s.T("notice.kinds"), Value: s.listed("purpose.kind.", p.Kinds())},
			{Label: s.T("notice.to"), Value: s.listed("purpose.to.", p.To)},
			{Label: s.T("notice.keep"), Value: s.kept(n.Kept(p))},
			{Label: s.T("notice.basis"), Value: s.say(p.Basis.Title()), Note: p.Article()},
		}
		if p.Basis == purpose.Consent && s.Viewer.SignedIn {
			c.Facts.Rows[4].Action, c.Facts.Rows[4].What = Link{s.T("notice.consents"), "/me/consents"}, c.Title
		}
		all = append(all, c)
	}
	return all
}

func (s Shell) kept(all []privacy.Keeping) string {
	lines := make([]string, len(all))
	for i, k := range all {
		lines[i] = s.say(core.M("purpose.keep.line", k.Title, k.Period))
	}
	return strings.Join(lines, s.T("purpose.keep.between"))
}

func (s Shell) listed(prefix string, keys []string) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = s.T(prefix + k)
	}
	return strings.Join(words, s.T("sightings.between"))
}

// rights say how each right is used (个人信息保护法 第四十四至五十条), with the way
// there for who has signed in.
func (s Shell) rights() (f Facts) {
	for _, r := range []struct{ key, href string }{
		{"seen", "/me/record"}, {"copy", "/me/data"}, {"correct", "/corrections"}, {"consent", "/me/consents"}, {"complain", "/opinions/new"}, {"delete", ""}, {"explain", "/burden"},
	} {
		row := Fact{Label: s.T("notice.right." + r.key), Value: s.T("notice.right." + r.key + ".text")}
		if r.href != "" && s.Viewer.SignedIn {
			row.Action, row.What = Link{s.T("notice.right.go"), r.href}, row.Label
		}
		f.Rows = append(f.Rows, row)
	}
	return f
}
